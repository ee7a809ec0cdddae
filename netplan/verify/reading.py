"""What the audit reads: the written files and the inputs that they name."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely
import yaml
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from netplan.errors import Fault, InputError
from netplan.foreign import open_layer, path_and_options
from netplan.verify.finding import Finding

MONEY = "capex opex_per_year npv"
EXISTING_LAYERS = ("pops", "towers", "fibre", "copper", "coax", "service")
ROUTE_LAYERS = ("roads", "power_lines", "water_pipes", "ducts", "railways")
COLUMNS = {
    "demand": "demand_id class level weight population households demand_mbps served_share baseline_share served_by"
    " technology rate_mbps geometry",
    "sites": f"site_id status node_id backhaul structure power height_m {MONEY} geometry",
    "equipment": f"option_id site_id technology capacity capacity_unit utilisation load_mbps {MONEY} geometry",
    "service": f"demand_id option_id share reach_share reach rate_mbps capacity_used premises {MONEY}",
    "existing": "existing_id technology capacity capacity_unit utilisation geometry",
    "baseline": "demand_id existing_id technology rate_mbps share reach_share reach capacity_used",
    "links": f"link_id from_node to_node medium status length_m capacity_mbps load_mbps {MONEY} geometry",
    "nodes": "node_id kind geometry",
    "other_costs": f"item {MONEY}",
    "costs": f"layer row_id item category quantity unit life_years {MONEY}",
}
TEXT_COLUMNS = (
    "demand_id class level served_by existing_id technology site_id status node_id backhaul structure power option_id"
    " reach capacity_unit link_id from_node to_node medium kind item layer row_id category unit"
)
APART = "_share_alike"
"""Rows under share-alike licences stand in a layer of this name's end beside the one that they belong to."""
TEXT = set(TEXT_COLUMNS.split())
KEYS = {
    "demand": ["demand_id"],
    "sites": ["site_id"],
    "equipment": ["option_id"],
    "service": ["demand_id", "option_id"],
    "existing": ["existing_id"],
    "baseline": ["demand_id", "existing_id", "technology"],
    "links": ["link_id"],
    "nodes": ["node_id"],
    "other_costs": ["item"],
}
SUMMARY_TEXT = (
    "name currency price_year mode status objective_npv bound_npv gap stages stopped_by targets coverage costs_npv"
    " capex_total opex_per_year_total local_content penalty_total cost_per_person_served counts viability problem"
    " seconds inputs licences versions seed scenario warnings"
)
SUMMARY_KEYS = SUMMARY_TEXT.split()
SETTINGS = ("project", "catalogue", "economics", "project_folder", "crs", "scenario", "seed")
"""Keys of `resolved.yaml`."""


@dataclass(frozen=True)
class Written:
    """A written plan as the audit sees it. Text columns have '' for missing."""

    folder: Path
    demand: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    equipment: gpd.GeoDataFrame
    service: pd.DataFrame
    existing: gpd.GeoDataFrame
    baseline: pd.DataFrame
    links: gpd.GeoDataFrame
    nodes: gpd.GeoDataFrame
    other_costs: pd.DataFrame
    costs: pd.DataFrame
    project: dict[str, Any]
    catalogue: dict[str, dict[str, Any]]
    economics: dict[str, Any]
    summary: dict[str, Any]
    project_folder: Path
    crs: CRS
    scenario: str
    seed: int
    party: dict[str, Any] | None = None
    """Whose plan it is, in a project with operators."""

    def entry(self, table: str, key: str) -> dict[str, Any]:
        """A catalogue entry, empty if the settings do not have it (which is a finding of its own)."""
        found: dict[str, Any] = self.catalogue.get(table, {}).get(key, {})
        return found

    def kinds(self) -> pd.Series:
        """Node id -> kind."""
        kinds: pd.Series = self.nodes.drop_duplicates("node_id").set_index("node_id")["kind"]
        return kinds


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the compiled one where there is one: settings are long


def yaml_of(text: str) -> Any:
    """What a text in YAML says.

    Raises:
        YAMLError: where it is none.
    """
    return yaml.load(text, Loader=_LOADER)


def read_written(folder: Path) -> tuple[Written | None, list[Finding]]:
    """The files of one scenario folder, and what is missing from them.

    Raises:
        InputError: a file of the plan is absent or unreadable.
    """
    faults: list[Fault] = []
    text: dict[str, Any] = {}
    for name, load in (("resolved.yaml", yaml_of), ("summary.json", json.loads)):
        try:
            text[name] = load((folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError) as error:
            faults.append(Fault(str(folder / name), str(error), "plan again, or name the folder of a plan"))
        if name in text and not isinstance(text[name], dict):
            faults.append(Fault(str(folder / name), "not a table of keys", "plan again"))
    if not (folder / "plan.gpkg").is_file():
        faults.append(Fault(str(folder / "plan.gpkg"), "no such file", "plan again, or name the folder of a plan"))
    if faults:
        raise InputError(faults)
    try:
        layers, findings = _layers(folder / "plan.gpkg")
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        said = f"it cannot be read ({str(error).splitlines()[0]})"
        raise InputError(Fault(str(folder / "plan.gpkg"), said, "plan again, or name the folder of a plan")) from error
    resolved, summary = text["resolved.yaml"], text["summary.json"]
    missing = [k for k in SETTINGS if k not in resolved]
    findings += [Finding("layers", "resolved.yaml", key, "no such key", "the key") for key in missing]
    missing = [k for k in SUMMARY_KEYS if k not in summary]
    findings += [Finding("summary", "summary.json", key, "no such key", "the key") for key in missing]
    if findings:
        return None, [*_of_another_version(findings), *findings]
    home = (folder / resolved["project_folder"]).resolve()
    if not home.is_dir():
        to_do = "put the plan back where it was written, or correct the path, which starts at the plan's folder"
        raise InputError(Fault(f"{folder / 'resolved.yaml'}: project_folder", f"there is no folder {home}", to_do))
    written = Written(
        folder=folder,
        **layers,
        project=resolved["project"],
        catalogue=resolved["catalogue"],
        economics=resolved["economics"],
        summary=summary,
        project_folder=home,
        crs=CRS.from_user_input(resolved["crs"]),
        scenario=resolved["scenario"],
        seed=resolved["seed"],
        party=resolved.get("party"),
    )
    return written, _same_crs(written)


def _of_another_version(findings: list[Finding]) -> list[Finding]:
    """Where something is missing that every plan of this version has: what that means, and what to do."""
    if not any(finding.found.startswith("no such") for finding in findings):
        return []
    found = "less than this version of netplan writes: an older one wrote the plan, or somebody took parts out"
    return [Finding("another version", "the plan", "", found, "a plan of this version: plan again")]


def _layers(path: Path) -> tuple[dict[str, Any], list[Finding]]:
    """Every layer with its columns; findings for missing ones, repeated ids and missing geometry."""
    layers: dict[str, Any] = {}
    findings: list[Finding] = []
    listed = {str(name) for name in pyogrio.list_layers(path)[:, 0]}
    for name, columns in COLUMNS.items():
        if name not in listed:
            findings.append(Finding("layers", name, "", "no such layer", "the layer"))
            continue
        parts = [name, *([name + APART] if name + APART in listed else [])]
        frame = pd.concat([pyogrio.read_dataframe(path, layer=part) for part in parts], ignore_index=True)
        rows = sum(_rows(path, part) for part in parts)
        if rows != len(frame):  # GDAL reads as many as the package says that there are
            findings.append(Finding("layers", name, "", f"{len(frame)} rows that programs read", f"all {rows}"))
        absent = [column for column in columns.split() if column not in frame.columns]
        findings += [Finding("layers", name, column, "no such column", "the column") for column in absent]
        if absent:
            continue
        for column in columns.split():
            if column in TEXT:
                values = frame[column].astype(object)
                frame[column] = values.where(values.notna(), "").astype(str)
            elif column != "geometry":
                frame[column] = pd.to_numeric(frame[column], errors="coerce").astype(float)
        layers[name] = frame
        findings += _row_findings(name, frame)
    return layers, findings


def _rows(path: Path, layer: str) -> int:
    """Rows in the table of a layer, whatever the package says of their number."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as package:
        quoted = layer.replace('"', '""')
        return int(package.execute(f'SELECT COUNT(*) FROM "{quoted}"').fetchone()[0])


def _row_findings(name: str, frame: pd.DataFrame) -> list[Finding]:
    findings: list[Finding] = []
    if name in KEYS:
        again = frame.loc[frame.duplicated(KEYS[name]), KEYS[name]]
        for row in again.itertuples(index=False, name=None):
            findings.append(Finding("layers", name, "|".join(map(str, row)), "the id twice", "each id once"))
    if "geometry" in COLUMNS[name].split():
        bare = frame["geometry"].isna() | frame["geometry"].is_empty
        findings += [Finding("layers", name, str(row), "no geometry", "a geometry") for row in frame[bare].iloc[:, 0]]
    may_be_empty = {"geometry", "capacity", "capacity_mbps", "life_years", "rate_mbps"}
    for column in set(COLUMNS[name].split()) - TEXT - may_be_empty:
        empty = ~frame[column].between(-1e300, 1e300)
        rows = frame.loc[empty].iloc[:, 0]
        findings += [Finding("layers", name, str(row), f"no number in {column}", "a number") for row in rows]
    return findings


def _same_crs(written: Written) -> list[Finding]:
    findings = []
    for name in ("demand", "sites", "equipment", "existing", "links", "nodes"):
        crs = getattr(written, name).crs
        if crs is None or not CRS.from_user_input(crs).equals(written.crs, ignore_axis_order=True):
            found = "none" if crs is None else str(crs.to_string())
            findings.append(Finding("crs", name, "", found, str(written.crs.to_string())))
    if not written.crs.is_projected:
        findings.append(Finding("crs", "resolved.yaml", "crs", str(written.crs.name), "a projected CRS in metres"))
    return findings


def read_polygons(written: Written, paths: list[str], *, points: bool = False) -> tuple[BaseGeometry, list[Finding]]:
    """The union of the features of input layers (of points: their points), in the CRS of the plan."""
    parts: list[BaseGeometry] = []
    findings: list[Finding] = []
    for path in paths:
        try:
            frame = open_layer(written.project_folder, path, points=points)
            frame = frame[frame.geometry.notna()]
            frame = frame.set_crs(4326) if frame.crs is None else frame
            parts.extend(shapely.make_valid(frame.to_crs(written.crs).geometry.to_numpy()))
        except (OSError, ValueError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
            findings.append(Finding("inputs", path, "", str(error), "a readable layer"))
    return shapely.union_all(parts), findings


def _layers_named(project: dict[str, Any]) -> set[str]:
    """Files of the layers that the settings name and the plan is audited against, without what is said after `|`."""
    existing, routes = project.get("existing") or {}, project.get("routes") or {}
    stated = [
        project.get("area"),
        *(project.get("exclusions") or ()),
        *(existing.get(key) for key in EXISTING_LAYERS),
        *(routes.get(key) for key in ROUTE_LAYERS),
    ]
    return {path_and_options(str(path))[0] for path in stated if path}


def check_inputs(written: Written) -> list[Finding]:
    """The inputs are still those that the plan was made from, by their hashes, and no layer goes without one."""
    want = "the hash of a layer that the settings name"
    unsaid = sorted(_layers_named(written.project) - set(written.summary["inputs"]))
    findings = [Finding("inputs", "summary.json", f"inputs.{path}", "nothing", want) for path in unsaid]
    for path, digest in sorted(written.summary["inputs"].items()):
        place = written.project_folder / path
        if place.is_dir():
            continue
        if not place.is_file():
            findings.append(Finding("inputs", path, "", "no such file", "the file that the plan was made from"))
            continue
        with place.open("rb") as stream:
            now = hashlib.file_digest(stream, "sha256").hexdigest()
        if now != digest:
            findings.append(Finding("inputs", path, "", f"sha256 {now[:12]}…", f"sha256 {str(digest)[:12]}…"))
    return findings
