"""A difference between two plans as an interval, and from where on it is shown: for all who put plans side by side."""

from __future__ import annotations

import math

CENT = 0.5
"""Sums of money below this are shown as nothing."""
WHOLE = 0.5
"""Numbers of people nearer to each other than this are shown alike."""
SAME_SERVED = 1e-6
"""Relative difference of weight served below which two plans serve the same: the tolerance of solvers."""


class Interval:
    """`low` and `high` hold what lies between the two best plans there are, NaN where one of them has no bound."""

    low: float
    high: float

    @property
    def bounded(self) -> bool:
        """Both plans have a bound."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def distinguishable(self) -> bool:
        """The interval leaves out zero: one of the two is proven better."""
        return self.bounded and not self.low <= 0.0 <= self.high
