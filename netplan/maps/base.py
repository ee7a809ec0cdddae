"""What lies under a plan: relief, water, exclusions, the area, and the frame's graticule, scale and north."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import rasterio
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import LightSource
from matplotlib.path import Path as Outline
from matplotlib_scalebar.scalebar import ScaleBar
from pyproj import CRS, Transformer
from rasterio.enums import Resampling
from rasterio.transform import from_bounds
from rasterio.vrt import WarpedVRT
from shapely.geometry import box

from netplan.maps.read import metres_per_unit
from netplan.maps.style import EXCLUDED, INK, SOFT, WATER

Extent = tuple[float, float, float, float]
"""min x, min y, max x, max y in map units."""

WATER_WORDS = frozenset({"water", "lake", "reservoir", "river", "lagoon", "wetland", "pond", "basin", "oxbow", "sea"})


def outlines(geometries: npt.NDArray[Any]) -> tuple[list[Outline], npt.NDArray[np.intp]]:
    """Polygons as matplotlib paths (holes kept), and the row of `geometries` each path came from."""
    parts, owners = shapely.get_parts(geometries, return_index=True)
    polygonal = shapely.get_type_id(parts) == 3
    parts, owners = parts[polygonal], owners[polygonal]
    paths = []
    for part in parts:
        rings = [np.asarray(ring.coords)[:, :2] for ring in (part.exterior, *part.interiors)]
        paths.append(Outline.make_compound_path(*(Outline(ring, closed=True) for ring in rings)))
    return paths, owners


def draw_polygons(ax: Axes, geometries: npt.NDArray[Any], **style: Any) -> None:
    """Draw polygons as one collection. Style values of one per row of `geometries` follow their parts."""
    paths, owners = outlines(geometries)
    if not paths:
        return
    if isinstance(style.get("facecolors"), np.ndarray):
        style["facecolors"] = style["facecolors"][owners]
    hatch_linewidth = style.pop("hatch_linewidth", None)
    collection = PathCollection(paths, **style)
    if hatch_linewidth is not None and hasattr(collection, "set_hatch_linewidth"):
        collection.set_hatch_linewidth(hatch_linewidth)
    ax.add_collection(collection, autolim=False)


def read_layer(folder: Path | None, name: Any, crs: CRS) -> gpd.GeoDataFrame | None:
    """A layer of the project in the map's CRS; None when it is absent (a map can do without its background)."""
    if folder is None or not name or not (folder / str(name)).is_file():
        return None
    try:
        layer = gpd.read_file(folder / str(name))
    except (OSError, ValueError, RuntimeError):
        return None
    if not isinstance(layer, gpd.GeoDataFrame) or layer.empty:
        return None
    layer = layer if layer.crs is not None else layer.set_crs(4326)
    layer = layer[layer.geometry.notna() & ~layer.geometry.is_empty].to_crs(crs)
    return layer.set_geometry(layer.geometry.make_valid()).reset_index(drop=True)


def draw_relief(ax: Axes, path: Path, extent: Extent, crs: CRS, width_px: int = 1100) -> bool:
    """Hillshade of the project's elevation over the extent, pale enough to draw on. False: no relief drawn."""
    height_px = max(int(width_px * (extent[3] - extent[1]) / (extent[2] - extent[0])), 2)
    try:
        with rasterio.open(path) as source:
            vrt = WarpedVRT(
                source,
                crs=crs.to_wkt(),
                transform=from_bounds(*extent, width_px, height_px),
                width=width_px,
                height=height_px,
                resampling=Resampling.bilinear,
                nodata=source.nodata,
                add_alpha=False,
            )
            with vrt:
                ground = vrt.read(1, masked=True).astype(float)
    except (rasterio.errors.RasterioError, OSError, ValueError):
        return False
    known = ~np.ma.getmaskarray(ground) & np.isfinite(ground.filled(np.nan))
    if not known.any():
        return False
    pixel_m = (extent[2] - extent[0]) / width_px * metres_per_unit(crs, extent[0], extent[1])
    heights = np.where(known, ground.filled(0.0), float(np.median(ground.compressed())))
    spread = max(float(np.std(np.diff(heights, axis=1))) / pixel_m, 1e-6)
    # Exaggerated to the same contrast in flat and in steep country: the shade shows form, it does not measure.
    shade = LightSource(azdeg=315, altdeg=45).hillshade(
        heights, vert_exag=min(0.35 / spread, 20), dx=pixel_m, dy=pixel_m
    )
    flat = np.sin(np.deg2rad(45.0))
    grey = 0.80 + 0.20 * np.where(known, shade, flat)
    ax.imshow(grey, cmap="gray", vmin=0, vmax=1, extent=_left_right(extent), zorder=0, interpolation="bilinear")
    return True


def _left_right(extent: Extent) -> Extent:
    return extent[0], extent[2], extent[1], extent[3]


def is_water(layer: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    """Rows that any of their own text attributes calls water."""
    found = np.zeros(len(layer), dtype=bool)
    for column in layer.columns.drop(layer.geometry.name):
        values = layer[column].map(lambda value: value.strip().lower() if isinstance(value, str) else "")
        found |= values.isin(WATER_WORDS).to_numpy(bool)
    return found


def draw_exclusions(ax: Axes, layers: Sequence[gpd.GeoDataFrame], extent: Extent) -> tuple[bool, bool]:
    """Water in blue, other exclusions hatched green-grey. Returns whether each was drawn: (water, other)."""
    frame = box(*extent)
    drawn = [False, False]
    for layer in layers:
        layer = layer[layer.intersects(frame)]
        water = is_water(layer)
        for kind, rows in enumerate((layer[water], layer[~water])):
            shapes = rows.geometry.to_numpy()
            if not len(shapes):
                continue
            drawn[kind] = True
            if kind == 0:
                draw_polygons(ax, shapes, facecolors=WATER, edgecolors="#7FA8C9", linewidths=0.3, zorder=3.0)
            else:
                draw_polygons(ax, shapes, facecolors=(0.54, 0.65, 0.51, 0.16), edgecolors="none", zorder=1.2)
                draw_polygons(
                    ax, shapes, facecolors="none", edgecolors=EXCLUDED, linewidths=0.4, hatch="...", zorder=1.3
                )
    return drawn[0], drawn[1]


def draw_area(ax: Axes, area: gpd.GeoDataFrame, extent: Extent) -> None:
    """The boundary of the area; what is outside fades back."""
    whole = shapely.union_all(area.geometry.to_numpy())
    outside = box(*extent).difference(whole)
    draw_polygons(ax, np.array([outside]), facecolors=(1, 1, 1, 0.55), edgecolors="none", zorder=3.2)
    draw_polygons(ax, np.array([whole]), facecolors="none", edgecolors="white", linewidths=2.4, zorder=3.3)
    draw_polygons(
        ax, np.array([whole]), facecolors="none", edgecolors="#333333", linewidths=1.0, linestyles="dashdot", zorder=3.4
    )


def graticule_step(span_deg: float, wanted: int = 5) -> float:
    """A round step in degrees that gives about `wanted` lines over the span."""
    steps = np.array([m * 10.0**e for e in range(-4, 2) for m in (1, 2, 2.5, 5)] + [15.0, 30.0])
    return float(steps[np.argmin(np.abs(np.log(steps) - np.log(max(span_deg, 1e-6) / wanted)))])


def degrees(value: float, step: float, positive: str, negative: str) -> str:
    """A longitude or latitude as a label, e.g. `2.1° S`; no letter on the line of zero."""
    digits = max(
        0, int(np.ceil(-np.log10(step) - 1e-9)) + (1 if round(step / 10 ** np.floor(np.log10(step)), 3) == 2.5 else 0)
    )
    letter = "" if abs(value) < step / 1e3 else (positive if value > 0 else negative)
    return f"{abs(value):.{digits}f}° {letter}".strip()


def draw_graticule(ax: Axes, extent: Extent, crs: CRS, size: float = 6.5) -> None:
    """Meridians and parallels with their labels at the frame (bottom and left)."""
    back = Transformer.from_crs(crs, 4326, always_xy=True)
    west, south, east, north = back.transform_bounds(*extent, densify_pts=21)
    forth = Transformer.from_crs(4326, crs, always_xy=True)
    style: dict[str, Any] = {"color": SOFT, "linewidth": 0.35, "alpha": 0.45, "zorder": 3.6, "linestyle": (0, (5, 3))}
    step = max(graticule_step(east - west), graticule_step(north - south))
    xticks: list[tuple[float, str]] = []
    yticks: list[tuple[float, str]] = []
    for lon in np.arange(np.ceil(west / step), np.floor(east / step) + 1) * step:
        x, y = forth.transform(np.full(60, lon), np.linspace(south, north, 60))
        ax.plot(x, y, scalex=False, scaley=False, **style)
        xticks.append((float(np.interp(extent[1], y, x)), degrees(lon, step, "E", "W")))
    for lat in np.arange(np.ceil(south / step), np.floor(north / step) + 1) * step:
        x, y = forth.transform(np.linspace(west, east, 60), np.full(60, lat))
        ax.plot(x, y, scalex=False, scaley=False, **style)
        yticks.append((float(np.interp(extent[0], x, y)), degrees(lat, step, "N", "S")))
    inside_x = [tick for tick in xticks if extent[0] < tick[0] < extent[2]]
    inside_y = [tick for tick in yticks if extent[1] < tick[0] < extent[3]]
    ax.set_xticks([tick[0] for tick in inside_x], [tick[1] for tick in inside_x], fontsize=size, color=SOFT)
    ax.set_yticks(
        [tick[0] for tick in inside_y],
        [tick[1] for tick in inside_y],
        fontsize=size,
        color=SOFT,
        rotation=90,
        va="center",
    )
    ax.tick_params(length=2.5, width=0.5, color=SOFT, pad=2)


def draw_scale_and_north(ax: Axes, extent: Extent, crs: CRS) -> None:
    """A scale bar in true metres at the map's middle, and an arrow along the meridian there."""
    x, y = (extent[0] + extent[2]) / 2, (extent[1] + extent[3]) / 2
    bar = ScaleBar(
        metres_per_unit(crs, x, y),
        location="lower left",
        box_alpha=0.8,
        color=INK,
        length_fraction=0.2,
        width_fraction=0.006,
        font_properties={"size": 7},
        border_pad=0.6,
    )
    bar.set_zorder(9)
    ax.add_artist(bar)
    lon, lat = Transformer.from_crs(crs, 4326, always_xy=True).transform(x, y)
    up = Transformer.from_crs(4326, crs, always_xy=True).transform(lon, lat + 0.01)
    lean = np.arctan2(up[0] - x, up[1] - y)
    height_per_width = (extent[3] - extent[1]) / (extent[2] - extent[0])
    foot, length = np.array([0.965, 0.915]), 0.05
    tip = foot + length * np.array([np.sin(lean) * height_per_width, np.cos(lean)])
    ax.annotate(
        "",
        xy=tuple(tip),
        xytext=tuple(foot),
        xycoords="axes fraction",
        arrowprops={
            "arrowstyle": "-|>,head_width=0.35,head_length=0.6",
            "color": INK,
            "linewidth": 1.6,
            "shrinkA": 0,
            "shrinkB": 0,
        },
        zorder=9,
    )
    ax.text(
        foot[0],
        foot[1] - 0.008,
        "N",
        transform=ax.transAxes,
        ha="center",
        va="top",
        fontsize=9,
        weight="bold",
        color=INK,
        zorder=9,
    )
