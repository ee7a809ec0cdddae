"""Coverage over an area: loss around one site by ray sweep, and the best downlink rate of the chosen equipment."""

from __future__ import annotations

import math
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from affine import Affine

from netplan.catalogue.schema import Catalogue, Technology
from netplan.radio import budget
from netplan.radio.beams import beam_of, is_wide
from netplan.radio.checks import Checks, outside_validity
from netplan.radio.path_loss import EARTH_RADIUS_KM, K_FACTOR, free_space_loss, terrain_grid
from netplan.radio.serve import needs_clear_path, path_losses
from netplan.radio.sweep import Link, sweep_losses
from netplan.radio.variability import COVERAGE_PROBABILITY, location_margin_db, location_sd_db
from netplan.tables import FloatArray, Inputs, Raster

SWEEP_PIXELS = 5.0
"""Pixels wider than this many samples of the terrain are worked out one by one: rays would cost more than they save."""


@dataclass(frozen=True)
class Transmitter:
    """One antenna: map coordinates (metres, in the terrain's CRS), height above ground, carrier."""

    x_m: float
    y_m: float
    height_m: float
    frequency_mhz: float
    vertical: bool = True


@dataclass(frozen=True)
class Coverage:
    """Loss around one site. Rasters of one grid, north up."""

    loss_db: Raster
    """Not exceeded at the asked share of locations; NaN where unknown or beyond the reach, inf above the limit."""
    outside_validity: npt.NDArray[np.bool_]
    """Pixels whose path lies outside P.1812 (nearer than 250 m, or antennas out of 1-3000 m)."""
    location_margin_db: FloatArray
    """What the share of locations adds to the median, already in `loss_db`."""


@dataclass(frozen=True)
class PixelGrid:
    """Square pixels, north up."""

    left: float
    top: float
    side: float
    rows: int
    columns: int

    @classmethod
    def over(cls, bounds: tuple[float, float, float, float], side: float) -> PixelGrid:
        """Pixels aligned to multiples of their side that cover (left, bottom, right, top)."""
        left, bottom, right, top = bounds
        left, top = math.floor(left / side) * side, math.ceil(top / side) * side
        return cls(left, top, side, math.ceil((top - bottom) / side), math.ceil((right - left) / side))

    @property
    def transform(self) -> Affine:
        """Pixel corners to map coordinates."""
        return Affine(self.side, 0.0, self.left, 0.0, -self.side, self.top)

    def centres(self) -> tuple[FloatArray, FloatArray]:
        """Map coordinates (columns,) and (rows,) of the pixel centres."""
        x = self.left + (np.arange(self.columns, dtype=np.float64) + 0.5) * self.side
        return x, self.top - (np.arange(self.rows, dtype=np.float64) + 0.5) * self.side

    def around(self, x: float, y: float, reach_m: float) -> tuple[slice, slice, PixelGrid]:
        """Rows, columns and grid of the part within `reach_m` of a place (may be empty)."""
        c0 = min(max(math.floor((x - reach_m - self.left) / self.side), 0), self.columns)
        c1 = min(max(math.ceil((x + reach_m - self.left) / self.side), c0), self.columns)
        r0 = min(max(math.floor((self.top - y - reach_m) / self.side), 0), self.rows)
        r1 = min(max(math.ceil((self.top - y + reach_m) / self.side), r0), self.rows)
        part = PixelGrid(self.left + c0 * self.side, self.top - r0 * self.side, self.side, r1 - r0, c1 - c0)
        return slice(r0, r1), slice(c0, c1), part


def sweep(
    terrain: Raster | None,
    site: Transmitter,
    grid: PixelGrid,
    rx_height_m: float,
    reach_m: float,
    *,
    limit_db: float = math.inf,
    k_factor: float = K_FACTOR,
) -> npt.NDArray[np.float32]:
    """Median loss (dB) from a site to each pixel of a grid by ray sweep, the model of `batch_losses`.

    Rays and samples are as fine as the terrain. Over real relief of 30 m pixels the result is within 0.3 dB rms of
    a profile for each pixel; see tests/benchmarks.

    Returns:
        rows × columns; NaN unknown, inf above the limit or beyond the reach.
    """
    values, clutter, inverse, step_m = terrain_grid(terrain)
    out = np.full((grid.rows, grid.columns), np.inf, np.float32)
    if not out.size:
        return out
    link = Link(
        float(site.x_m), float(site.y_m), float(site.height_m), float(rx_height_m), float(reach_m),
        EARTH_RADIUS_KM * k_factor, float(site.frequency_mhz), float(limit_db),
    )  # fmt: skip
    samples = max(math.ceil(grid.side / step_m - 1e-6), 1)
    sweep_losses(
        values, clutter, inverse, link, grid.left, grid.top, grid.side, 2 * samples, samples, site.vertical, out
    )  # fmt: skip
    col, row = (site.x_m - grid.left) / grid.side - 0.5, (grid.top - site.y_m) / grid.side - 0.5
    if col == int(col) and row == int(row) and 0 <= row < grid.rows and 0 <= col < grid.columns:
        # no ray passes the pixel that the site is the middle of
        out[int(row), int(col)] = free_space_loss(abs(site.height_m - rx_height_m), site.frequency_mhz)
    return out


def coverage(
    site: Transmitter,
    terrain: Raster,
    *,
    reach_m: float = 10_000.0,
    pixel_m: float | None = None,
    rx_height_m: float = 1.5,
    coverage_probability: float = COVERAGE_PROBABILITY,
    location_sd: float | None = None,
    entry_loss_db: float = 0.0,
    limit_db: float = math.inf,
    k_factor: float = K_FACTOR,
) -> Coverage:
    """Basic transmission loss around one site: free space and delta-Bullington diffraction, ITU-R P.1812-7 §4.3.

    For 50 % of time over land, within the horizon of troposcatter and ducting (losses up to some 170 dB, paths up to
    some 100 km). Valid for 30-6000 MHz, 0.25-3000 km, antennas 1-3000 m above ground.

    Args:
        site: where it stands, how high, on which frequency.
        terrain: heights above sea level, NaN where unknown; with `clutter_m`, clutter counts along the paths. Its
            coordinates are metres.
        reach_m: how far to look.
        pixel_m: side of the pixels of the answer, aligned to multiples of it; default the pixels of the terrain.
        rx_height_m: receiving antenna above ground, everywhere.
        coverage_probability: share of the locations inside a pixel at which the loss is not exceeded.
        location_sd: spread over locations in dB; default that of P.1812-7 §4.7 for the pixel's size.
        entry_loss_db: added for receivers inside buildings.
        limit_db: losses above it are of no interest and come back inf.
        k_factor: effective Earth radius over the true one.

    Raises:
        InputError: every argument that is wrong: antenna below ground, frequency outside validity, terrain that does
            not cover the site, degrees for metres, shares out of range.
    """
    checks = Checks("coverage")
    checks.terrain(terrain)
    checks.on_terrain("site", (site.x_m, site.y_m), terrain)
    checks.antenna("site.height_m", site.height_m)
    checks.antenna("rx_height_m", rx_height_m)
    checks.frequency(site.frequency_mhz)
    checks.share("coverage_probability", coverage_probability, 0.01, 0.99)
    checks.share("reach_m", reach_m, 1.0, 3e6)
    checks.raise_if_faulty()
    side = math.sqrt(abs(terrain.transform.determinant)) if pixel_m is None else float(pixel_m)
    box = site.x_m - reach_m, site.y_m - reach_m, site.x_m + reach_m, site.y_m + reach_m
    grid = PixelGrid.over(box, side)
    x, y = grid.centres()
    distance_m = np.hypot(x[None, :] - site.x_m, y[:, None] - site.y_m)
    spread: npt.ArrayLike = location_sd if location_sd is not None else _spread(site, terrain, grid, rx_height_m)
    margin_db = np.broadcast_to(location_margin_db(coverage_probability, spread), distance_m.shape)
    extra_db = margin_db + entry_loss_db
    median_limit = limit_db - float(extra_db.min())
    median = sweep(terrain, site, grid, rx_height_m, reach_m, limit_db=median_limit, k_factor=k_factor)
    loss_db = median.astype(float) + extra_db
    loss_db[loss_db > limit_db] = np.inf
    loss_db[distance_m > reach_m] = np.nan
    outside = outside_validity(distance_m, site.height_m, rx_height_m, site.frequency_mhz)
    return Coverage(Raster(loss_db, grid.transform, terrain.path), outside, np.asarray(margin_db))


def _spread(site: Transmitter, terrain: Raster, grid: PixelGrid, rx_height_m: float) -> FloatArray:
    """Location variability of each pixel from the clutter there."""
    x, y = grid.centres()
    clutter = np.zeros((grid.rows, grid.columns))
    if terrain.clutter_m is not None:
        inverse = ~terrain.transform
        col = np.floor(inverse.a * x + inverse.b * site.y_m + inverse.c).astype(int)
        row = np.floor(inverse.d * site.x_m + inverse.e * y + inverse.f).astype(int)
        rows, cols = terrain.clutter_m.shape
        inside = ((row >= 0) & (row < rows))[:, None] & ((col >= 0) & (col < cols))[None, :]
        near = terrain.clutter_m[np.clip(row, 0, rows - 1)[:, None], np.clip(col, 0, cols - 1)[None, :]]
        clutter = np.where(inside, np.nan_to_num(near), 0.0)
    return location_sd_db(site.frequency_mhz, rx_height_m, clutter, grid.side)


def best_server(
    inputs: Inputs,
    sites_points: gpd.GeoDataFrame,
    options_table_open: gpd.GeoDataFrame,
    catalogue: Catalogue,
    pixel_m: float = 100.0,
) -> Raster:
    """Best downlink rate (Mbit/s) at each pixel of the planning area; NaN where nothing reaches.

    Args:
        inputs: area and elevation.
        sites_points: the sites table (`height_m`, indexed by site id).
        options_table_open: rows of the options table that are switched on.
        catalogue: technologies.
        pixel_m: pixel side; pixels are aligned to multiples of it.
    """
    grid = PixelGrid.over(inputs.area.bounds, float(pixel_m))
    x, y = np.meshgrid(*grid.centres())
    shapely.prepare(inputs.area)
    inside = np.flatnonzero(np.asarray(shapely.contains_xy(inputs.area, x.ravel(), y.ravel())))
    pixels = np.column_stack([x.ravel()[inside], y.ravel()[inside]])
    best = np.zeros(len(pixels))
    for option in options_table_open.sort_index().itertuples():
        technology = catalogue.technologies[str(option.technology)]
        where = np.array([float(option.x_m), float(option.y_m)])  # type: ignore[arg-type,unused-ignore]
        if technology.kind == "satellite":
            under = (beam_of(pixels) == beam_of(where)).all(axis=1) | is_wide(technology)
            _raise_to(best, under, technology)
        elif technology.radio is None:
            reach_m = 0.0 if technology.reach_m is None else technology.reach_m.value
            _raise_to(best, np.hypot(*(pixels - where).T) <= reach_m, technology)
        else:
            height_m = float(sites_points.at[option.site_id, "height_m"])
            _radio(best, pixels, inside, where, height_m, technology, inputs.elevation, grid)
    values = np.full(x.size, np.nan)
    values[inside] = np.where(best > 0, best, np.nan)
    return Raster(values.reshape(x.shape), grid.transform, "")


def _raise_to(best: FloatArray, here: np.ndarray[tuple[int], np.dtype[np.bool_]], technology: Technology) -> None:
    """A technology of one rate: pixels it reaches have at least that."""
    if technology.rate_mbps is not None:
        best[here] = np.maximum(best[here], technology.rate_mbps.value)


def _radio(
    best: FloatArray,
    pixels: FloatArray,
    number: npt.NDArray[np.intp],
    where: FloatArray,
    height_m: float,
    technology: Technology,
    elevation: Raster | None,
    grid: PixelGrid,
) -> None:
    """One radio: only pixels that free space would improve are followed over the terrain, which loses nothing.

    `number` is the place of each of `pixels` in the grid.
    """
    radio = technology.radio
    assert radio is not None
    distance_m = np.hypot(*(pixels - where).T)
    near = np.flatnonzero(distance_m <= radio.max_range_m.value)
    loss_db = free_space_loss(distance_m[near], radio.frequency_mhz.value)
    if technology.kind != "hotspot":
        better = budget.rate_mbps(radio, loss_db) > best[near]
        near = near[better]
        if not len(near):
            return
        limit_db = float(budget.max_loss_db(radio, 0.0)) + 1e-6
        clear = needs_clear_path(technology)
        _, _, _, step_m = terrain_grid(elevation)
        if clear or grid.side > SWEEP_PIXELS * step_m:
            tx_xy = np.broadcast_to(where, (len(near), 2))
            heights, limits = np.full(len(near), height_m), np.full(len(near), limit_db)
            loss_db = path_losses(elevation, radio, clear, tx_xy, heights, pixels[near], limits)
        else:
            reach_m = float(distance_m[near].max()) + 1e-6
            site = Transmitter(float(where[0]), float(where[1]), height_m, radio.frequency_mhz.value)
            rows, columns, part = grid.around(site.x_m, site.y_m, reach_m)
            swept = sweep(elevation, site, part, radio.rx_height_m.value, reach_m, limit_db=limit_db)
            row, column = np.divmod(number[near], grid.columns)
            loss_db = swept[row - rows.start, column - columns.start].astype(float)
    rate = budget.rate_mbps(radio, loss_db)
    best[near] = np.maximum(best[near], rate)
