"""What scenarios ask of their plans: only those that ask the same can be ranked by cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from netplan.asked import asked_apart
from netplan.interval import LEVERS, unlike_keys
from netplan.report.read import Scenario
from netplan.written import SERVED


def alike(scenarios: Sequence[Scenario]) -> bool:
    """Whether all ask the same."""
    return all(not asked_apart(scenarios[0], each) for each in scenarios[1:])


def asking_most(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """Of scenarios that do not all ask the same those that ask the same and for most people and places, in their order.

    Within budgets, those whose plans serve most.
    """
    groups: list[list[Scenario]] = []
    for each in scenarios:
        mine = next((group for group in groups if not asked_apart(group[0], each)), None)
        if mine is None:
            groups.append([each])
        else:
            mine.append(each)
    return max(groups, key=lambda group: (max(_amount(each) for each in group), len(group)), default=[])


def by_levers(reference: Scenario, scenario: Scenario) -> bool:
    """Whether levers that the scenario opens or imposes, and the reference does not, and nothing else tell the two
    apart."""
    before, after = (
        {str(lever) for key in LEVERS for lever in each.project.get(key) or ()} for each in (reference, scenario)
    )
    return bool(after - before) and unlike_keys(reference.project, scenario.project).issubset(LEVERS)


def _amount(scenario: Scenario) -> float:
    for stage in scenario.summary.get("stages") or ():
        if stage.get("objective") == SERVED:
            return float(stage.get("value") or 0.0)
    targets: dict[str, dict[str, Any]] = scenario.summary.get("targets") or {}
    return sum(float(each.get("target") or 0.0) * float(each.get("total") or 0.0) for each in targets.values())
