"""A mixed-integer run in SCIP, through OR-Tools MathOpt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt

from netplan.errors import SolverError
from netplan.planner.problem import Floats
from netplan.planner.program import Program


@dataclass(frozen=True)
class ScipAnswer:
    """What SCIP says: optimal | feasible | infeasible | none, the point (None without one), its value and the bound."""

    status: str
    point: Floats | None
    objective: float
    bound: float


def run_scip(
    program: Program, gap: float, time_limit_s: float, seed: int, threads: int, hint: Floats | None
) -> ScipAnswer:
    """Run SCIP.

    Args:
        hint: a point to begin with.

    Raises:
        SolverError: when SCIP rejects the model.
    """
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
        return ScipAnswer("infeasible", None, np.inf, np.inf)
    if not result.has_primal_feasible_solution():
        return ScipAnswer("none", None, np.inf, float(bound))
    point = np.array(result.variable_values(list(math_model.variables())))
    status = "optimal" if result.termination.reason == reason.OPTIMAL else "feasible"
    return ScipAnswer(status, point, float(result.objective_value()), float(bound))


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
