"""People: pixels or settlements, and how their number is brought to the price year."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from netplan.inputs.aliases import find_column, to_number
from netplan.inputs.door import Door, Source
from netplan.inputs.rows import columns_text, rows_text
from netplan.inputs.vector import single_points
from netplan.project.schema import DemandSpec
from netplan.tables import FloatArray

CELLS_SHOWN = 5
UNIT = r"people|persons?|inhabitants?|residents?|pers\.?|hab\.?|habitant(?:e?s)?|personnes?|personas?|pessoas?"
"""What may stand behind a number of people."""


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
    """The settlements with a clean `population`, one row for each point.

    Faults: rows that state none, a negative number, or anything but one number.
    """
    named = spec.population_column if spec.population_column in frame.columns else None
    column = named or find_column(frame, "population")
    if column is None:
        to_do = f"name its column of people in demand.population_column (it has: {columns_text(frame)})"
        door.fault(source.place, f"no column `{spec.population_column}`", to_do)
        return None
    cells = frame[column].astype("string").str.strip().fillna("")
    people = _thousands(door, source, frame, column, to_number(frame[column], UNIT))
    empty = cells == ""
    illegible, below = ~np.isfinite(people) & ~empty, people < 0
    for wrong, found, to_do in (
        (empty, "no number of people", "correct it"),
        (illegible, "not a plain number of people", "write one number and nothing else, such as 12000"),
        (below, "a number of people below zero", "correct it"),
    ):
        if wrong.any():
            said = ", ".join(f"`{cell}`" for cell in sorted(set(cells[wrong]) - {""})[:CELLS_SHOWN])
            found = f"{said}: {found}" if said else found
            door.fault(_rows(source, frame, column, wrong), f"{found} ({int(wrong.sum())})", to_do)
    if (empty | illegible | below).any():
        return None
    geometry = frame.geometry.to_numpy()
    points = np.where(shapely.get_dimensions(geometry) == 0, shapely.get_num_geometries(geometry), 1)
    if (points > 1).any():
        door.warn(
            f"{source.place}: people of settlements of several points ({int((points > 1).sum())}) are ASSUMED to live "
            "at each in equal number; give each point its own."
        )
    return single_points(frame.assign(population=people / points))


def _rows(source: Source, frame: gpd.GeoDataFrame, column: str, wrong: pd.Series) -> str:
    return f"{source.place}, column `{column}`, {rows_text(frame, wrong.to_numpy(bool))}"


def _thousands(door: Door, source: Source, frame: gpd.GeoDataFrame, column: str, people: pd.Series) -> pd.Series:
    """The people of cells such as `12.345`: thousands where another cell has two such dots or a comma behind one,
    decimals where another's can be nothing else, else a fault."""
    if pd.api.types.is_numeric_dtype(frame[column]):
        return people
    cells = frame[column].astype("string").fillna("").str.replace(r"[^\d.,+-]", "", regex=True).str.rstrip(".")
    once = cells.str.fullmatch(r"[1-9]\d{0,2}\.\d{3}")
    twice = cells.str.fullmatch(r"[1-9]\d{0,2}(?:\.\d{3})+(?:\.\d{3}|,\d+)")
    if not once.any() or (cells.str.contains(r"\.\d") & ~once & ~twice).any():
        return people
    cell = cells[once].iloc[0]
    whole = cell.replace(".", "")
    if twice.any():
        door.warn(
            f"{source.place}: dots in column `{column}` are taken to part thousands, `{cell}` for {whole} people."
        )
        return people.where(~once, (people * 1000).round())
    found = f"`{cell}` may be {whole} or {float(cell):.1f} people ({int(once.sum())})"
    to_do = f"write {whole} if the dot parts thousands, else round to whole people"
    door.fault(_rows(source, frame, column, once), found, to_do)
    return people


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
