"""Small districts where a fixed link or a path to the sky must win, and where it must lose: planned to optimality."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from linkbuilder import EAST, NORTH, UTM, away_m, ground, inputs, project, raster, sites

from netplan.backhaul import build_backhaul
from netplan.catalogue import load_catalogue, select
from netplan.costs import Economics, price_items
from netplan.planner import Problem, solve
from netplan.problem import assemble
from netplan.radio import build_options
from netplan.radio.hops import build_hops
from netplan.tables import Demand, FloatArray

MONEY = Economics("USD", 2025, 0.08, 10, True, "society", 0.025)
CATALOGUE = load_catalogue()
HERE = (0.0, 0.0)
MAST = ("new-mast",)


def homes(where: list[tuple[float, float]], premises: float, mbps: float) -> Demand:
    """Villages, each a point with so many premises asking so much in the busy hour."""
    frame = pd.DataFrame([(EAST + x, NORTH + y) for x, y in where], columns=["x_m", "y_m"])
    frame.index = pd.Index([f"d{i}" for i in range(len(where))], name="demand_id")
    frame = frame.assign(area_km2=0.0, households=premises, premises=premises, rate_mbps=5.0, demand_mbps=mbps)
    frame = frame.assign(weight=1.0, population=premises, baseline_share=0.0, name="", **{"class": "rural"})
    return Demand(gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame.x_m, frame.y_m), crs=UTM))


def chosen(
    demand: Demand,
    technologies: tuple[str, ...],
    *,
    terrain: FloatArray | None = None,
    mast: tuple[float, float] | None = None,
    pop: tuple[float, float] | None = None,
    media: tuple[str, ...] = ("microwave", "trench", "aerial", "satellite"),
    rain: float = 50.0,
) -> tuple[set[str], set[str]]:
    """(technologies, media) of the least-cost plan that serves everybody; a road runs from the PoP to the mast."""
    catalogue = select(CATALOGUE, technologies)
    kept = {key: medium for key, medium in catalogue.media.items() if medium.kind in media and medium.lever is None}
    # any access will do for tests of the way there: fibre from the foot of the mast
    access = {
        k: t.model_copy(update={"structures": MAST}) if t.structures else t for k, t in catalogue.technologies.items()
    }
    catalogue = catalogue.model_copy(update={"media": kept, "technologies": access})
    given = inputs(raster(ground() if terrain is None else terrain))
    if pop is not None:
        at = shapely.Point(EAST + pop[0], NORTH + pop[1])
        pops = gpd.GeoDataFrame({"name": ["p"], "capacity_mbps": np.inf, "assumed": False}, geometry=[at], crs=UTM)
        road = shapely.LineString([at, shapely.Point(EAST + (mast or HERE)[0], NORTH + (mast or HERE)[1])])
        given = replace(given, pops=pops, roads=gpd.GeoDataFrame({"surface": [None]}, geometry=[road], crs=UTM))
    places = sites([] if mast is None else [("mast", *mast)])
    places = replace(places, items=price_items([], (), {}, MONEY))
    asked = project(
        technologies=technologies, climate={"rain_rate_mm_per_h": rain, "refractivity_gradient_n_per_km": -200}
    )
    options = build_options(given, demand, places, catalogue, asked, MONEY)
    hops = build_hops(given, places, catalogue, asked, MONEY)
    graph = build_backhaul(given, places, hops, catalogue, asked, MONEY)
    indexed = assemble(demand, places, options, graph, {"rural": 1.0})
    solution = solve(Problem.of(**indexed.arrays), gap=1e-6, time_limit_s=20, threads=1, seed=0)
    assert solution.status == "optimal"
    built = graph.edges.loc[indexed.edge_ids[solution.edge_built[: len(graph.edges)]], "medium"]
    opened = options.table.loc[indexed.option_ids[solution.option_open], "technology"]
    return set(opened), {str(medium) for medium in built}


def kinds(media: set[str]) -> set[str]:
    return {CATALOGUE.media[key].kind for key in media}


VILLAGE = homes([(100.0, 0.0)], premises=40.0, mbps=20.0)
BUSY = homes([(100.0, 0.0)], premises=40.0, mbps=1300.0)


def ridge(height_m: float, at_m: float) -> FloatArray:
    east, _ = away_m()
    return ground() + np.where(np.abs(east - at_m) < 300, height_m, 0.0)


def knolls(length_m: float) -> FloatArray:
    """Both ends of a link on ground 10 m higher: over a plain the first zone of 28 km at 8 GHz would not be clear."""
    east, _ = away_m()
    return ground() + np.where(np.minimum(np.abs(east), np.abs(east - length_m)) < 300, 10.0, 0.0)


def hole() -> FloatArray:
    return ground() - np.where(np.hypot(*away_m()) < 600, 600.0, 0.0)


def test_microwave_wins_far_from_fibre_and_loses_beside_it_or_behind_a_ridge() -> None:
    far = chosen(VILLAGE, ("gpon",), mast=HERE, pop=(9000.0, 0.0))[1]
    assert kinds(far) == {"microwave"}
    near = chosen(VILLAGE, ("gpon",), mast=HERE, pop=(400.0, 0.0))[1]
    assert kinds(near) <= {"trench", "aerial"} and near
    behind = chosen(VILLAGE, ("gpon",), mast=HERE, pop=(9000.0, 0.0), terrain=ridge(150.0, 4500.0))[1]
    assert "microwave" not in kinds(behind) and behind


@pytest.mark.parametrize(
    ("length_m", "rain", "load", "wins"),
    [
        (9000.0, 50.0, VILLAGE, {"microwave-23ghz"}),  # the cheapest that reaches
        (4000.0, 20.0, VILLAGE, {"microwave-38ghz", "microwave-23ghz"}),
        (1200.0, 50.0, BUSY, {"microwave-80ghz"}),  # only E-band carries it
        (14_000.0, 100.0, VILLAGE, {"microwave-11ghz", "microwave-15ghz", "microwave-18ghz"}),
        (28_000.0, 100.0, VILLAGE, {"microwave-8ghz"}),
    ],
)
def test_each_band_wins_at_its_length(length_m: float, rain: float, load: Demand, wins: set[str]) -> None:
    given = {"mast": HERE, "pop": (length_m, 0.0), "media": ("microwave",), "rain": rain, "terrain": knolls(length_m)}
    built = chosen(load, ("gpon",), **given)[1]
    assert len(built) == 1 and built <= wins


def test_satellite_backhaul_wins_where_nothing_else_reaches_and_loses_beside_fibre() -> None:
    alone = chosen(VILLAGE, ("gpon",), mast=HERE)[1]
    assert alone == {"satellite-leo-backhaul"}
    hidden = chosen(VILLAGE, ("gpon",), mast=HERE, terrain=hole())[1]
    assert hidden == {"satellite-geo-backhaul"}
    assert kinds(chosen(VILLAGE, ("gpon",), mast=HERE, pop=(400.0, 0.0))[1]) <= {"trench", "aerial"}


def test_satellite_to_the_home_wins_for_scattered_homes_and_loses_to_a_mast_among_many() -> None:
    few = homes([(4000.0 * k, 0.0) for k in (-2, 0, 2)], premises=2.0, mbps=1.0)
    both: Any = dict(mast=HERE, pop=(9000.0, 0.0))
    assert chosen(few, ("satellite-leo", "wifi-5ghz-ptmp"), **both)[0] == {"satellite-leo"}
    many = homes([(150.0 * k, 100.0) for k in range(10)], premises=60.0, mbps=6.0)
    assert "wifi-5ghz-ptmp" in chosen(many, ("satellite-leo", "wifi-5ghz-ptmp"), **both)[0]


def test_geostationary_wins_under_a_hidden_horizon_and_loses_in_the_open() -> None:
    home = homes([HERE], premises=2.0, mbps=1.0)
    named = ("satellite-leo", "satellite-geo")
    assert chosen(home, named, terrain=hole())[0] == {"satellite-geo"}
    assert chosen(home, named)[0] == {"satellite-leo"}


def test_a_platform_wins_only_where_satellites_are_full() -> None:
    town = homes([(1000.0 * k, 0.0) for k in range(4)], premises=15.0, mbps=6.0)
    assert chosen(town, ("haps", "satellite-geo"))[0] >= {"haps"}
    assert chosen(town, ("haps", "satellite-geo", "satellite-leo"))[0] == {"satellite-leo"}


def test_satellite_capacity_costs_at_least_the_cheapest_wholesale() -> None:
    for medium in CATALOGUE.media.values():
        if medium.kind == "satellite":
            assert medium.capacity_mbps is not None
            paid = sum(line.opex_per_year.value for line in medium.costs if line.opex_per_year is not None)
            assert paid / 12 / medium.capacity_mbps.value >= 12.0, medium.id
