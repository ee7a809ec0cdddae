"""Basic transmission loss of one path, all of ITU-R P.1812-7 annex 1: diffraction, troposcatter, ducting, time.

Line of sight with multipath and focusing (§4.2), delta-Bullington diffraction over mixed land and sea (§4.3),
troposcatter (§4.4, in the form of P.1812-6, to which the ITU asks users to return), ducting and layer reflection
(§4.5), their combination (§4.6); path profile analysis of attachment 1. Distances in km, angles in mrad, heights in m
above sea level, frequency in GHz, as in the Recommendation. Valid 0.03-6 GHz, 0.25-3000 km, 1-50 % of time, antennas
1-3000 m above ground.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netplan.radio import kernels
from netplan.radio.variability import inverse_normal
from netplan.tables import FloatArray

EARTH_RADIUS_KM = 6371.0
BETA_RADIUS_KM = 3.0 * EARTH_RADIUS_KM
"""Effective Earth radius exceeded for beta0 % of time, P.1812-7 eq. (7b)."""
SEA, COAST, INLAND = 1, 3, 4
"""Radio-climatic zones, numbered as in the ITU-R databanks: sea, coastal land, inland."""


@dataclass(frozen=True)
class Path:
    """One path: n samples from transmitter to receiver, and what is sent over it."""

    distance_km: FloatArray
    """Ascending, first 0."""
    ground_m: FloatArray
    """Bare ground above sea level."""
    surface_m: FloatArray
    """Ground plus clutter between the ends, bare ground at the two ends (§3.2)."""
    zone: npt.NDArray[np.int64]
    """SEA, COAST or INLAND of each sample."""
    frequency_ghz: float
    tx_m: float
    """Transmitting antenna above sea level."""
    rx_m: float
    vertical: bool
    radius_km: float
    """Median effective Earth radius."""
    time_percent: float
    latitude_deg: float
    """Of the path centre."""
    refractivity: float
    """Sea-level surface refractivity N0 at the path centre, N-units."""
    coast_tx_km: float
    """Over land from the transmitter to the coast along the path; 0 at sea."""
    coast_rx_km: float

    @property
    def total_km(self) -> float:
        """Length of the path."""
        return float(self.distance_km[-1])

    @property
    def wavelength_m(self) -> float:
        """Wavelength with the Recommendation's rounded speed of light."""
        return kernels.P1812_LIGHT / self.frequency_ghz


@dataclass(frozen=True)
class Geometry:
    """Horizons, smooth-Earth heights and zones of a path (§3.6, attachment 1)."""

    sea_share: float
    land_km: float
    """Longest continuous stretch of land."""
    inland_km: float
    horizon_tx_km: float
    horizon_rx_km: float
    angle_tx: float
    """Horizon elevation angle, mrad."""
    angle_rx: float
    angle: float
    """Angular distance, mrad."""
    smooth_tx_m: float
    """Smooth-Earth height under the transmitter for the ducting model."""
    smooth_rx_m: float
    over_tx_m: float
    """Effective antenna height for the ducting model."""
    over_rx_m: float
    roughness_m: float
    beta_percent: float
    """Time for which lapse rates over 100 N-units/km are to be expected, eq. (5)."""


@dataclass(frozen=True)
class Terms:
    """What the median loss is made of, dB."""

    free_space: float
    line_of_sight: float
    """Not exceeded for the time percentage, eq. (10)."""
    line_of_sight_beta: float
    diffraction_50: float
    """Median diffraction loss above free space, eq. (39) for the median Earth radius."""
    diffraction_beta: float
    diffraction: float
    """Diffraction loss not exceeded for the time percentage, eq. (41)."""
    ducting: float
    """Basic transmission loss by ducting and layer reflection, eq. (46)."""
    troposcatter: float
    """Basic transmission loss by troposcatter, eq. (44)."""
    total: float
    """Basic transmission loss not exceeded for the time percentage at half of the locations, eq. (63)."""


def owned_km(distance_km: FloatArray) -> FloatArray:
    """Stretch of path that each sample stands for: half way to its neighbours."""
    middle = 0.5 * (distance_km[1:] + distance_km[:-1])
    return np.diff(np.concatenate([distance_km[:1], middle, distance_km[-1:]]))


def longest_km(distance_km: FloatArray, member: npt.NDArray[np.bool_]) -> float:
    """Longest continuous stretch of samples that are members."""
    longest = running = 0.0
    for own, inside in zip(owned_km(distance_km), member, strict=True):
        running = running + float(own) if inside else 0.0
        longest = max(longest, running)
    return longest


def horizons(path: Path) -> tuple[float, float, float, float, int, int]:
    """Horizon distances (km), angles (mrad) and sample numbers of both ends, attachment 1 §5.3-5.5 (bare ground).

    On a line-of-sight path both horizons are the sample with the largest diffraction parameter.
    """
    d, total, double = path.distance_km[1:-1], path.total_km, 2.0 * path.radius_km
    ground = path.ground_m[1:-1]
    from_tx = 1000.0 * np.arctan((ground - path.tx_m) / (1000.0 * d) - d / double)
    direct_tx = 1000.0 * math.atan((path.rx_m - path.tx_m) / (1000.0 * total) - total / double)
    if from_tx.max() > direct_tx:
        back = total - d
        from_rx = 1000.0 * np.arctan((ground - path.rx_m) / (1000.0 * back) - back / double)
        tx, rx = int(np.argmax(from_tx)), len(d) - 1 - int(np.argmax(from_rx[::-1]))
        return float(d[tx]), float(back[rx]), float(from_tx[tx]), float(from_rx[rx]), tx + 1, rx + 1
    direct_rx = 1000.0 * math.atan((path.tx_m - path.rx_m) / (1000.0 * total) - total / double)
    line = (path.tx_m * (total - d) + path.rx_m * d) / total
    nu = (ground + d * (total - d) * 500.0 / path.radius_km - line) * np.sqrt(
        0.002 * total / (path.wavelength_m * d * (total - d))
    )
    top = len(d) - 1 - int(np.argmax(nu[::-1]))
    return float(d[top]), total - float(d[top]), direct_tx, direct_rx, top + 1, top + 1


def _beta_percent(latitude_deg: float, land_km: float, inland_km: float) -> float:
    """Point incidence of anomalous propagation, eqs. (2)-(5)."""
    tau = _tau(inland_km)
    mu1 = min((10.0 ** (-land_km / (16.0 - 6.6 * tau)) + 10.0 ** (-5.0 * (0.496 + 0.354 * tau))) ** 0.2, 1.0)
    latitude = abs(latitude_deg)
    if latitude <= 70.0:
        return float(10.0 ** (1.67 - 0.015 * latitude) * mu1 * mu1 ** (-0.935 + 0.0176 * latitude))
    return float(4.17 * mu1 * mu1**0.3)


def _tau(inland_km: float) -> float:
    return 1.0 - math.exp(-4.12e-4 * inland_km**2.41)


def geometry(path: Path) -> Geometry:
    """Profile analysis of attachment 1 and the zones of §3.6."""
    d, total = path.distance_km, path.total_km
    sea_share = float(owned_km(d)[path.zone == SEA].sum()) / total
    land_km, inland_km = longest_km(d, path.zone != SEA), longest_km(d, path.zone == INLAND)
    horizon_tx, horizon_rx, angle_tx, angle_rx, first, last = horizons(path)
    ground, step = path.ground_m, np.diff(d)
    v1 = float((step * (ground[1:] + ground[:-1])).sum())
    v2 = float((step * (ground[1:] * (2.0 * d[1:] + d[:-1]) + ground[:-1] * (d[1:] + 2.0 * d[:-1]))).sum())
    start = min((2.0 * v1 * total - v2) / total**2, float(ground[0]))
    end = min((v2 - v1 * total) / total**2, float(ground[-1]))
    between = slice(first, last + 1)
    slope = (end - start) / total
    return Geometry(
        sea_share=sea_share,
        land_km=land_km,
        inland_km=inland_km,
        horizon_tx_km=horizon_tx,
        horizon_rx_km=horizon_rx,
        angle_tx=angle_tx,
        angle_rx=angle_rx,
        angle=1000.0 * total / path.radius_km + angle_tx + angle_rx,
        smooth_tx_m=start,
        smooth_rx_m=end,
        over_tx_m=path.tx_m - start,
        over_rx_m=path.rx_m - end,
        roughness_m=float((ground[between] - (start + slope * d[between])).max()),
        beta_percent=_beta_percent(path.latitude_deg, land_km, inland_km),
    )


def troposcatter_db(path: Path, g: Geometry) -> float:
    """Basic transmission loss by troposcatter, P.1812-6 eqs. (44)-(45)."""
    f = path.frequency_ghz
    by_frequency = 25.0 * math.log10(f) - 2.5 * math.log10(f / 2.0) ** 2
    by_time = 10.125 * math.log10(50.0 / path.time_percent) ** 0.7
    fixed = 190.1 + by_frequency + 20.0 * math.log10(path.total_km)
    return float(fixed + 0.573 * g.angle - 0.15 * path.refractivity - by_time)


def _shielding_db(angle: float, horizon_km: float, f: float) -> float:
    """Site shielding of one end, eq. (48)."""
    over = angle - 0.1 * horizon_km
    if over <= 0.0:
        return 0.0
    return float(20.0 * math.log10(1.0 + 0.361 * over * math.sqrt(f * horizon_km)) + 0.264 * over * f ** (1.0 / 3.0))


def _sea_coupling_db(coast_km: float, horizon_km: float, sea_share: float, antenna_m: float) -> float:
    """Coupling of one end into a duct over the sea, eq. (49)."""
    if coast_km > 5.0 or coast_km > horizon_km or sea_share < 0.75:
        return 0.0
    return -3.0 * math.exp(-0.25 * coast_km**2) * (1.0 + math.tanh(0.07 * (50.0 - antenna_m)))


def _duct_time_db(path: Path, g: Geometry) -> float:
    """How ducting loss varies with time, eqs. (53)-(56)."""
    total = path.total_km
    alpha = max(-0.6 - 3.5e-9 * total**3.1 * _tau(g.inland_km), -3.4)
    spread = (math.sqrt(g.over_tx_m) + math.sqrt(g.over_rx_m)) ** 2
    mu2 = min((500.0 / path.radius_km * total**2 / spread) ** alpha, 1.0)
    mu3 = 1.0
    if g.roughness_m > 10.0:
        inner_km = min(total - g.horizon_tx_km - g.horizon_rx_km, 40.0)
        mu3 = math.exp(-4.6e-5 * (g.roughness_m - 10.0) * (43.0 + 6.0 * inner_km))
    # A very rough path drives beta to 0, whose logarithm the formula then takes.
    beta = max(g.beta_percent * mu2 * mu3, 1e-100)
    log_beta = math.log10(beta)
    gamma = 1.076 / (2.0058 - log_beta) ** 1.012
    gamma *= math.exp(-(9.51 - 4.8 * log_beta + 0.198 * log_beta**2) * 1e-6 * total**1.13)
    ratio = path.time_percent / beta
    return float(-12.0 + (1.2 + 3.7e-3 * total) * math.log10(ratio) + 12.0 * ratio**gamma)


def ducting_db(path: Path, g: Geometry) -> float:
    """Basic transmission loss by ducting and layer reflection, eqs. (46)-(56)."""
    f = path.frequency_ghz
    fixed = 102.45 + 20.0 * math.log10(f) + 20.0 * math.log10(g.horizon_tx_km + g.horizon_rx_km)
    if f < 0.5:
        fixed += 45.375 - 137.0 * f + 92.5 * f**2
    fixed += _shielding_db(g.angle_tx, g.horizon_tx_km, f) + _shielding_db(g.angle_rx, g.horizon_rx_km, f)
    fixed += _sea_coupling_db(path.coast_tx_km, g.horizon_tx_km, g.sea_share, path.tx_m)
    fixed += _sea_coupling_db(path.coast_rx_km, g.horizon_rx_km, g.sea_share, path.rx_m)
    angle = 1000.0 * path.total_km / path.radius_km
    angle += min(g.angle_tx, 0.1 * g.horizon_tx_km) + min(g.angle_rx, 0.1 * g.horizon_rx_km)
    return float(fixed + 5e-5 * path.radius_km * f ** (1.0 / 3.0) * angle + _duct_time_db(path, g))


def diffraction_db(path: Path, sea_share: float, radius_km: float) -> float:
    """Delta-Bullington diffraction loss over an Earth of some effective radius, §4.3.4."""
    return kernels.delta_bullington_db(
        path.distance_km,
        path.surface_m,
        path.ground_m,
        path.tx_m,
        path.rx_m,
        radius_km,
        path.frequency_ghz,
        path.vertical,
        math.inf,
        sea_share,
    )


def terms(path: Path) -> Terms:
    """Every mechanism of one path and their combination, §4.6. At least one sample must lie between the ends."""
    g, p, f = geometry(path), path.time_percent, path.frequency_ghz
    slant2 = path.total_km**2 + (0.001 * (path.tx_m - path.rx_m)) ** 2
    free_space = 92.4 + 20.0 * math.log10(f) + 10.0 * math.log10(slant2)
    focusing = 2.6 * (1.0 - math.exp(-0.1 * (g.horizon_tx_km + g.horizon_rx_km)))
    line, line_beta = (free_space + focusing * math.log10(share / 50.0) for share in (p, g.beta_percent))
    median = diffraction_db(path, g.sea_share, path.radius_km)
    beta = diffraction_db(path, g.sea_share, BETA_RADIUS_KM)
    f_i = inverse_normal(p / 100.0) / inverse_normal(g.beta_percent / 100.0) if p > g.beta_percent else 1.0
    loss = median if p == 50.0 else median + f_i * (beta - median)
    ducting, scatter = ducting_db(path, g), troposcatter_db(path, g)
    # eqs. (57)-(63): from line of sight and ducting at short range to diffraction beyond the horizon
    f_j = 1.0 - 0.5 * (1.0 + math.tanh(8.0 * (g.angle - 0.3)))
    f_k = 1.0 - 0.5 * (1.0 + math.tanh(0.075 * (path.total_km - 20.0)))
    least = line + (1.0 - g.sea_share) * loss
    if p >= g.beta_percent:
        least = free_space + median + (line_beta + (1.0 - g.sea_share) * loss - free_space - median) * f_i
    enhanced = 2.5 * float(np.logaddexp(ducting / 2.5, line / 2.5))
    diffracted = line + loss
    if enhanced <= diffracted:
        diffracted = enhanced + (diffracted - enhanced) * f_k
    modified = diffracted + (least - diffracted) * f_j
    total = -5.0 * float(np.logaddexp(-0.2 * math.log(10) * scatter, -0.2 * math.log(10) * modified)) / math.log(10)
    return Terms(free_space, line, line_beta, median, beta, loss, ducting, scatter, total)
