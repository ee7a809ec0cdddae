"""Which kind of backhaul each site has, read off its path to where traffic is handed over."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

UNUSED_MBPS = 1e-9


def _first_hops(links: pd.DataFrame, nodes: pd.Index, sources: list[str]) -> dict[str, int]:
    """Node -> position in `links` of the first link of its shortest path to a source (-1 for a source itself).

    Unreached nodes are absent. `links` is sorted by id, so that equal lengths give the same answer always.
    """
    if not sources:
        return {}
    tail = nodes.get_indexer(pd.Index(links["from_node"])).tolist()
    head = nodes.get_indexer(pd.Index(links["to_node"])).tolist()
    # Zero would mean `no link` in a sparse graph; a millimetre does not change any path worth naming.
    length = links["length_m"].to_numpy(float) + 1e-3
    shortest: dict[tuple[int, int], int] = {}
    for k, (a, b) in enumerate(zip(tail, head, strict=True)):
        pair = (min(a, b), max(a, b))
        if pair not in shortest or length[k] < length[shortest[pair]]:
            shortest[pair] = k
    keep = np.asarray(sorted(shortest.values()), dtype=np.int64)
    n = len(nodes)
    ends = np.asarray(tail, dtype=np.int64)[keep], np.asarray(head, dtype=np.int64)[keep]
    graph = coo_array((length[keep], ends), shape=(n, n)).tocsr()
    _, before, _ = dijkstra(
        graph, directed=False, indices=nodes.get_indexer(pd.Index(sources)), min_only=True, return_predecessors=True
    )
    hops = {source: -1 for source in sources}
    for node, previous in enumerate(np.asarray(before)):
        if previous >= 0:
            hops[str(nodes[node])] = shortest[(min(node, int(previous)), max(node, int(previous)))]
    return hops


def backhaul_of_sites(
    site_nodes: npt.NDArray[np.object_], links: pd.DataFrame, node_kinds: pd.Series, medium_kinds: dict[str, str]
) -> list[str]:
    """Backhaul word of each site: fibre | microwave | satellite | none.

    A satellite link in use at the site, or no other way out than a gateway: satellite. Otherwise the first
    link on the way to the nearest PoP decides: microwave, or fibre for any cable (or a site that is a PoP).

    Args:
        site_nodes: s node ids, '' where the site is not in the graph.
        links: `from_node, to_node, medium, length_m, load_mbps` of what is built, sorted by id.
        node_kinds: node id -> kind.
        medium_kinds: medium -> kind of the catalogue.
    """
    nodes = pd.Index(node_kinds.index.astype(str))
    pops = [str(node) for node in nodes[(node_kinds == "pop").to_numpy()]]
    gateways = [str(node) for node in nodes[(node_kinds == "gateway").to_numpy()]]
    kind = links["medium"].map(medium_kinds)
    used_satellite = links[(kind == "satellite") & (links["load_mbps"] > UNUSED_MBPS)]
    by_satellite = set(used_satellite["from_node"]) | set(used_satellite["to_node"])
    to_pop = _first_hops(links[kind != "satellite"].reset_index(drop=True), nodes, pops)
    cable_kinds = kind[kind != "satellite"].to_numpy()
    to_gateway = _first_hops(links.reset_index(drop=True), nodes, gateways)
    words = []
    for node in site_nodes:
        if node in by_satellite:
            words.append("satellite")
        elif node in to_pop:
            hop = to_pop[node]
            words.append("microwave" if hop >= 0 and cable_kinds[hop] == "microwave" else "fibre")
        else:
            words.append("satellite" if node in to_gateway else "none")
    return words
