"""coverage.tif: carriers add, lines and sensors are what they are, and no satellite hides what stands on the ground."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from smalldistrict import described, district
from test_radio import EAST, NORTH, UTM, catalogue, inputs, q, radio, sites, technology

from netplan.catalogue.schema import ReachRate, Technology
from netplan.pipeline import write_coverage
from netplan.planning import plan_district
from netplan.radio.best import best_server, best_servers
from netplan.radio.lines import beside_lines
from netplan.radio.path_loss import free_space_loss
from netplan.tables import Inputs, Raster
from netplan.verify.reach import range_m


def painted(*technologies: Technology, everything: Inputs | None = None) -> Raster:
    """Best server of the technologies at the origin."""
    table = pd.DataFrame({"technology": [t.id for t in technologies], "site_id": "a", "x_m": EAST, "y_m": NORTH})
    opened = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table.x_m, table.y_m), crs=UTM)
    return best_server(everything or inputs(), sites([("a", 0, 0)]).points, opened, catalogue(*technologies), 100.0)


def rate_at(raster: Raster, east: float, north: float = 0.0) -> float:
    column, row = (int(part) for part in ~raster.transform * (EAST + east, NORTH + north))
    return float(raster.values[row, column])


def test_carriers_add_within_the_range_of_each() -> None:
    near = radio(frequency_mhz=1800, max_range_m=3000)
    alone = painted(technology("cellular", radio=radio()))
    both = painted(technology("cellular", radio=radio(), carriers=(near,)))
    second = painted(technology("cellular", radio=near))
    assert rate_at(both, 1000) == rate_at(alone, 1000) + rate_at(second, 1000)
    assert rate_at(both, 5000) == rate_at(alone, 5000) > 0
    swapped = painted(technology("cellular", radio=near, carriers=(radio(),)))
    np.testing.assert_allclose(swapped.values, both.values)


def test_a_satellite_hides_no_coverage_and_sensors_paint_nothing() -> None:
    lte = technology("cellular", radio=radio())
    sky = technology("satellite", rate_mbps=q(1000), capacity=q(1))
    meters = technology("cellular", id="meters", radio=radio(efficiency_max_bps_hz=99), serves=("iot",))
    np.testing.assert_array_equal(painted(lte, sky, meters).values, painted(lte).values)
    assert np.isnan(painted(sky, meters).values).all()


def test_lines_paint_what_lies_beside_them_by_the_length_of_line() -> None:
    steps = tuple(ReachRate(reach_m=q(reach), rate_mbps=q(rate)) for reach, rate in ((1000, 50), (4000, 8)))
    dsl = technology(
        "line-access", capacity=q(48), line_layer="copper", line_radius_m=q(200), line_detour=q(1.25), reach_rates=steps
    )
    line = gpd.GeoDataFrame(geometry=[shapely.LineString([(EAST, NORTH), (EAST + 9000, NORTH)])], crs=UTM)
    found = painted(dsl, everything=replace(inputs(), copper=line))
    assert rate_at(found, 650, 50) == 50 and rate_at(found, 950, 50) == 8 and rate_at(found, 3050, 50) == 8
    assert np.isnan([rate_at(found, 3350, 50), rate_at(found, 650, 450)]).all()
    assert beside_lines(dsl, line).area > 9000 * 400


def test_the_band_says_that_satellites_are_left_out(tmp_path: Path) -> None:
    found = described(district(tmp_path))
    with rasterio.open(write_coverage(found, plan_district(found), tmp_path)) as file:
        assert "satellites left out" in file.descriptions[0] and np.isfinite(file.read(1)).any()


def test_verify_lets_aggregated_carriers_reach_as_far_as_the_farthest() -> None:
    class Settings:
        def entry(self, table: str, key: str) -> dict[str, Any]:
            return {"radio": {"max_range_m": {"value": 3000}}, "carriers": [{"max_range_m": {"value": 12_000}}]}

    assert range_m(Settings(), "ca") == 12_000  # type: ignore[arg-type]


def test_the_strongest_of_equal_rates_serves() -> None:
    near = radio(max_range_m=20_000)
    table = {"technology": "x", "site_id": ["a", "b"], "x_m": [EAST + 1000.0, EAST + 4000.0], "y_m": NORTH}
    frame = pd.DataFrame(table, index=["west", "east"])
    at = gpd.points_from_xy(frame["x_m"], frame["y_m"])
    opened = gpd.GeoDataFrame(frame, geometry=at, crs=UTM)
    masts = sites([("a", 1000, 0), ("b", 4000, 0)]).points
    found = best_servers(inputs(), masts, opened, catalogue(technology("cellular", id="x", radio=near)), 100.0)
    assert found.options == ("east", "west")
    # both saturate near themselves: who is nearer is stronger, and rates alone would not tell
    for x_m, server in ((1050.0, 1), (2250.0, 1), (2750.0, 0), (3950.0, 0)):
        assert rate_at(found.server, x_m) == server
    assert rate_at(found.signal_dbm, 3950) > rate_at(found.signal_dbm, 2750) > rate_at(found.signal_dbm, 2550)
    known = np.isfinite(found.rate_mbps.values)
    np.testing.assert_array_equal(known, np.isfinite(found.server.values))
    np.testing.assert_array_equal(known, np.isfinite(found.signal_dbm.values))


def test_signal_is_the_budget_without_margins() -> None:
    table = pd.DataFrame({"technology": "x", "site_id": "a", "x_m": [EAST], "y_m": NORTH})
    opened = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table.x_m, table.y_m), crs=UTM)
    kind = technology("hotspot", id="x", radio=radio())
    found = best_servers(inputs(), sites([("a", 0, 0)]).points, opened, catalogue(kind), 100.0)
    assert kind.radio is not None
    free = float(free_space_loss(np.hypot(1050.0, 50.0), kind.radio.frequency_mhz.value))
    eirp = kind.radio.tx_power_dbm.value + kind.radio.tx_gain_dbi.value - kind.radio.tx_loss_db.value
    expected = eirp + kind.radio.rx_gain_dbi.value - kind.radio.entry_loss_db.value - free
    assert rate_at(found.signal_dbm, 1050, 50) == pytest.approx(expected, abs=1e-6)


def test_the_file_names_its_servers(tmp_path: Path) -> None:
    found = described(district(tmp_path))
    plan = plan_district(found)
    with rasterio.open(write_coverage(found, plan, tmp_path)) as file:
        options = json.loads(file.tags()["servers"])
        server = file.read(2)
        assert file.count == 3 and file.units == ("Mbit/s", None, "dBm")
    assert set(options) <= set(plan.equipment["option_id"])
    assert np.nanmax(server) < len(options) and np.nanmin(server) >= 0
