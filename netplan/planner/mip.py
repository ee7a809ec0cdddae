"""Mixed-integer runs: in HiGHS, and through OR-Tools MathOpt in SCIP where HiGHS fails."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

import highspy
import numpy as np
from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt

from netplan.errors import SolverError
from netplan.planner.highs_mip import run_highs
from netplan.planner.problem import Floats
from netplan.planner.program import Program


@dataclass(frozen=True)
class MipResult:
    """Outcome of one run: `point` is None without a solution; `bound` is proven for the rows and bounds given."""

    status: str
    """optimal | feasible | infeasible | none"""
    point: Floats | None
    objective: float
    bound: float
    interrupted: bool = False
    """whether Ctrl-C ended it: KeyboardInterrupt is due once the result is kept"""


def solve_mip(
    program: Program,
    *,
    gap: float,
    time_limit_s: float,
    seed: int,
    threads: int,
    hint: Floats | None = None,
    solver: str = "highs",
) -> MipResult:
    """Solve; SCIP takes over where HiGHS fails on the numbers.

    HiGHS fails, too, where it calls a model with a known plan infeasible, or a plan optimal without a bound.

    Raises:
        SolverError: when SCIP rejects the model too.
        KeyboardInterrupt: when Ctrl-C was pressed and the solver did not heed it; otherwise the result says so.
    """
    until = time.monotonic() + time_limit_s
    if solver == "highs":
        result = _highs(program, gap, time_limit_s, seed, hint)
        doubtful = result is None or (result.status == "infeasible" and hint is not None)
        if result is not None and not doubtful and (result.status != "optimal" or np.isfinite(result.bound)):
            return result
    return _scip(program, gap, until - time.monotonic(), seed, threads, hint)


def _highs(program: Program, gap: float, time_limit_s: float, seed: int, hint: Floats | None) -> MipResult | None:
    """None where HiGHS fails."""
    options = {"random_seed": seed, "time_limit": max(time_limit_s, 0.5), "mip_rel_gap": gap}
    answer = run_highs(program, options, hint)
    kind = highspy.HighsModelStatus
    if answer.status in (kind.kInfeasible, kind.kUnboundedOrInfeasible):
        return MipResult("infeasible", None, np.inf, np.inf)
    if answer.status not in (kind.kOptimal, kind.kTimeLimit, kind.kInterrupt, kind.kSolutionLimit):
        return None
    if answer.point is None:
        return MipResult("none", None, np.inf, answer.bound, answer.interrupted)
    status = "optimal" if answer.status == kind.kOptimal else "feasible"
    return MipResult(status, answer.point, answer.objective, answer.bound, answer.interrupted)


def _scip(program: Program, gap: float, time_limit_s: float, seed: int, threads: int, hint: Floats | None) -> MipResult:
    math_model = mathopt.Model.from_model_proto(_proto(program))
    parameters = mathopt.SolveParameters(
        time_limit=timedelta(seconds=max(time_limit_s, 0.5)),
        relative_gap_tolerance=gap,
        random_seed=seed,
        threads=threads,
    )
    extra = mathopt.ModelSolveParameters()
    if hint is not None:
        values = {variable: float(hint[variable.id]) for variable in math_model.variables()}
        extra.solution_hints.append(mathopt.SolutionHint(variable_values=values))
    try:
        result = mathopt.solve(math_model, mathopt.SolverType.GSCIP, params=parameters, model_params=extra)
    except AttributeError as error:  # MathOpt hides the solver's own message in the context
        raise SolverError(str(error.__context__ or error)) from error
    reason = mathopt.TerminationReason
    bound = result.termination.objective_bounds.dual_bound
    if result.termination.reason in (reason.INFEASIBLE, reason.INFEASIBLE_OR_UNBOUNDED):
        return MipResult("infeasible", None, np.inf, np.inf)
    if not result.has_primal_feasible_solution():
        return MipResult("none", None, np.inf, float(bound))
    point = np.array(result.variable_values(list(math_model.variables())))
    status = "optimal" if result.termination.reason == reason.OPTIMAL else "feasible"
    return MipResult(status, point, float(result.objective_value()), float(bound))


def _proto(program: Program) -> model_pb2.ModelProto:
    """The program as a MathOpt proto."""
    rows = program.rows
    proto = model_pb2.ModelProto()
    columns = np.arange(len(program.cost))
    proto.variables.ids.extend(columns.tolist())
    proto.variables.lower_bounds.extend(program.lower.tolist())
    proto.variables.upper_bounds.extend(program.upper.tolist())
    proto.variables.integers.extend(program.integer.tolist())
    priced = np.flatnonzero(program.cost)
    proto.objective.offset = program.constant
    proto.objective.linear_coefficients.ids.extend(priced.tolist())
    proto.objective.linear_coefficients.values.extend(program.cost[priced].tolist())
    proto.linear_constraints.ids.extend(range(len(rows)))
    proto.linear_constraints.lower_bounds.extend(rows.lower.tolist())
    proto.linear_constraints.upper_bounds.extend(rows.upper.tolist())
    matrix = rows.matrix(len(columns))
    matrix.sum_duplicates()
    proto.linear_constraint_matrix.row_ids.extend(np.repeat(np.arange(len(rows)), np.diff(matrix.indptr)).tolist())
    proto.linear_constraint_matrix.column_ids.extend(matrix.indices.tolist())
    proto.linear_constraint_matrix.coefficients.extend(matrix.data.tolist())
    return proto
