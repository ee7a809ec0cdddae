"""All the cuts of a master, sought at a point of its relaxation."""

from __future__ import annotations

import numpy as np

from netplan.planner.coverage_cuts import coverage_cuts
from netplan.planner.handfuls import Handfuls
from netplan.planner.master import Master
from netplan.planner.master_lp import MasterLP
from netplan.planner.problem import Floats
from netplan.planner.projection import Projection
from netplan.planner.terminals import Terminals


class Cuts:
    """Connectivity, capacity and local cuts."""

    def __init__(self, master: Master) -> None:
        self.master = master
        self.terminals = Terminals.of(master)
        self.projection = Projection(master)
        self.handfuls = Handfuls.of(master)

    def add(self, lp: MasterLP, rng: np.random.Generator, most: int, groups: int, core: Floats | None = None) -> int:
        """Add cuts that the point of a relaxation violates, local ones of up to `groups` handfuls; returns how many.

        With a `core` point cuts are first sought halfway to it, where they are deeper (in-out separation, Ben-Ameur
        and Neto 2007).
        """
        found = 0
        points = [lp.point] if core is None else [0.5 * (lp.point + core), lp.point]
        for point in points:
            order = rng.permutation(self.terminals.count)
            rows = coverage_cuts(self.master, self.terminals, point, order, most)
            lp.add(rows)
            found += len(rows)
            if not self.master.explicit:
                more = self.projection.cuts(point, inside=point is not lp.point)
                lp.add(more)
                found += len(more)
        if groups:
            local = self.handfuls.cuts(lp.point, rng, groups)
            lp.add(local)
            found += len(local)
        return found
