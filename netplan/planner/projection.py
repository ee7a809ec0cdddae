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

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from netplan.planner.knapsack import ByOption
from netplan.planner.master import Master
from netplan.planner.pairs import pairs_of
from netplan.planner.problem import Floats, Ints
from netplan.planner.rows import Rows, stack
from netplan.planner.service import Entries, Service

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
        classes, (_, m, _, _) = master.classes, model.problem.shape
        room, use, option = model.problem.option_capacity, model.problem.service_use.data, model.layout.x_option
        self.fill = np.where(np.isfinite(room) & (room > 0), 1.0, 0.0)
        """(m,) right-hand side of an open option's row, in capacities; unlimited options have none"""
        scale = np.where(self.fill > 0, room, 1.0)
        entries = Entries(
            classes.of_entry,
            np.where(np.isfinite(room)[option] & (use > 0), master.y + option, -1),
            np.where(self.pair >= 0, master.y + m + self.pair, -1),
            use / scale[option],
            master.y + m + len(self.pair_column),
        )
        self.service, self.service_inside = Service(entries), Service(entries)

    def cuts(self, point: Floats, inside: bool = False) -> Rows:
        """The violated cuts at a point, one for each connected part that falls short.

        Args:
            inside: whether the point is inside the relaxation, with far more options half-open than at its corners;
                each kind of point is solved from the last of its kind.
        """
        master = self.master
        classes, layout, m = master.classes, master.model.layout, len(self.fill)
        y, u = np.clip(point[master.y : master.z], 0.0, 1.0), np.clip(point[: master.y], 0.0, 1.0)
        ceiling = self.share_max * y[layout.x_option]
        entry = np.flatnonzero((ceiling > TINY) & (u[classes.of_entry] > TINY))
        if not len(entry):
            return stack([])
        group, option, pair = classes.of_entry[entry], layout.x_option[entry], self.pair[entry]
        open_ = np.maximum(point[self.pair_column], 0.0)
        paired = np.flatnonzero(pair >= 0)
        promised = np.bincount(pair[paired], ceiling[entry[paired]], len(open_))
        binding = np.concatenate([np.zeros(master.y + m, bool), promised > open_ + TINY])
        limit = np.concatenate([u, self.fill * y, open_])
        service = self.service_inside if inside else self.service
        answer = service.most(entry, ceiling[entry], binding, limit)
        if answer is None:
            return stack([])
        served, dual = answer
        asked = np.zeros(master.y, bool)
        asked[group] = True
        if np.where(asked, u - np.bincount(group, served, master.y), 0.0).max() < SHORT:
            return stack([])
        price = np.where(asked, np.clip(1.0 - dual[: master.y], 0.0, 1.0), 0.0)
        less = np.append(np.clip(dual[master.y + m :], 0.0, 1.0), 0.0)  # the last is for entries without a pair, -1
        full = np.flatnonzero((dual[master.y + option] > TINY) & (price[group] - less[pair] > TINY))
        split = np.flatnonzero(less[pair] > TINY)
        part = _parts(
            master.y, np.concatenate([group[full], group[split]]), np.concatenate([option[full], m + pair[split]])
        )
        live = np.flatnonzero(price > TINY)
        numbers, of_live = np.unique(part[live], return_inverse=True)
        number = np.full(int(part.max()) + 1, -1, np.int64)
        number[numbers] = np.arange(len(numbers))
        part_of_class, part_of_pair = np.full(master.y, -1, np.int64), np.full(len(less), -1, np.int64)
        part_of_class[live], part_of_pair[pair[split]] = of_live, number[part[group[split]]]
        rows = self._rows(np.where(price > TINY, price, 0.0), part_of_class, less, part_of_pair, len(numbers))
        return rows.where(np.bincount(rows.row, rows.value * point[rows.col], len(rows)) < -1e-6)

    def _rows(self, worth: Floats, part_of_class: Ints, less: Floats, part_of_pair: Ints, parts: int) -> Rows:
        """Σ_j K_j y_j + Σ_is ν_is z_s − Σ_g μ_g u_g ≥ 0 for each part, scaled.

        Args:
            worth: (classes,) μ.
            part_of_class: part of each class, -1 where μ is nothing.
            less: (pairs + 1,) ν; the last one stands for the entries without a pair.
            part_of_pair: part of each pair, -1 where it is of none.
        """
        master = self.master
        part = part_of_class[master.classes.of_entry]
        ours = (part >= 0) & (part_of_pair[self.pair] == part)
        value = worth[master.classes.of_entry] - np.where(ours, less[self.pair], 0.0)
        of_gain, option, gain = self.by_option.most_of_parts(value, part, parts)
        pair = np.flatnonzero((part_of_pair[:-1] >= 0) & (less[:-1] > 0))
        key, first = np.unique(part_of_pair[pair] * master.columns + self.pair_column[pair], return_inverse=True)
        opening = np.bincount(first, less[pair], len(key))
        of_opening, column = key // max(master.columns, 1), key % max(master.columns, 1)
        u = np.flatnonzero(part_of_class >= 0)
        largest = np.ones(parts)
        np.maximum.at(largest, of_gain, gain)
        np.maximum.at(largest, of_opening, opening)
        row = np.concatenate([part_of_class[u], of_gain, of_opening])
        value = np.concatenate([-worth[u], gain * (1 + 1e-9), opening * (1 + 1e-9)])
        column = np.concatenate([u, master.y + option, column])
        return Rows.of(row, column, value / largest[row], np.zeros(parts), np.inf)


def _parts(groups: int, group: Ints, knot: Ints) -> Ints:
    """Number of the part of each group, where groups that share a knot are of one part. Shape (groups,)."""
    size = groups + int(knot.max(initial=-1)) + 1
    tied = sparse.csr_array((np.ones(len(group)), (group, groups + knot)), shape=(size, size))
    return np.asarray(connected_components(tied, directed=False)[1][:groups], np.int64)
