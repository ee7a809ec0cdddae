"""Demand: nobody is lost, towns are found, rows do not depend on the order of the input."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from pyproj import CRS
from shapely.geometry import Point, Polygon, box

from netplan.catalogue import load_catalogue
from netplan.demand import build_demand, stated_service, with_baseline
from netplan.errors import InputError
from netplan.project.schema import DemandSpec, FacilityClass, Project, ServiceLevel
from netplan.tables import Inputs

UTM = CRS.from_epsg(32736)


def layer(geometry: list[Any], **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=UTM)


def make_inputs(area: Any, population: gpd.GeoDataFrame, **other: Any) -> Inputs:
    blank: dict[str, Any] = dict.fromkeys(
        [
            "urban",
            "towers",
            "fibre",
            "service",
            "roads",
            "power_lines",
            "water_pipes",
            "water_access",
            "ducts",
            "elevation",
            "settlements",
        ]
    )
    blank |= {"facilities": {}, "exclusions": layer([], source=[]), "pops": layer([], name=[])}
    return Inputs(crs=UTM, area=area, margin=area.buffer(1000), population=population, **(blank | other))


def make_project(cell_m: float = 1000, urban: str = "degurba", **other: Any) -> Project:
    facilities = {"schools": FacilityClass(layer="s", rate_mbps=20, busy_hour_mbps=5)}
    demand = DemandSpec(population="p", cell_m=cell_m, household_size=4, urban=urban, facilities=facilities)
    return Project(name="t", demand=demand, targets={"rural": 0.9}, **other)


def expected_people(inputs: Inputs) -> float:
    inside = shapely.area(shapely.intersection(inputs.population.geometry.array, inputs.area))
    return float((inputs.population["population"] * inside / inputs.population.area).sum())


@settings(max_examples=25, deadline=None)
@given(
    pixel_m=st.floats(150, 2600),
    cell_m=st.sampled_from([250, 500, 1000, 1700]),
    west=st.floats(-3000, 3000),
    seed=st.integers(0, 1000),
)
def test_people_are_conserved(pixel_m: float, cell_m: float, west: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(west + np.arange(-1, 4) * pixel_m, np.arange(-1, 4) * pixel_m)
    pixels = shapely.box(x.ravel(), y.ravel(), x.ravel() + pixel_m, y.ravel() + pixel_m)
    angle = np.sort(rng.uniform(0, 2 * np.pi, 7))
    spread = pixel_m * rng.uniform(0.7, 2, 7)
    area = Polygon(np.column_stack([west + 1.5 * pixel_m + spread * np.cos(angle), spread * np.sin(angle)])).buffer(0)
    lake = box(west, 0, west + pixel_m * rng.uniform(0.2, 2.2), pixel_m * rng.uniform(0.2, 2.2))
    population = layer(list(pixels), population=rng.uniform(0, 5000, len(pixels)))
    inputs = make_inputs(area, population, exclusions=layer([lake], source=["lake"]))
    points = build_demand(inputs, make_project(cell_m)).points
    assert points["population"].sum() == pytest.approx(expected_people(inputs), rel=1e-6)
    assert shapely.covers(area.buffer(1e-3), points.geometry.array).all()
    apart_m = shapely.distance(points.geometry.array, shapely.points(points[["x_m", "y_m"]].to_numpy()))
    assert (apart_m < 1e-3).all(), "aimed at outside its cell"


def test_people_leave_excluded_ground_unless_all_of_it_is_excluded() -> None:
    population = layer([box(0, 0, 2000, 1000), box(2000, 0, 4000, 1000)], population=[200.0, 60.0])
    lake = box(0, 0, 1000, 1000).union(box(2000, -10, 4010, 1010))
    inputs = make_inputs(box(0, 0, 4000, 1000), population, exclusions=layer([lake], source=["lake"]))
    demand = build_demand(inputs, make_project())
    people = demand.points["population"].to_dict()
    assert people == pytest.approx({"cell-0001-0000": 200, "cell-0002-0000": 30, "cell-0003-0000": 30})
    assert any("60 people" in warning for warning in demand.warnings)


def test_settlement_points_go_to_their_cell_and_radio_aims_at_them() -> None:
    area = box(0, 0, 2000, 1000)
    villages = [Point(100, 100), Point(300, 100), Point(2000, 500), Point(9000, 0)]
    demand = build_demand(make_inputs(area, layer(villages, population=[30.0, 10.0, 7.0, 99.0])), make_project())
    rows = demand.points
    assert rows["population"].to_dict() == {"cell-0000-0000": 40, "cell-0001-0000": 7}
    assert rows.loc["cell-0000-0000", ["x_m", "y_m"]].tolist() == pytest.approx([150, 100])


def square_town(density: float, side_km: int) -> Inputs:
    """A 12 km square at 100 people/km² with a town in its corner."""
    x, y = (index.ravel() * 1000.0 for index in np.meshgrid(np.arange(12), np.arange(12)))
    people = np.where((x < side_km * 1000) & (y < side_km * 1000), density, 100.0)
    return make_inputs(box(0, 0, 12000, 12000), layer(list(shapely.box(x, y, x + 1000, y + 1000)), population=people))


@pytest.mark.parametrize("cell_m", [500, 1000, 2000])
@pytest.mark.parametrize(
    ("density", "side_km", "rule", "km2"),
    [
        (1600, 2, "degurba", 4),
        (1600, 2, "degurba-1", 4),
        (1400, 2, "degurba", 0),
        (1400, 2, "degurba-1", 4),
        (1600, 1, "degurba", 0),  # dense, but fewer than 5,000 people
    ],
)
def test_degree_of_urbanisation(cell_m: float, density: float, side_km: int, rule: str, km2: float) -> None:
    points = build_demand(square_town(density, side_km), make_project(cell_m, rule)).points
    assert points.loc[points["class"] == "urban", "area_km2"].sum() == pytest.approx(km2)


def test_diagonal_neighbours_are_one_town_and_a_layer_overrides() -> None:
    x = np.array([0.0, 1000, 3000])
    population = layer(list(shapely.box(x, x, x + 1000, x + 1000)), population=[3000.0, 3000, 3000])
    inputs = make_inputs(box(0, 0, 5000, 5000), population)
    classes = build_demand(inputs, make_project()).points["class"]
    assert classes.to_list() == ["urban", "urban", "rural"]
    own = replace(inputs, urban=layer([box(2900, 2900, 4100, 4100)]))
    assert build_demand(own, make_project(urban="towns.gpkg")).points["class"].to_list() == ["rural", "rural", "urban"]


def test_service_levels_and_facilities() -> None:
    schools = layer([Point(500, 500), Point(505, 500), Point(900, 500)], name=["", "B", None])
    inputs = make_inputs(
        box(0, 0, 1000, 1000), layer([box(0, 0, 1000, 1000)], population=[400.0]), facilities={"schools": schools}
    )
    service = {
        "urban": ServiceLevel(rate_mbps=10, busy_hour_mbps=1, adoption=1),
        "rural": ServiceLevel(rate_mbps=5, busy_hour_mbps=0.3, adoption=0.5),
    }
    demand = build_demand(inputs, make_project(service=service))
    cell, first, second = (demand.points.iloc[i] for i in range(3))
    assert list(demand.points.index) == ["cell-0000-0000", "schools-0001", "schools-0002"]
    assert (cell.households, cell.premises, cell.demand_mbps, cell.rate_mbps) == pytest.approx((100, 50, 15, 5))
    assert (first.weight, first.households, first.premises, first.demand_mbps, first.rate_mbps) == (1, 0, 1, 5, 20)
    assert (first["class"], first["name"], second["name"], first.area_km2) == ("schools", "B", "", 0)
    assert any("1 of 3 schools" in warning for warning in demand.warnings)


def test_baseline_counts_ground_served_at_the_required_rate() -> None:
    served = layer([box(0, 0, 250, 1000), box(200, 0, 500, 1000), box(500, 0, 1000, 1000)], rate_mbps=[np.nan, 8, 2])
    served = served.assign(technology="", share=1.0)
    schools = layer([Point(100, 100), Point(400, 100)], name=["a", "b"])
    inputs = make_inputs(
        box(0, 0, 1000, 1000),
        layer([box(0, 0, 1000, 1000)], population=[10.0]),
        service=served,
        facilities={"schools": schools},
    )
    demand = build_demand(inputs, make_project())
    assert demand.points["baseline_share"].eq(0).all() and demand.baseline is None
    demand = with_baseline(demand, stated_service(inputs, demand, load_catalogue()))
    # 8 Mbit/s is enough for a rural cell, not for a school
    assert demand.points["baseline_share"].to_list() == pytest.approx([0.5, 1, 0])


def test_order_of_rows_does_not_matter() -> None:
    rng = np.random.default_rng(1)
    x, y = np.meshgrid(np.arange(6) * 1480.0, np.arange(6) * 1480.0)
    population = layer(
        list(shapely.box(x.ravel(), y.ravel(), x.ravel() + 1480, y.ravel() + 1480)), population=rng.uniform(0, 900, 36)
    )
    schools = layer(list(shapely.points(rng.uniform(0, 8000, (30, 2)))), name=[f"s{i}" for i in range(30)])
    villages = layer(list(shapely.points(rng.uniform(0, 8000, (30, 2)))), name=[f"v{i}" for i in range(30)])
    inputs = make_inputs(box(100, 100, 8100, 8000), population, facilities={"schools": schools}, settlements=villages)
    shuffled = replace(
        inputs,
        population=population.sample(frac=1, random_state=2),
        facilities={"schools": schools.sample(frac=1, random_state=3)},
        settlements=villages.sample(frac=1, random_state=4),
    )
    one, two = build_demand(inputs, make_project(500)).points, build_demand(shuffled, make_project(500)).points
    assert_frame_equal(pd.DataFrame(one), pd.DataFrame(two), check_exact=True)
    assert one.index.is_monotonic_increasing and one.index.is_unique


def test_coarse_population_warns_and_faults_come_together() -> None:
    inputs = make_inputs(box(0, 0, 2000, 2000), layer([box(0, 0, 2000, 2000)], population=[10.0]))
    assert any("finer than the population data (2000 m)" in w for w in build_demand(inputs, make_project()).warnings)
    only = {"suburban": ServiceLevel(rate_mbps=1, busy_hour_mbps=1, adoption=1)}
    with pytest.raises(InputError) as caught:
        build_demand(inputs, make_project(service=only))
    assert len(caught.value.faults) == 2


def test_nobody_and_nothing_is_an_empty_table_with_a_warning() -> None:
    demand = build_demand(make_inputs(box(0, 0, 2000, 2000), layer([], population=[])), make_project())
    assert demand.points.empty and "class" in demand.points and any("no demand" in w for w in demand.warnings)
