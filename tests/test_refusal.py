"""Cost of refusal and what to build first: against enumeration on tiny networks, and whole on a water district."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
from matplotlib.image import imread
from smalldistrict import district
from typer.testing import CliRunner
from waterdistrict import water_district

from netplan.cli import app
from netplan.errors import InputError
from netplan.pipeline import describe
from netplan.planner import Problem
from netplan.planning import plan_district
from netplan.project import read_project
from netplan.studies import refusal as room
from netplan.studies.refusal import between, refusal_study
from netplan.studies.refusal_problem import Answer, Instance, Purchase, cost_after, solve_state
from netplan.studies.refusal_replace import replacement_bound
from netplan.studies.refusal_states import State, Utility, recourse_factor, states_of
from netplan.studies.refusal_tree import solve_tree
from netplan.studies.refusal_words import as_data, explain

NOBODY: frozenset[str] = frozenset()
EDGES = np.array([(0, 1), (0, 2), (1, 2), (0, 3), (3, 1), (3, 2), (0, 1)])
"""root 0, sites at 1 and 2, a junction 3"""
OWNER = np.array(["", "", "", "U", "U", "V", "V"], dtype=object)


def tiny(seed: int) -> Instance:
    """Two demands; the second can be served from either site. All sums are whole, so that ties are exact."""
    rng = np.random.default_rng(seed)
    cost = rng.integers(3, 30, len(EDGES)) * np.where(OWNER == "", 3.0, 1.0)
    problem = Problem.of(
        demand_weight=[1.0, 1.0],
        demand_mbps=[1.0, 1.0],
        target_member=([0, 0], [0, 1], [1.0, 1.0]),
        target_min=[2.0],
        option_cost=rng.integers(1, 20, 3).astype(float),
        option_site=[0, 0, 1],
        service_use=([0, 1, 1], [0, 1, 2], [1.0, 1.0, 1.0]),
        service_cost=([0, 1, 1], [0, 1, 2], rng.integers(0, 15, 3).astype(float)),
        site_cost=rng.integers(0, 20, 2).astype(float),
        site_node=[1, 2],
        edge_tail=EDGES[:, 0],
        edge_head=EDGES[:, 1],
        edge_cost=cost,
        roots=[0],
    )
    nobody = np.full(2, "", dtype=object)
    return Instance(problem, OWNER, np.zeros(len(EDGES), bool), nobody, 0.0, 60.0, 1, 0)


def designs(instance: Instance) -> list[tuple[Purchase, float]]:
    """Every set of sites, options and links that serves both demands, with the premises' cost."""
    p = instance.problem
    service = p.service_cost.toarray()
    found = []
    for edges in itertools.product((False, True), repeat=len(EDGES)):
        built = np.array(edges)
        reach = {0}
        for _ in EDGES:
            for a, b in EDGES[built].tolist():
                if a in reach or b in reach:
                    reach |= {a, b}
        for way in (1, 2):  # the option that serves the second demand
            options = np.array([True, way == 1, way == 2])
            sites = np.array([True, way == 2])
            if {1, *([2] if way == 2 else [])} <= reach:
                found.append((Purchase(sites, options, built), float(service[0, 0] + service[1, way])))
    return found


def enumerated(instance: Instance, states: list[State], factor: float, fees: dict[str, float] | None = None) -> float:
    """Least expected cost over every first purchase and every recourse. `fees`: of the owners, paid with consent."""
    p, every = instance.problem, designs(instance)
    things = np.concatenate([p.site_cost[:2], p.option_cost, p.edge_cost])
    firm = np.concatenate([np.ones(5, bool), OWNER == ""])
    used = np.array([np.concatenate([d.sites, d.options, d.edges]) for d, _ in every])
    asked = [sum((fees or {}).get(owner, 0.0) for owner in set(OWNER[d.edges])) for d, _ in every]
    service = np.array([cost for _, cost in every]) + factor * np.array(asked)
    allowed = [np.array([not set(OWNER[d.edges]) & state.refusing for d, _ in every]) for state in states]
    best = np.inf
    for choice in itertools.product((False, True), repeat=int(firm.sum())):
        first = np.zeros(len(things), bool)
        first[firm] = choice
        rest = factor * (used & ~first) @ things + service
        later = sum(state.probability * rest[ok].min() for state, ok in zip(states, allowed, strict=True))
        best = min(best, float(things[first].sum() + later))
    return best


def cases(p: float, q: float) -> list[State]:
    utilities = [Utility("U", (), p, 1.0, 2.0, True), Utility("V", (), q, 1.0, 1.0, True)]
    return states_of(utilities)[0]


@pytest.mark.parametrize("seed", range(8))
def test_the_two_stage_plan_is_the_best_of_all(seed: int) -> None:
    instance, rng = tiny(seed), np.random.default_rng(100 + seed)
    states, factor = cases(*rng.uniform(0.2, 0.8, 2)), float(rng.uniform(0.9, 1.5))
    assert sum(state.probability for state in states) == pytest.approx(1.0) and len(states) == 4
    want = enumerated(instance, states, factor)
    tree = solve_tree(instance, states, factor)
    assert tree is not None
    assert tree.expected == pytest.approx(want, rel=1e-6) and tree.bound == pytest.approx(want, rel=1e-4)
    # the first purchase it names costs that much in expectation when every state is re-solved from it
    again = instance.cost(tree.first) + sum(
        state.probability * solve_state(instance, state.refusing, factor, factor, tree.first).objective
        for state in states
    )
    assert again == pytest.approx(want, rel=1e-6)
    assert not tree.first.edges[OWNER != ""].any()  # nobody's pipes before the answer


@pytest.mark.parametrize("seed", range(8))
def test_comparing_first_purchases_brackets_the_best(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "WHOLE", 0)
    instance, states = tiny(seed), cases(0.6, 0.4)
    plans = room._plans(instance, states, lambda text: None)
    strategies, bound, method, _, pool = room._two_stage(instance, states, plans, 1.2, lambda text: None)
    want = enumerated(instance, states, 1.2)
    assert method == "comparison" and len(pool) >= len(plans)
    assert bound <= want + 1e-6 and strategies[0].expected >= want - 1e-6
    for each in strategies:
        assert each.expected == pytest.approx(
            sum(s.probability * c for s, c in zip(states, each.by_state, strict=True))
        )
        assert min(each.regret) >= 0
    wait = next(each for each in strategies if each.key == "wait")
    assert wait.first_cost == 0 and wait.expected >= strategies[0].expected


@pytest.mark.parametrize("seed", range(8))
def test_the_cost_of_refusal_by_enumeration_and_its_bound(seed: int) -> None:
    instance = tiny(seed)
    every = [(d, instance.cost(d) + service) for d, service in designs(instance)]

    def least(refusing: frozenset[str]) -> float:
        return min(cost for d, cost in every if not set(OWNER[d.edges]) & refusing)

    for refusing in (frozenset({"U"}), frozenset({"V"}), frozenset({"U", "V"})):
        got = solve_state(instance, refusing)
        assert got.objective == pytest.approx(least(refusing)) and not got.needs & refusing
        cost = least(refusing) - least(NOBODY)
        most = replacement_bound(instance, refusing)
        assert -1e-9 <= cost <= most + 1e-6
        interval = between(solve_state(instance, NOBODY), got, most)
        assert interval.low - 1e-6 <= cost <= interval.high + 1e-6


def test_no_way_around_leaves_the_cost_of_refusal_open() -> None:
    instance = tiny(0)
    alone = replace(instance, owner=np.array(["U"] * 7, dtype=object))
    assert np.isinf(replacement_bound(alone, frozenset({"U"})))
    assert np.isinf(solve_state(alone, frozenset({"U"})).objective)


def test_waiting_is_neutral_where_service_is_worth_its_cost() -> None:
    assert recourse_factor(0.08, 2.0, 1.0) == pytest.approx(1.0)
    v = 1.08**-2
    assert recourse_factor(0.08, 2.0, 0.0) == pytest.approx(v)
    assert recourse_factor(0.08, 2.0, 2.0) == pytest.approx(2 - v)


def test_answers_known_already_leave_one_case() -> None:
    states, notes = states_of([Utility("U", (), 1.0, 1.0, 2.0, True), Utility("V", (), 0.0, 1.0, 1.0, True)])
    assert [(s.refusing, s.probability) for s in states] == [(frozenset({"V"}), 1.0)] and not notes
    many = [Utility(f"U{k}", (), 0.5, 1.0, float(k), False) for k in range(6)]
    states, notes = states_of(many)
    assert len(states) == 16 and "U0" in notes[0] and "U1" in notes[0] and "U2" not in notes[0]


def test_what_is_left_to_buy_is_priced_by_who_has_to_answer() -> None:
    instance = tiny(1)
    p = instance.problem
    edges = np.array([True, False, False, True, False, False, False])
    plan = Answer(
        frozenset({"U"}), Purchase(np.array([True, False]), np.array([True, False, False]), edges), 7.0, 1.0, 1.0
    )
    already = Purchase(np.array([True, False]), np.zeros(3, bool), np.zeros(7, bool))
    want = 2.0 * (p.option_cost[0] + p.edge_cost[0]) + 3.0 * p.edge_cost[3] + 7.0
    assert cost_after(instance, plan, 2.0, 3.0, already) == pytest.approx(want)


# --- On a district --------------------------------------------------------------------------------------


def test_the_study_reproduces_the_plans_with_and_without(tmp_path: Path) -> None:
    folder = water_district(
        tmp_path,
        name="A district of which everybody says that its name should have been made shorter long ago, if it could be",
        routes={"water_pipe_defaults": {"owner": "Water Board"}},
        approval={"Water Board": {"probability": 0.3, "delay_years": 1.5}},
        refusal={"service_worth": 3.0, "leak_value_per_km_year": 1000},
        attributions={"roads.gpkg": "© OpenStreetMap contributors, ODbL 1.0", "network.inp": "CC BY 4.0"},
    )
    run = CliRunner().invoke(app, ["refusal", str(folder), "--scenario", "sharing"])
    assert run.exit_code == 0, run.output
    out = folder / "out" / "sharing-refusal"
    data = json.loads((out / "refusal.json").read_text())
    costs = {name: plan_district(describe(read_project(folder, name))).summary for name in ("greenfield", "sharing")}
    saved = costs["greenfield"]["objective_npv"] - costs["sharing"]["objective_npv"]
    said = data["cost_of_refusal"]["Water Board"]
    assert saved > 1000 and said["value"] == pytest.approx(saved, rel=1e-6)
    assert said["low"] - 1 <= saved <= said["high"] + 1
    assert [s["probability"] for s in data["states"]] == pytest.approx([0.3, 0.7])
    stage = data["two_stage"]
    assert stage["method"] == "whole" and stage["recourse_factor"] == pytest.approx(recourse_factor(0.08, 1.5, 3.0))
    best = stage["strategies"][0]
    assert best["expected_npv"] == pytest.approx(stage["expected_bound_npv"], rel=1e-3)
    assert best["key"] == "least-expected" and len(stage["strategies"]) == 5
    # fibre in pipes may be listened to: 3.3 km at 1,000 a year, beside the plan's cost
    assert data["leak_sensing"]["value_per_year"] == pytest.approx(1000 * data["leak_sensing"]["km"])
    assert data["leak_sensing"]["km"] > 1 and data["leak_sensing"]["stated_by"] == "project"
    assert {path.name for path in out.iterdir()} == {
        "build_first.gpkg", "refusal.csv", "refusal.json", "refusal.md", "refusal.png",
    }  # fmt: skip
    first = sum(
        pyogrio.read_dataframe(out / "build_first.gpkg", layer=layer)["npv"].sum()
        for layer in pyogrio.list_layers(out / "build_first.gpkg")[:, 0]
    )
    assert first == pytest.approx(best["first_npv"], rel=1e-6)
    # lines along OpenStreetMap's roads stand apart, those in the utility's pipes do not
    layers = set(pyogrio.list_layers(out / "build_first.gpkg")[:, 0])
    roads = {"aerial-own", "trench"}
    for layer in layers:
        told = pyogrio.read_info(out / "build_first.gpkg", layer=layer)["layer_metadata"]
        alike = layer.endswith("_share_alike")
        assert ("ODbL" in told["SHARE_ALIKE"]) == alike and ("ODbL" in told["LICENCE"]) == alike
        if layer.startswith("links"):
            media = set(pyogrio.read_dataframe(out / "build_first.gpkg", layer=layer)["medium"])
            assert media <= roads if alike else not media & roads
    assert "links_share_alike" in layers
    text = (out / "refusal.md").read_text()
    assert not re.search(r"at least (USD [\d,]+) and at most \1 ", text)
    assert (imread(out / "refusal.png")[:, -2:, :3] > 0.99).all(), "a title that is too long is broken, not cut"
    assert "Water Board" in text and "30%" in text and "in no figure above" in text and text in run.output


def faults_of(folder: Path, scenario: str = "sharing") -> list[str]:
    with pytest.raises(InputError) as caught:
        refusal_study(read_project(folder, scenario))
    return [str(fault) for fault in caught.value.faults]


def test_wrong_questions_are_refused(tmp_path: Path) -> None:
    folder = district(tmp_path, approval={"Watr Board": {"probability": 0.5}})
    told = faults_of(folder)
    assert any("approval.Watr Board" in text for text in told) and any("refuse" in text for text in told)
    folder = district(tmp_path, budget=1e6)
    assert "budget" in faults_of(folder)[0]
    told = faults_of(district(tmp_path, operators=[{"name": "A", "share": 0.6}, {"name": "B", "share": 0.4}]))
    assert len(told) == 1 and "operators: 2 named" in told[0]
    with pytest.raises(InputError, match=r"approval\.U\.probability"):
        read_project(district(tmp_path, approval={"U": {"probability": 1.5}}), "sharing")


def test_a_known_consent_is_no_question_either(tmp_path: Path) -> None:
    folder = water_district(
        tmp_path, routes={"water_pipe_defaults": {"owner": "W"}}, approval={"W": {"probability": 1}}
    )
    study = refusal_study(read_project(folder, "sharing"))
    assert not study.refusal_cost and [state.label for state in study.states] == ["all consent"]
    shared = plan_district(describe(read_project(folder, "sharing"))).summary["objective_npv"]
    assert study.plans[0].objective == pytest.approx(shared, rel=1e-6)
    assert study.best.expected == pytest.approx(shared, rel=1e-6) and max(study.best.regret) == 0
    text = explain(study)
    assert "has consented" in text and "nothing is left to be refused" in text and "nan" not in text


def test_a_known_refusal_is_no_question(tmp_path: Path) -> None:
    folder = water_district(
        tmp_path, routes={"water_pipe_defaults": {"owner": "W"}}, approval={"W": {"probability": 0}}
    )
    study = refusal_study(read_project(folder, "sharing"))
    assert not study.refusal_cost and len(study.states) == 1
    green = plan_district(describe(read_project(folder, "greenfield"))).summary["objective_npv"]
    assert study.plans[0].objective == pytest.approx(green, rel=1e-6)
    text = explain(study)
    assert "has refused" in text and "nothing is left to be refused" in text
    data: dict[str, Any] = as_data(study)
    assert data["cost_of_refusal"] == {} and data["leak_sensing"] is None
