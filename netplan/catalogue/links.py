"""What an entry says of a fixed radio link (a microwave hop) or of a path to the sky (satellite, platform)."""

from __future__ import annotations

from typing import Literal

from netplan.catalogue.quantity import Frozen, Quantity


class Modulation(Frozen):
    """One step of adaptive modulation: what the radio sends, needs and carries with it."""

    name: str
    tx_power_dbm: Quantity
    """At the antenna port; linear modulations need back-off, so it falls as the rate grows."""
    threshold_dbm: Quantity
    """Received level at a bit error ratio of 1e-6, for this channel."""
    rate_mbps: Quantity
    """User traffic one way, of the whole link (all carriers and polarisations of the entry)."""


class FixedLink(Frozen):
    """The radio of a point-to-point link, the same at both ends."""

    antenna_gain_dbi: Quantity
    channel_mhz: Quantity
    fixed_loss_db: Quantity
    """Both ends together: feeders, couplers, radomes, pointing."""
    gas_db_per_km: Quantity
    """Oxygen and water vapour along the path."""
    polarisation: Literal["vertical", "horizontal", "dual"]
    """Dual counts as horizontal, which rain attenuates more."""
    availability_percent: Quantity
    """Of an average year: the capacity of a hop is that of the fastest modulation in service for this share of it."""
    modulations: tuple[Modulation, ...]
    trunk: bool = False
    """True: offered only where both ends can gather traffic (masts, relays, points of presence)."""


class SkyLink(Frozen):
    """A path up from a terminal."""

    orbit: Literal["low", "geostationary", "platform"]
    """low: satellites pass in every direction; geostationary: one point of the arc; platform: above the area."""
    min_elevation_deg: Quantity
    longitude_deg: Quantity | None = None
    """Geostationary: east positive."""
    altitude_m: Quantity | None = None
    """Platform: above sea level; it stands over the middle of the area."""
    max_blocked_share: Quantity | None = None
    """Low orbit: largest share of the horizon that may stand above the lowest elevation."""
    terminal_height_m: Quantity
    """Above ground; of no effect at a site, whose own height counts."""
    frequency_mhz: Quantity
    """Of the direction that rain harms first."""
    rain_margin_db: Quantity
    """What rain may take before the offered rate falls."""
    availability_percent: Quantity
    """Of an average year, as to rain."""
    delay_ms: Quantity
    """Round trip of a packet, for the reader: the plan does not weigh it."""
