"""Operators: each alone or together, what a model of sharing does to cost and capacity, and what the input may say."""

from __future__ import annotations

import ast
import json
import re
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marketplace import OPERATORS, market, merged, written
from shapely.geometry import LineString
from smalldistrict import at, described, save, write_whole
from typer.testing import CliRunner

import netplan
from netplan.catalogue import load_catalogue
from netplan.catalogue.load import shipped_folder
from netplan.catalogue.schema import Catalogue
from netplan.catalogue.sharing import ASSET_LAYERS
from netplan.cli import app
from netplan.comparison import compare
from netplan.errors import InputError
from netplan.pipeline import describe
from netplan.planning import plan_district
from netplan.plans import TABLES, read_plan
from netplan.project import read_project, read_scenarios
from netplan.project.parties import Party, agreement_items, factor, increments, party_catalogue, split_weights
from netplan.project.schema import Existing, Operator, Routes
from netplan.publish import publish_comparison
from netplan.report import write_report
from netplan.studies import Limits, plan_scenarios
from netplan.studies.lever_costs import Known, LeverCosts, written_plans
from netplan.studies.market import plan_market, ways
from netplan.studies.shapley import Cost
from netplan.verify import verify, verify_plan
from netplan.verify.parties import check_market
from netplan.yamltext import dump_yaml, load_yaml

SCENARIOS = {
    "apart": {"sharing": []},
    "towers": {"sharing": ["towers"]},
    "offered": {"sharing": ["towers", "mocn", "new-sites"]},
    "imposed": {"sharing": ["towers"], "impose": ["roaming"]},
}


@cache
def shipped() -> Catalogue:
    """Read once for all tests."""
    return load_catalogue()


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return shipped()


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, dict[str, Any]]]:
    """Four scenarios of one market, planned to the optimum and written."""
    folder = market(tmp_path_factory.mktemp("market"), scenarios=SCENARIOS)
    return folder, written(folder, *SCENARIOS)


def operators(*shares: float, **more: Any) -> tuple[Operator, ...]:
    return tuple(Operator(name=f"op{k}", share=share, **more) for k, share in enumerate(shares))


# --- plans of markets -----------------------------------------------------------------------------------------


def test_every_operator_plans_for_its_own_subscribers_on_its_own_towers(planned: tuple[Path, Any]) -> None:
    folder, summaries = planned
    apart = summaries["apart"]
    assert [each["folder"] for each in apart["operators"]] == ["alpha", "beta-telecom"]
    parts = [
        json.loads((folder / "out/apart" / name / "summary.json").read_text()) for name in ("alpha", "beta-telecom")
    ]
    assert apart["objective_npv"] == pytest.approx(sum(part["objective_npv"] for part in parts))
    assert apart["bound_npv"] == pytest.approx(sum(part["bound_npv"] for part in parts))
    sizes = [part["problem"] for part in parts]
    assert apart["problem"]["edges"] == sum(size["edges"] for size in sizes)
    assert apart["problem"]["sites_dropped"] == sizes[0]["sites_dropped"] > 0  # the same places for everybody
    premises = [part["costs_npv"]["premises"] for part in parts]
    assert premises[0] / premises[1] == pytest.approx(0.6 / 0.4, rel=1e-6)
    for part in parts:
        assert part["status"] == "optimal"
        assert part["targets"]["rural"]["achieved"] >= 0.9 - 1e-6
        assert part["counts"]["sites_shared"] == 0


def test_the_audit_passes_every_operators_plan_and_their_sum(planned: tuple[Path, Any]) -> None:
    folder, _ = planned
    found = verify(folder / "out")
    assert {"apart", "apart/alpha", "apart/beta-telecom", "imposed"} <= set(found)
    assert {name: rows for name, rows in found.items() if rows} == {}


def test_offering_a_lever_never_raises_the_cost_and_planning_apart_is_never_cheaper(planned: tuple[Path, Any]) -> None:
    _, summaries = planned
    costs = [summaries[name]["objective_npv"] for name in ("apart", "towers", "offered")]
    assert all(summaries[name]["status"] == "optimal" for name in ("apart", "towers", "offered"))
    assert costs[1] <= costs[0] * (1 + 1e-6) and costs[2] <= costs[1] * (1 + 1e-6)
    offers = summaries["offered"]["offers"]
    assert {tuple(offer["levers"]) for offer in offers} == {(), ("mocn",), ("new-sites",)}
    assert summaries["offered"]["objective_npv"] == pytest.approx(min(offer["objective_npv"] for offer in offers))
    # a model that nobody would choose is used where it is imposed, dear as it may be
    assert [offer["levers"] for offer in summaries["imposed"]["offers"]] == [["roaming"]]


def test_what_a_party_does_hangs_on_no_model_that_it_does_not_use(tmp_path: Path) -> None:
    """So a study of many sets of levers plans each party once for each set of assets."""
    scenarios = {"alone": {"sharing": []}, "offered": {"sharing": ["mocn"]}, "roam": {"sharing": ["mocn", "roaming"]}}
    folder, said = market(tmp_path, scenarios=scenarios), list[str]()
    book = LeverCosts(shipped().levers)
    asked = {frozenset(levers["sharing"]): merged(folder, name) for name, levers in scenarios.items()}
    tasks = [(loaded, task) for loaded in asked.values() for task in book.tasks(loaded)]
    book.plan_all(tasks, Limits(), 240, said.append)
    assert said[0] == "4 plans, 60 s each"  # not 2 + 3 + 4
    assert set(book.costs) == {((), frozenset()), (("mocn",), frozenset()), (("roaming",), frozenset())}
    costs = {levers: cost.found for levers, cost in book.of_sets(asked).items()}
    alone, offered, roam = (costs[levers] for levers in asked)
    assert roam <= offered <= alone < np.inf
    afresh = plan_market(merged(folder, "roam"), Limits())
    assert roam == pytest.approx(afresh.objective, rel=1e-6)


def test_what_is_served_today_is_the_same_for_everybody(tmp_path: Path) -> None:
    save(tmp_path, "today.gpkg", [at(2, 3).buffer(1500)], share=[0.5], rate_mbps=[20.0])
    folder = market(tmp_path, existing={"towers": "towers.gpkg", "service": "today.gpkg"}, scenarios=SCENARIOS)
    one = merged(folder, "apart")
    shares = [
        describe(one.of(party)).demand.points["baseline_share"]
        for party in (Party(one.project.operators[:1]), Party(one.project.operators[1:]))
    ]
    whole = described(folder, "towers").demand.points["baseline_share"]
    assert whole.sum() > 0
    for share in shares:
        assert share.equals(whole)


def test_a_plan_that_tells_another_price_or_share_is_found_out(planned: tuple[Path, Any], tmp_path: Path) -> None:
    folder, _ = planned
    for number, (change, rule) in enumerate(
        (
            (lambda s: s["project"].update(market_share=0.5), "party"),
            (lambda s: s["party"].update(levers=[]), "party"),
            (lambda s: s["project"].update(impose=[]), "lever"),
        )
    ):
        copy = tmp_path / str(number) / "out" / "imposed"
        shutil.copytree(folder / "out" / "imposed", copy)
        for path in folder.iterdir():
            if path.is_file():
                shutil.copy(path, tmp_path / str(number))
        settings = load_yaml((copy / "resolved.yaml").read_text(encoding="utf-8"))
        if number == 2:
            settings["project"]["sharing"] = []
        change(settings)
        (copy / "resolved.yaml").write_text(dump_yaml(settings), encoding="utf-8")
        assert rule in {finding.rule for finding in verify_plan(copy)}


def test_a_technology_that_stands_but_is_not_built_keeps_its_price(planned: tuple[Path, Any], tmp_path: Path) -> None:
    shutil.copytree(planned[0], tmp_path / "copy")
    copy = tmp_path / "copy/out/imposed"
    settings = load_yaml((copy / "resolved.yaml").read_text(encoding="utf-8"))
    capex = {
        "value": 10.0,
        "unit": "USD",
        "year": 2025,
        "source": "x",
        "note": "5 × 2: 2 operators",
    }  # roaming pays one
    line = {"item": "Radio", "per": "unit", "category": "access", "capex": capex}
    entries = settings["catalogue"]["technologies"]
    built = str(read_plan(copy).equipment["technology"].iloc[0])
    for key, rules in (("gsm-900", set()), (built, {"party"})):
        entries[key] = {**entries[built], "costs": [*entries[built]["costs"], line]}
        (copy / "resolved.yaml").write_text(dump_yaml(settings), encoding="utf-8")
        assert {finding.rule for finding in verify_plan(copy)} & {"party"} == rules, key


def test_a_sum_that_is_none_is_found_out(planned: tuple[Path, Any], tmp_path: Path) -> None:
    folder, _ = planned
    shutil.copytree(folder, tmp_path / "copy")
    path = tmp_path / "copy/out/apart/summary.json"
    summary = json.loads(path.read_text())
    wrong: dict[str, Any] = {"objective_npv": summary["objective_npv"] - 1000.0, "currency": "EUR", "price_year": 2019}
    wrong |= {"scenario": "towers"}
    for table, key in (("counts", "links"), ("counts", "demand"), ("costs_npv", "access"), ("viability", "gap_npv"),
                       ("local_content", "local_share")):  # fmt: skip
        wrong[table] = wrong.get(table, summary[table]) | {key: summary[table][key] + 7.0}
    for key, value in wrong.items():
        path.write_text(json.dumps(summary | {key: value}))
        assert "operators" in {finding.rule for finding in check_market(path.parent)}, key
    assert "operators" in {finding.rule for finding in verify(path.parent)["apart"]}


def test_operators_that_plan_alone_are_compared_mapped_and_reported(planned: tuple[Path, Any], tmp_path: Path) -> None:
    """A scenario of several networks has no plan of its own, and is the reference of a market all the same."""
    shutil.copytree(planned[0], tmp_path / "copy")
    out = tmp_path / "copy/out"
    publish_comparison([out / "apart", out / "imposed"], out)
    assert {"comparison.png", "map.html", "report.html", "report.pdf", "accounts.csv"} <= {
        path.name for path in out.iterdir()
    }
    text = (out / "report.html").read_text(encoding="utf-8")
    assert "the operators must agree" in text and "nothing of other owners" not in text
    assert "apart" in text and "imposed" in text
    done = CliRunner().invoke(app, ["export", str(out), "-f", "ofds", "--to", str(tmp_path / "to")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "to/apart/alpha/network.ofds.json").exists(), "each operator's plan, where it plans alone"


def test_each_operators_plan_has_a_report_of_its_own(planned: tuple[Path, Any], tmp_path: Path) -> None:
    """It is called `SCENARIO/OPERATOR`, which is no name of a file."""
    shutil.copytree(planned[0] / "out/apart/alpha", tmp_path / "apart/alpha")
    assert (tmp_path / "apart/alpha/cashflow.csv").is_file()
    assert {path.name for path in write_report(tmp_path / "apart/alpha")} == {"report.html", "report.pdf"}


def test_another_split_or_a_cheaper_offer_is_found_out(planned: tuple[Path, Any], tmp_path: Path) -> None:
    folder, _ = planned
    for number, name in enumerate(("imposed", "offered", "offered", "offered")):
        shutil.copytree(folder, tmp_path / str(number))
        path = tmp_path / str(number) / "out" / name / "summary.json"
        summary = json.loads(path.read_text())
        first, second = summary["operators"]
        offer = next(each for each in summary["offers"] if not each["chosen"] or len(summary["offers"]) == 1)
        if number == 0:  # the host no longer pays, the guest does
            first["pays_npv"], second["pays_npv"] = second["pays_npv"], first["pays_npv"]
        elif number == 1:
            offer["objective_npv"] = 0.9 * summary["objective_npv"]
        elif number == 2:
            summary["bound_npv"] = 1.1 * min(each["bound_npv"] for each in summary["offers"])
        else:
            offer["chosen"] = True
        path.write_text(json.dumps(summary))
        found = {finding.rule for finding in verify(path.parent)[name]}
        assert found & {"operators", "offers", "bound"}, number


def test_a_third_model_that_combines_takes_no_pair_away(tmp_path: Path) -> None:
    """Offering one more model never raises the cost, so what was offered before stays on offer."""
    levers = dict(shipped().levers)
    pair = [key for key, lever in levers.items() if lever.tenancy is not None and lever.tenancy.combines]
    levers["third"] = levers[pair[0]].model_copy(update={"id": "third"})
    folder = market(tmp_path, scenarios={"two": {"sharing": pair}, "three": {"sharing": [*pair, "third"]}})
    two, three = (set(ways(merged(folder, name), levers)) for name in ("two", "three"))
    assert len(pair) == 2 and two < three and len(three) == 8


def test_a_plan_again_leaves_no_operator_of_the_plan_before(planned: tuple[Path, Any], tmp_path: Path) -> None:
    folder = market(tmp_path / "again", scenarios={"one": {"sharing": []}})
    written(folder, "one")
    assert (folder / "out/one/alpha/plan.gpkg").is_file()
    text = (folder / "netplan.yaml").read_text().replace("sharing: []", "impose: [roaming]")
    (folder / "netplan.yaml").write_text(text)
    summary = written(folder, "one")["one"]
    assert not (folder / "out/one/alpha").exists() and (folder / "out/one/plan.gpkg").is_file()
    assert verify(folder / "out") == {"one": []}
    host = [each for each in summary["operators"] if each["pays_npv"] > 0]
    assert [each["name"] for each in host] == ["Alpha"]


# --- the catalogue of a party ---------------------------------------------------------------------------------


@settings(deadline=None, max_examples=25)
@given(n=st.integers(1, 5), model=st.sampled_from(["moran", "mocn", "new-sites", "shared-backhaul", "roaming"]))
def test_prices_of_a_joint_plan_lie_between_one_network_and_n(n: int, model: str) -> None:
    entries = shipped()
    party = Party(operators(*[1.0 / n] * n), (model,) if n > 1 else ())
    joint = party_catalogue(entries, party)
    for group in ("structures", "media"):
        for key, entry in getattr(joint, group).items():
            for line, was in zip(entry.costs, getattr(entries, group)[key].costs, strict=False):
                for field in ("capex", "opex_per_year"):
                    now, before = getattr(line, field), getattr(was, field)
                    if before is not None:
                        assert before.value - 1e-9 <= now.value <= n * before.value + 1e-9
                        assert now.value == pytest.approx(before.value * factor(line.category, party, entries.levers))
    assert all(item.category == "coordination" for item in agreement_items(party, entries.levers))
    assert bool(agreement_items(party, entries.levers)) == (n > 1)


@pytest.mark.parametrize("n", [2, 3])
def test_to_a_company_that_is_no_operator_all_of_them_are_customers(catalogue: Catalogue, n: int) -> None:
    """Margin on all premises, agreement and overhead for each of n; roaming on an operator charges all but that one."""
    party_of = operators(*[0.9 / n] * n)
    company, guest = (
        party_catalogue(catalogue, Party(party_of, (model,))).technologies["lte-800"].premises[-1].opex_per_year
        for model in ("neutral-host", "roaming")
    )
    for model, now, of in (("neutral-host", company, 1.0), ("roaming", guest, (n - 1) / n)):
        stated = next(x for x in catalogue.levers[model].tenancy.coordination if x.per == "premises").opex_per_year
        assert now is not None and now.value == pytest.approx(stated.value * of)
    for model, times in (("neutral-host", n), ("mocn", n - 1)):
        party = Party(party_of, (model,))
        stated = next(x for x in catalogue.levers[model].tenancy.coordination if x.per == "agreement").capex
        (line,) = agreement_items(party, catalogue.levers)
        assert line.capex is not None and line.capex.value == pytest.approx(stated.value * times)
    mast = party_catalogue(catalogue, Party(party_of, ("neutral-host",))).structures["new-mast"].costs[-1]
    stated = next(x for x in catalogue.levers["neutral-host"].tenancy.coordination if x.per == "site").opex_per_year
    assert mast.item == "Host's overhead" and mast.opex_per_year.value == pytest.approx(stated.value * n)


def test_a_market_without_a_plan_leaves_none_of_an_earlier_run(tmp_path: Path) -> None:
    folder = market(tmp_path, scenarios={"apart": {"sharing": []}, "hosted": {"impose": ["mocn"]}}, solver={"gap": 0.1})
    written(folder, "apart", "hosted")
    assert (folder / "out/hosted/plan.gpkg").is_file()
    text = folder / "netplan.yaml"
    project = load_yaml(text.read_text(encoding="utf-8"))
    project["scenarios"]["hosted"] |= {"technologies": ["wifi-hotspot"], "targets": {"rural": 1.0}}
    text.write_text(dump_yaml(project), encoding="utf-8")
    told: list[str] = []
    loaded = read_scenarios(folder, ["apart", "hosted"])
    found = plan_scenarios(loaded, folder / "out", Limits(), drawn=False, unplanned=told.append)
    assert list(found) == ["apart"] and len(told) == 1
    gone = ("plan.gpkg", "summary.json", "resolved.yaml", *TABLES)
    assert not any((folder / "out/hosted" / name).exists() for name in gone)


def test_a_market_in_which_each_now_builds_alone_keeps_no_table_of_the_joint_network(tmp_path: Path) -> None:
    folder = market(tmp_path, scenarios={"hosted": {"impose": ["mocn"]}}, solver={"gap": 0.1})
    written(folder, "hosted")
    assert all((folder / "out/hosted" / name).is_file() for name in TABLES)
    text = folder / "netplan.yaml"
    project = load_yaml(text.read_text(encoding="utf-8"))
    project["scenarios"]["hosted"] = {"sharing": []}
    text.write_text(dump_yaml(project), encoding="utf-8")
    written(folder, "hosted")
    assert not any((folder / "out/hosted" / name).exists() for name in ("plan.gpkg", *TABLES))
    assert (folder / "out/hosted/alpha" / TABLES[0]).is_file()


def test_sharing_a_network_gives_no_licence_back(tmp_path: Path) -> None:
    folder = market(
        tmp_path,
        scenarios={"apart": {"sharing": []}, "pooled": {"impose": ["mocn"]}},
        economics={"perspective": "operator", "spectrum": {"mhz": 10, "per_year": 500}},
        solver={"gap": 0.05},
    )
    written(folder, "apart", "pooled")
    held = {}
    for name in ("apart/alpha", "apart/beta-telecom", "pooled"):
        costs = read_plan(folder / "out" / name).costs
        held[name] = float(costs.loc[costs["category"] == "licence", "npv"].sum())
    assert held["pooled"] == pytest.approx(held["apart/alpha"] + held["apart/beta-telecom"]) and held["pooled"] > 0
    assert {name: rows for name, rows in verify(folder / "out").items() if rows} == {}


def test_a_neutral_host_builds_and_every_operator_pays_it(tmp_path: Path) -> None:
    folder = market(
        tmp_path,
        scenarios={"apart": {"sharing": []}, "hosted": {"impose": ["neutral-host"]}},
        economics={"perspective": "operator"},
    )
    summary = written(folder, "apart", "hosted")["hosted"]
    assert {name: rows for name, rows in verify(folder / "out").items() if rows} == {}
    table = compare([folder / "out" / name for name in ("apart", "hosted")]).accounts
    rows = table[table["scenario"] == "hosted"].set_index("party")
    assert list(rows.index[rows["role"] == "operator"]) == [each["name"] for each in OPERATORS]
    assert (rows.loc[rows["role"] == "operator", "builds_npv"] == 0).all()
    host = rows.loc["neutral host"]
    assert host["builds_npv"] > 0
    plan = read_plan(folder / "out/hosted")
    margin = float(plan.costs.loc[plan.costs["item"] == "Host's margin", "npv"].sum())
    assert -host["net_npv"] == pytest.approx(margin, rel=1e-6) and margin > 0
    whole = rows["net_npv"].sum()  # what society spends: the network, without any payment between its parties
    transfers = plan.costs["item"].isin(["Host's margin"]) | plan.costs["category"].isin(["rent", "spectrum"])
    assert whole <= summary["objective_npv"] and whole >= plan.costs.loc[~transfers, "npv"].sum() * (1 - 1e-6)


def test_a_margin_or_an_overhead_that_is_charged_to_too_few_is_found_out(tmp_path: Path) -> None:
    folder = market(tmp_path, scenarios={"hosted": {"impose": ["neutral-host"]}})
    written(folder, "hosted")
    path = folder / "out/hosted/resolved.yaml"
    settings = load_yaml(path.read_text(encoding="utf-8"))
    for entry in settings["catalogue"]["structures"].values():
        for line in entry["costs"]:
            if line["item"] == "Host's overhead":
                line["opex_per_year"]["value"] /= 2
    path.write_text(dump_yaml(settings), encoding="utf-8")
    assert any("Host's overhead" in finding.row for finding in verify_plan(folder / "out/hosted"))


def test_models_that_combine_take_the_lower_increment(catalogue: Catalogue) -> None:
    both = increments(Party(operators(0.5, 0.5), ("new-sites", "shared-backhaul")), catalogue.levers)
    each = [
        increments(Party(operators(0.5, 0.5), (key,)), catalogue.levers) for key in ("new-sites", "shared-backhaul")
    ]
    assert both == {key: min(one[key] for one in each) for key in each[0]}


def test_spectrum_pools_or_stays_apart(catalogue: Catalogue) -> None:
    """Two operators of 10 and 5 MHz: pooled 15 MHz; apart the narrow one sets the rate, the tighter one the airtime."""
    usual = catalogue.technologies["lte-800"].radio
    assert usual is not None
    wide = Operator(name="a", share=0.5, spectrum={"lte-800": 10.0})
    narrow = Operator(name="b", share=0.5, spectrum={"lte-800": 5.0})
    radios = {}
    for model in ("mocn", "moran", "roaming"):
        radios[model] = party_catalogue(catalogue, Party((wide, narrow), (model,))).technologies["lte-800"].radio
    assert radios["mocn"].bandwidth_mhz.value == pytest.approx(15.0)
    assert radios["mocn"].sectors.value == usual.sectors.value
    assert radios["moran"].bandwidth_mhz.value == pytest.approx(5.0)
    # airtime: the narrow carrier is full at 5 / 0.5, the wide one at 10 / 0.5; in units of 5 MHz the tighter gives 2
    assert radios["moran"].sectors.value == pytest.approx(2 * usual.sectors.value)
    assert radios["roaming"].bandwidth_mhz.value == pytest.approx(10.0)
    assert radios["mocn"].tx_power_dbm.value - usual.tx_power_dbm.value == pytest.approx(10 * np.log10(1.5))


def test_an_operator_without_the_spectrum_may_not_build_it(catalogue: Catalogue) -> None:
    without = Operator(name="a", share=0.5, spectrum={"lte-800": 10.0})
    alone = party_catalogue(catalogue, Party((without,)))
    assert "lte-800" in alone.technologies and "lte-1800" not in alone.technologies
    assert "wifi-5ghz-ptmp" in alone.technologies
    assert alone.technologies["satellite-leo"].capacity.value == pytest.approx(
        0.5 * catalogue.technologies["satellite-leo"].capacity.value
    )


@settings(deadline=None, max_examples=25)
@given(st.lists(st.floats(1.0, 1e6), min_size=2, max_size=4))
def test_a_joint_cost_is_divided_wholly(alone: list[float]) -> None:
    levers = shipped().levers
    party_of = operators(*[0.9 / len(alone)] * len(alone))
    for model in ("moran", "neutral-host", "roaming"):
        rule, weights = split_weights(Party(party_of, (model,)), levers, alone)
        assert rule and sum(weights) == pytest.approx(1.0) and min(weights) >= 0
    _, weights = split_weights(Party(party_of, ("moran",)), levers, alone)
    assert weights == pytest.approx([cost / sum(alone) for cost in alone])


def test_every_lever_says_what_it_does_and_asset_levers_open_something(catalogue: Catalogue) -> None:
    for layer in ASSET_LAYERS:
        block, _, name = layer.partition(".")
        assert name in {"existing": Existing, "routes": Routes}[block].model_fields, layer
    opened = {entry.lever for group in (catalogue.structures, catalogue.media) for entry in group.values()}
    opened |= {ground.lever for medium in catalogue.media.values() for ground in medium.grounds.values()}
    for key, lever in catalogue.levers.items():
        assert lever.what and lever.cost_lines and lever.capacity and lever.source and lever.owner, key
        assert (lever.tenancy is not None) != (key in opened), key
        if lever.tenancy is not None:
            assert {"structure", "access", "backhaul", "site-operation"} <= set(lever.tenancy.increments), key


# --- what the project asks by name ----------------------------------------------------------------------------


def test_forced_and_forbidden_ids_are_heeded_and_audited(tmp_path: Path) -> None:
    folder = market(tmp_path, operators=None, scenarios={})
    district = described(folder)
    free = plan_district(district)
    used = free.sites["site_id"].iloc[0]
    spare = next(key for key in district.sites.points.index if key not in set(free.sites["site_id"]))
    cell = free.demand.loc[free.demand["served_share"] < 0.999, "demand_id"].iloc[0]
    text = folder / "netplan.yaml"
    plain = load_yaml(text.read_text(encoding="utf-8"))
    text.write_text(dump_yaml(plain | {"force": [spare, cell], "forbid": [used]}), encoding="utf-8")
    district = described(folder)
    ruled = plan_district(district)
    assert ruled.summary["status"] == "optimal"
    assert spare in set(ruled.sites["site_id"]) and used not in set(ruled.sites["site_id"])
    assert ruled.demand.set_index("demand_id").loc[cell, "served_share"] == pytest.approx(1.0)
    assert ruled.summary["objective_npv"] >= free.summary["objective_npv"] * (1 - 1e-9)
    write_whole(district, ruled, folder / "out/base")
    assert verify_plan(folder / "out/base") == []
    settings = load_yaml((folder / "out/base/resolved.yaml").read_text(encoding="utf-8"))
    settings["project"] |= {"force": [used], "forbid": [spare]}
    (folder / "out/base/resolved.yaml").write_text(dump_yaml(settings), encoding="utf-8")
    assert {"forced", "forbidden"} <= {finding.rule for finding in verify_plan(folder / "out/base")}


def test_unknown_ids_are_all_told_at_once(tmp_path: Path) -> None:
    folder = market(tmp_path, operators=None, force=["nowhere-1"], forbid=["e99999", "cell-9999-9999"], scenarios={})
    with pytest.raises(InputError) as error:
        described(folder)
    found = [str(fault) for fault in error.value.faults]
    assert len(found) == 3 and all("no site, link, equipment, demand row or place" in text for text in found)
    assert {text.split(":")[1].split(";")[0].strip() for text in found} == {"force", "forbid"}


def test_an_imposed_lever_keeps_new_masts_away(tmp_path: Path) -> None:
    folder = market(
        tmp_path, operators=None, scenarios={"free": {"sharing": ["towers"]}, "must": {"impose": ["towers"]}}
    )
    free, must = described(folder, "free"), described(folder, "must")
    masts = must.sites.points.query("structure == 'new-mast'")
    towers = must.inputs.towers.geometry
    near = {key for key, place in masts.geometry.items() if towers.distance(place).min() < 2000}
    assert near, "the test needs a mast proposed near a tower"
    assert not near & set(must.options.table["site_id"])
    assert near & set(free.options.table["site_id"])
    plan = plan_district(must)
    write_whole(must, plan, folder / "out/must")
    assert verify_plan(folder / "out/must") == []
    assert plan.summary["objective_npv"] >= plan_district(free).summary["objective_npv"] * (1 - 1e-9)


# --- bad input ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"operators": [{"name": "A", "share": 1.2}]}, r"operators\.0\.share.*1\.2"),
        ({"operators": [{"name": "A", "share": 0.7}, {"name": "B", "share": 0.6}]}, r"add up to 1\.3"),
        ({"operators": [{"name": "A", "share": 0.5}, {"name": " a", "share": 0.5}]}, r"operators\.1\.name"),
        ({"operators": [{"name": "A", "share": 0.5, "spectrum": {"lte-800": 0}}]}, r"MHz above 0"),
        ({"operators": [{"name": "A", "share": 0.5, "shares": 0.5}]}, r"unknown key `shares`"),
        ({"operators": []}, r"an empty list"),
        ({"budget": 1e6}, r"whose it is cannot be told"),
        (
            {
                "operators": [
                    {"name": "A", "share": 0.5, "towers": ["X"]},
                    {"name": "B", "share": 0.5, "towers": ["x "]},
                ]
            },
            r"whose towers are A's already",
        ),
    ],
)
def test_operators_that_cannot_be_are_one_fault_each(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    folder = market(tmp_path, **({"operators": OPERATORS} | changes))
    with pytest.raises(InputError) as error:
        read_project(folder)
    assert len(error.value.faults) == 1
    assert re.search(says, str(error.value.faults[0])), str(error.value.faults[0])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"operators": [{"name": "A", "share": 0.5, "towers": ["Nobody"]}]},
            r"no tower of owner 'Nobody'.*Beta Telecom",
        ),
        (
            {"operators": [{"name": "A", "share": 0.5, "spectrum": {"lte-8000": 5}}]},
            r"no cellular technology 'lte-8000'",
        ),
        ({"sharing": ["tower"]}, r"sharing: unknown lever 'tower'; did you mean 'towers'"),
        ({"impose": ["mocm"]}, r"impose: unknown lever 'mocm'; did you mean 'mocn'"),
    ],
)
def test_what_the_layers_and_the_catalogue_do_not_have(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    folder = market(tmp_path, scenarios={}, **changes)
    with pytest.raises(InputError) as error:
        described(folder)
    assert re.search(says, error.value.message()), error.value.message()


def test_models_that_do_not_combine_cannot_be_imposed_together(tmp_path: Path, catalogue: Catalogue) -> None:
    folder = market(tmp_path, scenarios={"both": {"sharing": ["moran", "mocn"], "impose": ["moran", "mocn"]}})
    with pytest.raises(InputError, match="cannot be used together"):
        ways(merged(folder, "both"), catalogue.levers)


def test_a_model_without_operators_opens_nothing_and_says_so(tmp_path: Path) -> None:
    folder = market(tmp_path, operators=None, scenarios={"shared": {"sharing": ["mocn"]}})
    district = described(folder, "shared")
    assert any("mocn" in warning and "opens nothing" in warning for warning in district.warnings)


def test_no_operator_model_is_a_literal_in_the_package(catalogue: Catalogue) -> None:
    ids = {key for key, lever in catalogue.levers.items() if lever.tenancy is not None}
    found = [
        f"{file.name}:{node.lineno}: {node.value}"
        for file in sorted(Path(netplan.__file__).parent.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and node.value in ids
    ]
    assert ids and not found, found


def test_works_that_others_dig_make_a_trench_cheaper_only_where_the_lever_is_open(tmp_path: Path) -> None:
    folder = market(tmp_path, operators=None, scenarios={"shut": {"sharing": []}, "open": {"sharing": ["dig-once"]}})
    assert any("`works` or `dig_once`" in warning for warning in described(folder, "open").warnings)
    save(folder, "roads.gpkg", [LineString([at(0.1, 3), at(7.9, 3)])], name=["road"], works=["planned"])
    prices = {}
    for scenario in ("shut", "open"):
        district = described(folder, scenario)
        edges, items = district.backhaul.edges, district.backhaul.items
        kinds = edges["medium"].map({key: medium.kind for key, medium in district.catalogue.media.items()})
        cable = edges[kinds.isin(["trench", "aerial"]) & (edges["length_m"] > 500)]  # contraction keeps the cheaper
        prices[scenario] = items[items["row_id"].isin(cable.index)]["npv"].sum() / cable["length_m"].sum()
        assert not any("dig" in warning for warning in district.warnings)
    assert 0 < prices["open"] < prices["shut"]


# --- one plan that is counted for every operator -----------------------------------------------------------------


TWINS = [{"name": "Alpha", "share": 0.5, "towers": []}, {"name": "Beta Telecom", "share": 0.5, "towers": []}]
BOTH = {
    "planned": {"sharing": ["towers"]},
    "multiplied": {"sharing": ["towers"], "operators_alone": "multiplied"},
    "joint": {"sharing": ["towers", "mocn"], "operators_alone": "multiplied"},
}


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, dict[str, Any]]]:
    """Two operators alike in everything (no mast is either's own), each planned and one multiplied."""
    folder = market(tmp_path_factory.mktemp("twins"), operators=TWINS, scenarios=BOTH)
    return folder, written(folder, *BOTH)


def test_operators_that_are_alike_cost_the_same_planned_and_multiplied(twins: tuple[Path, Any]) -> None:
    folder, found = twins
    planned, times = found["planned"], found["multiplied"]
    for key in ("objective_npv", "bound_npv", "capex_total", "opex_per_year_total"):
        assert times[key] == pytest.approx(planned[key], rel=1e-6), key
    assert times["counts"] == planned["counts"] and times["costs_npv"] == pytest.approx(planned["costs_npv"])
    assert times["multiplied"] == {"operator": "Alpha", "share": 0.5, "networks": 2} and "multiplied" not in planned
    assert times["problem"]["edges"] * 2 == planned["problem"]["edges"]  # one plan was solved, not two
    assert [each["folder"] for each in times["operators"]] == ["alpha", "alpha"]
    assert not (folder / "out/multiplied/beta-telecom").exists()
    assert any("multiplied, not planned" in text for text in times["warnings"])
    assert [(each["multiplied"], each["chosen"]) for each in found["joint"]["offers"] if not each["levers"]] == [
        (True, False)
    ]
    assert found["joint"]["objective_npv"] < times["objective_npv"]


def test_a_multiplied_reference_is_audited_and_said_to_be_one(twins: tuple[Path, Any], tmp_path: Path) -> None:
    folder, _ = twins
    assert {name: rows for name, rows in verify(folder / "out").items() if rows} == {}
    said = CliRunner().invoke(app, ["verify", str(folder / "out")]).output
    assert "multiplied: every rule holds (multiplied, not planned: the plan of Alpha counted 2 times)" in said
    shutil.copytree(folder, tmp_path / "copy")
    out = tmp_path / "copy/out"
    compared = publish_comparison([out / "multiplied", out / "joint"], out, drawn=False)
    write_report(out)
    assert set(compared.accounts.query("scenario == 'multiplied'")["basis"]) == {"multiplied"}
    assert set(compared.accounts.query("scenario == 'joint'")["basis"]) == {"planned"}
    paid = compared.accounts.query("scenario == 'multiplied' and role == 'operator'").set_index("party")
    assert paid.loc["Alpha", "net_npv"] == pytest.approx(paid.loc["Beta Telecom", "net_npv"])
    joint = compared.accounts.query("scenario == 'joint' and role == 'operator'")
    assert len(joint) == 2 and joint["saving_npv"].isna().all(), "what each would pay alone was not planned"
    told = json.loads((out / "comparison.json").read_text())["words"]
    assert "What each operator saves is not known" in told and "better off" not in told
    assert "multiplied is multiplied, not planned for each operator" in told and "(one network multiplied)" in told
    assert "multiplied, not planned" in (out / "report.html").read_text(encoding="utf-8")
    for number, change in enumerate(({"operators_alone": "planned"}, {"operators": TWINS[:1]})):
        path = out / "multiplied/resolved.yaml"
        settings_ = load_yaml((folder / "out/multiplied/resolved.yaml").read_text(encoding="utf-8"))
        path.write_text(dump_yaml(settings_ | {"project": settings_["project"] | change}), encoding="utf-8")
        assert "operators" in {finding.rule for finding in verify(path.parent)["multiplied"]}, number


def test_a_study_of_levers_multiplies_what_the_scenario_does(twins: tuple[Path, Any]) -> None:
    folder, found = twins
    loaded, said = merged(folder, "multiplied"), list[str]()
    book, task = LeverCosts(shipped().levers), ((), frozenset({"towers"}))
    book.plan_all([(loaded, task)], Limits(), 60, said.append)
    assert said[0].startswith("1 plans") and book.costs[task].found == pytest.approx(
        found["multiplied"]["objective_npv"]
    )
    assert book.costs[task].bound == pytest.approx(found["multiplied"]["bound_npv"])
    known = Known(loaded, Cost(np.nan, np.nan), folder / "out/multiplied")
    assert set(written_plans(known)) == {("Alpha", "|")}, "one plan to start from, not one an operator"


def test_one_operator_multiplied_is_the_operator_planned_to_the_digit(tmp_path: Path) -> None:
    alone = [{"name": "Alpha", "share": 0.6}]
    folder = market(tmp_path, operators=alone, scenarios={key: BOTH[key] for key in ("planned", "multiplied")})
    found = written(folder, "planned", "multiplied")
    assert found["planned"]["objective_npv"] == found["multiplied"]["objective_npv"]
    assert found["planned"]["bound_npv"] == found["multiplied"]["bound_npv"]
    assert "multiplied" not in found["multiplied"], "there is nothing to multiply"


def test_unlike_operators_are_multiplied_at_their_mean_share(planned: tuple[Path, Any], tmp_path: Path) -> None:
    """Shares of 0.6 and 0.4: the plan is of the larger at 0.5, so that two of it carry the traffic of all once."""
    folder = market(tmp_path, scenarios={"times": {"sharing": ["towers"], "operators_alone": "multiplied"}})
    found = written(folder, "times")["times"]
    one = load_yaml((folder / "out/times/alpha/resolved.yaml").read_text(encoding="utf-8"))
    assert found["multiplied"]["operator"] == "Alpha" and one["project"]["market_share"] == pytest.approx(0.5)
    assert found["costs_npv"]["premises"] == pytest.approx(planned[1]["towers"]["costs_npv"]["premises"], rel=1e-6)
    assert {name: rows for name, rows in verify(folder / "out").items() if rows} == {}
    owners = load_yaml((folder / "out/times/resolved.yaml").read_text(encoding="utf-8"))["owners"]
    assert all(not site.startswith(f"{owner}: ") for site, owner in owners.items()), "nobody is its own landlord"


def test_what_is_multiplied_needs_operators(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"operators_alone.*no `operators`"):
        read_project(market(tmp_path, operators=None, operators_alone="multiplied", scenarios={}))


def test_a_lever_that_names_an_unknown_asset_is_a_fault_with_its_file(tmp_path: Path) -> None:
    lever = load_yaml((shipped_folder() / "sharing" / "ducts.yaml").read_text(encoding="utf-8"))
    (tmp_path / "mine/sharing").mkdir(parents=True)
    changed = lever | {"id": "canals", "layer": "routes.canals"}
    (tmp_path / "mine/sharing/canals.yaml").write_text(dump_yaml(changed), encoding="utf-8")
    with pytest.raises(InputError, match=r"canals\.yaml: layer: no layer of assets 'routes\.canals'"):
        described(market(tmp_path, operators=None, models=["mine"], sharing=["canals"], scenarios={}))
