"""What a report is written from: the files of written plans, and what stands beside them. Nothing is solved."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from netplan.counted import counted
from netplan.errors import Fault, InputError
from netplan.netted import netted
from netplan.report.figures import finite
from netplan.together import PART, together
from netplan.written import (
    economics_of,
    filled,
    operator_folders,
    operator_shares,
    read_layers,
    read_mapping,
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
        "households": 0.0,
        "demand_mbps": 0.0,
        "served_share": 0.0,
        "baseline_share": 0.0,
        "name": "",
    },
    "sites": {
        "site_id": "",
        "node_id": "",
        "status": "",
        "backhaul": "",
        "structure": "",
        "power": "",
        "name": "",
        **MONEY,
    },
    "equipment": {
        "option_id": "",
        "site_id": "",
        "technology": "",
        "utilisation": 0.0,
        "load_mbps": 0.0,
        **MONEY,
    },
    "service": {"demand_id": "", "option_id": "", "share": 0.0, "premises": 0.0, **MONEY},
    "existing": {"existing_id": "", "technology": ""},
    "links": {
        "link_id": "",
        "from_node": "",
        "to_node": "",
        "medium": "",
        "status": "",
        "length_m": 0.0,
        "capacity_mbps": math.nan,
        "load_mbps": 0.0,
        **MONEY,
    },
    "nodes": {"node_id": "", "kind": ""},
    "costs": {
        "layer": "",
        "row_id": "",
        "item": "",
        "category": "",
        "quantity": 0.0,
        "unit": "",
        "life_years": math.nan,
        **MONEY,
    },
}
"""Layer -> columns that a report reads and what stands for a missing value."""


@dataclass(frozen=True)
class Scenario:
    """One written plan, in memory."""

    folder: Path
    name: str
    summary: dict[str, Any]
    project: dict[str, Any]
    """The merged project of this scenario, as in `netplan.yaml`."""
    project_folder: Path | None
    """Where the project's layers are; None when they are gone."""
    economics: dict[str, Any]
    catalogue: dict[str, dict[str, dict[str, Any]]]
    """Section (technologies, media, structures …) -> id -> entry."""
    tables: dict[str, Any]
    """Layer -> table with the columns of COLUMNS."""
    written_on: str
    agreed: tuple[str, ...] = ()
    """Operator models in force: what several operators do together."""

    def number(self, key: str) -> float | None:
        """A figure of the summary; None where it is absent."""
        return finite(self.summary.get(key))

    @property
    def currency(self) -> str:
        """Of every sum."""
        return str(self.economics.get("currency") or "USD")

    @property
    def planned(self) -> bool:
        """There is a plan."""
        return self.number("objective_npv") is not None

    @property
    def cost(self) -> float:
        """Present value of the plan, penalties included, as the bound counts it; infinite without a plan."""
        value = self.number("objective_npv")
        return math.inf if value is None else value + (self.number("penalty_total") or 0.0)

    @property
    def bound(self) -> float | None:
        """No plan can cost less; None where nothing is proven."""
        return self.number("bound_npv")

    @property
    def sharing(self) -> tuple[str, ...]:
        """Levers that the scenario opens."""
        return tuple(str(lever) for lever in self.project.get("sharing") or ())

    @property
    def dropped(self) -> int:
        """Candidates that heuristics left out before the proof."""
        dropped = (self.summary.get("problem") or {}).get("dropped") or 0
        return int(sum(dropped.values()) if isinstance(dropped, dict) else dropped)

    def label(self, section: str, key: str) -> str:
        """What the catalogue calls an id."""
        return str(self.catalogue.get(section, {}).get(key, {}).get("label") or key)


@dataclass(frozen=True)
class Material:
    """Everything a report is written from. The first scenario is the reference of every comparison."""

    out: Path
    scenarios: tuple[Scenario, ...]
    comparison: dict[str, Any] = field(default_factory=dict)
    """`comparison.json`; empty where there is none."""


def read_material(out: Path) -> Material:
    """Read a scenario folder, or the parent of several.

    Raises:
        InputError: there is no written plan, or files are absent or unreadable; all of them are named.
    """
    here = (out / "summary.json").is_file()
    folders = [out] if here else sorted(path.parent for path in out.glob("*/summary.json"))
    if not folders:
        raise InputError(Fault(str(out), "no written plan here", "give the folder that `netplan plan` wrote"))
    faults: list[Fault] = []
    scenarios = [_scenario(folder, faults) for folder in folders]
    comparison = {} if here else _beside(out / "comparison.json", faults)
    currencies = sorted({each.currency for each in scenarios})
    if not faults and len(currencies) > 1:
        to_do = "plan every scenario in one currency, or report each folder by itself"
        faults.append(Fault(f"{out}: economics.currency", ", ".join(currencies), to_do))
    if faults:
        raise InputError(faults)
    return Material(out, tuple(_ordered(scenarios, comparison)), comparison)


def _ordered(scenarios: Iterable[Scenario], comparison: dict[str, Any]) -> list[Scenario]:
    """As the comparison has them; without one, fewer levers first: the reference shares least."""
    order = {str(name): place for place, name in enumerate(comparison.get("scenarios") or ())}
    return sorted(scenarios, key=lambda each: (order.get(each.name, len(order)), len(each.sharing), each.name))


def _scenario(folder: Path, faults: list[Fault]) -> Scenario:
    summary, resolved = read_settings(folder, faults)
    project = resolved.get("project") or {}
    home = folder / str(resolved.get("project_folder") or "?")
    tables = _plans(folder, summary, faults)
    tables["demand"] = counted(tables["demand"], project)
    return Scenario(
        folder=folder,
        name=str(summary.get("scenario") or folder.resolve().name),
        summary=netted(summary),
        project=project,
        project_folder=home.resolve() if home.is_dir() else None,
        economics=economics_of(resolved),
        catalogue=resolved.get("catalogue") or {},
        tables=tables,
        written_on=written_on(folder, summary),
        agreed=tuple(map(str, (resolved.get("party") or {}).get("levers") or ())),
    )


def _plans(folder: Path, summary: dict[str, Any], faults: list[Fault]) -> dict[str, Any]:
    """The tables of a plan; where operators plan alone, those of all their plans, with ids that say whose."""
    read = {name: _tables(part, faults) for name, part in operator_folders(folder, summary).items()}
    if not read:
        return _tables(folder, faults)
    tables = together(read, operator_shares(summary))
    equipment = tables["equipment"]
    if "site_id" in equipment:
        on = equipment["site_id"]
        tables["equipment"] = equipment.assign(site_id=on.where(on == "", equipment["operator"] + PART + on))
    return tables


def _beside(path: Path, faults: list[Fault]) -> dict[str, Any]:
    """A file that need not be there, but must be whole if it is."""
    return read_mapping(path, faults) if path.exists() else {}


def _tables(folder: Path, faults: list[Fault]) -> dict[str, Any]:
    read = read_layers(folder, COLUMNS, faults)
    return {name: filled(read.get(name, pd.DataFrame()), columns) for name, columns in COLUMNS.items()}


def is_spatial(table: Any) -> bool:
    """The table has geometry."""
    return isinstance(table, gpd.GeoDataFrame) and table._geometry_column_name in table
