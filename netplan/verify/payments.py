"""The audit's own arithmetic of money over time: what one unit of cost pays in each year, added up in plain loops."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Stream = dict[tuple[float, str], float]
"""(years from the start, kind) -> what is paid then; income and relief from tax negative."""
FREE_OF_VAT = ("spectrum", "licence", "co-benefit")
PAID_IN_FULL = "licence"
"""Category of spectrum that the project holds: due from the start, however slowly the network is rolled out."""
NONE = 1e-12
DUTY, RELIEF = "duty and tax", "tax relief"


def present_values(costs: pd.DataFrame, economics: dict[str, Any]) -> npt.NDArray[np.float64]:
    """Present value of each item (n): its capex and opex times what a unit of each is worth in its category."""
    rate = float(economics["discount_rate"])
    worth: dict[tuple[str, float], tuple[float, float]] = {}
    keys = [(str(c), _life(x)) for c, x in zip(costs["category"], costs["life_years"], strict=True)]
    for category, life in set(keys):
        capex, opex = of_capex(life, category, economics), of_opex(category, economics)
        worth[category, life] = (_worth(capex, rate), _worth(opex, rate))
    unit = np.array([worth[key] for key in keys]).reshape(-1, 2)
    return np.asarray(costs["capex"].to_numpy(float) * unit[:, 0] + costs["opex_per_year"].to_numpy(float) * unit[:, 1])


def payments(costs: pd.DataFrame, economics: dict[str, Any]) -> dict[tuple[float, str, str], float]:
    """(year, category, kind) -> what all items of the category pay then."""
    total: defaultdict[tuple[float, str, str], float] = defaultdict(float)
    lives = costs["life_years"].map(_life)
    for (category, life), items in costs.groupby([costs["category"], lives]):
        pairs = (
            (float(items["capex"].sum()), of_capex(float(str(life)), str(category), economics)),
            (float(items["opex_per_year"].sum()), of_opex(str(category), economics)),
        )
        for amount, stream in pairs:
            for (year, kind), paid in stream.items():
                total[round(year, 6), str(category), kind] += amount * paid
    return dict(total)


def of_capex(life: float, category: str, economics: dict[str, Any]) -> Stream:
    """One unit of capex before duty and tax: bought in slices, again when worn out, written off, sold at the end."""
    years, tax = int(economics["years"]), _paid_by_operator(economics, "profit_tax")
    price = 1.0 + _paid_by_operator(economics, "import_duty") * float(
        economics.get("import_share", {}).get(category, 0)
    )
    price *= 1.0 + _vat(category, economics)
    stream: defaultdict[tuple[float, str], float] = defaultdict(float)
    for start, share in enumerate(_rollout(category, economics)):
        turn = 0
        while share > 0 and (bought := start + (turn * life if turn else 0.0)) < years - 1e-9:
            in_use = life if np.isfinite(life) else years - start
            stream[bought, "replacement" if turn else "investment"] += share
            stream[bought, DUTY] += share * (price - 1.0)
            value = 1.0
            for year in range(1, years + 1):
                worn = max(0.0, min(year, bought + in_use) - max(year - 1, bought)) / in_use
                value -= worn
                stream[year, RELIEF] -= tax * share * price * worn
            if value > NONE and economics["residual"]:
                stream[years, "residual value"] -= share * value
                stream[years, DUTY] -= share * (price - 1.0) * value
            elif value > NONE:
                stream[years, RELIEF] -= tax * share * price * value
            turn += 1
            if not np.isfinite(life):
                break
    return dict(stream)


def of_opex(category: str, economics: dict[str, Any]) -> Stream:
    """One unit of yearly cost: paid at the end of each year for what stands by then."""
    growth = economics.get("opex_growth_per_year") or {}
    named = "spectrum" if category == PAID_IN_FULL else category
    rate = float(growth.get(named, growth.get("other", 0.0)))
    vat, tax = _vat(category, economics), _paid_by_operator(economics, "profit_tax")
    stream: Stream = {}
    standing, price = 0.0, 1.0
    rollout = _rollout(category, economics)
    for year in range(1, int(economics["years"]) + 1):
        standing += rollout[year - 1] if year <= len(rollout) else 0.0
        price *= 1.0 + rate
        stream[year, "operation"] = standing * price
        stream[year, DUTY] = standing * price * vat
        stream[year, RELIEF] = -standing * price * (1.0 + vat) * tax
    return stream


def revenue_worth(economics: dict[str, Any]) -> float:
    """Present value of one unit of revenue a year that is left for the network, as far as subscribers have come."""
    plain = {**economics, "opex_growth_per_year": {}, "vat": 0.0}
    return _worth(of_opex("", plain), float(economics["discount_rate"])) * float(economics.get("network_share", 1.0))


def _rollout(category: str, economics: dict[str, Any]) -> list[float]:
    return [1.0] if category == PAID_IN_FULL else list(economics.get("rollout") or [1.0])


def _worth(stream: Stream, rate: float) -> float:
    return float(sum(paid / (1.0 + rate) ** year for (year, _), paid in stream.items()))


def _life(years: object) -> float:
    life = float(str(years))
    return life if np.isfinite(life) and life > 0 else float("inf")


def _paid_by_operator(economics: dict[str, Any], key: str) -> float:
    return float(economics.get(key, 0.0)) if economics["perspective"] == "operator" else 0.0


def _vat(category: str, economics: dict[str, Any]) -> float:
    return 0.0 if category in FREE_OF_VAT else _paid_by_operator(economics, "vat")
