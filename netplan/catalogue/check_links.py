"""Do the figures of fixed links and of paths to the sky fit together, and do the models behind them hold there?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from netplan.catalogue.links import FixedLink, SkyLink
from netplan.catalogue.quantity import Quantity

Problem = tuple[str, str, str]

FIXED_MHZ = (1_000.0, 100_000.0)
"""Range of the rain method of P.530 §2.4.1."""
FIXED_LONGEST_M = 60_000.0
"""Longest path of the rain method of P.530 §2.4.1."""
SKY_MHZ = (1_000.0, 55_000.0)
"""Range of the rain method of P.618 §2.2.1.1 (up to 55 GHz; P.838 starts at 1 GHz)."""
FIXED_AVAILABILITY = (99.0, 99.999)
"""The method of P.530 is given for 0.001 to 1 % of the year."""
SKY_AVAILABILITY = (95.0, 99.999)
"""The method of P.618 is given for 0.001 to 5 % of the year."""


def check_fixed(
    link: FixedLink, frequency_mhz: Quantity | None, capacity_mbps: Quantity | None, max_length_m: Quantity | None
) -> Iterator[Problem]:
    """Faults of a fixed link: (key, what was found, what to do)."""
    if max_length_m is not None:
        yield from _within("max_length_m", max_length_m, (0.0, FIXED_LONGEST_M), "the rain method of ITU-R P.530")
    if frequency_mhz is not None:
        yield from _within("frequency_mhz", frequency_mhz, FIXED_MHZ, "the rain method of ITU-R P.530")
    yield from _within("fixed.availability_percent", link.availability_percent, FIXED_AVAILABILITY, "ITU-R P.530")
    if not link.modulations:
        yield "fixed.modulations", "empty", "give at least one modulation"
        return
    rates = [step.rate_mbps.value for step in link.modulations]
    needs = [step.threshold_dbm.value for step in link.modulations]
    if any(b <= a for a, b in pairwise(rates)) or any(b <= a for a, b in pairwise(needs)):
        yield "fixed.modulations", "not in order", "list them from the most robust up: rate and threshold both grow"
    if capacity_mbps is not None and abs(rates[-1] - capacity_mbps.value) > 1e-6 * rates[-1]:
        found = f"{capacity_mbps.value:g} with a fastest modulation of {rates[-1]:g} Mbit/s"
        yield "capacity_mbps", found, "give the rate of the fastest modulation"
    for name in ("gas_db_per_km", "fixed_loss_db"):
        value = getattr(link, name).value
        if value < 0:
            yield f"fixed.{name}", f"{value:g}", "give a loss of 0 or more"


def check_sky(sky: SkyLink) -> Iterator[Problem]:
    """Faults of a path to the sky: (key, what was found, what to do)."""
    yield from _within("sky.frequency_mhz", sky.frequency_mhz, SKY_MHZ, "the rain method of ITU-R P.618")
    yield from _within("sky.availability_percent", sky.availability_percent, SKY_AVAILABILITY, "ITU-R P.618")
    yield from _within("sky.min_elevation_deg", sky.min_elevation_deg, (5.0, 90.0), "the rain method of ITU-R P.618")
    needed = {"low": "max_blocked_share", "geostationary": "longitude_deg", "platform": "altitude_m"}[sky.orbit]
    if getattr(sky, needed) is None:
        yield f"sky.{needed}", "missing", f"orbit {sky.orbit!r} needs it"
    if sky.longitude_deg is not None:
        yield from _within("sky.longitude_deg", sky.longitude_deg, (-180.0, 180.0), "the globe")
    if sky.max_blocked_share is not None and not 0 <= sky.max_blocked_share.value < 1:
        yield "sky.max_blocked_share", f"{sky.max_blocked_share.value:g}", "give a share between 0 and 1"


def _within(key: str, number: Quantity, limits: tuple[float, float], what: str) -> Iterator[Problem]:
    low, high = limits
    if not low <= number.value <= high:
        yield key, f"{number.value:g} {number.unit}", f"give {low:g} to {high:g}, the range of {what}"
