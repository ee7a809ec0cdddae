"""A set covering problem, and what is left of it further down in a search."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from netplan.planner.covers.dominance import reduced_cover
from netplan.planner.problem import Floats, Ints


@dataclass(frozen=True)
class Cover:
    """minimise cost · y over whole y ≥ 0 with Σ_{j covers i} y_j ≥ 1 for every element i."""

    rows: sparse.csr_array
    """(elements, sets) of ones"""
    cost: Floats
    """(sets,) at least 0"""

    def part(self, sets: Ints, asked: tuple[Ints, ...]) -> tuple[Cover, Ints] | None:
        """What is left with some of the sets, and the sets left; None where an element has no set any more.

        Args:
            sets: ascending.
            asked: further elements, each given by the sets that cover it; those not among `sets` do not count.
        """
        held = [np.flatnonzero(np.isin(sets, wanted, assume_unique=True)) for wanted in asked]
        ends = np.cumsum([0] + [len(one) for one in held])
        more = sparse.csr_array(
            (np.ones(ends[-1]), np.concatenate([np.zeros(0, np.int64), *held]), ends), shape=(len(held), len(sets))
        )
        rows = sparse.csr_array(sparse.vstack([self.rows[:, sets], more], format="csr"))
        if not np.diff(rows.indptr).all():
            return None
        elements, left = reduced_cover(rows, self.cost[sets])
        rows = sparse.csr_array(rows[elements][:, left])
        rows.sort_indices()
        return Cover(rows, self.cost[sets[left]]), sets[left]
