"""Cuts that the capacities of options put on who is served: the served shares projected out of the master.

For shares u of the classes and open options y there are x with Σ_{j in g} x_ij = u_g, x_ij ≤ max_ij y_j and
Σ_i use_ij x_ij ≤ capacity_j y_j if and only if for all 0 ≤ μ ≤ 1

    Σ_g μ_g u_g ≤ Σ_j K_j(μ) y_j,   K_j(μ) = max { Σ_i μ_g(ij) x_i : Σ_i use_ij x_i ≤ capacity_j, x_i ≤ max_ij }

(Benders; the inner problem is a fractional knapsack). The worst μ is the dual of serving as much of u as y admits; it
falls apart into the connected parts of the open options and gives one cut for each part that falls short.
"""

from __future__ import annotations

import highspy
import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from netplan.planner.knapsack import ByOption
from netplan.planner.master import Master
from netplan.planner.problem import Floats
from netplan.planner.rows import Rows, stack

TINY = 1e-7
SHORT = 1e-4
"""share of a class left unserved that is worth a cut"""


class Projection:
    """Separates the projection cuts of a master."""

    def __init__(self, master: Master) -> None:
        self.master = master
        model = master.model
        self.by_option = ByOption.of(model)
        self.share_max = np.where(
            master.upper[master.y + model.layout.x_option] > 0, model.upper[: model.layout.y], 0.0
        )

    def cuts(self, point: Floats) -> Rows:
        """The violated cuts at a point, one for each connected part that falls short."""
        master = self.master
        model, classes = master.model, master.classes
        layout, problem = model.layout, model.problem
        y, u = np.clip(point[master.y : master.z], 0.0, 1.0), np.clip(point[: master.y], 0.0, 1.0)
        ceiling = self.share_max * y[layout.x_option]
        entry = np.flatnonzero((ceiling > TINY) & (u[classes.of_entry] > TINY))
        if not len(entry):
            return Rows.of([], [], [], np.zeros(0), np.zeros(0))
        options, j = np.unique(layout.x_option[entry], return_inverse=True)
        groups, g = np.unique(classes.of_entry[entry], return_inverse=True)
        use, room = problem.service_use.data[entry], problem.option_capacity[options]
        finite = np.isfinite(room)
        scale = np.where(finite & (room > 0), room, 1.0)
        count = len(entry)
        limited = np.flatnonzero(finite[j] & (use > 0))
        matrix = sparse.csr_array(
            (
                np.concatenate([np.ones(count), use[limited] / scale[j[limited]]]),
                (np.concatenate([g, len(groups) + j[limited]]), np.concatenate([np.arange(count), limited])),
            ),
            shape=(len(groups) + len(options), count),
        )
        limit = np.concatenate([u[groups], np.where(finite, room / scale * y[options], np.inf)])
        served, dual = _most(matrix, limit, ceiling[entry])
        got = np.bincount(g, served, len(groups))
        short = np.maximum(u[groups] - got, 0.0)
        if short.max() < SHORT:
            return Rows.of([], [], [], np.zeros(0), np.zeros(0))
        price = np.clip(1.0 + dual[: len(groups)], 0.0, 1.0)
        size = len(groups) + len(options)
        whole = sparse.csr_array((np.ones(count), (g, len(groups) + j)), shape=(size, size))
        _, part = connected_components(whole, directed=False)
        worst = np.bincount(part[: len(groups)], short)
        parts = np.flatnonzero(worst > SHORT)
        parts = parts[np.argsort(-worst[parts], kind="stable")][:50]
        rows = []
        for number in parts:
            mine = part[: len(groups)] == number
            worth = np.zeros(master.y)
            worth[groups[mine]] = price[mine]
            rows.append(self._row(worth))
        kept = [row for row in rows if float(row.value @ point[row.col]) < -1e-6]
        return stack(kept)

    def _row(self, worth: Floats) -> Rows:
        """Σ_j K_j y_j − Σ_g μ_g u_g ≥ 0, scaled."""
        master = self.master
        gain = self.by_option.most(worth[master.classes.of_entry])
        u, y = np.flatnonzero(worth > 1e-9), np.flatnonzero(gain > 1e-9)
        largest = max(float(gain.max(initial=1.0)), 1.0)
        return Rows.of(
            np.zeros(len(u) + len(y)),
            np.concatenate([u, master.y + y]),
            np.concatenate([-worth[u], gain[y] * (1 + 1e-9)]) / largest,
            [0.0],
            np.inf,
        )


def _most(matrix: sparse.csr_array, limit: Floats, ceiling: Floats) -> tuple[Floats, Floats]:
    """max Σ x, matrix x ≤ limit, 0 ≤ x ≤ ceiling: (x, row duals ≤ 0)."""
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = matrix.shape[1], matrix.shape[0]
    lp.col_cost_ = -np.ones(lp.num_col_)
    lp.col_lower_, lp.col_upper_ = np.zeros(lp.num_col_), ceiling
    lp.row_lower_, lp.row_upper_ = np.full(lp.num_row_, -np.inf), limit
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.passModel(lp)
    solver.run()
    solution = solver.getSolution()
    return np.array(solution.col_value), np.array(solution.row_dual)
