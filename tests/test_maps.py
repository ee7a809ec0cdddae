"""A map is drawn from what a plan wrote, whatever the plan looks like."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from mapbuilder import NORTH, SOUTH, written
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imread
from rasterio.transform import from_origin
from shapely.geometry import Point, box
from typer.testing import CliRunner

from netplan.cli import app
from netplan.errors import InputError
from netplan.maps import draw_map, read_written
from netplan.maps.base import is_water
from netplan.maps.frame import degrees, graticule_step
from netplan.maps.layers import plan_looks, reach_classes
from netplan.maps.rows import link_rows, people_by_technology, people_rows, site_rows
from netplan.maps.style import looks
from netplan.maps.text import fit, width_px
from netplan.maps.words import gap_in_words, percent, targets_in_words


def looked_at(path: Path) -> np.ndarray:
    """The picture, after the checks that every map must pass: A4 landscape at 200 dpi, and not blank."""
    picture = imread(path)[..., :3]
    assert picture.shape == (1654, 2338, 3)
    assert picture.std() > 0.05
    assert picture[300:1300, 200:1600].std() > 0.02
    return np.asarray(picture)


@pytest.mark.parametrize(
    "case",
    [
        {"sites": 1, "links": 0, "side": 1},
        {"sites": 0, "links": 0},
        {"where": NORTH},
        {"name": "The $ very long name of a project " * 12},
        {"licences": {str(i): f"© Owner of layer {i}, with a long licence name, version {i}" for i in range(40)}},
        {"summary": {"status": "infeasible", "objective_npv": None, "gap": None, "shortfall": {"rural": 1200}}},
    ],
    ids=["one site", "nothing built", "north", "long name", "many credits", "infeasible"],
)
def test_awkward_plans_are_drawn(tmp_path: Path, case: dict[str, Any]) -> None:
    looked_at(draw_map(written(tmp_path / "base", **case), None, tmp_path / "map.png"))
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["map.png"]


def test_background_comes_from_the_project_files(tmp_path: Path) -> None:
    crs, x0, y0 = SOUTH
    ground = np.add.outer(np.arange(80.0), np.sin(np.arange(80) / 5) * 60).astype("float32")
    with rasterio.open(
        tmp_path / "h.tif",
        "w",
        driver="GTiff",
        height=80,
        width=80,
        count=1,
        dtype="float32",
        crs=crs,
        transform=from_origin(x0 - 1000, y0 + 7000, 100, 100),
        nodata=-9999,
    ) as sink:
        sink.write(ground, 1)
    gpd.GeoDataFrame(geometry=[box(x0, y0, x0 + 6000, y0 + 6000)], crs=crs).to_file(tmp_path / "area.gpkg")
    gpd.GeoDataFrame(
        {"what": ["Lake", "park"]},
        geometry=[box(x0, y0, x0 + 900, y0 + 900), box(x0 + 3000, y0, x0 + 4000, y0 + 900)],
        crs=crs,
    ).to_file(tmp_path / "no.gpkg")
    project = {"area": "area.gpkg", "terrain": {"elevation": "h.tif"}, "exclusions": ["no.gpkg", "gone.gpkg"]}
    folder = written(tmp_path / "base", project=project)
    with_ground = looked_at(draw_map(folder, tmp_path, tmp_path / "a.png"))
    without = looked_at(draw_map(folder, None, tmp_path / "b.png"))
    assert np.abs(with_ground - without).mean() > 0.005


def test_same_plan_same_picture(tmp_path: Path) -> None:
    folder = written(tmp_path / "base")
    first, second = draw_map(folder, None, tmp_path / "a.png"), draw_map(folder, None, tmp_path / "b.png")
    assert first.read_bytes() == second.read_bytes()


def test_district_size_is_drawn_in_time(tmp_path: Path) -> None:
    folder = written(tmp_path / "base", side=52, sites=200, links=1000)
    started = time.process_time()  # of this process: other work on the machine does not count
    looked_at(draw_map(folder, None, tmp_path / "map.png"))
    assert time.process_time() - started < 15


def test_legend_counts_what_the_plan_holds(tmp_path: Path) -> None:
    plan = read_written(written(tmp_path / "base", sites=5, links=4))
    styles = plan_looks(plan)
    new = plan.demand["population"] * (plan.demand["served_share"] - plan.demand["baseline_share"])
    people = people_by_technology(plan)
    assert sorted(people) == ["t1", "t2"] and min(people.values()) > 500
    assert sum(people.values()) == pytest.approx(float(new.clip(lower=0).sum()))
    km = {row.label: float(row.value) for row in link_rows(plan, styles)[1:]}
    assert km == pytest.approx({"Cable": 12.0, "Hop": 12.0}, abs=0.1)
    assert {row.label: row.value for row in site_rows(plan, styles, frozenset({"k2"}))[1:]} == {
        "Kind one": "3",
        "Kind two": "2*",
        "* positions assumed": "",
        "backhaul by satellite": "1",
        "point of presence (PoP)": "1",
    }
    assert [row.value for row in people_rows(plan)[1:]] == ["76.6 % · 3.3 % · 3,600", "0.0 % · 0.0 % · 1"]


def test_who_is_not_served_is_told_apart(tmp_path: Path) -> None:
    demand = read_written(written(tmp_path / "base")).demand.head(5)
    demand = demand.assign(served_share=[0.0, 0.4, 1.0, 1.0, 0.5], baseline_share=[0.0, 0.0, 0.0, 1.0, 0.5])
    assert reach_classes(demand).tolist() == ["unserved", "partly", "served", "baseline", "partly"]


def test_unknown_ids_still_get_a_look() -> None:
    found = looks(["a", "b"], {"a": {"label": "A", "colour": "no such", "marker": "??", "dash": "[0, [4, 2]]"}})
    assert found["a"].dash == (0.0, (4.0, 2.0))
    assert found["a"].colour != found["b"].colour and found["a"].marker != found["b"].marker


def test_water_is_known_by_any_attribute() -> None:
    layer = gpd.GeoDataFrame({"k": ["Lake", None, "forest"], "n": [1, 2, 3]}, geometry=[Point(0, 0)] * 3)
    assert is_water(layer).tolist() == [True, False, False]


def test_text_fits_its_width() -> None:
    renderer = FigureCanvasAgg(Figure(dpi=200)).get_renderer()  # type: ignore[no-untyped-call]
    for name in ("word " * 70, "x" * 250, "short"):
        lines, size = fit(renderer, name, 900.0, (15, 9), 2, "bold")
        assert len(lines) <= 2
        assert all(width_px(renderer, line, size, "bold") <= 900 for line in lines)


def test_words_claim_no_more_than_is_proven() -> None:
    assert gap_in_words({"gap": None}, "USD") == "no proven bound on the least cost"
    assert "optimal" not in gap_in_words({"gap": 0.0, "bound_npv": 1.0, "status": "feasible"}, "USD")
    assert "optimal" in gap_in_words({"gap": 0.0, "bound_npv": 1.0, "status": "optimal"}, "USD")
    assert percent(0.89999) == "89.9 %"
    assert "missed" in targets_in_words({"targets": {"rural": {"target": 0.9, "achieved": 0.8999}}})
    assert "missed" not in targets_in_words({"targets": {"rural": {"target": 0.9, "achieved": 0.9}}})


def test_graticule_is_round_and_lettered() -> None:
    assert graticule_step(0.65) == pytest.approx(0.1)
    assert degrees(-2.1, 0.1, "N", "S") == "2.1° S"
    assert degrees(51.25, 0.25, "N", "S") == "51.25° N"
    assert degrees(0.0, 0.5, "E", "W") == "0.0°"


def test_a_folder_without_a_plan_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        draw_map(tmp_path, None, tmp_path / "map.png")
    assert len(caught.value.faults) == 3
    assert not (tmp_path / "map.png").exists()


def test_the_map_command_says_that_there_is_no_plan_to_draw(tmp_path: Path) -> None:
    unmet = {"status": "infeasible", "objective_npv": None, "gap": None, "shortfall": {"rural": 1200}}
    folder = written(tmp_path / "greenfield", summary=unmet)
    for named in (folder, folder.parent):
        said = CliRunner().invoke(app, ["map", str(named)])
        assert said.exit_code == 2 and "no scenario here has a plan" in said.output
    assert not (folder / "map.png").exists()
