"""Access over lines that are there already (telephone copper, television coax): rate by length of line."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from netplan.catalogue.schema import Technology
from netplan.radio.people import shares_reached
from netplan.radio.serve import Service, places_taken
from netplan.radio.shapes import IntArray, xy
from netplan.tables import FloatArray, Inputs


def existing_lines(technology: Technology, inputs: Inputs) -> gpd.GeoDataFrame | None:
    """The project's layer of the lines that the technology runs over; None without one."""
    layer = {"copper": inputs.copper, "coax": inputs.coax}.get(technology.line_layer or "")
    return None if layer is None or layer.empty else layer


def beside_lines(technology: Technology, lines: gpd.GeoDataFrame) -> BaseGeometry:
    """The ground that counts as joined to the lines."""
    assert technology.line_radius_m is not None
    beside = shapely.union_all(shapely.buffer(np.asarray(lines.geometry.array), technology.line_radius_m.value))
    shapely.prepare(beside)
    return beside


def serve_lines(technology: Technology, sites: gpd.GeoDataFrame, points: gpd.GeoDataFrame, inputs: Inputs) -> Service:
    """Premises beside a line, within the length of line that still carries the required rate.

    The equipment must stand beside a line itself. Line length is the straight distance times `line_detour`. A cell is
    served by the share of its ground that lies beside a line and in reach; nobody served gets less than the rate at
    that reach. Capacity is counted in premises (see `places_taken`).
    """
    lines = existing_lines(technology, inputs)
    if lines is None or sites.empty or points.empty:
        return _empty()
    beside, joined = beside_lines(technology, lines), joined_sites(technology, sites, inputs)
    wired, wired_share = _wired(points, beside)
    required = points["rate_mbps"].to_numpy(float)
    parts = []
    for rate in np.unique(required[wired]):
        offer = _reach(technology, float(rate))
        rows = wired[required[wired] == rate]
        if offer is None or not len(joined):
            continue
        reach_m, offered = offer
        near = points.iloc[rows].set_geometry(_cut(points, rows, beside), crs=points.crs)
        site, row, share = shares_reached(xy(sites)[joined], near, reach_m, None)
        parts.append((joined[site], rows[row], share * wired_share[rows[row]], np.full(len(row), offered)))
    if not parts:
        return _empty()
    place, row, share, offered_mbps = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.lexsort((row, place))
    place, row, share, offered_mbps = place[order], row[order], share[order], offered_mbps[order]
    used = places_taken(technology, points)[row]
    return Service(place, row, offered_mbps, share, np.full(len(row), np.nan), used)


def joined_sites(technology: Technology, sites: gpd.GeoDataFrame, inputs: Inputs) -> IntArray:
    """Rows of the sites that stand beside a line."""
    lines = existing_lines(technology, inputs)
    if lines is None or sites.empty:
        return np.empty(0, np.int64)
    return np.flatnonzero(shapely.intersects_xy(beside_lines(technology, lines), *xy(sites).T)).astype(np.int64)


def _reach(technology: Technology, required_mbps: float) -> tuple[float, float] | None:
    """Straight distance up to which the rate is offered, and the rate of the step that sets it; None: never."""
    detour = 1.0 if technology.line_detour is None else technology.line_detour.value
    enough = [step for step in technology.reach_rates if step.rate_mbps.value >= required_mbps]
    if not enough:
        return None
    farthest = max(enough, key=lambda step: step.reach_m.value)
    return farthest.reach_m.value / detour, farthest.rate_mbps.value


def _wired(points: gpd.GeoDataFrame, beside: shapely.Geometry) -> tuple[IntArray, FloatArray]:
    """Demand rows with any ground beside a line, and for all rows the share of it that is."""
    geometry = np.asarray(points.geometry.array)
    is_cell = points["area_km2"].to_numpy(float) > 0
    share = np.asarray(shapely.intersects_xy(beside, *xy(points).T), float)
    cut = shapely.area(shapely.intersection(geometry[is_cell], beside))
    share[is_cell] = np.minimum(cut / shapely.area(geometry[is_cell]), 1.0)
    return np.flatnonzero(share > 1e-6).astype(np.int64), share


def _cut(points: gpd.GeoDataFrame, rows: IntArray, beside: shapely.Geometry) -> np.ndarray:
    geometry = np.asarray(points.geometry.array)[rows]
    is_cell = points["area_km2"].to_numpy(float)[rows] > 0
    return np.where(is_cell, shapely.intersection(geometry, beside), geometry)


def _empty() -> Service:
    nothing, numbers = np.empty(0, np.int64), np.empty(0)
    return Service(nothing, nothing, numbers, numbers, numbers, numbers)
