"""Better trees in slices of about a second, in a thread beside the proof where there is one to spare."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue

import numpy as np

from netplan.planner.incumbent import Search
from netplan.planner.prizes.choose import choose
from netplan.planner.prizes.even import Even
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
HOT, COLD = 0.28, 0.12
"""heats between which sets of nodes are annealed, in edge costs"""
APART = (1.0, 0.7, 0.5)
"""charges for each piece of a set beyond the first, in edge costs"""
LONGEST = 32
"""slices of the longest annealing; the first takes one, each next one twice as many"""


@dataclass(frozen=True)
class Slice:
    """What came of a slice."""

    joined: Bools
    edges: Ints
    cost: float
    seconds: float


class Growing:
    """Looks for better trees and offers them to the search.

    Trees are cut and regrown; where all edges cost the same, sets of nodes are annealed for most of the time.
    """

    def __init__(self, tree: PrizeTree, search: Search, seed: int, threads: int) -> None:
        self.tree, self.search = tree, search
        self.even = Even.of(tree)
        self._cost = np.asarray(tree.model.problem.edge_cost, float)
        paid = self._cost[self._cost > 0]
        self._mean = float(paid.mean()) if len(paid) else 1.0
        self._rng = np.random.default_rng(seed)
        self._line = self._best = np.zeros(len(tree.prize), bool)
        self._chosen = np.zeros(0 if self.even is None else len(self.even.price), bool)
        self._course = (0, 1, 0)  # slices of the annealing done, slices in all, number of the annealing
        self._least = np.inf
        self._built: Floats | None = None
        self._turn, self._spent = 0, 0.0
        self._rounds, self._moves = 50, 2000
        self._found: SimpleQueue[Slice] = SimpleQueue()
        self._halt = threading.Event()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="trees") if threads > 1 else None
        self._work: Future[None] | None = None

    def first(self, seconds: float) -> None:
        """A plan to begin with, here and now, for up to so many seconds; then the thread goes on."""
        until = self.search.seconds + min(seconds, self.search.left_s)
        while self._work is None and self._turn < FIRST and self.search.seconds < until:
            self._advance()
        self._begin()
        self._offer()

    def collect(self, built: Floats | None) -> None:
        """Offer what was found and go on; `built` (e,) are the edges' values in the relaxation."""
        if built is not None:
            self._built = built
        if self._pool is None and self._spent < ALONE * self.search.seconds:
            self._advance()
        self._begin()
        self._offer()

    def stop(self) -> None:
        """End after the slice under way, and offer what it found."""
        self._halt.set()
        if self._pool is not None:
            self._pool.shutdown()
        self._offer()

    def _begin(self) -> None:
        """Start the thread, where there is one; an error in it is raised here."""
        if self._pool is not None and self._work is None and not self._halt.is_set():
            self._work = self._pool.submit(self._go_on)
        if self._work is not None and self._work.done():
            self._work.result()

    def _go_on(self) -> None:
        """Slice after slice until the end; in the thread."""
        while not self._halt.is_set() and self.search.left_s > 0:
            self._advance()

    def _offer(self) -> None:
        """Show the search what was found; only ever called by whoever proves."""
        while True:
            try:
                found = self._found.get_nowait()
            except Empty:
                return
            self.search.offer(self.tree.point(found.joined, found.edges), "tree regrown")

    def _advance(self) -> None:
        """One slice."""
        chosen = self.even is not None and self._turn >= FIRST and self._turn % LINE > 0
        done = self._choose(self.even) if chosen and self.even is not None else self._regrow()
        self._turn += 1
        self._spent += done.seconds
        if done.cost < self._least - 1e-9 * abs(self._least) or not np.isfinite(self._least):
            self._least, self._best = done.cost, done.joined
            self._found.put(done)
        if self._turn % LINE == 0:
            self._line = np.zeros(len(self._best), bool) if (self._turn // LINE) % 3 == 1 else self._best

    def _regrow(self) -> Slice:
        """A slice of regrowing from the present line; the next goes on from its tree."""
        begun, turn = time.monotonic(), self._turn
        bias = np.ones(len(self._cost))
        if self._built is not None and turn % 2:
            bias -= FAVOUR * np.clip(self._built, 0.0, 1.0)
        widest = max(4.0, PARTS[(turn // 2) % 3] * float(self._line.sum()))
        done = self._grown(self._line, self._rounds, bias, HEATS[turn % 3] * self._mean, widest, begun)
        self._rounds = int(np.clip(self._rounds * min(SLICE_S / max(done.seconds, 1e-3), 4.0), 20, 200_000))
        self._line = done.joined
        return done

    def _choose(self, even: Even) -> Slice:
        """A slice of annealing over sets of nodes; the next goes on from its last set, a little cooler."""
        begun = time.monotonic()
        at, slices, number = self._course
        hot, cold = (HOT * (COLD / HOT) ** (part / slices) * even.fee for part in (at, at + 1))
        best, _, self._chosen = choose(
            even.touch_ptr, even.touch, even.member_ptr, even.member, even.price, even.gain, self._chosen,
            self._moves, hot, cold, APART[number % len(APART)] * even.fee, self._rng,
        )  # fmt: skip
        spent = max(time.monotonic() - begun, 1e-3)
        self._moves = int(np.clip(self._moves * min(SLICE_S / spent, 4.0), 1000, 20_000_000))
        self._course = (at + 1, slices, number) if at + 1 < slices else (0, min(2 * slices, LONGEST), number + 1)
        return self._grown(even.joined(best), 0, np.ones(len(self._cost)), 0.0, 4.0, begun)

    def _grown(self, start: Bools, rounds: int, bias: Floats, heat: float, widest: float, begun: float) -> Slice:
        """`regrow` from a connected set; without rounds its cheapest tree, pruned."""
        tree = self.tree
        joined, edge, cost = regrow(
            tree.pointer, tree.other, tree.number, self._cost, tree.prize, bias, tree.rooted, start, rounds,
            heat, widest, self._rng,
        )  # fmt: skip
        return Slice(joined, np.unique(edge[edge >= 0]), float(cost), time.monotonic() - begun)
