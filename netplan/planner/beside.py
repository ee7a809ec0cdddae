"""Better plans in a thread of their own, while branch and cut proves: annealing runs without Python's lock.

The thread works on a search of its own; only `collect`, called by whoever proves, touches the shared one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from queue import Empty, SimpleQueue

import numpy as np

from netplan.errors import SolverError
from netplan.planner.anneal import Annealer, Ground
from netplan.planner.dive import Dive
from netplan.planner.improve import APPEAL, Improver
from netplan.planner.incumbent import Search
from netplan.planner.problem import Floats
from netplan.planner.walk import Walker

SLICE_S, GROWTH, LONGEST_S = 1.0, 0.5, 5.0
"""seconds between two looks at what the other side has found: a part of the time spent so far, for slower cooling"""
BEGIN, BEGIN_S = 0.2, 15.0
"""part of the time limit, and seconds at most, in which sets of options are annealed at first, and nothing else: the
relaxations are then far from any plan"""
WALKS = 2
"""every so many turns a walk on whole plans instead of annealing of sets of options"""
POLISH_S = 0.3
"""seconds of rerouting after a better set of options"""
HEATS = (0.5, 1.0, 2.0)
"""times the usual temperature of walks on whole plans, in turns with annealing of sets of options"""
COOLER = (0.3, 1.0)
"""times the usual temperature of walks from other starts, in turns"""
LATELY, LATELY_S = 0.2, 5.0
"""part of the time so far, and seconds at least, without a better plan after which the proof matters more"""
GRACE_S = 1.0
"""seconds that the end of the thread is waited for"""
AFRESH_S, NEAR, AFRESH = 2.0, 0.03, 0.75
"""seconds of a walk from another start, by how much its plan may be dearer than the best for it to go on, and part of
the time for such walks at most"""


class Beside:
    """Anneals from the best plan known to either side, and from other starts, until it is stopped."""

    def __init__(
        self, ground: Ground, search: Search, seed: int, plan_of: Callable[[Floats, Floats], Floats | None]
    ) -> None:
        """
        Args:
            plan_of: the plan of a whole point of the master, or one near it; told the relaxation's options, too.
        """
        self.search = search
        self._inner = Search(ground.model, search.wanted_gap, float("inf"), None)
        self._annealer = Annealer(ground, self._inner, seed)
        self._improver = Improver(ground.model, self._inner, seed)
        suits = Walker.suits(ground.model)
        self._walker = Walker(ground.model, self._inner, self._improver.rerouter, seed) if suits else None
        self._found: SimpleQueue[Floats] = SimpleQueue()
        self._news: SimpleQueue[Floats] = SimpleQueue()
        self._start: Dive | None = None
        """a relaxation that was handed in when none was there, until a dive from it begins"""
        self._plan_of, self._rng = plan_of, np.random.default_rng(seed)
        self._begun = 0
        """other starts so far"""
        self._likely: Floats | None = None
        self._told = float("inf")
        self._stop = threading.Event()
        self._halt = self._annealer.halt
        if self._walker is not None:
            self._walker.halt = self._halt
        self._eased = False
        self._gained_s = 0.0
        """when a better plan was last found here"""
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="plans")
        self._work_done: Future[None] | None = None

    def start(self) -> None:
        """Begin."""
        self.collect(None)
        self._work_done = self._executor.submit(self._work)

    @property
    def starts(self) -> bool:
        """Whether it can begin at plans that owe nothing to the best one."""
        return self._walker is not None

    @property
    def waits(self) -> bool:
        """Whether another start is wanted."""
        return self.starts and self._start is None

    def start_from(self, start: Dive) -> None:
        """Another start: plans that dives from a relaxation end at."""
        if self.starts:
            self._start = start

    def ease(self) -> bool:
        """Rest half of the time from now on, if no better plan was found lately; whether that is so."""
        now = self._inner.seconds
        self._eased = self._eased or now - self._gained_s > max(LATELY_S, LATELY * now)
        return self._eased

    def stop(self) -> None:
        """End what is under way; what does not end soon, a linear programme for example, is left to itself."""
        self._stop.set()
        self._halt[0] = True
        if self._work_done is not None:
            wait([self._work_done], GRACE_S)
        self._executor.shutdown(wait=False)

    def collect(self, likely: Floats | None) -> None:
        """Offer what was found to the shared search, and tell the thread what is new there.

        Args:
            likely: (m,) the options' values in the relaxation.

        Raises:
            SolverError: when a solver of the thread failed.
        """
        if self._work_done is not None and self._work_done.done():
            self._work_done.result()
        while True:
            try:
                self.search.offer(self._found.get_nowait(), "annealing")
            except Empty:
                break
        if likely is not None:
            self._likely = likely.copy()
        if self.search.point is not None and self.search.objective < self._told:
            self._told = self.search.objective
            self._news.put(self.search.point)

    def _work(self) -> None:
        turn, afresh_s = 1, 0.0
        while not self._stop.is_set():
            self._hear()
            if self._inner.point is None:
                self._stop.wait(SLICE_S)
                continue
            before, begun = self._inner.objective, self._inner.seconds
            slice_s = min(max(SLICE_S, GROWTH * self._inner.seconds), LONGEST_S, 0.5 * self.search.left_s)
            early = self.search.seconds < min(BEGIN * self.search.time_limit_s, BEGIN_S)
            if self._walker is not None and self._start is not None and not early and afresh_s <= AFRESH * begun:
                start, self._start = self._start, None
                self._afresh(self._walker, start)
                afresh_s += self._inner.seconds - begun
            elif early or self._walker is None or turn % WALKS:
                self._annealer.run(max(slice_s, 0.1), self._likely)
                turn += 1
            else:
                appeal = self._improver.appeal if self._likely is None else APPEAL + self._likely
                self._walker.run(max(slice_s, 0.1), appeal, HEATS[turn // WALKS % len(HEATS)])
                turn += 1
            if self._inner.objective < before:
                self._improver.polish(POLISH_S)
                self._found.put(self._inner.point)
                self._gained_s = self._inner.seconds
            elif self._eased:
                self._stop.wait(self._inner.seconds - begun)

    def _hear(self) -> None:
        """Take up what the other side has found."""
        while not self._news.empty():
            self._inner.offer(self._news.get(), "told")

    def _afresh(self, walker: Walker, start: Dive) -> None:
        """Walk from another start, and on while its plan gets better and is not far from the best."""
        aside = Search(self._inner.model, self._inner.wanted_gap, float("inf"), None)
        self._begun += 1
        if not aside.offer(self._dived(start), "start"):
            return
        self._take(aside)
        heat = COOLER[self._begun % len(COOLER)]
        with walker.elsewhere(aside):
            while not self._stop.is_set():
                before = aside.objective
                walker.run(min(AFRESH_S, max(0.5 * self.search.left_s, 0.25)), APPEAL + start.likely, heat)
                self._hear()
                self._take(aside)
                near = aside.objective <= (1 + NEAR) * self._inner.objective
                worth_it = near and aside.objective < before
                if self.search.left_s < 0.5 or (aside.seconds > 0.9 * AFRESH_S and not worth_it):
                    break

    def _dived(self, start: Dive) -> Floats | None:
        """The plan that a dive ends at, None where it is dearer than is worth a walk."""
        try:
            whole = start.point(self._rng, (1 + NEAR) * self._inner.objective, self._left_s)
        except SolverError:  # the proof does not need it
            return None
        return None if whole is None or self._stop.is_set() else self._plan_of(whole, start.likely)

    def _left_s(self) -> float:
        """Seconds for the next relaxation of a dive, none once all is to end."""
        return 0.0 if self._stop.is_set() else min(self.search.left_s, LONGEST_S)

    def _take(self, aside: Search) -> None:
        """Hand on the best plan of a search aside, if it is better than all others."""
        if aside.point is not None and self._inner.offer(aside.point, "annealing"):
            self._found.put(aside.point)
