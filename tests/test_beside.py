"""Plans sought beside the proof: what begins at another start counts like any other."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from oracle import faults
from relaydistrict import district

from netplan.errors import SolverError
from netplan.planner.anneal import Annealer, Ground
from netplan.planner.answer import with_plan
from netplan.planner.beside import Beside
from netplan.planner.construct import complete
from netplan.planner.dive import Dive
from netplan.planner.greedy import greedy_options
from netplan.planner.incumbent import Search
from netplan.planner.model import Model, build
from netplan.planner.plans import Plans
from netplan.planner.problem import Floats
from netplan.planner.reroute import Rerouter
from netplan.planner.tree import Tree
from netplan.planner.walk import Walker


def _district(seed: int) -> tuple[Model, Floats]:
    problem = district(seed, n=40, s=9)
    problem = replace(problem, service_cost=problem.service_cost * 0.0)
    model = build(problem)
    first = complete(model, greedy_options(model))
    assert first is not None
    return model, first


def _start(model: Model, search: Search, seed: int) -> tuple[Plans, Dive]:
    """A relaxation to start from, and who makes plans of it."""
    tree = Tree(model, search, seed)
    assert tree.root(1.0) == "optimal"
    return tree.plans, Dive(tree.lp.twin(), tree.cuts, tree.lp.point[tree.master.y : tree.master.z].copy())


def test_a_walk_elsewhere_leaves_the_search_and_its_plan_alone() -> None:
    model, first = _district(3)
    search, aside = Search(model, 1e-6, 60.0, None), Search(model, 1e-6, 60.0, None)
    search.offer(first, "first plan")
    walker = Walker(model, search, Rerouter(model), 1)
    aside.offer(first, "another start")
    with walker.elsewhere(aside):
        for _ in range(4):
            walker.run(0.5, np.ones(model.problem.shape[1]))
    assert aside.objective < search.objective
    assert search.point is first
    assert walker.search is search


@pytest.mark.parametrize("seed", [2, 4])
def test_a_start_that_is_handed_in_leads_to_plans_of_the_shared_search(seed: int) -> None:
    model, _ = _district(seed)
    search = Search(model, 1e-6, 60.0, None)
    everything = complete(model, model.upper[model.layout.y : model.layout.z] > 0)
    search.offer(everything, "first plan")
    plans, start = _start(model, Search(model, 1e-6, 60.0, None), 1)
    beside = Beside(Ground.of(model), search, 1, plans.near)
    assert beside._walker is not None
    assert beside.waits
    beside.start_from(start)
    assert not beside.waits
    beside.collect(None)
    beside._hear()
    before = beside._inner.objective
    assert before == search.objective
    beside._afresh(beside._walker, start)  # as its thread does
    beside.collect(None)
    assert search.objective < before
    found = with_plan(model, search, "time")
    assert not faults(model.problem, found)


def test_a_dive_that_its_solver_fails_in_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    model, first = _district(2)
    search = Search(model, 1e-6, 60.0, None)
    search.offer(first, "first plan")
    plans, start = _start(model, Search(model, 1e-6, 60.0, None), 1)
    beside = Beside(Ground.of(model), search, 1, plans.near)
    assert beside._walker is not None
    beside.collect(None)
    beside._hear()

    def fails(*_: object) -> None:
        raise SolverError("HiGHS stopped with Unknown")

    monkeypatch.setattr(Dive, "point", fails)
    beside._afresh(beside._walker, start)
    beside.collect(None)
    assert search.point is first


def test_the_thread_takes_starts_up_and_ends() -> None:
    model, first = _district(4)
    search = Search(model, 1e-6, 60.0, None)
    search.offer(first, "first plan")
    plans, start = _start(model, Search(model, 1e-6, 60.0, None), 1)
    beside = Beside(Ground.of(model), search, 1, plans.near)
    try:
        for _ in range(3):
            beside.start_from(start)
        beside.start()
        until = time.monotonic() + 30.0
        while beside._start is not None and time.monotonic() < until:
            time.sleep(0.1)
            beside.collect(None)
        assert beside._start is None
    finally:
        beside.stop()
    assert beside._work_done is not None
    assert beside._work_done.done()


@pytest.mark.parametrize("kind", ["walk", "sets of options"])
def test_moves_that_are_under_way_end_when_told_to(kind: str) -> None:
    model, first = _district(3)
    search = Search(model, 1e-6, 600.0, None)
    search.offer(first, "first plan")
    walker, annealer = Walker(model, search, Rerouter(model), 1), Annealer(Ground.of(model), search, 1)
    assert walker.begin()
    assert walker.plan is not None
    opened = first[model.layout.y : model.layout.z] > 0.5

    def moves(count: int) -> None:
        if kind == "walk":
            walker.anneal(count, 0.1, 0.01)
        else:
            annealer.ground.anneal(opened, search.objective, count, 0.1, 1, annealer.price, annealer.halt)

    moves(10)  # compiles
    halt = walker.halt if kind == "walk" else annealer.halt
    timer = threading.Timer(0.5, halt.fill, [True])
    timer.start()
    begun = walker.plan.now["move"][0]
    moves(10_000_000)  # some minutes of them
    if kind == "walk":
        assert 0 < walker.plan.now["move"][0] - begun < 10_000_000
        begun = walker.plan.now["move"][0]
        moves(1000)
        assert walker.plan.now["move"][0] == begun
    else:
        assert halt[0]
        assert timer.finished.is_set()
        assert (
            annealer.ground.anneal(opened, search.objective, 10_000_000, 0.1, 1, annealer.price, halt)[0] == opened
        ).all()


def test_the_end_of_a_search_does_not_wait_for_a_dive(monkeypatch: pytest.MonkeyPatch) -> None:
    model, first = _district(2)
    search = Search(model, 1e-6, 60.0, None)
    search.offer(first, "first plan")
    plans, start = _start(model, Search(model, 1e-6, 60.0, None), 1)
    beside = Beside(Ground.of(model), search, 1, plans.near)
    dives, ends = threading.Event(), threading.Event()

    def long(*_: object) -> None:
        dives.set()
        ends.wait(60.0)

    monkeypatch.setattr(Dive, "point", long)
    beside.start_from(start)
    beside.start()
    try:
        assert dives.wait(60.0)
        beside.stop()
        assert beside._work_done is not None
        assert not beside._work_done.done()
    finally:
        ends.set()
    beside._work_done.result(60.0)  # and ends by itself
