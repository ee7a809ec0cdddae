"""`Problem`: the whole planning instance as numpy and scipy arrays, with no geometry and no solver."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from netplan.errors import Fault, InputError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

SPARSE = ("target_member", "service_use", "service_cost", "service_max", "limit_option", "limit_site", "limit_edge")


@dataclass(frozen=True)
class Problem:
    """Open sites and options, serve shares of demand within capacity up to targets, connect what is opened.

    n demands, m options, s sites, e edges, k targets, l limit rows; money in one currency, traffic in Mbit/s.

    ``service_use`` (n × m) says by its pattern who can serve whom; ``service_cost`` and ``service_max`` are read
    on that pattern (cost 0 and share 1 where absent). A site with an open option that needs backhaul must be joined
    to one of ``roots`` over built edges. Use :meth:`of` to build one with defaults and validation.
    """

    demand_weight: Floats
    demand_mbps: Floats
    demand_penalty: Floats
    demand_integral: Bools
    target_member: sparse.csr_array
    target_min: Floats
    option_cost: Floats
    option_capacity: Floats
    option_site: Ints
    option_needs_backhaul: Bools
    service_use: sparse.csr_array
    service_cost: sparse.csr_array
    service_max: sparse.csr_array
    site_cost: Floats
    site_node: Ints
    edge_tail: Ints
    edge_head: Ints
    edge_cost: Floats
    edge_capacity: Floats
    edge_site: Ints
    roots: Ints
    limit_option: sparse.csr_array
    limit_site: sparse.csr_array
    limit_edge: sparse.csr_array
    limit_lower: Floats
    limit_upper: Floats
    budget: float | None = None

    @staticmethod
    def of(**given: Any) -> Problem:
        """Build a Problem from arrays, fill defaults, and validate.

        Sparse fields may be scipy sparse arrays, dense arrays, or triples (row, col, val).

        Raises:
            InputError: naming each array that is wrong and what was found.
        """
        return _build(given)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(demands, options, sites, edges)."""
        return len(self.demand_weight), len(self.option_cost), len(self.site_cost), len(self.edge_cost)

    @property
    def nodes(self) -> int:
        """Number of nodes of the backhaul graph (highest index in use, plus one)."""
        parts = [self.edge_tail, self.edge_head, self.roots, self.site_node]
        return int(max((int(part.max()) for part in parts if len(part)), default=-1)) + 1

    def save(self, path: Path | str) -> None:
        """Write as compressed ``.npz`` with the field names of the class; a sparse field x as x_row, x_col, x_val."""
        out: dict[str, Any] = {}
        for spec in fields(self):
            value = getattr(self, spec.name)
            if value is None:
                continue
            if spec.name in SPARSE:
                coo = value.tocoo()
                out |= {f"{spec.name}_row": coo.row, f"{spec.name}_col": coo.col, f"{spec.name}_val": coo.data}
            else:
                out[spec.name] = value
        np.savez_compressed(path, **out)

    @staticmethod
    def load(path: Path | str) -> Problem:
        """Read what :meth:`save` wrote; absent fields take their default, unknown arrays are ignored."""
        names = {spec.name for spec in fields(Problem)}
        given: dict[str, Any] = {}
        with np.load(path, allow_pickle=False) as data:
            for key in data.files:
                if key in names:
                    given[key] = data[key]
            for name in SPARSE:
                if f"{name}_row" in data.files:
                    row, col = data[f"{name}_row"], data[f"{name}_col"]
                    value = data[f"{name}_val"] if f"{name}_val" in data.files else np.ones(len(row))
                    given[name] = (row, col, value)
        if "budget" in given:
            given["budget"] = float(given["budget"])
        return Problem.of(**given)


def _sparse(value: Any, shape: tuple[int, int], name: str, faults: list[Fault]) -> sparse.csr_array:
    """A CSR array of `shape` that keeps explicit zeros (the pattern of service_use has meaning)."""
    if value is None:
        return sparse.csr_array(shape)
    try:
        if isinstance(value, tuple):
            row, col, data = (np.asarray(part) for part in value)
            matrix = sparse.csr_array((data.astype(float), (row.astype(np.int64), col.astype(np.int64))), shape=shape)
        else:
            matrix = sparse.csr_array(value).astype(float)
    except (ValueError, TypeError, IndexError) as error:
        faults.append(Fault(name, f"not a sparse array of shape {shape} ({error})", "check its indices and lengths"))
        return sparse.csr_array(shape)
    if matrix.shape != shape:
        faults.append(Fault(name, f"shape {matrix.shape}", f"give shape {shape}"))
        return sparse.csr_array(shape)
    matrix.sort_indices()
    if not np.isfinite(matrix.data).all():
        faults.append(Fault(name, "NaN or infinite entries", "give finite numbers"))
    elif name not in ("limit_option", "limit_site", "limit_edge") and (matrix.data < 0).any():
        faults.append(Fault(name, f"{int((matrix.data < 0).sum())} negative entries", "give numbers of 0 or more"))
    return matrix


def _dense(value: Any, size: int, default: float, name: str, faults: list[Fault], infinite: bool = False) -> Floats:
    """A float vector of length `size`, non-negative, finite unless `infinite`."""
    array = np.full(size, default) if value is None else np.asarray(value, dtype=float)
    if array.shape != (size,):
        faults.append(Fault(name, f"shape {array.shape}", f"give {size} numbers"))
        return np.full(size, default)
    if np.isnan(array).any() or (not infinite and not np.isfinite(array).all()):
        faults.append(Fault(name, "NaN" if np.isnan(array).any() else "infinite values", "give finite numbers"))
    if (array < 0).any():
        faults.append(Fault(name, f"negative value {array.min():g}", "give numbers of 0 or more"))
    return array


def _index(value: Any, size: int, default: int, limit: int, name: str, faults: list[Fault]) -> Ints:
    """An index vector with values in -1 … limit - 1 (-1: none)."""
    array = np.full(size, default, np.int64) if value is None else np.asarray(value).astype(np.int64)
    if array.shape != (size,):
        faults.append(Fault(name, f"shape {array.shape}", f"give {size} indices"))
        return np.full(size, default, np.int64)
    if len(array) and (array.min() < -1 or array.max() >= limit):
        faults.append(Fault(name, f"index {int(array.min())} … {int(array.max())}", f"use -1 … {limit - 1}"))
    return array


def _build(given: dict[str, Any]) -> Problem:
    faults: list[Fault] = []
    known = {spec.name for spec in fields(Problem)}
    faults += [Fault(name, "unknown array", "use a field of Problem") for name in given if name not in known]
    get = given.get
    n = len(np.atleast_1d(get("demand_weight", [])))
    m = len(np.atleast_1d(get("option_cost", [])))
    s = len(np.atleast_1d(get("site_cost", [])))
    e = len(np.atleast_1d(get("edge_cost", [])))
    k = len(np.atleast_1d(get("target_min", [])))
    lower, upper = get("limit_lower"), get("limit_upper")
    rows = len(lower) if lower is not None else len(upper) if upper is not None else 0
    big = np.iinfo(np.int64).max
    edge_site = get("edge_site")
    edge_site = np.full((e, 2), -1, np.int64) if edge_site is None else np.asarray(edge_site).astype(np.int64)
    if edge_site.shape != (e, 2):
        faults.append(Fault("edge_site", f"shape {edge_site.shape}", f"give {e} × 2 site indices"))
        edge_site = np.full((e, 2), -1, np.int64)
    elif e and (edge_site.min() < -1 or edge_site.max() >= s):
        faults.append(Fault("edge_site", f"index {edge_site.min()} … {edge_site.max()}", f"use -1 … {s - 1}"))
    ends = []
    for name in ("edge_tail", "edge_head", "roots"):
        size = e if name != "roots" else len(np.atleast_1d(get("roots", [])))
        array = _index(get(name), size, 0, big, name, faults)
        if len(array) and array.min() < 0:
            faults.append(Fault(name, "index -1", "name a node of 0 or more"))
        ends.append(array)
    integral = np.zeros(n, bool) if get("demand_integral") is None else np.asarray(get("demand_integral"), bool)
    needs = np.ones(m, bool) if get("option_needs_backhaul") is None else np.asarray(get("option_needs_backhaul"), bool)
    for name, flags, size in (("demand_integral", integral, n), ("option_needs_backhaul", needs, m)):
        if flags.shape != (size,):
            faults.append(Fault(name, f"shape {flags.shape}", f"give {size} flags"))
    budget = get("budget")
    if budget is not None and not (np.isfinite(budget) and budget >= 0):
        faults.append(Fault("budget", f"{budget}", "give a sum of 0 or more, or None"))
    use = _sparse(get("service_use"), (n, m), "service_use", faults)
    limits_lower = np.full(rows, -np.inf) if lower is None else np.asarray(lower, float)
    limits_upper = np.full(rows, np.inf) if upper is None else np.asarray(upper, float)
    for name, array in (("limit_lower", limits_lower), ("limit_upper", limits_upper)):
        if array.shape != (rows,) or np.isnan(array).any():
            faults.append(Fault(name, f"shape {array.shape} or NaN", f"give {rows} bounds"))
    problem = Problem(
        demand_weight=_dense(get("demand_weight"), n, 1.0, "demand_weight", faults),
        demand_mbps=_dense(get("demand_mbps"), n, 0.0, "demand_mbps", faults),
        demand_penalty=_dense(get("demand_penalty"), n, 0.0, "demand_penalty", faults, infinite=True),
        demand_integral=integral,
        target_member=_sparse(get("target_member"), (k, n), "target_member", faults),
        target_min=_dense(get("target_min"), k, 0.0, "target_min", faults),
        option_cost=_dense(get("option_cost"), m, 0.0, "option_cost", faults),
        option_capacity=_dense(get("option_capacity"), m, np.inf, "option_capacity", faults, infinite=True),
        option_site=_index(get("option_site"), m, -1, s, "option_site", faults),
        option_needs_backhaul=needs,
        service_use=use,
        service_cost=_sparse(get("service_cost"), (n, m), "service_cost", faults),
        service_max=_on_pattern(use, get("service_max"), n, m, faults),
        site_cost=_dense(get("site_cost"), s, 0.0, "site_cost", faults),
        site_node=_index(get("site_node"), s, -1, big, "site_node", faults),
        edge_tail=ends[0],
        edge_head=ends[1],
        edge_cost=_dense(get("edge_cost"), e, 0.0, "edge_cost", faults),
        edge_capacity=_dense(get("edge_capacity"), e, np.inf, "edge_capacity", faults, infinite=True),
        edge_site=edge_site,
        roots=ends[2],
        limit_option=_sparse(get("limit_option"), (rows, m), "limit_option", faults),
        limit_site=_sparse(get("limit_site"), (rows, s), "limit_site", faults),
        limit_edge=_sparse(get("limit_edge"), (rows, e), "limit_edge", faults),
        limit_lower=limits_lower,
        limit_upper=limits_upper,
        budget=None if budget is None else float(budget),
    )
    if faults:
        raise InputError(faults)
    return problem


def _on_pattern(use: sparse.csr_array, value: Any, n: int, m: int, faults: list[Fault]) -> sparse.csr_array:
    """service_max on the pattern of service_use, 1 where it is not given."""
    ones = use.copy()
    ones.data = np.ones_like(ones.data)
    if value is None:
        return ones
    given = _sparse(value, (n, m), "service_max", faults).tocoo()
    if (given.data > 1).any():
        faults.append(Fault("service_max", f"share {given.data.max():g}", "give shares of at most 1"))
    keys = np.repeat(np.arange(n), np.diff(use.indptr)) * m + use.indices
    where = np.searchsorted(keys, given.row.astype(np.int64) * m + given.col)
    inside = where < len(keys)
    inside[inside] = keys[where[inside]] == (given.row.astype(np.int64) * m + given.col)[inside]
    ones.data[where[inside]] = given.data[inside]
    return ones
