"""`Problem`: the whole planning instance as numpy and scipy arrays, with no geometry and no solver."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
from scipy import sparse

from netplan.errors import Fault, InputError
from netplan.planner.checks import checked_arrays

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

TINIEST = 1e-6
"""part of the weight of its members that a target is at least taken to be when its row is scaled"""
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

        Sparse fields may be scipy sparse arrays, dense arrays (zeros are then no part of the pattern), or triples
        (row, col, val) that name each place once. By default an option needs backhaul when it has a site.

        Raises:
            InputError: naming every array that is wrong and what was found.
        """
        return Problem(**checked_arrays(given, tuple(spec.name for spec in fields(Problem))))

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(demands, options, sites, edges)."""
        return len(self.demand_weight), len(self.option_cost), len(self.site_cost), len(self.edge_cost)

    @property
    def target_weight(self) -> sparse.csr_array:
        """What each demand counts for in each target when it is wholly served. Shape (k, n)."""
        return sparse.csr_array(self.target_member.multiply(self.demand_weight[None, :]))

    @property
    def target_scale(self) -> Floats:
        """What the row of each target is divided by, so that tolerances fit weights of any size. Shape (k,).

        The target itself, but no less than a millionth of what all its members weigh; 1 where both are 0.
        """
        scale = np.maximum(self.target_min, TINIEST * (self.target_member @ self.demand_weight))
        return np.where(scale > 0, scale, 1.0)

    @property
    def nodes(self) -> int:
        """Number of nodes of the backhaul graph (highest index in use, plus one)."""
        parts = [self.edge_tail, self.edge_head, self.roots, self.site_node]
        return int(max((int(part.max()) for part in parts if len(part)), default=-1)) + 1

    def save(self, path: Path | str) -> None:
        """Write as compressed ``.npz`` with the field names of the class; a sparse field x as x_row, x_col, x_val.

        The file is written under a temporary name beside `path` and then renamed.
        """
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
        target = Path(path)
        unfinished = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            with unfinished.open("wb") as file:
                np.savez_compressed(file, **out)
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)

    def write(self, path: Path | str, served: float | None = None) -> None:
        """Write the complete model as MPS or LP, by the suffix: .mps, .lp, or either with .gz behind it.

        Any solver's optimum of it is the objective of the problem's best `Solution`, penalties of the unserved
        included. With a budget there are two stages, as in `solve`: the model maximises the weight served, or, given
        ``served``, minimises the cost of serving at least that weight. See `netplan.planner.compact` for the formulas.

        Raises:
            InputError: for another suffix.
            SolverError: when HiGHS, which writes the file, fails.
        """
        from netplan.planner.compact import compact_model
        from netplan.planner.export import write_model

        write_model(compact_model(self, served), Path(path))

    @staticmethod
    def load(path: Path | str) -> Problem:
        """Read what :meth:`save` wrote; absent fields take their default, unknown arrays are ignored.

        Raises:
            InputError: for a file of another kind, and for wrong arrays as in :meth:`of`.
        """
        names = {spec.name for spec in fields(Problem)}
        try:
            with np.load(path, allow_pickle=False) as data:
                stored = {key: data[key] for key in data.files}
        except (ValueError, EOFError, BadZipFile) as error:
            raise InputError(Fault(str(path), f"no file of arrays ({error})", "give a file of Problem.save")) from error
        given: dict[str, Any] = {key: value for key, value in stored.items() if key in names}
        for name in SPARSE:
            parts = [f"{name}_{part}" for part in ("row", "col", "val")]
            if parts[0] in stored or parts[1] in stored:
                row, col = (stored.get(part, np.zeros(0, np.int64)) for part in parts[:2])
                given[name] = (row, col, stored.get(parts[2], np.ones(len(row))))
        return Problem.of(**given)
