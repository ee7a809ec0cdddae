"""Outlines of plans where covering decides: a dive in the relaxation without its links, of sites first, then options.

Each site is joined at what its cheapest path costs, whoever else uses that (`unlinked`): the relaxation is the better
guide for it, as links that half-open sites share by half make everything half open. What it opens widest is opened for
good; once nothing is open by much, what is open least is closed for good instead, until the rest is whole. Opening the
last crumbs would serve the last few people with a site for each. A step is relaxed for a moment only, with cuts in
between. Who is served and which links are built is found out afterwards, and where capacity binds an outline is a bit
short of the targets: parts chosen anew make up for that (`piecewise`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from netplan.planner.bounding import Bounding
from netplan.planner.model import Model
from netplan.planner.problem import Bools, Floats
from netplan.planner.rows import Rows
from netplan.planner.unlinked import ways

STEP_S, LEAST_S = 1.4e-6, 0.3
"""seconds of a relaxation between two steps for each share of the problem, and at least"""
WARM, LONGER = 5, 3
"""relaxations without links before the dive, and times a step's seconds that each takes"""
MOST_SHARES = 1_500_000
"""shares of a problem up to which outlines were tried; with more, a dive keeps the bound waiting for minutes"""
MOST = 200
"""cuts of a kind after a step at most"""
OPENS, SURELY, CRUMB = 0.4, 0.97, 0.01
"""value from which the widest are opened for good, all are, and up to which a column counts as closed"""
FEW = 8
"""options open in part that are left to whoever goes on"""
PART, CLOSED = 0.03, 0.3
"""part of what is open in part that a step opens, and part that it closes"""
STRAIN = 0.003
"""by how much what is closed may raise the cost before the widest is opened, however narrow it is"""
DEARER = 0.025
"""by how much a dive may raise the cost of the relaxation before it ends where it is"""


def suits(model: Model) -> bool:
    """Whether outlines lead to good plans: service is free, sites are to be joined and there are targets to serve for.

    Where service costs money, dives with links do better (`plunge`). Penalties are no targets: parts know none.
    """
    problem = model.problem
    free = not model.cost[: model.layout.y].any() and not problem.demand_penalty.any()
    return model.layout.y <= MOST_SHARES and free and bool(len(problem.target_min)) and bool(problem.edge_cost.any())


def outline(bounding: Bounding, goes_on: Callable[[], bool] = lambda: True) -> Floats | None:
    """How far a dive from the last relaxation, which stays as it is, opens each option at its end. Shape (m,).

    Args:
        goes_on: asked before each step; None is returned once it says no.
    """
    master, low = bounding.master, _without_links(bounding)
    step_s = max(LEAST_S, STEP_S * len(bounding.entry))
    for _ in range(WARM):
        if not goes_on():
            return None
        low.relax(LONGER * step_s)
        low.tighten()
    ceiling, before = (1 + DEARER) * low.cost_now, low.cost_now
    for first, last in ((master.z, master.w), (master.y, master.z)):
        low.upper[master.z : master.w] = master.upper[master.z : master.w]
        while low.cost_now < ceiling:
            value = low.point[first:last]
            half = np.flatnonzero((low.lower[first:last] < 1.0) & (low.upper[first:last] > 0.0) & (value > CRUMB))
            if not len(half):
                break
            if not goes_on():
                return None
            half = half[np.argsort(-value[half], kind="stable")]
            sure, rest = half[value[half] > SURELY], half[value[half] <= SURELY]
            low.lower[first + sure] = 1.0
            if first == master.y and len(rest) <= FEW:
                break
            if len(rest) and (value[rest[0]] >= OPENS or low.cost_now > (1 + STRAIN) * before):
                low.lower[first + rest[: max(1, int(np.ceil(PART * len(half))))]] = 1.0
                before = np.inf
            elif len(rest):
                closed = value <= CRUMB if first == master.z else np.zeros(last - first, bool)
                closed[rest[-max(1, int(CLOSED * len(rest))) :]] = True
                low.upper[first + np.flatnonzero(closed & (low.lower[first:last] < 1.0))] = 0.0
                before = min(before, low.cost_now)
            low.relax(step_s)
            low.tighten(MOST)
    return low.point[master.y : master.z].copy()


def _without_links(bounding: Bounding) -> Bounding:
    """The relaxation with a price for joining each site, and no links."""
    master, other = bounding.master, bounding.aside()
    other.cost = bounding.cost.copy()
    other.cost[master.w : master.a] += ways(master.model) / master.scale
    other.cost[master.a : master.columns] = 0.0
    other.loads = None
    other.terminals = replace(bounding.terminals, has_network=False)
    linked, linking = _links(bounding, bounding.rows), _links(bounding, bounding.cuts)
    rows = bounding.rows
    other.rows = Rows(
        rows.row, rows.col, rows.value, np.where(linked, -np.inf, rows.lower), np.where(linked, np.inf, rows.upper)
    )
    other.cuts, other.idle = bounding.cuts.where(~linking), bounding.idle[~linking]
    if bounding.start is not None:
        x, dual = bounding.start
        other.start = x, np.concatenate([np.where(linked, 0.0, dual[: len(rows)]), dual[len(rows) :][~linking]])
    return other


def _links(bounding: Bounding, rows: Rows) -> Bools:
    """Which rows speak of links or of what they carry."""
    master = bounding.master
    mine = (rows.col >= master.a) & ((rows.col < master.columns) | (rows.col >= bounding.shares.stop))
    return np.bincount(rows.row[mine], minlength=len(rows)) > 0
