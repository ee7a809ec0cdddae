"""People whom several sites serve within short distances of each: how many, for the grounds may overlap."""

from __future__ import annotations

import pandas as pd

from netplan.project.schema import COMMUNITY

WORTH_SAYING = 0.005
"""part of the people served from which it is said"""
SAID = "people served live in cells where several cabinets, lines or hotspots reach"
"""what every such warning says"""


def served_in_parts(served: pd.DataFrame, service: pd.DataFrame, weight: pd.Series) -> float:
    """Weight served beyond what any one option of each place reaches: right only if their grounds do not overlap.

    Only options whose share is that of a ground within a distance count: of the others the aim points are known, and
    nobody is served by two of them.

    Args:
        served: columns demand_id, option_id, share (of the whole demand).
        service: columns demand_id, option_id, service_max: what each option reaches of each demand, and bits: aim
            points reached, 0 where they are not known.
        weight: by demand_id.
    """
    keys = ["demand_id", "option_id"]
    parts = served.merge(service.loc[service["bits"] == 0, [*keys, "service_max"]], on=keys)
    each = parts.groupby("demand_id").agg(share=("share", "sum"), most=("service_max", "max"))
    beyond = (each["share"] - each["most"]).clip(lower=0.0)
    return float((beyond * weight.reindex(beyond.index).fillna(0.0)).sum())


def overlap_warning(served: pd.DataFrame, service: pd.DataFrame, points: pd.DataFrame) -> list[str]:
    """One warning where enough people are served in parts, else none.

    People are those in homes, or, where no home is served, those with a shared place in reach.

    Args:
        points: index demand_id, columns class, weight and population (0 where a place is no homes).
    """
    all_served = served.groupby("demand_id")["share"].sum()
    homes, shared = points["population"] > 0, points["class"].astype(str).str.startswith(COMMUNITY)
    whose = homes if homes.reindex(all_served.index).any() else shared
    weight = points.loc[whose, "weight"]
    people = served_in_parts(served, service, weight)
    total = float((all_served * weight.reindex(all_served.index).fillna(0.0)).sum())
    if people <= WORTH_SAYING * max(total, 1.0):
        return []
    return [
        f"{people:,.0f} of {total:,.0f} {SAID} the ground around them, each only in part: the parts are taken to be "
        "different people. Where they overlap fewer are served"
    ]


def is_overlap(warning: str) -> bool:
    """Whether it is such a warning: it speaks of what was chosen, where all others speak of the data."""
    return SAID in warning
