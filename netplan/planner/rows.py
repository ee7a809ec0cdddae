"""Linear rows in triplets, and the layout of the model's columns: the shared language of the blocks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from netplan.planner.network import Network
from netplan.planner.problem import Bools, Floats, Ints, Problem


@dataclass(frozen=True)
class Rows:
    """lower ≤ A x ≤ upper, A in triplets with row numbers from 0."""

    row: Ints
    col: Ints
    value: Floats
    lower: Floats
    upper: Floats

    @staticmethod
    def of(
        row: npt.ArrayLike, col: npt.ArrayLike, value: npt.ArrayLike, lower: npt.ArrayLike, upper: npt.ArrayLike
    ) -> Rows:
        """Rows from anything array-like; the number of rows is the length of `lower`."""
        row_, col_ = np.asarray(row, np.int64), np.asarray(col, np.int64)
        value_ = np.broadcast_to(np.asarray(value, float), row_.shape)
        lower_ = np.atleast_1d(np.asarray(lower, float))
        return Rows(row_, col_, value_, lower_, np.broadcast_to(np.asarray(upper, float), lower_.shape))

    def __len__(self) -> int:
        return len(self.lower)

    def where(self, kept: Bools) -> Rows:
        """Some of the rows, in their order."""
        number = np.cumsum(kept) - 1
        mine = kept[self.row]
        return Rows(number[self.row[mine]], self.col[mine], self.value[mine], self.lower[kept], self.upper[kept])

    def matrix(self, columns: int) -> sparse.csr_array:
        """A as CSR; repeated entries add up."""
        return sparse.csr_array((self.value, (self.row, self.col)), shape=(len(self), columns))


def stack(parts: Iterable[Rows]) -> Rows:
    """The rows of several blocks, one below the other."""
    blocks = list(parts)
    starts = np.cumsum([0] + [len(block) for block in blocks])
    if not blocks:
        return Rows.of([], [], [], np.zeros(0), np.zeros(0))
    return Rows(
        np.concatenate([block.row + start for block, start in zip(blocks, starts[:-1], strict=True)]),
        np.concatenate([block.col for block in blocks]),
        np.concatenate([block.value for block in blocks]),
        np.concatenate([block.lower for block in blocks]),
        np.concatenate([block.upper for block in blocks]),
    )


def difference(left: npt.ArrayLike, right: npt.ArrayLike, scale: npt.ArrayLike = 1.0) -> Rows:
    """Rows left[i] - scale[i] · right[i] ≤ 0 over pairs of columns."""
    left_, right_ = np.asarray(left, np.int64), np.asarray(right, np.int64)
    count = len(left_)
    number = np.arange(count)
    value = np.concatenate([np.ones(count), -np.broadcast_to(np.asarray(scale, float), (count,))])
    return Rows.of(
        np.concatenate([number, number]), np.concatenate([left_, right_]), value, np.full(count, -np.inf), 0.0
    )


@dataclass(frozen=True)
class Layout:
    """Where each family of variables stands: x | y | z | w | b | a | load.

    x: share of a demand served by an option, on the pattern of service_use (row by row)
    y: option open            z: site open          w: site needs backhaul
    b: edge built             a: arc used by the tree that joins sites to the roots
    load: traffic of a site (Mbit/s)
    """

    x: int
    y: int
    z: int
    w: int
    b: int
    a: int
    load: int
    columns: int
    x_demand: Ints
    x_option: Ints

    @staticmethod
    def of(problem: Problem, network: Network) -> Layout:
        n, m, s, e = problem.shape
        entries = problem.service_use.nnz
        starts = np.cumsum([0, entries, m, s, s, e, len(network.tail), s])
        demand = np.repeat(np.arange(n), np.diff(problem.service_use.indptr))
        x, y, z, w, b, a, load, columns = (int(start) for start in starts)
        return Layout(x, y, z, w, b, a, load, columns, demand, problem.service_use.indices.astype(np.int64))
