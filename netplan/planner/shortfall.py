"""What can be told of a problem before any search: which targets are out of reach, and which demands."""

from __future__ import annotations

import highspy
import numpy as np
from scipy import sparse

from netplan.planner.blocks.capacity import capacity
from netplan.planner.highs_lp import highs_lp
from netplan.planner.highs_run import run_until_halted
from netplan.planner.model import Model
from netplan.planner.problem import Bools, Floats


def target_shortfall(model: Model, time_limit_s: float = np.inf) -> Floats:
    """Weight by which each target cannot be met even with everything open, least in total. Shape (k,).

    minimise Σ_k short_k / target_k over shares within option capacities and reach; nothing where that takes too long.

    Raises:
        KeyboardInterrupt: on Ctrl-C.
    """
    problem, layout = model.problem, model.layout
    n = problem.shape[0]
    k = len(problem.target_min)
    if not k:
        return np.zeros(0)
    open_now = model.upper[layout.y : layout.z]
    entries = np.flatnonzero((open_now[layout.x_option] > 0) & (model.upper[: layout.y] > 0))
    rows = capacity(problem, layout).matrix(layout.columns)
    room = -(rows[:, layout.y : layout.z] @ open_now)
    cover = sparse.csr_array(
        (np.ones(len(entries)), (layout.x_demand[entries], np.arange(len(entries)))), shape=(n, len(entries))
    )
    scale = problem.target_scale
    weight = sparse.diags_array(1.0 / scale) @ problem.target_member @ sparse.diags_array(problem.demand_weight)
    served = sparse.csr_array(weight @ cover)
    matrix = sparse.block_array([[cover, None], [rows[:, entries], None], [served, sparse.eye_array(k)]], format="csr")
    cost = np.concatenate([np.zeros(len(entries)), np.ones(k)])
    upper = np.concatenate([model.upper[entries], np.full(k, np.inf)])
    least = np.concatenate([np.full(n + rows.shape[0], -np.inf), problem.target_min / scale])
    most = np.concatenate([np.ones(n), room, np.full(k, np.inf)])
    lp = highs_lp(cost, np.zeros(matrix.shape[1]), upper, matrix, least, most)
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("time_limit", time_limit_s)
    solver.passModel(lp)
    if run_until_halted(solver):
        raise KeyboardInterrupt
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return np.zeros(k)
    short = np.array(solver.getSolution().col_value)[len(entries) :] * scale
    return np.where(short > 1e-7 * scale, short, 0.0)


def out_of_reach(model: Model) -> Bools:
    """Demands that no usable option reaches. Shape (n,)."""
    layout = model.layout
    live = model.upper[layout.y + layout.x_option] > 0
    return np.asarray(np.bincount(layout.x_demand[live], minlength=model.problem.shape[0]) == 0)
