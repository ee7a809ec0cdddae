"""Costs of the project as a whole: what is paid whatever is built, here the fees for spectrum."""

from __future__ import annotations

import pandas as pd

from netplan.catalogue.schema import HELD
from netplan.costs import ITEM_COLUMNS, OPERATOR, Economics
from netplan.project.economics import SpectrumFees
from netplan.tables import Demand

LICENCE, FEE = "spectrum licence", "spectrum fee"


def project_items(
    spectrum: SpectrumFees | None, demand: Demand, economics: Economics, holders: int = 1
) -> pd.DataFrame:
    """Items (ITEM_COLUMNS) that no choice of the planner changes: a constant on every plan's cost and bound.

    Fees for spectrum are transfers from society's perspective. An operator holds the stated MHz for the heads of the
    area (or those stated): a sum once per licence term, renewed within the horizon, and a sum each year,
    both in full from the start however slowly the network is rolled out. `holders`: operators of the plan; each holds
    as much, with one network for all of them as with networks of their own.
    """
    empty = pd.DataFrame({name: pd.Series(dtype=object) for name in ITEM_COLUMNS})
    if spectrum is None or economics.perspective != OPERATOR:
        return empty
    # rows of facilities and of shared places have a population of 0, so everybody is counted once
    heads = float(demand.points["population"].sum()) if spectrum.heads is None else spectrum.heads
    held = holders * spectrum.mhz * heads
    once = held * economics.spectrum_per_mhz_head + holders * spectrum.lump_sum
    yearly = held * spectrum.per_mhz_head_year + holders * spectrum.per_year
    lines = [(LICENCE, once, 0.0, economics.spectrum_licence_years), (FEE, 0.0, yearly, float("nan"))]
    rows = [
        {
            "row_id": name,
            "item": name,
            "category": HELD,
            "quantity": held if held > 0 else 1.0,
            "unit": "MHz-head" if held > 0 else "unit",
            "capex": capex,
            "opex_per_year": opex,
            "life_years": life,
            "npv": float(economics.npv(capex, opex, life, HELD)),
        }
        for name, capex, opex, life in lines
        if capex > 0 or opex > 0
    ]
    return pd.DataFrame(rows, columns=ITEM_COLUMNS) if rows else empty
