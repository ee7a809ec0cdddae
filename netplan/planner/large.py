"""The search on large problems: one process raises the bound, this one improves the plan, guided by the relaxation."""

from __future__ import annotations

from netplan.planner.anneal import Annealer, Ground
from netplan.planner.bounding import Bounding
from netplan.planner.improve import Improver
from netplan.planner.incumbent import Search
from netplan.planner.master import build_master
from netplan.planner.model import Model
from netplan.planner.problem import Floats
from netplan.planner.worker import BoundWorker

SLICE_S = 6.0
"""seconds between two looks at the bound"""
PER_SHARE_S = 1e-4
"""seconds that one relaxation is given per share of the problem"""


def optimise_large(model: Model, search: Search, threads: int, seed: int) -> str:
    """Raise the bound and improve the plan until the gap or the time limit; returns gap | time.

    For problems without budget, limit rows and integral demand, with a first plan in hand.
    """
    seconds = max(10.0, PER_SHARE_S * model.layout.y)
    if threads < 2:
        _raise(model, search, seed, seconds)
        _improve(model, search, seed, None)
        return "gap" if search.done else "time"
    with BoundWorker(model.problem, seed, seconds) as worker:
        _improve(model, search, seed, worker)
        if worker.failure:
            search.note(f"the bound's process failed: {worker.failure}")
    return "gap" if search.done else "time"


def _raise(model: Model, search: Search, seed: int, seconds: float) -> None:
    """The bound in this process, for the first half of the time."""
    bounding = Bounding(build_master(model), 1, seed)
    while search.seconds < 0.5 * search.time_limit_s and not search.done:
        more = bounding.step(min(2 * seconds, 0.5 * search.left_s))
        search.raise_bound(bounding.bound, "relaxation")
        if not more:
            return


def _improve(model: Model, search: Search, seed: int, worker: BoundWorker | None) -> None:
    """Anneal, reroute and change the plan in turns, with a look at the bound between them."""
    improver = Improver(model, search, seed)
    annealer = Annealer(Ground.of(model), search, seed) if Ground.suits(model) else None
    options = slice(model.layout.y, model.layout.z)
    likely: Floats | None = None
    idle = 0
    while search.left_s > 0.5 and not search.done:
        news = worker.poll() if worker is not None else None
        if news is not None:
            bound, point = news
            search.raise_bound(bound, "relaxation")
            count = options.stop - options.start
            classes = len(point) - len(model.network.tail) - 2 * model.problem.shape[2] - count
            likely = point[classes : classes + count]
            improver.appeal = 0.02 + likely
            idle = 0
        before = search.objective
        if annealer is not None:
            annealer.run(2 * SLICE_S, likely)
            improver.polish(SLICE_S / 3)
        else:
            improver.polish(SLICE_S)
            improver.change(2 * SLICE_S)
        idle = idle + 1 if search.objective >= before else 0
        if idle >= 50 and (worker is None or not worker.running):
            return
