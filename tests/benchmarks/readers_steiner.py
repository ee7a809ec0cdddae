"""Steiner tree and prize-collecting Steiner tree in SteinLib's `.stp` format, as `Problem`.

Format (SteinLib, Koch, Martin & Voß 2001; prizes after the 11th DIMACS Implementation Challenge): a first line with the
magic number 33D32945, then sections ``SECTION name … END``. In Graph: ``Nodes n``, ``Edges m``, ``E u v cost`` with
nodes from 1. In Terminals: ``T v`` a node to be joined, ``TP v prize`` a node worth its prize, ``Root v`` or
``RootP v`` the root. Names are read in any case. Directed arcs (``A``) are another problem and are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from netplan.planner import Problem

from .case import Floats, Ints


@dataclass(frozen=True)
class Graph:
    """A graph of an `.stp` file; nodes count from 0."""

    nodes: int
    tail: Ints
    head: Ints
    cost: Floats
    terminals: Ints
    prized: Ints
    prize: Floats
    root: int | None


def read_stp(path: Path) -> Graph:
    """Read one `.stp` file.

    Raises:
        ValueError: when the file is not of this format, names arcs, or holds other counts than it says.
    """
    said: dict[str, int] = {}
    edges: list[tuple[int, int, float]] = []
    terminals: list[int] = []
    prizes: dict[int, float] = {}
    root: int | None = None
    lines = path.read_text(encoding="latin-1").splitlines()
    if not lines or "33D32945" not in lines[0].upper():
        raise ValueError(f"{path.name}: the first line is not that of an .stp file")
    for number, line in enumerate(lines[1:], 2):
        word, *rest = line.split() or [""]
        match word.lower():
            case "e":
                edges.append((int(rest[0]) - 1, int(rest[1]) - 1, float(rest[2])))
            case "t":
                terminals.append(int(rest[0]) - 1)
            case "tp":
                prizes[int(rest[0]) - 1] = float(rest[1])
            case "root" | "rootp":
                root = int(rest[0]) - 1
            case "nodes" | "edges" | "terminals" if rest:
                said[word.lower()] = int(rest[0])
            case "a" | "arcs":
                raise ValueError(f"{path.name}, line {number}: directed arcs are not a Steiner tree problem in a graph")
    if said.get("edges", -1) != len(edges) or "nodes" not in said:
        raise ValueError(f"{path.name}: {len(edges)} edges read, {said.get('edges')} announced")
    ends = np.array([(u, v) for u, v, _ in edges], np.int64).reshape(-1, 2)
    return Graph(
        said["nodes"],
        ends[:, 0],
        ends[:, 1],
        np.array([cost for _, _, cost in edges]),
        np.array(terminals, np.int64),
        np.array(list(prizes), np.int64),
        np.array(list(prizes.values())),
        root,
    )


def steiner(graph: Graph) -> Problem:
    """Steiner tree: the first terminal (or the root named) is the root; each other one a must-serve demand.

    The only option for a demand is free and stands on a free site at its node.
    """
    root = int(graph.terminals[0]) if graph.root is None else graph.root
    return _tree(graph, graph.terminals[graph.terminals != root], np.full(len(graph.terminals), np.inf), [root])


def prize_collecting(graph: Graph) -> Problem:
    """Prize-collecting Steiner tree: least edge cost plus prizes not collected (the objective of DIMACS 11).

    Rooted: prizes are penalties; a prize on the root is always collected; plain terminals must be joined.
    Unrooted: a root beyond the graph is joined to every node with a prize by a free edge, and a limit row admits at
    most one of these edges, so the engine finds the best root. With none of them the tree is empty and every prize is
    lost, which costs no less than the tree of one node that saves its prize: whether a tree may be empty is no matter.
    A tree without any prize is no better than the empty one, so nodes without a prize need no such edge.
    """
    root = graph.root
    if root is None and len(graph.terminals):
        root = int(graph.terminals[0])
    worth = (graph.prize > 0) & (graph.prized != (-1 if root is None else root))
    forced = graph.terminals[graph.terminals != (-1 if root is None else root)]
    nodes = np.concatenate([forced, graph.prized[worth]])
    penalty = np.concatenate([np.full(len(forced), np.inf), graph.prize[worth]])
    if root is not None:
        return _tree(graph, nodes, penalty, [root])
    beyond, doors = graph.nodes, len(nodes)
    ways = len(graph.cost) + np.arange(doors)
    wide = Graph(
        graph.nodes + 1,
        np.concatenate([graph.tail, np.full(doors, beyond)]),
        np.concatenate([graph.head, nodes]),
        np.concatenate([graph.cost, np.zeros(doors)]),
        graph.terminals,
        graph.prized,
        graph.prize,
        beyond,
    )
    one = (np.zeros(doors, np.int64), ways, np.ones(doors))
    return _tree(wide, nodes, penalty, [beyond], limit_edge=one, limit_lower=[-np.inf], limit_upper=[1.0])


def _tree(graph: Graph, nodes: Ints, penalty: Floats, roots: list[int], **more: Any) -> Problem:
    """One demand, one free option and one free site at each of `nodes`."""
    count = len(nodes)
    return Problem.of(
        demand_weight=np.ones(count),
        demand_penalty=penalty[:count],
        option_cost=np.zeros(count),
        option_site=np.arange(count),
        service_use=sparse.eye_array(count, format="csr"),
        site_cost=np.zeros(count),
        site_node=nodes,
        edge_tail=graph.tail,
        edge_head=graph.head,
        edge_cost=graph.cost,
        roots=roots,
        **more,
    )
