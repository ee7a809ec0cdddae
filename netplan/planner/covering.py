"""Covering without a network: branch and bound on the master, whose rows say it all where no capacity binds.

The served shares of a demand that cost the same are one column there, so a set covering problem keeps one column a set.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netplan.planner.blocks.limits import at_most
from netplan.planner.construct import complete
from netplan.planner.incumbent import Search
from netplan.planner.master import Master, build_master
from netplan.planner.mip import Program, solve_mip
from netplan.planner.model import Model
from netplan.planner.problem import Floats
from netplan.planner.rows import stack

FEWER = 0.5
"""part of the shares that their classes may be for this to pay"""
ROUNDS = 4
"""first runs, each longer than the one before, so that good plans come early"""


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
    master = build_master(model)
    program = _program(master, stage)
    maker = model if stage is None or stage.most is None else stage.most
    hint: Floats | None = None
    for part in [0.02 * 3**k for k in range(ROUNDS)] + [1.0]:
        if search.done:
            return "gap"
        if search.left_s <= 0.5:
            return "time"
        result = solve_mip(
            program,
            gap=search.wanted_gap * 0.5,
            time_limit_s=min(part * search.time_limit_s, search.left_s),
            seed=seed,
            threads=threads,
            hint=hint,
        )
        if result.status == "infeasible":
            return "infeasible"
        search.raise_bound(result.bound, "branch and bound")
        if result.point is not None:
            hint = result.point
            search.offer(complete(maker, result.point[master.y : master.z] > 0.5), "branch and bound")
        if result.status == "optimal":
            break
    return "gap" if search.done else "time"


def _program(master: Master, stage: Stage | None) -> Program:
    """The master with options and sites whole; a budget's rows and objective with a stage."""
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
    return Program(cost, constant, stack(rows), master.lower, master.upper, integer)
