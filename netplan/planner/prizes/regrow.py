"""Better trees: cut some nodes out of a tree, join the pieces and prizes that are left anew, keep what is cheaper.

Pieces are joined over cheapest paths, as the shortest-path heuristic does for terminals (Takahashi and Matsuyama 1980),
with edge prices disturbed anew each time; a prize on the way lowers the price of the way. The nodes found get their
cheapest spanning tree, and of that the best part is kept, which a walk from its leaves finds exactly ("strong pruning",
Johnson, Minkoff and Phillips 2000). What is a little dearer is kept for a while, less and less (annealing).
"""

from __future__ import annotations

import heapq

import numba as nb
import numpy as np

from netplan.planner.prizes.insert import insert_nodes, parents_first, prune

NOISE = 1024
"""length of the table of disturbances"""


@nb.njit(cache=True, nogil=True)
def regrow(pointer, other, number, cost, prize, bias, rooted, start, rounds, heat, widest, rng):  # type: ignore[no-untyped-def]  # fmt: skip
    """Improve a tree for a number of rounds.

    Args:
        bias: (e,) factors on the costs of edges when pieces are joined; 1 is neutral.
        rooted: whether the tree must hold node 0.
        start: (nodes,) flags of the nodes to start from; a connected set, empty at first.
        heat: how much dearer a step may be at first, in cost.
        widest: most nodes that are cut out at a time.

    Returns:
        (nodes of the best tree as flags, edge to its parent of each node or -1, cost with the prizes lost).
    """
    nodes = len(prize)
    order, parent, edge = np.empty(nodes, np.int64), np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    old_order, old_parent, old_edge = order.copy(), parent.copy(), edge.copy()
    inside, label, worth = start.copy(), np.full(nodes, -1, np.int64), np.zeros(nodes)
    noise, near, via, by = np.ones(NOISE), np.empty(nodes), np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    done, mark = np.zeros(nodes, np.bool_), np.zeros(nodes, np.bool_)
    old_via, spare = np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    if rooted:
        inside[0] = True
    elif not inside.any():
        inside[np.argmax(prize)] = True
    size = _span(pointer, other, number, cost, prize, rooted, inside, noise, near, done, order, parent, edge)
    size, now = prune(prize, cost, rooted, order, size, parent, edge, near, done)
    best, best_edge, best_inside = now, np.full(nodes, -1, np.int64), np.zeros(nodes, np.bool_)
    _store(order, edge, size, best_inside, best_edge)
    for turn in range(rounds):
        old_size = size
        old_order[:size], old_parent[:], old_edge[:] = order[:size], parent, edge
        wild = rng.random() * 0.6
        for k in range(NOISE):
            noise[k] = 1.0 + wild * (rng.random() - 0.5)
        pieces = _cut(pointer, other, cost, prize, rooted, order, parent, edge, size, widest, label, worth, rng)
        _join(pointer, other, number, cost, prize, bias, rooted, order, size, pieces, label, worth, inside, noise, near, via, rng)  # fmt: skip  # noqa: E501
        _span(pointer, other, number, cost, prize, rooted, inside, noise, near, done, order, parent, edge)
        tried = _around(pointer, other, inside, label, done, by, rng)
        insert_nodes(
            pointer, other, number, cost, prize, rooted, inside, parent, edge, by[:tried], old_via, spare, mark
        )
        size = parents_first(inside, parent, order, via, by)
        size, found = prune(prize, cost, rooted, order, size, parent, edge, near, done)
        limit = now - heat * (1.0 - turn / rounds) ** 2 * np.log(max(rng.random(), 1e-12))
        if found <= limit + 1e-9:
            now = found
            if found < best - 1e-9:
                best = found
                _store(order, edge, size, best_inside, best_edge)
        else:
            size = old_size
            order[:size], parent[:], edge[:] = old_order[:size], old_parent, old_edge
    return best_inside, best_edge, best


@nb.njit(cache=True, nogil=True)
def _around(pointer, other, inside, label, seen, out, rng):  # type: ignore[no-untyped-def]
    """Nodes outside the tree that touch what is new in it, in random order, into `out`; how many."""
    seen[:] = False
    count = 0
    for v in range(len(inside)):
        if inside[v] and label[v] < 0:
            for k in range(pointer[v], pointer[v + 1]):
                u = other[k]
                if not inside[u] and not seen[u]:
                    seen[u] = True
                    out[count] = u
                    count += 1
    for k in range(count - 1, 0, -1):
        swap = rng.integers(0, k + 1)
        out[k], out[swap] = out[swap], out[k]
    return count


@nb.njit(cache=True, nogil=True)
def _store(order, edge, count, inside, edges):  # type: ignore[no-untyped-def]
    """Flags of a tree's nodes and the edge to the parent of each."""
    inside[:] = False
    edges[:] = -1
    for k in range(count):
        inside[order[k]] = True
        edges[order[k]] = edge[order[k]]


@nb.njit(cache=True, nogil=True)
def _cut(pointer, other, cost, prize, rooted, order, parent, edge, count, widest, label, worth, rng):  # type: ignore[no-untyped-def]  # fmt: skip
    """Cut a random connected part out of the tree; `label` numbers the pieces left (-1 elsewhere), `worth` values them.

    Returns the number of pieces.
    """
    inside = np.full(len(label), 0, np.int8)
    for k in range(count):
        inside[order[k]] = 1
    wanted = int(widest ** rng.random())
    queue = [order[rng.integers(0, count)]]
    inside[queue[0]] = 2
    at = 0
    while at < len(queue) and len(queue) < wanted:
        v = queue[at]
        at += 1
        for k in range(pointer[v], pointer[v + 1]):
            u = other[k]
            if inside[u] == 1 and (parent[u] == v or parent[v] == u) and len(queue) < wanted:
                inside[u] = 2
                queue.append(u)
    if rooted:
        inside[0] = 1
    label[:] = -1
    pieces = 0
    for k in range(count):
        v = order[k]
        if inside[v] != 1:
            continue
        p = parent[v]
        if p >= 0 and label[p] >= 0:
            label[v] = label[p]
            worth[label[v]] += prize[v] - cost[edge[v]]
        else:
            label[v] = pieces
            worth[pieces] = prize[v]
            pieces += 1
    return pieces


@nb.njit(cache=True, nogil=True)
def _join(pointer, other, number, cost, prize, bias, rooted, order, count, pieces, label, worth, inside, noise, near, via, rng):  # type: ignore[no-untyped-def]  # fmt: skip  # noqa: E501
    """Nodes of a new tree into `inside`: one piece, grown over cheapest paths to pieces and prizes worth the way."""
    inside[:] = False
    first = 0
    if pieces == 0:
        seed = rng.integers(0, len(prize))
        for _ in range(200):
            if prize[seed] > 0:
                break
            seed = rng.integers(0, len(prize))
    elif not rooted:
        first = int(np.argmax(worth[:pieces]))
    near[:] = np.inf
    via[:] = -1
    heap = [(0.0, np.int64(0))]
    heap.pop()
    if pieces == 0:
        inside[seed], near[seed] = True, 0.0
        heapq.heappush(heap, (0.0, np.int64(seed)))
    for k in range(count):
        if label[order[k]] == first:
            inside[order[k]], near[order[k]] = True, 0.0
            heapq.heappush(heap, (0.0, order[k]))
    eager = 0.6 + 0.8 * rng.random()
    if rng.random() < 0.15:  # several prizes may be worth a way that none of them is worth alone
        eager *= 1.0 + 4.0 * rng.random() if rng.random() < 0.6 else 1e6
    highest = _most_left(prize, pieces, label, worth, inside, order, count)
    shift = rng.integers(0, NOISE)
    while len(heap) > 0:
        d, v = heapq.heappop(heap)
        if d > near[v]:
            continue
        if d > eager * highest:
            break
        if not inside[v] and d <= eager * (worth[label[v]] if label[v] >= 0 else prize[v]) and (prize[v] > 0 or label[v] >= 0):  # fmt: skip  # noqa: E501
            steps, at = 0, v
            while not inside[at]:  # counted first: a piece joined on the way may hold a later step of it
                steps, at = steps + 1, via[at]
            at = v
            for _ in range(steps):
                if label[at] >= 0 and not inside[at]:
                    mine = label[at]
                    for k in range(count):
                        if label[order[k]] == mine and not inside[order[k]]:
                            u = order[k]
                            inside[u], near[u] = True, 0.0
                            if u != at:
                                heapq.heappush(heap, (0.0, u))
                inside[at], near[at] = True, 0.0
                heapq.heappush(heap, (0.0, at))
                at = via[at]
            highest = _most_left(prize, pieces, label, worth, inside, order, count)
            continue
        for k in range(pointer[v], pointer[v + 1]):
            u = other[k]
            if inside[u]:
                continue
            step = cost[number[k]] * bias[number[k]] * noise[(number[k] + shift) % NOISE]
            step = d + max(step - prize[u], 0.0)
            if step < near[u] - 1e-12 and step <= eager * highest:
                near[u] = step
                via[u] = v
                heapq.heappush(heap, (step, u))


@nb.njit(cache=True, nogil=True)
def _most_left(prize, pieces, label, worth, inside, order, count):  # type: ignore[no-untyped-def]
    """Highest worth of what is not joined yet."""
    highest = 0.0
    for v in range(len(prize)):
        if not inside[v] and prize[v] > highest:
            highest = prize[v]
    for k in range(count):
        v = order[k]
        if label[v] >= 0 and not inside[v] and worth[label[v]] > highest:
            highest = worth[label[v]]
    return highest


@nb.njit(cache=True, nogil=True)
def _span(pointer, other, number, cost, prize, rooted, inside, noise, near, done, order, parent, edge):  # type: ignore[no-untyped-def]  # fmt: skip
    """A cheapest spanning tree over `inside`, parents first in `order`; its size."""
    start = 0
    if not rooted:
        while not inside[start]:
            start += 1
    near[:] = np.inf
    near[start] = 0.0
    parent[:], edge[:] = -1, -1
    done[:] = False
    heap = [(0.0, np.int64(start))]
    count = 0
    while len(heap) > 0:
        _, v = heapq.heappop(heap)
        if done[v]:
            continue
        done[v] = True
        order[count] = v
        count += 1
        for k in range(pointer[v], pointer[v + 1]):
            u = other[k]
            if inside[u] and not done[u]:
                step = cost[number[k]] * (1.0 + 1e-6 * noise[number[k] % NOISE])
                if step < near[u]:
                    near[u], parent[u], edge[u] = step, v, number[k]
                    heapq.heappush(heap, (step, u))
    return count
