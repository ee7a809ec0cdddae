"""Carriers of a mast: a block of spectrum is used there once, by what stands there or by one of what is offered."""

from __future__ import annotations

from itertools import product

import geopandas as gpd
import numpy as np
import pandas as pd

from netplan.catalogue.schema import Catalogue, Technology
from netplan.radio.places import ONE_PLACE_M, places
from netplan.radio.serve import carriers_of
from netplan.radio.upgrades import BoolArray, standing, standing_ids

Channel = tuple[float, float]
"""Lower and upper edge of a downlink channel, MHz."""
TOUCH_MHZ = 1e-6
"""Channels that share less only touch."""


def channels_mhz(technology: Technology) -> frozenset[Channel]:
    """Downlink channels that a technology needs for itself on a mast.

    None for what is not cellular (unlicensed bands hold many channels) and for what serves only sensors (it runs
    inside, or in the guard band of, a carrier of another).
    """
    if technology.kind != "cellular" or set(technology.serves) <= {"iot"}:
        return frozenset()
    wide = [(radio.frequency_mhz.value, 0.5 * radio.bandwidth_mhz.value) for radio in carriers_of(technology)]
    return frozenset((centre - half, centre + half) for centre, half in wide)


def overlap(some: frozenset[Channel], others: frozenset[Channel]) -> bool:
    """Whether any channel of the one set shares spectrum with one of the other."""
    return any(min(a[1], b[1]) - max(a[0], b[0]) > TOUCH_MHZ for a, b in product(some, others))


def occupied(technology: Technology, sites: gpd.GeoDataFrame, catalogue: Catalogue) -> BoolArray:
    """Whether another technology that stands on each site has spectrum that this one needs, shape (n,).

    What stands counts to what is served today with all of its carrier. A second network on that carrier would count
    the same spectrum twice; clearing it for another (refarming) would take the service of today away, which no plan
    here does.
    """
    wanted = channels_mhz(technology)
    if not wanted or sites.empty:
        return np.zeros(len(sites), dtype=bool)
    entries = catalogue.technologies
    taken = {key: overlap(wanted, channels_mhz(entry)) for key, entry in entries.items() if key != technology.id}
    return np.array([any(taken.get(key, False) for key in ids) for ids in standing_ids(sites, catalogue)], dtype=bool)


def free_sites(
    technology: Technology, sites: gpd.GeoDataFrame, catalogue: Catalogue
) -> tuple[gpd.GeoDataFrame, list[str]]:
    """The sites whose structure bears the technology and where neither it nor its carrier is in use, and what to say.

    `catalogue` must have every technology that may stand today.
    """
    fits = sites[sites["structure"].isin(technology.structures)]
    fits = fits[~standing(technology, fits, catalogue)]
    busy = occupied(technology, fits, catalogue)
    if not busy.any():
        return fits, []
    where = f"{int(busy.sum())} sites where another technology uses its carrier today"
    return fits[~busy], [f"{technology.id} is not offered on {where}"]


def exclusive_options(table: pd.DataFrame, catalogue: Catalogue) -> tuple[tuple[str, ...], ...]:
    """Groups of option ids of which one at most may be on, sorted: those of a place whose channels share spectrum.

    A place is a site, or several of which each lies within `ONE_PLACE_M` of the next. Channels that overlap
    have a lower edge of one of them in common: the users of each edge are one group.
    """
    offered = {key: channels_mhz(catalogue.technologies[key]) for key in sorted(set(table["technology"]))}
    edges = {low for channels in offered.values() for low, _ in channels}
    users = {
        frozenset(
            key for key, channels in offered.items() if overlap(channels, frozenset({(low, low + 2 * TOUCH_MHZ)}))
        )
        for low in edges
    }
    groups: set[tuple[str, ...]] = set()
    for keys in users:
        if not any(keys < others for others in users):
            here = table[table["technology"].isin(keys) & (table["site_id"] != "")]
            place = places(here[["x_m", "y_m"]].to_numpy(float), ONE_PLACE_M)
            groups |= {tuple(sorted(ids)) for ids in here.groupby(place).groups.values() if len(ids) > 1}
    return tuple(sorted(groups))
