"""What the arrays of a `Problem` must be: defaults filled in, and every fault found named with its array."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from netplan.errors import Fault, InputError

MOST_NODES = 10**8
"""node numbers above this are taken for a mistake: nodes are numbered without large holes"""
DEAREST = 1e7
"""times the largest price that a penalty may be: in sums of larger ones doubles and solvers lose the prices"""
PRICES = ("option_cost", "site_cost", "edge_cost", "service_cost")
SIGNED = ("limit_option", "limit_site", "limit_edge")
"""sparse arrays that may hold negative numbers"""


def checked_arrays(given: dict[str, Any], known: tuple[str, ...]) -> dict[str, Any]:
    """Every field of `Problem` from what is given, with defaults and in the types of the class.

    Sizes come from demand_weight (n), option_cost (m), site_cost (s), edge_cost (e), target_min (k) and
    limit_lower or limit_upper (l); the other arrays must agree with them.

    Raises:
        InputError: with every fault found, each naming its array.
    """
    unknown = [name for name in given if name not in known]
    read = Reader(given, [Fault(name, "unknown array", "use a field of Problem") for name in unknown])
    sizes = ("demand_weight", "option_cost", "site_cost", "edge_cost", "target_min")
    n, m, s, e, k = (read.length(name) for name in sizes)
    rows = read.length("limit_lower" if given.get("limit_lower") is not None else "limit_upper")
    site = read.index("option_site", (m,), -1, -1, s)
    use = read.matrix("service_use", (n, m))
    arrays = {
        "demand_weight": read.vector("demand_weight", n, 0.0),
        "demand_mbps": read.vector("demand_mbps", n, 0.0),
        "demand_penalty": read.vector("demand_penalty", n, 0.0, infinite=True),
        "demand_integral": read.flags("demand_integral", np.zeros(n, bool)),
        "target_member": read.matrix("target_member", (k, n)),
        "target_min": read.vector("target_min", k, 0.0),
        "option_cost": read.vector("option_cost", m, 0.0),
        "option_capacity": read.vector("option_capacity", m, np.inf, infinite=True),
        "option_site": site,
        "option_needs_backhaul": read.flags("option_needs_backhaul", site >= 0),
        "service_use": use,
        "service_cost": read.matrix("service_cost", (n, m)),
        "service_max": _on_pattern(use, read.matrix("service_max", (n, m)), given.get("service_max") is not None),
        "site_cost": read.vector("site_cost", s, 0.0),
        "site_node": read.index("site_node", (s,), -1, -1, MOST_NODES),
        "edge_tail": read.index("edge_tail", (e,), 0, 0, MOST_NODES),
        "edge_head": read.index("edge_head", (e,), 0, 0, MOST_NODES),
        "edge_cost": read.vector("edge_cost", e, 0.0),
        "edge_capacity": read.vector("edge_capacity", e, np.inf, infinite=True),
        "edge_site": read.index("edge_site", (e, 2), -1, -1, s),
        "roots": read.index("roots", (read.length("roots"),), 0, 0, MOST_NODES),
        "limit_option": read.matrix("limit_option", (rows, m)),
        "limit_site": read.matrix("limit_site", (rows, s)),
        "limit_edge": read.matrix("limit_edge", (rows, e)),
        "limit_lower": read.bounds("limit_lower", rows, -np.inf),
        "limit_upper": read.bounds("limit_upper", rows, np.inf),
        "budget": read.sum_of_money("budget"),
    }
    _agree(read, arrays)
    if read.faults:
        raise InputError(read.faults)
    return arrays


@dataclass
class Reader:
    """Reads arrays by name; a wrong one leaves a fault, and a default of the right shape so that reading goes on."""

    given: dict[str, Any]
    faults: list[Fault] = field(default_factory=list)

    def fault(self, name: str, found: str, to_do: str) -> None:
        self.faults.append(Fault(name, found, to_do))

    def wrong(self, *names: str) -> bool:
        """Whether a fault has been found in any of these arrays."""
        return any(fault.place in names for fault in self.faults)

    def length(self, name: str) -> int:
        """Number of entries given for `name`; 0 when it is absent or no array."""
        try:
            return len(np.atleast_1d(np.asarray(self.given.get(name, ()) if self.given.get(name) is not None else ())))
        except ValueError:
            return 0

    def numbers(self, name: str, shape: tuple[int, ...]) -> npt.NDArray[np.float64] | None:
        """The array as floats of `shape`, or None when it is absent or (with a fault) no such array."""
        value = self.given.get(name)
        if value is None:
            return None
        array = self._floats(name, value)
        if array is None or array.shape == shape or (not array.size and 0 in shape):
            return array if array is None else array.reshape(shape)
        size = " × ".join(map(str, shape))
        self.fault(name, f"shape {array.shape}", f"give {size} numbers, as many as the other arrays have rows")
        return None

    def _floats(self, name: str, value: Any) -> npt.NDArray[np.float64] | None:
        try:
            raw = np.asarray(value)
            if raw.dtype.kind in "biufO":
                return np.array(raw, dtype=np.float64)
            found = f"values of type {raw.dtype}"
        except (ValueError, TypeError) as error:
            found = f"not an array of numbers ({error})"
        self.fault(name, found, "give numbers")
        return None

    def vector(self, name: str, size: int, default: float, infinite: bool = False) -> npt.NDArray[np.float64]:
        """`size` numbers of 0 or more, finite unless `infinite`."""
        array = self.numbers(name, (size,))
        if array is None:
            return np.full(size, default)
        self._bad(name, array, np.isnan(array), "NaN", "give numbers")
        if not infinite:
            self._bad(name, array, np.isposinf(array), "infinite", "give finite numbers")
        self._bad(name, array, array < 0, "negative", "give numbers of 0 or more")
        return array

    def bounds(self, name: str, size: int, none: float) -> npt.NDArray[np.float64]:
        """`size` bounds, `none` (one of the infinities) where there is no bound."""
        array = self.numbers(name, (size,))
        if array is None:
            return np.full(size, none)
        self._bad(name, array, np.isnan(array), "NaN", "give numbers")
        self._bad(name, array, array == -none, "infinite", f"give finite bounds, or {none} for none")
        return array

    def index(self, name: str, shape: tuple[int, ...], default: int, least: int, limit: int) -> npt.NDArray[np.int64]:
        """Whole numbers from `least` to `limit` − 1."""
        array = self.numbers(name, shape)
        if array is None:
            return np.full(shape, default, np.int64)
        where = "give whole numbers" + (", −1 for none" if least < 0 else "")
        broken = ~np.isfinite(array)
        broken[~broken] = array[~broken] % 1 != 0
        self._bad(name, array, broken, "no index", where)
        out = ~broken & ((array < least) | (array >= limit))
        self._bad(name, array, out, "out of range", f"use {least} … {limit - 1}" if limit > least else "there are none")
        return np.where(broken | out, default, array).astype(np.int64)

    def flags(self, name: str, default: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """True or False (or 1 and 0), as many as in `default`."""
        array = self.numbers(name, default.shape)
        if array is None:
            return default
        self._bad(name, array, (array != 0) & (array != 1), "no flag", "give True or False")
        return np.asarray(array == 1)

    def sum_of_money(self, name: str) -> float | None:
        """One finite number of 0 or more, or None."""
        value = self.given.get(name)
        array = None if value is None else self._floats(name, value)
        if array is None:
            return None
        if array.size != 1 or not np.isfinite(array).all() or (array < 0).any():
            self.fault(name, f"{value}", "give a sum of 0 or more, or None")
            return None
        return float(array.reshape(()))

    def matrix(self, name: str, shape: tuple[int, int]) -> sparse.csr_array:
        """A sparse array of `shape` from a sparse or dense array or a triple (row, col, val); explicit zeros are kept.

        A place given twice is a fault: it is open whether the values add up or replace each other.
        """
        empty = sparse.csr_array(shape)
        value = self.given.get(name)
        triple = None if value is None else self._triple(name, value, shape)
        if triple is None:
            return empty
        row, col, data = triple
        key = row * max(shape[1], 1) + col
        key.sort()  # np.unique takes fifty times as long for millions of them
        again = key[1:][key[1:] == key[:-1]]
        if len(again):
            place = (int(again[0]) // max(shape[1], 1), int(again[0]) % max(shape[1], 1))
            self.fault(name, f"{len(again)} entries repeat a place, the first at {place}", "give each place once")
        self._bad(name, data, ~np.isfinite(data), "NaN or infinite", "give finite numbers")
        if name not in SIGNED:
            self._bad(name, data, data < 0, "negative", "give numbers of 0 or more")
        if name == "target_member":
            self._bad(name, data, np.isfinite(data) & (data > 0) & (data != 1), "no member", "give 0 or 1")
        if name == "service_max":
            self._bad(name, data, np.isfinite(data) & (data > 1), "above the whole", "give shares of at most 1")
        matrix = sparse.csr_array((data, (row, col)), shape=shape)
        matrix.sort_indices()
        return matrix

    def _triple(
        self, name: str, value: Any, shape: tuple[int, int]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]] | None:
        """(row, col, val) of whatever form the array was given in, or None with a fault."""
        if isinstance(value, tuple):
            parts = [self._floats(name, part) for part in value]
            if any(part is None for part in parts):
                return None
            if len(parts) != 3 or len({part.shape for part in parts if part is not None and part.ndim == 1}) != 1:
                self.fault(name, f"{len(parts)} parts of different lengths", "give (row, col, val) of one length")
                return None
            numbers = [part for part in parts if part is not None]
            for part, size, axis in zip(numbers[:2], shape, ("row", "column"), strict=True):
                inside = (part >= 0) & (part < size) & (part % 1 == 0) if len(part) else np.ones(0, bool)
                if not inside.all():
                    found = f"{axis} {part[~inside][0]:g} at entry {np.flatnonzero(~inside)[0]}"
                    self.fault(name, found, f"use whole numbers from 0 to {size - 1}" if size else "there are none")
                    return None
            return numbers[0].astype(np.int64), numbers[1].astype(np.int64), numbers[2]
        if not sparse.issparse(value):
            dense = self._floats(name, value)
            if dense is None:
                return None
            value = dense
        if value.shape != shape:
            self.fault(name, f"shape {value.shape}", f"give shape {shape}")
            return None
        coo = sparse.coo_array(value)
        return coo.row.astype(np.int64), coo.col.astype(np.int64), coo.data.astype(np.float64)

    def _bad(
        self, name: str, array: npt.NDArray[np.float64], wrong: npt.NDArray[np.bool_], what: str, to_do: str
    ) -> None:
        """A fault for the entries flagged wrong: how many, and the first."""
        if not wrong.any():
            return
        first = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
        place = ", ".join(str(int(part)) for part in first)
        count = int(wrong.sum())
        more = f" (and {count - 1} more)" if count > 1 else ""
        self.fault(name, f"{what}: {array[first]:g} at entry {place}{more}", to_do)


def _agree(read: Reader, arrays: dict[str, Any]) -> None:
    """What two arrays must agree on, where both are right by themselves."""
    lower, upper = arrays["limit_lower"], arrays["limit_upper"]
    if not read.wrong("limit_lower", "limit_upper") and (lower > upper).any():
        row = int(np.argmax(lower > upper))
        found = f"{lower[row]:g} at entry {row} is above limit_upper {upper[row]:g}"
        read.fault("limit_lower", found, "give a lower bound of at most the upper")
    if not read.wrong("demand_penalty", *PRICES):
        _weighable(read, arrays)
    needs, site = arrays["option_needs_backhaul"], arrays["option_site"]
    if read.wrong("option_needs_backhaul", "option_site"):
        return
    homeless = needs & (site < 0)
    if homeless.any():
        count, first = int(homeless.sum()), int(np.argmax(homeless))
        read.fault(
            "option_needs_backhaul",
            f"True for {count} options without a site, the first at entry {first}",
            "give them a site in option_site, or False",
        )
    if (needs & ~homeless).any() and not len(arrays["roots"]) and not read.wrong("roots"):
        read.fault("roots", "empty, with options that need backhaul", "name at least one node")


def _weighable(read: Reader, arrays: dict[str, Any]) -> None:
    """A fault where penalties are so large that prices beside them are lost in rounding."""
    priced = (arrays["service_cost"].data if name == "service_cost" else arrays[name] for name in PRICES)
    most = DEAREST * max(float(prices.max(initial=0.0)) for prices in priced)
    penalty = np.where(np.isfinite(arrays["demand_penalty"]), arrays["demand_penalty"], 0.0)
    if most and (penalty > most).any():
        row = int(np.argmax(penalty > most))
        found = f"{penalty[row]:g} at entry {row}, beside which the prices are lost in rounding"
        read.fault("demand_penalty", found, f"give at most {most:g}, or inf for what must be served")


def _on_pattern(use: sparse.csr_array, given: sparse.csr_array, named: bool) -> sparse.csr_array:
    """service_max on the pattern of service_use, 1 where it is not given."""
    out = use.copy()
    out.data = np.ones_like(out.data)
    if not named or not out.nnz:
        return out
    width = use.shape[1]
    keys = np.repeat(np.arange(use.shape[0]), np.diff(use.indptr)) * width + use.indices
    coo = given.tocoo()
    wanted = coo.row.astype(np.int64) * width + coo.col
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    hit = keys[place] == wanted
    out.data[place[hit]] = coo.data[hit]
    return out
