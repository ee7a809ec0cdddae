"""Short connectors between networks, and the links that need no ground: microwave hops and satellite."""

from __future__ import annotations

import numpy as np
import shapely  # type: ignore[import-untyped]
from shapely.geometry.base import BaseGeometry  # type: ignore[import-untyped]

from netplan.backhaul.graph import GATEWAY, Draft, FloatArray, IntArray, ObjectArray, geodesic_m
from netplan.backhaul.lines import polylines
from netplan.backhaul.media import base_multiplier
from netplan.backhaul.routes import capacity_of
from netplan.catalogue.schema import Medium
from netplan.tables import Hops, Inputs, Sites


def add_connectors(
    draft: Draft,
    inputs: Inputs,
    own: dict[str, Medium],
    tail: IntArray,
    head: IntArray,
    tail_xy: FloatArray,
    head_xy: FloatArray,
    to_site: bool,
) -> None:
    """Straight cable off the routes, one edge per own medium, on base ground.

    Inside the margin; around exclusions none is offered unless the medium may cross them. A connector to a site
    carries the `unit` costs of its medium (the termination).
    """
    if not len(tail):
        return
    coords = [np.vstack(pair) for pair in zip(tail_xy, head_xy, strict=True)]
    lines = polylines(coords)
    inside = shapely.covers(inputs.margin, lines)
    blocked = _crosses(inputs, lines)
    length = geodesic_m(coords, draft.crs)
    for key, medium in own.items():
        ok = np.flatnonzero(inside & (~blocked | medium.crosses_exclusions))
        counts = {"km": length[ok] / 1000.0, "unit": np.full(len(ok), float(to_site))}
        if medium.pole_spacing_m is not None:
            counts["span"] = length[ok] / medium.pole_spacing_m.value
        draft.add_edges(
            tail[ok],
            head[ok],
            [coords[i] for i in ok],
            key,
            length_m=length[ok],
            counts=counts,
            multiplier=base_multiplier(medium),
            capacity_mbps=capacity_of(medium),
        )


def _crosses(inputs: Inputs, lines: ObjectArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    blocked = np.zeros(len(lines), bool)
    if len(inputs.exclusions):
        shapes: list[BaseGeometry] = list(inputs.exclusions.geometry)
        blocked[shapely.STRtree(shapes).query(lines, predicate="intersects")[0]] = True
    return blocked


def add_hops(draft: Draft, hops: Hops, media: dict[str, Medium], node_of: dict[str, int], xy: FloatArray) -> int:
    """Microwave hops of open media; an end is a site id or `pop:<id>`. Returns how many had an unknown end."""
    table = hops.table[hops.table["medium"].isin([k for k, m in media.items() if m.kind == "microwave"])]
    ends = table[["site_a", "site_b"]].astype(str).to_numpy(dtype=object)
    labels = np.array([[e if e.startswith("pop:") else f"site:{e}" for e in pair] for pair in ends], dtype=object)
    labels = labels.reshape(-1, 2)
    turn = labels[:, 0] > labels[:, 1]  # the same hop whichever end was named first
    ends[turn], labels[turn] = ends[turn][:, ::-1], labels[turn][:, ::-1]
    known = np.array([a in node_of and b in node_of for a, b in labels], bool)
    table, ends, labels = table[known], ends[known], labels[known]
    tail = np.array([node_of[a] for a in labels[:, 0]], dtype=np.int64)
    head = np.array([node_of[b] for b in labels[:, 1]], dtype=np.int64)
    coords = [np.vstack([xy[a], xy[b]]) for a, b in zip(tail, head, strict=True)]
    length = geodesic_m(coords, draft.crs)
    needs = np.where(np.char.startswith(ends.astype(str), "pop:"), "", ends).astype(object)
    draft.add_edges(
        tail,
        head,
        coords,
        table["medium"].to_numpy(dtype=object),
        length_m=length,
        counts={"km": length / 1000.0, "unit": np.ones(len(tail))},
        capacity_mbps=table["capacity_mbps"].to_numpy(float),
        # A hop from a PoP names its one site first.
        site_a=np.where(needs[:, 0] == "", needs[:, 1], needs[:, 0]).astype(object),
        site_b=np.where(needs[:, 0] == "", "", needs[:, 1]).astype(object),
    )
    return int((~known).sum())


def add_satellite(
    draft: Draft, sites: Sites, nodes: IntArray, xy: FloatArray, media: dict[str, Medium], hops: Hops
) -> None:
    """One zero-length edge per site and satellite medium, to a gateway of the site's own at the same place.

    Only where the dish sees the sky, when radio has worked that out.
    """
    dishes = {key: medium for key, medium in media.items() if medium.kind == "satellite"}
    if not dishes or not len(nodes):
        return
    ids = sites.points.index.astype(str).to_numpy(dtype=object)
    where = {key: _seen(hops, key, ids) for key in dishes}
    any_dish = np.flatnonzero(np.logical_or.reduce(list(where.values())))
    gateways = np.full(len(ids), -1)
    gateways[any_dish] = draft.add_nodes(
        xy[any_dish], GATEWAY, np.array([f"gw:{i}" for i in ids[any_dish]], dtype=object)
    )
    for key, medium in dishes.items():
        at = np.flatnonzero(where[key])
        draft.add_edges(
            nodes[at],
            gateways[at],
            [np.vstack([xy[i], xy[i]]) for i in at],
            key,
            counts={"unit": np.ones(len(at))},
            capacity_mbps=capacity_of(medium),
            site_a=ids[at],
        )


def _seen(hops: Hops, medium: str, ids: ObjectArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Sites where a dish of the medium may stand."""
    if hops.dishes is None:
        return np.ones(len(ids), bool)
    return np.isin(ids.astype(str), hops.dishes.loc[hops.dishes["medium"] == medium, "site_id"].to_numpy(str))
