"""What one network for several operators hangs on: by how much each further operator makes a part of it dearer.

A plan of several operators pays every line of a category f = 1 + x (n − 1) times, with n operators and x the lowest
increment among the operator models in force. At another x the same plan pays f'/f as much.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from netplan.catalogue.schema import CO_BENEFIT
from netplan.comparison.read import Written
from netplan.comparison.sensitivity_inputs import Input, Range, range_of

INCREMENT = "increment"
"""Field of such an input; `per` is the category of cost."""
SECTION = "levers"
SHARED = ("sites", "equipment", "links")
"""Layers whose lines operators can have once; premises belong to subscribers."""
NOT_SHARED = ("premises", "coordination", CO_BENEFIT)
LOADED_BY = "access"
"""Category whose increment is that of the electrical load of equipment, too."""


def increment_ranges(plan: Written) -> dict[Input, Range]:
    """Every increment with a range of the operator models that this plan was made with."""
    found: dict[Input, Range] = {}
    for lever in _models(plan):
        for category, quantity in _increments(plan, lever).items():
            span = range_of(quantity)
            if span is not None:
                found[Input(SECTION, lever, f"{category} of each further operator", INCREMENT, category)] = span
    return found


def increment_change(plan: Written, items: pd.DataFrame, which: Input, value: float) -> float:
    """By how much the plan costs more when one increment is `value`.

    Args:
        plan: made with or without the operator model that is meant.
        items: its priced items (`layer, category, section, unit, npv`).
    """
    if which.entry not in _models(plan):
        return 0.0
    ratio = _factor(plan, which.per, which.entry, value) / _factor(plan, which.per)
    shared = items["layer"].isin(SHARED) & ~items["category"].isin(NOT_SHARED)
    more = float(items.loc[shared & (items["category"] == which.per), "npv"].sum()) * (ratio - 1.0)
    if which.per == LOADED_BY:
        fed = (items["layer"] == "equipment") & (items["section"] == "power") & (items["unit"] == "w")
        more += float(items.loc[shared & fed, "npv"].sum()) * (ratio - 1.0)
    return more


def _models(plan: Written) -> list[str]:
    return [str(lever) for lever in plan.party.get("levers") or () if _increments(plan, str(lever))]


def _increments(plan: Written, lever: str) -> dict[str, Any]:
    found: dict[str, Any] = (plan.catalogue.get("levers", {}).get(lever, {}).get("tenancy") or {}).get(
        "increments"
    ) or {}
    return found


def _factor(plan: Written, category: str, changed: str = "", value: float = 1.0) -> float:
    """How many times one operator's price a category costs, with the increment of one model changed."""
    each = [
        value if lever == changed else float(_increments(plan, lever)[category]["value"])
        for lever in _models(plan)
        if category in _increments(plan, lever)
    ]
    return 1.0 + min([1.0, *each]) * (len(plan.party.get("operators") or [""]) - 1)
