"""Which sites stand at one place: near enough to be one tower, or one compound that shares its spectrum."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from netplan.radio.shapes import IntArray
from netplan.tables import FloatArray

ONE_TOWER_M = 1.0
"""Rows of a layer this near to each other are one tower."""
ONE_PLACE_M = 50.0
"""Sites this near to each other are one place for spectrum: a compound, and the error of a hand-held receiver.

Registers list a tower once for every network on it. Cells of one carrier stand hundreds of metres apart even in
towns: two at one place would only drown each other.
"""


def places(xy: FloatArray, within_m: float) -> IntArray:
    """Number of the place of each of n positions (n, 2): in one, each lies within that many metres of the next."""
    n = len(xy)
    if n == 0:
        return np.zeros(0, np.int64)
    pairs = cKDTree(xy).query_pairs(within_m, output_type="ndarray")
    near = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    return np.asarray(connected_components(near, directed=False)[1], dtype=np.int64)
