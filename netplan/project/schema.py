"""The project file: every key of `netplan.yaml`, its meaning and its default."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """Immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Share = float
"""A number between 0 and 1."""


class FacilityClass(Section):
    """One class of facilities (schools, clinics …)."""

    layer: str
    rate_mbps: float = Field(gt=0)
    busy_hour_mbps: float = Field(ge=0)


class DemandSpec(Section):
    """Where people are."""

    population: str | None = None
    """Raster, people per pixel."""
    settlements: str | None = None
    """Points or polygons with a population column; used when `population` is absent, else for names and hubs."""
    population_column: str = "population"
    population_year: int | None = None
    population_total: float | None = Field(default=None, gt=0)
    """People in the area in the price year; the raster is scaled to it."""
    growth_per_year: float | None = Field(default=None, gt=-0.2, lt=0.2)
    cell_m: float = Field(default=1000, ge=100, le=10000)
    household_size: float = Field(default=4.5, gt=0)
    urban: str = "degurba"
    """`degurba` (level 2: 1,500 people/km², 5,000 people), `degurba-1` (300/km², 5,000) or a polygon layer."""
    facilities: dict[str, FacilityClass] = Field(default_factory=dict)


class Existing(Section):
    """What stands today."""

    pops: str | None = None
    pops_assumed: bool = False
    """True: the positions are an assumption; reports say so."""
    towers: str | None = None
    towers_assumed: bool = False
    """True: crowd-sourced positions; they are clustered and called assumed masts."""
    tower_cluster_m: float = Field(default=300, ge=0)
    fibre: str | None = None
    service: str | None = None


class Routes(Section):
    """Where new cable may run."""

    roads: str | None = None
    power_lines: str | None = None
    power_lines_kind: Literal["distribution", "transmission"] | None = None
    """Kind of every line, when the layer has no column `kind` or `voltage`."""
    water_pipes: str | None = None
    water_access: tuple[str, ...] = ()
    """Point layers (chambers, reservoirs, pumps) where cable may enter or leave a pipe."""
    water_pipes_crs: str | None = None
    ducts: str | None = None


class Terrain(Section):
    elevation: str | None = None
    clutter: str | None = None


class ClimateSpec(Section):
    """What microwave and satellite links reckon with; whatever is left out is read from maps or assumed, and said."""

    rain_rate_mm_per_h: float | str | None = None
    """Exceeded for 0.01 % of an average year (one-minute rain): a number, or a raster."""
    refractivity_gradient_n_per_km: float | None = Field(default=None, ge=-1500, le=100)
    """In the lowest 65 m, not exceeded for 1 % of the year; more negative is more multipath."""
    rain_height_m: float | None = Field(default=None, ge=0, le=8000)
    """Above sea level, of an average year."""


class ServiceLevel(Section):
    """What one subscribing household gets."""

    rate_mbps: float = Field(gt=0)
    busy_hour_mbps: float = Field(ge=0)
    adoption: Share = Field(gt=0, le=1)


class EconomicsSpec(Section):
    currency: str = "USD"
    units_per_usd: float = Field(default=1.0, gt=0)
    """Project currency per USD; the catalogue is in USD."""
    price_year: int = 2025
    discount_rate: float | None = Field(default=None, ge=0, lt=1)
    years: int | None = Field(default=None, ge=1, le=50)
    residual: bool = True
    perspective: Literal["society", "operator"] = "society"


class SolverSpec(Section):
    gap: float = Field(default=0.01, ge=0, lt=1)
    time_limit_s: float = Field(default=600, gt=0)
    threads: int = Field(default=2, ge=1)
    seed: int = Field(default=0, ge=0)


class CandidateSpec(Section):
    """How many sites are proposed."""

    mast_spacing_m: float = Field(default=3000, gt=0)
    hub_spacing_m: float = Field(default=1500, gt=0)
    max_sites: int | None = Field(default=None, gt=0)


class Project(Section):
    """One scenario's merged project file."""

    name: str = Field(min_length=1)
    area: str | None = None
    crs: str | None = None
    backhaul_margin_m: float = Field(default=10000, ge=0)
    demand: DemandSpec
    existing: Existing = Existing()
    routes: Routes = Routes()
    terrain: Terrain = Terrain()
    climate: ClimateSpec = ClimateSpec()
    exclusions: tuple[str, ...] = ()
    force: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    """Further catalogue folders of the project's own; an entry there replaces the shipped one of the same id."""
    technologies: tuple[str, ...] | None = None
    """Technology and media ids; default: all that apply."""
    service: dict[str, ServiceLevel] = Field(
        default_factory=lambda: {
            "urban": ServiceLevel(rate_mbps=10, busy_hour_mbps=0.5, adoption=0.6),
            "rural": ServiceLevel(rate_mbps=5, busy_hour_mbps=0.3, adoption=0.4),
        }
    )
    targets: dict[str, Share]
    budget: float | None = Field(default=None, gt=0)
    operators: tuple[dict[str, Any], ...] | None = None
    economics: EconomicsSpec = EconomicsSpec()
    sharing: tuple[str, ...] = ()
    impose: tuple[str, ...] = ()
    candidates: CandidateSpec = CandidateSpec()
    attributions: dict[str, str] = Field(default_factory=dict)
    """path of a layer -> the credit line that its licence asks for; printed on maps and in reports."""
    assumptions: tuple[str, ...] = ()
    """What the planner assumed, in a sentence each; printed in reports."""
    scenarios: dict[str, dict[str, Any]] = Field(default_factory=dict)
    solver: SolverSpec = SolverSpec()
