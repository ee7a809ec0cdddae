"""Compiled searches of a profile by blocks: the tightest clearance, the steepest obstacle, the highest over a line.

Samples stand in blocks of BLOCK with the highest of each noted while they are added. A bound from that height passes
over most blocks, which is cheaper than keeping the upper hull up to date: every sample is added, few are asked about.
All searches are exact. `x` ascends; `tops[b]` is the largest y of block b; n samples are in use.
"""

from __future__ import annotations

from netplan.radio.kernels import kernel
from netplan.tables import FloatArray

BLOCK = 16


@kernel
def tightest(
    x: FloatArray, y: FloatArray, tops: FloatArray, n: int, start_y: float, slope: float, total: float, least: float
) -> float:
    """Smallest clearance² / (x (total - x)) under a line above all samples, or `least` when none is smaller."""
    for block in range((n + BLOCK - 1) // BLOCK):
        first, beyond = block * BLOCK, min(n, (block + 1) * BLOCK)
        near, far = x[first], x[beyond - 1]
        gap = start_y + slope * (near if slope > 0.0 else far) - tops[block]
        widest = min(max(0.5 * total, near), far)
        if gap > 0.0 and gap * gap >= least * widest * (total - widest):
            continue
        for i in range(first, beyond):
            gap = start_y + slope * x[i] - y[i]
            room = x[i] * (total - x[i])
            if gap * gap < least * room:
                least = gap * gap / room
    return least


@kernel
def steepest_back(
    x: FloatArray, y: FloatArray, tops: FloatArray, n: int, far_x: float, far_y: float, guess: int
) -> int:
    """Sample of the largest slope (y - far_y) / (far_x - x), seen from a point beyond all samples.

    `guess` is a sample that may be it (that of the point before): a good one leaves little to look at.
    """
    found = guess
    rise, run = y[found] - far_y, far_x - x[found]
    for back in range((n + BLOCK - 1) // BLOCK):
        block = (n - 1) // BLOCK - back
        first, beyond = block * BLOCK, min(n, (block + 1) * BLOCK)
        over = tops[block] - far_y
        if over * run <= rise * (far_x - x[beyond - 1 if over > 0.0 else first]):
            continue
        for i in range(first, beyond):
            over, gap = y[i] - far_y, far_x - x[i]
            if over * run > rise * gap:
                rise, run, found = over, gap, i
    return found


@kernel
def highest_over(
    x: FloatArray, y: FloatArray, tops: FloatArray, n: int, start_y: float, slope: float, guess: int
) -> int:
    """Sample that is highest over the line start_y + slope x; `guess` as in `steepest_back`."""
    found = guess
    highest = y[found] - start_y - slope * x[found]
    for block in range((n + BLOCK - 1) // BLOCK):
        first, beyond = block * BLOCK, min(n, (block + 1) * BLOCK)
        if tops[block] - start_y - slope * (x[first] if slope > 0.0 else x[beyond - 1]) <= highest:
            continue
        for i in range(first, beyond):
            over = y[i] - start_y - slope * x[i]
            if over > highest:
                highest, found = over, i
    return found
