"""The whole road through the command line, on a district of 6 × 6 km made here: plan, compare, verify, map, faults."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import typer
from affine import Affine
from shapely.geometry import LineString, Point, box
from typer.testing import CliRunner, Result

from netplan import __version__
from netplan.cli import app
from netplan.cli.common import Progress, guarded
from netplan.planner import TracePoint
from netplan.project.read import deep_merge
from netplan.yamltext import dump_yaml, load_yaml

UTM = 32736
X0, Y0, SIDE_M = 200_000.0, 9_790_000.0, 6_000.0
PLAN_FILES = {"plan.gpkg", "resolved.yaml", "summary.json", "bill_of_quantities.csv", "map.png", "map.html"}
FAST = ["--time-limit", "8", "--gap", "0.05"]
BASE: dict[str, Any] = {
    "name": "Six by six",
    "area": "area.gpkg",
    "crs": f"EPSG:{UTM}",
    "backhaul_margin_m": 1000,
    "demand": {
        "population": "people.tif",
        "facilities": {"schools": {"layer": "schools.gpkg", "rate_mbps": 20, "busy_hour_mbps": 5}},
    },
    "existing": {"pops": "pops.gpkg", "towers": "towers.gpkg"},
    "routes": {"roads": "roads.gpkg", "water_pipes": "pipes.gpkg", "water_access": ["chambers.gpkg"]},
    "terrain": {"elevation": "ground.tif"},
    "exclusions": ["lake.gpkg"],
    "targets": {"rural": 0.8, "schools": 1.0},
    "candidates": {"mast_spacing_m": 3000, "hub_spacing_m": 2000},
    "scenarios": {"greenfield": {"sharing": []}, "sharing": {"sharing": ["towers", "water-pipes"]}},
}


def at(x_km: float, y_km: float) -> Point:
    return Point(X0 + 1000 * x_km, Y0 + 1000 * y_km)


def line(*corners: tuple[float, float]) -> LineString:
    return LineString([at(*corner) for corner in corners])


def save(folder: Path, file: str, shapes: list[Any], **columns: list[Any]) -> None:
    gpd.GeoDataFrame(columns, geometry=shapes, crs=UTM).to_file(folder / file)


def raster(path: Path, values: np.ndarray[Any, Any], pixel_m: float) -> None:
    top = Affine(pixel_m, 0, X0 - 1000, 0, -pixel_m, Y0 + SIDE_M + 1000)
    height, width = values.shape
    with rasterio.open(
        path, "w", driver="GTiff", count=1, dtype="float32", height=height, width=width, crs=UTM, transform=top,
        nodata=-99,
    ) as target:  # fmt: skip
        target.write(values.astype(np.float32), 1)


def district(folder: Path, **changes: Any) -> Path:
    """Writes the district's layers and project file; `changes` are laid over the project."""
    folder.mkdir(parents=True, exist_ok=True)
    people = np.zeros((8, 8))
    people[2:7, 1:7] = 120 + 15 * np.arange(30).reshape(5, 6) % 90
    raster(folder / "people.tif", people, 1000)
    north, east = np.mgrid[0:80, 0:80]
    raster(folder / "ground.tif", 1500 + 60 * np.sin(north / 15) * np.cos(east / 12), 100)
    save(folder, "area.gpkg", [box(X0, Y0, X0 + SIDE_M, Y0 + SIDE_M)])
    save(folder, "lake.gpkg", [box(X0 + 4500, Y0 + 4600, X0 + 5600, Y0 + 5700)])
    save(folder, "roads.gpkg", [line((0, 3), (3, 3.1), (6, 3)), line((3, 0), (3, 3.1), (2.8, 6))])
    save(folder, "pops.gpkg", [at(0.3, 3.0)], name=["Exchange"])
    save(folder, "towers.gpkg", [at(4.6, 3.4)], name=["Old mast"], height_m=[40.0])
    save(folder, "pipes.gpkg", [line((0.3, 3.05), (2, 2.2), (4.5, 3.3))], diameter_mm=[200.0], material=["HDPE"])
    save(folder, "chambers.gpkg", [at(0.3, 3.05), at(2, 2.2), at(4.5, 3.3)])
    save(folder, "schools.gpkg", [at(1.2, 2.8), at(3.2, 5.1), at(4.8, 2.9)], name=["A", "B", "C"])
    (folder / "netplan.yaml").write_text(dump_yaml(deep_merge(BASE, changes)), encoding="utf-8")
    return folder


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def refused(result: Result, code: int, *words: str) -> None:
    """The command ended with that code and one clear message: no traceback, and each of `words` in it."""
    said = result.output + result.stderr
    assert result.exit_code == code, said
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    assert "Traceback" not in said
    for word in words:
        assert word in said, said


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """OUT of `netplan compare` over both scenarios."""
    folder = tmp_path_factory.mktemp("six")
    result = run("compare", district(folder / "district"), "-o", folder / "out", *FAST)
    assert result.exit_code == 0, result.output + result.stderr
    assert "greenfield" in result.output and "sharing" in result.output
    assert "on the data, under `warnings` in summary.json" in result.output
    return folder / "out"


def summary(out: Path, scenario: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((out / scenario / "summary.json").read_text())
    return read


def test_every_file_is_written_and_nothing_else(compared: Path) -> None:
    for scenario in ("greenfield", "sharing"):
        assert {path.name for path in (compared / scenario).iterdir()} >= PLAN_FILES
    names = {path.name for path in compared.iterdir()}
    assert {"comparison.csv", "comparison.json", "comparison.png", "map.html"} <= names
    assert not [name for name in names if name.startswith(".")]


def test_targets_are_met_with_a_proven_bound(compared: Path) -> None:
    for scenario in ("greenfield", "sharing"):
        found = summary(compared, scenario)
        assert found["status"] in ("optimal", "feasible")
        assert 0 < found["bound_npv"] <= found["objective_npv"] * (1 + 1e-9)
        assert found["targets"]["rural"]["achieved"] >= 0.8 - 1e-6
        assert found["targets"]["schools"]["achieved"] >= 1 - 1e-6
        assert found["counts"]["premises_served"] > 0


def test_more_choice_costs_no_more(compared: Path) -> None:
    """Sharing offers all that greenfield has: its proven bound cannot lie above greenfield's plan."""
    assert summary(compared, "sharing")["bound_npv"] <= summary(compared, "greenfield")["objective_npv"] * (1 + 1e-6)
    green = gpd.read_file(compared / "greenfield" / "plan.gpkg", layer="sites")
    assert not (green["status"] == "shared").any()


def test_bill_adds_up_to_the_objective(compared: Path) -> None:
    for scenario in ("greenfield", "sharing"):
        bill = pd.read_csv(compared / scenario / "bill_of_quantities.csv")
        assert bill["npv"].sum() == pytest.approx(summary(compared, scenario)["objective_npv"], rel=1e-6)
        assert (bill["quantity"] > 0).all()


def test_verify_passes_and_catches_a_forged_summary(compared: Path, tmp_path: Path) -> None:
    result = run("verify", compared)
    assert result.exit_code == 0, result.output
    assert result.output.count("every rule holds") == 2
    forged = tmp_path / "forged"
    shutil.copytree(compared / "greenfield", forged)
    settings = load_yaml((forged / "resolved.yaml").read_text(encoding="utf-8"))
    settings["project_folder"] = str((compared / "greenfield" / settings["project_folder"]).resolve())
    (forged / "resolved.yaml").write_text(dump_yaml(settings), encoding="utf-8")
    assert run("verify", forged).exit_code == 0
    claimed = json.loads((forged / "summary.json").read_text())
    claimed["objective_npv"] *= 0.9
    (forged / "summary.json").write_text(json.dumps(claimed))
    result = run("verify", forged)
    assert result.exit_code == 1 and "objective" in result.output


def test_plans_and_their_comparison_have_their_set_of_maps(compared: Path) -> None:
    for scenario in ("greenfield", "sharing"):
        names = {path.stem for path in (compared / scenario / "maps").glob("*.png")}
        assert {"plan", "coverage", "server", "signal", "served", "before_after", "load", "cost_per_person"} <= names
    assert {path.stem for path in (compared / "maps").glob("*.png")} >= {"scenarios", "difference", "waterfall"}


def test_map_draws_what_is_asked_and_refuses_what_there_is_not(compared: Path) -> None:
    result = run(
        "map", compared, "--kind", "served,scenarios", "--format", "pdf,svg", "--page", "slide", "--lang", "fr"
    )
    assert result.exit_code == 0, result.output + result.stderr
    names = {Path(line).relative_to(compared).as_posix() for line in result.output.split()}
    folders = ("greenfield/maps/served", "sharing/maps/served", "maps/scenarios")
    assert names == {f"{stem}-slide-fr.{suffix}" for stem in folders for suffix in ("pdf", "svg")}
    assert all((compared / name).stat().st_size > 10_000 for name in names)
    refused(run("map", compared, "--kind", "relief", "--page", "a7"), 2, "relief", "a7")
    refused(run("map", compared / "sharing", "--kind", "scenarios"), 2, "fewer than two written plans")
    refused(run("map", compared, "--kind", "frontier"), 2, "netplan frontier")


def test_a_scenario_without_a_plan_does_not_end_the_comparison_of_the_others(tmp_path: Path) -> None:
    home = district(tmp_path / "district")
    path = home / "netplan.yaml"
    project = load_yaml(path.read_text(encoding="utf-8"))
    never = {"technologies": ["wifi-hotspot"], "targets": {"rural": 1.0}}
    project["scenarios"] = {"alone": {"sharing": []}, "never": never, "offered": {"sharing": ["fibre"]}, "no": never}
    path.write_text(dump_yaml(project), encoding="utf-8")
    result = run("compare", home, "--scenarios", "alone,never,offered", "-o", tmp_path / "out", *FAST)
    refused(
        result,
        1,
        "never: the targets cannot be met",
        "Compared are those that have a plan, against alone: alone, offered",
    )
    assert json.loads((tmp_path / "out/comparison.json").read_text())["scenarios"] == ["alone", "offered"]
    assert (tmp_path / "out/report.pdf").is_file()
    result = run("compare", home, "--scenarios", "alone,never", "-o", tmp_path / "out", *FAST)
    refused(result, 1, "Only alone has a plan")
    plans = {"alone", "never", "offered"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == plans, "the comparison was of other plans"
    (tmp_path / "out/comparison.json").write_text("{}")
    refused(run("compare", home, "--scenarios", "never,no", "-o", tmp_path / "out", *FAST), 1, "no: the targets")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {*plans, "no"}
    assert (tmp_path / "out/alone/map.png").is_file()


def test_a_plain_plan_of_the_base_project_is_drawn_later_without_solving(tmp_path: Path) -> None:
    folder = district(tmp_path / "d")
    result = run("plan", folder, "--plain", *FAST)
    assert result.exit_code == 0, result.output + result.stderr
    base = folder / "out" / "base"
    drawn = {"map.png", "map.html"}
    assert {path.name for path in base.iterdir()} >= {"plan.gpkg", "resolved.yaml", "summary.json"}
    assert not drawn & {path.name for path in base.iterdir()}
    before = (base / "summary.json").read_bytes(), (base / "plan.gpkg").stat().st_mtime_ns
    result = run("map", folder / "out")
    assert result.exit_code == 0, result.output + result.stderr
    assert (base / "map.png").stat().st_size > 10_000 and (base / "map.html").stat().st_size > 100_000
    assert ((base / "summary.json").read_bytes(), (base / "plan.gpkg").stat().st_mtime_ns) == before
    assert run("verify", folder / "out").exit_code == 0


def test_check_says_what_was_found_and_changes_nothing(tmp_path: Path) -> None:
    folder = district(tmp_path)
    before = sorted(path.name for path in folder.iterdir())
    result = run("check", folder)
    assert result.exit_code == 0, result.output + result.stderr
    assert "schools: 3" in result.output and "36 km²" in result.output
    assert sorted(path.name for path in folder.iterdir()) == before


@pytest.mark.parametrize("command", ["check", "compare", "plan"])
def test_a_fault_of_a_later_scenario_is_told_before_the_first_is_planned(tmp_path: Path, command: str) -> None:
    folder = district(tmp_path / "d", scenarios={"greenfield": {"sharing": []}, "sharing": {"sharing": ["towrs"]}})
    asked = {
        "check": [],
        "compare": ["-o", tmp_path / "out"],
        "plan": ["-o", tmp_path / "out", "--scenario", "sharing"],
    }
    refused(run(command, folder, *asked[command]), 2, "sharing (scenario sharing)", "towrs", "towers")
    assert not (tmp_path / "out").exists()


def test_targets_out_of_reach_end_with_who_is_lost(tmp_path: Path) -> None:
    folder = district(tmp_path / "d", technologies=["wifi-hotspot"], targets={"rural": 1.0, "schools": 1.0})
    result = run("plan", folder, "-o", tmp_path / "out", *FAST)
    refused(result, 1, "cannot be met", "rural: short by", "out of reach", "technology that reaches them")
    assert not list((tmp_path / "out").rglob("*.png")) and not list((tmp_path / "out").glob(".*"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"technologies": ["lte-8oo"]}, ["lte-8oo", "lte-800"]),
        ({"sharing": ["towrs"]}, ["towrs", "towers"]),
        ({"targts": {}}, ["targts", "targets"]),
        ({"existing": {"towers": "towrs.gpkg"}}, ["towrs.gpkg", "towers.gpkg"]),
        ({"targets": {"rural": 1.5}}, ["targets", "1.5"]),
        ({"existing": {"pops": None}, "technologies": ["gpon", "trench"]}, ["pops"]),
        ({"scenarios": {"../outside": {}}}, ["../outside", "folder"]),
    ],
)
def test_wrong_input_is_refused_in_one_message(tmp_path: Path, changes: dict[str, Any], words: list[str]) -> None:
    folder = district(tmp_path / "d", **changes)
    refused(run("plan", folder, "-o", tmp_path / "out"), 2, "The input is wrong", *words)
    assert not (tmp_path / "out").exists()


def test_a_date_that_is_none_is_a_word_like_any_other(tmp_path: Path) -> None:
    folder = district(tmp_path / "d")
    settings = (folder / "netplan.yaml").read_text()
    (folder / "netplan.yaml").write_text(settings + "\nnote: 2020-02-31\n")
    refused(run("check", folder), 2, "netplan.yaml: note: unknown key")


def test_a_log_in_an_old_encoding_keeps_its_signs() -> None:
    asked = "import netplan.cli.output as o; o.write_anywhere(); print('rent: \u2212USD 5\u202f000, \u0107\u2026')"
    for command in (["-c", asked], ["-m", "netplan", "models", "lte-800"]):
        env = {**os.environ, "PYTHONIOENCODING": "ascii"}
        done = subprocess.run([sys.executable, *command], env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert done.stdout.isascii()
        if command[0] == "-c":
            assert done.stdout.strip() == "rent: -USD 5 000, ?..."


def test_a_waterfall_takes_time(tmp_path: Path) -> None:
    refused(run("compare", district(tmp_path / "d"), "--waterfall-time", "-3"), 2, "no time to plan in")


def test_where_nothing_can_be_written_is_told_before_planning(tmp_path: Path) -> None:
    folder = district(tmp_path / "d")
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "greenfield").write_text("in the way")
    refused(run("plan", folder, "--scenario", "greenfield", "-o", tmp_path / "out"), 2, "greenfield", "it is a file")
    refused(run("plan", folder, "-o", tmp_path / "file"), 2, "file", "another folder")
    refused(run("frontier", folder, "-o", tmp_path / "file"), 2, "file", "it is a file")
    refused(run("refusal", folder, "-o", tmp_path / "file"), 2, "file", "it is a file")
    refused(run("new", tmp_path / "file" / "new"), 2, "file", "it is a file")
    assert (tmp_path / "file").read_text() == "in the way"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["greenfield"]


def test_errors_of_the_disk_are_told_without_a_traceback() -> None:
    def full() -> None:
        raise OSError(28, "No space left on device", "plan.gpkg")

    def gdal() -> None:
        raise pyogrio.errors.FeatureError("Could not add feature to layer")

    for work, words in ((full, "plan.gpkg: No space left"), (gdal, "Could not add feature")):
        with pytest.raises(typer.Exit) as ended:
            guarded(work)
        assert ended.value.exit_code == 2, words


def test_a_fault_of_netplan_is_said_to_be_one(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        raise ZeroDivisionError("somewhere")

    with pytest.raises(typer.Exit) as ended:
        guarded(work)
    said = capsys.readouterr().err
    assert ended.value.exit_code == 3 and "ZeroDivisionError: somewhere" in said and "a fault of netplan" in said


@pytest.mark.parametrize(
    "option", [("--time-limit", "0"), ("--gap", "nan"), ("--gap", "1"), ("--threads", "0"), ("--seed", "-1")]
)
def test_limits_that_are_none_are_refused(tmp_path: Path, option: tuple[str, str]) -> None:
    result = run("plan", tmp_path, *option)
    assert result.exit_code == 2 and option[0] in result.stderr


def test_corrupt_raster_is_refused(tmp_path: Path) -> None:
    folder = district(tmp_path / "d")
    whole = (folder / "people.tif").read_bytes()
    for broken in (b"not a raster", whole[: len(whole) // 3]):
        (folder / "people.tif").write_bytes(broken)
        refused(run("plan", folder, "-o", tmp_path / "out"), 2, "people.tif")
    assert not (tmp_path / "out").exists()


def test_places_without_a_project_or_plan(tmp_path: Path) -> None:
    refused(run("plan", tmp_path), 2, "netplan.yaml")
    refused(run("verify", tmp_path), 2, "no plan")
    refused(run("map", tmp_path), 2, "no written plan")
    refused(run("compare", district(tmp_path / "d"), "--scenarios", "greenfield,sharin"), 2, "sharin", "sharing")
    refused(run("compare", tmp_path / "d", "--scenarios", "greenfield"), 2, "1 scenario")


def test_a_folder_of_half_a_plan_is_refused_by_every_command(tmp_path: Path) -> None:
    (tmp_path / "plan.gpkg").write_bytes(b"no package")
    for command in ("map", "verify"):
        refused(run(command, tmp_path), 2, "summary.json")
    (tmp_path / "summary.json").write_text("{", encoding="utf-8")
    for command in ("map", "export", "report", "verify"):
        refused(run(command, tmp_path), 2, "summary.json")


def test_new_project_names_what_is_missing(tmp_path: Path) -> None:
    assert run("new", tmp_path / "mine").exit_code == 0
    refused(run("check", tmp_path / "mine"), 2, "population.tif", "fibre_nodes.gpkg", "roads.gpkg")
    refused(run("new", tmp_path / "mine"), 2, "exists already")
    (tmp_path / "file").write_text("mine")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        refused(run("new", place), 2, "file")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_scenario_named_twice_is_one(tmp_path: Path) -> None:
    folder = district(tmp_path / "d")
    refused(run("compare", folder, "--scenarios", "sharing, sharing"), 2, "1 scenario")
    assert not (folder / "out").exists()


def test_models_lists_and_shows_entries() -> None:
    listed = run("models")
    assert listed.exit_code == 0 and "lte-800" in listed.output
    shown = run("models", "lte-800")
    assert shown.exit_code == 0 and "source" in shown.output.lower()
    refused(run("models", "lte-8oo"), 2, "lte-8oo", "lte-800")


def test_help_answers_without_the_heavy_imports() -> None:
    code = (
        "import sys, netplan.cli as c, typer.testing as t\n"
        "r = t.CliRunner().invoke(c.app, ['--help'])\n"
        "assert r.exit_code == 0 and 'compare' in r.output and 'verify' in r.output, r.output\n"
        "heavy = {'geopandas', 'ortools', 'matplotlib', 'rasterio', 'numba', 'pandas', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_the_package_is_the_command_line() -> None:
    done = subprocess.run([sys.executable, "-m", "netplan", "--version"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == __version__


def test_progress_of_a_plan_that_costs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress()
    progress._shown = True
    for objective, bound, gap in (
        (0.0, 0.0, "0.00%"),
        (0.0, -np.inf, "–"),
        (np.inf, -np.inf, "–"),
        (8.0, 6.0, "25.00%"),
    ):
        progress.step(TracePoint(1.0, "plan", objective, bound))
        assert capsys.readouterr().err.rstrip().endswith(gap)
