"""Fixed links: adaptive modulation at an availability target, and hops that carry what they can."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linkbuilder import EAST, NORTH, away_m, ground, inputs, project, raster, shipped, sites

from netplan.catalogue import load_catalogue
from netplan.catalogue.check import check_entry
from netplan.catalogue.schema import Catalogue, Medium, Quantity
from netplan.costs import Economics, price_items
from netplan.errors import InputError
from netplan.radio import climate
from netplan.radio.choice import STEP, reach_m
from netplan.radio.hops import CLEARANCE, K_MIN, build_hops
from netplan.radio.modulation import Paths, capacity_mbps, fade_margins_db, outages_percent
from netplan.radio.path_loss import FRESNEL_CLEARANCE, K_FACTOR, batch_clearances
from netplan.tables import FloatArray, Raster

_LINKS = shipped("microwave")


@pytest.fixture(scope="module")
def bands() -> Catalogue:
    return _LINKS


def paths(length_km: list[float] | FloatArray, rain: float = 50.0, roughness: float | None = 60.0) -> Paths:
    length = np.asarray(length_km, float) * 1000.0
    n = len(length)
    rough = None if roughness is None else np.full(n, roughness)
    return Paths(
        length, np.full(n, 1530.0), np.full(n, 1530.0), np.full(n, -2.0), np.full(n, rain), np.full(n, -200.0), rough
    )


def carries(medium: Medium, length_km: list[float] | FloatArray, rain: float = 50.0) -> FloatArray:
    assert medium.fixed is not None and medium.frequency_mhz is not None
    return capacity_mbps(medium.fixed, medium.frequency_mhz.value, paths(length_km, rain))


# --- adaptive modulation


def test_margin_is_the_link_budget(bands: Catalogue) -> None:
    medium = bands.media["microwave-18ghz"]
    assert medium.fixed is not None and medium.frequency_mhz is not None
    link, mhz = medium.fixed, medium.frequency_mhz.value
    margins = fade_margins_db(link, mhz, np.array([10_000.0]))[0]
    free = 20 * math.log10(10) + 20 * math.log10(mhz / 1000) + 92.45
    first = link.modulations[0]
    level = first.tx_power_dbm.value + 2 * link.antenna_gain_dbi.value - link.fixed_loss_db.value - free
    level -= 10 * link.gas_db_per_km.value
    assert margins[0] == pytest.approx(level - first.threshold_dbm.value, abs=0.01)
    assert (np.diff(margins) < 0).all()


def test_outages_add_up_and_grow_with_rate_and_length(bands: Catalogue) -> None:
    for medium in bands.media.values():
        assert medium.fixed is not None and medium.frequency_mhz is not None
        outage = outages_percent(medium.fixed, medium.frequency_mhz.value, paths(np.linspace(0.2, 30, 80)))
        assert (np.diff(outage, axis=1) >= 0).all() and (np.diff(outage, axis=0) >= -1e-12).all()
        assert (outage > 0).all() and (outage <= 100).all()


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 150), st.floats(0, 30))
def test_capacity_falls_with_length_and_rain_and_never_leaves_the_ladder(rain: float, more: float) -> None:
    for medium in _LINKS.media.values():
        assert medium.fixed is not None
        along = carries(medium, np.linspace(0.3, 40, 60), rain)
        assert (np.diff(along) <= 0).all()
        assert set(along) <= {0.0, *(step.rate_mbps.value for step in medium.fixed.modulations)}
        assert (carries(medium, np.linspace(0.3, 40, 60), rain + more) <= along).all()


def test_a_stricter_target_never_carries_more(bands: Catalogue) -> None:
    medium = bands.media["microwave-23ghz"]
    assert medium.fixed is not None and medium.frequency_mhz is not None
    length = np.linspace(0.3, 20, 60)
    found = []
    for target in (99.0, 99.9, 99.99, 99.999):
        asked = medium.fixed.availability_percent.model_copy(update={"value": target})
        link = medium.fixed.model_copy(update={"availability_percent": asked})
        found.append(capacity_mbps(link, medium.frequency_mhz.value, paths(length)))
    for loose, strict in pairwise(found):
        assert (strict <= loose).all() and (strict < loose).any()


def test_bands_do_what_a_planner_expects_of_them(bands: Catalogue) -> None:
    frequencies = {round(m.frequency_mhz.value / 1000) for m in bands.media.values() if m.frequency_mhz}
    assert {8, 11, 15, 19, 23, 38, 78} <= frequencies
    at = {key: carries(medium, [1.0, 10.0, 25.0]) for key, medium in bands.media.items()}
    assert at["microwave-80ghz"][0] > 2000 and at["microwave-80ghz"][2] == 0
    assert at["microwave-18ghz"][0] == 507 > at["microwave-18ghz"][1] > 2 * at["microwave-18ghz"][2]
    assert at["microwave-8ghz"][2] > 200 > carries(bands.media["microwave-38ghz"], [25.0])[0]
    assert at["microwave-18ghz-dual"][0] == pytest.approx(2 * at["microwave-18ghz"][0])
    wet, dry = (
        carries(bands.media["microwave-38ghz"], [5.0], 100.0),
        carries(bands.media["microwave-38ghz"], [5.0], 10.0),
    )
    assert wet[0] < dry[0]


# --- hops


def test_capacity_of_a_hop_follows_length_and_band(bands: Catalogue) -> None:
    places = sites([("a", 0, 0), ("b", 800, 0), ("c", 9000, 0), ("d", 0, 26_000)])
    table = build_hops(inputs(raster(ground())), places, bands, project()).table.set_index(
        ["site_a", "site_b", "medium"]
    )
    short = table.loc[("a", "b")]["capacity_mbps"]
    assert short.max() > 2000 and "microwave-80ghz" in short.index
    far = table.loc[("a", "d")]["capacity_mbps"]
    assert set(far.index) <= {"microwave-8ghz", "microwave-11ghz", "microwave-11ghz-dual"} and far.min() > 100
    middle = table.loc[("a", "c")]["capacity_mbps"]
    assert "microwave-80ghz" not in middle.index and middle.max() <= 1014
    assert (table["clearance"] >= CLEARANCE).all()


def test_fading_beyond_its_range_is_extrapolated_and_said(bands: Catalogue) -> None:
    """P.530 §2.3 ends at 45 GHz: above it, more fading with frequency still, and a word about it."""
    link = bands.media["microwave-80ghz"].fixed
    assert link is not None
    dry = Paths(np.array([4000.0]), *(np.array([value]) for value in (1530.0, 1530.0, -2.0, 0.0, -200.0)), None)
    outage = [float(outages_percent(link, mhz, dry)[0, -1]) for mhz in (45_000.0, 45_001.0, 60_000.0, 80_000.0)]
    assert outage[0] > 0 and outage[1] == pytest.approx(outage[0], rel=1e-3) and (np.diff(outage) > 0).all()
    for length_m, told in ((800, True), (26_000, False)):
        said = build_hops(inputs(raster(ground())), sites([("a", 0, 0), ("b", length_m, 0)]), bands, project()).warnings
        hits = [text for text in said if "multipath" in text]
        assert bool(hits) == told
        assert all(text.startswith("microwave-80ghz: outside the validity of P.530") for text in hits)


def test_dearer_radios_are_offered_only_for_much_more(bands: Catalogue) -> None:
    money = Economics("USD", 2025, 0.08, 10, True, "society", 0.025)
    for length_m in (700.0, 1500.0, 4500.0, 9000.0, 18_000.0):
        places = sites([("a", 0, 0), ("b", length_m, 0)])
        table = build_hops(inputs(raster(ground())), places, bands, project(), money).table
        costs = [price_items(["x"], bands.media[m].costs, {}, money)["npv"].sum() for m in table["medium"]]
        carried = table["capacity_mbps"].to_numpy()[np.argsort(costs)]
        assert len(table) and (carried[1:] >= STEP * carried[:-1]).all()
        # the cheapest radio that reaches is always there
        reach = {key: carries(medium, [length_m / 1000])[0] for key, medium in bands.media.items()}
        within = [m for key, m in bands.media.items() if reach[key] > 0 and length_m <= reach_m(m)]
        cheapest = min(price_items(["x"], m.costs, {}, money)["npv"].sum() for m in within)
        assert min(costs) == pytest.approx(cheapest)


def test_trunk_radios_are_for_masts(bands: Catalogue) -> None:
    trunk = {key for key, medium in bands.media.items() if medium.fixed is not None and medium.fixed.trunk}
    assert trunk
    rows = [("a", 0.0, 0.0), ("b", 1500.0, 0.0)]
    masts = build_hops(inputs(raster(ground())), sites(rows), bands, project()).table
    poles = build_hops(inputs(raster(ground())), sites(rows, structure="village-hub"), bands, project()).table
    assert trunk & set(masts["medium"]) and not trunk & set(poles["medium"]) and len(poles)


def test_one_look_at_the_terrain_serves_every_band() -> None:
    east, _ = away_m()
    hill = raster(ground() + 25.0 * np.exp(-(((east - 3000) / 400.0) ** 2)))
    ends = (EAST, NORTH), 30.0, (EAST + 7000, NORTH), 30.0
    high, low = (batch_clearances(hill, *ends, mhz)[0] for mhz in (80_000.0, 8_000.0))
    assert low == pytest.approx(high * math.sqrt(0.1), rel=1e-5)


def test_a_ridge_in_the_fresnel_zone_blocks(bands: Catalogue) -> None:
    """28 km: the Earth bulges 11.5 m at k = 4/3 and the first zone at 8 GHz has a radius of 16.2 m half way."""
    east, _ = away_m()
    places = sites([("a", -14_000, 0), ("b", 14_000, 0)], height_m=45.0)
    for rise, seen in ((17.0, True), (17.7, False)):
        ridge = raster(ground() + np.where(np.abs(east) < 100, rise, 0.0))
        clear = batch_clearances(ridge, (EAST - 14_000, NORTH), 45.0, (EAST + 14_000, NORTH), 45.0, 8_000.0)[0]
        assert (clear >= CLEARANCE, clear >= FRESNEL_CLEARANCE) == (seen, True)
        assert bool(len(build_hops(inputs(ridge), places, bands, project()).table)) == seen


@pytest.mark.parametrize(("half_m", "height_m", "low", "high"), [(14_990, 45, 18, 19), (18_000, 60, 14, 16)])
def test_a_ridge_that_shows_when_rays_bend_away_blocks(
    bands: Catalogue, half_m: float, height_m: float, low: float, high: float
) -> None:
    """Where the zone is clear at k = 4/3, the line must be at 2/3, and beyond 30 km 0.6 of the zone (P.530)."""
    east, _ = away_m()
    far = Quantity(value=40_000.0, unit="m", source="test")
    radio = bands.media["microwave-23ghz"].model_copy(update={"fixed": None, "max_length_m": far})
    places = sites([("a", -half_m, 0), ("b", half_m, 0)], height_m=height_m)
    for rise, seen in ((low, True), (high, False)):
        ridge = raster(ground() + np.where(np.abs(east) < 100, rise, 0.0))
        ends = (EAST - half_m, NORTH), height_m, (EAST + half_m, NORTH), height_m
        usual, bent = (batch_clearances(ridge, *ends, 23_000.0, k_factor=k)[0] for k in (K_FACTOR, K_MIN))
        assert usual >= CLEARANCE and (bent >= (0.6 if half_m > 15_000 else 0.0)) == seen
        one = bands.model_copy(update={"media": {radio.id: radio}})
        assert bool(len(build_hops(inputs(ridge), places, one, project()).table)) == seen


def test_a_dish_among_trees_stands_above_them_as_a_hub_does(bands: Catalogue) -> None:
    """School roofs of 11 m: one in a wood of 15 m, and then a wood of that height on the way."""
    east, _ = away_m()
    roofs = sites([("a", 25, 25), ("b", 4025, 25)], height_m=11.0, structure="facility-hub")
    for wood, seen in ((np.abs(east) < 100, True), (np.abs(east - 2000) < 100, False)):
        land = replace(raster(ground()), clutter_m=np.where(wood, 15.0, 0.0))
        assert bool(len(build_hops(inputs(land), roofs, bands, project()).table)) == seen


def test_antennas_below_ground_are_one_fault_each(bands: Catalogue) -> None:
    places = sites([("a", 0, 0), ("b", 800, 0), ("c", 900, 0)])
    places.points.loc[["a", "c"], "height_m"] = -2.0
    with pytest.raises(InputError) as caught:
        build_hops(inputs(), places, bands, project())
    assert [str(fault).split(":")[0] for fault in caught.value.faults] == ["site a", "site c"]


def test_rows_in_any_order_give_the_same_hops(bands: Catalogue) -> None:
    rng = np.random.default_rng(2)
    rows = [(f"s{i:02d}", *map(float, rng.uniform(-9000, 9000, 2))) for i in range(30)]
    one = build_hops(inputs(raster(ground())), sites(rows), bands, project())
    two = build_hops(inputs(raster(ground())), sites(rows[::-1]), bands, project())
    pd.testing.assert_frame_equal(one.table, two.table)


# --- climate


def test_rain_is_taken_from_the_project_or_assumed_and_said(bands: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(climate, "_maps", lambda centre: None)  # as where the extra is not installed
    places = sites([("a", 0, 0), ("b", 5500, 0)])
    told = build_hops(inputs(raster(ground())), places, bands, project())
    assert told.warnings == ()
    silent = build_hops(inputs(raster(ground())), places, bands, project(climate={}))
    assert any("70 mm/h is assumed" in text for text in silent.warnings)
    storm = build_hops(inputs(raster(ground())), places, bands, project(climate={"rain_rate_mm_per_h": 150}))
    best = [hops.table["capacity_mbps"].max() for hops in (told, storm)]
    assert best[1] < best[0]


def test_a_raster_of_rain_is_read_where_each_hop_is(bands: Catalogue) -> None:
    east, _ = away_m()
    rain = raster(np.where(east < 0, 10.0, 150.0))
    places = sites([("dry-a", -9000, 0), ("dry-b", -3500, 0), ("wet-a", 3500, 0), ("wet-b", 9000, 0)])
    table = build_hops(inputs(raster(ground()), rain), places, bands, project(climate={})).table
    best = table.groupby(["site_a", "site_b"])["capacity_mbps"].max()
    assert best["wet-a", "wet-b"] < best["dry-a", "dry-b"]
    short = Raster(rain.values[:, : rain.values.shape[1] // 2], rain.transform, "rain.tif")
    with pytest.raises(InputError, match=r"rain\.tif .*no rain rate at"):
        build_hops(inputs(raster(ground()), short), places, bands, project(climate={}))


# --- the catalogue


def changed(medium: Medium, **fields: object) -> Medium:
    assert medium.fixed is not None
    return medium.model_copy(update={"fixed": medium.fixed.model_copy(update=fields)})


def test_shipped_links_have_no_fault_and_wrong_ones_are_named(bands: Catalogue) -> None:
    ids = {"structures": frozenset[str](), "power": frozenset[str](), "sharing": frozenset[str]()}
    for medium in bands.media.values():
        assert check_entry(medium, ids) == []
    medium = bands.media["microwave-18ghz"]
    assert medium.fixed is not None and medium.frequency_mhz is not None and medium.capacity_mbps is not None
    high = medium.frequency_mhz.model_copy(update={"value": 120_000.0, "high": 130_000.0})
    sure = medium.fixed.availability_percent.model_copy(update={"value": 99.9999, "high": 99.9999})
    less = medium.capacity_mbps.model_copy(update={"value": 400.0})
    cases: list[tuple[Medium, str, str]] = [
        (medium.model_copy(update={"frequency_mhz": high}), "frequency_mhz", "1000 to 100000"),
        (changed(medium, availability_percent=sure), "fixed.availability_percent", "99 to 99.999"),
        (changed(medium, modulations=medium.fixed.modulations[::-1]), "fixed.modulations", "most robust"),
        (changed(medium, modulations=()), "fixed.modulations", "at least one"),
        (medium.model_copy(update={"capacity_mbps": less}), "capacity_mbps", "fastest modulation"),
        (medium.model_copy(update={"kind": "satellite"}), "fixed", "only kind 'microwave'"),
    ]
    for wrong, key, says in cases:
        problems = check_entry(wrong, ids)
        assert any(place == key and says in to_do for place, _, to_do in problems), (key, problems)


def test_climate_of_the_catalogue_is_a_stated_assumption() -> None:
    climate = load_catalogue().climate
    assert climate is not None and climate.rain_rate_mm_per_h.assumption
