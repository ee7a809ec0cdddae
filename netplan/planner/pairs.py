"""Pairs of a demand and a site of several options, which together serve no more of it than the site is open:

    Σ_{j at s} x_ij ≤ z_s   (≤ w_s where all of them need backhaul)

Without these rows the half-open options of a half-open site add up, and relaxations share out sites far too thinly.
"""

from __future__ import annotations

import numpy as np

from netplan.planner.master import Master
from netplan.planner.problem import Floats, Ints


def pairs_of(master: Master, share_max: Floats) -> tuple[Ints, Ints]:
    """(pair of each entry or -1, column z or w of each pair) over demands and sites with more than they may share.

    A pair matters where the options of a site could together serve more than the whole of a demand.
    """
    model = master.model
    layout, problem = model.layout, model.problem
    site = problem.option_site[layout.x_option]
    live = np.flatnonzero((site >= 0) & (share_max > 0))
    key, number = np.unique(layout.x_demand[live] * max(problem.shape[2], 1) + site[live], return_inverse=True)
    much = np.bincount(number, share_max[live], len(key)) > 1.0 + 1e-9
    wired = np.bincount(number, ~master.wired[layout.x_option[live]], len(key)) == 0
    place = np.cumsum(much) - 1
    pair = np.full(len(site), -1, np.int64)
    pair[live] = np.where(much, place, -1)[number]
    stands = key % max(problem.shape[2], 1)
    return pair, np.where(wired, master.w, master.z)[much] + stands[much]
