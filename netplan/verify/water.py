"""The water network as the audit reads it: pipes with what decides their use, and points, from GIS or EPANET files."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS

from netplan.foreign import in_stated_crs, open_layer
from netplan.verify.cells import cell_numbers, plain_name
from netplan.verify.finding import Finding
from netplan.verify.reading import Written

INCH_UNITS = ("CFS", "GPM", "MGD", "IMGD", "AFD")
"""EPANET flow units that go with inches and feet."""
NAMES = {
    "diameter_mm": "diametermm diameter dn diam diammm nominaldiameter diametre diametro diametremm diametromm",
    "material": "material mat pipemat pipematerial materiau mater",
    "lining": "lining internallining coating revetement revestimiento",
    "pressure_class_bar": "pressureclassbar pressureclass pn pressurerating ratedpressurebar",
    "year": "constructionyear year yearbuilt installyear installationyear yearinstalled annee",
    "water": "water watertype waterkind waterquality",
    "status": "status state condition etat estado",
    "owner": "owner operator proprietaire propietario proprietario utility",
    "kind": "kind type class category",
}
NUMBERS = ("diameter_mm", "pressure_class_bar", "year")
RANGES = {"diameter_mm": (0.0, 4000.0), "pressure_class_bar": (0.0, 400.0), "year": (1800.0, 2200.0)}


def read_pipes(written: Written) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Pipes of the project in the plan's CRS with the columns of NAMES but `kind` (NaN or '' unknown)."""
    routes = written.project["routes"]
    path = routes.get("water_pipes")
    if not path:
        return _empty(written), []
    frame, findings = _read(written, path, "pipes")
    if frame is None:
        return _empty(written), findings
    frame = frame[frame.geometry.geom_type.isin(["LineString", "MultiLineString"])]
    defaults = routes.get("water_pipe_defaults") or {}
    model = str(path).lower().endswith(".inp")
    columns: dict[str, Any] = {}
    for name in NUMBERS:
        values = cell_numbers(_column(frame, name))
        low, high = RANGES[name]
        values = np.where((values > low) & (values <= high), values, np.nan)
        given = defaults.get(name)
        columns[name] = np.where(np.isnan(values), np.nan if given is None else float(given), values)
    for name in ("material", "lining", "status", "owner"):
        text = _text(_column(frame, name))
        given = defaults.get(name) or ("PVC" if model and name == "material" else "")
        columns[name] = np.where(text == "", given, text).astype(object)
    said = pd.Series(_text(_column(frame, "water"))).str.casefold()
    raw = said.str.contains("raw|untreated|brute|cruda", regex=True).to_numpy(bool)
    clear = said.str.contains("potable|drink|treated|clean", regex=True).to_numpy(bool) & ~raw
    usual = str(defaults.get("water") or "potable")
    columns["water"] = np.where(raw, "raw", np.where(clear, "potable", usual)).astype(object)
    return gpd.GeoDataFrame(columns, geometry=frame.geometry.to_numpy(), crs=written.crs), findings


def read_points(written: Written, pipes: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Access points and obstacles with `kind` (small letters), changes of diameter included."""
    routes = written.project["routes"]
    places: list[Any] = []
    kinds: list[str] = []
    findings: list[Finding] = []
    sources = [(path, "points") for path in routes.get("water_access") or []]
    if str(routes.get("water_pipes") or "").lower().endswith(".inp"):
        sources.append((routes["water_pipes"], "points"))
    for path, what in sources:
        frame, more = _read(written, path, what)
        findings += more
        if frame is not None:
            places += list(shapely.centroid(frame.geometry.to_numpy()))
            kinds += list(_kinds(frame, Path(str(path).partition("|")[0]).stem.lower()))
    changes = _diameter_changes(pipes)
    places += changes
    kinds += ["diameter change"] * len(changes)
    return gpd.GeoDataFrame({"kind": pd.Series(kinds, dtype=object)}, geometry=places, crs=written.crs), findings


def _empty(written: Written) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({name: [] for name in NAMES if name != "kind"}, geometry=[], crs=written.crs)


def _read(written: Written, path: str, what: str) -> tuple[gpd.GeoDataFrame | None, list[Finding]]:
    name = path.partition("|")[0]
    stated = written.project["routes"].get("water_pipes_crs")
    try:
        if name.lower().endswith(".inp"):
            frame = _model(written.project_folder / name, CRS.from_user_input(stated), what)
        else:
            frame = open_layer(written.project_folder, path)
            frame = in_stated_crs(frame[frame.geometry.notna()], stated or "EPSG:4326")
        return frame.to_crs(written.crs), []
    except (OSError, ValueError, KeyError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        return None, [Finding("inputs", path, "", str(error), "a readable water network")]


def _model(path: Path, crs: CRS, what: str) -> gpd.GeoDataFrame:
    """Pipes or points of an EPANET file, read line by line."""
    part: dict[str, list[list[str]]] = defaultdict(list)
    section = ""
    for text in path.read_text(encoding="utf-8", errors="replace").splitlines():
        words = text.partition(";")[0].split()
        if words and words[0].startswith("["):
            section = words[0].strip("[]").upper()
        elif words:
            part[section].append(words)
    at = {w[0]: (float(w[1]), float(w[2])) for w in part["COORDINATES"]}
    bends: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for words in part["VERTICES"]:
        bends[words[0]].append((float(words[1]), float(words[2])))
    options = {w[0].upper(): w[1].upper() for w in part["OPTIONS"] if len(w) > 1}
    inch = 25.4 if options.get("UNITS", "GPM") in INCH_UNITS else 1.0

    def line_of(words: list[str]) -> shapely.LineString | None:
        if words[1] not in at or words[2] not in at:
            return None
        return shapely.LineString([at[words[1]], *bends[words[0]], at[words[2]]])

    rows: list[dict[str, Any]] = []
    if what == "pipes":
        for words in part["PIPES"]:
            line = line_of(words)
            if line is not None and line.length > 0:
                rows.append({"diameter_mm": float(words[4]) * inch, "geometry": line})
        for words in part["PUMPS"] + part["VALVES"]:
            line = line_of(words)
            if line is not None and line.length > 1.0:  # drawn with a length: a piece of pipe of the widest at hand
                ends = {words[1], words[2]}
                wide = [float(w[4]) * inch for w in part["PIPES"] if ends & {w[1], w[2]}]
                rows.append({"diameter_mm": max(wide, default=np.nan), "geometry": line})
        return gpd.GeoDataFrame(rows, geometry="geometry", crs=crs)
    status = {w[0]: w[1].casefold() for w in part["STATUS"] if len(w) > 1}
    for kind, section in (("tank", "TANKS"), ("reservoir", "RESERVOIRS")):
        rows += [{"kind": kind, "geometry": shapely.Point(at[w[0]])} for w in part[section] if w[0] in at]
    standing = [(w, "pump") for w in part["PUMPS"]]
    valves = {"PRV": "prv", "PSV": "pressure sustaining", "PBV": "pressure breaker", "FCV": "flow control"}
    for words in part["VALVES"]:
        kind = valves.get(words[4].upper(), "throttle")
        standing.append((words, "closed valve" if status.get(words[0]) == "closed" else kind))
    for words in part["PIPES"]:
        said = (words[7].casefold() if len(words) > 7 else "open") if words[0] not in status else status[words[0]]
        if said in ("closed", "cv"):
            standing.append((words, "closed valve" if said == "closed" else "check valve"))
    for words, kind in standing:
        line = line_of(words)
        if line is not None:
            rows.append({"kind": kind, "geometry": shapely.line_interpolate_point(line, 0.5, normalized=True)})
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=crs, columns=["kind", "geometry"])


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    known = {plain_name(column).replace("_", ""): column for column in reversed(list(frame.columns))}
    for alias in NAMES[name].split():
        if alias in known:
            return pd.Series(frame[known[alias]].to_numpy())
    return pd.Series([None] * len(frame), dtype=object)


def _text(values: pd.Series) -> np.ndarray[Any, np.dtype[np.object_]]:
    return np.asarray(values.astype("string").fillna("").str.strip().to_numpy(object), dtype=object)


def _kinds(frame: pd.DataFrame, stem: str) -> np.ndarray[Any, np.dtype[np.object_]]:
    """What each point is: a column of kinds, or one whose name ends in `type` with that name, or the file's name."""
    said = pd.Series(_text(_column(frame, "kind"))).str.casefold()
    if (said != "").any():
        return np.where(said == "", stem, said).astype(object)
    typed = sorted(str(c) for c in frame.columns if str(c).lower().endswith("_type"))
    if typed:
        thing = typed[0].lower().removesuffix("_type")
        return (pd.Series(_text(frame[typed[0]])).str.casefold() + f" {thing}").to_numpy(object)
    return np.full(len(frame), stem, dtype=object)


def _diameter_changes(pipes: gpd.GeoDataFrame) -> list[Any]:
    """Ends of pipes that meet the end of one other pipe, of another diameter, and nothing else."""
    lines = shapely.get_parts(pipes.geometry.to_numpy(), return_index=True)
    diameter = pipes["diameter_mm"].to_numpy(float)
    tree = shapely.STRtree(lines[0])
    found = []
    for k, line in enumerate(lines[0]):
        for end in (shapely.get_point(line, 0), shapely.get_point(line, -1)):
            near = [j for j in tree.query(end, predicate="dwithin", distance=1.6).tolist() if j != k]
            if len(near) == 1:
                other = lines[0][near[0]]
                tips = [shapely.get_point(other, 0), shapely.get_point(other, -1)]
                apart = abs(diameter[lines[1][k]] - diameter[lines[1][near[0]]])
                if apart >= 1.0 and min(shapely.distance(end, tip) for tip in tips) <= 1.6:
                    found.append(end)
    return found
