"""Annealing over the nodes to be paid for, where all edges cost the same: one in, one out, or one for another.

A set that falls into pieces is charged for each piece beyond the first, so that the search may pass through such sets
on its way from one connected set to another; only connected ones are kept.
"""

from __future__ import annotations

import numba as nb
import numpy as np

SWAP, ADD = 0.6, 0.2
"""how often a node takes another's place, and how often one is added; the rest are taken out"""
NEAR = 0.7
"""how often the one that takes a node's place touches what that node touched"""


@nb.njit(cache=True, nogil=True)
def choose(touch_ptr, touch, member_ptr, member, price, gain, start, moves, hot, cold, apart, rng):  # type: ignore[no-untyped-def]  # fmt: skip
    """Anneal for a number of moves, from the heat `hot` down to `cold`.

    Args:
        touch_ptr, touch, member_ptr, member, price, gain: see `even.Even`.
        start: (payers,) flags of the nodes chosen at first.
        hot, cold: heats, in cost: a move dearer by the heat is made with probability 1/e.
        apart: charge for each piece beyond the first, in cost.

    Returns:
        (flags of the cheapest connected choice met, none for the best group alone, its cost in prices and missed gains,
        flags of the last choice).
    """
    count, inside = len(price), start.copy()
    chosen, place, size = np.empty(count, np.int64), np.full(count, -1, np.int64), 0
    times = np.zeros(len(gain), np.int64)
    mark, group_mark, queue = np.zeros(count, np.int64), np.zeros(len(gain), np.int64), np.empty(count, np.int64)
    cost = gain.sum()
    for v in range(count):
        if inside[v]:
            chosen[size], place[v] = v, size
            size += 1
            cost += _enter(v, touch_ptr, touch, price, gain, times)
    stamp = 1
    pieces = _pieces(chosen, size, inside, touch_ptr, touch, member_ptr, member, mark, group_mark, stamp, queue)
    best, best_inside = np.inf, inside.copy()
    if pieces <= 1:
        best = cost
    for move in range(moves):
        heat = hot * (cold / hot) ** (move / moves)
        leave, enter = _move(chosen, size, inside, touch_ptr, touch, member_ptr, member, rng)
        if leave < 0 and enter < 0:
            continue
        change = _exchange(leave, enter, inside, touch_ptr, touch, price, gain, times)
        limit = -heat * np.log(max(rng.random(), 1e-300))
        if change - apart * max(pieces - 1, 0) <= limit:  # it might do: only now count the pieces
            size = _list(leave, enter, chosen, place, size)
            stamp += 1
            now = _pieces(chosen, size, inside, touch_ptr, touch, member_ptr, member, mark, group_mark, stamp, queue)
            if change + apart * (max(now, 1) - max(pieces, 1)) <= limit:
                pieces = now
                cost += change
                if pieces <= 1 and cost < best - 1e-9:
                    best = cost
                    best_inside[:] = inside
                continue
            size = _list(enter, leave, chosen, place, size)
        _exchange(enter, leave, inside, touch_ptr, touch, price, gain, times)
    if gain.sum() - gain.max() <= best:  # the best group alone
        best = gain.sum() - gain.max()
        best_inside[:] = False
    return best_inside, best, inside


@nb.njit(cache=True, nogil=True)
def _move(chosen, size, inside, touch_ptr, touch, member_ptr, member, rng):  # type: ignore[no-untyped-def]
    """(node to leave or -1, node to enter or -1); both -1 where the one drawn is in already."""
    if size == 0:
        return np.int64(-1), np.int64(rng.integers(0, len(inside)))
    kind = rng.random()
    leave = np.int64(-1)
    if kind < SWAP or kind >= SWAP + ADD:
        leave = chosen[rng.integers(0, size)]
        if kind >= SWAP:
            return leave, np.int64(-1)
    centre = leave if leave >= 0 and rng.random() < NEAR else chosen[rng.integers(0, size)]
    if touch_ptr[centre] == touch_ptr[centre + 1]:
        return np.int64(-1), np.int64(-1)
    group = touch[rng.integers(touch_ptr[centre], touch_ptr[centre + 1])]
    enter = member[rng.integers(member_ptr[group], member_ptr[group + 1])]
    if inside[enter]:
        return np.int64(-1), np.int64(-1)
    return leave, enter


@nb.njit(cache=True, nogil=True)
def _list(leave, enter, chosen, place, size):  # type: ignore[no-untyped-def]
    """Take one node (-1: none) off the list of the chosen and put another on it; its length."""
    if leave >= 0:
        size -= 1
        last = chosen[size]
        chosen[place[leave]], place[last] = last, place[leave]
        place[leave] = -1
    if enter >= 0:
        chosen[size], place[enter] = enter, size
        size += 1
    return size


@nb.njit(cache=True, nogil=True)
def _exchange(leave, enter, inside, touch_ptr, touch, price, gain, times):  # type: ignore[no-untyped-def]
    """Leave one node (-1: none) out and choose another; what that changes in cost."""
    change = 0.0
    if leave >= 0:
        inside[leave] = False
        change += _leave(leave, touch_ptr, touch, price, gain, times)
    if enter >= 0:
        inside[enter] = True
        change += _enter(enter, touch_ptr, touch, price, gain, times)
    return change


@nb.njit(cache=True, nogil=True)
def _enter(v, touch_ptr, touch, price, gain, times):  # type: ignore[no-untyped-def]
    """What choosing a node changes in cost."""
    change = price[v]
    for k in range(touch_ptr[v], touch_ptr[v + 1]):
        if times[touch[k]] == 0:
            change -= gain[touch[k]]
        times[touch[k]] += 1
    return change


@nb.njit(cache=True, nogil=True)
def _leave(v, touch_ptr, touch, price, gain, times):  # type: ignore[no-untyped-def]
    """What leaving a node out changes in cost."""
    change = -price[v]
    for k in range(touch_ptr[v], touch_ptr[v + 1]):
        times[touch[k]] -= 1
        if times[touch[k]] == 0:
            change += gain[touch[k]]
    return change


@nb.njit(cache=True, nogil=True)
def _pieces(chosen, size, inside, touch_ptr, touch, member_ptr, member, mark, group_mark, stamp, queue):  # type: ignore[no-untyped-def]  # fmt: skip
    """Number of connected pieces of a choice."""
    pieces = 0
    for first in range(size):
        if mark[chosen[first]] == stamp:
            continue
        pieces += 1
        mark[chosen[first]] = stamp
        queue[0], filled, at = chosen[first], 1, 0
        while at < filled:
            v = queue[at]
            at += 1
            for k in range(touch_ptr[v], touch_ptr[v + 1]):
                group = touch[k]
                if group_mark[group] == stamp:
                    continue
                group_mark[group] = stamp
                for i in range(member_ptr[group], member_ptr[group + 1]):
                    u = member[i]
                    if inside[u] and mark[u] != stamp:
                        mark[u] = stamp
                        queue[filled] = u
                        filled += 1
    return pieces
