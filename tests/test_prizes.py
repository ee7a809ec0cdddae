"""Prize trees are found in the arrays; what regrowing, insertion and pruning give is a tree, and the best one."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from oracle import exact, faults

from netplan.planner import Problem, engine, solve
from netplan.planner.cuts import Cuts
from netplan.planner.incumbent import Search
from netplan.planner.master import build_master
from netplan.planner.master_lp import MasterLP
from netplan.planner.model import Model, build
from netplan.planner.plans import Plans
from netplan.planner.prizes import Growing, PrizeTree
from netplan.planner.prizes.insert import insert_nodes, parents_first, prune
from netplan.planner.prizes.regrow import NOISE, _cut, _join, _span, regrow
from netplan.planner.problem import Bools, Ints
from netplan.planner.tree import branch_and_cut


def drawn(seed: int, nodes: int = 10, rooted: bool | None = None, **more: Any) -> Problem:
    """A random connected graph with parallel edges and prizes; by seed rooted or not, some that must be joined."""
    r = np.random.default_rng(seed)
    tail = np.concatenate([np.arange(1, nodes), r.integers(0, nodes, 2 * nodes)])
    head = np.concatenate([[int(r.integers(0, v)) for v in range(1, nodes)], r.integers(0, nodes, 2 * nodes)])
    cost = r.integers(1, 10, len(tail)).astype(float)
    rooted = bool(seed % 2) if rooted is None else rooted
    prized = np.sort(r.choice(np.arange(1, nodes), nodes // 2, replace=False))
    penalty = r.integers(1, 12, len(prized)).astype(float)
    if rooted and seed % 3 == 0:
        penalty[r.random(len(prized)) < 0.5] = np.inf
    given: dict[str, Any] = {}
    if not rooted:
        ways = len(tail) + np.arange(len(prized))
        tail, head = np.concatenate([tail, np.full(len(prized), nodes)]), np.concatenate([head, prized])
        cost = np.concatenate([cost, np.zeros(len(prized))])
        row = (np.zeros(len(prized), int), ways, np.ones(len(prized)))
        given = {"limit_edge": row, "limit_lower": [-np.inf], "limit_upper": [1.0]}
    count = len(prized)
    given |= {
        "demand_weight": np.ones(count),
        "demand_penalty": penalty,
        "option_cost": np.zeros(count),
        "option_site": np.arange(count),
        "service_use": np.eye(count),
        "site_cost": np.zeros(count),
        "site_node": prized,
        "edge_tail": tail,
        "edge_head": head,
        "edge_cost": cost,
        "roots": [0 if rooted else nodes],
    }
    return Problem.of(**(given | more))


def tree_of(problem: Problem) -> tuple[Model, PrizeTree]:
    """The model and the tree problem that it is."""
    model = build(problem)
    found = PrizeTree.of(model)
    assert found is not None
    return model, found


def grown(model: Model, tree: PrizeTree, rounds: int, seed: int = 0, heat: float = 2.0) -> tuple[Bools, Ints, float]:
    """Regrow from nothing; (nodes, edges, cost)."""
    cost = model.problem.edge_cost
    joined, edge, value = regrow(
        tree.pointer, tree.other, tree.number, cost, tree.prize, np.ones(len(cost)), tree.rooted,
        np.zeros(len(tree.prize), bool), rounds, heat, 6.0, np.random.default_rng(seed),
    )  # fmt: skip
    return joined, edge[edge >= 0], float(value)


@pytest.mark.parametrize("block", range(4))
def test_regrown_trees_are_plans_of_their_cost_and_soon_the_best(block: int) -> None:
    best = 0
    for seed in range(15 * block, 15 * block + 15):
        problem = drawn(seed)
        model, tree = tree_of(problem)
        assert tree.rooted == bool(seed % 2)
        answer = exact(problem)
        joined, edges, _ = grown(model, tree, 150, seed)
        assert len(edges) == joined.sum() - 1
        point = tree.point(joined, edges)
        cost = float(model.cost @ point) + model.constant
        assert (model.rows.matrix(len(point)) @ point <= model.rows.upper + 1e-9).all()
        assert (model.rows.matrix(len(point)) @ point >= model.rows.lower - 1e-9).all()
        assert cost >= answer.cost - 1e-6
        best += cost <= answer.cost + 1e-6
    assert best >= 13


@pytest.mark.parametrize("threads", [1, 2])
def test_branch_and_cut_with_regrown_trees_proves_the_optimum(threads: int) -> None:
    for seed in range(8):
        problem = drawn(seed, 14)
        model, _ = tree_of(problem)
        search = Search(model, 0.0, 20.0, None)
        assert branch_and_cut(model, search, 0, threads, 0.01) == "gap", seed
        assert search.objective == pytest.approx(exact(problem).cost), seed
        assert search.bound == pytest.approx(search.objective)


@pytest.mark.parametrize("pieces", [1, 2])
def test_no_tree_joins_who_must_be_served_in_two_pieces_of_a_graph(
    pieces: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "TREE", 0)
    between = dict(edge_tail=[2, 2, 0], edge_head=[0, 1, 1], edge_cost=[0.0, 0.0, 4.0], limit_edge=[[1.0, 1.0, 0.0]])
    if pieces == 2:
        between = {
            name: [row[:2] for row in rows] if name == "limit_edge" else rows[:2] for name, rows in between.items()
        }
    problem = Problem.of(
        demand_weight=[1.0, 1.0],
        demand_penalty=[np.inf, np.inf],
        option_cost=[0.0, 0.0],
        option_site=[0, 1],
        service_use=np.eye(2),
        site_cost=[5.0, 5.0],
        site_node=[0, 1],
        roots=[2],
        limit_upper=[1.0],
        **between,
    )
    assert PrizeTree.of(build(problem)) is not None
    found = solve(problem, gap=0.0, time_limit_s=5.0, threads=1)
    if pieces == 2:
        assert found.status == "infeasible" and not exact(problem).feasible
    else:
        assert found.status == "optimal" and found.objective == pytest.approx(14.0) == exact(problem).cost


def test_plans_regrow_where_the_model_is_a_tree() -> None:
    problem = drawn(4, 30)
    model, tree = tree_of(problem)
    search = Search(model, 0.0, 5.0, None)
    growing = Growing(tree, search, 0, 1)
    growing.first(0.3)
    assert np.isfinite(search.objective)
    before = search.objective
    growing.collect(np.zeros(problem.shape[3]))
    growing.stop()
    assert search.objective <= before
    master = build_master(model)
    with Plans(model, Search(model, 0.0, 5.0, None), master, 0, 2) as plans:
        assert not plans.hands_on
        plans.guided(MasterLP(master, 0), Cuts(master))  # nothing, whatever the relaxation
        plans.better(0.1, np.zeros(0))
        assert plans.search.point is not None


def test_pruning_keeps_the_best_part() -> None:
    r = np.random.default_rng(5)
    for turn in range(60):
        nodes, rooted = 9, bool(turn % 2)
        parent = np.array([-1] + [int(r.integers(0, v)) for v in range(1, nodes)])
        edge = np.arange(nodes) - 1
        cost, prize = r.integers(1, 9, nodes - 1).astype(float), r.integers(0, 9, nodes).astype(float)
        best = np.inf
        for size in range(1, nodes + 1):
            for chosen in combinations(range(nodes), size):
                tops = [v for v in chosen if parent[v] not in chosen]
                if len(tops) == 1 and (not rooted or 0 in chosen):
                    paid = sum(cost[edge[v]] for v in chosen if v != tops[0])
                    best = min(best, paid + prize.sum() - prize[list(chosen)].sum())
        order, inside = np.zeros(nodes, np.int64), np.ones(nodes, bool)
        assert parents_first(inside, parent, order, np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)) == nodes
        place = np.argsort(order)
        assert (place[parent[1:]] < place[1:]).all()
        work = (parent.copy(), edge.copy())
        size, value = prune(prize, cost, rooted, order, nodes, *work, np.zeros(nodes), np.zeros(nodes, bool))
        assert value == pytest.approx(best)
        kept = order[:size]
        paid = cost[work[1][kept][work[1][kept] >= 0]].sum()
        assert paid + prize.sum() - prize[kept].sum() == pytest.approx(value)


def test_what_pieces_are_joined_to_is_one_tree() -> None:
    # rarely a way passes through a piece that is not worth it alone, by several of its nodes
    turns, nodes = 0, 200
    for seed in range(10):
        r = np.random.default_rng(seed)
        tail = np.concatenate([np.arange(1, nodes), r.integers(0, nodes, nodes // 4)])
        head = np.concatenate([r.integers(0, np.arange(1, nodes)), r.integers(0, nodes, nodes // 4)])
        cost = r.integers(1, 11, len(tail)).astype(float)
        prize = np.where(r.random(nodes) < 0.25, r.integers(1, 11, nodes), 0).astype(float)
        ends = np.concatenate([tail, head])
        at = np.argsort(ends, kind="stable")
        pointer = np.searchsorted(ends[at], np.arange(nodes + 1))
        graph = pointer, np.concatenate([head, tail])[at], at % len(tail), cost, prize
        order, parent, edge, via, label = (np.full(nodes, -1, np.int64) for _ in range(5))
        inside, done, near, worth = np.ones(nodes, bool), np.zeros(nodes, bool), np.empty(nodes), np.zeros(nodes)
        noise, bias = np.ones(NOISE), np.ones(len(cost))
        for _ in range(300):
            size = _span(*graph, False, inside, noise, near, done, order, parent, edge)
            assert size == inside.sum()
            if r.random() < 0.7:
                size, _ = prune(prize, cost, False, order, size, parent, edge, near, done)
            pieces = _cut(*graph[:2], cost, prize, False, order, parent, edge, size, 0.1 * size, label, worth, r)
            noise[:] = 1.0 + 0.6 * (r.random(NOISE) - 0.5)
            _join(*graph, bias, False, order, size, pieces, label, worth, inside, noise, near, via, r)
            turns += pieces > 2
    assert turns > 400


def test_inserting_a_node_keeps_a_cheapest_spanning_tree() -> None:
    inserted = 0
    for seed in range(40):
        problem = drawn(seed, 12, rooted=True)
        model, tree = tree_of(problem)
        cost, nodes = problem.edge_cost, len(tree.prize)
        start = np.zeros(nodes, bool)
        joined, edge, value = regrow(
            tree.pointer, tree.other, tree.number, cost, tree.prize, np.ones(len(cost)), True, start, 0, 0.0, 4.0,
            np.random.default_rng(0),
        )  # fmt: skip
        u, v = model.network.edge_u, model.network.edge_v
        parent = np.where(edge >= 0, u[edge] + v[edge] - np.arange(nodes), -1)
        inside = joined.copy()
        saved = insert_nodes(
            tree.pointer, tree.other, tree.number, cost, tree.prize, True, inside, parent, edge,
            np.tile(np.arange(nodes), 3), np.zeros(nodes, np.int64), np.zeros(nodes, np.int64), np.zeros(nodes, bool),
        )  # fmt: skip
        inserted += int((inside & ~joined).sum())
        assert cost[edge[edge >= 0]].sum() + tree.prize[~inside].sum() == pytest.approx(value - saved)
        assert cost[edge[edge >= 0]].sum() == pytest.approx(_spanning(inside, u, v, cost))
        assert (edge >= 0).sum() == inside.sum() - 1
    assert inserted >= 20


def _spanning(inside: Bools, u: Ints, v: Ints, cost: np.ndarray) -> float:
    """Cost of a cheapest spanning tree over some nodes (Kruskal)."""
    group, total = np.arange(len(inside)), 0.0
    for edge in np.argsort(cost, kind="stable"):
        if inside[u[edge]] and inside[v[edge]] and group[u[edge]] != group[v[edge]]:
            group[group == group[u[edge]]] = group[v[edge]]
            total += float(cost[edge])
    return total


@pytest.mark.parametrize(
    "change",
    [
        {"edge_capacity": np.full(29, 0.5), "demand_mbps": np.ones(5)},
        {"budget": 20.0},
        {"target_member": np.ones((1, 5)), "target_min": [2.0]},
        {"service_use": np.ones((5, 5))},
        {"option_site": np.array([0, 0, 1, 2, 3])},
        {"limit_option": np.ones((1, 5)), "limit_lower": [-np.inf], "limit_upper": [3.0]},
    ],
)
def test_what_is_more_than_a_tree_is_left_to_others(change: dict[str, Any]) -> None:
    assert PrizeTree.of(build(drawn(1, 10))) is not None
    assert PrizeTree.of(build(drawn(1, 10, **change))) is None


def test_a_choice_of_roots_must_be_free_and_whole() -> None:
    problem = drawn(2, 10)
    assert PrizeTree.of(build(problem)) is not None
    given = {name: getattr(problem, name) for name in problem.__dataclass_fields__}
    dear = problem.edge_cost.copy()
    dear[-1] = 1.0
    for change in ({"edge_cost": dear}, {"limit_upper": [2.0]}, {"limit_lower": [1.0]}):
        assert PrizeTree.of(build(Problem.of(**(given | change)))) is None


def test_every_plan_of_a_search_passes_the_check() -> None:
    from netplan.planner import solve

    for seed in range(6):
        problem = drawn(seed, 40)
        found = solve(problem, gap=0.0, time_limit_s=20.0)
        assert found.status == "optimal"
        assert faults(problem, found) == []
