"""The step between the costs that plans can have: with whole costs a bound of 112.5 proves 113."""

from __future__ import annotations

import numpy as np

from netplan.planner.model import Model
from netplan.planner.problem import Floats

MOST_STEPS = 1e6
"""steps in the largest cost up to which rounding up is worth its care"""
SURE = 1e-4
"""part of a step that a computed bound is not trusted to"""


def cost_step(model: Model) -> float:
    """Largest g such that some best plan costs a multiple of g; 0 when there is none.

    Decisions are whole, so it is the greatest common divisor of their costs if served shares cost nothing, or are
    whole themselves: demanded so, or nothing but open options restricts them.
    """
    problem = model.problem
    if problem.budget is not None:
        return 0.0
    shares = model.cost[: model.layout.y]
    if shares.any() and not _whole_shares(model):
        return 0.0
    costs = np.abs(np.append(model.cost, model.constant))
    largest = float(costs.max(initial=0.0))
    if not 0 < largest <= 2.0**52 or (costs != np.round(costs)).any():
        return 0.0
    step = float(np.gcd.reduce(costs.astype(np.int64)))
    return step if largest <= MOST_STEPS * step else 0.0


def _whole_shares(model: Model) -> bool:
    """Whether some best plan serves every demand wholly by one option or not at all."""
    problem = model.problem
    if problem.demand_integral.all():
        return True
    wanted = np.bincount(model.layout.x_option, problem.service_use.data, problem.shape[1])
    return bool(
        (wanted <= problem.option_capacity).all()
        and (problem.service_max.data == 1).all()
        and not (problem.target_min > 0).any()
        and not model.capacitated
    )


def lifted(bound: float, step: float) -> float:
    """The least multiple of `step` that a plan can cost, given a bound computed in floating point."""
    if step <= 0 or not np.isfinite(bound):
        return bound
    doubt = SURE * step + 1e-9 * abs(bound)
    whole: Floats = np.ceil((bound - doubt) / step) * step
    return max(bound, float(whole))
