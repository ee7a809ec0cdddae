"""Rules of the cash flow: what the items pay in each year, of each kind, and what it is worth today."""

from __future__ import annotations

import numpy as np
import pandas as pd

from netplan.verify.finding import Finding, differs, number, where
from netplan.verify.payments import payments
from netplan.verify.reading import Written
from netplan.verify.written_tables import read_table

TABLE = "cashflow.csv"
COLUMNS = {"year", "category", "kind", "amount", "discount_factor", "present_value"}
RELATIVE, CENT = 1e-6, 1e-2
Place = tuple[float, str, str]


def check_cash_flow(written: Written) -> list[Finding]:
    """Payments by year, category and kind are those of the items; their present values add up to the objective."""
    table, findings = read_table(written, TABLE, COLUMNS)
    if table is None:
        return findings
    return [*findings, *_amounts(written, table), *_present(written, table)]


def _amounts(written: Written, table: pd.DataFrame) -> list[Finding]:
    due, stated = payments(written.costs, written.economics), dict[Place, float]()
    for year, category, kind, amount in zip(
        table["year"].round(6), table["category"], table["kind"], table["amount"], strict=True
    ):
        place = (float(year), str(category), str(kind))
        stated[place] = stated.get(place, 0.0) + float(amount)
    places = sorted({*due, *stated}, key=str)
    found, wanted = (np.array([sums.get(place, 0.0) for place in places]) for sums in (stated, due))
    scale = max(float(np.abs(wanted).max(initial=0.0)), 1.0)
    wrong = differs(found, wanted, RELATIVE, max(CENT, 1e-9 * scale))
    rows = [f"year {year:g}: {category}: {kind}" for year, category, kind in places]
    return where(wrong, "cash-flow", TABLE, rows, found, wanted)


def _present(written: Written, table: pd.DataFrame) -> list[Finding]:
    """Each payment is discounted from its year, and all together are the objective."""
    factor = (1.0 + float(written.economics["discount_rate"])) ** -table["year"].to_numpy(float)
    each = table["amount"].to_numpy(float) * factor
    rows = zip(table["year"], table["category"], table["kind"], strict=True)
    ids = [f"year {year:g}: {category}: {kind}" for year, category, kind in rows]
    findings = [
        *where(differs(table["discount_factor"], factor), "cash-flow", TABLE, [f"{i}: discount_factor" for i in ids],
               table["discount_factor"], factor),
        *where(differs(table["present_value"], each, RELATIVE, CENT), "cash-flow", TABLE, ids,
               table["present_value"], each),
    ]  # fmt: skip
    objective = written.summary["objective_npv"]
    total = float(table["present_value"].sum())
    if objective is not None and not np.isclose(total, float(objective), rtol=RELATIVE, atol=CENT):
        findings.append(Finding("cash-flow", TABLE, "present_value", number(total), number(float(objective))))
    return findings
