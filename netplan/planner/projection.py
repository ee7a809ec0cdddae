"""Cuts that the capacities of options put on who is served: the served shares projected out of the master.

For shares u of the classes, open options y and open sites z there are x ≥ 0 with

    Σ_{j in g} x_ij = u_g      x_ij ≤ max_ij y_j      Σ_i use_ij x_ij ≤ capacity_j y_j      Σ_{j at s} x_ij ≤ z_s

if and only if for all 0 ≤ μ ≤ 1 and ν ≥ 0

    Σ_g μ_g u_g ≤ Σ_j K_j(μ, ν) y_j + Σ_s (Σ_i ν_is) z_s,
    K_j(μ, ν) = max { Σ_i (μ_g(ij) − ν_is(j)) x_i : Σ_i use_ij x_i ≤ capacity_j, 0 ≤ x_i ≤ max_ij }

(Benders; the inner problem is a fractional knapsack). The last family says that several half-open options of one
half-open site do not add up for a demand that each of them reaches: without it the relaxation shares out sites far too
thinly. Where all the options that matter need backhaul, w_s stands for z_s. The worst (μ, ν) is the dual of serving as
much of u as y and z admit. It falls apart where only options with room to spare hold it together, for their K_j adds up
over demands, and gives one cut for each part that falls short: local cuts, which stay useful elsewhere in the search.
"""

from __future__ import annotations

import highspy
import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from netplan.planner.knapsack import ByOption
from netplan.planner.master import Master
from netplan.planner.pairs import pairs_of
from netplan.planner.problem import Floats, Ints
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
        self.pair, self.pair_column = pairs_of(master, self.share_max)

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
        shared, pairs, p = self._shared(point, entry, ceiling[entry])
        first = len(groups) + len(options)
        matrix = sparse.csr_array(
            (
                np.concatenate([np.ones(count), use[limited] / scale[j[limited]], np.ones(len(shared))]),
                (
                    np.concatenate([g, len(groups) + j[limited], first + p]),
                    np.concatenate([np.arange(count), limited, shared]),
                ),
            ),
            shape=(first + len(pairs), count),
        )
        limit = np.concatenate(
            [u[groups], np.where(finite, room / scale * y[options], np.inf), point[self.pair_column[pairs]]]
        )
        served, dual = _most(matrix, np.maximum(limit, 0.0), ceiling[entry])
        got = np.bincount(g, served, len(groups))
        short = np.maximum(u[groups] - got, 0.0)
        if short.max() < SHORT:
            return Rows.of([], [], [], np.zeros(0), np.zeros(0))
        price = np.clip(1.0 + dual[: len(groups)], 0.0, 1.0)
        less = np.zeros(len(self.pair_column) + 1)  # the last one stands for the entries without a pair, -1
        less[pairs] = np.clip(-dual[first:], 0.0, 1.0)
        worth_it = price[g] - less[self.pair[entry]] > TINY
        full = np.flatnonzero((-dual[len(groups) + j] > TINY) & worth_it)
        split = np.flatnonzero(less[pairs[p]] > TINY)
        part = _parts(
            len(groups),
            np.concatenate([g[full], g[shared[split]]]),
            np.concatenate([j[full], len(options) + p[split]]),
        )
        live = np.flatnonzero(price > TINY)
        part_of_pair = np.full(len(self.pair_column), -1, np.int64)
        part_of_pair[pairs[p[split]]] = part[g[shared[split]]]
        rows = []
        for number in np.unique(part[live]).tolist():
            worth = np.zeros(master.y)
            mine = live[part[live] == number]
            worth[groups[mine]] = price[mine]
            rows.append(self._row(worth, np.where(part_of_pair == number, less[:-1], 0.0)))
        kept = [row for row in rows if float(row.value @ point[row.col]) < -1e-6]
        return stack(kept)

    def _shared(self, point: Floats, entry: Ints, ceiling: Floats) -> tuple[Ints, Ints, Ints]:
        """Pairs whose options promise more than their site is open: (places in `entry`, pairs, pair of each place)."""
        pair = self.pair[entry]
        mine = np.flatnonzero(pair >= 0)
        promised = np.bincount(pair[mine], ceiling[mine], len(self.pair_column))
        over = promised > np.maximum(point[self.pair_column], 0.0) + TINY
        mine = mine[over[pair[mine]]]
        pairs, p = np.unique(pair[mine], return_inverse=True)
        return mine, pairs, p

    def _row(self, worth: Floats, less: Floats) -> Rows:
        """Σ_j K_j y_j + Σ_is ν_is z_s − Σ_g μ_g u_g ≥ 0, scaled; `less` is ν by pair."""
        master = self.master
        value = worth[master.classes.of_entry]
        paired = self.pair >= 0
        value[paired] -= less[self.pair[paired]]
        gain = self.by_option.most(value)
        opening = np.bincount(self.pair_column, less, master.columns)
        u, y, z = np.flatnonzero(worth > 1e-9), np.flatnonzero(gain > 1e-9), np.flatnonzero(opening > 0)
        largest = max(float(gain.max(initial=1.0)), float(opening.max(initial=1.0)), 1.0)
        return Rows.of(
            np.zeros(len(u) + len(y) + len(z)),
            np.concatenate([u, master.y + y, z]),
            np.concatenate([-worth[u], gain[y] * (1 + 1e-9), opening[z] * (1 + 1e-9)]) / largest,
            [0.0],
            np.inf,
        )


def _parts(groups: int, group: Ints, knot: Ints) -> Ints:
    """Number of the part of each group, where groups that share a knot are of one part. Shape (groups,)."""
    size = groups + int(knot.max(initial=-1)) + 1
    tied = sparse.csr_array((np.ones(len(group)), (group, groups + knot)), shape=(size, size))
    return np.asarray(connected_components(tied, directed=False)[1][:groups], np.int64)


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
