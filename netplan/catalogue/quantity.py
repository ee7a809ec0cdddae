"""A number of the catalogue: value, unit, year, source, range."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """Immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Quantity(Frozen):
    """A number with its unit, year, source and plausible range."""

    value: float
    unit: str
    year: int | None = None
    """Year of the price or of the statement; money is brought to the project's price year from it."""
    source: str
    low: float | None = None
    high: float | None = None
    assumption: bool = False
    """True when no public figure stands behind it; `source` then says what it was reasoned from."""
    note: str = ""
