"""People whom several sites serve in parts are told of."""

from __future__ import annotations

import pandas as pd
import pytest

from netplan.plans.overlap import overlap_warning, served_in_parts

SERVICE = pd.DataFrame(
    {
        "demand_id": ["a", "a", "b", "c", "school"],
        "option_id": ["x", "y", "x", "y", "y"],
        "service_max": [0.6, 0.5, 0.8, 1.0, 1.0],
        "bits": 0,
    }
)
POINTS = pd.DataFrame(
    {
        "class": ["rural", "rural", "rural", "schools"],
        "weight": [100.0, 50.0, 10.0, 1.0],
        "population": [100.0, 50.0, 10.0, 0.0],
    },
    index=[*list("abc"), "school"],
)


def test_only_what_goes_beyond_the_largest_part_is_counted() -> None:
    served = SERVICE.assign(share=[0.6, 0.4, 0.8, 1.0, 1.0])[["demand_id", "option_id", "share"]]
    assert served_in_parts(served, SERVICE, POINTS["weight"]) == pytest.approx(100 * 0.4)
    (said,) = overlap_warning(served, SERVICE, POINTS)
    assert said.startswith("40 of 150 people served")


def test_where_no_home_is_served_people_at_shared_places_are_counted() -> None:
    served = SERVICE.assign(share=[0.6, 0.4, 0.8, 1.0, 1.0])[["demand_id", "option_id", "share"]]
    shared = POINTS.assign(population=0.0).replace({"class": {"rural": "community_rural"}})
    homes = POINTS.rename(index=lambda name: f"home-{name}")  # nobody is served there
    (said,) = overlap_warning(served, SERVICE, pd.concat([homes, shared]))
    assert said.startswith("40 of 150 people served")


def test_nothing_is_said_where_one_site_serves_each_place() -> None:
    served = SERVICE.iloc[[0, 2, 3, 4]].assign(share=[0.6, 0.8, 1.0, 1.0])[["demand_id", "option_id", "share"]]
    assert overlap_warning(served, SERVICE, POINTS) == []


def test_antennas_are_not_counted_for_their_points_are_known() -> None:
    served = SERVICE.assign(share=[0.6, 0.4, 0.8, 1.0, 1.0])[["demand_id", "option_id", "share"]]
    assert overlap_warning(served, SERVICE.assign(bits=[7, 24, 1, 1, 1]), POINTS) == []
