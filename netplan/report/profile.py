"""The district as the project's own layers show it: area, relief, and what stands there already.

Layers that are gone or cannot be read are left out: a report can do without them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import rasterio
import shapely
from pyproj import CRS, Geod

from netplan.foreign import open_layer
from netplan.report.read import Scenario, is_spatial

GEOD = Geod(ellps="WGS84")
LINES = ("roads", "power_lines", "water_pipes", "ducts")
"""Line layers under `routes`."""
EXISTING_LINES = ("fibre", "copper", "coax")
"""Line layers under `existing`."""


@dataclass(frozen=True)
class Profile:
    """None, or no entry, where the layers do not say."""

    area_km2: float | None
    """Of the planning area, geodesic."""
    elevation_m: tuple[float, float, float] | None
    """Where people live: lowest, median, highest, each cell weighed by its people."""
    lines_km: dict[str, float]
    """Line layer -> kilometres inside the area."""
    points: dict[str, int]
    """Point layer -> number inside the area."""


def profile(scenario: Scenario) -> Profile:
    """The profile from the layers of the project of a written plan."""
    home, project = scenario.project_folder, scenario.project
    existing, routes = project.get("existing") or {}, project.get("routes") or {}
    area = _layer(home, project.get("area"))
    bounds = None if area is None else shapely.union_all(area.geometry.array)
    lines = {name: routes.get(name) for name in LINES} | {name: existing.get(name) for name in EXISTING_LINES}
    found = {key: _layer(home, name) for key, name in lines.items()}
    towers = _layer(home, existing.get("towers"))
    return Profile(
        area_km2=None if bounds is None else abs(GEOD.geometry_area_perimeter(bounds)[0]) / 1e6,
        elevation_m=_elevation(scenario),
        lines_km={key: _length_km(layer, bounds) for key, layer in found.items() if layer is not None},
        points={} if towers is None else {"towers": int(_inside(towers, bounds).sum())},
    )


def _layer(home: Path | None, name: Any) -> gpd.GeoDataFrame | None:
    """A layer of the project in degrees; None when it is absent or cannot be read."""
    if home is None or not name or not (home / str(name).partition("|")[0]).is_file():
        return None
    try:
        layer = open_layer(home, str(name))
    except (OSError, ValueError, RuntimeError):
        return None
    if layer.empty:
        return None
    layer = layer if layer.crs is not None else layer.set_crs(4326)
    layer = layer[layer.geometry.notna() & ~layer.geometry.is_empty].to_crs(4326)
    return layer.set_geometry(layer.geometry.make_valid())


def _inside(layer: gpd.GeoDataFrame, bounds: Any) -> npt.NDArray[np.bool_]:
    if bounds is None:
        return np.ones(len(layer), dtype=bool)
    shapely.prepare(bounds)
    return np.asarray(shapely.intersects(bounds, layer.geometry.array), dtype=bool)


def _length_km(layer: gpd.GeoDataFrame, bounds: Any) -> float:
    """Geodesic kilometres of the lines inside the bounds."""
    shapes = np.asarray(layer.geometry.array)
    if bounds is not None:
        near = _inside(layer, bounds)
        within = np.zeros(len(shapes), dtype=bool)
        within[near] = shapely.contains(bounds, shapes[near])
        cut = near & ~within
        shapes = np.concatenate([shapes[within], shapely.intersection(shapes[cut], bounds)])
    parts = shapely.get_parts(shapes)
    return float(sum(GEOD.geometry_length(part) for part in parts if part.geom_type == "LineString")) / 1000.0


def _elevation(scenario: Scenario) -> tuple[float, float, float] | None:
    """Lowest, median and highest ground under inhabited cells."""
    name = (scenario.project.get("terrain") or {}).get("elevation")
    demand = scenario.tables["demand"]
    rows = demand[demand["population"] > 0]
    if scenario.project_folder is None or not name or not is_spatial(demand) or rows.empty:
        return None
    try:
        with rasterio.open(scenario.project_folder / str(name)) as source:
            places = rows.geometry.representative_point().to_crs(CRS.from_user_input(source.crs.to_wkt()))
            read = source.sample(zip(places.x, places.y, strict=True), masked=True)
            heights = np.array([value.astype(float).filled(np.nan)[0] for value in read])
    except (rasterio.errors.RasterioError, OSError, ValueError, AttributeError):
        return None
    known = np.isfinite(heights)
    if not known.any():
        return None
    heights, weight = heights[known], rows["population"].to_numpy(float)[known]
    order = np.argsort(heights)
    middle = int(np.searchsorted(np.cumsum(weight[order]), weight.sum() / 2.0))
    return float(heights.min()), float(heights[order][min(middle, len(order) - 1)]), float(heights.max())
