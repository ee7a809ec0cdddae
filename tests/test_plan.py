"""A plan adds up, writes what the contract names, opens in GIS and comes back the same."""

from __future__ import annotations

import csv
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pandas as pd
import pyogrio
import pytest
import yaml
from planbuilder import ECONOMICS, NOTHING, catalogue, chosen, make_plan, project, tables
from shapely.geometry import LineString, Point

from netplan.errors import InputError
from netplan.geopackage import FLUSHING, flushed_once
from netplan.plans import Plan, Provenance, build_plan, read_plan, write_plan
from netplan.plans.model import LAYER_COLUMNS, SPATIAL_LAYERS, shaped
from netplan.plans.paths import backhaul_of_sites


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return make_plan(tmp_path_factory.mktemp("district"))


@pytest.fixture(scope="module")
def written(plan: Plan) -> Path:
    folder = Path(plan.resolved["project_folder"]) / "out" / "sharing"
    write_plan(plan, folder)
    return folder


def test_rows_carry_what_was_chosen(plan: Plan) -> None:
    demand = plan.demand.set_index("demand_id")
    assert demand.loc["d-rural", ["served_share", "served_by", "technology", "rate_mbps"]].tolist() == [
        pytest.approx(0.85), "o-hub", "radio", 8.0,
    ]  # fmt: skip
    assert plan.sites.set_index("site_id")["backhaul"].to_dict() == {"s-hub": "microwave", "s-mast": "fibre"}
    equipment = plan.equipment.set_index("option_id")
    assert equipment.loc["o-hub", ["utilisation", "load_mbps"]].tolist() == [pytest.approx(1.9 / 3), pytest.approx(23)]
    assert pd.isna(equipment.loc["o-sky", "site_id"])
    assert "n-idle" not in set(plan.nodes["node_id"])


def test_money_re_adds_from_items_to_objective(plan: Plan) -> None:
    rows = [plan.sites, plan.equipment, plan.service, plan.links, plan.other_costs]
    assert sum(frame["npv"].sum() for frame in rows) == pytest.approx(plan.summary["objective_npv"], rel=1e-9)
    assert plan.costs["npv"].sum() == pytest.approx(plan.summary["objective_npv"], rel=1e-9)
    dish = plan.costs.set_index("item").loc["dish"]
    assert dish["quantity"] == pytest.approx(0.1 * 80)
    assert dish["npv"] == pytest.approx(float(ECONOMICS.npv(dish["capex"], dish["opex_per_year"], 5)))


def test_summary_counts_targets_and_people(plan: Plan) -> None:
    urban = plan.summary["targets"]["urban"]
    assert urban == {"target": 0.9, "achieved": 1.0, "baseline": 0.05, "total": 4000.0, "served": 4000.0}
    people = 0.85 * 800 + 0.95 * 4000
    assert plan.summary["cost_per_person_served"] == pytest.approx(plan.summary["objective_npv"] / people)
    counts = plan.summary["counts"]
    assert (counts["sites_new"], counts["sites_shared"], counts["sites_existing"]) == (1, 1, 0)
    assert counts["links_km"]["pipe"]["shared"] == pytest.approx(1.9986, abs=1e-4)


OF_THE_AREA = {"demand", "equipment", "service", "costs"}
"""Layers with the area's outline in them; a licence is stated where the content is, and nowhere else."""


def test_geopackage_holds_the_contract(written: Path) -> None:
    listed = set(pyogrio.list_layers(written / "plan.gpkg")[:, 0])
    assert set(LAYER_COLUMNS) <= listed
    for layer, columns in LAYER_COLUMNS.items():
        info = pyogrio.read_info(written / "plan.gpkg", layer=layer)
        assert list(info["fields"]) == list(columns)
        assert ("area.geojson: CC BY" in info["layer_metadata"]["LICENCE"]) == (layer in OF_THE_AREA), layer
    with closing(sqlite3.connect(written / "plan.gpkg")) as base:
        assert base.execute("SELECT count(*) FROM gpkg_metadata").fetchone()[0] >= len(LAYER_COLUMNS)


def test_styles_are_valid_and_in_catalogue_colours(written: Path) -> None:
    with closing(sqlite3.connect(written / "plan.gpkg")) as base:
        styles = dict(base.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault").fetchall())
    assert set(styles) == {*SPATIAL_LAYERS, "viability"}
    for layer, text in styles.items():
        renderer = ET.fromstring(text).find("renderer-v2")
        assert renderer is not None, layer
        used = {c.get("symbol") for c in renderer.iter("category")}
        assert used == {s.get("name") for s in renderer.iter("symbol")} and used
    assert "170,51,0,255" in styles["links"]
    assert {c.get("value") for c in ET.fromstring(styles["links"]).iter("category")} == {"air", "pipe", "trench"}


def test_bill_re_adds(plan: Plan, written: Path) -> None:
    with (written / "bill_of_quantities.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == ["item", "category", "quantity", "unit", "unit_cost", "capex", "opex_per_year", "npv"]
    assert sum(float(row["npv"]) for row in rows) == pytest.approx(plan.summary["objective_npv"], abs=0.01 * len(rows))
    for row in rows:
        assert float(row["unit_cost"]) * float(row["quantity"]) == pytest.approx(float(row["capex"]), rel=1e-3)


def test_resolved_names_all_that_the_plan_uses(written: Path) -> None:
    resolved = yaml.safe_load((written / "resolved.yaml").read_text())
    assert resolved["project_folder"] == "../.."
    assert resolved["crs"] == "EPSG:32736"
    used = {table: set(entries) for table, entries in resolved["catalogue"].items()}
    assert used == {
        "technologies": {"radio", "sky"},
        "structures": {"mast", "their-mast"},
        "power": {"sun"},
        "media": {"air", "pipe", "trench"},
        "levers": {"towers", "water-pipes"},
    }


def test_reads_back_the_same(plan: Plan, written: Path) -> None:
    back = read_plan(written)
    for name, frame in plan.layers().items():
        pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(back.layers()[name]))
    assert (back.summary, back.resolved) == (plan.summary, plan.resolved)
    assert back.links.crs == plan.links.crs


def test_order_of_choice_and_tables_does_not_matter(plan: Plan) -> None:
    demand, sites, options, backhaul = tables()
    home = Path(plan.resolved["project_folder"])
    made = chosen(plan.summary["objective_npv"], plan.summary["bound_npv"])
    made = replace(made, site_open=made.site_open[::-1], served=made.served[::-1], edges_built=made.edges_built[::-1])
    options = replace(options, service=options.service[::-1], table=options.table[::-1], items=options.items[::-1])
    backhaul = replace(backhaul, edges=backhaul.edges[::-1], nodes=backhaul.nodes[::-1], items=backhaul.items[::-1])
    other = build_plan(
        made, demand, sites, options, backhaul, project(), catalogue(), ECONOMICS, Provenance(home, "sharing")
    )
    for name, frame in plan.layers().items():
        pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(other.layers()[name]))


def test_penalties_stand_apart_and_other_costs_count(plan: Plan) -> None:
    demand, sites, options, backhaul = tables()
    items = sites.items.head(1).assign(item="survey", category="site-operation")
    made = chosen(plan.summary["objective_npv"] + float(items["npv"].iloc[0]) + 500.0, penalty_total=500.0)
    home = Path(plan.resolved["project_folder"])
    other = build_plan(
        made, demand, sites, options, backhaul, project(), catalogue(), ECONOMICS, Provenance(home), other_items=items
    )
    assert other.summary["penalty_total"] == 500.0
    assert other.costs["npv"].sum() == pytest.approx(other.summary["objective_npv"])
    assert other.other_costs["item"].tolist() == ["survey"]


def test_no_plan_still_writes(tmp_path: Path) -> None:
    demand, sites, options, backhaul = tables()
    nothing = replace(chosen(1.0), **NOTHING, status="infeasible", shortfall={"rural": 640.0})
    made = build_plan(
        nothing, demand, sites, options, backhaul, project(), catalogue(), ECONOMICS, Provenance(tmp_path)
    )
    write_plan(made, tmp_path / "out")
    back = read_plan(tmp_path / "out")
    assert back.summary["objective_npv"] is None and back.summary["shortfall"] == {"rural": 640.0}
    assert len(back.sites) == 0 and len(back.demand) == 3


def test_unknown_choice_is_refused(plan: Plan) -> None:
    demand, sites, options, backhaul = tables()
    made = chosen(1.0, site_open=["s-nowhere"])
    with pytest.raises(ValueError, match="s-nowhere"):
        build_plan(made, demand, sites, options, backhaul, project(), catalogue(), ECONOMICS, Provenance(Path()))


def test_failed_write_leaves_nothing_half_written(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_plan(plan, tmp_path / "out")
    before = (tmp_path / "out" / "summary.json").read_text()
    broken = replace(plan, summary={**plan.summary, "gap": float("nan")})
    with pytest.raises(ValueError, match="JSON"):
        write_plan(broken, tmp_path / "out")
    assert (tmp_path / "out" / "summary.json").read_text() == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_rewriting_keeps_what_others_put_there(plan: Plan, tmp_path: Path) -> None:
    write_plan(plan, tmp_path / "out")
    (tmp_path / "out" / "map.png").write_bytes(b"x")
    write_plan(plan, tmp_path / "out")
    assert (tmp_path / "out" / "map.png").exists()
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["scenario"] == "sharing"


def test_missing_plan_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_plan(tmp_path)
    assert len(caught.value.faults) == 3


def test_multi_part_geometry_survives(plan: Plan, tmp_path: Path) -> None:
    line = LineString([(0, 0), (1, 1)])
    links = plan.links.copy()
    links.loc[0, "geometry"] = line.union(LineString([(5, 5), (6, 6)]))
    write_plan(replace(plan, links=links), tmp_path / "x")
    back = pyogrio.read_dataframe(tmp_path / "x" / "plan.gpkg", layer="links")
    assert back.geom_type.iloc[0] == "MultiLineString"
    assert back.length.sum() == pytest.approx(links.length.sum())
    assert isinstance(plan.nodes.geometry.iloc[0], Point)


@pytest.mark.parametrize(
    ("links", "word"),
    [
        ([("pop", "s", "cable", 5.0)], "fibre"),
        ([("pop", "s", "radio", 5.0)], "microwave"),
        ([("pop", "j", "cable", 5.0), ("j", "s", "radio", 5.0)], "microwave"),
        ([("pop", "j", "radio", 5.0), ("j", "s", "cable", 5.0)], "fibre"),
        ([("s", "gate", "sat", 5.0)], "satellite"),
        ([("j", "gate", "sat", 5.0), ("j", "s", "radio", 5.0)], "satellite"),
        ([("pop", "s", "cable", 5.0), ("s", "gate", "sat", 0.0)], "fibre"),
        ([("j", "s", "cable", 0.0)], "none"),
    ],
)
def test_backhaul_word(links: list[tuple[str, str, str, float]], word: str) -> None:
    table = pd.DataFrame(links, columns=["from_node", "to_node", "medium", "load_mbps"]).assign(length_m=1.0)
    kinds = pd.Series({"gate": "gateway", "j": "junction", "pop": "pop", "s": "site"})
    media = {"cable": "trench", "radio": "microwave", "sat": "satellite"}
    assert backhaul_of_sites(pd.Series(["s", ""]).to_numpy(object), table, kinds, media) == [word, "none"]


def test_a_package_is_flushed_once_and_the_option_is_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FLUSHING, raising=False)
    pyogrio.set_gdal_config_options({FLUSHING: None})
    flushed: list[int] = []
    monkeypatch.setattr("netplan.geopackage.os.fsync", flushed.append)
    path = tmp_path / "a.gpkg"
    with flushed_once(path):
        assert pyogrio.get_gdal_config_option(FLUSHING) is False
        path.touch()
    assert len(flushed) == 1 and pyogrio.get_gdal_config_option(FLUSHING) is None
    with pytest.raises(ValueError, match="no plan"), flushed_once(path):
        raise ValueError("no plan")
    assert len(flushed) == 1 and pyogrio.get_gdal_config_option(FLUSHING) is None


def test_a_layer_whose_rows_have_no_geometry_is_told(plan: Plan, tmp_path: Path) -> None:
    write_plan(plan, tmp_path / "out")
    rows = pd.DataFrame(plan.nodes).assign(geometry="here")
    pyogrio.write_dataframe(rows, tmp_path / "out/plan.gpkg", layer="nodes", driver="GPKG")
    with pytest.raises(InputError, match=r"nodes.*its rows have no geometry"):
        read_plan(tmp_path / "out")


def test_texts_that_are_missing_or_empty_are_missing(plan: Plan) -> None:
    rows = plan.costs.iloc[[0, 0, 0, 0]].assign(item=pd.Series(["x", pd.NA, "", None], dtype=object).to_numpy())
    assert shaped(rows, "costs")["item"].isna().tolist() == [False, True, True, True]
