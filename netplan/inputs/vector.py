"""Any vector layer GDAL reads → clean geometry of one kind in the project CRS."""

from __future__ import annotations

from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyogrio.errors
import pyproj
import shapely
from pyproj import CRS
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from netplan.errors import InputError
from netplan.foreign import Asked, beyond_degrees, in_stated_crs, read_foreign
from netplan.inputs.door import Door, Source
from netplan.inputs.rows import numbered
from netplan.tables import ROW

Kind = Literal["point", "line", "polygon", "place"]
"""`place`: point or polygon, both kept."""

_DIMENSION = {"point": 0, "line": 1, "polygon": 2}
_WORDS = {"point": "points", "line": "lines", "polygon": "polygons", "place": "points or polygons"}


def read_layer(
    door: Door, source: Source, kind: Kind, *, required: bool, assumed_crs: str | None = None
) -> gpd.GeoDataFrame | None:
    """The layer in its own CRS: repaired, 2-D, single parts, one kind of geometry, all attributes.

    Notes a fault and returns None when it cannot be used; an empty layer is a fault only if `required`.
    """
    assumed_crs = source.crs or assumed_crs
    frame = _open(door, source, required, kind, assumed_crs)
    if frame is None:
        return None
    try:
        frame = in_stated_crs(frame, assumed_crs)
    except pyproj.exceptions.CRSError:
        door.fault(source.place, f"`{assumed_crs}` is not a known CRS", "give an EPSG code, e.g. EPSG:32736")
        return None
    if frame.crs is None:
        to_do = "add the .prj file or save the layer with its CRS"
        door.fault(source.place, "the layer states no coordinate reference system (CRS)", to_do)
        return None
    frame = _of_kind(door, source, _repaired(door, source, frame), kind)
    if frame is None:
        return None
    if frame.empty:
        _say_empty(door, source, required)
        return None
    return frame if _plausible(door, source, frame) else None


def _open(door: Door, source: Source, required: bool, kind: Kind, assumed_crs: str | None) -> gpd.GeoDataFrame | None:
    try:
        asked = Asked(
            source.path,
            source.place,
            source.layer,
            assumed_crs,
            points=kind == "point",
            handover=source.key == "existing.pops",
            lit=source.key == "existing.fibre",
        )
        foreign = read_foreign(asked) if source.path.is_file() else None
    except InputError as error:
        door.faults.extend(error.faults)
        return None
    if foreign is not None:
        for text in foreign.warnings:
            door.warn(text)
        return numbered(foreign.frame, foreign.rows)
    try:
        layers = [str(name) for name in pyogrio.list_layers(source.path)[:, 0]]
        if source.layer is not None and source.layer not in layers:
            door.fault(source.place, f"no layer `{source.layer}`", f"name one of its layers: {', '.join(layers)}")
            return None
        if source.layer is None and len(layers) > 1:
            to_do = f"say which, as {source.written}|layername={layers[0]}"
            door.fault(source.place, f"{len(layers)} layers: {', '.join(layers)}", to_do)
            return None
        # a feature that is no geometry (a line of one vertex) comes without one, and is counted as such
        frame = pyogrio.read_dataframe(source.path, layer=source.layer or layers[0], on_invalid="ignore")
    except UnicodeDecodeError:
        door.fault(source.place, "text that is not UTF-8", "save it as UTF-8, or correct the .cpg beside it")
        return None
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        pyogrio.errors.FeatureError,
        shapely.errors.ShapelyError,
        IndexError,
    ) as e:
        door.fault(source.place, f"cannot be read as a vector layer ({_short(e)})", "give a GIS file that QGIS opens")
        return None
    if len(frame) == 0:
        _say_empty(door, source, required)
        return None
    if not isinstance(frame, gpd.GeoDataFrame):
        door.fault(source.place, "a table without geometry", "save it as a layer with points, lines or polygons")
        return None
    return numbered(frame)


def _short(error: Exception) -> str:
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return text if len(text) <= 100 else f"{text[:97]}..."


def _say_empty(door: Door, source: Source, required: bool) -> None:
    if required:
        door.fault(source.place, "the layer is empty", "give a layer with features")
    else:
        door.warn(f"{source.place}: the layer is empty and adds nothing.")


def _repaired(door: Door, source: Source, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    geometry = shapely.force_2d(frame.geometry.to_numpy())
    gone = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    if gone.any():
        door.warn(f"{source.place}: {_count(int(gone.sum()), 'feature')} without geometry dropped.")
        frame, geometry = frame[~gone], geometry[~gone]
    # a non-finite coordinate cannot be repaired
    finite = np.isfinite(shapely.bounds(geometry)).all(axis=1)
    if not finite.all():
        to_do = "correct or delete these features"
        found = f"{_count(int((~finite).sum()), 'feature')} with coordinates that are not numbers"
        door.fault(source.place, found, to_do)
        frame, geometry = frame[finite], geometry[finite]
    broken = ~shapely.is_valid(geometry) & (shapely.get_dimensions(geometry) == 2)
    if broken.any():
        geometry[broken] = shapely.make_valid(geometry[broken])
        door.warn(f"{source.place}: {_count(int(broken.sum()), 'broken geometry', 'broken geometries')} repaired.")
    return frame.set_geometry(gpd.GeoSeries(geometry, index=frame.index, crs=frame.crs)).reset_index(drop=True)


def _count(number: int, singular: str, plural: str | None = None) -> str:
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def _of_kind(door: Door, source: Source, frame: gpd.GeoDataFrame, kind: Kind) -> gpd.GeoDataFrame | None:
    """Parts of the wanted kind; polygons stand in for points by a point inside them."""
    if frame.empty:
        return frame
    if kind == "polygon" or kind == "line":
        parts = _single(frame)
        wanted = shapely.get_dimensions(parts.geometry.to_numpy()) == _DIMENSION[kind]
        whole = parts[wanted].reset_index(drop=True)
        if whole.empty:
            types = ", ".join(sorted(set(frame.geom_type)))
            door.fault(source.place, f"{types} only", f"give a layer of {_WORDS[kind]}")
            return None
        if not wanted.all():
            door.warn(f"{source.place}: {_count(int((~wanted).sum()), 'part')} that are not {_WORDS[kind]} dropped.")
        return whole
    dimension = shapely.get_dimensions(frame.geometry.to_numpy())
    if kind == "place":
        return _of_dimension(door, source, frame, dimension != 1, kind)
    shapes = dimension > 0
    if shapes.any():
        points = frame.geometry.representative_point()
        frame = frame.set_geometry(points.where(shapes, frame.geometry))
        door.warn(f"{source.place}: {_count(int(shapes.sum()), 'shape')} taken as a point inside each.")
    return _single(frame)


def _single(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Single parts, numbered from 0, of a layer in which no geometry is missing. Most have no others, and to take those
    apart that have is slow."""
    apart = (shapely.get_type_id(frame.geometry.to_numpy()) >= shapely.GeometryType.MULTIPOINT).any()
    return frame.explode(index_parts=False, ignore_index=True) if apart else frame.reset_index(drop=True)


def single_points(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The layer with a row for each point of features of several; polygons stay as they are."""
    geometry = frame.geometry.to_numpy()
    several = (shapely.get_dimensions(geometry) == 0) & (shapely.get_type_id(geometry) != shapely.GeometryType.POINT)
    if not several.any():
        return frame
    rows = np.repeat(np.arange(len(frame)), np.where(several, shapely.get_num_geometries(geometry), 1))
    shapes, apart = geometry[rows], several[rows]
    shapes[apart] = shapely.get_parts(geometry[several])
    return frame.iloc[rows].reset_index(drop=True).set_geometry(gpd.GeoSeries(shapes, crs=frame.crs))


def _of_dimension(
    door: Door,
    source: Source,
    frame: gpd.GeoDataFrame,
    keep: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    kind: Kind,
) -> gpd.GeoDataFrame | None:
    if not keep.any():
        door.fault(source.place, f"{', '.join(sorted(set(frame.geom_type)))} only", f"give {_WORDS[kind]}")
        return None
    if not keep.all():
        door.warn(f"{source.place}: {_count(int((~keep).sum()), 'feature')} that are not {_WORDS[kind]} dropped.")
    return frame[keep].reset_index(drop=True)


def _plausible(door: Door, source: Source, frame: gpd.GeoDataFrame) -> bool:
    """Coordinates beyond ±360 under a CRS in degrees are metres whose CRS was never set."""
    if beyond_degrees(frame):
        found = f"coordinates up to {np.abs(frame.total_bounds).max():,.0f} in a CRS in degrees ({frame.crs.name})"
        stated = f", or write it behind the file, as {source.written}|crs=EPSG:32736" if source.crs is None else ""
        door.fault(source.place, found, f"set the layer's true CRS{stated}")
        return False
    return True


def into(door: Door, source: Source, frame: gpd.GeoDataFrame, crs: CRS) -> gpd.GeoDataFrame:
    """The layer in the project CRS; what does not transform to finite coordinates is a fault."""
    try:
        moved = frame.to_crs(crs)
    except pyproj.exceptions.ProjError as error:
        door.fault(source.place, f"cannot be brought to {crs.name} ({_short(error)})", "check the layer's CRS")
        return frame.iloc[:0].set_crs(crs, allow_override=True)
    bad = ~np.isfinite(shapely.bounds(moved.geometry.to_numpy())).all(axis=1)
    if bad.any():
        door.fault(source.place, f"{_count(int(bad.sum()), 'feature')} outside {crs.name}", "check the layer's CRS")
    return moved[~bad]


def clipped(
    door: Door, source: Source, frame: gpd.GeoDataFrame, within: BaseGeometry, *, required: bool, cut: bool
) -> gpd.GeoDataFrame | None:
    """What lies in `within`, cut at its edge if `cut`; no overlap is a fault if `required`, else a warning."""
    shapely.prepare(within)
    geometry = frame.geometry.to_numpy()
    inside = shapely.intersects(within, geometry)
    if not inside.any():
        _say_outside(door, source, frame, within, required)
        return None
    frame, geometry = frame[inside], geometry[inside]
    if cut:
        crossing = ~shapely.covers(within, geometry)
        dimension = shapely.get_dimensions(geometry)
        geometry = geometry.copy()
        geometry[crossing] = shapely.intersection(geometry[crossing], within)
        frame = frame.set_geometry(gpd.GeoSeries(geometry, index=frame.index, crs=frame.crs)).assign(
            _dimension=dimension
        )
        frame = _single(frame)
        # an edge that only touches leaves a point or line behind
        same = shapely.get_dimensions(frame.geometry.to_numpy()) == frame.pop("_dimension").to_numpy()
        frame = frame[same & ~frame.geometry.is_empty.to_numpy()]
    return frame.reset_index(drop=True)


def _say_outside(door: Door, source: Source, frame: gpd.GeoDataFrame, within: BaseGeometry, required: bool) -> None:
    if frame.empty:
        return
    there, here = (", ".join(f"{v:,.0f}" for v in bounds) for bounds in (frame.total_bounds, within.bounds))
    found = f"no feature lies in the area (layer {there}; area {here}, in metres)"
    if _exchanged(frame).intersects(within).any():
        to_do = "write longitude (east) first, or exchange the two columns"
        door.fault(source.place, "longitude and latitude exchanged: no feature lies in the area", to_do)
    elif required:
        door.fault(source.place, found, "check its CRS and that it is of this place")
    else:
        door.warn(f"{source.place}: {found}; it adds nothing. Check its CRS.")


def _exchanged(frame: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """The features with longitude and latitude exchanged, in the CRS they came in."""
    places = frame.geometry.to_crs(4326)
    turned = shapely.transform(places.to_numpy(), lambda xy: xy[:, ::-1])
    return gpd.GeoSeries(turned, crs=4326, index=frame.index).to_crs(frame.crs)


def with_ids(frame: gpd.GeoDataFrame, prefix: str, *, keep_rows: bool = False) -> gpd.GeoDataFrame:
    """Sorted by place (then by attributes where two share it) and indexed `prefix-000001` …: row order is forgotten.

    `keep_rows`: the numbers of the rows in the file stay, for what is found wrong in them later.
    """
    order = frame.geometry.bounds
    order = order.assign(wkb=shapely.to_wkb(frame.geometry.to_numpy(), hex=True), text="")
    tied = order.duplicated(["minx", "miny", "maxx", "maxy", "wkb"], keep=False)
    if tied.any():
        attributes = frame.drop(columns=[frame.geometry.name, ROW], errors="ignore")
        # by column name, so that column order does not matter either
        attributes = attributes[sorted(attributes.columns)]
        rows = attributes[tied].itertuples(index=False, name=None)
        order.loc[tied, "text"] = ["\x1f".join(map(str, row)) for row in rows]
    order = order.sort_values(["minx", "miny", "maxx", "maxy", "wkb", "text"], kind="stable")
    result = frame.loc[order.index].drop(columns=[] if keep_rows else ROW, errors="ignore")
    digits = max(6, len(str(len(result))))
    result.index = pd.Index([f"{prefix}-{i:0{digits}d}" for i in range(1, len(result) + 1)], name="id", dtype=object)
    return result


def empty_layer(crs: CRS, columns: dict[str, str]) -> gpd.GeoDataFrame:
    """A layer with no feature and these columns (name -> dtype)."""
    data = {name: pd.Series(dtype=dtype) for name, dtype in columns.items()}
    frame = gpd.GeoDataFrame(data, geometry=gpd.GeoSeries([], crs=crs), crs=crs)
    frame.index = pd.Index([], name="id", dtype=object)
    return frame


def as_box(bounds: tuple[float, float, float, float]) -> BaseGeometry:
    """The rectangle of (min x, min y, max x, max y)."""
    return box(*bounds)
