"""Routes that join sites to the roots within link capacities: cheapest paths, nearest site first, then rerouted."""

from __future__ import annotations

import heapq

import numba as nb
import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from netplan.planner.model import Model
from netplan.planner.problem import Bools, Floats, Ints

PASSES = 2
"""times every site is rerouted with the others in place"""


def join_sites(model: Model, sites: Ints, load: Floats, opened: Bools, edge_price: Floats) -> Ints | None:
    """Edges that join every given site to a root and carry its traffic, one path a site, each link within capacity.

    Args:
        sites: indices of the sites to join.
        load: their traffic in Mbit/s, same length.
        opened: (s,) sites already paid for; hops on others are charged with those sites.
        edge_price: (e,) price of each edge in the search (the real cost, or one that favours some edges).

    Returns:
        Edge indices, or None when a site cannot be joined within capacity.
    """
    problem, network = model.problem, model.network
    ptr, arcs = network.csr(network.tail)
    price = edge_price + edge_prices(model, opened) - problem.edge_cost + 1e-6
    graph = graph_of(network.nodes, network.tail, network.head, price[network.edge])
    nodes = network.site_node[sites]
    distance = dijkstra(graph, indices=np.array([0]))[0][nodes] if len(sites) else np.zeros(0)
    order = np.argsort(distance, kind="stable")
    ok, users = _route_all(
        ptr,
        arcs,
        network.tail,
        network.head,
        network.edge,
        price,
        problem.edge_capacity.copy(),
        nodes,
        load,
        order,
        PASSES,
    )
    return np.flatnonzero(users > 0) if ok else None


def edge_prices(model: Model, opened: Bools) -> Floats:
    """Cost of every edge with half the cost of each site it stands on that is not paid for yet. Shape (e,)."""
    problem = model.problem
    price = problem.edge_cost.copy()
    if not len(opened):
        return price
    for side in (0, 1):
        stand = problem.edge_site[:, side]
        unpaid = (stand >= 0) & ~opened[np.maximum(stand, 0)]
        price += np.where(unpaid, problem.site_cost[np.maximum(stand, 0)] / 2, 0.0)
    return price


def graph_of(nodes: int, tail: Ints, head: Ints, price: Floats) -> sparse.csr_array:
    """Cheapest arc between each pair of nodes as a CSR graph (arcs of infinite price are left out)."""
    order = np.lexsort((price, head, tail))
    t, h, p = tail[order], head[order], price[order]
    first = np.ones(len(t), bool)
    first[1:] = (t[1:] != t[:-1]) | (h[1:] != h[:-1])
    first &= np.isfinite(p)
    return sparse.csr_array((p[first], (t[first], h[first])), shape=(nodes, nodes))


@nb.njit(cache=True)
def _route_all(ptr, arcs, tail, head, edge, price, room, nodes, load, order, passes):  # type: ignore[no-untyped-def]
    """Route every site on its cheapest path (built edges with room are free), then reroute each in turn.

    Returns (whether all could be joined, number of sites on each edge). `room` is used up in place.
    """
    count = len(nodes)
    users = np.zeros(len(price), np.int64)
    via = np.full((count, 1), -1, np.int64)
    best = np.empty(len(ptr) - 1)
    before = np.empty(len(ptr) - 1, np.int64)
    paths = [via[0]]
    paths.pop()
    for _ in range(count):
        paths.append(np.empty(0, np.int64))
    for _turn in range(passes + 1):
        for index in order:
            need = load[index]
            for e in paths[index]:
                users[e] -= 1
                room[e] += need
            path = _cheapest(ptr, arcs, tail, head, edge, price, room, users, need, nodes[index], best, before)
            if path[0] == -2:
                return False, users
            if path[0] == -1:
                path = path[1:]
            for e in path:
                users[e] += 1
                room[e] -= need
            paths[index] = path
    return True, users


@nb.njit(cache=True)
def _cheapest(ptr, arcs, tail, head, edge, price, room, users, need, target, best, before):  # type: ignore[no-untyped-def]
    """Edges of the cheapest path from node 0 to `target` with room for `need`; [-1] if it is node 0, [-2] if none."""
    best[:] = np.inf
    before[:] = -1
    best[0] = 0.0
    heap = [(0.0, 0)]
    while len(heap) > 0:
        cost, node = heapq.heappop(heap)
        if cost > best[node]:
            continue
        if node == target:
            break
        for position in range(ptr[node], ptr[node + 1]):
            arc = arcs[position]
            e = edge[arc]
            if room[e] < need:
                continue
            step = cost + (1e-6 if users[e] > 0 else price[e])
            if step < best[head[arc]]:
                best[head[arc]] = step
                before[head[arc]] = arc
                heapq.heappush(heap, (step, head[arc]))
    if not np.isfinite(best[target]):
        return np.array([-2])
    path = [-1]
    node = target
    while node != 0:
        path.append(edge[before[node]])
        node = tail[before[node]]
    return np.array(path)
