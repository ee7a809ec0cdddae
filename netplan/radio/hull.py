"""Compiled upper hulls of a profile that grows away from the site: the steepest obstacle and the highest over a line.

Both lie on the upper convex hull of the samples, whatever the point or the slope that is asked about. The hull is a
stack (Graham's scan of points that come sorted): a new sample takes off those that it hides. All searches are exact.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from netplan.radio.kernels import kernel
from netplan.tables import FloatArray


class Hull(NamedTuple):
    """Vertices from the site outwards; `size[0]` of each array are in use."""

    x: FloatArray
    y: FloatArray
    slope: FloatArray
    """Of the edge that ends in the vertex, falling outwards; inf for the first."""
    size: npt.NDArray[np.int64]


@kernel
def empty_hull(room: int) -> Hull:
    """A hull for up to `room` samples."""
    return Hull(np.empty(room), np.empty(room), np.empty(room), np.zeros(1, np.int64))


@kernel
def add_to_hull(hull: Hull, x: float, y: float) -> None:
    """One more sample, farther than all before."""
    top = hull.size[0] - 1
    while top > 0 and y - hull.y[top] >= hull.slope[top] * (x - hull.x[top]):
        top -= 1
    hull.slope[top + 1] = np.inf if top < 0 else (y - hull.y[top]) / (x - hull.x[top])
    hull.x[top + 1], hull.y[top + 1] = x, y
    hull.size[0] = top + 2


@kernel
def steepest_from(hull: Hull, far_x: float, far_y: float) -> float:
    """Largest slope (y - far_y) / (far_x - x) of a sample, seen from a point beyond all of them."""
    at = hull.size[0] - 1
    while at > 0 and far_y > hull.y[at] + hull.slope[at] * (far_x - hull.x[at]):
        at -= 1
    return float((hull.y[at] - far_y) / (far_x - hull.x[at]))


@kernel
def highest_over(hull: Hull, start_y: float, slope: float) -> float:
    """Largest height of a sample over the line start_y + slope x."""
    low, high = 0, hull.size[0] - 1
    while low < high:
        middle = (low + high + 1) // 2
        if hull.slope[middle] >= slope:
            low = middle
        else:
            high = middle - 1
    return float(hull.y[low] - start_y - slope * hull.x[low])
