"""How the sheets of the bill of quantities look on a screen and on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

Styles = dict[str, Any]
MONEY = "#,##0;-#,##0;-"
CHANGE = {"bg_color": "#FFF2CC"}
"""Shade of cells that the planner may change."""


def styles(book: Any) -> Styles:
    """The formats of a workbook, by name."""
    grid = {"font_name": "Calibri", "font_size": 10}
    head = grid | {"bold": True, "bg_color": "#1F3A5F", "font_color": "white", "text_wrap": True, "valign": "top"}
    money = grid | {"num_format": MONEY}
    return {
        "title": book.add_format({"font_name": "Calibri", "bold": True, "font_size": 14}),
        "text": book.add_format(grid),
        "wrap": book.add_format(grid | {"text_wrap": True, "valign": "top"}),
        "note": book.add_format(grid | {"italic": True, "font_color": "#555555"}),
        "warning": book.add_format(grid | {"bold": True, "font_color": "#B00020"}),
        "head": book.add_format(head),
        "head_number": book.add_format(head | {"align": "right"}),
        "money": book.add_format(money),
        "total": book.add_format(money | {"bold": True, "top": 1}),
        "total_text": book.add_format(grid | {"bold": True, "top": 1}),
        "total_share": book.add_format(grid | {"bold": True, "top": 1, "num_format": "0.0%"}),
        "input": book.add_format(grid | CHANGE | {"num_format": "#,##0.00;-#,##0.00;-"}),
        "quantity": book.add_format(grid | CHANGE | {"num_format": "#,##0.0##"}),
        "life": book.add_format(grid | CHANGE),
        "rate": book.add_format(grid | CHANGE | {"num_format": "0.0#%"}),
        "count": book.add_format(grid | {"num_format": "0.0#"}),
        "year": book.add_format(grid | {"num_format": "0"}),
        "factor": book.add_format(grid | {"num_format": "0.0000"}),
        "share": book.add_format(grid | {"num_format": "0.0%"}),
    }


def head_row(sheet: Worksheet, row: int, names: tuple[str, ...], style: Styles, texts: int = 1) -> None:
    """Names of columns; the first `texts` of them stand over words, the rest over numbers."""
    for column, name in enumerate(names):
        sheet.write_string(row, column, name, style["head" if column < texts else "head_number"])


def for_print(sheet: Worksheet, head: int) -> None:
    """A4, all columns on one page, the row of column names on each."""
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(head)
    sheet.hide_gridlines(2)
