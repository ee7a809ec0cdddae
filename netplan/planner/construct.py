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
        part = self._shares[:, entries].tocsr()
        used = (np.diff(part.indptr) > 0) | (self._lower - fixed > 1e-9)
        kept = part[used]
        cost, none = model.cost[entries], np.zeros(len(entries))
        least, most = (self._lower - fixed)[used], np.maximum((self._upper - fixed)[used], 0.0)
        lp = highs_lp(cost / cost_scale(cost), none, model.upper[entries], kept, least, most)
        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        solver.passModel(lp)
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        kept_shares[entries] = np.clip(np.array(solver.getSolution().col_value), 0.0, model.upper[entries])
        return kept_shares


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
