"""What lies under a plan, from the project's own layers: relief, water, exclusions, the area, names of the PoPs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod
from shapely.geometry import box

from netplan.foreign import open_layer
from netplan.webmap import shapes
from netplan.webmap.pictures import Bounds, relief_picture
from netplan.webmap.read import Written

WATER_WORDS = frozenset({"water", "lake", "reservoir", "river", "lagoon", "wetland", "pond", "basin", "oxbow", "sea"})
MARGIN = 0.06
"""Ground shown beyond the plan, as a share of its size."""
NETWORK_TOLERANCE_DEG, NETWORK_NUMBERS = 1e-4, 250_000
"""Lines of the ground are simplified by ten metres, and further until they are at most so many numbers (a megabyte)."""
POP_WITHIN_M = 150.0
"""A PoP of the plan takes the name of the project's PoP that is nearer than this."""


def plan_bounds(plans: Sequence[Written]) -> tuple[Bounds, bool]:
    """Box around everything in the plans, and whether it crosses the 180th meridian (its east is then beyond 180)."""
    layers = ("demand", "sites", "links", "nodes")
    everything = np.concatenate([plan.tables[name].geometry.to_numpy() for plan in plans for name in layers])
    xy = shapely.get_coordinates(everything)
    if not len(xy):
        return (-1.0, -1.0, 1.0, 1.0), False
    over = shapes.seam(xy[:, 0])
    x = np.where((xy[:, 0] < 0) & over, xy[:, 0] + 360.0, xy[:, 0])
    west, south, east, north = x.min(), xy[:, 1].min(), x.max(), xy[:, 1].max()
    pad = max(MARGIN * max(east - west, north - south), 0.005)
    return (float(west - pad), float(south - pad), float(east + pad), float(north + pad)), over


def read_ground(plan: Written, home: Path | None, bounds: Bounds, over_seam: bool) -> dict[str, Any]:
    """The ground as JSON-ready shapes and pictures; what the project has not is absent.

    Args:
        plan: any scenario (the ground is the project's).
        home: the project's folder; None: no ground but the bounds.
        bounds: what is shown.
        over_seam: whether longitudes count on beyond 180.
    """
    ground: dict[str, Any] = {}
    area = _layer(home, plan.project.get("area"), over_seam) if home is not None else None
    if area is not None:
        ground["area"] = shapes.areas(np.array([shapely.union_all(area.geometry.to_numpy())]))[0]
        west, south, east, north = (float(edge) for edge in area.total_bounds)
        bounds = min(west, bounds[0]), min(south, bounds[1]), max(east, bounds[2]), max(north, bounds[3])
    ground["bounds"] = [round(value, 5) for value in bounds]
    if home is None:
        return ground
    frame = box(*_wider(bounds))
    tolerance = (bounds[2] - bounds[0]) / 4000
    for name in plan.project.get("exclusions") or []:
        layer = _layer(home, name, over_seam)
        if layer is None:
            continue
        water = is_water(layer)
        for key, rows in (("water", layer[water]), ("closed", layer[~water])):
            cut = shapely.intersection(rows.geometry.to_numpy(), frame)
            kept = shapes.areas(cut[~shapely.is_empty(cut)], tolerance)
            ground.setdefault(key, []).extend(polygon for shape in kept for polygon in shape)
    ground["networks"] = _networks(plan, home, frame, over_seam)
    elevation = (plan.project.get("terrain") or {}).get("elevation")
    if elevation and (home / str(elevation)).is_file():
        ground["relief"] = relief_picture(home / str(elevation), _wider(bounds))
    return ground


def _networks(plan: Written, home: Path, frame: Any, over_seam: bool) -> dict[str, Any]:
    """Line layers of the project (roads, pipes, poles …) by their key in it: where cable could run today."""
    named = {**(plan.project.get("existing") or {}), **(plan.project.get("routes") or {})}
    found: dict[str, Any] = {}
    for key, name in named.items():
        layer = _layer(home, name, over_seam) if isinstance(name, str) else None
        if layer is None or not layer.geom_type.isin(["LineString", "MultiLineString"]).all():
            continue
        parts = shapely.get_parts(shapely.clip_by_rect(layer.geometry.to_numpy(), *frame.bounds))
        whole = shapely.line_merge(shapely.multilinestrings(parts[shapely.length(parts) > 0]))
        drawn, tolerance = shapes.lines(np.array([whole]), NETWORK_TOLERANCE_DEG), NETWORK_TOLERANCE_DEG
        while sum(len(line) for line in drawn[0]) > NETWORK_NUMBERS and tolerance < 0.01:
            tolerance *= 2
            drawn = shapes.lines(np.array([whole]), tolerance)
        if drawn[0]:
            found[key] = drawn[0]
    return found


def _wider(bounds: Bounds, share: float = 0.5) -> Bounds:
    """Bounds with half their size more on every side: the reader pans beyond the plan."""
    west, south, east, north = bounds
    pad = share * max(east - west, north - south)
    return west - pad, max(south - pad, -85.0), east + pad, min(north + pad, 85.0)


def pop_names(plan: Written, home: Path | None, nodes: gpd.GeoDataFrame) -> list[str]:
    """Name of each node that is a PoP, from the project's layer of PoPs; '' for all others."""
    names = [""] * len(nodes)
    layer = _layer(home, (plan.project.get("existing") or {}).get("pops"), False) if home is not None else None
    column = None if layer is None else next((name for name in layer.columns if str(name).lower() == "name"), None)
    if layer is None or column is None:
        return names
    places = shapely.get_coordinates(shapely.centroid(layer.geometry.to_numpy()))
    said = layer[column].astype(object).where(layer[column].notna(), "").astype(str).to_list()
    here = shapely.get_coordinates(nodes.geometry.to_numpy())
    geod = Geod(ellps="WGS84")
    for row in np.flatnonzero((nodes["kind"] == "pop").to_numpy()):
        x, y = np.full(len(places), here[row, 0]), np.full(len(places), here[row, 1])
        away = np.asarray(geod.inv(x, y, places[:, 0], places[:, 1])[2])
        nearest = int(np.argmin(away))
        if away[nearest] <= POP_WITHIN_M:
            names[int(row)] = said[nearest]
    return names


def is_water(layer: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    """Rows that any of their own text attributes calls water."""
    found = np.zeros(len(layer), dtype=bool)
    for column in layer.columns.drop(layer.geometry.name):
        values = layer[column].map(lambda value: value.strip().lower() if isinstance(value, str) else "")
        found |= values.isin(WATER_WORDS).to_numpy(bool)
    return found


def _layer(home: Path, name: Any, over_seam: bool) -> gpd.GeoDataFrame | None:
    """A layer of the project in degrees; None when it is absent (a map can do without its background)."""
    if not name or not (home / str(name).partition("|")[0]).is_file():
        return None
    try:
        layer = open_layer(home, str(name))
    except (OSError, ValueError, RuntimeError):
        return None
    if layer.empty:
        return None
    layer = layer if layer.crs is not None else layer.set_crs(4326)
    layer = layer[layer.geometry.notna() & ~layer.geometry.is_empty].to_crs(4326)
    valid = shapely.make_valid(layer.geometry.to_numpy())
    return layer.set_geometry(gpd.GeoSeries(shapes.unwrap(valid, over_seam), index=layer.index, crs=4326))
