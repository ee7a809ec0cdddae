"""Good sets of options by simulated annealing: drop, add and swap, each move priced in microseconds (numba).

A move is priced with the whole plan it leads to: options and sites, a spanning tree over the sites on shortest
backhaul paths (an upper estimate of the network), and who can be served (`allot`). What a target misses is charged. The
best set found is then completed into a real plan, so that nothing here needs to be exact.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numba as nb
import numpy as np
from scipy.sparse.csgraph import dijkstra

from netplan.planner.allot import Offer, Room, allot, level, missing, offer_of, prices
from netplan.planner.construct import Server, assemble
from netplan.planner.incumbent import Search
from netplan.planner.model import Model
from netplan.planner.problem import Bools, Floats, Ints
from netplan.planner.steiner import graph_of

MOST_SITES = 1500
"""sites up to which all pairs of shortest paths are computed"""
HEATS = (0.06,)
"""first temperatures as shares of the best plan's cost, in turns"""
COLD = 0.1
"""times the first temperature that the last one is: below it hardly a move is taken"""
CHARGE = 4.0
"""times the best plan's cost that missing the whole of a target is charged with"""
ENOUGH = 0.8
"""part of the time given after which no further annealing begins; one is made to take all of it"""
ROUNDS, FAST, SLOW = 8, 0.3, 0.15
"""times that prices move after a move before it is given up, and paces of the first and second half of them"""
NEARLY = 0.1
"""part of what is charged for missing targets with which a move must be worth it for prices to move on"""
SURELY, LITTLE = 40, 0.01
"""times that prices move for a set that would be the best one and lacks little of any target, and what is little"""


@dataclass(frozen=True)
class Ground:
    """What annealing needs of a model, in option order."""

    model: Model
    offer: Offer
    by_demand_ptr: Ints
    by_demand: Ints
    """usable options that reach each demand"""
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
        entry = live[np.argsort(layout.x_option[live], kind="stable")]
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
        offer = offer_of(
            pointer, layout.x_demand[entry], problem.service_use.data[entry], model.upper[: layout.y][entry],
            problem.option_capacity, group, problem.demand_weight, problem.target_min,
        )  # fmt: skip
        by_demand_ptr = np.searchsorted(layout.x_demand[by_demand], np.arange(problem.shape[0] + 1))
        return Ground(model, offer, by_demand_ptr, layout.x_option[by_demand], place, distance)

    def narrowed(self, options: Bools) -> Ground:
        """The same ground with moves that open only the given options (m,)."""
        keep = options[self.by_demand]
        demand = np.repeat(np.arange(len(self.by_demand_ptr) - 1), np.diff(self.by_demand_ptr))[keep]
        pointer = np.searchsorted(demand, np.arange(len(self.by_demand_ptr)))
        return dataclasses.replace(self, by_demand=self.by_demand[keep], by_demand_ptr=pointer)

    def anneal(
        self, opened: Bools, best: float, moves: int, heat: float, seed: int, price: Floats, halt: Bools
    ) -> tuple[Bools, float]:
        """(best set of options that meets the targets, its estimated cost; inf if none was seen).

        Args:
            opened: where to start.
            best: cost of a plan, which sets the price of missing a target.
            moves: how many to try.
            heat: first temperature as a share of `best`.
            price: (m,) prices of the options' capacities, which follow the moves.
            halt: (1,) ends it once another thread sets it.
        """
        problem = self.model.problem
        lack = CHARGE * best / np.maximum(problem.target_min, 1e-9)
        site = np.maximum(problem.option_site, 0)
        wired = problem.option_needs_backhaul & (self.model.network.site_node[site] > 0)
        found, cost = _anneal(
            self.offer, Room.of(self.offer), problem.option_cost, site, wired, problem.site_cost, self.site_place,
            self.distance, self.by_demand_ptr, self.by_demand, lack, opened.copy(), moves, heat * best, price,
            np.random.default_rng(seed), halt,
        )  # fmt: skip
        return np.asarray(found), float(cost)


class Annealer:
    """Annealing in slices from the best plan of a search."""

    def __init__(self, ground: Ground, search: Search, seed: int) -> None:
        self.ground, self.search, self.seed = ground, search, seed
        self.moves = 20_000
        self.price = prices(ground.offer)
        self.halt: Bools = np.zeros(1, np.bool_)
        """(1,) ends a run that is under way once another thread sets it"""
        self.server = Server(ground.model)

    def run(self, seconds: float, likely: Floats | None = None) -> None:
        """Anneal again and again for about the given time; every other turn opens `likely` (m,) options alone."""
        search, layout = self.search, self.ground.model.layout
        until = search.seconds + ENOUGH * min(seconds, search.left_s)
        while search.point is not None and search.seconds < until and not (search.done or self.halt[0]):
            begun = search.seconds
            start = search.point[layout.y : layout.z] > 0.5
            ground = self.ground
            turn = self.seed % len(HEATS)
            if likely is not None and self.seed // len(HEATS) % 2:
                ground = ground.narrowed((likely > 1e-3) | start)
            opened, cost = ground.anneal(
                start, search.objective, self.moves, HEATS[turn], self.seed, self.price, self.halt
            )
            self.seed += 1
            if cost < search.objective * 1.02:
                shares = self.server.serve(opened)
                if shares is not None:
                    search.offer(assemble(ground.model, opened, shares), "annealing")
            spent = max(search.seconds - begun, 1e-3)
            self.moves = int(np.clip(self.moves * min(seconds / spent, 4.0), 2_000, 5_000_000))


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
def _anneal(offer, room, option_cost, site, wired, site_cost, place, distance, by_demand_ptr, by_demand, lack, opened, moves, heat, price, rng, halt):  # type: ignore[no-untyped-def]  # fmt: skip  # noqa: E501
    options, sites = len(option_cost), len(site_cost)
    at_site, wired_count = np.zeros(sites, np.int64), np.zeros(sites, np.int64)
    listed, at = np.empty(options + 1, np.int64), np.full(options, -1)
    count, fixed = 0, 0.0
    for j in range(options):
        if opened[j]:
            fixed += _turn(j, 1, option_cost, site, wired, site_cost, at_site, wired_count)
            listed[count], at[j] = j, count
            count += 1
    size = len(distance) + 1
    nodes, near, done = np.empty(size, np.int64), np.empty(size), np.empty(size, np.bool_)
    before = price.copy()
    for _ in range(SURELY):
        allot(offer, listed[:count], price, SLOW, room)
        lacking = missing(offer, room.got, lack)
        if lacking == 0.0:
            break
    now = fixed + _network(at_site, wired_count, place, distance, nodes, near, done) + lacking
    best, best_set = np.inf, opened.copy()
    if lacking == 0.0:
        best = now
    pointer, demand = offer.pointer, offer.demand
    for move in range(moves):
        if halt[0]:
            break
        temperature = heat * COLD ** (move / moves)
        shut, start = -1, -1
        kind = rng.random()
        if count > 0 and kind < 0.75:
            shut = listed[rng.integers(0, count)]
        if kind >= 0.2:
            if shut >= 0 and rng.random() < 0.25:
                start = shut + rng.integers(-2, 3)
                if start < 0 or start >= options or site[start] != site[shut]:
                    continue
            else:
                i = rng.integers(0, len(by_demand_ptr) - 1)
                if shut >= 0 and pointer[shut + 1] > pointer[shut]:
                    i = demand[rng.integers(pointer[shut], pointer[shut + 1])]
                if by_demand_ptr[i + 1] == by_demand_ptr[i]:
                    continue
                start = by_demand[rng.integers(by_demand_ptr[i], by_demand_ptr[i + 1])]
            if at[start] >= 0 or pointer[start + 1] == pointer[start]:
                continue
        change = 0.0
        if shut >= 0:
            change += _turn(shut, -1, option_cost, site, wired, site_cost, at_site, wired_count)
            count -= 1
            listed[at[shut]], at[listed[count]] = listed[count], at[shut]
            at[shut] = -1
        if start >= 0:
            change += _turn(start, 1, option_cost, site, wired, site_cost, at_site, wired_count)
            listed[count], at[start] = start, count
            count += 1
        limit = now - temperature * np.log(max(rng.random(), 1e-12))
        plain = fixed + change + _network(at_site, wired_count, place, distance, nodes, near, done)
        taken = False
        if plain <= limit:
            for k in range(count):
                before[k] = price[listed[k]]
            for again in range(ROUNDS):
                allot(offer, listed[:count], price, FAST if again < ROUNDS // 2 else SLOW, room)
                lacking = missing(offer, room.got, lack)
                taken = plain + lacking <= limit
                if taken or plain + max(NEARLY * lacking, missing(offer, room.reached, lack)) > limit:
                    break
            if not taken:
                for k in range(count):
                    price[listed[k]] = before[k]
        if not taken:
            if start >= 0:
                _turn(start, -1, option_cost, site, wired, site_cost, at_site, wired_count)
                count -= 1
                at[start] = -1
            if shut >= 0:
                _turn(shut, 1, option_cost, site, wired, site_cost, at_site, wired_count)
                listed[count], at[shut] = shut, count
                count += 1
            continue
        fixed += change
        level(offer, listed[:count], price)
        for _ in range(SURELY):  # a set that would be the best one may do with other prices
            if lacking == 0.0 or plain >= best - 1e-9 or not _nearly(offer, room):
                break
            allot(offer, listed[:count], price, SLOW, room)
            lacking = missing(offer, room.got, lack)
        now = plain + lacking
        if lacking == 0.0 and plain < best - 1e-9:
            best = plain
            best_set[:] = False
            for k in range(count):
                best_set[listed[k]] = True
    return best_set, best


@nb.njit(cache=True, nogil=True)
def _nearly(offer, room):  # type: ignore[no-untyped-def]
    """Whether each target lacks little."""
    near = True
    for k in range(len(offer.target)):
        near = near and room.got[k] >= offer.target[k] * (1.0 - LITTLE)
    return near


@nb.njit(cache=True, nogil=True)
def _turn(j, more, option_cost, site, wired, site_cost, at_site, wired_count):  # type: ignore[no-untyped-def]
    """Open (+1) or close (-1) an option; what it and its site cost more."""
    s, cost = site[j], more * option_cost[j]
    if at_site[s] == (0 if more > 0 else 1):
        cost += more * site_cost[s]
    at_site[s] += more
    if wired[j]:
        wired_count[s] += more
    return cost
