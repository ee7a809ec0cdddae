"""The bill of quantities as a workbook that recalculates: change a price, a rate or a life and every total follows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from netplan.cashflow import capex_factor, opex_factor
from netplan.costs import Economics
from netplan.export.files import whole
from netplan.export.written import WrittenPlan

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

HEAD = (
    "Category", "Item", "Unit", "Quantity", "Unit price", "Capex", "Yearly cost per unit", "Opex per year",
    "Life (years)", "Purchases", "Capex factor", "Present value",
)  # fmt: skip
MORE = ("Roll-out and taxes on capex", "Roll-out, growth and taxes on yearly costs")
"""Two columns more where money does not move as one purchase at the start and even yearly costs."""
WIDTHS = (16, 50, 13, 12, 12, 15, 13, 15, 9, 10, 9, 16, 14, 16)
FIRST = 6
"""Row (from 0) of the first item: five rows of heading above, then the column names."""
ANNUITY = "IF(discount_rate=0,horizon_years,(1-(1+discount_rate)^-horizon_years)/discount_rate)"
TERMS_NOTE = (
    "Roll-out, growth of yearly costs, duty, VAT and relief from profit tax are two factors of each item, worked out "
    "at the plan's own rate, horizon and lives: quantities and prices may be changed freely, those three only roughly."
)
MONEY = "#,##0;-#,##0;-"


@dataclass(frozen=True)
class Worth:
    """How the workbook values money over time; the formulas' own figures, for the values shown before recalculation."""

    economics: Economics

    @property
    def rate(self) -> float:
        """Discount rate."""
        return self.economics.discount_rate

    @property
    def years(self) -> float:
        """The horizon."""
        return float(self.economics.years)

    @property
    def residual(self) -> bool:
        """Whether what is left at the horizon counts."""
        return self.economics.residual

    @property
    def annuity(self) -> float:
        """Present value of 1 a year, paid at the end of each year."""
        return self.years if self.rate == 0 else (1 - (1 + self.rate) ** -self.years) / self.rate

    def purchases(self, life: float) -> int:
        """How often something of this life is bought within the horizon."""
        return 1 if np.isnan(life) else int(np.ceil(self.years / life))

    def factor(self, life: float) -> float:
        """Present value of buying 1 now and again at the end of each life, less what is left of the last at the end."""
        if np.isnan(life):
            return 1.0
        bought = np.arange(self.purchases(life)) * life
        left = 1 - (self.years - bought[-1]) / life if self.residual else 0.0
        return float(((1 + self.rate) ** -bought).sum() - left * (1 + self.rate) ** -self.years)

    def terms(self, category: str, life: float) -> tuple[float, float]:
        """What roll-out, growth, duty, VAT and relief from profit tax make of a capex and of a yearly cost.

        Their present value in the plan over that of one purchase at the start and of even yearly costs.
        """
        terms = self.economics.terms(category)
        yearly = opex_factor(terms) / self.annuity if self.annuity else 1.0
        plain = self.factor(life)
        return (capex_factor(life, terms) / plain if plain else 1.0), yearly

    def plain(self, rows: pd.DataFrame) -> bool:
        """Whether those are 1 for every item."""
        pairs = rows[["category", "life_years"]].drop_duplicates().itertuples(index=False, name=None)
        return all(np.allclose(self.terms(str(category), float(life)), 1.0, rtol=1e-12) for category, life in pairs)

    def value(self, row: Any) -> float:
        """Present value of an item."""
        life = float(row.life_years)
        bought, run = self.terms(str(row.category), life)
        return float(row.capex * self.factor(life) * bought + row.opex_per_year * self.annuity * run)


def bill_rows(costs: pd.DataFrame) -> pd.DataFrame:
    """Items added up per category, item, unit and life: `quantity, capex, opex_per_year, npv`; NaN life: for good."""
    keys = ["category", "item", "unit", "life_years"]
    sums = costs.groupby(keys, dropna=False, as_index=False)[["quantity", "capex", "opex_per_year", "npv"]].sum()
    return sums.sort_values(keys, kind="stable", ignore_index=True)


def write_bill(plan: WrittenPlan, path: Path) -> Path:
    """Writes the workbook: sheet `Bill` (one row an item), sheet `Summary` (by category, and what is assumed).

    Capex = quantity × unit price; opex = quantity × yearly cost per unit; present value = capex × factor + opex ×
    annuity, where factor = Σₖ (1+r)^(−k·life) over the purchases − straight-line residual/(1+r)^T, as in the plan.
    Where a plan has a roll-out, growing yearly costs, duty or taxes two columns more say what these make of either, as
    worked out at the plan's own rate, horizon and lives.
    Figures stand in the cells too, so that a viewer without formulas shows them.

    Raises:
        OSError: the disk refuses.
    """
    import xlsxwriter

    worth = Worth(Economics.of(plan.economics))
    rows = bill_rows(plan.tables["costs"])
    with whole(path) as made:
        book = xlsxwriter.Workbook(str(made), {"strings_to_formulas": False, "strings_to_urls": False})
        book.set_properties({"title": f"{plan.name}: bill of quantities", "subject": f"Scenario {plan.scenario}"})
        style = _styles(book)
        summary, bill = book.add_worksheet("Summary"), book.add_worksheet("Bill")
        for name, row in (("discount_rate", 4), ("horizon_years", 5), ("count_residual", 6)):
            book.define_name(name, f"=Summary!$B${row + 1}")
        book.define_name("annuity", "=Summary!$B$8")
        totals = _bill_sheet(bill, plan, rows, worth, style)
        _summary_sheet(summary, plan, rows, worth, totals, style)
        book.close()
    return path


def _styles(book: Any) -> dict[str, Any]:
    grid = {"font_name": "Calibri", "font_size": 10}
    head = grid | {"bold": True, "bg_color": "#1F3A5F", "font_color": "white", "text_wrap": True, "valign": "top"}
    money = grid | {"num_format": MONEY}
    return {
        "title": book.add_format({"font_name": "Calibri", "bold": True, "font_size": 14}),
        "text": book.add_format(grid),
        "wrap": book.add_format(grid | {"text_wrap": True, "valign": "top"}),
        "note": book.add_format(grid | {"italic": True, "font_color": "#555555"}),
        "head": book.add_format(head),
        "head_number": book.add_format(head | {"align": "right"}),
        "money": book.add_format(money),
        "total": book.add_format(money | {"bold": True, "top": 1}),
        "total_text": book.add_format(grid | {"bold": True, "top": 1}),
        "input": book.add_format(grid | {"num_format": "#,##0.00;-#,##0.00;-", "bg_color": "#FFF2CC"}),
        "quantity": book.add_format(grid | {"num_format": "#,##0.0##", "bg_color": "#FFF2CC"}),
        "life": book.add_format(grid | {"num_format": "0.##", "bg_color": "#FFF2CC"}),
        "rate": book.add_format(grid | {"num_format": "0.0%", "bg_color": "#FFF2CC"}),
        "count": book.add_format(grid | {"num_format": "0"}),
        "factor": book.add_format(grid | {"num_format": "0.0000"}),
        "share": book.add_format(grid | {"num_format": "0.0%"}),
    }


def _bill_sheet(
    sheet: Worksheet, plan: WrittenPlan, rows: pd.DataFrame, worth: Worth, style: dict[str, Any]
) -> dict[str, float]:
    """One row an item, a row of totals below; returns the totals of columns F, H and L."""
    currency, year = plan.economics.get("currency", ""), plan.economics.get("price_year", "")
    sheet.write_string(0, 0, f"Bill of quantities: {plan.name}, scenario {plan.scenario}", style["title"])
    sheet.write_string(1, 0, f"All money in {currency} at {year} prices. Shaded cells may be changed.", style["note"])
    sheet.write_string(2, 0, "A unit price is a mean where the ground or the size makes prices differ.", style["note"])
    sheet.write_string(3, 0, "A life left empty outlives the horizon and is worth nothing at its end.", style["note"])
    sheet.set_row(FIRST - 1, 30 if worth.plain(rows) else 60)  # two lines, or four
    plain = worth.plain(rows)
    heads = HEAD if plain else (*HEAD, *MORE)
    for column, (name, width) in enumerate(zip(heads, WIDTHS, strict=False)):
        sheet.write_string(FIRST - 1, column, name, style["head" if column < 3 else "head_number"])
        sheet.set_column(column, column, width)
    totals = {"F": 0.0, "H": 0.0, "L": 0.0}
    for number, row in enumerate(rows.itertuples(index=False)):
        worths = _bill_row(sheet, FIRST + number, row, worth, style, plain)
        totals = {column: totals[column] + worths[column] for column in totals}
    last = FIRST + len(rows)
    sheet.write_string(last, 0, "Total", style["total_text"])
    for column in range(1, len(heads)):
        sheet.write_blank(last, column, None, style["total_text"])
    for letter, value in totals.items():
        over = f"{letter}{FIRST + 1}:{letter}{last}" if len(rows) else "0"
        sheet.write_formula(f"{letter}{last + 1}", f"=SUM({over})", style["total"], value)
    sheet.freeze_panes(FIRST, 2)
    if len(rows):
        sheet.autofilter(FIRST - 1, 0, last - 1, len(heads) - 1)
    _for_print(sheet, FIRST - 1)
    return totals


def _bill_row(
    sheet: Worksheet, at: int, row: Any, worth: Worth, style: dict[str, Any], plain: bool
) -> dict[str, float]:
    n = at + 1  # as the sheet counts
    quantity = float(row.quantity)
    each, yearly = (float(v) / quantity if quantity else 0.0 for v in (row.capex, row.opex_per_year))
    life = float(row.life_years)
    for column, text in enumerate((row.category, row.item, row.unit)):
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
    bought = f'=IF(I{n}="",1,ROUNDUP(horizon_years/I{n},0))'
    sheet.write_formula(at, 9, bought, style["count"], worth.purchases(life))
    again = f"IF(discount_rate=0,J{n},(1-(1+discount_rate)^(-I{n}*J{n}))/(1-(1+discount_rate)^-I{n}))"
    left = f"count_residual*(1-(horizon_years-I{n}*(J{n}-1))/I{n})*(1+discount_rate)^-horizon_years"
    sheet.write_formula(at, 10, f'=IF(I{n}="",1,{again}-{left})', style["factor"], worth.factor(life))
    value = worth.value(row)
    if plain:
        sheet.write_formula(at, 11, f"=F{n}*K{n}+H{n}*annuity", style["money"], value)
    else:
        sheet.write_formula(at, 11, f"=F{n}*K{n}*M{n}+H{n}*annuity*N{n}", style["money"], value)
        for column, figure in zip((12, 13), worth.terms(str(row.category), life), strict=True):
            sheet.write_number(at, column, figure, style["factor"])
    return {"F": float(row.capex), "H": float(row.opex_per_year), "L": value}


def _summary_sheet(
    sheet: Worksheet,
    plan: WrittenPlan,
    rows: pd.DataFrame,
    worth: Worth,
    totals: dict[str, float],
    style: dict[str, Any],
) -> None:
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 4, 21)
    sheet.write_string(0, 0, f"{plan.name}: scenario {plan.scenario}", style["title"])
    economics = plan.economics
    money = f"{economics.get('currency', '')} at {economics.get('price_year', '')} prices"
    sheet.write_string(1, 0, f"Money in {money}. Shaded cells may be changed; every total follows.", style["note"])
    sheet.write_string(3, 0, "What money over time is worth", style["head"])
    sheet.write_blank(3, 1, None, style["head"])
    sheet.write_string(4, 0, "Discount rate", style["text"])
    sheet.write_number(4, 1, worth.rate, style["rate"])
    sheet.write_string(5, 0, "Horizon (years)", style["text"])
    sheet.write_number(5, 1, worth.years, style["life"])
    sheet.write_string(6, 0, "Residual value counts (1 yes, 0 no)", style["text"])
    sheet.write_number(6, 1, int(worth.residual), style["life"])
    sheet.write_string(7, 0, "Present value of 1 a year (annuity)", style["text"])
    sheet.write_formula(7, 1, f"={ANNUITY}", style["factor"], worth.annuity)
    end = _categories(sheet, rows, worth, totals, style)
    _closing(sheet, end + 2, plan, totals["L"], end, style, worth.plain(rows))
    _for_print(sheet, 3)


def _categories(
    sheet: Worksheet, rows: pd.DataFrame, worth: Worth, totals: dict[str, float], style: dict[str, Any]
) -> int:
    """The table of sums by category from row 10; returns the row of its total."""
    for column, name in enumerate(("Category", "Capex", "Opex per year", "Present value", "Share of present value")):
        sheet.write_string(9, column, name, style["head_number" if column else "head"])
    value = [worth.value(row) for row in rows.itertuples(index=False)]
    sums = rows.assign(value=np.array(value, float)).groupby("category")[["capex", "opex_per_year", "value"]].sum()
    last_item, end = FIRST + len(rows), 10 + len(sums)
    for number, (category, row) in enumerate(sums.iterrows()):
        at = 10 + number
        sheet.write_string(at, 0, str(category), style["text"])
        for column, (over, name) in enumerate((("F", "capex"), ("H", "opex_per_year"), ("L", "value")), start=1):
            span = f"Bill!${over}${FIRST + 1}:${over}${last_item}"
            formula = f"=SUMIF(Bill!$A${FIRST + 1}:$A${last_item},$A{at + 1},{span})"
            sheet.write_formula(at, column, formula, style["money"], float(row[name]))
        share = float(row["value"]) / totals["L"] if totals["L"] else 0.0
        sheet.write_formula(at, 4, f"=IF($D${end + 1}=0,0,D{at + 1}/$D${end + 1})", style["share"], share)
    sheet.write_string(end, 0, "Total", style["total_text"])
    for column, name in enumerate(("F", "H", "L"), start=1):
        letter = "ABCD"[column]
        over = f"{letter}11:{letter}{end}" if len(sums) else "0"
        sheet.write_formula(end, column, f"=SUM({over})", style["total"], totals[name])
    sheet.write_blank(end, 4, None, style["total_text"])
    return end


def _closing(
    sheet: Worksheet, at: int, plan: WrittenPlan, value: float, total_row: int, style: dict[str, Any], plain: bool
) -> None:
    """What the plan itself says, the difference to it, and the credits that the inputs ask for."""
    objective = plan.summary.get("objective_npv")
    if objective is not None:
        sheet.write_string(at, 0, "Present value as planned", style["text"])
        sheet.write_number(at, 3, float(objective), style["money"])
        sheet.write_string(at + 1, 0, "Difference after changes here", style["text"])
        sheet.write_formula(
            at + 1, 3, f"=ROUND(D{total_row + 1}-D{at + 1},2)", style["money"], round(value - float(objective), 2) + 0.0
        )
    notes = [
        "Capex factor: present value of buying one now and again at the end of each life, less the straight-line "
        "value left at the horizon.",
        "The plan was the cheapest at the prices planned with; at other prices another plan may be cheaper.",
        *([] if plain else [TERMS_NOTE]),
        *(f"Contains information from: {credit}" for credit in plan.credits()),
    ]
    for number, note in enumerate(notes):
        sheet.merge_range(at + 3 + number, 0, at + 3 + number, 4, "", style["wrap"])
        sheet.write_string(at + 3 + number, 0, note, style["wrap"])
        sheet.set_row(at + 3 + number, 28 if len(note) > 95 else 15)


def _for_print(sheet: Worksheet, head: int) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(head)
    sheet.hide_gridlines(2)
