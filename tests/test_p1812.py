"""ITU-R P.1812 against every value of the reference logs, and its parts against published figures."""

from __future__ import annotations

import csv
import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netplan.radio import building_entry_loss_db, kernels, p1812, path_loss
from netplan.radio.uniform import delta_db, flat_bullington_db, well_clear
from netplan.radio.variability import inverse_normal, location_margin_db, location_sd_db
from netplan.tables import FloatArray

VECTORS = Path(__file__).parent / "data" / "itu_p1812"
with (VECTORS / "values.csv").open() as _file:
    CASES = list(csv.DictReader(_file))


@cache
def profile(name: str) -> FloatArray:
    """Distance, ground, clutter, zone."""
    return np.loadtxt(VECTORS / f"{name}.csv", delimiter=",", skiprows=1)


def the_path(row: dict[str, str]) -> p1812.Path:
    distance, ground, clutter, zone = profile(row["profile"]).T.copy()
    surface = ground + clutter
    surface[[0, -1]] = ground[[0, -1]]
    value = {key: float(text) for key, text in row.items() if key not in ("case", "profile", "zones")}
    zones = np.full(len(zone), p1812.INLAND) if row["zones"] == "inland" else zone.astype(int)
    return p1812.Path(
        distance, ground, surface, zones, value["f"], ground[0] + value["htg"], ground[-1] + value["hrg"],
        row["pol"] == "2", p1812.EARTH_RADIUS_KM * 157.0 / (157.0 - value["DN"]), value["p"], value["phi"],
        value["N0"], value["dct"], value["dcr"],
    )  # fmt: skip


@pytest.mark.parametrize("row", CASES, ids=lambda row: row["case"])
def test_every_value_of_the_logs(row: dict[str, str]) -> None:
    path = the_path(row)
    g, t = p1812.geometry(path), p1812.terms(path)
    found = {
        "w": g.sea_share, "dtm": g.land_km, "dlm": g.inland_km, "b0": g.beta_percent, "dlt": g.horizon_tx_km,
        "dlr": g.horizon_rx_km, "th_t": g.angle_tx, "th_r": g.angle_rx, "th": g.angle, "hst 90a": g.smooth_tx_m,
        "hsr 90b": g.smooth_rx_m, "hte": g.over_tx_m, "hre": g.over_rx_m, "hm": g.roughness_m, "Lbfs": t.free_space,
        "Lb0p": t.line_of_sight, "Lb0b": t.line_of_sight_beta, "Ld50": t.diffraction_50, "Ldb": t.diffraction_beta,
        "Ldp": t.diffraction, "Lbd50": t.free_space + t.diffraction_50, "Lbd": t.line_of_sight + t.diffraction,
        "Lba": t.ducting, "Lbs": t.troposcatter, "Lbc": t.total, "Lb": t.total,
    }  # fmt: skip
    start, end = kernels.smooth_ends_m(path.distance_km, path.ground_m, path.tx_m, path.rx_m)
    found |= {"hstd": start, "hsrd": end}
    triple, over = p1812.BETA_RADIUS_KM, (path.tx_m - start, path.rx_m - end)
    ends = (path.tx_m, path.rx_m, triple, path.wavelength_m)
    found["Lbulla"] = kernels.bullington_db(path.distance_km, path.surface_m, 1, *ends)
    level = np.zeros_like(path.distance_km)
    found["Lbulls"] = kernels.bullington_db(path.distance_km, level, 1, *over, triple, path.wavelength_m)
    found["Ldsph"] = kernels.spherical_db(path.total_km, *over, triple, path.frequency_ghz, path.vertical, g.sea_share)
    wrong = {key: (value, row[key]) for key, value in found.items() if not abs(value - float(row[key])) < 1e-6}
    assert not wrong


@pytest.mark.parametrize("row", CASES, ids=lambda row: row["case"])
def test_the_plain_interface_gives_the_logged_loss(row: dict[str, str]) -> None:
    distance, ground, clutter, zone = profile(row["profile"]).T
    found = path_loss(
        distance * 1000, ground, float(row["htg"]), float(row["hrg"]), 1000 * float(row["f"]), clutter_m=clutter,
        zone=None if row["zones"] == "inland" else zone, k_factor=157 / (157 - float(row["DN"])),
        vertical=row["pol"] == "2", time_percent=float(row["p"]), latitude_deg=float(row["phi"]),
        surface_refractivity=float(row["N0"]), coast_km=(float(row["dct"]), float(row["dcr"])),
    )  # fmt: skip
    assert float(found) == pytest.approx(float(row["Lb"]), abs=1e-6)
    assert found.flags == ()


def test_a_terminal_at_sea_counts_as_on_the_coast() -> None:
    """Over sea alone, short of the horizon of ducting, small percentages of time are stronger than the median."""
    distance = np.linspace(0, 150_000, 301)
    flat, sea = np.zeros(301), np.full(301, p1812.SEA)
    rare, usual = (
        path_loss(distance, flat, 30, 30, 800, zone=sea, time_percent=p, latitude_deg=10) for p in (1.0, 50.0)
    )
    assert float(rare) < float(usual) - 20
    assert rare.location_sd_db == 0
    land = path_loss(distance, flat, 30, 30, 100, latitude_deg=10)
    over_sea = path_loss(distance, flat, 30, 30, 100, zone=sea, latitude_deg=10)
    assert over_sea.terms is not None and land.terms is not None
    assert over_sea.terms.diffraction < land.terms.diffraction, "sea conducts: vertical waves bend further"


@pytest.mark.parametrize("tx", [1.5, 12.0, 60.0, 400.0])
@pytest.mark.parametrize("rx", [1.5, 10.0])
@pytest.mark.parametrize("n", [2, 3, 17, 100, 1001])
def test_the_searched_smooth_path_is_the_walked_one(tx: float, rx: float, n: int) -> None:
    for total in (0.3, 4.0, 25.0, 90.0):
        for wavelength in (3.0, 0.37, 0.06):
            distance = np.linspace(0, total, n + 1)
            walked = kernels.bullington_db(distance, np.zeros(n + 1), 1, tx, rx, 8494.67, wavelength)
            near, _ = kernels.smooth_clearance(total, tx, rx, 8494.67)
            assert flat_bullington_db(total, n, tx, rx, 8494.67, wavelength, near) == pytest.approx(walked, abs=1e-8)


@settings(max_examples=400, deadline=None)
@given(st.floats(0.01, 300), st.floats(-6, 6), st.floats(1.0, 50.0), st.floats(30, 6000), st.floats(4000, 60_000))
def test_a_well_clear_path_loses_nothing_over_the_smooth_earth(
    total: float, tilt: float, over: float, mhz: float, radius: float
) -> None:
    """From the very edge of the sufficient test on (over = 1), whatever the two heights and whatever the Earth."""
    wavelength = 1000 * kernels.P1812_LIGHT / mhz
    mean = over * (1 + 1e-12) * 0.5 * (250 / radius * total**2 + 17.456 * math.sqrt(wavelength * total))
    tx, rx = mean * math.exp(tilt / 2), mean * math.exp(-tilt / 2)
    assert well_clear(total, tx, rx, radius, wavelength)
    assert total < math.sqrt(2 * radius) * (math.sqrt(0.001 * tx) + math.sqrt(0.001 * rx))
    assert kernels.spherical_db(total, tx, rx, radius, 0.001 * mhz, True) < 1e-6
    assert not well_clear(total, tx / over**2 * 0.999, rx, radius, wavelength)


def test_what_is_not_well_clear_is_worked_out_as_the_recommendation_says() -> None:
    """Either side of the sufficient test delta-Bullington is that of the profile model."""
    rng, clear = np.random.default_rng(3), 0
    for _ in range(400):
        total, tx, rx, mhz = rng.uniform(0.5, 40), rng.uniform(1, 80), rng.uniform(1, 30), rng.uniform(100, 6000)
        n, wavelength = int(rng.integers(20, 400)), 1000 * kernels.P1812_LIGHT / mhz
        distance, flat = np.linspace(0, total, n + 1), np.zeros(n + 1)
        whole = kernels.delta_bullington_db(distance, flat, flat, tx, rx, 8494.67, 0.001 * mhz, True, math.inf)
        actual = kernels.bullington_db(distance, flat, 1, tx, rx, 8494.67, wavelength)
        land = kernels.land_constants(0.001 * mhz, True)
        assert delta_db(actual, total, n, tx, rx, 8494.67, wavelength, land) == pytest.approx(whole, abs=1e-6)
        clear += well_clear(total, tx, rx, 8494.67, wavelength)
    assert 40 < clear < 360


def test_location_variability() -> None:
    assert inverse_normal(0.5) == pytest.approx(0, abs=1e-8)
    assert inverse_normal(0.1) == pytest.approx(1.28155, abs=5e-4)
    assert inverse_normal(0.9) == -inverse_normal(0.1)
    assert float(location_margin_db(0.9, 8.0)) == pytest.approx(8 * 1.28155, abs=5e-3)
    # P.1812-7 §4.7 by hand: (0.52 + 0.024 × 0.8) × 100^0.28
    assert float(location_sd_db(800, 1.5, 10, 100)) == pytest.approx(0.5392 * 100**0.28)
    assert location_sd_db(800, [5, 10, 15, 20, 30], 10, 100).tolist() == pytest.approx(
        (0.5392 * 100**0.28 * np.array([1, 1, 0.5, 0, 0])).tolist()
    )


def test_a_share_of_locations_costs_its_margin() -> None:
    distance, ground = np.linspace(0, 9000, 91), np.zeros(91)
    ground[45] = 60
    half = path_loss(distance, ground, 30, 1.5, 800, location_sd=8)
    most = path_loss(distance, ground, 30, 1.5, 800, location_sd=8, coverage_probability=0.9, entry_loss_db=12)
    assert half.loss_db == pytest.approx(half.median_db, abs=1e-6) and half.median_db == most.median_db
    assert most.loss_db == pytest.approx(half.loss_db + 8 * 1.28155 + 12, abs=5e-3)
    assert half.at() == pytest.approx(half.at(0.9)) and half.at() > half.loss_db
    assert half.terms is not None
    assert path_loss(distance, ground, 30, 1.5, 800, location_sd=80, coverage_probability=0.1).loss_db == pytest.approx(
        half.terms.line_of_sight
    )


def test_building_entry_loss_of_p2109() -> None:
    """Medians at 1 GHz by hand, where every logarithm of the frequency is 0."""
    assert building_entry_loss_db(1000) == pytest.approx(10 * math.log10(10**1.264 + 10**0.91 + 10**-0.3))
    assert building_entry_loss_db(1000, building="thermally-efficient") == pytest.approx(
        10 * math.log10(10**2.819 + 10**2.78 + 10**-0.3)
    )
    losses = [building_entry_loss_db(800, p) for p in (0.1, 0.5, 0.9)]
    assert losses == sorted(losses) and losses[2] - losses[0] > 15
    assert building_entry_loss_db(800, elevation_deg=45) > building_entry_loss_db(800)
