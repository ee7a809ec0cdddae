"""What is served today: as layers state it, as towers bear it out, and never more than the equipment holds."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from shapely.geometry import Point, box
from smalldistrict import UTM, at, described, district, planned, save, save_rates, square, technology
from typer.testing import CliRunner

from netplan.catalogue import load_catalogue
from netplan.catalogue.names import plain, technology_names
from netplan.catalogue.schema import Catalogue
from netplan.cli import app
from netplan.demand import with_baseline
from netplan.demand.overlay import meet, parts
from netplan.demand.stated import stated_service
from netplan.errors import InputError
from netplan.radio.filling import fill
from netplan.tables import Baseline, Demand, Inputs, Raster
from netplan.verify.today import _share


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    return load_catalogue()


# Filling up existing equipment


@settings(deadline=None)
@given(seed=st.integers(0, 10_000), limited=st.booleans())
def test_filling_keeps_to_reach_and_capacity(seed: int, limited: bool) -> None:
    rng = np.random.default_rng(seed)
    rows, options = 7, 4
    row, option = (index.astype(np.int64) for index in np.nonzero(rng.random((rows, options)) < 0.6))
    reach, use, rate = rng.random(len(row)), rng.random(len(row)), rng.integers(1, 9, len(row)).astype(float)
    capacity = rng.random(options) * 1.5 if limited else np.full(options, np.inf)
    share = fill(row, option, reach, use, rate, capacity)
    assert (share >= 0).all() and (share <= reach + 1e-12).all()
    assert (np.bincount(option, share * use, minlength=options) <= capacity + 1e-9).all()
    most = pd.Series(reach).groupby(row).max()
    served = pd.Series(share).groupby(row).sum()
    assert (served <= most + 1e-9).all()
    if not limited:
        assert served.to_numpy() == pytest.approx(most.to_numpy())
    order = rng.permutation(len(row))
    again = fill(row[order], option[order], reach[order], use[order], rate[order], capacity)
    assert again == pytest.approx(share[order], abs=1e-12)


def test_a_full_server_hands_over_to_the_next() -> None:
    row, option = np.array([0, 0, 1]), np.array([0, 1, 0])
    reach, use, rate = np.ones(3), np.array([1.0, 2.0, 1.0]), np.array([9.0, 5.0, 9.0])
    share = fill(row, option, reach, use, rate, np.array([1.0, 0.5]))
    assert share.tolist() == pytest.approx([0.5, 0.25, 0.5])


# Names


def test_layers_may_use_ids_aliases_and_several_names(shipped: Catalogue) -> None:
    found = technology_names(["lte_800 ; 4G", "", None, "LTE-1800/4g"], shipped, "t", sited=True)
    assert found.ids == (("lte-800",), (), (), ("lte-1800", "lte-800"))
    assert not found.faults and found.taken["4G"] == "lte-800"


def test_unknown_names_give_one_fault_each(shipped: Catalogue) -> None:
    found = technology_names(["lte-80", "gpn", "lte-80"], shipped, "towers", sited=True)
    first, second = map(str, found.faults)
    assert "towers, row 1, 3: no technology 'lte-80'" in first and "did you mean 'lte-800'" in first
    assert "row 2" in second and "did you mean 'gpon'" in second
    sky = next(key for key, t in shipped.technologies.items() if t.kind == "satellite")
    assert "stands on no site" in str(technology_names([sky], shipped, "towers", sited=True).faults[0])
    assert technology_names([sky], shipped, "layer", sited=False).ids == ((sky,),)


def test_shipped_aliases_stand_for_one_technology(shipped: Catalogue) -> None:
    names = [name for key, t in shipped.technologies.items() for name in {plain(each) for each in (key, *t.aliases)}]
    assert len(names) == len(set(names)) and plain("4G") in names


# Layers


def demand_of(*rows: tuple[Any, str, float]) -> Demand:
    """Rows (geometry, level, rate)."""
    geometry = [row[0] for row in rows]
    centre = shapely.centroid(np.array(geometry, dtype=object))
    points = gpd.GeoDataFrame(
        {"class": "x", "level": [r[1] for r in rows], "rate_mbps": [r[2] for r in rows], "weight": 1.0},
        geometry=geometry, crs=UTM, index=[f"d{i}" for i in range(len(rows))],
    )  # fmt: skip
    return Demand(points.assign(x_m=shapely.get_x(centre), y_m=shapely.get_y(centre), baseline_share=0.0))


def stated(demand: Demand, catalogue: Catalogue, geometry: list[Any], **columns: Any) -> Baseline:
    blank = {"rate_mbps": np.nan, "technology": "", "share": 1.0}
    layer = gpd.GeoDataFrame(blank | columns, geometry=geometry, crs=UTM, index=range(len(geometry)))
    return stated_service(inputs(demand, service=layer), demand, catalogue)


def inputs(demand: Demand, **more: Any) -> Inputs:
    fields = dict.fromkeys(Inputs.__dataclass_fields__)
    area = shapely.box(*demand.points.total_bounds).buffer(10)
    fields |= {"crs": demand.points.crs, "area": area, "margin": area}
    return Inputs(**(fields | {"warnings": (), "files": {}, "licences": {}} | more))


CELL = box(0, 0, 1000, 1000)


def test_shares_rates_and_overlaps(shipped: Catalogue) -> None:
    demand = demand_of((CELL, "household", 5.0), (Point(900, 500), "community", 5.0))
    found = stated(
        demand, shipped, [box(0, 0, 500, 1000), box(250, 0, 1000, 1000), box(0, 0, 1000, 1000)],
        share=[0.8, 0.4, 1.0], rate_mbps=[6.0, 6.0, 2.0],
    )  # fmt: skip
    points = with_baseline(demand, found).points
    assert points["baseline_share"].tolist() == pytest.approx([0.8 * 0.5 + 0.4 * 0.5, 0.4])
    assert found.service["reach_share"].tolist() == pytest.approx([1.0, 1.0])


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 100_000))
def test_the_audit_finds_the_same_share_in_another_way(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shapes: list[Any] = []
    for _ in range(rng.integers(1, 7)):
        x, y = rng.uniform(-300, 900, 2)
        point = rng.random() < 0.4
        shapes.append(Point(x, y) if point else box(x, y, x + rng.uniform(50, 900), y + rng.uniform(50, 900)))
    features, n = np.array(shapes, dtype=object), len(shapes)
    share, counts = rng.choice([0.25, 0.5, 1.0], n), rng.random(n) < 0.7
    rows = np.array([CELL, Point(400, 400)], dtype=object)
    pairs = meet(rows, features, np.arange(n), share, np.ones(n))
    everyone = np.ones(len(pairs.row), dtype=bool)
    mine = np.bincount(pairs.row, parts(pairs, counts[pairs.feature], everyone, rows, features), minlength=2)
    for i, row in enumerate(rows):
        near = np.flatnonzero(shapely.dwithin(features, row, 100.0))
        theirs = _share(row, features, share, near[counts[near]], near)
        assert mine[i] == pytest.approx(theirs, abs=1e-9)


def test_a_layer_that_meets_nobody_serves_nobody(shipped: Catalogue) -> None:
    demand = demand_of((CELL, "household", 5.0))
    found = stated(demand, shipped, [box(5000, 0, 6000, 1000)], technology=["4G"])
    assert found.service.empty and found.technologies == ("lte-800",)
    assert with_baseline(demand, found).points["baseline_share"].tolist() == [0.0]


def test_points_speak_for_their_cell_and_for_near_facilities(shipped: Catalogue) -> None:
    demand = demand_of((CELL, "household", 5.0), (Point(180, 100), "community", 5.0), (Point(500, 500), "community", 5))
    found = stated(demand, shipped, [Point(100, 100), Point(300, 100), Point(800, 800)],
                   rate_mbps=[10.0, 1.0, 10.0], share=[0.5, 1.0, 1.0])  # fmt: skip
    points = with_baseline(demand, found).points
    assert points["baseline_share"].tolist() == pytest.approx([(0.5 + 0.0 + 1.0) / 3, 0.5, 0.0])


def test_a_raster_of_rates_serves_where_it_is_fast_enough(shipped: Catalogue) -> None:
    demand = demand_of((CELL, "household", 5.0), (Point(900, 100), "community", 5.0), (Point(10, 10), "iot", 0.1))
    values = np.full((10, 10), 8.0)
    values[:, 3:] = 1.0
    values[:, 8:] = np.nan
    raster = Raster(values, Affine(100, 0, 0, 0, -100, 1000), "r.tif")
    found = stated_service(inputs(demand, service_rate=raster), demand, shipped)
    assert with_baseline(demand, found).points["baseline_share"].tolist() == pytest.approx([0.3, 0.0, 0.0])
    assert found.service.set_index("demand_id")["reach_share"]["d0"] == pytest.approx(0.8)


def test_a_technology_without_a_rate_offers_what_its_coverage_maps_promise(shipped: Catalogue) -> None:
    promise = shipped.technologies["lte-800"].coverage_rate_mbps
    assert promise is not None
    demand = demand_of((CELL, "household", promise.value), (CELL, "household", promise.value + 1))
    found = stated(demand, shipped, [CELL], technology=["4G"])
    assert with_baseline(demand, found).points["baseline_share"].tolist() == [1.0, 0.0]
    assert found.service["reach_share"].tolist() == [1.0, 1.0]
    assert any("4G" in text for text in found.warnings) and any("promises" in text for text in found.warnings)


def test_a_technology_counts_only_for_the_levels_it_serves(shipped: Catalogue, tmp_path: Path) -> None:
    folder = tmp_path / technology(tmp_path, "lte-800", "meter-radio", serves=["iot"], generation=None)
    catalogue = load_catalogue([folder])
    demand = demand_of((CELL, "household", 0.1), (CELL, "community", 0.1), (Point(5, 5), "iot", 0.1))
    for name, due in (("meter-radio", [0.0, 0.0, 1.0]), ("lte-800", [1.0, 1.0, 0.0]), ("", [1.0, 1.0, 0.0])):
        found = stated(demand, catalogue, [CELL], technology=[name])
        assert with_baseline(demand, found).points["baseline_share"].tolist() == due


def test_a_baseline_of_unknown_rows_or_of_more_than_all_is_refused(shipped: Catalogue) -> None:
    demand = demand_of((CELL, "household", 5.0))
    found = stated(demand, shipped, [CELL], share=[0.7])
    with pytest.raises(ValueError, match="unknown demand 'x'"):
        with_baseline(demand, replace(found, service=found.service.assign(demand_id="x")))
    twice = pd.concat([found.service, found.service])
    with pytest.raises(ValueError, match="more than once"):
        with_baseline(demand, replace(found, service=twice))


# From files to plans


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The plan of the district where nothing serves anybody today."""
    return planned(district(tmp_path_factory.mktemp("bare")))


def test_an_existing_4g_tower_saves_new_build(tmp_path: Path, bare: Any) -> None:
    folder = district(tmp_path, existing={"towers": "towers.gpkg"})
    save(folder, "towers.gpkg", [at(2.5, 3)], technologies=["4G"], height=[40])
    plan = planned(folder)
    assert plan.summary["status"] == bare.summary["status"] == "optimal"
    assert plan.summary["objective_npv"] < 0.7 * bare.summary["objective_npv"]
    assert len(plan.equipment) < len(bare.equipment)
    rural = plan.summary["targets"]["rural"]
    assert 0.3 < rural["baseline"] < rural["achieved"] == pytest.approx(0.9)
    seen = plan.summary["coverage"]["rural"]["4G"]
    assert seen["served_before"] == pytest.approx(rural["baseline"])
    assert seen["served_before"] < seen["reached_before"] and seen["served_after"] == pytest.approx(0.9)


def test_today_reaches_handsets_and_not_terminals_that_nobody_owns(tmp_path: Path, shipped: Catalogue) -> None:
    for entry in shipped.technologies.values():
        if entry.kind == "cellular" and "household" in entry.serves:
            held = entry.today or entry.radio
            assert held is not None and held.rx_gain_dbi.value == 0 and held.rx_height_m.value == 1.5, entry.id
            assert 8 <= held.entry_loss_db.value <= 10
    folder = district(tmp_path, existing={"towers": "towers.gpkg"}, models=["models"])
    technology(folder, "lte-800", "held", today=None)
    reached = {}
    for stands in ("lte-800", "held"):
        save(folder, "towers.gpkg", [at(-4, 3)], technologies=[stands], height=[20])
        found = described(folder).demand.baseline
        assert found is not None
        reached[stands] = float(found.service["share"].sum())
    # the same radio received by the plan's outdoor terminal would serve far more
    assert reached["lte-800"] < 0.8 * reached["held"], reached


def test_existing_equipment_is_no_fuller_than_full(tmp_path: Path) -> None:
    folder = district(tmp_path, existing={"towers": "towers.gpkg"}, demand={"population_total": 60_000})
    save(folder, "towers.gpkg", [at(2.5, 3)], technologies=["4G"])
    crowded = described(folder).demand
    assert crowded.baseline is not None
    used = crowded.baseline.service["capacity_used"].sum()
    assert used == pytest.approx(crowded.baseline.equipment["capacity"].iloc[0])
    share, reach = (crowded.baseline.service[c].sum() for c in ("share", "reach_share"))
    assert 0 < share < 0.2 * reach


def test_today_is_the_same_in_every_scenario(tmp_path: Path) -> None:
    folder = district(tmp_path, existing={"towers": "towers.gpkg"})
    save(folder, "towers.gpkg", [at(2.5, 3), at(6, 2)], technologies=["lte-800; lte-1800", "4G"])
    one, two = (described(folder, name).demand for name in ("greenfield", "sharing"))
    assert_frame_equal(pd.DataFrame(one.points), pd.DataFrame(two.points), check_exact=True)
    assert one.baseline is not None and two.baseline is not None
    assert_frame_equal(one.baseline.service, two.baseline.service, check_exact=True)
    assert len(one.baseline.equipment) == 3 and one.points["baseline_share"].max() > 0


def test_more_baseline_never_costs_more(tmp_path: Path, bare: Any) -> None:
    costs = [bare.summary["objective_npv"]]
    for share in (0.3, 0.6, 0.95):
        folder = tmp_path / str(share)
        folder.mkdir()
        district(folder, existing={"service": "served.gpkg"})
        save(folder, "served.gpkg", [square(0, 0, 8, 6)], share=[share])
        plan = planned(folder)
        assert plan.summary["status"] == "optimal"
        assert plan.summary["targets"]["rural"]["baseline"] == pytest.approx(share)
        costs.append(plan.summary["objective_npv"])
    assert all(after <= before + 1e-6 for before, after in itertools.pairwise(costs))
    # nine tenths are served today, but both schools are wanted whole
    assert 0 < costs[-1] < costs[0]


def test_2g_is_reported_and_counts_to_no_broadband_target(tmp_path: Path) -> None:
    folder = district(tmp_path, existing={"towers": "towers.gpkg"}, models=["models"])
    narrow = {"bandwidth_mhz": {"value": 0.2, "low": 0.2}, "downlink_share": {"value": 0.25, "low": 0.1}}
    technology(folder, "lte-800", "voice-850", generation="2G", aliases=["CSD850"], radio=narrow)
    save(folder, "towers.gpkg", [at(2.5, 3), at(5, 3)], technologies=["csd 850", None])
    plan = planned(folder)
    assert plan.summary["targets"]["rural"]["baseline"] == 0
    assert plan.service["share"].sum() > 0.8 * 48
    assert plan.summary["coverage"]["rural"]["2G"] == {
        "reached_before": pytest.approx(1.0), "served_before": 0.0, "served_after": 0.0,
    }  # fmt: skip
    assert any("1 of 2 towers state no technology" in text for text in plan.summary["warnings"])


def test_towers_outside_serve_people_inside_but_host_nothing(tmp_path: Path) -> None:
    folder = district(tmp_path, existing={"towers": "towers.gpkg"})
    save(folder, "towers.gpkg", [at(-1, 3), at(-2, 3)], technologies=["4G", ""])
    found = described(folder, "sharing")
    assert found.demand.baseline is not None
    assert len(found.demand.baseline.equipment) == 1 and found.demand.points["baseline_share"].max() > 0
    assert not (found.sites.points["x_m"] < at(0, 0).x).any()


def test_what_stands_on_a_tower_without_height_hangs_where_its_owner_does(tmp_path: Path, shipped: Catalogue) -> None:
    folder = district(tmp_path, existing={"towers": "towers.gpkg"})
    save(folder, "towers.gpkg", [at(2.5, 3), at(4, 3)], technologies=["4G"] * 2, height_m=[np.nan, 60.0])
    found = described(folder).demand.baseline
    owners_m = shipped.structures["own-tower"].height_m.value
    assert found is not None and sorted(found.equipment["height_m"]) == [owners_m, 60.0]


def test_crowd_sourced_cells_of_one_mast_count_once(tmp_path: Path) -> None:
    folder = district(tmp_path, existing={"towers": "towers.gpkg", "towers_assumed": True, "tower_cluster_m": 300})
    save(folder, "towers.gpkg", [at(2.5, 3), at(2.6, 3), at(4, 3)], technologies=["4G"] * 3)
    found = described(folder).demand.baseline
    assert found is not None and len(found.equipment) == 2


def test_a_stated_layer_wins_over_towers(tmp_path: Path) -> None:
    folder = district(tmp_path, existing={"towers": "towers.gpkg", "service": "rates.tif"})
    save(folder, "towers.gpkg", [at(2.5, 3)], technologies=["4G"])
    rates = np.zeros((12, 16))
    rates[:, :4] = 20.0
    save_rates(folder, "rates.tif", rates, 500.0)
    found = described(folder)
    west = found.demand.points["x_m"] < at(2, 0).x
    cells = found.demand.points["class"] == "rural"
    assert found.demand.points.loc[cells & west, "baseline_share"].tolist() == pytest.approx([1.0] * 12)
    assert not found.demand.points.loc[~west, "baseline_share"].any()
    assert any("the technologies of towers are not counted" in text for text in found.warnings)


# Wrong input


def wrong(folder: Path) -> str:
    """What the command line says: one fault, exit code 2, nothing written."""
    result = CliRunner().invoke(app, ["plan", str(folder), "-o", str(folder / "out")])
    assert result.exit_code == 2, result.output
    assert not (folder / "out").exists()
    lines = result.output.strip().splitlines()
    assert len(lines) == 2, result.output
    return lines[1]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"operator": ["A"]}, ("no column says what is served", "rate_mbps", "it has: operator")),
        ({"rate_mbps": [-3.0]}, ("column `rate_mbps`, row 2: -3", "0 or more")),
        ({"share": [40.0]}, ("column `share`, row 2: 40", "between 0 and 1, not per cent")),
        ({"technology": ["lte-80"]}, ("technology, row 2: no technology 'lte-80'", "did you mean 'lte-800'")),
    ],
)
def test_bad_layer_of_todays_service(tmp_path: Path, columns: dict[str, Any], words: tuple[str, ...]) -> None:
    folder = district(tmp_path, existing={"service": "s.gpkg"})
    # the first of them lies elsewhere
    save(folder, "s.gpkg", [square(90, 0, 4, 4), square(0, 0, 4, 4)], **{name: 2 * v for name, v in columns.items()})
    message = wrong(folder)
    assert "existing.service" in message and all(word in message for word in words), message


def test_bad_raster_of_todays_service(tmp_path: Path) -> None:
    folder = district(tmp_path, existing={"service": "rates.tif"})
    save_rates(folder, "rates.tif", np.full((6, 8), -5.0), 1000.0)
    assert "pixels below zero (lowest -5)" in wrong(folder)


def test_tower_of_an_unknown_technology(tmp_path: Path) -> None:
    folder = district(tmp_path, existing={"towers": "t.gpkg"})
    save(folder, "t.gpkg", [at(3, 3), at(2, 2)], technologies=["lte800; warp-drive", "4G"])
    assert "existing.towers: technologies, row 1: no technology 'warp-drive'" in wrong(folder)


def test_all_faults_of_a_column_are_told_at_once(tmp_path: Path) -> None:
    folder = district(tmp_path, existing={"service": "s.gpkg"})
    save(folder, "s.gpkg", [square(0, 0, 4, 4), square(4, 0, 4, 4)], share=[1.5, 0.5], rate_mbps=[2.0, -1.0])
    with pytest.raises(InputError) as caught:
        described(folder)
    assert len(caught.value.faults) == 2
