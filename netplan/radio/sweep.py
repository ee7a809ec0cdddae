"""Compiled area sweep: the delta-Bullington loss of every pixel around one site, along rays that pixels share.

Rays leave the site in equal steps of slope over four sectors. With heights lowered by d² / (2 a) the curved Earth is
flat and a ray's profile is the same for all its pixels: the steepest obstacle of the site's side is a running maximum,
that of the pixel's side a tangent to the profile's upper hull, the smooth Earth a running sum. Each pixel is worked
out once, over the profile of the ray that passes nearest and on that ray's ground; so results do not depend on the
number of threads.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from netplan.radio.bands import in_bands
from netplan.radio.batch import Grid, bilinear, ground_at, nearest, pixel_of
from netplan.radio.blocks import BLOCK, DISTANCE, HEIGHT, TOPS, tightest
from netplan.radio.hull import HULL_ROWS, add_to_hull, highest_over, steepest_from
from netplan.radio.kernels import P1812_LIGHT, inlined_kernel, kernel, land_constants
from netplan.radio.uniform import blocked_db, clear_db, delta_db, free_space_square_db, over_smooth_m
from netplan.tables import FloatArray

SECTORS = 4
CURVED_HULL = TOPS + 1
"""First row, in a ray's working array, of the hull of ground and clutter, lowered by d² / (2 a)."""
BARE_HULL = CURVED_HULL + HULL_ROWS
"""Of the hull of bare ground."""
ROWS = BARE_HULL + HULL_ROWS


class Link(NamedTuple):
    """What is the same for all pixels."""

    x: float
    y: float
    tx_agl_m: float
    """Transmitting antenna above ground."""
    rx_agl_m: float
    reach_m: float
    """Pixels with centres farther than this are left alone."""
    radius_km: float
    frequency_mhz: float
    limit_db: float


class Sums(NamedTuple):
    """What a ray's samples so far come to: numbers alone, which stay in registers (see `netplan.radio.hull`)."""

    samples: int
    hull: int
    """Vertices of the curved hull."""
    bare_hull: int
    slope: float
    """Steepest slope from the site (m/km), curved."""
    bare_slope: float
    """The same over bare ground, not curved."""
    v1: float
    """Sums of P.1812-7 eqs. (85)-(86)."""
    v2: float
    last_km: float
    """The last sample's distance and bare ground."""
    last_m: float


def sweep_losses(
    values: Grid,
    clutter: Grid,
    inverse: FloatArray,
    link: Link,
    left: float,
    top: float,
    side: float,
    rays: int,
    samples: int,
    vertical: bool,
    out: Grid,
) -> None:
    """Loss of each pixel of `out` in dB: NaN unknown, inf above the limit or out of reach. `out` comes filled with inf.

    Args:
        values, clutter, inverse: terrain as in `batch.losses`.
        link: site, antennas and limits.
        left, top, side: of the pixels of `out` (north up), map units.
        rays: rays for each pixel side at the rim of the reach.
        samples: along a ray for each pixel side.
        vertical: polarisation.
        out: rows × columns, filled where reached.
    """
    most = rays * (math.ceil(link.reach_m / side) + 1)
    terms = (values, clutter, inverse, link, left, top, side, most, samples, vertical, out)
    in_bands(SECTORS * (2 * most + 1), lambda first, last: _rays(first, last, *terms))


@kernel
def _rays(
    first: int,
    last: int,
    values: Grid,
    clutter: Grid,
    inverse: FloatArray,
    link: Link,
    left: float,
    top: float,
    side: float,
    most: int,
    samples: int,
    vertical: bool,
    out: Grid,
) -> None:
    """Rays `first` to `last` of those numbered sector by sector, `2 most + 1` in each."""
    col, row = (link.x - left) / side - 0.5, (top - link.y) / side - 0.5
    start = pixel_of(values, inverse, link.x, link.y)
    ground = ground_at(values, start[0], start[1])
    land = land_constants(0.001 * link.frequency_mhz, vertical)
    turns = 2 * most + 1
    for ray in range(first, last):
        turn = (ray % turns - most) / most
        _ray(
            values, clutter, inverse, link, land, side, samples, out, ray // turns, turn, 0.5 / most, col, row, start,
            ground,
        )  # fmt: skip


@inlined_kernel
def _ray(
    values: Grid,
    clutter: Grid,
    inverse: FloatArray,
    link: Link,
    land: tuple[float, float, float],
    side: float,
    samples: int,
    out: Grid,
    sector: int,
    turn: float,
    half_turn: float,
    site_col: float,
    site_row: float,
    start: tuple[float, float],
    ground_tx: float,
) -> None:
    """Follow one ray outwards; `turn` is its slope across the sector's direction.

    Sectors: 0 east, 1 west (whole columns, 45° and all), 2 south, 3 north (whole rows, less than 45°). A pixel
    belongs to the ray whose slope, give or take `half_turn`, is its own.
    """
    by_columns, sign = sector < 2, 1.0 - 2.0 * (sector % 2)
    main, across = (site_col, site_row) if by_columns else (site_row, site_col)
    lines, others = (out.shape[1], out.shape[0]) if by_columns else (out.shape[0], out.shape[1])
    line = math.floor(main) + 1 if sign > 0 else math.ceil(main) - 1
    offset = abs(line - main)
    before = int(offset * samples - 1e-9)
    stretch_km = 0.001 * side * math.sqrt(1.0 + turn * turn)
    room = samples * (math.ceil(link.reach_m / side) + 3)
    work = np.empty((ROWS, room))
    work[TOPS, : room // BLOCK + 1] = -math.inf
    sums = Sums(0, 0, 0, -math.inf, -math.inf, 0.0, 0.0, 0.0, ground_tx)
    dx, dy = (sign * side, -side * turn) if by_columns else (side * turn, -sign * side)
    d_col, d_row = inverse[0] * dx + inverse[1] * dy, inverse[3] * dx + inverse[4] * dy
    known = not math.isnan(ground_tx)
    step, number, until = 1.0 / samples, line, before  # counted, not divided: this is the innermost loop
    for sample in range(room):
        u = offset + (sample - before) * step
        if 1000.0 * u * stretch_km > link.reach_m + side:
            break
        col, row = start[0] + u * d_col, start[1] + u * d_row
        height = 0.0 if values.size == 0 else math.nan
        if 0.0 <= col <= values.shape[1] - 1 and 0.0 <= row <= values.shape[0] - 1:
            height = bilinear(values, col, row)
        if sample == until and 0 <= number < lines:
            first, beyond = math.ceil(across + u * (turn - half_turn)), math.ceil(across + u * (turn + half_turn))
            for other in range(max(first, 0), min(beyond, others)):
                aside = abs(other - across)
                if aside < u or (by_columns and aside == u):
                    square_m2 = side * side * (u * u + aside * aside)
                    ground = height if known else math.nan
                    loss = _pixel(link, land, square_m2, ground, ground_tx, u * stretch_km, work, sums)
                    if by_columns:
                        out[other, number] = loss
                    else:
                        out[number, other] = loss
        if sample == until:
            until += samples
            number += 1 if sign > 0 else -1
        if known and u * samples >= 0.5:
            known = not math.isnan(height)
            if known:
                cover = 0.0 if clutter.size == 0 else nearest(clutter, col, row)
                sums = _add(
                    height, cover, u * stretch_km, ground_tx + link.tx_agl_m, link.radius_km, work, sums
                )  # fmt: skip


@inlined_kernel
def _add(height: float, cover: float, d: float, tx_m: float, radius_km: float, work: FloatArray, sums: Sums) -> Sums:
    """One more obstacle, at d km, of bare ground and clutter."""
    n, d0, h0 = sums.samples, sums.last_km, sums.last_m
    curved = height + cover - 500.0 / radius_km * d * d
    work[DISTANCE, n], work[HEIGHT, n] = d, curved
    work[TOPS, n // BLOCK] = max(work[TOPS, n // BLOCK], curved)
    return Sums(
        n + 1,
        add_to_hull(work, CURVED_HULL, sums.hull, d, curved),
        add_to_hull(work, BARE_HULL, sums.bare_hull, d, height),
        sums.slope if curved - tx_m <= sums.slope * d else (curved - tx_m) / d,
        sums.bare_slope if height - tx_m <= sums.bare_slope * d else (height - tx_m) / d,
        sums.v1 + (d - d0) * (height + h0),
        sums.v2 + (d - d0) * (height * (2.0 * d + d0) + h0 * (d + 2.0 * d0)),
        d,
        height,
    )


@inlined_kernel
def _pixel(
    link: Link,
    land: tuple[float, float, float],
    square_m2: float,
    ground: float,
    ground_tx: float,
    total: float,
    work: FloatArray,
    sums: Sums,
) -> float:
    """Loss at a pixel `square_m2` (squared) away on the map, over the profile so far, `total` km along the ray."""
    if square_m2 > link.reach_m * link.reach_m:
        return math.inf
    if math.isnan(ground):
        return math.nan
    tx_m, rx_m = ground_tx + link.tx_agl_m, ground + link.rx_agl_m
    free_db = free_space_square_db(square_m2 + (tx_m - rx_m) ** 2, link.frequency_mhz)
    n = sums.samples
    if n == 0 or free_db > link.limit_db:
        return free_db if free_db <= link.limit_db else math.inf
    wavelength_m, bulge = 1000.0 * P1812_LIGHT / link.frequency_mhz, 500.0 / link.radius_km
    rise = (rx_m - tx_m) / total
    slope = rise - bulge * total
    angle_tx, angle_rx, highest = 0.0, 0.0, -1.0
    if sums.slope < slope:
        # A clearance of 0.78 in units of nu costs nothing, so that no wider one is looked for.
        least = 0.78 * 0.78 * wavelength_m / (0.002 * total)
        least = tightest(work, n, tx_m, slope, total, least)
        actual = clear_db(least, total, wavelength_m)
    else:
        far_m = tx_m + slope * total
        back = steepest_from(work, CURVED_HULL, sums.hull, total, far_m)
        actual = blocked_db(sums.slope + bulge * total, back - bulge * total, tx_m, rx_m, total, wavelength_m)
        if sums.bare_slope > rise:
            highest = highest_over(work, BARE_HULL, sums.bare_hull, tx_m, rise)
            angle_tx = sums.bare_slope - rise
            angle_rx = steepest_from(work, BARE_HULL, sums.bare_hull, total, rx_m) + rise
    if free_db + actual > link.limit_db:
        return math.inf
    d0, h0 = sums.last_km, sums.last_m
    v1 = sums.v1 + (total - d0) * (ground + h0)
    v2 = sums.v2 + (total - d0) * (ground * (2.0 * total + d0) + h0 * (total + 2.0 * d0))
    over_tx, over_rx = over_smooth_m(
        v1 / total, v2 / (total * total), (ground_tx, ground), highest, angle_tx, angle_rx, tx_m, rx_m
    )
    loss_db = free_db + delta_db(actual, total, n + 1, over_tx, over_rx, link.radius_km, wavelength_m, land)
    return math.inf if loss_db > link.limit_db else loss_db
