"""Why there is no plan: the complete model with every target and duty to serve made elastic.

    minimise Σ_k short_k / target_k + Σ_i missed_i
    subject to every row of `netplan.planner.compact`, with short_k added to target k and missed_i to the demand i that
    must be served

First with whole decisions relaxed, which already proves what cannot be met; then, where the model is small enough, with
whole decisions. Which capacities bind is read from the duals with the decisions fixed: one
whose dual is not zero would, if larger, let more be served. Rules (limit rows, the budget) are left out instead, for
the duals of whole decisions say nothing.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import highspy
import numpy as np
from scipy import sparse

from netplan.planner.compact import Block, Columns, CompactModel, compact_model
from netplan.planner.export import highs
from netplan.planner.highs_run import run_until_halted
from netplan.planner.model import usable
from netplan.planner.network import contract
from netplan.planner.problem import Bools, Floats, Ints, Problem

LAST_S, LAST = 10.0, 0.25
"""seconds at most for the duals once time is up, and part of the time for all at most"""
WHOLE_COLUMNS = 50_000
"""columns up to which whole decisions are tried"""
LARGEST = 1_500_000
"""entries of service_use beyond which the complete model is not written"""
MOST_RULES = 50
"""limit rows that are left out at most: those with least to spare"""
TINY = 1e-7


@dataclass(frozen=True)
class Elastic:
    """What is out of reach, least in total, and what stands in the way."""

    shortfall: Floats
    """(k,) weight missing to each target"""
    missed: Floats
    """(n,) share of each demand that must be served and cannot be"""
    option: Bools
    """(m,) options whose capacity binds"""
    edge: Bools
    """(e,) edges whose capacity binds"""
    limit: Bools
    """(l,) limit rows that bind"""
    budget: bool
    """whether the budget binds"""
    contradictory: bool = False
    """The rows contradict each other whatever is served (limit rows that nothing can meet)."""


def elastic(problem: Problem, time_limit_s: float = 60.0) -> Elastic | None:
    """The least that must be given up, or None when it was not found in time.

    Args:
        problem: any problem; a budget counts as a row.
        time_limit_s: for all solves together; the last, for the duals, may take a quarter of it more.

    Raises:
        KeyboardInterrupt: on Ctrl-C.
    """
    if len(problem.service_use.data) > LARGEST:
        return None
    until = time.monotonic() + time_limit_s
    model = compact_model(problem)
    at = dict(zip((block.name for block in model.blocks), _starts(model.blocks), strict=True))
    must = np.flatnonzero(np.isinf(problem.demand_penalty))
    targets = len(problem.target_min)
    scale = problem.target_scale
    rows = np.concatenate([at["target"] + np.arange(targets), at["serve"] + must]).astype(np.int64)
    rules = at["limit"] + np.arange(len(problem.limit_lower))
    if problem.budget is not None:
        rules = np.append(rules, at["budget"])
    loose = _loosened(model, rows, np.concatenate([1.0 / scale, np.ones(len(must))]))
    least = _least(loose, until)
    if least.status == "infeasible":
        return _contradiction(problem, _conflict(loose, rules, until))
    if least.status == "limit":
        return None
    value = least.point
    lower, upper, integer = loose.lower.copy(), loose.upper.copy(), loose.integer
    lower[integer] = upper[integer] = value[integer]
    again = highs(replace(loose, lower=lower, upper=upper))
    status, value = _run(again, relaxed=True, until=until + min(LAST_S, LAST * time_limit_s))
    if status != "optimal" or not len(value):
        return None
    given = np.maximum(value[-len(rows) :], 0.0) if len(rows) else np.zeros(0)
    given[given < TINY * np.concatenate([scale, np.ones(len(must))])] = 0.0
    missed = np.zeros(problem.shape[0])
    missed[must] = given[targets:]
    dual = np.abs(np.array(again.getSolution().row_dual)) > TINY
    binds = _in_the_way(loose, rules, least, until)
    wanted = (missed > 0) | (problem.target_member[given[:targets] > 0].sum(axis=0) > 0)
    # what is closed or not built serves nobody whatever its capacity, dual or not
    columns = model.columns
    opened = value[columns.y : columns.z] > TINY
    built = value[columns.b : columns.b + problem.shape[3]] > TINY
    return Elastic(
        given[:targets],
        missed,
        (_binding(model, dual, "room", problem.shape[1]) & opened) | _too_small(problem, columns, value, wanted),
        _binding(model, dual, "carry", problem.shape[3]) & built,
        binds[: len(problem.limit_lower)],
        bool(binds[len(problem.limit_lower) :].any()),
    )


@dataclass(frozen=True)
class _Found:
    """The least that must be given up."""

    status: str
    """optimal | infeasible | limit"""
    point: Floats
    value: float = np.inf
    bound: float = -np.inf
    """proven: no less will do"""


def _least(loose: CompactModel, until: float) -> _Found:
    """With whole decisions where the model is small and there is time, else relaxed."""
    solver = highs(loose)
    for option in ("mip_rel_gap", "mip_abs_gap"):
        solver.setOptionValue(option, 0.0)
    status, point = _run(solver, relaxed=True, until=until)
    if status != "optimal" or not len(point):
        return _Found("infeasible" if status == "infeasible" else "limit", point)
    value = bound = float(loose.cost @ point)
    if len(loose.cost) <= WHOLE_COLUMNS:
        status, whole = _run(solver, relaxed=False, until=until)
        if status == "infeasible":
            return _Found(status, whole)
        bound = max(bound, float(solver.getInfo().mip_dual_bound))
        value = np.inf  # what is relaxed is no plan to compare with
        if status == "optimal" and len(whole):  # the best so far, where time is up, proves nothing
            point = np.where(loose.integer, np.round(whole), whole)
            value = float(loose.cost @ point)
    return _Found("optimal", point, value, bound)


def _in_the_way(loose: CompactModel, rows: Ints, least: _Found, until: float) -> Bools:
    """Which rows make more be given up: all are left out, and come back one by one, unless that gives up more again.

    Those with most to spare come first. Rows of which each is enough by itself are all named, and nobody is where time
    is too short to leave all out.
    """
    found = np.zeros(len(rows), bool)
    sums = loose.matrix[rows] @ least.point
    spare = np.minimum(loose.row_upper[rows] - sums, sums - loose.row_lower[rows])
    order = np.argsort(-spare, kind="stable")[max(len(rows) - MOST_RULES, 0) :]
    out = np.zeros(len(rows), bool)
    out[order] = True
    free = _least_without(loose, rows[out], until)
    if free.value > least.bound - TINY:
        return found
    for number in order:
        out[number] = False
        again = _least_without(loose, rows[out], until)
        if again.status == "limit":
            break
        found[number] = out[number] = again.bound > free.value + TINY
    return found


def _least_without(loose: CompactModel, rows: Ints, until: float) -> _Found:
    """The same without some rows."""
    if time.monotonic() > until:
        return _Found("limit", np.zeros(0))
    lower, upper = loose.row_lower.copy(), loose.row_upper.copy()
    lower[rows], upper[rows] = -np.inf, np.inf
    return _least(replace(loose, row_lower=lower, row_upper=upper), until)


def _too_small(problem: Problem, columns: Columns, value: Floats, wanted: Bools) -> Bools:
    """Options that reach somebody who is wanted and not wholly served, and have no room for that one: without a dual.

    Those of capacity 0, and those that a demand which must be whole asks more of than they have.
    """
    served = np.bincount(columns.x_demand, value[: columns.y], len(wanted))
    room = problem.option_capacity[columns.x_option]
    whole = problem.demand_integral[columns.x_demand] & (problem.service_use.data > room * (1 + 1e-9))
    lacking = (wanted & (served < 1 - TINY))[columns.x_demand] & ((room <= 0) | whole)
    reaches = np.bincount(columns.x_option[lacking], minlength=problem.shape[1]) > 0
    return reaches & usable(problem, contract(problem))


def _conflict(loose: CompactModel, rows: Ints, until: float) -> Bools:
    """Which rows contradict each other: none of them can be left out, as far as there is time to see."""
    free = replace(loose, cost=np.zeros(len(loose.cost)))
    kept = np.ones(len(rows), bool)
    size = len(rows) // 2
    while size:
        for part in np.split(np.flatnonzero(kept), np.arange(size, kept.sum(), size)):
            kept[part] = False
            kept[part] = _least_without(free, rows[~kept], until).status != "infeasible"
        size //= 2
    return kept


def _contradiction(problem: Problem, rules: Bools) -> Elastic:
    """No plan whatever is given up: these limit rows (the last is the budget, if there is one) cannot hold together."""
    n, m, _, e = problem.shape
    limits = len(problem.limit_lower)
    nothing = np.zeros(len(problem.target_min))
    budget = bool(rules[limits:].any())
    closed, unbuilt = np.zeros(m, bool), np.zeros(e, bool)
    return Elastic(nothing, np.zeros(n), closed, unbuilt, rules[:limits], budget, contradictory=True)


def _starts(blocks: tuple[Block, ...]) -> Ints:
    """First row of every block."""
    return np.cumsum([0] + [len(block) for block in blocks])[:-1]


def _loosened(model: CompactModel, rows: Ints, cost: Floats) -> CompactModel:
    """A column of its own for every given row, which adds to it at a cost; nothing else costs anything."""
    count = len(rows)
    extra = sparse.csr_array((np.ones(count), (rows, np.arange(count))), shape=(model.matrix.shape[0], count))
    return replace(
        model,
        cost=np.concatenate([np.zeros(len(model.cost)), cost]),
        maximise=False,
        matrix=sparse.csr_array(sparse.hstack([model.matrix, extra])),
        lower=np.concatenate([model.lower, np.zeros(count)]),
        upper=np.concatenate([model.upper, np.full(count, np.inf)]),
        integer=np.concatenate([model.integer, np.zeros(count, bool)]),
    )


def _run(solver: highspy.Highs, *, relaxed: bool, until: float) -> tuple[str, Floats]:
    """(optimal | infeasible | limit, the best point: empty when there is none).

    Raises:
        KeyboardInterrupt: on Ctrl-C.
    """
    solver.setOptionValue("solve_relaxation", relaxed)
    solver.setOptionValue("time_limit", solver.getRunTime() + max(until - time.monotonic(), 0.1))
    if run_until_halted(solver):
        raise KeyboardInterrupt
    status, kind = solver.getModelStatus(), highspy.HighsModelStatus
    found = solver.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    point = np.array(solver.getSolution().col_value) if found else np.zeros(0)
    if status == kind.kOptimal:
        return "optimal", point
    return ("infeasible" if status in (kind.kInfeasible, kind.kUnboundedOrInfeasible) else "limit"), point


def _binding(model: CompactModel, dual: Bools, name: str, size: int) -> Bools:
    """Which of the things numbered by a block's key have a row with a dual."""
    flags = np.zeros(size, bool)
    for block, start in zip(model.blocks, _starts(model.blocks), strict=True):
        if block.name == name:
            flags[block.key[0][dual[start : start + len(block)]]] = True
    return flags
