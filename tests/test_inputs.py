"""The inputs room: any CRS and format in, one clean projected set of tables out."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from affine import Affine
from pyproj import CRS
from shapely.geometry import LineString, MultiPoint, Point, Polygon, box

from netplan.demand.grid import make_grid, people_per_cell
from netplan.foreign import open_layer
from netplan.inputs import read_inputs
from netplan.inputs.people import people_inside
from netplan.project.read import deep_merge, read_project
from netplan.tables import Inputs
from netplan.yamltext import dump_yaml, load_yaml

UTM = 32736
X0, Y0 = 200_000.0, 9_790_000.0
AREA = box(X0, Y0, X0 + 10_000, Y0 + 8_000)


def at(x_km: float, y_km: float) -> Point:
    return Point(X0 + 1000 * x_km, Y0 + 1000 * y_km)


def line(*points: tuple[float, float]) -> LineString:
    return LineString([at(*point) for point in points])


def save(folder: Path, file: str, geometry: list[Any], crs: int = UTM, **columns: Any) -> str:
    frame = gpd.GeoDataFrame(columns, geometry=geometry, crs=UTM)
    frame.to_crs(crs).to_file(folder / file)
    return file


def save_raster(
    path: Path,
    values: np.ndarray[Any, Any],
    left: float,
    top: float,
    step: float,
    crs: int | None = UTM,
    nodata: float | None = -99.0,
) -> None:
    profile = {
        "driver": "GTiff",
        "count": 1,
        "dtype": values.dtype,
        "height": values.shape[0],
        "width": values.shape[1],
    }
    with rasterio.open(
        path, "w", **profile, crs=crs, transform=Affine(step, 0, left, 0, -step, top), nodata=nodata
    ) as target:
        target.write(values, 1)


def district(folder: Path, **changes: Any) -> Path:
    """A 10 × 8 km district: 12 × 10 pixels of 1 km with 100 people each, one kilometre wider all round."""
    save(folder, "area.gpkg", [AREA], crs=4326)
    save_raster(folder / "people.tif", np.full((10, 12), 100.0, np.float32), X0 - 1000, Y0 + 9000, 1000)
    base = {
        "name": "test",
        "area": "area.gpkg",
        "demand": {"population": "people.tif"},
        "backhaul_margin_m": 2000,
        "targets": {"rural": 0.9},
    }
    (folder / "netplan.yaml").write_text(dump_yaml(deep_merge(base, changes)), encoding="utf-8")
    return folder


def read(folder: Path, **changes: Any) -> Inputs:
    return read_inputs(read_project(district(folder, **changes)))


def test_crs_is_the_utm_zone_of_the_area_or_as_stated(tmp_path: Path) -> None:
    assert read(tmp_path).crs == CRS.from_epsg(UTM)
    other = read(tmp_path, crs="EPSG:32735")
    assert other.crs == CRS.from_epsg(32735) and other.population.crs == other.crs
    assert other.area.area == pytest.approx(80e6, rel=0.02)


def test_a_crs_that_is_made_for_another_place_is_said_to_stretch_lengths(tmp_path: Path) -> None:
    """EPSG:32633 is the zone of 15° E, 15 degrees west of the district: 0.9996 × (1 + (0.267 rad × cos 1.9°)² / 2)."""
    far = [text for text in read(district(tmp_path), crs="EPSG:32633").warnings if text.startswith("crs: ")]
    assert len(far) == 1 and "1 km on the ground measures 1.03" in far[0] and "UTM zone 33N" in far[0]
    for near in ("EPSG:32736", "EPSG:32735", None):
        assert not any(text.startswith("crs: ") for text in read(tmp_path, crs=near).warnings)


def test_people_are_counted_whole_and_split_by_area(tmp_path: Path) -> None:
    inputs = read(tmp_path)
    # pixels of the rim touch the area along an edge only
    assert (inputs.population["population"] == 100).all()
    assert people_inside(inputs.population, inputs.area) == pytest.approx(8000, rel=1e-3)
    assert inputs.population.index.is_monotonic_increasing and inputs.population.index.is_unique


def test_people_are_preserved_from_degrees_and_from_fine_pixels(tmp_path: Path) -> None:
    folder = district(tmp_path, demand={"population": "fine.tif"})
    rng = np.random.default_rng(1)
    values = rng.poisson(0.5, (500, 560)).astype(np.float32)
    values[:20] = -99
    save_raster(folder / "fine.tif", values, 30.28, -1.80, 0.00025, crs=4326)
    # the whole raster as the area: nothing may be lost in blocks of pixels
    spec = load_yaml((folder / "netplan.yaml").read_text(encoding="utf-8"))
    del spec["area"]
    (folder / "netplan.yaml").write_text(dump_yaml(spec), encoding="utf-8")
    inputs = read_inputs(read_project(folder))
    assert inputs.population["population"].sum() == pytest.approx(values[20:].sum())
    assert len(inputs.population) < values.size / 8


def test_people_of_the_price_year(tmp_path: Path) -> None:
    total = read(tmp_path, demand={"population_total": 16000})
    assert people_inside(total.population, total.area) == pytest.approx(16000)
    grown = read(tmp_path, demand={"growth_per_year": 0.02, "population_year": 2015}, economics={"price_year": 2025})
    assert grown.population["population"].iloc[0] == pytest.approx(100 * 1.02**10)
    left = read(tmp_path, demand={"population_year": 2015})
    assert any("2015" in warning for warning in left.warnings)


def test_nodata_and_empty_pixels_are_dropped(tmp_path: Path) -> None:
    folder = district(tmp_path)
    values = np.full((10, 12), 100.0, np.float32)
    values[4, 4], values[5, 5] = -99, 0
    save_raster(folder / "people.tif", values, X0 - 1000, Y0 + 9000, 1000)
    inputs = read_inputs(read_project(folder))
    assert people_inside(inputs.population, inputs.area) == pytest.approx(7800, rel=1e-3)


def test_settlements_stand_in_for_a_raster_and_area_follows_them(tmp_path: Path) -> None:
    folder = district(tmp_path, demand={"population": None, "settlements": "v.geojson"})
    save(tmp_path, "v.geojson", [at(1, 1), at(4, 5)], crs=4326, pop=["1,200", "300"], nom=["Uno", "Dos"])
    spec = load_yaml((folder / "netplan.yaml").read_text(encoding="utf-8"))
    del spec["area"]
    (folder / "netplan.yaml").write_text(dump_yaml(spec), encoding="utf-8")
    inputs = read_inputs(read_project(folder))
    assert sorted(inputs.population["population"]) == [300, 1200]
    assert inputs.settlements is not None and set(inputs.settlements["name"]) == {"Uno", "Dos"}
    assert inputs.population.within(inputs.area).all()


def test_polygons_across_the_edge_bring_the_people_of_their_part(tmp_path: Path) -> None:
    corners = [(x, y) for x in np.arange(-1300, 10_000, 2500.0) for y in np.arange(-1300, 8000, 2500.0)]
    tiles = [box(X0 + x, Y0 + y, X0 + x + 2500, Y0 + y + 2500) for x, y in corners]
    save(tmp_path, "tiles.gpkg", tiles, population=[625.0] * len(tiles), name=[f"{x} {y}" for x, y in corners])
    inputs = read(tmp_path, demand={"population": None, "settlements": "tiles.gpkg"})
    assert people_inside(inputs.population, inputs.area) == pytest.approx(80e6 * 1e-4, rel=1e-6)
    assert inputs.settlements is not None and inputs.settlements.representative_point().within(inputs.area).all()
    assert len(inputs.settlements) < len(inputs.population) == len(tiles), "names and hubs are of places inside"


def test_settlements_of_several_points_live_at_each(tmp_path: Path) -> None:
    places = [MultiPoint([at(1, 1)]), MultiPoint([at(2, 2), at(4, 4), at(40, 4)]), at(6, 6)]
    save(tmp_path, "v.gpkg", places, pop=[100, 300, 50], name=["one", "wide", "plain"])
    inputs = read(tmp_path, demand={"population": None, "settlements": "v.gpkg"})
    assert sorted(inputs.population["population"]) == [50, 100, 100, 100]
    assert inputs.settlements is not None and sorted(inputs.settlements["name"]) == ["one", "plain", "wide", "wide"]
    assert any("settlements of several points (1)" in warning for warning in inputs.warnings)
    grid = make_grid(inputs.area, np.empty(0, object), 1000.0)
    assert people_per_cell(grid, inputs.population, inputs.area).per_cell.sum() == 350


@pytest.mark.parametrize("name", ["t.geojson", "t.gpkg", "t.shp", "t.fgb"])
def test_any_format_any_crs_points_clip_to_area(tmp_path: Path, name: str) -> None:
    save(
        tmp_path,
        name,
        [at(1, 1), MultiPoint([at(2, 2), at(11, 2)]) if name != "t.shp" else at(2, 2)],
        crs=4326,
        hauteur=["45 m", "x"],
        owner=["A", "B"],
    )
    towers = read(tmp_path, existing={"towers": name, "towers_assumed": True}).towers
    assert towers is not None and len(towers) == 2
    assert towers.loc["tower-000001", "height_m"] == 45 and np.isnan(towers.loc["tower-000002", "height_m"])
    assert towers["assumed"].all() and list(towers["operator"]) == ["A", "B"]


def test_towers_that_do_not_stand_today_are_left_out(tmp_path: Path) -> None:
    words = ["Existing", "SHARED", "Planned 2027", "Decommissioned", "non-functional", "Under Construction", "on air"]
    save(tmp_path, "t.gpkg", [at(1 + i, 1) for i in range(len(words))], STATUS=words)
    inputs = read(tmp_path, existing={"towers": "t.gpkg"})
    assert inputs.towers is not None and list(inputs.towers["status"]) == ["existing", "shared", "on air"]
    assert any("4 towers that do not stand today" in w and "`planned 2027`" in w for w in inputs.warnings)


def test_lines_run_into_the_margin_and_are_cut_there(tmp_path: Path) -> None:
    save(tmp_path, "roads.gpkg", [line((-9, 4), (19, 4)), line((30, 4), (31, 4))], highway=["primary", "x"])
    roads = read(tmp_path, routes={"roads": "roads.gpkg"}).roads
    assert roads is not None and len(roads) == 1 and roads["highway"].iloc[0] == "primary"
    assert roads.length.sum() == pytest.approx(14_000, rel=1e-3)


def test_pops_outside_the_area_but_in_the_margin_stay(tmp_path: Path) -> None:
    save(tmp_path, "pops.geojson", [at(11.5, 4), at(13, 4)], crs=4326, capacity_mbps=[1000, 2])
    pops = read(tmp_path, existing={"pops": "pops.geojson", "pops_assumed": True}).pops
    assert list(pops["capacity_mbps"]) == [1000] and pops["assumed"].all()


def test_row_order_does_not_matter(tmp_path: Path) -> None:
    points = [at(3, 3), at(1, 1), at(1, 1), at(2, 5)]
    names = ["c", "b", "a", "d"]
    spec = {"demand": {"facilities": {"schools": {"layer": "s.gpkg", "rate_mbps": 20, "busy_hour_mbps": 5}}}}
    save(tmp_path, "s.gpkg", points, name=names)
    first = read(tmp_path, **spec).facilities["schools"]
    (tmp_path / "s.gpkg").unlink()
    save(tmp_path, "s.gpkg", points[::-1], name=names[::-1])
    pd.testing.assert_frame_equal(pd.DataFrame(first), pd.DataFrame(read(tmp_path, **spec).facilities["schools"]))
    assert list(first["name"]) == ["a", "b", "d", "c"]


def test_pipes_take_other_peoples_column_names(tmp_path: Path) -> None:
    pipes = [line((1, 1), (2, 1)), line((1, 2), (2, 2)), line((1, 3), (2, 3))]
    save(tmp_path, "pipes.gpkg", pipes, DN=["DN 90", "110,5", "9999"], Mat=["pvc", "hdpe", None], owner="U")
    inputs = read(tmp_path, routes={"water_pipes": "pipes.gpkg"})
    assert inputs.water_pipes is not None
    np.testing.assert_array_equal(inputs.water_pipes["diameter_mm"], [90, 110.5, np.nan])
    assert list(inputs.water_pipes["material"]) == ["PVC", "HDPE", ""] and set(inputs.water_pipes["owner"]) == {"U"}
    assert any("impossible diameter" in warning for warning in inputs.warnings)


def test_access_points_of_several_layers_are_one(tmp_path: Path) -> None:
    save(tmp_path, "chambers.gpkg", [at(1, 1)], chamber_type=["Valve chamber"])
    save(tmp_path, "tanks.gpkg", [at(2, 1)], tank_type=["Elevated"])
    save(tmp_path, "pumps.gpkg", [at(3, 1)], serial=[7])
    access = read(tmp_path, routes={"water_access": ["pumps.gpkg", "tanks.gpkg", "chambers.gpkg"]}).water_access
    assert access is not None and list(access["kind"]) == ["valve chamber", "elevated tank", "pumps"]


def test_power_line_kinds_and_the_poles_lever(tmp_path: Path) -> None:
    save(tmp_path, "lines.gpkg", [line((1, 1), (2, 1)), line((1, 2), (2, 2))], voltage=["220000;110000", "30 kV"])
    lines = read(tmp_path, routes={"power_lines": "lines.gpkg"}).power_lines
    assert lines is not None and list(lines["kind"]) == ["transmission", "distribution"]
    save(tmp_path, "bare.gpkg", [line((1, 1), (2, 1))], a=[1])
    bare = read(tmp_path, routes={"power_lines": "bare.gpkg"}, sharing=["power-poles"])
    assert bare.power_lines is not None and list(bare.power_lines["kind"]) == ["distribution"]
    assert any("ASSUMED" in warning for warning in bare.warnings)
    steel = read(
        tmp_path, routes={"power_lines": "bare.gpkg", "power_lines_kind": "transmission"}, sharing=["power-poles"]
    )
    assert any("lever power-poles" in warning for warning in steel.warnings)


@pytest.mark.parametrize("lever", ["towers", "power-poles", "water-pipes", "ducts", "fibre"])
def test_a_lever_without_its_layer_warns(tmp_path: Path, lever: str) -> None:
    assert any(f"lever {lever}:" in warning for warning in read(tmp_path, sharing=[lever]).warnings)
    assert not any("lever" in warning for warning in read(tmp_path).warnings)


def test_broken_geometry_is_repaired_and_counted(tmp_path: Path) -> None:
    bow = Polygon([(X0 + x, Y0 + y) for x, y in ((1000, 1000), (3000, 3000), (3000, 1000), (1000, 3000))])
    save(tmp_path, "lakes.gpkg", [bow, Polygon(), box(X0, Y0, X0 + 500, Y0 + 500)])
    inputs = read(tmp_path, exclusions=["lakes.gpkg"])
    assert shapely.is_valid(inputs.exclusions.geometry.to_numpy()).all()
    assert inputs.exclusions.area.sum() == pytest.approx(2e6 + 0.25e6)
    assert set(inputs.exclusions["source"]) == {"lakes.gpkg"}
    assert any("1 broken geometry repaired" in warning for warning in inputs.warnings)
    assert any("1 feature without geometry dropped" in warning for warning in inputs.warnings)


def test_one_feature_that_is_no_geometry_does_not_cost_the_layer(tmp_path: Path) -> None:
    ends = [list(place.coords[0]) for place in gpd.GeoSeries([at(1, 4), at(3, 4)], crs=UTM).to_crs(4326)]
    shapes = [{"type": "LineString", "coordinates": ends}, {"type": "LineString", "coordinates": ends[:1]}]
    features = [{"type": "Feature", "properties": {}, "geometry": shape} for shape in shapes]
    (tmp_path / "r.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    inputs = read(tmp_path, routes={"roads": "r.geojson"})
    assert inputs.roads is not None and inputs.roads.length.tolist() == pytest.approx([2000], rel=1e-3)
    assert "r.geojson (routes.roads): 1 feature without geometry dropped." in inputs.warnings
    assert len(open_layer(tmp_path, "r.geojson")) == 2  # as the audit and the maps read it


def test_optional_layers_that_are_empty_or_elsewhere_warn(tmp_path: Path) -> None:
    gpd.GeoDataFrame({"a": []}, geometry=[], crs=UTM).to_file(tmp_path / "none.gpkg")
    save(tmp_path, "far.gpkg", [line((500, 1), (501, 1))])
    inputs = read(tmp_path, routes={"roads": "far.gpkg", "ducts": "none.gpkg"})
    assert inputs.roads is None and inputs.ducts is None
    assert any("far.gpkg" in w and "no feature lies in the area" in w for w in inputs.warnings)
    assert any("none.gpkg" in w and "empty" in w for w in inputs.warnings)


def test_elevation_is_reprojected_at_its_own_resolution(tmp_path: Path) -> None:
    folder = district(tmp_path, terrain={"elevation": "dem.tif"})
    step = 1 / 3600
    columns, rows = np.meshgrid(np.arange(700), np.arange(700))
    plane = (1000 + columns + 2 * rows).astype(np.float32)
    left, top = (v for v in gpd.GeoSeries([at(-4, 12)], crs=UTM).to_crs(4326).iloc[0].coords[0])
    save_raster(folder / "dem.tif", plane, left, top, step, crs=4326)
    inputs = read_inputs(read_project(folder))
    raster = inputs.elevation
    assert raster is not None and 29 < raster.transform.a < 32
    spot = at(5, 4)
    column = (spot.x - raster.transform.c) / raster.transform.a
    row = (spot.y - raster.transform.f) / raster.transform.e
    there = gpd.GeoSeries([spot], crs=UTM).to_crs(4326).iloc[0]
    expected = 1000 + ((there.x - left) / step - 0.5) + 2 * ((top - there.y) / step - 0.5)
    assert raster.values[int(row), int(column)] == pytest.approx(expected, abs=2)
    assert not any("terrain covers" in warning for warning in inputs.warnings)


def test_terrain_that_covers_half_says_so(tmp_path: Path) -> None:
    folder = district(tmp_path, terrain={"elevation": "dem.tif"})
    save_raster(folder / "dem.tif", np.full((200, 100), 900, np.int16), X0 - 5000, Y0 + 10_000, 100)
    inputs = read_inputs(read_project(folder))
    assert any("terrain covers 50" in w or "terrain covers 49" in w for w in inputs.warnings)
    assert inputs.elevation is not None and np.nanmax(inputs.elevation.values) == 900


def test_files_are_summed_and_credits_kept(tmp_path: Path) -> None:
    save(tmp_path, "t.shp", [at(1, 1)], a=[1])
    inputs = read(tmp_path, existing={"towers": "t.shp"}, attributions={"t.shp": "Somebody"})
    assert inputs.files["t.shp"] == hashlib.sha256((tmp_path / "t.shp").read_bytes()).hexdigest()
    assert {"area.gpkg", "people.tif", "t.dbf", "t.prj"} <= set(inputs.files)
    assert inputs.licences == {"t.shp": "Somebody"}


def test_a_layer_of_many_is_named(tmp_path: Path) -> None:
    gpd.GeoDataFrame(geometry=[at(1, 1)], crs=UTM).to_file(tmp_path / "all.gpkg", layer="masts")
    gpd.GeoDataFrame(geometry=[at(2, 1)], crs=UTM).to_file(tmp_path / "all.gpkg", layer="trees")
    towers = read(tmp_path, existing={"towers": "all.gpkg|layername=masts"}).towers
    assert towers is not None and towers.geometry.iloc[0].distance(at(1, 1)) < 0.01


def test_the_sample_district_reads_clean() -> None:
    folder = Path(__file__).parent.parent / "data" / "rwamagana-kayonza"
    inputs = read_inputs(read_project(folder, "sharing"))
    assert inputs.area.area == pytest.approx(2615e6, rel=0.01)
    assert len(inputs.facilities["schools"]) > 250 and inputs.towers is not None and inputs.elevation is not None
    assert inputs.water_pipes is not None and inputs.water_pipes.length.sum() == pytest.approx(925e3, rel=0.02)
    assert set(inputs.licences) <= set(inputs.files)


def test_copper_and_coax_are_lines_in_the_project_crs(tmp_path: Path) -> None:
    folder = district(tmp_path, existing={"copper": "copper.gpkg", "coax": "coax.gpkg"})
    street = LineString([(X0 + 1000, Y0 + 1000), (X0 + 3000, Y0 + 1000)])
    for name in ("copper", "coax"):
        gpd.GeoDataFrame({"operator": ["T"]}, geometry=[street], crs=UTM).to_crs(4326).to_file(folder / f"{name}.gpkg")
    inputs = read_inputs(read_project(folder))
    assert inputs.copper is not None and inputs.coax is not None
    assert inputs.copper.crs == inputs.crs and inputs.copper.geometry.length.sum() == pytest.approx(2000, rel=1e-3)
    assert inputs.coax["operator"].tolist() == ["T"]
    assert {"copper.gpkg", "coax.gpkg"} <= set(inputs.files)
    (tmp_path / "plain").mkdir()
    without = read(tmp_path / "plain")
    assert without.copper is None and without.coax is None
    assert not any("copper" in warning or "coax" in warning for warning in without.warnings)
