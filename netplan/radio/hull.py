"""Compiled upper hulls of a profile that grows away from the site: the steepest obstacle and the highest over a line.

Both lie on the upper convex hull of the samples, whatever the point or the slope that is asked about. The hull is a
stack (Graham's scan of points that come sorted): a new sample takes off those that it hides. All searches are exact.

A hull is three rows of an array, from the row `first`: of each vertex, from the site outwards, its x, its y and the
slope of the edge that ends in it (inf for the first; slopes fall outwards). How many vertices are in use goes with it
as a number. No class holds the two: numba counts references to an array inside a tuple at every use, which took a
third of a sweep's time.
"""

from __future__ import annotations

import numpy as np

from netplan.radio.kernels import inlined_kernel
from netplan.tables import FloatArray

HULL_ROWS = 3


@inlined_kernel
def add_to_hull(work: FloatArray, first: int, size: int, x: float, y: float) -> int:
    """One more sample, farther than all before; how many vertices the hull has with it."""
    at = size - 1
    while at > 0 and y - work[first + 1, at] >= work[first + 2, at] * (x - work[first, at]):
        at -= 1
    work[first + 2, at + 1] = np.inf if at < 0 else (y - work[first + 1, at]) / (x - work[first, at])
    work[first, at + 1], work[first + 1, at + 1] = x, y
    return at + 2


@inlined_kernel
def steepest_from(work: FloatArray, first: int, size: int, far_x: float, far_y: float) -> float:
    """Largest slope (y - far_y) / (far_x - x) of a sample, seen from a point beyond all of them."""
    at = size - 1
    while at > 0 and far_y > work[first + 1, at] + work[first + 2, at] * (far_x - work[first, at]):
        at -= 1
    return float((work[first + 1, at] - far_y) / (far_x - work[first, at]))


@inlined_kernel
def highest_over(work: FloatArray, first: int, size: int, start_y: float, slope: float) -> float:
    """Largest height of a sample over the line start_y + slope x."""
    low, high = 0, size - 1
    while low < high:
        middle = (low + high + 1) // 2
        if work[first + 2, middle] >= slope:
            low = middle
        else:
            high = middle - 1
    return float(work[first + 1, low] - start_y - slope * work[first, low])
