"""Compiled upper hulls of profiles: which obstacle is the steepest from the far end, or the highest over a line.

A hull is a stack of sample numbers, ascending; the polyline through them is concave and no sample lies above it. Both
questions have a single maximum along it, so that they are answered by bisection.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from netplan.radio.kernels import kernel
from netplan.tables import FloatArray

Stack = npt.NDArray[np.int32]


@kernel
def push(stack: Stack, size: int, x: FloatArray, y: FloatArray, i: int) -> int:
    """Add sample i, farther than all so far; returns the new size."""
    while size > 1:
        a, b = stack[size - 2], stack[size - 1]
        if (y[b] - y[a]) * (x[i] - x[b]) > (y[i] - y[b]) * (x[b] - x[a]):
            break
        size -= 1
    stack[size] = i
    return size + 1


@kernel
def steepest_back(stack: Stack, size: int, x: FloatArray, y: FloatArray, far_x: float, far_y: float) -> float:
    """Largest slope (y - far_y) / (far_x - x) over the samples, seen from a point beyond them all."""
    low, high = 0, size - 1
    while low < high:
        middle = (low + high) // 2
        a, b = stack[middle], stack[middle + 1]
        if (y[b] - far_y) * (far_x - x[a]) >= (y[a] - far_y) * (far_x - x[b]):
            low = middle + 1
        else:
            high = middle
    top = stack[low]
    return float((y[top] - far_y) / (far_x - x[top]))


@kernel
def highest_over(stack: Stack, size: int, x: FloatArray, y: FloatArray, start_y: float, slope: float) -> float:
    """Largest height of a sample over the line start_y + slope x."""
    low, high = 0, size - 1
    while low < high:
        middle = (low + high) // 2
        a, b = stack[middle], stack[middle + 1]
        if y[b] - y[a] >= slope * (x[b] - x[a]):
            low = middle + 1
        else:
            high = middle
    top = stack[low]
    return float(y[top] - start_y - slope * x[top])
