"""Path loss over terrain: the plain interface to ITU-R P.1812, and its fast form for many paths.

`path_loss` is all of P.1812-7 for one profile. `batch_losses` is what is left of it at 50 % of time within the horizon
of ducting and troposcatter: free space (P.525) plus delta-Bullington diffraction (P.1812-7 §4.3) over land.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netplan.radio import batch, kernels, p1812
from netplan.radio.checks import Checks, flags
from netplan.radio.variability import COVERAGE_PROBABILITY, location_margin_db, location_sd_db
from netplan.tables import FloatArray, Raster

EARTH_RADIUS_KM = p1812.EARTH_RADIUS_KM
K_FACTOR = 4.0 / 3.0
"""Median effective-Earth-radius factor of a standard atmosphere (P.310, P.834)."""
FRESNEL_CLEARANCE = 0.6
"""Share of the first Fresnel radius that is clear where a path loses hardly more than free space (P.526). P.530 §2.2.2
chooses antenna heights by stricter rules, a whole radius at the median k among them; hops pass this and k = 2/3."""
SMOOTH_STEP_M = 100.0
"""Profile step over a smooth Earth (no raster): the surface has no detail to miss."""
SURFACE_REFRACTIVITY = 325.0
"""Sea-level surface refractivity N0 in N-units when nobody says otherwise; ITU-R maps show 300 to 400 over land."""


def free_space_loss(distance_m: npt.ArrayLike, frequency_mhz: float) -> FloatArray:
    """Free-space loss in dB (P.525); distances under 1 m count as 1 m."""
    distance = np.maximum(np.asarray(distance_m, float), 1.0)
    return np.asarray(20.0 * np.log10(distance * frequency_mhz * (4.0e6 * math.pi / 299792458.0)))


@dataclass(frozen=True)
class PathLoss:
    """Basic transmission loss of one path and what it is made of, in dB. `float()` of it is `loss_db`."""

    loss_db: float
    """Not exceeded at the asked shares of time and locations, into the building where an entry loss was given."""
    median_db: float
    """Not exceeded for the time percentage at half of the outdoor locations; NaN where the terrain is unknown."""
    location_sd_db: float
    """Standard deviation over locations."""
    entry_loss_db: float
    terms: p1812.Terms | None
    """Free space, diffraction, ducting, troposcatter; None where the terrain is unknown."""
    flags: tuple[str, ...]
    """What of the path lies outside the validity of P.1812-7, or is unknown, in words; empty when nothing does."""

    def at(self, coverage_probability: float = COVERAGE_PROBABILITY) -> float:
        """Loss in dB not exceeded at a share of locations (0.01-0.99), never below that of line of sight."""
        if self.terms is None:
            return math.nan
        margin_db = float(location_margin_db(coverage_probability, self.location_sd_db))
        return max(self.terms.line_of_sight, self.median_db + margin_db) + self.entry_loss_db

    def __float__(self) -> float:
        return self.loss_db


def path_loss(
    distance_m: npt.ArrayLike,
    height_m: npt.ArrayLike,
    tx_height_m: float,
    rx_height_m: float,
    frequency_mhz: float,
    *,
    clutter_m: npt.ArrayLike | None = None,
    zone: npt.ArrayLike | None = None,
    k_factor: float = K_FACTOR,
    vertical: bool = True,
    time_percent: float = 50.0,
    coverage_probability: float = 0.5,
    location_sd: float | None = None,
    entry_loss_db: float = 0.0,
    latitude_deg: float = 45.0,
    surface_refractivity: float = SURFACE_REFRACTIVITY,
    coast_km: tuple[float, float] = (500.0, 500.0),
) -> PathLoss:
    """Basic transmission loss of one terrain profile, ITU-R P.1812-7 (troposcatter as in P.1812-6).

    Valid for 30-6000 MHz, 0.25-3000 km, antennas 1-3000 m above ground, 1-50 % of time, 1-99 % of locations. Distance
    and antennas outside that are answered with a flag; frequency and shares outside are errors.

    Args:
        distance_m: n distances from the transmitter in metres, from 0, ascending, evenly spaced or not.
        height_m: n heights of bare ground above sea level; a NaN makes the loss NaN, never a guess.
        tx_height_m, rx_height_m: antennas above ground.
        frequency_mhz: carrier.
        clutter_m: n representative clutter heights, added to the profile between its ends (§3.2); default none.
        zone: n radio-climatic zones: 1 sea, 3 coastal land, 4 inland; default inland.
        k_factor: median effective Earth radius over the true one, 157 / (157 - DN).
        vertical: polarisation.
        time_percent: of an average year for which the loss is not exceeded.
        coverage_probability: share of locations at which the loss is not exceeded; 0.5 is the median.
        location_sd: spread over locations in dB; default that of P.1812-7 §4.7 for a 500 m square, none at sea.
        entry_loss_db: added for a receiver inside a building, see `building_entry_loss_db`.
        latitude_deg: of the path centre; matters below 50 % of time only.
        surface_refractivity: N0 at sea level, N-units; matters for troposcatter only.
        coast_km: over land from transmitter and receiver to the coast along the path; matters near the sea only.

    Returns:
        Loss, its median and terms in dB, and flags.

    Raises:
        InputError: every argument that is wrong: antenna below ground, frequency outside validity, heights that do not
            cover the path, degrees or kilometres for metres, shares out of range.
    """
    checks = Checks("path_loss")
    distance, height, clutter = _profile(checks, distance_m, height_m, clutter_m)
    zones = np.full(distance.shape, p1812.INLAND) if zone is None else np.asarray(zone)
    if not checks.faults and checks.profile(distance, height):
        _check_sides(checks, distance, clutter, zones)
    checks.antenna("tx_height_m", tx_height_m)
    checks.antenna("rx_height_m", rx_height_m)
    checks.frequency(frequency_mhz)
    checks.share("time_percent", time_percent, 1.0, 50.0)
    checks.share("coverage_probability", coverage_probability, 0.01, 0.99)
    checks.share("latitude_deg", latitude_deg, -90.0, 90.0)
    checks.positive("surface_refractivity", surface_refractivity, "N-units")
    checks.positive("k_factor", k_factor, "an effective over the true Earth radius, such as 4/3,")
    checks.spread(location_sd, entry_loss_db)
    checks.raise_if_faulty()
    said = flags(float(distance[-1]), distance.size, tx_height_m, rx_height_m)
    if not (np.isfinite(height).all() and np.isfinite(clutter).all()):
        return PathLoss(math.nan, math.nan, math.nan, entry_loss_db, None, (*said, "terrain is unknown on the path"))
    if distance.size == 2:  # the model needs a sample between the ends
        distance, height, clutter, zones = _with_middle(distance, height, clutter, zones)
    sea = int(zones[0]) == p1812.SEA, int(zones[-1]) == p1812.SEA
    path = p1812.Path(
        distance / 1000.0,
        height,
        height + np.concatenate([[0.0], clutter[1:-1], [0.0]]),
        zones.astype(np.int64),
        frequency_mhz / 1000.0,
        float(height[0] + tx_height_m),
        float(height[-1] + rx_height_m),
        vertical,
        EARTH_RADIUS_KM * k_factor,
        time_percent,
        latitude_deg,
        surface_refractivity,
        0.0 if sea[0] else coast_km[0],
        0.0 if sea[1] else coast_km[1],
    )
    terms = p1812.terms(path)
    spread = location_sd
    if spread is None:
        spread = float(location_sd_db(frequency_mhz, rx_height_m, clutter[-1]))
    if sea[1]:
        spread = 0.0
    median = PathLoss(math.nan, terms.total, spread, entry_loss_db, terms, said)
    return PathLoss(median.at(coverage_probability), terms.total, spread, entry_loss_db, terms, said)


def _profile(
    checks: Checks, distance_m: npt.ArrayLike, height_m: npt.ArrayLike, clutter_m: npt.ArrayLike | None
) -> tuple[FloatArray, ...]:
    """Distances, heights and clutter (default none) as vectors; faults noted where they are no numbers."""
    if clutter_m is not None:
        return checks.vectors(distance_m=distance_m, height_m=height_m, clutter_m=clutter_m)
    distance, height = checks.vectors(distance_m=distance_m, height_m=height_m)
    return distance, height, np.zeros(distance.shape)


def _check_sides(checks: Checks, distance: FloatArray, clutter: FloatArray, zones: npt.NDArray[np.generic]) -> None:
    """Clutter and zones go with the distances."""
    if clutter.shape != distance.shape:
        checks.fault("clutter_m", f"shape {clutter.shape}", f"give one height for each of {distance.size} distances")
    if zones.shape != distance.shape or not np.isin(zones, (p1812.SEA, p1812.COAST, p1812.INLAND)).all():
        to_do = f"give 1 sea, 3 coastal land or 4 inland for each of {distance.size} distances"
        checks.fault("zone", f"shape {zones.shape} with values {np.unique(zones)[:5].tolist()}", to_do)


def _with_middle(*vectors: npt.NDArray[np.generic]) -> tuple[FloatArray, ...]:
    """A profile of two samples with a third half way (the later end's zone)."""
    first, last = (np.asarray([vector[end] for vector in vectors], float) for end in (0, 1))
    middle = 0.5 * (first + last)
    middle[-1] = last[-1]
    return tuple(np.array(part) for part in zip(first, middle, last, strict=True))


def clearance(
    distance_m: npt.ArrayLike,
    height_m: npt.ArrayLike,
    tx_height_m: float,
    rx_height_m: float,
    frequency_mhz: float,
    *,
    clutter_m: npt.ArrayLike | None = None,
    k_factor: float = K_FACTOR,
) -> float:
    """Smallest clearance of one profile in first Fresnel radii: under 0 blocked, from 0.6 free (NaN unknown).

    Args:
        distance_m, height_m, tx_height_m, rx_height_m, clutter_m, k_factor: as in `path_loss`.
        frequency_mhz: carrier, above 0; geometry knows no other limit.

    Raises:
        InputError: as in `path_loss`.
    """
    checks = Checks("clearance")
    distance, height, clutter = _profile(checks, distance_m, height_m, clutter_m)
    if not checks.faults and checks.profile(distance, height):
        _check_sides(checks, distance, clutter, np.full(distance.shape, p1812.INLAND))
    checks.antenna("tx_height_m", tx_height_m)
    checks.antenna("rx_height_m", rx_height_m)
    checks.share("frequency_mhz", frequency_mhz, 1.0, 1e6)
    checks.positive("k_factor", k_factor, "an effective over the true Earth radius, such as 4/3,")
    checks.raise_if_faulty()
    if not (np.isfinite(height).all() and np.isfinite(clutter).all()):
        return math.nan
    return kernels.clearance_ratio(
        distance / 1000.0,
        height + clutter,
        1,
        float(height[0] + tx_height_m),
        float(height[-1] + rx_height_m),
        EARTH_RADIUS_KM * k_factor,
        1000.0 * kernels.P1812_LIGHT / frequency_mhz,
        -math.inf,
    )


def terrain_grid(raster: Raster | None) -> tuple[batch.Grid, batch.Grid, FloatArray, float]:
    """Heights, clutter, inverse transform and profile step (the pixel pitch) of a raster, or of a smooth Earth."""
    nothing = np.empty((0, 0), np.float32)
    if raster is None:
        return nothing, nothing, np.zeros(6), SMOOTH_STEP_M
    pitch_m = math.sqrt(abs(raster.transform.determinant))
    clutter = nothing if raster.clutter_m is None else np.ascontiguousarray(np.nan_to_num(raster.clutter_m), np.float32)
    inverse = np.array((~raster.transform)[:6], float)
    return np.ascontiguousarray(raster.values, np.float32), clutter, inverse, pitch_m


def _ends(xy: npt.ArrayLike, *columns: npt.ArrayLike, rows: int) -> FloatArray:
    """n × (x, y, further columns such as the height above ground); one end serves all rows."""
    ends = np.empty((rows, 2 + len(columns)))
    ends[:, :2] = np.asarray(xy, float)
    for k, column in enumerate(columns):
        ends[:, 2 + k] = np.asarray(column, float)
    return ends


def _rows(tx_xy: npt.ArrayLike, rx_xy: npt.ArrayLike) -> int:
    shapes = (np.atleast_2d(np.asarray(end, float)).shape for end in (tx_xy, rx_xy))
    return int(max(shape[0] for shape in shapes))


def batch_losses(
    raster: Raster | None,
    tx_xy: npt.ArrayLike,
    tx_agl: npt.ArrayLike,
    rx_xy: npt.ArrayLike,
    rx_agl: npt.ArrayLike,
    frequency_mhz: float,
    *,
    limit_db: npt.ArrayLike = math.inf,
    k_factor: float = K_FACTOR,
    vertical: bool = True,
) -> FloatArray:
    """Median basic transmission loss of n paths over the raster, in dB.

    Args:
        raster: elevation in the CRS of the coordinates; None is a smooth Earth.
        tx_xy, rx_xy: (n, 2) map coordinates; (2,) serves all paths.
        tx_agl, rx_agl: n antenna heights above ground, or one.
        frequency_mhz: one frequency.
        limit_db: n losses (or one) above which a path is of no use: those come back inf, most of them unread.

    Returns:
        n losses; NaN where the terrain is unknown somewhere on the path, inf above the limit.
    """
    n = _rows(tx_xy, rx_xy)
    values, clutter, inverse, step_m = terrain_grid(raster)
    limits = np.ascontiguousarray(np.broadcast_to(np.asarray(limit_db, float), (n,)))
    return batch.losses(
        values,
        clutter,
        inverse,
        _ends(tx_xy, tx_agl, rows=n),
        _ends(rx_xy, rx_agl, rows=n),
        step_m,
        EARTH_RADIUS_KM * k_factor,
        float(frequency_mhz),
        vertical,
        limits,
    )


def batch_clearances(
    raster: Raster | None,
    tx_xy: npt.ArrayLike,
    tx_agl: npt.ArrayLike,
    rx_xy: npt.ArrayLike,
    rx_agl: npt.ArrayLike,
    frequency_mhz: float,
    *,
    stop_below: float = -math.inf,
    k_factor: float = K_FACTOR,
    tx_own_m: npt.ArrayLike = 0.0,
    rx_own_m: npt.ArrayLike = 0.0,
) -> FloatArray:
    """Smallest clearance of n paths in first Fresnel radii (NaN unknown); shapes as in `batch_losses`.

    With `stop_below`, a path found worse than that is not followed further: its value is only known to be lower.
    Clutter within `tx_own_m` and `rx_own_m` (n distances, or one) of the ends does not count: it carries the antenna.
    """
    n = _rows(tx_xy, rx_xy)
    values, clutter, inverse, step_m = terrain_grid(raster)
    return batch.clearances(
        values,
        clutter,
        inverse,
        _ends(tx_xy, tx_agl, tx_own_m, rows=n),
        _ends(rx_xy, rx_agl, rx_own_m, rows=n),
        step_m,
        EARTH_RADIUS_KM * k_factor,
        float(frequency_mhz),
        float(stop_below),
    )
