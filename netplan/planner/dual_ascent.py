"""Lower bounds on joining prize-bearing sites to the roots: dual ascent on directed cuts (numba)."""

from __future__ import annotations

import heapq

import numba as nb
import numpy as np


@nb.njit(cache=True, nogil=True)
def ascend(into_ptr, into, tail, cost, node, prize, most=0):  # type: ignore[no-untyped-def]
    """Raise cut duals terminal by terminal until each reaches node 0 or has spent its prize.

    The rooted prize-collecting arborescence min Σ cost a + Σ prize (1 − w), Σ_{a into W} a ≥ w_s for s in W, has the
    dual max Σ β_{W,s}, Σ_{W entered by a} β ≤ cost_a, Σ_W β_{W,s} ≤ prize_s (Wong 1984; prizes as in Ljubić et al.
    2006). The terminal with the smallest set goes first.

    Args:
        into_ptr, into: arcs grouped by head. tail: arc tails. cost: arc costs (≥ 0).
        node: node of each terminal (not 0). prize: what each terminal may spend.
        most: how many of the raised cuts to keep.

    Returns:
        (Σ β, reduced cost of every arc, prize left of every terminal: above 0 only where node 0 was reached,
        terminal of each cut kept, pointer and arcs of the cuts).
    """
    whose = np.empty(most, np.int64)
    cut_ptr = np.zeros(most + 1, np.int64)
    cut_arcs = np.empty(1024, np.int64)
    kept = 0
    nodes = len(into_ptr) - 1
    reduced = cost.copy()
    left = prize.copy()
    total = 0.0
    mark = np.full(nodes, -1, np.int64)
    stack = np.empty(nodes, np.int64)
    heap = [(0, 0)]
    heap.pop()
    for terminal in range(len(node)):
        if left[terminal] > 1e-9:
            heapq.heappush(heap, (1, terminal))
    stamp = 0
    while len(heap) > 0:
        size, terminal = heapq.heappop(heap)
        stamp += 1
        count, closest, reached = _set_of(into_ptr, into, tail, reduced, node[terminal], mark, stack, stamp)
        if reached:
            continue
        if count > size and len(heap) > 0 and count > heap[0][0]:
            heapq.heappush(heap, (count, terminal))
            continue
        if not np.isfinite(closest):
            total += left[terminal]
            left[terminal] = 0.0
            continue
        step = min(closest, left[terminal])
        end = cut_ptr[kept] if kept < most else 0
        for position in range(count):
            member = stack[position]
            for place in range(into_ptr[member], into_ptr[member + 1]):
                arc = into[place]
                if mark[tail[arc]] != stamp:
                    reduced[arc] -= step
                    if kept < most:
                        if end >= len(cut_arcs):
                            cut_arcs = np.concatenate((cut_arcs, np.empty(len(cut_arcs), np.int64)))
                        cut_arcs[end] = arc
                        end += 1
        if kept < most:
            whose[kept] = terminal
            kept += 1
            cut_ptr[kept] = end
        total += step
        left[terminal] -= step
        if left[terminal] > 1e-9:
            heapq.heappush(heap, (count, terminal))
        else:
            left[terminal] = 0.0
    return total, reduced, left, whose[:kept], cut_ptr[: kept + 1], cut_arcs


@nb.njit(cache=True, nogil=True)
def _set_of(into_ptr, into, tail, reduced, start, mark, stack, stamp):  # type: ignore[no-untyped-def]
    """Nodes that reach `start` over arcs of no reduced cost: (how many, cheapest arc into them, whether 0 is one)."""
    stack[0] = start
    mark[start] = stamp
    first, last = 0, 1
    closest = np.inf
    while first < last:
        member = stack[first]
        first += 1
        for place in range(into_ptr[member], into_ptr[member + 1]):
            other = tail[into[place]]
            if mark[other] == stamp:
                continue
            if reduced[into[place]] <= 1e-9:
                if other == 0:
                    return last, 0.0, True
                mark[other] = stamp
                stack[last] = other
                last += 1
    for position in range(last):
        for place in range(into_ptr[stack[position]], into_ptr[stack[position] + 1]):
            arc = into[place]
            if mark[tail[arc]] != stamp:
                closest = min(closest, reduced[arc])
    return last, closest, False
