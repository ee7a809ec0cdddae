"""Bounds are rounded up to a cost that plans can have, and only where that is true."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from oracle import exact
from scipy import sparse
from test_planner_oracle import Random, drawn

from netplan.planner import Problem
from netplan.planner.granularity import cost_step, lifted
from netplan.planner.incumbent import Search
from netplan.planner.model import build


def whole(seed: int) -> Problem:
    """A random problem whose costs are multiples of three."""
    r = np.random.default_rng(seed)
    p = drawn(Random(seed), budget=False, tiny=False)
    n, m, s, e = p.shape
    cost = p.service_cost.copy()
    cost.data = 3.0 * r.integers(0, 3, len(cost.data)) if seed % 3 else np.zeros(len(cost.data))
    penalty = np.where(np.isfinite(p.demand_penalty), 3.0 * r.integers(0, 5, n), np.inf)
    loose = seed % 2 == 0
    return dataclasses.replace(
        p,
        option_cost=3.0 * r.integers(0, 6, m),
        site_cost=3.0 * r.integers(0, 6, s),
        edge_cost=3.0 * r.integers(0, 6, e),
        service_cost=cost,
        demand_penalty=np.where(penalty == 0, 0.0, penalty),
        option_capacity=np.full(m, np.inf) if loose else p.option_capacity,
        edge_capacity=np.full(e, np.inf) if loose else p.edge_capacity,
        service_max=_whole_max(p) if loose else p.service_max,
        target_min=np.zeros(len(p.target_min)) if loose else p.target_min,
    )


def _whole_max(p: Problem) -> sparse.csr_array:
    """service_max = 1 on the pattern of service_use."""
    use = p.service_use
    return sparse.csr_array((np.ones(len(use.data)), use.indices, use.indptr), shape=use.shape)


def test_the_optimum_is_a_multiple_of_the_step() -> None:
    stepped = 0
    for seed in range(150):
        problem = whole(seed)
        step = cost_step(build(problem))
        answer = exact(problem)
        if not step or not answer.feasible:
            continue
        stepped += 1
        assert answer.cost / step == pytest.approx(round(answer.cost / step), abs=1e-6), seed
    assert stepped > 30


def test_shares_that_cost_and_may_be_split_leave_no_step() -> None:
    common = dict(
        demand_weight=[1.0, 1.0], demand_penalty=[7.0, 7.0], option_cost=[2.0], service_use=np.array([[1.0], [1.0]])
    )
    assert cost_step(build(Problem.of(**common))) == 1.0
    assert cost_step(build(Problem.of(**common, option_capacity=[1.5]))) == 0.0
    assert cost_step(build(Problem.of(**common, option_capacity=[1.5], demand_integral=[True, True]))) == 1.0
    assert cost_step(build(Problem.of(**(common | {"option_cost": [2.5]})))) == 0.0
    assert cost_step(build(Problem.of(**common, budget=5.0))) == 0.0


@pytest.mark.parametrize(
    ("bound", "step", "expected"),
    [(112.533, 1.0, 113.0), (113.00001, 1.0, 113.00001), (112.9999999, 1.0, 113.0), (7.0, 0.0, 7.0), (4.0, 3.0, 6.0)],
)
def test_lifting(bound: float, step: float, expected: float) -> None:
    assert lifted(bound, step) == pytest.approx(expected, abs=1e-12)
    assert lifted(-np.inf, step) == -np.inf


def test_the_search_proves_by_rounding_up() -> None:
    problem = Problem.of(demand_weight=[1.0], demand_penalty=[np.inf], option_cost=[5.0], service_use=np.array([[1.0]]))
    model = build(problem)
    search = Search(model, 0.0, 10.0, None)
    point = np.zeros(len(model.cost))
    point[0] = point[model.layout.y] = 1.0
    search.offer(point, "plan")
    search.raise_bound(4.2, "bound")
    assert search.bound == search.objective == 5.0
    assert search.done
