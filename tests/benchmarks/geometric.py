"""Random geometric instances of maximal covering, p-median and set covering: points in a square, Euclidean distances.

Every point is a demand and a possible facility. Maximal covering (Church & ReVelle 1974): p facilities cover as much
weight as they can within a radius. p-median (Hakimi 1964): p facilities serve all at least weighted distance. Set
covering (Toregas et al. 1971): the fewest facilities that cover all within the radius.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from netplan.planner import Problem

from .case import Floats
from .readers_location import p_median

Kind = Literal["cover-most", "p-median", "cover-all"]
SIDE = 100.0


@dataclass(frozen=True)
class Geometric:
    """An instance by its parameters; the same parameters give the same points."""

    kind: Kind
    n: int
    p: int
    radius: float
    seed: int

    @property
    def name(self) -> str:
        """Name that tells instances of a kind apart."""
        return f"n{self.n}-p{self.p}-r{self.radius:g}-s{self.seed}"

    def points(self) -> Floats:
        """(n, 2) coordinates."""
        return np.random.default_rng(self.seed).uniform(0, SIDE, (self.n, 2))

    def weight(self) -> Floats:
        """(n,) whole weights from 1 to 100."""
        return np.random.default_rng([self.seed, 1]).integers(1, 101, self.n).astype(float)

    def distance(self) -> Floats:
        """(n, n) distances, rounded to thousandths so that every tool reads the same numbers."""
        where = self.points()
        far: Floats = np.linalg.norm(where[:, None] - where[None], axis=2)
        return np.round(far, 3)

    def problem(self) -> Problem:
        """The instance for the planner."""
        if self.kind == "p-median":
            return p_median(self.distance() * self.weight()[:, None], self.p)
        row, column = np.nonzero(self.distance() <= self.radius)
        cover = (row, column, np.ones(len(row)))
        without = np.zeros(self.n, bool)
        if self.kind == "cover-all":
            return Problem.of(
                demand_weight=self.weight(),
                demand_penalty=np.full(self.n, np.inf),
                option_cost=np.ones(self.n),
                option_needs_backhaul=without,
                service_use=cover,
            )
        return Problem.of(
            demand_weight=self.weight(),
            option_cost=np.ones(self.n),
            option_needs_backhaul=without,
            service_use=cover,
            budget=float(self.p),
        )


def suite() -> list[Geometric]:
    """The sizes compared: radius and p such that neither nearly all nor nearly nobody is covered."""
    found = []
    for n, p, radius in ((60, 5, 15.0), (200, 8, 12.0), (500, 10, 12.0), (1000, 15, 8.0), (2000, 25, 6.0)):
        kinds: tuple[Kind, ...] = ("cover-most", "p-median", "cover-all")
        found += [Geometric(kind, n, p, radius, seed=n) for kind in kinds if kind != "p-median" or n <= 1000]
    return found
