"""What a plan hangs on that is paid once for the whole of it: approvals by owners, and the price of spectrum held."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from netplan.catalogue.schema import HELD, Quantity
from netplan.comparison.read import Written
from netplan.comparison.sensitivity_inputs import USD, Input, Range, price_at, range_of
from netplan.consents import APPROVAL_CATEGORY, APPROVAL_UNIT
from netplan.costs import OPERATOR, Economics

APPROVAL = "Approval by an owner"
"""Item of such an input: each owner and medium is one, whatever it is called."""
SPECTRUM = "spectrum_per_mhz_head"
"""Key of the economics."""
SPECTRUM_UNIT = "MHz-head"


def fee_ranges(plan: Written, economics: Economics) -> dict[Input, Range]:
    """The catalogue's price of an approval for each medium with links that need one, and that of spectrum where the
    plan pays for spectrum: those with a range, and none that the project states itself."""
    found = {}
    for medium in _approvals(plan).index:
        span = range_of((plan.catalogue.get("media", {}).get(medium, {}).get("approval") or {}).get("cost"))
        if span is not None:
            found[Input("media", medium, APPROVAL, "capex", APPROVAL_UNIT)] = span
    span = range_of(plan.economic_defaults.get(SPECTRUM))
    if span is not None and _held(plan, economics) > 0:
        low, value, high = (price_at(economics, span, end) for end in (span.low, span.value, span.high))
        unit = span.unit.replace(USD, economics.currency)
        found[Input("economics", SPECTRUM, "", "value")] = replace(span, low=low, value=value, high=high, unit=unit)
    return found


def approval_change(plan: Written, economics: Economics, which: Input, span: Range, value: float) -> float:
    """By how much the plan costs more when an approval of one medium costs `value`: each is paid once, for good."""
    more = price_at(economics, span, value) - price_at(economics, span, span.value)
    count = float(_approvals(plan).get(which.entry, 0.0))
    return count * float(economics.npv(more, 0.0, float("nan"), APPROVAL_CATEGORY))


def spectrum_change(plan: Written, economics: Economics, span: Range, value: float) -> float:
    """By how much the plan costs more when a licence costs `value` for each MHz and head."""
    more = _held(plan, economics) * (value - span.value)
    return float(economics.npv(more, 0.0, economics.spectrum_licence_years, HELD))


def fee_escalation(plan: Written, economics: Economics, growth: float) -> float:
    """By how much more the plan pays at the catalogue's prices of spectrum and approvals where prices rise `growth`
    times as fast a year from the year that each is of; 0 for what the project states itself.

    Args:
        economics: with the other escalation already.
    """

    def more(price: Any) -> float:
        """Of one unit, in the project's currency: at this escalation less at the plan's."""
        if not isinstance(price, dict) or price.get("year") is None:
            return 0.0
        now = economics.price(Quantity(value=float(price["value"]), unit="", year=int(price["year"]), source=""))
        return now * (1.0 - growth ** (int(price["year"]) - economics.price_year))

    held = _held(plan, economics) * more(plan.economic_defaults.get(SPECTRUM))
    asked = [
        count * more((plan.catalogue.get("media", {}).get(str(medium), {}).get("approval") or {}).get("cost"))
        for medium, count in _approvals(plan).items()
    ]
    fees = economics.npv(sum(asked), 0.0, float("nan"), APPROVAL_CATEGORY)
    return float(economics.npv(held, 0.0, economics.spectrum_licence_years, HELD) + fees)


def _approvals(plan: Written) -> pd.Series:
    """Medium -> how many approvals its links need, one for each owner (and operator), but those that the project
    prices itself."""
    links = plan.tables["links"]
    stated = plan.project.get("approval") or {}
    own = {owner for owner, terms in stated.items() if (terms or {}).get("cost") is not None}
    rows = links[(links["owner"] != "") & ~links["owner"].isin(own)]
    keys = [key for key in ("operator", "owner", "medium") if key in rows]
    counts: pd.Series = rows[keys].drop_duplicates()["medium"].value_counts()
    return counts


def _held(plan: Written, economics: Economics) -> float:
    """MHz times heads that the plan pays the catalogue's price for."""
    fees = (plan.project.get("economics") or {}).get("spectrum") or {}
    if economics.perspective != OPERATOR or fees.get("per_mhz_head") is not None:
        return 0.0
    costs = plan.tables["costs"]
    held = costs[(costs["category"] == HELD) & (costs["unit"] == SPECTRUM_UNIT) & (costs["capex"] > 0)]
    return float(held["quantity"].sum())
