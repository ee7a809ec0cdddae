"""Branch and cut on the master: cuts at every node, branching on sites and options, then on arcs."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

import numpy as np

from netplan.planner.coverage_cuts import coverage_cuts
from netplan.planner.fixing import least_additions
from netplan.planner.hulls import Hulls
from netplan.planner.incumbent import Search
from netplan.planner.master import Master, build_master
from netplan.planner.master_lp import Basis, MasterLP
from netplan.planner.model import Model
from netplan.planner.plans import Plans
from netplan.planner.problem import Floats, Ints
from netplan.planner.projection import Projection
from netplan.planner.terminals import Terminals
from netplan.planner.trial import Trials

FRACTIONAL = 1e-5
DOUBTFUL = 30
"""whole nodes without a plan of their cost that are branched on before such nodes are given up"""
ROOT_GROUPS, NODE_GROUPS = 40, 12
"""groups of half-open options that local cuts are sought for in each round"""
LOCAL = 0.1
"""part of the time for local search before the root and again after it, where none runs beside the proof"""
PLUNGE = 0.1
"""part of the gap above the lowest bound up to which a child is worked on next (plans come from elsewhere)"""


@dataclass(order=True)
class Node:
    """A subproblem: columns fixed on the way to it."""

    bound: float
    number: int
    fixed: tuple[tuple[int, float], ...] = field(compare=False)
    basis: Basis | None = field(compare=False, default=None)
    """of its parent's relaxation, from where its own is near; None at the root"""


class Tree:
    """One branch-and-cut run; plans and bounds go to the search."""

    def __init__(self, model: Model, search: Search, seed: int, threads: int = 1) -> None:
        self.model, self.search = model, search
        self.master: Master = build_master(model)
        self.lp = MasterLP(self.master, seed)
        self.terminals = Terminals.of(self.master)
        self.projection = Projection(self.master)
        self.hulls = Hulls.of(self.master)
        self.rng = np.random.default_rng(seed)
        self.lower, self.upper = self.master.lower.copy(), self.master.upper.copy()
        self.open: list[Node] = []
        self.floor = np.inf
        self.made = self.doubtful = 0
        self.applied: tuple[tuple[int, float], ...] = ()
        self.basis: Basis | None = None
        """that the LP stands at, where it is that of a node's parent"""
        self.root_bound, self.fixed_for = -np.inf, np.inf
        """the relaxation that columns are fixed by, and the best plan when they last were"""
        self.reduced, self.least = np.zeros(0), np.zeros(0)
        """its reduced costs, and what a plan with each column in it costs at least above it"""
        self.trials = Trials.of(self.lp, search, self.lower, self.upper)
        self.binary = np.arange(self.master.y, self.master.a)
        self.plans = Plans(model, search, self.master, seed, threads)

    # ---- cuts -------------------------------------------------------------------------------------------------
    def separate(self, most: int, groups: int, core: Floats | None = None) -> int:
        """Add cuts that the present point violates, local ones of up to `groups` groups; returns how many.

        With a `core` point cuts are first sought halfway to it, where they are deeper (in-out separation, Ben-Ameur
        and Neto 2007).
        """
        found = 0
        points = [self.lp.point] if core is None else [0.5 * (self.lp.point + core), self.lp.point]
        for point in points:
            order = self.rng.permutation(self.terminals.count)
            rows = coverage_cuts(self.master, self.terminals, point, order, most)
            self.lp.add(rows)
            found += len(rows)
            if not self.master.explicit:
                more = self.projection.cuts(point)
                self.lp.add(more)
                found += len(more)
        local = self.hulls.cuts(self.lp.point, self.rng, groups)
        self.lp.add(local)
        return found + len(local)

    def root(self, share: float) -> str:
        """Cut rounds at the root. Returns optimal | infeasible | limit."""
        search, history = self.search, []
        core: Floats | None = None
        while True:
            status = self.lp.solve(max(search.left_s, 1.0))
            if status != "optimal":
                return status
            history.append(self.lp.objective)
            search.raise_bound(self.lp.objective, "relaxation")
            if search.done or search.seconds > share * search.time_limit_s:
                return "optimal"
            self.plans.collect(self.lp.point)
            if len(history) % 4 == 2:
                self.plans.guided(self.lp.point)
                self.fix()
            if len(history) > 2 and len(history) % 2:
                self.lp.drop_idle()
            found = self.separate(300, ROOT_GROUPS, core)
            core = self.lp.point if core is None else 0.5 * (core + self.lp.point)
            if not found:
                return "optimal"
            if len(history) > 12 and history[-1] - history[-7] <= 1e-3 * abs(history[-1]):
                return "optimal"

    def fix(self) -> None:
        """Close or open for good what a better plan cannot have otherwise (see `fixing`), by the root's relaxation."""
        if not self.made and self.lp.objective > self.root_bound:
            self.root_bound, self.reduced = self.lp.objective, self.lp.reduced
            self.least = np.maximum(least_additions(self.master, self.reduced, self.lower), self.reduced)
        best = self.search.objective
        self.fixed_for = best
        if not np.isfinite(best) or not len(self.least):
            return
        margin = self.cutoff - self.root_bound + 1e-6 * abs(best) + 1e-9
        rest = slice(self.master.y, self.master.columns)
        shut = (self.least[rest] > margin) & (self.upper[rest] > 0) & (self.lower[rest] <= 0)
        force = (self.reduced[rest] < -margin) & (self.lower[rest] < 1) & (self.upper[rest] >= 1)
        changed = self.master.y + np.flatnonzero(shut | force)
        self.upper[rest][shut] = 0.0
        self.lower[rest][force] = 1.0
        if len(changed):
            self.drop(self.cutoff)
            self.lp.bounds(changed, self.lower[changed], self.upper[changed])

    # ---- nodes ------------------------------------------------------------------------------------------------
    def apply(self, fixed: tuple[tuple[int, float], ...]) -> None:
        """Set the column bounds of a node."""
        old = {column for column, _ in self.applied}
        new = dict(fixed)
        changed = np.array(sorted(old | set(new)), np.int64)
        if len(changed):
            lower, upper = self.lower[changed].copy(), self.upper[changed].copy()
            for i, column in enumerate(changed.tolist()):
                if column in new:
                    lower[i] = upper[i] = new[column]
            self.lp.bounds(changed, lower, upper)
        self.applied = fixed

    @property
    def cutoff(self) -> float:
        """Bound from which a node cannot matter for the wanted gap."""
        best = self.search.objective
        if not np.isfinite(best):
            return np.inf
        step = (1 - 1e-3) * self.search.step
        return float(best - max(0.9 * self.search.wanted_gap * abs(best), 1e-7 * abs(best), step, 1e-9))

    def drop(self, bound: float) -> None:
        """A node closed at a bound: the proof holds only down to there."""
        self.floor = min(self.floor, bound)

    def run(self, local: float = LOCAL) -> str:
        """Returns gap | time | exhausted | infeasible.

        Args:
            local: part of the time for local search before the root and again after it.
        """
        self.plans.better(local, self.lp.point)
        status = self.root(0.4)
        if status == "infeasible":
            if np.isfinite(self.search.objective):
                self.search.raise_bound(self.search.objective, "branch and cut")
                return "gap"
            return "infeasible"
        if status == "limit":
            return "time"
        if self.search.done:
            return "gap"
        self.plans.better(local, self.lp.point)
        self.fix()
        self.open = [Node(self.lp.objective, 0, ())]
        while self.open:
            bound = min(self.open[0].bound, self.floor)
            self.search.raise_bound(bound, "branch and cut")
            if self.search.done:
                return "gap"
            if self.search.left_s <= 0.2:
                return "time"
            self.plunge(heapq.heappop(self.open))
        self.search.raise_bound(min(self.floor, self.search.objective), "branch and cut")
        return "gap" if self.search.done else "exhausted"

    def plunge(self, node: Node | None) -> None:
        """Work on a node, then on its better child while that is worth it."""
        while node is not None:
            if node.bound >= self.cutoff:
                self.drop(node.bound)
                return
            if self.search.left_s <= 0.2:
                heapq.heappush(self.open, node)
                return
            if self.search.objective < self.fixed_for:
                self.fix()
            if node.basis is not None and node.basis is not self.basis:
                self.lp.come_back(node.basis)
            self.basis = None
            children = self.expand(node)
            children.sort()
            node = None
            if children:
                lowest = min((other.bound for other in self.open), default=np.inf)
                worth = min(lowest, self.search.bound) + PLUNGE * (self.search.objective - self.search.bound)
                if children[0].bound <= worth or not np.isfinite(self.search.objective):
                    node = children.pop(0)
                for child in children:
                    heapq.heappush(self.open, child)
                floor = min([other.bound for other in self.open[:1]] + [self.floor] + ([node.bound] if node else []))
                if np.isfinite(floor):
                    self.search.raise_bound(floor, "branch and cut")

    def expand(self, node: Node) -> list[Node]:
        """Solve a node with cuts; its children, none when it is closed."""
        self.apply(node.fixed)
        rounds, before, last = 0, -np.inf, np.zeros(0)
        while True:
            self.lp.stop_above(self.cutoff)
            status = self.lp.solve(self.search.left_s)
            if status == "infeasible":
                return []
            if status == "above":
                self.drop(self.cutoff)
                return []
            if status == "limit":
                heapq.heappush(self.open, node)
                return []
            bound = max(self.lp.objective, node.bound)
            if bound >= self.cutoff:
                self.drop(bound)
                return []
            fraction = self.fractional()
            if rounds >= 1 and len(fraction) and self.lp.objective - before < 1e-3 * abs(bound):
                break
            if rounds > (20 if len(fraction) else 60) or (rounds and np.abs(self.lp.point - last).max() < 1e-10):
                break
            last, before = self.lp.point, self.lp.objective
            if rounds % 2:
                self.lp.drop_idle()
            if not self.lp.recall(200) and not self.separate(100, NODE_GROUPS):
                break
            rounds += 1
        if not len(fraction):
            return self.whole(node, bound)
        self.made += 1
        self.plans.collect(self.lp.point)
        if self.made % 6 == 1:
            self.plans.guided(self.lp.point)
        return self.branch(node, bound, fraction)

    def fractional(self) -> Ints:
        """Columns z, w, y that are not whole."""
        value = self.lp.point[self.binary]
        return np.asarray(self.binary[np.abs(value - np.round(value)) > FRACTIONAL], np.int64)

    def whole(self, node: Node, bound: float) -> list[Node]:
        """A node whose sites and options are whole: its plan, and branching on arcs where the network is not."""
        master = self.master
        arcs = self.lp.point[master.a :]
        point = self.plans.of(self.lp.point)
        self.search.offer(point, "branch and cut")
        if bound >= self.cutoff:
            self.drop(bound)
            return []
        loose = np.flatnonzero(np.abs(arcs - np.round(arcs)) > FRACTIONAL)
        if len(loose):
            column = master.a + int(loose[np.argmin(np.abs(arcs[loose] - 0.5))])
            return self.children(node, column, bound, bound)
        free = np.setdiff1d(np.arange(master.y, master.columns), [column for column, _ in node.fixed])
        free = free[self.lower[free] < self.upper[free]]
        used = free[self.lp.point[free] > 0.5]
        self.doubtful += 1
        if len(free) and self.doubtful <= DOUBTFUL:  # whole, yet dearer: links too small, which the master does not see
            return self.children(node, int(used[0] if len(used) else free[0]), bound, bound)
        self.drop(bound if point is None else max(bound, float(master.model.cost @ point) + master.constant))
        return []

    def branch(self, node: Node, bound: float, fraction: Ints) -> list[Node]:
        """Children on an option or site being open or, where those are whole, on a site being joined."""
        master = self.master
        for start, stop in ((master.y, master.w), (master.w, master.a)):
            mine = (fraction >= start) & (fraction < stop)
            if mine.any():
                fraction = fraction[mine]
                break
        column, down, up = self.trials.best(fraction, bound, len(node.fixed), lambda: self.cutoff)
        return self.children(node, column, down, up)

    def children(self, node: Node, column: int, down: float, up: float) -> list[Node]:
        """Two children; those already beyond the cutoff are closed at once."""
        out = []
        self.basis = self.lp.basis()
        for side, bound in ((0.0, down), (1.0, up)):
            if not np.isfinite(bound):
                continue
            if bound >= self.cutoff:
                self.drop(bound)
                continue
            self.made += 1
            out.append(Node(bound, self.made, (*node.fixed, (column, side)), self.basis))
        return out


def branch_and_cut(model: Model, search: Search, seed: int, threads: int, local: float = LOCAL) -> str:
    """Search a model without budget and integral demand; returns gap | time | exhausted | infeasible.

    Args:
        local: part of the time for local search before the root and again after it.
    """
    tree = Tree(model, search, seed, threads)
    with tree.plans:
        return tree.run(local)
