"""A live linear program in HiGHS that takes further rows and restarts from its basis."""

from __future__ import annotations

import highspy
import numpy as np

from netplan.errors import SolverError
from netplan.planner.highs_lp import cost_scale, highs_lp
from netplan.planner.highs_run import run_until_halted
from netplan.planner.model import Model
from netplan.planner.problem import Floats
from netplan.planner.rows import Rows

LARGE = 60_000
"""columns from which the interior-point method, without crossover, beats restarting the simplex method"""
SAFETY = 1e-6
"""relative amount by which an interior-point objective is lowered before it is called a bound"""


class LinearProgram:
    """The model's relaxation plus every cut added so far."""

    def __init__(self, model: Model, seed: int) -> None:
        self.interior = len(model.cost) > LARGE
        self.columns = len(model.cost)
        self.added: list[Rows] = []
        self.constant = model.constant
        self._highs = highspy.Highs()
        for option, value in (("output_flag", False), ("random_seed", seed)):
            self._highs.setOptionValue(option, value)
        if self.interior:
            self._highs.setOptionValue("solver", "ipm")
            self._highs.setOptionValue("run_crossover", "off")
        matrix = model.rows.matrix(self.columns)
        self._scale = cost_scale(model.cost)
        rows = model.rows
        lp = highs_lp(model.cost / self._scale, model.lower, model.upper, matrix, rows.lower, rows.upper)
        self._highs.passModel(lp)

    def add(self, rows: Rows) -> None:
        """Add rows; the next solve restarts from the present basis."""
        if not len(rows):
            return
        matrix = rows.matrix(self.columns)
        self._highs.addRows(
            len(rows),
            rows.lower,
            rows.upper,
            matrix.nnz,
            matrix.indptr[:-1].astype(np.int32),
            matrix.indices.astype(np.int32),
            matrix.data,
        )
        self.added.append(rows)

    def solve(self, time_limit_s: float) -> tuple[str, float, Floats, Floats]:
        """Solve; returns (status, objective, point, reduced costs). status: optimal | infeasible | limit.

        Raises:
            SolverError: for any other outcome.
            KeyboardInterrupt: on Ctrl-C.
        """
        self._highs.setOptionValue("time_limit", self._highs.getRunTime() + max(time_limit_s, 0.1))
        self._run()
        status = self._highs.getModelStatus()
        if status == highspy.HighsModelStatus.kUnknown and self.interior:  # its numbers failed: the simplex method then
            self.interior = False
            self._highs.setOptionValue("solver", "simplex")
            self._run()
            status = self._highs.getModelStatus()
        safety = SAFETY if self.interior else 0.0
        kind = highspy.HighsModelStatus
        if status == kind.kOptimal:
            solution = self._highs.getSolution()
            plain = self._scale * self._highs.getInfo().objective_function_value
            objective = plain + self.constant
            objective -= safety * max(abs(plain), abs(self.constant))  # the two may nearly cancel out
            return "optimal", float(objective), np.array(solution.col_value), self._scale * np.array(solution.col_dual)
        empty = np.zeros(0)
        if status in (kind.kInfeasible, kind.kUnboundedOrInfeasible):
            return "infeasible", np.inf, empty, empty
        if status in (kind.kTimeLimit, kind.kIterationLimit, kind.kInterrupt):
            return "limit", -np.inf, empty, empty
        raise SolverError(f"HiGHS stopped with {self._highs.modelStatusToString(status)}")

    def _run(self) -> None:
        """Ctrl-C need not wait for the end."""
        if run_until_halted(self._highs):
            raise KeyboardInterrupt
