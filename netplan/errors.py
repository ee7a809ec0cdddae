"""Faults written for the planner: where it is, what was found, what to do.

Every room collects all its faults and raises one :class:`InputError`; the command line prints the
first ten and leaves with exit code 2. No traceback reaches a user for a mistake in their files.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SHOWN = 10


@dataclass(frozen=True)
class Fault:
    """One thing wrong with the input."""

    place: str
    """File, and layer, row or key inside it, e.g. ``netplan.yaml: targets.urban``."""
    found: str
    """What was found there, e.g. ``1.2``."""
    to_do: str
    """What the planner should do, e.g. ``give a share between 0 and 1``."""

    def __str__(self) -> str:
        return f"{self.place}: {self.found}; {self.to_do}"


class InputError(Exception):
    """The input is wrong (exit code 2). Carries every fault found, not the first."""

    def __init__(self, faults: Fault | Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__(self.message())

    def message(self) -> str:
        """The first ten faults, one a line, and how many more there are."""
        lines = [str(fault) for fault in self.faults[:SHOWN]]
        more = len(self.faults) - SHOWN
        return "\n".join([*lines, f"… and {more} more"] if more > 0 else lines)


class NoPlanError(Exception):
    """No plan exists or none was found in time (exit code 1); the message says why."""


class SolverError(Exception):
    """The solver failed for a reason that is not the planner's (exit code 3)."""
