"""Does a plan stay within its budget over the range of its inputs? The plan stands as it is; one number is moved.

Plans that spend a budget are told apart by whom they serve, which no price changes while they stand. What prices change
is the sum: whether what was promised for it can still be paid for. Horizon and discount rate are left out, for the
budget is a present value under the plan's own.
"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from netplan.comparison.model import Comparison
from netplan.comparison.sensitivity import KEYS, RANGE, Stand, break_even, cost_at, economic_ranges, moved_by, prices_of
from netplan.comparison.sensitivity_inputs import Input, Range

ALL_ENDS = "all prices at once, each at its low or high end"
FRAME = ("discount_rate", "wacc", "years")
"""Terms under which the budget itself is stated."""
COLUMNS = [*KEYS, *RANGE, "cost_at_low", "cost_at_high", "cost", "budget", "over_at_low", "over_at_high", "swing",
           "fits", "break_even"]  # fmt: skip


def within_budget(comparison: Comparison) -> pd.DataFrame:
    """The tornado table of plans that spend budgets: COLUMNS, by scenario and then the widest swing of its cost first.

    One row per number of the catalogue with a range behind the plan, per economic default but FRAME, for the worth of
    leaks, approvals and spectrum where they are counted, and one for all prices at once, all at the low or all at the
    high end. `over_at_low` and `over_at_high`: by how much the plan costs more than its budget there (negative: what is
    left); `fits`: it does not at either end; `break_even`: the value nearest to the catalogue's at which it costs its
    budget exactly. The first scenario has rows of its own, with itself as the reference. Empty where no two scenarios
    spend a budget.
    """
    if not comparison.more_served:
        return pd.DataFrame(columns=COLUMNS)
    spending = {comparison.names[0], *(each.scenario for each in comparison.more_served)}
    stands = [Stand.of(plan) for plan in comparison.plans if plan.name in spending]
    tables = [_of(stand, comparison.names[0]) for stand in stands if len(stand.items)]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=COLUMNS)


def _of(stand: Stand, reference: str) -> pd.DataFrame:
    economic = economic_ranges(stand.plan, stand.economics)
    spans = moved_by(stand) | {which: span for which, span in economic.items() if which.entry not in FRAME}
    rows = [_row(stand, reference, which, span) for which, span in spans.items()]
    table = pd.DataFrame([*rows, _together(stand, reference, prices_of(spans))], columns=COLUMNS)
    table = table[(table["swing"] > 1e-9 * max(abs(stand.cost), 1.0)) | (table["input"] == ALL_ENDS)]
    return table.sort_values(["swing", "input"], ascending=[False, True], kind="stable")


def _row(stand: Stand, reference: str, which: Input, span: Range) -> dict[str, Any]:
    budget = _budget(stand)

    def left(value: float) -> float:
        return budget - cost_at(stand, which, span, value)

    ends = [cost_at(stand, which, span, end) for end in (span.low, span.high)]
    stated = {
        "input": which.name, **vars(which), "unit": span.unit, "value": span.value, "low": span.low, "high": span.high,
        "assumption": span.assumption, "break_even": break_even(which, span, left),
    }  # fmt: skip
    return _costs(stand, reference, ends) | stated


def _together(stand: Stand, reference: str, prices: dict[Input, Range]) -> dict[str, Any]:
    """All prices at one end: exact, for prices add up."""
    ends = [
        stand.cost + sum(cost_at(stand, which, span, getattr(span, end)) - stand.cost for which, span in prices.items())
        for end in ("low", "high")
    ]
    nothing = {"section": "", "entry": "", "item": "", "field": "", "per": "", "unit": ""}
    unknown = dict.fromkeys(("value", "low", "high", "break_even"), math.nan)
    return _costs(stand, reference, ends) | {"input": ALL_ENDS, **nothing, **unknown, "assumption": True}


def _costs(stand: Stand, reference: str, ends: list[float]) -> dict[str, Any]:
    """What the plan costs at either end, and by how much that is more than its budget."""
    budget, (low, high) = _budget(stand), ends
    slack = 1e-9 * abs(budget)
    return {
        "reference": reference,
        "scenario": stand.plan.name,
        "cost_at_low": low,
        "cost_at_high": high,
        "cost": stand.cost,
        "budget": budget,
        "over_at_low": low - budget,
        "over_at_high": high - budget,
        "swing": max(low, high, stand.cost) - min(low, high, stand.cost),
        "fits": max(low, high) <= budget + slack,
    }


def _budget(stand: Stand) -> float:
    return float(stand.plan.project.get("budget") or math.nan)
