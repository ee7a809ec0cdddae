"""The local search on covers: always a cover, soon the cheapest, never cheaper than that."""

from __future__ import annotations

import threading
import time
from itertools import combinations

import numpy as np
import pytest
from oracle import faults
from scipy import sparse

from netplan.planner import Problem, solve
from netplan.planner.covers.search import cheaper_cover


def drawn(seed: int, elements: int = 12, sets: int = 10) -> tuple[sparse.csr_array, np.ndarray]:
    """Random sets of cost 1 to 5, alike for every third seed; every element has one."""
    r = np.random.default_rng(seed)
    covers = (r.random((elements, sets)) < 0.3).astype(float)
    covers[np.arange(elements), r.integers(0, sets, elements)] = 1.0
    cost = np.ones(sets) if seed % 3 == 0 else r.integers(1, 6, sets).astype(float)
    return sparse.csr_array(covers), cost


def cheapest(covers: sparse.csr_array, cost: np.ndarray) -> float:
    """By trying every choice."""
    full, best = covers.toarray() > 0, np.inf
    for size in range(1, len(cost) + 1):
        for chosen in combinations(range(len(cost)), size):
            if full[:, chosen].any(axis=1).all():
                best = min(best, float(cost[list(chosen)].sum()))
    return best


def test_covers_are_covers_and_soon_the_cheapest() -> None:
    best = 0
    for seed in range(60):
        covers, cost = drawn(seed)
        found = cheaper_cover(covers, cost, 300, seed)
        assert (covers @ found.astype(float) >= 1).all(), seed
        least = cheapest(covers, cost)
        assert cost @ found >= least - 1e-9
        best += int(cost @ found <= least + 1e-9)
    assert best >= 58


def test_same_seed_same_cover() -> None:
    covers, cost = drawn(4, 80, 60)
    assert (cheaper_cover(covers, cost, 500, 7) == cheaper_cover(covers, cost, 500, 7)).all()


def test_one_set_for_each_element_is_all_there_is() -> None:
    covers = sparse.csr_array(np.eye(5))
    assert cheaper_cover(covers, np.ones(5), 50, 0).all()


def test_it_ends_when_told_to() -> None:
    covers, cost = drawn(1, 60, 50)
    cheaper_cover(covers, cost, 1, 0)
    halt, found = np.zeros(1, bool), []
    work = threading.Thread(target=lambda: found.append(cheaper_cover(covers, cost, 1 << 60, 0, halt)))
    work.start()
    time.sleep(0.2)
    halt[0] = True
    work.join(30.0)
    assert not work.is_alive()
    assert (covers @ found[0].astype(float) >= 1).all()


@pytest.mark.parametrize("threads", [1, 2])
def test_set_covering_is_proven_with_its_help(threads: int) -> None:
    for seed in (0, 1, 2, 9):
        covers, cost = drawn(seed, 14, 11)
        cost = cost.copy()
        cost[0] = float(seed > 1)  # a set that costs nothing, too
        problem = Problem.of(
            demand_weight=np.ones(14),
            demand_penalty=np.full(14, np.inf),
            option_cost=cost,
            option_needs_backhaul=np.zeros(11, bool),
            service_use=covers.toarray(),
        )
        solution = solve(problem, gap=0.0, time_limit_s=20.0, threads=threads)
        assert solution.objective == pytest.approx(cheapest(covers, cost))
        assert solution.bound == pytest.approx(solution.objective)
        assert faults(problem, solution) == []
