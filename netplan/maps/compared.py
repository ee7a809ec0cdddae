"""Two plans in a sentence where sums do not tell them apart: whom budgets serve, and why costs are alike."""

from __future__ import annotations

from netplan.interval import WHOLE, within_reason
from netplan.levers import levers_used
from netplan.maps import words
from netplan.maps.languages import ENGLISH, Language
from netplan.maps.read import WrittenPlan
from netplan.written import SERVED


def more_in_words(reference: WrittenPlan, plan: WrittenPlan, language: Language) -> str:
    """How many more are served for the budget, with the proven interval; '' unless both plans spend one."""
    stages = [
        next((each for each in plan_.summary.get("stages") or [] if each["objective"] == SERVED), None)
        for plan_ in (reference, plan)
    ]
    if stages[0] is None or stages[1] is None:
        return ""
    before, after = (float(stage["value"]) for stage in stages if stage is not None)
    value = after - before
    key = "serves_as_many" if abs(value) < WHOLE else "serves_more" if value > 0 else "serves_fewer"

    def count(number: float) -> str:
        return language.figures(f"{number + 0.0:,.0f}").replace("-", "−")

    said = language.say(key, scenario=plan.scenario, reference=reference.scenario, value=count(abs(value)))
    most = [words.finite(stage["bound"]) for stage in stages if stage is not None]
    if most[0] is None or most[1] is None:
        return said + language.say("unproven")
    low, high = within_reason(reference, plan, after - most[0], most[1] - before)
    if high - low < WHOLE:
        return said + language.say("proven_sum")
    told = language.say("interval", low=count(low), high=count(high))
    return said + told + (language.say("not_told") if low <= 0 <= high else "")


def alike_in_words(reference: WrittenPlan, plan: WrittenPlan, language: Language) -> str:
    """Why nothing changes the cost: no lever is in use, or those in use save nothing."""
    sides = [{*(each.project.get("sharing") or ()), *(each.project.get("impose") or ())} for each in (reference, plan)]
    opened = sides[1] - sides[0]
    used = levers_used(plan.sites, plan.links, plan.catalogue, plan.agreed)
    levers = plan.catalogue.get("levers", {})
    named_ = [str(levers.get(key, {}).get("label") or key) for key in used if key in opened]
    labels = [text[:1].lower() + text[1:] if text[1:2].islower() else text for text in named_]
    named = {"scenario": plan.scenario, "reference": reference.scenario}
    if not opened:
        return language.say("alike_opens_nothing", **named)
    return language.say("alike_used" if labels else "alike_unused", list=", ".join(labels), **named)


def left_open(reference: WrittenPlan, plan: WrittenPlan) -> float | None:
    """What two plans leave unproven of the difference of their costs; None within budgets, whose costs prove nothing,
    and where a bound is missing."""
    if more_in_words(reference, plan, ENGLISH):
        return None
    sums = [words.finite(each.summary.get(key)) for each in (reference, plan) for key in ("objective_npv", "bound_npv")]
    if any(value is None for value in sums):
        return None
    costs_and_bounds = [value for value in sums if value is not None]
    return sum(costs_and_bounds[::2]) - sum(costs_and_bounds[1::2])
