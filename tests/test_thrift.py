"""Plans to start from within a budget hold, cost no more than it, and serve ever more."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from oracle import faults
from scipy import sparse
from test_planner_oracle import Random, drawn

from netplan.planner import solve
from netplan.planner.answer import with_plan
from netplan.planner.incumbent import Search
from netplan.planner.kernels import small_district
from netplan.planner.model import build
from netplan.planner.thrift import affordable_plans


@pytest.mark.parametrize("seed", range(60))
def test_they_hold_within_the_budget(seed: int) -> None:
    problem = drawn(Random(seed), budget=True, tiny=False)
    assert problem.budget is not None
    model = build(problem)
    served = -1.0
    for point in affordable_plans(model, problem.budget, np.inf):
        search = Search(model, 0.0, 60.0, None)
        assert search.offer(point, "start")
        plan = with_plan(model, search, "time")
        assert faults(problem, plan) == []
        weight = float(problem.demand_weight @ plan.served.sum(axis=1))
        assert weight >= served - 1e-9
        served = weight


def test_much_of_what_a_budget_buys_is_there_at_once() -> None:
    """What serves three tenths of everybody in target mode pays greedily for two at least."""
    district = small_district()
    part = 0.3 * float(district.demand_weight.sum())
    everybody = dataclasses.replace(
        district, target_member=sparse.csr_array(np.ones((1, district.shape[0]))), target_min=np.array([part])
    )
    budget = 1.01 * solve(everybody, time_limit_s=10.0).objective
    model = build(dataclasses.replace(everybody, target_min=np.zeros(1), budget=budget))
    *_, last = affordable_plans(model, budget, np.inf)
    shares = np.bincount(model.layout.x_demand, last[: model.layout.y], district.shape[0])
    assert district.demand_weight @ shares > 0.67 * part
