"""Rules of prices: what is paid is what the catalogue asks, for as much as there is, and nothing is left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from netplan.verify.finding import Finding, differs, number, where
from netplan.verify.reading import Written

Line = dict[str, Any]
CO_BENEFIT = "co-benefit"
HELD = "licence"
KEYS = ["layer", "row_id", "item", "unit"]
"""what makes an item of a row"""


def check_prices(written: Written) -> list[Finding]:
    """Items against the catalogue entries in the settings."""
    offers = _offers(written)
    costs = written.costs[written.costs["layer"].isin(["sites", "equipment", "service", "links"])]
    costs = costs[costs["category"] != CO_BENEFIT]  # audited by the rules of consents
    rows = costs.assign(of=np.arange(len(costs))).merge(offers, on=[*KEYS, "category"], how="left")
    unknown = rows["opex_price"].isna().to_numpy(bool)
    quantity = rows["quantity"].to_numpy(float)
    opex = quantity * rows["opex_price"].to_numpy(float)
    least = quantity * rows["capex_price"].to_numpy(float) * rows["least"].to_numpy(float)
    most = quantity * rows["capex_price"].to_numpy(float) * rows["most"].to_numpy(float)
    capex = rows["capex"].to_numpy(float)
    off = ~unknown & ((capex < least * (1 - 1e-6) - 1e-6) | (capex > most * (1 + 1e-6) + 1e-6))
    wrong = ~unknown & differs(rows["opex_per_year"], opex)
    # where two lines of an entry have one name, it is enough that the item is priced as either
    right = np.zeros(len(costs), bool)
    right[rows["of"].to_numpy(np.int64)[~unknown & ~off & ~wrong]] = True
    told = ~right[rows["of"].to_numpy(np.int64)] & ~rows.duplicated("of").to_numpy(bool)
    ids, nearest = rows["layer"] + ": " + rows["row_id"] + ": " + rows["item"], np.clip(capex, least, most)
    return [
        *where(told & unknown, "price", "costs", ids, rows["unit"], "an item of the row's catalogue entry"),
        *where(told & off, "price", "costs", ids, capex, nearest),
        *where(told & wrong, "price", "costs", ids, rows["opex_per_year"], opex),
        *_kilometres(written, offers, costs),
        *_left_out(offers, costs),
        *_supplies(written),
        *_spectrum(written),
    ]


def price_of(written: Written, quantity: Line | None) -> float:
    """A catalogue price in the project's currency and price year."""
    if quantity is None:
        return 0.0
    economics = written.economics
    year = quantity.get("year") or economics["price_year"]
    older = int(economics["price_year"]) - int(year)
    escalated = (1.0 + float(economics["escalation_per_year"])) ** older
    return float(quantity["value"]) * float(economics["units_per_usd"]) * escalated


def _offers(written: Written) -> pd.DataFrame:
    """What each row may be charged: layer, row, item, unit, prices, multiplier range, `due` (must be charged)."""
    # Two supplies may have a line of the same name (panels), so a row is charged only what its own site's supply says.
    supply = dict(zip(written.sites["site_id"], written.sites["power"], strict=True))
    rows: list[dict[str, Any]] = []

    def offer(layer: str, row_id: str, lines: list[tuple[Line, float, float, bool]], watts: float = 0.0) -> None:
        for line, least, most, due in lines:
            if line.get("transfer") and written.economics["perspective"] != "operator":
                continue
            rows.append(
                {
                    "layer": layer,
                    "row_id": row_id,
                    "item": line["item"],
                    "unit": line["per"],
                    "category": line["category"],
                    "capex_price": price_of(written, line.get("capex")),
                    "opex_price": price_of(written, line.get("opex_per_year")),
                    "least": least,
                    "most": most,
                    "due": due,
                    "watts": watts if line["per"] == "w" else 0.0,
                }
            )

    def power(site_id: str, watts: float, per: tuple[str, ...]) -> list[tuple[Line, float, float, bool]]:
        entry = written.entry("power", str(supply.get(site_id, "")))
        lines = [line for line in entry.get("costs", []) if line["per"] in per]
        return [(x, 1.0, 1.0, x["per"] == "unit" or (x["per"] == "w" and watts > 0)) for x in lines]

    for row in written.sites.itertuples():
        structure = written.entry("structures", str(row.structure))
        own = [(x, 1.0, 1.0, x["per"] == "unit") for x in structure.get("costs", [])]
        watts = _watts(structure, "base_load_w")
        offer("sites", str(row.site_id), own + power(str(row.site_id), watts, ("unit", "km", "w")), watts)
    site_of = dict(zip(written.equipment["option_id"], written.equipment["site_id"], strict=True))
    technology = dict(zip(written.equipment["option_id"], written.equipment["technology"], strict=True))
    for option, name in technology.items():
        technical = written.entry("technologies", name)
        lines, watts = technical.get("costs", []), _watts(technical, "load_w")
        # Lines of upgrades or of new equipment depend on what stood on the mast, which the plan does not say.
        must = [x["per"] == "unit" and x.get("charged", "always") == "always" for x in lines]
        own = [(x, 1.0, 1.0, due) for x, due in zip(lines, must, strict=True)]
        offer("equipment", option, own + power(site_of[option], watts, ("w",)), watts)
    for row in written.service.itertuples():
        lines = written.entry("technologies", technology.get(row.option_id, "")).get("premises", [])
        due = float(str(row.premises)) > 0
        offer("service", f"{row.demand_id}|{row.option_id}", [(x, 1.0, 1.0, due) for x in lines])
    for row in written.links.itertuples():
        medium = written.entry("media", str(row.medium))
        grounds = [1.0, *(float(g["multiplier"]["value"]) for g in medium.get("grounds", {}).values())]
        long = float(str(row.length_m)) > 1.0
        lines = [
            (x, min(grounds), max(grounds), x["per"] == "unit" or (x["per"] == "km" and long))
            for x in medium.get("costs", [])
        ]
        offer("links", str(row.link_id), lines)
    columns = [
        "layer",
        "row_id",
        "item",
        "unit",
        "category",
        "capex_price",
        "opex_price",
        "least",
        "most",
        "due",
        "watts",
    ]
    return pd.DataFrame(rows, columns=columns)


def _kilometres(written: Written, offers: pd.DataFrame, costs: pd.DataFrame) -> list[Finding]:
    """A link pays for as many kilometres as it is long, for each line of that name."""
    paid = costs[(costs["layer"] == "links") & (costs["unit"] == "km")].groupby(KEYS)["quantity"].sum()
    lines = offers.groupby(KEYS).size().reindex(paid.index).fillna(1).to_numpy(float)
    row, item = (paid.index.get_level_values(key) for key in ("row_id", "item"))
    length = written.by_id("links")["length_m"].reindex(row) / 1000.0
    due = lines * length.to_numpy(float)
    wrong = differs(paid, due, relative=0.01, absolute=0.001)
    return where(wrong, "quantity", "costs", [f"{a}: {b}" for a, b in zip(row, item, strict=True)], paid, due)


def _left_out(offers: pd.DataFrame, costs: pd.DataFrame) -> list[Finding]:
    """Every item that a row must pay is among its costs, and of what is paid by the unit it pays for one at least."""
    due = offers[offers["due"].astype(bool)]
    paid = pd.MultiIndex.from_frame(costs[KEYS])
    missing = ~pd.MultiIndex.from_frame(due[KEYS]).isin(paid)
    rows = due["layer"] + ": " + due["row_id"]
    bought = costs.groupby(KEYS)["quantity"].sum().reindex(pd.MultiIndex.from_frame(due[KEYS])).to_numpy(float)
    few = (due["unit"] == "unit").to_numpy(bool) & ~missing & ~(bought >= 1.0 - 1e-6)
    watts = due["watts"].to_numpy(float)
    weak = (watts > 0) & ~missing & ~(bought >= watts * (1 - 1e-6))
    return [
        *where(missing, "item-missing", "costs", rows, ["nothing"] * len(due), due["item"]),
        *where(few, "quantity", "costs", rows + ": " + due["item"], bought, "at least 1"),
        *where(weak, "quantity", "costs", rows + ": " + due["item"], bought, watts),
    ]


def _supplies(written: Written) -> list[Finding]:
    """Every site has one of the supplies that its structure may have."""
    sites = written.sites
    allowed = [list(written.entry("structures", str(name)).get("power") or [""]) for name in sites["structure"]]
    wrong = [supply not in names for supply, names in zip(sites["power"], allowed, strict=True)]
    return where(wrong, "power", "sites", sites["site_id"], sites["power"], [" | ".join(names) for names in allowed])


def _watts(entry: Line, key: str) -> float:
    """Mean load of a bare site or of equipment, which its power supply is paid for."""
    return float((entry.get(key) or {}).get("value", 0.0))


def _spectrum(written: Written) -> list[Finding]:
    """Fees for the spectrum held are those that the project states, paid by an operator and by nobody else.

    Fees of a link are audited with the other prices of its medium; no whole plan pays any, but of older versions.
    """
    costs = written.costs[written.costs["category"] == HELD]
    older = written.costs[(written.costs["category"] == "spectrum") & (written.costs["layer"] == "other_costs")]
    if not older.empty:
        want = f"category {HELD} for spectrum that is held: an older version of netplan wrote the plan, so plan again"
        return [Finding("another version", "costs", item, "category spectrum", want) for item in older["item"]]
    fees, economics = (written.project.get("economics") or {}).get("spectrum"), written.economics
    once = yearly = 0.0
    if fees is not None and economics["perspective"] == "operator":
        heads = fees.get("heads") or float(written.demand["population"].sum())
        held = float(fees.get("mhz") or 0.0) * float(heads)
        once = held * float(economics["spectrum_per_mhz_head"]) + float(fees.get("lump_sum") or 0.0)
        yearly = held * float(fees.get("per_mhz_head_year") or 0.0) + float(fees.get("per_year") or 0.0)
        holders = len((written.party or {}).get("operators") or ()) or 1
        once, yearly = holders * once, holders * yearly
    findings = []
    for column, due in (("capex", once), ("opex_per_year", yearly)):
        paid = float(costs[column].sum())
        if differs(paid, due).item():
            findings.append(Finding("price", "costs", f"spectrum: {column}", number(paid), number(due)))
    return findings
