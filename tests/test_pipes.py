"""Cable in water pipes: EPANET models, what is refused and why, access points, obstacles, costs, and the audit."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from pyproj import CRS
from shapely import LineString, Point
from smalldistrict import at, district, save, write_whole
from test_backhaul import CRS_, ECONOMICS, TRENCH, X, Y, build, cost, layer, line, medium, points, q
from typer.testing import CliRunner
from waterdistrict import MODEL, water_district

from netplan.backhaul.eligibility import eligible, owners
from netplan.backhaul.pipes import sharp_bends
from netplan.catalogue import load_catalogue
from netplan.catalogue.assets import AccessRule, Approval, Eligibility
from netplan.catalogue.check_assets import check_assets
from netplan.cli import app
from netplan.inputs import read_inputs
from netplan.inputs.door import Door, Source
from netplan.inputs.epanet import read_network
from netplan.inputs.water import diameter_changes
from netplan.pipeline import describe
from netplan.planning import plan_district
from netplan.plans import Plan
from netplan.project import read_project
from netplan.verify import verify
from netplan.yamltext import dump_yaml, load_yaml

# --- EPANET ---------------------------------------------------------------------------------------------


def model(tmp_path: Path, text: str) -> Source:
    (tmp_path / "n.inp").write_text(text)
    return Source("n.inp", "routes.water_pipes", tmp_path / "n.inp")


def test_the_kentucky_network_is_read_in_metres() -> None:
    door = Door(MODEL.parent)
    network = read_network(door, Source(MODEL.name, "routes.water_pipes", MODEL), CRS(3547))
    assert network is not None and not door.faults and not door.warnings
    assert len(network.pipes) == 255
    inches = np.unique(network.pipes["diameter_mm"].round(1))
    np.testing.assert_allclose(inches, np.array([3, 4, 6, 8, 12, 16]) * 25.4)
    # feet on the map (US survey feet) against feet in the file: the drawing is true to scale
    stated = sum(float(row.split()[3]) for row in _section("PIPES")) * 0.3048
    assert network.pipes.to_crs(32616).length.sum() == pytest.approx(stated, rel=0.01)
    assert sorted(network.points["kind"]) == ["pump", "pump", "reservoir", "tank"]
    tank = network.points.set_index("kind").loc["tank"]
    assert tank["elevation_m"] == pytest.approx(714.249 * 0.3048)


def _section(name: str) -> list[str]:
    body = MODEL.read_text().partition(f"[{name}]")[2].partition("[")[0]
    return [row for row in body.splitlines() if row.strip()]


SMALL = """[JUNCTIONS]
 A 10
 B 12
 C 12
 D 12
 E 12
[RESERVOIRS]
 R 50
[PIPES]
 P1 R A 500 150 130 0 Open
 P2 B C 500 150 130 0 CV
 P3 C D 500 150 130 0 Closed
[VALVES]
 V1 D E 200 PRV 40 0
[PUMPS]
 U1 A B POWER 5
[OPTIONS]
 Units LPS
 Headloss H-W
[COORDINATES]
 R 500000 0
 A 500500 0
 B 500500 0
 C 501000 0
 D 501500 0
 E 501530 0
[END]
"""


def test_metric_units_pumps_valves_and_closed_pipes(tmp_path: Path) -> None:
    door = Door(tmp_path)
    network = read_network(door, model(tmp_path, SMALL), CRS(32636))
    assert network is not None and not door.warnings
    # the valve is drawn 30 m long: a piece of pipe as wide as what it joins, with an obstacle in its middle
    assert network.pipes["diameter_mm"].tolist() == [150.0] * 4
    assert network.pipes.length.round().tolist() == [500, 500, 500, 30]
    kinds = dict(zip(network.points["name"], network.points["kind"], strict=True))
    assert kinds == {
        "R": "reservoir",
        "P2": "check valve",
        "P3": "closed valve",
        "V1": "pressure reducing valve (PRV)",
        "U1": "pump",
    }
    place = dict(zip(network.points["name"], network.points.geometry, strict=True))
    assert place["U1"].equals(Point(500500, 0)) and place["V1"].equals(Point(501515, 0))


def test_links_at_nodes_without_coordinates_are_left_out_and_told(tmp_path: Path) -> None:
    door = Door(tmp_path)
    network = read_network(door, model(tmp_path, SMALL.replace(" E 501530 0\n", "")), CRS(32636))
    assert network is not None and len(network.pipes) == 3
    assert door.warnings == ["n.inp (routes.water_pipes): 1 links end at nodes without coordinates and are left out."]


def test_an_epanet_network_plans_without_any_conversion(tmp_path: Path) -> None:
    plan = planned(water_district(tmp_path), "sharing")
    assert plan.summary["status"] == "optimal"
    wet = plan.links[plan.links["medium"] == "water-pipe"]
    assert len(wet) and wet["length_m"].sum() > 1000
    kinds = plan.nodes.set_index("node_id")["kind"]
    assert set(kinds[wet["from_node"]]) | set(kinds[wet["to_node"]]) == {"access-point"}
    assert any("states no material" in text and "ASSUMED" in text for text in plan.summary["warnings"])
    assert not any(verify(tmp_path / "out").values())
    # every line of the build is there, and a run pays for the points it opens
    mine = plan.costs[plan.costs["row_id"].isin(wet["link_id"])]
    assert {"km", "access-point", "bypass", "bend"} <= set(mine["unit"])
    points_paid = mine.loc[mine["unit"] == "access-point", "quantity"].sum()
    assert points_paid >= wet["length_m"].sum() / 800


def planned(folder: Path, scenario: str) -> Plan:
    loaded = read_project(folder, scenario)
    found = describe(loaded)
    plan = plan_district(found)
    write_whole(found, plan, folder / "out" / scenario)
    return plan


# --- Which pipes ----------------------------------------------------------------------------------------


def pipes(**columns: Any) -> gpd.GeoDataFrame:
    n = len(next(iter(columns.values())))
    usual = {
        "diameter_mm": 200.0, "material": "PVC", "lining": "", "pressure_class_bar": np.nan, "year": np.nan,
        "water": "potable", "owner": "U", "status": "",
    }  # fmt: skip
    table = {**{name: [value] * n for name, value in usual.items()}, **columns}
    return gpd.GeoDataFrame(table, geometry=[line((0, 10 * k), (1000, 10 * k)) for k in range(n)], crs=CRS_)


@pytest.mark.parametrize(
    ("column", "values", "reasons"),
    [
        ("diameter_mm", [np.nan, 99.0, 100.0], ["diameter unknown", "narrower than 100 mm", None]),
        ("material", ["", "AC", "WOOD", "pvc"], ["material unknown", "asbestos cement", "material not suited", None]),
        ("lining", ["Coal TAR", "bitumen", "cement", ""], ["coal-tar lining", "bituminous lining", None, None]),
        ("pressure_class_bar", [4.0, 6.0, np.nan], ["pressure class below 6 bar", None, None]),
        ("year", [1950.0, 1965.0, np.nan], ["older than 60 years", None, None]),
        ("status", ["Abandoned 2001", "Non Functional", "Full Functional"], ["out of use", "out of use", None]),
        ("water", ["raw", "potable"], ["no medium for this water", None]),
    ],
)
def test_a_pipe_is_refused_for_the_first_reason(column: str, values: list[Any], reasons: list[str | None]) -> None:
    shipped = load_catalogue().media["water-pipe"]
    table = pipes(**{column: values})
    ok, refused = eligible(shipped, table, 2025)
    assert ok.tolist() == [reason is None for reason in reasons]
    for got, want in zip(refused["reason"], [r for r in reasons if r is not None], strict=True):
        assert str(got).startswith(want)
    assert (refused["length_m"] == 1000).all() and (refused["owner"] == "U").all()


def test_raw_water_mains_are_a_medium_of_their_own() -> None:
    media = load_catalogue().media
    table = pipes(water=["raw", "potable"])
    assert eligible(media["raw-water-pipe"], table, 2025)[0].tolist() == [True, False]
    assert media["raw-water-pipe"].approval.probability.value > media["water-pipe"].approval.probability.value  # type: ignore[union-attr]


def test_ducts_need_a_free_bore_and_poles_their_make_ready(tmp_path: Path) -> None:
    media = load_catalogue().media
    ducts = gpd.GeoDataFrame(
        {"free_bores": [0.0, 1.0, np.nan], "owner": ["", "T", "T"], "status": ""},
        geometry=[line((0, 0), (1, 0))] * 3, crs=CRS_,
    )  # fmt: skip
    ok, refused = eligible(media["duct"], ducts, 2025)
    assert ok.tolist() == [False, True, True]
    assert refused["reason"].tolist() == ["fewer than 1 free bores"] and refused["found"].tolist() == ["0 free"]
    assert owners(ducts, media["duct"]).tolist() == ["owner of ducts (not named)", "T", "T"]
    hung = medium(
        "hang", "aerial", route="power_lines", lever="power-poles", line_kinds=("distribution",),
        costs=(cost("span", 1), cost("make-ready", 10)), pole_spacing_m=q(50), make_ready_share=q(0.1),
    )  # fmt: skip
    wires = layer([line((0, 0), (500, 0)), line((500, 0), (1000, 0))], kind=["distribution"] * 2,
                  make_ready_share=[0.5, np.nan], owner=["E", "E"])  # fmt: skip
    roads = layer([line((0, -5), (0, 5)), line((1000, -5), (1000, 5))])
    got = build({"a": (0, 0)}, {"1": (1000, 0)}, [TRENCH, hung], ("power-poles",), roads=roads, power_lines=wires)
    paid = got.items[got.items["unit"] == "make-ready"]["quantity"].sum()
    assert paid == pytest.approx(1000.4 / 50 / 2 * 0.5 + 1000.4 / 50 / 2 * 0.1, rel=1e-3)


def test_what_a_layer_does_not_say_is_refused_or_taken_from_the_project(tmp_path: Path) -> None:
    folder = district(
        tmp_path,
        routes={"roads": "roads.gpkg", "water_pipes": "pipes.gpkg", "water_access": ["chambers.gpkg"]},
        scenarios={"sharing": {"sharing": ["water-pipes"]}},
    )
    save(folder, "pipes.gpkg", [LineString([at(1, 3.1), at(5, 3.1)])], name=["main"], diameter_mm=["twelve inch"])
    save(folder, "chambers.gpkg", [at(1, 3.1), at(5, 3.1)], type=["valve", "valve"])
    found = describe(read_project(folder, "sharing"))
    backhaul, said = found.backhaul, "\n".join(found.inputs.warnings)
    assert "1 pipes whose diameter is no number of millimetres" in said
    assert "1 of 1 pipes have no known diameter" in said and "routes.water_pipe_defaults.diameter_mm" in said
    assert "water-pipe" not in set(backhaul.edges["medium"]) and backhaul.refused is not None
    assert backhaul.refused["reason"].tolist() == ["diameter unknown"]
    shown = CliRunner().invoke(app, ["check", str(folder), "--scenario", "sharing"])
    assert "water-pipe refused: 4.0 km in 1: diameter unknown" in shown.output
    defaults = {"diameter_mm": 150, "material": "di", "owner": "Town"}
    folder = district(
        tmp_path,
        routes={"water_pipes": "pipes.gpkg", "water_access": ["chambers.gpkg"], "water_pipe_defaults": defaults},
        scenarios={"sharing": {"sharing": ["water-pipes"]}},
    )
    found = describe(read_project(folder, "sharing"))
    wet = found.backhaul.edges[found.backhaul.edges["medium"] == "water-pipe"]
    assert len(wet) == 1 and wet["owner"].iloc[0] == "Town"
    assert sum("ASSUMED" in text and "water_pipe_defaults" in text for text in found.warnings) == 3


# --- Access points and what cannot be passed ------------------------------------------------------------

RULED = medium(
    "wet", "pipe", route="water_pipes", lever="water-pipes",
    costs=(cost("km", 100), cost("access-point", 5), cost("valve", 30), cost("bypass", 1000), cost("bend", 7)),
    min_diameter_mm=q(100), materials=("PVC",), max_run_m=q(5000), bend_deg=q(45),
    access=(
        AccessRule(words=("pump", "prv"), reach_m=q(20), counts="bypass"),
        AccessRule(words=("valve",), reach_m=q(5), counts="valve"),
        AccessRule(words=("chamber", "diameter change"), reach_m=q(5)),
    ),
    approval=Approval(probability=q(0.5), delay_years=q(1)),
)  # fmt: skip
ROADS = layer([line((0, -10), (0, -2000)), line((2000, -10), (2000, -2000))])


def wet(places: dict[str, tuple[float, float]], kinds: list[str], **more: Any) -> Any:
    network = more.get("pipes", [line((0, 0), (2000, 0))])
    table = layer(network, diameter_mm=[150.0] * len(network), material=["PVC"] * len(network), status="", owner="U")
    return build(
        {"a": (0, -10)}, {"1": (2000, -10)}, [TRENCH, RULED], ("water-pipes",), roads=ROADS, water_pipes=table,
        water_access=points(places, kind=kinds),
    )  # fmt: skip


def quantities(got: Any) -> dict[str, float]:
    mine = got.edges.index[got.edges["medium"] == "wet"]
    return dict(got.items[got.items["row_id"].isin(mine)].groupby("unit")["quantity"].sum())


def test_a_valve_on_the_way_is_passed_at_its_price() -> None:
    got = wet({"c1": (0, 0), "v": (900, 3), "c2": (2000, 0)}, ["chamber", "valve", "chamber"])
    assert quantities(got) == pytest.approx({"km": 2000.8e-3, "access-point": 2, "valve": 1}, rel=1e-3)
    assert set(got.edges.loc[got.edges["medium"] == "wet", "owner"]) == {"U"}


def test_a_pump_in_the_way_ends_the_cable_run_and_is_gone_around() -> None:
    got = wet({"c1": (0, 0), "p": (900, 15), "c2": (2000, 0)}, ["chamber", "surface pump", "chamber"])
    runs = got.edges[got.edges["medium"] == "wet"]
    assert len(runs) == 2  # nothing runs through the pump
    joint = (set(runs["from_node"].iloc[[0]]) | set(runs["to_node"].iloc[[0]])) & (
        set(runs["from_node"].iloc[[1]]) | set(runs["to_node"].iloc[[1]])
    )
    assert joint == {"bypass:wet:p"} and got.nodes.loc["bypass:wet:p", "kind"] == "access-point"
    assert quantities(got)["bypass"] == 1


def test_points_of_unknown_kinds_open_nothing_and_it_is_said() -> None:
    got = wet({"c1": (0, 0), "k": (900, 0), "c2": (2000, 0)}, ["chamber", "kiosk", "chamber"])
    assert len(got.edges[got.edges["medium"] == "wet"]) == 1
    assert any("1 'kiosk'" in text for text in got.warnings)
    none = wet({"k": (0, 0)}, ["kiosk"])
    assert not (none.edges["medium"] == "wet").any() and any("no access point" in text for text in none.warnings)


def test_cable_leaves_a_pipe_at_no_tee() -> None:
    branches = [line((0, 0), (1000, 0)), line((1000, 0), (2000, 0)), line((1000, 0), (1000, 700))]
    places = {"c1": (0.0, 0.0), "c2": (2000.0, 0.0), "c3": (1000.0, 700.0)}
    got = wet(places, ["chamber"] * 3, pipes=branches)
    runs = got.edges[got.edges["medium"] == "wet"]
    kinds = got.nodes["kind"]
    assert set(kinds[runs["from_node"]]) | set(kinds[runs["to_node"]]) == {"access-point"}
    # the branch is a dead end for this site and PoP; the way through passes the tee, straight
    assert runs["length_m"].tolist() == pytest.approx([2000.8], rel=1e-3) and "bend" not in quantities(got)


def test_sharp_bends_are_counted_along_the_run() -> None:
    square = np.array([[0.0, 0], [100, 0], [100, 100], [200, 130], [200, 130], [100, 130]])
    assert sharp_bends(square, 45) == 3
    assert sharp_bends(square, 100) == 1
    corner = [line((0, 0), (1000, 0), (1000, 50), (2000, 50))]
    got = wet({"c1": (0, 0), "c2": (2000, 50)}, ["chamber"] * 2, pipes=corner)
    assert quantities(got)["bend"] == 2


def test_a_change_of_diameter_opens_a_pipe_and_a_tee_does_not() -> None:
    table = layer(
        [line((0, 0), (500, 0)), line((500, 0.5), (900, 0)), line((900, 0), (1500, 0)), line((900, 0), (900, 90)),
         line((200, 0), (200, 50))],
        diameter_mm=[200.0, 150.0, 110.0, 63.0, 90.0],
    )  # fmt: skip
    found = diameter_changes(table)
    assert len(found) == 1 and found.geometry.iloc[0].distance(Point(X + 500, Y)) < 1


def test_two_owners_never_share_a_run() -> None:
    table = layer([line((0, 0), (1000, 0)), line((1000, 0), (2000, 0))], diameter_mm=[150.0] * 2,
                  material=["PVC"] * 2, status="", owner=["U", "V"])  # fmt: skip
    ends = points({"c1": (0, 0), "c2": (2000, 0)}, kind=["chamber"] * 2)
    shared: dict[str, Any] = {"roads": ROADS, "water_pipes": table}
    apart = build({"a": (0, -10)}, {"1": (2000, -10)}, [TRENCH, RULED], ("water-pipes",), water_access=ends, **shared)
    assert not (apart.edges["medium"] == "wet").any()
    three = points({"c1": (0, 0), "m": (1000, 0), "c2": (2000, 0)}, kind=["chamber"] * 3)
    met = build({"a": (0, -10)}, {"1": (2000, -10)}, [TRENCH, RULED], ("water-pipes",), water_access=three, **shared)
    assert sorted(met.edges.loc[met.edges["medium"] == "wet", "owner"]) == ["U", "V"]


def test_rules_of_a_medium_that_do_not_fit_are_faults() -> None:
    wrong = RULED.model_copy(
        update={
            "costs": (cost("km", 1), cost("bend", 2)),
            "bend_deg": None,
            "lever": None,
            "eligibility": Eligibility(refused_materials={"PVC": "no"}),
            "approval": Approval(probability=q(1.5), delay_years=q(-1)),
        }
    )
    places = {place for place, _, _ in check_assets(wrong)}
    assert places >= {"bend_deg", "access[0].counts", "access[1].counts", "approval.probability", "approval"}
    assert "eligibility.refused_materials" in places


# --- The audit finds what is planted --------------------------------------------------------------------


@pytest.fixture(scope="module")
def wet_plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = water_district(tmp_path_factory.mktemp("wet"))
    planned(folder, "sharing")
    return folder / "out" / "sharing"


def rewrite(folder: Path, name: str, change: Any) -> None:
    """Read a layer of the plan, change it, write it back."""
    frame = pyogrio.read_dataframe(folder / "plan.gpkg", layer=name)
    pyogrio.write_dataframe(change(frame), folder / "plan.gpkg", layer=name, driver="GPKG", append=False)


def rules(folder: Path) -> set[str]:
    return {finding.rule for finding in next(iter(verify(folder).values()))}


@pytest.fixture
def copy(wet_plan: Path, tmp_path: Path) -> Path:
    import shutil

    shutil.copytree(wet_plan.parents[1], tmp_path / "project")
    return tmp_path / "project" / "out" / "sharing"


def test_the_audit_finds_cable_off_the_pipes(copy: Path) -> None:
    assert rules(copy) == set()

    def bent(links: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        mine = links["medium"] == "water-pipe"
        shapes = [
            LineString([g.coords[0], (g.coords[0][0] + 400, g.coords[0][1] + 90), *g.coords[1:]])
            for g in links[mine].geometry
        ]
        links.loc[mine, "geometry"] = gpd.GeoSeries(shapes, index=links.index[mine], crs=links.crs)
        return links

    rewrite(copy, "links", bent)
    assert "pipe" in rules(copy)


def test_the_audit_finds_pipes_that_may_not_be_used(copy: Path) -> None:

    resolved = load_yaml((copy / "resolved.yaml").read_text(encoding="utf-8"))
    resolved["catalogue"]["media"]["water-pipe"]["min_diameter_mm"]["value"] = 250
    (copy / "resolved.yaml").write_text(dump_yaml(resolved), encoding="utf-8")
    assert "pipe" in rules(copy)


def test_the_audit_finds_cable_that_leaves_where_it_may_not(copy: Path) -> None:
    def junctions(nodes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return nodes.assign(kind=nodes["kind"].replace("access-point", "junction"))

    rewrite(copy, "nodes", junctions)
    assert "access-point" in rules(copy)


def test_the_audit_finds_an_end_away_from_every_access_point(copy: Path) -> None:

    resolved = load_yaml((copy / "resolved.yaml").read_text(encoding="utf-8"))
    for rule in resolved["catalogue"]["media"]["water-pipe"]["access"]:
        rule["words"] = [word for word in rule["words"] if word not in ("diameter change", "tank", "reservoir", "pump")]
    (copy / "resolved.yaml").write_text(dump_yaml(resolved), encoding="utf-8")
    assert "access-point" in rules(copy)


def test_the_audit_finds_a_pump_passed_for_nothing(copy: Path) -> None:
    with closing(sqlite3.connect(copy / "plan.gpkg")) as base, base:
        gone = base.execute("DELETE FROM costs WHERE unit = 'bypass'").rowcount
    assert gone >= 1 and "obstacle" in rules(copy)


@pytest.mark.parametrize("name", ["more.gpkg", "more.csv", "more.geojson"])
def test_the_audit_finds_a_pump_in_the_middle_of_a_link(copy: Path, name: str) -> None:
    links = pyogrio.read_dataframe(copy / "plan.gpkg", layer="links")
    wet_line = max(links.loc[links["medium"] == "water-pipe", "geometry"], key=lambda g: g.length)
    middle = wet_line.interpolate(0.5, normalized=True)
    frame = gpd.GeoDataFrame({"kind": ["pump"]}, geometry=[middle], crs=links.crs)
    if name == "more.csv":
        (copy.parents[1] / name).write_text(f"kind,easting,northing\npump,{middle.x},{middle.y}\n")
    elif name == "more.geojson":  # in metres, which its file does not say
        frame.set_crs(4326, allow_override=True).to_file(copy.parents[1] / name)
    else:
        frame.to_file(copy.parents[1] / name)
    resolved = load_yaml((copy / "resolved.yaml").read_text(encoding="utf-8"))
    stated = "" if name == "more.gpkg" else f"|crs=EPSG:{links.crs.to_epsg()}"
    resolved["project"]["routes"]["water_access"] = [name + stated]
    (copy / "resolved.yaml").write_text(dump_yaml(resolved), encoding="utf-8")
    assert rules(copy) == {"obstacle"}


def test_the_refused_are_written_with_their_reason(wet_plan: Path) -> None:
    refused = pyogrio.read_dataframe(wet_plan / "plan.gpkg", layer="refused")
    assert set(refused["reason"]) == {"narrower than 100 mm"} and (refused["found"].str.startswith("76")).all()
    assert shapely.length(refused.geometry.to_numpy()).min() > 0
    summary = json.loads((wet_plan / "summary.json").read_text())
    assert any("refused" in text and "narrower" in text for text in summary["warnings"])
    owners_said = pd.Series(pyogrio.read_dataframe(wet_plan / "plan.gpkg", layer="links")["owner"].dropna())
    assert set(owners_said) == {"owner of water pipes (not named)"}


def test_the_demo_reads_as_before() -> None:
    loaded = read_project(Path(__file__).parents[1] / "data" / "rwamagana-kayonza", "sharing")
    inputs = read_inputs(loaded)
    assert inputs.water_pipes is not None and inputs.water_access is not None
    assert set(inputs.water_pipes["owner"]) == {"WASAC"} and (inputs.water_pipes["water"] == "potable").all()
    assert (inputs.water_access["kind"] == "diameter change").sum() > 50
    assert ECONOMICS.price_year == 2025
