"""A written plan as `compare` needs it: tables, sums and settings of one scenario folder."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import yaml

from netplan.counted import counted
from netplan.errors import Fault, InputError
from netplan.geopackage import layer_names, read_whole
from netplan.together import together

MONEY: dict[str, Any] = {"capex": 0.0, "opex_per_year": 0.0, "npv": 0.0}
COLUMNS: dict[str, dict[str, Any]] = {
    "demand": {
        "demand_id": "",
        "class": "",
        "level": "",
        "weight": 0.0,
        "population": 0.0,
        "served_share": 0.0,
        "baseline_share": 0.0,
    },
    "sites": {"site_id": "", "status": "", "structure": "", "power": "", "backhaul": "", "name": "", **MONEY},
    "equipment": {"option_id": "", "technology": "", "site_id": "", **MONEY},
    "service": {"demand_id": "", "option_id": "", "share": 0.0, "premises": 0.0, **MONEY},
    "links": {
        "link_id": "",
        "medium": "",
        "status": "",
        "from_node": "",
        "to_node": "",
        "length_m": 0.0,
        **MONEY,
    },
    "nodes": {"node_id": "", "kind": ""},
    "other_costs": {"item": "", **MONEY},
    "costs": {
        "row_id": "",
        "layer": "",
        "item": "",
        "category": "",
        "unit": "",
        "quantity": 0.0,
        "life_years": math.nan,
        **MONEY,
    },
}
"""Layer -> columns that are compared and what stands for a missing value."""
SPATIAL = ("demand", "sites", "links", "nodes")
MONEY_LAYERS = ("sites", "equipment", "service", "links", "other_costs")
"""The layers whose rows add up to the objective."""
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader, compiled where PyYAML has it so."""
TO_DO = "plan the scenario again, or name the folder that `netplan plan` wrote"


@dataclass(frozen=True)
class Written:
    """One scenario, in memory. `tables` holds every layer of COLUMNS."""

    name: str
    tables: dict[str, Any]
    summary: dict[str, Any]
    project: dict[str, Any]
    economics: dict[str, Any]
    catalogue: dict[str, dict[str, dict[str, Any]]]
    owners: dict[str, str] = field(default_factory=dict)
    """Shared site -> who owns it, where known."""
    party: dict[str, Any] = field(default_factory=dict)
    """Operators and operator models of a joint plan; empty otherwise. Where operators plan alone, a column `operator`
    of the tables says whose a row is."""
    economic_defaults: dict[str, Any] = field(default_factory=dict)
    """The catalogue's economic defaults with their ranges; empty in older plans."""
    written_on: str = ""
    """Date of the plan, ISO."""

    def number(self, key: str) -> float:
        """A figure of summary.json; NaN where it is absent or null."""
        try:
            value = float(self.summary.get(key))  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return math.nan
        return value if math.isfinite(value) else math.nan

    def label(self, section: str, key: str) -> str:
        """What the catalogue calls an id."""
        entries = self.catalogue.get(section, {})
        label = str(entries.get(key, {}).get("label") or key or "not stated")
        # Two ids under one label are two rows of a table.
        twin = any(other != key and entry.get("label") == label for other, entry in entries.items())
        return f"{label} [{key}]" if twin else label


def read_all(folders: list[Path]) -> list[Written]:
    """Read every folder.

    Raises:
        InputError: any file of any folder is absent or unreadable, or money is not in one currency; all faults at once.
    """
    faults: list[Fault] = []
    if len(folders) < 2:
        faults.append(Fault("compare", f"{len(folders)} scenario", "give at least two written plans"))
    plans = [_read(Path(folder), faults) for folder in folders]
    currencies = {str(plan.economics.get("currency") or "USD") for plan in plans}
    if not faults and len(currencies) > 1:
        faults.append(Fault("economics.currency", ", ".join(sorted(currencies)), "plan every scenario in one currency"))
    if faults:
        raise InputError(faults)
    return _distinct(plans, [Path(folder) for folder in folders])


def _read(folder: Path, faults: list[Fault]) -> Written:
    summary, resolved = _mapping(folder / "summary.json", faults), _mapping(folder / "resolved.yaml", faults)
    parts = [(str(each["name"]), str(each["folder"])) for each in summary.get("operators") or [] if each.get("folder")]
    read = {name: _tables(folder / part / "plan.gpkg", faults) for name, part in parts}
    whole = not parts or not all(read.values())
    project = resolved.get("project") or {}
    tables = (_tables(folder / "plan.gpkg", faults) if not parts else {}) if whole else together(read)
    if "demand" in tables:
        tables["demand"] = counted(tables["demand"], project)
    return Written(
        name=str(summary.get("scenario") or folder.resolve().name),
        tables=tables,
        summary=summary,
        project=project,
        economics={**(project.get("economics") or {}), **(resolved.get("economics") or {})},
        catalogue=resolved.get("catalogue") or {},
        owners=resolved.get("owners") or {},
        party=resolved.get("party") or {},
        economic_defaults=resolved.get("economic_defaults") or {},
        written_on=_date(folder / "summary.json"),
    )


def _date(file: Path) -> str:
    return date.fromtimestamp(file.stat().st_mtime).isoformat() if file.is_file() else ""


def _distinct(plans: list[Written], folders: list[Path]) -> list[Written]:
    """The same plans with names that differ: a name that occurs twice gets its place in the list."""
    names = [plan.name for plan in plans]
    return [
        plan if names.count(plan.name) == 1 else Written(**{**vars(plan), "name": f"{plan.name} ({rank + 1})"})
        for rank, plan in enumerate(plans)
    ]


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


def _tables(path: Path, faults: list[Fault]) -> dict[str, Any]:
    if not path.is_file():
        faults.append(Fault(str(path), "the file is absent", TO_DO))
        return {}
    try:
        present = layer_names(path)
        read = {name: read_whole(path, name, present) if name in present else gpd.GeoDataFrame() for name in COLUMNS}
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, OSError, ValueError) as error:
        faults.append(Fault(str(path), f"it cannot be read ({str(error).splitlines()[0]})", TO_DO))
        return {}
    return {name: _clean(table, COLUMNS[name], name in SPATIAL) for name, table in read.items()}


def _clean(layer: pd.DataFrame, columns: dict[str, Any], spatial: bool) -> Any:
    """The layer with every column compared, no missing values, sorted by its first columns."""
    table = layer.copy()
    for column, absent in columns.items():
        if column not in table:
            table[column] = pd.Series([absent] * len(table), index=table.index, dtype=object if absent == "" else float)
        elif isinstance(absent, float):
            table[column] = pd.to_numeric(table[column], errors="coerce").fillna(absent).astype(float)
        else:
            table[column] = table[column].astype(object).where(table[column].notna(), absent).astype(str)
    table = table.sort_values(list(columns)[:2], kind="stable").reset_index(drop=True)
    if not spatial:
        return pd.DataFrame(table)
    if not isinstance(table, gpd.GeoDataFrame) or table._geometry_column_name not in table:
        return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries([None] * len(table)))
    return table
