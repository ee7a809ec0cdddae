"""Paths to the sky: slant-path rain, the horizon of the terrain, who sees which satellite, dishes at sites."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linkbuilder import EAST, NORTH, UTM, away_m, ground, inputs, project, raster, shipped, sites

from netplan.backhaul import build_backhaul
from netplan.catalogue import load_catalogue, select
from netplan.catalogue.check import check_entry
from netplan.catalogue.links import SkyLink
from netplan.catalogue.schema import Catalogue, Technology
from netplan.costs import Economics
from netplan.radio import build_options
from netplan.radio.hops import build_hops
from netplan.radio.horizon import AZIMUTHS, horizon_deg
from netplan.radio.sky import sky_over
from netplan.radio.slant import (
    geostationary_look,
    rain_availability_percent,
    rain_height_km,
    slant_path_km,
    slant_rain_db,
)
from netplan.tables import Demand, FloatArray, Hops

VECTORS = Path(__file__).parent / "data" / "itu_rain"
MONEY = Economics("USD", 2025, 0.08, 10, True, "society", 0.025)
HERE = np.array([[EAST, NORTH]])


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def sky_of(catalogue: Catalogue, orbit: str) -> SkyLink:
    found = [t.sky for t in catalogue.technologies.values() if t.sky is not None and t.sky.orbit == orbit]
    assert found[0] is not None
    return found[0]


def bowl(depth_m: float, radius_m: float = 600.0) -> FloatArray:
    """Flat ground with a round hole of steep walls in the middle."""
    return ground() - np.where(np.hypot(*away_m()) < radius_m, depth_m, 0.0)


def wall(height_m: float, bearing: str) -> FloatArray:
    """A long wall 500 m west or east of the origin."""
    east, _ = away_m()
    side = -500.0 if bearing == "west" else 500.0
    return ground() + np.where(np.abs(east - side) < 60, height_m, 0.0)


# --- rain on the slant path (P.618)


def test_slant_rain_is_that_of_the_reference_rows() -> None:
    with (VECTORS / "p618.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 64
    latitude, frequency, elevation, tilt, percent, rain, path, loss = (
        np.array([float(row[name]) for row in rows])
        for name in (
            "latitude_deg", "frequency_ghz", "elevation_deg", "tilt_deg", "percent", "rain_mm_per_h", "slant_path_km",
            "rain_db",
        )
    )  # fmt: skip
    rise = path * np.sin(np.radians(elevation))
    assert slant_path_km(elevation, rise) == pytest.approx(path, rel=1e-12)
    assert np.abs(slant_rain_db(frequency, elevation, rain, latitude, rise, percent, tilt) - loss).max() < 1e-6


@settings(max_examples=80, deadline=None)
@given(st.floats(10, 30), st.floats(10, 85), st.floats(5, 120), st.floats(-60, 60), st.floats(0.5, 5))
def test_slant_rain_falls_with_time_and_grows_with_rain(
    ghz: float, elevation: float, rain: float, latitude: float, rise: float
) -> None:
    # Below 0.01 % the Recommendation's own exponent can turn: heavy rain, low satellites, near the equator.
    along = slant_rain_db(ghz, elevation, rain, latitude, rise, np.array([0.01, 0.1, 0.5, 0.99]))
    assert (np.diff(along) < 0).all() and (along > 0).all()
    assert slant_rain_db(ghz, elevation, rain * 1.2, latitude, rise, 0.01) > along[0]
    assert slant_rain_db(ghz, elevation, rain, latitude, 0.0, 0.01) == 0
    assert slant_rain_db(ghz, elevation, 0.0, latitude, rise, 0.01) == 0


def test_availability_is_where_rain_takes_the_margin() -> None:
    reached = rain_availability_percent(6.0, 20.0, np.array([30.0, 60.0]), 50.0, -2.0, 3.4)
    assert slant_rain_db(20.0, np.array([30.0, 60.0]), 50.0, -2.0, 3.4, 100 - reached) == pytest.approx(6.0, abs=1e-3)
    assert reached[1] > reached[0]
    assert rain_availability_percent(0.01, 30.0, 30.0, 100.0, -2.0, 3.4) == pytest.approx(95.0)


def test_wrong_input_is_refused() -> None:
    for bad, word in (
        (lambda: slant_rain_db(60.0, 40, 50, 0, 3, 0.1), "frequency of 60: give 1 to 55 GHz"),
        (lambda: slant_rain_db(20.0, 0.5, 50, 0, 3, 0.1), "elevation of 0.5"),
        (lambda: slant_rain_db(20.0, 40, -5, 0, 3, 0.1), "rain rate of -5"),
        (lambda: slant_rain_db(20.0, 40, 50, 95, 3, 0.1), "latitude of 95"),
        (lambda: slant_rain_db(20.0, 40, 50, 0, 3, 10), "percentage of time of 10"),
        (lambda: horizon_deg(None, HERE, -1.0), "-1 m above ground"),
    ):
        with pytest.raises(ValueError, match=word):
            bad()


def test_rain_stands_lower_away_from_the_equator() -> None:
    assert rain_height_km([0.0, 23.0, -21.0]).tolist() == [5.0, 5.0, 5.0]
    assert rain_height_km([51.5, -40.0]) == pytest.approx([5 - 0.075 * 28.5, 5 - 1.9])
    assert rain_height_km(-80.0) == 0


# --- where satellites stand


def test_look_angles() -> None:
    azimuth, elevation = geostationary_look(0.0, 7.2, 7.2)
    assert elevation == pytest.approx(90)
    azimuth, elevation = geostationary_look(51.5, -0.14, 0.0)
    # 31.077 degrees in the ITU's example for London, by a slightly larger Earth
    assert (azimuth, elevation) == pytest.approx((179.82, 31.08), abs=0.05)
    azimuth, elevation = geostationary_look(-33.9, 18.4, 18.4)
    assert azimuth % 360 == pytest.approx(0, abs=1e-9) and 49 < elevation < 51
    azimuth, elevation = geostationary_look(-2.0, 30.0, 7.0)
    assert 270 < azimuth < 276 and 62 < elevation < 63
    assert geostationary_look(0.0, 0.0, 90.0)[1] < 0


# --- the horizon


def test_horizon_of_a_wall_is_its_slope() -> None:
    seen = horizon_deg(raster(wall(300.0, "east")), HERE, 10.0, floor_deg=1.0)
    assert seen.shape == (1, AZIMUTHS)
    east = seen[0, AZIMUTHS // 4]
    # the face of the wall is 440 m away, to within a pixel
    assert math.degrees(math.atan(290 / 500)) < east < math.degrees(math.atan(290 / 390))
    assert seen[0, 3 * AZIMUTHS // 4] == 0
    north = seen[0, 0]
    assert north < 2
    # 60 degrees off, the wall is twice as far
    assert seen[0, AZIMUTHS // 4 + AZIMUTHS // 6] == pytest.approx(math.degrees(math.atan(290 / 900)), abs=3)


def test_a_higher_antenna_sees_a_lower_horizon() -> None:
    rng = np.random.default_rng(5)
    rough = ground() + rng.uniform(0, 80, ground().shape)
    points = np.column_stack([EAST + rng.uniform(-9000, 9000, 40), NORTH + rng.uniform(-9000, 9000, 40)])
    before = horizon_deg(raster(rough), points, 1.0)
    for height in (5.0, 20.0, 60.0):
        after = horizon_deg(raster(rough), points, height)
        assert (after <= before).all()
        before = after
    assert (horizon_deg(None, points, 4.0) == 0).all()


def test_unknown_terrain_is_unknown_and_the_edge_of_the_raster_is_no_wall() -> None:
    east, north = away_m()
    hole = np.where((np.abs(east - 1000) < 100) & (np.abs(north) < 100), np.nan, wall(300.0, "west"))
    seen = horizon_deg(raster(hole), HERE, 2.0, floor_deg=5.0)[0]
    assert np.isnan(seen[AZIMUTHS // 4]) and np.isfinite(seen[3 * AZIMUTHS // 4]) and np.isfinite(seen[0])
    # 25 degrees: nothing on this raster can stand so high a kilometre away, so the hole does not matter
    assert np.isfinite(horizon_deg(raster(hole), HERE, 2.0, floor_deg=25.0)).all()
    corner = np.array([[EAST + 29_900, NORTH], [EAST + 31_000, NORTH]])
    edge = horizon_deg(raster(hole), corner, 2.0, floor_deg=5.0)
    assert edge[0, AZIMUTHS // 4] == 0 and np.isfinite(edge[0]).all() and np.isnan(edge[1]).all()
    assert edge[0, 3 * AZIMUTHS // 4] == 0 and np.isfinite(edge[0, 0])


def test_the_order_of_points_does_not_matter() -> None:
    rough = raster(ground() + np.random.default_rng(1).uniform(0, 200, ground().shape))
    points = np.column_stack([EAST + np.arange(0, 9000, 900.0), NORTH + np.arange(0, 9000, 900.0)])
    there = horizon_deg(rough, points, 3.0)
    assert (horizon_deg(rough, points[::-1], 3.0)[::-1] == there).all()


# --- who is served


def test_low_orbit_needs_an_open_sky(catalogue: Catalogue) -> None:
    sky = sky_of(catalogue, "low")
    for depth, served in ((0.0, True), (100.0, True), (600.0, False)):
        found = sky_over(sky, inputs(raster(bowl(depth))), catalogue, project(), HERE, 4.0)
        assert bool(found.served[0]) == served and bool(found.blocked[0]) != served
    # a wall on one side hides less than a tenth of the horizon when it is low, more when it is high
    assert not sky_over(sky, inputs(raster(wall(400.0, "west"))), catalogue, project(), HERE, 4.0).served[0]
    assert sky_over(sky, inputs(None), catalogue, project(), HERE, 4.0).served[0]


def test_the_edge_of_the_terrain_hides_no_sky_and_is_said(catalogue: Catalogue) -> None:
    sky = sky_of(catalogue, "low")
    east, _ = away_m()
    hill = ground() + np.where(np.abs(east) < 60, 2000.0, 0.0)
    edge = HERE + np.array([[29_900.0, 0.0], [20_000.0, 0.0]])
    found = sky_over(sky, inputs(raster(hill)), catalogue, project(), edge, 4.0)
    assert found.served.all()
    (said,) = found.warnings
    assert "terrain unknown around 1 of 2 places" in said and "give elevation reaching 4." in said
    void = hill.copy()
    void[np.hypot(*away_m()) > 29_000] = np.nan
    near = HERE + np.array([[28_000.0, 0.0]])
    assert sky_over(sky, inputs(raster(void)), catalogue, project(), near, 4.0).blocked.all()
    # where nothing of the raster could stand so high that it matters, nothing is said
    assert sky_over(sky, inputs(raster(ground())), catalogue, project(), edge, 4.0).warnings == ()


def test_geostationary_needs_its_one_direction(catalogue: Catalogue) -> None:
    sky = sky_of(catalogue, "geostationary")
    assert sky.longitude_deg is not None
    # seen from 32 E, a satellite at 7.2 E stands in the west, about 60 degrees high
    high = sky_over(sky, inputs(raster(wall(1200.0, "west"))), catalogue, project(), HERE, 4.0)
    assert not high.served[0] and 55 < high.elevation_deg[0] < 65
    assert sky_over(sky, inputs(raster(wall(1200.0, "east"))), catalogue, project(), HERE, 4.0).served[0]
    assert sky_over(sky, inputs(raster(wall(400.0, "west"))), catalogue, project(), HERE, 4.0).served[0]
    away = sky.model_copy(update={"longitude_deg": sky.longitude_deg.model_copy(update={"value": -100.0})})
    assert not sky_over(away, inputs(raster(ground())), catalogue, project(), HERE, 4.0).served[0]


def test_a_platform_serves_what_it_stands_over(catalogue: Catalogue) -> None:
    sky = sky_of(catalogue, "platform")
    points = HERE + np.array([[0.0, 0.0], [20_000.0, 0.0], [0.0, 29_000.0], [0.0, 70_000.0]])
    found = sky_over(sky, inputs(None), catalogue, project(), points, 4.0)
    assert found.elevation_deg[0] > 89 and found.elevation_deg[1] == pytest.approx(45, abs=1)
    assert found.served.tolist() == [True, True, True, False]


def test_rain_beyond_the_margin_is_not_served(catalogue: Catalogue) -> None:
    sky = sky_of(catalogue, "geostationary")
    wet = project(climate={"rain_rate_mm_per_h": 200, "rain_height_m": 6000})
    found = sky_over(sky, inputs(raster(ground(0.0))), catalogue, wet, HERE, 4.0)
    assert found.rained_out[0] and not found.blocked[0] and not found.served[0]
    dry = project(climate={"rain_rate_mm_per_h": 20})
    assert sky_over(sky, inputs(raster(ground(0.0))), catalogue, dry, HERE, 4.0).served[0]


def homes(where: list[tuple[str, float, float]]) -> Demand:
    frame = pd.DataFrame(
        [(EAST + x, NORTH + y) for _, x, y in where], columns=["x_m", "y_m"],
        index=pd.Index([key for key, _, _ in where], name="demand_id"),
    )  # fmt: skip
    frame = frame.assign(area_km2=0.0, households=10.0, premises=4.0, rate_mbps=5.0, demand_mbps=1.0)
    frame["class"] = "rural"
    return Demand(gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame.x_m, frame.y_m), crs=UTM))


def test_satellite_options_serve_who_sees_the_sky(catalogue: Catalogue) -> None:
    points = homes([("in-the-hole", 0, 0), ("on-the-plain", 4000, 0)])
    asked = project(technologies=("satellite-leo", "satellite-geo"))
    built = build_options(
        inputs(raster(bowl(600.0))), points, sites([("s", 0, 0)]), catalogue, asked, MONEY
    )  # fmt: skip
    served = built.service.assign(technology=built.service["option_id"].str.rpartition("/")[2])
    by_leo = served.loc[served["technology"] == "satellite-leo", "demand_id"].tolist()
    by_geo = served.loc[served["technology"] == "satellite-geo", "demand_id"].tolist()
    # the hole hides the low sky, but the arc stands above its walls
    assert by_leo == ["on-the-plain"] and by_geo == ["in-the-hole", "on-the-plain"]
    assert any(text.startswith("satellite-leo: 1 of 2 places") for text in built.warnings)


def test_what_stands_still_above_is_one_option_over_the_whole_area(catalogue: Catalogue) -> None:
    points = homes([("west", -12_000, 0), ("east", 12_000, 0)])
    named = ("satellite-leo", "satellite-geo", "haps")
    built = build_options(inputs(None), points, sites([("s", 0, 0)]), catalogue, project(technologies=named), MONEY)
    count = built.table["technology"].value_counts()
    assert count["satellite-geo"] == count["haps"] == 1 < count["satellite-leo"]
    for key in ("satellite-geo", "haps"):
        whole = catalogue.technologies[key].capacity
        (option,) = built.table.index[built.table["technology"] == key]
        assert whole is not None
        area_km2 = inputs(None).area.area / 1e6
        assert built.table.loc[option, "capacity"] == pytest.approx(whole.value * area_km2)
        assert set(built.service.loc[built.service["option_id"] == option, "demand_id"]) == {"west", "east"}
    # the platform is paid for once and whole
    (flown,) = (
        built.items.loc[built.items["row_id"].str.endswith("/haps"), ["item", "capex"]]
        .groupby("item")
        .sum()["capex"]
        .nlargest(1)
    )
    assert flown > 4e6


def test_dishes_stand_where_they_see_and_the_better_one_is_offered(catalogue: Catalogue) -> None:
    places = sites([("hole", 0, 0), ("plain", 4000, 0), ("cliff", -560, 0)], height_m=10.0)
    only = shipped("satellite")
    hops = build_hops(inputs(raster(bowl(600.0))), places, only, project(), MONEY)
    assert hops.dishes is not None
    offered = {site: medium for site, medium in hops.dishes[["site_id", "medium"]].to_numpy()}
    assert offered == {"hole": "satellite-geo-backhaul", "plain": "satellite-leo-backhaul"}
    assert any("satellite-leo-backhaul: at 2 of 3 sites" in text for text in hops.warnings)
    graph = build_backhaul(inputs(), places, hops, only, project(), MONEY)
    edges = graph.edges.set_index("site_a")["medium"].to_dict()
    assert edges == offered
    assert sorted(graph.roots) == ["gw:hole", "gw:plain"]
    every = build_backhaul(inputs(), places, Hops(hops.table), only, project(), MONEY)
    assert set(every.edges["site_a"]) == {"hole", "plain", "cliff"}


# --- the catalogue


def test_a_platform_is_used_only_where_named(catalogue: Catalogue) -> None:
    off = {key for key, technology in catalogue.technologies.items() if not technology.enabled}
    assert "haps" in off
    assert not off & set(select(catalogue, None).technologies)
    assert set(select(catalogue, ("haps",)).technologies) == {"haps"}


def changed(technology: Technology, **values: float) -> Technology:
    assert technology.sky is not None
    numbers = {}
    for key, value in values.items():
        old = getattr(technology.sky, key)
        numbers[key] = old.model_copy(update={"value": value, "low": value, "high": value})
    return technology.model_copy(update={"sky": technology.sky.model_copy(update=numbers)})


def test_wrong_sky_is_one_fault_each(catalogue: Catalogue) -> None:
    ids = {
        "structures": frozenset(catalogue.structures),
        "power": frozenset(catalogue.power),
        "sharing": frozenset[str](),
    }
    geo = catalogue.technologies["satellite-geo"]
    assert geo.sky is not None
    assert check_entry(geo, ids) == []
    nowhere = geo.model_copy(update={"sky": geo.sky.model_copy(update={"longitude_deg": None})})
    for wrong, key in (
        (changed(geo, frequency_mhz=70_000.0), "sky.frequency_mhz"),
        (changed(geo, availability_percent=50.0), "sky.availability_percent"),
        (changed(geo, min_elevation_deg=1.0), "sky.min_elevation_deg"),
        (changed(geo, longitude_deg=200.0), "sky.longitude_deg"),
        (nowhere, "sky.longitude_deg"),
        (geo.model_copy(update={"kind": "fibre-access", "reach_m": geo.rate_mbps, "structures": ("cabinet",)}), "sky"),
    ):
        assert key in [place for place, _, _ in check_entry(wrong, ids)], key
