"""Which column to branch on: reliability branching (Achterberg, Koch and Martin 2005), by trial and by experience.

Each candidate is scored by the product of what the bound gains on its two sides. A column's gains are tried out with a
few dual simplex steps until enough of them are known; then their mean for each unit of distance stands for the trial.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from netplan.planner.incumbent import Search
from netplan.planner.master_lp import Basis, MasterLP
from netplan.planner.problem import Floats, Ints

TRIAL_STEPS = 80
"""dual simplex steps of a trial branching"""
RELIABLE = 2
"""trial branchings each way after which a column's mean gain is trusted"""
TRIALS, DEEP_TRIALS, SHALLOW = 10, 4, 3
"""candidates looked at in a node with fewer than SHALLOW columns fixed, and in one with more"""
STALE = 3
"""candidates in a row that are no better than the best before the rest are left"""


@dataclass(frozen=True)
class Trials:
    """Trial branchings on one LP, and what they gained so far."""

    lp: MasterLP
    search: Search
    lower: Floats
    """(columns,) bounds in the node, shared with the hand that sets them"""
    upper: Floats
    gain_sum: Floats
    """(2, columns) rise of the bound for each unit of distance, down and up"""
    gain_count: Floats

    @staticmethod
    def of(lp: MasterLP, search: Search, lower: Floats, upper: Floats) -> Trials:
        """Nothing tried yet."""
        return Trials(lp, search, lower, upper, np.zeros((2, len(lower))), np.zeros((2, len(lower))))

    def of_hand(self, lp: MasterLP, lower: Floats, upper: Floats) -> Trials:
        """The same experience, for another linear programme with bounds of its own."""
        return replace(self, lp=lp, lower=lower, upper=upper)

    def best(self, fraction: Ints, bound: float, depth: int, cutoff: Callable[[], float]) -> tuple[int, float, float]:
        """(column, lower bounds of its children down and up) of the column whose branchings raise the bound most.

        Args:
            fraction: columns to choose from, not whole at the LP's point.
            bound: of the node.
            depth: columns fixed on the way to it.
            cutoff: bound from which a node cannot matter.
        """
        value = self.lp.point[fraction]
        part = value - np.floor(value)
        guess = self._guess(fraction)
        score = np.maximum(guess[0] * part, 1e-9) * np.maximum(guess[1] * (1 - part), 1e-9)
        order = np.argsort(-score, kind="stable")
        best, best_score, stale = int(fraction[order[0]]), -1.0, 0
        down_up = (bound, bound)
        basis = self.lp.basis()
        point, reduced = self.lp.point, self.lp.reduced
        tried = False
        for k in order[: TRIALS if depth < SHALLOW else DEEP_TRIALS]:
            column, ends = int(fraction[k]), (bound, bound)
            if self.gain_count[:, column].min() >= RELIABLE:
                rise = [guess[0][k] * part[k], guess[1][k] * (1 - part[k])]
            else:
                ends, tried = self._trial(column, bound, basis, part[k], cutoff), True
                self.lp.point, self.lp.reduced = point, reduced
                rise = [min(end, cutoff() + 1.0) - bound if np.isfinite(end) else cutoff() - bound for end in ends]
            least = max(1e-6 * abs(bound), 1e-9)  # not nothing: a side without a plan rises endlessly
            found = max(rise[0], least) * max(rise[1], least)
            if found > best_score:
                best, best_score, down_up, stale = column, found, ends, 0
            else:
                stale += 1
                if stale >= STALE:
                    break
        if tried:
            self.lp.restore(basis)
        return best, down_up[0], down_up[1]

    def _guess(self, fraction: Ints) -> list[Floats]:
        """Mean gain of each column down and up; the mean over all columns where it was never tried."""
        mean = [self.gain_sum[k].sum() / max(self.gain_count[k].sum(), 1.0) for k in (0, 1)]
        return [
            np.where(
                self.gain_count[k][fraction] > 0,
                self.gain_sum[k][fraction] / np.maximum(self.gain_count[k][fraction], 1.0),
                mean[k] if mean[k] > 0 else 1.0,
            )
            for k in (0, 1)
        ]

    def _trial(
        self, column: int, bound: float, basis: Basis, part: float, cutoff: Callable[[], float]
    ) -> tuple[float, float]:
        """Lower bounds of the two children after a few simplex steps (inf: infeasible)."""
        ends = []
        for side in (0.0, 1.0):
            self.lp.restore(basis)
            self.lp.bounds(np.array([column]), np.array([side]), np.array([side]))
            status = self.lp.solve(max(self.search.left_s, 0.1), TRIAL_STEPS)
            if status == "infeasible":
                end = np.inf
            elif status == "above":
                end = cutoff()
            else:
                end = bound if status == "limit" else max(self.lp.objective, bound)
            ends.append(end)
            if np.isfinite(end):
                k = int(side)
                distance = max(part if k == 0 else 1 - part, 1e-6)
                self.gain_sum[k, column] += (end - bound) / distance
                self.gain_count[k, column] += 1
        self.lp.bounds(np.array([column]), np.array([self.lower[column]]), np.array([self.upper[column]]))
        return ends[0], ends[1]
