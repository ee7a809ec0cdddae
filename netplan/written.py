"""The files of a written plan, back in memory: every room that shows a plan reads them here, each its own columns.

Faults are collected, so that one answer names every file that is absent or unreadable.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyogrio

from netplan.errors import Fault
from netplan.geopackage import layer_names, read_whole
from netplan.yamltext import YAMLError, load_yaml

PLAN_FILE, RESOLVED_FILE, SUMMARY_FILE = "plan.gpkg", "resolved.yaml", "summary.json"
TO_DO = "plan the scenario again, or name the folder that `netplan plan` wrote"
ALWAYS = ("scenario", "status", "objective_npv", "targets")
"""Keys that the summary of every plan has, and of every answer without one."""
SERVED = "weight served"
"""What `stages` of a summary call the first stage of a search within a budget."""
Columns = Mapping[str, Any]
"""Column -> what stands for a missing value, which also says its type: "" text, a float a number, False yes or no."""


def spends_budget(summary: Mapping[str, Any]) -> bool:
    """Whether the plan first serves as many as a budget pays: its cost is proven among plans that serve as many."""
    return any(stage.get("objective") == SERVED for stage in summary.get("stages") or ())


def read_mapping(path: Path, faults: list[Fault]) -> dict[str, Any]:
    """A JSON or YAML file that holds a mapping; empty, with a fault, where it does not."""
    try:
        text = path.read_text(encoding="utf-8")
        data = json.loads(text) if path.suffix == ".json" else load_yaml(text)
        if isinstance(data, dict):
            return data
        found = "not a mapping"
    except FileNotFoundError:
        found = "the file is absent"
    except (OSError, ValueError, YAMLError) as error:
        found = _unreadable(error)
    faults.append(Fault(str(path), found, TO_DO))
    return {}


def read_settings(folder: Path, faults: list[Fault]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(summary, resolved) of a scenario folder; a fault, too, where the summary has not the keys that all have."""
    before = len(faults)
    summary = read_mapping(folder / SUMMARY_FILE, faults)
    if len(faults) == before:
        absent = [key for key in ALWAYS if key not in summary]
        faults.extend(Fault(f"{folder / SUMMARY_FILE}: {key}", "the key is absent", TO_DO) for key in absent)
    return summary, read_mapping(folder / RESOLVED_FILE, faults)


def read_layers(
    folder: Path, names: Iterable[str], faults: list[Fault], needed: Collection[str] = ()
) -> dict[str, pd.DataFrame]:
    """Layers of a scenario folder's plan, those that are there; empty, with a fault, where the file cannot be read.

    Args:
        needed: layers without which there is a fault each.
    """
    path = folder / PLAN_FILE
    if not path.is_file():
        faults.append(Fault(str(path), "the file is absent", TO_DO))
        return {}
    try:
        present = layer_names(path)
        found = {name: read_whole(path, name, present) for name in names if name in present}
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, OSError, ValueError) as error:
        faults.append(Fault(str(path), _unreadable(error), TO_DO))
        return {}
    faults.extend(Fault(f"{path}: {name}", "the layer is absent", TO_DO) for name in needed if name not in found)
    return found


def filled(layer: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """The layer with every column asked for, nothing missing in them, sorted by the first two; geometry is kept."""
    table = layer.copy()
    for column, absent in columns.items():
        if column not in table:
            kind = object if absent == "" else type(absent)
            table[column] = pd.Series([absent] * len(table), index=table.index, dtype=kind)
        elif isinstance(absent, bool):
            table[column] = table[column].map(lambda value: bool(value) if pd.notna(value) else False).astype(bool)
        elif isinstance(absent, float):
            table[column] = pd.to_numeric(table[column], errors="coerce").astype(float).fillna(absent)
        else:
            cells = table[column].to_numpy(object)
            words = [str(cell) if there else absent for cell, there in zip(cells, ~pd.isna(cells), strict=True)]
            table[column] = pd.Series(words, index=table.index, dtype=str)
    return table.sort_values(list(columns)[:2], kind="stable").reset_index(drop=True)


def economics_of(resolved: Mapping[str, Any]) -> dict[str, Any]:
    """Years, currency, discount rate and the rest as used: the project's own, with what was filled in."""
    return {**((resolved.get("project") or {}).get("economics") or {}), **(resolved.get("economics") or {})}


def operator_folders(folder: Path, summary: Mapping[str, Any]) -> dict[str, Path]:
    """Operator -> the folder of its own plan; empty where the scenario is one plan."""
    stated = [(str(each["name"]), each.get("folder")) for each in summary.get("operators") or []]
    return {name: folder / str(part) for name, part in stated if part}


def operator_shares(summary: Mapping[str, Any]) -> dict[str, float]:
    """Operator -> its share of subscribers; all alike where an older plan does not state one."""
    return {str(each["name"]): float(each.get("share") or 1.0) for each in summary.get("operators") or []}


def written_on(folder: Path, summary: Mapping[str, Any]) -> str:
    """Date of the plan, ISO, as it states it: a copy is no newer. Plans of older versions have that of their file."""
    if summary.get("planned_on"):
        return str(summary["planned_on"])
    file = folder / SUMMARY_FILE
    return date.fromtimestamp(file.stat().st_mtime).isoformat() if file.is_file() else ""


def _unreadable(error: Exception) -> str:
    return f"it cannot be read ({str(error).splitlines()[0]})"
