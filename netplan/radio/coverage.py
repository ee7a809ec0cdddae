"""Best-server coverage: the downlink rate that the chosen equipment offers at every pixel."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from affine import Affine

from netplan.catalogue.schema import Catalogue, Technology
from netplan.radio import budget
from netplan.radio.beams import beam_of
from netplan.radio.path_loss import free_space_loss
from netplan.radio.serve import needs_clear_path, path_losses
from netplan.tables import FloatArray, Inputs, Raster


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
    left, bottom, right, top = inputs.area.bounds
    left, top = np.floor(left / pixel_m) * pixel_m, np.ceil(top / pixel_m) * pixel_m
    columns, rows = int(np.ceil((right - left) / pixel_m)), int(np.ceil((top - bottom) / pixel_m))
    transform = Affine(pixel_m, 0.0, left, 0.0, -pixel_m, top)
    x, y = np.meshgrid(left + (np.arange(columns) + 0.5) * pixel_m, top - (np.arange(rows) + 0.5) * pixel_m)
    shapely.prepare(inputs.area)
    inside = np.flatnonzero(np.asarray(shapely.contains_xy(inputs.area, x.ravel(), y.ravel())))
    pixels = np.column_stack([x.ravel()[inside], y.ravel()[inside]])
    best = np.zeros(len(pixels))
    for option in options_table_open.sort_index().itertuples():
        technology = catalogue.technologies[str(option.technology)]
        where = np.array([float(option.x_m), float(option.y_m)])  # type: ignore[arg-type,unused-ignore]
        if technology.kind == "satellite":
            _raise_to(best, (beam_of(pixels) == beam_of(where)).all(axis=1), technology)
        elif technology.radio is None:
            reach_m = 0.0 if technology.reach_m is None else technology.reach_m.value
            _raise_to(best, np.hypot(*(pixels - where).T) <= reach_m, technology)
        else:
            height_m = float(sites_points.at[option.site_id, "height_m"])
            _radio(best, pixels, where, height_m, technology, inputs.elevation)
    values = np.full(rows * columns, np.nan)
    values[inside] = np.where(best > 0, best, np.nan)
    return Raster(values.reshape(rows, columns), transform, "")


def _raise_to(best: FloatArray, here: np.ndarray[tuple[int], np.dtype[np.bool_]], technology: Technology) -> None:
    """A technology of one rate: pixels it reaches have at least that."""
    if technology.rate_mbps is not None:
        best[here] = np.maximum(best[here], technology.rate_mbps.value)


def _radio(
    best: FloatArray,
    pixels: FloatArray,
    where: FloatArray,
    height_m: float,
    technology: Technology,
    elevation: Raster | None,
) -> None:
    """One radio: only pixels that free space would improve are followed over the terrain, which loses nothing."""
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
        limit_db = np.full(len(near), float(budget.max_loss_db(radio, 0.0)))
        tx_xy = np.broadcast_to(where, (len(near), 2))
        heights = np.full(len(near), height_m)
        clear = needs_clear_path(technology)
        loss_db = path_losses(elevation, radio, clear, tx_xy, heights, pixels[near], limit_db + 1e-6)
    rate = budget.rate_mbps(radio, loss_db)
    best[near] = np.maximum(best[near], rate)
