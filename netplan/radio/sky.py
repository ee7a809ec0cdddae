"""Who sees the sky well enough for a satellite or a platform, and whether rain leaves the link its margin."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyproj import Proj

from netplan.catalogue.links import SkyLink
from netplan.catalogue.schema import Catalogue
from netplan.project.schema import Project
from netplan.radio.climate import Climate, climate_of
from netplan.radio.ground import values_at
from netplan.radio.horizon import AZIMUTHS, Horizon, horizon_along
from netplan.radio.shapes import Aims, IntArray
from netplan.radio.slant import geostationary_look, slant_rain_db
from netplan.tables import FloatArray, Inputs

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Sky:
    """n places under one link to the sky."""

    served: BoolArray
    """Clear to where the satellites are, with rain inside the margin."""
    elevation_deg: FloatArray
    """Lowest one that the link must work at."""
    blocked: BoolArray
    """Terrain, known or not, in the way (or the satellite below its lowest elevation)."""
    rained_out: BoolArray
    """Rain takes more than the margin for more of the year than the target allows."""
    warnings: tuple[str, ...] = ()


def sky_over(
    sky: SkyLink,
    inputs: Inputs,
    catalogue: Catalogue,
    project: Project | None,
    xy_m: FloatArray,
    height_m: npt.ArrayLike,
) -> Sky:
    """Which of n map points (n, 2), with antennas `height_m` above ground, a link to the sky serves.

    Low orbit: at most `max_blocked_share` of the azimuths stand above the lowest elevation, where rain is reckoned
    too. Geostationary and platform: the one direction must be clear, and is where rain is reckoned. Voids of the
    terrain block; beyond its edge nothing is taken to stand higher than what was met until there, and the warnings say
    so. Rain: P.618 attenuation at the availability target against the margin.

    Raises:
        InputError: rain is not known. ValueError: an antenna below ground.
    """
    climate = climate_of(inputs, catalogue, project, xy_m)
    lowest = sky.min_elevation_deg.value
    if sky.orbit == "low":
        assert sky.max_blocked_share is not None
        around = 720.0 * np.arange(AZIMUTHS // 2) / AZIMUTHS
        horizon = horizon_along(inputs.elevation, xy_m, height_m, around, floor_deg=lowest)
        blocked = (~(horizon.angle_deg <= lowest)).mean(axis=1) > sky.max_blocked_share.value
        elevation = np.full(len(blocked), lowest)
    else:
        azimuth, elevation = _direction(sky, inputs, climate, xy_m)
        floor = max(lowest, float(elevation.min(initial=90.0)))
        horizon = horizon_along(inputs.elevation, xy_m, height_m, azimuth[:, None], floor_deg=floor)
        blocked = ~(horizon.angle_deg[:, 0] < elevation) | (elevation < lowest)
    rained_out = _rain_db(sky, inputs, climate, xy_m, elevation) > sky.rain_margin_db.value
    said = (*climate.warnings, *_beyond(horizon))
    return Sky(~blocked & ~rained_out, elevation, blocked, rained_out, said)


def _beyond(horizon: Horizon) -> tuple[str, ...]:
    """A word about places whose sky the raster is too small for."""
    cut = int((horizon.wanted_m > 0).sum())
    if not cut:
        return ()
    km = math.ceil(horizon.wanted_m.max() / 100.0) / 10.0
    return (
        f"terrain unknown around {cut} of {len(horizon.wanted_m)} places that look for a satellite or platform, and "
        f"taken not to hide it: give elevation reaching {km:g} km beyond the area",
    )


def _direction(sky: SkyLink, inputs: Inputs, climate: Climate, xy_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Azimuth from grid north and elevation of the one satellite or platform, in degrees."""
    if sky.orbit == "geostationary":
        assert sky.longitude_deg is not None
        azimuth, elevation = geostationary_look(climate.latitude_deg, climate.longitude_deg, sky.longitude_deg.value)
        factors = Proj(inputs.crs).get_factors(climate.longitude_deg, climate.latitude_deg)
        return np.asarray((azimuth - factors.meridian_convergence) % 360.0), elevation
    assert sky.altitude_m is not None
    middle = np.array(inputs.area.centroid.coords[0])
    east, north = (middle - np.asarray(xy_m, float).reshape(-1, 2)).T
    away_m = np.maximum(np.hypot(east, north), 1.0)
    # Height of the platform above the tangent plane of a round Earth; the terminal's own height is small beside it.
    rise_m = sky.altitude_m.value - away_m**2 / (2.0 * 6_371_000.0)
    return np.asarray(np.degrees(np.arctan2(east, north)) % 360.0), np.degrees(np.arctan2(rise_m, away_m))


def _rain_db(sky: SkyLink, inputs: Inputs, climate: Climate, xy_m: FloatArray, elevation_deg: FloatArray) -> FloatArray:
    # unknown ground: sea level, where there is most rain above
    ground_m = np.zeros(len(elevation_deg))
    if inputs.elevation is not None:
        ground_m = np.nan_to_num(values_at(inputs.elevation, xy_m))
    return slant_rain_db(
        sky.frequency_mhz.value / 1000.0,
        np.clip(elevation_deg, 1.0, 90.0),
        climate.rain_mm_per_h,
        climate.latitude_deg,
        climate.rain_height_km - ground_m / 1000.0,
        100.0 - sky.availability_percent.value,
    )


def share_under(
    sky: SkyLink | None, inputs: Inputs, catalogue: Catalogue, project: Project | None, aims: Aims, rows: int
) -> tuple[IntArray, tuple[str, ...]]:
    """Aim points of each of n demand rows that a link to the sky serves, as bits (all without `sky`), and warnings."""
    if sky is None or not len(aims.row):
        return every_point(aims, rows), ()
    found = sky_over(sky, inputs, catalogue, project, aims.xy_m, sky.terminal_height_m.value)
    bits = np.bincount(aims.row[found.served], aims.bit[found.served], minlength=rows)
    return bits.astype(np.int64), found.warnings


def every_point(aims: Aims, rows: int) -> IntArray:
    """All aim points of each of n demand rows, as bits."""
    return np.bincount(aims.row, aims.bit, minlength=rows).astype(np.int64)
