"""Local cuts: what a few half-open options can serve at most, in whole numbers.

Take a handful J of options that share demands. For any weights λ ≥ 0 of the demands and prices m ≥ 0 of the
options, with

    m₀ = max over S ⊆ J of Σ_i λ_i min(1, Σ_{j in S} max_ij) − m(S)

every plan keeps

    Σ_i λ_i (Σ_g u_ig − Σ_{j not in J} max_ij y_j) ≤ m₀ + Σ_{j in J} m_j y_j

because what of demand i is not served from outside J is served by the options of J that are open. Three options at a
half, each pair of which shares a demand, seem to serve the three demands wholly; the cut with λ = m = m₀ = 1 says that
they do not. The best (λ, m) for a point is the solution of a small linear programme whose rows are the subsets S, found
as they are violated (local cuts after Applegate, Bixby, Chvátal and Cook 2001). It is normed by m₀ + m(J) ≤ 1, the
depth of the cut towards the point where all of J is open and nobody is served.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import highspy
import numpy as np
from scipy import sparse

from netplan.planner.master import Master
from netplan.planner.problem import Floats, Ints
from netplan.planner.rows import Rows, stack

OPEN = 0.005
"""an option is half-open from here on, and up to as much below 1"""
MOST = 10
"""options of a group: 2¹⁰ subsets"""
DEEP = 1e-3
"""by how much the normed cut must be violated"""
SUBSETS = 16
"""rows added at a time"""
DEMANDS = 80
"""demands looked at in a group, those that want most"""


@dataclass(frozen=True)
class Hulls:
    """Separates the cuts of a master."""

    master: Master
    reach: sparse.csr_array
    """(asks, m) largest share; what is asked is to be served in one class, or in any"""
    by_option: sparse.csc_array
    """the same, by option"""
    asks: sparse.csr_array
    """(asks, classes) classes that each sums"""

    @staticmethod
    def of(master: Master) -> Hulls:
        """From the entries that are left in a master."""
        model, classes = master.model, master.classes
        layout = model.layout
        n, m, _, _ = model.problem.shape
        count = len(classes.demand)
        share = np.where(master.upper[master.y + layout.x_option] > 0, model.upper[: layout.y], 0.0)
        live = np.flatnonzero(share > 0)
        one = sparse.csr_array((share[live], (classes.of_entry[live], layout.x_option[live])), shape=(count, m))
        any_ = sparse.csr_array((share[live], (layout.x_demand[live], layout.x_option[live])), shape=(n, m))
        by_demand = sparse.csr_array((np.ones(count), (classes.demand, np.arange(count))), shape=(n, count))
        several = np.flatnonzero(np.bincount(classes.demand, minlength=n) > 1)
        reach = sparse.csr_array(sparse.vstack([one, any_[several]], format="csr"))
        asks = sparse.csr_array(sparse.vstack([sparse.eye_array(count), by_demand[several]], format="csr"))
        return Hulls(master, reach, reach.tocsc(), asks)

    def cuts(self, point: Floats, rng: np.random.Generator, most: int) -> Rows:
        """The violated cuts of up to `most` groups of half-open options at a point."""
        master = self.master
        y = np.clip(point[master.y : master.z], 0.0, 1.0)
        wanted = self.asks @ np.clip(point[: master.y], 0.0, 1.0)
        promised = self.reach @ y
        found = []
        for group in self._groups(self.half_open(point), wanted, rng, most):
            row = self._cut(group, y, wanted, promised)
            if row is not None:
                found.append(row)
        return stack(found)

    def half_open(self, point: Floats) -> Ints:
        """Options that are neither open nor closed at a point."""
        y = point[self.master.y : self.master.z]
        return np.flatnonzero((y > OPEN) & (y < 1 - OPEN))

    def _groups(self, half: Ints, wanted: Floats, rng: np.random.Generator, most: int) -> list[Ints]:
        """Handfuls of half-open options, each grown from one of them by the demand it shares with the others."""
        if len(half) < 3:
            return []
        reach = self.reach[:, half]
        common = np.asarray((reach.T @ (sparse.diags_array(wanted) @ reach)).toarray())
        np.fill_diagonal(common, 0.0)
        seen: dict[tuple[int, ...], None] = {}
        for start in rng.permutation(np.repeat(np.arange(len(half)), 1 + most // len(half)))[:most].tolist():
            liking = common * rng.uniform(0.3, 1.0, len(half))
            group, shared = [start], liking[start].copy()
            while len(group) < MOST:
                shared[group] = 0.0
                best = int(np.argmax(shared))
                if shared[best] <= 0:
                    break
                group.append(best)
                shared += liking[best]
            if len(group) > 2:
                seen[tuple(sorted(group))] = None
        return [half[list(group)] for group in seen]

    def _cut(self, group: Ints, y: Floats, wanted: Floats, promised: Floats) -> Rows | None:
        """The deepest cut of a group, None where none is violated; `promised` is what all options together offer."""
        master = self.master
        inside = self.by_option[:, group]
        demand, place = np.unique(inside.indices, return_inverse=True)
        share = np.zeros((len(demand), len(group)))
        share[place, np.repeat(np.arange(len(group)), np.diff(inside.indptr))] = inside.data
        beyond = wanted[demand] - promised[demand] + share @ y[group]
        order = np.argsort(-beyond, kind="stable")[:DEMANDS]
        order = order[beyond[order] > DEEP]
        if len(order) < 3:
            return None
        # of the demands that are served alike, the one that wants most speaks for all
        _, first = np.unique(share[order], axis=0, return_index=True)
        order = order[np.sort(first)]
        served = np.minimum(_members(len(group)) @ share[order].T, 1.0)
        weight, price = _deepest(served, beyond[order], y[group])
        if not weight.any():
            return None
        base = float((served @ weight - _members(len(group)) @ price).max())
        depth = float(weight @ beyond[order] - price @ y[group]) - base
        if depth <= DEEP * (base + price.sum()):
            return None
        order, weight = order[weight > 0], weight[weight > 0]
        reached, asks = self.reach[demand[order]], self.asks[demand[order]]
        opening = reached.T @ weight
        opening[group] += price - share[order].T @ weight
        asked = asks.T @ weight
        u, o = np.flatnonzero(asked > 1e-12), np.flatnonzero(opening > 1e-12)
        largest = max(float(opening.max()), float(asked.max()))
        return Rows.of(
            np.zeros(len(u) + len(o)),
            np.concatenate([u, master.y + o]),
            np.concatenate([-asked[u], opening[o] * (1 + 1e-9)]) / largest,
            [-base / largest - 1e-9],
            np.inf,
        )


@cache
def _members(options: int) -> Floats:
    """Which options are in each subset, numbered by its bits. Shape (2**options, options)."""
    return np.asarray((np.arange(1 << options)[:, None] >> np.arange(options)) & 1, float)


def _deepest(served: Floats, beyond: Floats, y: Floats) -> tuple[Floats, Floats]:
    """(λ by demand, m by option) of the cut most violated at a point; zeros where none is.

    maximise λ · beyond − m · y − m₀ over λ, m, m₀ ≥ 0 with Σ_i λ_i served_Si ≤ m₀ + m(S) for S ⊆ J, m₀ + m(J) ≤ 1.

    Args:
        served: (2**options, demands) what each subset serves at most.
    """
    demands, options = served.shape[1], len(y)
    members = _members(options)
    columns = demands + options + 1
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = columns, 1
    lp.col_cost_ = np.concatenate([-beyond, y, [1.0]])
    lp.col_lower_, lp.col_upper_ = np.zeros(columns), np.full(columns, 10.0)
    lp.row_lower_, lp.row_upper_ = np.array([-np.inf]), np.ones(1)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.array([0, options + 1])
    lp.a_matrix_.index_, lp.a_matrix_.value_ = demands + np.arange(options + 1), np.ones(options + 1)
    solver.passModel(lp)
    subsets = np.concatenate([[len(members) - 1], 1 << np.arange(options)])
    while True:
        rows = np.hstack([served[subsets], -members[subsets], -np.ones((len(subsets), 1))])
        row, column = np.nonzero(rows)  # many small ones: building sparse arrays would take as long as solving
        solver.addRows(
            len(subsets), np.full(len(subsets), -np.inf), np.zeros(len(subsets)), len(row),
            np.searchsorted(row, np.arange(len(subsets))).astype(np.int32), column.astype(np.int32), rows[row, column],
        )  # fmt: skip
        solver.run()
        if solver.getInfo().objective_function_value > -DEEP:  # the rows still missing only make it shallower
            return np.zeros(demands), np.zeros(options)
        value = np.maximum(np.array(solver.getSolution().col_value), 0.0)
        weight, price = value[:demands], value[demands:-1]
        over = served @ weight - members @ price - value[-1]
        subsets = np.argpartition(-over, SUBSETS)[:SUBSETS] if len(over) > SUBSETS else np.arange(len(over))
        subsets = subsets[over[subsets] > 1e-6]
        if not len(subsets):
            return np.where(weight > 1e-9, weight, 0.0), price
