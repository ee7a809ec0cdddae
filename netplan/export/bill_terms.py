"""Sheet `Parameters` of the bill of quantities: from rates, roll-out, growth and taxes to the worth of money over time.

The formulas are the sums of `netplan.cashflow` in closed form, with v = 1/(1+r), T the horizon and s_k the share built
in year k. An asset that is bought anew whenever it is worn out is written off evenly, 1/life a year, from year k to T,
so relief from profit tax needs no schedule of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netplan.cashflow import Terms, opex_factor, purchases, slices
from netplan.catalogue.schema import HELD
from netplan.costs import OPERATOR, Economics, bears_vat
from netplan.export.bill_style import Styles, for_print, head_row

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

SHEET = "Parameters"
INPUTS = 4
"""Row (from 0) of the first number that may be changed."""
ROLLOUT = 12
"""Row of the first year of the roll-out."""
ROWS = 10
"""Years that the roll-out has room for, at least."""
ROLLOUT_HEAD = (
    "Roll-out: year", "Share built then", "Years left to the horizon", "Worth of 1 paid then",
    "Worth of 1 a year from then on", "Worth of 1 written off evenly until the horizon", "All at once",
)  # fmt: skip
CATEGORY_HEAD = (
    "Category", "Real growth of yearly costs", "Imported part of capex", "Bears VAT (1 yes, 0 no)",
    "Growth over discounting", "Duty and VAT on capex", "Worth of 1 a year (opex factor)",
    "Follows the roll-out (1 yes, 0 paid in full from the start)",
)  # fmt: skip
MARKUP_COLUMN, OPEX_COLUMN, PHASED_COLUMN = 6, 7, 8
"""Of `cost_categories`, as VLOOKUP counts."""


class _Names:
    """Gives cells of the sheet the names that formulas use."""

    def __init__(self, book: Any, sheet: Worksheet) -> None:
        self.book, self.sheet = book, sheet

    def __call__(self, name: str, cells: str) -> None:
        self.book.define_name(name, f"='{self.sheet.get_name()}'!{cells}")


def parameters_sheet(
    book: Any, sheet: Worksheet, economics: Economics, categories: Sequence[str], style: Styles
) -> None:
    """What the formulas of the other sheets refer to, by name; numbers that may be changed are shaded."""
    name, terms = _Names(book, sheet), economics.terms()
    sheet.set_column(0, 0, 46)
    sheet.set_column(1, 7, 17)
    sheet.write_string(0, 0, "How money over time is valued", style["title"])
    sheet.write_string(1, 0, "Shaded cells may be changed; every total follows.", style["note"])
    sheet.write_string(2, 0, _perspective(economics), style["note"])
    _inputs(name, sheet, economics, style)
    end = _rollout(name, sheet, terms, style)
    end = _sums(name, sheet, terms, end + 1, style)
    _categories(name, sheet, economics, categories, end + 1, style)
    for_print(sheet, 0)


def _perspective(economics: Economics) -> str:
    if economics.perspective == OPERATOR:
        return "From the operator's perspective: duty and VAT that is not recovered count, and relief from profit tax."
    return "From society's perspective rents, duties and taxes are transfers and do not count."


def _inputs(name: _Names, sheet: Worksheet, economics: Economics, style: Styles) -> None:
    pays = economics.perspective == OPERATOR
    rows: tuple[tuple[str, str, float, str], ...] = (
        ("Discount rate (real, a year)", "discount_rate", economics.discount_rate, "rate"),
        ("Horizon (whole years)", "horizon_years", economics.years, "life"),
        ("Residual value counts (1 yes, 0 no)", "count_residual", int(economics.residual), "life"),
        ("Import duty", "import_duty", economics.import_duty if pays else 0.0, "rate"),
        ("VAT that is not recovered", "vat_rate", economics.vat if pays else 0.0, "rate"),
        ("Profit tax", "profit_tax", economics.profit_tax if pays else 0.0, "rate"),
    )
    head_row(sheet, INPUTS - 1, ("Rates", "Value"), style)
    for row, (text, key, value, look) in enumerate(rows, start=INPUTS):
        sheet.write_string(row, 0, text, style["text"])
        sheet.write_number(row, 1, value, style[look])
        name(key, f"$B${row + 1}")


def _rollout(name: _Names, sheet: Worksheet, terms: Terms, style: Styles) -> int:
    """A row a year; returns the row after the sum of shares."""
    head_row(sheet, ROLLOUT - 1, ROLLOUT_HEAD, style, texts=0)
    sheet.set_row(ROLLOUT - 1, 42)
    count = max(ROWS, len(terms.rollout))
    for year in range(count):
        row, n = ROLLOUT + year, ROLLOUT + year + 1
        share = terms.rollout[year] if year < len(terms.rollout) else 0.0
        left, now, yearly = max(terms.years - year, 0), _worth(year, terms), _annuity(year, terms)
        sheet.write_number(row, 0, year, style["year"])
        sheet.write_number(row, 1, share, style["rate"])
        sheet.write_formula(row, 2, f"=MAX(0,horizon_years-A{n})", style["year"], left)
        sheet.write_formula(row, 3, f"=IF(C{n}>0,(1+discount_rate)^-A{n},0)", style["factor"], now)
        annuity = f"IF(discount_rate=0,C{n},(D{n}-(1+discount_rate)^-horizon_years)/discount_rate)"
        sheet.write_formula(row, 4, f"=IF(C{n}>0,{annuity},0)", style["factor"], yearly)
        sheet.write_formula(row, 5, f"=IF(C{n}>0,E{n}/C{n},0)", style["factor"], yearly / left if left else 0.0)
        sheet.write_formula(row, 6, f"=IF(A{n}=0,1,0)", style["share"], float(year == 0))
    first, last = ROLLOUT + 1, ROLLOUT + count
    for key, column in (("rollout_year", "A"), ("rollout_share", "B"), ("rollout_left", "C"), ("rollout_worth", "D"),
                        ("rollout_annuity", "E"), ("rollout_write_off", "F"), ("rollout_at_once", "G")):  # fmt: skip
        name(key, f"${column}${first}:${column}${last}")
    sheet.write_string(last, 0, "Sum", style["total_text"])
    sheet.write_formula(last, 1, f"=SUM(B{first}:B{last})", style["total_share"], sum(terms.rollout))
    asked = "make the shares within the horizon add up to 100 %"
    check = f'=IF(ABS(SUMPRODUCT(rollout_share*(rollout_left>0))-1)<0.000001,"","{asked}")'
    sheet.write_formula(last, 2, check, style["warning"], "")
    return last + 1


def _sums(name: _Names, sheet: Worksheet, terms: Terms, at: int, style: Styles) -> int:
    """Means over the roll-out that capex factors are made of; returns the row after them."""
    parts = [(year, share) for year, share in slices(terms)]
    rows = (
        ("Worth of 1 bought once", "bought_once", "SUMPRODUCT(rollout_share,rollout_worth)",
         sum(share * _worth(year, terms) for year, share in parts)),
        ("Mean years from building to the horizon", "years_in_use", "SUMPRODUCT(rollout_share,rollout_left)",
         sum(share * (terms.years - year) for year, share in parts)),
        ("Worth of 1 a year from building on (annuity)", "annuity", "SUMPRODUCT(rollout_share,rollout_annuity)",
         sum(share * _annuity(year, terms) for year, share in parts)),
        ("Worth of 1 written off evenly until the horizon", "write_off", "SUMPRODUCT(rollout_share,rollout_write_off)",
         sum(share * _annuity(year, terms) / (terms.years - year) for year, share in parts)),
        ("Worth of 1 at the horizon", "worth_at_horizon", "(1+discount_rate)^-horizon_years",
         (1.0 + terms.discount_rate) ** -terms.years),
    )  # fmt: skip
    head_row(sheet, at, ("Over the roll-out", "Value"), style)
    for row, (text, key, formula, value) in enumerate(rows, start=at + 1):
        sheet.write_string(row, 0, text, style["text"])
        sheet.write_formula(row, 1, f"={formula}", style["factor"], value)
        name(key, f"$B${row + 1}")
    return at + 1 + len(rows)


def _categories(
    name: _Names, sheet: Worksheet, economics: Economics, categories: Sequence[str], at: int, style: Styles
) -> None:
    head_row(sheet, at, CATEGORY_HEAD, style)
    sheet.set_row(at, 42)
    for row, category in enumerate(categories, start=at + 1):
        n, terms = row + 1, economics.terms(category)
        ratio = (1.0 + terms.growth) / (1.0 + terms.discount_rate)
        sheet.write_string(row, 0, category, style["text"])
        sheet.write_number(row, 1, terms.growth, style["rate"])
        sheet.write_number(row, 2, float(economics.import_share.get(category, 0.0)), style["rate"])
        sheet.write_number(row, 3, int(bears_vat(category)), style["life"])
        sheet.write_formula(row, 4, f"=(1+B{n})/(1+discount_rate)", style["factor"], ratio)
        markup = f"=(1+import_duty*C{n})*(1+vat_rate*D{n})-1"
        sheet.write_formula(row, 5, markup, style["share"], terms.capex_markup)
        # Σ_k s_k Σ_{t=k+1..T} q^t, q growth over discounting
        shares = f"IF(H{n}=1,rollout_share,rollout_at_once)"
        grown = f"SUMPRODUCT({shares}*(rollout_left>0)*(E{n}^(rollout_year+1)-E{n}^(horizon_years+1)))/(1-E{n})"
        worth = f"IF(ABS(E{n}-1)<0.0000001,IF(H{n}=1,years_in_use,horizon_years),{grown})"
        sheet.write_formula(row, 6, f"=(1+vat_rate*D{n})*(1-profit_tax)*{worth}", style["factor"], opex_factor(terms))
        sheet.write_number(row, 7, int(category != HELD), style["life"])
    if categories:
        name("cost_categories", f"$A${at + 2}:$H${at + 1 + len(categories)}")


def purchases_formula(category: str, life: str) -> str:
    """How often one unit is bought within the horizon, as a mean over the roll-out; `life`: a cell, empty for good."""
    return f'IF({life}="",1,SUMPRODUCT({_shares(category)}*(rollout_left>0)*{_count(life)}))'


def capex_factor_formula(category: str, life: str, bought: str) -> str:
    """Worth of 1 of capex with all that follows; cells of the item's category, life and purchases.

    Per unit paid, duty and VAT included: Σ_k s_k (v^k − v^(k+n_k·life))/(1 − v^life) for n_k purchases, less the value
    left, Σ_k s_k n_k − (T−k)/life, at the horizon (where it does not count it is written off), less relief from profit
    tax on 1/life a year.
    """
    phased = _of(category, PHASED_COLUMN)
    once, in_use, yearly, off = (
        f"IF({phased}=1,{mean},INDEX({column},1))"
        for mean, column in (("bought_once", "rollout_worth"), ("years_in_use", "rollout_left"),
                             ("annuity", "rollout_annuity"), ("write_off", "rollout_write_off"))
    )  # fmt: skip
    after = f"SUMPRODUCT({_shares(category)}*(rollout_left>0)*(1+discount_rate)^-(rollout_year+{life}*{_count(life)}))"
    paid = f"IF(discount_rate=0,{bought},({once}-{after})/(1-(1+discount_rate)^-{life}))"
    left = f"({bought}-{in_use}/{life})*worth_at_horizon*(count_residual+profit_tax*(1-count_residual))"
    worn = f"{paid}-{left}-profit_tax*{yearly}/{life}"
    return f'(1+{_of(category, MARKUP_COLUMN)})*IF({life}="",{once}-profit_tax*{off},{worn})'


def opex_factor_formula(category: str) -> str:
    """Worth of 1 of yearly cost of the category in this cell."""
    return _of(category, OPEX_COLUMN)


def mean_purchases(life: float, terms: Terms) -> float:
    """What `purchases_formula` comes to."""
    return sum(share * len(purchases(life, year, terms.years)) for year, share in slices(terms))


def _shares(category: str) -> str:
    return f"IF({_of(category, PHASED_COLUMN)}=1,rollout_share,rollout_at_once)"


def _count(life: str) -> str:
    # nothing is bought within a billionth of a year of the horizon: thirds of a decade do not add up to one exactly
    return f"ROUNDUP((rollout_left-0.000000001)/{life},0)"


def _of(category: str, column: int) -> str:
    return f"VLOOKUP({category},cost_categories,{column},FALSE)"


def _worth(year: int, terms: Terms) -> float:
    return float((1.0 + terms.discount_rate) ** -year) if year < terms.years else 0.0


def _annuity(year: int, terms: Terms) -> float:
    return float(((1.0 + terms.discount_rate) ** -np.arange(year + 1.0, terms.years + 1.0)).sum())
