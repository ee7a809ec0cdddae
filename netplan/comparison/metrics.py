"""The figures of one plan, and the table of all of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from netplan.comparison.budget import most_served, served
from netplan.comparison.read import MONEY_LAYERS, Written
from netplan.netted import CATEGORY, KEY, WITH, with_payments

Key = tuple[str, str, str]
"""group, metric, unit."""
GROUPS = (
    "cost",
    "within the budget",
    "costs by category",
    "sites",
    "sites by structure",
    "sites by backhaul",
    "equipment",
    "links",
    "coverage after",
    "coverage before",
    "served after by generation",
    "served before by generation",
    "reached before by generation",
)
PAYMENTS, COUNTED_WITH = "payments between operators", ", payments between operators counted"
"""Metrics of the group `cost` where operators pay each other."""
DIGITS = 6
"""After the decimal sign: what is finer is the dust of floating point."""
GENERATIONS = ("served after by generation", "served before by generation", "reached before by generation")
"""Groups whose metric is `class, generation`: of a class that a plan has, a generation that is absent serves nobody."""
COUNTED = frozenset(GROUPS[2:8])
"""Groups where a row that a plan does not have means none of it (and not: unknown)."""


def figures(plan: Written) -> dict[Key, float]:
    """Every figure of one plan. Money in its currency, capex and opex added up from the rows of the layers; where
    operators pay each other, the objective, its bound and gap are net of that (`netplan.netted`)."""
    currency = str(plan.economics.get("currency") or "USD")
    layers = [plan.tables[name] for name in MONEY_LAYERS]
    out: dict[Key, float] = {
        ("cost", "objective NPV", currency): plan.number("objective_npv"),
        ("cost", "proven bound NPV", currency): plan.number("bound_npv"),
        ("cost", "gap", "%"): plan.number("gap") * 100.0,
        ("cost", "capex", currency): float(sum(layer["capex"].sum() for layer in layers)),
        ("cost", "opex per year", f"{currency}/year"): float(sum(layer["opex_per_year"].sum() for layer in layers)),
        ("cost", "cost per person served", f"{currency}/person"): cost_per_person(plan),
    }
    out |= _within_budget(plan, currency)
    out |= {("costs by category", name, f"{currency} NPV"): cost for name, cost in category_costs(plan).items()}
    out |= _sites(plan.tables["sites"], plan)
    for name, count in plan.tables["equipment"]["technology"].value_counts().items():
        out["equipment", plan.label("technologies", str(name)), "units"] = float(count)
    links = plan.tables["links"]
    links = links[links["length_m"] > 0]
    for (medium, status), group in links.groupby(["medium", "status"]):
        out["links", f"{plan.label('media', str(medium))}, {status}", "km"] = float(group["length_m"].sum()) / 1000.0
    return out | _coverage(plan.tables["demand"]) | _generations(plan)


def between(plan: Written) -> dict[Key, float]:
    """Cost, bound and gap that plans are made by, with payments between operators, and the sum that takes these off."""
    currency = str(plan.economics.get("currency") or "USD")
    paid = float((plan.summary.get(KEY) or {}).get("paid_npv") or 0.0)
    cost, bound, gap = (with_payments(plan.summary, key) for key in ("objective_npv", "bound_npv", "gap"))
    return {
        ("cost", PAYMENTS, currency): -paid,
        ("cost", f"objective NPV{COUNTED_WITH}", currency): _number(cost),
        ("cost", f"proven bound NPV{COUNTED_WITH}", currency): _number(bound),
        ("cost", f"gap{COUNTED_WITH}", "%"): _number(gap) * 100.0,
    }


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)


def _within_budget(plan: Written, currency: str) -> dict[Key, float]:
    """What a plan that spends a budget is judged by; nothing of a plan that meets targets."""
    done, most = served(plan), most_served(plan)
    if done is None:
        return {}
    return {
        ("within the budget", "sum that may be spent", currency): float(plan.project.get("budget") or np.nan),
        ("within the budget", "people and facilities served", "count"): done,
        ("within the budget", "proven most that can be served", "count"): np.nan if most is None else most,
    }


def category_costs(plan: Written) -> dict[str, float]:
    """NPV by category from the items behind every row; from the summary where a plan holds no items, and what takes
    payments between operators off."""
    costs, stated = plan.tables["costs"], plan.summary.get("costs_npv") or {}
    if len(costs):
        found = {str(name): float(total) for name, total in costs.groupby("category")["npv"].sum().items()}
        return found | {name: float(stated[name]) for name in (CATEGORY,) if name in stated}
    return {str(name): float(total) for name, total in stated.items()}


def cost_per_person(plan: Written) -> float:
    """Objective over the people newly served; NaN where nobody is."""
    demand = plan.tables["demand"]
    people = float((demand["population"] * (demand["served_share"] - demand["baseline_share"])).sum())
    return plan.number("objective_npv") / people if people > 0 else float("nan")


def _sites(sites: pd.DataFrame, plan: Written) -> dict[Key, float]:
    out: dict[Key, float] = {("sites", "all", "sites"): float(len(sites))}
    out |= {("sites", str(k), "sites"): float(v) for k, v in sites["status"].value_counts().items()}
    for (structure, status), rows in sites.groupby(["structure", "status"]):
        name = f"{plan.label('structures', str(structure))}, {status}"
        out["sites by structure", name, "sites"] = float(len(rows))
    return out | {("sites by backhaul", str(k), "sites"): float(v) for k, v in sites["backhaul"].value_counts().items()}


def _coverage(demand: pd.DataFrame) -> dict[Key, float]:
    out: dict[Key, float] = {}
    for name, rows in demand.groupby("class"):
        total = float(rows["weight"].sum())
        if total > 0:
            out["coverage after", str(name), "%"] = float((rows["weight"] * rows["served_share"]).sum()) / total * 100.0
            out["coverage before", str(name), "%"] = (
                float((rows["weight"] * rows["baseline_share"]).sum()) / total * 100.0
            )
    return out


def _generations(plan: Written) -> dict[Key, float]:
    """Coverage by class and generation: today at any rate, today at the rate of the class, with the plan."""
    out: dict[Key, float] = {}
    for kind, by in (plan.summary.get("coverage") or {}).items():
        for name, shares in by.items():
            for key, share in shares.items():
                when, moment = key.split("_")
                out[f"{when} {moment} by generation", f"{kind}, {name}", "%"] = float(share) * 100.0
    return {key: value for key, value in out.items() if key[0] in GROUPS}


def side_by_side(plans: list[Written]) -> pd.DataFrame:
    """The table of a Comparison: figures in the order of GROUPS, differences to the first plan."""
    columns = {plan.name: figures(plan) for plan in plans}
    if any(WITH in plan.summary for plan in plans):
        columns = {plan.name: columns[plan.name] | between(plan) for plan in plans}
    fixed = [key for key in columns[plans[0].name] if key[0] == "cost"]
    others = sorted({key for values in columns.values() for key in values if key[0] != "cost"})
    keys = fixed + sorted(others, key=lambda key: (GROUPS.index(key[0]), key[1:] if key[1] != "all" else ("",)))
    table = pd.DataFrame(keys, columns=["group", "metric", "unit"])
    for name, values in columns.items():
        kinds = {key[1].partition(", ")[0] for key in values if key[0] in GENERATIONS}
        known = [key[0] in COUNTED or (key[0] in GENERATIONS and key[1].partition(", ")[0] in kinds) for key in keys]
        found = [values.get(key, 0.0 if sure else np.nan) for key, sure in zip(keys, known, strict=True)]
        table[name] = np.round(found, DIGITS) + 0.0
    first = table[plans[0].name].to_numpy(float)
    for plan in plans[1:]:
        delta = np.round(table[plan.name].to_numpy(float) - first, DIGITS) + 0.0
        table[f"{plan.name} - {plans[0].name}"] = delta
        safe = np.isfinite(first) & (first != 0)
        table[f"{plan.name} - {plans[0].name} (%)"] = np.divide(
            delta * 100.0, np.abs(first), out=np.full(len(first), np.nan), where=safe
        )
    return table
