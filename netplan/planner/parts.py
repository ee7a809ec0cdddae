"""A part of a plan as a problem of its own: some sites are chosen anew while the others keep what they have.

The part has the options of its sites and the demands that they reach. Whoever is served is worth a price, so that what
one part gives up another can make up for. What stays outside is paid for: its options go on serving demands of the
part, its sites and edges are there to be used, with the room that its traffic leaves.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from netplan.planner.construct import openings, point_of, site_loads
from netplan.planner.model import Model, build
from netplan.planner.network import option_load_max
from netplan.planner.problem import Bools, Floats, Ints, Problem
from netplan.planner.reroute import Rerouter, Routes, edges_of
from netplan.planner.routed import routed
from netplan.planner.steiner import graph_of

ALIKE = 0.2
"""part of the demands of the smaller one that two sites have in common when they are neighbours"""
MOST_FAR = 0.9
"""part of a part's sites whose way to what is built elsewhere lies wholly within the part"""
ROUNDING = 1e-9


@dataclass(frozen=True)
class Laid:
    """A plan, and the path of each site that needs one."""

    point: Floats
    routes: Routes


def laid(rerouter: Rerouter, point: Floats) -> Laid | None:
    """A point's plan with paths along the edges it builds, where they have room; None if sites cannot be joined."""
    layout = rerouter.model.layout
    opened, edges = point[layout.y : layout.z] > 0.5, np.flatnonzero(point[layout.b : layout.a] > 0.5)
    found = routed(rerouter, opened, point[: layout.y], {}, 0, 0, favoured=edges)
    return None if found is None else Laid(*found)


def planned(model: Model, shares: Floats, opened: Bools, routes: Routes) -> Laid:
    """The plan of given shares and paths; options that serve nobody are closed."""
    used, _, needy = openings(model, opened, shares)
    return Laid(point_of(model, shares, used, needy, edges_of(routes), site_loads(model, shares)), routes)


class Parts:
    """Cuts parts out of plans of a model with sites and without budget, limit rows, integral demand and penalties."""

    def __init__(self, model: Model) -> None:
        self.model = model
        network, problem = model.network, model.problem
        cost = problem.edge_cost[network.edge] + 1e-3
        self._ways = graph_of(network.nodes, network.tail, network.head, cost)
        self._most = option_load_max(problem)
        self._live = (model.upper[model.layout.y + model.layout.x_option] > 0) & (model.upper[: model.layout.y] > 0)

    @cached_property
    def reach(self) -> sparse.csr_array:
        """(n, s) whether some option of a site reaches a demand."""
        problem, layout = self.model.problem, self.model.layout
        n, _, s, _ = problem.shape
        site = problem.option_site[layout.x_option]
        mine = self._live & (site >= 0)
        reach = sparse.csr_array((np.ones(int(mine.sum())), (layout.x_demand[mine], site[mine])), shape=(n, s))
        reach.sum_duplicates()
        reach.data[:] = 1.0
        return reach

    @cached_property
    def _neighbours(self) -> sparse.csr_array:
        """(s, s) how little two sites have in common, where it is enough."""
        reach, s = self.reach, self.model.problem.shape[2]
        count = np.asarray(reach.sum(axis=0), float).ravel()
        both = (reach.T @ reach).tocoo()
        alike = both.data / np.minimum(count[both.row], count[both.col])
        near = (both.row != both.col) & (alike > ALIKE)
        return sparse.csr_array((1.001 - alike[near], (both.row[near], both.col[near])), shape=(s, s))

    def around(self, centre: int, most: int) -> Ints:
        """The sites nearest to one, itself first, by the demands they have in common; at most so many."""
        apart = dijkstra(self._neighbours, indices=np.array([centre]))[0]
        order = np.argsort(apart, kind="stable")
        return np.asarray(order[np.isfinite(apart[order])][:most], np.int64)

    def cut(self, plan: Laid, price: Floats, sites: Ints, more: Floats | None = None) -> Part | None:
        """The part of some sites, or None where they reach nobody.

        Args:
            price: (n,) what serving each demand wholly is worth.
            sites: indices of its sites.
            more: (k,) weight of each target that is to be served beyond what the plan serves there; where it is not
                given nothing is asked.
        """
        return _cut(self.model, self._ways, self._live, plan, price, sites, self._most, more)


@dataclass(frozen=True)
class Part:
    """A part: its model, and what its rows and columns are in the whole."""

    whole: Model
    plan: Laid
    model: Model
    sites: Ints
    """the sites that are chosen anew"""
    options: Ints
    free: int
    """the first so many of the options are chosen anew"""
    demands: Ints
    edges: Ints
    entries: Ints
    """the whole's entry of each entry of the part"""

    def start(self) -> Floats:
        """What the plan has there, as a point of the part."""
        layout, own = self.whole.layout, self.model.layout
        shares = np.minimum(self.plan.point[self.entries], self.model.upper[: own.y])
        opened = self.plan.point[layout.y : layout.z][self.options] > 0.5
        used, _, needy = openings(self.model, opened, shares)
        routes = [self.plan.routes[site] for site in self.sites.tolist() if site in self.plan.routes]
        edges = np.searchsorted(self.edges, edges_of(dict(enumerate(routes))))
        return point_of(self.model, shares, used, needy, edges, site_loads(self.model, shares))

    def merged(self, point: Floats) -> Laid | None:
        """The whole plan with a point of the part in place; None where its sites cannot be joined."""
        whole, layout, own = self.whole, self.whole.layout, self.model.layout
        found = laid(Rerouter(self.model), point)
        if found is None:
            return None
        shares = self.plan.point[: layout.y].copy()
        anew = np.zeros(whole.problem.shape[0], bool)
        anew[self.demands] = True
        shares[anew[layout.x_demand]] = 0.0
        shares[self.entries] = found.point[: own.y]
        opened = self.plan.point[layout.y : layout.z] > 0.5
        opened[self.options] = True
        mine = set(self.sites.tolist())
        routes = {site: path for site, path in self.plan.routes.items() if site not in mine}
        numbers = self.model.problem.option_site[: self.free]
        of_site = dict(
            zip(numbers.tolist(), whole.problem.option_site[self.options[: self.free]].tolist(), strict=True)
        )
        routes |= {of_site[site]: self.edges[path] for site, path in found.routes.items()}
        return planned(whole, shares, opened, routes)


@dataclass(frozen=True)
class _Outside:
    """What a plan has outside of a part."""

    edges: Bools
    """(e,) edges in use"""
    space: Floats
    """(e,) Mbit/s that they leave"""
    paid: Bools
    """(s,) sites that stand for it"""
    grows: Bools
    """(s,) sites whose paths have room for all that their open options can serve"""


def _outside(model: Model, plan: Laid, inside: Bools, most: Floats) -> _Outside:
    """
    Args:
        most: (m,) the largest traffic of each option.
    """
    problem, layout = model.problem, model.layout
    opened = plan.point[layout.y : layout.z] > 0.5
    site = problem.option_site
    fed = opened & problem.option_needs_backhaul & (site >= 0)
    load = site_loads(model, plan.point[: layout.y])
    largest = np.asarray(np.bincount(site[fed], most[fed], len(inside)), float)
    wanted = np.zeros(len(problem.edge_cost))
    for number, path in plan.routes.items():
        wanted[path] += load[number] if inside[number] else largest[number]
    roomy = wanted <= problem.edge_capacity
    edges, space, grows = np.zeros(len(wanted), bool), problem.edge_capacity.copy(), np.ones(len(inside), bool)
    for number, path in plan.routes.items():
        if not inside[number]:
            edges[path] = True
            grows[number] = roomy[path].all()
            space[path] -= largest[number] if grows[number] else load[number]
    paid = np.zeros(len(inside), bool)
    at = site[opened]
    paid[at[at >= 0]] = True
    paid[inside] = False
    stands = problem.edge_site[edges]
    paid[stands[stands >= 0]] = True
    return _Outside(edges, np.maximum(space, 0.0), paid, grows)


def _cut(
    model: Model,
    ways: sparse.csr_array,
    live: Bools,
    plan: Laid,
    price: Floats,
    sites: Ints,
    most: Floats,
    more: Floats | None,
) -> Part | None:
    problem, layout, network = model.problem, model.layout, model.network
    n, m, s, _ = problem.shape
    inside, site = np.zeros(s, bool), problem.option_site
    inside[sites] = True
    free = (site >= 0) & inside[np.maximum(site, 0)]
    demand, option = layout.x_demand, layout.x_option
    mine = np.zeros(n, bool)
    mine[demand[live & free[option]]] = True
    if not mine.any():
        return None
    outside = _outside(model, plan, inside, most)

    # options outside that serve somebody, or cost nothing, may serve what they have room for, or else what they do
    use, shares = problem.service_use.data, plan.point[: layout.y]
    used, here = (np.bincount(option, use * part, m) for part in (shares, shares * mine[demand]))
    opened = plan.point[layout.y : layout.z] > 0.5
    idle = (site < 0) & (problem.option_cost <= 0)
    near = np.bincount(option[live], mine[demand[live]], m) > 0
    other = np.flatnonzero((opened | idle) & ~free & near)
    options = np.concatenate([np.flatnonzero(free), other])
    count = int(free.sum())
    capacity = problem.option_capacity[options].copy()
    capacity[count:] = np.maximum(capacity[count:] - used[other], 0.0) + here[other] * (1 + ROUNDING)
    bound = ~free & problem.option_needs_backhaul & (site >= 0) & ~outside.grows[np.maximum(site, 0)]
    largest = np.where(bound[option], np.minimum(shares, model.upper[: layout.y]), model.upper[: layout.y])

    # edges: what is built, and what lies between the sites and it
    nodes = network.site_node[sites]
    nodes = nodes[nodes > 0]
    built = np.zeros(network.nodes, bool)
    built[0] = True
    built[network.edge_u[outside.edges]] = built[network.edge_v[outside.edges]] = True
    within = built.copy()
    if len(nodes):
        way = dijkstra(ways, indices=np.flatnonzero(built), min_only=True)[nodes]
        way = way[np.isfinite(way)]
        limit = np.quantile(way, MOST_FAR) if len(way) else 0.0
        within |= dijkstra(ways, indices=nodes, min_only=True) <= limit
    ends = network.edge_u, network.edge_v
    kept = (within[ends[0]] & within[ends[1]]) | outside.edges
    for number in sites.tolist():
        kept[plan.routes.get(number, np.zeros(0, np.int64))] = True
    edges = np.flatnonzero(kept & (ends[0] != ends[1]))

    demands = np.flatnonzero(mine)
    number_of = np.full(m, -1, np.int64)
    number_of[options] = np.arange(len(options))
    wanted = mine[demand] & (number_of[option] >= 0) & live & (largest > 0) & (model.cost[: layout.y] <= price[demand])
    entries = np.flatnonzero(wanted)
    stands = problem.edge_site[edges]
    chosen = np.union1d(sites, stands[stands >= 0])
    site_of = np.full(s + 1, -1, np.int64)
    site_of[chosen] = np.arange(len(chosen))
    used_nodes = np.unique(
        np.concatenate([[0], ends[0][edges], ends[1][edges], np.maximum(network.site_node[chosen], 0)])
    )
    places = np.searchsorted(demands, demand[entries]), number_of[option[entries]]
    asked: dict[str, Any] = {}
    if more is not None:
        member = sparse.csr_array(problem.target_member.tocsc()[:, demands])
        served = member @ (problem.demand_weight[demands] * np.bincount(demand, shares, n)[demands])
        asked = {"target_member": member, "target_min": np.maximum(served + more, 0.0)}
    part = Problem.of(
        **asked,
        demand_weight=problem.demand_weight[demands], demand_mbps=problem.demand_mbps[demands],
        demand_penalty=price[demands],
        option_cost=np.concatenate([problem.option_cost[free], np.zeros(len(other))]), option_capacity=capacity,
        option_site=np.concatenate([site_of[site[free]], np.full(len(other), -1)]),
        option_needs_backhaul=np.concatenate([problem.option_needs_backhaul[free], np.zeros(len(other), bool)]),
        service_use=(*places, use[entries]), service_cost=(*places, model.cost[: layout.y][entries]),
        service_max=(*places, largest[entries]),
        site_cost=np.where(outside.paid[chosen], 0.0, problem.site_cost[chosen]),
        site_node=np.where(
            network.site_node[chosen] >= 0, np.searchsorted(used_nodes, np.maximum(network.site_node[chosen], 0)), -1
        ),
        edge_tail=np.searchsorted(used_nodes, ends[0][edges]), edge_head=np.searchsorted(used_nodes, ends[1][edges]),
        edge_cost=np.where(outside.edges, 0.0, problem.edge_cost)[edges], edge_capacity=outside.space[edges],
        edge_site=site_of[stands], roots=np.zeros(1, np.int64),
    )  # fmt: skip
    own = build(part)
    order = np.lexsort((places[1], places[0]))  # as the part has its entries
    return Part(model, plan, own, np.asarray(sites), options, count, demands, edges, entries[order])
