"""People: pixels or settlements, and how their number is brought to the price year."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from netplan.inputs.aliases import find_column, to_number
from netplan.inputs.door import Door, Source
from netplan.inputs.vector import single_points
from netplan.project.schema import DemandSpec
from netplan.tables import FloatArray

ROWS_SHOWN = 5


def share_inside(frame: gpd.GeoDataFrame, area: BaseGeometry) -> FloatArray:
    """Share of each pixel, polygon or point that lies in `area` (0–1)."""
    geometry = frame.geometry.to_numpy()
    shapely.prepare(area)
    share: FloatArray = shapely.covers(area, geometry).astype(float)
    polygon = shapely.get_dimensions(geometry) == 2
    partial = polygon & (share == 0) & shapely.intersects(area, geometry)
    share[partial] = shapely.area(shapely.intersection(geometry[partial], area)) / shapely.area(geometry[partial])
    points = ~polygon
    share[points] = shapely.intersects(area, geometry[points])
    return share


def people_inside(frame: gpd.GeoDataFrame, area: BaseGeometry) -> float:
    """People in `area`, those of a polygon spread evenly over it."""
    return float((frame["population"].to_numpy() * share_inside(frame, area)).sum())


def settlement_population(
    door: Door, source: Source, frame: gpd.GeoDataFrame, spec: DemandSpec
) -> gpd.GeoDataFrame | None:
    """The settlements with a clean `population`; faults for rows that state none or a negative number."""
    named = spec.population_column if spec.population_column in frame.columns else None
    column = named or find_column(frame, "population")
    if column is None:
        columns = ", ".join(sorted(str(c) for c in frame.columns if c != frame.geometry.name)) or "none"
        to_do = f"name its column of people in demand.population_column (it has: {columns})"
        door.fault(source.place, f"no column `{spec.population_column}`", to_do)
        return None
    people = to_number(frame[column])
    for wrong, found in ((people.isna(), "no number of people"), (people < 0, "a number of people below zero")):
        if wrong.any():
            rows = [str(int(i) + 1) for i in np.nonzero(wrong.to_numpy())[0]]
            shown = ", ".join(rows[:ROWS_SHOWN]) + (" …" if len(rows) > ROWS_SHOWN else "")
            door.fault(f"{source.place}, column `{column}`, row {shown}", f"{found} ({len(rows)})", "correct it")
    if not np.isfinite(people.fillna(0)).all() or (people < 0).any() or people.isna().any():
        return None
    geometry = frame.geometry.to_numpy()
    points = np.where(shapely.get_dimensions(geometry) == 0, shapely.get_num_geometries(geometry), 1)
    if (points > 1).any():
        door.warn(
            f"{source.place}: the people of {int((points > 1).sum())} settlements of several points are ASSUMED to live "
            "at each in equal number; give each point its own."
        )
    return single_points(frame.assign(population=people / points))


def brought_to_price_year(
    door: Door, place: str, frame: gpd.GeoDataFrame, area: BaseGeometry, spec: DemandSpec, price_year: int
) -> gpd.GeoDataFrame:
    """People of the price year: scaled to `population_total` inside the area, or grown, or left (and said)."""
    now = people_inside(frame, area)
    if now <= 0:
        door.fault(place, "nobody lives in the area", "give population of this place")
        return frame
    if spec.population_total is not None:
        factor = spec.population_total / now
    elif spec.growth_per_year is not None and spec.population_year is not None:
        factor = (1 + spec.growth_per_year) ** (price_year - spec.population_year)
    else:
        year = spec.population_year
        if year is not None and year != price_year:
            door.warn(
                f"{place}: people of {year} stand for {price_year}; give demand.population_total or growth_per_year."
            )
        return frame
    return frame.assign(population=frame["population"] * factor)
