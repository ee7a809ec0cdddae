"""A coverage raster on disk: a Cloud-Optimised GeoTIFF, whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
import rasterio.shutil
from pyproj import CRS
from rasterio.io import MemoryFile

from netplan.tables import Raster


@dataclass(frozen=True)
class Band:
    """A further band of the same grid, with what its values are."""

    raster: Raster
    title: str
    unit: str


def write_geotiff(
    raster: Raster,
    crs: CRS,
    path: Path,
    *,
    title: str,
    unit: str,
    further: Sequence[Band] = (),
    tags: Mapping[str, str] | None = None,
) -> None:
    """Write float32 values, NaN as nodata, with overviews.

    Args:
        raster: values and transform.
        crs: of its coordinates.
        path: the file; its folder must exist. An older one is replaced when the new one is whole.
        title, unit: what the values are; written into the band's description and unit.
        further: bands after the first, of the same shape.
        tags: of the whole file.

    Raises:
        OSError: the disk refuses.
    """
    bands = (Band(raster, title, unit), *further)
    values = np.asarray(raster.values, np.float32)
    profile = {
        "driver": "GTiff", "dtype": "float32", "count": len(bands), "height": values.shape[0], "width": values.shape[1],
        "crs": rasterio.CRS.from_user_input(crs), "transform": raster.transform, "nodata": np.nan,
    }  # fmt: skip
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=".tif", dir=path.parent)
    os.close(handle)
    try:
        with MemoryFile() as memory:
            with memory.open(**profile) as file:
                for number, band in enumerate(bands, start=1):
                    file.write(np.asarray(band.raster.values, np.float32), number)
                    file.set_band_description(number, band.title)
                    file.set_band_unit(number, band.unit)
                file.update_tags(**(tags or {}))
            with memory.open() as file:
                rasterio.shutil.copy(file, name, driver="COG", compress="DEFLATE", overview_resampling="nearest")
        os.chmod(name, 0o644)
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
