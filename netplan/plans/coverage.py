"""Who has service of which generation, before the plan and with it."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS

from netplan.catalogue.schema import Catalogue
from netplan.tables import Baseline

NOT_STATED = "not stated"
ANY = "any"


def generations(catalogue: Catalogue) -> dict[str, str]:
    """Technology id -> what coverage is reported by: its generation (2G … 5G), else its kind."""
    return {key: technology.generation or technology.kind for key, technology in catalogue.technologies.items()}


def coverage(
    demand: pd.DataFrame, service: pd.DataFrame, equipment: pd.DataFrame, baseline: pd.DataFrame, of: Mapping[str, str]
) -> dict[str, dict[str, dict[str, float]]]:
    """Class -> generation -> `reached_before, served_before, served_after`, shares of the class's weight.

    `reached_before` is at any rate, so it holds the 2G that counts to no target; `served_before` and `served_after` are
    at the rate of the class. Several sources of one generation reach the same part of a row as far as they go. `any`
    adds the generations up to the baseline and the plan as a whole.

    Args:
        demand: `demand_id, class, weight, served_share, baseline_share`.
        service: `demand_id, option_id, share` of the plan.
        equipment: `option_id, technology` of the plan.
        baseline: `demand_id, technology, share, reach_share` of today.
        of: technology id -> generation.
    """
    technology = equipment.set_index("option_id")["technology"].reindex(service["option_id"]).to_numpy(object)
    new = pd.DataFrame({"demand_id": service["demand_id"].to_numpy(object), "share": service["share"].to_numpy(float)})
    new["generation"] = [of.get(str(name), NOT_STATED) for name in technology]
    stated = baseline["technology"].astype(object).where(baseline["technology"].notna(), "")
    now = baseline[["demand_id", "share", "reach_share"]].assign(
        generation=[of.get(str(name), NOT_STATED) for name in stated]
    )
    weight = demand.set_index("demand_id")["weight"]
    kinds = demand.set_index("demand_id")["class"]
    total = weight.groupby(kinds).sum()
    whole = demand.set_index("demand_id")
    rows = {ANY: (now.groupby("demand_id")["reach_share"].max(), whole["baseline_share"], whole["served_share"])}
    for name in sorted({*new["generation"], *now["generation"]}):
        today = now[now["generation"] == name].groupby("demand_id")
        before, added = today["share"].sum(), new[new["generation"] == name].groupby("demand_id")["share"].sum()
        rows[name] = (today["reach_share"].max(), before, before.add(added, fill_value=0.0))
    out: dict[str, dict[str, dict[str, float]]] = {str(kind): {} for kind in total.index}
    for name, shares in rows.items():
        counted = [_weighed(share, weight, kinds) for share in shares]
        for kind in total.index:
            sums = [float(one.get(kind, 0.0)) for one in counted]
            if total[kind] > 0 and (any(sums) or name == ANY):
                keys = ("reached_before", "served_before", "served_after")
                out[str(kind)][name] = {key: value / float(total[kind]) for key, value in zip(keys, sums, strict=True)}
    return out


def _weighed(share: pd.Series, weight: pd.Series, kinds: pd.Series) -> pd.Series:
    """Weight that the shares of demand rows (by id, at most 1) add up to, by class."""
    capped = np.minimum(share.reindex(weight.index).fillna(0.0).to_numpy(float), 1.0)
    sums: pd.Series = (weight * capped).groupby(kinds).sum()
    return sums


def nobody(crs: CRS) -> Baseline:
    """The baseline of a district where nothing is known to serve anybody."""
    text, number = pd.Series(dtype=object), pd.Series(dtype=float)
    equipment = {"name": text, "technology": text, "height_m": number, "capacity": number, "capacity_unit": text}
    service = {"demand_id": text, "existing_id": text, "technology": text, "rate_mbps": number, "share": number}
    service |= {"reach_share": number, "capacity_used": number, "reach": text}
    empty = gpd.GeoDataFrame(equipment, geometry=gpd.GeoSeries([], crs=crs), crs=crs)
    return Baseline(empty, pd.DataFrame(service))


def standing(baseline: Baseline) -> pd.DataFrame:
    """The existing equipment with how full it is today: the layer `existing`."""
    frame: pd.DataFrame = baseline.equipment.rename_axis("existing_id").reset_index()
    used = baseline.service.groupby("existing_id")["capacity_used"].sum().reindex(frame["existing_id"]).fillna(0.0)
    capacity = frame["capacity"].to_numpy(float)
    frame["utilisation"] = np.divide(
        used.to_numpy(float), capacity, out=np.zeros(len(frame)), where=np.isfinite(capacity) & (capacity > 0)
    )
    return frame
