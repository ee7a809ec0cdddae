"""Facilities and sensors as demand: every school, clinic … counts one and needs its class's service."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from netplan.project.schema import SENSORS, FacilityClass, SensorClass

SAME_PLACE_M = 10.0


def facility_rows(kind: str, layer: gpd.GeoDataFrame, spec: FacilityClass) -> tuple[gpd.GeoDataFrame, int]:
    """Demand rows of one facility class, and how many duplicates within 10 m were merged into others.

    Ids are `<class>-0001 …` in order of (x, y). Of merged ones the first in that order gives the place, the first
    with a name the name.
    """
    point = np.asarray(shapely.centroid(np.asarray(layer.geometry.array, dtype=object)), dtype=object)
    name = layer["name"].fillna("").astype(str).to_numpy() if "name" in layer else np.full(len(point), "", object)
    order = np.lexsort((name.astype(str), shapely.get_y(point), shapely.get_x(point)))
    point, name = point[order], name[order]
    xy = np.column_stack([shapely.get_x(point), shapely.get_y(point)])
    group = _groups(xy)
    _, first = np.unique(group, return_index=True)
    first.sort()
    named = pd.Series(name).where(name != "").groupby(group).first().fillna("")
    rows = gpd.GeoDataFrame(
        {
            "class": kind,
            "level": "community",
            "weight": 1.0,
            "population": 0.0,
            "households": 0.0,
            "premises": 1.0,
            "demand_mbps": float(spec.busy_hour_mbps),
            "rate_mbps": float(spec.rate_mbps),
            "x_m": xy[first, 0],
            "y_m": xy[first, 1],
            "area_km2": 0.0,
            "name": named.reindex(group[first]).to_numpy(),
        },
        index=pd.Index([f"{kind}-{i + 1:04d}" for i in range(len(first))], name="demand_id", dtype=object),
        geometry=point[first],
        crs=layer.crs,
    )
    return rows, len(point) - len(first)


def sensor_rows(layer: gpd.GeoDataFrame, spec: SensorClass) -> gpd.GeoDataFrame:
    """Demand rows of the sensors: those that share a place (within 10 m) share a row, which counts them all.

    A row stands at the first of its sensors in (x, y) order; ids are `sensors-0001 …` in that order.
    """
    as_facility = FacilityClass(layer=spec.layer, rate_mbps=spec.rate_mbps, busy_hour_mbps=spec.busy_hour_mbps)
    rows, _ = facility_rows(SENSORS, layer, as_facility)
    point = np.asarray(layer.geometry.array, dtype=object)
    xy = np.column_stack([shapely.get_x(point), shapely.get_y(point)])
    group = _groups(xy[np.lexsort((xy[:, 1], xy[:, 0]))])
    _, first, count = np.unique(group, return_index=True, return_counts=True)
    number = count[np.argsort(first)].astype(float)
    return rows.assign(level="iot", weight=number, premises=number, demand_mbps=number * spec.busy_hour_mbps)


def _groups(xy: np.ndarray) -> np.ndarray:
    """Label of each point: those linked by steps of at most 10 m share one."""
    if not len(xy):
        return np.zeros(0, dtype=int)
    pairs = cKDTree(xy).query_pairs(SAME_PLACE_M, output_type="ndarray")
    n = len(xy)
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1])
