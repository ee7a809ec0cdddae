"""What the project forbids, forces and imposes, and how much a shared mast takes: on tables and on arrays.

Candidates that may not be built are taken out before the arrays are made, so nothing can choose them. What must be
built or served, and the load of masts, become limit rows and penalties of the problem.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from netplan.catalogue.schema import Catalogue, Lever
from netplan.errors import Fault, InputError
from netplan.loading import dishes_limit, systems_limit
from netplan.problem.assemble import Indexed
from netplan.tables import Backhaul, Demand, Inputs, Options, Sites

BoolArray = npt.NDArray[np.bool_]
SHOWN = 3


@dataclass(frozen=True)
class Named:
    """Rows that a list of ids names, one mask a table."""

    sites: BoolArray
    options: BoolArray
    edges: BoolArray
    demand: BoolArray


def named(ids: Sequence[str], demand: Demand, sites: Sites, options: Options, backhaul: Backhaul, place: str) -> Named:
    """The rows that ids name: of sites, equipment, links or demand; a place's name stands for its demand rows.

    Raises:
        InputError: ids that nothing here has, all at once.
    """
    wanted = pd.Index(ids)
    places = demand.points["name"].fillna("").astype(str).str.casefold()
    spoken = pd.Index([key.casefold() for key in ids if key])
    tables = (sites.points.index, options.table.index, backhaul.edges.index, demand.points.index)
    masks = [np.asarray(index.isin(wanted), bool) for index in tables]
    known = set().union(*(set(index[mask]) for index, mask in zip(tables, masks, strict=True)))
    known_places = set(places)
    lost = [key for key in ids if key not in known and (not key or key.casefold() not in known_places)]
    if lost:
        shown = ", ".join(str(key) for index in (tables[0], tables[2], tables[3]) for key in index[:SHOWN])
        to_do = (
            f"use ids of a plan of this scenario (here e.g. {shown}) or the name of a place; link ids differ between"
        )
        raise InputError(
            Fault(place, f"no site, link, equipment, demand row or place {key!r}", f"{to_do} scenarios") for key in lost
        )
    people = masks[3] | (places.isin(spoken) & ~places.isin(known)).to_numpy(bool)
    return Named(masks[0], masks[1], masks[2], people)


def without(gone: Named, sites: Sites, options: Options, backhaul: Backhaul) -> tuple[Options, Backhaul]:
    """Options and links without those that are gone, or that need a site that is gone."""
    lost = set(sites.points.index[gone.sites])
    keep_option = ~(gone.options | options.table["site_id"].isin(lost).to_numpy(bool))
    needs = backhaul.edges["site_a"].isin(lost) | backhaul.edges["site_b"].isin(lost)
    keep_edge = ~(gone.edges | needs.to_numpy(bool))
    table, edges = options.table[keep_option], backhaul.edges[keep_edge]
    groups = [tuple(key for key in group if key in table.index) for group in options.exclusive]
    return (
        replace(
            options,
            table=table,
            items=options.items[options.items["row_id"].isin(table.index)],
            service=options.service[options.service["option_id"].isin(table.index)],
            exclusive=tuple(group for group in groups if len(group) > 1),
        ),
        replace(backhaul, edges=edges, items=backhaul.items[backhaul.items["row_id"].isin(edges.index)]),
    )


def unserved(gone: BoolArray, demand: Demand, options: Options) -> Options:
    """Options that serve nobody of these demand rows."""
    lost = demand.points.index[gone]
    return replace(options, service=options.service[~options.service["demand_id"].isin(lost)])


def banned(
    imposed: Sequence[Lever], inputs: Inputs, sites: Sites, backhaul: Backhaul, catalogue: Catalogue, options: Options
) -> Named:
    """New sites and cable that imposed levers do not allow: too near to what must be used instead."""
    away = np.zeros(len(sites.points), bool)
    cut = np.zeros(len(backhaul.edges), bool)
    for lever in imposed:
        layer = getattr(inputs, (lever.layer or ".").split(".")[1], None)
        if layer is None or not len(layer):
            continue
        shapes = shapely.force_2d(np.asarray(layer.geometry.array, dtype=object))
        for ban in lever.imposed:
            if ban.what == "sites":
                kinds = sites.points["structure"].map(lambda key: catalogue.structures[key].generator)
                near = _near(sites.points, shapes, ban.within_m.value)
                away |= near & kinds.isin(ban.kinds).to_numpy(bool) & (sites.points["status"] == "new").to_numpy(bool)
            else:
                kinds = backhaul.edges["medium"].map(lambda key: catalogue.media[key].kind)
                mine = kinds.isin(ban.kinds).to_numpy(bool) & (backhaul.edges["status"] == "new").to_numpy(bool)
                most = 0.0 if ban.share is None else ban.share.value
                cut[mine] |= share_near(backhaul.edges[mine], shapes, ban.within_m.value) > most
    return Named(away, np.zeros(len(options.table), bool), cut, np.zeros(0, bool))


def _near(points: gpd.GeoDataFrame, shapes: npt.NDArray[np.object_], within_m: float) -> BoolArray:
    found = np.zeros(len(points), bool)
    rows, _ = shapely.STRtree(shapes).query(np.asarray(points.geometry.array), predicate="dwithin", distance=within_m)
    found[np.unique(rows)] = True
    return found


def share_near(lines: gpd.GeoDataFrame, shapes: npt.NDArray[np.object_], within_m: float) -> npt.NDArray[np.float64]:
    """Share (0–1) of each line's length that lies within a distance of the shapes; 0 for a line without length."""
    geometry = np.asarray(lines.geometry.array, dtype=object)
    share = np.zeros(len(geometry))
    pairs = shapely.STRtree(shapes).query(geometry, predicate="dwithin", distance=within_m)
    length = shapely.length(geometry)
    for row in np.unique(pairs[0]):
        if length[row] > 0:
            ground = shapely.union_all(shapely.buffer(shapes[pairs[1][pairs[0] == row]], within_m))
            share[row] = shapely.intersection(geometry[row], ground).length / length[row]
    return share


def limits(
    indexed: Indexed, forced: Named | None, sites: Sites, options: Options, backhaul: Backhaul, catalogue: Catalogue
) -> Indexed:
    """The problem with what must be built or served, with the load of shared masts and the dishes of poles and roofs.

    Adds one limit row for each forced site, option and link (at least 1), one for each mast on which more systems could
    be mounted than it takes (at most that many); forced demand may not be left unserved. Sites at which more hops could
    end than they carry dishes are noted beside the arrays.
    """
    rows: list[tuple[str, npt.NDArray[np.int64], float, float]] = []
    arrays = dict(indexed.arrays)
    if forced is not None:
        for field, mask in (
            ("limit_site", forced.sites),
            ("limit_option", forced.options),
            ("limit_edge", forced.edges),
        ):
            rows += [(field, np.array([column]), 1.0, np.inf) for column in np.flatnonzero(mask)]
        must = forced.demand[indexed.parts.row] & (indexed.remaining > 1e-9)
        if must.any():
            arrays["demand_penalty"] = np.where(must, np.inf, 0.0)
    rows += [("limit_option", columns, -np.inf, most) for columns, most in _loads(sites, options, catalogue.levers)]
    dishes = tuple(_dishes(sites, backhaul, catalogue))
    return replace(indexed, arrays=arrays | (_with_rows(arrays, rows) if rows else {}), dishes=dishes)


def _loads(sites: Sites, options: Options, levers: Mapping[str, Lever]) -> list[tuple[npt.NDArray[np.int64], float]]:
    """(options of a mast, how many it takes) where more could be mounted than that. Order of the sites' ids."""
    found = []
    of_site = options.table["site_id"]
    limit = systems_limit(sites.points, levers)
    for site, columns in pd.Series(np.arange(len(of_site))).groupby(of_site.to_numpy(object), sort=True):
        most = float(limit.get(site, np.inf))
        if len(columns) > most:
            found.append((columns.to_numpy(np.int64), most))
    return found


def _dishes(sites: Sites, backhaul: Backhaul, catalogue: Catalogue) -> list[tuple[npt.NDArray[np.int64], float]]:
    """(hops at a site, how many dishes it carries) where more could end there than that. Order of the sites' ids.

    Hops of several radios between the same two sites are as many dishes.
    """
    edges = backhaul.edges
    kinds = edges["medium"].map({key: medium.kind for key, medium in catalogue.media.items()})
    hops = np.flatnonzero((kinds == "microwave").to_numpy(bool))
    ends = edges.iloc[hops][["site_a", "site_b"]].to_numpy(object)
    limit = dishes_limit(sites.points, catalogue.structures)
    limit = limit[np.isfinite(limit)]
    column, site = np.repeat(hops, 2), pd.Series(ends.reshape(-1), dtype=object)
    limited = site.isin(limit.index).to_numpy(bool)
    found = []
    for name, columns in pd.Series(column[limited]).groupby(site[limited].to_numpy(object), sort=True):
        if len(columns) > limit[name]:
            found.append((columns.to_numpy(np.int64), float(limit[name])))
    return found


def _with_rows(
    arrays: Mapping[str, Any], rows: Sequence[tuple[str, npt.NDArray[np.int64], float, float]]
) -> dict[str, Any]:
    """The limit arrays with rows added behind those that are there."""
    first = len(arrays.get("limit_lower", ()))
    out: dict[str, Any] = {
        "limit_lower": np.append(arrays.get("limit_lower", np.zeros(0)), [row[2] for row in rows]),
        "limit_upper": np.append(arrays.get("limit_upper", np.zeros(0)), [row[3] for row in rows]),
    }
    nothing = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    for field in ("limit_option", "limit_site", "limit_edge"):
        old = arrays.get(field, nothing)
        mine = [(first + k, row[1]) for k, row in enumerate(rows) if row[0] == field]
        if not mine and field not in arrays:
            continue
        row = np.concatenate([old[0], *(np.full(len(columns), k) for k, columns in mine)]).astype(np.int64)
        column = np.concatenate([old[1], *(columns for _, columns in mine)]).astype(np.int64)
        out[field] = (row, column, np.append(old[2], np.ones(len(row) - len(old[0]))))
    return out
