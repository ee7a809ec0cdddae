"""The audit passes what is right in unusual ways: no planning area stated, items whose names look like none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import yaml
from smalldistrict import HEIGHT_KM, WIDTH_KM, at, district, planned, save, save_rates

from netplan.verify import verify


def test_a_tower_away_from_people_in_a_project_without_an_area(tmp_path: Path) -> None:
    folder = district(tmp_path, area=None, existing={"pops": "pop.gpkg", "towers": "towers.gpkg"})
    people = np.zeros((HEIGHT_KM, WIDTH_KM))
    people[2:4, 1:3] = 60
    save_rates(folder, "people.tif", people, 1000.0)
    # the second is a row of the register that does not stand yet
    room = {"height_m": [60.0, 90.0], "status": ["operational", "Planned"], "max_systems": [3, 6]}
    save(folder, "towers.gpkg", [at(6.5, 3)] * 2, operator=["x", "y"], **room)
    save(folder, "schools.gpkg", [at(2.5, 3.5)], name=["A"])
    plan = planned(folder, "sharing")
    assert (plan.sites["status"] == "shared").any()
    assert verify(folder / "out" / "sharing")["sharing"] == []


def test_a_tenant_hangs_below_the_top_of_the_tower_and_no_higher(tmp_path: Path) -> None:
    folder = district(tmp_path, existing={"pops": "pop.gpkg", "towers": "towers.gpkg"})
    save(folder, "towers.gpkg", [at(6.5, 3)], operator=["x"], height_m=[60.0])
    sites = planned(folder, "sharing").sites
    assert sites.loc[sites["status"] == "shared", "height_m"].tolist() == [60 - 10]
    assert verify(folder / "out" / "sharing")["sharing"] == []
    (folder / "towers.gpkg").unlink()
    save(folder, "towers.gpkg", [at(6.5, 3)], operator=["x"], height_m=[50.0])
    findings = verify(folder / "out" / "sharing")["sharing"]
    assert [(each.found, each.expected) for each in findings if each.rule == "height"] == [("50", str(50 - 10))]


def test_lines_of_one_name_and_names_that_look_like_none(tmp_path: Path) -> None:
    from netplan.catalogue.load import shipped_folder

    own = tmp_path / "own" / "technologies"
    own.mkdir(parents=True)
    entry = yaml.safe_load((shipped_folder() / "technologies" / "lte-800.yaml").read_text(encoding="utf-8"))
    twins = [line | {"item": "N/A"} for line in entry["costs"] if line["category"] == "access"]
    entry["costs"] = [*twins, *(line for line in entry["costs"] if line["category"] != "access")]
    assert len(twins) > 1
    (own / "lte-800.yaml").write_text(yaml.safe_dump(entry), encoding="utf-8")
    folder = district(tmp_path, models=["own"], technologies=["lte-800"])
    plan = planned(folder, "sharing")
    assert (plan.costs["item"] == "N/A").any()
    assert verify(folder / "out" / "sharing")["sharing"] == []
