"""Small worlds for tests of fixed links and of paths to the sky."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from affine import Affine
from pyproj import CRS

from netplan.catalogue import load_catalogue
from netplan.catalogue.schema import Catalogue
from netplan.project.schema import DemandSpec, Project
from netplan.tables import FloatArray, Inputs, Raster, Sites

EAST, NORTH = 400_000.0, 9_800_000.0
"""Near 1.8 S, 32.1 E."""
UTM = CRS.from_epsg(32736)
PITCH_M = 50.0
SIDE_M = 60_000.0


def ground(height_m: float = 1500.0) -> FloatArray:
    """Flat ground as rows from north to south of a raster around the origin."""
    n = int(SIDE_M / PITCH_M)
    return np.full((n, n), height_m)


def away_m() -> tuple[FloatArray, FloatArray]:
    """(east, north) of each pixel of `ground` from the origin."""
    n = int(SIDE_M / PITCH_M)
    line = (np.arange(n) + 0.5) * PITCH_M - SIDE_M / 2
    east, north = np.meshgrid(line, -line)
    return east, north


def raster(values: FloatArray) -> Raster:
    """The values as elevation centred on the origin."""
    return Raster(values, Affine(PITCH_M, 0, EAST - SIDE_M / 2, 0, -PITCH_M, NORTH + SIDE_M / 2), "dem.tif")


def inputs(elevation: Raster | None = None, rain: Raster | None = None) -> Inputs:
    """An area of 20 x 20 km around the origin with nothing in it."""
    area = shapely.box(EAST - 10_000, NORTH - 10_000, EAST + 10_000, NORTH + 10_000)
    nobody = gpd.GeoDataFrame({"population": []}, geometry=[], crs=UTM)
    pops = gpd.GeoDataFrame({"name": [], "capacity_mbps": [], "assumed": []}, geometry=[], crs=UTM)
    return Inputs(
        crs=UTM, area=area, margin=area.buffer(10_000), population=nobody,
        urban=None, facilities={}, pops=pops, towers=None, fibre=None, service=None, roads=None, power_lines=None,
        water_pipes=None, water_access=None, ducts=None, elevation=elevation,
        exclusions=gpd.GeoDataFrame({"source": []}, geometry=[], crs=UTM), settlements=None, rain=rain,
    )  # fmt: skip


def sites(rows: list[tuple[str, float, float]], height_m: float = 30.0, structure: str = "new-mast") -> Sites:
    """Sites (id, east, north) of the origin."""
    frame = pd.DataFrame({"x_m": [EAST + r[1] for r in rows], "y_m": [NORTH + r[2] for r in rows]})
    frame.index = pd.Index([row[0] for row in rows], name="site_id")
    frame = frame.assign(structure=structure, height_m=height_m, power="solar", status="new")
    return Sites(gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame.x_m, frame.y_m), crs=UTM), pd.DataFrame())


def project(**more: Any) -> Project:
    """A project with a rain rate, so that nothing is assumed."""
    fields: dict[str, Any] = {"climate": {"rain_rate_mm_per_h": 50.0, "refractivity_gradient_n_per_km": -200.0}}
    return Project(name="t", demand=DemandSpec(population="p.tif"), targets={"rural": 0.9}, **{**fields, **more})


def shipped(*kinds: str) -> Catalogue:
    """The shipped catalogue with media of these kinds only."""
    catalogue = load_catalogue()
    media = {key: medium for key, medium in catalogue.media.items() if medium.kind in kinds}
    return catalogue.model_copy(update={"media": media})
