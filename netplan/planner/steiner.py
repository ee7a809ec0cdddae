"""A tree that joins sites to the roots within link capacities: shortest paths, nearest site first, then pruning."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from netplan.planner.model import Model
from netplan.planner.problem import Bools, Floats, Ints


def join_sites(model: Model, sites: Ints, load: Floats, opened: Bools, edge_price: Floats) -> Ints | None:
    """Arcs of a tree from node 0 to the node of every given site, each link able to carry what is behind it.

    Args:
        sites: indices of the sites to join.
        load: their traffic in Mbit/s, same length.
        opened: (s,) sites already paid for; hops on others are charged with those sites.
        edge_price: (e,) price of each edge in the search (real cost, or one that favours some edges).

    Returns:
        Arc indices, or None when a site cannot be joined within capacity.
    """
    problem, network = model.problem, model.network
    surcharge = np.zeros(len(edge_price))
    for side in (0, 1):
        stand = problem.edge_site[:, side]
        surcharge += np.where((stand >= 0) & ~opened[np.maximum(stand, 0)], problem.site_cost[stand] / 2, 0.0)
    price = (edge_price + surcharge)[network.edge] + 1e-6
    room = problem.edge_capacity[network.edge]
    parent = np.full(network.nodes, -1)
    spare = np.full(network.nodes, -1.0)
    spare[0] = np.inf
    used = np.zeros(len(network.edge), bool)
    order = _nearest_first(network.nodes, network.tail, network.head, price, network.site_node[sites])
    for index in order:
        node, need = int(network.site_node[sites[index]]), float(load[index])
        if node == 0:
            continue
        if spare[node] < 0:
            path = _path(network.nodes, network.tail, network.head, np.where(room >= need, price, np.inf), spare, need, node)
            if path is None:
                return None
            for arc in path:
                start, end = network.tail[arc], network.head[arc]
                parent[end], used[arc] = arc, True
                spare[end] = min(spare[start], room[arc])
        elif spare[node] < need:
            return None
        _take(network.tail, network.head, parent, used, room, spare, node, need)
    return np.flatnonzero(used)


def _nearest_first(nodes: int, tail: Ints, head: Ints, price: Floats, at: Ints) -> Ints:
    graph = graph_of(nodes, tail, head, price)
    distance = dijkstra(graph, indices=0)
    return np.argsort(distance[at], kind="stable")


def graph_of(nodes: int, tail: Ints, head: Ints, price: Floats) -> sparse.csr_array:
    """Cheapest arc between each pair of nodes as a CSR graph (arcs of infinite price are left out)."""
    order = np.lexsort((price, head, tail))
    t, h, p = tail[order], head[order], price[order]
    first = np.ones(len(t), bool)
    first[1:] = (t[1:] != t[:-1]) | (h[1:] != h[:-1])
    first &= np.isfinite(p)
    return sparse.csr_array((p[first], (t[first], h[first])), shape=(nodes, nodes))


def _path(
    nodes: int, tail: Ints, head: Ints, price: Floats, spare: Floats, need: float, node: int
) -> list[int] | None:
    """Arcs of the cheapest path to `node` from the tree's nodes that can still carry `need`, in order."""
    in_tree = spare >= 0
    price = np.where(in_tree[head], np.inf, price)
    sources = np.flatnonzero(spare >= need)
    if not len(sources):
        return None
    distance, before, _ = dijkstra(
        graph_of(nodes, tail, head, price), indices=sources, min_only=True, return_predecessors=True
    )
    if not np.isfinite(distance[node]):
        return None
    path: list[int] = []
    while before[node] >= 0:
        start = int(before[node])
        between = np.flatnonzero((tail == start) & (head == node))
        path.append(int(between[np.argmin(price[between])]))
        node = start
    return path[::-1]


def _take(
    tail: Ints, head: Ints, parent: Ints, used: Bools, room: Floats, spare: Floats, node: int, need: float
) -> None:
    """Reserve `need` along the tree path from node 0 to `node` and refresh what every tree node can still carry."""
    if need <= 0:
        return
    while node != 0:
        arc = parent[node]
        room[arc] -= need
        node = int(tail[arc])
    arcs = np.flatnonzero(used)
    finite = arcs[np.isfinite(room[arcs])]
    if not len(finite):
        return
    spare[head[arcs]] = -2.0
    pending = arcs
    while len(pending):
        ready = spare[tail[pending]] >= 0
        done = pending[ready]
        spare[head[done]] = np.maximum(np.minimum(spare[tail[done]], room[done]), 0.0)
        pending = pending[~ready]
