"""What a catalogue entry may say: the types behind every YAML file in ``models/``.

Each number is a :class:`Quantity` with unit, year, source and range. Entries say what exists and what
it costs; they never say how to compute: the `kind` of an entry picks the behaviour in the code.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from netplan.catalogue.assets import AccessRule, Approval, CoBenefit, Eligibility
from netplan.catalogue.climate import ClimateDefaults
from netplan.catalogue.links import FixedLink, SkyLink
from netplan.catalogue.quantity import Frozen as Frozen
from netplan.catalogue.quantity import Quantity as Quantity
from netplan.catalogue.sharing import Ban, Loading, Tenancy

Category = Literal[
    "structure", "power", "access", "distribution", "premises", "backhaul", "rent", "spectrum", "utility-fee",
    "site-operation", "coordination",
]  # fmt: skip

Labels = dict[Annotated[str, Field(pattern=r"^[a-z]{2}$")], str]
"""Language, as two letters -> what an entry is called in it."""

HELD = "licence"
"""Category of spectrum that the project holds: paid in full whatever is built, and so from the start. No line of the
catalogue is of it."""

STATE_FEES = ("spectrum", HELD)
"""Categories of cost that are paid to the state, for a link or for the project: they bear no VAT and are transfers."""

CO_BENEFIT = "co-benefit"
"""Category of what the owner of an asset gains from the cable in it: a negative cost, and no sale that bears VAT."""

Per = Literal[
    "unit",  # once per row (site, option, link)
    "km",  # per kilometre of link, of grid extension (power) or of distribution (fibre access)
    "w",  # per watt of mean electrical load (power entries)
    "access-point",  # per point where cable enters or leaves a pipe (link: both ends counted half each)
    "span",  # per pole of a pole line
    "make-ready",  # per pole that must be replaced or rearranged first
    "valve",  # per valve that cable passes in a pipe (this and the next three: half at each side of a node)
    "meter",  # per meter that cable passes
    "bypass",  # per pump or closed valve that cable goes around outside the pipe
    "bend",  # per sharp bend that cable passes
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
    charged: Literal["always", "new", "upgrade"] = "always"
    """Of equipment: on every site, only where it is new to the mast, or only where it upgrades what stands there."""
    transfer: bool = False
    """A payment between parties of the same society (a rent): counted only from an operator's perspective."""


class Step(Frozen):
    """One modulation and coding scheme: from this SINR on, this efficiency of one layer."""

    sinr_db: float
    efficiency_bps_hz: float


class RateTable(Frozen):
    """A ladder of modulation and coding schemes that radios name: what a standard, or a vendor's sheet, tabulates."""

    id: str
    label: str
    kind: Literal["modulation"] = "modulation"
    steps: tuple[Step, ...]
    """By rising SINR and efficiency; nothing is carried below the first."""
    source: str
    assumption: bool = False
    notes: str = ""


class Uplink(Frozen):
    """The way back: the terminal's power over the same path, received by the antenna that transmits downlink."""

    tx_power_dbm: Quantity
    """Of the terminal."""
    bandwidth_mhz: Quantity
    """Widest grant of one terminal."""
    min_bandwidth_mhz: Quantity
    """Narrowest grant: a weak terminal concentrates its power there."""
    time_share: Quantity
    """Part of the time that is uplink; 1 for FDD and for radios that take turns (`shares_airtime`)."""
    rx_noise_figure_db: Quantity
    """Of the base station."""
    interference_margin_db: Quantity
    diversity_gain_db: Quantity
    """Of several receive branches."""
    shannon_alpha: Quantity
    sinr_min_db: Quantity
    efficiency_max_bps_hz: Quantity
    traffic_share: Quantity
    """Uplink rate and load that go with each unit of downlink rate and load."""
    shares_airtime: bool = False
    """True: both ways take turns in one channel and their airtimes add (Wi-Fi); else each has its own."""
    modulation: str | None = None
    steps: tuple[Step, ...] = ()


class Radio(Frozen):
    """Link-budget figures of a radio access technology (gains in dBi, powers in dBm, losses in dB)."""

    frequency_mhz: Quantity
    bandwidth_mhz: Quantity
    """Downlink channel of one sector (for TDD: the whole channel; `downlink_share` takes its part)."""
    downlink_share: Quantity
    """1 for FDD."""
    sectors: Quantity
    tx_power_dbm: Quantity
    """Per sector, all MIMO branches together; each layer has 1 / `mimo_layers` of it."""
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
    """Streams sent at once, each on its part of the power: the SINR of one is 10 log10(layers) dB lower."""
    shannon_alpha: Quantity
    """Truncated Shannon: efficiency = layers * min(alpha * log2(1 + sinr), max) above sinr_min."""
    sinr_min_db: Quantity
    efficiency_max_bps_hz: Quantity
    max_load: Quantity
    """Largest share of the airtime that may be taken in the busy hour."""
    max_range_m: Quantity
    line_of_sight: bool = False
    """True: served only where the path is clear (0.6 of the first Fresnel zone at k = 4/3)."""
    reuse: Quantity | None = None
    """Parts the channel is divided into so that neighbouring sectors do not share one; None: 1, every sector has all
    of it and `interference_margin_db` stands for the neighbours."""
    mac_efficiency: Quantity | None = None
    """Share of the air rate that medium access, headers and acknowledgements leave, both ways (Wi-Fi); None: 1, the
    efficiencies count it already."""
    modulation: str | None = None
    """id in `modulation/`: its steps replace truncated Shannon."""
    steps: tuple[Step, ...] = ()
    """Steps of its own (a vendor's table); filled from `modulation` when the catalogue is loaded."""
    uplink: Uplink | None = None
    """None: the uplink is taken never to limit."""


ServiceKind = Literal["household", "community", "iot"]
"""Who asks for service: a household at home; a community at a shared place (a school, a clinic, a public hotspot);
a sensor."""


Generation = Literal["2G", "3G", "4G", "5G"]


class Terminal(Frozen):
    """What people hold who are served today, in place of the terminal that a plan would give them."""

    rx_gain_dbi: Quantity
    rx_height_m: Quantity
    entry_loss_db: Quantity


class ReachRate(Frozen):
    """What a line of at most this length carries."""

    reach_m: Quantity
    rate_mbps: Quantity


class Technology(Frozen):
    """An access technology: what is mounted on a site, or reaches the premises directly."""

    id: str
    label: str
    labels: Labels = Field(default_factory=dict)
    """What it is called in other languages, by their two letters: `{fr: Fibre sur poteaux en propre}`."""
    kind: Literal["cellular", "wifi", "hotspot", "fibre-access", "line-access", "satellite"]
    colour: str
    marker: str
    """Matplotlib marker."""
    hatch: str | None = None
    """Matplotlib hatch of the areas it serves, of the signs `| - + \\ o O *`, repeated to lie closer: `"||||"`; empty:
    plain. It tells technologies apart in greys. Default: one that no other technology of the map has."""
    needs_backhaul: bool
    structures: tuple[str, ...] = ()
    """Structure ids it can stand on; empty for what needs no site of the project."""
    serves: tuple[ServiceKind, ...] = ("household", "community")
    """Whose service it counts as: a public hotspot is no household's, LTE no battery sensor's."""
    generation: Generation | None = None
    """Of a cellular technology: how layers of existing towers name it."""
    aliases: tuple[str, ...] = ()
    """Other names that layers of what exists use for it (`4G`, `LTE`). Give a name to one technology: of several that
    claim it the first by id is taken."""
    coverage_rate_mbps: Quantity | None = None
    """Downlink rate that a published coverage map of it promises; counts where such a layer states no rate itself."""
    enabled: bool = True
    """False: used only when the project names it under `technologies`."""
    upgrades: tuple[Generation, ...] = ()
    """Generations whose presence on a mast makes this an upgrade of it: cost lines `charged: upgrade` apply, lines
    `charged: new` do not."""
    sky: SkyLink | None = None
    """Satellite: what the terminal must see; None: every premises sees it."""
    radio: Radio | None = None
    """For cellular, wifi and hotspot."""
    carriers: tuple[Radio, ...] = ()
    """Further component carriers, aggregated with `radio`: rates add, the best uplink counts."""
    today: Terminal | None = None
    """The terminal of those whom towers that stand serve today (a handset); None: that of `radio`."""
    reach_m: Quantity | None = None
    """For fibre access: farthest premises from the cabinet."""
    rate_mbps: Quantity | None = None
    """For fibre access and satellite: what one premises is offered."""
    capacity: Quantity | None = None
    """fibre-access, line-access: premises per cabinet; satellite: premises per km2. Radio kinds: sectors * max_load."""
    shared_mbps: Quantity | None = None
    """fibre-access, line-access: what the premises of one split (or coax segment) share in the busy hour."""
    split: Quantity | None = None
    """Premises that share it. A premises with more than its part of the load takes more than one place."""
    line_layer: Literal["copper", "coax"] | None = None
    """line-access: the project's layer `existing.<line_layer>` whose lines it uses."""
    line_radius_m: Quantity | None = None
    """line-access: how far from a mapped line premises (and the cabinet) still count as joined to it."""
    line_detour: Quantity | None = None
    """line-access: length of line over straight distance."""
    reach_rates: tuple[ReachRate, ...] = ()
    """line-access: rate by length of line, nearest first."""
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
    labels: Labels = Field(default_factory=dict)
    """What it is called in other languages, by their two letters: `{fr: Fibre sur poteaux en propre}`."""
    generator: Literal["existing-tower", "new-mast", "relay", "facility-hub", "village-hub", "cabinet"]
    status: Literal["existing", "shared", "new"]
    lever: str | None = None
    colour: str
    marker: str
    height_m: Quantity
    """Antenna height above ground; on a tower that stands: where the layer does not state the tower's height."""
    free_below_m: Quantity | None = None
    """Shared tower: how far below the top that its layer states a tenant hangs, but at least half way up; None: the
    height stated is the tenant's own."""
    base_load_w: Quantity
    """Mean electrical load of the bare site (router, lights); radios of links have loads of their own."""
    max_dishes: Quantity | None = None
    """Dishes of microwave hops that it carries, whole; None: any."""
    power: tuple[str, ...]
    """Power entries it may use; the cheapest for its load is taken."""
    costs: tuple[CostItem, ...] = ()
    notes: str = ""


class Power(Frozen):
    """How a site gets electricity. `per: km` costs apply to the distance to the grid, `per: w` to the load."""

    id: str
    label: str
    labels: Labels = Field(default_factory=dict)
    """What it is called in other languages, by their two letters: `{fr: Fibre sur poteaux en propre}`."""
    kind: Literal["grid", "solar", "hybrid"]
    max_grid_distance_m: Quantity | None = None
    max_load_w: Quantity | None = None
    """Largest mean load it can carry; None: any."""
    costs: tuple[CostItem, ...]
    notes: str = ""


class Ground(Frozen):
    """A class of ground along a route: the cost multiplier of a medium there."""

    columns: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Route attribute -> values that select this class, e.g. {surface: [asphalt, paved]}."""
    multiplier: Quantity
    lever: str | None = None
    """Sharing lever that must be open for this class to count (works that others dig anyway); None: always."""


class Medium(Frozen):
    """What carries traffic between two nodes of the backhaul graph."""

    id: str
    label: str
    labels: Labels = Field(default_factory=dict)
    """What it is called in other languages, by their two letters: `{fr: Fibre sur poteaux en propre}`."""
    kind: Literal["trench", "aerial", "pipe", "duct", "lit", "microwave", "satellite"]
    route: Literal["roads", "power_lines", "water_pipes", "ducts", "railways", "fibre"] | None = None
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
    eligibility: Eligibility | None = None
    """Pipe, duct: what else decides whether one can take cable."""
    access: tuple[AccessRule, ...] = ()
    """Pipe: which points open it, and what passing them costs; empty: every point within 5 m does, at no cost."""
    bend_deg: Quantity | None = None
    """Pipe: turns sharper than this count as bends."""
    approval: Approval | None = None
    """None: nobody outside the project decides."""
    make_ready_share: Quantity | None = None
    """Poles: share that must be replaced or rearranged before cable hangs on them, where the layer does not say."""
    co_benefits: tuple[CoBenefit, ...] = ()
    pole_spacing_m: Quantity | None = None
    max_length_m: Quantity | None = None
    """Microwave: longest hop."""
    frequency_mhz: Quantity | None = None
    load_w: Quantity | None = None
    """Microwave, satellite: mean electrical load at each end that is a site, paid for at that site's power supply."""
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
    """A sharing lever: another owner's asset that a scenario may open, or one network for several operators."""

    id: str
    label: str
    labels: Labels = Field(default_factory=dict)
    """What it is called in other languages, by their two letters: `{fr: Fibre sur poteaux en propre}`."""
    layer: str | None = None
    """Project layer that must be present for it to act, e.g. `existing.towers`."""
    what: str
    cost_lines: str
    """In words: which costs it changes and adds."""
    capacity: str = ""
    """In words: what it does to capacity."""
    owner: str = ""
    """Who owns what it opens, as accounts call the party that rents and fees go to."""
    loading: Loading | None = None
    tenancy: Tenancy | None = None
    """Given: an operator model, which takes a project with `operators`."""
    imposed: tuple[Ban, ...] = ()
    """What may no longer be built where a scenario imposes this lever."""
    source: str
    sources: tuple[str, ...] = ()
    notes: str = ""


class EconomicDefaults(Frozen):
    """Defaults of the project's `economics` block, and how old prices are brought to the price year."""

    discount_rate: Quantity
    """Social, real: of projects from society's perspective."""
    years: Quantity
    price_escalation_per_year: Quantity
    wacc: Quantity | None = None
    """Real cost of capital of operators; None: `discount_rate`."""
    import_share: dict[Category, Quantity] = Field(default_factory=dict)
    """Part of the capex of a category that is imported."""
    arpu_per_month: dict[str, Quantity] = Field(default_factory=dict)
    """Class of demand -> revenue of one subscribing premises in a month, before VAT."""
    network_share: Quantity | None = None
    """Part of the revenue that is left for access and backhaul; None: all."""
    affordable_share: Quantity | None = None
    """Part of a month's income per head that a month's service may cost."""
    spectrum_per_mhz_head: Quantity | None = None
    """Paid once per licence term."""
    spectrum_licence_years: Quantity | None = None


class Catalogue(Frozen):
    """Every entry of ``models/``, by id. Money is still in the year of its quantity."""

    technologies: dict[str, Technology]
    structures: dict[str, Structure]
    power: dict[str, Power]
    media: dict[str, Medium]
    levers: dict[str, Lever]
    economics: EconomicDefaults
    modulation: dict[str, RateTable] = Field(default_factory=dict)
    generations: dict[str, Generation] = Field(default_factory=dict)
    """Generation by id and alias (small letters) of every technology that states one, whether the project uses it or
    not: how layers of existing towers are read."""
    climate: ClimateDefaults | None = None
