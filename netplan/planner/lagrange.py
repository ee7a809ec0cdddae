"""Lagrangian bound: price the targets and each demand's single serving, and the problem falls apart.

With multipliers π_k on the targets and λ_i on Σ_j x_ij ≤ 1,

    L(λ, π) = Σ_k π_k target_k − Σ_i λ_i + Σ_j min(0, f_j − g_j)  [options without backhaul]
              + min over sets S of sites { Σ_{s in S} (z_s − v_s) + network(S) }

where g_j = max Σ_i (Σ_k π_k w_ik − λ_i − c_ij) x_ij within option j's capacity and reach (a fractional knapsack),
v_s = Σ_{j at s} max(0, g_j − f_j), and the last term is a prize-collecting arborescence, bounded by dual ascent. Link
capacities are left out, so L is a bound of the whole problem for any λ, π ≥ 0. Subgradient steps raise it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import numba as nb
import numpy as np
from scipy import sparse

from netplan.planner.blocks.capacity import capacity
from netplan.planner.blocks.coverage import coverage as coverage_rows
from netplan.planner.blocks.sites import sites
from netplan.planner.dual_ascent import ascend
from netplan.planner.lp import LinearProgram
from netplan.planner.model import Model
from netplan.planner.problem import Bools, Floats
from netplan.planner.rows import stack


@dataclass(frozen=True)
class Priced:
    """One evaluation of L."""

    bound: float
    excess: Floats
    """(n,) Σ_j x_ij − 1 of the subproblem's solution"""
    missing: Floats
    """(k,) target_k − what the solution serves of it"""
    options: Bools
    """(m,) options that the subproblem opens"""
    edges_free: Bools
    """(e,) edges with an arc of no reduced cost"""


class Lagrangian:
    """Evaluates L(λ, π) for one model."""

    def __init__(self, model: Model) -> None:
        problem, network, layout = model.problem, model.network, model.layout
        self.model = model
        order = np.lexsort((layout.x_demand, layout.x_option))
        keep = (model.upper[: layout.y][order] > 0) & (model.upper[layout.y + layout.x_option[order]] > 0)
        order = order[keep]
        self.demand, option = layout.x_demand[order], layout.x_option[order]
        self.ptr = np.searchsorted(option, np.arange(problem.shape[1] + 1))
        self.use = problem.service_use.data[order]
        self.largest = model.upper[: layout.y][order]
        self.cost = model.cost[: layout.y][order]
        self.weight = sparse.csr_array(problem.target_member @ sparse.diags_array(problem.demand_weight))
        self.into_ptr, self.into = network.csr(network.head)
        self.site = problem.option_site
        node = network.site_node[np.maximum(self.site, 0)] if problem.shape[2] else np.full(problem.shape[1], -1)
        self.wired = (self.site >= 0) & problem.option_needs_backhaul & (node > 0)
        self.anchored = (self.site >= 0) & problem.option_needs_backhaul & (node == 0)
        self.arc_cost = problem.edge_cost[network.edge] + self._relay_cost()
        self.entries = len(order)

    def _relay_cost(self) -> Floats:
        """Cost of opening a site that only relays, on the hops into it (a tree enters a node once)."""
        problem, network = self.model.problem, self.model.network
        serves = np.zeros(problem.shape[2], bool)
        serves[self.site[self.site >= 0]] = True
        extra = np.zeros(len(network.edge))
        for side in (0, 1):
            stand = problem.edge_site[network.edge, side]
            relay = (stand >= 0) & ~serves[np.maximum(stand, 0)] if problem.shape[2] else np.zeros(len(stand), bool)
            here = np.zeros(len(stand), bool)
            here[relay] = network.site_node[stand[relay]] == network.head[relay]
            extra[here] += problem.site_cost[stand[here]]
        return extra

    def price(self, coverage: Floats, target: Floats) -> Priced:
        """L at λ = coverage (n,) and π = target (k,), both ≥ 0."""
        problem, network = self.model.problem, self.model.network
        worth = np.asarray(self.weight.T @ target) - coverage
        gain, share = _knapsacks(
            self.ptr, self.demand, self.use, self.largest, worth[self.demand] - self.cost, problem.option_capacity
        )
        profit = np.maximum(gain - problem.option_cost, 0.0)
        chosen = profit > 0
        value = float(target @ problem.target_min - coverage.sum()) + self.model.constant
        loose = chosen & ~self.wired & ~self.anchored
        value -= float(profit[loose].sum())
        count = problem.shape[2]
        at_root = np.bincount(self.site[self.anchored], profit[self.anchored], count) if count else np.zeros(0)
        value -= float(np.maximum(at_root - problem.site_cost, 0.0).sum())
        wired = np.bincount(self.site[self.wired], profit[self.wired], count) if count else np.zeros(0)
        prize = np.maximum(wired - problem.site_cost, 0.0)
        terminals = np.flatnonzero(prize > 1e-9)
        joined, reduced, left = ascend(
            self.into_ptr, self.into, network.tail, self.arc_cost, network.site_node[terminals], prize[terminals]
        )
        value += float(joined - prize.sum())
        open_site = np.zeros(max(count, 1), bool)
        open_site[terminals[left > 0]] = True
        open_site[np.flatnonzero(at_root > problem.site_cost)] = True
        on = chosen & (loose | open_site[np.maximum(self.site, 0)])
        active = np.repeat(on, np.diff(self.ptr))
        served = np.bincount(self.demand[active], share[active], problem.shape[0])
        free = np.zeros(problem.shape[3], bool)
        free[network.edge[reduced <= 1e-9]] = True
        return Priced(
            value, np.asarray(served - 1.0, float), problem.target_min - np.asarray(self.weight @ served), on, free
        )


def _whole(model: Model) -> Bools:
    """Targets that ask for every member: there λ alone prices each demand. Shape (k,)."""
    total = np.asarray(model.problem.target_member @ model.problem.demand_weight)
    return np.asarray(model.problem.target_min >= total * (1 - 1e-9))


def normalise(model: Model, coverage: Floats, target: Floats) -> tuple[Floats, Floats]:
    """The same net worth of every demand with moderate multipliers: the relaxation's may run off to infinity.

    Where a target asks for everybody only Σ π w − λ matters; π is set to three times the largest net worth.
    """
    problem = model.problem
    member = problem.target_member.tocsr()
    target = target.copy()
    weight = sparse.csr_array(problem.target_member @ sparse.diags_array(problem.demand_weight))
    net = np.asarray(weight.T @ target) - coverage
    for k in np.flatnonzero(_whole(model)):
        mine = member.indices[member.indptr[k] : member.indptr[k + 1]]
        mine = mine[problem.demand_weight[mine] > 0]
        if len(mine):
            target[k] = 3.0 * max(float((net[mine] / problem.demand_weight[mine]).max()), 1e-6)
    return np.maximum(np.asarray(weight.T @ target) - net, 0.0), target


def start(model: Model, joining: float, seed: int, time_limit_s: float) -> tuple[Floats, Floats]:
    """Multipliers to start from: duals of the relaxation without its network, sites charged `joining` more each."""
    problem, layout, network = model.problem, model.layout, model.network
    cost = model.cost.copy()
    cost[layout.z : layout.w][network.site_node > 0] += joining
    rows = stack([coverage_rows(problem, layout), capacity(problem, layout), sites(problem, network, layout)])
    upper = model.upper.copy()
    upper[layout.b : layout.load] = 0.0
    relaxed = dataclasses.replace(model, cost=cost, rows=rows, upper=upper)
    program = LinearProgram(relaxed, seed)
    status, _, _, _ = program.solve(time_limit_s)
    n, k = problem.shape[0], len(problem.target_min)
    if status != "optimal":
        return np.zeros(n), np.zeros(k)
    duals = program.row_duals()
    return np.maximum(-duals[:n], 0.0), np.maximum(duals[n : n + k], 0.0) / np.maximum(problem.target_min, 1.0)


@nb.njit(cache=True, parallel=False)
def _knapsacks(ptr, demand, use, largest, value, capacity):  # type: ignore[no-untyped-def]
    """Fractional knapsack of every option: (best value (m,), shares (entries,))."""
    options = len(ptr) - 1
    gain = np.zeros(options)
    share = np.zeros(len(demand))
    for option in range(options):
        start, end = ptr[option], ptr[option + 1]
        ratio = np.empty(end - start)
        for k in range(start, end):
            ratio[k - start] = -value[k] / max(use[k], 1e-12)
        room = capacity[option]
        for place in np.argsort(ratio):
            k = start + place
            if value[k] <= 0:
                break
            part = largest[k]
            if use[k] > 0:
                part = min(part, room / use[k])
            if part <= 0:
                break
            room -= part * use[k]
            share[k] = part
            gain[option] += part * value[k]
    return gain, share


def raise_bound(
    model: Model,
    coverage: Floats,
    target: Floats,
    ceiling: Callable[[], float],
    keep_going: Callable[[], bool],
    found: Callable[[Priced, int], None],
) -> tuple[Floats, Floats]:
    """Subgradient ascent on L with deflected steps; `found` sees every evaluation. Returns the best (λ, π).

    Args:
        coverage, target: where to start (duals of the relaxation).
        ceiling: cost of the best plan now (Polyak's target).
        keep_going: asked before every evaluation.
    """
    lagrangian = Lagrangian(model)
    coverage, target = normalise(model, coverage, target)
    scale_target = np.maximum(model.problem.target_min, 1.0)
    net = np.abs(np.asarray(lagrangian.weight.T @ target) - coverage)
    reach = np.maximum(net, max(float(np.median(net)), 1e-6))
    members = np.maximum(np.diff(lagrangian.weight.indptr), 1)
    pull = np.maximum(target * scale_target, 1.0) / np.sqrt(members)
    pull[_whole(model)] = 0.0
    best, best_at, stale, theta = -np.inf, (coverage.copy(), target.copy()), 0, 1.0
    direction_coverage, direction_target = np.zeros(len(coverage)), np.zeros(len(target))
    step_count = 0
    while keep_going() and theta > 1e-3:
        priced = lagrangian.price(coverage, target)
        found(priced, step_count)
        step_count += 1
        if priced.bound > best + 1e-6 * abs(best if np.isfinite(best) else 1.0):
            best, best_at, stale = priced.bound, (coverage.copy(), target.copy()), 0
        else:
            stale += 1
            if stale >= 20:
                theta, stale = theta * 0.8, 0
                coverage, target = best_at[0].copy(), best_at[1].copy()
                direction_coverage[:] = 0
                direction_target[:] = 0
        slope_coverage = np.where((coverage <= 0) & (priced.excess < 0), 0.0, priced.excess) * reach
        slope_target = priced.missing / scale_target * pull
        direction_coverage = 0.6 * slope_coverage + 0.4 * direction_coverage
        direction_target = 0.6 * slope_target + 0.4 * direction_target
        norm = float(direction_coverage @ direction_coverage + direction_target @ direction_target)
        if norm <= 1e-12:
            break
        step = theta * max(ceiling() - priced.bound, 1e-6 * abs(priced.bound)) / norm
        coverage = np.maximum(coverage + step * direction_coverage * reach, 0.0)
        target = np.maximum(target + step * direction_target * pull / scale_target, 0.0)
    return best_at
