"""The master's linear programme in HiGHS: rows come and go, the basis stays."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from netplan.errors import SolverError
from netplan.planner.cut_pool import CutPool
from netplan.planner.highs_lp import highs_lp
from netplan.planner.master import Master
from netplan.planner.problem import Bools, Floats, Ints
from netplan.planner.rows import Rows, stack

DEVEX = 1
"""pricing by devex weights: steepest edge ones are computed anew, row by row, whenever rows or the basis change"""
SAFETY = 1e-5
"""part by which the value of a solve that is cut short is lowered: HiGHS drops its perturbation of the costs there, and
reduced costs of the wrong sign may be left"""
IDLE = 3
"""solves in a row that a cut may be slack before it is dropped"""


STATES = tuple(highspy.HighsBasisStatus.__members__.values())
BASIC = STATES.index(highspy.HighsBasisStatus.kBasic)


@dataclass(frozen=True)
class Basis:
    """A basis, and the rows that it is one of."""

    states: highspy.HighsBasis
    places: Ints
    """place of each row in the pool, -1 for rows without one"""


def _solver(lp: highspy.HighsLp, seed: int) -> highspy.Highs:
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("random_seed", seed)
    solver.setOptionValue("simplex_dual_edge_weight_strategy", DEVEX)
    solver.passModel(lp)
    return solver


class MasterLP:
    """Relaxation of a `Master` with the cuts added so far; costs are unscaled at the door."""

    def __init__(self, master: Master, seed: int) -> None:
        self.master = master
        self.fixed = len(master.rows)
        rows = stack([master.rows, master.local])
        matrix = rows.matrix(master.columns)
        lp = highs_lp(master.cost, master.lower, master.upper, matrix, rows.lower, rows.upper)
        self._seed = seed
        self._highs = _solver(lp, seed)
        self._idle = np.zeros(len(rows), np.int64)
        self._pool = CutPool(master.columns)
        always = np.full(self.fixed, -1, np.int64)
        self._first = self._pool.keep(master.local)
        """places of the rows that it began with: they return with a basis, not for being violated"""
        self._pooled = np.concatenate([always, self._first])
        """place in the pool of each row, -1 for rows that always stay and those that found no room there"""
        self.objective = -np.inf
        self.point = np.zeros(0)
        self.reduced = np.zeros(0)

    def twin(self) -> MasterLP:
        """The same programme at the same basis, for another thread; cuts are remembered together."""
        other = copy(self)
        other._highs = _solver(self._highs.getLp(), self._seed)
        other._highs.setBasis(self._highs.getBasis())
        return other

    @property
    def rows(self) -> int:
        """Rows at present."""
        return len(self._idle)

    @property
    def steps(self) -> int:
        """Simplex steps of the last solve."""
        return int(self._highs.getInfo().simplex_iteration_count)

    def add(self, rows: Rows) -> None:
        """Add cuts."""
        if len(rows):
            self._append(rows.matrix(self.master.columns), rows.lower, rows.upper, self._pool.keep(rows))

    def recall(self, most: int) -> int:
        """Add again up to `most` dropped cuts that the present point violates; returns how many."""
        present = np.concatenate([self._pooled, self._first])
        places = self._pool.violated(self.point, present, most)
        if len(places):
            self._append(*self._pool.rows(places), places)
        return len(places)

    def _append(self, matrix: sparse.csr_array, lower: Floats, upper: Floats, places: Ints) -> None:
        self._highs.addRows(
            len(lower), lower, upper, matrix.nnz,
            matrix.indptr[:-1].astype(np.int32), matrix.indices.astype(np.int32), matrix.data,
        )  # fmt: skip
        self._idle = np.concatenate([self._idle, np.zeros(len(lower), np.int64)])
        self._pooled = np.concatenate([self._pooled, places])

    def bounds(self, columns: Ints, lower: Floats, upper: Floats) -> None:
        """Change column bounds."""
        self._highs.changeColsBounds(len(columns), columns.astype(np.int32), lower, upper)

    def stop_above(self, bound: float) -> None:
        """Solves may end as infeasible once their objective passes this bound."""
        value = (bound - self.master.constant) / self.master.scale if np.isfinite(bound) else np.inf
        self._highs.setOptionValue("objective_bound", value)

    def solve(self, time_limit_s: float, iterations: int | None = None) -> str:
        """Solve from the present basis; optimal | infeasible | above | limit | iterations.

        Sets objective, point and reduced costs. After `iterations` dual simplex steps `objective` is a lower bound of
        the programme where it is finite.

        Raises:
            SolverError: for any other outcome.
        """
        highs, kind = self._highs, highspy.HighsModelStatus
        highs.setOptionValue("time_limit", highs.getRunTime() + max(time_limit_s, 0.05))
        highs.setOptionValue("simplex_iteration_limit", 2**31 - 1 if iterations is None else iterations)
        highs.run()
        status = highs.getModelStatus()
        if status == kind.kOptimal or (iterations is not None and status == kind.kIterationLimit):
            value = highs.getInfo().objective_function_value
            self.objective = float(value * self.master.scale + self.master.constant)
            if status == kind.kIterationLimit:
                self.objective -= SAFETY * abs(self.objective)
                return "iterations"
            solution = highs.getSolution()
            self.point = np.array(solution.col_value)
            self.reduced = np.array(solution.col_dual) * self.master.scale
            return "optimal"
        if status == kind.kObjectiveBound:
            return "above"
        if status in (kind.kInfeasible, kind.kUnboundedOrInfeasible):
            return "infeasible"
        if status in (kind.kTimeLimit, kind.kIterationLimit, kind.kInterrupt):
            return "limit"
        raise SolverError(f"HiGHS stopped with {highs.modelStatusToString(status)}")

    def drop_idle(self) -> int:
        """Drop the cuts that were basic (slack) in the last solves; returns how many."""
        basic = highspy.HighsBasisStatus.kBasic
        slack = np.fromiter((state == basic for state in self._highs.getBasis().row_status), bool, len(self._idle))
        self._idle = np.where(slack, self._idle + 1, 0)
        return self._delete(self._idle >= IDLE)

    def _delete(self, gone: Bools) -> int:
        """Drop those of some rows that may go; returns how many."""
        gone[: self.fixed] = False
        rows = np.flatnonzero(gone)
        if len(rows):
            self._highs.deleteRows(len(rows), rows.astype(np.int32))
            self._idle, self._pooled = self._idle[~gone], self._pooled[~gone]
        return len(rows)

    def basis(self) -> Basis:
        """The present basis, to come back to."""
        return Basis(self._highs.getBasis(), self._pooled)

    def restore(self, basis: Basis) -> None:
        """Take up a basis of the present rows again."""
        self._highs.setBasis(basis.states)

    def come_back(self, basis: Basis) -> bool:
        """Take up a basis of other rows again; whether that was possible.

        Its tight cuts return from the pool, and cuts that it knows nothing of go: they are of other parts of the
        search. Not possible, and nothing done, where a tight cut found no room in the pool.
        """
        states = np.fromiter((int(state) for state in basis.states.row_status), np.int64, len(basis.places))
        tight = np.flatnonzero(states != BASIC)
        tight = tight[tight >= self.fixed]
        places = basis.places[tight]
        if (places < 0).any():
            return False
        self._delete(~np.isin(self._pooled, basis.places))
        missing = places[~np.isin(places, self._pooled)]
        if len(missing):
            self._append(*self._pool.rows(missing), missing)
        of_place = np.full(max(self._pooled.max(initial=-1), places.max(initial=-1)) + 2, BASIC, np.int64)
        of_place[places] = states[tight]  # the last one stands for the rows without a place, -1
        now = of_place[self._pooled]
        now[: self.fixed] = states[: self.fixed]
        back = highspy.HighsBasis()
        back.col_status = basis.states.col_status
        back.row_status = [STATES[state] for state in now.tolist()]
        back.valid = True
        self._highs.setBasis(back)
        return True
