"""Which masts already carry equipment that a technology upgrades: an upgrade needs less than a new installation."""

from __future__ import annotations

import re
from typing import get_args

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from netplan.catalogue.names import technology_names
from netplan.catalogue.schema import Catalogue, CostItem, Generation, Technology
from netplan.radio.places import ONE_PLACE_M, ONE_TOWER_M, places

BoolArray = npt.NDArray[np.bool_]
OWN = "existing"
"""Status of the planner's own structures: another owner's equipment is not there to be upgraded."""


def upgraded(technology: Technology, sites: gpd.GeoDataFrame, catalogue: Catalogue) -> BoolArray:
    """Whether the technology would upgrade what stands on each site, shape (n,).

    The column `technologies` of the sites says what stands there: ids of the catalogue or generations (2G … 5G),
    separated by anything else. Without it, nothing is known to stand there.
    """
    wanted = set(technology.upgrades)
    stated = _stated(sites, ONE_TOWER_M) if wanted else [""] * len(sites)
    known = {text: bool(wanted & generations_in(text, catalogue)) for text in set(stated)}
    return np.array([known[text] for text in stated], dtype=bool)


def standing(technology: Technology, sites: gpd.GeoDataFrame, catalogue: Catalogue) -> BoolArray:
    """Whether the technology itself stands at the place of each site, by id or alias, shape (n,).

    Its spectrum is in use there and counts to what is served today: it cannot be sold a second time.
    """
    return np.array([technology.id in ids for ids in standing_ids(sites, catalogue)], dtype=bool)


def standing_ids(sites: gpd.GeoDataFrame, catalogue: Catalogue) -> tuple[tuple[str, ...], ...]:
    """Ids of the technologies that stand at the place of each of n sites of the planner's own, on any of its own."""
    return technology_names(_stated(sites, ONE_PLACE_M), catalogue, "", sited=True).ids


def _stated(sites: gpd.GeoDataFrame, within_m: float) -> list[str]:
    """What stands on each site of the planner's own; those in one place (`places`) are said to have all of it."""
    if "technologies" not in sites or "status" not in sites:
        return [""] * len(sites)
    own = np.flatnonzero(sites["status"] == OWN)
    texts = sites["technologies"].fillna("").astype(str).to_numpy(object)[own]
    place = places(sites[["x_m", "y_m"]].to_numpy(float)[own], within_m)
    at: dict[int, set[str]] = {}
    for where, text in zip(place.tolist(), texts, strict=True):
        at.setdefault(where, set()).add(str(text))
    stated = [""] * len(sites)
    for row, where in zip(own.tolist(), place.tolist(), strict=True):
        stated[row] = "; ".join(sorted(at[where] - {""}))
    return stated


def generations_in(text: str, catalogue: Catalogue) -> set[str]:
    """Generations that a list of technologies names, e.g. `{"2G", "4G"}` of an id of the 2G kind and `4g`."""
    words = re.findall(r"[A-Za-z0-9-]+", text)
    named = {word.upper() for word in words} & set(get_args(Generation))
    return named | {catalogue.generations[word.lower()] for word in words if word.lower() in catalogue.generations}


def lines_for(costs: tuple[CostItem, ...], upgrade: bool) -> tuple[CostItem, ...]:
    """The cost lines charged for an upgrade, or for new equipment."""
    return tuple(line for line in costs if line.charged in ("always", "upgrade" if upgrade else "new"))
