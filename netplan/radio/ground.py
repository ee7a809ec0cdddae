"""Values of a raster under map points."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from netplan.tables import FloatArray, Raster


def values_at(raster: Raster, xy_m: npt.ArrayLike) -> FloatArray:
    """Bilinear values at n map points (n, 2), the edge's within half a pixel of it; NaN off the raster or by a void."""
    x, y = np.asarray(xy_m, float).reshape(-1, 2).T
    column, row = ~raster.transform * (x, y)
    rows, columns = raster.values.shape
    outside = (column < 0) | (column > columns) | (row < 0) | (row > rows)
    column, row = np.clip(column - 0.5, 0, columns - 1), np.clip(row - 0.5, 0, rows - 1)
    c, r = np.minimum(column.astype(int), max(columns - 2, 0)), np.minimum(row.astype(int), max(rows - 2, 0))
    fc, fr = column - c, row - r
    c1, r1 = np.minimum(c + 1, columns - 1), np.minimum(r + 1, rows - 1)
    top = raster.values[r, c] * (1 - fc) + raster.values[r, c1] * fc
    bottom = raster.values[r1, c] * (1 - fc) + raster.values[r1, c1] * fc
    return np.asarray(np.where(outside, np.nan, top * (1 - fr) + bottom * fr))
