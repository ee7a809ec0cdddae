"""A first plan in seconds: open options by cost per newly served person, the marginal backhaul path included."""

from __future__ import annotations

import numba as nb
import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from netplan.planner.model import Model
from netplan.planner.problem import Bools, Floats, Ints
from netplan.planner.steiner import graph_of


def greedy_options(model: Model, discount: Floats | None = None, edge_discount: Floats | None = None) -> Bools:
    """Options opened greedily until every target is met, and whoever must be served is, or nothing more can be gained.
    Shape (m,).

    The gain of an option is the traffic-weighted share of unmet targets that it would newly serve within its capacity,
    and of demands that must be served; its cost is its own, its site's if closed, the cheapest path from its site to
    what is already joined, and premises.
    `discount` (m,) and `edge_discount` (e,) multiply costs in the search, so that a relaxation can guide it.
    """
    problem, network, layout = model.problem, model.network, model.layout
    by_option = problem.service_use.tocsc()
    by_option.sort_indices()
    entry = np.lexsort((layout.x_demand, layout.x_option))
    worth, group = _worth(model)
    must = np.isinf(problem.demand_penalty)
    n, m, s, _ = problem.shape
    remaining = np.ones(n)
    missing = problem.target_min.copy()
    usable = model.upper[layout.y : layout.z] > 0
    opened = np.zeros(m, bool)
    site_open = np.zeros(s, bool)
    joined = np.zeros(network.nodes, bool)
    joined[0] = True
    edge_price = problem.edge_cost if edge_discount is None else problem.edge_cost * edge_discount
    price = edge_price[network.edge] + 1e-6
    graph = graph_of(network.nodes, network.tail, network.head, price)
    path_cost, before = _from_joined(graph, joined)
    site = problem.option_site
    demand, use = layout.x_demand[entry], problem.service_use.data[entry]
    share, cost = problem.service_max.data[entry], np.maximum(model.cost[entry], 0.0)
    density = np.argsort(-worth[demand] / np.maximum(use, 1e-12), kind="stable")
    density = density[np.argsort(layout.x_option[entry][density], kind="stable")]
    demand, use, share, cost = demand[density], use[density], share[density], cost[density]
    weight = problem.demand_weight
    forced = _forced(model, must, usable)
    for option in forced.tolist():
        opened[option] = True
        _take(by_option.indptr, demand, use, share, weight, group, remaining, missing, problem.option_capacity, option)
    mine = site[forced]
    site_open[mine[mine >= 0]] = True
    wired = mine[(mine >= 0) & problem.option_needs_backhaul[forced]]
    if len(wired) and _wanting(missing, remaining, must):
        for node in network.site_node[np.unique(wired)].tolist():
            _join(joined, before, node)
        path_cost, before = _from_joined(graph, joined)
    while _wanting(missing, remaining, must):
        fixed = problem.option_cost.copy()
        at = site >= 0
        fixed[at] += np.where(site_open[site[at]], 0.0, problem.site_cost[site[at]])
        needy = at & problem.option_needs_backhaul & (network.site_node[np.maximum(site, 0)] > 0) if s else at
        fixed[needy] += path_cost[network.site_node[site[needy]]]
        candidates = usable & ~opened & np.isfinite(fixed)
        if discount is not None:
            fixed *= discount
        best, gain = _best(
            by_option.indptr,
            demand,
            use,
            share,
            cost,
            worth,
            weight,
            group,
            must,
            remaining,
            missing,
            problem.option_capacity,
            fixed,
            candidates,
        )
        if best < 0 or gain <= 0:
            break
        opened[best] = True
        _take(by_option.indptr, demand, use, share, weight, group, remaining, missing, problem.option_capacity, best)
        if site[best] >= 0:
            site_open[site[best]] = True
            node = int(network.site_node[site[best]])
            if needy[best] and not joined[node]:
                _join(joined, before, node)
                path_cost, before = _from_joined(graph, joined)
    return opened


def _forced(model: Model, must: Bools, usable: Bools) -> Ints:
    """Options that alone reach somebody who must be served, ascending: every plan opens them."""
    layout = model.layout
    entry = np.flatnonzero((model.upper[: layout.y] > 0) & usable[layout.x_option] & must[layout.x_demand])
    alone = np.bincount(layout.x_demand[entry], minlength=len(must)) == 1
    return np.asarray(np.unique(layout.x_option[entry][alone[layout.x_demand[entry]]]), np.int64)


def _wanting(missing: Floats, remaining: Floats, must: Bools) -> bool:
    """Whether a target or somebody who must be served is short."""
    return bool((missing > 1e-9).any() or (remaining[must] > 1e-9).any())


def _join(joined: Bools, before: Ints, node: int) -> None:
    """Join a node by its path, in place."""
    while node >= 0 and not joined[node]:
        joined[node] = True
        node = int(before[node])


def _from_joined(graph: sparse.csr_array, joined: Bools) -> tuple[Floats, Ints]:
    """(cost of each node's cheapest path from what is joined, the node before it there)."""
    cost, before, _ = dijkstra(graph, indices=np.flatnonzero(joined), min_only=True, return_predecessors=True)
    return cost, np.asarray(before, np.int64)


def _worth(model: Model) -> tuple[Floats, Ints]:
    """(worth of wholly serving each demand, first target it counts to or -1)."""
    problem = model.problem
    member = problem.target_member.tocsc()
    n = problem.shape[0]
    group = np.full(n, -1, np.int64)
    has = np.diff(member.indptr) > 0
    group[has] = member.indices[member.indptr[:-1][has]]
    traffic = np.bincount(group[has], problem.demand_mbps[has] + 1e-6, max(len(problem.target_min), 1))
    weight = np.bincount(group[has], problem.demand_weight[has], max(len(problem.target_min), 1))
    per_weight = traffic / np.maximum(weight, 1e-12)
    worth = np.where(has, problem.demand_weight * per_weight[np.maximum(group, 0)], 0.0)
    return worth + np.isinf(problem.demand_penalty), group


@nb.njit(cache=True)
def _best(ptr, demand, use, share, cost, worth, weight, group, must, remaining, missing, capacity, fixed, candidates):  # type: ignore[no-untyped-def]
    """(option of least cost per gain, its gain); -1 if none gains."""
    best, best_gain, best_score = -1, 0.0, np.inf
    left = np.empty(len(missing))
    for option in range(len(fixed)):
        if not candidates[option]:
            continue
        for g in range(len(missing)):
            left[g] = missing[g]
        room, gain, spent = capacity[option], 0.0, fixed[option]
        for k in range(ptr[option], ptr[option + 1]):
            i = demand[k]
            g = group[i]
            part = min(share[k], remaining[i])
            if part <= 1e-9 or (g >= 0 and left[g] <= 1e-9 and not must[i]) or (g < 0 and worth[i] <= 0):
                continue
            if use[k] > 0:
                part = min(part, room / use[k])
            if g >= 0 and weight[i] > 0:
                if not must[i]:
                    part = min(part, left[g] / weight[i])
                left[g] -= part * weight[i]
            room -= part * use[k]
            gain += part * worth[i]
            spent += part * cost[k]
            if room <= 1e-9:
                break
        if gain > 1e-9 and spent / gain < best_score:
            best, best_gain, best_score = option, gain, spent / gain
    return best, best_gain


@nb.njit(cache=True)
def _take(ptr, demand, use, share, weight, group, remaining, missing, capacity, option):  # type: ignore[no-untyped-def]
    """Serve what the option gains: lowers `remaining` and `missing` in place."""
    room = capacity[option]
    for k in range(ptr[option], ptr[option + 1]):
        i = demand[k]
        part = min(share[k], remaining[i])
        if part <= 1e-9:
            continue
        if use[k] > 0:
            part = min(part, room / use[k])
        room -= part * use[k]
        remaining[i] -= part
        if group[i] >= 0:
            missing[group[i]] -= part * weight[i]
        if room <= 1e-9:
            break
