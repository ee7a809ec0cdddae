"""Text tables and workbooks as rows of cells, with the row numbers that a planner sees."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from netplan.errors import InputError
from netplan.foreign.coordinates import Columns, find_columns
from netplan.foreign.open import BOOK, Asked, fault

HEADER_WITHIN = 20
"""Titles and notes may stand above the header, so many rows at most."""
SEPARATORS = (";", "\t", ",", "|")
LONGEST_CELL = 2**31 - 1
"""Characters: the boundary of a country in well-known text has more than the 131,072 that `csv` takes unless told."""
COMMA_DECIMAL = re.compile(r"^[-+]?(?:\d{1,3}(?:[. ]\d{3})+|\d+),\d+$")


@dataclass(frozen=True)
class Sheet:
    """A table whose rows can be placed: its header, its rows, and where in the file they stand."""

    header: list[str]
    rows: list[list[str]]
    numbers: list[int]
    """Row numbers as a spreadsheet counts them."""
    columns: Columns


def read_sheet(asked: Asked) -> Sheet:
    """The rows of a text table, or of the sheet that has coordinates.

    Raises:
        InputError: unreadable, empty, no columns of coordinates, or several sheets that have them.
    """
    if asked.path.suffix.lower() not in BOOK:
        return _placed(asked, _text_rows(asked))
    sheets = _workbook_rows(asked)
    if asked.layer is not None:
        if asked.layer not in sheets:
            to_do = f"name one of its sheets: {', '.join(sheets)}"
            raise InputError(fault(asked, f"no sheet `{asked.layer}`", to_do))
        return _placed(asked, sheets[asked.layer])
    fit = [name for name, rows in sheets.items() if _header(rows) is not None]
    if len(fit) > 1:
        to_do = f"say which, as {asked.path.name}|sheet={fit[0]}"
        raise InputError(fault(asked, f"{len(fit)} sheets with coordinates: {', '.join(fit)}", to_do))
    return _placed(asked, sheets[fit[0]] if fit else next(iter(sheets.values()), []))


def _header(rows: list[list[str]]) -> int | None:
    return next((at for at, row in enumerate(rows[:HEADER_WITHIN]) if find_columns(row) is not None), None)


def _placed(asked: Asked, rows: list[list[str]]) -> Sheet:
    at = _header(rows)
    if at is None:
        first = next((row for row in rows if any(row)), [])
        if not first:
            raise InputError(fault(asked, "the table is empty", "give a table with a header and rows"))
        names = ", ".join(cell for cell in first if cell)[:150]
        to_do = "name them longitude and latitude (degrees), or easting and northing (and give the CRS)"
        raise InputError(fault(asked, f"no columns of coordinates (it has: {names})", to_do))
    columns = find_columns(rows[at])
    assert columns is not None
    width = len(rows[at])
    header = _distinct(rows[at])
    kept = [(n, row) for n, row in enumerate(rows[at + 1 :], start=at + 2) if any(cell.strip() for cell in row)]
    filled = [(row + [""] * width)[:width] for _, row in kept]
    return Sheet(header, filled, [n for n, _ in kept], columns)


def _distinct(names: Iterable[str]) -> list[str]:
    """Names that differ: what is empty or comes twice gets its position."""
    seen: dict[str, int] = {}
    out = []
    for at, name in enumerate(names, start=1):
        text = name.strip() or f"column_{at}"
        text = f"{text}_{at}" if text.lower() in seen else text
        seen[text.lower()] = at
        out.append(text)
    return out


def _text_rows(asked: Asked) -> list[list[str]]:
    try:
        text = decoded(asked.path.read_bytes()).lstrip("\ufeff")
    except (OSError, UnicodeError) as error:
        raise InputError(fault(asked, f"cannot be read as text ({error})", "save it as CSV in UTF-8")) from error
    first, _, rest = text.partition("\n")
    said = re.fullmatch(r"sep=(.)\s*", first.strip("\r"))
    # a spreadsheet's note of the separator is a row to the planner too
    body = "\n" + rest if said else text
    csv.field_size_limit(LONGEST_CELL)
    try:
        separator = said[1] if said else separator_of(text)
        rows = [list(row) for row in csv.reader(io.StringIO(body, newline=""), delimiter=separator)]
    except csv.Error as error:
        raise InputError(fault(asked, f"cannot be read as a table ({error})", "save it as CSV in UTF-8")) from error
    if separator != ";":
        return rows
    # where a semicolon separates columns, a comma separates decimals
    return [[_point(cell) if COMMA_DECIMAL.match(cell.strip()) else cell for cell in row] for row in rows]


def _point(cell: str) -> str:
    whole, _, decimals = cell.strip().rpartition(",")
    return f"{re.sub('[. ]', '', whole)}.{decimals}"


def decoded(content: bytes) -> str:
    """Text in UTF-8 or UTF-16 with or without its mark, else as Windows writes it."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def separator_of(text: str) -> str:
    """What separates columns: the sign that cuts the first rows into the most columns that name places."""
    lines = [line for line in text.splitlines()[: HEADER_WITHIN + 1] if line.strip()]
    for sign in SEPARATORS:
        if any(
            find_columns(next(csv.reader([line], delimiter=sign), [])) is not None and sign in line for line in lines
        ):
            return sign
    return max(SEPARATORS, key=lambda sign: max((line.count(sign) for line in lines), default=0))


def _workbook_rows(asked: Asked) -> dict[str, list[list[str]]]:
    """Sheet -> rows; cells as text, results of formulas as they were last worked out."""
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(asked.path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise InputError(fault(asked, f"cannot be read as a workbook ({error})", "save it as .xlsx or .csv")) from error
    try:
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # programs store a size that is not the sheet's, and no cell beyond it is read
        return {
            sheet.title: [[_cell(value) for value in row] for row in sheet.iter_rows(values_only=True)]
            for sheet in book.worksheets
        }
    finally:
        book.close()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def sheet_of(path: Path, rows: list[list[str]]) -> Sheet:
    """The sheet that rows of cells make (for tables that are already in memory)."""
    return _placed(Asked(path, path.name), rows)
