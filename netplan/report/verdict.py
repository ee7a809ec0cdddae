"""Which plan to recommend, what one saves against another, and how sure both are: arithmetic on the summaries."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from netplan.interval import OPTIMAL_GAP, SAME_SERVED, WHOLE, Interval, within_reason
from netplan.report.asked import asking_most
from netplan.report.figures import finite
from netplan.report.read import Material, Scenario
from netplan.written import SERVED

SOLID = 1e-9
"""Relative difference of money below which two sums are the same."""


@dataclass(frozen=True)
class Saving(Interval):
    """What `scenario` saves against `reference`; `low` and `high` hold the saving between the two cheapest plans that
    exist, whatever they are: bound_A − cost_B and cost_A − bound_B, within reason (`netplan.interval.within_reason`).
    NaN where a bound is missing."""

    reference: Scenario
    scenario: Scenario
    value: float
    low: float
    high: float
    share: float
    """Of the reference's cost."""
    unproven: float
    """What the two plans leave unproven of their costs: no part of the cost that is smaller is told from nothing."""


def saving(reference: Scenario, scenario: Scenario) -> Saving | None:
    """The saving between two plans; None where one of them has none."""
    if not (reference.planned and scenario.planned):
        return None
    value = _clear(reference.cost - scenario.cost, reference.cost)
    low = math.nan if reference.bound is None else _clear(reference.bound - scenario.cost, reference.cost)
    high = math.nan if scenario.bound is None else _clear(reference.cost - scenario.bound, reference.cost)
    if math.isnan(low) or math.isnan(high):
        low = high = math.nan
    share = value / reference.cost if reference.cost > 0 else math.nan
    return Saving(reference, scenario, value, *within_reason(reference, scenario, low, high), share, high - low)


@dataclass(frozen=True)
class More(Interval):
    """How many more `scenario` serves than `reference`, each within its budget; `low` and `high` hold the difference
    between the most that each can serve: served_B − most_A and most_B − served_A, within reason
    (`netplan.interval.within_reason`). NaN where a bound is missing."""

    reference: Scenario
    scenario: Scenario
    served: tuple[float, float]
    """By the reference, and by the scenario."""
    value: float
    low: float
    high: float

    @property
    def settled(self) -> bool:
        """The interval leaves out zero, or is a point."""
        return self.distinguishable or (self.bounded and self.high - self.low < WHOLE)


def served_within(scenario: Scenario, key: str = "value") -> float | None:
    """People and facilities served within the budget (`bound`: the most that is possible); None without a budget."""
    stages = scenario.summary.get("stages") or []
    return next((finite(stage.get(key)) for stage in stages if stage["objective"] == SERVED), None)


def more(reference: Scenario, scenario: Scenario) -> More | None:
    """How many more are served; None unless both plans spend a budget."""
    before, after = served_within(reference), served_within(scenario)
    if before is None or after is None:
        return None
    most = [served_within(each, "bound") for each in (reference, scenario)]
    scale = SAME_SERVED * max(before, after, 1.0)
    ends = [math.nan if bound is None else bound - served for bound, served in zip(most, (after, before), strict=True)]
    value, low, high = (0.0 if abs(each) <= scale else each for each in (after - before, -ends[0], ends[1]))
    if math.isnan(low) or math.isnan(high):
        low = high = math.nan
    return More(reference, scenario, (before, after), value, *within_reason(reference, scenario, low, high))


def budgets(scenarios: Sequence[Scenario]) -> bool:
    """Every scenario that has a plan spends a budget."""
    return all(served_within(each) is not None for each in scenarios if each.planned)


def savings(material: Material) -> list[Saving]:
    """Of every further scenario against the first, but where both spend a budget: cost apart is no saving there."""
    first, *others = material.scenarios
    plain = [each for each in others if more(first, each) is None]
    return [found for each in plain if (found := saving(first, each)) is not None]


def _clear(value: float, scale: float) -> float:
    return 0.0 if abs(value) <= SOLID * abs(scale) else value


def complete(scenario: Scenario) -> bool:
    """The plan reaches every target."""
    return scenario.planned and not any((scenario.summary.get("shortfall") or {}).values())


def recommended(scenarios: Sequence[Scenario]) -> Scenario | None:
    """The best of the scenarios that ask the same; where not all do, of those that ask for most (see `asked`).

    The cheapest plan of those that reach every target, else of all; of two at one cost, that which asks less of
    other owners. Of plans that spend a budget, that which serves most, and then the cheapest. None where no scenario
    has a plan.
    """
    planned = asking_most([each for each in scenarios if each.planned])
    if not planned:
        return None
    best = [each for each in planned if complete(each)] or planned
    if budgets(planned):
        most = max(served_within(each) or 0.0 for each in best)
        best = [each for each in best if most - (served_within(each) or 0.0) <= SAME_SERVED * max(most, 1.0)]
    least = min(each.cost for each in best)
    level = [each for each in best if each.cost - least <= SOLID * abs(least)]
    return min(level, key=lambda each: (len(each.sharing), each.name))


def ranked(scenarios: Sequence[Scenario]) -> bool:
    """Whether `recommended` is the best of those that ask the same, and not the only one that asks what it asks."""
    planned = [each for each in scenarios if each.planned]
    like = asking_most(planned)
    return len(like) > 1 or len(like) == len(planned)


def certainty(scenario: Scenario) -> str:
    """How sure the plan is: `optimal`, `bounded` (a proven gap), `unbounded` (a plan, nothing proven) or `none`."""
    if not scenario.planned:
        return "none"
    gap = scenario.number("gap")
    if gap is None or scenario.bound is None:
        return "unbounded"
    return "optimal" if scenario.summary.get("status") == "optimal" and gap <= OPTIMAL_GAP else "bounded"
