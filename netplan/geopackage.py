"""How a layer of `plan.gpkg` is kept: rows under share-alike licences stand in a layer beside the others."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

import pandas as pd
import pyogrio

FLUSHING = "OGR_SQLITE_SYNCHRONOUS"
_ONE_AT_A_TIME = Lock()
ALIKE = "_share_alike"
"""What a layer is called whose rows must be shared alike: the name of the layer that it belongs to, and this."""


@contextmanager
def flushed_once(path: Path) -> Iterator[None]:
    """A GeoPackage that is written meanwhile is flushed to the disk once, at the end, and not with every layer, which
    took half of the time of writing a small plan. Threads wait for one another: GDAL's options are the process's."""
    with _ONE_AT_A_TIME:
        before = pyogrio.get_gdal_config_option(FLUSHING)
        pyogrio.set_gdal_config_options({FLUSHING: "OFF"})
        try:
            yield
        finally:
            pyogrio.set_gdal_config_options({FLUSHING: before})
        with path.open("rb+") as file:
            os.fsync(file.fileno())


def layer_names(path: Path) -> set[str]:
    """Names of the layers and tables of a GeoPackage.

    Raises:
        pyogrio.errors.DataSourceError: the file is no GeoPackage.
    """
    return {str(name) for name in pyogrio.list_layers(path)[:, 0]}


def read_whole(path: Path, layer: str, present: Collection[str] | None = None) -> pd.DataFrame:
    """A layer of a written plan with its share-alike rows in their places: as the planner made it.

    Args:
        path: `plan.gpkg`.
        layer: name of the layer, without ALIKE.
        present: names of the layers in the file, where they are known.

    Returns:
        All rows (a GeoDataFrame if the layer has geometry), sorted by the first column, which is the id, where there
        are two parts.

    Raises:
        pyogrio.errors.DataLayerError: the layer is absent.
        pyogrio.errors.DataSourceError: the file is no GeoPackage.
    """
    frame: pd.DataFrame = pyogrio.read_dataframe(path, layer=layer)
    if layer + ALIKE not in (layer_names(path) if present is None else present):
        return frame
    both = pd.concat([frame, pyogrio.read_dataframe(path, layer=layer + ALIKE)], ignore_index=True)
    whole: pd.DataFrame = both.sort_values(str(both.columns[0]), kind="stable", ignore_index=True)
    return whole
