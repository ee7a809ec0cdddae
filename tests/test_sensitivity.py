"""The tornado against plans priced anew from a changed catalogue, and plans made anew at its ends."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from marketplace import market
from smalldistrict import at, district, planned, save, technology

from netplan.catalogue.load import shipped_folder
from netplan.cli.plan import _again
from netplan.comparison import compare, sensitivity
from netplan.comparison.phrases import LANGUAGES
from netplan.comparison.sensitivity import ALL_PRICES, Stand, break_even, cost_at, economic_ranges, moved_by
from netplan.comparison.sensitivity_inputs import Input, ranges
from netplan.comparison.sensitivity_write import draw_sensitivity, read_sensitivity, sentences, write_sensitivity
from netplan.comparison.tornado import AsWritten, tornado
from netplan.pipeline import describe
from netplan.plans import Plan, read_plan
from netplan.project import read_project, read_scenarios
from netplan.report.sections.digests import DIGESTS, digest
from netplan.report.words import Words
from netplan.studies import Limits, plan_scenarios
from netplan.studies.sensitivity import End, _rows, changed, resolve_ends, widest_ends
from netplan.studies.shapley import Cost
from netplan.yamltext import load_yaml

SCENARIOS = ("greenfield", "sharing")
FREE: dict[str, Any] = {
    "item": "Survey", "category": "access", "per": "unit",
    "capex": {"value": 0, "unit": "USD", "year": 2020, "high": 500, "source": "none asked yet"},
    "opex_per_year": {"value": 0, "unit": "USD/year", "year": 2025, "high": 20, "source": "none asked yet"},
    "life_years": {"value": 4, "unit": "years", "source": "test"},
}  # fmt: skip
"""A line that costs nothing now, and may come to cost something."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sensitive")
    save(folder, "towers.gpkg", [at(2.2, 3.1), at(6.0, 3.2)], name=["t1", "t2"])
    lines = load_yaml((shipped_folder() / "technologies" / "lte-800.yaml").read_text(encoding="utf-8"))["costs"]
    models = technology(folder, "lte-800", "lte-800", costs=[*lines, FREE])
    district(folder, existing={"pops": "pop.gpkg", "towers": "towers.gpkg"}, models=[models])
    for scenario in SCENARIOS:
        planned(folder, scenario)
    return folder


@pytest.fixture(scope="module")
def table(home: Path) -> pd.DataFrame:
    return sensitivity(compare([home / "out" / scenario for scenario in SCENARIOS]))


def priced_anew(home: Path, scenario: str, end: End, plan: Plan) -> float:
    """The same plan at the prices of a catalogue with one number changed, every stage run again up to its items."""
    loaded = changed(read_project(home, scenario), end, home / "changed" / end.folder)
    district_ = describe(loaded)
    kept = ((district_.sites.items, plan.sites["site_id"]), (district_.options.items, plan.equipment["option_id"]),
            (district_.backhaul.items, plan.links["link_id"]))  # fmt: skip
    total = sum(float(items.loc[items["row_id"].isin(set(ids)), "npv"].sum()) for items, ids in kept)
    each = district_.options.premises_items.groupby("row_id")["npv"].sum()
    technology = plan.equipment.set_index("option_id")["technology"]
    service = (
        plan.service["premises"].to_numpy() * each.reindex(technology.reindex(plan.service["option_id"])).to_numpy()
    )
    return total + float(np.nansum(service))


def some(table: pd.DataFrame) -> list[tuple[str, str]]:
    """The widest input of each kind."""
    alone = table[table["input"] != ALL_PRICES]
    kinds = alone["section"].where(alone["section"] == "economics", alone["field"])
    first = alone.assign(kind=kinds.where(alone["section"] != "economics", alone["entry"])).drop_duplicates("kind")
    return list(zip(first["input"], ["low", "high"] * len(first), strict=False))


def test_costs_at_the_ends_are_those_of_a_changed_catalogue(home: Path, table: pd.DataFrame) -> None:
    plans = {scenario: read_plan(home / "out" / scenario) for scenario in SCENARIOS}
    tried = some(table)
    assert {"capex", "opex_per_year", "life_years"} <= set(table["field"])
    assert {"discount_rate", "years", "price_escalation_per_year"} <= set(table["entry"])
    for label, name in tried:
        row = table[table["input"] == label].iloc[0]
        which = Input(*(str(row[key]) for key in ("section", "entry", "item", "field", "per")))
        end = End(which, str(row["unit"]), name, float(row[name]))
        for scenario, column in zip(SCENARIOS, ("reference", "scenario"), strict=True):
            due = priced_anew(home, scenario, end, plans[scenario])
            assert row[f"{column}_cost_at_{name}"] == pytest.approx(due, rel=1e-9), (label, name, scenario)


def test_a_price_of_nothing_moves_over_its_range_too(home: Path) -> None:
    for stand in map(Stand.of, compare([home / "out" / scenario for scenario in SCENARIOS]).plans):
        free = {which: span for which, span in moved_by(stand).items() if which.item == FREE["item"]}
        assert {which.field for which in free} == {"capex", "opex_per_year"}
        for which, span in free.items():
            end = End(which, span.unit, "high", span.high)
            due = priced_anew(home, stand.plan.name, end, read_plan(home / "out" / stand.plan.name))
            assert cost_at(stand, which, span, span.high) == pytest.approx(due, rel=1e-9) and due > stand.cost
            assert cost_at(stand, which, span, 0.0) == stand.cost
            assert break_even(which, span, lambda value: 10.0 - value) == pytest.approx(10.0)


def test_break_even_values_are_where_the_saving_is_nil(home: Path, table: pd.DataFrame) -> None:
    a, b = (Stand.of(plan) for plan in compare([home / "out" / scenario for scenario in SCENARIOS]).plans)
    spans = {**ranges(b.items), **ranges(a.items), **economic_ranges(a.plan, a.economics)}
    turning = table[table["break_even"].notna()]
    assert len(turning)
    for row in turning.to_dict("records"):
        which = Input(*(row[key] for key in ("section", "entry", "item", "field", "per")))
        left = [cost_at(stand, which, spans[which], row["break_even"]) for stand in (a, b)]
        if which.entry != "years":
            assert left[0] - left[1] == pytest.approx(0.0, abs=1e-6 * a.cost)


def test_all_prices_at_once_is_the_sum_of_the_worse_ends(table: pd.DataFrame) -> None:
    together = table[table["input"] == ALL_PRICES].iloc[0]
    prices = table[table["field"].isin(["capex", "opex_per_year"])]
    worse = prices[["saving_at_low", "saving_at_high"]].min(axis=1) - prices["saving"]
    assert together["saving_at_low"] == pytest.approx(together["saving"] + worse.clip(upper=0).sum())
    assert bool(together["survives"]) == (together["saving_at_low"] > 0)


def test_a_plan_against_itself_saves_nothing_at_any_end(home: Path) -> None:
    same = sensitivity(compare([home / "out" / "sharing", home / "out" / "sharing"]))
    assert list(same["input"]) == [ALL_PRICES]
    assert (same[["saving", "saving_at_low", "saving_at_high"]] == 0).all().all()


def test_plans_that_are_alike_are_said_to_be_and_have_no_tornado(home: Path, tmp_path: Path) -> None:
    comparison = compare([home / "out" / "sharing", home / "out" / "sharing"])
    table = sensitivity(comparison)
    (tmp_path / "sensitivity.png").write_bytes(b"of an earlier comparison")
    assert [path.name for path in write_sensitivity(comparison, table, tmp_path)] == ["sensitivity.csv"]
    assert not (tmp_path / "sensitivity.png").exists()
    (said,) = sentences(table, "USD")
    assert "no price" in said and "saves" not in said and "0 of 0" not in said
    assert DIGESTS["sensitivity"][1](table).empty  # nor has the report a table of it


def test_files_and_words(home: Path, table: pd.DataFrame, tmp_path: Path) -> None:
    comparison = compare([home / "out" / scenario for scenario in SCENARIOS])
    made = write_sensitivity(comparison, table, tmp_path)
    assert [path.name for path in made] == ["sensitivity.csv", "sensitivity.png"]
    assert made[1].stat().st_size > 20_000
    again = read_sensitivity(made[0])
    pd.testing.assert_frame_equal(again, table.reset_index(drop=True), check_dtype=False)
    words = "\n".join(sentences(again, "USD"))
    alone = table[table["input"] != ALL_PRICES]
    assert f"{int(alone['survives'].sum())} of {len(alone)} inputs" in words
    assert str(alone["input"].iloc[0]) in words
    # what it is at either end, in the order of the ends
    top = again[again["input"] == alone["input"].iloc[0]].index[0]
    turned = again.copy()
    turned.loc[top, ["saving_at_low", "saving_at_high"]] = [4e6, -3e6]
    turned.loc[top, ["low", "high"]] = [60.0, 200.0]
    told = "\n".join(sentences(turned, "USD"))
    apart = sentences(again, "USD", ["sharing"])
    assert "that is no saving" in apart[-1] and "saving is" not in "".join(apart) and "no saving" not in words
    large = turned.assign(low=500.0, high=46000.0, break_even=18413.6, survives=False, unit="USD/km")
    said = "\n".join(sentences(large, "USD"))
    assert "(nil at 18,410 USD/km)" in said and "over 500 to 46,000 USD/km" in said and "e+" not in said
    assert re.search(
        r"4 million|4\.00 million", told.split(" over 60 to 200")[0].split("hangs most on")[1].split(" to ")[0]
    )


def test_of_several_scenarios_each_has_a_tornado_of_its_own(home: Path, table: pd.DataFrame, tmp_path: Path) -> None:
    comparison = compare([home / "out" / scenario for scenario in SCENARIOS])
    both = pd.concat([table, table.assign(scenario="another")])
    (tmp_path / "sensitivity_of-before.png").write_bytes(b"of an earlier comparison")
    (tmp_path / "sensitivity_of-before-fr.png").write_bytes(b"in another language")
    wide = [tornado(rows, "USD", {}).get_size_inches() for rows in (both, table)]
    names = [path.name for path in draw_sensitivity(comparison, both, tmp_path)]
    assert names == ["sensitivity.png", f"sensitivity_{SCENARIOS[-1]}.png", "sensitivity_another.png"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*names, "sensitivity_of-before-fr.png"])
    assert wide[1][1] < 0.65 * wide[0][1]  # so that it is large on a page


def test_the_tornado_of_plans_that_ask_something_else_tells_of_no_saving(
    home: Path, table: pd.DataFrame, tmp_path: Path
) -> None:
    comparison = compare([home / "out" / scenario for scenario in SCENARIOS])
    first, second = comparison.plans
    unlike = replace(comparison, plans=(first, replace(second, project={**second.project, "market_share": 0.4})))
    drawn = [draw_sensitivity(each, table, tmp_path)[0].read_bytes() for each in (comparison, unlike)]
    assert drawn[0] != drawn[1]
    for code, saves in (("en", "saving"), ("fr", "économie")):
        for apart in ((), ("sharing",)):
            (ax,) = tornado(table, "USD", {}, LANGUAGES[code], unlike=apart).axes
            for said in (ax.get_title(loc="left"), ax.get_xlabel()):
                assert (saves in said) == (not apart), said


def test_the_share_that_is_imported_names_its_category_in_the_language(table: pd.DataFrame) -> None:
    row = table[table["input"] != ALL_PRICES].head(1)
    imported = row.assign(input="economics: import_share.structure", unit="", low=0.1, high=0.9)
    said = {}
    for code, names in (("en", AsWritten()), ("fr", Words.of("fr"))):
        (ax,) = tornado(imported, "USD", {}, LANGUAGES[code], names).axes
        said[code] = ax.get_yticklabels()[0].get_text()
    assert said["en"] == "import share (masts and poles) [0.1–0.9]"
    assert said["fr"].startswith("part importée (pylônes et mâts)") and "share" not in said["fr"]


def test_a_french_tornado_names_its_inputs_in_french(home: Path, table: pd.DataFrame, tmp_path: Path) -> None:
    comparison = compare([home / "out" / scenario for scenario in SCENARIOS])
    (path,) = draw_sensitivity(comparison, table, tmp_path, LANGUAGES["fr"], Words.of("fr"))
    assert path.name == "sensitivity-fr.png" and path.stat().st_size > 20_000
    plan = comparison.plans[-1]
    labels = {f"{part}/{key}": plan.label(part, key) for part, held in plan.catalogue.items() for key in held}
    for language, names in ((LANGUAGES["en"], AsWritten()), (LANGUAGES["fr"], Words.of("fr"))):
        (ax,) = tornado(table, comparison.currency, labels, language, names).axes
        ticks = [label.get_text().replace("\n", " ") for label in ax.get_yticklabels()]
        assert language.say("all_prices") == ticks[0]
        top = table[table["input"] != ALL_PRICES].iloc[0]
        assert names.item(str(top["item"])) in ticks[-1]
        assert all(tick.endswith("]") for tick in ticks[1:])  # the range is never cut
    assert not any("capex" in tick or "opex per year" in tick for tick in ticks)


def test_planning_again_never_costs_more_than_the_plan_that_stood(home: Path, table: pd.DataFrame) -> None:
    loaded = [read_project(home, scenario) for scenario in SCENARIOS]
    folders = {scenario: home / "out" / scenario for scenario in SCENARIOS}
    found = resolve_ends(loaded, folders, table, 2, home / "again")
    assert len(found) == 2 and (home / "again" / "sensitivity_resolved.csv").is_file()
    ends: dict[str, Any] = {end.which.name: end for end in widest_ends(table, 2)}
    for row in found.to_dict("records"):
        stood = table[table["input"] == row["input"]].iloc[0]
        assert row["input"] in ends
        for who in ("reference", "scenario"):
            assert row[f"{who}_cost"] <= stood[f"{who}_cost_at_{row['end']}"] * (1 + 1e-9)
        assert row["saving_low"] <= row["saving"] <= row["saving_high"]
        assert row["saving"] >= -1e-6  # an offer of masts never costs more than no offer
    write_sensitivity(compare(list(folders.values())), table, home / "again")
    assert not (home / "again" / "sensitivity_resolved.csv").exists()  # of another comparison


def test_operators_are_planned_again_with_their_agreement_at_its_ends(tmp_path: Path) -> None:
    """What an agreement costs is an input as others are, and operators that plan alone have no plan of one network."""
    folder = market(tmp_path, scenarios={"alone": {"sharing": []}, "host": {"impose": ["neutral-host"]}})
    loaded = read_scenarios(folder, ["alone", "host"])
    folders = plan_scenarios(loaded, tmp_path / "out", Limits(), drawn=False)
    table = sensitivity(compare([folders["alone"], folders["host"]]))
    agreed = table[(table["section"] == "levers") & (table["field"] == "capex")]
    assert list(agreed["entry"]) == ["neutral-host"] and (agreed["saving_at_high"] < agreed["saving_at_low"]).all()
    overhead = table[table["item"] == "Host's overhead"]
    assert list(overhead["section"]) == ["levers"]  # one number of the model, whatever it stands on
    grown = table[table["field"] == "increment"].set_index("per", drop=False)
    assert (grown["entry"] == "neutral-host").all() and {"access", "power"} <= set(grown.index)
    assert (grown["saving_at_high"] <= grown["saving_at_low"] + 1e-6).all() and grown["assumption"].all()
    shared = pd.concat([agreed, overhead]).index
    assert not set(shared) & set(table.index[table["field"] == "increment"])
    for row in (agreed, overhead, grown.loc[["access"]]):
        found = resolve_ends(loaded, folders, row, 1, tmp_path / "again")
        (again,) = found.to_dict("records")
        stood = row.iloc[0]
        assert again["scenario_cost"] == pytest.approx(stood[f"scenario_cost_at_{again['end']}"], rel=1e-6)
        assert again["reference_cost"] == pytest.approx(stood["reference_cost_at_low"], rel=1e-6)
        assert again["saving_low"] <= again["saving"] <= again["saving_high"]


def test_an_input_of_neither_plan_leaves_their_saving_as_planned() -> None:
    mast_price, pipe_price = (Input("structures", name, "Mast", "capex") for name in ("mast", "pipe"))
    table = pd.DataFrame({
        "scenario": ["b", "c"], "input": [mast_price.name, pipe_price.name], "saving": [10.0, 4.0],
        "saving_at_low": [12.0, 3.0],
    })  # fmt: skip
    low = End(mast_price, "USD", "low", 5.0)
    costs = [("a", Cost(100.0, 99.0)), ("b", Cost(88.0, 88.0)), ("c", Cost(96.0, 95.0)), ("d", Cost(105.0, 90.0))]
    mast, pipe, more = _rows(low, table, costs, {"b": 0, "d": 1})
    assert (mast["saving_low"], pipe["saving_low"], more["saving_low"], more["saving_high"]) == (11.0, 3.0, 0.0, 10.0)
    assert (mast["saving_as_planned"], pipe["saving_as_planned"]) == (12.0, 4.0)
    assert mast["survives"] and pipe["survives"]


def test_what_is_not_known_at_an_end_is_said_and_does_not_survive() -> None:
    price = Input("structures", "mast", "Mast", "capex")
    table = pd.DataFrame({"scenario": ["b", "c"], "input": price.name, "saving": -10.0, "saving_at_low": -9.0})
    costs = [("a", Cost(100.0, 99.0)), ("b", None), ("c", Cost(105.0, -math.inf))]
    gone, open_ = _rows(End(price, "USD", "low", 5.0), table, costs, {})
    assert not gone["survives"] and open_["survives"]
    assert "no plan at this end" in _again(gone) and "nan" not in _again(gone)
    assert "saving -5 (nothing proven); -9 with" in _again(open_)
    assert "difference of the costs -5 (nothing proven)" in _again(open_, ["c"])


def test_a_report_leaves_out_a_table_of_other_scenarios() -> None:
    table = pd.DataFrame({"reference": ["a"], "scenario": ["b"], "party": ["Water Board"], "saving_npv": [5.0]})
    words = Words.of("en")
    for name, rows in (("a", 1), ("b", 1), ("c", 0)):
        plan: Any = SimpleNamespace(name=name)
        assert len(digest("accounts", table, plan, words)) == rows, name
