"""Limit block: the caller's own linear rows, and the budget."""

from __future__ import annotations

import numpy as np

from netplan.planner.problem import Floats, Problem
from netplan.planner.rows import Layout, Rows


def limits(problem: Problem, layout: Layout) -> Rows:
    """lower ≤ limit_option · y + limit_site · z + limit_edge · b ≤ upper."""
    parts = [
        (problem.limit_option.tocoo(), layout.y),
        (problem.limit_site.tocoo(), layout.z),
        (problem.limit_edge.tocoo(), layout.b),
    ]
    return Rows.of(
        np.concatenate([part.row for part, _ in parts]),
        np.concatenate([part.col + start for part, start in parts]),
        np.concatenate([part.data for part, _ in parts]),
        problem.limit_lower,
        problem.limit_upper,
    )


def at_most(columns: Floats, ceiling: float) -> Rows:
    """Σ_c columns_c · variable_c ≤ ceiling: the budget, or a value kept from an earlier stage."""
    used = np.flatnonzero(columns)
    size = np.abs(columns[used])
    # solvers allow for a millionth of what a row is scaled to: that must be little beside the ceiling, too
    scale = min(float(size.max(initial=0.0)), max(abs(ceiling), float(size.min(initial=np.inf)))) or 1.0
    return Rows.of(np.zeros(len(used)), used, columns[used] / scale, [-np.inf], ceiling / scale)
