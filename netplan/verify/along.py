"""Rules of routes: cable lies along what its medium follows, but for the connectors at its ends."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from netplan.verify.finding import Finding, where
from netplan.verify.reading import Written
from netplan.verify.today import read_layer

BESIDE_M = 3.0
"""Cable this near to a line lies on it: coordinates are rounded and reprojected, near ends welded."""
STEP_M = 20.0
"""Cable is looked at in places this far apart."""
CABLE = ("trench", "aerial", "duct", "lit")
"""Kinds that are audited here; pipes have rules of their own."""
CONNECTOR_M = {"pop": 1500.0, "site": 1000.0}
JOINT_M = 300.0
"""Own cable leaves the roads at its ends only, and no longer than this: to a PoP, to a site, to anything else."""
INTO_POP_M = 50.0
"""Existing fibre that passes a PoP this close ends in it."""
SLACK_M = 10.0
Shapes = npt.NDArray[np.object_]


def check_routes(written: Written) -> list[Finding]:
    """Links of cable lie on lines of the layer that their medium follows.

    Which lines of a layer the medium may use (free bores, poles and not pylons) is not worked out again here.
    """
    findings: list[Finding] = []
    kinds = written.kinds()
    read: dict[str, tuple[gpd.GeoDataFrame, list[Finding]]] = {}
    for medium, links in written.links.groupby("medium"):
        entry = written.entry("media", str(medium))
        if entry.get("kind") not in CABLE:
            continue
        key = _layer(entry)
        section, _, name = key.partition(".")
        path = (written.project.get(section) or {}).get(name)
        lines = np.empty(0, dtype=object)
        if path:
            if path not in read:
                read[path] = read_layer(written, path)
            layer, unread = read[path]
            lines = layer.geometry.to_numpy()
            if unread:
                findings += unread
                continue
        ends = np.array([[str(kinds.get(node, "")) for node in links[end]] for end in ("from_node", "to_node")])
        most = _may_leave(entry, ends)
        want = [f"at most {metres:g} m that are not on {path or f'{key}, of which there is none'}" for metres in most]
        off = _off_m(links.geometry.to_numpy(), lines)
        findings += where(off > most, "route", "links", links["link_id"], off, want)
    return findings


def _layer(entry: dict[str, Any]) -> str:
    """Key of the project whose layer the medium follows: roads, where it names none."""
    route = entry.get("route") or "roads"
    return "existing.fibre" if route == "fibre" else f"routes.{route}"


def _may_leave(entry: dict[str, Any], ends: npt.NDArray[np.str_]) -> npt.NDArray[np.float64]:
    """Metres that each link may lie off its route, of the kinds of nodes at its ends (2, n)."""
    if entry.get("kind") == "lit":
        return np.asarray(SLACK_M + INTO_POP_M * (ends == "pop").sum(axis=0), dtype=float)
    if _layer(entry) != "routes.roads":
        return np.full(ends.shape[1], SLACK_M)
    each = [[CONNECTOR_M.get(kind, JOINT_M) for kind in row] for row in ends.tolist()]
    return np.asarray(SLACK_M + np.array(each, dtype=float).sum(axis=0))


def _off_m(links: Shapes, lines: Shapes) -> npt.NDArray[np.float64]:
    """Metres of each link between places that are not on any line."""
    places = links.copy()
    long = shapely.length(links) > STEP_M
    places[long] = shapely.segmentize(links[long], STEP_M)
    xy, link = shapely.get_coordinates(places, return_index=True)
    off = np.ones(len(xy), dtype=bool)
    here = shapely.box(*shapely.total_bounds(links)).buffer(BESIDE_M)
    pieces = _pieces(lines[shapely.intersects(lines, here)])
    if len(pieces):
        off[shapely.STRtree(pieces).query(shapely.points(xy), predicate="dwithin", distance=BESIDE_M)[0]] = False
    step = np.hypot(*np.diff(xy, axis=0).T)
    both = off[1:] & off[:-1] & (link[1:] == link[:-1])
    return np.bincount(link[1:][both], step[both], minlength=len(links)).astype(float)


def _pieces(shapes: Shapes) -> Shapes:
    """Lines taken apart at every vertex, so that long ones are found as fast as short ones."""
    parts = shapely.get_parts(shapely.get_parts(shapes))
    xy, line = shapely.get_coordinates(parts[shapely.get_dimensions(parts) == 1], return_index=True)
    same = line[1:] == line[:-1]
    return np.asarray(shapely.linestrings(np.stack([xy[:-1][same], xy[1:][same]], axis=1)), dtype=object)
