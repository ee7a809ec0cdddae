"""A plan of a scenario with fewer levers, carried over into one with more."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from scipy import sparse
from shapely.geometry import LineString

from netplan.carry import carried_over, same_edges
from netplan.planner import Earlier, Problem, solve
from netplan.planner.earlier import carried
from netplan.planner.model import build
from netplan.planning import plan_district
from tests.smalldistrict import at, described, district, save

SCENARIOS = {"greenfield": {"sharing": []}, "sharing": {"sharing": ["towers", "water-pipes"]}}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("carry")
    save(folder, "towers.gpkg", [at(5.5, 4.5), at(1.2, 1.1)], name=["one", "two"])
    save(folder, "pipes.gpkg", [LineString([at(2, 3), at(7, 2)])], diameter_mm=[400.0], material=["DI"])
    save(folder, "chambers.gpkg", [at(2, 3), at(7, 2)], name=["a", "b"])
    routes = {"roads": "roads.gpkg", "water_pipes": "pipes.gpkg", "water_access": ["chambers.gpkg"]}
    district(folder, existing={"pops": "pop.gpkg", "towers": "towers.gpkg"}, routes=routes, scenarios=SCENARIOS)
    return folder


def test_a_plan_with_fewer_levers_costs_the_same_with_more(shared: Path) -> None:
    first, second = described(shared, "greenfield"), described(shared, "sharing")
    plan = plan_district(first, gap=0.0)
    problem = Problem.of(**second.indexed.arrays)
    model = build(problem)
    point = carried(model, carried_over(second.indexed, second.options.table, second.backhaul.edges, plan))
    assert point is not None
    assert model.cost @ point + model.constant == pytest.approx(plan.summary["objective_npv"], rel=1e-6)


def test_more_levers_never_cost_more_however_short_the_search(shared: Path) -> None:
    plan = plan_district(described(shared, "greenfield"), gap=0.0)
    after = plan_district(described(shared, "sharing"), time_limit_s=1e-3, earlier=plan)
    assert after.summary["objective_npv"] <= plan.summary["objective_npv"] * (1 + 1e-9)


def test_what_is_no_plan_here_is_not_carried_over(shared: Path) -> None:
    here = described(shared, "sharing")
    problem = Problem.of(**here.indexed.arrays)
    model, answer = build(problem), solve(problem, gap=0.0)
    whole = Earlier(answer.served, answer.edge_built)
    point = carried(model, whole)
    assert point is not None and model.cost @ point + model.constant == pytest.approx(answer.objective, rel=1e-9)
    assert carried(model, Earlier(answer.served * 0.5, answer.edge_built)) is None, "misses the targets"
    assert carried(model, Earlier(answer.served * 2.0, answer.edge_built)) is None, "serves more than there are"
    anew = carried(model, Earlier(answer.served, np.zeros_like(answer.edge_built)))
    assert anew is not None, "sites are joined anew where links are gone"
    assert model.cost @ anew + model.constant >= answer.objective * (1 - 1e-9)


def test_shares_that_no_option_here_can_serve_are_not_carried_over() -> None:
    """Its site has lost its links; and one option must serve a demand wholly that two shared before."""
    lost = Problem.of(
        demand_weight=[10.0],
        demand_mbps=[1.0],
        target_member=[[1.0]],
        target_min=[10.0],
        option_cost=[1.0, 50.0],
        option_site=[0, 1],
        site_cost=[1.0, 1.0],
        site_node=[1, 2],
        service_use=[[1.0, 1.0]],
        edge_tail=[0, 0],
        edge_head=[2, 3],
        edge_cost=[1.0, 1.0],
        roots=[0],
    )
    split = Problem.of(
        demand_weight=[10.0],
        demand_integral=[True],
        demand_penalty=[np.inf],
        option_cost=[1.0, 1.0, 50.0],
        option_capacity=[1.0, 1.0, 5.0],
        service_use=[[2.0, 2.0, 2.0]],
    )
    for problem, shares, cost in ((lost, [[1.0, 0.0]], 52.0), (split, [[0.5, 0.5, 0.0]], 50.0)):
        earlier = Earlier(sparse.csr_array(np.array(shares)), np.zeros(problem.shape[3], bool))
        assert carried(build(problem), earlier) is None
        assert solve(problem, gap=0.0, threads=1, earlier=earlier).objective == pytest.approx(cost)


@pytest.mark.parametrize("mbps", [0.0, 1e-7, 4.0])
def test_a_plan_whose_site_is_not_joined_here_is_none(mbps: float) -> None:
    """A site without traffic must be joined as well, and one of two with hardly any."""
    problem = Problem.of(
        demand_weight=[1.0, 1.0],
        demand_mbps=[mbps, 3.0],
        target_member=[[True, True]],
        target_min=[2.0],
        option_cost=[5.0, 1.0],
        option_site=[0, 1],
        service_use=np.eye(2),
        site_cost=[1.0, 1.0],
        site_node=[0, 1],
        edge_tail=[0, 2],
        edge_head=[2, 1],
        edge_cost=[10.0, 1.0],
        edge_capacity=[9.0, 9.0],
        roots=[2],
    )
    earlier = Earlier(sparse.csr_array(np.eye(2)), np.array([False, True]))
    anew = carried(build(problem), earlier)
    assert anew is not None and build(problem).cost @ anew == pytest.approx(19.0)
    assert solve(problem, gap=0.0, threads=1, earlier=earlier).objective == pytest.approx(19.0)
    whole = Earlier(sparse.csr_array(np.eye(2)), np.array([True, True]))
    assert carried(build(problem), whole) is not None


def test_links_are_known_by_their_route_medium_and_capacity() -> None:
    def lines(
        *routes: list[tuple[int, int]], medium: str = "m", capacity: float = np.inf, site: str = ""
    ) -> gpd.GeoDataFrame:
        columns = {"medium": [medium] * len(routes), "capacity_mbps": [capacity] * len(routes)}
        frame = gpd.GeoDataFrame(columns, geometry=[LineString(each) for each in routes], crs=32736)
        return frame.assign(site_a=site, site_b=site)

    built = lines([(0, 0), (900, 0)], capacity=np.nan)
    again = lines([(0, 0), (400, 0)], [(400, 0), (900, 0)], [(400, 0), (400, 90)], [(800, 0), (1000, 0)])
    assert same_edges(again, built).tolist() == [True, True, False, False]
    assert not same_edges(lines([(0, 0), (400, 0)], medium="other"), built).any()
    assert not same_edges(lines([(0, 0), (400, 0)], capacity=400.0), built).any()
    assert same_edges(again.iloc[:0], built).shape == (0,)
    hops = lines([(0, 0), (400, 0)], [(900, 0), (0, 0)], site="s")
    assert same_edges(hops, built).tolist() == [False, True], "a shorter hop on the way is another"
