"""A plan of another scenario that stands in for this one's: which of two is better, and what is true of it here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from netplan.interval import OPTIMAL_GAP
from netplan.levers import levers_used
from netplan.plans.model import Plan
from netplan.plans.overlap import is_overlap
from netplan.plans.unfilled import is_unfilled
from netplan.written import SERVED

FREE_KEYS = ("sharing", "scenarios")
BETTER = 1e-9
"""Relative difference of cost that counts."""
SAME_SERVED = 1e-6
"""Relative difference of weight served that counts: the tolerance of solvers."""
NOTHING, NOTHING_BETTER = "found none", "found none that is better"
"""what the search of the scenario itself came to"""


def better(plan: Plan, earlier: Plan | None) -> Plan:
    """The plan, or the earlier one under this scenario's name where that is better and a plan of this scenario, too.

    It is one where nothing differs but levers, all that it uses are open here, and nothing is imposed: neither must an
    offer that the search made no use of in its time make the answer worse, nor must what another search found without
    its further levers count as saved by them, nor what it found be lost where the search here found nothing. Within a
    budget the plan is better that serves more, then, and without one, that which costs less. The bound stays that of
    this scenario, or the other's where that allows more and costs no less.

    Where it is proven that there is no plan, none stands in: one of the two was made of other candidates
    (`contradicts`).
    """
    if earlier is None or not _stands_in(earlier, plan.resolved["project"]):
        return plan
    if earlier.summary["objective_npv"] is None or plan.summary["status"] == "infeasible":
        return plan
    if plan.summary["objective_npv"] is not None:
        (fewer, cost), (theirs_fewer, theirs) = rank(plan.summary), rank(earlier.summary)
        alike = abs(fewer - theirs_fewer) <= SAME_SERVED * max(abs(fewer), 1.0)
        if cost <= theirs * (1 + BETTER) if alike else fewer < theirs_fewer:
            return plan
    return replace(earlier, summary=_summary(plan, earlier), resolved=_resolved(plan, earlier), refused=plan.refused)


def rank(summary: Mapping[str, Any]) -> tuple[float, float]:
    """(weight served within a budget as a negative number, cost): the lower the better; of plans that meet targets it
    is the cost alone."""
    return -_served(summary), float(summary["objective_npv"]) + float(summary["penalty_total"] or 0.0)


def _served(summary: Mapping[str, Any]) -> float:
    return next((float(stage["value"]) for stage in summary["stages"] if stage["objective"] == SERVED), 0.0)


def used(plan: Plan) -> frozenset[str]:
    """Levers without which the plan could not stand: of its media, sites and classes of ground, and operator models."""
    catalogue, project = plan.resolved["catalogue"], plan.resolved["project"]
    models = (plan.resolved.get("party") or {}).get("levers") or ()
    # which ground a link crosses is not written: a class that is open counts as crossed
    media = (catalogue["media"][key] for key in plan.links["medium"].unique())
    grounds = {ground.get("lever") for medium in media for ground in (medium.get("grounds") or {}).values()}
    crossed = grounds & {*project["sharing"], *project["impose"]}
    return frozenset({*levers_used(plan.sites, plan.links, catalogue, models), *crossed})


def contradicts(plan: Plan, other: Plan) -> bool:
    """Whether a plan would stand in for another of which it is proven that it cannot be."""
    found = plan.summary["objective_npv"] is not None and other.summary["status"] == "infeasible"
    return found and _stands_in(plan, other.resolved["project"])


def _stands_in(plan: Plan, other: dict[str, Any]) -> bool:
    project = plan.resolved["project"]
    alone = {key: value for key, value in project.items() if key not in FREE_KEYS}
    rest = {key: value for key, value in other.items() if key not in FREE_KEYS}
    return alone == rest and not other["impose"] and used(plan) <= set(other["sharing"])


def _summary(plan: Plan, earlier: Plan) -> dict[str, Any]:
    (fewer, value), stages, stated = rank(earlier.summary), [], plan.summary["bound_npv"]
    more = set(earlier.resolved["project"]["sharing"]) >= set(plan.resolved["project"]["sharing"])
    # where candidates were left out, its bound is of another problem
    whole = not any(earlier.summary["problem"].get(key) for key in ("dropped", "sites_dropped"))
    if more and whole and plan.summary["mode"] != "budget" and earlier.summary["bound_npv"] is not None:
        stated = max(earlier.summary["bound_npv"], -math.inf if stated is None else stated)
    if plan.summary["mode"] == "budget":
        stages = [_most_served(plan.summary, -fewer)]
        # the least cost of serving so many is bounded where this scenario's search asked for as many
        stated = stated if _served(plan.summary) >= -fewer * (1 - SAME_SERVED) else None
    bound = None if stated is None else min(float(stated), value)
    gap = None if bound is None else (value - bound) / max(abs(value), 1e-9)
    proven = [gap, *(stage["gap"] for stage in stages)]
    same = ("scenario", "stopped_by", "seconds", "inputs", "licences", "versions", "planned_on", "seed")
    return {
        **earlier.summary,
        **{key: plan.summary[key] for key in same},
        "problem": {**plan.summary["problem"], "plan_of": earlier.summary["scenario"]},
        "bound_npv": bound,
        "gap": gap,
        "status": "optimal" if all(each is not None and each <= OPTIMAL_GAP for each in proven) else "feasible",
        "stages": [*stages, {"objective": "cost", "value": value, "bound": bound, "gap": gap}],
        "warnings": _warnings(plan, earlier),
    }


def _warnings(plan: Plan, earlier: Plan) -> list[str]:
    """Of this scenario's data, of what the earlier plan chose, and whose plan it is."""
    said, before = plan.summary["warnings"], plan.summary["problem"].get("plan_of")
    was = {found: _told(str(before), found) for found in (NOTHING, NOTHING_BETTER)}  # it may have been another's before
    nothing = plan.summary["objective_npv"] is None or was[NOTHING] in said
    return [
        *(each for each in said if not _of_choice(each) and each not in was.values()),
        *(each for each in earlier.summary["warnings"] if _of_choice(each)),
        _told(earlier.summary["scenario"], NOTHING if nothing else NOTHING_BETTER),
    ]


def _of_choice(warning: str) -> bool:
    return is_overlap(warning) or is_unfilled(warning)


def _told(scenario: str, found: str) -> str:
    return f"the plan of scenario {scenario}, which uses no lever but this one's: in the time given the search {found}"


def _most_served(summary: Mapping[str, Any], value: float) -> dict[str, Any]:
    """The stage of a budget: what the plan serves, under the bound of this scenario where its search came so far."""
    bounds = [stage["bound"] for stage in summary["stages"] if stage["objective"] == SERVED]
    bound = max(float(bounds[0]), value) if bounds and bounds[0] is not None else None
    gap = None if bound is None else (bound - value) / max(abs(value), 1e-9)
    return {"objective": SERVED, "value": value, "bound": bound, "gap": gap}


def _resolved(plan: Plan, earlier: Plan) -> dict[str, Any]:
    """The settings of this scenario, with every entry that the earlier plan leans on."""
    entries = {
        group: {**plan.resolved["catalogue"].get(group, {}), **mine}
        for group, mine in earlier.resolved["catalogue"].items()
    }
    return {**plan.resolved, "catalogue": entries, "owners": earlier.resolved.get("owners", {})}
