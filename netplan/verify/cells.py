"""Names of columns and numbers in cells, as the audit reads them from a planner's layers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd


def plain_name(column: object) -> str:
    """Small letters and digits without accents, what lies between them as `_`."""
    said = re.sub(r"[\"″”]", " inch ", str(column).replace("%", " percent "))
    letters = unicodedata.normalize("NFKD", said.lower())
    return "_".join(re.findall(r"[a-z0-9]+", "".join(c for c in letters if not unicodedata.combining(c))))


def cell_numbers(values: pd.Series) -> npt.NDArray[np.float64]:
    """The first number of each cell, NaN where there is none."""
    return np.array([_number(cell) for cell in values.astype("string").fillna("")], float)


def _number(cell: str) -> float:
    text = re.sub(r"(?<=\d)[\s'’](?=\d{3}(?!\d))", "", cell)
    found = re.search(r"([-+]?)((?:\d+|(?=[.,]\d))(?:[.,]\d+)*)([eE][-+]?\d+)?", text)
    if found is None:
        return float("nan")
    pieces, signs = re.split(r"[.,]", found[2]), re.findall(r"[.,]", found[2])
    if len(set(signs[:-1])) > 1 or (len(signs) > 1 and len(set(signs)) == 1 and not _groups(pieces, signs[0])):
        return float("nan")
    # a decimal sign differs from those before it; alone, a comma parts thousands where they can be
    whole = signs and len(set(signs)) == 1 and (len(signs) > 1 or (signs == [","] and _groups(pieces, ",")))
    digits = "".join(pieces) if whole or not signs else f"{''.join(pieces[:-1])}.{pieces[-1]}"
    return float(f"{found[1]}{digits}{found[3] or ''}")


def _groups(pieces: Iterable[str], sign: str) -> bool:
    """Pieces between signs are thousands, or lakhs between commas."""
    first, *middle, last = (len(piece) for piece in pieces)
    lone_zero = next(iter(pieces)) == "0" and sign == ","
    return 1 <= first <= 3 and all(n == 3 or (n == 2 and sign == ",") for n in middle) and last == 3 and not lone_zero
