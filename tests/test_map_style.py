"""Maps are told apart by readers who see fewer colours, in greys, and in any script."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import geopandas as gpd
import matplotlib
import numpy as np
import pytest
from anyascii import anyascii
from colorspacious import cspace_convert
from mapbuilder import said_on, sound, written
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager, get_font
from shapely.geometry import box

from netplan.catalogue import load_catalogue
from netplan.comparison.phrases import PHRASES as CHART_PHRASES
from netplan.maps.atlas import OF_ONE
from netplan.maps.fonts import BASE, in_latin, settings, typeface
from netplan.maps.languages import ENGLISH, LANGUAGES, PHRASES
from netplan.maps.layers import Looks, draw_cells
from netplan.maps.legend import Row, draw_legend
from netplan.maps.page import PAGES
from netplan.maps.people import SHARE_COLOURS
from netplan.maps.read import read_written
from netplan.maps.scenarios import BOTH, CHANGES, HATCHES, ONLY_FIRST, ONLY_SECOND
from netplan.maps.scene import read_scene
from netplan.maps.style import BLUES, FIVE_LOADS, UNSERVED, WARMS, WATER, classed, looks, told_apart
from netplan.maps.words import headline, money, number, percent

EYES = ("", "deuteranomaly", "protanomaly", "tritanomaly")
ORDERED = {"blues": BLUES, "warms": WARMS, "shares": SHARE_COLOURS, "loads": FIVE_LOADS}
APART = 6.0
"""Distance in CAM02-UCS; one unit is about the least that is seen at all."""


def seen(colours: tuple[str, ...], eye: str) -> np.ndarray:
    """CAM02-UCS coordinates of colours as an eye without one kind of cone sees them."""
    rgb = np.array([to_rgb(colour) for colour in colours])
    if eye:
        rgb = np.clip(cspace_convert(rgb, {"name": "sRGB1+CVD", "cvd_type": eye, "severity": 100}, "sRGB1"), 0, 1)
    return np.asarray(cspace_convert(rgb, "sRGB1", "CAM02-UCS"))


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("scale", list(ORDERED))
def test_neighbouring_classes_are_told_apart_by_any_eye(scale: str, eye: str) -> None:
    for count in range(2, len(ORDERED[scale]) + 1):
        at = seen(tuple(classed(count, ORDERED[scale])), eye)
        assert min(np.linalg.norm(b - a) for a, b in pairwise(at)) > APART


@pytest.mark.parametrize("scale", list(ORDERED))
def test_classes_keep_their_order_in_greys(scale: str) -> None:
    lightness = seen(ORDERED[scale], "")[:, 0]
    assert (np.diff(lightness) < -APART).all()


@pytest.mark.parametrize("eye", EYES)
def test_changes_and_who_is_left_out_are_told_apart(eye: str) -> None:
    lines = seen((ONLY_FIRST, ONLY_SECOND, BOTH), eye)
    cells = seen(tuple(CHANGES.values()), eye)
    assert min(np.linalg.norm(a - b) for a, b in combinations([*lines], 2)) > 2 * APART
    assert min(np.linalg.norm(a - b) for a, b in combinations([*cells], 2)) > APART
    circles = seen((*SHARE_COLOURS, UNSERVED), eye)
    assert min(np.linalg.norm(circles[-1] - one) for one in circles[:-1]) > 3 * APART
    lakes = seen((*SHARE_COLOURS, WATER), eye)
    assert min(np.linalg.norm(lakes[-1] - one) for one in lakes[:-1]) > 1.5 * APART


def test_what_greys_mix_is_hatched() -> None:
    light = dict(zip(CHANGES, seen(tuple(CHANGES.values()), "")[:, 0], strict=True))
    for one, other in combinations(CHANGES, 2):
        assert abs(light[one] - light[other]) > APART or HATCHES.get(one) != HATCHES.get(other)


def test_no_two_lines_and_no_two_sites_of_the_catalogue_look_alike() -> None:
    catalogue = load_catalogue([])
    media = {key: {"colour": entry.colour, "dash": entry.dash} for key, entry in catalogue.media.items()}
    some = told_apart(looks(sorted(media)[:9], media))
    assert len({look.dash for look in some.values()}) == len(some)
    kinds = {key: {"colour": entry.colour, "marker": entry.marker} for key, entry in catalogue.structures.items()}
    sites = told_apart(looks(list(kinds), kinds), families=False)
    assert len({look.marker for look in sites.values()}) == len(sites)
    assert all(sites[key].colour == kinds[key]["colour"] for key in kinds)


def test_a_dash_that_the_catalogue_spells_out_is_kept() -> None:
    entries = {"a": {"dash": "[0, [9, 4]]"}, "b": {"dash": "solid"}, "c": {"dash": "solid"}}
    found = told_apart(looks(list(entries), entries))
    assert found["a"].dash == (0.0, (9.0, 4.0)) and found["b"].dash == "solid" and found["c"].dash != "solid"


def test_every_phrase_is_in_every_language_with_the_same_places() -> None:
    import string

    for key, phrase in [*PHRASES.items(), *CHART_PHRASES.items()]:
        assert set(phrase) == set(LANGUAGES), key
        places = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in phrase.values()]
        assert all(each == places[0] for each in places), key


def test_numbers_follow_the_language() -> None:
    french = LANGUAGES["fr"]
    assert number(1234567, french) == "1\u202f234\u202f567" and percent(0.9812, french) == "98,1\u202f%"
    assert money(12.5e6, "RWF", french) == "12,50\u00a0millions\u00a0RWF" and money(-2e9, "USD") == "−USD 2.00 billion"
    assert headline({"objective_npv": 2e6, "gap": None}, {"years": 10}, "USD", french)[0].startswith("Coût actualisé")


def test_scripts_of_the_shipped_font_need_no_other() -> None:
    face = typeface(["Kigali", "Ñandú", "Приволжск", "Αθήνα", "الخرطوم", "ירושלים", "Երևան"])
    assert face.families == (BASE,) and not face.lacking and face.scripts == []


def test_a_script_that_no_font_has_is_named_and_not_boxed(tmp_path: Path) -> None:
    letter = chr(0x1E900)  # Adlam (a), rare among installed fonts; skipped where one has it
    fonts = [entry.fname for entry in fontManager.ttflist if not entry.name.startswith("Last Resort")]
    if any(0x1E900 in get_font(file).get_charmap() for file in fonts):
        pytest.skip("a font of this machine has it")
    name = letter * 6
    face = typeface([name])
    assert face.scripts == ["Adlam"] and face.sayable(name) == anyascii(letter) * 6
    assert face.sayable(f"Kigali {letter}") == f"Kigali {anyascii(letter)}"
    assert in_latin("\ue000\ue001", {"\ue000", "\ue001"}) == ""  # of no script: nothing to say
    assert in_latin("ደብረ ማርቆስ", set("ደብረማርቆስ")) == "Debre Mark'os"
    plan = read_written(
        written(
            tmp_path / "base", name=name, place=name, labels=dict.fromkeys(("t1", "t2", "k1", "k2", "m1", "m2"), name)
        )
    )
    scene = read_scene(plan, None)
    with matplotlib.rc_context(settings(scene.face)):
        sheet = OF_ONE["plan"](plan, scene, replace(PAGES["a4"], dpi=70), ENGLISH)
    sound(sheet)  # no glyph is lacking in what is drawn
    assert any("Adlam" in text for text in said_on(sheet))


def test_right_to_left_names_are_drawn(tmp_path: Path) -> None:
    plan = read_written(written(tmp_path / "base", name="ولاية الخرطوم", place="أم درمان"))
    scene = read_scene(plan, None)
    with matplotlib.rc_context(settings(scene.face)):
        sheet = OF_ONE["plan"](plan, scene, replace(PAGES["a4"], dpi=70), ENGLISH)
    sound(sheet)
    said = said_on(sheet)
    assert "أم درمان" in said and any("ولاية الخرطوم" in text for text in said)


@pytest.mark.parametrize("columns", [1, 2])
def test_a_row_of_tints_stays_in_its_column(columns: int) -> None:
    figure = Figure(figsize=(3.4, 3.0), dpi=100)
    canvas = FigureCanvasAgg(figure)
    ax = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    ax.set(xlim=(0, 3.4 * 72), ylim=(0, 3.0 * 72))
    tints = ("#eeeeee", "#cccccc", "#aaaaaa", "#888888")
    said = "Stronger tint: more people per square km"
    rows = [Row("Access", heading=True), Row(said, ramp=(tints, ("420", "480", "700")))]
    draw_legend(ax, canvas.get_renderer(), [rows, [Row("Sites", heading=True)]], columns)
    wide = (3.4 * 72 - 20.0 * (columns - 1)) / columns
    right = [each.get_x() + each.get_width() for each in ax.patches]
    assert len(right) == 4 and max(right) <= wide + 1e-6
    assert max(right) > 0.9 * min(wide, 140.0), "as wide as there is room for"
    canvas.draw()
    caption = [each for each in ax.texts if each.get_text() in said]
    ends = [each.get_window_extent(canvas.get_renderer()).transformed(ax.transData.inverted()).x1 for each in caption]
    assert " ".join(each.get_text() for each in caption) == said and max(ends) <= wide + 1.0


@pytest.mark.parametrize(("breaks", "hatched"), [((420.0, 480.0, 700.0), True), ((12.0, 290.0, 530.0), False)])
def test_the_emptiest_quarter_of_the_unserved_is_hatched_unless_it_is_wild(
    breaks: tuple[float, ...], hatched: bool
) -> None:
    """A cell of a thin village is marked as not served like any other; of a park it is tinted alone."""
    cells = gpd.GeoDataFrame(
        {"technology": [""], "served_share": [0.0], "baseline_share": [0.0], "population": [5.0]},
        geometry=[box(0, 0, 1000, 1000)],
    )
    ax = Figure().subplots()
    draw_cells(ax, cells, Looks({}, {}, {}), np.array(breaks), 1.0)
    assert any(each.get_hatch() for each in ax.collections) == hatched
