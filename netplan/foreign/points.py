"""Rows of a table as points (or as what their WKT says), each fault with the rows it is in."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely
from pyproj import CRS

from netplan.errors import Fault, InputError
from netplan.foreign.coordinates import degrees, exchanged, metres, two_degrees
from netplan.foreign.open import Asked, Foreign, fault
from netplan.foreign.sheets import Sheet, read_sheet

SHOWN = 8
WGS84 = "EPSG:4326"
FloatArray = npt.NDArray[np.float64]


def read_table(asked: Asked) -> Foreign:
    """A layer from a text table or workbook: every column but the coordinates is kept, as text.

    Longitude and latitude are WGS 84. Easting and northing need their CRS: `file|crs=EPSG:…`, or a column `epsg`.
    Columns `x` and `y` are degrees where they can be, else as easting and northing.

    Raises:
        InputError: no columns of coordinates, no CRS, rows without coordinates, with unreadable, impossible or
            exchanged ones; all at once.
    """
    sheet = read_sheet(asked)
    faults: list[Fault] = []
    crs = _stated_crs(asked, sheet, faults)
    if sheet.columns.kind == "wkt":
        geometry, crs = _shapes(asked, sheet, crs, faults)
    else:
        east, north, crs = _places(asked, sheet, crs, faults)
        geometry = shapely.points(east, north) if not faults else np.empty(0, dtype=object)
    if not sheet.rows:
        faults.append(fault(asked, "a header and no row", "give a table with rows"))
    if faults or crs is None:
        raise InputError(faults)
    kept = [at for at in range(len(sheet.header)) if at not in sheet.columns.used]
    table = pd.DataFrame({sheet.header[at]: [row[at].strip() for row in sheet.rows] for at in kept}, dtype=object)
    table = table.replace({"": None}).rename(columns={"geometry": "geometry_text"})
    frame = gpd.GeoDataFrame(table, geometry=geometry, crs=crs, index=pd.RangeIndex(len(sheet.rows)))
    return Foreign(frame, rows=sheet.numbers)


def rows_text(numbers: list[int], wrong: npt.NDArray[np.bool_]) -> str:
    """`row 3` or `rows 3, 7, 9 …`."""
    rows = [str(numbers[at]) for at in np.flatnonzero(wrong)]
    shown = ", ".join(rows[:SHOWN]) + (f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else "")
    return f"row{'s' if len(rows) > 1 else ''} {shown}"


def _stated_crs(asked: Asked, sheet: Sheet, faults: list[Fault]) -> CRS | None:
    """The CRS that the project file or a column of the table names; None where neither does."""
    stated, where = asked.crs, "crs="
    if stated is None and sheet.columns.system is not None:
        at = sheet.columns.system
        named = sorted({row[at].strip() for row in sheet.rows} - {""})
        where = f"column `{sheet.header[at]}`"
        if len(named) > 1:
            to_do = "give one file for each CRS"
            faults.append(fault(asked, f"{len(named)} CRS in {where}: {', '.join(named[:SHOWN])}", to_do))
            return None
        stated = next(iter(named), None)
    if stated is None:
        return None
    try:
        return CRS.from_user_input(int(stated) if stated.isdigit() else stated)
    except pyproj.exceptions.CRSError:
        faults.append(fault(asked, f"`{stated}` ({where}) is not a known CRS", "give an EPSG code, e.g. EPSG:32736"))
        return None


def _places(
    asked: Asked, sheet: Sheet, crs: CRS | None, faults: list[Fault]
) -> tuple[FloatArray, FloatArray, CRS | None]:
    """Coordinates of every row and their CRS; faults are noted."""
    columns, missing = sheet.columns, _missing(asked, sheet, faults)
    in_degrees = columns.kind in ("degrees", "pair")
    if columns.kind == "pair":
        pairs = [two_degrees(row[columns.first]) for row in sheet.rows]
        east, north = (np.array([pair[side] for pair in pairs], float).reshape(-1) for side in (0, 1))
    else:
        assert columns.second is not None
        read = degrees if in_degrees else metres
        east = np.array([read(row[columns.first]) for row in sheet.rows], float)
        north = np.array([read(row[columns.second]) for row in sheet.rows], float)
    if columns.kind == "either" and crs is None and len(east):
        in_degrees = bool(np.nanmax(np.abs(east), initial=0) <= 180 and np.nanmax(np.abs(north), initial=0) <= 90)
    _unreadable(asked, sheet, (np.isnan(east) | np.isnan(north)) & ~missing, faults)
    if not in_degrees and crs is None and not faults:
        names = f"`{sheet.header[columns.first]}` and `{sheet.header[columns.second or 0]}`"
        to_do = f"write its CRS behind the file, as {asked.path.name}|crs=EPSG:32736, or add a column epsg"
        faults.append(fault(asked, f"{names} are plane coordinates of a CRS that is not stated", to_do))
    if in_degrees and (crs is None or crs.is_geographic):
        _impossible(asked, sheet, east, north, faults)
        crs = crs or CRS.from_user_input(WGS84)
    return east, north, crs


def _missing(asked: Asked, sheet: Sheet, faults: list[Fault]) -> npt.NDArray[np.bool_]:
    """Rows that say no place; 0, 0 is what instruments write when they do not know."""
    places = [at for at in (sheet.columns.first, sheet.columns.second) if at is not None]
    cells = [[row[at].strip().lower() for at in places] for row in sheet.rows]
    empty = np.array([any(c in ("", "na", "n/a", "null", "none", "-", "nan") for c in row) for row in cells], bool)
    zero = np.array([len(row) == 2 and all(c.strip("0.,") == "" and "0" in c for c in row) for row in cells], bool)
    for wrong, found in ((empty, "no coordinates"), (zero & ~empty, "coordinates 0, 0")):
        if wrong.any():
            to_do = "fill in the coordinates, or delete the row" + ("s" if wrong.sum() > 1 else "")
            faults.append(fault(asked, found, to_do, rows_text(sheet.numbers, wrong)))
    missing: npt.NDArray[np.bool_] = empty | zero
    return missing.reshape(len(sheet.rows))


def _unreadable(asked: Asked, sheet: Sheet, wrong: npt.NDArray[np.bool_], faults: list[Fault]) -> None:
    if not wrong.any():
        return
    row = sheet.rows[int(np.flatnonzero(wrong)[0])]
    cells = ", ".join(f"`{row[at]}`" for at in (sheet.columns.first, sheet.columns.second) if at is not None)
    to_do = "write coordinates as numbers, e.g. -1.9536 and 30.0605"
    faults.append(fault(asked, f"{cells} cannot be read as coordinates", to_do, rows_text(sheet.numbers, wrong)))


def _impossible(asked: Asked, sheet: Sheet, lon: FloatArray, lat: FloatArray, faults: list[Fault]) -> None:
    """Latitudes beyond the poles, longitudes beyond the date line, and the two exchanged."""
    swapped = exchanged(lon, lat)
    beyond = ((np.abs(lat) > 90) | (np.abs(lon) > 180)) & ~swapped
    for wrong, what, to_do in (
        (swapped, "longitude and latitude exchanged", "exchange the two cells"),
        (beyond, "not a place on Earth", "give degrees, or name the columns easting and northing and give the CRS"),
    ):
        if wrong.any():
            at = int(np.flatnonzero(wrong)[0])
            found = f"{what} (longitude {lon[at]:g}, latitude {lat[at]:g})"
            faults.append(fault(asked, found, to_do, rows_text(sheet.numbers, wrong)))


def _shapes(
    asked: Asked, sheet: Sheet, crs: CRS | None, faults: list[Fault]
) -> tuple[npt.NDArray[np.object_], CRS | None]:
    """Geometry from well-known text; degrees where no CRS is stated and every coordinate allows it."""
    cells = [row[sheet.columns.first].strip().partition(";") for row in sheet.rows]
    # PostGIS writes SRID=4326;POINT (…)
    texts = [tail if head.upper().startswith("SRID=") else head for head, _, tail in cells]
    shapes = shapely.from_wkt(np.array(texts, dtype=object), on_invalid="ignore")
    wrong = np.array([shape is None or shape.is_empty for shape in shapes], bool).reshape(-1)
    if wrong.any():
        text = texts[int(np.flatnonzero(wrong)[0])][:40]
        to_do = "write it as POINT (30.06 -1.95) or LINESTRING (…)"
        faults.append(fault(asked, f"`{text}` is not well-known text", to_do, rows_text(sheet.numbers, wrong)))
    elif crs is None and len(shapes):
        west, south, east, north = shapely.total_bounds(shapes)
        if max(abs(west), abs(east)) <= 180 and max(abs(south), abs(north)) <= 90:
            return shapes, CRS.from_user_input(WGS84)
        to_do = f"write its CRS behind the file, as {asked.path.name}|crs=EPSG:32736, or add a column epsg"
        faults.append(fault(asked, "plane coordinates of a CRS that is not stated", to_do))
    return shapes, crs
