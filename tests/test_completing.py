"""Plans that miss some of a target are completed by one part that makes up for all of it."""

from __future__ import annotations

import numpy as np
import pytest
from test_outline import faults_of, free

from netplan.planner import completing
from netplan.planner.completing import completed
from netplan.planner.construct import Server, complete
from netplan.planner.greedy import greedy_options
from netplan.planner.incumbent import Search
from netplan.planner.model import Model, build
from netplan.planner.parts import Laid, Parts
from netplan.planner.piecewise import Piecewise
from netplan.planner.problem import Floats
from netplan.planner.reroute import Rerouter
from netplan.planner.routed import routed


def short(seed: int) -> tuple[Model, Laid, Floats]:
    """A district, a plan of it whose every fourth option is closed, and the weight that it misses of each target."""
    problem = free(seed)
    model = build(problem)
    whole = complete(model, greedy_options(model))
    assert whole is not None
    layout = model.layout
    opened = whole[layout.y : layout.z] > 0.5
    opened[np.flatnonzero(opened)[::4]] = False
    shares = Server(model).most(opened, problem.demand_weight)
    assert shares is not None
    plan = routed(Rerouter(model), opened, shares, {}, 0, 0)
    assert plan is not None
    served = np.minimum(np.bincount(layout.x_demand, plan[0][: layout.y], problem.shape[0]), 1.0)
    return model, Laid(*plan), problem.target_min - problem.target_member @ (problem.demand_weight * served)


@pytest.mark.parametrize("seed", [0, 1, 3, 4])
def test_a_part_makes_up_for_all_that_a_plan_misses(seed: int) -> None:
    model, plan, lack = short(seed)
    assert faults_of(model, plan.point) == ["target missed"] and lack.max() > 0
    found = completed(Parts(model), plan, lack, np.random.default_rng(0), 10.0)
    assert found is not None and faults_of(model, found.point) == []


def test_what_is_not_missing_needs_no_part() -> None:
    model, plan, lack = short(0)
    assert completed(Parts(model), plan, -np.abs(lack), np.random.default_rng(0), 10.0) is None


def test_parts_offer_the_plan_that_was_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan of parts that misses a target by less than `SOME` is completed, and the whole plan offered."""
    model, plan, lack = short(1)
    aside = Search(model, 0.0, 60.0, None)
    dear = complete(model, np.ones(model.problem.shape[1], bool))
    aside.offer(dear, "first plan")
    pieces = Piecewise(model, aside, Rerouter(model), 0)
    pieces.plan = plan
    monkeypatch.setattr("netplan.planner.piecewise.SOME", 1.0)
    monkeypatch.setattr(Piecewise, "_part", lambda self, price, left_s: 0)
    monkeypatch.setattr(Piecewise, "_priced", lambda self, point, price: 0.0)  # no plan is better than this one
    monkeypatch.setattr("netplan.planner.piecewise.TRIES", 0)
    assert pieces.run(0.6, np.ones(len(lack))) is not None
    assert aside.trace[-1].phase == "parts, completed"
    assert aside.point is not None and faults_of(model, aside.point) == []


def test_places_are_where_people_are_missing() -> None:
    model, plan, lack = short(3)
    sites = completing._places(Parts(model), plan, lack, np.random.default_rng(0))
    left = 1.0 - np.bincount(model.layout.x_demand, plan.point[: model.layout.y], model.problem.shape[0])
    near = np.asarray(Parts(model).reach[:, sites].sum(axis=1)).ravel() > 0
    weight = model.problem.target_member @ (model.problem.demand_weight * np.where(near, left, 0.0))
    assert len(sites) and (weight[lack > 0] >= lack[lack > 0]).all()
