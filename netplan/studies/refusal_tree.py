"""What to build before the utilities answer: the two-stage problem whole, as one deterministic equivalent.

Every state has a copy of the network; what is bought before the answers is paid once and serves all states, what is
bought after them is paid in its state, weighted with the state's probability:

    minimise  Σ_x c_x F_x + Σ_s p_s (Σ_x f c_x L_xs + Σ_risky f c_e b_es + Σ service_s)
    subject to the planning problem in every state s, and x_s ≤ F_x + L_xs for every site, option and link x.

F and L are sites of the problem without a node that only these limit rows use; links whose owner must consent have no
F, for they cannot be bought before the answer, and are absent from states where the owner refuses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from netplan.planner import Problem, solve
from netplan.studies.refusal_problem import Floats, Instance, Purchase
from netplan.studies.refusal_states import State

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tree:
    """The least expected cost over every first purchase, as far as proven."""

    first: Purchase
    expected: float
    bound: float


def size(instance: Instance, states: Sequence[State]) -> int:
    """Choices of the deterministic equivalent: shares and yes-or-no columns of all states."""
    n, m, s, e = instance.problem.shape
    return len(states) * (instance.problem.service_use.nnz + 2 * (m + s + e) + n)


def solve_tree(instance: Instance, states: Sequence[State], factor: float) -> Tree | None:
    """Solve it; None when no plan was found in the instance's time.

    Args:
        instance: a problem without budget.
        states: with their probabilities.
        factor: what things cost after the answers, as a multiple of buying now.
    """
    problem = deterministic_equivalent(instance, states, factor)
    found = solve(
        problem,
        gap=instance.gap,
        time_limit_s=instance.time_limit_s,
        threads=instance.threads,
        seed=instance.seed,
        on_progress=instance.on_progress,
    )
    if not np.isfinite(found.objective):
        return None
    _, m, s, e = instance.problem.shape
    at = len(states) * s
    bought = found.site_open[at : at + s + m + e]
    first = instance.firm(Purchase(bought[:s], bought[s : s + m], bought[s + m :] & ~instance.gone))
    return Tree(first, float(found.objective), float(found.bound) if np.isfinite(found.bound) else -np.inf)


def deterministic_equivalent(instance: Instance, states: Sequence[State], factor: float) -> Problem:
    """One `Problem` with a copy of the network per state. Sites: s per state, then F of sites, options and links
    (s + m + e), then L of the same per state; options and links: m and e per state, links of refusing utilities left
    out."""
    whole = instance.problem
    _, m, s, _e = whole.shape
    count = len(states)
    nodes = max(whole.nodes, 1)
    things = np.concatenate([whole.site_cost, whole.option_cost, whole.edge_cost])
    firm = np.concatenate([instance.site_owner == "", np.ones(m, bool), instance.owner == ""])
    weights = np.array([state.probability for state in states])
    kept = [
        np.flatnonzero(~instance.gone & ~np.isin(instance.owner.astype(str), sorted(state.refusing)))
        for state in states
    ]
    later = np.concatenate([weight * factor * things for weight in weights])
    risky_cost = [
        np.where(firm[s + m :][edges], 0.0, weight * factor * whole.edge_cost[edges])
        for weight, edges in zip(weights, kept, strict=True)
    ]
    shift = np.arange(count)
    limits = _limits(instance, kept, count)
    return Problem.of(
        demand_weight=np.tile(whole.demand_weight, count),
        demand_mbps=np.tile(whole.demand_mbps, count),
        demand_penalty=_weighted(whole.demand_penalty, weights),
        demand_integral=np.tile(whole.demand_integral, count),
        target_member=sparse.block_diag([whole.target_member] * count, format="csr"),
        target_min=np.tile(whole.target_min, count),
        option_cost=np.zeros(count * m),
        option_capacity=np.tile(whole.option_capacity, count),
        option_site=np.concatenate([np.where(whole.option_site >= 0, whole.option_site + k * s, -1) for k in shift]),
        option_needs_backhaul=np.tile(whole.option_needs_backhaul, count),
        service_use=_copies(whole.service_use, np.ones(count)),
        service_cost=_copies(whole.service_cost, weights),
        service_max=_copies(whole.service_max, np.ones(count)),
        site_cost=np.concatenate([*_approvals(instance, weights, factor), np.where(firm, things, 0.0), later]),
        site_node=np.concatenate(
            [*(np.where(whole.site_node >= 0, whole.site_node + k * nodes, -1) for k in shift),
             np.full((count + 1) * len(things), -1)]
        ),
        edge_tail=np.concatenate([whole.edge_tail[edges] + k * nodes for k, edges in enumerate(kept)]),
        edge_head=np.concatenate([whole.edge_head[edges] + k * nodes for k, edges in enumerate(kept)]),
        edge_cost=np.concatenate(risky_cost),
        edge_capacity=np.concatenate([whole.edge_capacity[edges] for edges in kept]),
        edge_site=np.concatenate(
            [np.where(whole.edge_site[edges] >= 0, whole.edge_site[edges] + k * s, -1) for k, edges in enumerate(kept)]
        ),
        roots=np.concatenate([whole.roots + k * nodes for k in shift]),
        **limits,
    )  # fmt: skip


def _approvals(instance: Instance, weights: Floats, factor: float) -> list[Floats]:
    """Cost of the sites of each state themselves: of approvals, paid once the owner has consented and not before."""
    waits = instance.site_owner != ""
    return [np.where(waits, weight * factor * instance.problem.site_cost, 0.0) for weight in weights]


def _weighted(penalty: Floats, weights: Floats) -> Floats:
    """Penalties weighted with the state's probability; those that must be served stay so."""
    return np.concatenate([np.where(np.isinf(penalty), penalty, weight * penalty) for weight in weights])


def _copies(matrix: sparse.csr_array, weights: Floats) -> tuple[Ints, Ints, Floats]:
    """Blocks of a sparse field, stored zeros kept, for they are part of its pattern."""
    coo = matrix.tocoo()
    rows, columns = matrix.shape
    return (
        np.concatenate([coo.row + k * rows for k in range(len(weights))]).astype(np.int64),
        np.concatenate([coo.col + k * columns for k in range(len(weights))]).astype(np.int64),
        np.concatenate([weight * coo.data for weight in weights]).astype(float),
    )


def _limits(instance: Instance, kept: Sequence[Ints], count: int) -> dict[str, object]:
    """x_s ≤ F_x + L_xs for all that costs money and can be bought before the answers, and the problem's own limits in
    every state."""
    whole = instance.problem
    _, m, s, e = whole.shape
    things = s + m + e
    first, after = count * s, count * s + things
    cost = np.concatenate([whole.site_cost, whole.option_cost, whole.edge_cost])
    firm = np.concatenate([instance.site_owner == "", np.ones(m, bool), (instance.owner == "") & ~instance.gone])
    sites: list[tuple[int, int, float]] = []
    options: list[tuple[int, int, float]] = []
    edges: list[tuple[int, int, float]] = []
    row, offset = 0, 0
    for k in range(count):
        place = {int(edge): offset + at for at, edge in enumerate(kept[k])}
        for x in np.flatnonzero(firm & (cost > 0)).tolist():
            if x < s:
                sites.append((row, k * s + x, 1.0))
            elif x < s + m:
                options.append((row, k * m + x - s, 1.0))
            elif x - s - m in place:
                edges.append((row, place[x - s - m], 1.0))
            else:
                continue
            sites += [(row, first + x, -1.0), (row, after + k * things + x, -1.0)]
            row += 1
        offset += len(kept[k])
    lower, upper = [np.full(row, -np.inf)], [np.zeros(row)]
    own = len(whole.limit_lower)
    offset = 0
    for k in range(count):
        for found, matrix, base in ((options, whole.limit_option, k * m), (sites, whole.limit_site, k * s)):
            coo = matrix.tocoo()
            found += [
                (row + int(i), base + int(j), float(v)) for i, j, v in zip(coo.row, coo.col, coo.data, strict=True)
            ]
        coo = sparse.csr_array(whole.limit_edge[:, kept[k]]).tocoo()
        edges += [(row + int(i), offset + int(j), float(v)) for i, j, v in zip(coo.row, coo.col, coo.data, strict=True)]
        row, offset = row + own, offset + len(kept[k])
        lower.append(whole.limit_lower)
        upper.append(whole.limit_upper)
    return {
        "limit_site": _triples(sites),
        "limit_option": _triples(options),
        "limit_edge": _triples(edges),
        "limit_lower": np.concatenate(lower),
        "limit_upper": np.concatenate(upper),
    }


def _triples(found: list[tuple[int, int, float]]) -> tuple[Ints, Ints, Floats]:
    table = np.array(found, float).reshape(-1, 3)
    return table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2]
