"""Money over time: the planner's factors against a spreadsheet by hand, the audit's arithmetic and hand-worked sums."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from smalldistrict import TAXED, described, district, planned
from spreadsheet import Asset

from netplan.cashflow import Terms, capex_flows, opex_flows
from netplan.catalogue import load_catalogue
from netplan.comparison import compare
from netplan.comparison.sensitivity import Stand, cost_at, economic_ranges, moved_by, prices_of
from netplan.comparison.sensitivity_inputs import Input
from netplan.costs import Economics
from netplan.errors import InputError
from netplan.pipeline import describe
from netplan.plans import read_plan
from netplan.plans.cashflow import cash_flow
from netplan.project import read_project
from netplan.project.schema import Project
from netplan.studies.sensitivity import End, changed
from netplan.valuation import economics_of
from netplan.verify import verify_plan
from netplan.verify.payments import payments, present_values

TODAY = Economics("USD", 2025, 0.08, 10, True, "society", 0.025)
OPERATOR = TAXED | {"years": 12, "spectrum": {"mhz": 20, "per_mhz_head_year": 0.01}, "gni_per_head": 1000}


def rollouts() -> st.SearchStrategy[tuple[float, ...]]:
    parts = st.lists(st.integers(0, 5), min_size=1, max_size=4).filter(any)
    return parts.map(lambda whole: tuple(part / sum(whole) for part in whole))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Economics, str, float, float, int | None]:
    """Any economics with an item of any category, life and price."""
    economics = Economics(
        "USD", 2025, draw(st.sampled_from([0.0, 0.03, 0.08, 0.2])), draw(st.integers(4, 25)), draw(st.booleans()),
        draw(st.sampled_from(["society", "operator"])), 0.0,
        rollout=draw(rollouts()),
        opex_growth_per_year=draw(st.sampled_from([{}, {"other": 0.02}, {"power": -0.03, "other": 0.05}])),
        import_share={"access": 0.8, "power": 0.5},
        import_duty=draw(st.sampled_from([0.0, 0.1, 0.6])),
        vat=draw(st.sampled_from([0.0, 0.18])),
        profit_tax=draw(st.sampled_from([0.0, 0.3])),
    )  # fmt: skip
    category = draw(st.sampled_from(["access", "power", "backhaul", "spectrum", "licence"]))
    return (
        economics,
        category,
        float(draw(st.integers(0, 10**6))),
        float(draw(st.integers(0, 10**5))),
        draw(st.none() | st.integers(1, 30)),
    )


def by_hand(economics: Economics, category: str, capex: float, opex: float, life: int | None) -> Asset:
    pays = economics.perspective == "operator"
    vat = economics.vat if pays and category not in ("spectrum", "licence") else 0.0
    duty = economics.import_duty * economics.import_share.get(category, 0.0) if pays else 0.0
    growth = economics.opex_growth_per_year
    built = (1.0,) if category == "licence" else economics.rollout  # held whatever stands
    return Asset(
        capex, opex, life, economics.years, economics.discount_rate, economics.residual, built,
        growth.get(category, growth.get("other", 0.0)), (1 + duty) * (1 + vat) - 1, vat,
        economics.profit_tax if pays else 0.0,
    )  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(cases())
def test_npv_and_cash_flow_are_those_of_a_spreadsheet(case: tuple[Economics, str, float, float, int | None]) -> None:
    economics, category, capex, opex, life = case
    asset = by_hand(*case)
    due = asset.npv()
    scale = capex + opex * economics.years
    years = np.nan if life is None else float(life)
    assert float(economics.npv(capex, opex, years, category)) == pytest.approx(due, rel=1e-9, abs=1e-9 * scale)
    items = pd.DataFrame([{"category": category, "capex": capex, "opex_per_year": opex, "life_years": years}])
    table = cash_flow(items, economics)
    paid = table.groupby("year")["amount"].sum()
    for year, amount in enumerate(asset.sheet()):
        assert paid.get(float(year), 0.0) == pytest.approx(amount, rel=1e-9, abs=1e-9 * scale)
    assert table["present_value"].sum() == pytest.approx(due, rel=1e-9, abs=1e-9 * scale)
    stated = {**vars(economics)}
    assert present_values(items, stated)[0] == pytest.approx(due, rel=1e-9, abs=1e-9 * scale)
    audit = payments(items, stated)
    kinds = table.groupby(["year", "category", "kind"])["amount"].sum().to_dict()
    for place in {*audit, *kinds}:
        assert audit.get(place, 0.0) == pytest.approx(kinds.get(place, 0.0), rel=1e-9, abs=1e-9 * scale), place
    for year, amount in enumerate(asset.sheet()):
        paid_then = sum(sum_of for (when, _, _), sum_of in audit.items() if when == year)
        assert paid_then == pytest.approx(amount, rel=1e-9, abs=1e-9 * scale)


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 1e6), st.floats(0, 1e5), st.one_of(st.just(np.nan), st.integers(1, 40), st.just(2.5)),
       st.sampled_from([0.0, 0.05, 0.15]), st.integers(1, 30), st.booleans())  # fmt: skip
def test_all_at_once_is_the_plain_formula(
    capex: float, opex: float, life: float, rate: float, years: int, residual: bool
) -> None:
    """Section 4 of the formats, written out: what plans cost before there was a roll-out."""
    due = capex + sum(opex / (1 + rate) ** t for t in range(1, years + 1))
    if np.isfinite(life):
        again = [k * life for k in range(1, 41) if k * life < years - 1e-9]
        due += sum(capex / (1 + rate) ** t for t in again)
        last = max([0.0, *again])
        due -= capex * (1 - (years - last) / life) / (1 + rate) ** years if residual else 0.0
    economics = replace(TODAY, discount_rate=rate, years=years, residual=residual, rollout=(1.0,))
    assert float(economics.npv(capex, opex, life, "access")) == pytest.approx(due, rel=1e-12, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(cases(), st.floats(0, 1e5), st.floats(0, 1e4), st.floats(0, 10))
def test_npv_is_linear(
    case: tuple[Economics, str, float, float, int | None], capex: float, opex: float, times: float
) -> None:
    economics, category, first, yearly, life = case
    years = np.nan if life is None else float(life)

    def npv(a: float, b: float) -> float:
        return float(economics.npv(a, b, years, category))

    both = npv(first + times * capex, yearly + times * opex)
    assert both == pytest.approx(npv(first, yearly) + times * npv(capex, opex), rel=1e-9, abs=1e-3)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.0, 0.3), st.floats(0.001, 0.2), st.integers(1, 30), rollouts())
def test_a_higher_rate_never_raises_what_is_paid_later(
    rate: float, more: float, years: int, shares: tuple[float, ...]
) -> None:
    terms = Terms(rate, max(years, len(shares)), False, shares)
    for flows in (capex_flows(4.0, terms), opex_flows(terms)):
        for flow in flows:
            now, then = (flow.amount * (1 + r) ** -flow.time for r in (rate, rate + more))
            assert (then <= now + 1e-15).all()
            late = (flow.time > 0) & (flow.amount > 1e-9)
            assert (then[late] < now[late]).all()


def test_building_later_costs_less_today_and_nothing_runs_before_it_is_built() -> None:
    whole, late = (replace(TODAY, rollout=shares, years=20) for shares in ((1.0,), (0.0, 0.0, 1.0)))
    assert float(late.npv(0.0, 100.0, np.nan)) < float(whole.npv(0.0, 100.0, np.nan))
    table = cash_flow(
        pd.DataFrame([{"category": "power", "capex": 10.0, "opex_per_year": 1.0, "life_years": 5.0}]), late
    )
    assert table.loc[table["kind"] == "operation", "year"].min() == 3
    assert sorted(table.loc[table["kind"].isin(["investment", "replacement"]), "year"]) == [2, 7, 12, 17]
    left = table.loc[table["kind"] == "residual value", "amount"].iloc[0]
    assert left == pytest.approx(-10 * 2 / 5)  # bought in year 17, worn out in 22


def test_society_pays_no_duty_no_vat_no_tax() -> None:
    terms = {"import_share": {"access": 1.0}, "import_duty": 0.5, "vat": 0.2, "profit_tax": 0.3}
    plain = float(TODAY.npv(100.0, 10.0, 5.0, "access"))
    assert float(replace(TODAY, **terms).npv(100.0, 10.0, 5.0, "access")) == plain
    duty = replace(TODAY, perspective="operator", **{**terms, "vat": 0.0, "profit_tax": 0.0})
    assert float(duty.npv(100.0, 0.0, np.nan, "access")) == pytest.approx(150.0)
    assert float(duty.npv(100.0, 0.0, np.nan, "backhaul")) == pytest.approx(100.0)


def resolved(**economics: Any) -> Economics:
    project = Project.model_validate(
        {"name": "x", "demand": {"settlements": "-"}, "targets": {"rural": 1.0}, "economics": economics}
    )
    return economics_of(project, load_catalogue())


def test_the_rate_follows_the_perspective() -> None:
    shipped = load_catalogue().economics
    assert shipped.wacc is not None
    assert resolved().discount_rate == shipped.discount_rate.value
    assert resolved(perspective="operator").discount_rate == shipped.wacc.value
    assert resolved(perspective="operator", discount_rate=0.11).discount_rate == 0.11
    parts = {"equity_share": 0.6, "cost_of_equity": 0.2, "cost_of_debt": 0.1, "inflation": 0.05}
    built = resolved(perspective="operator", wacc=parts, profit_tax=0.3, discount_rate=0.08)
    # 0.6 × 20 % + 0.4 × 10 % × 0.7 = 14.8 % nominal; 1.148 / 1.05 − 1
    assert built.discount_rate == pytest.approx(0.0933333333)
    assert resolved(wacc=parts, discount_rate=0.08).discount_rate == 0.08


@pytest.mark.parametrize(
    ("economics", "words"),
    [
        ({"rollout": [0.5, 0.3]}, "add up to 0.8"),
        ({"rollout": [1.5, -0.5]}, "0 or more"),
        ({"rollout": [0.2, 0.2, 0.6], "years": 2}, "build within it"),
        ({"rollout": [0.02] * 50}, "the horizon is 10"),
        ({"import_duty": -0.1}, "import_duty"),
        ({"vat": 1.2}, "vat"),
        ({"import_share": {"masts": 0.5}}, "no category `masts`"),
        ({"opex_growth_per_year": {"fuel": 0.02}}, "no category `fuel`"),
        ({"opex_growth_per_year": 0.9}, "real rate"),
        ({"wacc": {"equity_share": 1.4, "cost_of_equity": 0.2, "cost_of_debt": 0.1}}, "equity_share"),
        ({"arpu_per_month": {"suburban": 5}}, "no class `suburban`"),
        ({"arpu_per_month": {"urban": -5}}, "arpu_per_month"),
        ({"gni_per_head": 0}, "gni_per_head"),
        ({"spectrum": {"mhz": -20}}, "spectrum"),
        ({"spectrum": {"mhzz": 20}}, "did you mean `mhz`"),
    ],
)
def test_wrong_economics_are_told_with_their_key(tmp_path: Path, economics: dict[str, Any], words: str) -> None:
    folder = district(tmp_path, economics=economics)
    with pytest.raises(InputError) as caught:
        loaded = read_project(folder)
        economics_of(loaded.project, load_catalogue())
    assert words in caught.value.message()
    assert "economics" in caught.value.message()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A proven plan from an operator's point of view with everything that a finance person may ask for."""
    folder = district(tmp_path_factory.mktemp("money"), economics=OPERATOR, scenarios={"sharing": {"sharing": []}})
    planned(folder)
    return folder / "out" / "base"


def test_a_plan_with_everything_holds_and_adds_up(written: Path) -> None:
    assert verify_plan(written) == []
    plan = read_plan(written)
    objective = plan.summary["objective_npv"]
    table = pd.read_csv(written / "cashflow.csv")
    assert table["present_value"].sum() == pytest.approx(objective, rel=1e-9)
    assert {"investment", "operation", "residual value", "duty and tax", "tax relief"} <= set(table["kind"])
    areas = pd.read_csv(written / "viability.csv")
    assert areas["cost_npv"].sum() == pytest.approx(objective, rel=1e-9)
    assert len(areas) == plan.service["demand_id"].nunique()
    assert plan.summary["viability"]["subsidy_npv"] == pytest.approx(areas["gap_npv"].clip(lower=0).sum())
    held = plan.costs["category"] == "licence"
    licence = plan.costs[held].set_index("item")
    people = plan.demand["population"].sum()
    assert licence.loc["spectrum fee", "opex_per_year"] == pytest.approx(20 * people * 0.01)
    economics = Economics.of(plan.resolved["economics"])
    assert len(economics.rollout) > 1  # a slow roll-out makes no licence cheaper
    for capex, opex, life, npv in licence[["capex", "opex_per_year", "life_years", "npv"]].itertuples(index=False):
        years = None if np.isnan(life) else int(life)
        assert npv == pytest.approx(by_hand(economics, "licence", capex, opex, years).npv(), rel=1e-9)
    assert plan.summary["bound_npv"] <= objective * (1 + 1e-9)


def test_fees_of_radio_links_go_to_the_state_and_bear_no_vat(written: Path) -> None:
    plan = read_plan(written)
    fees = plan.costs[(plan.costs["category"] == "spectrum") & (plan.costs["layer"] == "links")]
    assert len(fees) and not plan.costs.loc[plan.costs["layer"] == "links", "category"].eq("rent").any()
    economics = Economics.of(plan.resolved["economics"])
    assert economics.vat == 0.18
    for capex, opex, npv in fees[["capex", "opex_per_year", "npv"]].itertuples(index=False, name=None):
        assert npv == pytest.approx(by_hand(economics, "spectrum", capex, opex, None).npv(), rel=1e-9)


def test_spectrum_is_a_constant_that_moves_plan_and_bound_alike(tmp_path: Path) -> None:
    with_fee, without = tmp_path / "a", tmp_path / "b"
    for folder, spectrum in ((with_fee, {"lump_sum": 50_000.0}), (without, None)):
        folder.mkdir()
        economics = {"perspective": "operator", "years": 10} | ({"spectrum": spectrum} if spectrum else {})
        district(folder, economics=economics)
    paid, free = planned(with_fee), planned(without)
    more = float(resolved(perspective="operator").npv(50_000.0, 0.0, 15.0, "licence"))
    assert paid.summary["objective_npv"] - free.summary["objective_npv"] == pytest.approx(more, rel=1e-6)
    assert paid.summary["bound_npv"] - free.summary["bound_npv"] == pytest.approx(more, rel=1e-6)
    assert set(paid.links["link_id"]) == set(free.links["link_id"])


def test_the_price_of_spectrum_is_an_input_of_the_sensitivity(written: Path) -> None:
    stand = Stand.of(compare([written, written]).plans[0])
    which = Input("economics", "spectrum_per_mhz_head", "", "value")
    span = moved_by(stand)[which]
    licence = stand.items[(stand.items["item"] == "spectrum licence")]["npv"].sum()
    assert licence > 0 and span.low == pytest.approx(span.value / 5) and span.high == pytest.approx(span.value * 2)
    assert cost_at(stand, which, span, span.high) == pytest.approx(stand.cost + licence)
    assert which in prices_of({which: span})


def test_spectrum_at_an_old_price_follows_the_rise_of_prices(written: Path, tmp_path: Path) -> None:
    """The catalogue's price of a MHz and head is of 2020: with another escalation a licence costs what it would."""
    plan = compare([written, written]).plans[0]
    costs = plan.tables["costs"]
    rest = replace(plan, tables={**plan.tables, "costs": costs[costs["category"] != "licence"]})
    which = Input("economics", "price_escalation_per_year", "", "value")
    for value in (0.0, 0.05):
        again = changed(read_project(written.parents[1]), End(which, "share/year", "low", value), tmp_path / str(value))
        due = float(describe(again).fixed["npv"].sum())
        span = economic_ranges(plan, Stand.of(plan).economics)[which]
        with_it, without = (cost_at(Stand.of(each), which, span, value) for each in (plan, rest))
        assert with_it - without == pytest.approx(due, rel=1e-9)


def test_spectrum_leaves_less_of_a_budget_and_may_leave_nothing(tmp_path: Path) -> None:
    economics = {"perspective": "operator", "spectrum": {"lump_sum": 300_000.0}}
    folder = district(tmp_path, economics=economics, budget=900_000, targets={"rural": 0.0, "schools": 0.0})
    plan = planned(folder)
    assert plan.summary["mode"] == "budget"
    assert 0 < plan.summary["objective_npv"] <= 900_000
    assert verify_plan(folder / "out" / "base") == []
    with pytest.raises(InputError, match="spectrum"):
        described(district(tmp_path, economics=economics, budget=100_000))


def spoil(written: Path, target: Path, name: str, change: Any) -> set[str]:
    """A copy of the plan with one table changed; the rules that the audit finds broken."""
    shutil.copytree(written, target / "out" / "base")
    for each in written.parents[1].iterdir():
        if each.is_file():
            shutil.copy(each, target / each.name)
    path = target / "out" / "base" / name
    if name.endswith(".csv"):
        table = pd.read_csv(path)
        change(table).to_csv(path, index=False)
    else:
        stated = yaml.safe_load(path.read_text())
        change(stated)
        path.write_text(yaml.safe_dump(stated) if name.endswith(".yaml") else json.dumps(stated))
    return {finding.rule for finding in verify_plan(target / "out" / "base")}


def scaled(column: str, row: int = 0) -> Any:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        values = table[column].to_numpy(float).copy()
        values[row] *= 1.01
        return table.assign(**{column: values})

    return change


def key(name: str, value: Any) -> Any:
    return lambda stated: stated["economics"].__setitem__(name, value)


@pytest.mark.parametrize(
    ("name", "change", "rule"),
    [
        ("cashflow.csv", scaled("amount"), "cash-flow"),
        ("cashflow.csv", scaled("present_value", 3), "cash-flow"),
        ("cashflow.csv", lambda table: table.iloc[1:], "cash-flow"),
        ("cashflow.csv", lambda table: table.drop(columns="amount"), "money-table"),
        ("viability.csv", scaled("cost_npv"), "viability"),
        ("viability.csv", scaled("revenue_npv"), "viability"),
        ("viability.csv", lambda table: table.iloc[1:], "viability"),
        ("summary.json", lambda stated: stated["viability"].__setitem__("subsidy_npv", 1.0), "viability"),
        ("summary.json", lambda stated: stated["local_content"].__setitem__("capex_local", 1.0), "money-objective"),
        ("resolved.yaml", key("import_duty", 0.05), "money-item"),
        ("resolved.yaml", key("rollout", [1.0]), "money-item"),
        ("resolved.yaml", key("profit_tax", 0.0), "money-item"),
        ("resolved.yaml", key("opex_growth_per_year", {}), "money-item"),
        ("resolved.yaml", key("spectrum_per_mhz_head", 1.0), "price"),
        ("resolved.yaml", key("arpu_per_month", {"rural": 1.0}), "viability"),
    ],
)
def test_planted_faults_in_money_are_found(written: Path, tmp_path: Path, name: str, change: Any, rule: str) -> None:
    assert rule in spoil(written, tmp_path, name, change)


def test_a_table_of_money_that_is_gone_is_missed(written: Path, tmp_path: Path) -> None:
    assert spoil(written, tmp_path, "summary.json", lambda stated: None) == set()
    (tmp_path / "out" / "base" / "cashflow.csv").unlink()
    assert {f.rule for f in verify_plan(tmp_path / "out" / "base")} == {"money-table"}
