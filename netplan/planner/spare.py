"""Whom a plan can serve with what it has paid for: a linear programme over its open options and built links.

    max Σ_i worth_i (Σ_j x_ij + STAY Σ_j k_ij)    served_i ≤ Σ_j x_ij ≤ 1    Σ_i use_ij x_ij ≤ capacity_j
    0 ≤ x_ij ≤ most_ij    k_ij ≤ x_ij    k_ij ≤ now_ij    loads on built links within their capacities

A least-cost plan leaves people unserved once the targets are met, though their hotspot has room, or another hotspot of
those who fill it. Served are those who could be, so they are counted; nobody is served less than by the plan, and who
has no need to move stays (k, of what serves them now).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import highspy
import numpy as np
from scipy import sparse

from netplan.planner.answer import edge_flow, feeds, site_loads
from netplan.planner.highs_lp import highs_lp
from netplan.planner.highs_run import run_until_halted
from netplan.planner.network import Network, contract
from netplan.planner.problem import Bools, Floats, Ints, Problem
from netplan.planner.rows import Rows, stack
from netplan.planner.solution import Solution, StageResult, relative_gap

DUST = 1e-6
"""shares that are not worth a row"""
STAY = 1e-3
"""what it is worth that a demand stays where it is, in parts of what serving it is worth"""
UNASKED = 0.01
"""what all demands that no target asks for are worth together, where the members of a target are worth 1"""
MOST_MOVED = 300_000
"""shares up to which those who are served may move: more of them take HiGHS half a minute"""
WEIGHT_SERVED = "weight served"


@dataclass(frozen=True)
class _Shares:
    """Shares of demands that open options can serve.

    `use` of capacity and `cost` of a whole demand; `most`: the largest share; `now`: what is served.
    """

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
    costs nothing to leave unserved. Within a budget weight counts, as it does there; otherwise the members of every
    target matter alike, and those of none little. All others stay with what serves them. After Ctrl-C, or where HiGHS
    finds nothing, it is the plan as it was; of very large ones only what has room is filled. `unfilled` says so.

    Args:
        problem: what `solution` is of.
    """
    if solution.status not in ("optimal", "feasible"):
        return solution
    begun, n = time.monotonic(), problem.shape[0]
    shares = _offered(problem, solution)
    left = 1.0 - np.bincount(shares.demand, shares.now, n)
    free = (shares.cost == 0) & (problem.demand_penalty[shares.demand] == 0)
    free &= ~problem.demand_integral[shares.demand] & (problem.demand_weight[shares.demand] > 0)
    growing = free & (left[shares.demand] > DUST) & (shares.now < shares.most - DUST)
    if not growing.any():
        return solution
    many, wanting = free.sum() > MOST_MOVED, shares.demand[growing]
    network, which = contract(problem), growing if many else free
    moving, staying = shares.take(which), shares.take(~which)
    try:
        served = _served_most(problem, network, moving, staying, solution.edge_built)
    except KeyboardInterrupt:
        return replace(solution, unfilled="interrupt")
    if served is None:
        return replace(solution, unfilled="solver")
    gained = np.bincount(moving.demand, served - moving.now, n)
    if many and ((left - gained)[wanting] > DUST).any():
        solution = replace(solution, unfilled="size")
    if not (gained > DUST).any():
        return solution
    share = np.concatenate([staying.now, served])
    kept = np.flatnonzero(share > 0)
    demand = np.concatenate([staying.demand, moving.demand])[kept]
    option = np.concatenate([staying.option, moving.option])[kept]
    load = site_loads(problem, network, demand, option, share[kept])
    weight = float(problem.demand_weight[demand] @ share[kept])
    return replace(
        solution,
        served=sparse.csr_array((share[kept], (demand, option)), shape=problem.shape[:2]),
        edge_flow=edge_flow(problem, network, load, solution.edge_built),
        stages=tuple(_stage(stage, weight) for stage in solution.stages),
        seconds=solution.seconds + time.monotonic() - begun,
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


def _served_most(problem: Problem, network: Network, moving: _Shares, staying: _Shares, built: Bools) -> Floats | None:
    """The shares `moving` as they serve most, beside those that stay; None where HiGHS does not get there.

    Columns: the x, the k of those that are served, the flows.

    Raises:
        KeyboardInterrupt: on Ctrl-C.
    """
    count, kept = len(moving.demand), np.flatnonzero(moving.now > 0)
    load = site_loads(problem, network, staying.demand, staying.option, staying.now)
    traffic, flow = _traffic(problem, network, moving, built, load, count + len(kept))
    stay = count + np.arange(len(kept))
    held = Rows.of(
        np.tile(np.arange(len(kept)), 2),
        np.concatenate([kept, stay]),
        np.concatenate([np.ones(len(kept)), -np.ones(len(kept))]),
        np.zeros(len(kept)),
        np.inf,
    )
    rows = stack([_demands(problem, moving, staying), _capacities(problem, moving, staying), held, traffic])
    columns = count + len(kept) + len(flow)
    worth = problem.shape[0] * _worth(problem)[moving.demand]
    value = np.concatenate([-worth, -STAY * worth[kept], np.zeros(len(flow))])
    matrix = sparse.csr_array((rows.value, (rows.row, rows.col)), shape=(len(rows), columns))
    lower, upper = (
        np.concatenate([np.zeros(columns - len(flow)), -flow]),
        np.concatenate([moving.most, moving.now[kept], flow]),
    )
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.passModel(highs_lp(value, lower, upper, matrix, rows.lower, rows.upper))
    if run_until_halted(highs):
        raise KeyboardInterrupt
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    share = np.clip(np.array(highs.getSolution().col_value)[:count], 0.0, moving.most)
    return np.asarray(np.where(share < DUST**2, 0.0, share))


def _demands(problem: Problem, moving: _Shares, staying: _Shares) -> Rows:
    """served_i ≤ Σ_j x_ij ≤ 1, less what stays."""
    demands, row = np.unique(moving.demand, return_inverse=True)
    served, beside = (np.bincount(each.demand, each.now, problem.shape[0])[demands] for each in (moving, staying))
    return Rows.of(row, np.arange(len(row)), 1.0, served, np.maximum(1.0 - beside, served))


def _capacities(problem: Problem, moving: _Shares, staying: _Shares) -> Rows:
    """Σ_i use_ij x_ij ≤ capacity_j, less what stays, in parts of the capacity."""
    limited = np.flatnonzero(np.isfinite(problem.option_capacity[moving.option]))
    options, row = np.unique(moving.option[limited], return_inverse=True)
    taken, used = (
        np.bincount(each.option, each.use * each.now, problem.shape[1])[options] for each in (staying, moving)
    )
    capacity = problem.option_capacity[options]
    unit = np.where(capacity > 0, capacity, 1.0)
    room = np.maximum(capacity - taken, used) / unit
    return Rows.of(row, limited, moving.use[limited] / unit[row], np.full(len(options), -np.inf), room)


def _traffic(
    problem: Problem, network: Network, moving: _Shares, built: Bools, load: Floats, columns: int
) -> tuple[Rows, Floats]:
    """Σ_{e into v} f_e − Σ_{e out of v} f_e = load_v + Σ_{j at v} mbps_i x_ij, and the most that each f_e may be.

    The f are behind `columns` others. Nothing where the traffic of none of the shares goes over links.
    """
    mbps = problem.demand_mbps[moving.demand]
    loading = np.flatnonzero(feeds(problem, network, moving.option) & (mbps > 0))
    if not len(loading):
        return Rows.of([], [], [], np.zeros(0), np.zeros(0)), np.zeros(0)
    edges = np.flatnonzero(built & (problem.edge_capacity > 0) & (network.edge_u != network.edge_v))
    tail, head = network.edge_u[edges], network.edge_v[edges]
    flow = columns + np.arange(len(edges))
    at = network.site_node[problem.option_site[moving.option[loading]]]
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


def _worth(problem: Problem) -> Floats:
    """What a whole demand is worth: its part of all weight within a budget, else of each target's. Shape (n,)."""
    weight = problem.demand_weight
    if problem.budget is not None:
        return np.asarray(weight / (float(weight.sum()) or 1.0))
    member = sparse.csr_array(problem.target_member)
    sums = member @ weight
    worth = weight * np.asarray(member.T @ np.divide(1.0, sums, out=np.zeros(len(sums)), where=sums > 0)).ravel()
    outside = np.asarray(member.sum(axis=0)).ravel() == 0
    others = float(weight[outside].sum())
    return np.asarray(np.where(outside, UNASKED * weight / (others or 1.0), worth))


def _stage(stage: StageResult, weight: float) -> StageResult:
    """The stage of a budget that counts the weight served, with what is served now: rounding may be above its bound."""
    if stage.objective != WEIGHT_SERVED or weight <= stage.value:
        return stage
    bound = max(stage.bound, weight) if weight <= stage.bound * (1 + DUST) else stage.bound
    return replace(stage, value=weight, bound=bound, gap=relative_gap(-weight, -bound))
