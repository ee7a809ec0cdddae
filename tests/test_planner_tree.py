"""Branch and cut on the master, and the bounds it stands on, where sites hold several options that share capacity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, note
from oracle import code, exact, faults
from scipy import sparse
from test_planner_oracle import disagreements, examples, problems

from netplan.planner import Problem, engine, solve
from netplan.planner.bounding import Bounding
from netplan.planner.cut_pool import CutPool
from netplan.planner.incumbent import Search
from netplan.planner.master import build_master
from netplan.planner.master_lp import MasterLP
from netplan.planner.model import build
from netplan.planner.pairs import pairs_of
from netplan.planner.projection import Projection
from netplan.planner.rows import Rows
from netplan.planner.tree import Tree, branch_and_cut


def masts(seed: int, n: int = 18, s: int = 5, share: float = 0.8) -> Problem:
    """People round masts of three options each, whose capacities bind, and links between the masts."""
    rng = np.random.default_rng(seed)
    people, mast = rng.random((n, 2)), rng.random((s, 2))
    site = np.repeat(np.arange(s), 3)
    far = np.hypot(*(people[:, None] - mast[site][None]).transpose(2, 0, 1))
    seen = far < np.tile([0.45, 0.35, 0.2], s)
    tail, head = np.triu_indices(s, 1)
    reach = seen.any(axis=1)
    weight = rng.integers(5, 60, n).astype(float)
    return Problem.of(
        demand_weight=weight,
        demand_mbps=weight / 10,
        target_member=[reach],
        target_min=[share * float(weight[reach].sum())],
        option_cost=np.tile([60.0, 95.0, 14.0], s),
        option_capacity=np.tile([9.0, 30.0, 20.0], s),
        option_site=site,
        service_use=seen * (weight / 10)[:, None] * (1 + far),
        site_cost=rng.choice([15.0, 70.0], s),
        site_node=np.arange(s),
        edge_tail=np.append(tail, np.arange(s)),
        edge_head=np.append(head, np.full(s, s)),
        edge_cost=np.append(120 * np.hypot(*(mast[tail] - mast[head]).T), np.full(s, 45.0)),
        roots=[s],
    )


@examples(60)
@given(problems())
def test_the_tree_alone_finds_the_optimum_of_the_complete_model(problem: Problem) -> None:
    note(code(problem))
    size, engine.TREE = engine.TREE, 0
    try:
        solution = solve(problem, gap=0.0, time_limit_s=30.0, threads=1)
    finally:
        engine.TREE = size
    assert disagreements(problem, solution, exact(problem)) == []


@pytest.mark.parametrize(("seed", "threads"), [(0, 1), (1, 2), (2, 1), (3, 2)])
def test_masts_of_several_options_cost_what_the_complete_model_says(
    seed: int, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "TREE", 0)
    problem = masts(seed)
    solution = solve(problem, gap=0.0, time_limit_s=20.0, threads=threads)  # a tenth goes to local search, twice
    assert disagreements(problem, solution, exact(problem)) == []


@pytest.mark.parametrize("seed", [87, 3, 11])
def test_masts_of_which_some_are_asked_for_cost_what_the_complete_model_says(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The master's bound is above that of the relaxation whose reduced costs close columns of the complete model."""
    monkeypatch.setattr(engine, "TREE", 0)
    rng = np.random.default_rng(seed)
    problem = masts(seed, n=int(rng.integers(6, 14)), s=int(rng.integers(3, 5)))
    sites, options = problem.shape[2], problem.shape[1]
    chosen, least = rng.choice([0.0, 1.0], (1, options)), float(rng.integers(1, 4))
    asked = sparse.csr_array(chosen), sparse.csr_array((1, sites))
    if rng.random() < 0.5:
        asked = sparse.csr_array((1, options)), sparse.csr_array(rng.choice([0.0, 1.0], (1, sites)))
    problem = replace(
        problem,
        limit_option=asked[0],
        limit_site=asked[1],
        limit_edge=sparse.csr_array((1, problem.shape[3])),
        limit_lower=np.array([least]),
        limit_upper=np.array([np.inf]),
    )
    solution = solve(problem, gap=0.0, time_limit_s=20.0, threads=1)
    assert disagreements(problem, solution, exact(problem)) == []


def test_a_branching_that_is_impossible_one_way_and_free_the_other_is_one() -> None:
    """At a bound of 0 and without a plan such a branching once had no score, and none was chosen for ever."""
    problem = Problem.of(
        demand_weight=[0.0, 1572864.0, 5242880.0],
        demand_mbps=[0.0, 2.0, 2.0],
        option_cost=[31.0, 0.5, 31.0, 1.25],
        option_site=[0, 0, 0, 1],
        service_use=(
            [0, 0, 0, 0, 1, 1, 1, 1, 2],
            [0, 1, 2, 3, 0, 1, 2, 3, 2],
            [0.0, 1.0, 2.0, 0.5, 0.0, 0.0, 2.0, 1.0, 0.5],
        ),
        service_max=(
            [0, 0, 0, 0, 1, 1, 1, 1, 2],
            [0, 1, 2, 3, 0, 1, 2, 3, 2],
            [0.5, 0.25, 1.0, 1.0, 0.25, 1.0, 0.25, 0.0, 0.25],
        ),
        site_cost=[0.0, 0.0],
        site_node=[3, 2],
        edge_tail=[0, 2, 4, 4, 4],
        edge_head=[4, 0, 1, 1, 2],
        edge_cost=[0.0, 0.0, 0.0, 0.0, 0.0],
        edge_site=[[1, 0], [0, 1], [1, 1], [-1, 1], [-1, 0]],
        roots=[0, 4],
        limit_site=([0, 0, 1, 1], [0, 1, 0, 1], [2.0, -1.0, 2.0, -1.0]),
        limit_lower=[-np.inf, 1.0],
        limit_upper=[1.0, np.inf],
    )
    size, engine.TREE = engine.TREE, 0
    try:
        solution = solve(problem, gap=0.0, time_limit_s=20.0, threads=1)
    finally:
        engine.TREE = size
    assert disagreements(problem, solution, exact(problem)) == []


def three_in_one() -> Problem:
    """One demand sees a full mast and one with three radios: a third of each must not add up to a whole one."""
    return Problem.of(
        demand_weight=[1.0, 1.0],
        demand_mbps=[1.0, 1.0],
        target_member=[[True, True]],
        target_min=[2.0],
        option_cost=[1.0, 1.0, 1.0, 1.0],
        option_capacity=[9.0, 9.0, 9.0, 1.0],
        option_site=[0, 0, 0, 1],
        service_use=[[1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 1.0]],
        site_cost=[90.0, 10.0],
        site_node=[0, 1],
        edge_tail=[0, 1],
        edge_head=[2, 2],
        edge_cost=[1.0, 1.0],
        roots=[2],
    )


def root_bound(problem: Problem, shared: bool) -> float:
    """The bound of the cut relaxation, with or without what the options of a site share."""
    search = Search(build(problem), 0.0, 120.0, None)
    tree = Tree(search.model, search, 0)
    if not shared:
        tree.cuts.projection.pair[:] = -1
    assert tree.root(1.0) == "optimal"
    return search.bound


def test_thirds_of_three_options_do_not_make_a_site() -> None:
    problem = three_in_one()
    optimum = exact(problem).cost
    assert optimum == pytest.approx(104.0)
    assert root_bound(problem, shared=True) == pytest.approx(optimum)
    assert root_bound(problem, shared=False) < 0.6 * optimum


def test_sites_of_one_option_share_nothing() -> None:
    """The full mast again, beside one of a single radio."""
    problem = Problem.of(
        demand_weight=[1.0, 1.0],
        demand_mbps=[1.0, 1.0],
        target_member=[[True, True]],
        target_min=[2.0],
        option_cost=[1.0, 1.0],
        option_capacity=[9.0, 1.0],
        option_site=[0, 1],
        service_use=[[1.0, 1.0], [0.0, 1.0]],
        site_cost=[90.0, 10.0],
        site_node=[0, 1],
        edge_tail=[0, 1],
        edge_head=[2, 2],
        edge_cost=[1.0, 1.0],
        roots=[2],
    )
    master = build_master(build(problem))
    assert not len(Projection(master).pair_column)
    assert root_bound(problem, shared=True) == pytest.approx(exact(problem).cost) == pytest.approx(104.0)


@pytest.mark.parametrize("seed", range(2))
def test_what_a_site_shares_never_lifts_the_root_above_the_optimum(seed: int) -> None:
    problem = masts(seed)
    assert root_bound(problem, shared=True) <= exact(problem).cost * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_the_first_order_bound_with_pairs_is_not_above_the_optimum(seed: int) -> None:
    problem = masts(seed) if seed else three_in_one()
    bounding = Bounding(build_master(build(problem)), 0)
    for _ in range(25):
        bounding.relax(5.0)
        if not bounding.tighten():
            break
    optimum = exact(problem).cost
    assert bounding.of_shares.paired.any()
    assert 0.5 * optimum < bounding.bound <= optimum * (1 + 1e-9)


def two_that_serve_their_own_better() -> Problem:
    """Two radios, each with room for the demand next to it twice, or once for both: two halves would seem enough."""
    return Problem.of(
        demand_weight=[1.0, 1.0],
        demand_mbps=[1.0, 1.0],
        target_member=[[True, True]],
        target_min=[2.0],
        option_cost=[1.0, 1.0],
        option_capacity=[2.0, 2.0],
        option_site=[-1, -1],
        service_use=[[1.0, 2.0], [2.0, 1.0]],
    )


def test_half_an_option_serves_half_a_demand_at_most() -> None:
    """Half of each radio has room for its own demand wholly; without rows of openings that costs 1, with them 4/3."""
    problem = two_that_serve_their_own_better()
    bounding = Bounding(build_master(build(problem)), 0)
    bounding.relax(5.0)
    assert bounding.cost_now == pytest.approx(1.0, abs=1e-3)
    for _ in range(10):
        if not bounding.tighten():
            break
        bounding.relax(5.0)
    assert bounding.of_shares.opened.any() and len(bounding.unpriced) == len(bounding.rows)
    assert exact(problem).cost == 2.0
    assert bounding.bound == pytest.approx(4 / 3, rel=1e-3)


def test_pairs_are_what_a_site_could_serve_twice() -> None:
    problem = Problem.of(
        demand_weight=[1.0, 1.0],
        demand_mbps=[1.0, 1.0],
        option_cost=[1.0, 1.0, 1.0, 1.0],
        option_site=[0, 0, 1, -1],
        service_use=np.ones((2, 4)),
        service_max=[[1.0, 0.5, 1.0, 1.0], [0.4, 0.6, 1.0, 1.0]],
        site_cost=[1.0, 1.0],
        site_node=[0, 1],
        edge_tail=[0, 1],
        edge_head=[2, 2],
        edge_cost=[1.0, 1.0],
        roots=[2],
    )
    master = build_master(build(problem))
    pair, column = pairs_of(master, problem.service_max.data)
    assert pair.tolist() == [0, 0, -1, -1, -1, -1, -1, -1]  # 0.4 + 0.6 is not more than the whole
    assert column.tolist() == [master.w]  # both need backhaul


@pytest.mark.parametrize("seed", [17, *range(5)])
def test_nothing_is_proven_by_a_plan_that_links_make_dearer_than_its_node(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Links that are too small are not in the master: a plan of a whole node says nothing of the others in it."""
    problem = masts(seed, n=12, s=4)
    rng = np.random.default_rng(seed)
    problem = replace(problem, edge_capacity=rng.choice([10.0, 14.0, 25.0], len(problem.edge_cost)))
    model = build(problem)
    search = Search(model, 1e-4, 10.0, None)
    branch_and_cut(model, search, 0, 1, 0.05)
    assert search.bound <= exact(problem).cost * (1 + 1e-6)


def test_a_root_whose_columns_are_fixed_proves_no_more_than_what_they_are_fixed_for() -> None:
    """Plans between the cutoff and the best one are fixed away: the relaxation says nothing of them."""
    model = build(masts(79, n=24, s=6, share=0.85))
    best = Search(model, 1e-6, 20.0, None)
    assert branch_and_cut(model, best, 0, 1, 0.05) == "gap"
    search = Search(model, 0.05, 20.0, None)
    search.offer(best.point, "the best plan")
    tree = Tree(model, search, 0)
    tree.root(1.0)
    cutoff = tree.search.cutoff
    assert tree.lp.objective > 1.003 * cutoff  # what is left is dearer than what was asked about
    assert search.bound == pytest.approx(cutoff, rel=1e-9)


def test_a_basis_comes_back_with_the_cuts_that_were_tight_in_it() -> None:
    master = build_master(build(masts(5)))
    lp = MasterLP(master, 0)
    weight = np.random.default_rng(5).random(master.a - master.y)
    columns = np.arange(master.y, master.a)
    assert lp.solve(10.0) == "optimal"
    lp.add(Rows.of(np.zeros(len(columns)), columns, weight, [weight @ lp.point[columns] + 0.3], np.inf))
    assert lp.solve(10.0) == "optimal"
    basis, objective, point, rows = lp.basis(), lp.objective, lp.point, lp.rows
    for _ in range(5):  # everything open: what was tight is slack, and goes
        lp.bounds(columns, np.ones(len(columns)), np.ones(len(columns)))
        assert lp.solve(10.0) == "optimal"
        lp.drop_idle()
    assert lp.rows < rows
    lp.bounds(columns, master.lower[columns], master.upper[columns])
    assert lp.come_back(basis)
    back = lp.rows
    lp.add(Rows.of(np.zeros(len(columns)), columns, weight, [0.0], np.inf))  # of another part of the search
    assert lp.come_back(basis)
    assert lp.rows == back
    assert lp.solve(10.0) == "optimal"
    assert lp.steps == 0, "the basis is optimal as it stands"
    assert lp.objective == pytest.approx(objective, rel=1e-9)
    assert lp.point == pytest.approx(point, abs=1e-9)


def test_the_pool_gives_back_what_is_violated_and_absent() -> None:
    pool = CutPool(3)
    places = pool.keep(Rows.of([0, 1, 2], [0, 1, 2], 1.0, [1.0, 0.5, 0.0], np.inf))
    assert places.tolist() == [0, 1, 2]
    point = np.array([0.2, 0.2, 0.2])
    assert pool.violated(point, np.array([-1]), 9).tolist() == [0, 1]
    assert pool.violated(point, np.array([0, -1]), 9).tolist() == [1]
    matrix, lower, _ = pool.rows(np.array([1]))
    assert matrix.toarray().tolist() == [[0.0, 1.0, 0.0]] and lower.tolist() == [0.5]


@pytest.mark.parametrize("part", [1e-11, 1e-16, 1e-19])
def test_a_capacity_of_next_to_nothing_counts_as_none(part: float) -> None:
    problem = masts(3, n=14, s=4, share=0.5)
    capacity = problem.option_capacity.copy()
    capacity[1::3] *= part
    problem = replace(problem, option_capacity=capacity)
    solution = solve(problem, gap=0.0, time_limit_s=20.0)
    assert solution.objective == pytest.approx(exact(problem).cost)
    assert faults(problem, solution) == []
    assert not solution.option_open[1::3].any()
