"""The units that the search counts traffic in: solvers' tolerances are absolute, and fit numbers near 1."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from netplan.planner.problem import Floats, Problem

LEAST, MOST = 2.0**-7, 2.0**14
"""the largest figure, in the unit given, of what is searched as it is given"""
SMALL = 2.0**-10
"""least that a link's capacity may come to in a unit chosen because demands are large"""


def traffic_unit(problem: Problem) -> float:
    """Mbit/s in the unit that the search counts the traffic of links in: 1 where demands are of usual size.

    Of demands, that is, whose traffic can enter the network; and no unit in which a link's capacity all but vanishes.
    """
    use = problem.service_use
    row = np.repeat(np.arange(use.shape[0]), np.diff(use.indptr))
    carried = (problem.option_site[use.indices] >= 0) & problem.option_needs_backhaul[use.indices]
    unit = float(_unit(problem.demand_mbps[row[carried]].max(initial=0.0)))
    if unit <= 1.0:
        return unit
    narrow = problem.edge_capacity[problem.edge_capacity > 0].min(initial=np.inf)
    return unit if np.isinf(narrow) else float(np.clip(_unit(narrow / SMALL), 1.0, unit))


def in_units(problem: Problem, unit: float) -> Problem:
    """The problem with demands and edges in a unit of so many Mbit/s, and each option in one that fits its use."""
    most = np.zeros(problem.shape[1])
    np.maximum.at(most, problem.service_use.indices, problem.service_use.data)
    of_option = _unit(most)
    if unit == 1.0 and (of_option == 1.0).all():
        return problem
    use = problem.service_use
    return replace(
        problem,
        demand_mbps=problem.demand_mbps / unit,
        edge_capacity=problem.edge_capacity / unit,
        service_use=sparse.csr_array((use.data / of_option[use.indices], use.indices, use.indptr), shape=use.shape),
        option_capacity=problem.option_capacity / of_option,
    )


def _unit(most: npt.ArrayLike) -> Floats:
    """1 for figures of usual size or 0, else the power of two below: nothing is rounded on the way."""
    most = np.asarray(most, float)
    usual = (most == 0.0) | ((most >= LEAST) & (most <= MOST))
    return np.where(usual, 1.0, np.exp2(np.floor(np.log2(np.where(usual, 1.0, most)))))
