"""The best plan and the best bound so far, both monotone, and who is told about them."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from netplan.planner.granularity import cost_step, lifted
from netplan.planner.model import Model
from netplan.planner.problem import Floats
from netplan.planner.solution import TracePoint, relative_gap

OnProgress = Callable[[TracePoint], None]


class Search:
    """State of one optimisation: time, best point, best bound, trace."""

    def __init__(self, model: Model, gap: float, time_limit_s: float, on_progress: OnProgress | None) -> None:
        self.model = model
        self.wanted_gap = gap
        self.started = time.monotonic()
        self.time_limit_s = time_limit_s
        self.point: Floats | None = None
        self.objective = np.inf
        self.bound = -np.inf
        self.step = cost_step(model)
        self.trace: list[TracePoint] = []
        self._tell = on_progress

    @property
    def seconds(self) -> float:
        """Since the search began."""
        return time.monotonic() - self.started

    @property
    def left_s(self) -> float:
        """Seconds left."""
        return self.time_limit_s - self.seconds

    @property
    def gap(self) -> float:
        """Proven relative gap (infinite without a plan)."""
        gap = relative_gap(self.objective, self.bound)
        return float("inf") if np.isnan(gap) else gap

    @property
    def done(self) -> bool:
        """Gap reached."""
        return self.gap <= self.wanted_gap

    @property
    def cutoff(self) -> float:
        """Bound from which a subproblem cannot matter for the wanted gap; infinite without a plan."""
        best = self.objective
        if not np.isfinite(best):
            return np.inf
        step = (1 - 1e-3) * self.step
        return float(best - max(0.9 * self.wanted_gap * abs(best), 1e-7 * abs(best), step, 1e-9))

    def left(self, bound: float) -> float:
        """What a plan that still matters may cost above a bound, and a little more for rounding; may be infinite."""
        return self.cutoff - bound + 1e-6 * abs(bound) + 1e-9

    def offer(self, point: Floats | None, phase: str) -> bool:
        """Keep a feasible point if it is better; returns whether it was."""
        if point is None:
            return False
        objective = float(self.model.cost @ point) + self.model.constant
        if objective >= self.objective - 1e-9 * max(1.0, abs(self.objective)) and self.point is not None:
            return False
        self.point, self.objective = point, objective
        self._note(phase)
        return True

    def raise_bound(self, bound: float, phase: str) -> None:
        """Keep a proven lower bound if it is higher, lifted to a cost that a plan can have."""
        bound = lifted(bound, self.step)
        if bound > self.bound:
            self.bound = min(bound, self.objective)
            self._note(phase)

    def note(self, phase: str) -> None:
        """Say where the search is without a new plan or bound."""
        self._note(phase)

    def _note(self, phase: str) -> None:
        step = TracePoint(self.seconds, phase, self.objective, self.bound)
        self.trace.append(step)
        if self._tell is not None:
            self._tell(step)
