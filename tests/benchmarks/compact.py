"""The planning problem as one compact integer program, the way it is first written down: flows with big-M.

Columns  x (share, one per entry of service_use) | y (options) | z (sites) | b (edges) | w (site to be joined)
       | h (connection flow, one per edge, signed) | f (traffic, one per edge, signed; where there is any traffic)

    Σ_j x_ij ≤ 1, = 1 if it must be served          x_ij ≤ max_ij y_j
    Σ_i use_ij x_ij ≤ capacity_j y_j                Σ_i weight_i member_ki Σ_j x_ij ≥ target_k
    y_j ≤ z_site, y_j ≤ w_site if it needs backhaul, b_e ≤ z of its edge_site, the limit rows
    Σ_out h − Σ_in h = Σ_{s at v} w_s at every node v but the roots       |h_e| ≤ S b_e, S the number of sites
    Σ_out f − Σ_in f = Σ mbps_i x_ij of the sites at v                    |f_e| ≤ min(capacity_e, all traffic) b_e

With a budget: minimise minus the weight served, cost at most the budget.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from .case import Bools, Drawn, Floats, Ints


@dataclass
class Rows:
    """Rows of the program as they are collected."""

    row: list[Ints] = field(default_factory=list)
    column: list[Ints] = field(default_factory=list)
    value: list[Floats] = field(default_factory=list)
    lower: list[Floats] = field(default_factory=list)
    upper: list[Floats] = field(default_factory=list)
    count: int = 0

    def add(self, size: int, parts: list[tuple[Any, Any, Any]], lower: Any, upper: Any) -> None:
        """`size` rows made of (row, column, value) parts; rows count from 0 within the block."""
        for row, column, value in parts:
            row = np.asarray(row, np.int64)
            self.row.append(row + self.count)
            self.column.append(np.broadcast_to(np.asarray(column, np.int64), row.shape))
            self.value.append(np.broadcast_to(np.asarray(value, float), row.shape))
        self.lower.append(np.broadcast_to(np.asarray(lower, float), (size,)))
        self.upper.append(np.broadcast_to(np.asarray(upper, float), (size,)))
        self.count += size

    def below(self, left: Any, right: Any, factor: Any = 1.0) -> None:
        """left ≤ factor · right, column by column."""
        at = np.arange(len(left))
        self.add(len(at), [(at, left, 1.0), (at, right, -np.asarray(factor, float))], -np.inf, 0.0)


@dataclass(frozen=True)
class Compact:
    """The program in arrays; `at` gives the first column of each kind, in the order x y z b w h f end."""

    problem: Any
    at: dict[str, int]
    who: Ints
    which: Ints
    cost: Floats
    constant: float
    lower: Floats
    upper: Floats
    integer: Bools
    matrix: sparse.csr_array
    row_lower: Floats
    row_upper: Floats


def build(problem: Any) -> Compact:
    """The compact program of `problem`."""
    pattern = sparse.coo_array(problem.service_use)
    who, which = pattern.row.astype(np.int64), pattern.col.astype(np.int64)
    m, s, e = len(problem.option_cost), len(problem.site_cost), len(problem.edge_cost)
    wide = e if problem.demand_mbps.any() else 0
    starts = np.cumsum([0, len(who), m, s, e, s, e, wide]).tolist()
    at = dict(zip(("x", "y", "z", "b", "w", "h", "f", "end"), starts, strict=True))
    rows = Rows()
    _service(problem, pattern, at, rows)
    _opening(problem, at, rows)
    _connection(problem, who, which, at, rows)
    cost, constant = _cost(problem, who, which, at)
    lower, upper = np.zeros(at["end"]), np.ones(at["end"])
    lower[at["h"] :], upper[at["h"] :] = -np.inf, np.inf
    upper[: at["y"]] = sparse.coo_array(problem.service_max).data
    _close(problem, at, upper)
    if problem.budget is not None:
        paid = np.flatnonzero(cost)
        ceiling = problem.budget - constant
        rows.add(1, [(np.zeros(len(paid)), paid, cost[paid])], -np.inf, ceiling)
        cost, constant = np.zeros(at["end"]), 0.0
        cost[: at["y"]] = -problem.demand_weight[who]
    integer = np.zeros(at["end"], bool)
    integer[: at["y"]] = problem.demand_integral[who]
    integer[at["y"] : at["h"]] = True
    place = (np.concatenate(rows.row), np.concatenate(rows.column))
    matrix = sparse.csr_array((np.concatenate(rows.value), place), shape=(rows.count, at["end"]))
    bounds = np.concatenate(rows.lower), np.concatenate(rows.upper)
    return Compact(problem, at, who, which, cost, constant, lower, upper, integer, matrix, *bounds)


def _cost(p: Any, who: Ints, which: Ints, at: dict[str, int]) -> tuple[Floats, float]:
    """Column costs, and the penalties of serving nobody."""
    penalty = np.where(np.isinf(p.demand_penalty), 0.0, p.demand_penalty)
    cost = np.zeros(at["end"])
    serving = sparse.csr_array(p.service_cost)
    cost[: at["y"]] = (np.asarray(serving[who, which]).ravel() if serving.nnz else 0.0) - penalty[who]
    cost[at["y"] : at["w"]] = np.concatenate([p.option_cost, p.site_cost, p.edge_cost])
    return cost, float(penalty.sum())


def _service(p: Any, pattern: sparse.coo_array, at: dict[str, int], rows: Rows) -> None:
    """Shares, capacities and targets."""
    who, which, x = pattern.row, pattern.col, np.arange(len(pattern.row))
    must = np.isinf(p.demand_penalty)
    rows.add(len(must), [(who, x, 1.0)], np.where(must, 1.0, -np.inf), 1.0)
    rows.below(x, at["y"] + which, sparse.coo_array(p.service_max).data)
    capped = np.flatnonzero(np.isfinite(p.option_capacity))
    place = np.searchsorted(capped, which)
    mine = np.flatnonzero(np.isin(which, capped))
    used, room = (place[mine], x[mine], pattern.data[mine]), -p.option_capacity[capped]
    rows.add(len(capped), [used, (np.arange(len(capped)), at["y"] + capped, room)], -np.inf, 0.0)
    counted = sparse.csr_array(p.target_member * p.demand_weight)
    select = sparse.csr_array((np.ones(len(x)), (who, x)), shape=(len(must), len(x)))
    reach = sparse.coo_array(counted @ select)
    rows.add(len(p.target_min), [(reach.row, reach.col, reach.data)], p.target_min, np.inf)


def _opening(p: Any, at: dict[str, int], rows: Rows) -> None:
    """Options and hops open their sites; the limit rows."""
    sited = np.flatnonzero(p.option_site >= 0)
    rows.below(at["y"] + sited, at["z"] + p.option_site[sited])
    needy = sited[p.option_needs_backhaul[sited]]
    rows.below(at["y"] + needy, at["w"] + p.option_site[needy])
    edge, side = np.nonzero(p.edge_site >= 0)
    rows.below(at["b"] + edge, at["z"] + p.edge_site[edge, side])
    parts = []
    for name, kind in (("option", "y"), ("site", "z"), ("edge", "b")):
        part = sparse.coo_array(getattr(p, f"limit_{name}"))
        parts.append((part.row, at[kind] + part.col, part.data))
    rows.add(len(p.limit_lower), parts, p.limit_lower, p.limit_upper)


def _connection(p: Any, who: Ints, which: Ints, at: dict[str, int], rows: Rows) -> None:
    """A unit of connection flow from every site to be joined; the traffic, if any."""
    e, s = len(p.edge_cost), len(p.site_cost)
    nodes = max((int(part.max()) for part in (p.edge_tail, p.edge_head, p.roots, p.site_node) if len(part)), default=-1)
    inner = np.setdiff1d(np.arange(nodes + 1), p.roots)
    number = np.full(nodes + 2, -1)
    number[inner] = np.arange(len(inner))
    kept = np.flatnonzero((p.site_node >= 0) & (number[p.site_node] >= 0))
    sources = [(number[p.site_node[kept]], at["w"] + kept, -1.0)]
    site = p.option_site[which]
    loads = (site >= 0) & p.option_needs_backhaul[which]
    loads &= np.isin(site, kept)
    entry = np.flatnonzero(loads)
    traffic = [(number[p.site_node[site[entry]]], entry, -p.demand_mbps[who[entry]])]
    every = float(p.demand_mbps.sum())
    for kind, source, most in (
        ("h", sources, np.full(e, float(s))),
        ("f", traffic, np.minimum(p.edge_capacity, every)),
    ):
        if kind == "f" and at["end"] == at["f"]:
            continue
        flow, built = at[kind] + np.arange(e), at["b"] + np.arange(e)
        out = number[p.edge_tail] >= 0
        into = number[p.edge_head] >= 0
        ends = [(number[p.edge_tail[out]], flow[out], 1.0), (number[p.edge_head[into]], flow[into], -1.0)]
        rows.add(len(inner), ends + source, 0.0, 0.0)
        rows.below(flow, built, most)
        count = np.arange(e)
        rows.add(e, [(count, flow, -1.0), (count, built, -most)], -np.inf, 0.0)


def _close(p: Any, at: dict[str, int], upper: Floats) -> None:
    """Options that need backhaul on a site without a node cannot be opened."""
    sited = (p.option_site >= 0) & p.option_needs_backhaul
    stuck = np.flatnonzero(sited)[p.site_node[p.option_site[sited]] < 0]
    upper[at["y"] + stuck] = 0.0


def read(model: Compact, point: Floats, bound: float = float("-inf")) -> Drawn:
    """The plan that a point of the program stands for."""
    p, at = model.problem, model.at
    y, z, b, _ = (point[at[a] : at[c]] > 0.5 for a, c in pairwise(("y", "z", "b", "w", "h")))
    share = np.clip(point[: at["y"]], 0.0, 1.0)
    share = np.where(model.integer[: at["y"]], np.round(share), np.where(share < 1e-9, 0.0, share))
    served = sparse.csr_array((share, (model.who, model.which)), shape=p.service_use.shape)
    served.eliminate_zeros()
    flow = point[at["f"] :] if at["end"] > at["f"] else np.zeros(len(b))
    money, constant = _cost(p, model.who, model.which, at)
    whole = np.concatenate([share, y, z, b]).astype(float)
    total = float(money[: len(whole)] @ whole) + constant
    return Drawn(y, served, z, b, np.where(b, flow, 0.0), total, bound)


def allocate(model: Compact, options: Bools, edges: Bools, sites: Bools | None = None) -> Drawn | None:
    """The best shares (and traffic) when exactly these options and edges are opened; None when there are none."""
    p, at = model.problem, model.at
    lower, upper = model.lower.copy(), model.upper.copy()
    opened = np.zeros(len(p.site_cost), bool) if sites is None else sites.copy()
    opened[p.option_site[options & (p.option_site >= 0)]] = True
    hop = p.edge_site[edges]
    opened[hop[hop >= 0]] = True
    fixed = np.concatenate([options, opened, edges]).astype(float)
    if (fixed > upper[at["y"] : at["w"]]).any():
        return None
    lower[at["y"] : at["w"]] = upper[at["y"] : at["w"]] = fixed
    upper[: at["y"]] *= options[model.which]
    keep = np.flatnonzero((upper > 0) | (lower < 0))
    integer = model.integer & (np.arange(at["end"]) < at["y"])
    result = milp(
        model.cost[keep],
        constraints=LinearConstraint(model.matrix[:, keep], model.row_lower, model.row_upper),
        bounds=Bounds(lower[keep], upper[keep]),
        integrality=integer[keep].astype(int),
    )
    if result.x is None:
        return None
    point = np.zeros(at["end"])
    point[keep] = result.x
    return read(model, point)
