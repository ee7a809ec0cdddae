"""Linear programmes too large for a factorisation: primal-dual hybrid gradients with reflected Halpern steps.

    minimise cost · x   over   lower ≤ A x ≤ upper,  least ≤ x ≤ most (all finite)

With the rows' multipliers v and the map T(x, v) of one step

    x⁺ = clip(x − τ (cost − Aᵀ v)),   v⁺ = the multipliers nearest to v − σ A (2 x⁺ − x), priced by lower and upper,

the iterates follow z ← (k+1)/(k+2) · (2 T(z) − z) + z₀/(k+2): twice the step, drawn back to where the run began (Lu and
Yang 2024, restarted Halpern PDHG). A run begins anew where it stands once z − T(z) has shrunk enough, with the weight
ω = √(σ/τ) between money and rows moved towards the distances gone. Matrices are scaled first (Ruiz, then Pock and
Chambolle) as in PDLP (Applegate et al. 2021), whose steps in OR-Tools take about four times as long to as good
multipliers on the relaxations of large districts.

Columns and multipliers are kept in single precision, half the memory to read: whoever needs a bound computes it from
the multipliers, in double precision.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numba as nb
import numpy as np
import numpy.typing as npt
from scipy import sparse

from netplan.planner.problem import Floats

LOOK = 50
"""steps between two looks at the clock and at how far z is from T(z)"""
ENOUGH, SOME, LONG = 0.2, 0.8, 0.36
"""a run ends when z − T(z) is this part of what it was at first; or that part, and growing; or the run is that part of
all steps"""
STEP = 0.99
"""√(τσ); the last scaling makes the norm of A at most 1"""
RANGE = 1e2
"""times the usual weight, or that part of it, that the weight stays within"""
NEVER = np.float32(1e30)
"""stands for a side that a row does not have"""


@dataclass(frozen=True)
class Answer:
    """Where the steps ended."""

    x: Floats
    dual: Floats
    """multipliers of the rows: positive where the lower side holds, negative where the upper one does"""
    weight: float
    """ω, to go on with in the next programme of the kind"""
    steps: int
    solved: bool
    """whether cost and multipliers agree to the precision asked for"""


def minimise(
    matrix: sparse.csr_array,
    cost: Floats,
    columns: tuple[Floats, Floats],
    rows: tuple[Floats, Floats],
    start: tuple[Floats, Floats],
    seconds: float,
    *,
    left_s: float = np.inf,
    weight: float | None = None,
    precision: float = 1e-4,
) -> Answer:
    """Take steps from a start for about the given time, or until gap and rows are within the precision, relatively.

    The time is this thread's own, so that on a busy machine as many steps are taken as on an idle one.

    Args:
        matrix: A, shape (rows, columns).
        columns: (least, most), finite.
        rows: (lower, upper), −inf and inf where a side is missing.
        start: (x, multipliers); zeros will do.
        left_s: seconds of wall time after which it ends at the latest.
        weight: ω of an earlier answer.
    """
    until, latest = time.thread_time() + seconds, time.monotonic() + left_s
    by_row, by_column = _scales(matrix)
    scaled = sparse.csr_array(sparse.diags_array(by_row) @ matrix @ sparse.diags_array(by_column))
    laid = _laid(scaled, cost * by_column, columns[0] / by_column, columns[1] / by_column, *(
        np.clip(side * by_row, -NEVER, NEVER) for side in rows
    ))  # fmt: skip
    sides = np.where(np.isfinite(rows[0]), rows[0], np.where(np.isfinite(rows[1]), rows[1], 0.0))
    size = float(np.linalg.norm(sides * by_row))
    usual = float(np.linalg.norm(cost * by_column)) / size if size > 0 else 1.0
    usual = usual if usual > 0 else 1.0
    weight = usual if weight is None else _within(weight, usual)
    x, v = (start[0] / by_column).astype(np.float32), (start[1] / by_row).astype(np.float32)
    x_next, v_next = x.copy(), v.copy()
    total = 0
    while True:
        x_first, v_first = x.copy(), v.copy()
        run, first, last = 0, np.inf, np.inf
        while True:
            _steps(laid, x, v, x_first, v_first, run, LOOK, STEP / weight, STEP * weight)
            run += LOOK
            far = _far(laid, x, v, x_next, v_next, STEP / weight, STEP * weight)
            first = far if run == LOOK else first
            late = time.thread_time() > until or time.monotonic() > latest
            ends = far <= ENOUGH * first or (far <= SOME * first and far > last) or run >= LONG * (total + run)
            if late or (ends and run > LOOK):
                break
            last = far
        total += run
        gap, size, missing = _agreement(laid, x_next, v_next, 1.0 / by_row)
        solved = gap <= precision * (1.0 + size) and missing <= precision * (1.0 + float(np.linalg.norm(sides)))
        if solved or late:
            return Answer(
                np.clip(x_next * by_column, *columns), v_next.astype(float) * by_row, float(weight), total, solved
            )
        gone_x, gone_v = float(np.linalg.norm(x_next - x_first)), float(np.linalg.norm(v_next - v_first))
        if gone_x > 1e-9 and gone_v > 1e-9:
            weight = _within(float(np.sqrt(weight * gone_v / gone_x)), usual)
        x, v = x_next.copy(), v_next.copy()


def _within(weight: float, usual: float) -> float:
    """The weight, not so far from the usual one that steps on one side would be none: x that hardly moves drives it."""
    return min(max(weight, usual / RANGE), usual * RANGE)


def _scales(matrix: sparse.csr_array) -> tuple[Floats, Floats]:
    """Factors of rows and columns: ten times the root of the largest, then once the root of the sum."""
    size = abs(matrix).tocsr()
    row = np.repeat(np.arange(size.shape[0]), np.diff(size.indptr))
    by_row, by_column = np.ones(size.shape[0]), np.ones(size.shape[1])
    _even_out(size.indptr, size.indices, size.data, by_row, by_column, 10)
    value = size.data * by_row[row] * by_column[size.indices]
    rows, columns = np.bincount(row, value, len(by_row)), np.bincount(size.indices, value, len(by_column))
    return by_row / np.sqrt(np.where(rows > 0, rows, 1.0)), by_column / np.sqrt(np.where(columns > 0, columns, 1.0))


@nb.njit(cache=True, nogil=True)
def _even_out(pointer, index, value, by_row, by_column, rounds):  # type: ignore[no-untyped-def]
    """Divide rows and columns by the roots of their largest entries, some times over (Ruiz)."""
    for _ in range(rounds):
        largest = np.zeros(len(by_column))
        in_row = np.zeros(len(by_row))
        for i in range(len(by_row)):
            for k in range(pointer[i], pointer[i + 1]):
                size = value[k] * by_row[i] * by_column[index[k]]
                in_row[i] = max(in_row[i], size)
                largest[index[k]] = max(largest[index[k]], size)
        for i in range(len(by_row)):
            if in_row[i] > 0:
                by_row[i] /= np.sqrt(in_row[i])
        for j in range(len(by_column)):
            if largest[j] > 0:
                by_column[j] /= np.sqrt(largest[j])


def _laid(matrix: sparse.csr_array, *vectors: Floats) -> tuple[npt.NDArray[Any], ...]:
    """The matrix by columns (pointers, places, values), and the vectors, in single precision."""
    by = matrix.tocsc()
    laid = by.indptr.astype(np.int32), by.indices.astype(np.int32), by.data.astype(np.float32)
    return (*laid, *(vector.astype(np.float32) for vector in vectors))


@nb.njit(cache=True, nogil=True, fastmath=True)
def _steps(laid, x, v, x_first, v_first, run, count, tau, sigma):  # type: ignore[no-untyped-def]
    """`count` steps in place, of which `run` were taken since (x_first, v_first).

    A column's entries are read once a step: for its slope, and right after it for what its rows come to.
    """
    ptr, row, value, cost, least, most, lower, upper = laid
    t, s = np.float32(tau), np.float32(sigma)
    two, none = np.float32(2.0), np.float32(0.0)
    sums = np.empty(len(v), np.float32)
    for k in range(run, run + count):
        new, old = np.float32((k + 1.0) / (k + 2.0)), np.float32(1.0 / (k + 2.0))
        sums[:] = none
        for j in range(len(cost)):
            slope = cost[j]
            for p in range(ptr[j], ptr[j + 1]):
                slope -= value[p] * v[row[p]]
            twice = two * min(max(x[j] - t * slope, least[j]), most[j]) - x[j]
            x[j] = new * twice + old * x_first[j]
            for p in range(ptr[j], ptr[j + 1]):
                sums[row[p]] += value[p] * twice
        for i in range(len(v)):
            to = v[i] - s * sums[i]
            to = max(to + s * lower[i], none) + min(to + s * upper[i], none)
            v[i] = new * (two * to - v[i]) + old * v_first[i]


@nb.njit(cache=True, nogil=True, fastmath=True)
def _far(laid, x, v, x_next, v_next, tau, sigma):  # type: ignore[no-untyped-def]
    """Write T(z) to (x_next, v_next); how far it is from z, in the norm in which T never leads apart."""
    ptr, row, value, cost, least, most, lower, upper = laid
    t, s = np.float32(tau), np.float32(sigma)
    two, none = np.float32(2.0), np.float32(0.0)
    after, moves = np.zeros(len(v), np.float32), np.zeros(len(v), np.float32)
    squares = 0.0
    for j in range(len(cost)):
        slope = cost[j]
        for p in range(ptr[j], ptr[j + 1]):
            slope -= value[p] * v[row[p]]
        x_next[j] = min(max(x[j] - t * slope, least[j]), most[j])
        moved = x_next[j] - x[j]
        squares += moved**2 / tau
        for p in range(ptr[j], ptr[j + 1]):
            after[row[p]] += value[p] * x_next[j]
            moves[row[p]] += value[p] * moved
    for i in range(len(v)):
        to = v[i] - s * (after[i] + moves[i])
        v_next[i] = max(to + s * lower[i], none) + min(to + s * upper[i], none)
        moved = v_next[i] - v[i]
        squares += moved * moved / sigma + two * moved * moves[i]
    return np.sqrt(max(squares, 0.0))


@nb.njit(cache=True, nogil=True)
def _agreement(laid, x, v, unscale):  # type: ignore[no-untyped-def]
    """(distance of cost and bound, the sum of their sizes, norm of what rows lack)."""
    ptr, row, value, cost, least, most, lower, upper = laid
    primal, dual, lack = 0.0, 0.0, 0.0
    sums = np.zeros(len(v))
    for j in range(len(cost)):
        slope = float(cost[j])
        for p in range(ptr[j], ptr[j + 1]):
            slope -= value[p] * v[row[p]]
            sums[row[p]] += value[p] * x[j]
        primal += cost[j] * x[j]
        dual += min(slope * least[j], slope * most[j])
    for i in range(len(v)):
        missing = max(lower[i] - sums[i], 0.0, sums[i] - upper[i]) * unscale[i]
        lack += missing * missing
        dual += v[i] * lower[i] if v[i] > 0 else (v[i] * upper[i] if v[i] < 0 else 0.0)
    return abs(primal - dual), abs(primal) + abs(dual), np.sqrt(lack)
