"""Hubs at schools, clinics and villages, and cabinets where people live densely."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from netplan.candidates.ground import is_free
from netplan.candidates.proposals import Proposals, people_within, propose, thin
from netplan.tables import FloatArray, Inputs

SAME_COMPOUND_M = 200.0
NEAR_M = 5000.0
PER_FACILITY = 0.05
"""What each facility of a compound adds to its score, in parts of the best place's people."""
CABINET_DENSITY_PER_KM2 = 1000.0
CABINET_SPACING_M = 600.0
LEAST_GROUND = 0.25
"""Share of a whole cell below which its density is not computed on less ground: a sliver is no town."""


def facility_hubs(inputs: Inputs, cells: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, spacing_m: float) -> Proposals:
    """Hubs at facilities, the places with most people around first, `spacing_m` apart.

    Facilities within 200 m are one compound: they always share a hub, at the best of them.
    """
    xy = facilities[["x_m", "y_m"]].to_numpy(float)
    name = facilities["name"].to_numpy(object)
    free = is_free(xy, inputs.area, inputs.exclusions)
    xy, name = xy[free], name[free]
    if not len(xy):
        return propose(np.zeros((0, 2)))
    people = people_within(xy, *_people(cells), spacing_m)
    neighbours = np.array([len(found) for found in cKDTree(xy).query_ball_point(xy, SAME_COMPOUND_M)])
    score = people / max(float(people.max()), 1e-9) + PER_FACILITY * neighbours
    chosen = thin(xy, score, max(spacing_m, SAME_COMPOUND_M))
    return propose(xy[chosen], name[chosen], score[chosen])


def village_hubs(inputs: Inputs, cells: gpd.GeoDataFrame, spacing_m: float, taken: FloatArray) -> Proposals:
    """Hubs in settlements (in populated cells where none are known), `spacing_m` apart and from `taken` (k, 2)."""
    xy, name = settlement_places(inputs.settlements)
    if not len(xy):
        xy, name = cells[["x_m", "y_m"]].to_numpy(float), cells["name"].to_numpy(object)
    free = is_free(xy, inputs.area, inputs.exclusions)
    xy, name = xy[free], name[free]
    people = people_within(xy, *_people(cells), spacing_m)
    xy, name, people = xy[people > 0], name[people > 0], people[people > 0]
    chosen = thin(xy, people, spacing_m, taken)
    return propose(xy[chosen], name[chosen], people[chosen])


def cabinets(inputs: Inputs, cells: gpd.GeoDataFrame, cell_m: float) -> Proposals:
    """One cabinet in each urban cell and each cell of at least 1000 people/km² (600 m apart if cells are small).

    Equipment of copper and coax must stand on its line: where one passes within half a cell of such a cell's point,
    the nearest point on it is proposed too.
    """
    ground_km2 = np.maximum(cells["area_km2"].to_numpy(float), LEAST_GROUND * (cell_m / 1000.0) ** 2)
    density = cells["population"].to_numpy(float) / ground_km2
    dense = (density >= CABINET_DENSITY_PER_KM2) | (cells["class"] == "urban").to_numpy(bool)
    xy = cells[["x_m", "y_m"]].to_numpy(float)
    rows = np.flatnonzero(dense & is_free(xy, inputs.area, inputs.exclusions))
    people, name = cells["population"].to_numpy(float), cells["name"].to_numpy(object)
    chosen = rows[thin(xy[rows], people[rows], CABINET_SPACING_M)]
    found_xy, found_row = [xy[chosen]], [chosen]
    for layer in (inputs.copper, inputs.coax):
        on_line, row = _on_lines(xy, np.flatnonzero(dense), layer, cell_m / 2.0)
        free = is_free(on_line, inputs.area, inputs.exclusions)
        on_line, row = on_line[free], row[free]
        kept = thin(on_line, people[row], CABINET_SPACING_M)
        found_xy.append(on_line[kept])
        found_row.append(row[kept])
    every = np.concatenate(found_row)
    return propose(np.vstack(found_xy), name[every], people[every])


def _on_lines(
    xy: FloatArray, rows: npt.NDArray[np.int64], lines: gpd.GeoDataFrame | None, within_m: float
) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Nearest points (k, 2) on the lines of those rows that have one within a distance, and their rows."""
    if lines is None or lines.empty or not len(rows):
        return np.zeros((0, 2)), np.zeros(0, np.int64)
    every = shapely.union_all(np.asarray(lines.geometry.array, dtype=object))
    link = shapely.shortest_line(shapely.points(xy[rows]), every)
    near = shapely.length(link) <= within_m
    return np.asarray(shapely.get_coordinates(shapely.get_point(link[near], -1))), rows[near]


def settlement_places(settlements: gpd.GeoDataFrame | None) -> tuple[FloatArray, npt.NDArray[np.object_]]:
    """Point (n, 2) and name of each settlement, by (x, y): a polygon's centroid, or a point on it if outside."""
    if settlements is None or settlements.empty:
        return np.zeros((0, 2)), np.zeros(0, dtype=object)
    geometry = np.asarray(settlements.geometry.array, dtype=object)
    centre = np.asarray(shapely.centroid(geometry), dtype=object)
    outside = (shapely.get_dimensions(geometry) == 2) & ~np.asarray(shapely.intersects(geometry, centre), dtype=bool)
    centre[outside] = shapely.point_on_surface(geometry[outside])
    xy = np.column_stack([shapely.get_x(centre), shapely.get_y(centre)])
    blank = np.full(len(xy), "", dtype=object)
    name = settlements["name"].fillna("").astype(str).to_numpy(object) if "name" in settlements else blank
    order = np.lexsort((name.astype(str), xy[:, 1], xy[:, 0]))
    return xy[order], name[order]


def name_blank(found: Proposals, settlements: gpd.GeoDataFrame | None) -> Proposals:
    """The proposals, those without a name called after the nearest settlement within 5 km."""
    places, labels = settlement_places(settlements)
    places, labels = places[labels != ""], labels[labels != ""]
    if not len(places) or not len(found):
        return found
    distance, nearest = cKDTree(places).query(found.xy)
    named = np.array([f"near {label}" for label in labels], dtype=object)[nearest]
    return replace(found, name=np.where((found.name == "") & (distance <= NEAR_M), named, found.name))


def _people(cells: gpd.GeoDataFrame) -> tuple[FloatArray, FloatArray]:
    return cells[["x_m", "y_m"]].to_numpy(float), cells["population"].to_numpy(float)
