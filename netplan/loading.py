"""How many radio systems a mast of others takes (what its layer says, else what the lever of co-location does), and how
many dishes a pole or roof."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from netplan.catalogue.schema import Lever, Structure


def systems_limit(sites: pd.DataFrame, levers: Mapping[str, Lever]) -> pd.Series:
    """Whole number of systems that a plan may mount on each site, inf where nothing limits them; by the index of sites.

    Args:
        sites: `lever` (id or ''), and `max_systems` (NaN: the layer does not say) where the table has it.
        levers: by id.
    """
    usual = {key: lever.loading.max_systems.value for key, lever in levers.items() if lever.loading is not None}
    lever = sites["lever"].map(usual).astype(float)
    stated = sites["max_systems"].astype(float) if "max_systems" in sites else pd.Series(np.nan, index=sites.index)
    return pd.Series(np.floor(stated.fillna(lever).fillna(np.inf).to_numpy(float)), index=sites.index)


def dishes_limit(sites: pd.DataFrame, structures: Mapping[str, Structure]) -> pd.Series:
    """Whole number of dishes of hops that each site carries, inf where nothing limits them; by the index of sites.

    Args:
        sites: `structure` (id).
        structures: by id.
    """
    most = {key: entry.max_dishes.value for key, entry in structures.items() if entry.max_dishes is not None}
    stated = sites["structure"].map(most).astype(float).fillna(np.inf)
    return pd.Series(np.floor(stated.to_numpy(float)), index=sites.index)
