"""Around a map: graticule with its degrees, scale bar, north arrow, and where in the world this is."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch
from matplotlib_scalebar.scalebar import ScaleBar
from pyproj import CRS, Transformer

from netplan.maps.base import Extent, draw_polygons
from netplan.maps.languages import ENGLISH, Language
from netplan.maps.read import metres_per_unit
from netplan.maps.style import INK, SOFT, UNSERVED

WORLD = "world.geojson"
LOCATOR_SPAN_DEG = 34.0
"""Height of the locator map."""


def degree_bounds(extent: Extent, crs: CRS) -> Extent:
    """West, south, east, north of a frame in degrees; east may exceed 180 where the frame crosses that meridian."""
    back = Transformer.from_crs(crs, 4326, always_xy=True)
    along = np.linspace(0.0, 1.0, 33)
    x = extent[0] + (extent[2] - extent[0]) * np.concatenate([along, along, 0 * along, 0 * along + 1])
    y = extent[1] + (extent[3] - extent[1]) * np.concatenate([0 * along, 0 * along + 1, along, along])
    lon, lat = back.transform(x, y)
    middle, _ = back.transform((extent[0] + extent[2]) / 2, (extent[1] + extent[3]) / 2)
    lon = middle + (np.asarray(lon) - middle + 180.0) % 360.0 - 180.0
    known = np.isfinite(lon) & np.isfinite(lat)
    if not known.any():
        return -180.0, -90.0, 180.0, 90.0
    return float(lon[known].min()), float(np.min(lat[known])), float(lon[known].max()), float(np.max(lat[known]))


def graticule_step(span_deg: float, wanted: int = 5) -> float:
    """A round step in degrees that gives about `wanted` lines over the span."""
    steps = np.array([m * 10.0**e for e in range(-4, 2) for m in (1, 2, 2.5, 5)] + [15.0, 30.0])
    return float(steps[np.argmin(np.abs(np.log(steps) - np.log(max(span_deg, 1e-6) / wanted)))])


def degrees(value: float, step: float, positive: str, negative: str) -> str:
    """A longitude or latitude as a label, e.g. `2.1° S`; no letter on the line of zero or of 180."""
    if abs(value) > 180.0:
        value -= 360.0 * np.sign(value)
    digits = max(
        0, int(np.ceil(-np.log10(step) - 1e-9)) + (1 if round(step / 10 ** np.floor(np.log10(step)), 3) == 2.5 else 0)
    )
    nameless = abs(value) < step / 1e3 or abs(abs(value) - 180.0) < step / 1e3
    letter = "" if nameless else (positive if value > 0 else negative)
    return f"{abs(value):.{digits}f}° {letter}".strip()


def draw_graticule(ax: Axes, extent: Extent, crs: CRS, size: float = 6.5, language: Language = ENGLISH) -> None:
    """Meridians and parallels with their labels at the frame (bottom and left)."""
    west, south, east, north = degree_bounds(extent, crs)
    forth = Transformer.from_crs(4326, crs, always_xy=True)
    style: dict[str, Any] = {"color": SOFT, "linewidth": 0.35, "alpha": 0.45, "zorder": 3.6, "linestyle": (0, (5, 3))}
    step = max(graticule_step(east - west), graticule_step(north - south))
    xticks: list[tuple[float, str]] = []
    yticks: list[tuple[float, str]] = []
    for lon in np.arange(np.ceil(west / step), np.floor(east / step) + 1) * step:
        x, y = forth.transform(np.full(60, lon), np.linspace(max(south, -89.9), min(north, 89.9), 60))
        ax.plot(x, y, scalex=False, scaley=False, **style)
        xticks.append(
            (float(np.interp(extent[1], y, x)), language.figures(degrees(lon, step, "E", language.say("west"))))
        )
    for lat in np.arange(np.ceil(south / step), np.floor(north / step) + 1) * step:
        x, y = forth.transform(np.linspace(west, east, 60), np.full(60, lat))
        ax.plot(x, y, scalex=False, scaley=False, **style)
        yticks.append((float(np.interp(extent[0], x, y)), language.figures(degrees(lat, step, "N", "S"))))
    margin_x, margin_y = (0.03 * (extent[2] - extent[0]), 0.03 * (extent[3] - extent[1]))
    inside_x = [tick for tick in xticks if extent[0] + margin_x < tick[0] < extent[2] - margin_x]
    inside_y = [tick for tick in yticks if extent[1] + margin_y < tick[0] < extent[3] - margin_y]
    inside_x = _thinned(inside_x, size, 72 * ax.bbox.width / ax.figure.dpi / (extent[2] - extent[0]))
    inside_y = _thinned(inside_y, size, 72 * ax.bbox.height / ax.figure.dpi / (extent[3] - extent[1]))
    text: dict[str, Any] = {"fontsize": size, "color": SOFT}
    ax.set_xticks([tick[0] for tick in inside_x], [tick[1] for tick in inside_x], **text)
    ax.set_yticks([tick[0] for tick in inside_y], [tick[1] for tick in inside_y], rotation=90, va="center", **text)
    ax.tick_params(length=2.5, width=0.5, color=SOFT, pad=2)


def _thinned(ticks: list[tuple[float, str]], size: float, points_per_unit: float) -> list[tuple[float, str]]:
    """As many of the labels as stand clear of each other, evenly left out."""
    if len(ticks) < 2:
        return ticks
    apart = min(abs(b[0] - a[0]) for a, b in pairwise(sorted(ticks))) * points_per_unit
    needed = 0.68 * size * max(len(label) for _, label in ticks) + size
    return ticks[:: max(1, int(np.ceil(needed / max(apart, 1e-9))))]


def lean_of_north(extent: Extent, crs: CRS) -> float:
    """Angle in radians from the sheet's up to true north at the map's middle, clockwise (grid convergence)."""
    x, y = (extent[0] + extent[2]) / 2, (extent[1] + extent[3]) / 2
    lon, lat = Transformer.from_crs(crs, 4326, always_xy=True).transform(x, y)
    step = 0.01 if lat < 89.9 else -0.01
    up = Transformer.from_crs(4326, crs, always_xy=True).transform(lon, lat + step)
    return float(np.arctan2((up[0] - x) * np.sign(step), (up[1] - y) * np.sign(step)))


def draw_scale_and_north(ax: Axes, extent: Extent, crs: CRS, map_width_pt: float, scale: float = 1.0) -> None:
    """A scale bar in true metres at the map's middle, and an arrow to true north there.

    `ax` is a free place on the sheet whose data unit is one point; `map_width_pt` is the map's width in points.
    """
    width, height = ax.get_xlim()[1], ax.get_ylim()[1]
    x, y = (extent[0] + extent[2]) / 2, (extent[1] + extent[3]) / 2
    metres = metres_per_unit(crs, x, y) * (extent[2] - extent[0]) / map_width_pt
    bar = ScaleBar(
        metres,
        location="lower center",
        box_alpha=0.0,
        color=INK,
        length_fraction=0.92,
        width_fraction=0.035,
        font_properties={"size": 7 * scale},
        border_pad=0.1,
        rotation="horizontal-only",
        pad=0.1,
        sep=2,
    )
    ax.add_artist(bar)
    lean = lean_of_north(extent, crs)
    length = min(24.0 * scale, height - 38.0 * scale)
    foot = np.array([width / 2, height - length - 11.0 * scale])
    tip = foot + length * np.array([np.sin(lean), np.cos(lean)])
    arrow = FancyArrowPatch(
        tuple(foot), tuple(tip), arrowstyle="-|>", mutation_scale=11 * scale, color=INK, linewidth=1.5 * scale,
        shrinkA=0, shrinkB=0,
    )  # fmt: skip
    ax.add_patch(arrow)
    ax.text(tip[0], tip[1] + 1.0, "N", ha="center", va="bottom", fontsize=8.5 * scale, weight="bold", color=INK)


@lru_cache(maxsize=1)
def world() -> tuple[npt.NDArray[Any], npt.NDArray[np.float64]]:
    """Countries of the world as polygons in degrees, one row a part, and the bounds of each (n, 4)."""
    import shapely

    text = files("netplan.maps").joinpath(WORLD).read_text(encoding="utf-8")
    shapes = [shapely.from_geojson(json.dumps(each["geometry"])) for each in json.loads(text)["features"]]
    parts = shapely.get_parts(np.array(shapes, dtype=object))
    return parts, shapely.bounds(parts)


def draw_locator(ax: Axes, extent: Extent, crs: CRS, width_per_height: float) -> None:
    """The map's frame as a red box on the coasts and borders around it."""
    import shapely

    west, south, east, north = degree_bounds(extent, crs)
    lon, lat = (west + east) / 2, (south + north) / 2
    tall = max(LOCATOR_SPAN_DEG, 6.0 * (north - south))
    squeeze = 1.0 / max(np.cos(np.deg2rad(min(abs(lat), 75.0))), 0.2)
    wide = tall * width_per_height * squeeze
    low = float(np.clip(lat - tall / 2, -90.0, 90.0 - min(tall, 180.0)))
    ax.set(xlim=(lon - wide / 2, lon + wide / 2), ylim=(low, low + tall), xticks=[], yticks=[], autoscale_on=False)
    ax.set(facecolor="#E6EFF6", aspect=squeeze)
    parts, bounds = world()
    for turn in (-360.0, 0.0, 360.0):
        near = (bounds[:, 2] + turn > lon - wide / 2) & (bounds[:, 0] + turn < lon + wide / 2)
        near &= (bounds[:, 3] > low) & (bounds[:, 1] < low + tall)
        moved = shapely.transform(parts[near], lambda at, turn=turn: at + np.array([turn, 0.0]))
        draw_polygons(ax, moved, facecolors="#F7F4EC", edgecolors="#9A9A9A", linewidths=0.35, zorder=1)
    # A district of a few kilometres would vanish: its mark keeps a least size.
    least = 0.035 * tall
    high, broad = max(north - south, least), max(east - west, least * squeeze)
    corners = [
        (lon - broad / 2, lat - high / 2), (lon + broad / 2, lat - high / 2), (lon + broad / 2, lat + high / 2),
        (lon - broad / 2, lat + high / 2), (lon - broad / 2, lat - high / 2),
    ]  # fmt: skip
    ax.plot(*zip(*corners, strict=True), color=UNSERVED, linewidth=1.3, scalex=False, scaley=False, zorder=3)
    for spine in ax.spines.values():
        spine.set(linewidth=0.5, color="#777777")
