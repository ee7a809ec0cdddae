"""An earlier plan carried over as it stands: a plan of a scenario with fewer levers is one of a scenario with more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from netplan.planner.construct import assemble, openings, point_of, site_loads
from netplan.planner.flow import traffic_flow
from netplan.planner.model import Model
from netplan.planner.network import Network
from netplan.planner.plans import within_limits
from netplan.planner.problem import Bools, Floats

SLACK = 1e-6
"""Relative: shares that come from a file are rounded."""


@dataclass(frozen=True)
class Earlier:
    """What an earlier plan builds, in the rows and columns of the problem at hand."""

    served: sparse.csr_array
    """n × m shares."""
    edge_built: Bools
    """(e,)"""

    @property
    def options(self) -> Bools:
        """(m,) options that serve somebody."""
        return np.asarray(np.diff(self.served.tocsc().indptr) > 0)


def carried(model: Model, earlier: Earlier) -> Floats | None:
    """Every column of the model for the earlier plan, or None where it is not a plan of this problem.

    It is none when it serves somebody from an option that cannot here, or in parts whom one option must serve, misses a
    target or a limit row. Where its links
    cannot carry the traffic here, the sites are joined anew, along its links where they are.
    """
    problem, layout, network = model.problem, model.layout, model.network
    shares = _on_pattern(model, earlier.served)
    if shares is None or (shares > model.upper[: layout.y] * (1 + SLACK) + 1e-9).any():
        return None
    shares = np.minimum(shares, model.upper[: layout.y])
    whole = model.integer[: layout.y]
    if (shares[model.upper[layout.y + layout.x_option] <= 0] > 1e-9).any():
        return None  # an option that cannot open here, for its site has lost its links
    if (np.abs(shares[whole] - np.round(shares[whole])) > SLACK).any():
        return None
    shares[whole] = np.round(shares[whole])
    opened, _, needy = openings(model, earlier.options & (model.upper[layout.y : layout.z] > 0), shares)
    load = site_loads(model, shares)
    sites = np.flatnonzero(needy)
    if len(sites):
        room = np.where(earlier.edge_built, problem.edge_capacity, 0.0)
        busy = sites[load[sites] > 0]
        arrived, _, _ = traffic_flow(
            network.nodes, network.edge_u, network.edge_v, room, network.site_node[busy], load[busy]
        )  # fmt: skip
        joined = _joined(network, room > 0)[network.site_node[sites]]  # also those without traffic
        if not joined.all() or arrived < load[busy].sum() * (1 - 1e-9):  # a link of it is not offered any more
            price = np.where(earlier.edge_built, 1e-3, 1.0) * problem.edge_cost
            rerouted = assemble(model, opened, shares, price)
            return within_limits(model, rerouted) if rerouted is not None and _serves(model, rerouted) else None
    point = point_of(model, shares, opened, needy, np.flatnonzero(earlier.edge_built), load)
    return within_limits(model, point) if _serves(model, point) else None


def _on_pattern(model: Model, served: sparse.csr_array) -> Floats | None:
    """Shares on the entries of the model; None when one is not among them."""
    layout, width = model.layout, model.problem.shape[1]
    given = served.tocoo()
    kept = given.data > 1e-9
    keys = layout.x_demand.astype(np.int64) * width + layout.x_option
    wanted = given.row[kept].astype(np.int64) * width + given.col[kept]
    order = np.argsort(keys)
    at = np.minimum(np.searchsorted(keys[order], wanted), max(len(keys) - 1, 0))
    if len(wanted) and (not len(keys) or (keys[order][at] != wanted).any()):
        return None
    shares = np.zeros(layout.y)
    shares[order[at]] = given.data[kept]
    return shares


def _joined(network: Network, usable: Bools) -> Bools:
    """Whether each node is joined to a root over the edges given. Shape (nodes,)."""
    u, v = network.edge_u[usable], network.edge_v[usable]
    graph = sparse.csr_array((np.ones(len(u)), (u, v)), shape=(network.nodes, network.nodes))
    part = connected_components(graph, directed=False)[1]
    return np.asarray(part == part[0])


def _serves(model: Model, point: Floats) -> bool:
    """Whether the targets are met and no option carries more than it can."""
    problem, layout = model.problem, model.layout
    shares = point[: layout.y]
    by_demand = np.bincount(layout.x_demand, shares, problem.shape[0])
    if (by_demand > 1 + SLACK).any():
        return False
    reached = problem.target_member @ (problem.demand_weight * np.minimum(by_demand, 1.0))
    must = np.isinf(problem.demand_penalty)
    if (reached < problem.target_min - SLACK * problem.target_scale).any() or (by_demand[must] < 1 - SLACK).any():
        return False
    use = np.asarray(problem.service_use.tocsr()[layout.x_demand, layout.x_option]).ravel()
    load = np.bincount(layout.x_option, shares * use, problem.shape[1])
    return bool((load <= problem.option_capacity * (1 + SLACK) + 1e-9).all())
