"""Compiled area sweep: the delta-Bullington loss of every pixel around one site, along rays that pixels share.

Rays leave the site in equal steps of slope over four sectors. With heights lowered by d² / (2 a) the curved Earth is
flat and a ray's profile is the same for all its pixels: the steepest obstacle of the site's side is a running maximum,
that of the pixel's side a search on the upper hull, the smooth Earth a running sum. Each pixel is worked out once, at
its own ground and distance, over the profile of the ray that passes nearest; so results do not depend on threads.
"""

from __future__ import annotations

import math

import numba as nb  # type: ignore[import-untyped,unused-ignore]
import numpy as np
import numpy.typing as npt

from netplan.radio.batch import Grid, bilinear, ground_at, nearest, pixel_of
from netplan.radio.blocks import BLOCK, highest_over, steepest_back, tightest
from netplan.radio.kernels import P1812_LIGHT, inner_kernel, kernel, land_constants, parallel_kernel
from netplan.radio.uniform import blocked_db, clear_db, delta_db, free_space_kernel_db, over_smooth_m
from netplan.tables import FloatArray

SECTORS = 4


@parallel_kernel
def sweep_losses(
    values: Grid,
    clutter: Grid,
    inverse: FloatArray,
    site: FloatArray,
    pixels: FloatArray,
    rx_m: float,
    finer: int,
    reach_m: float,
    radius_km: float,
    frequency_mhz: float,
    vertical: bool,
    limit_db: float,
    out: Grid,
) -> None:
    """Loss of each pixel of `out` in dB: NaN unknown, inf above the limit or out of reach. `out` comes filled with inf.

    Args:
        values, clutter, inverse: terrain as in `batch.losses`.
        site: x, y, antenna above ground.
        pixels: left, top, side of the pixels of `out` (north up).
        rx_m: receiving antenna above ground.
        finer: rays and samples per pixel side.
        reach_m: pixels with centres farther than this are left alone.
    """
    side = pixels[2]
    middle_col, middle_row = (site[0] - pixels[0]) / side - 0.5, (pixels[1] - site[1]) / side - 0.5
    most = int(pixels[3]) * (math.ceil(reach_m / side) + 1)
    rays = 2 * most + 1
    start = pixel_of(values, inverse, site[0], site[1])
    ground = ground_at(values, start[0], start[1])
    land = land_constants(0.001 * frequency_mhz, vertical)
    for ray in nb.prange(SECTORS * rays):
        _ray(
            values, clutter, inverse, site, pixels, rx_m, finer, reach_m, radius_km, frequency_mhz, land, limit_db,
            out, ray // rays, ray % rays - most, most, middle_col, middle_row, start, ground,
        )  # fmt: skip


@kernel
def _ray(
    values: Grid,
    clutter: Grid,
    inverse: FloatArray,
    site: FloatArray,
    pixels: FloatArray,
    rx_m: float,
    finer: int,
    reach_m: float,
    radius_km: float,
    frequency_mhz: float,
    land: tuple[float, float, float],
    limit_db: float,
    out: Grid,
    sector: int,
    turn: int,
    most: int,
    middle_col: float,
    middle_row: float,
    start: tuple[float, float],
    ground_tx: float,
) -> None:
    """Follow one ray outwards. Sectors: 0 east, 1 west (steps of columns), 2 south, 3 north (steps of rows)."""
    along_columns, sign = sector < 2, 1.0 - 2.0 * (sector % 2)
    middle, across = (middle_col, middle_row) if along_columns else (middle_row, middle_col)
    last_line = (out.shape[1] if along_columns else out.shape[0]) - 1
    side, tx_m = pixels[2], ground_tx + site[2]
    line = math.floor(middle) + 1 if sign > 0 else math.ceil(middle) - 1
    offset = abs(line - middle)
    before = int(offset * finer - 1e-9)
    stretch = 0.001 * side * math.sqrt(1.0 + (turn / most) ** 2)
    room = finer * (math.ceil(reach_m / side) + 3)
    x, curved, bare = np.empty(room), np.empty(room), np.empty(room)
    tops = np.full((2, room // BLOCK + 1), -math.inf)
    state = np.zeros(8)
    state[0] = state[1] = -math.inf
    count = np.zeros(4, np.int64)
    dx, dy = (sign * side, -side * turn / most) if along_columns else (side * turn / most, -sign * side)
    d_col, d_row = inverse[0] * dx + inverse[1] * dy, inverse[3] * dx + inverse[4] * dy
    known = not math.isnan(ground_tx)
    for sample in range(room):
        u = offset + (sample - before) / finer
        if 1000.0 * u * stretch > reach_m + side:
            break
        col_f, row_f = start[0] + u * d_col, start[1] + u * d_row
        height = math.nan
        if values.size == 0:
            height = 0.0
        elif 0.0 <= col_f <= values.shape[1] - 1 and 0.0 <= row_f <= values.shape[0] - 1:
            height = bilinear(values, col_f, row_f)
        at_line = sample >= before and (sample - before) % finer == 0
        if at_line:
            number = line + int(sign) * ((sample - before) // finer)
            if 0 <= number <= last_line:
                first = math.ceil(across + u * ((turn - 0.5) / most))
                beyond = math.ceil(across + u * ((turn + 0.5) / most))
                for other in range(max(first, 0), min(beyond, last_line_of(out, along_columns) + 1)):
                    if abs(other - across) > u or (not along_columns and abs(other - across) >= u):
                        continue
                    row, col = (other, number) if along_columns else (number, other)
                    out[row, col] = _pixel(
                        values, inverse, site, pixels, rx_m, reach_m, radius_km, frequency_mhz, land, limit_db,
                        row, col, known, height, ground_tx, u * stretch, x, curved, bare, tops, state, count,
                    )  # fmt: skip
        if not known or u * finer < 0.5:
            continue
        if math.isnan(height):
            known = False
            continue
        _add(
            height, nearest(clutter, col_f, row_f), u * stretch, tx_m, ground_tx, radius_km, x, curved, bare, tops, state, count,
        )  # fmt: skip


@inner_kernel
def last_line_of(out: Grid, along_columns: bool) -> int:
    """Last number across the ray's main direction."""
    return (out.shape[0] if along_columns else out.shape[1]) - 1


@inner_kernel
def _add(
    height: float,
    cover: float,
    d: float,
    tx_m: float,
    ground_tx: float,
    radius_km: float,
    x: FloatArray,
    curved: FloatArray,
    bare: FloatArray,
    tops: npt.NDArray[np.float64],
    state: FloatArray,
    count: npt.NDArray[np.int64],
) -> None:
    """One more obstacle at d km. `state`: steepest slopes (surface on a flat Earth, bare), sums v1 and v2."""
    n = count[0]
    x[n], bare[n], curved[n] = d, height, height + cover - 500.0 / radius_km * d * d
    state[0] = max(state[0], (curved[n] - tx_m) / d)
    state[1] = max(state[1], (height - tx_m) / d)
    d0, h0 = (x[n - 1], bare[n - 1]) if n > 0 else (0.0, ground_tx)
    state[2] += (d - d0) * (height + h0)
    state[3] += (d - d0) * (height * (2.0 * d + d0) + h0 * (d + 2.0 * d0))
    tops[0, n // BLOCK] = max(tops[0, n // BLOCK], curved[n])
    tops[1, n // BLOCK] = max(tops[1, n // BLOCK], height)
    count[0] = n + 1


@inner_kernel
def _pixel(
    values: Grid,
    inverse: FloatArray,
    site: FloatArray,
    pixels: FloatArray,
    rx_agl: float,
    reach_m: float,
    radius_km: float,
    frequency_mhz: float,
    land: tuple[float, float, float],
    limit_db: float,
    row: int,
    col: int,
    known: bool,
    ground: float,
    ground_tx: float,
    total: float,
    x: FloatArray,
    curved: FloatArray,
    bare: FloatArray,
    tops: npt.NDArray[np.float64],
    state: FloatArray,
    count: npt.NDArray[np.int64],
) -> float:
    """Loss at one pixel over the profile so far; `total` is its distance along the ray in km."""
    px, py = pixels[0] + (col + 0.5) * pixels[2], pixels[1] - (row + 0.5) * pixels[2]
    square_m2 = (px - site[0]) ** 2 + (py - site[1]) ** 2
    if square_m2 > reach_m * reach_m:
        return math.inf
    if not known or math.isnan(ground):
        return math.nan
    tx_m, rx_m = ground_tx + site[2], ground + rx_agl
    free_db = free_space_kernel_db(math.sqrt(square_m2 + (tx_m - rx_m) ** 2), frequency_mhz)
    n = count[0]
    if free_db > limit_db:
        return math.inf
    if n == 0:
        return free_db
    wavelength_m, bulge = 1000.0 * P1812_LIGHT / frequency_mhz, 500.0 / radius_km
    rise = (rx_m - tx_m) / total
    slope = rise - bulge * total
    share = bare_rx = 0.0
    highest = -1.0
    if state[0] < slope:
        # a clearance of 0.78 in units of nu costs nothing
        least = 0.78 * 0.78 * wavelength_m / (0.002 * total)
        actual = clear_db(tightest(x, curved, tops[0], n, tx_m, slope, total, least), total, wavelength_m)
    else:
        far_m = tx_m + slope * total
        count[1] = steepest_back(x, curved, tops[0], n, total, far_m, count[1])
        back = (curved[count[1]] - far_m) / (total - x[count[1]])
        actual = blocked_db(state[0] + bulge * total, back - bulge * total, tx_m, rx_m, total, wavelength_m)
        if state[1] > rise:
            share = state[1] - rise
            count[2] = highest_over(x, bare, tops[1], n, tx_m, rise, count[2])
            highest = bare[count[2]] - tx_m - rise * x[count[2]]
            count[3] = steepest_back(x, bare, tops[1], n, total, rx_m, count[3])
            bare_rx = (bare[count[3]] - rx_m) / (total - x[count[3]]) + rise
    if free_db + actual > limit_db:
        return math.inf
    d0, h0 = x[n - 1], bare[n - 1]
    v1 = state[2] + (total - d0) * (ground + h0)
    v2 = state[3] + (total - d0) * (ground * (2.0 * total + d0) + h0 * (total + 2.0 * d0))
    over_tx, over_rx = over_smooth_m(
        v1 / total, v2 / (total * total), (ground_tx, ground), highest, share, bare_rx, tx_m, rx_m
    )
    intervals = max(int(total / (total - d0) + 0.5) if total - d0 > 0.0 else 2, 2)
    intervals = max(min(intervals, n + 1), 2)
    loss = free_db + delta_db(actual, total, intervals, over_tx, over_rx, radius_km, wavelength_m, land)
    return math.inf if loss > limit_db else loss
