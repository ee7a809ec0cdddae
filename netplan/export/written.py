"""What an export starts from: one written plan, read from `plan.gpkg`, `summary.json` and `resolved.yaml` alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from netplan.errors import Fault, InputError
from netplan.written import economics_of, read_layers, read_settings, written_on

SPATIAL = ("demand", "sites", "equipment", "existing", "links", "nodes")
PLAIN = ("service", "baseline", "other_costs", "costs")


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
        return economics_of(self.resolved)

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
    summary, resolved = read_settings(folder, faults)
    read = read_layers(folder, (*SPATIAL, *PLAIN), faults, needed=(*SPATIAL, *PLAIN))
    if faults:
        raise InputError(faults)
    return WrittenPlan(
        folder=folder,
        layers={name: gpd.GeoDataFrame(read[name]) for name in SPATIAL},
        tables={name: pd.DataFrame(read[name]) for name in PLAIN},
        summary=summary,
        resolved=resolved,
        written_on=written_on(folder, summary),
    )
