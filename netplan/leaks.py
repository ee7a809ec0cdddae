"""What cable in pipes is worth because it hears leaks: a negative item on every link that runs in one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from netplan.cashflow import opex_factor
from netplan.catalogue.schema import CO_BENEFIT, Medium
from netplan.costs import ITEM_COLUMNS, Economics


@dataclass(frozen=True)
class Credit:
    """The worth of one kilometre of cable of a medium."""

    item: str
    per_km_year: float
    """Counted, in the project's currency."""
    capped: bool
    """Whether the stated value is higher than what a kilometre of the cable costs, which is the most that counts."""


def credit_of(medium: Medium, economics: Economics) -> Credit | None:
    """What a kilometre of cable of this medium is credited with; None where it hears no leaks or they have no value.

    At most what the lines `per: km` of the medium cost on its cheapest ground: the sum of a link's items is never
    below zero, and the credit stays proportional to length, as contraction of the graph needs.
    """
    if economics.leak_value_per_km_year <= 0 or not medium.co_benefits:
        return None
    ground = min([1.0, *(each.multiplier.value for each in medium.grounds.values())])
    cost = 0.0
    for line in medium.costs:
        if line.per == "km" and economics.counts(line):
            life = np.nan if line.life_years is None else line.life_years.value
            capex, opex = ground * economics.price(line.capex), economics.price(line.opex_per_year)
            cost += float(economics.npv(capex, opex, life, line.category))
    factor = opex_factor(economics.terms(CO_BENEFIT))
    most = max(cost, 0.0) / factor if factor > 0 else 0.0
    value = min(economics.leak_value_per_km_year, most)
    item = "; ".join(dict.fromkeys(benefit.item for benefit in medium.co_benefits))
    return Credit(item, value, value < economics.leak_value_per_km_year)


def credit_items(row_ids: npt.ArrayLike, km: npt.ArrayLike, credit: Credit, economics: Economics) -> pd.DataFrame:
    """One item of yearly cost below zero for each row with a length. Frame with ITEM_COLUMNS.

    Args:
        row_ids: n ids.
        km: n lengths.
    """
    length = np.asarray(km, float)
    keep = length > 0
    yearly = -credit.per_km_year * length[keep]
    return pd.DataFrame(
        {
            "row_id": np.asarray(row_ids, object)[keep],
            "item": credit.item,
            "category": CO_BENEFIT,
            "quantity": length[keep],
            "unit": "km",
            "capex": 0.0,
            "opex_per_year": yearly,
            "life_years": np.nan,
            "npv": economics.npv(0.0, yearly, np.nan, CO_BENEFIT),
        }
    )[ITEM_COLUMNS]
