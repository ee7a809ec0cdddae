"""The ground under the candidates: where a site may stand, how high it is, how far the road is."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from affine import Affine
from scipy import ndimage
from shapely.geometry.base import BaseGeometry

from netplan.candidates.proposals import BoolArray
from netplan.tables import FloatArray, Raster


def is_free(xy: FloatArray, area: BaseGeometry, exclusions: gpd.GeoDataFrame) -> BoolArray:
    """Whether a new site may stand at each xy (n, 2): inside the area and in no exclusion."""
    shapely.prepare(area)
    free = np.asarray(shapely.contains_xy(area, xy[:, 0], xy[:, 1]), dtype=bool)
    if free.any() and len(exclusions):
        inside = np.flatnonzero(free)
        # The tree prepares what it is asked with, so the points are the tree and the large polygons the question.
        tree = shapely.STRtree(shapely.points(xy[inside]))
        _, hit = tree.query(np.asarray(exclusions.geometry.array, dtype=object), predicate="intersects")
        free[inside[hit]] = False
    return free


def sample(raster: Raster | None, xy: FloatArray) -> FloatArray:
    """Value of the raster's pixel at each xy (n, 2); NaN outside it or without a raster."""
    value = np.full(len(xy), np.nan)
    if raster is None or not len(xy):
        return value
    column, row = _apply(~raster.transform, xy[:, 0], xy[:, 1])
    column, row = np.floor(column).astype(int), np.floor(row).astype(int)
    rows, columns = raster.values.shape
    within = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    value[within] = raster.values[row[within], column[within]]
    return value


def smooth(raster: Raster, radius_m: float) -> Raster:
    """Mean of the square of half-width `radius_m` around each pixel, without the pixels that hold no data.

    The result is coarser than the raster where that is fine enough for the radius (20 pixels to it).
    """
    finest = max(abs(raster.transform.a), abs(raster.transform.e))
    step = max(int(radius_m / 20 / finest), 1)
    a, b, c, d, e, f = raster.transform[:6]
    values, transform = raster.values[::step, ::step], Affine(a * step, b * step, c, d * step, e * step, f)
    known = np.isfinite(values)
    size = (_pixels(radius_m, transform.e), _pixels(radius_m, transform.a))
    total = ndimage.uniform_filter(np.where(known, values, 0.0), size, mode="nearest")
    weight = ndimage.uniform_filter(known.astype(float), size, mode="nearest")
    mean = np.divide(total, weight, out=np.full(total.shape, np.nan), where=weight > 1e-9)
    return Raster(mean, transform, raster.path)


def _apply(transform: Affine, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    a, b, c, d, e, f = transform[:6]
    return a * x + b * y + c, d * x + e * y + f


def _pixels(radius_m: float, pixel_m: float) -> int:
    return 2 * max(round(radius_m / abs(pixel_m)), 1) + 1


def coarsen(raster: Raster, pixel_m: float) -> tuple[FloatArray, FloatArray]:
    """Highest pixel of each block about `pixel_m` wide.

    Returns:
        Heights (rows, columns), NaN where a block has no data, and places (rows, columns, 2) of those pixels.
    """
    step_row = max(round(pixel_m / abs(raster.transform.e)), 1)
    step_column = max(round(pixel_m / abs(raster.transform.a)), 1)
    rows, columns = raster.values.shape[0] // step_row, raster.values.shape[1] // step_column
    cut = raster.values[: rows * step_row, : columns * step_column]
    block = cut.reshape(rows, step_row, columns, step_column).swapaxes(1, 2).reshape(rows, columns, -1)
    filled = np.where(np.isnan(block), -np.inf, block)
    best = filled.argmax(axis=2)
    height = np.take_along_axis(filled, best[..., None], axis=2)[..., 0]
    row = np.arange(rows)[:, None] * step_row + best // step_column
    column = np.arange(columns)[None, :] * step_column + best % step_column
    x, y = _apply(raster.transform, column + 0.5, row + 0.5)
    return np.where(np.isfinite(height), height, np.nan), np.stack([x, y], axis=2)


def distance_to(layer: npt.NDArray[np.object_], xy: FloatArray) -> FloatArray:
    """Metres from each xy (n, 2) to the nearest geometry; inf if there is none."""
    distance = np.full(len(xy), np.inf)
    if not len(layer) or not len(xy):
        return distance
    found: Any = shapely.STRtree(layer).query_nearest(shapely.points(xy), return_distance=True, all_matches=False)
    distance[found[0][0]] = found[1]
    return distance
