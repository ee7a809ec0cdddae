"""What a comparison holds."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from netplan.asked import asked_apart
from netplan.comparison.budget import MoreServed
from netplan.comparison.read import Written
from netplan.interval import Interval


@dataclass(frozen=True)
class Saving(Interval):
    """What one scenario saves against the first, as a figure and as a proven interval, in money and as a share.

    `low` and `high` hold the saving between the two least-cost plans, whatever they are: bound_A − objective_B and
    objective_A − bound_B, within reason (`netplan.interval.within_reason`), all net of what operators pay each other
    (`netplan.netted`). NaN where a bound is missing.
    """

    reference: str
    scenario: str
    value: float
    low: float
    high: float
    share: float
    """value / objective of the reference."""
    share_low: float
    share_high: float
    unproven: float = math.nan
    """What the two plans leave unproven of their costs: no part of the cost that is smaller is told from nothing."""


@dataclass(frozen=True)
class Difference:
    """What is built in one scenario and not in the first, and the other way round."""

    reference: str
    scenario: str
    sites_only_reference: tuple[str, ...]
    sites_only_scenario: tuple[str, ...]
    sites_both: tuple[str, ...]
    links: pd.DataFrame
    """`medium, km_reference, km_scenario, km_only_reference, km_only_scenario` by geometry (map km)."""
    links_only_reference: tuple[str, ...]
    links_only_scenario: tuple[str, ...]
    """Links of which more than half runs where the other has none of the medium."""


@dataclass(frozen=True)
class Comparison:
    """Scenarios side by side; the first is the reference."""

    plans: tuple[Written, ...]
    table: pd.DataFrame
    """`group, metric, unit`, one column per scenario, and per further scenario `<name> - <first>` and
    `<name> - <first> (%)`."""
    savings: tuple[Saving, ...]
    """Of each further scenario against the first, but for such as spend a budget, both (see `more_served`)."""
    differences: tuple[Difference, ...]
    tower_levers: frozenset[str]
    """Levers that open other owners' masts."""
    notes: tuple[str, ...]
    """What makes the comparison less than like for like."""
    accounts: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Who pays and who is paid (`netplan.comparison.accounts`)."""
    built_apart: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Sites and links that only one of two plans has (`netplan.comparison.built`)."""
    more_served: tuple[MoreServed, ...] = ()
    """Of each further scenario that spends a budget, against the first if that does, too."""
    waterfall: pd.DataFrame | None = None
    """The saving by lever, where it was asked for: `reference, scenario, lever, value, low, high, method,
    distinguishable`."""

    @property
    def names(self) -> list[str]:
        """The scenarios, in the order given."""
        return [plan.name for plan in self.plans]

    @property
    def currency(self) -> str:
        """Currency of every sum."""
        return str(self.plans[0].economics.get("currency") or "USD")

    def within(self, scenario: str) -> MoreServed | None:
        """How many more a scenario serves than the first; None unless both spend a budget."""
        return next((each for each in self.more_served if each.scenario == scenario), None)

    def apart(self, scenario: str) -> list[str]:
        """In what a scenario does not ask the same as the first (`netplan.asked.asked_apart`)."""
        return asked_apart(self.plans[0], next(plan for plan in self.plans if plan.name == scenario))

    def saving(self, scenario: str) -> Saving | None:
        """What a scenario saves against the first; None where both spend a budget."""
        return next((each for each in self.savings if each.scenario == scenario), None)

    def values(self, group: str, metric: str) -> dict[str, float]:
        """One row of the table: scenario -> value."""
        row: Any = self.table[(self.table["group"] == group) & (self.table["metric"] == metric)]
        return {name: float(row[name].iloc[0]) for name in self.names} if len(row) else {}
