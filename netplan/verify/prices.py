"""Rules of prices: what is paid is what the catalogue asks, for as much as there is, and nothing is left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from netplan.verify.cells import plain_name
from netplan.verify.finding import Finding, differs, number, where
from netplan.verify.reading import Written
from netplan.verify.today import read_layer

Line = dict[str, Any]
Offer = tuple[Line, float, float, bool]
"""A line, the least and the greatest multiplier of its price, and whether it must be paid."""
Amount = tuple[float, float]
"""Fewest and greatest quantity."""
ANY: Amount = (0.0, np.inf)
CO_BENEFIT = "co-benefit"
HELD = "licence"
KEYS = ["layer", "row_id", "item", "unit"]
"""what makes an item of a row"""
SHORT_M = 1.0
"""Links up to this long need not pay by their length."""


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
        *_quantities(offers, costs),
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
    """What each row may be charged: layer, row, item, unit, prices, multiplier range, `due` (must be charged), and
    the quantity: no less than `fewest`, no more than `greatest`."""
    # Two supplies may have a line of the same name (panels), so a row is charged only what its own site's supply says.
    supply = dict(zip(written.sites["site_id"], written.sites["power"], strict=True))
    rows: list[dict[str, Any]] = []

    def offer(
        layer: str, row_id: str, lines: list[Offer], watts: float = 0.0, amounts: dict[str, Amount] | None = None
    ) -> None:
        for line, least, most, due in lines:
            if line.get("transfer") and written.economics["perspective"] != "operator":
                continue
            fewest, greatest = {"unit": (1.0, np.inf), "w": (watts, np.inf), **(amounts or {})}.get(line["per"], ANY)
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
                    "fewest": fewest if due else 0.0,
                    "greatest": greatest,
                }
            )

    def power(site_id: str, watts: float, per: tuple[str, ...]) -> list[Offer]:
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
        # A cabinet has cable to whom it serves; how much follows from roads and homes, not worked out again here.
        always = ("unit", "km") if technical.get("kind") == "fibre-access" else ("unit",)
        # Lines of upgrades or of new equipment depend on what stood on the mast, which the plan does not say.
        must = [x["per"] in always and x.get("charged", "always") == "always" for x in lines]
        own = [(x, 1.0, 1.0, due) for x, due in zip(lines, must, strict=True)]
        offer("equipment", option, own + power(site_of[option], watts, ("w",)), watts)
    for row in written.service.itertuples():
        lines = written.entry("technologies", technology.get(row.option_id, "")).get("premises", [])
        due = float(str(row.premises)) > 0
        offer("service", f"{row.demand_id}|{row.option_id}", [(x, 1.0, 1.0, due) for x in lines])
    media = {str(name): written.entry("media", str(name)) for name in set(written.links["medium"])}
    shares = {name: _make_ready(written, medium) for name, medium in media.items()}
    kind_of = written.kinds().to_dict()
    site_at = {
        node: site for node, site in zip(written.sites["node_id"], written.sites["site_id"], strict=True) if node
    }
    for row in written.links.itertuples():
        medium = media[str(row.medium)]
        grounds = [1.0, *(float(g["multiplier"]["value"]) for g in medium.get("grounds", {}).values())]
        long = float(str(row.length_m)) > SHORT_M
        amounts = _amounts(medium, float(str(row.length_m)), shares[str(row.medium)])
        must_pay = {per for per, (fewest, _) in amounts.items() if fewest > 0 and long}
        if _terminated(medium, {kind_of.get(row.from_node, ""), kind_of.get(row.to_node, "")}):
            must_pay.add("unit")
        lines = [(x, min(grounds), max(grounds), x["per"] in must_pay) for x in medium.get("costs", [])]
        offer("links", str(row.link_id), lines, amounts=amounts)
        watts = _watts(medium, "load_w")
        for end in (row.from_node, row.to_node):
            if watts > 0 and end in site_at:
                offer("links", str(row.link_id), power(site_at[end], watts, ("w",)), watts)
    columns = ["layer", "row_id", "item", "unit", "category", "capex_price", "opex_price", "least", "most", "due"]
    return pd.DataFrame(rows, columns=[*columns, "fewest", "greatest"])


def _amounts(medium: Line, length_m: float, ready: Amount) -> dict[str, Amount]:
    """What a link has of each unit, as far as its length says: fewest and greatest."""
    found = {"km": (length_m / 1000.0, length_m / 1000.0)}
    if medium.get("pole_spacing_m"):
        spans = length_m / float(medium["pole_spacing_m"]["value"])
        found |= {"span": (spans, spans), "make-ready": (spans * ready[0], spans * ready[1])}
    if medium.get("kind") == "pipe":
        run_m = float((medium.get("max_run_m") or {"value": np.inf})["value"])
        found["access-point"] = (max(float(np.ceil(0.99 * length_m / run_m)), 1.0), np.inf)
    return found


def _make_ready(written: Written, medium: Line) -> Amount:
    """Least and greatest share of poles that are made ready: that of the medium, or any where the layer has its own."""
    stated, route = medium.get("make_ready_share"), medium.get("route") or "roads"
    path = written.project["routes"].get(route)
    if stated is None or route == "roads" or not path:  # cable off the roads has poles of its own
        return 0.0, 0.0 if stated is None else 1.0
    layer, unread = read_layer(written, str(path))
    said = {plain_name(column) for column in layer.columns}
    usual = float(stated["value"])
    return (0.0, 1.0) if unread or said & {"make_ready_share", "make_ready"} else (usual, usual)


def _terminated(medium: Line, kinds: set[str]) -> bool:
    """Whether a link pays by the unit: a radio link, or own cable that ends at a site. Kinds are those of its ends."""
    own = medium.get("kind") in ("trench", "aerial") and (medium.get("route") or "roads") == "roads"
    return medium.get("kind") in ("microwave", "satellite") or (own and "site" in kinds)


def _quantities(offers: pd.DataFrame, costs: pd.DataFrame) -> list[Finding]:
    """What is paid for is as much as there is: kilometres and poles of a link, watts of a load, at least one of units.

    Lines of one name are paid for together.
    """
    asked = offers.groupby(KEYS)[["fewest", "greatest"]].sum()
    bought = costs.groupby(KEYS)["quantity"].sum().reindex(asked.index).to_numpy(float)
    exact = asked.index.get_level_values("unit").isin(["unit", "w"])
    relative, absolute = np.where(exact, 1e-6, 0.01), np.where(exact, 0.0, 0.001)
    fewest, greatest = asked["fewest"].to_numpy(float), asked["greatest"].to_numpy(float)
    few, many = bought < fewest * (1 - relative) - absolute, bought > greatest * (1 + relative) + absolute
    ids = [f"{layer}: {row}: {item}" for layer, row, item, _ in asked.index]
    want = [f"at least {number(least)}" for least in fewest]
    want = [text if low else number(most) for text, low, most in zip(want, few, greatest, strict=True)]
    return where(few | many, "quantity", "costs", ids, bought, want)


def _left_out(offers: pd.DataFrame, costs: pd.DataFrame) -> list[Finding]:
    """Every item that a row must pay is among its costs."""
    due = offers[offers["due"].astype(bool)]
    missing = ~pd.MultiIndex.from_frame(due[KEYS]).isin(pd.MultiIndex.from_frame(costs[KEYS]))
    return where(
        missing, "item-missing", "costs", due["layer"] + ": " + due["row_id"], ["nothing"] * len(due), due["item"]
    )


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
