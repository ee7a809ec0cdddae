"""The set of maps of the shipped district, planned for a few seconds: every sheet is sound and the set is quick."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import matplotlib
import pytest
from mapbuilder import drawn_texts, has_colour, said_on, sound
from matplotlib.image import imread

from netplan.maps import SET_DPI, Wish, atlas, draw_comparisons, draw_maps
from netplan.maps.atlas import OF_ONE
from netplan.maps.charts import waterfall_sheet
from netplan.maps.fonts import settings
from netplan.maps.languages import ENGLISH
from netplan.maps.page import PAGES
from netplan.maps.read import read_written
from netplan.maps.scenarios import difference_sheet, scenarios_sheet
from netplan.maps.scene import read_scene
from netplan.maps.sheet import Sheet
from netplan.maps.write import save
from netplan.pipeline import describe, write_coverage
from netplan.planning import plan_district
from netplan.plans import write_plan
from netplan.problem import asking
from netplan.project import read_project

DEMO = Path(__file__).parent.parent / "data" / "rwamagana-kayonza"
SECONDS = 120.0
"""Of this process, for the whole set of a plan and its comparison: twice what it takes on a slow machine."""
LAKE, RELIEF = (0.776, 0.867, 0.933), 0.04


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The district planned for two thirds of its targets and for all, as far as the planner comes in a few seconds.

    It is described once: that takes longer than planning it.
    """
    out = tmp_path_factory.mktemp("demo")
    full = describe(read_project(DEMO, "sharing"))
    project = full.loaded.project
    targets = {name: share * 2 / 3 for name, share in project.targets.items()}
    loaded = replace(full.loaded, scenario="less", project=project.model_copy(update={"targets": targets}))
    less = replace(full, loaded=loaded, indexed=asking(full.indexed, full.demand, targets, None))
    for district in (less, full):
        plan = plan_district(district, time_limit_s=4)
        assert plan.summary["objective_npv"] is not None
        write_plan(plan, out / district.loaded.scenario)
    write_coverage(full, plan, out / "sharing")
    return [out / "less", out / "sharing"]


def test_the_whole_set_is_drawn_soon(demo: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    sheets: list[Sheet] = []

    def kept(sheet: Sheet, target: Path) -> Path:
        sheets.append(sheet)
        drawn_texts(sheet, lambda: save(sheet, target))
        return target

    monkeypatch.setattr(atlas, "save", kept)  # writes as ever, and keeps what it wrote to be looked at
    started = time.process_time()  # other work on the machine does not count
    wanted = Wish(dpi=SET_DPI)
    made = draw_maps(demo[1], DEMO, wanted)
    made += draw_comparisons(demo, demo[0].parent, DEMO, wanted)
    spent = time.process_time() - started
    assert len(made) == len(sheets) == len(OF_ONE) + 3
    strip = [path for path in made if path.stem == "overview"]  # as wide as a report's text, finer than a page
    assert [imread(path).shape[1] for path in strip] == [int(6.77 * 1.6 * SET_DPI)]
    assert all(imread(path).shape[:2] == (1240, 1753) for path in made if path not in strip)
    assert spent < SECONDS
    with matplotlib.rc_context(settings(read_scene(read_written(demo[1]), None).face)):
        pictures = [sound(*each) for each in zip(sheets, made, strict=True)]
    assert all(has_colour(picture, LAKE, RELIEF) for picture in pictures[: len(OF_ONE)])


def test_every_slide_of_the_demo_is_sound(demo: list[Path]) -> None:
    plans = [read_written(folder) for folder in demo]
    scene = read_scene(plans[1], DEMO, (plans[0],))
    slide = replace(PAGES["slide"], dpi=90)
    with matplotlib.rc_context(settings(scene.face)):
        pictures = {kind: sound(draw(plans[1], scene, slide, ENGLISH)) for kind, draw in OF_ONE.items()}
        sound(scenarios_sheet(plans, scene, slide))
        sound(difference_sheet(*plans, scene, slide))
        sound(waterfall_sheet(demo[0].parent, *plans, scene, slide))
    assert all(has_colour(picture, LAKE, RELIEF) for picture in pictures.values())


def test_maps_of_the_demo_say_where_their_data_come_from(demo: list[Path]) -> None:
    plan = read_written(demo[1])
    scene = read_scene(plan, DEMO)
    with matplotlib.rc_context(settings(scene.face)):
        said = said_on(OF_ONE["plan"](plan, scene, PAGES["a4"], ENGLISH))
    # lines of the footer break anywhere between words
    whole = " ".join(said)
    for word in ("OpenStreetMap", "WorldPop", "OpenCelliD,", "WASAC", "ODbL", "surveyed:", plan.written_on):
        assert word in whole
