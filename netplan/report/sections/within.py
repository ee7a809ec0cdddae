"""Plans that spend a budget, side by side: how many more are served for the sum, and never a saving."""

from __future__ import annotations

from netplan.report.content import Fact
from netplan.report.context import Context
from netplan.report.read import Scenario
from netplan.report.verdict import More


def more_sentence(context: Context, found: More) -> str:
    """How many more a scenario serves within its budget than the first, and what is proven of it."""
    words, numbers = context.words, context.numbers
    sums = [context.money(_budget(each)) for each in (found.reference, found.scenario)]
    how = "same" if found.value == 0 else "more" if found.value > 0 else "fewer"
    sentence = words(
        f"within.{how}" if sums[0] == sums[1] else f"within.{how}_apart",
        scenario=found.scenario.name,
        reference=found.reference.name,
        sum=sums[1],
        other_sum=sums[0],
        served=numbers.fixed(found.served[1]),
        other=numbers.fixed(found.served[0]),
        value=numbers.fixed(abs(found.value)),
    )
    cheaper = found.reference.cost - found.scenario.cost
    if found.value == 0 and abs(cheaper) >= 0.5:
        spends = "within.spends_less" if cheaper > 0 else "within.spends_more"
        sentence = f"{sentence} {words(spends, value=context.money(abs(cheaper)))}"
    return f"{sentence} {_proof(context, found)}"


def _proof(context: Context, found: More) -> str:
    words, numbers = context.words, context.numbers
    if not found.bounded:
        return words("within.open")
    if found.low == found.high:
        return words("within.exact")
    interval = {"low": numbers.fixed(found.low), "high": numbers.fixed(found.high)}
    return words("within.proven" if found.proven else "within.close", **interval)


def more_fact(context: Context, found: More) -> Fact:
    """The same as a figure of the first page."""
    words = context.words
    how = "proven" if found.proven else "close" if found.bounded else "open"
    note = words(f"within.fact_{how}", sum=context.money(_budget(found.scenario)))
    if found.value == 0:
        return Fact(words("within.fact_more"), words("within.fact_none"), note)
    title = words("within.fact_more" if found.value > 0 else "within.fact_fewer")
    return Fact(title, context.numbers.fixed(abs(found.value)), note)


def _budget(scenario: Scenario) -> float | None:
    stated = scenario.project.get("budget")
    return None if stated is None else float(stated)
