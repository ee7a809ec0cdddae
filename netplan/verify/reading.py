"""What the audit reads: the written files and the inputs that they name."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from netplan.errors import Fault, InputError
from netplan.foreign import open_layer, path_and_options
from netplan.verify.finding import Finding
from netplan.verify.layers import KEYS, SPATIAL, UNREADABLE, read_layers
from netplan.verify.settings_shape import Settings
from netplan.verify.shape import misshapen
from netplan.verify.summary_shape import Summary
from netplan.yamltext import YAMLError, load_yaml

EXISTING_LAYERS = ("pops", "towers", "fibre", "copper", "coax", "service")
ROUTE_LAYERS = ("roads", "power_lines", "water_pipes", "ducts", "railways")


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
    refused: gpd.GeoDataFrame
    viability: gpd.GeoDataFrame
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
    _kept: dict[str, pd.DataFrame] = field(default_factory=dict, init=False, repr=False, compare=False)

    def entry(self, table: str, key: str) -> dict[str, Any]:
        """A catalogue entry, empty if the settings do not have it (which is a finding of its own)."""
        found: dict[str, Any] = self.catalogue.get(table, {}).get(key, {})
        return found

    def distinct(self, layer: str) -> pd.DataFrame:
        """The layer as a plain table, `geometry` a column; of rows with the same id the first. All rules share it."""
        if layer not in self._kept:
            self._kept[layer] = pd.DataFrame(getattr(self, layer)).drop_duplicates(KEYS[layer])
        return self._kept[layer]

    def by_id(self, layer: str) -> pd.DataFrame:
        """The same by id, of a layer whose rows have one."""
        name = f"{layer} by id"
        if name not in self._kept:
            self._kept[name] = self.distinct(layer).set_index(KEYS[layer][0])
        return self._kept[name]

    def kinds(self) -> pd.Series:
        """Node id -> kind."""
        kinds: pd.Series = self.by_id("nodes")["kind"]
        return kinds


def read_written(folder: Path) -> tuple[Written | None, list[Finding]]:
    """The files of one scenario folder, and what of them is missing or not of the shape that the contract says.

    Raises:
        InputError: a file of the plan is absent or unreadable.
    """
    faults: list[Fault] = []
    text: dict[str, Any] = {}
    for name, load in (("resolved.yaml", load_yaml), ("summary.json", json.loads)):
        try:
            text[name] = load((folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError, YAMLError) as error:
            faults.append(Fault(str(folder / name), str(error), "plan again, or name the folder of a plan"))
        if name in text and not isinstance(text[name], dict):
            faults.append(Fault(str(folder / name), "not a table of keys", "plan again"))
    package = folder / "plan.gpkg"
    if not package.is_file():
        found = "a folder, and no file" if package.is_dir() else "no such file"
        faults.append(Fault(str(package), found, "plan again, or name the folder of a plan"))
    if faults:
        raise InputError(faults)
    try:
        layers, findings = read_layers(package)
    except UNREADABLE as error:
        said = f"it cannot be read ({str(error).splitlines()[0]})"
        raise InputError(Fault(str(package), said, "plan again, or name the folder of a plan")) from error
    resolved, summary = text["resolved.yaml"], text["summary.json"]
    findings += misshapen(Settings, resolved, "settings", "resolved.yaml")
    findings += misshapen(Summary, summary, "summary", "summary.json")
    if findings:
        return None, [*_of_another_version(findings), *findings]
    written = Written(
        folder=folder,
        **layers,
        project=resolved["project"],
        catalogue=resolved["catalogue"],
        economics=resolved["economics"],
        summary=summary,
        project_folder=_home(folder, resolved["project_folder"]),
        crs=_crs(folder, resolved["crs"]),
        scenario=resolved["scenario"],
        seed=resolved["seed"],
        party=resolved.get("party"),
    )
    return written, _same_crs(written)


def _home(folder: Path, stated: str) -> Path:
    home = (folder / stated).resolve()
    if not home.is_dir():
        to_do = "put the plan back where it was written, or correct the path, which starts at the plan's folder"
        raise InputError(Fault(f"{folder / 'resolved.yaml'}: project_folder", f"there is no folder {home}", to_do))
    return home


def _crs(folder: Path, stated: str) -> CRS:
    try:
        return CRS.from_user_input(stated)
    except CRSError as error:
        fault = Fault(f"{folder / 'resolved.yaml'}: crs", f"{stated!r} is no coordinate system", "plan again")
        raise InputError(fault) from error


def _of_another_version(findings: list[Finding]) -> list[Finding]:
    """Where something is missing that every plan of this version has: what that means, and what to do."""
    if not any(finding.found.startswith("no such") for finding in findings):
        return []
    found = "less than this version of netplan writes: an older one wrote the plan, or somebody took parts out"
    return [Finding("another version", "the plan", "", found, "a plan of this version: plan again")]


def _same_crs(written: Written) -> list[Finding]:
    findings = []
    for name in SPATIAL:
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
