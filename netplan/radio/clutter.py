"""What stands on the ground where an antenna stands: roofs and masts carry antennas above their own clutter."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from netplan.tables import FloatArray, Raster

OVER_CLUTTER_M = 1.5
"""An antenna on a roof or a pole stands this much above what a land-cover map says stands there."""
OWN_SAMPLES = 1.5
"""Samples of the terrain within which the map's clutter is an antenna's own house or tree, not one in its way."""


def clutter_at(raster: Raster | None, xy_m: npt.ArrayLike) -> FloatArray:
    """Clutter height of the pixel under n map points (n, 2); 0 where there is none, or none is known."""
    x, y = np.asarray(xy_m, float).reshape(-1, 2).T
    if raster is None or raster.clutter_m is None:
        return np.zeros(len(x))
    column, row = (np.floor(part).astype(int) for part in ~raster.transform * (x, y))
    rows, columns = raster.clutter_m.shape
    inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    found = raster.clutter_m[np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)]
    return np.asarray(np.where(inside, np.nan_to_num(found), 0.0))


def over_clutter(raster: Raster | None, xy_m: npt.ArrayLike, height_m: npt.ArrayLike) -> FloatArray:
    """Heights above ground of n antennas, raised to `OVER_CLUTTER_M` above the clutter they stand in."""
    own_m = clutter_at(raster, xy_m)
    return np.where(own_m > 0, np.maximum(height_m, own_m + OVER_CLUTTER_M), height_m)
