"""OpenStreetMap's objects as layers with the columns that netplan reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

WGS84 = 4326
Tags = Mapping[str, str]
SCHOOLS = frozenset({"school", "college"})
CLINICS = frozenset({"clinic", "hospital", "doctors", "health_post", "doctor", "centre", "birthing_center"})
LIVED_IN = frozenset({"city", "town", "village", "hamlet"})
EXCHANGES = frozenset({"exchange", "data_center", "data_centre"})
GENERATION = re.compile(r"communication:(?:(gsm|umts|lte|nr)|mobile_phone)")
CALLED = {"gsm": "2G", "umts": "3G", "lte": "4G", "nr": "5G"}


def is_tower(tags: Tags) -> bool:
    """A structure that carries radio, not a church tower or a pylon."""
    made = tags.get("man_made")
    return made == "communications_tower" or (made in ("mast", "tower") and tags.get("tower:type") == "communication")


KINDS: dict[str, Callable[[Tags], bool]] = {
    "roads": lambda tags: "highway" in tags,
    "power_lines": lambda tags: tags.get("power") in ("line", "minor_line"),
    "towers": is_tower,
    "schools": lambda tags: tags.get("amenity") in SCHOOLS,
    "clinics": lambda tags: tags.get("amenity") in CLINICS or tags.get("healthcare") in CLINICS,
    "settlements": lambda tags: tags.get("place") in LIVED_IN,
    "pops": lambda tags: tags.get("telecom") in EXCHANGES,
}
"""Layer -> whether an object with these tags belongs to it."""
LINES = ("roads", "power_lines")


def layers_of(elements: Iterable[Mapping[str, Any]]) -> dict[str, gpd.GeoDataFrame]:
    """Layers of KINDS that have objects, in WGS 84, each object once and in the order of its id.

    Args:
        elements: nodes, ways and relations of an Overpass answer, ways with `geometry` or objects with `center`.

    Returns:
        Layer -> `osm_id, name` and, of roads, `highway, surface`; of power lines, `kind, voltage, operator`; of towers,
        `operator, height_m, technologies`; of settlements, `place, population`.
    """
    rows: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in KINDS}
    for element in elements:
        tags = {str(key): str(value) for key, value in (element.get("tags") or {}).items()}
        key = f"{element.get('type')}/{element.get('id')}"
        for kind, belongs in KINDS.items():
            shape = _shape(element, kind in LINES) if belongs(tags) else None
            if shape is not None:
                rows[kind][key] = {"osm_id": key, **_columns(kind, tags), "geometry": shape}
    return {
        kind: gpd.GeoDataFrame([found[key] for key in sorted(found)], geometry="geometry", crs=WGS84)
        for kind, found in rows.items()
        if found
    }


def _shape(element: Mapping[str, Any], line: bool) -> shapely.Geometry | None:
    """A line, or a point (of a building: the middle); None where the answer holds no place."""
    points = [(float(at["lon"]), float(at["lat"])) for at in element.get("geometry") or () if at]
    if line:
        return shapely.LineString(points) if len(set(points)) > 1 else None
    at = element.get("center") or element
    if "lon" in at and "lat" in at:
        return shapely.Point(float(at["lon"]), float(at["lat"]))
    return shapely.MultiPoint(points).centroid if points else None


def _columns(kind: str, tags: Tags) -> dict[str, Any]:
    name = {"name": tags.get("name") or tags.get("ref") or tags.get("operator") or ""}
    if kind == "roads":
        return {"name": tags.get("name", ""), "highway": tags["highway"], "surface": tags.get("surface", "")}
    if kind == "power_lines":
        return {**name, "kind": tags["power"], "voltage": tags.get("voltage", ""), "operator": tags.get("operator", "")}
    if kind == "towers":
        return {
            **name,
            "operator": tags.get("operator", ""),
            "height_m": _number(tags.get("height") or tags.get("tower:height")),
            "technologies": ";".join(_generations(tags)),
        }
    if kind == "settlements":
        return {**name, "place": tags["place"], "population": _number(tags.get("population"))}
    return name


def _generations(tags: Tags) -> list[str]:
    """2G, 3G … as far as the tower's tags state them."""
    found = {match[1] for key, value in tags.items() if value != "no" and (match := GENERATION.fullmatch(key))}
    return sorted(CALLED[each] for each in found if each)


def _number(text: str | None) -> float | None:
    """`35`, `35 m`, `12,000`; None for anything else."""
    if text is None:
        return None
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(?:m|metres?|meters?)?\s*", re.sub(r"(?<=\d),(?=\d{3}\b)", "", text))
    return None if found is None else float(pd.to_numeric(found[1]))
