"""How far existing equipment of limited capacity serves the demand that it reaches."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from netplan.tables import FloatArray

IntArray = npt.NDArray[np.int64]


def fill(
    row: IntArray,
    option: IntArray,
    reach: FloatArray,
    use: FloatArray,
    rate_mbps: FloatArray,
    capacity: FloatArray,
) -> FloatArray:
    """Share of its row that each pair (row, option) serves when nobody is turned away until equipment is full.

    Each row turns to its best server (highest rate) for as much of it as that reaches, then to the next for what is
    still open. Where all that turn to an option at a time ask for more than it has left, each gets the same part of
    what it asks. What several options reach of a row is taken to be the same part of it as far as it goes (nested),
    so a row is never served beyond the largest reach: an assumption that does not flatter. Where it is known which
    part each reaches, the rows are those parts (`netplan.parts`).

    Args:
        row: k demand rows (0 …).
        option: k options, positions in `capacity`.
        reach: k largest shares of the row that the option reaches.
        use: k capacities that serving the whole row takes.
        rate_mbps: k rates offered.
        capacity: capacity of each option; inf: no limit.

    Returns:
        k shares in [0, reach]; independent of the order of the pairs.
    """
    result = np.zeros(len(row))
    if not len(row):
        return result
    order = np.lexsort((option, -rate_mbps, row))
    rank = pd.Series(row[order]).groupby(row[order]).cumcount().to_numpy()
    left, served = capacity.astype(float).copy(), np.zeros(int(row.max()) + 1)
    for turn in range(int(rank.max()) + 1):
        k = np.sort(order[rank == turn])
        asked = np.maximum(reach[k] - served[row[k]], 0.0)
        load = np.bincount(option[k], asked * use[k], minlength=len(left))
        part = np.ones(len(left))
        short = load > left
        part[short] = np.maximum(left[short], 0.0) / load[short]
        result[k] = asked * part[option[k]]
        served[row[k]] += result[k]
        left -= np.minimum(load, left)
    return result
