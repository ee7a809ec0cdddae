"""A mixed-integer programme as arrays."""

from __future__ import annotations

from dataclasses import dataclass

from netplan.planner.model import Model
from netplan.planner.problem import Bools, Floats
from netplan.planner.rows import Rows, stack


@dataclass(frozen=True)
class Program:
    """minimise cost · v + constant over rows, lower ≤ v ≤ upper, v integer where flagged."""

    cost: Floats
    constant: float
    rows: Rows
    lower: Floats
    upper: Floats
    integer: Bools

    @staticmethod
    def of(model: Model, cuts: list[Rows], lower: Floats, upper: Floats) -> Program:
        """A model with cuts, within narrower column bounds."""
        return Program(model.cost, model.constant, stack([model.rows, *cuts]), lower, upper, model.integer)
