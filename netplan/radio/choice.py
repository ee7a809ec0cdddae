"""Of several media that could do the same job, which are worth offering to the planner."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from netplan.catalogue.schema import Medium
from netplan.tables import FloatArray

BOTHER = 1.2
"""A dearer medium that carries less than this many times more than a cheaper one at the same place is left out."""


def reach_m(medium: Medium) -> float:
    """Longest link, infinite when the entry states none."""
    return np.inf if medium.max_length_m is None else medium.max_length_m.value


def _price(medium: Medium) -> tuple[float, ...]:
    """Catalogue capex and yearly cost of one link, without and with transfers, for comparing media only."""
    lines = [[line for line in medium.costs if with_transfers or not line.transfer] for with_transfers in (False, True)]
    capex = [sum(line.capex.value for line in kept if line.capex is not None) for kept in lines]
    opex = [sum(line.opex_per_year.value for line in kept if line.opex_per_year is not None) for kept in lines]
    return (*capex, *opex)


def worth_offering(media: list[Medium], capacity_mbps: FloatArray) -> npt.NDArray[np.bool_]:
    """(places, media): carries something, and no medium that costs no more does nearly as well at that place.

    In a tie of price the medium with the shorter reach stays, then the first by id.

    Args:
        media: in the order of the columns.
        capacity_mbps: (places, media), 0 where a medium is not possible.
    """
    useful = capacity_mbps > 0
    prices = [_price(medium) for medium in media]
    for m, medium in enumerate(media):
        for other_m, other in enumerate(media):
            if other_m == m or any(t > o for t, o in zip(prices[other_m], prices[m], strict=True)):
                continue
            ours, its = capacity_mbps[:, m], capacity_mbps[:, other_m]
            if prices[m] == prices[other_m]:
                first = (reach_m(other), other.id) < (reach_m(medium), medium.id)
                beaten = (its >= ours) if first else (its > ours)
            else:
                beaten = its * BOTHER > ours
            useful[:, m] &= ~(beaten & (its > 0))
    return useful
