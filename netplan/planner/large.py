"""The search on large problems: one process raises the bound, this one improves the plan, guided by the relaxation."""

from __future__ import annotations

import numpy as np

from netplan.planner.anneal import Annealer, Ground
from netplan.planner.bounding import Bounding
from netplan.planner.improve import APPEAL, Improver
from netplan.planner.incumbent import Search
from netplan.planner.master import build_master
from netplan.planner.model import Model
from netplan.planner.piecewise import Piecewise
from netplan.planner.plunge import Dived
from netplan.planner.problem import Floats
from netplan.planner.walk import Walker
from netplan.planner.worker import BoundWorker

SLICE_S = 6.0
"""seconds at least between two looks at the bound"""
GROWTH = 1 / 6
"""part of the time spent so far that a slice of annealing on whole plans may take: longer ones cool more slowly"""
HEATS = (0.2, 1.0, 0.5)
"""times the usual temperature, in turns"""
PIECES_S, MENDING = 24.0, 0.2
"""seconds at least in which parts of the plan are chosen anew, and times the usual temperature of the walk after it"""
SETTLED = 0.15
"""part by which the multipliers of targets may change from one relaxation to the next to be of use as prices"""
WIDER = (0.5, 0.2)
"""value in the relaxation from which on options join those of a dive that miss a target"""
AFRESH = 0.75
"""part of the time for a search that owes nothing to an earlier plan"""


def optimise_large(model: Model, search: Search, threads: int, seed: int, fresh: Floats | None = None) -> str:
    """Raise the bound and improve the plan until the gap or the time limit; returns gap | time.

    For problems without budget, limit rows and integral demand, with a first plan in hand.

    Args:
        fresh: a plan that owes nothing to an earlier one. The plan of a scenario with fewer levers is a deep hole: most
            of the time goes to a search from here, and the better of the two is improved after it.
    """
    if threads < 2:
        _raise(model, search, seed)
        _search(model, search, seed, Guide(model, search, None), fresh)
        return "gap" if search.done else "time"
    with BoundWorker(model.problem, seed) as worker:
        guide = Guide(model, search, worker)
        try:
            _search(model, search, seed, guide, fresh)
        finally:
            guide.look()  # what came during the last slice, also after Ctrl-C
        if worker.failure:
            search.note(f"the bound's process failed: {worker.failure}")
    return "gap" if search.done else "time"


class Guide:
    """What the process of the bound says: the bound, and which options the relaxation opens, to guide the moves."""

    def __init__(self, model: Model, search: Search, worker: BoundWorker | None) -> None:
        self.model, self.search, self.worker = model, search, worker
        self.likely: Floats | None = None
        """(m,) parts in which the relaxation opens options"""
        self.worth = np.zeros(0)
        """(k,) its multipliers of the targets, money per weight"""
        self.settled = False
        """whether they hardly changed with the last relaxation"""

    @property
    def running(self) -> bool:
        """Whether more can come."""
        return self.worker is not None and self.worker.running

    def look(self) -> bool:
        """Take what is new; whether anything was."""
        news = self.worker.poll() if self.worker is not None else None
        if news is None:
            return False
        bound, point, worth = news
        known = len(self.worth) > 0
        self.settled = known and bool((np.abs(worth - self.worth) <= SETTLED * np.abs(worth)).all())
        self.worth = worth
        self.search.raise_bound(bound, "relaxation")
        _, options, sites, _ = self.model.problem.shape
        first = len(point) - len(self.model.network.tail) - 2 * sites - options
        self.likely = point[first : first + options]
        return True

    def dived(self) -> Dived | None:
        """Where a dive ended, once."""
        return self.worker.poll_dived() if self.worker is not None else None

    def outlined(self) -> Floats | None:
        """How far an outline opens each option, once."""
        return self.worker.poll_outlined() if self.worker is not None else None


def _search(model: Model, search: Search, seed: int, guide: Guide, fresh: Floats | None) -> None:
    """Improve the best plan, after one from `fresh` where that is given."""
    if fresh is not None and float(model.cost @ fresh) + model.constant > search.objective:
        aside = Search(
            model, search.wanted_gap, AFRESH * search.left_s,
            lambda step: _hand_on(aside, search, f"{step.phase}, afresh"),
        )  # fmt: skip
        aside.offer(fresh, "first plan")
        _improve(model, aside, seed, guide)
    _improve(model, search, seed, guide)


def _raise(model: Model, search: Search, seed: int) -> None:
    """The bound in this process, for the first half of the time."""
    bounding = Bounding(build_master(model), seed)
    while search.seconds < 0.5 * search.time_limit_s and not search.done:
        bounding.relax(0.5 * search.left_s)
        search.raise_bound(bounding.bound, "relaxation")
        if search.done or not bounding.tighten():
            return


def _improve(model: Model, search: Search, seed: int, guide: Guide) -> None:
    """Anneal, reroute and change the plan in turns, with a look at the bound between them."""
    improver = Improver(model, search, seed)
    walker = Walker(model, search, improver.rerouter, seed) if Walker.suits(model) else None
    pieces = Piecewise(model, search, improver.rerouter, seed) if walker and Piecewise.suits(model) else None
    annealer = Annealer(Ground.of(model), search, seed) if walker is None and Ground.suits(model) else None
    idle = turn = 0
    while search.left_s > 0.5 and not (search.done or guide.search.done):
        if guide.look():
            idle = 0
        if guide.likely is not None:
            improver.appeal = APPEAL + guide.likely
        before = search.objective
        dived = guide.dived()
        if dived is not None and _land(dived, improver, walker, search, guide):
            turn = 0
        outlined = guide.outlined() if pieces is not None else None
        if outlined is not None and pieces is not None:
            pieces.begin_with(outlined, guide.worth)
        if walker is not None and pieces is not None and guide.settled:
            rough = pieces.run(max(PIECES_S, GROWTH * search.seconds), guide.worth)
            walker.run(SLICE_S, improver.appeal, MENDING, rough)
            improver.polish(SLICE_S / 6)
        elif walker is not None:
            walker.run(max(SLICE_S, GROWTH * search.seconds), improver.appeal, HEATS[turn % len(HEATS)])
            improver.polish(SLICE_S / 3)
        elif annealer is not None:
            annealer.run(2 * SLICE_S, guide.likely)
            improver.polish(SLICE_S / 3)
        else:
            improver.polish(SLICE_S)
            improver.change(2 * SLICE_S)
        turn += 1
        idle = idle + 1 if search.objective >= before else 0
        if idle >= 50 and not guide.running:
            return


def _land(dived: Dived, improver: Improver, walker: Walker | None, search: Search, guide: Guide) -> bool:
    """The plan of a dive, and better ones near it; whether one is the best."""
    before, point = search.objective, improver.with_new_network(dived.opened, dived.built)
    for least in WIDER:
        if point is None and guide.likely is not None:
            point = improver.with_new_network(dived.opened | (guide.likely > least), dived.built)
    if not search.offer(point, "dive") and point is not None and walker is not None:
        aside = Search(search.model, search.wanted_gap, search.left_s, lambda step: _hand_on(aside, search, step.phase))
        aside.offer(point, "dive")
        with walker.elsewhere(aside):
            walker.run(2 * SLICE_S, improver.appeal, HEATS[0])
    return search.objective < before


def _hand_on(aside: Search, search: Search, phase: str) -> None:
    """Offer what a search aside found."""
    search.offer(aside.point, phase)
