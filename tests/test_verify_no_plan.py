"""The audit of an answer without a plan: it may say that there is none, and nothing else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from planbuilder import NOTHING, make_plan

from netplan.plans import write_plan
from netplan.verify import Finding, verify_plan

SHORT = {"urban": 3400.0, "rural": 640.0, "schools": 1.0}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("beyond")
    write_plan(make_plan(home, **NOTHING, status="infeasible", shortfall=SHORT), home / "out" / "sharing")
    return home


@pytest.fixture
def answer(built: Path, tmp_path: Path) -> Path:
    """A copy, to break."""
    shutil.copytree(built, tmp_path / "district")
    return tmp_path / "district" / "out" / "sharing"


def change(folder: Path, **changes: Any) -> None:
    path = folder / "summary.json"
    summary = json.loads(path.read_text())
    for key, value in changes.items():
        summary[key] = summary[key] | value if isinstance(value, dict) else value
    path.write_text(json.dumps(summary))


def further(folder: Path) -> list[Finding]:
    """What is found besides the targets that are missed."""
    return [finding for finding in verify_plan(folder) if finding.rule != "target"]


def test_only_its_targets_are_missed(answer: Path) -> None:
    findings = verify_plan(answer)
    assert [(each.rule, each.row) for each in findings] == [("target", name) for name in sorted(SHORT)]
    assert str(findings[0]) == "[target] demand rural: found 0 of 800 served, expected at least 640 (0.8 of all)"


def test_a_bound_without_a_plan_is_right(answer: Path) -> None:
    change(answer, status="none", stopped_by="time", bound_npv=1e6)
    assert further(answer) == []


def test_within_a_budget_there_is_no_stage_without_a_plan(answer: Path) -> None:
    path = answer / "resolved.yaml"
    settings = yaml.safe_load(path.read_text())
    settings["project"]["budget"] = 1e5
    path.write_text(yaml.safe_dump(settings))
    change(answer, mode="budget")
    assert further(answer) == []
    change(answer, stages=[{"objective": "weight served", "value": 0.0, "bound": None, "gap": None}])
    assert [(each.rule, each.row) for each in further(answer)] == [("status", "stages")]


@pytest.mark.parametrize(
    ("changes", "row"),
    [
        ({"status": "feasible"}, "status"),
        ({"status": "optimal"}, "status"),
        ({"gap": 0.0}, "gap"),
        ({"stages": [{"objective": "cost", "value": 1.0, "bound": 1.0, "gap": 0.0}]}, "stages"),
        ({"cost_per_person_served": 5.0}, "cost_per_person_served"),
        ({"capex_total": 5.0}, "capex_total"),
        ({"costs_npv": {"access": 5.0}}, "costs_npv.access"),
        ({"local_content": {"local_share": 0.5}}, "local_content.local_share"),
        ({"viability": {"areas_viable": 2}}, "viability.areas_viable"),
        ({"counts": {"sites_new": 1}}, "counts.sites_new"),
        ({"objective_npv": 5.0}, "objective_npv"),
    ],
)
def test_what_it_says_beyond_that_is_named(changes: dict[str, Any], row: str, answer: Path) -> None:
    change(answer, **changes)
    assert row in {finding.row for finding in further(answer)}
