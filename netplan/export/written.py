"""What an export starts from: one written plan, read from `plan.gpkg`, `summary.json` and `resolved.yaml` alone."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import yaml

from netplan.errors import Fault, InputError
from netplan.geopackage import read_whole

SPATIAL = ("demand", "sites", "equipment", "existing", "links", "nodes")
PLAIN = ("service", "baseline", "other_costs", "costs")
TO_DO = "plan the scenario again, or name the folder that `netplan plan` wrote"


@dataclass(frozen=True)
class WrittenPlan:
    """One scenario folder in memory."""

    folder: Path
    layers: dict[str, gpd.GeoDataFrame]
    """SPATIAL layers in the plan's projected CRS."""
    tables: dict[str, pd.DataFrame]
    """PLAIN tables."""
    summary: dict[str, Any]
    resolved: dict[str, Any]
    written_on: str
    """Date of the plan, ISO."""

    @property
    def project(self) -> dict[str, Any]:
        """The merged project of this scenario."""
        return dict(self.resolved.get("project") or {})

    @property
    def name(self) -> str:
        """The project's name."""
        return str(self.project.get("name") or self.folder.resolve().parent.name)

    @property
    def scenario(self) -> str:
        """The scenario's name."""
        return str(self.summary.get("scenario") or self.folder.resolve().name)

    @property
    def economics(self) -> dict[str, Any]:
        """Currency, price year, discount rate, years, residual."""
        return {**(self.project.get("economics") or {}), **(self.resolved.get("economics") or {})}

    def entry(self, section: str, key: object) -> dict[str, Any]:
        """A catalogue entry that the plan used; empty where there is none."""
        entries = (self.resolved.get("catalogue") or {}).get(section) or {}
        return dict(entries.get(str(key)) or {})

    def label(self, section: str, key: object) -> str:
        """What the catalogue calls an id; the id itself where it says nothing."""
        return str(self.entry(section, key).get("label") or stated(key) or "not stated")

    def credits(self) -> list[str]:
        """The credit lines that the inputs' licences ask for, each once."""
        return list(dict.fromkeys(str(text) for text in (self.summary.get("licences") or {}).values()))


def stated(value: object) -> str:
    """Text of a cell, '' where it is missing."""
    if value is None or (isinstance(value, float) and math.isnan(value)) or value is pd.NA:
        return ""
    return str(value)


def read_written(folder: Path) -> WrittenPlan:
    """Read a scenario folder.

    Raises:
        InputError: files or layers are absent or unreadable; all of them are named.
    """
    faults: list[Fault] = []
    summary = _mapping(folder / "summary.json", json.loads, faults)
    resolved = _mapping(folder / "resolved.yaml", yaml.safe_load, faults)
    path = folder / "plan.gpkg"
    if not path.is_file():
        faults.append(Fault(str(path), "the file is absent", TO_DO))
    read = {} if faults else {name: _layer(path, name, faults) for name in (*SPATIAL, *PLAIN)}
    if faults:
        raise InputError(faults)
    return WrittenPlan(
        folder=folder,
        layers={name: gpd.GeoDataFrame(read[name]) for name in SPATIAL},
        tables={name: pd.DataFrame(read[name]) for name in PLAIN},
        summary=summary,
        resolved=resolved,
        written_on=date.fromtimestamp((folder / "summary.json").stat().st_mtime).isoformat(),
    )


def _mapping(path: Path, load: Callable[[str], Any], faults: list[Fault]) -> dict[str, Any]:
    try:
        data = load(path.read_text(encoding="utf-8"))
        if isinstance(data, dict):
            return data
        found = "not a mapping"
    except FileNotFoundError:
        found = "the file is absent"
    except (OSError, ValueError, yaml.YAMLError) as error:
        found = f"it cannot be read ({str(error).splitlines()[0]})"
    faults.append(Fault(str(path), found, TO_DO))
    return {}


def _layer(path: Path, name: str, faults: list[Fault]) -> pd.DataFrame:
    try:
        return read_whole(path, name)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        faults.append(Fault(f"{path}: {name}", f"it cannot be read ({str(error).splitlines()[0]})", TO_DO))
        return pd.DataFrame()
