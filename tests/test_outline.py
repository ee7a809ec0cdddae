"""Outlines of plans: a relaxation without links, a dive in it that leaves the bound alone, and parts that go on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from oracle import faults
from relaydistrict import district

from netplan.planner import Problem, large, piecewise, solve
from netplan.planner import outline as outlines
from netplan.planner.answer import with_plan
from netplan.planner.bounding import Bounding
from netplan.planner.construct import Server, complete
from netplan.planner.greedy import greedy_options
from netplan.planner.incumbent import Search
from netplan.planner.master import build_master
from netplan.planner.model import Model, build
from netplan.planner.outline import outline, suits
from netplan.planner.piecewise import Piecewise
from netplan.planner.problem import Floats
from netplan.planner.reroute import Rerouter
from netplan.planner.routed import routed
from netplan.planner.topping import Topping
from netplan.planner.unlinked import ways
from netplan.planner.worker import BoundWorker, main


def free(seed: int, n: int = 60, s: int = 30) -> Problem:
    """A district whose service costs nothing."""
    problem = district(seed, n=n, s=s)
    return replace(problem, service_cost=problem.service_cost * 0.0)


def relaxed(problem: Problem, times: int = 6) -> tuple[Model, Bounding]:
    """A relaxation that has been tightened a few times."""
    model = build(problem)
    bounding = Bounding(build_master(model), 0)
    for _ in range(times):
        bounding.relax(0.3)
        bounding.tighten()
    return model, bounding


def state(bounding: Bounding) -> list[Floats]:
    """What the bound goes on from."""
    rows = (bounding.rows, bounding.cuts)
    assert bounding.start is not None
    return [bounding.lower, bounding.upper, bounding.cost, bounding.point, *bounding.start] + [
        part for each in rows for part in (each.row, each.col, each.value, each.lower, each.upper)
    ]


@pytest.mark.parametrize("seed", range(4))
def test_an_outline_leaves_the_relaxation_as_it_was(seed: int) -> None:
    model, bounding = relaxed(free(seed))
    before, bound = [part.copy() for part in state(bounding)], bounding.bound
    value = outline(bounding)
    assert value is not None and value.shape == (model.problem.shape[1],)
    assert (value >= 0).all() and (value <= 1).all()
    assert all(np.array_equal(left, right) for left, right in zip(state(bounding), before, strict=True))
    assert bounding.bound == bound and bounding.loads is not None and bounding.terminals.has_network
    bounding.relax(0.3)
    assert bounding.bound >= bound


@pytest.mark.parametrize("seed", range(4))
def test_a_dive_to_its_end_opens_options_wholly_or_not(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither left to others while a few are open in part nor ended for growing dear, as outlines otherwise are."""
    monkeypatch.setattr(outlines, "FEW", 0)
    monkeypatch.setattr(outlines, "DEARER", 100.0)
    _, bounding = relaxed(free(seed))
    value = outline(bounding)
    assert value is not None and ((value <= outlines.CRUMB) | (value == 1.0)).all() and value.max() == 1.0


def test_it_stops_when_told_to() -> None:
    _, bounding = relaxed(free(1))
    asked: list[bool] = []

    def goes_on() -> bool:
        asked.append(True)
        return len(asked) < 6  # the first five are before the dive

    assert outline(bounding, goes_on) is None
    assert len(asked) == 6


def test_sites_are_priced_by_their_own_cheapest_paths() -> None:
    """Two sites behind one trunk: 5 + 1 and 5 + 2; one that needs no path, and one that none reaches."""
    problem = Problem.of(
        demand_weight=np.ones(4), target_member=(np.zeros(4), np.arange(4), np.ones(4)), target_min=[2.0],
        option_cost=np.ones(4), option_site=np.arange(4), option_needs_backhaul=[True, True, False, True],
        service_use=(np.arange(4), np.arange(4), np.zeros(4)), site_cost=np.ones(4), site_node=[1, 2, 3, 4],
        edge_tail=[0, 5, 5, 5], edge_head=[5, 1, 2, 3], edge_cost=[5.0, 1.0, 2.0, 4.0], roots=[0],
    )  # fmt: skip
    price = ways(build(problem))
    np.testing.assert_allclose(price[:3], [6.0, 7.0, 0.0], rtol=1e-6)
    assert price[3] > 10 * problem.edge_cost.max() - 1


def test_it_is_for_free_service_and_sites_to_join(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = free(0)
    assert suits(build(problem))
    assert not suits(build(district(0)))
    assert not suits(build(replace(problem, edge_cost=problem.edge_cost * 0.0)))
    assert not suits(build(replace(problem, demand_penalty=np.ones(problem.shape[0]))))
    monkeypatch.setattr("netplan.planner.outline.MOST_SHARES", 10)
    assert not suits(build(problem))


def test_shares_that_are_free_are_found_by_serving_all_that_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same answer as with every target a row: shares or none, never more than what is asked where that holds."""
    monkeypatch.setattr("netplan.planner.construct.MANY", 0)
    rng, answers = np.random.default_rng(0), {True: 0, False: 0}
    for seed in range(40):
        problem = free(seed, n=30, s=8)
        weight = problem.demand_weight * (np.arange(30) % 7 > 0)  # some count for nothing
        few = problem.target_member @ weight / np.maximum(problem.target_member @ problem.demand_weight, 1e-9)
        problem = replace(problem, demand_weight=weight, target_min=problem.target_min * few)
        model = build(problem)
        server = Server(model)
        opened = rng.random(problem.shape[1]) < rng.uniform(0.3, 1.0)
        quick = server.serve(opened)
        server._apart = False  # then the programme has the targets as rows
        slow = server.serve(opened)
        assert (quick is None) == (slow is None)
        answers[quick is not None] += 1
        if quick is None:
            continue
        layout = model.layout
        by_demand = np.bincount(layout.x_demand, quick, problem.shape[0])
        use = np.bincount(layout.x_option, problem.service_use.data * quick, problem.shape[1])
        assert (by_demand <= 1 + 1e-9).all() and (use <= problem.option_capacity + 1e-9).all()
        assert (quick >= 0).all() and (quick <= model.upper[: layout.y]).all()
        assert not quick[~opened[layout.x_option]].any()
        served = problem.target_member @ (problem.demand_weight * by_demand)
        np.testing.assert_allclose(served, problem.target_min, rtol=1e-7)
    assert min(answers.values()) >= 2, answers


def test_shares_worth_most_are_those_of_the_prices() -> None:
    """One option for two of three demands: the dear ones, whatever the target asks for."""
    problem = Problem.of(
        demand_weight=np.ones(3), target_member=(np.zeros(3), np.arange(3), np.ones(3)), target_min=[3.0],
        option_cost=[1.0], option_capacity=[2.0], option_site=[-1], option_needs_backhaul=[False],
        service_use=(np.arange(3), np.zeros(3, int), np.ones(3)),
    )  # fmt: skip
    server = Server(build(problem))
    assert server.serve(np.array([True])) is None
    shares = server.most(np.array([True]), np.array([5.0, 1.0, 3.0]))
    assert shares is not None
    np.testing.assert_allclose(shares, [1.0, 0.0, 1.0], atol=1e-9)
    assert server.most(np.array([False]), np.ones(3)) is not None


def test_parts_go_on_from_an_outline_that_is_cheaper(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = free(3)
    model = build(problem)
    search = Search(model, 1e-6, 60.0, None)
    assert search.offer(complete(model, np.ones(problem.shape[1], bool)), "all open")
    pieces = Piecewise(model, search, Rerouter(model), 0)
    worth = np.full(2, search.objective / problem.target_min.sum())
    value = greedy_options(model).astype(float)
    value[np.flatnonzero(value)[:2]] = 0.7
    assert not pieces.begin_with(np.zeros(problem.shape[1]), 100 * worth)  # nobody served: dearer, so priced
    assert pieces.plan is None
    assert pieces.begin_with(value, worth)
    assert pieces.plan is not None
    used = pieces.plan.point[model.layout.y : model.layout.z] > 0.5
    assert not used[value < 0.5].any()
    assert not pieces.begin_with(np.ones(problem.shape[1]), worth)
    monkeypatch.setattr(piecewise, "PART_S", (1.0, 1.0))
    rough = pieces.run(6.0, worth)
    assert rough is not None
    assert set(faults_of(model, rough.point)) <= {"target missed"}


def test_plans_that_miss_a_little_are_topped_up() -> None:
    found = 0
    for seed in range(12):
        problem = free(seed)
        model = build(problem)
        layout = model.layout
        server, rerouter = Server(model), Rerouter(model)
        whole = complete(model, greedy_options(model))
        if whole is None:
            continue
        opened = whole[layout.y : layout.z] > 0.5
        opened[np.flatnonzero(opened)[::4]] = False
        shares = server.most(opened, problem.demand_weight)
        assert shares is not None
        plan = routed(rerouter, opened, shares, {}, 0, 0)
        assert plan is not None and faults_of(model, plan[0]) == ["target missed"]
        points = list(Topping(model, server, rerouter).topped(plan[0], 3, 0))
        found += len(points)
        for point in points:
            assert faults_of(model, point) == []
    assert found >= 12


def faults_of(model: Model, point: Floats) -> list[str]:
    """What is wrong with a plan, as counted from the problem alone."""
    aside = Search(model, 0.0, 60.0, None)
    aside.offer(point, "plan")
    return faults(model.problem, with_plan(model, aside, "time"))


def test_the_process_of_the_bound_outlines_once(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = free(3)
    monkeypatch.setattr("netplan.planner.bounding.LEAST_S", 0.2)
    with BoundWorker(problem, 0) as worker:
        folder = worker._state.parent
        worker._process.kill()
        worker._process.wait()
        for name in ("state.npz", "outlined.npz"):
            (folder / name).unlink(missing_ok=True)
        main(folder, 0)  # in this process, until nothing is violated any more
        value = worker.poll_outlined()
        assert value is not None and value.shape == (problem.shape[1],) and value.max() > 0.5
        assert worker.poll_outlined() is None and worker.poll_dived() is None


def test_the_search_goes_on_from_an_outline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes on a small district, whose search ends once an outline has reached the parts."""
    monkeypatch.setattr("netplan.planner.engine.LARGE", 0)
    problem = free(5)
    begun: list[Floats] = []

    def counted(self: Piecewise, value: Floats, worth: Floats) -> bool:
        begun.extend([value, worth])
        raise KeyboardInterrupt

    monkeypatch.setattr(large.Piecewise, "begin_with", counted)
    found = solve(problem, gap=0.0, time_limit_s=300.0, threads=2)
    assert found.stopped_by == "interrupt"
    assert faults(problem, found) == []
    assert begun[0].shape == (problem.shape[1],) and begun[1].shape == (2,)
