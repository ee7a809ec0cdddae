"""Flow block: the traffic on every link, as columns of their own behind those of the model.

f_e, Mbit/s, positive from the tail to the head of edge e:

    Σ_{e into v} f_e − Σ_{e out of v} f_e = Σ_{s at v} load_s        for every node v but the root
    −c_e b_e ≤ f_e ≤ c_e b_e                                          c_e the capacity, or all traffic there can be

The model itself keeps link capacities by cuts, which scale; with few links whole flows in the rows are far stronger for
a solver that branches on them.
"""

from __future__ import annotations

import numpy as np

from netplan.planner.flow import traffic_flow
from netplan.planner.model import Model
from netplan.planner.problem import Floats
from netplan.planner.program import Program
from netplan.planner.rows import Rows, stack


def with_flows(program: Program, model: Model) -> Program:
    """The program with a flow column for every edge, behind its other columns, and the rows above."""
    network, layout, problem = model.network, model.layout, model.problem
    edges = len(problem.edge_cost)
    flow = layout.columns + np.arange(edges)
    most = _most(model)
    tail, head = network.edge_u, network.edge_v
    sites = np.flatnonzero(network.site_node > 0)
    into, out = head > 0, tail > 0
    balance = Rows.of(
        np.concatenate([head[into], tail[out], network.site_node[sites]]) - 1,
        np.concatenate([flow[into], flow[out], layout.load + sites]),
        np.concatenate([np.ones(int(into.sum())), -np.ones(int(out.sum())), -np.ones(len(sites))]),
        np.zeros(network.nodes - 1),
        0.0,
    )
    number = np.tile(np.arange(edges), 2)
    built = layout.b + np.arange(edges)
    up, down = (
        Rows.of(
            number,
            np.concatenate([flow, built]),
            np.concatenate([np.full(edges, sign), -most]),
            np.full(edges, -np.inf),
            0.0,
        )
        for sign in (1.0, -1.0)
    )
    return Program(
        np.concatenate([program.cost, np.zeros(edges)]),
        program.constant,
        stack([program.rows, balance, up, down]),
        np.concatenate([program.lower, -most]),
        np.concatenate([program.upper, most]),
        np.concatenate([program.integer, np.zeros(edges, bool)]),
    )


def hint_with_flows(point: Floats, model: Model) -> Floats:
    """A plan's point with the traffic on its links."""
    network, layout, problem = model.network, model.layout, model.problem
    load = point[layout.load :]
    sites = np.flatnonzero((load > 0) & (network.site_node > 0))
    along = np.zeros(len(problem.edge_cost))
    if len(sites):
        room = np.where(point[layout.b : layout.a] > 0.5, problem.edge_capacity, 0.0)
        at = network.site_node[sites]
        _, _, along = traffic_flow(network.nodes, network.edge_u, network.edge_v, room, at, load[sites])
    return np.concatenate([point, along])


def _most(model: Model) -> Floats:
    """Most traffic of each edge: its capacity, or all that its plan can ever carry. Shape (e,)."""
    return np.minimum(model.problem.edge_capacity, float(model.site_load_max.sum()))
