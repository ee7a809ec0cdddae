"""A project that serves people at shared places alone: who counts as served, on maps, in reports and on the page."""

from __future__ import annotations

import json
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pyogrio
import pytest
import yaml
from mapbuilder import said_on, written

from netplan.comparison.figure import LOST_TINTS, draw
from netplan.comparison.metrics import cost_per_person
from netplan.comparison.read import read_all
from netplan.comparison.run import compare
from netplan.counted import beside, counted, is_shadow, shared_places_only
from netplan.maps.fonts import settings
from netplan.maps.languages import LANGUAGES
from netplan.maps.people import before_after_sheet, people_of, people_sheet
from netplan.maps.read import read_written
from netplan.maps.scene import read_scene
from netplan.maps.words import targets_in_words
from netplan.report.insight import people, shared_only
from netplan.report.read import read_material
from netplan.report.sections.district import _level
from netplan.webmap.read import read_folders

PEOPLE, REACHED = 3600.0, 0.75
"""In the district, and the share of each cell that has a shared place in reach with the plan."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """36 cells of 100 people, nobody served at home, three quarters of each cell at a shared place."""
    home = written(tmp_path / "plan", coverage=False)
    demand = pyogrio.read_dataframe(home / "plan.gpkg", layer="demand")
    cell = (demand["class"] == "rural").to_numpy(bool)
    demand["level"] = np.where(cell, "household", "community")
    demand.loc[cell, ["weight", "population", "served_share", "baseline_share"]] = [100.0, 100.0, 0.0, 0.0]
    shared = demand[cell].assign(
        demand_id=lambda rows: "x" + rows["demand_id"], level="community", population=0.0, served_share=REACHED
    )
    shared["class"] = "community_rural"
    both = pd.concat([demand, shared], ignore_index=True)
    pyogrio.write_dataframe(both, home / "plan.gpkg", layer="demand")
    asked(home, {"community_rural": 0.7, "schools": 1.0})
    return home


def asked(home: Path, targets: dict[str, float]) -> None:
    """Writes what the project asks for, and the summary that goes with it."""
    resolved = yaml.safe_load((home / "resolved.yaml").read_text())
    resolved["project"]["targets"] = targets
    (home / "resolved.yaml").write_text(yaml.safe_dump(resolved))
    summary = json.loads((home / "summary.json").read_text())
    achieved = {"rural": 0.0, "community_rural": REACHED, "schools": 0.0}
    summary["targets"] = {
        name: {"target": targets.get(name), "achieved": share, "baseline": 0.0} for name, share in achieved.items()
    }
    (home / "summary.json").write_text(json.dumps(summary))


@pytest.mark.parametrize(
    ("targets", "alone"),
    [
        ({"community_rural": 0.7}, True),
        ({"community_rural": 0.7, "schools": 1.0, "rural": 0.0}, True),
        ({"community_rural": 0.7, "rural": 0.1}, False),
        ({"rural": 0.7, "community_rural": 0.0}, False),
        ({"schools": 1.0}, False),
        ({}, False),
    ],
)
def test_people_count_where_the_targets_ask_for_them(targets: dict[str, float], alone: bool) -> None:
    demand = pd.DataFrame({
        "class": ["rural", "community_rural", "schools"], "level": ["household", "community", "community"],
        "weight": [80.0, 80.0, 1.0], "population": [80.0, 0.0, 0.0],
    })  # fmt: skip
    project = {"targets": targets}
    assert shared_places_only(demand, project) is alone
    once = counted(demand, project)
    assert list(once["population"]) == ([0.0, 80.0, 0.0] if alone else [80.0, 0.0, 0.0])
    # what is asked for besides is in the cost, and no person is counted for it
    others = {name for name, share in targets.items() if share > 0} - {"community_rural" if alone else "rural"}
    assert beside(demand, project) == beside(once, project) == tuple(sorted(others))


def test_maps_draw_who_has_a_shared_place_in_reach(folder: Path) -> None:
    plan = read_written(folder)
    held = people_of(plan)
    assert set(held["class"]) == {"community_rural"} and held["population"].sum() == PEOPLE
    assert set(plan.demand.loc[is_shadow(plan.demand), "class"]) == {"rural"}
    scene = read_scene(plan, None)
    with matplotlib.rc_context(settings(scene.face)):
        said = " ".join(said_on(people_sheet(plan, scene)))
        then = " ".join(said_on(before_after_sheet(plan, scene, language=LANGUAGES["fr"])))
    assert "900 people (25.0 %) stay without the service" in said and "a shared place in reach" in said
    assert "rural, shared place" in said and "community_rural" not in said
    assert "Served: rural, shared place 75.0 % (target 70 %)" in said
    assert "2\u202f700 personnes ont le service avec le plan" in then and "un lieu partagé à portée" in then
    assert "Avec le plan\u00a0: 75,0\u202f% de 3\u202f600 personnes" in then


@pytest.mark.parametrize("targets", [{"community_rural": 0.7}, {"rural": 0.5, "community_rural": 0.7}])
def test_the_comparison_paints_those_who_are_counted(folder: Path, targets: dict[str, float]) -> None:
    """Three quarters have a shared place and none service at home: cells of homes are red, where homes are asked for,
    and those of shared places a quarter as much."""
    asked(folder, targets)
    sheet = draw(compare([folder, folder]))
    pale, red = (0xE9 / 255, 0xEE / 255, 0xF2 / 255), (0xB2 / 255, 0x18 / 255, 0x2B / 255)
    for ax in sheet.axes[:2]:
        areas = [each for each in ax.collections if len(each.get_facecolors())]
        painted = {tuple(each.get_facecolors()[0][:3].round(6)): len(each.get_paths()) for each in areas}
        cells = {name: painted.get(tuple(np.round(colour, 6)), 0) for name, colour in (("pale", pale), ("red", red))}
        assert cells == {"pale": 0 if "rural" in targets else 36, "red": 36}
        tints = [each.get_facecolors()[0] for each in areas]
        strongest = max(tint[3] for tint in tints if np.allclose(tint[:3], red))
        assert strongest <= 0.25 * max(LOST_TINTS) if "rural" not in targets else strongest in LOST_TINTS
    said = {text.get_text() for text in sheet.legends[0].get_texts()}
    assert ("not served at a shared place (stronger: more people)" in said) == ("rural" not in targets)


def test_where_homes_are_asked_for_too_people_count_there(folder: Path) -> None:
    asked(folder, {"rural": 0.5, "community_rural": 0.7})
    plan = read_written(folder)
    assert set(people_of(plan)["class"]) == {"rural"}
    assert set(plan.demand.loc[is_shadow(plan.demand), "class"]) == {"community_rural"}
    scene = read_scene(plan, None)
    with matplotlib.rc_context(settings(scene.face)):
        said = " ".join(said_on(people_sheet(plan, scene)))
    assert "3,600 people (100.0 %) stay without the service" in said and "a shared place in reach" not in said
    assert "rural 0.0 % (target 50 %, missed)" in targets_in_words(plan.summary)


def test_the_report_says_what_is_asked_of_shared_places_and_sensors() -> None:
    community = {"rate_mbps": 2.0, "busy_hour_mbps": 0.03, "adoption": 0.3}
    sensors, schools = {"rate_mbps": 0.0003, "busy_hour_mbps": 1e-6}, {"rate_mbps": 10.0}
    project = {"community": community, "service": {"rural": {"adoption": 0.2}}}
    project["demand"] = {"sensors": sensors, "facilities": {"schools": schools}}
    assert _level(project, "community_rural") == community and _level(project, "rural") == {"adoption": 0.2}
    assert _level(project, "sensors") == sensors and _level(project, "schools") == schools
    assert _level({}, "sensors") == _level({}, "community_urban") == {}


def test_report_comparison_and_page_count_the_same_people(folder: Path) -> None:
    scenario = read_material(folder).scenarios[0]
    served = people(scenario)
    assert shared_only(scenario) and (served.total, served.before, served.after) == (PEOPLE, 0.0, PEOPLE * REACHED)
    beside = read_all([folder, folder])[0]
    assert cost_per_person(beside) == pytest.approx(beside.number("objective_npv") / (PEOPLE * REACHED))
    pyogrio.write_dataframe(pd.DataFrame({"layer": ["sites"], "npv": [1.0]}), folder / "plan.gpkg", layer="costs")
    demand = read_folders([folder])[0].tables["demand"]
    assert demand.groupby("class")["population"].sum().to_dict() == {
        "community_rural": PEOPLE, "rural": 0.0, "schools": 0.0,
    }  # fmt: skip
