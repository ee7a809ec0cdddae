"""A written plan, back in memory: what maps and comparisons start from, without solving."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import yaml

from netplan.errors import Fault, InputError
from netplan.geopackage import read_whole
from netplan.plans.model import LAYER_COLUMNS, SPATIAL_LAYERS, Plan, shaped
from netplan.plans.write import PLAN_FILE, RESOLVED_FILE, SUMMARY_FILE


def read_plan(folder: Path) -> Plan:
    """The plan that `write_plan` wrote into `folder`.

    Raises:
        InputError: files, layers or columns are missing or unreadable (all of them named).
    """
    faults: list[Fault] = []
    settings: dict[str, dict[str, Any]] = {}
    for name, load in ((RESOLVED_FILE, yaml.safe_load), (SUMMARY_FILE, json.loads)):
        try:
            settings[name] = load((folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError) as error:
            faults.append(Fault(str(folder / name), str(error), "plan again, or name the folder of a scenario"))
    layers = _read_layers(folder / PLAN_FILE, faults)
    if faults:
        raise InputError(faults)
    resolved = settings[RESOLVED_FILE]
    resolved["project_folder"] = str((folder / resolved["project_folder"]).resolve())
    return Plan(**layers, summary=settings[SUMMARY_FILE], resolved=resolved)


def _read_layers(path: Path, faults: list[Fault]) -> dict[str, Any]:
    layers: dict[str, Any] = {}
    if not path.is_file():
        faults.append(Fault(str(path), "no such file", "plan again, or name the folder of a scenario"))
        return layers
    for name, columns in LAYER_COLUMNS.items():
        try:
            frame: pd.DataFrame | gpd.GeoDataFrame = read_whole(path, name)
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
            faults.append(Fault(f"{path}: {name}", str(error), "plan again"))
            continue
        wanted = [*columns, *(["geometry"] if name in SPATIAL_LAYERS else [])]
        missing = [column for column in wanted if column not in frame.columns]
        if missing:
            faults.append(Fault(f"{path}: {name}", f"no column {', '.join(missing)}", "plan again"))
            continue
        layers[name] = shaped(frame, name)
    return layers
