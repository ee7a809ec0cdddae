"""Mixed-integer runs: in HiGHS, and in SCIP where HiGHS fails."""

from __future__ import annotations

import time
from dataclasses import dataclass

import highspy
import numpy as np

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
    from netplan.planner.scip import run_scip  # a quarter of a second of every start, and hardly ever needed

    scip = run_scip(program, gap, until - time.monotonic(), seed, threads, hint)
    return MipResult(scip.status, scip.point, scip.objective, scip.bound)


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
