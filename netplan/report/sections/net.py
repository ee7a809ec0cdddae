"""What it means that a cost is net of what operators pay each other, in plain sentences."""

from __future__ import annotations

from netplan.interval import CENT
from netplan.netted import KEY, WITH, with_payments
from netplan.report.context import Context
from netplan.report.read import Scenario


def net_sentences(context: Context, scenario: Scenario) -> list[str]:
    """How much is taken off, what the cost is with it, and what the lower limit is proven from; empty where operators
    pay each other nothing in any plan."""
    words = context.words
    if WITH not in scenario.summary:
        return []
    cost, gap = (with_payments(scenario.summary, key) for key in ("objective_npv", "gap"))
    with_it, paid = context.money(cost), paid_between(scenario)
    if gap is not None:
        with_it = words("comparison.net_sure", cost=with_it, gap=context.numbers.proven(gap))
    key = "net" if paid >= CENT else "net_nothing"
    head = words(f"comparison.{key}", scenario=scenario.name, paid=context.money(paid), cost=with_it)
    return [head, words("comparison.net_no_bound" if scenario.bound is None else "comparison.net_bound")]


def net_notes(context: Context) -> list[str]:
    """The same of every scenario, a note each, and what is counted with such payments."""
    found = [said for each in context.material.scenarios if (said := net_sentences(context, each))]
    return [*(" ".join(said) for said in found), context.words("comparison.net_choice")] if found else []


def paid_between(scenario: Scenario) -> float:
    """What operators pay each other and keep after tax, as far as the scenario's cost is net of it."""
    return float(scenario.summary[KEY]["paid_npv"]) if WITH in scenario.summary else 0.0
