"""The share of a cell's people that a short-range option really reaches."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from netplan.radio.shapes import DISC_SEGMENTS, IntArray, shares_within
from netplan.tables import FloatArray

FINER = 0.25
"""Population polygons below this part of a cell's ground say where in the cell people live; larger ones do not."""


def shares_reached(
    sites_xy: FloatArray, points: gpd.GeoDataFrame, radius_m: float, population: gpd.GeoDataFrame | None
) -> tuple[IntArray, IntArray, FloatArray]:
    """(site, demand row, share of the row's people within the radius), shares above 0 only, sorted.

    People are counted where the population polygons (pixels, settlements) are finer than the cells, each evenly over
    its ground; elsewhere, and in cells without any, by the cell's ground. A point is within or not.
    """
    site, row, share = shares_within(sites_xy, points, radius_m)
    fine = _finer(points, population)
    is_cell = points["area_km2"].to_numpy(float)[row] > 0
    if fine is None or not is_cell.any():
        return site, row, share
    grounds, people = np.asarray(fine.geometry.array), fine["population"].to_numpy(float)
    density = people / shapely.area(grounds)
    tree = shapely.STRtree(grounds)
    cells = np.asarray(points.geometry.array)
    rows = np.unique(row[is_cell])
    total = np.zeros(len(points))
    total[rows] = _people_in(tree, grounds, density, cells[rows])
    discs = shapely.buffer(shapely.points(sites_xy), radius_m, quad_segs=DISC_SEGMENTS)
    which = np.flatnonzero(is_cell & (total[row] > 0))
    parts = shapely.intersection(cells[row[which]], discs[site[which]])
    share[which] = np.minimum(_people_in(tree, grounds, density, parts) / total[row[which]], 1.0)
    keep = share > 1e-6
    return site[keep], row[keep], share[keep]


def _finer(points: gpd.GeoDataFrame, population: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame | None:
    """The populated polygons if they are finer than the cells, else None."""
    cells_km2 = points["area_km2"].to_numpy(float)
    if population is None or not (cells_km2 > 0).any():
        return None
    polygons = population[
        (shapely.get_dimensions(np.asarray(population.geometry.array)) == 2)
        & (population["population"] > 0).to_numpy(bool)
    ]
    if polygons.empty:
        return None
    size_km2 = float(np.median(shapely.area(np.asarray(polygons.geometry.array)))) / 1e6
    return polygons if size_km2 <= FINER * float(np.median(cells_km2[cells_km2 > 0])) else None


def _people_in(tree: shapely.STRtree, grounds: np.ndarray, density: FloatArray, shapes: np.ndarray) -> FloatArray:
    """People inside each shape, every ground's spread evenly over it."""
    which, ground = tree.query(shapes, predicate="intersects")
    order = np.lexsort((ground, which))
    which, ground = which[order], ground[order]
    inside_m2 = shapely.area(shapely.intersection(shapes[which], grounds[ground]))
    return np.bincount(which, inside_m2 * density[ground], minlength=len(shapes)).astype(float)
