"""The backhaul graph as the model sees it: roots merged into node 0, one arc per direction, CSR by head and tail."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netplan.planner.problem import Bools, Floats, Ints, Problem


@dataclass(frozen=True)
class Network:
    """Arcs of the contracted graph. Node 0 is all roots together; arcs never enter it.

    Arc k runs tail[k] → head[k] along edge[k]; `reverse[k]` is the opposite arc or -1. Edges inside the root
    (both ends roots) and loops have no arc.
    """

    nodes: int
    tail: Ints
    head: Ints
    edge: Ints
    reverse: Ints
    site_node: Ints
    """contracted node of each site, -1 if it has none, 0 if it stands on a root"""
    edge_u: Ints
    edge_v: Ints
    """contracted ends of every edge of the problem"""
    reachable: Bools
    """nodes that a root reaches over edges of positive capacity"""

    def csr(self, by: Ints) -> tuple[Ints, Ints]:
        """(indptr, arc ids) of arcs grouped by `by` (their head or tail)."""
        order = np.argsort(by, kind="stable")
        return np.searchsorted(by[order], np.arange(self.nodes + 1)), order


def contract(problem: Problem) -> Network:
    """Merge the roots of `problem` into node 0 and lay out both arcs of every useful edge."""
    count = problem.nodes
    label = np.arange(1, count + 1)
    label[problem.roots] = 0
    used, label = np.unique(np.append(label, 0), return_inverse=True)
    label = label[:-1]
    u, v = label[problem.edge_tail], label[problem.edge_head]
    edges = np.flatnonzero((u != v) & (problem.edge_capacity > 0))
    tail = np.concatenate([u[edges], v[edges]])
    head = np.concatenate([v[edges], u[edges]])
    edge = np.concatenate([edges, edges])
    reverse = np.concatenate([np.arange(len(edges)) + len(edges), np.arange(len(edges))])
    keep = head != 0
    new_id = np.where(keep, np.cumsum(keep) - 1, -1)
    reverse = new_id[reverse[keep]]
    site_node = np.where(problem.site_node < 0, -1, label[np.maximum(problem.site_node, 0)] if count else -1)
    tail, head, edge = tail[keep], head[keep], edge[keep]
    return Network(len(used), tail, head, edge, reverse, site_node, u, v, _reachable(len(used), tail, head))


def _reachable(nodes: int, tail: Ints, head: Ints) -> Bools:
    """Nodes reached from node 0 along arcs."""
    from scipy import sparse
    from scipy.sparse.csgraph import breadth_first_order

    graph = sparse.csr_array((np.ones(len(tail)), (tail, head)), shape=(nodes, nodes))
    seen = np.zeros(nodes, bool)
    seen[breadth_first_order(graph, 0, return_predecessors=False)] = True
    return seen


def option_load_max(problem: Problem) -> Floats:
    """Largest traffic (Mbit/s) each option can carry: what it reaches, and what its capacity admits. Shape (m,)."""
    use, share = problem.service_use, problem.service_max
    rows = np.repeat(np.arange(use.shape[0]), np.diff(use.indptr))
    mbps = problem.demand_mbps[rows]
    options = len(problem.option_cost)
    reach = np.bincount(use.indices, mbps * share.data, options)
    with np.errstate(divide="ignore", invalid="ignore"):
        per_use = np.where(use.data > 0, mbps / use.data, np.where(mbps > 0, np.inf, 0.0))
    best = np.zeros(options)
    np.maximum.at(best, use.indices, per_use)
    with np.errstate(invalid="ignore"):
        admitted = np.where(np.isinf(problem.option_capacity) | np.isinf(best), np.inf, problem.option_capacity * best)
    return np.minimum(reach, admitted)
