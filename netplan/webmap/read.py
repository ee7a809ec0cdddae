"""A written plan as the interactive map needs it: its layers in degrees, its sums and its settings."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import yaml

from netplan.counted import counted
from netplan.errors import Fault, InputError
from netplan.geopackage import layer_names, read_whole

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
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader, compiled where PyYAML has it so: a plan's settings are a hundred kilobytes."""
TO_DO = "plan the scenario again, or name the folder that `netplan plan` wrote"


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
    summary, resolved = _mapping(folder / "summary.json", faults), _mapping(folder / "resolved.yaml", faults)
    project = resolved.get("project") or {}
    tables = _layers(folder / "plan.gpkg", faults)
    if tables:
        tables["demand"] = counted(tables["demand"], project)
    return Written(
        folder=folder,
        tables=tables,
        summary=summary,
        project=project,
        economics={**(project.get("economics") or {}), **(resolved.get("economics") or {})},
        catalogue=resolved.get("catalogue") or {},
    )


def _mapping(path: Path, faults: list[Fault]) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        data = json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=LOADER)
        if isinstance(data, dict):
            return data
        found = "not a mapping"
    except FileNotFoundError:
        found = "the file is absent"
    except (OSError, ValueError, yaml.YAMLError) as error:
        found = f"it cannot be read ({str(error).splitlines()[0]})"
    faults.append(Fault(str(path), found, TO_DO))
    return {}


def _layers(path: Path, faults: list[Fault]) -> dict[str, Any]:
    if not path.is_file():
        faults.append(Fault(str(path), "the file is absent", TO_DO))
        return {}
    try:
        present = layer_names(path)
        raw = {name: read_whole(path, name, present) for name in COLUMNS if name in present}
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, OSError, ValueError) as error:
        faults.append(Fault(str(path), f"it cannot be read ({str(error).splitlines()[0]})", TO_DO))
        return {}
    absent = [name for name in COLUMNS if name not in present and name not in MAY_LACK]
    faults.extend(Fault(f"{path}: {name}", "the layer is absent", TO_DO) for name in absent)
    return {name: _clean(raw.get(name, pd.DataFrame()), name) for name in COLUMNS}


def _clean(layer: pd.DataFrame, name: str) -> Any:
    """The columns of a layer with nothing missing, sorted by its first two; geometry in degrees."""
    columns = COLUMNS[name]
    table = pd.DataFrame(index=layer.index)
    for column, absent in columns.items():
        if column not in layer:
            table[column] = pd.Series([absent] * len(layer), index=layer.index, dtype=object if absent == "" else float)
        elif isinstance(absent, float):
            table[column] = pd.to_numeric(layer[column], errors="coerce").astype(float).fillna(absent)
        else:
            table[column] = layer[column].astype(object).where(layer[column].notna(), absent).astype(str)
    if name in SPATIAL:
        if isinstance(layer, gpd.GeoDataFrame) and layer.crs is not None:
            table = gpd.GeoDataFrame(table, geometry=layer.geometry).to_crs(4326)
        else:
            points = gpd.GeoSeries([None] * len(table), index=table.index, crs=4326)
            table = gpd.GeoDataFrame(table, geometry=points)
        table = table[table.geometry.notna() & ~table.geometry.is_empty]
    return table.sort_values(list(columns)[:2], kind="stable").reset_index(drop=True)
