"""Rules of place and permission: area, exclusions, margin, levers, PoPs, what is forbidden."""

from __future__ import annotations

import numpy as np
import rasterio
import shapely
from rasterio.warp import transform_bounds
from shapely.geometry.base import BaseGeometry

from netplan.foreign import path_and_options
from netplan.verify.finding import Finding, where
from netplan.verify.reading import Written, read_polygons

EDGE_M = 1.0
"""Points this near to an edge count as on either side: reprojection moves them by less."""
SAMPLE_M = 250.0
ANCHOR_M = 100.0
"""A node may stand this far from the feature it stands for: routes are snapped."""


def check_place(written: Written) -> list[Finding]:
    """Everything that can be said from geometry and the input layers, and from the levers."""
    area, findings = planning_area(written)
    excluded, more = read_polygons(written, list(written.project.get("exclusions", [])))
    return [
        *findings,
        *more,
        *_sites(written, area, excluded),
        *_links(written, area, excluded),
        *_levers(written),
        *_pops(written),
    ]


def planning_area(written: Written) -> tuple[BaseGeometry, list[Finding]]:
    """The planning area of the project, or the extent of where it says that people live."""
    path = written.project.get("area")
    if path:
        area, findings = read_polygons(written, [path])
        if not area.is_empty or findings:
            return area, findings
        return area, [Finding("inputs", path, "", "no polygon", "the planning area")]
    demand = written.project["demand"]
    cell_m = float(demand.get("cell_m", 0.0))
    cells = shapely.box(*written.demand.total_bounds).buffer(cell_m)
    if demand.get("population"):
        stated = path_and_options(str(demand["population"]))[0]
        try:
            with rasterio.open(written.project_folder / stated) as raster:
                west, first, east, last = raster.bounds
                bounds = west, min(first, last), east, max(first, last)  # rows may run from the south
                extent = shapely.box(*transform_bounds(raster.crs, written.crs.to_wkt(), *bounds))
        except rasterio.errors.RasterioError as error:
            return cells, [Finding("inputs", stated, "", str(error), "a readable raster")]
        return cells.union(extent), []
    if demand.get("settlements"):
        places, findings = read_polygons(written, [str(demand["settlements"])], points=True)
        bounds = shapely.box(*places.bounds).buffer(cell_m / 2, join_style="mitre") if not places.is_empty else cells
        return cells.union(bounds), findings
    return cells, []


def _sites(written: Written, area: BaseGeometry, excluded: BaseGeometry) -> list[Finding]:
    """Sites lie inside the area; new ones outside every exclusion."""
    sites = written.sites
    points = sites.geometry.to_numpy()
    shapely.prepare(area)
    outside = ~shapely.dwithin(area, points, EDGE_M)
    new = sites["status"].to_numpy(object) == "new"
    inside = shapely.intersects(excluded, points) & new
    depth = np.zeros(len(sites))
    depth[inside] = shapely.distance(shapely.boundary(excluded), points[inside])
    ids, status = sites["site_id"], sites["status"]
    return [
        *where(outside, "site-area", "sites", ids, shapely.to_wkt(points, rounding_precision=0), "inside the area"),
        *where(depth > EDGE_M, "exclusion", "sites", ids, status, "no new site in an exclusion"),
    ]


def _links(written: Written, area: BaseGeometry, excluded: BaseGeometry) -> list[Finding]:
    """Links stay within the margin, and out of exclusions unless their medium may cross."""
    links = written.links
    margin_m = float(written.project.get("backhaul_margin_m", 0.0))
    lines = links.geometry.to_numpy()
    # GEOS refuses to split a line without length (a satellite link): its ends are samples enough.
    split = lines.copy()
    long = shapely.length(lines) > SAMPLE_M
    split[long] = shapely.segmentize(lines[long], SAMPLE_M)
    points, owner = shapely.get_coordinates(split, return_index=True)
    near = shapely.dwithin(area, shapely.points(points), margin_m + EDGE_M)
    away = np.zeros(len(links), dtype=bool)
    away[owner[~near]] = True
    crosses = [bool(written.entry("media", m).get("crosses_exclusions", False)) for m in links["medium"]]
    shapely.prepare(excluded)
    touched = shapely.intersects(excluded, lines) & ~np.array(crosses, dtype=bool)
    inside_m = np.zeros(len(links))
    inside_m[touched] = shapely.length(shapely.intersection(lines[touched], excluded))
    ids = links["link_id"]
    return [
        *where(away, "margin", "links", ids, links["medium"], f"within {margin_m:g} m of the area"),
        *where(inside_m > 2 * EDGE_M, "exclusion", "links", ids, inside_m, "no metre in an exclusion"),
    ]


def _levers(written: Written) -> list[Finding]:
    """Media and structures of another owner are used only where the scenario opens their lever."""
    opened = {*written.project.get("sharing", []), *written.project.get("impose", [])}
    findings = []
    for layer, table, column in (("links", "media", "medium"), ("sites", "structures", "structure")):
        frame = getattr(written, layer)
        entries = [written.entry(table, name) for name in frame[column]]
        levers = [entry.get("lever") or "" for entry in entries]
        ids = frame.iloc[:, 0]
        unknown = [not entry for entry in entries]
        shut = [lever != "" and lever not in opened for lever in levers]
        ownerless = [s == "shared" and lever == "" for s, lever in zip(frame["status"], levers, strict=True)]
        ownerless = [bad and not un for bad, un in zip(ownerless, unknown, strict=True)]
        findings += where(unknown, "catalogue", layer, ids, frame[column], f"one of the {table} of resolved.yaml")
        findings += where(shut, "lever", layer, ids, levers, f"a lever that the scenario opens ({sorted(opened)})")
        findings += where(ownerless, "lever", layer, ids, frame[column], "status shared only behind a lever")
    return findings


def _pops(written: Written) -> list[Finding]:
    """Nodes of kind pop stand at PoPs of the project."""
    rows = written.nodes.index[written.nodes["kind"] == "pop"].to_numpy()
    path = written.project["existing"].get("pops")
    if not path:
        return where(np.ones(len(rows)), "pop", "nodes", written.nodes.loc[rows, "node_id"],
                     ["pop"] * len(rows), "no PoP, for the project has none")  # fmt: skip
    return _anchored(written, rows, [path], "pop")


def _anchored(written: Written, rows: np.ndarray, layers: list[str], rule: str) -> list[Finding]:
    """Findings for the nodes at those rows that stand away from every feature of the layers."""
    if not layers or not len(rows):
        return []
    features, findings = read_polygons(written, layers, points=True)
    nodes = written.nodes.loc[rows]
    off = shapely.distance(features, nodes.geometry.to_numpy())
    off = np.where(np.isnan(off), np.inf, off)
    want = f"within {ANCHOR_M:g} m of a feature of {', '.join(layers)}"
    return findings + where(off > ANCHOR_M, rule, "nodes", nodes["node_id"], off, want)
