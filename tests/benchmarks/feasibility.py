"""Does a plan keep every rule of a `Problem`, and cost what it says? Shares no code with the planner.

Written from the contract of the arrays: reads attributes of the problem and of the plan, nothing else.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from .case import Bools, Floats, Ints, Plan

TOLERANCE = 1e-6
"""relative, of shares, weights, money and capacities"""


def faults(problem: Any, plan: Plan) -> list[str]:
    """Every rule the plan breaks, in words; empty when it keeps them all."""
    found = _shapes(problem, plan)
    if found:
        return found
    share = sparse.coo_array(plan.served)
    share.sum_duplicates()
    return [
        *_service(problem, plan, share),
        *_capacity(problem, plan, share),
        *_opening(problem, plan),
        *_limits(problem, plan),
        *_targets(problem, share),
        *_network(problem, plan, share),
        *_money(problem, plan, share),
    ]


def served_weight(problem: Any, plan: Plan) -> float:
    """Weight of demand served."""
    return float(problem.demand_weight @ np.asarray(sparse.csr_array(plan.served).sum(axis=1)).ravel())


def cost(problem: Any, plan: Plan) -> tuple[float, float]:
    """(cost of what is opened, built and served; penalties for what is not served)."""
    share = sparse.coo_array(plan.served)
    opened = problem.option_cost @ plan.option_open + problem.site_cost @ plan.site_open
    built = problem.edge_cost @ plan.edge_built
    serving = _at(problem.service_cost, share.row, share.col, 0.0) @ share.data
    unserved = np.clip(1.0 - np.bincount(share.row, share.data, len(problem.demand_weight)), 0.0, 1.0)
    may = np.isfinite(problem.demand_penalty)
    return float(opened + built + serving), float(problem.demand_penalty[may] @ unserved[may])


def _shapes(problem: Any, plan: Plan) -> list[str]:
    n, m = len(problem.demand_weight), len(problem.option_cost)
    s, e = len(problem.site_cost), len(problem.edge_cost)
    expected: dict[str, tuple[int, ...]] = {
        "option_open": (m,),
        "served": (n, m),
        "site_open": (s,),
        "edge_built": (e,),
        "edge_flow": (e,),
    }
    wrong = [name for name, shape in expected.items() if getattr(plan, name).shape != shape]
    if wrong:
        return [f"{name} has shape {getattr(plan, name).shape}, not {expected[name]}" for name in wrong]
    numbers = {"served": sparse.csr_array(plan.served).data, "edge_flow": plan.edge_flow}
    return [f"{name} holds NaN or infinity" for name, values in numbers.items() if not np.isfinite(values).all()]


def _at(matrix: Any, row: Any, column: Any, absent: float) -> Floats:
    """Values of a sparse matrix at (row, column); `absent` where it stores nothing (a stored zero is a zero)."""
    stored = sparse.coo_array(matrix)
    width = max(matrix.shape[1], 1)
    key = stored.row.astype(np.int64) * width + stored.col
    order = np.argsort(key, kind="stable")
    key, value = key[order], stored.data[order]
    wanted = row.astype(np.int64) * width + column
    place = np.minimum(np.searchsorted(key, wanted), max(len(key) - 1, 0))
    if not len(key):
        return np.full(len(wanted), absent)
    return np.where(key[place] == wanted, value[place], absent)


def _named(what: str, wrong: Bools | Ints) -> list[str]:
    """One fault for all rows that show it: how many, and the first."""
    rows = np.flatnonzero(wrong)
    return [f"{what} ({len(rows)}, first {rows[0]})"] if len(rows) else []


def _service(problem: Any, plan: Plan, share: sparse.coo_array) -> list[str]:
    row, column, value = share.row, share.col, share.data
    known = np.isfinite(_at(problem.service_use, row, column, np.nan))
    most = _at(problem.service_max, row, column, 1.0)
    total = np.bincount(row, value, len(problem.demand_weight))
    whole = problem.demand_integral[row]
    split = whole & (np.abs(value) > TOLERANCE) & (np.abs(value - 1.0) > TOLERANCE)
    must = np.isinf(problem.demand_penalty)
    return [
        *_named("served by an option that cannot serve it", (value > 0) & ~known),
        *_named("negative share", value < -TOLERANCE),
        *_named("share above service_max", value > most + TOLERANCE),
        *_named("served by an option that is not open", (value > TOLERANCE) & ~plan.option_open[column]),
        *_named("served more than once over", total > 1.0 + TOLERANCE),
        *_named("must be served, and is not wholly", must & (total < 1.0 - TOLERANCE)),
        *_named("split though it must be served whole", split),
    ]


def _capacity(problem: Any, plan: Plan, share: sparse.coo_array) -> list[str]:
    use = _at(problem.service_use, share.row, share.col, 0.0) * share.data
    load = np.bincount(share.col, use, len(problem.option_cost))
    room = np.where(plan.option_open, problem.option_capacity, 0.0)
    return _named("option over its capacity", load > room * (1 + TOLERANCE) + TOLERANCE)


def _opening(problem: Any, plan: Plan) -> list[str]:
    options = np.flatnonzero(plan.option_open & (problem.option_site >= 0))
    closed = ~plan.site_open[problem.option_site[options]]
    found = [f"site of an open option is not open (option {options[closed][0]})"] if closed.any() else []
    edge, side = np.nonzero((problem.edge_site >= 0) & plan.edge_built[:, None])
    shut = ~plan.site_open[problem.edge_site[edge, side]]
    return found + ([f"site that a built edge needs is not open (edge {edge[shut][0]})"] if shut.any() else [])


def _limits(problem: Any, plan: Plan) -> list[str]:
    chosen = (plan.option_open.astype(float), plan.site_open.astype(float), plan.edge_built.astype(float))
    parts = (problem.limit_option, problem.limit_site, problem.limit_edge)
    value = sum((part @ on for part, on in zip(parts, chosen, strict=True)), np.zeros(len(problem.limit_lower)))
    size = sum((abs(part) @ on for part, on in zip(parts, chosen, strict=True)), np.ones(len(problem.limit_lower)))
    slack = TOLERANCE * size
    below, above = value < problem.limit_lower - slack, value > problem.limit_upper + slack
    return [*_named("limit row below its lower bound", below), *_named("limit row above its upper bound", above)]


def _targets(problem: Any, share: sparse.coo_array) -> list[str]:
    total = np.minimum(np.bincount(share.row, share.data, len(problem.demand_weight)), 1.0)
    reached = problem.target_member @ (problem.demand_weight * total)
    return _named("target missed", reached < problem.target_min - TOLERANCE * np.maximum(1.0, problem.target_min))


def _network(problem: Any, plan: Plan, share: sparse.coo_array) -> list[str]:
    """Every site in need is joined to a root over built edges; traffic is conserved, within capacity, on built edges.

    Flow is positive from tail to head, and runs from the sites to the roots.
    """
    ends = [problem.edge_tail, problem.edge_head, problem.roots, problem.site_node]
    nodes = max((int(part.max()) for part in ends if len(part)), default=-1) + 1
    needy_option = plan.option_open & problem.option_needs_backhaul & (problem.option_site >= 0)
    needy = np.unique(problem.option_site[needy_option])
    at = problem.site_node[needy]
    found = _named("site in need of backhaul has no node", np.isin(np.arange(len(problem.site_cost)), needy[at < 0]))
    built = np.flatnonzero(plan.edge_built)
    graph = sparse.coo_array(
        (np.ones(len(built)), (problem.edge_tail[built], problem.edge_head[built])), shape=(nodes, nodes)
    )
    label = connected_components(graph.tocsr(), directed=False)[1] if nodes else np.zeros(0, int)
    apart = (at >= 0) & ~np.isin(label[np.maximum(at, 0)], label[problem.roots]) if nodes else np.zeros(len(at), bool)
    found += [f"site in need of backhaul is not joined to a root (site {needy[apart][0]})"] if apart.any() else []
    mbps = problem.demand_mbps[share.row] * share.data * needy_option[share.col]
    load = np.bincount(np.maximum(problem.option_site[share.col], 0), mbps, len(problem.site_cost))
    balance = np.zeros(nodes)
    np.add.at(balance, problem.edge_tail, plan.edge_flow)
    np.add.at(balance, problem.edge_head, -plan.edge_flow)
    joined = needy[at >= 0]
    np.add.at(balance, problem.site_node[joined], -load[joined])
    balance[problem.roots] = 0.0
    slack = 10 * TOLERANCE * max(1.0, float(load.sum()))
    over = np.abs(plan.edge_flow) > problem.edge_capacity * (1 + TOLERANCE) + slack
    return [
        *found,
        *_named("traffic on an edge that is not built", ~plan.edge_built & (np.abs(plan.edge_flow) > slack)),
        *_named("edge over its capacity", over),
        *_named("traffic is lost or made at a node", np.abs(balance) > slack),
    ]


def _money(problem: Any, plan: Plan, share: sparse.coo_array) -> list[str]:
    spent, penalty = cost(problem, plan)
    found = []
    if abs(spent + penalty - plan.objective) > TOLERANCE * max(1.0, abs(plan.objective)):
        found.append(f"objective is said to be {plan.objective:.10g}, and adds up to {spent + penalty:.10g}")
    if problem.budget is not None and spent > problem.budget + TOLERANCE * max(1.0, problem.budget):
        found.append(f"costs {spent:.10g}, above the budget of {problem.budget:.10g}")
    return found
