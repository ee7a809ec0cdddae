"""Comparisons re-add from what the plans wrote, and claim no more than the bounds carry."""

from __future__ import annotations

import csv
import json
import re
import textwrap
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.text import Text
from shapely.geometry import LineString, Point, box

from netplan.comparison import Saving, compare, explain, metrics, write_comparison
from netplan.comparison.explain import saving_sentence, told
from netplan.comparison.figure import LOST, LOST_TINTS, draw, even_lines
from netplan.comparison.phrases import LANGUAGES, PHRASES
from netplan.comparison.read import Written
from netplan.comparison.run import uncommon_share
from netplan.comparison.write import draw_comparison
from netplan.errors import InputError
from netplan.maps.words import gap_in_words
from netplan.report.words import Words

X0, Y0 = 500_000.0, 9_780_000.0
CRS = 32736


def written(
    folder: Path, *, scenario: str = "", sites: int = 4, km: float = 3.0, bound: float | None = 0.99, **more: Any
) -> Path:
    """A small plan: `sites` hubs in a row, one trench and one duct link of `km`, a schools point; NPV re-adds."""
    folder.mkdir(parents=True, exist_ok=True)
    at = [Point(X0 + 1000.0 * i, Y0) for i in range(sites)]
    site_npv, link_npv = more.get("site_npv", 1000.0), 70.0 * km
    demand = gpd.GeoDataFrame(
        {
            "demand_id": ["a", "b", "s"],
            "class": ["rural", "rural", "schools"],
            "weight": [300.0, 100.0, 1.0],
            "population": [300.0, 100.0, 0.0],
            "served_share": [1.0, 0.5, 1.0],
            "baseline_share": [0.2, 0.0, 0.0],
        },
        geometry=[box(X0, Y0, X0 + 1000, Y0 + 1000), box(X0 + 1000, Y0, X0 + 2000, Y0 + 1000), Point(X0, Y0)],
        crs=CRS,
    )
    hubs = gpd.GeoDataFrame(
        {
            "site_id": [f"h{i}" for i in range(sites)],
            "status": "new",
            "structure": "st1",
            "backhaul": "fibre",
            "capex": 800.0,
            "opex_per_year": 20.0,
            "npv": site_npv,
        },
        geometry=at,
        crs=CRS,
    )
    ends = [[(X0, Y0), (X0 + km * 1000, Y0)], [(X0, Y0 + 500), (X0, Y0 + 500 + km * 1000)]]
    links = gpd.GeoDataFrame(
        {
            "link_id": ["l0", "l1"],
            "medium": ["m1", "m2"],
            "status": ["new", "shared"],
            "length_m": km * 1000.0,
            "capex": 60.0 * km,
            "opex_per_year": km,
            "npv": link_npv,
        },
        geometry=[LineString(e) for e in ends],
        crs=CRS,
    )
    nodes = gpd.GeoDataFrame({"node_id": ["p"], "kind": ["pop"]}, geometry=[Point(X0, Y0)], crs=CRS)
    equipment = gpd.GeoDataFrame(
        {"option_id": hubs["site_id"], "technology": "t1", "capex": 0.0, "opex_per_year": 0.0, "npv": 0.0},
        geometry=at,
        crs=CRS,
    )
    items = [("sites", i, "structure", n) for i, n in zip(hubs["site_id"], hubs["npv"], strict=True)]
    items += [("links", i, "backhaul", n) for i, n in zip(links["link_id"], links["npv"], strict=True)]
    costs = pd.DataFrame(items, columns=["layer", "row_id", "category", "npv"])
    path = folder / "plan.gpkg"
    order = more.get("order", slice(None))
    for name, layer in (
        ("demand", demand),
        ("sites", hubs),
        ("links", links),
        ("nodes", nodes),
        ("equipment", equipment),
    ):
        if len(layer):
            layer.iloc[order].to_file(path, layer=name)
    pyogrio.write_dataframe(costs, path, layer="costs")
    objective = float(costs["npv"].sum())
    summary = {
        "scenario": scenario or folder.name,
        "status": "feasible",
        "objective_npv": objective,
        "bound_npv": None if bound is None else objective * bound,
        "gap": None if bound is None else 1 - bound,
        "licences": {"x": "© A surveyor"},
        "penalty_total": 0.0,
        "targets": {},
    }
    (folder / "summary.json").write_text(json.dumps(summary))
    towers = {"st1": {"label": "Hub", "colour": "#0072B2", "marker": "s"}}
    if more.get("masts"):
        towers["st2"] = {"label": "Mast", "generator": "existing-tower", "lever": "lever-masts"}
    project = {
        "name": more.get("name", "Test"),
        "sharing": more.get("sharing", []),
        "targets": more.get("targets", {"rural": 0.9}),
        "existing": {"towers_assumed": True},
        "economics": {"currency": more.get("currency", "USD")},
    }
    media = {
        "m1": {"label": "Trench", "colour": "#8C510A"} | more.get("trench", {}),
        "m2": {"label": "Duct", "colour": "#0571B0", "dash": "dashed"},
    }
    resolved = {"project": project, "catalogue": {"structures": towers, "media": media}}
    (folder / "resolved.yaml").write_text(yaml.safe_dump(resolved))
    return folder


def test_identical_plans_have_no_difference(tmp_path: Path) -> None:
    both = compare([written(tmp_path / "a"), written(tmp_path / "b", order=slice(None, None, -1))])
    delta = both.table["b - a"].to_numpy(float)
    assert np.all(delta[np.isfinite(delta)] == 0)
    assert both.savings[0].value == 0 and not both.savings[0].distinguishable
    difference = both.differences[0]
    assert not difference.sites_only_reference and not difference.links_only_scenario
    assert difference.links[["km_only_reference", "km_only_scenario"]].to_numpy().sum() == 0
    assert "not distinguishable" in explain(both)


def test_numbers_add_up_by_hand(tmp_path: Path) -> None:
    found = compare([written(tmp_path / "a", sites=4, km=3), written(tmp_path / "b", sites=3, km=5)])
    assert found.values("cost", "objective NPV") == pytest.approx({"a": 4 * 1000 + 2 * 210, "b": 3 * 1000 + 2 * 350})
    assert found.values("cost", "capex") == pytest.approx({"a": 4 * 800 + 2 * 180, "b": 3 * 800 + 2 * 300})
    assert found.values("cost", "opex per year") == pytest.approx({"a": 4 * 20 + 2 * 3, "b": 3 * 20 + 2 * 5})
    assert found.values("costs by category", "structure") == pytest.approx({"a": 4000, "b": 3000})
    assert found.values("links", "Trench, new") == pytest.approx({"a": 3, "b": 5})
    assert found.values("links", "Duct, shared") == pytest.approx({"a": 3, "b": 5})
    assert found.values("sites by structure", "Hub, new") == {"a": 4, "b": 3}
    assert found.values("coverage after", "rural")["a"] == pytest.approx(100 * (300 + 50) / 400)
    assert found.values("coverage before", "rural")["a"] == pytest.approx(100 * 60 / 400)
    assert found.values("cost", "cost per person served")["a"] == pytest.approx(4420 / (300 * 0.8 + 50))
    saving = found.savings[0]
    assert (saving.low, saving.high) == pytest.approx((0.99 * 4420 - 3700, 4420 - 0.99 * 3700))
    assert (saving.share_low, saving.share_high) == pytest.approx((1 - 3700 / (0.99 * 4420), 1 - 0.99 * 3700 / 4420))
    assert saving.distinguishable
    table = found.table[found.table["metric"] == "objective NPV"]
    assert table["b - a (%)"].iloc[0] == pytest.approx(100 * (3700 - 4420) / 4420)


def test_what_is_built_where(tmp_path: Path) -> None:
    difference = compare([written(tmp_path / "a", sites=4, km=3), written(tmp_path / "b", sites=2, km=5)]).differences[
        0
    ]
    assert difference.sites_only_reference == ("h2", "h3")
    assert difference.sites_only_scenario == ()
    trench = difference.links.set_index("medium").loc["m1"]
    assert trench["km_only_reference"] == 0
    assert trench["km_only_scenario"] == pytest.approx(2.0, abs=0.01)


def test_lines_in_other_pieces_are_the_same_lines() -> None:
    whole = gpd.GeoDataFrame(geometry=[LineString([(0, 0), (300, 0)])], crs=CRS)
    pieces = gpd.GeoDataFrame(geometry=[LineString([(110, 0), (0, 0)]), LineString([(110, 0), (300, 0)])], crs=CRS)
    across = gpd.GeoDataFrame(geometry=[LineString([(150, -500), (150, 500)])], crs=CRS)
    assert uncommon_share(whole, pieces).tolist() == [0.0]
    assert uncommon_share(pieces, whole).tolist() == [0.0, 0.0]
    assert uncommon_share(across, whole).tolist() == [1.0]
    assert uncommon_share(whole, whole.translate(0, 1e6).to_frame("geometry")).tolist() == [1.0]


def test_files_are_whole_and_agree(tmp_path: Path) -> None:
    folders = [
        written(tmp_path / "greenfield", bound=1.0),
        written(tmp_path / "all", sharing=["lever-masts", "poles"], masts=True, site_npv=600.0),
        written(tmp_path / "few", sharing=["poles"], sites=0, name="x"),
        written(tmp_path / "odd", bound=None, sites=1),
    ]
    found = compare(folders)
    paths = write_comparison(found, tmp_path / "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "accounts.csv",
        "built_apart.csv",
        "comparison.csv",
        "comparison.json",
        "comparison.png",
    ]
    rows = list(csv.DictReader(paths[0].open(encoding="utf-8")))
    objective = next(row for row in rows if row["metric"] == "objective NPV")
    assert float(objective["all"]) - float(objective["greenfield"]) == pytest.approx(
        float(objective["all - greenfield"])
    )
    data = json.loads(paths[1].read_text(encoding="utf-8"))
    assert data["scenarios"] == ["greenfield", "all", "few", "odd"]
    assert data["savings"][2]["high"] is None and not data["savings"][2]["proven"]
    picture = imread(paths[2])
    assert picture.shape[1] == 2338 and picture[..., :3].std() > 0.05


def test_the_sheet_speaks_the_language_asked_for(tmp_path: Path) -> None:
    """Every word of the French sheet is a name of the data, a number, or a phrase that is not the English one."""
    folders = [
        written(tmp_path / "greenfield", bound=1.0),
        written(tmp_path / "few", sharing=["poles"], site_npv=600.0),
        written(tmp_path / "odd", bound=None, sites=1),
    ]
    found = compare(folders)
    english, french = (_said(draw(found, language)) for language in LANGUAGES.values())
    assert any("scenarios compared" in text for text in english) and any(
        "scénarios comparés" in text for text in french
    )
    told = [text for key, phrase in PHRASES.items() if phrase["en"] != phrase["fr"] for text in [phrase["en"]]]
    pieces = [piece.strip() for text in told for piece in re.split(r"\{\w+\}", text) if len(piece.strip()) > 5]
    assert [(piece, text) for piece in pieces for text in french if piece in text] == []
    path = draw_comparison(found, tmp_path, LANGUAGES["fr"])
    assert path.name == "comparison-fr.png" and imread(path).shape[1] == 2338


def test_who_is_left_out_of_a_cell_that_is_served_in_part_shows(tmp_path: Path) -> None:
    """Of the second cell half the people are left out: its red is half as strong as that of one without service."""
    drawn = draw(compare([written(tmp_path / "one"), written(tmp_path / "two")]))
    reds = {
        round(float(colour[3]), 3)
        for each in drawn.findobj(PathCollection)
        for colour in each.get_facecolor()
        if to_hex(colour) == LOST.lower()
    }
    assert len(reds) == 1 and 2 * reds.pop() in LOST_TINTS


def test_signs_of_sites_are_of_one_size_on_every_map(tmp_path: Path) -> None:
    """Also where one plan has forty sites and the other four."""
    drawn = draw(compare([written(tmp_path / "many", sites=40), written(tmp_path / "few")]))
    hubs = [each for each in drawn.findobj(PathCollection) if each.get_zorder() == 3]
    assert len(hubs) == 2 and len({float(size) for each in hubs for size in each.get_sizes()}) == 1
    assert not any(each.get_snap() for each in hubs)


def _said(figure: Figure) -> list[str]:
    """Every text of a figure, in the order drawn."""
    return [text for each in figure.findobj(Text) if isinstance(each, Text) and (text := each.get_text().strip())]


def test_words_say_what_does_not_rest_on_assumed_masts(tmp_path: Path) -> None:
    green = written(tmp_path / "g")
    every = written(tmp_path / "strange", sharing=["lever-masts", "poles"], masts=True, site_npv=600.0)
    words = explain(compare([green, every]))
    assert "assumed positions" in words and "everything but masts" in words
    some = written(tmp_path / "poles-only", sharing=["poles"], site_npv=900.0)
    words = explain(compare([green, every, some]))
    assert "Without them: poles-only saves USD 400" in words
    assert "assumed" not in explain(compare([green, some]))
    other = written(tmp_path / "another-way", sharing=["ran"], site_npv=700.0)
    assert "Without them" not in explain(compare([green, every, other]))
    apart = written(tmp_path / "fewer", sharing=["poles"], site_npv=800.0, targets={"rural": 0.1})
    assert "Without them" not in explain(compare([green, every, apart]))


def test_within_a_budget_proofs_are_of_plans_that_serve_as_many(tmp_path: Path) -> None:
    folder = written(tmp_path / "a")
    path = folder / "summary.json"
    summary = json.loads(path.read_text()) | {"stages": [{"objective": "weight served", "value": 5.0, "bound": 6.0}]}
    path.write_text(json.dumps(summary))
    assert (
        "no plan that serves as many is more than"
        in explain(compare([folder, written(tmp_path / "b")])).splitlines()[0]
    )
    assert gap_in_words(summary | {"gap": 0.1, "bound_npv": 1.0}, "USD").startswith(
        "proven: no plan serves as many for over 10 % less"
    )


def test_unlike_scenarios_are_called_unlike(tmp_path: Path) -> None:
    words = explain(compare([written(tmp_path / "a"), written(tmp_path / "b", targets={"rural": 0.5})]))
    assert "not like for like" in words


def test_a_price_of_nothing_that_hangs_on_the_ground_is_said_not_to_be_moved(tmp_path: Path) -> None:
    free = {"item": "Survey", "per": "km", "capex": {"value": 0, "high": 500}}
    trench = {"costs": [free], "grounds": {"rock": {"multiplier": {"value": 3}}}}
    found = compare([written(tmp_path / "a", trench=trench), written(tmp_path / "b", trench=trench)])
    told = [note for note in found.notes if "media/m1: Survey: capex is 0" in note]
    assert len(told) == 1 and told[0] in explain(found)


def test_the_table_holds_no_dust_and_a_generation_that_is_absent_serves_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def figures(plan: Written) -> dict[tuple[str, str, str], float]:
        rest = 7.7e-13 if plan.name == "a" else 0.0
        out = {("coverage after", "rural", "%"): 90.0 - rest, ("served after by generation", "rural, any", "%"): 90.0}
        more = {("served after by generation", "rural, satellite", "%"): 1.0}
        return {**out, ("cost", "objective NPV", "USD"): 1.0, **(more if plan.name == "a" else {})}

    monkeypatch.setattr(metrics, "figures", figures)
    plans = [Written(name, {}, {}, {}, {}, {}) for name in "ab"]
    table = metrics.side_by_side(plans).set_index("metric")
    assert table.loc["rural", ["a", "b", "b - a", "b - a (%)"]].tolist() == [90.0, 90.0, 0.0, 0.0]
    assert table.loc["rural, satellite", ["a", "b", "b - a"]].tolist() == [1.0, 0.0, -1.0]


def test_a_plan_that_is_asked_for_less_saves_nothing(tmp_path: Path) -> None:
    less = {"targets": {"rural": 0.5}, "site_npv": 600.0}
    found = compare([written(tmp_path / "a"), written(tmp_path / "b", **less)])
    said = told(found, "b")
    assert said.startswith("b costs less by USD") and "do not ask for the same (targets): that is no saving" in said
    assert "saves" not in explain(found)
    french = told(found, "b", LANGUAGES["fr"])
    assert "de moins que a" in french and "(objectifs)" in french and "n’est pas une économie" in french
    assert "saves" in told(compare([written(tmp_path / "a"), written(tmp_path / "c", site_npv=600.0)]), "c")
    dearer = compare([written(tmp_path / "a"), written(tmp_path / "d", targets={"rural": 0.99}, site_npv=1400.0)])
    said = told(dearer, "d")
    assert said.startswith("d costs more by USD") and "(targets): the costs are not like for like" in said
    assert "saving" not in said


@pytest.mark.parametrize(
    ("key", "change", "said"),
    [
        ("area", "town.gpkg", "area"),
        ("market_share", 0.4, "share of the market"),
        ("operators", [{"name": "A", "share": 0.5}], "operators"),
        ("economics", {"currency": "USD", "units_per_usd": 0.5}, "economic settings"),
    ],
)
def test_a_plan_of_another_place_or_market_saves_nothing(tmp_path: Path, key: str, change: Any, said: str) -> None:
    first, other = written(tmp_path / "a"), written(tmp_path / "b", site_npv=600.0)
    settings = yaml.safe_load((other / "resolved.yaml").read_text())
    settings["project"][key] = change
    (other / "resolved.yaml").write_text(yaml.safe_dump(settings))
    found = compare([first, other])
    assert f"do not ask for the same ({said}): that is no saving" in told(found, "b")
    assert "saves" not in explain(found) and "better off" not in explain(found)
    accounts = found.accounts[found.accounts["scenario"] == "b"]
    assert len(accounts) and accounts["saving_npv"].isna().all()
    for language in ("en", "fr"):
        assert Words.of(language)(f"comparison.unlike.{key}")


def test_what_all_operators_have_together_is_the_whole_market(tmp_path: Path) -> None:
    """Of operators that plan alone the market is written as a whole, of one network as the sum of their shares."""
    folders = [written(tmp_path / "a"), written(tmp_path / "b", site_npv=600.0)]
    for folder, share in zip(folders, (1.0, 0.9), strict=True):
        settings = yaml.safe_load((folder / "resolved.yaml").read_text())
        operators = [{"name": "A", "share": 0.6}, {"name": "B", "share": 0.3}]
        settings["project"] |= {"operators": operators, "market_share": share}
        (folder / "resolved.yaml").write_text(yaml.safe_dump(settings))
    assert compare(folders).apart("b") == []


def test_same_name_twice_is_told_apart(tmp_path: Path) -> None:
    found = compare([written(tmp_path / "a", scenario="base"), written(tmp_path / "b", scenario="base", sites=2)])
    assert found.names == ["base (1)", "base (2)"]


def test_every_fault_at_once(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError) as caught:
        compare([tmp_path / "empty", tmp_path / "absent"])
    assert len(caught.value.faults) == 6
    with pytest.raises(InputError, match="currency"):
        compare([written(tmp_path / "a"), written(tmp_path / "b", currency="RWF")])


money = st.floats(1.0, 1e9)


@given(money, money, st.floats(0, 0.5), st.floats(0, 0.5), st.floats(0, 1), st.floats(0, 1))
def test_interval_holds_the_saving_of_the_least_costs(
    a: float, b: float, gap_a: float, gap_b: float, u: float, v: float
) -> None:
    from netplan.comparison.read import Written
    from netplan.comparison.run import saving

    def plan(name: str, cost: float, gap: float) -> Written:
        return Written(name, {}, {"objective_npv": cost, "bound_npv": cost * (1 - gap)}, {}, {}, {})

    found: Saving = saving(plan("a", a, gap_a), plan("b", b, gap_b))
    least_a, least_b = a * (1 - gap_a * u), b * (1 - gap_b * v)
    dust = 1e-8 * max(a, b)
    assert found.low - dust <= least_a - least_b <= found.high + dust
    share = 1 - least_b / least_a
    assert found.share_low - 1e-6 * (1 + abs(share)) <= share <= found.share_high + 1e-6 * (1 + abs(share))


def test_further_levers_alone_never_cost(tmp_path: Path) -> None:
    """A plan with fewer levers is one with more: the least cost with more is no higher, whatever the bounds leave."""
    few, many = written(tmp_path / "few", bound=0.9), written(tmp_path / "many", bound=0.9, sharing=["x"])
    (saving,) = compare([few, many]).savings
    assert saving.low == saving.share_low == 0.0 and saving.high == pytest.approx(442) and not saving.distinguishable
    assert saving.unproven == pytest.approx(2 * 442)
    assert "between USD 0 and USD 442 (0.0 % to 10.0 %)" in explain(compare([few, many]))
    (saving,) = compare([many, few]).savings
    assert (saving.low, saving.share_low) == pytest.approx((-442, -1 / 9)) and saving.high == saving.share_high == 0.0
    other = written(tmp_path / "other", bound=0.9, sharing=["x"], targets={"rural": 0.8})
    assert compare([few, other]).savings[0].low == pytest.approx(-442), "it asks for less, too"
    apart = written(tmp_path / "apart", bound=0.9, sharing=["y"])
    assert compare([many, apart]).savings[0].low == pytest.approx(-442), "neither offers all that the other offers"
    contradiction = written(tmp_path / "wrong", bound=1.0, sharing=["x"], sites=6)
    assert compare([few, contradiction]).savings[0].high == pytest.approx(-2000), (
        "a bound that cannot be is left to see"
    )


def test_a_difference_below_a_cent_is_none() -> None:
    """Two sums of the same rows differ in the last bits."""
    saving = Saving("a", "b", -1e-7, -1.6e6, 1.6e6, -1e-14, -0.13, 0.12)
    said = saving_sentence(saving, "USD")
    assert said.startswith("b costs the same as a") and "costs more" not in said


def test_lines_are_about_equally_long_and_no_more_than_needed() -> None:
    told = "sharing saves USD 200,956 (1.5 %) against greenfield, proven only to lie within 1.40 million (10.2 %)."
    for longest in range(30, 130):
        lines = even_lines(told, longest)
        assert " ".join(lines) == told and max(map(len, lines)) <= longest
        assert len(lines) == len(textwrap.wrap(told, longest))
        assert min(map(len, lines)) > 0.4 * max(map(len, lines)), lines
