"""How full masts of others are: what the layer says, what the lever says, what a plan adds, and the audit of it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from smalldistrict import at, described, district, planned, save, save_rates

from netplan.candidates.towers import tower_proposals
from netplan.catalogue.schema import Catalogue, Quantity
from netplan.loading import systems_limit
from netplan.parts import Parts
from netplan.problem import Indexed, asking
from netplan.problem.rules import limits
from netplan.problem.rules import systems_limit as used_by_the_problem
from netplan.tables import Backhaul, Options, Sites
from netplan.verify import verify


def masts(folder: Path, **columns: Any) -> Path:
    save(folder, "towers.gpkg", [at(2.2, 3.1), at(6.0, 3.2)], name=["t1", "t2"], technologies=["2G;3G", ""], **columns)
    return district(folder, existing={"pops": "pop.gpkg", "towers": "towers.gpkg"})


def q(value: float) -> Quantity:
    return Quantity(value=value, unit="dishes", source="test")


def rules(folder: Path) -> set[str]:
    return {finding.rule for finding in verify(folder / "out" / "sharing")["sharing"]}


def test_a_plan_says_how_full_each_mast_is(tmp_path: Path) -> None:
    folder = masts(tmp_path)
    plan = planned(folder, "sharing")
    shared = plan.sites[plan.sites["status"] == "shared"].set_index("name")
    assert len(shared) and (shared["systems_limit"] == 4).all()
    count = plan.equipment["site_id"].value_counts()
    assert (shared["systems_added"] == shared["site_id"].map(count).fillna(0)).all()
    assert (shared["systems_left"] == 4 - shared["systems_added"]).all()
    assert shared["standing"].get("t1", "2G;3G") == "2G;3G"
    new = plan.sites[plan.sites["status"] == "new"]
    assert new["systems_limit"].isna().all() and new["systems_left"].isna().all()
    written = pyogrio.read_dataframe(folder / "out" / "sharing" / "plan.gpkg", layer="sites")
    assert {"standing", "systems_limit", "systems_added", "systems_left"} <= set(written.columns)
    assert rules(folder) == set()


def test_the_layer_of_towers_goes_before_the_lever(tmp_path: Path) -> None:
    free = planned(masts(tmp_path), "sharing")
    assert set(free.sites.loc[free.sites["status"] == "shared", "name"])
    folder = masts(tmp_path, free_systems=[0.0, np.nan])  # a name that surveys use
    full = planned(folder, "sharing")
    at_full = full.sites[full.sites["name"] == "t1"]
    assert not full.equipment["site_id"].isin(at_full["site_id"]).any()
    assert (at_full["systems_limit"] == 0).all()
    assert full.summary["objective_npv"] >= free.summary["objective_npv"] - 1e-6
    assert rules(folder) == set()
    both = planned(masts(tmp_path, free_systems=["0", "0"]), "sharing")
    green = planned(folder, "greenfield")
    assert both.summary["objective_npv"] == pytest.approx(green.summary["objective_npv"], rel=1e-9)


def test_the_audit_finds_a_mast_that_is_too_full_or_said_to_be_emptier(tmp_path: Path) -> None:
    folder = masts(tmp_path, max_systems=[3, 3])
    assert (described(folder, "sharing").sites.points.query("status == 'shared'")["max_systems"] == 3).all()
    planned(folder, "sharing")
    assert rules(folder) == set()
    base = folder / "out" / "sharing" / "plan.gpkg"
    true = pyogrio.read_dataframe(base, layer="sites")
    for column, value in (("systems_left", 1.0), ("systems_limit", 9.0), ("systems_added", 1.0)):
        false = true.assign(**{column: true[column].where(true["status"] != "shared", value + true[column])})
        pyogrio.write_dataframe(false, base, layer="sites", driver="GPKG", append=False)
        assert "loading" in rules(folder), column
    pyogrio.write_dataframe(true, base, layer="sites", driver="GPKG", append=False)
    assert rules(folder) == set()
    save(folder, "towers.gpkg", [at(2.2, 3.1), at(6.0, 3.2)], name=["t1", "t2"], max_systems=[0, 0])
    assert "loading" in rules(folder)


def test_anothers_network_on_a_tower_of_ones_own_has_its_own_spectrum(tmp_path: Path) -> None:
    """Two rows at one place: the planner's, with nothing on it, and another owner's network there."""
    both: dict[str, Any] = {"name": ["mine", "theirs"], "technologies": ["", "lte-800"], "height_m": [40.0, 40.0]}
    save(tmp_path, "towers.gpkg", [at(2.2, 3.1)] * 2, status=["existing", "shared"], **both)
    folder = district(tmp_path, existing={"pops": "pop.gpkg", "towers": "towers.gpkg"})
    people = np.full((6, 8), 240.0)
    people[2:4, 1:3] = 1600.0
    save_rates(folder, "people.tif", people, 1000.0)
    plan = planned(folder, "sharing")
    assert "existing" in set(plan.sites["status"])
    assert rules(folder) == set()
    save(tmp_path, "towers.gpkg", [at(2.2, 3.1)] * 2, status=["shared", "existing"], **both)
    assert "spectrum" in rules(folder)


def test_assumed_masts_take_what_the_roomiest_position_says() -> None:
    points = [at(1.0, 1.0), at(1.05, 1.0), at(5.0, 5.0)]
    layer = gpd.GeoDataFrame(
        {"assumed": [True, True, True], "max_systems": [1.0, 2.0, np.nan], "height_m": [30.0, np.nan, np.nan]},
        geometry=points, crs=32736,
    )  # fmt: skip
    found, _ = tower_proposals(layer, at(3, 3).buffer(10_000), 300.0)
    assert list(found.max_systems[:1]) == [2.0] and np.isnan(found.max_systems[1])
    assert found.height_m[0] == 30.0


def test_limits_are_whole_numbers_of_systems() -> None:
    assert used_by_the_problem is systems_limit
    sites = pd.DataFrame({"lever": ["", "", "x"], "max_systems": [2.7, np.nan, np.nan]})
    assert list(systems_limit(sites, {})) == [2.0, np.inf, np.inf]


def test_a_pole_carries_so_many_dishes_of_hops_and_no_more() -> None:
    """Four hops could end on the pole: three on the mast's side and one by another radio; the trench does not count."""
    sites = gpd.GeoDataFrame({"structure": ["pole", *["mast"] * 3], "lever": ""}, index=["p", "a", "b", "c"])
    rows = [("a", "p", "near"), ("b", "a", "near"), ("b", "p", "near"), ("c", "p", "near"), ("a", "p", "far")]
    rows.append(("p", "", "dig"))
    edges = pd.DataFrame(rows, columns=["site_a", "site_b", "medium"], index=[f"e{k}" for k in range(6)])
    kinds = {"near": "microwave", "far": "microwave", "dig": "trench"}
    catalogue = cast(Catalogue, SimpleNamespace(
        media={key: SimpleNamespace(kind=kind) for key, kind in kinds.items()}, levers={},
        structures={key: SimpleNamespace(max_dishes=most) for key, most in {"pole": q(2.5), "mast": None}.items()},
    ))  # fmt: skip
    options = cast(Options, SimpleNamespace(table=pd.DataFrame({"site_id": pd.Series(dtype=object)})))
    backhaul = cast(Backhaul, SimpleNamespace(edges=edges))
    nothing = pd.Index([])
    bare = Indexed({}, nothing, nothing, nothing, nothing, (), cast(Parts, None), np.zeros(0))
    ((columns, most),) = limits(
        bare, None, cast(Sites, SimpleNamespace(points=sites)), options, backhaul, catalogue
    ).dishes
    assert (columns.tolist(), most) == ([0, 2, 3, 4], 2.0)
    enough = {**catalogue.structures, "pole": SimpleNamespace(max_dishes=q(4))}
    roomy = cast(Catalogue, SimpleNamespace(media=catalogue.media, levers={}, structures=enough))
    assert not limits(bare, None, cast(Sites, SimpleNamespace(points=sites)), options, backhaul, roomy).dishes


def test_other_targets_and_a_budget_keep_the_limits(tmp_path: Path) -> None:
    """A frontier asks the same district for other targets: full masts stay full in it."""
    place = described(masts(tmp_path, max_systems=[0, 0]), "sharing")
    assert (place.indexed.arrays["limit_upper"] == 0).sum() == 2
    again = asking(place.indexed, place.demand, {"rural": 0.5}, 1e6)
    for name in ("limit_upper", "limit_lower", "limit_option", "site_cost", "edge_site"):
        assert again.arrays[name] is place.indexed.arrays[name]
    assert again.target_classes == ("rural",) and len(again.arrays["target_min"]) == 1
    assert again.arrays["budget"] == 1e6 and place.indexed.arrays["budget"] is None
