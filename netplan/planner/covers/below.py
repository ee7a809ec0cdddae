"""A set covering problem of few sets in HiGHS's own branch and bound, which looks only for covers below a ceiling.

Nodes as dear as the ceiling are cut off at once and no time goes into heuristics, since covers come from elsewhere.
"""

from __future__ import annotations

import highspy
import numpy as np

from netplan.errors import SolverError
from netplan.planner.covers.structure import Cover
from netplan.planner.highs_mip import run_highs
from netplan.planner.mip import MipResult
from netplan.planner.program import Program
from netplan.planner.rows import Rows


def solve_below(cover: Cover, ceiling: float, *, time_limit_s: float, seed: int) -> MipResult:
    """Look for a cover cheaper than the ceiling, or prove that there is none.

    Returns:
        optimal (with a point, or without one: there is none below the ceiling) | feasible | none at the time limit.

    Raises:
        SolverError: when HiGHS fails.
        KeyboardInterrupt: when Ctrl-C was pressed and HiGHS did not heed it; otherwise its result says so.
    """
    elements, sets = cover.rows.shape
    part = cover.rows.tocoo()
    rows = Rows.of(part.row, part.col, part.data, np.ones(elements), np.inf)
    program = Program(cover.cost, 0.0, rows, np.zeros(sets), np.ones(sets), np.ones(sets, bool))
    options = {
        "random_seed": seed,
        "time_limit": max(time_limit_s, 0.1),
        "mip_rel_gap": 0.0,
        "mip_heuristic_effort": 0.0,
        "objective_bound": ceiling,
    }
    answer = run_highs(program, options)
    kind, point = highspy.HighsModelStatus, answer.point
    if answer.objective > ceiling:
        point = None
    value = answer.objective if point is not None else ceiling
    if answer.status in (kind.kInfeasible, kind.kObjectiveBound, kind.kOptimal):
        return MipResult("optimal", point, value, ceiling if point is None else answer.bound)
    if answer.status in (kind.kTimeLimit, kind.kInterrupt, kind.kSolutionLimit):
        bound = min(answer.bound, value)
        return MipResult("none" if point is None else "feasible", point, value, bound, answer.interrupted)
    raise SolverError(f"HiGHS stopped with {answer.said}")
