"""A spreadsheet by hand: the cash flow of one asset, a column a year, as a finance clerk would write it.

It knows whole lives only, and shares nothing with the package.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Asset:
    """One asset and the terms it is bought on; money in prices of year 0."""

    capex: float
    opex: float
    life: int | None
    years: int
    rate: float
    residual: bool = True
    rollout: tuple[float, ...] = (1.0,)
    growth: float = 0.0
    capex_markup: float = 0.0
    opex_markup: float = 0.0
    tax: float = 0.0
    cash: list[float] = field(default_factory=list)

    def sheet(self) -> list[float]:
        """Net payment at t = 0 … years."""
        cash = [0.0] * (self.years + 1)
        price = self.capex * (1 + self.capex_markup)
        book = 0.0
        units: list[tuple[int, int, float, float]] = []  # bought, worn out, share, write-off a year
        for year in range(self.years):
            built = self.rollout[year] if year < len(self.rollout) else 0.0
            again = sum(share for bought, worn, share, _ in units if self.life and worn == year)
            for share in (built, again):
                if share:
                    worn = year + self.life if self.life else self.years
                    units.append((year, worn, share, price * share / (worn - year)))
                    cash[year] += price * share
                    book += price * share
            written_off = sum(each for bought, worn, _, each in units if bought <= year < worn)
            book -= written_off
            cash[year + 1] -= self.tax * written_off
        if self.residual:
            cash[self.years] -= book
        else:
            cash[self.years] -= self.tax * book
        for year in range(1, self.years + 1):
            built = sum(self.rollout[:year])
            paid = self.opex * built * (1 + self.growth) ** year * (1 + self.opex_markup)
            cash[year] += paid - self.tax * paid
        return cash

    def npv(self) -> float:
        """Discounted by dividing again and again, as a sheet's NPV does."""
        worth = 0.0
        for paid in reversed(self.sheet()):
            worth = worth / (1 + self.rate) + paid
        return worth
