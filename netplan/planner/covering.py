"""Covering without a network: branch and bound on the master, whose rows say it all where no capacity binds.

The served shares of a demand that cost the same are one column there, so a set covering problem keeps one column a set.
"""

from __future__ import annotations

import numpy as np

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


def covers(model: Model) -> bool:
    """Whether the model is one of covering: no network to build, no capacity that binds, shares of equal cost."""
    if model.network.reachable[1:].any() or not model.layout.y:
        return False
    master = build_master(model)
    return master.explicit and master.y <= FEWER * model.layout.y


def branch_on_master(model: Model, search: Search, threads: int, seed: int) -> str:
    """Search a model that `covers` accepts; returns gap | time | infeasible."""
    master = build_master(model)
    program = _program(master)
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
            search.offer(complete(model, result.point[master.y : master.z] > 0.5), "branch and bound")
        if result.status == "optimal":
            break
    return "gap" if search.done else "time"


def _program(master: Master) -> Program:
    """The master with options and sites whole."""
    integer = np.zeros(master.columns, bool)
    integer[master.y : master.w] = True
    cost = master.cost * master.scale
    return Program(cost, master.constant, stack([master.rows, master.local]), master.lower, master.upper, integer)
