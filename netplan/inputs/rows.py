"""Which row of the planner's file a feature is: what is told by row must be found there, though features are dropped,
parted, clipped and sorted on their way."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from netplan.tables import ROW

ROWS_SHOWN = 5


def numbered(frame: gpd.GeoDataFrame, rows: Sequence[int] | None = None) -> gpd.GeoDataFrame:
    """The layer as read, with the numbers of its rows in the file (of a layer without a header: from 1)."""
    return frame.assign(**{ROW: np.arange(1, len(frame) + 1) if rows is None else np.asarray(rows, np.int64)})


def rows_text(frame: gpd.GeoDataFrame, wrong: npt.NDArray[np.bool_]) -> str:
    """`row 3, 7, 9` of those that are wrong, the first few."""
    rows = np.unique(frame[ROW].to_numpy(np.int64)[wrong])
    return "row " + ", ".join(map(str, rows[:ROWS_SHOWN])) + (" …" if len(rows) > ROWS_SHOWN else "")


def columns_text(frame: gpd.GeoDataFrame) -> str:
    """The columns that the file has besides geometry, by name."""
    return ", ".join(sorted(str(c) for c in frame.columns if c not in (frame.geometry.name, ROW))) or "none"
