"""Annealing on whole plans: it finds plans that cost what it says; a move that is not kept leaves no trace."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from oracle import exact, faults
from relaydistrict import district

from netplan.planner import Problem, solve
from netplan.planner.answer import with_plan
from netplan.planner.construct import complete
from netplan.planner.exchange import LEAST, Plan, settle, undo
from netplan.planner.greedy import greedy_options
from netplan.planner.incumbent import Search
from netplan.planner.model import Model, build
from netplan.planner.moves import TOUCHED, fill, grow, renew
from netplan.planner.paths import rejoin, relay
from netplan.planner.problem import Floats, Ints
from netplan.planner.reroute import Rerouter
from netplan.planner.walk import Walker


def begun(problem: Problem) -> tuple[Model, Search, Walker] | None:
    """A walker at the greedy plan; None where greed finds none."""
    model = build(problem)
    search = Search(model, 1e-6, 60.0, None)
    if not search.offer(complete(model, greedy_options(model)), "first plan"):
        return None
    return model, search, Walker(model, search, Rerouter(model), 1)


def laid(seed: int, free: bool = False) -> tuple[Walker, Plan]:
    """A walker of a larger district, and its plan laid out; with free service it may miss targets on the way."""
    problem = district(seed, n=40, s=9)
    start = begun(replace(problem, service_cost=problem.service_cost * 0.0) if free else problem)
    assert start is not None
    walker = start[2]
    assert walker.begin()
    assert walker.plan is not None
    walker.plan.option["appeal"] = 1.0
    return walker, walker.plan


def cooled(walker: Walker, heat: float) -> None:
    """The same moves on any machine, from the best plan; what they find is offered."""
    assert walker.begin() and walker.plan is not None
    walker.plan.option["appeal"] = 1.0
    if walker.anneal(3000, heat, 0.002):
        walker.offer()


def test_what_it_finds_is_a_plan_and_mostly_the_cheapest() -> None:
    best, better, runs = 0, 0, 0
    for seed in range(25):
        problem = district(seed)
        start = begun(problem)
        if start is None:
            continue
        model, search, walker = start
        first = search.objective
        for heat in (0.1, 0.05):
            cooled(walker, heat)
        answer = exact(problem)
        search.raise_bound(answer.cost - 1e-6 * (1 + abs(answer.cost)), "exact")
        found = with_plan(model, search, "time")
        assert faults(problem, found) == []
        assert search.objective >= answer.cost * (1 - 1e-7)
        runs, better = runs + 1, better + (search.objective < first - 1e-6)
        best += search.objective <= answer.cost * (1 + 1e-6)
    assert runs >= 18 and better >= 0.6 * runs
    assert best >= 0.5 * runs


def test_where_service_is_free_the_shares_of_the_walk_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    better = 0
    for seed in range(12):
        problem = district(seed)
        free = replace(problem, service_cost=problem.service_cost * 0.0)
        start = begun(free)
        if start is None:
            continue
        model, search, walker = start
        first = search.objective
        monkeypatch.setattr(walker, "server", None)  # a programme for the shares would fail
        cooled(walker, 0.1)
        found = with_plan(model, search, "time")
        assert faults(free, found) == []
        better += search.objective < first
    assert better


def anew(walker: Walker, share: Floats, length: Ints, path: Ints) -> Plan:
    """A plan laid out from its shares and paths."""
    again = Plan(*(part.copy() for part in walker._empty))
    again.site["length"][:], again.path[:] = length, path
    fill(again, share)
    return again


def chained(plan: Plan, demand: int) -> list[int]:
    """The entries of a demand that its chain holds, in order of number."""
    found, entry, before = [], int(plan.demand["chain"][demand]), -1
    while entry >= 0:
        assert plan.entry["prev"][entry] == before
        found.append(entry)
        entry, before = int(plan.entry["next"][entry]), entry
    return sorted(found)


def consistent(plan: Plan) -> None:
    """The chains hold the entries of open options, the lists who is busy and who waits."""
    opened = plan.option["opened"]
    assert (opened == ((plan.option["busy"] > 0) | plan.option["idle"])).all()
    for i, demand in enumerate(plan.demand):
        entries = plan.by_demand[demand["first"] : demand["last"]]
        assert chained(plan, i) == sorted(entries[opened[plan.entry["option"][entries]]].tolist())
    busy = plan.busy[: plan.now["busy"][0]]
    assert sorted(busy.tolist()) == np.flatnonzero(plan.option["busy"] > 0).tolist()
    assert (plan.option["place"][busy] == np.arange(len(busy))).all()
    waiting = plan.waiting[: plan.now["waiting"][0]]
    waits = (plan.demand["group"] >= 0) & (plan.demand["left"] > LEAST) & (plan.demand["chain"] >= 0)
    assert sorted(waiting.tolist()) == np.flatnonzero(waits).tolist()
    assert (plan.demand["place"][waiting] == np.arange(len(waiting))).all()
    assert (plan.demand["place"][~waits] == -1).all()


@pytest.mark.parametrize("free", [False, True])
@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 6])
def test_the_running_cost_is_that_of_the_plan_added_up_anew(seed: int, free: bool) -> None:
    walker, plan = laid(seed, free)
    walker.anneal(5000, 0.2, 0.02)
    again = anew(walker, plan.entry["share"].copy(), plan.site["length"], plan.path)
    assert again.now["total"][0] == pytest.approx(plan.now["total"][0])
    for table, fields in (("option", ("room", "busy")), ("demand", ("left",)), ("edge", ("users", "space"))):
        for field in fields:
            assert np.allclose(getattr(plan, table)[field], getattr(again, table)[field]), field
    assert np.allclose(plan.target["lack"], again.target["lack"])
    assert np.allclose(plan.site["load"], again.site["load"]) and (plan.site["wires"] == again.site["wires"]).all()
    assert plan.option["room"].min() > -1e-6 and plan.edge["space"].min() > -1e-6 and plan.demand["left"].min() > -1e-6
    consistent(plan)
    consistent(again)


@pytest.mark.parametrize("free", [False, True])
@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 6])
def test_the_plan_that_is_kept_costs_what_it_says_and_meets_the_targets(seed: int, free: bool) -> None:
    walker, _ = laid(seed, free)
    for turn in range(3):
        walker.anneal(2000, 0.2 / 4**turn, 0.05 / 4**turn)
    kept = walker._kept
    again = anew(walker, kept.share.copy(), kept.length, kept.path)
    assert again.now["total"][0] == pytest.approx(walker._best)
    assert (again.target["lack"] <= again.target["slack"] + 1e-9).all()
    assert again.option["room"].min() > -1e-6 and again.edge["space"].min() > -1e-6


def test_the_same_seed_and_moves_give_the_same_plan() -> None:
    found = [laid(1) for _ in range(2)]
    for walker, _ in found:
        walker.anneal(3000, 0.2, 0.02)
    assert (found[0][1].entry["share"] == found[1][1].entry["share"]).all()
    assert found[0][0]._best == found[1][0]._best


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 6])
def test_a_move_that_is_not_kept_leaves_no_trace(seed: int) -> None:
    _, plan = laid(seed)
    before = Plan(*(part.copy() for part in plan))
    rng, changed, queue = np.random.default_rng(seed), np.empty(TOUCHED, np.int64), np.empty(9, np.int64)
    moved = 0
    for turn in range(400):
        plan.now["changes"] = plan.now["paths"] = 0
        plan.now["move"] += 1
        changed[:] = -1
        changed[-1] = 0
        total = plan.now["total"][0]
        if turn % 4 == 0:
            relay(plan, np.inf, rng, queue)
        elif renew(plan, 5.0, 1.0, np.inf, rng, changed) if turn % 4 < 3 else grow(plan, rng, changed):
            rejoin(plan, np.inf, queue)
        moved += plan.now["total"][0] != total
        undo(plan, total)
        for j in changed[: list(changed[:-1]).index(-1)]:
            settle(plan, j)
    assert moved > 200
    assert np.allclose(plan.entry["share"], before.entry["share"], atol=1e-9)
    assert (plan.option["opened"] == before.option["opened"]).all()
    assert (plan.edge["users"] == before.edge["users"]).all()
    assert np.allclose(plan.edge["space"], before.edge["space"])
    for field in ("stands", "wires", "load", "laid", "length"):
        assert np.allclose(plan.site[field], before.site[field]), field
    consistent(plan)


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 6])
def test_a_move_is_given_up_early_only_where_it_ends_dearer_than_it_may(seed: int) -> None:
    """The same move, worked out to its end, and with a little less or more than that costs allowed."""
    _, first = laid(seed)
    changed, queue = np.empty(TOUCHED, np.int64), np.empty(9, np.int64)

    def moved(turn: int, allowed: float) -> tuple[bool, float]:
        """Whether the move is one within the sum allowed, and what the plan then costs."""
        plan, rng = Plan(*(part.copy() for part in first)), np.random.default_rng(turn)
        plan.now["changes"] = plan.now["paths"] = 0
        plan.now["move"] += 1
        changed[:] = -1
        changed[-1] = 0
        done = renew(plan, 5.0, 1.0, allowed, rng, changed) and rejoin(plan, allowed, queue)
        return bool(done), float(plan.now["total"][0])

    dearer = 0
    for turn in range(200):
        whole, cost = moved(turn, np.inf)
        if not whole:
            assert not moved(turn, 1e12)[0]
            continue
        again, same = moved(turn, cost + 1e-6)
        assert again and same == pytest.approx(cost)
        assert not moved(turn, cost - 1e-6)[0]
        dearer += cost > first.now["total"][0] + 1e-6
    assert dearer > 20


def test_large_problems_go_that_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole search on large problems, on a small one: its bound, and a plan within all rules."""
    monkeypatch.setattr("netplan.planner.engine.LARGE", 0)
    problem = district(3, n=40, s=9)
    start = begun(problem)
    assert start is not None
    first = start[1].objective
    cooled(start[2], 0.1)  # compiled before the clock runs
    found = solve(problem, gap=1e-3, time_limit_s=4.0, threads=1)
    answer = exact(problem)
    assert faults(problem, found) == []
    assert found.bound <= answer.cost * (1 + 1e-7) <= found.objective * (1 + 2e-7)
    assert found.objective <= first
