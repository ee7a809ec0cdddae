"""What radios at the ends of links draw from the power supplies of their sites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from netplan.backhaul.graph import Graph
from netplan.catalogue.schema import Catalogue, Medium, Power
from netplan.costs import Economics, price_items
from netplan.tables import Sites


@dataclass(frozen=True)
class Supply:
    """How each site is powered."""

    of_site: Mapping[str, str] = field(default_factory=dict)
    """site id -> id of its power entry"""
    entries: Mapping[str, Power] = field(default_factory=dict)

    @staticmethod
    def of(sites: Sites, catalogue: Catalogue) -> Supply:
        """That of a table of sites; those without a column `power` have none."""
        points = sites.points
        named = points["power"] if "power" in points else pd.Series("", index=points.index)
        return Supply(dict(zip(points.index.astype(str), named.astype(str), strict=True)), catalogue.power)


def fed_items(
    graph: Graph,
    mine: npt.NDArray[np.bool_],
    medium: Medium,
    row_ids: npt.NDArray[np.object_],
    supply: Supply,
    economics: Economics,
) -> list[pd.DataFrame]:
    """Items of the power that a medium's edges (flagged by `mine`) draw at their sites: `load_w` at each.

    A point of presence has power of its own; sites of one supply at both ends are one item.
    """
    if medium.load_w is None:
        return []
    ends = [np.array([supply.of_site.get(site, "") for site in side[mine]], dtype=object)
            for side in (graph.site_a, graph.site_b)]  # fmt: skip
    frames = []
    for name in sorted({*ends[0], *ends[1]} & set(supply.entries)):
        lines = tuple(line for line in supply.entries[name].costs if line.per == "w")
        watts = medium.load_w.value * sum((side == name).astype(float) for side in ends)
        frames.append(price_items(row_ids[mine], lines, {"w": watts}, economics))
    return frames
