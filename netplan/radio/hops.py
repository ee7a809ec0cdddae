"""Microwave hops: which sites see each other well enough for a link radio, and what it carries there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from netplan.catalogue.schema import Catalogue, Medium
from netplan.costs import Economics
from netplan.project.schema import Project
from netplan.radio.choice import Price, prices_of, reach_m, worth_offering
from netplan.radio.climate import climate_of
from netplan.radio.clutter import OWN_SAMPLES, over_clutter
from netplan.radio.dishes import build_dishes
from netplan.radio.ground import values_at
from netplan.radio.modulation import Paths, capacity_mbps
from netplan.radio.partners import Ends, candidates, ends_of, keep_nearest, pairs_within
from netplan.radio.path_loss import K_FACTOR, batch_clearances, terrain_grid
from netplan.radio.shapes import IntArray
from netplan.radio.validity import beyond_fading
from netplan.tables import FloatArray, Hops, Inputs, Sites

CLEARANCE = 1.0
"""First Fresnel radii that must be free at k = 4/3 (P.530 §2.2.2.1, step 1)."""
LONG_M, LONG_CLEARANCE = 30_000.0, 0.6
"""And of paths longer than this, so many where rays bend away too; of shorter ones the line alone (steps 2 and 3)."""
K_MIN = 2.0 / 3.0
"""Effective-Earth-radius factor of the air that bends rays away, exceeded for 99.9 % of the worst month on paths of
20 to 30 km (P.530 §2.2.2.1, figure 2; shorter paths see less, but their Earth bulge is small too)."""
COLUMNS = ["site_a", "site_b", "medium", "length_m", "capacity_mbps", "clearance"]


def microwave_media(catalogue: Catalogue, project: Project | None = None) -> list[Medium]:
    """Microwave media in use, by id: those enabled, and those that the project names."""
    named = set(() if project is None or project.technologies is None else project.technologies)
    media = (catalogue.media[key] for key in sorted(catalogue.media))
    return [medium for medium in media if medium.kind == "microwave" and (medium.enabled or medium.id in named)]


def build_hops(
    inputs: Inputs,
    sites: Sites,
    catalogue: Catalogue,
    project: Project | None = None,
    economics: Economics | None = None,
) -> Hops:
    """Hops between all sites, and every hop there would be without the shared ones; and where dishes see the sky.

    Only the nearest partners of an end are kept, so shared masts would otherwise push out hops that a scenario without
    them may build, and offering a lever could raise the least cost. See `_hops_between` for which are kept.

    Raises:
        InputError: an antenna below ground, or rain not known where the project's raster should say it.
    """
    dishes, said = build_dishes(inputs, sites, catalogue, project, economics)
    media = microwave_media(catalogue, project)
    prices = prices_of(media, economics)
    whole = _hops_between(inputs, sites, catalogue, project, media, prices)
    every = whole.table
    warnings = tuple(dict.fromkeys((*whole.warnings, *said)))
    own = (sites.points["status"] != "shared").to_numpy(bool)
    if own.all():
        return Hops(every, dishes, warnings)
    only_own = replace(sites, points=sites.points[own])
    alone = _hops_between(inputs, only_own, catalogue, project, media, prices).table
    both = pd.concat([alone, every], ignore_index=True)
    keys = ["site_a", "site_b", "medium"]
    table = both.drop_duplicates(keys).sort_values(keys, kind="stable").reset_index(drop=True)
    table.attrs |= every.attrs
    return Hops(table, dishes, warnings)


def _hops_between(
    inputs: Inputs,
    sites: Sites,
    catalogue: Catalogue,
    project: Project | None,
    media: list[Medium],
    prices: list[Price],
) -> Hops:
    """Every feasible hop worth pricing, between sites and to points of presence (`pop:<index label>`).

    A hop is feasible within the medium's length, with the first Fresnel zone clear at k = 4/3 and a clear line at
    k = 2/3, or 0.6 of the zone there beyond 30 km (unknown terrain: not feasible), where the medium's radio meets its
    availability with some modulation. Of the feasible partners of each end the nearest are kept, preferred ones (relays
    and masts, points of presence and sites near one) taking half the places. Of the media feasible on one hop, those
    that cost more and do not carry a good deal more are left out (`choice.STEP`). `table.attrs["dropped"]` counts
    feasible hops left out, and radios on kept hops that carry more than all cheaper ones but not so much more;
    `table.attrs["unseen"]` pairs within reach of a radio whose line of sight nobody looked at, as both have
    `partners.CONSIDERED` others nearer by.
    """
    ends = ends_of(inputs, sites, catalogue)
    if not media or len(ends.ids) < 2:
        return Hops(_frame([]))
    longest_m = max(reach_m(medium) for medium in media)
    a, b, length_m = candidates(ends, longest_m)
    unseen = pairs_within(ends, longest_m) - len(a)
    top_mhz = max(_frequency_mhz(medium) for medium in media)
    sight, bent = _sight(inputs, ends, a, b, top_mhz)
    seen = np.flatnonzero(sight >= CLEARANCE)
    a, b, length_m, sight, bent = a[seen], b[seen], length_m[seen], sight[seen], bent[seen]
    wider = np.sqrt([_frequency_mhz(medium) / top_mhz for medium in media])
    ratio = sight[:, None] * wider
    capacity, warnings = _capacities(inputs, ends, catalogue, project, media, a, b, length_m)
    least = np.where(length_m > LONG_M, LONG_CLEARANCE, 0.0)
    capacity[(ratio < CLEARANCE) | (bent[:, None] * wider < least[:, None])] = 0.0
    feasible = np.flatnonzero((capacity > 0).any(axis=1))
    kept = feasible[keep_nearest(ends, a[feasible], b[feasible], length_m[feasible])]
    useful = worth_offering(media, capacity[kept], prices)
    grades_left_out = int((worth_offering(media, capacity[kept], prices, step=1.0) & ~useful).sum())
    rows = [
        {
            "site_a": ends.ids[a[p]],
            "site_b": ends.ids[b[p]],
            "medium": media[m].id,
            "length_m": float(length_m[p]),
            "capacity_mbps": float(capacity[p, m]),
            "clearance": float(ratio[p, m]),
        }
        for p, row in zip(kept, useful, strict=True)
        for m in np.flatnonzero(row)
    ]
    table = _frame(rows)
    table.attrs |= {"dropped": int(len(feasible) - len(kept)) + grades_left_out, "unseen": unseen}
    return Hops(table, None, warnings)


def _frame(rows: list[dict[str, object]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=COLUMNS)
    numbers = {"length_m": float, "capacity_mbps": float, "clearance": float}
    return frame.astype(numbers).sort_values(["site_a", "site_b", "medium"], ignore_index=True)


def _frequency_mhz(medium: Medium) -> float:
    assert medium.frequency_mhz is not None
    return medium.frequency_mhz.value


def _sight(inputs: Inputs, ends: Ends, a: IntArray, b: IntArray, frequency_mhz: float) -> tuple[FloatArray, FloatArray]:
    """Clearance of pairs in first Fresnel radii of the highest frequency, usually and at k_min; -inf where unknown.

    What is below what is asked for usually is only known to be lower, and not looked at for k_min. The radius goes with
    1 / sqrt(f), the same all along the path, so the clearance at a lower frequency follows from this one by
    sqrt(f / frequency): one look at the terrain serves every band. A dish that a land-cover map would bury stands above
    the clutter of its pixel, as the hubs of `serve.path_losses` do.
    """
    raster = inputs.elevation
    height_m = over_clutter(raster, ends.xy_m, ends.height_m)
    own_m = np.where(height_m > ends.height_m, OWN_SAMPLES * terrain_grid(raster)[3], 0.0)

    def clearances(rows: IntArray, least: float, k_factor: float) -> FloatArray:
        i, j = a[rows], b[rows]
        return batch_clearances(
            raster, ends.xy_m[i], height_m[i], ends.xy_m[j], height_m[j], frequency_mhz,
            stop_below=least, k_factor=k_factor, tx_own_m=own_m[i], rx_own_m=own_m[j],
        )  # fmt: skip

    usual = clearances(np.arange(len(a)), CLEARANCE, K_FACTOR)
    usual = np.where(np.isnan(usual), -np.inf, usual)
    clear = np.flatnonzero(usual >= CLEARANCE)
    bent = np.full(len(a), -np.inf)
    bent[clear] = clearances(clear, 0.0, K_MIN)
    return usual, bent


def _capacities(
    inputs: Inputs,
    ends: Ends,
    catalogue: Catalogue,
    project: Project | None,
    media: list[Medium],
    a: IntArray,
    b: IntArray,
    length_m: FloatArray,
) -> tuple[FloatArray, tuple[str, ...]]:
    """(pairs, media) Mbit/s at the availability target, 0 where a medium does not reach; and what was assumed."""
    capacity = np.zeros((len(a), len(media)))
    paths, warnings = None, tuple[str, ...]()
    for m, medium in enumerate(media):
        trunk = medium.fixed is not None and medium.fixed.trunk
        fits = (length_m <= reach_m(medium)) & (length_m > 0)
        within = np.flatnonzero(fits & (ends.preferred[a] & ends.preferred[b] if trunk else True))
        if medium.fixed is None:
            capacity[within, m] = np.inf if medium.capacity_mbps is None else medium.capacity_mbps.value
            continue
        if paths is None:
            paths, warnings = _paths(inputs, ends, catalogue, project, a, b, length_m)
        chosen = Paths(*(None if part is None else part[within] for part in vars(paths).values()))  # type: ignore[arg-type]
        capacity[within, m] = capacity_mbps(medium.fixed, _frequency_mhz(medium), chosen)
        warnings += tuple(beyond_fading(medium, int(np.count_nonzero(capacity[within, m]))))
    return capacity, warnings


def _paths(
    inputs: Inputs,
    ends: Ends,
    catalogue: Catalogue,
    project: Project | None,
    a: IntArray,
    b: IntArray,
    length_m: FloatArray,
) -> tuple[Paths, tuple[str, ...]]:
    """What the fading models need of each pair. Roughness is that of the whole raster, as P.530 asks for that of 110 km
    around, which a district's raster never reaches."""
    n, raster = len(a), inputs.elevation
    climate = climate_of(inputs, catalogue, project, (ends.xy_m[a] + ends.xy_m[b]) / 2.0)
    ground = np.zeros(len(ends.ids)) if raster is None else np.nan_to_num(values_at(raster, ends.xy_m))
    above_sea = ground + ends.height_m
    roughness = None if raster is None else np.full(n, float(np.nanstd(raster.values[::4, ::4])))
    paths = Paths(
        length_m,
        above_sea[a],
        above_sea[b],
        climate.latitude_deg,
        climate.rain_mm_per_h,
        climate.gradient_n_per_km,
        roughness,
    )
    return paths, climate.warnings
