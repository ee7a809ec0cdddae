"""Branch and bound on options for location problems: bounds by `dual`, plans by `interchange`.

The root raises the dual bound in turns with local search from the options that the dual likes; what reduced costs
settle leaves the rows for good. Then options are branched on, the node of least bound first, each child a few more
steps of the dual from its parent's prices.
"""

from __future__ import annotations

import heapq
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from netplan.planner.incumbent import Search
from netplan.planner.location.dual import FREE, OPEN, SHUT, ascend
from netplan.planner.location.interchange import interchange, nearest
from netplan.planner.location.structure import Location
from netplan.planner.problem import Bools, Floats

States = npt.NDArray[np.int8]
CHUNK = 50
"""steps of the dual between two looks for better plans"""
ROOT_PATIENCE, NODE_PATIENCE = 20, 8
NODE_STEPS, TRIAL_STEPS = 60, 12
TRIALS = 6
"""options that are tried before one is branched on"""
SEARCHED = 16
"""nodes between two local searches"""


@dataclass(order=True)
class Node:
    """A subproblem: what is settled, and the prices to go on from."""

    bound: float
    number: int
    state: States = field(compare=False)
    value: Floats = field(compare=False)


@dataclass(frozen=True)
class Outcome:
    """What work on a node gave: its bound, its children, and a set of options worth a local search."""

    bound: float
    children: list[tuple[float, States, Floats]]
    liked: Floats


def locate(location: Location, search: Search, threads: int) -> str:
    """Search until the gap, the time limit or proof; returns gap | time | none (no plan was found to start from).

    The same on every run with the same number of threads: nothing is drawn at random.
    """
    return Branching(location, search).run(threads)


class Branching:
    """One run; plans and bounds go to the search."""

    def __init__(self, location: Location, search: Search) -> None:
        self.location, self.search = location, search
        self.best: Bools = np.zeros(len(location.price), bool)
        self.mean: Floats = np.zeros(len(location.price))
        self.open: list[Node] = []
        self.floor = np.inf
        self.made = 0

    @property
    def goal(self) -> float:
        """Cost from which a plan cannot matter for the wanted gap."""
        best = self.search.objective
        step = (1 - 1e-3) * self.search.step
        return float(best - max(0.9 * self.search.wanted_gap * abs(best), 1e-9 * abs(best), step, 1e-9))

    def offer(self, opened: Bools, phase: str) -> None:
        """Better `opened` by local search and offer the plan."""
        found, cost = interchange(self.location, opened)
        if cost < self.search.objective and self.search.offer(self.location.point(found), phase):
            self.best = found

    def liked(self, mean: Floats) -> Bools:
        """The options that the dual chose most often, as many as may be open."""
        location = self.location
        often = np.flatnonzero(mean > 0.5)
        count = min(max(len(often), location.least), location.most)
        out = np.zeros(len(mean), bool)
        out[np.argsort(-mean, kind="stable")[:count]] = True
        return out & location.usable

    def run(self, threads: int) -> str:
        """Returns gap | time | none."""
        self.offer(self.best, "interchange")
        if self.search.point is None:
            return "none"
        state = np.where(self.location.usable, FREE, SHUT).astype(np.int8)
        near, second = nearest(self.location, self.best)
        value = 0.5 * (near + np.minimum(second, near + 1.0 + near.max()))
        bound = self.root(state, value)
        if self.search.done:
            return "gap"
        if bound >= self.goal:
            return self.end(bound)
        return self.branch(Node(bound, 0, state, value), threads)

    def end(self, bound: float) -> str:
        """All is proven down to `bound`."""
        self.search.raise_bound(min(bound, self.search.objective), "branch and bound")
        return "gap"

    def root(self, state: States, value: Floats) -> float:
        """The dual at the root, in turns with local search; `state` and `value` are written back."""
        step, bound = 1.0, -np.inf
        while step >= 1e-3 and not self.search.done and self.search.left_s > 0.1:
            found, step, _ = self.ascend(state, value, self.mean, step, CHUNK, ROOT_PATIENCE)
            bound = max(bound, found)
            self.search.raise_bound(min(bound, self.search.objective), "dual")
            if bound >= self.goal:
                break
            self.offer(self.liked(self.mean), "interchange")
        self.location = self.location.without(state == SHUT)
        return bound

    def ascend(
        self, state: States, value: Floats, mean: Floats, step: float, steps: int, patience: int
    ) -> tuple[float, float, int]:
        """`dual.ascend` on this location towards the present goal."""
        at = self.location
        bound, step, taken = ascend(
            at.pointer, at.option, at.cost, at.outside, at.price, at.least, at.most, state, value, mean, self.goal,
            step, steps, patience,
        )  # fmt: skip
        return float(bound), float(step), int(taken)

    def branch(self, root: Node, threads: int) -> str:
        """Best first, as many nodes at a time as there are threads."""
        self.open = [root]
        with ThreadPoolExecutor(max(threads, 1)) as pool:
            while self.open:
                self.search.raise_bound(min(self.open[0].bound, self.floor, self.search.objective), "branch and bound")
                if self.search.done:
                    return "gap"
                if self.search.left_s <= 0.1:
                    return "time"
                batch = [heapq.heappop(self.open) for _ in range(min(len(self.open), max(threads, 1)))]
                for outcome in list(pool.map(self.expand, batch)):  # all towards one goal, whoever is first
                    self.take(outcome)
        return self.end(self.floor)

    def take(self, outcome: Outcome) -> None:
        """Queue the children of a node; its plan where it has no choice left, else plans now and then."""
        if not outcome.children:
            self.floor = min(self.floor, outcome.bound)
        for bound, state, value in outcome.children:
            if bound >= self.goal:
                self.floor = min(self.floor, bound)
                continue
            self.made += 1
            heapq.heappush(self.open, Node(bound, self.made, state, value))
        if len(outcome.liked) and (not outcome.children or self.made % SEARCHED < 2):
            self.offer(self.liked(outcome.liked), "interchange")

    def expand(self, node: Node) -> Outcome:
        """Raise the bound of a node; branch where that does not close it."""
        state, value = node.state.copy(), node.value.copy()
        mean = np.where(state == OPEN, 1.0, self.mean)
        mean[state == SHUT] = 0.0
        found, _, _ = self.ascend(state, value, mean, 0.3, NODE_STEPS, NODE_PATIENCE)
        bound = max(found, node.bound)
        if bound >= self.goal:
            return Outcome(bound, [], np.zeros(0))
        free = np.flatnonzero(state == FREE)
        if not len(free):
            return self.settled(state)
        children: list[tuple[float, States, Floats]] = []
        best = -1.0
        for option in free[np.argsort(np.abs(mean[free] - 0.5), kind="stable")[:TRIALS]].tolist():
            pair = [self.trial(option, side, state, value, mean, bound) for side in (OPEN, SHUT)]
            rise = [min(child[0], self.goal + 1e-9) - bound + 1e-9 for child in pair]
            if rise[0] * rise[1] > best:
                best, children = rise[0] * rise[1], pair
        return Outcome(bound, children, mean)

    def trial(
        self, option: int, side: int, state: States, value: Floats, mean: Floats, bound: float
    ) -> tuple[float, States, Floats]:
        """One child after a few steps."""
        state, value, mean = state.copy(), value.copy(), mean.copy()
        state[option] = side
        found, _, _ = self.ascend(state, value, mean, 0.1, TRIAL_STEPS, NODE_PATIENCE)
        return max(found, bound), state, value

    def settled(self, state: States) -> Outcome:
        """A node without a choice left: its plan is its bound."""
        opened = state == OPEN
        near, _ = nearest(self.location, opened)
        cost = float(near.sum() + self.location.price[opened].sum())
        return Outcome(cost, [], opened.astype(float))
