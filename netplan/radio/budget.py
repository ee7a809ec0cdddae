"""Link budget: from path loss to the rate of a sector and the airtime it takes, and back to the largest loss.

Downlink rate = bandwidth / reuse × downlink share × what medium access leaves × layers × efficiency(SINR of a layer).
A sector's power is shared equally by its layers, as a transmitter does that does not know the channel (Tse and
Viswanath, Fundamentals of Wireless Communication, 2005, chapter 8), and limits of power are for their sum (FCC
KDB 662911): a layer's SINR is 10 log10(layers) dB below that of the whole. Uplink, one layer, over bandwidth / reuse
too: the terminal's power over the same path (losses are reciprocal), in as narrow a grant as it needs to stay above
the lowest SINR. The rate that counts is the downlink rate that both ways support: min(downlink, uplink / traffic
share). With carrier aggregation downlink rates add and the best uplink counts. Bandwidth is that of a sector; capacity
is its airtime, so that a user at the edge, who gets little for it, takes more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from netplan.catalogue.schema import Radio, Uplink
from netplan.radio.rates import curve_of
from netplan.tables import FloatArray

THERMAL_NOISE_DBM_HZ = -174.0
"""Thermal noise density at 290 K."""


def shadow_margin_db(radio: Radio) -> float:
    """Margin that holds at the stated share of locations: Phi^-1(coverage probability) × standard deviation."""
    return float(ndtri(radio.coverage_probability.value)) * radio.location_sd_db.value


def channel_mhz(radio: Radio) -> float:
    """Bandwidth of one sector: the channel, or its part where neighbouring sectors share it out."""
    return radio.bandwidth_mhz.value / (1.0 if radio.reuse is None else radio.reuse.value)


def grant_mhz(radio: Radio, uplink: Uplink) -> float:
    """Widest grant of one terminal: as `channel_mhz`, the uplink channel is shared out among neighbouring sectors."""
    return uplink.bandwidth_mhz.value / (1.0 if radio.reuse is None else radio.reuse.value)


def thermal_noise_dbm(bandwidth_mhz: float, noise_figure_db: float) -> float:
    """Receiver noise: -174 + 10 log10(bandwidth in Hz) + noise figure."""
    return THERMAL_NOISE_DBM_HZ + 10.0 * math.log10(1e6 * bandwidth_mhz) + noise_figure_db


def noise_dbm(radio: Radio) -> float:
    """Noise of the terminal over the downlink channel."""
    return thermal_noise_dbm(channel_mhz(radio), radio.rx_noise_figure_db.value)


def sinr_at_zero_loss_db(radio: Radio) -> float:
    """Downlink SINR of one layer over a path without loss, after every gain, loss and margin: SINR = this − path loss.

    Each of n layers has 1/n of the sector's power.
    """
    layer_dbm = radio.tx_power_dbm.value - 10.0 * math.log10(radio.mimo_layers.value)
    eirp_dbm = layer_dbm + radio.tx_gain_dbi.value - radio.tx_loss_db.value
    margins_db = radio.entry_loss_db.value + shadow_margin_db(radio) + radio.interference_margin_db.value
    return eirp_dbm + radio.rx_gain_dbi.value - margins_db - noise_dbm(radio)


def uplink_sinr_at_zero_loss_db(radio: Radio, uplink: Uplink) -> float:
    """Uplink SINR over a path without loss with the widest grant; base and terminal keep their antennas."""
    gains_db = radio.rx_gain_dbi.value + radio.tx_gain_dbi.value - radio.tx_loss_db.value
    margins_db = radio.entry_loss_db.value + shadow_margin_db(radio) + uplink.interference_margin_db.value
    noise = thermal_noise_dbm(grant_mhz(radio, uplink), uplink.rx_noise_figure_db.value)
    return uplink.tx_power_dbm.value + gains_db + uplink.diversity_gain_db.value - margins_db - noise


def downlink_mhz(radio: Radio) -> float:
    """Bandwidth that carries a sector's downlink data: in its time, after medium access, once for each layer."""
    return channel_mhz(radio) * radio.downlink_share.value * mac_share(radio) * radio.mimo_layers.value


def uplink_mhz(radio: Radio, uplink: Uplink) -> float:
    """As `downlink_mhz`, of the widest grant of one terminal, which sends one layer."""
    return grant_mhz(radio, uplink) * uplink.time_share.value * mac_share(radio)


def mac_share(radio: Radio) -> float:
    """What medium access leaves of the air rate, both ways; 1 where efficiencies count it already."""
    return 1.0 if radio.mac_efficiency is None else radio.mac_efficiency.value


def downlink_mbps(radio: Radio, loss_db: npt.ArrayLike) -> FloatArray:
    """Downlink rate of a sector at full airtime for each path loss; 0 where out of reach or unknown (NaN)."""
    sinr_db = sinr_at_zero_loss_db(radio) - np.asarray(loss_db, float)
    return np.asarray(downlink_mhz(radio) * curve_of(radio).efficiency_bps_hz(sinr_db))


def uplink_mbps(radio: Radio, loss_db: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Uplink rate of one terminal, and the part of the widest grant that it takes for it (0 … 1).

    Where the widest grant would leave the SINR under the floor, the grant is as narrow as keeps it there. Both 0 out
    of reach; infinite rate and 0 where the radio states no uplink.
    """
    loss = np.asarray(loss_db, float)
    uplink = radio.uplink
    if uplink is None:
        return np.where(np.isfinite(loss), np.inf, 0.0), np.zeros(loss.shape)
    curve = curve_of(uplink)
    wide_db = uplink_sinr_at_zero_loss_db(radio, uplink) - loss
    part = np.power(10.0, np.minimum(np.nan_to_num(wide_db, nan=-np.inf) - curve.floor_db, 0.0) / 10.0)
    # 1e-9: at exactly the largest loss the grant is the narrowest up to rounding.
    part = np.where(part >= _narrowest(radio, uplink) * (1.0 - 1e-9), part, 0.0)
    efficiency = curve.efficiency_bps_hz(np.where(part > 0, np.maximum(wide_db, curve.floor_db), -np.inf))
    return np.asarray(uplink_mhz(radio, uplink) * part * efficiency), part


def _narrowest(radio: Radio, uplink: Uplink) -> float:
    return min(uplink.min_bandwidth_mhz.value / grant_mhz(radio, uplink), 1.0)


def rate_mbps(radio: Radio, loss_db: npt.ArrayLike) -> FloatArray:
    """Rate that counts for each path loss: the downlink rate that the uplink supports too; 0 out of reach or NaN."""
    return combined_mbps([radio], [loss_db])


def combined_mbps(carriers: Sequence[Radio], losses_db: Sequence[npt.ArrayLike]) -> FloatArray:
    """Rate that counts over aggregated carriers, each with its own losses: downlinks add, the best uplink counts."""
    down = np.sum([downlink_mbps(radio, loss) for radio, loss in zip(carriers, losses_db, strict=True)], axis=0)
    return np.asarray(np.minimum(down, _supported_mbps(carriers, losses_db)))


def _supported_mbps(carriers: Sequence[Radio], losses_db: Sequence[npt.ArrayLike]) -> FloatArray:
    """Downlink rate that the best carrier's uplink supports."""
    each = []
    for radio, loss in zip(carriers, losses_db, strict=True):
        share = 1.0 if radio.uplink is None else radio.uplink.traffic_share.value
        each.append(uplink_mbps(radio, loss)[0] / share)
    return np.asarray(np.max(each, axis=0))


def airtime_per_mbps(carriers: Sequence[Radio], losses_db: Sequence[npt.ArrayLike]) -> FloatArray:
    """Airtime of a sector that 1 Mbit/s of downlink load (and the uplink load with it) takes at each loss.

    Downlink 1 / rate; uplink traffic share × part of the channel / rate. The larger counts where each way has its own
    channel or time, the sum where they take turns. inf out of reach. Aggregated carriers count as one sector whose
    airtime is spent together: never more than they can carry.
    """
    down = np.sum([downlink_mbps(radio, loss) for radio, loss in zip(carriers, losses_db, strict=True)], axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        spent_down = np.where(down > 0, 1.0 / down, np.inf)
        best, spent_up, turns = np.zeros(down.shape), np.zeros(down.shape), False
        for radio, loss in zip(carriers, losses_db, strict=True):
            uplink = radio.uplink
            if uplink is None:
                continue
            rate, part = uplink_mbps(radio, loss)
            spent = np.where(rate > 0, uplink.traffic_share.value * part / rate, np.inf)
            spent_up = np.where(rate > best, spent, np.where(best > 0, spent_up, spent))
            best, turns = np.maximum(best, rate), turns or uplink.shares_airtime
    return spent_down + spent_up if turns else np.maximum(spent_down, spent_up)


def max_loss_db(radio: Radio, required_mbps: npt.ArrayLike) -> FloatArray:
    """Largest path loss at which each rate is still met both ways; -inf where the radio can never offer it."""
    required = np.asarray(required_mbps, float)
    limit = sinr_at_zero_loss_db(radio) - curve_of(radio).sinr_db(required / downlink_mhz(radio))
    if radio.uplink is None:
        return np.asarray(limit)
    return np.minimum(limit, _uplink_max_loss_db(radio, radio.uplink, required))


def _uplink_max_loss_db(radio: Radio, uplink: Uplink, required_mbps: FloatArray) -> FloatArray:
    curve = curve_of(uplink)
    wide_db = uplink_sinr_at_zero_loss_db(radio, uplink)
    full = required_mbps * uplink.traffic_share.value / uplink_mhz(radio, uplink)
    at_floor = float(curve.efficiency_bps_hz(curve.floor_db))
    # Less than the floor carries over the widest grant: a narrower grant does, with its power in less noise.
    part = np.clip(full / at_floor, _narrowest(radio, uplink), 1.0)
    return np.asarray(wide_db - curve.sinr_db(full) - 10.0 * np.log10(part))
