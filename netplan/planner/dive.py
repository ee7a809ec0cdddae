"""Plans from a relaxation by diving: options that it opens in part are opened one by one, each time solved anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from netplan.planner.cuts import Cuts
from netplan.planner.master_lp import MasterLP
from netplan.planner.problem import Floats

WHOLE = 1e-5
"""distance from 0 or 1 up to which an option counts as closed or open"""
NOISE = 0.4
"""what is drawn at random on top of an option's value, at most, so that dives from one relaxation end apart"""
ROUNDS = 10
"""of cuts, at most, once no option is open in part"""
CUTS = 100
"""cuts of a kind in a round"""


@dataclass(frozen=True)
class Dive:
    """A relaxation to dive from, once.

    After each opening the rest is chosen anew for what is still missing, so that a dive ends at far better plans than
    rounding all options at once.
    """

    lp: MasterLP
    """at its optimum, and nobody else's: the dive changes it"""
    cuts: Cuts
    likely: Floats
    """(m,) the options' values in the relaxation"""

    def point(self, rng: np.random.Generator, ceiling: float, left_s: Callable[[], float]) -> Floats | None:
        """The master's point at which the dive ends, all options whole, with the cuts that were found on the way.

        Cuts are sought at the end only: between two openings they take twice the time and lead to no better plan.

        Args:
            ceiling: cost from which its plan is of no use.
            left_s: tells the seconds for the next relaxation.

        Returns:
            None where the ceiling is reached or time is up.
        """
        lp, master, noise = self.lp, self.lp.master, NOISE * rng.random()
        lp.stop_above(ceiling)
        for _ in range(ROUNDS):
            while True:
                if left_s() <= 0.0 or lp.solve(left_s()) != "optimal":
                    return None
                value = lp.point[master.y : master.z]
                half = np.flatnonzero((value > WHOLE) & (value < 1.0 - WHOLE))
                if not len(half):
                    break
                widest = int(half[np.argmax(value[half] + noise * rng.random(len(half)))])
                lp.bounds(np.array([master.y + widest]), np.ones(1), np.ones(1))
            if not lp.recall(CUTS) + self.cuts.add(lp, rng, CUTS, 0):
                break
        return lp.point
