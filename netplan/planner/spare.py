"""Whom a plan can serve besides, with what it has paid for: a linear programme over its open options and built links.

    max Σ_i importance_i Σ_j d_ij    Σ_j (x_ij + d_ij) ≤ 1    Σ_i use_ij (x_ij + d_ij) ≤ capacity_j
    x_ij + d_ij ≤ most_ij    d_ij ≥ 0    loads on built links within their capacities

A least-cost plan leaves people unserved once the targets are met, though their hotspot has room. Served are those who
could be, so they are counted. x is the plan, and stays: nobody loses what it gives, and d costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import highspy
import numpy as np
from scipy import sparse

from netplan.planner.answer import edge_flow, feeds, site_loads
from netplan.planner.highs_lp import highs_lp
from netplan.planner.network import Network, contract
from netplan.planner.problem import Bools, Floats, Ints, Problem
from netplan.planner.rows import Rows, stack
from netplan.planner.solution import Solution, StageResult, relative_gap

DUST = 1e-6
"""shares that are not worth a row"""
LONGEST_S = 60.0
"""of the programme; a plan of 50,000 shares takes some seconds"""
WEIGHT_SERVED = "weight served"


def serving_whom_it_can(problem: Problem, solution: Solution) -> Solution:
    """The plan with everybody served whom it can serve at no further cost: the same objective and the same bound.

    Those count who cost nothing to serve where they are reached, whose demand may be shared among options, and whom it
    costs nothing to leave unserved; every target's members matter alike, as do those of none.

    Args:
        problem: what `solution` is of.
    """
    if solution.status not in ("optimal", "feasible"):
        return solution
    n, m, _, _ = problem.shape
    use = problem.service_use.tocoo()
    open_ = solution.option_open[use.col]
    demand, option, each = use.row[open_].astype(np.int64), use.col[open_].astype(np.int64), use.data[open_]
    now, cost = _at(solution.served, demand, option), _at(problem.service_cost, demand, option)
    room = np.minimum(problem.service_max.data[open_], 1.0) - now
    left = np.asarray(1.0 - np.bincount(demand, now, n), float)
    free = (cost == 0) & (problem.demand_penalty[demand] == 0) & ~problem.demand_integral[demand]
    more = free & (problem.demand_weight[demand] > 0) & (room > DUST) & (left[demand] > DUST)
    if not more.any():
        return solution
    spare = np.asarray(np.maximum(problem.option_capacity - np.bincount(option, each * now, m), 0.0), float)
    network = contract(problem)
    load = site_loads(problem, network, demand, option, now)
    further = _Further(demand[more], option[more], each[more], room[more])
    added = _most(problem, network, further, left, spare, solution.edge_built, load)
    kept = added > DUST
    if not kept.any():
        return solution
    d, j = further.demand[kept], further.option[kept]
    served = sparse.csr_array(solution.served + sparse.csr_array((added[kept], (d, j)), shape=(n, m)))
    load = load + site_loads(problem, network, d, j, added[kept])
    weight = float(problem.demand_weight @ np.asarray(served.sum(axis=1)).ravel())
    return replace(
        solution,
        served=served,
        edge_flow=edge_flow(problem, network, load, solution.edge_built),
        stages=tuple(_stage(stage, weight) for stage in solution.stages),
    )


@dataclass(frozen=True)
class _Further:
    """Who could be served more, by what: `use` of its capacity for the whole demand, `room` up to what it reaches."""

    demand: Ints
    option: Ints
    use: Floats
    room: Floats


def _most(
    problem: Problem, network: Network, further: _Further, left: Floats, spare: Floats, built: Bools, load: Floats
) -> Floats:
    """What is added to each share; nothing where HiGHS does not get there.

    Args:
        left: of each demand, not served yet.
        spare: of each option's capacity, not used yet.
        load: of each site, Mbit/s, before.
    """
    count = len(further.demand)
    entry = np.arange(count)
    demands, row = np.unique(further.demand, return_inverse=True)
    blocks = [Rows.of(row, entry, 1.0, np.full(len(demands), -np.inf), left[demands])]
    limited = np.flatnonzero(np.isfinite(spare[further.option]))
    options, row = np.unique(further.option[limited], return_inverse=True)
    size = np.maximum(problem.option_capacity[options], 1e-300)
    used = further.use[limited] / size[row]
    blocks.append(Rows.of(row, limited, used, np.full(len(options), -np.inf), spare[options] / size))
    traffic, most = _traffic(problem, network, further, built, load)
    blocks.append(traffic)
    rows = stack(blocks)
    columns = count + len(most)
    matrix = sparse.csr_array((rows.value, (rows.row, rows.col)), shape=(len(rows), columns))
    value = np.zeros(columns)
    value[:count] = -len(left) * _importance(problem)[further.demand]
    lower, upper = np.concatenate([np.zeros(count), -most]), np.concatenate([further.room, most])
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("time_limit", LONGEST_S)
    highs.passModel(highs_lp(value, lower, upper, matrix, rows.lower, rows.upper))
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return np.zeros(count)
    added = np.clip(np.array(highs.getSolution().col_value)[:count], 0.0, further.room)
    total = np.bincount(further.demand, added, len(left))
    fits = np.divide(left, total, out=np.ones(len(left)), where=total > left)
    return np.asarray(added * fits[further.demand])


def _traffic(problem: Problem, network: Network, further: _Further, built: Bools, load: Floats) -> tuple[Rows, Floats]:
    """Σ_{e into v} f_e − Σ_{e out of v} f_e = load_v + Σ_{j at v} mbps_i d_ij, and the most that each f_e may be.

    The columns f are behind the d. Nothing where nobody's traffic goes over links.
    """
    mbps = problem.demand_mbps[further.demand]
    loading = np.flatnonzero(feeds(problem, network, further.option) & (mbps > 0))
    if not len(loading):
        return Rows.of([], [], [], np.zeros(0), np.zeros(0)), np.zeros(0)
    edges = np.flatnonzero(built & (problem.edge_capacity > 0) & (network.edge_u != network.edge_v))
    tail, head = network.edge_u[edges], network.edge_v[edges]
    flow = len(further.demand) + np.arange(len(edges))
    at = network.site_node[problem.option_site[further.option[loading]]]
    joined = np.flatnonzero(load > 0)
    before = np.bincount(network.site_node[joined], load[joined], network.nodes)[1:]
    rows = Rows.of(
        np.concatenate([head[head > 0], tail[tail > 0], at]) - 1,
        np.concatenate([flow[head > 0], flow[tail > 0], loading]),
        np.concatenate([np.ones(int((head > 0).sum())), -np.ones(int((tail > 0).sum())), -mbps[loading]]),
        before,
        before,
    )
    return rows, np.minimum(problem.edge_capacity[edges], float(load.sum() + mbps.sum()))


def _importance(problem: Problem) -> Floats:
    """What a whole demand is worth: its part of its targets, or of all that are in none. Shape (n,)."""
    member = sparse.csr_array(problem.target_member)
    weight = problem.demand_weight
    of_target = np.maximum(member @ weight, 1e-300)
    worth = weight * np.asarray(member.T @ (1.0 / of_target)).ravel()
    outside = np.asarray(member.sum(axis=0)).ravel() == 0
    return np.asarray(np.where(outside, weight / max(float(weight[outside].sum()), 1e-300), worth))


def _stage(stage: StageResult, weight: float) -> StageResult:
    """The stage of a budget that counts the weight served, with what is served now."""
    if stage.objective != WEIGHT_SERVED or weight <= stage.value:
        return stage
    bound = max(stage.bound, weight)
    return replace(stage, value=weight, bound=bound, gap=relative_gap(-weight, -bound))


def _at(matrix: sparse.csr_array, row: Ints, column: Ints) -> Floats:
    """Entries of a sparse matrix."""
    return np.asarray(sparse.csr_array(matrix)[row, column], float).ravel() if len(row) else np.zeros(0)
