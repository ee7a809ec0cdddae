"""Wrong input: every fault names the file, what was found and what to do; never a traceback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import yaml
from affine import Affine
from shapely.geometry import LineString, Point, box

from netplan.errors import InputError
from netplan.foreign import open_layer
from netplan.inputs import read_inputs
from netplan.project.read import deep_merge, read_project

UTM = 32736
X0, Y0 = 200_000.0, 9_790_000.0
AREA = box(X0, Y0, X0 + 10_000, Y0 + 8_000)
INSIDE = Point(X0 + 2000, Y0 + 2000)


def people(
    folder: Path, bad: float | None = None, nodata: float | None = -99.0, crs: int | None = UTM, shift: float = 0
) -> None:
    values = np.full((10, 12), 100.0, np.float32)
    if bad is not None:
        values[4, 4] = bad
    profile: dict[str, Any] = {"driver": "GTiff", "count": 1, "dtype": "float32", "height": 10, "width": 12}
    grid = Affine(1000, 0, X0 - 1000 + shift, 0, -1000, Y0 + 9000)
    with rasterio.open(folder / "people.tif", "w", **profile, crs=crs, transform=grid, nodata=nodata) as target:
        target.write(values, 1)


def district(folder: Path, **changes: Any) -> Path:
    gpd.GeoDataFrame(geometry=[AREA], crs=UTM).to_file(folder / "area.gpkg")
    people(folder)
    base = {"name": "t", "area": "area.gpkg", "demand": {"population": "people.tif"}, "targets": {"rural": 0.9}}
    (folder / "netplan.yaml").write_text(yaml.safe_dump(deep_merge(base, changes)))
    return folder


def faults(folder: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_inputs(read_project(folder))
    for fault in caught.value.faults:
        assert fault.place and fault.found and fault.to_do
    return [str(fault) for fault in caught.value.faults]


def only(folder: Path) -> str:
    (fault,) = faults(folder)
    return fault


def test_missing_files_are_all_named_with_the_nearest(tmp_path: Path) -> None:
    folder = district(tmp_path, existing={"towers": "towrs.gpkg"}, routes={"roads": "nowhere/roads.gpkg"})
    gpd.GeoDataFrame(geometry=[INSIDE], crs=UTM).to_file(folder / "towers.gpkg")
    found = faults(folder)
    assert len(found) == 2
    assert any("towrs.gpkg (existing.towers)" in f and "did you mean `towers.gpkg`" in f for f in found)
    assert any("nowhere/roads.gpkg" in f and "no folder" in f for f in found)


def test_missing_area_still_says_what_else_is_wrong(tmp_path: Path) -> None:
    folder = district(tmp_path, area="aera.gpkg", existing={"towers": "t.gpkg"})
    (folder / "t.gpkg").write_bytes(b"not a geopackage")
    found = faults(folder)
    assert any("aera.gpkg" in f and "did you mean `area.gpkg`" in f for f in found)
    assert any("t.gpkg" in f and "cannot be read" in f for f in found)


def test_shapefile_without_prj(tmp_path: Path) -> None:
    folder = district(tmp_path, existing={"towers": "t.shp"})
    gpd.GeoDataFrame({"a": [1]}, geometry=[INSIDE], crs=UTM).to_file(folder / "t.shp")
    (folder / "t.prj").unlink()
    fault = only(folder)
    assert "t.shp" in fault and "no coordinate reference system" in fault and ".prj" in fault


def test_text_that_is_not_utf_8(tmp_path: Path) -> None:
    folder = district(tmp_path, existing={"towers": "t.geojson"}, routes={"roads": "r.shp"})
    towers = gpd.GeoDataFrame({"name": ["Kigarama"]}, geometry=[INSIDE], crs=UTM).to_crs(4326)
    text = towers.to_json().replace("Kigarama", "École")
    (folder / "t.geojson").write_bytes(text.encode("latin-1"))
    road = LineString([INSIDE, (X0, Y0)])
    roads = gpd.GeoDataFrame({"name": ["Chaussée"]}, geometry=[road], crs=UTM)
    roads.to_file(folder / "r.shp", encoding="ISO-8859-1")
    (folder / "r.cpg").write_text("UTF-8")
    found = faults(folder)
    assert len(found) == 2 and all("not UTF-8" in fault and ".cpg" in fault for fault in found)
    assert "r.shp (routes.roads)" in "".join(found) and "t.geojson (existing.towers)" in "".join(found)


def test_metres_said_to_be_degrees(tmp_path: Path) -> None:
    folder = district(tmp_path, existing={"towers": "t.geojson"})
    frame = gpd.GeoDataFrame(geometry=[INSIDE], crs=UTM).set_crs(4326, allow_override=True)
    frame.to_file(folder / "t.geojson", driver="GeoJSON")
    fault = only(folder)
    assert "t.geojson" in fault and "true CRS" in fault and "t.geojson|crs=EPSG:32736" in fault
    spec = yaml.safe_load((folder / "netplan.yaml").read_text())
    for stated, heard in ((f"EPSG:{UTM}", ""), ("EPSG:4326", "true CRS"), ("EPSG:1", "not a known CRS")):
        spec["existing"]["towers"] = f"t.geojson|crs={stated}"
        (folder / "netplan.yaml").write_text(yaml.safe_dump(spec))
        if heard:
            assert heard in only(folder)
            continue
        towers = read_inputs(read_project(folder)).towers
        assert towers is not None and towers.geometry.iloc[0].distance(INSIDE) < 0.01
        assert open_layer(folder, spec["existing"]["towers"]).crs == UTM  # as the audit reads it


@pytest.mark.parametrize(
    ("area", "crs", "found"),
    [
        (box(30.4, 1.5, 30.9, 1.9), UTM, "check the layer's CRS"),
        (box(300_000, 9_790_000, 300_000.5, 9_790_000.4), UTM, "0.5 m wide; its coordinates may be degrees"),
        (box(-180, -90, 180, 90), 4326, "give an area of a district"),
        (box(-20, 0, 20, 10), 4326, "km wide; give an area of a district"),
    ],
)
def test_areas_of_another_size_than_a_district(tmp_path: Path, area: Any, crs: int, found: str) -> None:
    folder = district(tmp_path)
    gpd.GeoDataFrame(geometry=[area], crs=crs).to_file(folder / "area.gpkg")
    fault = only(folder)
    assert "area" in fault and found in fault


@pytest.mark.parametrize(
    ("crs", "found"), [("EPSG:4326", "not projected"), ("EPSG:3857", "Mercator"), ("EPSG:0", "EPSG:0")]
)
def test_project_crs_must_be_projected_in_metres(tmp_path: Path, crs: str, found: str) -> None:
    assert found in only(district(tmp_path, crs=crs))


def test_population_that_lies_elsewhere(tmp_path: Path) -> None:
    folder = district(tmp_path)
    people(folder, shift=200_000)
    fault = only(folder)
    assert "people.tif (demand.population)" in fault and "does not reach the area" in fault


def test_facilities_that_lie_elsewhere(tmp_path: Path) -> None:
    folder = district(
        tmp_path, demand={"facilities": {"schools": {"layer": "s.gpkg", "rate_mbps": 5, "busy_hour_mbps": 1}}}
    )
    gpd.GeoDataFrame(geometry=[Point(X0 + 90_000, Y0)], crs=UTM).to_file(folder / "s.gpkg")
    fault = only(folder)
    assert "s.gpkg" in fault and "no feature lies in the area" in fault and "check its CRS" in fault


@pytest.mark.parametrize(("bad", "found"), [(-5.0, "below zero"), (np.nan, "not a number")])
def test_negative_and_nan_people(tmp_path: Path, bad: float, found: str) -> None:
    folder = district(tmp_path)
    people(folder, bad=bad)
    fault = only(folder)
    assert "people.tif" in fault and found in fault and "nodata" in fault


def test_nan_declared_as_nodata_is_no_fault(tmp_path: Path) -> None:
    folder = district(tmp_path)
    people(folder, bad=np.nan, nodata=np.nan)
    assert read_inputs(read_project(folder)).population["population"].eq(100).all()


def test_raster_without_crs(tmp_path: Path) -> None:
    folder = district(tmp_path)
    people(folder, crs=None)
    fault = only(folder)
    assert "people.tif" in fault and "CRS" in fault


@pytest.mark.parametrize("keep", [0, 40, 0.6])
def test_corrupt_raster(tmp_path: Path, keep: float) -> None:
    folder = district(tmp_path)
    data = (folder / "people.tif").read_bytes()
    (folder / "people.tif").write_bytes(data[: keep if isinstance(keep, int) else int(len(data) * keep)])
    fault = only(folder)
    assert "people.tif" in fault and "read" in fault


def test_nobody_in_the_area(tmp_path: Path) -> None:
    folder = district(tmp_path)
    with rasterio.open(folder / "people.tif", "r+") as target:
        target.write(np.zeros((10, 12), np.float32), 1)
    assert "nobody lives" in only(folder)


def test_elevation_with_undeclared_nodata(tmp_path: Path) -> None:
    folder = district(tmp_path, terrain={"elevation": "people.tif"})
    people(folder, bad=None)
    with rasterio.open(folder / "dem.tif", "w", **rasterio.open(folder / "people.tif").profile) as target:
        target.write(np.full((10, 12), -32768, np.float32), 1)
    spec = yaml.safe_load((folder / "netplan.yaml").read_text())
    spec["terrain"]["elevation"] = "dem.tif"
    (folder / "netplan.yaml").write_text(yaml.safe_dump(spec))
    fault = only(folder)
    assert "dem.tif" in fault and "nodata" in fault


def test_empty_area_and_wrong_geometry(tmp_path: Path) -> None:
    folder = district(tmp_path)
    gpd.GeoDataFrame({"a": []}, geometry=[], crs=UTM).to_file(folder / "area.gpkg")
    assert "area.gpkg (area): the layer is empty" in only(folder)
    gpd.GeoDataFrame(geometry=[INSIDE], crs=UTM).to_file(folder / "area.gpkg")
    assert "polygons" in only(folder)


def test_roads_that_are_points(tmp_path: Path) -> None:
    folder = district(tmp_path, routes={"roads": "r.gpkg"})
    gpd.GeoDataFrame(geometry=[INSIDE], crs=UTM).to_file(folder / "r.gpkg")
    fault = only(folder)
    assert "r.gpkg" in fault and "Point" in fault and "lines" in fault


def test_geopackage_of_many_layers_lists_them(tmp_path: Path) -> None:
    folder = district(tmp_path, existing={"towers": "all.gpkg"})
    for layer in ("masts", "trees"):
        gpd.GeoDataFrame(geometry=[INSIDE], crs=UTM).to_file(folder / "all.gpkg", layer=layer)
    assert "masts, trees" in only(folder) and "|layername=masts" in only(folder)


@pytest.mark.parametrize(("values", "found"), [([10, -3], "below zero"), ([10, None], "no number")])
def test_settlements_with_bad_counts(tmp_path: Path, values: list[Any], found: str) -> None:
    folder = district(tmp_path, demand={"population": None, "settlements": "v.gpkg"})
    points = [INSIDE, Point(X0 + 4000, Y0 + 4000)]
    gpd.GeoDataFrame({"population": values}, geometry=points, crs=UTM).to_file(folder / "v.gpkg")
    fault = only(folder)
    assert "v.gpkg" in fault and "`population`, row 2" in fault and found in fault


@pytest.mark.parametrize("cell", ["12k", "1.5 million", "500-600", "~500", "unknown"])
def test_people_are_not_guessed_from_text(tmp_path: Path, cell: str) -> None:
    folder = district(tmp_path, demand={"population": None, "settlements": "v.gpkg"})
    points = [Point(X0 - 90_000, Y0), INSIDE, Point(X0 + 4000, Y0 + 4000)]
    people = ["what is not in the area is not asked", "1'200 inhabitants", cell]
    gpd.GeoDataFrame({"population": people}, geometry=points, crs=UTM).to_file(folder / "v.gpkg")
    fault = only(folder)
    assert "v.gpkg" in fault and "`population`, row 3" in fault and f"`{cell}`" in fault and "such as 12000" in fault


def test_people_with_one_dot_before_three_digits_may_be_thousands(tmp_path: Path) -> None:
    folder = district(tmp_path, demand={"population": None, "settlements": "v.gpkg"})
    points = [INSIDE, Point(X0 + 4000, Y0 + 4000)]

    def save(*people: str) -> Path:
        gpd.GeoDataFrame({"population": people}, geometry=points, crs=UTM).to_file(folder / "v.gpkg")
        return folder

    fault = only(save("350", "12.345"))
    assert "row 2" in fault and "12345 or 12.3 people" in fault and "write 12345" in fault
    assert "row 1, 2" in only(save("3.210 hab.", "12.345 hab."))
    assert sorted(read_inputs(read_project(save("1.234,56", "12.345"))).population["population"]) == [1234.56, 12_345]
    sure = read_inputs(read_project(save("1.234.567", "12.345")))
    assert sorted(sure.population["population"]) == [12_345, 1_234_567]
    assert any("`12.345` for 12345 people" in warning for warning in sure.warnings)
    assert read_inputs(read_project(save("7.5", "12.345"))).population["population"].sum() == pytest.approx(19.845)


def test_settlements_without_a_population_column(tmp_path: Path) -> None:
    folder = district(tmp_path, demand={"population": None, "settlements": "v.gpkg"})
    gpd.GeoDataFrame({"men": [1]}, geometry=[INSIDE], crs=UTM).to_file(folder / "v.gpkg")
    fault = only(folder)
    assert "no column `population`" in fault and "men" in fault


def test_rows_are_those_of_the_file(tmp_path: Path) -> None:
    """Whatever was dropped, clipped or sorted before."""
    folder = district(tmp_path, demand={"population": None, "settlements": "v.gpkg"}, existing={"service": "s.csv"})
    east, west, far = Point(X0 + 6000, Y0 + 4000), INSIDE, Point(X0 + 90_000, Y0)
    places = [None, far, east, west, west]
    gpd.GeoDataFrame({"population": [9, 9, 9, -4, None]}, geometry=places, crs=UTM).to_file(folder / "v.gpkg")
    lon_lat = [(p.x, p.y) for p in gpd.GeoSeries([far, east, west], crs=UTM).to_crs(4326)]
    rows = "".join(f"{x},{y},{rate}\n" for (x, y), rate in zip(lon_lat, (3, 5, -1), strict=True))
    (folder / "s.csv").write_text("Survey of 2024\n\nlon,lat,rate_mbps\n" + rows)
    found = "\n".join(faults(folder))
    assert "`population`, row 4: `-4.0`: a number of people below zero (1)" in found
    assert "`population`, row 5: no number of people (1)" in found
    assert "`rate_mbps`, row 6: -1" in found


def test_an_epanet_model_needs_coordinates_and_a_crs(tmp_path: Path) -> None:
    folder = district(tmp_path, routes={"water_pipes": "n.inp"})
    (folder / "n.inp").write_text(BARE_MODEL)
    told = faults(folder)
    assert len(told) == 2 and all("n.inp (routes.water_pipes)" in fault for fault in told)
    assert "routes.water_pipes_crs" in told[0] and "coordinates" in told[1]
    (folder / "n.inp").write_text("[PIPES]\n P1 A\n[OPTIONS]\n Units LPS\n")
    assert any("cannot be read as an EPANET model" in fault for fault in faults(folder))


def test_a_schematic_epanet_model_is_refused(tmp_path: Path) -> None:
    folder = district(tmp_path, routes={"water_pipes": "n.inp", "water_pipes_crs": f"EPSG:{UTM}"})
    places = f"[COORDINATES]\n A {X0} {Y0}\n B {X0 + 10} {Y0}\n"
    (folder / "n.inp").write_text(BARE_MODEL.replace("[END]", places + "[END]"))
    fault = only(folder)
    assert "0.5 km" in fault and "0.0 km on the map" in fault and "schematic" in fault


def test_an_epanet_model_is_read_nowhere_else(tmp_path: Path) -> None:
    folder = district(tmp_path, routes={"roads": "n.inp"})
    (folder / "n.inp").write_text(BARE_MODEL)
    assert "only as routes.water_pipes" in only(folder)


BARE_MODEL = """[JUNCTIONS]
 A 10
 B 12
[PIPES]
 P1 A B 500 150 130 0 Open
[OPTIONS]
 Units LPS
[END]
"""


def test_faults_of_several_layers_come_together(tmp_path: Path) -> None:
    folder = district(tmp_path, routes={"roads": "r.gpkg"}, existing={"towers": "t.shp"})
    people(folder, bad=-1)
    gpd.GeoDataFrame(geometry=[INSIDE], crs=UTM).to_file(folder / "r.gpkg")
    line = LineString([INSIDE, (X0, Y0)])
    gpd.GeoDataFrame({"a": [1]}, geometry=[line], crs=UTM).to_file(folder / "t.shp")
    (folder / "t.prj").unlink()
    assert len(faults(folder)) == 3
