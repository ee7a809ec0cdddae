"""What the answer rests on: the project's own assumptions, its choices, and every catalogue value with its source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netplan.report.content import Block, Bullets, Item, Paragraph, Section, Table
from netplan.report.context import Context
from netplan.report.insight import price_origins
from netplan.report.terms import stated, terms_of

SECTIONS = ("technologies", "media", "structures", "power", "levers")
UNIT_SUFFIXES = frozenset(
    ("deg", "m", "m2", "w", "dbm", "dbi", "db", "mhz", "km", "mbps", "percent", "ms", "hz", "bps", "mm")
)
ORIGINS = ("published", "assumed", "unknown")


def assumptions(context: Context) -> Section:
    """The section, the catalogue's values a part for each kind of entry."""
    words = context.words
    said = [
        str(text) for text in context.plan.summary.get("assumptions") or context.plan.project.get("assumptions") or ()
    ]
    listed: Block = (
        Bullets(tuple(Item(text) for text in said)) if said else Paragraph(words("assumptions.project_none"))
    )
    project = Section("project-assumptions", words("assumptions.project"), (listed,))
    choices = Section("choices", words("assumptions.decisions"), (_choices(context),))
    parts = [project, choices]
    if context.plan.planned:
        parts.append(Section("origins", words("assumptions.origins"), (_origins(context),)))
    parts.append(_catalogue(context))
    return Section("assumptions", words("assumptions.title"), (), tuple(parts))


def _choices(context: Context) -> Table:
    words, numbers, plan = context.words, context.numbers, context.plan
    economics = plan.economics
    rows = [
        (
            words(f"terms.label.{terms_of(plan).rate_is}"),
            words("assumptions.per_year", rate=numbers.rate(terms_of(plan).rate)),
        ),
        (words("assumptions.years"), str(economics.get("years"))),
        (words("assumptions.price_year"), str(economics.get("price_year"))),
        (words("assumptions.perspective"), words.name("assumptions", str(economics.get("perspective") or "society"))),
        (
            words("assumptions.residual"),
            words(f"assumptions.{'counted' if economics.get('residual') else 'not_counted'}"),
        ),
    ]
    rows += [(each.label, each.text) for each in stated(words, terms_of(plan)) if each.label != rows[0][0]]
    escalation = economics.get("escalation_per_year")
    if escalation is not None:
        rate = words("assumptions.per_year", rate=numbers.rate(escalation))
        rows.append((words("assumptions.escalation"), rate))
    for name, target in (plan.project.get("targets") or {}).items():
        rows.append((words("assumptions.target", of=context.class_name(name)), numbers.rate(target)))
    columns = tuple(words(f"assumptions.decisions_columns.{name}") for name in ("what", "value"))
    return Table(words("assumptions.decisions_caption"), columns, tuple(rows), widths=(2, 3))


def _origins(context: Context) -> Table:
    words, numbers = context.words, context.numbers
    sums = price_origins(context.plan).pivot_table("npv", "category", "origin", "sum", fill_value=0.0)
    sums = sums.reindex(columns=list(ORIGINS), fill_value=0.0)
    sums = sums.loc[sums.sum(axis=1).sort_values(ascending=False).index]
    rows = []
    for name, *values in [*sums.itertuples(name=None), (None, *sums.sum())]:
        total = sum(values)
        label = words("plan.total") if name is None else words.name("category", str(name))
        share = numbers.percent(values[1] / total, 0) if total else "–"
        rows.append((label, *map(numbers.whole_money, values), share))
    columns = tuple(words(f"assumptions.origins_columns.{name}") for name in ("category", *ORIGINS, "share"))
    caption = words("assumptions.origins_caption", currency=context.plan.currency)
    note, last = words("assumptions.origins_note"), (len(rows) - 1,)
    return Table(caption, columns, tuple(rows), (1, 2, 3, 4), last, widths=(5, 2, 2, 2, 1.5), note=note)


def _catalogue(context: Context) -> Section:
    """Every number of every entry that the plan carries."""
    words, numbers = context.words, context.numbers
    columns = tuple(
        words(f"assumptions.catalogue_columns.{name}")
        for name in ("what", "value", "unit", "year", "low", "high", "mark", "source")
    )
    tables, counts, entries, assumed = [], 0, 0, 0
    for section in SECTIONS:
        found = context.plan.catalogue.get(section) or {}
        rows: list[tuple[str, ...]] = []
        strong = []
        for key, entry in sorted(found.items()):
            values = list(_quantities(entry))
            if not values:
                continue
            entries += 1
            strong.append(len(rows))
            rows.append((str(entry.get("label") or key), *[""] * 7))
            for place, quantity in values:
                counts += 1
                assumed += bool(quantity.get("assumption"))
                rows.append(_value_row(context, _readable(context, place), quantity))
        if rows:
            caption, widths = words(f"assumptions.sections.{section}"), (4.6, 1.5, 1.8, 1.0, 1.3, 1.3, 0.5, 7)
            tables.append(Table(caption, columns, tuple(rows), (1, 4, 5), tuple(strong), widths=widths, small=True))
    text = {"n": numbers.fixed(counts), "entries": numbers.fixed(entries), "assumed": numbers.fixed(assumed)}
    intro = Paragraph(words("assumptions.catalogue_text", **text))
    return Section("catalogue", words("assumptions.catalogue"), (intro, *tables))


def _value_row(context: Context, place: str, quantity: dict[str, Any]) -> tuple[str, ...]:
    numbers = context.numbers
    limits = (quantity.get("low"), quantity.get("high"))
    low, high = ("" if limit is None else numbers.plain(float(limit)) for limit in limits)
    note = str(quantity.get("note") or "")
    source = str(quantity.get("source") or "–") + (f" ({note})" if note else "")
    mark = context.words("assumptions.mark") if quantity.get("assumption") else ""
    value = numbers.plain(float(quantity["value"]))
    unit = str(quantity.get("unit") or "").replace("m2", "m²").replace("km2", "km²")
    return (
        place,
        value,
        "" if unit == "1" else context.words.measure(unit),
        str(quantity.get("year") or ""),
        low,
        high,
        mark,
        source,
    )


def _quantities(entry: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every number below an entry with its place: `/Electricity/opex_per_year`, `/radio/tx_power_dbm`."""
    if isinstance(entry, dict):
        if "value" in entry and "source" in entry:
            yield place, entry
            return
        for key, value in entry.items():
            yield from _quantities(value, f"{place}/{key}")
    elif isinstance(entry, list):
        for position, value in enumerate(entry):
            named = value.get("item") or value.get("id") if isinstance(value, dict) else None
            # An item's own name says more than its place in the list; the only one needs no number.
            number = f" {position + 1}" if len(entry) > 1 else ""
            yield from _quantities(value, f"{place.rpartition('/')[0]}/{named}" if named else f"{place}{number}")


def _readable(context: Context, place: str) -> str:
    """A place in words, without the unit that its last name ends in: the unit has a column of its own."""
    *heads, last = [part for part in place.split("/") if part]
    name = context.words.name("field", last)
    while name == last.replace("_", " ") and name.rpartition(" ")[2] in UNIT_SUFFIXES and " " in name:
        name = last = name.rpartition(" ")[0]
    text = context.words.colon.join([*(_head(context, head) for head in heads), name])
    return text[:1].upper() + text[1:]


def _head(context: Context, text: str) -> str:
    """An item, or a field with its place in a list: `modulations 3`."""
    name, space, number = text.rpartition(" ")
    if space and number.isdecimal():
        return f"{context.words.name('field', name)} {number}"
    item = context.words.item(text)
    return context.words.name("field", text) if item == text and text.islower() else item
