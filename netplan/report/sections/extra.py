"""What other commands worked out beside the plan: sensitivity, frontier, cash flow, accounts …, each where its file is.

The columns are the files' own; heads and numbers are made readable, long tables are cut and say so.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd

from netplan.errors import Fault, InputError
from netplan.report.content import Block, Paragraph, Section, Table
from netplan.report.context import Context

KINDS = ("sensitivity", "frontier", "cashflow", "viability", "waterfall", "accounts", "phases", "refusal")
ROWS, COLUMNS = 15, 8
UNITS = {"mbps": "Mbit/s", "km": "km", "m": "m", "npv": "NPV", "usd": "USD"}


def extra(context: Context) -> Section | None:
    """A part for every file that is there; None where there is none.

    Raises:
        InputError: a file is there and cannot be read; all of them are named.
    """
    words = context.words
    faults: list[Fault] = []
    parts = []
    for kind in KINDS:
        path = _file(context, words(f"extra.{kind}.file"))
        table = None if path is None else _read(path, faults)
        if path is not None and table is not None and len(table):
            parts.append(Section(kind, words(f"extra.{kind}.title"), (_shown(context, kind, path, table),)))
    if faults:
        raise InputError(faults)
    if not parts:
        return None
    blocks: tuple[Block, ...] = (Paragraph(words("extra.intro")),)
    return Section("extra", words("extra.title"), blocks, tuple(parts), wide=True)


def _file(context: Context, name: str) -> Path | None:
    """Beside the recommended plan, else beside the scenarios."""
    places = (context.plan.folder / name, context.material.out / name)
    return next((place for place in places if place.is_file()), None)


def _read(path: Path, faults: list[Fault]) -> pd.DataFrame | None:
    """The file as a table: CSV, or JSON that holds a list of records (at the top or under one key)."""
    try:
        if path.suffix == ".csv":
            return pd.read_csv(path)
        return _records(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        faults.append(Fault(str(path), f"it cannot be read ({str(error).splitlines()[0]})", "make it again or remove it"))
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


def _shown(context: Context, kind: str, path: Path, table: pd.DataFrame) -> Table:
    words = context.words
    plain = table[[name for name in table.columns if not table[name].map(lambda x: isinstance(x, dict | list)).any()]]
    plain = plain.iloc[:, :COLUMNS]
    rows = tuple(tuple(_cell(context, value) for value in row) for row in plain.head(ROWS).itertuples(index=False))
    numeric = tuple(i for i, name in enumerate(plain.columns) if pd.api.types.is_numeric_dtype(plain[name]))
    cut = len(plain) > ROWS or len(plain.columns) < len(table.columns)
    text = {"n": context.numbers.fixed(len(rows)), "total": context.numbers.fixed(len(table)), "file": path.name}
    note = words("extra.more" if cut else "extra.all", **text)
    columns = tuple(_head(str(name)) for name in plain.columns)
    return Table(words(f"extra.{kind}.caption"), columns, rows, numeric, note=note, small=len(columns) > 5)


def _head(name: str) -> str:
    """A column's name as words: `opex_per_year` becomes `Opex per year`."""
    parts = [UNITS.get(part, part) for part in name.replace("-", "_").split("_") if part]
    text = " ".join(parts) or name
    return text[:1].upper() + text[1:]


def _cell(context: Context, value: Any) -> str:
    """A value as text: yes or no, numbers to four digits, sums whole; a dash for nothing."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    if isinstance(value, bool):
        return context.words("extra.yes" if value else "extra.no")
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)
    if isinstance(value, str):
        return value
    if isinstance(value, int) and 1900 <= value <= 2200:
        return str(value)
    return context.numbers.fixed(number) if abs(number) >= 1000 else context.numbers.digits(number, 4)

