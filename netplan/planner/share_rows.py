"""Rows that tie shares to what is open, of which there are millions and a few thousand matter: sought as violated.

    x_ij ≤ max_ij y_j                    an option serves no more than it is open for
    Σ_{j at s} x_ij ≤ w_s (or z_s)       nor do those of a site together (see `pairs`)

Who is served at all and what an option carries are held by other rows; without the first kind an option that is half
open serves half of its people wholly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from netplan.planner.master import Master
from netplan.planner.pairs import pairs_of
from netplan.planner.problem import Bools, Floats, Ints
from netplan.planner.rows import Rows, difference

MOST = 40_000
"""rows of a kind added at a time"""
BROKEN = 0.01
"""by how much one must be violated"""


@dataclass(frozen=True)
class ShareRows:
    """Separates these rows, each of them once."""

    first: int
    """column of the first share"""
    open_: Ints
    """(shares,) column y of each share's option"""
    largest: Floats
    """(shares,)"""
    opened: Bools
    """(shares,) whether its row of the first kind has been added"""
    pair: Ints
    """(shares,) pair of each, -1 where it has none"""
    pair_column: Ints
    """(pairs,)"""
    paired: Bools
    """(pairs,) whether its row has been added"""

    @staticmethod
    def of(master: Master, entry: Ints) -> ShareRows:
        """For the shares of some entries of service_use, whose columns follow the master's."""
        model = master.model
        share_max = np.zeros(model.layout.y)
        share_max[entry] = model.upper[entry]
        pair, pair_column = pairs_of(master, share_max)
        return ShareRows(
            master.columns, master.y + model.layout.x_option[entry], model.upper[entry], np.zeros(len(entry), bool),
            pair[entry], pair_column, np.zeros(len(pair_column), bool),
        )  # fmt: skip

    def aside(self) -> ShareRows:
        """The same, to go on from: what it adds is not added here."""
        return replace(self, opened=self.opened.copy(), paired=self.paired.copy())

    def openings(self, x: Floats) -> Rows:
        """The rows of the first kind that a point violates most."""
        over = x[self.first : self.first + len(self.open_)] - self.largest * x[self.open_]
        new = np.flatnonzero(_worst(over, self.opened))
        return difference(self.first + new, self.open_[new], self.largest[new])

    def promises(self, x: Floats) -> Rows:
        """The rows of the second kind that a point violates most."""
        mine = np.flatnonzero(self.pair >= 0)
        promised = np.bincount(self.pair[mine], x[self.first + mine], len(self.pair_column))
        new = _worst(promised - x[self.pair_column], self.paired)
        mine = mine[new[self.pair[mine]]]
        number, count = np.cumsum(new) - 1, int(new.sum())
        return Rows.of(
            np.concatenate([number[self.pair[mine]], np.arange(count)]),
            np.concatenate([self.first + mine, self.pair_column[new]]),
            np.concatenate([np.ones(len(mine)), -np.ones(count)]),
            np.full(count, -np.inf),
            0.0,
        )


def _worst(over: Floats, there: Bools) -> Bools:
    """Which rows are violated most, by how much each is, of those not `there`; they are put there."""
    over = np.where(there, 0.0, over)
    worst = np.argsort(-over, kind="stable")[:MOST]
    new = np.zeros(len(over), bool)
    new[worst[over[worst] > BROKEN]] = True
    there |= new
    return new
