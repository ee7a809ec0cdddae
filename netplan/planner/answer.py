"""The `Solution` of a search, in the problem's own terms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from netplan.planner.flow import traffic_flow
from netplan.planner.incumbent import Search
from netplan.planner.model import Model
from netplan.planner.network import Network
from netplan.planner.problem import Bools, Floats, Ints, Problem
from netplan.planner.shortfall import out_of_reach
from netplan.planner.solution import Solution, StageResult, Status, StoppedBy, TracePoint, relative_gap

OPTIMAL_GAP = 1e-4
"""proven gap up to which a plan is called optimal"""
STOPPED: dict[str, StoppedBy] = {
    "gap": "gap", "exhausted": "gap", "interrupt": "interrupt", "failure": "failure",
}  # fmt: skip
"""what a plan says of why its search stopped"""


def with_plan(
    model: Model,
    search: Search,
    why: str,
    seconds: float = 0.0,
    trace: Sequence[TracePoint] = (),
    stages: Sequence[StageResult] = (),
) -> Solution:
    """Read the best point of a search back into the problem's own terms.

    Args:
        why: the search stopped: gap | exhausted | interrupt | time | failure.
        stages: of a lexicographic run.
    """
    problem, layout, network = model.problem, model.layout, model.network
    point = search.point
    assert point is not None
    n, m, _, _ = problem.shape
    shares = point[: layout.y].copy()
    total = np.bincount(layout.x_demand, shares, n)
    shares /= np.maximum(total, 1.0)[layout.x_demand]
    served = sparse.csr_array((shares, (layout.x_demand, layout.x_option)), shape=(n, m))
    served.eliminate_zeros()
    built = point[layout.b : layout.a] > 0.5
    load = site_loads(problem, network, layout.x_demand, layout.x_option, shares)
    gap = relative_gap(search.objective, search.bound)
    stopped: StoppedBy = STOPPED.get(why, "time")
    return Solution(
        point[layout.y : layout.z] > 0.5,
        served,
        point[layout.z : layout.w] > 0.5,
        built,
        edge_flow(problem, network, load, built),
        search.objective,
        min(search.bound, search.objective),
        gap,
        "optimal" if max([gap, *(stage.gap for stage in stages)]) <= OPTIMAL_GAP else "feasible",
        stopped,
        seconds,
        tuple(trace),
        tuple(stages),
        np.zeros(len(problem.target_min)),
        out_of_reach(model),
    )


def feeds(problem: Problem, network: Network, option: Ints) -> Bools:
    """Whether the traffic of each of the options given goes over links."""
    site = problem.option_site[option]
    if not len(network.site_node):
        return np.zeros(len(site), bool)
    joined = problem.option_needs_backhaul[option] & (site >= 0)
    return np.asarray(joined & (network.site_node[np.maximum(site, 0)] > 0))


def site_loads(problem: Problem, network: Network, demand: Ints, option: Ints, share: Floats) -> Floats:
    """Mbit/s that each site hands to the links, from shares of demands served by options. Shape (s,)."""
    mine = feeds(problem, network, option)
    mbps = share[mine] * problem.demand_mbps[demand[mine]]
    return np.asarray(np.bincount(problem.option_site[option[mine]], mbps, problem.shape[2]), float)


def edge_flow(problem: Problem, network: Network, load: Floats, built: Bools) -> Floats:
    """Traffic of every edge towards the roots, Mbit/s, positive from tail to head; `load`: of each site. Shape (e,)."""
    sites = np.flatnonzero(load > 0)
    if not len(sites):
        return np.zeros(problem.shape[3])
    room = np.where(built, problem.edge_capacity, 0.0)
    at = network.site_node[sites]
    _, _, along = traffic_flow(network.nodes, network.edge_u, network.edge_v, room, at, load[sites])
    return np.where(built, -along, 0.0)


def without_plan(
    problem: Problem, status: Status, stopped_by: StoppedBy, seconds: float, shortfall: Floats, unreachable: Bools
) -> Solution:
    """The answer where there is none: proven, or not found in time."""
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
        seconds,
        shortfall=shortfall,
        unreachable=unreachable,
    )
