"""Pictures inside a KMZ: icons and a legend in the catalogue's colours and markers, and coverage in degrees."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.transform
import rasterio.warp

INCH = 64
"""Pixels per inch of icons, one inch wide."""
WIDEST = 2048
"""Pixels of a coverage picture: what graphics cards of old laptops take."""


@dataclass(frozen=True)
class Key:
    """One line of the legend: a marker, or a line where there is no marker."""

    label: str
    ink: str
    marker: str | None
    dash: str


@dataclass(frozen=True)
class Picture:
    """A raster as a picture to lay on the ground."""

    png: bytes
    bounds: tuple[float, float, float, float]
    """West, south, east, north in degrees."""
    top_mbps: float
    """Where the colours end."""


def icon(ink: str, marker: str) -> bytes:
    """A marker as PNG on a clear ground, with a white rim that shows on dark ground."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(1, 1), dpi=INCH)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.plot([0], [0], marker=marker, markersize=40, color=ink, markeredgecolor="white", markeredgewidth=4)
    axes.set(xlim=(-1, 1), ylim=(-1, 1))
    axes.axis("off")
    return _png(figure)


def legend(title: str, scenario: str, keys: list[Key]) -> bytes:
    """The legend as PNG, in the order given."""
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=key.ink, linestyle="none", marker=key.marker, markersize=8, markeredgecolor="#404040")
        if key.marker
        else Line2D([], [], color=key.ink, linewidth=3)
        for key in keys
    ]
    figure = Figure(figsize=(3.4, 0.5 + 0.22 * len(keys)), dpi=100)
    labels = [key.label if len(key.label) <= 38 else f"{key.label[:37]}…" for key in keys]
    head = title if len(title) <= 34 else f"{title[:33]}…"
    figure.legend(
        handles, labels, title=f"{head}\n{scenario}", loc="center", fontsize=8, title_fontsize=9, framealpha=0.92
    )
    return _png(figure, bbox_inches="tight")


def _png(figure: Any, **how: Any) -> bytes:
    memory = io.BytesIO()
    # No date and no version in the file: the same plan gives the same bytes.
    figure.savefig(memory, format="png", transparent=True, metadata={"Software": "netplan"}, **how)
    return memory.getvalue()


def coverage_picture(path: Path) -> Picture | None:
    """A coverage raster as PNG in longitude and latitude, clear where there is none; None when no pixel has a rate."""
    from matplotlib import colormaps
    from matplotlib.image import imsave

    with rasterio.open(path) as source:
        grid, width, height = rasterio.warp.calculate_default_transform(
            source.crs, "EPSG:4326", source.width, source.height, *source.bounds
        )
        shrink = max(1.0, max(width, height) / WIDEST)
        width, height, grid = max(1, round(width / shrink)), max(1, round(height / shrink)), grid @ grid.scale(shrink)
        values = np.full((height, width), np.nan, np.float32)
        rasterio.warp.reproject(
            rasterio.band(source, 1), values, dst_transform=grid, dst_crs="EPSG:4326", dst_nodata=np.nan,
            resampling=rasterio.warp.Resampling.nearest,
        )  # fmt: skip
    known = np.isfinite(values)
    if not known.any():
        return None
    top = float(np.percentile(values[known], 98)) or 1.0
    pixels = colormaps["viridis"](np.clip(np.where(known, values, 0.0) / top, 0, 1))
    pixels[..., 3] = np.where(known, 0.65, 0.0)
    memory = io.BytesIO()
    imsave(memory, pixels, format="png", metadata={"Software": "netplan"})
    west, south, east, north = rasterio.transform.array_bounds(height, width, grid)
    return Picture(memory.getvalue(), (west, south, east, north), top)
