"""Proof below a ceiling: branch and bound in HiGHS that looks only for what is better than the best plan known.

Nodes as dear as the ceiling are cut off at once and no time goes into heuristics, since plans come from elsewhere.
"""

from __future__ import annotations

import highspy

from netplan.errors import SolverError
from netplan.planner.highs_mip import run_highs
from netplan.planner.mip import MipResult
from netplan.planner.program import Program


def prove_below(program: Program, best: float, step: float, *, time_limit_s: float, seed: int) -> MipResult:
    """Look for a point cheaper than `best`, or prove that there is none.

    Args:
        best: cost of the best point known, the program's constant included; finite.
        step: all costs are whole multiples of it, 0 where they are not.

    Returns:
        optimal (with a better point, or without one: `best` is proven) | feasible | none at the time limit.

    Raises:
        SolverError: when HiGHS fails.
        KeyboardInterrupt: when Ctrl-C was pressed and HiGHS did not heed it; otherwise its result says so.
    """
    ceiling = best - max(0.5 * step, 1e-9 * abs(best))
    options = {
        "random_seed": seed,
        "time_limit": max(time_limit_s, 0.5),
        "mip_rel_gap": 0.0,
        "mip_heuristic_effort": 0.0,
        "objective_bound": ceiling,
    }
    answer = run_highs(program, options)
    kind, point = highspy.HighsModelStatus, answer.point
    if answer.objective > ceiling:
        point = None
    value = answer.objective if point is not None else best
    if answer.status in (kind.kInfeasible, kind.kObjectiveBound, kind.kOptimal):
        return MipResult("optimal", point, value, min(value, best) if point is None else answer.bound)
    if answer.status in (kind.kTimeLimit, kind.kInterrupt, kind.kSolutionLimit):
        bound = min(answer.bound, value)
        return MipResult("none" if point is None else "feasible", point, value, bound, answer.interrupted)
    raise SolverError(f"HiGHS stopped with {answer.said}")
