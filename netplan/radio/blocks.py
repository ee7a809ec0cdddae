"""Compiled search of a profile by blocks: the tightest clearance.

Samples stand in blocks of BLOCK with the highest of each noted while they are added. A bound from that height passes
over most blocks. The search is exact. Rows of the working array: the samples' distances, ascending, and heights, of
which n are in use; and the largest height of each block.
"""

from __future__ import annotations

from netplan.radio.kernels import inlined_kernel
from netplan.tables import FloatArray

BLOCK = 16
DISTANCE, HEIGHT, TOPS = 0, 1, 2


@inlined_kernel
def tightest(work: FloatArray, n: int, start_y: float, slope: float, total: float, least: float) -> float:
    """Smallest clearance² / (x (total - x)) under a line above all samples, or `least` when none is smaller."""
    for block in range((n + BLOCK - 1) // BLOCK):
        first, beyond = block * BLOCK, min(n, (block + 1) * BLOCK)
        near, far = work[DISTANCE, first], work[DISTANCE, beyond - 1]
        gap = start_y + slope * (near if slope > 0.0 else far) - work[TOPS, block]
        widest = min(max(0.5 * total, near), far)
        if gap > 0.0 and gap * gap >= least * widest * (total - widest):
            continue
        for i in range(first, beyond):
            gap = start_y + slope * work[DISTANCE, i] - work[HEIGHT, i]
            room = work[DISTANCE, i] * (total - work[DISTANCE, i])
            if gap * gap < least * room:
                least = gap * gap / room
    return least
