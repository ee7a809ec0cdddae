"""Traffic block: links carry the sum of what is behind them, within capacity."""

from __future__ import annotations

import numpy as np

from netplan.planner.network import Network
from netplan.planner.problem import Bools, Floats, Problem
from netplan.planner.rows import Layout, Rows


def loads(problem: Problem, network: Network, layout: Layout) -> Rows:
    """load_s = Σ_{j at s needing backhaul} Σ_i mbps_i x_ij for every site with a node."""
    site = problem.option_site[layout.x_option]
    mine = (site >= 0) & problem.option_needs_backhaul[layout.x_option]
    mine &= network.site_node[np.maximum(site, 0)] > 0
    entry = np.flatnonzero(mine)
    every = np.arange(problem.shape[2])
    return Rows.of(
        np.concatenate([every, site[entry]]),
        np.concatenate([layout.load + every, entry]),
        np.concatenate([np.ones(len(every)), -problem.demand_mbps[layout.x_demand[entry]]]),
        np.zeros(len(every)),
        0.0,
    )


def capacity_cut(problem: Problem, network: Network, layout: Layout, inside: Bools, site_load_max: Floats) -> Rows:
    """Σ_{e leaving W} min(capacity_e, U_W) b_e ≥ Σ_{s in W} load_s for a set W of nodes without a root.

    U_W is the most that the sites in W can ever load; it stands in for an unlimited edge.
    """
    sites = np.flatnonzero((network.site_node > 0) & inside[np.maximum(network.site_node, 0)])
    most = float(site_load_max[sites].sum())
    across = np.flatnonzero((inside[network.edge_u] != inside[network.edge_v]) & (problem.edge_capacity > 0))
    scale = max(most, 1.0)
    return Rows.of(
        np.zeros(len(across) + len(sites)),
        np.concatenate([layout.b + across, layout.load + sites]),
        np.concatenate([np.minimum(problem.edge_capacity[across], most) / scale, -np.ones(len(sites)) / scale]),
        [0.0],
        np.inf,
    )
