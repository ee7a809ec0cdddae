"""Site block: an option opens its site, and a built hop opens the sites it stands on."""

from __future__ import annotations

import numpy as np

from netplan.planner.network import Network
from netplan.planner.problem import Problem
from netplan.planner.rows import Layout, Rows, difference, stack


def sites(problem: Problem, network: Network, layout: Layout) -> Rows:
    """y_j ≤ z_s, y_j ≤ w_s where option j of site s needs backhaul, w_s ≤ z_s, and b_e ≤ z_s for edge_site."""
    at_site = np.flatnonzero(problem.option_site >= 0)
    site = problem.option_site[at_site]
    opens = difference(layout.y + at_site, layout.z + site)
    needy = problem.option_needs_backhaul[at_site] & (network.site_node[site] > 0)
    joins = difference(layout.y + at_site[needy], layout.w + site[needy])
    every = np.arange(problem.shape[2])
    waits = difference(layout.w + every, layout.z + every)
    edge, side = np.nonzero(problem.edge_site >= 0)
    hops = difference(layout.b + edge, layout.z + problem.edge_site[edge, side])
    return stack([opens, joins, waits, hops])
