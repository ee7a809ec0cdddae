"""Rules of cable in pipes: on eligible pipe only, in and out at access points only, around what cannot be passed."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from netplan.verify.finding import Finding, where
from netplan.verify.lines import medium_kinds
from netplan.verify.reading import Written
from netplan.verify.water import read_pipes, read_points

BESIDE_M = 3.0
"""Cable this near to an eligible pipe lies in it: coordinates are rounded and reprojected."""
NEAR_M = 1.5
Entry = dict[str, Any]


def check_pipes(written: Written) -> list[Finding]:
    """Everything about links in pipes, from the project's own water network."""
    links = written.links[medium_kinds(written) == "pipe"]
    if links.empty:
        return []
    findings = _end_kinds(written, links)
    pipes, more = read_pipes(written)
    points, others = read_points(written, pipes)
    findings += [*more, *others]
    if more or others:
        return findings
    for medium, mine in links.groupby("medium"):
        entry = written.entry("media", str(medium))
        fit = fit_pipes(entry, pipes, int(written.economics["price_year"]))
        network = shapely.union_all(pipes.geometry.to_numpy()[fit])
        rule, reach = _rules(entry, points)
        findings += [
            *_on_pipe(mine, network, float(reach.max(initial=5.0))),
            *_at_points(written, mine, points, reach),
            *_around(written, mine, points, entry, network, rule, reach),
        ]
    return findings


def _end_kinds(written: Written, links: gpd.GeoDataFrame) -> list[Finding]:
    """Both ends are nodes of kind access-point."""
    kinds = written.kinds()
    findings = []
    for column in ("from_node", "to_node"):
        kind = kinds.reindex(links[column]).fillna("").to_numpy(object)
        findings += where(
            kind != "access-point",
            "access-point",
            "links",
            links["link_id"],
            links[column],
            "an end of kind access-point",
        )
    return findings


def fit_pipes(entry: Entry, pipes: gpd.GeoDataFrame, year: int) -> npt.NDArray[np.bool_]:
    """Pipes that the medium's own rules let cable into."""
    limits: Entry = entry.get("eligibility") or {}
    unstated: dict[str, str] = limits.get("unstated") or {}

    def known(values: npt.NDArray[np.bool_], criterion: str) -> npt.NDArray[np.bool_]:
        """Rows that state it, or need not."""
        strict = unstated.get(criterion, "refuse" if criterion in ("diameter", "material") else "accept") == "refuse"
        return np.asarray(values | (not strict), bool)

    def least(column: str, key: Entry | None, criterion: str) -> npt.NDArray[np.bool_]:
        if key is None:
            return np.ones(len(pipes), bool)
        values = pipes[column].to_numpy(float)
        given = ~np.isnan(values)
        low = given & (np.nan_to_num(values) < float(key["value"]))
        return np.asarray(known(np.asarray(given), criterion) & ~low, bool)

    def free_of(column: str, words: dict[str, str]) -> npt.NDArray[np.bool_]:
        text = pipes[column].astype(str).str.casefold()
        hit = np.zeros(len(pipes), bool)
        for word in words:
            hit |= text.str.contains(word.casefold(), regex=False).to_numpy(bool)
        return ~hit

    material = pipes["material"].astype(str).str.upper()
    listed = material.isin([str(m).upper() for m in entry.get("materials") or []]).to_numpy(bool)
    named = (material != "").to_numpy(bool)
    made = (known(named, "material") & (listed | ~named)) if entry.get("materials") else np.ones(len(pipes), bool)
    made &= ~material.isin([str(m).upper() for m in limits.get("refused_materials") or {}]).to_numpy(bool)
    age: Entry | None = limits.get("max_age_years")
    oldest = None if age is None else {"value": year - float(age["value"])}
    lining = pipes["lining"].astype(str).to_numpy(object) != ""
    return np.asarray(
        least("diameter_mm", entry.get("min_diameter_mm"), "diameter")
        & made
        & least("pressure_class_bar", limits.get("min_pressure_class_bar"), "pressure")
        & least("year", oldest, "year")
        & free_of("lining", limits.get("refused_linings") or {})
        & known(np.asarray(lining), "lining")
        & free_of("status", limits.get("refused_status") or {})
        & pipes["water"].isin(limits.get("water") or ["potable", "raw"]).to_numpy(bool)
    )


def _rules(entry: Entry, points: gpd.GeoDataFrame) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Access rule and reach of each point; -1 and 0 for a point that opens nothing."""
    access: list[Entry] = list(entry.get("access") or [])
    if not access:
        return np.zeros(len(points), np.int64), np.full(len(points), 5.0)
    rule, reach = np.full(len(points), -1, np.int64), np.zeros(len(points))
    for row, kind in enumerate(points["kind"].astype(str)):
        for number, each in enumerate(access):
            if any(word in kind for word in each["words"]):
                rule[row], reach[row] = number, float(each["reach_m"]["value"])
                break
    return rule, reach


def _on_pipe(links: gpd.GeoDataFrame, network: BaseGeometry, reach: float) -> list[Finding]:
    """A link leaves the eligible pipes for no longer than it takes to cross the compound of an access point."""
    corridor = shapely.buffer(network, BESIDE_M)
    shapely.prepare(corridor)
    off = np.zeros(len(links))
    for k, line in enumerate(links.geometry):
        if not shapely.covers(corridor, line):
            pieces = shapely.get_parts([shapely.difference(line, corridor)])
            off[k] = float(shapely.length(pieces).max(initial=0.0))
    return where(
        off > 2 * reach + BESIDE_M, "pipe", "links", links["link_id"], off, "no metre off pipes that may take cable"
    )


def _at_points(
    written: Written, links: gpd.GeoDataFrame, points: gpd.GeoDataFrame, reach: npt.NDArray[np.float64]
) -> list[Finding]:
    """The ends stand at points of the project where the medium may enter or leave."""
    used = set(links["from_node"]) | set(links["to_node"])
    nodes = written.nodes[written.nodes["node_id"].isin(used) & (written.nodes["kind"] == "access-point")]
    places = nodes.geometry.to_numpy()
    opens = reach > 0
    spots, radius = points.geometry.to_numpy()[opens], reach[opens] + NEAR_M
    apart = np.array([float((shapely.distance(spots, place) - radius).min(initial=np.inf)) for place in places])
    return where(
        apart > 0, "access-point", "nodes", nodes["node_id"], apart, "within reach of an access point (m beyond)"
    )


def _around(
    written: Written,
    links: gpd.GeoDataFrame,
    points: gpd.GeoDataFrame,
    entry: Entry,
    network: BaseGeometry,
    rule: npt.NDArray[np.int64],
    reach: npt.NDArray[np.float64],
) -> list[Finding]:
    """No link passes a pump or closed valve; where it begins or ends at one, half of going around it is paid."""
    access: list[Entry] = list(entry.get("access") or [])
    blocks = np.array([r >= 0 and bool(access) and access[r].get("counts") == "bypass" for r in rule], bool)
    if not blocks.any():
        return []
    spots, radius = points.geometry.to_numpy()[blocks], reach[blocks]
    kinds = points["kind"].to_numpy(object)[blocks]
    place = written.by_id("nodes").geometry
    paid = written.costs[(written.costs["layer"] == "links") & (written.costs["unit"] == "bypass")]
    charged = pd.Series(paid.groupby("row_id")["quantity"].max())
    priced = any(line["per"] == "bypass" for line in entry.get("costs", []))
    findings: list[Finding] = []
    for row in links.itertuples():
        along = shapely.line_locate_point(row.geometry, spots)
        near = shapely.distance(spots, row.geometry) <= radius
        inside = near & (along > radius + NEAR_M) & (along < row.geometry.length - radius - NEAR_M)
        findings += where(
            inside, "obstacle", "links", [row.link_id] * len(spots), kinds, "the cable outside the pipe here"
        )
        stands = shapely.shortest_line(network, spots[near])
        stands = shapely.get_point(stands, 0)
        ends = [place[row.from_node], place[row.to_node]]
        due = 0.5 * sum(bool((shapely.distance(stands, end) <= NEAR_M).any()) for end in ends) if near.any() else 0.0
        if priced and due > float(charged.get(row.link_id, 0.0)) + 1e-6:
            have = str(charged.get(row.link_id, 0.0))
            findings.append(Finding("obstacle", "links", str(row.link_id), f"{have} bypasses paid", f"{due:g}"))
    return findings
