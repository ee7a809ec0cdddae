"""Small districts with two operators, two towers and every operator model: for tests that ask what sharing is worth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import smalldistrict
from smalldistrict import at, save

from netplan.project import LoadedProject, read_project, read_scenarios
from netplan.studies import Limits, plan_scenarios

OPERATORS = [{"name": "Alpha", "share": 0.6}, {"name": "Beta Telecom", "share": 0.4}]


def market(folder: Path, **changes: Any) -> Path:
    """The small district with a tower of each operator; changes are merged into its project."""
    folder.mkdir(parents=True, exist_ok=True)
    save(folder, "towers.gpkg", [at(2.5, 2.5), at(6.5, 3.2)], name=["a", "b"], operator=["alpha ", "Beta Telecom"])
    base: dict[str, Any] = {"existing": {"towers": "towers.gpkg"}, "operators": OPERATORS}
    return smalldistrict.district(folder, **(base | changes))


def written(folder: Path, *scenarios: str, **limits: Any) -> dict[str, dict[str, Any]]:
    """Plan scenarios into `out`; scenario -> its summary as it stands on the disk."""
    folders = plan_scenarios(read_scenarios(folder, list(scenarios)), folder / "out", Limits(**limits), drawn=False)
    return {name: json.loads((path / "summary.json").read_text()) for name, path in folders.items()}


def merged(folder: Path, scenario: str) -> LoadedProject:
    """One scenario of the project, merged."""
    return read_project(folder, scenario)
