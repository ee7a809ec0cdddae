"""From SINR to spectral efficiency and back: truncated Shannon, or the steps of a modulation table.

Truncated Shannon, 3GPP TR 36.942 annex A: min(alpha log2(1 + SINR), cap), nothing below the lowest SINR. It is
continuous and stands for an average over fading. A table (CQI of 3GPP TS 36.213, MCS of IEEE 802.11ax, a vendor's
sheet) says what the modem does at one SINR: below the first step nothing, then the step reached.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netplan.catalogue.schema import Radio, Step, Uplink
from netplan.tables import FloatArray


@dataclass(frozen=True)
class Curve:
    """Efficiency of one layer against SINR. With `steps` the other figures are not used."""

    alpha: float
    sinr_min_db: float
    cap_bps_hz: float
    steps: tuple[Step, ...] = ()

    @property
    def floor_db(self) -> float:
        """Lowest SINR at which anything is carried."""
        return self.steps[0].sinr_db if self.steps else self.sinr_min_db

    def efficiency_bps_hz(self, sinr_db: npt.ArrayLike) -> FloatArray:
        """Efficiency at each SINR; 0 below the lowest and where SINR is NaN. Shape of the input."""
        sinr = np.asarray(sinr_db, float)
        usable = sinr >= self.floor_db
        if self.steps:
            ladder = np.array([0.0, *(step.efficiency_bps_hz for step in self.steps)])
            reached = np.searchsorted(np.array([step.sinr_db for step in self.steps]), sinr, side="right")
            return np.where(usable, ladder[reached], 0.0)
        ratio = np.power(10.0, np.where(usable, sinr, -300.0) / 10.0)
        return np.where(usable, np.minimum(self.alpha * np.log2(1.0 + ratio), self.cap_bps_hz), 0.0)

    def sinr_db(self, efficiency_bps_hz: npt.ArrayLike) -> FloatArray:
        """Lowest SINR that carries each efficiency, at least the floor; +inf where none does. Shape of the input."""
        wanted = np.asarray(efficiency_bps_hz, float)
        if self.steps:
            # A rate computed from a step and turned back must find that step: hence the last digits' slack.
            ladder = np.array([step.efficiency_bps_hz for step in self.steps]) * (1.0 + 1e-12)
            at = np.searchsorted(ladder, wanted, side="left")
            needed = np.array([*(step.sinr_db for step in self.steps), np.inf])
            return np.asarray(needed[at], float)
        possible = wanted <= self.cap_bps_hz
        bits = np.where(possible, wanted, 0.0) / self.alpha
        with np.errstate(divide="ignore"):
            needed_db = 10.0 * np.log10(np.exp2(bits) - 1.0)
        return np.where(possible, np.maximum(needed_db, self.sinr_min_db), np.inf)


def curve_of(figures: Radio | Uplink) -> Curve:
    """The curve of a radio's downlink, or of its uplink."""
    return Curve(
        figures.shannon_alpha.value, figures.sinr_min_db.value, figures.efficiency_max_bps_hz.value, figures.steps
    )


def split_rate_mbps(shared_mbps: float, split: float) -> float:
    """What each premises of a split has when all are busy at once (GPON: 2,488 Mbit/s over 64 is 38.9)."""
    return shared_mbps / split
