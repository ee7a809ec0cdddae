"""The reckonings behind a report: numbers for people, origins and ranges of prices, electricity, indicators, words."""

from __future__ import annotations

import string
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pandas as pd
import planbuilder
import pytest

from netplan.catalogue.emissions import load_emissions
from netplan.catalogue.schema import Technology
from netplan.plans import write_plan
from netplan.plans.coverage import NOT_STATED
from netplan.report.content import Table
from netplan.report.context import Context
from netplan.report.energy import energy
from netplan.report.figures import Numbers
from netplan.report.insight import level_payment, levers_used, price_origins, price_range
from netplan.report.read import Material, Scenario, read_material
from netplan.report.sections.extra import _prices
from netplan.report.words import Words, languages, sentences
from netplan.report.write import read_report
from netplan.verify.payments import present_values
from netplan.yamltext import dump_yaml, load_yaml


@pytest.fixture
def written(tmp_path: Path) -> Path:
    write_plan(planbuilder.make_plan(tmp_path), tmp_path / "out")
    return tmp_path / "out"


@pytest.fixture
def scenario(written: Path) -> Scenario:
    return read_material(written).scenarios[0]


@pytest.mark.parametrize(
    ("method", "value", "text"),
    [
        ("fixed", 1234.5, "1,234"),
        ("fixed", -0.2, "0"),
        ("fixed", float("nan"), "–"),
        ("digits", 0.012345, "0.0123"),
        ("digits", 98765.0, "98,800"),
        ("plain", 0.087, "0.087"),
        ("plain", 23000.0, "23,000"),
        ("amount", 14.0, "14"),
        ("amount", 5.2317, "5.23"),
        ("amount", 455.4, "455"),
        ("percent", 0.12413, "12.4 %"),
        ("reached", 0.89999, "89.9 %"),
        ("reached", 0.9, "90.0 %"),
        ("rate", 0.025, "2.5 %"),
    ],
)
def test_numbers_read_well(method: str, value: float, text: str) -> None:
    assert getattr(Numbers(), method)(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12_342_027.4, "USD 12.34 million"),
        (-84_210.5, "−USD 84,210"),
        (16.077, "USD 16.08"),
        (2.5e9, "USD 2.50 billion"),
    ],
)
def test_money_reads_well(value: float, text: str) -> None:
    assert Numbers().money(value, "USD") == text


def test_numbers_follow_the_language() -> None:
    french = Numbers(decimal=",", thousands="\u202f", million="millions", code="fr")
    assert (
        french.fixed(1_234_567.5, 1) == "1\u202f234\u202f567,5"
        and french.money(2e6, "EUR") == "2,00\u00a0millions\u00a0EUR"
    )


def test_what_is_counted_takes_the_languages_form() -> None:
    assert [Words.of("fr").count("connection", n) for n in (0, 1, 2)] == [
        "0 raccordement", "1 raccordement", "2 raccordements",
    ]  # fmt: skip
    assert [Words.of("en").count("connection", n) for n in (0, 1)] == ["0 connections", "1 connection"]


def test_a_unit_after_a_bar_is_of_one() -> None:
    french = Words.of("fr")
    assert [french.measure(unit) for unit in ("USD/span", "USD/access-point/year", "span", "USD/km")] == [
        "USD/portée", "USD/point d'accès/an", "portées", "USD/km",
    ]  # fmt: skip
    assert Words.of("en").measure("USD/span") == "USD/span"


@pytest.mark.parametrize("language", languages())
def test_every_kind_of_network_that_a_table_names_has_words(language: str) -> None:
    kinds = {*get_args(Technology.model_fields["kind"].annotation), NOT_STATED}
    assert {kind for kind in kinds if not Words.of(language).has(f"indicators.kind.{kind}")} == set()


def test_a_level_payment_pays_the_plan(scenario: Scenario) -> None:
    yearly = level_payment(scenario)
    assert yearly is not None
    paid = sum(yearly / 1.08**year for year in range(1, 11))
    assert paid == pytest.approx(scenario.summary["objective_npv"])


def test_levers_at_work_are_counted(scenario: Scenario) -> None:
    links = scenario.tables["links"]
    km = float(links.loc[links["medium"] == "pipe", "length_m"].sum()) / 1000
    used = {lever.key: (lever.sites, lever.km) for lever in levers_used(scenario)}
    assert used == {"towers": (1, 0.0), "water-pipes": (0, pytest.approx(km))}


def rewrite(written: Path, **changes: Any) -> Scenario:
    """The plan with numbers of its catalogue marked or widened: entry path -> what is laid over the quantity."""
    resolved = load_yaml((written / "resolved.yaml").read_text(encoding="utf-8"))
    for place, laid in changes.items():
        section, entry, kind, position, field = place.split("__")
        resolved["catalogue"][section][entry][kind][int(position)][field] |= laid
    (written / "resolved.yaml").write_text(dump_yaml(resolved), encoding="utf-8")
    return read_material(written).scenarios[0]


def test_prices_are_traced_to_where_they_come_from(written: Path) -> None:
    found = rewrite(written, technologies__radio__premises__0__capex={"assumption": True})
    origins = price_origins(found)
    costs = found.tables["costs"]
    assumed = float(costs.loc[costs["item"] == "terminal", "npv"].sum())
    sums = origins.groupby("origin")["npv"].sum()
    assert sums["assumed"] == pytest.approx(assumed) and "unknown" not in sums
    assert origins["npv"].sum() == pytest.approx(found.summary["objective_npv"])


def test_power_is_traced_though_it_is_no_rows_own_entry(written: Path) -> None:
    found = rewrite(written, power__sun__costs__0__capex={"assumption": True})
    costs = found.tables["costs"]
    sums = price_origins(found).groupby("origin")["npv"].sum()
    assert sums["assumed"] == pytest.approx(float(costs.loc[costs["item"] == "panel", "npv"].sum()))


def test_price_ranges_move_the_cost_as_planning_again_would(tmp_path: Path) -> None:
    """Twice the price of the terminal, priced by netplan itself, is what the range says of `high: twice`."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    write_plan(planbuilder.make_plan(tmp_path / "a"), tmp_path / "a" / "out")
    value, running = 80.0, 2.0
    found = rewrite(
        tmp_path / "a" / "out",
        technologies__radio__premises__0__capex={"low": value / 2, "high": 2 * value},
        technologies__radio__premises__0__opex_per_year={"low": running / 2, "high": 3 * running},
    )
    row = price_range(found).set_index(["entry", "item"]).loc[("radio", "terminal")]
    original = planbuilder._cost
    try:
        planbuilder._cost = lambda item, category, capex, opex=0.0, *rest, **kw: (  # type: ignore[assignment]
            original(item, category, 2 * capex, 3 * opex, *rest, **kw)
            if item == "terminal"
            else original(item, category, capex, opex, *rest, **kw)
        )
        dearer = planbuilder.make_plan(tmp_path / "b")
    finally:
        planbuilder._cost = original
    again = float(dearer.costs.loc[dearer.costs["item"] == "terminal", "npv"].sum())
    assert row["high"] == pytest.approx(again) and row["low"] == pytest.approx(row["npv"] / 2)
    rest = price_range(found)
    rest = rest[rest["item"] != "terminal"]
    for end in ("low", "high"):
        assert list(rest[end]) == pytest.approx(list(rest["npv"]))


def test_price_ranges_are_valued_as_the_plan_is(written: Path) -> None:
    """Roll-out, growth and taxes are in the ends as in the plan: the audit's arithmetic of the dearer yearly price."""
    found = rewrite(written, technologies__radio__premises__0__opex_per_year={"low": 1.0, "high": 8.0})
    terms = {
        **found.economics, "perspective": "operator", "rollout": [0.5, 0.5], "vat": 0.18, "profit_tax": 0.3,
        "import_duty": 0.1, "opex_growth_per_year": {"other": 0.04},
    }  # fmt: skip
    costs = found.tables["costs"]
    costs = costs.assign(npv=present_values(costs, terms))
    found = replace(found, economics=terms, tables={**found.tables, "costs": costs})
    row = price_range(found).set_index("item").loc["terminal"]
    mine = costs[costs["item"] == "terminal"]
    for end, times in (("low", 0.5), ("high", 4.0)):
        dearer = mine.assign(opex_per_year=times * mine["opex_per_year"])
        assert row[end] == pytest.approx(present_values(dearer, terms).sum(), rel=1e-12)


def test_a_price_of_nothing_has_the_range_that_is_stated(written: Path) -> None:
    """Terminals are free to begin with, and may come to cost 100: as much as there are of them, as the audit values
    it. On how much dearer ground a trench lies is in what it costs alone."""
    found = rewrite(
        written,
        technologies__radio__premises__0__capex={"value": 0.0, "high": 100.0},
        media__trench__costs__0__capex={"value": 0.0, "high": 9000.0},
    )
    costs = found.tables["costs"]
    costs = costs.assign(capex=costs["capex"].where(~costs["item"].isin(["terminal", "trench"]), 0.0))
    costs = costs.assign(npv=present_values(costs, found.economics))
    rows = price_range(replace(found, tables={**found.tables, "costs": costs})).set_index("item")
    mine = costs[costs["item"] == "terminal"]
    older = (1.0 + found.economics["escalation_per_year"]) ** (found.economics["price_year"] - 2024)
    due = present_values(mine.assign(capex=100.0 * older * mine["quantity"]), found.economics).sum()
    assert rows.loc["terminal", "high"] == pytest.approx(due, rel=1e-12) and due > mine["npv"].sum() > 0
    assert rows.loc["terminal", "low"] == pytest.approx(mine["npv"].sum())
    assert rows.loc["trench", "high"] == pytest.approx(rows.loc["trench", "npv"])


def test_agreements_of_operators_have_their_range_and_origin(scenario: Scenario, tmp_path: Path) -> None:
    price = {"value": 500.0, "low": 100.0, "high": 1500.0, "assumption": True}
    lever = {"tenancy": {"coordination": [{"item": "joint core", "per": "agreement", "capex": price}]}}
    row = {"layer": "other_costs", "row_id": "agreement", "item": "joint core", "category": "coordination",
           "unit": "unit", "quantity": 1.0, "capex": 500.0, "opex_per_year": 0.0, "npv": 500.0}  # fmt: skip
    costs = pd.concat([scenario.tables["costs"], pd.DataFrame([row])], ignore_index=True)
    joint = replace(
        scenario,
        tables={**scenario.tables, "costs": costs},
        catalogue={**scenario.catalogue, "levers": {**scenario.catalogue.get("levers", {}), "together": lever}},
    )
    found = price_range(joint).set_index("item").loc["joint core"]
    assert (found["low"], found["high"]) == (pytest.approx(100.0), pytest.approx(1500.0))
    assert price_origins(joint)["origin"].iloc[-1] == "assumed"
    table = _prices(Context(Material(tmp_path, (joint,)), Words.of("fr")))
    rows = {row[0]: row[1] for row in table.rows[:-1]}
    assert rows["joint core"] == "Accords de partage" and all(rows.values()), "of no entry: the part of the cost"


def test_electricity_is_watts_all_year_and_solar_gives_no_carbon(scenario: Scenario) -> None:
    found = energy(scenario, "RWA")
    watts = 50.0 * 2  # two sites of 50 W; the radio states no load
    assert found.kwh == {"solar": pytest.approx(watts * 8.76)} and found.co2_t == 0.0 and found.named


def test_radios_of_a_hop_draw_at_both_ends(scenario: Scenario) -> None:
    media = scenario.catalogue["media"]
    fed = {**scenario.catalogue, "media": {**media, "air": {**media["air"], "load_w": {"value": 20.0}}}}
    found = energy(replace(scenario, catalogue=fed), "RWA")
    assert found.kwh == {"solar": pytest.approx((50.0 * 2 + 20.0 * 2) * 8.76)}


def test_grid_electricity_has_its_countrys_carbon(written: Path) -> None:
    resolved = load_yaml((written / "resolved.yaml").read_text(encoding="utf-8"))
    resolved["catalogue"]["power"]["sun"]["kind"] = "grid"
    (written / "resolved.yaml").write_text(dump_yaml(resolved), encoding="utf-8")
    found, table = read_material(written).scenarios[0], load_emissions()
    kwh = 100.0 * 8.76
    assert energy(found, "RWA").co2_t == pytest.approx(kwh * table.grid["RWA"].value / 1e6)
    world = energy(found)
    assert (energy(found, "RWA").country, world.country) == ("RWA", None)
    assert world.co2_t == pytest.approx(kwh * table.grid["world"].value / 1e6) and not world.named
    resolved["catalogue"]["power"]["sun"]["kind"] = "hybrid"
    (written / "resolved.yaml").write_text(dump_yaml(resolved), encoding="utf-8")
    hybrid = energy(read_material(written).scenarios[0], "RWA")
    expected = kwh * table.diesel.value * table.hybrid_diesel_share.value / 1e6
    assert hybrid.co2_t == pytest.approx(expected)


def test_emission_factors_are_sourced_and_inside_their_range() -> None:
    table = load_emissions()
    for each in (*table.grid.values(), table.diesel, table.hybrid_diesel_share):
        assert each.source and each.low is not None and each.high is not None and each.low <= each.value <= each.high
    assert all(len(key) == 3 and key.isupper() for key in table.grid if key != "world")


def test_indicators_follow_from_the_plan(written: Path) -> None:
    report = read_report(written)
    section = next(each for each in report.sections if each.key == "indicators")
    table = section.blocks[1]
    assert isinstance(table, Table)
    rows = {row[0]: row for row in table.rows}
    # 800 villagers at 85 % and 4,000 townspeople at 95 %, of which the radio (4G) serves all but a tenth of the village
    mobile = (0.75 * 800 + 0.95 * 4000) / 4800
    assert rows["People covered by a mobile network, 4G or better"][3] == f"{(mobile + 0.05 * 4000 / 4800) * 100:.1f} %"
    assert rows["People covered by a mobile network, 5G or better"][3] == "0.0 %"
    access = (0.4 * 0.85 * 200 + 0.6 * 1.0 * 1000) / 1200
    assert rows["Household internet access"][3] == f"{access * 100:.1f} %"
    assert rows["Connected: schools"][1:4] == ("SDG 4.a.1", "0.0 %", "100.0 %")
    sky = 0.1 * 80 / 4800 * 100
    assert rows["Fixed broadband subscriptions per 100 people"][3] == f"{sky:.1f}"


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_language_says_the_same_with_the_same_figures() -> None:
    english = sentences("en")
    for language in languages():
        other = sentences(language)
        assert set(other) == set(english), set(other) ^ set(english)
        assert {key: fields(text) for key, text in other.items()} == {
            key: fields(text) for key, text in english.items()
        }
