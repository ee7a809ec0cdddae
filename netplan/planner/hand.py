"""One linear programme at work on the nodes of branch and cut: cuts at each, and its children.

Several hands may take from the same nodes, each in a thread of its own: HiGHS runs without Python's lock. They share
the cuts found, and what branchings gained.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from netplan.planner.cuts import Cuts
from netplan.planner.fixing import fixable
from netplan.planner.master_lp import Basis, MasterLP
from netplan.planner.nodes import Node, Nodes
from netplan.planner.problem import Floats, Ints
from netplan.planner.trial import Trials

FRACTIONAL = 1e-5
DOUBTFUL = 30
"""whole nodes without a plan of their cost that are branched on before such nodes are given up"""
GROUPS = 12
"""handfuls of demands that local cuts are sought for in each round"""
WORTH = 2e-3
"""part by which a round of cuts must raise the bound for another one, while there is something to branch on"""
LATEST = 0.2
"""weight of the last relaxation in the mean of them all"""
PLUNGE = 0.1
"""part of the gap above the lowest bound up to which a child is worked on next (plans come from elsewhere)"""


class Hand:
    """Takes nodes, solves them and puts their children."""

    def __init__(
        self,
        number: int,
        seed: int,
        nodes: Nodes[Node],
        cuts: Cuts,
        lp: MasterLP,
        limits: tuple[Floats, Floats],
        offer: Callable[[Floats], None],
        look: Callable[[Floats], None] | None,
    ) -> None:
        """
        Args:
            number: of the hand among those that take from the nodes.
            limits: lower and upper bounds of the columns, which others may tighten while it works.
            offer: told of whole points, whose options may make a plan.
            look: told of the relaxation of each node after its children are put.
        """
        self.number, self.seed, self.nodes, self.search = number, seed, nodes, nodes.search
        self.cuts, self.master, self.lp = cuts, lp.master, lp
        self.limits = limits
        self.lower, self.upper = limits[0].copy(), limits[1].copy()
        self.trials = Trials.of(lp, self.search, self.lower, self.upper)
        self.offer, self.look = offer, look
        self.rng = np.random.default_rng([seed, number])
        self.core: Floats | None = None
        """mean of relaxations, of the last ones most: cuts found on the way to it are of use elsewhere"""
        self.binary = np.arange(self.master.y, self.master.a)
        self.applied: Node | None = None
        self.basis: Basis | None = None
        """that the LP stands at, where it is that of a node's parent"""

    def another(self, number: int, offer: Callable[[Floats], None]) -> Hand:
        """A hand for another thread; it shares the cuts and what branchings gained."""
        hand = Hand(number, self.seed, self.nodes, self.cuts, self.lp.twin(), self.limits, offer, None)
        hand.lower[:], hand.upper[:], hand.applied = self.lower, self.upper, self.applied
        hand.core = self.core
        hand.trials = self.trials.of_hand(hand.lp, hand.lower, hand.upper)
        return hand

    def tighten(self) -> None:
        """Take over the bounds of columns that were tightened."""
        self._limit(self.applied)

    def work(self) -> None:
        """Take nodes until the search ends."""
        for node in self.nodes.for_hand(self.number):
            self.plunge(node)

    def plunge(self, node: Node | None) -> None:
        """Work on a node taken, then on its better child while that is worth it."""
        nodes, search = self.nodes, self.search
        while node is not None:
            if node.bound >= search.cutoff:
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

    def _limit(self, node: Node | None) -> bool:
        """Set the bounds of the columns in a node; whether there are any, for what was tightened may rule it out."""
        lower, upper = self.limits[0].copy(), self.limits[1].copy()
        if node is not None:
            lower[node.opened], upper[node.closed] = 1.0, 0.0
            for column, value in node.fixed:
                lower[column], upper[column] = max(lower[column], value), min(upper[column], value)
        if (lower > upper).any():
            return False
        changed = np.flatnonzero((lower != self.lower) | (upper != self.upper))
        if len(changed):
            self.lower[changed], self.upper[changed] = lower[changed], upper[changed]
            self.lp.bounds(changed, lower[changed], upper[changed])
        self.applied = node
        return True

    def expand(self, node: Node) -> list[Node]:
        """Solve a node with cuts; its children, none when it is closed."""
        nodes = self.nodes
        if not self._limit(node):
            return []
        rounds, before, last = 0, -np.inf, np.zeros(0)
        while True:
            self.lp.stop_above(self.search.cutoff)
            status = self.lp.solve(self.search.left_s)
            if status == "infeasible":
                return []
            if status == "above":
                nodes.drop(self.search.cutoff)
                return []
            if status == "limit":
                nodes.put(node)
                return []
            bound = max(self.lp.objective, node.bound)
            if bound >= self.search.cutoff:
                nodes.drop(bound)
                return []
            fraction = self.fractional()
            if rounds >= 1 and len(fraction) and self.lp.objective - before < WORTH * abs(bound):
                break
            if rounds > (20 if len(fraction) else 60) or (rounds and np.abs(self.lp.point - last).max() < 1e-10):
                break
            last, before = self.lp.point, self.lp.objective
            if rounds % 2:
                self.lp.drop_idle()
            found = self.lp.recall(200)
            if not found or not self.master.explicit:  # new cuts say more than old ones where shares are projected out
                found += self.cuts.add(self.lp, self.rng, 100, GROUPS, self.core if rounds == 0 else None)
            if not found:
                break
            self.core = self.lp.point if self.core is None else (1 - LATEST) * self.core + LATEST * self.lp.point
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
        self.offer(self.lp.point)
        if bound >= self.search.cutoff:
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
        nodes.drop(bound)  # the plan is one of many in here, or its links are not the cheapest
        return []

    def narrowed(self, node: Node) -> Node:
        """The node with what plans below the cutoff cannot have otherwise in it closed or opened."""
        left = self.search.left(self.lp.objective)
        if not np.isfinite(left):
            return node
        closed, opened = fixable(self.master, self.lp.reduced, self.lower, self.upper, left)
        if not len(closed) and not len(opened):
            return node
        self.nodes.drop(self.search.cutoff)
        both = np.concatenate([node.closed, closed]), np.concatenate([node.opened, opened])
        return replace(node, closed=both[0], opened=both[1])

    def branch(self, node: Node, bound: float, fraction: Ints) -> list[Node]:
        """Children on an option or site being open or, where those are whole, on a site being joined."""
        master = self.master
        for start, stop in ((master.y, master.w), (master.w, master.a)):
            mine = (fraction >= start) & (fraction < stop)
            if mine.any():
                fraction = fraction[mine]
                break
        node = self.narrowed(node)
        column, down, up = self.trials.best(fraction, bound, len(node.fixed), lambda: self.search.cutoff)
        return self.children(node, column, down, up)

    def children(self, node: Node, column: int, down: float, up: float) -> list[Node]:
        """Two children; those already beyond the cutoff are closed at once."""
        out = []
        self.basis = self.lp.basis()
        for side, bound in ((0.0, down), (1.0, up)):
            if not np.isfinite(bound):
                continue
            if bound >= self.search.cutoff:
                self.nodes.drop(bound)
                continue
            fixed = (*node.fixed, (column, side))
            out.append(Node(bound, self.nodes.number(), fixed, self.basis, node.closed, node.opened))
        return out
