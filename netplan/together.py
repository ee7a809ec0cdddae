"""The plans of operators that each build alone, as one set of tables: ids say whose, people count once.

Each operator serves its own subscribers. So a share of the people of the district is the mean of what the operators
reach, each by its part of all subscribers: 600 of 1,000 people with an operator that reaches half of them, 400 with one
that reaches all, are 700 served. Sums over rows, classes and operators then agree, whichever is taken first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

IDS = {
    "sites": ("site_id",),
    "equipment": ("option_id",),
    "service": ("option_id",),
    "links": ("link_id",),
    "nodes": ("node_id",),
    "costs": ("row_id",),
}
PART = ": "
"""Between the operator's name and the id."""
SERVING = ("served_by", "technology", "rate_mbps")
"""Columns of the demand that say what serves most of a row."""


def parts_of(shares: Mapping[str, float]) -> dict[str, float]:
    """Operator -> its part of the subscribers of all of them; equal parts where none has any."""
    total = sum(shares.values())
    return {name: share / total if total > 0 else 1.0 / len(shares) for name, share in shares.items()}


def together(plans: Mapping[str, Mapping[str, Any]], shares: Mapping[str, float]) -> dict[str, Any]:
    """Tables of all operators, with a column `operator`; ids carry the operator's name in front.

    Demand is that of the district: traffic is of all operators, a served share of all their subscribers, and
    `technology` (with `served_by`, `rate_mbps`) what serves most of them. Shares in `service` are of all subscribers,
    too; premises, capacity and money are the operator's own as they stand.

    Args:
        plans: operator -> tables of its plan, in the same CRS.
        shares: operator -> its share of the subscribers (`netplan.written.operator_shares`).
    """
    parts = parts_of({name: shares[name] for name in plans})
    tables: dict[str, Any] = {}
    for layer, first in plans[next(iter(plans))].items():
        if layer == "demand":
            tables[layer] = _demand({name: plan[layer] for name, plan in plans.items()}, parts)
            continue
        frames = []
        for name, plan in plans.items():
            frame = plan[layer]
            if layer == "service" and "share" in frame:
                frame = frame.assign(share=frame["share"].astype(float) * parts[name])
            whose = {column: name + PART + frame[column].astype(str) for column in IDS.get(layer, ())}
            if layer == "costs":
                whose["row_id"] = frame["row_id"].map(_pairs(plan["service"], name)).fillna(whose["row_id"])
            frames.append(frame.assign(operator=name, **whose))
        kept = [frame for frame in frames if len(frame)]
        tables[layer] = pd.concat(kept, ignore_index=True) if kept else first.assign(operator="")
    return tables


def _demand(frames: Mapping[str, Any], parts: Mapping[str, float]) -> Any:
    """The first operator's rows with shares and traffic of all; what serves a row is that of most of its people."""
    first = next(iter(frames.values()))
    by_id = {name: frame.set_index("demand_id").reindex(first["demand_id"]) for name, frame in frames.items()}

    def numbers(name: str, column: str) -> Any:
        return by_id[name][column].fillna(0.0).to_numpy(float) if column in by_id[name] else 0.0

    shares = ("served_share", "baseline_share")
    found: dict[str, Any] = {
        column: sum(parts[name] * numbers(name, column) for name in frames) for column in shares if column in first
    }
    if "demand_mbps" in first:
        found["demand_mbps"] = sum(numbers(name, "demand_mbps") for name in frames)
    new = {name: parts[name] * (numbers(name, "served_share") - numbers(name, "baseline_share")) for name in frames}
    most = pd.DataFrame(new).idxmax(axis=1).to_numpy(object)
    for column in (each for each in SERVING if each in first):
        found[column] = first[column].copy()
        for name, frame in by_id.items():
            value = frame[column].to_numpy()[most == name]
            if column == "served_by":
                value = [name + PART + each if isinstance(each, str) and each else each for each in value]
            found[column][most == name] = value
    return first.assign(**found)


def _pairs(service: Any, name: str) -> dict[str, str]:
    """Id of the items of a served share -> the same with the operator's name in front of the option alone."""
    pairs = zip(service["demand_id"].astype(str), service["option_id"].astype(str), strict=True)
    return {f"{demand}|{option}": f"{demand}|{name}{PART}{option}" for demand, option in pairs}
