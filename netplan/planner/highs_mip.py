"""A mixed-integer run in HiGHS that Ctrl-C ends early, with the plan and the bound it has come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from netplan.planner.highs_lp import cost_scale, highs_lp
from netplan.planner.highs_run import run_until_halted
from netplan.planner.problem import Floats
from netplan.planner.program import Program

FEASIBLE = 2
"""HiGHS's word for a primal solution that is feasible"""


@dataclass(frozen=True)
class Answer:
    """What HiGHS says: its status, the point (None without one), its value and the bound."""

    status: highspy.HighsModelStatus
    said: str
    """the status in words"""
    point: Floats | None
    objective: float
    bound: float
    interrupted: bool


def run_highs(program: Program, options: dict[str, Any], hint: Floats | None = None) -> Answer:
    """Run HiGHS.

    Args:
        options: HiGHS's own; `objective_bound` in the program's money.
        hint: a point to begin with.

    Raises:
        KeyboardInterrupt: when Ctrl-C was pressed and HiGHS did not heed it; otherwise the answer says so.
    """
    matrix = program.rows.matrix(len(program.cost))
    scale = cost_scale(program.cost)
    rows = program.rows
    lp = highs_lp(program.cost / scale, program.lower, program.upper, matrix, rows.lower, rows.upper)
    lp.offset_ = program.constant / scale
    kinds = highspy.HighsVarType
    lp.integrality_ = [kinds.kInteger if whole else kinds.kContinuous for whole in program.integer.tolist()]
    solver = highspy.Highs()
    for option, value in ({"output_flag": False, "mip_abs_gap": 0.0} | options).items():
        solver.setOptionValue(option, value / scale if option == "objective_bound" else value)
    solver.passModel(lp)
    if hint is not None:
        solution = highspy.HighsSolution()
        solution.col_value = hint.tolist()
        solver.setSolution(solution)
    halted = run_until_halted(solver)
    info, status = solver.getInfo(), solver.getModelStatus()
    value = scale * float(info.objective_function_value)
    point = np.array(solver.getSolution().col_value) if np.isfinite(value) else None
    if point is not None and (len(point) != len(program.cost) or info.primal_solution_status != FEASIBLE):
        point = None
    bound = scale * float(info.mip_dual_bound)
    if not program.integer.any():
        bound = value if status == highspy.HighsModelStatus.kOptimal else -np.inf
    return Answer(status, solver.modelStatusToString(status), point, value, bound, halted)
