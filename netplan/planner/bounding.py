"""The bound of large problems: the master with its shares as a linear programme for PDLP, cuts added between solves.

PDLP (Applegate et al. 2021) needs no factorisation and starts each solve from the last, so that hundreds of
thousands of shares are no obstacle. Its answer is approximate; the bound is not: any multipliers v of the rows give

    bound = Σ_rows v · (lower if v > 0 else upper) + Σ_columns min(rc · lower, rc · upper),   rc = cost − Aᵀ v

because every column is bounded.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from ortools.pdlp import solvers_pb2
from ortools.pdlp.python import pdlp
from scipy import sparse

from netplan.planner.coverage_cuts import coverage_cuts
from netplan.planner.hulls import Hulls
from netplan.planner.knapsack import ByOption
from netplan.planner.load_cuts import Loads
from netplan.planner.master import Master
from netplan.planner.pairs import pairs_of
from netplan.planner.problem import Floats
from netplan.planner.rows import Rows, difference, stack
from netplan.planner.terminals import Terminals

ALL_OPENINGS = 250_000
"""shares up to which every row x_ij ≤ max_ij y_j is kept"""
PRECISION = 1e-4
PROMISES = 40_000
"""most rows of pairs added after one relaxation"""
IDLE = 2
"""solves in a row that a cut may have no price before it is dropped"""
GROUPS = 100
"""groups of half-open options that local cuts are sought for after one relaxation"""
BROKEN = 0.01
"""by how much such a row must be violated"""


@dataclass
class Bounding:
    """A sequence of relaxations, each with more cuts; `step` solves one."""

    master: Master
    threads: int
    seed: int
    bound: float = -np.inf
    point: Floats = field(default_factory=lambda: np.zeros(0))
    """the last relaxation's values of the master's columns"""

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
        opening = difference(x, master.y + option, largest) if len(x) <= ALL_OPENINGS else stack([])
        t = master.columns + len(x)
        self.loads = Loads.of(master, t) if model.capacitated else None
        carried = self.loads.rows(self.entry, master.columns) if self.loads else stack([])
        self.rows = stack([master.rows, master.local, shares, capacity, opening, carried])
        first = len(master.rows) + len(master.local) + len(shares)
        self.inside = slice(master.site_rows.start, master.site_rows.stop)
        self.knapsack = slice(first, first + len(capacity) + len(opening))
        traffic = np.ones(problem.shape[2] if self.loads else 0)
        self.columns = t + len(traffic)
        self.cost = np.concatenate([master.cost, np.zeros(len(x) + len(traffic))])
        self.lower = np.concatenate([master.lower, np.zeros(len(x) + len(traffic))])
        self.upper = np.concatenate([master.upper, largest, traffic])
        self.shares = slice(master.columns, t)
        self.terminals = Terminals.of(master)
        self.hulls = Hulls.of(master)
        self.by_option = ByOption.of(model)
        share_max = np.zeros(len(usable))
        share_max[self.entry] = largest
        pair, self.pair_column = pairs_of(master, share_max)
        self.pair = pair[self.entry]
        self.paired = np.zeros(len(self.pair_column), bool)
        """pairs whose row is among the rows"""
        self.cuts, self.idle = stack([]), np.zeros(0, np.int64)
        """rows that go again when they have no price, and for how many solves they had none"""
        self.rng = np.random.default_rng(self.seed)
        self._start: tuple[Floats, Floats] | None = None

    def step(self, seconds: float, most: int = 800) -> bool:
        """Solve for about the given time and add the cuts its answer violates; whether there were any."""
        rows = stack([self.rows, self.cuts])
        matrix = sparse.csc_matrix(rows.matrix(self.columns))
        x, dual = self._solve(matrix, rows, seconds)
        self.bound = max(self.bound, self._value(matrix, rows, dual))
        self.point = np.clip(x[: self.master.columns], 0.0, 1.0)
        promised = self._promises(x)
        violated = self._violated(x, most)
        ours = dual[len(self.rows) :]
        self.idle = np.where(ours == 0.0, self.idle + 1, 0)
        stays = self.idle < IDLE
        self._start = (
            x,
            np.concatenate([dual[: len(self.rows)], np.zeros(len(promised)), ours[stays], np.zeros(len(violated))]),
        )
        self.rows = stack([self.rows, promised])
        self.cuts = stack([self.cuts.where(stays), violated])
        self.idle = np.concatenate([self.idle[stays], np.zeros(len(violated), np.int64)])
        return len(promised) + len(violated) > 0

    def _solve(self, matrix: sparse.csc_matrix, rows: Rows, seconds: float) -> tuple[Floats, Floats]:
        """(columns, multipliers of the rows) from the last solve's, by PDLP within about the given time."""
        program = pdlp.QuadraticProgram()
        program.objective_vector = self.cost
        program.constraint_matrix = matrix
        program.constraint_lower_bounds, program.constraint_upper_bounds = rows.lower, rows.upper
        program.variable_lower_bounds, program.variable_upper_bounds = self.lower, self.upper
        settings = solvers_pb2.PrimalDualHybridGradientParams()
        settings.num_threads = self.threads
        ends = settings.termination_criteria
        ends.time_sec_limit = max(seconds, 1.0)
        ends.simple_optimality_criteria.eps_optimal_relative = PRECISION
        ends.simple_optimality_criteria.eps_optimal_absolute = PRECISION
        initial = None
        if self._start is not None:
            initial = pdlp.PrimalAndDualSolution()
            initial.primal_solution, initial.dual_solution = self._start
        result = pdlp.primal_dual_hybrid_gradient(program, settings, initial)
        return np.asarray(result.primal_solution), np.asarray(result.dual_solution)

    def _violated(self, x: Floats, most: int) -> Rows:
        """Cuts that a point violates: up to `most` of each kind."""
        found = [self.hulls.cuts(self.point, self.rng, GROUPS)]
        if self.loads:
            found.append(self.loads.cuts(self.point[self.master.a :], x[self.loads.first :], self.rng, most))
        if self.terminals.has_network:
            point = self.point.copy()
            arcs = point[self.master.a :]
            arcs[arcs < 3e-4] = 0.0
            order = self.rng.permutation(self.terminals.count)
            found.append(coverage_cuts(self.master, self.terminals, point, order, most))
        return stack(found)

    def _promises(self, x: Floats) -> Rows:
        """The rows Σ_{j at s} x_ij ≤ w_s (or z_s) that a point violates most."""
        mine = np.flatnonzero(self.pair >= 0)
        promised = np.bincount(self.pair[mine], x[self.master.columns + mine], len(self.pair_column))
        over = promised - x[self.pair_column]
        over[self.paired] = 0.0
        worst = np.argsort(-over, kind="stable")[:PROMISES]
        new = np.zeros(len(over), bool)
        new[worst[over[worst] > BROKEN]] = True
        self.paired |= new
        mine = mine[new[self.pair[mine]]]
        number = np.cumsum(new) - 1
        count = int(new.sum())
        return Rows.of(
            np.concatenate([number[self.pair[mine]], np.arange(count)]),
            np.concatenate([self.master.columns + mine, self.pair_column[new]]),
            np.concatenate([np.ones(len(mine)), -np.ones(count)]),
            np.full(count, -np.inf),
            0.0,
        )

    def _value(self, matrix: sparse.csc_matrix, rows: Rows, dual: Floats) -> float:
        """The bound that multipliers prove (see above), in the problem's money.

        The rows inside a site are not priced but solved. With the other multipliers fixed an option's y is worth
        r_y = rc_y − K, K the fractional knapsack of what its shares gain, and a site (y ≤ w ≤ z, or y ≤ z) is worth
        min(0, rc_z + Σ_{no backhaul} min(0, r_y) + min(0, rc_w + Σ_{backhaul} min(0, r_y))).
        """
        lower, upper = rows.lower, rows.upper
        dual = np.where((dual > 0) & ~np.isfinite(lower), 0.0, dual)
        dual = np.where((dual < 0) & ~np.isfinite(upper), 0.0, dual)
        dual[self.knapsack] = 0.0
        dual[self.inside] = 0.0
        sides = np.where(dual > 0, np.where(np.isfinite(lower), lower, 0.0), np.where(np.isfinite(upper), upper, 0.0))
        reduced = self.cost - matrix.T @ dual
        master = self.master
        gain = np.zeros(len(master.model.layout.x_option))
        gain[self.entry] = np.maximum(-reduced[self.shares], 0.0)
        most = self.by_option.most(gain)
        option = np.minimum((reduced[master.y : master.z] - most) * self.upper[master.y : master.z], 0.0)
        site = master.model.problem.option_site
        at, count = site >= 0, master.w - master.z
        loose, wired = at & ~master.wired, at & master.wired
        w = reduced[master.w : master.a] + np.bincount(site[wired], option[wired], count)
        z = reduced[master.z : master.w] + np.bincount(site[loose], option[loose], count) + np.minimum(w, 0.0)
        reduced[self.shares] = 0.0
        reduced[master.y : master.a] = 0.0
        value = float(dual @ sides + np.minimum(reduced * self.lower, reduced * self.upper).sum())
        value += float(np.minimum(z, 0.0).sum() + option[~at].sum())
        return value * master.scale + master.constant
