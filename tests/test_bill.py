"""The bill of quantities as a workbook: its formulas, worked out by another program, are the plan's money."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from openpyxl.workbook import Workbook
from outside import calculator
from planbuilder import ECONOMICS, make_plan

from netplan.costs import Economics
from netplan.export.bill import write_bill
from netplan.export.written import WrittenPlan, read_written
from netplan.plans import write_plan
from netplan.verify.payments import present_values

TAXED = replace(
    ECONOMICS, perspective="operator", discount_rate=0.095, years=12, rollout=(0.5, 0.3, 0.2), import_duty=0.1,
    opex_growth_per_year={"other": 0.02, "access": -0.01, "premises": 0.095}, vat=0.18, profit_tax=0.28,
    import_share={"access": 0.9, "premises": 0.4, "structure": 0.25},
)  # fmt: skip
"""Everything that may be stated; premises grow as fast as they are discounted."""
Worked = Callable[[Path], dict[str, object]]
MODES = {
    "society at once": ECONOMICS,
    "society, roll-out and growth": replace(TAXED, perspective="society"),
    "operator": TAXED,
    "operator without residual": replace(TAXED, residual=False),
    "operator, nothing discounted": replace(TAXED, discount_rate=0.0, years=10),
    "built late": replace(TAXED, rollout=(0.0, 0.0, 0.1, 0.0, *(0.1,) * 9), years=14),
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> WrittenPlan:
    """A plan with items of every sort of life, an item that lasts for good and a fee that bears no VAT among them."""
    home = tmp_path_factory.mktemp("district")
    write_plan(make_plan(home), home / "out")
    plan = read_written(home / "out")
    costs = plan.tables["costs"]
    more = costs.iloc[[2, 4, 5, 0, 1, 3]].assign(
        item=["easement", "mixed", "link fee", "pipe", "spectrum licence", "spectrum for good"],
        category=["backhaul", "power", "spectrum", "co-benefit", "licence", "licence"],
        life_years=[np.nan, 10 / 3, 5.0, np.nan, 4.0, np.nan], capex=[900.0, 1200.0, 700.0, 0.0, 5000.0, 800.0],
        opex_per_year=[0.0, 40.0, 300.0, -250.0, 0.0, 350.0],
    )  # fmt: skip
    return replace(plan, tables={**plan.tables, "costs": pd.concat([costs, more], ignore_index=True)})


def valued(plan: WrittenPlan, economics: Economics) -> WrittenPlan:
    """The plan as these economics value it, by the audit's arithmetic."""
    worth = float(present_values(plan.tables["costs"], vars(economics)).sum())
    resolved = {**plan.resolved, "economics": vars(economics)}
    return replace(plan, resolved=resolved, summary={**plan.summary, "objective_npv": worth})


def place(book: Workbook, sheet: str, text: str) -> tuple[int, int]:
    """Row and column of the first cell with this text."""
    cells = (cell for row in book[sheet].iter_rows() for cell in row if cell.value == text)
    found = next(cells)
    return found.row, found.column


def workbook_of(plan: WrittenPlan, path: Path, change: Callable[[Workbook], None] | None = None) -> Path:
    """The workbook saved by another program: the shown values are gone, the formulas stay."""
    write_bill(plan, path)
    book = openpyxl.load_workbook(path)
    if change:
        change(book)
    again = path.with_name("saved.xlsx")
    book.save(again)
    return again


@pytest.fixture(scope="module")
def worked_out(request: pytest.FixtureRequest) -> Iterator[Worked]:
    """Workbook -> sheet!cell -> what it comes to."""
    with calculator(request.config.cache) as recalculated:
        yield lambda path: {key.rpartition("]")[2].upper(): value for key, value in recalculated(path).items()}


def total_and_difference(path: Path, cells: dict[str, object]) -> tuple[object, object]:
    row, _ = place(openpyxl.load_workbook(path), "Summary", "Present value as planned")
    return cells[f"SUMMARY!D{row - 2}"], cells[f"SUMMARY!D{row + 1}"]


@pytest.mark.parametrize("mode", MODES)
def test_an_untouched_workbook_comes_to_the_plans_cost(
    worked_out: Worked, written: WrittenPlan, tmp_path: Path, mode: str
) -> None:
    plan = valued(written, MODES[mode])
    saved = workbook_of(plan, tmp_path / "b.xlsx")
    cells = worked_out(saved)
    total, difference = total_and_difference(saved, cells)
    assert total == pytest.approx(plan.summary["objective_npv"], rel=1e-12) and difference == 0.0
    # the values shown before anything is recalculated are those of the formulas
    shown = openpyxl.load_workbook(tmp_path / "b.xlsx", data_only=True)
    asked = openpyxl.load_workbook(saved)
    formulas = [cell for sheet in asked for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert len(formulas) > 150
    for cell in formulas:
        value, again = (
            shown[cell.parent.title][cell.coordinate].value,
            cells[f"{cell.parent.title}!{cell.coordinate}".upper()],
        )
        if value is None or isinstance(value, str):  # the check of the shares, silent while they add up
            assert not value and not again
        else:
            assert again == pytest.approx(value, rel=1e-9, abs=1e-9), cell.coordinate


def test_changed_prices_quantities_and_lives_are_valued_as_a_plan_would(
    worked_out: Worked, written: WrittenPlan, tmp_path: Path
) -> None:
    """A dearer radio set, twice the easement, a terminal that lasts half as long."""
    costs = written.tables["costs"].copy()
    costs.loc[costs["item"] == "radio set", "capex"] *= 1.5
    costs.loc[costs["item"] == "easement", ["quantity", "capex", "opex_per_year"]] *= 2.0
    costs.loc[costs["item"] == "terminal", "life_years"] = 2.5

    def change(book: Workbook) -> None:
        bill = book["Bill"]
        for item, column, to in (("radio set", 5, 1.5), ("easement", 4, 2.0), ("terminal", 9, 0.5)):
            row, _ = place(book, "Bill", item)
            bill.cell(row, column).value *= to

    plan = valued(written, TAXED)
    after = float(present_values(costs, vars(TAXED)).sum())
    saved = workbook_of(plan, tmp_path / "b.xlsx", change)
    total, difference = total_and_difference(saved, worked_out(saved))
    assert total == pytest.approx(after, rel=1e-9)
    assert (
        difference == pytest.approx(after - plan.summary["objective_npv"], abs=0.02)
        and abs(after - plan.summary["objective_npv"]) > 1000
    )


OTHERS = {
    "society at once, no rate": ("society at once", {"discount_rate": 0.0}),
    "other rates, a shorter horizon": (
        "operator",
        {"discount_rate": 0.12, "years": 7, "residual": False, "vat": 0.0, "import_duty": 0.3, "profit_tax": 0.1},
    ),
    "a longer horizon": ("society, roll-out and growth", {"years": 23}),
    "another roll-out": ("operator", {"rollout": (0.1, 0.0, 0.4, 0.5)}),
    "other growth": ("operator", {"opex_growth_per_year": {"other": 0.05}}),
}
CELLS = {
    "discount_rate": "Discount rate (real, a year)", "years": "Horizon (whole years)",
    "residual": "Residual value counts (1 yes, 0 no)", "vat": "VAT that is not recovered",
    "import_duty": "Import duty", "profit_tax": "Profit tax",
}  # fmt: skip


@pytest.mark.parametrize("other", OTHERS)
def test_changed_parameters_are_those_of_another_plan(
    worked_out: Worked, written: WrittenPlan, tmp_path: Path, other: str
) -> None:
    mode, changes = OTHERS[other]
    economics = replace(MODES[mode], **changes)

    def change(book: Workbook) -> None:
        sheet = book["Parameters"]
        for key, text in CELLS.items():
            if key in changes:
                sheet.cell(place(book, "Parameters", text)[0], 2).value = float(changes[key])
        first = place(book, "Parameters", "Roll-out: year")[0] + 1
        for year in range(10 if "rollout" in changes else 0):
            sheet.cell(first + year, 2).value = economics.rollout[year] if year < len(economics.rollout) else 0.0
        row = place(book, "Parameters", "Category")[0] + 1
        while "opex_growth_per_year" in changes and sheet.cell(row, 1).value:
            sheet.cell(row, 2).value = economics.opex_growth_per_year["other"]
            row += 1

    plan = valued(written, MODES[mode])
    saved = workbook_of(plan, tmp_path / "b.xlsx", change)
    total, _ = total_and_difference(saved, worked_out(saved))
    assert total == pytest.approx(float(present_values(plan.tables["costs"], vars(economics)).sum()), rel=1e-9)


def test_shares_that_are_not_a_whole_are_told(worked_out: Worked, written: WrittenPlan, tmp_path: Path) -> None:
    def change(book: Workbook) -> None:
        book["Parameters"].cell(place(book, "Parameters", "Roll-out: year")[0] + 1, 2).value = 0.4

    saved = workbook_of(valued(written, TAXED), tmp_path / "b.xlsx", change)
    row, _ = place(openpyxl.load_workbook(saved), "Parameters", "Sum")
    assert "100 %" in str(worked_out(saved)[f"PARAMETERS!C{row}"])


def test_the_workbook_of_a_french_project_speaks_french_and_comes_to_the_same(
    worked_out: Worked, written: WrittenPlan, tmp_path: Path
) -> None:
    """No text that the English workbook has in the same cell is left, but names that are the same in both."""
    plan = valued(written, MODES["operator"])
    spoken = replace(plan, resolved={**plan.resolved, "project": {**plan.project, "language": "fr"}})
    english, french = (openpyxl.load_workbook(write_bill(each, tmp_path / f"{name}.xlsx"))
                       for name, each in (("en", plan), ("fr", spoken)))  # fmt: skip
    assert french.sheetnames == ["Synthèse", "Devis", "Paramètres"]
    alike = {
        cell.value
        for sheet, said in zip(english, french, strict=True)
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "s" and said[cell.coordinate].value == cell.value
    }
    own = {*plan.tables["costs"]["item"], "Total", "W", "km"}
    assert alike <= own, alike - own
    cells = worked_out(tmp_path / "fr.xlsx")
    row, _ = place(french, "Synthèse", "Valeur actuelle du plan")
    assert cells[f"SYNTHÈSE!D{row - 2}"] == pytest.approx(plan.summary["objective_npv"], rel=1e-12)
    assert cells[f"SYNTHÈSE!D{row + 1}"] == 0.0
