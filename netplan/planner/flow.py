"""Minimum cuts on small graphs with real capacities (numba): the separation of connectivity and capacity cuts."""

from __future__ import annotations

import numba as nb
import numpy as np

from netplan.planner.problem import Bools, Floats, Ints

EPS = 1e-9


@nb.njit(cache=True)
def _augment(ptr, arcs, head, reverse, residual, source, sink, need, via, queue):  # type: ignore[no-untyped-def]
    """Push up to `need` from source to sink along shortest augmenting paths; returns what was pushed."""
    pushed = 0.0
    while pushed < need - EPS:
        via[:] = -2
        via[source] = -1
        queue[0] = source
        first, last = 0, 1
        while first < last and via[sink] == -2:
            node = queue[first]
            first += 1
            for position in range(ptr[node], ptr[node + 1]):
                arc = arcs[position]
                if residual[arc] > EPS and via[head[arc]] == -2:
                    via[head[arc]] = arc
                    queue[last] = head[arc]
                    last += 1
        if via[sink] == -2:
            break
        step = need - pushed
        node = sink
        while node != source:
            arc = via[node]
            step = min(step, residual[arc])
            node = _other(reverse, head, arc)
        node = sink
        while node != source:
            arc = via[node]
            residual[arc] -= step
            residual[reverse[arc]] += step
            node = _other(reverse, head, arc)
        pushed += step
    return pushed


@nb.njit(cache=True)
def _other(reverse, head, arc):  # type: ignore[no-untyped-def]
    """Tail of an arc: the head of its reverse."""
    return head[reverse[arc]]


@nb.njit(cache=True)
def _reach(ptr, arcs, head, reverse, residual, start, backward, flags, queue):  # type: ignore[no-untyped-def]
    """Flag the nodes reached from `start` over residual arcs (backward: the nodes that reach it)."""
    flags[:] = False
    flags[start] = True
    queue[0] = start
    first, last = 0, 1
    while first < last:
        node = queue[first]
        first += 1
        for position in range(ptr[node], ptr[node + 1]):
            arc = arcs[position]
            other = head[arc]
            free = residual[reverse[arc]] if backward else residual[arc]
            if free > EPS and not flags[other]:
                flags[other] = True
                queue[last] = other
                last += 1


@nb.njit(cache=True)
def violated_cuts(ptr, arcs, head, reverse, capacity, sinks, needs, nested, most):  # type: ignore[no-untyped-def]
    """Sets W (flags over nodes) that separate a sink from node 0 by less than its need: forward and back cuts.

    After each cut its arcs are filled to 1 and the sink is tried again (`nested` times), so that one point gives
    several nearly disjoint cuts. Returns (flags[cuts, nodes], sink index of each cut).
    """
    nodes = len(ptr) - 1
    found = np.zeros((most, nodes), np.bool_)
    whose = np.zeros(most, np.int64)
    count = 0
    via, queue = np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    flags, back = np.empty(nodes, np.bool_), np.empty(nodes, np.bool_)
    for index in range(len(sinks)):
        filled = capacity.copy()
        for _ in range(nested):
            if count + 2 > most:
                return found[:count], whose[:count]
            residual = filled.copy()
            pushed = _augment(ptr, arcs, head, reverse, residual, 0, sinks[index], needs[index], via, queue)
            if pushed >= needs[index] - 1e-4:
                break
            _reach(ptr, arcs, head, reverse, residual, 0, False, flags, queue)
            _reach(ptr, arcs, head, reverse, residual, sinks[index], True, back, queue)
            same = True
            for node in range(nodes):
                found[count, node] = back[node]
                if back[node] == flags[node]:
                    same = False
            whose[count] = index
            count += 1
            if not same:
                for node in range(nodes):
                    found[count, node] = not flags[node]
                whose[count] = index
                count += 1
            for arc in range(len(head)):
                start = head[reverse[arc]]
                if back[head[arc]] and not back[start]:
                    filled[arc] = 1.0
                if not flags[head[arc]] and flags[start]:
                    filled[arc] = 1.0
    return found[:count], whose[:count]


@nb.njit(cache=True)
def min_cut(ptr, arcs, head, reverse, capacity, source, sink, need):  # type: ignore[no-untyped-def]
    """(flow value up to `need`, flags of the source side, residual capacities)."""
    nodes = len(ptr) - 1
    residual = capacity.copy()
    via, queue = np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    pushed = _augment(ptr, arcs, head, reverse, residual, source, sink, need, via, queue)
    flags = np.empty(nodes, np.bool_)
    _reach(ptr, arcs, head, reverse, residual, source, False, flags, queue)
    return pushed, flags, residual


@nb.njit(cache=True, nogil=True)
def push_into_sinks(pointer, by_tail, heads, reverse, residual, sink, need, via, queue):  # type: ignore[no-untyped-def]
    """Augment from node 0 into the nodes with room in `sink` until `need` is met; returns what was pushed.

    Changed in place: `residual` of each arc, `sink` of each node. `via` and `queue` (one place a node) are scratch.
    """
    pushed = 0.0
    while pushed < need - 1e-9:
        via[:] = -2
        via[0] = -1
        queue[0] = 0
        first, last, end = 0, 1, -1
        while first < last and end < 0:
            node = queue[first]
            first += 1
            for position in range(pointer[node], pointer[node + 1]):
                arc = by_tail[position]
                to = heads[arc]
                if residual[arc] > 1e-9 and via[to] == -2:
                    via[to] = arc
                    queue[last] = to
                    last += 1
                    if sink[to] > 1e-9:
                        end = to
                        break
        if end < 0:
            break
        step = min(need - pushed, sink[end])
        node = end
        while node != 0:
            step = min(step, residual[via[node]])
            node = heads[reverse[via[node]]]
        node = end
        while node != 0:
            residual[via[node]] -= step
            residual[reverse[via[node]]] += step
            node = heads[reverse[via[node]]]
        sink[end] -= step
        pushed += step
    return pushed


@nb.njit(cache=True, nogil=True)
def before_sinks(pointer, by_tail, heads, reverse, residual, sink, pair_node, first, last, inside, queue):  # type: ignore[no-untyped-def]
    """Nodes from which flow could still come to pair_node[first:last] with room in `sink`: the cut nearest to them.

    They are left in `queue` and flagged in `inside`; returns how many.
    """
    inside[:] = False
    size = 0
    for pair in range(first, last):
        node = pair_node[pair]
        if sink[node] > 1e-9 and not inside[node]:
            inside[node] = True
            queue[size] = node
            size += 1
    done = 0
    while done < size:
        node = queue[done]
        done += 1
        for position in range(pointer[node], pointer[node + 1]):
            arc = by_tail[position]
            to = heads[arc]
            if residual[reverse[arc]] > 1e-9 and not inside[to]:
                inside[to] = True
                queue[size] = to
                size += 1
    return size


@nb.njit(cache=True, nogil=True)
def beyond_reach(pointer, by_tail, heads, residual, via, inside, queue):  # type: ignore[no-untyped-def]
    """Nodes that node 0 no longer reaches: the cut nearest to it. Left in `queue`, flagged in `inside`; how many."""
    via[:] = -2
    via[0] = -1
    queue[0] = 0
    first, last = 0, 1
    while first < last:
        node = queue[first]
        first += 1
        for position in range(pointer[node], pointer[node + 1]):
            arc = by_tail[position]
            if residual[arc] > 1e-9 and via[heads[arc]] == -2:
                via[heads[arc]] = arc
                queue[last] = heads[arc]
                last += 1
    size = 0
    for node in range(len(via)):
        inside[node] = via[node] == -2
        if inside[node]:
            queue[size] = node
            size += 1
    return size


def paired(nodes: int, tail: Ints, head: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Arc arrays with a reverse for each of the given arcs: (ptr, arcs by tail, head, reverse).

    Arc k keeps its number; its reverse is k + len(tail).
    """
    count = len(tail)
    tails, heads = np.concatenate([tail, head]), np.concatenate([head, tail])
    reverse = np.concatenate([np.arange(count) + count, np.arange(count)])
    order = np.argsort(tails, kind="stable")
    return np.searchsorted(tails[order], np.arange(nodes + 1)), order, heads, reverse


def traffic_flow(
    nodes: int, tail: Ints, head: Ints, capacity: Floats, at: Ints, load: Floats
) -> tuple[float, Bools, Floats]:
    """Send `load[i]` from node `at[i]` to node 0 over undirected edges of `capacity`.

    Returns:
        (what arrives, flags of the nodes cut off from node 0 by the smallest cut, net flow on each edge head→tail
        positive when it runs from head to tail).
    """
    count, sink = len(tail), nodes
    ptr, arcs, heads, reverse = paired(
        nodes + 1, np.concatenate([tail, at]), np.concatenate([head, np.full(len(at), sink)])
    )
    total = count + len(at)
    room = np.zeros(2 * total)
    finite = np.minimum(capacity, max(float(load.sum()), 1.0) * 2)
    room[:count] = finite
    room[count:total] = load
    room[total : total + count] = finite
    pushed, source_side, residual = min_cut(ptr, arcs, heads, reverse, room, 0, sink, float(load.sum()))
    forward = finite - residual[:count]
    return float(pushed), ~np.asarray(source_side[:nodes]), np.asarray(forward)
