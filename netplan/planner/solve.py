"""`solve`: from a `Problem` to a `Solution` with a proven bound, in target or budget mode."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain

import highspy
import numpy as np
from scipy import sparse

from netplan.planner.blocks.capacity import capacity
from netplan.planner.blocks.limits import at_most
from netplan.planner.construct import complete
from netplan.planner.covering import Stage, branch_on_master, covers_within_budget
from netplan.planner.earlier import Earlier, carried
from netplan.planner.elastic import elastic
from netplan.planner.engine import at_length, optimise
from netplan.planner.flow import traffic_flow
from netplan.planner.greedy import greedy_options
from netplan.planner.incumbent import OnProgress, Search
from netplan.planner.kernels import compile_kernels
from netplan.planner.location import Location, locate
from netplan.planner.model import Model, build, usable
from netplan.planner.plans import only_less_built, within_limits
from netplan.planner.problem import Bools, Floats, Problem
from netplan.planner.rows import stack
from netplan.planner.solution import Solution, StageResult, Status, StoppedBy, TracePoint, relative_gap
from netplan.planner.telling import Telling

Start = tuple[Floats | None, str]
"""a plan to start from, and what it is called in the trace"""
OPTIMAL_GAP = 1e-4
MANY = 5000
"""shares from which a problem is worth waiting for the kernels: the small ones meet few of them"""
EXPLAIN_S = 60.0
"""seconds at most for saying why there is no plan"""


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
        time_limit_s: wall time in seconds; the best plan so far is returned. On the first large problem on a machine
            the kernels are compiled before the clock starts, about a minute; to load them later takes two seconds.
        threads, seed: for the solvers.
        on_progress: called with a `TracePoint` at every new plan or bound.
        earlier: a plan to start from (of a scenario with fewer levers); ignored with a budget.

    Raises:
        SolverError: when a solver fails.
    """
    started = time.monotonic()
    model = build(problem)
    plain = problem.budget is None and not problem.demand_integral.any()
    free = plain and not len(problem.limit_lower)
    ruled = plain and not free and only_less_built(problem)
    location = Location.of(model)
    if location is None and model.layout.y > MANY and at_length(model, guided=free, ruled=ruled):
        compiling = TracePoint(0.0, "compiling, once", np.inf, -np.inf)
        started += compile_kernels(lambda: on_progress(compiling) if on_progress else None)
    unreachable = _unreachable(model)
    first_plan = complete(model, greedy_options(model)) if free and len(model.cost) and location is None else None
    shortfall = target_shortfall(model) if first_plan is None else np.zeros(len(problem.target_min))
    if (shortfall > 1e-6 * problem.target_scale).any():
        return _infeasible(problem, started, time_limit_s, shortfall, unreachable)
    telling = Telling(started, on_progress)
    stages: list[StageResult] = []
    start: Floats | None = None
    why, stage, full = "", None, model
    if problem.budget is not None:
        spend = at_most(model.cost, problem.budget - model.constant)
        weight = np.zeros(len(model.cost))
        weight[: model.layout.y] = -problem.demand_weight[model.layout.x_demand]
        most = dataclasses.replace(model, rows=stack([model.rows, spend]), cost=weight, constant=0.0)
        first = Search(most, gap, time_limit_s / 2, telling.most_served)
        covering = bool(len(model.cost)) and covers_within_budget(model)
        work = partial(_run, most, first, threads, seed, guided=False, ruled=False)
        if covering:
            work = partial(branch_on_master, model, first, threads, seed, Stage(most))
        why = until_interrupted(first, work)
        if first.point is None:
            return _stopped(problem, why, started, time_limit_s, shortfall, unreachable)
        stages.append(StageResult("weight served", -first.objective, -first.bound, first.gap))
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
    if stages and stages[0].gap > gap and why != "interrupt":
        why = "time"  # the cost may be proven, but not that nobody else can be served
    stages.append(StageResult("cost", search.objective, search.bound, search.gap))
    trace = tuple(telling.trace)
    return _solution(model, search, why, time.monotonic() - started, trace, tuple(stages), unreachable)


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
    """The work, from the given plans; Ctrl-C ends it and keeps the best, or goes on upwards where there is none."""
    try:
        for point, phase in starts:
            search.offer(point, phase)
        return work()
    except KeyboardInterrupt:
        if search.point is None:
            raise
        return "interrupt"


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


def target_shortfall(model: Model) -> Floats:
    """Weight by which each target cannot be met even with everything open, least in total. Shape (k,).

    minimise Σ_k short_k / target_k over shares within option capacities and reach.
    """
    problem, layout = model.problem, model.layout
    n = problem.shape[0]
    k = len(problem.target_min)
    if not k:
        return np.zeros(0)
    open_now = model.upper[layout.y : layout.z]
    entries = np.flatnonzero((open_now[layout.x_option] > 0) & (model.upper[: layout.y] > 0))
    rows = capacity(problem, layout).matrix(layout.columns)
    room = -(rows[:, layout.y : layout.z] @ open_now)
    cover = sparse.csr_array(
        (np.ones(len(entries)), (layout.x_demand[entries], np.arange(len(entries)))), shape=(n, len(entries))
    )
    scale = problem.target_scale
    weight = sparse.diags_array(1.0 / scale) @ problem.target_member @ sparse.diags_array(problem.demand_weight)
    served = sparse.csr_array(weight @ cover)
    matrix = sparse.block_array([[cover, None], [rows[:, entries], None], [served, sparse.eye_array(k)]], format="csr")
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = matrix.shape[1], matrix.shape[0]
    lp.col_cost_ = np.concatenate([np.zeros(len(entries)), np.ones(k)])
    lp.col_lower_ = np.zeros(matrix.shape[1])
    lp.col_upper_ = np.concatenate([model.upper[entries], np.full(k, np.inf)])
    lp.row_lower_ = np.concatenate([np.full(n + rows.shape[0], -np.inf), problem.target_min / scale])
    lp.row_upper_ = np.concatenate([np.ones(n), room, np.full(k, np.inf)])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.passModel(lp)
    solver.run()
    short = np.array(solver.getSolution().col_value)[len(entries) :] * scale
    return np.where(short > 1e-7 * scale, short, 0.0)


def _unreachable(model: Model) -> Bools:
    """Demands that no usable option reaches. Shape (n,)."""
    layout = model.layout
    usable = model.upper[layout.y + layout.x_option] > 0
    return np.asarray(np.bincount(layout.x_demand[usable], minlength=model.problem.shape[0]) == 0)


def _stopped(
    problem: Problem, why: str, started: float, time_limit_s: float, shortfall: Floats, unreachable: Bools
) -> Solution:
    if why == "infeasible":
        return _infeasible(problem, started, time_limit_s, shortfall, unreachable)
    return _without_plan(problem, "none", "time", started, shortfall, unreachable)


def _infeasible(
    problem: Problem, started: float, time_limit_s: float, shortfall: Floats, unreachable: Bools
) -> Solution:
    """No plan exists: what is missing least in total, and what stands in the way, as far as there is time to say."""
    seconds = max(time_limit_s - (time.monotonic() - started), 10.0)
    try:
        why = elastic(problem, min(seconds, EXPLAIN_S))
    except KeyboardInterrupt:  # that there is no plan is proven all the same
        why = None
    plain = _without_plan(problem, "infeasible", "infeasible", started, shortfall, unreachable)
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
        seconds=time.monotonic() - started,
    )


def _without_plan(
    problem: Problem, status: Status, stopped_by: StoppedBy, started: float, shortfall: Floats, unreachable: Bools
) -> Solution:
    n, m, s, e = problem.shape
    nothing = sparse.csr_array((n, m))
    return Solution(
        np.zeros(m, bool),
        nothing,
        np.zeros(s, bool),
        np.zeros(e, bool),
        np.zeros(e),
        float("inf"),
        float("inf") if status == "infeasible" else float("-inf"),
        float("nan"),
        status,
        stopped_by,
        time.monotonic() - started,
        shortfall=shortfall,
        unreachable=unreachable,
    )


def _solution(
    model: Model,
    search: Search,
    why: str,
    seconds: float,
    trace: tuple[TracePoint, ...],
    stages: tuple[StageResult, ...],
    unreachable: Bools,
) -> Solution:
    """Read the best point back into the problem's own terms."""
    problem, layout, network = model.problem, model.layout, model.network
    point = search.point
    assert point is not None
    n, m, s, e = problem.shape
    shares = point[: layout.y].copy()
    total = np.bincount(layout.x_demand, shares, n)
    shares /= np.maximum(total, 1.0)[layout.x_demand]
    served = sparse.csr_array((shares, (layout.x_demand, layout.x_option)), shape=(n, m))
    served.eliminate_zeros()
    built = point[layout.b : layout.a] > 0.5
    load = np.zeros(s)
    site = problem.option_site[layout.x_option]
    mine = (site >= 0) & problem.option_needs_backhaul[layout.x_option]
    load += np.bincount(site[mine], (shares * problem.demand_mbps[layout.x_demand])[mine], s)
    flow = np.zeros(e)
    sites = np.flatnonzero((load > 0) & (network.site_node > 0))
    if len(sites):
        _, _, along = traffic_flow(
            network.nodes,
            network.edge_u,
            network.edge_v,
            np.where(built, problem.edge_capacity, 0.0),
            network.site_node[sites],
            load[sites],
        )
        flow = np.where(built, -along, 0.0)
    gap = relative_gap(search.objective, search.bound)
    stopped: StoppedBy = "gap" if why in ("gap", "exhausted") else "interrupt" if why == "interrupt" else "time"
    return Solution(
        point[layout.y : layout.z] > 0.5,
        served,
        point[layout.z : layout.w] > 0.5,
        built,
        flow,
        search.objective,
        min(search.bound, search.objective),
        gap,
        "optimal" if max([gap, *(stage.gap for stage in stages)]) <= OPTIMAL_GAP else "feasible",
        stopped,
        seconds,
        trace,
        stages,
        np.zeros(len(problem.target_min)),
        unreachable,
    )
