"""The bound of large problems: the master with its shares as a linear programme, cuts added between solves.

First-order steps (`pdhg`) need no factorisation and start each solve from the last, so that hundreds of thousands of
shares are no obstacle. Their answer is approximate; the bound is not: any multipliers v of the rows give

    bound = Σ_rows v · (lower if v > 0 else upper) + Σ_columns min(rc · lower, rc · upper),   rc = cost − Aᵀ v

because every column is bounded. Once there are multipliers, a solve leaves out the options that they make far too
dear, shares that would cost more than they gain, and rows that are slack and have no price: what it so misses is in the
bound, and comes back in the next solve.
"""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from netplan.planner.ascent import ascent_cuts
from netplan.planner.clusters import drawn
from netplan.planner.coverage_cuts import coverage_cuts
from netplan.planner.handfuls import Handfuls
from netplan.planner.knapsack import ByOption
from netplan.planner.load_cuts import Loads
from netplan.planner.master import Master
from netplan.planner.pdhg import minimise
from netplan.planner.problem import Bools, Floats
from netplan.planner.rows import Rows, stack
from netplan.planner.share_cuts import share_cuts
from netplan.planner.share_rows import ShareRows
from netplan.planner.terminals import Terminals

LEAST_S, PER_SHARE_S, LATER = 3.0, 4e-6, 0.015
"""seconds of its thread's own time that a relaxation is given: at least, and per share of the problem; and of the time
so far, at least that part. While the bound is far off, cuts after a few hundred steps raise it more than further steps
do. On a busy machine a relaxation takes longer, as the search for cuts does."""
SETTLED = 1e-3
"""distance of cost and bound, relatively, at which a relaxation without new cuts is the last"""
NEAR = 0.1
"""part of its cost by which an option may be too dear and stays in the next solve"""
UNLIKELY = 0.5
"""part of what serving somebody gains from which on the share's reduced cost leaves it out"""
LOOSE = 0.05
"""by how much a row without a price is slack when it is left out"""
PATIENCE = 4
"""solves in a row for which a column may be unlikely before it is left out"""
IDLE = 2
"""solves in a row that a cut may have no price before it is dropped"""
LOCAL = 0.3
"""part of the time of the steps that the search for cuts of handfuls may take"""
FAINT = 3e-4
"""an arc that is built less than this is rounding when cuts are sought"""
DRAWS = 3
"""partitions into clusters of sites that each search for cuts tries where service is free; where it costs, the search
takes longer and the bound rises no faster"""


@dataclass
class Bounding:
    """A sequence of relaxations, each with more cuts: `relax` solves one, `tighten` adds the cuts for the next."""

    master: Master
    seed: int
    bound: float = -np.inf
    point: Floats = field(default_factory=lambda: np.zeros(0))
    """the last relaxation's values of the master's columns"""
    worth: Floats = field(default_factory=lambda: np.zeros(0))
    """(k,) what the multipliers behind the bound make of a weight of each target"""
    apart: float = np.inf
    """distance of cost and bound of the last relaxation, relatively: large while its steps have not come near an end"""

    def __post_init__(self) -> None:
        master = self.master
        model, classes = master.model, master.classes
        layout, problem = model.layout, model.problem
        usable = master.upper[master.y + layout.x_option] > 0
        self.entry = np.flatnonzero(usable & (model.upper[: layout.y] > 0))
        x = master.columns + np.arange(len(self.entry))
        option = layout.x_option[self.entry]
        largest = model.upper[self.entry]
        finite = np.isfinite(problem.option_capacity)
        use = problem.service_use.data[self.entry]
        limited = np.flatnonzero(finite[option] & (use > 0))
        m = problem.shape[1]
        limit = np.where(finite, problem.option_capacity, 0.0)
        room = np.where(limit > 0, limit, 1.0)
        shares = Rows.of(
            np.concatenate([classes.of_entry[self.entry], np.arange(master.y)]),
            np.concatenate([x, np.arange(master.y)]),
            np.concatenate([np.ones(len(x)), -np.ones(master.y)]),
            np.zeros(master.y),
            0.0,
        )
        capacity = Rows.of(
            np.concatenate([option[limited], np.arange(m)]),
            np.concatenate([x[limited], master.y + np.arange(m)]),
            np.concatenate([use[limited] / room[option[limited]], -limit / room]),
            np.full(m, -np.inf),
            np.where(finite, 0.0, np.inf),
        )
        t = master.columns + len(x)
        self.loads = Loads.of(master, t) if model.capacitated else None
        carried = self.loads.rows(self.entry, master.columns) if self.loads else stack([])
        self.rows = stack([master.rows, master.local, shares, capacity, carried])
        first = len(master.rows) + len(master.local) + len(shares)
        self.unpriced = np.zeros(len(self.rows), bool)
        """rows that are solved and not priced when the bound is worked out"""
        self.unpriced[master.site_rows] = True
        self.unpriced[first : first + len(capacity)] = True
        traffic = np.ones(problem.shape[2] if self.loads else 0)
        self.columns = t + len(traffic)
        self.cost = np.concatenate([master.cost, np.zeros(len(x) + len(traffic))])
        self.lower = np.concatenate([master.lower, np.zeros(len(x) + len(traffic))])
        self.upper = np.concatenate([master.upper, largest, traffic])
        self.shares = slice(master.columns, t)
        self.terminals = Terminals.of(master)
        self.handfuls = Handfuls.of(master)
        self.by_option = ByOption.of(model)
        self.of_shares = ShareRows.of(master, self.entry)
        self.cuts = ascent_cuts(master, self.terminals) if self.terminals.has_network else stack([])
        self.idle = np.zeros(len(self.cuts), np.int64)
        """rows that go again when they have no price, and for how many solves they had none"""
        self.rng = np.random.default_rng(self.seed)
        self.start: tuple[Floats, Floats] | None = None
        """what the next solve starts from: columns and multipliers"""
        self._weight: float | None = None
        """and the weight between them"""
        self._unlikely = np.zeros(self.columns, np.int64)
        """solves in a row before which each column was unlikely"""
        self._begun = time.thread_time()
        self._solved, self._seconds, self._settled = 0, LEAST_S, False
        """relaxations so far; of the last one, what it was given, and whether its cost and bound had met"""

    def relax(self, left_s: float = np.inf) -> None:
        """Solve for a while, as far as time is left: the bound is what that proves, the point what it comes to."""
        usual_s = max(LEAST_S, PER_SHARE_S * len(self.entry), LATER * (time.thread_time() - self._begun))
        self._seconds = min(usual_s, left_s)
        rows = stack([self.rows, self.cuts])
        matrix = rows.matrix(self.columns)
        x, dual = self._solve(matrix, rows, self._seconds, left_s)
        proven, master = self._value(matrix, rows, dual), self.master
        if proven >= self.bound:
            self.worth = dual[master.target_rows] * master.scale / master.model.problem.target_scale
        self.bound = max(self.bound, proven)
        self.point = np.clip(x[: master.columns], 0.0, 1.0)
        cost = float(self.cost @ x) * master.scale + master.constant
        self._settled = cost - proven <= SETTLED * abs(cost)
        self.apart = abs(cost - proven) / max(abs(cost), 1e-9)
        self.start, self._solved = (x, dual), self._solved + 1

    def tighten(self, most: int = 800) -> bool:
        """Add cuts that the last answer violates, up to so many of a kind (triples of demands have a limit of their
        own), and drop those without a price for long.

        Returns whether another relaxation can gain more.
        """
        if self.start is None:
            return True
        x, dual = self.start
        promised, opened = self.of_shares.promises(x), self.of_shares.openings(x)
        new = stack([promised, opened])
        violated = self._violated(x, most, LOCAL * self._seconds)
        ours = dual[len(self.rows) :]
        self.idle = np.where(ours == 0.0, self.idle + 1, 0)
        stays = self.idle < IDLE
        self.start = (
            x,
            np.concatenate([dual[: len(self.rows)], np.zeros(len(new)), ours[stays], np.zeros(len(violated))]),
        )
        self.rows = stack([self.rows, new])
        self.unpriced = np.concatenate([self.unpriced, np.arange(len(new)) >= len(promised)])
        self.cuts = stack([self.cuts.where(stays), violated])
        self.idle = np.concatenate([self.idle[stays], np.zeros(len(violated), np.int64)])
        return len(new) + len(violated) > 0 or not self._settled or self._solved < 2

    def aside(self) -> Bounding:
        """The same relaxation to go on from with other bounds of its columns, where its bound says nothing any more."""
        other = copy.copy(self)
        other.lower, other.upper = self.lower.copy(), self.upper.copy()
        other.of_shares = self.of_shares.aside()
        return other

    @property
    def cost_now(self) -> float:
        """What the last relaxation's point costs: not a bound while steps have not come near an end."""
        return float(self.cost @ self.start[0]) * self.master.scale + self.master.constant if self.start else np.inf

    def _solve(self, matrix: sparse.csr_array, rows: Rows, seconds: float, left_s: float) -> tuple[Floats, Floats]:
        """(columns, multipliers of the rows) from the last solve's, by first-order steps for about the given time."""
        x, dual = self.start or (np.zeros(self.columns), np.zeros(len(rows)))
        begun, latest = time.thread_time(), time.monotonic() + left_s
        columns, tight = np.ones(self.columns, bool), np.ones(len(rows), bool)
        if self.start is not None:
            self._unlikely = np.where(self._likely(matrix, rows, x, dual), 0, self._unlikely + 1)
            columns = self._unlikely < PATIENCE
            at = matrix @ x
            tight = (dual != 0) | (np.minimum(at - rows.lower, rows.upper - at) < LOOSE)
        answer = minimise(
            sparse.csr_array(matrix[tight][:, columns]),
            self.cost[columns],
            (self.lower[columns], self.upper[columns]),
            (rows.lower[tight], rows.upper[tight]),
            (x[columns], dual[tight]),
            seconds - (time.thread_time() - begun),
            left_s=latest - time.monotonic(),
            weight=self._weight,
        )
        x, dual = np.zeros(self.columns), np.zeros(len(rows))
        x[columns], dual[tight], self._weight = answer.x, answer.dual, answer.weight
        return x, dual

    def _likely(self, matrix: sparse.csr_array, rows: Rows, x: Floats, dual: Floats) -> Bools:
        """The columns that a solve from here needs to look at. Shape (columns,)."""
        master = self.master
        _, gain, option, joined, stands = self._priced(matrix, rows, dual)
        site = master.model.problem.option_site
        needed = np.zeros(len(site))
        at = site >= 0
        way = np.where(master.wired[at], joined[site[at]], np.minimum(joined[site[at]], 0.0))
        needed[at] = stands[site[at]] + way
        likely = np.ones(self.columns, bool)
        near = NEAR * self.cost[master.y : master.z]
        live = (x[master.y : master.z] > 1e-4) | ((option < near) & (needed < near))
        likely[master.y : master.z] = live
        entry_option = master.model.layout.x_option[self.entry]
        dear = (self.cost - matrix.T @ dual)[self.shares]
        likely[self.shares] = (live[entry_option] & (dear < UNLIKELY * gain)) | (x[self.shares] > 1e-6)
        return likely

    def _violated(self, x: Floats, most: int, seconds: float) -> Rows:
        """Cuts that a point violates: up to `most` of each kind, local ones for about the given time."""
        found: list[Rows] = []
        if self._solved > 1:  # the first point is too rough to tell which
            found.append(self.handfuls.cuts(self.point, self.rng, most, seconds))
        if self.loads:
            found.append(self.loads.cuts(self.point[self.master.a :], x[self.loads.first :], self.rng, most))
        if self.terminals.has_network and self._solved > 1:  # at first the ascent's cuts are enough
            point = self.point.copy()
            arcs = point[self.master.a :]
            arcs[arcs < FAINT] = 0.0
            found += self._clustered(point, most, seconds / DRAWS)
            sites = self.rng.permutation(np.arange(self.terminals.first_site, self.terminals.count))
            found.append(coverage_cuts(self.master, self.terminals, point, sites, most))
            found.append(self._joined(x, point, most))
        return stack(found)

    def _joined(self, x: Floats, point: Floats, most: int) -> Rows:
        """Cuts that links into a set of sites carry what these serve of a demand."""
        demands = self.rng.permutation(self.master.model.problem.shape[0])
        share, column = (np.zeros(self.master.model.layout.y, kind) for kind in (float, np.int64))
        share[self.entry] = np.maximum(x[self.shares], 0.0)
        column[self.entry] = np.arange(self.shares.start, self.shares.stop)
        return share_cuts(self.master, self.terminals, point, share, column, demands, most)

    def _clustered(self, point: Floats, most: int, seconds: float) -> list[Rows]:
        """The same cuts as `handfuls` with clusters of sites, for about so many seconds each."""
        if self.master.model.cost[: self.master.model.layout.y].any():
            return []
        kinds = [drawn(self.handfuls, point, self.rng) for _ in range(DRAWS)]
        return [kind.cuts(point, self.rng, most, seconds) for kind in kinds if kind is not None]

    def _value(self, matrix: sparse.csr_array, rows: Rows, dual: Floats) -> float:
        """The bound that multipliers prove (see above), in the problem's money."""
        master = self.master
        reduced, _, option, joined, stands = self._priced(matrix, rows, dual)
        dual = self._allowed(rows, dual)
        sides = np.where(dual > 0, np.where(np.isfinite(rows.lower), rows.lower, 0.0), 0.0)
        sides = np.where(dual < 0, np.where(np.isfinite(rows.upper), rows.upper, 0.0), sides)
        reduced[self.shares] = 0.0
        reduced[master.y : master.a] = 0.0
        value = float(dual @ sides + np.minimum(reduced * self.lower, reduced * self.upper).sum())
        loose = master.model.problem.option_site < 0
        sites = np.minimum(stands + np.minimum(joined, 0.0), 0.0)
        value += float(sites.sum() + np.minimum(option[loose], 0.0).sum())
        return value * master.scale + master.constant

    def _allowed(self, rows: Rows, dual: Floats) -> Floats:
        """Multipliers whose rows have the side they price, without those of rows that are solved instead."""
        dual = np.where((dual > 0) & ~np.isfinite(rows.lower), 0.0, dual)
        dual = np.where((dual < 0) & ~np.isfinite(rows.upper), 0.0, dual)
        dual[: len(self.rows)][self.unpriced] = 0.0
        return dual

    def _priced(
        self, matrix: sparse.csr_array, rows: Rows, dual: Floats
    ) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """What multipliers make of columns; less is better.

        The rows inside a site are not priced but solved. With the other multipliers fixed an option's y is worth
        r_y = rc_y − K, K the fractional knapsack of what its shares gain, and a site (y ≤ w ≤ z, or y ≤ z) is worth
        rc_z + Σ_{no backhaul} min(0, r_y) + min(0, rc_w + Σ_{backhaul} min(0, r_y)) or, closed, nothing.

        Returns:
            Reduced costs of all columns, what each share gains when whole, worth r_y of each option, and of each site
            what joining it and what its standing without that is worth.
        """
        reduced = self.cost - matrix.T @ self._allowed(rows, dual)
        master = self.master
        gain = np.zeros(len(master.model.layout.x_option))
        gain[self.entry] = np.maximum(-reduced[self.shares], 0.0)
        option = (reduced[master.y : master.z] - self.by_option.most(gain)) * self.upper[master.y : master.z]
        good = np.minimum(option, 0.0)
        site = master.model.problem.option_site
        at, count = site >= 0, master.w - master.z
        loose, wired = at & ~master.wired, at & master.wired
        joined = reduced[master.w : master.a] + np.bincount(site[wired], good[wired], count)
        stands = reduced[master.z : master.w] + np.bincount(site[loose], good[loose], count)
        return reduced, gain[self.entry], option, joined, stands
