"""What owners of pipes gain or are paid: worth of leaks that cable hears, and approvals that are paid once."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from smalldistrict import write_whole
from test_refusal import EDGES, OWNER, cases, designs, enumerated, tiny
from waterdistrict import water_district

from netplan.catalogue import load_catalogue
from netplan.comparison import compare, sensitivity
from netplan.comparison.accounts import accounts
from netplan.comparison.fees import fee_escalation
from netplan.comparison.leaks import leak_range
from netplan.comparison.read import _read
from netplan.comparison.sensitivity import Stand, cost_at
from netplan.comparison.sensitivity_inputs import Input
from netplan.costs import Economics
from netplan.errors import InputError
from netplan.leaks import credit_of
from netplan.pipeline import describe
from netplan.planner import Problem, solve
from netplan.planning import plan_district
from netplan.project import read_project
from netplan.studies.refusal import refusal_study
from netplan.studies.refusal_problem import Instance, solve_state
from netplan.studies.refusal_tree import solve_tree
from netplan.studies.refusal_words import as_data, explain
from netplan.studies.sensitivity import End, changed
from netplan.verify import verify
from netplan.yamltext import dump_yaml, load_yaml

OWNED = {"water_pipe_defaults": {"owner": "Water Board"}}
ECONOMICS = Economics("USD", 2025, 0.08, 10, True, "society", 0.0)


def planned(folder: Path, scenario: str = "sharing") -> Any:
    found = describe(read_project(folder, scenario))
    plan = plan_district(found)
    write_whole(found, plan, folder / "out" / scenario)
    return plan


def broken(folder: Path, scenario: str = "sharing") -> list[str]:
    return [f"{f.rule}: {f.row}" for f in verify(folder / "out" / scenario)[scenario]]


# --- Leaks ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return planned(water_district(tmp_path_factory.mktemp("without"), routes=OWNED))


def wet(plan: Any) -> pd.DataFrame:
    return plan.links[plan.links["medium"] == "water-pipe"]


def test_leaks_heard_are_taken_off_links_in_pipes_and_nowhere_else(tmp_path: Path, without: Any) -> None:
    folder = water_district(tmp_path, routes=OWNED, economics={"leak_value_per_km_year": 200})
    plan = planned(folder)
    assert broken(folder) == []
    km = wet(plan)["length_m"].sum() / 1000
    assert km > 1 and plan.summary["leak_sensing"]["km"] == pytest.approx(km)
    yearly = plan.summary["leak_sensing"]["value_per_year"]
    assert yearly == pytest.approx(200 * km)
    annuity = sum(1.08**-t for t in range(1, 11))
    assert plan.summary["leak_sensing"]["npv"] == pytest.approx(yearly * annuity)
    assert plan.summary["costs_npv"]["co-benefit"] == pytest.approx(-yearly * annuity)
    rows = plan.costs[plan.costs["category"] == "co-benefit"]
    assert set(rows["row_id"]) == set(wet(plan)["link_id"]) and (rows["layer"] == "links").all()
    # the same plan is cheaper by exactly that, and the optimum by at least that
    assert (
        plan.summary["objective_npv"]
        <= without.summary["objective_npv"] - 200 * annuity * (wet(without)["length_m"].sum() / 1000) + 1e-6
    )
    assert without.summary["leak_sensing"] is None and "co-benefit" not in without.summary["costs_npv"]


def test_no_link_costs_less_than_nothing_however_much_leaks_are_worth(tmp_path: Path) -> None:
    folder = water_district(tmp_path, routes=OWNED, economics={"leak_value_per_km_year": 1e6})
    plan = planned(folder)
    assert broken(folder) == [] and plan.links["npv"].min() > -1e-6
    entry = load_catalogue().media["water-pipe"]
    credit = credit_of(entry, replace(ECONOMICS, leak_value_per_km_year=1e6))
    assert credit is not None and credit.capped
    assert any("is counted, so that no link costs less" in text for text in plan.summary["warnings"])
    # every line a km is paid back, every access point is not
    paid = plan.costs[plan.costs["row_id"].isin(wet(plan)["link_id"])]
    assert paid.loc[paid["unit"] == "km", "npv"].sum() == pytest.approx(0, abs=1e-6)
    assert paid.loc[paid["unit"] != "km", "npv"].sum() > 0


def test_the_credit_by_hand() -> None:
    entry = load_catalogue().media["water-pipe"]
    assert credit_of(entry, ECONOMICS) is None
    assert credit_of(load_catalogue().media["trench"], replace(ECONOMICS, leak_value_per_km_year=300)) is None
    small = credit_of(entry, replace(ECONOMICS, leak_value_per_km_year=300))
    assert small is not None and (small.per_km_year, small.capped) == (300, False)
    # lives of 20 years over a horizon of 10: half the price is left at the end
    capex = 1100 + 1200 + 900 + 450 + 250
    annuity = sum(1.08**-t for t in range(1, 11))
    cost = capex * (1 - 0.5 * 1.08**-10) + 180 * annuity
    most = credit_of(entry, replace(ECONOMICS, leak_value_per_km_year=1e6))
    assert most is not None and most.per_km_year == pytest.approx(cost / annuity)
    # an operator pays the utility's fee besides, and no VAT is due on what it is paid for leaks
    operator = replace(ECONOMICS, perspective="operator", vat=0.2, leak_value_per_km_year=1e6)
    dearer = credit_of(entry, operator)
    assert dearer is not None
    assert dearer.per_km_year == pytest.approx(1.2 * (cost / annuity + 150))


def test_operators_who_plan_alone_share_the_worth_of_one_leak(tmp_path: Path) -> None:
    folder = water_district(tmp_path, routes=OWNED, economics={"leak_value_per_km_year": 200}, market_share=0.25)
    assert describe(read_project(folder, "sharing")).economics.leak_value_per_km_year == 50


def test_the_owner_of_the_pipes_gains_and_society_adds_up(tmp_path: Path) -> None:
    folder = water_district(tmp_path, routes=OWNED, economics={"leak_value_per_km_year": 200})
    plan = planned(folder)
    table = accounts([_read(folder / "out" / "sharing", [])]).set_index("party")
    gain = plan.summary["leak_sensing"]["npv"]
    assert table["net_npv"].sum() == pytest.approx(plan.summary["objective_npv"])
    assert table.loc["network builder", "builds_npv"] == pytest.approx(plan.summary["objective_npv"] + gain)
    fee = table.loc["network builder", "pays_npv"]
    assert table.loc["water utility", "receives_npv"] == pytest.approx(gain + fee) and fee > 0


def test_the_worth_of_leaks_is_an_input_of_the_sensitivity(tmp_path: Path) -> None:
    folder = water_district(tmp_path, routes=OWNED, economics={"leak_value_per_km_year": 200})
    for scenario in ("greenfield", "sharing"):
        planned(folder, scenario)
    table = sensitivity(compare([folder / "out" / name for name in ("greenfield", "sharing")]))
    row = table[table["entry"] == "leak_value_per_km_year"].iloc[0]
    assert (row["value"], row["low"], row["high"]) == (200, 0, 1500)
    now = json.loads((folder / "out/sharing/summary.json").read_text())
    at_low = row["scenario_cost_at_low"]
    assert at_low == pytest.approx(now["objective_npv"] + now["leak_sensing"]["npv"])
    assert row["reference_cost_at_low"] == row["reference_cost_at_high"]
    assert row["scenario_cost_at_high"] < now["objective_npv"] and row["saving_at_low"] < row["saving_at_high"]


def test_the_range_of_the_worth_of_leaks_is_of_the_whole_market_in_the_projects_money(tmp_path: Path) -> None:
    """One operator's plan counts its share of what is stated; what the catalogue gives is of all, in dollars."""
    economics = {"leak_value_per_km_year": 200, "currency": "RWF", "units_per_usd": 2, "price_year": 2027}
    folder = water_district(tmp_path, routes=OWNED, economics=economics, market_share=0.25)
    for scenario in ("greenfield", "sharing"):
        planned(folder, scenario)
    found = compare([folder / "out" / name for name in ("greenfield", "sharing")])
    row = sensitivity(found).set_index("entry").loc["leak_value_per_km_year"]
    dearer = (1 + float(found.plans[0].economics["escalation_per_year"])) ** 2
    assert row["value"] == 200 and row["unit"] == "RWF/km/year"
    assert row["high"] == pytest.approx(1500 * 2 * dearer) and row["low"] == 0
    gain = json.loads((folder / "out/sharing/summary.json").read_text())["leak_sensing"]["npv"]
    assert row["scenario_cost_at_low"] == pytest.approx(found.plans[1].number("objective_npv") + gain)
    stand = Stand.of(found.plans[1])
    (which,) = leak_range(stand.plan, stand.economics)
    span = leak_range(stand.plan, stand.economics)[which]
    assert cost_at(stand, which, span, 300.0) == pytest.approx(stand.cost - gain / 2)
    assert cost_at(stand, which, span, 200.0) == pytest.approx(stand.cost)


def test_what_an_approval_may_cost_is_an_input_of_the_sensitivity(tmp_path: Path) -> None:
    """The catalogue asks nothing and says what may be asked; a sum that the project states has no range."""
    folder = water_district(tmp_path, routes=OWNED)
    for scenario in ("greenfield", "sharing"):
        planned(folder, scenario)
    table = sensitivity(compare([folder / "out" / name for name in ("greenfield", "sharing")]))
    row = table[table["per"] == "approval"].iloc[0]
    assert (row["entry"], row["value"], row["low"], row["high"]) == ("water-pipe", 0, 0, 50_000)
    stood = json.loads((folder / "out/sharing/summary.json").read_text())["objective_npv"]
    assert row["scenario_cost_at_high"] == pytest.approx(stood + 50_000)
    assert row["reference_cost_at_high"] == row["reference_cost_at_low"]
    together = table[table["entry"] == ""].iloc[0]
    assert together["saving_at_low"] <= row["saving_at_high"]
    end = End(Input("media", "water-pipe", row["item"], "capex", "approval"), "USD", "high", 50_000.0)
    again = describe(changed(read_project(folder, "sharing"), end, tmp_path / "changed"))
    asked = again.catalogue.media["water-pipe"].approval
    assert asked is not None and asked.cost is not None and asked.cost.value == 50_000
    stand = Stand.of(compare([folder / "out" / name for name in ("greenfield", "sharing")]).plans[1])
    stand.plan.catalogue["media"]["water-pipe"]["approval"]["cost"] |= {"value": 1000.0, "year": 2020}
    dearer = replace(stand.economics, escalation_per_year=0.05)
    more = fee_escalation(stand.plan, dearer, 1.05 / 1.025)
    assert more == pytest.approx(1000.0 * (1.05**5 - 1.025**5)), "a price of 2020 in those of 2025"
    settings = folder / "out/sharing/resolved.yaml"
    content = load_yaml(settings.read_text(encoding="utf-8"))
    content["project"]["approval"] = {"Water Board": {"cost": 1500}}
    settings.write_text(dump_yaml(content), encoding="utf-8")
    table = sensitivity(compare([folder / "out" / name for name in ("greenfield", "sharing")]))
    assert not (table["per"] == "approval").any()


def test_the_study_of_refusals_counts_what_the_plans_count(tmp_path: Path) -> None:
    folder = water_district(tmp_path, routes=OWNED, economics={"leak_value_per_km_year": 200})
    study = refusal_study(read_project(folder, "sharing"))
    told = as_data(study)["leak_sensing"]
    assert told["counted"] and told["value_per_year"] == pytest.approx(200 * told["km"])
    assert study.plans[0].objective == pytest.approx(planned(folder).summary["objective_npv"], rel=1e-6)
    assert "already less by it" in explain(study)


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE costs SET opex_per_year = 2 * opex_per_year WHERE category = 'co-benefit'", "leaks"),
        ("DELETE FROM costs WHERE category = 'co-benefit'", "leaks"),
        ("UPDATE costs SET layer = 'sites' WHERE category = 'co-benefit'", "leaks"),
        ("UPDATE costs SET capex = 2 * capex WHERE unit = 'approval'", "approval"),
        ("DELETE FROM costs WHERE unit = 'approval'", "approval"),
        ("UPDATE costs SET item = 'Approval by nobody' WHERE unit = 'approval'", "approval"),
    ],
)
def test_the_audit_finds_wrong_gains_and_approvals(both: Path, tmp_path: Path, statement: str, rule: str) -> None:
    import shutil

    shutil.copytree(both, tmp_path / "project")
    assert broken(tmp_path / "project") == []
    with closing(sqlite3.connect(tmp_path / "project" / "out" / "sharing" / "plan.gpkg")) as base, base:
        assert base.execute(statement).rowcount > 0
    assert rule in {text.partition(":")[0] for text in broken(tmp_path / "project")}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    changes = {"approval": {"Water Board": {"cost": 1500}}, "economics": {"leak_value_per_km_year": 200}}
    folder = water_district(tmp_path_factory.mktemp("both"), routes=OWNED, **changes)
    planned(folder)
    return folder


# --- Approvals ------------------------------------------------------------------------------------------


def test_an_approval_is_paid_once_and_only_where_a_pipe_is_used(tmp_path: Path, without: Any) -> None:
    folder = water_district(tmp_path, routes=OWNED, approval={"Water Board": {"cost": 1500}})
    plan = planned(folder)
    assert broken(folder) == []
    assert plan.summary["objective_npv"] == pytest.approx(without.summary["objective_npv"] + 1500)
    assert plan.other_costs.set_index("item").loc["Approval by Water Board", "npv"] == pytest.approx(1500)
    green = planned(folder, "greenfield")
    assert broken(folder, "greenfield") == [] and green.other_costs.empty
    saved = green.summary["objective_npv"] - without.summary["objective_npv"]
    # dearer than what the pipes save: nobody asks for it
    dear = water_district(tmp_path, routes=OWNED, approval={"Water Board": {"cost": saved + 1}})
    plan = planned(dear)
    assert broken(dear) == [] and wet(plan).empty and plan.other_costs.empty
    assert plan.summary["objective_npv"] == pytest.approx(green.summary["objective_npv"])


def test_the_catalogue_says_what_an_approval_costs_where_the_project_does_not(tmp_path: Path) -> None:

    folder = water_district(tmp_path, routes=OWNED)
    entry = load_yaml((Path(__file__).parents[1] / "models/media/water-pipe.yaml").read_text(encoding="utf-8"))
    assert entry["approval"]["cost"]["value"] == 0
    entry["approval"]["cost"] |= {"value": 700, "high": 900}
    (folder / "models/media/water-pipe.yaml").write_text(dump_yaml(entry), encoding="utf-8")
    plan = planned(folder)
    assert broken(folder) == []
    assert list(plan.other_costs["item"]) == [f"Approval by Water Board: {entry['label']}"]
    assert plan.other_costs["capex"].sum() == pytest.approx(700)
    entry["approval"]["cost"] |= {"unit": "USD/km", "value": -1}
    (folder / "models/media/water-pipe.yaml").write_text(dump_yaml(entry), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        describe(read_project(folder, "sharing"))
    assert {"USD", "0 or more"} <= {word for word in ("USD", "0 or more") if word in str(caught.value)}


def test_a_fee_for_somebody_who_owns_nothing_is_a_fault(tmp_path: Path) -> None:
    folder = water_district(tmp_path, routes=OWNED, approval={"Watr Board": {"cost": 10}, "Nobody": {"cost": 5}})
    for scenario in ("greenfield", "sharing"):
        with pytest.raises(InputError) as caught:
            describe(read_project(folder, scenario))
        told = sorted(str(fault) for fault in caught.value.faults)
        assert len(told) == 2 and "did you mean 'Water Board'?" in told[1] and "approval.Nobody.cost" in told[0]
    with pytest.raises(InputError, match=r"approval\.Water Board\.cost"):
        read_project(water_district(tmp_path, approval={"Water Board": {"cost": -1}}), "sharing")


def charged(seed: int) -> Instance:
    """The tiny network of the study of refusals, with a fee for U and one for V."""
    plain, rng = tiny(seed), np.random.default_rng(50 + seed)
    p = plain.problem
    fee = rng.integers(1, 40, 2).astype(float)
    stand = np.full((len(EDGES), 2), -1)
    stand[OWNER == "U", 0], stand[OWNER == "V", 0] = 2, 3
    fields = {name: getattr(p, name) for name in ("demand_weight", "demand_mbps", "target_member", "target_min",
              "option_cost", "option_site", "service_use", "service_cost", "edge_tail", "edge_head", "edge_cost",
              "roots")}  # fmt: skip
    problem = Problem.of(
        **fields, site_cost=np.append(p.site_cost, fee), site_node=np.append(p.site_node, [-1, -1]), edge_site=stand
    )
    return replace(plain, problem=problem, site_owner=np.array(["", "", "U", "V"], dtype=object))


def whole_cost(instance: Instance, found: list[Any]) -> list[tuple[Any, float]]:
    fee = dict(zip("UV", instance.problem.site_cost[2:], strict=True))
    return [(d, replace_sites(instance, d) + service + sum(fee[o] for o in set(OWNER[d.edges]) - {""}))
            for d, service in found]  # fmt: skip


def replace_sites(instance: Instance, d: Any) -> float:
    p = instance.problem
    return float(p.site_cost[:2][d.sites].sum() + p.option_cost[d.options].sum() + p.edge_cost[d.edges].sum())


@pytest.mark.parametrize("seed", range(8))
def test_fees_are_in_the_optimum_of_every_answer(seed: int) -> None:
    instance = charged(seed)
    every = whole_cost(instance, designs(tiny(seed)))
    assert solve(instance.problem, gap=0.0, time_limit_s=60, threads=1, seed=0).objective == pytest.approx(
        min(cost for _, cost in every)
    )
    for refusing in (frozenset({"U"}), frozenset({"V"}), frozenset({"U", "V"})):
        least = min(cost for d, cost in every if not set(OWNER[d.edges]) & refusing)
        assert solve_state(instance, refusing).objective == pytest.approx(least)


@pytest.mark.parametrize("seed", range(6))
def test_fees_are_paid_after_consent_in_the_two_stage_plan(seed: int) -> None:
    instance, plain = charged(seed), tiny(seed)
    states, factor = cases(0.6, 0.4), 1.2
    fees = dict(zip("UV", instance.problem.site_cost[2:], strict=True))
    best = enumerated(plain, states, factor, fees)
    tree = solve_tree(instance, states, factor)
    assert tree is not None and tree.expected == pytest.approx(best, rel=1e-6)
    assert not tree.first.sites[2:].any()


def test_the_study_of_refusals_with_a_fee(tmp_path: Path) -> None:
    folder = water_district(
        tmp_path, routes=OWNED, approval={"Water Board": {"cost": 1500, "probability": 0.4, "delay_years": 1}}
    )
    study = refusal_study(read_project(folder, "sharing"))
    with_, green = (planned(folder, name).summary["objective_npv"] for name in ("sharing", "greenfield"))
    cost = study.refusal_cost["Water Board"]
    assert cost.value == pytest.approx(green - with_, rel=1e-6)
    assert cost.low - 1 <= cost.value <= cost.high + 1 and np.isfinite(cost.high)
    assert as_data(study)["utilities"][0]["approval_cost"] == 1500
    assert "Its approval costs USD 1,500 once" in explain(study)
