"""Cable in water pipes: where it gets in and out, what it passes on the way, what it cannot pass."""

from __future__ import annotations

import geopandas as gpd  # type: ignore[import-untyped]
import numpy as np
import shapely  # type: ignore[import-untyped]

from netplan.backhaul.eligibility import eligible, owners
from netplan.backhaul.graph import ACCESS, Draft, FloatArray, IntArray, ObjectArray, geodesic_m
from netplan.backhaul.lines import Inserts, Lines, Noded, all_within, clean_lines, node_lines
from netplan.backhaul.media import ground_multiplier
from netplan.backhaul.routes import Anchors, capacity_of
from netplan.backhaul.runs import Runs, cable_runs
from netplan.catalogue.schema import Medium
from netplan.tables import Inputs

ACCESS_M = 5.0
"""Reach of an access point when the medium has no rules for them."""
PASSED = ("valve", "meter", "bypass")
"""What cable passes at a node of a pipe; half is charged to the run on each side."""
BYPASS = "bypass:"
"""Label of nodes where cable has to leave the pipe and re-enter: links are not merged across them."""


def access_rules(points: gpd.GeoDataFrame, medium: Medium) -> tuple[IntArray, FloatArray]:
    """The access rule of each point (its number, -1: the point opens nothing) and how far it reaches, metres."""
    if not medium.access:
        return np.zeros(len(points), np.int64), np.full(len(points), ACCESS_M)
    kind = points["kind"].fillna("").astype(str).str.casefold() if "kind" in points else None
    rule = np.full(len(points), -1, np.int64)
    reach = np.zeros(len(points))
    for number, each in enumerate(medium.access):
        for word in each.words:
            named = np.ones(len(points), bool) if kind is None else kind.str.contains(word, regex=False).to_numpy(bool)
            hit = named & (rule < 0)
            rule[hit], reach[hit] = number, each.reach_m.value
    return rule, reach


def access_places(
    points: gpd.GeoDataFrame | None, lines: Lines, medium: Medium
) -> tuple[Inserts, FloatArray, IntArray, ObjectArray]:
    """Where access points open pipes.

    Returns:
        inserts keyed 0..k-1; (k, 2) positions of the nodes (each point's nearest place on a pipe); the access rule
        of each (-1 when the medium has none); its id. Points near no eligible pipe are left out.
    """
    if points is None or len(points) == 0:
        return Inserts.none(), np.empty((0, 2)), np.empty(0, np.int64), np.empty(0, dtype=object)
    rule, reach = access_rules(points, medium)
    xy = shapely.get_coordinates(shapely.centroid(points.geometry.to_numpy()))
    opens = np.flatnonzero(rule >= 0)
    order = opens[np.lexsort((reach[opens], xy[opens, 1], xy[opens, 0]))]
    inserts, distance = all_within(xy[order], lines, reach[order])
    used, key = np.unique(inserts.key, return_inverse=True)
    closest = np.lexsort((inserts.line, distance, key))
    first = closest[np.unique(key[closest], return_index=True)[1]]
    places = shapely.line_interpolate_point(lines.geometries()[inserts.line[first]], inserts.distance_m[first])
    return (
        Inserts(inserts.line, inserts.distance_m, key.astype(np.int64)),
        shapely.get_coordinates(places).reshape(len(used), 2),
        rule[order][used] if medium.access else np.full(len(used), -1, np.int64),
        points.index.to_numpy(object)[order][used],
    )


def extra_chambers(length_m: FloatArray, max_run_m: float) -> FloatArray:
    """New access chambers on runs longer than one pull: ceil(length / max_run) - 1 each."""
    return np.maximum(np.ceil(length_m / max_run_m - 1e-9) - 1.0, 0.0)


def passed_counts(noded: Noded, keys: int, rule: IntArray, medium: Medium) -> dict[str, FloatArray]:
    """Valves, meters and bypasses per node of a noded pipe layer (several points at one node add up)."""
    counts = {name: np.zeros(len(noded.node_xy)) for name in PASSED}
    at = noded.key_node[:keys]
    for number, each in enumerate(medium.access):
        mine = at[(rule == number) & (at >= 0)]
        if each.counts is not None:
            np.add.at(counts[each.counts], mine, 1.0)
    # Several obstacles in one compound are gone around together.
    counts["bypass"] = np.minimum(counts["bypass"], 1.0)
    return counts


def sharp_bends(coords: FloatArray, bend_deg: float) -> float:
    """Turns of a line sharper than `bend_deg`."""
    step = np.diff(coords, axis=0)
    step = step[np.hypot(step[:, 0], step[:, 1]) > 0]
    angle = np.degrees(np.arctan2(step[:, 1], step[:, 0]))
    turn = np.abs((np.diff(angle) + 180.0) % 360.0 - 180.0)
    return float((turn > bend_deg).sum())


def add_pipes(draft: Draft, inputs: Inputs, key: str, medium: Medium, year: int) -> tuple[Anchors, list[str]]:
    """Runs of cable through eligible pipes; each starts and ends at an access point, and only these are anchors.

    Warns where points or pipes open nothing, and where runs are left out.
    """
    pipes = inputs.water_pipes
    if pipes is None or len(pipes) == 0:
        return Anchors.none(), []
    lines = clean_lines(pipes, inputs.margin, eligible(medium, pipes, year)[0])
    if not lines.coords:
        return Anchors.none(), []
    inserts, access_xy, rule, ids = access_places(inputs.water_access, lines, medium)
    warnings = _ignored(inputs.water_access, medium)
    if not len(access_xy):
        said = f"{medium.label}: no access point lies on a pipe that can take cable, so none is used"
        return Anchors.none(), [*warnings, said]
    noded = node_lines(lines, inserts, len(access_xy), key_xy=access_xy)
    passed = passed_counts(noded, len(access_xy), rule, medium)
    open_ = np.unique(noded.key_node[noded.key_node >= 0])
    labels = np.full(len(noded.node_xy), "", dtype=object)
    for k in np.flatnonzero(noded.key_node >= 0)[::-1]:
        if passed["bypass"][noded.key_node[k]]:
            labels[noded.key_node[k]] = f"{BYPASS}{key}:{ids[k]}"
    nodes = np.full(len(noded.node_xy), -1, np.int64)
    nodes[open_] = draft.add_nodes(noded.node_xy[open_], ACCESS, labels[open_])
    rows = lines.row[noded.line]
    runs, dropped = cable_runs(noded, open_, owners(pipes, medium)[rows])
    if dropped:
        warnings.append(f"{medium.label}: {dropped:,} runs between access points far from each other are left out")
    _add_runs(draft, runs, noded, nodes, passed, ground_multiplier(medium, pipes, rows), key, medium)
    return Anchors(nodes[open_], noded.node_xy[open_]), warnings


def _add_runs(
    draft: Draft,
    runs: Runs,
    noded: Noded,
    nodes: IntArray,
    passed: dict[str, FloatArray],
    multiplier: FloatArray,
    key: str,
    medium: Medium,
) -> None:
    """Runs as edges with what they pass; what stands at an end counts half."""
    coords = runs.coords(noded)
    length = geodesic_m(coords, draft.crs)
    counts = {name: 0.5 * (at[runs.tail] + at[runs.head]) for name, at in passed.items()}
    points = np.ones(len(runs.tail))
    if medium.max_run_m is not None:
        points += extra_chambers(length, medium.max_run_m.value)
    counts |= {"km": length / 1000.0, "access-point": points}
    if medium.bend_deg is not None:
        counts["bend"] = np.array([sharp_bends(c, medium.bend_deg.value) for c in coords], float)
    draft.add_edges(
        nodes[runs.tail],
        nodes[runs.head],
        coords,
        key,
        length_m=length,
        counts=counts,
        multiplier=runs.mean(multiplier, noded),
        capacity_mbps=capacity_of(medium),
        owner=runs.owner,
    )


def _ignored(points: gpd.GeoDataFrame | None, medium: Medium) -> list[str]:
    """Points of kinds that no access rule names."""
    if points is None or not len(points):
        return []
    lost = points.loc[access_rules(points, medium)[0] < 0, "kind"].astype(str)
    if lost.empty:
        return []
    kinds = ", ".join(f"{count} {kind!r}" for kind, count in lost.value_counts().sort_index().items())
    return [f"{medium.label}: points of kinds that the catalogue does not know open no pipe ({kinds})"]
