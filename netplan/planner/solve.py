"""`solve`: from a `Problem` to a `Solution` with a proven bound, in target or budget mode."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain

import numpy as np

from netplan.errors import SolverError
from netplan.planner.answer import with_plan, without_plan
from netplan.planner.blocks.limits import at_most
from netplan.planner.construct import complete
from netplan.planner.covering import Stage, branch_on_master, covers_within_budget
from netplan.planner.earlier import Earlier, carried
from netplan.planner.elastic import elastic
from netplan.planner.engine import at_length, optimise
from netplan.planner.greedy import greedy_options
from netplan.planner.incumbent import OnProgress, Search
from netplan.planner.kernels import compile_kernels
from netplan.planner.location import Location, locate
from netplan.planner.model import Model, build, usable
from netplan.planner.plans import only_less_built, within_limits
from netplan.planner.problem import Bools, Floats, Problem
from netplan.planner.rows import stack
from netplan.planner.shortfall import out_of_reach, target_shortfall
from netplan.planner.solution import Solution, StageResult, TracePoint
from netplan.planner.telling import Telling
from netplan.planner.thrift import affordable_plans
from netplan.planner.units import Units

Start = tuple[Floats | None, str]
"""a plan to start from, and what it is called in the trace"""
MANY = 5000
"""shares from which a problem is worth waiting for the kernels: the small ones meet few of them"""
FORETOLD = 0.2
"""part of the time that may go into finding out beforehand that targets are out of reach"""
BEFOREHAND = 0.2
"""part of the time for who is served that may go into plans to start from"""
EXPLAIN_S = 60.0
"""seconds at most for saying why there is no plan"""
AT_LEAST_S, OVERTIME = 10.0, 0.5
"""seconds at least for that, but no more than this part of the time given, however little of it is left"""


def solve(
    problem: Problem,
    *,
    gap: float = 0.01,
    time_limit_s: float = 600.0,
    threads: int = 2,
    seed: int = 0,
    on_progress: OnProgress | None = None,
    earlier: Earlier | None = None,
) -> Solution:
    """Least-cost plan for `problem` with a proven bound.

    minimise Σ option_cost y + Σ site_cost z + Σ edge_cost b + Σ service_cost x + Σ penalty (1 − Σ_j x)
    subject to the blocks of `netplan.planner.blocks`. With a budget: first the most weight served within it, then the
    least cost at that weight.

    Args:
        gap: relative gap (objective − bound)/objective at which to stop.
        time_limit_s: wall time in seconds; the best plan so far is returned (to say why there is none may take more).
            On the first large problem on a machine the kernels are compiled before the clock starts, about a minute; to
            load them later takes two seconds.
        threads, seed: for the solvers.
        on_progress: called with a `TracePoint` at every new plan or bound.
        earlier: a plan to start from (of a scenario with fewer levers); ignored with a budget.

    Raises:
        SolverError: when a solver fails before there is a plan.
    """
    units = Units.of(problem)
    told = units.listener(on_progress)
    return units.solution(_solve(units.problem(problem), gap, time_limit_s, threads, seed, told, earlier))


def _solve(
    problem: Problem,
    gap: float,
    time_limit_s: float,
    threads: int,
    seed: int,
    on_progress: OnProgress | None,
    earlier: Earlier | None,
) -> Solution:
    """`solve`, of a problem in numbers that solvers' tolerances fit."""
    started = time.monotonic()
    model = build(problem)
    plain = problem.budget is None and not problem.demand_integral.any()
    free = plain and not len(problem.limit_lower)
    ruled = plain and not free and only_less_built(problem)
    location = Location.of(model)
    if location is None and model.layout.y > MANY and at_length(model, guided=free, ruled=ruled):
        compiling = TracePoint(0.0, "compiling, once", np.inf, -np.inf)
        started += compile_kernels(lambda: on_progress(compiling) if on_progress else None)
    unreachable = out_of_reach(model)
    first_plan = complete(model, greedy_options(model)) if free and len(model.cost) and location is None else None
    shortfall = (
        target_shortfall(model, FORETOLD * time_limit_s) if first_plan is None else np.zeros(len(problem.target_min))
    )
    if (shortfall > 1e-6 * problem.target_scale).any():
        return _infeasible(problem, started, time_limit_s, shortfall, unreachable)
    telling = Telling(started, on_progress)
    stages: list[StageResult] = []
    start: Floats | None = None
    why, failed, stage, full = "", False, None, model
    if problem.budget is not None:
        model = dataclasses.replace(model, upper=_affordable(model, problem.budget))
        spend = at_most(model.cost, problem.budget - model.constant)
        weight = np.zeros(len(model.cost))
        weight[: model.layout.y] = -problem.demand_weight[model.layout.x_demand]
        most = dataclasses.replace(model, rows=stack([model.rows, spend]), cost=weight, constant=0.0)
        first = Search(most, gap, time_limit_s / 2, telling.most_served)
        covering = bool(len(model.cost)) and covers_within_budget(model)
        work = partial(_run, most, first, threads, seed, guided=False, ruled=False)
        if covering:
            work = partial(branch_on_master, model, first, threads, seed, Stage(most))
        until = time.monotonic() + BEFOREHAND * first.time_limit_s
        plans = ((point, "greedy within the budget") for point in affordable_plans(model, problem.budget, until))
        why = until_interrupted(first, work, plans)
        failed = why == "failure"
        if first.point is None:
            return _stopped(problem, why, started, time_limit_s, shortfall, unreachable)
        bound = min(first.bound, first.objective)  # rounding may have it a hair above
        stages.append(StageResult("weight served", -first.objective, -bound, first.gap))
        kept = at_most(weight, first.objective)
        stage = Stage(most, -first.objective * (1 - 1e-9)) if covering else None
        full = model
        model = dataclasses.replace(model, rows=stack([model.rows, spend, kept]))
        start = first.point
    left_s = time_limit_s - (time.monotonic() - started)
    search = Search(model, gap, left_s, None if why == "interrupt" else telling.least_cost)
    if why == "interrupt":
        search.offer(start, "most served")
    else:
        fresh = first_plan if earlier is not None else None
        work = partial(_run, model, search, threads, seed, guided=free, ruled=ruled, location=location, fresh=fresh)
        if stage is not None:
            work = partial(branch_on_master, full, search, threads, seed, stage)
        limited = plain and not free and location is None
        further = _starts(model, earlier, free=free, limited=limited) if problem.budget is None else ()
        why = until_interrupted(search, work, chain([(start, "most served"), (first_plan, "first plan")], further))
    if search.point is None:
        return _stopped(problem, why, started, time_limit_s, shortfall, unreachable)
    if stages and stages[0].gap > gap and why not in ("interrupt", "failure"):
        why = "failure" if failed else "time"  # the cost may be proven, but not that nobody else can be served
    stages.append(StageResult("cost", search.objective, min(search.bound, search.objective), search.gap))
    answer = with_plan(model, search, why, time.monotonic() - started, telling.trace, stages)
    return dataclasses.replace(answer, unreachable=unreachable)


def _affordable(model: Model, budget: float) -> Floats:
    """The columns' upper bounds, with decisions closed that cost more by themselves than the budget leaves."""
    saving = np.flatnonzero(model.cost < 0)
    least = model.constant + float(model.cost[saving] @ model.upper[saving])
    dear = model.integer & (model.cost > (budget - least) * (1 + 1e-9) + 1e-9)
    return np.where(dear, 0.0, model.upper)


def _starts(model: Model, earlier: Earlier | None, *, free: bool, limited: bool) -> Iterator[Start]:
    """Further plans to start from, each made when it is asked for: Ctrl-C meanwhile leaves those before it."""
    problem = model.problem
    if earlier is not None:
        yield carried(model, earlier), "earlier plan"
        if free and earlier.options.any():
            price = np.where(earlier.edge_built, 1e-3, 1.0) * problem.edge_cost
            yield complete(model, earlier.options & usable(problem, model.network), price), "earlier plan"
    if limited:
        for opened in (greedy_options(model), np.zeros(problem.shape[1], bool)):
            yield within_limits(model, complete(model, opened)), "first plan"


def until_interrupted(search: Search, work: Callable[[], str], starts: Iterable[Start] = ()) -> str:
    """The work, from the given plans; Ctrl-C or a solver that fails ends it and keeps the best, or goes on upwards
    where there is none."""
    try:
        for point, phase in starts:
            search.offer(point, phase)
        return work()
    except KeyboardInterrupt:
        if search.point is None:
            raise
        return "interrupt"
    except SolverError as error:
        if search.point is None:
            raise
        search.note(f"a solver failed: {error}")
        return "failure"


def _run(
    model: Model,
    search: Search,
    threads: int,
    seed: int,
    *,
    guided: bool,
    ruled: bool,
    location: Location | None = None,
    fresh: Floats | None = None,
) -> str:
    """`optimise`, or the only point there is when the model has no column (solvers refuse such a model)."""
    if location is not None:
        why = locate(location, search, threads)
        if why != "none":
            return why
    if len(model.cost):
        return optimise(model, search, threads=threads, seed=seed, guided=guided, ruled=ruled, fresh=fresh)
    if (model.rows.lower > 1e-9).any() or (model.rows.upper < -1e-9).any():
        return "infeasible"
    search.offer(np.zeros(0), "nothing to choose")
    search.raise_bound(search.objective, "nothing to choose")
    return "gap"


def _stopped(
    problem: Problem, why: str, started: float, time_limit_s: float, shortfall: Floats, unreachable: Bools
) -> Solution:
    if why == "infeasible":
        return _infeasible(problem, started, time_limit_s, shortfall, unreachable)
    return without_plan(problem, "none", "time", time.monotonic() - started, shortfall, unreachable)


def _infeasible(
    problem: Problem, started: float, time_limit_s: float, shortfall: Floats, unreachable: Bools
) -> Solution:
    """No plan exists: what is missing least in total, and what stands in the way, as far as there is time to say."""
    overtime_s = min(AT_LEAST_S, OVERTIME * time_limit_s)
    seconds = max(time_limit_s - (time.monotonic() - started), overtime_s)
    try:
        why = elastic(problem, min(seconds, EXPLAIN_S))
    except (KeyboardInterrupt, SolverError):  # that there is no plan is proven all the same
        why = None
    plain = without_plan(problem, "infeasible", "infeasible", time.monotonic() - started, shortfall, unreachable)
    if why is None:
        return plain
    # the quick count knows neither links nor limits: each figure is a proof, the larger one says more
    return dataclasses.replace(
        plain,
        shortfall=why.shortfall if why.shortfall.sum() >= shortfall.sum() else shortfall,
        missed=why.missed,
        binding_option=why.option,
        binding_edge=why.edge,
        binding_limit=why.limit,
        binding_budget=why.budget,
    )
