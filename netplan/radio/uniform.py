"""Compiled kernels for evenly spaced profiles: the sums and slopes of P.1812-7 §4.3 gathered while sampling.

The same losses as `netplan.radio.kernels`, without profiles in memory: a path is read once, and what delta-Bullington
needs of it are a few running maxima and sums. The smooth path of §4.3.4 is searched, not walked: its obstruction has a
single maximum. Distances in km, heights in m above sea level.
"""

from __future__ import annotations

import math

from netplan.radio.kernels import TEN_LOG, first_term_db, kernel, knife_edge_db, smooth_clearance


@kernel
def free_space_kernel_db(distance_m: float, frequency_mhz: float) -> float:
    """Free-space basic transmission loss 20 log10(4 pi d f / c), P.525; d at least 1 m."""
    return free_space_square_db(distance_m * distance_m, frequency_mhz)


@kernel
def free_space_square_db(square_m2: float, frequency_mhz: float) -> float:
    """`free_space_kernel_db` from the squared distance."""
    wave = frequency_mhz * (4.0e6 * math.pi / 299792458.0)
    return TEN_LOG * math.log(max(square_m2, 1.0) * wave * wave)


@kernel
def edge_sum_db(edge_db: float, total_km: float) -> float:
    """Bullington loss of a path from its knife-edge loss, P.1812-7 eq. (21)."""
    if edge_db <= 0.0:
        return 0.0
    return edge_db + (1.0 - math.exp(-edge_db / 6.0)) * (10.0 + 0.02 * total_km)


@kernel
def clear_db(least: float, total_km: float, wavelength_m: float) -> float:
    """Bullington loss of a line-of-sight path; `least` is its smallest clearance² / (d (D - d)) in m²/km²."""
    nu = -math.sqrt(least * 0.002 * total_km / wavelength_m)
    return edge_sum_db(knife_edge_db(nu), total_km)


@kernel
def blocked_db(
    slope_tx: float, slope_rx: float, tx_m: float, rx_m: float, total_km: float, wavelength_m: float
) -> float:
    """Bullington loss of a path without line of sight from the steepest slopes of its ends (m/km), eqs. (17)-(21)."""
    nu = 0.0  # just grazing, unless the two horizons meet above the direct line
    if slope_tx + slope_rx > 0.0:
        db = (rx_m - tx_m + slope_rx * total_km) / (slope_tx + slope_rx)
        if 0.0 < db < total_km:
            above = tx_m + slope_tx * db - (tx_m * (total_km - db) + rx_m * db) / total_km
            nu = above * math.sqrt(0.002 * total_km / (wavelength_m * db * (total_km - db)))
    return edge_sum_db(knife_edge_db(nu), total_km)


@kernel
def _smooth_least(i: int, step_km: float, total_km: float, tx_m: float, rx_m: float, bulge: float) -> float:
    d = i * step_km
    back = total_km - d
    clear = (tx_m * back + rx_m * d) / total_km - bulge * d * back
    return clear * clear / (d * back)


@kernel
def flat_bullington_db(
    total_km: float, intervals: int, tx_m: float, rx_m: float, radius_km: float, wavelength_m: float, near_km: float
) -> float:
    """Bullington loss of a profile of zeros with so many equal intervals, as `kernels.bullington_db` gives it.

    Both slopes and the diffraction parameter have one maximum over the path, so that only the samples on either
    side of it count. `near_km` is where the parameter's lies (`kernels.smooth_clearance`).
    """
    step_km, bulge, last = total_km / intervals, 500.0 / radius_km, intervals - 1
    at_tx = int(math.sqrt(tx_m / bulge) / step_km)
    at_rx = intervals - int(math.sqrt(rx_m / bulge) / step_km)
    slope_tx = slope_rx = -math.inf
    for shift in (0, 1):
        d = min(max(at_tx + shift, 1), last) * step_km
        slope_tx = max(slope_tx, bulge * (total_km - d) - tx_m / d)
        d = min(max(at_rx - shift, 1), last) * step_km
        slope_rx = max(slope_rx, bulge * d - rx_m / (total_km - d))
    if slope_tx >= (rx_m - tx_m) / total_km:
        return blocked_db(slope_tx, slope_rx, tx_m, rx_m, total_km, wavelength_m)
    at = int(near_km / step_km)
    least = min(
        _smooth_least(min(max(at, 1), last), step_km, total_km, tx_m, rx_m, bulge),
        _smooth_least(min(max(at + 1, 1), last), step_km, total_km, tx_m, rx_m, bulge),
    )
    return clear_db(least, total_km, wavelength_m)


@kernel
def over_smooth_m(
    height_sum: float,
    moment_sum: float,
    ends: tuple[float, float],
    highest: float,
    angle_tx: float,
    angle_rx: float,
    tx_m: float,
    rx_m: float,
) -> tuple[float, float]:
    """Antenna heights above the smooth Earth of the diffraction model, P.1812-7 attachment 1 §5.6.1-5.6.2.

    Args:
        height_sum: twice the mean ground height (v1 / D).
        moment_sum: v2 / D².
        ends: ground under the two antennas.
        highest: largest height of bare ground over the direct line, without the Earth's bulge.
        angle_tx, angle_rx: largest ratio of such a height to the distance from either end.
        tx_m, rx_m: antennas above sea level.
    """
    start = 2.0 * height_sum - moment_sum
    end = moment_sum - height_sum
    if highest > 0.0:
        share = angle_tx / (angle_tx + angle_rx)
        start -= highest * share
        end -= highest * (1.0 - share)
    return tx_m - min(start, ends[0]), rx_m - min(end, ends[1])


@kernel
def well_clear(total_km: float, tx_m: float, rx_m: float, radius_km: float, wavelength_m: float) -> bool:
    """Whether a path over the smooth Earth surely has the clearance that P.1812-7 eq. (24) asks for: it loses nothing.

    Heights are above the smooth surface. Sufficient, not necessary; most paths end here, without an arc cosine.
    With D = d1 + d2 the path clears the bulge at d1 by h = (tx d2 + rx d1) / D - b d1 d2, b = 500 / radius. With
    s = sqrt(d1 d2), which is at most D / 2, the mean of two numbers gives h >= 2 sqrt(tx rx) s / D - b s². It is
    enough that this is at least 17.456 sqrt(wavelength / D) s for s = D / 2, where it is hardest; times D:
    2 sqrt(tx rx) >= b D² / 2 + 17.456 sqrt(wavelength D). So clear a path is within the horizon.
    """
    needed_m = 250.0 / radius_km * total_km * total_km + 17.456 * math.sqrt(wavelength_m * total_km)
    return 4.0 * tx_m * rx_m >= needed_m * needed_m


@kernel
def delta_db(
    actual_db: float,
    total_km: float,
    intervals: int,
    tx_m: float,
    rx_m: float,
    radius_km: float,
    wavelength_m: float,
    land: tuple[float, float, float],
) -> float:
    """Delta-Bullington loss from the Bullington loss of the actual path, P.1812-7 §4.3.2-4.3.4, over land.

    Args:
        actual_db: Bullington loss of the actual path.
        intervals: of the profile, all equal.
        tx_m, rx_m: antennas above the smooth Earth, above 0.
        land: `kernels.land_constants` of the frequency.
    """
    if well_clear(total_km, tx_m, rx_m, radius_km, wavelength_m):
        return actual_db
    near_km, clear_m = smooth_clearance(total_km, tx_m, rx_m, radius_km)
    if total_km >= math.sqrt(2.0 * radius_km) * (math.sqrt(0.001 * tx_m) + math.sqrt(0.001 * rx_m)):
        sphere = first_term_db(total_km, tx_m, rx_m, radius_km, land)
    else:
        needed_m = 17.456 * math.sqrt(near_km * (total_km - near_km) * wavelength_m / total_km)
        if clear_m >= needed_m:
            return actual_db
        fitted_km = 500.0 * (total_km / (math.sqrt(tx_m) + math.sqrt(rx_m))) ** 2
        sphere = (1.0 - clear_m / needed_m) * first_term_db(total_km, tx_m, rx_m, fitted_km, land)
    if sphere <= 0.0:
        return actual_db
    flat = flat_bullington_db(total_km, intervals, tx_m, rx_m, radius_km, wavelength_m, near_km)
    return actual_db + max(sphere - flat, 0.0)
