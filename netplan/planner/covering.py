"""Covering without a network: branch and bound on the master, whose rows say it all where no capacity binds.

The served shares of a demand that cost the same are one column there, so a set covering problem keeps one column a set.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from netplan.planner.blocks.limits import at_most
from netplan.planner.construct import complete
from netplan.planner.covers import Cover, reduced_cover, search_covers
from netplan.planner.incumbent import Search
from netplan.planner.master import build_master
from netplan.planner.mip import solve_mip
from netplan.planner.model import Model
from netplan.planner.problem import Bools, Floats, Ints
from netplan.planner.program import Program
from netplan.planner.rows import Rows, stack

FEWER = 0.5
"""part of the shares that their classes may be for this to pay"""
PARTS = (0.05, 1.0)
"""parts of the time limit: a short run first, so that a plan comes early"""


@dataclass(frozen=True)
class Stage:
    """What a run is for: least cost, or with a budget first the most weight served, then the least cost of that."""

    most: Model | None = None
    """the model that maximises weight; with it the budget holds"""
    served: float | None = None
    """weight found by the first stage, to be kept"""


def covers(model: Model) -> bool:
    """Whether the model is one of covering: no network to build, no capacity that binds, shares of equal cost."""
    if model.network.reachable[1:].any() or not model.layout.y:
        return False
    master = build_master(model)
    return master.explicit and master.y <= FEWER * model.layout.y


def covers_within_budget(model: Model) -> bool:
    """Whether the two stages of a budget can be run on the master: its cost is of options and sites alone."""
    problem = model.problem
    plain = (
        not len(problem.limit_lower) and not problem.demand_integral.any() and not model.cost[: model.layout.y].any()
    )
    return plain and not model.constant and covers(model)


def branch_on_master(model: Model, search: Search, threads: int, seed: int, stage: Stage | None = None) -> str:
    """Search a model that `covers` accepts; returns gap | time | infeasible.

    With a `stage` the search is one of a budget's two, `model` its problem at its own costs.
    """
    if stage is None and _is_set_covering(model):
        return _cover(model, search, threads, seed)
    program, options = _on_master(model, stage)
    maker = model if stage is None or stage.most is None else stage.most
    hint: Floats | None = None
    for number, part in enumerate(PARTS):
        if search.done:
            return "gap"
        if number and search.left_s <= 0.5:
            return "time"
        allowed_s = max(min(part * search.time_limit_s, search.left_s), 0.1)
        gap = search.wanted_gap * 0.5
        result = solve_mip(program, gap=gap, time_limit_s=allowed_s, seed=seed, threads=threads, hint=hint)
        if result.status == "infeasible":
            return "infeasible"
        search.raise_bound(result.bound, "branch and bound")
        if result.point is not None:
            hint = result.point
            opened = np.zeros(model.problem.shape[1], bool)
            opened[options[result.point[-len(options) :] > 0.5]] = True
            search.offer(complete(maker, opened), "branch and bound")
        if result.interrupted:
            raise KeyboardInterrupt
        if result.status == "optimal":
            break
    return "gap" if search.done else "time"


def _cover(model: Model, search: Search, threads: int, seed: int) -> str:
    """Search a set covering problem: covers from local search, then branch and bound with more of it beside."""
    cover, options = _set_covering(model)
    if not np.diff(cover.rows.indptr).all():
        return "infeasible"

    def offer(chosen: Bools) -> None:
        opened = np.zeros(model.problem.shape[1], bool)
        opened[options[chosen]] = True
        search.offer(complete(model, opened), "covers")

    if not cover.cost.any():
        offer(np.ones(len(options), bool))
        search.raise_bound(search.objective, "covers")
        return "gap"
    return search_covers(cover, model.constant, search, threads, seed, offer)


def _is_set_covering(model: Model) -> bool:
    """Whether everybody must be served and options cost something by themselves alone."""
    problem = model.problem
    layout = model.layout
    wholly = bool((model.upper[: layout.y] == 1).all()) and bool(np.isinf(problem.demand_penalty).all())
    wanted = np.bincount(layout.x_option, problem.service_use.data, problem.shape[1])
    free = bool((wanted <= problem.option_capacity).all()) and not model.cost[: layout.y].any()
    return wholly and free and not (problem.option_site >= 0).any()


def _set_covering(model: Model) -> tuple[Cover, Ints]:
    """Σ_{j covers i} y_j ≥ 1 without dominated options and implied demands, and the option of each column."""
    problem, layout = model.problem, model.layout
    n, m, _, _ = problem.shape
    pattern = sparse.csr_array((np.ones(layout.y), (layout.x_demand, layout.x_option)), shape=(n, m))
    if not np.diff(pattern.indptr).all():
        return Cover(pattern, problem.option_cost), np.arange(m)
    demands, options = reduced_cover(pattern, problem.option_cost)
    return Cover(sparse.csr_array(pattern[demands][:, options]), problem.option_cost[options]), options


def _on_master(model: Model, stage: Stage | None) -> tuple[Program, Ints]:
    """The master with options and sites whole; a budget's rows and objective with a stage. Options come last."""
    master = build_master(model)
    integer = np.zeros(master.columns, bool)
    integer[master.y : master.w] = True
    cost, rows = master.cost * master.scale, [master.rows, master.local]
    constant = master.constant
    if stage is not None:
        weight = np.zeros(master.columns)
        weight[: master.y] = -master.model.problem.demand_weight[master.classes.demand]
        assert master.model.problem.budget is not None
        rows.append(at_most(cost, master.model.problem.budget - constant))
        if stage.served is None:
            cost, constant = weight, 0.0
        else:
            rows.append(at_most(weight, -stage.served))
    order = np.concatenate([np.arange(master.y), np.arange(master.z, master.columns), np.arange(master.y, master.z)])
    place = np.argsort(order)
    found = stack(rows)
    moved = Rows.of(found.row, place[found.col], found.value, found.lower, found.upper)
    lower, upper = master.lower[order], master.upper[order]
    return Program(cost[order], constant, moved, lower, upper, integer[order]), np.arange(master.z - master.y)
