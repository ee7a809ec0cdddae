"""Better plans around the best one: other routes, and options closed, opened or swapped with the routes that follow."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from netplan.planner.construct import Server
from netplan.planner.incumbent import Search
from netplan.planner.model import Model
from netplan.planner.problem import Bools, Floats, Ints
from netplan.planner.reroute import Rerouter, Routes
from netplan.planner.routed import laid_anew, routed

POLISH = 1000
"""turns of one polish of the routes"""
FOLLOW = 60
"""turns after a change of options"""
ANEW = 4000
"""turns of a network that is laid anew, once it is chosen"""
APPEAL = 0.02
"""how readily an option is tried that the relaxation does not open"""
PATIENCE_S = 3.0
"""seconds without a better plan, after those that the last one took to come up, that end a search"""


class Improver:
    """Local search on whole plans of a model without budget, limit rows and integral demand."""

    def __init__(self, model: Model, search: Search, seed: int) -> None:
        layout = model.layout
        self.model, self.search = model, search
        self.rng = np.random.default_rng(seed)
        self.server, self.rerouter = Server(model), Rerouter(model)
        live = np.flatnonzero(model.upper[: layout.y] > 0)
        live = live[model.upper[layout.y + layout.x_option[live]] > 0]
        order = np.argsort(layout.x_option[live], kind="stable")
        self.option_demand = layout.x_demand[live][order]
        self.option_ptr = np.searchsorted(layout.x_option[live][order], np.arange(model.problem.shape[1] + 1))
        order = np.argsort(layout.x_demand[live], kind="stable")
        self.demand_option = layout.x_option[live][order]
        self.demand_ptr = np.searchsorted(layout.x_demand[live][order], np.arange(model.problem.shape[0] + 1))
        self.routes: Routes = {}
        self.turn = 0
        self.appeal = np.ones(model.problem.shape[1])
        """how likely each option is tried (a relaxation's values, for example)"""

    def polish(self, seconds: float) -> None:
        """Reroute the best plan again and again for about the given time."""
        search, layout = self.search, self.model.layout
        until = search.seconds + min(seconds, search.left_s)
        if search.point is None:
            return
        point = search.point
        stale = 0
        while search.seconds < until and stale < 8:
            self.turn += 1
            stale += 1
            if point[layout.w : layout.b].sum() < 1.5:
                return
            opened, edges = point[layout.y : layout.z] > 0.5, np.flatnonzero(point[layout.b : layout.a] > 0.5)
            found = routed(self.rerouter, opened, point[: layout.y], {}, POLISH, self.turn, favoured=edges)
            if found is None:
                return
            new, routes = found
            if search.offer(new, "rerouting"):
                stale, self.routes = 0, routes
            point = new if self.turn % 4 else search.point

    def change(self, seconds: float) -> None:
        """Close, open or swap options for about the given time; what is hardly worse is kept for a while, too.

        Ends sooner when nothing better has come up for as long as it took until the last of them, and a moment more.
        """
        search, layout = self.search, self.model.layout
        if search.point is None:
            return
        until = search.seconds + min(seconds, search.left_s)
        begun = last = search.seconds
        point, value = search.point, search.objective
        routes = self.routes
        while search.seconds < until and search.seconds - last < last - begun + PATIENCE_S and not search.done:
            self.turn += 1
            before = point[layout.y : layout.z] > 0.5
            opened = self.move(before, point[: layout.y])
            if opened is None:
                continue
            found = self.plan(opened, routes, point[: layout.y], before)
            if found is None:
                continue
            new, new_routes = found
            cost = float(self.model.cost @ new) + self.model.constant
            heat = 1e-3 * max(0.0, 1.0 - (search.seconds - begun) / max(until - begun, 1e-9))
            if cost < max(value, search.objective * (1 + heat)):
                point, value, routes = new, cost, new_routes
                if search.offer(new, "other sites"):
                    self.routes, last = new_routes, search.seconds

    def plan(self, opened: Bools, routes: Routes, shares_before: Floats, before: Bools) -> tuple[Floats, Routes] | None:
        """The plan with at most the given options open; who is near the change is served anew, the routes follow."""
        free = np.zeros(self.model.problem.shape[0], bool)
        for option in np.flatnonzero(opened != before).tolist():
            free[self.option_demand[self.option_ptr[option] : self.option_ptr[option + 1]]] = True
        shares = self.server.serve(opened, shares_before, free)
        if shares is None:
            return None
        return routed(self.rerouter, opened, shares, routes, FOLLOW, self.turn, slack=0.0)

    def with_new_network(self, opened: Bools, built: Floats) -> Floats | None:
        """The plan with at most the given options open and a network of its own; None where targets are missed.

        Args:
            built: (e,) how far a relaxation builds each edge: where paths are laid first.
        """
        shares = self.server.serve(opened)
        if shares is None:
            return None
        found = laid_anew(self.rerouter, opened, shares, ANEW, self.turn, np.flatnonzero(built > 0.5))
        return None if found is None else found[0]

    def move(self, opened: Bools, shares: Floats) -> Bools | None:
        """The options after a random change."""
        layout, rng = self.model.layout, self.rng
        now = np.flatnonzero(opened)
        kind = rng.random()
        out = opened.copy()
        centre = self._demand_of(int(rng.choice(now))) if len(now) else int(rng.integers(self.model.problem.shape[0]))
        if kind < 0.8 and len(now):
            served = np.bincount(layout.x_option, shares, len(opened))[now]
            first = int(rng.choice(now, p=_odds(1.0 / (served + 1.0)))) if rng.random() < 0.5 else int(rng.choice(now))
            out[first] = False
            centre = self._demand_of(first)
            if rng.random() < 0.2:
                other = self._option_at(centre, out, wanted=True)
                if other >= 0:
                    out[other] = False
        if kind > 0.25:
            other = self._option_at(centre, opened, wanted=False)
            if other < 0:
                return None
            out[other] = True
        return out

    def _demand_of(self, option: int) -> int:
        """A random demand that an option reaches."""
        start, end = self.option_ptr[option], self.option_ptr[option + 1]
        return int(self.option_demand[self.rng.integers(start, end)]) if end > start else 0

    def _option_at(self, demand: int, opened: Bools, wanted: bool) -> int:
        """A random option that reaches a demand and is (not) open; -1 if there is none."""
        options: Ints = self.demand_option[self.demand_ptr[demand] : self.demand_ptr[demand + 1]]
        options = options[opened[options] == wanted]
        return int(self.rng.choice(options, p=_odds(self.appeal[options]))) if len(options) else -1


def _odds(weight: npt.NDArray[Any]) -> Floats:
    """Weights as probabilities."""
    return np.asarray(weight / weight.sum(), float)
