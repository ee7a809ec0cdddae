"""Whom a plan can serve besides, with what it has paid for: a linear programme over its open options and built links.

    max Σ_i importance_i Σ_j x_ij    served_i ≤ Σ_j x_ij ≤ 1    Σ_i use_ij x_ij ≤ capacity_j    0 ≤ x_ij ≤ most_ij
    loads on built links within their capacities

A least-cost plan leaves people unserved once the targets are met, though their hotspot has room, or another hotspot of
those who fill it. Served are those who could be, so they are counted; nobody loses what the plan gives.
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
"""of the programme; with 50,000 shares it takes some seconds"""
WEIGHT_SERVED = "weight served"


@dataclass(frozen=True)
class _Shares:
    """Shares that may be served by open options: `use` of capacity and `cost` of the whole demand, `most` and `now`."""

    demand: Ints
    option: Ints
    use: Floats
    cost: Floats
    most: Floats
    now: Floats

    def take(self, which: Bools) -> _Shares:
        return _Shares(**{name: values[which] for name, values in vars(self).items()})


def serving_whom_it_can(problem: Problem, solution: Solution) -> Solution:
    """The plan with everybody served whom it can serve at no further cost: the same objective and the same bound.

    Those count who cost nothing to serve where they are reached, whose demand may be shared among options, and whom it
    costs nothing to leave unserved; every target's members matter alike, as do those of none. All others stay with
    what serves them.

    Args:
        problem: what `solution` is of.
    """
    if solution.status not in ("optimal", "feasible"):
        return solution
    n, m, _, _ = problem.shape
    shares = _offered(problem, solution)
    free = (shares.cost == 0) & (problem.demand_penalty[shares.demand] == 0)
    free &= ~problem.demand_integral[shares.demand] & (problem.demand_weight[shares.demand] > 0)
    left = 1.0 - np.bincount(shares.demand, shares.now, n)
    if not (free & (left[shares.demand] > DUST) & (shares.now < shares.most - DUST)).any():
        return solution
    network = contract(problem)
    given, fixed = shares.take(free), shares.take(~free)
    served = _most(problem, network, given, fixed, solution.edge_built)
    gained = np.bincount(given.demand, served - given.now, n)
    if not (gained > DUST).any():
        return solution
    demand, option = (np.concatenate([getattr(fixed, key), getattr(given, key)]) for key in ("demand", "option"))
    share = np.concatenate([fixed.now, served])
    kept = share > 0
    demand, option, share = demand[kept], option[kept], share[kept]
    load = site_loads(problem, network, demand, option, share)
    weight = float(problem.demand_weight[demand] @ share)
    return replace(
        solution,
        served=sparse.csr_array((share, (demand, option)), shape=(n, m)),
        edge_flow=edge_flow(problem, network, load, solution.edge_built),
        stages=tuple(_stage(stage, weight) for stage in solution.stages),
    )


def _offered(problem: Problem, solution: Solution) -> _Shares:
    """What the open options can serve."""
    use = problem.service_use.tocoo()
    open_ = solution.option_open[use.col]
    demand, option = use.row[open_].astype(np.int64), use.col[open_].astype(np.int64)
    now, cost = (_at(matrix, demand, option) for matrix in (solution.served, problem.service_cost))
    most = np.maximum(np.minimum(problem.service_max.data[open_], 1.0), now)
    return _Shares(demand, option, use.data[open_], cost, most, now)


def _at(matrix: sparse.csr_array, row: Ints, column: Ints) -> Floats:
    """Entries of a sparse matrix."""
    return np.asarray(sparse.csr_array(matrix)[row, column], float).ravel() if len(row) else np.zeros(0)


def _most(problem: Problem, network: Network, given: _Shares, fixed: _Shares, built: Bools) -> Floats:
    """The shares `given` as they serve most, beside those that stay; as they are where HiGHS does not get there."""
    n, m, _, _ = problem.shape
    count = len(given.demand)
    demands, row = np.unique(given.demand, return_inverse=True)
    served, stays = (np.bincount(each.demand, each.now, n)[demands] for each in (given, fixed))
    blocks = [Rows.of(row, np.arange(count), 1.0, served, np.maximum(1.0 - stays, served))]
    limited = np.flatnonzero(np.isfinite(problem.option_capacity[given.option]))
    options, row = np.unique(given.option[limited], return_inverse=True)
    taken, used = (np.bincount(each.option, each.use * each.now, m)[options] for each in (fixed, given))
    scale = np.maximum(problem.option_capacity[options], 1e-300)
    room = np.maximum(problem.option_capacity[options] - taken, used) / scale
    blocks.append(Rows.of(row, limited, given.use[limited] / scale[row], np.full(len(options), -np.inf), room))
    load = site_loads(problem, network, fixed.demand, fixed.option, fixed.now)
    traffic, flow = _traffic(problem, network, given, built, load)
    rows = stack([*blocks, traffic])
    columns = count + len(flow)
    value = np.zeros(columns)
    value[:count] = -n * _importance(problem)[given.demand]
    matrix = sparse.csr_array((rows.value, (rows.row, rows.col)), shape=(len(rows), columns))
    lower, upper = np.concatenate([np.zeros(count), -flow]), np.concatenate([given.most, flow])
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("time_limit", LONGEST_S)
    highs.passModel(highs_lp(value, lower, upper, matrix, rows.lower, rows.upper))
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return given.now
    share = np.clip(np.array(highs.getSolution().col_value)[:count], 0.0, given.most)
    share[share < DUST * DUST] = 0.0
    return np.asarray(share)


def _traffic(problem: Problem, network: Network, given: _Shares, built: Bools, load: Floats) -> tuple[Rows, Floats]:
    """Σ_{e into v} f_e − Σ_{e out of v} f_e = load_v + Σ_{j at v} mbps_i x_ij, and the most that each f_e may be.

    The columns f are behind the x. Nothing where the traffic of none of the shares goes over links.
    """
    mbps = problem.demand_mbps[given.demand]
    loading = np.flatnonzero(feeds(problem, network, given.option) & (mbps > 0))
    if not len(loading):
        return Rows.of([], [], [], np.zeros(0), np.zeros(0)), np.zeros(0)
    edges = np.flatnonzero(built & (problem.edge_capacity > 0) & (network.edge_u != network.edge_v))
    tail, head = network.edge_u[edges], network.edge_v[edges]
    flow = len(given.demand) + np.arange(len(edges))
    at = network.site_node[problem.option_site[given.option[loading]]]
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
