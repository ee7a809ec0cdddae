"""How many options must be open at the least, when what must be served has to fit into them.

Σ_j capacity_j y_j ≥ W, with W what the demands that must be served take up at the least, follows from the model's rows
and lets a relaxation open 15.2 options where 16 are needed. The row Σ_j y_j ≥ k says so, k the number of the largest
capacities that hold W: a Chvátal-Gomory cut where capacities are alike, a cover inequality's complement otherwise.
"""

from __future__ import annotations

import numpy as np

from netplan.planner.model import Model
from netplan.planner.rows import Rows

SLACK = 1e-6
"""part of W that is not trusted to need one more option"""


def fewest_options(model: Model) -> Rows:
    """The row Σ_j y_j ≥ k over the options that may be open, where k > 1; no row otherwise."""
    problem, layout = model.problem, model.layout
    none = Rows.of([], [], [], np.zeros(0), np.zeros(0))
    must = np.isinf(problem.demand_penalty)
    usable = np.flatnonzero(model.upper[layout.y : layout.z] > 0)
    room = -np.sort(-problem.option_capacity[usable])
    live = (model.upper[: layout.y] > 0) & (model.upper[layout.y + layout.x_option] > 0)
    if not must.any() or not len(room) or not np.isfinite(room[0]):
        return none
    least = np.full(len(must), np.inf)
    np.minimum.at(least, layout.x_demand[live], problem.service_use.data[live])
    wanted = float(least[must].sum()) * (1 - SLACK)
    if not np.isfinite(wanted):  # somebody must be served whom nobody reaches
        return none
    count = int(np.searchsorted(np.cumsum(room), wanted)) + 1
    if count <= 1 or count > len(usable):
        return none
    return Rows.of(np.zeros(len(usable), np.int64), layout.y + usable, 1.0, [float(count)], np.inf)
