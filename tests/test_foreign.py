"""Points and networks from spreadsheets, text tables, KML and the Open Fibre Data Standard."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point
from smalldistrict import UTM, at, district, planned

from netplan.errors import InputError
from netplan.foreign import Asked, open_layer, path_and_options, read_foreign
from netplan.foreign.coordinates import degrees, find_columns, metres
from netplan.inputs import read_inputs
from netplan.project import read_project
from netplan.verify import verify


def read(path: Path, **how: Any) -> gpd.GeoDataFrame:
    made = read_foreign(Asked(path, path.name, points=how.pop("points", True), **how))
    assert made is not None
    return made.frame


def faults(path: Path, **how: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(path, **how)
    return [str(fault) for fault in caught.value.faults]


def text(folder: Path, content: str | bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def degrees_of(place: Point) -> tuple[float, float]:
    there = gpd.GeoSeries([place], crs=UTM).to_crs(4326).iloc[0]
    return there.x, there.y


# --- cells -------------------------------------------------------------------------------------------------------


def dms(value: float, sides: str) -> str:
    """Degrees, minutes and seconds to a hundredth, as surveyors write them."""
    hundredths = round(abs(value) * 360_000)
    whole, rest = divmod(hundredths, 360_000)
    minutes, seconds = divmod(rest, 6_000)
    return f"{whole}°{minutes:02d}'{seconds / 100:05.2f}\"{sides[value < 0]}"


@settings(deadline=None, max_examples=60)
@given(st.floats(-179.9, 179.9))
def test_degrees_are_read_however_they_are_written(value: float) -> None:
    written = f"{value:.6f}"
    assert degrees(written) == pytest.approx(value, abs=1e-6)
    assert degrees(written.replace(".", ",")) == pytest.approx(value, abs=1e-6)
    assert degrees(f"{abs(value):.6f} {'S' if value < 0 else 'N'}") == pytest.approx(value, abs=1e-6)
    assert degrees(dms(value, "EW")) == pytest.approx(value, abs=1e-5)
    assert degrees(dms(value, "EW").replace("°", " ").replace("'", " ")) == pytest.approx(value, abs=1e-5)


@settings(deadline=None, max_examples=60)
@given(st.floats(1e5, 9.99e6))
def test_metres_are_read_however_they_are_written(value: float) -> None:
    english = f"{value:,.2f}"
    french = english.replace(",", "\u202f").replace(".", ",")
    german = english.translate(str.maketrans(",.", ".,"))
    for written in (f"{value:.2f}", english, french, german, f"{value:.2f}".replace(".", ",")):
        assert metres(written) == pytest.approx(value, abs=0.006)


@pytest.mark.parametrize("cell", ["", "unknown", "30.1.2", "1°99'00\"S", "30,1,2"])
def test_what_is_no_coordinate_is_not_read_as_one(cell: str) -> None:
    assert np.isnan(degrees(cell))


@pytest.mark.parametrize(
    ("header", "kind", "first", "second"),
    [
        (["Name", "Longitude", "Latitude"], "degrees", 1, 2),
        (["lat", "lon"], "degrees", 1, 0),
        (["GPS Latitude (deg)", "GPS Longitude (deg)"], "degrees", 1, 0),
        (["_site_latitude", "_site_longitude", "_site_precision"], "degrees", 1, 0),
        (["Easting [m]", "Northing [m]"], "metres", 0, 1),
        (["X", "Y"], "either", 0, 1),
        (["Coordonnée X", "Coordonnée Y"], "either", 0, 1),
        (["site", "GPS coordinates"], "pair", 1, None),
        (["id", "WKT"], "wkt", 1, None),
    ],
)
def test_columns_are_known_by_many_names(header: list[str], kind: str, first: int, second: int | None) -> None:
    found = find_columns(header)
    assert found is not None
    assert (found.kind, found.first, found.second) == (kind, first, second)
    assert find_columns(["name", "district", "population"]) is None


def test_a_path_may_name_a_sheet_and_a_crs() -> None:
    assert path_and_options("a b.xlsx|sheet=Towers|crs=EPSG:32736") == ("a b.xlsx", "Towers", "EPSG:32736")
    assert path_and_options("a.gpkg|layername=roads") == ("a.gpkg", "roads", None)
    assert path_and_options("a.gpkg") == ("a.gpkg", None, None)


# --- tables ------------------------------------------------------------------------------------------------------

KIGALI = (30.0605, -1.9536)


@pytest.mark.parametrize(
    "content",
    [
        "name,lon,lat\nA,30.0605,-1.9536\n",
        "\ufeffname,longitude,latitude\nA,30.0605,-1.9536\n",
        "sep=;\nname;Longitude;Latitude\nA;30,0605;-1,9536\n",
        "name\tlat\tlng\nA\t-1.9536\t30.0605\n",
        "Sites of 2024\n\nname,lon,lat,note\nA,30.0605,-1.9536,\"near, the market\"\n,,,\n",
        "name|x|y\nA|30.0605|-1.9536\n",
        'name,gps\nA,"-1.9536, 30.0605"\n',
        "name,gps\nA,-1.9536 30.0605 1480 5\n",
        "name;wkt\nA;POINT (30.0605 -1.9536)\n",
        'name,geom\nA,"SRID=4326;POINT(30.0605 -1.9536)"\n',
        "name,lat,lon\nA,1°57'12.96\"S,30°3'37.8\"E\n",
    ],
)  # fmt: skip
def test_a_text_table_is_read_as_it_comes(tmp_path: Path, content: str) -> None:
    for encoding in ("utf-8", "utf-16"):
        frame = read(text(tmp_path, content.encode(encoding)))
        assert frame.crs == 4326
        assert list(frame["name"]) == ["A"]
        assert (frame.geometry.x[0], frame.geometry.y[0]) == pytest.approx(KIGALI, abs=1e-6)


def test_a_boundary_of_many_vertices_fits_a_cell(tmp_path: Path) -> None:
    boundary = Point(30, -2).buffer(0.1, quad_segs=1500)
    assert len(boundary.wkt) > 131_072
    assert read(text(tmp_path, f'name,wkt\nA,"{boundary.wkt}"\n')).geometry[0].equals(boundary)


def test_windows_text_and_decimal_commas_keep_their_values(tmp_path: Path) -> None:
    content = "nom;hauteur;lon;lat\nÉcole;30,5;30,06;-1,95\n".encode("cp1252")
    frame = read(text(tmp_path, content))
    assert list(frame.iloc[0][["nom", "hauteur"]]) == ["École", "30.5"]


def test_plane_coordinates_need_their_crs_and_take_it_from_the_project_or_a_column(tmp_path: Path) -> None:
    content = 'name,easting,northing\nA,"203,000.5","9,793,000"\n'
    path = text(tmp_path, content)
    [fault] = faults(path)
    assert "t.csv|crs=EPSG:32736" in fault and "`easting` and `northing`" in fault
    by_project = read(path, crs="EPSG:32736")
    by_column = read(text(tmp_path, "name,x,y,EPSG\nA,203000.5,9793000,32736\n", "u.csv"))
    for frame in (by_project, by_column):
        assert frame.crs == UTM
        assert (frame.geometry.x[0], frame.geometry.y[0]) == (203000.5, 9793000.0)
    [unknown] = faults(path, crs="EPSG:1")
    assert "`EPSG:1`" in unknown and "not a known CRS" in unknown


def test_all_faults_of_a_table_come_at_once_with_their_rows(tmp_path: Path) -> None:
    rows = ["A,30.06,-1.95", "B,,", "C,30.07,-1.96", "D,-1.97,30.05", "E,east of town,-1.9", "F,0,0", "G,230.1,-1.9",
            "H,30.08,-1.94"]  # fmt: skip
    found = faults(text(tmp_path, "list of sites\nname,lon,lat\n" + "\n".join(rows) + "\n"))
    assert len(found) == 5
    for row, words in (("row 4", "no coordinates"), ("row 6", "exchanged"), ("row 7", "`east of town`"),
                       ("row 8", "0, 0"), ("row 9", "not a place on Earth")):  # fmt: skip
        assert any(f"t.csv, {row}:" in fault and words in fault for fault in found), (row, words, found)


def test_a_table_without_places_says_what_it_has(tmp_path: Path) -> None:
    [fault] = faults(text(tmp_path, "name,district\nA,Kayonza\n"))
    assert "no columns of coordinates (it has: name, district)" in fault
    assert "empty" in faults(text(tmp_path, ""))[0]
    assert "no row" in faults(text(tmp_path, "lon,lat\n"))[0]
    [shape] = faults(text(tmp_path, "wkt\nPOINT (1 2\n"))
    assert "row 2" in shape and "well-known text" in shape


def workbook(path: Path, **sheets: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_a_workbook_is_read_from_the_sheet_that_has_places(tmp_path: Path) -> None:
    sites = [["Towers, 2024"], [], ["Site Name", "Latitude", "Longitude", "Tower height"], ["A", -1.9536, 30.0605, 45]]
    path = workbook(tmp_path / "t.xlsx", notes=[["read me"]], towers=sites)
    frame = read(path)
    assert frame.iloc[0][["Site Name", "Tower height"]].tolist() == ["A", "45"]
    assert (frame.geometry.x[0], frame.geometry.y[0]) == pytest.approx(KIGALI)
    two = workbook(tmp_path / "u.xlsx", a=sites, b=sites)
    assert "u.xlsx|sheet=a" in faults(two)[0]
    assert len(read(two, layer="b")) == 1
    assert "no sheet `c`" in faults(two, layer="c")[0]
    (tmp_path / "v.xlsx").write_bytes(b"not a workbook")
    assert "cannot be read as a workbook" in faults(tmp_path / "v.xlsx")[0]


def test_a_workbook_that_states_a_wrong_size_is_read_whole(tmp_path: Path) -> None:
    right = workbook(tmp_path / "right.xlsx", sites=[["name", "lon", "lat"], [], ["A", *KIGALI]])
    with zipfile.ZipFile(right) as old, zipfile.ZipFile(tmp_path / "t.xlsx", "w") as new:
        for name in old.namelist():
            content = old.read(name)
            assert "sheet1" not in name or b'<dimension ref="A1:C3"' in content
            new.writestr(name, content.replace(b'<dimension ref="A1:C3"', b'<dimension ref="A1"'))
    made = read_foreign(Asked(tmp_path / "t.xlsx", "t.xlsx"))
    assert made is not None and made.frame["name"].tolist() == ["A"] and made.rows == [3]


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader_of_tables(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = text(tmp_path_factory.mktemp("bytes"), content)
    try:
        assert len(read(path))
    except InputError as error:
        assert error.faults


# --- KML ---------------------------------------------------------------------------------------------------------

KML = """<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>d</name>
<Folder><name>Clinics</name><Placemark><name>A</name><ExtendedData><Data name="height_m"><value>30</value></Data>
</ExtendedData><Point><coordinates>30.0605,-1.9536,1480</coordinates></Point></Placemark></Folder>
<Folder><name>Routes</name><Placemark><name>r</name><LineString><coordinates>30,-2 30.1,-2</coordinates></LineString>
</Placemark></Folder>
<Folder><name>Schools</name><Placemark><name>B</name><Point><coordinates>30.1,-2</coordinates></Point></Placemark>
</Folder></Document></kml>"""


def test_kml_and_kmz_are_read_with_all_their_folders(tmp_path: Path) -> None:
    plain = text(tmp_path, KML, "sites.kml")
    packed = tmp_path / "sites.kmz"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("doc.kml", KML)
    for path in (plain, packed):
        made = read_foreign(Asked(path, path.name, points=True))
        assert made is not None
        assert sorted(made.frame["Name"]) == ["A", "B"]
        assert made.frame.set_index("Name").loc["A", "height_m"] == "30"
        assert "1 placemarks that are not points" in " ".join(made.warnings)
        assert list(read(path, layer="Schools")["Name"]) == ["B"]
        assert "Clinics" in faults(path, layer="Hospitals")[0]
        assert set(read(path, points=False).geom_type) == {"Point", "LineString"}
    assert "cannot be read as KML" in faults(text(tmp_path, "<kml>", "broken.kml"))[0]


def test_a_placemark_that_is_no_geometry_does_not_cost_the_file(tmp_path: Path) -> None:
    path = text(tmp_path, KML.replace("30,-2 30.1,-2", "30,-2"), "sites.kml")
    made = read_foreign(Asked(path, path.name))
    assert made is not None and sorted(made.frame["Name"]) == ["A", "B"]
    assert "sites.kml: 1 placemarks of `Routes` without a place left out." in made.warnings


# --- Open Fibre Data Standard ------------------------------------------------------------------------------------


def network(pop: Point, end: Point, mast: Point) -> dict[str, Any]:
    (px, py), (ex, ey), (mx, my) = (degrees_of(place) for place in (pop, end, mast))
    return {
        "id": "fd7b30d6-f514-4cd7-a5ac-29a774f53a43",
        "name": "Backbone",
        "nodes": [
            {"id": "1", "name": "Town", "type": ["pop"], "status": "operational",
             "location": {"type": "Point", "coordinates": [px, py]}},
            {"id": "2", "name": "Joint", "accessPoint": False, "location": {"type": "Point", "coordinates": [ex, ey]}},
            {"id": "3", "name": "Next year", "type": ["pop"], "status": "planned",
             "location": {"type": "Point", "coordinates": [mx, my]}},
        ],
        "spans": [
            {"id": "a", "start": "1", "end": "2", "status": "operational", "capacity": 10,
             "transmissionMedium": ["fibre"], "networkProviders": [{"id": "o"}]},
            {"id": "b", "start": "2", "end": "3", "status": "planned"},
            {"id": "c", "start": "1", "end": "3", "transmissionMedium": ["microwave"]},
        ],
        "organisations": [{"id": "o", "name": "Carrier"}],
    }  # fmt: skip


def as_features(data: dict[str, Any]) -> dict[str, Any]:
    """The same network as one GeoJSON layer, written by hand."""
    nodes = {row["id"]: row for row in data["nodes"]}
    features = [
        {"type": "Feature", "geometry": row["location"],
         "properties": {**{k: v for k, v in row.items() if k != "location"}, "featureType": "node",
                        "network": {"name": data["name"]}}}
        for row in data["nodes"]
    ] + [
        {"type": "Feature", "geometry": None,
         "properties": {**row, "start": nodes[row["start"]], "end": nodes[row["end"]], "featureType": "span",
                        "networkProviders": [data["organisations"][0] for _ in row.get("networkProviders", ())],
                        "network": {"name": data["name"]}}}
        for row in data["spans"]
    ]  # fmt: skip
    return {"type": "FeatureCollection", "features": features}


@pytest.mark.parametrize("form", ["package", "network", "features"])
def test_a_fibre_network_gives_its_lit_spans_and_where_networks_meet(tmp_path: Path, form: str) -> None:
    data = network(at(2, 3), at(6, 3), at(7, 5))
    whole = {"package": {"networks": [data]}, "network": data, "features": as_features(data)}[form]
    path = text(tmp_path, json.dumps(whole), "n.geojson" if form == "features" else "n.json")
    fibre = read(path, points=False, lit=True)
    assert fibre[["id", "operator", "network", "capacity_mbps"]].values.tolist() == [["a", "Carrier", "Backbone", 1e4]]
    ends = LineString([degrees_of(at(2, 3)), degrees_of(at(6, 3))])
    assert fibre.geometry[0].equals_exact(ends, 1e-9)
    assert sorted(read(path, points=False)["id"]) == ["a", "b"]
    assert list(read(path, handover=True)["name"]) == ["Town"]
    assert sorted(read(path)["name"]) == ["Joint", "Town"]


def test_other_json_is_left_to_gdal(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"name": ["A"]}, geometry=[Point(30, -2)], crs=4326)
    frame.to_file(tmp_path / "p.geojson")
    assert read_foreign(Asked(tmp_path / "p.geojson", "p")) is None
    assert list(open_layer(tmp_path, "p.geojson")["name"]) == ["A"]
    shared = frame.to_json().replace('"name": "A"', '"networks": ["MTN"], "nodes": 3')
    assert read_foreign(Asked(text(tmp_path, shared, "towers.geojson"), "towers")) is None
    assert "cannot be read as JSON" in faults(text(tmp_path, '{"networks": [', "n.json"))[0]
    nothing = text(tmp_path, '{"networks": [{"id": "1", "spans": [{"id": "s", "status": "planned"}]}]}', "m.json")
    assert "no usable spans in use" in faults(nothing, points=False, lit=True)[0]


# --- through the door --------------------------------------------------------------------------------------------


def test_a_project_of_spreadsheets_plans_like_one_of_gis_files(tmp_path: Path) -> None:
    """The same district twice, once from GeoPackage, once from OFDS, CSV and XLSX: the same plan, and it audits."""
    gis, office = (tmp_path / name for name in ("gis", "office"))
    for folder in (gis, office):
        folder.mkdir()
    lever = {"scenarios": {"sharing": {"sharing": ["towers", "fibre"]}}}
    district(gis, existing={"pops": "pop.gpkg", "towers": "towers.gpkg", "fibre": "fibre.gpkg"}, **lever)
    gpd.GeoDataFrame({"name": ["T"], "height_m": [40.0]}, geometry=[at(5.5, 2.5)], crs=UTM).to_file(gis / "towers.gpkg")
    gpd.GeoDataFrame(geometry=[LineString([at(2, 3), at(6, 3)])], crs=UTM).to_file(gis / "fibre.gpkg")
    schools = {"layer": "schools.xlsx", "rate_mbps": 5, "busy_hour_mbps": 2}
    district(
        office,
        existing={"pops": "net.json", "fibre": "net.json", "towers": "towers.csv|crs=EPSG:32736"},
        demand={"facilities": {"schools": schools}},
        **lever,
    )
    (office / "net.json").write_text(json.dumps({"networks": [network(at(2, 3), at(6, 3), at(7, 5))]}))
    tower = at(5.5, 2.5)
    text(office, f"nom;est;nord;hauteur\nT;{tower.x};{tower.y};40\n".replace(".", ","), "towers.csv")
    (office / "towers.csv").write_text((office / "towers.csv").read_text().replace("est;nord", "easting;northing"))
    places = [degrees_of(at(3.5, 3.5)), degrees_of(at(6.5, 1.5))]
    workbook(office / "schools.xlsx", s=[["School", "lat", "lon"], *[["S", y, x] for x, y in places]])
    plans = [planned(folder, "sharing") for folder in (gis, office)]
    assert plans[1].summary["objective_npv"] == pytest.approx(plans[0].summary["objective_npv"], rel=1e-6)
    assert len(plans[1].sites) == len(plans[0].sites)
    assert set(plans[1].summary["inputs"]) >= {"net.json", "towers.csv", "schools.xlsx"}
    findings = verify(office / "out" / "sharing")
    assert [str(each) for rows in findings.values() for each in rows] == []


def test_exchanged_columns_of_a_whole_file_are_told_at_the_door(tmp_path: Path) -> None:
    x, y = degrees_of(at(5.5, 2.5))
    folder = district(tmp_path, existing={"pops": "pop.gpkg", "towers": "towers.csv"})
    text(folder, f"name,longitude,latitude\nT,{y},{x}\nU,{y},{x}\n", "towers.csv")
    with pytest.raises(InputError, match=r"towers.csv.*longitude and latitude exchanged"):
        read_inputs(read_project(folder))
