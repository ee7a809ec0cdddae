"""Annealing on whole plans: it finds plans that cost what it says; a move that is not kept leaves no trace."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from oracle import exact, faults

from netplan.planner import Problem, solve
from netplan.planner.construct import complete
from netplan.planner.exchange import Plan, rejoin, undo
from netplan.planner.greedy import greedy_options
from netplan.planner.incumbent import Search
from netplan.planner.model import Model, build
from netplan.planner.moves import fill, renew, walk
from netplan.planner.reroute import Rerouter
from netplan.planner.solve import _solution
from netplan.planner.walk import Walker


def district(seed: int, n: int = 14, s: int = 5) -> Problem:
    """Cells that cost something to serve, options of little capacity, links that not all sites fit on, a relay."""
    r = np.random.default_rng(seed)
    m = 2 * s
    pairs = np.argwhere(r.random((n, m)) < 0.45)
    row, col = pairs[:, 0], pairs[:, 1]
    weight = r.integers(1, 9, n).astype(float)
    nodes = s + 3
    ring = [(k, (k + 1) % nodes) for k in range(nodes)]
    more = [tuple(r.choice(nodes, 2, replace=False)) for _ in range(s)]
    edges = np.array(ring + more)
    reached = np.isin(np.arange(n), row)
    member = (np.arange(n) % 2, np.arange(n), np.ones(n))
    target = [0.7 * weight[reached & (np.arange(n) % 2 == k)].sum() for k in range(2)]
    stands = np.full((len(edges), 2), -1)
    stands[-2:] = r.integers(0, s, (2, 2))
    return Problem.of(
        demand_weight=weight, demand_mbps=weight * 2, target_member=member, target_min=target,
        option_cost=r.integers(2, 20, m),
        option_capacity=np.where(r.random(m) < 0.7, r.integers(6, 30, m) * n / (3.0 * s), np.inf),
        option_site=np.repeat(np.arange(s), 2), option_needs_backhaul=r.random(m) < 0.9,
        service_use=(row, col, r.uniform(0.5, 1.5, len(row)) * weight[row]),
        service_cost=(row, col, r.uniform(0.2, 1.0, len(row)) * weight[row]),
        service_max=(row, col, np.where(r.random(len(row)) < 0.3, 0.6, 1.0)),
        site_cost=r.integers(5, 25, s), site_node=np.arange(s), edge_tail=edges[:, 0], edge_head=edges[:, 1],
        edge_cost=r.integers(1, 15, len(edges)), edge_capacity=np.where(r.random(len(edges)) < 0.6, 4.0 * n, 20.0 * n),
        edge_site=stands, roots=[s, s + 2],
    )  # fmt: skip


def begun(problem: Problem) -> tuple[Model, Search, Walker] | None:
    """A walker at the greedy plan; None where greed finds none."""
    model = build(problem)
    search = Search(model, 1e-6, 60.0, None)
    if not search.offer(complete(model, greedy_options(model)), "first plan"):
        return None
    return model, search, Walker(model, search, Rerouter(model), 1)


def laid(seed: int) -> tuple[Walker, Plan]:
    """A walker of a larger district, and its plan laid out."""
    start = begun(district(seed, n=40, s=9))
    assert start is not None
    walker = start[2]
    plan = walker._plan(np.ones(len(walker._empty.option)))
    assert plan is not None
    return walker, plan


def test_what_it_finds_is_a_plan_and_mostly_the_cheapest() -> None:
    best, better, runs = 0, 0, 0
    for seed in range(25):
        problem = district(seed)
        start = begun(problem)
        if start is None:
            continue
        model, search, walker = start
        first = search.objective
        for heat in (1.0, 0.5):
            walker._pace, walker._about_s = 12_000.0, 0.0  # the same moves on any machine
            walker.run(0.25, np.ones(problem.shape[1]), heat)
        answer = exact(problem)
        search.raise_bound(answer.cost - 1e-6 * (1 + abs(answer.cost)), "exact")
        found = _solution(model, search, "time", time.monotonic(), (), np.zeros(problem.shape[0], bool))
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
        walker._pace, walker._about_s = 12_000.0, 0.0
        walker.run(0.25, np.ones(free.shape[1]))
        found = _solution(model, search, "time", time.monotonic(), (), np.zeros(free.shape[0], bool))
        assert faults(free, found) == []
        better += search.objective < first
    assert better


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 6])
def test_the_running_cost_is_that_of_the_plan_added_up_anew(seed: int) -> None:
    walker, plan = laid(seed)
    share, length, path = plan.entry["share"].copy(), plan.site["length"].copy(), plan.path.copy()
    walk(plan, 5.0, 2000, 20.0, 1.0, np.random.default_rng(seed), share, length, path)
    again = Plan(*(part.copy() for part in walker._empty))
    again.site["length"][:], again.path[:] = plan.site["length"], plan.path
    fill(again, plan.entry["share"].copy())
    assert again.now["total"][0] == pytest.approx(plan.now["total"][0])
    for table, fields in (("option", ("room", "busy")), ("demand", ("left",)), ("edge", ("users", "space"))):
        for field in fields:
            assert np.allclose(getattr(plan, table)[field], getattr(again, table)[field]), field
    assert np.allclose(plan.site["load"], again.site["load"]) and (plan.site["wires"] == again.site["wires"]).all()
    assert plan.option["room"].min() > -1e-6 and plan.edge["space"].min() > -1e-6 and plan.demand["left"].min() > -1e-6
    assert (plan.target["lack"] <= 1e-6).all()


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 6])
def test_a_move_that_is_not_kept_leaves_no_trace(seed: int) -> None:
    _, plan = laid(seed)
    before = Plan(*(part.copy() for part in plan))
    rng, changed, queue = np.random.default_rng(seed), np.empty(10, np.int64), np.empty(9, np.int64)
    moved = 0
    for _ in range(200):
        plan.now["changes"] = plan.now["paths"] = 0
        plan.now["look"] += 1
        plan.now["move"] += 1
        total = plan.now["total"][0]
        if renew(plan, 5.0, rng, changed):
            rejoin(plan, np.inf, queue)
        moved += plan.now["total"][0] != total
        undo(plan, total)
        for j in changed[:-1][changed[:-1] >= 0]:
            plan.option["opened"][j] = plan.option["busy"][j] > 0 or plan.option["idle"][j]
    assert moved > 100
    assert np.allclose(plan.entry["share"], before.entry["share"], atol=1e-9)
    assert (plan.option["opened"] == before.option["opened"]).all()
    assert (plan.edge["users"] == before.edge["users"]).all()
    assert np.allclose(plan.edge["space"], before.edge["space"])
    for field in ("stands", "wires", "load", "laid", "length"):
        assert np.allclose(plan.site[field], before.site[field]), field


def test_large_problems_go_that_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole search on large problems, on a small one: its bound, and a plan within all rules."""
    monkeypatch.setattr("netplan.planner.engine.LARGE", 0)
    problem = district(3, n=40, s=9)
    start = begun(problem)
    assert start is not None
    first = start[1].objective
    start[2].run(0.3, np.ones(problem.shape[1]))  # compiled before the clock runs
    found = solve(problem, gap=1e-3, time_limit_s=4.0, threads=1)
    answer = exact(problem)
    assert faults(problem, found) == []
    assert found.bound <= answer.cost * (1 + 1e-7) <= found.objective * (1 + 2e-7)
    assert found.objective <= first
