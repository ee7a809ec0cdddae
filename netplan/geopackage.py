"""How a layer of `plan.gpkg` is kept: rows under share-alike licences stand in a layer beside the others."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyogrio

FLUSHING = "OGR_SQLITE_SYNCHRONOUS"
ALIKE = "_share_alike"
"""What a layer is called whose rows must be shared alike: the name of the layer that it belongs to, and this."""


@contextmanager
def unflushed() -> Iterator[None]:
    """GeoPackages that are written meanwhile are not waited for until the disk has them, which takes longer than all
    else (half of the time that writing a small plan took): for files that are moved into place once they are whole."""
    before = pyogrio.get_gdal_config_option(FLUSHING)
    pyogrio.set_gdal_config_options({FLUSHING: "OFF"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({FLUSHING: before})


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
