"""Parts of plans: they cost what they change in the whole, and all sites together are the whole problem."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from oracle import exact, faults
from relaydistrict import district

from netplan.errors import SolverError
from netplan.planner import Problem, piecewise, solved_aside
from netplan.planner.answer import with_plan
from netplan.planner.construct import complete
from netplan.planner.greedy import greedy_options
from netplan.planner.incumbent import Search
from netplan.planner.model import Model, build
from netplan.planner.parts import Laid, Part, Parts, laid
from netplan.planner.piecewise import Piecewise
from netplan.planner.problem import Floats
from netplan.planner.reroute import Rerouter
from netplan.planner.tree import branch_and_cut
from netplan.planner.unlinked import unlinked, with_links, without_links
from netplan.planner.walk import Rough, Walker

MISSED = ["target missed"]


def begun(problem: Problem) -> tuple[Model, Laid] | None:
    """The greedy plan and its paths; None where greed finds none."""
    model = build(problem)
    point = complete(model, greedy_options(model))
    plan = None if point is None else laid(Rerouter(model), point)
    return None if plan is None else (model, plan)


def wrong(model: Model, point: Floats) -> list[str]:
    """What is wrong with a plan, as counted from the problem alone."""
    search = Search(model, 0.0, 60.0, None)
    search.offer(point, "plan")
    return faults(model.problem, with_plan(model, search, "time"))


def priced(model: Model, point: Floats, price: Floats) -> float:
    """Cost of a plan, and what those whom it does not serve are worth."""
    served = np.bincount(model.layout.x_demand, point[: model.layout.y], len(price))
    return float(model.cost @ point + price @ (1.0 - served))


@pytest.mark.parametrize("free", [False, True])
def test_a_part_costs_what_it_changes_in_the_whole(free: bool) -> None:
    changed, kept, missed = 0, 0, 0
    for seed in range(12 if free else 6):
        problem = district(seed, n=40, s=9)
        start = begun(replace(problem, service_cost=problem.service_cost * 0.0) if free else problem)
        if start is None:
            continue
        model, plan = start
        rng = np.random.default_rng(seed)
        parts = Parts(model)
        price = model.problem.demand_weight * rng.uniform(0.1, 4.0)
        for centre in rng.permutation(9)[:3].tolist():
            sites = parts.around(centre, int(rng.integers(1, 6)))
            assert sites[0] == centre
            part = parts.cut(plan, price, sites)
            if part is None:
                continue
            at_first = part.start()
            assert wrong(part.model, at_first) == []
            aside = Search(part.model, 1e-3, 2.0, None)
            aside.offer(at_first, "as it is")
            branch_and_cut(part.model, aside, 0, 1, 0.01)
            assert aside.point is not None
            merged = part.merged(aside.point)
            if merged is None:
                continue
            assert wrong(model, merged.point) in ([], MISSED)
            missed += wrong(model, merged.point) == MISSED
            change = aside.objective - float(part.model.cost @ at_first) - part.model.constant
            # shares dearer than they are worth are left out of a part before it is chosen anew
            dear = np.flatnonzero(
                (plan.point[: model.layout.y] > 0) & (model.cost[: model.layout.y] > price[model.layout.x_demand])
            )
            if not len(dear):
                whole = priced(model, merged.point, price) - priced(model, plan.point, price)
                assert whole == pytest.approx(change, abs=1e-5 * (1 + abs(float(model.cost @ plan.point))))
                kept += 1
            changed += change < -1e-6
            if priced(model, merged.point, price) <= priced(model, plan.point, price):
                plan = merged
    assert kept >= 8 and changed >= 5 and missed > 0, (kept, changed, missed)


def of_all_sites(problem: Problem, seed: int) -> tuple[Floats, Part] | None:
    """What serving each demand is worth, at random, and the part of all sites of the greedy plan, if there is one."""
    start = begun(problem)
    if start is None:
        return None
    price = problem.demand_weight * np.random.default_rng(seed).uniform(1.0, 6.0)
    part = Parts(start[0]).cut(start[1], price, np.arange(problem.shape[2]))
    assert part is not None
    return price, part


def test_a_part_of_all_sites_is_the_whole_with_prices() -> None:
    compared = 0
    for seed in range(25):
        problem = district(seed)
        found = of_all_sites(problem, seed)
        if found is None:
            continue
        price, part = found
        whole = replace(problem, demand_penalty=price, target_min=np.zeros(2))
        ours = exact(part.model.problem).cost
        reached = np.zeros(problem.shape[0], bool)
        reached[part.demands] = True
        assert ours + price[~reached].sum() == pytest.approx(exact(whole).cost, rel=1e-6, abs=1e-6)
        compared += 1
    assert compared >= 18


@pytest.mark.parametrize("star", [False, True])
def test_a_part_without_links_reckons_no_site_too_cheap(star: bool) -> None:
    """In a star it is the part; elsewhere what it is reckoned at is enough to link what it opens."""
    compared = 0
    for seed in range(8):
        problem = district(seed, n=16, s=5)
        problem = replace(
            problem,
            service_cost=problem.service_cost * 0.0, edge_capacity=np.full(len(problem.edge_cost), np.inf),
            edge_site=np.full_like(problem.edge_site, -1),
        )  # fmt: skip
        if star:  # one edge from each site to a root
            costs = np.random.default_rng(seed).uniform(1.0, 15.0, 5)
            problem = replace(
                problem,
                edge_tail=np.arange(5), edge_head=np.full(5, problem.roots[0]), edge_cost=costs,
                edge_capacity=np.full(5, np.inf), edge_site=np.full((5, 2), -1),
                limit_edge=problem.limit_edge[:, :5], option_needs_backhaul=np.ones(10, bool),
            )  # fmt: skip
        found = of_all_sites(problem, seed)
        if found is None:
            continue
        part = found[1]
        own = unlinked(part.model)
        assert wrong(own, without_links(own, part.model, part.start())) == []
        aside = Search(own, 1e-9, 10.0, None)
        aside.offer(without_links(own, part.model, part.start()), "as it is")
        branch_and_cut(own, aside, 0, 1, 0.01)
        assert aside.point is not None and aside.gap < 1e-6
        linked = with_links(part.model, own, aside.point, 0)
        assert linked is not None and wrong(part.model, linked) == []
        cost = float(part.model.cost @ linked) + part.model.constant
        assert cost <= aside.objective + 1e-6 * (1 + abs(aside.objective))
        if star:
            assert exact(part.model.problem).cost == pytest.approx(aside.objective, rel=1e-6, abs=1e-6)
        compared += 1
    assert compared >= 5, compared


def test_parts_and_a_walk_after_them_make_the_plan_cheaper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(piecewise, "FEWEST", 2)
    better = 0
    for seed in range(6):
        problem = district(seed, n=60, s=14)
        problem = replace(problem, service_cost=problem.service_cost * 0.0)
        start = begun(problem)
        if start is None:
            continue
        model, plan = start
        assert Walker.suits(model) and Piecewise.suits(model)
        search = Search(model, 1e-6, 60.0, None)
        search.offer(plan.point, "first plan")
        first = search.objective
        rerouter = Rerouter(model)
        pieces = Piecewise(model, search, rerouter, 0)
        pieces.size = [5, 5]
        rough = pieces.run(1.5, np.full(2, 2.0 * first / problem.target_min.sum()))
        assert rough is not None and (rough.charge > 0).all()
        assert wrong(model, rough.point) in ([], MISSED)
        walker = Walker(model, search, rerouter, 0)
        assert walker.begin(rough) and walker.plan is not None
        walker.plan.option["appeal"] = 1.0
        if walker.anneal(5000, 0.02, 0.001):
            walker.offer()
        assert search.point is not None and wrong(model, search.point) == []
        better += search.objective < first - 1e-6
    assert better >= 3


def test_a_target_that_is_worth_nothing_to_the_relaxation_is_charged_for_all_the_same() -> None:
    problem = district(1, n=40, s=9)
    start = begun(replace(problem, service_cost=problem.service_cost * 0.0))
    assert start is not None
    model, plan = start
    search = Search(model, 1e-6, 60.0, None)
    search.offer(plan.point, "first plan")
    rough = Piecewise(model, search, Rerouter(model), 0).run(0.6, np.zeros(2))
    assert rough is not None and (rough.charge > 0).all()
    walker = Walker(model, search, Rerouter(model), 0)
    assert walker.begin(Rough(plan.point, np.zeros(2))) and walker.plan is not None
    assert (walker.plan.target["charge"] > 0).all()


def test_a_target_that_asks_for_nobody_has_no_price() -> None:
    problem = district(1, n=40, s=9)
    nobody = np.where(np.arange(len(problem.target_min)) == 0, 0.0, problem.target_min)
    start = begun(replace(problem, service_cost=problem.service_cost * 0.0, target_min=nobody))
    assert start is not None
    model, plan = start
    search = Search(model, 1e-6, 60.0, None)
    search.offer(plan.point, "first plan")
    rough = Piecewise(model, search, Rerouter(model), 0).run(0.6, np.zeros(2))
    assert rough is not None and rough.charge[0] == 0.0 and rough.charge[1] > 0.0
    assert wrong(model, rough.point) in ([], MISSED)


def test_a_part_whose_solver_fails_leaves_the_plan_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    start = begun(replace(district(1, n=40, s=9), service_cost=district(1, n=40, s=9).service_cost * 0.0))
    assert start is not None
    model, plan = start
    search = Search(model, 1e-6, 60.0, None)
    search.offer(plan.point, "first plan")

    def fails(*_: object) -> str:
        raise SolverError("numbers")

    monkeypatch.setattr(solved_aside, "branch_and_cut", fails)
    rough = Piecewise(model, search, Rerouter(model), 0).run(0.6, np.ones(2))
    assert rough is not None and wrong(model, rough.point) == []
