"""Better routes for given sites and loads: take out the paths of a few neighbours, lay them anew, keep what is cheaper.

Large-neighbourhood search on the backhaul: the sites that share a stretch of the network, or stand near one another,
lose their paths together, so that a trunk that only pays for several of them can appear or go.
"""

from __future__ import annotations

import heapq

import numba as nb
import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from netplan.planner.model import Model
from netplan.planner.problem import Bools, Floats, Ints
from netplan.planner.steiner import edge_prices, graph_of

BUILT = 1e-6
"""price of an edge that is paid for already"""


LONGEST = 800
"""edges that a path may have"""
NEAREST = 12
"""neighbours of a site that may lose their paths with it"""
Routes = dict[int, Ints]
"""edges of the path of every joined site"""


class Rerouter:
    """The graph of a model laid out for rerouting."""

    def __init__(self, model: Model) -> None:
        problem, network = model.problem, model.network
        self.model = model
        live = np.flatnonzero((network.edge_u != network.edge_v) & (problem.edge_capacity > 0))
        ends = np.concatenate([network.edge_u[live], network.edge_v[live]])
        order = np.argsort(ends, kind="stable")
        self.pointer = np.searchsorted(ends[order], np.arange(network.nodes + 1))
        self.other = np.concatenate([network.edge_v[live], network.edge_u[live]])[order]
        self.number = np.concatenate([live, live])[order]
        self.nodes = network.nodes
        graph = graph_of(network.nodes, network.tail, network.head, problem.edge_cost[network.edge] + 1e-6)
        self.far = dijkstra(graph, indices=np.array([0]))[0]
        self._ends = np.unique(network.site_node)
        self._apart: dict[int, Floats] = {}

    def improve(
        self,
        sites: Ints,
        load: Floats,
        opened: Bools,
        routes: Routes,
        turns: int,
        seed: int,
        slack: float = 0.01,
        favoured: Ints | None = None,
    ) -> Routes | None:
        """Paths that join the sites within link capacities, from those of `routes` where they still fit.

        Args:
            sites, load: sites to join and their traffic in Mbit/s.
            opened: (s,) flags of the sites already paid for.
            routes: paths to start from; sites without one are laid on the cheapest way.
            turns: how many times to take paths out and lay them anew.
            favoured: edges that new paths may use for almost nothing when they are first laid.
            slack: how much dearer than the best, relatively, a step may be at first.

        Returns:
            The paths, or None when a site cannot be joined.
        """
        problem, network = self.model.problem, self.model.network
        if not len(sites):
            return {}
        price = edge_prices(self.model, opened)
        nodes = network.site_node[sites]
        paths = np.zeros((len(sites), LONGEST), np.int64)
        length = np.full(len(sites), -1, np.int64)
        for k, site in enumerate(sites.tolist()):
            if site in routes:
                length[k] = len(routes[site])
                paths[k, : length[k]] = routes[site]
        ok = _improve(
            self.pointer, self.other, self.number, price, problem.edge_capacity, nodes, load, self.nearest(nodes),
            paths, length, turns, slack, np.random.default_rng(seed),
            np.zeros(0, np.int64) if favoured is None else favoured, np.argsort(self.far[nodes], kind="stable"),
            np.argsort(-load, kind="stable"),
        )  # fmt: skip
        return {site: paths[k, : length[k]].copy() for k, site in enumerate(sites.tolist())} if ok else None

    def nearest(self, nodes: Ints) -> Ints:
        """Who is nearest by cost of the way, for sites at the given nodes: their places in `nodes`, nearest first.

        A site and those that share its node are as near as can be, and among its nearest. Shape (nodes, up to 12).
        """
        wanted, place = np.unique(nodes, return_inverse=True)
        new = np.array([node for node in wanted.tolist() if node not in self._apart], np.int64)
        if len(new):
            graph = sparse.csr_array(
                (self.model.problem.edge_cost[self.number] + 1.0, self.other, self.pointer), shape=(self.nodes,) * 2
            )
            self._apart |= dict(zip(new.tolist(), dijkstra(graph, indices=new)[:, self._ends], strict=True))
        columns = np.searchsorted(self._ends, nodes)
        apart = np.array([self._apart[node][columns] for node in wanted.tolist()])
        nearest = np.argsort(apart, axis=1, kind="stable")[:, :NEAREST][place]
        return np.ascontiguousarray(nearest, np.int64)  # always of one layout: kernels are compiled for each


def edges_of(routes: Routes) -> Ints:
    """Edges in use."""
    return np.unique(np.concatenate([np.zeros(0, np.int64), *routes.values()]))


@nb.njit(cache=True, nogil=True)
def _path(pointer, other, number, price, bias, room, users, need, node, best, via, came, out):  # type: ignore[no-untyped-def]  # fmt: skip
    """Edges of the cheapest way from `node` to node 0 with room for `need`, into `out`; how many, -1 if none."""
    best[:] = np.inf
    best[node] = 0.0
    heap = [(0.0, node)]
    while len(heap) > 0:
        cost, at = heapq.heappop(heap)
        if cost > best[at]:
            continue
        if at == 0:
            break
        for k in range(pointer[at], pointer[at + 1]):
            edge = number[k]
            if room[edge] < need - 1e-9:
                continue
            step = cost + (BUILT if users[edge] > 0 else price[edge] * bias[edge])
            if step < best[other[k]]:
                best[other[k]] = step
                via[other[k]] = edge
                came[other[k]] = at
                heapq.heappush(heap, (step, other[k]))
    if not np.isfinite(best[0]):
        return -1
    count, at = 0, 0
    while at != node:
        if count >= len(out):
            return -1
        out[count] = via[at]
        count += 1
        at = came[at]
    return count


@nb.njit(cache=True, nogil=True)
def _lay(pointer, other, number, price, bias, room, users, load, nodes, k, best, via, came, paths, length):  # type: ignore[no-untyped-def]  # fmt: skip
    """Lay the path of site k; returns what it adds to the cost, inf when there is no way."""
    size = _path(pointer, other, number, price, bias, room, users, load[k], nodes[k], best, via, came, paths[k])
    if size < 0:
        return np.inf
    length[k] = size
    added = 0.0
    for p in range(size):
        edge = paths[k, p]
        if users[edge] == 0:
            added += price[edge]
        users[edge] += 1
        room[edge] -= load[k]
    return added


@nb.njit(cache=True, nogil=True)
def _lift(price, room, users, load, k, paths, length):  # type: ignore[no-untyped-def]
    """Take out the path of site k; returns what that saves."""
    saved = 0.0
    for p in range(length[k]):
        edge = paths[k, p]
        users[edge] -= 1
        room[edge] += load[k]
        if users[edge] == 0:
            saved += price[edge]
    return saved


@nb.njit(cache=True, nogil=True)
def _start(pointer, other, number, price, bias, room, users, load, nodes, order, heaviest, best, via, came, paths, length):  # type: ignore[no-untyped-def]  # fmt: skip  # noqa: E501
    """Put the given paths in place while they fit, then lay the others; the cost, inf when one has no way."""
    total = 0.0
    for k in heaviest:
        if length[k] < 0:
            continue
        for p in range(length[k]):
            if room[paths[k, p]] < load[k] - 1e-9:
                length[k] = -1
                break
        for p in range(length[k]):
            edge = paths[k, p]
            if users[edge] == 0:
                total += price[edge]
            users[edge] += 1
            room[edge] -= load[k]
    for k in order:
        if length[k] < 0:
            total += _lay(pointer, other, number, price, bias, room, users, load, nodes, k, best, via, came, paths, length)  # fmt: skip  # noqa: E501
    return total


@nb.njit(cache=True, nogil=True)
def _choose(nearest, paths, length, group, rng):  # type: ignore[no-untyped-def]
    """Sites to reroute together: neighbours of one, or those that share an edge with it; how many."""
    count = len(length)
    first = rng.integers(0, count)
    size = 0
    if rng.random() < 0.5 or length[first] == 0:
        wanted = rng.integers(1, nearest.shape[1] + 1)
        for k in range(min(wanted, count)):
            group[size] = nearest[first, k] if k > 0 else first
            size += 1
            for before in range(size - 1):
                if group[before] == group[size - 1]:
                    size -= 1
                    break
        return size
    edge = paths[first, rng.integers(0, length[first])]
    for k in range(count):
        if size >= 14:
            break
        for p in range(length[k]):
            if paths[k, p] == edge:
                group[size] = k
                size += 1
                break
    return size


@nb.njit(cache=True, nogil=True)
def _copy(source, target, count):  # type: ignore[no-untyped-def]
    """The first `count` numbers (a loop: slices take numba seconds to compile)."""
    for k in range(count):
        target[k] = source[k]


@nb.njit(cache=True, nogil=True)
def _improve(pointer, other, number, price, capacity, nodes, load, nearest, paths, length, turns, slack, rng, favoured, order, heaviest):  # type: ignore[no-untyped-def]  # fmt: skip  # noqa: E501
    """Improve `paths` in place; whether every site could be joined."""
    count, vertices = len(nodes), len(pointer) - 1
    best, via, came = np.empty(vertices), np.empty(vertices, np.int64), np.empty(vertices, np.int64)
    users, room = np.zeros(len(price), np.int64), capacity.copy()
    bias = np.ones(len(price))
    for edge in favoured:
        bias[edge] = 1e-3
    total = _start(pointer, other, number, price, bias, room, users, load, nodes, order, heaviest, best, via, came, paths, length)  # fmt: skip  # noqa: E501
    if not np.isfinite(total):
        return False
    least, least_paths, least_length = total, paths.copy(), length.copy()
    group, kept_length, turned = np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count, np.int64)
    kept = np.empty((count, paths.shape[1]), np.int64)
    for turn in range(turns):
        size = _choose(nearest, paths, length, group, rng)
        before = total
        for g in range(size):
            k = group[g]
            kept_length[g] = length[k]
            _copy(paths[k], kept[g], length[k])
            total -= _lift(price, room, users, load, k, paths, length)
        trunk = rng.random()
        factor = 0.3 + 0.7 * rng.random() if trunk < 0.5 else 1.0
        for edge in range(len(price)):
            bias[edge] = factor if not np.isfinite(capacity[edge]) else 1.0
            if trunk > 0.3:
                bias[edge] *= 0.8 + 0.4 * rng.random()
        done = 0
        for g in range(size):  # shuffled by hand: numba takes seconds to compile its own
            other_g = rng.integers(0, g + 1)
            turned[g] = turned[other_g]
            turned[other_g] = g
        for g in turned[:size]:
            total += _lay(pointer, other, number, price, bias, room, users, load, nodes, group[g], best, via, came, paths, length)  # fmt: skip  # noqa: E501
            if not np.isfinite(total):
                break
            kept_length[g] += LONGEST * 2
            done += 1
        allowed = least * (1.0 + slack * (1.0 - (turn + 1.0) / turns))
        if done == size and total < max(before, allowed) + 1e-9:
            if total < least - 1e-9:
                least = total
                for k in range(count):
                    least_length[k] = length[k]
                    _copy(paths[k], least_paths[k], length[k])
            continue
        for g in range(size):
            if kept_length[g] >= LONGEST * 2:
                kept_length[g] -= LONGEST * 2
                _lift(price, room, users, load, group[g], paths, length)
        for g in range(size):
            k = group[g]
            length[k] = kept_length[g]
            _copy(kept[g], paths[k], length[k])
            for p in range(length[k]):
                users[paths[k, p]] += 1
                room[paths[k, p]] -= load[k]
        total = before
    for k in range(count):
        length[k] = least_length[k]
        _copy(least_paths[k], paths[k], length[k])
    return True
