"""The keys of catalogue entries in `resolved.yaml` and their types, as far as the audit reads them."""

from __future__ import annotations

from pydantic import Field

from netplan.verify.shape import Table

Word = str | None
Words = list[str]


class Quantity(Table):
    """A number with its unit; year, source and interval stand beside it."""

    value: float
    unit: str = ""
    year: int | None = None


Figure = Quantity | None


class Paid(Table):
    """What is paid once, and in a year."""

    item: str
    per: str
    capex: Figure = None
    opex_per_year: Figure = None
    life_years: Figure = None
    transfer: bool = False


class CostLine(Paid):
    """What an entry costs."""

    category: str
    charged: str = "always"


class Coordination(Paid):
    """What sharing costs each operator that joins."""


class Step(Table):
    """What one modulation needs and carries."""

    sinr_db: float
    efficiency_bps_hz: float


class AnyFigures(Table):
    """Figures, flags and names of any key."""

    __pydantic_extra__: dict[str, Quantity | bool | str | None] = Field(init=False)


class Radio(AnyFigures):
    """A radio, and the steps of its modulation."""

    steps: list[Step] = Field(default_factory=list)


class Uplink(Radio):
    """What is sent up to it."""

    traffic_share: Quantity


class Carrier(Radio):
    """A radio with its way up; it has no channel where the first two are not stated."""

    frequency_mhz: Quantity = Quantity(value=0.0)
    bandwidth_mhz: Quantity = Quantity(value=0.0)
    uplink: Uplink | None = None


class Modulation(Table):
    """One step of a hop's radio."""

    rate_mbps: Quantity


class Hop(AnyFigures):
    """The radio of a hop."""

    modulations: list[Modulation]


class Sky(Table):
    """A path up from a terminal."""

    __pydantic_extra__: dict[str, Figure] = Field(init=False)
    orbit: str
    min_elevation_deg: Quantity


class Terminal(Table):
    """What receives a service that stands today."""

    __pydantic_extra__: dict[str, Figure] = Field(init=False)


class ReachRate(Table):
    """What a line carries over a length."""

    reach_m: Quantity
    rate_mbps: Quantity


class Technology(Table):
    """What serves people."""

    kind: str
    needs_backhaul: bool
    structures: Words
    serves: Words
    generation: Word
    aliases: Words
    coverage_rate_mbps: Figure
    enabled: bool
    upgrades: Words
    sky: Sky | None
    radio: Carrier | None
    carriers: list[Carrier]
    today: Terminal | None
    reach_m: Figure
    rate_mbps: Figure
    capacity: Figure
    shared_mbps: Figure
    split: Figure
    line_layer: Word
    line_radius_m: Figure
    line_detour: Figure
    reach_rates: list[ReachRate]
    backhaul_mbps: Figure
    load_w: Figure
    costs: list[CostLine]
    premises: list[CostLine]


class Structure(Table):
    """What equipment stands on."""

    generator: str
    status: str
    lever: Word
    height_m: Quantity
    free_below_m: Figure = None
    max_dishes: Figure = None
    base_load_w: Quantity
    power: Words
    costs: list[CostLine]


class Power(Table):
    """Where its electricity comes from."""

    kind: str
    max_grid_distance_m: Figure
    max_load_w: Figure
    costs: list[CostLine]


class Ground(Table):
    """Where a link costs more."""

    columns: dict[str, Words]
    multiplier: Quantity
    lever: Word


class Eligibility(Table):
    """Which pipes or ducts can take cable."""

    water: Words
    refused_materials: dict[str, str]
    refused_linings: dict[str, str]
    refused_status: dict[str, str]
    min_pressure_class_bar: Figure
    max_age_years: Figure
    min_free_bores: Figure
    unstated: dict[str, str]


class Access(Table):
    """A kind of point on a pipe."""

    words: Words
    reach_m: Quantity
    counts: Word


class Approval(Table):
    """What an owner's consent takes."""

    probability: Quantity
    delay_years: Quantity
    cost: Figure


class Benefit(Table):
    """What an owner gains from the cable."""

    item: str
    value_per_km_year: Quantity


class Medium(Table):
    """What a link is made of."""

    kind: str
    route: Word
    lever: Word
    enabled: bool
    capacity_mbps: Figure
    costs: list[CostLine]
    grounds: dict[str, Ground]
    min_diameter_mm: Figure
    materials: Words
    max_run_m: Figure
    eligibility: Eligibility | None
    access: list[Access]
    bend_deg: Figure
    approval: Approval | None
    make_ready_share: Figure
    co_benefits: list[Benefit]
    pole_spacing_m: Figure
    max_length_m: Figure
    frequency_mhz: Figure
    fixed: Hop | None
    sky: Sky | None
    line_kinds: Words
    crosses_exclusions: bool


class Tenancy(Table):
    """One network for several operators."""

    increments: dict[str, Quantity]
    carriers: str
    coordination: list[Coordination]
    split: str
    builder: str
    combines: bool


class Loading(Table):
    """What another owner's mast can take."""

    max_systems: Quantity


class Ban(Table):
    """What may not be built near the assets of a lever."""

    what: str
    kinds: Words
    within_m: Quantity
    share: Figure


class Lever(Table):
    """A sharing lever."""

    layer: Word
    owner: str
    loading: Loading | None
    tenancy: Tenancy | None
    imposed: list[Ban]


class Catalogue(Table):
    """All entries by table and id."""

    technologies: dict[str, Technology]
    structures: dict[str, Structure]
    power: dict[str, Power]
    media: dict[str, Medium]
    levers: dict[str, Lever]
