"""One broken rule, and how findings are made from arrays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, order=True)
class Finding:
    """A rule that the written plan breaks, and where."""

    rule: str
    """One word or two, e.g. `flow`; the same fault always has the same word."""
    layer: str
    """Layer or file."""
    row: str
    """Row id or key, '' for the whole."""
    found: str
    expected: str
    folder: str = ""
    """Scenario folder, when several were audited."""

    def __str__(self) -> str:
        place = " ".join(part for part in (self.folder, self.layer, self.row) if part)
        return f"[{self.rule}] {place}: found {self.found}, expected {self.expected}"


def number(value: object) -> str:
    """A value as a person reads it."""
    return f"{value:.9g}" if isinstance(value, float | np.floating) else str(value)


def where(
    broken: npt.ArrayLike, rule: str, layer: str, rows: Iterable[object], found: Iterable[object], expected: object
) -> list[Finding]:
    """A finding for each true element of `broken` (n); `expected` is one text or n values."""
    mask = np.asarray(broken, dtype=bool)
    if not mask.any():
        return []
    wanted = [expected] * len(mask) if isinstance(expected, str) else list(expected)  # type: ignore[call-overload]
    return [
        Finding(rule, layer, str(row), number(have), number(want))
        for bad, row, have, want in zip(mask, rows, found, wanted, strict=True)
        if bad
    ]


def differs(
    a: npt.ArrayLike, b: npt.ArrayLike, relative: float = 1e-6, absolute: float = 1e-6
) -> npt.NDArray[np.bool_]:
    """Where two arrays are further apart than the tolerance; a number against none (NaN) differs."""
    near = np.isclose(np.asarray(a, float), np.asarray(b, float), rtol=relative, atol=absolute, equal_nan=True)
    return np.asarray(~near, dtype=np.bool_)
