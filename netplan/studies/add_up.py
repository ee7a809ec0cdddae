"""The sum of the summaries of several plans that stand side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from netplan.together import parts_of

OF_THE_DISTRICT = (
    ("demand", "counts"), ("demand", "problem"), ("sites_proposed", "problem"), ("sites_dropped", "problem"),
)  # fmt: skip
"""Counts that are the same for every operator."""
SUMS = ("objective_npv", "bound_npv", "capex_total", "opex_per_year_total", "penalty_total")
REACHED = ("achieved", "served", "baseline")
"""Of the targets, what hangs on how many are reached."""
SPENT = ("capex_imported", "capex_local")
"""Of local content, what is a sum."""


def added_up(summaries: Sequence[Mapping[str, Any]], shares: Sequence[float]) -> dict[str, Any]:
    """One summary for plans of operators that each build for their own subscribers in the same district.

    Money, counts, problem sizes and seconds add up. Shares of people are of the subscribers of all: the mean of what
    the operators reach, each by its share; totals are of the district, so they are not added. Cost a person served is
    the cost of all over the people newly served, counted so.

    Args:
        shares: of the subscribers, one for each summary.
    """
    first = summaries[0]
    parts = list(parts_of({str(number): share for number, share in enumerate(shares)}).values())
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
    out["problem"].pop("plan_of", None)  # of one operator's plan it is said there
    out["targets"] = {
        name: {**stated, **_mean([{key: each["targets"][name][key] for key in REACHED} for each in summaries], parts)}
        for name, stated in first["targets"].items()
    }
    out["shortfall"] = _mean([each.get("shortfall") or {} for each in summaries], parts)
    out["coverage"] = _mean([each["coverage"] for each in summaries], parts)
    people = sum(part * _served(each) for part, each in zip(parts, summaries, strict=True))
    cost = out["objective_npv"]
    out["cost_per_person_served"] = cost / people if cost is not None and people > 0 else None
    out |= {key: found(summaries, parts) for key, found in OF_ALL.items() if key in first}
    out["warnings"] = list(dict.fromkeys(text for each in summaries for text in each["warnings"]))
    stopped = {each["stopped_by"] for each in summaries}
    out["stopped_by"] = next((why for why in ("failure", "time") if why in stopped), None) or sorted(stopped)[0]
    out["stages"] = []
    return out


def _served(summary: Mapping[str, Any]) -> float:
    """People newly served, from the cost of each."""
    each, cost = summary["cost_per_person_served"], summary["objective_npv"]
    return float(cost / each) if each and cost is not None else 0.0


def _local_content(summaries: Sequence[Mapping[str, Any]], parts: Sequence[float]) -> dict[str, Any]:
    """What all buy, by where it is spent."""
    sums = _sum([{key: each["local_content"][key] for key in SPENT} for each in summaries])
    capex = sums["capex_local"] + sums["capex_imported"]
    return {**sums, "local_share": sums["capex_local"] / capex if capex > 0 else None}


def _leak_sensing(summaries: Sequence[Mapping[str, Any]], parts: Sequence[float]) -> dict[str, Any] | None:
    """What all are credited with; None where nobody is."""
    told = [each["leak_sensing"] for each in summaries if each["leak_sensing"]]
    return _sum(told) if told else None


def _viability(summaries: Sequence[Mapping[str, Any]], parts: Sequence[float]) -> dict[str, Any]:
    """Money of all, and the people as they are counted for coverage; every operator has areas of its own."""
    each = [summary["viability"] for summary in summaries]
    people = [{key: value for key, value in one.items() if key.startswith("people_")} for one in each]
    sums = _sum([{key: value for key, value in one.items() if key not in people[0]} for one in each])
    unknown = [key for key in people[0] if any(one[key] is None for one in people)]
    return {**sums, **_mean(people, parts), **dict.fromkeys(unknown)}


OF_ALL: dict[str, Callable[[Sequence[Mapping[str, Any]], Sequence[float]], Any]] = {
    "local_content": _local_content,
    "leak_sensing": _leak_sensing,
    "viability": _viability,
}
"""What else of a summary is of all operators together."""


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


def _mean(parts: Sequence[Mapping[str, Any]], weights: Sequence[float]) -> dict[str, Any]:
    """The mean of each key by the weights; a key that a part does not have is 0 there."""
    out: dict[str, Any] = {}
    for key in dict.fromkeys(key for part in parts for key in part):
        values = [part.get(key) for part in parts]
        if any(isinstance(value, Mapping) for value in values):
            out[key] = _mean([value if isinstance(value, Mapping) else {} for value in values], weights)
        else:
            out[key] = sum(weight * float(value or 0.0) for weight, value in zip(weights, values, strict=True))
    return out
