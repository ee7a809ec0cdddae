"""A linear programme as HiGHS takes it, its money in units that HiGHS can work with."""

from __future__ import annotations

import highspy
import numpy as np
from scipy import sparse

from netplan.planner.problem import Floats

DEAREST, CHEAPEST = 1e6, 1e4
"""the dearest cost is brought between these: HiGHS gives up on very large ones, and does not look for plans that are
better by less than a millionth, whatever the unit"""


def highs_lp(
    cost: Floats, lower: Floats, upper: Floats, matrix: sparse.csr_array, row_lower: Floats, row_upper: Floats
) -> highspy.HighsLp:
    """minimise cost · v over row_lower ≤ matrix v ≤ row_upper, lower ≤ v ≤ upper."""
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = matrix.shape[1], matrix.shape[0]
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, lower, upper
    lp.row_lower_, lp.row_upper_ = row_lower, row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    return lp


def cost_scale(cost: Floats) -> float:
    """What to divide costs by: the power of two nearest to 1 that brings the dearest where HiGHS works well."""
    dearest = float(np.abs(cost).max(initial=0.0))
    wanted = min(max(dearest, CHEAPEST), DEAREST)
    return float(2.0 ** np.ceil(np.log2(dearest / wanted))) if dearest > 0 else 1.0
