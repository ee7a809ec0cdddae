"""The saving by lever: order plays no part, parts add up, intervals hold the truth; accounts add up to the cost."""

from __future__ import annotations

import itertools
import json
import math
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marketplace import market
from shapely.geometry import LineString
from smalldistrict import at, district, save

from netplan.catalogue import load_catalogue
from netplan.comparison import compare, explain, write_comparison
from netplan.comparison.transfers import transfers
from netplan.errors import InputError
from netplan.netted import with_payments
from netplan.planning import plan_district
from netplan.plans import Plan, better, read_plan, used, write_plan
from netplan.plans.summary import PROBLEM
from netplan.project import read_scenarios
from netplan.publish import publish_comparison
from netplan.studies import Limits, plan_scenarios
from netplan.studies.lever_costs import IMPOSSIBLE, UNKNOWN, Known, LeverCosts, together
from netplan.studies.shapley import Cost, Levers, marginal, offered, sets_needed, shapley, subsets
from netplan.studies.stock import Stock
from netplan.studies.waterfall import waterfalls
from netplan.verify import verify, verify_plan

NAMES = ["a", "b", "c", "d"]
FIVE = ["towers", "ducts", "new-sites", "shared-backhaul", "mocn"]


@st.composite
def games(draw: st.DrawFn) -> tuple[list[str], dict[Levers, Cost], dict[Levers, float]]:
    """Levers, known costs as intervals, and true costs inside them that never rise with a lever."""
    levers = NAMES[: draw(st.integers(1, 4))]
    true: dict[Levers, float] = {}
    known = {}
    for each in subsets(levers):
        fresh = draw(st.floats(100.0, 1000.0))
        true[each] = min([fresh, *(cost for other, cost in true.items() if other < each)])
        known[each] = Cost(true[each] * (1 + draw(st.floats(0, 0.1))), true[each] * (1 - draw(st.floats(0, 0.1))))
    return levers, offered(known), true


@settings(deadline=None)
@given(games())
def test_shapley_parts_are_the_mean_over_all_orders_and_add_up(game: tuple[Any, ...]) -> None:
    levers, costs, _ = game
    parts = {part.lever: part for part in shapley(levers, costs)}
    orders = list(itertools.permutations(levers))
    for lever in levers:
        savings = []
        for order in orders:
            before = frozenset(order[: order.index(lever)])
            savings.append(costs[before].found - costs[before | {lever}].found)
        assert parts[lever].value == pytest.approx(sum(savings) / len(orders), abs=1e-6)
    whole = costs[frozenset()].found - costs[frozenset(levers)].found
    assert sum(part.value for part in parts.values()) == pytest.approx(whole, abs=1e-6)


@settings(deadline=None)
@given(games(), st.randoms())
def test_parts_do_not_hang_on_the_order_of_levers(game: tuple[Any, ...], chance: Any) -> None:
    levers, costs, _ = game
    mixed = list(levers)
    chance.shuffle(mixed)
    items = list(costs.items())
    chance.shuffle(items)
    assert shapley(mixed, dict(items)) == shapley(levers, costs)


@settings(deadline=None)
@given(games())
def test_intervals_hold_the_part_of_the_true_costs(game: tuple[Any, ...]) -> None:
    levers, costs, true = game
    exact = {key: Cost(value, value) for key, value in true.items()}
    for work in (shapley, marginal):
        for part, truth in zip(work(levers, costs), work(levers, exact), strict=True):
            assert part.low - 1e-6 <= truth.value <= part.high + 1e-6
            assert part.low <= part.value <= part.high
            assert truth.low == pytest.approx(truth.value, abs=1e-6)
            if abs(part.value) < part.high - part.low:
                assert not part.distinguishable
            if truth.value == 0:
                assert not part.distinguishable or part.lever == "together"


@settings(deadline=None)
@given(games())
def test_each_in_and_out_adds_up_with_what_they_save_together(game: tuple[Any, ...]) -> None:
    levers, costs, _ = game
    parts = [part for part in marginal(levers, costs) if part.method != "first in"]
    whole = costs[frozenset()].found - costs[frozenset(levers)].found
    assert sum(part.value for part in parts) == pytest.approx(whole, abs=1e-6)


@settings(deadline=None)
@given(games())
def test_an_offer_never_raises_a_cost(game: tuple[Any, ...]) -> None:
    levers, costs, _ = game
    for each in subsets(levers):
        for lever in levers:
            more = costs[each | {lever}]
            assert more.found <= costs[each].found and more.bound <= costs[each].bound


def test_many_levers_are_not_planned_in_every_set() -> None:
    assert len(sets_needed(["a", "b", "c", "d"], 4)[1]) == 16
    method, sets = sets_needed(["a", "b", "c", "d", "e"], 4)
    assert method == "last out" and len(sets) == 12


# --- on planned districts -------------------------------------------------------------------------------------


def test_five_levers_of_two_operators_are_told_apart(tmp_path: Path) -> None:
    """32 sets in 16 plans; parts add up; what was planned for the scenarios is not planned again."""
    save(tmp_path, "ducts.gpkg", [LineString([at(2, 3), at(6.5, 3.05)])], name=["duct"])
    folder = market(
        tmp_path,
        routes={"ducts": "ducts.gpkg"},
        scenarios={"apart": {"sharing": []}, "five": {"sharing": FIVE}},
        solver={"gap": 0.05, "time_limit_s": 60},
    )
    loaded = read_scenarios(folder, ["apart", "five"])
    folders = list(plan_scenarios(loaded, folder / "out", drawn=False).values())
    said: list[str] = []
    table = waterfalls(loaded, folders, Limits(), total_s=340, say=said.append)
    # no assets: the three models and the two that combine; towers, ducts: those and each operator alone
    assert "16 plans, 21 s each" in said
    assert sorted(table["lever"]) == sorted(FIVE) and set(table["method"]) == {"Shapley"}
    costs = [json.loads((path / "summary.json").read_text())["objective_npv"] for path in folders]
    assert table["value"].sum() == pytest.approx(costs[0] - costs[1], rel=1e-6)
    assert (table["value"] >= 0).all() and (table["low"] <= table["value"]).all()
    assert table.set_index("lever")["distinguishable"].any()


def test_sets_without_a_plan_in_time_cost_what_fewer_levers_cost() -> None:
    book = LeverCosts({}, costs={((), frozenset()): Cost(100, 90), ((), frozenset({"a"})): UNKNOWN})
    found = offered({assets: cost for (_, assets), cost in book.costs.items()})
    assert found[frozenset({"a"})] == Cost(100, -math.inf)
    (part,) = shapley(["a"], found)
    assert (part.value, part.low, part.high, part.distinguishable) == (0, 0, math.inf, False)
    assert together([Cost(1, 1), UNKNOWN]) == UNKNOWN
    assert together([IMPOSSIBLE, UNKNOWN, Cost(1, 1)]) == IMPOSSIBLE


@pytest.fixture(scope="module")
def explained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pd.DataFrame]:
    """A district with a tower, a duct and a lever that has nothing to open, planned, compared and explained."""
    folder = tmp_path_factory.mktemp("fall")
    save(folder, "towers.gpkg", [at(2.5, 2.5), at(6.5, 3.2)], name=["a", "b"], operator=["x", "y"])
    save(folder, "ducts.gpkg", [LineString([at(2, 3), at(6.5, 3.05)])], name=["duct"])
    district(
        folder,
        existing={"towers": "towers.gpkg"},
        routes={"ducts": "ducts.gpkg"},
        scenarios={"alone": {"sharing": []}, "shared": {"sharing": ["towers", "ducts", "fibre"]}},
    )
    loaded = read_scenarios(folder, ["alone", "shared"])
    folders = list(plan_scenarios(loaded, folder / "out", drawn=False).values())
    table = waterfalls(loaded, folders, Limits(), total_s=120)
    publish_comparison(folders, folder / "out", waterfall=table, drawn=False)
    return folder, table


def test_the_parts_of_a_planned_saving_add_up_to_it(explained: tuple[Path, pd.DataFrame]) -> None:
    folder, table = explained
    data = json.loads((folder / "out/comparison.json").read_text())
    saving = data["savings"][0]
    assert saving["value"] > 0
    assert sum(row["value"] for row in data["waterfall"]) == pytest.approx(saving["value"], rel=1e-6)
    rows = {row["lever"]: row for row in data["waterfall"]}
    assert set(rows) == {"towers", "ducts", "fibre"}
    assert rows["towers"]["method"] == "Shapley" and rows["towers"]["distinguishable"]
    assert (rows["fibre"]["value"], rows["fibre"]["method"]) == (0.0, "opens nothing")
    assert all(row["low"] <= row["value"] <= row["high"] for row in rows.values())
    assert pd.read_csv(folder / "out/waterfall.csv").shape == table.shape
    assert any("by lever (Shapley value" in line for line in data["words"].splitlines())


def test_a_plan_is_one_of_fewer_levers_where_it_uses_no_more(explained: tuple[Path, pd.DataFrame]) -> None:
    """So the part of a lever that a plan makes no use of is not an accident of how long a search took."""
    folder, _ = explained
    shared = read_plan(folder / "out" / "shared")
    assert set(shared.sites["structure"]) == {"tower-colocation"} and "duct" in set(shared.links["medium"])
    assert used(shared) == {"towers", "ducts"} and used(read_plan(folder / "out" / "alone")) == frozenset()
    loaded = {name: read_scenarios(folder, [name])[0] for name in ("alone", "shared")}
    book = LeverCosts(load_catalogue().levers)
    for name in ("shared", "alone"):
        book.learn(Known(loaded[name], UNKNOWN, folder / "out" / name))
    for assets, name in (({"towers", "ducts"}, "shared"), ({"towers", "fibre"}, "alone")):
        start = book.stock.start(loaded["shared"], frozenset(assets), ())
        assert start is not None and start.summary["scenario"] == name


def test_what_stands_apart_is_named_with_its_cost(explained: tuple[Path, pd.DataFrame]) -> None:
    folder, _ = explained
    found = compare([folder / "out/alone", folder / "out/shared"])
    apart, difference = found.built_apart, found.differences[0]
    sites = apart[apart["what"] == "site"]
    assert set(sites.loc[sites["only_in"] == "alone", "id"]) == set(difference.sites_only_reference)
    assert set(sites.loc[sites["only_in"] == "shared", "id"]) == set(difference.sites_only_scenario)
    plan = found.plans[0]
    for row in sites[sites["only_in"] == "alone"].itertuples():
        own = plan.tables["sites"].set_index("site_id")["npv"][row.id]
        on = plan.tables["equipment"]
        assert row.npv == pytest.approx(own + on.loc[on["site_id"] == row.id, "npv"].sum())


def test_nothing_is_saved_where_nothing_differs(tmp_path: Path) -> None:
    """One operator and no lever: exactly zero, in the saving, the accounts and the waterfall."""
    folder = market(
        tmp_path,
        operators=[{"name": "Only", "share": 1.0}],
        scenarios={"one": {"sharing": []}, "two": {"sharing": []}},
    )
    loaded = read_scenarios(folder, ["one", "two"])
    folders = list(plan_scenarios(loaded, folder / "out", drawn=False).values())
    comparison = compare(folders)
    saving = comparison.savings[0]
    assert (saving.value, saving.low, saving.high) == (0.0, 0.0, 0.0)
    assert (comparison.accounts["saving_npv"] == 0).all() and not comparison.accounts["distinguishable"].any()
    assert comparison.built_apart.empty
    assert waterfalls(loaded, folders).empty
    assert "costs exactly what" in explain(comparison)
    assert "two opens nothing that one does not open." in explain(comparison)


TERMS = {"rollout": [0.5, 0.3, 0.2], "opex_growth_per_year": {"rent": 0.04, "other": 0.01}}
TAXES = {"import_duty": 0.1, "vat": 0.18, "profit_tax": 0.3, "spectrum": {"mhz": 10, "per_year": 500}}


@pytest.mark.parametrize(
    ("perspective", "terms"),
    [("operator", {}), ("society", TERMS), ("operator", TERMS | TAXES)],
)
def test_accounts_add_up_to_what_is_spent(tmp_path: Path, perspective: str, terms: dict[str, Any]) -> None:
    """Whatever is taxed, grows or is built later: what operators bear net of relief is the cost of their plans."""
    folder = market(
        tmp_path,
        economics={"perspective": perspective} | terms,
        solver={"gap": 0.05},  # money adds up in any plan
        scenarios={"apart": {"sharing": []}, "shared": {"sharing": ["towers"]}, "roam": {"impose": ["roaming"]}},
    )
    loaded = read_scenarios(folder, ["apart", "shared", "roam"])
    folders = list(plan_scenarios(loaded, folder / "out", drawn=False).values())
    comparison = compare(folders)
    table = comparison.accounts
    for plan in comparison.plans:
        rows = table[table["scenario"] == plan.name]
        assert rows["pays_npv"].sum() == pytest.approx(rows["receives_npv"].sum(), abs=0.01)
        objective, builds = with_payments(plan.summary, "objective_npv"), rows["builds_npv"].sum()
        state = rows[rows["role"] == "state"]
        assert state.empty == ("profit_tax" not in terms)
        paid = builds if perspective == "society" else builds + rows["pays_npv"].sum()
        if not state.empty:  # relief from profit tax is paid by the state, and lowers what the operators bear
            paid -= 2 * float(state["pays_npv"].sum())
            # and what one earns from another is taxed, which is in no plan's own cost
            earning = {"Alpha", "Beta Telecom", "host operator"}
            paid -= TAXES["profit_tax"] * sum(each.npv for each in transfers(plan) if each.payee in earning)
            assert {"spectrum authority"} <= set(rows["party"])
        assert paid == pytest.approx(objective, rel=1e-9)
        if perspective == "operator":  # net of what they pay each other, as scenarios are compared
            borne = rows.loc[rows["role"] == "operator", "net_npv"].sum()
            assert borne == pytest.approx(plan.number("objective_npv"), rel=1e-9)
            assert borne < objective or plan.name != "roam"
        assert rows["net_npv"].sum() == pytest.approx(builds, rel=1e-9)
        open_ = [p.number("objective_npv") - p.number("bound_npv") for p in (comparison.plans[0], plan)]
        width = (rows["saving_high_npv"] - rows["saving_low_npv"]).to_numpy()
        assert width == pytest.approx(0.0 if plan is comparison.plans[0] else sum(open_), abs=1.0)
        assert not (rows["distinguishable"] & (rows["saving_npv"].abs() < width)).any()
    roam = table[table["scenario"] == "roam"].set_index("party")
    assert roam.loc["Alpha", "receives_npv"] > 0 and roam.loc["Alpha", "builds_npv"] > 0
    assert roam.loc["Beta Telecom", "pays_npv"] > 0 and roam.loc["Beta Telecom", "builds_npv"] == 0
    write_comparison(comparison, tmp_path / "out")
    assert math.isclose(pd.read_csv(tmp_path / "out/accounts.csv")["net_npv"].sum(), table["net_npv"].sum())
    assert "Who pays and who is paid" in explain(comparison)


def test_a_dearer_plan_gives_way_to_that_of_fewer_levers(explained: tuple[Path, pd.DataFrame], tmp_path: Path) -> None:
    """An offer that the search did not use in time must not make the answer dearer; the carried plan is audited."""
    folder, _ = explained
    fewer, more = (read_plan(folder / "out" / name) for name in ("alone", "shared"))
    assert better(more, fewer) is more and better(more, None) is more
    cost = fewer.summary["objective_npv"]
    dear = replace(more, summary=more.summary | {"objective_npv": cost * 1.1, "status": "feasible"})
    kept = better(dear, fewer)
    assert kept.summary["objective_npv"] == cost and kept.summary["scenario"] == "shared"
    assert kept.summary["bound_npv"] <= cost and kept.summary["gap"] > 0 and kept.summary["status"] == "feasible"
    assert kept.resolved["project"]["sharing"] == more.resolved["project"]["sharing"]
    assert any("uses no lever but" in warning for warning in kept.summary["warnings"])
    assert kept.summary["problem"] == {**more.summary["problem"], "plan_of": "alone"}
    assert set(kept.summary["problem"]) == set(PROBLEM), "what the reference explains"
    write_plan(kept, folder / "out" / "kept")
    shutil.copy(folder / "out" / "alone" / "coverage.tif", folder / "out" / "kept")
    assert verify_plan(folder / "out" / "kept") == []
    shutil.rmtree(folder / "out" / "kept")
    imposed = {**dear.resolved, "project": {**dear.resolved["project"], "impose": ["towers"]}}
    unlike = {**dear.resolved, "project": {**dear.resolved["project"], "targets": {"rural": 0.5}}}
    assert all(better(replace(dear, resolved=each), fewer).summary is dear.summary for each in (imposed, unlike))


def test_a_better_plan_that_needs_no_further_lever_is_carried_back(
    explained: tuple[Path, pd.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a later search found with nothing of what its scenario opens is no saving of what it opens."""
    home = district(tmp_path, scenarios={"alone": {"sharing": []}, "offered": {"sharing": ["fibre"]}})
    loaded, searched = read_scenarios(home, ["alone", "offered"]), list[Plan]()

    def dear_at_first(*args: Any, **more: Any) -> Plan:
        plan = plan_district(*args, **(more | {"earlier": None}))
        if not searched:  # as if the search had ended with a dearer plan
            cost = plan.summary["objective_npv"] * 1.2
            bound = plan.summary["bound_npv"] * 0.9
            plan = replace(plan, summary=plan.summary | {"objective_npv": cost, "bound_npv": bound, "gap": 0.25})
        searched.append(plan)
        return plan

    monkeypatch.setattr("netplan.studies.scenarios.plan_district", dear_at_first)
    told: list[tuple[str, float]] = []
    folders = plan_scenarios(
        loaded, home / "out", drawn=False, written=lambda each: told.append((each["scenario"], each["objective_npv"]))
    )
    cost = searched[1].summary["objective_npv"]
    assert told == [("alone", cost * 1.2), ("offered", cost), ("alone", cost)]
    alone = json.loads((folders["alone"] / "summary.json").read_text())
    assert alone["problem"]["plan_of"] == "offered" and alone["scenario"] == "alone"
    # nothing costs less without an offer; but the bound with it is that of a problem with other candidates left out
    bounds = [plan.summary["bound_npv"] for plan in searched]
    assert searched[1].summary["problem"]["dropped"] and alone["bound_npv"] == bounds[0] < bounds[1]
    assert {name: rows for name, rows in verify(home / "out").items() if rows} == {}
    assert compare(list(folders.values())).savings[0].value == 0.0
    # a plan that stands on what it opens is none of a scenario with fewer
    fewer, more = (read_plan(explained[0] / "out" / name) for name in ("alone", "shared"))
    assert used(more) and better(fewer, more) is fewer


def test_a_set_of_levers_costs_no_more_than_a_plan_that_uses_none_of_the_others(
    explained: tuple[Path, pd.DataFrame],
) -> None:
    (loaded,) = read_scenarios(explained[0], ["alone"])
    book = LeverCosts(load_catalogue().levers)
    none, some, both = frozenset[str](), frozenset({"towers"}), frozenset({"towers", "ducts"})
    book.costs = {((), none): Cost(100, 80), ((), some): Cost(90, 70), ((), both): Cost(85, 70)}
    book.without = {((), some): Cost(85, -math.inf)}
    projects = {each: loaded.project.model_copy(update={"sharing": tuple(sorted(each))}) for each in (none, some, both)}
    found = book.of_sets({each: replace(loaded, project=project) for each, project in projects.items()})
    assert [found[each] for each in (none, some, both)] == [Cost(100, 80), Cost(85, 70), Cost(85, 70)]


def within_budget(plan: Plan, weight: float, cost: float, bound: float = 1000.0) -> Plan:
    """The same as the answer to how many a budget serves."""
    served = {"objective": "weight served", "value": weight, "bound": bound, "gap": bound / weight - 1}
    least = {"objective": "cost", "value": cost, "bound": 0.9 * cost, "gap": 0.1}
    of_plan = {"mode": "budget", "stages": [served, least], "objective_npv": cost, "bound_npv": 0.9 * cost, "gap": 0.1}
    project = plan.resolved["project"] | {"budget": 1e6}
    return replace(plan, summary=plan.summary | of_plan, resolved=plan.resolved | {"project": project})


def test_within_a_budget_the_plan_that_serves_more_is_better(explained: tuple[Path, pd.DataFrame]) -> None:
    """A cheaper plan of fewer levers that serves fewer is no reason to serve fewer; one that serves more is kept."""
    folder, _ = explained
    fewer, more = (read_plan(folder / "out" / name) for name in ("alone", "shared"))
    ours, poorer = within_budget(more, 900.0, 9e5), within_budget(fewer, 800.0, 5e5)
    assert better(ours, poorer) is ours
    assert better(ours, within_budget(fewer, 900.0, 9.5e5)) is ours
    cheaper = better(ours, within_budget(fewer, 900.0, 8.5e5))
    assert cheaper.summary["objective_npv"] == 8.5e5 and cheaper.summary["bound_npv"] == 0.9 * 9e5
    kept = better(ours, within_budget(fewer, 950.0, 9.9e5))
    first, second = kept.summary["stages"]
    assert (first["value"], first["bound"]) == (950.0, 1000.0) and first["gap"] == pytest.approx(1000 / 950 - 1)
    # what serving 950 costs at least was never asked of the search with more levers
    assert second["bound"] is None and kept.summary["bound_npv"] is None and kept.summary["status"] == "feasible"
    loaded, stock = read_scenarios(folder, ["alone"])[0], Stock()
    for plan in (within_budget(fewer, 950.0, 9.9e5), poorer):
        stock.add(loaded, frozenset(), {(): plan})
    start = stock.start(loaded, frozenset("a"), ())
    assert start is not None and start.summary["stages"][0]["value"] == 950.0


def test_a_budget_serves_no_fewer_with_a_lever(tmp_path: Path) -> None:
    """Alone the money buys no network at all; a plan that spends nothing and serves nobody is not the cheaper one."""
    save(tmp_path, "towers.gpkg", [at(2.5, 2.5), at(6.5, 3.2)], name=["a", "b"], operator=["x", "y"])
    folder = district(
        tmp_path,
        existing={"towers": "towers.gpkg"},
        budget=150_000,
        targets={"rural": 0.0, "schools": 0.0},
        scenarios={"alone": {"sharing": []}, "shared": {"sharing": ["towers"]}},
    )
    folders = plan_scenarios(read_scenarios(folder, ["alone", "shared"]), folder / "out", drawn=False)
    alone, shared = (json.loads((path / "summary.json").read_text()) for path in folders.values())
    assert alone["stages"][0]["value"] == pytest.approx(0.0) and alone["objective_npv"] == pytest.approx(0.0)
    assert shared["stages"][0]["value"] > 1000 and 0 < shared["objective_npv"] <= 150_000
    assert "plan_of" not in shared["problem"] and verify_plan(folder / "out" / "shared") == []


def test_scenarios_that_spend_a_budget_are_told_apart_by_whom_they_serve(
    explained: tuple[Path, pd.DataFrame], tmp_path: Path
) -> None:
    folder, _ = explained
    plans = [read_plan(folder / "out" / name) for name in ("alone", "shared")]
    for plan, weight in zip(plans, (800.0, 900.0), strict=True):
        write_plan(within_budget(plan, weight, 1e6), tmp_path / str(plan.summary["scenario"]))
    comparison = compare([tmp_path / "alone", tmp_path / "shared"])
    assert any("is no saving" in note for note in comparison.notes)
    told = explain(comparison)
    assert "Within the same sum of USD 1.00 million, shared serves 900 people and facilities, 100 more than" in told
    assert "saves" not in told
    rich = [replace(each, project=each.project.model_copy(update={"budget": 1e6})) for each in
            read_scenarios(folder, ["alone", "shared"])]  # fmt: skip
    with pytest.raises(InputError, match="budget"):
        waterfalls(rich, [folder / "out" / "alone", folder / "out" / "shared"])


def test_a_plan_starts_from_the_cheapest_with_fewer_levers(explained: tuple[Path, pd.DataFrame]) -> None:
    """Not from the last one made: of a scenario with other levers, or that imposes some, it would be no plan here."""
    folder, _ = explained
    loaded = {name: read_scenarios(folder, [name])[0] for name in ("alone", "shared")}
    dear, cheap = (read_plan(folder / "out" / name) for name in ("alone", "shared"))
    assert cheap.summary["objective_npv"] < dear.summary["objective_npv"]
    stock = Stock()
    a, b, both = frozenset("a"), frozenset("b"), frozenset("ab")
    assert stock.start(loaded["shared"], both, ()) is None
    stock.add(loaded["alone"], a, {(): cheap})
    stock.add(loaded["alone"], b, {(): dear})
    assert stock.start(loaded["shared"], both, ()) is cheap
    assert stock.start(loaded["shared"], b, ()) is dear
    assert stock.start(loaded["shared"], frozenset(), ()) is dear  # the last one made, for want of one with fewer
    other = loaded["shared"].project.model_copy(update={"impose": ("towers",)})
    stock.add(replace(loaded["shared"], project=other), both, {(): dear})
    assert stock.start(loaded["shared"], both, ()) is cheap
    assert stock.starts(loaded["shared"], both) == {(): cheap}
