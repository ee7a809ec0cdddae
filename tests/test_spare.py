"""Whom a plan serves besides, at no further cost: as many as an independent programme says, and nobody loses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from oracle import cost_of, faults
from scipy import sparse
from scipy.optimize import linprog
from smalldistrict import described, district
from test_planner_oracle import Random, drawn

from netplan.planner import Problem, Solution, serving_whom_it_can, solve
from netplan.planning import plan_district
from netplan.plans.unfilled import is_unfilled, unfilled_warning


def solved(problem: Problem) -> Solution:
    return solve(problem, gap=0.0, time_limit_s=20.0)


def village(**more: Any) -> Problem:
    """A hotspot with room for everybody, and half of three hamlets asked for."""
    given: dict[str, Any] = {
        "demand_weight": [100.0, 60.0, 40.0],
        "demand_mbps": [10.0, 6.0, 4.0],
        "target_member": np.ones((1, 3)),
        "target_min": [100.0],
        "option_cost": [5.0],
        "option_capacity": [1000.0],
        "option_site": [0],
        "site_cost": [1.0],
        "site_node": [1],
        "edge_tail": [0],
        "edge_head": [1],
        "edge_cost": [2.0],
        "roots": [0],
        "service_use": [[100.0], [60.0], [40.0]],
    }
    return Problem.of(**(given | more))


def weights(problem: Problem, plan: Solution) -> np.ndarray:
    return np.asarray(problem.demand_weight * plan.served.toarray().sum(1))


def test_a_hotspot_with_room_serves_all_it_reaches() -> None:
    problem = village()
    plan = solved(problem)
    assert 100.0 - 1e-6 <= weights(problem, plan).sum() < 200.0
    further = serving_whom_it_can(problem, plan)
    assert weights(problem, further) == pytest.approx([100.0, 60.0, 40.0])
    assert further.objective == plan.objective == cost_of(problem, further) and further.bound == plan.bound
    assert np.abs(further.edge_flow) == pytest.approx([20.0])


@pytest.mark.parametrize(
    ("more", "most"),
    [
        ({"option_capacity": [150.0]}, 150.0),
        ({"edge_capacity": [17.0]}, 170.0),
        ({"service_max": [[1.0], [0.5], [0.25]]}, 140.0),
        ({"service_cost": [[0.0], [1.0], [1.0]]}, 100.0),  # whom it costs something to serve is not served for nothing
        ({"option_needs_backhaul": [False], "edge_capacity": [1.0]}, 200.0),
        ({"target_min": [0.0]}, 0.0),  # nothing is open
    ],
)
def test_what_is_built_is_the_limit(more: dict[str, Any], most: float) -> None:
    problem = village(**more)
    further = serving_whom_it_can(problem, solved(problem))
    assert weights(problem, further).sum() == pytest.approx(most)
    assert not faults(problem, further)


def beside_a_school(**more: Any) -> Problem:
    """Nine people and one school compete for what a town leaves."""
    return village(
        demand_weight=[100.0, 1.0, 9.0],
        target_member=[[1, 0, 1], [0, 1, 0]],
        option_capacity=[109.0],
        service_use=[[100.0], [9.0], [9.0]],
        **more,
    )


def test_facilities_count_as_much_as_people() -> None:
    """The school is the whole of its target."""
    problem = beside_a_school(target_min=[100.0, 0.0])
    plan = solved(problem)
    first = weights(problem, plan)[0]
    further = weights(problem, serving_whom_it_can(problem, plan))
    assert further[1] == pytest.approx(1.0) and further[0] >= first


def test_within_a_budget_weight_counts() -> None:
    """Whoever weighs most is served first, as a budget is to serve the most weight."""
    problem = beside_a_school(target_min=[0.0, 0.0], budget=8.0)
    plan = solved(problem)
    fewer = replace(plan, served=sparse.csr_array([[1.0], [0.0], [0.0]]))
    assert weights(problem, serving_whom_it_can(problem, fewer)) == pytest.approx([100.0, 0.0, 9.0])


def two_hotspots() -> tuple[Problem, Solution]:
    """Both reach two hamlets; the one that reaches the third, too, has room for it if somebody moves."""
    problem = village(
        option_cost=[5.0, 5.0],
        option_capacity=[130.0, 70.0],
        option_site=[0, 0],
        service_use=[[100.0, 100.0], [60.0, 60.0], [40.0, 0.0]],
        target_min=[160.0],
    )
    before = sparse.csr_array([[0.7, 0.3], [1.0, 0.0], [0.0, 0.0]])
    return problem, replace(solved(problem), option_open=np.array([True, True]), served=before)


def test_who_has_no_need_to_move_stays() -> None:
    problem, here = two_hotspots()
    found = serving_whom_it_can(problem, here)
    after = found.served.toarray()
    assert after.sum(1) == pytest.approx([1.0, 1.0, 1.0]) and found.unfilled == ""
    # 40 more where all is full, and 40 of room beside it: as much moves, and no more
    assert problem.demand_weight @ np.minimum(after, here.served.toarray()).sum(1) == pytest.approx(160.0 - 40.0)


def test_an_option_without_room_is_in_nobodys_way() -> None:
    problem = village(
        option_cost=[5.0, 0.0],
        option_capacity=[1000.0, 0.0],
        option_site=[0, 0],
        service_use=[[100.0, 100.0], [60.0, 60.0], [40.0, 40.0]],
    )
    plan = replace(solved(problem), option_open=np.array([True, True]))
    assert weights(problem, serving_whom_it_can(problem, plan)).sum() == pytest.approx(200.0)


def test_an_interrupt_keeps_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = village()
    plan = solved(problem)
    monkeypatch.setattr("netplan.planner.spare.run_until_halted", lambda solver: True)
    after = serving_whom_it_can(problem, plan)
    assert after.served is plan.served and after.unfilled == "interrupt"


def test_many_shares_stay_where_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """With very many only those who lack service are looked at, and only what has room is filled."""
    monkeypatch.setattr("netplan.planner.spare.MOST_MOVED", 0)
    problem = village()
    after = serving_whom_it_can(problem, solved(problem))
    assert weights(problem, after).sum() == pytest.approx(200.0) and after.unfilled == ""
    problem, here = two_hotspots()
    after = serving_whom_it_can(problem, here)
    assert (after.served != here.served).nnz == 0 and after.unfilled == "size"


def test_a_solver_that_finds_nothing_keeps_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = village()
    plan = solved(problem)
    monkeypatch.setattr("netplan.planner.spare.run_until_halted", lambda solver: False)  # it was never run
    after = serving_whom_it_can(problem, plan)
    assert after.served is plan.served and after.unfilled == "solver"


def test_the_plan_says_that_it_may_serve_fewer_than_it_could(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(_: Problem, solution: Solution) -> Solution:
        return replace(solution, unfilled="interrupt")

    monkeypatch.setattr("netplan.planning.serving_whom_it_can", stopped)
    said = plan_district(described(district(tmp_path))).summary["warnings"]
    assert [each for each in said if is_unfilled(each)] == unfilled_warning("interrupt") != []


def test_a_budget_says_how_many_are_served_in_the_end() -> None:
    problem = village(target_min=[0.0], budget=8.0, target_member=np.zeros((1, 3)))
    plan = solved(problem)
    short = replace(
        plan, served=plan.served * 0.5, stages=(replace(plan.stages[0], value=100.0, gap=1.0), plan.stages[1])
    )
    further = serving_whom_it_can(problem, short)
    assert further.stages[0].value == pytest.approx(200.0) and further.stages[0].gap == pytest.approx(0.0)
    assert further.stages[1] == plan.stages[1]


def test_without_a_plan_nothing_is_changed() -> None:
    problem = village(target_min=[1000.0])
    plan = solved(problem)
    assert plan.status == "infeasible" and serving_whom_it_can(problem, plan) is plan


def worth_of(p: Problem) -> np.ndarray:
    """What whole demands are worth: their part of each target, little where none asks; their weight within a budget."""
    member = p.target_member.toarray()
    worth = np.zeros(len(p.demand_weight))
    for whose, times in [(np.ones(len(worth)), 1.0)] if p.budget is not None else [
        *((each, 1.0) for each in member), (member.sum(0) == 0, 0.01)
    ]:  # fmt: skip
        total = float((p.demand_weight * whose).sum())
        worth += times * whose * p.demand_weight / total if total else 0.0
    return worth


def most_by_linprog(p: Problem, plan: Solution) -> float:
    """Most worth that can be added to a plan, from the definition, with an arc each way on every edge."""
    now = plan.served.toarray()
    n, m = now.shape
    reach, use = np.zeros((n, m)), p.service_use.toarray()
    row, col = p.service_use.tocoo().row, p.service_use.tocoo().col
    reach[row, col] = p.service_max.toarray()[row, col]
    reach[:, ~plan.option_open] = 0.0
    reach[(p.demand_penalty != 0) | p.demand_integral, :] = 0.0
    reach[p.service_cost.toarray() != 0] = 0.0
    reach[p.demand_weight == 0, :] = 0.0
    least, most = np.where(reach > 0, 0.0, now), np.where(reach > 0, np.maximum(np.minimum(reach, 1.0), now), now)
    worth = worth_of(p)
    nodes = max([-1, *p.edge_tail, *p.edge_head, *p.roots, *p.site_node]) + 1
    arcs = list(zip(p.edge_tail.tolist(), p.edge_head.tolist(), strict=True))
    wide, e = n * m, len(arcs)
    above, limit, same, value = [], [], [], []
    for i in range(n):
        line = np.zeros(wide + 2 * e)
        line[i * m : (i + 1) * m] = 1.0
        above.append(line)
        limit.append(max(1.0, now[i].sum()))
        above.append(-line)
        limit.append(-now[i].sum())
    for j in np.flatnonzero(np.isfinite(p.option_capacity)):
        line = np.zeros(wide + 2 * e)
        line[j:wide:m] = use[:, j]
        above.append(line)
        limit.append(max(p.option_capacity[j], use[:, j] @ now[:, j]))
    for k in range(e):  # both directions together
        line = np.zeros(wide + 2 * e)
        line[[wide + k, wide + e + k]] = 1.0
        above.append(line)
        limit.append(min(p.edge_capacity[k], 1e6) if plan.edge_built[k] else 0.0)
    for v in sorted(set(range(nodes)) - set(p.roots.tolist())):
        line = np.zeros(wide + 2 * e)
        for k, (a, b) in enumerate(arcs):
            line[wide + k] += (a == v) - (b == v)
            line[wide + e + k] += (b == v) - (a == v)
        for j in range(m):
            if p.option_site[j] >= 0 and p.option_needs_backhaul[j] and p.site_node[p.option_site[j]] == v:
                line[j:wide:m] -= p.demand_mbps
        same.append(line)
        value.append(0.0)
    if not (most > least).any():
        return 0.0
    found = linprog(
        np.concatenate([-np.repeat(worth, m), np.zeros(2 * e)]),
        np.array(above), np.array(limit),
        np.array(same) if same else None, np.array(value) if same else None,
        bounds=[*zip(least.ravel(), most.ravel(), strict=True), *[(0.0, None)] * (2 * e)],
    )  # fmt: skip
    assert found.status == 0, found.message
    return -float(found.fun) - float(worth @ now.sum(1))


def test_as_many_as_an_independent_programme_says() -> None:
    added = 0
    for seed in range(400):
        problem = drawn(Random(seed), budget=bool(seed % 4 == 3), tiny=False)
        plan = solved(problem)
        if plan.status not in ("optimal", "feasible"):
            continue
        further = serving_whom_it_can(problem, plan)
        assert not faults(problem, further), seed
        assert (further.served.toarray().sum(1) >= plan.served.toarray().sum(1) - 1e-6).all()
        worth = worth_of(problem)
        before, after = (float(worth @ each.served.toarray().sum(1)) for each in (plan, further))
        gained, most = after - before, most_by_linprog(problem, plan)
        assert most - 1e-3 * before - 2e-5 <= gained <= most + 2e-5, seed  # staying is worth a little, too
        added += gained > 1e-3
    assert added > 30
