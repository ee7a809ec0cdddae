"""Dual ascent: its bound never above the tree, its cuts true of every tree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.readers_steiner import read_stp, steiner
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order

from netplan.planner import Problem, solve
from netplan.planner.ascent import ascend, ascent_cuts
from netplan.planner.bounding import Bounding
from netplan.planner.master import Master, build_master
from netplan.planner.model import build
from netplan.planner.problem import Floats, Ints
from netplan.planner.terminals import Terminals

INSTANCES = Path(__file__).parent / "data" / "instances"


def published(name: str) -> Problem:
    return steiner(read_stp(INSTANCES / f"{name}.stp"))


def random_tree_problem(seed: int) -> Problem:
    """Sites on a random graph, some out of reach, with ties, free edges, parallel edges and links that are full."""
    rng = np.random.default_rng(seed)
    nodes, sites = int(rng.integers(4, 12)), int(rng.integers(1, 5))
    edges = int(rng.integers(3, 25))
    tail, head = rng.integers(0, nodes, (2, edges))
    places = rng.integers(0, nodes, sites)
    return Problem.of(
        demand_weight=np.ones(sites),
        demand_penalty=rng.integers(1, 30, sites).astype(float),
        option_cost=np.zeros(sites),
        option_site=np.arange(sites),
        service_use=np.eye(sites),
        site_cost=np.zeros(sites),
        site_node=places,
        edge_tail=tail,
        edge_head=head,
        edge_cost=rng.integers(0, 6, edges).astype(float),
        edge_capacity=np.where(rng.random(edges) < 0.1, 0.0, np.inf),
        roots=rng.integers(0, nodes, int(rng.integers(1, 3))),
    )


def taken(master: Master, cuts: tuple[Ints, Ints, Ints, Floats]) -> Floats:
    """What the cuts took off each arc."""
    _, pointer, arc, took = cuts
    return np.bincount(arc, np.repeat(took, np.diff(pointer)), master.columns - master.a)


@pytest.mark.parametrize(("name", "optimum"), [("b01", 82), ("b02", 83), ("b05", 61), ("c01", 85)])
def test_the_bound_of_published_trees_is_close_and_never_above(name: str, optimum: float) -> None:
    master = build_master(build(published(name)))
    terminals = Terminals.of(master)
    cuts = ascend(master, terminals.sites)
    bound = float(cuts[3].sum()) * master.scale
    assert 0.9 * optimum <= bound <= optimum + 1e-6
    assert (taken(master, cuts) <= master.cost[master.a :] + 1e-9).all()


@pytest.mark.parametrize("seed", range(60))
def test_without_the_arcs_of_a_cut_its_site_is_cut_off(seed: int) -> None:
    master = build_master(build(random_tree_problem(seed)))
    terminals, network = Terminals.of(master), master.model.network
    whose, pointer, arc, took = cuts = ascend(master, terminals.sites)
    assert (took >= 0).all() and (taken(master, cuts) <= master.cost[master.a :] + 1e-9).all()
    for number, site in enumerate(terminals.sites[whose]):
        stays = np.ones(len(network.tail), bool)
        stays[arc[pointer[number] : pointer[number + 1]]] = False
        graph = sparse.csr_array(
            (np.ones(int(stays.sum())), (network.tail[stays], network.head[stays])), shape=(network.nodes,) * 2
        )
        reached = breadth_first_order(graph, 0, return_predecessors=False)
        assert network.site_node[site] not in reached


@pytest.mark.parametrize("seed", range(60))
def test_the_bound_that_starts_with_them_is_below_the_best_plan(seed: int) -> None:
    problem = random_tree_problem(seed)
    bounding = Bounding(build_master(build(problem)), seed)
    bounding.step(0.05)
    assert bounding.bound <= solve(problem, gap=0.0).objective + 1e-5


def test_fewer_cuts_are_the_first_of_all() -> None:
    master = build_master(build(published("c01")))
    terminals = Terminals.of(master)
    every, few = ascend(master, terminals.sites), ascend(master, terminals.sites, entries=500)
    count, arcs = len(few[0]), len(few[2])
    assert 0 < count < len(every[0]) and arcs >= 500 > few[1][-2]
    assert np.array_equal(few[2], every[2][:arcs]) and np.array_equal(few[3], every[3][:count])
    assert len(ascent_cuts(master, terminals, entries=500)) == count
