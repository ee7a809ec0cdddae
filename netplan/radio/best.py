"""The best downlink rate of the chosen equipment at each pixel of the planning area, its server and its signal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from netplan.catalogue.schema import Catalogue, Radio, Technology
from netplan.radio import budget
from netplan.radio.coverage import PixelGrid, Transmitter, sweep
from netplan.radio.lines import beside_lines, existing_lines
from netplan.radio.path_loss import free_space_loss, terrain_grid
from netplan.radio.serve import carriers_of, needs_clear_path, path_losses
from netplan.tables import FloatArray, Inputs, Raster

SWEEP_PIXELS = 5.0
"""Pixels wider than this many samples of the terrain are worked out one by one: rays would cost more than they save."""
TITLE = "best-server downlink rate of equipment on the ground (satellites left out)"
"""What the values are, in words for the file."""


@dataclass(frozen=True)
class BestServers:
    """What serves each pixel best, on one grid: the highest rate, and the strongest signal among equal rates."""

    rate_mbps: Raster
    """Downlink rate; NaN where nothing reaches."""
    server: Raster
    """Place of the server in `options`, from 0; NaN where nothing reaches."""
    signal_dbm: Raster
    """Median power at the terminal's receiver, antennas and entry loss counted; NaN where nothing or only a line."""
    options: tuple[str, ...]


def best_server(
    inputs: Inputs,
    sites_points: gpd.GeoDataFrame,
    options_table_open: gpd.GeoDataFrame,
    catalogue: Catalogue,
    pixel_m: float = 100.0,
) -> Raster:
    """Best downlink rate (Mbit/s) at each pixel of the planning area; NaN where nothing reaches.

    Arguments as of `best_servers`.
    """
    return best_servers(inputs, sites_points, options_table_open, catalogue, pixel_m).rate_mbps


def best_servers(
    inputs: Inputs,
    sites_points: gpd.GeoDataFrame,
    options_table_open: gpd.GeoDataFrame,
    catalogue: Catalogue,
    pixel_m: float = 100.0,
) -> BestServers:
    """Best rate, its server and its signal at each pixel of the planning area.

    Satellites and platforms are left out: their one rate wherever the sky is open would hide the coverage of what
    stands on the ground, which is what the raster is for. So is what serves sensors alone.

    Args:
        inputs: area, elevation, and the lines that stand.
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
    field = _Field.empty(len(pixels))
    wired: dict[str, npt.NDArray[np.bool_]] = {}
    table = options_table_open.sort_index()
    for rank, option in enumerate(table.itertuples()):
        technology = catalogue.technologies[str(option.technology)]
        if technology.kind == "satellite" or set(technology.serves) == {"iot"}:
            continue
        where = np.array([float(option.x_m), float(option.y_m)])  # type: ignore[arg-type,unused-ignore]
        if technology.radio is not None:
            height_m = float(sites_points.at[option.site_id, "height_m"])
            _radio(field, rank, pixels, inside, where, height_m, technology, inputs.elevation, grid)
            continue
        distance_m = np.hypot(*(pixels - where).T)
        if technology.kind == "line-access":
            if technology.id not in wired:
                wired[technology.id] = _beside(technology, inputs, pixels)
            _lines(field, rank, wired[technology.id], distance_m, technology)
        elif technology.reach_m is not None and technology.rate_mbps is not None:
            here = np.flatnonzero(distance_m <= technology.reach_m.value)
            field.offer(rank, here, np.full(len(here), technology.rate_mbps.value))

    def raster(values: FloatArray) -> Raster:
        whole = np.full(x.size, np.nan)
        whole[inside] = np.where((field.rate > 0) & np.isfinite(values), values, np.nan)
        return Raster(whole.reshape(x.shape), grid.transform, "")

    names = tuple(str(key) for key in table.index)
    return BestServers(raster(field.rate), raster(field.server.astype(float)), raster(field.signal), names)


@dataclass(frozen=True)
class _Field:
    """What is best so far at each pixel. Arrays of one length, changed in place."""

    rate: FloatArray
    server: npt.NDArray[np.intp]
    signal: FloatArray
    """dBm; -inf where the best is no radio."""

    @classmethod
    def empty(cls, pixels: int) -> _Field:
        return cls(np.zeros(pixels), np.full(pixels, -1, np.intp), np.full(pixels, -np.inf))

    def beaten(self, rows: npt.NDArray[np.intp], rate: FloatArray, signal: FloatArray) -> npt.NDArray[np.bool_]:
        """Where an offer is better: a higher rate, or the same and a stronger signal."""
        equal = (rate == self.rate[rows]) & (rate > 0) & (signal > self.signal[rows])
        return np.asarray((rate > self.rate[rows]) | equal)

    def offer(self, rank: int, rows: npt.NDArray[np.intp], rate: FloatArray, signal: FloatArray | None = None) -> None:
        """Take an offer where it is better."""
        signal = np.full(len(rows), -np.inf) if signal is None else np.nan_to_num(signal, nan=-np.inf, neginf=-np.inf)
        better = self.beaten(rows, rate, signal)
        won = rows[better]
        self.rate[won], self.server[won], self.signal[won] = rate[better], rank, signal[better]


def _received_dbm(carriers: Sequence[Radio], losses_db: Sequence[FloatArray]) -> FloatArray:
    """Median power of the strongest carrier at the receiver."""
    each = [
        radio.tx_power_dbm.value + radio.tx_gain_dbi.value - radio.tx_loss_db.value
        + radio.rx_gain_dbi.value - radio.entry_loss_db.value - np.nan_to_num(loss_db, nan=np.inf, posinf=np.inf)
        for radio, loss_db in zip(carriers, losses_db, strict=True)
    ]  # fmt: skip
    return np.asarray(np.max(each, axis=0))


def _beside(technology: Technology, inputs: Inputs, pixels: FloatArray) -> npt.NDArray[np.bool_]:
    """Pixels beside a line that the technology runs over."""
    lines = existing_lines(technology, inputs)
    if lines is None:
        return np.zeros(len(pixels), bool)
    beside = beside_lines(technology, lines)
    shapely.prepare(beside)
    return np.asarray(shapely.intersects_xy(beside, *pixels.T), bool)


def _lines(
    field: _Field, rank: int, wired: npt.NDArray[np.bool_], distance_m: FloatArray, technology: Technology
) -> None:
    """Lines from one cabinet: each step's rate as far as a line of its length reaches."""
    detour = 1.0 if technology.line_detour is None else technology.line_detour.value
    for step in technology.reach_rates:
        here = np.flatnonzero(wired & (distance_m <= step.reach_m.value / detour))
        field.offer(rank, here, np.full(len(here), step.rate_mbps.value))


def _radio(
    field: _Field,
    rank: int,
    pixels: FloatArray,
    number: npt.NDArray[np.intp],
    where: FloatArray,
    height_m: float,
    technology: Technology,
    elevation: Raster | None,
    grid: PixelGrid,
) -> None:
    """One radio and its carriers: only pixels that free space would improve are followed over the terrain.

    `number` is the place of each of `pixels` in the grid.
    """
    carriers = carriers_of(technology)
    distance_m = np.hypot(*(pixels - where).T)
    near = np.flatnonzero(distance_m <= max(radio.max_range_m.value for radio in carriers))
    losses_db = [_free(radio, distance_m[near]) for radio in carriers]
    if technology.kind != "hotspot":
        rate, signal = budget.combined_mbps(carriers, losses_db), _received_dbm(carriers, losses_db)
        near = near[field.beaten(near, rate, signal)]
        if not len(near):
            return
        place = pixels[near], number[near], distance_m[near]
        losses_db = [
            _over_terrain(radio, needs_clear_path(technology), where, height_m, *place, elevation, grid)
            for radio in carriers
        ]
    field.offer(rank, near, budget.combined_mbps(carriers, losses_db), _received_dbm(carriers, losses_db))


def _free(radio: Radio, distance_m: FloatArray) -> FloatArray:
    """Free-space loss; inf beyond the radio's range."""
    loss_db = free_space_loss(distance_m, radio.frequency_mhz.value)
    return np.where(distance_m <= radio.max_range_m.value, loss_db, np.inf)


def _over_terrain(
    radio: Radio,
    clear: bool,
    where: FloatArray,
    height_m: float,
    pixels: FloatArray,
    number: npt.NDArray[np.intp],
    distance_m: FloatArray,
    elevation: Raster | None,
    grid: PixelGrid,
) -> FloatArray:
    """Loss of one carrier at each of some pixels; inf beyond its range."""
    loss_db = np.full(len(pixels), np.inf)
    near = np.flatnonzero(distance_m <= radio.max_range_m.value)
    if not len(near):
        return loss_db
    limit_db = float(budget.max_loss_db(radio, 0.0)) + 1e-6
    if clear or grid.side > SWEEP_PIXELS * terrain_grid(elevation)[3]:
        tx_xy = np.broadcast_to(where, (len(near), 2))
        heights, limits = np.full(len(near), height_m), np.full(len(near), limit_db)
        loss_db[near] = path_losses(elevation, radio, clear, tx_xy, heights, pixels[near], limits)
        return loss_db
    reach_m = float(distance_m[near].max()) + 1e-6
    site = Transmitter(float(where[0]), float(where[1]), height_m, radio.frequency_mhz.value)
    rows, columns, part = grid.around(site.x_m, site.y_m, reach_m)
    swept = sweep(elevation, site, part, radio.rx_height_m.value, reach_m, limit_db=limit_db)
    row, column = np.divmod(number[near], grid.columns)
    loss_db[near] = swept[row - rows.start, column - columns.start].astype(float)
    return loss_db
