"""Who is served where operators plan alone: every table counts each operator's own subscribers; all say the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from marketplace import market, written
from shapely.geometry import Point

from netplan.comparison.metrics import figures
from netplan.comparison.read import read_all
from netplan.maps.read import read_written
from netplan.maps.rows import people_by_technology
from netplan.report.insight import people, price_range, reach
from netplan.report.read import read_material
from netplan.studies.add_up import added_up
from netplan.together import together
from netplan.verify import verify

SHARES = {"A": 0.6, "B": 0.2}
"""Not all subscribers: the rest is with nobody that is planned."""


def tables(served: list[float], technology: str, mbps: float) -> dict[str, Any]:
    """One operator's plan of two rows of 100 people."""
    ids = ["x", "y"]
    demand = gpd.GeoDataFrame(
        {
            "demand_id": ids,
            "weight": [100.0, 100.0],
            "served_share": served,
            "baseline_share": [0.1, 0.1],
            "demand_mbps": [mbps, mbps],
            "technology": [technology] * 2,
            "served_by": ["o1"] * 2,
        },
        geometry=[Point(0, 0)] * 2,
    )
    service = pd.DataFrame({"demand_id": ids, "option_id": ["o1"] * 2, "share": np.array(served) - 0.1})
    costs = pd.DataFrame({"row_id": ["x|o1", "s1"], "layer": ["service", "sites"], "npv": [1.0, 2.0]})
    return {"demand": demand, "service": service.assign(premises=[6.0, 0.0]), "costs": costs}


def test_the_people_of_each_operator_are_its_own_subscribers() -> None:
    one = together({"A": tables([1.0, 0.1], "lte", 6.0), "B": tables([0.2, 0.9], "wifi", 2.0)}, SHARES)
    demand, service = one["demand"], one["service"]
    assert demand["served_share"].tolist() == pytest.approx([0.75 * 1.0 + 0.25 * 0.2, 0.75 * 0.1 + 0.25 * 0.9])
    assert demand["baseline_share"].tolist() == pytest.approx([0.1, 0.1])
    assert demand["demand_mbps"].tolist() == [8.0, 8.0]  # of all subscribers
    assert demand["technology"].tolist() == ["lte", "wifi"]  # what serves most of them
    assert demand["served_by"].tolist() == ["A: o1", "B: o1"]
    new = service.groupby("demand_id")["share"].sum()
    assert new.tolist() == pytest.approx((demand["served_share"] - demand["baseline_share"]).tolist())
    assert service["premises"].sum() == 12.0  # these are an operator's own already
    # items of a served share are found by the share that they belong to
    rows = one["costs"][one["costs"]["layer"] == "service"]["row_id"]
    assert set(rows) <= set(service["demand_id"] + "|" + service["option_id"])


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two operators alone: what the one has no spectrum for it serves in another way, and not the same people."""
    operators = [{"name": "Alpha", "share": 0.6}, {"name": "Beta", "share": 0.4, "spectrum": {"lte-800": 5.0}}]
    scenarios = {"apart": {"sharing": []}}
    folder = market(tmp_path_factory.mktemp("served"), operators=operators, scenarios=scenarios)
    written(folder, *scenarios)
    return folder / "out"


def test_all_tables_say_the_same_of_who_is_served(out: Path) -> None:
    summary = json.loads((out / "apart/summary.json").read_text())
    parts = [read_written(out / "apart" / name) for name in ("alpha", "beta")]
    apart = [part.demand.set_index("demand_id")["served_share"] for part in parts]
    assert (apart[0] - apart[1]).abs().max() > 0.01  # else this shows nothing
    table, drawn = figures(read_all([out / "apart"] * 2)[0]), read_written(out / "apart")
    reported = next(each for each in read_material(out).scenarios if each.name == "apart")
    for name, target in summary["targets"].items():
        assert target["achieved"] >= target["target"] - 1e-6
        share = pytest.approx(target["achieved"], rel=1e-6)
        assert table["coverage after", name, "%"] / 100 == share
        assert table["served after by generation", f"{name}, any", "%"] / 100 == share
        assert reach(reported, "weight", (name,)).share == share
        rows = drawn.demand[drawn.demand["class"] == name]
        assert (rows["weight"] * rows["served_share"]).sum() / rows["weight"].sum() == share
    new = people(reported).after - people(reported).before
    assert sum(people_by_technology(drawn).values()) == pytest.approx(new, rel=1e-6)
    each = summary["cost_per_person_served"]
    assert summary["objective_npv"] / new == pytest.approx(each, rel=1e-6)
    assert table["cost", "cost per person served", "USD/person"] == pytest.approx(each, rel=1e-6)


def test_what_the_summary_says_of_money_and_people_is_of_all_operators(out: Path) -> None:
    summary = json.loads((out / "apart/summary.json").read_text())
    each = [json.loads((out / f"apart/{name}/summary.json").read_text()) for name in ("alpha", "beta")]
    for key in ("capex_imported", "capex_local"):
        assert summary["local_content"][key] == pytest.approx(sum(one["local_content"][key] for one in each))
    assert summary["viability"]["cost_npv"] == pytest.approx(summary["objective_npv"], rel=1e-6)
    counted = [0.6 * a + 0.4 * b for a, b in zip(*(_people(one) for one in each), strict=True)]
    assert _people(summary) == pytest.approx(counted)
    assert added_up([each[0], each[0]], [0.6, 0.4])["targets"] == {
        name: pytest.approx(target) for name, target in each[0]["targets"].items()
    }


def _people(summary: dict[str, Any]) -> list[float]:
    return [float(summary["viability"][key]) for key in ("people_viable", "people_needing_subsidy")]


def test_prices_at_the_premises_have_a_technology(out: Path) -> None:
    reported = next(each for each in read_material(out).scenarios if each.name == "apart")
    rows = price_range(reported)
    assert (rows.loc[rows["category"] == "premises", "entry"] != "").all()


def test_the_audit_adds_up_who_is_served(out: Path) -> None:
    assert verify(out / "apart")["apart"] == []
    path = out / "apart/summary.json"
    text = path.read_text()
    summary = json.loads(text)
    summary["targets"]["rural"]["achieved"] += 0.01
    try:
        path.write_text(json.dumps(summary))
        (finding,) = verify(out / "apart")["apart"]
    finally:
        path.write_text(text)
    assert finding.row == "targets.rural.achieved"
