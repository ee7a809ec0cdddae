"""Planning cells and the people in them: population is moved to a square grid and nobody is lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from netplan.tables import FloatArray

IntArray = npt.NDArray[np.int64]
GeometryArray = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Grid:
    """Square cells aligned to multiples of `cell_m` in the project CRS that share ground with the area.

    `column[i] = floor(x / cell_m)`, `row[i] = floor(y / cell_m)`; `inside[i]` is the cell clipped to the area,
    `land[i]` the part of it outside the exclusions (may be empty). Sorted by (column, row).
    """

    cell_m: float
    column: IntArray
    row: IntArray
    inside: GeometryArray
    land: GeometryArray

    def boxes(self) -> GeometryArray:
        """The whole, unclipped cells."""
        return boxes(self.column, self.row, self.cell_m)


@dataclass(frozen=True)
class People:
    """People per cell of a grid, and what had to be assumed. `in_exclusions` counts those on wholly excluded ground."""

    per_cell: FloatArray
    in_exclusions: float


def boxes(column: IntArray, row: IntArray, cell_m: float) -> GeometryArray:
    """Square polygons of the grid cells (column, row)."""
    x, y = column * cell_m, row * cell_m
    return np.asarray(shapely.box(x, y, x + cell_m, y + cell_m), dtype=object)


def polygons_only(geometry: GeometryArray) -> GeometryArray:
    """Drops the points and lines that an overlay leaves behind; what has no area becomes an empty polygon."""
    kinds = shapely.get_type_id(geometry)
    odd = ~np.isin(kinds, (3, 6))
    result = geometry.copy()
    if odd.any():
        result[odd] = shapely.buffer(geometry[odd], 0.0)
    return result


def make_grid(area: BaseGeometry, exclusions: GeometryArray, cell_m: float) -> Grid:
    """Cells of `cell_m` metres that share ground with the area, clipped to it."""
    west, south, east, north = shapely.bounds(area)
    columns = np.arange(np.floor(west / cell_m), np.ceil(east / cell_m), dtype=np.int64)
    rows = np.arange(np.floor(south / cell_m), np.ceil(north / cell_m), dtype=np.int64)
    column, row = (index.ravel() for index in np.meshgrid(columns, rows, indexing="ij"))
    cell = boxes(column, row, cell_m)
    shapely.prepare(area)
    touching = shapely.intersects(area, cell)
    column, row, cell = column[touching], row[touching], cell[touching]
    whole = shapely.covers(area, cell)
    inside = cell.copy()
    inside[~whole] = polygons_only(np.asarray(shapely.intersection(cell[~whole], area), dtype=object))
    keep = shapely.area(inside) > 0
    column, row, inside = column[keep], row[keep], inside[keep]
    return Grid(cell_m, column, row, inside, subtract(inside, exclusions))


def subtract(polygons: GeometryArray, exclusions: GeometryArray) -> GeometryArray:
    """Each polygon less the exclusions that meet it (may leave an empty polygon)."""
    result = polygons.copy()
    if not len(exclusions) or not len(polygons):
        return result
    which, by = shapely.STRtree(exclusions).query(polygons, predicate="intersects")
    order = np.lexsort((by, which))
    which, by = which[order], by[order]
    # Cutting the exclusion to the cell first keeps the vertices of large lakes out of the difference.
    parts = np.asarray(shapely.intersection(polygons[which], exclusions[by]), dtype=object)
    for cell in np.unique(which):
        hole = shapely.union_all(parts[which == cell])
        result[cell] = shapely.difference(polygons[cell], hole)
    return polygons_only(result)


def canonical(population: gpd.GeoDataFrame) -> tuple[GeometryArray, FloatArray]:
    """Geometry and people, sorted by place and number so that sums do not depend on the order of rows."""
    geometry = np.asarray(population.geometry.array, dtype=object)
    people = np.asarray(population["population"].to_numpy(float))
    keep = (people > 0) & ~shapely.is_empty(geometry) & ~shapely.is_missing(geometry)
    geometry, people = geometry[keep], people[keep]
    centre = shapely.centroid(geometry)
    order = np.lexsort((people, shapely.get_y(centre), shapely.get_x(centre)))
    return geometry[order], people[order]


def people_per_cell(grid: Grid, population: gpd.GeoDataFrame, area: BaseGeometry) -> People:
    """People of the grid's cells.

    A population polygon (raster pixel, settlement) gives its cells the people of its part inside the area, by
    area share of that part outside the exclusions; if nothing of it is outside them, by plain area share. A
    population point inside the area goes to the cell that holds it.

    Args:
        grid: n cells.
        population: polygons or points with `population`.
        area: the planning area that the grid was made from.

    Returns:
        People per cell, shape (n,); the sum is Σ population × fraction of the polygon inside the area.
    """
    geometry, people = canonical(population)
    is_point = shapely.get_dimensions(geometry) == 0
    per_cell, stranded = _from_polygons(grid, geometry[~is_point], people[~is_point])
    points = geometry[is_point]
    here = np.asarray(shapely.intersects(area, points), dtype=bool)
    cell = cells_of(grid, points[here])
    per_cell += np.bincount(cell, weights=people[is_point][here], minlength=len(grid.column))
    return People(per_cell, stranded)


def _from_polygons(grid: Grid, polygons: GeometryArray, people: FloatArray) -> tuple[FloatArray, float]:
    n = len(grid.column)
    if not len(polygons) or not n:
        return np.zeros(n), 0.0
    cell, source = shapely.STRtree(polygons).query(grid.inside, predicate="intersects")
    order = np.lexsort((cell, source))
    cell, source = cell[order], source[order]
    plain = np.asarray(shapely.area(shapely.intersection(polygons[source], grid.inside[cell])))
    land = plain.copy()
    cut = shapely.area(grid.land[cell]) < shapely.area(grid.inside[cell])
    land[cut] = shapely.area(shapely.intersection(polygons[source[cut]], grid.land[cell[cut]]))
    m = len(polygons)
    plain_total = np.bincount(source, weights=plain, minlength=m)
    land_total = np.bincount(source, weights=land, minlength=m)
    whole = np.asarray(shapely.area(polygons))
    inside = people * np.minimum(plain_total / whole, 1.0)
    # A sliver of ground left over by rounding is no place for everybody.
    drowned = land_total <= 1e-9 * whole
    weight = np.where(drowned[source], plain, land)
    total = np.where(drowned, plain_total, land_total)[source]
    share = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    moved = np.bincount(cell, weights=share * inside[source], minlength=n)
    return np.asarray(moved, dtype=float), float(inside[drowned].sum())


def cells_of(grid: Grid, points: GeometryArray) -> IntArray:
    """Index of the cell that holds each point; the nearest cell for one on the outer edge."""
    if not len(points):
        return np.zeros(0, dtype=np.int64)
    column = np.floor(shapely.get_x(points) / grid.cell_m).astype(np.int64)
    row = np.floor(shapely.get_y(points) / grid.cell_m).astype(np.int64)
    span = int(max(grid.row.max(), row.max()) - min(grid.row.min(), row.min())) + 1
    key, wanted = grid.column * span + grid.row, column * span + row
    position = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
    lost = key[position] != wanted
    if lost.any():
        nearest: Any = shapely.STRtree(grid.inside).query_nearest(points[lost], all_matches=False)
        position[lost] = nearest[1]
    return np.asarray(position, dtype=np.int64)


def aim_points(grid: Grid, population: gpd.GeoDataFrame, settlements: gpd.GeoDataFrame | None) -> FloatArray:
    """Where radio aims in each cell, shape (n, 2): the mean of its population points weighted by people, else of
    its settlement points, else the centroid of its ground if that lies on it, else a point on it."""
    ground = np.where(shapely.area(grid.land) > 0, grid.land, grid.inside)
    centre = np.asarray(shapely.centroid(ground), dtype=object)
    known = np.zeros(len(ground), dtype=bool)
    layers = [canonical(population)]
    if settlements is not None and len(settlements):
        layers.append(canonical(settlements[["geometry"]].assign(population=1.0)))
    for geometry, people in layers:
        is_point = shapely.get_dimensions(geometry) == 0
        mean, found = _weighted_mean(grid, geometry[is_point], people[is_point])
        use = found & ~known
        centre[use], known = mean[use], known | found
    outside = ~np.asarray(shapely.intersects(ground, centre), dtype=bool)
    centre[outside] = shapely.point_on_surface(ground[outside])
    return np.column_stack([shapely.get_x(centre), shapely.get_y(centre)])


def _weighted_mean(
    grid: Grid, points: GeometryArray, people: FloatArray
) -> tuple[GeometryArray, npt.NDArray[np.bool_]]:
    n = len(grid.column)
    inside = np.asarray(shapely.intersects_xy(_bounds_box(grid), shapely.get_x(points), shapely.get_y(points)))
    points, people = points[inside], people[inside]
    cell = cells_of(grid, points)
    weight = np.bincount(cell, weights=people, minlength=n)
    found = weight > 0
    safe = np.where(found, weight, 1.0)
    x = np.bincount(cell, weights=people * shapely.get_x(points), minlength=n) / safe
    y = np.bincount(cell, weights=people * shapely.get_y(points), minlength=n) / safe
    return np.asarray(shapely.points(x, y), dtype=object), np.asarray(found)


def _bounds_box(grid: Grid) -> BaseGeometry:
    west, south, east, north = shapely.total_bounds(grid.inside)
    return shapely.box(west, south, east, north)
