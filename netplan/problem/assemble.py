"""From tables to arrays: the last place that knows ids. No geometry goes further."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from netplan.costs import total_by_row
from netplan.parts import IntArray, Parts, reached, split
from netplan.tables import Backhaul, Demand, FloatArray, Options, Sites

SUPER_ROOT = "pop-capacity"
DUST = 1e-6
"""Less than this of a part left open is nothing: rounding of what is served today."""


@dataclass(frozen=True)
class Indexed:
    """The arrays of a problem, by the field names of `Problem`, and the ids behind their rows."""

    arrays: dict[str, Any]
    demand_ids: pd.Index
    """ids of the demand rows; the demands of the planner are their `parts`"""
    option_ids: pd.Index
    site_ids: pd.Index
    edge_ids: pd.Index
    """ids of the edges; virtual edges of limited PoPs stand at the end with an id of their own"""
    target_classes: tuple[str, ...]
    parts: Parts
    """of the demand rows: each is one demand of the planner"""
    remaining: FloatArray
    """share of each part that is not served today: the planner's shares are of this"""
    dishes: tuple[tuple[IntArray, float], ...] = ()
    """(edges of hops that end at a site, how many dishes it carries) where more could end there than that"""
    approvals: tuple[tuple[str, str], ...] = ()
    """(what is paid, the owner paid) of each approval; they stand behind the sites in the arrays, without an id"""

    @property
    def portion(self) -> FloatArray:
        """Share of its demand row that wholly serving each part adds."""
        return self.parts.share * self.remaining


def assemble(
    demand: Demand,
    sites: Sites,
    options: Options,
    backhaul: Backhaul,
    targets: dict[str, float],
    budget: float | None = None,
) -> Indexed:
    """Arrays of the planning problem.

    A demand of the planner is a part of a demand row that the same options reach (`netplan.parts`), with its share of
    the row's weight, traffic and capacity use. What is served today counts to the targets: the planner sees the rest of
    each part, scaled by (1 − what is served of it). Options and services of today whose share is not known by aim
    points are spread evenly over a row. A PoP of limited capacity hands over through a capacitated edge.

    Raises:
        ValueError: when a table names an id that another does not have.
    """
    points = demand.points
    parts, remaining = _divided(demand, options)
    portion = parts.share * remaining
    arrays: dict[str, Any] = {
        "demand_weight": points["weight"].to_numpy(float)[parts.row] * portion,
        "demand_mbps": points["demand_mbps"].to_numpy(float)[parts.row] * portion,
    }
    arrays |= _targets(points, parts.row, targets)
    arrays |= _options(points, options, sites, parts, remaining)
    arrays |= _exclusive(options)
    arrays |= _network(sites, backhaul)
    arrays["budget"] = budget
    extra = len(arrays["edge_cost"]) - len(backhaul.edges)
    edge_ids = backhaul.edges.index.append(pd.Index([f"{SUPER_ROOT}:{i}" for i in range(extra)]))
    ids = points.index, options.table.index, sites.points.index, edge_ids
    return Indexed(arrays, *ids, tuple(targets), parts, remaining)


def asking(indexed: Indexed, demand: Demand, targets: dict[str, float], budget: float | None) -> Indexed:
    """The same problem, limits and all, asked for other targets or within a budget."""
    arrays = {**indexed.arrays, **_targets(demand.points, indexed.parts.row, targets), "budget": budget}
    return replace(indexed, arrays=arrays, target_classes=tuple(targets))


def _positions(index: pd.Index, wanted: pd.Series, what: str) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Row numbers of ids, -1 for ''; an unknown id is a fault of the stages before."""
    position = index.get_indexer(pd.Index(wanted))
    lost = (position < 0) & (wanted.to_numpy() != "")
    if lost.any():
        raise ValueError(f"unknown {what} id {wanted.to_numpy()[lost][0]!r}")
    return np.asarray(position, np.int64)


def _divided(demand: Demand, options: Options) -> tuple[Parts, FloatArray]:
    """The parts of the demand rows, and the share of each that is not served today."""
    ids, service = demand.points.index, options.service
    row, bits = _positions(ids, service["demand_id"], "demand"), service["bits"].to_numpy(np.int64)
    points = np.ones(len(ids), np.int64)
    np.maximum.at(points, row, service["points"].to_numpy(np.int64))
    today = None if demand.baseline is None else demand.baseline.parts
    if today is None:
        parts = split(points, row, bits)
        return parts, 1.0 - demand.points["baseline_share"].to_numpy(float)[parts.row]
    row_today, bits_today = _positions(ids, today["demand_id"], "demand"), today["bits"].to_numpy(np.int64)
    np.maximum.at(points, row_today, today["points"].to_numpy(np.int64))
    parts = split(points, np.append(row, row_today), np.append(bits, bits_today))
    left = 1.0 - demand.points["baseline_share"].to_numpy(float)[parts.row]
    where, part = reached(parts, row_today, bits_today)
    left[part] = 1.0 - today["share"].to_numpy(float)[where]
    return parts, np.where(left < DUST, 0.0, left)


def _targets(points: pd.DataFrame, part_row: IntArray, targets: dict[str, float]) -> dict[str, Any]:
    """target_min: the weight still to be served, per class."""
    weight, baseline = points["weight"].to_numpy(float), points["baseline_share"].to_numpy(float)
    rows, cols, minimum = [], [], []
    for k, (name, share) in enumerate(targets.items()):
        of_class = points["class"].to_numpy() == name
        members = np.flatnonzero(of_class[part_row])
        rows.append(np.full(len(members), k))
        cols.append(members)
        members = np.flatnonzero(of_class)
        wanted = share * weight[members].sum() - (weight * baseline)[members].sum()
        minimum.append(max(float(wanted), 0.0))
    row = np.concatenate(rows) if rows else np.zeros(0, np.int64)
    col = np.concatenate(cols) if cols else np.zeros(0, np.int64)
    return {"target_member": (row, col, np.ones(len(row))), "target_min": np.array(minimum)}


def _options(
    points: pd.DataFrame, options: Options, sites: Sites, parts: Parts, remaining: FloatArray
) -> dict[str, Any]:
    """Options and whom they serve; premises cost is the technology's cost per premises times the part's premises."""
    table, service = options.table, options.service
    row, bits = _positions(points.index, service["demand_id"], "demand"), service["bits"].to_numpy(np.int64)
    entry, part = reached(parts, row, bits)
    left = remaining[part]
    keep = left > 1e-9
    entry, i, left = entry[keep], part[keep], left[keep]
    j = _positions(table.index, service["option_id"], "option")[entry]
    portion = parts.share[i] * left
    per_premises = options.premises_items.groupby("row_id")["npv"].sum()
    unit = per_premises.reindex(table["technology"]).fillna(0.0).to_numpy(float)
    premises = points["premises"].to_numpy(float)[parts.row[i]] * portion
    spread = service["service_max"].to_numpy(float)[entry]
    largest = np.where(bits[entry] > 0, 1.0, np.minimum(spread / left, 1.0))
    return {
        "option_cost": total_by_row(options.items, table.index),
        "option_capacity": table["capacity"].to_numpy(float),
        "option_site": _positions(sites.points.index, table["site_id"], "site"),
        "option_needs_backhaul": table["needs_backhaul"].to_numpy(bool),
        "service_use": (i, j, service["capacity_used"].to_numpy(float)[entry] * portion),
        "service_cost": (i, j, unit[j] * premises),
        "service_max": (i, j, largest),
        "site_cost": total_by_row(sites.items, sites.points.index),
    }


def _exclusive(options: Options) -> dict[str, Any]:
    """One limit row per group of options that exclude each other: Σ open ≤ 1. No rows where there is no group.

    The planner is faster without any limit row, so none is written that could never bind.
    """
    if not options.exclusive:
        return {}
    count = [len(group) for group in options.exclusive]
    members = pd.Series([key for group in options.exclusive for key in group], dtype=object)
    row = np.repeat(np.arange(len(count)), count)
    return {
        "limit_option": (row, _positions(options.table.index, members, "option"), np.ones(len(row))),
        "limit_lower": np.full(len(count), -np.inf),
        "limit_upper": np.ones(len(count)),
    }


def _network(sites: Sites, backhaul: Backhaul) -> dict[str, Any]:
    """The graph; a PoP of finite capacity is joined to a root of its own by an edge of that capacity."""
    nodes, edges = backhaul.nodes, backhaul.edges
    at = pd.Series(np.arange(len(nodes)), index=nodes["site_id"].to_numpy())
    at = at[(at.index != "") & (nodes["kind"].to_numpy() == "site")]
    roots = _positions(nodes.index, pd.Series(list(backhaul.roots), dtype=object), "node")
    limited = roots[np.isfinite(nodes["capacity_mbps"].to_numpy(float)[roots])]
    extra = len(limited)
    sky = len(nodes) + np.arange(extra)
    edge_site = np.stack(
        [_positions(sites.points.index, edges[column], "site") for column in ("site_a", "site_b")], axis=1
    )
    return {
        "site_node": at.reindex(sites.points.index).fillna(-1).to_numpy(np.int64),
        "edge_tail": np.append(_positions(nodes.index, edges["from_node"], "node"), limited),
        "edge_head": np.append(_positions(nodes.index, edges["to_node"], "node"), sky),
        "edge_cost": np.append(np.maximum(total_by_row(backhaul.items, edges.index), 0.0), np.zeros(extra)),
        "edge_capacity": np.append(
            edges["capacity_mbps"].to_numpy(float), nodes["capacity_mbps"].to_numpy(float)[limited]
        ),
        "edge_site": np.vstack([edge_site, np.full((extra, 2), -1)]),
        "roots": np.append(np.setdiff1d(roots, limited), sky),
    }
