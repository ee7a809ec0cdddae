"""Land cover → representative clutter height on the grid of the terrain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import rasterio
import rasterio.errors
import rasterio.warp
from pyproj import CRS

from netplan.catalogue.clutter import Clutter, load_clutter
from netplan.catalogue.load import CLUTTER
from netplan.errors import InputError
from netplan.inputs.door import Door, Source
from netplan.inputs.raster import open_raster, say_unreadable
from netplan.tables import Raster

UNKNOWN = -32768
"""Class of pixels that the file does not cover."""


def with_clutter(
    door: Door, source: Source, elevation: Raster | None, folders: Sequence[Path], crs: CRS
) -> Raster | None:
    """The terrain with `clutter_m`: the most common class of each pixel, by the table of heights.

    Pixels without a class are open ground (0 m), and said to be. Classes that the table does not know are a fault.
    Without terrain there is nothing for clutter to stand on, and it is left out with a warning.
    """
    dataset = open_raster(door, source)
    table = _table(door, folders)
    if elevation is None or dataset is None or table is None:
        if dataset is not None:
            dataset.close()
            if elevation is None:
                door.warn(f"{source.place}: not used, for no terrain.elevation is known for it to stand on.")
        return elevation
    classes = np.full(elevation.values.shape, UNKNOWN, np.int16)
    with dataset:
        if not np.issubdtype(np.dtype(dataset.dtypes[0]), np.integer):
            door.fault(source.place, f"pixels of type {dataset.dtypes[0]}", "give a raster of whole-number classes")
            return elevation
        try:
            rasterio.warp.reproject(
                rasterio.band(dataset, 1),
                classes,
                dst_transform=elevation.transform,
                dst_crs=rasterio.CRS.from_user_input(crs),
                dst_nodata=UNKNOWN,
                resampling=rasterio.warp.Resampling.mode,
            )
        except rasterio.errors.RasterioError as error:
            say_unreadable(door, source, error)
            return elevation
    found = np.unique(classes)
    strange = [int(code) for code in found if code not in (UNKNOWN, 0) and int(code) not in table.classes]
    if strange:
        known = ", ".join(str(code) for code in sorted(table.classes))
        to_do = f"give {table.legend}, whose classes are {known}, or a {CLUTTER} of your own in a folder of `models`"
        door.fault(source.place, f"unknown land-cover classes {strange[:8]}", to_do)
        return elevation
    height_m = np.zeros(classes.shape)
    for code, entry in table.classes.items():
        height_m[classes == code] = entry.height_m.value
    unclassed = float(np.isin(classes, (UNKNOWN, 0)).mean())
    if unclassed > 0.005:
        door.warn(f"{source.place}: {unclassed:.1%} of the terrain has no land cover and is taken as open ground.")
    return replace(elevation, clutter_m=height_m)


def _table(door: Door, folders: Sequence[Path]) -> Clutter | None:
    """The table of the last of the project's catalogue folders that has one, else the shipped one."""
    own = [folder for folder in folders if (folder / CLUTTER).is_file()]
    try:
        return load_clutter(own[-1] if own else None)
    except InputError as error:
        door.faults += error.faults
        return None
