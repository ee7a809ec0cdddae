"""The relaxation of a set covering problem in HiGHS, which only ever becomes narrower, but for trials."""

from __future__ import annotations

import highspy
import numpy as np
from scipy import sparse

from netplan.errors import SolverError
from netplan.planner.covers.structure import Cover
from netplan.planner.highs_lp import cost_scale, highs_lp
from netplan.planner.problem import Bools, Floats, Ints

DUAL = 1
"""simplex strategy: rows and bounds come, so that the last basis stays dual feasible"""


class CoverLP:
    """minimise cost · y over rows · y ≥ 1, y ≥ 0, with cuts, further elements, and sets shut."""

    def __init__(self, cover: Cover, seed: int) -> None:
        self.rows = cover.rows
        """(elements, sets), those asked since included"""
        self.open: Bools = np.ones(len(cover.cost), bool)
        self._scale = cost_scale(cover.cost)
        self._highs = highspy.Highs()
        for option, value in (("output_flag", False), ("random_seed", seed), ("simplex_strategy", DUAL)):
            self._highs.setOptionValue(option, value)
        elements, sets = cover.rows.shape
        free = np.full(sets, np.inf)
        least, most = np.ones(elements), np.full(elements, np.inf)
        self._highs.passModel(highs_lp(cover.cost / self._scale, np.zeros(sets), free, cover.rows, least, most))
        self.value = -np.inf
        """of the last solve: a lower bound"""
        self.exact = False
        """whether that solve came to its end"""
        self.point = np.zeros(0)
        self.reduced = np.zeros(0)

    def stop_above(self, value: float) -> None:
        """Solves end as "closed" once their value passes this."""
        self._highs.setOptionValue("objective_bound", value / self._scale)

    def solve(self, seconds: float, steps: int | None = None) -> str:
        """Solve from the present basis, for so many dual simplex steps at most; solved | closed | steps | time.

        Sets `value` (infinite when closed) and, when solved, `point` and `reduced`.

        Raises:
            SolverError: for any other outcome.
        """
        highs, kind = self._highs, highspy.HighsModelStatus
        highs.setOptionValue("time_limit", highs.getRunTime() + max(seconds, 0.05))
        highs.setOptionValue("simplex_iteration_limit", 2**31 - 1 if steps is None else steps)
        highs.run()
        status = highs.getModelStatus()
        self.exact = status != kind.kIterationLimit
        if status in (kind.kInfeasible, kind.kObjectiveBound):
            self.value = np.inf
            return "closed"
        if status == kind.kTimeLimit:
            return "time"
        self.value = float(highs.getInfo().objective_function_value) * self._scale
        if status == kind.kIterationLimit:
            return "steps"
        if status != kind.kOptimal:
            raise SolverError(f"HiGHS stopped with {highs.modelStatusToString(status)}")
        solution = highs.getSolution()
        self.point = np.array(solution.col_value)
        self.reduced = np.array(solution.col_dual) * self._scale
        return "solved"

    def shut(self, sets: Ints) -> None:
        """Close sets for good."""
        self.open[sets] = False
        self._bound(sets, 0.0)

    def ask(self, sets: Ints) -> None:
        """A further element, covered by these sets alone."""
        self._add(sets, np.ones(len(sets)), 1.0)
        row = sparse.csr_array((np.ones(len(sets)), sets, [0, len(sets)]), shape=(1, len(self.open)))
        self.rows = sparse.csr_array(sparse.vstack([self.rows, row], format="csr"))

    def cut(self, weight: Floats, least: float) -> None:
        """weight · y ≥ least."""
        sets = np.flatnonzero((weight > 0) & self.open)
        self._add(sets, weight[sets], least)

    def attempt(self, sets: Ints, seconds: float, steps: int) -> tuple[tuple[float, bool], tuple[float, bool]]:
        """(value, exact) with these open sets shut, and with one of them at least; everything is as before then."""
        highs = self._highs
        basis, rows = highs.getBasis(), highs.getNumRow()
        self._bound(sets, 0.0)
        without = self._tried(seconds, steps)
        self._bound(sets, np.inf)
        highs.setBasis(basis)
        self._add(sets, np.ones(len(sets)), 1.0)
        within = self._tried(seconds, steps)
        highs.deleteRows(1, np.array([rows], np.int32))
        highs.setBasis(basis)
        return without, within

    def _tried(self, seconds: float, steps: int) -> tuple[float, bool]:
        before, point, reduced = self.value, self.point, self.reduced
        ended = self.solve(seconds, steps)
        found = (before if ended == "time" else self.value), ended in ("solved", "closed")
        self.value, self.point, self.reduced = before, point, reduced
        return found

    def _bound(self, sets: Ints, upper: float) -> None:
        count = len(sets)
        self._highs.changeColsBounds(count, sets.astype(np.int32), np.zeros(count), np.full(count, upper))

    def _add(self, sets: Ints, weight: Floats, least: float) -> None:
        self._highs.addRow(least, np.inf, len(sets), sets.astype(np.int32), weight)
