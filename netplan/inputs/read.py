"""All the planner's files of one scenario → `Inputs`: one projected CRS, clipped, repaired, standard names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import geopandas as gpd
import numpy as np
import pyproj
import rasterio.warp
import shapely
from pyproj import CRS, Proj, Transformer
from shapely.geometry.base import BaseGeometry

from netplan.inputs import layers
from netplan.inputs.clutter import with_clutter
from netplan.inputs.door import Door, Source, locate
from netplan.inputs.epanet import is_model, read_network
from netplan.inputs.people import brought_to_price_year, settlement_population
from netplan.inputs.raster import (
    bounds_of,
    footprint,
    open_raster,
    population_pixels,
    read_elevation,
    read_rain,
)
from netplan.inputs.service import is_raster, read_rates
from netplan.inputs.vector import into, read_layer, with_ids
from netplan.project.read import LoadedProject
from netplan.project.schema import Project
from netplan.tables import Inputs

URBAN_RULES = ("degurba", "degurba-1")
WEB_MERCATOR = 3857
NARROWEST_M, WIDEST_M = 100.0, 2e6
"""width of a planning area: below are degrees taken for metres, above no projection is true to lengths"""
MOST_DISTORTED = 0.01
"""Part of a length: in a UTM zone and in national grids it is below a tenth of this."""
DEGREES = "its coordinates may be degrees under the name of a CRS in metres: state the right one"
SIZE = "give an area of a district or a small country"


@dataclass(frozen=True)
class Sources:
    """Every file the project names, found on disk. Lists for keys that take several."""

    by_key: dict[str, list[Source]]

    def one(self, key: str) -> Source | None:
        """The file of a key that takes one."""
        found = self.by_key.get(key, [])
        return found[0] if found else None

    def all(self, key: str) -> list[Source]:
        """The files of a key that takes several."""
        return self.by_key.get(key, [])


RASTERS = ("demand.population", "terrain.elevation", "terrain.clutter", "climate.rain_rate_mm_per_h")
"""keys of the project that name rasters"""


def read_inputs(loaded: LoadedProject) -> Inputs:
    """Read, check, repair, reproject and clip everything the project names.

    Raises InputError with every fault found (file and key, what was found, what to do).
    """
    door, project = Door(loaded.folder), loaded.project
    sources = _sources(door, project)
    stated = _stated_crs(door, project)
    place = _place(door, project, sources, stated)
    if place is None:
        _probe(door, project, sources)
        door.raise_if_faulty()
        raise AssertionError("a place that cannot be told is a fault")
    crs, area = place
    margin = area.buffer(project.backhaul_margin_m) if project.backhaul_margin_m > 0 else area
    frame = layers.Frame(door, crs, area, margin, project)

    population = _population(frame, sources)
    elevation_file = sources.one("terrain.elevation")
    elevation = read_elevation(door, elevation_file, area, margin, crs) if elevation_file else None
    service_file = sources.one("existing.service")
    rate = read_rates(door, service_file, area, crs) if service_file and is_raster(service_file) else None
    rain_file = sources.one("climate.rain_rate_mm_per_h")
    rain = read_rain(door, rain_file, margin, crs) if rain_file else None
    clutter_file = sources.one("terrain.clutter")
    if clutter_file is not None:
        tables = [loaded.folder / folder for folder in project.models]
        elevation = with_clutter(door, clutter_file, elevation, tables, crs)
    read = layers.read_all(frame, sources.by_key)
    layers.say_absent(frame, sources.by_key, read)
    door.raise_if_faulty()
    if population is None:
        raise AssertionError("population that cannot be read is a fault")
    return Inputs(
        crs=crs,
        area=area,
        margin=margin,
        population=population,
        elevation=elevation,
        service_rate=rate,
        rain=rain,
        warnings=tuple(door.warnings),
        files=dict(sorted(door.files.items())),
        licences=dict(sorted(project.attributions.items())),
        **read,
    )


def _sources(door: Door, project: Project) -> Sources:
    """Every path of the project, located; missing files are noted as faults."""
    rain = project.climate.rain_rate_mm_per_h
    one = {
        "area": project.area,
        "demand.population": project.demand.population,
        "demand.settlements": project.demand.settlements,
        "demand.sensors": project.demand.sensors.layer if project.demand.sensors else None,
        "demand.urban": None if project.demand.urban in URBAN_RULES else project.demand.urban,
        "existing.pops": project.existing.pops,
        "existing.towers": project.existing.towers,
        "existing.fibre": project.existing.fibre,
        "existing.copper": project.existing.copper,
        "existing.coax": project.existing.coax,
        "existing.service": project.existing.service,
        "routes.roads": project.routes.roads,
        "routes.power_lines": project.routes.power_lines,
        "routes.water_pipes": project.routes.water_pipes,
        "routes.ducts": project.routes.ducts,
        "routes.railways": project.routes.railways,
        "terrain.elevation": project.terrain.elevation,
        "climate.rain_rate_mm_per_h": rain if isinstance(rain, str) else None,
        "terrain.clutter": project.terrain.clutter,
    }
    named: dict[str, list[str]] = {key: [path] for key, path in one.items() if path is not None}
    named["routes.water_access"] = list(project.routes.water_access)
    named["exclusions"] = list(project.exclusions)
    for name, facility in project.demand.facilities.items():
        named[f"demand.facilities.{name}"] = [facility.layer]
    found = {key: [locate(door, path, key) for path in paths] for key, paths in named.items()}
    return Sources({key: [source for source in items if source is not None] for key, items in found.items()})


def _stated_crs(door: Door, project: Project) -> CRS | None:
    if project.crs is None:
        return None
    place = "crs"
    try:
        crs = CRS.from_user_input(project.crs)
    except pyproj.exceptions.CRSError:
        door.fault(place, f"`{project.crs}` is not a known CRS", "give an EPSG code, e.g. EPSG:32736")
        return None
    if not crs.is_projected or any(axis.unit_name not in ("metre", "meter", "m") for axis in crs.axis_info[:2]):
        door.fault(place, f"{crs.name} is not projected in metres", "give a projected CRS, or leave it out for UTM")
        return None
    if crs.to_epsg() == WEB_MERCATOR:
        door.fault(place, "Web Mercator distorts lengths", "give a local projected CRS, or leave it out for UTM")
        return None
    return crs


def _place(door: Door, project: Project, sources: Sources, stated: CRS | None) -> tuple[CRS, BaseGeometry] | None:
    """The project CRS and the area: its layer, else the extent of the demand. None after a fault."""
    if project.crs is not None and stated is None:
        return None
    place = _stated_or_extent(door, project, sources, stated)
    if place is None:
        return None
    key, found = "area" if project.area is not None else "demand", place[1].bounds
    wide_m = max(found[2] - found[0], found[3] - found[1])
    if wide_m >= NARROWEST_M and wide_m <= WIDEST_M:
        _warn_of_lengths(door, stated, place[1])
        return place
    if wide_m < NARROWEST_M:
        door.fault(key, f"the planning area is {wide_m:.3g} m wide", DEGREES)
    else:
        size = f"{wide_m / 1000:,.0f} km wide" if np.isfinite(wide_m) else "too wide to be projected"
        door.fault(key, f"the planning area is {size}", SIZE)
    return None


def _warn_of_lengths(door: Door, stated: CRS | None, area: BaseGeometry) -> None:
    """A CRS of another zone is a slip that shows nowhere: everything lies where it should, only longer or shorter."""
    if stated is None:
        return
    east, north = Transformer.from_crs(stated, 4326, always_xy=True).transform(area.centroid.x, area.centroid.y)
    factors = Proj(stated).get_factors(east, north)
    scale = max(factors.meridional_scale, factors.parallel_scale, key=lambda each: abs(each - 1.0))
    if np.isfinite(scale) and abs(scale - 1.0) > MOST_DISTORTED:
        door.warn(
            f"crs: 1 km on the ground measures {scale:.3f} km in {stated.name}, which is made for another place: give "
            "the CRS of this one, or leave it out for UTM."
        )


def _stated_or_extent(
    door: Door, project: Project, sources: Sources, stated: CRS | None
) -> tuple[CRS, BaseGeometry] | None:
    if project.area is not None:
        source = sources.one("area")
        frame = read_layer(door, source, "polygon", required=True) if source else None
        if source is None or frame is None:
            return None
        crs = stated or _utm(door, source.place, frame)
        if crs is None:
            return None
        area = into(door, source, frame, crs).geometry.union_all()
        if area.is_empty or area.area <= 0:
            door.fault(source.place, f"no polygon is left of it in {crs.name}", SIZE)
            return None
        return crs, area
    return _extent(door, project, sources, stated)


def _extent(door: Door, project: Project, sources: Sources, stated: CRS | None) -> tuple[CRS, BaseGeometry] | None:
    raster = sources.one("demand.population")
    if project.demand.population is not None:
        dataset = open_raster(door, raster) if raster else None
        if dataset is None:
            return None
        with dataset:
            degrees = rasterio.warp.transform_bounds(dataset.crs, rasterio.CRS.from_epsg(4326), *bounds_of(dataset))
            box = gpd.GeoDataFrame(geometry=[shapely.box(*degrees)], crs=4326)
            crs = stated or (_utm(door, raster.place, box) if raster else None)
            return None if crs is None else (crs, footprint(dataset, crs))
    source = sources.one("demand.settlements")
    frame = read_layer(door, source, "place", required=True) if source else None
    if source is None or frame is None:
        return None
    crs = stated or _utm(door, source.place, frame)
    if crs is None:
        return None
    bounds = into(door, source, frame, crs).total_bounds
    # half a cell beyond the outermost settlement, which would else lie on the edge
    return crs, shapely.box(*bounds).buffer(project.demand.cell_m / 2, join_style="mitre")


def _utm(door: Door, place: str, frame: gpd.GeoDataFrame) -> CRS | None:
    try:
        return _zone(tuple(frame.total_bounds), frame.crs)
    except (RuntimeError, pyproj.exceptions.ProjError, ValueError) as error:
        door.fault(place, f"no UTM zone for where it lies ({str(error).splitlines()[0]})", "check the layer's CRS")
        return None


@lru_cache(maxsize=64)
def _zone(bounds: tuple[float, ...], crs: CRS) -> CRS:
    """PROJ looks through its whole list of systems: once a layer, not once a scenario."""
    return CRS.from_user_input(gpd.GeoSeries([shapely.box(*bounds)], crs=crs).estimate_utm_crs())


def _probe(door: Door, project: Project, sources: Sources) -> None:
    """With no area nothing can be clipped, but each file can still be opened: say all that is wrong at once."""
    for key, items in sources.by_key.items():
        for source in items:
            if key in RASTERS or (key == "existing.service" and is_raster(source)):
                dataset = open_raster(door, source)
                if dataset is not None:
                    dataset.close()
            elif is_model(source):
                read_network(door, source, layers.known_crs(door, layers.assumed_crs(project, key)))
            elif key != "area":
                read_layer(
                    door,
                    source,
                    layers.KINDS.get(key, "point"),
                    required=key.startswith("demand."),
                    assumed_crs=layers.assumed_crs(project, key),
                )


def _population(frame: layers.Frame, sources: Sources) -> gpd.GeoDataFrame | None:
    door, spec = frame.door, frame.project.demand
    if spec.population is not None:
        source = sources.one("demand.population")
        people = population_pixels(door, source, frame.area, frame.crs, spec.cell_m) if source else None
    else:
        source = sources.one("demand.settlements")
        people = _settlers(frame, source) if source else None
    if source is None or people is None:
        return None
    return brought_to_price_year(door, source.place, people, frame.area, spec, frame.project.economics.price_year)


def _settlers(frame: layers.Frame, source: Source) -> gpd.GeoDataFrame | None:
    """Settlements with their people: all that reach into the area, where a part of a polygon has a part of them."""
    layer = read_layer(frame.door, source, "place", required=True)
    if layer is None:
        return None
    here = layers.fitted(frame, source, layer, within=frame.area, cut=False, required=True)
    people = None if here is None else settlement_population(frame.door, source, here, frame.project.demand)
    return None if people is None else with_ids(people[people.intersects(frame.area)], "settlement")
