"""The planning problem of one answer of the utilities: what is refused is gone, what is bought is free."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from netplan.pipeline import District
from netplan.planner import Earlier, Problem, Solution, TracePoint, solve
from netplan.project.schema import SolverSpec

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Purchase:
    """What is bought, as flags over the sites (s), options (m) and links (e) of the district's problem."""

    sites: Bools
    options: Bools
    edges: Bools

    def only(self, other: Purchase) -> Purchase:
        """What is in both."""
        return Purchase(self.sites & other.sites, self.options & other.options, self.edges & other.edges)


@dataclass(frozen=True)
class Answer:
    """A plan for one state, and what was proven of it."""

    needs: frozenset[str]
    """Utilities whose consent its links need."""
    bought: Purchase
    service_cost: float
    """Of connecting the premises; the same whenever they are connected."""
    objective: float
    """At the prices that it was solved at; inf without a plan."""
    bound: float
    served: sparse.csr_array | None = None
    """Demands × options shares."""


@dataclass(frozen=True)
class Instance:
    """A district's problem with the owner of each link, and how long to search."""

    problem: Problem
    owner: npt.NDArray[np.object_]
    """of each link whose owner has not answered yet, '' for all other links"""
    gone: Bools
    """links whose owner has refused already"""
    site_owner: npt.NDArray[np.object_]
    """of each place of the problem that is the approval of an owner who has not answered yet, '' for sites"""
    gap: float
    time_limit_s: float
    threads: int
    seed: int
    on_progress: Callable[[TracePoint], None] | None = None

    @property
    def nothing(self) -> Purchase:
        """No purchase."""
        _, m, s, e = self.problem.shape
        return Purchase(np.zeros(s, bool), np.zeros(m, bool), np.zeros(e, bool))

    def firm(self, bought: Purchase) -> Purchase:
        """The part of a purchase that needs no answer of anybody."""
        return replace(bought, sites=bought.sites & (self.site_owner == ""), edges=bought.edges & (self.owner == ""))

    def cost(self, bought: Purchase) -> float:
        """At today's prices."""
        p = self.problem
        parts = (p.site_cost[bought.sites], p.option_cost[bought.options], p.edge_cost[bought.edges])
        return float(sum(part.sum() for part in parts))


def instance_of(
    district: District,
    uncertain: frozenset[str],
    refused: frozenset[str],
    solver: SolverSpec,
    on_progress: Callable[[TracePoint], None] | None = None,
) -> Instance:
    """The district's problem with its owners. `solver`: when each solve stops."""
    problem = Problem.of(**district.indexed.arrays)
    owner = np.full(problem.shape[3], "", dtype=object)
    said = district.backhaul.edges["owner"].to_numpy(object)
    owner[: len(said)] = np.where(np.isin(said.astype(str), sorted(uncertain)), said, "")
    gone = np.zeros(problem.shape[3], bool)
    gone[: len(said)] = np.isin(said.astype(str), sorted(refused))
    site_owner = np.full(problem.shape[2], "", dtype=object)
    for at, (_, who) in enumerate(district.indexed.approvals, len(district.indexed.site_ids)):
        site_owner[at] = who if who in uncertain else ""
    stops = (solver.gap, solver.time_limit_s, solver.threads, solver.seed)
    return Instance(problem, owner, gone, site_owner, *stops, on_progress)


def solve_state(
    instance: Instance,
    refusing: frozenset[str],
    firm_factor: float = 1.0,
    later_factor: float = 1.0,
    already: Purchase | None = None,
    start: Answer | None = None,
) -> Answer:
    """The cheapest plan when these utilities refuse.

    Args:
        instance: the district.
        refusing: utilities whose links may not be used.
        firm_factor: on what needs nobody's answer.
        later_factor: on links of utilities that consent.
        already: what was bought before: free, and not needed any more than anything else.
        start: a plan to start the search from.
    """
    whole = instance.problem
    kept = np.flatnonzero(~instance.gone & ~np.isin(instance.owner.astype(str), sorted(refusing)))
    bought = already or instance.nothing
    factor = np.where(instance.owner[kept] == "", firm_factor, later_factor)
    of_site = np.where(instance.site_owner == "", firm_factor, later_factor)
    problem = replace(
        whole,
        site_cost=np.where(bought.sites, 0.0, of_site * whole.site_cost),
        option_cost=np.where(bought.options, 0.0, firm_factor * whole.option_cost),
        edge_tail=whole.edge_tail[kept],
        edge_head=whole.edge_head[kept],
        edge_cost=np.where(bought.edges[kept], 0.0, factor * whole.edge_cost[kept]),
        edge_capacity=whole.edge_capacity[kept],
        edge_site=whole.edge_site[kept],
        limit_edge=sparse.csr_array(whole.limit_edge[:, kept]),
    )
    found = solve(
        problem,
        gap=instance.gap,
        time_limit_s=instance.time_limit_s,
        threads=instance.threads,
        seed=instance.seed,
        on_progress=instance.on_progress,
        earlier=None if start is None or start.served is None else Earlier(start.served, start.bought.edges[kept]),
    )
    return _answer(instance, found, kept)


def _answer(instance: Instance, found: Solution, kept: npt.NDArray[np.int64]) -> Answer:
    bound = float(found.bound) if np.isfinite(found.bound) else -np.inf
    if not np.isfinite(found.objective):
        bound = np.inf if found.status == "infeasible" else bound
        return Answer(frozenset(), instance.nothing, 0.0, np.inf, bound)
    edges = np.zeros(instance.problem.shape[3], bool)
    edges[kept] = found.edge_built
    price: Any = instance.problem.service_cost
    service = float((price * found.served).sum())
    needs = frozenset(str(name) for name in instance.owner[edges] if name)
    bought = Purchase(found.site_open, found.option_open, edges)
    return Answer(needs, bought, service, float(found.objective), bound, found.served)


def cost_after(instance: Instance, answer: Answer, firm_factor: float, later_factor: float, already: Purchase) -> float:
    """What a known plan costs in a state once `already` is bought: the rest at these factors, and the premises."""
    if not np.isfinite(answer.objective):
        return np.inf
    rest = Purchase(
        answer.bought.sites & ~already.sites,
        answer.bought.options & ~already.options,
        answer.bought.edges & ~already.edges,
    )
    firm = instance.cost(instance.firm(rest))
    return firm_factor * firm + later_factor * (instance.cost(rest) - firm) + answer.service_cost
