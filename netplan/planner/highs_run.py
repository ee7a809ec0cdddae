"""A run of HiGHS that Ctrl-C ends early."""

from __future__ import annotations

import threading
from typing import Any

import highspy

from netplan.planner.interruptible import interruptible


def run_until_halted(solver: highspy.Highs) -> bool:
    """Run; returns whether Ctrl-C ended it: KeyboardInterrupt is due once what it has come to is kept.

    Raises:
        KeyboardInterrupt: when Ctrl-C was pressed and HiGHS did not heed it.
    """
    halt = threading.Event()

    def look(_kind: Any, _message: str, _out: Any, into: Any, _data: Any) -> None:
        into.user_interrupt = halt.is_set()

    kinds = highspy.cb.HighsCallbackType
    solver.setCallback(look, None)
    for kind in (kinds.kCallbackMipInterrupt, kinds.kCallbackSimplexInterrupt, kinds.kCallbackIpmInterrupt):
        solver.startCallback(kind)
    interruptible(solver.run, halt.set)
    return halt.is_set()
