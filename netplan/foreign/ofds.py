"""Networks of the Open Fibre Data Standard (0.1 to 0.4), as JSON or GeoJSON: nodes as points, spans as lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from shapely.geometry import LineString, Point, shape

from netplan.errors import InputError
from netplan.foreign.open import Asked, Foreign, fault

HEAD = 1 << 20
LISTS = re.compile(rb'"(?:networks|spans)"\s*:\s*\[|"nodes"')
FEATURES = re.compile(rb'"featureType"\s*:\s*"(?:node|span)"')
NOT_TODAY = ("proposed", "planned", "underConstruction", "decommissioned", "inactive")
"""Codes of `nodeStatus` and `spanStatus` of what carries no traffic today."""
MEETING = ("pop", "dataCentre", "ixp", "exchange", "cableLanding", "addDropSite")
"""Codes of `nodeType` where networks meet."""
OWNER_KEYS = ("transmissionMediumOwner", "physicalInfrastructureProvider")


def is_network(path: Path) -> bool:
    """Whether a JSON file is one of the standard's: it names networks or spans, or features that are nodes or spans."""
    with path.open("rb") as stream:
        head = stream.read(HEAD)
        # A network may list a long way of nodes before it says `spans`; features may have any property, `networks` too.
        return bool(FEATURES.search(head) or (b'"features"' not in head and LISTS.search(head)))


def read_network(asked: Asked) -> Foreign:
    """The nodes (where points are asked for) or the spans of all networks of a file; WGS 84.

    Of spans only those of fibre; with `lit` only those in operation. Of nodes with `handover` only those where networks
    meet (by type, or as access points), where the file says that of any. A span without a route runs straight between
    its nodes. Columns: `id, name, status, operator, owner, network`, for spans `capacity_mbps, fibre_count`, for nodes
    `type`.

    Raises:
        InputError: unreadable, or nothing of the kind asked for.
    """
    try:
        data = json.loads(asked.path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        to_do = "give OFDS as JSON or GeoJSON in UTF-8"
        raise InputError(fault(asked, f"cannot be read as JSON ({str(error)[:100]})", to_do)) from error
    nodes, spans = _parts(data)
    warnings: list[str] = []
    frame = _nodes(asked, nodes, warnings) if asked.points else _spans(asked, nodes, spans, warnings)
    if frame.empty:
        what, other = ("nodes", "spans") if asked.points else ("spans in use", "nodes")
        to_do = f"give a network with {what}" + (f" (this file may hold only {other})" if not warnings else "")
        found = "; ".join(["no usable " + what, *(text.partition(": ")[2] for text in warnings)])
        raise InputError(fault(asked, found, to_do))
    return Foreign(frame, warnings)


def _parts(data: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(nodes, spans) with geometry under `place` and the network's name under `network`."""
    nodes: list[dict[str, Any]] = []
    spans: list[dict[str, Any]] = []
    if not isinstance(data, dict):
        return nodes, spans
    for feature in _dicts(data.get("features")):
        row = dict(feature.get("properties") or {}) | {"place": feature.get("geometry")}
        row["network"] = _name(row.get("network"))
        (spans if row.get("featureType") == "span" else nodes).append(row)
    for network in _dicts(data.get("networks") or ([data] if "features" not in data else [])):
        organisations = {str(each.get("id")): each for each in _dicts(network.get("organisations"))}
        for key, place, into in (("nodes", "location", nodes), ("spans", "route", spans)):
            for part in _dicts(network.get(key)):
                row = dict(part) | {"place": part.get(place), "network": _name(network), "known": organisations}
                into.append(row)
    return nodes, spans


def _dicts(value: Any) -> Iterable[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _name(value: Any) -> str:
    return str(value.get("name") or value.get("id") or "") if isinstance(value, dict) else ""


def _organisation(row: dict[str, Any], value: Any) -> str:
    """Name of an organisation by its reference."""
    if not isinstance(value, dict):
        return ""
    known = row.get("known", {}).get(str(value.get("id")), {})
    return str(value.get("name") or known.get("name") or value.get("id") or "")


def _common(row: dict[str, Any]) -> dict[str, Any]:
    providers = [_organisation(row, each) for each in _dicts(row.get("networkProviders"))]
    return {
        "id": str(row.get("id") or ""),
        "name": str(row.get("name") or ""),
        "status": str(row.get("status") or ""),
        "operator": ", ".join(filter(None, providers)),
        "owner": next((_organisation(row, row[key]) for key in OWNER_KEYS if row.get(key)), ""),
        "network": row["network"],
    }


def _place(value: Any, kind: type[Point] | type[LineString]) -> Any:
    """Geometry of the kind wanted, None where there is none that can be read."""
    try:
        made = shape(value) if isinstance(value, dict) else None
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, shapely.errors.ShapelyError):
        return None
    return made if isinstance(made, kind) and not made.is_empty else None


def _frame(rows: list[dict[str, Any]], places: list[Any]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=gpd.GeoSeries(places, crs=4326), crs=4326)


def _nodes(asked: Asked, nodes: list[dict[str, Any]], warnings: list[str]) -> gpd.GeoDataFrame:
    placed = [(row, _place(row.get("place"), Point)) for row in nodes]
    used = [(row, place) for row, place in placed if place is not None and row.get("status") not in NOT_TODAY]
    if len(used) < len(nodes):
        warnings.append(f"{asked.place}: {len(nodes) - len(used)} nodes without a place or not in operation left out.")
    if asked.handover:
        meeting = [(row, place) for row, place in used if _meets(row)]
        if meeting and len(meeting) < len(used):
            warnings.append(f"{asked.place}: {len(used) - len(meeting)} nodes where no networks meet left out.")
        elif used and not meeting:
            warnings.append(f"{asked.place}: no node says that networks meet there; all {len(used)} are taken.")
        used = meeting or used
    rows = [_common(row) | {"type": ";".join(map(str, row.get("type") or ()))} for row, _ in used]
    return _frame(rows, [place for _, place in used])


def _meets(row: dict[str, Any]) -> bool:
    kinds = row.get("type")
    return row.get("accessPoint") is True or (isinstance(kinds, list) and any(kind in MEETING for kind in kinds))


def _spans(
    asked: Asked, nodes: list[dict[str, Any]], spans: list[dict[str, Any]], warnings: list[str]
) -> gpd.GeoDataFrame:
    places = {(row["network"], str(row.get("id"))): _place(row.get("place"), Point) for row in nodes}
    fibre = [row for row in spans if not row.get("transmissionMedium") or "fibre" in row["transmissionMedium"]]
    lit = [row for row in fibre if not asked.lit or row.get("status") not in NOT_TODAY]
    rows, lines, straight = [], [], 0
    for row in lit:
        line = _place(row.get("place"), LineString)
        if line is None:
            ends = [_end(row, row.get(side), places) for side in ("start", "end")]
            if ends[0] is None or ends[1] is None or ends[0].equals(ends[1]):
                continue
            line, straight = LineString(ends), straight + 1
        rows.append(
            _common(row) | {"capacity_mbps": _scaled(row.get("capacity")), "fibre_count": row.get("fibreCount")}
        )
        lines.append(line)
    for number, what in (
        (len(spans) - len(fibre), "spans that are not fibre left out"),
        (len(fibre) - len(lit), "spans not in operation left out"),
        (len(lit) - len(lines), "spans without a route or placed nodes left out"),
        (straight, "spans without a route are taken as straight lines"),
    ):
        if number:
            warnings.append(f"{asked.place}: {number} {what}.")
    return _frame(rows, lines)


def _end(row: dict[str, Any], end: Any, places: dict[tuple[str, str], Any]) -> Any:
    """Place of a span's end: by id in JSON, the node itself in GeoJSON."""
    if isinstance(end, dict):
        return _place(end.get("location"), Point) or places.get((row["network"], str(end.get("id"))))
    return places.get((row["network"], str(end)))


def _scaled(gigabits: Any) -> float | None:
    return None if not isinstance(gigabits, int | float) else 1000.0 * float(gigabits)
