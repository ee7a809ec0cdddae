"""Satellite beams: squares aligned to the map grid, each with the capacity of its part of the planning area."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from netplan.catalogue.schema import Technology
from netplan.radio.shapes import IntArray
from netplan.tables import FloatArray

BEAM_SIDE_M = 16_000.0
"""Side of a beam. Assumption: about the size of a cell of today's low-orbit constellations (15-24 km across); it sets
how locally capacity per km2 binds, not how much there is."""


def beam_of(xy_m: FloatArray) -> IntArray:
    """Beam indices (n, 2) of map points (n, 2)."""
    return np.floor(np.asarray(xy_m, float) / BEAM_SIDE_M).astype(np.int64)


def is_wide(technology: Technology) -> bool:
    """Whether it stands still over an area wider than a district: a geostationary satellite or a platform."""
    return technology.sky is not None and technology.sky.orbit != "low"


def one_beam(area: BaseGeometry) -> gpd.GeoDataFrame:
    """The whole area as one beam, `beam-0-0`, in the columns of `beams_over`: for what stands still over it."""
    centre = shapely.centroid(area)
    columns = {"i": [0], "j": [0], "area_km2": [shapely.area(area) / 1e6], "x_m": [centre.x], "y_m": [centre.y]}
    return gpd.GeoDataFrame(columns, index=["beam-0-0"], geometry=[centre])


def beams_over(area: BaseGeometry) -> gpd.GeoDataFrame:
    """Beams that touch the area: index `beam-<i>-<j>`; `i`, `j`, `area_km2` inside, `x_m`, `y_m` (centroid inside)."""
    left, bottom, right, top = area.bounds
    (i0, j0), (i1, j1) = beam_of(np.array([[left, bottom], [right, top]]))
    i, j = (axis.ravel() for axis in np.meshgrid(np.arange(i0, i1 + 1), np.arange(j0, j1 + 1), indexing="ij"))
    squares = shapely.box(i * BEAM_SIDE_M, j * BEAM_SIDE_M, (i + 1) * BEAM_SIDE_M, (j + 1) * BEAM_SIDE_M)
    inside = shapely.intersection(squares, area)
    size_km2 = shapely.area(inside) / 1e6
    keep = size_km2 > 0
    centre = shapely.centroid(inside[keep])
    return gpd.GeoDataFrame(
        {
            "i": i[keep],
            "j": j[keep],
            "area_km2": size_km2[keep],
            "x_m": shapely.get_x(centre),
            "y_m": shapely.get_y(centre),
        },
        index=[f"beam-{a}-{b}" for a, b in zip(i[keep], j[keep], strict=True)],
        geometry=centre,
    )
