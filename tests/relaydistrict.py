"""A small random district for the planner: little capacity, links that not all sites fit on, a relay."""

from __future__ import annotations

import numpy as np

from netplan.planner import Problem


def district(seed: int, n: int = 14, s: int = 5) -> Problem:
    """Cells that cost something to serve, options of little capacity, links that not all sites fit on, a relay."""
    r = np.random.default_rng(seed)
    m = 2 * s
    pairs = np.argwhere(r.random((n, m)) < 0.45)
    row, col = pairs[:, 0], pairs[:, 1]
    weight = r.integers(1, 9, n).astype(float)
    nodes = s + 3
    ring = [(k, (k + 1) % nodes) for k in range(nodes)]
    more = [tuple(r.choice(nodes, 2, replace=False)) for _ in range(s)]
    edges = np.array(ring + more)
    reached = np.isin(np.arange(n), row)
    member = (np.arange(n) % 2, np.arange(n), np.ones(n))
    target = [0.7 * weight[reached & (np.arange(n) % 2 == k)].sum() for k in range(2)]
    stands = np.full((len(edges), 2), -1)
    stands[-2:] = r.integers(0, s, (2, 2))
    return Problem.of(
        demand_weight=weight, demand_mbps=weight * 2, target_member=member, target_min=target,
        option_cost=r.integers(2, 20, m),
        option_capacity=np.where(r.random(m) < 0.7, r.integers(6, 30, m) * n / (3.0 * s), np.inf),
        option_site=np.repeat(np.arange(s), 2), option_needs_backhaul=r.random(m) < 0.9,
        service_use=(row, col, r.uniform(0.5, 1.5, len(row)) * weight[row]),
        service_cost=(row, col, r.uniform(0.2, 1.0, len(row)) * weight[row]),
        service_max=(row, col, np.where(r.random(len(row)) < 0.3, 0.6, 1.0)),
        site_cost=r.integers(5, 25, s), site_node=np.arange(s), edge_tail=edges[:, 0], edge_head=edges[:, 1],
        edge_cost=r.integers(1, 15, len(edges)), edge_capacity=np.where(r.random(len(edges)) < 0.6, 4.0 * n, 20.0 * n),
        edge_site=stands, roots=[s, s + 2],
    )  # fmt: skip
