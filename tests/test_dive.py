"""Dives from a relaxation: whole options at their end, feasible plans of them, and the relaxation left as it was."""

from __future__ import annotations

import numpy as np
import pytest
from oracle import faults
from test_planner_tree import masts

from netplan.planner.answer import with_plan
from netplan.planner.dive import Dive
from netplan.planner.incumbent import Search
from netplan.planner.model import build
from netplan.planner.problem import Floats
from netplan.planner.tree import Tree

ENDLESS = 60.0


def _dive(seed: int) -> tuple[Tree, Dive]:
    model = build(masts(seed, n=40, s=9))
    tree = Tree(model, Search(model, 0.0, ENDLESS, None), seed)
    assert tree.root(1.0) == "optimal"
    return tree, Dive(tree.lp.twin(), tree.cuts, tree.lp.point[tree.master.y : tree.master.z].copy())


def _options(tree: Tree, point: Floats) -> Floats:
    return point[tree.master.y : tree.master.z]


@pytest.mark.parametrize("seed", range(6))
def test_a_dive_ends_at_a_plan_that_costs_no_less_than_the_relaxation(seed: int) -> None:
    tree, dive = _dive(seed)
    bound, half = tree.lp.objective, _options(tree, tree.lp.point)
    rng = np.random.default_rng(seed)
    point = dive.point(rng, np.inf, lambda: ENDLESS)
    assert point is not None
    opened = _options(tree, point)
    assert np.abs(opened - np.round(opened)).max() < 1e-4
    assert dive.lp.objective >= bound - 1e-6 * abs(bound)
    plan = tree.plans.near(point, dive.likely)
    assert plan is not None
    search = Search(tree.model, 0.0, ENDLESS, None)
    assert search.offer(plan, "dive")
    assert search.objective >= bound - 1e-6 * abs(bound)
    assert not faults(tree.model.problem, with_plan(tree.model, search, "time"))
    assert tree.lp.solve(ENDLESS) == "optimal"  # the relaxation that it began at is as it was
    assert tree.lp.objective == pytest.approx(bound)
    assert np.allclose(_options(tree, tree.lp.point), half)


def test_nothing_from_a_ceiling_or_without_time() -> None:
    rng = np.random.default_rng(0)
    tree, dive = _dive(1)
    half = _options(tree, tree.lp.point)
    assert ((half > 0.01) & (half < 0.99)).any()  # the dive has something to do
    assert dive.point(rng, tree.lp.objective * (1 + 1e-6), lambda: ENDLESS) is None
    assert Dive(tree.lp.twin(), tree.cuts, dive.likely).point(rng, np.inf, lambda: 0.0) is None
    assert Dive(tree.lp.twin(), tree.cuts, dive.likely).point(rng, np.inf, lambda: ENDLESS) is not None


def test_more_of_the_relaxation_is_opened_where_a_point_serves_too_few() -> None:
    tree, dive = _dive(2)
    empty = np.zeros(tree.master.columns)
    assert tree.plans.of(empty) is None
    plan = tree.plans.near(empty, dive.likely)
    assert plan is not None
    opened = plan[tree.model.layout.y : tree.model.layout.z] > 0.5
    assert (dive.likely[opened] > 0).all()
