"""The keys of `resolved.yaml` and their types, as far as the audit reads them (entries: `catalogue_shape`)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from netplan.verify.catalogue_shape import Catalogue
from netplan.verify.shape import Table

Words = list[str]
Path = str | None


class Service(Table):
    """What one household, place or facility of a class is promised."""

    rate_mbps: float
    busy_hour_mbps: float
    adoption: float = 1.0


class Sensors(Table):
    """What sensors send, and where they stand."""

    layer: str
    rate_mbps: float
    busy_hour_mbps: float


class Demand(Table):
    """Who is to be served."""

    household_size: Annotated[float, Field(gt=0)]
    cell_m: float = 0.0
    population: Path = None
    settlements: Path = None
    facilities: dict[str, Service] | None = None
    sensors: Sensors | None = None


class Existing(Table):
    """Layers of what stands."""

    pops: Path = None
    towers: Path = None
    fibre: Path = None
    copper: Path = None
    coax: Path = None
    service: Path = None
    tower_cluster_m: float | None = None


class Pipe(Table):
    """What a pipe is taken for where its layer does not say."""

    diameter_mm: float | None = None
    pressure_class_bar: float | None = None
    year: float | None = None


class Routes(Table):
    """Layers of where cable may run."""

    roads: Path = None
    power_lines: Path = None
    water_pipes: Path = None
    ducts: Path = None
    railways: Path = None
    water_access: Words | None = None
    water_pipe_defaults: Pipe | None = None


class Approval(Table):
    """What an owner is paid for approval."""

    cost: float | None = None


class Spectrum(Table):
    """Spectrum that an operator holds, and its fees."""

    __pydantic_extra__: dict[str, float | None] = Field(init=False)


class Stated(Table):
    """What the project itself says of money."""

    spectrum: Spectrum | None = None


class Share(Table):
    """An operator and its share of the subscribers."""

    name: str
    share: Annotated[float, Field(gt=0, le=1)]


class Project(Table):
    """The merged project."""

    name: str
    area: Path = None
    backhaul_margin_m: float
    demand: Demand
    existing: Existing
    routes: Routes
    exclusions: Words
    force: Words
    forbid: Words
    sharing: Words
    impose: Words
    service: dict[str, Service]
    community: Service | None = None
    targets: dict[str, float]
    budget: float | None = None
    operators: list[Share] | None = None
    market_share: float
    economics: Stated | None = None
    approval: dict[str, Approval] | None = None


class Economics(Table):
    """Money as it was used."""

    currency: str
    price_year: int
    discount_rate: Annotated[float, Field(gt=-1)]
    years: int
    residual: bool
    perspective: str
    escalation_per_year: float
    units_per_usd: float
    rollout: list[float]
    opex_growth_per_year: dict[str, float]
    import_share: dict[str, float]
    import_duty: float
    vat: float
    profit_tax: float
    arpu_per_month: dict[str, float]
    network_share: float
    gni_per_head: float | None = None
    affordable_share: float
    leak_value_per_km_year: float
    spectrum_per_mhz_head: float


class Party(Table):
    """Whose plan it is, in a project with operators."""

    operators: Words
    levers: Words


class Settings(Table):
    """The whole of it."""

    project: Project
    catalogue: Catalogue
    economics: Economics
    project_folder: str
    crs: str
    scenario: str
    seed: int
    party: Party | None = None
