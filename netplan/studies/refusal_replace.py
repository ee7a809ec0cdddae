"""A bound on the cost of a refusal that needs no solver: every refused link replaced by the cheapest way around it."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, dijkstra, minimum_spanning_tree

from netplan.studies.refusal_problem import Bools, Floats, Instance
from netplan.studies.refusal_tree import Ints


def replacement_bound(instance: Instance, refusing: frozenset[str]) -> float:
    """At most this much more does the cheapest plan cost when these utilities refuse; inf where there is no way around.

    Take the cheapest plan with consent. Its refused links have no ring (without one of them all would still be
    joined), so they form trees. A link between two places that other cable reaches is replaced by the cheapest path of
    links that anybody may use without limit. A tree that passes places which only refused links reach is walked
    around: all hops of the walk but one join its other places, and together they are twice as long as the tree, so
    each is worth half its length. Which trees the plan has is not known; the dearest forest counts:

        opt(refusal) - opt(consent) ≤ max over forests of Σ max(0, path - cost),   cost halved for hops of a walk
    """
    problem = instance.problem
    theirs = np.isin(instance.owner.astype(str), sorted(refusing)) & ~instance.gone
    if not theirs.any():
        return 0.0
    # What the refusing utilities would have been paid for approval is saved as well, so it may be left out.
    saved = np.append(np.isin(instance.site_owner.astype(str), sorted(refusing)), True)
    unlimited = np.isinf(problem.edge_capacity) & saved[problem.edge_site].all(axis=1)
    if not unlimited[theirs].all():
        return float("inf")
    others = unlimited & ~theirs & ~instance.gone
    n = problem.nodes
    around = _cheapest(instance, others, n)
    reached = np.zeros(n, bool)
    reached[problem.edge_tail[others]] = reached[problem.edge_head[others]] = True
    only = np.unique(np.concatenate([problem.edge_tail[theirs], problem.edge_head[theirs]]))
    only = only[~reached[only]]
    if np.isin(only, problem.roots).any() or np.isin(only, problem.site_node).any():
        return float("inf")
    tail, head, cost = _hops(instance, theirs, reached, n)
    start, row = np.unique(tail, return_inverse=True)
    if not len(start):
        return 0.0
    part = connected_components(around, directed=False)[1]
    if (part[tail] != part[head]).any():
        return float("inf")
    way = dijkstra(around, directed=False, indices=start)
    gain = np.maximum(way[row, head] - cost, 0.0)
    low, high, gain = _first(np.minimum(tail, head), np.maximum(tail, head), -gain)
    forest = minimum_spanning_tree(csr_array(coo_array((gain, (low, high)), shape=(n, n))))
    return float(-forest.sum())


def _hops(instance: Instance, theirs: Bools, reached: Bools, n: int) -> tuple[Ints, Ints, Floats]:
    """Refused links between reached places at their cost, and the shortest ways over unreached ones at half of it."""
    problem = instance.problem
    tail, head, cost = problem.edge_tail[theirs], problem.edge_head[theirs], problem.edge_cost[theirs]
    direct = reached[tail] & reached[head]
    border = np.flatnonzero(reached & np.isin(np.arange(n), np.concatenate([tail[~direct], head[~direct]])))
    if not len(border):
        return tail[direct], head[direct], cost[direct]
    place = np.full(n, -1, np.int64)
    place[border] = np.arange(len(border))
    a, b = np.concatenate([tail[~direct], head[~direct]]), np.concatenate([head[~direct], tail[~direct]])
    money = np.maximum(np.tile(cost[~direct], 2), 1e-9)
    # Reached places are left only from a copy of theirs, so that no way passes one.
    source = np.where(place[a] >= 0, n + place[a], a)
    size = n + len(border)
    a, b, money = _first(source, b, money)
    far = dijkstra(coo_array((money, (a, b)), shape=(size, size)).tocsr(), indices=n + np.arange(len(border)))
    one, two = np.nonzero(np.triu(np.isfinite(far[:, border]), 1))
    hops = 0.5 * far[one, border[two]]
    return (
        np.concatenate([tail[direct], border[one]]),
        np.concatenate([head[direct], border[two]]),
        np.concatenate([cost[direct], hops]),
    )


def _cheapest(instance: Instance, edges: Bools, n: int) -> csr_array:
    """Cheapest edge between every two nodes; free ones cost next to nothing, for zero would be no edge."""
    problem = instance.problem
    tail, head = problem.edge_tail[edges], problem.edge_head[edges]
    money = np.maximum(problem.edge_cost[edges], 1e-9)
    low, high, money = _first(np.minimum(tail, head), np.maximum(tail, head), money)
    return csr_array(coo_array((money, (low, high)), shape=(n, n)))


def _first(a: Ints, b: Ints, value: Floats) -> tuple[Ints, Ints, Floats]:
    """Of all pairs (a, b), a ≠ b, each once with its least value."""
    order = np.lexsort((value, b, a))
    first = np.ones(len(order), bool)
    first[1:] = (a[order][1:] != a[order][:-1]) | (b[order][1:] != b[order][:-1])
    keep = order[first & (a[order] != b[order])]
    return a[keep], b[keep], value[keep]
