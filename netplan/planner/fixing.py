"""Fixing by reduced costs along paths: what cannot be part of a better plan is closed for good.

With the reduced costs r ≥ 0 of an optimal relaxation of value v, a plan costs at least v + the sum of r over what it
opens and builds. Nothing is opened alone: a site that needs backhaul brings a path from the roots, an option brings
its site, and an arc brings a path from the roots to its tail and one from its head to a site that it serves. So with d
the shortest paths from the roots and d' those to the nearest site (plus what that site brings), both in r,

    site s:  r_z + r_w + min_j r_y + d(s)      option j at s:  r_y + r_z + r_w + d(s)      arc uv:  d(u) + r_uv + d'(v)

must not exceed what is left between v and the best plan (the bound-based tests of Steiner trees, Duin and Voß 1989,
Polzin and Vahdati Daneshmand 2001, on the reduced costs of a linear programme).
"""

from __future__ import annotations

import numpy as np
from scipy.sparse.csgraph import dijkstra

from netplan.planner.master import Master
from netplan.planner.problem import Floats, Ints
from netplan.planner.steiner import graph_of


def least_additions(master: Master, reduced: Floats, lower: Floats) -> Floats:
    """What a plan with each column in it costs at least above the relaxation. Shape (columns,), 0 for shares.

    Args:
        reduced: (columns,) reduced costs of an optimal relaxation; negative ones (columns at 1) count as 0.
        lower: (columns,) lower bounds in it; columns that are open anyway count as 0.

    Every built arc must lead to a site that needs it, so not for problems whose limit rows ask for edges.
    """
    problem, network = master.model.problem, master.model.network
    r = np.where(lower > 0, 0.0, np.maximum(reduced, 0.0))
    arc, site = r[master.a :], problem.option_site
    at, wired = np.flatnonzero(site >= 0), np.flatnonzero(master.wired)
    tiny = 1e-9 * (1.0 + float(arc.max(initial=0.0)))  # the sparse graph takes 0 for no arc
    from_root = dijkstra(graph_of(network.nodes, network.tail, network.head, arc + tiny), indices=np.array([0]))[0]
    opening = np.full(problem.shape[2], np.inf)
    np.minimum.at(opening, site[wired], r[master.y + wired])
    joined = r[master.z : master.w] + r[master.w : master.a] + from_root[np.maximum(network.site_node, 0)]
    least = np.zeros(master.columns)
    least[master.w : master.a] = np.where(np.isfinite(opening), joined + opening, 0.0)
    least[master.y : master.z] = r[master.y : master.z]
    least[master.y + at] += np.where(master.wired[at], joined[site[at]], r[master.z + site[at]])
    ends = np.flatnonzero(np.isfinite(opening) & (network.site_node > 0))
    behind = r[master.z + ends] + r[master.w + ends] + opening[ends]
    sky = network.nodes
    backwards = graph_of(
        sky + 1,
        np.concatenate([network.head, np.full(len(ends), sky)]),
        np.concatenate([network.tail, network.site_node[ends]]),
        np.concatenate([arc, behind]) + tiny,
    )
    to_site = dijkstra(backwards, indices=np.array([sky]))[0]
    least[master.a :] = from_root[network.tail] + arc + to_site[network.head]
    slips = tiny * 2 * network.nodes
    return np.maximum(least - slips, 0.0)


def fixable(master: Master, reduced: Floats, lower: Floats, upper: Floats, left: float) -> tuple[Ints, Ints]:
    """Columns of options, sites and arcs that no plan has in it, and those that every plan has.

    Of plans, that is, which cost no more than `left` above a relaxation.

    Args:
        reduced: (columns,) reduced costs of the relaxation's optimum.
        lower: (columns,) lower bounds in it.
        upper: (columns,) upper bounds in it; columns whose bounds are equal are in neither answer.
    """
    free = lower < upper
    free[: master.y] = False
    least = np.maximum(least_additions(master, reduced, lower), reduced)
    return np.flatnonzero(free & (least > left)), np.flatnonzero(free & (reduced < -left))
