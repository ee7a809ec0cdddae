"""Community service as demand: the people of each planning cell want a shared place within reach."""

from __future__ import annotations

from typing import cast

import geopandas as gpd

from netplan.project.schema import COMMUNITY, CommunityLevel


def community_rows(cells: gpd.GeoDataFrame, spec: CommunityLevel, household_size: float) -> gpd.GeoDataFrame:
    """One row for each cell that counts the same people for community service.

    Their `population` and `households` are 0, so that sums over the demand table count everybody once; `weight` is
    the people, `premises` the households that use the shared place.
    """
    people = cells["population"].to_numpy(float)
    premises = people / household_size * spec.adoption
    rows = cells.assign(
        **{"class": COMMUNITY + cells["class"].astype(str)},
        level="community",
        weight=people,
        population=0.0,
        households=0.0,
        premises=premises,
        demand_mbps=premises * spec.busy_hour_mbps,
        rate_mbps=float(spec.rate_mbps),
    )
    rows.index = rows.index.str.replace("cell-", "community-", n=1, regex=False)
    return cast(gpd.GeoDataFrame, rows)
