"""Plans of given shares, with a network of their own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from oracle import faults

from netplan.planner import Problem, solve
from netplan.planner.answer import with_plan
from netplan.planner.incumbent import Search
from netplan.planner.model import build
from netplan.planner.reroute import Rerouter
from netplan.planner.routed import FIRST, STARTS, laid_anew, routed

SITES, WIDE = 9, 6


def forced(seed: int) -> Problem:
    """A demand of its own for each of some sites on a grid, of which all must be served: only the network is free.

    Edges between neighbours on the grid are dear and carry anything; hops between sites carry one or two of them.
    """
    rng = np.random.default_rng(seed)
    at = 1 + rng.permutation(WIDE * WIDE - 1)[:SITES]
    number = np.arange(WIDE * WIDE).reshape(WIDE, WIDE)
    grid = np.concatenate(
        [
            np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()]),
            np.stack([number[:-1].ravel(), number[1:].ravel()]),
        ],
        axis=1,
    )
    hops = rng.choice(np.append(at, 0), (2, 25))
    hops = hops[:, hops[0] != hops[1]]
    tail, head = np.concatenate([grid, hops], axis=1)
    own = np.arange(SITES)
    return Problem.of(
        demand_weight=np.ones(SITES),
        demand_mbps=rng.uniform(1.0, 3.0, SITES),
        target_member=(np.zeros(SITES, int), own, np.ones(SITES)),
        target_min=np.array([float(SITES)]),
        option_cost=np.ones(SITES),
        option_capacity=np.full(SITES, np.inf),
        option_site=own,
        service_use=np.eye(SITES),
        site_cost=np.ones(SITES),
        site_node=at,
        edge_tail=tail,
        edge_head=head,
        edge_cost=np.concatenate([rng.uniform(2.0, 9.0, grid.shape[1]), rng.uniform(3.0, 5.0, hops.shape[1])]),
        edge_capacity=np.concatenate([np.full(grid.shape[1], np.inf), rng.uniform(3.0, 6.0, hops.shape[1])]),
        roots=np.array([0]),
    )


@pytest.mark.parametrize("seed", range(12))
def test_a_network_laid_anew_is_the_cheapest_of_its_starts_or_better_and_near_the_least(seed: int) -> None:
    problem = forced(seed)
    model = build(problem)
    rerouter, every, shares = Rerouter(model), np.ones(SITES, bool), np.ones(model.layout.y)
    none = np.zeros(0, np.int64)
    found = laid_anew(rerouter, every, shares, 2000, seed, none)
    assert found is not None
    cost = float(model.cost @ found[0]) + model.constant
    starts = (routed(rerouter, every, shares, {}, FIRST, seed + k, favoured=none) for k in range(STARTS))
    assert cost <= min(float(model.cost @ start[0]) + model.constant for start in starts if start is not None) + 1e-9
    search = Search(model, 0.0, 1.0, None)
    search.offer(found[0], "laid anew")
    plan = with_plan(model, search, "time", 0.0, (), ())
    assert not faults(problem, plan)
    least = solve(problem, gap=1e-6, time_limit_s=20.0)
    assert least.objective - 1e-6 <= cost <= 1.05 * least.objective  # the least may part what a site loads


def test_a_site_that_cannot_be_joined_makes_no_plan() -> None:
    problem = forced(0)
    shut = replace(problem, edge_capacity=np.full(len(problem.edge_cost), 0.5))
    model = build(shut)
    every, shares = np.ones(SITES, bool), np.ones(model.layout.y)
    assert routed(Rerouter(model), every, shares, {}, 10, 0) is None
    assert laid_anew(Rerouter(model), every, shares, 10, 0, np.zeros(0, np.int64)) is None
