"""Path loss over terrain: the plain interface to the compiled kernels.

Model: free space (P.525) plus delta-Bullington diffraction (P.1812-7 §4.3, p = 50 %) over an Earth of effective
radius 4/3. Clutter and location variability are margins of the link budget, not part of this loss.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from netplan.radio import batch, kernels
from netplan.tables import FloatArray, Raster

EARTH_RADIUS_KM = 6371.0
K_FACTOR = 4.0 / 3.0
"""Median effective-Earth-radius factor of a standard atmosphere (P.310, P.834)."""
FRESNEL_CLEARANCE = 0.6
"""Share of the first Fresnel radius that counts as a clear path (P.530 §2.2.2)."""
SMOOTH_STEP_M = 100.0
"""Profile step over a smooth Earth (no raster): the surface has no detail to miss."""


def free_space_loss(distance_m: npt.ArrayLike, frequency_mhz: float) -> FloatArray:
    """Free-space loss in dB (P.525); distances under 1 m count as 1 m."""
    distance = np.maximum(np.asarray(distance_m, float), 1.0)
    return np.asarray(20.0 * np.log10(distance * frequency_mhz * (4.0e6 * math.pi / 299792458.0)))


def _profile(distance_m: npt.ArrayLike, height_m: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    distance = np.ascontiguousarray(distance_m, float)
    height = np.ascontiguousarray(height_m, float)
    if distance.ndim != 1 or distance.shape != height.shape or distance.size < 2:
        raise ValueError(f"a profile is two equal vectors of at least 2, found {distance.shape} and {height.shape}")
    if distance[0] != 0 or not bool(np.all(np.diff(distance) > 0)):
        raise ValueError("profile distances must start at 0 and grow")
    return distance, height


def path_loss(
    distance_m: npt.ArrayLike,
    height_m: npt.ArrayLike,
    tx_height_m: float,
    rx_height_m: float,
    frequency_mhz: float,
    *,
    k_factor: float = K_FACTOR,
    vertical: bool = True,
) -> float:
    """Median basic transmission loss of one terrain profile, in dB.

    Args:
        distance_m: n distances from the transmitter, from 0, ascending.
        height_m: n ground heights above sea level; any NaN makes the loss NaN.
        tx_height_m, rx_height_m: antennas above ground.
        frequency_mhz: 30-6000 is the range of P.1812.
        k_factor: effective Earth radius over the true one.
        vertical: polarisation.

    Raises:
        ValueError: the profile is not one.
    """
    distance, height = _profile(distance_m, height_m)
    if not np.isfinite(height).all():
        return math.nan
    tx_m, rx_m = float(height[0] + tx_height_m), float(height[-1] + rx_height_m)
    diffraction_db = kernels.delta_bullington_db(
        distance / 1000.0,
        height,
        height,
        tx_m,
        rx_m,
        EARTH_RADIUS_KM * k_factor,
        frequency_mhz / 1000.0,
        vertical,
        math.inf,
    )
    slant_m = math.hypot(float(distance[-1]), tx_m - rx_m)
    return float(free_space_loss(slant_m, frequency_mhz)) + diffraction_db


def clearance(
    distance_m: npt.ArrayLike,
    height_m: npt.ArrayLike,
    tx_height_m: float,
    rx_height_m: float,
    frequency_mhz: float,
    *,
    k_factor: float = K_FACTOR,
) -> float:
    """Smallest clearance of one profile in first Fresnel radii: under 0 blocked, from 0.6 free (NaN unknown).

    Raises:
        ValueError: the profile is not one.
    """
    distance, height = _profile(distance_m, height_m)
    if not np.isfinite(height).all():
        return math.nan
    return kernels.clearance_ratio(
        distance / 1000.0,
        height,
        1,
        float(height[0] + tx_height_m),
        float(height[-1] + rx_height_m),
        EARTH_RADIUS_KM * k_factor,
        1000.0 * kernels.P1812_LIGHT / frequency_mhz,
        -math.inf,
    )


def _grid(raster: Raster | None) -> tuple[batch.Grid, batch.Grid, FloatArray, float]:
    """Heights, clutter, inverse transform and profile step (the pixel pitch) of a raster, or of a smooth Earth."""
    nothing = np.empty((0, 0), np.float32)
    if raster is None:
        return nothing, nothing, np.zeros(6), SMOOTH_STEP_M
    pitch_m = math.sqrt(abs(raster.transform.determinant))
    clutter = nothing if raster.clutter_m is None else np.ascontiguousarray(np.nan_to_num(raster.clutter_m), np.float32)
    inverse = np.array((~raster.transform)[:6], float)
    return np.ascontiguousarray(raster.values, np.float32), clutter, inverse, pitch_m


def _ends(xy: npt.ArrayLike, agl: npt.ArrayLike, rows: int) -> FloatArray:
    """n × (x, y, height above ground); one end serves all rows."""
    ends = np.empty((rows, 3))
    ends[:, :2] = np.asarray(xy, float)
    ends[:, 2] = np.asarray(agl, float)
    return ends


def _rows(tx_xy: npt.ArrayLike, rx_xy: npt.ArrayLike) -> int:
    shapes = (np.atleast_2d(np.asarray(end, float)).shape for end in (tx_xy, rx_xy))
    return int(max(shape[0] for shape in shapes))


def batch_losses(
    raster: Raster | None,
    tx_xy: npt.ArrayLike,
    tx_agl: npt.ArrayLike,
    rx_xy: npt.ArrayLike,
    rx_agl: npt.ArrayLike,
    frequency_mhz: float,
    *,
    limit_db: npt.ArrayLike = math.inf,
    k_factor: float = K_FACTOR,
    vertical: bool = True,
) -> FloatArray:
    """Median basic transmission loss of n paths over the raster, in dB.

    Args:
        raster: elevation in the CRS of the coordinates; None is a smooth Earth.
        tx_xy, rx_xy: (n, 2) map coordinates; (2,) serves all paths.
        tx_agl, rx_agl: n antenna heights above ground, or one.
        frequency_mhz: one frequency.
        limit_db: n losses (or one) above which a path is of no use: those come back inf, most of them unread.

    Returns:
        n losses; NaN where the terrain is unknown somewhere on the path, inf above the limit.
    """
    n = _rows(tx_xy, rx_xy)
    values, clutter, inverse, step_m = _grid(raster)
    limits = np.ascontiguousarray(np.broadcast_to(np.asarray(limit_db, float), (n,)))
    return batch.losses(
        values,
        clutter,
        inverse,
        _ends(tx_xy, tx_agl, n),
        _ends(rx_xy, rx_agl, n),
        step_m,
        EARTH_RADIUS_KM * k_factor,
        float(frequency_mhz),
        vertical,
        limits,
    )


def batch_clearances(
    raster: Raster | None,
    tx_xy: npt.ArrayLike,
    tx_agl: npt.ArrayLike,
    rx_xy: npt.ArrayLike,
    rx_agl: npt.ArrayLike,
    frequency_mhz: float,
    *,
    stop_below: float = -math.inf,
    k_factor: float = K_FACTOR,
) -> FloatArray:
    """Smallest clearance of n paths in first Fresnel radii (NaN unknown); shapes as in `batch_losses`.

    With `stop_below`, a path found worse than that is not followed further: its value is only known to be lower.
    """
    n = _rows(tx_xy, rx_xy)
    values, clutter, inverse, step_m = _grid(raster)
    return batch.clearances(
        values,
        clutter,
        inverse,
        _ends(tx_xy, tx_agl, n),
        _ends(rx_xy, rx_agl, n),
        step_m,
        EARTH_RADIUS_KM * k_factor,
        float(frequency_mhz),
        float(stop_below),
    )
