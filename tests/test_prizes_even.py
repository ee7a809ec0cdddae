"""Where all edges cost the same, sets of nodes say all about trees, and annealing finds the best of them."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from oracle import exact, faults
from test_prizes import drawn

from netplan.planner import Problem, solve
from netplan.planner.incumbent import Search
from netplan.planner.model import build
from netplan.planner.prizes import Growing
from netplan.planner.prizes.choose import choose
from netplan.planner.prizes.even import Even
from netplan.planner.prizes.structure import PrizeTree
from netplan.planner.problem import Bools, Ints


def level(seed: int, nodes: int = 10, fee: float = 3.0, **more: Any) -> Problem:
    """`drawn` with one fee for every edge; the doors of a root to be chosen stay free."""
    problem = drawn(seed, nodes, **more)
    given = {name: getattr(problem, name) for name in problem.__dataclass_fields__}
    return Problem.of(**(given | {"edge_cost": np.where(problem.edge_cost > 0, fee, 0.0)}))


def even_of(problem: Problem) -> tuple[PrizeTree, Even]:
    """The tree problem and its sets of nodes."""
    tree = PrizeTree.of(build(problem))
    assert tree is not None
    even = Even.of(tree)
    assert even is not None
    return tree, even


def pieces(nodes: Ints, tree: PrizeTree) -> int:
    """Connected pieces of a set of nodes."""
    left, found = set(nodes.tolist()), 0
    while left:
        found += 1
        stack = [left.pop()]
        while stack:
            v = stack.pop()
            near = set(tree.other[tree.pointer[v] : tree.pointer[v + 1]].tolist()) & left
            left -= near
            stack.extend(near)
    return found


def annealed(even: Even, moves: int, seed: int) -> tuple[Bools, float, Bools]:
    """From nothing."""
    best, cost, last = choose(
        even.touch_ptr, even.touch, even.member_ptr, even.member, even.price, even.gain,
        np.zeros(len(even.price), bool), moves, 2.0 * even.fee, 0.1 * even.fee, 0.7 * even.fee,
        np.random.default_rng(seed),
    )  # fmt: skip
    return best, float(cost), last


def test_a_connected_set_costs_what_its_tree_costs() -> None:
    met = 0
    for seed in range(40):
        tree, even = even_of(level(seed, 9))
        root = {0} if tree.rooted else set()
        for size in range(1, len(even.payer) + 1):
            for payers in combinations(range(len(even.payer)), size):
                chosen = np.zeros(len(even.payer), bool)
                chosen[list(payers)] = True
                nodes = np.flatnonzero(even.joined(chosen))
                if pieces(nodes, tree) > 1 or not root <= set(nodes.tolist()):
                    continue
                met += 1
                missed = np.ones(len(even.gain), bool)
                missed[even.touch[np.repeat(chosen, np.diff(even.touch_ptr))]] = False
                mine = even.price[chosen].sum() + even.gain[missed].sum()
                real = even.fee * (len(nodes) - 1) + np.delete(tree.prize, nodes).sum()
                if not tree.rooted and (tree.prize < 1e3).all() and even.gain.sum() < even.price.sum() + even.fee:
                    whole = tree.prize[1:].sum() - even.fee  # both count from another zero
                    assert real - mine == pytest.approx(whole - (tree.prize - even.fee)[even.group >= 0].sum()), seed
    assert met > 500


@pytest.mark.parametrize("block", range(2))
def test_annealing_finds_the_best_tree(block: int) -> None:
    best = checked = 0
    for seed in range(20 * block, 20 * block + 20):
        problem = level(seed, 11)
        tree, even = even_of(problem)
        chosen, _, last = annealed(even, 4000, seed)
        assert len(last) == len(even.price)
        nodes = even.joined(chosen)
        assert pieces(np.flatnonzero(nodes), tree) == 1
        assert (even.chosen(nodes) == chosen).all() or not chosen.any()
        if tree.rooted and not nodes[0]:
            continue
        checked += 1
        answer = exact(problem).cost
        found = even.fee * (nodes.sum() - 1) + np.delete(tree.prize, np.flatnonzero(nodes))[not tree.rooted :].sum()
        assert found >= answer - 1e-6
        best += found <= answer + 1e-6
    assert checked >= 17
    assert best >= checked - 1


def test_edges_that_differ_are_left_to_regrowing() -> None:
    tree = PrizeTree.of(build(drawn(3, 12)))
    assert tree is not None
    assert Even.of(tree) is None


def hypercube(dimension: int, seed: int) -> Problem:
    """A hypercube with edges of 1 and prizes of 1 or 2 on its even corners, the root to be chosen."""
    count = 1 << dimension
    corner = np.arange(count)
    tail = np.concatenate([corner[(corner >> b) & 1 == 0] for b in range(dimension)])
    head = np.concatenate([corner[(corner >> b) & 1 == 0] | (1 << b) for b in range(dimension)])
    prized = np.array([v for v in corner.tolist() if v.bit_count() % 2 == 0])
    penalty = np.random.default_rng(seed).integers(1, 3, len(prized)).astype(float)
    ways = len(tail) + np.arange(len(prized))
    return Problem.of(
        demand_weight=np.ones(len(prized)),
        demand_penalty=penalty,
        option_cost=np.zeros(len(prized)),
        option_site=np.arange(len(prized)),
        service_use=np.eye(len(prized)),
        site_cost=np.zeros(len(prized)),
        site_node=prized,
        edge_tail=np.concatenate([tail, np.full(len(prized), count)]),
        edge_head=np.concatenate([head, prized]),
        edge_cost=np.concatenate([np.ones(len(tail)), np.zeros(len(prized))]),
        limit_edge=(np.zeros(len(prized), int), ways, np.ones(len(prized))),
        limit_lower=[-np.inf],
        limit_upper=[1.0],
        roots=[count],
    )


def test_a_small_hypercube_is_proven_and_annealing_alone_finds_its_optimum() -> None:
    problem = hypercube(5, 2)
    found = solve(problem, gap=0.0, time_limit_s=60.0)
    assert found.status == "optimal"
    assert faults(problem, found) == []
    model = build(problem)
    tree = PrizeTree.of(model)
    assert tree is not None
    search = Search(model, 0.0, 5.0, None)
    growing = Growing(tree, search, 0, 1)
    for _ in range(12):
        growing._advance()
    growing.stop()
    assert search.objective == pytest.approx(found.objective, rel=1e-12)  # a solver leaves a whole value with a hair


@pytest.mark.parametrize("threads", [1, 2])
def test_growing_stops_at_once_and_keeps_what_it_found(threads: int) -> None:
    model = build(hypercube(6, 1))
    tree = PrizeTree.of(model)
    assert tree is not None
    search = Search(model, 0.0, 5.0, None)
    growing = Growing(tree, search, 0, threads)
    growing.first(0.5)
    growing.collect(None)
    growing.stop()
    before = search.seconds
    growing.collect(None)
    assert search.seconds - before < 1.0
    assert np.isfinite(search.objective)
