"""`cashflow.csv`: what the plan pays in each year, by category and kind of payment."""

from __future__ import annotations

import numpy as np
import pandas as pd

from netplan.cashflow import Flow, capex_flows, opex_flows
from netplan.costs import Economics

CASHFLOW_FILE = "cashflow.csv"
CASHFLOW_COLUMNS = ["year", "category", "kind", "amount", "discount_factor", "present_value"]


def cash_flow(costs: pd.DataFrame, economics: Economics) -> pd.DataFrame:
    """Payments of all items of a plan: CASHFLOW_COLUMNS, by year, category and kind. Σ present_value is the objective.

    `year` counts from the start of the plan (0: at once; yearly costs at the end of their year; not whole where an
    asset's life is not), `amount` is in prices of the price year, income and relief from tax negative; `kind`:
    investment | replacement | residual value | operation | duty and tax | tax relief.

    Args:
        costs: `category, capex, opex_per_year, life_years` of every item.
        economics: how money is valued.
    """
    rows: list[pd.DataFrame] = []

    def add(flows: list[Flow], category: str, unit: float) -> None:
        for flow in flows:
            rows.append(pd.DataFrame({"year": flow.time, "category": category, "kind": flow.kind,
                                      "amount": flow.amount * unit}))  # fmt: skip

    for category, items in costs.groupby("category", sort=True):
        terms = economics.terms(str(category))
        add(opex_flows(terms), str(category), float(items["opex_per_year"].sum()))
        lives = items["life_years"].astype(float).where(lambda life: np.isfinite(life), np.inf)
        for life, capex in items["capex"].groupby(lives).sum().items():
            add(capex_flows(float(str(life)), terms), str(category), float(capex))
    if not rows:
        return pd.DataFrame({name: pd.Series(dtype=float) for name in CASHFLOW_COLUMNS})
    table = pd.concat(rows, ignore_index=True)
    table = table.loc[table["amount"] != 0.0]
    table["year"] = table["year"].round(6) + 0.0
    table = table.groupby(["year", "category", "kind"])["amount"].sum().reset_index()
    table["discount_factor"] = (1.0 + economics.discount_rate) ** -table["year"]
    table["present_value"] = table["amount"] * table["discount_factor"]
    return table[CASHFLOW_COLUMNS]
