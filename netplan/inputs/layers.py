"""Each vector layer of a project: which geometry, clipped to what, with which standard columns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from netplan.inputs.aliases import access_kinds, line_kinds, numbers, stands_today, texts
from netplan.inputs.door import Door, Source
from netplan.inputs.epanet import WaterNetwork, is_model, read_network
from netplan.inputs.service import is_raster, served_today
from netplan.inputs.vector import Kind, clipped, empty_layer, into, read_layer, single_points, with_ids
from netplan.inputs.water import diameter_changes, standard_pipes
from netplan.project.schema import SENSORS, SURVEY_M, Project

KINDS: dict[str, Kind] = {
    "area": "polygon",
    "demand.settlements": "place",
    "demand.sensors": "point",
    "demand.urban": "polygon",
    "existing.pops": "point",
    "existing.towers": "point",
    "existing.fibre": "line",
    "existing.service": "place",
    "routes.roads": "line",
    "routes.power_lines": "line",
    "routes.water_pipes": "line",
    "routes.water_access": "point",
    "routes.ducts": "line",
    "routes.railways": "line",
    "existing.copper": "line",
    "existing.coax": "line",
    "exclusions": "polygon",
}
"""Geometry each key of the project file needs (facilities: points)."""

ABSENT = {
    "existing.pops": "no point where traffic is handed over; only satellite can carry it out",
    "existing.towers": "no tower is taken to stand",
    "existing.fibre": "no lit fibre is taken to exist",
    "existing.service": "only towers that state technologies are taken to serve people today",
    "routes.roads": "no cable can follow roads",
    "routes.power_lines": "no cable can follow power lines",
    "routes.water_pipes": "no cable can follow water pipes",
    "routes.ducts": "no existing duct can be used",
    "terrain.elevation": "no terrain is known; the ground is taken as flat",
}
"""Optional keys and what their absence means, in plain words."""

LEVER_LAYERS = {
    "towers": "existing.towers",
    "power-poles": "routes.power_lines",
    "water-pipes": "routes.water_pipes",
    "ducts": "routes.ducts",
    "railways": "routes.railways",
    "fibre": "existing.fibre",
}
"""Sharing lever -> the layer that holds what it opens."""


@dataclass(frozen=True)
class Frame:
    """What every layer is brought into."""

    door: Door
    crs: CRS
    area: BaseGeometry
    margin: BaseGeometry
    project: Project


def assumed_crs(project: Project, key: str) -> str | None:
    """The CRS a layer is taken to be in when it states none."""
    return project.routes.water_pipes_crs if key == "routes.water_pipes" else None


def load(
    frame: Frame, source: Source, kind: Kind, *, within: BaseGeometry, cut: bool, required: bool = False
) -> gpd.GeoDataFrame | None:
    """One layer: read, repaired, in the project CRS, clipped. None when there is nothing of it."""
    crs = assumed_crs(frame.project, source.key)
    if crs is not None and known_crs(frame.door, crs) is None:
        return None
    layer = read_layer(frame.door, source, kind, required=required, assumed_crs=crs)
    return None if layer is None else fitted(frame, source, layer, within=within, cut=cut, required=required)


def known_crs(door: Door, text: str | None) -> CRS | None:
    """The CRS that `routes.water_pipes_crs` names; None without one, or after a fault."""
    if text is None:
        return None
    try:
        return CRS.from_user_input(text)
    except pyproj.exceptions.CRSError:
        door.fault("routes.water_pipes_crs", f"`{text}` is not a known CRS", "give an EPSG code")
        return None


def fitted(
    frame: Frame, source: Source, layer: gpd.GeoDataFrame, *, within: BaseGeometry, cut: bool, required: bool = False
) -> gpd.GeoDataFrame | None:
    """A layer that was read, brought into the project CRS and clipped. None when nothing of it is left."""
    layer = into(frame.door, source, layer, frame.crs)
    layer = clipped(frame.door, source, layer, within, required=required, cut=cut)
    return None if layer is None or layer.empty else layer


def read_all(frame: Frame, sources: dict[str, list[Source]]) -> dict[str, Any]:
    """Every vector layer of `Inputs` but population, by field name."""

    def one(key: str) -> Source | None:
        return next(iter(sources.get(key, [])), None)

    facilities = frame.project.demand.facilities
    return {
        "urban": _polygons(frame, one("demand.urban"), "urban"),
        "facilities": {name: _facilities(frame, one(f"demand.facilities.{name}"), name) for name in facilities},
        "pops": _pops(frame, one("existing.pops")),
        "towers": _towers(frame, one("existing.towers")),
        "fibre": _lines(frame, one("existing.fibre"), "fibre", ("name", "operator")),
        "service": _service(frame, one("existing.service")),
        "roads": _lines(frame, one("routes.roads"), "road", ("name",)),
        "power_lines": _power_lines(frame, one("routes.power_lines")),
        **_water(frame, sources),
        "ducts": _ducts(frame, one("routes.ducts")),
        "railways": _lines(frame, one("routes.railways"), "railway", ("name", "owner")),
        "copper": _lines(frame, one("existing.copper"), "copper", ("name", "operator")),
        "coax": _lines(frame, one("existing.coax"), "coax", ("name", "operator")),
        "exclusions": _exclusions(frame, sources.get("exclusions", [])),
        "settlements": _settlements(frame, one("demand.settlements")),
        "sensors": _sensors(frame, one("demand.sensors")),
    }


def say_absent(frame: Frame, sources: dict[str, list[Source]], read: dict[str, Any]) -> None:
    """One line for each optional layer the project does not name, and for each lever with nothing to open."""
    for key, meaning in ABSENT.items():
        section, field = key.split(".")
        if getattr(getattr(frame.project, section), field) is None:
            frame.door.warn(f"No layer for {key}: {meaning}.")
    for lever in frame.project.sharing:
        opened = LEVER_LAYERS.get(lever)
        if opened is None:
            continue
        layer = read[opened.split(".")[1]]
        if layer is None or layer.empty:
            frame.door.warn(f"Sharing lever {lever}: {opened} holds nothing in the area, so it opens nothing.")
        elif opened == "routes.power_lines" and not (layer["kind"] == "distribution").any():
            frame.door.warn(
                f"Sharing lever {lever}: {opened} holds no distribution line (transmission lines have no poles to "
                "share), so it opens nothing."
            )


def _settlements(frame: Frame, source: Source | None) -> gpd.GeoDataFrame | None:
    """Settlements (points or polygons) whose inside point lies in the area."""
    layer = load(frame, source, "place", within=frame.area, cut=False) if source else None
    if layer is None:
        return None
    layer = single_points(layer)
    layer = layer[layer.geometry.representative_point().intersects(frame.area)]
    return None if layer.empty else with_ids(layer.assign(name=texts(layer, "name")), "settlement")


def _facilities(frame: Frame, source: Source | None, name: str) -> gpd.GeoDataFrame:
    layer = load(frame, source, "point", within=frame.area, cut=False, required=True) if source else None
    if layer is None:
        return empty_layer(frame.crs, {"name": "object"})
    return with_ids(layer.assign(name=texts(layer, "name")), name)


def _sensors(frame: Frame, source: Source | None) -> gpd.GeoDataFrame | None:
    return _facilities(frame, source, SENSORS) if source else None


def _pops(frame: Frame, source: Source | None) -> gpd.GeoDataFrame:
    layer = load(frame, source, "point", within=frame.margin, cut=False) if source else None
    if layer is None:
        return empty_layer(frame.crs, {"name": "object", "capacity_mbps": "float64", "assumed": "bool"})
    layer = layer.assign(
        name=texts(layer, "name"),
        capacity_mbps=numbers(layer, "capacity_mbps", np.inf),
        assumed=frame.project.existing.pops_assumed,
    )
    return with_ids(layer, "pop")


def _towers(frame: Frame, source: Source | None) -> gpd.GeoDataFrame | None:
    layer = load(frame, source, "point", within=frame.margin, cut=False) if source else None
    if layer is None or source is None:
        return None
    technologies = texts(layer, "technologies")
    layer = layer[layer.intersects(frame.area) | (technologies != "")]
    status = texts(layer, "status").str.casefold()
    absent = ~stands_today(status)
    if absent.any():
        words = ", ".join(f"`{word}`" for word in sorted(set(status[absent])))
        frame.door.warn(f"{source.place}: {int(absent.sum())} towers that do not stand today ({words}) are left out.")
        layer = layer[~absent]
    if layer.empty:
        return None
    height = numbers(layer, "height_m")
    layer = layer.assign(
        name=texts(layer, "name"),
        height_m=height.where(height > 0),
        operator=texts(layer, "operator"),
        technologies=technologies,
        status=status,
        max_systems=numbers(layer, "max_systems").clip(lower=0),
        assumed=frame.project.existing.towers_assumed,
    )
    return with_ids(layer, "tower", keep_rows=True)


def _lines(frame: Frame, source: Source | None, prefix: str, words: tuple[str, ...]) -> gpd.GeoDataFrame | None:
    layer = load(frame, source, "line", within=frame.margin, cut=True) if source else None
    if layer is None:
        return None
    return with_ids(layer.assign(**{word: texts(layer, word) for word in words}), prefix)


def _service(frame: Frame, source: Source | None) -> gpd.GeoDataFrame | None:
    if source is None or is_raster(source):
        return None
    # A point just outside may speak for a facility just inside.
    layer = load(frame, source, "place", within=frame.area.buffer(SURVEY_M), cut=False)
    return None if layer is None else served_today(frame.door, source, single_points(layer))


def _polygons(frame: Frame, source: Source | None, prefix: str) -> gpd.GeoDataFrame | None:
    layer = load(frame, source, "polygon", within=frame.area, cut=False) if source else None
    if layer is None:
        return None
    return with_ids(layer.assign(name=texts(layer, "name"), rate_mbps=numbers(layer, "rate_mbps")), prefix)


def _power_lines(frame: Frame, source: Source | None) -> gpd.GeoDataFrame | None:
    layer = _lines(frame, source, "power", ("operator", "owner", "status"))
    if layer is None or source is None:
        return None
    kinds = line_kinds(layer)
    unknown = kinds == ""
    stated = frame.project.routes.power_lines_kind
    if unknown.any() and stated is None:
        frame.door.warn(
            f"{source.place}: {int(unknown.sum())} of {len(layer)} lines state neither kind nor voltage and are "
            "ASSUMED to be distribution lines; give routes.power_lines_kind."
        )
    share = numbers(layer, "make_ready_share")
    impossible = share.notna() & ~share.between(0, 1)
    if impossible.any():
        found = f"{int(impossible.sum())} lines with a make-ready share outside 0 to 1"
        frame.door.warn(f"{source.place}: {found}, ignored.")
    return layer.assign(kind=kinds.where(~unknown, stated or "distribution"), make_ready_share=share.where(~impossible))


def _water(frame: Frame, sources: dict[str, list[Source]]) -> dict[str, gpd.GeoDataFrame | None]:
    """`water_pipes` and `water_access`, of GIS layers or of an EPANET model."""
    source = next(iter(sources.get("routes.water_pipes", [])), None)
    network: WaterNetwork | None = None
    pipes = None
    if source is not None and is_model(source):
        stated = frame.project.routes.water_pipes_crs
        crs = known_crs(frame.door, stated)
        network = None if stated is not None and crs is None else read_network(frame.door, source, crs)
        pipes = None if network is None else fitted(frame, source, network.pipes, within=frame.margin, cut=True)
    elif source is not None:
        pipes = load(frame, source, "line", within=frame.margin, cut=True)
    if pipes is not None and source is not None:
        defaults = frame.project.routes.water_pipe_defaults
        pipes = with_ids(standard_pipes(frame.door, source, pipes, defaults), "pipe")
    found = _water_access(frame, sources.get("routes.water_access", []))
    if network is not None and source is not None and len(network.points):
        points = fitted(frame, source, network.points, within=frame.margin, cut=False)
        found += [] if points is None else [points]
    if pipes is not None:
        found += [changes] if len(changes := diameter_changes(pipes)) else []
    return {"water_pipes": pipes, "water_access": with_ids(_joined(found), "access") if found else None}


def _water_access(frame: Frame, sources: list[Source]) -> list[gpd.GeoDataFrame]:
    found = []
    for source in sources:
        layer = load(frame, source, "point", within=frame.margin, cut=False)
        if layer is not None:
            stem = source.layer or Path(source.written).stem
            found.append(layer.assign(kind=access_kinds(layer, stem.lower()), status=texts(layer, "status")))
    return found


def _ducts(frame: Frame, source: Source | None) -> gpd.GeoDataFrame | None:
    layer = _lines(frame, source, "duct", ("name", "owner", "status"))
    return None if layer is None else layer.assign(free_bores=numbers(layer, "free_bores"))


def _exclusions(frame: Frame, sources: list[Source]) -> gpd.GeoDataFrame:
    found = []
    for source in sources:
        layer = load(frame, source, "polygon", within=frame.margin, cut=True)
        if layer is not None:
            found.append(layer.assign(name=texts(layer, "name"), source=source.written))
    if not found:
        return empty_layer(frame.crs, {"name": "object", "source": "object"})
    return with_ids(_joined(found), "exclusion")


def _joined(found: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(pd.concat(found, ignore_index=True), geometry="geometry", crs=found[0].crs)
