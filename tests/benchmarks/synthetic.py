"""Seeded synthetic districts: access, capacity and backhaul together, at district scale.

Towns with heavy tails and scattered villages; some masts that stand already; a planar graph of roads, poles and pipes
with links of three prices; three options a site; satellite backhaul as an edge from each site to a root in the sky.
The draws are made in a fixed order: the same size and seed give the same arrays, bit for bit, on one numpy version.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.spatial import Delaunay, cKDTree

from netplan.planner import Problem

from .case import Bools, Floats, Ints

SIZES: dict[str, tuple[int, int, int, float]] = {
    "XS": (150, 16, 150, 24.0),
    "S": (800, 80, 800, 40.0),
    "M": (5000, 1000, 7000, 110.0),
    "L": (20000, 3000, 21000, 200.0),
}
"""cells, sites, nodes of the graph, side in km"""
OPTIONS = ((9.0, 60.0, 60_000.0), (7.0, 220.0, 95_000.0), (2.0, 150.0, 14_000.0))
"""reach in km, capacity in Mbit/s, net present cost: low band, several bands, Wi-Fi"""
TARGETS = (0.98, 0.90)
"""share of urban and of rural people to serve"""
MEDIA = ((12_000.0, 0.70), (5_000.0, 0.15), (7_000.0, 0.15))
"""cost per km and frequency: trench, poles, pipe"""


def district(size: str = "S", seed: int = 0) -> Problem:
    """The district of that size (XS, S, M or L) and seed."""
    return Problem.of(**arrays(size, seed))


def arrays(size: str, seed: int) -> dict[str, Any]:
    """The fields of `Problem`, sparse ones as triples (row, column, value)."""
    n, s, nodes, side = SIZES[size]
    draw = np.random.default_rng(seed)
    centre, weight, cells = _cells(draw, n, side)
    rural = np.arange(n) >= int(n * 0.35)
    people = np.where(rural, draw.lognormal(4.3, 0.9, n), draw.lognormal(6, 0.6, n))
    mbps = people * 0.0025 * np.where(rural, 1.0, 1.5)
    likely = people**0.5 / (people**0.5).sum()
    sites = cells[draw.choice(n, s, replace=False, p=likely)] + draw.normal(0, 0.3, (s, 2))
    stands = draw.random(s) < 0.15
    where = np.vstack([sites, draw.uniform(0, side, (nodes - s, 2))])
    ends, cost = _links(draw, where)
    pops = [
        int(np.argmin(np.linalg.norm(where - centre[i], axis=1)))
        for i in np.argsort(-weight)[: max(2, len(weight) // 6)]
    ]
    row, column, use, option = _options(draw, cells, sites, mbps)
    return {
        "demand_weight": people,
        "demand_mbps": mbps,
        "demand_penalty": np.zeros(n),
        "target_member": (rural.astype(int), np.arange(n), np.ones(n)),
        "target_min": _targets(people, rural, row),
        "option_cost": option[:, 0],
        "option_capacity": option[:, 1],
        "option_site": option[:, 2].astype(int),
        "option_needs_backhaul": np.ones(len(option), bool),
        "service_use": (row, column, use),
        "site_cost": np.where(stands, 15_000.0, 70_000.0),
        "site_node": np.arange(s),
        "edge_tail": np.append(ends[:, 0], np.arange(s)),
        "edge_head": np.append(ends[:, 1], np.full(s, nodes)),
        "edge_cost": np.append(cost, np.full(s, 45_000.0)),
        "edge_capacity": np.append(np.full(len(ends), np.inf), np.full(s, 400.0)),
        "roots": np.array([*pops, nodes]),
    }


def _cells(draw: np.random.Generator, n: int, side: float) -> tuple[Floats, Floats, Floats]:
    """Town centres, their weights, and the cells: about a third round the towns, the others anywhere."""
    towns = max(6, n // 700)
    centre, weight = draw.uniform(10, side - 10, (towns, 2)), draw.pareto(1.2, towns) + 1
    urban = int(n * 0.35)
    home = draw.choice(towns, urban, p=weight / weight.sum())
    near = centre[home] + draw.normal(0, 2.0, (urban, 2))
    return centre, weight, np.clip(np.vstack([near, draw.uniform(0, side, (n - urban, 2))]), 0, side)


def _links(draw: np.random.Generator, where: Floats) -> tuple[Ints, Floats]:
    """Ends and costs of a thinned triangulation; its shortest links all stay."""
    corner = Delaunay(where).simplices
    ends = np.unique(np.sort(np.vstack([corner[:, [0, 1]], corner[:, [1, 2]], corner[:, [0, 2]]]), axis=1), axis=0)
    km = np.linalg.norm(where[ends[:, 0]] - where[ends[:, 1]], axis=1)
    keep = (draw.random(len(ends)) < 0.72) | (km < np.quantile(km, 0.2))
    ends, km = ends[keep], km[keep]
    price = np.array([cost for cost, _ in MEDIA])
    per_km = price[draw.choice(len(MEDIA), len(ends), p=[share for _, share in MEDIA])]
    return ends.astype(np.int64), km * per_km * draw.uniform(0.9, 1.3, len(ends))


def _options(
    draw: np.random.Generator, cells: Floats, sites: Floats, mbps: Floats
) -> tuple[Ints, Ints, Floats, Floats]:
    """Who can serve whom (cell, option, use), and for each option its cost, capacity and site."""
    tree = cKDTree(cells)
    row, column, use = [], [], []
    option: list[tuple[float, float, int]] = []
    for site in range(len(sites)):
        for km, capacity, cost in OPTIONS:
            reach = km * draw.uniform(0.7, 1.15)
            near = np.array(sorted(tree.query_ball_point(sites[site], reach)), int)
            near = near[draw.random(len(near)) > 0.12]
            if not len(near):
                continue
            far = np.linalg.norm(cells[near] - sites[site], axis=1) / reach
            row.append(near)
            column.append(np.full(len(near), len(option)))
            use.append(mbps[near] / np.clip(1.3 - far, 0.25, 1))
            option.append((cost, capacity, site))
    return np.concatenate(row), np.concatenate(column), np.concatenate(use), np.array(option)


def _targets(people: Floats, rural: Bools, row: Ints) -> Floats:
    """Least people to serve, urban and rural: the share wanted, or nearly all whom any option reaches."""
    reached = np.zeros(len(people), bool)
    reached[row] = True
    goals = []
    for member, share in ((~rural, TARGETS[0]), (rural, TARGETS[1])):
        all_of, within = people[member].sum(), people[member & reached].sum()
        goals.append(min(share, 0.99 * within / all_of) * all_of)
    return np.array(goals)
