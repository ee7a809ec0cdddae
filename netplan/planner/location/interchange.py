"""Better sets of open options: open one, close one, or swap two, whichever saves most, until nothing does.

What every swap saves comes from three sums over the demands (Whitaker 1983; Resende and Werneck 2007): what opening
saves, what closing loses, and what the two together spare beyond that; the last only where the new option is nearer
than a demand's second-nearest open one.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from netplan.planner.location.structure import Location
from netplan.planner.problem import Bools, Floats

BETTER = 1e-10
"""relative saving that counts"""


def nearest(location: Location, opened: Bools) -> tuple[Floats, Floats]:
    """Cost of each demand's nearest open option and of the next one, `outside` where there is none. Shape (n,) each."""
    count = len(location.outside)
    first, near, second = np.empty(count, np.int64), np.empty(count), np.empty(count)
    _nearest(location.pointer, location.option, location.cost, location.outside, opened, first, near, second)
    return near, second


def interchange(location: Location, opened: Bools) -> tuple[Bools, float]:
    """(options open, cost) from at most `most` of them (m,); too few are filled up first, greedily."""
    now, barred = opened & location.usable, ~location.usable
    value = _descend(
        location.pointer, location.option, location.cost, location.outside, location.price, barred, now,
        location.least, location.most,
    )  # fmt: skip
    return now, float(value)


@nb.njit(cache=True, nogil=True)
def _nearest(pointer, option, cost, outside, opened, first, near, second):  # type: ignore[no-untyped-def]
    """Nearest open option of each demand (-1: outside), its cost, and that of the next; the sum of the nearest."""
    total = 0.0
    for i in range(len(outside)):
        first[i], near[i], second[i] = -1, outside[i], outside[i]
        for k in range(pointer[i], pointer[i + 1]):
            if opened[option[k]]:
                if first[i] < 0:
                    first[i], near[i] = option[k], cost[k]
                else:
                    second[i] = cost[k]
                    break
        total += near[i]
    return total


@nb.njit(cache=True, nogil=True)
def _descend(pointer, option, cost, outside, price, barred, opened, least, most):  # type: ignore[no-untyped-def]
    n, m = len(outside), len(price)
    first, near, second = np.empty(n, np.int64), np.empty(n), np.empty(n)
    gain, loss, place = np.empty(m), np.empty(m), np.full(m, -1, np.int64)
    inside = np.empty(m, np.int64)
    count = 0
    for j in range(m):
        count += opened[j]
    spare = np.zeros((m, 1))
    while True:
        value = _nearest(pointer, option, cost, outside, opened, first, near, second)
        size = 0
        for j in range(m):
            gain[j], loss[j], place[j] = -price[j], -price[j], -1
            if opened[j]:
                value += price[j]
                place[j], inside[size] = size, j
                size += 1
        if spare.shape[1] < size:
            spare = np.zeros((m, size + 8))
        spare[:, :size] = 0.0
        for i in range(n):
            at = first[i]
            if at >= 0:
                loss[at] += second[i] - near[i]
            for k in range(pointer[i], pointer[i + 1]):
                if cost[k] >= second[i]:
                    break
                j = option[k]
                if opened[j]:
                    continue
                if cost[k] < near[i]:
                    gain[j] += near[i] - cost[k]
                    if at >= 0:
                        spare[j, place[at]] += second[i] - near[i]
                elif at >= 0:
                    spare[j, place[at]] += second[i] - cost[k]
        best, enter, leave = BETTER * abs(value), -1, -1
        if count < least:
            best = -np.inf
        for j in range(m):
            if opened[j]:
                if count > least and -loss[j] > best:
                    best, enter, leave = -loss[j], -1, j
            elif not barred[j] and count < most and gain[j] > best:
                best, enter, leave = gain[j], j, -1
        if count >= least:
            for j in range(m):
                if opened[j] or barred[j]:
                    continue
                for r in range(size):
                    saved = gain[j] - loss[inside[r]] + spare[j, r]
                    if saved > best:
                        best, enter, leave = saved, j, inside[r]
        if enter < 0 and leave < 0:
            return value
        if enter >= 0:
            opened[enter] = True
            count += 1
        if leave >= 0:
            opened[leave] = False
            count -= 1
