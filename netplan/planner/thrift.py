"""Plans to start from within a budget: nothing at all, and greedy ones for as large a part of everybody as it pays."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy import sparse

from netplan.planner.construct import complete
from netplan.planner.greedy import greedy_options
from netplan.planner.model import Model
from netplan.planner.problem import Floats

HALVINGS = 10
"""times that the part of everybody is halved between what is paid for and what is not"""
SLACK = 1e-9


def affordable_plans(model: Model, budget: float, until: float) -> Iterator[Floats]:
    """Points of the model that hold and cost no more than the budget, each serving more of everybody.

    Args:
        budget: for costs and penalties together.
        until: time.monotonic() at which no further one is begun.
    """
    nothing = np.zeros(len(model.cost))
    if _holds(model, nothing, budget):
        yield nothing
    problem, layout = model.problem, model.layout
    share = np.bincount(layout.x_demand, model.upper[: layout.y], problem.shape[0])
    # greedy construction counts everybody to one target: those of none are one of their own
    free = np.asarray(problem.target_member.sum(axis=0)).ravel() == 0
    member = sparse.csr_array(sparse.vstack([problem.target_member, sparse.csr_array(free[None, :].astype(float))]))
    within_reach = member @ (problem.demand_weight * np.minimum(share, 1.0))
    least = np.append(problem.target_min, 0.0)
    paid, unpaid = 0.0, 2.0
    for _ in range(HALVINGS):
        if time.monotonic() > until or not within_reach.any():
            return
        part = 0.5 * (paid + unpaid)
        target = np.maximum(least, part * within_reach)
        asked = replace(problem, budget=None, target_member=member, target_min=target)
        served = replace(model, problem=asked)
        point = complete(served, greedy_options(served))
        if point is not None and _holds(model, point, budget):
            paid = part
            yield point
        else:
            unpaid = part
        if paid == 1.0:
            return


def _holds(model: Model, point: Floats, budget: float) -> bool:
    """Whether a point that is connected keeps the rows and bounds, whole decisions, and the budget."""
    rows = model.rows
    value = np.bincount(rows.row, rows.value * point[rows.col], len(rows))
    scale = SLACK * (1.0 + np.bincount(rows.row, np.abs(rows.value * point[rows.col]), len(rows)))
    whole = point[model.integer]
    return bool(
        (value >= rows.lower - scale).all()
        and (value <= rows.upper + scale).all()
        and (point >= model.lower - SLACK).all()
        and (point <= model.upper + SLACK).all()
        and (np.abs(whole - np.round(whole)) <= SLACK).all()
        and float(model.cost @ point) + model.constant <= budget * (1 + SLACK)
    )
