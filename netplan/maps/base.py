"""What lies under a plan: relief, water, exclusions, main roads, the area."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import rasterio
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import LightSource, to_rgba_array
from matplotlib.path import Path as Outline
from pyproj import CRS
from rasterio.enums import Resampling
from rasterio.transform import from_bounds
from rasterio.vrt import WarpedVRT
from shapely.geometry import box

from netplan.foreign import open_layer
from netplan.maps.read import metres_per_unit
from netplan.maps.style import EXCLUDED, ROAD, WATER

Extent = tuple[float, float, float, float]
"""min x, min y, max x, max y in map units."""

ROAD_WORDS = ("motorway", "trunk", "primary", "secondary", "national", "highway", "main", "district")
"""Words of an attribute that mark a main road (or begin one, as in `primary_link`)."""
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


def draw_classes(ax: Axes, geometries: npt.NDArray[Any], faces: Any, **style: Any) -> None:
    """Polygons in their face colours, those of one colour merged: quick to draw, and no seams between cells.

    `faces`: one colour per row of `geometries`, anything that matplotlib takes.
    """
    polygonal = np.isin(shapely.get_type_id(geometries), (3, 6))
    if not polygonal.any():
        return
    colours, owner = np.unique(np.round(to_rgba_array(faces)[polygonal], 4), axis=0, return_inverse=True)
    merged = [shapely.union_all(geometries[polygonal][owner.ravel() == rank]) for rank in range(len(colours))]
    draw_polygons(ax, np.array(merged, dtype=object), facecolors=colours, edgecolors="none", linewidths=0, **style)


def read_layer(folder: Path | None, name: Any, crs: CRS, mend: bool = True) -> gpd.GeoDataFrame | None:
    """A layer of the project in the map's CRS; None when it is absent (a map can do without its background)."""
    if folder is None or not name or not (folder / str(name).partition("|")[0]).is_file():
        return None
    try:
        layer = open_layer(folder, str(name))
    except (OSError, ValueError, RuntimeError):
        return None
    if layer.empty:
        return None
    layer = layer if layer.crs is not None else layer.set_crs(4326)
    layer = layer[layer.geometry.notna() & ~layer.geometry.is_empty].to_crs(crs).reset_index(drop=True)
    if not mend:
        return layer
    return layer.set_geometry(layer.geometry.make_valid()).reset_index(drop=True)


def shade(path: Path, extent: Extent, crs: CRS, width_px: int) -> npt.NDArray[np.float64] | None:
    """Hillshade of the project's elevation over the extent: greys of 0-1, pale enough to draw on. None: no relief."""
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
        return None
    known = ~np.ma.getmaskarray(ground) & np.isfinite(ground.filled(np.nan))
    if not known.any():
        return None
    pixel_m = (extent[2] - extent[0]) / width_px * metres_per_unit(crs, extent[0], extent[1])
    heights = np.where(known, ground.filled(0.0), float(np.median(ground.compressed())))
    spread = max(float(np.std(np.diff(heights, axis=1))) / pixel_m, 1e-6)
    # Exaggerated to the same contrast in flat and in steep country: the shade shows form, it does not measure.
    relief = LightSource(azdeg=315, altdeg=45).hillshade(
        heights, vert_exag=min(0.35 / spread, 20), dx=pixel_m, dy=pixel_m
    )
    flat = np.sin(np.deg2rad(45.0))
    return np.asarray(0.80 + 0.20 * np.where(known, relief, flat))


def draw_relief(ax: Axes, greys: npt.NDArray[np.float64] | None, whole: Extent, extent: Extent) -> None:
    """The part of a hillshade over `whole` that lies in `extent`, under everything."""
    if greys is None:
        return
    height, width = greys.shape
    left, right = ((x - whole[0]) / (whole[2] - whole[0]) * width for x in (extent[0], extent[2]))
    upper, lower = ((whole[3] - y) / (whole[3] - whole[1]) * height for y in (extent[3], extent[1]))
    columns = slice(max(int(left) - 1, 0), min(int(right) + 2, width))
    rows = slice(max(int(upper) - 1, 0), min(int(lower) + 2, height))
    part = greys[rows, columns]
    if not part.size:
        return
    across, down = (whole[2] - whole[0]) / width, (whole[3] - whole[1]) / height
    x0, y0 = whole[0] + columns.start * across, whole[3] - rows.start * down
    here = (x0, x0 + part.shape[1] * across, y0 - part.shape[0] * down, y0)
    grey = np.round(255 * part).astype(np.uint8)  # as bytes: drawn in half the time
    ax.imshow(np.dstack([grey, grey, grey]), extent=here, zorder=0, interpolation="bilinear")


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
    draw_outside(ax, whole, extent)


def draw_outside(ax: Axes, whole: Any, extent: Extent) -> None:
    """The boundary, and a veil over what lies outside it."""
    outside = box(*extent).difference(whole)
    draw_polygons(ax, np.array([outside]), facecolors=(1, 1, 1, 0.55), edgecolors="none", zorder=3.2)
    draw_polygons(ax, np.array([whole]), facecolors="none", edgecolors="white", linewidths=2.4, zorder=3.3)
    draw_polygons(
        ax, np.array([whole]), facecolors="none", edgecolors="#333333", linewidths=1.0, linestyles="dashdot", zorder=3.4
    )


def main_roads(layer: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame | None:
    """The roads that orient a reader: those that a text attribute calls main ones; None when none is told apart."""
    if layer is None:
        return None
    found = np.zeros(len(layer), dtype=bool)
    for column in layer.columns.drop(layer.geometry.name):
        if not pd.api.types.is_string_dtype(layer[column]):
            continue
        values = layer[column].fillna("").astype(str).str.lower()
        if values.nunique() <= 60:  # a class of road, not a name
            found |= values.str.startswith(ROAD_WORDS).to_numpy(bool)
    return layer[found].reset_index(drop=True) if found.any() and not found.all() else None


def draw_roads(ax: Axes, roads: gpd.GeoDataFrame | None, extent: Extent, scale: float = 1.0) -> bool:
    """Main roads in pale brown with a white casing. Returns whether any was drawn."""
    if roads is None:
        return False
    parts = shapely.get_parts(roads.geometry.to_numpy())
    parts = parts[shapely.intersects(parts, box(*extent)) & (shapely.get_type_id(parts) == 1)]
    lines = [np.asarray(part.coords)[:, :2] for part in parts]
    for colour, width, rank in (("white", 1.7, 1.4), (ROAD, 0.8, 1.5)):
        ax.add_collection(LineCollection(lines, colors=colour, linewidths=width * scale, zorder=rank), autolim=False)
    return bool(len(lines))
