"""Where demand is, seen from a site: aim points inside cells, and shares of a cell within a distance."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from netplan.tables import FloatArray

IntArray = npt.NDArray[np.int64]
DISC_SEGMENTS = 32
"""Segments of a quarter circle when a disc is drawn as a polygon (area short by 0.04 %)."""


@dataclass(frozen=True)
class Aims:
    """Points where the loss to demand is worked out: `xy_m` (k, 2) and the demand row of each, `row` (k,), sorted."""

    xy_m: FloatArray
    row: IntArray

    @property
    def bit(self) -> IntArray:
        """2 to the power of each point's place among those of its row, (k,)."""
        first = np.searchsorted(self.row, self.row)
        return np.asarray(1 << (np.arange(len(self.row)) - first), np.int64)


def xy(points: gpd.GeoDataFrame) -> FloatArray:
    """(n, 2) map coordinates from the columns `x_m`, `y_m`."""
    return np.ascontiguousarray(points[["x_m", "y_m"]].to_numpy(float))


def aim_points(points: gpd.GeoDataFrame) -> Aims:
    """Aim points of each demand row: its representative point and, for a cell, the quadrant centres inside it.

    A cell wider than a few hundred metres is neither wholly served nor wholly unserved by a radio; five
    points give the share of it that is.
    """
    centre = xy(points)
    rows = np.arange(len(points))
    cells = np.flatnonzero(points["area_km2"].to_numpy(float) > 0)
    shapes = np.asarray(points.geometry.array)[cells]
    left, bottom, right, top = shapely.bounds(shapes).T if len(cells) else np.empty((4, 0))
    quarters, owners = [centre], [rows]
    for fx in (0.25, 0.75):
        for fy in (0.25, 0.75):
            x, y = left + fx * (right - left), bottom + fy * (top - bottom)
            inside = np.asarray(shapely.contains_xy(shapes, x, y), bool)
            quarters.append(np.column_stack([x, y])[inside])
            owners.append(cells[inside])
    row = np.concatenate(owners)
    order = np.argsort(row, kind="stable")
    return Aims(np.ascontiguousarray(np.concatenate(quarters)[order]), row[order].astype(np.int64))


def pairs_within(first: FloatArray, second: FloatArray, radius_m: float) -> tuple[IntArray, IntArray, FloatArray]:
    """Index pairs (into first, into second) not farther apart than the radius, and their distances, sorted."""
    if not len(first) or not len(second):
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    found = cKDTree(first).sparse_distance_matrix(cKDTree(second), radius_m, output_type="ndarray")
    order = np.lexsort((found["j"], found["i"]))
    return (
        found["i"][order].astype(np.int64),
        found["j"][order].astype(np.int64),
        np.asarray(found["v"][order], float),
    )


def shares_within(
    sites_xy: FloatArray, points: gpd.GeoDataFrame, radius_m: float
) -> tuple[IntArray, IntArray, FloatArray]:
    """(site, demand row, share of the demand row within the radius), shares above 0 only, sorted.

    A cell counts by area; a point is within or not.
    """
    empty = np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    if not len(sites_xy) or not len(points):
        return empty
    shapes = np.asarray(points.geometry.array)
    is_cell = points["area_km2"].to_numpy(float) > 0
    located = np.where(is_cell, shapes, shapely.points(xy(points)))
    discs = shapely.buffer(shapely.points(sites_xy), radius_m, quad_segs=DISC_SEGMENTS)
    site, row = shapely.STRtree(located).query(shapely.points(sites_xy), predicate="dwithin", distance=radius_m)
    order = np.lexsort((row, site))
    site, row = site[order].astype(np.int64), row[order].astype(np.int64)
    share = np.ones(len(site))
    cut = is_cell[row]
    whole = shapely.area(located[row[cut]])
    share[cut] = np.minimum(1.0, shapely.area(shapely.intersection(located[row[cut]], discs[site[cut]])) / whole)
    keep = share > 1e-6
    return site[keep], row[keep], share[keep]
