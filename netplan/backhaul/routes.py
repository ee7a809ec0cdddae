"""Cable along existing routes: roads, pole lines, pipes, ducts and lit fibre, each a network of its own.

A route's network meets the others only at its anchors: poles, duct ends, vertices of lit fibre, access points
of pipes. A medium on a route may pass an exclusion, because the route already does.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd  # type: ignore[import-untyped]
import numpy as np
import numpy.typing as npt
import shapely  # type: ignore[import-untyped]
from scipy.spatial import cKDTree

from netplan.backhaul.graph import ACCESS, JUNCTION, Draft, FloatArray, IntArray, geodesic_m
from netplan.backhaul.lines import Inserts, Lines, Noded, all_within, clean_lines, nearest_on_lines, node_lines
from netplan.backhaul.media import eligible_pipes, ground_multiplier
from netplan.catalogue.schema import Medium
from netplan.tables import Inputs

CHAMBER_M = 5.0
"""A chamber or valve this close to a pipe opens it."""
COMPOUND_M = 25.0
"""Reach of a reservoir or pumping station: all eligible pipes this close can be entered there."""
COMPOUNDS = ("reservoir", "pump", "tank")
JOINT_SPACING_M = 250.0
"""Poles and fibre vertices are offered as joints about this far apart, besides ends, branches and near sites."""
FIBRE_POP_M = 50.0
"""Lit fibre passing this close to a PoP ends in it."""
DIRECT_M = 300.0
"""Sites reach anchors and PoPs directly up to this distance."""


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
    access_points: FloatArray | None = None,
    length_m: FloatArray | None = None,
) -> None:
    """Put a noded layer into the draft as edges of one medium; `rows` is the layer row of each segment."""
    length = geodesic_m(noded.coords, draft.crs) if length_m is None else length_m
    counts = {"km": length / 1000.0}
    if medium.pole_spacing_m is not None:
        counts["span"] = length / medium.pole_spacing_m.value
    if access_points is not None:
        counts["access-point"] = access_points
    draft.add_edges(
        nodes[noded.tail],
        nodes[noded.head],
        noded.coords,
        key,
        length_m=length,
        counts=counts,
        multiplier=ground_multiplier(medium, layer, rows),
        capacity_mbps=capacity_of(medium),
    )


def add_roads(draft: Draft, inputs: Inputs, lines: Lines, noded: Noded, media: dict[str, Medium]) -> IntArray:
    """Every own-cable medium along every road segment; returns the draft's number of each road node."""
    nodes = draft.add_nodes(noded.node_xy, JUNCTION)
    if inputs.roads is None or not len(noded.tail):
        return nodes
    length = geodesic_m(noded.coords, draft.crs)
    for key, medium in media.items():
        add_segments(draft, noded, nodes, lines.row[noded.line], inputs.roads, key, medium, length_m=length)
    return nodes


def access_places(points: gpd.GeoDataFrame | None, lines: Lines) -> tuple[Inserts, FloatArray]:
    """Where access points open pipes, and where each one's node stands (its nearest place on a pipe).

    Returns inserts keyed 0..k-1 and (k, 2) positions; points near no eligible pipe are left out.
    """
    if points is None or len(points) == 0:
        return Inserts.none(), np.empty((0, 2))
    xy = shapely.get_coordinates(shapely.centroid(points.geometry.to_numpy()))
    kind = points["kind"].fillna("").astype(str).str.casefold() if "kind" in points else None
    wide = np.zeros(len(xy), bool) if kind is None else kind.str.contains("|".join(COMPOUNDS)).to_numpy(bool)
    order = np.lexsort((wide, xy[:, 1], xy[:, 0]))
    xy, radius = xy[order], np.where(wide[order], COMPOUND_M, CHAMBER_M)
    inserts, distance = all_within(xy, lines, radius)
    used, key = np.unique(inserts.key, return_inverse=True)
    closest = np.lexsort((inserts.line, distance, key))
    first = closest[np.unique(key[closest], return_index=True)[1]]
    places = shapely.line_interpolate_point(lines.geometries()[inserts.line[first]], inserts.distance_m[first])
    return (
        Inserts(inserts.line, inserts.distance_m, key.astype(np.int64)),
        shapely.get_coordinates(places).reshape(len(used), 2),
    )


def extra_chambers(length_m: FloatArray, tees: npt.NDArray[np.bool_], max_run_m: float) -> FloatArray:
    """New access chambers on pipe sections longer than one pull.

    Between two access points: ceil(length / max_run) - 1. A section that ends at a tee without a chamber is part
    of longer runs; its share is length / max_run, so that along any run the shares add up to at least the
    chambers needed (ceil(x) - 1 < x) and the cost of an edge does not depend on the path through it.
    """
    runs = length_m / max_run_m
    return np.where(tees, runs, np.maximum(np.ceil(runs - 1e-9) - 1.0, 0.0))


def add_pipes(draft: Draft, inputs: Inputs, key: str, medium: Medium) -> tuple[Anchors, list[str]]:
    """Eligible pipes as edges; only access points are anchors. Refused pipes are told in km by reason."""
    pipes = inputs.water_pipes
    if pipes is None or len(pipes) == 0:
        return Anchors.none(), []
    ok, refused = eligible_pipes(medium, pipes)
    km = pipes.length.to_numpy() / 1000.0
    told = [f"{km[rows].sum():.1f} km {reason}" for reason, rows in refused.items()]
    warnings = (
        [f"{medium.label}: {km[~ok].sum():.1f} of {km.sum():.1f} km of pipe refused ({', '.join(told)})"]
        if told
        else []
    )
    lines = clean_lines(pipes, inputs.margin, ok)
    inserts, access_xy = access_places(inputs.water_access, lines)
    if not lines.coords or not len(access_xy):
        if lines.coords:
            warnings.append(f"{medium.label}: no access point lies on a pipe that can take cable, so none is used")
        return Anchors.none(), warnings
    noded = node_lines(lines, inserts, len(access_xy), key_xy=access_xy)
    open_ = np.zeros(len(noded.node_xy), bool)
    open_[noded.key_node[noded.key_node >= 0]] = True
    nodes = draft.add_nodes(noded.node_xy, np.where(open_, ACCESS, JUNCTION).astype(object))
    length = geodesic_m(noded.coords, draft.crs)
    points = 0.5 * (open_[noded.tail].astype(float) + open_[noded.head])
    if medium.max_run_m is not None:
        points += extra_chambers(length, ~(open_[noded.tail] & open_[noded.head]), medium.max_run_m.value)
    add_segments(draft, noded, nodes, lines.row[noded.line], pipes, key, medium, points, length)
    return Anchors(nodes[open_], noded.node_xy[open_]), warnings


def add_line_route(
    draft: Draft, inputs: Inputs, key: str, medium: Medium, pops: Anchors, sites_xy: FloatArray
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
    keep = None
    if medium.route == "power_lines" and medium.line_kinds:
        keep = layer["kind"].isin(medium.line_kinds).to_numpy()
    lines = clean_lines(layer, inputs.margin, keep)
    if not lines.coords:
        return Anchors.none()
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
    return _joints(draft, Anchors(nodes[chosen], noded.node_xy[chosen]), key, medium)


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


def _joints(draft: Draft, anchors: Anchors, key: str, medium: Medium) -> Anchors:
    """Costs per unit or access point of a route's medium fall due where it is joined, not where it passes."""
    if not any(line.per in ("unit", "access-point") for line in medium.costs):
        return anchors
    joints = draft.add_nodes(anchors.xy, JUNCTION)
    once = np.ones(len(joints))
    coords = [np.vstack([xy, xy]) for xy in anchors.xy]
    counts = {"unit": once, "access-point": once}
    draft.add_edges(anchors.node, joints, coords, key, counts=counts, capacity_mbps=capacity_of(medium))
    return Anchors(joints, anchors.xy)
