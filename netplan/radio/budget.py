"""Link budget: from path loss to the downlink rate of a sector, and back to the largest loss that still serves.

Rate = bandwidth × downlink share × layers × min(alpha log2(1 + SINR), cap), the truncated Shannon form of
3GPP TR 36.942 annex A; zero under the lowest SINR.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from netplan.catalogue.schema import Radio
from netplan.tables import FloatArray

THERMAL_NOISE_DBM_HZ = -174.0
"""Thermal noise density at 290 K."""


def shadow_margin_db(radio: Radio) -> float:
    """Margin that holds at the stated share of locations: Phi^-1(coverage probability) × standard deviation."""
    return float(norm.ppf(radio.coverage_probability.value)) * radio.location_sd_db.value


def noise_dbm(radio: Radio) -> float:
    """Receiver noise over the channel: -174 + 10 log10(bandwidth in Hz) + noise figure."""
    bandwidth_hz = 1e6 * radio.bandwidth_mhz.value
    return THERMAL_NOISE_DBM_HZ + 10.0 * math.log10(bandwidth_hz) + radio.rx_noise_figure_db.value


def sinr_at_zero_loss_db(radio: Radio) -> float:
    """SINR in dB over a path without loss, after every gain, loss and margin: SINR = this − path loss."""
    eirp_dbm = radio.tx_power_dbm.value + radio.tx_gain_dbi.value - radio.tx_loss_db.value
    margins_db = radio.entry_loss_db.value + shadow_margin_db(radio) + radio.interference_margin_db.value
    return eirp_dbm + radio.rx_gain_dbi.value - margins_db - noise_dbm(radio)


def efficiency_bps_hz(radio: Radio, sinr_db: npt.ArrayLike) -> FloatArray:
    """Truncated Shannon efficiency of all layers together; 0 under `sinr_min_db` and where SINR is NaN."""
    sinr = np.asarray(sinr_db, float)
    usable = sinr >= radio.sinr_min_db.value
    ratio = np.power(10.0, np.where(usable, sinr, -300.0) / 10.0)
    layer = np.minimum(radio.shannon_alpha.value * np.log2(1.0 + ratio), radio.efficiency_max_bps_hz.value)
    return np.where(usable, radio.mimo_layers.value * layer, 0.0)


def rate_mbps(radio: Radio, loss_db: npt.ArrayLike) -> FloatArray:
    """Downlink rate of a sector at full airtime for each path loss; 0 where out of reach or unknown (NaN)."""
    efficiency = efficiency_bps_hz(radio, sinr_at_zero_loss_db(radio) - np.asarray(loss_db, float))
    return np.asarray(radio.bandwidth_mhz.value * radio.downlink_share.value * efficiency)


def max_loss_db(radio: Radio, required_mbps: npt.ArrayLike) -> FloatArray:
    """Largest path loss at which each rate is still met; -inf where the radio can never offer it."""
    required = np.asarray(required_mbps, float)
    hertz_share = radio.bandwidth_mhz.value * radio.downlink_share.value * radio.mimo_layers.value
    layer = required / hertz_share
    possible = layer <= radio.efficiency_max_bps_hz.value
    bits = np.where(possible, layer, 0.0) / radio.shannon_alpha.value
    with np.errstate(divide="ignore"):
        needed_db = 10.0 * np.log10(np.exp2(bits) - 1.0)
    sinr_db = np.maximum(needed_db, radio.sinr_min_db.value)
    return np.where(possible, sinr_at_zero_loss_db(radio) - sinr_db, -np.inf)
