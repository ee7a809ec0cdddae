"""Scenarios side by side: what each costs and builds, why they differ, what to bear in mind."""

from __future__ import annotations

import math
from collections.abc import Callable

from netplan.asked import asked_apart
from netplan.netted import WITH, with_payments
from netplan.report.content import Block, Bullets, Figure, Item, Paragraph, Section, Table
from netplan.report.context import Context
from netplan.report.insight import people
from netplan.report.read import Scenario
from netplan.report.sections.first import multiplied, saving_sentence
from netplan.report.sections.net import net_notes, paid_between
from netplan.report.sections.within import alike_sentence, more_sentence
from netplan.report.terms import before, figures
from netplan.report.verdict import Saving, budgets, more, saving, served_within

SMALL = 2e-4
"""Share of the cost below which a difference is not worth a line."""


def comparison(context: Context) -> Section | None:
    """The section; None where there is one scenario only."""
    if not context.several:
        return None
    words = context.words
    blocks: list[Block] = [_table(context)]
    blocks += [Paragraph(more_sentence(context, each)) for each in context.more_served]
    blocks += [Paragraph(saving_sentence(context, each)) for each in context.savings]
    alike = [alike_sentence(context, each) for each in context.material.scenarios[1:]]
    blocks += [Paragraph(text) for text in alike if text]
    pairs = [saving(context.reference, each) for each in context.material.scenarios[1:]]
    parts = [part for each in pairs if each is not None and (part := _reasons(context, each))]
    notes = _notes(context)
    if notes:
        items = tuple(Item(note) for note in notes)
        parts.append(Section("notes", words("comparison.notes"), (Bullets(items),)))
    picture = context.material.out / words.file("comparison.png")
    if picture.is_file():
        figure = Figure(picture, words("comparison.picture"), words("comparison.picture"))
        parts.append(Section("picture", words("comparison.picture_title"), (figure,)))
    return Section("comparison", words("comparison.title"), tuple(blocks), tuple(parts))


def _table(context: Context) -> Table:
    words, numbers, scenarios = context.words, context.numbers, context.material.scenarios
    currency = context.plan.currency
    said = before(words, scenarios)
    rows: list[tuple[str, ...]] = []
    for key, figure in _figures(context).items():
        cells = [figure(each) if each.planned else "" for each in scenarios]
        if key == "comparison.rows.cost":
            cells = [cell or words("comparison.no_plan") for cell in cells]
        rows.append((words(key, currency=currency, **said), *cells))
    for name in context.facilities(context.plan):
        label = context.head(context.class_name(name))
        cells = [numbers.fixed(_served(each, name)) if each.planned else "" for each in scenarios]
        rows.append((label, *cells))
    columns = (words("comparison.what"), *(each.name for each in scenarios))
    numeric = tuple(range(1, len(columns)))
    widths = (3.4, *([2.0] * len(scenarios)))
    note = figures(words, scenarios)
    return Table(words("comparison.caption"), columns, tuple(rows), numeric, strong=(0,), widths=widths, note=note)


def _served(scenario: Scenario, name: str) -> float:
    rows = scenario.tables["demand"]
    rows = rows[rows["class"] == name]
    return float((rows["weight"] * rows["served_share"]).sum())


def _figures(context: Context) -> dict[str, Callable[[Scenario], str]]:
    words, numbers = context.words, context.numbers

    def bound(proven: float | None) -> str:
        return words("comparison.no_bound") if proven is None else numbers.whole_money(proven)

    def count(each: Scenario, status: str) -> str:
        return numbers.fixed(int((each.tables["sites"]["status"] == status).sum()))

    def most(each: Scenario) -> str:
        bound = served_within(each, "bound")
        return words("comparison.no_bound") if bound is None else numbers.fixed(bound)

    within: dict[str, Callable[[Scenario], str]] = {
        "within.rows.budget": lambda each: numbers.whole_money(each.project.get("budget")),
        "within.rows.served": lambda each: numbers.fixed(served_within(each)),
        "within.rows.most": most,
    }
    shown: dict[str, Callable[[Scenario], str]] = {
        "cost": lambda each: numbers.whole_money(each.number("objective_npv")),
        "bound": lambda each: bound(each.bound),
        "gap": lambda each: (
            words("first.fact_sure_unbounded") if each.bound is None else numbers.proven(each.number("gap"))
        ),
        "paid": lambda each: numbers.whole_money(paid_between(each)),
        "with_paid": lambda each: numbers.whole_money(with_payments(each.summary, "objective_npv")),
        "with_paid_bound": lambda each: bound(with_payments(each.summary, "bound_npv")),
        "person": lambda each: numbers.fixed(each.number("cost_per_person_served"), 2),
        "capex": lambda each: numbers.whole_money(each.number("capex_total")),
        "opex": lambda each: numbers.whole_money(each.number("opex_per_year_total")),
        "people": lambda each: numbers.fixed(people(each).after),
        "sites": lambda each: numbers.fixed(len(each.tables["sites"])),
        "shared": lambda each: count(each, "shared"),
        "cable": lambda each: numbers.amount(_km(each, radio=False)),
        "borrowed": lambda each: numbers.amount(_km(each, radio=False, status="shared")),
        "radio": lambda each: numbers.amount(_km(each, radio=True)),
    }
    if not any(WITH in each.summary for each in context.material.scenarios):
        shown = {key: figure for key, figure in shown.items() if key not in ("paid", "with_paid", "with_paid_bound")}
    rows = {f"comparison.rows.{key}": figure for key, figure in shown.items()}
    return within | rows if budgets(context.material.scenarios) else rows


def _km(scenario: Scenario, radio: bool, status: str | None = None) -> float:
    """Kilometres of cable, or of radio links; of one status where it is named."""
    links = scenario.tables["links"]
    kinds = {key: str(entry.get("kind")) for key, entry in scenario.catalogue.get("media", {}).items()}
    by_radio = links["medium"].map(kinds).isin(["microwave", "satellite"])
    rows = links[by_radio == radio]
    rows = rows if status is None else rows[rows["status"] == status]
    return float(rows["length_m"].sum()) / 1000.0


def _reasons(context: Context, found: Saving) -> Section | None:
    """Which parts of the cost make up the difference, largest first."""
    words = context.words
    before, after = (each.summary.get("costs_npv") or {} for each in (found.reference, found.scenario))
    changes = {name: after.get(name, 0.0) - before.get(name, 0.0) for name in {*before, *after}}
    scale = max(abs(found.reference.cost), 1.0)
    kept = sorted((name for name in changes if abs(changes[name]) > SMALL * scale), key=lambda x: (-abs(changes[x]), x))
    if not kept:
        return None
    # what the two plans leave unproven: no part that is smaller is told from nothing
    width = found.unproven if found.bounded else math.inf
    budget = more(found.reference, found.scenario) is not None
    items = tuple(
        Item(
            words(
                "comparison.why_item" if budget or abs(changes[name]) >= width else "comparison.why_item_small",
                category=words.name("category", name),
                value=context.money(abs(changes[name])),
                word=words("comparison.less" if changes[name] < 0 else "comparison.more"),
            )
        )
        for name in kept
    )
    some = not budget and any(abs(changes[name]) < width for name in kept)
    small = (Paragraph(words("comparison.why_small")),) if some else ()
    named = {"scenario": found.scenario.name, "reference": found.reference.name}
    if budget:
        title = words("within.why", **named)
    elif found.value == 0:
        title = words("comparison.why_same", **named)
    else:
        title = words("comparison.why", word=words(f"comparison.{'cheaper' if found.value > 0 else 'dearer'}"), **named)
    return Section(f"why-{context.material.scenarios.index(found.scenario)}", title, (Bullets(items), *small))


def _notes(context: Context) -> list[str]:
    """What makes the comparison less than like for like."""
    words, reference = context.words, context.reference
    notes = [*multiplied(context), *net_notes(context)]
    like = "within.note_unlike" if budgets(context.material.scenarios) else "comparison.note_unlike"
    for each in context.material.scenarios[1:]:
        notes += [
            words(
                like,
                what=words(f"comparison.unlike.{key}"),
                scenario=each.name,
                reference=reference.name,
            )
            for key in asked_apart(reference, each)
        ]
    for each in context.material.scenarios:
        if each.dropped and each.bound is not None:
            candidates = words.count("candidate", each.dropped)
            notes.append(words("comparison.note_dropped", scenario=each.name, candidates=candidates))
    return notes
