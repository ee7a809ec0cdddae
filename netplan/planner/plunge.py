"""Plans of large problems by diving: what the relaxation opens in part is opened for good, the widest first.

Sites first, then options, a part of them at a time; after each step the rest is relaxed anew, for a moment only, with
cuts in between. Where service costs money this leads to better plans than walks do, for who is served by which kind of
site, and how many sites there are, is chosen for the whole district at once; the network is laid by others, for what
the relaxation builds in part is a poor guide to whole links.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from netplan.planner.bounding import Bounding
from netplan.planner.model import Model
from netplan.planner.problem import Bools, Floats

PART, FEWEST = 0.1, 2
"""part of what is open in part that one step opens, and how many at least"""
SURELY, OPEN = 0.9, 0.01
"""value from which a step opens it in any case, and up to which it counts as closed"""
STEP_S, MOST = 1.0, 200
"""seconds of a relaxation between two steps, and cuts of a kind after it at most: with half as much again of one and
four times the other, a dive takes half as long again and ends no better"""
WIRED = 0.9
"""part of a site's value from which on its way to the network is what it is opened with"""


@dataclass(frozen=True)
class Dived:
    """Where a dive ended."""

    opened: Bools
    """(m,) options"""
    built: Floats
    """(e,) how far the relaxation with these options builds each edge"""


def suits(model: Model) -> bool:
    """Whether a dive leads to good plans: service costs money. Elsewhere covering decides, and parts are better."""
    return bool(model.cost[: model.layout.y].any()) and bool(len(model.problem.site_cost))


def plunge(
    bounding: Bounding, rng: np.random.Generator, noise: float = 0.0, goes_on: Callable[[], bool] = lambda: True
) -> Dived | None:
    """Dive from the last relaxation, which stays as it is.

    Args:
        noise: what is drawn at random on top of each value at most, so that dives end apart.
        goes_on: asked before each step; None is returned once it says no.
    """
    master, low = bounding.master, bounding.aside()
    for first, last in ((master.z, master.w), (master.y, master.z)):
        while True:
            value = low.point[first:last]
            half = np.flatnonzero((low.lower[first:last] < 1.0) & (value > OPEN))
            if not len(half):
                break
            if not goes_on():
                return None
            half = half[np.argsort(-value[half] - noise * rng.random(len(half)), kind="stable")]
            count = max(FEWEST, int(np.ceil(PART * len(half))))
            opened = half[(value[half] > SURELY) | (np.arange(len(half)) < count)]
            low.lower[first + opened] = 1.0
            if first == master.z:
                joined = opened[low.point[master.w + opened] > WIRED * value[opened]]
                low.lower[master.w + joined] = 1.0
            low.relax(STEP_S)
            low.tighten(MOST)
        low.upper[first:last] = low.lower[first:last]
    arcs = low.point[master.a : master.columns]
    built = np.zeros(master.model.problem.shape[3])
    np.add.at(built, master.model.network.edge, arcs)
    return Dived(low.lower[master.y : master.z] > 0.5, built)
