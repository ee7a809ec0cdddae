"""Brute force for tiny planning problems, and a check of any plan: written from the contract, not from the planner.

`brute_force` tries every set of options, edges and (where limit rows name them) sites, and leaves only shares and
flows to a small linear or integer program. `exact` has plain HiGHS solve the written-out model of the problem, which
reaches further. `faults` recomputes everything a plan claims, `code` writes a problem down to be run again.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass, fields
from hashlib import sha256
from itertools import chain, combinations, product
from typing import Any

import highspy
import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from netplan.planner import Problem
from netplan.planner.compact import compact_model
from netplan.planner.export import highs

TIGHT = 1e-9


@dataclass(frozen=True)
class Answer:
    """Least cost (inf: no plan exists) and, with a budget, the most weight that can be served."""

    cost: float
    weight: float = float("nan")

    @property
    def feasible(self) -> bool:
        return bool(np.isfinite(self.cost))


@dataclass(frozen=True)
class Choice:
    """What is opened and built, and what that alone costs."""

    options: tuple[int, ...]
    edges: tuple[int, ...]
    sites: tuple[int, ...]
    cost: float


def subsets(size: int) -> list[tuple[int, ...]]:
    return list(chain.from_iterable(combinations(range(size), count) for count in range(size + 1)))


def brute_force(p: Any) -> Answer:
    """The best plan of `p` (any object with the arrays of the contract)."""
    floor = {options: shares(p, options, tuple(range(len(p.edge_cost)))) for options in subsets(len(p.option_cost))}
    choices = [c for options, value in floor.items() if value is not None for c in choices_of(p, options)]
    if p.budget is None:
        return Answer(least(p, choices, floor))
    affordable = [c for c in choices if c.cost <= p.budget + TIGHT and joined(p, c)]
    weights = [shares(p, c.options, c.edges, weight=True, ceiling=p.budget - c.cost) for c in affordable]
    served = [-value for value in weights if value is not None]
    if not served:
        return Answer(float("inf"))
    most = max(served)
    keep = [c for c, value in zip(affordable, weights, strict=True) if value is not None and -value >= most - 1e-6]
    costs = [shares(p, c.options, c.edges, ceiling=p.budget - c.cost, at_least=most - 1e-7) for c in keep]
    return Answer(min(c.cost + v for c, v in zip(keep, costs, strict=True) if v is not None), most)


def least(p: Any, choices: list[Choice], floor: dict[tuple[int, ...], float | None]) -> float:
    """Cheapest choice; `floor` is what its shares would cost with every edge built, so the search can stop early."""
    binding = bool(np.isfinite(p.edge_capacity).any())
    best = float("inf")
    for low, choice in sorted(((c.cost + (floor[c.options] or 0.0), c) for c in choices), key=lambda pair: pair[0]):
        if low >= best - TIGHT:
            break
        if joined(p, choice):
            value = shares(p, choice.options, choice.edges) if binding else floor[choice.options]
            best = min(best, choice.cost + value) if value is not None else best
    return best


def choices_of(p: Any, options: tuple[int, ...]) -> list[Choice]:
    """Every set of edges (and of further sites, where a limit row names sites) that goes with these options."""
    found = []
    count = len(p.site_cost)
    lo, ls, le = (getattr(p, f"limit_{name}").toarray() for name in ("option", "site", "edge"))
    more = subsets(count) if np.any(ls) else [()]
    for edges, extra in product(subsets(len(p.edge_cost)), more):
        sites = {int(p.option_site[j]) for j in options} | {int(s) for e in edges for s in p.edge_site[e]} | set(extra)
        opened = tuple(sorted(sites - {-1}))
        activity = lo[:, list(options)].sum(1) + ls[:, list(opened)].sum(1) + le[:, list(edges)].sum(1)
        if (activity < p.limit_lower - TIGHT).any() or (activity > p.limit_upper + TIGHT).any():
            continue
        cost = p.option_cost[list(options)].sum() + p.site_cost[list(opened)].sum() + p.edge_cost[list(edges)].sum()
        found.append(Choice(options, edges, opened, float(cost)))
    return found


def needy_sites(p: Any, options: Any) -> set[int]:
    return {int(p.option_site[j]) for j in options if p.option_needs_backhaul[j]} - {-1}


def joined(p: Any, choice: Choice) -> bool:
    """Whether every site in need of backhaul reaches a root over the chosen edges."""
    reached = reach(p, choice.edges)
    return all(int(p.site_node[s]) in reached for s in needy_sites(p, choice.options))


def reach(p: Any, edges: Any) -> set[int]:
    """Nodes joined to a root over `edges`; an edge of no capacity joins nothing."""
    reached = {int(root) for root in p.roots}
    ends = [(int(p.edge_tail[e]), int(p.edge_head[e])) for e in edges if p.edge_capacity[e] > 0]
    for _ in ends:
        for tail, head in ends:
            if tail in reached or head in reached:
                reached |= {tail, head}
    return reached


def shares(
    p: Any,
    options: tuple[int, ...],
    edges: tuple[int, ...],
    *,
    weight: bool = False,
    ceiling: float | None = None,
    at_least: float | None = None,
) -> float | None:
    """Least cost of shares and penalties (or minus the most weight) for what is open and built; None if impossible."""
    pattern = p.service_use.tocoo()
    use, price, most = (getattr(p, name).toarray() for name in ("service_use", "service_cost", "service_max"))
    pairs = [(int(i), int(j)) for i, j in zip(pattern.row, pattern.col, strict=True) if int(j) in options]
    if any(p.site_node[s] < 0 for s in needy_sites(p, options)):
        return None
    n, wide, total = len(p.demand_weight), len(pairs), len(pairs) + len(edges)
    must = np.isinf(p.demand_penalty)
    penalty = np.where(must, 0.0, p.demand_penalty)
    cost, gain = np.zeros(total), np.zeros(total)
    for column, (i, j) in enumerate(pairs):
        cost[column], gain[column] = price[i, j] - penalty[i], p.demand_weight[i]
    rows: list[tuple[np.ndarray, float, float]] = []

    def row(entries: dict[int, float], lower: float, upper: float) -> None:
        line = np.zeros(total)
        for column, value in entries.items():
            line[column] = value
        rows.append((line, lower, upper))

    for i in range(n):
        row({c: 1.0 for c, pair in enumerate(pairs) if pair[0] == i}, 1.0 if must[i] else 0.0, 1.0)
    for j in options:
        if np.isfinite(p.option_capacity[j]):
            row({c: use[pair] for c, pair in enumerate(pairs) if pair[1] == j}, -np.inf, p.option_capacity[j])
    member = p.target_member.toarray()
    for k, needed in enumerate(p.target_min):
        row({c: member[k, i] * p.demand_weight[i] for c, (i, _) in enumerate(pairs)}, needed, np.inf)
    at = [
        int(p.site_node[p.option_site[j]]) if p.option_site[j] >= 0 and p.option_needs_backhaul[j] else -1
        for _, j in pairs
    ]
    ends = {int(v) for e in edges for v in (p.edge_tail[e], p.edge_head[e])}
    for node in (ends | set(at)) - {-1} - {int(root) for root in p.roots}:
        balance = {c: -float(p.demand_mbps[i]) for c, (i, _) in enumerate(pairs) if at[c] == node}
        for c, e in enumerate(edges):
            balance[wide + c] = float(p.edge_tail[e] == node) - float(p.edge_head[e] == node)
        row(balance, 0.0, 0.0)
    if ceiling is not None:
        rows.append((cost, -np.inf, ceiling - float(penalty.sum())))
    if at_least is not None:
        rows.append((gain, at_least, np.inf))
    whole = np.array([p.demand_integral[i] for i, _ in pairs], bool)
    cap = np.array([most[pair] for pair in pairs])
    upper = np.concatenate([np.where(whole, np.floor(cap + TIGHT), cap), p.edge_capacity[list(edges)]])
    return _program(-gain if weight else cost, rows, upper, wide, whole, 0.0 if weight else float(penalty.sum()))


def _program(
    cost: np.ndarray,
    rows: list[tuple[np.ndarray, float, float]],
    upper: np.ndarray,
    wide: int,
    whole: np.ndarray,
    constant: float,
) -> float | None:
    if not len(cost):
        return constant if all(low <= TIGHT and high >= -TIGHT for _, low, high in rows) else None
    lower = np.concatenate([np.zeros(wide), -upper[wide:]])
    matrix = LinearConstraint(*(np.array(part) for part in zip(*rows, strict=True))) if rows else ()
    integrality = np.concatenate([whole.astype(int), np.zeros(len(cost) - wide, int)])
    result = milp(cost, constraints=matrix, bounds=Bounds(lower, upper), integrality=integrality)
    assert result.status in (0, 2), result.message
    return float(result.fun) + constant if result.status == 0 else None


def cost_of(p: Any, s: Any) -> float:
    """The cost of a plan added up from its parts."""
    share = s.served.toarray()
    unserved = 1.0 - share.sum(1)
    penalty = np.where(np.isinf(p.demand_penalty), 0.0, p.demand_penalty)
    fixed = p.option_cost @ s.option_open + p.site_cost @ s.site_open + p.edge_cost @ s.edge_built
    return float(fixed + (p.service_cost.toarray() * share).sum() + penalty @ unserved)


def faults(p: Any, s: Any, tol: float = 1e-5) -> list[str]:
    """What is wrong with a plan; empty when it keeps every rule and its cost and bound are what it says."""
    share = s.served.toarray()
    use, most = p.service_use.toarray(), p.service_max.toarray()
    pattern = np.zeros(share.shape, bool)
    pattern[p.service_use.tocoo().row, p.service_use.tocoo().col] = True
    total, open_ = share.sum(1), s.option_open.astype(float)
    scale = 1.0 + np.abs(s.objective)
    stands = p.edge_site[s.edge_built]
    implied = set(p.option_site[s.option_open].tolist()) | set(stands.ravel().tolist()) - {-1}
    needy = needy_sites(p, np.flatnonzero(s.option_open))
    reached = reach(p, np.flatnonzero(s.edge_built))
    whole = share[p.demand_integral]
    with np.errstate(invalid="ignore"):
        over = (use * share).sum(0) > p.option_capacity * (1 + tol) + tol
    limit = p.limit_option @ open_ + p.limit_site @ s.site_open + p.limit_edge @ s.edge_built
    met = p.target_member @ (p.demand_weight * total)
    claims = {
        "negative share": (share < -tol).any(),
        "share without service or above its maximum": (share > np.where(pattern, most, 0.0) + tol).any(),
        "more than everything served": (total > 1 + tol).any(),
        "must-serve demand left out": (total[np.isinf(p.demand_penalty)] < 1 - tol).any(),
        "integral demand split": (np.abs(whole - np.round(whole)) > tol).any(),
        "served by a closed option": (share[:, ~s.option_open] > tol).any(),
        "option over capacity": over.any(),
        "target missed": (met < p.target_min - tol * np.maximum(p.target_min, 1)).any(),
        "closed site in use": not implied - {-1} <= set(np.flatnonzero(s.site_open).tolist()),
        "site not joined to a root": any(int(p.site_node[site]) not in reached for site in needy),
        "limit row broken": (limit < p.limit_lower - tol).any() or (limit > p.limit_upper + tol).any(),
        "cost adds up to something else": abs(cost_of(p, s) - s.objective) > tol * scale,
        "bound above the objective": s.bound > s.objective + 1e-6 * scale,
        "over budget": p.budget is not None and s.objective > p.budget + tol * scale,
    }
    return [name for name, wrong in claims.items() if wrong] + flow_faults(p, s, share)


def flow_faults(p: Any, s: Any, share: np.ndarray) -> list[str]:
    """Flow on closed edges, over capacity, or not conserved (positive: traffic runs tail → head, to the roots)."""
    nodes = max([-1, *p.edge_tail, *p.edge_head, *p.roots, *p.site_node]) + 1
    balance = np.zeros(nodes)
    np.add.at(balance, p.edge_tail, s.edge_flow)
    np.add.at(balance, p.edge_head, -s.edge_flow)
    load = share.T @ p.demand_mbps
    for j in np.flatnonzero((p.option_site >= 0) & p.option_needs_backhaul & s.option_open):
        balance[p.site_node[p.option_site[j]]] -= load[j]
    tol = 2e-4 * max(1.0, float(load.sum()))
    balance[p.roots] = 0.0
    return [
        name
        for name, wrong in {
            "flow on an edge that is not built": (np.abs(s.edge_flow[~s.edge_built]) > 0).any(),
            "edge over capacity": (np.abs(s.edge_flow) > p.edge_capacity + tol).any(),
            "traffic lost or made on the way": (np.abs(balance) > tol).any(),
        }.items()
        if wrong
    ]


def compact(p: Any) -> float:
    """Least cost by one integer program with flows, for problems too large to enumerate (no budget); inf if none.

    Columns x | y | z | b | f | h: h is a flow of one unit from every site in need of backhaul, f the traffic.
    """
    pattern = p.service_use.tocoo()
    i, j = pattern.row.astype(int), pattern.col.astype(int)
    m, s, e = len(p.option_cost), len(p.site_cost), len(p.edge_cost)
    y, z, b, f, h, w, size = np.cumsum([len(i), m, s, e, e, e, s]).tolist()
    must = np.isinf(p.demand_penalty)
    penalty = np.where(must, 0.0, p.demand_penalty)
    cost = np.zeros(size)
    cost[:y] = p.service_cost.toarray()[i, j] - penalty[i]
    cost[y:f] = np.concatenate([p.option_cost, p.site_cost, p.edge_cost])
    rows: list[tuple[dict[int, float], float, float]] = []
    for d in range(len(must)):
        rows.append(({int(c): 1.0 for c in np.flatnonzero(i == d)}, float(must[d]), 1.0))
    for c, (use, most) in enumerate(zip(pattern.data, p.service_max.toarray()[i, j], strict=True)):
        rows.append(({c: 1.0, y + int(j[c]): -float(most)}, -np.inf, 0.0))
        if use > p.option_capacity[j[c]] == 0:
            rows.append(({c: 1.0}, 0.0, 0.0))
    for o in range(m):
        if np.isfinite(p.option_capacity[o]):
            rows.append(({int(c): pattern.data[c] for c in np.flatnonzero(j == o)}, -np.inf, p.option_capacity[o]))
        if p.option_site[o] >= 0:
            rows.append(({y + o: 1.0, z + int(p.option_site[o]): -1.0}, -np.inf, 0.0))
            if p.option_needs_backhaul[o]:
                rows.append(({y + o: 1.0, w + int(p.option_site[o]): -1.0}, -np.inf, 0.0))
    member = p.target_member.toarray() * p.demand_weight
    rows += [({c: line[i[c]] for c in range(y)}, need, np.inf) for line, need in zip(member, p.target_min, strict=True)]
    for k in range(e):
        rows += [({b + k: 1.0, z + int(at): -1.0}, -np.inf, 0.0) for at in p.edge_site[k] if at >= 0]
        for flow, most in ((f, min(float(p.edge_capacity[k]), float(p.demand_mbps.sum()))), (h, float(s))):
            most = most if p.edge_capacity[k] > 0 else 0.0
            rows += [({flow + k: sign, b + k: -most}, -np.inf, 0.0) for sign in (1.0, -1.0)]
    node = np.where(p.option_site[j] >= 0, p.site_node[p.option_site[j]], -1) if s else np.full(y, -1)
    node = np.where(p.option_needs_backhaul[j], node, -1) if m else node
    for v in set(range(int(max([-1, *p.edge_tail, *p.edge_head, *p.site_node])) + 1)) - set(p.roots.tolist()):
        for flow, source in (
            (f, {int(c): -p.demand_mbps[i[c]] for c in np.flatnonzero(node == v)}),
            (h, {w + int(c): -1.0 for c in np.flatnonzero(p.site_node == v)}),
        ):
            ends = {flow + k: float(p.edge_tail[k] == v) - float(p.edge_head[k] == v) for k in range(e)}
            rows.append((source | ends, 0.0, 0.0))
    matrix = np.zeros((len(rows), size))
    for number, (entries, _, _) in enumerate(rows):
        matrix[number, list(entries)] = list(entries.values())
    lower, upper = np.zeros(size), np.ones(size)
    lower[f:w], upper[f:w] = -np.inf, np.inf
    integer = np.concatenate([p.demand_integral[i], np.ones(f - y), np.zeros(w - f), np.ones(s)]).astype(int)
    bounds = ([low for _, low, _ in rows], [high for _, _, high in rows])
    result = milp(
        cost,
        constraints=LinearConstraint(matrix, *bounds),
        bounds=Bounds(lower, upper),
        integrality=integer,
        options={"mip_rel_gap": 1e-7, "time_limit": 30},
    )
    assert result.status in (0, 2), result.message
    return float(result.fun) + float(penalty.sum()) if result.status == 0 else float("inf")


def optimum(solver: highspy.Highs) -> float | None:
    """What plain HiGHS proves without any gap for the model it holds; None when there is no solution."""
    for name, value in (("output_flag", False), ("mip_rel_gap", 0.0), ("mip_abs_gap", 1e-9), ("time_limit", 60.0)):
        solver.setOptionValue(name, value)
    solved = highspy.HighsModelStatus.kOptimal
    for presolve, tolerance in (("choose", 1e-9), ("off", 1e-9), ("off", 1e-7)):  # HiGHS now and then gives up
        solver.setOptionValue("presolve", presolve)
        solver.setOptionValue("mip_feasibility_tolerance", tolerance)
        solver.setOptionValue("primal_feasibility_tolerance", tolerance)
        solver.run()
        status = solver.getModelStatus()
        if status in (solved, highspy.HighsModelStatus.kInfeasible):
            return float(solver.getObjectiveValue()) if status == solved else None
    raise AssertionError(f"HiGHS stopped with {status}")


_ANSWERS: dict[bytes, Answer] = {}
"""By what the problem says: many tests ask for the same districts."""


def exact(p: Problem) -> Answer:
    """The best plan of `p` by its complete model; with a budget the most weight, then the least cost of serving it."""
    asked = sha256(pickle.dumps(p)).digest()
    if asked not in _ANSWERS:
        _ANSWERS[asked] = _solved(p)
    return _ANSWERS[asked]


def _solved(p: Problem) -> Answer:
    first = optimum(highs(compact_model(p)))
    if first is None:
        return Answer(float("inf"))
    return Answer(first) if p.budget is None else Answer(cost_of_serving(p, first - 1e-7 * max(1.0, first)), first)


def cost_of_serving(p: Problem, weight: float) -> float:
    """Least cost of serving at least `weight` in all."""
    cost = optimum(highs(compact_model(p, served=weight)))
    assert cost is not None
    return cost


def code(p: Problem) -> str:
    """Python that makes the problem again, without the arrays that hold nothing but their default."""
    defaults = {
        "demand_mbps": 0.0,
        "demand_penalty": 0.0,
        "demand_integral": 0.0,
        "option_capacity": np.inf,
        "option_needs_backhaul": p.option_site >= 0,
        "edge_capacity": np.inf,
        "edge_site": -1,
        "limit_lower": np.nan,
        "limit_upper": np.inf,
    }
    lines = []
    for name in (spec.name for spec in fields(p)):
        value = getattr(p, name)
        if sparse.issparse(value):
            coo = value.tocoo()
            if coo.nnz and not (name == "service_max" and (coo.data == 1).all()):
                lines.append(f"{name}=({coo.row.tolist()}, {coo.col.tolist()}, {coo.data.tolist()})")
        elif name == "budget":
            lines += [f"budget={value}"] if value is not None else []
        elif len(value) and not (name in defaults and (value == defaults[name]).all()):
            lines.append(f"{name}={value.tolist()}")
    return f"Problem.of({', '.join(lines)})".replace("inf", "np.inf")
