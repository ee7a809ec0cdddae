"""Sheets of several scenarios where operators are planned alone: side by side, difference, waterfall."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import pytest
from mapbuilder import said_on
from marketplace import market, written

from netplan.maps import Wish, draw_comparisons
from netplan.maps.charts import waterfall_steps
from netplan.maps.compared import alike_in_words
from netplan.maps.fonts import settings
from netplan.maps.languages import ENGLISH
from netplan.maps.read import WrittenPlan, read_written
from netplan.maps.scenarios import difference_in_words, difference_sheet, scenarios_sheet
from netplan.maps.scene import read_scene
from netplan.publish import redraw

SCENARIOS = {"greenfield": {"sharing": []}, "sharing": {"sharing": ["towers"], "impose": ["roaming"]}}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two operators, each alone at first, then one network for both."""
    folder = market(tmp_path_factory.mktemp("market"), scenarios=SCENARIOS)
    written(folder, *SCENARIOS)
    return folder / "out"


@pytest.fixture(scope="module")
def plans(out: Path) -> list[WrittenPlan]:
    return [read_written(out / name) for name in SCENARIOS]


def test_the_networks_of_all_operators_are_read_as_one_plan(out: Path, plans: list[WrittenPlan]) -> None:
    alone, joint = plans
    assert (alone.operators_alone, joint.operators_alone) == (2, 0)
    each = [read_written(out / "greenfield" / name) for name in ("alpha", "beta-telecom")]
    assert len(alone.sites) == sum(len(plan.sites) for plan in each) > 0
    assert alone.links["length_m"].sum() == pytest.approx(sum(plan.links["length_m"].sum() for plan in each))
    assert set(alone.equipment["site_id"]) <= {*alone.sites["site_id"], ""}
    assert set(alone.links["from_node"]) | set(alone.links["to_node"]) >= set(alone.sites["node_id"])
    assert (alone.nodes["kind"] == "pop").sum() == 1


def test_every_sheet_of_several_is_drawn(out: Path) -> None:
    made = draw_comparisons([out / name for name in SCENARIOS], out, out.parent, Wish(dpi=60))
    assert [path.name for path in made] == ["scenarios.png", "difference.png", "waterfall.png"]
    folders = sorted(path.parent for path in out.glob("**/plan.gpkg"))
    drawn = redraw(folders, out, Wish(kinds=("scenarios",), dpi=60))
    assert [path.relative_to(out).as_posix() for path in drawn] == ["maps/scenarios.png"]


def test_sheets_say_whose_networks_they_show_and_what_they_cost(out: Path, plans: list[WrittenPlan]) -> None:
    alone, joint = plans
    scene = read_scene(alone, out.parent)
    with matplotlib.rc_context(settings(scene.face)):
        beside = said_on(scenarios_sheet(plans, scene))
        apart = said_on(difference_sheet(alone, joint, scene))
    assert "2 operators, each with a network of its own" in beside
    assert "greenfield: 2 operators, each with a network of its own" in apart
    steps, levers = waterfall_steps(out, alone, joint)
    more = joint.summary["objective_npv"] - alone.summary["objective_npv"]
    assert not levers and more > 0 and sum(step.value for step in steps) == pytest.approx(-more)
    # a joint network that costs more is said to, and what is proven of it is no negative sum
    said = difference_in_words(alone, joint, ENGLISH)
    assert f"costs USD {more:,.0f} more than greenfield" in said and "−" not in said and "proven" in said


def test_a_model_that_operators_agreed_on_is_in_use(plans: list[WrittenPlan]) -> None:
    """Where it saves nothing the sheet says so, and not that nothing is in use."""
    said = alike_in_words(*plans, ENGLISH)
    assert plans[1].agreed == ("roaming",) and "makes use of" in said and "roaming" in said.lower()
