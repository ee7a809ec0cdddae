"""The backhaul graph for the other methods: roots as one node, cheapest of parallel edges, trees with their paths."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order, dijkstra, minimum_spanning_tree

from .case import Bools, Floats, Ints

TINY = 1e-9
"""stands in for a cost of zero, which a sparse graph cannot hold"""


class Graph:
    """The graph of a problem with one more node, `hub`, at all its roots."""

    def __init__(self, problem: Any) -> None:
        ends = [problem.edge_tail, problem.edge_head, problem.roots, problem.site_node]
        self.hub = max((int(part.max()) for part in ends if len(part)), default=-1) + 1
        tail = np.concatenate([problem.edge_tail, problem.roots])
        head = np.concatenate([problem.edge_head, np.full(len(problem.roots), self.hub)])
        free = np.zeros(len(problem.roots))
        cost = np.concatenate([problem.edge_cost, free]) + TINY
        edge = np.concatenate([np.arange(len(problem.edge_cost)), np.full(len(problem.roots), -1)])
        low, high = np.minimum(tail, head), np.maximum(tail, head)
        order = np.lexsort((cost, high, low))
        low, high, cost, edge = low[order], high[order], cost[order], edge[order]
        first = np.append(True, (np.diff(low) != 0) | (np.diff(high) != 0)) & (low != high)
        pairs = zip(low[first].tolist(), high[first].tolist(), strict=True)
        self._edge: dict[tuple[int, int], int] = dict(zip(pairs, edge[first].tolist(), strict=True))
        size = self.hub + 1
        self.cost = sparse.csr_array((cost[first], (low[first], high[first])), shape=(size, size))

    def edge(self, u: int, v: int) -> int:
        """The cheapest edge between two neighbours; -1 between a root and the hub."""
        return self._edge[min(u, v), max(u, v)]

    def spanning_tree(self) -> Ints:
        """Parent of every node on the minimum spanning tree seen from the hub; negative where there is none."""
        tree = sparse.csr_array(minimum_spanning_tree(self.cost))
        return np.asarray(breadth_first_order(tree, self.hub, directed=False)[1], np.int64)

    def joining_tree(self, ends: Ints) -> Ints:
        """Parents, as in `spanning_tree`, of the tree that joins `ends` and the hub by the shortest of their paths.

        It is the minimum spanning tree over the distances between them, found through the node of `ends` nearest to
        each node (Mehlhorn 1988), its paths laid out in the graph.
        """
        ends = np.unique(np.append(ends, self.hub))
        far, parent, source = dijkstra(self.cost, directed=False, indices=ends, min_only=True, return_predecessors=True)
        link = self.cost.tocoo()
        between = source[link.row] != source[link.col]
        between &= np.isfinite(far[link.row]) & np.isfinite(far[link.col])
        row, column = link.row[between], link.col[between]
        length = far[row] + link.data[between] + far[column]
        low, high = np.minimum(source[row], source[column]), np.maximum(source[row], source[column])
        order = np.lexsort((length, high, low))
        first = np.append(True, (np.diff(low[order]) != 0) | (np.diff(high[order]) != 0))[: len(order)]
        best = order[first]
        over = sparse.csr_array((length[best], (low[best], high[best])), shape=self.cost.shape)
        way = {(int(low[k]), int(high[k])): (int(row[k]), int(column[k])) for k in best}
        chosen = minimum_spanning_tree(over).tocoo()
        hops = []
        for pair in zip(chosen.row.tolist(), chosen.col.tolist(), strict=True):
            hops.append(way[pair])
            for node in way[pair]:
                while parent[node] >= 0:
                    hops.append((node, int(parent[node])))
                    node = int(parent[node])
        used = np.array(hops, np.int64).reshape(-1, 2)
        laid = sparse.csr_array((np.ones(len(used)), (used[:, 0], used[:, 1])), shape=self.cost.shape)
        return np.asarray(breadth_first_order(laid, self.hub, directed=False)[1], np.int64)

    def nearest(self, built: Ints) -> tuple[Floats, Ints]:
        """Cost and parent of the cheapest way from every node to any of the nodes `built`."""
        far, parent, _ = dijkstra(self.cost, directed=False, indices=built, min_only=True, return_predecessors=True)
        return far, np.asarray(parent, np.int64)


class Branches:
    """A growing and shrinking subtree of a tree given by parents: how many of the joined nodes use each edge."""

    def __init__(self, graph: Graph, parent: Ints, edge_cost: Floats) -> None:
        self._graph, self._parent, self._cost = graph, parent, edge_cost
        self.uses = np.zeros(graph.hub + 1, np.int64)

    def reaches(self, node: int) -> bool:
        """Whether the tree joins the node to the hub."""
        return node == self._graph.hub or self._parent[node] >= 0

    def path(self, node: int) -> list[int]:
        """The nodes from `node` up to, and without, the hub."""
        steps = []
        while node != self._graph.hub:
            steps.append(node)
            node = int(self._parent[node])
        return steps

    def price(self, node: int, uses: int = 0) -> float:
        """Cost of the edges up from `node` that exactly `uses` joined nodes use: 0 to join it, 1 to drop it."""
        total = 0.0
        for step in self.path(node):
            if self.uses[step] > uses:
                break
            total += self._edge_cost(step)
        return total

    def join(self, node: int, count: int = 1) -> None:
        """Use the path from the node to the hub once more (or less, with a count of -1)."""
        self.uses[self.path(node)] += count

    def built(self, edges: int) -> Bools:
        """Flags of the edges in use."""
        flags = np.zeros(edges, bool)
        for node in np.flatnonzero(self.uses > 0).tolist():
            edge = self._graph.edge(node, int(self._parent[node]))
            if edge >= 0:
                flags[edge] = True
        return flags

    def _edge_cost(self, node: int) -> float:
        edge = self._graph.edge(node, int(self._parent[node]))
        return float(self._cost[edge]) if edge >= 0 else 0.0
