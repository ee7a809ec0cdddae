"""First-order steps for linear programmes against HiGHS (through scipy)."""

from __future__ import annotations

import time
from itertools import count
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from netplan.planner import pdhg
from netplan.planner.pdhg import minimise
from netplan.planner.problem import Floats


def programme(seed: int) -> tuple[sparse.csr_array, Floats, tuple[Floats, Floats], tuple[Floats, Floats]]:
    """A feasible programme with rows that bind on either side, on both, are equations, or ask nothing."""
    rng = np.random.default_rng(seed)
    m, n = int(rng.integers(3, 40)), int(rng.integers(3, 60))
    size = 10.0 ** rng.uniform(-2, 2, (m, 1))
    matrix = np.where(rng.random((m, n)) < 0.3, rng.normal(size=(m, n)), 0.0) * size
    least = rng.uniform(-1, 0, n)
    most = least + rng.uniform(0, 2, n) * (rng.random(n) < 0.9)
    at = matrix @ rng.uniform(least, most)
    lower = np.where(rng.random(m) < 0.5, at - size[:, 0] * rng.choice([0.0, 1.0], m), -np.inf)
    upper = np.where(rng.random(m) < 0.5, at + size[:, 0] * rng.choice([0.0, 1.0], m), np.inf)
    cost = rng.normal(size=n) * (rng.random(n) < 0.8)
    return sparse.csr_array(matrix), cost, (least, most), (lower, upper)


def bound(
    matrix: sparse.csr_array, cost: Floats, columns: tuple[Floats, Floats], rows: tuple[Floats, Floats], dual: Floats
) -> float:
    """What multipliers prove, -inf where they price a side that is not there."""
    priced = dual != 0
    sides = np.where(dual > 0, rows[0], rows[1])[priced]
    reduced = cost - matrix.T @ dual
    return float(dual[priced] @ sides + np.minimum(reduced * columns[0], reduced * columns[1]).sum())


@pytest.mark.parametrize("seed", range(40))
def test_the_least_cost_and_its_multipliers_are_those_of_the_simplex_method(seed: int) -> None:
    matrix, cost, columns, rows = programme(seed)
    exact = milp(cost, constraints=LinearConstraint(matrix, *rows), bounds=Bounds(*columns)).fun
    start = (np.zeros(len(cost)), np.zeros(matrix.shape[0]))
    answer = minimise(matrix, cost, columns, rows, start, 20.0)
    assert answer.solved
    near = 5e-4 * (1 + abs(exact))
    assert abs(float(cost @ answer.x) - exact) <= near
    proven = bound(matrix, cost, columns, rows, answer.dual)
    assert exact - near <= proven <= exact + 1e-6 * (1 + abs(exact))  # never above, whatever the rounding
    assert (answer.x >= columns[0]).all() and (answer.x <= columns[1]).all()
    at = matrix @ answer.x
    assert np.linalg.norm(np.maximum(rows[0] - at, 0) + np.maximum(at - rows[1], 0)) <= 1e-3 * (
        1 + np.linalg.norm(np.where(np.isfinite(at), at, 0))
    )
    again = minimise(matrix, cost, columns, rows, (answer.x, answer.dual), 20.0, weight=answer.weight)
    assert again.solved and again.steps <= answer.steps


def test_stopped_at_once_the_multipliers_still_prove_something() -> None:
    matrix, cost, columns, rows = programme(7)
    start = (np.zeros(len(cost)), np.zeros(matrix.shape[0]))
    answer = minimise(matrix, cost, columns, rows, start, 0.0, precision=0.0)
    assert not answer.solved and answer.steps > 0
    exact = milp(cost, constraints=LinearConstraint(matrix, *rows), bounds=Bounds(*columns)).fun
    assert bound(matrix, cost, columns, rows, answer.dual) <= exact + 1e-6


def test_the_time_is_the_thread_s_own_and_the_wall_ends_it_at_the_latest(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix, cost, columns, rows = programme(7)
    start = (np.zeros(len(cost)), np.zeros(matrix.shape[0]))
    hours = count(0, 3600)  # others have the machine between any two looks at the clock
    monkeypatch.setattr(pdhg, "time", SimpleNamespace(thread_time=time.thread_time, monotonic=lambda: next(hours)))
    assert minimise(matrix, cost, columns, rows, start, 20.0).solved
    assert not minimise(matrix, cost, columns, rows, start, 20.0, left_s=60.0, precision=0.0).solved


def test_without_rows_each_column_goes_to_its_cheaper_end() -> None:
    cost = np.array([1.0, -2.0, 0.0])
    none = np.zeros(0)
    answer = minimise(sparse.csr_array((0, 3)), cost, (np.zeros(3), np.ones(3)), (none, none), (np.ones(3), none), 5.0)
    assert answer.x[0] == 0.0 and answer.x[1] == 1.0


def test_a_weight_that_ran_away_still_leaves_steps_on_both_sides() -> None:
    matrix, cost, columns, rows = programme(3)
    least = milp(cost, bounds=Bounds(*columns), constraints=LinearConstraint(matrix, *rows)).fun
    none = np.zeros(matrix.shape[1]), np.zeros(matrix.shape[0])
    for weight in (1e-30, 1e300):
        answer = minimise(matrix, cost, columns, rows, none, 20.0, weight=weight)
        assert answer.solved
        assert cost @ answer.x == pytest.approx(least, rel=1e-2, abs=1e-2)
