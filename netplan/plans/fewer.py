"""A plan of a scenario with fewer levers, where the search with more found none that is cheaper."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from netplan.plans.model import Plan

FREE_KEYS = ("sharing", "scenarios")
OPTIMAL_GAP = 1e-4
BETTER = 1e-9
"""Relative difference of cost that counts."""


def better(plan: Plan, earlier: Plan | None) -> Plan:
    """The plan, or the earlier one under this scenario's name where that is cheaper and a plan of this scenario, too.

    It is one where nothing differs but levers, all of its levers are open here, and nothing is imposed: an offer that
    the search made no use of in its time must not make the answer dearer. The bound stays that of this scenario.
    """
    if earlier is None or not _fewer_levers(earlier.resolved["project"], plan.resolved["project"]):
        return plan
    value, ours = earlier.summary["objective_npv"], plan.summary["objective_npv"]
    if value is None or plan.summary["status"] == "infeasible":
        return plan
    if ours is not None and ours <= value * (1 + BETTER):
        return plan
    return replace(earlier, summary=_summary(plan, earlier), resolved=_resolved(plan, earlier))


def _fewer_levers(project: dict[str, Any], other: dict[str, Any]) -> bool:
    alone = {key: value for key, value in project.items() if key not in FREE_KEYS}
    rest = {key: value for key, value in other.items() if key not in FREE_KEYS}
    return alone == rest and not other["impose"] and set(project["sharing"]) <= set(other["sharing"])


def _summary(plan: Plan, earlier: Plan) -> dict[str, Any]:
    value = float(earlier.summary["objective_npv"]) + float(earlier.summary["penalty_total"] or 0.0)
    stated = plan.summary["bound_npv"]
    bound = None if stated is None else min(float(stated), value)
    gap = None if bound is None else (value - bound) / max(abs(value), 1e-9)
    told = (
        f"the plan of scenario {earlier.summary['scenario']}, which has fewer levers: in the time given the search "
        "found none that is cheaper"
    )
    same = ("scenario", "stopped_by", "seconds", "inputs", "licences", "versions", "seed")
    return {
        **earlier.summary,
        **{key: plan.summary[key] for key in same},
        "problem": {**plan.summary["problem"], "plan_of": earlier.summary["scenario"]},
        "bound_npv": bound,
        "gap": gap,
        "status": "optimal" if gap is not None and gap <= OPTIMAL_GAP else "feasible",
        "stages": [{"objective": "cost", "value": value, "bound": bound, "gap": gap}],
        "warnings": [*plan.summary["warnings"], told],
    }


def _resolved(plan: Plan, earlier: Plan) -> dict[str, Any]:
    """The settings of this scenario, with every entry that the earlier plan leans on."""
    entries = {
        group: {**plan.resolved["catalogue"].get(group, {}), **mine}
        for group, mine in earlier.resolved["catalogue"].items()
    }
    return {**plan.resolved, "catalogue": entries, "owners": earlier.resolved.get("owners", {})}
