"""What a benchmark is made of: a `Case` (an instance) and an `Outcome` (what a method made of it)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
from scipy import sparse

if TYPE_CHECKING:
    from netplan.planner import Problem

    from .geometric import Geometric

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Case:
    """One instance. `build` reads or makes it only when called, so that listing cases costs nothing."""

    family: str
    name: str
    build: Callable[[], Problem]
    published: float | None = None
    certain: bool = True
    """False: `published` is only the best known value, or was never confirmed; beating it is a question, no fault."""
    gap: float = 1e-6
    """relative gap to ask of the engine"""
    smoke: bool = False
    geometric: Geometric | None = None
    """the points behind the case, for other tools that take distances"""


class Plan(Protocol):
    """The arrays of a plan, as in `netplan.planner.Solution`."""

    @property
    def option_open(self) -> Bools: ...
    @property
    def served(self) -> sparse.csr_array: ...
    @property
    def site_open(self) -> Bools: ...
    @property
    def edge_built(self) -> Bools: ...
    @property
    def edge_flow(self) -> Floats: ...
    @property
    def objective(self) -> float: ...


@dataclass(frozen=True)
class Drawn:
    """A plan drawn up by one of the other methods; `bound` is -inf where the method proves nothing."""

    option_open: Bools
    served: sparse.csr_array
    site_open: Bools
    edge_built: Bools
    edge_flow: Floats
    objective: float
    bound: float = float("-inf")


@dataclass(frozen=True)
class Outcome:
    """One row of the table. Values are costs, or weights served where the case has a budget (`maximise`)."""

    family: str
    instance: str
    method: str
    n: int = 0
    m: int = 0
    s: int = 0
    e: int = 0
    published: float | None = None
    certain: bool = True
    maximise: bool = False
    asked_gap: float = 0.0
    status: str = "none"
    found: float | None = None
    bound: float | None = None
    first_plan_s: float | None = None
    seconds: float = 0.0
    memory_mb: float | None = None
    faults: tuple[str, ...] = ()
    note: str = ""

    @property
    def gap(self) -> float | None:
        """Relative distance of what was found from its bound; None without either."""
        if self.found is None or self.bound is None:
            return None
        return apart(self.found, self.bound, self.maximise)

    @property
    def gap_to_published(self) -> float | None:
        """Relative distance of what was found from the published value; negative where it is better."""
        if self.found is None or self.published is None:
            return None
        sign = -1.0 if self.maximise else 1.0
        return sign * (self.found - self.published) / max(abs(self.published), 1e-9)

    def to_dict(self) -> dict[str, Any]:
        """Fields only, for JSON."""
        return asdict(self)

    @staticmethod
    def from_dict(fields: dict[str, Any]) -> Outcome:
        """Read what `to_dict` wrote."""
        return Outcome(**fields | {"faults": tuple(fields.get("faults", ()))})


def apart(found: float, bound: float, maximise: bool = False) -> float:
    """(found - bound) / |found| for a cost, (bound - found) / |found| for a gain; 0 where the two agree."""
    distance = bound - found if maximise else found - bound
    if abs(distance) <= 1e-9 * max(1.0, abs(found)):
        return 0.0
    return distance / max(abs(found), 1e-9)
