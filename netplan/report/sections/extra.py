"""How far the answer moves: prices at the ends of their ranges, and what other commands worked out beside the plan.

Sensitivity, frontier, cash flow, accounts … are shown each where its file is. The columns are the files' own; heads and
numbers are made readable, long tables are cut and say so.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from netplan.errors import Fault, InputError
from netplan.interval import CENT
from netplan.report.asked import alike
from netplan.report.content import Block, Figure, Paragraph, Section, Table
from netplan.report.context import Context
from netplan.report.insight import price_range
from netplan.report.sections.digests import digest
from netplan.report.sections.net import paid_between

KINDS = ("sensitivity", "frontier", "cashflow", "viability", "waterfall", "accounts", "phases", "refusal")
ROWS, COLUMNS = 20, 8
WHOLE = {"cashflow": 41}
"""Kinds of which that many rows are shown: years, whose last one holds what is left at the end."""
SWINGS = 8
YEAR = "year"
"""Column of years, which are no amounts."""
DUST = 1e-9
"""Below this a figure is what is left of reckoning in binary fractions."""
APART = {f"saving_at_{end}": f"apart_at_{end}" for end in ("low", "high")}
"""Columns of scenarios that do not ask the same: one costs less than another, and saves nothing."""
UNITS = {"mbps": "Mbit/s", "km": "km", "m": "m", "npv": "NPV", "usd": "USD"}


def extra(context: Context) -> Section | None:
    """The prices, then a part for every file that is there; None without a plan.

    Raises:
        InputError: a file is there and cannot be read; all of them are named.
    """
    if not context.plan.planned:
        return None
    words = context.words
    faults: list[Fault] = []
    parts = [Section("prices", words("extra.prices.title"), (_prices(context),))]
    blocks: tuple[Block, ...]
    for kind in KINDS:
        path = _file(context, words(f"extra.{kind}.file"))
        table = None if path is None else _read(path, faults)
        short = None if table is None or table.empty else digest(kind, table, context.plan, words, context.label)
        if path is not None and short is not None and len(short):  # a file may say that nothing moves the answer
            said = "within.sensitivity" if "over_at_low" in short else f"extra.{kind}"
            if "saving_at_low" in short and not alike(context.material.scenarios):
                said, short = f"extra.{kind}_apart", short.rename(columns=APART)
            drawing, shown = _drawing(context, said, path), _shown(context, said, path, short, WHOLE.get(kind, ROWS))
            if drawing:
                shown = replace(shown, caption=words("extra.in_figures", caption=shown.caption))
            blocks = (*drawing, shown)
            parts.append(Section(kind, words(f"{said}.title"), blocks))
    if faults:
        raise InputError(faults)
    intro = (Paragraph(words("extra.intro")),)
    return Section("extra", words("extra.title"), intro, tuple(parts))


def _drawing(context: Context, said: str, path: Path) -> tuple[Figure, ...]:
    """The picture of the same name beside the file, if there is one in the report's language; of several scenarios,
    that of the plan alone (`sensitivity_SCENARIO.png`), which a page holds large. It opens its part: set after the
    table it would come between the rows of the next one."""
    names = (f"{path.stem}_{context.plan.name}.png", f"{path.stem}.png")
    pictures = [path.parent / context.words.file(name) for name in names]  # an operator's plan is `SCENARIO/OPERATOR`
    caption = context.words(f"{said}.caption")
    alt = context.words("maps.alt", caption=caption, name=context.name, scenario=context.plan.name)
    return tuple(Figure(picture, caption, alt) for picture in pictures if picture.is_file())[:1]


def _prices(context: Context) -> Table:
    """The items whose price moves the cost most, then all prices at once."""
    words, numbers, plan = context.words, context.numbers, context.plan
    items = price_range(plan)
    total = float(items["npv"].sum())
    items = items.assign(swing=items["high"] - items["low"])
    items = items.sort_values(["swing", "item"], ascending=[False, True]).head(SWINGS)
    labels = {key: str(entry.get("label") or key) for part in plan.catalogue.values() for key, entry in part.items()}

    def row(item: str, of: str, npv: float, low: float, high: float) -> tuple[str, ...]:
        swing = numbers.percent((high - low) / total, 0) if total else "–"
        return (words.item(item), of, *map(numbers.whole_money, (npv, total - npv + low, total - npv + high)), swing)

    def of(entry: str, category: str) -> str:
        """What the item belongs to; agreements, approvals and fees are of no entry: their part of the cost."""
        return labels.get(entry, entry) if entry else context.head(words.name("category", category))

    fields = ["item", "entry", "category", "npv", "low", "high"]
    rows = [
        row(item, of(entry, category), *values)
        for item, entry, category, *values in items[fields].itertuples(index=False, name=None)
    ]
    ends = price_range(plan)[["low", "high"]].sum()
    rows.append(row(words("extra.prices.all"), "", total, float(ends["low"]), float(ends["high"])))
    names = tuple(words(f"extra.prices.columns.{name}") for name in ("item", "of", "now", "low", "high", "swing"))
    caption, note = words("extra.prices.caption", currency=plan.currency), words("extra.prices.note")
    if paid_between(plan) >= CENT:
        note = f"{note} {words('extra.prices.with_paid')}"
    return Table(caption, names, tuple(rows), (2, 3, 4, 5), (len(rows) - 1,), (4, 3.4, 2, 2, 2, 1.2), note)


def _file(context: Context, name: str) -> Path | None:
    """In the recommended plan's folder, beside the scenarios, or in the folder of a study of that scenario."""
    out, plan, stem = context.material.out, context.plan, name.partition(".")[0]
    studies = (out / stem / plan.name, out / f"{plan.name}-{stem}")
    places = (folder / name for folder in (plan.folder, out, *studies))
    return next((place for place in places if place.is_file()), None)


def _read(path: Path, faults: list[Fault]) -> pd.DataFrame | None:
    """The file as a table: CSV, or JSON that holds a list of records (at the top or under one key)."""
    try:
        if path.suffix == ".csv":
            return pd.read_csv(path)
        return _records(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        faults.append(
            Fault(str(path), f"it cannot be read ({str(error).splitlines()[0]})", "make it again or remove it")
        )
        return None


def _records(data: Any) -> pd.DataFrame:
    if isinstance(data, list):
        return pd.DataFrame([row for row in data if isinstance(row, dict)])
    if not isinstance(data, dict):
        return pd.DataFrame()
    lists = [value for value in data.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
    if lists:
        return pd.DataFrame(max(lists, key=len))
    plain = {key: value for key, value in data.items() if not isinstance(value, dict | list)}
    return pd.DataFrame([{"figure": key, "value": value} for key, value in plain.items()])


def _shown(context: Context, said: str, path: Path, table: pd.DataFrame, most: int) -> Table:
    words = context.words
    plain = table[[name for name in table.columns if not table[name].map(lambda x: isinstance(x, dict | list)).any()]]
    plain = plain.iloc[:, :COLUMNS]
    names = [str(name) for name in plain.columns]
    rows = tuple(
        tuple(_cell(context, value, name) for value, name in zip(row, names, strict=True))
        for row in plain.head(most).itertuples(index=False)
    )
    numeric = tuple(i for i, name in enumerate(plain.columns) if pd.api.types.is_numeric_dtype(plain[name]))
    cut = len(plain) > most or len(plain.columns) < len(table.columns)
    text = {"n": context.numbers.fixed(len(rows)), "total": context.numbers.fixed(len(table)), "file": path.name}
    note = words(f"extra.{'all' if not cut else 'more' if len(table) > len(rows) else 'columns'}", **text)
    columns = tuple(_head(context, str(name)) for name in plain.columns)
    return Table(words(f"{said}.caption"), columns, rows, numeric, note=note, small=len(columns) > 5)


def _head(context: Context, name: str) -> str:
    """A column's name in words: those of the language where it has them, else `opex_per_year` as `Opex per year`."""
    if context.words.has(f"column.{name}"):
        return context.words(f"column.{name}", currency=context.plan.currency)
    parts = [UNITS.get(part, part) for part in name.replace("-", "_").split("_") if part]
    text = " ".join(parts) or name
    return text[:1].upper() + text[1:]


def _cell(context: Context, value: Any, column: str = "") -> str:
    """A value as text: yes or no, numbers to four digits, sums whole, words in the language; a dash for nothing."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    if isinstance(value, bool):
        return context.words("extra.yes" if value else "extra.no")
    try:
        number = float(value)
    except (TypeError, ValueError):
        return _word(context, str(value), column)
    if isinstance(value, str):
        return value
    if column == YEAR and number == round(number):
        return str(round(number))
    if abs(number) < DUST:
        return "0"
    return context.numbers.fixed(number) if abs(number) >= 1000 else context.numbers.plain(float(f"{number:.4g}"))


def _word(context: Context, text: str, column: str) -> str:
    if column == "class":
        return context.head(context.class_name(text))
    known = context.label("levers", text) if column == "lever" else text
    return context.words.word(text) if known == text else known
