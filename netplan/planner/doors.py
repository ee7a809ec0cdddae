"""Where the root may be chosen: free edges out of it of which at most one may be built (its doors).

Such a tree may be hung up at any of its nodes that has a door, at the same cost, so that one plan stands in the model
many times and branching among the doors proves nothing. Of them only one is wanted: the door is that of the first site
joined, in an order of the sites that is given,

    w_s ≤ Σ_{t at or before s} door_t

(the order in which Ljubić et al. 2006, "An algorithmic framework for the exact solution of the prize-collecting Steiner
tree problem", choose their root, here summed up). A site that must be joined so becomes the root.
"""

from __future__ import annotations

import numpy as np

from netplan.planner.model import Model
from netplan.planner.problem import Floats, Ints
from netplan.planner.rows import Rows

FIRST = 30
"""sites that the order is asked of, the most valuable: some of them are on nearly every good tree, and each further row
is longer"""


def doors_of(model: Model) -> Ints:
    """The edges out of the root, where they are free, at most one may be built and that is all that binds them.

    Empty where the root is given or a door differs from another in anything but where it leads.
    """
    problem, network = model.problem, model.network
    none = np.zeros(0, np.int64)
    out = ((network.edge_u == 0) ^ (network.edge_v == 0)) & (problem.edge_capacity > 0)
    at_root = np.flatnonzero(out)
    if model.capacitated or problem.edge_cost[at_root].any() or (problem.edge_site[at_root] >= 0).any():
        return none
    limits = problem.limit_edge.tocsr()
    touching = np.flatnonzero(abs(limits) @ out.astype(float) > 0)
    if len(touching) != 1:
        return none
    row = limits[touching]
    if (row.data != 1).any() or len(np.setxor1d(at_root, row.indices)):
        return none
    if problem.limit_option[touching].nnz or problem.limit_site[touching].nnz:
        return none
    lower, upper = problem.limit_lower[touching[0]], problem.limit_upper[touching[0]]
    return at_root if lower <= 0 and np.floor(upper + 1e-9) == 1 else none


def first_door(model: Model, w: int, a: int) -> Rows:
    """w_s − Σ_{t at or before s} door_t ≤ 0 for the `FIRST` most valuable sites that have a door.

    Args:
        w: first column of the sites joined.
        a: first column of the arcs.
    """
    network, site_node = model.network, model.network.site_node
    arcs = np.flatnonzero((network.tail == 0) & np.isin(network.edge, doors_of(model)))
    sites = np.flatnonzero((site_node > 0) & np.isin(site_node, network.head[arcs]))
    first = sites[np.argsort(-_worth(model)[sites], kind="stable")][:FIRST]
    place = np.arange(len(first))
    # of two sites at one node the earlier one stands for both
    met = np.full(network.nodes, len(first))
    np.minimum.at(met, site_node[first], place)
    among = arcs[met[network.head[arcs]] < len(first)]
    row, which = np.nonzero(met[network.head[among]][None, :] <= place[:, None])
    return Rows.of(
        np.concatenate([place, row]),
        np.concatenate([w + first, a + among[which]]),
        np.concatenate([np.ones(len(place)), -np.ones(len(row))]),
        np.full(len(place), -np.inf),
        0.0,
    )


def _worth(model: Model) -> Floats:
    """(s,) what the site's options may save at most, with those first whose demands must be served."""
    problem, layout = model.problem, model.layout
    saved = np.maximum(-model.cost[: layout.y], 0.0)
    must = np.isinf(problem.demand_penalty)[layout.x_demand]
    saved = np.where(must, 1.0 + saved.sum(), saved)
    at_option = np.bincount(layout.x_option, saved, problem.shape[1])
    at = np.flatnonzero(problem.option_site >= 0)
    return np.bincount(problem.option_site[at], at_option[at], problem.shape[2]) - problem.site_cost
