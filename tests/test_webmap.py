"""The page of the interactive map holds what the plan says, fits in a mail, and lets no data out of its box."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
from importlib import resources
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely
from PIL import Image
from planbuilder import make_plan
from pyproj import Transformer
from shapely.geometry import LineString, Point, box
from webmapplans import OVER_THE_SEAM, write_grid_plan

from netplan.errors import InputError
from netplan.plans import write_plan
from netplan.publish import unpublish_plan
from netplan.report import recommended_folder
from netplan.webmap import draw_webmap
from netplan.webmap.draw import page_data
from netplan.webmap.library import leaflet
from netplan.webmap.page import SCRIPTS, json_in_html, words
from netplan.webmap.pictures import EARTH_RADIUS_M, rate_breaks
from netplan.webmap.read import read_folders
from netplan.webmap.shapes import SCALE, areas, lines, seam, unwrap
from netplan.webmap.ways import next_links

HOSTILE = "</script><script>window.pwned=1</script><img src=x onerror=window.pwned=2>&\"'\u2028"


def embedded(path: Path) -> dict[str, Any]:
    """The data inside a page."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', path.read_text("utf-8"), re.S)
    assert found is not None
    return json.loads(found.group(1))


def drawn(folder: Path, **how: Any) -> Path:
    return draw_webmap([write_grid_plan(folder / "base", **how)], None, folder / "map.html")


def unpack(steps: list[int]) -> np.ndarray:
    return np.asarray(steps).reshape(-1, 2).cumsum(axis=0) / SCALE


# ---------------------------------------------------------------- what the page says is what the plan says


def test_page_holds_the_tables_of_the_plan(tmp_path: Path) -> None:
    folder = write_grid_plan(tmp_path / "base", sites=5)
    scenario = embedded(draw_webmap([folder], None, tmp_path / "map.html"))["scenarios"][0]
    read = {name: pyogrio.read_dataframe(folder / "plan.gpkg", layer=name) for name in ("sites", "links", "service")}
    assert scenario["sites"]["id"] == list(read["sites"]["site_id"])
    assert np.allclose(scenario["links"]["load"], read["links"]["load_mbps"], atol=1e-3)
    assert np.allclose(scenario["links"]["length"], read["links"]["length_m"], atol=0.1)
    assert sum(scenario["service"]["npv"]) == pytest.approx(read["service"]["npv"].sum(), abs=1)
    at = read["sites"].to_crs(4326).geometry
    assert np.allclose(np.array(scenario["sites"]["xy"]) / SCALE, np.column_stack([at.x, at.y]), atol=1 / SCALE)


def test_items_of_a_plan_add_up_to_its_objective(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    write_plan(plan, tmp_path / "out" / "sharing")
    scenario = page_data(read_folders([tmp_path / "out" / "sharing"]), tmp_path)["scenarios"][0]
    items = sum(sum(table["npv"]) for table in scenario["items"].values())
    assert items + sum(row[3] for row in scenario["other"]) == pytest.approx(plan.summary["objective_npv"], abs=1)
    assert min(min(table["row"], default=0) for table in scenario["items"].values()) >= 0


def test_options_straight_to_the_premises_and_service_of_today_are_told(tmp_path: Path) -> None:
    write_plan(make_plan(tmp_path), tmp_path / "sharing")
    data = page_data(read_folders([tmp_path / "sharing"]), tmp_path)
    scenario = data["scenarios"][0]
    sky = scenario["options"]["id"].index("o-sky")
    assert scenario["options"]["site"][sky] == -1
    town = data["places"]["id"].index("d-urban")
    row = scenario["demand"]["place"].index(town)
    assert scenario["demand"]["before"][row] == pytest.approx(0.05)
    assert scenario["before"]["d"] == [row]
    assert data["ground"]["water"] == []  # the lake layer calls nothing water
    assert len(data["ground"]["closed"]) == 1 and len(data["ground"]["area"]) == 1


def test_places_are_held_once_for_all_scenarios(tmp_path: Path) -> None:
    folders = [write_grid_plan(tmp_path / name, scenario=name, share=share) for name, share in (("a", 0.5), ("b", 0.9))]
    data = page_data(read_folders(folders), None)
    assert len(data["places"]["id"]) == 39
    assert [each["demand"]["served"][1] for each in data["scenarios"]] == [0.5, 0.9]


def test_same_plan_same_page(tmp_path: Path) -> None:
    first = drawn(tmp_path / "one").read_bytes()
    assert first == drawn(tmp_path / "two").read_bytes()


def test_a_plan_and_a_comparison_are_published_with_their_maps(published: Path, tmp_path: Path) -> None:
    """From a project to the pages, nothing made by hand: both scenarios are planned, drawn and compared."""
    out = shutil.copytree(published, tmp_path / "out")
    folders = [out / "greenfield", out / "sharing"]
    for folder in folders:
        data = embedded(folder / "map.html")
        cost = json.loads((folder / "summary.json").read_text())["objective_npv"]
        assert cost > 0 and data["scenarios"][0]["summary"]["objective_npv"] == pytest.approx(cost)
        assert data["scenarios"][0]["nodes"]["name"].count("pop") == 1  # the name in the project's layer
        assert list(data["ground"]["networks"]) == ["roads"]
    data = embedded(out / "map.html")
    assert [each["name"] for each in data["scenarios"]] == ["greenfield", "sharing"]
    assert [out / data["scenarios"][k]["name"] for k in data["recommended"]] == [
        recommended_folder(out)  # the page opens on what the report recommends
    ]
    unpublish_plan(folders[0])
    assert not (folders[0] / "map.html").exists()


# ---------------------------------------------------------------- the way out


def test_way_out_is_the_shortest_in_use(tmp_path: Path) -> None:
    """A ring a-b-c with a stand-by short cut, two links side by side, and an island."""
    nodes = pd.DataFrame({"node_id": list("abcdp"), "kind": ["site", "junction", "site", "site", "pop"]})
    links = pd.DataFrame(
        [
            ("p", "b", 10.0, 5.0),
            ("b", "a", 10.0, 5.0),
            ("a", "p", 1.0, 0.0),
            ("c", "b", 30.0, 1.0),
            ("b", "c", 20.0, 1.0),
        ],
        columns=["from_node", "to_node", "length_m", "load_mbps"],
    )
    assert next_links(nodes, links) == [1, 0, 4, -1, -1]
    assert next_links(nodes.assign(kind="site"), links) == [-1] * 5
    assert next_links(nodes, links.iloc[:0]) == [-1] * 5


# ---------------------------------------------------------------- shapes


def test_shapes_come_back_within_the_tolerance() -> None:
    rng = np.random.default_rng(1)
    line = LineString(np.column_stack([30 + np.linspace(0, 0.1, 50), -2 + 0.01 * rng.random(50)]))
    back = LineString(unpack(lines(np.array([line]))[0][0]))
    assert shapely.hausdorff_distance(line, back) < 3e-5
    holed = box(30, -2, 30.1, -1.9).difference(box(30.04, -1.96, 30.06, -1.94))
    (polygon,) = areas(np.array([holed]))[0]
    assert len(polygon) == 2
    assert shapely.Polygon(unpack(polygon[0]), [unpack(polygon[1])]).equals_exact(holed.normalize(), 1e-9) or (
        shapely.Polygon(unpack(polygon[0]), [unpack(polygon[1])]).symmetric_difference(holed).area < 1e-8
    )
    assert areas(np.array([Point(30, -2)])) == [[]]


def test_the_180th_meridian_is_a_place_like_any_other(tmp_path: Path) -> None:
    data = embedded(drawn(tmp_path, where=OVER_THE_SEAM, side=40))
    x = np.array(data["places"]["xy"])[:, 0] / SCALE
    assert x.min() < 180 < x.max() and np.ptp(x) < 1
    west, _, east, _ = data["ground"]["bounds"]
    assert 179 < west < 180 < east < 181
    coverage = data["scenarios"][0]["coverage"]["bounds"]
    assert coverage[0] == pytest.approx(x.min(), abs=0.02) and coverage[2] == pytest.approx(x.max(), abs=0.02)
    assert seam([179.9, -179.9]) and not seam([30.0, 31.0])
    moved = unwrap(np.array([Point(-179.5, -17), Point(179.5, -17)]), True)
    assert list(shapely.get_x(moved)) == [180.5, 179.5]


# ---------------------------------------------------------------- pictures


def test_coverage_picture_lies_where_the_raster_lies(tmp_path: Path) -> None:
    folder = write_grid_plan(tmp_path / "base", side=30)
    data = embedded(draw_webmap([folder], None, tmp_path / "map.html"))
    breaks, colours = data["rate_classes"]["breaks"], data["rate_classes"]["colours"]
    picture = data["scenarios"][0]["coverage"]
    image = Image.open(io.BytesIO(base64.b64decode(picture["uri"].split(",")[1]))).convert("RGBA")
    west, south, east, north = picture["bounds"]
    mercator = lambda lat: EARTH_RADIUS_M * np.arcsinh(np.tan(np.radians(lat)))  # noqa: E731
    with rasterio.open(folder / "coverage.tif") as source:
        rate, to_degrees = source.read(1), Transformer.from_crs(source.crs, 4326, always_xy=True)
        rng = np.random.default_rng(0)
        for row, column in zip(rng.integers(0, 60, 200), rng.integers(0, 60, 200), strict=True):
            lon, lat = to_degrees.transform(*source.xy(row, column))
            x = int((lon - west) / (east - west) * image.width)
            y = int((mercator(north) - mercator(lat)) / (mercator(north) - mercator(south)) * image.height)
            red, green, blue, alpha = image.getpixel((x, y))
            if np.isnan(rate[row, column]):
                assert alpha == 0
            else:
                colour = colours[int(np.searchsorted(breaks, rate[row, column], side="right"))]
                assert f"#{red:02x}{green:02x}{blue:02x}" == colour and alpha == 255


def test_rate_classes_are_few_round_and_inside_the_data() -> None:
    values = np.random.default_rng(0).lognormal(3, 1.5, 10_000)
    breaks = rate_breaks(values)
    assert 1 <= len(breaks) <= 5 and breaks == sorted(breaks)
    assert values.min() < breaks[0] and breaks[-1] < values.max()
    assert len(rate_breaks(np.full(9, 7.0))) == 1 and rate_breaks(np.empty(0)) == []


# ---------------------------------------------------------------- one safe file


def test_three_scenarios_of_the_size_of_the_demo_fit_in_a_mail(tmp_path: Path) -> None:
    folders = [
        write_grid_plan(tmp_path / name, side=53, sites=120, schools=300, scenario=name, share=share, corners=12)
        for name, share in (("a", 0.7), ("b", 0.8), ("c", 0.9))
    ]
    path = draw_webmap(folders, None, tmp_path / "map.html")
    assert path.stat().st_size < 10e6
    assert len(embedded(path)["scenarios"]) == 3
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")] == []


def test_page_names_no_file_and_no_address_to_fetch(tmp_path: Path) -> None:
    text = drawn(tmp_path).read_text("utf-8")
    assert not re.search(r"<(?:link|script|img|iframe)[^>]+(?:src|href)=[\"'](?!data:)", text.split("<style>")[0])
    assert not re.search(r"url\((?![\"']?(?:data:|#))", text)
    assert "sourceMappingURL" not in text
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None and "default-src 'none'" in policy.group(1)
    assert "unsafe-inline" not in policy.group(1).split("script-src")[1]


def test_names_stay_text(tmp_path: Path) -> None:
    path = drawn(tmp_path, name=HOSTILE, site_name=HOSTILE + " {}", place_name=HOSTILE, catalogue={"label": HOSTILE})
    text = path.read_text("utf-8")
    assert "<img src=x" not in text and text.count("<script") == 3 and "\u2028" not in text.split('id="data"')[1]
    data = embedded(path)
    assert data["title"] == HOSTILE and data["scenarios"][0]["sites"]["name"][0] == HOSTILE + " 0"
    assert json.loads(json_in_html({"a": HOSTILE})) == {"a": HOSTILE}


def test_library_comes_whole_with_its_licence(tmp_path: Path) -> None:
    library = leaflet()
    assert library.name.startswith("Leaflet 1.9") and "Redistributions" in library.licence
    assert library.script.strip() in drawn(tmp_path).read_text("utf-8")
    assert embedded(tmp_path / "map.html")["library"]["licence"] == library.licence


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    good = write_grid_plan(tmp_path / "good")
    (good / "summary.json").write_text("{")
    with pytest.raises(InputError) as raised:
        draw_webmap([good, tmp_path / "absent"], None, tmp_path / "map.html")
    assert len(raised.value.faults) == 4
    assert not (tmp_path / "map.html").exists()


@pytest.mark.parametrize("how", [{"sites": 0}, {"sites": 1, "side": 1, "schools": 0}, {"schools": 0}])
def test_small_plans_are_drawn(tmp_path: Path, how: dict[str, Any]) -> None:
    data = embedded(drawn(tmp_path, **how))
    assert len(data["scenarios"][0]["sites"]["id"]) == how.get("sites", 4)


def test_plan_without_optional_layers_is_drawn(tmp_path: Path) -> None:
    folder = write_grid_plan(tmp_path / "base")
    (folder / "coverage.tif").unlink()
    data = embedded(draw_webmap([folder], tmp_path / "gone", tmp_path / "map.html"))
    assert data["scenarios"][0]["coverage"] is None and data["rate_classes"]["breaks"] == []


# ---------------------------------------------------------------- words


def test_both_languages_say_everything_that_the_page_asks_for() -> None:
    tables = words()
    assert set(tables["en"]) == set(tables["fr"])
    holes = lambda text: sorted(re.findall(r"\{\w+\}", text))  # noqa: E731
    assert {key for key in tables["en"] if holes(tables["en"][key]) != holes(tables["fr"][key])} == set()
    home = resources.files("netplan.webmap") / "page"
    code = "\n".join((home / name).read_text("utf-8") for name in SCRIPTS)
    chosen = re.findall(r'say\([^"()]*\? "([\w-]+)"\s*: "([\w-]+)"', code)
    asked = {*re.findall(r'say\(\s*"([\w-]+)"', code), *(key for pair in chosen for key in pair)}
    assert len(asked) > 80 and asked <= set(tables["en"])
    built = ("network_", "status_", "backhaul_", "node_", "layer_", "links_", "cells_", "class_", "demand_")
    unused = {key for key in tables["en"] if f'"{key}"' not in code and not key.startswith(built)}
    assert unused <= {"language_name"}


def test_every_script_and_style_of_the_folder_is_in_the_page(tmp_path: Path) -> None:
    here = {entry.name for entry in (resources.files("netplan.webmap") / "page").iterdir()}
    assert here == {*SCRIPTS, "style.css", "print.css", "page.html"}


def test_ground_of_a_project_without_layers_is_its_bounds(tmp_path: Path) -> None:
    folder = write_grid_plan(tmp_path / "base")
    read = gpd.read_file(folder / "plan.gpkg", layer="demand").to_crs(4326).total_bounds
    west, south, east, north = embedded(draw_webmap([folder], None, tmp_path / "map.html"))["ground"]["bounds"]
    assert west < read[0] and south < read[1] and east > read[2] and north > read[3]
