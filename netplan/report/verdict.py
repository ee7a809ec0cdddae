"""Which plan to recommend, what one saves against another, and how sure both are: arithmetic on the summaries."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from netplan.report.read import Material, Scenario

SOLID = 1e-9
"""Relative difference of money below which two sums are the same."""


@dataclass(frozen=True)
class Saving:
    """What `scenario` saves against `reference`; `low` and `high` hold the saving between the two cheapest plans that
    exist, whatever they are: bound_A − cost_B and cost_A − bound_B. NaN where a bound is missing."""

    reference: Scenario
    scenario: Scenario
    value: float
    low: float
    high: float
    share: float
    """Of the reference's cost."""

    @property
    def bounded(self) -> bool:
        """Both plans have a bound."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def proven(self) -> bool:
        """The interval leaves out zero: one of the two is proven cheaper."""
        return self.bounded and not self.low <= 0.0 <= self.high


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
    return Saving(reference, scenario, value, low, high, share)


def savings(material: Material) -> list[Saving]:
    """Of every further scenario against the first."""
    first, *others = material.scenarios
    return [found for each in others if (found := saving(first, each)) is not None]


def _clear(value: float, scale: float) -> float:
    return 0.0 if abs(value) <= SOLID * abs(scale) else value


def complete(scenario: Scenario) -> bool:
    """The plan reaches every target."""
    return scenario.planned and not any((scenario.summary.get("shortfall") or {}).values())


def recommended(scenarios: Sequence[Scenario]) -> Scenario | None:
    """The cheapest plan of those that reach every target, else of all; of two at one cost, that which asks less of
    other owners. None where no scenario has a plan."""
    planned = [each for each in scenarios if each.planned]
    if not planned:
        return None
    best = [each for each in planned if complete(each)] or planned
    least = min(each.cost for each in best)
    level = [each for each in best if each.cost - least <= SOLID * abs(least)]
    return min(level, key=lambda each: (len(each.sharing), each.name))


def certainty(scenario: Scenario) -> str:
    """How sure the plan is: `optimal`, `bounded` (a proven gap), `unbounded` (a plan, nothing proven) or `none`."""
    if not scenario.planned:
        return "none"
    gap = scenario.number("gap")
    if gap is None or scenario.bound is None:
        return "unbounded"
    return "optimal" if scenario.summary.get("status") == "optimal" and gap <= 1e-4 else "bounded"
