"""Proof below a ceiling: branch and bound in HiGHS that looks only for what is better than the best plan known.

Nodes as dear as the ceiling are cut off at once and no time goes into heuristics, since plans come from elsewhere.
"""

from __future__ import annotations

import highspy
import numpy as np

from netplan.errors import SolverError
from netplan.planner.mip import MipResult, Program


def prove_below(program: Program, best: float, step: float, *, time_limit_s: float, seed: int) -> MipResult:
    """Look for a point cheaper than `best`, or prove that there is none.

    Args:
        best: cost of the best point known, the program's constant included; finite.
        step: all costs are whole multiples of it, 0 where they are not.

    Returns:
        optimal (with a better point, or without one: `best` is proven) | feasible | none at the time limit.

    Raises:
        SolverError: when HiGHS fails.
    """
    ceiling = best - max(0.5 * step, 1e-9 * abs(best))
    matrix = program.rows.matrix(len(program.cost))
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(program.cost), len(program.rows)
    lp.col_cost_, lp.offset_ = program.cost, program.constant
    lp.col_lower_, lp.col_upper_ = program.lower, program.upper
    lp.row_lower_, lp.row_upper_ = program.rows.lower, program.rows.upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    kinds = highspy.HighsVarType
    lp.integrality_ = [kinds.kInteger if whole else kinds.kContinuous for whole in program.integer.tolist()]
    solver = highspy.Highs()
    for option, value in (
        ("output_flag", False),
        ("random_seed", seed),
        ("time_limit", max(time_limit_s, 0.5)),
        ("mip_rel_gap", 0.0),
        ("mip_heuristic_effort", 0.0),
        ("objective_bound", ceiling),
    ):
        solver.setOptionValue(option, value)
    solver.passModel(lp)
    solver.run()
    status, kind = solver.getModelStatus(), highspy.HighsModelStatus
    info = solver.getInfo()
    point = np.array(solver.getSolution().col_value) if np.isfinite(info.objective_function_value) else None
    if point is not None and (len(point) != len(program.cost) or info.objective_function_value > ceiling):
        point = None
    value = float(info.objective_function_value) if point is not None else best
    if status in (kind.kInfeasible, kind.kObjectiveBound, kind.kOptimal):
        return MipResult("optimal", point, value, min(value, best) if point is None else float(info.mip_dual_bound))
    if status in (kind.kTimeLimit, kind.kInterrupt, kind.kSolutionLimit):
        bound = min(float(info.mip_dual_bound), value)
        return MipResult("none" if point is None else "feasible", point, value, bound)
    raise SolverError(f"HiGHS stopped with {solver.modelStatusToString(status)}")
