"""Rain on a path to the sky (ITU-R P.618-14 §2.2.1.1) and where in the sky a geostationary satellite stands."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from netplan.radio.rain import CIRCULAR_DEG, checked, specific_attenuation
from netplan.tables import FloatArray

EFFECTIVE_EARTH_KM = 8500.0
"""Effective Earth radius of P.618."""
GEO_RATIO = 6378.137 / 42164.17
"""Equatorial radius over the radius of the geostationary orbit."""
LOWEST_PERCENT, HIGHEST_PERCENT = 0.001, 5.0


def rain_height_km(latitude_deg: npt.ArrayLike) -> FloatArray:
    """Mean height of rain above sea level in km, without a map: the zonal rule of ITU-R P.618-5.

    5 km between 21 S and 23 N, falling by 0.075 km a degree to the north and 0.1 to the south. Within 0.3 km of the
    map of P.839 in the tropics.
    """
    latitude = checked(latitude_deg, -90.0, 90.0, "latitude of", "degrees")
    north, south = np.maximum(latitude - 23.0, 0.0), np.maximum(-latitude - 21.0, 0.0)
    return np.asarray(np.maximum(5.0 - 0.075 * north - 0.1 * south, 0.0))


def slant_path_km(elevation_deg: npt.ArrayLike, rise_km: npt.ArrayLike) -> FloatArray:
    """Length of the slant path below the rain height, `rise_km` above the terminal: P.618-14 equations (1), (2)."""
    sine, rise = np.sin(np.radians(np.asarray(elevation_deg, float))), np.asarray(rise_km, float)
    bent = 2.0 * rise / (np.sqrt(sine**2 + 2.0 * np.maximum(rise, 0.0) / EFFECTIVE_EARTH_KM) + sine)
    return np.asarray(np.where(np.asarray(elevation_deg, float) >= 5.0, rise / sine, bent))


def slant_rain_db(
    frequency_ghz: npt.ArrayLike,
    elevation_deg: npt.ArrayLike,
    rain_mm_per_h: npt.ArrayLike,
    latitude_deg: npt.ArrayLike,
    rise_km: npt.ArrayLike,
    percent: npt.ArrayLike,
    tilt_deg: npt.ArrayLike = CIRCULAR_DEG,
) -> FloatArray:
    """Rain attenuation in dB of an Earth-space path, exceeded for `percent` of an average year: P.618-14 §2.2.1.1.

    Args:
        frequency_ghz: 1 to 55.
        elevation_deg: of the satellite, 1 to 90.
        rain_mm_per_h: exceeded for 0.01 % of the year (P.837).
        latitude_deg: of the terminal.
        rise_km: rain height less height of the terminal above sea level; not above 0: no rain on the path.
        percent: 0.001 to 5.
        tilt_deg: of the polarisation from the horizontal; 45 for circular. All broadcast.

    Raises:
        ValueError: outside these ranges.
    """
    frequency = checked(frequency_ghz, 1.0, 55.0, "slant path (P.618): frequency of", "GHz")
    elevation = checked(elevation_deg, 1.0, 90.0, "slant path (P.618): elevation of", "degrees")
    latitude = np.abs(checked(latitude_deg, -90.0, 90.0, "latitude of", "degrees"))
    share = checked(percent, LOWEST_PERCENT, HIGHEST_PERCENT, "slant path (P.618): percentage of time of", "%")
    rise = np.maximum(np.asarray(rise_km, float), 0.0)
    gamma = specific_attenuation(rain_mm_per_h, frequency, elevation, tilt_deg)
    worst = gamma * _effective_km(frequency, elevation, latitude, rise, gamma)
    sine = np.sin(np.radians(elevation))
    low = np.where(elevation < 25.0, 1.8 - 4.25 * sine, 0.0)
    beta = np.where((share < 1.0) & (latitude < 36.0), -0.005 * (latitude - 36.0) + low, 0.0)
    slope = 0.655 + 0.033 * np.log(share) - 0.045 * np.log(np.maximum(worst, 1e-12)) - beta * (1.0 - share) * sine
    return np.asarray(np.where(worst > 0, worst * (share / 0.01) ** -slope, 0.0))


def _effective_km(
    frequency: FloatArray, elevation: FloatArray, latitude: FloatArray, rise: FloatArray, gamma: FloatArray
) -> FloatArray:
    """Effective path length for 0.01 % of the year, P.618-14 steps 3 to 8."""
    sine, cosine = np.sin(np.radians(elevation)), np.cos(np.radians(elevation))
    flat = slant_path_km(elevation, rise) * cosine
    reduction = 1.0 / (1.0 + 0.78 * np.sqrt(flat * gamma / frequency) - 0.38 * (1.0 - np.exp(-2.0 * flat)))
    steep = np.degrees(np.arctan2(rise, flat * reduction)) > elevation
    # the cosine vanishes only at the zenith, where the other branch is taken
    length = np.where(steep, flat * reduction / np.maximum(cosine, 1e-12), rise / sine)
    chi = np.maximum(36.0 - latitude, 0.0)
    rain = 31.0 * (1.0 - np.exp(-elevation / (1.0 + chi))) * np.sqrt(length * gamma) / frequency**2
    return np.asarray(length / (1.0 + np.sqrt(sine) * (rain - 0.45)))


def rain_availability_percent(
    margin_db: float,
    frequency_ghz: float,
    elevation_deg: npt.ArrayLike,
    rain_mm_per_h: npt.ArrayLike,
    latitude_deg: npt.ArrayLike,
    rise_km: npt.ArrayLike,
    tilt_deg: float = CIRCULAR_DEG,
) -> FloatArray:
    """Share of an average year in % for which rain leaves the margin whole, 95 to 99.999; see `slant_rain_db`.

    Found by bisection, the attenuation of P.618 falling with the percentage of time.
    """
    shape = np.broadcast(*(np.asarray(a) for a in (elevation_deg, rain_mm_per_h, latitude_deg, rise_km))).shape
    low, high = np.full(shape, np.log10(LOWEST_PERCENT)), np.full(shape, np.log10(HIGHEST_PERCENT))
    for _ in range(40):
        middle = (low + high) / 2.0
        loss_db = slant_rain_db(
            frequency_ghz, elevation_deg, rain_mm_per_h, latitude_deg, rise_km, 10.0**middle, tilt_deg
        )
        low, high = np.where(loss_db > margin_db, middle, low), np.where(loss_db > margin_db, high, middle)
    return np.asarray(100.0 - 10.0**high)


def geostationary_look(
    latitude_deg: npt.ArrayLike, longitude_deg: npt.ArrayLike, satellite_deg: float
) -> tuple[FloatArray, FloatArray]:
    """Azimuth (from true north, 0 to 360) and elevation in degrees of a geostationary satellite.

    Spherical Earth, no refraction (under 0.1 degree above 5 degrees of elevation). Elevation is negative where the
    satellite is below the horizon.

    Args:
        latitude_deg, longitude_deg: of the terminals, broadcast.
        satellite_deg: longitude of the satellite, east positive.
    """
    latitude = np.radians(checked(latitude_deg, -90.0, 90.0, "latitude of", "degrees"))
    across = np.radians(satellite_deg - np.asarray(longitude_deg, float))
    nearness = np.cos(latitude) * np.cos(across)
    elevation = np.degrees(np.arctan2(nearness - GEO_RATIO, np.sqrt(np.maximum(1.0 - nearness**2, 0.0))))
    azimuth = np.degrees(np.arctan2(np.sin(across), -np.sin(latitude) * np.cos(across)))
    return np.asarray(azimuth % 360.0), np.asarray(elevation)
