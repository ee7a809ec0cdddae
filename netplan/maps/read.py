"""What a map needs of a written plan, read from `plan.gpkg`, `summary.json` and `resolved.yaml` alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS, Geod

from netplan.counted import counted, shared_places_only, today_unknown
from netplan.errors import Fault, InputError
from netplan.maps.market import as_one
from netplan.netted import netted
from netplan.written import (
    economics_of,
    filled,
    operator_folders,
    operator_shares,
    read_layers,
    read_settings,
    written_on,
)

COLUMNS: dict[str, dict[str, Any]] = {
    "demand": {
        "demand_id": "",
        "name": "",
        "class": "",
        "level": "",
        "weight": 0.0,
        "population": 0.0,
        "demand_mbps": 0.0,
        "served_share": 0.0,
        "baseline_share": 0.0,
        "technology": "",
    },
    "sites": {
        "site_id": "",
        "status": "",
        "structure": "",
        "backhaul": "",
        "assumed": False,
        "node_id": "",
        "npv": 0.0,
    },
    "equipment": {"option_id": "", "site_id": "", "technology": "", "utilisation": 0.0, "load_mbps": 0.0, "npv": 0.0},
    "service": {"demand_id": "", "option_id": "", "share": 0.0, "premises": 0.0, "npv": 0.0},
    "links": {
        "link_id": "",
        "medium": "",
        "status": "",
        "length_m": 0.0,
        "from_node": "",
        "to_node": "",
        "capacity_mbps": math.inf,
        "load_mbps": 0.0,
        "npv": 0.0,
    },
    "nodes": {"node_id": "", "kind": ""},
    "other_costs": {"item": "", "npv": 0.0},
}
"""Layer -> columns that the map reads and what stands for a missing value."""

PLAIN = frozenset({"service", "other_costs"})
"""Layers without geometry."""


@dataclass(frozen=True)
class WrittenPlan:
    """One scenario folder, in memory, in one projected CRS (metres or feet, north up)."""

    folder: Path
    crs: CRS
    demand: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    equipment: gpd.GeoDataFrame
    service: pd.DataFrame
    links: gpd.GeoDataFrame
    nodes: gpd.GeoDataFrame
    other_costs: pd.DataFrame
    summary: dict[str, Any]
    project: dict[str, Any]
    """The merged project of this scenario, as in `netplan.yaml`."""
    economics: dict[str, Any]
    """Years, currency, discount rate as used."""
    catalogue: dict[str, dict[str, dict[str, Any]]]
    """Section (technologies, media, structures …) -> id -> entry."""
    written_on: str
    """Date of the plan, ISO."""
    agreed: tuple[str, ...] = ()
    """Operator models in force: what several operators do together."""

    @property
    def name(self) -> str:
        """The project's name."""
        return str(self.project.get("name") or self.folder.resolve().parent.name)

    @property
    def scenario(self) -> str:
        """The scenario's name."""
        return str(self.summary.get("scenario") or self.folder.resolve().name)

    @property
    def operators_alone(self) -> int:
        """How many operators each have a network of their own in it; 0 for one plan."""
        return len(operator_folders(self.folder, self.summary))

    @property
    def shared_only(self) -> bool:
        """People are served at shared places alone, and counted there."""
        return shared_places_only(self.demand, self.project)

    @property
    def today_unknown(self) -> bool:
        """The data do not say who is served today, so nobody counts as served."""
        return today_unknown(self.demand, self.project)

    @property
    def currency(self) -> str:
        """Currency of every sum."""
        return str(self.economics.get("currency") or "USD")


def read_written(folder: Path) -> WrittenPlan:
    """Read a scenario folder; where operators are planned alone, the plans of all of them as one.

    Raises:
        InputError: files are absent or unreadable; all of them are named.
    """
    faults: list[Fault] = []
    summary, resolved = read_settings(folder, faults)
    parts = operator_folders(folder, summary)
    if parts:
        each = {name: _layers(part, faults) for name, part in parts.items()}
        layers = {} if faults else as_one(each, operator_shares(summary))
    else:
        layers = _layers(folder, faults)
    if faults:
        raise InputError(faults)
    crs = plot_crs(layers["demand"], layers["sites"], layers["nodes"])
    tables = {name: _placed(layers[name], name, crs) for name in COLUMNS}
    project = resolved.get("project") or {}
    tables["demand"] = counted(tables["demand"], project)
    return WrittenPlan(
        folder=folder,
        crs=crs,
        summary=netted(summary),
        project=project,
        economics=economics_of(resolved),
        catalogue=resolved.get("catalogue") or {},
        written_on=written_on(folder, summary),
        agreed=tuple(map(str, (resolved.get("party") or {}).get("levers") or ())),
        **tables,
    )


def _layers(folder: Path, faults: list[Fault]) -> dict[str, pd.DataFrame]:
    read = read_layers(folder, COLUMNS, faults)
    return {name: read.get(name, gpd.GeoDataFrame()) for name in COLUMNS}


def plot_crs(*layers: pd.DataFrame) -> CRS:
    """The plan's projected CRS; a UTM zone when the layers are in degrees or say nothing."""
    for layer in layers:
        if isinstance(layer, gpd.GeoDataFrame) and len(layer) and layer._geometry_column_name in layer and layer.crs:
            return CRS(layer.estimate_utm_crs()) if layer.crs.is_geographic else CRS(layer.crs)
    return CRS.from_epsg(3857)


def _placed(layer: pd.DataFrame, name: str, crs: CRS) -> Any:
    """The layer with every column that the map reads; geometry, where it has any, in `crs` and never empty."""
    table = filled(layer, COLUMNS[name])
    if name in PLAIN:
        return pd.DataFrame(table)
    if not isinstance(table, gpd.GeoDataFrame) or table._geometry_column_name not in table:
        return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries([None] * len(table)), crs=crs)
    table = table[table.geometry.notna() & ~table.geometry.is_empty].reset_index(drop=True)
    return table.set_crs(crs, allow_override=True) if table.crs is None else table.to_crs(crs)


def metres_per_unit(crs: CRS, x: float, y: float) -> float:
    """True (geodesic) metres per map unit, eastwards, at one place: what a scale bar must use."""
    places = gpd.points_from_xy([x, x + 1000.0], [y, y], crs=crs).to_crs(4326)
    metres = Geod(ellps="WGS84").inv(places.x[0], places.y[0], places.x[1], places.y[1])[2] / 1000.0
    return float(metres) if np.isfinite(metres) and metres > 0 else 1.0
