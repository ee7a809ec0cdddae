"""From clean inputs to the demand table."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from netplan.demand.community import community_rows
from netplan.demand.facilities import SAME_PLACE_M, facility_rows, sensor_rows
from netplan.demand.grid import Grid, aim_points, make_grid, people_per_cell
from netplan.demand.urban import DENSITY_PER_KM2, GRID_M, inherit, urban_clusters, within_layer
from netplan.errors import Fault, InputError
from netplan.project.schema import Project
from netplan.tables import Demand, FloatArray, Inputs

EMPTY = 1e-9
CELL_CLASSES = ("rural", "urban")
COLUMNS = [
    "class",
    "level",
    "weight",
    "population",
    "households",
    "premises",
    "demand_mbps",
    "rate_mbps",
    "baseline_share",
    "x_m",
    "y_m",
    "area_km2",
    "name",
    "geometry",
]


def build_demand(inputs: Inputs, project: Project) -> Demand:
    """Demand points of the district: populated grid cells (urban or rural), facilities, sensors.

    Where the project has `community`, each cell has a second row that asks for community service. Nothing is taken to
    be served yet: `netplan.demand.with_baseline` adds that.

    Args:
        inputs: clean layers in the project CRS.
        project: cell size, household size, urban rule, service levels, facility classes.

    Returns:
        The demand table (see `netplan.tables.Demand`), sorted by demand_id: `cell-<column>-<row>` with the grid
        indices floor(x / cell_m) and floor(y / cell_m), `community-<column>-<row>`, and `<class>-0001 …`. People are
        conserved.

    Raises:
        InputError: a service level that a cell class needs is missing, or a facility class is called like one.
    """
    _check(project)
    warnings: list[str] = []
    cells = _cell_rows(inputs, project, warnings)
    tables = [cells]
    if project.community is not None:
        tables.append(community_rows(cells, project.community, project.demand.household_size))
    for kind in sorted(project.demand.facilities):
        layer = inputs.facilities.get(kind)
        if layer is None or layer.empty:
            warnings.append(f"no facility of class {kind!r} lies in the area")
            continue
        rows, merged = facility_rows(kind, layer, project.demand.facilities[kind])
        if merged:
            warnings.append(
                f"{merged} of {len(layer)} {kind} lie within {SAME_PLACE_M:.0f} m of another and were merged"
            )
        tables.append(rows)
    if project.demand.sensors is not None:
        if inputs.sensors is None or inputs.sensors.empty:
            warnings.append("no sensor lies in the area")
        else:
            tables.append(sensor_rows(inputs.sensors, project.demand.sensors))
    points = gpd.GeoDataFrame(pd.concat(tables), geometry="geometry", crs=inputs.crs)
    points["baseline_share"] = 0.0
    points.index.name = "demand_id"
    points = points[COLUMNS].sort_index(kind="stable")
    if points.empty:
        warnings.append("there is no demand: no people and no facilities in the area")
    return Demand(points=points, warnings=tuple(warnings))


def _check(project: Project) -> None:
    faults = [
        Fault(f"netplan.yaml: service.{kind}", "missing", "give rate_mbps, busy_hour_mbps and adoption")
        for kind in CELL_CLASSES
        if kind not in project.service
    ]
    faults += [
        Fault(
            f"netplan.yaml: demand.facilities.{kind}", "the name of a class of cells", "call the facilities otherwise"
        )
        for kind in CELL_CLASSES
        if kind in project.demand.facilities
    ]
    if faults:
        raise InputError(faults)


def _cell_rows(inputs: Inputs, project: Project, warnings: list[str]) -> gpd.GeoDataFrame:
    """Demand rows of the populated cells, without baseline_share; appends to `warnings`."""
    cell_m = float(project.demand.cell_m)
    exclusions = np.asarray(inputs.exclusions.geometry.array, dtype=object)
    grid = make_grid(inputs.area, exclusions, cell_m)
    moved = people_per_cell(grid, inputs.population, inputs.area)
    aim = aim_points(grid, inputs.population, inputs.settlements)
    urban = _urban(inputs, project, grid, moved.per_cell, aim, exclusions)
    warnings += _cell_warnings(inputs, project, moved.in_exclusions, bool(urban[moved.per_cell >= EMPTY].any()))
    keep = moved.per_cell >= EMPTY
    people, aim, urban = moved.per_cell[keep], aim[keep], urban[keep]
    service = {kind: project.service[kind] for kind in CELL_CLASSES}
    by_class = {
        key: np.where(urban, getattr(service["urban"], key), getattr(service["rural"], key))
        for key in ("rate_mbps", "busy_hour_mbps", "adoption")
    }
    households = people / project.demand.household_size
    premises = households * by_class["adoption"]
    ids = [f"cell-{c:04d}-{r:04d}" for c, r in zip(grid.column[keep], grid.row[keep], strict=True)]
    return gpd.GeoDataFrame(
        {
            "class": np.where(urban, "urban", "rural"),
            "level": "household",
            "weight": people,
            "population": people,
            "households": households,
            "premises": premises,
            "demand_mbps": premises * by_class["busy_hour_mbps"],
            "rate_mbps": by_class["rate_mbps"].astype(float),
            "x_m": aim[:, 0],
            "y_m": aim[:, 1],
            "area_km2": np.asarray(shapely.area(grid.inside[keep])) / 1e6,
            "name": place_names(aim, inputs.settlements),
        },
        index=pd.Index(ids, name="demand_id", dtype=object),
        geometry=grid.inside[keep],
        crs=inputs.crs,
    )


def _urban(
    inputs: Inputs,
    project: Project,
    grid: Grid,
    people: FloatArray,
    aim: FloatArray,
    exclusions: npt.NDArray[np.object_],
) -> npt.NDArray[np.bool_]:
    if inputs.urban is not None:
        return within_layer(aim, inputs.urban)
    density = DENSITY_PER_KM2.get(project.demand.urban)
    if density is None:
        place = "netplan.yaml: demand.urban"
        raise InputError(Fault(place, project.demand.urban, f"name a polygon layer, or {' or '.join(DENSITY_PER_KM2)}"))
    if grid.cell_m == GRID_M:
        return urban_clusters(grid, people, density)
    coarse = make_grid(inputs.area, exclusions, GRID_M)
    clusters = urban_clusters(coarse, people_per_cell(coarse, inputs.population, inputs.area).per_cell, density)
    return inherit(grid, coarse, clusters)


def _cell_warnings(inputs: Inputs, project: Project, in_exclusions: float, any_urban: bool) -> list[str]:
    found = []
    polygons = inputs.population.geometry[shapely.get_dimensions(inputs.population.geometry.array) == 2]
    cell_m = project.demand.cell_m
    if len(polygons):
        pixel_m = float(np.sqrt(np.median(polygons.area)))
        if pixel_m > 1.05 * cell_m:
            found.append(
                f"the planning cell ({cell_m:.0f} m) is finer than the population data ({pixel_m:.0f} m): "
                "people are spread evenly inside each pixel"
            )
    if in_exclusions >= 0.5:
        found.append(
            f"{in_exclusions:.0f} people are counted where the whole pixel is excluded ground; "
            "they stay where the data put them"
        )
    if not any_urban and "urban" in project.targets:
        found.append("targets.urban has nobody to count: no cell of the area is urban by demand.urban")
    return found


def place_names(aim: FloatArray, settlements: gpd.GeoDataFrame | None) -> npt.NDArray[np.object_]:
    """Name of the settlement nearest to each aim point (n, 2) ('' where none is known)."""
    names = np.full(len(aim), "", dtype=object)
    if settlements is None or settlements.empty or "name" not in settlements or not len(aim):
        return names
    label = settlements["name"].fillna("").astype(str).to_numpy()
    geometry = np.asarray(settlements.geometry.array, dtype=object)
    centre = shapely.centroid(geometry)
    order = np.lexsort((label.astype(str), shapely.get_y(centre), shapely.get_x(centre)))
    order = order[label[order] != ""]
    if not len(order):
        return names
    point, place = shapely.STRtree(geometry[order]).query_nearest(shapely.points(aim))
    # Of equally near places the first in (x, y) order.
    which, at = np.unique(np.sort(point * len(order) + place) // len(order), return_index=True)
    names[which] = label[order][np.sort(point * len(order) + place)[at] % len(order)]
    return names
