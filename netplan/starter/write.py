"""The new project: layers, and a project file that names them with their licence."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import shapely

from netplan.errors import Fault, InputError
from netplan.starter.box import Box
from netplan.starter.osm import WGS84, layers_of

FILE = "netplan.yaml"
CREDIT = "© OpenStreetMap contributors, ODbL 1.0 (data of {date})"
PROJECT = """# A netplan project, begun with OpenStreetMap's data of {date}: paths are relative to this file.
# What is not mapped is not in the layers: look at them, and replace what you know better.
name: {name}
area: area.gpkg                     # the box that was asked for; put the district's boundary in its place
demand:
  population: population.tif        # TO DO: people per pixel, any CRS or resolution; OpenStreetMap has none
{settlements}  cell_m: 1000
  household_size: 4.5               # of your census
{facilities}existing:
{pops}{towers}#  service: coverage.gpkg           # who is served today; else reckoned from towers
routes:
{roads}{power_lines}#  water_pipes: pipes.gpkg          # or an EPANET model: network.inp
# terrain: {{elevation: dem.tif}}      # radio needs it where there are hills
# exclusions: [parks.gpkg, lakes.gpkg]
service:
  urban: {{rate_mbps: 10, busy_hour_mbps: 0.5, adoption: 0.6}}
  rural: {{rate_mbps: 5, busy_hour_mbps: 0.3, adoption: 0.4}}
targets: {{urban: 0.98, rural: 0.90{targets}}}
scenarios:
  greenfield: {{sharing: []}}
  sharing: {{sharing: [towers, power-poles, water-pipes, ducts, fibre]}}
attributions:
{attributions}assumptions:
  - "Roads, lines, masts and facilities are what volunteers mapped in OpenStreetMap; nobody checked them on the ground."
"""
LINES: dict[str, tuple[str, str]] = {
    "settlements": ("  settlements: settlements.gpkg     # names, and where village hubs may stand\n", ""),
    "towers": (
        "  towers: towers.gpkg               # columns operator, height_m, technologies as far as they are mapped\n",
        "",
    ),
    "pops": (
        "  pops: pops.gpkg                   # telephone exchanges and data centres: ask who hands traffic over there\n"
        "  pops_assumed: true\n",
        "  pops: pops.gpkg                   # TO DO: where traffic is handed over; no exchange is mapped here\n",
    ),
    "roads": ("  roads: roads.gpkg\n", "#  roads: roads.gpkg               # none is mapped here\n"),
    "power_lines": (
        "  power_lines: power_lines.gpkg     # column kind: minor_line has poles, line stands on steel towers\n",
        "",
    ),
}
"""Layer -> its lines in the project file where there is one, and where there is none."""
SERVICE = {"schools": "rate_mbps: 20, busy_hour_mbps: 5", "clinics": "rate_mbps: 10, busy_hour_mbps: 2"}


def write_project(folder: Path, box: Box, answer: Mapping[str, Any]) -> dict[str, int]:
    """Writes the layers of an Overpass answer and `netplan.yaml` into `folder`, all or nothing.

    Returns:
        Layer -> number of objects.

    Raises:
        InputError: a project or a layer stands there already, or the answer holds nothing.
    """
    if (folder / FILE).exists():
        raise InputError(Fault(str(folder / FILE), "exists already", "choose another folder"))
    layers = layers_of(answer["elements"])
    if not layers:
        raise InputError(Fault("new: --from-osm", "nothing is mapped in this box", "west,south,east,north: is it so?"))
    taken = [folder / f"{name}.gpkg" for name in ("area", *layers) if (folder / f"{name}.gpkg").exists()]
    if taken:
        raise InputError(
            [Fault(str(path), "exists already", "move it away, or choose another folder") for path in taken]
        )
    date = str((answer.get("osm3s") or {}).get("timestamp_osm_base") or "unknown date")[:10]
    area = gpd.GeoDataFrame(
        {"name": ["area"]}, geometry=[shapely.box(box.west, box.south, box.east, box.north)], crs=WGS84
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=f".{folder.resolve().name}-", dir=folder.resolve().parent))
    try:
        for name, layer in {"area": area, **layers}.items():
            credit = {} if name == "area" else {"LICENCE": CREDIT.format(date=date)}
            pyogrio.write_dataframe(layer, workshop / f"{name}.gpkg", layer=name, driver="GPKG", layer_metadata=credit)
        text = project_text(folder.resolve().name, layers, date)
        (workshop / FILE).write_text(text, encoding="utf-8")
        folder.mkdir(exist_ok=True)
        for made in sorted(workshop.iterdir(), key=lambda path: path.name == FILE):  # the project file last
            os.replace(made, folder / made.name)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    return {name: len(layer) for name, layer in layers.items()}


def project_text(name: str, layers: Mapping[str, Any], date: str) -> str:
    """The project file that names these layers."""
    lines = {key: there if key in layers else absent for key, (there, absent) in LINES.items()}
    places = [key for key in SERVICE if key in layers]
    listed = "".join(f"    {key}: {{layer: {key}.gpkg, {SERVICE[key]}}}\n" for key in places)
    credits = "".join(f'  {key}.gpkg: "{CREDIT.format(date=date)}"\n' for key in layers)
    return PROJECT.format(
        name=_quoted(name),
        date=date,
        facilities=f"  facilities:\n{listed}" if places else "",
        targets="".join(f", {key}: 1.0" for key in places),
        attributions=credits,
        **lines,
    )


def _quoted(text: str) -> str:
    """The text as YAML, whatever is in it."""
    doubled = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{doubled}"'
