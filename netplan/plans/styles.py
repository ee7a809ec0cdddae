"""How QGIS draws the layers of a plan: one categorised style per layer, in the catalogue's colours and markers."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from xml.etree import ElementTree as ET

import pandas as pd

from netplan.catalogue.hatches import hatches
from netplan.catalogue.labels import in_language
from netplan.datawords import data_words

Symbol = Literal["marker", "line", "fill"]
KINDS = {
    "pop": ("point of presence", "#c00000", "*", 5.0),
    "gateway": ("satellite gateway", "#7570b3", "D", 2.6),
    "site": ("site", "#333333", "o", 1.0),
    "junction": ("junction", "#888888", "o", 0.8),
    "access-point": ("way into a pipe", "#1f78b4", "s", 1.6),
}
"""Kind of node -> label, colour, marker, size in mm: what is looked for is large, what only joins is small."""
DASHES = {"solid": "solid", "dashed": "dash", "dotted": "dot", "dashdot": "dash dot"}
DASHES |= {"-": "solid", "--": "dash", ":": "dot", "-.": "dash dot"}
MARKERS = {
    "o": ("circle", 0), "s": ("square", 0), "D": ("diamond", 0), "d": ("diamond", 0), "^": ("triangle", 0),
    "v": ("triangle", 180), "<": ("triangle", 270), ">": ("triangle", 90), "*": ("star", 0), "p": ("pentagon", 0),
    "h": ("hexagon", 0), "H": ("hexagon", 0), "8": ("octagon", 0), "P": ("cross_fill", 0), "X": ("cross_fill", 45),
    "+": ("cross", 0), "x": ("cross2", 0),
}  # fmt: skip
"""Marker of the catalogue -> shape and turn of QGIS."""
BRUSHES = {"|": "vertical", "-": "horizontal", "+": "cross", "\\": "f_diagonal", "o": "dense6", "O": "dense5",
           "*": "dense4", "x": "diagonal_x"}  # fmt: skip
"""Sign of a hatch of the maps -> QGIS's brush; x marks the unserved there, too."""
DENSE, OPEN = 200, 110
"""Opacity of a hatch, and of one of two signs: the maps draw its lines further apart, which a brush cannot."""
STROKES = {"cross", "cross2"}
"""Shapes without an inside: their rim is all there is of them."""
NOT_SERVED, REFUSED = "#eeeeee", "#999999"
UNSERVED, OTHERS = "not newly served", "other equipment of today"
LABELS_BELOW = 120_000
"""Names of sites are drawn at scales larger than one to this."""
VERDICT_COLOURS = {"viable": "#1b7837", "needs subsidy": "#d6604d"}

LAYER_STYLES = """CREATE TABLE layer_styles (
 id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
 f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
 useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME)"""
"""As QGIS makes the table itself when a style is saved into a GeoPackage."""


@dataclass(frozen=True)
class Look:
    """How the features of one class are drawn."""

    label: str
    colour: str
    dash: str = "solid"
    marker: str = "o"
    size_mm: float = 2.8
    hatch: str = ""
    """Of an area, as the maps have it."""


def _rgba(colour: str, alpha: int = 255) -> str:
    """QGIS writes colours as r,g,b,a; names it knows itself."""
    text = colour.lstrip("#")
    if not re.fullmatch("#(?:[0-9A-Fa-f]{3}){1,2}", colour):
        return colour
    text = "".join(c * 2 for c in text) if len(text) == 3 else text
    return ",".join(str(int(text[k : k + 2], 16)) for k in (0, 2, 4)) + f",{alpha}"


def _symbol_options(symbol: Symbol, look: Look) -> dict[str, str]:
    if symbol == "line":
        return {
            "line_color": _rgba(look.colour),
            "line_style": DASHES.get(look.dash, "solid"),
            "line_width": "0.7",
            "line_width_unit": "MM",
            "capstyle": "round",
            "joinstyle": "round",
        }
    if symbol == "fill":
        return {"color": _rgba(look.colour, 80), "style": "solid", "outline_style": "no"}
    name, angle = MARKERS.get(look.marker, ("circle", 0))
    size = {"name": name, "angle": str(angle), "size": str(look.size_mm), "size_unit": "MM"}
    rim = {"outline_color": _rgba("#ffffff"), "outline_width": "0.2", "outline_width_unit": "MM"}
    # a rim around a dot on a line would cut the line
    rim["outline_style"] = "no" if look.size_mm <= 1 else "solid"
    if name in STROKES:
        rim |= {"outline_color": _rgba(look.colour), "outline_width": "0.5"}
    return {"color": _rgba(look.colour), **size, **rim}


def qml(attribute: str, symbol: Symbol, classes: Mapping[str, Look], label: str | None = None) -> str:
    """A QGIS style: a categorised renderer on one attribute, and labels when drawn large.

    Args:
        attribute: column that decides.
        symbol: marker, line or fill.
        classes: value -> look, in legend order; '' is everything else.
        label: expression of the labels; None: none.
    """
    layer_class = {"marker": "SimpleMarker", "line": "SimpleLine", "fill": "SimpleFill"}[symbol]
    categories_of = "Symbology|Labeling" if label else "Symbology"
    root = ET.Element("qgis", version="3.34.0", styleCategories=categories_of, labelsEnabled=str(int(bool(label))))
    renderer = ET.SubElement(
        root, "renderer-v2", type="categorizedSymbol", attr=attribute, symbollevels="0", enableorderby="0"
    )
    categories = ET.SubElement(renderer, "categories")
    symbols = ET.SubElement(renderer, "symbols")
    for number, (value, look) in enumerate(classes.items()):
        ET.SubElement(categories, "category", value=value, symbol=str(number), label=look.label, render="true")
        entry = ET.SubElement(symbols, "symbol", type=symbol, name=str(number), alpha="1", clip_to_extent="1")
        drawn = [_symbol_options(symbol, look)]
        if symbol == "fill":
            colour = {"color": _rgba(look.colour, DENSE if len(look.hatch) > 2 else OPEN), "outline_style": "no"}
            drawn += [{**colour, "style": BRUSHES.get(sign, "solid")} for sign in dict.fromkeys(look.hatch)]
        for each in drawn:
            layer = ET.SubElement(entry, "layer", {"class": layer_class, "enabled": "1", "locked": "0", "pass": "0"})
            options = ET.SubElement(layer, "Option", type="Map")
            for name, text in each.items():
                ET.SubElement(options, "Option", name=name, value=text, type="QString")
    if label:
        _labels(root, label)
    ET.SubElement(root, "blending").text = "0"
    body = ET.tostring(root, encoding="unicode")
    return f"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n{body}\n"


def _labels(root: ET.Element, expression: str) -> None:
    settings = ET.SubElement(ET.SubElement(root, "labeling", type="simple"), "settings")
    text = ET.SubElement(
        settings, "text-style", fieldName=expression, isExpression="1", fontSize="8", fontSizeUnit="Point",
        textColor=_rgba("#202020"), textOpacity="1",
    )  # fmt: skip
    ET.SubElement(
        text, "text-buffer", bufferDraw="1", bufferColor=_rgba("#ffffff"), bufferSize="0.8", bufferSizeUnits="MM",
        bufferOpacity="1", bufferNoFill="1",
    )  # fmt: skip
    ET.SubElement(settings, "placement", placement="6", dist="1", distUnits="MM", priority="5")
    ET.SubElement(settings, "rendering", scaleVisibility="1", scaleMin="0", scaleMax=str(LABELS_BELOW))


def _catalogue_looks(entries: Mapping[str, Any]) -> dict[str, Look]:
    return {
        key: Look(entry["label"], entry["colour"], entry.get("dash") or "solid", entry.get("marker") or "o")
        for key, entry in entries.items()
    }


def layer_styles(demand_types: set[str], catalogue: Mapping[str, Any], language: str = "en") -> dict[str, str]:
    """Layer -> style, for the spatial layers of a plan.

    Args:
        demand_types: geometry types in the demand layer: a fill if any is a polygon.
        catalogue: the `catalogue` block of the resolved settings.
        language: of the legend, e.g. `fr`.
    """
    catalogue = in_language({name: catalogue[name] for name in ("technologies", "structures", "media")}, language)
    words = data_words(language).get("word", {})
    technologies = _catalogue_looks(catalogue["technologies"])
    structures, media = _catalogue_looks(catalogue["structures"]), _catalogue_looks(catalogue["media"])
    kinds = {
        key: Look(words.get(said, said), colour, "solid", marker, size)
        for key, (said, colour, marker, size) in KINDS.items()
    }
    no = words.get("refused:", "refused:")
    refused = {key: Look(f"{no} {look.label}", REFUSED, "dotted") for key, look in media.items()}
    verdicts = {key: Look(words.get(key, key), colour) for key, colour in VERDICT_COLOURS.items()}
    fill: Symbol = "fill" if any("Polygon" in kind for kind in demand_types) else "marker"
    small = {key: Look(look.label, look.colour, look.dash, look.marker, 1.6) for key, look in technologies.items()}
    areas = {
        key: replace(technologies[key], hatch=hatch)
        for key, hatch in hatches(technologies, catalogue["technologies"]).items()
    }
    areas[""] = Look(words.get(UNSERVED, UNSERVED), NOT_SERVED, hatch="xxxx")
    other = Look(words.get(OTHERS, OTHERS), "#888888", size_mm=1.6)
    return {
        "demand": qml("technology", fill, {key: areas[key] for key in (*technologies, "")}),
        "sites": qml("structure", "marker", structures, 'coalesce("name", "site_id")'),
        "equipment": qml("technology", "marker", small),
        "existing": qml("technology", "marker", small | {"": other}),
        "links": qml("medium", "line", media),
        "nodes": qml("kind", "marker", kinds),
        "refused": qml("medium", "line", refused),
        "viability": qml("verdict", fill, verdicts),
    }


def write_styles(path: Path, styles: Mapping[str, str], geometry_column: str = "geom") -> None:
    """Adds the `layer_styles` table that QGIS reads to a GeoPackage, and lists it among its contents."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    rows = [("", "", name, geometry_column, name, text, 1, f"netplan {name}", now) for name, text in styles.items()]
    with closing(sqlite3.connect(path)) as base, base:
        base.execute(LAYER_STYLES)
        base.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
            " styleQML, useAsDefault, description, update_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('layer_styles', 'attributes',"
            " 'layer_styles')"
        )


def geometry_types(frame: pd.DataFrame) -> set[str]:
    """The geometry types present in a layer."""
    return set(frame["geometry"].geom_type.dropna())
