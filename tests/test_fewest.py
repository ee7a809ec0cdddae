"""The least number of open options: never above what the best plan opens, and a better bound where rooms are alike."""

from __future__ import annotations

from typing import Any

import numpy as np
from oracle import exact

from netplan.planner import Problem, solve
from netplan.planner.fewest import fewest_options
from netplan.planner.model import build


def crowded(seed: int, **more: Any) -> Problem:
    """Seven demands, five options of limited room that reach most of them; some seeds serve each demand whole."""
    r = np.random.default_rng(seed)
    use = r.integers(1, 8, (7, 5)) * (r.random((7, 5)) < 0.8).astype(float)
    use[np.arange(7), r.integers(0, 5, 7)] = 3.0
    given: dict[str, Any] = {
        "demand_weight": np.ones(7),
        "demand_penalty": np.where(r.random(7) < 0.2, 9.0, np.inf),
        "option_cost": r.integers(3, 20, 5).astype(float),
        "option_needs_backhaul": np.zeros(5, bool),
        "option_capacity": r.integers(6, 13, 5).astype(float),
        "service_use": use,
        "service_cost": use * r.integers(1, 3, (7, 5)),
        "demand_integral": np.full(7, bool(seed % 2)),
    }
    return Problem.of(**(given | more))


def test_the_best_plan_opens_as_many() -> None:
    rows = agreed = 0
    for seed in range(80):
        problem = crowded(seed)
        found = fewest_options(build(problem))
        answer = exact(problem)
        solution = solve(problem, gap=0.0, time_limit_s=20.0)
        if not answer.feasible:
            assert solution.status == "infeasible", seed
            continue
        assert abs(solution.objective - answer.cost) <= 1e-5 * max(1.0, answer.cost), seed
        if len(found):
            rows += 1
            agreed += int(solution.option_open.sum() == found.lower[0])
            assert solution.option_open.sum() >= found.lower[0], seed
    assert rows >= 30
    assert agreed >= 5


def test_rooms_alike_are_counted_exactly() -> None:
    problem = crowded(
        1, demand_penalty=np.full(7, np.inf), option_capacity=np.full(5, 10.0), service_use=np.full((7, 5), 3.0)
    )
    (count,) = fewest_options(build(problem)).lower
    assert count == 3  # 21 into rooms of 10


def test_nothing_is_said_without_need() -> None:
    alike = {"service_use": np.full((7, 5), 3.0), "demand_penalty": np.full(7, np.inf)}
    for change in (
        alike | {"option_capacity": np.array([5.0, 5.0, np.inf, 5.0, 5.0])},
        alike | {"option_capacity": np.full(5, 30.0)},
        alike | {"option_capacity": np.full(5, 2.0)},  # no plan at all: others say so
        alike | {"demand_penalty": np.full(7, 5.0)},
    ):
        assert len(fewest_options(build(crowded(1, **change)))) == 0
