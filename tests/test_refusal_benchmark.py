"""The benchmark of the cost of refusal: it agrees on a district that is proven, and it would notice if it did not."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest
from benchmarks.refusal import Known, main, verdict
from waterdistrict import water_district


def test_planning_without_the_pipes_costs_what_the_study_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = water_district(tmp_path, routes={"water_pipe_defaults": {"owner": "Water Board"}})
    table = tmp_path / "table.csv"
    assert main([str(folder), "--scenario", "sharing", "--csv", str(table)]) == 0
    (row,) = csv.DictReader(table.open(encoding="utf-8"))
    assert row["refuses"] == "Water Board" and row["struck"] == "water-pipes" and row["verdict"] == "ok"
    assert float(row["reported"]) > 1000
    assert float(row["resolved"]) == pytest.approx(float(row["reported"]), rel=1e-6)
    assert float(row["apart"]) <= float(row["gaps"]) + 1
    assert "Water Board refuses: the study says" in capsys.readouterr().out


def test_a_project_of_known_answers_has_nothing_to_compare(tmp_path: Path) -> None:
    folder = water_district(
        tmp_path, routes={"water_pipe_defaults": {"owner": "W"}}, approval={"W": {"probability": 1}}
    )
    assert main([str(folder), "--scenario", "sharing"]) == 2


@pytest.mark.parametrize(
    ("study", "anew", "reported", "resolved", "said"),
    [
        (Known(110, 100), Known(112, 99), (0, 20), (5, 25), "ok"),
        (Known(110, 105), Known(104, 99), (0, 20), (5, 25), "WRONG: a bound lies above a plan"),
        (Known(104, 99), Known(110, 105), (0, 20), (5, 25), "WRONG: a bound lies above a plan"),
        (Known(110, 100), Known(112, 99), (0, 4), (5, 25), "WRONG: the intervals"),
        (Known(110, -math.inf), Known(112, 99), (0, 20), (5, 25), "ok, but a bound is missing"),
    ],
)
def test_contradictions_are_told(
    study: Known, anew: Known, reported: tuple[float, float], resolved: tuple[float, float], said: str
) -> None:
    assert verdict([(study, anew)], reported, resolved).startswith(said)
