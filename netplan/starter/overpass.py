"""OpenStreetMap's objects of a box, from a server that speaks Overpass (its query language, answers as JSON)."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from netplan.errors import Fault, InputError
from netplan.starter.box import Box

SERVER = "https://overpass-api.de/api/interpreter"
"""A public server, free for such questions; others and one's own speak the same."""
SECONDS = 180
"""The server's time for the answer; ours is a little more."""
ROADS = "motorway|trunk|primary|secondary|tertiary|unclassified|residential|living_street|service|road|track"
LINES = (f'way["highway"~"^({ROADS})(_link)?$"]', 'way["power"~"^(line|minor_line)$"]')
PLACES = (
    'nwr["amenity"~"^(school|college|clinic|hospital|doctors|health_post)$"]',
    'nwr["healthcare"~"^(clinic|hospital|doctor|centre|birthing_center)$"]',
    'nwr["man_made"="communications_tower"]',
    'nwr["man_made"~"^(mast|tower)$"]["tower:type"="communication"]',
    'node["telecom"~"^(exchange|data_center|data_centre)$"]',
    'node["place"~"^(city|town|village|hamlet)$"]',
)
AGAIN = "try again in some minutes, ask for a smaller box, or name another server with --osm-server"
BY_HAND = "see to the network, or run it without --from-osm and put your own layers into the project"


def query(box: Box) -> str:
    """The question: lines with their points, places with one point each."""
    place = f"{box.south:.6f},{box.west:.6f},{box.north:.6f},{box.east:.6f}"
    lines, places = ("".join(f"{each};" for each in group) for group in (LINES, PLACES))
    return f"[out:json][timeout:{SECONDS}][bbox:{place}];({lines});out geom qt;({places});out center qt;"


def fetch(box: Box, server: str = SERVER) -> dict[str, Any]:
    """The server's answer: `elements`, and under `osm3s` the time that its data are of.

    Raises:
        InputError: the server cannot be reached, is busy, gave up, or answers in another way.
    """
    if urllib.parse.urlsplit(server).scheme not in ("http", "https"):
        raise InputError(
            Fault("new: --osm-server", repr(server), "give the http or https address of an Overpass server")
        )
    body = urllib.parse.urlencode({"data": query(box)}).encode()
    asked = urllib.request.Request(server, body, {"User-Agent": "netplan", "Accept": "application/json"})
    try:
        with urllib.request.urlopen(asked, timeout=SECONDS + 20) as answer:
            text = answer.read()
    except urllib.error.HTTPError as error:
        busy = error.code in (429, 502, 503, 504)
        found = (
            f"the server is busy (HTTP {error.code})"
            if busy
            else f"the server refused the question (HTTP {error.code})"
        )
        raise InputError(Fault(server, found, AGAIN)) from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise InputError(Fault(server, f"it cannot be reached ({reason})", BY_HAND)) from error
    return _checked(text, server)


def _checked(text: bytes, server: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except ValueError:
        data = None
    if not isinstance(data, dict) or not isinstance(data.get("elements"), list):
        to_do = "name a server that speaks Overpass with --osm-server"
        raise InputError(Fault(server, "its answer is not that of an Overpass server", to_do))
    remark = str(data.get("remark") or "")
    if "error" in remark.lower():  # it gave up: what came is a part, which would pass for the whole
        raise InputError(Fault(server, f"it gave up: {remark}", AGAIN))
    return data
