"""The project file: every key of `netplan.yaml`, its meaning and its default."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from netplan.language import SIGNS
from netplan.project.economics import EconomicsSpec as EconomicsSpec


class Section(BaseModel):
    """Immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Share = float
"""A number between 0 and 1."""

PEOPLE_CLASSES = ("urban", "rural")
"""Classes of planning cells."""
COMMUNITY = "community_"
"""What the class of a cell's row for community service begins with."""
SURVEY_M = 100.0
"""A surveyed point of `existing.service` speaks for a facility this near. Assumption: two surveys of one place differ
by less."""
SENSORS = "sensors"
"""The class of sensors."""


class FacilityClass(Section):
    """One class of facilities (schools, clinics …)."""

    layer: str
    """Points of the class."""
    rate_mbps: float = Field(gt=0)
    """Rate that one facility must be able to get."""
    busy_hour_mbps: float = Field(ge=0)
    """Mean load of one facility in the busy hour."""


class SensorClass(Section):
    """Things that report by radio (water meters, rain gauges): the class `sensors`, with a target of its own.

    Only technologies that serve `iot` count. Each point is one sensor; those within 10 m of each other share a row.
    """

    layer: str
    """Points, one a sensor."""
    rate_mbps: float = Field(default=0.0001, gt=0)
    """Rate that the network must be able to offer one sensor; a tenth of a kbit/s carries a few readings an hour."""
    busy_hour_mbps: float = Field(default=0.000001, ge=0)
    """Mean load of one sensor in the busy hour."""


class DemandSpec(Section):
    """Where people are."""

    population: str | None = None
    """Raster, people per pixel."""
    settlements: str | None = None
    """Points or polygons with a population column; used when `population` is absent, else for names and hubs."""
    population_column: str = "population"
    """Column of people in `settlements`."""
    population_year: int | None = None
    """Year of the data, for `growth_per_year`."""
    population_total: float | None = Field(default=None, gt=0)
    """People in the area in the price year; the raster is scaled to it."""
    growth_per_year: float | None = Field(default=None, gt=-0.2, lt=0.2)
    """Brings the population of `population_year` to the price year."""
    cell_m: float = Field(default=1000, ge=100, le=10000)
    """Side of a planning cell in m; empty cells are dropped, people are not."""
    household_size: float = Field(default=4.5, gt=0)
    """People in a household."""
    urban: str = "degurba"
    """`degurba` (level 2: 1,500 people/km², 5,000 people), `degurba-1` (300/km², 5,000) or a polygon layer."""
    facilities: dict[str, FacilityClass] = Field(default_factory=dict)
    """Class (schools, clinics …) to its layer and service; each is a target class of its own."""
    sensors: SensorClass | None = None
    """Things that report by radio."""


class Existing(Section):
    """What stands today, and whom it serves.

    What is served today is the same in every scenario and counts to the targets; the plan serves the rest.
    """

    pops: str | None = None
    """Points where traffic is handed over: a layer, a spreadsheet with coordinates (`file.csv`, `file.xlsx|sheet=Name`,
    with `|crs=EPSG:…` where they are eastings), KML, or a network of the Open Fibre Data Standard, whose nodes where
    networks meet are taken. Every layer of points may come so."""
    pops_assumed: bool = False
    """True: the positions are an assumption; reports say so."""
    towers: str | None = None
    """Points; optional columns height_m (of the tower; a tenant hangs lower, as the catalogue's `free_below_m` says),
    operator, technologies, status (existing: your own; shared: another owner's; what is planned, disused or removed is
    left out), max_systems (radio systems that may still be mounted there, in place of what the lever of co-location
    says)."""
    towers_assumed: bool = False
    """True: crowd-sourced positions; they are clustered and called assumed masts."""
    tower_cluster_m: float = Field(default=300, ge=0)
    """Positions nearer than this are one mast, where `towers_assumed`."""
    fibre: str | None = None
    """Lit fibre that may be joined: lines, or a network of the Open Fibre Data Standard (JSON or GeoJSON), whose spans
    in operation are taken."""
    copper: str | None = None
    """Lines of the telephone network that stands, for technologies that run over them."""
    coax: str | None = None
    """Lines of the cable-television network that stands."""
    service: str | None = None
    """What is served today: polygons or points with any of the columns `rate_mbps` (offered at the premises),
    `technology` (ids or names of the catalogue) and `share` (0–1 of the people there), or a raster of downlink rate
    in Mbit/s. A point speaks for the planning cell around it, and for a facility within 100 m. Without this layer,
    today's service is worked out over the terrain from the towers that state `technologies`."""


class PipeDefaults(Section):
    """What a water pipe is taken for where its layer does not say; whatever is left out stays unknown."""

    diameter_mm: float | None = Field(default=None, gt=0)
    """Inner diameter."""
    material: str | None = None
    """EPANET models state none; without this their pipes are ASSUMED to be PVC, which is said."""
    lining: str | None = None
    """Lining of the pipe."""
    pressure_class_bar: float | None = Field(default=None, gt=0)
    """Pressure class."""
    year: int | None = Field(default=None, ge=1800, le=2200)
    """Of construction."""
    water: Literal["potable", "raw"] = "potable"
    """`potable` or `raw`."""
    owner: str | None = None
    """The utility, as `approval` names it."""


class ApprovalSpec(Section):
    """What is expected of one utility (an owner of pipes, poles or ducts), and what its approval costs; what is left
    out is the catalogue's."""

    probability: Share | None = Field(default=None, ge=0, le=1)
    """That it consents; 1: it has consented, 0: it has refused."""
    delay_years: float | None = Field(default=None, ge=0, le=20)
    """Until it answers."""
    cost: float | None = Field(default=None, ge=0)
    """Paid once if any of its assets is used (approval of products and works by its water-quality laboratory, a
    general agreement), in the project's currency, besides what each link pays."""


class RefusalSpec(Section):
    """What `netplan refusal` reckons with."""

    service_worth: float = Field(default=2.0, ge=0)
    """What the service is worth to its users, as a multiple of what it costs: a year of waiting saves the interest on
    the cost and loses the service. Assumption; at 1 waiting neither saves nor loses."""
    leak_value_per_km_year: float | None = Field(default=None, ge=0)
    """What a kilometre of cable in a pipe saves its owner a year by hearing leaks, in the project's currency; shown
    beside the plan, not in its cost. Default: the catalogue's. With `economics.leak_value_per_km_year` it is in the
    cost, and this key is not used."""


class Routes(Section):
    """Where new cable may run."""

    roads: str | None = None
    """Lines; a column surface or kind picks the cost of digging."""
    power_lines: str | None = None
    """Lines; distribution and transmission (columns kind or voltage) are different media."""
    power_lines_kind: Literal["distribution", "transmission"] | None = None
    """Kind of every line, when the layer has no column `kind` or `voltage`."""
    water_pipes: str | None = None
    """Lines with diameter_mm, material and more, or an EPANET model (.inp)."""
    water_access: tuple[str, ...] = ()
    """Point layers (chambers, valves, hydrants, reservoirs, pumps) where cable may enter or leave a pipe. What the
    catalogue does not name among them opens nothing. Changes of diameter between two pipes count too."""
    water_pipes_crs: str | None = None
    """CRS of the pipes when their file states none, as an EPANET model (`.inp`) never does."""
    water_pipe_defaults: PipeDefaults = PipeDefaults()
    """What is taken where the layer of pipes says nothing."""
    ducts: str | None = None
    """Lines; optional columns owner and free_bores."""
    railways: str | None = None
    """Lines along which the railway has troughs or ducts for cable."""


class Terrain(Section):
    elevation: str | None = None
    """Raster of heights in m above sea level."""
    clutter: str | None = None
    """Raster of land cover classes."""


class ClimateSpec(Section):
    """What microwave and satellite links reckon with; whatever is left out is read from maps or assumed, and said."""

    rain_rate_mm_per_h: float | str | None = None
    """Exceeded for 0.01 % of an average year (one-minute rain): a number, or a raster."""
    refractivity_gradient_n_per_km: float | None = Field(default=None, ge=-1500, le=100)
    """In the lowest 65 m, not exceeded for 1 % of the year; more negative is more multipath."""
    rain_height_m: float | None = Field(default=None, ge=0, le=8000)
    """Above sea level, of an average year."""


class RadioSpec(Section):
    """What access radios are planned for, in place of the catalogue's own figures; `resolved.yaml` holds the result."""

    coverage_probability: float | None = Field(default=None, gt=0.5, lt=0.999)
    """Share of the places at the edge of coverage that the stated rate must hold at; sets the margin over the median
    loss of every access radio and carrier. Default: what the catalogue states for each."""
    indoor: Literal["none", "traditional", "thermally-efficient"] = "none"
    """Where cellular terminals stand: `none` as the catalogue has it, else inside buildings of this kind. Terminals
    that the catalogue puts outdoors (entry loss 0) get the building entry loss of ITU-R P.2109-2 at the frequency of
    each carrier; those that it puts indoors already keep their figure. Antenna gain, height and price stay those of
    the catalogue. Wi-Fi over clear paths, hotspots, satellites and sensors stay outdoors."""


class ServiceLevel(Section):
    """What one subscribing household gets."""

    rate_mbps: float = Field(gt=0)
    """Rate that an option must be able to offer at the premises."""
    busy_hour_mbps: float = Field(ge=0)
    """Mean load of one subscribing household in the busy hour."""
    adoption: Share = Field(gt=0, le=1)
    """Share of the households that subscribe."""


class CommunityLevel(Section):
    """Service at a shared place: a public hotspot, a school hub.

    With this key every planning cell has a second demand row, of class `community_urban` or `community_rural`, that
    counts the same people. Targets of these classes ask that the people have a place with shared service within
    reach; only technologies that serve `community` count there, while targets of `urban` and `rural` count household
    service alone.
    """

    rate_mbps: float = Field(gt=0)
    """Rate that one user must be able to get."""
    busy_hour_mbps: float = Field(ge=0)
    """Mean load in the busy hour of one household that uses the shared place."""
    adoption: Share = Field(default=0.2, gt=0, le=1)
    """Share of the households that use it. They pay for what the technology needs at the premises, if anything."""
    reach_m: float = Field(default=1000, ge=0)
    """How far people go to a shared place, in a straight line. Assumption: a quarter of an hour on foot."""


class SolverSpec(Section):
    gap: float = Field(default=0.01, ge=0, lt=1)
    """Stop when it is proven that no plan is cheaper by more than this share."""
    time_limit_s: float = Field(default=600, gt=0)
    """Seconds for each scenario."""
    threads: int = Field(default=2, ge=1)
    """Threads of the solver."""
    seed: int = Field(default=0, ge=0)
    """Seed of the solver."""


class Operator(Section):
    """One operator of the market."""

    name: str = Field(min_length=1)
    """Name on maps and in accounts."""
    share: float = Field(gt=0, le=1)
    """Of subscribers, everywhere alike."""
    spectrum: dict[str, float] | None = None
    """Cellular technology -> MHz of downlink channel that it holds; those it does not name it may not build. Default:
    the channel of the catalogue for each."""
    towers: tuple[str, ...] | None = None
    """Owners, as the column `operator` of `existing.towers` has them, whose towers are its own. Default: its name."""


class CandidateSpec(Section):
    """How many sites are proposed."""

    mast_spacing_m: float = Field(default=3000, ge=50)
    """Least distance between two proposed masts."""
    hub_spacing_m: float = Field(default=1500, ge=50)
    """Least distance between two proposed hubs."""
    max_sites: int | None = Field(default=None, gt=0)
    """At most so many new sites, the best of every kind; towers that stand come on top."""


class Project(Section):
    """One scenario's merged project file."""

    name: str = Field(min_length=1)
    """Title of maps and reports."""
    country: str | None = Field(default=None, pattern="^[A-Z]{3}$")
    """ISO 3166-1, three letters; reports take the carbon of grid electricity by it. It changes no plan."""
    language: str = Field(default="en", json_schema_extra={"enum": list(SIGNS)})
    """Language of maps and reports, `en` or `fr`; the commands that draw can be told another. It changes no plan."""
    area: str | None = None
    """Polygon layer of the planning area; default: the extent of the demand."""
    crs: str | None = None
    """Projected CRS, e.g. EPSG:32736; default: the UTM zone of the area."""
    backhaul_margin_m: float = Field(default=10000, ge=0)
    """Links may leave the area by this much (a point of presence outside); sites may not."""
    demand: DemandSpec
    """Where people are."""
    existing: Existing = Existing()
    """What stands today."""
    routes: Routes = Routes()
    """Where new cable may run."""
    terrain: Terrain = Terrain()
    """Heights and land cover."""
    climate: ClimateSpec = ClimateSpec()
    """Rain and refraction, for microwave and satellite."""
    radio: RadioSpec = RadioSpec()
    """What access radios are planned for."""
    exclusions: tuple[str, ...] = ()
    """Polygon layers without new sites; links only if the catalogue lets the medium cross."""
    force: tuple[str, ...] = ()
    """Ids or names of sites, links or settlements that the plan must use."""
    forbid: tuple[str, ...] = ()
    """Ids or names of sites, links or settlements that the plan may not use."""
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
    """What a subscribing household gets, for `urban` and `rural`."""
    community: CommunityLevel | None = None
    """Service at shared places; None: not planned."""
    targets: dict[str, Share]
    """Class to the share (0–1) of its people or facilities who must be able to have the service."""
    budget: float | None = Field(default=None, gt=0)
    """Most that may be spent, present value: then as many as possible are served for it."""
    operators: tuple[Operator, ...] | None = None
    """Several operators: without an operator model among the levers each plans alone; see `netplan.project.parties`."""
    operators_alone: Literal["planned", "multiplied"] = "planned"
    """How the networks of operators that each build alone are found. `planned`: each operator's own. `multiplied`: one
    plan, counted once for every operator: that of the operator with the most subscribers, on its towers and spectrum,
    at the mean of all shares, so that all networks together carry the traffic of all subscribers once. It is faster and
    is what studies without a map do, but it knows no operator's own masts or spectrum; results say that they rest on
    it."""
    market_share: float = Field(default=1.0, gt=0, le=1)
    """Share of the subscribing households, facilities and sensors that this plan is for. Set by netplan for the plan of
    one operator; targets still count everybody who could be served."""
    economics: EconomicsSpec = EconomicsSpec()
    """How money over time is valued."""
    sharing: tuple[str, ...] = ()
    """Levers that the scenario offers: ids of `models/sharing`."""
    impose: tuple[str, ...] = ()
    """Levers that must be used, whatever they cost."""
    approval: dict[str, ApprovalSpec] = Field(default_factory=dict)
    """Utility (as the column `owner` of its layer has it) -> how likely it consents, when it answers, and what its
    approval costs."""
    refusal: RefusalSpec = RefusalSpec()
    """What `netplan refusal` reckons with."""
    candidates: CandidateSpec = CandidateSpec()
    """How many sites are proposed."""
    attributions: dict[str, str] = Field(default_factory=dict)
    """path of a layer -> the credit line that its licence asks for; printed on maps and in reports."""
    assumptions: tuple[str, ...] = ()
    """What the planner assumed, in a sentence each; printed in reports."""
    scenarios: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Name to keys laid over everything above."""
    solver: SolverSpec = SolverSpec()
    """When the planner stops."""

    @field_validator("language")
    @classmethod
    def _spoken(cls, language: str) -> str:
        if language not in SIGNS:
            raise ValueError(f"use one of the languages there are: {', '.join(SIGNS)}")
        return language

    def classes(self) -> list[str]:
        """Every class of demand: people, community service, facilities, sensors."""
        community = [COMMUNITY + name for name in PEOPLE_CLASSES] if self.community else []
        sensors = [SENSORS] if self.demand.sensors else []
        return [*PEOPLE_CLASSES, *community, *self.demand.facilities, *sensors]
