"""KML 2.2 elements, in the order that the schema asks for (OGC 07-147r2): documents that Google Earth and GDAL open."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from xml.etree import ElementTree as ET

import shapely
from shapely.geometry.base import BaseGeometry

NAMESPACE = "http://www.opengis.net/kml/2.2"
UNSPEAKABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold."""
DEGREES = 6
"""Decimals of a degree: about a decimetre."""


def element(parent: ET.Element, tag: str, text: str | None = None, **attributes: str) -> ET.Element:
    """A child with text; characters that XML cannot hold are dropped."""
    child = ET.SubElement(parent, tag, attributes)
    if text is not None:
        child.text = UNSPEAKABLE.sub("", text)
    return child


def document(name: str, description: str) -> tuple[ET.Element, ET.Element]:
    """(root, document) of a new file."""
    root = ET.Element("kml", {"xmlns": NAMESPACE})
    made = ET.SubElement(root, "Document")
    element(made, "name", name)
    element(made, "open", "1")
    element(made, "description", description)
    return root, made


def folder(parent: ET.Element, name: str, *, visible: bool = True, opened: bool = False) -> ET.Element:
    """A folder of the table of contents."""
    made = ET.SubElement(parent, "Folder")
    element(made, "name", name)
    element(made, "visibility", str(int(visible)))
    element(made, "open", str(int(opened)))
    return made


def colour(text: str, opacity: float = 1.0) -> str:
    """KML writes colours as aabbggrr. Takes `#rgb`, `#rrggbb` or a name that matplotlib knows."""
    from matplotlib.colors import to_hex

    red, green, blue = (to_hex(text)[k : k + 2] for k in (1, 3, 5))
    return f"{round(255 * opacity):02x}{blue}{green}{red}"


def icon_style(parent: ET.Element, key: str, href: str, scale: float) -> None:
    """A style of points: a picture of the file itself, and a label only while it is pointed at."""
    for suffix, label in (("-off", "0"), ("-over", "0.9")):
        style = ET.SubElement(parent, "Style", {"id": key + suffix})
        icon = ET.SubElement(style, "IconStyle")
        element(icon, "scale", str(scale))
        element(ET.SubElement(icon, "Icon"), "href", href)
        element(ET.SubElement(style, "LabelStyle"), "scale", label)
    _pair(parent, key)


def line_style(parent: ET.Element, key: str, ink: str, width: float) -> None:
    """A style of lines, wider while pointed at."""
    for suffix, wide in (("-off", width), ("-over", width + 2)):
        style = ET.SubElement(parent, "Style", {"id": key + suffix})
        line = ET.SubElement(style, "LineStyle")
        element(line, "color", colour(ink))
        element(line, "width", str(wide))
    _pair(parent, key)


def area_style(parent: ET.Element, key: str, ink: str, opacity: float) -> None:
    """A style of areas: a tint without outline."""
    style = ET.SubElement(parent, "Style", {"id": key})
    area = ET.SubElement(style, "PolyStyle")
    element(area, "color", colour(ink, opacity))
    element(area, "outline", "0")


def _pair(parent: ET.Element, key: str) -> None:
    pairs = ET.SubElement(parent, "StyleMap", {"id": key})
    for state, suffix in (("normal", "-off"), ("highlight", "-over")):
        pair = ET.SubElement(pairs, "Pair")
        element(pair, "key", state)
        element(pair, "styleUrl", f"#{key}{suffix}")


def placemark(
    parent: ET.Element,
    name: str,
    style: str,
    geometry: BaseGeometry,
    told: Mapping[str, str],
    data: Mapping[str, object],
    *,
    visible: bool = True,
) -> None:
    """One thing on the map.

    Args:
        parent: its folder.
        name: its label.
        style: id of a style of the document.
        geometry: in longitude and latitude.
        told: rows of the balloon, in words.
        data: the row of the plan, for programs; what is missing is left out.
        visible: drawn when the file is opened.
    """
    made = ET.SubElement(parent, "Placemark")
    element(made, "name", name)
    if not visible:
        element(made, "visibility", "0")
    rows = "".join(f"<tr><td>{html.escape(k)}</td><td><b>{html.escape(v)}</b></td></tr>" for k, v in told.items())
    element(made, "description", f"<table>{rows}</table>")
    element(made, "styleUrl", f"#{style}")
    extended = ET.SubElement(made, "ExtendedData")
    for key, value in data.items():
        if value is not None and value == value:  # a NaN is not itself
            element(ET.SubElement(extended, "Data", {"name": key}), "value", str(value))
    _geometry(made, geometry)


def _geometry(parent: ET.Element, geometry: BaseGeometry) -> None:
    if geometry.geom_type.startswith("Multi"):
        many = ET.SubElement(parent, "MultiGeometry")
        for part in shapely.get_parts(geometry):
            _geometry(many, part)
        return
    made = ET.SubElement(parent, geometry.geom_type)
    if geometry.geom_type == "Polygon":
        for tag, rings in (("outerBoundaryIs", [geometry.exterior]), ("innerBoundaryIs", geometry.interiors)):
            for ring in rings:
                _coordinates(ET.SubElement(ET.SubElement(made, tag), "LinearRing"), ring.coords)
        return
    if geometry.geom_type == "LineString":
        element(made, "tessellate", "1")
    _coordinates(made, geometry.coords)


def _coordinates(parent: ET.Element, places: Iterable[tuple[float, ...]]) -> None:
    element(parent, "coordinates", " ".join(f"{p[0]:.{DEGREES}f},{p[1]:.{DEGREES}f}" for p in places))


def overlay_screen(parent: ET.Element, name: str, href: str) -> None:
    """A picture in the lower left corner of the window, such as a legend."""
    made = ET.SubElement(parent, "ScreenOverlay")
    element(made, "name", name)
    element(ET.SubElement(made, "Icon"), "href", href)
    for tag, x, y in (("overlayXY", "0", "0"), ("screenXY", "0.01", "0.04"), ("size", "0", "0")):
        ET.SubElement(made, tag, {"x": x, "y": y, "xunits": "fraction", "yunits": "fraction"})


def overlay_ground(
    parent: ET.Element, name: str, href: str, bounds: tuple[float, float, float, float], *, visible: bool
) -> None:
    """A picture laid on the ground; `bounds` are west, south, east, north in degrees."""
    made = ET.SubElement(parent, "GroundOverlay")
    element(made, "name", name)
    element(made, "visibility", str(int(visible)))
    element(ET.SubElement(made, "Icon"), "href", href)
    box = ET.SubElement(made, "LatLonBox")
    for tag, value in zip(
        ("north", "south", "east", "west"), (bounds[3], bounds[1], bounds[2], bounds[0]), strict=True
    ):
        element(box, tag, f"{value:.8f}")
