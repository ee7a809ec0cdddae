"""Set covering made smaller: sets that others replace, and elements that are covered whenever others are.

A set goes when another covers all it covers and costs no more; an element goes when all sets of another one cover it,
too. Each makes more of the other, so they take turns until nothing changes (Beasley 1987 names both).
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from netplan.planner.problem import Bools, Floats, Ints


def reduced_cover(covers: sparse.csr_array, cost: Floats) -> tuple[Ints, Ints]:
    """(elements, sets) that are left. Some cheapest cover of the given problem uses only these sets.

    Args:
        covers: (elements, sets) with a one where a set covers an element.
        cost: (sets,) at least 0.
    """
    elements, sets = np.arange(covers.shape[0]), np.arange(covers.shape[1])
    while True:
        part = sparse.csr_array(covers[elements][:, sets])
        replaced = _within(part.T.tocsr(), cost[sets])
        sets = sets[~replaced]
        part = sparse.csr_array(covers[elements][:, sets])
        implied = _around(part)
        elements = elements[~implied]
        if not replaced.any() and not implied.any():
            return elements, sets


def _within(sets: sparse.csr_array, cost: Floats) -> Bools:
    """Sets (rows) that lie within another one that costs no more; of equal ones the first stays."""
    size = np.diff(sets.indptr)
    common = (sets @ sets.T).tocoo()
    inner, outer = common.row, common.col
    inside = (common.data >= size[inner] - 0.5) & (inner != outer)
    inner, outer = inner[inside], outer[inside]
    alike = (cost[outer] == cost[inner]) & (size[outer] == size[inner])
    gone = (cost[outer] <= cost[inner]) & (~alike | (outer < inner))
    flags = size == 0
    flags[inner[gone]] = True
    return np.asarray(flags)


def _around(elements: sparse.csr_array) -> Bools:
    """Elements (rows) whose sets include all those of another element; of equal ones the first stays."""
    size = np.diff(elements.indptr)
    common = (elements @ elements.T).tocoo()
    fewer, more = common.row, common.col
    inside = (common.data >= size[fewer] - 0.5) & (fewer != more) & (size[fewer] > 0)
    fewer, more = fewer[inside], more[inside]
    gone = (size[more] > size[fewer]) | (fewer < more)
    flags = np.zeros(elements.shape[0], bool)
    flags[more[gone]] = True
    return flags
