"""Plans that miss a little of a target: further options are opened, the cheapest for what is missing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import sparse

from netplan.planner.construct import Server
from netplan.planner.model import Model
from netplan.planner.problem import Bools, Floats
from netplan.planner.reroute import Rerouter
from netplan.planner.routed import routed
from netplan.planner.unlinked import ways

MOST = 12
"""options opened at most"""
TURNS = 300
"""of rerouting that follow"""
ENOUGH = 1e-9
"""part of a target that may be missing"""


class Topping:
    """Opens further options of plans of a model whose service is free."""

    def __init__(self, model: Model, server: Server, rerouter: Rerouter) -> None:
        self.model, self.server, self.rerouter = model, server, rerouter
        problem, layout = model.problem, model.layout
        n, m, _, _ = problem.shape
        places = (layout.x_demand, layout.x_option)
        self._counts = problem.target_weight
        self._most = sparse.csr_array((model.upper[: layout.y], places), shape=(n, m))
        self._use = sparse.csr_array((model.upper[: layout.y] * problem.service_use.data, places), shape=(n, m))
        self._way = ways(model)
        self._usable = model.upper[layout.y : layout.z] > 0

    def topped(self, point: Floats, tries: int, seed: int) -> Iterator[Floats]:
        """Plans that miss nothing, each begun with another one of the cheapest options for what is missing.

        Args:
            point: a plan that may miss targets.
        """
        layout = self.model.layout
        opened = point[layout.y : layout.z] > 0.5
        for rank in range(tries):
            more = self._more(point, rank)
            if more is None:
                continue
            shares = self.server.serve(opened | more)
            if shares is None:
                continue
            found = routed(self.rerouter, opened | more, shares, {}, TURNS, seed)
            if found is not None:
                yield found[0]

    def _more(self, point: Floats, rank: int) -> Bools | None:
        """(m,) options to open; who is served already stays so. None where that is not enough."""
        problem, layout = self.model.problem, self.model.layout
        n, m, _, _ = problem.shape
        left = 1.0 - np.minimum(np.bincount(layout.x_demand, point[: layout.y], n), 1.0)
        stands = point[layout.z : layout.w] > 0.5
        more, opened = np.zeros(m, bool), point[layout.y : layout.z] > 0.5
        capacity = problem.option_capacity
        site = problem.option_site
        for _ in range(MOST):
            lack = problem.target_min - self._counts @ (1.0 - left)
            lack[lack <= ENOUGH * problem.target_min] = 0.0
            if not lack.any():
                return more
            wanted = left @ self._use
            room = np.where(wanted > capacity, capacity / np.maximum(wanted, 1e-12), 1.0)
            gained = (self._most.T @ sparse.csr_array(self._counts.multiply(left[None, :])).T).toarray() * room[:, None]
            # what a target gains beyond what it lacks is worth nothing; targets count by their size
            part = np.minimum(gained, lack[None, :]) @ (1.0 / np.maximum(problem.target_min, 1e-9))
            cost = problem.option_cost.copy()
            at = site >= 0
            cost[at] += np.where(stands, 0.0, problem.site_cost + self._way)[site[at]]
            worth = np.where(self._usable & ~opened & ~more, part, 0.0)
            if not worth.any():
                return None
            price = np.where(worth > 0, cost / np.maximum(worth, 1e-15), np.inf)
            option = int(np.argsort(price, kind="stable")[rank])
            if not np.isfinite(price[option]):
                return None
            rank = 0
            more[option] = True
            if site[option] >= 0:
                stands[site[option]] = True
            served = np.zeros(n)
            column = self._most[:, [option]].tocoo()
            served[column.row] = column.data * room[option]
            left = np.maximum(left - served * left, 0.0)
        return None
