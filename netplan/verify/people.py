"""Whom a demand row counts: everybody once, at home or at the shared place that is asked for instead."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from netplan.verify.reading import Written


def people_of(written: Written) -> npt.NDArray[np.float64]:
    """Whom each row counts: people at home; where targets name shared places and no homes, people at those places."""
    demand = written.demand
    asked = {name for name, share in (written.project.get("targets") or {}).items() if share}
    homes = set(demand.loc[demand["level"] == "household", "class"])
    at_places = demand["class"].astype(str).str.startswith("community_")
    if asked & homes or not asked & set(demand.loc[at_places, "class"]):
        return np.asarray(demand["population"], dtype=float)
    return np.where(at_places, np.asarray(demand["weight"], dtype=float), 0.0)
