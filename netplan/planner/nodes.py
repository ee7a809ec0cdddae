"""The open nodes of branch and cut, and the bound that they prove together; several threads may take from them."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from netplan.planner.incumbent import Search
from netplan.planner.master_lp import Basis
from netplan.planner.problem import Ints


@dataclass(order=True)
class Node:
    """A subproblem: columns branched on on the way to it, and what follows for others."""

    bound: float
    number: int
    fixed: tuple[tuple[int, float], ...] = field(compare=False)
    basis: Basis | None = field(compare=False, default=None)
    """of its parent's relaxation, from where its own is near; None at the root"""
    closed: Ints = field(compare=False, default_factory=lambda: np.zeros(0, np.int64))
    """columns that no plan below the cutoff has in it"""
    opened: Ints = field(compare=False, default_factory=lambda: np.zeros(0, np.int64))
    """columns that every plan below the cutoff has in it"""


class Ranked(Protocol):
    """What nodes have in common: a bound, and an order by it."""

    bound: float

    def __lt__(self, other: Any, /) -> bool:
        """Whether it comes first."""


N = TypeVar("N", bound=Ranked)


class Nodes(Generic[N]):
    """Nodes nobody works on yet, by bound, and the bounds of those that somebody does."""

    def __init__(self, search: Search) -> None:
        self.search = search
        self.doubtful = 0
        """whole nodes so far without a plan of their cost"""
        self.ended = False
        """whether those who take nodes should stop"""
        self._open: list[N] = []
        self._held: dict[int, float] = {}
        self._floor = np.inf
        self._made = 0
        self._changed = threading.Condition()

    @property
    def bound(self) -> float:
        """What no plan can cost less than; infinite when nothing is left to look at."""
        with self._changed:
            return min([self._floor, *self._held.values(), *(node.bound for node in self._open[:1])])

    @property
    def lowest(self) -> float:
        """Bound of the best node that nobody works on."""
        with self._changed:
            return self._open[0].bound if self._open else np.inf

    def number(self) -> int:
        """A number for a node or a child made."""
        with self._changed:
            self._made += 1
            return self._made

    @property
    def made(self) -> int:
        """Numbers given so far."""
        return self._made

    def put(self, node: N) -> None:
        """A node for whoever takes it."""
        with self._changed:
            heapq.heappush(self._open, node)
            self._changed.notify()

    def take(self, hand: int) -> N | None:
        """The best node, now in that hand; None where there is none."""
        with self._changed:
            if self.ended or not self._open:
                return None
            node = heapq.heappop(self._open)
            self._held[hand] = node.bound
            return node

    def for_hand(self, hand: int) -> Iterator[N]:
        """The best node, time after time, until the search ends."""
        while not self.ended:
            node = self.take(hand)
            if node is None:
                self.wait(0.05)
            else:
                yield node

    def hold(self, hand: int, bound: float) -> None:
        """The hand works on a node of this bound now."""
        with self._changed:
            self._held[hand] = bound

    def release(self, hand: int) -> None:
        """The hand has dealt with what it took: its children are put, or closed."""
        with self._changed:
            self._held.pop(hand, None)
            self._changed.notify_all()

    def drop(self, bound: float) -> None:
        """A node closed at a bound: the proof holds only down to there."""
        with self._changed:
            self._floor = min(self._floor, bound)

    @property
    def stuck(self) -> bool:
        """Whether the rest can only find better plans: what was closed without proof is below all that is left."""
        with self._changed:
            rest = [*self._held.values(), *(node.bound for node in self._open[:1])]
            return self._floor < min([self.search.cutoff, *rest])

    @property
    def exhausted(self) -> bool:
        """Whether no node is open or worked on."""
        with self._changed:
            return not self._open and not self._held

    def wait(self, seconds: float) -> None:
        """Until something is put or released, or the time has passed."""
        with self._changed:
            if not self.ended:
                self._changed.wait(seconds)

    def end(self) -> None:
        """Nobody is to take any more."""
        with self._changed:
            self.ended = True
            self._changed.notify_all()
