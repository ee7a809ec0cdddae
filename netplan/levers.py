"""Levers that a plan makes use of: whose assets it stands on, and which models of operators are in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Use:
    """How much of what one lever opens is in a plan; nothing of either where the lever is a model of operators."""

    sites: int
    km: float


def levers_used(
    sites: pd.DataFrame, links: pd.DataFrame, catalogue: Mapping[str, Any], models: Iterable[str] = ()
) -> dict[str, Use]:
    """Levers without which the plan could not stand, by id; empty where it stands on its own.

    A class of ground with a lever of its own is not among them: which ground a link crosses is not written.

    Args:
        sites: of the plan (`structure`).
        links: of the plan (`medium, length_m`).
        catalogue: section -> id -> entry, as the plan's settings hold it.
        models: operator models in force.
    """
    count = _opened_by(sites["structure"], catalogue, "structures").value_counts()
    km = (links["length_m"] / 1000.0).groupby(_opened_by(links["medium"], catalogue, "media")).sum()
    found = {*count.index, *km.index, *map(str, models)} - {""}
    return {key: Use(int(count.get(key, 0)), float(km.get(key, 0.0))) for key in sorted(found)}


def _opened_by(kinds: pd.Series, catalogue: Mapping[str, Any], section: str) -> pd.Series:
    """The lever that opens each row's kind; '' where none has to."""
    entries = catalogue.get(section) or {}
    return kinds.map({kind: str(entries.get(kind, {}).get("lever") or "") for kind in kinds.unique()})
