"""Rain and refraction of a place: the project's numbers and rasters, the maps of the extra, what is assumed."""

from __future__ import annotations

from pathlib import Path
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


@pytest.fixture
def no_maps(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the extra is not installed."""
    monkeypatch.setattr(climate, "_maps", lambda centre: None)


@pytest.mark.usefixtures("no_maps")
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


def test_the_maps_of_the_extra_are_read_at_the_middle_of_the_area() -> None:
    itur = pytest.importorskip(climate.MAPS)
    told = climate.climate_of(inputs(), load_catalogue(), project(climate={"rain_rate_mm_per_h": 20}), POINTS)
    middle = gpd.GeoSeries([inputs().area.centroid], crs=inputs().crs).to_crs(4326).iloc[0]
    latitude, longitude = middle.y, middle.x
    rain = float(itur.models.itu837.rainfall_rate(latitude, longitude, 0.01).value)
    gradient = float(itur.models.itu453.DN65(latitude, longitude, 1).value)
    height = float(itur.models.itu839.rain_height(latitude, longitude).value)
    found = climate.climate_of(inputs(), load_catalogue(), project(climate={}), POINTS)
    assert found.rain_mm_per_h == pytest.approx([rain] * 2, rel=0.01) and 20 < rain < 120
    assert found.gradient_n_per_km == pytest.approx([gradient] * 2, rel=0.01) and -700 < gradient < -40
    assert found.rain_height_km == pytest.approx([height] * 2, rel=0.01) and 3 < height < 6
    assert found.warnings == ()
    assert told.rain_mm_per_h.tolist() == [20.0, 20.0] and told.gradient_n_per_km == pytest.approx([gradient] * 2)


def test_the_map_of_rain_is_that_of_the_reference_row() -> None:
    pytest.importorskip(climate.MAPS)
    found = climate._maps((101.7, 3.133))
    assert found is not None and found[0] == pytest.approx(99.1481136, rel=1e-3)


def test_without_a_word_and_a_catalogue_of_climate_it_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(climate, "_maps", lambda centre: None)
    bare = shipped().model_copy(update={"climate": None})
    with pytest.raises(InputError, match=r"climate\.rain_rate_mm_per_h"):
        climate.climate_of(inputs(), bare, project(climate={}), POINTS)
