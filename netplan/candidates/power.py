"""How far the grid is from each site, and which power supply is cheapest there."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from netplan.candidates.ground import distance_to
from netplan.candidates.hubs import settlement_places
from netplan.catalogue.schema import Catalogue, Power, Structure
from netplan.costs import Economics, price_items, total_by_row
from netplan.tables import FloatArray, Inputs


@dataclass(frozen=True)
class Supply:
    """Power of n sites: the chosen entry's id ('' where none is allowed), and whether the site can be powered."""

    power: npt.NDArray[np.object_]
    possible: npt.NDArray[np.bool_]


def grid_anchors(
    inputs: Inputs, cells: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame
) -> tuple[npt.NDArray[np.object_], str]:
    """Geometries where a site can join the grid, and the warning to print ('' if they are mapped lines).

    Mapped distribution lines if there are any. Else an assumption: settlements, facilities and populated places
    in the denser half of the populated cells have the grid.
    """
    lines = inputs.power_lines
    if lines is not None and "kind" in lines:
        mapped = np.asarray(lines.geometry.array[(lines["kind"] == "distribution").to_numpy(bool)], dtype=object)
        if len(mapped):
            return mapped, ""
    nothing = "distribution lines are not mapped and nobody lives in the area: no site is taken to be near the grid"
    if cells.empty:
        return np.zeros(0, dtype=object), nothing
    density = cells["population"].to_numpy(float) / np.maximum(cells["area_km2"].to_numpy(float), 1e-9)
    dense = cells[density >= np.median(density)]
    places, _ = settlement_places(inputs.settlements)
    places = np.vstack([places, facilities[["x_m", "y_m"]].to_numpy(float)])
    ground = np.asarray(dense.geometry.array, dtype=object)
    within = np.unique(shapely.STRtree(ground).query(shapely.points(places), predicate="intersects")[0])
    anchors = np.vstack([dense[["x_m", "y_m"]].to_numpy(float), places[within]])
    warning = (
        "ASSUMPTION: distribution lines are not mapped, so the settlements, facilities and populated places in the "
        f"denser half of the populated cells (at least {float(np.median(density)):.0f} people/km2) are taken to have "
        "the grid; the distance to the nearest of them prices each site's connection"
    )
    return np.asarray(shapely.points(anchors), dtype=object), warning


def grid_distance(anchors: npt.NDArray[np.object_], xy: FloatArray) -> FloatArray:
    """Metres from each site (n, 2) to the grid; inf if nothing is known to have it."""
    return distance_to(anchors, xy)


def typical_load_w(structure: Structure, catalogue: Catalogue, enabled: tuple[str, ...]) -> float:
    """Mean electrical load of the bare site, of the middle one of the technologies that may stand on it, and of hops:
    one, or two at a relay."""
    loads = [
        technology.load_w.value
        for technology in catalogue.technologies.values()
        if technology.id in enabled
        and structure.id in technology.structures
        and technology.load_w is not None
        # A gateway for sensors says nothing about what a site that serves people needs.
        and set(technology.serves) != {"iot"}
    ]
    hops = [
        medium.load_w.value
        for medium in catalogue.media.values()
        if medium.kind == "microwave" and medium.enabled and medium.load_w is not None
    ]
    links = (2 if structure.generator == "relay" else 1) * (np.median(hops) if hops else 0.0)
    return float(structure.base_load_w.value + (np.median(loads) if loads else 0.0) + links)


def choose_power(
    ids: npt.NDArray[np.object_],
    entries: tuple[Power, ...],
    grid_distance_m: FloatArray,
    load_w: float,
    economics: Economics,
) -> Supply:
    """The entry of least net present value for each site's load and distance to the grid.

    Entries farther from the grid than they allow are out, as are those that use the grid where its distance is not
    known, and those that the load is too large for. A hybrid of panels and a generator stands anywhere; one of grid and
    panels pays by the distance. Ties go to the entry listed first. A structure without entries needs no power.
    """
    n = len(ids)
    if not entries:
        return Supply(np.full(n, "", dtype=object), np.ones(n, dtype=bool))
    npv = np.full((len(entries), n), np.inf)
    for i, entry in enumerate(entries):
        limit = np.inf if entry.max_grid_distance_m is None else entry.max_grid_distance_m.value
        near = grid_distance_m <= limit
        if entry.kind == "grid" or any(line.per == "km" for line in entry.costs):
            near &= np.isfinite(grid_distance_m)
        if entry.max_load_w is not None:
            near &= load_w <= entry.max_load_w.value
        items = power_items(ids[near], entry, grid_distance_m[near], load_w, economics)
        npv[i, near] = total_by_row(items, pd.Index(ids[near]))
    best = npv.argmin(axis=0)
    possible = np.isfinite(npv.min(axis=0))
    names = np.array([entry.id for entry in entries], dtype=object)
    return Supply(np.where(possible, names[best], ""), possible)


def power_items(
    ids: npt.NDArray[np.object_], entry: Power, grid_distance_m: FloatArray, load_w: float, economics: Economics
) -> pd.DataFrame:
    """Priced items of one power entry: per unit, per km of distance to the grid, per watt of load."""
    km = np.where(np.isfinite(grid_distance_m), grid_distance_m, 0.0) / 1000.0
    return price_items(ids, entry.costs, {"km": km, "w": np.full(len(ids), load_w)}, economics)
