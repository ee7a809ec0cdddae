"""Which cells are urban: the Degree of Urbanisation on a fixed 1 km grid, or the planner's own polygons.

Source of the method: Eurostat, ILO, FAO, OECD, UN-Habitat, World Bank (2021), *Applying the Degree of
Urbanisation*, with the thresholds of the project file's documentation.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy import ndimage

from netplan.demand.grid import Grid, boxes
from netplan.tables import FloatArray

GRID_M = 1000.0
DENSITY_PER_KM2 = {"degurba": 1500.0, "degurba-1": 300.0}
CLUSTER_PEOPLE = 5000.0
LEAST_GROUND = 0.25
"""Share of a 1 km cell below which its density is not computed on less ground: a settlement on a sliver of the
area is no town."""


def urban_clusters(grid: Grid, people: FloatArray, density_per_km2: float) -> npt.NDArray[np.bool_]:
    """Cells of the 1 km grid in a cluster (8 neighbours) dense enough and with at least 5,000 people.

    Density counts the ground inside the area and outside exclusions. Shape (n,).
    """
    if not len(people):
        return np.zeros(0, dtype=bool)
    whole = (grid.cell_m / 1000.0) ** 2
    land_km2 = np.maximum(np.asarray(shapely.area(grid.land)) / 1e6, LEAST_GROUND * whole)
    dense = people / land_km2 >= density_per_km2
    column, row = grid.column - grid.column.min(), grid.row - grid.row.min()
    raster = np.zeros((int(column.max()) + 1, int(row.max()) + 1), dtype=bool)
    raster[column, row] = dense
    label, count = ndimage.label(raster, structure=np.ones((3, 3)))
    cluster = label[column, row]
    total = np.bincount(cluster, weights=people, minlength=count + 1)
    # A millionth of a person is rounding, not a reason to miss the threshold.
    return np.asarray(dense & (total[cluster] >= CLUSTER_PEOPLE - 1e-6))


def inherit(grid: Grid, coarse: Grid, urban: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Cells of which more than half the ground lies in urban 1 km cells. Shape (n,)."""
    if not urban.any():
        return np.zeros(len(grid.column), dtype=bool)
    town = shapely.union_all(boxes(coarse.column[urban], coarse.row[urban], coarse.cell_m))
    share = shapely.area(shapely.intersection(grid.inside, town)) / shapely.area(grid.inside)
    return np.asarray(share > 0.5)


def within_layer(aim: FloatArray, layer: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    """Whether each aim point (n, 2) lies in a polygon of the planner's urban layer."""
    urban = np.zeros(len(aim), dtype=bool)
    polygons = np.asarray(layer.geometry.array, dtype=object)
    point, _ = shapely.STRtree(polygons).query(shapely.points(aim), predicate="intersects")
    urban[point] = True
    return urban
