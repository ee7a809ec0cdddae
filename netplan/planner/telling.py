"""What the whole solve tells its caller: the steps of all its searches, on one clock."""

from __future__ import annotations

import time
from dataclasses import replace

from netplan.planner.incumbent import OnProgress
from netplan.planner.solution import TracePoint


class Telling:
    """Collects the steps of one search after the other and passes them on.

    Args:
        started: `time.monotonic()` when the solve began.
        listener: told of each step as it comes.
    """

    def __init__(self, started: float, listener: OnProgress | None) -> None:
        self.trace: list[TracePoint] = []
        self._started = started
        self._listener = listener

    def least_cost(self, step: TracePoint) -> None:
        """A step of a search for least cost."""
        self._tell(replace(step, seconds=time.monotonic() - self._started))

    def most_served(self, step: TracePoint) -> None:
        """A step of a search for the most weight served, which minimises its negative."""
        now = time.monotonic() - self._started
        self._tell(TracePoint(now, step.phase, -step.objective, -step.bound, "weight served"))

    def _tell(self, step: TracePoint) -> None:
        self.trace.append(step)
        if self._listener is not None:
            self._listener(step)
