"""What links can carry: traffic cuts of a relaxation that knows who serves whom, but not the flow on each link.

For a set W of nodes without a root, with t_s the traffic of site s and U_W the most that the sites in W can ever load,

    Σ_{a into W} min(capacity_a, U_W) a ≥ Σ_{s in W} t_s

because every built link is oriented along its traffic and what W's sites load must come in. Sets are found by sending
each site's traffic from the roots over what is half built: where it does not arrive, the nodes that could still pass it
on are cut off by full links. Links without a limit are given a few different rooms, for U_W depends on the set.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np
from scipy import sparse

from netplan.planner.flow import before_sinks, push_into_sinks
from netplan.planner.master import Master
from netplan.planner.problem import Floats, Ints
from netplan.planner.rows import Rows

VIOLATED = 0.01
"""part of U_W by which a cut must be violated"""
ROOMS = (0.5, 2.0, 8.0)
"""room of a link without a limit, in largest site loads"""


@dataclass(frozen=True)
class Loads:
    """Separates traffic cuts; `t` columns are shares of each site's largest load."""

    master: Master
    first: int
    """column of t_0"""
    most: Floats
    """(s,) Mbit/s that each site can load at most"""
    reach: sparse.csc_array
    """(n, s) Mbit/s of each demand that a site can serve"""
    mbps: Floats
    capacity: Floats
    """(arcs,)"""

    @staticmethod
    def of(master: Master, first: int) -> Loads:
        """From a master whose links may fill up."""
        model = master.model
        problem, layout, network = model.problem, model.layout, model.network
        site = problem.option_site[layout.x_option]
        mine = np.flatnonzero(master.wired[layout.x_option] & (model.upper[: layout.y] > 0))
        reach = sparse.csc_array(
            (problem.demand_mbps[layout.x_demand[mine]] * model.upper[mine], (layout.x_demand[mine], site[mine])),
            shape=(problem.shape[0], problem.shape[2]),
        )
        reach.sum_duplicates()
        reach.data = np.minimum(reach.data, problem.demand_mbps[reach.indices])
        most = np.minimum(model.site_load_max, np.asarray(reach.sum(axis=0)).ravel())
        return Loads(master, first, most, reach, problem.demand_mbps, problem.edge_capacity[network.edge])

    def rows(self, entries: Ints, x: int) -> Rows:
        """most_s t_s = Σ_{j at s} Σ_i mbps_i x_ij, divided by most_s, and t_s ≤ w_s.

        Args:
            entries: entries of service_use, whose shares have the columns x, x + 1, …
        """
        master = self.master
        problem, layout = master.model.problem, master.model.layout
        option = layout.x_option[entries]
        mine = np.flatnonzero(master.wired[option])
        site = problem.option_site[option[mine]]
        mine, site = mine[self.most[site] > 0], site[self.most[site] > 0]
        every = np.arange(len(self.most))
        share = problem.demand_mbps[layout.x_demand[entries[mine]]] / self.most[site]
        return Rows.of(
            np.concatenate([every, site, len(every) + every, len(every) + every]),
            np.concatenate([self.first + every, x + mine, self.first + every, master.w + every]),
            np.concatenate([-np.ones(len(every)), share, np.ones(len(every)), -np.ones(len(every))]),
            np.concatenate([np.zeros(len(every)), np.full(len(every), -np.inf)]),
            0.0,
        )

    def cuts(self, arcs: Floats, traffic: Floats, rng: np.random.Generator, most: int) -> Rows:
        """Up to `most` violated cuts.

        Args:
            arcs: (arcs,) how far each is built.
            traffic: (s,) share of each site's largest load.
        """
        network = self.master.model.network
        load = np.clip(traffic, 0.0, 1.0) * self.most
        sites = np.flatnonzero((load > VIOLATED * self.most) & (network.site_node > 0))
        support = np.flatnonzero(arcs > 1e-6)
        if not len(sites) or not len(support):
            return Rows.of([], [], [], np.zeros(0), np.zeros(0))
        k = len(support)
        tails = np.concatenate([network.tail[support], network.head[support]])
        heads = np.concatenate([network.head[support], network.tail[support]])
        reverse = np.concatenate([np.arange(k) + k, np.arange(k)])
        by_tail = np.argsort(tails, kind="stable")
        pointer = np.searchsorted(tails[by_tail], np.arange(network.nodes + 1))
        inside: list[Ints] = []
        for room in ROOMS:
            limit = np.minimum(self.capacity[support], room * float(self.most.max()))
            wide = np.concatenate([arcs[support] * limit, np.zeros(k)])
            order = rng.permutation(sites)
            size, nodes = _cut_off(
                network.nodes, pointer, by_tail, heads, reverse, wide, network.site_node[order], load[order],
                VIOLATED * self.most[order], most,
            )  # fmt: skip
            inside += np.split(nodes, np.cumsum(size)[:-1]) if len(size) else []
        return self._rows(inside, arcs, load)

    def _rows(self, sets: list[Ints], arcs: Floats, load: Floats) -> Rows:
        """The rows of the sets that are violated, each once."""
        network = self.master.model.network
        into_ptr, into = network.csr(network.head)
        row, col, value = [], [], []
        seen: set[bytes] = set()
        within = np.zeros(network.nodes, bool)
        count = 0
        for nodes in sets:
            nodes = np.sort(nodes)
            if nodes.tobytes() in seen:
                continue
            seen.add(nodes.tobytes())
            within[:] = False
            within[nodes] = True
            sites = np.flatnonzero((network.site_node > 0) & within[np.maximum(network.site_node, 0)])
            together = np.minimum(np.asarray(self.reach[:, sites].sum(axis=1)).ravel(), self.mbps)
            most = min(float(self.most[sites].sum()), float(together.sum()))
            entering = np.concatenate([into[into_ptr[node] : into_ptr[node + 1]] for node in nodes])
            entering = entering[~within[network.tail[entering]]]
            size = np.minimum(self.capacity[entering], most) / most
            if float(load[sites].sum()) / most - float(size @ arcs[entering]) < VIOLATED:
                continue
            row += [np.full(len(entering) + len(sites), count)]
            col += [self.master.a + entering, self.first + sites]
            value += [size, -self.most[sites] / most]
            count += 1
        if not count:
            return Rows.of([], [], [], np.zeros(0), np.zeros(0))
        return Rows.of(np.concatenate(row), np.concatenate(col), np.concatenate(value), np.zeros(count), np.inf)


@nb.njit(cache=True, nogil=True)
def _cut_off(nodes, pointer, by_tail, heads, reverse, room, place, load, enough, most):  # type: ignore[no-untyped-def]
    """Sets of nodes that not all their load reaches: (size of each, nodes one after another)."""
    sizes, found = np.empty(most, np.int64), np.empty(1024, np.int64)
    count = total = 0
    via, queue = np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    inside = np.zeros(nodes, np.bool_)
    sink = np.zeros(nodes)
    first = np.zeros(1, np.int64)
    residual = room.copy()
    for i in range(len(place)):
        if count == most:
            break
        sink[place[i]] = load[i]
        pushed = push_into_sinks(pointer, by_tail, heads, reverse, residual, sink, load[i], via, queue)
        if pushed < load[i] - enough[i]:
            first[0] = place[i]
            sink[place[i]] = 1.0
            size = before_sinks(pointer, by_tail, heads, reverse, residual, sink, first, 0, 1, inside, queue)
            if total + size > len(found):
                found = np.concatenate((found, np.empty(len(found) + size, np.int64)))
            found[total : total + size] = queue[:size]
            sizes[count] = size
            count += 1
            total += size
            # what was found counts as wide enough for the sites after it
            for arc in range(len(heads)):
                if inside[heads[arc]] and not inside[heads[reverse[arc]]] and room[arc] > 0:
                    residual[arc] += load[i]
        sink[place[i]] = 0.0
    return sizes[:count], found[:total]
