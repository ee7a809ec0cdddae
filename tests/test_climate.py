"""Rain and refraction of a place: the project's numbers and rasters, the maps of the extra, what is assumed."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import yaml
from affine import Affine
from linkbuilder import EAST, NORTH, inputs, project, shipped
from shapely.geometry import box

from netplan.catalogue import load_catalogue
from netplan.errors import InputError
from netplan.inputs import read_inputs
from netplan.project.read import read_project
from netplan.radio import climate

POINTS = np.array([[EAST, NORTH], [EAST + 5000, NORTH + 5000]])


def district(folder: Path, rain: Any, values: np.ndarray[Any, Any] | None = None) -> Path:
    """A district of 8 x 8 km, with a raster of rain rates around it when values are given."""
    left, top = 200_000.0, 9_798_000.0
    gpd.GeoDataFrame(geometry=[box(left, top - 8000, left + 8000, top)], crs=32736).to_file(folder / "area.gpkg")

    def save(name: str, pixels: np.ndarray[Any, Any], step: float, spread: float) -> None:
        with rasterio.open(
            folder / name, "w", driver="GTiff", count=1, dtype="float32", height=pixels.shape[0], width=pixels.shape[1],
            crs=32736, transform=Affine(step, 0, left - spread, 0, -step, top + spread), nodata=-1.0,
        ) as target:  # fmt: skip
            target.write(pixels.astype(np.float32), 1)

    save("people.tif", np.full((8, 8), 100.0), 1000.0, 0.0)
    if values is not None:
        save("rain.tif", values, 10_000.0, 10_000.0)
    spec = {
        "name": "t", "area": "area.gpkg", "demand": {"population": "people.tif"}, "targets": {"rural": 0.9},
        "existing": {"pops": "pops.gpkg"}, "backhaul_margin_m": 2000, "climate": {"rain_rate_mm_per_h": rain},
    }  # fmt: skip
    pops = box(left, top - 8000, left + 8000, top).centroid
    gpd.GeoDataFrame({"name": ["p"]}, geometry=[pops], crs=32736).to_file(folder / "pops.gpkg")
    (folder / "netplan.yaml").write_text(yaml.safe_dump(spec))
    return folder


def test_a_number_is_taken_everywhere() -> None:
    found = climate.climate_of(inputs(), load_catalogue(), project(climate={"rain_rate_mm_per_h": 33}), POINTS)
    assert found.rain_mm_per_h.tolist() == [33.0, 33.0]
    assert found.latitude_deg == pytest.approx([-1.81, -1.76], abs=0.05)
    assert found.rain_height_km.tolist() == [5.0, 5.0]


def test_a_raster_is_read_and_interpolated(tmp_path: Path) -> None:
    values = np.array([[20.0, 40.0, 60.0], [20.0, 40.0, 60.0], [20.0, 40.0, 60.0]])
    found = read_inputs(read_project(district(tmp_path, "rain.tif", values)))
    assert found.rain is not None and "rain.tif" in found.files
    middle = np.array([[204_000.0, 9_794_000.0], [200_000.0, 9_794_000.0]])
    read_there = climate.climate_of(found, load_catalogue(), read_project(tmp_path).project, middle).rain_mm_per_h
    assert read_there == pytest.approx([38.0, 30.0], abs=1.0)


@pytest.mark.parametrize(
    ("rain", "values", "words"),
    [
        (-4, None, "climate.rain_rate_mm_per_h"),
        (4000, None, "climate.rain_rate_mm_per_h"),
        ("none.tif", None, "no such file"),
        ("rain.tif", np.full((3, 3), 1500.0), "rates from 1500 to 1500 mm/h"),
        ("rain.tif", np.full((3, 3), -1.0), "no value at all"),
        ("area.gpkg", None, "cannot be read as a raster"),
    ],
)
def test_wrong_rain_is_one_fault(tmp_path: Path, rain: Any, values: Any, words: str) -> None:
    with pytest.raises(InputError) as caught:
        read_inputs(read_project(district(tmp_path, rain, values)))
    assert words in str(caught.value)
    assert len({str(fault) for fault in caught.value.faults}) == 1


def test_the_maps_of_the_extra_are_read_at_the_middle_of_the_area(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[float, float]] = []

    def a_map(value: float) -> Any:
        def read(latitude: float, longitude: float, *_: float) -> SimpleNamespace:
            asked.append((latitude, longitude))
            return SimpleNamespace(value=np.array([value]))

        return read

    models = {"837": {"rainfall_rate": a_map(61.0)}, "453": {"DN65": a_map(-333.0)}, "839": {"rain_height": a_map(4.7)}}
    monkeypatch.setitem(sys.modules, climate.MAPS, ModuleType(climate.MAPS))
    monkeypatch.setitem(sys.modules, f"{climate.MAPS}.models", ModuleType("models"))
    for number, functions in models.items():
        module = ModuleType(number)
        for name, function in functions.items():
            setattr(module, name, function)
        monkeypatch.setitem(sys.modules, f"{climate.MAPS}.models.itu{number}", module)
    climate._maps.cache_clear()
    try:
        found = climate.climate_of(inputs(), load_catalogue(), project(climate={}), POINTS)
        told = climate.climate_of(inputs(), load_catalogue(), project(climate={"rain_rate_mm_per_h": 20}), POINTS)
    finally:
        climate._maps.cache_clear()
    assert found.rain_mm_per_h.tolist() == [61.0, 61.0] and found.gradient_n_per_km.tolist() == [-333.0, -333.0]
    assert found.rain_height_km.tolist() == [4.7, 4.7] and found.warnings == ()
    assert told.rain_mm_per_h.tolist() == [20.0, 20.0] and told.gradient_n_per_km[0] == -333.0
    assert asked and all(place == pytest.approx((-1.81, 32.1), abs=0.02) for place in asked)


def test_the_map_of_rain_is_that_of_the_reference_row() -> None:
    pytest.importorskip(climate.MAPS)
    found = climate._maps((101.7, 3.133))
    assert found is not None and found[0] == pytest.approx(99.1481136, rel=1e-3)


def test_without_a_word_and_a_catalogue_of_climate_it_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(climate, "_maps", lambda centre: None)
    bare = shipped().model_copy(update={"climate": None})
    with pytest.raises(InputError, match=r"climate\.rain_rate_mm_per_h"):
        climate.climate_of(inputs(), bare, project(climate={}), POINTS)
