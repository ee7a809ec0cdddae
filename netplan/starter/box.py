"""The part of the world that is asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass

from netplan.errors import Fault, InputError

MOST_KM2 = 40_000.0
"""A public server answers for a few districts, not for a country."""
KM_PER_DEGREE = 111.2
PLACE = "new: --from-osm"
LIKE = "give west,south,east,north in degrees, e.g. 30.2,-2.1,30.6,-1.8"


@dataclass(frozen=True)
class Box:
    """Degrees of WGS 84."""

    west: float
    south: float
    east: float
    north: float

    @property
    def km2(self) -> float:
        """Its area, near enough to say whether it is too large."""
        wide = (self.east - self.west) * math.cos(math.radians((self.south + self.north) / 2))
        return wide * (self.north - self.south) * KM_PER_DEGREE**2


def box_of(text: str) -> Box:
    """`30.2,-2.1,30.6,-1.8` as a box.

    Raises:
        InputError: it is no box, is beyond the world, or is too large for a public server.
    """
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(Fault(PLACE, repr(text), LIKE)) from None
    faults = []
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        faults.append(Fault(PLACE, f"`{text}` is no box of the world", LIKE + "; west before east, south before north"))
    elif Box(west, south, east, north).km2 > MOST_KM2:
        found = f"{Box(west, south, east, north).km2:,.0f} km²"
        faults.append(Fault(PLACE, found, f"ask for at most {MOST_KM2:,.0f} km²: a district or two"))
    if faults:
        raise InputError(faults)
    return Box(west, south, east, north)
