"""Rules of the stages of a search: who is served within a budget comes first, the cost last."""

from __future__ import annotations

from typing import Any

import numpy as np

from netplan.verify.finding import Finding, number
from netplan.verify.reading import Written

SERVED, COST = "weight served", "cost"
PART = 1e-5
"""Part of the weight that solvers may leave behind."""


def before_cost(summary: dict[str, Any]) -> list[dict[str, Any]]:
    """The stages before the last one, whose value, bound and gap are the summary's own."""
    return [each for each in summary["stages"] if each["objective"] == SERVED]


def check_stages(written: Written) -> list[Finding]:
    """Each stage is of a known objective, in its order, and its value, bound and gap hold.

    How much more could be served, and how much cheaper, is the word of the search: the files prove no bound.
    """
    summary = written.summary
    return [*_order(summary), *_most_served(summary), *_weight(written), *_cost(summary)]


def _order(summary: dict[str, Any]) -> list[Finding]:
    """The weight served, if there is a budget, and then the cost, each once; nothing where no plan was found.

    The sum of operators' plans has no stages, and is not audited here: only its plans were searched for.
    """
    found = [each["objective"] for each in summary["stages"]]
    planned = summary["objective_npv"] is not None
    if found in (([COST], [SERVED, COST]) if planned else ([],)):
        return []
    want = f"{COST}, after {SERVED} where there is a budget, each once" if planned else "none, for there is no plan"
    return [Finding("status", "summary.json", "stages", ", ".join(found) or "none", want)]


def without_bound(gap: float | None, key: str) -> list[Finding]:
    """Where there is no value or no bound there is no gap, so nothing is proven."""
    if gap is None:
        return []
    return [Finding("gap", "summary.json", key, number(gap), "null, for there is nothing to compare")]


def _most_served(summary: dict[str, Any]) -> list[Finding]:
    """What a plan within a budget serves is not above the most possible, and the gap is the one between them."""
    for each in before_cost(summary):
        value, bound, gap = each["value"], each["bound"], each["gap"]
        if bound is None:
            findings = without_bound(gap, "stages.weight served")
            if findings:
                return findings
            continue
        if value > bound + 1e-6 * max(1.0, abs(bound)):
            return [Finding("bound", "summary.json", "stages.weight served", number(value), f"at most {number(bound)}")]
        due = max(0.0, (bound - value) / max(abs(value), 1e-9))
        if gap is None or not np.isclose(gap, due, rtol=1e-3, atol=2e-6):
            return [Finding("gap", "summary.json", "stages.weight served", number(gap), number(due))]
    return []


def _weight(written: Written) -> list[Finding]:
    """The plan serves as much as the first stage found to be possible: the last one keeps it, and may add to it."""
    weight = written.by_id("demand")["weight"]
    of = weight.reindex(written.service["demand_id"]).fillna(0.0).to_numpy(float)
    serves = float(written.service["share"].to_numpy(float) @ of)
    return [
        Finding("stages", "summary.json", "stages.weight served", number(each["value"]), f"at most {number(serves)}")
        for each in before_cost(written.summary)
        if written.summary["objective_npv"] is not None and float(each["value"]) > serves + PART * max(1.0, serves)
    ]


def _cost(summary: dict[str, Any]) -> list[Finding]:
    """The stage of the cost has the summary's own value (cost and penalties), bound and gap.

    Where operators could build in several ways, the bound is that of the way that was chosen, for the summary's own
    bounds all of them.
    """
    if summary["objective_npv"] is None:
        return []
    value = float(summary["objective_npv"]) + float(summary["penalty_total"] or 0.0)
    chosen = [offer["bound_npv"] for offer in summary.get("offers") or () if offer["chosen"]]
    bound = chosen[0] if chosen else summary["bound_npv"]
    gap = None if bound is None else max(0.0, value - float(bound)) / max(abs(value), 1e-9)
    due = {"value": value, "bound": bound, "gap": gap}
    return [
        Finding("stages", "summary.json", f"stages.cost.{key}", number(each[key]), number(want))
        for each in summary["stages"]
        if each["objective"] == COST
        for key, want in due.items()
        if not _same(each[key], want)
    ]


def _same(stated: float | None, due: float | None) -> bool:
    if stated is None or due is None:
        return stated is None and due is None
    return bool(np.isclose(float(stated), float(due), rtol=1e-6, atol=1e-6))
