"""Location problems in a model: whom each option serves at what cost, nearest first, and how many may be open.

minimise Σ_j price_j y_j + Σ_i min(outside_i, min_{j open} cost_ij)  subject to  least ≤ Σ_j y_j ≤ most.

Uncapacitated facility location (no bound on the number) and the p-median problem (no prices, least = most = p) are
two of them. Entries are sorted by cost within each demand, so that whatever looks only at what is nearer than some
price reads the beginning of a row (García, Labbé and Marín 2011 build their formulation on that order).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from netplan.planner.construct import point_of
from netplan.planner.model import Model
from netplan.planner.problem import Bools, Floats, Ints


@dataclass(frozen=True)
class Location:
    """n demands, m options, entries sorted by demand and cost."""

    model: Model
    pointer: Ints
    """(n + 1,) where the entries of each demand begin"""
    option: Ints
    """(entries,) option"""
    cost: Floats
    """(entries,) cost of wholly serving the demand there; never above `outside`"""
    entry: Ints
    """(entries,) position in the model's shares"""
    outside: Floats
    """(n,) cost of leaving the demand unserved; larger than any plan's cost where it must be served"""
    price: Floats
    """(m,) cost of opening"""
    usable: Bools
    """(m,) options that can be opened"""
    least: int
    most: int

    @staticmethod
    def of(model: Model) -> Location | None:
        """The location problem that a model is, or None when it is more than that."""
        problem, layout = model.problem, model.layout
        counts = _counts(model)
        if counts is None or not layout.y or not _plain(model):
            return None
        usable = model.upper[layout.y : layout.z] > 0
        price = problem.option_cost.copy()
        at = problem.option_site >= 0
        price[at] += problem.site_cost[problem.option_site[at]]
        must = np.isinf(problem.demand_penalty)
        starts = _starts(layout.x_demand)
        penalty = np.where(must, 0.0, problem.demand_penalty)
        paid = model.cost[: layout.y] + penalty[layout.x_demand]
        dearest = np.maximum.reduceat(paid, starts)
        if (dearest == np.minimum.reduceat(paid, starts)).all():
            return None  # a matter of who is covered, not from where
        outside = np.where(must, float(price.sum() + dearest.sum() + penalty.sum()) + 1.0, penalty)
        live = np.flatnonzero(usable[layout.x_option] & (paid < outside[layout.x_demand]))
        order = live[np.lexsort((paid[live], layout.x_demand[live]))]
        pointer = np.searchsorted(layout.x_demand[order], np.arange(problem.shape[0] + 1))
        return Location(
            model, pointer, layout.x_option[order], paid[order], order, outside, price, usable, counts[0],
            min(counts[1], int(usable.sum())),
        )  # fmt: skip

    def without(self, shut: Bools) -> Location:
        """The same problem with some options (m,) left out for good."""
        kept = ~shut[self.option]
        pointer = np.concatenate([[0], np.cumsum(kept)])[self.pointer]
        return replace(
            self,
            pointer=pointer,
            option=self.option[kept],
            cost=self.cost[kept],
            entry=self.entry[kept],
            usable=self.usable & ~shut,
        )

    def point(self, opened: Bools) -> Floats | None:
        """The model's point that opens exactly these options and serves everybody from the nearest; None if it cannot.

        Those for whom being left out is cheaper are left out.
        """
        count = len(self.outside)
        there = np.flatnonzero(opened[self.option])
        demand = np.searchsorted(self.pointer, there, side="right") - 1
        served, first = np.unique(demand, return_index=True)
        if np.isinf(self.model.problem.demand_penalty[np.setdiff1d(np.arange(count), served)]).any():
            return None
        shares = np.zeros(self.model.layout.y)
        shares[self.entry[there[first]]] = 1.0
        sites = self.model.problem.shape[2]
        return point_of(self.model, shares, opened, np.zeros(sites, bool), np.zeros(0, np.int64), np.zeros(sites))


def _starts(demand: Ints) -> Ints:
    """Where each demand's shares begin, of those that have any."""
    new = np.ones(len(demand), bool)
    new[1:] = demand[1:] != demand[:-1]
    return np.flatnonzero(new)


def _plain(model: Model) -> bool:
    """Whether nothing joins the decisions but who serves whom: no network, capacity, target or shared site."""
    problem = model.problem
    if problem.budget is not None or (problem.target_min > 0).any() or model.network.reachable[1:].any():
        return False
    site = problem.option_site[problem.option_site >= 0]
    if len(np.unique(site)) < len(site):
        return False
    wanted = np.bincount(model.layout.x_option, problem.service_use.data, problem.shape[1])
    return bool((wanted <= problem.option_capacity).all() and (problem.service_max.data == 1).all())


def _counts(model: Model) -> tuple[int, int] | None:
    """(least, most) number of open options when that is all that limit rows say, else None."""
    problem = model.problem
    least, most = 0, problem.shape[1]
    if problem.limit_site.nnz or problem.limit_edge.nnz:
        return None
    rows = problem.limit_option.tocsr()
    for row in range(rows.shape[0]):
        weight = rows.data[rows.indptr[row] : rows.indptr[row + 1]]
        if not len(weight) or len(weight) != problem.shape[1] or weight[0] <= 0 or (weight != weight[0]).any():
            return None
        low, high = problem.limit_lower[row] / weight[0], problem.limit_upper[row] / weight[0]
        least = max(least, int(np.ceil(max(low, 0.0) - 1e-9)) if np.isfinite(low) else 0)
        most = min(most, int(np.floor(high + 1e-9)) if np.isfinite(high) else most)
    usable = int((model.upper[model.layout.y : model.layout.z] > 0).sum())
    return (least, most) if least <= min(most, usable) else None
