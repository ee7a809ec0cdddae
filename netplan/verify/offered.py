"""Rules of capacity: a link carries at most, and states exactly, what its medium offers."""

from __future__ import annotations

from typing import Any

import numpy as np

from netplan.verify.finding import Finding, where
from netplan.verify.reading import Written

LOAD_TOLERANCE_MBPS = 1e-3
RELATIVE = 1e-6


def check_capacity(written: Written) -> list[Finding]:
    """No link carries more than it states, and it states a capacity of its medium.

    That is the one of the catalogue, none where the catalogue sets no limit, and of a radio the rate of one of its
    modulations. More than one radio between two sites are as many links. Which modulation holds on a hop follows from
    terrain and climate, which are not worked out again here: a slower one than the path allows goes unnoticed.
    """
    links = written.links
    limit = links["capacity_mbps"].fillna(np.inf).to_numpy(float)
    load = links["load_mbps"].to_numpy(float)
    over = load > limit * (1 + RELATIVE) + LOAD_TOLERANCE_MBPS
    ids = links["link_id"]
    offers = [_offers(written.entry("media", str(medium))) for medium in links["medium"]]
    wrong = [not np.isclose(each, of, rtol=RELATIVE, atol=0.0).any() for each, of in zip(limit, offers, strict=True)]
    return [
        *where(over, "capacity", "links", ids, load, limit),
        *where(load < 0, "capacity", "links", ids, load, "a load of at least 0"),
        *where(wrong, "capacity", "links", ids, limit, [" or ".join(f"{rate:g}" for rate in of) for of in offers]),
        *_too_long(written),
    ]


def _offers(medium: dict[str, Any]) -> list[float]:
    """What a link of the medium may carry (Mbit/s, infinite without a limit)."""
    radio = medium.get("fixed")
    if radio:
        return [float(step["rate_mbps"]["value"]) for step in radio["modulations"]]
    stated = medium.get("capacity_mbps")
    return [np.inf if stated is None else float(stated["value"])]


def _too_long(written: Written) -> list[Finding]:
    """No hop is longer than its medium reaches."""
    links = written.links
    media = [written.entry("media", str(medium)) for medium in links["medium"]]
    most = np.array([
        float(m["max_length_m"]["value"]) if m.get("kind") == "microwave" and m.get("max_length_m") else np.inf
        for m in media
    ])  # fmt: skip
    length = links["length_m"].to_numpy(float)
    return where(length > most * 1.01 + 1.0, "length", "links", links["link_id"], length, most)
