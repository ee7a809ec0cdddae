"""The key `economics` of a project: how money over time is valued, who pays taxes, what subscribers bring."""

from __future__ import annotations

import math
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from netplan.catalogue.schema import CO_BENEFIT, Category

OTHER = "other"
Rate = Annotated[float, Field(ge=0, lt=1)]
Part = Annotated[float, Field(ge=0, le=1)]
CATEGORIES = (*get_args(Category), CO_BENEFIT)
"""Categories of cost: those of the catalogue and the worth of co-benefits that a project states."""
SUM_TOLERANCE = 1e-6


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Wacc(_Section):
    """Weighted average cost of capital, built up: equity_share·cost_of_equity + (1 − equity_share)·cost_of_debt·(1 −
    profit tax), then brought to real terms with the inflation of the currency that the two costs are quoted in."""

    equity_share: Part
    """Equity over equity and debt."""
    cost_of_equity: float = Field(gt=0, lt=1)
    """Nominal, after tax."""
    cost_of_debt: float = Field(ge=0, lt=1)
    """Nominal, before tax."""
    inflation: float = Field(default=0.0, gt=-0.2, lt=1)
    """Taken off the nominal rates: money here is of one price year."""

    def real(self, profit_tax: float) -> float:
        """The real rate after tax."""
        debt = (1.0 - self.equity_share) * self.cost_of_debt * (1.0 - profit_tax)
        nominal = self.equity_share * self.cost_of_equity + debt
        return (1.0 + nominal) / (1.0 + self.inflation) - 1.0


class SpectrumFees(_Section):
    """What an operator pays for its spectrum, whatever is built: counted from the operator's perspective alone. Of
    several `operators` each holds as much, with a network of its own as with one for all."""

    mhz: float = Field(default=0.0, ge=0)
    """Licensed spectrum held, both directions together."""
    heads: float | None = Field(default=None, gt=0)
    """People that the fee counts; default: those of the area."""
    per_mhz_head: float | None = Field(default=None, ge=0)
    """Paid once per licence term, in the project's currency; default: the catalogue's figure."""
    per_mhz_head_year: float = Field(default=0.0, ge=0)
    """Paid each year."""
    lump_sum: float = Field(default=0.0, ge=0)
    """Paid once per licence term besides."""
    per_year: float = Field(default=0.0, ge=0)
    """Paid each year besides."""
    licence_years: float | None = Field(default=None, gt=0)
    """Term after which the sum is paid anew; default: that of the catalogue."""


class EconomicsSpec(_Section):
    currency: str = "USD"
    """Code of the currency of every sum."""
    units_per_usd: float = Field(default=1.0, gt=0)
    """Project currency per USD; the catalogue is in USD."""
    price_year: int = 2025
    """Year whose prices every sum is in."""
    discount_rate: float | None = Field(default=None, ge=0, lt=1)
    """Real, per year. Default: the catalogue's social rate for `society`, its WACC for `operator`."""
    wacc: Wacc | None = None
    """The operator's rate built up; it goes before `discount_rate` from the operator's perspective."""
    years: int | None = Field(default=None, ge=1, le=50)
    """Horizon; default: that of the catalogue."""
    residual: bool = True
    """Whether what is left of assets at the end counts, straight-line."""
    perspective: Literal["society", "operator"] = "society"
    """society: rents, fees to the state, duties and taxes are transfers and do not count; operator: they do."""
    rollout: tuple[float, ...] = (1.0,)
    """Share of every asset built at t = 0, 1, 2 … years; yearly costs and revenue start when it is built."""
    opex_growth_per_year: float | dict[str, float] = 0.0
    """Real growth of yearly costs, one rate or by category (`other`: the categories not named)."""
    import_duty: float = Field(default=0.0, ge=0, le=2)
    """On the imported part of capex. Catalogue prices are before duty and VAT."""
    import_share: dict[str, Part] = Field(default_factory=dict)
    """Category -> imported part of its capex, in place of the catalogue's."""
    vat: Rate = 0.0
    """Rate of value-added tax on what is bought."""
    vat_recoverable: bool = True
    """Operators registered for VAT get back what they pay; else it is a cost to them."""
    profit_tax: Rate = 0.0
    """On operators' profits. Yearly costs and straight-line depreciation lower the tax, revenue is taxed; losses are
    taken to be set against profits made elsewhere."""
    spectrum: SpectrumFees | None = None
    """Fees for the spectrum held; from an operator's perspective."""
    arpu_per_month: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    """Class of demand -> revenue of one subscribing premises in a month, before VAT, in the project's currency."""
    network_share: Part | None = None
    """Part of the revenue that is left for the network planned here."""
    leak_value_per_km_year: float = Field(default=0.0, ge=0)
    """What a kilometre of cable in a pipe is worth a year because it hears leaks, in the project's currency; the
    catalogue's `co_benefits` say what was found elsewhere. It is taken off the cost of links in pipes, of each
    kilometre at most what the cable itself costs there, so no link ever costs less than nothing. Society gains it
    whoever owns the pipe; from an operator's perspective give what the utility pays for it. Where operators plan alone
    each plan counts it by its market share: two cables in one main hear the same leak."""
    gni_per_head: float | None = Field(default=None, gt=0)
    """Gross national income per head and year, in the project's currency: affordability is judged by it."""
    affordable_share: float | None = Field(default=None, gt=0, le=1)
    """Share of income that service may cost; default: that of the catalogue."""

    @field_validator("rollout")
    @classmethod
    def _whole(cls, shares: tuple[float, ...]) -> tuple[float, ...]:
        if any(not math.isfinite(share) or share < 0 for share in shares):
            raise ValueError("give shares of 0 or more, one a year from t = 0")
        total = sum(shares)
        if abs(total - 1.0) > SUM_TOLERANCE:
            raise ValueError(f"the shares add up to {total:g}: make them add up to 1")
        return tuple(share / total for share in shares)

    @field_validator("opex_growth_per_year")
    @classmethod
    def _growth(cls, given: float | dict[str, float]) -> float | dict[str, float]:
        rates = given if isinstance(given, dict) else {OTHER: given}
        _known(rates, (*CATEGORIES, OTHER))
        for name, rate in rates.items():
            if not -0.5 < rate < 0.5:
                raise ValueError(f"{name}: {rate:g} a year; give a real rate between -0.5 and 0.5")
        return given

    @field_validator("import_share")
    @classmethod
    def _imports(cls, given: dict[str, float]) -> dict[str, float]:
        _known(given, CATEGORIES)
        return given

    @model_validator(mode="after")
    def _ends_in_time(self) -> EconomicsSpec:
        if self.years is not None and len(self.rollout) > self.years:
            raise ValueError(f"rollout has {len(self.rollout)} years, the horizon {self.years}: build within it")
        return self

    def growth(self) -> dict[str, float]:
        """Growth of yearly costs by category."""
        given = self.opex_growth_per_year
        return dict(given) if isinstance(given, dict) else ({OTHER: given} if given else {})


def _known(given: dict[str, float], known: tuple[str, ...]) -> None:
    for name in given:
        if name not in known:
            raise ValueError(f"no category `{name}`; use {', '.join(known)}")
