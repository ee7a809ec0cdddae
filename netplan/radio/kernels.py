"""Compiled kernels of one radio path: diffraction, line of sight, Fresnel clearance.

Delta-Bullington diffraction after ITU-R P.1812-7 §4.3 (the same model as P.526-15 §4.5.3), smooth-Earth heights after
P.1812-7 annex 1 §5.6, spherical-Earth diffraction after P.526-15 §3.2 over land and sea. Distances inside these
kernels are in km and heights in m above sea level, as in the Recommendations; `radius_km` is the effective Earth
radius.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba as nb  # type: ignore[import-untyped,unused-ignore]
import numpy as np

from netplan.tables import FloatArray

F = TypeVar("F", bound=Callable[..., Any])

LAND_PERMITTIVITY = 22.0
"""Relative permittivity of land, P.1812-7 §4.3.3."""
LAND_CONDUCTIVITY_S_M = 0.003
"""Conductivity of land in S/m, P.1812-7 §4.3.3."""
SEA_PERMITTIVITY = 80.0
"""Relative permittivity of sea, P.1812-7 §4.3.3."""
SEA_CONDUCTIVITY_S_M = 5.0
"""Conductivity of sea in S/m, P.1812-7 §4.3.3."""
TEN_LOG = 10.0 / math.log(10.0)
"""10 log10 x = TEN_LOG ln x."""
P1812_LIGHT = 0.2998
"""Wavelength in m times frequency in GHz, rounded as in P.1812 (its reference values depend on it)."""


def kernel(function: F) -> F:
    """Compile with numba, cached on disk, IEEE arithmetic (same bits on every run; x / 0 is not an error).

    Called from Python it lets go of the interpreter's lock (see `netplan.radio.bands`).
    """
    return cast(F, nb.njit(cache=True, error_model="numpy", nogil=True)(function))


def inlined_kernel(function: F) -> F:
    """Compile as part of each kernel that calls it: arrays are nine words each to hand over, once for every pixel."""
    return cast(F, nb.njit(cache=True, error_model="numpy", forceinline=True)(function))


@kernel
def knife_edge_db(nu: float) -> float:
    """Loss of a single knife edge, P.1812-7 eq. (12); 0 at or below nu = -0.78."""
    if nu <= -0.78:
        return 0.0
    return 6.9 + 2.0 * TEN_LOG * math.log(math.sqrt((nu - 0.1) ** 2 + 1.0) + nu - 0.1)


@kernel
def bullington_db(
    distance_km: FloatArray,
    surface_m: FloatArray,
    stride: int,
    tx_m: float,
    rx_m: float,
    radius_km: float,
    wavelength_m: float,
) -> float:
    """Bullington diffraction loss, P.1812-7 §4.3.1, over every `stride`-th interior sample.

    A stride above 1 can only lower the loss (fewer obstacles), so it is a lower bound used to drop hopeless paths.
    `tx_m` and `rx_m` are antenna heights above sea level.
    """
    last = distance_km.size - 1
    total = float(distance_km[last])
    bulge = 500.0 / radius_km
    slope_tx, slope_rx = -math.inf, -math.inf
    for i in range(stride, last, stride):
        di = distance_km[i]
        top = surface_m[i] + bulge * di * (total - di)
        slope_tx = max(slope_tx, (top - tx_m) / di)
        slope_rx = max(slope_rx, (top - rx_m) / (total - di))
    nu = -math.inf
    if slope_tx < (rx_m - tx_m) / total:
        for i in range(stride, last, stride):
            di = distance_km[i]
            above = surface_m[i] + bulge * di * (total - di) - (tx_m * (total - di) + rx_m * di) / total
            nu = max(nu, above * math.sqrt(0.002 * total / (wavelength_m * di * (total - di))))
    elif slope_tx > -math.inf:
        nu = 0.0  # just grazing, unless the two horizons meet above the direct line
        if slope_tx + slope_rx > 0.0:
            db = (rx_m - tx_m + slope_rx * total) / (slope_tx + slope_rx)
            above = tx_m + slope_tx * db - (tx_m * (total - db) + rx_m * db) / total
            if 0.0 < db < total:
                nu = above * math.sqrt(0.002 * total / (wavelength_m * db * (total - db)))
    edge = knife_edge_db(nu)
    return float(edge + (1.0 - math.exp(-edge / 6.0)) * (10.0 + 0.02 * total))


@kernel
def smooth_ends_m(distance_km: FloatArray, ground_m: FloatArray, tx_m: float, rx_m: float) -> tuple[float, float]:
    """Smooth-Earth heights at the two ends for the diffraction model, P.1812-7 eqs. (85)-(89)."""
    last = distance_km.size - 1
    total = float(distance_km[last])
    v1, v2 = 0.0, 0.0
    highest, angle_tx, angle_rx = -math.inf, -math.inf, -math.inf
    for i in range(1, last + 1):
        d1, d0, h1, h0 = distance_km[i], distance_km[i - 1], ground_m[i], ground_m[i - 1]
        v1 += (d1 - d0) * (h1 + h0)
        v2 += (d1 - d0) * (h1 * (2.0 * d1 + d0) + h0 * (d1 + 2.0 * d0))
        if i < last:
            above = h1 - (tx_m * (total - d1) + rx_m * d1) / total
            highest = max(highest, above)
            angle_tx = max(angle_tx, above / d1)
            angle_rx = max(angle_rx, above / (total - d1))
    start = (2.0 * v1 * total - v2) / total**2
    end = (v2 - v1 * total) / total**2
    if highest > 0.0:
        share = angle_tx / (angle_tx + angle_rx)
        start -= highest * share
        end -= highest * (1.0 - share)
    return min(start, ground_m[0]), min(end, ground_m[last])


@kernel
def ground_constants(
    frequency_ghz: float, vertical: bool, permittivity: float, conductivity_s_m: float
) -> tuple[float, float, float]:
    """What depends on ground, frequency and polarisation alone in P.1812-7 eqs. (29)-(32), for one kind of ground.

    Returns the factors of the normalised admittance, distance and height; for an Earth of radius a they are
    multiplied by a^(-1/3), a^(-2/3) and a^(-1/3).
    """
    loss_term = (18.0 * conductivity_s_m / frequency_ghz) ** 2
    k = 0.036 * frequency_ghz ** (-1.0 / 3.0) * ((permittivity - 1.0) ** 2 + loss_term) ** -0.25
    if vertical:
        k *= math.sqrt(permittivity**2 + loss_term)
    return k, 21.88 * frequency_ghz ** (1.0 / 3.0), 0.9575 * frequency_ghz ** (2.0 / 3.0)


@kernel
def land_constants(frequency_ghz: float, vertical: bool) -> tuple[float, float, float]:
    """`ground_constants` of land."""
    return ground_constants(frequency_ghz, vertical, LAND_PERMITTIVITY, LAND_CONDUCTIVITY_S_M)


@kernel
def sea_constants(frequency_ghz: float, vertical: bool) -> tuple[float, float, float]:
    """`ground_constants` of sea."""
    return ground_constants(frequency_ghz, vertical, SEA_PERMITTIVITY, SEA_CONDUCTIVITY_S_M)


@kernel
def first_term_db(
    total_km: float, tx_m: float, rx_m: float, radius_km: float, constants: tuple[float, float, float]
) -> float:
    """First term of the spherical-Earth residue series over one kind of ground, P.1812-7 eqs. (29)-(36).

    Logarithms of factors are taken once, of their product.
    """
    cube = radius_km ** (-1.0 / 3.0)
    k = constants[0] * cube
    k2 = k * k
    beta = (1.0 + 1.6 * k2 + 0.67 * k2 * k2) / (1.0 + 4.5 * k2 + 1.53 * k2 * k2)
    x = constants[1] * beta * cube * cube * total_km
    lowest = 1.2589254117941673 * k  # a height gain is at least 2 dB + 20 log10 K
    decibels, product = 0.0, 1.0
    for height_m in (tx_m, rx_m):
        b = beta * beta * constants[2] * cube * height_m
        if b > 2.0:
            gain = 17.6 * math.sqrt(b - 1.1) - 5.0 * math.log10(b - 1.1) - 8.0
            decibels += max(gain, 2.0 + 20.0 * math.log10(k))
        else:
            product *= max(b + 0.1 * b * b * b, lowest)
    log_x = math.log(x)
    distance_term = 11.0 + TEN_LOG * log_x - 17.6 * x
    if x < 1.6:
        distance_term = -2.0 * TEN_LOG * log_x - 5.6488 * math.exp(1.425 * log_x)
    return float(-distance_term - decibels - 2.0 * TEN_LOG * math.log(product))


@kernel
def smooth_clearance(total_km: float, tx_m: float, rx_m: float, radius_km: float) -> tuple[float, float]:
    """Smallest clearance over a smooth Earth relative to the Fresnel zone, P.1812-7 eqs. (23)-(24).

    Returns its distance from the transmitter (km) and the clearance there (m).
    """
    c = (tx_m - rx_m) / (tx_m + rx_m)
    m = 250.0 * total_km**2 / (radius_km * (tx_m + rx_m))
    cosine = min(1.0, max(-1.0, 1.5 * c * math.sqrt(3.0 * m / (m + 1.0) ** 3)))
    b = 2.0 * math.sqrt((m + 1.0) / (3.0 * m)) * math.cos(math.pi / 3.0 + math.acos(cosine) / 3.0)
    d1 = 0.5 * total_km * (1.0 + b)
    d2 = total_km - d1
    clear_m = ((tx_m - 500.0 * d1**2 / radius_km) * d2 + (rx_m - 500.0 * d2**2 / radius_km) * d1) / total_km
    return d1, clear_m


@kernel
def spherical_db(
    total_km: float,
    tx_m: float,
    rx_m: float,
    radius_km: float,
    frequency_ghz: float,
    vertical: bool,
    sea_share: float = 0.0,
) -> float:
    """Spherical-Earth diffraction loss, P.1812-7 §4.3.2; heights are above the smooth surface.

    Over land and sea the losses of the two are weighted by their shares of the path, eq. (28).
    """
    tx_m, rx_m = max(tx_m, 0.0), max(rx_m, 0.0)
    horizon_km = math.sqrt(2.0 * radius_km) * (math.sqrt(0.001 * tx_m) + math.sqrt(0.001 * rx_m))
    share, fitted_km = 1.0, radius_km
    if total_km < horizon_km:
        d1, clear_m = smooth_clearance(total_km, tx_m, rx_m, radius_km)
        between = d1 * (total_km - d1) * P1812_LIGHT / frequency_ghz / total_km
        needed_m = 17.456 * math.sqrt(max(between, 0.0))
        if clear_m > needed_m or needed_m <= 0.0:
            return 0.0
        share = 1.0 - clear_m / needed_m
        fitted_km = 500.0 * (total_km / (math.sqrt(tx_m) + math.sqrt(rx_m))) ** 2
    loss_db = 0.0
    if sea_share < 1.0:
        land = land_constants(frequency_ghz, vertical)
        loss_db += (1.0 - sea_share) * first_term_db(total_km, tx_m, rx_m, fitted_km, land)
    if sea_share > 0.0:
        sea = sea_constants(frequency_ghz, vertical)
        loss_db += sea_share * first_term_db(total_km, tx_m, rx_m, fitted_km, sea)
    return share * max(loss_db, 0.0) if total_km < horizon_km else loss_db


@kernel
def delta_bullington_db(
    distance_km: FloatArray,
    surface_m: FloatArray,
    ground_m: FloatArray,
    tx_m: float,
    rx_m: float,
    radius_km: float,
    frequency_ghz: float,
    vertical: bool,
    hopeless_db: float,
    sea_share: float = 0.0,
) -> float:
    """Delta-Bullington diffraction loss, P.1812-7 §4.3.4 eq. (40).

    Args:
        distance_km: n ascending distances from the transmitter, first 0.
        surface_m: n heights of what obstructs (ground plus clutter between the ends).
        ground_m: n heights of the bare ground.
        tx_m, rx_m: antennas above sea level.
        hopeless_db: the spherical part is left out when the actual-path part alone exceeds this (pass inf).
        sea_share: part of the path over sea, 0-1.
    """
    wavelength_m = P1812_LIGHT / frequency_ghz
    actual = bullington_db(distance_km, surface_m, 1, tx_m, rx_m, radius_km, wavelength_m)
    if actual > hopeless_db:
        return actual
    smooth_tx, smooth_rx = smooth_ends_m(distance_km, ground_m, tx_m, rx_m)
    over_tx, over_rx = tx_m - smooth_tx, rx_m - smooth_rx
    sphere = spherical_db(distance_km[-1], over_tx, over_rx, radius_km, frequency_ghz, vertical, sea_share)
    if sphere <= 0.0:
        return actual
    level = np.zeros(distance_km.size)
    flat = bullington_db(distance_km, level, 1, over_tx, over_rx, radius_km, wavelength_m)
    return actual + max(sphere - flat, 0.0)


@kernel
def clearance_ratio(
    distance_km: FloatArray,
    surface_m: FloatArray,
    stride: int,
    tx_m: float,
    rx_m: float,
    radius_km: float,
    wavelength_m: float,
    stop_below: float,
) -> float:
    """Smallest clearance over the path in units of the first Fresnel radius (negative: blocked).

    Stops at the first sample under `stop_below` and returns its ratio; pass -inf for the exact minimum. A path
    with no interior sample is clear (inf).
    """
    last = distance_km.size - 1
    total = float(distance_km[last])
    bulge = 500.0 / radius_km
    smallest = math.inf
    for i in range(stride, last, stride):
        di = distance_km[i]
        line = tx_m + (rx_m - tx_m) * di / total
        fresnel_m = math.sqrt(1000.0 * wavelength_m * di * (total - di) / total)
        ratio = (line - surface_m[i] - bulge * di * (total - di)) / fresnel_m
        smallest = min(smallest, ratio)
        if smallest < stop_below:
            return float(smallest)
    return float(smallest)
