"""Where a table says that its rows are: which columns hold coordinates, and how their cells are read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from netplan.foreign.numbers import number

Kind = Literal["degrees", "metres", "either", "pair", "wkt"]

LONGITUDE = ("longitude", "lon", "long", "lng", "longitud", "lon_dd", "long_dd", "longitude_dd", "decimallongitude",
             "decimal_longitude", "gps_lon", "gps_long", "gps_longitude", "lon_wgs84", "longitude_wgs84")  # fmt: skip
LATITUDE = ("latitude", "lat", "lat", "lat", "latitud", "lat_dd", "lat_dd", "latitude_dd", "decimallatitude",
            "decimal_latitude", "gps_lat", "gps_lat", "gps_latitude", "lat_wgs84", "latitude_wgs84")  # fmt: skip
EASTING = ("easting", "east", "utm_e", "utm_x", "utm_easting", "easting_m", "este", "x_utm")
NORTHING = ("northing", "north", "utm_n", "utm_y", "utm_northing", "northing_m", "norte", "y_utm")
ACROSS = ("x", "x_coord", "coord_x", "xcoord", "point_x", "x_coordinate", "coordx", "coordonnee_x", "coordenada_x")
UP = ("y", "y_coord", "coord_y", "ycoord", "point_y", "y_coordinate", "coordy", "coordonnee_y", "coordenada_y")
PAIR = ("coordinates", "gps", "gps_coordinates", "latlong", "lat_long", "lat_lon", "latlon", "latlng", "lat_lng",
        "latitude_longitude", "coords", "coordonnees", "coordenadas", "geopoint", "gps_location")  # fmt: skip
WKT = ("wkt", "wkt_geom", "geometry", "geom", "the_geom", "shape", "geometry_wkt")
SYSTEM = ("epsg", "crs", "srid", "epsg_code")

DMS = re.compile(
    r"""^\s*(?P<sign>[-+])?\s*(?P<before>[NSEWnsew])?\s*
        (?P<d>\d{1,3})\s*[°ºd:\s]\s*(?P<m>\d{1,2})\s*[′'’m:\s]\s*
        (?:(?P<s>\d{1,2}(?:[.,]\d+)?)\s*(?:[″"”s]|''|’’)?)?\s*(?P<after>[NSEWnsew])?\s*$""",
    re.VERBOSE,
)
DECIMAL = re.compile(r"^\s*([NSEWnsew])?\s*([-+]?\d*[.,]?\d+(?:[eE][-+]?\d+)?)\s*°?\s*([NSEWnsew])?\s*$")
TWO = re.compile(r"^\s*\(?\s*([-+]?\d+(?:\.\d+)?)\s*°?\s*[,;\s]\s*([-+]?\d+(?:\.\d+)?)\s*°?(?:[,;\s].*)?\)?\s*$")


@dataclass(frozen=True)
class Columns:
    """Which columns place the rows: positions in the header, east first (`pair` and `wkt`: one column)."""

    kind: Kind
    first: int
    second: int | None = None
    system: int | None = None
    """Column that names the CRS."""

    @property
    def used(self) -> tuple[int, ...]:
        """Positions of all of them."""
        return tuple(at for at in (self.first, self.second, self.system) if at is not None)


def plain(name: object) -> str:
    """A column's name as it is compared where it cannot matter what unit it names: no accents, brackets or spaces."""
    return joined(re.sub(r"[(\[].*?[)\]]", " ", str(name)))


def joined(name: object) -> str:
    """A column's name in small letters without accents, its words and unit joined: `Diamètre (mm)` is `diametre_mm`."""
    said = re.sub(r"[\"″”]", " inch ", str(name).replace("%", " percent "))  # units, too
    text = unicodedata.normalize("NFKD", said).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", text).strip("_")


def find_columns(header: Sequence[object]) -> Columns | None:
    """The columns that place rows, best first: longitude and latitude, easting and northing, x and y, pair, WKT."""
    names = [plain(each) for each in header]
    known = {name: at for at, name in reversed(list(enumerate(names)))}
    system = next((known[name] for name in SYSTEM if name in known), None)
    for kind, firsts, seconds in _PAIRS:
        first, second = (next((known[name] for name in each if name in known), None) for each in (firsts, seconds))
        if first is not None and second is not None:
            return Columns(kind, first, second, system)
    # survey tools put the name of the question before: `_site_longitude`
    ends = [
        next((at for at, name in enumerate(names) if name.endswith(end)), None) for end in ("longitude", "latitude")
    ]
    if ends[0] is not None and ends[1] is not None:
        return Columns("degrees", ends[0], ends[1], system)
    for single, words in (("wkt", WKT), ("pair", PAIR)):
        at = next((known[name] for name in words if name in known), None)
        if at is not None:
            return Columns("wkt" if single == "wkt" else "pair", at, None, system)
    return None


_PAIRS: tuple[tuple[Kind, tuple[str, ...], tuple[str, ...]], ...] = (
    ("degrees", LONGITUDE, LATITUDE),
    ("metres", EASTING, NORTHING),
    ("either", ACROSS, UP),
)


def degrees(cell: str) -> float:
    """Degrees from `-1.95`, `1,95`, `1.95 S`, `1°57'00"S`, `S 1 57 0`; NaN where it is none of these."""
    text = cell.strip().replace("\u2212", "-")
    found = DECIMAL.match(text)
    if found:
        value = float(found[2].replace(",", "."))
        side = (found[1] or found[3] or "").upper()
        return -abs(value) if side in ("S", "W") else value
    found = DMS.match(text)
    if not found:
        return float("nan")
    whole, minutes = float(found["d"]), float(found["m"])
    seconds = float((found["s"] or "0").replace(",", "."))
    if minutes >= 60 or seconds >= 60:
        return float("nan")
    value = whole + minutes / 60 + seconds / 3600
    side = (found["before"] or found["after"] or "").upper()
    return -value if side in ("S", "W") or found["sign"] == "-" else value


def metres(cell: str) -> float:
    """A plane coordinate from `712345.6`, `712 345,6`, `712,345.6`, `712.345,6`; NaN where it is none of these."""
    text = re.sub(r"[\s\u00a0\u202f']", "", cell.strip().replace("\u2212", "-").removesuffix("m"))
    return number(text)


def two_degrees(cell: str) -> tuple[float, float]:
    """(longitude, latitude) from one cell that holds latitude and longitude, as maps on the web write them."""
    found = TWO.match(cell.replace("\u2212", "-"))
    return (float(found[2]), float(found[1])) if found else (float("nan"), float("nan"))


def exchanged(lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Rows whose longitude and latitude have changed places among rows where they have not.

    A latitude beyond 90° is one; so is a place that lies far from the middle of the rows and, exchanged, near it.
    """
    impossible = (np.abs(lat) > 90) & (np.abs(lon) <= 90) & (np.abs(lat) <= 180)
    if len(lon) < 3:
        return impossible
    east, north = np.nanmedian(lon), np.nanmedian(lat)
    far = np.hypot(lon - east, lat - north) > 5.0
    near = np.hypot(lat - east, lon - north) < 2.0
    return impossible | (far & near)
