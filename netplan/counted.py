"""By which service people are counted: at home, or at a shared place where a project asks for nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from netplan.project.schema import COMMUNITY

Frame = TypeVar("Frame", bound=pd.DataFrame)


def shared_places_only(demand: pd.DataFrame, project: Mapping[str, Any]) -> bool:
    """Whether people are to be served at shared places alone: targets name such classes and no class of homes.

    Args:
        demand: the demand layer (`class, level`).
        project: the merged project of the scenario.
    """
    asked = {str(name) for name, share in (project.get("targets") or {}).items() if float(share or 0.0) > 0}
    homes = set(demand.loc[demand["level"] == "household", "class"])
    return (
        bool(asked & {name for name in set(demand["class"]) if str(name).startswith(COMMUNITY)}) and not asked & homes
    )


def counted(demand: Frame, project: Mapping[str, Any]) -> Frame:
    """The demand layer with everybody in the rows of the service that is asked for.

    Rows of shared places hold no `population`, so that sums count everybody once, at home. Where people are served at
    shared places alone, they move there (their `weight`), and the rows of homes hold nobody.
    """
    if not shared_places_only(demand, project):
        return demand
    shared = demand["class"].astype(str).str.startswith(COMMUNITY).to_numpy(bool)
    homes = (demand["level"] == "household").to_numpy(bool)
    people = demand["population"].to_numpy(float)
    return demand.assign(population=np.where(shared, demand["weight"].to_numpy(float), np.where(homes, 0.0, people)))


def is_cell(demand: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    """Demand rows drawn as areas: polygons; points that hold people (settlements) are not."""
    return np.asarray(demand.geom_type.isin(["Polygon", "MultiPolygon"]).to_numpy(bool))


def is_shadow(demand: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    """Cells of the service by which nobody is counted, which lie over or under those where people are.

    Those of shared places, or, where people are served at such places alone, those of homes.
    """
    level, people = demand["level"], demand["population"].to_numpy(float)
    shared = (level == "community").to_numpy(bool) & is_cell(demand)
    if not (people[shared] > 0).any():
        return np.asarray(shared)
    return np.asarray(is_cell(demand) & (level == "household").to_numpy(bool))


def today_unknown(demand: pd.DataFrame, project: Mapping[str, Any]) -> bool:
    """Whether nobody counts as served today only because the data do not say who is: none is, and the project names no
    layer of service.

    Args:
        demand: the demand layer (`baseline_share`).
        project: the merged project of the scenario.
    """
    return not (project.get("existing") or {}).get("service") and not (demand["baseline_share"] > 0).any()


def beside(demand: pd.DataFrame, project: Mapping[str, Any]) -> tuple[str, ...]:
    """Classes that are asked for, and so are in the cost, without a count of people of their own: schools and clinics,
    sensors, shared places beside service at home. A cost per person is a little too high by them.

    Args:
        demand: the demand layer, as it is or as `counted` leaves it.
        project: the merged project of the scenario.
    """
    asked = {str(name) for name, share in (project.get("targets") or {}).items() if float(share or 0.0) > 0}
    people = counted(demand, project).groupby("class")["population"].sum()
    if not (people > 0).any():
        return ()
    return tuple(sorted(str(name) for name, amount in people.items() if name in asked and not amount > 0))
