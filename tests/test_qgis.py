"""The GeoPackage as QGIS sees it: the tables that QGIS keeps, and, where it is installed, QGIS itself."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from planbuilder import make_plan

from netplan.catalogue import load_catalogue
from netplan.plans import write_plan
from netplan.plans.model import LAYER_COLUMNS, SPATIAL_LAYERS
from netplan.plans.styles import layer_styles

COLUMNS = [
    *("id", "f_table_catalog", "f_table_schema", "f_table_name", "f_geometry_column", "styleName", "styleQML"),
    *("styleSLD", "useAsDefault", "description", "owner", "ui", "update_time"),
]
"""Of `layer_styles`, as QGIS makes the table when a style is saved into a GeoPackage."""
LOOK = """
import json, sys
from qgis.core import (QgsApplication, QgsMapRendererSequentialJob, QgsMapSettings, QgsVectorLayer)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor
app = QgsApplication([], False)
app.initQgis()
out, layers = {}, []
for name in sys.argv[2:]:
    layer = QgsVectorLayer(f"{sys.argv[1]}|layername={name}", name, "ogr")
    text, found = layer.loadDefaultStyle()
    symbols = layer.renderer().legendSymbolItems()
    out[name] = {"valid": layer.isValid(), "style": found, "features": layer.featureCount(),
                 "attribute": layer.renderer().classAttribute(), "legend": [item.label() for item in symbols],
                 "licences": layer.metadata().licenses(), "abstract": layer.metadata().abstract()}
    layers.append(layer)
settings = QgsMapSettings()
settings.setLayers(layers[::-1])
settings.setBackgroundColor(QColor("white"))
settings.setOutputSize(QSize(300, 200))
settings.setDestinationCrs(layers[0].crs())
settings.setExtent(layers[0].extent())
job = QgsMapRendererSequentialJob(settings)
job.start()
job.waitForFinished()
image = job.renderedImage()
colours = {image.pixelColor(x, y).name() for x in range(300) for y in range(200)}
out["picture"] = {"errors": [error.message for error in job.errors()], "colours": len(colours)}
print(json.dumps(out))
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("district")
    write_plan(make_plan(home), home / "out")
    return home / "out" / "plan.gpkg"


def test_styles_stand_where_qgis_looks_for_them(package: Path) -> None:
    with closing(sqlite3.connect(package)) as base:
        assert [row[1] for row in base.execute("PRAGMA table_info(layer_styles)")] == COLUMNS
        columns = dict(base.execute("SELECT table_name, column_name FROM gpkg_geometry_columns"))
        rows = base.execute(
            "SELECT f_table_name, f_geometry_column, styleQML, useAsDefault, update_time FROM layer_styles"
        ).fetchall()
        assert ("layer_styles", "attributes") in base.execute("SELECT table_name, data_type FROM gpkg_contents")
    assert {row[0] for row in rows} == {*SPATIAL_LAYERS, "viability"}
    for table, column, text, default, when in rows:
        assert (columns[table], default) == (column, 1) and when
        root = ET.fromstring(text)
        assert root.tag == "qgis" and root.find("renderer-v2/categories/category") is not None


def test_areas_are_hatched_as_on_the_maps() -> None:
    """Where two colours fall into one grey, the hatch tells them apart; those nobody serves are crossed."""
    look = {"label": "One", "colour": "#0072b2"}
    technologies = {"a": look, "b": {**look, "label": "Two", "hatch": "||||"}, "c": {**look, "hatch": "ooo"}}
    styles = layer_styles({"Polygon"}, {"technologies": technologies, "structures": {}, "media": {}})
    symbols = ET.fromstring(styles["demand"]).findall("renderer-v2/symbols/symbol")
    brushes = [
        [option.get("value") for option in symbol.iter("Option") if option.get("name") == "style"] for symbol in symbols
    ]
    assert brushes == [["solid"], ["solid", "vertical"], ["solid", "dense6"], ["solid", "diagonal_x"]]


def test_no_two_technologies_have_the_same_brushes_and_every_marker_is_seen() -> None:
    """Shapes without an inside, as of sensors' radio, have their colour as rim; others a white one."""
    catalogue = load_catalogue().model_dump()
    styles = layer_styles({"Polygon"}, catalogue)
    areas, markers = (
        ET.fromstring(styles[layer]).findall("renderer-v2/symbols/symbol") for layer in ("demand", "equipment")
    )
    drawn = [[options(layer) for layer in symbol.findall("layer")[1:]] for symbol in areas]
    brushes = [tuple((each["style"], each["color"].split(",")[-1]) for each in layers) for layers in drawn]
    assert len(set(brushes)) == len(brushes) > 15
    seen = {each["name"]: each for symbol in markers for each in map(options, symbol.findall("layer"))}
    assert all((each["outline_color"] == each["color"]) == (name in ("cross", "cross2")) for name, each in seen.items())
    assert {"cross", "cross2", "circle"} <= seen.keys()


def options(layer: ET.Element) -> dict[str, str]:
    """Name -> value of one layer of a symbol."""
    return {str(each.get("name")): str(each.get("value")) for each in layer.iter("Option") if each.get("name")}


def test_the_legend_speaks_the_projects_language() -> None:
    catalogue = load_catalogue().model_dump()
    english, french = (layer_styles({"Polygon"}, catalogue, language) for language in ("en", "fr"))
    for layer, text in english.items():
        labels, theirs = (
            [str(each.get("label")) for each in ET.fromstring(style).findall("renderer-v2/categories/category")]
            for style in (text, french[layer])
        )
        alike = {label for label in labels if label in theirs}
        assert alike <= {"site", "viable", *(entry["label"] for entry in catalogue["technologies"].values())}, layer


def test_metadata_stand_where_the_standard_puts_them(package: Path) -> None:
    """Clause F.8 of the GeoPackage standard: one row of metadata, one reference to the table it is of."""
    with closing(sqlite3.connect(package)) as base:
        rows = base.execute(
            "SELECT r.reference_scope, r.table_name, m.md_scope, m.mime_type, m.metadata FROM gpkg_metadata m"
            " JOIN gpkg_metadata_reference r ON r.md_file_id = m.id WHERE m.md_standard_uri LIKE '%qgis%'"
        ).fetchall()
        listed = {row[0] for row in base.execute("SELECT extension_name FROM gpkg_extensions")}
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert "gpkg_metadata" in listed
    assert {row[1] for row in rows} == {*LAYER_COLUMNS, "viability"}
    for scope, table, md_scope, mime, text in rows:
        assert (scope, md_scope, mime) == ("table", "dataset", "text/xml")
        root = ET.fromstring(text)
        assert root.findtext("identifier") == table
        assert "scenario sharing" in str(root.findtext("history"))
        assert [each.text for each in root.iter("license")] == (["CC BY"] if "area.geojson" in text else [])


def qgis_python() -> str | None:
    """A Python that has QGIS, if there is one."""
    for name in (os.environ.get("QGIS_PYTHON"), "/usr/bin/python3", shutil.which("python3")):
        if name and subprocess.run([name, "-c", "import qgis.core"], capture_output=True).returncode == 0:
            return name
    return None


def test_qgis_itself_opens_every_layer_styled(package: Path) -> None:
    python = qgis_python()
    if python is None:
        pytest.skip("QGIS is not installed; the tables it reads are checked above")
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    environment.pop("PYTHONPATH", None)
    command = [python, "-c", LOOK, str(package), *SPATIAL_LAYERS]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=True)
    seen = json.loads(done.stdout.strip().splitlines()[-1])
    picture = seen.pop("picture")
    assert all(layer["valid"] and layer["style"] for layer in seen.values()), seen
    assert seen["links"]["attribute"] == "medium" and {"Trench", "Pipe", "Hop"} <= set(seen["links"]["legend"])
    assert seen["sites"]["features"] == 2 and set(seen["sites"]["legend"]) >= {"Mast", "Shared"}
    assert seen["demand"]["licences"] == ["CC BY"] and "Who needs service" in seen["demand"]["abstract"]
    assert picture["errors"] == [] and picture["colours"] > 10
