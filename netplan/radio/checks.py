"""What can be wrong with the input of the plain interface, said once each: what was found, what to do."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from netplan.errors import Fault, InputError
from netplan.tables import FloatArray, Raster

LOWEST_MHZ, HIGHEST_MHZ = 30.0, 6000.0
"""Frequencies of P.1812-7."""
SHORTEST_M, LONGEST_M = 250.0, 3_000_000.0
"""Distances of P.1812-7."""
LOWEST_AGL_M, HIGHEST_AGL_M = 1.0, 3000.0
"""Antennas above ground of P.1812-7."""
FEWEST_SAMPLES = 5
"""Samples of a profile below which P.1812's analysis says little."""
FINEST_M = 0.1
"""A raster or profile with steps below this is not in metres: a step of a degree map is a fraction of a degree."""


def as_number(value: object) -> float:
    """A number as a float; NaN for what is none, so that no comparison with it holds."""
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return math.nan


def shown(value: object) -> str:
    """A value in a fault: numbers short, anything else as Python writes it, cut off."""
    if isinstance(value, int | float | np.number):
        return f"{value:g}"
    text = repr(value)
    return text if len(text) <= 40 else text[:39] + "…"


@dataclass
class Checks:
    """Collects the faults of one call, all of them before any is raised."""

    call: str
    """The function as its user knows it."""
    faults: list[Fault] = field(default_factory=list)

    def fault(self, argument: str, found: str, to_do: str) -> None:
        """Note one fault of an argument."""
        self.faults.append(Fault(f"{self.call}: {argument}", found, to_do))

    def raise_if_faulty(self) -> None:
        """Raise InputError with everything noted."""
        if self.faults:
            raise InputError(self.faults)

    def frequency(self, frequency_mhz: float) -> None:
        """Within P.1812."""
        if not LOWEST_MHZ <= as_number(frequency_mhz) <= HIGHEST_MHZ:
            to_do = f"P.1812 holds from {LOWEST_MHZ:g} to {HIGHEST_MHZ:g} MHz; give MHz within that"
            self.fault("frequency_mhz", f"{shown(frequency_mhz)} MHz", to_do)

    def antenna(self, argument: str, height_m: float) -> None:
        """Above ground."""
        if not 0.0 < as_number(height_m) < math.inf:
            found = f"an antenna {shown(height_m)} m above ground"
            self.fault(argument, found, "give metres above ground, more than 0")

    def share(self, argument: str, value: float, low: float, high: float) -> None:
        """A number within its range."""
        if not low <= as_number(value) <= high:
            self.fault(argument, shown(value), f"give a number from {low:g} to {high:g}")

    def positive(self, argument: str, value: float, unit: str) -> None:
        """A finite number above 0."""
        if not 0.0 < as_number(value) < math.inf:
            self.fault(argument, shown(value), f"give {unit} above 0")

    def spread(self, location_sd: float | None, entry_loss_db: float) -> None:
        """Standard deviation over locations and loss into buildings: finite, not negative."""
        given = [("entry_loss_db", entry_loss_db)]
        given += [] if location_sd is None else [("location_sd", location_sd)]
        for argument, value in given:
            if not 0.0 <= as_number(value) < math.inf:
                self.fault(argument, shown(value), "give dB, 0 or more")

    def vectors(self, **arguments: npt.ArrayLike) -> tuple[FloatArray, ...]:
        """Arguments as vectors of numbers; what is not numbers is a fault, and empty."""
        made = []
        for name, given in arguments.items():
            try:
                made.append(np.ascontiguousarray(given, float))
            except (TypeError, ValueError):
                self.fault(name, shown(given), "give a vector of numbers, one for each sample")
                made.append(np.empty(0))
        return tuple(made)

    def profile(self, distance: FloatArray, height: FloatArray) -> bool:
        """A profile: distances from 0, ascending, in metres, with a height each. Whether it can be gone on with."""
        if distance.ndim != 1 or height.ndim != 1 or distance.size < 2:
            found = f"distances of shape {distance.shape}, heights of shape {height.shape}"
            self.fault("distance_m, height_m", found, "a profile is two equal vectors of at least 2")
        elif distance.size != height.size:
            found = f"{height.size} heights for {distance.size} distances: the terrain does not cover the path"
            self.fault("height_m", found, "a profile is two equal vectors: give one height for each distance")
        elif distance[0] != 0 or not bool(np.all(np.diff(distance) > 0)) or math.isinf(distance[-1]):
            found = f"distances from {distance[0]:g} to {distance[-1]:g}"
            self.fault("distance_m", found, "profile distances must start at 0 and grow")
        elif distance[-1] / (distance.size - 1) < FINEST_M:
            found = f"{distance.size} samples over {distance[-1]:g} m"
            self.fault("distance_m", found, "distances look like degrees or kilometres; give metres")
        else:
            return True
        return False

    def terrain(self, raster: Raster) -> None:
        """A raster in metres, with values."""
        step = float(np.sqrt(abs(raster.transform.determinant)))
        if step < FINEST_M:
            found = f"pixels {step:g} wide"
            self.fault("terrain", found, "its coordinates look like degrees; reproject it to a CRS in metres")
        elif raster.clutter_m is not None and raster.clutter_m.shape != raster.values.shape:
            found = f"clutter of shape {raster.clutter_m.shape} over elevation of shape {raster.values.shape}"
            self.fault("terrain", found, "give both on one grid")

    def on_terrain(self, argument: str, xy: tuple[float, float], raster: Raster) -> None:
        """A place inside the raster's pixel centres."""
        x, y = (as_number(part) for part in xy)
        col, row = ~raster.transform * (x, y)
        rows, cols = raster.values.shape
        if 0.5 <= col <= cols - 0.5 and 0.5 <= row <= rows - 0.5:
            return
        degrees = abs(x) <= 180.0 and abs(y) <= 90.0
        found = f"({x:g}, {y:g}) lies off the terrain, which does not cover it"
        hint = "these look like degrees: give metres in the terrain's CRS" if degrees else "give terrain of this place"
        self.fault(argument, found, hint)


def outside_validity(
    distance_m: npt.ArrayLike, tx_height_m: npt.ArrayLike, rx_height_m: npt.ArrayLike, frequency_mhz: npt.ArrayLike
) -> npt.NDArray[np.bool_]:
    """Where P.1812-7 is asked outside its range: distance, antennas above ground, frequency (shapes broadcast)."""
    distance, tx, rx, mhz = np.broadcast_arrays(distance_m, tx_height_m, rx_height_m, frequency_mhz)
    inside = (distance >= SHORTEST_M) & (distance <= LONGEST_M) & (mhz >= LOWEST_MHZ) & (mhz <= HIGHEST_MHZ)
    for antenna in (tx, rx):
        inside &= (antenna >= LOWEST_AGL_M) & (antenna <= HIGHEST_AGL_M)
    return np.asarray(~inside)


def flags(distance_m: float, samples: int, tx_height_m: float, rx_height_m: float) -> tuple[str, ...]:
    """What of a path lies outside P.1812-7, in words."""
    said = []
    if not SHORTEST_M <= distance_m <= LONGEST_M:
        said.append(f"distance {distance_m:g} m is outside 250 m to 3000 km")
    for name, height_m in (("transmitting", tx_height_m), ("receiving", rx_height_m)):
        if not LOWEST_AGL_M <= height_m <= HIGHEST_AGL_M:
            said.append(f"{name} antenna at {height_m:g} m is outside 1 to 3000 m above ground")
    if samples < FEWEST_SAMPLES:
        said.append(f"a profile of {samples} samples is too coarse")
    return tuple(said)
