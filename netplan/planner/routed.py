"""Whole plans of given shares: the options that serve, their sites, and a network with room for what they load."""

from __future__ import annotations

import numpy as np

from netplan.planner.construct import openings, point_of, site_loads
from netplan.planner.problem import Bools, Floats, Ints
from netplan.planner.reroute import Rerouter, Routes, edges_of

STARTS, FIRST = 4, 1000
"""networks that are laid from nothing, and turns of each before the cheapest goes on: trunks hardly move once they are
there, and networks of the same sites end up to 6 % apart"""


def routed(
    rerouter: Rerouter,
    opened: Bools,
    shares: Floats,
    routes: Routes,
    turns: int,
    seed: int,
    *,
    slack: float = 0.01,
    favoured: Ints | None = None,
) -> tuple[Floats, Routes] | None:
    """The plan's point and its paths; None where a site cannot be joined. Options that serve nobody are closed.

    Args:
        opened: (m,) options that may be open.
        shares: (entries,) who is served by whom.
        routes, turns, seed, slack, favoured: see `Rerouter.improve`.
    """
    model = rerouter.model
    used, sites_open, needy = openings(model, opened, shares)
    load, sites = site_loads(model, shares), np.flatnonzero(needy)
    new = rerouter.improve(sites, load[sites], sites_open, routes, turns, seed, slack, favoured)
    return None if new is None else (point_of(model, shares, used, needy, edges_of(new), load), new)


def laid_anew(
    rerouter: Rerouter, opened: Bools, shares: Floats, turns: int, seed: int, favoured: Ints
) -> tuple[Floats, Routes] | None:
    """The same with a network that owes nothing to another one: the cheapest of a few goes on for so many turns."""
    starts = (routed(rerouter, opened, shares, {}, FIRST, seed + k, favoured=favoured) for k in range(STARTS))
    found = [start for start in starts if start is not None]
    if not found:
        return None
    first = min(found, key=lambda start: float(rerouter.model.cost @ start[0]))
    further = routed(rerouter, opened, shares, first[1], turns, seed)
    return further if further is not None else first
