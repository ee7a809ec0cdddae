"""Which reader opens which file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
from pyproj import CRS

from netplan.errors import Fault, InputError

TEXT, BOOK, EARTH, JSON = (".csv", ".tsv", ".txt"), (".xlsx", ".xlsm"), (".kml", ".kmz"), (".json", ".geojson")


@dataclass(frozen=True)
class Asked:
    """What is asked of a file."""

    path: Path
    place: str
    """How faults and warnings name it."""
    layer: str | None = None
    """Sheet, folder or network inside it; None: the only one, or all."""
    crs: str | None = None
    """CRS of its coordinates, where the file does not say."""
    points: bool = False
    """Points are wanted, and lines beside them are not."""
    handover: bool = False
    """Of a network: only nodes where traffic can be handed over."""
    lit: bool = False
    """Of a network: only spans that carry traffic today."""


@dataclass
class Foreign:
    """A layer read, and what should be said of it."""

    frame: gpd.GeoDataFrame
    warnings: list[str] = field(default_factory=list)
    rows: list[int] | None = None
    """Of a table: the number of each row in the file, as a spreadsheet counts them."""


def path_and_options(written: str) -> tuple[str, str | None, str | None]:
    """(file, layer, CRS) of a path of the project file: `file`, `file|layername=name`, `file|crs=EPSG:…`, or both.

    `sheet=` is another word for `layername=`.
    """
    name, *options = written.split("|")
    layer = crs = None
    for option in options:
        key, _, value = option.partition("=")
        if key.strip().lower() == "crs":
            crs = value.strip() or None
        else:
            layer = (value if key.strip().lower() in ("layername", "sheet") else option) or None
    return name, layer, crs


def read_foreign(asked: Asked) -> Foreign | None:
    """The layer, or None where GDAL reads the file as it is (its suffix, or for JSON its content, says so).

    Raises:
        InputError: the file is one of these formats and cannot be used; all faults at once, with row numbers.
    """
    reader = _reader(asked.path)
    return None if reader is None else reader(asked)


def _reader(path: Path) -> Callable[[Asked], Foreign] | None:
    suffix = path.suffix.lower()
    if suffix in TEXT or suffix in BOOK:
        from netplan.foreign.points import read_table

        return read_table
    if suffix in EARTH:
        from netplan.foreign.kml import read_kml

        return read_kml
    if suffix in JSON:
        from netplan.foreign.ofds import is_network, read_network

        return read_network if is_network(path) else None
    return None


def open_layer(folder: Path, written: str, *, points: bool = False) -> gpd.GeoDataFrame:
    """Any layer that a project names, GIS file or not, in its own CRS.

    Raises:
        ValueError, OSError: it cannot be read (GDAL's own errors are among them).
    """
    name, layer, crs = path_and_options(written)
    try:
        read = read_foreign(Asked(folder / name, written, layer, crs, points=points))
    except InputError as error:
        raise ValueError(error.message()) from error
    if read is not None:
        return read.frame
    frame = gpd.read_file(folder / name, on_invalid="ignore", **({"layer": layer} if layer else {}))
    if not isinstance(frame, gpd.GeoDataFrame):
        raise ValueError("a table without geometry")
    return in_stated_crs(frame, crs)


def in_stated_crs(frame: gpd.GeoDataFrame, stated: str | None) -> gpd.GeoDataFrame:
    """The layer in the CRS that the project states for it, if its file states none, or one in degrees that its
    coordinates cannot be in: GeoJSON is taken to be in degrees where it does not say otherwise.

    Raises:
        pyproj.exceptions.CRSError: the CRS stated is none.
    """
    if stated is not None and (frame.crs is None or beyond_degrees(frame)):
        return frame.set_crs(stated, allow_override=True)
    return frame


def beyond_degrees(frame: gpd.GeoDataFrame) -> bool:
    """Whether coordinates that are said to be degrees are beyond ±360, as metres are."""
    crs: CRS | None = frame.crs
    return crs is not None and bool(crs.is_geographic and np.abs(frame.total_bounds).max() > 360)


def fault(asked: Asked, found: str, to_do: str, rows: str = "") -> Fault:
    """A fault at the file, or at rows of it."""
    return Fault(f"{asked.place}, {rows}" if rows else asked.place, found, to_do)
