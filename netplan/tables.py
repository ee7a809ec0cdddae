"""The tables that stages hand to each other: columns, units, meaning. One place, no behaviour.

All geometry is in the project's projected CRS (metres). Every table is indexed by a string id and sorted by
it, so that results do not depend on the order of input rows. Items tables have the columns of
`netplan.costs.ITEM_COLUMNS`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from affine import Affine
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

FloatArray: TypeAlias = npt.NDArray[np.float64]

ROW = "row_in_file"
"""Column of a layer: number of the feature's row in the planner's file, from 1; of a table as a spreadsheet counts."""


@dataclass(frozen=True)
class Raster:
    """A raster in memory, already in the project CRS. `values[row, col]`; NaN where there is no data."""

    values: FloatArray
    transform: Affine
    path: str
    clutter_m: FloatArray | None = None
    """For elevation: representative height of what stands on the ground at each pixel (0 open, NaN unknown); None when
    no land cover is given."""


@dataclass(frozen=True)
class Inputs:
    """The planner's files, clean: one projected CRS, clipped, repaired, standard column names.

    Point, line and polygon layers keep every user attribute; the standard columns are added. Absent
    optional layers are None.
    """

    crs: CRS
    area: BaseGeometry
    """Planning area (polygon or multipolygon)."""
    margin: BaseGeometry
    """Area buffered by backhaul_margin_m: links may run here."""
    population: gpd.GeoDataFrame
    """index cell/pixel/settlement id; `population` (people of the data's year scaled to the price year);
    polygon (raster pixel footprint, whole, not clipped) or point (settlement). Only those touching the area."""
    urban: gpd.GeoDataFrame | None
    """Polygons taken as urban, when the project names a layer instead of degurba."""
    facilities: dict[str, gpd.GeoDataFrame]
    """class -> points inside the area; index facility id, `name`."""
    pops: gpd.GeoDataFrame
    """points; `name`, `capacity_mbps` (inf if not given), `assumed` (bool). May be empty."""
    towers: gpd.GeoDataFrame | None
    """points; `name`, `height_m` (NaN if not given), `operator`, `technologies` (as written, '' if not stated),
    `assumed` (True: crowd-sourced position), ROW. Those outside the area (within the margin) are there only if they
    state technologies, for they may serve people inside."""
    fibre: gpd.GeoDataFrame | None
    service: gpd.GeoDataFrame | None
    """polygons and points served today; `rate_mbps` (NaN if not given), `technology` (as written, '' if not given),
    `share` (0–1 of the people there; 1 if not given), `name`, ROW."""
    roads: gpd.GeoDataFrame | None
    """lines; user attributes kept."""
    power_lines: gpd.GeoDataFrame | None
    """lines; `kind` distribution|transmission."""
    water_pipes: gpd.GeoDataFrame | None
    """lines; `diameter_mm` (NaN unknown), `material` (upper case, '' unknown), `lining`, `pressure_class_bar`, `year`
    (of construction; NaN unknown), `water` (potable|raw), `owner`, `status`."""
    water_access: gpd.GeoDataFrame | None
    """points where cable may enter or leave a pipe, or cannot pass; `kind` (chamber, reservoir, pump, valve …, and
    `diameter change`: where two pipes of different diameter meet)."""
    ducts: gpd.GeoDataFrame | None
    elevation: Raster | None
    exclusions: gpd.GeoDataFrame
    """polygons; `source`. May be empty."""
    settlements: gpd.GeoDataFrame | None
    """named places (polygon or point) for candidate hubs and labels; `name`."""
    copper: gpd.GeoDataFrame | None = None
    """lines of the telephone network that stand"""
    railways: gpd.GeoDataFrame | None = None
    """lines along which the railway has troughs or ducts; `name`, `owner`."""
    coax: gpd.GeoDataFrame | None = None
    """lines of the cable-television network that stand"""
    rain: Raster | None = None
    """Rain rate in mm/h exceeded for 0.01 % of the year, when the project gives a raster of it."""
    warnings: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    """path as written in the project file -> sha256"""
    licences: dict[str, str] = field(default_factory=dict)
    """path -> attribution text"""
    sensors: gpd.GeoDataFrame | None = None
    """points inside the area; index sensor id, `name`."""
    service_rate: Raster | None = None
    """Downlink rate served today, Mbit/s, where the project gives it as a raster; NaN or 0: nothing."""


@dataclass(frozen=True)
class Baseline:
    """What serves people today, and how much of each demand row it serves at the rate that the row asks for."""

    equipment: gpd.GeoDataFrame
    """Existing access equipment. Index existing_id. Columns: `name`, `technology`, `height_m`, `capacity`,
    `capacity_unit`, `x_m`, `y_m`. Geometry: point. Empty where a layer states the service."""
    service: pd.DataFrame
    """One row per (demand row, equipment), or per (demand row, technology) of a layer: `demand_id, existing_id` ('' for
    a layer), `technology` ('' not stated), `rate_mbps` (NaN not stated), `share` (its part of `baseline_share`),
    `reach_share` (0–1, reached at any rate), `capacity_used` (of the equipment), `reach` (which of the row's aim points
    are served, a 1 or 0 each; '' where the share is spread evenly over the row). Sorted by the first three."""
    technologies: tuple[str, ...] = ()
    """Ids that the layers name, whether they reach anybody or not."""
    warnings: tuple[str, ...] = ()
    parts: pd.DataFrame | None = None
    """Where in a row it is, one row per part of unequal service: `demand_id, bits` (aim points, as of
    `Options.service`), `points` (aim points of the row) and `share` (of the part, 0–1). Rows not named, and None:
    spread evenly."""


@dataclass(frozen=True)
class Demand:
    """Where people and facilities are, and what they need."""

    points: gpd.GeoDataFrame
    """index demand_id. Columns: `class` (urban, rural, community_urban, community_rural, a facility class, sensors),
    `level` (whose service counts: household for people's cells, community for community rows and facilities, iot for
    sensors), `weight` (people, 1 per facility, number of sensors), `population`, `households` (both 0 but for people's
    cells: nobody is counted twice), `premises` (households × adoption; 1 for a facility; number of sensors),
    `demand_mbps` (busy hour, wholly served), `rate_mbps` (required at the premises), `baseline_share` (0–1),
    `x_m`, `y_m` (where to aim radio: the cell's representative point), `area_km2` (0 for points), `name`.
    Geometry: cell polygon clipped to the area, or point."""
    warnings: tuple[str, ...] = ()
    baseline: Baseline | None = None
    """None: nothing is known to serve anybody today."""


@dataclass(frozen=True)
class Sites:
    """Physical sites that exist or could be built."""

    points: gpd.GeoDataFrame
    """index site_id. Columns: `structure` (catalogue id), `status` (existing|shared|new), `lever` (id or ''),
    `name`, `height_m` (antenna above ground), `ground_m` (terrain elevation, NaN unknown), `power` (catalogue id),
    `grid_distance_m`, `assumed` (bool), `technologies` (what stands there, as the layer of towers says; ''),
    `max_systems` (radio systems that may still be mounted, as it says; NaN), `x_m`, `y_m`.
    Geometry: point. Sites of a closed lever are absent."""
    items: pd.DataFrame
    """cost items of opening each site (structure, power for the bare site)."""
    warnings: tuple[str, ...] = ()
    proposed: int = 0
    """places for new sites before `candidates.max_sites`"""
    dropped: int = 0
    """how many of them it leaves out"""


@dataclass(frozen=True)
class Options:
    """Access configurations that can be switched on, and whom each can serve."""

    table: gpd.GeoDataFrame
    """index option_id. Columns: `site_id` ('' for direct-to-premises), `technology`, `capacity`, `capacity_unit`,
    `needs_backhaul` (bool), `x_m`, `y_m`. Geometry: point."""
    items: pd.DataFrame
    """cost items of switching on each option."""
    service: pd.DataFrame
    """one row per (demand, option) that offers at least the required rate: `demand_id, option_id, rate_mbps,
    capacity_used` (capacity taken by wholly serving the row), `service_max` (largest share reachable, 0–1],
    `loss_db` (NaN when not radio)`, `bits` (the row's aim points reached, bit k for its k-th; 0: the share is spread
    evenly over the row) and `points` (aim points of the row; 0 with `bits`). Sorted by demand_id, option_id."""
    premises_items: pd.DataFrame
    """per technology: ITEM_COLUMNS with row_id = technology id, quantities for ONE premises."""
    warnings: tuple[str, ...] = ()
    exclusive: tuple[tuple[str, ...], ...] = ()
    """groups of option ids of which one at most may be on: options of a place that use the same carrier."""


@dataclass(frozen=True)
class Hops:
    """Feasible microwave hops between sites, and dishes (made by radio, priced by backhaul)."""

    table: pd.DataFrame
    """columns `site_a, site_b, medium` (catalogue id)`, length_m, capacity_mbps, clearance` (of F1, >= 1)."""
    dishes: pd.DataFrame | None = None
    """Where a satellite dish sees its sky: columns `site_id, medium`. None: anywhere."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Backhaul:
    """One graph of every way traffic can go, contracted, priced."""

    nodes: gpd.GeoDataFrame
    """index node_id. `kind` (pop|gateway|site|junction|access-point), `site_id` ('' if none), `capacity_mbps`
    (pops; inf otherwise), `x_m`, `y_m`. Geometry: point."""
    edges: gpd.GeoDataFrame
    """index edge_id. `from_node, to_node, medium, status` (existing|shared|new), `length_m` (geodesic),
    `capacity_mbps` (inf unlimited), `site_a, site_b` ('' or the site that must be open: hop ends, relay masts),
    `owner` (the utility whose consent it needs, '' if nobody's).
    Geometry: line (zero-length allowed for satellite: two equal points)."""
    items: pd.DataFrame
    """cost items of building each edge."""
    roots: tuple[str, ...]
    """node ids of kind pop or gateway."""
    warnings: tuple[str, ...] = ()
    refused: gpd.GeoDataFrame | None = None
    """Assets of the routes that cannot take cable, one row per asset and medium: `asset_id, medium, reason, found,
    owner, length_m`. Geometry: line."""
