"""Many radio paths over one elevation raster: sampling and loss, in parallel over paths.

A path whose profile meets a cell without data, or leaves the raster, is unknown: NaN, never a guess.
"""

from __future__ import annotations

import math

import numba as nb  # type: ignore[import-untyped,unused-ignore]
import numpy as np
import numpy.typing as npt

from netplan.radio.kernels import (
    P1812_LIGHT,
    bullington_db,
    clearance_ratio,
    delta_bullington_db,
    kernel,
    parallel_kernel,
)
from netplan.tables import FloatArray

COARSE = 6
"""Every 6th sample is read first: enough to give up on most blocked paths without reading the rest."""


@kernel
def bilinear(values: npt.NDArray[np.float32], col: float, row: float) -> float:
    """Value at fractional pixel-centre coordinates; NaN outside the grid of centres or beside a void."""
    rows, cols = values.shape
    if not (0.0 <= col <= cols - 1 and 0.0 <= row <= rows - 1):
        return math.nan
    c0 = min(int(col), max(cols - 2, 0))
    r0 = min(int(row), max(rows - 2, 0))
    c1, r1 = min(c0 + 1, cols - 1), min(r0 + 1, rows - 1)
    fc, fr = col - c0, row - r0
    top = values[r0, c0] * (1.0 - fc) + values[r0, c1] * fc
    bottom = values[r1, c0] * (1.0 - fc) + values[r1, c1] * fc
    return float(top * (1.0 - fr) + bottom * fr)


@kernel
def ground_at(values: npt.NDArray[np.float32], inverse: FloatArray, x: float, y: float) -> float:
    """Ground height at map coordinates; 0 everywhere for an empty raster (smooth Earth).

    `inverse` is the affine map (a, b, c, d, e, f) from map coordinates to pixel-corner coordinates.
    """
    if values.size == 0:
        return 0.0
    col = inverse[0] * x + inverse[1] * y + inverse[2] - 0.5
    row = inverse[3] * x + inverse[4] * y + inverse[5] - 0.5
    return bilinear(values, col, row)


@kernel
def read_profile(
    values: npt.NDArray[np.float32],
    inverse: FloatArray,
    ends: FloatArray,
    stride: int,
    skip: int,
    out: FloatArray,
) -> bool:
    """Fill every `stride`-th interior sample of `out`, leaving out multiples of `skip` (0: none); False at a void.

    `ends` is (x0, y0, x1, y1); sample i lies at i / (n - 1) of the way.
    """
    last = out.size - 1
    for i in range(stride, last, stride):
        if skip > 0 and i % skip == 0:
            continue
        t = i / last
        out[i] = ground_at(values, inverse, ends[0] + (ends[2] - ends[0]) * t, ends[1] + (ends[3] - ends[1]) * t)
        if math.isnan(out[i]):
            return False
    return True


@kernel
def free_space_kernel_db(distance_m: float, frequency_mhz: float) -> float:
    """Free-space basic transmission loss 20 log10(4 pi d f / c), P.525; d at least 1 m."""
    return 20.0 * math.log10(max(distance_m, 1.0) * frequency_mhz * (4.0e6 * math.pi / 299792458.0))


@parallel_kernel
def losses(
    values: npt.NDArray[np.float32],
    inverse: FloatArray,
    tx: FloatArray,
    rx: FloatArray,
    step_m: float,
    radius_km: float,
    frequency_mhz: float,
    limit_db: FloatArray,
) -> FloatArray:
    """Basic loss of n paths; `tx` and `rx` are n × (x, y, height above ground). NaN unknown, inf above the limit."""
    out = np.empty(tx.shape[0])
    for p in nb.prange(tx.shape[0]):
        out[p] = _one_loss(values, inverse, tx[p], rx[p], step_m, radius_km, frequency_mhz, limit_db[p])
    return out


@kernel
def _one_loss(
    values: npt.NDArray[np.float32],
    inverse: FloatArray,
    tx: FloatArray,
    rx: FloatArray,
    step_m: float,
    radius_km: float,
    frequency_mhz: float,
    limit_db: float,
) -> float:
    distance_m = max(math.hypot(rx[0] - tx[0], rx[1] - tx[1]), 1.0)
    ground_tx = ground_at(values, inverse, tx[0], tx[1])
    ground_rx = ground_at(values, inverse, rx[0], rx[1])
    if math.isnan(ground_tx) or math.isnan(ground_rx):
        return math.nan
    tx_m, rx_m = ground_tx + tx[2], ground_rx + rx[2]
    free_db = free_space_kernel_db(math.hypot(distance_m, tx_m - rx_m), frequency_mhz)
    if free_db > limit_db:
        return math.inf
    last = max(math.ceil(distance_m / step_m), 2)
    ends = np.array([tx[0], tx[1], rx[0], rx[1]])
    profile = np.empty(last + 1)
    profile[0], profile[last] = ground_tx, ground_rx
    distance_km = np.empty(last + 1)
    for i in range(last + 1):
        distance_km[i] = 0.001 * distance_m * i / last
    if not read_profile(values, inverse, ends, COARSE, 0, profile):
        return math.nan
    wavelength_m = 1000.0 * P1812_LIGHT / frequency_mhz
    if free_db + bullington_db(distance_km, profile, COARSE, tx_m, rx_m, radius_km, wavelength_m) > limit_db:
        return math.inf
    if not read_profile(values, inverse, ends, 1, COARSE, profile):
        return math.nan
    loss_db = free_db + delta_bullington_db(
        distance_km, profile, profile, tx_m, rx_m, radius_km, 0.001 * frequency_mhz, True, limit_db - free_db
    )
    return math.inf if loss_db > limit_db else loss_db


@parallel_kernel
def clearances(
    values: npt.NDArray[np.float32],
    inverse: FloatArray,
    tx: FloatArray,
    rx: FloatArray,
    step_m: float,
    radius_km: float,
    frequency_mhz: float,
    stop_below: float,
) -> FloatArray:
    """Smallest clearance over F1 of n paths (see `clearance_ratio`); NaN unknown."""
    out = np.empty(tx.shape[0])
    for p in nb.prange(tx.shape[0]):
        out[p] = _one_clearance(values, inverse, tx[p], rx[p], step_m, radius_km, frequency_mhz, stop_below)
    return out


@kernel
def _one_clearance(
    values: npt.NDArray[np.float32],
    inverse: FloatArray,
    tx: FloatArray,
    rx: FloatArray,
    step_m: float,
    radius_km: float,
    frequency_mhz: float,
    stop_below: float,
) -> float:
    distance_m = max(math.hypot(rx[0] - tx[0], rx[1] - tx[1]), 1.0)
    ground_tx = ground_at(values, inverse, tx[0], tx[1])
    ground_rx = ground_at(values, inverse, rx[0], rx[1])
    if math.isnan(ground_tx) or math.isnan(ground_rx):
        return math.nan
    last = max(math.ceil(distance_m / step_m), 2)
    ends = np.array([tx[0], tx[1], rx[0], rx[1]])
    profile = np.empty(last + 1)
    distance_km = np.empty(last + 1)
    for i in range(last + 1):
        distance_km[i] = 0.001 * distance_m * i / last
    tx_m, rx_m = ground_tx + tx[2], ground_rx + rx[2]
    wavelength_m = 1000.0 * P1812_LIGHT / frequency_mhz
    if not read_profile(values, inverse, ends, COARSE, 0, profile):
        return math.nan
    rough = clearance_ratio(distance_km, profile, COARSE, tx_m, rx_m, radius_km, wavelength_m, stop_below)
    if rough < stop_below:
        return rough
    if not read_profile(values, inverse, ends, 1, COARSE, profile):
        return math.nan
    return clearance_ratio(distance_km, profile, 1, tx_m, rx_m, radius_km, wavelength_m, stop_below)
