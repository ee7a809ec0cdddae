"""Operators that each build alone, as one plan for the sheets of several scenarios: their networks side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netplan.together import PART, together

ENDS = {"equipment": ("site_id",), "links": ("from_node", "to_node"), "sites": ("node_id",)}
"""Further columns that name a row of another layer."""


def as_one(plans: Mapping[str, Mapping[str, Any]], shares: Mapping[str, float]) -> dict[str, Any]:
    """Layers of all operators, ids with the operator's name in front, as in `netplan.together`.

    A point of presence where several hand over their traffic stands once.

    Args:
        plans: operator -> layers of its plan as written.
        shares: operator -> its share of subscribers.
    """
    layers = together(plans, shares)
    for layer, columns in ENDS.items():
        rows = layers[layer]
        for column in columns:
            text = rows[column].astype(object).where(rows[column].notna(), "").astype(str)
            rows = rows.assign(**{column: text.where(text == "", rows["operator"] + PART + text)})
        layers[layer] = rows
    nodes = layers["nodes"]
    again = nodes.geometry.to_wkb().duplicated() & (nodes["kind"] == "pop")
    layers["nodes"] = nodes[~again].reset_index(drop=True)
    return layers
