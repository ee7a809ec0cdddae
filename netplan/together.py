"""The plans of operators that each build alone, as one set of tables: ids say whose, people count once."""

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


def together(plans: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Tables of all operators, with a column `operator`; ids carry the operator's name in front.

    Demand is that of the district: the served share is what every operator reaches (the least of them).

    Args:
        plans: operator -> tables of its plan, in the same CRS.
    """
    names = list(plans)
    tables: dict[str, Any] = {}
    for layer, first in plans[names[0]].items():
        if layer == "demand":
            served = pd.concat([plans[name][layer].set_index("demand_id")["served_share"] for name in names], axis=1)
            tables[layer] = first.assign(served_share=served.min(axis=1).reindex(first["demand_id"]).to_numpy())
            continue
        frames = []
        for name in names:
            frame = plans[name][layer]
            whose = {column: name + PART + frame[column].astype(str) for column in IDS.get(layer, ())}
            frames.append(frame.assign(operator=name, **whose))
        tables[layer] = pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)
    return tables
