"""Location problems are found in the arrays, and solved to the optimum of the complete model."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from oracle import exact, faults
from scipy import sparse

from netplan.planner import Problem, solve
from netplan.planner.incumbent import Search
from netplan.planner.location import Location, locate
from netplan.planner.location.dual import FREE, OPEN, SHUT, ascend
from netplan.planner.location.interchange import interchange, nearest
from netplan.planner.model import build
from netplan.planner.problem import Bools


def drawn(seed: int, demands: int = 11, options: int = 8) -> Problem:
    """Random: penalties or duty, prices or none, own sites, shares that must be whole, a number of options or none."""
    r = np.random.default_rng(seed)
    n, m = int(r.integers(2, demands + 1)), int(r.integers(2, options + 1))
    row, col = np.nonzero(r.random((n, m)) < r.choice([0.4, 0.8, 1.0]))
    given: dict[str, Any] = {
        "demand_weight": np.ones(n),
        "demand_penalty": np.where(r.random(n) < r.choice([0.0, 0.5, 1.0]), np.inf, r.integers(0, 40, n)),
        "demand_integral": r.random(n) < 0.3,
        "option_cost": r.integers(0, r.choice([1, 25]), m).astype(float),
        "option_needs_backhaul": np.zeros(m, bool),
        "service_use": (row, col, np.ones(len(row))),
        "service_cost": (row, col, r.integers(0, r.choice([3, 30]), len(row)) * (0.37 if seed % 5 == 0 else 1.0)),
    }
    if seed % 3 == 0:
        given["option_site"] = np.where(r.random(m) < 0.7, np.arange(m), -1)
        given["site_cost"] = r.integers(0, 9, m).astype(float)
    if seed % 4:
        p, unit = int(r.integers(0, m + 1)), float(r.choice([1.0, 2.5]))
        least = [p, max(p - 2, 0), -np.inf][seed % 3]
        given["limit_option"] = np.full((1, m), unit)
        given |= {"limit_lower": [unit * least], "limit_upper": [unit * p if seed % 7 else np.inf]}
    return Problem.of(**given)


def median(seed: int, n: int = 40, p: int = 5) -> Problem:
    """A p-median problem of points in a square with whole distances."""
    r = np.random.default_rng(seed)
    where = r.uniform(0, 100, (n, 2))
    cost = np.round(np.linalg.norm(where[:, None] - where[None], axis=2) * r.integers(1, 9, n)[:, None])
    return Problem.of(
        demand_weight=np.ones(n),
        demand_penalty=np.full(n, np.inf),
        option_cost=np.zeros(n),
        option_needs_backhaul=np.zeros(n, bool),
        service_use=np.ones((n, n)),
        service_cost=(*np.divmod(np.arange(n * n), n), cost.ravel()),
        limit_option=np.ones((1, n)),
        limit_lower=[float(p)],
        limit_upper=[float(p)],
    )


def location(problem: Problem) -> Location:
    """The location problem that it is."""
    found = Location.of(build(problem))
    assert found is not None
    return found


def cost_of(problem: Problem, opened: Bools) -> float:
    """What a plan with these options open costs, from the problem's own arrays (small, whole services)."""
    table = np.full(problem.shape[:2], np.inf)
    use = problem.service_use.tocoo()
    table[use.row, use.col] = 0.0
    given = problem.service_cost.tocoo()
    table[given.row, given.col] = given.data
    best = np.minimum(table[:, opened].min(axis=1, initial=np.inf), problem.demand_penalty)
    return float(best.sum() + problem.option_cost[opened].sum())


@pytest.mark.parametrize("block", range(6))
def test_random_problems_reach_the_optimum_of_the_complete_model(block: int) -> None:
    tried = 0
    for seed in range(25 * block, 25 * block + 25):
        problem = drawn(seed)
        if Location.of(build(problem)) is None:
            continue
        tried += 1
        answer, found = exact(problem), solve(problem, gap=0.0, time_limit_s=20.0)
        if not answer.feasible:
            assert found.status == "infeasible", seed
            continue
        assert found.status == "optimal", seed
        assert found.objective == pytest.approx(answer.cost, rel=1e-6, abs=1e-6), seed
        assert found.bound <= answer.cost + 1e-6, seed
        assert faults(problem, found) == [], seed
    assert tried >= 15


def test_medians_are_proven_and_the_bound_never_passes_the_optimum() -> None:
    for seed in range(4):
        problem = median(seed)
        best = exact(problem).cost
        model = build(problem)
        search = Search(model, 0.0, 20.0, None)
        assert locate(location(problem), search, 2) == "gap"
        assert search.objective == pytest.approx(best) == search.bound
        assert all(point.bound <= best + 1e-6 <= point.objective + 2e-6 for point in search.trace)


def test_one_thread_and_two_prove_the_same() -> None:
    problem = median(9, 60, 6)
    one, two = (solve(problem, gap=0.0, time_limit_s=20.0, threads=threads) for threads in (1, 2))
    again = solve(problem, gap=0.0, time_limit_s=20.0, threads=2)
    assert one.objective == two.objective
    assert one.status == two.status == "optimal"
    assert (again.option_open == two.option_open).all()
    assert len(again.trace) == len(two.trace)


def test_interchange_ends_where_no_single_change_helps() -> None:
    for seed in range(12):
        problem = median(seed, 14, 4) if seed % 2 else replace(median(seed, 12, 3), option_cost=np.arange(12.0) * 9)
        start = np.zeros(problem.shape[1], bool)
        opened, cost = interchange(location(problem), start)
        assert not start.any()
        assert cost == pytest.approx(cost_of(problem, opened))
        for out in np.flatnonzero(opened):
            for enter in np.flatnonzero(~opened):
                other = opened.copy()
                other[[out, enter]] = [False, True]
                assert cost_of(problem, other) >= cost - 1e-9


def test_nearest_and_next_nearest() -> None:
    problem = median(3, 10, 3)
    where = location(problem)
    opened = np.zeros(10, bool)
    opened[[2, 5, 7]] = True
    table = np.sort(problem.service_cost.toarray()[:, opened], axis=1)
    near, second = nearest(where, opened)
    np.testing.assert_allclose(near, table[:, 0])
    np.testing.assert_allclose(second, table[:, 1])


def test_what_the_dual_settles_is_in_every_better_plan() -> None:
    settled = 0
    for seed in range(30):
        problem = median(seed, 12, 3)
        sets = [np.isin(np.arange(12), chosen) for chosen in combinations(range(12), 3)]
        costs = np.array([cost_of(problem, opened) for opened in sets])
        goal = float(np.sort(costs)[3])
        at = location(problem)
        state, value = np.full(12, FREE, np.int8), np.zeros(12)
        bound, _, _ = ascend(
            at.pointer, at.option, at.cost, at.outside, at.price, at.least, at.most, state, value, np.zeros(12), goal,
            1.0, 200, 20,
        )  # fmt: skip
        assert bound <= costs.min() + 1e-6
        for opened, cost in zip(sets, costs, strict=True):
            if cost < goal - 1e-6:
                assert opened[state == OPEN].all()
                assert not opened[state == SHUT].any()
        settled += int((state != FREE).sum())
    assert settled > 60


@pytest.mark.parametrize("seed", [22, 164])
def test_the_plan_of_a_node_without_a_choice_left_is_kept(seed: int) -> None:
    """Costs that are drawn anew, not distances: the optimum comes up in a node only, not in local search."""
    r = np.random.default_rng(seed)
    n = int(r.integers(14, 26))
    cost, price = np.floor(r.uniform(1, 60, (n, n))), np.floor(r.uniform(20, 80, n))
    problem = Problem.of(
        demand_weight=np.ones(n),
        demand_penalty=np.full(n, np.inf),
        option_cost=price,
        option_needs_backhaul=np.zeros(n, bool),
        service_use=np.ones((n, n)),
        service_cost=(*np.divmod(np.arange(n * n), n), cost.ravel()),
    )
    found = solve(problem, gap=0.0, time_limit_s=30.0)
    assert found.status == "optimal"
    assert found.objective == pytest.approx(exact(problem).cost)


@pytest.mark.parametrize(
    "change",
    [
        {"option_capacity": np.full(12, 3.0)},
        {"target_member": np.ones((1, 12)), "target_min": [4.0]},
        {"limit_option": np.arange(12.0)[None], "limit_lower": [-np.inf], "limit_upper": [20.0]},
        {"option_site": np.zeros(12, np.int64), "site_cost": [4.0], "site_node": [-1], "limit_site": np.zeros((1, 1))},
        {"budget": 100.0},
        {"service_cost": ([0], [0], [0.0])},
    ],
)
def test_what_is_more_than_location_is_left_to_others(change: dict[str, Any]) -> None:
    problem = median(0, 12, 3)
    given = {name: getattr(problem, name) for name in problem.__dataclass_fields__}
    assert Location.of(build(problem)) is not None
    assert Location.of(build(Problem.of(**(given | change)))) is None


def test_leaving_out_options_keeps_the_rest_in_order() -> None:
    where = location(median(1, 15, 3))
    shut = np.arange(15) % 3 == 0
    less = where.without(shut)
    assert not less.usable[shut].any()
    assert (np.diff(less.pointer) == 10).all()
    for i in range(15):
        assert (np.diff(less.cost[less.pointer[i] : less.pointer[i + 1]]) >= 0).all()
    kept = sparse.coo_array((less.cost, (np.repeat(np.arange(15), 10), less.option)), shape=(15, 15)).toarray()
    np.testing.assert_allclose(kept[:, ~shut], where.model.problem.service_cost.toarray()[:, ~shut])
