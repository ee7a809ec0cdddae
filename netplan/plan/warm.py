"""Which candidates of one district are those that another scenario's plan chose: by kind and place, not by id."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely


def alike(table: gpd.GeoDataFrame, chosen: gpd.GeoDataFrame, kind: str) -> npt.NDArray[np.bool_]:
    """Rows of a table that have a row of the same kind and place (to the metre) among those chosen. Shape: len(table).

    Ids are numbered anew in every scenario; where something stands is not. Lines are the same when middle and length
    are.

    Args:
        table: candidates, with the column `kind`.
        chosen: rows of a plan, with the same column, in the same CRS.
        kind: technology or medium.
    """
    if table.crs is not None and chosen.crs is not None and table.crs != chosen.crs:
        return np.zeros(len(table), bool)
    return np.asarray(_keys(table, kind).isin(_keys(chosen, kind)), bool)


def _keys(table: gpd.GeoDataFrame, kind: str) -> pd.MultiIndex:
    shapes = np.asarray(table.geometry.array, dtype=object)
    middle = shapely.centroid(shapes)
    return pd.MultiIndex.from_arrays(
        [
            table[kind].astype(str),
            np.round(shapely.get_x(middle)),
            np.round(shapely.get_y(middle)),
            np.round(shapely.length(shapes)),
        ]
    )
