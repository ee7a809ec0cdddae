"""How things look: colours, markers and dashes of the catalogue, with a fallback for an id it does not know."""

from __future__ import annotations

from ast import literal_eval
from dataclasses import dataclass
from typing import Any

from matplotlib.colors import is_color_like
from matplotlib.lines import Line2D

Dash = str | tuple[float, tuple[float, ...]]

FALLBACK_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C6BB1", "#666666")
"""Okabe and Ito's palette, told apart by colour-blind readers (black and yellow left out)."""
FALLBACK_MARKERS = ("o", "s", "^", "D", "v", "P", "h", "p")
FALLBACK_DASHES: tuple[Dash, ...] = ("solid", "dashed", "dashdot", "dotted", (0.0, (6.0, 1.5, 1.0, 1.5)))

UNSERVED = "#B2182B"
BASELINE = "#7F7F7F"
WATER = "#C6DDEE"
EXCLUDED = "#8AA684"
INK = "#1A1A1A"
SOFT = "#555555"


@dataclass(frozen=True)
class Look:
    """How one kind of thing is drawn and called."""

    label: str
    colour: str
    marker: str
    dash: Dash


def looks(ids: list[str], entries: dict[str, dict[str, Any]]) -> dict[str, Look]:
    """Style of each id, in sorted order; ids absent from the catalogue get one of a colour-blind-safe palette."""
    return {key: _look(key, entries.get(key, {}), rank) for rank, key in enumerate(sorted(set(ids)))}


def _look(key: str, entry: dict[str, Any], rank: int) -> Look:
    colour = entry.get("colour")
    marker = entry.get("marker")
    return Look(
        label=str(entry.get("label") or key or "not stated"),
        colour=str(colour) if is_color_like(colour) else FALLBACK_COLOURS[rank % len(FALLBACK_COLOURS)],
        marker=str(marker) if marker in Line2D.markers else FALLBACK_MARKERS[rank % len(FALLBACK_MARKERS)],
        dash=_dash(entry.get("dash"), FALLBACK_DASHES[rank % len(FALLBACK_DASHES)] if not entry else "solid"),
    )


def _dash(value: Any, otherwise: Dash) -> Dash:
    """A matplotlib line style written in YAML: a name, `--`, `[0, [4, 2]]` or `(0, (4, 2))`."""
    if value is None:
        return otherwise
    if isinstance(value, str) and value in ("solid", "dashed", "dashdot", "dotted", "-", "--", "-.", ":"):
        return value
    try:
        parsed = literal_eval(value) if isinstance(value, str) else value
        offset, pattern = parsed
        steps = tuple(float(step) for step in pattern)
        return (float(offset), steps) if steps and len(steps) % 2 == 0 else otherwise
    except (ValueError, SyntaxError, TypeError):
        return otherwise
