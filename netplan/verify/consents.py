"""Rules of what owners of pipes, poles and ducts gain or are paid: worth of leaks heard, approvals paid once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from netplan.verify.finding import Finding, differs, number, where
from netplan.verify.payments import present_values
from netplan.verify.prices import price_of
from netplan.verify.reading import Written

LEAKS, PAID_ONCE = "co-benefit", "approval"


def check_consents(written: Written) -> list[Finding]:
    """Items of co-benefits and of approvals, against the settings and the links that are built."""
    return [*_leaks(written), *_approvals(written)]


def _leaks(written: Written) -> list[Finding]:
    """Every link in a pipe that hears leaks is credited with what the project says they are worth, of each kilometre at
    most what the cable costs there; no other row is, and no link costs less than nothing."""
    links, costs = written.links, written.costs
    stated = float(written.economics.get("leak_value_per_km_year") or 0.0)
    each = {str(m): min(stated, _most(written, written.entry("media", str(m)))) for m in set(links["medium"])}
    hears = {m: bool(written.entry("media", m).get("co_benefits")) for m in each}
    credits = costs[costs["category"] == LEAKS]
    given = credits[credits["layer"] == "links"].groupby("row_id")["opex_per_year"].sum()
    due = [
        -each[m] * km / 1000.0 if hears[m] else 0.0
        for m, km in zip(links["medium"].astype(str), links["length_m"], strict=True)
    ]
    found = given.reindex(links["link_id"]).fillna(0.0).to_numpy(float)
    wrong = differs(found, np.array(due), relative=1e-4, absolute=1e-2)
    below = links["npv"].to_numpy(float) < -1e-2
    stray = credits[(credits["layer"] != "links") | (credits["capex"] != 0.0)]
    ids = links["link_id"]
    everywhere = np.ones(len(stray), bool)
    told, sums = written.summary.get("leak_sensing") or {}, credits[["quantity", "opex_per_year", "npv"]].sum()
    sums_due = {"km": sums.iloc[0], "value_per_year": -sums.iloc[1], "npv": -sums.iloc[2]}
    off = [key for key, value in sums_due.items() if differs(float(told.get(key, 0.0)), float(value)).item()]
    return [
        *where(wrong, "leaks", "links", ids, found, np.array(due)),
        *where(below, "leaks", "links", ids, links["npv"], "0 or more"),
        *where(everywhere, "leaks", stray["layer"].iloc[0] if len(stray) else "", stray["row_id"], stray["capex"],
               "a link, and no capex"),
        *(Finding("leaks", "summary.json", f"leak_sensing.{key}", number(told.get(key)), number(float(sums_due[key])))
          for key in off),
    ]  # fmt: skip


def _most(written: Written, medium: dict[str, Any]) -> float:
    """The yearly sum that is worth as much as a kilometre of the medium's cable costs on its cheapest ground."""
    grounds = (float(g["multiplier"]["value"]) for g in (medium.get("grounds") or {}).values())
    ground = min([1.0, *grounds])
    operator = written.economics["perspective"] == "operator"
    lines = [x for x in medium.get("costs", []) if x["per"] == "km" and (operator or not x.get("transfer"))]
    rows = pd.DataFrame(
        [
            {
                "category": line["category"],
                "capex": ground * price_of(written, line.get("capex")),
                "opex_per_year": price_of(written, line.get("opex_per_year")),
                "life_years": np.nan if line.get("life_years") is None else float(line["life_years"]["value"]),
            }
            for line in [*lines, {"category": LEAKS, "opex_per_year": None}]
        ]
    )
    rows.loc[len(lines), "opex_per_year"] = 1.0
    worth = present_values(rows, written.economics)
    return float(worth[:-1].sum() / worth[-1]) if worth[-1] > 0 else 0.0


def _approvals(written: Written) -> list[Finding]:
    """Each owner of whose assets one is used is paid for approval once, what the project or the catalogue says."""
    links = written.links
    if "owner" not in links.columns:
        return []
    due: dict[str, float] = {}
    stated = written.project.get("approval") or {}
    for owner, medium in set(zip(links["owner"].fillna("").astype(str), links["medium"].astype(str), strict=True)):
        entry = written.entry("media", medium)
        own = (stated.get(owner) or {}).get("cost")
        usual = price_of(written, (entry.get("approval") or {}).get("cost"))
        if owner and (usual if own is None else own) > 0:
            name = f"Approval by {owner}" + ("" if own is not None else f": {entry.get('label', '')}")
            due[name] = usual if own is None else float(own)
    paid = written.costs[written.costs["unit"] == PAID_ONCE]
    sums = paid.groupby("item")["capex"].sum()
    findings = []
    for item in sorted({*due, *sums.index}):
        have, want = float(sums.get(item, 0.0)), due.get(item, 0.0)
        if differs(have, want).item():
            findings.append(Finding("approval", "other_costs", item, number(have), number(want)))
    yearly = paid[(paid["opex_per_year"] != 0.0) | (paid["layer"] != "other_costs")]
    findings += [Finding("approval", "costs", str(item), "a yearly sum, or paid for a row", "a sum paid once by "
                         "the whole plan") for item in yearly["item"]]  # fmt: skip
    return findings
