"""The search on large districts: a Lagrangian bound, plans built from its prices, then varied around the best."""

from __future__ import annotations

import numpy as np

from netplan.planner.construct import complete
from netplan.planner.greedy import greedy_options
from netplan.planner.incumbent import Search
from netplan.planner.lagrange import Priced, raise_bound, start
from netplan.planner.model import Model
from netplan.planner.problem import Floats

BOUND_SHARE = 0.5
"""share of the time limit for raising the bound; the rest goes to better plans"""
EVERY = 25
"""evaluations of the bound between two plans built from its prices"""


def optimise_large(model: Model, search: Search, seed: int) -> str:
    """Raise the bound and improve the plan until the gap or the time limit; returns gap | time.

    For problems without budget, limit rows and integral demand, with a first plan in hand.
    """
    layout = model.layout
    assert search.point is not None
    point = search.point
    joined = max(float(point[layout.w : layout.b].sum()), 1.0)
    network = float(model.cost[layout.b : layout.a] @ point[layout.b : layout.a])
    until = search.time_limit_s * BOUND_SHARE
    coverage, target = start(model, 0.8 * network / joined, seed, max(until - search.seconds, 1.0))

    def seen(priced: Priced, step: int) -> None:
        search.raise_bound(priced.bound, "Lagrangian bound")
        if step % EVERY == EVERY - 1:
            options = np.where(priced.options, 0.4, 1.0)
            edges = np.where(priced.edges_free, 0.4, 1.0)
            _try(model, search, options, edges, "guided plan")

    raise_bound(
        model, coverage, target, lambda: search.objective, lambda: search.seconds < until and not search.done, seen
    )
    _vary(model, search, seed)
    return "gap" if search.done else "time"


def _vary(model: Model, search: Search, seed: int) -> None:
    """Rebuild with perturbed costs that favour or tabu parts of the best plan, until time is up."""
    layout = model.layout
    rng = np.random.default_rng(seed)
    while search.left_s > 3.0 and not search.done:
        assert search.point is not None
        in_plan = search.point[layout.y : layout.z] > 0.5
        built = search.point[layout.b : layout.a] > 0.5
        spread = rng.choice([0.05, 0.15, 0.3])
        options = np.exp(rng.normal(0.0, spread, len(in_plan)))
        options[in_plan] *= rng.choice([0.5, 0.7, 0.9])
        banned = in_plan & (rng.random(len(in_plan)) < rng.choice([0.02, 0.05, 0.1]))
        options[banned] *= 3.0
        edges = np.exp(rng.normal(0.0, 0.1, len(built))) * np.where(built, rng.choice([0.3, 0.6]), 1.0)
        _try(model, search, options, edges, "varied plan")


def _try(model: Model, search: Search, options: Floats, edges: Floats, phase: str) -> bool:
    """Build a plan with the given cost factors, keep it if it is better."""
    opened = greedy_options(model, options, edges)
    return search.offer(complete(model, opened, model.problem.edge_cost * edges), phase)
