"""The bill of quantities as a workbook that recalculates: change a price, a rate or a life and every total follows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from netplan.cashflow import capex_factor, opex_factor
from netplan.costs import Economics
from netplan.export.bill_style import Styles, for_print, head_row, styles
from netplan.export.bill_terms import (
    SHEET,
    capex_factor_formula,
    mean_purchases,
    opex_factor_formula,
    parameters_sheet,
    purchases_formula,
)
from netplan.export.bill_words import speaker, speaking, spoken_unit
from netplan.export.files import whole
from netplan.export.written import WrittenPlan
from netplan.interval import CENT
from netplan.netted import KEY

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

HEAD = (
    "Category", "Item", "Unit", "Quantity", "Unit price", "Capex", "Yearly cost per unit", "Opex per year",
    "Life (years)", "Purchases", "Capex factor", "Opex factor", "Present value",
)  # fmt: skip
WIDTHS = (21, 50, 13, 12, 12, 15, 13, 15, 9, 10, 9, 9, 16)
FIRST = 6
"""Row (from 0) of the first item: five rows of heading above, then the column names."""
SUMS = 4
"""Row of the first category in the sheet `Summary`."""
PAID, NET = (
    "Of it, what operators pay each other and keep after tax, as planned",
    "Present value as planned, net of that",
)
"""Of a network in which one operator pays another: what neither of them together bears."""
TOTALS = {"F": "capex", "H": "opex_per_year", "M": "value"}
"""Columns of `Bill` that are added up, and what is in them."""


def bill_rows(costs: pd.DataFrame, economics: Economics) -> pd.DataFrame:
    """Items added up per category, item, unit and life: `quantity, capex, opex_per_year, purchases, capex_factor,
    opex_factor, value`; NaN life: for good."""
    keys = ["category", "item", "unit", "life_years"]
    sums = costs.groupby(keys, dropna=False, as_index=False)[["quantity", "capex", "opex_per_year"]].sum()
    rows: pd.DataFrame = sums.sort_values(keys, kind="stable", ignore_index=True)
    terms = [economics.terms(str(category)) for category in rows["category"]]
    lives = rows["life_years"].astype(float)
    rows = rows.assign(
        purchases=[mean_purchases(life, each) for life, each in zip(lives, terms, strict=True)],
        capex_factor=[capex_factor(life, each) for life, each in zip(lives, terms, strict=True)],
        opex_factor=[opex_factor(each) for each in terms],
    )
    return rows.assign(value=rows["capex"] * rows["capex_factor"] + rows["opex_per_year"] * rows["opex_factor"])


def write_bill(plan: WrittenPlan, path: Path) -> Path:
    """Writes the workbook: `Summary` (by category), `Bill` (one row an item), `Parameters` (rates, roll-out, taxes).

    Capex = quantity × unit price; opex = quantity × yearly cost per unit; present value = capex × capex factor + opex
    × opex factor. The factors follow from the life and the category of the item and from the parameters by formulas:
    roll-out, replacements, residual value, growth, duty, VAT and relief from profit tax, all as in the plan. Figures
    stand in the cells too, so that a viewer without formulas shows them.

    Raises:
        OSError: the disk refuses.
    """
    import xlsxwriter

    economics = Economics.of(plan.economics)
    rows = bill_rows(plan.tables["costs"], economics)
    say = speaker(str(plan.project.get("language") or "en"))
    with whole(path) as made:
        book = xlsxwriter.Workbook(str(made), {"strings_to_formulas": False, "strings_to_urls": False})
        book.set_properties({"title": f"{plan.name}: bill of quantities", "subject": f"Scenario {plan.scenario}"})
        style = styles(book)
        summary, bill, parameters = (
            book.add_worksheet(say(name), speaking(say)) for name in ("Summary", "Bill", SHEET)
        )
        _bill_sheet(bill, plan, rows, style)
        _summary_sheet(summary, plan, rows, style)
        parameters_sheet(book, parameters, economics, list(dict.fromkeys(rows["category"])), style)
        book.close()
    return path


def _bill_sheet(sheet: Worksheet, plan: WrittenPlan, rows: pd.DataFrame, style: Styles) -> None:
    """One row an item, a row of totals below."""
    currency, year = plan.economics.get("currency", ""), plan.economics.get("price_year", "")
    sheet.write_string(0, 0, f"Bill of quantities: {plan.name}, scenario {plan.scenario}", style["title"])
    money = f"All money in {currency} at {year} prices, before duty and tax but for the present value."
    sheet.write_string(1, 0, f"{money} Shaded cells may be changed.", style["note"])
    sheet.write_string(2, 0, "A unit price is a mean where the ground or the size makes prices differ.", style["note"])
    sheet.write_string(3, 0, "A life left empty outlives the horizon and is worth nothing at its end.", style["note"])
    sheet.set_row(FIRST - 1, 30)  # two lines
    head_row(sheet, FIRST - 1, HEAD, style, texts=3)
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    for number, row in enumerate(rows.itertuples(index=False)):
        _bill_row(sheet, FIRST + number, row, style)
    last = FIRST + len(rows)
    sheet.write_string(last, 0, "Total", style["total_text"])
    for column in range(1, len(HEAD)):
        sheet.write_blank(last, column, None, style["total_text"])
    for letter, key in TOTALS.items():
        over = f"{letter}{FIRST + 1}:{letter}{last}" if len(rows) else "0"
        sheet.write_formula(f"{letter}{last + 1}", f"=SUM({over})", style["total"], float(rows[key].sum()))
    sheet.freeze_panes(FIRST, 2)
    if len(rows):
        sheet.autofilter(FIRST - 1, 0, last - 1, len(HEAD) - 1)
    for_print(sheet, FIRST - 1)


def _bill_row(sheet: Worksheet, at: int, row: Any, style: Styles) -> None:
    n = at + 1  # as the sheet counts
    quantity, life = float(row.quantity), float(row.life_years)
    each, yearly = (float(v) / quantity if quantity else 0.0 for v in (row.capex, row.opex_per_year))
    for column, text in enumerate((row.category, row.item, spoken_unit(row.unit))):
        sheet.write_string(at, column, str(text), style["text"])
    sheet.write_number(at, 3, quantity, style["quantity"])
    sheet.write_number(at, 4, each, style["input"])
    sheet.write_formula(at, 5, f"=D{n}*E{n}", style["money"], float(row.capex))
    sheet.write_number(at, 6, yearly, style["input"])
    sheet.write_formula(at, 7, f"=D{n}*G{n}", style["money"], float(row.opex_per_year))
    if np.isnan(life):
        sheet.write_blank(at, 8, None, style["life"])
    else:
        sheet.write_number(at, 8, life, style["life"])
    sheet.write_formula(at, 9, f"={purchases_formula(f'A{n}', f'I{n}')}", style["count"], row.purchases)
    factor = capex_factor_formula(f"A{n}", f"I{n}", f"J{n}")
    sheet.write_formula(at, 10, f"={factor}", style["factor"], row.capex_factor)
    sheet.write_formula(at, 11, f"={opex_factor_formula(f'A{n}')}", style["factor"], row.opex_factor)
    sheet.write_formula(at, 12, f"=F{n}*K{n}+H{n}*L{n}", style["money"], float(row.value))


def _summary_sheet(sheet: Worksheet, plan: WrittenPlan, rows: pd.DataFrame, style: Styles) -> None:
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 4, 21)
    sheet.write_string(0, 0, f"{plan.name}: scenario {plan.scenario}", style["title"])
    money = f"{plan.economics.get('currency', '')} at {plan.economics.get('price_year', '')} prices"
    where = f"Quantities, prices and lives may be changed in the sheet Bill, rates and taxes in {SHEET}."
    sheet.write_string(1, 0, f"Money in {money}. {where}", style["note"])
    end = _by_category(sheet, rows, style)
    _closing(sheet, end + 2, plan, float(rows["value"].sum()), end, style)
    for_print(sheet, SUMS - 1)


def _by_category(sheet: Worksheet, rows: pd.DataFrame, style: Styles) -> int:
    """The table of sums by category; returns the row of its total."""
    head_row(sheet, SUMS - 1, ("Category", "Capex", "Opex per year", "Present value", "Share of present value"), style)
    sums = rows.groupby("category")[list(TOTALS.values())].sum()
    total, last_item, end = float(rows["value"].sum()), FIRST + len(rows), SUMS + len(sums)
    for at, (category, row) in enumerate(sums.iterrows(), start=SUMS):
        sheet.write_string(at, 0, str(category), style["text"])
        for column, (over, name) in enumerate(TOTALS.items(), start=1):
            span = f"Bill!${over}${FIRST + 1}:${over}${last_item}"
            formula = f"=SUMIF(Bill!$A${FIRST + 1}:$A${last_item},$A{at + 1},{span})"
            sheet.write_formula(at, column, formula, style["money"], float(row[name]))
        share = float(row["value"]) / total if total else 0.0
        sheet.write_formula(at, 4, f"=IF($D${end + 1}=0,0,D{at + 1}/$D${end + 1})", style["share"], share)
    sheet.write_string(end, 0, "Total", style["total_text"])
    for column, name in enumerate(TOTALS.values(), start=1):
        letter = "ABCD"[column]
        over = f"{letter}{SUMS + 1}:{letter}{end}" if len(sums) else "0"
        sheet.write_formula(end, column, f"=SUM({over})", style["total"], float(rows[name].sum()))
    sheet.write_blank(end, 4, None, style["total_text"])
    return end


def _closing(sheet: Worksheet, at: int, plan: WrittenPlan, value: float, total_row: int, style: Styles) -> None:
    """What the plan itself says, the difference to it, and the credits that the inputs ask for."""
    objective = plan.summary.get("objective_npv")
    if objective is not None:
        sheet.write_string(at, 0, "Present value as planned", style["text"])
        sheet.write_number(at, 3, float(objective), style["money"])
        sheet.write_string(at + 1, 0, "Difference after changes here", style["text"])
        sheet.write_formula(
            at + 1, 3, f"=ROUND(D{total_row + 1}-D{at + 1},2)", style["money"], round(value - float(objective), 2) + 0.0
        )
    paid = float((plan.summary.get(KEY) or {}).get("paid_npv") or 0.0)
    if paid >= CENT:
        for row, (said, sum_) in enumerate(((PAID, -paid), (NET, float(objective or 0.0) - paid)), start=at + 2):
            sheet.write_string(row, 0, said, style["text"])
            sheet.write_number(row, 3, sum_, style["money"])
        at += 2
    notes = [
        "Capex factor: present value of 1 spent in the years of the roll-out and again at the end of each life, with "
        "duty and VAT, less the straight-line value left at the horizon and relief from profit tax. Opex factor: of 1 "
        "a year from the year after building, with growth, VAT and relief.",
        "The plan was made for the prices planned with; at other prices another plan may be better.",
        *(f"Contains information from: {credit}" for credit in plan.credits()),
    ]
    for number, note in enumerate(notes):
        sheet.merge_range(at + 3 + number, 0, at + 3 + number, 4, "", style["wrap"])
        sheet.write_string(at + 3 + number, 0, note, style["wrap"])
        sheet.set_row(at + 3 + number, 14 * (1 + len(note) // 105) + 1)
