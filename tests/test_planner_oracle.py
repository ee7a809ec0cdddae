"""The planner against an oracle on small random problems with every feature of the contract, degenerate ones too.

The oracle is the complete model of `Problem.write`, solved by plain HiGHS without a gap, and is itself held against
brute force here. NETPLAN_EXAMPLES=5000 runs that many examples of each test, with fresh random numbers.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, note, settings
from hypothesis import strategies as st
from oracle import Answer, brute_force, code, cost_of_serving, exact, faults

from netplan.planner import Problem, Solution, TracePoint, solve

BY_HAND = int(os.environ.get("NETPLAN_EXAMPLES", "0"))
MONEY = ((0.0,), (1.0,), (0.0, 1.0, 2.0), (0.0, 3.0, 5.0, 8.0, 20.0), (0.5, 1.25, 7.0, 31.0, 100.0))
LIMITS = ((-np.inf, 1.0), (-np.inf, 2.0), (-np.inf, 0.0), (0.0, np.inf), (1.0, np.inf), (1.0, 1.0), (0.0, 2.0))


def examples(usual: int) -> settings:
    return settings(
        derandomize=not BY_HAND,
        deadline=None,
        database=None,
        max_examples=BY_HAND or usual,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )


class Draws(Protocol):
    """Where the numbers of a problem come from."""

    def one(self, values: Iterable[Any]) -> Any: ...

    def pick(self, values: Iterable[float], *shape: int) -> np.ndarray:
        """An array of the values, each as likely."""
        ...


class Random:
    """From a seed: every feature in every mixture, which finds more than draws that can be shrunk."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def one(self, values: Iterable[Any]) -> Any:
        choice = list(values)
        return choice[int(self.rng.integers(len(choice)))]

    def pick(self, values: Iterable[float], *shape: int) -> np.ndarray:
        choice = np.array(list(values), dtype=float)
        return choice[self.rng.integers(0, max(len(choice), 1), shape)] if np.prod(shape) else np.zeros(shape)


class Shrinking:
    """From hypothesis, which makes a failing problem small: the first of the values are the simple ones."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def one(self, values: Iterable[Any]) -> Any:
        return self.draw(st.sampled_from(list(values)))

    def pick(self, values: Iterable[float], *shape: int) -> np.ndarray:
        count = int(np.prod(shape))
        found = self.draw(st.lists(st.sampled_from(list(values)), min_size=count, max_size=count)) if count else []
        return np.array(found, dtype=float).reshape(shape)


def problems(budget: bool = False, tiny: bool = False) -> st.SearchStrategy[Problem]:
    """Problems of the contract; `tiny` ones can be enumerated."""

    @st.composite
    def shrinking(draw: st.DrawFn) -> Problem:
        return drawn(Shrinking(draw), budget, tiny)

    seeded = st.integers(0, 2**40).map(lambda seed: drawn(Random(seed), budget, tiny))
    return st.integers(0, 3).flatmap(lambda kind: seeded if kind else shrinking())


def drawn(a: Draws, budget: bool, tiny: bool, times: int = 1) -> Problem:
    """A problem from any source of draws, of a usual size or so many times as large."""
    sizes = ((2, 6), (1, 5), (1, 4), (0, 7), (1, 6))
    n, m, s, e, v = (a.one(range(least * times, (3 if tiny else most * times) + 1)) for least, most in sizes)
    m, s = (0 if a.one(range(20)) == 19 else size for size in (m, s))
    arrays = _demand(a, n, penalties=not budget) | _options(a, n, m, s) | _network(a, s, e, v)
    arrays |= _wanted(a, n, m, arrays)
    if a.one(range(3)) == 2:
        arrays |= _limits(a, m, s, e)
    if not arrays["option_needs_backhaul"].any() and a.one((False, True)):
        arrays["roots"] = []
    if budget:
        arrays["budget"] = float(a.pick((0.0, 4.0, 10.0, 25.0, 60.0)))
    return Problem.of(**arrays)


def _demand(a: Draws, n: int, penalties: bool) -> dict[str, Any]:
    arrays: dict[str, Any] = {
        "demand_weight": a.pick((1.0, 0.0, 2.0, 3.0, 10.0), n),
        "demand_mbps": a.pick((1.0, 2.0, 0.0, 3.0, 4.0), n),
    }
    if penalties and a.one((False, True)):
        arrays["demand_penalty"] = a.pick((10.0, 0.0, 4.0, 40.0, 200.0), n)
    if a.one((False, True)):
        arrays["demand_integral"] = a.pick((0, 1), n)
    return arrays


def _wanted(a: Draws, n: int, m: int, arrays: dict[str, Any]) -> dict[str, Any]:
    """Targets and must-serve demands, mostly within what the options reach: else hardly any problem is feasible."""
    row, col, _ = arrays["service_use"]
    share = np.zeros((n, m))
    share[row, col] = arrays.get("service_max", (0, 0, 1.0))[2]
    whole = arrays.get("demand_integral", np.zeros(n)) > 0
    reach = np.where(whole, share.max(axis=1, initial=0.0) == 1.0, np.minimum(share.sum(axis=1), 1.0))
    if a.one(range(8)) == 7:
        reach = np.ones(n)
    wanted: dict[str, Any] = {}
    if a.one((False, True)):
        must = np.where((a.pick((0, 0, 1), n) > 0) & (reach == 1.0), np.inf, 0.0)
        wanted["demand_penalty"] = np.maximum(must, arrays.get("demand_penalty", 0.0))
    if a.one(range(4)):
        k = a.one((1, 2))
        member = a.pick((1, 0), k, n)
        wanted |= {"target_member": member, "target_min": a.pick((1.0, 0.75, 0.5, 0.25, 0.0), k)}
        wanted["target_min"] = wanted["target_min"] * (member @ (arrays["demand_weight"] * reach))
    return wanted


def _options(a: Draws, n: int, m: int, s: int) -> dict[str, Any]:
    money = a.one(MONEY)
    site = a.pick(range(s) if s else (-1,), m)
    if a.one(range(3)) == 2:
        site = np.where(a.pick((0, 0, 0, 1), m) > 0, -1, site)
    needs = site >= 0
    if a.one(range(3)) == 2:
        needs &= a.pick((1, 1, 0), m) > 0
    row, col = np.nonzero(a.pick((1, 1, 0), n, m))
    low = (0.0, 0.5, 1.0, 2.0) if a.one((False, True)) else (1.0, 2.0, 3.0)
    arrays: dict[str, Any] = {
        "option_cost": a.pick(money, m),
        "option_site": site,
        "option_needs_backhaul": needs,
        "service_use": (row, col, a.pick(low, len(row))),
    }
    if a.one((False, True)):
        arrays["option_capacity"] = a.pick((np.inf, 2.0, 4.0, 7.0, 1.5, 0.0), m)
    if a.one((False, True)):
        arrays["service_cost"] = (row, col, a.pick(money, len(row)))
    if a.one((False, True)):
        arrays["service_max"] = (row, col, a.pick((1.0, 1.0, 0.5, 0.75, 0.25, 0.0), len(row)))
    return arrays


def _network(a: Draws, s: int, e: int, v: int) -> dict[str, Any]:
    money = a.one(MONEY)
    tail, head = a.pick(range(v), e), a.pick(range(v), e)
    if v > 1 and a.one(range(3)):  # no loops, and node i joined to i + 1 while the edges last
        head = (tail + a.pick(range(1, v), e)) % v
        tail[: v - 1], head[: v - 1] = np.arange(v - 1)[:e], np.arange(1, v)[:e]
    arrays: dict[str, Any] = {
        "site_cost": a.pick(money, s),
        "site_node": a.pick(range(v), s),
        "edge_tail": tail,
        "edge_head": head,
        "edge_cost": a.pick(money, e),
        "roots": a.pick((v - 1, *range(v - 1)), a.one((1, 1, 2))),
    }
    if s and a.one(range(3)) == 2:
        arrays["site_node"] = np.where(a.pick((0, 0, 0, 1), s) > 0, -1, arrays["site_node"])
    if a.one((False, True)):
        arrays["edge_capacity"] = a.pick((2.0, np.inf, 3.0, 1.0, 5.0, 0.0), e)
    if s and a.one((False, True)):
        arrays["edge_site"] = a.pick((-1, *range(s)), e, 2)
    return arrays


def _limits(a: Draws, m: int, s: int, e: int) -> dict[str, Any]:
    rows = a.one((1, 2))
    bounds = np.array([a.one(LIMITS) for _ in range(rows)])
    arrays: dict[str, Any] = {"limit_lower": bounds[:, 0], "limit_upper": bounds[:, 1]}
    for name, size in (("limit_option", m), ("limit_site", s), ("limit_edge", e)):
        if a.one((False, True)):
            arrays[name] = a.pick((1.0, 0.0, 2.0, -1.0), rows, size)
    return arrays


def near(value: float, expected: float, rel: float = 1e-6) -> bool:
    return abs(value - expected) <= rel * max(1.0, abs(expected))


def disagreements(p: Problem, solution: Solution, answer: Answer) -> list[str]:
    """Where a solution and the oracle differ; empty when they agree."""
    if solution.status == "infeasible" or not answer.feasible:
        return (
            []
            if solution.status == "infeasible" and not answer.feasible
            else [f"status {solution.status} where the optimum is {answer.cost:g}"]
        )
    if solution.status == "none":
        return ["no plan found"]
    wrong = faults(p, solution)
    if solution.status != "optimal":
        wrong.append("not proven")
    if p.budget is not None:
        return wrong + _budget_disagreements(p, solution, answer)
    if solution.status == "optimal" and not near(solution.objective, answer.cost):
        wrong.append(f"objective {solution.objective!r}, optimum {answer.cost!r}")
    if solution.bound > answer.cost + 1e-6 * max(1.0, abs(answer.cost)):
        wrong.append(f"bound {solution.bound!r} above the optimum {answer.cost!r}")
    return wrong


def _budget_disagreements(p: Problem, solution: Solution, answer: Answer) -> list[str]:
    """The most weight; then a cost between those of serving it and of serving all but a few millionths of it."""
    first, wrong = solution.stages[0], []
    served = float(p.demand_weight @ solution.served.sum(axis=1))
    slack = 5e-6 * max(1.0, float(p.demand_weight.sum()))
    if not near(first.value, answer.weight) or abs(served - answer.weight) > slack:
        wrong.append(f"serves {first.value!r} ({served!r}), most {answer.weight!r}")
    if first.bound < answer.weight - slack:
        wrong.append(f"bound {first.bound!r} on the weight below the most {answer.weight!r}")
    least = cost_of_serving(p, answer.weight - slack)
    tol = 1e-6 * max(1.0, answer.cost)
    most = answer.cost + (answer.cost - least) + tol  # the oracle, too, may serve a few millionths less
    if not least - tol <= solution.objective <= most:
        wrong.append(f"objective {solution.objective!r}, optimum {answer.cost!r}")
    if solution.bound > most:
        wrong.append(f"bound {solution.bound!r} above the optimum {answer.cost!r}")
    return wrong


def compare(problem: Problem) -> list[str]:
    """Solve and compare."""
    answer = exact(problem)
    event("feasible" if answer.feasible else "infeasible")
    return disagreements(problem, solve(problem, gap=0.0, time_limit_s=30.0, threads=1), answer)


@examples(700)
@given(problems())
def test_least_cost_is_the_optimum_of_the_complete_model(problem: Problem) -> None:
    note(code(problem))
    assert compare(problem) == []


@examples(250)
@given(problems(budget=True))
def test_budget_serves_the_most_and_then_costs_the_least(problem: Problem) -> None:
    note(code(problem))
    assert compare(problem) == []


@examples(100)
@given(problems(tiny=True))
def test_the_complete_model_agrees_with_brute_force(problem: Problem) -> None:
    note(code(problem))
    assert exact(problem).cost == pytest.approx(brute_force(problem).cost, rel=1e-6, abs=1e-6)


@examples(40)
@given(problems(budget=True, tiny=True))
def test_the_complete_model_agrees_with_brute_force_within_a_budget(problem: Problem) -> None:
    note(code(problem))
    found, expected = exact(problem), brute_force(problem)
    assert found.feasible == expected.feasible
    if found.feasible:
        assert found.weight == pytest.approx(expected.weight, rel=1e-6, abs=1e-6)
        assert found.cost == pytest.approx(expected.cost, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("seed", [2627, 3049])
def test_links_too_small_for_what_the_master_sees_are_left_to_the_complete_model(seed: int) -> None:
    """Without it the one ended at a plan of nearly twice the optimum, the other without word that there is none."""
    problem = drawn(Random(seed), budget=False, tiny=False, times=7)
    solution = solve(problem, gap=0.0, time_limit_s=60.0, threads=1)
    assert disagreements(problem, solution, exact(problem)) == []


@pytest.mark.parametrize("seed", range(BY_HAND or 60))
def test_the_unit_of_traffic_does_not_matter(seed: int) -> None:
    """Demands and links in one unit, what options use and can serve in another: the same plan's cost, flows scaled."""
    problem = drawn(Random(seed), budget=seed % 4 == 3, tiny=False)
    rng = np.random.default_rng(seed)
    links, options = 2.0 ** rng.choice([-40, -20, -12, 12, 20, 40], 2)
    other = replace(
        problem,
        demand_mbps=problem.demand_mbps * links,
        edge_capacity=problem.edge_capacity * links,
        service_use=problem.service_use * options,
        option_capacity=problem.option_capacity * options,
    )
    answer, solution = exact(problem), solve(other, gap=0.0, time_limit_s=60.0, threads=1)
    own = replace(solution, edge_flow=solution.edge_flow / links)
    assert disagreements(problem, own, answer) == [], code(other)


@pytest.mark.parametrize("seed", range(BY_HAND or 60))
def test_small_money_and_small_weights_do_not_matter(seed: int) -> None:
    """Prices of billionths and people in billions: the same plan."""
    problem = drawn(Random(seed), budget=seed % 3 == 2, tiny=False)
    rng = np.random.default_rng(seed)
    money, weight = 2.0 ** rng.choice([-44, -34, -27, -20, -14], 2)
    other = replace(
        problem,
        **{
            name: getattr(problem, name) * money for name in ("demand_penalty", "option_cost", "site_cost", "edge_cost")
        },
        service_cost=problem.service_cost * money,
        budget=None if problem.budget is None else problem.budget * money,
        demand_weight=problem.demand_weight * weight,
        target_min=problem.target_min * weight,
    )
    told: list[TracePoint] = []
    answer, solution = exact(problem), solve(other, gap=0.0, time_limit_s=60.0, threads=1, on_progress=told.append)
    own = replace(
        solution,
        objective=solution.objective / money,
        bound=solution.bound / money,
        stages=tuple(
            replace(stage, value=stage.value / unit, bound=stage.bound / unit)
            for stage in solution.stages
            for unit in [money if stage.objective == "cost" else weight]
        ),
    )
    assert disagreements(problem, own, answer) == [], code(other)
    if solution.status == "optimal":
        assert solution.trace == tuple(told)
        assert near(told[-1].objective / money, answer.cost)


@pytest.mark.parametrize("big", [1e6, 1e9])
@pytest.mark.parametrize("reached", [False, True])
def test_one_large_demand_does_not_hide_what_small_links_carry(big: float, reached: bool) -> None:
    """Four small demands behind a link for two of them or a dear one for all; the large one asks for nothing."""
    whom = np.arange(0 if reached else 1, 5)
    problem = Problem.of(
        demand_weight=np.ones(5),
        demand_mbps=[big, 1.0, 1.0, 1.0, 1.0],
        target_member=[[0.0, 1.0, 1.0, 1.0, 1.0]],
        target_min=[4.0],
        option_cost=[1.0],
        option_site=[0],
        service_use=(whom, np.zeros(len(whom), int), np.ones(len(whom))),
        site_cost=[1.0],
        site_node=[0],
        edge_tail=[0, 0],
        edge_head=[1, 1],
        edge_cost=[5.0, 100.0],
        edge_capacity=[2.0, 50.0],
        roots=[1],
    )
    assert disagreements(problem, solve(problem, gap=0.0, threads=1), exact(problem)) == []
