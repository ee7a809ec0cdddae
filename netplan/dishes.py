"""Plans in which no pole or roof carries more dishes than it bears.

Rows of the problem could say so, but they take from the search most of its means (local search knows none). So the plan
is sought without them; few break them, and the bound holds with them as well, for rules make nothing cheaper. Where a
plan puts too many dishes on a site, a small problem is solved again with the rows. In a whole district the site keeps
the hops that carry most, its others are shut, and the rest is planned anew from what is left.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from netplan.parts import IntArray
from netplan.planner import Earlier, Problem, Solution, TracePoint
from netplan.tables import FloatArray

BoolArray = npt.NDArray[np.bool_]
Dishes = tuple[IntArray, float]
"""Edges of hops that end at a site, and how many dishes it carries."""
OnProgress = Callable[[TracePoint], None]
Attempt = Callable[[Problem, float, Earlier | None, OnProgress | None], Solution]
"""Solves a problem within so many seconds, from an earlier plan if there is one, and tells its steps."""
EXACT = 5000
"""Ways to serve somebody up to which a problem is small."""
RESERVED, RESERVED_EXACT = 0.15, 0.25
"""Part of the time that is kept for planning anew: half of what is left each time, or for rows all of it."""
LEAST, ASKED_TO_END_S = 0.05, 5.0
"""Part of the time that planning anew takes at least, and seconds at most once it was asked to end (Ctrl-C)."""
PROVEN = 1e-4
"""Gap from which a plan counts as optimal."""
ROUNDS = 3
"""Plans after which every site keeps no more hops than it carries dishes, so that the next is within all limits."""


def with_dishes(
    problem: Problem,
    dishes: Sequence[Dishes],
    attempt: Attempt,
    *,
    gap: float,
    time_limit_s: float,
    earlier: Earlier | None = None,
    on_progress: OnProgress | None = None,
    exact: int = EXACT,
) -> tuple[Problem, Solution]:
    """The problem as it was solved in the end, and its plan.

    Args:
        dishes: of each site at which more hops could end than it carries.
        attempt: how to solve.
        gap, time_limit_s: what is asked of the plan.
        earlier: a plan to start from.
        on_progress: told of every step, on one clock.
        exact: ways to serve somebody up to which a problem is small.
    """
    plain = problem.budget is None and not problem.demand_integral.any() and not len(problem.limit_lower)
    if not dishes:
        return problem, attempt(problem, time_limit_s, earlier, on_progress)
    if not plain:
        ruled = with_rows(problem, dishes)
        return ruled, attempt(ruled, time_limit_s, earlier, on_progress)
    small = len(problem.service_use.data) <= exact
    reserved = RESERVED_EXACT if small else RESERVED
    first = found = attempt(problem, (1.0 - reserved) * time_limit_s, earlier, on_progress)
    seconds, least_s = first.seconds, LEAST * time_limit_s
    if first.stopped_by == "interrupt":
        time_limit_s, least_s = seconds, min(least_s, ASKED_TO_END_S)
    if small and np.isfinite(found.objective) and (over := overloaded(found, dishes)):
        ruled = with_rows(problem, dishes)
        shut = surplus(found, over, problem.edge_cost)
        start = Earlier(found.served, found.edge_built & ~shut)
        found = attempt(ruled, max(time_limit_s - seconds, least_s), start, _later(on_progress, seconds))
        seconds += found.seconds
        if not np.isfinite(found.objective):
            return ruled, dataclasses.replace(found, seconds=seconds)
        return ruled, _bounded(found, first, max(first.bound, found.bound), gap, seconds)
    rounds, asked = 0, problem
    while np.isfinite(found.objective) and (over := overloaded(found, dishes)):
        rounds += 1
        shut = surplus(found, over if rounds < ROUNDS else dishes, asked.edge_cost)
        asked = dataclasses.replace(asked, edge_capacity=np.where(shut, 0.0, asked.edge_capacity))
        left_s = max((time_limit_s - seconds) / 2.0, least_s)
        start = Earlier(found.served, found.edge_built & ~shut)
        found = attempt(asked, left_s, start, _later(on_progress, seconds))
        seconds += found.seconds
    if found is first:
        return problem, first
    if not np.isfinite(found.objective):  # what was shut may have been the only way: the rows know
        ruled = with_rows(problem, dishes)
        left_s = max(time_limit_s - seconds, RESERVED * time_limit_s)
        return ruled, attempt(ruled, left_s, None, _later(on_progress, seconds))
    return asked, _bounded(found, first, first.bound, gap, seconds)


def mended_warning(problem: Problem, asked: Problem) -> tuple[str, ...]:
    """What is to be known of a plan that was mended: of which problem its bound is; empty where none was."""
    shut = int(((problem.edge_capacity > 0) & (asked.edge_capacity <= 0)).sum())
    if not shut:
        return ()
    return (
        f"poles and roofs had more dishes than they carry in the first plan: {shut:,} hops at them were shut and the "
        "rest was planned anew; the bound is that of the problem with any number of dishes",
    )


def with_rows(problem: Problem, dishes: Sequence[Dishes]) -> Problem:
    """The problem with a limit row for each site."""
    row = np.repeat(np.arange(len(dishes)), [len(columns) for columns, _ in dishes])
    column = np.concatenate([columns for columns, _ in dishes])
    _, m, s, e = problem.shape
    edges = sparse.csr_array((np.ones(len(row)), (row, column)), shape=(len(dishes), e))
    none = [sparse.csr_array((len(dishes), size)) for size in (m, s)]
    return dataclasses.replace(
        problem,
        limit_option=sparse.csr_array(sparse.vstack([problem.limit_option, none[0]])),
        limit_site=sparse.csr_array(sparse.vstack([problem.limit_site, none[1]])),
        limit_edge=sparse.csr_array(sparse.vstack([problem.limit_edge, edges])),
        limit_lower=np.append(problem.limit_lower, np.full(len(dishes), -np.inf)),
        limit_upper=np.append(problem.limit_upper, [most for _, most in dishes]),
    )


def overloaded(solution: Solution, dishes: Sequence[Dishes]) -> list[Dishes]:
    """The sites that have more dishes in a plan than they carry."""
    return [(columns, most) for columns, most in dishes if solution.edge_built[columns].sum() > most]


def surplus(solution: Solution, dishes: Sequence[Dishes], edge_cost: FloatArray) -> BoolArray:
    """(e,) hops to shut: at each site all but as many as it carries, those built first, by traffic, then cheap ones."""
    shut = np.zeros(len(edge_cost), bool)
    for columns, most in dishes:
        built, flow = solution.edge_built[columns], np.abs(solution.edge_flow[columns])
        order = columns[np.lexsort((columns, edge_cost[columns], -flow, ~built))]
        shut[order[int(most) :]] = True
    return shut


def _later(on_progress: OnProgress | None, before_s: float) -> OnProgress | None:
    """Tells of steps on the clock of the whole."""
    if on_progress is None:
        return None
    return lambda step: on_progress(
        dataclasses.replace(step, seconds=step.seconds + before_s, phase=f"{step.phase}, fewer dishes")
    )


def _bounded(found: Solution, first: Solution, bound: float, gap: float, seconds: float) -> Solution:
    """A plan with the better bound: one of the problem in which nothing was shut."""
    bound = min(bound, found.objective)
    proven = (found.objective - bound) / max(abs(found.objective), 1e-9)
    stage = dataclasses.replace(found.stages[-1], bound=bound, gap=proven)
    before_s = seconds - found.seconds
    steps = (dataclasses.replace(step, seconds=step.seconds + before_s, bound=bound) for step in found.trace)
    ended = "interrupt" in (first.stopped_by, found.stopped_by)
    return dataclasses.replace(
        found,
        bound=bound,
        gap=proven,
        status="optimal" if proven <= PROVEN else "feasible",
        stopped_by="interrupt" if ended else "gap" if proven <= gap else "time",
        seconds=seconds,
        trace=tuple(steps),
        stages=(*found.stages[:-1], stage),
    )
