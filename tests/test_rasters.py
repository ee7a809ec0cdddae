"""Rasters as other programs write them: rows from the south, or turned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from test_inputs import AREA, UTM, read

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
