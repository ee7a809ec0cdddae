"""One linear programme at work on the nodes of branch and cut: cuts at each, and its children.

Several hands may take from the same nodes, each in a thread of its own: HiGHS runs without Python's lock. They share
the cuts found, and what branchings gained.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from netplan.planner.cuts import Cuts
from netplan.planner.master_lp import Basis, MasterLP
from netplan.planner.nodes import Node, Nodes
from netplan.planner.problem import Floats, Ints
from netplan.planner.trial import Trials

FRACTIONAL = 1e-5
DOUBTFUL = 30
"""whole nodes without a plan of their cost that are branched on before such nodes are given up"""
GROUPS = 12
"""groups of half-open options that local cuts are sought for in each round"""
PLUNGE = 0.1
"""part of the gap above the lowest bound up to which a child is worked on next (plans come from elsewhere)"""


class Hand:
    """Takes nodes, solves them and puts their children."""

    def __init__(
        self,
        number: int,
        seed: int,
        nodes: Nodes,
        cuts: Cuts,
        lp: MasterLP,
        limits: tuple[Floats, Floats],
        plan_of: Callable[[Floats], float],
        look: Callable[[Floats], None] | None,
    ) -> None:
        """
        Args:
            number: of the hand among those that take from the nodes.
            limits: lower and upper bounds of the columns, which others may tighten while it works.
            plan_of: what a plan costs that opens the options of a whole point; infinite where there is none.
            look: told of the relaxation of each node after its children are put.
        """
        self.number, self.seed, self.nodes, self.search = number, seed, nodes, nodes.search
        self.cuts, self.master, self.lp = cuts, lp.master, lp
        self.limits = limits
        self.lower, self.upper = limits[0].copy(), limits[1].copy()
        self.trials = Trials.of(lp, self.search, self.lower, self.upper)
        self.plan_of, self.look = plan_of, look
        self.rng = np.random.default_rng([seed, number])
        self.binary = np.arange(self.master.y, self.master.a)
        self.applied: tuple[tuple[int, float], ...] = ()
        self.basis: Basis | None = None
        """that the LP stands at, where it is that of a node's parent"""

    def another(self, number: int, plan_of: Callable[[Floats], float]) -> Hand:
        """A hand for another thread; it shares the cuts and what branchings gained."""
        hand = Hand(number, self.seed, self.nodes, self.cuts, self.lp.twin(), self.limits, plan_of, None)
        hand.lower[:], hand.upper[:], hand.applied = self.lower, self.upper, self.applied
        hand.trials = self.trials.of_hand(hand.lp, hand.lower, hand.upper)
        return hand

    def tighten(self) -> None:
        """Take over the bounds of columns that were tightened."""
        lower, upper = self.limits
        changed = np.flatnonzero((lower != self.lower) | (upper != self.upper))
        if len(changed):
            self.lower[changed], self.upper[changed] = lower[changed], upper[changed]
            self.lp.bounds(changed, self.lower[changed], self.upper[changed])

    def work(self) -> None:
        """Take nodes until the search ends."""
        while not self.nodes.ended:
            node = self.nodes.take(self.number)
            if node is None:
                self.nodes.wait(0.05)
            else:
                self.plunge(node)

    def plunge(self, node: Node | None) -> None:
        """Work on a node taken, then on its better child while that is worth it."""
        nodes, search = self.nodes, self.search
        while node is not None:
            if node.bound >= nodes.cutoff:
                nodes.drop(node.bound)
                break
            if search.left_s <= 0.2 or search.done or nodes.ended:
                nodes.put(node)
                break
            if node.basis is not None and node.basis is not self.basis:
                self.lp.come_back(node.basis)
            self.basis = None
            children = self.expand(node)
            children.sort()
            branched, node = bool(children), None
            if branched:
                worth = min(nodes.lowest, search.bound) + PLUNGE * (search.objective - search.bound)
                if children[0].bound <= worth or not np.isfinite(search.objective):
                    node = children.pop(0)
                for child in children:
                    nodes.put(child)
                if node is not None:
                    nodes.hold(self.number, node.bound)
            if branched and self.look is not None:
                self.look(self.lp.point)
        nodes.release(self.number)

    def apply(self, fixed: tuple[tuple[int, float], ...]) -> None:
        """Set the column bounds of a node."""
        self.tighten()
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

    def expand(self, node: Node) -> list[Node]:
        """Solve a node with cuts; its children, none when it is closed."""
        nodes = self.nodes
        self.apply(node.fixed)
        rounds, before, last = 0, -np.inf, np.zeros(0)
        while True:
            self.lp.stop_above(nodes.cutoff)
            status = self.lp.solve(self.search.left_s)
            if status == "infeasible":
                return []
            if status == "above":
                nodes.drop(nodes.cutoff)
                return []
            if status == "limit":
                nodes.put(node)
                return []
            bound = max(self.lp.objective, node.bound)
            if bound >= nodes.cutoff:
                nodes.drop(bound)
                return []
            fraction = self.fractional()
            if rounds >= 1 and len(fraction) and self.lp.objective - before < 1e-3 * abs(bound):
                break
            if rounds > (20 if len(fraction) else 60) or (rounds and np.abs(self.lp.point - last).max() < 1e-10):
                break
            last, before = self.lp.point, self.lp.objective
            if rounds % 2:
                self.lp.drop_idle()
            if not self.lp.recall(200) and not self.cuts.add(self.lp, self.rng, 100, GROUPS):
                break
            rounds += 1
        if not len(fraction):
            return self.whole(node, bound)
        return self.branch(node, bound, fraction)

    def fractional(self) -> Ints:
        """Columns z, w, y that are not whole."""
        value = self.lp.point[self.binary]
        return np.asarray(self.binary[np.abs(value - np.round(value)) > FRACTIONAL], np.int64)

    def whole(self, node: Node, bound: float) -> list[Node]:
        """A node whose sites and options are whole: its plan, and branching on arcs where the network is not."""
        master, nodes = self.master, self.nodes
        arcs = self.lp.point[master.a :]
        cost = self.plan_of(self.lp.point)
        if bound >= nodes.cutoff:
            nodes.drop(bound)
            return []
        loose = np.flatnonzero(np.abs(arcs - np.round(arcs)) > FRACTIONAL)
        if len(loose):
            column = master.a + int(loose[np.argmin(np.abs(arcs[loose] - 0.5))])
            return self.children(node, column, bound, bound)
        free = np.setdiff1d(np.arange(master.y, master.columns), [column for column, _ in node.fixed])
        free = free[self.lower[free] < self.upper[free]]
        used = free[self.lp.point[free] > 0.5]
        nodes.doubtful += 1
        if (
            len(free) and nodes.doubtful <= DOUBTFUL
        ):  # whole, yet dearer: links too small, which the master does not see
            return self.children(node, int(used[0] if len(used) else free[0]), bound, bound)
        nodes.drop(bound if not np.isfinite(cost) else max(bound, cost))
        return []

    def branch(self, node: Node, bound: float, fraction: Ints) -> list[Node]:
        """Children on an option or site being open or, where those are whole, on a site being joined."""
        master = self.master
        for start, stop in ((master.y, master.w), (master.w, master.a)):
            mine = (fraction >= start) & (fraction < stop)
            if mine.any():
                fraction = fraction[mine]
                break
        column, down, up = self.trials.best(fraction, bound, len(node.fixed), lambda: self.nodes.cutoff)
        return self.children(node, column, down, up)

    def children(self, node: Node, column: int, down: float, up: float) -> list[Node]:
        """Two children; those already beyond the cutoff are closed at once."""
        out = []
        self.basis = self.lp.basis()
        for side, bound in ((0.0, down), (1.0, up)):
            if not np.isfinite(bound):
                continue
            if bound >= self.nodes.cutoff:
                self.nodes.drop(bound)
                continue
            out.append(Node(bound, self.nodes.number(), (*node.fixed, (column, side)), self.basis))
        return out
