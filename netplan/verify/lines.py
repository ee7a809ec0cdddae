"""Rules of lines: lengths are true, ends are where they are said to be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Geod, Transformer

from netplan.verify.finding import Finding, differs, where
from netplan.verify.reading import Written

PLACE_TOLERANCE_M = 10.0


def medium_kinds(written: Written) -> npt.NDArray[np.object_]:
    """Kind of the medium of each link, '' for a medium that the settings do not have."""
    return np.array([written.entry("media", m).get("kind", "") for m in written.links["medium"]], dtype=object)


def ends_index(written: Written) -> tuple[pd.Index, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Node ids, and the positions in them of both ends of each link (-1 for an unknown one)."""
    nodes = pd.Index(written.nodes["node_id"])
    tail = nodes.get_indexer(written.links["from_node"])
    head = nodes.get_indexer(written.links["to_node"])
    return nodes, tail.astype(np.int64), head.astype(np.int64)


def check_lengths(written: Written) -> list[Finding]:
    """`length_m` is the geodesic length of the line on WGS 84, within 1 % or 1 m."""
    links = written.links
    to_degrees = Transformer.from_crs(written.crs, 4326, always_xy=True)
    geod = Geod(ellps="WGS84")
    true = np.array([_geodesic_m(line, to_degrees, geod) for line in links.geometry])
    stated = links["length_m"].to_numpy(float)
    wrong = ~(np.abs(stated - true) <= np.maximum(1.0, 0.01 * true))
    return where(wrong, "length", "links", links["link_id"], stated, true)


def _geodesic_m(line: shapely.Geometry, to_degrees: Transformer, geod: Geod) -> float:
    total = 0.0
    for part in shapely.get_parts([line]):
        xy = shapely.get_coordinates(part)
        lon, lat = to_degrees.transform(xy[:, 0], xy[:, 1])
        total += float(geod.line_length(lon, lat))
    return total


def check_ends(written: Written) -> list[Finding]:
    """Lines end at their nodes, sites stand at theirs, satellite links lead to a gateway at the same place."""
    nodes, tail, head = ends_index(written)
    xy = shapely.get_coordinates(written.nodes.geometry.to_numpy())
    links, sites = written.links, written.sites
    ends = [_end_points(line) for line in links.geometry]
    first = np.array([e[0] for e in ends]).reshape(-1, 2)
    last = np.array([e[1] for e in ends]).reshape(-1, 2)
    along = np.maximum(_apart(first, xy[tail]), _apart(last, xy[head]))
    against = np.maximum(_apart(first, xy[head]), _apart(last, xy[tail]))
    off = np.minimum(along, against)
    place = nodes.get_indexer(sites["node_id"])
    away = np.zeros(len(sites))
    at = place >= 0
    away[at] = _apart(shapely.get_coordinates(sites.geometry.to_numpy())[at], xy[place[at]])
    kind = medium_kinds(written)
    kinds = written.kinds().reindex(nodes).to_numpy(object)
    sky = kind == "satellite"
    no_gateway = sky & (kinds[tail] != "gateway") & (kinds[head] != "gateway")
    far = sky & differs(links["length_m"], 0.0, absolute=1.0)
    # a gateway is the far end of a satellite link: nothing else hands traffic over there
    gateway = kinds == "gateway"
    earthly = ~sky & (gateway[tail] | gateway[head])
    dishless = gateway & ~np.isin(np.arange(len(nodes)), np.concatenate([tail[sky], head[sky]]))
    ids = links["link_id"]
    return [
        *where(off > PLACE_TOLERANCE_M, "geometry", "links", ids, off, "a line from node to node (m off)"),
        *where(away > PLACE_TOLERANCE_M, "geometry", "sites", sites["site_id"], away, "the site at its node (m off)"),
        *where(no_gateway, "gateway", "links", ids, links["to_node"], "an end of kind gateway"),
        *where(far, "gateway", "links", ids, links["length_m"], "no length"),
        *where(earthly, "gateway", "links", ids, links["medium"], "none but satellite links at a gateway"),
        *where(dishless, "gateway", "nodes", nodes, ["no link"] * len(nodes), "a satellite link"),
        *_masts(written, kind, nodes, tail, head, kinds),
    ]


def _masts(
    written: Written,
    kind: npt.NDArray[np.object_],
    nodes: pd.Index,
    tail: npt.NDArray[np.int64],
    head: npt.NDArray[np.int64],
    kinds: npt.NDArray[np.object_],
) -> list[Finding]:
    """Both ends of a microwave hop stand on a site of the plan (or at a PoP)."""
    standing = nodes.isin(written.sites["node_id"]) | (kinds == "pop")
    bare = (kind == "microwave") & ~(standing[tail] & standing[head])
    return where(bare, "mast", "links", written.links["link_id"], written.links["medium"], "an open site at both ends")


def _end_points(line: shapely.Geometry) -> Sequence[npt.NDArray[np.float64]]:
    xy = shapely.get_coordinates(line)
    return xy[0], xy[-1]


def _apart(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(np.hypot(a[:, 0] - b[:, 0], a[:, 1] - b[:, 1]))
