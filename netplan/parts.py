"""Cells in parts: aim points that the same equipment reaches are one part, so nobody is counted twice or left out.

Radio is worked out at a few aim points of a cell, and what an option reaches of it is a set of them. Two options that
each reach two of five serve four fifths of the cell or two fifths, as their points say. Split into parts of equal
reach, each wholly reached or not at all, a cell is an ordinary demand row per part.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
MOST_POINTS = 8
"""Aim points of a row are bits of a byte at most; there are 5 in use."""


@dataclass(frozen=True)
class Parts:
    """p parts of n demand rows, by row, then by their first aim point."""

    row: IntArray
    """(p,) demand row of each part."""
    bits: IntArray
    """(p,) its aim points, bit k for the row's k-th."""
    share: FloatArray
    """(p,) its share of the row, above 0; the parts of a row add up to 1."""


def split(points: IntArray, row: IntArray, bits: IntArray) -> Parts:
    """The coarsest parts of n rows such that every set of aim points given is a union of them.

    Args:
        points: (n,) aim points of each row, at least 1.
        row: (k,) row of each set.
        bits: (k,) the set; 0 (nothing is said of points) divides no row.
    """
    n = len(points)
    most = int(points.max(initial=1))
    whole = (1 << points) - 1
    tells = (bits > 0) & (bits < whole[row])
    row, bits = row[tells], bits[tells]
    # first[r, k]: the lowest aim point of the part that point k of row r is in
    first = np.tile(np.arange(most), (n, 1))
    apart = np.zeros((n, most, most), bool)
    for a, b in combinations(range(most), 2):
        apart[row[((bits >> a) ^ (bits >> b)) & 1 == 1], a, b] = True
    for b in range(1, most):
        for a in range(b - 1, -1, -1):
            together = ~apart[:, a, b]
            first[together, b] = first[together, a]
    of_row, point = np.nonzero(np.arange(most) < points[:, None])
    key, part = np.unique(of_row * most + first[of_row, point], return_inverse=True)
    mask = np.zeros(len(key), np.int64)
    np.bitwise_or.at(mask, part, 1 << point)
    owner = key // most
    return Parts(owner, mask, np.bincount(part, minlength=len(key)) / points[owner])


def reached(parts: Parts, row: IntArray, bits: IntArray) -> tuple[IntArray, IntArray]:
    """(entry, part) pairs: the parts that each of k sets of aim points reaches, every part of the row for the set 0.

    Sorted by entry, then part. The parts are those that `split` makes of these sets, or finer ones.
    """
    n = int(max(parts.row.max(initial=-1), row.max(initial=-1))) + 1
    start = np.searchsorted(parts.row, np.arange(n + 1))
    count = (start[1:] - start[:-1])[row]
    entry = np.repeat(np.arange(len(row)), count)
    part = start[row[entry]] + np.arange(len(entry)) - np.repeat(np.cumsum(count) - count, count)
    meets = (bits[entry] == 0) | (parts.bits[part] & bits[entry] != 0)
    return entry[meets], part[meets]


def count_of(bits: IntArray) -> IntArray:
    """How many aim points are in each set."""
    return np.asarray(sum((bits >> k) & 1 for k in range(MOST_POINTS)), np.int64)


def as_text(bits: IntArray, points: IntArray) -> npt.NDArray[np.object_]:
    """Sets of aim points as the files write them: a 1 or 0 for each point of the row, '' where nothing is said."""
    digits = [
        "".join("1" if mask >> k & 1 else "0" for k in range(many)) if mask else ""
        for mask, many in zip(bits.tolist(), points.tolist(), strict=True)
    ]
    return np.array(digits, dtype=object)
