"""spopt (PySAL) on the random geometric instances. An optional tool: where it is not installed the row says so."""

from __future__ import annotations

import importlib
import importlib.util
import time
from typing import Any

import numpy as np
from scipy import sparse

from .case import Bools, Drawn
from .geometric import Geometric


def has_spopt() -> bool:
    """Whether spopt and its modelling library can be imported."""
    return all(importlib.util.find_spec(name) is not None for name in ("spopt", "pulp"))


def solve_spopt(points: Geometric, problem: Any, time_limit_s: float, threads: int) -> tuple[Drawn | None, float]:
    """The facilities spopt opens with its usual solver (CBC) as a plan, None when it opens none in time; its seconds.

    Seconds count from the cost matrix to the facilities, as for the engine: not the imports, nor making the points.
    spopt reports no bound.
    """
    locate, pulp = importlib.import_module("spopt.locate"), importlib.import_module("pulp")
    far, weight = points.distance(), points.weight()
    started = time.monotonic()
    if points.kind == "cover-most":
        model = locate.MCLP.from_cost_matrix(far, weight, points.radius, points.p)
    elif points.kind == "cover-all":
        model = locate.LSCP.from_cost_matrix(far, points.radius)
    else:
        model = locate.PMedian.from_cost_matrix(far, weight, points.p)
    solver = pulp.PULP_CBC_CMD(msg=False, timeLimit=time_limit_s, threads=threads, gapRel=0.0)
    model = model.solve(solver, results=False)
    seconds = time.monotonic() - started
    values = [variable.value() for variable in model.fac_vars]
    if any(value is None for value in values):
        return None, seconds
    return serve_from(problem, np.array(values, float) > 0.5), seconds


def serve_from(problem: Any, opened: Bools) -> Drawn:
    """The plan that serves everyone whom an open option reaches, wholly, from the one where it costs least.

    Only for problems without sites, edges and capacities.
    """
    pattern = sparse.coo_array(problem.service_use)
    price = sparse.csr_array(problem.service_cost)[pattern.row, pattern.col] if problem.service_cost.nnz else None
    paid = np.zeros(pattern.nnz) if price is None else np.asarray(price).ravel()
    entry = np.flatnonzero(opened[pattern.col])
    entry = entry[np.lexsort((paid[entry], pattern.row[entry]))]
    who, first = np.unique(pattern.row[entry], return_index=True)
    entry = entry[first]
    served = sparse.csr_array((np.ones(len(who)), (who, pattern.col[entry])), shape=pattern.shape)
    total = float(problem.option_cost @ opened + paid[entry].sum())
    none = np.zeros(0)
    return Drawn(opened, served, none.astype(bool), none.astype(bool), none, total)
