"""A written plan, back in memory: what maps and comparisons start from, without solving."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd

from netplan.errors import Fault, InputError
from netplan.plans.model import LAYER_COLUMNS, SPATIAL_LAYERS, Plan, shaped
from netplan.written import PLAN_FILE, TO_DO, read_layers, read_settings


def read_plan(folder: Path) -> Plan:
    """The plan that `write_plan` wrote into `folder`.

    Raises:
        InputError: files, layers or columns are missing or unreadable (all of them named).
    """
    faults: list[Fault] = []
    summary, resolved = read_settings(folder, faults)
    layers: dict[str, Any] = {}
    for name, frame in read_layers(folder, LAYER_COLUMNS, faults, needed=LAYER_COLUMNS).items():
        wanted = [*LAYER_COLUMNS[name], *(["geometry"] if name in SPATIAL_LAYERS else [])]
        missing = [column for column in wanted if column not in frame.columns]
        if name in SPATIAL_LAYERS and not isinstance(frame, gpd.GeoDataFrame):
            faults.append(Fault(f"{folder / PLAN_FILE}: {name}", "its rows have no geometry", TO_DO))
        elif missing:
            faults.append(Fault(f"{folder / PLAN_FILE}: {name}", f"no column {', '.join(missing)}", TO_DO))
        else:
            layers[name] = shaped(frame, name)
    if faults:
        raise InputError(faults)
    resolved["project_folder"] = str((folder / resolved["project_folder"]).resolve())
    return Plan(**layers, summary=summary, resolved=resolved)
