"""Connectivity block: the tree that joins every site in need of backhaul to a root (directed cut formulation)."""

from __future__ import annotations

import numpy as np

from netplan.planner.network import Network
from netplan.planner.problem import Bools, Ints, Problem
from netplan.planner.rows import Layout, Rows, stack


def connectivity(problem: Problem, network: Network, layout: Layout) -> Rows:
    """Local rows of the tree; the cuts Σ_{a into W} a ≥ w_s that make it connected are separated (see `cut_rows`).

    a_uv + a_vu ≤ b_e
    Σ_in a ≥ w_s at the node of s
    Σ_in a (but vu) ≥ a_uv: an arc leaves only a node that is entered otherwise
    Σ_in a ≤ Σ_out a + Σ_{s at v} w_s: the tree ends only at sites
    """
    arcs = np.arange(len(network.tail))
    built = Rows.of(
        np.concatenate([network.edge, np.arange(problem.shape[3])]),
        np.concatenate([layout.a + arcs, layout.b + np.arange(problem.shape[3])]),
        np.concatenate([np.ones(len(arcs)), -np.ones(problem.shape[3])]),
        np.full(problem.shape[3], -np.inf),
        0.0,
    )
    joined = np.flatnonzero(network.site_node > 0)
    into_ptr, into = network.csr(network.head)
    reach = _in_rows(layout.a, into_ptr, into, network.site_node[joined], layout.w + joined, None)
    leaving = np.flatnonzero(network.tail != 0)
    entered = _in_rows(layout.a, into_ptr, into, network.tail[leaving], layout.a + leaving, network.reverse[leaving])
    inner = np.arange(network.nodes)
    out = network.tail != 0
    ends = Rows.of(
        np.concatenate([network.head, network.tail[out], network.site_node[joined]]),
        np.concatenate([layout.a + arcs, layout.a + arcs[out], layout.w + joined]),
        np.concatenate([np.ones(len(arcs)), -np.ones(int(out.sum())), -np.ones(len(joined))]),
        np.full(len(inner), -np.inf),
        0.0,
    )
    return stack([built, reach, entered, ends])


def arc_rows(problem: Problem, network: Network, a: int, w: int) -> Rows:
    """Local rows over arcs alone, for any orientation of the built edges along their traffic.

    a_uv + a_vu ≤ 1;  Σ_in a ≥ w_s at the node of s;  Σ_in a (but vu) ≥ a_uv
    """
    arcs = np.arange(len(network.tail))
    first = np.flatnonzero(network.reverse > arcs)
    once = Rows.of(
        np.concatenate([np.arange(len(first))] * 2),
        np.concatenate([a + first, a + network.reverse[first]]),
        1.0,
        np.full(len(first), -np.inf),
        1.0,
    )
    joined = np.flatnonzero(network.site_node > 0)
    into_ptr, into = network.csr(network.head)
    reach = _in_rows(a, into_ptr, into, network.site_node[joined], w + joined, None)
    leaving = np.flatnonzero(network.tail != 0)
    entered = _in_rows(a, into_ptr, into, network.tail[leaving], a + leaving, network.reverse[leaving])
    return stack([once, reach, entered])


def _in_rows(arcs_from: int, into_ptr: Ints, into: Ints, node: Ints, column: Ints, but: Ints | None) -> Rows:
    """Rows Σ_{a into node[i], a ≠ but[i]} a − column[i] ≥ 0."""
    count = into_ptr[node + 1] - into_ptr[node]
    row = np.repeat(np.arange(len(node)), count)
    first = np.repeat(np.cumsum(count) - count, count)
    arc = into[into_ptr[node][row] + np.arange(len(row)) - first]
    if but is not None:
        keep = arc != but[row]
        row, arc = row[keep], arc[keep]
    return Rows.of(
        np.concatenate([row, np.arange(len(node))]),
        np.concatenate([arcs_from + arc, column]),
        np.concatenate([np.ones(len(arc)), -np.ones(len(node))]),
        np.zeros(len(node)),
        np.inf,
    )


def cut_rows(network: Network, layout: Layout, cuts: list[tuple[Bools, int]]) -> Rows:
    """Σ_{a into W} a ≥ w_s for each cut (W as flags over nodes, site s in W, root outside)."""
    rows = []
    for inside, site in cuts:
        arcs = np.flatnonzero(inside[network.head] & ~inside[network.tail])
        rows.append(
            Rows.of(
                np.zeros(len(arcs) + 1),
                np.append(layout.a + arcs, layout.w + site),
                np.append(np.ones(len(arcs)), -1.0),
                [0.0],
                np.inf,
            )
        )
    return stack(rows)
