"""What the figures of a report hold: roll-out, duty, VAT, profit tax and rate are said where they are not trivial."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import smalldistrict

from netplan.comparison import compare, explain
from netplan.report import read_report
from netplan.report.content import Bullets, Formula, Report, Table, texts
from netplan.report.terms import Terms, present_value

TAXED = smalldistrict.TAXED | {
    "wacc": {"equity_share": 0.4, "cost_of_equity": 0.2, "cost_of_debt": 0.1, "inflation": 0.04},
    "spectrum": {"mhz": 20.0, "per_year": 100.0},
}


def planned(folder: Path, economics: dict[str, Any]) -> Path:
    smalldistrict.district(folder, economics=economics)
    for scenario in ("greenfield", "sharing"):
        smalldistrict.planned(folder, scenario)
    return folder / "out"


@pytest.fixture(scope="module")
def taxed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return planned(tmp_path_factory.mktemp("taxed"), TAXED)


@pytest.fixture(scope="module")
def society(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same taxes where they are transfers, over one year."""
    terms = TAXED | {"perspective": "society", "rollout": [1.0], "opex_growth_per_year": 0.0, "years": 1}
    return planned(tmp_path_factory.mktemp("society"), terms)


def all_of(report: Report) -> str:
    return "\n".join(text for block in report.blocks() for text in texts(block))


def part(report: Report, key: str) -> str:
    section = next((each for _, each in report.walk() if each.key == key), None)
    return "" if section is None else "\n".join(text for block in section.blocks for text in texts(block))


def heads(report: Report) -> set[str]:
    return {name for block in report.blocks() if isinstance(block, Table) for name in block.columns}


def test_every_term_is_stated_in_the_method(taxed: Path) -> None:
    report = read_report(taxed)
    said = part(report, "terms")
    assert (
        "Weighted average cost of capital (WACC)" in said
        and "\n7.88 % a year, real." in said
        and "Built up from 40 % equity at 20 %" in said
    )
    assert "50 % at the start, 30 % after 1 year and 20 % after 2 years, of every asset" in said
    assert "Spectrum that is held is paid in full from the start." in said
    assert "25 % on the imported part of what is bought: Access equipment 85 %" in said
    assert "18 % that cannot be recovered" in said and "30 %. Yearly costs and depreciation lower it" in said
    assert "Power supply 3 %; all else 1 % a year" in said
    assert "Sums to build are before import duty and VAT, yearly sums before VAT; present values hold them." in said
    french = part(read_report(taxed, "fr"), "terms")
    assert (
        "50\u202f% au début, 30\u202f% après 1 an et 20\u202f% après 2 ans" in french
        and "18\u202f% non récupérable" in french
    )
    assert "Droits de douane" in french and "Impôt sur les bénéfices" in french and "Coût moyen pondéré" in french


def test_no_figure_is_mislabelled(taxed: Path) -> None:
    report = read_report(taxed)
    first = part(report, "first")
    assert "to build (over 3 years, before duty and VAT)" in first
    assert "a year to run (once all is built, before it grows, before VAT)" in first
    assert ", with import duty and VAT, less relief from profit tax)" in first and "at a WACC of" in first
    bill = part(report, "bill")
    assert "building at the start," not in bill and "building 50 % at the start, 30 % after 1 year" in bill
    assert not {"Build, USD", "Run, USD a year", "Unit price, USD"} & heads(report)
    assert {"Build before duty and VAT, USD", "Run before VAT, USD a year"} <= heads(report)
    assert "Build before duty and VAT, USD" in part(report, "comparison")
    assert "present values hold them" in part(report, "comparison")
    french = read_report(taxed, "fr")
    assert {"Construire hors droits et TVA, USD", "Exploiter hors TVA, USD par an"} <= heads(french)
    assert "pour construire (sur 3 ans, hors droits et TVA)" in part(french, "first")
    assert "construire au début" not in part(french, "bill")
    formula = next(block for block in report.blocks() if isinstance(block, Formula) and "W_t" in block.notation)
    assert "sum_k a_k" in formula.notation and "(1 + mu)" in formula.notation and "relief" in formula.alt


def test_the_comparison_says_what_its_sums_leave_out(taxed: Path, society: Path) -> None:
    for out, there in ((taxed, True), (society, False)):
        said = explain(compare([out / "greenfield", out / "sharing"]))
        assert ("Capex is before import duty and VAT, yearly costs before VAT" in said) == there


def test_what_is_trivial_is_not_told(society: Path) -> None:
    report = read_report(society)
    said = all_of(report)
    for word in ("VAT", "duty", "profit tax", "WACC", "oll-out"):
        assert word not in said, word
    assert "building at the start" in part(report, "bill") and {"Build, USD", "Run, USD a year"} <= heads(report)
    assert "for 1 year, in" in said and "1 years" not in said and "over 1 year" in part(report, "bill")
    assert "pendant 1 an," in part(read_report(society, "fr"), "first")
    listed = next(each for _, each in report.walk() if each.key == "terms").blocks
    assert isinstance(listed[0], Bullets) and [item.label for item in listed[0].items] == ["Discount rate"]


def test_the_formula_has_as_much_as_the_terms_need() -> None:
    plain = Terms(0.08, "discount", {}, (), {}, 0.0, {}, 0.0, 0.0)
    assert plain.plain and plain.taxes == ""
    vat = Terms(0.08, "discount", {}, (), {}, 0.0, {}, 0.18, 0.0)
    assert vat.taxes == "vat" and "nu" in present_value(vat) and "a_k" not in present_value(vat)
    duty = Terms(0.08, "discount", {}, ((0, 0.5), (1, 0.5)), {}, 0.1, {"access": 0.8}, 0.0, 0.0)
    assert "mu" in present_value(duty) and "nu" not in present_value(duty) and "sum_k a_k" in present_value(duty)
