"""What the field does, re-implemented from its descriptions, to set beside the planner (never to be used by it).

- `prune`: one minimum spanning tree over the distances between all sites and the roots, then prune the dearest leaf
  again and again while the targets still hold (as Giga's connectivity costing is described: Prim, then prune).
- `tree_first`: one road spanning tree over all points first, the technology for each point after, the tree never
  re-routed (as the Connectivity Planning Platform is described).
- `waves`: outward from what is built, ring by ring, in each ring the options that cost least per newly served person
  (as OnSSET's grid extension is described).
- `steiner_2`: networkx's 2-approximation of the Steiner tree (Mehlhorn 1988), for Steiner instances.

Each method only chooses options and edges; shares and traffic on them are then set as well as can be by a linear
program, so that no method is blamed for a poor allocation. None where a method ends without a plan.
"""

from __future__ import annotations

import importlib
import importlib.util
import time
from typing import Any

import numpy as np

from .case import Bools, Drawn, Floats, Ints
from .compact import allocate, build
from .filling import Filling, enough
from .tree import Branches, Graph


def suits(problem: Any) -> bool:
    """Whether there is something for the first three to do: sites on a graph, wanted by targets or must-serve."""
    wanted = len(problem.target_min) or np.isinf(problem.demand_penalty).any()
    plain = problem.budget is None and not len(problem.limit_lower) and not problem.demand_integral.any()
    return bool(wanted and plain and len(problem.roots) and len(problem.edge_cost) and (problem.option_site >= 0).all())


def _finish(problem: Any, options: Bools, edges: Bools) -> Drawn | None:
    return allocate(build(problem), options, edges)


def _usable(problem: Any, branches: Branches) -> Ints:
    """Options whose site the tree joins to a root."""
    node = problem.site_node[problem.option_site]
    return np.flatnonzero([n >= 0 and branches.reaches(int(n)) for n in node])


def prune(problem: Any, time_limit_s: float) -> Drawn | None:
    """Minimum spanning tree over all sites with every option open, then prune the dearest leaf.

    A leaf is a site that no other site's path runs through; its price is its options, itself and its edges. Pruning
    stops when no leaf can go, or at the time limit.
    """
    end = time.monotonic() + time_limit_s
    graph = Graph(problem)
    branches = Branches(graph, graph.joining_tree(problem.site_node[problem.site_node >= 0]), problem.edge_cost)
    options = np.zeros(len(problem.option_cost), bool)
    options[_usable(problem, branches)] = True
    if not enough(problem, options):
        return None
    sites = np.unique(problem.option_site[options])
    cost_at = np.bincount(problem.option_site, problem.option_cost * options, len(problem.site_cost))
    for site in sites.tolist():
        branches.join(int(problem.site_node[site]))
    tried = np.zeros(len(problem.site_cost), bool)
    while time.monotonic() < end:
        node = problem.site_node[sites]
        leaf = sites[(branches.uses[node] == 1) & ~tried[sites]]
        if not len(leaf):
            break
        price = [cost_at[s] + problem.site_cost[s] + branches.price(int(problem.site_node[s]), 1) for s in leaf]
        site = int(leaf[int(np.argmax(price))])
        tried[site] = True
        without = options & (problem.option_site != site)
        if enough(problem, without):
            options = without
            sites = sites[sites != site]
            branches.join(int(problem.site_node[site]), -1)
    options = _drop_spare(problem, options, end)
    return _finish(problem, options, branches.built(len(problem.edge_cost)))


def _drop_spare(problem: Any, options: Bools, end: float) -> Bools:
    """Close options that are not needed, first those that cost most for what they can serve.

    Their sites stay joined, as the tree was fixed before.
    """
    filling = Filling(problem)
    wanted = filling.wanted()
    gain = np.array([filling.gain(j, wanted) if options[j] else 1.0 for j in range(len(options))])
    order = np.argsort(-problem.option_cost / np.maximum(gain, 1e-9), kind="stable")
    for option in order[options[order]].tolist():
        if time.monotonic() > end:
            break
        without = options.copy()
        without[option] = False
        if enough(problem, without):
            options = without
    return options


def tree_first(problem: Any, time_limit_s: float) -> Drawn | None:
    """Spanning tree first, then for each point, heaviest first, the technology that is cheapest per weight it adds.

    Cost of an option: itself, its site if closed, and the edges of the tree up to what is joined already.
    """
    end = time.monotonic() + time_limit_s
    graph = Graph(problem)
    branches = Branches(graph, graph.spanning_tree(), problem.edge_cost)
    usable = np.zeros(len(problem.option_cost), bool)
    usable[_usable(problem, branches)] = True
    filling, opened = Filling(problem), np.zeros(len(problem.site_cost), bool)
    use = problem.service_use
    for point in np.argsort(-problem.demand_weight, kind="stable").tolist():
        while not filling.done() and time.monotonic() < end:
            wanted = filling.wanted()
            if wanted[point] <= 0 or filling.left[point] <= 1e-6:
                break
            can = use.indices[use.indptr[point] : use.indptr[point + 1]]
            can = can[usable[can] & ~filling.open[can]]
            if not len(can):
                break
            option = min(can.tolist(), key=lambda j: _ratio(problem, filling, branches, opened, j, wanted))
            filling.take(option)
            site = int(problem.option_site[option])
            if not opened[site]:
                opened[site] = True
                branches.join(int(problem.site_node[site]))
    return _finish(problem, filling.open, branches.built(len(problem.edge_cost))) if filling.done() else None


def _ratio(problem: Any, filling: Filling, branches: Branches, opened: Bools, option: int, wanted: Any) -> float:
    site = int(problem.option_site[option])
    price = float(problem.option_cost[option])
    if not opened[site]:
        price += float(problem.site_cost[site]) + branches.price(int(problem.site_node[site]))
    gain = filling.gain(option, wanted)
    return price / gain if gain > 0 else float("inf")


def waves(problem: Any, time_limit_s: float) -> Drawn | None:
    """Rings outward from what is built: the nearest quarter of the sites not yet joined makes a ring.

    Within a ring, options in the order of cost per newly served weight, the path to what is built included; those that
    cost more per weight than the median of all candidates (counted anew when their turn comes) wait for a later ring.
    A ring that adds nothing lifts that rule for the next one.
    """
    end = time.monotonic() + time_limit_s
    graph = Graph(problem)
    filling, edges = Filling(problem), np.zeros(len(problem.edge_cost), bool)
    built = {graph.hub}
    opened = np.zeros(len(problem.site_cost), bool)
    strict = True
    while not filling.done() and time.monotonic() < end:
        far, parent = graph.nearest(np.array(sorted(built)))
        reach, ratio = _offers(problem, filling, opened, far)
        offers = np.flatnonzero(np.isfinite(ratio))
        if not len(offers):
            return None
        near = offers[reach[offers] <= np.quantile(reach[offers], 0.25)]
        most = float(np.median(ratio[offers])) if strict else float("inf")
        strict = False
        for option in near[np.argsort(ratio[near], kind="stable")].tolist():
            gain = filling.gain(option, filling.wanted())
            if filling.done() or gain <= 0 or _price(problem, opened, option, reach) / gain > most:
                continue
            strict = True
            filling.take(option)
            opened[problem.option_site[option]] = True
            _lay(graph, parent, int(problem.site_node[problem.option_site[option]]), built, edges)
    return _finish(problem, filling.open, edges) if filling.done() else None


def _lay(graph: Graph, parent: Ints, node: int, built: set[int], edges: Bools) -> None:
    """Build the way from the node to what is built."""
    while node not in built:
        built.add(node)
        edge = graph.edge(node, int(parent[node]))
        if edge >= 0:
            edges[edge] = True
        node = int(parent[node])


def _price(problem: Any, opened: Bools, option: int, reach: Floats) -> float:
    """Cost of an option, with its site and the way to it if the site is closed."""
    site = int(problem.option_site[option])
    more = 0.0 if opened[site] else float(problem.site_cost[site] + reach[option])
    return float(problem.option_cost[option]) + more


def _offers(problem: Any, filling: Filling, opened: Bools, far: Floats) -> tuple[Floats, Floats]:
    """Cost of the path to every option, and its cost per newly served weight (inf: adds nothing or is out of reach)."""
    node = problem.site_node[problem.option_site]
    reach = np.where(node >= 0, far[np.maximum(node, 0)], np.inf)
    wanted, ratio = filling.wanted(), np.full(len(node), np.inf)
    for option in np.flatnonzero(~filling.open & np.isfinite(reach)).tolist():
        gain = filling.gain(option, wanted)
        if gain > 0:
            ratio[option] = _price(problem, opened, option, reach) / gain
    return reach, ratio


def has_networkx() -> bool:
    """Whether networkx can be imported."""
    return importlib.util.find_spec("networkx") is not None


def steiner_2(problem: Any, time_limit_s: float) -> Drawn | None:
    """networkx's Steiner tree over the roots and the sites of must-serve demands (all of them: one option each)."""
    nx = importlib.import_module("networkx")
    graph = nx.Graph()
    order = np.argsort(-problem.edge_cost, kind="stable")  # the cheapest of parallel edges is written last
    for edge in order.tolist():
        ends = int(problem.edge_tail[edge]), int(problem.edge_head[edge])
        graph.add_edge(*ends, weight=float(problem.edge_cost[edge]), edge=edge)
    ends_at = {int(node) for node in np.concatenate([problem.roots, problem.site_node])}
    tree = nx.algorithms.approximation.steiner_tree(graph, ends_at, method="mehlhorn")
    edges = np.zeros(len(problem.edge_cost), bool)
    edges[[data["edge"] for _, _, data in tree.edges(data=True)]] = True
    return _finish(problem, np.ones(len(problem.option_cost), bool), edges)
