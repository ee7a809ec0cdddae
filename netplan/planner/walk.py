"""Better plans by annealing on whole plans: each move is priced with the plan it leads to (`moves`, `exchange`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from scipy import sparse

from netplan.planner import exchange as ex
from netplan.planner.construct import Server
from netplan.planner.exchange import LONGEST, Plan, Records
from netplan.planner.incumbent import Search
from netplan.planner.model import Model
from netplan.planner.moves import Kept, fill, walk
from netplan.planner.problem import Bools, Floats, Ints
from netplan.planner.reroute import Rerouter, Routes
from netplan.planner.routed import routed

CAPACITY_WORTH = 0.3
"""part of what an option costs that its capacity is charged with"""
DEAR = 2.0
"""times the average price, above which a further option is tried"""
ANY = 1e12
"""price of a weight that is never too dear"""
JOINING = 0.4
"""part of what an average site costs that is its way to the network"""
HOT, COLD = 0.1, 0.002
"""temperature at first and at last, in costs of an average site with its options and its way to the network"""
CHARGE, LOWEST, HIGHEST = 6.0, 0.1, 1e3
"""times what a weight would cost on average, were a like part spent on every target: what is charged for it at first,
at least, and at most when a slice begins"""
FOLLOW = 300
"""turns of rerouting that follow a walk"""


class Rough(NamedTuple):
    """A plan that may miss targets."""

    point: Floats
    charge: Floats
    """(k,) what is charged at first for a weight that is missing"""


class Walker:
    """Annealing in slices from the best plan of a search."""

    def __init__(self, model: Model, search: Search, rerouter: Rerouter, seed: int) -> None:
        self.model, self.search, self.rerouter = model, search, rerouter
        self.seed = seed
        self._pace, self._about_s = 60.0, 0.0
        """moves a second; seconds that the rest of a slice takes"""
        self.halt: Bools = np.zeros(1, np.bool_)
        """(1,) ends a walk that is under way once another thread sets it"""
        self.server = Server(model)
        self.entries, self._empty = lay_out(model, rerouter)
        self.plan: Plan | None = None
        self._lenient = 1.0 if model.cost[: model.layout.y].any() else np.inf
        self._found: tuple[Floats | None, Routes] = (None, {})
        """the best point, if it was found here, and its paths"""

    @staticmethod
    def suits(model: Model) -> bool:
        """Whether demands belong to one target at most, none carries a penalty and sites are to be joined."""
        problem = model.problem
        single = bool((np.diff(problem.target_member.tocsc().indptr) <= 1).all())
        return single and not problem.demand_penalty.any() and bool(len(problem.site_cost)) and bool(len(model.cost))

    @contextmanager
    def elsewhere(self, search: Search) -> Iterator[None]:
        """Within the block it walks from the best plan of another search, and offers what it finds there."""
        own, self.search = self.search, search
        try:
            yield
        finally:
            self.search = own

    def run(self, seconds: float, appeal: Floats, heat: float = 1.0, rough: Rough | None = None) -> None:
        """Anneal for about the given time.

        Args:
            appeal: (m,) how readily each option is tried.
            heat: times the usual first temperature.
            rough: a plan to begin with that may miss targets; the best one where there is none.
        """
        search = self.search
        begun = search.seconds
        seconds = min(seconds, search.left_s)
        if seconds <= 0.2 or not (self.begin(rough) or self.begin()):
            return
        assert self.plan is not None
        self.plan.option["appeal"] = appeal
        moves, started = int(max(self._pace * (seconds - self._about_s), 100)), search.seconds
        better = self.anneal(moves, heat * HOT, heat * COLD)
        walked_s = search.seconds - started
        if better:
            self.offer()
        self._pace = min(moves / max(walked_s, 1e-3), 4 * self._pace)
        self._about_s = search.seconds - begun - walked_s

    def begin(self, rough: Rough | None = None) -> bool:
        """Lay a plan, or the best one, out with a path for every site that needs one.

        Returns whether that can be done and it builds something.
        """
        model, search, layout = self.model, self.search, self.model.layout
        point = search.point if rough is None else rough.point
        if point is None:
            return False
        shares = point[: layout.y]
        found: tuple[Floats | None, Routes] | None = self._found
        if point is not self._found[0]:
            edges = np.flatnonzero(point[layout.b : layout.a] > 0.5)
            found = routed(self.rerouter, point[layout.y : layout.z] > 0.5, shares, {}, 0, 0, favoured=edges)
        if found is None:
            return False
        routes = found[1]
        plan = Plan(*(part.copy() for part in self._empty))
        for site, path in routes.items():
            plan.site["length"][site] = len(path)
            plan.path[site, : len(path)] = path
        fill(plan, shares[self.entries])
        plan.target["dearest"] = _dearest(plan)
        least = np.maximum(model.problem.target_min, 1e-9) if len(model.problem.target_min) else np.ones(1)
        average = plan.now["total"][0] / (len(least) * least)
        charge = CHARGE * average if self.plan is None else self.plan.target["charge"]
        charge = charge if rough is None else rough.charge
        plan.target["charge"] = np.clip(charge, LOWEST * average, HIGHEST * average)
        wired = max(int((plan.site["wires"] > 0).sum()), 1)
        self._whole = float(plan.now["total"][0] - plan.entry["share"] @ plan.entry["cost"]) / wired
        if self._whole <= 0.0:
            return False
        self._kept = Kept(
            plan.entry["share"].copy(), plan.option["busy"].copy(), plan.site["length"].copy(), plan.path.copy()
        )
        self.plan, self._best = plan, float(plan.now["total"][0]) if rough is None else search.objective
        return True

    def anneal(self, moves: int, hot: float, cold: float) -> bool:
        """So many moves from where the plan stands, temperatures in costs of a site; whether a better plan was seen."""
        assert self.plan is not None
        self.seed += 1
        before, rng, whole = self._best, np.random.default_rng(self.seed), self._whole
        self._best = walk(
            self.plan, self._kept, before, JOINING * whole, self._lenient, moves, hot * whole, cold * whole, rng,
            self.halt,
        )  # fmt: skip
        return self._best < before

    def offer(self) -> None:
        """The cheapest plan seen, and the same with the shares that cost least and better routes."""
        model, layout, kept = self.model, self.model.layout, self._kept
        problem = model.problem
        shares = np.zeros(layout.y)
        shares[self.entries] = np.clip(kept.share, 0.0, self._empty.entry["most"])
        routes = {int(k): kept.path[k, : kept.length[k]] for k in np.flatnonzero(kept.length >= 0).tolist()}
        busy = np.bincount(layout.x_option, shares > ex.LEAST, problem.shape[1]) > 0
        by_demand = np.bincount(layout.x_demand, shares, problem.shape[0])
        reached = problem.target_member @ (problem.demand_weight * np.minimum(by_demand, 1.0))
        if (reached >= problem.target_min - self._empty.target["slack"][: len(reached)]).all():
            free = not model.cost[: layout.y].any()  # then no other shares cost less, and finding them takes long
            self._try(busy, shares, routes, FOLLOW if free else 0)
            if free:
                return
        least = self.server.serve(busy)
        if least is not None:
            self._try(busy, least, routes, FOLLOW)

    def _try(self, opened: Bools, shares: Floats, routes: Routes, turns: int) -> None:
        found = routed(self.rerouter, opened, shares, routes, turns, self.seed)
        if found is not None and self.search.offer(found[0], "annealing"):
            self._found = found


def _dearest(plan: Plan) -> Floats:
    """Twice what is paid for each weight of a target on average. Shape (k,)."""
    group = plan.demand["group"][plan.entry["demand"]]
    weight = plan.entry["share"] * plan.demand["weight"][plan.entry["demand"]]
    mine = group >= 0
    served = np.bincount(group[mine], weight[mine], len(plan.target))
    paid = np.bincount(group[mine], (plan.entry["share"] * plan.entry["price"])[mine], len(plan.target))
    return np.asarray(np.where(paid > 0, DEAR * paid / np.maximum(served, 1e-12), ANY))


def lay_out(model: Model, rerouter: Rerouter) -> tuple[Ints, Plan]:
    """(the model's share column of each entry, a plan in which nobody is served)."""
    problem, layout, network = model.problem, model.layout, model.network
    n, m, s, _ = problem.shape
    live = np.flatnonzero((model.upper[layout.y : layout.z] > 0)[layout.x_option] & (model.upper[: layout.y] > 0))
    live = live[np.argsort(layout.x_option[live], kind="stable")]
    site = problem.option_site
    whole = problem.option_cost + np.where(site >= 0, problem.site_cost[np.maximum(site, 0)], 0.0)
    per_use = np.divide(whole, problem.option_capacity, out=np.zeros(m), where=problem.option_capacity > 0)
    use, cost = problem.service_use.data[live], model.cost[: layout.y][live]
    entry = _records(
        ex.ENTRY, len(live), demand=layout.x_demand[live], option=layout.x_option[live], use=use, cost=cost,
        price=cost + CAPACITY_WORTH * per_use[layout.x_option[live]] * use, most=model.upper[: layout.y][live],
    )  # fmt: skip
    first, last = _ranges(entry["option"], m)
    option = _records(
        ex.OPTION, m, first=first, last=last, cost=problem.option_cost, site=site,
        feeds=problem.option_needs_backhaul & (site >= 0), idle=(problem.option_cost <= 0) & (site < 0),
        room=problem.option_capacity,
    )  # fmt: skip
    group, weight = _groups(problem.target_member, problem.demand_weight)
    by_demand = np.argsort(entry["demand"], kind="stable")
    first, last = _ranges(entry["demand"][by_demand], n)
    demand = _records(
        ex.DEMAND, n, first=first, last=last, group=group, weight=weight, mbps=problem.demand_mbps, left=1.0, chain=-1,
        place=-1,
    )  # fmt: skip
    sites = _records(ex.SITE, s, cost=problem.site_cost, node=network.site_node, length=-1, seen=-1)
    edge = _records(
        ex.EDGE, len(problem.edge_cost), cost=problem.edge_cost, stand_a=problem.edge_site[:, 0],
        stand_b=problem.edge_site[:, 1], space=problem.edge_capacity,
    )  # fmt: skip
    node = _records(ex.NODE, network.nodes, first=rerouter.pointer[:-1], last=rerouter.pointer[1:])
    arc = _records(ex.ARC, len(rerouter.other), other=rerouter.other, edge=rerouter.number)
    some = len(problem.target_min) > 0
    least, scale = (problem.target_min, problem.target_scale) if some else (np.zeros(1), np.ones(1))
    target = _records(ex.TARGET, len(least), lack=least, slack=1e-9 * scale)
    widest = int((option["last"] - option["first"]).max(initial=0))
    changes = 2 * n + 4 * widest + 64  # up to three options close first; `serve` heeds what is left
    return live, Plan(
        entry, option, demand, sites, edge, node, arc, target, by_demand, np.zeros(m, np.int64), np.zeros(n, np.int64),
        np.zeros((s, LONGEST), np.int64), _records(ex.CHANGE, changes), _records(ex.OLD, s),
        np.zeros((s, LONGEST), np.int64), np.zeros(m, np.int64), _records(ex.NOW, 1),
    )  # fmt: skip


def _records(kind: np.dtype[np.void], count: int, **columns: object) -> Records:
    """Records with the given columns, 0 in the others."""
    out = np.zeros(count, kind)
    for name, values in columns.items():
        out[name] = values
    return out


def _ranges(sorted_keys: Ints, count: int) -> tuple[Ints, Ints]:
    """First place of each key and the one after its last."""
    pointer = np.searchsorted(sorted_keys, np.arange(count + 1))
    return pointer[:-1], pointer[1:]


def _groups(member: sparse.csr_array, demand_weight: Floats) -> tuple[Ints, Floats]:
    """(target of each demand or -1, weight with which it counts there)."""
    columns = member.tocsc()
    has = np.diff(columns.indptr) > 0
    group, weight = np.full(len(demand_weight), -1, np.int64), np.zeros(len(demand_weight))
    group[has] = columns.indices[columns.indptr[:-1][has]]
    weight[has] = columns.data[columns.indptr[:-1][has]] * demand_weight[has]
    group[weight <= 0] = -1
    return group, weight
