"""Good sets of options by simulated annealing: drop, add and swap, each move priced in microseconds (numba).

A move is priced with the whole plan it leads to: options and sites, a spanning tree over the sites on shortest
backhaul paths (an upper estimate of the network), and who can be served when the open options are filled in turn,
the ones of smallest reach first, each with whom it serves most cheaply. What a target misses is charged. The best set
found is then completed into a real plan, so that nothing here needs to be exact.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numba as nb
import numpy as np
from scipy.sparse.csgraph import dijkstra

from netplan.planner.construct import Server, assemble
from netplan.planner.incumbent import Search
from netplan.planner.model import Model
from netplan.planner.problem import Bools, Floats, Ints
from netplan.planner.steiner import graph_of

MOST_SITES = 1500
"""sites up to which all pairs of shortest paths are computed"""
HEATS = (0.1, 0.03, 0.015, 0.006)
"""first temperatures as shares of the best plan's cost, in turns: the first leaves any plan behind"""


@dataclass(frozen=True)
class Ground:
    """What annealing needs of a model, in option order."""

    model: Model
    pointer: Ints
    demand: Ints
    use: Floats
    largest: Floats
    by_demand_ptr: Ints
    by_demand: Ints
    """usable options that reach each demand"""
    order: Ints
    """options in the order in which they are filled"""
    group: Ints
    site_place: Ints
    """row of each site in `distance`, 0 (the roots) where it needs no path"""
    distance: Floats
    """cheapest path between the roots (row 0) and the sites"""

    @staticmethod
    def suits(model: Model) -> bool:
        """Whether moves can be priced this way: no service costs, no penalties, small enough."""
        problem = model.problem
        plain = not model.cost[: model.layout.y].any() and not np.isinf(problem.demand_penalty).any()
        return plain and 0 < problem.shape[2] <= MOST_SITES and bool((problem.option_site >= 0).all())

    @staticmethod
    def of(model: Model) -> Ground:
        """Lay out the entries and compute the paths."""
        problem, layout, network = model.problem, model.layout, model.network
        usable = model.upper[layout.y : layout.z] > 0
        live = np.flatnonzero(usable[layout.x_option] & (model.upper[: layout.y] > 0))
        use = problem.service_use.data
        entry = live[np.lexsort((use[live], layout.x_option[live]))]
        pointer = np.searchsorted(layout.x_option[entry], np.arange(problem.shape[1] + 1))
        by_demand = live[np.lexsort((layout.x_option[live], layout.x_demand[live]))]
        member = problem.target_member.tocsc()
        group = np.full(problem.shape[0], -1, np.int64)
        has = np.diff(member.indptr) > 0
        group[has] = member.indices[member.indptr[:-1][has]]
        price = problem.edge_cost.copy()
        for side in (0, 1):
            stand = problem.edge_site[:, side]
            price += np.where(stand >= 0, problem.site_cost[np.maximum(stand, 0)] / 2, 0.0)
        graph = graph_of(network.nodes, network.tail, network.head, price[network.edge] + 1e-6)
        sites = np.flatnonzero(network.site_node > 0)
        place = np.zeros(problem.shape[2], np.int64)
        place[sites] = 1 + np.arange(len(sites))
        nodes = np.concatenate([[0], network.site_node[sites]])
        distance = np.empty((len(nodes), len(nodes)))
        for start in range(0, len(nodes), 100):
            part = dijkstra(graph, indices=nodes[start : start + 100])
            distance[start : start + 100] = part[:, nodes]
        distance[:, 0] = distance[0, :]
        return Ground(
            model, pointer, layout.x_demand[entry], use[entry], model.upper[: layout.y][entry],
            np.searchsorted(layout.x_demand[by_demand], np.arange(problem.shape[0] + 1)), layout.x_option[by_demand],
            np.argsort(np.diff(pointer), kind="stable"), group, place, distance,
        )  # fmt: skip

    def narrowed(self, options: Bools) -> Ground:
        """The same ground with moves that open only the given options (m,)."""
        keep = options[self.by_demand]
        demand = np.repeat(np.arange(len(self.by_demand_ptr) - 1), np.diff(self.by_demand_ptr))[keep]
        pointer = np.searchsorted(demand, np.arange(len(self.by_demand_ptr)))
        return dataclasses.replace(self, by_demand=self.by_demand[keep], by_demand_ptr=pointer)

    def anneal(
        self, opened: Bools, best: float, moves: int, heat: float, seed: int, halt: Bools
    ) -> tuple[Bools, float]:
        """(best set of options that meets the targets, its estimated cost; inf if none was seen).

        Args:
            opened: where to start.
            best: cost of a plan, which sets the price of missing a target.
            moves: how many to try.
            heat: first temperature as a share of `best`.
            halt: (1,) ends it once another thread sets it.
        """
        problem = self.model.problem
        lack = 4.0 * best / np.maximum(problem.target_min, 1e-9)
        site = np.maximum(problem.option_site, 0)
        wired = problem.option_needs_backhaul & (self.model.network.site_node[site] > 0)
        found, cost = _anneal(
            self.pointer, self.demand, self.use, self.largest, problem.option_capacity, problem.option_cost, site,
            wired, problem.site_cost, self.site_place, self.distance, self.by_demand_ptr, self.by_demand, self.order,
            self.group, problem.demand_weight, problem.target_min, lack, opened.copy(),
            moves, heat * best, np.random.default_rng(seed), seed % 2, halt,
        )  # fmt: skip
        return np.asarray(found), float(cost)


class Annealer:
    """Annealing in slices from the best plan of a search."""

    def __init__(self, ground: Ground, search: Search, seed: int) -> None:
        self.ground, self.search, self.seed = ground, search, seed
        self.moves = 20_000
        self.halt: Bools = np.zeros(1, np.bool_)
        """(1,) ends a run that is under way once another thread sets it"""
        self.server = Server(ground.model)

    def run(self, seconds: float, likely: Floats | None = None) -> None:
        """Anneal again and again for about the given time; every other turn opens `likely` (m,) options alone."""
        search, layout = self.search, self.ground.model.layout
        until = search.seconds + min(seconds, search.left_s)
        while search.point is not None and search.seconds < until and not (search.done or self.halt[0]):
            begun = search.seconds
            start = search.point[layout.y : layout.z] > 0.5
            ground = self.ground
            turn = self.seed % len(HEATS)
            if likely is not None and self.seed // len(HEATS) % 2:
                ground = ground.narrowed((likely > 1e-3) | start)
            opened, cost = ground.anneal(start, search.objective, self.moves, HEATS[turn], self.seed, self.halt)
            self.seed += 1
            if cost < search.objective * 1.02:
                shares = self.server.serve(opened)
                if shares is not None:
                    search.offer(assemble(ground.model, opened, shares), "annealing")
            spent = max(search.seconds - begun, 1e-3)
            self.moves = int(np.clip(self.moves * min(0.4 * seconds / spent, 4.0), 2_000, 2_000_000))


@nb.njit(cache=True, nogil=True)
def _network(sites_open, wired_count, place, distance, nodes, near, done):  # type: ignore[no-untyped-def]
    """Spanning tree over the roots and the open sites that need a path (Prim on shortest paths)."""
    count = 1
    nodes[0] = 0
    for site in range(len(wired_count)):
        if wired_count[site] > 0 and place[site] > 0:
            nodes[count] = place[site]
            count += 1
    for k in range(1, count):
        near[k] = distance[0, nodes[k]]
        done[k] = False
    total = 0.0
    for _ in range(1, count):
        best, at = np.inf, -1
        for k in range(1, count):
            if not done[k] and near[k] < best:
                best, at = near[k], k
        if at < 0:
            return np.inf
        done[at] = True
        total += best
        for k in range(1, count):
            if not done[k] and distance[nodes[at], nodes[k]] < near[k]:
                near[k] = distance[nodes[at], nodes[k]]
    return total


@nb.njit(cache=True, nogil=True)
def _serve(order, opened, pointer, demand, use, largest, capacity, group, weight, target, lack, remaining, got, touched, reached, room, first_pass):  # type: ignore[no-untyped-def]  # fmt: skip  # noqa: E501
    """Charge for what the targets miss: each open option first takes whom it alone reaches, then they fill in turn."""
    got[:] = 0.0
    count = 0
    for option in order:
        if opened[option]:
            room[option] = capacity[option]
            for k in range(pointer[option], pointer[option + 1]):
                reached[demand[k]] += 1
    for alone in range(first_pass, 2):
        for option in order:
            if not opened[option]:
                continue
            left = room[option]
            for k in range(pointer[option], pointer[option + 1]):
                i = demand[k]
                if alone == 0 and reached[i] != 1:
                    continue
                part = min(largest[k], remaining[i])
                if part <= 0:
                    continue
                if use[k] > 0 and part * use[k] > left:
                    part = left / use[k]
                    if part <= 0:
                        break
                if remaining[i] == 1.0:
                    touched[count] = i
                    count += 1
                remaining[i] -= part
                left -= part * use[k]
                if group[i] >= 0:
                    got[group[i]] += part * weight[i]
            room[option] = left
    for option in order:
        if opened[option]:
            for k in range(pointer[option], pointer[option + 1]):
                reached[demand[k]] = 0
    for position in range(count):
        remaining[touched[position]] = 1.0
    charge = 0.0
    for g in range(len(target)):
        if got[g] < target[g] * (1 - 1e-9):
            charge += lack[g] * (target[g] - got[g])
    return charge


@nb.njit(cache=True, nogil=True)
def _anneal(pointer, demand, use, largest, capacity, option_cost, site, wired, site_cost, place, distance, by_demand_ptr, by_demand, order, group, weight, target, lack, opened, moves, heat, rng, first_pass, halt):  # type: ignore[no-untyped-def]  # fmt: skip  # noqa: E501
    options, sites = len(option_cost), len(site_cost)
    at_site = np.zeros(sites, np.int64)
    wired_count = np.zeros(sites, np.int64)
    fixed = 0.0
    for j in range(options):
        if opened[j]:
            fixed += option_cost[j]
            if at_site[site[j]] == 0:
                fixed += site_cost[site[j]]
            at_site[site[j]] += 1
            if wired[j]:
                wired_count[site[j]] += 1
    size = len(distance) + 1
    nodes, near, done = np.empty(size, np.int64), np.empty(size), np.empty(size, np.bool_)
    remaining, got = np.ones(len(weight)), np.zeros(max(len(target), 1))
    touched = np.empty(len(weight) + 1, np.int64)
    reached, room = np.zeros(len(weight), np.int64), np.zeros(options)
    lacking = _serve(order, opened, pointer, demand, use, largest, capacity, group, weight, target, lack, remaining, got, touched, reached, room, first_pass)  # fmt: skip  # noqa: E501
    now = fixed + _network(at_site, wired_count, place, distance, nodes, near, done) + lacking
    best, best_set = np.inf, opened.copy()
    if lacking == 0.0:
        best = now
    list_open = np.empty(options, np.int64)
    for move in range(moves):
        if halt[0]:
            break
        temperature = heat * (1.0 - move / moves) ** 2 + 1e-9
        count = 0
        for j in range(options):
            if opened[j]:
                list_open[count] = j
                count += 1
        shut, start = -1, -1
        kind = rng.random()
        if count > 0 and kind < 0.75:
            shut = list_open[rng.integers(0, count)]
        if kind >= 0.2:
            if shut >= 0 and rng.random() < 0.25:
                start = shut + rng.integers(-2, 3)
                if start < 0 or start >= options or site[start] != site[shut]:
                    continue
            elif shut >= 0 and pointer[shut + 1] > pointer[shut]:
                i = demand[rng.integers(pointer[shut], pointer[shut + 1])]
                if by_demand_ptr[i + 1] == by_demand_ptr[i]:
                    continue
                start = by_demand[rng.integers(by_demand_ptr[i], by_demand_ptr[i + 1])]
            else:
                i = rng.integers(0, len(weight))
                if by_demand_ptr[i + 1] == by_demand_ptr[i]:
                    continue
                start = by_demand[rng.integers(by_demand_ptr[i], by_demand_ptr[i + 1])]
            if opened[start] or pointer[start + 1] == pointer[start]:
                continue
        change = 0.0
        if shut >= 0:
            opened[shut] = False
            at_site[site[shut]] -= 1
            change -= option_cost[shut]
            if at_site[site[shut]] == 0:
                change -= site_cost[site[shut]]
            if wired[shut]:
                wired_count[site[shut]] -= 1
        if start >= 0:
            opened[start] = True
            change += option_cost[start]
            if at_site[site[start]] == 0:
                change += site_cost[site[start]]
            at_site[site[start]] += 1
            if wired[start]:
                wired_count[site[start]] += 1
        limit = now - temperature * np.log(max(rng.random(), 1e-12))
        value = fixed + change + _network(at_site, wired_count, place, distance, nodes, near, done)
        if value <= limit:
            lacking = _serve(order, opened, pointer, demand, use, largest, capacity, group, weight, target, lack, remaining, got, touched, reached, room, first_pass)  # fmt: skip  # noqa: E501
            value += lacking
        else:
            lacking = 1.0
        if value <= limit:
            now = value
            fixed += change
            if lacking == 0.0 and value < best - 1e-9:
                best = value
                best_set[:] = opened
            continue
        if start >= 0:
            opened[start] = False
            at_site[site[start]] -= 1
            if wired[start]:
                wired_count[site[start]] -= 1
        if shut >= 0:
            opened[shut] = True
            at_site[site[shut]] += 1
            if wired[shut]:
                wired_count[site[shut]] += 1
    return best_set, best
