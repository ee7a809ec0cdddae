"""The search: cut the relaxation, build plans from it, then branch with OR-Tools on what is left."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netplan.planner.blocks.flow import hint_with_flows, with_flows
from netplan.planner.construct import assemble, complete
from netplan.planner.covering import branch_on_master, covers
from netplan.planner.fewest import fewest_options
from netplan.planner.greedy import greedy_options
from netplan.planner.incumbent import Search
from netplan.planner.large import optimise_large
from netplan.planner.lp import LARGE, LinearProgram
from netplan.planner.mip import MipResult, solve_mip
from netplan.planner.model import Model
from netplan.planner.problem import Floats
from netplan.planner.program import Program
from netplan.planner.rounding import lean
from netplan.planner.rows import Rows
from netplan.planner.separation import capacity_cuts, connectivity_cuts, opening_rows
from netplan.planner.tree import branch_and_cut

SMALL = 4000
"""columns up to which the whole model goes to branch and bound at once"""
TREE = 1000
"""columns from which branch and cut on the master is faster, where there is a network"""


def at_length(model: Model, *, guided: bool, ruled: bool) -> bool:
    """Whether searches of our own are the way, that take long and whose kernels are worth compiling first."""
    return _huge(model, guided) or _branches(model, guided, ruled)


def _huge(model: Model, guided: bool) -> bool:
    """Whether the model is one for `optimise_large`."""
    return guided and model.layout.columns > LARGE


def _branches(model: Model, guided: bool, ruled: bool) -> bool:
    """Whether the model is one for branch and cut on the master, with walks beside it: of some size, with a network."""
    return (guided or ruled) and model.layout.columns > TREE and bool(model.network.reachable[1:].any())


def optimise(
    model: Model,
    search: Search,
    *,
    threads: int,
    seed: int,
    guided: bool,
    ruled: bool = False,
    fresh: Floats | None = None,
) -> str:
    """Search until the gap, the time limit, or proof; returns why it stopped: gap | time | infeasible | exhausted.

    Args:
        guided: whether greedy construction applies (no budget, no limit rows, no integral demand).
        fresh: a plan that owes nothing to an earlier one, where the search starts from such a one (see `large`).
        ruled: whether limit rows are all that stands against it, so that branch and cut on the master applies.
    """
    cuts: list[Rows] = []
    if _huge(model, guided) and len(model.problem.target_min) and search.point is not None:
        return optimise_large(model, search, threads, seed, fresh)
    if _branches(model, guided, ruled):
        why = branch_and_cut(model, search, seed, threads)
        if why != "exhausted":
            return why  # else link capacities bind, which the master does not see: the complete model decides
    if guided and covers(model):
        return branch_on_master(model, search, threads, seed)
    lower, upper = model.lower.copy(), model.upper.copy()
    relaxation = LinearProgram(model, seed)
    relaxation.add(fewest_options(model))
    share = 0.02 if model.layout.columns <= SMALL else 0.45
    status, bound, reduced = _cut_rounds(model, search, relaxation, guided, share)
    if status == "infeasible":
        return "infeasible"
    cuts += relaxation.added
    if search.done:
        return "gap"
    if len(reduced):
        _fix_by_reduced_cost(model, search.objective - bound, reduced, lower, upper)
    return _branch(model, search, cuts, lower, upper, threads, seed)


def _cut_rounds(
    model: Model, search: Search, relaxation: LinearProgram, guided: bool, share: float
) -> tuple[str, float, Floats]:
    """Solve the relaxation and add what it violates, until nothing is, it tails off, or its share of time is spent.

    Returns how it ended, and the bound and the reduced costs of the last relaxation solved.
    """
    reduced = np.zeros(0)
    history: list[float] = []
    while True:
        allowed = search.time_limit_s * share - search.seconds
        status, bound, point, duals = relaxation.solve(max(allowed, 5.0) if not history else allowed)
        if status == "infeasible":
            return status, np.inf, reduced
        if status == "limit":
            return "limit", history[-1] if history else -np.inf, reduced
        reduced = duals
        search.raise_bound(bound, "relaxation")
        history.append(bound)
        if guided:
            _guided_plan(model, search, point)
        if search.done or search.seconds > search.time_limit_s * share:
            return "stopped", bound, reduced
        many = relaxation.interior
        connect = connectivity_cuts(model, point, most=4000 if many else 600, nested=12 if many else 4)
        violated = [connect, capacity_cuts(model, point), opening_rows(model, point, most=15000 if many else 4000)]
        if not sum(len(rows) for rows in violated):
            return "solved", bound, reduced
        if len(history) > 12 and history[-1] - history[-9] < 1e-3 * abs(history[-1]) and not len(connect):
            return "tail", bound, reduced
        for rows in violated:
            relaxation.add(rows)


def _guided_plan(model: Model, search: Search, point: Floats) -> None:
    """Greedy construction with costs lowered where the relaxation invests."""
    layout = model.layout
    edges = lean(point[layout.b : layout.a])
    opened = greedy_options(model, lean(point[layout.y : layout.z]), edges)
    search.offer(complete(model, opened, model.problem.edge_cost * edges), "guided plan")


def _fix_by_reduced_cost(model: Model, slack: float, reduced: Floats, lower: Floats, upper: Floats) -> int:
    """Close what cannot be part of a better plan: bound + |reduced cost| > best plan. Returns how many.

    Args:
        slack: best plan − bound, of the very relaxation that the reduced costs are of.
    """
    if not np.isfinite(slack):
        return 0
    layout = model.layout
    kinds = np.zeros(layout.columns, bool)
    kinds[layout.y : layout.z] = kinds[layout.b : layout.a] = kinds[layout.a : layout.load] = True
    close = kinds & (reduced > slack * (1 + 1e-6) + 1e-6) & (lower <= 0)
    force = kinds & (reduced < -slack * (1 + 1e-6) - 1e-6) & (upper >= 1)
    upper[close] = 0.0
    lower[force] = 1.0
    shut = upper[layout.y : layout.z] <= 0
    upper[: layout.y][shut[layout.x_option]] = 0.0
    return int(close.sum() + force.sum())


def _repair(model: Model, candidate: Floats) -> Floats | None:
    """A feasible point from a MIP solution whose network may lack cuts: same shares, sites rejoined on its edges."""
    layout = model.layout
    shares = np.clip(candidate[: layout.y], 0.0, model.upper[: layout.y])
    shares[shares < 1e-9] = 0.0
    opened = candidate[layout.y : layout.z] > 0.5
    built = candidate[layout.b : layout.a] > 0.5
    price = np.where(built, 0.01, 1.0) * model.problem.edge_cost
    return assemble(model, opened, shares, price)


def _branch(
    model: Model, search: Search, cuts: list[Rows], lower: Floats, upper: Floats, threads: int, seed: int
) -> str:
    """Branch and bound on the reduced model; while its solution violates cuts, add them and go on."""
    general = not np.isfinite(search.objective)
    while True:
        if search.done:
            return "gap"
        if search.left_s <= 0.5:
            return "time"
        program, hint = Program.of(model, cuts, lower, upper), search.point
        if model.capacitated:
            program = with_flows(program, model)
            hint = None if hint is None else hint_with_flows(hint, model)
        result = solve_mip(
            program, gap=search.wanted_gap * 0.5, time_limit_s=search.left_s, seed=seed, threads=threads, hint=hint
        )
        if result.point is not None:
            result = replace(result, point=result.point[: model.layout.columns])
        if result.status == "infeasible":
            if general and not np.isfinite(search.objective):
                return "infeasible"
            search.raise_bound(search.objective, "branch and bound")
            return "gap"
        search.raise_bound(min(result.bound, search.objective), "branch and bound")
        if result.point is None:
            _heed(result)
            return "time"
        connect, room = connectivity_cuts(model, result.point), capacity_cuts(model, result.point)
        if not len(connect) and not len(room):
            search.offer(_clean(model, result.point), "branch and bound")
            _heed(result)
            if result.status == "optimal":
                return "gap" if search.done else "exhausted"
            return "time" if search.left_s <= 1.0 else _after_limit(search)
        search.offer(_repair(model, result.point) if not _has_rules(model) else None, "repair")
        _heed(result)
        cuts.extend(rows for rows in (connect, room) if len(rows))


def _heed(result: MipResult) -> None:
    """Ctrl-C, once what the solver came to is kept."""
    if result.interrupted:
        raise KeyboardInterrupt


def _after_limit(search: Search) -> str:
    """A solver that stops early without proof has used its time."""
    return "gap" if search.done else "time"


def _has_rules(model: Model) -> bool:
    """Whether limit rows, a budget or integral demand forbid free rebuilding of a plan."""
    problem = model.problem
    return bool(len(problem.limit_lower)) or problem.budget is not None or bool(problem.demand_integral.any())


def _clean(model: Model, point: Floats) -> Floats:
    """Integers rounded, shares clipped to their bounds."""
    out = point.copy()
    out[model.integer] = np.round(out[model.integer])
    shares = np.clip(out[: model.layout.y], 0.0, model.upper[: model.layout.y])
    shares[shares < 1e-9] = 0.0
    out[: model.layout.y] = shares
    return out
