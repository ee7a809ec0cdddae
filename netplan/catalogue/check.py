"""What no single field can say: do the entries fit together, and are the numbers in the units of their names?"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import get_args

from pydantic import BaseModel

from netplan.catalogue import hatches
from netplan.catalogue.check_assets import check_assets
from netplan.catalogue.check_links import check_fixed, check_sky
from netplan.catalogue.read import nearest
from netplan.catalogue.schema import (
    STATE_FEES,
    CostItem,
    EconomicDefaults,
    Lever,
    Medium,
    Power,
    Quantity,
    Radio,
    RateTable,
    Step,
    Structure,
    Technology,
    Uplink,
)
from netplan.catalogue.sharing import ASSET_LAYERS, check_ban, check_tenancy
from netplan.catalogue.walk import cost_items, quantities

AnyEntry = Technology | Structure | Power | Medium | Lever | RateTable
Problem = tuple[str, str, str]
"""(key, what was found, what to do)"""

RADIO_KINDS = ("cellular", "wifi", "hotspot")
COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
IDENTIFIER = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MARKERS = frozenset(".,ov^<>12348spP*hH+xXDd|_")
DASHES = frozenset({"solid", "dashed", "dashdot", "dotted"})
LINE_KINDS = ("distribution", "transmission")
# A name ends in its unit; the longest ending that fits decides.
UNITS = {
    "_mhz": "MHz",
    "_dbm": "dBm",
    "_dbi": "dBi",
    "_db": "dB",
    "_m": "m",
    "_mm": "mm",
    "_mbps": "Mbit/s",
    "_w": "W",
    "_bps_hz": "bit/s/Hz",
    "_years": "years",
    "_deg": "deg",
    "_percent": "%",
    "_ms": "ms",
    "_db_per_km": "dB/km",
    "_mm_per_h": "mm/h",
    "_n_per_km": "N/km",
}
POSITIVE = ("_mhz", "_m", "_mm", "_mbps", "_years")


def check_entry(entry: AnyEntry, ids: dict[str, frozenset[str]]) -> list[Problem]:
    """Everything wrong with one entry.

    Args:
        entry: a valid entry of its type.
        ids: group of the catalogue (`structures`, `power`, `sharing` …) -> ids that exist.
    """
    problems = list(_style(entry))
    for place, quantity in quantities(entry):
        problems += _number(place, quantity)
    for place, item in cost_items(entry):
        problems += _money(place, item)
    rules: dict[type, Callable[..., Iterator[Problem]]] = {
        Technology: _technology,
        Structure: _structure,
        Medium: _medium,
        RateTable: _modulation,
        Lever: _lever,
    }
    rule = rules.get(type(entry))
    return problems + (list(rule(entry, ids)) if rule else [])


def check_numbers(entry: BaseModel) -> list[Problem]:
    """Faults of the numbers alone, for what is not an entry with an id (the economic defaults)."""
    return [problem for place, quantity in quantities(entry) for problem in _number(place, quantity)]


def check_economics(entry: EconomicDefaults) -> list[Problem]:
    """Faults of the economic defaults: their numbers, shares out of range, prices without a year."""
    problems = check_numbers(entry)
    rates = [("discount_rate", entry.discount_rate), ("wacc", entry.wacc), ("network_share", entry.network_share),
             ("affordable_share", entry.affordable_share)]  # fmt: skip
    rates += [(f"import_share.{name}", share) for name, share in entry.import_share.items()]
    for place, rate in rates:
        if rate is not None and not 0 <= rate.value <= 1:
            problems.append((place, f"{rate.value:g}", "give a share between 0 and 1"))
    prices = [("spectrum_per_mhz_head", entry.spectrum_per_mhz_head)]
    prices += [(f"arpu_per_month.{name}", price) for name, price in entry.arpu_per_month.items()]
    for place, price in prices:
        if price is not None and price.value < 0:
            problems.append((place, f"{price.value:g}", "give 0 or more"))
        if price is not None and price.year is None:
            problems.append((f"{place}.year", "missing", "give the year of the price"))
    return problems


def _style(entry: AnyEntry) -> Iterator[Problem]:
    if not IDENTIFIER.fullmatch(entry.id):
        yield "id", repr(entry.id), "use small letters, digits and single hyphens"
    colour = getattr(entry, "colour", None)
    if colour is not None and not COLOUR.fullmatch(colour):
        yield "colour", repr(colour), "write it as '#RRGGBB'"
    marker = getattr(entry, "marker", None)
    if marker is not None and marker not in MARKERS:
        yield (
            "marker",
            repr(marker),
            f"use a Matplotlib marker: {' '.join(sorted(MARKERS))}",
        )
    hatch = getattr(entry, "hatch", None)
    if hatch is not None and not set(hatch) <= hatches.SIGNS:
        yield "hatch", repr(hatch), f"use {' '.join(sorted(hatches.SIGNS))}; / x . are signs of the maps themselves"
    dash = getattr(entry, "dash", None)
    if dash is not None and dash not in DASHES:
        yield "dash", repr(dash), nearest(dash, DASHES)


def _number(place: str, quantity: Quantity) -> Iterator[Problem]:
    for name in ("value", "low", "high"):
        number = getattr(quantity, name)
        if number is not None and not math.isfinite(number):
            yield f"{place}.{name}", str(number), "give a finite number"
    if quantity.low is not None and quantity.low > quantity.value:
        yield (
            place,
            f"low {quantity.low:g} above value {quantity.value:g}",
            "low <= value <= high",
        )
    if quantity.high is not None and quantity.high < quantity.value:
        yield (
            place,
            f"high {quantity.high:g} below value {quantity.value:g}",
            "low <= value <= high",
        )
    if not quantity.source.strip():
        yield (
            f"{place}.source",
            "empty",
            "say where the number comes from (or what it was reasoned from)",
        )
    field = place.rsplit(".", 1)[-1]
    endings = [ending for ending in UNITS if field.endswith(ending)]
    if not endings:
        return
    ending = max(endings, key=len)
    if quantity.unit != UNITS[ending]:
        yield f"{place}.unit", repr(quantity.unit), f"give {field} in {UNITS[ending]!r}"
    if ending in POSITIVE and quantity.value <= 0:
        yield place, f"{quantity.value:g}", "give a number above 0"


def _money(place: str, item: CostItem) -> Iterator[Problem]:
    if item.capex is None and item.opex_per_year is None:
        yield place, "neither capex nor opex_per_year", "give at least one"
    if item.category in STATE_FEES and not item.transfer:
        yield f"{place}.transfer", f"absent from a line of {item.category}", "a fee to the state is `transfer: true`"
    per = {"unit": "", "w": "/W"}.get(item.per, f"/{item.per}")
    for name, unit in (("capex", f"USD{per}"), ("opex_per_year", f"USD{per}/year")):
        quantity: Quantity | None = getattr(item, name)
        if quantity is None:
            continue
        if quantity.unit != unit:
            yield (
                f"{place}.{name}.unit",
                repr(quantity.unit),
                f"an item `per: {item.per}` is in {unit!r}",
            )
        if quantity.year is None:
            yield f"{place}.{name}.year", "missing", "give the year of the price"
        if quantity.value < 0:
            yield f"{place}.{name}", f"{quantity.value:g}", "give a cost of 0 or more"


def _named(key: str, names: tuple[str, ...], known: frozenset[str], what: str) -> Iterator[Problem]:
    for name in names:
        if name not in known:
            yield key, f"no {what} {name!r} in the catalogue", nearest(name, known)


def _needs(entry: AnyEntry, kind: str, *keys: str) -> Iterator[Problem]:
    for key in keys:
        if not getattr(entry, key):
            yield key, "missing", f"kind {kind!r} needs it"


def _only_for(entry: Technology | Medium, key: str, *kinds: str) -> Iterator[Problem]:
    if getattr(entry, key) is not None and entry.kind not in kinds:
        yield key, f"given for kind {entry.kind!r}", f"only kind {' or '.join(map(repr, kinds))} has it"


def _technology(entry: Technology, ids: dict[str, frozenset[str]]) -> Iterator[Problem]:
    yield from _named("structures", entry.structures, ids["structures"], "structure")
    if not entry.serves:
        yield "serves", "empty", "name one or more of household, community, iot"
    if entry.kind in RADIO_KINDS:
        yield from _needs(entry, entry.kind, "radio", "structures")
        yield from _radios(entry, ids)
    elif entry.kind == "fibre-access":
        yield from _needs(entry, entry.kind, "reach_m", "rate_mbps", "capacity", "structures")
    elif entry.kind == "line-access":
        yield from _needs(entry, entry.kind, "line_layer", "line_radius_m", "reach_rates", "capacity", "structures")
        yield from _reaches(entry)
    else:
        yield from _needs(entry, entry.kind, "rate_mbps", "capacity")
    for name in ("capacity", "split", "line_detour"):
        quantity = getattr(entry, name)
        if quantity is not None and quantity.value <= 0:
            yield name, f"{quantity.value:g}", "give a number above 0"
    if (entry.shared_mbps is None) != (entry.split is None):
        yield "split", "shared_mbps and split are not both given", "give both or neither"
    yield from _only_for(entry, "sky", "satellite")
    if entry.sky is not None:
        yield from check_sky(entry.sky)
    for position, item in enumerate(entry.premises):
        if item.per != "premises":
            yield f"premises[{position}].per", repr(item.per), "write `per: premises`"
    if not entry.upgrades and any(item.charged != "always" for item in entry.costs):
        yield "upgrades", "empty, but costs are charged for upgrades or new equipment only", "name the generations"


def _reaches(entry: Technology) -> Iterator[Problem]:
    reach_m = [step.reach_m.value for step in entry.reach_rates]
    rate_mbps = [step.rate_mbps.value for step in entry.reach_rates]
    if sorted(set(reach_m)) != reach_m or sorted(set(rate_mbps), reverse=True) != rate_mbps:
        yield "reach_rates", "not in order", "list the nearest first, each farther and slower than the one before"


def _radios(entry: Technology, ids: dict[str, frozenset[str]]) -> Iterator[Problem]:
    """The radio and every carrier aggregated with it."""
    places = [("radio", entry.radio), *((f"carriers[{i}]", radio) for i, radio in enumerate(entry.carriers))]
    for place, radio in places:
        if radio is None:
            continue
        yield from _shares(radio, place, ("downlink_share", "max_load", "coverage_probability"))
        yield from _above(radio, place, ("sectors", "mimo_layers", "shannon_alpha"), 0.0)
        if radio.mac_efficiency is not None:
            yield from _shares(radio, place, ("mac_efficiency",))
        if radio.reuse is not None:
            yield from _above(radio, place, ("reuse",), math.nextafter(1.0, 0.0))
        yield from _steps_of(radio, place, ids)
        if radio.uplink is not None:
            yield from _shares(radio.uplink, f"{place}.uplink", ("time_share",))
            yield from _above(radio.uplink, f"{place}.uplink", ("traffic_share", "shannon_alpha"), 0.0)
            yield from _steps_of(radio.uplink, f"{place}.uplink", ids)
    if entry.carriers and entry.kind != "cellular":
        yield "carriers", f"kind {entry.kind!r}", "only cellular technologies aggregate carriers"


def _shares(figures: Radio | Uplink, place: str, names: tuple[str, ...]) -> Iterator[Problem]:
    for name in names:
        value = getattr(figures, name).value
        # a certain reception (probability 1) would need an infinite margin
        top = math.nextafter(1.0, 0.0) if name == "coverage_probability" else 1.0
        if not 0 < value <= top:
            yield f"{place}.{name}", f"{value:g}", "give a share between 0 and 1"


def _above(figures: Radio | Uplink, place: str, names: tuple[str, ...], least: float) -> Iterator[Problem]:
    for name in names:
        value = getattr(figures, name).value
        if value <= least:
            yield f"{place}.{name}", f"{value:g}", "give a number above 0" if least == 0 else "give 1 or more"


def _steps_of(figures: Radio | Uplink, place: str, ids: dict[str, frozenset[str]]) -> Iterator[Problem]:
    if figures.modulation is not None:
        yield from _named(f"{place}.modulation", (figures.modulation,), ids["modulation"], "modulation")
        if figures.steps:
            yield f"{place}.steps", "given beside modulation", "name a modulation or give steps, not both"
    yield from _rising(figures.steps, f"{place}.steps")


def _modulation(entry: RateTable, _: dict[str, frozenset[str]]) -> Iterator[Problem]:
    if not entry.steps:
        yield "steps", "empty", "give at least one"
    if not entry.source.strip():
        yield "source", "empty", "say where the table comes from"
    yield from _rising(entry.steps, "steps")


def _rising(steps: tuple[Step, ...], place: str) -> Iterator[Problem]:
    for field in ("sinr_db", "efficiency_bps_hz"):
        values = [getattr(step, field) for step in steps]
        if sorted(set(values)) != values or not all(map(math.isfinite, values)):
            yield place, f"{field} does not rise from step to step", "order the steps by SINR and efficiency"
    if steps and steps[0].efficiency_bps_hz <= 0:
        yield place, f"efficiency {steps[0].efficiency_bps_hz:g}", "give a number above 0"


def _structure(entry: Structure, ids: dict[str, frozenset[str]]) -> Iterator[Problem]:
    yield from _named("power", entry.power, ids["power"], "power entry")
    if entry.lever is not None:
        yield from _named("lever", (entry.lever,), ids["sharing"], "sharing lever")
    if (entry.status == "shared") != (entry.lever is not None):
        yield (
            "lever",
            f"{entry.lever!r} with status {entry.status!r}",
            "a shared structure, and no other, names a lever",
        )
    if entry.free_below_m is not None and (entry.generator, entry.status) != ("existing-tower", "shared"):
        yield (
            "free_below_m",
            f"with status {entry.status!r} and generator {entry.generator!r}",
            "only a shared existing-tower has a tenant",
        )
    if entry.max_dishes is not None and entry.max_dishes.value < 1:
        yield "max_dishes", f"{entry.max_dishes.value:g}", "give 1 or more, or leave it out"
    if not entry.power:
        yield "power", "empty", nearest("", ids["power"])


def _medium(entry: Medium, ids: dict[str, frozenset[str]]) -> Iterator[Problem]:
    if entry.lever is not None:
        yield from _named("lever", (entry.lever,), ids["sharing"], "sharing lever")
    radio = entry.kind in ("microwave", "satellite")
    if radio == (entry.route is not None):
        yield (
            "route",
            repr(entry.route),
            f"kind {entry.kind!r} {'follows no layer' if radio else 'needs a layer'}",
        )
    if entry.kind == "microwave":
        yield from _needs(entry, entry.kind, "capacity_mbps", "frequency_mhz", "max_length_m")
    if entry.kind == "satellite":
        yield from _needs(entry, entry.kind, "capacity_mbps")
    yield from _only_for(entry, "fixed", "microwave")
    yield from _only_for(entry, "sky", "satellite")
    yield from _only_for(entry, "load_w", "microwave", "satellite")
    if entry.fixed is not None:
        yield from check_fixed(entry.fixed, entry.frequency_mhz, entry.capacity_mbps, entry.max_length_m)
    if entry.sky is not None:
        yield from check_sky(entry.sky)
    if entry.kind == "pipe":
        yield from _needs(entry, entry.kind, "min_diameter_mm", "materials", "max_run_m")
    if any(item.per == "span" for item in entry.costs):
        yield from _needs(entry, entry.kind, "pole_spacing_m")
    for material in entry.materials:
        if material != material.upper():
            yield "materials", repr(material), f"write {material.upper()!r}"
    if entry.route == "power_lines":
        yield from _needs(entry, entry.kind, "line_kinds")
    yield from check_assets(entry)
    yield from _named("line_kinds", entry.line_kinds, frozenset(LINE_KINDS), "line kind")
    for name, ground in entry.grounds.items():
        if ground.lever is not None:
            yield from _named(f"grounds.{name}.lever", (ground.lever,), ids["sharing"], "sharing lever")
        if ground.multiplier.value <= 0:
            yield (
                f"grounds.{name}.multiplier",
                f"{ground.multiplier.value:g}",
                "give a number above 0",
            )


def _lever(entry: Lever, _: dict[str, frozenset[str]]) -> Iterator[Problem]:
    if entry.tenancy is not None:
        yield from check_tenancy(entry.tenancy)
        if entry.layer is not None:
            yield "layer", repr(entry.layer), "an operator model opens no layer: leave it out"
    elif entry.layer is not None and entry.layer not in ASSET_LAYERS:
        yield "layer", f"no layer of assets {entry.layer!r}", nearest(entry.layer, frozenset(ASSET_LAYERS))
    kinds = {"sites": _choices(Structure, "generator"), "cable": _choices(Medium, "kind")}
    for position, ban in enumerate(entry.imposed):
        yield from check_ban(ban, f"imposed[{position}]", kinds[ban.what])
    if entry.imposed and entry.layer is None:
        yield "imposed", "without a layer", "name the layer whose assets must be used"


def _choices(model: type[BaseModel], field: str) -> frozenset[str]:
    """The words that a field of fixed choices takes."""
    return frozenset(get_args(model.model_fields[field].annotation))
