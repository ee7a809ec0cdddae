"""Compiled search of a profile by blocks: the tightest clearance.

Samples stand in blocks of BLOCK with the highest of each noted while they are added. A bound from that height passes
over most blocks. The search is exact. `x` ascends; `tops[b]` is the largest y of block b; n samples are in use.
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
