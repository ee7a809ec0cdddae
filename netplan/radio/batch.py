"""Many radio paths over one elevation raster: sampling and loss in one pass, in parallel over paths.

A path whose profile meets a cell without data, or leaves the raster, is unknown: NaN, never a guess.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from netplan.radio.bands import in_bands
from netplan.radio.kernels import P1812_LIGHT, kernel, land_constants
from netplan.radio.uniform import blocked_db, clear_db, delta_db, free_space_kernel_db, over_smooth_m
from netplan.tables import FloatArray

Grid = npt.NDArray[np.float32]
COARSE = 6
"""Every 6th sample is read first: enough to give up on most blocked paths without reading the rest."""


@kernel
def bilinear(values: Grid, col: float, row: float) -> float:
    """Value at fractional pixel-centre coordinates that lie inside the grid of centres; NaN beside a void."""
    rows, cols = values.shape
    c, r = int(col), int(row)
    fc, fr = col - c, row - r
    c0, c1 = np.uintp(c), np.uintp(min(c + 1, cols - 1))  # unsigned: no look for places counted from the end
    r0, r1 = np.uintp(r), np.uintp(min(r + 1, rows - 1))
    top = values[r0, c0] * (1.0 - fc) + values[r0, c1] * fc
    bottom = values[r1, c0] * (1.0 - fc) + values[r1, c1] * fc
    return float(top * (1.0 - fr) + bottom * fr)


@kernel
def nearest(values: Grid, col: float, row: float) -> float:
    """Value of the pixel at fractional pixel-centre coordinates inside the grid; 0 everywhere for an empty grid."""
    if values.size == 0:
        return 0.0
    return float(values[int(row + 0.5), int(col + 0.5)])


@kernel
def pixel_of(values: Grid, inverse: FloatArray, x: float, y: float) -> tuple[float, float]:
    """Fractional pixel-centre coordinates (col, row) of map coordinates; NaN outside the grid of centres.

    `inverse` is the affine map (a, b, c, d, e, f) from map coordinates to pixel-corner coordinates. An empty
    grid is a smooth Earth: (0, 0) everywhere.
    """
    if values.size == 0:
        return 0.0, 0.0
    rows, cols = values.shape
    col = inverse[0] * x + inverse[1] * y + inverse[2] - 0.5
    row = inverse[3] * x + inverse[4] * y + inverse[5] - 0.5
    if 0.0 <= col <= cols - 1 and 0.0 <= row <= rows - 1:
        return col, row
    return math.nan, math.nan


@kernel
def ground_at(values: Grid, col: float, row: float) -> float:
    """Ground height at pixel coordinates; 0 for an empty grid, NaN for NaN coordinates or beside a void."""
    if math.isnan(col):
        return math.nan
    if values.size == 0:
        return 0.0
    return bilinear(values, col, row)


def losses(
    values: Grid,
    clutter: Grid,
    inverse: FloatArray,
    tx: FloatArray,
    rx: FloatArray,
    step_m: float,
    radius_km: float,
    frequency_mhz: float,
    vertical: bool,
    limit_db: FloatArray,
) -> FloatArray:
    """Basic loss of n paths; `tx` and `rx` are n × (x, y, height above ground). NaN unknown, inf above the limit."""
    out = np.empty(tx.shape[0])
    terms = (values, clutter, inverse, tx, rx, step_m, radius_km, frequency_mhz, vertical, limit_db, out)
    in_bands(len(out), lambda first, last: _losses(first, last, *terms))
    return out


@kernel
def _losses(
    first: int,
    last: int,
    values: Grid,
    clutter: Grid,
    inverse: FloatArray,
    tx: FloatArray,
    rx: FloatArray,
    step_m: float,
    radius_km: float,
    frequency_mhz: float,
    vertical: bool,
    limit_db: FloatArray,
    out: FloatArray,
) -> None:
    land = land_constants(0.001 * frequency_mhz, vertical)
    for p in range(first, last):
        out[p] = _one_loss(values, clutter, inverse, tx[p], rx[p], step_m, radius_km, frequency_mhz, land, limit_db[p])


@kernel
def _one_loss(
    values: Grid,
    clutter: Grid,
    inverse: FloatArray,
    tx: FloatArray,
    rx: FloatArray,
    step_m: float,
    radius_km: float,
    frequency_mhz: float,
    land: tuple[float, float, float],
    limit_db: float,
) -> float:
    distance_m = max(math.hypot(rx[0] - tx[0], rx[1] - tx[1]), 1.0)
    start, end = pixel_of(values, inverse, tx[0], tx[1]), pixel_of(values, inverse, rx[0], rx[1])
    ground = ground_at(values, start[0], start[1]), ground_at(values, end[0], end[1])
    if math.isnan(ground[0]) or math.isnan(ground[1]):
        return math.nan
    heights = ground[0] + tx[2], ground[1] + rx[2]
    free_db = free_space_kernel_db(math.hypot(distance_m, heights[0] - heights[1]), frequency_mhz)
    if free_db > limit_db:
        return math.inf
    intervals = max(math.ceil(distance_m / step_m), 2)
    total_km = 0.001 * distance_m
    if limit_db < math.inf:
        rough = _diffraction_db(
            values, clutter, start, end, ground, heights, total_km, intervals, COARSE, radius_km, frequency_mhz,
            land, limit_db - free_db,
        )  # fmt: skip
        if math.isnan(rough):
            return rough
        if free_db + rough > limit_db:
            return math.inf
    loss_db = free_db + _diffraction_db(
        values, clutter, start, end, ground, heights, total_km, intervals, 1, radius_km, frequency_mhz,
        land, limit_db - free_db,
    )  # fmt: skip
    return math.inf if loss_db > limit_db else loss_db


@kernel
def _diffraction_db(
    values: Grid,
    clutter: Grid,
    start: tuple[float, float],
    end: tuple[float, float],
    ground: tuple[float, float],
    heights: tuple[float, float],
    total_km: float,
    intervals: int,
    stride: int,
    radius_km: float,
    frequency_mhz: float,
    land: tuple[float, float, float],
    hopeless_db: float,
) -> float:
    """Delta-Bullington loss over every `stride`-th sample; with a stride above 1 its Bullington part only.

    Fewer samples are fewer obstacles, so that part is a lower bound. NaN where a sample is unknown.
    """
    tx_m, rx_m = heights
    step_km, bulge, rise = total_km / intervals, 500.0 / radius_km, (rx_m - tx_m) / total_km
    d_col, d_row = (end[0] - start[0]) / intervals, (end[1] - start[1]) / intervals
    flat_tx = flat_rx = bare_tx = bare_rx = highest = -math.inf
    least, sum_h, sum_ih = math.inf, 0.0, 0.0
    for i in range(stride, intervals, stride):
        bare = ground_at(values, start[0] + d_col * i, start[1] + d_row * i)
        if math.isnan(bare):
            return math.nan
        d = step_km * i
        back = total_km - d
        over = bare - tx_m - rise * d
        highest, bare_tx, bare_rx = max(highest, over), max(bare_tx, over / d), max(bare_rx, over / back)
        sum_h += bare
        sum_ih += bare * i
        over += nearest(clutter, start[0] + d_col * i, start[1] + d_row * i) + bulge * d * back
        flat_tx, flat_rx = max(flat_tx, over / d), max(flat_rx, over / back)
        least = min(least, over * over / (d * back))
    wavelength_m = 1000.0 * P1812_LIGHT / frequency_mhz
    if flat_tx >= 0.0:
        actual = blocked_db(flat_tx + rise, flat_rx - rise, tx_m, rx_m, total_km, wavelength_m)
    else:
        actual = clear_db(least, total_km, wavelength_m)
    if stride > 1 or actual > hopeless_db:
        return actual
    n = float(intervals)
    mean2 = (2.0 * sum_h + ground[0] + ground[1]) / n
    moment = (6.0 * sum_ih + ground[0] + ground[1] * (3.0 * n - 1.0)) / (n * n)
    over_tx, over_rx = over_smooth_m(mean2, moment, ground, highest, bare_tx, bare_rx, tx_m, rx_m)
    return delta_db(actual, total_km, intervals, over_tx, over_rx, radius_km, wavelength_m, land)


def clearances(
    values: Grid,
    clutter: Grid,
    inverse: FloatArray,
    tx: FloatArray,
    rx: FloatArray,
    step_m: float,
    radius_km: float,
    frequency_mhz: float,
    stop_below: float,
) -> FloatArray:
    """Smallest clearance over F1 of n paths (see `kernels.clearance_ratio`); NaN unknown.

    `tx` and `rx` are n × (x, y, height above ground, distance from the end within which clutter does not count).
    """
    out = np.empty(tx.shape[0])
    terms = (values, clutter, inverse, tx, rx, step_m, radius_km, frequency_mhz, stop_below, out)
    in_bands(len(out), lambda first, last: _clearances(first, last, *terms))
    return out


@kernel
def _clearances(
    first: int,
    last: int,
    values: Grid,
    clutter: Grid,
    inverse: FloatArray,
    tx: FloatArray,
    rx: FloatArray,
    step_m: float,
    radius_km: float,
    frequency_mhz: float,
    stop_below: float,
    out: FloatArray,
) -> None:
    for p in range(first, last):
        out[p] = _one_clearance(values, clutter, inverse, tx[p], rx[p], step_m, radius_km, frequency_mhz, stop_below)


@kernel
def _one_clearance(
    values: Grid,
    clutter: Grid,
    inverse: FloatArray,
    tx: FloatArray,
    rx: FloatArray,
    step_m: float,
    radius_km: float,
    frequency_mhz: float,
    stop_below: float,
) -> float:
    distance_m = max(math.hypot(rx[0] - tx[0], rx[1] - tx[1]), 1.0)
    start, end = pixel_of(values, inverse, tx[0], tx[1]), pixel_of(values, inverse, rx[0], rx[1])
    ground = ground_at(values, start[0], start[1]), ground_at(values, end[0], end[1])
    if math.isnan(ground[0]) or math.isnan(ground[1]):
        return math.nan
    tx_m, rx_m = ground[0] + tx[2], ground[1] + rx[2]
    intervals, total_km = max(math.ceil(distance_m / step_m), 2), 0.001 * distance_m
    step_km, bulge, rise = total_km / intervals, 500.0 / radius_km, (rx_m - tx_m) / total_km
    d_col, d_row = (end[0] - start[0]) / intervals, (end[1] - start[1]) / intervals
    fresnel2 = 1e6 * P1812_LIGHT / frequency_mhz / total_km
    smallest = math.inf
    # A coarse pass gives up on most blocked paths; without a threshold there is nothing to give up on.
    for stride in (COARSE, 1) if stop_below > -math.inf else (1, 0):
        if stride == 0:
            break
        for i in range(stride, intervals, stride):
            col, row = start[0] + d_col * i, start[1] + d_row * i
            bare = ground_at(values, col, row)
            if math.isnan(bare):
                return math.nan
            d = step_km * i
            back = total_km - d
            gap = tx_m + rise * d - bare - bulge * d * back
            if 1000.0 * d > tx[3] and 1000.0 * back > rx[3]:
                gap -= nearest(clutter, col, row)
            smallest = min(smallest, gap / math.sqrt(fresnel2 * d * back))
            if smallest < stop_below:
                return float(smallest)
    return smallest
