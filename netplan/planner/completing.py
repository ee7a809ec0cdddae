"""Plans that miss some of a target: one part of the district, in several places, makes up for all of it.

What is missing is spread over the district, and capacity comes in lumps: which towns get the next option, and where
one can be given back, is decided together. The part is the sites around a few places drawn by who is not served there,
and must serve what is missing beyond what the plan serves there; branch and cut looks for its cheapest plan, links laid
afterwards (`unlinked`), with more of its time for local search than where people are only priced.
"""

from __future__ import annotations

import numpy as np

from netplan.planner.parts import Laid, Parts
from netplan.planner.problem import Floats, Ints
from netplan.planner.solved_aside import solved_aside
from netplan.planner.unlinked import unlinked, with_links

SITES, PLACES = 120, 6
"""sites of the part, and places that they are around, at most"""
OFFERED, NEARLY = 1.4, 0.97
"""times what is missing of a target, or part of all who are not served of it, that the places should reach"""
GAP, LOCAL = 0.002, 0.25
"""gap at which the part is left, and part of its time for local search before branch and cut and in it"""


def completed(parts: Parts, plan: Laid, lack: Floats, rng: np.random.Generator, seconds: float) -> Laid | None:
    """A plan that misses nothing, or None where none was found.

    Args:
        plan: a plan that misses targets.
        lack: (k,) weight that is missing of each, negative where more is served.
        seconds: for the search.
    """
    sites = _places(parts, plan, lack, rng)
    if not len(sites):
        return None
    part = parts.cut(plan, np.zeros(parts.model.problem.shape[0]), sites, lack)
    if part is None:
        return None
    own, seed = unlinked(part.model), int(rng.integers(1 << 30))
    aside = solved_aside(own, GAP, seconds, seed, LOCAL)
    point = None if aside is None or aside.point is None else with_links(part.model, own, aside.point, seed)
    return None if point is None else part.merged(point)


def _places(parts: Parts, plan: Laid, lack: Floats, rng: np.random.Generator) -> Ints:
    """The sites around places drawn by who is not served there."""
    problem, layout = parts.model.problem, parts.model.layout
    rest = 1.0 - np.minimum(np.bincount(layout.x_demand, plan.point[: layout.y], problem.shape[0]), 1.0)
    counts = problem.target_weight
    centres: list[int] = []
    for target in np.flatnonzero(lack > 0):
        weight = counts[[target]].toarray().ravel()
        wanted = min(OFFERED * lack[target], NEARLY * float(weight @ rest))
        left, reached = rest.copy(), 0.0
        while reached < wanted and len(centres) < PLACES:
            at = (weight * left) @ parts.reach
            if at.sum() <= 0:
                break
            centres.append(int(rng.choice(len(at), p=at / at.sum())))
            near = np.asarray(parts.reach[:, parts.around(centres[-1], SITES // PLACES)].sum(axis=1)).ravel() > 0
            reached += float((weight * left)[near].sum())
            left[near] = 0.0
    around = [parts.around(centre, SITES // len(centres)) for centre in centres]
    return np.unique(np.concatenate([*around, np.zeros(0, np.int64)]))
