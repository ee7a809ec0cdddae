"""How QGIS draws the layers of a plan: one categorised style per layer, in the catalogue's colours."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Literal
from xml.etree import ElementTree as ET

import pandas as pd

Symbol = Literal["marker", "line", "fill"]
STATUS_COLOURS = {"existing": "#555555", "shared": "#1b9e77", "new": "#d95f02"}
KIND_COLOURS = {
    "pop": "#c00000",
    "gateway": "#7570b3",
    "site": "#333333",
    "junction": "#bbbbbb",
    "access-point": "#1f78b4",
}
DASHES = {"solid": "solid", "dashed": "dash", "dotted": "dot", "dashdot": "dash dot"}
DASHES |= {"-": "solid", "--": "dash", ":": "dot", "-.": "dash dot"}
NOT_SERVED = "#eeeeee"
VERDICT_COLOURS = {"viable": "#1b7837", "needs subsidy": "#d6604d"}

LAYER_STYLES = """CREATE TABLE layer_styles (
 id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
 f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
 useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME)"""


def _rgba(colour: str, alpha: int = 255) -> str:
    """QGIS writes colours as r,g,b,a; names it knows itself."""
    text = colour.lstrip("#")
    if not colour.startswith("#") or len(text) not in (3, 6):
        return colour
    text = "".join(c * 2 for c in text) if len(text) == 3 else text
    return ",".join(str(int(text[k : k + 2], 16)) for k in (0, 2, 4)) + f",{alpha}"


def _symbol_options(symbol: Symbol, colour: str, dash: str) -> dict[str, str]:
    if symbol == "line":
        return {
            "line_color": _rgba(colour),
            "line_style": DASHES.get(dash, "solid"),
            "line_width": "0.6",
            "line_width_unit": "MM",
            "capstyle": "round",
            "joinstyle": "round",
        }
    outline = {"outline_color": _rgba("#404040"), "outline_width": "0.2", "outline_width_unit": "MM"}
    if symbol == "fill":
        return {"color": _rgba(colour, 110), "style": "solid", **outline, "outline_style": "no"}
    return {"color": _rgba(colour), "name": "circle", "size": "2.4", "size_unit": "MM", **outline}


def qml(attribute: str, symbol: Symbol, classes: Mapping[str, tuple[str, str, str]]) -> str:
    """A QGIS style: a categorised renderer on one attribute.

    Args:
        attribute: column that decides.
        symbol: marker, line or fill.
        classes: value -> (label, colour, dash), in legend order; '' is everything else.
    """
    layer_class = {"marker": "SimpleMarker", "line": "SimpleLine", "fill": "SimpleFill"}[symbol]
    root = ET.Element("qgis", version="3.34.0", styleCategories="Symbology")
    renderer = ET.SubElement(
        root, "renderer-v2", type="categorizedSymbol", attr=attribute, symbollevels="0", enableorderby="0"
    )
    categories = ET.SubElement(renderer, "categories")
    symbols = ET.SubElement(renderer, "symbols")
    for number, (value, (label, colour, dash)) in enumerate(classes.items()):
        ET.SubElement(categories, "category", value=value, symbol=str(number), label=label, render="true")
        entry = ET.SubElement(symbols, "symbol", type=symbol, name=str(number), alpha="1", clip_to_extent="1")
        layer = ET.SubElement(entry, "layer", {"class": layer_class, "enabled": "1", "locked": "0", "pass": "0"})
        options = ET.SubElement(layer, "Option", type="Map")
        for name, text in _symbol_options(symbol, colour, dash).items():
            ET.SubElement(options, "Option", name=name, value=text, type="QString")
    ET.SubElement(root, "blending").text = "0"
    body = ET.tostring(root, encoding="unicode")
    return f"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n{body}\n"


def _catalogue_classes(entries: Mapping[str, Any]) -> dict[str, tuple[str, str, str]]:
    return {key: (entry["label"], entry["colour"], entry.get("dash", "solid")) for key, entry in entries.items()}


def layer_styles(demand_types: set[str], catalogue: Mapping[str, Any]) -> dict[str, str]:
    """Layer -> style, for the spatial layers of a plan.

    Args:
        demand_types: geometry types in the demand layer: a fill if any is a polygon.
        catalogue: the `catalogue` block of the resolved settings.
    """
    technologies = _catalogue_classes(catalogue["technologies"])
    status = {key: (key, colour, "solid") for key, colour in STATUS_COLOURS.items()}
    kinds = {key: (key, colour, "solid") for key, colour in KIND_COLOURS.items()}
    verdicts = {key: (key, colour, "solid") for key, colour in VERDICT_COLOURS.items()}
    fill: Symbol = "fill" if any("Polygon" in kind for kind in demand_types) else "marker"
    return {
        "demand": qml("technology", fill, {**technologies, "": ("not newly served", NOT_SERVED, "solid")}),
        "sites": qml("status", "marker", status),
        "equipment": qml("technology", "marker", technologies),
        "links": qml("medium", "line", _catalogue_classes(catalogue["media"])),
        "nodes": qml("kind", "marker", kinds),
        "viability": qml("verdict", fill, verdicts),
    }


def write_styles(path: Path, styles: Mapping[str, str], geometry_column: str = "geom") -> None:
    """Adds the `layer_styles` table that QGIS reads to a GeoPackage, and lists it among its contents."""
    rows = [("", "", layer, geometry_column, layer, text, 1, f"netplan {layer}") for layer, text in styles.items()]
    with closing(sqlite3.connect(path)) as base, base:
        base.execute(LAYER_STYLES)
        base.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
            " styleQML, useAsDefault, description) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('layer_styles', 'attributes',"
            " 'layer_styles')"
        )


def geometry_types(frame: pd.DataFrame) -> set[str]:
    """The geometry types present in a layer."""
    return set(frame["geometry"].geom_type.dropna())
