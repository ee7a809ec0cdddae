"""Coverage block: who is served, and the targets."""

from __future__ import annotations

import numpy as np

from netplan.planner.problem import Problem
from netplan.planner.rows import Layout, Rows, stack


def coverage(problem: Problem, layout: Layout) -> Rows:
    """Σ_j x_ij ≤ 1 for every demand i, and = 1 where leaving it unserved is not allowed (infinite penalty).

    Σ_i weight_i Σ_j x_ij ≥ target_k over the members i of every target k.
    """
    n = problem.shape[0]
    must = np.isinf(problem.demand_penalty)
    served = Rows.of(layout.x_demand, np.arange(len(layout.x_demand)), 1.0, np.where(must, 1.0, -np.inf), np.ones(n))
    member = problem.target_member.tocsc()
    per_demand = np.diff(member.indptr)[layout.x_demand]
    col = np.repeat(np.arange(len(layout.x_demand)), per_demand)
    start = member.indptr[layout.x_demand[col]]
    first = np.repeat(np.cumsum(per_demand) - per_demand, per_demand)
    position = start + np.arange(len(col)) - first
    value = member.data[position] * problem.demand_weight[layout.x_demand[col]]
    scale = problem.target_scale
    row = member.indices[position]
    targets = Rows.of(row, col, value / scale[row], problem.target_min / scale, np.inf)
    return stack([served, targets])
