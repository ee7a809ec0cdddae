"""Cable of a plan lies on what its medium follows and pays for its length: a plan as it is made, then doctored."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
from shapely.geometry import LineString
from smalldistrict import at, district, planned, save

from netplan.catalogue.load import shipped_folder
from netplan.verify import verify_plan
from netplan.yamltext import dump_yaml, load_yaml

BEND = [at(2, 3.05), at(3.5, 4.4), at(5, 3.1), at(6.6, 3.1)]
"""Of the power line: a detour, so that the straight way is another."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A district that can be reached over cable only, cheapest on poles of a power line."""
    folder = tmp_path_factory.mktemp("cable")
    media = folder / "models" / "media"
    media.mkdir(parents=True)
    for path in sorted((shipped_folder() / "media").glob("*.yaml")):
        entry = load_yaml(path.read_text(encoding="utf-8"))
        if entry["kind"] in ("microwave", "satellite"):
            entry["enabled"] = False
        elif entry.get("route") == "roads":
            first = entry["costs"][0]
            unit = {"item": "Termination", "per": "unit", "capex": first["capex"] | {"unit": "USD"}}
            entry["costs"].append(first | unit)
        (media / path.name).write_text(dump_yaml(entry), encoding="utf-8")
    save(folder, "lines.gpkg", [LineString(BEND)], kind=["distribution"])
    save(folder, "stub.gpkg", [LineString([at(2, 3), at(2, 3.04)])], name=["stub"])
    district(
        folder, models=["models"], routes={"roads": "stub.gpkg", "power_lines": "lines.gpkg"},
        scenarios={"sharing": {"sharing": ["power-poles"]}}, solver={"gap": 0.1, "time_limit_s": 20},
    )  # fmt: skip
    plan = planned(folder, "sharing")
    assert set(plan.links["medium"]) >= {"aerial-power"}, plan.links["medium"]
    return folder


@pytest.fixture
def plan(built: Path, tmp_path: Path) -> Path:
    """A copy to doctor."""
    shutil.copytree(built, tmp_path / "district")
    return tmp_path / "district" / "out" / "sharing"


def rules(folder: Path) -> set[tuple[str, str]]:
    """(rule, layer) of the findings."""
    return {(finding.rule, finding.layer) for finding in verify_plan(folder)}


def test_cable_as_it_is_planned_is_right(built: Path) -> None:
    assert verify_plan(built / "out" / "sharing") == []


def test_cable_straight_across_country_is_not_on_its_poles(plan: Path) -> None:
    links = gpd.read_file(plan / "plan.gpkg", layer="links")
    hung = links["medium"] == "aerial-power"
    ends = [LineString([line.coords[0], line.coords[-1]]) for line in links.geometry[hung]]
    links.loc[hung, "geometry"] = gpd.GeoSeries(ends, index=links.index[hung], crs=links.crs)
    pyogrio.write_dataframe(links, plan / "plan.gpkg", layer="links")
    assert ("route", "links") in rules(plan)


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("DELETE FROM costs WHERE unit = 'span'", "item-missing"),
        ("DELETE FROM costs WHERE unit = 'make-ready'", "item-missing"),
        ("DELETE FROM costs WHERE item = 'Termination'", "item-missing"),
        ("UPDATE costs SET quantity = quantity / 2 WHERE unit = 'span'", "quantity"),
        ("UPDATE costs SET quantity = quantity / 2 WHERE unit = 'make-ready'", "quantity"),
    ],
)
def test_poles_are_paid_for_as_many_as_there_are(statement: str, rule: str, plan: Path) -> None:
    with closing(sqlite3.connect(plan / "plan.gpkg")) as package, package:
        assert package.execute(statement).rowcount > 0
    assert (rule, "costs") in rules(plan)
