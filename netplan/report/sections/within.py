"""Plans that no saving tells apart: how many more are served for a budget, and what it means to cost the same."""

from __future__ import annotations

from netplan.interval import CENT, WHOLE
from netplan.report.asked import by_levers
from netplan.report.content import Fact
from netplan.report.context import Context
from netplan.report.insight import levers_used
from netplan.report.read import Scenario
from netplan.report.verdict import More, more, saving, served_within


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
    if found.value == 0 and abs(cheaper) >= CENT:
        spends = "within.spends_less" if cheaper > 0 else "within.spends_more"
        sentence = f"{sentence} {words(spends, value=context.money(abs(cheaper)))}"
    return f"{sentence} {_proof(context, found)}"


def why_most(context: Context) -> list[str]:
    """Why the recommended plan is the best of plans that spend a budget: it serves most."""
    words, chosen = context.words, context.plan
    most, rivals = served_within(chosen) or 0.0, [each for each in context.peers if each is not chosen]
    count = context.numbers.fixed(len(rivals) + 1)
    said = [words("within.why_most", scenario=chosen.name, n=count, served=context.numbers.fixed(most))]
    others = [(served_within(each) or 0.0, served_within(each, "bound")) for each in rivals if each.planned]
    if any(most - served < WHOLE for served, _ in others):
        said.append(words("within.why_tie"))
    elif any(bound is None or bound - most > WHOLE for _, bound in others):
        said.append(words("plan.why_unproven"))
    return said


def alike_sentence(context: Context, scenario: Scenario) -> str:
    """Why a scenario costs what the first costs: nothing that it opens is in use, or saves nothing. '' where they
    differ, in cost or in whom they serve."""
    words, reference = context.words, context.reference
    within, found = more(reference, scenario), saving(reference, scenario)
    if found is None or abs(found.value) >= CENT or (within is not None and within.value != 0):
        return ""
    named = {"scenario": scenario.name, "reference": reference.name}
    opened = {*_levers(scenario)} - {*_levers(reference)}
    used = [_inside(lever.label) for lever in levers_used(scenario) if lever.key in opened]
    if not opened:
        return words("alike.opens_nothing", **named)
    if used:
        return words("alike.used", list=words.listed(used), **named)
    proven = within is None and found.bounded and found.high < CENT
    return words("alike.unused_proven" if proven else "alike.unused", **named)


def _inside(label: str) -> str:
    """A label inside a sentence: a small first letter, but for what is all capitals."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def _levers(scenario: Scenario) -> tuple[str, ...]:
    return (*scenario.sharing, *map(str, scenario.project.get("impose") or ()))


def _proof(context: Context, found: More) -> str:
    words, numbers = context.words, context.numbers
    if not found.bounded:
        return words("within.open")
    if found.high - found.low < WHOLE:
        return words("within.exact")
    interval = {"low": numbers.fixed(found.low), "high": numbers.fixed(found.high)}
    return words("within.proven" if found.settled else "within.close", **interval)


def more_fact(context: Context, found: More) -> Fact:
    """The same as a figure of the first page."""
    words = context.words
    how = "proven" if found.settled else "close" if found.bounded else "open"
    sums = [context.money(_budget(each)) for each in (found.scenario, found.reference)]
    apart = "" if sums[0] == sums[1] else "_apart"
    note = words(f"within.fact_{how}{apart}", sum=sums[0], other_sum=sums[1])
    # a larger sum, or what no lever brought about, is not said to come of sharing
    against = "" if not apart and by_levers(found.reference, found.scenario) else "_against"
    named = {"scenario": found.scenario.name, "reference": found.reference.name}
    if found.value == 0:
        return Fact(words(f"within.fact_more{against}", **named), words("within.fact_none"), note)
    title = words(("within.fact_more" if found.value > 0 else "within.fact_fewer") + against, **named)
    return Fact(title, context.numbers.fixed(abs(found.value)), note)


def _budget(scenario: Scenario) -> float | None:
    stated = scenario.project.get("budget")
    return None if stated is None else float(stated)
