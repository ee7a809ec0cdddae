"""What is served today, as a planner's layer states it: rates, technologies and shares, or a raster of rates."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import rasterio.warp
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from netplan.inputs.aliases import find_column, numbers, texts
from netplan.inputs.door import Door, Source
from netplan.inputs.raster import _read, _window, native_grid, north_up, open_raster
from netplan.inputs.rows import columns_text, rows_text
from netplan.inputs.vector import with_ids
from netplan.tables import Raster

RASTER_SUFFIXES = (".tif", ".tiff", ".vrt", ".img", ".asc", ".bil")
COLUMNS = ("rate_mbps", "technologies", "share")


def is_raster(source: Source) -> bool:
    """The file's name says that it holds pixels, not shapes."""
    return Path(source.path).suffix.lower() in RASTER_SUFFIXES


def served_today(door: Door, source: Source, layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame | None:
    """The layer with clean `rate_mbps`, `technology` (as written), `share`; None after a fault.

    Faults: none of these columns, a rate below zero, a share outside 0–1.
    """
    found = {name: find_column(layer, name) for name in COLUMNS}
    if not any(found.values()):
        has = columns_text(layer)
        to_do = f"add rate_mbps (offered there), technology or share (0–1 of the people) (it has: {has})"
        door.fault(source.place, "no column says what is served", to_do)
        return None
    rate, share = numbers(layer, "rate_mbps"), numbers(layer, "share", 1.0)
    wrong_rate, wrong_share = (rate < 0).to_numpy(bool), ((share < 0) | (share > 1)).to_numpy(bool)
    for wrong, name, values, to_do in (
        (wrong_rate, "rate_mbps", rate, "give the rate in Mbit/s, 0 or more"),
        (wrong_share, "share", share, "give a share between 0 and 1, not per cent"),
    ):
        if wrong.any():
            place = f"{source.place}, column `{found[name]}`, {rows_text(layer, wrong)}"
            door.fault(place, f"{values.to_numpy(float)[wrong][0]:g}", to_do)
    if wrong_rate.any() or wrong_share.any():
        return None
    technology = texts(layer, "technologies")
    silent = int((rate.isna() & (technology == "")).sum())
    if silent:
        door.warn(
            f"{source.place}: {silent} of {len(layer)} features state neither rate nor technology and are ASSUMED to "
            "offer whatever rate is asked for."
        )
    layer = layer.assign(name=texts(layer, "name"), rate_mbps=rate, technology=technology, share=share)
    return with_ids(layer, "service", keep_rows=True)


def read_rates(door: Door, source: Source, area: BaseGeometry, crs: CRS) -> Raster | None:
    """Downlink rate in Mbit/s over the area from band 1, nearest pixel; NaN where there is none."""
    dataset = open_raster(door, source)
    if dataset is None:
        return None
    with dataset:
        window = _window(dataset, area.bounds, crs, pad=1)
        if window is None:
            door.warn(f"{source.place}: the raster does not reach the area; it adds nothing. Check its CRS.")
            return None
        values = _read(door, source, dataset, window)
        if values is None:
            return None
        values[np.isinf(values)] = np.nan
        if (values < 0).any():
            found = f"{int((values < 0).sum())} pixels below zero (lowest {np.nanmin(values):g})"
            door.fault(source.place, found, "give rates in Mbit/s, 0 or more, and declare the nodata value")
            return None
        grid, width, height = native_grid(dataset, window, crs)
        out = np.full((height, width), np.nan)
        values, there = north_up(values, dataset.window_transform(window))
        rasterio.warp.reproject(
            values, out, src_transform=there, src_crs=dataset.crs, src_nodata=np.nan, dst_transform=grid,
            dst_crs=rasterio.CRS.from_user_input(crs), dst_nodata=np.nan, resampling=rasterio.warp.Resampling.nearest,
        )  # fmt: skip
    return Raster(out, grid, source.written)
