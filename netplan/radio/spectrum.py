"""Options of one site that would radiate on one carrier: a mast has each block of spectrum once."""

from __future__ import annotations

import pandas as pd

from netplan.catalogue.schema import Catalogue, Technology
from netplan.radio.serve import carriers_of


def carriers_mhz(technology: Technology) -> frozenset[float]:
    """Carriers that a technology needs for itself on a mast.

    None for what is not cellular (unlicensed bands hold many channels) and for what serves only sensors (it runs
    inside, or in the guard band of, a carrier of another).
    """
    if technology.kind != "cellular" or set(technology.serves) <= {"iot"}:
        return frozenset()
    return frozenset(radio.frequency_mhz.value for radio in carriers_of(technology))


def exclusive_options(table: pd.DataFrame, catalogue: Catalogue) -> tuple[tuple[str, ...], ...]:
    """Groups of option ids of which one at most may be on, sorted: those of a site that share a carrier."""
    offered = sorted(set(table["technology"]))
    users: dict[float, list[str]] = {}
    for key in offered:
        for mhz in carriers_mhz(catalogue.technologies[key]):
            users.setdefault(mhz, []).append(key)
    groups: set[tuple[str, ...]] = set()
    for keys in users.values():
        if len(keys) > 1:
            here = table[table["technology"].isin(keys) & (table["site_id"] != "")]
            groups |= {tuple(sorted(ids)) for _, ids in here.groupby("site_id").groups.items() if len(ids) > 1}
    return tuple(sorted(groups))
