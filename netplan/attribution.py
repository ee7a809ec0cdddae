"""Whose cost it is: every row of a plan's money attributed to the demand rows that it serves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
EXITS = ("pop", "gateway")
"""Kinds of node where traffic leaves."""


def attributed_cost(
    service: pd.DataFrame,
    equipment: pd.DataFrame,
    sites: pd.DataFrame,
    links: pd.DataFrame,
    nodes: pd.DataFrame,
    demand: pd.DataFrame,
    other_npv: float,
) -> pd.Series:
    """Net present cost by demand_id (of those newly served); Σ is the cost of the whole plan.

    What serves one demand row alone is its own. What is shared is divided by busy-hour load: equipment by the load of
    the rows it serves; a link by the load of the sites whose shortest way over built links to where traffic leaves
    runs along it; a site by the load of its own equipment and of what passes through; project-wide costs by all load.
    Rows that share an asset and have no load divide it by premises; an asset on nobody's way, and one that serves
    nobody, is divided over everybody.

    Args:
        service: `demand_id, option_id, share, premises, npv`.
        equipment: `option_id, site_id, npv`; sites: `site_id, node_id, npv`; links: `link_id, from_node, to_node,
            length_m, npv`; nodes: `node_id, kind`; demand: `demand_id, demand_mbps`.
        other_npv: of project-wide costs.
    """
    rows = service.reset_index(drop=True)
    mbps = demand.set_index("demand_id")["demand_mbps"].reindex(rows["demand_id"]).fillna(0.0).to_numpy(float)
    load, premises = rows["share"].to_numpy(float) * mbps, rows["premises"].to_numpy(float)
    options, places = pd.Index(equipment["option_id"]), pd.Index(sites["site_id"])
    of_option = options.get_indexer(pd.Index(rows["option_id"]))
    of_site = places.get_indexer(pd.Index(equipment["site_id"].fillna("").to_numpy(object)))[of_option]
    uses_option = _incidence(of_option, len(options))
    passes = _way_out(sites, links, nodes)
    here = sparse.csr_array(sparse.eye_array(len(places)) + passes[1]) > 0
    on_site = _incidence(of_site, len(places))
    uses_site, uses_link = here.astype(float) @ on_site, passes[0] @ on_site
    cost = rows["npv"].to_numpy(float).copy()
    for uses, npv in ((uses_option, equipment["npv"]), (uses_site, sites["npv"]), (uses_link, links["npv"])):
        cost += _divided(sparse.csr_array(uses), npv.to_numpy(float), load, premises)
    everybody = sparse.csr_array(np.ones((1, len(rows))))
    cost += _divided(everybody, np.array([other_npv]), load, premises)
    sums: pd.Series = pd.Series(cost).groupby(rows["demand_id"].to_numpy(object)).sum()
    return sums.rename_axis("demand_id")


def _incidence(column: Ints, height: int) -> sparse.csr_array:
    """(height, rows): 1 where a row belongs to a column; rows of none (−1) are left out."""
    kept = np.flatnonzero(column >= 0)
    return sparse.csr_array((np.ones(len(kept)), (column[kept], kept)), shape=(height, len(column)))


def _divided(uses: sparse.csr_array, npv: Floats, load: Floats, premises: Floats) -> Floats:
    """Cost of each asset over the rows that use it: by load, else premises, else equally; unused ones over all rows."""
    out = np.zeros(uses.shape[1])
    if not uses.shape[1] or not uses.shape[0]:
        return out
    left = npv.astype(float).copy()
    pattern = sparse.csr_array((uses > 0).astype(float))
    for weight in (load, premises, np.ones(len(load))):
        total = pattern @ weight
        possible = (total > 0) & (left != 0)
        out += (pattern.T @ np.where(possible, left / np.where(possible, total, 1.0), 0.0)) * weight
        left[possible] = 0.0
    everybody = load if load.sum() > 0 else np.ones(len(load))
    return np.asarray(out + left.sum() * everybody / everybody.sum(), float)


def _way_out(
    sites: pd.DataFrame, links: pd.DataFrame, nodes: pd.DataFrame
) -> tuple[sparse.csr_array, sparse.csr_array]:
    """(links, sites) and (sites, sites) incidence: whose shortest way out runs over a link, or past a site."""
    ids = pd.Index(nodes["node_id"])
    at = ids.get_indexer(pd.Index(sites["node_id"].fillna("").to_numpy(object)))
    tail, head = (ids.get_indexer(pd.Index(links[end])) for end in ("from_node", "to_node"))
    known = (tail >= 0) & (head >= 0)
    # a millimetre at least: a way over zero-length links is a way
    length = np.maximum(links["length_m"].to_numpy(float), 1e-3)
    exits = np.flatnonzero(nodes["kind"].isin(EXITS).to_numpy())
    empty = sparse.csr_array((len(links), len(sites))), sparse.csr_array((len(sites), len(sites)))
    if not len(exits) or not known.any():
        return empty
    order = np.flatnonzero(known)[np.argsort(length[known], kind="stable")]
    pair = np.sort(np.stack([tail[order], head[order]]), axis=0)
    _, first = np.unique(pair, axis=1, return_index=True)
    kept = order[first]  # the shortest of parallel links
    graph = sparse.csr_array((length[kept], (tail[kept], head[kept])), shape=(len(ids), len(ids)))
    _, before, _ = csgraph.dijkstra(graph, directed=False, indices=exits, return_predecessors=True, min_only=True)
    link_of: dict[tuple[int, int], list[int]] = {}
    for a, b, link in zip(*pair, order, strict=True):
        link_of.setdefault((int(a), int(b)), []).append(int(link))
    site_of: dict[int, list[int]] = {}
    for row, node in enumerate(at):
        site_of.setdefault(int(node), []).append(row)
    over, past = [], []
    for row, start in enumerate(at):
        node = int(start)
        while node >= 0 and before[node] >= 0:
            ahead = int(before[node])
            # links side by side carry it together
            over += [(link, row) for link in link_of[min(node, ahead), max(node, ahead)]]
            past += [(other, row) for other in site_of.get(ahead, [])]
            node = ahead
    return _pairs(over, empty[0].shape), _pairs(past, empty[1].shape)


def _pairs(pairs: list[tuple[int, int]], shape: tuple[int, int]) -> sparse.csr_array:
    if not pairs:
        return sparse.csr_array(shape)
    row, column = np.array(pairs, np.int64).T
    return sparse.csr_array((np.ones(len(row)), (row, column)), shape=shape)
