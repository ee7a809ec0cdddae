"""Small districts in memory, planned through every stage: for tests that ask what a plan builds, and where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from affine import Affine
from pyproj import CRS
from shapely.geometry import LineString, Point, box

from netplan.backhaul import build_backhaul
from netplan.candidates import build_sites
from netplan.catalogue import load_catalogue, select
from netplan.catalogue.schema import Catalogue
from netplan.costs import Economics
from netplan.demand import build_demand
from netplan.planner import Problem, solve
from netplan.problem import assemble
from netplan.project.schema import Project
from netplan.radio import build_hops, build_options
from netplan.tables import Demand, Inputs, Options, Raster

UTM = CRS.from_epsg(32736)
X0, Y0 = 400_000.0, 9_800_000.0
ECONOMICS = Economics("USD", 2025, 0.08, 10, True, "society", 0.025)


@dataclass(frozen=True)
class District:
    """A place in kilometres from its south-west corner. Defaults: nobody, flat ground, no layer at all."""

    people: dict[tuple[int, int], float]
    """(column, row) of a 1 km cell -> people spread evenly over it."""
    size_km: tuple[float, float] = (10.0, 10.0)
    technologies: tuple[str, ...] = ()
    rate_mbps: float = 5.0
    busy_hour_mbps: float = 0.3
    adoption: float = 0.4
    pop: tuple[float, float] | None = (0.5, 0.5)
    roads: tuple[tuple[tuple[float, float], ...], ...] = ()
    schools: tuple[tuple[float, float], ...] = ()
    school_rate_mbps: float = 20.0
    sensors: tuple[tuple[float, float], ...] = ()
    sensor_rate_mbps: float = 0.0005
    towers: dict[tuple[float, float], str] = field(default_factory=dict)
    """Towers of one's own -> the technologies that stand there."""
    copper: tuple[tuple[tuple[float, float], ...], ...] = ()
    coax: tuple[tuple[tuple[float, float], ...], ...] = ()
    ground_m: Callable[[Any, Any], Any] | None = None
    """Height over (x, y) in km; None: no terrain known."""
    settlements: tuple[tuple[float, float], ...] = ()
    target: float = 1.0
    """Of people; schools and sensors are all to be served."""
    spacing_m: float = 4000.0
    """Of new masts."""
    hub_spacing_m: float = 2500.0


@dataclass(frozen=True)
class Outcome:
    """What the plan of a district is: weight served by technology, options opened, its cost."""

    status: str
    served: dict[str, float]
    opened: dict[str, int]
    cost: float
    options: Options
    demand: Demand


def _points(places: Any, **columns: Any) -> gpd.GeoDataFrame:
    geometry = [Point(X0 + 1000 * x, Y0 + 1000 * y) for x, y in places]
    frame = gpd.GeoDataFrame({"name": [""] * len(geometry), **columns}, geometry=geometry, crs=UTM)
    frame.index = pd.Index([str(i) for i in range(len(frame))], dtype=object)
    return frame


def _lines(lines: Any) -> gpd.GeoDataFrame | None:
    if not lines:
        return None
    geometry = [LineString([(X0 + 1000 * x, Y0 + 1000 * y) for x, y in line]) for line in lines]
    frame = gpd.GeoDataFrame({"name": [""] * len(geometry)}, geometry=geometry, crs=UTM)
    frame.index = pd.Index([str(i) for i in range(len(frame))], dtype=object)
    return frame


def _ground(district: District) -> Raster | None:
    if district.ground_m is None:
        return None
    pixel_km, edge_km = 0.1, 2.0
    wide, high = (round((size + 2 * edge_km) / pixel_km) for size in district.size_km)
    x = (np.arange(wide) + 0.5) * pixel_km - edge_km
    y = district.size_km[1] + edge_km - (np.arange(high) + 0.5) * pixel_km
    values = np.asarray(np.broadcast_to(district.ground_m(*np.meshgrid(x, y)), (high, wide)), float)
    left, top = X0 - 1000 * edge_km, Y0 + 1000 * (district.size_km[1] + edge_km)
    return Raster(np.ascontiguousarray(values), Affine(100, 0, left, 0, -100, top), "ground")


def inputs_of(district: District) -> Inputs:
    """The district as the planner's files would have been read."""
    cells = [box(X0 + 1000 * c, Y0 + 1000 * r, X0 + 1000 * (c + 1), Y0 + 1000 * (r + 1)) for c, r in district.people]
    population = gpd.GeoDataFrame({"population": list(district.people.values())}, geometry=cells, crs=UTM)
    area = box(X0, Y0, X0 + 1000 * district.size_km[0], Y0 + 1000 * district.size_km[1])
    towers = _points(
        district.towers, technologies=list(district.towers.values()), status="existing", height_m=40.0, operator="",
        assumed=False,
    )  # fmt: skip
    pops = _points([] if district.pop is None else [district.pop], capacity_mbps=np.inf, assumed=False)
    facilities = {"schools": _points(district.schools), "meters": _points(district.sensors)}
    return Inputs(
        crs=UTM, area=area, margin=area.buffer(1000), population=population, urban=None,
        facilities={name: layer for name, layer in facilities.items() if len(layer)}, pops=pops,
        towers=towers if len(towers) else None, fibre=None, service=None, roads=_lines(district.roads),
        power_lines=None, water_pipes=None, water_access=None, ducts=None, elevation=_ground(district),
        exclusions=gpd.GeoDataFrame({"source": []}, geometry=[], crs=UTM),
        settlements=_points(district.settlements) if district.settlements else None,
        copper=_lines(district.copper), coax=_lines(district.coax),
    )  # fmt: skip


def project_of(district: District) -> Project:
    """Its project: one level of service for town and country, everybody to be served."""
    level = {"rate_mbps": district.rate_mbps, "busy_hour_mbps": district.busy_hour_mbps, "adoption": district.adoption}
    school = {"layer": "-", "rate_mbps": district.school_rate_mbps, "busy_hour_mbps": 2.0}
    sensor = {"layer": "-", "rate_mbps": district.sensor_rate_mbps, "busy_hour_mbps": district.sensor_rate_mbps / 100}
    facilities = {"schools": school} if district.schools else {}
    facilities |= {"meters": sensor} if district.sensors else {}
    targets = dict.fromkeys(("rural", "urban"), district.target) if district.people else {}
    targets |= dict.fromkeys(facilities, 1.0)
    return Project.model_validate(
        {
            "name": "small",
            "demand": {"population": "-", "cell_m": 1000, "household_size": 4.0, "facilities": facilities},
            "service": {"urban": level, "rural": level},
            "targets": targets,
            "technologies": list(district.technologies) or None,
            "candidates": {"mast_spacing_m": district.spacing_m, "hub_spacing_m": district.hub_spacing_m},
        }
    )


def demand_of(district: District, inputs: Inputs, project: Project) -> Demand:
    """The demand table; sensors ask for the service of sensors."""
    demand = build_demand(inputs, project)
    points = demand.points
    level = np.where(points["area_km2"] > 0, "household", "community")
    points = points.assign(level=np.where(points["class"] == "meters", "iot", level))
    return replace(demand, points=points)


def offered(district: District, catalogue: Catalogue | None = None) -> tuple[Demand, Options]:
    """Demand and access options alone."""
    whole = load_catalogue() if catalogue is None else catalogue
    project, inputs = project_of(district), inputs_of(district)
    chosen = select(whole, project.technologies)
    demand = demand_of(district, inputs, project)
    sites = build_sites(inputs, demand, project, chosen, ECONOMICS)
    return demand, build_options(inputs, demand, sites, chosen, project, ECONOMICS, whole)


def plan_of(district: District, catalogue: Catalogue | None = None, time_limit_s: float = 20.0) -> Outcome:
    """The least-cost plan through every stage from candidates on, solved to a gap of 0.5 %."""
    whole = load_catalogue() if catalogue is None else catalogue
    project, inputs = project_of(district), inputs_of(district)
    chosen = select(whole, project.technologies)
    demand = demand_of(district, inputs, project)
    sites = build_sites(inputs, demand, project, chosen, ECONOMICS)
    options = build_options(inputs, demand, sites, chosen, project, ECONOMICS, whole)
    hops = build_hops(inputs, sites, chosen)
    backhaul = build_backhaul(inputs, sites, hops, chosen, project, ECONOMICS)
    indexed = assemble(demand, sites, options, backhaul, dict(project.targets))
    solution = solve(Problem.of(**indexed.arrays), gap=5e-3, time_limit_s=time_limit_s, threads=1, seed=0)
    technology = options.table["technology"].to_numpy(object)
    shares = solution.served.tocoo()
    weight = demand.points["weight"].to_numpy(float)[indexed.parts.row] * indexed.parts.share
    served = pd.Series(shares.data * weight[shares.row]).groupby(technology[shares.col]).sum()
    opened = pd.Series(technology[solution.option_open]).value_counts()
    return Outcome(
        solution.status, dict(served), {str(k): int(v) for k, v in opened.items()}, float(solution.objective), options,
        demand,
    )  # fmt: skip
