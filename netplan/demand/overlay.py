"""How much of each demand row features on the map cover: by ground for cells, yes or no for points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from netplan.demand.grid import polygons_only
from netplan.project.schema import SURVEY_M
from netplan.tables import FloatArray, Raster

IntArray = npt.NDArray[np.int64]
Geometries = npt.NDArray[np.object_]
Mask = npt.NDArray[np.bool_]
SAMPLES = 20
"""Samples per side of a cell when a raster is read: 0.25 % of the cell each."""


@dataclass(frozen=True)
class Pairs:
    """Which feature meets which demand row. Equal lengths, sorted by row, then best feature first."""

    row: IntArray
    feature: IntArray
    origin: IntArray
    """Number of the feature in the layer: features that state several technologies occur once for each."""
    share: FloatArray
    """Of the people at the feature."""
    polygon: Mask


def meet(rows: Geometries, features: Geometries, origin: IntArray, share: FloatArray, rate: FloatArray) -> Pairs:
    """Demand rows (n cells or points) and the features (m polygons or points) that say something about them.

    A polygon meets what it intersects; a point the cell that holds it and points within 100 m. Best first: largest
    share, then highest rate, then order of the layer.
    """
    polygon = np.asarray(shapely.get_dimensions(features) == 2)
    cell = np.asarray(shapely.get_dimensions(rows) == 2)
    found: list[tuple[IntArray, IntArray]] = []
    for of_polygons, of_cells in ((True, True), (True, False), (False, True), (False, False)):
        f, r = np.flatnonzero(polygon == of_polygons), np.flatnonzero(cell == of_cells)
        near = {"distance": SURVEY_M} if not (of_polygons or of_cells) else {}
        tree = shapely.STRtree(features[f])
        i, j = tree.query(rows[r], predicate="dwithin" if near else "intersects", **near)
        found.append((r[i].astype(np.int64), f[j].astype(np.int64)))
    row, feature = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.lexsort((feature, -rate[feature], -share[feature], row))
    row, feature = row[order], feature[order]
    return Pairs(row, feature, origin[feature], share[feature], polygon[feature])


def parts(pairs: Pairs, counts: Mask, speaks: Mask, rows: Geometries, features: Geometries) -> FloatArray:
    """Share of its row that each pair serves, 0 where `counts` is False; the parts of a row add up to at most 1.

    Ground under several polygons is served by the best of them. The points in a cell speak for equal shares of it.
    Where polygons and points both speak of a row, those that serve more of it are believed. `speaks`: pairs whose
    feature says anything about the row (a point about sensors says nothing about households).
    """
    result = np.zeros(len(pairs.row))
    is_cell = np.asarray(shapely.get_dimensions(rows) == 2)[pairs.row]
    _of_points(result, pairs, counts, speaks, is_cell)
    _of_polygons(result, pairs, counts, is_cell, rows, features)
    n = len(rows)
    by_points = np.bincount(pairs.row, result * ~pairs.polygon, minlength=n)
    by_polygons = np.bincount(pairs.row, result * pairs.polygon, minlength=n)
    believed = np.where(pairs.polygon, (by_polygons >= by_points)[pairs.row], (by_polygons < by_points)[pairs.row])
    return np.where(believed, result, 0.0)


def _of_points(result: FloatArray, pairs: Pairs, counts: Mask, speaks: Mask, is_cell: Mask) -> None:
    """Each surveyed point of a cell speaks for an equal part; of those near a facility the best speaks."""
    points = ~pairs.polygon
    frame = pd.DataFrame({"row": pairs.row, "origin": pairs.origin})
    surveyed = frame[points & speaks].groupby("row")["origin"].nunique()
    of_cell = points & is_cell & counts
    best = np.flatnonzero(of_cell)[~frame[of_cell].duplicated().to_numpy(bool)]
    result[best] = pairs.share[best] / surveyed.reindex(pairs.row[best]).to_numpy(float)
    of_point = points & ~is_cell & counts
    best = np.flatnonzero(of_point)[~frame.loc[of_point, "row"].duplicated().to_numpy(bool)]
    result[best] = pairs.share[best]


def _of_polygons(
    result: FloatArray,
    pairs: Pairs,
    counts: Mask,
    is_cell: Mask,
    rows: Geometries,
    features: Geometries,
) -> None:
    """Ground of the cell inside each polygon and in none that is better; of those around a point the best."""
    of_point = np.flatnonzero(pairs.polygon & ~is_cell & counts)
    of_point = of_point[~pd.Series(pairs.row[of_point]).duplicated().to_numpy(bool)]
    result[of_point] = pairs.share[of_point]
    of_cell = np.flatnonzero(pairs.polygon & is_cell & counts)
    if not len(of_cell):
        return
    alone = ~pd.Series(pairs.row[of_cell]).duplicated(keep=False).to_numpy(bool)
    single = of_cell[alone]
    shapely.prepare(features)
    shapes, around = rows[pairs.row[single]], features[pairs.feature[single]]
    inside = shapely.covers(around, shapes)
    piece = shapes.copy()
    piece[~inside] = shapely.intersection(shapes[~inside], around[~inside])
    result[single] = pairs.share[single] * shapely.area(piece) / shapely.area(shapes)
    several = of_cell[~alone]
    for k in np.split(several, np.flatnonzero(np.diff(pairs.row[several])) + 1) if len(several) else ():
        left = whole = rows[pairs.row[k[0]]]
        for pair in k:
            polygon = features[pairs.feature[pair]]
            piece_m2 = left.intersection(polygon).area
            if piece_m2 <= 0:
                continue
            result[pair] = pairs.share[pair] * piece_m2 / whole.area
            left = polygons_only(np.array([left.difference(polygon)], dtype=object))[0]
            if left.is_empty:
                break


def raster_shares(
    raster: Raster, rows: Geometries, aim_xy: FloatArray, required: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(share with at least the required rate, share with any, mean rate where there is any) of n demand rows.

    A cell counts by the samples of a regular grid inside it, a point by its pixel.
    """
    n = len(rows)
    left, bottom, right, top = shapely.bounds(rows).T
    step = (np.arange(SAMPLES) + 0.5) / SAMPLES
    fx, fy = (axis.ravel() for axis in np.meshgrid(step, step))
    x = (left[:, None] + fx * (right - left)[:, None]).ravel()
    y = (bottom[:, None] + fy * (top - bottom)[:, None]).ravel()
    owner = np.repeat(np.arange(n), SAMPLES**2)
    inside = np.asarray(shapely.contains_xy(rows[owner], x, y), bool)
    bare = np.bincount(owner[inside], minlength=n) == 0
    owner = np.concatenate([owner[inside], np.flatnonzero(bare)])
    x, y = np.concatenate([x[inside], aim_xy[bare, 0]]), np.concatenate([y[inside], aim_xy[bare, 1]])
    to_pixel = ~raster.transform
    column = np.floor(to_pixel.a * x + to_pixel.b * y + to_pixel.c).astype(np.int64)
    line = np.floor(to_pixel.d * x + to_pixel.e * y + to_pixel.f).astype(np.int64)
    height, width = raster.values.shape
    on = (column >= 0) & (column < width) & (line >= 0) & (line < height)
    rate = np.zeros(len(x))
    rate[on] = np.nan_to_num(raster.values[line[on], column[on]])
    count = np.bincount(owner, minlength=n)
    enough = np.bincount(owner, rate >= required[owner], minlength=n) / count
    some = np.bincount(owner, rate > 0, minlength=n)
    mean = np.divide(np.bincount(owner, rate, minlength=n), some, out=np.full(n, np.nan), where=some > 0)
    return enough, some / count, mean
