"""Towers that stand today; crowd-sourced positions become assumed masts."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from netplan.candidates.proposals import IntArray, Proposals, propose
from netplan.tables import FloatArray

LOWEST_SHARE = 0.5
"""A tenant hangs at least this part of the way up: on a short pole all hang close together."""


def cluster_towers(xy: FloatArray, spread_m: float) -> IntArray:
    """Labels 0 … of groups no wider than `spread_m` (complete linkage).

    Args:
        xy: (n, 2) positions, metres.
        spread_m: largest distance between two members of a group; 0 groups only equal positions.

    Returns:
        Labels (n,), numbered by each group's first member in (x, y) order; independent of the order of rows.
    """
    n = len(xy)
    order = np.lexsort((xy[:, 1], xy[:, 0]))
    place = xy[order]
    # Complete linkage never joins across a gap wider than the spread, so each connected piece stands alone.
    pairs = cKDTree(place).query_pairs(max(spread_m, 1e-6), output_type="ndarray") if n else np.zeros((0, 2), int)
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    count, piece = connected_components(graph, directed=False) if n else (0, np.zeros(0, int))
    label = np.zeros(n, dtype=np.int64)
    following = 0
    for i in range(count):
        members = np.flatnonzero(piece == i)
        inner = np.ones(len(members), dtype=np.int64)
        if len(members) > 1:
            inner = fcluster(linkage(place[members], "complete"), max(spread_m, 1e-6), "distance").astype(np.int64)
        label[members] = following + inner
        following += int(inner.max())
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    result = np.empty(n, dtype=np.int64)
    result[order] = rank[inverse]
    return result


def tower_proposals(towers: gpd.GeoDataFrame, area: BaseGeometry, cluster_m: float) -> tuple[Proposals, list[str]]:
    """Existing towers inside the area, the assumed ones grouped into assumed masts, and warnings.

    An assumed mast stands at the centroid of its group (at the member nearest to it if that lies outside the
    area), as high as the highest height given in the group.
    """
    point = np.asarray(shapely.centroid(np.asarray(towers.geometry.array, dtype=object)), dtype=object)
    inside = np.asarray(shapely.intersects(area, point), dtype=bool)
    warnings = []
    if not inside.all():
        warnings.append(f"{int((~inside).sum())} towers outside the area are left out: sites may not leave it")
    layer = towers[inside]
    xy = np.column_stack([shapely.get_x(point[inside]), shapely.get_y(point[inside])])
    height = layer["height_m"].to_numpy(float) if "height_m" in layer else np.full(len(xy), np.nan)
    assumed = layer["assumed"].to_numpy(bool) if "assumed" in layer else np.zeros(len(xy), dtype=bool)
    name = _texts(layer, "name")
    carried = _texts(layer, "technologies")
    room = layer["max_systems"].to_numpy(float) if "max_systems" in layer else np.full(len(xy), np.nan)
    known = ~assumed
    # in order of place, so that no sum hangs on the order of the rows
    unsure = np.flatnonzero(assumed)
    unsure = unsure[np.lexsort((xy[unsure, 1], xy[unsure, 0]))]
    label = cluster_towers(xy[unsure], cluster_m)
    masts_xy = _centres(xy[unsure], label, area)
    masts_carried = _together(carried[unsure], label)
    if len(masts_xy):
        warnings.append(
            f"{int(assumed.sum())} tower positions are assumed (crowd-sourced); within {cluster_m:.0f} m they are "
            f"taken for one mast: {len(masts_xy)} assumed masts"
        )
    names = np.array([f"assumed mast {i + 1}" for i in range(len(masts_xy))], dtype=object)
    return (
        propose(
            np.vstack([xy[known], masts_xy]),
            np.concatenate([name[known], names]),
            height_m=np.concatenate([height[known], _highest(height[unsure], label)]),
            assumed=np.concatenate([np.zeros(known.sum(), bool), np.ones(len(masts_xy), bool)]),
            technologies=np.concatenate([carried[known], masts_carried]),
            max_systems=np.concatenate([room[known], _highest(room[unsure], label)]),
        ),
        warnings,
    )


def tenant_heights_m(top_m: FloatArray, free_below_m: float) -> FloatArray:
    """Antenna heights (n,) of a tenant on towers of stated tops (n,): below the antennas of who was there first."""
    return np.maximum(top_m - free_below_m, LOWEST_SHARE * top_m)


def _texts(layer: gpd.GeoDataFrame, column: str) -> npt.NDArray[np.object_]:
    """A column as text, '' where it is empty or absent."""
    if column not in layer:
        return np.full(len(layer), "", object)
    return np.asarray(layer[column].fillna("").astype(str).to_numpy(object))


def _centres(xy: FloatArray, label: IntArray, area: BaseGeometry) -> FloatArray:
    """Place (k, 2) of each group."""
    count = int(label.max()) + 1 if len(label) else 0
    members = np.bincount(label, minlength=count)
    centre = np.column_stack([np.bincount(label, weights=xy[:, axis], minlength=count) / members for axis in (0, 1)])
    for group in np.flatnonzero(~np.asarray(shapely.intersects_xy(area, centre[:, 0], centre[:, 1]), dtype=bool)):
        own = xy[label == group]
        centre[group] = own[np.argmin(((own - centre[group]) ** 2).sum(axis=1))]
    return centre


def _highest(values: FloatArray, label: IntArray) -> FloatArray:
    """Highest known number (k,) of each group; NaN where none is known."""
    highest = np.full(int(label.max()) + 1 if len(label) else 0, -np.inf)
    np.maximum.at(highest, label, np.where(np.isfinite(values), values, -np.inf))
    return np.where(np.isfinite(highest), highest, np.nan)


def _together(carried: npt.NDArray[np.object_], label: IntArray) -> npt.NDArray[np.object_]:
    """All that stands on the members (k,) of each group."""
    count = int(label.max()) + 1 if len(label) else 0
    return np.array([";".join(sorted(set(carried[label == group]) - {""})) for group in range(count)], dtype=object)
