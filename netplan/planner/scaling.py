"""Money in units that solvers take: HiGHS gives up on very large costs."""

from __future__ import annotations

import numpy as np

from netplan.planner.problem import Floats

DEAREST = 1e6
"""cost from which all costs are divided"""


def cost_scale(cost: Floats) -> float:
    """What to divide costs by: the power of two, at least 1, that brings the dearest down to `DEAREST`."""
    dearest = float(np.abs(cost).max(initial=0.0))
    return float(2.0 ** np.ceil(np.log2(dearest / DEAREST))) if dearest > DEAREST else 1.0
