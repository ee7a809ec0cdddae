"""EPANET models (`.inp`) as layers: pipes as lines, and the points where cable gets in or cannot pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS, Geod, Transformer

from netplan.inputs.door import Door, Source

MODEL_SUFFIX = ".inp"
ZERO_M = 1.0
"""A pump or valve drawn shorter than this (map units) is a point."""
SAID, REFUSED = 1.1, 2.0
"""Lengths stated and lengths on the map further apart than this factor are said, than that are a fault."""


@dataclass(frozen=True)
class WaterNetwork:
    """Layers of one model, in its map's CRS."""

    pipes: gpd.GeoDataFrame
    """lines; `name, diameter_mm, status`; pumps and valves drawn with a length are lines too"""
    points: gpd.GeoDataFrame
    """`name, kind, status, elevation_m`: valves, pumps, tanks, reservoirs, closed pipes"""


def is_model(source: Source) -> bool:
    """Whether the file is an EPANET model by its name."""
    return source.path.suffix.lower() == MODEL_SUFFIX


def read_network(door: Door, source: Source, crs: CRS | None) -> WaterNetwork | None:
    """Pipes and points of a model; diameters in mm and elevations in m whatever its flow units.

    Notes a fault and returns None when it cannot be read, has no CRS, no coordinates, or coordinates that cannot be
    metres or feet on the ground.
    """
    if crs is None:
        to_do = "give routes.water_pipes_crs, the CRS of the model's coordinates, e.g. EPSG:32636"
        door.fault(source.place, "an EPANET model states no coordinate reference system (CRS)", to_do)
    model = _open(door, source)
    if model is None:
        return None
    xy = {name: np.asarray(node.coordinates, float) for name, node in model.nodes()}
    placed = {name for name, place in xy.items() if place.any() and np.isfinite(place).all()}
    if not placed:
        to_do = "export the model with its [COORDINATES] section, or give the pipes as a GIS layer"
        door.fault(source.place, f"none of the {len(xy):,} nodes has coordinates", to_do)
        return None
    if crs is None:
        return None
    links = [link for _, link in model.links() if {link.start_node_name, link.end_node_name} <= placed]
    lost = model.num_links - len(links)
    if lost:
        door.warn(f"{source.place}: {lost} links end at nodes without coordinates and are left out.")
    pipes = _pipes(model, links, xy, crs)
    if pipes.empty:
        door.fault(source.place, "no pipe with coordinates at both ends", "give a model that has pipes")
        return None
    return WaterNetwork(pipes, _points(model, links, xy, crs)) if _true_to_scale(door, source, links, xy, crs) else None


def _open(door: Door, source: Source) -> Any:
    """The model, or None after a fault."""
    import wntr  # seconds to import, and few projects have a model
    from wntr.epanet.exceptions import EpanetException

    try:
        return wntr.network.WaterNetworkModel(str(source.path))
    except (EpanetException, ValueError, KeyError, IndexError, RuntimeError, AttributeError, TypeError, OSError) as bad:
        text = " ".join(str(bad.__cause__ or bad).split()) or type(bad).__name__  # the cause knows the line
        to_do = "open it in EPANET, correct what it complains of and save it again"
        door.fault(source.place, f"cannot be read as an EPANET model ({text[:150]})", to_do)
        return None


def _line(link: Any, xy: dict[str, npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    return np.vstack([xy[link.start_node_name], *map(np.asarray, link.vertices), xy[link.end_node_name]]).astype(float)


def _pipes(model: Any, links: list[Any], xy: dict[str, npt.NDArray[np.float64]], crs: CRS) -> gpd.GeoDataFrame:
    """Pipes, and pumps and valves drawn with a length: these take the widest diameter they are joined to."""
    widest: dict[str, float] = {}
    for link in links:
        if link.link_type == "Pipe":
            for end in (link.start_node_name, link.end_node_name):
                widest[end] = max(widest.get(end, 0.0), 1000.0 * link.diameter)
    rows, lines = [], []
    for link in links:
        coords = _line(link, xy)
        if float(np.hypot(*np.diff(coords, axis=0).T).sum()) <= ZERO_M and link.link_type != "Pipe":
            continue
        diameter = max(widest.get(link.start_node_name, 0.0), widest.get(link.end_node_name, 0.0))
        if link.link_type == "Pipe":
            diameter = 1000.0 * link.diameter
        rows.append({"name": link.name, "diameter_mm": diameter, "status": ""})
        lines.append(shapely.LineString(coords))
    columns = pd.DataFrame(rows, columns=["name", "diameter_mm", "status"])
    frame = gpd.GeoDataFrame(columns, geometry=lines, crs=crs)
    return frame[shapely.length(frame.geometry.to_numpy()) > 0].reset_index(drop=True)


def _points(model: Any, links: list[Any], xy: dict[str, npt.NDArray[np.float64]], crs: CRS) -> gpd.GeoDataFrame:
    """Tanks and reservoirs; at the middle of their line pumps, valves, closed pipes and check valves."""
    rows, places = [], []
    for kind, names in (("tank", model.tank_name_list), ("reservoir", model.reservoir_name_list)):
        for name in names:
            if xy[name].any():
                node = model.get_node(name)
                height = node.base_head if kind == "reservoir" else node.elevation
                rows.append({"name": name, "kind": kind, "status": "", "elevation_m": height})
                places.append(shapely.Point(xy[name]))
    for link in links:
        obstacle = _kind(link)
        if obstacle:
            rows.append({"name": link.name, "kind": obstacle, "status": "", "elevation_m": np.nan})
            coords = _line(link, xy)
            places.append(shapely.line_interpolate_point(shapely.LineString(coords), 0.5, normalized=True))
    columns = pd.DataFrame(rows, columns=["name", "kind", "status", "elevation_m"])
    return gpd.GeoDataFrame(columns, geometry=places, crs=crs)


VALVES = {
    "PRV": "pressure reducing valve (PRV)",
    "PSV": "pressure sustaining valve",
    "PBV": "pressure breaker valve",
    "FCV": "flow control valve",
    "TCV": "throttle valve",
    "GPV": "general purpose valve",
    "PCV": "throttle valve",
}


def _kind(link: Any) -> str:
    """What stands on a link, '' for an open pipe."""
    if link.link_type == "Pump":
        return "pump"
    if link.link_type == "Valve":
        closed = str(link.initial_status).casefold().endswith("closed")
        return "closed valve" if closed else VALVES.get(str(link.valve_type), "valve")
    if str(link.initial_status).casefold().endswith("closed"):
        return "closed valve"
    return "check valve" if link.check_valve else ""


def _true_to_scale(
    door: Door, source: Source, links: list[Any], xy: dict[str, npt.NDArray[np.float64]], crs: CRS
) -> bool:
    """Whether the map agrees with the lengths that the model states: schematic drawings and wrong units do not."""
    pipes = [link for link in links if link.link_type == "Pipe"]
    stated = sum(float(link.length) for link in pipes)
    places = np.vstack([_line(link, xy) for link in pipes])
    if crs.is_geographic and (np.abs(places) > (180.0, 90.0)).any():
        found = f"the coordinates reach {np.abs(places).max():,.0f}, which are no degrees, as {crs.name} has them"
        door.fault(source.place, found, "give routes.water_pipes_crs, the CRS of the model's map in metres or feet")
        return False
    there = Transformer.from_crs(crs, 4326, always_xy=True)
    geod, drawn = Geod(ellps="WGS84"), 0.0
    for link in pipes:
        lon, lat = there.transform(*_line(link, xy).T)
        drawn += float(geod.line_length(lon, lat)) if np.isfinite([*lon, *lat]).all() else np.inf
    if not np.isfinite(drawn):
        found = f"the coordinates lie outside of where {crs.name} is defined"
        door.fault(source.place, found, "check routes.water_pipes_crs")
        return False
    ratio = drawn / stated if stated > 0 else np.inf
    found = f"the pipes are {stated / 1000:,.1f} km long as stated and {drawn / 1000:,.1f} km on the map"
    if not 1 / REFUSED <= ratio <= REFUSED:
        to_do = "check routes.water_pipes_crs and its unit (feet or metres); a schematic drawing cannot be planned on"
        door.fault(source.place, found, to_do)
        return False
    if not 1 / SAID <= ratio <= SAID:
        door.warn(f"{source.place}: {found}; the map's lengths are planned with.")
    return True
