"""The summary of a scenario net of what its operators pay each other, for all who put scenarios side by side.

Operators that plan alone each pay the rent of what they use of others, and one who roams pays its host. Where the
payee is an operator of the same scenario, the sum of all counts as cost what one of them earns. `between_operators` in
`summary.json` says how much that is; here it is taken off. The operators' own plans, and what each pays, stay as they
are, and so does whatever chooses plans or rests on their costs being in the order of levers: operators choose by what
they pay.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netplan.interval import OPTIMAL_GAP

KEY = "between_operators"
"""In `summary.json`: what `told` gives."""
WITH = "with_payments"
"""In a summary that is netted: its cost, bound and gap as they are written, payments counted."""
MEANINGS = {
    "paid_npv": "what operators of the scenario pay each other and keep after tax on profit: of a price p, p (1 − t)",
    "most_npv": "no plan of the way that is chosen holds more of that: the rent of every mast and route of an operator "
    "that another may use, once, and a host's price for every premises and site",
    "net_npv": "`objective_npv` less `paid_npv`",
    "net_bound_npv": "no plan of any way on offer costs less net of such payments: the least over these of what is "
    "proven with them, less the most that they can be (`offers`); nothing where that is not proven",
    "net_gap": "(`net_npv` − `net_bound_npv`) / `net_npv`",
}
"""Key of `told` -> what it holds; sums are present values."""
CATEGORY = "payments-between-operators"
"""Category of cost that takes the payments off, so that categories add up to the net cost."""


def told(cost: float, paid: float, most: float, bound: float | None) -> dict[str, Any]:
    """What `between_operators` says of a scenario, present values.

    Args:
        cost: of all operators, payments between them counted.
        paid: of it, what they pay each other and keep after tax.
        most: no plan of the way that is chosen holds more of that.
        bound: no plan of any way on offer costs less net of such payments; None where nothing is proven.
    """
    net = cost - paid
    gap = None if bound is None else max(0.0, net - bound) / max(abs(net), 1e-9)
    return {"paid_npv": paid, "most_npv": most, "net_npv": net, "net_bound_npv": bound, "net_gap": gap}


def netted(summary: Mapping[str, Any]) -> dict[str, Any]:
    """The summary with cost, bound, gap and cost by category net of payments between its operators; the same where
    they change neither cost nor bound. `optimal` stays only where the net cost is proven so."""
    found = summary.get(KEY)
    if not found or summary.get("objective_npv") is None:
        return dict(summary)
    if not found["paid_npv"] and found["net_bound_npv"] == summary.get("bound_npv"):
        return dict(summary)
    net, bound, gap = (found[key] for key in ("net_npv", "net_bound_npv", "net_gap"))
    written = {key: summary.get(key) for key in ("objective_npv", "bound_npv", "gap")}
    changed: dict[str, Any] = {WITH: written, "objective_npv": net, "bound_npv": bound, "gap": gap}
    if summary.get("status") == "optimal" and (gap is None or gap > OPTIMAL_GAP):
        changed["status"] = "feasible"
    if found["paid_npv"]:
        changed["costs_npv"] = {**(summary.get("costs_npv") or {}), CATEGORY: -found["paid_npv"]}
    each, cost = summary.get("cost_per_person_served"), float(summary["objective_npv"])
    if each is not None and cost:
        changed["cost_per_person_served"] = each * net / cost
    return {**summary, **changed}


def with_payments(summary: Mapping[str, Any], key: str) -> Any:
    """`objective_npv`, `bound_npv` or `gap` with what operators pay each other, of a summary netted or as written."""
    return (summary.get(WITH) or summary).get(key)
