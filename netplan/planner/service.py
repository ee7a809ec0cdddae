"""How much of what is wanted half-open options can serve: a linear programme that starts from its last answer.

    max Σ x    Σ_{j in g} x_ij ≤ u_g    Σ_i use_ij x_ij ≤ room_j    Σ_{j at s} x_ij ≤ z_s    0 ≤ x_ij ≤ ceiling_ij

From one point of a search to the next only the right-hand sides and the ceilings change, and few of them. Each row's
right-hand side is a fixed column, so that all changes are bounds of columns; an entry and a row come in when they first
matter. The last basis then stays dual feasible, and a few dual simplex steps do instead of more than a thousand.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from netplan.planner.problem import Bools, Floats, Ints

GROWN = 4
"""times the entries that matter that the programme may hold before it is begun afresh"""


@dataclass(frozen=True)
class Entries:
    """What is known of all entries beforehand; rows are the groups, the options and the pairs, in this order."""

    group: Ints
    option: Ints
    """row of each entry's option, -1 where nothing limits it"""
    pair: Ints
    """row of each entry's pair, -1 where it has none"""
    use: Floats
    """part of its option's capacity that the whole of an entry uses"""
    rows: int
    """how many there are"""


class Service:
    """Solves such programmes, in each thread with a solver of its own."""

    def __init__(self, entries: Entries) -> None:
        self.entries = entries
        self._own = threading.local()

    def most(self, entry: Ints, ceiling: Floats, binding: Bools, limit: Floats) -> tuple[Floats, Floats] | None:
        """
        Args:
            entry: the entries that may serve.
            ceiling: of each of them.
            binding: (rows,) the pairs among them that may bind; others are left out where they are not in yet.
            limit: (rows,) right-hand sides, not negative.

        Returns:
            The share of each entry given, and the price ≥ 0 of each row; None where HiGHS does not get there.
        """
        program: _Program | None = getattr(self._own, "program", None)
        if program is not None and program.held <= GROWN * len(entry) + 1000:
            answer = program.most(entry, ceiling, binding, limit)
            if answer is not None:
                return answer
        program = self._own.program = _Program(self.entries)
        return program.most(entry, ceiling, binding, limit)


class _Program:
    def __init__(self, entries: Entries) -> None:
        self.entries = entries
        self.held = 0
        """entries in it"""
        self._column = np.full(len(entries.group), -1, np.int64)
        self._row = np.full(entries.rows, -1, np.int64)
        self._limit = np.full(entries.rows, -1, np.int64)
        """column of each row's right-hand side"""
        self._columns = 0
        self._highs = highspy.Highs()
        for option, value in (("output_flag", False), ("presolve", "off"), ("simplex_scale_strategy", 0)):
            self._highs.setOptionValue(option, value)

    def most(self, entry: Ints, ceiling: Floats, binding: Bools, limit: Floats) -> tuple[Floats, Floats] | None:
        self._take_in(entry, binding)
        upper = np.zeros(self._columns)
        upper[self._column[entry]] = ceiling
        lower = np.zeros(self._columns)
        known = np.flatnonzero(self._row >= 0)
        lower[self._limit[known]] = upper[self._limit[known]] = limit[known]
        highs = self._highs
        highs.changeColsBounds(self._columns, np.arange(self._columns, dtype=np.int32), lower, upper)
        highs.run()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        solution = highs.getSolution()
        price = np.zeros(self.entries.rows)
        price[known] = np.maximum(-np.array(solution.row_dual)[self._row[known]], 0.0)
        return np.array(solution.col_value)[self._column[entry]], price

    def _take_in(self, entry: Ints, binding: Bools) -> None:
        """Add the rows that are new, with their right-hand sides, and the entries that are."""
        entries = self.entries
        wanted = binding.copy()
        wanted[entries.group[entry]] = True
        option = entries.option[entry]
        wanted[option[option >= 0]] = True
        new = np.flatnonzero(wanted & (self._row < 0))
        if len(new):
            self._add_rows(new)
        fresh = entry[self._column[entry] < 0]
        if len(fresh):
            self._add_entries(fresh)

    def _add_rows(self, new: Ints) -> None:
        """Rows, with the entries of new pairs that are in already: no entry comes before its group and its option."""
        entries, highs, count = self.entries, self._highs, len(new)
        self._limit[new] = self._columns + np.arange(count)
        self._add_columns(np.zeros(count), sparse.csc_array((highs.getNumRow(), count)))
        self._row[new] = highs.getNumRow() + np.arange(count)
        place = np.full(entries.rows + 1, -1, np.int64)  # the last one is for entries without a pair, -1
        place[new] = np.arange(count)
        late = np.flatnonzero((self._column >= 0) & (place[entries.pair] >= 0))
        row = np.concatenate([np.arange(count), place[entries.pair[late]]])
        column = np.concatenate([self._limit[new], self._column[late]])
        value = np.concatenate([-np.ones(count), np.ones(len(late))])
        matrix = sparse.csr_array((value, (row, column)), shape=(count, self._columns))
        highs.addRows(
            count, np.full(count, -np.inf), np.zeros(count), matrix.nnz,
            matrix.indptr[:-1].astype(np.int32), matrix.indices.astype(np.int32), matrix.data,
        )  # fmt: skip

    def _add_entries(self, fresh: Ints) -> None:
        entries, count = self.entries, len(fresh)
        self._column[fresh] = self._columns + np.arange(count)
        self.held += count
        option, pair, at = entries.option[fresh], entries.pair[fresh], np.arange(count)
        limited, shared = np.flatnonzero(option >= 0), np.flatnonzero(pair >= 0)
        shared = shared[self._row[pair[shared]] >= 0]
        row = self._row[np.concatenate([entries.group[fresh], option[limited], pair[shared]])]
        column = np.concatenate([at, limited, shared])
        value = np.concatenate([np.ones(count), entries.use[fresh[limited]], np.ones(len(shared))])
        self._add_columns(
            -np.ones(count), sparse.csc_array((value, (row, column)), shape=(self._highs.getNumRow(), count))
        )

    def _add_columns(self, cost: Floats, matrix: sparse.csc_array) -> None:
        none = np.zeros(len(cost))
        self._highs.addCols(
            len(cost), cost, none, none, matrix.nnz,
            matrix.indptr[:-1].astype(np.int32), matrix.indices.astype(np.int32), matrix.data,
        )  # fmt: skip
        self._columns += len(cost)
