"""Mixed-integer runs through OR-Tools MathOpt, built from arrays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt

from netplan.errors import SolverError
from netplan.planner.model import Model
from netplan.planner.problem import Bools, Floats
from netplan.planner.rows import Rows, stack


@dataclass(frozen=True)
class Program:
    """minimise cost · v + constant over rows, lower ≤ v ≤ upper, v integer where flagged."""

    cost: Floats
    constant: float
    rows: Rows
    lower: Floats
    upper: Floats
    integer: Bools

    @staticmethod
    def of(model: Model, cuts: list[Rows], lower: Floats, upper: Floats) -> Program:
        """A model with cuts, within narrower column bounds."""
        return Program(model.cost, model.constant, stack([model.rows, *cuts]), lower, upper, model.integer)


@dataclass(frozen=True)
class MipResult:
    """Outcome of one run: `point` is None without a solution; `bound` is proven for the rows and bounds given."""

    status: str
    """optimal | feasible | infeasible | none"""
    point: Floats | None
    objective: float
    bound: float


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
    """
    try:
        result = _solve(program, gap, time_limit_s, seed, threads, hint, solver)
        doubtful = result.status == "infeasible" if hint is not None else False
        doubtful |= result.status == "optimal" and not np.isfinite(result.bound)
        if solver == "scip" or not doubtful:
            return result
    except SolverError:
        if solver == "scip":
            raise
    return _solve(program, gap, time_limit_s, seed, threads, hint, "scip")


def _solve(
    program: Program,
    gap: float,
    time_limit_s: float,
    seed: int,
    threads: int,
    hint: Floats | None,
    solver: str,
) -> MipResult:
    proto = _proto(program)
    math_model = mathopt.Model.from_model_proto(proto)
    parameters = mathopt.SolveParameters(
        time_limit=timedelta(seconds=max(time_limit_s, 0.5)), relative_gap_tolerance=gap, random_seed=seed
    )
    engine = mathopt.SolverType.HIGHS
    if solver == "scip":
        engine = mathopt.SolverType.GSCIP
        parameters.threads = threads
    extra = mathopt.ModelSolveParameters()
    if hint is not None:
        values = {variable: float(hint[variable.id]) for variable in math_model.variables()}
        extra.solution_hints.append(mathopt.SolutionHint(variable_values=values))
    try:
        result = mathopt.solve(math_model, engine, params=parameters, model_params=extra)
    except AttributeError as error:  # MathOpt hides the solver's own message in the context
        raise SolverError(str(error.__context__ or error)) from error
    reason = mathopt.TerminationReason
    bound = result.termination.objective_bounds.dual_bound
    if result.termination.reason in (reason.INFEASIBLE, reason.INFEASIBLE_OR_UNBOUNDED):
        return MipResult("infeasible", None, np.inf, np.inf)
    if not result.has_primal_feasible_solution():
        return MipResult("none", None, np.inf, float(bound))
    found = result.variable_values(list(math_model.variables()))
    point = np.array(found)
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
