"""Every cut ever found, so that a subproblem far from the last one need not find its cuts again."""

from __future__ import annotations

import threading

import numpy as np
from scipy import sparse

from netplan.planner.problem import Floats, Ints
from netplan.planner.rows import Rows

MOST_ENTRIES = 20_000_000
"""non-zeros from which no more cuts are remembered"""
VIOLATED = 1e-3
"""by how much a cut must be violated to come back"""


class CutPool:
    """Rows lower ≤ A v ≤ upper in the order they came; several threads may keep cuts and ask for them."""

    def __init__(self, columns: int) -> None:
        self._matrix = sparse.csr_array((0, columns))
        self._lower, self._upper = np.zeros(0), np.zeros(0)
        self._new: list[tuple[sparse.csr_array, Floats, Floats]] = []
        self._count = self._entries = 0
        self._lock = threading.Lock()

    def keep(self, rows: Rows) -> Ints:
        """Remember cuts; their places, -1 where there is no room left."""
        count = len(rows)
        with self._lock:
            if self._entries + len(rows.value) > MOST_ENTRIES:
                return np.full(count, -1, np.int64)
            self._new.append((rows.matrix(self._matrix.shape[1]), rows.lower, np.asarray(rows.upper)))
            self._entries += len(rows.value)
            self._count += count
            return np.arange(self._count - count, self._count)

    def violated(self, point: Floats, present: Ints, most: int) -> Ints:
        """Up to `most` places of the cuts most violated at a point, without those that are `present`."""
        matrix, lower, upper = self._settled()
        value = matrix @ point
        much = np.maximum(lower - value, value - upper)
        much[present[present >= 0]] = 0.0
        order = np.argsort(-much, kind="stable")[:most]
        return np.asarray(order[much[order] > VIOLATED], np.int64)

    def rows(self, places: Ints) -> tuple[sparse.csr_array, Floats, Floats]:
        """(A, lower, upper) of some places."""
        matrix, lower, upper = self._settled()
        return sparse.csr_array(matrix[places]), lower[places], upper[places]

    def _settled(self) -> tuple[sparse.csr_array, Floats, Floats]:
        """All rows so far."""
        with self._lock:
            if self._new:
                self._matrix = sparse.vstack([self._matrix] + [part[0] for part in self._new], format="csr")
                self._lower = np.concatenate([self._lower] + [part[1] for part in self._new])
                self._upper = np.concatenate([self._upper] + [part[2] for part in self._new])
                self._new = []
            return self._matrix, self._lower, self._upper
