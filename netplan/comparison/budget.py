"""Plans that spend a budget: how many they serve tells them apart, for the money is spent whatever is shared."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from netplan.comparison.phrases import ENGLISH
from netplan.comparison.read import Written
from netplan.comparison.sums import money
from netplan.interval import SAME_SERVED, WHOLE, Interval, within_reason
from netplan.language import Language
from netplan.written import SERVED


@dataclass(frozen=True)
class MoreServed(Interval):
    """How many more people and facilities one scenario serves than the first, each within its budget.

    `low` and `high` hold the difference between the most that the two can serve, whatever the plans for that are:
    served_B − most_A and most_B − served_A, with the proven bounds as the most, within reason
    (`netplan.interval.within_reason`). NaN where a bound is missing.
    """

    reference: str
    scenario: str
    served_reference: float
    served_scenario: float
    value: float
    low: float
    high: float
    budget_reference: float
    budget_scenario: float
    spent_reference: float
    spent_scenario: float

    @property
    def same_sum(self) -> bool:
        """Both may spend the same."""
        return math.isclose(self.budget_reference, self.budget_scenario, rel_tol=1e-9)


def served(plan: Written) -> float | None:
    """People and facilities that the plan serves within its budget; None where it meets targets instead."""
    return _stage(plan, "value")


def most_served(plan: Written) -> float | None:
    """The most that any plan serves within the budget, as far as it is proven."""
    return _stage(plan, "bound")


def _stage(plan: Written, key: str) -> float | None:
    stages = plan.summary.get("stages") or []
    value = next((stage.get(key) for stage in stages if stage["objective"] == SERVED), None)
    return None if value is None else float(value) + 0.0


def more_served(reference: Written, plan: Written) -> MoreServed | None:
    """The difference of two plans; None unless both spend a budget."""
    before, after = served(reference), served(plan)
    if before is None or after is None:
        return None
    first, most = most_served(reference), most_served(plan)
    scale = SAME_SERVED * max(abs(before), abs(after), 1.0)

    def clear(value: float) -> float:
        return 0.0 if abs(value) <= scale else value

    low = math.nan if first is None else clear(after - first)
    high = math.nan if most is None else clear(most - before)
    low, high = within_reason(reference, plan, low, high)
    budgets = [float(each.project.get("budget") or math.nan) for each in (reference, plan)]
    return MoreServed(
        reference=reference.name,
        scenario=plan.name,
        served_reference=before,
        served_scenario=after,
        value=clear(after - before),
        low=low,
        high=high,
        budget_reference=budgets[0],
        budget_scenario=budgets[1],
        spent_reference=reference.number("objective_npv"),
        spent_scenario=plan.number("objective_npv"),
    )


def served_sentence(found: MoreServed, currency: str, language: Language = ENGLISH) -> str:
    """How many more a scenario serves for the same sum, and how sure that is; never what the bounds do not carry."""

    def count(value: float) -> str:
        return language.figures(f"{value:,.0f}").replace("-", "−")

    named = {
        "a": found.reference,
        "b": found.scenario,
        "served": count(found.served_scenario),
        "other": count(found.served_reference),
        "value": count(abs(found.value)),
        "sum": money(found.budget_scenario, currency, language),
        "sum_a": money(found.budget_reference, currency, language),
    }
    how = "as_many" if found.value == 0 else "more" if found.value > 0 else "fewer"
    head = language.say(f"serves_{how}" if found.same_sum else f"serves_{how}_apart", **named)
    cheaper = found.spent_reference - found.spent_scenario
    if found.value == 0 and abs(cheaper) >= 0.5:
        key = "spends_less" if cheaper > 0 else "spends_more"
        head += language.say(key, value=money(abs(cheaper), currency, language))
    if not found.bounded:
        return language.say("served_unproven", head=head)
    interval = {"low": count(found.low), "high": count(found.high)}
    if found.high - found.low < WHOLE:
        return language.say("exactly", head=head)
    return language.say("served_proven" if found.distinguishable else "served_indistinct", head=head, **interval)


def note(plans: Sequence[Written]) -> list[str]:
    """What to compare, for the notes; empty where no plan spends a budget."""
    if all(served(plan) is None for plan in plans):
        return []
    return [
        "Within a budget what tells plans apart is how many people and facilities they serve. The difference of their "
        "costs is no saving: it is what is left of the sum."
    ]
