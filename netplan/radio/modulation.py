"""What a fixed link carries at its availability target: the fastest modulation whose outage still fits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netplan.catalogue.links import FixedLink
from netplan.radio.multipath import (
    FREQUENCY_POWER,
    HIGHEST_GHZ,
    annual_factor,
    fade_outage_percent,
    occurrence_percent,
)
from netplan.radio.path_loss import free_space_loss
from netplan.radio.rain import HORIZONTAL_DEG, VERTICAL_DEG, path_attenuation_001, rain_outage_percent
from netplan.tables import FloatArray


@dataclass(frozen=True)
class Paths:
    """n clear paths, as arrays of n."""

    length_m: FloatArray
    antenna_a_m: FloatArray
    """Above sea level."""
    antenna_b_m: FloatArray
    latitude_deg: FloatArray
    rain_mm_per_h: FloatArray
    """Exceeded for 0.01 % of the year."""
    gradient_n_per_km: FloatArray
    roughness_m: FloatArray | None
    """Standard deviation of terrain heights around the path; None: not known (the quick method of P.530)."""


def fade_margins_db(link: FixedLink, frequency_mhz: float, length_m: FloatArray) -> FloatArray:
    """Margin of each path (rows) with each modulation (columns) in clear air, in dB.

    Received level = power + both gains - fixed losses - free space - gases; margin = level - threshold.
    """
    gain_db = 2.0 * link.antenna_gain_dbi.value - link.fixed_loss_db.value
    loss_db = free_space_loss(length_m, frequency_mhz) + link.gas_db_per_km.value * np.asarray(length_m) / 1000.0
    reach = np.array([step.tx_power_dbm.value - step.threshold_dbm.value for step in link.modulations])
    return np.asarray(gain_db + reach[None, :] - loss_db[:, None])


def outages_percent(link: FixedLink, frequency_mhz: float, paths: Paths) -> FloatArray:
    """Share of an average year in % for which each path (rows) is out with each modulation (columns).

    Rain (P.530 §2.4.1) and multipath (§2.3, worst month brought to the year) add up: they come at different times.

    Raises:
        ValueError: a path longer than 60 km, or a frequency outside 1 to 100 GHz.
    """
    ghz, length_km = frequency_mhz / 1000.0, np.asarray(paths.length_m, float) / 1000.0
    margin = fade_margins_db(link, frequency_mhz, paths.length_m)
    tilt = VERTICAL_DEG if link.polarisation == "vertical" else HORIZONTAL_DEG
    worst = path_attenuation_001(length_km, ghz, paths.rain_mm_per_h, tilt)
    antennas = (paths.antenna_a_m, paths.antenna_b_m)
    occurrence = occurrence_percent(
        length_km, min(ghz, HIGHEST_GHZ), antennas, paths.gradient_n_per_km, paths.roughness_m
    )
    # Above the range of the fading model its law is followed on, to more fading (`validity.beyond_fading` says so):
    # hops there are a few km long, where multipath is next to nothing.
    occurrence = occurrence * (max(ghz / HIGHEST_GHZ, 1.0) ** FREQUENCY_POWER)
    annual = annual_factor(length_km, antennas, paths.latitude_deg)
    rain = rain_outage_percent(margin, worst[:, None], ghz)
    fades = fade_outage_percent(occurrence[:, None], margin, annual[:, None])
    return np.asarray(np.minimum(rain + fades, 100.0))


def capacity_mbps(link: FixedLink, frequency_mhz: float, paths: Paths) -> FloatArray:
    """Rate of the fastest modulation in service for the link's availability target; 0 where none is.

    Adaptive modulation runs faster in clear air; a plan counts on what is there nearly always.
    """
    allowed = 100.0 - link.availability_percent.value
    fits = outages_percent(link, frequency_mhz, paths) <= allowed + 1e-12
    rates = np.array([step.rate_mbps.value for step in link.modulations])
    return np.asarray((fits * rates[None, :]).max(axis=1))
