"""The sum of the summaries of several plans that stand side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

OF_THE_DISTRICT = (
    ("demand", "counts"), ("demand", "problem"), ("sites_proposed", "problem"), ("sites_dropped", "problem"),
)  # fmt: skip
"""Counts that are the same for every operator."""
SUMS = ("objective_npv", "bound_npv", "capex_total", "opex_per_year_total", "penalty_total")


def added_up(summaries: Sequence[Mapping[str, Any]], shares: Sequence[float]) -> dict[str, Any]:
    """One summary for plans of operators that each build for their own subscribers in the same district.

    Money, counts, problem sizes and seconds add up. Who is served is who is reached by his own operator: the mean over
    the operators by their shares of subscribers; totals are of the district, so they are not added. Cost a person
    served is the cost of all over the people newly served.

    Args:
        summaries: of the operators' plans.
        shares: of subscribers, in the same order.
    """
    weight = [share / sum(shares) for share in shares]
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
            **{
                key: sum(part * each["targets"][name][key] for part, each in zip(weight, summaries, strict=True))
                for key in ("achieved", "served")
            },
        }
        for name, stated in first["targets"].items()
    }
    out["shortfall"] = _mean([each.get("shortfall") or {} for each in summaries], weight)
    out["coverage"] = _mean([each["coverage"] for each in summaries], weight)
    people = sum(part * _served(each) for part, each in zip(weight, summaries, strict=True))
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


def _mean(parts: Sequence[Mapping[str, Any]], weight: Sequence[float]) -> dict[str, Any]:
    """The weighted mean of each key; a key that a part does not have is 0 there."""
    out: dict[str, Any] = {}
    for key in dict.fromkeys(key for part in parts for key in part):
        values = [part.get(key) for part in parts]
        if any(isinstance(value, Mapping) for value in values):
            out[key] = _mean([value if isinstance(value, Mapping) else {} for value in values], weight)
        else:
            out[key] = sum(share * float(value or 0.0) for share, value in zip(weight, values, strict=True))
    return out
