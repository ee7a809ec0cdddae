"""The master relaxation: who is served by which cost class, what is opened and which arcs are built, without shares.

The served shares make the linear programmes of this model large, so they are projected out. Entries of a demand that
cost the same are one *class* g with a column u_g; what the open options can serve comes in as cuts (`coverage_cuts`,
`projection`), found where the present point violates them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from netplan.planner.blocks.connectivity import arc_rows
from netplan.planner.doors import first_door
from netplan.planner.model import Model
from netplan.planner.problem import Bools, Floats, Ints
from netplan.planner.rows import Rows, difference, stack


@dataclass(frozen=True)
class Classes:
    """Entries of service_use grouped by demand and cost."""

    of_entry: Ints
    """(entries,) class of each entry"""
    demand: Ints
    """(classes,) in increasing order"""
    cost: Floats
    """(classes,) cost of wholly serving the demand in this class, less its penalty"""

    @staticmethod
    def of(model: Model) -> Classes:
        layout = model.layout
        cost = model.cost[: layout.y]
        order = np.lexsort((cost, layout.x_demand))
        demand, sorted_cost = layout.x_demand[order], cost[order]
        new = np.ones(len(order), bool)
        new[1:] = (demand[1:] != demand[:-1]) | (np.diff(sorted_cost) > 1e-9 * np.maximum(1.0, np.abs(sorted_cost[1:])))
        group = np.empty(len(order), np.int64)
        group[order] = np.cumsum(new) - 1
        return Classes(group, demand[new], sorted_cost[new])


@dataclass(frozen=True)
class Master:
    """Columns u | y | z | w | a, scaled by `scale` in cost; `rows` are the ones it starts with.

    u: share of a demand served in a class       y: option open      z: site open
    w: site joined to the backhaul               a: arc built (an edge is the sum of its two arcs)

    Any plan orients every built edge along its traffic, so each plan is a point of this model at its cost.
    """

    model: Model
    classes: Classes
    y: int
    z: int
    w: int
    a: int
    columns: int
    cost: Floats
    constant: float
    scale: float
    lower: Floats
    upper: Floats
    rows: Rows
    """rows that always stay"""
    local: Rows
    """rows that speed the first rounds and may be dropped when slack"""
    site_rows: slice
    """which of `rows` say that an option opens its site"""
    wired: Bools
    """(m,) options that need a path for their site"""
    explicit: bool
    """whether every option's capacity stands in `rows`, so that no projection is needed"""
    target_rows: slice
    """which of `rows` are the targets, each divided by the target or, where that is more, 1"""

    @property
    def loose_sites(self) -> Bools:
        """(s,) sites where some option needs no path: they may be open and not joined."""
        site = self.model.problem.option_site
        mine = site[(site >= 0) & ~self.wired]
        return np.bincount(mine, minlength=self.w - self.z) > 0


def build_master(model: Model) -> Master:
    """The master of a model without budget and integral demand."""
    problem, layout, network = model.problem, model.layout, model.network
    _, m, s, _ = problem.shape
    classes = Classes.of(model)
    y = len(classes.demand)
    z, w = y + m, y + m + s
    a = w + s
    columns = a + len(network.tail)
    cost = np.concatenate(
        [classes.cost, problem.option_cost, problem.site_cost, np.zeros(s), problem.edge_cost[network.edge]]
    )
    scale = max(float(np.abs(cost).max(initial=1.0)) / 1e3, 1e-9)
    upper = np.ones(columns)
    usable = model.upper[layout.y : layout.z] > 0
    reach = np.where(usable[layout.x_option], model.upper[: layout.y], 0.0)
    upper[:y] = np.minimum(np.bincount(classes.of_entry, reach, y), 1.0)
    upper[y:z] = usable
    lower = np.zeros(columns)
    capacity, explicit = _explicit_capacity(model, classes, y)
    served, opening = _served(model, classes), _opening(model, y, z, w)
    rows = stack([served, capacity, opening, _hops(model, z, a), _limits(model, y, z, a), first_door(model, w, a)])
    before = len(served) + len(capacity)
    needs = problem.option_needs_backhaul & (problem.option_site >= 0)
    wired = needs & (network.site_node[np.maximum(problem.option_site, 0)] > 0) if s else needs
    local = stack([arc_rows(problem, network, a, w), _entries(model, classes, y)])
    return Master(
        model, classes, y, z, w, a, columns, cost / scale, model.constant, scale, lower, upper, rows, local,
        slice(before, before + len(opening)), wired, explicit,
        slice(len(served) - len(problem.target_min), len(served)),
    )  # fmt: skip


def _served(model: Model, classes: Classes) -> Rows:
    """Σ_g u_g ≤ 1 (= 1 where a demand must be served) unless a bound says it; Σ weight u ≥ target."""
    problem = model.problem
    n = problem.shape[0]
    must = np.isinf(problem.demand_penalty)
    rows_of = np.flatnonzero((np.bincount(classes.demand, minlength=n) > 1) | must)
    number = np.full(n, -1, np.int64)
    number[rows_of] = np.arange(len(rows_of))
    column = np.flatnonzero(number[classes.demand] >= 0)
    served = Rows.of(
        number[classes.demand[column]], column, 1.0, np.where(must[rows_of], 1.0, -np.inf), np.ones(len(rows_of))
    )
    weight = problem.target_weight.tocsc()[:, classes.demand].tocoo()
    scale = problem.target_scale
    targets = Rows.of(weight.row, weight.col, weight.data / scale[weight.row], problem.target_min / scale, np.inf)
    return stack([served, targets])


def _explicit_capacity(model: Model, classes: Classes, y: int) -> tuple[Rows, bool]:
    """Σ_i use_ij u_g ≤ capacity_j y_j over the entries that are alone in their class; whether that says it all."""
    problem, layout = model.problem, model.layout
    m = problem.shape[1]
    use = problem.service_use.data
    alone = np.bincount(classes.of_entry, minlength=y)[classes.of_entry] == 1
    finite = np.isfinite(problem.option_capacity)
    wanted = np.bincount(layout.x_option, use * problem.service_max.data, m)
    binding = finite & (wanted > problem.option_capacity)
    entry = np.flatnonzero(alone & binding[layout.x_option] & (use > 0))
    options = np.unique(layout.x_option[entry])
    number = np.searchsorted(options, layout.x_option[entry])
    capacity = np.where(finite, problem.option_capacity, 1.0)
    room = np.where(capacity > 0, capacity, 1.0)
    rows = Rows.of(
        np.concatenate([number, np.arange(len(options))]),
        np.concatenate([classes.of_entry[entry], y + options]),
        np.concatenate([use[entry] / room[layout.x_option[entry]], -(capacity / room)[options]]),
        np.full(len(options), -np.inf),
        0.0,
    )
    hidden = binding[layout.x_option] & ~alone & (use > 0)
    return rows, not bool(hidden.any()) and not model.capacitated


def _entries(model: Model, classes: Classes, y: int) -> Rows:
    """u_g ≤ Σ_{j in g} max_ij y_j."""
    entries = np.arange(len(classes.of_entry))
    count = len(classes.demand)
    return Rows.of(
        np.concatenate([classes.of_entry, np.arange(count)]),
        np.concatenate([y + model.layout.x_option, np.arange(count)]),
        np.concatenate([model.upper[entries], -np.ones(count)]),
        np.zeros(count),
        np.inf,
    )


def _opening(model: Model, y: int, z: int, w: int) -> Rows:
    """y_j ≤ z_s; y_j ≤ w_s where option j needs backhaul; w_s ≤ z_s."""
    problem, network = model.problem, model.network
    at = np.flatnonzero(problem.option_site >= 0)
    site = problem.option_site[at]
    wired = problem.option_needs_backhaul[at] & (network.site_node[site] > 0)
    every = np.arange(problem.shape[2])
    return stack(
        [
            difference(y + at[~wired], z + site[~wired]),
            difference(y + at[wired], w + site[wired]),
            difference(w + every, z + every),
        ]
    )


def _limits(model: Model, y: int, z: int, a: int) -> Rows:
    """lower ≤ limit_option y + limit_site z + limit_edge (a_uv + a_vu) ≤ upper."""
    problem, network = model.problem, model.network
    option, site = problem.limit_option.tocoo(), problem.limit_site.tocoo()
    arcs = sparse.csr_array(problem.limit_edge)[:, network.edge].tocoo()
    return Rows.of(
        np.concatenate([option.row, site.row, arcs.row]),
        np.concatenate([y + option.col, z + site.col, a + arcs.col]),
        np.concatenate([option.data, site.data, arcs.data]),
        problem.limit_lower,
        problem.limit_upper,
    )


def _hops(model: Model, z: int, a: int) -> Rows:
    """a_uv + a_vu ≤ z_s for every site s that edge uv needs open."""
    problem, network = model.problem, model.network
    stands = problem.edge_site[network.edge]
    arc, side = np.nonzero(stands >= 0)
    key = network.edge[arc] * 2 + side
    edges, number = np.unique(key, return_inverse=True)
    site = problem.edge_site[edges // 2, edges % 2]
    return Rows.of(
        np.concatenate([number, np.arange(len(edges))]),
        np.concatenate([a + arc, z + site]),
        np.concatenate([np.ones(len(arc)), -np.ones(len(edges))]),
        np.full(len(edges), -np.inf),
        0.0,
    )
