"""Who a technology can serve, at what rate, and what capacity that takes: one function per kind of physics.

Each returns a `Service`: rows of (place, demand row), where a place is a site or a beam.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np

from netplan.catalogue.schema import Radio, Technology
from netplan.radio import budget
from netplan.radio.clutter import OWN_SAMPLES, over_clutter
from netplan.radio.path_loss import FRESNEL_CLEARANCE, batch_clearances, batch_losses, free_space_loss, terrain_grid
from netplan.radio.people import shares_reached
from netplan.radio.rates import split_rate_mbps
from netplan.radio.shapes import Aims, IntArray, pairs_within, xy
from netplan.tables import FloatArray, Raster

SITE_CHUNK = 200
"""Sites whose paths are held in memory at once."""


@dataclass(frozen=True)
class Service:
    """Columns of equal length, sorted by place then demand row."""

    place: IntArray
    """Row of the site (or beam) table given."""
    row: IntArray
    """Row of the demand table."""
    rate_mbps: FloatArray
    share: FloatArray
    """Largest share of the demand row that can be served, above 0."""
    loss_db: FloatArray
    """Mean over the points served; NaN when not radio."""
    capacity_used: FloatArray
    unknown_paths: int = 0
    paths: int = 0
    bits: IntArray | None = None
    """Aim points reached, bit k for the row's k-th; None: the share is spread evenly over the row."""
    points: IntArray | None = None
    """Aim points of the row, where `bits` says which."""


def path_losses(
    raster: Raster | None,
    radio: Radio,
    clear_path: bool,
    tx_xy: FloatArray,
    tx_agl: FloatArray,
    rx_xy: FloatArray,
    limit_db: FloatArray,
) -> FloatArray:
    """Loss of n paths of one radio: NaN unknown, inf above the limit or, where a clear path is asked, blocked.

    Who needs a clear path puts antennas above what they stand on: an outdoor terminal and a hub that a land-cover map
    would bury stand `OVER_CLUTTER_M` above the clutter of their pixel, and the clutter around them is then their own.
    """
    frequency_mhz, rx_agl = radio.frequency_mhz.value, radio.rx_height_m.value
    if not clear_path:
        return batch_losses(raster, tx_xy, tx_agl, rx_xy, rx_agl, frequency_mhz, limit_db=limit_db)
    own_m = OWN_SAMPLES * terrain_grid(raster)[3]
    hub_agl = over_clutter(raster, tx_xy, tx_agl)
    outdoor = radio.entry_loss_db.value == 0
    home_agl = over_clutter(raster, rx_xy, rx_agl) if outdoor else np.full(len(rx_xy), rx_agl)
    ratio = batch_clearances(
        raster, tx_xy, hub_agl, rx_xy, home_agl, frequency_mhz,
        stop_below=FRESNEL_CLEARANCE,
        tx_own_m=np.where(hub_agl > tx_agl, own_m, 0.0),
        rx_own_m=np.where(home_agl > rx_agl, own_m, 0.0),
    )  # fmt: skip
    # With 0.6 of the first Fresnel zone free the diffraction terms vanish, so free space is the whole loss.
    loss_db = free_space_loss(np.hypot(*(tx_xy - rx_xy).T), frequency_mhz)
    loss_db = np.where((ratio >= FRESNEL_CLEARANCE) & (loss_db <= limit_db), loss_db, np.inf)
    return np.where(np.isnan(ratio), np.nan, loss_db)


def needs_clear_path(technology: Technology) -> bool:
    """Wi-Fi at its frequencies and powers works only in line of sight; others when their entry says so."""
    return technology.kind == "wifi" or (technology.radio is not None and technology.radio.line_of_sight)


def serve_radio(
    technology: Technology, sites: gpd.GeoDataFrame, demand: gpd.GeoDataFrame, aims: Aims, raster: Raster | None
) -> Service:
    """Cellular and Wi-Fi: terrain loss to every aim point in range whose required rate is within the budget.

    The share of a cell is that of its aim points where the rate is met; its rate is their harmonic mean, the
    rate at which airtime is spent when traffic is spread evenly. Capacity is airtime of sectors: Σ load / rate.
    """
    carriers = carriers_of(technology)
    required = demand["rate_mbps"].to_numpy(float)[aims.row]
    limits_db = _limits_db(carriers, required)
    reach_m = max(radio.max_range_m.value for radio in carriers)
    useful = np.flatnonzero(np.max(limits_db, axis=0) > -np.inf)
    sites_xy, height_m = xy(sites), sites["height_m"].to_numpy(float)
    found: list[tuple[IntArray, IntArray, FloatArray]] = []
    unknown = paths = 0
    for start in range(0, len(sites), SITE_CHUNK):
        site, k, distance_m = pairs_within(sites_xy[start : start + SITE_CHUNK], aims.xy_m[useful], reach_m)
        site, aim = site + start, useful[k]
        free_db = np.array([_in_range(radio, distance_m) for radio in carriers])
        hopeful = budget.combined_mbps(carriers, list(free_db)) >= required[aim] * (1.0 - 1e-9)
        site, aim, free_db = site[hopeful], aim[hopeful], free_db[:, hopeful]
        ends = sites_xy[site], height_m[site], aims.xy_m[aim]
        loss_db = np.full(free_db.shape, np.inf)
        for c, radio in enumerate(carriers):
            near = np.flatnonzero(free_db[c] <= limits_db[c, aim])
            tx_xy, tx_agl, rx_xy = (end[near] for end in ends)
            clear = needs_clear_path(technology)
            loss_db[c, near] = path_losses(raster, radio, clear, tx_xy, tx_agl, rx_xy, limits_db[c, aim[near]] + 1e-6)
        lost = np.isnan(loss_db).any(axis=0)
        unknown, paths = unknown + int(lost.sum()), paths + len(lost)
        met = ~lost & np.isfinite(loss_db).any(axis=0)
        found.append((site[met], aim[met], loss_db[:, met]))
    site, aim, loss_db = _joined(found, len(carriers))
    rate = budget.combined_mbps(carriers, list(loss_db))
    # 1e-9: the rate at exactly the largest loss is the required one up to rounding.
    met = rate >= required[aim] * (1.0 - 1e-9)
    site, aim, loss_db = site[met], aim[met], loss_db[:, met]
    rate, airtime = np.maximum(rate[met], required[aim]), budget.airtime_per_mbps(carriers, list(loss_db))
    return _gather(site, aim, rate, airtime, np.min(loss_db, axis=0), demand, aims, unknown, paths)


def carriers_of(technology: Technology) -> tuple[Radio, ...]:
    """The radio of a technology and those aggregated with it."""
    assert technology.radio is not None
    return technology.radio, *technology.carriers


def _limits_db(carriers: tuple[Radio, ...], required: FloatArray) -> FloatArray:
    """Loss (carriers, aims) beyond which a carrier adds nothing: alone it must meet the rate, else any rate helps."""
    if len(carriers) == 1:
        return budget.max_loss_db(carriers[0], required)[None, :]
    return np.array([np.full(len(required), float(budget.max_loss_db(radio, 0.0))) for radio in carriers])


def _in_range(radio: Radio, distance_m: FloatArray) -> FloatArray:
    """Free-space loss; inf beyond the radio's range."""
    loss_db = free_space_loss(distance_m, radio.frequency_mhz.value)
    return np.where(distance_m <= radio.max_range_m.value, loss_db, np.inf)


def _joined(found: list[tuple[IntArray, IntArray, FloatArray]], carriers: int) -> tuple[IntArray, IntArray, FloatArray]:
    if not found:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty((carriers, 0))
    sites, aims, losses = zip(*found, strict=True)
    return np.concatenate(sites), np.concatenate(aims), np.concatenate(losses, axis=1)


def _gather(
    site: IntArray,
    aim: IntArray,
    rate: FloatArray,
    airtime: FloatArray,
    loss_db: FloatArray,
    demand: gpd.GeoDataFrame,
    aims: Aims,
    unknown: int,
    paths: int,
) -> Service:
    """From served aim points to demand rows."""
    n = len(demand)
    key, group = np.unique(site * n + aims.row[aim], return_inverse=True)
    count = np.bincount(group, minlength=len(key)).astype(float)
    harmonic = count / np.bincount(group, 1.0 / rate, minlength=len(key))
    row = key % n
    share = count / np.bincount(aims.row, minlength=n)[row]
    used = demand["demand_mbps"].to_numpy(float)[row] * np.bincount(group, airtime, minlength=len(key)) / count
    mean_loss = np.bincount(group, loss_db, minlength=len(key)) / count
    bits = np.bincount(group, aims.bit[aim], minlength=len(key)).astype(np.int64)  # each point once in its group
    points = np.bincount(aims.row, minlength=n)[row]
    return Service(key // n, row, harmonic, share, mean_loss, used, unknown, paths, bits, points)


def serve_hotspot(
    technology: Technology,
    sites: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    population: gpd.GeoDataFrame | None = None,
) -> Service:
    """Hotspot: free space and margins within its range; a cell is served by the share of its people in range.

    A cell's rate is that of the edge of the range (nobody served gets less), a point's that of its distance.
    """
    radio = technology.radio
    assert radio is not None
    reach_m = radio.max_range_m.value
    place, row, share = shares_reached(xy(sites), demand, reach_m, population)
    distance_m = np.hypot(*(xy(sites)[place] - xy(demand)[row]).T)
    distance_m = np.where(demand["area_km2"].to_numpy(float)[row] > 0, reach_m, distance_m)
    loss_db = free_space_loss(distance_m, radio.frequency_mhz.value)
    rate = budget.rate_mbps(radio, loss_db)
    met = (rate > 0) & (rate >= demand["rate_mbps"].to_numpy(float)[row])
    place, row, share, loss_db, rate = place[met], row[met], share[met], loss_db[met], rate[met]
    airtime = budget.airtime_per_mbps([radio], [loss_db])
    return Service(place, row, rate, share, loss_db, demand["demand_mbps"].to_numpy(float)[row] * airtime)


def serve_fixed(
    technology: Technology,
    place: IntArray,
    row: IntArray,
    share: FloatArray,
    demand: gpd.GeoDataFrame,
    bits: IntArray | None = None,
    points: IntArray | None = None,
) -> Service:
    """Fibre or satellite: one rate for all, capacity counted in premises; rows that ask for more are left out.

    `bits`, `points`: as of `Service`, where the share is that of aim points.
    """
    assert technology.rate_mbps is not None
    rate = technology.rate_mbps.value
    met = demand["rate_mbps"].to_numpy(float)[row] <= rate
    place, row, share = place[met], row[met], share[met]
    nothing = np.full(len(row), np.nan)
    bits, points = (None if found is None else found[met] for found in (bits, points))
    used = places_taken(technology, demand)[row]
    return Service(place, row, np.full(len(row), rate), share, nothing, used, bits=bits, points=points)


def places_taken(technology: Technology, demand: gpd.GeoDataFrame) -> FloatArray:
    """Places for premises that wholly serving each row takes, shape (n,): one each, or more by its load.

    Where the premises of a split share a rate, a place is worth that rate over the split; a row whose busy-hour load
    is more than its premises' places are worth takes as many as carry it.
    """
    premises = np.asarray(demand["premises"].to_numpy(float))
    if technology.shared_mbps is None or technology.split is None:
        return premises
    place_mbps = split_rate_mbps(technology.shared_mbps.value, technology.split.value)
    return np.asarray(np.maximum(premises, demand["demand_mbps"].to_numpy(float) / place_mbps))
