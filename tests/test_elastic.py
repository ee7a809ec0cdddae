"""An infeasible problem says what is missing, least in total, and which capacity or rule stands in the way."""

from __future__ import annotations

import dataclasses
import sys
import time
from typing import Any

import numpy as np
import pytest
from oracle import exact
from test_planner_oracle import Random, drawn

from netplan.planner import Problem, solve
from netplan.planner.elastic import elastic


def chain(**more: Any) -> Problem:
    """Two sites in a row behind one root: demand 0 at site 0, demand 1 at site 1, demand 2 out of all reach."""
    given: dict[str, Any] = dict(
        demand_weight=[10.0, 20.0, 5.0],
        demand_mbps=[10.0, 20.0, 5.0],
        target_member=np.ones((1, 3)),
        target_min=[30.0],
        option_cost=[1.0, 1.0],
        option_site=[0, 1],
        service_use=(np.array([0, 1]), np.array([0, 1]), np.array([10.0, 20.0])),
        site_cost=[1.0, 1.0],
        site_node=[1, 2],
        edge_tail=[0, 1],
        edge_head=[1, 2],
        edge_cost=[1.0, 1.0],
        roots=[0],
    )
    return Problem.of(**(given | more))


def test_a_problem_with_a_plan_has_nothing_to_explain() -> None:
    solution = solve(chain(), gap=0.0)
    assert solution.status == "optimal"
    assert not solution.binding_option.size
    why = elastic(chain())
    assert why is not None
    assert not why.shortfall.any()
    assert not why.contradictory


def test_a_full_option_is_named() -> None:
    solution = solve(chain(option_capacity=[10.0, 12.0]), gap=0.0)
    assert solution.status == "infeasible"
    assert solution.shortfall == pytest.approx([8.0])
    assert solution.binding_option.tolist() == [False, True]
    assert not solution.binding_edge.any()
    assert solution.unreachable.tolist() == [False, False, True]


def test_a_full_link_is_named() -> None:
    solution = solve(chain(edge_capacity=[25.0, 100.0]), gap=0.0)
    assert solution.status == "infeasible"
    assert solution.shortfall == pytest.approx([5.0])
    assert solution.binding_edge.tolist() == [True, False]
    assert not solution.binding_option.any()


def test_a_rule_is_named() -> None:
    one_site = dict(limit_site=np.array([[1.0, 1.0]]), limit_lower=[-np.inf], limit_upper=[1.0])
    solution = solve(chain(**one_site), gap=0.0)
    assert solution.status == "infeasible"
    # site 1 alone can be open, but its only way runs past the closed site 0, which no edge needs
    assert solution.shortfall == pytest.approx([10.0])
    assert solution.binding_limit.tolist() == [True] and not solution.binding_budget


def test_a_rule_is_named_only_where_more_could_be_served_without_it() -> None:
    rules = dict(limit_site=np.array([[1.0, 1.0]]), limit_lower=[-np.inf], limit_upper=[2.0])
    solution = solve(chain(target_min=[35.0], **rules), gap=0.0)
    assert solution.shortfall == pytest.approx([5.0])
    assert solution.binding_limit.tolist() == [False]


def test_a_budget_is_named_that_is_too_small_for_a_target() -> None:
    needed = 6.0
    assert solve(chain(budget=needed), gap=0.0).status == "optimal"
    for budget in (needed - 0.5, needed - 1.5):  # one that is spent, and one of which something is left
        solution = solve(chain(budget=budget), gap=0.0)
        assert solution.status == "infeasible" and solution.binding_budget
        assert solution.shortfall == pytest.approx([10.0])
    assert not solve(chain(target_min=[35.0], budget=100.0), gap=0.0).binding_budget


def test_rules_that_are_each_enough_to_stand_in_the_way_are_all_named() -> None:
    one_site = dict(limit_site=np.array([[1.0, 1.0]] * 3), limit_lower=[-np.inf] * 3, limit_upper=[1.0, 1.0, 2.0])
    solution = solve(chain(**one_site), gap=0.0)
    assert solution.binding_limit.tolist() == [True, True, False]
    solution = solve(chain(**one_site, budget=5.0), gap=0.0)
    assert solution.binding_limit.tolist() == [True, True, False] and solution.binding_budget


def test_an_option_too_small_for_a_demand_that_must_be_whole_is_named() -> None:
    whole = dict(demand_integral=[True, True, False], option_capacity=[10.0, 12.0])
    solution = solve(chain(**whole), gap=0.0)
    assert solution.status == "infeasible"
    assert solution.shortfall == pytest.approx([20.0])
    assert solution.binding_option.tolist() == [False, True]
    solution = solve(chain(**whole, target_min=[0.0], demand_penalty=[0.0, np.inf, 0.0]), gap=0.0)
    assert solution.missed.tolist() == [0.0, 1.0, 0.0]
    assert solution.binding_option.tolist() == [False, True]


def test_an_option_without_capacity_is_named() -> None:
    solution = solve(chain(option_capacity=[10.0, 0.0]), gap=0.0)
    assert solution.status == "infeasible"
    assert solution.binding_option.tolist() == [False, True]
    assert solve(
        chain(option_capacity=[0.0, 5.0], target_member=[[0.0, 1.0, 0.0]], target_min=[20.0]), gap=0.0
    ).binding_option.tolist() == [False, True]


@pytest.mark.parametrize("capacity", [0.0, 7.0])
def test_an_option_that_no_link_joins_is_not_named(capacity: float) -> None:
    away = chain(site_node=[1, -1], target_member=[[1.0, 1.0, 0.0]], option_capacity=[np.inf, capacity])
    solution = solve(away, gap=0.0)
    assert solution.status == "infeasible" and not solution.binding_option.any() and not solution.binding_edge.any()


def test_rules_that_contradict_each_other() -> None:
    rules = dict(limit_option=np.array([[1.0, 1.0]]), limit_lower=[3.0], limit_upper=[np.inf])
    solution = solve(chain(target_min=[0.0], **rules), gap=0.0)
    assert solution.status == "infeasible"
    assert solution.binding_limit.tolist() == [True]


def test_only_rules_that_contradict_each_other_are_named() -> None:
    """Three options, as many as two of which may be open by the third rule, and must by the fifth."""
    asked = dict(option_cost=[1.0] * 3, option_capacity=[np.inf] * 3, option_site=[-1] * 3, site_cost=[], site_node=[])
    rules = dict(
        limit_option=np.array([[1, 0, 0], [0, 1, 0], [1, 1, 1], [0, 0, 1], [1, 1, 1]], float),
        limit_lower=[-np.inf, -np.inf, -np.inf, 0.0, 3.0],
        limit_upper=[1.0, 1.0, 2.0, 1.0, np.inf],
    )
    served = dict(service_use=np.ones((3, 3)))
    solution = solve(Problem.of(demand_weight=np.ones(3), **(asked | rules | served), budget=100.0), gap=0.0)
    assert solution.status == "infeasible"
    assert solution.binding_limit.tolist() == [False, False, True, False, True] and not solution.binding_budget


def test_what_is_said_to_be_missing_is_proven_however_short_the_time() -> None:
    """Everybody can be served, as filling up one option after the other shows; HiGHS takes longer to see it."""
    r = np.random.default_rng(1)
    n, m = 300, 60
    use = np.where(r.random((n, m)) < 0.3, r.integers(5, 30, (n, m)), np.inf)
    room = np.full(m, 60.0)
    for demand in np.argsort(use.min(axis=1)):
        least = np.argmin(np.where(use[demand] <= room, use[demand], np.inf))
        room[least] -= use[demand, least]
    assert (room >= 0).all()
    problem = Problem.of(
        demand_weight=np.ones(n),
        demand_integral=np.ones(n, bool),
        option_cost=np.ones(m),
        option_capacity=np.full(m, 60.0),
        service_use=np.where(np.isfinite(use), use, 0.0),
        target_member=np.ones((1, n)),
        target_min=[float(n)],
    )
    why = elastic(problem, time_limit_s=1.0)
    assert why is None or why.shortfall[0] <= 1e-6


def test_a_short_time_limit_holds_for_the_explanation_too() -> None:
    """One that HiGHS works on for far longer than a second."""
    r = np.random.default_rng(0)
    apart = np.linalg.norm(r.uniform(0, 1, (150, 1, 2)) - r.uniform(0, 1, (1, 60, 2)), axis=2)
    weight = r.uniform(1, 10, 150)
    problem = Problem.of(
        demand_weight=weight,
        option_cost=np.ones(60),
        option_capacity=r.uniform(2, 4, 60),
        service_use=np.where(apart < 0.3, r.uniform(1, 3, apart.shape), 0.0),
        demand_integral=np.ones(150),
        target_member=np.ones((1, 150)),
        target_min=[2 * weight.sum()],
    )
    started = time.monotonic()
    solution = solve(problem, gap=0.0, time_limit_s=0.4, threads=1)
    assert time.monotonic() - started < 4.0
    assert solution.status == "infeasible"
    assert solution.shortfall[0] >= weight.sum()


def test_demands_that_must_be_served_and_cannot_be() -> None:
    solution = solve(chain(target_min=[0.0], demand_penalty=[0.0, np.inf, 0.0], option_capacity=[10.0, 5.0]), gap=0.0)
    assert solution.status == "infeasible"
    assert solution.missed == pytest.approx([0.0, 0.75, 0.0])
    assert solution.binding_option.tolist() == [False, True]


def test_what_is_given_up_is_enough_and_not_more_than_enough() -> None:
    explained = 0
    for seed in range(400):
        problem = drawn(Random(seed), budget=False, tiny=False)
        if exact(problem).feasible:
            continue
        why = elastic(problem)
        assert why is not None
        if why.contradictory:
            continue
        explained += 1
        assert why.shortfall.sum() + why.missed.sum() > 0, seed
        eased = dataclasses.replace(
            problem,
            target_min=np.maximum(problem.target_min - why.shortfall - 1e-6, 0.0),
            demand_penalty=np.where(why.missed > 0, 0.0, problem.demand_penalty),
        )
        assert exact(eased).feasible, seed
    assert explained > 20


def test_a_target_of_next_to_nothing_is_no_crash() -> None:
    tiny = Problem.of(demand_weight=[1e-7], target_member=[[1.0]], target_min=[1e-7])
    assert solve(tiny).status == "infeasible"


def test_interrupting_the_explanation_leaves_the_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["netplan.planner.solve"], "elastic", interrupted)
    solution = solve(chain(target_min=[35.0]))
    assert solution.status == "infeasible" and solution.shortfall.sum() > 0
