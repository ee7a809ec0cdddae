"""A written plan as `compare` needs it: tables, sums and settings of one scenario folder."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from netplan.counted import counted
from netplan.errors import Fault, InputError
from netplan.netted import netted
from netplan.together import together
from netplan.written import (
    economics_of,
    filled,
    operator_folders,
    operator_shares,
    read_layers,
    read_settings,
    written_on,
)

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
    "sites": {
        "site_id": "",
        "node_id": "",
        "status": "",
        "structure": "",
        "power": "",
        "backhaul": "",
        "name": "",
        **MONEY,
    },
    "equipment": {"option_id": "", "technology": "", "site_id": "", **MONEY},
    "service": {"demand_id": "", "option_id": "", "share": 0.0, "premises": 0.0, **MONEY},
    "links": {
        "link_id": "",
        "medium": "",
        "status": "",
        "from_node": "",
        "to_node": "",
        "length_m": 0.0,
        "owner": "",
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
    summary, resolved = read_settings(folder, faults)
    project = resolved.get("project") or {}
    read = {name: _tables(part, faults) for name, part in operator_folders(folder, summary).items()}
    tables = together(read, operator_shares(summary)) if read else _tables(folder, faults)
    tables["demand"] = counted(tables["demand"], project)
    return Written(
        name=str(summary.get("scenario") or folder.resolve().name),
        tables=tables,
        summary=netted(summary),
        project=project,
        economics=economics_of(resolved),
        catalogue=resolved.get("catalogue") or {},
        owners=resolved.get("owners") or {},
        party=resolved.get("party") or {},
        economic_defaults=resolved.get("economic_defaults") or {},
        written_on=written_on(folder, summary),
    )


def _distinct(plans: list[Written], folders: list[Path]) -> list[Written]:
    """The same plans with names that differ: a name that occurs twice gets its place in the list."""
    names = [plan.name for plan in plans]
    return [
        plan if names.count(plan.name) == 1 else Written(**{**vars(plan), "name": f"{plan.name} ({rank + 1})"})
        for rank, plan in enumerate(plans)
    ]


def _tables(folder: Path, faults: list[Fault]) -> dict[str, Any]:
    read = read_layers(folder, COLUMNS, faults)
    return {name: _table(read.get(name, pd.DataFrame()), name) for name in COLUMNS}


def _table(layer: pd.DataFrame, name: str) -> Any:
    """The layer with every column compared; geometry, none where it has none, in what is spatial alone."""
    table = filled(layer, COLUMNS[name])
    if name not in SPATIAL:
        return pd.DataFrame(table)
    if not isinstance(table, gpd.GeoDataFrame) or table._geometry_column_name not in table:
        return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries([None] * len(table)))
    return table
