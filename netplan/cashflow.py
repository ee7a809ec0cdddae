"""When money moves: the cash flows behind one unit of capex and one unit of yearly cost, and their present value.

Time is counted in years from the start of the plan, t = 0, at prices of the project's price year; what is bought in
a year is paid at its beginning, yearly costs at the end of each year. The audit has arithmetic of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
INSTANT = 1e-9
"""Years before the horizon within which nothing more is bought: thirds of a decade do not add up to one exactly."""
OTHER = "other"
"""Key of a rate by category that holds for the categories not named."""


@dataclass(frozen=True)
class Terms:
    """What decides when money moves and what it is worth then (see the project file's `economics`)."""

    discount_rate: float
    years: int
    residual: bool
    rollout: tuple[float, ...] = (1.0,)
    """Share of every asset that is bought at t = 0, 1, 2 …; they add up to 1."""
    growth: float = 0.0
    """Real growth of yearly costs: a cost of 1 in prices of t = 0 is (1 + growth)^t at the end of year t."""
    capex_markup: float = 0.0
    """Duty and tax that cannot be recovered, per unit of capex."""
    opex_markup: float = 0.0
    """The same per unit of yearly cost."""
    profit_tax: float = 0.0
    """Rate of the tax on profits that yearly costs and depreciation reduce."""


@dataclass(frozen=True)
class Flow:
    """Payments of one kind per unit of capex or of yearly cost; income and relief are negative."""

    kind: str
    """investment | replacement | residual value | operation | duty and tax | tax relief."""
    time: Floats
    """Years from the start, ascending within a slice; whole unless a life is not."""
    amount: Floats


def slices(terms: Terms) -> Iterator[tuple[int, float]]:
    """Year and share of every part of the roll-out that is bought at all."""
    return ((year, share) for year, share in enumerate(terms.rollout) if share > 0)


def purchases(life_years: float, built: int, years: int) -> Floats:
    """Times at which an asset built in year `built` is bought within the horizon: then, and at the end of each life.

    A life that is infinite or NaN: once.
    """
    if not np.isfinite(life_years):
        return np.array([float(built)])
    if life_years <= 0:
        raise ValueError(f"life_years must be positive, found {life_years}")
    return np.asarray(built + np.arange(0.0, years - built - INSTANT, life_years), float)


def residual_share(life_years: float, last_bought: float, terms: Terms) -> float:
    """Straight-line value left at the horizon of the last unit bought, per unit paid; 0 for what lasts for ever."""
    if not terms.residual or not np.isfinite(life_years):
        return 0.0
    return float(1.0 - (terms.years - last_bought) / life_years)


def capex_flows(life_years: float, terms: Terms) -> list[Flow]:
    """Payments that one unit of capex brings: purchases, residual value, duty and tax on both, relief from tax."""
    flows = []
    for built, share in slices(terms):
        bought = purchases(life_years, built, terms.years)
        left = residual_share(life_years, float(bought[-1]), terms)
        end = np.array([float(terms.years)])
        flows.append(Flow("investment", bought[:1], np.array([share])))
        flows.append(Flow("replacement", bought[1:], np.full(len(bought) - 1, share)))
        flows.append(Flow("residual value", end, np.array([-share * left])))
        if terms.capex_markup:
            paid = np.append(np.full(len(bought), share), -share * left) * terms.capex_markup
            flows.append(Flow("duty and tax", np.append(bought, end), paid))
        if terms.profit_tax:
            when, written_off = depreciation(life_years, bought, terms)
            relief = -terms.profit_tax * share * (1.0 + terms.capex_markup) * written_off
            flows.append(Flow("tax relief", when, relief))
    return [flow for flow in flows if len(flow.time) and flow.amount.any()]


def opex_flows(terms: Terms) -> list[Flow]:
    """Payments that one unit of yearly cost brings: from the year after each slice is built, growing in real terms."""
    flows = []
    for built, share in slices(terms):
        when = np.arange(built + 1.0, terms.years + 1.0)
        paid = share * (1.0 + terms.growth) ** when
        flows.append(Flow("operation", when, paid))
        if terms.opex_markup:
            flows.append(Flow("duty and tax", when, paid * terms.opex_markup))
        if terms.profit_tax:
            flows.append(Flow("tax relief", when, -terms.profit_tax * (1.0 + terms.opex_markup) * paid))
    return [flow for flow in flows if len(flow.time) and flow.amount.any()]


def depreciation(life_years: float, bought: Floats, terms: Terms) -> tuple[Floats, Floats]:
    """Book value written off at the end of each year by one unit bought at each of `bought`: (years, amounts).

    Straight line over the life, over what is left of the horizon for what lasts for ever. With a residual value the
    asset leaves the books at what it is worth; without one the rest is written off at the horizon.
    """
    when = np.arange(1.0, terms.years + 1.0)
    amount = np.zeros(terms.years)
    for start in bought:
        life = life_years if np.isfinite(life_years) else terms.years - start
        used = np.clip(np.minimum(when, start + life) - np.maximum(when - 1.0, start), 0.0, None) / life
        amount += used
        if not terms.residual:
            amount[-1] += 1.0 - used.sum()
    return when, amount


def present(flows: Sequence[Flow], discount_rate: float) -> float:
    """Present value of flows at t = 0."""
    return float(sum(float((flow.amount * (1.0 + discount_rate) ** -flow.time).sum()) for flow in flows))


@lru_cache(maxsize=10_000)
def capex_factor(life_years: float, terms: Terms) -> float:
    """Present value of one unit of capex with all that follows from it."""
    return present(capex_flows(life_years, terms), terms.discount_rate)


@lru_cache(maxsize=1_000)
def opex_factor(terms: Terms) -> float:
    """Present value of one unit of yearly cost over the horizon."""
    return present(opex_flows(terms), terms.discount_rate)


def rate_of(category: str, rates: Mapping[str, float]) -> float:
    """A rate given by category, that of `other` where the category is not named, else 0."""
    return float(rates.get(category, rates.get(OTHER, 0.0)))
