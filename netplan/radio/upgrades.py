"""Which masts already carry equipment that a technology upgrades: an upgrade needs less than a new installation."""

from __future__ import annotations

import re
from typing import get_args

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from netplan.catalogue.schema import Catalogue, CostItem, Generation, Technology

BoolArray = npt.NDArray[np.bool_]
OWN = "existing"
"""Status of the planner's own structures: another owner's equipment is not there to be upgraded."""


def upgraded(technology: Technology, sites: gpd.GeoDataFrame, catalogue: Catalogue) -> BoolArray:
    """Whether the technology would upgrade what stands on each site, shape (n,).

    The column `technologies` of the sites says what stands there: ids of the catalogue or generations (2G … 5G),
    separated by anything else. Without it, nothing is known to stand there.
    """
    if not technology.upgrades or "technologies" not in sites:
        return np.zeros(len(sites), bool)
    wanted = set(technology.upgrades)
    stated = sites["technologies"].fillna("").astype(str).to_numpy(object)
    own = (sites["status"] == OWN).to_numpy(bool) if "status" in sites else np.zeros(len(sites), bool)
    known = {text: bool(wanted & generations_in(text, catalogue)) for text in set(stated)}
    return np.asarray(own & np.array([known[text] for text in stated], dtype=bool))


def generations_in(text: str, catalogue: Catalogue) -> set[str]:
    """Generations that a list of technologies names, e.g. `{"2G", "4G"}` of an id of the 2G kind and `4g`."""
    words = re.findall(r"[A-Za-z0-9-]+", text)
    named = {word.upper() for word in words} & set(get_args(Generation))
    return named | {catalogue.generations[word.lower()] for word in words if word.lower() in catalogue.generations}


def lines_for(costs: tuple[CostItem, ...], upgrade: bool) -> tuple[CostItem, ...]:
    """The cost lines charged for an upgrade, or for new equipment."""
    return tuple(line for line in costs if line.charged in ("always", "upgrade" if upgrade else "new"))
