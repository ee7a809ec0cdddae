"""The sum of the summaries of several plans that stand side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

OF_THE_DISTRICT = (
    ("demand", "counts"), ("demand", "problem"), ("sites_proposed", "problem"), ("sites_dropped", "problem"),
)  # fmt: skip
"""Counts that are the same for every operator."""
SUMS = ("objective_npv", "bound_npv", "capex_total", "opex_per_year_total", "penalty_total")


def added_up(summaries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One summary for plans of operators that each build for their own subscribers in the same district.

    Money, counts, problem sizes and seconds add up. Targets and coverage are the least that any operator reaches (who
    is served by each of them); totals are of the district, so they are not added. Cost a person served is the cost of
    all over the people newly served by everyone.
    """
    first = summaries[0]
    out = dict(first)
    for key in SUMS:
        values = [each[key] for each in summaries]
        out[key] = None if any(value is None for value in values) else sum(values)
    out["costs_npv"] = _sum([each["costs_npv"] for each in summaries])
    for key in ("counts", "problem", "seconds"):
        out[key] = _sum([each[key] for each in summaries])
    for key, same in OF_THE_DISTRICT:
        if key in first[same]:
            out[same][key] = first[same][key]
    out["targets"] = {
        name: {
            **stated,
            **{key: min(each["targets"][name][key] for each in summaries) for key in ("achieved", "served")},
        }
        for name, stated in first["targets"].items()
    }
    out["coverage"] = _least([each["coverage"] for each in summaries])
    new = [_served(each) for each in summaries]
    people = min(new)
    cost = out["objective_npv"]
    out["cost_per_person_served"] = cost / people if cost is not None and people > 0 else None
    out["warnings"] = list(dict.fromkeys(text for each in summaries for text in each["warnings"]))
    stopped = {each["stopped_by"] for each in summaries}
    out["stopped_by"] = (
        next(iter(stopped)) if len(stopped) == 1 else "time" if "time" in stopped else sorted(stopped)[0]
    )
    out["stages"] = []
    return out


def _served(summary: Mapping[str, Any]) -> float:
    """People newly served, from the cost of each."""
    each, cost = summary["cost_per_person_served"], summary["objective_npv"]
    return float(cost / each) if each and cost is not None else 0.0


def _sum(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Numbers added key by key, mappings likewise."""
    out: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items():
            if isinstance(value, Mapping):
                out[key] = _sum([out.get(key, {}), value])
            elif isinstance(value, int | float):
                out[key] = out.get(key, 0) + value
            else:
                out.setdefault(key, value)
    return out


def _least(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The least number of each key; a key that a part does not have is 0 there."""
    keys = dict.fromkeys(key for part in parts for key in part)
    out: dict[str, Any] = {}
    for key in keys:
        values = [part.get(key) for part in parts]
        if any(isinstance(value, Mapping) for value in values):
            out[key] = _least([value if isinstance(value, Mapping) else {} for value in values])
        else:
            out[key] = min(float(value) if value is not None else 0.0 for value in values)
    return out
