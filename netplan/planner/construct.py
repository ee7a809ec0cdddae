"""Complete plans from a set of open options: who is served (a small LP), and the tree that joins the sites."""

from __future__ import annotations

import highspy
import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order

from netplan.planner.blocks.capacity import capacity
from netplan.planner.blocks.coverage import coverage
from netplan.planner.highs_lp import cost_scale, highs_lp
from netplan.planner.model import Model
from netplan.planner.problem import Bools, Floats, Ints
from netplan.planner.rows import stack
from netplan.planner.steiner import join_sites

MANY = 4000
"""entries from which free shares are sought by serving all that can be: below, the targets as rows take no time"""


class Server:
    """Who is served by given open options: a small linear programme, its rows laid out once."""

    def __init__(self, model: Model) -> None:
        layout, problem = model.layout, model.problem
        self.model = model
        rows = stack([coverage(problem, layout), capacity(problem, layout)])
        matrix = rows.matrix(layout.columns).tocsc()
        self._shares = matrix[:, : layout.y].tocsc()
        self._options = matrix[:, layout.y : layout.z].tocsc()
        self._lower, self._upper = rows.lower, rows.upper
        self._live = model.upper[: layout.y] > 0
        targets = np.diff(problem.target_member.tocsc().indptr)
        self._apart = bool((targets <= 1).all()) and not np.isinf(problem.demand_penalty).any()
        """whether nobody counts for two targets or must be served"""

    def serve(self, open_options: Bools, shares: Floats | None = None, free: Bools | None = None) -> Floats | None:
        """Cheapest shares x that meet the targets with the open options, or None. Shape (entries,).

        With `shares` and `free` (n,) only the free demands are served anew.
        """
        model, layout = self.model, self.model.layout
        may = open_options[layout.x_option] & self._live
        fixed = self._options @ open_options.astype(float)
        kept_shares = np.zeros(layout.y)
        if shares is not None and free is not None:
            kept_shares = np.where(may & ~free[layout.x_demand], shares, 0.0)
            may &= free[layout.x_demand]
            fixed = fixed + self._shares @ kept_shares
        entries = np.flatnonzero(may)
        if not len(entries):
            return kept_shares if (self._lower - fixed <= 1e-9).all() else None
        least, most = self._lower - fixed, self._upper - fixed
        sure, new = self._enough(entries, least, most)
        new = new if sure else self._solved(entries, model.cost[entries], least, most)
        if new is None:
            return None
        kept_shares[entries] = new
        return kept_shares

    def _enough(self, entries: Ints, least: Floats, most: Floats) -> tuple[bool, Floats | None]:
        """(whether that is sure, free shares that meet the targets if any do), sought by serving all that can be.

        That programme begins at a point of its own, serving nobody, and takes a tenth of the steps. Of a target that
        is exceeded what needs most traffic is given up again, for that needs room on links.
        """
        rows = np.flatnonzero(least > 1e-9)
        if len(entries) < MANY or not self._apart or not len(rows) or self.model.cost[entries].any():
            return False, None
        asked = self._shares[:, entries].tocsr()[rows]
        gain = np.asarray(asked.T @ (1.0 / least[rows])).ravel()
        served = self._solved(entries, -gain, np.full(len(least), -np.inf), most)
        if served is None:
            return False, None
        over = asked @ served - least[rows]
        if (over < 0).any():
            return bool((over / least[rows]).sum() < -1e-6), None
        problem, layout = self.model.problem, self.model.layout
        load = problem.demand_mbps[layout.x_demand[entries]]
        for row, spare in zip(range(len(rows)), over.tolist(), strict=True):
            mine = asked.indices[asked.indptr[row] : asked.indptr[row + 1]]
            each = asked.data[asked.indptr[row] : asked.indptr[row + 1]]
            mine, each = mine[each > 0], each[each > 0]  # who counts for nothing stays
            order = np.argsort(-load[mine] / each, kind="stable")
            mine, each = mine[order], each[order]
            weight = each * served[mine]
            left = np.clip(np.cumsum(weight) - spare, 0.0, weight)
            served[mine] = left / each
        return True, served

    def most(self, open_options: Bools, price: Floats) -> Floats | None:
        """Shares x of the open options that are worth most, whatever they miss of the targets. Shape (entries,).

        Args:
            price: (n,) what serving each demand wholly is worth.
        """
        model, layout = self.model, self.model.layout
        shares = np.zeros(layout.y)
        entries = np.flatnonzero(open_options[layout.x_option] & self._live)
        if not len(entries):
            return shares
        gain = model.cost[entries] - price[layout.x_demand[entries]]
        fixed = self._options @ open_options.astype(float)
        new = self._solved(entries, gain, np.full(len(fixed), -np.inf), self._upper - fixed)
        if new is None:
            return None
        shares[entries] = new
        return shares

    def _solved(self, entries: Ints, cost: Floats, least: Floats, most: Floats) -> Floats | None:
        """The cheapest shares of some entries between the rows' sides, None where there are none."""
        upper = self.model.upper[entries]
        part = self._shares[:, entries].tocsr()
        used = (np.diff(part.indptr) > 0) | (least > 1e-9)
        lp = highs_lp(
            cost / cost_scale(cost), np.zeros(len(entries)), upper, part[used], least[used], np.maximum(most[used], 0.0)
        )
        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        solver.passModel(lp)
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return np.asarray(np.clip(np.array(solver.getSolution().col_value), 0.0, upper))


def serve(model: Model, open_options: Bools) -> Floats | None:
    """`Server.serve`, once."""
    return Server(model).serve(open_options)


def site_loads(model: Model, shares: Floats) -> Floats:
    """Traffic in Mbit/s that each site hands to the backhaul. Shape (s,)."""
    problem, layout = model.problem, model.layout
    site = problem.option_site[layout.x_option]
    mine = (site >= 0) & problem.option_needs_backhaul[layout.x_option]
    return np.asarray(
        np.bincount(site[mine], (shares * problem.demand_mbps[layout.x_demand])[mine], problem.shape[2]), float
    )


def complete(model: Model, open_options: Bools, edge_price: Floats | None = None) -> Floats | None:
    """A whole feasible point (every column) with at most the given options open, or None if there is none.

    Options that serve nobody are closed again. Not for problems with limit rows or a budget.
    """
    shares = serve(model, open_options)
    if shares is None:
        return None
    return assemble(model, open_options, shares, edge_price)


def assemble(model: Model, open_options: Bools, shares: Floats, edge_price: Floats | None = None) -> Floats | None:
    """The point for given shares: opens what they use, joins the sites, or None when they cannot be joined."""
    problem = model.problem
    opened, site_open, needy = openings(model, open_options, shares)
    load = site_loads(model, shares)
    sites = np.flatnonzero(needy)
    price = problem.edge_cost if edge_price is None else edge_price
    edges = join_sites(model, sites, load[sites], site_open, price)
    if edges is None:
        return None
    return point_of(model, shares, opened, needy, edges, load)


def openings(model: Model, open_options: Bools, shares: Floats) -> tuple[Bools, Bools, Bools]:
    """(options that serve somebody, their sites, those of them that need backhaul)."""
    problem, layout, network = model.problem, model.layout, model.network
    busy = np.bincount(layout.x_option, shares > 1e-9, problem.shape[1]) > 0
    opened = open_options & busy
    site_open = np.zeros(problem.shape[2], bool)
    site_open[problem.option_site[opened & (problem.option_site >= 0)]] = True
    needy = np.zeros(problem.shape[2], bool)
    needy[problem.option_site[opened & problem.option_needs_backhaul & (problem.option_site >= 0)]] = True
    needy &= network.site_node > 0
    return opened, site_open, needy


def point_of(model: Model, shares: Floats, opened: Bools, needy: Bools, edges: Ints, load: Floats) -> Floats:
    """Every column of the model for a plan whose network is `edges`; the arcs are a spanning tree of it."""
    problem, layout, network = model.problem, model.layout, model.network
    point = np.zeros(layout.columns)
    point[: layout.y] = shares
    point[layout.y : layout.z] = opened
    site_open = needy.copy()
    site_open[problem.option_site[opened & (problem.option_site >= 0)]] = True
    stands = problem.edge_site[edges]
    site_open[stands[stands >= 0]] = True
    point[layout.z : layout.w] = site_open
    point[layout.w : layout.b] = needy
    point[layout.b + edges] = 1.0
    point[layout.a + spanning_arcs(model, edges, needy)] = 1.0
    if model.capacitated:
        point[layout.load :] = np.where(network.site_node > 0, load, 0.0)
    return point


def spanning_arcs(model: Model, edges: Ints, needy: Bools) -> Ints:
    """Arcs of a tree over `edges` from node 0 to the nodes of the needy sites, without useless ends."""
    network = model.network
    built = np.zeros(model.problem.shape[3], bool)
    built[edges] = True
    arcs = np.flatnonzero(built[network.edge])
    graph = sparse.csr_array((np.ones(len(arcs)), (network.tail[arcs], network.head[arcs])), shape=(network.nodes,) * 2)
    _, before = breadth_first_order(graph, 0)
    wanted: set[int] = set()
    for node in network.site_node[np.flatnonzero(needy)].tolist():
        while node > 0 and node not in wanted and before[node] >= 0:
            wanted.add(node)
            node = int(before[node])
    ends = np.array(sorted(wanted), np.int64)
    pairs = {(int(t), int(h)): int(arc) for t, h, arc in zip(network.tail[arcs], network.head[arcs], arcs, strict=True)}
    return np.array([pairs[int(before[node]), int(node)] for node in ends], np.int64)
