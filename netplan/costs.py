"""Priced items: from catalogue lines to rows of money, and their present value.

One table shape everywhere: `row_id, item, category, quantity, unit, capex, opex_per_year, life_years, npv`,
money in the project's currency and price year. The audit in `verify` has its own arithmetic and does not
import this module.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from netplan.catalogue.schema import CostItem, Quantity

ITEM_COLUMNS = ["row_id", "item", "category", "quantity", "unit", "capex", "opex_per_year", "life_years", "npv"]


@dataclass(frozen=True)
class Economics:
    """How money over time is valued (see the project file's `economics`)."""

    currency: str
    price_year: int
    discount_rate: float
    years: int
    residual: bool
    perspective: str
    """society (rents are transfers and do not count) or operator."""
    escalation_per_year: float
    units_per_usd: float = 1.0
    """Project currency per USD, for a catalogue written in USD."""

    def price(self, quantity: Quantity | None) -> float:
        """A catalogue price in the project's currency and price year (0 if absent)."""
        if quantity is None:
            return 0.0
        year = self.price_year if quantity.year is None else quantity.year
        return float(quantity.value * self.units_per_usd * (1.0 + self.escalation_per_year) ** (self.price_year - year))

    def npv(
        self, capex: npt.ArrayLike, opex_per_year: npt.ArrayLike, life_years: npt.ArrayLike
    ) -> npt.NDArray[np.float64]:
        """Present value of items: capex now, opex at the end of each year, replacements, less residual.

        PV = capex + Σ_{t=1..T} opex/(1+r)^t + capex·Σ_{k·life<T} (1+r)^(-k·life) − residual/(1+r)^T, where the
        residual is the straight-line value at T of the last unit bought. `life_years` inf or NaN: never
        replaced and worth nothing at the end.
        """
        capex_, opex_, life_ = np.broadcast_arrays(
            np.asarray(capex, float), np.asarray(opex_per_year, float), np.asarray(life_years, float)
        )
        r, years = self.discount_rate, self.years
        annuity = years if r == 0 else (1.0 - (1.0 + r) ** -years) / r
        factor = np.ones(capex_.shape)
        for life in np.unique(life_[np.isfinite(life_)]):
            if life <= 0:
                raise ValueError(f"life_years must be positive, found {life}")
            bought = np.arange(0.0, years, life)
            value = float(((1.0 + r) ** -bought).sum())
            if self.residual:
                value -= (1.0 - (years - bought[-1]) / life) * (1.0 + r) ** -years
            factor[life_ == life] = value
        return np.asarray(capex_ * factor + opex_ * annuity)

    def counts(self, item: CostItem) -> bool:
        """Whether this item is a cost from the project's perspective."""
        return self.perspective == "operator" or not item.transfer


def price_items(
    row_ids: npt.ArrayLike,
    costs: tuple[CostItem, ...],
    quantities: dict[str, npt.ArrayLike],
    economics: Economics,
    multiplier: npt.ArrayLike = 1.0,
) -> pd.DataFrame:
    """Price catalogue lines for many rows at once.

    Args:
        row_ids: n ids.
        costs: catalogue lines; those whose `per` is not in `quantities` are left out, `unit` counts 1.
        quantities: `per` -> n quantities (a scalar serves all rows).
        economics: price year, currency, discounting.
        multiplier: n factors (or one) on capex, e.g. of the ground.

    Returns:
        Frame with ITEM_COLUMNS, one row per id and line with a quantity above zero.
    """
    ids = np.asarray(row_ids, dtype=object)
    frames = []
    for line in costs:
        if not economics.counts(line) or (line.per != "unit" and line.per not in quantities):
            continue
        quantity = np.broadcast_to(np.asarray(quantities.get(line.per, 1.0), float), ids.shape)
        factor = np.broadcast_to(np.asarray(multiplier, float), ids.shape)
        keep = quantity > 0
        life = np.nan if line.life_years is None else line.life_years.value
        capex = (quantity * factor * economics.price(line.capex))[keep]
        opex = (quantity * economics.price(line.opex_per_year))[keep]
        frames.append(
            pd.DataFrame(
                {
                    "row_id": ids[keep],
                    "item": line.item,
                    "category": line.category,
                    "quantity": quantity[keep],
                    "unit": line.per,
                    "capex": capex,
                    "opex_per_year": opex,
                    "life_years": life,
                    "npv": economics.npv(capex, opex, life),
                }
            )
        )
    if not frames:
        return pd.DataFrame(
            {
                column: pd.Series(dtype=object if column in ("row_id", "item", "category", "unit") else float)
                for column in ITEM_COLUMNS
            }
        )
    return pd.concat(frames, ignore_index=True)


def total_by_row(items: pd.DataFrame, row_ids: pd.Index, column: str = "npv") -> npt.NDArray[np.float64]:
    """Sum of a money column per row id, 0 where a row has no item. Shape: len(row_ids)."""
    sums = items.groupby("row_id")[column].sum()
    return np.asarray(sums.reindex(row_ids).fillna(0.0).to_numpy(float))
