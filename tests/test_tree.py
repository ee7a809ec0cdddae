"""Branch and cut and the bound by multipliers against the complete model: the ways of large problems on small ones."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from oracle import exact, faults
from scipy import sparse
from test_planner_oracle import Random, drawn

from netplan.planner import Problem, solve
from netplan.planner.bounding import Bounding
from netplan.planner.incumbent import Search
from netplan.planner.master import build_master
from netplan.planner.model import build
from netplan.planner.plans import only_less_built, within_limits
from netplan.planner.reroute import Rerouter, edges_of
from netplan.planner.tree import Tree


def free(seed: int) -> Problem:
    """A random problem without limit rows and integral demand, which is what these ways are for."""
    p = drawn(Random(seed), budget=False, tiny=False)
    n, m, s, e = p.shape
    return dataclasses.replace(
        p,
        demand_integral=np.zeros(n, bool),
        limit_lower=np.zeros(0),
        limit_upper=np.zeros(0),
        limit_option=sparse.csr_array((0, m)),
        limit_site=sparse.csr_array((0, s)),
        limit_edge=sparse.csr_array((0, e)),
    )


def district(seed: int, sites: int = 12, cells: int = 60) -> Problem:
    """A small district: cells see several sites, a planar-like graph joins them, satellite is an edge from each."""
    r = np.random.default_rng(seed)
    cell, site = r.uniform(0, 10, (cells, 2)), r.uniform(0, 10, (sites, 2))
    apart = np.linalg.norm(cell[:, None] - site[None], axis=2)
    reach = np.repeat([4.0, 2.5], 1)[None, :, None]
    row, option = np.nonzero((apart[:, None, :] < reach).reshape(cells, 2 * sites))
    people = r.integers(10, 200, cells).astype(float)
    gap = np.linalg.norm(site[:, None] - site[None], axis=2)
    tail, head = np.nonzero(np.triu(gap < 5.0, 1))
    return Problem.of(
        demand_weight=people,
        demand_mbps=people * 0.01,
        target_member=(np.zeros(cells, int), np.arange(cells), np.ones(cells)),
        target_min=[0.9 * people[np.unique(row)].sum()],
        option_cost=np.concatenate([r.uniform(40, 60, sites), r.uniform(10, 25, sites)]),
        option_capacity=np.concatenate([np.full(sites, 12.0), np.full(sites, 20.0)]),
        option_site=np.concatenate([np.arange(sites)] * 2),
        service_use=(row, option, people[row] * 0.01),
        site_cost=r.uniform(5, 50, sites),
        site_node=np.arange(sites),
        edge_tail=np.concatenate([tail, np.arange(sites)]),
        edge_head=np.concatenate([head, np.full(sites, sites)]),
        edge_cost=np.concatenate([gap[tail, head] * 8, np.full(sites, 60.0)]),
        roots=[0, sites],
    )


def grown(problem: Problem, gap: float = 0.0, time_limit_s: float = 10.0) -> tuple[Tree, Search]:
    """A tree that has run; local search takes its part of the time, however small the problem."""
    model = build(problem)
    search = Search(model, gap, time_limit_s, None)
    tree = Tree(model, search, 0)
    tree.run(local=0.02)
    return tree, search


@pytest.mark.parametrize("seed", range(24))
def test_bounds_of_the_tree_hold_and_its_plans_are_feasible(seed: int) -> None:
    problem = free(seed)
    if not len(build(problem).cost):
        return
    _, search = grown(problem, time_limit_s=2.0)
    answer = exact(problem)
    if answer.feasible:
        assert search.bound <= answer.cost + 1e-6 * max(1.0, abs(answer.cost))
        assert search.objective >= answer.cost - 1e-6 * max(1.0, abs(answer.cost))
    else:
        assert search.point is None


def test_the_tree_keeps_limit_rows() -> None:
    kept = 0
    for seed in range(250):
        p = drawn(Random(seed), budget=False, tiny=False)
        problem = dataclasses.replace(p, demand_integral=np.zeros(p.shape[0], bool))
        if not len(problem.limit_lower) or not len(build(problem).cost) or not only_less_built(problem):
            continue
        answer = exact(problem)
        _, search = grown(problem, time_limit_s=1.0)
        if not answer.feasible:
            assert search.point is None, seed
            continue
        assert search.bound <= answer.cost + 1e-6 * max(1.0, abs(answer.cost)), seed
        assert search.objective >= answer.cost - 1e-6 * max(1.0, abs(answer.cost)), seed
        if search.point is not None:
            assert within_limits(search.model, search.point) is not None, seed
            kept += 1
    assert kept > 10


def test_an_unrooted_prize_collecting_tree_takes_one_root() -> None:
    r = np.random.default_rng(4)
    nodes, at = 18, r.uniform(0, 8, (18, 2))
    gap = np.linalg.norm(at[:, None] - at[None], axis=2)
    tail, head = np.nonzero(np.triu(gap < 3.0, 1))
    prized = np.arange(0, nodes, 2)
    edges = len(tail) + len(prized)
    problem = Problem.of(
        demand_weight=np.ones(len(prized)),
        demand_penalty=r.integers(1, 30, len(prized)).astype(float) / 10,
        option_cost=np.zeros(len(prized)),
        option_site=np.arange(len(prized)),
        service_use=sparse.eye_array(len(prized), format="csr"),
        site_cost=np.zeros(len(prized)),
        site_node=prized,
        edge_tail=np.concatenate([tail, np.full(len(prized), nodes)]),
        edge_head=np.concatenate([head, prized]),
        edge_cost=np.concatenate([gap[tail, head], np.zeros(len(prized))]),
        roots=[nodes],
        limit_option=np.zeros((1, len(prized))),
        limit_site=np.zeros((1, len(prized))),
        limit_edge=(np.arange(edges) >= len(tail)).astype(float)[None],
        limit_lower=[-np.inf],
        limit_upper=[1.0],
    )
    answer = exact(problem)
    tree, search = grown(problem, time_limit_s=40.0)
    assert tree.plans.ruled
    assert search.objective == pytest.approx(answer.cost, rel=1e-6)
    assert search.bound == pytest.approx(answer.cost, rel=1e-5)


@pytest.mark.parametrize("seed", range(4))
def test_the_tree_finds_and_proves_the_optimum_of_small_districts(seed: int) -> None:
    problem = district(seed, 9, 45)
    answer = exact(problem)
    _, search = grown(problem)
    assert search.objective == pytest.approx(answer.cost, rel=1e-6)
    assert search.bound == pytest.approx(answer.cost, rel=1e-5)


@pytest.mark.parametrize("seed", range(2))
def test_a_wanted_gap_is_kept(seed: int) -> None:
    problem = district(seed + 20, 9, 45)
    _, search = grown(problem, gap=0.05)
    answer = exact(problem)
    assert search.gap <= 0.05
    assert search.bound <= answer.cost * (1 + 1e-6)


@pytest.mark.parametrize("seed", range(12))
def test_the_bound_by_multipliers_is_a_bound_even_when_stopped_early(seed: int) -> None:
    problem = district(seed, 8, 40) if seed % 2 else free(seed + 100)
    model = build(problem)
    if not len(model.cost):
        return
    answer = exact(problem)
    bounding = Bounding(build_master(model), 0)
    for _ in range(3):
        bounding.relax(1.0)
        if not bounding.tighten():
            break
    if answer.feasible:
        assert bounding.bound <= answer.cost + 1e-6 * max(1.0, abs(answer.cost))
        if seed % 2:
            assert bounding.bound > 0.5 * answer.cost


@pytest.mark.parametrize("threads", [1, 2])
def test_the_way_of_large_problems_ends_with_a_feasible_plan_and_a_bound(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netplan.planner.engine.LARGE", 0)
    problem = district(3, 8, 40)
    answer = exact(problem)
    gap = {1: 0.3, 2: 0.5}[threads]
    solution = solve(problem, gap=gap, time_limit_s=60.0, threads=threads)
    assert faults(problem, solution) == []
    assert solution.bound <= answer.cost * (1 + 1e-6)
    assert answer.cost * (1 - 1e-6) <= solution.objective <= answer.cost / (1 - gap)
    assert np.isfinite(solution.bound)


def test_rerouting_keeps_links_within_capacity_and_lowers_the_cost() -> None:
    r = np.random.default_rng(5)
    at = r.uniform(0, 10, (40, 2))
    gap = np.linalg.norm(at[:, None] - at[None], axis=2)
    tail, head = np.nonzero(np.triu(gap < 3.0, 1))
    sites = 15
    capacity = np.where(r.random(len(tail)) < 0.5, 10.0, np.inf)
    problem = Problem.of(
        demand_weight=np.ones(sites),
        demand_mbps=np.full(sites, 4.0),
        demand_penalty=np.full(sites, np.inf),
        option_cost=np.zeros(sites),
        option_site=np.arange(sites),
        service_use=(np.arange(sites), np.arange(sites), np.ones(sites)),
        site_cost=np.zeros(sites),
        site_node=1 + np.arange(sites),
        edge_tail=tail,
        edge_head=head,
        edge_cost=gap[tail, head],
        edge_capacity=capacity,
        roots=[0],
    )
    model = build(problem)
    rerouter = Rerouter(model)
    every, load, opened = np.arange(sites), np.full(sites, 4.0), np.ones(sites, bool)
    first = rerouter.improve(every, load, opened, {}, 0, 0)
    better = rerouter.improve(every, load, opened, {}, 400, 0)
    assert first is not None
    assert better is not None
    carried = np.zeros(len(tail))
    for path in better.values():
        carried[path] += 4.0
    assert (carried <= capacity).all()
    assert problem.edge_cost[edges_of(better)].sum() <= problem.edge_cost[edges_of(first)].sum()
    assert problem.edge_cost[edges_of(better)].sum() < 1.2 * grown(problem)[1].objective + 1e-9
