"""Better trees in slices of about a second, in a thread beside the proof where there is one to spare."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from netplan.planner.incumbent import Search
from netplan.planner.prizes.regrow import regrow
from netplan.planner.prizes.structure import PrizeTree
from netplan.planner.problem import Bools, Floats, Ints

SLICE_S = 1.0
"""seconds of a slice"""
LINE = 6
"""slices on one tree before the next line begins from nothing or from the best tree"""
FIRST = 3
"""short slices before the relaxation"""
HEATS = (0.5, 0.15, 0.04)
"""how much dearer a step may be at first, in mean edge costs"""
PARTS = (0.5, 0.1, 0.25)
"""most of a tree that is cut out at a time"""
ALONE = 0.15
"""part of the time spent on plans without a thread for them"""
FAVOUR = 0.9
"""how much cheaper an edge seems that the relaxation builds"""


@dataclass(frozen=True)
class Slice:
    """What came of a slice."""

    joined: Bools
    edges: Ints
    cost: float
    seconds: float


class Growing:
    """Regrows trees and offers them to the search."""

    def __init__(self, tree: PrizeTree, search: Search, seed: int, threads: int) -> None:
        self.tree, self.search = tree, search
        self._cost = np.asarray(tree.model.problem.edge_cost, float)
        paid = self._cost[self._cost > 0]
        self._mean = float(paid.mean()) if len(paid) else 1.0
        self._rng = np.random.default_rng(seed)
        self._line = self._best = np.zeros(len(tree.prize), bool)
        self._least = np.inf
        self._built: Floats | None = None
        self._turn, self._rounds, self._spent = 0, 50, 0.0
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="trees") if threads > 1 else None
        self._work: Future[Slice] | None = None

    def first(self, seconds: float) -> None:
        """A plan to begin with, here and now, for up to so many seconds."""
        until = self.search.seconds + min(seconds, self.search.left_s)
        while self._turn < FIRST and self.search.seconds < until:
            self._take(self._slice())

    def collect(self, built: Floats | None) -> None:
        """Offer what was found and go on; `built` (e,) are the edges' values in the relaxation."""
        if built is not None:
            self._built = built
        if self._pool is None:
            if self._spent < ALONE * self.search.seconds:
                self._take(self._slice())
            return
        if self._work is not None and self._work.done():
            self._take(self._work.result())
            self._work = None
        if self._work is None and not self.search.done:
            self._work = self._pool.submit(self._slice)

    def stop(self) -> None:
        """End, and offer what is still under way."""
        if self._pool is not None:
            self._pool.shutdown()
        if self._work is not None:
            self._take(self._work.result())

    def _slice(self) -> Slice:
        """One slice from the present line; only the thread's own."""
        begun = time.monotonic()
        tree, turn = self.tree, self._turn
        bias = np.ones(len(self._cost))
        if self._built is not None and turn % 2:
            bias -= FAVOUR * np.clip(self._built, 0.0, 1.0)
        widest = max(4.0, PARTS[(turn // 2) % 3] * float(self._line.sum()))
        joined, edge, cost = regrow(
            tree.pointer, tree.other, tree.number, self._cost, tree.prize, bias, tree.rooted, self._line, self._rounds,
            HEATS[turn % 3] * self._mean, widest, self._rng,
        )  # fmt: skip
        return Slice(joined, np.unique(edge[edge >= 0]), float(cost), time.monotonic() - begun)

    def _take(self, done: Slice) -> None:
        """Keep a slice's tree; the next slice goes on from it, and now and then from nothing or from the best."""
        self._turn += 1
        self._spent += done.seconds
        self._rounds = int(np.clip(self._rounds * min(SLICE_S / max(done.seconds, 1e-3), 4.0), 20, 200_000))
        self._line = done.joined
        if done.cost < self._least - 1e-9 * abs(self._least) or not np.isfinite(self._least):
            self._least, self._best = done.cost, done.joined
            self.search.offer(self.tree.point(done.joined, done.edges), "tree regrown")
        if self._turn % LINE == 0:
            self._line = np.zeros(len(self._best), bool) if (self._turn // LINE) % 3 == 1 else self._best
