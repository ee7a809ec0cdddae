"""Hatches of areas: what tells technologies apart where their colours fall into one grey."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

SIGNS = frozenset("|-+\\oO*")
"""Of a pattern, as Matplotlib reads them. Others are signs of the maps: / x . mark the unserved and where nothing may
stand."""
SPARE = (
    "", "||||", "----", "ooo", "\\\\\\\\", "++++", "OO", "**", "|||\\\\\\", "--\\\\\\\\", "|||ooo", "----oo", "||",
    "--", "\\\\", "++", "****",
)  # fmt: skip
"""For entries that state none, one for each in this order; empty: plain."""


def hatches(ids: Iterable[str], entries: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """A hatch for each id, none twice while there are enough: the catalogue's (of two alike the first's) or a spare.

    Args:
        ids: technologies of one map.
        entries: id -> entry of the catalogue, with `hatch` where it states one.
    """
    ordered = sorted(set(ids))
    taken: dict[str, str] = {}
    for key in ordered:
        stated = entries.get(key, {}).get("hatch")
        if isinstance(stated, str) and set(stated) <= SIGNS and stated not in taken.values():
            taken[key] = stated
    for key in ordered:
        if key not in taken:
            free = (each for each in SPARE if each not in taken.values())
            taken[key] = next(free, SPARE[len(taken) % len(SPARE)])
    return taken
