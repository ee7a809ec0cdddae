"""Branch and cut on a part of a plan, aside from the search that the part is of."""

from __future__ import annotations

import gc

from netplan.errors import SolverError
from netplan.planner.incumbent import Search
from netplan.planner.model import Model
from netplan.planner.problem import Floats
from netplan.planner.tree import branch_and_cut


def solved_aside(
    model: Model, gap: float, seconds: float, seed: int, local: float, start: Floats | None = None
) -> Search | None:
    """A search of its own for the cheapest plan of a part; None where a solver failed, for nobody needs the part.

    Args:
        gap, seconds: at which it ends, whichever is first.
        local: part of the time for local search before branch and cut and in it.
        start: a plan to better.
    """
    search = Search(model, gap, seconds, None)
    search.offer(start, "as it is")
    try:
        branch_and_cut(model, search, seed, 1, local)
    except SolverError:
        return None
    finally:
        gc.collect()  # a tree and its hands know each other, and Python does not see how much HiGHS holds for them
    return search
