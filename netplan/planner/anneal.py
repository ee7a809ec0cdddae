"""Good sets of options by simulated annealing: drop, add and swap, each move priced in microseconds (numba).

A move is priced with the whole plan it leads to: options and sites, a spanning tree over the sites on the cheapest
backhaul ways, with hops as often as they take to carry the traffic, and who can be served when the open options are
filled in turn, the ones of smallest reach first, each with whom it serves with least capacity. What a target misses is
charged. The best set found is then completed into a real plan, so that nothing here needs to be exact.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.sparse.csgraph import dijkstra

from netplan.planner.anneal_moves import Tables, anneal, serve
from netplan.planner.construct import Server, assemble
from netplan.planner.incumbent import Search
from netplan.planner.model import Model
from netplan.planner.problem import Bools, Floats, Ints
from netplan.planner.steiner import graph_of

MOST_SITES = 1500
"""sites up to which all pairs of ways are computed"""
MANY = 50_000
"""entries from which who is alone in reach is not looked for: it takes as long as all else"""
WORTH = 1.002
"""a plan up to this many times the best is served anew, as cheaply as can be"""
LEVELS = 24
"""different prices of serving that are told apart for each target"""


@dataclass(frozen=True)
class Ground:
    """What annealing needs of a model."""

    model: Model
    tables: Tables
    entry: Ints
    """column of the share of each entry"""

    @staticmethod
    def suits(model: Model) -> bool:
        """Whether moves can be priced this way: no penalties, small enough."""
        problem = model.problem
        plain = bool((problem.demand_penalty == 0).all()) and bool((model.cost[: model.layout.y] >= 0).all())
        return plain and 0 < problem.shape[2] <= MOST_SITES and bool(len(problem.target_min))

    @staticmethod
    def of(model: Model) -> Ground:
        """Lay out the entries and compute the ways."""
        problem, layout, network = model.problem, model.layout, model.network
        member = problem.target_member.tocsc()
        group = np.full(problem.shape[0], -1, np.int64)
        has = np.diff(member.indptr) > 0
        group[has] = member.indices[member.indptr[:-1][has]]
        usable = model.upper[layout.y : layout.z] > 0
        wanted = (group >= 0) & (problem.demand_weight > 0)
        live = np.flatnonzero(usable[layout.x_option] & (model.upper[: layout.y] > 0) & wanted[layout.x_demand])
        use = problem.service_use.data
        # Who must all be served is served first: of a target that leaves room, others can stand in.
        reachable = np.bincount(group[wanted], problem.demand_weight[wanted], len(problem.target_min))
        strict = problem.target_min / np.maximum(reachable, 1e-9)
        rank = -strict[group[layout.x_demand[live]]]
        entry = live[np.lexsort((use[live], rank, layout.x_option[live]))]
        demand, option = layout.x_demand[entry], layout.x_option[entry]
        pointer = np.searchsorted(option, np.arange(problem.shape[1] + 1))
        by_demand = live[np.lexsort((layout.x_option[live], layout.x_demand[live]))]
        per_weight = model.cost[: layout.y][entry] / problem.demand_weight[demand]
        level, level_ptr, level_price = _levels(group[demand], per_weight, len(problem.target_min))
        none = problem.shape[2]
        site = np.where(problem.option_site >= 0, problem.option_site, none)
        node = np.append(network.site_node, 0)
        wired = problem.option_needs_backhaul & (node[site] > 0)
        sites = np.flatnonzero(node > 0)
        place = np.zeros(none + 1, np.int64)
        place[sites] = 1 + np.arange(len(sites))
        tables = Tables(
            pointer, demand, use[entry], model.upper[: layout.y][entry], level, problem.option_capacity,
            problem.option_cost, site, wired, np.append(problem.site_cost, 0.0), place,
            _distances(model, np.concatenate([[0], node[sites]])),
            np.searchsorted(layout.x_demand[by_demand], np.arange(problem.shape[0] + 1)), layout.x_option[by_demand],
            np.argsort(np.diff(pointer), kind="stable"), group, problem.demand_weight, problem.target_min,
            np.zeros(len(problem.target_min)), level_ptr, level_price,
        )  # fmt: skip
        return Ground(model, tables, entry)

    @property
    def least_service(self) -> float:
        """Cost of serving the targets at the lowest prices there are: what no choice of options changes."""
        t = self.tables
        first = t.level_ptr[:-1][np.diff(t.level_ptr) > 0]
        return float(t.target[np.diff(t.level_ptr) > 0] @ t.level_price[first])

    def narrowed(self, options: Bools) -> Ground:
        """The same ground with moves that open only the given options (m,)."""
        t = self.tables
        keep = options[t.by_demand]
        demand = np.repeat(np.arange(len(t.by_demand_ptr) - 1), np.diff(t.by_demand_ptr))[keep]
        pointer = np.searchsorted(demand, np.arange(len(t.by_demand_ptr)))
        return dataclasses.replace(self, tables=t._replace(by_demand=t.by_demand[keep], by_demand_ptr=pointer))

    def anneal(self, opened: Bools, best: float, moves: int, heat: float, seed: int) -> tuple[Bools, float]:
        """(best set of options that meets the targets, its estimated cost; inf if none was seen).

        Args:
            opened: where to start.
            best: cost of a plan, which sets the price of missing a target.
            moves: how many to try.
            heat: first temperature as a share of what of `best` hangs on the choice.
        """
        lack = 4.0 * best / np.maximum(self.tables.target, 1e-9)
        warmth = heat * max(best - self.least_service, 1e-3 * best)
        tables = self.tables._replace(lack=lack)
        found, cost = anneal(tables, opened.copy(), moves, warmth, np.random.default_rng(seed), self.rule(seed))
        return np.asarray(found), float(cost)

    def rule(self, seed: int) -> int:
        """0: who is alone in reach is served first, in every other run of a small problem; 1: each option in turn."""
        return seed % 2 if len(self.entry) < MANY else 1

    def filled(self, opened: Bools, first_pass: int) -> Floats:
        """Whom the options serve by the rule that moves are priced with, as shares (entries of the model,).

        Targets are met exactly where they are met: the dearest are left out.
        """
        t, n = self.tables, len(self.tables.weight)
        share = np.zeros(len(self.entry))
        serve(
            opened, t, np.ones(n), np.zeros(len(t.level_price)), np.empty(n + 1, np.int64), np.zeros(n, np.int64),
            np.zeros(len(opened)), first_pass, share,
        )  # fmt: skip
        busy = np.flatnonzero(share)
        order = busy[np.argsort(-t.level[busy], kind="stable")]  # levels of a target follow one another, rising
        weight, of = t.weight[t.demand[order]] * share[order], t.group[t.demand[order]]
        for g, target in enumerate(t.target):
            mine = of == g
            spare = max(float(weight[mine].sum()) - float(target), 0.0)
            cut = np.clip(spare - (np.cumsum(weight[mine]) - weight[mine]), 0.0, weight[mine])
            share[order[mine]] -= cut / t.weight[t.demand[order[mine]]]
        out = np.zeros(self.model.layout.y)
        out[self.entry] = np.maximum(share, 0.0)
        return out


def _levels(group: Ints, price: Floats, groups: int) -> tuple[Ints, Ints, Floats]:
    """(price level of each entry, first level of each group and the end, price of each level, rising in a group)."""
    level, pointer, prices = np.zeros(len(group), np.int64), [0], list[float]()
    for g in range(groups):
        mine = np.flatnonzero(group == g)
        scale = float(price[mine].max(initial=0.0)) or 1.0
        values, at = np.unique(np.round(price[mine] / scale, 6), return_inverse=True)
        if len(values) > LEVELS:
            edges = np.quantile(price[mine] / scale, np.linspace(0, 1, LEVELS + 1)[1:-1])
            _, at = np.unique(np.searchsorted(edges, price[mine] / scale), return_inverse=True)
        count = np.bincount(at)
        level[mine] = len(prices) + at
        prices += (np.bincount(at, price[mine]) / np.maximum(count, 1)).tolist()
        pointer.append(len(prices))
    return level, np.array(pointer, np.int64), np.array(prices)


def _distances(model: Model, nodes: Ints) -> Floats:
    """Cheapest ways between the given nodes, (k, k); a hop costs half of each site that it stands on besides."""
    problem, network = model.problem, model.network
    price = problem.edge_cost.copy()
    for side in (0, 1):
        stand = problem.edge_site[:, side]
        price += np.where(stand >= 0, problem.site_cost[np.maximum(stand, 0)] / 2, 0.0)
    graph = graph_of(network.nodes, network.tail, network.head, price[network.edge] + 1e-6)
    distance = np.empty((len(nodes), len(nodes)))
    for start in range(0, len(nodes), 100):
        part = dijkstra(graph, indices=nodes[start : start + 100])
        distance[start : start + 100] = part[:, nodes]
    distance[:, 0] = distance[0, :]
    return distance


Finish = Callable[[Bools, Floats], Floats | None]


class Annealer:
    """Annealing in slices from the best plan of a search."""

    def __init__(self, ground: Ground, search: Search, seed: int, finish: Finish | None = None) -> None:
        """`finish`: makes a plan of options and shares; default: the cheapest paths, one after the other."""
        self.ground, self.search, self.seed = ground, search, seed
        self.finish: Finish = partial(assemble, ground.model) if finish is None else finish
        self.moves, self.rate = 20_000, np.inf
        self.server = Server(ground.model)

    def run(self, seconds: float, likely: Floats | None = None, runs: float = 2.5) -> None:
        """Anneal about `runs` times in about the given time; moves open `likely` (m,) options only, where given."""
        search, layout = self.search, self.ground.model.layout
        until = search.seconds + min(seconds, search.left_s)
        while search.point is not None and search.seconds < until and not search.done:
            begun = search.seconds
            start = search.point[layout.y : layout.z] > 0.5
            ground = self.ground
            if likely is not None and self.seed % 3:
                ground = ground.narrowed((likely > 1e-3) | start)
            heat = (0.015, 0.03, 0.006)[self.seed % 3]
            moves = int(min(self.moves, max(2_000, (until - begun) * self.rate)))
            opened, cost = ground.anneal(start, search.objective, moves, heat, self.seed)
            self.rate = moves / max(search.seconds - begun, 1e-3)
            if cost < search.objective * 1.02:
                self._offer(opened, ground.filled(opened, ground.rule(self.seed)))
            self.seed += 1
            self.moves = int(np.clip(min(self.rate * seconds / runs, 4.0 * moves), 2_000, 2_000_000))

    def _offer(self, opened: Bools, shares: Floats) -> None:
        """Offer the plan with these shares and, where it is worth it, that with the cheapest ones."""
        plan = self.finish(opened, shares)
        cost = np.inf if plan is None else float(self.ground.model.cost @ plan) + self.ground.model.constant
        self.search.offer(plan, "annealing")
        if cost < self.search.objective * WORTH:
            best = self.server.serve(opened)
            if best is not None:
                self.search.offer(self.finish(opened, best), "annealing")
