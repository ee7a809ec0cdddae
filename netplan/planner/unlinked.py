"""A part of a plan without its links: each site is joined at what its cheapest path to what is built elsewhere costs.

Covering is nearly closed by cuts; links are what makes a part hard (see `parts`), and without them three times as many
sites are solved in the time. Sites that would share a path, or hold only options with backhaul of their own, are
reckoned too dear, and loads are not looked at: the network is laid afterwards, and a plan is worth what it costs then.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse.csgraph import dijkstra

from netplan.planner.construct import openings, point_of
from netplan.planner.model import Model, build
from netplan.planner.problem import Floats, Problem
from netplan.planner.reroute import Rerouter
from netplan.planner.routed import routed
from netplan.planner.steiner import graph_of

FAR = 10.0
"""times the largest price of the part that joining a site costs which has no path"""
FREE = 1e-9
"""and part of it that a link for nothing is reckoned at, for a graph has no links of no length"""
TURNS = 100
"""of rerouting, once the network is laid"""


def ways(model: Model) -> Floats:
    """What joining each site by its own cheapest path costs, nothing where no option there needs it. Shape (s,)."""
    problem, network = model.problem, model.network
    prices = (problem.option_cost, problem.site_cost, problem.edge_cost)
    dearest = max(1.0, *(float(price.max(initial=0.0)) for price in prices))
    graph = graph_of(network.nodes, network.tail, network.head, problem.edge_cost[network.edge] + FREE * dearest)
    way = dijkstra(graph, indices=np.array([0]))[0][np.maximum(network.site_node, 0)]
    way = np.where(np.isfinite(way), way, FAR * dearest)
    joined = np.zeros(problem.shape[2], bool)
    joined[problem.option_site[problem.option_needs_backhaul & (problem.option_site >= 0)]] = True
    joined &= network.site_node > 0
    return np.where(joined, way, 0.0)


def unlinked(model: Model) -> Model:
    """The part as a problem of options and sites alone, its penalties and targets as they are."""
    problem = model.problem
    _, m, s, _ = problem.shape
    none = np.zeros(0, np.int64)
    return build(
        Problem.of(
            demand_weight=problem.demand_weight, demand_mbps=problem.demand_mbps,
            demand_penalty=problem.demand_penalty, target_member=problem.target_member,
            target_min=problem.target_min, option_cost=problem.option_cost,
            option_capacity=problem.option_capacity, option_site=problem.option_site,
            option_needs_backhaul=np.zeros(m, bool), service_use=problem.service_use,
            service_cost=problem.service_cost, service_max=problem.service_max,
            site_cost=problem.site_cost + ways(model), site_node=np.full(s, -1), edge_tail=none,
            edge_head=none, edge_cost=np.zeros(0), edge_capacity=np.zeros(0), roots=none,
        )
    )  # fmt: skip


def without_links(own: Model, model: Model, point: Floats) -> Floats:
    """A point of the part as one of it without links."""
    layout = model.layout
    shares = point[: layout.y]
    used, _, needy = openings(own, point[layout.y : layout.z] > 0.5, shares)
    return point_of(own, shares, used, needy, np.zeros(0, np.int64), np.zeros(len(needy)))


def with_links(model: Model, own: Model, point: Floats, seed: int) -> Floats | None:
    """The part's point for what one without links opens and serves; None where a site cannot be joined."""
    layout = own.layout
    found = routed(Rerouter(model), point[layout.y : layout.z] > 0.5, point[: layout.y], {}, TURNS, seed)
    return None if found is None else found[0]
