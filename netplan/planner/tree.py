"""Branch and cut on the master: cuts at every node, branching on sites and options, then on arcs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import Empty, SimpleQueue

import numpy as np

from netplan.planner.cuts import Cuts
from netplan.planner.fixing import fixable
from netplan.planner.hand import Hand
from netplan.planner.incumbent import Search
from netplan.planner.master import Master, build_master
from netplan.planner.master_lp import MasterLP
from netplan.planner.model import Model
from netplan.planner.nodes import Node, Nodes
from netplan.planner.plans import Plans
from netplan.planner.problem import Floats

GROUPS = 40
"""handfuls of demands that local cuts are sought for in each round at the root"""
LOCAL = 0.1
"""part of the time for local search before the root and again after it, where none runs beside the proof"""
GUIDED = 6
"""nodes branched on between two plans built from a relaxation, where that is not done beside the proof"""
COMPLETE = 10_000
"""columns up to which the complete model, which sees what links carry, goes on where the master can prove no more"""
SWITCH_S = 1e-3
"""seconds that a thread waits at most for Python's lock: solves take a few milliseconds, and Python's own 5 ms a turn
would make threads wait for each other most of the time"""


class Tree:
    """One branch-and-cut run; plans and bounds go to the search, from the thread that calls it alone."""

    def __init__(self, model: Model, search: Search, seed: int, threads: int = 1) -> None:
        self.model, self.search, self.threads = model, search, threads
        self.complete = model.capacitated and model.layout.columns <= COMPLETE
        self.master: Master = build_master(model)
        self.lp = MasterLP(self.master, seed)
        self.cuts = Cuts(self.master)
        self.rng = np.random.default_rng(seed)
        self.lower, self.upper = self.master.lower.copy(), self.master.upper.copy()
        self.nodes: Nodes[Node] = Nodes(search)
        self.root_bound, self.fixed_for = -np.inf, np.inf
        """the relaxation that columns are fixed by, and the best plan when they last were"""
        self.reduced = np.zeros(0)
        """its reduced costs"""
        self.plans = Plans(model, search, self.master, seed, threads)
        self._first = Hand(0, seed, self.nodes, self.cuts, self.lp, (self.lower, self.upper), self._offer, self._look)
        self._found: SimpleQueue[Floats] = SimpleQueue()
        """plans of the other hands"""
        self._pool: ThreadPoolExecutor | None = None
        self._others: list[Future[None]] = []
        self._seen = 0

    # ---- plans ------------------------------------------------------------------------------------------------
    def _offer(self, point: Floats) -> None:
        """Offer the plan of a whole point."""
        self.search.offer(self.plans.of(point), "branch and cut")

    def _hand_in(self, point: Floats) -> None:
        """The same, for a hand in another thread."""
        plan = self.plans.of(point)
        if plan is not None:
            self._found.put(plan)

    def _look(self, point: Floats) -> None:
        """After a node of the first hand: plans found elsewhere, one from its relaxation, the bound."""
        self._collect(point)
        self._seen += 1
        if self.plans.hands_on or self._seen % GUIDED == 1:
            self.plans.guided(self.lp, self.cuts)
        self._prove()

    def _collect(self, point: Floats) -> None:
        while True:
            try:
                self.search.offer(self._found.get_nowait(), "branch and cut")
            except Empty:
                break
        self.plans.collect(point)

    def _prove(self) -> None:
        """Say what is proven, close what the best plan rules out, and have others help once they do more than plans."""
        bound = self.nodes.bound
        if np.isfinite(bound):
            self.search.raise_bound(bound, "branch and cut")
        if self.search.objective < self.fixed_for:
            self.fix()
        if self._pool is not None and not self._others and self.plans.ease():
            hands = [self._first.another(number, self._hand_in) for number in range(1, self.threads)]
            self._others = [self._pool.submit(hand.work) for hand in hands]

    # ---- the root ---------------------------------------------------------------------------------------------
    def root(self, share: float) -> str:
        """Cut rounds at the root. Returns optimal | infeasible | limit."""
        search, history = self.search, []
        core: Floats | None = None
        while True:
            status = self.lp.solve(max(search.left_s, 1.0))
            if status != "optimal":
                return status
            history.append(self.lp.objective)
            search.raise_bound(min(self.lp.objective, self.nodes.bound), "relaxation")
            if search.done or search.seconds > share * search.time_limit_s:
                return "optimal"
            self.plans.collect(self.lp.point)
            if len(history) % 4 == 2:
                self.plans.guided(self.lp, self.cuts)
                self.fix()
            if len(history) > 2 and len(history) % 2:
                self.lp.drop_idle()
            found = self.cuts.add(self.lp, self.rng, 300, GROUPS, core)
            core = self.lp.point if core is None else 0.5 * (core + self.lp.point)
            if not found:
                return "optimal"
            if len(history) > 12 and history[-1] - history[-7] <= 1e-3 * abs(history[-1]):
                return "optimal"

    def fix(self) -> None:
        """Close or open for good what a better plan cannot have otherwise (see `fixing`), by the root's relaxation."""
        if not self.nodes.made and self.lp.objective > self.root_bound:
            self.root_bound, self.reduced = self.lp.objective, self.lp.reduced
        self.fixed_for = self.search.objective
        if not np.isfinite(self.fixed_for) or not len(self.reduced):
            return
        left = self.search.left(self.root_bound)
        closed, opened = fixable(self.master, self.reduced, self.lower, self.upper, left)
        if len(closed) or len(opened):
            self.nodes.drop(self.search.cutoff)
            self.upper[closed] = 0.0
            self.lower[opened] = 1.0
            self._first.tighten()

    # ---- nodes ------------------------------------------------------------------------------------------------
    def run(self, local: float = LOCAL) -> str:
        """Returns gap | time | exhausted | infeasible.

        Args:
            local: part of the time for local search before the root and again after it.
        """
        search = self.search
        self.plans.better(local, self.lp.point)
        status = self.root(0.4)
        if status == "infeasible":
            if np.isfinite(search.objective):
                search.raise_bound(min(search.objective, self.nodes.bound), "branch and cut")
                return "gap"
            return "infeasible"
        if status == "limit":
            return "time"
        if search.done:
            return "gap"
        self.plans.better(local, self.lp.point)
        self.fix()
        self.nodes.put(Node(self.lp.objective, self.nodes.number(), ()))
        try:
            with self._helped():
                why = self._branch()
        finally:  # what the other hands found is kept after Ctrl-C, too
            self._collect(self.lp.point)
        if why == "exhausted":
            search.raise_bound(min(self.nodes.bound, search.objective), "branch and cut")
        return "gap" if search.done else why

    def _branch(self) -> str:
        """Work on nodes until none is left or nothing more can be proven, the gap is reached or time is up."""
        search = self.search
        while not self.nodes.exhausted:
            for other in self._others:
                if other.done():
                    other.result()
            self._prove()
            if search.done:
                return "gap"
            if search.left_s <= 0.2:
                return "time"
            if self.complete and self.nodes.stuck:
                return "exhausted"
            node = self.nodes.take(0)
            if node is None:
                self._collect(self.lp.point)
                self.nodes.wait(0.05)
            else:
                self._first.plunge(node)
        return "exhausted"

    @contextmanager
    def _helped(self) -> Iterator[None]:
        """With threads for further hands, which end with the block."""
        if self.threads < 2:
            yield
            return
        before = sys.getswitchinterval()
        with ThreadPoolExecutor(self.threads - 1, thread_name_prefix="nodes") as self._pool:
            try:
                sys.setswitchinterval(min(SWITCH_S, before))
                yield
            finally:
                self.nodes.end()
                sys.setswitchinterval(before)


def branch_and_cut(model: Model, search: Search, seed: int, threads: int, local: float = LOCAL) -> str:
    """Search a model without budget and integral demand; returns gap | time | exhausted | infeasible.

    Args:
        local: part of the time for local search before the root and again after it.
    """
    tree = Tree(model, search, seed, threads)
    with tree.plans:
        return tree.run(local)
