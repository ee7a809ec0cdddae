"""A difference between two plans as an interval, and from where on it is shown: for all who put plans side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Protocol

OPTIMAL_GAP = 1e-4
"""A plan proven to within this is called optimal."""
CENT = 0.5
"""Sums of money below this are shown as nothing."""
WHOLE = 0.5
"""Numbers of people nearer to each other than this are shown alike."""
SAME_SERVED = 1e-6
"""Relative difference of weight served below which two plans serve the same: the tolerance of solvers."""
DUST = 1e-9
"""Of an interval's width: what floating point leaves of nothing."""
LEVERS = ("sharing", "impose")
"""Keys of a project that say what of others is open, and what of it must be used."""
OF_PARTY = "leak_value_per_km_year"
"""Of the economics as used: the part of whoever plans, which is not asked for."""
UNTOLD = ("name", "country", "language", "attributions", "assumptions", "scenarios", "solver")
"""Keys of a project that change no problem, only how it is told and how long it is searched."""


def proven_percent(gap: float, places: int = 1) -> float:
    """A proven gap in per cent, rounded up to so many places: it is a proof."""
    steps = 10.0**places
    return math.ceil(gap * 100.0 * steps - 1e-6) / steps


class Asked(Protocol):
    """What two plans are told apart by: whatever reads a written plan has it."""

    @property
    def project(self) -> dict[str, Any]: ...
    @property
    def economics(self) -> dict[str, Any]: ...
    @property
    def summary(self) -> dict[str, Any]: ...


def unlike_keys(reference: Mapping[str, Any], scenario: Mapping[str, Any]) -> set[str]:
    """Keys in which two projects ask for different plans; nothing and absent are the same."""
    keys = {*reference, *scenario}.difference(UNTOLD)
    return {key for key in keys if (reference.get(key) or None) != (scenario.get(key) or None)}


def opens_more(reference: Asked, scenario: Asked) -> int:
    """1 where a scenario differs from the reference in that it may share more and in nothing else; -1 where it may
    share less and differs in nothing else; 0 otherwise, so where levers are imposed on one of them, a network is
    multiplied, not planned, or a layer was another one."""
    terms = [{key: each.economics[key] for key in each.economics if key != OF_PARTY} for each in (reference, scenario)]
    alone = unlike_keys(reference.project, scenario.project) == {"sharing"} and terms[0] == terms[1]
    files = [each.summary.get("inputs") or {} for each in (reference, scenario)]
    alone &= all(files[0][path] == files[1][path] for path in files[0].keys() & files[1].keys())
    if not alone or reference.summary.get("multiplied") or scenario.summary.get("multiplied"):
        return 0
    before, after = ({str(lever) for lever in each.project.get("sharing") or ()} for each in (reference, scenario))
    return 1 if before < after else -1 if after < before else 0


def within_reason(reference: Asked, scenario: Asked, low: float, high: float) -> tuple[float, float]:
    """The interval of what a scenario gains over the reference, in money or in people served, without what cannot be.

    A plan with fewer levers is one with more, so the best plan with more is no worse, whatever the plans found are: a
    gain from further levers alone is not below 0, from fewer alone not above it. That holds of least costs net of what
    operators pay each other, too: the plan is the same, with the same payments. (Of plans found it holds with them
    counted alone, for by that they are chosen.) NaN, and an interval that contradicts this by itself, are left as they
    are.
    """
    return gained(low, high, opens_more(reference, scenario))


def gained(low: float, high: float, more: int) -> tuple[float, float]:
    """The same of a scenario of which it is known whether it opens more (see `opens_more`)."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return low, high
    dust = DUST * (high - low)
    if more > 0 and high >= -dust:
        return max(low, 0.0), max(high, 0.0)
    if more < 0 and low <= dust:
        return min(low, 0.0), min(high, 0.0)
    return low, high


class Interval:
    """`low` and `high` hold what lies between the two best plans there are, NaN where one of them has no bound."""

    low: float
    high: float

    @property
    def bounded(self) -> bool:
        """Both plans have a bound."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def distinguishable(self) -> bool:
        """The interval leaves out zero: one of the two is proven better."""
        return self.bounded and not self.low <= 0.0 <= self.high
