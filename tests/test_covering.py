"""Branching on the master of covering problems gives the optimum of the complete model."""

from __future__ import annotations

import numpy as np
import pytest
from oracle import exact, faults
from scipy import sparse

from netplan.planner import Problem
from netplan.planner.covering import _is_set_covering, branch_on_master, covers, covers_within_budget
from netplan.planner.covers.dominance import _around, _within, reduced_cover
from netplan.planner.incumbent import Search
from netplan.planner.model import build
from netplan.planner.solve import solve


def covering(seed: int, demands: int = 40, options: int = 25) -> Problem:
    """Cover demands by sets on shared sites; by seed: all must be covered, some pay a penalty, or targets ask."""
    r = np.random.default_rng(seed)
    sees = r.random((demands, options)) < 0.25
    sees[np.arange(demands), r.integers(0, options, demands)] = True
    row, col = np.nonzero(sees)
    kind = seed % 3
    given = dict(
        demand_weight=r.integers(1, 9, demands).astype(float),
        option_cost=r.integers(1, 12, options).astype(float),
        option_needs_backhaul=np.zeros(options, bool),
        service_use=(row, col, np.zeros(len(row))),
    )
    if kind == 0:
        given["demand_penalty"] = np.full(demands, np.inf)
    elif kind == 1:
        given["demand_penalty"] = r.integers(0, 4, demands).astype(float)
    else:
        given |= {"target_member": np.ones((1, demands)), "target_min": [0.8 * given["demand_weight"].sum()]}
    if seed % 2:
        given |= {"option_site": np.arange(options) // 3, "site_cost": r.integers(0, 9, options // 3 + 1).astype(float)}
    return Problem.of(**given)


def test_what_dominance_leaves_has_the_same_optimum() -> None:
    smaller = 0
    for seed in range(40):
        r = np.random.default_rng(seed)
        covers = sparse.csr_array((r.random((12, 9)) < 0.35).astype(float))
        covers = sparse.csr_array(covers[np.diff(covers.indptr) > 0])
        cost = r.integers(0, 5, 9).astype(float)
        elements, sets = reduced_cover(covers, cost)
        smaller += len(elements) < covers.shape[0] and len(sets) < 9
        assert _cheapest(covers.toarray()[np.ix_(elements, sets)], cost[sets]) == _cheapest(covers.toarray(), cost)
        assert set(np.flatnonzero(np.diff(covers.T.tocsr().indptr) == 0)).isdisjoint(sets)
    assert smaller > 20


def test_who_lies_within_whom_is_found_as_by_trying_all_pairs() -> None:
    for seed in range(60):
        r = np.random.default_rng(seed)
        held = r.random((14, 6)) < 0.4
        rows, cost = sparse.csr_array(held.astype(float)), r.integers(0, 3, 14).astype(float)
        size = held.sum(axis=1)
        lies = (held[:, None, :] <= held[None, :, :]).all(axis=2) & ~np.eye(14, dtype=bool)  # [inner, outer]
        first = np.arange(14)[None, :] < np.arange(14)[:, None]  # the outer one comes first
        alike = (size[:, None] == size) & (cost[:, None] == cost)
        goes = lies & (cost <= cost[:, None]) & (~alike | first)
        np.testing.assert_array_equal(_within(rows, cost), goes.any(axis=1))
        goes = lies & ((size > size[:, None]) | ~first) & (size > 0)[:, None]
        np.testing.assert_array_equal(_around(rows), goes.any(axis=0))


def _cheapest(covers: np.ndarray, cost: np.ndarray) -> float:
    """Least cost of sets that cover every element, by trying all."""
    choices = (np.arange(2 ** len(cost))[:, None] >> np.arange(len(cost))) & 1
    whole = ((choices @ covers.T) > 0).all(axis=1)
    return float((choices @ cost)[whole].min())


@pytest.mark.parametrize("seed", range(12))
def test_the_optimum_is_found_and_proven(seed: int) -> None:
    problem = covering(seed)
    model = build(problem)
    assert covers(model)
    search = Search(model, 0.0, 20.0, None)
    assert branch_on_master(model, search, 2, 0) == "gap"
    assert search.objective == pytest.approx(exact(problem).cost, rel=1e-6)
    assert search.bound == pytest.approx(search.objective, rel=1e-6)
    assert faults(problem, solve(problem, gap=0.0, time_limit_s=20.0)) == []


@pytest.mark.parametrize("seed", range(12))
def test_a_budget_covers_the_most_and_then_costs_the_least(seed: int) -> None:
    problem = covering(seed)
    given = {name: getattr(problem, name) for name in problem.__dataclass_fields__}
    given |= {"demand_penalty": np.zeros(40), "budget": 12.0 + seed}
    if seed % 4:
        given["target_min"] = np.zeros(len(problem.target_min))
    problem = Problem.of(**given)
    assert covers_within_budget(build(problem))
    answer, solution = exact(problem), solve(problem, gap=0.0, time_limit_s=30.0)
    if not answer.feasible:
        assert solution.status == "infeasible"
        return
    assert faults(problem, solution) == []
    assert solution.stages[0].value == pytest.approx(answer.weight, rel=1e-6)
    assert solution.stages[0].bound == pytest.approx(answer.weight, rel=1e-6)
    assert solution.objective == pytest.approx(answer.cost, rel=1e-6)


def test_a_second_is_enough_for_a_small_budget() -> None:
    rng = np.random.default_rng(0)
    problem = Problem.of(
        demand_weight=rng.integers(1, 9, 60).astype(float),
        option_cost=np.full(12, 10.0),
        service_use=(rng.random((60, 12)) < 0.2).astype(float),
        budget=30.0,
    )
    whole = solve(problem, gap=0.0, time_limit_s=60.0)
    hasty = solve(problem, gap=0.0, time_limit_s=1.0)  # half a second a stage
    assert hasty.objective == whole.objective and np.isfinite(hasty.bound)


@pytest.mark.parametrize("room", [1.0, 2.0])
def test_an_option_that_is_too_full_for_those_it_alone_reaches(room: float) -> None:
    rows, columns = [0, 1, 2, 2, 2, 2, 3, 3, 3, 3], [0, 0, 1, 2, 3, 4, 1, 2, 3, 4]
    problem = Problem.of(
        demand_weight=np.ones(4),
        demand_penalty=np.full(4, np.inf),
        option_cost=np.ones(5),
        option_capacity=[room, *[np.inf] * 4],
        service_use=(rows, columns, np.ones(10)),
    )
    assert _is_set_covering(build(problem)) == (room > 1.0)
    solution = solve(problem, gap=0.0, time_limit_s=10.0)
    assert solution.status == ("optimal" if exact(problem).feasible else "infeasible")


def test_what_cannot_be_covered_has_no_plan() -> None:
    problem = covering(0)
    given = {name: getattr(problem, name) for name in problem.__dataclass_fields__}
    given |= {"target_member": np.ones((1, 40)), "target_min": [problem.demand_weight.sum() + 1.0]}
    assert solve(Problem.of(**given), time_limit_s=10.0).status == "infeasible"


def test_capacity_and_costs_of_single_shares_are_for_the_other_ways() -> None:
    problem = covering(2)
    given = {name: getattr(problem, name) for name in problem.__dataclass_fields__}
    use = problem.service_use.tocoo()
    priced = (use.row, use.col, np.random.default_rng(1).random(len(use.row)))
    assert not covers(build(Problem.of(**(given | {"service_cost": priced}))))
    ones = (use.row, use.col, np.ones(len(use.row)))
    tight = {"service_use": ones, "option_capacity": np.full(len(problem.option_cost), 2.0)}
    assert not covers(build(Problem.of(**(given | tight))))
