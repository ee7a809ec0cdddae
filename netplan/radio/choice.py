"""Of several media that could do the same job, which are worth offering to the planner."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from netplan.catalogue.schema import Medium
from netplan.costs import Economics, unit_npv
from netplan.tables import FloatArray

STEP = 2.0
"""Grades of capacity: a dearer medium that does not carry this many times what a cheaper one does is left out."""


def reach_m(medium: Medium) -> float:
    """Longest link, infinite when the entry states none."""
    return np.inf if medium.max_length_m is None else medium.max_length_m.value


Price = tuple[float, ...]


def prices_of(media: list[Medium], economics: Economics | None) -> list[Price]:
    """What `worth_offering` compares of each medium."""
    return [_price(medium, economics) for medium in media]


def _price(medium: Medium, economics: Economics | None) -> Price:
    """Parts of the price of a link, no medium being dearer unless one of them is: per link and per km.

    Present values; without economics what they can be made of, capex and yearly cost, transfers apart.
    """
    parts: list[float] = []
    for per in ("unit", "km"):
        lines = tuple(line for line in medium.costs if line.per == per)
        if economics is not None:
            parts.append(sum(unit_npv(line, economics) for line in lines))
            continue
        for transfer in (False, True):
            group = [line for line in lines if line.transfer == transfer]
            parts.append(sum(line.capex.value for line in group if line.capex is not None))
            parts.append(sum(line.opex_per_year.value for line in group if line.opex_per_year is not None))
    return tuple(parts)


def worth_offering(
    media: list[Medium], capacity_mbps: FloatArray, prices: list[Price], step: float = STEP
) -> npt.NDArray[np.bool_]:
    """(places, media): carries something, and no medium that costs no more does nearly as well at that place.

    In a tie of price the medium with the shorter reach stays, then the first by id.

    Args:
        media: in the order of the columns.
        capacity_mbps: (places, media), 0 where a medium is not possible.
        prices: of the media (`prices_of`); a medium beats another only if no part of its price is higher.
        step: how many times as much a dearer medium must carry; at 1 nothing is lost that a plan could want.
    """
    useful = capacity_mbps > 0
    for m, medium in enumerate(media):
        for other_m, other in enumerate(media):
            if other_m == m or any(t > o for t, o in zip(prices[other_m], prices[m], strict=True)):
                continue
            ours, its = capacity_mbps[:, m], capacity_mbps[:, other_m]
            if prices[m] == prices[other_m]:
                first = (reach_m(other), other.id) < (reach_m(medium), medium.id)
                beaten = (its >= ours) if first else (its > ours)
            else:
                beaten = (its >= ours) | (its * step > ours)
            useful[:, m] &= ~(beaten & (its > 0))
    return useful
