"""Scenarios that spend the same budget are told apart by whom they serve; a difference of cost is never a saving."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from marketplace import market

from netplan.api import read_plan
from netplan.comparison import Comparison, compare, explain
from netplan.comparison.alike import alike_sentence
from netplan.comparison.budget import served_sentence
from netplan.comparison.phrases import LANGUAGES
from netplan.comparison.sensitivity_budget import ALL_ENDS, FRAME
from netplan.comparison.sensitivity_write import moved, read_sensitivity, sentences
from netplan.maps.compared import more_in_words
from netplan.maps.languages import LANGUAGES as MAP_LANGUAGES
from netplan.maps.read import read_written
from netplan.maps.words import gap_in_words
from netplan.project import read_scenarios
from netplan.publish import publish_comparison
from netplan.report import recommended_folder, write_report
from netplan.report.read import read_material
from netplan.report.verdict import more
from netplan.report.words import Words
from netplan.studies import Limits, plan_scenarios
from netplan.studies.sensitivity import BUDGET_COLUMNS, resolve_ends
from netplan.written import SERVED
from netplan.yamltext import dump_yaml, load_yaml

BUDGET = 300_000


@pytest.fixture(scope="module")
def spent(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Comparison]:
    """One mast of one's own, or two of others' for the same sum; planned to the optimum, compared and written."""
    folder = market(
        tmp_path_factory.mktemp("spent"),
        operators=None,
        budget=BUDGET,
        targets={"rural": 0.0, "schools": 0.0},
        scenarios={"alone": {"sharing": []}, "shared": {"sharing": ["towers"]}},
    )
    loaded = read_scenarios(folder, ["alone", "shared"])
    folders = list(plan_scenarios(loaded, folder / "out", drawn=False).values())
    return folder, publish_comparison(folders, folder / "out", drawn=False)


def test_the_comparison_speaks_of_people_and_not_of_savings(spent: tuple[Path, Comparison]) -> None:
    folder, comparison = spent
    assert comparison.savings == ()
    (found,) = comparison.more_served
    alone, shared = (plan.tables["demand"] for plan in comparison.plans)
    counted = [float((rows["weight"] * rows["served_share"]).sum()) for rows in (alone, shared)]
    assert found.value == pytest.approx(counted[1] - counted[0]) and found.value > 100
    assert found.low <= found.value <= found.high and found.distinguishable and found.same_sum
    assert max(found.spent_reference, found.spent_scenario) <= BUDGET
    text = explain(comparison)
    assert f"Within the same sum of USD 300,000, shared serves {counted[1]:,.0f} people and facilities" in text
    assert "saves" not in text and "better off" not in text and "worse off" not in text
    data = json.loads((folder / "out/comparison.json").read_text())
    assert data["savings"] == [] and data["more_served"][0]["value"] == pytest.approx(found.value)
    table = pd.read_csv(folder / "out/comparison.csv").set_index("metric")
    assert table.loc["people and facilities served", "shared - alone"] == pytest.approx(found.value)
    assert table.loc["sum that may be spent", "alone"] == BUDGET
    assert comparison.accounts.query("scenario == 'shared'")["saving_npv"].isna().all()
    french = served_sentence(found, "USD", LANGUAGES["fr"])
    assert french.startswith("Pour la même somme de 300\u202f000\u00a0USD") and "de plus que alone" in french


def test_what_is_proven_of_the_cost_is_of_plans_that_serve_as_many(spent: tuple[Path, Comparison]) -> None:
    folder, comparison = spent
    plan = read_plan(folder / "out" / "shared")
    assert (
        "no plan that serves as many" in repr(plan) and "no plan that serves as many costs less" in plan._repr_html_()
    )
    assert "that serves as many" in explain(comparison).splitlines()[0]
    written = read_written(folder / "out" / "shared")
    said = [gap_in_words(written.summary, "USD", language) for language in MAP_LANGUAGES.values()]
    assert "serves as many" in said[0] and "dessert autant" in said[1]


def test_the_sensitivity_asks_whether_the_sum_is_enough(spent: tuple[Path, Comparison]) -> None:
    folder, comparison = spent
    table = read_sensitivity(folder / "out/sensitivity.csv")
    pd.testing.assert_frame_equal(table, moved(comparison).reset_index(drop=True), check_dtype=False)
    assert not [name for name in table if "saving" in name]
    assert set(table["scenario"]) == {"alone", "shared"} and not set(table["entry"]) & set(FRAME)
    for plan in comparison.plans:
        rows = table[table["scenario"] == plan.name]
        assert np.allclose(rows["cost"], plan.number("objective_npv"))
        assert np.allclose(rows["over_at_high"], rows["cost_at_high"] - BUDGET)
        assert (rows["fits"] == (rows[["over_at_low", "over_at_high"]].max(axis=1) <= 1e-3)).all()
        together, alone = rows[rows["input"] == ALL_ENDS].iloc[0], rows[rows["field"].isin(["capex", "opex_per_year"])]
        assert together["cost_at_high"] - together["cost"] == pytest.approx(
            (alone["cost_at_high"] - alone["cost"]).sum()
        )
        one = alone[alone["break_even"].notna()].iloc[0]  # prices are linear: the cost there is the budget
        slope = (one["cost_at_high"] - one["cost_at_low"]) / (one["high"] - one["low"])
        assert one["cost"] + slope * (one["break_even"] - one["value"]) == pytest.approx(BUDGET)
    said = "\n".join(sentences(table, "USD"))
    assert "of its budget of USD 300,000" in said and "saving" not in said
    assert (folder / "out/sensitivity.png").is_file()


def test_planned_again_the_ends_say_who_is_served(spent: tuple[Path, Comparison], tmp_path: Path) -> None:
    folder, comparison = spent
    loaded = read_scenarios(folder, comparison.names)
    folders = {name: folder / "out" / name for name in comparison.names}
    found = resolve_ends(loaded, folders, moved(comparison), 1, tmp_path, Limits(gap=0.02))
    assert list(found) == BUDGET_COLUMNS and len(found) == 1
    row = found.iloc[0]
    assert row["more_served_low"] <= row["more_served"] <= row["more_served_high"]
    assert row["more_served_as_planned"] == pytest.approx(comparison.more_served[0].value)
    assert row["more_served"] == pytest.approx(row["served_scenario"] - row["served_reference"])


def test_a_budget_with_further_levers_serves_no_fewer(spent: tuple[Path, Comparison], tmp_path: Path) -> None:
    shutil.copytree(spent[0] / "out", tmp_path / "out")
    for name in ("alone", "shared"):
        path = tmp_path / "out" / name / "summary.json"
        summary = json.loads(path.read_text())
        served = next(stage for stage in summary["stages"] if stage["objective"] == SERVED)
        served |= {"value": 1000.0, "bound": 1500.0}
        path.write_text(json.dumps(summary))
    folders = [tmp_path / "out" / name for name in ("alone", "shared")]
    (found,) = compare(folders).more_served
    assert (found.value, found.low, found.high) == (0.0, 0.0, 500.0)
    (mine,) = [more(*read_material(tmp_path / "out").scenarios)]
    assert mine is not None and (mine.low, mine.high) == (0.0, 500.0)
    before, after = map(read_written, folders)
    assert "between 0 and 500" in more_in_words(before, after, MAP_LANGUAGES["en"])
    assert "between −500 and 0" in more_in_words(after, before, MAP_LANGUAGES["en"]), "with fewer levers no more"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_report_recommends_whom_the_sum_serves_most(
    spent: tuple[Path, Comparison], tmp_path: Path, language: str
) -> None:
    folder, comparison = spent
    shutil.copytree(folder, tmp_path / "copy")
    out = tmp_path / "copy/out"
    for name in comparison.names:  # the cheapest plan is not the best: it leaves more of the sum, and more people
        path = out / name / "summary.json"
        cost = 100_000.0 if name == "alone" else 250_000.0
        path.write_text(json.dumps(json.loads(path.read_text()) | {"objective_npv": cost, "bound_npv": cost}))
    best = recommended_folder(out)
    assert best is not None and best.name == "shared"
    text = " ".join(write_report(out, language)[0].read_text(encoding="utf-8").split())
    wanted = {"en": "Within the same sum of USD", "fr": "Pour la même somme de"}[language]
    assert wanted in text
    words = Words.of(language)
    for key in ("first.fact_saving", "first.fact_saving_more", "extra.sensitivity.title", "comparison.note_unlike"):
        assert words(key, what="", scenario="", reference="").strip(" .:;") not in text, key
    assert not re.search(r"” (saves|costs) |» (économise|coûte) |[Tt]he saving|l'économie", text)


def _with_levers(folder: Path, target: Path, *levers: str) -> Path:
    """A copy of a written plan whose scenario opens levers."""
    shutil.copytree(folder, target)
    settings: dict[str, Any] = load_yaml((target / "resolved.yaml").read_text(encoding="utf-8"))
    settings["project"]["sharing"] = list(levers)
    (target / "resolved.yaml").write_text(dump_yaml(settings), encoding="utf-8")
    summary = json.loads((target / "summary.json").read_text())
    (target / "summary.json").write_text(json.dumps(summary | {"scenario": target.name}))
    return target


def test_plans_that_cost_the_same_are_told_why(spent: tuple[Path, Comparison], tmp_path: Path) -> None:
    out = spent[0] / "out"
    none = _with_levers(out / "shared", tmp_path / "none")
    used = _with_levers(out / "shared", tmp_path / "used", "towers")
    idle = _with_levers(out / "alone", tmp_path / "idle", "towers")
    same = compare([none, used])
    assert alike_sentence(same, "used").startswith("used makes use of ") and "saves nothing by it" in explain(same)
    assert "nothing of what" in alike_sentence(compare([out / "alone", idle]), "idle").lower()
    assert alike_sentence(compare([none, out / "alone"]), "alone") == "", "they differ"
