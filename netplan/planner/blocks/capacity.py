"""Capacity block: an option shares its capacity over what it serves, and serves nothing unless it is open."""

from __future__ import annotations

import numpy as np

from netplan.planner.problem import Ints, Problem
from netplan.planner.rows import Layout, Rows, difference, stack


def capacity(problem: Problem, layout: Layout) -> Rows:
    """Σ_i use_ij x_ij ≤ capacity_j y_j for every option of finite capacity.

    Where an entry uses no capacity, or capacity has no limit: Σ_i x_ij ≤ (Σ_i max_ij) y_j over those entries.
    """
    use, share = problem.service_use.data, problem.service_max.data
    option = layout.x_option
    finite = np.isfinite(problem.option_capacity)
    limited = np.flatnonzero(finite[option] & (use > 0))
    scale = np.where(finite & (problem.option_capacity > 0), problem.option_capacity, 1.0)
    m = problem.shape[1]
    rows = Rows.of(
        np.concatenate([option[limited], np.arange(m)]),
        np.concatenate([limited, layout.y + np.arange(m)]),
        np.concatenate(
            [use[limited] / scale[option[limited]], -np.where(finite, problem.option_capacity / scale, 0.0)]
        ),
        np.full(m, -np.inf),
        0.0,
    )
    free = np.flatnonzero(~finite[option] | (use <= 0))
    total = np.bincount(option[free], share[free], m)
    opened = Rows.of(
        np.concatenate([option[free], np.arange(m)]),
        np.concatenate([free, layout.y + np.arange(m)]),
        np.concatenate([np.ones(len(free)), -total]),
        np.full(m, -np.inf),
        0.0,
    )
    return stack([rows, opened])


def opening(problem: Problem, layout: Layout, entries: Ints) -> Rows:
    """x_ij ≤ max_ij y_j for the given entries of x; implied for integer y, added where a relaxation violates it."""
    return difference(entries, layout.y + layout.x_option[entries], problem.service_max.data[entries])
