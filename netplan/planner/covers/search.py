"""Cheaper covers by local search with weights on the elements: leave a set out, mend what that uncovers, and so on.

From a cover the set that is missed least is left out again and again until something stays uncovered; then sets swap:
one leaves, one that covers an uncovered element enters, and what is still uncovered weighs more from then on, which
drives the search out of every hollow (the row weighting local search of Gao, Weise and Li 2015, here with costs: a
cover must be cheaper than the best one, and sets are compared by weight per cost).
"""

from __future__ import annotations

from collections.abc import Iterator

import numba as nb
import numpy as np
from scipy import sparse

from netplan.planner.covers.structure import Cover
from netplan.planner.problem import Bools, Floats

OTHERS = 60
"""sets among which the one that leaves is drawn, where there are more"""
CORES = (2, 3, 4)
"""sets of a core for each element: those of the least reduced costs"""
STEPS, MORE, MOST_STEPS = 20_000, 4, 2_000_000
"""steps of a search in a core, how many times as many in the next round, and at most"""
CHEAP = 1e-9
"""part of the dearest cost that a set is at least taken to cost"""


def core_covers(cover: Cover, reduced: Floats, seed: int, halt: Bools) -> Iterator[Bools]:
    """Covers found in cores, sets of low reduced cost, one after another without end, in longer and longer searches.

    Among all sets of a large problem the search does not come so far: rail507's best cover is found among 1,350 of
    its 20,000 sets, in five seconds.

    Args:
        reduced: (sets,) reduced costs of a relaxation; those of its solution are 0.
        halt: (1,) flag that ends a search early.
    """
    elements, sets = cover.rows.shape
    cost = np.maximum(cover.cost, CHEAP * cover.cost.max())
    order = np.argsort(reduced, kind="stable")
    sizes = sorted({min(many * elements, sets) for many in CORES})
    cores = [np.sort(order[reduced[order] <= max(reduced[order[size - 1]], CHEAP * cost.max())]) for size in sizes]
    steps = STEPS
    while True:
        for core in cores:
            found = np.zeros(sets, bool)
            found[core] = cheaper_cover(sparse.csr_array(cover.rows[:, core]), cost[core], steps, seed, halt)
            yield found
            seed += 1
        steps = min(MORE * steps, MOST_STEPS)


def cheaper_cover(covers: sparse.csr_array, cost: Floats, steps: int, seed: int, halt: Bools | None = None) -> Bools:
    """The cheapest cover met in so many steps, as flags (sets,).

    Args:
        covers: (elements, sets) with a one where a set covers an element; every element has a set.
        cost: (sets,) above 0.
        halt: (1,) flag that ends the search early, set from another thread once the search has begun.
    """
    halt = np.zeros(1, bool) if halt is None else halt
    by_set = sparse.csr_array(covers.T)
    return np.asarray(
        _search(
            covers.indptr.astype(np.int64), covers.indices.astype(np.int64), by_set.indptr.astype(np.int64),
            by_set.indices.astype(np.int64), cost, steps, halt, np.random.default_rng(seed),
        )
    )  # fmt: skip


@nb.njit(cache=True, nogil=True)
def _search(set_ptr, set_of, element_ptr, element_of, cost, steps, halt, rng):  # type: ignore[no-untyped-def]
    """`set_of` lists the sets of each element, `element_of` the elements of each set."""
    elements, sets = len(set_ptr) - 1, len(cost)
    weight, times = np.ones(elements), np.zeros(elements, np.int64)
    score = np.zeros(sets)  # weight that entering covers, or that leaving uncovers
    inside, stamp = np.zeros(sets, np.bool_), np.zeros(sets, np.int64)
    chosen, place = np.empty(sets, np.int64), np.full(sets, -1, np.int64)
    open_, spot = np.empty(elements, np.int64), np.full(elements, -1, np.int64)
    size, total = 0, 0.0
    for e in range(elements):
        open_[e], spot[e] = e, e
        for k in range(set_ptr[e], set_ptr[e + 1]):
            score[set_of[k]] += 1.0
    left = elements
    best, best_inside = np.inf, inside.copy()
    barred = np.int64(-1)
    for step in range(1, steps + 1):
        if halt[0] and np.isfinite(best):
            break
        while left == 0:  # a cover: keep it, and leave out what is missed least
            if total < best - 1e-9:
                best = total
                best_inside[:] = inside
            worst = _least(chosen, size, score, cost, stamp, np.int64(-1), size, rng)
            total -= cost[worst]
            size = _take_out(chosen, place, size, worst, inside)
            left = _toggle(worst, -1, set_ptr, set_of, element_ptr, element_of, times, weight, score, inside, open_, spot, left)  # fmt: skip  # noqa: E501
            stamp[worst] = step
        if size > 0 and np.isfinite(best):
            worst = _least(chosen, size, score, cost, stamp, barred, OTHERS, rng)
            total -= cost[worst]
            size = _take_out(chosen, place, size, worst, inside)
            left = _toggle(worst, -1, set_ptr, set_of, element_ptr, element_of, times, weight, score, inside, open_, spot, left)  # fmt: skip  # noqa: E501
            stamp[worst] = step
        while left > 0:
            e = open_[rng.integers(0, left)]
            enter = np.int64(-1)
            for k in range(set_ptr[e], set_ptr[e + 1]):
                s = set_of[k]
                if stamp[s] == step and set_ptr[e + 1] - set_ptr[e] > 1 and np.isfinite(best):
                    continue  # it has only just left
                if (
                    enter < 0
                    or score[s] * cost[enter] > score[enter] * cost[s]
                    or (score[s] * cost[enter] == score[enter] * cost[s] and stamp[s] < stamp[enter])
                ):
                    enter = s
            if enter < 0 or (np.isfinite(best) and total + cost[enter] >= best - 1e-9):
                break
            chosen[size], place[enter], inside[enter] = enter, size, True
            size += 1
            total += cost[enter]
            left = _toggle(enter, 1, set_ptr, set_of, element_ptr, element_of, times, weight, score, inside, open_, spot, left)  # fmt: skip  # noqa: E501
            stamp[enter], barred = step, enter
        for k in range(left):
            e = open_[k]
            weight[e] += 1.0
            for i in range(set_ptr[e], set_ptr[e + 1]):
                score[set_of[i]] += 1.0
    return best_inside


@nb.njit(cache=True, nogil=True)
def _least(chosen, size, score, cost, stamp, barred, among, rng):  # type: ignore[no-untyped-def]
    """The set that is missed least per cost of `among` drawn (all where there are no more), oldest first on ties."""
    least = np.int64(-1)
    for k in range(min(among, size)):
        s = chosen[k] if size <= among else chosen[rng.integers(0, size)]
        if s == barred and size > 1:
            continue
        if (
            least < 0
            or score[s] * cost[least] < score[least] * cost[s]
            or (score[s] * cost[least] == score[least] * cost[s] and stamp[s] < stamp[least])
        ):
            least = s
    return least if least >= 0 else chosen[0]


@nb.njit(cache=True, nogil=True)
def _take_out(chosen, place, size, leave, inside):  # type: ignore[no-untyped-def]
    """Take a set off the list of the chosen; how many are left."""
    last = chosen[size - 1]
    chosen[place[leave]], place[last] = last, place[leave]
    place[leave], inside[leave] = -1, False
    return size - 1


@nb.njit(cache=True, nogil=True)
def _toggle(s, sign, set_ptr, set_of, element_ptr, element_of, times, weight, score, inside, open_, spot, left):  # type: ignore[no-untyped-def]  # fmt: skip
    """Keep counts, scores and the list of uncovered elements after a set came (1) or went (-1); how many of these."""
    for k in range(element_ptr[s], element_ptr[s + 1]):
        e = element_of[k]
        times[e] += sign
        if sign > 0 and times[e] == 1:  # newly covered: nobody else need enter for it, s is missed
            left -= 1
            last = open_[left]
            open_[spot[e]], spot[last] = last, spot[e]
            spot[e] = -1
            for i in range(set_ptr[e], set_ptr[e + 1]):
                if set_of[i] != s:
                    score[set_of[i]] -= weight[e]
        elif sign > 0 and times[e] == 2:  # who covered it alone is missed less; so is s
            for i in range(set_ptr[e], set_ptr[e + 1]):
                if inside[set_of[i]] and set_of[i] != s:
                    score[set_of[i]] -= weight[e]
        elif sign < 0 and times[e] == 0:
            open_[left], spot[e] = e, left
            left += 1
            for i in range(set_ptr[e], set_ptr[e + 1]):
                if set_of[i] != s:
                    score[set_of[i]] += weight[e]
        elif sign < 0 and times[e] == 1:
            for i in range(set_ptr[e], set_ptr[e + 1]):
                if inside[set_of[i]]:
                    score[set_of[i]] += weight[e]
    return left
