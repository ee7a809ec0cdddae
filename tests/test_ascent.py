"""Dual ascent: its bound never above the tree, its cuts true of every tree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.readers_steiner import read_stp, steiner
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order

from netplan.planner import Problem, solve
from netplan.planner.ascent import ENTRIES, Ascent, ascend, ascent_cuts
from netplan.planner.bounding import Bounding
from netplan.planner.master import Master, build_master
from netplan.planner.master_lp import MasterLP
from netplan.planner.model import build
from netplan.planner.problem import Floats
from netplan.planner.terminals import Terminals

INSTANCES = Path(__file__).parent / "data" / "instances"


def published(name: str) -> Problem:
    return steiner(read_stp(INSTANCES / f"{name}.stp"))


def random_problem(seed: int) -> Problem:
    """Demands with several sites on a random graph, some out of reach, with ties, free edges, loops and full links."""
    rng = np.random.default_rng(seed)
    nodes, sites, demands = int(rng.integers(4, 12)), int(rng.integers(1, 6)), int(rng.integers(1, 6))
    edges = int(rng.integers(3, 25))
    tail, head = rng.integers(0, nodes, (2, edges))
    option_site = np.where(rng.random(sites) < 0.1, -1, np.arange(sites))
    return Problem.of(
        demand_weight=np.ones(demands),
        demand_penalty=rng.integers(1, 30, demands).astype(float),
        option_cost=rng.integers(0, 4, sites).astype(float),
        option_site=option_site,
        option_needs_backhaul=(option_site >= 0) & (rng.random(sites) < 0.8),
        service_use=rng.random((demands, sites)) < 0.6,
        service_cost=rng.integers(0, 3, (demands, sites)).astype(float),
        service_max=rng.choice([0.5, 1.0], (demands, sites)),
        site_cost=rng.integers(0, 3, sites).astype(float),
        site_node=rng.integers(0, nodes, sites),
        edge_tail=tail,
        edge_head=head,
        edge_cost=rng.integers(0, 6, edges).astype(float),
        edge_capacity=np.where(rng.random(edges) < 0.1, 0.0, np.inf),
        roots=rng.integers(0, nodes, int(rng.integers(1, 3))),
    )


def ascent(problem: Problem, what: str, entries: int = ENTRIES) -> tuple[Master, Terminals, Ascent]:
    """The cuts of all rounds over all sites, or over all demands."""
    master = build_master(build(problem))
    terminals = Terminals.of(master)
    which = np.arange(terminals.first_site, terminals.count) if what == "sites" else np.arange(problem.shape[0])
    which = which[np.diff(terminals.pair_ptr)[which] > 0]
    rounds = list(ascend(master, terminals, which, entries)) or [ascent_of_nothing()]
    lengths = np.concatenate([np.diff(cuts.pointer) for cuts in rounds])
    return (
        master,
        terminals,
        Ascent(
            np.concatenate([cuts.whose for cuts in rounds]),
            np.concatenate([[0], np.cumsum(lengths)]),
            np.concatenate([cuts.arc for cuts in rounds]),
            np.concatenate([cuts.took for cuts in rounds]),
        ),
    )


def ascent_of_nothing() -> Ascent:
    none = np.zeros(0, np.int64)
    return Ascent(none, np.zeros(1, np.int64), none, np.zeros(0))


def taken(master: Master, cuts: Ascent) -> Floats:
    """What the cuts took off each arc."""
    return np.bincount(cuts.arc, np.repeat(cuts.took, np.diff(cuts.pointer)), master.columns - master.a)


@pytest.mark.parametrize("what", ["sites", "demands"])
@pytest.mark.parametrize(("name", "optimum"), [("b01", 82), ("b02", 83), ("b05", 61), ("c01", 85)])
def test_the_bound_of_published_trees_is_close_and_never_above(name: str, optimum: float, what: str) -> None:
    master, _, cuts = ascent(published(name), what)
    bound = float(cuts.took.sum()) * master.scale
    assert 0.9 * optimum <= bound <= optimum + 1e-6
    assert (taken(master, cuts) <= master.cost[master.a :] + 1e-9).all()


@pytest.mark.parametrize("what", ["sites", "demands"])
@pytest.mark.parametrize("seed", range(60))
def test_without_the_arcs_of_a_cut_its_terminal_is_cut_off(seed: int, what: str) -> None:
    master, terminals, cuts = ascent(random_problem(seed), what)
    network = master.model.network
    assert (cuts.took >= 0).all() and (taken(master, cuts) <= master.cost[master.a :] + 1e-9).all()
    for number, terminal in enumerate(cuts.whose):
        stays = np.ones(len(network.tail), bool)
        stays[cuts.arc[cuts.pointer[number] : cuts.pointer[number + 1]]] = False
        graph = sparse.csr_array(
            (np.ones(int(stays.sum())), (network.tail[stays], network.head[stays])), shape=(network.nodes,) * 2
        )
        reached = breadth_first_order(graph, 0, return_predecessors=False)
        sites = terminals.pair_site[terminals.pair_ptr[terminal] : terminals.pair_ptr[terminal + 1]]
        assert len(sites) and not np.isin(network.site_node[sites], reached).any()


@pytest.mark.parametrize("seed", range(60))
def test_every_plan_keeps_the_cuts(seed: int) -> None:
    """As rows of the master, with options that need no backhaul and demands served in part by others."""
    problem = random_problem(seed)
    model = build(problem)
    master = build_master(model)
    rows = ascent_cuts(master, Terminals.of(master))
    lower = MasterLP(master, seed)
    lower.add(rows)
    assert lower.solve(10.0) == "optimal"
    assert lower.objective <= solve(problem, gap=0.0).objective + 1e-5


@pytest.mark.parametrize("seed", range(60))
def test_the_bound_that_starts_with_them_is_below_the_best_plan(seed: int) -> None:
    problem = random_problem(seed)
    bounding = Bounding(build_master(build(problem)), seed)
    bounding.relax(0.05)
    bounding.tighten()
    assert bounding.bound <= solve(problem, gap=0.0).objective + 1e-5


def test_fewer_cuts_are_the_first_of_all() -> None:
    _, _, every = ascent(published("c01"), "sites")
    master, terminals, few = ascent(published("c01"), "sites", entries=500)
    count, arcs = len(few.whose), len(few.arc)
    assert 0 < count < len(every.whose) and arcs >= 500 > few.pointer[-2]
    assert np.array_equal(few.arc, every.arc[:arcs]) and np.array_equal(few.took, every.took[:count])
    assert len(ascent_cuts(master, terminals, entries=500)) >= 2 * count
