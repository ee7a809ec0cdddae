"""Line layers as networks: clip, node where lines share a vertex, weld near ends, attach points.

Lines that cross without a common vertex stay apart (a bridge is not a junction). Everything is sorted by
coordinates first, so the order of the user's rows does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import geopandas as gpd  # type: ignore[import-untyped]
import numpy as np
import numpy.typing as npt
import shapely  # type: ignore[import-untyped]
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry.base import BaseGeometry  # type: ignore[import-untyped]

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

WELD_M = 1.5
"""A line end this close to another line is joined to it (digitising gaps, not bridges)."""


@dataclass(frozen=True)
class Lines:
    """Clean polylines of one layer, inside the margin, in a canonical order and direction."""

    coords: list[FloatArray]
    """per line (k, 2) metres, k >= 2, no vertex twice in a row"""
    row: IntArray
    """per line: the position of its row in the layer"""

    def geometries(self) -> npt.NDArray[np.object_]:
        """The lines as shapely geometries."""
        return polylines(self.coords)


@dataclass(frozen=True)
class Inserts:
    """Places on lines that must become nodes; all places with one key become one node."""

    line: IntArray
    distance_m: FloatArray
    key: IntArray

    @staticmethod
    def none() -> Inserts:
        """No places."""
        return Inserts(np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64))

    def and_more(self, other: Inserts) -> Inserts:
        """Both sets; keys of `other` are kept as they are."""
        return Inserts(
            np.concatenate([self.line, other.line]),
            np.concatenate([self.distance_m, other.distance_m]),
            np.concatenate([self.key, other.key]),
        )


@dataclass(frozen=True)
class Noded:
    """A layer cut at its nodes."""

    node_xy: FloatArray
    """(n, 2)"""
    tail: IntArray
    head: IntArray
    coords: list[FloatArray]
    """per segment, from tail to head"""
    line: IntArray
    """per segment: the line it was cut from"""
    key_node: IntArray
    """per insert key: its node, -1 if the key was not used"""
    degree: IntArray
    """per node: segment ends that meet there"""


def polylines(coords: list[FloatArray]) -> npt.NDArray[np.object_]:
    """Shapely LineStrings of a list of (k, 2) arrays."""
    if not coords:
        return np.empty(0, dtype=object)
    sizes = [len(c) for c in coords]
    return np.asarray(shapely.linestrings(np.concatenate(coords), indices=np.repeat(np.arange(len(sizes)), sizes)))


def clean_lines(layer: gpd.GeoDataFrame | None, margin: BaseGeometry, keep: BoolArray | None = None) -> Lines:
    """Clip a layer to the margin and bring it into canonical order; `keep` selects rows of the layer."""
    if layer is None or len(layer) == 0:
        return Lines([], np.empty(0, np.int64))
    rows = np.arange(len(layer)) if keep is None else np.flatnonzero(keep)
    geometry = shapely.force_2d(np.asarray(layer.geometry.to_numpy(), dtype=object)[rows])
    shapely.prepare(margin)
    outside = ~shapely.covers(margin, geometry)
    geometry[outside] = shapely.intersection(geometry[outside], margin)
    parts, index = shapely.get_parts(geometry, return_index=True)
    lines = shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING
    lines &= shapely.length(parts) > 0
    return _canonical(parts[lines], rows[index[lines]])


def _canonical(parts: npt.NDArray[np.object_], rows: IntArray) -> Lines:
    """Drop repeated vertices, direct each line from its smaller end, sort by coordinates."""
    xy, index = shapely.get_coordinates(parts, return_index=True)
    xy = np.round(xy, 3)
    fresh = np.ones(len(xy), bool)
    fresh[1:] = (index[1:] != index[:-1]) | (xy[1:] != xy[:-1]).any(axis=1)
    xy, index = xy[fresh], index[fresh]
    pieces = np.split(xy, np.flatnonzero(np.diff(index)) + 1) if len(xy) else []
    kept = []
    for piece in pieces:
        if len(piece) < 2:
            kept.append(piece)
        elif (*piece[0], *piece[1]) > (*piece[-1], *piece[-2]):
            kept.append(piece[::-1])
        else:
            kept.append(piece)
    order = sorted(
        (i for i, piece in enumerate(kept) if len(piece) >= 2),
        key=lambda i: (*kept[i][0], *kept[i][-1], len(kept[i]), *kept[i][1]),
    )
    ids = np.unique(index)
    return Lines([kept[i] for i in order], rows[ids[order]] if order else np.empty(0, np.int64))


def with_poles(lines: Lines, spacing_m: float) -> Lines:
    """The lines with a vertex at every pole, evenly about `spacing_m` apart where they are drawn from bend to bend."""
    coords = []
    for corners in lines.coords:
        step = np.diff(corners, axis=0)
        spans = np.maximum(np.rint(np.hypot(*step.T) / spacing_m), 1.0).astype(np.int64)
        start = np.repeat(np.arange(len(step)), spans)
        pole = np.arange(len(start)) - np.repeat(np.cumsum(spans) - spans, spans)
        coords.append(np.vstack([corners[start] + (pole / spans[start])[:, None] * step[start], corners[-1:]]))
    return Lines(coords, lines.row)


def nearest_on_lines(xy: FloatArray, lines: Lines, max_m: float) -> tuple[IntArray, Inserts, FloatArray]:
    """The nearest place on any line for each point.

    Returns:
        which points have one within `max_m`; the places (key = position in `xy`); their distances in metres.
    """
    if len(xy) == 0 or not lines.coords:
        return np.empty(0, np.int64), Inserts.none(), np.empty(0)
    geometry = lines.geometries()
    points = shapely.points(xy)
    pairs, distance = shapely.STRtree(geometry).query_nearest(points, max_distance=max_m, return_distance=True)
    # Ties (a point at a junction) go to the first line in canonical order.
    order = np.lexsort((pairs[1], pairs[0]))
    point, line, distance = pairs[0][order], pairs[1][order], distance[order]
    point, first = np.unique(point, return_index=True)
    line, distance = line[first], distance[first]
    along = shapely.line_locate_point(geometry[line], points[point])
    return point, Inserts(line, along, point), distance


def all_within(xy: FloatArray, lines: Lines, radius_m: FloatArray) -> tuple[Inserts, FloatArray]:
    """Every line within a point's own radius: the nearest place on each (key = position in `xy`), and how far."""
    if len(xy) == 0 or not lines.coords:
        return Inserts.none(), np.empty(0)
    geometry = lines.geometries()
    points = shapely.points(xy)
    point, line = shapely.STRtree(geometry).query(points, predicate="dwithin", distance=radius_m)
    order = np.lexsort((line, point))
    point, line = point[order], line[order]
    along = shapely.line_locate_point(geometry[line], points[point])
    return Inserts(line, along, point), shapely.distance(geometry[line], points[point])


def _along(piece: FloatArray) -> FloatArray:
    step = np.hypot(*np.diff(piece, axis=0).T)
    return np.concatenate([[0.0], np.cumsum(step)])


def _vertex_ids(xy: FloatArray) -> tuple[IntArray, FloatArray]:
    """Vertices with the same millimetre are one; ids follow (x, y)."""
    grid, inverse = np.unique(np.round(xy * 1000).astype(np.int64), axis=0, return_inverse=True)
    return inverse.ravel(), grid / 1000.0


def _welds(lines: Lines, weld_m: float, first_key: int) -> Inserts:
    """Joins for dangling ends that stop just short of another line; vertices are preferred to mid-line."""
    ends = np.array([c[[0, -1]] for c in lines.coords]).reshape(-1, 2)
    owner = np.repeat(np.arange(len(lines.coords)), 2)
    ids, _ = _vertex_ids(np.concatenate([*lines.coords, ends]))
    count = np.bincount(ids[: -len(ends)])
    dangling = np.flatnonzero(count[ids[-len(ends) :]] == 1)
    geometry = lines.geometries()
    points = shapely.points(ends[dangling])
    near, line = shapely.STRtree(geometry).query(points, predicate="dwithin", distance=weld_m)
    other = line != owner[dangling[near]]
    near, line = near[other], line[other]
    order = np.lexsort((line, shapely.distance(geometry[line], points[near]), near))
    _, first = np.unique(near[order], return_index=True)
    out: list[tuple[int, float, int]] = []
    for k in order[first]:
        end, target = int(dangling[near[k]]), int(line[k])
        piece = lines.coords[target]
        gap = np.hypot(*(piece - ends[end]).T)
        along = _along(piece)
        at = (
            along[gap.argmin()] if gap.min() <= weld_m else shapely.line_locate_point(geometry[target], points[near[k]])
        )
        own = _along(lines.coords[owner[end]])
        key = first_key + len(out) // 2
        out += [(target, float(at), key), (int(owner[end]), 0.0 if end % 2 == 0 else float(own[-1]), key)]
    if not out:
        return Inserts.none()
    line_, at_, key_ = zip(*out, strict=True)
    return Inserts(np.array(line_), np.array(at_), np.array(key_))


def node_lines(
    lines: Lines,
    inserts: Inserts,
    keys: int,
    *,
    every_vertex: bool = False,
    key_xy: FloatArray | None = None,
    weld_m: float = WELD_M,
) -> Noded:
    """Cut lines at ends, shared vertices, welded ends and inserts.

    Args:
        lines: clean lines.
        inserts: places to become nodes; keys in 0..keys-1.
        keys: number of keys.
        every_vertex: make each vertex a node (poles of a pole line).
        key_xy: where the node of each key stands, when that is not on the line (a reservoir beside its pipes).
        weld_m: reach of the welding of ends.
    """
    if not lines.coords:
        empty = np.empty(0, np.int64)
        return Noded(np.empty((0, 2)), empty, empty, [], empty, np.full(keys, -1, np.int64), empty)
    joined = inserts.and_more(_welds(lines, weld_m, keys))
    xy, line, forced, key = _with_inserts(lines, joined)
    vertex, vertex_xy = _vertex_ids(xy)
    # One group per vertex, and per key: the places of one key are one node.
    used = key >= 0
    n, m = len(vertex_xy), int(joined.key.max(initial=keys - 1)) + 1
    link = coo_array((np.ones(used.sum()), (vertex[used], n + key[used])), shape=(n + m, n + m))
    group = connected_components(link, directed=False)[1]
    at = group[vertex]
    ends = np.ones(len(line), bool)
    ends[1:-1] = (line[1:-1] != line[:-2]) | (line[1:-1] != line[2:])
    repeated = np.zeros(len(line), bool)
    repeated[1:] = (at[1:] == at[:-1]) & (line[1:] == line[:-1])
    count = np.bincount(at[~repeated], minlength=group.max() + 1)
    node = ends | forced | (count[at] > 1) | every_vertex
    group_xy = np.full((group.max() + 1, 2), np.nan)
    first_group, first_vertex = np.unique(group[:n], return_index=True)
    group_xy[first_group] = vertex_xy[first_vertex]
    key_group = group[n : n + keys]
    if key_xy is not None and keys:
        given = np.isin(key_group, at[used])
        group_xy[key_group[given]] = key_xy[given]
    return _cut(xy, line, at.astype(np.int64), node, group_xy, key_group.astype(np.int64))


def _with_inserts(lines: Lines, inserts: Inserts) -> tuple[FloatArray, IntArray, BoolArray, IntArray]:
    """All vertices in line order with the inserts in their place: xy, line, forced, key (-1 none)."""
    sizes = [len(c) for c in lines.coords]
    line = np.concatenate([np.repeat(np.arange(len(sizes)), sizes), inserts.line])
    along = np.concatenate([*map(_along, lines.coords), inserts.distance_m])
    placed = shapely.line_interpolate_point(lines.geometries()[inserts.line], inserts.distance_m)
    xy = np.concatenate([*lines.coords, shapely.get_coordinates(placed).reshape(-1, 2)])
    key = np.concatenate([np.full(sum(sizes), -1), inserts.key])
    order = np.lexsort((key, along, line))
    return xy[order], line[order], key[order] >= 0, key[order]


def _cut(
    xy: FloatArray, line: IntArray, at: IntArray, node: BoolArray, group_xy: FloatArray, key_group: IntArray
) -> Noded:
    stops = np.flatnonzero(node)
    same = line[stops[1:]] == line[stops[:-1]]
    start, stop = stops[:-1][same], stops[1:][same]
    real = (at[start] != at[stop]) | (stop - start > 1)
    start, stop = start[real], stop[real]
    groups, dense = np.unique(np.concatenate([at[start], at[stop]]), return_inverse=True)
    tail, head = dense[: len(start)], dense[len(start) :]
    node_xy = group_xy[groups]
    coords = [
        np.vstack([node_xy[t], xy[a + 1 : b], node_xy[h]]) for a, b, t, h in zip(start, stop, tail, head, strict=True)
    ]
    lookup = np.full(max(len(group_xy), 1), -1, np.int64)
    lookup[groups] = np.arange(len(groups))
    degree = np.bincount(dense, minlength=len(groups))
    return Noded(node_xy, tail, head, coords, line[start], lookup[key_group], degree)
