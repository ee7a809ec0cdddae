"""One case by one method: build, run, check; everything a row of the table holds but what needs another process."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

from netplan.planner import Problem, TracePoint, solve

from .baselines import has_networkx, prune, steiner_2, suits, tree_first, waves
from .case import Case, Drawn, Outcome
from .feasibility import faults, served_weight
from .spopt_tool import has_spopt, solve_spopt

ENGINE = "netplan"
FIELD: dict[str, Callable[[Any, float], Drawn | None]] = {
    "tree-prune": prune,
    "tree-then-tech": tree_first,
    "greedy-waves": waves,
}
COMPACT = ("compact-highs", "compact-scip", "compact-cpsat")


def methods(case: Case, compare: bool) -> list[str]:
    """The methods for a case: the engine, and with `compare` those that suit its family."""
    if not compare:
        return [ENGINE]
    more = []
    if case.family == "synthetic":
        more += list(FIELD)
    if case.family.startswith("steinlib"):
        more.append("networkx")
    if case.geometric is not None:
        more.append("spopt")
    return [ENGINE, *more, *COMPACT]


def measure(case: Case, method: str, *, time_limit_s: float, gap: float | None, threads: int, seed: int) -> Outcome:
    """Run `method` on the case and check what it brings."""
    started = time.monotonic()
    problem = case.build()
    reading = time.monotonic() - started
    n, m, s, e = problem.shape
    row = Outcome(
        case.family,
        case.name,
        method,
        *(n, m, s, e),
        published=case.published,
        certain=case.certain,
        maximise=problem.budget is not None,
        asked_gap=case.gap if gap is None else gap,
        note=f"built in {reading:.1f} s" if reading > 5 else "",
    )
    if method == ENGINE:
        return _engine(problem, row, time_limit_s, threads, seed)
    return _other(case, problem, row, time_limit_s, threads)


def _engine(problem: Problem, row: Outcome, time_limit_s: float, threads: int, seed: int) -> Outcome:
    started = time.monotonic()
    first: list[float] = []
    told: list[TracePoint] = []

    def on_progress(point: TracePoint) -> None:
        told.append(point)
        if not first and math.isfinite(point.objective):
            first.append(time.monotonic() - started)

    solution = solve(
        problem, gap=row.asked_gap, time_limit_s=time_limit_s, threads=threads, seed=seed, on_progress=on_progress
    )
    row = replace(row, status=solution.status, seconds=time.monotonic() - started)
    if solution.status not in ("optimal", "feasible"):
        return row
    wrong = faults(problem, solution)
    found, bound = solution.objective, solution.bound
    if row.maximise:
        found, bound = solution.stages[0].value, solution.stages[0].bound
        served = served_weight(problem, solution)
        if abs(served - found) > 1e-5 * max(1.0, abs(found)):
            wrong.append(f"serves a weight of {served:.10g}, and says {found:.10g}")
    elif not _monotone(told):
        wrong.append("the trace goes back: a plan got dearer or a bound weaker")
    return replace(
        row,
        found=found,
        bound=bound if math.isfinite(bound) else None,
        first_plan_s=first[0] if first else None,
        faults=tuple(wrong),
    )


def _monotone(told: list[TracePoint]) -> bool:
    return all(b.objective <= a.objective and b.bound >= a.bound for a, b in pairwise(told))


def _other(case: Case, problem: Problem, row: Outcome, time_limit_s: float, threads: int) -> Outcome:
    started, seconds = time.monotonic(), None
    bound = None
    if method_missing(row.method) is not None or (row.method in FIELD and not suits(problem)):
        return replace(row, status="skipped", note=method_missing(row.method) or "does not apply")
    if row.method in FIELD:
        plan = FIELD[row.method](problem, time_limit_s)
    elif row.method == "networkx":
        plan = steiner_2(problem, time_limit_s)
    elif row.method == "spopt" and case.geometric is not None:
        plan, seconds = solve_spopt(case.geometric, problem, time_limit_s, threads)
    else:
        from .solvers import solve_compact

        plan, least = solve_compact(problem, row.method, time_limit_s, threads, row.asked_gap)
        bound = -least if row.maximise else least
    seconds = time.monotonic() - started if seconds is None else seconds
    row = replace(row, seconds=seconds, bound=bound if bound is not None and math.isfinite(bound) else None)
    if plan is None:
        return replace(row, status="none")
    wrong = [fault for fault in faults(problem, plan) if not (row.maximise and fault.startswith("objective"))]
    found = served_weight(problem, plan) if row.maximise else plan.objective
    return replace(row, status="feasible", found=found, faults=tuple(wrong))


def method_missing(method: str) -> str | None:
    """Why a method cannot run here; None when it can."""
    if method == "networkx" and not has_networkx():
        return "networkx is not installed"
    if method == "spopt" and not has_spopt():
        return "spopt is not installed"
    return None
