"""The API of a notebook: what it shows is what the command line writes."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest

import netplan as npn
from netplan.errors import InputError, NoPlanError
from tests.smalldistrict import at, district, save


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> npn.District:
    folder = tmp_path_factory.mktemp("api")
    save(folder, "towers.gpkg", [at(5.5, 4.5), at(1.2, 1.1)], name=["one", "two"])
    return npn.read_project(district(folder, existing={"pops": "pop.gpkg", "towers": "towers.gpkg"}))


@pytest.fixture(scope="module")
def plans(project: npn.District) -> list[npn.PlanResult]:
    return [npn.plan(project, scenario=name) for name in project.scenarios]


def test_a_project_says_what_it_holds(project: npn.District) -> None:
    assert project.scenarios == ["greenfield", "sharing"] and project.name == "small"
    assert "greenfield, sharing" in repr(project) and "schools 100%" in project._repr_html_()


def test_a_plan_is_what_was_written(project: npn.District, plans: list[npn.PlanResult]) -> None:
    plan = plans[0]
    assert plan.folder == project.folder / "out" / "greenfield" and plan.scenario == "greenfield"
    assert plan.cost == plan.summary["objective_npv"] == pytest.approx(plan.costs["npv"].sum(), rel=1e-9)
    assert plan.gap == pytest.approx((plan.cost - plan.bound) / plan.cost, abs=1e-9)
    assert plan.bill["npv"].sum() == pytest.approx(plan.cost) and plan.bill["npv"].is_monotonic_decreasing
    assert plan.sites.crs == plan.demand.crs and len(plan.sites) > 0 and len(plan.equipment) > 0
    assert set(plan.links["from_node"]) <= set(plan.nodes["node_id"]) and len(plan.service) > 0
    assert plan.verify() == []
    again = npn.read_plan(plan.folder)
    assert again == plan and again.cost == plan.cost
    assert f"{plan.cost:,.0f}" in repr(plan) and f"{plan.cost:,.0f}" in plan._repr_html_()


def test_the_map_is_a_picture(plans: list[npn.PlanResult]) -> None:
    (plans[0].folder / "map.png").unlink(missing_ok=True)
    assert plans[0].map()._repr_png_().startswith(b"\x89PNG")


def test_the_waterfall_leads_from_one_cost_to_the_other(plans: list[npn.PlanResult]) -> None:
    compared = npn.compare(plans)
    steps = compared.waterfall()
    assert list(steps["step"].iloc[[0, -1]]) == ["greenfield", "sharing"]
    assert steps["cost"].iloc[0] == pytest.approx(plans[0].cost)
    assert steps["cost"].iloc[-1] == pytest.approx(plans[1].cost)
    assert steps["cost"].iloc[-2] == pytest.approx(plans[1].cost, abs=1.0 * len(steps))
    assert math.isclose(compared.savings["value"].iloc[0], plans[0].cost - plans[1].cost, rel_tol=1e-9)
    assert (plans[0].folder.parent / "comparison.json").exists() and "greenfield" in compared._repr_html_()


def test_faults_are_told_as_on_the_command_line(project: npn.District, plans: list[npn.PlanResult]) -> None:
    with pytest.raises(InputError, match="no scenario 'nowhere'; use one of greenfield, sharing"):
        npn.plan(project, scenario="nowhere")
    with pytest.raises(InputError, match="1 plan"):
        npn.compare(plans[:1])
    with pytest.raises(InputError):
        npn.read_plan(project.folder)
    with pytest.raises(InputError):
        npn.read_project(project.folder / "absent.yaml")


def test_no_plan_is_an_error_that_says_why(tmp_path: Path) -> None:
    far = {"rate_mbps": 900.0, "busy_hour_mbps": 1.0, "adoption": 1.0}
    with pytest.raises(NoPlanError, match="rural"):
        npn.plan(district(tmp_path, service={"rural": far, "urban": far}))


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, netplan; sys.exit(any(name in sys.modules for name in ('geopandas', 'numba', 'ortools')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert set(npn.__all__) <= set(dir(npn))
    with pytest.raises(AttributeError, match="nothing"):
        _ = npn.nothing
