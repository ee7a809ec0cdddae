"""Set covering by branching on pairs of elements: the cheapest cover by trying all, and nothing lost on the way."""

from __future__ import annotations

from itertools import islice
from queue import SimpleQueue

import numpy as np
import pytest
from oracle import exact, faults
from scipy import sparse

from netplan.planner import Problem, solve
from netplan.planner.covering import _is_set_covering, _set_covering
from netplan.planner.covers import lead
from netplan.planner.covers.below import solve_below
from netplan.planner.covers.branch import Hand, Node, prove
from netplan.planner.covers.linear import CoverLP
from netplan.planner.covers.pairs import best_pair
from netplan.planner.covers.search import core_covers
from netplan.planner.covers.structure import Cover
from netplan.planner.covers.triangles import triangle_cuts
from netplan.planner.incumbent import Search
from netplan.planner.model import build


def drawn(seed: int, elements: int = 12, sets: int = 12, part: float = 0.3) -> Cover:
    """Random sets, alike in cost for every third seed, some of them free for others; every element has two."""
    r = np.random.default_rng(seed)
    held = r.random((elements, sets)) < part
    for _ in range(2):
        held[np.arange(elements), r.integers(0, sets, elements)] = True
    cost = np.ones(sets) if seed % 3 == 0 else r.integers(seed % 2, 6, sets).astype(float)
    return Cover(sparse.csr_array(held.astype(float)), cost)


def whole(cover: Cover) -> tuple[np.ndarray, np.ndarray]:
    """All covers as rows of flags, and their costs."""
    sets = len(cover.cost)
    choices = (np.arange(2**sets)[:, None] >> np.arange(sets)) & 1
    found = choices[((choices @ cover.rows.T.toarray()) > 0).all(axis=1)]
    return found, found @ cover.cost


def triangles(copies: int, seed: int = 0) -> Cover:
    """Elements in threes of which each pair has a set of its own, and sets across them that cost as much as two."""
    r = np.random.default_rng(seed)
    pairs = np.kron(np.eye(copies), np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0], [1.0, 0.0, 1.0]]))
    across = (r.random((3 * copies, 4)) < 0.25).astype(float)
    return Cover(sparse.csr_array(np.hstack([pairs, across])), np.concatenate([np.ones(3 * copies), np.full(4, 2.0)]))


def problem_of(cover: Cover) -> Problem:
    """The same as a problem of options without a site."""
    part = cover.rows.tocoo()
    return Problem.of(
        demand_weight=np.ones(cover.rows.shape[0]),
        demand_penalty=np.full(cover.rows.shape[0], np.inf),
        option_cost=cover.cost,
        option_needs_backhaul=np.zeros(len(cover.cost), bool),
        service_use=(part.row, part.col, np.zeros(part.nnz)),
    )


def proven(cover: Cover, threads: int, gap: float = 0.0) -> tuple[Search, int]:
    """Branch and bound from the plan that opens everything, and how many plans it offered."""
    model = build(problem_of(cover))
    smaller, options = _set_covering(model)
    search, offered = Search(model, gap, 60.0, None), [0]

    def offer(chosen: np.ndarray) -> None:
        opened = np.zeros(len(cover.cost), bool)
        opened[options[chosen]] = True
        assert (cover.rows @ opened >= 1).all()
        point = np.zeros(len(model.cost))
        point[model.layout.y : model.layout.z] = opened
        offered[0] += search.offer(point, "covers")

    offer(np.ones(len(options), bool))
    assert prove(smaller, model.constant, search, threads, 0, SimpleQueue(), offer) == "gap"
    return search, offered[0]


@pytest.mark.parametrize("threads", [1, 2])
def test_branching_on_pairs_finds_the_cheapest_cover(threads: int) -> None:
    for seed in range(60):
        cover = drawn(seed)
        if not cover.cost.any():
            continue
        best = whole(cover)[1].min()
        search, _ = proven(cover, threads)
        assert search.objective == pytest.approx(best), seed
        assert best * (1 - 1e-6) - 1e-9 <= search.bound <= best + 1e-9, seed


def test_whole_nodes_are_not_all_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    depth: list[int] = []
    branch = Hand._branch

    def counted(hand: Hand, lp: CoverLP, node: Node, bound: float) -> Node | None:
        depth.append(node.depth)
        return branch(hand, lp, node, bound)

    monkeypatch.setattr(Hand, "_branch", counted)
    for seed in range(6):
        cover = drawn(3 * seed, 40, 24, 0.12)
        answer = exact(problem_of(cover))
        search, _ = proven(cover, 1)
        assert search.objective == pytest.approx(answer.cost) == pytest.approx(search.bound)
    assert len(depth) > 10 and max(depth) > 2


def test_a_gap_ends_the_proof_early() -> None:
    cover = drawn(3, 40, 24, 0.12)
    best = exact(problem_of(cover)).cost
    search, _ = proven(cover, 1, gap=0.3)
    assert search.gap <= 0.3
    assert search.bound <= best + 1e-9 <= search.objective + 2e-9


def test_costs_that_are_no_whole_numbers() -> None:
    for seed in range(20):
        cover = drawn(seed)
        cover = Cover(cover.rows, np.random.default_rng(seed).uniform(0.1, 3.0, len(cover.cost)))
        best = whole(cover)[1].min()
        search, _ = proven(cover, 1)
        assert search.objective == pytest.approx(best)
        assert best * (1 - 1e-6) <= search.bound <= best + 1e-9


def test_what_is_left_of_a_problem_has_the_same_best_cover() -> None:
    smaller = 0
    for seed in range(60):
        cover, r = drawn(seed), np.random.default_rng(seed)
        sets = np.flatnonzero(r.random(12) < 0.8)
        asked = tuple(np.sort(r.choice(12, 4, replace=False)) for _ in range(seed % 4))
        found, cost = whole(cover)
        fits = ~np.delete(found, sets, axis=1).any(axis=1)
        for one in asked:
            fits &= found[:, one].any(axis=1)
        part = cover.part(sets, asked)
        if part is None:
            assert not fits.any(), seed
            continue
        assert whole(part[0])[1].min() == cost[fits].min(), seed
        assert (cover.cost[part[1]] == part[0].cost).all() and np.isin(part[1], sets).all()
        smaller += len(part[1]) < len(sets)
    assert smaller > 20


def test_triangle_cuts_hold_for_every_cover_and_not_at_the_point() -> None:
    cuts = 0
    for seed in range(80):
        cover = triangles(3, seed) if seed % 2 else drawn(seed, 12, 12, 0.2)
        lp = CoverLP(cover, 0)
        assert lp.solve(10.0) == "solved"
        found, _ = whole(cover)
        for weight in triangle_cuts(cover.rows, lp.point):
            assert weight @ lp.point < 2.0 - 1e-3
            assert (found @ weight >= 2.0).all()
            cuts += 1
    assert cuts > 60


def test_three_halves_become_two_sets() -> None:
    cover = Cover(triangles(4).rows[:, :12], np.ones(12))
    lp = CoverLP(cover, 0)
    lp.solve(10.0)
    assert lp.value == pytest.approx(6.0)
    for weight in triangle_cuts(lp.rows, lp.point):
        lp.cut(weight, 2.0)
    lp.solve(10.0)
    assert lp.value == pytest.approx(8.0)


def test_no_cover_is_lost_between_the_two_sides_and_a_trial_leaves_nothing_behind() -> None:
    for seed in range(40):
        cover = drawn(seed, 14, 12, 0.2)
        lp = CoverLP(cover, 0)
        lp.solve(10.0)
        if np.abs(lp.point - np.round(lp.point)).max() < 1e-6:
            continue
        before = lp.value
        chosen = best_pair(lp, 0, np.inf, 10.0, np.random.default_rng(seed))
        lp.solve(10.0)
        assert lp.value == pytest.approx(before)
        found, cost = whole(cover)
        one = found[:, chosen.sets].any(axis=1)
        for side, bound in ((one, chosen.within), (~one, chosen.without)):
            assert bound <= cost[side].min(initial=np.inf) + 1e-6, seed
        assert 1e-6 < lp.point[chosen.sets].sum() < 1 - 1e-6


def test_many_alike_sets_have_no_pair_in_parts() -> None:
    cover = Cover(sparse.csr_array(np.ones((3, 4))), np.ones(4))
    lp = CoverLP(cover, 0)
    lp.solve(10.0)
    lp.point = np.full(4, 0.25)  # as an interior solver would have it: every pair has all four sets
    assert len(best_pair(lp, 0, 2.0, 10.0, np.random.default_rng(0)).sets) == 1


@pytest.mark.parametrize("seed", [0, 6, 12])
def test_a_proof_below_a_ceiling_finds_the_optimum_or_says_there_is_nothing_below(seed: int) -> None:
    cover = drawn(seed, 30, 24, 0.15)
    best = exact(problem_of(cover)).cost
    above = solve_below(cover, best + 2.5, time_limit_s=30.0, seed=0)
    assert above.status == "optimal" and above.point is not None
    assert above.objective == pytest.approx(best) and above.bound == pytest.approx(best)
    at = solve_below(cover, best - 0.5, time_limit_s=30.0, seed=0)
    assert at.status == "optimal" and at.point is None and at.bound == pytest.approx(best - 0.5)


def test_covers_of_cores_are_covers_and_the_search_ends_when_told_to() -> None:
    cover = drawn(3, 40, 60, 0.1)
    lp = CoverLP(cover, 0)
    lp.solve(10.0)
    halt = np.zeros(1, bool)
    for found in islice(core_covers(cover, lp.reduced, 0, halt), 7):
        assert (cover.rows @ found >= 1).all()
    first, again = (next(core_covers(cover, lp.reduced, 5, halt)) for _ in range(2))
    assert (first == again).all()


@pytest.mark.parametrize("few", [0, 3000])
def test_both_proofs_through_solve(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lead, "FEW", few)
    monkeypatch.setattr(lead, "SEARCHED_S", 0.0)
    for seed in range(8):
        problem = problem_of(drawn(seed, 40, 30, 0.12))
        assert _is_set_covering(build(problem))
        solution = solve(problem, gap=0.0, time_limit_s=30.0)
        assert solution.status == "optimal"
        assert solution.objective == pytest.approx(exact(problem).cost)
        assert faults(problem, solution) == []


def test_free_sets_and_elements_without_one() -> None:
    cover = drawn(0)
    free = solve(problem_of(Cover(cover.rows, np.zeros(12))), time_limit_s=10.0)
    assert free.status == "optimal" and free.objective == 0.0
    rows = cover.rows.toarray()
    rows[3] = 0.0
    assert solve(problem_of(Cover(sparse.csr_array(rows), cover.cost)), time_limit_s=10.0).status == "infeasible"


def test_what_a_gap_lets_go_is_not_said_to_be_proven() -> None:
    """With a wide gap sets are shut that a better cover than the best known may have: the bound stays below those."""
    for seed in range(40):
        cover = drawn(seed, 14, 12, 0.2)
        if not cover.cost.any():
            continue
        cover = Cover(cover.rows, cover.cost + np.random.default_rng(seed).uniform(0.0, 0.5, 12))
        search, _ = proven(cover, 1, gap=0.25)
        assert search.bound <= whole(cover)[1].min() + 1e-9, seed
        assert search.gap <= 0.25
