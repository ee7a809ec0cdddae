"""Which pair of elements to branch on: either no set covers both of them, or one does (after Ryan and Foster 1981).

On one side all sets that cover both are shut, on the other they make up one element that takes the place of the two.
Both sides are set covering problems, and both are smaller; leaving out a single set or taking it would change much on
one side and nothing on the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from netplan.planner.covers.linear import CoverLP
from netplan.planner.problem import Bools, Ints

STEPS = 50
"""dual simplex steps of a trial"""
TRIALS = ((4, 40), (7, 20))
"""(depth, pairs tried above it)"""
DEEP_TRIALS = 10
"""pairs tried further down"""
AMONG = 4
"""times as many pairs of a likely part that those are drawn from"""
ALIKE = 10
"""times as many again that are looked through for such as differ"""
LIKELY = 0.45
"""part in which the sets of a pair gain most on both sides, as a rule"""
PART = (0.08, 0.92)
"""least and largest part of the sets of a pair, as long as there are such pairs"""
WHOLE = 1e-6
"""parts nearer to 0 and 1 are taken for these"""


@dataclass(frozen=True)
class Branching:
    """Sets of which none or one at least is taken, and lower bounds of the two sides (infinite: closed)."""

    sets: Ints
    without: float
    within: float


def best_pair(lp: CoverLP, depth: int, ceiling: float, seconds: float, rng: np.random.Generator) -> Branching:
    """The branching that raises the bound most on both sides, of those tried.

    Args:
        lp: solved, its point not whole.
        depth: of the node.
        ceiling: value from which a side is closed.
    """
    most = next((tried for level, tried in TRIALS if depth < level), DEEP_TRIALS)
    found, score, stale = Branching(np.zeros(0, np.int64), -np.inf, -np.inf), -1.0, 0
    rise_least = max(1e-3 * (ceiling - lp.value), 1e-12)
    for sets in _likely(lp, most, rng):
        sides = lp.attempt(sets, seconds, STEPS)
        rises = [max(min(value, ceiling) - lp.value, rise_least) for value, _ in sides]
        closed = sum(np.isinf(value) for value, _ in sides)
        stale += 1
        if rises[0] * rises[1] * (1 + closed) > score:
            score, stale = rises[0] * rises[1] * (1 + closed), 0
            # a trial cut short only says which pair is good
            found = Branching(sets, *(max(value, lp.value) if exact else lp.value for value, exact in sides))
        if closed == 2 or (stale >= most // 2 and depth >= TRIALS[0][0]):
            break
    return found


def _likely(lp: CoverLP, most: int, rng: np.random.Generator) -> list[Ints]:
    """The open sets of up to `most` pairs, drawn from the likely ones; of a single set where no pair is in parts."""
    used = np.flatnonzero(lp.point > WHOLE)
    held = np.asarray(lp.rows[:, used].toarray())
    both = (held * lp.point[used]) @ held.T
    for low, high in (PART, (WHOLE, 1 - WHOLE)):
        first, second = np.nonzero(np.triu((both > low) & (both < high), 1))
        if len(first):
            break
    else:
        parts = used[lp.point[used] < 1 - WHOLE]
        return [parts[np.argmin(np.abs(lp.point[parts] - 0.5))][None]]
    order = np.argsort(np.abs(both[first, second] - LIKELY), kind="stable")[: ALIKE * AMONG * most]
    first, second = _unlike(held > 0, first[order], second[order])
    order = np.argsort(np.abs(both[first, second] - LIKELY), kind="stable")[: AMONG * most]
    drawn = rng.permutation(order)[:most]
    rows = lp.rows
    return [
        _open(lp, np.intersect1d(_sets(rows, i), _sets(rows, k), assume_unique=True))
        for i, k in zip(first[drawn].tolist(), second[drawn].tolist(), strict=True)
    ]


def _unlike(held: Bools, first: Ints, second: Ints) -> tuple[Ints, Ints]:
    """Of the pairs that the same used sets cover, one: the relaxation cannot tell them apart."""
    common = np.packbits(held[first] & held[second], axis=1)
    _, kept = np.unique(common, axis=0, return_index=True)
    return first[kept], second[kept]


def _sets(rows: sparse.csr_array, element: int) -> Ints:
    return np.asarray(rows.indices[rows.indptr[element] : rows.indptr[element + 1]], np.int64)


def _open(lp: CoverLP, sets: Ints) -> Ints:
    return sets[lp.open[sets]]
