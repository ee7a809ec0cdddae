"""Every kind of map of every kind of plan: nothing leaves the page, nothing lies on anything, nothing is blank."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import pyogrio
import pytest
from affine import Affine
from mapbuilder import ANTIMERIDIAN, LABELS, NORTH, has_colour, said_on, sound, written
from matplotlib.colors import to_rgb

from netplan.errors import InputError
from netplan.maps import KINDS, Wish, draw_comparisons, draw_map, draw_maps, wish
from netplan.maps.atlas import OF_ONE
from netplan.maps.charts import frontier_sheet, read_frontier, waterfall_sheet, waterfall_steps
from netplan.maps.coverage import area_borders, area_tints, breaks_of
from netplan.maps.fonts import settings
from netplan.maps.frame import degree_bounds, degrees, lean_of_north
from netplan.maps.languages import ENGLISH, LANGUAGES
from netplan.maps.layers import reach_classes
from netplan.maps.money import cost_by_demand
from netplan.maps.page import PAGES
from netplan.maps.people import SHARE_COLOURS, left_out
from netplan.maps.read import read_written
from netplan.maps.scenarios import difference_in_words, difference_sheet, headlines, key_figures, scenarios_sheet
from netplan.maps.scene import read_scene
from netplan.maps.sheet import Sheet
from netplan.maps.style import FIVE_LOADS
from netplan.maps.traffic import utilisation

LONG = "Collectivité territoriale de Sainte-Marie-de-la-Mer-et-des-Montagnes-Réunies " * 4
CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "one site": {"sites": 1, "links": 0, "side": 1},
    "nothing built": {"sites": 0, "links": 0},
    "no rural class": {"classes": ("urban", "clinics"), "summary": {"targets": {}}},
    "antimeridian": {"where": ANTIMERIDIAN},
    "north": {"where": NORTH},
    "long names": {
        "name": LONG,
        "place": LONG,
        "labels": {key: f"{label} with a very long name, licence, owner and band" for key, label in LABELS.items()},
        "classes": ("rural settlements far from any road", "schools of the first and of the second degree"),
    },
    "dollars and carets": {"name": "A $ and ^ and _ of $ 5", "place": "$x^2$"},
    "nothing served": {"summary": {"status": "infeasible", "objective_npv": None, "gap": None, "bound_npv": None}},
}  # fmt: skip


def drawn(folder: Path, kind: str, page: str = "a4", language: str = "en", dpi: int = 70) -> Sheet:
    plan = read_written(folder)
    scene = read_scene(plan, None)
    with matplotlib.rc_context(settings(scene.face)):
        return OF_ONE[kind](plan, scene, replace(PAGES[page], dpi=dpi), LANGUAGES[language])


@pytest.mark.parametrize("case", list(CASES))
def test_every_kind_of_an_awkward_plan(tmp_path: Path, case: str) -> None:
    folder = written(tmp_path / "base", **CASES[case])
    plan = read_written(folder)
    scene = read_scene(plan, None)
    with matplotlib.rc_context(settings(scene.face)):
        for kind, draw in OF_ONE.items():
            sound(draw(plan, scene, replace(PAGES["a4"], dpi=70), ENGLISH))
            assert kind in KINDS


@pytest.mark.parametrize("page", ["a3", "slide"])
@pytest.mark.parametrize("language", list(LANGUAGES))
def test_every_page_in_every_language(tmp_path: Path, page: str, language: str) -> None:
    folder = written(tmp_path / "base")
    for kind in ("plan", "served", "before_after", "load"):
        sheet = drawn(folder, kind, page, language)
        sound(sheet)
        assert sheet.figure.get_size_inches() == pytest.approx((PAGES[page].width_in, PAGES[page].height_in))


def test_service_of_today_that_nobody_knows_is_not_called_none(tmp_path: Path) -> None:
    known = read_written(written(tmp_path / "base"))
    unknown = replace(known, demand=known.demand.assign(baseline_share=0.0))
    stated = replace(unknown, project={**known.project, "existing": {"service": "today.gpkg"}})
    scene = read_scene(known, None)
    with matplotlib.rc_context(settings(scene.face)):
        heads = [
            next(
                text
                for text in said_on(OF_ONE["before_after"](plan, scene, PAGES["slide"], ENGLISH))
                if "Today:" in text
            )
            for plan in (known, unknown, stated)
        ]
    assert "not known" in heads[1] and [head for head in heads if "%" in head] == [heads[0], heads[2]]


def test_maps_show_the_colours_of_their_legends(tmp_path: Path) -> None:
    folder = written(tmp_path / "base", side=10, sites=8, links=8)
    served = sound(drawn(folder, "served"))
    assert all(has_colour(served, tuple(to_rgb(SHARE_COLOURS[rank]))) for rank in (2, 4))  # type: ignore[arg-type]
    load = sound(drawn(folder, "load"))
    assert all(has_colour(load, tuple(to_rgb(colour))) for colour in FIVE_LOADS[2:])  # type: ignore[arg-type]


def test_ten_thousand_sites_are_gathered_and_counted(tmp_path: Path) -> None:
    sheet = drawn(written(tmp_path / "base", sites=10_000, links=0, side=12), "plan")
    sound(sheet)
    said = said_on(sheet)
    assert any("grouped" in text for text in said) and {"5,000"} <= said
    # On a map of something else they are dots: no circle hides what it is about.
    assert not any("grouped" in text for text in said_on(drawn(tmp_path / "base", "cost_per_person")))
    few = drawn(written(tmp_path / "few", sites=20, links=0), "plan")
    assert not any("grouped" in text for text in said_on(few))


def test_of_a_name_too_long_for_the_title_the_scenario_stays(tmp_path: Path) -> None:
    said = said_on(drawn(written(tmp_path / "sharing", name=LONG), "plan"))
    assert any(text.endswith("… — sharing") for text in said), said


def test_people_left_out_are_all_in_the_circles(tmp_path: Path) -> None:
    plan = read_written(written(tmp_path / "base", side=9))
    sheet = drawn(tmp_path / "base", "served")
    held = plan.demand[plan.demand["population"] > 0]
    groups = left_out(sheet.figure.axes[0], held, "served_share", 90.0)
    assert groups["people"].sum() == pytest.approx((held["population"] * (1 - held["served_share"])).sum(), rel=1e-3)
    assert len(groups) < (held["served_share"] < 1).sum()


def test_costs_laid_on_demand_add_up_to_the_plan(tmp_path: Path) -> None:
    plan = read_written(written(tmp_path / "base", sites=5, links=5))
    laid = cost_by_demand(plan)
    whole = sum(float(table["npv"].sum()) for table in (plan.sites, plan.equipment, plan.service, plan.links))
    assert laid.sum() == pytest.approx(whole)
    nobody = plan.demand.loc[plan.demand["served_share"] == 0, "demand_id"]
    assert (laid[nobody] == 0).all() and (laid.drop(nobody) > 0).all()
    # all sites hang on one link each and all are alike: only the demand on a site shares its 2,000 + 1,000 + 500
    of_site = plan.service.groupby("option_id")["demand_id"].agg(list)["o0"]
    assert laid[of_site].sum() == pytest.approx(3500 + 30 * len(of_site))


def test_a_link_is_paid_by_those_whose_traffic_it_carries(tmp_path: Path) -> None:
    folder = written(tmp_path / "base", sites=3, links=3)
    links = pyogrio.read_dataframe(folder / "plan.gpkg", layer="links")
    # a chain p - n0 - n1, and n2 alone
    links.loc[1, "from_node"] = "n0"
    links["npv"] = [900.0, 100.0, 0.0]
    pyogrio.write_dataframe(links, folder / "plan.gpkg", layer="links")
    plan = read_written(folder)
    option = plan.service.set_index("demand_id")["option_id"]
    load = {"o0": 10.0, "o1": 11.0, "o2": 12.0}
    count, share = option.value_counts(), plan.service.set_index("demand_id")["share"]
    each = {key: load[option[key]] / count[option[key]] / share[key] for key in option.index}
    mbps = [each.get(key, 0.0) for key in plan.demand["demand_id"]]
    plan = replace(plan, demand=plan.demand.assign(demand_mbps=mbps))
    laid = cost_by_demand(plan)
    by_option = plan.service.groupby("option_id")["demand_id"].agg(list)
    own = {key: 30.0 * len(ids) + 1500.0 for key, ids in by_option.items()}
    # loads are 10, 11 and 12: the first link, and the first site on the way, are shared 10 to 11
    assert laid[by_option["o0"]].sum() == pytest.approx(own["o0"] + 900 * 10 / 21 - 1000 * 11 / 21)
    assert laid[by_option["o1"]].sum() == pytest.approx(own["o1"] + 900 * 11 / 21 + 100 + 1000 * 11 / 21)
    assert laid[by_option["o2"]].sum() == pytest.approx(own["o2"])


def test_load_is_a_share_of_a_stated_capacity_only(tmp_path: Path) -> None:
    links = read_written(written(tmp_path / "base", links=4)).links
    assert utilisation(links).tolist() == pytest.approx([0.0, 0.35, 0.0, 0.95])


def test_classes_are_round_few_and_filled() -> None:
    values = np.random.default_rng(0).lognormal(3, 1, 5000)
    breaks = breaks_of(values, (1, 2, 5, 10, 20, 50, 100, 200), must=(25.0,))
    assert 25.0 in breaks and len(breaks) <= 5 and breaks == sorted(breaks)
    assert np.bincount(np.searchsorted(breaks, values)).min() > 20
    assert breaks_of(np.full(9, 7.0), (1, 10)) == [] and breaks_of(np.full(3, np.nan), (1,)) == []


def test_neighbouring_areas_get_different_tints() -> None:
    server = np.array([[0, 0, 1], [2, 2, 1], [3, 3, -1]])
    tints = area_tints(server, 5)
    for one, other in ((0, 1), (0, 2), (1, 2), (2, 3)):
        assert tints[one] != tints[other]
    assert len(tints) == 5


def test_borders_of_areas_are_lines_that_take_no_pixel() -> None:
    server = np.array([[0, 0, 1], [0, -1, 1]])
    lines = area_borders(server, Affine(100.0, 0.0, 500.0, 0.0, -100.0, 900.0))
    assert lines.tolist() == [[[700.0, 900.0], [700.0, 800.0]]]  # nothing covers the pixel below: no border there
    assert area_borders(np.array([[0, 0], [1, 1]]), Affine.identity()).tolist() == [
        [[0.0, 1.0], [1.0, 1.0]],
        [[1.0, 1.0], [2.0, 1.0]],
    ]


def test_the_frame_knows_the_meridian_of_180(tmp_path: Path) -> None:
    from pyproj import CRS

    zone, x, y = ANTIMERIDIAN
    west, south, east, north = degree_bounds((x, y, x + 6000, y + 6000), CRS(zone))
    assert west < 180 < east or west < -180 < east
    assert east - west < 0.2 and -17 < south < north < -16
    assert degrees(180.05, 0.05, "E", "W") == "179.95° W" and degrees(180.0, 0.05, "E", "W") == "180.00°"


def test_north_leans_with_the_convergence_of_the_grid() -> None:
    from pyproj import CRS, Proj

    for zone, x, y in (ANTIMERIDIAN, NORTH, (32636, 200_000.0, 6_000_000.0)):
        lon, lat = Proj(CRS(zone))(x, y, inverse=True)
        convergence = Proj(CRS(zone)).get_factors(lon, lat).meridian_convergence
        assert np.rad2deg(lean_of_north((x - 10, y - 10, x + 10, y + 10), CRS(zone))) == pytest.approx(
            -convergence, abs=0.01
        )


def two(tmp_path: Path, **changes: Any) -> list[Path]:
    return [
        written(tmp_path / "greenfield", sites=4, links=4),
        written(tmp_path / "sharing", **{"sites": 5, "links": 3, "shift": 300.0, "summary": {"objective_npv": 1.0e6,
                "bound_npv": 0.9e6, "costs_npv": {"access": 4.5e5, "backhaul": 5.5e5}}, **changes}),
    ]  # fmt: skip


def test_scenarios_and_differences(tmp_path: Path) -> None:
    plans = [read_written(folder) for folder in two(tmp_path)]
    scene = read_scene(plans[0], None, tuple(plans[1:]))
    with matplotlib.rc_context(settings(scene.face)):
        for count in (2, 3, 5):
            for page in ("a4", "slide"):
                some = [plans[rank % 2] for rank in range(count)]
                sound(scenarios_sheet(some, scene, replace(PAGES[page], dpi=70), LANGUAGES["fr"]))
        sheet = difference_sheet(*plans, scene, replace(PAGES["a4"], dpi=70))
        sound(sheet)
    said = said_on(sheet)
    # cable 0, 2 and hop 1 are in both, hop 3 only in the first: 6 km each
    assert {"12.0 · 6.0", "0.0 · 6.0", "0.0 · 0.0"} <= said


def test_the_legend_of_scenarios_holds_the_signs_of_every_panel(tmp_path: Path) -> None:
    plans = [read_written(folder) for folder in two(tmp_path)]
    plans[0] = replace(plans[0], demand=plans[0].demand.assign(served_share=1.0, baseline_share=0.0))
    assert {"unserved", "partly"} <= set(reach_classes(plans[1].demand)) - set(reach_classes(plans[0].demand))
    scene = read_scene(plans[0], None, tuple(plans[1:]))
    with matplotlib.rc_context(settings(scene.face)):
        said = said_on(scenarios_sheet(plans, scene, replace(PAGES["a4"], dpi=70)))
    assert "people not served" in said and any(text.startswith("partly served") for text in said)


def test_the_best_of_many_scenarios_is_in_the_headlines(tmp_path: Path) -> None:
    first, second = (read_written(folder) for folder in two(tmp_path))
    dear = {"objective_npv": 1.1e6}
    others = [replace(second, summary={**second.summary, **dear, "scenario": f"s{k}"}) for k in range(4)]
    best = replace(second, summary={**second.summary, "scenario": "best"})
    said = headlines([first, *others, best], ENGLISH)
    assert [text.split()[0] for text in said] == ["s0", "s1", "best", "…"] and said[-1] == "… and 2 further scenarios"
    assert headlines([first, best, *others], LANGUAGES["fr"])[-1] == "… et 2 autres scénarios"
    assert len(headlines([first, best, *others[:2]], ENGLISH)) == 3


def test_a_plan_proven_optimal_has_nothing_left_to_save(tmp_path: Path) -> None:
    plan = read_written(two(tmp_path)[0])
    scene = read_scene(plan, None)
    summary = {**plan.summary, "bound_npv": plan.summary["objective_npv"], "gap": 0.0, "status": "optimal"}
    said = key_figures(replace(plan, summary=summary), scene, LANGUAGES["fr"])[1]
    assert said.endswith("moins cher prouvé") and "0,00" not in said
    assert "to save" in key_figures(plan, scene, ENGLISH)[1]


def test_what_is_said_of_a_difference_is_proven(tmp_path: Path) -> None:
    first, second = (read_written(folder) for folder in two(tmp_path))
    said = difference_in_words(first, second, ENGLISH)
    assert "costs USD 200,000 less" in said and "between USD 190,000 and USD 300,000" in said
    assert "not distinguishable" not in said
    same = difference_in_words(first, first, ENGLISH)
    assert "costs the same as" in same and "USD 0 less" not in same
    optimal = [replace(each, summary={**first.summary, "bound_npv": first.summary["objective_npv"] - less})
               for each, less in ((first, 0.0), (second, 0.2))]  # fmt: skip
    assert difference_in_words(*optimal, ENGLISH).endswith("; this is proven"), "no `between −USD 0 and USD 0`"
    nothing = replace(first, summary={**first.summary, "objective_npv": 0.0, "bound_npv": 0.0})
    assert f"more than {first.scenario}; " in difference_in_words(nothing, second, ENGLISH), (
        "of nothing there is no share"
    )
    second.summary["bound_npv"] = None
    assert "nothing is proven" in difference_in_words(first, second, ENGLISH)


def test_waterfall_by_category_and_by_lever(tmp_path: Path) -> None:
    plans = [read_written(folder) for folder in two(tmp_path)]
    scene = read_scene(plans[0], None, tuple(plans[1:]))
    steps, levers = waterfall_steps(tmp_path, *plans)
    assert not levers and sum(step.value for step in steps) == pytest.approx(2.0e5)
    width = sum(plan.summary["objective_npv"] - plan.summary["bound_npv"] for plan in plans)
    assert [step.sure for step in steps] == [abs(step.value) >= width for step in steps]
    rows = [
        {"reference": "greenfield", "scenario": "sharing", "lever": lever, "value": value, "low": low, "high": high,
         "method": method, "distinguishable": (low or 0) > 0}
        for lever, value, low, high, method in (
            ("towers", 1.5e5, 1.0e5, 2.0e5, "Shapley"),
            ("a lever of a very long name " * 3, 5.0e4, -2.0e4, 9.0e4, "Shapley"),
            ("idle", 0.0, 0.0, 0.0, "opens nothing"),
            ("together", -1.0, -5.0, 2.0, "rest"),
            ("towers", 1.8e5, None, None, "first in"))
    ]  # fmt: skip
    (tmp_path / "comparison.json").write_text(pd.io.json.ujson_dumps({"waterfall": rows}))
    steps, levers = waterfall_steps(tmp_path, *plans)
    assert levers and [step.value for step in steps] == [1.5e5, 5.0e4, 0.0, -1.0]
    assert [step.sure for step in steps] == [True, False, True, False], "exactly nothing is proven"
    assert waterfall_steps(tmp_path, *plans, LANGUAGES["fr"])[0][-1].label == "Ensemble"
    with matplotlib.rc_context(settings(scene.face)):
        for page in ("a4", "slide"):
            picture = sound(waterfall_sheet(tmp_path, *plans, scene, replace(PAGES[page], dpi=70)))
            assert has_colour(picture, (0.302, 0.302, 0.302))
        for licences, there in ({"x": "© A surveyor"}, True), ({}, False):
            named = [replace(plan, summary={**plan.summary, "licences": licences}) for plan in plans]
            foot = said_on(waterfall_sheet(tmp_path, *named, scene, replace(PAGES["a4"], dpi=70)))
            assert any(text.startswith("Data:") for text in foot) == there, "no line without a licence"
    (tmp_path / "comparison.json").write_text("{")
    with pytest.raises(InputError, match=r"comparison\.json"):
        waterfall_steps(tmp_path, *plans)


def test_frontier_is_read_and_drawn(tmp_path: Path) -> None:
    plan = read_written(written(tmp_path / "base"))
    scene = read_scene(plan, None)
    file = tmp_path / "frontier.csv"
    file.write_text("points,target,cost,bound\n1,0.9,2000000,1900000\n2,0.5,1000000,900000\n3,0.99,4000000,\n")
    table = read_frontier(file)
    assert table["coverage"].tolist() == [0.5, 0.9, 0.99] and np.isnan(table["bound"].iloc[-1])
    with matplotlib.rc_context(settings(scene.face)):
        sheet = frontier_sheet(file, plan, scene, replace(PAGES["a4"], dpi=70))
    sound(sheet)
    people = plan.demand["population"].sum()
    assert any(f"USD {2e6 / (0.09 * people):,.0f}" in text for text in said_on(sheet))
    file.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="no numbers for coverage and cost"):
        read_frontier(file)


def test_files_are_named_by_what_they_are(tmp_path: Path) -> None:
    folders = two(tmp_path)
    quick = Wish(("plan", "coverage"), ("png", "svg", "pdf"), replace(PAGES["slide"], dpi=60), LANGUAGES["fr"])
    made = draw_maps(folders[0], None, quick)
    names = [f"{kind}-slide-fr.{suffix}" for kind in ("plan", "coverage") for suffix in ("png", "svg", "pdf")]
    assert [path.name for path in made] == names
    heads = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
    assert all(path.read_bytes().startswith(heads[path.suffix[1:]]) for path in made)
    again = [path.read_bytes() for path in made]
    assert [path.read_bytes() for path in draw_maps(folders[0], None, quick)] == again
    several = draw_comparisons(folders, tmp_path, None, Wish(page=replace(PAGES["a4"], dpi=60)))
    assert [path.name for path in several] == ["scenarios.png", "difference.png", "waterfall.png"]
    assert not list(tmp_path.rglob(".*.tmp"))


def test_a_plan_without_coverage_has_the_other_maps(tmp_path: Path) -> None:
    folder = written(tmp_path / "base", coverage=False)
    made = draw_maps(folder, None, Wish(page=replace(PAGES["a4"], dpi=50)))
    assert {path.stem for path in made} == set(OF_ONE) - {"coverage", "server", "signal"}
    with pytest.raises(InputError, match=r"coverage\.tif"):
        draw_maps(folder, None, Wish(("server",)))
    with pytest.raises(InputError, match=r"no frontier\.csv"):
        draw_comparisons([folder], tmp_path, None, Wish(("frontier",)))


def test_a_wish_names_all_its_faults_at_once() -> None:
    with pytest.raises(InputError) as caught:
        wish("plan,relief", "gif", "a5", "xx")
    assert [fault.place for fault in caught.value.faults] == ["--kind", "--format", "--page", "--language"]
    assert wish("before-after , plan").kinds == ("before_after", "plan") and wish() == Wish()


def test_one_kind_alone(tmp_path: Path) -> None:
    target = draw_map(written(tmp_path / "base"), None, tmp_path / "people.pdf", kind="served")
    assert target.read_bytes().startswith(b"%PDF")
