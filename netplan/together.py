"""The plans of operators that each build alone, as one set of tables: ids say whose, people count once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
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


def together(plans: Mapping[str, Mapping[str, Any]], shares: Mapping[str, float]) -> dict[str, Any]:
    """Tables of all operators, with a column `operator`; ids carry the operator's name in front.

    Demand is that of the district: people are served where their own operator reaches them, so the served share is the
    mean over the operators by their shares of subscribers.

    Args:
        plans: operator -> tables of its plan, in the same CRS.
        shares: operator -> its share of subscribers.
    """
    names = list(plans)
    weight = np.array([shares[name] for name in names])
    weight = weight / weight.sum()
    tables: dict[str, Any] = {}
    for layer, first in plans[names[0]].items():
        if layer == "demand":
            served = pd.concat([plans[name][layer].set_index("demand_id")["served_share"] for name in names], axis=1)
            mean = served.reindex(first["demand_id"]).to_numpy(float) @ weight
            tables[layer] = first.assign(served_share=mean)
            continue
        frames = []
        for name in names:
            frame = plans[name][layer]
            whose = {column: name + PART + frame[column].astype(str) for column in IDS.get(layer, ())}
            frames.append(frame.assign(operator=name, **whose))
        tables[layer] = pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)
    return tables
