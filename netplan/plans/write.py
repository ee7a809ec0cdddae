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

from netplan.costs import Economics
from netplan.geopackage import ALIKE, flushed_once
from netplan.licences import PLACED, Content, share_alike_rows
from netplan.plans.cashflow import CASHFLOW_FILE, cash_flow
from netplan.plans.metadata import layer_metadata, write_metadata
from netplan.plans.model import Plan
from netplan.plans.styles import geometry_types, layer_styles, write_styles
from netplan.plans.summary import bill_of_quantities
from netplan.plans.viability import VIABILITY_FILE, viability
from netplan.written import PLAN_FILE, RESOLVED_FILE, SUMMARY_FILE
from netplan.yamltext import dump_yaml

BILL_FILE = "bill_of_quantities.csv"
TABLES = (BILL_FILE, CASHFLOW_FILE, VIABILITY_FILE)
"""Tables beside a written plan."""
EMPTY_TYPES = {"demand": "Polygon", "viability": "Polygon"} | dict.fromkeys(("links", "refused"), "LineString")
EMPTY_TYPES |= dict.fromkeys(("sites", "equipment", "existing", "nodes"), "Point")
DESCRIPTIONS = {
    "demand": "Who needs service, how much of it is met and by what",
    "sites": "Sites that the plan opens or uses",
    "equipment": "Access equipment that the plan switches on",
    "service": "Who is served by which equipment, with premises cost",
    "existing": "Access equipment that serves people today, worked out from existing towers",
    "baseline": "Who is served today, by which equipment or technology",
    "links": "Backhaul links that the plan builds or uses",
    "refused": "Pipes, pole lines and ducts that cannot take cable, and why",
    "nodes": "Ends of links, and where traffic is handed over",
    "other_costs": "Costs of the project as a whole",
    "costs": "Every cost item behind every row",
    "viability": "Revenue against cost in each area newly served, and the subsidy that is missing",
}


def write_plan(plan: Plan, folder: Path) -> None:
    """Writes `plan.gpkg`, `resolved.yaml`, `summary.json` and the tables of money into `folder`.

    The tables are `bill_of_quantities.csv`, `cashflow.csv` and `viability.csv`; the last is a layer of `plan.gpkg` too.

    The files are made in a hidden folder beside it and moved in when all are whole; whatever else stands in
    `folder` stays.

    Raises:
        OSError: the disk refuses.
    """
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        economics = Economics.of(plan.resolved["economics"])
        areas = viability(plan, economics)
        _write_geopackage(plan, workshop / PLAN_FILE, areas)
        (workshop / RESOLVED_FILE).write_text(_resolved_text(plan.resolved, folder), encoding="utf-8")
        summary = json.dumps(plan.summary, indent=2, ensure_ascii=False, allow_nan=False)
        (workshop / SUMMARY_FILE).write_text(summary + "\n", encoding="utf-8")
        bill_of_quantities(plan.costs).to_csv(workshop / BILL_FILE, index=False)
        cash_flow(plan.costs, economics).to_csv(workshop / CASHFLOW_FILE, index=False)
        areas.to_csv(workshop / VIABILITY_FILE, index=False)
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
    return dump_yaml({**resolved, "project_folder": home})


def _write_geopackage(plan: Plan, path: Path, areas: pd.DataFrame) -> None:
    """One layer per table of the plan and one of `areas` (viability, drawn as their demand rows), then styles and
    metadata as QGIS keeps them. Rows under share-alike licences go into a layer of their own beside theirs."""
    shapes = plan.demand.set_index("demand_id").geometry.reindex(areas["demand_id"]).to_numpy()
    drawn = gpd.GeoDataFrame(areas, geometry=shapes, crs=plan.demand.crs)
    layers = plan.layers() | {"viability": drawn}
    content = Content(layers, plan.resolved["project"], plan.summary["licences"], plan.resolved["catalogue"])
    alike = {name: share_alike_rows(content, name) for name in layers}
    parted = {name for name, rows in alike.items() if rows.any()}
    told = layer_metadata(plan, DESCRIPTIONS, parted)
    with flushed_once(path):
        for name, frame in layers.items():
            _write_layer(path, name, frame[~alike[name]], told[name], name in PLACED)
            if name in parted:
                _write_layer(path, name + ALIKE, frame[alike[name]], told[name + ALIKE], True)
    language = str(plan.resolved["project"].get("language", "en"))
    styles = layer_styles(geometry_types(plan.demand), plan.resolved["catalogue"], language)
    write_styles(path, styles | {name + ALIKE: styles[name] for name in sorted(parted)})
    write_metadata(path, plan, told, parted)


def _write_layer(path: Path, name: str, frame: pd.DataFrame, metadata: dict[str, str], spatial: bool) -> None:
    options: dict[str, Any] = {
        "layer": name,
        "driver": "GPKG",
        "append": False,
        "layer_metadata": metadata,
        "layer_options": {"IDENTIFIER": name, "DESCRIPTION": metadata["DESCRIPTION"]},
    }
    if spatial:
        types = geometry_types(frame)
        options["geometry_type"] = (
            types.pop() if len(types) == 1 else "Unknown" if types else EMPTY_TYPES[name.removesuffix(ALIKE)]
        )
    pyogrio.write_dataframe(_storable(frame), path, **options)


def _storable(frame: pd.DataFrame) -> pd.DataFrame | gpd.GeoDataFrame:
    """Text columns as objects with None, so that an all-empty column is still a text column on disk."""
    text = [c for c in frame.columns if isinstance(frame[c].dtype, pd.StringDtype)]
    return frame.assign(**{c: frame[c].astype(object).where(frame[c].notna(), None) for c in text})
