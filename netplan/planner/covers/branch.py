"""Branch and bound of set covering: relaxations with triangle cuts, branching on pairs of elements.

A node is a set covering problem of its own: the sets left, and what was asked on the way. A hand goes from a node to
its better child in one linear programme until that is closed, and makes a new one once half of its sets are shut.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

import numpy as np

from netplan.planner.covers.linear import CoverLP
from netplan.planner.covers.pairs import WHOLE, best_pair
from netplan.planner.covers.structure import Cover
from netplan.planner.covers.triangles import triangle_cuts
from netplan.planner.incumbent import Search
from netplan.planner.nodes import Nodes
from netplan.planner.problem import Bools, Ints

ROUNDS = 4
"""rounds of cuts in a node"""
WORTH = 5e-3
"""part of what is left to the ceiling that a round must gain for another one"""
HALF = 0.5
"""part of the sets of a linear programme that must be open for it to be kept"""

Offer = Callable[[Bools], None]


@dataclass(order=True)
class Node:
    """A subproblem: the sets left in it and the elements asked on the way, by the sets that cover them."""

    bound: float
    number: int
    depth: int = field(compare=False)
    sets: Ints = field(compare=False)
    asked: tuple[Ints, ...] = field(compare=False)


def prove(
    cover: Cover, constant: float, search: Search, threads: int, seed: int, found: SimpleQueue[Bools], offer: Offer
) -> str:
    """Search until the gap, the time limit or proof; returns gap | time.

    Args:
        cover: its covers cost `constant` less than plans.
        search: holds a plan.
        found: covers from elsewhere, to be offered, too.
        offer: told of covers as flags (sets,), in the calling thread.
    """
    nodes: Nodes[Node] = Nodes(search)
    nodes.put(Node(constant, nodes.number(), 0, np.arange(len(cover.cost)), ()))

    def look() -> None:
        while True:
            try:
                offer(found.get_nowait())
            except Empty:
                break
        search.raise_bound(min(nodes.bound, search.objective), "branch and bound")

    hands = [Hand(number, cover, constant, nodes, found, seed) for number in range(max(threads, 1))]
    with ThreadPoolExecutor(max(threads - 1, 1), thread_name_prefix="covers") as pool:
        try:
            others = [pool.submit(hand.work) for hand in hands[1:]]
            return _lead(hands[0], nodes, search, look, others)
        finally:
            nodes.end()


def _lead(hand: Hand, nodes: Nodes[Node], search: Search, look: Callable[[], None], others: list[Future[None]]) -> str:
    """Work as the hand of the calling thread until all is done; returns gap | time."""
    while True:
        for other in others:
            if other.done():
                other.result()  # an error there is one here
        exhausted = nodes.exhausted
        look()
        if search.done or exhausted:
            return "gap"
        if search.left_s <= 0.1:
            return "time"
        node = nodes.take(hand.number)
        if node is None:
            nodes.wait(0.05)
        else:
            hand.plunge(node, look)


class Hand:
    """Takes nodes, solves them and puts their children."""

    def __init__(
        self, number: int, cover: Cover, constant: float, nodes: Nodes[Node], found: SimpleQueue[Bools], seed: int
    ) -> None:
        self.number, self.cover, self.constant, self.nodes, self.found = number, cover, constant, nodes, found
        self.search = nodes.search
        self.rng = np.random.default_rng([seed, number])
        self.seed = seed
        self.lp: CoverLP | None = None
        self.sets: Ints = np.zeros(0, np.int64)
        """of the linear programme"""

    @property
    def ceiling(self) -> float:
        """Value of a cover that does not matter any more."""
        return self.search.cutoff - self.constant

    def work(self) -> None:
        """Take nodes until the search ends."""
        for node in self.nodes.for_hand(self.number):
            self.plunge(node, lambda: None)

    def plunge(self, node: Node, look: Callable[[], None]) -> None:
        """Work on a node, then on its better child, until that is closed."""
        nodes, search = self.nodes, self.search
        current: Node | None = node
        self.lp = None
        while current is not None:
            if current.bound >= search.cutoff:
                nodes.drop(current.bound)
                break
            if search.left_s <= 0.1 or search.done or nodes.ended:
                nodes.put(current)
                break
            current = self._step(current)
            if current is not None:
                nodes.hold(self.number, current.bound)
                look()
        nodes.release(self.number)

    def _step(self, node: Node) -> Node | None:
        """Solve a node and put its children but the one to go on with, None where there is none."""
        if self.lp is None and not self._begin(node):
            return None
        lp = self.lp
        assert lp is not None
        ended = self._relax(lp)
        if ended == "time":
            self.nodes.put(node)
            return None
        if ended == "closed":
            self.nodes.drop(self.search.cutoff)
            return None
        bound = max(node.bound, lp.value + self.constant)
        used = np.flatnonzero(lp.point > WHOLE)
        if (lp.point[used] > 1 - WHOLE).all():
            chosen = np.zeros(len(self.cover.cost), bool)
            chosen[self.sets[used]] = True
            self.found.put(chosen)
            self.nodes.drop(bound)
            return None
        return self._branch(lp, node, bound)

    def _begin(self, node: Node) -> bool:
        """A linear programme for a node; whether it has a cover at all."""
        part = self.cover.part(node.sets, node.asked)
        if part is None:
            return False
        cover, self.sets = part
        self.lp = CoverLP(cover, self.seed)
        return True

    def _relax(self, lp: CoverLP) -> str:
        """Solve with cuts; sets that no better cover has are shut. Returns solved | closed | time."""
        seconds = self.search.left_s
        before = -np.inf
        for number in range(ROUNDS + 1):
            ceiling = self.ceiling
            lp.stop_above(ceiling)
            ended = lp.solve(seconds)
            if ended != "solved":
                return ended
            if lp.value >= ceiling:
                return "closed"
            if number == ROUNDS or lp.value - before < WORTH * (ceiling - lp.value):
                break
            before = lp.value
            cuts = triangle_cuts(lp.rows, lp.point)
            if not cuts:
                break
            for weight in cuts:
                lp.cut(weight, 2.0)
        dear = np.flatnonzero(lp.open & (lp.reduced > self.search.left(lp.value + self.constant)))
        if len(dear):
            self.nodes.drop(self.search.cutoff)
            lp.shut(dear)
        return "solved"

    def _branch(self, lp: CoverLP, node: Node, bound: float) -> Node | None:
        """Put the worse child, and go on to the better one; what is closed is neither."""
        nodes = self.nodes
        chosen = best_pair(lp, node.depth, self.ceiling, max(self.search.left_s, 0.1), self.rng)
        inside = np.zeros(len(lp.open), bool)
        inside[chosen.sets] = True
        children: list[tuple[float, bool, Node]] = []
        for value, taken in ((chosen.without, False), (chosen.within, True)):
            if np.isinf(value):
                nodes.drop(self.search.cutoff)
                continue
            sets = self.sets[lp.open if taken else lp.open & ~inside]
            asked = (*node.asked, self.sets[chosen.sets]) if taken else node.asked
            child = Node(max(bound, value + self.constant), nodes.number(), node.depth + 1, sets, asked)
            children.append((value, taken, child))
        children.sort(key=lambda one: one[0])
        for _, _, other in children[1:]:
            nodes.put(other)
        if not children:
            return None
        _, taken, child = children[0]
        if len(child.sets) < HALF * len(self.sets):
            self.lp = None
        elif taken:
            lp.ask(chosen.sets)
        else:
            lp.shut(chosen.sets)
        return child
