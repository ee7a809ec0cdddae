"""From quantities along an edge to items of money."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from netplan.backhaul.graph import PER, Graph
from netplan.backhaul.supply import Supply, fed_items
from netplan.catalogue.schema import Medium
from netplan.costs import ITEM_COLUMNS, Economics, price_items, total_by_row
from netplan.leaks import credit_items, credit_of


def edge_items(
    graph: Graph,
    media: dict[str, Medium],
    row_ids: npt.ArrayLike,
    economics: Economics,
    supply: Supply | None = None,
) -> pd.DataFrame:
    """Cost items of every edge: of its medium's cost lines with a quantity above zero, and of its radios' power.

    The capex multiplier of an edge is the mean of its grounds, weighted by quantity, for each `per` apart. Where leaks
    that the cable hears have a value, an item below zero says so.
    """
    ids = np.asarray(row_ids, dtype=object)
    frames = []
    for medium_id in sorted(set(graph.medium)):
        mine = graph.medium == medium_id
        for column, per in enumerate(PER):
            lines = tuple(line for line in media[medium_id].costs if line.per == per)
            quantity = graph.quantity[mine, column]
            if not lines or not (quantity > 0).any():
                continue
            factor = np.divide(graph.weighted[mine, column], quantity, out=np.ones(len(quantity)), where=quantity > 0)
            frames.append(price_items(ids[mine], lines, {per: quantity}, economics, factor))
        if supply is not None:
            frames += fed_items(graph, mine, media[medium_id], ids, supply, economics)
        credit = credit_of(media[medium_id], economics)
        if credit is not None:
            frames.append(credit_items(ids[mine], graph.quantity[mine, PER.index("km")], credit, economics))
    frames = [frame for frame in frames if len(frame)]
    if not frames:
        return price_items([], (), {}, economics)
    items = pd.concat(frames, ignore_index=True)
    return items.sort_values(["row_id", "item", "category", "unit"], kind="stable", ignore_index=True)[ITEM_COLUMNS]


def edge_npv(
    graph: Graph, media: dict[str, Medium], economics: Economics, supply: Supply | None = None
) -> npt.NDArray[np.float64]:
    """NPV of each edge, 0 or more, shape (m,)."""
    ids = np.arange(len(graph.tail))
    npv = total_by_row(edge_items(graph, media, ids, economics, supply), pd.Index(ids, dtype=object))
    return np.maximum(npv, 0.0)  # a credit that takes the whole cost leaves dust of either sign
