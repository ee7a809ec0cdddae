"""How each node's traffic reaches a point of presence over the links that are built."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

UNUSED_MBPS = 1e-6
DETOUR_M = 1e7
"""A link that carries nothing is as good as this much longer: it is walked only where there is no other way."""


def next_links(nodes: pd.DataFrame, links: pd.DataFrame) -> list[int]:
    """For each node the row of `links` that is next on its shortest way out; -1: it is a way out, or has none.

    Args:
        nodes: `node_id, kind`; PoPs and gateways are ways out.
        links: `from_node, to_node, length_m, load_mbps`.
    """
    ids = pd.Index(nodes["node_id"])
    roots = np.flatnonzero(nodes["kind"].isin(["pop", "gateway"]).to_numpy())
    following = [-1] * len(ids)
    if not len(roots) or links.empty:
        return following
    tail, head = ids.get_indexer(pd.Index(links["from_node"])), ids.get_indexer(pd.Index(links["to_node"]))
    # Zero would mean `no link` in a sparse graph; a millimetre does not change any way worth naming.
    length = links["length_m"].to_numpy(float) + 1e-3
    length = length + np.where(links["load_mbps"].to_numpy(float) <= UNUSED_MBPS, DETOUR_M, 0.0)
    shortest = _shortest_of_pairs(tail, head, length)
    keep = np.asarray(sorted(shortest.values()), dtype=np.int64)
    if not len(keep):
        return following
    shape = (len(ids), len(ids))
    graph = coo_array((length[keep], (tail[keep], head[keep])), shape=shape).tocsr()
    _, before, _ = dijkstra(graph, directed=False, indices=roots, min_only=True, return_predecessors=True)
    for node, previous in enumerate(np.asarray(before)):
        if previous >= 0:
            following[node] = shortest[(min(node, int(previous)), max(node, int(previous)))]
    return following


def _shortest_of_pairs(
    tail: npt.NDArray[np.intp], head: npt.NDArray[np.intp], length: npt.NDArray[np.float64]
) -> dict[tuple[int, int], int]:
    """The shortest link between each two nodes, in either direction; links with an unknown end are left out."""
    shortest: dict[tuple[int, int], int] = {}
    for row, (a, b) in enumerate(zip(tail.tolist(), head.tolist(), strict=True)):
        pair = (min(a, b), max(a, b))
        if pair[0] >= 0 and a != b and (pair not in shortest or length[row] < length[shortest[pair]]):
            shortest[pair] = row
    return shortest
