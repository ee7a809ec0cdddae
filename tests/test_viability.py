"""Whose cost it is, by hand; revenue, gaps and affordability."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from planbuilder import ECONOMICS, make_plan

from netplan.attribution import attributed_cost
from netplan.plans import Plan
from netplan.plans.viability import revenue_factor, viability, viability_summary

HUB, MAST = 0.75 * 80 * 0.3 + 5.0, 0.95 * 600 * 0.5
"""Busy-hour Mbit/s of the village hub (village and school) and of the mast (town)."""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return make_plan(tmp_path_factory.mktemp("plan"))


def attributed(plan: Plan, other: float = 0.0) -> pd.Series:
    return attributed_cost(plan.service, plan.equipment, plan.sites, plan.links, plan.nodes, plan.demand, other)


def test_cost_goes_to_whom_it_serves_by_load(plan: Plan) -> None:
    npv = {
        key: value
        for table, name in ((plan.sites, "site_id"), (plan.equipment, "option_id"), (plan.links, "link_id"))
        for key, value in zip(table[name], table["npv"], strict=True)
    }
    own = plan.service.groupby("demand_id")["npv"].sum()
    trunk = npv["e-1"] + npv["e-2"] + npv["e-3"] + npv["s-mast"]  # all traffic passes the mast and its cable
    village = npv["o-hub"] + npv["s-hub"] + npv["e-4"]
    found = attributed(plan)
    assert found["d-urban"] == pytest.approx(own["d-urban"] + npv["o-mast"] + trunk * MAST / (HUB + MAST))
    school = own["d-school"] + village * 5 / HUB + trunk * 5 / (HUB + MAST)
    assert found["d-school"] == pytest.approx(school)
    assert found.sum() == pytest.approx(plan.summary["objective_npv"])


def test_nothing_is_lost_whatever_is_missing(plan: Plan) -> None:
    total = plan.summary["objective_npv"]
    assert attributed(plan, 1000.0).sum() == pytest.approx(total + 1000.0)
    cut = replace(plan, links=plan.links[plan.links["link_id"] != "e-2"])  # nobody reaches the PoP any more
    lost = float(plan.links.set_index("link_id").loc["e-2", "npv"])
    assert attributed(cut).sum() == pytest.approx(total - lost)
    silent = replace(plan, demand=plan.demand.assign(demand_mbps=0.0))
    found = attributed(silent)
    assert found.sum() == pytest.approx(total)
    assert (found > 0).all()


def test_links_side_by_side_are_shared_alike(plan: Plan) -> None:
    twin = plan.links[plan.links["link_id"] == "e-4"].assign(link_id="e-4b", length_m=99_999.0, npv=700.0)
    found = attributed(replace(plan, links=pd.concat([plan.links, twin], ignore_index=True)))
    more = found - attributed(plan)
    assert more["d-urban"] == pytest.approx(0.0, abs=1e-6)
    assert more.sum() == pytest.approx(700.0)


def test_revenue_gap_and_affordability(plan: Plan) -> None:
    economics = replace(ECONOMICS, arpu_per_month={"urban": 10.0, "rural": 5.0}, network_share=0.6, gni_per_head=3600.0)
    table = viability(plan, economics).set_index("demand_id")
    annuity = (1 - 1.08**-10) / 0.08
    assert revenue_factor(economics) == pytest.approx(0.6 * annuity)
    assert table.loc["d-urban", "revenue_npv"] == pytest.approx(0.95 * 600 * 10 * 12 * 0.6 * annuity)
    assert table.loc["d-school", "revenue_npv"] == 0.0
    assert np.allclose(table["gap_npv"], table["cost_npv"] - table["revenue_npv"])
    assert table.loc["d-urban", "price_share_of_income"] == pytest.approx(10 / 300)
    assert dict(table["affordable"]) == {"d-rural": "yes", "d-school": "", "d-urban": "no"}
    assert table.loc["d-urban", "verdict"] == "viable" and table.loc["d-school", "verdict"] == "needs subsidy"
    paid = table["break_even_arpu"] * table["premises"] * 12 * 0.6 * annuity
    assert paid.to_numpy() == pytest.approx(table["cost_npv"].to_numpy())
    sums = viability_summary(table.reset_index(), economics)
    assert sums["subsidy_npv"] == pytest.approx(table["gap_npv"].clip(lower=0).sum())
    assert sums["subsidy_npv_if_surplus_shared"] == pytest.approx(max(table["gap_npv"].sum(), 0))
    assert sums["people_affordable_share"] == pytest.approx(0.85 * 800 / (0.85 * 800 + 0.95 * 4000))
    taxed = replace(economics, perspective="operator", profit_tax=0.25)
    assert revenue_factor(taxed) == pytest.approx(0.75 * 0.6 * annuity)
    late = replace(economics, rollout=(0.0, 1.0))
    assert revenue_factor(late) == pytest.approx(0.6 * (annuity - 1 / 1.08))


def test_people_at_shared_places_count_where_homes_are_not_asked_for(plan: Plan) -> None:
    rural = plan.demand["demand_id"] == "d-rural"
    demand = plan.demand.assign(
        population=np.where(rural, 0.0, plan.demand["population"]),
        level=np.where(rural, "community", plan.demand["level"]),
    )
    demand["class"] = np.where(rural, "community_rural", demand["class"])
    project = plan.resolved["project"] | {"targets": {"community_rural": 0.5}}
    shared = replace(plan, demand=demand, resolved=plan.resolved | {"project": project})
    table = viability(shared, ECONOMICS).set_index("demand_id")
    share = plan.service.loc[plan.service["demand_id"] == "d-rural", "share"].sum()
    assert table.loc["d-rural", "people"] == pytest.approx(demand.loc[rural, "weight"].sum() * share) and share > 0


def test_files_are_written_and_mapped(plan: Plan, tmp_path: Path) -> None:
    import geopandas as gpd

    from netplan.plans import write_plan

    write_plan(plan, tmp_path / "out")
    layer = gpd.read_file(tmp_path / "out" / "plan.gpkg", layer="viability")
    table = pd.read_csv(tmp_path / "out" / "viability.csv")
    assert list(layer["demand_id"]) == list(table["demand_id"]) and layer.geometry.notna().all()
    assert layer["gap_npv"].to_numpy() == pytest.approx(table["gap_npv"].to_numpy())
