"""The model of a problem: columns, costs and the rows of every block."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from netplan.planner.blocks.capacity import capacity
from netplan.planner.blocks.connectivity import connectivity
from netplan.planner.blocks.coverage import coverage
from netplan.planner.blocks.limits import limits
from netplan.planner.blocks.sites import sites
from netplan.planner.blocks.traffic import loads
from netplan.planner.network import Network, contract, option_load_max
from netplan.planner.problem import Bools, Floats, Problem
from netplan.planner.rows import Layout, Rows, stack


@dataclass(frozen=True)
class Model:
    """minimise cost · v + constant subject to rows, lower ≤ v ≤ upper, v integer where flagged.

    A relaxation until the connectivity and capacity cuts are added: those are separated as they are violated.
    """

    problem: Problem
    network: Network
    layout: Layout
    rows: Rows
    cost: Floats
    constant: float
    lower: Floats
    upper: Floats
    integer: Bools
    site_load_max: Floats
    """most traffic (Mbit/s) each site can ever hand to the backhaul"""
    capacitated: bool
    """whether any edge's capacity can bind"""


SCRAP = 1e-9
"""part of the least use that a capacity must be: what is less is rounding, and solvers refuse rows divided by it"""


def build(problem: Problem) -> Model:
    """Build the model from sparse arrays, block by block.

    A capacity of which nobody could be served a billionth counts as none, as in `Model.problem`.
    """
    problem = _without_scraps(problem)
    network = contract(problem)
    layout = Layout.of(problem, network)
    s = problem.shape[2]
    needs = problem.option_needs_backhaul & (problem.option_site >= 0)
    load = np.where(needs, option_load_max(problem), 0.0)
    site_load = np.asarray(np.bincount(problem.option_site[needs], load[needs], s), float) if s else np.zeros(0)
    capacitated = bool((problem.edge_capacity < site_load.sum()).any())
    blocks = [
        coverage(problem, layout),
        capacity(problem, layout),
        sites(problem, network, layout),
        connectivity(problem, network, layout),
        limits(problem, layout),
    ]
    if capacitated:
        blocks.append(loads(problem, network, layout))
    penalty = np.where(np.isfinite(problem.demand_penalty), problem.demand_penalty, 0.0)
    cost, lower, upper = np.zeros(layout.columns), np.zeros(layout.columns), np.ones(layout.columns)
    cost[layout.x : layout.y] = _service_cost(problem, layout) - penalty[layout.x_demand]
    cost[layout.y : layout.z] = problem.option_cost
    cost[layout.z : layout.w] = problem.site_cost
    cost[layout.b : layout.a] = problem.edge_cost
    whole = problem.demand_integral[layout.x_demand]
    upper[layout.x : layout.y] = np.where(whole, np.floor(problem.service_max.data), problem.service_max.data)
    upper[layout.y : layout.z][~usable(problem, network)] = 0.0
    upper[layout.load :] = np.inf if capacitated else 0.0
    integer = np.zeros(layout.columns, bool)
    integer[layout.x : layout.y] = whole
    integer[layout.y : layout.w] = True
    integer[layout.b : layout.a] = True
    return Model(
        problem,
        network,
        layout,
        stack(blocks),
        cost,
        float(penalty.sum()),
        lower,
        upper,
        integer,
        site_load,
        capacitated,
    )


def _without_scraps(problem: Problem) -> Problem:
    """The problem with capacities of 0 where they are all but that."""
    use = problem.service_use.data
    least = np.full(problem.shape[1], np.inf)
    np.minimum.at(least, problem.service_use.indices[use > 0], use[use > 0])
    scrap = np.isfinite(least) & (problem.option_capacity > 0) & (problem.option_capacity < SCRAP * least)
    return replace(problem, option_capacity=np.where(scrap, 0.0, problem.option_capacity)) if scrap.any() else problem


def usable(problem: Problem, network: Network) -> Bools:
    """Options that can be opened at all: no backhaul needed, or a root can be reached from their site. Shape (m,)."""
    site = problem.option_site
    if not len(problem.site_cost):
        return np.asarray(site < 0)
    node = network.site_node[np.maximum(site, 0)]
    joined = (node >= 0) & network.reachable[np.maximum(node, 0)]
    return np.asarray((site < 0) | ~problem.option_needs_backhaul | joined)


def _service_cost(problem: Problem, layout: Layout) -> Floats:
    """service_cost read on the pattern of service_use. Shape (entries,)."""
    out = np.zeros(len(layout.x_demand))
    given = problem.service_cost.tocoo()
    if not given.nnz or not len(out):
        return out
    width = problem.shape[1]
    keys = layout.x_demand * width + layout.x_option
    wanted = given.row.astype(np.int64) * width + given.col
    where = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    hit = keys[where] == wanted
    out[where[hit]] = given.data[hit]
    return out
