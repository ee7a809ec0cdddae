"""OR-Library and Holmberg files of covering and location problems, as `Problem`.

Each demand must be served (infinite penalty) and no option needs a site or backhaul. All formats are numbers parted by
blanks, in the order the docstrings give; line breaks carry no meaning.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from netplan.planner import Problem

from .case import Floats


class Numbers:
    """The numbers of a file, taken in order."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        text = path.read_text().split("\0")[0]  # some of Holmberg's files are padded with NUL and leftovers
        self._all = np.array(text.split(), dtype=float)
        self._at = 0

    def floats(self, count: int) -> Floats:
        """The next `count` numbers."""
        part = self._all[self._at : self._at + count]
        if len(part) < count:
            raise ValueError(f"{self._name}: ends after {len(self._all)} numbers, {count - len(part)} more expected")
        self._at += count
        return part

    def whole(self) -> int:
        """The next number, as a count."""
        return int(self.floats(1)[0])

    def end(self) -> None:
        """Check that nothing is left."""
        if self._at != len(self._all):
            raise ValueError(f"{self._name}: {len(self._all) - self._at} numbers too many")


def _serve_all(n: int, cost: Floats, **more: Any) -> Problem:
    """A problem of must-serve demands of weight 1 (unless given) and options without sites."""
    given = {"demand_weight": np.ones(n), "option_needs_backhaul": np.zeros(len(cost), bool)} | more
    return Problem.of(demand_penalty=np.full(n, np.inf), option_cost=cost, **given)


def read_scp(path: Path) -> Problem:
    """Set covering (OR-Library `scp`): rows, columns; the cost of each column; for each row how many columns cover it,
    then which (from 1). A row is a demand, a column an option."""
    file = Numbers(path)
    n, m = file.whole(), file.whole()
    cost = file.floats(m)
    covers = [file.floats(file.whole()).astype(np.int64) - 1 for _ in range(n)]
    file.end()
    row = np.repeat(np.arange(n), [len(some) for some in covers])
    return _covering(n, cost, row, np.concatenate(covers))


def read_rail(path: Path) -> Problem:
    """Set covering (OR-Library `rail`): rows, columns; for each column its cost, how many rows it covers, then which
    (from 1)."""
    file = Numbers(path)
    n, m = file.whole(), file.whole()
    cost = np.zeros(m)
    covered = []
    for column in range(m):
        cost[column] = file.floats(1)[0]
        covered.append(file.floats(file.whole()).astype(np.int64) - 1)
    file.end()
    column_of = np.repeat(np.arange(m), [len(some) for some in covered])
    return _covering(n, cost, np.concatenate(covered), column_of)


def _covering(n: int, cost: Floats, row: np.ndarray, column: np.ndarray) -> Problem:
    pattern = sparse.csr_array((np.ones(len(row)), (row, column)), shape=(n, len(cost)))
    pattern.data[:] = 1.0  # a column named twice in a row still covers it once
    return _serve_all(n, cost, service_use=pattern)


def read_cap(path: Path, *, capacitated: bool, single_source: bool = False) -> Problem:
    """Facility location (OR-Library `cap`): warehouses, customers; capacity and fixed cost of each warehouse; then for
    each customer its demand and the cost of serving all of it from each warehouse.

    A customer's demand may be split unless `single_source`.
    """
    file = Numbers(path)
    m, n = file.whole(), file.whole()
    capacity, fixed = file.floats(2 * m).reshape(m, 2).T
    table = file.floats(n * (m + 1)).reshape(n, m + 1)
    file.end()
    return _location(table[:, 0], table[:, 1:], fixed, capacity if capacitated else None, single_source)


def read_holmberg(path: Path) -> Problem:
    """Single-source capacitated facility location (Holmberg, Rönnqvist & Yuan 1999): plants, customers; capacity and
    fixed cost of each plant; the demand of each customer; then, plant by plant, the cost of serving all of each
    customer from it."""
    file = Numbers(path)
    m, n = file.whole(), file.whole()
    capacity, fixed = file.floats(2 * m).reshape(m, 2).T
    demand = file.floats(n)
    serving = file.floats(m * n).reshape(m, n).T
    file.end()
    return _location(demand, serving, fixed, capacity, True)


def _location(demand: Floats, serving: Floats, fixed: Floats, capacity: Floats | None, whole: bool) -> Problem:
    """Every customer can be served from every plant; `serving` is customers × plants."""
    n, m = serving.shape
    row, column = np.repeat(np.arange(n), m), np.tile(np.arange(m), n)
    return _serve_all(
        n,
        fixed,
        demand_integral=np.full(n, whole),
        option_capacity=capacity,
        service_use=(row, column, np.repeat(demand, m)),
        service_cost=(row, column, serving.ravel()),
    )


def read_pmed(path: Path) -> Problem:
    """p-median (OR-Library `pmed`): nodes, edges, p; then for each edge its ends (from 1) and its length.

    An edge named again replaces the earlier one, as the library's notes ask. Every node is a customer and may be a
    median; distances are shortest paths.
    """
    file = Numbers(path)
    n, edges, p = file.whole(), file.whole(), file.whole()
    length: dict[tuple[int, int], float] = {}
    for u, v, far in file.floats(3 * edges).reshape(edges, 3).tolist():
        length[int(min(u, v)) - 1, int(max(u, v)) - 1] = far
    file.end()
    ends = np.array(list(length), np.int64)
    graph = sparse.csr_array((np.array(list(length.values())), (ends[:, 0], ends[:, 1])), shape=(n, n))
    return p_median(dijkstra(graph, directed=False), p)


def p_median(cost: Floats, p: int) -> Problem:
    """Open exactly p options (a limit row) so that serving everyone costs least; `cost` is customers × options."""
    n, m = cost.shape
    near = np.isfinite(cost)
    row, column = np.nonzero(near)
    return _serve_all(
        n,
        np.zeros(m),
        service_use=(row, column, np.ones(len(row))),
        service_cost=(row, column, cost[near]),
        limit_option=np.ones((1, m)),
        limit_lower=[float(p)],
        limit_upper=[float(p)],
    )
