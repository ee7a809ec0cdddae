"""A plan on disk: GeoPackage, settings, summary and bill of quantities, all or nothing."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import yaml

from netplan.plan.metadata import layer_metadata, write_metadata
from netplan.plan.model import SPATIAL_LAYERS, Plan
from netplan.plan.styles import geometry_types, layer_styles, write_styles
from netplan.plan.summary import bill_of_quantities

PLAN_FILE, RESOLVED_FILE, SUMMARY_FILE = "plan.gpkg", "resolved.yaml", "summary.json"
BILL_FILE = "bill_of_quantities.csv"
EMPTY_TYPES = {"demand": "Polygon", "links": "LineString"} | dict.fromkeys(
    ("sites", "equipment", "existing", "nodes"), "Point"
)
DESCRIPTIONS = {
    "demand": "Who needs service, how much of it is met and by what",
    "sites": "Sites that the plan opens or uses",
    "equipment": "Access equipment that the plan switches on",
    "service": "Who is served by which equipment, with premises cost",
    "existing": "Access equipment that serves people today, worked out from existing towers",
    "baseline": "Who is served today, by which equipment or technology",
    "links": "Backhaul links that the plan builds or uses",
    "nodes": "Ends of links, and where traffic is handed over",
    "other_costs": "Costs of the project as a whole",
    "costs": "Every cost item behind every row",
}


def write_plan(plan: Plan, folder: Path) -> None:
    """Writes `plan.gpkg`, `resolved.yaml`, `summary.json` and `bill_of_quantities.csv` into `folder`.

    The files are made in a hidden folder beside it and moved in when all are whole; whatever else stands in
    `folder` stays.

    Raises:
        OSError: the disk refuses.
    """
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _write_geopackage(plan, workshop / PLAN_FILE)
        (workshop / RESOLVED_FILE).write_text(_resolved_text(plan.resolved, folder), encoding="utf-8")
        summary = json.dumps(plan.summary, indent=2, ensure_ascii=False, allow_nan=False)
        (workshop / SUMMARY_FILE).write_text(summary + "\n", encoding="utf-8")
        bill_of_quantities(plan.costs).to_csv(workshop / BILL_FILE, index=False)
        folder.mkdir(exist_ok=True)
        for made in sorted(workshop.iterdir()):
            os.replace(made, folder / made.name)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _resolved_text(resolved: dict[str, Any], folder: Path) -> str:
    """The settings as YAML, with the project folder relative to the plan where the disk allows it."""
    try:
        home = Path(os.path.relpath(resolved["project_folder"], folder)).as_posix()
    except ValueError:  # another drive
        home = resolved["project_folder"]
    text: str = yaml.safe_dump({**resolved, "project_folder": home}, sort_keys=False, allow_unicode=True, width=120)
    return text


def _write_geopackage(plan: Plan, path: Path) -> None:
    """One layer per table of the plan, then styles and metadata as QGIS keeps them."""
    told = layer_metadata(plan, DESCRIPTIONS)
    for name, frame in plan.layers().items():
        metadata = told[name]
        options: dict[str, Any] = {
            "layer": name,
            "driver": "GPKG",
            "append": False,
            "layer_metadata": metadata,
            "layer_options": {"IDENTIFIER": name, "DESCRIPTION": metadata["DESCRIPTION"]},
        }
        if name in SPATIAL_LAYERS:
            types = geometry_types(frame)
            options["geometry_type"] = types.pop() if len(types) == 1 else "Unknown" if types else EMPTY_TYPES[name]
        pyogrio.write_dataframe(_storable(frame), path, **options)
    write_styles(path, layer_styles(geometry_types(plan.demand), plan.resolved["catalogue"]))
    write_metadata(path, plan, told)


def _storable(frame: pd.DataFrame) -> pd.DataFrame | gpd.GeoDataFrame:
    """Text columns as objects with None, so that an all-empty column is still a text column on disk."""
    text = [c for c in frame.columns if isinstance(frame[c].dtype, pd.StringDtype)]
    return frame.assign(**{c: frame[c].astype(object).where(frame[c].notna(), None) for c in text})
