"""Radio: reference values, invariants, and the tables handed on."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

from netplan.catalogue.schema import (
    Catalogue,
    CostItem,
    EconomicDefaults,
    Medium,
    Power,
    Quantity,
    Radio,
    Structure,
    Technology,
)
from netplan.costs import ITEM_COLUMNS, Economics
from netplan.project.schema import DemandSpec, Project
from netplan.radio import budget, kernels
from netplan.radio.beams import BEAM_SIDE_M
from netplan.radio.best import best_server
from netplan.radio.distribution import road_length_m
from netplan.radio.hops import build_hops
from netplan.radio.options import build_options
from netplan.radio.partners import CONSIDERED
from netplan.radio.path_loss import batch_clearances, batch_losses, clearance, free_space_loss, path_loss
from netplan.tables import Demand, Inputs, Options, Raster, Sites

EAST, NORTH = 400_000.0, 9_800_000.0
UTM = CRS.from_epsg(32736)
ECONOMICS = Economics("USD", 2025, 0.08, 10, True, "society", 0.0)


def q(value: float, unit: str = "1") -> Quantity:
    return Quantity(value=value, unit=unit, source="test")


def radio(**changes: float) -> Radio:
    values: dict[str, float] = {
        "frequency_mhz": 800,
        "bandwidth_mhz": 10,
        "downlink_share": 1,
        "sectors": 3,
        "tx_power_dbm": 46,
        "tx_gain_dbi": 15,
        "tx_loss_db": 1,
        "rx_gain_dbi": 0,
        "rx_height_m": 1.5,
        "rx_noise_figure_db": 7,
        "entry_loss_db": 8,
        "interference_margin_db": 3,
        "location_sd_db": 8,
        "coverage_probability": 0.9,
        "mimo_layers": 1,
        "shannon_alpha": 0.6,
        "sinr_min_db": -6,
        "efficiency_max_bps_hz": 4.4,
        "max_load": 0.7,
        "max_range_m": 12_000,
    }
    return Radio(**{key: q(value) for key, value in {**values, **changes}.items()})  # type: ignore[arg-type]


def technology(kind: str, **more: Any) -> Technology:
    fields: dict[str, Any] = {"id": f"t-{kind}", "label": kind, "kind": kind, "colour": "red", "marker": "o"}
    fields |= {"needs_backhaul": kind != "satellite", "structures": ("mast",)}
    fields |= {"costs": (CostItem(item="radio", category="access", capex=q(1000), life_years=q(10)),)}
    fields |= {"premises": (CostItem(item="cpe", category="premises", per="premises", capex=q(50)),)}
    return Technology(**{**fields, **more})


def microwave(name: str, max_length_m: float, capacity: float, capex: float, frequency_mhz: float = 18_000) -> Medium:
    cost = CostItem(item="link", category="backhaul", capex=q(capex))
    return Medium(
        id=name, label=name, kind="microwave", colour="blue", costs=(cost,), capacity_mbps=q(capacity),
        max_length_m=q(max_length_m), frequency_mhz=q(frequency_mhz),
    )  # fmt: skip


def catalogue(*technologies: Technology, media: tuple[Medium, ...] = ()) -> Catalogue:
    def structure(key: str, generator: Any) -> Structure:
        return Structure(
            id=key, label=key, generator=generator, status="new", colour="k", marker="^", height_m=q(30),
            base_load_w=q(10), power=("sun",),
        )  # fmt: skip

    panel = CostItem(item="panel", category="power", per="w", capex=q(2), life_years=q(20))
    base = CostItem(item="fence", category="power", capex=q(999))
    return Catalogue(
        technologies={t.id: t for t in technologies},
        structures={"mast": structure("mast", "new-mast"), "box": structure("box", "cabinet")},
        power={"sun": Power(id="sun", label="sun", kind="solar", costs=(panel, base))},
        media={medium.id: medium for medium in media},
        levers={},
        economics=EconomicDefaults(discount_rate=q(0.08), years=q(10), price_escalation_per_year=q(0)),
    )


def hill_raster(ridge_m: float = 0.0, void: bool = False, side_m: float = 40_000) -> Raster:
    """Flat ground with a north-south ridge 400 m wide at x = 5 km; optionally a void strip there."""
    pitch = 100.0
    n = int(side_m / pitch)
    values = np.full((n, n), 1500.0)
    x = (np.arange(n) + 0.5) * pitch - 10_000
    values[:, np.abs(x - 5000) < 200] += ridge_m
    if void:
        values[:, np.abs(x - 5000) < 200] = np.nan
    return Raster(values, Affine(pitch, 0, EAST - 10_000, 0, -pitch, NORTH + side_m / 2), "test")


def inputs(elevation: Raster | None = None, pops: tuple[tuple[float, float], ...] = (), roads: Any = None) -> Inputs:
    area = shapely.box(EAST - 1000, NORTH - 5000, EAST + 20_000, NORTH + 5000)
    nothing = gpd.GeoDataFrame({"population": []}, geometry=[], crs=UTM)
    points = gpd.GeoDataFrame(
        {"name": [str(i) for i in range(len(pops))], "capacity_mbps": np.inf, "assumed": False},
        geometry=[shapely.Point(EAST + x, NORTH + y) for x, y in pops], crs=UTM,
    )  # fmt: skip
    return Inputs(
        crs=UTM, area=area, margin=area.buffer(10_000), population=nothing, urban=None, facilities={}, pops=points,
        towers=None, fibre=None, service=None, roads=roads, power_lines=None, water_pipes=None, water_access=None,
        ducts=None, elevation=elevation, exclusions=gpd.GeoDataFrame({"source": []}, geometry=[], crs=UTM),
        settlements=None,
    )  # fmt: skip


def demand(rows: list[tuple[str, float, float, float]], rate: float = 5.0, mbps: float = 3.0) -> Demand:
    """Rows (id, x, y, side in m); side 0 is a facility."""
    shapes, columns = [], []
    for _, x, y, side in rows:
        centre = shapely.Point(EAST + x, NORTH + y)
        shapes.append(centre.buffer(side / 2, cap_style="square") if side else centre)
        columns.append((EAST + x, NORTH + y, side**2 / 1e6, 100.0 if side else 0.0, 40.0 if side else 1.0))
    frame = pd.DataFrame(columns, columns=["x_m", "y_m", "area_km2", "households", "premises"])
    frame.index = pd.Index([row[0] for row in rows], name="demand_id")
    frame = frame.assign(rate_mbps=rate, demand_mbps=mbps, **{"class": "rural"})
    return Demand(gpd.GeoDataFrame(frame, geometry=shapes, crs=UTM).sort_index())


def sites(rows: list[tuple[str, float, float]], height_m: float = 30.0, structure: str = "mast") -> Sites:
    frame = pd.DataFrame({"x_m": [EAST + r[1] for r in rows], "y_m": [NORTH + r[2] for r in rows]})
    frame.index = pd.Index([row[0] for row in rows], name="site_id")
    frame = frame.assign(structure=structure, height_m=height_m, power="sun")
    frame["status"] = "new"
    return Sites(gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame.x_m, frame.y_m), crs=UTM), pd.DataFrame())


def project(**more: Any) -> Project:
    return Project(name="test", demand=DemandSpec(population="p.tif"), targets={"rural": 0.9}, **more)


def options(
    technologies: list[Technology], points: Demand, places: Sites, elevation: Raster | None = None, roads: Any = None
) -> Options:
    everything = inputs(elevation, roads=roads)
    return build_options(everything, points, places, catalogue(*technologies), project(), ECONOMICS)


# --- kernels


def test_free_space_is_the_textbook_value() -> None:
    assert float(free_space_loss(10_000, 1000)) == pytest.approx(32.448 + 20 + 60, abs=0.001)


profiles = st.lists(st.floats(0, 300), min_size=8, max_size=40)


@settings(max_examples=60, deadline=None)
@given(profiles, st.integers(1, 6), st.floats(0, 200))
def test_a_higher_obstacle_never_lowers_bullington_loss(heights: list[float], where: int, more: float) -> None:
    distance, low = np.linspace(0, 9, len(heights)), np.array(heights)
    high = low.copy()
    high[where] += more
    ends = (low[0] + 30, low[-1] + 10, 8494.67, 0.3748)
    assert kernels.bullington_db(distance, high, 1, *ends) >= kernels.bullington_db(distance, low, 1, *ends) - 1e-9
    assert kernels.bullington_db(distance, low, 1, *ends) >= kernels.bullington_db(distance, low, 3, *ends) - 1e-9


def test_batch_equals_single_profile_on_the_same_samples() -> None:
    raster = hill_raster(80)
    x = EAST + 50 + np.arange(0, 9001, 100.0)
    y = raster.transform.f - 20_050
    column = ((x - raster.transform.c) / 100).astype(int)
    single = float(path_loss(x - x[0], raster.values[200, column], 30, 1.5, 800))
    batch = batch_losses(raster, (x[0], y), 30, (x[-1], y), 1.5, 800)
    assert batch == pytest.approx([single], abs=0.06)  # P.1812 rounds free space
    assert single > float(free_space_loss(9000, 800)) + 6
    assert batch_losses(raster, (x[0], y), 30, (x[-1], y), 1.5, 800, limit_db=batch[0] - 1)[0] == math.inf
    assert batch_losses(raster, (x[0], y), 30, (x[-1], y), 1.5, 800, limit_db=batch[0] + 1) == pytest.approx(batch)


def test_void_or_outside_terrain_is_unknown() -> None:
    raster = hill_raster(void=True)
    rx = [(EAST + 9000, NORTH), (EAST + 3000, NORTH), (EAST - 50_000, NORTH)]
    loss = batch_losses(raster, (EAST, NORTH), 30, rx, 1.5, 800)
    assert np.isnan(loss).tolist() == [True, False, True]
    assert np.isnan(batch_clearances(raster, (EAST, NORTH), 30, rx, 10, 5800)).tolist() == [True, False, True]
    assert math.isnan(float(path_loss([0, 100, 200], [1, math.nan, 1], 10, 10, 800)))


def test_clearance_of_a_grazing_edge_is_zero() -> None:
    ratio = clearance([0, 1000, 2000], [0, 10, 0], 10, 10, 5800, k_factor=1e12)
    assert ratio == pytest.approx(0, abs=1e-9)
    assert (
        float(path_loss([0, 1000, 2000], [0, 10, 0], 10, 10, 5800, k_factor=1e12))
        > float(free_space_loss(2000, 5800)) + 6
    )


# --- link budget


def test_budget_by_hand() -> None:
    unit = radio(coverage_probability=0.5, entry_loss_db=0, interference_margin_db=0, rx_noise_figure_db=0)
    assert budget.noise_dbm(unit) == pytest.approx(-104)
    assert budget.sinr_at_zero_loss_db(unit) == pytest.approx(46 + 15 - 1 + 104)
    assert budget.rate_mbps(unit, 164 - 10) == pytest.approx(10 * 0.6 * math.log2(11))
    assert budget.rate_mbps(unit, [10.0, 164 + 6.01, math.nan, math.inf]).tolist() == pytest.approx([44, 0, 0, 0])
    assert budget.shadow_margin_db(radio()) == pytest.approx(8 * 1.2816, abs=1e-3)


@settings(max_examples=50, deadline=None)
@given(st.floats(0.1, 43.9))
def test_largest_loss_meets_the_rate_and_a_bit_more_does_not(required: float) -> None:
    unit = radio()
    limit = float(budget.max_loss_db(unit, required))
    assert float(budget.rate_mbps(unit, limit - 1e-9)) >= required * (1 - 1e-6)
    assert float(budget.rate_mbps(unit, limit + 0.01)) < max(required, 1e-9)


def test_a_rate_above_the_cap_is_never_offered() -> None:
    assert budget.max_loss_db(radio(), [44.1]).tolist() == [-math.inf]


# --- options


def test_capacity_used_is_airtime_and_grows_to_the_edge() -> None:
    lte = technology("cellular", radio=radio())
    result = options([lte], demand([("far", 9000, 0, 0), ("near", 1000, 0, 0)]), sites([("s", 0, 0)]))
    service = result.service.set_index("demand_id")
    assert service["capacity_used"].to_numpy() == pytest.approx(3.0 / service["rate_mbps"].to_numpy())
    assert service.at["far", "capacity_used"] > service.at["near", "capacity_used"]
    assert result.table.at["s/t-cellular", "capacity"] == pytest.approx(2.1)
    assert result.table.at["s/t-cellular", "capacity_unit"] == "sectors"
    assert any("smooth Earth" in text for text in result.warnings)


def test_required_rate_is_a_threshold() -> None:
    lte = technology("cellular", radio=radio())
    points = [("d", 6000, 0, 0)]
    offered = options([lte], demand(points), sites([("s", 0, 0)])).service["rate_mbps"].iloc[0]
    assert len(options([lte], demand(points, rate=offered * 0.999), sites([("s", 0, 0)])).service) == 1
    none = options([lte], demand(points, rate=offered * 1.001), sites([("s", 0, 0)]))
    assert none.service.empty and none.table.empty and none.items.empty
    assert any("reach nobody" in text for text in none.warnings)


def test_paths_outside_the_model_are_said() -> None:
    def warned(height_m: float = 30.0, **changes: float) -> list[str]:
        asked = technology("cellular", radio=radio(**changes))
        made = options([asked], demand([("near", 100, 0, 0), ("far", 900, 0, 0)]), sites([("s", 0, 0)], height_m))
        return [text.partition("extrapolated: ")[2] for text in made.warnings if "P.1812" in text]

    assert warned() == ["1 path is shorter than 250 m"]
    (text,) = warned(0.5, frequency_mhz=26_000, rx_height_m=0.5)
    assert all(word in text for word in ("26000 MHz", "terminals at 0.5 m", "antennas of 1 of 1 sites", "1 path is"))


def test_range_and_structure_limit_service() -> None:
    lte = technology("cellular", radio=radio(max_range_m=5000))
    points = demand([("in", 4900, 0, 0), ("out", 5100, 0, 0)])
    assert options([lte], points, sites([("s", 0, 0)])).service["demand_id"].tolist() == ["in"]
    assert options([lte], points, sites([("s", 0, 0)], structure="box")).table.empty


def test_a_cell_across_the_range_is_partly_served() -> None:
    lte = technology("cellular", radio=radio(max_range_m=5000))
    service = options([lte], demand([("d", 5100, 0, 1000)]), sites([("s", 0, 0)])).service
    assert service["service_max"].tolist() == pytest.approx([0.4])


def test_wifi_needs_a_clear_path_and_lte_bends() -> None:
    wifi = technology("wifi", radio=radio(frequency_mhz=5800, rx_height_m=6, rx_gain_dbi=20, entry_loss_db=0))
    lte = technology("cellular", radio=radio())
    points = demand([("behind", 8000, 0, 0), ("front", 3000, 0, 0)], rate=2)
    ridge = options([wifi, lte], points, sites([("s", 0, 0)]), hill_raster(60)).service
    assert set(zip(ridge["demand_id"], ridge["option_id"], strict=True)) == {
        ("behind", "s/t-cellular"), ("front", "s/t-cellular"), ("front", "s/t-wifi"),
    }  # fmt: skip
    flat = options([wifi], points, sites([("s", 0, 0)]), hill_raster(0)).service
    assert flat["demand_id"].tolist() == ["behind", "front"]


def test_unknown_terrain_is_not_served_and_said() -> None:
    lte = technology("cellular", radio=radio())
    points = demand([("behind", 8000, 0, 0), ("front", 3000, 0, 0)])
    result = options([lte], points, sites([("s", 0, 0)]), hill_raster(void=True))
    assert result.service["demand_id"].tolist() == ["front"]
    assert any("1 of 2 paths" in text for text in result.warnings)


def test_hotspot_serves_the_area_in_range() -> None:
    spot = technology("hotspot", radio=radio(max_range_m=200, frequency_mhz=2400, tx_power_dbm=20, tx_gain_dbi=6))
    points = demand([("cell", 0, 0, 1000), ("near", 150, 0, 0), ("far", 250, 0, 0)], rate=1)
    service = options([spot], points, sites([("s", 0, 0)])).service.set_index("demand_id")["service_max"]
    assert list(service.index) == ["cell", "near"]
    assert service["cell"] == pytest.approx(math.pi * 0.04, rel=1e-3)
    assert service["near"] == 1


def test_fibre_cabinet_reach_capacity_and_cable() -> None:
    cable = CostItem(item="cable", category="distribution", per="km", capex=q(5000))
    gpon = technology("fibre-access", reach_m=q(1000), rate_mbps=q(100), capacity=q(128), costs=(cable,), radio=None)
    points = demand([("cell", 1000, 0, 1000), ("school", 900, 0, 0), ("far", 1200, 900, 0)])
    line = shapely.LineString([(EAST - 5000, NORTH), (EAST + 5000, NORTH)])
    roads = gpd.GeoDataFrame(geometry=[line], crs=UTM)
    result = options([gpon], points, sites([("s", 0, 0)]), roads=roads)
    service = result.service.set_index("demand_id")
    assert list(service.index) == ["cell", "school"]
    assert 0.4 < service.at["cell", "service_max"] < 0.5
    assert service.at["cell", "capacity_used"] == 40 and service.at["school", "capacity_used"] == 1
    assert result.items["quantity"].tolist() == pytest.approx([2.0])
    assert result.table["capacity_unit"].tolist() == ["premises"]
    without = options([gpon], points, sites([("s", 0, 0)]))
    assert 2.0 < without.items["quantity"].iloc[0] < 10.0
    assert options([gpon], demand([("d", 0, 0, 0)], rate=101), sites([("s", 0, 0)])).service.empty


def test_road_length_is_clipped_to_the_disc() -> None:
    lines = [shapely.LineString([(-5, 0), (5, 0)]), shapely.LineString([(-5000, 0), (5000, 0)])]
    roads = gpd.GeoDataFrame(geometry=lines, crs=UTM)
    assert road_length_m(np.zeros((1, 2)), roads, 1000.0) == pytest.approx([2010.0])


def test_satellite_beams_share_out_the_area() -> None:
    leo = technology("satellite", rate_mbps=q(50), capacity=q(2), structures=(), radio=None)
    points = demand([(f"d{i}", 2000.0 * i, 0, 0) for i in range(10)])
    result = options([leo], points, sites([("s", 0, 0)]))
    assert set(result.service["demand_id"]) == set(points.points.index)
    assert result.service["demand_id"].is_unique
    assert (result.table["site_id"] == "").all() and not result.table["needs_backhaul"].any()
    area_km2 = inputs().area.area / 1e6
    assert 0 < result.table["capacity"].sum() <= 2 * area_km2 + 1e-6
    assert result.table["capacity"].max() <= 2 * BEAM_SIDE_M**2 / 1e6
    assert result.table.index.str.fullmatch(r"beam-\d+-\d+/t-satellite").all()


def test_items_cover_equipment_and_power_by_load() -> None:
    lte = technology("cellular", radio=radio(), load_w=q(300))
    result = options([lte], demand([("d", 1000, 0, 0)]), sites([("s", 0, 0)]))
    assert list(result.items.columns) == ITEM_COLUMNS
    items = result.items.set_index("item")
    assert set(items.index) == {"radio", "panel"}
    assert items.at["panel", "capex"] == 600 and set(items["row_id"]) == {"s/t-cellular"}
    assert result.premises_items[["row_id", "capex"]].to_numpy().tolist() == [["t-cellular", 50]]


def test_the_order_of_rows_does_not_matter() -> None:
    kinds = [technology("cellular", radio=radio()), technology("hotspot", radio=radio(max_range_m=600))]
    rng = np.random.default_rng(1)
    rows = [(f"d{i:02d}", *rng.uniform(-4000, 12_000, 2), 1000.0 * (i % 2)) for i in range(30)]
    places = [(f"s{i}", *rng.uniform(-4000, 9000, 2)) for i in range(5)]
    one = options(kinds, demand(rows), sites(places), hill_raster(70))
    back = Demand(demand(rows).points.iloc[::-1])
    two = options(kinds[::-1], back, sites(places[::-1]), hill_raster(70))
    pd.testing.assert_frame_equal(one.service, two.service, check_exact=True)
    pd.testing.assert_frame_equal(one.table.drop(columns="geometry"), two.table.drop(columns="geometry"))
    pd.testing.assert_frame_equal(one.items, two.items)
    assert one.service.sort_values(["demand_id", "option_id"]).index.is_monotonic_increasing


def test_named_technologies_only() -> None:
    both = catalogue(technology("cellular", radio=radio()), technology("hotspot", radio=radio(max_range_m=3000)))
    chosen = project(technologies=("t-hotspot",))
    result = build_options(inputs(), demand([("d", 900, 0, 0)], rate=1), sites([("s", 0, 0)]), both, chosen, ECONOMICS)
    assert set(result.table["technology"]) == {"t-hotspot"}


# --- hops and coverage


def test_hops_need_line_of_sight() -> None:
    places = sites([("a", 0, 0), ("b", 3000, 0), ("c", 9000, 0)])
    cat = catalogue(media=(microwave("m", 20_000, 400, 10),))
    ridge = build_hops(inputs(hill_raster(60)), places, cat).table
    assert ridge[["site_a", "site_b"]].to_numpy().tolist() == [["a", "b"]]
    assert ridge["length_m"].tolist() == pytest.approx([3000]) and (ridge["clearance"] >= 1.0).all()
    assert len(build_hops(inputs(hill_raster(0)), places, cat).table) == 3
    assert build_hops(inputs(hill_raster(void=True)), places, cat).table["site_b"].tolist() == ["b"]
    assert build_hops(inputs(hill_raster(0)), sites([("a", 0, 0), ("b", 3000, 0)], 5.0), cat).table.empty


def test_hops_reach_pops_and_keep_useful_media() -> None:
    media = (microwave("far", 20_000, 400, 20, 7000), microwave("near", 4000, 400, 10))
    fast = microwave("fast", 4000, 1000, 30, 70_000)
    places = sites([("a", 0, 0), ("b", 3000, 0), ("c", 9000, 0)])
    table = build_hops(inputs(pops=((0, 500),)), places, catalogue(media=media)).table
    used = {(a, b): m for a, b, m in table[["site_a", "site_b", "medium"]].to_numpy()}
    assert used == {
        ("a", "b"): "near", ("a", "c"): "far", ("b", "c"): "far", ("a", "pop:0"): "near", ("b", "pop:0"): "near",
        ("c", "pop:0"): "far",
    }  # fmt: skip
    table = build_hops(inputs(), places, catalogue(media=(*media, fast))).table
    assert set(table.loc[table["site_b"] == "b", "medium"]) == {"near", "fast"}


def test_many_sites_keep_few_partners_whatever_their_order() -> None:
    rng = np.random.default_rng(0)
    rows = [(f"s{i:03d}", *rng.uniform(0, 9000, 2)) for i in range(80)]
    cat = catalogue(media=(microwave("m", 20_000, 400, 10),))
    hops = build_hops(inputs(), sites(rows), cat).table
    again = build_hops(inputs(), sites(rows[::-1]), cat).table
    pd.testing.assert_frame_equal(hops, again)
    degree = pd.concat([hops["site_a"], hops["site_b"]]).value_counts()
    assert degree.min() >= 12 and len(hops) <= 12 * 80 and hops.attrs["dropped"] > 0
    assert (hops["site_a"] < hops["site_b"]).all()


def test_pairs_that_nobody_looks_at_are_counted() -> None:
    rng = np.random.default_rng(0)
    xy = rng.uniform(0, 9000, (80, 2))
    far = np.hypot(*(xy[:, None] - xy[None, :]).transpose(2, 0, 1))
    rows = [(f"s{i:03d}", *place) for i, place in enumerate(xy)]
    for longest in (4000, 20_000):
        near = far <= np.minimum(np.sort(far, axis=1)[:, [CONSIDERED]], longest)
        unseen = np.triu((far <= longest) & ~(near | near.T), 1).sum()
        hops = build_hops(inputs(), sites(rows), catalogue(media=(microwave("m", longest, 400, 10),))).table
        assert hops.attrs["unseen"] == unseen
    assert unseen > 0
    alone = build_hops(
        inputs(pops=((0, 0), (50, 0))), sites(rows[:2]), catalogue(media=(microwave("m", 9e4, 400, 10),))
    )
    assert alone.table.attrs["unseen"] == 0  # the pair of points of presence is none


def test_best_server_is_the_best_of_all_and_stops_at_the_range() -> None:
    lte = technology("cellular", radio=radio(max_range_m=4000))
    cat, places, points = catalogue(lte), sites([("a", 0, 0), ("b", 6000, 0)]), demand([("d", 3000, 0, 0)])
    everything = inputs(hill_raster(60))
    table = build_options(everything, points, places, cat, project(), ECONOMICS).table
    both = best_server(everything, places.points, table, cat, 500.0)
    alone = best_server(everything, places.points, table.loc[["a/t-cellular"]], cat, 500.0)
    filled = np.isfinite(alone.values)
    assert (both.values[filled] >= alone.values[filled]).all() and np.isfinite(both.values).sum() > filled.sum()
    row, column = np.nonzero(filled)
    x, y = alone.transform.c + 500 * (column + 0.5), alone.transform.f - 500 * (row + 0.5)
    assert np.hypot(x - EAST, y - NORTH).max() <= 4000
    assert np.nanmin(alone.values) > 0


def test_shared_masts_push_out_no_hop() -> None:
    """Every hop of a district without its shared masts is there with them."""
    rng = np.random.default_rng(3)
    places = [(f"s{i:03d}", *map(float, rng.uniform(0, 9000, 2))) for i in range(90)]
    every = sites(places)
    every.points.loc[every.points.index[45:], "status"] = "shared"
    own = Sites(every.points.iloc[:45], every.items)
    keys = ["site_a", "site_b", "medium"]
    alone = build_hops(inputs(), own, catalogue(media=(microwave("m", 20_000, 400, 10),))).table[keys]
    both = build_hops(inputs(), every, catalogue(media=(microwave("m", 20_000, 400, 10),))).table[keys]
    assert len(alone) and set(map(tuple, alone.to_numpy())) <= set(map(tuple, both.to_numpy()))
