"""A written plan as the interactive map needs it: its layers in degrees, its sums and its settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from netplan.counted import counted
from netplan.errors import Fault, InputError
from netplan.netted import netted
from netplan.written import economics_of, filled, read_layers, read_settings

MONEY: dict[str, Any] = {"capex": 0.0, "opex_per_year": 0.0, "npv": 0.0}
NONE = float("nan")
COLUMNS: dict[str, dict[str, Any]] = {
    "demand": {
        "demand_id": "", "name": "", "class": "", "level": "", "weight": 0.0, "population": 0.0, "households": 0.0,
        "demand_mbps": 0.0, "served_share": 0.0, "baseline_share": 0.0, "technology": "", "rate_mbps": NONE,
    },
    "sites": {
        "site_id": "", "name": "", "status": "", "structure": "", "power": "", "height_m": NONE, "backhaul": "",
        "node_id": "", "assumed": 0.0, **MONEY,
    },
    "equipment": {
        "option_id": "", "site_id": "", "technology": "", "capacity": NONE, "capacity_unit": "", "utilisation": NONE,
        "load_mbps": 0.0, **MONEY,
    },
    "existing": {"existing_id": "", "name": "", "technology": ""},
    "service": {
        "demand_id": "", "option_id": "", "share": 0.0, "rate_mbps": NONE, "premises": 0.0, **MONEY,
    },
    "baseline": {"demand_id": "", "existing_id": "", "technology": "", "rate_mbps": NONE, "share": 0.0},
    "links": {
        "link_id": "", "from_node": "", "to_node": "", "medium": "", "status": "", "length_m": 0.0,
        "capacity_mbps": NONE, "load_mbps": 0.0, **MONEY,
    },
    "nodes": {"node_id": "", "kind": ""},
    "other_costs": {"item": "", **MONEY},
    "costs": {"layer": "", "row_id": "", "item": "", "category": "", "quantity": 0.0, "unit": "", **MONEY},
}  # fmt: skip
"""Layer -> columns the map reads and what stands for a missing value."""
SPATIAL = ("demand", "sites", "equipment", "existing", "links", "nodes")
MAY_LACK = frozenset({"existing", "baseline", "other_costs"})
"""Layers that a plan may do without."""


@dataclass(frozen=True)
class Written:
    """One scenario folder, in memory. Spatial tables are in WGS 84 degrees, longitude first."""

    folder: Path
    tables: dict[str, Any]
    summary: dict[str, Any]
    project: dict[str, Any]
    economics: dict[str, Any]
    catalogue: dict[str, dict[str, dict[str, Any]]]

    @property
    def scenario(self) -> str:
        """The scenario's name."""
        return str(self.summary.get("scenario") or self.folder.resolve().name)


def read_folders(folders: list[Path]) -> list[Written]:
    """Read scenario folders.

    Raises:
        InputError: files or layers are absent or unreadable, in any folder; all of them are named.
    """
    faults: list[Fault] = []
    if not folders:
        faults.append(Fault("map", "no scenario folder", "give at least one written plan"))
    plans = [_read(Path(folder), faults) for folder in folders]
    if faults:
        raise InputError(faults)
    return plans


def _read(folder: Path, faults: list[Fault]) -> Written:
    summary, resolved = read_settings(folder, faults)
    project = resolved.get("project") or {}
    tables = _layers(folder, faults)
    tables["demand"] = counted(tables["demand"], project)
    return Written(
        folder=folder,
        tables=tables,
        summary=netted(summary),
        project=project,
        economics=economics_of(resolved),
        catalogue=resolved.get("catalogue") or {},
    )


def _layers(folder: Path, faults: list[Fault]) -> dict[str, Any]:
    raw = read_layers(folder, COLUMNS, faults, [name for name in COLUMNS if name not in MAY_LACK])
    return {name: _clean(raw.get(name, pd.DataFrame()), name) for name in COLUMNS}


def _clean(layer: pd.DataFrame, name: str) -> Any:
    """The columns of a layer with nothing missing, sorted by its first two; geometry in degrees."""
    whole = filled(layer, COLUMNS[name])
    table = pd.DataFrame(whole[list(COLUMNS[name])])
    if name not in SPATIAL:
        return table
    if not isinstance(whole, gpd.GeoDataFrame) or whole.crs is None:
        return gpd.GeoDataFrame(table.iloc[:0], geometry=gpd.GeoSeries([], crs=4326))
    places = gpd.GeoDataFrame(table, geometry=whole.geometry).to_crs(4326)
    return places[places.geometry.notna() & ~places.geometry.is_empty].reset_index(drop=True)
