"""Colours, signs and labels of what the plans hold, from the catalogue they used."""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Iterable, Sequence
from typing import Any

from matplotlib.colors import is_color_like, to_hex

from netplan.catalogue.hatches import hatches
from netplan.webmap.read import Written

FALLBACK_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C6BB1", "#666666")
"""Okabe and Ito's palette, told apart by colour-blind readers (black and yellow left out)."""
MARKERS = {"o": "circle", "s": "square", "^": "up", "v": "down", "D": "diamond", "d": "diamond", "P": "plus",
           "+": "plus", "X": "cross", "x": "cross", "*": "star", "p": "pentagon", "h": "hexagon", "H": "hexagon",
           "<": "left", ">": "right"}  # fmt: skip
FALLBACK_MARKERS = ("circle", "square", "up", "diamond", "down", "plus", "pentagon", "star")
DASHES = {"dashed": [7.0, 4.0], "dotted": [1.5, 4.0], "dashdot": [8.0, 3.0, 2.0, 3.0]}
DASHES |= {"--": DASHES["dashed"], ":": DASHES["dotted"], "-.": DASHES["dashdot"]}
POINTS_TO_PX = 2.5
"""Dash patterns of the catalogue are in line widths of print; this makes them as long on a screen."""


def catalogue_looks(plans: Sequence[Written]) -> dict[str, dict[str, Any]]:
    """Section -> id -> `label, labels (by language), colour, marker, dash, hatch` of every id in any of the plans."""
    used: dict[str, set[str]] = {"technologies": set(), "media": set(), "structures": set(), "power": set()}
    entries: dict[str, dict[str, Any]] = {section: {} for section in (*used, "levers")}
    for plan in plans:
        tables = plan.tables
        for column in (tables["equipment"], tables["demand"], tables["baseline"]):
            used["technologies"] |= set(column["technology"]) - {""}
        used["media"] |= set(tables["links"]["medium"]) - {""}
        used["structures"] |= set(tables["sites"]["structure"]) - {""}
        used["power"] |= set(tables["sites"]["power"]) - {""}
        for section, held in entries.items():
            held.update(plan.catalogue.get(section) or {})
    used["levers"] = {str(lever) for plan in plans for lever in plan.project.get("sharing") or []}
    return {section: _looks(used[section], entries[section]) for section in entries}


def _looks(ids: Iterable[str], entries: dict[str, Any]) -> dict[str, Any]:
    found = {key: _look(key, entries.get(key) or {}, rank) for rank, key in enumerate(sorted(ids))}
    for key, hatch in hatches(found, {key: entries.get(key) or {} for key in found}).items():
        found[key]["hatch"] = hatch
    for language in sorted({code for look in found.values() for code in look["labels"]}):
        named = {key: look["labels"].get(language, look["label"]) for key, look in found.items()}
        for key, text in _told_apart(named).items():
            found[key]["labels"][language] = text
    for key, text in _told_apart({key: look["label"] for key, look in found.items()}).items():
        found[key]["label"] = text
    return found


def _told_apart(labels: dict[str, str]) -> dict[str, str]:
    """Two ids under one label are two rows of a legend."""
    texts = list(labels.values())
    return {key: f"{text} [{key}]" if texts.count(text) > 1 else text for key, text in labels.items()}


def _look(key: str, entry: dict[str, Any], rank: int) -> dict[str, Any]:
    colour = entry.get("colour")
    return {
        "label": str(entry.get("label") or key),
        "labels": {str(code): str(text) for code, text in (entry.get("labels") or {}).items()},
        "colour": to_hex(str(colour)) if is_color_like(colour) else FALLBACK_COLOURS[rank % len(FALLBACK_COLOURS)],
        "marker": MARKERS.get(str(entry.get("marker")), FALLBACK_MARKERS[rank % len(FALLBACK_MARKERS)]),
        "dash": _dash(entry.get("dash")),
        "kind": str(entry.get("kind") or ""),
    }


def _dash(value: Any) -> list[float]:
    """A dash pattern in pixels; empty: a whole line. YAML may name it or write `(0, (4, 2))`."""
    if value is None or value in ("solid", "-"):
        return []
    if str(value) in DASHES:
        return DASHES[str(value)]
    try:
        steps = (literal_eval(value) if isinstance(value, str) else value)[1]
        return [round(float(step) * POINTS_TO_PX, 1) for step in steps]
    except (ValueError, SyntaxError, TypeError, IndexError, KeyError):
        return []
