"""The bill of quantities: the largest items, then all of them by part, with totals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from netplan.report.content import Paragraph, Section, Table
from netplan.report.context import Context
from netplan.report.terms import at_rate, held, terms_of, when_built

TOP = 10


def bill(context: Context) -> Section | None:
    """The section; None without a plan."""
    if not context.plan.planned:
        return None
    words, economics, terms = context.words, context.plan.economics, terms_of(context.plan)
    intro = words(
        "bill.intro",
        year=economics.get("price_year"),
        start=when_built(words, terms) if terms.rollout else words("terms.start"),
        held=held(words, terms),
        rate=at_rate(words, terms),
        years=context.years(context.plan),
        residual=words("bill.residual") if economics.get("residual") else "",
    )
    rows = _items(context)
    return Section("bill", words("bill.title"), (Paragraph(intro), _top(context, rows), _all(context, rows)))


def _items(context: Context) -> pd.DataFrame:
    """`category, item, unit, quantity, capex, opex_per_year, npv`, the costliest part and item first."""
    costs = context.plan.tables["costs"]
    sums = ["quantity", "capex", "opex_per_year", "npv"]
    rows: pd.DataFrame = costs.groupby(["category", "item", "unit"], as_index=False)[sums].sum()
    part = rows.groupby("category")["npv"].transform("sum")
    order = np.lexsort((rows["item"], -rows["npv"], rows["category"], -part))
    return rows.iloc[order].reset_index(drop=True)


def _columns(context: Context, key: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return context.columns(f"bill.{key}", names)


def _top(context: Context, items: pd.DataFrame) -> Table:
    words, numbers = context.words, context.numbers
    total = float(items["npv"].sum())
    largest = items.sort_values(["npv", "item"], ascending=[False, True]).head(TOP)
    rows = tuple(
        (
            words.item(item),
            words.name("category", category),
            numbers.whole_money(npv),
            numbers.percent(npv / total if total else 0.0),
        )
        for item, category, npv in largest[["item", "category", "npv"]].itertuples(index=False, name=None)
    )
    names = _columns(context, "top_columns", ("item", "category", "npv", "share"))
    return Table(words("bill.top_caption"), names, rows, numeric=(2, 3), widths=(5, 5, 2, 1.3))


def _all(context: Context, items: pd.DataFrame) -> Table:
    words, numbers = context.words, context.numbers
    rows: list[tuple[str, ...]] = []
    strong = []
    for category, part in items.groupby("category", sort=False):
        strong.append(len(rows))
        money = (part["capex"].sum(), part["opex_per_year"].sum(), part["npv"].sum())
        rows.append((words.name("category", str(category)), "", "", "", *map(numbers.whole_money, money)))
        fields = ["item", "unit", "quantity", "capex", "opex_per_year", "npv"]
        for item, unit, quantity, *sums in part[fields].itertuples(index=False, name=None):
            price = sums[0] / quantity if quantity > 0 and sums[0] else None
            cells = (numbers.amount(quantity), words.name("unit", unit), numbers.whole_money(price))
            rows.append((words.item(item), *cells, *map(numbers.whole_money, sums)))
    strong.append(len(rows))
    total = (float(items[name].sum()) for name in ("capex", "opex_per_year", "npv"))
    rows.append((words("bill.total"), "", "", "", *map(numbers.whole_money, total)))
    names = _columns(context, "columns", ("item", "quantity", "unit", "price", "capex", "opex", "npv"))
    caption, note, widths = words("bill.caption"), words("bill.note"), (5, 1.6, 1.5, 1.6, 2, 1.8, 2)
    return Table(caption, names, tuple(rows), (1, 3, 4, 5, 6), tuple(strong), widths, note, small=True)
