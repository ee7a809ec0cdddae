"""One more node in a tree, where it spares more than it costs: the tree's dearest edges give way to its own.

A node with several edges to the tree closes a cycle with each but the first; the dearest edge of the cycle goes.
This is vertex insertion (Minoux 1990) with the minimum spanning tree kept up edge by edge.
"""

from __future__ import annotations

import numba as nb
import numpy as np


@nb.njit(cache=True, nogil=True)
def insert_nodes(pointer, other, number, cost, prize, rooted, inside, parent, edge, candidates, work_parent, work_edge, mark):  # type: ignore[no-untyped-def]  # fmt: skip  # noqa: E501
    """Insert each candidate that makes the tree cheaper, in the order given; returns what is saved in all.

    `inside` (flags), `parent` and `edge` (-1 at the top and outside) are changed in place; a tree that need not hold
    node 0 is hung from any of its nodes.
    """
    saved, highest = 0.0, 0.0
    for v in range(len(parent)):
        if inside[v] and edge[v] >= 0:
            highest = max(highest, cost[edge[v]])
    for v in candidates:
        if inside[v]:
            continue
        nearest, links = -1, 0
        for k in range(pointer[v], pointer[v + 1]):
            if inside[other[k]]:
                links += 1
                if nearest < 0 or cost[number[k]] < cost[number[nearest]]:
                    nearest = k
        if links == 0 or (links == 1 and prize[v] <= cost[number[nearest]]):
            continue
        work_parent[:], work_edge[:] = parent, edge
        work_parent[v], work_edge[v] = other[nearest], number[nearest]
        change = cost[number[nearest]] - prize[v]
        dearest = max(highest, cost[number[nearest]])
        for k in range(pointer[v], pointer[v + 1]):
            if k != nearest and inside[other[k]] and cost[number[k]] < dearest:  # else no edge is dearer
                change -= _swap(v, other[k], number[k], cost, work_parent, work_edge, mark)
        if change < -1e-9:
            parent[:], edge[:] = work_parent, work_edge
            inside[v] = True
            highest = dearest
            saved -= change
    return saved


@nb.njit(cache=True, nogil=True)
def _swap(v, u, new, cost, parent, edge, mark):  # type: ignore[no-untyped-def]
    """Add edge `new` between v and u and drop the dearest of the cycle; what that saves (0: nothing was changed)."""
    at = v
    while at >= 0:
        mark[at] = True
        at = parent[at]
    meet = u
    while not mark[meet]:
        meet = parent[meet]
    at = v
    while at >= 0:
        mark[at] = False
        at = parent[at]
    dearest, low, side = cost[new] + 1e-12, -1, 0
    at = u
    while at != meet:
        if cost[edge[at]] > dearest:
            dearest, low, side = cost[edge[at]], at, 1
        at = parent[at]
    at = v
    while at != meet:
        if cost[edge[at]] > dearest:
            dearest, low, side = cost[edge[at]], at, 2
        at = parent[at]
    if low < 0:
        return 0.0
    # hang everything between the end of the new edge and the dropped one the other way round
    at, above = (u, v) if side == 1 else (v, u)
    by = new
    while True:
        next_up, next_by = parent[at], edge[at]
        parent[at], edge[at] = above, by
        if at == low:
            break
        above, by, at = at, next_by, next_up
    return dearest - cost[new]


@nb.njit(cache=True, nogil=True)
def prune(prize, cost, rooted, order, count, parent, edge, value, keep):  # type: ignore[no-untyped-def]
    """The best part of a tree given parents first in `order`, which is shortened in place; (its size, its cost).

    The cost counts its edges and the prizes of all nodes outside it.
    """
    total = 0.0
    for v in range(len(prize)):
        total += prize[v]
    for k in range(count):
        value[order[k]] = prize[order[k]]
    top = order[0]
    for k in range(count - 1, 0, -1):
        v = order[k]
        keep[v] = value[v] > cost[edge[v]]
        if keep[v]:
            value[parent[v]] += value[v] - cost[edge[v]]
        if not rooted and value[v] > value[top]:
            top = v
    if not rooted and value[order[0]] >= value[top]:
        top = order[0]
    size = 0
    for k in range(count):
        v = order[k]
        if v == top:
            parent[v], edge[v] = -1, -1
            value[v] = np.inf
        elif parent[v] >= 0 and keep[v] and value[parent[v]] == np.inf:
            value[v] = np.inf
            total += cost[edge[v]]
        else:
            parent[v], edge[v] = -1, -1
            continue
        total -= prize[v]
        order[size] = v
        size += 1
    return size, total


@nb.njit(cache=True, nogil=True)
def parents_first(inside, parent, order, first, following):  # type: ignore[no-untyped-def]
    """Order the nodes of a tree, parents first; how many there are."""
    nodes = len(parent)
    first[:] = -1
    count, top = 0, -1
    for v in range(nodes):
        if inside[v]:
            count += 1
            if parent[v] >= 0:
                following[v] = first[parent[v]]
                first[parent[v]] = v
            else:
                top = v
    order[0] = top
    filled = 1
    for k in range(count):
        v = first[order[k]]
        while v >= 0:
            order[filled] = v
            filled += 1
            v = following[v]
    return count
