"""Set covering made smaller: sets that others replace, and elements that are covered whenever others are.

A set goes when another covers all it covers and costs no more; an element goes when all sets of another one cover it,
too. Each makes more of the other, so they take turns until nothing changes (Beasley 1987 names both).
"""

from __future__ import annotations

import numba as nb
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
        replaced = _within(sparse.csr_array(part.T), cost[sets])
        sets = sets[~replaced]
        part = sparse.csr_array(covers[elements][:, sets])
        implied = _around(part)
        elements = elements[~implied]
        if not replaced.any() and not implied.any():
            return elements, sets


def _within(sets: sparse.csr_array, cost: Floats) -> Bools:
    """Sets (rows) that lie within another one that costs no more; of equal ones the first stays."""
    return _nested(sets, cost.astype(float), inner_goes=True)


def _around(elements: sparse.csr_array) -> Bools:
    """Elements (rows) whose sets include all those of another element; of equal ones the first stays."""
    return _nested(elements, np.zeros(elements.shape[0]), inner_goes=False)


def _nested(rows: sparse.csr_array, cost: Floats, *, inner_goes: bool) -> Bools:
    """Rows that lie within another one, or around it, as `_within` and `_around` say."""
    back = sparse.csr_array(rows.T)
    pointer, column = rows.indptr.astype(np.int64), rows.indices.astype(np.int64)
    start, row_of = back.indptr.astype(np.int64), back.indices.astype(np.int64)
    return np.asarray(_find_nested(pointer, column, start, row_of, cost, inner_goes))


@nb.njit(cache=True, nogil=True)
def _find_nested(pointer, column, back, row_of, cost, inner_goes):  # type: ignore[no-untyped-def]
    """Every row against those that share its rarest column: only they can lie around it."""
    rows = len(pointer) - 1
    gone, stamp = np.zeros(rows, np.bool_), np.full(len(back) - 1, -1, np.int64)
    for inner in range(rows):
        size = pointer[inner + 1] - pointer[inner]
        if size == 0:
            gone[inner] = inner_goes  # covers nothing
            continue
        if gone[inner]:  # whatever lies around it lies around a row within it, too
            continue
        rare = column[pointer[inner]]
        for k in range(pointer[inner], pointer[inner + 1]):
            stamp[column[k]] = inner
            if back[column[k] + 1] - back[column[k]] < back[rare + 1] - back[rare]:
                rare = column[k]
        for at in range(back[rare], back[rare + 1]):
            outer = row_of[at]
            larger = pointer[outer + 1] - pointer[outer] - size
            if outer == inner or larger < 0 or gone[outer] or cost[outer] > cost[inner]:
                continue
            if larger == 0 and cost[outer] == cost[inner] and (outer < inner) != inner_goes:
                continue  # of equal ones the first stays
            common = 0
            for k in range(pointer[outer], pointer[outer + 1]):
                common += stamp[column[k]] == inner
            if common < size:
                continue
            if inner_goes:
                gone[inner] = True
                break
            gone[outer] = True
    return gone
