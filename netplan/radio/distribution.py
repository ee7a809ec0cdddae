"""How much cable a fibre cabinet needs to pass the premises within its reach."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from netplan.radio.shapes import DISC_SEGMENTS
from netplan.tables import FloatArray

TREE_CONSTANT = 0.6331
"""Length of a minimum spanning tree of n points scattered over an area A is about 0.6331 sqrt(n A)
(Cortina-Borja and Robinson 2000)."""


def road_length_m(sites_xy: FloatArray, roads: gpd.GeoDataFrame | None, reach_m: float) -> FloatArray:
    """Road length within reach of each site, clipped to the reach disc; 0 without roads. Shape (n,)."""
    total = np.zeros(len(sites_xy))
    if roads is None or roads.empty or not len(sites_xy):
        return total
    lines = np.asarray(roads.geometry.array)
    discs = shapely.buffer(shapely.points(sites_xy), reach_m, quad_segs=DISC_SEGMENTS)
    site, line = shapely.STRtree(lines).query(discs, predicate="intersects")
    order = np.lexsort((line, site))
    site, line = site[order], line[order]
    shapely.prepare(discs)
    inside = shapely.contains_properly(discs[site], lines[line])
    length = shapely.length(lines[line])
    length[~inside] = shapely.length(shapely.intersection(lines[line[~inside]], discs[site[~inside]]))
    # Sorted lengths: the sum does not depend on the order of the roads.
    order = np.lexsort((length, site))
    np.add.at(total, site[order], length[order])
    return total


def distribution_km(
    road_m: FloatArray, households: FloatArray, area_m2: float, premises_share: FloatArray
) -> FloatArray:
    """Distribution cable of each cabinet in km: along the roads, but never more than a tree through the homes needs.

    Args:
        road_m: n road lengths within reach; 0 where there are none (then the tree alone counts).
        households: n numbers of homes within reach.
        area_m2: of the reach disc.
        premises_share: n shares of the homes that the cabinet has ports for; it is built out to those only.
    """
    tree_m = TREE_CONSTANT * np.sqrt(np.maximum(households, 1.0) * area_m2)
    length_m = np.where(road_m > 0, np.minimum(road_m, tree_m), tree_m)
    return np.asarray(length_m * np.minimum(premises_share, 1.0) / 1000.0)
