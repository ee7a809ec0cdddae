"""The compact program handed to other solvers through OR-Tools MathOpt: HiGHS, SCIP and CP-SAT."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt

from .case import Drawn
from .compact import Compact, allocate, build

SOLVERS = {
    "compact-highs": mathopt.SolverType.HIGHS,
    "compact-scip": mathopt.SolverType.GSCIP,
    "compact-cpsat": mathopt.SolverType.CP_SAT,
}

STEPS = 1000.0
"""CP-SAT knows whole numbers only: shares and flows in steps of a thousandth, and its bound holds for such steps"""


def solve_compact(
    problem: Any, solver: str, time_limit_s: float, threads: int, gap: float
) -> tuple[Drawn | None, float]:
    """(plan or None, bound) of the compact program; HiGHS takes no number of threads through MathOpt.

    Values are those of the program: minus the weight served where the problem has a budget. Where shares and traffic
    allow it they are set once more by a linear program, as solvers return them within tolerances of big-M rows.
    """
    model = build(problem)
    parameters = mathopt.SolveParameters(time_limit=timedelta(seconds=time_limit_s), relative_gap_tolerance=gap)
    if solver != "compact-highs":
        parameters.threads = threads
    parameters.cp_sat.mip_var_scaling = STEPS
    program = mathopt.Model.from_model_proto(_proto(model))
    try:
        result = mathopt.solve(program, SOLVERS[solver], params=parameters)
    except AttributeError as error:  # MathOpt hides the solver's own message in the context
        raise RuntimeError(f"{solver}: {error.__context__ or error}") from error
    bound = float(result.termination.objective_bounds.dual_bound)
    if not result.has_primal_feasible_solution():
        return None, bound
    point = np.array(result.variable_values(list(program.variables())))
    y, z, b = (point[model.at[a] : model.at[c]] > 0.5 for a, c in (("y", "z"), ("z", "b"), ("b", "w")))
    return allocate(model, y, b, z), bound


def _proto(model: Compact) -> model_pb2.ModelProto:
    """The program as MathOpt reads it, filled from arrays."""
    proto = model_pb2.ModelProto()
    proto.variables.ids.extend(range(len(model.cost)))
    proto.variables.lower_bounds.extend(model.lower.tolist())
    proto.variables.upper_bounds.extend(model.upper.tolist())
    proto.variables.integers.extend(model.integer.tolist())
    proto.objective.offset = model.constant
    priced = np.flatnonzero(model.cost)
    proto.objective.linear_coefficients.ids.extend(priced.tolist())
    proto.objective.linear_coefficients.values.extend(model.cost[priced].tolist())
    proto.linear_constraints.ids.extend(range(len(model.row_lower)))
    proto.linear_constraints.lower_bounds.extend(model.row_lower.tolist())
    proto.linear_constraints.upper_bounds.extend(model.row_upper.tolist())
    entry = model.matrix.copy()
    entry.sum_duplicates()
    entry.eliminate_zeros()
    row = np.repeat(np.arange(entry.shape[0]), np.diff(entry.indptr))
    proto.linear_constraint_matrix.row_ids.extend(row.tolist())
    proto.linear_constraint_matrix.column_ids.extend(entry.indices.tolist())
    proto.linear_constraint_matrix.coefficients.extend(entry.data.tolist())
    return proto
