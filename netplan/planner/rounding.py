"""A plan from a relaxation: the options that it opens widest, as few of them as meet the targets."""

from __future__ import annotations

import numpy as np

from netplan.planner.construct import Server, assemble
from netplan.planner.problem import Bools, Floats

OPEN = 1e-6
"""value in the relaxation from which an option may be in the plan"""
CHEAPER = 0.9
"""part of the cost of what the relaxation opens or builds that does not count"""


def rounded(server: Server, likely: Floats, built: Floats) -> Floats | None:
    """The whole point of such a plan, or None where all those options together do not meet the targets.

    More options serve no fewer, so the least number is found by bisection. Options that serve nobody are closed again.
    Not for problems with limit rows or a budget.

    Args:
        likely: (m,) the options' values in the relaxation.
        built: (e,) the edges' values in it; the network prefers them.
    """
    model = server.model
    order = np.argsort(-likely, kind="stable")

    def first(count: int) -> Bools:
        chosen = np.zeros(len(likely), bool)
        chosen[order[:count]] = True
        return chosen

    few, enough = 0, int((likely > OPEN).sum())
    shares = server.serve(first(enough))
    if shares is None:
        return None
    while few < enough:
        count = (few + enough) // 2
        served = server.serve(first(count))
        if served is None:
            few = count + 1
        else:
            enough, shares = count, served
    return assemble(model, first(enough), shares, model.problem.edge_cost * lean(built))


def lean(values: Floats) -> Floats:
    """Factors on costs that favour what a relaxation opens or builds, by its values there."""
    return 1.0 - CHEAPER * np.clip(values, 0.0, 1.0)
