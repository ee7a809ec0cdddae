"""Clear-air multipath fading of a line-of-sight link: ITU-R P.530-17 §2.3.

Version 17 is used because its geoclimatic factor follows from a refractivity gradient and the roughness of the
terrain, both open to the planner; version 18 needs a map that may not be passed on.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from netplan.radio.rain import checked
from netplan.tables import FloatArray

HIGHEST_GHZ = 45.0
"""The fading model is validated up to here (P.530 §2.3.1)."""
FREQUENCY_POWER = 0.8
"""Of the frequency, in P.530-17 equations (7) and (8)."""
HIGHEST_OCCURRENCE = 1000.0
"""Figure 3 of P.530 ends at this p0 in %; beyond, the law for shallow fades bends back."""


def geoclimatic_factor(gradient_n_per_km: npt.ArrayLike, roughness_m: npt.ArrayLike | None = None) -> FloatArray:
    """Geoclimatic factor K of the average worst month, P.530-17 equations (4) and (6).

    Args:
        gradient_n_per_km: refractivity gradient in the lowest 65 m not exceeded for 1 % of the year (dN1, P.453).
        roughness_m: standard deviation of terrain heights around the path; None for the quick method.

    Raises:
        ValueError: a negative roughness.
    """
    gradient = np.asarray(gradient_n_per_km, float)
    if roughness_m is None:
        return np.asarray(10.0 ** (-4.6 - 0.0027 * gradient))
    rough = checked(roughness_m, 0.0, np.inf, "terrain roughness of", "m")
    return np.asarray(10.0 ** (-4.4 - 0.0027 * gradient) * (10.0 + rough) ** -0.46)


def occurrence_percent(
    length_km: npt.ArrayLike,
    frequency_ghz: npt.ArrayLike,
    antennas_m: tuple[npt.ArrayLike, npt.ArrayLike],
    gradient_n_per_km: npt.ArrayLike,
    roughness_m: npt.ArrayLike | None = None,
) -> FloatArray:
    """Multipath occurrence factor p0 in %: the deep-fading tail of the average worst month at 0 dB.

    P.530-17 §2.3.1, equation (7) with roughness and (8) without. Arguments broadcast.

    Args:
        length_km: of the path.
        frequency_ghz: up to 45.
        antennas_m: heights of the two antennas above sea level.
        gradient_n_per_km, roughness_m: see `geoclimatic_factor`.

    Raises:
        ValueError: frequency or length outside the range of the method.
    """
    length = checked(length_km, 0.0, 200.0, "multipath (P.530): path of", "km")
    frequency = checked(frequency_ghz, 0.1, HIGHEST_GHZ, "multipath (P.530): frequency of", "GHz")
    factor = geoclimatic_factor(gradient_n_per_km, roughness_m)
    tilt, low = inclination_mrad(length, antennas_m), np.minimum(*(np.asarray(h, float) for h in antennas_m))
    if roughness_m is None:
        shape = length**3.1 * (1.0 + tilt) ** -1.29 * 10.0 ** (-0.00089 * low)
    else:
        shape = length**3.4 * (1.0 + tilt) ** -1.03 * 10.0 ** (-0.00076 * low)
    return np.asarray(factor * shape * frequency**FREQUENCY_POWER)


def inclination_mrad(length_km: npt.ArrayLike, antennas_m: tuple[npt.ArrayLike, npt.ArrayLike]) -> FloatArray:
    """Inclination of the path, from antenna heights above sea level, P.530-17 equation (5)."""
    one, other = (np.asarray(height, float) for height in antennas_m)
    return np.asarray(np.abs(one - other) / np.maximum(np.asarray(length_km, float), 1e-3))


def annual_factor(
    length_km: npt.ArrayLike, antennas_m: tuple[npt.ArrayLike, npt.ArrayLike], latitude_deg: npt.ArrayLike
) -> FloatArray:
    """Average-year over worst-month fading, at most 1 by construction: P.530-17 §2.3.4.

    The logarithmic conversion is capped at 10.8 dB and not allowed to make the year worse than its worst month.

    Raises:
        ValueError: a latitude beyond the poles.
    """
    latitude = np.abs(checked(latitude_deg, -90.0, 90.0, "latitude of", "degrees"))
    length = np.maximum(np.asarray(length_km, float), 1e-3)
    swing = np.abs(np.cos(2.0 * np.radians(latitude))) ** 0.7
    gain_db = 10.5 - 5.6 * np.log10(1.1 + np.where(latitude <= 45.0, swing, -swing)) - 2.7 * np.log10(length)
    gain_db = gain_db + 1.7 * np.log10(1.0 + inclination_mrad(length, antennas_m))
    return np.asarray(10.0 ** (-np.clip(gain_db, 0.0, 10.8) / 10.0))


def fade_outage_percent(occurrence: npt.ArrayLike, margin_db: npt.ArrayLike, annual: npt.ArrayLike = 1.0) -> FloatArray:
    """Share of time in % for which multipath fading exceeds the margin, for all fade depths: P.530-17 §2.3.2.

    The average worst month, or the average year with `annual` from `annual_factor` (§2.3.4). Deep fades follow
    p0 10^(-A/10); below the transition depth an empirical law joins them to 63 % at 0 dB. 100 without margin. Where
    p0 is above 1000 % the deep-fading law, which is no smaller, is used at all depths.

    Args:
        occurrence: p0 in %, see `occurrence_percent`.
        margin_db: fade margin A.
        annual: factor on the deep-fading tail. All broadcast.
    """
    p0, margin, factor = np.broadcast_arrays(*(np.asarray(a, float) for a in (occurrence, margin_db, annual)))
    deep = p0 * factor * 10.0 ** (-np.maximum(margin, 0.0) / 10.0)
    beyond = p0 > HIGHEST_OCCURRENCE
    p0 = np.clip(p0, 1e-9, HIGHEST_OCCURRENCE)
    depth = 25.0 + 1.2 * np.log10(p0)
    at_depth = p0 * factor * 10.0 ** (-depth / 10.0)
    qa = -20.0 * np.log10(-np.log1p(-at_depth / 100.0)) / depth
    bend = (1.0 + 0.3 * 10.0 ** (-depth / 20.0)) * 10.0 ** (-0.016 * depth)
    qt = (qa - 2.0) / bend - 4.3 * (10.0 ** (-depth / 20.0) + depth / 800.0)
    shallow = np.clip(margin, 0.0, depth)
    bend = (1.0 + 0.3 * 10.0 ** (-shallow / 20.0)) * 10.0 ** (-0.016 * shallow)
    q = 2.0 + bend * (qt + 4.3 * (10.0 ** (-shallow / 20.0) + shallow / 800.0))
    near = -100.0 * np.expm1(-(10.0 ** (-q * shallow / 20.0)))
    outage = near * 10.0 ** (-np.maximum(margin - depth, 0.0) / 10.0)
    outage = np.where(beyond, np.minimum(deep, 100.0), outage)
    return np.asarray(np.where(margin > 0, outage, 100.0))
