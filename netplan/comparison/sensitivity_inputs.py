"""Which number of the catalogue stands behind each cost of a written plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from netplan.catalogue.schema import Quantity
from netplan.comparison.read import Written
from netplan.costs import Economics

Line = dict[str, Any]
USD = "USD"
"""Currency of the catalogue's prices."""
FIELDS = ("capex", "opex_per_year", "life_years")
PREMISES = "premises"
AGREED = {"sites": "site", "service": PREMISES, "other_costs": "agreement"}
"""Layer -> what lines of operator models are charged for in it."""
LISTS = {"service": PREMISES}
"""Layer -> the list of the catalogue entry that it is charged from, where that is not `costs`."""


@dataclass(frozen=True)
class Input:
    """One number with a range, and where it stands."""

    section: str
    """Of the catalogue: technologies, structures, power, media, levers; or `economics`."""
    entry: str
    item: str
    """'' for numbers of the economics."""
    field: str
    per: str = ""

    @property
    def name(self) -> str:
        """As `netplan models` and the folders of the catalogue name it."""
        line = f": {self.item}" if self.item else ""
        return f"{self.section}/{self.entry}{line}: {self.field}" if self.item else f"{self.section}: {self.entry}"


@dataclass(frozen=True)
class Range:
    """The number itself with its range, as the plan's settings hold it."""

    value: float
    low: float
    high: float
    unit: str
    year: int | None
    assumption: bool


def range_of(quantity: Any) -> Range | None:
    """None where there is no number, or no range around it."""
    if not isinstance(quantity, dict) or quantity.get("value") is None:
        return None
    value = float(quantity["value"])
    low, high = (value if quantity.get(end) is None else float(quantity[end]) for end in ("low", "high"))
    if low == high:
        return None
    year = quantity.get("year")
    return Range(value, low, high, str(quantity.get("unit", "")), None if year is None else int(year),
                 bool(quantity.get("assumption")))  # fmt: skip


def price_at(economics: Economics, span: Range, value: float) -> float:
    """A price in the currency and price year of a project, where the catalogue's number is `value`."""
    return economics.price(Quantity(value=value, unit=span.unit, year=span.year, source=""))


def priced(plan: Written) -> pd.DataFrame:
    """The items of a plan added up by the catalogue line behind them.

    One row per line, category of cost and life, with columns `section, entry, item, unit, category, life_years, line`,
    and the sums `quantity, capex, opex_per_year, npv, npv_capex, npv_opex` (the last two are the parts of npv); `line`
    is the entry's own (None, and `section` '', where no entry of the settings has such an item).
    """
    costs = plan.tables["costs"].reset_index(drop=True)
    known = {
        (layer, section, entry): _lines(plan, section, entry, layer)
        for layer in ("sites", "equipment", "service", "links")
        for section, entries in plan.catalogue.items()
        for entry in entries
    }
    known |= {
        (layer, "levers", lever): _agreements(plan, lever, per)
        for layer, per in AGREED.items()
        for lever in plan.party.get("levers") or ()
    }
    owners = {layer: dict(_owners(plan, layer)) for layer in ("sites", "equipment", "service", "links", "other_costs")}
    found = []
    for layer, row_id, item, unit in zip(costs["layer"], costs["row_id"], costs["item"], costs["unit"], strict=True):
        behind = (
            each for each in owners.get(layer, {}).get(row_id, ()) if (item, unit) in known.get((layer, *each), ())
        )
        found.append(next(behind, ("", "")))
    economics = Economics.of(plan.economics)
    kinds, life = costs["category"].to_numpy(object), costs["life_years"].to_numpy(float)
    table = costs.assign(
        section=[each[0] for each in found],
        entry=[each[1] for each in found],
        npv_capex=economics.npv(costs["capex"].to_numpy(float), 0.0, life, kinds),
        npv_opex=economics.npv(0.0, costs["opex_per_year"].to_numpy(float), life, kinds),
    )
    keys = ["section", "entry", "item", "unit", "category", "life_years"]
    sums = ["quantity", "capex", "opex_per_year", "npv", "npv_capex", "npv_opex"]
    grouped: pd.DataFrame = table.groupby([*keys, "layer"], dropna=False, as_index=False)[sums].sum()
    places = zip(grouped["layer"], grouped["section"], grouped["entry"], grouped["item"], grouped["unit"], strict=True)
    lines = [known.get((layer, section, entry), {}).get((item, unit)) for layer, section, entry, item, unit in places]
    return grouped.assign(line=pd.Series(lines, dtype=object))


def _owners(plan: Written, layer: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Row id -> the entries that it may be charged from, the likeliest first."""
    models = [("levers", lever) for lever in plan.party.get("levers") or ()]
    sites = plan.tables["sites"]
    supply = dict(zip(sites["site_id"], sites["power"], strict=True))
    equipment = plan.tables["equipment"]
    technology = dict(zip(equipment["option_id"], equipment["technology"], strict=True))
    if layer == "sites":
        for key, structure in zip(sites["site_id"], sites["structure"], strict=True):
            yield key, [*models, ("structures", structure), ("power", supply[key])]
    elif layer == "equipment":
        for key, site in zip(equipment["option_id"], equipment["site_id"], strict=True):
            yield key, [("technologies", technology[key]), ("power", supply.get(site, ""))]
    elif layer == "service":
        service = plan.tables["service"]
        for demand, option in zip(service["demand_id"], service["option_id"], strict=True):
            yield f"{demand}|{option}", [*models, ("technologies", technology.get(option, ""))]
    elif layer == "other_costs":
        rows = plan.tables["costs"].loc[plan.tables["costs"]["layer"] == layer, "row_id"]
        for key in rows.unique():
            yield key, models
    else:
        links = plan.tables["links"]
        at = dict(zip(sites["node_id"], sites["site_id"], strict=True))
        ends = zip(links["link_id"], links["medium"], links["from_node"], links["to_node"], strict=True)
        for key, medium, *nodes in ends:
            yield key, [("media", medium), *(("power", supply.get(at.get(node, ""), "")) for node in nodes)]


def _lines(plan: Written, section: str, entry: str, layer: str) -> dict[tuple[str, str], Line]:
    content = plan.catalogue.get(section, {}).get(entry, {})
    lines = content.get(LISTS.get(layer, "costs")) or []
    gains = [{**gain, "per": "km"} for gain in content.get("co_benefits") or [] if layer == "links"]
    return {(line["item"], line["per"]): line for line in [*lines, *gains]}


def _agreements(plan: Written, lever: str, per: str) -> dict[tuple[str, str], Line]:
    """Lines that an operator model charges for each site or premises, or once for the whole agreement.

    They stand in every entry of the plan's catalogue that they are charged with, and are one number all the same.
    """
    lines = _coordination(plan, lever)
    return {(line["item"], PREMISES if per == PREMISES else "unit"): line for line in lines if line["per"] == per}


def _coordination(plan: Written, lever: str) -> list[Line]:
    return (plan.catalogue.get("levers", {}).get(lever, {}).get("tenancy") or {}).get("coordination") or []


def ranges(items: pd.DataFrame) -> dict[Input, Range]:
    """Every number with a range that some item of the plan is priced by."""
    known = items[items["section"] != ""].drop_duplicates(["section", "entry", "item", "unit"])
    out: dict[Input, Range] = {}
    for section, entry, item, unit, line in zip(
        known["section"], known["entry"], known["item"], known["unit"], known["line"], strict=True
    ):
        for field in FIELDS:
            found = range_of(line.get(field))
            if found is not None:
                out[Input(section, entry, item, field, unit)] = found
    return out


def unmoved(plan: Written) -> list[str]:
    """Names of inputs that are not moved: prices of 0, with a range, for which a plan does not say how much it pays.

    How far a link runs on ground that costs more, and how often an operator model charges a line, is in what it costs
    alone.
    """
    used = set(plan.tables["links"]["medium"])
    media = {key: entry for key, entry in plan.catalogue.get("media", {}).items() if key in used}
    lines = [
        (Input("media", key, line["item"], "capex"), line)
        for key, entry in media.items()
        for line in entry.get("costs") or []
        if entry.get("grounds")
    ]
    lines += [
        (Input("levers", lever, line["item"], field), line)
        for lever in plan.party.get("levers") or ()
        for line in _coordination(plan, lever)
        for field in ("capex", "opex_per_year")
    ]
    return [
        which.name
        for which, line in lines
        if (found := range_of(line.get(which.field))) is not None and found.value == 0
    ]
