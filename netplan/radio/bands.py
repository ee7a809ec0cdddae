"""Independent rows of a compiled kernel, shared out over threads.

The kernels let go of the interpreter's lock, so plain threads run them side by side. numba's own parallel loops do the
same, but take twice as long to compile, which a first plan waits for, and may not be called from two threads at once.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numba as nb  # type: ignore[import-untyped,unused-ignore]

BANDS_PER_THREAD = 16
"""Rows cost unequally (blocked paths end early): small bands keep all threads busy to the end."""


def in_bands(rows: int, work: Callable[[int, int], object]) -> None:
    """Call `work(first, last)` for bands that together are `range(rows)`, on as many threads as numba may use.

    What `work` writes for a row must not depend on other rows: results are then the same with any number of threads.
    """
    threads = min(int(nb.get_num_threads()), rows)
    if threads <= 1:
        if rows:
            work(0, rows)
        return
    bands = min(rows, threads * BANDS_PER_THREAD)
    edges = [rows * band // bands for band in range(bands + 1)]
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(work, *ends) for ends in pairwise(edges)]:
            done.result()
