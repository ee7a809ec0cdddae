"""Rules of the bill of quantities: the items added up, and what one unit of each costs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from netplan.verify.finding import Finding, differs, where
from netplan.verify.reading import Written
from netplan.verify.written_tables import read_table

BILL = "bill_of_quantities.csv"
KEYS = ["category", "item", "unit"]
SUMS = {"quantity": 1e-3, "capex": 1e-2, "opex_per_year": 1e-2, "npv": 1e-2}
"""Column that is a sum of items -> the last place it is written to."""


def check_bill(written: Written) -> list[Finding]:
    """The bill has one row for each category, item and unit, with the sums of the items and the cost of a unit.

    The workbook beside it is the same bill with formulas; it is made from the plan and not audited.
    """
    table, findings = read_table(written, BILL, {*KEYS, *SUMS, "unit_cost"})
    if table is None:
        return findings
    names = table[KEYS].fillna("").agg(", ".join, axis=1)
    findings += where(table.duplicated(KEYS), "bill", BILL, names, ["a second row"] * len(table), "one row")
    return [*findings, *_sums(written, table), *_unit_costs(written, table, names)]


def _sums(written: Written, table: pd.DataFrame) -> list[Finding]:
    """Quantities and money are those of the items, to the last place written."""
    findings = []
    due, stated = (frame.groupby(KEYS)[list(SUMS)].sum() for frame in (written.costs, table))
    rows = due.index.union(stated.index)
    names = [", ".join(map(str, row)) for row in rows]
    due, stated = (frame.reindex(rows).fillna(0.0) for frame in (due, stated))
    for column, place in SUMS.items():
        found, wanted = (frame[column].to_numpy(float) for frame in (stated, due))
        ids = [f"{name}: {column}" for name in names]
        findings += where(differs(found, wanted, 1e-6, place), "bill", BILL, ids, found, wanted)
    return findings


def _unit_costs(written: Written, table: pd.DataFrame, names: pd.Series) -> list[Finding]:
    """What a unit costs, times the quantity, is the capex; nothing where there is no quantity."""
    sums = written.costs.groupby(KEYS)[["quantity", "capex"]].sum().reindex(pd.MultiIndex.from_frame(table[KEYS]))
    quantity, capex = (sums[column].fillna(0.0).to_numpy(float) for column in ("quantity", "capex"))
    due = np.divide(capex, quantity, out=np.zeros(len(table)), where=quantity > 0)
    wrong = differs(table["unit_cost"], due, 1e-6, 1e-2)
    return where(wrong, "bill", BILL, names + ": unit_cost", table["unit_cost"], due)
