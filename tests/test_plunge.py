"""Dives of large relaxations: they leave the bound alone, end at options that make a plan, and reach the search."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from oracle import exact, faults
from relaydistrict import district

from netplan.planner import Problem, large, solve
from netplan.planner.answer import with_plan
from netplan.planner.bounding import Bounding
from netplan.planner.improve import Improver
from netplan.planner.incumbent import Search
from netplan.planner.master import build_master
from netplan.planner.model import Model, build
from netplan.planner.plunge import plunge, suits
from netplan.planner.problem import Floats
from netplan.planner.worker import BoundWorker, main


def relaxed(problem: Problem) -> tuple[Model, Bounding]:
    """A relaxation that has been tightened a few times."""
    model = build(problem)
    bounding = Bounding(build_master(model), 0)
    for _ in range(3):
        bounding.relax(0.3)
        bounding.tighten()
    return model, bounding


def state(bounding: Bounding) -> list[Floats]:
    """What the bound goes on from."""
    rows = (bounding.rows, bounding.cuts)
    return [bounding.lower, bounding.upper, bounding.of_shares.paired, bounding.point, np.array([bounding.bound])] + [
        part for each in rows for part in (each.row, each.col, each.value, each.lower, each.upper)
    ]


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 6])
def test_it_ends_at_a_plan_and_leaves_the_relaxation_as_it_was(seed: int) -> None:
    problem = district(seed, n=40, s=9)
    model, bounding = relaxed(problem)
    before = [part.copy() for part in state(bounding)]
    dived = plunge(bounding, np.random.default_rng(seed))
    assert all(np.array_equal(left, right) for left, right in zip(state(bounding), before, strict=True))
    assert dived is not None and dived.opened.any() and dived.built.shape == problem.edge_cost.shape
    search = Search(model, 1e-6, 60.0, None)
    point = Improver(model, search, 0).with_new_network(dived.opened, dived.built)
    assert search.offer(point, "dive")
    found = with_plan(model, search, "time")
    assert faults(problem, found) == []
    assert not found.option_open[~dived.opened].any()
    answer = exact(problem)
    assert answer.cost * (1 - 1e-7) <= found.objective


def test_their_plans_are_near_the_cheapest() -> None:
    dearer = []
    for seed in (0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11):
        problem = district(seed, n=40, s=9)
        model, bounding = relaxed(problem)
        end = plunge(bounding, np.random.default_rng(0))
        assert end is not None
        point = Improver(model, Search(model, 1e-6, 60.0, None), 0).with_new_network(end.opened, end.built)
        assert point is not None
        dearer.append(float(model.cost @ point + model.constant) / exact(problem).cost)
    assert min(dearer) >= 1 - 1e-7 and np.mean(dearer) < 1.15


def test_it_stops_when_told_to() -> None:
    _, bounding = relaxed(district(1, n=40, s=9))
    asked: list[bool] = []

    def goes_on() -> bool:
        asked.append(True)
        return len(asked) < 2

    assert plunge(bounding, np.random.default_rng(0), goes_on=goes_on) is None
    assert len(asked) == 2


def test_options_that_miss_a_target_make_no_plan() -> None:
    problem = district(0, n=40, s=9)
    model = build(problem)
    improver = Improver(model, Search(model, 1e-6, 60.0, None), 0)
    assert improver.with_new_network(np.zeros(problem.shape[1], bool), np.zeros(problem.shape[3])) is None


def test_it_is_for_service_that_costs() -> None:
    problem = district(0, n=40, s=9)
    assert suits(build(problem))
    assert not suits(build(replace(problem, service_cost=problem.service_cost * 0.0)))


def test_the_process_of_the_bound_dives_and_says_so_once(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = district(3, n=40, s=9)
    monkeypatch.setattr("netplan.planner.bounding.LEAST_S", 0.2)
    with BoundWorker(problem, 0) as worker:
        folder = worker._state.parent
        worker._process.kill()
        worker._process.wait()
        for name in ("state.npz", "dived.npz"):
            (folder / name).unlink(missing_ok=True)
        main(folder, 0)  # in this process, until nothing is violated any more
        told = worker.poll()
        dived = worker.poll_dived()
        assert told is not None and told[0] <= exact(problem).cost * (1 + 1e-7)
        assert dived is not None and dived.opened.shape == (problem.shape[1],) and dived.opened.any()
        assert worker.poll() is None and worker.poll_dived() is None


def test_the_search_takes_what_dives_find(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes on a small district, whose search goes on until a dive has landed."""
    monkeypatch.setattr("netplan.planner.engine.LARGE", 0)
    problem = district(3, n=40, s=9)
    landed: list[Floats | None] = []
    lay, land = Improver.with_new_network, large._land

    def counted(self: Improver, opened: np.ndarray, built: Floats) -> Floats | None:
        landed.append(lay(self, opened, built))
        return landed[-1]

    def once(*arguments: Any) -> bool:
        land(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(Improver, "with_new_network", counted)
    monkeypatch.setattr(large, "_land", once)
    found = solve(problem, gap=0.0, time_limit_s=300.0, threads=2)  # three seconds do, unless the machine is busy
    assert found.stopped_by == "interrupt"
    assert faults(problem, found) == []
    assert found.bound <= exact(problem).cost * (1 + 1e-7) <= found.objective * (1 + 2e-7)
    assert any(point is not None for point in landed)
