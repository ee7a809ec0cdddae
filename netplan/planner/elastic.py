"""Why there is no plan: the complete model with every target and duty to serve made elastic.

    minimise Σ_k short_k / target_k + Σ_i missed_i
    subject to every row of `netplan.planner.compact`, with short_k added to target k and missed_i to the demand i that
    must be served

First with whole decisions relaxed, which already proves what cannot be met; then, where the model is small enough, with
whole decisions. What binds is read from the duals with the decisions fixed: a capacity
whose dual is not zero would, if larger, let more be served.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import highspy
import numpy as np
from scipy import sparse

from netplan.planner.compact import Block, CompactModel, compact_model
from netplan.planner.export import highs
from netplan.planner.problem import Bools, Floats, Ints, Problem

WHOLE_COLUMNS = 50_000
"""columns up to which whole decisions are tried"""
LARGEST = 1_500_000
"""entries of service_use beyond which the complete model is not written"""
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
    contradictory: bool = False
    """The rows contradict each other whatever is served (limit rows that nothing can meet)."""


def elastic(problem: Problem, time_limit_s: float = 60.0) -> Elastic | None:
    """The least that must be given up, or None when it was not found in time.

    Args:
        problem: any problem; a budget counts as a row.
        time_limit_s: for all solves together.
    """
    if len(problem.service_use.data) > LARGEST:
        return None
    until = time.monotonic() + time_limit_s
    model = compact_model(problem)
    at = dict(zip((block.name for block in model.blocks), _starts(model.blocks), strict=True))
    must = np.flatnonzero(np.isinf(problem.demand_penalty))
    targets = len(problem.target_min)
    scale = np.maximum(problem.target_min, 1.0)
    rows = np.concatenate([at["target"] + np.arange(targets), at["serve"] + must]).astype(np.int64)
    loose = _loosened(model, rows, np.concatenate([1.0 / scale, np.ones(len(must))]))
    solver = highs(loose)
    status, value = _run(solver, relaxed=True, until=until)
    if status == "infeasible":
        return _contradiction(problem)
    if status != "optimal" or not len(value):
        return None
    if len(model.cost) <= WHOLE_COLUMNS:
        status, whole = _run(solver, relaxed=False, until=until)
        if status == "infeasible":
            return _contradiction(problem)
        if len(whole):
            value = np.where(loose.integer, np.round(whole), whole)
    lower, upper, integer = loose.lower.copy(), loose.upper.copy(), loose.integer
    lower[integer] = upper[integer] = value[integer]
    again = highs(replace(loose, lower=lower, upper=upper))
    status, value = _run(again, relaxed=True, until=until + 10.0)
    if status != "optimal" or not len(value):
        return None
    given = np.maximum(value[-len(rows) :], 0.0) if len(rows) else np.zeros(0)
    given[given < TINY * np.concatenate([scale, np.ones(len(must))])] = 0.0
    missed = np.zeros(problem.shape[0])
    missed[must] = given[targets:]
    dual = np.abs(np.array(again.getSolution().row_dual)) > TINY
    return Elastic(
        given[:targets],
        missed,
        _binding(model, dual, "room", problem.shape[1]),
        _binding(model, dual, "carry", problem.shape[3]),
        _binding(model, dual, "limit", len(problem.limit_lower)),
    )


def _contradiction(problem: Problem) -> Elastic:
    """No plan whatever is given up: the limit rows (or the budget) cannot hold together."""
    n, m, _, e = problem.shape
    rules = np.ones(len(problem.limit_lower), bool)
    nothing = np.zeros(len(problem.target_min))
    return Elastic(nothing, np.zeros(n), np.zeros(m, bool), np.zeros(e, bool), rules, contradictory=True)


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
    """(optimal | infeasible | limit, the best point: empty when there is none)."""
    solver.setOptionValue("solve_relaxation", relaxed)
    solver.setOptionValue("time_limit", solver.getRunTime() + max(until - time.monotonic(), 0.1))
    solver.run()
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
