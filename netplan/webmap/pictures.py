"""Rasters as small pictures that lie on a Mercator map: the rate of the coverage, the relief of the ground."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from matplotlib.colors import LightSource
from PIL import Image
from rasterio.enums import Resampling
from rasterio.transform import from_bounds
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform_bounds
from scipy.ndimage import distance_transform_edt

EARTH_RADIUS_M = 6_378_137.0
"""Of the Mercator map that every web map library draws."""
Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees; east may be beyond 180."""
ROUND = tuple(m * 10.0**e for e in range(-1, 5) for m in (1, 2, 5))
FADE_PX = 40
FLAT = float(np.sin(np.deg2rad(45.0)))
"""Shade of level ground under a light 45 degrees high."""
CLASS_COLOURS = ("#fff3b2", "#c7e9b4", "#7fcdbb", "#41b6c4", "#2c7fb8", "#253494")
"""Yellow to dark blue, lightness falling: in order for the colour-blind and in grey print."""


def read_rate(path: Path) -> npt.NDArray[np.float64]:
    """Known positive values of a raster, at most about a million of them; empty when it is absent."""
    if not path.is_file():
        return np.empty(0)
    with rasterio.open(path) as source:
        shrink = max(1, int(np.ceil(max(source.shape) / 1000)))
        shape = (max(source.height // shrink, 1), max(source.width // shrink, 1))
        values = source.read(1, masked=True, out_shape=shape).astype(float).compressed()
    return np.asarray(values[np.isfinite(values) & (values > 0)])


def rate_breaks(values: npt.NDArray[np.float64]) -> list[float]:
    """At most five round figures that part the values into classes."""
    if not len(values):
        return []
    low, high = np.percentile(values, [3, 97])
    inside = [step for step in ROUND if low < step < high] or [min(ROUND, key=lambda step: abs(step - low))]
    if len(inside) > 5:
        inside = [inside[int(k)] for k in np.round(np.linspace(0, len(inside) - 1, 5))]
    return inside


def mercator(path: Path, bounds: Bounds | None, width_px: int, resampling: Resampling) -> Any:
    """The first band on a Mercator grid: masked array and its bounds in degrees (the raster's own without `bounds`).

    The Mercator map is centred on the raster, so that the 180th meridian is a place like any other.
    """
    with rasterio.open(path) as source:
        own = transform_bounds(source.crs, "EPSG:4326", *source.bounds, densify_pts=21)
        west, south, east, north = bounds or own
        east = east if east > west else east + 360.0
        middle = (west + east) / 2
        crs = f"+proj=merc +a={EARTH_RADIUS_M:.0f} +b={EARTH_RADIUS_M:.0f} +lon_0={middle:.9f} +units=m +no_defs"
        half = np.radians((east - west) / 2) * EARTH_RADIUS_M
        bottom, top = (EARTH_RADIUS_M * np.arcsinh(np.tan(np.radians(y))) for y in (south, north))
        height_px = max(round(width_px * (top - bottom) / (2 * half)), 2)
        grid = from_bounds(-half, bottom, half, top, width_px, height_px)
        with WarpedVRT(
            source, crs=crs, transform=grid, width=width_px, height=height_px, resampling=resampling,
            nodata=source.nodata,
        ) as vrt:  # fmt: skip
            values = vrt.read(1, masked=True).astype(float)
    return np.ma.masked_invalid(values), (west, south, east, north)


def coverage_picture(path: Path, breaks: Sequence[float], widest_px: int = 1600) -> dict[str, Any] | None:
    """Rate by class as a PNG with a palette, clear where there is none; None when the raster is absent or broken."""
    if not path.is_file() or not breaks:
        return None
    try:
        with rasterio.open(path) as source:
            # Twice the raster's own width keeps the edges of its pixels where they are.
            width_px = min(widest_px, 2 * source.width)
        rate, bounds = mercator(path, None, width_px, Resampling.nearest)
    except (rasterio.errors.RasterioError, OSError, ValueError):
        return None
    known = ~np.ma.getmaskarray(rate) & (rate.filled(0) > 0)
    classes = np.where(known, 1 + np.searchsorted(breaks, rate.filled(0), side="right"), 0).astype(np.uint8)
    image = Image.fromarray(classes).convert("P")
    palette = [0, 0, 0]
    for colour in class_colours(len(breaks) + 1):
        palette += [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
    image.putpalette(palette)
    return {"uri": _uri(image, "PNG", optimize=True, transparency=0), "bounds": _rounded(bounds)}


def class_colours(count: int) -> list[str]:
    """Colours of `count` classes, lowest first."""
    ranks = np.round(np.linspace(0, len(CLASS_COLOURS) - 1, count)).astype(int) if count > 1 else [3]
    return [CLASS_COLOURS[int(rank)] for rank in ranks]


def relief_picture(path: Path, bounds: Bounds, width_px: int = 1500) -> dict[str, Any] | None:
    """Pale hillshade of an elevation raster as a JPEG; None when it has nothing there."""
    try:
        ground, _ = mercator(path, bounds, width_px, Resampling.bilinear)
    except (rasterio.errors.RasterioError, OSError, ValueError):
        return None
    known = ~np.ma.getmaskarray(ground)
    if not known.any():
        return None
    west, south, east, north = bounds
    metres = np.radians(east - west) * EARTH_RADIUS_M * np.cos(np.radians((south + north) / 2))
    pixel_m = metres / ground.shape[1]
    heights = np.where(known, ground.filled(0.0), float(np.median(ground.compressed())))
    spread = max(float(np.std(np.diff(heights, axis=1))) / pixel_m, 1e-6)
    # Exaggerated to the same contrast in flat and in steep country: the shade shows form, it does not measure.
    light = LightSource(azdeg=315, altdeg=45)
    shade = light.hillshade(heights, vert_exag=min(0.35 / spread, 20), dx=pixel_m, dy=pixel_m)
    # Towards its edges the relief fades into the flat grey of the page: no hard border where the data end.
    inner = distance_transform_edt(np.pad(known, 1))[1:-1, 1:-1]
    strength = np.clip(inner / FADE_PX, 0.0, 1.0)
    grey = 205 + 50 * (FLAT + strength * (shade - FLAT))
    image = Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))
    return {"uri": _uri(image, "JPEG", quality=60, optimize=True), "bounds": _rounded(bounds)}


def _rounded(bounds: Bounds) -> list[float]:
    return [round(float(value), 6) for value in bounds]


def _uri(image: Image.Image, kind: str, **how: Any) -> str:
    buffer = io.BytesIO()
    image.save(buffer, kind, **how)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
