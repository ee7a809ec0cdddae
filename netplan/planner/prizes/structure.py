"""The tree problem that a model may be: nodes with prizes, edges with costs, nothing else.

minimise Σ_{e built} cost_e + Σ_{v not joined} prize_v  over trees that hold the root, or, where one limit row admits
a single edge out of the root to any node, over all trees of the graph without it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netplan.planner.construct import openings, point_of, site_loads
from netplan.planner.doors import doors_of
from netplan.planner.model import Model
from netplan.planner.problem import Bools, Floats, Ints


@dataclass(frozen=True)
class PrizeTree:
    """Nodes 0 … nodes-1 of the contracted network; node 0 is the root and has no neighbours where it may be chosen."""

    model: Model
    pointer: Ints
    other: Ints
    number: Ints
    """neighbours of node v and the edges to them: positions pointer[v] to pointer[v + 1]"""
    prize: Floats
    """(nodes,) more than any tree costs where the node must be joined"""
    gain: Floats
    """(m,) what opening each option saves once its node is joined; not positive: never opened"""
    doors: Ints
    """(nodes,) the edge that makes a node the root's neighbour, -1 without; empty where the root is given"""

    @property
    def rooted(self) -> bool:
        """Whether the root is given."""
        return not len(self.doors)

    @staticmethod
    def of(model: Model) -> PrizeTree | None:
        """The tree problem that a model is, or None when it is more than that."""
        problem, layout, network = model.problem, model.layout, model.network
        if not _plain(model):
            return None
        must = np.isinf(problem.demand_penalty)
        shares = model.cost[: layout.y]
        live = model.upper[layout.y + layout.x_option] > 0
        if (np.bincount(layout.x_demand[live], minlength=len(must))[must] == 0).any():
            return None
        site = problem.option_site
        large = float(problem.edge_cost.sum() + np.abs(shares).sum() + problem.option_cost.sum()) + 1.0
        large += float(problem.site_cost.sum())
        saved = np.where(must[layout.x_demand], large * (1 + len(must)), -shares)
        saved_at = np.bincount(layout.x_option[live], np.maximum(saved[live], 0.0), problem.shape[1])
        gain = np.asarray(saved_at - problem.option_cost - problem.site_cost[site], float)
        prize = np.asarray(np.bincount(network.site_node[site], np.maximum(gain, 0.0), network.nodes), float)
        doors = _doors(model, prize)
        if doors is None:
            return None
        edges = np.flatnonzero((network.edge_u != network.edge_v) & (problem.edge_capacity > 0))
        if len(doors):
            edges = edges[(network.edge_u[edges] != 0) & (network.edge_v[edges] != 0)]
        ends = np.concatenate([network.edge_u[edges], network.edge_v[edges]])
        order = np.argsort(ends, kind="stable")
        return PrizeTree(
            model,
            np.searchsorted(ends[order], np.arange(network.nodes + 1)),
            np.concatenate([network.edge_v[edges], network.edge_u[edges]])[order],
            np.concatenate([edges, edges])[order],
            prize,
            gain,
            doors,
        )

    def point(self, joined: Bools, edges: Ints) -> Floats | None:
        """The model's point for a tree: its nodes (nodes,) and edges; the door of a chosen root is added.

        None where a demand is left out that must be served: the graph may be in pieces.
        """
        model, problem, layout = self.model, self.model.problem, self.model.layout
        if not self.rooted:
            inside = np.flatnonzero(joined & (self.doors >= 0))
            edges = np.append(edges, self.doors[inside[:1]])
        there = joined.copy()
        there[0] = True
        opened = (self.gain > 0) & there[model.network.site_node[problem.option_site]]
        must = np.isinf(problem.demand_penalty)[layout.x_demand]
        shares = (opened[layout.x_option] & (must | (model.cost[: layout.y] < 0))).astype(float)
        if not shares[must].all():
            return None
        used, _, needy = openings(model, opened, shares)
        return point_of(model, shares, used, needy, edges, site_loads(model, shares))


def _plain(model: Model) -> bool:
    """Whether every demand has at most one option, alone on its site, and nothing binds but the way to it."""
    problem, layout = model.problem, model.layout
    if problem.budget is not None or (problem.target_min > 0).any() or model.capacitated:
        return False
    if not layout.y or (problem.edge_site >= 0).any() or (problem.option_site < 0).any():
        return False
    if not problem.option_needs_backhaul.all() or (model.network.site_node[problem.option_site] < 0).any():
        return False
    if len(np.unique(problem.option_site)) < problem.shape[1] or (np.bincount(layout.x_demand) > 1).any():
        return False
    wanted = np.bincount(layout.x_option, problem.service_use.data, problem.shape[1])
    return bool((wanted <= problem.option_capacity).all() and (problem.service_max.data == 1).all())


def _doors(model: Model, prize: Floats) -> Ints | None:
    """The edge to each node where the root may be chosen; empty without limit rows, None with others than that one."""
    problem, network = model.problem, model.network
    if not len(problem.limit_lower):
        return np.zeros(0, np.int64)
    at_root = doors_of(model)
    if len(problem.limit_lower) > 1 or not len(at_root):
        return None
    doors = np.full(network.nodes, -1, np.int64)
    doors[np.maximum(network.edge_u[at_root], network.edge_v[at_root])] = at_root
    return doors if ((doors >= 0) | (prize <= 0))[1:].all() else None
