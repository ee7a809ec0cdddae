"""Rain on a terrestrial path: specific attenuation (ITU-R P.838-3) and how often it exceeds a margin (P.530-17)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from netplan.tables import FloatArray

VERTICAL_DEG, HORIZONTAL_DEG, CIRCULAR_DEG = 90.0, 0.0, 45.0
"""Tilt of the polarisation from the horizontal, P.838."""

# P.838-3 tables 1 to 4: rows a, b, c of each Gaussian term, then slope and constant in log10 of the frequency.
_LOG_K_H = (
    ((-5.33980, -0.10008, 1.13098), (-0.35351, 1.26970, 0.45400), (-0.23789, 0.86036, 0.15354),
     (-0.94158, 0.64552, 0.16817)), -0.18961, 0.71147,
)  # fmt: skip
_LOG_K_V = (
    ((-3.80595, 0.56934, 0.81061), (-3.44965, -0.22911, 0.51059), (-0.39902, 0.73042, 0.11899),
     (0.50167, 1.07319, 0.27195)), -0.16398, 0.63297,
)  # fmt: skip
_ALPHA_H = (
    ((-0.14318, 1.82442, -0.55187), (0.29591, 0.77564, 0.19822), (0.32177, 0.63773, 0.13164),
     (-5.37610, -0.96230, 1.47828), (16.1721, -3.29980, 3.43990)), 0.67849, -1.95537,
)  # fmt: skip
_ALPHA_V = (
    ((-0.07771, 2.33840, -0.76284), (0.56727, 0.95545, 0.54039), (-0.20238, 1.14520, 0.26809),
     (-48.2991, 0.791669, 0.116226), (48.5833, 0.791459, 0.116479)), -0.053739, 0.83433,
)  # fmt: skip
_Fit = tuple[tuple[tuple[float, float, float], ...], float, float]

LOWEST_PERCENT = 0.001
"""The power law of P.530 is given down to this share of the year; less is never claimed."""
_MAX_DISTANCE_FACTOR = 2.5


def _refuse(bad: npt.NDArray[np.bool_], values: FloatArray, what: str, must: str) -> None:
    if bad.any():
        raise ValueError(f"{what} {values[bad].flat[0]:g}: {must}")


def checked(values: npt.ArrayLike, low: float, high: float, what: str, unit: str) -> FloatArray:
    """The values as an array.

    Raises:
        ValueError: any is outside `low` to `high`, or not a number.
    """
    array = np.asarray(values, float)
    _refuse(~((array >= low) & (array <= high)), array, what, f"give {low:g} to {high:g} {unit}")
    return array


def _fit(table: _Fit, log_f: FloatArray) -> FloatArray:
    terms, slope, constant = table
    total = slope * log_f + constant
    for a, b, c in terms:
        total = total + a * np.exp(-(((log_f - b) / c) ** 2))
    return np.asarray(total)


def rain_coefficients(
    frequency_ghz: npt.ArrayLike, elevation_deg: npt.ArrayLike = 0.0, tilt_deg: npt.ArrayLike = CIRCULAR_DEG
) -> tuple[FloatArray, FloatArray]:
    """Coefficients k and alpha of the specific attenuation k R^alpha, ITU-R P.838-3.

    Args:
        frequency_ghz: 1 to 1000.
        elevation_deg: of the path.
        tilt_deg: of the polarisation from the horizontal; 45 for circular. All three broadcast.

    Raises:
        ValueError: a frequency outside the range of the Recommendation.
    """
    log_f = np.log10(checked(frequency_ghz, 1.0, 1000.0, "rain (P.838): frequency of", "GHz"))
    k_h, k_v = 10.0 ** _fit(_LOG_K_H, log_f), 10.0 ** _fit(_LOG_K_V, log_f)
    a_h, a_v = k_h * _fit(_ALPHA_H, log_f), k_v * _fit(_ALPHA_V, log_f)
    turn = np.cos(np.radians(elevation_deg)) ** 2 * np.cos(2.0 * np.radians(tilt_deg))
    k = (k_h + k_v + (k_h - k_v) * turn) / 2.0
    return k, (a_h + a_v + (a_h - a_v) * turn) / (2.0 * k)


def specific_attenuation(
    rain_mm_per_h: npt.ArrayLike,
    frequency_ghz: npt.ArrayLike,
    elevation_deg: npt.ArrayLike = 0.0,
    tilt_deg: npt.ArrayLike = CIRCULAR_DEG,
) -> FloatArray:
    """Attenuation by rain in dB/km, ITU-R P.838-3; arguments broadcast, see `rain_coefficients`.

    Raises:
        ValueError: negative rain, or a frequency outside 1 to 1000 GHz.
    """
    rain = checked(rain_mm_per_h, 0.0, np.inf, "rain rate of", "mm/h")
    k, alpha = rain_coefficients(frequency_ghz, elevation_deg, tilt_deg)
    return np.asarray(k * rain**alpha)


def path_attenuation_001(
    length_km: npt.ArrayLike,
    frequency_ghz: npt.ArrayLike,
    rain_mm_per_h: npt.ArrayLike,
    tilt_deg: npt.ArrayLike = HORIZONTAL_DEG,
) -> FloatArray:
    """Rain attenuation of a terrestrial path in dB, exceeded for 0.01 % of an average year: P.530-17 §2.4.1.

    Args:
        length_km: up to 60.
        frequency_ghz: 1 to 100.
        rain_mm_per_h: exceeded for 0.01 % of the year (P.837).
        tilt_deg: of the polarisation. All broadcast.

    Raises:
        ValueError: outside these ranges.
    """
    length = checked(length_km, 0.0, 60.0, "rain (P.530): path of", "km")
    frequency = checked(frequency_ghz, 1.0, 100.0, "rain (P.530): frequency of", "GHz")
    rain = checked(rain_mm_per_h, 0.0, np.inf, "rain rate of", "mm/h")
    k, alpha = rain_coefficients(frequency, 0.0, tilt_deg)
    divisor = 0.477 * length**0.633 * rain ** (0.073 * alpha) * frequency**0.123
    divisor = divisor - 10.579 * (1.0 - np.exp(-0.024 * length))
    # Short paths see the whole cell of rain and more: the Recommendation caps the factor.
    factor = 1.0 / np.maximum(divisor, 1.0 / _MAX_DISTANCE_FACTOR)
    return np.asarray(k * rain**alpha * length * factor)


def _power_law(frequency_ghz: npt.ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    """C1, C2, C3 of P.530-17 §2.4.1 step 5."""
    frequency = np.asarray(frequency_ghz, float)
    c0 = 0.12 + np.where(frequency >= 10.0, 0.32 * np.log10(np.maximum(frequency, 10.0) / 10.0), 0.0)
    return 0.07**c0 * 0.12 ** (1.0 - c0), 0.855 * c0 + 0.546 * (1.0 - c0), 0.139 * c0 + 0.043 * (1.0 - c0)


def attenuation_exceeded(
    attenuation_001_db: npt.ArrayLike, frequency_ghz: npt.ArrayLike, percent: npt.ArrayLike
) -> FloatArray:
    """Rain attenuation in dB exceeded for `percent` (0.001 to 1) of an average year, from that of 0.01 %.

    P.530-17 §2.4.1 step 5. Arguments broadcast.

    Raises:
        ValueError: a percentage outside the range of the Recommendation.
    """
    share = checked(percent, LOWEST_PERCENT, 1.0, "rain (P.530): percentage of time of", "%")
    c1, c2, c3 = _power_law(frequency_ghz)
    return np.asarray(np.asarray(attenuation_001_db, float) * c1 * share ** -(c2 + c3 * np.log10(share)))


def rain_outage_percent(
    margin_db: npt.ArrayLike, attenuation_001_db: npt.ArrayLike, frequency_ghz: npt.ArrayLike
) -> FloatArray:
    """Share of an average year in % for which rain exceeds the margin: the inverse of `attenuation_exceeded`.

    Not below 0.001 % where it rains at all, the end of the method's range; 100 without margin. Arguments broadcast.
    """
    margin, worst, frequency = np.broadcast_arrays(
        *(np.asarray(a, float) for a in (margin_db, attenuation_001_db, frequency_ghz))
    )
    c1, c2, c3 = _power_law(frequency)
    rains = worst > 0
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        level = np.log10(np.maximum(margin, 0.0) / np.where(rains, worst * c1, 1.0))
        # log10 of the outage solves c3 x^2 + c2 x + level = 0; past the vertex the law no longer falls.
        exponent = (np.sqrt(np.maximum(c2**2 - 4.0 * c3 * level, 0.0)) - c2) / (2.0 * c3)
        outage = np.clip(10.0 ** np.minimum(exponent, 2.0), LOWEST_PERCENT, 100.0)
    outage = np.where(rains, outage, 0.0)
    return np.asarray(np.where(margin > 0, outage, 100.0))
