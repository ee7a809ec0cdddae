"""Where the root may be chosen it is the door of the first site joined, and no plan is lost by that."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from oracle import exact, faults

from netplan.planner import Problem, solve
from netplan.planner.doors import doors_of, first_door
from netplan.planner.incumbent import Search
from netplan.planner.model import build
from netplan.planner.tree import Tree, branch_and_cut


def hung(seed: int, nodes: int = 8, sites: int = 5, **more: Any) -> Problem:
    """Sites with options that share what they can serve, on a random graph whose root may be at any or most of them."""
    r = np.random.default_rng(seed)
    tail = np.concatenate([np.arange(1, nodes), r.integers(0, nodes, nodes)])
    head = np.concatenate([[int(r.integers(0, v)) for v in range(1, nodes)], r.integers(0, nodes, nodes)])
    cost = r.integers(0, 9, len(tail)).astype(float)
    where = r.integers(0, nodes, sites)
    at = np.unique(where if seed % 3 else np.append(where, r.integers(0, nodes, 2)))[: None if seed % 5 else -1]
    at = np.append(at, at[:1]) if seed % 4 == 0 and len(at) else at  # two doors to one node
    doors = len(tail) + np.arange(len(at))
    demands, options = 6, 2 * sites
    limits = [(0, int(door), 1.0) for door in doors]
    upper = [1.0]
    if seed % 2:  # another rule, on an edge that is no door
        limits.append((1, int(r.integers(0, len(tail))), 1.0))
        upper.append(0.0)
    row, column, value = (np.array(part) for part in zip(*limits, strict=True))
    use = np.where(r.random((demands, options)) < 0.4, r.integers(1, 5, (demands, options)), 0)
    given: dict[str, Any] = {
        "demand_weight": r.integers(1, 5, demands).astype(float),
        "demand_penalty": np.where(r.random(demands) < 0.5, r.integers(0, 20, demands), 0).astype(float),
        "demand_mbps": np.ones(demands),
        "target_member": np.ones((1, demands)),
        "target_min": [float(r.integers(0, 8))],
        "option_cost": r.integers(0, 5, options).astype(float),
        "option_site": np.repeat(np.arange(sites), 2),
        "option_capacity": r.choice([3.0, 6.0, np.inf], options),
        "option_needs_backhaul": r.random(options) < 0.9,
        "service_use": use,
        "site_cost": r.integers(0, 5, sites).astype(float),
        "site_node": where,
        "edge_tail": np.concatenate([tail, np.full(len(at), nodes)]),
        "edge_head": np.concatenate([head, at]),
        "edge_cost": np.concatenate([cost, np.zeros(len(at))]),
        "roots": [nodes],
        "limit_edge": (row, column, value),
        "limit_lower": [-np.inf] * len(upper),
        "limit_upper": upper,
    }
    return Problem.of(**(given | more))


@pytest.mark.parametrize("seed", range(60))  # 2, 3, 4 and 5 say what is special: each with each
def test_no_plan_is_lost(seed: int) -> None:
    problem = hung(seed)
    model, answer = build(problem), exact(problem)
    assert len(doors_of(model))
    search = Search(model, 0.0, 20.0, None)
    why = branch_and_cut(model, search, seed, 1, 0.002)  # local search takes its part of the time, proven or not
    found = solve(problem, gap=0.0, time_limit_s=20.0, threads=1)
    if not answer.feasible:
        assert why == "infeasible" and found.status == "infeasible"
        return
    assert why in ("gap", "exhausted")
    assert search.objective == pytest.approx(answer.cost, abs=1e-6) == found.objective
    assert search.bound <= answer.cost + 1e-6
    assert not faults(problem, found)


@pytest.mark.parametrize("seed", range(20))
def test_of_the_ways_to_hang_a_tree_one_is_left(seed: int) -> None:
    model = build(hung(seed, nodes=12, sites=9))
    network, site_node = model.network, model.network.site_node
    rows = first_door(model, 0, len(site_node)).matrix(len(site_node) + len(network.tail))
    doors = np.flatnonzero((network.tail == 0) & np.isin(network.edge, doors_of(model)))
    r = np.random.default_rng(seed)
    for _ in range(10):
        reached = r.random(network.nodes) < 0.5
        joined = np.flatnonzero(reached[site_node] & np.isin(site_node, network.head[doors]))
        if not len(joined):
            continue
        held = []
        for door in doors[reached[network.head[doors]]]:
            point = np.zeros(rows.shape[1])
            point[joined] = 1.0
            point[len(site_node) + door] = 1.0
            if (rows @ point <= 0).all():
                held.append(int(network.head[door]))
        assert len(set(held)) == 1 and held[0] in site_node[joined]


def test_a_site_that_must_be_joined_is_the_root_in_the_relaxation() -> None:
    must = np.zeros(6)
    must[2] = np.inf
    problem = hung(
        1, demand_penalty=must, target_min=[0.0], option_capacity=np.full(10, np.inf),
        option_needs_backhaul=np.ones(10), service_use=np.vstack([np.eye(6, 10)[:2], np.eye(1, 10), np.eye(6, 10)[3:]]),
    )  # fmt: skip
    model = build(problem)
    tree = Tree(model, Search(model, 0.0, 20.0, None), 0)
    assert tree.root(1.0) == "optimal"
    network = model.network
    arcs = np.flatnonzero(network.tail == 0)
    built = tree.lp.point[tree.master.a + arcs]
    assert built[network.head[arcs] == network.site_node[0]].sum() == pytest.approx(1.0)
    assert built.sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    "change",
    [
        {"limit_upper": [2.0, 0.0]},
        {"limit_lower": [1.0, -np.inf]},
        {"edge_capacity": 0.5},
        {"edge_cost": 1.0},
        {"edge_site": 0},
        {"limit_edge": 2.0},
    ],
)
def test_doors_that_differ_are_none(change: dict[str, Any]) -> None:
    problem = hung(1)
    assert len(doors_of(build(problem)))
    edges, given = problem.shape[3], dict(change)
    if "edge_capacity" in change:
        given["edge_capacity"] = np.full(edges, 0.5)
    if "edge_cost" in change:
        given["edge_cost"] = np.append(problem.edge_cost[:-1], 1.0)
    if "edge_site" in change:
        given["edge_site"] = np.vstack([np.full((edges - 1, 2), -1), [0, -1]])
    if "limit_edge" in change:
        given["limit_edge"] = problem.limit_edge.toarray() * np.where(np.arange(edges) == edges - 1, 2.0, 1.0)
    model = build(hung(1, **given))
    assert not len(doors_of(model))
    assert not len(first_door(model, 0, 0))
