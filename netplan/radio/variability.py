"""What a map of one height per pixel cannot know: spread of loss over locations, and loss into buildings.

Location variability after ITU-R P.1812-7 annex 1 §4.7-4.9, building entry loss after ITU-R P.2109-2 annex 1 §3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from netplan.tables import FloatArray

COVERAGE_PROBABILITY = 0.9
"""Share of locations that a loss should not be exceeded at, when nobody says otherwise."""
RESOLUTION_M = 500.0
"""Side of the square whose spread P.1812 describes, when nobody says otherwise: a path's own map square."""


def inverse_normal(share: float) -> float:
    """Inverse complementary normal distribution by the approximation of P.1812-7 attachment 2 (within 5e-4).

    `inverse_normal(0.5)` is 0, `inverse_normal(0.1)` 1.28; shares are held within 1e-6 of 0 and 1.
    """
    x = min(max(share, 1e-6), 1.0 - 1e-6)
    tail = min(x, 1.0 - x)
    t = math.sqrt(-2.0 * math.log(tail))
    c = (2.515516698 + t * (0.802853 + t * 0.010328)) / (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
    return t - c if x <= 0.5 else c - t


def location_sd_db(
    frequency_mhz: float,
    rx_height_m: npt.ArrayLike,
    clutter_m: npt.ArrayLike = 0.0,
    resolution_m: float = RESOLUTION_M,
) -> FloatArray:
    """Standard deviation in dB of the loss over outdoor locations of a square, P.1812-7 §4.7 and §4.9.

    Full below the height of the clutter at the receiver, none from 10 m above it, linear between.

    Args:
        frequency_mhz: carrier, 30-6000.
        rx_height_m: receiving antenna above ground, any shape.
        clutter_m: representative height of the clutter at the receiver, of a shape that goes with it.
        resolution_m: side of the square.
    """
    full_db = (0.52 + 0.024e-3 * frequency_mhz) * resolution_m**0.28
    above = np.asarray(rx_height_m, float) - np.asarray(clutter_m, float)
    return np.asarray(full_db * np.clip(1.0 - above / 10.0, 0.0, 1.0))


def location_margin_db(probability: float, sd_db: npt.ArrayLike) -> FloatArray:
    """What to add to the median loss so that it is not exceeded at a share of locations (0.01-0.99), P.1812-7 §4.7."""
    return np.asarray(-inverse_normal(probability) * np.asarray(sd_db, float))


@dataclass(frozen=True)
class _Building:
    """Coefficients of P.2109-2 table 1: horizontal median r + s f + t f², spreads, second lognormal."""

    r: float
    s: float
    t: float
    u: float
    v: float
    w: float
    x: float
    y: float
    z: float


BUILDINGS = {
    "traditional": _Building(12.64, 3.72, 0.96, 9.6, 2.0, 9.1, -3.0, 4.5, -2.0),
    "thermally-efficient": _Building(28.19, -3.0, 8.48, 13.5, 3.8, 27.8, -2.9, 9.4, -2.1),
}


def building_entry_loss_db(
    frequency_mhz: float,
    probability: float = 0.5,
    building: Literal["traditional", "thermally-efficient"] = "traditional",
    elevation_deg: float = 0.0,
) -> float:
    """Building entry loss in dB not exceeded with a probability, ITU-R P.2109-2 eqs. (1)-(10).

    Args:
        frequency_mhz: 80-100,000.
        probability: above 0 and below 1; 0.5 is the median over buildings and places inside.
        building: `traditional`, or `thermally-efficient` (metallised glass, foil-backed panels).
        elevation_deg: of the path at the facade.
    """
    c, f = BUILDINGS[building], math.log10(frequency_mhz / 1000.0)
    deviate = -inverse_normal(probability)
    outer = deviate * (c.u + c.v * f) + c.r + c.s * f + c.t * f * f + 0.212 * abs(elevation_deg)
    inner = deviate * (c.y + c.z * f) + c.w + c.x * f
    return 10.0 * math.log10(10.0 ** (0.1 * outer) + 10.0 ** (0.1 * inner) + 10.0**-0.3)
