"""Priced items: from catalogue lines to rows of money, and their present value.

One table shape everywhere: `row_id, item, category, quantity, unit, capex, opex_per_year, life_years, npv`,
money in the project's currency and price year. The audit in `verify` has its own arithmetic and does not
import this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from netplan.cashflow import Terms, capex_factor, opex_factor, rate_of
from netplan.catalogue.schema import CO_BENEFIT, HELD, STATE_FEES, CostItem, Quantity

ITEM_COLUMNS = ["row_id", "item", "category", "quantity", "unit", "capex", "opex_per_year", "life_years", "npv"]
OPERATOR = "operator"


@dataclass(frozen=True)
class Economics:
    """How money over time is valued (see the project file's `economics`)."""

    currency: str
    price_year: int
    discount_rate: float
    years: int
    residual: bool
    perspective: str
    """society (rents, duties and taxes are transfers and do not count) or operator."""
    escalation_per_year: float
    units_per_usd: float = 1.0
    """Project currency per USD, for a catalogue written in USD."""
    rollout: tuple[float, ...] = (1.0,)
    """Share of every asset built at t = 0, 1, 2 …; yearly costs start when it is built."""
    opex_growth_per_year: Mapping[str, float] = field(default_factory=dict)
    """Category -> real growth of its yearly costs; `other`: of the categories not named."""
    import_share: Mapping[str, float] = field(default_factory=dict)
    """Category -> part of its capex that is imported."""
    import_duty: float = 0.0
    """Of imports, operator's perspective."""
    vat: float = 0.0
    """That the operator cannot recover, on capex (duty included) and yearly costs; not on fees to the state."""
    profit_tax: float = 0.0
    """Of operators: each unit of yearly cost or depreciation lowers it."""
    arpu_per_month: Mapping[str, float] = field(default_factory=dict)
    """Class of demand -> revenue of one subscribing premises in a month, before VAT, in the project's currency."""
    network_share: float = 1.0
    """Part of that revenue which is left for the network planned here, after core, retail and overheads."""
    gni_per_head: float | None = None
    """Gross national income per head and year; None: affordability is not judged."""
    affordable_share: float = 0.02
    """Part of a month's income per head that a month's service may cost."""

    leak_value_per_km_year: float = 0.0
    """Worth of a kilometre of cable in a pipe and year, off the cost of links there; in the project's currency."""
    spectrum_per_mhz_head: float = 0.0
    """Price of a licence term, in the project's currency."""
    spectrum_licence_years: float = 15.0

    @classmethod
    def of(cls, stated: Mapping[str, Any]) -> Economics:
        """From the `economics` of a resolved.yaml; keys that an older plan lacks take their defaults.

        A plan that says little of it counts one year undiscounted.
        """
        usual = {"currency": "USD", "price_year": 0, "discount_rate": 0.0, "years": 1, "residual": False,
                 "perspective": "society", "escalation_per_year": 0.0}  # fmt: skip
        known = {each.name for each in fields(cls)}
        kept = {key: value for key, value in stated.items() if key in known and value is not None}
        return cls(**{**usual, **kept, "rollout": tuple(kept.get("rollout", (1.0,)))})

    def price(self, quantity: Quantity | None) -> float:
        """A catalogue price in the project's currency and price year (0 if absent)."""
        if quantity is None:
            return 0.0
        year = self.price_year if quantity.year is None else quantity.year
        return float(quantity.value * self.units_per_usd * (1.0 + self.escalation_per_year) ** (self.price_year - year))

    def terms(self, category: str = "") -> Terms:
        """When the money of a category moves and what is added to it."""
        pays = self.perspective == OPERATOR
        vat = self.vat if pays and bears_vat(category) else 0.0
        duty = self.import_duty * self.import_share.get(category, 0.0) if pays else 0.0
        return Terms(
            discount_rate=self.discount_rate,
            years=self.years,
            residual=self.residual,
            rollout=(1.0,) if category == HELD else self.rollout,
            growth=rate_of("spectrum" if category == HELD else category, self.opex_growth_per_year),
            capex_markup=(1.0 + duty) * (1.0 + vat) - 1.0,
            opex_markup=vat,
            profit_tax=self.profit_tax if pays else 0.0,
        )

    def npv(
        self,
        capex: npt.ArrayLike,
        opex_per_year: npt.ArrayLike,
        life_years: npt.ArrayLike,
        category: npt.ArrayLike = "",
    ) -> npt.NDArray[np.float64]:
        """Present value of items, linear in capex and opex: both times a factor of their category and life.

        Each share s_k of the roll-out is bought in year k and again at the end of every life before T; yearly costs
        run from the year after; the straight-line value of the last unit bought comes back at T (all of `HELD` is paid
        from the start, as if s_0 were 1):

        PV = Σ_k s_k [capex (Σ_{k+n·life<T} (1+r)^-(k+n·life) − residual (1+r)^-T) + opex Σ_{t=k+1..T} ((1+g)/(1+r))^t]

        with duty and VAT on top and relief from profit tax off it where the operator pays them. `life_years` inf or
        NaN: never replaced and worth nothing at the end.

        Args:
            capex, opex_per_year, life_years: n numbers each, before duty and tax, or one for all.
            category: n categories of cost, or one for all; '' pays no duty.
        """
        capex_, opex_, life_ = np.broadcast_arrays(
            np.asarray(capex, float), np.asarray(opex_per_year, float), np.asarray(life_years, float)
        )
        kinds = np.broadcast_to(np.asarray(category, object), capex_.shape)
        life_ = np.where(np.isfinite(life_), life_, np.inf)
        value = np.zeros(capex_.shape)
        for kind in set(kinds.ravel()):
            terms = self.terms(str(kind))
            mine = kinds == kind
            yearly = opex_factor(terms)
            for life in np.unique(life_[mine]):
                rows = mine & (life_ == life)
                value[rows] = capex_[rows] * capex_factor(float(life), terms) + opex_[rows] * yearly
        return value

    def counts(self, item: CostItem) -> bool:
        """Whether this item is a cost from the project's perspective."""
        return self.perspective == OPERATOR or not item.transfer


def bears_vat(category: str) -> bool:
    """Whether VAT is due on a cost of this category: fees to the state and what nobody sells are free of it."""
    return category not in (*STATE_FEES, CO_BENEFIT)


def unit_npv(line: CostItem, economics: Economics) -> float:
    """Present value of one unit of a catalogue line; 0 where it is no cost from the project's perspective."""
    if not economics.counts(line):
        return 0.0
    life = np.nan if line.life_years is None else line.life_years.value
    prices = economics.price(line.capex), economics.price(line.opex_per_year)
    return float(economics.npv([prices[0]], [prices[1]], [life], line.category)[0])


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
    factor = np.broadcast_to(np.asarray(multiplier, float), ids.shape)
    parts: list[tuple[npt.NDArray[Any], ...]] = []
    for line in costs:
        if not economics.counts(line) or (line.per != "unit" and line.per not in quantities):
            continue
        quantity = np.broadcast_to(np.asarray(quantities.get(line.per, 1.0), float), ids.shape)
        keep = quantity > 0
        if not keep.any():
            continue
        words = [np.full(keep.sum(), word, dtype=object) for word in (line.item, line.category, line.per)]
        capex = (quantity * factor * economics.price(line.capex))[keep]
        opex = (quantity * economics.price(line.opex_per_year))[keep]
        life = np.full(keep.sum(), np.nan if line.life_years is None else line.life_years.value)
        parts.append((ids[keep], words[0], words[1], quantity[keep], words[2], capex, opex, life))
    if not parts:
        return pd.DataFrame(
            {
                column: pd.Series(dtype=object if column in ("row_id", "item", "category", "unit") else float)
                for column in ITEM_COLUMNS
            }
        )
    columns = dict(zip(ITEM_COLUMNS, (np.concatenate(part) for part in zip(*parts, strict=True)), strict=False))
    columns["npv"] = economics.npv(
        columns["capex"], columns["opex_per_year"], columns["life_years"], columns["category"]
    )
    return pd.DataFrame(columns)


def total_by_row(items: pd.DataFrame, row_ids: pd.Index, column: str = "npv") -> npt.NDArray[np.float64]:
    """Sum of a money column per row id, 0 where a row has no item. Shape: len(row_ids)."""
    sums = items.groupby("row_id")[column].sum()
    return np.asarray(sums.reindex(row_ids).fillna(0.0).to_numpy(float))
