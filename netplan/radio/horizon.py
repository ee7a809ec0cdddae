"""The horizon that terrain draws around a point, as elevation angles by azimuth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netplan.radio.bands import in_bands
from netplan.radio.kernels import kernel
from netplan.tables import FloatArray, Raster

AZIMUTHS = 72
"""Every 5 degrees."""
EARTH_RADIUS_M = 6_371_000.0 * 4.0 / 3.0
"""Effective: the ray to the sky bends over the first kilometres like any other."""
GROWTH = 0.02
"""Steps grow to this share of the distance, so that a far ridge is still met within about a degree of its slope."""


@dataclass(frozen=True)
class Horizon:
    """What n points see in k directions."""

    angle_deg: FloatArray
    """(n, k) angles, at least 0; NaN where the ray meets a void, and where the ground under the point is not known."""
    wanted_m: FloatArray
    """(n,) distances up to which terrain is needed, where a ray left the raster before; 0 where none did."""


def horizon_deg(
    raster: Raster | None,
    xy_m: npt.ArrayLike,
    height_m: npt.ArrayLike,
    *,
    azimuths: int = AZIMUTHS,
    floor_deg: float = 5.0,
    reach_m: float = 50_000.0,
) -> FloatArray:
    """Elevation angle in degrees of the terrain around n points, in `azimuths` directions from grid north clockwise.

    A ray is followed as far as the highest terrain of the raster could still stand above `floor_deg`, at most
    `reach_m`; angles below the floor are therefore given as the floor or less. The Earth curves with k = 4/3.

    Args:
        raster: elevation in the CRS of the coordinates; None is a smooth Earth.
        xy_m: (n, 2) map coordinates.
        height_m: n heights of the antennas above ground, or one.
        azimuths: number of directions, the first one north.
        floor_deg: lowest angle of interest.
        reach_m: farthest terrain looked at.

    Returns:
        (n, azimuths) angles; NaN where the ray meets a void of the raster, and where the ground under the point is
        not known. A ray that leaves the raster before its reach is as high as what it met until there.

    Raises:
        ValueError: an antenna below ground.
    """
    turns = 360.0 * np.arange(azimuths) / azimuths
    return horizon_along(raster, xy_m, height_m, turns, floor_deg=floor_deg, reach_m=reach_m).angle_deg


def horizon_along(
    raster: Raster | None,
    xy_m: npt.ArrayLike,
    height_m: npt.ArrayLike,
    azimuth_deg: npt.ArrayLike,
    *,
    floor_deg: float = 5.0,
    reach_m: float = 50_000.0,
) -> Horizon:
    """The same along given azimuths from grid north, (n, k) or (k,), and where the raster was too small for it."""
    points = np.asarray(xy_m, float).reshape(-1, 2)
    azimuth = np.atleast_2d(np.asarray(azimuth_deg, float))
    turns = np.ascontiguousarray(np.radians(np.broadcast_to(azimuth, (len(points), azimuth.shape[1]))))
    # copies: a read-only view is another type to the compiler, and would be compiled for anew
    above = np.array(np.broadcast_to(np.asarray(height_m, float), (len(points),)))
    if bool((above < 0).any()):
        raise ValueError(f"an antenna {above.min():g} m above ground: give heights of 0 or more")
    if raster is None:
        return Horizon(np.zeros(turns.shape), np.zeros(len(points)))
    values = np.ascontiguousarray(raster.values, np.float32)
    highest = float(np.nanmax(values)) if np.isfinite(values).any() else math.nan
    inverse = np.array((~raster.transform)[:6], float)
    step_m = math.sqrt(abs(raster.transform.determinant))
    slope = math.tan(math.radians(max(floor_deg, 0.1)))
    found = Horizon(np.empty(turns.shape), np.zeros(len(points)))
    terms = (values, inverse, np.array(points, order="C"), above, turns, step_m, highest, slope, reach_m)
    in_bands(len(points), lambda first, last: _horizons(first, last, *terms, found.angle_deg, found.wanted_m))
    return found


@kernel
def _horizons(
    first: int,
    last: int,
    values: npt.NDArray[np.float32],
    inverse: FloatArray,
    points: FloatArray,
    above_m: FloatArray,
    turns: FloatArray,
    step_m: float,
    highest_m: float,
    slope: float,
    reach_m: float,
    out: FloatArray,
    wanted_m: FloatArray,
) -> None:
    for p in range(first, last):
        eye_m = _nearest(values, inverse, points[p, 0], points[p, 1]) + above_m[p]
        room_m = highest_m - eye_m
        far_m = min(reach_m, room_m / slope)
        for a in range(turns.shape[1]):
            east, north = math.sin(turns[p, a]), math.cos(turns[p, a])
            out[p, a], left = _ray_deg(values, inverse, points[p], eye_m, east, north, step_m, far_m, room_m)
            if left:
                wanted_m[p] = far_m


@kernel
def _nearest(values: npt.NDArray[np.float32], inverse: FloatArray, x: float, y: float) -> float:
    """Height of the pixel under map coordinates; NaN in a void, -inf off the raster."""
    col = math.floor(inverse[0] * x + inverse[1] * y + inverse[2])
    row = math.floor(inverse[3] * x + inverse[4] * y + inverse[5])
    rows, cols = values.shape
    if not (0 <= col < cols and 0 <= row < rows):
        return -math.inf
    return float(values[int(row), int(col)])


@kernel
def _ray_deg(
    values: npt.NDArray[np.float32],
    inverse: FloatArray,
    point: FloatArray,
    eye_m: float,
    east: float,
    north: float,
    step_m: float,
    far_m: float,
    room_m: float,
) -> tuple[float, bool]:
    """Highest angle along one ray, at least 0, and whether it left the raster; the antenna's own pixel is no obstacle.

    `room_m` is how far the highest terrain of the raster stands above the antenna.
    """
    if not math.isfinite(eye_m):
        return math.nan, False
    steepest = 0.0
    distance_m = 1.5 * step_m
    # beyond room_m / steepest not even the highest terrain of the raster stands higher than what was met
    while distance_m <= far_m and room_m > steepest * distance_m:
        ground_m = _nearest(values, inverse, point[0] + east * distance_m, point[1] + north * distance_m)
        if math.isnan(ground_m):
            return math.nan, False
        if ground_m == -math.inf:
            return math.degrees(math.atan(steepest)), True
        rise = (ground_m - eye_m) / distance_m - distance_m / (2.0 * EARTH_RADIUS_M)
        steepest = max(steepest, rise)
        distance_m += max(step_m, GROWTH * distance_m)
    return math.degrees(math.atan(steepest)), False
