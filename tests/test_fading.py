"""How often rain and multipath fade a terrestrial link: P.838 and P.530 against reference values and their own laws."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netplan.radio.multipath import annual_factor, fade_outage_percent, geoclimatic_factor, occurrence_percent
from netplan.radio.rain import (
    HORIZONTAL_DEG,
    VERTICAL_DEG,
    attenuation_exceeded,
    path_attenuation_001,
    rain_coefficients,
    rain_outage_percent,
    specific_attenuation,
)

VECTORS = Path(__file__).parent / "data" / "itu_rain"

# --- rain (P.838, P.530 §2.4.1)


def test_specific_attenuation_is_that_of_the_reference_rows() -> None:
    with (VECTORS / "p838.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert sum(int(row["rows"]) for row in rows) == 64
    elevation, frequency, rain, tilt, k_is, alpha_is, gamma_is = (
        np.array([float(row[name]) for row in rows])
        for name in ("elevation_deg", "frequency_ghz", "rain_mm_per_h", "tilt_deg", "k", "alpha", "gamma_db_per_km")
    )
    k, alpha = rain_coefficients(frequency, elevation, tilt)
    assert np.abs(k - k_is).max() < 1e-6 and np.abs(alpha - alpha_is).max() < 1e-6
    assert np.abs(specific_attenuation(rain, frequency, elevation, tilt) - gamma_is).max() < 1e-6


# k and alpha of ITU-Rpy 0.4.0, at horizontal incidence, where the reference rows have none
@pytest.mark.parametrize(
    ("frequency_ghz", "tilt_deg", "k", "alpha"),
    [
        (8.0, HORIZONTAL_DEG, 0.0041154302322871945, 1.390512022453039),
        (18.7, HORIZONTAL_DEG, 0.07774430245778874, 1.0729105075912868),
        (18.7, VERTICAL_DEG, 0.08358359718077715, 0.9957147981968036),
        (38.5, VERTICAL_DEG, 0.39504853532907147, 0.8518637971342202),
        (78.5, HORIZONTAL_DEG, 1.15153822290304, 0.7145192944945216),
    ],
)
def test_coefficients_of_link_bands(frequency_ghz: float, tilt_deg: float, k: float, alpha: float) -> None:
    assert rain_coefficients(frequency_ghz, 0.0, tilt_deg) == pytest.approx((k, alpha), rel=1e-12)


def test_no_rain_no_loss_and_wrong_input_is_refused() -> None:
    assert specific_attenuation(0.0, 20.0) == 0 and path_attenuation_001(10.0, 20.0, 0.0) == 0
    assert rain_outage_percent(5.0, 0.0, 20.0) == 0
    for bad, word in (
        (lambda: specific_attenuation(-1.0, 20.0), "rain rate of -1"),
        (lambda: specific_attenuation(math.nan, 20.0), "rain rate of nan"),
        (lambda: specific_attenuation(10.0, 0.5), "frequency of 0.5: give 1 to 1000 GHz"),
        (lambda: path_attenuation_001(10.0, 120.0, 50.0), "frequency of 120: give 1 to 100 GHz"),
        (lambda: path_attenuation_001(61.0, 20.0, 50.0), "path of 61"),
        (lambda: attenuation_exceeded(30.0, 20.0, 2.0), "percentage of time of 2"),
        (lambda: attenuation_exceeded(30.0, 20.0, 1e-4), "percentage of time"),
        (lambda: occurrence_percent(10.0, 60.0, (100.0, 100.0), -200.0), "frequency of 60"),
        (lambda: geoclimatic_factor(-200.0, -1.0), "roughness of -1"),
    ):
        with pytest.raises(ValueError, match=word):
            bad()


def test_path_attenuation_by_hand() -> None:
    k, alpha = 0.07774430245778874, 1.0729105075912868
    divisor = 0.477 * 10**0.633 * 48 ** (0.073 * alpha) * 18.7**0.123 - 10.579 * (1 - math.exp(-0.24))
    assert path_attenuation_001(10.0, 18.7, 48.0) == pytest.approx(k * 48**alpha * 10 / divisor, rel=1e-12)
    # a short path: the distance factor is capped at 2.5
    assert path_attenuation_001(0.1, 18.7, 48.0) == pytest.approx(k * 48**alpha * 0.1 * 2.5, rel=1e-12)


@pytest.mark.parametrize("frequency_ghz", [7.0, 9.999, 10.0, 18.0, 80.0])
def test_power_law_of_rain_is_consistent_and_inverts(frequency_ghz: float) -> None:
    percent = 10 ** np.linspace(-3, 0, 31)
    exceeded = attenuation_exceeded(30.0, frequency_ghz, percent)
    assert attenuation_exceeded(30.0, frequency_ghz, 0.01) == pytest.approx(30.0, rel=5e-3)
    assert (np.diff(exceeded) < 0).all()
    assert rain_outage_percent(exceeded, 30.0, frequency_ghz) == pytest.approx(percent, rel=1e-9)
    # past the method's range nothing better than its end is claimed, and without margin nothing works
    assert rain_outage_percent(exceeded[0] * np.array([1.01, 3.0, 100.0]), 30.0, frequency_ghz) == pytest.approx(1e-3)
    assert rain_outage_percent([0.0, -5.0], 30.0, frequency_ghz).tolist() == [100.0, 100.0]


@settings(max_examples=60, deadline=None)
@given(st.floats(4, 100), st.floats(20, 200), st.floats(0.05, 39), st.floats(0.01, 1))  # below 3 GHz it is not so
def test_more_rain_and_a_longer_path_lose_more(ghz: float, rain: float, length: float, more: float) -> None:
    here = path_attenuation_001(length, ghz, rain)
    assert path_attenuation_001(length + more, ghz, rain) >= here
    assert path_attenuation_001(length, ghz, rain * 1.1) > here
    if ghz >= 10:  # below, where rain costs next to nothing, the coefficients of P.838 cross
        assert path_attenuation_001(length, ghz, rain, VERTICAL_DEG) <= here * 1.001


# --- multipath (P.530 §2.3)


def test_outage_of_the_reference_hop() -> None:
    """30 km at 7 GHz: worst-month outages at margins of 5 to 30 dB; the last one is in the tail and gives p0."""
    worst_month = [1.22, 0.155, 0.0387, 0.0120, 0.00406, 0.00129]
    found = fade_outage_percent(0.00129e3, [5, 10, 15, 20, 25, 30])
    assert found == pytest.approx(worst_month, rel=5e-3)


occurrences = st.floats(-6, 3).map(lambda x: 10.0**x)


@settings(max_examples=100, deadline=None)
@given(occurrences, st.floats(0.02, 1))
def test_outage_falls_with_the_margin_without_a_jump(p0: float, annual: float) -> None:
    margin = np.linspace(0.01, 60, 3000)
    outage = fade_outage_percent(p0, margin, annual)
    assert (np.diff(outage) <= 0).all() and outage[0] <= 100
    assert np.abs(np.diff(np.log(outage))).max() < 0.1
    depth = 25 + 1.2 * math.log10(p0)
    just = fade_outage_percent(p0, [depth - 1e-9, depth + 1e-9], annual)
    assert just[0] == pytest.approx(just[1], rel=1e-8)
    deep = margin[margin > depth]
    assert fade_outage_percent(p0, deep, annual) == pytest.approx(p0 * annual * 10 ** (-deep / 10), rel=1e-9)
    assert (fade_outage_percent(p0, margin, annual) <= fade_outage_percent(p0, margin) + 1e-12).all()


@settings(max_examples=100, deadline=None)
@given(st.floats(-3, 6), st.floats(1, 40), st.floats(1.01, 3))
def test_outage_grows_with_occurrence(log_p0: float, margin: float, times: float) -> None:
    p0 = 10.0**log_p0
    assert fade_outage_percent(p0 * times, margin) >= fade_outage_percent(p0, margin) - 1e-12


@settings(max_examples=60, deadline=None)
@given(st.floats(1, 60), st.floats(2, 44), st.floats(0, 400), st.sampled_from([None, 5.0, 200.0]))
def test_occurrence_grows_with_length_and_frequency(
    length: float, ghz: float, drop: float, roughness: float | None
) -> None:
    ends = (1500.0, 1500.0 + drop)
    here = occurrence_percent(length, ghz, ends, -200.0, roughness)
    assert occurrence_percent(length * 1.05, ghz, ends, -200.0, roughness) > here
    assert occurrence_percent(length, ghz + 0.5, ends, -200.0, roughness) > here
    assert occurrence_percent(length, ghz, (1500.0, 1500.0 + drop + 50), -200.0, roughness) < here
    assert occurrence_percent(length, ghz, ends, -400.0, roughness) > here
    assert occurrence_percent(length, ghz, ends[::-1], -200.0, roughness) == here


def test_rough_ground_breaks_the_layers_up() -> None:
    assert geoclimatic_factor(-200.0, 200.0) < geoclimatic_factor(-200.0, 10.0)
    # the quick method lies where ground of some roughness would
    smooth, quick, rough = (occurrence_percent(30.0, 7.0, (100.0, 100.0), -200.0, r) for r in (1.0, None, 500.0))
    assert smooth > quick > rough


def test_the_year_is_milder_than_its_worst_month() -> None:
    flat = (1500.0, 1500.0)
    by_hand = 10.5 - 5.6 * math.log10(2.1) - 2.7 * math.log10(20.0)
    assert annual_factor(20.0, flat, 0.0) == pytest.approx(10 ** (-by_hand / 10))
    assert annual_factor(1.0, (0.0, 500.0), 80.0) == pytest.approx(10**-1.08)
    lengths = np.linspace(0.1, 60, 100)
    for latitude in (-60.0, -2.0, 45.0, 45.001, 89.0):
        factor = annual_factor(lengths, flat, latitude)
        assert (factor <= 1).all() and (factor >= 10**-1.08 - 1e-12).all() and (np.diff(factor) >= 0).all()
