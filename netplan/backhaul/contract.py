"""Exact contraction: a smaller graph in which every plan costs the same.

Reductions, repeated until nothing changes; none is a heuristic:

1. an edge with a parallel of unlimited capacity that asks for no site and costs no more is never needed,
   nor is an edge that costs more than a whole path of such edges between its ends (building the path in its
   place carries the same traffic for less; the edges of cheapest paths are never dropped themselves);
2. an edge on no simple path between two terminals (sites, PoPs, gateways) is never needed: dead ends,
   terminal-free loops hanging on one node, components with fewer than two terminals;
3. a junction with exactly two edges of one medium, capacity and owner joins them: both are built or neither
   (except where cable has to leave a pipe and re-enter: such nodes have a label).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numba as nb
import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from netplan.backhaul.graph import Graph

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]


BATCH = 256
"""Edges per shortest-path batch (bounds memory)."""


@dataclass(frozen=True)
class Contracted:
    """The smaller graph and what went."""

    graph: Graph
    cost: FloatArray
    """per edge: NPV"""
    dominated: int
    """edges dropped because an unlimited parallel, or path, costs no more"""
    useless: int
    """edges on no path between terminals"""
    merged: int
    """junctions merged away"""


def contract(graph: Graph, cost: FloatArray, conditional: frozenset[str] = frozenset()) -> Contracted:
    """Contract a graph with `cost[m]` per edge (NPV, >= 0 or not); nodes stay numbered, edges get fewer.

    `conditional`: owners whose edges may be refused later, or cost something more besides, paid once whichever of
    them is used; none of these edges makes another unnecessary, so the result is exact whatever becomes of them.
    """
    dominated = useless = merged = 0
    terminal = graph.is_terminal()
    while True:
        before = len(graph.tail)
        keep = _undominated(graph, cost, conditional)
        dominated += int((~keep).sum())
        graph, cost = graph.take(keep), cost[keep]
        keep = between_terminals(len(graph.xy), graph.tail, graph.head, terminal)
        useless += int((~keep).sum())
        graph, cost = graph.take(keep), cost[keep]
        size = len(graph.tail)
        graph, cost = _merge_chains(graph, cost, terminal)
        merged += size - len(graph.tail)
        if len(graph.tail) < before:
            continue
        keep = ~_bypassed(graph, cost, conditional)
        if keep.all():
            return Contracted(graph, cost, dominated, useless, merged)
        dominated += int((~keep).sum())
        graph, cost = graph.take(keep), cost[keep]


def _undominated(graph: Graph, cost: FloatArray, conditional: frozenset[str]) -> BoolArray:
    """Per edge: False for self-loops and for edges beaten by an unlimited parallel."""
    m = len(graph.tail)
    low, high = np.minimum(graph.tail, graph.head), np.maximum(graph.tail, graph.head)
    free = _free(graph, conditional)
    medium = np.unique(graph.medium.astype(str), return_inverse=True)[1] if m else np.empty(0, np.int64)
    order = np.lexsort((graph.length_m, medium, ~free, cost, high, low))
    keep: BoolArray = np.asarray(low != high)
    new = np.ones(m, bool)
    new[1:] = (low[order][1:] != low[order][:-1]) | (high[order][1:] != high[order][:-1])
    group = np.cumsum(new) - 1
    # Within a group, by rising cost: everything after the first free edge is dominated.
    position = np.arange(m)
    first_free = np.full(group.max(initial=-1) + 1, m)
    np.minimum.at(first_free, group[free[order]], position[free[order]])
    keep[order[position > first_free[group]]] = False
    return keep


def _free(graph: Graph, conditional: frozenset[str]) -> BoolArray:
    """Edges without limit that ask for no site and for the consent of none of the owners `conditional`."""
    free = np.asarray(np.isinf(graph.capacity_mbps) & (graph.site_a == "") & (graph.site_b == ""), bool)
    return free & ~np.isin(graph.owner.astype(str), sorted(conditional)) if conditional else free


def _bypassed(graph: Graph, cost: FloatArray, conditional: frozenset[str]) -> BoolArray:
    """Per edge: True when a path of free edges between its ends costs strictly less.

    Expects at most one free edge between two nodes. Searches stop at the cost of the dearest edge of the batch.
    """
    m = len(graph.tail)
    drop = np.zeros(m, bool)
    ends, dense = np.unique(np.concatenate([graph.tail, graph.head]), return_inverse=True)
    tail, head, free = dense[:m], dense[m:], _free(graph, conditional)
    weight = np.maximum(cost[free], 0.0) + 1e-9  # an explicit zero is not an edge to csgraph
    net = coo_array((weight, (tail[free], head[free])), shape=(len(ends), len(ends))).tocsr()
    order = np.argsort(cost, kind="stable")
    for first in range(0, m, BATCH):
        batch = order[first : first + BATCH]
        sources, row = np.unique(tail[batch], return_inverse=True)
        reach = dijkstra(net, directed=False, indices=sources, limit=float(cost[batch].max()) + 1.0)
        drop[batch] = reach[row, head[batch]] < cost[batch] * (1.0 - 1e-9) - 1e-6
    return drop


def between_terminals(n: int, tail: IntArray, head: IntArray, terminal: BoolArray) -> BoolArray:
    """Per edge: whether it lies on a simple path between two different terminals.

    A virtual node is joined to every terminal; such edges are exactly those that share a biconnected
    component with a virtual edge (Hopcroft and Tarjan's depth-first search, iterative).
    """
    ends = np.flatnonzero(terminal)
    m = len(tail)
    if m == 0 or len(ends) == 0:
        return np.zeros(m, bool)
    a = np.concatenate([tail, np.full(len(ends), n)])
    b = np.concatenate([head, ends])
    order = np.argsort(np.concatenate([a, b]), kind="stable")
    start = np.searchsorted(np.concatenate([a, b])[order], np.arange(n + 2))
    return np.asarray(_with_root(start, np.concatenate([b, a])[order], order % len(a))[:m], bool)


@nb.njit(cache=True, nogil=True)
def _with_root(start: IntArray, to: IntArray, via: IntArray) -> BoolArray:
    """Per edge: whether its biconnected component, of two edges or more, closes at the last node, the root.

    Node v has the edges `via[start[v]:start[v + 1]]`, which lead to `to`.
    """
    root, m = len(start) - 2, len(to) // 2
    keep = np.zeros(m, np.bool_)
    depth, low, cursor = np.full(root + 1, -1), np.zeros(root + 1, np.int64), start[:-1].copy()
    stack, came = np.empty(root + 1, np.int64), np.empty(root + 1, np.int64)
    edges, held = np.empty(m, np.int64), 0
    stack[0], came[0], depth[root], top = root, -1, 0, 0
    while top >= 0:
        v = stack[top]
        if cursor[v] < start[v + 1]:
            w, e = to[cursor[v]], via[cursor[v]]
            cursor[v] += 1
            if e == came[top]:
                continue
            if depth[w] < 0:
                depth[w] = low[w] = depth[v] + 1
                top += 1
                stack[top], came[top] = w, e
                edges[held] = e
                held += 1
            elif depth[w] < depth[v]:
                low[v] = min(low[v], depth[w])
                edges[held] = e
                held += 1
            continue
        if top == 0:
            break
        u = stack[top - 1]
        low[u] = min(low[u], low[v])
        if low[v] >= depth[u]:
            first = held - 1
            while edges[first] != came[top]:
                first -= 1
            # only components closed at the root hold edges of terminals
            if u == root and held - first > 1:
                for k in range(first, held):
                    keep[edges[k]] = True
            held = first
        top -= 1
    return keep


def _merge_chains(graph: Graph, cost: FloatArray, terminal: BoolArray) -> tuple[Graph, FloatArray]:
    """Merge edges that meet at a junction of degree two, when alike in medium, capacity and sites needed."""
    n, m = len(graph.xy), len(graph.tail)
    ends = np.concatenate([graph.tail, graph.head])
    edge = np.tile(np.arange(m), 2)
    degree = np.bincount(ends, minlength=n)
    order = np.argsort(ends, kind="stable")
    first = np.searchsorted(ends[order], np.arange(n))
    pick = np.flatnonzero((degree == 2) & ~terminal & (graph.label == ""))
    one, two = edge[order[first[pick]]], edge[order[first[pick] + 1]]
    like = (one != two) & (graph.medium[one] == graph.medium[two])
    like &= graph.capacity_mbps[one] == graph.capacity_mbps[two]
    like &= np.asarray(graph.owner[one] == graph.owner[two], bool)
    bare = (graph.site_a == "") & (graph.site_b == "")
    like &= bare[one] & bare[two]
    if not like.any():
        return graph, cost
    through = np.full((n, 2), -1)
    through[pick[like]] = np.column_stack([one[like], two[like]])
    member, forward, first = _walk(graph.tail, graph.head, through)
    last = np.append(first[1:], m) - 1

    def summed(values: FloatArray) -> FloatArray:
        return np.asarray(np.add.reduceat(values[member], first))

    pieces = [graph.coords[e] if ahead else graph.coords[e][::-1] for e, ahead in zip(member, forward, strict=True)]
    merged = replace(
        graph.take(member[first]),
        tail=np.where(forward[first], graph.tail[member[first]], graph.head[member[first]]),
        head=np.where(forward[last], graph.head[member[last]], graph.tail[member[last]]),
        length_m=summed(graph.length_m),
        quantity=summed(graph.quantity),
        weighted=summed(graph.weighted),
        coords=[_joined(pieces[i : j + 1]) for i, j in zip(first.tolist(), last.tolist(), strict=True)],
    )
    return merged, summed(cost)


@nb.njit(cache=True, nogil=True)
def _walk(tail: IntArray, head: IntArray, through: IntArray) -> tuple[IntArray, BoolArray, IntArray]:
    """Maximal chains, one behind the other: their edges, whether each is walked from tail to head, where each begins.

    Every edge is in exactly one chain. `through`: the two edges of a node that chains go through, or -1.
    """
    m = len(tail)
    done = np.zeros(m, np.bool_)
    member, forward, first = np.empty(m, np.int64), np.empty(m, np.bool_), np.empty(m, np.int64)
    chains = count = 0
    for turn in range(
        3 * m
    ):  # from each edge's tail and from its head, where a chain ends; then the rings that are left
        ends = turn < 2 * m
        e, ahead = (turn // 2 if ends else turn - 2 * m), not (ends and turn % 2)
        if done[e] or (ends and through[tail[e] if ahead else head[e], 0] >= 0):
            continue
        first[chains] = count
        chains += 1
        while not done[e]:
            done[e] = True
            member[count], forward[count] = e, ahead
            count += 1
            node = head[e] if ahead else tail[e]
            if through[node, 0] < 0:
                break
            e = through[node, 1] if through[node, 0] == e else through[node, 0]
            ahead = tail[e] == node
    return member, forward, first[:chains]


def _joined(pieces: list[FloatArray]) -> FloatArray:
    """One polyline of pieces that follow one another."""
    return pieces[0] if len(pieces) == 1 else np.vstack([pieces[0], *(piece[1:] for piece in pieces[1:])])
