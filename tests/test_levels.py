"""Household, community and sensor service are held apart, from the project file to the audit."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from smalldistrict import at, described, district, planned, save, technology
from test_verify import entry, move, scenario, sql

from netplan.errors import InputError
from netplan.project import read_project
from netplan.verify import verify_plan

SHARED = {"rate_mbps": 2, "busy_hour_mbps": 0.05, "adoption": 0.2}
METERS = [at(1 + 0.5 * i, 2) for i in range(8)] + [at(1.0005, 2.0), at(20, 2)]


def levels(folder: Path, **changes: Any) -> Path:
    """The district with a 4G tower, shared places and water meters."""
    more: dict[str, Any] = {
        "models": ["models"],
        "demand": {"settlements": "villages.gpkg", "sensors": {"layer": "meters.gpkg"}},
        "existing": {"towers": "towers.gpkg"},
        "community": SHARED,
        "technologies": ["lte-800", "wifi-hotspot", "meter-radio"],
        "targets": {"rural": 0.8, "community_rural": 0.05, "sensors": 1.0, "schools": 0.0},
    }
    district(folder, **(more | changes))
    technology(folder, "lte-800", "meter-radio", serves=["iot"], generation=None)
    save(folder, "villages.gpkg", [at(2, 3), at(4.5, 1.5), at(6.5, 4.5)], name=["a", "b", "c"])
    save(folder, "meters.gpkg", METERS)
    save(folder, "towers.gpkg", [at(2.5, 3)], technologies=["4G"])
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = levels(tmp_path_factory.mktemp("levels"))
    planned(folder)
    return folder


def test_rows_of_every_level(home: Path) -> None:
    points = described(home).demand.points
    cells, shared = points[points["class"] == "rural"], points[points["class"] == "community_rural"]
    assert len(cells) == len(shared) == 48
    assert shared["weight"].tolist() == cells["population"].tolist()
    assert shared["population"].sum() == shared["households"].sum() == 0
    assert shared["premises"].to_numpy() == pytest.approx(cells["population"].to_numpy() / 4.5 * 0.2)
    assert set(zip(points["class"], points["level"], strict=True)) == {
        ("rural", "household"), ("community_rural", "community"), ("schools", "community"), ("sensors", "iot"),
    }  # fmt: skip
    meters = points[points["level"] == "iot"]
    # two meters stand in one place, one lies outside the area
    assert meters["weight"].tolist() == [2.0, *[1.0] * 7]
    assert meters["demand_mbps"].to_numpy() == pytest.approx(meters["weight"].to_numpy() * 1e-6)


def test_without_the_keys_the_demand_is_as_before(tmp_path: Path) -> None:
    points = described(district(tmp_path)).demand.points
    assert set(points["class"]) == {"rural", "schools"} and len(points) == 50


def test_each_level_is_served_by_its_technologies(home: Path) -> None:
    options = described(home).options
    kinds = described(home).demand.points["level"].reindex(options.service["demand_id"]).to_numpy(object)
    technologies = options.table["technology"].reindex(options.service["option_id"]).to_numpy(object)
    pairs = set(zip(technologies, kinds, strict=True))
    assert pairs == {
        ("lte-800", "household"), ("lte-800", "community"), ("wifi-hotspot", "community"), ("meter-radio", "iot"),
    }  # fmt: skip


def test_the_plan_meets_each_target_by_its_own_means_and_holds(home: Path) -> None:
    assert verify_plan(home / "out" / "base") == []


def test_people_walk_to_a_shared_place(tmp_path: Path) -> None:
    reach = []
    for metres in (0, 1000, 2000):
        folder = tmp_path / str(metres)
        folder.mkdir()
        found = described(levels(folder, community=SHARED | {"reach_m": metres}))
        shared = found.options.table.index[found.options.table["technology"] == "wifi-hotspot"]
        service = found.options.service[found.options.service["option_id"].isin(shared)]
        rows = service[service["demand_id"].str.startswith("community-")]
        area_km2 = (
            rows["service_max"] * found.demand.points["area_km2"].reindex(rows["demand_id"]).to_numpy()
        ).groupby(rows["option_id"])
        reach.append(area_km2.sum().max())
    assert reach[0] < 0.1
    assert reach[1] == pytest.approx(np.pi, rel=0.02)
    assert reach[2] > 2 * reach[1]


def test_a_household_target_is_not_met_by_shared_places(tmp_path: Path) -> None:
    folder = levels(tmp_path, technologies=["wifi-hotspot"], existing={"towers": None},
                    targets={"rural": 0.1, "community_rural": 0.01, "sensors": 0.0})  # fmt: skip
    plan = planned(folder)
    assert plan.summary["status"] == "infeasible"
    assert set(plan.summary["shortfall"]) == {"rural"}
    (tmp_path / "netplan.yaml").unlink()
    folder = levels(tmp_path, technologies=["wifi-hotspot"], existing={"towers": None},
                    targets={"rural": 0.0, "community_rural": 0.01, "sensors": 0.0})  # fmt: skip
    plan = planned(folder)
    assert plan.summary["status"] == "optimal"
    assert plan.summary["targets"]["community_rural"]["achieved"] >= 0.01
    assert set(plan.equipment["technology"]) == {"wifi-hotspot"}
    shared = plan.demand[plan.demand["class"].str.startswith("community_")]
    people = (shared["weight"] * shared["served_share"]).sum()  # those with a shared place in reach
    assert plan.summary["cost_per_person_served"] == pytest.approx(plan.summary["objective_npv"] / people)
    assert verify_plan(folder / "out" / "base") == []


def test_sensors_are_no_place_for_hubs(tmp_path: Path) -> None:
    with_meters = described(levels(tmp_path)).sites.points
    spec = {"settlements": "villages.gpkg", "sensors": None}
    targets = {"rural": 0.8, "community_rural": 0.05, "schools": 0.0}
    without = described(levels(tmp_path, demand=spec, targets=targets)).sites.points
    hubs = with_meters["structure"].str.contains("hub")
    assert with_meters.index[hubs].tolist() == without.index[without["structure"].str.contains("hub")].tolist()


def test_classes_that_are_not_there(tmp_path: Path) -> None:
    folder = district(tmp_path, targets={"community_rural": 0.5, "sensors": 0.5})
    with pytest.raises(InputError) as caught:
        read_project(folder)
    text = {fault.place: fault.to_do for fault in caught.value.faults}
    assert "give `community:" in text["netplan.yaml: targets.community_rural"]
    assert "demand.sensors" in text["netplan.yaml: targets.sensors"]
    kind = {"layer": "s.gpkg", "rate_mbps": 1, "busy_hour_mbps": 1}
    folder = district(
        tmp_path, demand={"facilities": {"sensors": kind, "community_urban": kind, "community_hall": kind}}
    )
    with pytest.raises(InputError) as caught:
        read_project(folder)
    assert {fault.place for fault in caught.value.faults} == {
        "netplan.yaml: demand.facilities.sensors", "netplan.yaml: demand.facilities.community_urban",
    }  # fmt: skip


ANY_CELL = "(SELECT MIN(demand_id) FROM demand WHERE class = 'community_rural')"
FAULTS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "sensors served by the wrong technology": (
        "level", sql("UPDATE equipment SET technology = 'lte-800' WHERE technology = 'meter-radio'"),
    ),
    "household target met by a community technology": ("level", entry("lte-800", serves=["community"])),
    "existing technology invented": ("existing", sql("UPDATE existing SET technology = 'meter-radio'")),
    "existing equipment moved": ("existing", lambda f: move("existing", "tower-000001/lte-800", at(7, 1))(f)),
    "existing tower dropped from the project": ("existing", scenario(existing={"pops": "pop.gpkg"})),
    "existing equipment overfull": ("capacity", sql("UPDATE existing SET capacity = 0.1, utilisation = 1")),
    "existing utilisation flattered": ("utilisation", sql("UPDATE existing SET utilisation = 0")),
    "airtime too cheap": ("capacity", sql("UPDATE baseline SET capacity_used = capacity_used / 10")),
    "reached beyond range": (
        "reach", entry("lte-800", radio={"max_range_m": {"value": 500.0}}),
    ),
    "baseline counts what is not served": (
        "baseline", sql("UPDATE demand SET baseline_share = 0.7 WHERE class = 'schools'"),
    ),
    "baseline of a level it does not serve": (
        "level", sql("UPDATE baseline SET technology = 'meter-radio', demand_id = demand_id"),
    ),
    "sensors inflated": ("demand", sql("UPDATE demand SET weight = weight + 5 WHERE class = 'sensors'")),
    "people counted twice": ("demand", sql("UPDATE demand SET population = 9 WHERE class = 'community_rural'")),
    "more people than the cell has": ("demand", sql(f"UPDATE demand SET weight = 9999 WHERE demand_id = {ANY_CELL}")),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_planted_fault_is_named(name: str, home: Path, tmp_path: Path) -> None:
    shutil.copytree(home, tmp_path / "district")
    folder = tmp_path / "district" / "out" / "base"
    rule, plant = FAULTS[name]
    plant(folder)
    findings = verify_plan(folder)
    assert rule in {finding.rule for finding in findings}, findings
