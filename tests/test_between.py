"""What operators of one scenario pay each other: no cost of all of them together, by hand, audited, and said."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from marketplace import market, written
from smalldistrict import described

from netplan.between import kept, operators_of, paid_rows
from netplan.catalogue.load import shipped_folder
from netplan.comparison import compare, explain
from netplan.comparison.model import Comparison
from netplan.comparison.read import Written
from netplan.comparison.sensitivity import Stand, cost_at, moved_by
from netplan.comparison.sums import money
from netplan.comparison.transfers import transfers
from netplan.comparison.words import waterfall_words
from netplan.costs import Economics
from netplan.maps.languages import LANGUAGES
from netplan.maps.words import net_of_payments
from netplan.netted import CATEGORY, KEY, netted, told, with_payments
from netplan.plans import read_plan
from netplan.report.content import Table
from netplan.report.context import Context
from netplan.report.read import read_material
from netplan.report.sections.net import net_notes
from netplan.report.sections.plan import plan as plan_section
from netplan.report.words import Words
from netplan.studies.between import most_paid
from netplan.verify.parties import check_market
from netplan.yamltext import dump_yaml, load_yaml

VAT, TAX, RENT = 0.18, 0.3, 1000.0
YEARS = sum(1.1**-year for year in range(1, 11))
"""A sum of 1 at the end of each of ten years, at 10 %."""
ECONOMICS = {"perspective": "operator", "vat": VAT, "vat_recoverable": False, "profit_tax": TAX, "years": 10,
             "discount_rate": 0.1, "price_year": 2022}  # fmt: skip


def cheap_tower(folder: Path) -> str:
    """A catalogue of the project's own in which another's tower costs little but its rent, which is RENT a year."""
    tower = load_yaml((shipped_folder() / "structures/tower-colocation.yaml").read_text(encoding="utf-8"))
    lines = {line["item"]: line for line in tower["costs"]}
    lines["Tower rent"]["opex_per_year"] |= {"value": RENT, "low": RENT, "high": 2 * RENT}
    tower["costs"] = [lines["Site router and rack"], lines["Tower rent"]]
    (folder / "mine/structures").mkdir(parents=True)
    (folder / "mine/structures/tower-colocation.yaml").write_text(dump_yaml(tower), encoding="utf-8")
    return "mine"


@pytest.fixture(scope="module")
def paying(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, dict[str, Any]]]:
    """Operators alone, of whom one rents the other's tower; and a network in which the smaller one roams."""
    folder = tmp_path_factory.mktemp("paying")
    scenarios = {"alone": {"sharing": ["towers"]}, "roam": {"sharing": ["towers"], "impose": ["roaming"]}}
    models = [cheap_tower(folder)]
    market(folder, models=models, scenarios=scenarios, economics=ECONOMICS, solver={"gap": 0.05})
    return folder, written(folder, *scenarios)


@pytest.fixture(scope="module")
def compared(paying: tuple[Path, Any]) -> Comparison:
    return compare([paying[0] / "out" / name for name in ("alone", "roam")])


def test_what_one_operator_pays_another_lowers_the_tax_of_the_one_and_raises_that_of_the_other(
    paying: tuple[Path, Any], compared: Comparison
) -> None:
    """By hand: of a price p the guest bears p (1 + VAT) (1 − tax), and the host keeps p (1 − tax)."""
    folder, found = paying
    objective = found["roam"]["objective_npv"]
    costs = read_plan(folder / "out/roam").costs
    charged = costs[costs["item"] == "Wholesale price of roaming"]
    price = float(charged["opex_per_year"].sum()) * YEARS
    assert charged["npv"].sum() == pytest.approx(price * (1 + VAT) * (1 - TAX)) and price > 0
    table = compared.accounts
    net = table[table["scenario"] == "roam"].set_index("party")["net_npv"]
    assert net["Beta Telecom"] == pytest.approx(price * (1 + VAT) * (1 - TAX), rel=1e-6)
    assert net["Alpha"] == pytest.approx(objective - price * (1 + VAT) * (1 - TAX) - price * (1 - TAX), rel=1e-6)
    (note,) = (each for each in compared.notes if "pay each other" in each and " roam " in each)
    assert note.startswith(
        f"The cost of roam is net of {money(price * (1 - TAX), 'USD')} that operators pay each other"
    )
    assert f"with it they pay {money(objective, 'USD')}" in note
    assert compared.values("cost", "objective NPV")["roam"] == pytest.approx(objective - price * (1 - TAX))


def test_the_rent_of_another_operators_mast_is_its_cost_and_no_cost_of_all(
    paying: tuple[Path, Any], compared: Comparison
) -> None:
    folder, found = paying
    parts = [
        json.loads((folder / "out/alone" / name / "summary.json").read_text()) for name in ("alpha", "beta-telecom")
    ]
    gross, of_rent = sum(part["objective_npv"] for part in parts), RENT * YEARS * (1 - TAX)
    assert all(KEY not in part for part in parts), "each operator's own account stays as it is"
    summary = found["alone"]
    assert summary["objective_npv"] == pytest.approx(gross) and sum(p["counts"]["sites_shared"] for p in parts) == 1
    assert summary[KEY]["paid_npv"] == pytest.approx(of_rent)
    assert summary[KEY]["most_npv"] == pytest.approx(2 * of_rent), "each could rent the tower of the other"
    assert summary[KEY]["net_bound_npv"] == pytest.approx(summary["bound_npv"] - 2 * of_rent)
    values = {metric: compared.values("cost", metric)["alone"] for metric in compared.table["metric"][:10]}
    assert values["objective NPV"] == pytest.approx(gross - of_rent)
    assert values["payments between operators"] == pytest.approx(-of_rent)
    assert values["objective NPV, payments between operators counted"] == pytest.approx(gross)
    assert values["proven bound NPV, payments between operators counted"] == pytest.approx(summary["bound_npv"])
    for name in compared.names:
        rows = compared.table[compared.table["group"] == "costs by category"]
        assert rows[name].sum() == pytest.approx(compared.values("cost", "objective NPV")[name])
        mine = compared.accounts.query("scenario == @name and role == 'operator'")
        assert mine["net_npv"].sum() == pytest.approx(compared.values("cost", "objective NPV")[name])
    assert {each["name"]: each["pays_npv"] for each in summary["operators"]} == pytest.approx(
        {"Alpha": parts[0]["objective_npv"], "Beta Telecom": parts[1]["objective_npv"]}
    )


def test_a_saving_is_of_net_costs_and_its_interval_of_net_bounds(
    paying: tuple[Path, Any], compared: Comparison
) -> None:
    alone, roam = (paying[1][name][KEY] for name in ("alone", "roam"))
    saving = compared.savings[0]
    assert saving.value == pytest.approx(alone["net_npv"] - roam["net_npv"])
    assert saving.low == pytest.approx(alone["net_bound_npv"] - roam["net_npv"])
    assert saving.high == pytest.approx(alone["net_npv"] - roam["net_bound_npv"])
    assert alone["net_bound_npv"] < paying[1]["alone"]["bound_npv"], "a bound of what they pay bounds no net cost"
    said = explain(compared)
    assert "net present cost without what operators pay each other" in said and "payments between operators:" in said


def test_the_least_net_cost_is_not_proven_by_the_least_that_operators_pay() -> None:
    """The plan that costs them least may not cost all of them least: the word optimal goes with the bound."""
    proven = {"objective_npv": 100.0, "bound_npv": 100.0, "gap": 0.0, "status": "optimal"}
    summary: dict[str, Any] = {**proven, "costs_npv": {"rent": 100.0}, "cost_per_person_served": 10.0}
    net = netted(summary | {KEY: told(100.0, 20.0, 30.0, 70.0)})
    assert (net["objective_npv"], net["bound_npv"], net["status"]) == (80.0, 70.0, "feasible")
    assert net["gap"] == pytest.approx(10 / 80) and net["cost_per_person_served"] == pytest.approx(8.0)
    assert sum(net["costs_npv"].values()) == pytest.approx(80.0) and net["costs_npv"][CATEGORY] == -20.0
    assert [with_payments(net, key) for key in ("objective_npv", "bound_npv", "gap")] == [100.0, 100.0, 0.0]
    assert netted(summary | {KEY: told(100.0, 0.0, 0.0, 100.0)}) == summary | {KEY: told(100.0, 0.0, 0.0, 100.0)}
    unbounded = netted(summary | {KEY: told(100.0, 20.0, 30.0, None)})
    assert unbounded["gap"] is None and unbounded["status"] == "feasible" and netted(summary) == summary


def test_a_price_that_operators_pay_each_other_moves_the_net_cost_by_its_tax_alone(compared: Comparison) -> None:
    for plan, item in zip(compared.plans, ("Tower rent", "Wholesale price of roaming"), strict=True):
        stand = Stand.of(plan)
        assert stand.cost == pytest.approx(plan.number("objective_npv"))
        assert stand.gross == pytest.approx(with_payments(plan.summary, "objective_npv"))
        (which, span), *_ = (
            (k, r) for k, r in moved_by(stand).items() if k.item == item and k.field == "opex_per_year"
        )
        paid = sum(each.npv for each in transfers(plan) if each.item == item)
        more = cost_at(stand, which, span, 2 * span.value) - stand.cost
        assert more == pytest.approx(paid * VAT * (1 - TAX)) and more > 0


def test_payments_between_operators_are_audited_from_the_files(paying: tuple[Path, Any], tmp_path: Path) -> None:
    assert [check_market(paying[0] / "out" / name) for name in ("alone", "roam")] == [[], []]
    shutil.copytree(paying[0], tmp_path / "copy")
    for name, key, by in (
        ("alone", "most_npv", -50.0), ("roam", "paid_npv", 50.0), ("roam", "net_bound_npv", 50.0),
        ("roam", "net_gap", 0.1), ("roam", "", 0.0),
    ):  # fmt: skip
        path = tmp_path / "copy/out" / name / "summary.json"
        summary = json.loads(path.read_text())
        block = summary[KEY] | {key: summary[KEY][key] + by} if key else None
        path.write_text(json.dumps(summary | {KEY: block}))
        found = {finding.rule for finding in check_market(path.parent)}
        path.write_text(json.dumps(summary))
        assert "between operators" in found, (name, key)


def test_a_scenario_that_an_older_version_wrote_stays_with_its_payments_and_says_so(
    paying: tuple[Path, Any], tmp_path: Path
) -> None:
    shutil.copytree(paying[0] / "out", tmp_path / "out")
    for name in ("alone", "roam"):
        path = tmp_path / "out" / name / "summary.json"
        path.write_text(json.dumps({key: value for key, value in json.loads(path.read_text()).items() if key != KEY}))
    found = compare([tmp_path / "out" / name for name in ("alone", "roam")])
    rent = money(RENT * YEARS * (1 - TAX), "USD")
    assert any(
        note.startswith(f"The cost of alone counts {rent} that operators pay each other") for note in found.notes
    )
    assert found.savings[0].value == pytest.approx(
        paying[1]["alone"]["objective_npv"] - paying[1]["roam"]["objective_npv"]
    )


@pytest.mark.parametrize(
    ("language", "said", "taken_off"),
    [
        (
            "en",
            "“alone” is counted net of USD 4,301 that its operators pay each other",
            "What operators pay each other",
        ),
        (
            "fr",
            "« alone » est compté net de 4 301 USD que ses opérateurs se versent entre eux",
            "Ce que les opérateurs",
        ),
    ],
)
def test_a_report_says_what_its_costs_are_net_of(
    paying: tuple[Path, Any], language: str, said: str, taken_off: str
) -> None:
    context = Context(read_material(paying[0] / "out"), Words.of(language))
    spaces = str.maketrans("\u00a0\u202f", "  ")
    for name in ("alone", "roam"):
        scenario = next(each for each in context.material.scenarios if each.name == name)
        assert scenario.cost == pytest.approx(paying[1][name][KEY]["net_npv"])
        assert scenario.bound == pytest.approx(paying[1][name][KEY]["net_bound_npv"])
    notes = [note.translate(spaces) for note in net_notes(context)]
    assert len(notes) == 3 and notes[0].startswith(said)
    money_ = next(block for block in plan_section(context).blocks if isinstance(block, Table))
    sums = [float(re.sub(r"[^0-9−]", "", row[1]).replace("−", "-")) for row in money_.rows]
    assert sum(sums[:-1]) == pytest.approx(sums[-1], abs=len(sums)) and sums[-1] == pytest.approx(
        context.plan.cost, abs=1
    )
    assert any(row[0].startswith(taken_off) and sums[at] < 0 for at, row in enumerate(money_.rows))


def test_what_levers_save_is_told_with_payments(paying: tuple[Path, Any], compared: Comparison) -> None:
    row = {"reference": "alone", "scenario": "roam", "lever": "roaming", "value": 1.0, "low": 0.0, "high": 2.0,
           "method": "Shapley", "distinguishable": False}  # fmt: skip
    said = waterfall_words(replace(compared, waterfall=pd.DataFrame([row])))
    assert "not the net saving" in said[1] and "operators pay each other" in said[1]
    for name, said_ in (("en", r"net of USD [\d,]+ that"), ("fr", r"net de [\d\s]+USD que")):
        (told_,) = net_of_payments(netted(paying[1]["alone"]), "USD", LANGUAGES[name])
        assert re.match(said_, told_)
    assert net_of_payments(paying[1]["alone"], "USD") == []


# --- whose rent is it -----------------------------------------------------------------------------------------


PROJECT = {"operators": [{"name": "Alpha"}, {"name": "Beta", "towers": ["Beta Masts"]}]}
ITEMS = pd.DataFrame(
    [
        ("sites", "s1", "Tower rent", 100.0), ("sites", "s2", "Tower rent", 200.0), ("sites", "s1", "Router", 50.0),
        ("sites", "s3", "Land lease", 40.0), ("links", "l1", "Duct rent", 10.0), ("links", "l2", "Duct rent", 20.0),
        ("links", "l3", "Spectrum fee", 30.0), ("service", "d|o", "Price of a guest", 5.0),
        ("service", "d|o", "Margin", 7.0),
    ],
    columns=["layer", "row_id", "item", "opex_per_year"],
).assign(capex=0.0, life_years=float("nan"), category="rent")  # fmt: skip
TABLES = {
    "costs": ITEMS,
    "sites": pd.DataFrame({"site_id": ["s1", "s2", "s3"], "structure": ["tower", "tower", "mast"]}),
    "links": pd.DataFrame({"link_id": ["l1", "l2", "l3"], "medium": ["duct", "duct", "hop"],
                           "owner": ["beta masts ", "City", "Alpha"]}),
}  # fmt: skip


def line(item: str, transfer: bool = True) -> dict[str, Any]:
    return {"item": item, "transfer": transfer}


CATALOGUE = {
    "levers": {
        "towers": {"owner": "tower owner"}, "ducts": {"owner": "duct owner"},
        "guests": {"owner": "host operator", "tenancy": {"coordination": [line("Price of a guest")]}},
        "company": {"owner": "company", "tenancy": {"coordination": [line("Margin")]}},
    },
    "structures": {"tower": {"lever": "towers", "costs": [line("Tower rent"), line("Router", False)]},
                   "mast": {"lever": None, "costs": [line("Land lease")]}},
    "media": {"duct": {"lever": "ducts", "costs": [line("Duct rent")]},
              "hop": {"lever": None, "costs": [line("Spectrum fee")]}},
}  # fmt: skip


def test_only_what_an_operator_of_the_scenario_is_paid_is_left_out() -> None:
    """A mast and a duct of theirs and a host's price; no land, no spectrum, nobody else's mast or duct or margin."""
    owners = {"s1": "Beta", "s2": "Towerco", "s3": "Alpha"}
    rows = paid_rows(TABLES, CATALOGUE, owners, operators_of(PROJECT))
    assert list(zip(rows["row_id"], rows["item"], strict=True)) == [
        ("s1", "Tower rent"), ("l1", "Duct rent"), ("d|o", "Price of a guest")
    ]  # fmt: skip
    assert not len(paid_rows(TABLES, CATALOGUE, owners, operators_of({"operators": [{"name": "Beta"}]})))
    usual = {"discount_rate": 0.0, "years": 2, "perspective": "operator", "vat": 0.5, "profit_tax": 0.25}
    assert kept(rows, Economics.of(usual)) == pytest.approx((100 + 10 + 5) * 2 * 0.75)
    assert kept(rows, Economics.of(usual | {"perspective": "society"})) == 0.0


def test_accounts_pay_the_operator_whose_duct_it_is() -> None:
    """Two kilometres in the duct of Beta and three in the city's, at 10 a year and kilometre for two years."""
    rent = line("Duct rent") | {"per": "km", "category": "utility-fee", "opex_per_year": {"value": 10.0}}
    links = TABLES["links"].iloc[:2].assign(length_m=[2000.0, 3000.0])
    tables = TABLES | {"links": links, "sites": TABLES["sites"].iloc[:0], "costs": ITEMS.iloc[:0]}
    catalogue = {"levers": CATALOGUE["levers"], "media": {"duct": {"lever": "ducts", "costs": [rent]}}}
    economics = {"discount_rate": 0.0, "years": 2, "perspective": "operator"}
    found = transfers(Written("one", tables, {}, PROJECT, economics, catalogue))
    assert {each.payee: each.npv for each in found} == {"Beta": 40.0, "duct owner": 60.0}


def test_where_rents_are_no_cost_none_is_the_most(tmp_path: Path) -> None:
    folder = market(tmp_path, scenarios={"alone": {"sharing": ["towers"]}})
    assert most_paid(described(folder, "alone")) == 0.0
