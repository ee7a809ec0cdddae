"""Cable along existing routes: roads, pole lines, ducts and lit fibre, each a network of its own (pipes: `pipes`).

A route's network meets the others only at its anchors: poles, duct ends, vertices of lit fibre, access points
of pipes. A medium on a route may pass an exclusion, because the route already does.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd  # type: ignore[import-untyped]
import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from netplan.backhaul.eligibility import ASSET_ROUTES, eligible, owners
from netplan.backhaul.graph import JUNCTION, Draft, FloatArray, IntArray, geodesic_m
from netplan.backhaul.lines import Lines, Noded, clean_lines, nearest_on_lines, node_lines, with_poles
from netplan.backhaul.media import ground_multiplier
from netplan.catalogue.schema import Medium
from netplan.tables import Inputs

JOINT_SPACING_M = 250.0
"""Poles and fibre vertices are offered as joints about this far apart, besides ends, branches and near sites."""
FIBRE_POP_M = 50.0
"""Lit fibre passing this close to a PoP ends in it."""
DIRECT_M = 300.0
"""Sites reach anchors and PoPs directly up to this distance, and PoPs anchors."""


@dataclass(frozen=True)
class Anchors:
    """Nodes of a route network that other media may join."""

    node: IntArray
    xy: FloatArray

    @staticmethod
    def none() -> Anchors:
        """No anchors."""
        return Anchors(np.empty(0, np.int64), np.empty((0, 2)))


def capacity_of(medium: Medium) -> float:
    """Mbit/s, inf when fibre is no limit."""
    return np.inf if medium.capacity_mbps is None else medium.capacity_mbps.value


def add_segments(
    draft: Draft,
    noded: Noded,
    nodes: IntArray,
    rows: npt.NDArray[np.int64],
    layer: gpd.GeoDataFrame,
    key: str,
    medium: Medium,
    length_m: FloatArray | None = None,
) -> None:
    """Put a noded layer into the draft as edges of one medium; `rows` is the layer row of each segment."""
    length = geodesic_m(noded.coords, draft.crs) if length_m is None else length_m
    counts = {"km": length / 1000.0}
    if medium.pole_spacing_m is not None:
        counts["span"] = length / medium.pole_spacing_m.value
        if medium.make_ready_share is not None:
            counts["make-ready"] = counts["span"] * _make_ready(medium.make_ready_share.value, layer, rows)
    draft.add_edges(
        nodes[noded.tail],
        nodes[noded.head],
        noded.coords,
        key,
        length_m=length,
        counts=counts,
        multiplier=ground_multiplier(medium, layer, rows),
        capacity_mbps=capacity_of(medium),
        owner=owners(layer, medium)[rows] if medium.route in ASSET_ROUTES else None,
    )


def _make_ready(usual: float, layer: gpd.GeoDataFrame, rows: npt.NDArray[np.int64]) -> FloatArray:
    """Share of poles to be made ready on each row: the layer's own, else the usual one."""
    if "make_ready_share" not in layer:
        return np.full(len(rows), usual)
    return np.asarray(layer["make_ready_share"].fillna(usual).to_numpy(float)[rows])


def add_roads(draft: Draft, inputs: Inputs, lines: Lines, noded: Noded, media: dict[str, Medium]) -> IntArray:
    """Every own-cable medium along every road segment; returns the draft's number of each road node."""
    nodes = draft.add_nodes(noded.node_xy, JUNCTION)
    if inputs.roads is None or not len(noded.tail):
        return nodes
    length = geodesic_m(noded.coords, draft.crs)
    for key, medium in media.items():
        add_segments(draft, noded, nodes, lines.row[noded.line], inputs.roads, key, medium, length_m=length)
    return nodes


def add_line_route(
    draft: Draft, inputs: Inputs, key: str, medium: Medium, pops: Anchors, sites_xy: FloatArray, year: int
) -> Anchors:
    """Pole lines, ducts or lit fibre as edges. Anchors: ducts at ends and branches; poles and fibre also between."""
    layers = {
        "power_lines": inputs.power_lines,
        "ducts": inputs.ducts,
        "railways": inputs.railways,
        "fibre": inputs.fibre,
    }
    layer = layers.get(medium.route or "")
    if layer is None or len(layer) == 0:
        return Anchors.none()
    keep = eligible(medium, layer, year)[0] if medium.route in ASSET_ROUTES else None
    lines = clean_lines(layer, inputs.margin, keep)
    if not lines.coords:
        return Anchors.none()
    if medium.pole_spacing_m is not None:
        lines = with_poles(lines, medium.pole_spacing_m.value)
    lit = medium.kind == "lit"
    wanted = np.concatenate([pops.xy, sites_xy]) if lit else np.empty((0, 2))
    _, inserts, _ = nearest_on_lines(wanted, lines, DIRECT_M)
    noded = node_lines(lines, inserts, len(wanted), every_vertex=medium.kind != "duct")
    nodes = draft.add_nodes(noded.node_xy, JUNCTION)
    add_segments(draft, noded, nodes, lines.row[noded.line], layer, key, medium)
    if lit:
        _end_in_pops(draft, noded, nodes, key, medium, pops)
    chosen = _spaced(noded, np.concatenate([pops.xy, sites_xy]))
    chosen |= np.isin(np.arange(len(nodes)), noded.key_node)
    mine = None
    if medium.route in ASSET_ROUTES:  # a joint is of the owner of the line that it opens
        of_node = np.full(len(nodes), "", dtype=object)
        of_row = owners(layer, medium)[lines.row[noded.line]]
        of_node[noded.head], of_node[noded.tail] = of_row, of_row
        mine = of_node[chosen]
    return _joints(draft, Anchors(nodes[chosen], noded.node_xy[chosen]), key, medium, mine)


def _end_in_pops(draft: Draft, noded: Noded, nodes: IntArray, key: str, medium: Medium, pops: Anchors) -> None:
    at = noded.key_node[: len(pops.node)]
    has = np.flatnonzero(at >= 0)
    gap = np.hypot(*(noded.node_xy[at[has]] - pops.xy[has]).T)
    has = has[gap <= FIBRE_POP_M]
    coords = [np.vstack([pops.xy[p], noded.node_xy[at[p]]]) for p in has]
    draft.add_edges(pops.node[has], nodes[at[has]], coords, key, capacity_mbps=capacity_of(medium))


def _spaced(noded: Noded, wanted_xy: FloatArray) -> npt.NDArray[np.bool_]:
    """Ends and branches, one plain vertex per square of JOINT_SPACING_M, and the nearest to each wanted place."""
    chosen: npt.NDArray[np.bool_] = np.asarray(noded.degree != 2)
    square = np.floor(noded.node_xy / JOINT_SPACING_M)
    plain = np.flatnonzero(~chosen)
    order = plain[np.lexsort((noded.node_xy[plain, 1], noded.node_xy[plain, 0]))]
    _, first = np.unique(square[order], axis=0, return_index=True)
    chosen[order[first]] = True
    if len(wanted_xy):
        found = cKDTree(noded.node_xy).query(wanted_xy)
        distance, nearest = np.asarray(found[0]), np.asarray(found[1])
        chosen[nearest[distance <= DIRECT_M]] = True
    return chosen


def _joints(
    draft: Draft, anchors: Anchors, key: str, medium: Medium, anchor_owner: npt.NDArray[np.object_] | None
) -> Anchors:
    """Costs per unit or access point of a route's medium fall due where it is joined, not where it passes."""
    if not any(line.per in ("unit", "access-point") for line in medium.costs):
        return anchors
    joints = draft.add_nodes(anchors.xy, JUNCTION)
    once = np.ones(len(joints))
    coords = [np.vstack([xy, xy]) for xy in anchors.xy]
    counts = {"unit": once, "access-point": once}
    draft.add_edges(
        anchors.node, joints, coords, key, counts=counts, capacity_mbps=capacity_of(medium), owner=anchor_owner
    )
    return Anchors(joints, anchors.xy)
