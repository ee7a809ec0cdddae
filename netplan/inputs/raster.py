"""Population pixels and terrain, from any raster GDAL reads, in the project CRS."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import rasterio
import rasterio.errors
import rasterio.features
import rasterio.warp
import shapely
from affine import Affine
from pyproj import CRS, Transformer
from rasterio.windows import Window
from shapely.geometry.base import BaseGeometry

from netplan.inputs.door import Door, Source
from netplan.tables import FloatArray, Raster

PIXELS_PER_CELL = 10
"""Population pixels finer than a planning cell by more than this (per side) are summed in blocks."""

LOWEST_M, HIGHEST_M = -500.0, 9000.0
"""Terrain beyond these is a nodata value that the file does not declare."""

HIGHEST_RAIN_MM_PER_H = 300.0
"""Twice the highest value of the map of P.837: more is another quantity, such as mm a month."""


Bounds = tuple[float, float, float, float]


def open_raster(door: Door, source: Source) -> rasterio.DatasetReader | None:
    """The raster, open; notes a fault and returns None when it cannot be read or states no CRS."""
    try:
        dataset = rasterio.open(source.path)
    except rasterio.errors.RasterioError as error:
        door.fault(source.place, f"cannot be read as a raster ({_short(error)})", "give a file that QGIS opens")
        return None
    if dataset.crs is None:
        dataset.close()
        door.fault(source.place, "the raster states no coordinate reference system (CRS)", "save it with its CRS")
        return None
    if dataset.count > 1:
        door.warn(f"{source.place}: {dataset.count} bands; the first is taken.")
    return dataset


def say_unreadable(door: Door, source: Source, error: Exception) -> None:
    """A fault: the raster opens, but its pixels do not come (a copy that was cut short)."""
    door.fault(source.place, f"its pixels cannot be read ({_short(error)})", "copy or export the file again")


def _short(error: Exception) -> str:
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return text if len(text) <= 100 else f"{text[:97]}..."


def bounds_of(dataset: rasterio.DatasetReader, window: Window | None = None) -> Bounds:
    """Left, bottom, right, top of a raster or of a window of it, in its own CRS, from all four corners: its rows may
    run from the south, and the whole may be turned."""
    window = window or Window(0, 0, dataset.width, dataset.height)
    columns = (window.col_off, window.col_off + window.width)
    rows = (window.row_off, window.row_off + window.height)
    x, y = zip(*(dataset.transform * (column, row) for column in columns for row in rows), strict=True)
    return min(x), min(y), max(x), max(y)


def native_grid(dataset: rasterio.DatasetReader, window: Window, crs: CRS) -> tuple[Affine, int, int]:
    """Transform, columns and rows of a grid in `crs` over the window, with pixels of the file's own size."""
    left, bottom, right, top = bounds_of(dataset, window)
    grid = dataset.transform
    columns = round((right - left) / np.hypot(grid.a, grid.d))
    rows = round((top - bottom) / np.hypot(grid.b, grid.e))
    there = rasterio.CRS.from_user_input(crs)
    transform, width, height = rasterio.warp.calculate_default_transform(
        dataset.crs, there, columns, rows, left, bottom, right, top
    )
    return Affine(*transform[:6]), int(width), int(height)


def north_up(values: FloatArray, grid: Affine) -> tuple[FloatArray, Affine]:
    """The same pixels with the northernmost row first, where the file has the southernmost first."""
    if grid.b or grid.d or grid.e < 0:
        return values, grid
    turned = grid * Affine.translation(0, values.shape[0]) * Affine.scale(1, -1)
    return np.ascontiguousarray(values[::-1]), turned


def footprint(dataset: rasterio.DatasetReader, crs: CRS) -> BaseGeometry:
    """The rectangle of a raster in `crs`, its edges densified."""
    bounds = rasterio.warp.transform_bounds(dataset.crs, rasterio.CRS.from_user_input(crs), *bounds_of(dataset))
    return shapely.box(*bounds)


def _window(dataset: rasterio.DatasetReader, bounds: tuple[float, ...], crs: CRS, pad: int) -> Window | None:
    """The pixels around `bounds` (in `crs`), or None when they lie off the raster."""
    try:
        there = rasterio.warp.transform_bounds(rasterio.CRS.from_user_input(crs), dataset.crs, *bounds)
    except rasterio.errors.RasterioError:
        return None
    left, bottom, right, top = there
    back = ~dataset.transform
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    columns = [back.a * x + back.b * y + back.c for x, y in corners]
    rows = [back.d * x + back.e * y + back.f for x, y in corners]
    col0, col1 = max(int(np.floor(min(columns))) - pad, 0), min(int(np.ceil(max(columns))) + pad, dataset.width)
    row0, row1 = max(int(np.floor(min(rows))) - pad, 0), min(int(np.ceil(max(rows))) + pad, dataset.height)
    return Window(col0, row0, col1 - col0, row1 - row0) if col1 > col0 and row1 > row0 else None


def _read(door: Door, source: Source, dataset: rasterio.DatasetReader, window: Window) -> FloatArray | None:
    """Band 1 in the window, NaN for declared nodata."""
    try:
        masked = dataset.read(1, window=window, masked=True)
    except rasterio.errors.RasterioError as error:
        say_unreadable(door, source, error)
        return None
    values: FloatArray = masked.astype(np.float64).filled(np.nan)
    undeclared = ~np.ma.getmaskarray(masked) & ~np.isfinite(values)
    values[undeclared] = np.inf
    return values


def population_pixels(
    door: Door, source: Source, area: BaseGeometry, crs: CRS, cell_m: float
) -> gpd.GeoDataFrame | None:
    """Footprints of the pixels (or blocks of them) that touch `area`, with the people of the data's year.

    Counts are those of the whole pixel; empty pixels and nodata are dropped. Index `pixel-row-column`.
    """
    dataset = open_raster(door, source)
    if dataset is None:
        return None
    with dataset:
        window = _window(dataset, area.bounds, crs, pad=0)
        if window is None:
            found = f"the raster {_numbers(bounds_of(dataset))} ({dataset.crs}) does not reach the area"
            door.fault(source.place, found, "give population of this place, or correct its CRS")
            return None
        values = _read(door, source, dataset, window)
        if values is None:
            return None
        transform = Transformer.from_crs(CRS.from_user_input(dataset.crs), crs, always_xy=True)
        grid = dataset.window_transform(window)
        side_m = np.sqrt(footprint(dataset, crs).area / (dataset.width * dataset.height))
        wrong = np.isinf(values) | (values < 0)
        if wrong.any() and not _check_counts(door, source, values, wrong, grid, transform, area):
            return None
    # what is wrong beyond the area is nobody's, but would count in the blocks of its edge
    values = np.where(wrong, np.nan, values)
    factor = int(cell_m / PIXELS_PER_CELL / side_m)
    if factor >= 2:
        values = _blocks(values, factor)
        grid = Affine(grid.a * factor, grid.b * factor, grid.c, grid.d * factor, grid.e * factor, grid.f)
    rows, columns = np.nonzero(np.nan_to_num(values) > 0)
    shapes = _pixels(rows, columns, grid, transform)
    shapely.prepare(area)
    touching = shapely.intersects(area, shapes)
    ids = [
        f"pixel-{int(window.row_off) + r:06d}-{int(window.col_off) + c:06d}" for r, c in zip(rows, columns, strict=True)
    ]
    frame = gpd.GeoDataFrame({"population": values[rows, columns]}, geometry=shapes, crs=crs)
    frame.index = pd.Index(ids, name="id", dtype=object)
    return frame[touching].sort_index()


def _check_counts(
    door: Door,
    source: Source,
    values: FloatArray,
    wrong: npt.NDArray[np.bool_],
    grid: Affine,
    transform: Transformer,
    area: BaseGeometry,
) -> bool:
    """Faults for pixels of the area that are negative or not a number though not declared nodata."""
    rows, columns = np.nonzero(wrong)
    touching = shapely.intersects(area, _pixels(rows, columns, grid, transform))
    found = values[rows[touching], columns[touching]]
    negative, unknown = found[found < 0], found[np.isinf(found)]
    if negative.size:
        to_do = "declare that value as nodata, or correct it"
        door.fault(source.place, f"{negative.size} pixels below zero (lowest {negative.min():g})", to_do)
    if unknown.size:
        to_do = "set these pixels to the file's nodata value (declare NaN as nodata if it means no data)"
        door.fault(source.place, f"{unknown.size} pixels that are not a number (NaN)", to_do)
    return not (negative.size or unknown.size)


def _numbers(bounds: tuple[float, ...]) -> str:
    return ", ".join(f"{value:,.3f}" for value in bounds)


def _blocks(values: FloatArray, factor: int) -> FloatArray:
    """Sums of factor × factor blocks (the last ones padded with nothing)."""
    rows, columns = -(-values.shape[0] // factor), -(-values.shape[1] // factor)
    padded = np.zeros((rows * factor, columns * factor))
    padded[: values.shape[0], : values.shape[1]] = np.nan_to_num(values)
    blocks: FloatArray = padded.reshape(rows, factor, columns, factor).sum(axis=(1, 3))
    return blocks


def _pixels(
    rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp], grid: Affine, transform: Transformer
) -> npt.NDArray[np.object_]:
    """Pixel footprints as polygons in the project CRS."""
    corner_c = columns[:, None] + np.array([0, 1, 1, 0, 0])
    corner_r = rows[:, None] + np.array([0, 0, 1, 1, 0])
    x = grid.a * corner_c + grid.b * corner_r + grid.c
    y = grid.d * corner_c + grid.e * corner_r + grid.f
    x_m, y_m = transform.transform(x, y)
    polygons: npt.NDArray[np.object_] = np.asarray(shapely.polygons(np.stack([x_m, y_m], axis=-1)), dtype=object)
    return polygons.reshape(-1)


def read_elevation(door: Door, source: Source, area: BaseGeometry, margin: BaseGeometry, crs: CRS) -> Raster | None:
    """Terrain in metres over `margin` at the file's own resolution, bilinear, NaN where there is none."""
    dataset = open_raster(door, source)
    if dataset is None:
        return None
    with dataset:
        window = _window(dataset, margin.bounds, crs, pad=2)
        if window is None:
            found = f"the raster {_numbers(bounds_of(dataset))} ({dataset.crs}) does not reach the area"
            door.fault(source.place, found, "give terrain of this place, or correct its CRS")
            return None
        values = _read(door, source, dataset, window)
        if values is None:
            return None
        values[np.isinf(values)] = np.nan
        known = values[np.isfinite(values)]
        if known.size and (known.min() < LOWEST_M or known.max() > HIGHEST_M):
            found = f"elevations from {known.min():,.0f} to {known.max():,.0f} m"
            door.fault(source.place, found, "declare the nodata value, and give metres above sea level")
            return None
        raster = _warped(values, dataset, window, margin, crs, source.written)
    _say_cover(door, source, raster, area)
    return raster


def read_rain(door: Door, source: Source, margin: BaseGeometry, crs: CRS) -> Raster | None:
    """Rain rates in mm/h over `margin` at the file's own resolution, bilinear, NaN where there is none."""
    dataset = open_raster(door, source)
    if dataset is None:
        return None
    with dataset:
        window = _window(dataset, margin.bounds, crs, pad=2)
        values = None if window is None else _read(door, source, dataset, window)
        if window is None or values is None:
            if window is None:
                door.fault(source.place, "the raster does not reach the area", "give rain of this place")
            return None
        values[np.isinf(values)] = np.nan
        known = values[np.isfinite(values)]
        if not known.size or known.min() < 0 or known.max() > HIGHEST_RAIN_MM_PER_H:
            found = f"rates from {known.min():g} to {known.max():g} mm/h" if known.size else "no value at all"
            door.fault(source.place, found, "give rain rates in mm/h exceeded for 0.01 % of the year; declare nodata")
            return None
        return _warped(values, dataset, window, margin, crs, source.written)


def _warped(
    values: FloatArray,
    dataset: rasterio.DatasetReader,
    window: Window,
    margin: BaseGeometry,
    crs: CRS,
    written: str,
) -> Raster:
    target = rasterio.CRS.from_user_input(crs)
    native, _, _ = native_grid(dataset, window, crs)
    step = float(native.a)
    there = rasterio.warp.transform_bounds(dataset.crs, target, *bounds_of(dataset, window))
    here = margin.bounds
    # whole multiples of the step, so the grid does not shift with the margin
    left = np.floor(max(there[0], here[0] - step) / step) * step
    top = np.ceil(min(there[3], here[3] + step) / step) * step
    columns = max(int(np.ceil((min(there[2], here[2] + step) - left) / step)), 1)
    rows = max(int(np.ceil((top - max(there[1], here[1] - step)) / step)), 1)
    out = np.full((rows, columns), np.nan)
    transform = Affine(step, 0.0, left, 0.0, -step, top)
    values, grid = north_up(values, dataset.window_transform(window))
    rasterio.warp.reproject(
        values,
        out,
        src_transform=grid,
        src_crs=dataset.crs,
        src_nodata=np.nan,
        dst_transform=transform,
        dst_crs=target,
        dst_nodata=np.nan,
        resampling=rasterio.warp.Resampling.bilinear,
    )
    return Raster(out, transform, written)


def _say_cover(door: Door, source: Source, raster: Raster, area: BaseGeometry) -> None:
    inside = rasterio.features.geometry_mask([area], raster.values.shape, raster.transform, invert=True)
    pixel_m2 = raster.transform.a**2
    share = float((inside & np.isfinite(raster.values)).sum()) * pixel_m2 / area.area
    if share < 0.995:
        door.warn(f"{source.place}: terrain covers {share:.1%} of the area; elsewhere it is not known.")
