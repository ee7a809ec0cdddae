"""A plan that stands in for that of another scenario: where the search found none, and what is then said of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from marketplace import market
from smalldistrict import described, district

from netplan.comparison import compare
from netplan.planner import Problem, Solution, solve
from netplan.planner.answer import without_plan
from netplan.planner.solution import Status, StoppedBy
from netplan.planning import plan_district
from netplan.plans import Plan, better, contradicts, used
from netplan.plans.overlap import SAID
from netplan.plans.unfilled import unfilled_warning
from netplan.project import read_scenarios
from netplan.studies import Limits, plan_scenarios
from netplan.verify import verify

LEVERS: dict[str, list[str]] = {
    "alone": [],
    "poles": ["power-poles"],
    "fibre": ["fibre"],
    "all": ["fibre", "power-poles"],
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scenarios whose levers open nothing here, so that every plan is one of every scenario."""
    scenarios = {name: {"sharing": levers} for name, levers in LEVERS.items()}
    return district(tmp_path_factory.mktemp("stand-in"), scenarios=scenarios)


@pytest.fixture(scope="module")
def plan(home: Path) -> Plan:
    """Of the scenario with all levers."""
    return plan_district(described(home, "all"))


def ends(*, status: Status, times: int) -> Callable[..., Solution]:
    """A planner whose first searches end without a plan."""
    left = [times]

    def search(problem: Problem, **asked: Any) -> Solution:
        left[0] -= 1
        if left[0] < 0:
            return solve(problem, **asked)
        why: StoppedBy = "infeasible" if status == "infeasible" else "time"
        return without_plan(problem, status, why, 1.0, problem.target_min, problem.demand_integral)

    return search


def of(home: Path, scenario: str, plan: Plan, **changes: Any) -> Plan:
    """The answer of a search in another scenario, as if it had come to this plan; without changes it found none."""
    (loaded,) = read_scenarios(home, [scenario])
    nothing = {
        "objective_npv": None,
        "bound_npv": None,
        "gap": None,
        "status": "none",
        "stopped_by": "time",
        "stages": [],
    }
    project = plan.resolved["project"] | {"sharing": list(loaded.project.sharing)}
    summary = plan.summary | {"scenario": scenario} | (changes or nothing)
    return replace(plan, summary=summary, resolved=plan.resolved | {"scenario": scenario, "project": project})


def whose(scenario: str, found: str) -> str:
    return f"the plan of scenario {scenario}, which uses no lever but this one's: in the time given the search {found}"


@pytest.mark.parametrize(("names", "source"), [(["alone", "all"], "all"), (["poles", "fibre"], "fibre")])
def test_a_search_that_found_nothing_takes_over_a_plan_that_is_one_of_its_scenario(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: list[str], source: str
) -> None:
    """With fewer levers, and with others: nobody is told of a scenario without a plan, and the audit finds nothing."""
    monkeypatch.setattr("netplan.planning.solve", ends(status="none", times=1))
    told, reasons = list[str](), list[str]()
    folders = plan_scenarios(
        read_scenarios(home, names),
        tmp_path / "out",
        Limits(),
        drawn=False,
        written=lambda summary: told.append(summary["scenario"]),
        unplanned=reasons.append,
    )
    assert list(folders) == names and told == [names[1], names[0]] and reasons == []
    rescued, other = (json.loads((folders[name] / "summary.json").read_text()) for name in names)
    assert rescued["objective_npv"] == other["objective_npv"] and rescued["problem"]["plan_of"] == source
    assert (rescued["scenario"], rescued["status"], rescued["stopped_by"]) == (names[0], "feasible", "time")
    assert rescued["bound_npv"] is None and rescued["gap"] is None, "nothing is proven of this scenario's candidates"
    assert rescued["warnings"][-1] == whose(source, "found none")
    assert {name: rows for name, rows in verify(tmp_path / "out").items() if rows} == {}


def test_a_proof_that_there_is_no_plan_is_told_and_what_speaks_against_it(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing stands in where there can be no plan: the other plan was made of other candidates, which is said."""
    monkeypatch.setattr("netplan.planning.solve", ends(status="infeasible", times=1))
    reasons = list[str]()
    loaded = read_scenarios(home, ["alone", "all"])
    folders = plan_scenarios(loaded, tmp_path / "out", drawn=False, unplanned=reasons.append)
    assert list(folders) == ["all"]
    (reason,) = reasons
    assert reason.startswith("alone: the targets cannot be met.") and "Yet the plan of all uses no lever but" in reason
    assert json.loads((tmp_path / "out/alone/summary.json").read_text())["objective_npv"] is None
    monkeypatch.setattr("netplan.planning.solve", ends(status="none", times=2))
    reasons.clear()
    with pytest.raises(Exception, match="alone: stopped by time before a plan was found") as caught:
        plan_scenarios(loaded, tmp_path / "out", drawn=False, unplanned=reasons.append)
    assert "Yet" not in str(caught.value) and reasons == []


def test_the_bound_of_a_plan_that_stands_in_is_one_of_this_scenario(home: Path, plan: Plan) -> None:
    """What nothing undercuts with more levers, nothing undercuts with fewer: where no candidate was left out."""
    assert not used(plan)
    nothing = of(home, "alone", plan)
    cost, bound = plan.summary["objective_npv"], 0.9 * plan.summary["objective_npv"]
    partly = of(home, "all", plan, bound_npv=bound)
    assert partly.summary["problem"]["dropped"] and better(nothing, partly).summary["bound_npv"] is None
    counts = partly.summary["problem"] | {"dropped": 0, "sites_dropped": 0}
    whole = replace(partly, summary=partly.summary | {"problem": counts})
    kept = better(nothing, whole).summary
    assert (kept["objective_npv"], kept["bound_npv"], kept["status"]) == (cost, bound, "feasible")
    assert kept["gap"] == pytest.approx(0.1) and kept["stages"][-1]["bound"] == bound
    fewer = of(home, "alone", whole, bound_npv=bound)
    assert better(of(home, "all", plan), fewer).summary["bound_npv"] is None, "with more levers less may do"
    proven = of(home, "alone", plan, objective_npv=None, bound_npv=None, status="infeasible")
    assert better(proven, whole) is proven and contradicts(whole, proven) and not contradicts(whole, nothing)
    assert better(nothing, nothing) is nothing


def test_within_a_budget_nothing_is_proven_of_how_many_more_could_be_served(home: Path, plan: Plan) -> None:
    served = {"objective": "weight served", "value": 900.0, "bound": 950.0, "gap": 50 / 900}
    found = of(home, "all", plan, mode="budget", stages=[served, *plan.summary["stages"]])
    nothing = of(
        home, "alone", plan, mode="budget", objective_npv=None, bound_npv=None, gap=None, status="none", stages=[]
    )
    kept = better(nothing, found).summary
    assert [stage["value"] for stage in kept["stages"]] == [900.0, plan.summary["objective_npv"]]
    assert [stage["bound"] for stage in kept["stages"]] == [None, None] and kept["status"] == "feasible"


def test_remarks_are_of_the_plan_that_stands_in_and_of_the_data_here(home: Path, plan: Plan) -> None:
    def said(found: Plan, *warnings: str) -> Plan:
        return replace(found, summary=found.summary | {"warnings": list(warnings)})

    cost, first, second = plan.summary["objective_npv"], f"10 of 90 {SAID} here", f"40 of 90 {SAID} there"
    dear = said(of(home, "alone", plan, objective_npv=1.2 * cost, stages=[], status="feasible"), "of the data", first)
    theirs = said(of(home, "fibre", plan, objective_npv=1.1 * cost), "of other data", second)
    kept = better(dear, theirs)
    assert kept.summary["warnings"] == ["of the data", second, whose("fibre", "found none that is better")]
    again = better(kept, said(plan, first))
    assert again.summary["warnings"] == ["of the data", first, whose("all", "found none that is better")]
    hasty = better(said(dear, "of the data", *unfilled_warning("solver")), said(theirs, *unfilled_warning("interrupt")))
    assert hasty.summary["warnings"][:2] == ["of the data", *unfilled_warning("interrupt")]
    nothing = better(better(said(of(home, "alone", plan), "of the data"), theirs), said(plan))
    assert nothing.summary["warnings"] == ["of the data", whose("all", "found none")]


@pytest.mark.parametrize(("models", "dear", "folders"), [([], 0, {"alpha", "beta-telecom"}), (["mocn"], 2, set())])
def test_plans_of_markets_are_carried_back_each_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, models: list[str], dear: int, folders: set[str]
) -> None:
    """One operator's plan, and the joint one, which was too dear to be chosen: sums, bounds and payments follow."""
    scenarios = {"first": {"sharing": models}, "offered": {"sharing": [*models, "fibre"]}}
    home = market(tmp_path, scenarios=scenarios)
    searched = list[Plan]()

    def search(*args: Any, **more: Any) -> Plan:
        found = plan_district(*args, **(more | {"earlier": None}))
        if len(searched) == dear:  # as if the search had ended with a dearer plan
            cost, stages = 3 * found.summary["objective_npv"], list[Any]()
            found = replace(found, summary=found.summary | {"objective_npv": cost, "gap": 2 / 3, "stages": stages})
        searched.append(found)
        return found

    monkeypatch.setattr("netplan.studies.market.plan_district", search)
    told = list[tuple[str, float]]()
    plan_scenarios(
        read_scenarios(home, list(scenarios)),
        home / "out",
        drawn=False,
        written=lambda summary: told.append((summary["scenario"], summary["objective_npv"])),
    )
    first, offered = (json.loads((home / "out" / name / "summary.json").read_text()) for name in scenarios)
    (_, before), (_, after) = (each for each in told if each[0] == "first")
    assert after == first["objective_npv"] == pytest.approx(offered["objective_npv"]) and after < before
    assert sum(each["pays_npv"] for each in first["operators"]) == pytest.approx(after)
    assert {path.parent.name for path in (home / "out/first").glob("*/plan.gpkg")} == folders
    assert first["bound_npv"] is not None and first["bound_npv"] <= after
    assert [each["objective_npv"] for each in first["offers"]] == [each["objective_npv"] for each in offered["offers"]]
    assert sum("the search found none that is better" in each for each in first["warnings"]) == 1
    assert ("plan_of" in first["problem"]) == (not folders), "of one operator's plan it is said there"
    assert {name: rows for name, rows in verify(home / "out").items() if rows} == {}
    assert compare([home / "out" / name for name in scenarios]).savings[0].value == pytest.approx(0.0, abs=1e-6)
