"""Cuts of three elements: sets that cover one or two of them count once, those that cover all three twice, in sum 2.

Two sets are needed unless one covers all three, so every cover keeps Σ_j ⌈a_j / 2⌉ y_j ≥ 2, with a_j the number of
the three that set j covers: the {0, ½} cut of the three rows (Caprara and Fischetti 1996). It forbids three halves,
each of which covers two.
"""

from __future__ import annotations

import numba as nb
import numpy as np
from scipy import sparse

from netplan.planner.problem import Floats, Ints

MOST = 40
"""cuts at a time"""
EACH = 4
"""cuts of them with the same element"""
DEEP = 0.03
"""by how much a cut must be violated"""
TOGETHER = 0.03
"""part that sets which cover two of the three must have"""


def triangle_cuts(rows: sparse.csr_array, point: Floats) -> list[Floats]:
    """The coefficients (sets,) of violated cuts, each with a right-hand side of 2.

    Args:
        rows: (elements, sets) of ones.
        point: (sets,) of a relaxation.
    """
    used = np.flatnonzero(point > 1e-7)
    held = np.asarray(rows[:, used].toarray())
    value = point[used]
    both = (held * value) @ held.T
    triples, depth = _violated(held > 0, value, both, np.asarray(held @ value))
    out: list[Floats] = []
    times = np.zeros(rows.shape[0], np.int64)
    for number in np.argsort(-depth, kind="stable").tolist():
        triple = triples[number]
        if (times[triple] < EACH).all():
            times[triple] += 1
            out.append(np.ceil(np.asarray(rows[triple].sum(axis=0)).ravel() / 2))
            if len(out) == MOST:
                break
    return out


@nb.njit(cache=True, nogil=True)
def _violated(held, value, both, covered) -> tuple[Ints, Floats]:  # type: ignore[no-untyped-def]
    """(triples, by how much they are violated) of three elements each."""
    elements, sets = held.shape
    triples, depth = [], []
    near = np.empty(elements, np.int64)
    for i in range(elements):
        count = 0
        for k in range(i + 1, elements):
            if both[i, k] > TOGETHER:
                near[count] = k
                count += 1
        for a in range(count):
            j = near[a]
            for b in range(a + 1, count):
                k = near[b]
                # p, q, r the parts of sets that cover one, two, three: covered − pairs = p + q ≤ p + q + 2r
                pairs = both[i, j] + both[i, k] + both[j, k]
                if both[j, k] <= TOGETHER or covered[i] + covered[j] + covered[k] - pairs >= 2 - DEEP:
                    continue
                least = 0.0
                for s in range(sets):
                    times = held[i, s] + held[j, s] + held[k, s]
                    least += value[s] * (0 if times == 0 else 1 if times < 3 else 2)
                if least < 2 - DEEP:
                    triples.append((i, j, k))
                    depth.append(2 - least)
    out = np.empty((len(triples), 3), np.int64)
    for n in range(len(triples)):
        for side in range(3):
            out[n, side] = triples[n][side]
    return out, np.array(depth)
