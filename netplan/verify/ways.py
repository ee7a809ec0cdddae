"""The audit's own ways out: over which links, and past which sites, the traffic of each site leaves."""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from netplan.verify.lines import ends_index
from netplan.verify.reading import Written

LEAST_M = 1e-3
"""What a link without length counts for: a way over it is a way."""
TIE = 1e-9
"""Part by which two ways differ that are not of one length."""
EXITS = ("pop", "gateway")


@dataclass(frozen=True)
class Ways:
    """The shortest way out of each site over links of the plan."""

    over: dict[int, list[int]]
    """Site (row) -> links (rows) of its way, parallel ones together."""
    past: dict[int, list[int]]
    """Site -> other sites that stand on its way."""
    certain: bool
    """No site has two ways of one length, so there is no choice in them."""


def ways_out(written: Written) -> Ways:
    """The way of every site that has one: by length from the nearest exit, found by Dijkstra's rule."""
    nodes, tail, head = ends_index(written)
    lengths = np.maximum(written.links["length_m"].to_numpy(float), LEAST_M)
    beside: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for link, (a, b) in enumerate(zip(tail.tolist(), head.tolist(), strict=True)):
        if a >= 0 and b >= 0:
            beside[min(a, b), max(a, b)].append(link)
    around: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
    for (a, b), links in beside.items():
        shortest = float(lengths[links].min())
        around[a].append((b, shortest))
        around[b].append((a, shortest))
    ahead, torn = _towards(np.flatnonzero(written.nodes["kind"].isin(EXITS)).tolist(), around)
    place = nodes.get_indexer(written.sites["node_id"]).tolist()
    standing: defaultdict[int, list[int]] = defaultdict(list)
    for site, node in enumerate(place):
        standing[node].append(site)
    over, past, certain = dict[int, list[int]](), dict[int, list[int]](), True
    for site, node in enumerate(place):
        over[site], past[site] = [], []
        while node in ahead:
            certain &= node not in torn
            after = ahead[node]
            over[site] += beside[min(node, after), max(node, after)]
            past[site] += standing.get(after, [])
            node = after
    return Ways(over, past, certain)


def _towards(exits: list[int], around: dict[int, list[tuple[int, float]]]) -> tuple[dict[int, int], set[int]]:
    """Node -> the next one on its shortest way to an exit; and nodes with two such ways of one length."""
    best = dict.fromkeys(exits, 0.0)
    ahead: dict[int, int] = {}
    queue = [(0.0, node) for node in exits]
    heapq.heapify(queue)
    done: set[int] = set()
    while queue:
        length, node = heapq.heappop(queue)
        if node in done:
            continue
        done.add(node)
        for other, more in around.get(node, ()):
            if other not in done and length + more < best.get(other, np.inf):
                best[other], ahead[other] = length + more, node
                heapq.heappush(queue, (length + more, other))
    torn = {
        node
        for node, before in ahead.items()
        if sum(
            best[other] + more <= best[node] * (1.0 + TIE)
            for other, more in around[node]
            if other in best and (other == before or best[other] < best[node])
        )
        > 1
    }
    return ahead, torn
