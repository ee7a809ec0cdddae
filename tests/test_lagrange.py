"""The Lagrangian bound and the search on large districts, against one integer program."""

from __future__ import annotations

import numpy as np
import pytest

from netplan.planner.construct import complete
from netplan.planner.greedy import greedy_options
from netplan.planner.incumbent import Search
from netplan.planner.lagrange import Lagrangian, start
from netplan.planner.large import optimise_large
from netplan.planner.model import build
from netplan.planner.solve import solve
from tests.test_planner import district


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("links", [60.0, np.inf])
def test_any_prices_give_a_bound(seed: int, links: float) -> None:
    """L(λ, π) never exceeds the least cost, whatever the multipliers."""
    problem = district(seed, links=links)
    least = solve(problem, gap=1e-6, time_limit_s=30)
    if least.status != "optimal":
        pytest.skip("this made-up district has no plan")
    model = build(problem)
    lagrangian = Lagrangian(model)
    rng = np.random.default_rng(seed)
    coverage, target = start(model, 20.0, 0, 10.0)
    prices = [(coverage, target)]
    for scale in (1.0, 10.0, 100.0):
        prices.append((rng.random(len(coverage)) * scale, rng.random(len(target)) * scale))
    for one in prices:
        assert lagrangian.price(*one).bound <= least.objective * (1 + 1e-7) + 1e-6
    assert max(lagrangian.price(*one).bound for one in prices) > 0


@pytest.mark.parametrize("seed", range(3))
def test_the_search_for_large_districts_brackets_the_optimum(seed: int) -> None:
    """Its plan costs at least, and its bound is at most, the least cost; both only improve."""
    problem = district(seed, links=np.inf)
    least = solve(problem, gap=1e-6, time_limit_s=30)
    assert least.status == "optimal"
    model = build(problem)
    search = Search(model, 0.01, 6.0, None)
    assert search.offer(complete(model, greedy_options(model)), "first plan")
    optimise_large(model, search, 0)
    assert search.bound <= least.objective * (1 + 1e-7) <= search.objective * (1 + 2e-7)
    assert search.objective <= 1.25 * least.objective
    assert search.bound >= 0.3 * least.objective
    costs = [step.objective for step in search.trace]
    bounds = [step.bound for step in search.trace]
    assert costs == sorted(costs, reverse=True) and bounds == sorted(bounds)
