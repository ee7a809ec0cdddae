"""Who is served by which open option, and what the targets miss: an estimate by prices, in microseconds (numba).

Each option asks a price for its capacity and each demand goes to the option where it pays least; what is full turns
away those of most use per weight, who fill the room that is left elsewhere. Prices then follow what is wanted of each
capacity, so that after some rounds the shares are near those of the linear programme (a Lagrangian relaxation of the
capacities: Cornuejols, Sridharan and Thizy 1991). The answer is always one that can be had: it never serves too many.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np

from netplan.planner.problem import Bools, Floats, Ints

STEEPEST, LOWEST, HIGHEST = 5.0, 1e-4, 1e4
"""times by which more or less may be wanted than there is, for a step; least and greatest price"""


class Offer(NamedTuple):
    """What options can serve."""

    pointer: Ints
    """(m + 1,) of each option's entries, which are in the order of their use per weight"""
    demand: Ints
    use: Floats
    largest: Floats
    capacity: Floats
    """(m,)"""
    group: Ints
    """(n,) target that each demand counts for"""
    weight: Floats
    """(n,)"""
    target: Floats
    """(k,)"""


class Room(NamedTuple):
    """Room for the work; as it is between two calls."""

    left: Floats
    """(n,) 1"""
    least: Floats
    """(n,) infinite"""
    entry: Ints
    """(n,)"""
    free: Floats
    """(m,)"""
    wanted: Floats
    """(m,)"""
    got: Floats
    """(k,) weight served of each target in the last call"""
    reached: Floats
    """(k,) and what open options reach of it, were there room for all"""

    @staticmethod
    def of(offer: Offer) -> Room:
        """For an offer."""
        n, m, k = len(offer.weight), len(offer.capacity), len(offer.target)
        return Room(
            np.ones(n),
            np.full(n, np.inf),
            np.zeros(n, np.int64),
            np.zeros(m),
            np.zeros(m),
            np.zeros(max(k, 1)),
            np.zeros(max(k, 1)),
        )


@nb.njit(cache=True, nogil=True)
def allot(offer, opened, price, pace, room):  # type: ignore[no-untyped-def]
    """Serve from the open options at the present prices, which then move; sets `room.got`.

    Args:
        opened: indices of the open options.
        price: (m,) of a unit of each option's capacity.
        pace: power of what is wanted of a capacity that its price is multiplied with.
    """
    room.got[:] = room.reached[:] = 0.0
    for j in opened:
        room.free[j] = offer.capacity[j]
        room.wanted[j] = 0.0
        for e in range(offer.pointer[j], offer.pointer[j + 1]):
            asked = price[j] * offer.use[e]
            i = offer.demand[e]
            if room.least[i] == np.inf:
                room.reached[offer.group[i]] += offer.weight[i]
            if asked < room.least[i]:
                room.least[i], room.entry[i] = asked, e
    for own in (True, False):
        for j in opened:
            free = room.free[j]
            if not own and free <= 0.0:
                continue
            for e in range(offer.pointer[j], offer.pointer[j + 1]):
                i = offer.demand[e]
                if own:
                    if room.entry[i] != e:
                        continue
                    room.wanted[j] += offer.use[e]
                elif free <= 0.0:
                    break
                elif room.entry[i] == e:
                    continue
                part = min(offer.largest[e], room.left[i])
                if part * offer.use[e] > free:
                    part = free / offer.use[e]
                if part <= 0.0:
                    continue
                room.left[i] -= part
                free -= part * offer.use[e]
                room.got[offer.group[i]] += part * offer.weight[i]
            room.free[j] = free
    for j in opened:
        for e in range(offer.pointer[j], offer.pointer[j + 1]):
            room.left[offer.demand[e]], room.least[offer.demand[e]] = 1.0, np.inf
        if 0.0 < offer.capacity[j] < np.inf:
            ratio = min(max(room.wanted[j] / offer.capacity[j], 1.0 / STEEPEST), STEEPEST)
            price[j] = min(max(price[j] * ratio**pace, LOWEST), HIGHEST)


@nb.njit(cache=True, nogil=True)
def missing(offer, got, lack):  # type: ignore[no-untyped-def]
    """What is charged for what the targets miss of what they ask for, (k,) `lack` for a weight each."""
    charge = 0.0
    for k in range(len(offer.target)):
        if got[k] < offer.target[k] * (1.0 - 1e-9):
            charge += lack[k] * (offer.target[k] - got[k])
    return charge


@nb.njit(cache=True, nogil=True)
def level(offer, opened, price):  # type: ignore[no-untyped-def]
    """Bring the prices of the open options to 1 in the mean, so that those of closed ones, kept, stay comparable."""
    total, count = 0.0, 0
    for j in opened:
        if offer.capacity[j] < np.inf:
            total += np.log(price[j])
            count += 1
    factor = np.exp(-total / max(count, 1))
    for j in opened:
        if offer.capacity[j] < np.inf:
            price[j] *= factor


def prices(offer: Offer) -> Floats:
    """(m,) prices to begin with: room without end is next to free."""
    return np.where(np.isfinite(offer.capacity), 1.0, LOWEST)


def offer_of(
    pointer: Ints, demand: Ints, use: Floats, largest: Floats, capacity: Floats, group: Ints, weight: Floats,
    target: Floats,
) -> Offer:  # fmt: skip
    """Entries by option, put in the order of their use per weight; those of demands without a target go."""
    option = np.repeat(np.arange(len(capacity)), np.diff(pointer))
    counts: Bools = group[demand] >= 0
    order = np.lexsort((use / np.maximum(weight[demand], 1e-12), option))
    order = order[counts[order]]
    first = np.searchsorted(option[order], np.arange(len(capacity) + 1))
    return Offer(first, demand[order], use[order], largest[order], capacity, group, weight, target)
