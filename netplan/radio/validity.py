"""Where a plan asks the propagation model for more than its recommendation covers, in words for the warnings."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from netplan.catalogue.schema import Medium, Technology
from netplan.radio.checks import HIGHEST_MHZ, LOWEST_AGL_M, LOWEST_MHZ, SHORTEST_M, outside_validity
from netplan.radio.multipath import HIGHEST_GHZ
from netplan.radio.serve import carriers_of, needs_clear_path
from netplan.radio.shapes import Aims, pairs_within, xy


def beyond_validity(technology: Technology, sites: gpd.GeoDataFrame, aims: Aims) -> list[str]:
    """What P.1812-7 does not cover of a technology whose paths bend over terrain: bands, antennas, short paths."""
    if technology.kind != "cellular" or needs_clear_path(technology) or sites.empty:
        return []
    said = []
    height_m = sites["height_m"].to_numpy(float)
    for radio in carriers_of(technology):
        mhz, rx_m = radio.frequency_mhz.value, radio.rx_height_m.value
        # a path of good length between good antennas leaves the frequency alone to be outside, and so on
        if outside_validity(1000.0, 10.0, 10.0, mhz).any():
            said.append(f"{mhz:g} MHz is outside {LOWEST_MHZ:g} to {HIGHEST_MHZ:g} MHz")
        if outside_validity(1000.0, 10.0, rx_m, LOWEST_MHZ).any():
            said.append(f"terminals at {rx_m:g} m are outside {LOWEST_AGL_M:g} to 3000 m above ground")
    low = int(np.count_nonzero(outside_validity(1000.0, height_m, 10.0, LOWEST_MHZ)))
    if low:
        said.append(f"antennas of {low} of {len(sites)} sites are outside {LOWEST_AGL_M:g} to 3000 m above ground")
    _, _, distance_m = pairs_within(xy(sites), aims.xy_m, SHORTEST_M)
    short = int(np.count_nonzero(distance_m < SHORTEST_M))
    if short:
        said.append(f"{short} {'path is' if short == 1 else 'paths are'} shorter than {SHORTEST_M:g} m")
    told = "; ".join(dict.fromkeys(said))
    return [f"{technology.id}: outside the validity of P.1812, losses there are extrapolated: {told}"] if told else []


def beyond_fading(medium: Medium, hops: int) -> list[str]:
    """What P.530-17 §2.3 does not cover of a link radio whose availability was worked out for some hops: its band."""
    if medium.fixed is None or medium.frequency_mhz is None or not hops:
        return []
    ghz = medium.frequency_mhz.value / 1000.0
    if ghz <= HIGHEST_GHZ:
        return []
    return [
        f"{medium.id}: outside the validity of P.530's multipath fading, which ends at {HIGHEST_GHZ:g} GHz: at "
        f"{ghz:g} GHz it is extrapolated for {hops} hops"
    ]
