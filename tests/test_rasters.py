"""Rasters as other programs write them: rows from the south, turned, of several bands, wrong beyond the area."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from affine import Affine
from shapely.geometry import box
from test_inputs import AREA, UTM, X0, Y0, read

WEST, NORTH, STEP = 30.26, -1.77, 0.002
"""Of pixels in degrees that cover the district and its margin."""


def save(path: Path, bands: list[np.ndarray[Any, Any]], grid: Affine, crs: int = 4326, nodata: float = -99) -> None:
    height, width = bands[0].shape
    with rasterio.open(
        path, "w", driver="GTiff", count=len(bands), dtype="float32", height=height, width=width, crs=crs,
        transform=grid, nodata=nodata,
    ) as target:  # fmt: skip
        target.write(np.array(bands, np.float32))


def both_ways(folder: Path, name: str, values: np.ndarray[Any, Any]) -> tuple[str, str]:
    """The same raster with the northernmost row first, and with the southernmost."""
    save(folder / f"{name}.tif", [values], Affine(STEP, 0, WEST, 0, -STEP, NORTH))
    south = NORTH - STEP * len(values)
    save(folder / f"{name}-south.tif", [values[::-1]], Affine(STEP, 0, WEST, 0, STEP, south))
    return f"{name}.tif", f"{name}-south.tif"


def test_rows_from_the_south_give_the_same_values(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    keys = {
        "dem": lambda name: {"terrain": {"elevation": name}},
        "rain": lambda name: {"climate": {"rain_rate_mm_per_h": name}},
        "rates": lambda name: {"existing": {"service": name}},
    }
    fields = {"dem": "elevation", "rain": "rain", "rates": "service_rate"}
    for name, key in keys.items():
        files = both_ways(tmp_path, name, rng.uniform(10, 90, (80, 90)))
        up, down = (read(tmp_path, **key(file)) for file in files)
        first, second = (getattr(inputs, fields[name]) for inputs in (up, down))
        assert first.values.shape == second.values.shape and np.isfinite(first.values).mean() > 0.9
        np.testing.assert_allclose(second.values, first.values, rtol=1e-5)
        assert tuple(second.transform) == pytest.approx(tuple(first.transform))
        assert not any("covers" in warning for warning in down.warnings)


def test_people_and_the_extent_of_rows_from_the_south(tmp_path: Path) -> None:
    files = both_ways(tmp_path, "pop", np.random.default_rng(6).uniform(1, 9, (40, 50)).round(2))
    up, down = (read(tmp_path, area=None, demand={"population": file}) for file in files)
    assert down.area.symmetric_difference(up.area).area < 1
    people = [sorted(inputs.population["population"]) for inputs in (up, down)]
    assert people[0] == pytest.approx(people[1])


def test_a_turned_raster_covers_what_lies_under_it_at_its_own_resolution(tmp_path: Path) -> None:
    middle = AREA.centroid
    turned = Affine.translation(middle.x, middle.y) * Affine.rotation(30) * Affine.scale(50, -50)
    save(tmp_path / "dem.tif", [np.full((400, 400), 900.0)], turned * Affine.translation(-200, -200), UTM)
    inputs = read(tmp_path, terrain={"elevation": "dem.tif"})
    assert inputs.elevation is not None
    assert inputs.elevation.transform.a == pytest.approx(50, rel=0.01)
    assert not any("covers" in warning for warning in inputs.warnings)


def test_wrong_pixels_beyond_the_area_are_left_out_of_its_blocks(tmp_path: Path) -> None:
    values = np.ones((80, 80))
    values[:37, 43:] = -5000.0  # in the corner that the area leaves out
    save(tmp_path / "pixels.tif", [values], Affine(25, 0, X0, 0, -25, Y0 + 2000), UTM)
    area = box(X0, Y0, X0 + 2000, Y0 + 2000).difference(box(X0 + 1050, Y0 + 1050, X0 + 2000, Y0 + 2000))
    gpd.GeoDataFrame(geometry=[area], crs=UTM).to_file(tmp_path / "corner.gpkg")
    inputs = read(tmp_path, area="corner.gpkg", demand={"population": "pixels.tif"})
    assert inputs.population["population"].sum() == 80 * 80 - 37 * 37


def test_a_raster_of_several_bands_says_which_is_taken(tmp_path: Path) -> None:
    grid = Affine(1000, 0, X0 - 1000, 0, -1000, Y0 + 9000)
    save(tmp_path / "two.tif", [np.full((10, 12), 50.0), np.full((10, 12), 7.0)], grid, UTM)
    inputs = read(tmp_path, demand={"population": "two.tif"})
    assert inputs.population["population"].eq(50).all()
    assert "two.tif (demand.population): 2 bands; the first is taken." in inputs.warnings
