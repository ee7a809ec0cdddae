"""What a catalogue entry may say: the types behind every YAML file in ``models/``.

Each number is a :class:`Quantity` with unit, year, source and range. Entries say what exists and what
it costs; they never say how to compute: the `kind` of an entry picks the behaviour in the code.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from netplan.catalogue.climate import ClimateDefaults
from netplan.catalogue.links import FixedLink, SkyLink
from netplan.catalogue.quantity import Frozen as Frozen
from netplan.catalogue.quantity import Quantity as Quantity

Category = Literal[
    "structure", "power", "access", "distribution", "premises", "backhaul", "rent", "utility-fee", "site-operation"
]

Per = Literal[
    "unit",  # once per row (site, option, link)
    "km",  # per kilometre of link, of grid extension (power) or of distribution (fibre access)
    "w",  # per watt of mean electrical load (power entries)
    "access-point",  # per point where cable enters or leaves a pipe (link: both ends counted half each)
    "span",  # per pole of a pole line
    "premises",  # per premises served
]


class CostItem(Frozen):
    """One line of a bill of quantities: so much at once, so much a year, and how long it lasts."""

    item: str
    category: Category
    per: Per = "unit"
    capex: Quantity | None = None
    opex_per_year: Quantity | None = None
    life_years: Quantity | None = None
    """None: outlives the horizon and is never replaced nor has a residual value."""
    transfer: bool = False
    """A payment between parties of the same society (a rent): counted only from an operator's perspective."""


class Radio(Frozen):
    """Link-budget figures of a radio access technology (gains in dBi, powers in dBm, losses in dB)."""

    frequency_mhz: Quantity
    bandwidth_mhz: Quantity
    """Downlink channel of one sector (for TDD: the whole channel; `downlink_share` takes its part)."""
    downlink_share: Quantity
    """1 for FDD."""
    sectors: Quantity
    tx_power_dbm: Quantity
    """Per sector, all MIMO branches together."""
    tx_gain_dbi: Quantity
    tx_loss_db: Quantity
    rx_gain_dbi: Quantity
    rx_height_m: Quantity
    """Above ground, of the terminal or CPE antenna."""
    rx_noise_figure_db: Quantity
    entry_loss_db: Quantity
    """Into the building; 0 for an outdoor CPE."""
    interference_margin_db: Quantity
    location_sd_db: Quantity
    """Standard deviation of location variability (and clutter); with `coverage_probability` gives the shadow margin."""
    coverage_probability: Quantity
    mimo_layers: Quantity
    shannon_alpha: Quantity
    """Truncated Shannon: efficiency = layers * min(alpha * log2(1 + sinr), max) above sinr_min."""
    sinr_min_db: Quantity
    efficiency_max_bps_hz: Quantity
    max_load: Quantity
    """Largest share of the airtime that may carry traffic in the busy hour (also MAC efficiency for Wi-Fi)."""
    max_range_m: Quantity
    line_of_sight: bool = False
    """True: served only where the path is clear (0.6 of the first Fresnel zone at k = 4/3)."""


class Technology(Frozen):
    """An access technology: what is mounted on a site, or reaches the premises directly."""

    id: str
    label: str
    kind: Literal["cellular", "wifi", "hotspot", "fibre-access", "satellite"]
    colour: str
    marker: str
    """Matplotlib marker."""
    needs_backhaul: bool
    structures: tuple[str, ...] = ()
    """Structure ids it can stand on; empty for what needs no site of the project."""
    enabled: bool = True
    """False: used only when the project names it under `technologies`."""
    sky: SkyLink | None = None
    """Satellite: what the terminal must see; None: every premises sees it."""
    radio: Radio | None = None
    """For cellular, wifi and hotspot."""
    reach_m: Quantity | None = None
    """For fibre access: farthest premises from the cabinet."""
    rate_mbps: Quantity | None = None
    """For fibre access and satellite: what one premises is offered."""
    capacity: Quantity | None = None
    """fibre-access: premises per cabinet; satellite: premises per km2. Radio kinds: sectors * max_load."""
    backhaul_mbps: Quantity | None = None
    load_w: Quantity | None = None
    """Mean electrical load of the equipment on the site."""
    costs: tuple[CostItem, ...] = ()
    premises: tuple[CostItem, ...] = ()
    sources: tuple[str, ...] = ()
    notes: str = ""


class Structure(Frozen):
    """A physical site: mast, roof, cabinet. `generator` names the rule that proposes it."""

    id: str
    label: str
    generator: Literal["existing-tower", "new-mast", "relay", "facility-hub", "village-hub", "cabinet"]
    status: Literal["existing", "shared", "new"]
    lever: str | None = None
    colour: str
    marker: str
    height_m: Quantity
    """Antenna height above ground."""
    base_load_w: Quantity
    """Mean electrical load of the bare site (router, link radio, lights)."""
    power: tuple[str, ...]
    """Power entries it may use; the cheapest for its load is taken."""
    costs: tuple[CostItem, ...] = ()
    notes: str = ""


class Power(Frozen):
    """How a site gets electricity. `per: km` costs apply to the distance to the grid, `per: w` to the load."""

    id: str
    label: str
    kind: Literal["grid", "solar", "hybrid"]
    max_grid_distance_m: Quantity | None = None
    costs: tuple[CostItem, ...]
    notes: str = ""


class Ground(Frozen):
    """A class of ground along a route: the cost multiplier of a medium there."""

    columns: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Route attribute -> values that select this class, e.g. {surface: [asphalt, paved]}."""
    multiplier: Quantity


class Medium(Frozen):
    """What carries traffic between two nodes of the backhaul graph."""

    id: str
    label: str
    kind: Literal["trench", "aerial", "pipe", "duct", "lit", "microwave", "satellite"]
    route: Literal["roads", "power_lines", "water_pipes", "ducts", "fibre"] | None = None
    """The project's layer it runs along; None for radio."""
    lever: str | None = None
    """Sharing lever that opens it; None: anybody may build it."""
    enabled: bool = True
    """False: used only when the project names it under `technologies`."""
    colour: str
    dash: str = "solid"
    """Matplotlib line style."""
    capacity_mbps: Quantity | None = None
    """None: not a limit at district scale (fibre)."""
    costs: tuple[CostItem, ...]
    grounds: dict[str, Ground] = Field(default_factory=dict)
    """Class of ground -> when it applies and what it multiplies; the first that matches."""
    min_diameter_mm: Quantity | None = None
    materials: tuple[str, ...] = ()
    """Pipe materials that can take cable (upper case)."""
    max_run_m: Quantity | None = None
    """Pipe: longest pull between two access points."""
    pole_spacing_m: Quantity | None = None
    max_length_m: Quantity | None = None
    """Microwave: longest hop."""
    frequency_mhz: Quantity | None = None
    fixed: FixedLink | None = None
    """Microwave: the radio; None: `capacity_mbps` at any length up to `max_length_m`."""
    sky: SkyLink | None = None
    """Satellite: what the dish must see; None: any site may have one."""
    line_kinds: tuple[str, ...] = ()
    """power_lines: values of the standard column `kind` this medium may use (distribution or transmission)."""
    crosses_exclusions: bool = False
    sources: tuple[str, ...] = ()
    notes: str = ""


class Lever(Frozen):
    """A sharing lever: another owner's asset that a scenario may open."""

    id: str
    label: str
    layer: str | None = None
    """Project layer that must be present for it to act, e.g. `existing.towers`."""
    what: str
    cost_lines: str
    """In words: which costs it changes and adds."""
    source: str


class EconomicDefaults(Frozen):
    """Defaults of the project's `economics` block, and how old prices are brought to the price year."""

    discount_rate: Quantity
    years: Quantity
    price_escalation_per_year: Quantity


class Catalogue(Frozen):
    """Every entry of ``models/``, by id. Money is still in the year of its quantity."""

    technologies: dict[str, Technology]
    structures: dict[str, Structure]
    power: dict[str, Power]
    media: dict[str, Medium]
    levers: dict[str, Lever]
    economics: EconomicDefaults
    climate: ClimateDefaults | None = None
