"""Every export of a plan opens in a reader of its own, and says what the plan says."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import duckdb
import fastkml
import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from affine import Affine
from outside import ofds
from planbuilder import CRS, make_plan
from pyproj import CRS as Crs
from rio_cogeo import cog_validate
from shapely.geometry import LineString, Point
from typer.testing import CliRunner

from netplan.cli import app
from netplan.comparison import read as comparison_read
from netplan.errors import InputError
from netplan.export import FILES, FORMATS, export_plan
from netplan.export.files import whole
from netplan.export.kmz import write_kmz
from netplan.export.ofds import ofds_package
from netplan.export.written import read_written
from netplan.foreign import Asked, read_foreign
from netplan.licences import Content, share_alike_rows
from netplan.maps import read as maps_read
from netplan.plans import Plan, read_plan, write_plan
from netplan.plans.metadata import layer_metadata
from netplan.plans.write import DESCRIPTIONS
from netplan.radio.geotiff import write_geotiff
from netplan.report import read as report_read
from netplan.tables import Raster
from netplan.verify import reading as verify_reading
from netplan.webmap import read as webmap_read

KML = "{http://www.opengis.net/kml/2.2}"
EVIL = "=1+1 <b>Gare & Cie</b> \x07 “ነገ”"
LICENCES = {"roads.gpkg": "© OpenStreetMap contributors, ODbL 1.0", "area.geojson": "CC BY 4.0",
            "masts.gpkg": "OpenCelliD, CC BY-SA 4.0"}  # fmt: skip


def with_licences(plan: Plan) -> Plan:
    """Roads under ODbL, shared masts under CC BY-SA, and a name that no format should stumble over."""
    project = plan.resolved["project"]
    project = {
        **project,
        "routes": {**project["routes"], "roads": "roads.gpkg"},
        "existing": {**project["existing"], "towers": "masts.gpkg"},
    }
    sites = plan.sites.copy()
    sites["name"] = pd.Series([EVIL, None], dtype="str", index=sites.index)
    return replace(
        plan,
        resolved={**plan.resolved, "project": project},
        summary={**plan.summary, "licences": LICENCES},
        sites=sites,
    )


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return with_licences(make_plan(tmp_path_factory.mktemp("district")))


@pytest.fixture(scope="module")
def folder(plan: Plan) -> Path:
    home = Path(plan.resolved["project_folder"]) / "out" / "sharing"
    write_plan(plan, home)
    rates = np.full((60, 120), np.nan)
    rates[10:30, 20:70] = np.linspace(1, 90, 50)
    grid = Affine(100, 0, 200_000, 0, -100, 9_788_000)
    write_geotiff(Raster(rates, grid, ""), Crs(CRS), home / "coverage.tif", title="rate", unit="Mbit/s")
    made = export_plan(home)
    assert {path.relative_to(home).parts[0] for path in made} == set(FILES)
    return home


# --- Open Fibre Data Standard ------------------------------------------------------------------------------------


@pytest.mark.parametrize("check", ["jsonschemavalidate", "pythonvalidate", "additionalfields"])
def test_the_fibre_network_is_valid(request: pytest.FixtureRequest, folder: Path, check: str) -> None:
    assert not ofds(request.config.cache, check, folder / "network.ofds.json")


def test_the_validator_finds_what_is_wrong(request: pytest.FixtureRequest, folder: Path, tmp_path: Path) -> None:
    data = json.loads((folder / "network.ofds.json").read_text())
    data["networks"][0]["spans"][0] |= {"start": "nowhere", "status": "perhaps"}
    (tmp_path / "n.json").write_text(json.dumps(data))
    assert "perhaps" in str(ofds(request.config.cache, "jsonschemavalidate", tmp_path / "n.json"))
    assert "span_start_node_not_found" in str(ofds(request.config.cache, "pythonvalidate", tmp_path / "n.json"))


def test_a_plan_without_cable_is_still_a_valid_network(
    request: pytest.FixtureRequest, folder: Path, tmp_path: Path
) -> None:
    plan = read_written(folder)
    none = plan.layers["links"][plan.layers["links"]["medium"] == "air"]
    package = ofds_package(replace(plan, layers={**plan.layers, "links": none}))
    (tmp_path / "n.json").write_text(json.dumps(package))
    assert "spans" not in package["networks"][0]
    assert not ofds(request.config.cache, "jsonschemavalidate", tmp_path / "n.json")


def test_both_geojson_layers_give_the_network_back(
    request: pytest.FixtureRequest, folder: Path, tmp_path: Path
) -> None:
    parts = [folder / f"network.ofds.{part}.geojson" for part in ("nodes", "spans")]
    ofds(request.config.cache, "geojsontojson", *parts, tmp_path / "back.json")
    [back] = json.loads((tmp_path / "back.json").read_text())["networks"]
    [network] = json.loads((folder / "network.ofds.json").read_text())["networks"]
    assert back["id"] == network["id"] and back["name"] == network["name"]
    for part, place in (("nodes", "location"), ("spans", "route")):
        was, now = ({row["id"]: row[place] for row in data[part]} for data in (network, back))
        assert now == was
    for path in parts:
        assert pyogrio.read_dataframe(path).crs == 4326


def test_the_network_says_what_is_built_where_and_in_whose_pipe(plan: Plan, folder: Path) -> None:
    [network] = json.loads((folder / "network.ofds.json").read_text())["networks"]
    spans = {span["id"]: span for span in network["spans"]}
    assert set(spans) == {"e-1", "e-2", "e-3"}, "the microwave hop is no cable"
    owners = {each["id"]: each["name"] for each in network["organisations"]}
    pipe = spans["e-2"]
    assert pipe["supportingInfrastructure"]["type"] == "pipe" and pipe["codeployment"] == "drinkingWater"
    assert "water-pipes" in owners[pipe["supportingInfrastructure"]["owner"]["id"]]
    assert "Builder" in owners[pipe["transmissionMediumOwner"]["id"]]
    assert {span["status"] for span in spans.values()} == {"proposed"}
    lengths = plan.links.set_index("link_id")["length_m"]
    assert all(span["fibreLength"] == pytest.approx(lengths[key] / 1000, abs=1e-4) for key, span in spans.items())
    lines = gpd.GeoSeries({key: LineString(span["route"]["coordinates"]) for key, span in spans.items()}, crs=4326)
    off_m = lines.to_crs(CRS).hausdorff_distance(plan.links.set_index("link_id").geometry.reindex(lines.index))
    assert off_m.max() < 0.05
    assert network["id"] == ofds_package(read_written(folder))["networks"][0]["id"]


def test_an_owner_that_the_plan_names_is_named(folder: Path) -> None:
    plan = read_written(folder)
    links = plan.layers["links"].copy()
    links["owner"] = np.where(links["link_id"] == "e-2", "Water company", "")
    [network] = ofds_package(replace(plan, layers={**plan.layers, "links": links}))["networks"]
    (pipe,) = [span for span in network["spans"] if span["id"] == "e-2"]
    assert pipe["supportingInfrastructure"]["owner"]["name"] == "Water company"


def test_the_network_comes_in_again_as_points_and_lines(plan: Plan, folder: Path) -> None:
    path = folder / "network.ofds.json"
    lines = read_foreign(Asked(path, "n"))
    pops = read_foreign(Asked(path, "n", points=True, handover=True))
    assert lines is not None and sorted(lines.frame["id"]) == ["e-1", "e-2", "e-3"]
    assert pops is not None and list(pops.frame["id"]) == ["n-pop"]
    there = plan.nodes.set_index("node_id").geometry["n-pop"]
    assert pops.frame.to_crs(CRS).geometry[0].distance(there) < 0.05
    with pytest.raises(InputError, match="not in operation"):
        read_foreign(Asked(path, "n", lit=True))


# --- KMZ ---------------------------------------------------------------------------------------------------------


def archive(folder: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(folder / "plan.kmz") as packed:
        assert packed.testzip() is None
        return {name: packed.read(name) for name in packed.namelist()}


def test_kmz_keeps_the_schema_of_the_ogc(folder: Path, tmp_path: Path) -> None:
    parts = archive(folder)
    assert next(iter(parts)) == "doc.kml"
    (tmp_path / "doc.kml").write_bytes(parts["doc.kml"])
    assert fastkml.validator.validate(file_to_validate=tmp_path / "doc.kml")
    read = fastkml.KML.from_string(parts["doc.kml"].decode().partition("?>")[2], strict=True)
    assert [each.name for each in read.features[0].features][:2] == ["Backhaul", "Sites"]


def test_kmz_refers_only_to_what_is_in_it(folder: Path) -> None:
    parts = archive(folder)
    root = ET.fromstring(parts["doc.kml"])
    links = [str(link.text) for link in root.iter(f"{KML}href")]
    assert links and set(links) <= set(parts)
    assert all(parts[link].startswith(b"\x89PNG") for link in links)
    styles = {f"#{style.get('id')}" for tag in ("Style", "StyleMap") for style in root.iter(KML + tag)}
    assert {str(url.text) for url in root.iter(f"{KML}styleUrl")} <= styles
    assert "CC BY-SA" in str(root.findtext(f"{KML}Document/{KML}description"))


def test_kmz_holds_every_row_as_gdal_reads_it(plan: Plan, folder: Path) -> None:
    layers = pyogrio.list_layers(folder / "plan.kmz")[:, 0]
    frames = [pyogrio.read_dataframe(folder / "plan.kmz", layer=at) for at in range(len(layers))]
    rows = pd.concat([frame for frame in frames if len(frame)])
    for column, frame in (("link_id", plan.links), ("site_id", plan.sites), ("demand_id", plan.demand)):
        assert sorted(rows[column].dropna()) == sorted(frame[column])
    pipe = rows.set_index("link_id").loc["e-2"]
    assert float(pipe["npv"]) == pytest.approx(plan.links.set_index("link_id").loc["e-2", "npv"])
    assert (rows["Name"] == EVIL.replace("\x07", "")).any()
    there = gpd.GeoSeries(rows.set_index("site_id").geometry[["s-hub"]], crs=4326).to_crs(CRS).iloc[0]
    assert Point(there.x, there.y).distance(plan.sites.set_index("site_id").geometry["s-hub"]) < 0.5


def test_the_same_plan_gives_the_same_kmz(folder: Path, tmp_path: Path) -> None:
    plan = read_written(folder)
    assert write_kmz(plan, tmp_path / "plan.kmz").read_bytes() == (folder / "plan.kmz").read_bytes()


# --- workbook ----------------------------------------------------------------------------------------------------


def test_the_workbook_shows_the_sums_of_the_csv_without_recalculation(plan: Plan, folder: Path) -> None:
    bill = pd.read_csv(folder / "bill_of_quantities.csv")
    seen = pd.read_excel(folder / "bill_of_quantities.xlsx", sheet_name="Bill", header=5).dropna(subset=["Item"])
    sums = seen.groupby(["Category", "Item", "Unit"])[["Capex", "Opex per year", "Present value"]].sum()
    csv = bill.set_index(["category", "item", "unit"])[["capex", "opex_per_year", "npv"]]
    assert len(sums) == len(csv)
    np.testing.assert_allclose(sums.to_numpy(), csv.reindex(sums.index).to_numpy(), atol=0.011)
    book = openpyxl.load_workbook(folder / "bill_of_quantities.xlsx")
    formulas = [cell for row in book["Bill"].iter_rows(min_row=7) for cell in row if cell.data_type == "f"]
    assert len(formulas) == 6 * len(seen) + 3


# --- GeoParquet, GeoTIFF -----------------------------------------------------------------------------------------


def test_geoparquet_comes_back_the_same_with_share_alike_rows_apart(plan: Plan, folder: Path) -> None:
    home = folder / "parquet"
    for name in ("demand", "sites", "links", "nodes"):
        files = sorted(home.glob(f"{name}*.parquet"))
        back = pd.concat([gpd.read_parquet(path).drop(columns="bbox", errors="ignore") for path in files])
        mine = getattr(plan, name)
        assert back.crs == mine.crs
        key = mine.columns[0]
        mine, back = (pd.DataFrame(each).set_index(key).sort_index() for each in (mine, back))
        pd.testing.assert_frame_equal(mine, back[list(mine.columns)], check_dtype=False)
        for path in files:
            told = json.loads(pq.read_schema(path).metadata[b"geo"])
            assert told["version"] == "1.1.0" and told["primary_column"] == "geometry"
            assert told["columns"]["geometry"]["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]
            assert told["columns"]["geometry"]["encoding"] == "WKB"
    apart = gpd.read_parquet(home / "links.share_alike.parquet")
    assert sorted(apart["link_id"]) == ["e-1", "e-3"], "trenches follow the roads of OpenStreetMap"
    assert list(gpd.read_parquet(home / "sites.share_alike.parquet")["site_id"]) == ["s-mast"]
    note = json.loads(pq.read_schema(home / "links.parquet").metadata[b"netplan"])
    assert note["credits"] == ["CC BY 4.0"] and note["share_alike"] is False
    assert set(pd.read_parquet(home / "costs.parquet")["category"]) == set(plan.costs["category"])


def test_another_engine_reads_the_geoparquet(plan: Plan, folder: Path) -> None:
    """DuckDB's own reader of Parquet, which shares no code with the writer's."""
    for name in ("demand", "links"):
        mine = getattr(plan, name).set_index(getattr(plan, name).columns[0])
        files = str(folder / "parquet" / f"{name}*.parquet")
        columns = f"{mine.index.name}, npv" if "npv" in mine else f"{mine.index.name}, population"
        rows = duckdb.execute(f"select {columns}, geometry, bbox.xmin from read_parquet(?)", [files]).fetchall()
        assert sorted(key for key, *_ in rows) == sorted(mine.index)
        for key, number, shape, west in rows:
            there = mine.loc[key]
            assert number == pytest.approx(there["npv" if "npv" in mine else "population"])
            assert shapely.from_wkb(bytes(shape)).equals_exact(there["geometry"])
            assert west == pytest.approx(there["geometry"].bounds[0], abs=1.0)  # of single precision, outwards
        said = dict(duckdb.execute("select key, value from parquet_kv_metadata(?)", [files]).fetchall())
        assert {b"geo", b"netplan"} <= set(said)


def test_coverage_is_a_cloud_optimised_geotiff(folder: Path) -> None:
    valid, errors, warnings = cog_validate(folder / "coverage.tif", strict=True, quiet=True)
    assert valid and not errors and not warnings


# --- all of them -------------------------------------------------------------------------------------------------


def test_each_layer_of_the_plan_names_what_is_in_it(plan: Plan) -> None:
    told = layer_metadata(plan, DESCRIPTIONS, {"links", "sites"})
    assert "ODbL" in told["links_share_alike"]["SHARE_ALIKE"]
    assert "roads.gpkg" in told["links_share_alike"]["SOURCE"] and "roads.gpkg" not in told["links"]["SOURCE"]
    assert "CC BY-SA" in told["sites_share_alike"]["SHARE_ALIKE"]
    for layer in ("links", "sites", "demand", "baseline"):
        assert told[layer]["SHARE_ALIKE"] == "none"
    assert told["demand"]["LICENCE"].startswith("area.geojson: CC BY 4.0")


ALIKE = {"sites": ["s-mast"], "equipment": ["o-mast"], "links": ["e-1", "e-3"]}
"""Layer -> the rows of the plan that stand at a mast of OpenCelliD or follow a road of OpenStreetMap."""


def test_share_alike_rows_stand_in_layers_of_their_own(plan: Plan, folder: Path) -> None:
    path = folder / "plan.gpkg"
    listed = set(pyogrio.list_layers(path)[:, 0])
    assert {name for name in listed if name.endswith("_share_alike")} == {
        *(f"{name}_share_alike" for name in ALIKE), "nodes_share_alike",
    }  # fmt: skip
    for layer, ids in ALIKE.items():
        key = str(getattr(plan, layer).columns[0])
        apart, rest = (pyogrio.read_dataframe(path, layer=name) for name in (f"{layer}_share_alike", layer))
        assert sorted(apart[key]) == ids
        assert sorted([*apart[key], *rest[key]]) == sorted(getattr(plan, layer)[key])
        assert list(apart.columns) == list(rest.columns) and apart.crs == rest.crs
    for layer in listed - {"layer_styles"}:
        told = pyogrio.read_info(path, layer=layer)["layer_metadata"]
        if layer.endswith("_share_alike"):
            assert "ODbL" in told["SHARE_ALIKE"] or "BY-SA" in told["SHARE_ALIKE"], layer
        elif pyogrio.read_info(path, layer=layer)["geometry_type"]:
            assert told["SHARE_ALIKE"] == "none" and "ODbL" not in told["LICENCE"], layer
    with closing(sqlite3.connect(path)) as base:
        styles = dict(base.execute("SELECT f_table_name, styleQML FROM layer_styles"))
    assert styles["links_share_alike"] == styles["links"] and styles["sites_share_alike"] == styles["sites"]


def test_every_reader_finds_the_whole_plan(plan: Plan, folder: Path) -> None:
    back = read_plan(folder)
    for name, frame in plan.layers().items():
        pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(back.layers()[name]))
    wanted = {name: len(getattr(plan, name)) for name in ("demand", "sites", "equipment", "links", "nodes")}
    drawn, shown = maps_read.read_written(folder), webmap_read.read_folders([folder])[0]
    told, beside = report_read.read_material(folder).scenarios[0], comparison_read.read_all([folder, folder])[0]
    for name, rows in wanted.items():
        assert len(getattr(drawn, name)) == len(shown.tables[name]) == rows, name
        assert len(told.tables.get(name, range(rows))) == len(beside.tables.get(name, range(rows))) == rows, name
    audited = verify_reading.read_written(folder)[0]
    assert audited is not None
    assert {name: len(getattr(audited, name)) for name in wanted} == wanted


@pytest.mark.parametrize(
    ("licences", "shared"),
    [
        ({"schools.gpkg": "OSM, ODbL"}, {"sites": {"s-hub"}, "demand": {"d-school"}, "equipment": {"o-hub"}}),
        ({"pop.geojson": "CC BY-SA"}, {"nodes": {"pop"}}),
        ({"pixels.tif": "share-alike"}, {"demand": {"d-rural", "d-urban"}, "viability": {"d-rural", "d-urban"}}),
        ({"pipes.gpkg": "ODbL"}, {"refused": {"p-9"}}),
        ({"lake.geojson": "ODbL", "schools.gpkg": "CC BY 4.0"}, {}),
    ],
)
def test_a_row_is_shared_alike_where_its_place_is_taken_from_such_a_layer(
    licences: dict[str, str], shared: dict[str, set[str]]
) -> None:
    project = {
        "demand": {"population": "pixels.tif", "facilities": {"schools": {"layer": "schools.gpkg|layername=a"}}},
        "existing": {"pops": "pop.geojson"}, "routes": {"water_pipes": "pipes.gpkg"}, "exclusions": ["lake.geojson"],
    }  # fmt: skip
    layers = {
        "demand": pd.DataFrame({"demand_id": ["d-rural", "d-school", "d-urban"],
                                "class": ["rural", "schools", "urban"], "level": "household"}),
        "viability": pd.DataFrame({"demand_id": ["d-rural", "d-urban"]}),
        "sites": pd.DataFrame({"site_id": ["s-hub", "s-mast"], "node_id": ["n-hub", "n-mast"], "status": "new",
                               "structure": ["hub", "mast"], "name": [None, "near A"]}),
        "equipment": pd.DataFrame({"option_id": ["o-hub", "o-sky"], "site_id": ["s-hub", None]}),
        "links": pd.DataFrame({"link_id": ["e"], "medium": ["air"], "from_node": ["n-mast"], "to_node": ["pop"]}),
        "refused": pd.DataFrame({"asset_id": ["p-9"], "medium": ["pipe"]}),
        "nodes": pd.DataFrame({"node_id": ["n-mast", "pop"], "kind": ["site", "pop"]}),
        "existing": pd.DataFrame({"existing_id": []}),
    }  # fmt: skip
    catalogue = {"media": {"air": {"kind": "microwave"}, "pipe": {"route": "water_pipes"}},
                 "structures": {"hub": {"generator": "facility-hub"}, "mast": {"generator": "new-mast"}}}  # fmt: skip
    content = Content(layers, project, licences, catalogue)
    for layer, rows in layers.items():
        found = set(rows.loc[share_alike_rows(content, layer), rows.columns[0]])
        assert found == shared.get(layer, set()), layer


def test_the_command_exports_one_format_or_all(folder: Path, tmp_path: Path) -> None:
    run = CliRunner()
    done = run.invoke(app, ["export", str(folder), "-f", "xlsx", "--to", str(tmp_path)])
    assert done.exit_code == 0 and [path.name for path in tmp_path.iterdir()] == ["bill_of_quantities.xlsx"]
    done = run.invoke(app, ["export", str(folder.parent), "-f", "ofds", "--to", str(tmp_path)])
    assert done.exit_code == 0 and (tmp_path / "sharing" / "network.ofds.json").is_file()
    done = run.invoke(app, ["export", str(folder), "-f", "dwg", "-f", "pdf"])
    assert done.exit_code == 2 and "`dwg`" in done.output and "`pdf`" in done.output
    assert all(name in done.output for name in FORMATS)
    assert run.invoke(app, ["export", str(tmp_path / "none")]).exit_code == 2


def test_a_folder_that_is_no_plan_says_all_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        export_plan(tmp_path)
    assert len(caught.value.faults) == 3


def test_a_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), whole(path) as made:
        made.write_text("half")
        _ = 1 / 0
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_no_export_names_an_address_to_fetch_from(folder: Path) -> None:
    """Opening a file must not call home; names of standards are not fetched by their readers."""
    known = ("http://www.opengis.net/", "https://standard.ofds.info/")
    texts = [archive(folder)["doc.kml"].decode(), *(p.read_text() for p in folder.glob("*.ofds.*json"))]
    for address in re.findall(r"https?://[^\s\"<]+", "".join(texts)):
        assert address.startswith(known), address


def test_an_older_export_does_not_outlive_its_plan(folder: Path, tmp_path: Path) -> None:
    from netplan.publish import unpublish_plan

    copy = tmp_path / "sharing"
    shutil.copytree(folder, copy)
    unpublish_plan(copy)
    assert sorted(path.name for path in copy.iterdir()) == [
        "bill_of_quantities.csv", "cashflow.csv", "plan.gpkg", "resolved.yaml", "summary.json", "viability.csv",
    ]  # fmt: skip


@pytest.mark.parametrize("crs", ["EPSG:32701", "EPSG:32760"])
def test_a_plan_of_hardly_anything_near_the_date_line_is_exported(folder: Path, tmp_path: Path, crs: str) -> None:
    """No site, no link, no cost: one school that a satellite serves, in a zone that touches 180°."""
    plan = read_written(folder)
    bare = {name: layer.iloc[:0].set_crs(crs, allow_override=True) for name, layer in plan.layers.items()}
    school = plan.layers["demand"].iloc[1:2].set_crs(crs, allow_override=True)
    small = replace(plan, layers={**bare, "demand": school}, tables={k: t.iloc[:0] for k, t in plan.tables.items()})
    made = [path for write in FORMATS.values() for path in write(small, tmp_path)]
    assert {path.name for path in made} >= {"network.ofds.json", "plan.kmz", "bill_of_quantities.xlsx"}
    assert pyogrio.read_info(tmp_path / "plan.kmz", layer="schools (100% of 1)")["features"] == 1
    total = openpyxl.load_workbook(tmp_path / "bill_of_quantities.xlsx", data_only=True)["Bill"]["M7"].value
    assert total == 0
    assert [path.name for path in (tmp_path / "parquet").iterdir()] == ["demand.parquet"]
