"""The worked cases of data/cases: each plans, is sound, and answers its question as an engineer would expect."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from smalldistrict import write_whole

from netplan.catalogue import load_catalogue
from netplan.errors import NoPlanError
from netplan.pipeline import describe
from netplan.planning import plan_district
from netplan.plans import Plan
from netplan.project import read_project, scenario_names
from netplan.studies.refusal import refusal_study
from netplan.verify import verify
from netplan.yamltext import load_yaml

CASES = Path(__file__).resolve().parents[1] / "data" / "cases"
NAMES = sorted(folder.name for folder in CASES.iterdir() if folder.is_dir())
MOST_BYTES = 3_000_000
PATIENCE = 20.0


@pytest.fixture(scope="session")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cases")


@cache
def planned(out: Path, case: str, scenario: str, patience: float = 1.0, gap: float = 0.0) -> tuple[Plan, Path]:
    """The plan of a scenario, and the folder it was written to; `patience` multiplies the case's own time limit. The
    search ends at the gap of the case, or at `gap` where that is wider."""
    resolved = read_project(CASES / case, scenario)
    solver = resolved.project.solver
    district = describe(resolved)
    plan = plan_district(district, time_limit_s=patience * solver.time_limit_s, gap=max(solver.gap, gap))
    folder = out / case / scenario
    write_whole(district, plan, folder)
    return plan, folder


def sound(out: Path, case: str, scenario: str, gap: float) -> Plan:
    """The plan of a scenario, audited and its gap proven to be `gap` at most."""
    enough = 0.4 * gap  # what a test asks, with room
    plan, folder = planned(out, case, scenario, gap=enough)
    if not plan.summary["gap"] <= gap:  # a slow or busy machine: what the plan is must not hang on that
        plan, folder = planned(out, case, scenario, PATIENCE, enough)
    assert verify(folder) == {folder.name: []}, scenario
    assert plan.summary["gap"] <= gap, scenario
    return plan


def cost(plan: Plan) -> float:
    return float(plan.summary["objective_npv"])


def kilometres(plan: Plan, medium: str) -> float:
    return float(plan.links.loc[plan.links["medium"] == medium, "length_m"].sum()) / 1000.0


def used(plan: Plan) -> set[str]:
    """Access technologies that serve somebody."""
    return set(plan.equipment["technology"])


def layer(case: str, file: str) -> gpd.GeoDataFrame:
    return gpd.read_file(CASES / case / file)


def test_the_cases_are_small_and_each_says_what_it_is() -> None:
    assert len(NAMES) == 8
    assert sum(file.stat().st_size for file in CASES.rglob("*") if file.is_file()) < MOST_BYTES
    table = (CASES / "README.md").read_text(encoding="utf-8")
    for case in NAMES:
        text = (CASES / case / "README.md").read_text(encoding="utf-8")
        for part in ("## Question", "## What is real", "## What the plan answers", "## What it does not"):
            assert part in text, (case, part)
        assert f"({case}/)" in table and len(scenario_names(CASES / case)) >= 2
        for file in (CASES / case).glob("*.*"):
            assert file.suffix in (".yaml", ".md", ".geojson", ".tif")


@pytest.mark.parametrize("case", NAMES)
def test_every_layer_in_a_case_is_used_or_explained(case: str) -> None:
    written = (CASES / case / "netplan.yaml").read_text(encoding="utf-8")
    written += (CASES / case / "README.md").read_text(encoding="utf-8")
    for file in (*(CASES / case).glob("*.geojson"), *(CASES / case).glob("*.tif")):
        assert file.name in written, file.name


# --- 1: two switching centres and a raw-water main ---------------------------------------------------------


def test_cable_in_the_main_is_cheaper_than_a_trench(out: Path) -> None:
    pipe = sound(out, "raw-water-main", "water-main", 1e-4)
    trench, folder = planned(out, "raw-water-main", "trenching")
    assert verify(folder) == {folder.name: []}
    assert kilometres(trench, "trench") > 15 and kilometres(trench, "raw-water-pipe") == 0
    assert kilometres(pipe, "raw-water-pipe") > 14 and kilometres(pipe, "trench") < 1
    saved = cost(trench) - cost(pipe)
    assert 0.2 < saved / cost(trench) < 0.6
    # There is one way along the road: its price is that of the kilometres, whatever the proof says.
    assert set(trench.links["medium"]) == {"trench"}


def test_cable_enters_and_leaves_the_main_only_at_chambers(out: Path) -> None:
    pipe = sound(out, "raw-water-main", "water-main", 1e-4)
    nodes = pipe.nodes if "node_id" in pipe.nodes else pipe.nodes.reset_index()
    kind = nodes.set_index("node_id")["kind"]
    inside = pipe.links[pipe.links["medium"] == "raw-water-pipe"]
    assert len(inside) > 0
    for end in ("from_node", "to_node"):
        assert (kind.reindex(inside[end]) == "access-point").all()
    chambers = layer("raw-water-main", "water_chambers.geojson").to_crs(pipe.links.crs)
    at = nodes.set_index("node_id").geometry.reindex([*inside["from_node"], *inside["to_node"]])
    assert all(chambers.distance(point).min() < 5 for point in at)


def test_the_pipe_of_drinking_water_is_refused(out: Path) -> None:
    pipes = layer("raw-water-main", "water_pipes.geojson")
    pipe = sound(out, "raw-water-main", "water-main", 1e-4)
    potable = pipes[pipes["water"] == "potable"].to_crs(pipe.links.crs)
    assert len(potable) == 1 and pipe.refused["reason"].tolist() == ["no medium for this water"]
    inside = pipe.links[pipe.links["medium"] == "raw-water-pipe"]
    # It is shorter than the main and ends nearer to both exchanges.
    assert float(potable.length.sum()) < float(inside["length_m"].sum())
    assert all(inside.geometry.intersection(potable.union_all().buffer(1)).length < 10)


def test_a_pump_in_the_way_is_gone_around_at_a_price(out: Path, tmp_path: Path) -> None:
    """Where the cable passed a washout, it now goes around a pump: one bypass more, bought once."""
    folder = tmp_path / "case"
    shutil.copytree(CASES / "raw-water-main", folder)
    chambers = json.loads((folder / "water_chambers.geojson").read_text(encoding="utf-8"))
    chambers["features"][19]["properties"]["kind"] = "pump station"
    (folder / "water_chambers.geojson").write_text(json.dumps(chambers), encoding="utf-8")
    clear = sound(out, "raw-water-main", "water-main", 1e-4)
    pumped = plan_district(describe(read_project(folder, "water-main")))
    rows = pumped.costs[pumped.costs["unit"] == "bypass"]
    assert rows["quantity"].sum() == pytest.approx(1.0)
    assert cost(pumped) - cost(clear) == pytest.approx(rows["npv"].sum(), rel=1e-6)


def test_a_refusal_costs_what_the_trench_costs_more(out: Path) -> None:
    """Planned again without pipes, the case reproduces the cost of refusal that the study tells."""
    pipe, _ = planned(out, "raw-water-main", "water-main")
    trench, _ = planned(out, "raw-water-main", "trenching")
    study = refusal_study(read_project(CASES / "raw-water-main", "water-main"))
    refused = study.refusal_cost["Water company"]
    assert refused.value == pytest.approx(cost(trench) - cost(pipe), rel=1e-6)
    assert refused.low == pytest.approx(refused.high, rel=1e-4)
    # what needs nobody's consent is bought first; nothing of that is in the main
    assert 0 < study.best.first_cost < cost(pipe) < study.best.expected < cost(trench)


def test_poles_that_the_operator_ruled_out_are_planned_for_comparison(out: Path) -> None:
    poles = sound(out, "raw-water-main", "own-poles", 1e-4)
    assert kilometres(poles, "aerial-own") > 15
    assert cost(poles) < cost(planned(out, "raw-water-main", "trenching")[0])


# --- 2: a capital's LTE layer, every site on fibre ---------------------------------------------------------


@pytest.mark.parametrize("scenario", ["own-cable", "city-ducts"])
def test_every_site_of_the_capital_has_fibre(out: Path, scenario: str) -> None:
    plan = sound(out, "capital-lte-fibre", scenario, 0.1)
    assert len(plan.sites) >= 5 and set(plan.sites["backhaul"]) == {"fibre"}
    assert not plan.links["medium"].str.startswith(("microwave", "satellite")).any()
    targets = plan.summary["targets"]
    assert targets["cameras"]["achieved"] == pytest.approx(1.0) and targets["urban"]["achieved"] >= 0.95 - 1e-6
    # handsets bring their own terminal
    assert (plan.service["capex"] == 0).all()


def test_the_citys_ducts_save_digging(out: Path) -> None:
    ducts, own = (sound(out, "capital-lte-fibre", s, 0.1) for s in ("city-ducts", "own-cable"))
    assert kilometres(ducts, "duct") > 0 == kilometres(own, "duct")
    dug = ["trench", "aerial-own"]
    assert sum(kilometres(ducts, medium) for medium in dug) < sum(kilometres(own, medium) for medium in dug)
    assert ducts.summary["bound_npv"] < cost(own)


# --- 3: remote towns ---------------------------------------------------------------------------------------


def test_remote_towns_are_served_by_wifi_over_satellite(out: Path) -> None:
    plan = sound(out, "remote-towns", "satellite-and-wifi", 0.05)
    assert any(technology.startswith("wifi") for technology in used(plan))
    assert set(plan.sites["backhaul"]) == {"satellite"} and len(plan.sites) >= 5
    assert plan.links["medium"].str.startswith("satellite").all() and len(plan.links) >= 5
    towns = layer("remote-towns", "towns.geojson").to_crs(plan.sites.crs)
    assert all(plan.sites.distance(town).min() < 4000 for town in towns.geometry)


def test_a_dish_on_every_roof_is_more_than_the_sky_carries(out: Path) -> None:
    # more satellite is no help where everybody is in reach of it and it is full
    with pytest.raises(NoPlanError, match=r"(?s)that are full .* offer a further technology beside these"):
        _published(out, "remote-towns", "dish-on-every-roof")
    summary = json.loads((out / "remote-towns" / "dish-on-every-roof" / "summary.json").read_text(encoding="utf-8"))
    assert summary["status"] == "infeasible" and summary["shortfall"]["rural"] > 1000


def test_dishes_cost_more_a_person_than_shared_hubs(out: Path) -> None:
    hubs, dishes = (sound(out, "remote-towns", s, 0.05) for s in ("satellite-and-wifi", "dishes-as-far-as-they-go"))
    assert dishes.sites.empty and used(dishes) == {"satellite-leo"}
    people = [plan.summary["targets"]["rural"]["served"] for plan in (hubs, dishes)]
    assert cost(dishes) / people[1] > 1.5 * cost(hubs) / people[0]


def _published(out: Path, case: str, scenario: str) -> dict[str, Any]:
    from netplan.studies import plan_scenarios

    return plan_scenarios([read_project(CASES / case, scenario)], out / case, drawn=False)


# --- 4: a city and its ring --------------------------------------------------------------------------------


def test_the_ring_gets_fibre_too(out: Path) -> None:
    town, both = (sound(out, "city-and-ring-gpon", s, 0.25) for s in ("town-only", "town-and-ring"))
    assert both.summary["targets"]["rural"]["achieved"] >= 0.3 - 1e-6
    assert {technology.partition("-")[0] for technology in used(both)} == {"gpon"}
    assert set(both.sites["backhaul"]) == {"fibre"}
    homes = [plan.summary["counts"]["premises_served"] for plan in (town, both)]
    assert homes[1] > homes[0] * 1.1
    # Even the least that both may cost is more than the town's plan does cost.
    assert both.summary["bound_npv"] > cost(town)


# --- 5: village hotspots -----------------------------------------------------------------------------------


def test_a_longer_walk_needs_fewer_hotspots(out: Path) -> None:
    near, far = (sound(out, "village-hotspots", s, 0.1) for s in ("a-kilometre", "two-kilometres"))
    for plan in (near, far):
        assert used(plan) == {"wifi-hotspot"}
        assert plan.summary["targets"]["community_rural"]["achieved"] >= 0.7 - 1e-6
        assert (plan.demand.loc[plan.demand["class"].isin(["rural", "urban"]), "served_share"] == 0).all()
    assert len(far.equipment) <= len(near.equipment) and cost(far) < near.summary["bound_npv"]


# --- 6: a smart village ------------------------------------------------------------------------------------


def test_sensors_ride_on_the_hubs_that_people_need(out: Path) -> None:
    with_, without, nb = (
        sound(out, "smart-village-iot", s, 0.1) for s in ("village", "without-sensors", "nb-iot-only")
    )
    sensors = len(layer("smart-village-iot", "sensors.geojson"))
    assert with_.summary["targets"]["sensors"]["served"] >= 0.98 * sensors - 1e-6
    assert "lorawan" in used(with_) and "nb-iot" not in used(with_)
    assert "nb-iot" in used(nb) and not {"lorawan", "nb-iot"} & used(without)
    # A gateway on a hub that stands anyway costs less than narrow carriers on masts of their own.
    assert cost(without) < with_.summary["bound_npv"] and cost(with_) < nb.summary["bound_npv"]
    gateways = with_.equipment[with_.equipment["technology"] == "lorawan"]
    hotspots = with_.equipment[with_.equipment["technology"] == "wifi-hotspot"]
    assert set(gateways["site_id"]) & set(hotspots["site_id"])


# --- 7: an island group ------------------------------------------------------------------------------------


def test_islands_are_joined_by_radio_and_the_smallest_by_satellite(out: Path) -> None:
    plan = sound(out, "island-group", "radio-and-satellite", 0.1)
    sea = layer("island-group", "sea.geojson").to_crs(plan.sites.crs).union_all()
    assert not plan.sites.intersects(sea.buffer(-1)).any()
    across = plan.links[plan.links.intersects(sea.buffer(-50))]
    assert len(across) > 0 and across["medium"].str.startswith("microwave").all()
    assert any(technology.startswith("satellite") for technology in used(plan))


# --- 8: after a disaster -----------------------------------------------------------------------------------


def test_deployables_bring_back_what_was_lost(out: Path) -> None:
    case = "after-a-disaster"
    before, after = (sound(out, case, s, 1e-4) for s in ("before", "after"))
    mended, rebuilt = (sound(out, case, s, 0.5) for s in ("deployables", "rebuild"))
    share = [plan.summary["targets"]["rural"]["achieved"] for plan in (before, after, mended, rebuilt)]
    assert share[1] < share[0] - 0.2 and cost(before) == cost(after) == 0
    assert share[2] >= 0.92 - 1e-6 and share[3] >= 0.92 - 1e-6
    assert used(mended) == {"lte-800-cow"} and used(rebuilt) == {"lte-800-rebuilt"}
    # Even the least that rebuilding may cost is more than what the deployables do cost.
    assert cost(mended) < rebuilt.summary["bound_npv"]


def test_lost_masts_serve_nobody_and_carry_nothing(out: Path) -> None:
    case = "after-a-disaster"
    plan = sound(out, case, "deployables", 0.5)
    lost = layer(case, "masts_lost.geojson").to_crs(plan.sites.crs)
    left = layer(case, "masts_left.geojson")
    whole = layer(case, "masts_before.geojson")
    assert len(lost) + len(left) == len(whole) and not set(lost["name"]) & set(left["name"])
    standing = plan.sites[plan.sites["status"] != "new"]
    pops = plan.nodes[plan.nodes["kind"] == "pop"]
    for place in lost.geometry:
        assert not (standing.distance(place) < 100).any() and not (pops.distance(place) < 100).any()


def test_a_mission_leaves_no_value_behind(out: Path) -> None:
    resolved = read_project(CASES / "after-a-disaster", "deployables").project
    assert resolved.economics.years == 1 and not resolved.economics.residual
    own = load_catalogue([CASES / "after-a-disaster" / "models"])
    hired = [own.technologies["lte-800-cow"], own.structures["cell-on-wheels"], own.media["satellite-rapid"]]
    assert all(line.life_years is None for entry in hired for line in entry.costs)


def test_prices_of_the_cases_say_where_they_come_from() -> None:
    for file in CASES.glob("*/models/*/*.yaml"):
        entry = load_yaml(file.read_text(encoding="utf-8"))
        for line in [*entry.get("costs", ()), *entry.get("premises", ())]:
            for money in (line.get("capex"), line.get("opex_per_year")):
                if money is not None:
                    assert money["source"] and {"unit", "year", "low", "high"} <= money.keys(), (file, line["item"])
                    assert np.isfinite(money["value"])
