"""What a plan hangs on the worth of leaks that its cable hears, where the project counts it."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from netplan.catalogue.schema import CO_BENEFIT, Medium
from netplan.comparison.read import Written
from netplan.comparison.sensitivity_inputs import USD, Input, Range, price_at, range_of
from netplan.costs import Economics
from netplan.leaks import credit_of

LEAKS = "leak_value_per_km_year"
"""Key of the economics."""


def leak_range(plan: Written, economics: Economics) -> dict[Input, Range]:
    """The worth that the project states, of all operators together, with the range that the catalogue gives for it in
    the project's currency and price year; empty where the plan counts none."""
    stated = float((plan.project.get("economics") or {}).get(LEAKS) or economics.leak_value_per_km_year)
    counted = economics.leak_value_per_km_year > 0
    found = {}
    for entry in plan.catalogue.get("media", {}).values():
        for gain in entry.get("co_benefits") or [] if counted else []:
            span = range_of(gain.get("value_per_km_year"))
            if span is not None:
                low, high = (price_at(economics, span, end) for end in (span.low, span.high))
                unit = span.unit.replace(USD, economics.currency)
                each = replace(span, value=stated, low=min(low, stated), high=max(high, stated), unit=unit)
                found[Input("economics", LEAKS, "", "value")] = each
    return found


def leak_change(plan: Written, items: pd.DataFrame, economics: Economics, times: float) -> float:
    """By how much the plan costs more when the worth of leaks is `times` what it counts; of no kilometre more than its
    cable costs. An operator's plan counts its market share of what is stated."""
    gains = items[items["category"] == CO_BENEFIT]
    value = times * economics.leak_value_per_km_year
    more = 0.0
    for key, npv in gains.groupby("entry")["npv"].sum().items():
        entry = plan.catalogue.get("media", {}).get(str(key))
        medium = None if entry is None else Medium.model_validate(entry)
        now = None if medium is None else credit_of(medium, economics)
        if medium is None or now is None or now.per_km_year <= 0:
            continue
        then = credit_of(medium, replace(economics, leak_value_per_km_year=value))
        more += float(npv) * ((0.0 if then is None else then.per_km_year) / now.per_km_year - 1.0)
    return more
