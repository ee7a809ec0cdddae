"""How things look: colours, markers and dashes of the catalogue, with a fallback for an id it does not know."""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from matplotlib.colors import is_color_like, to_rgb
from matplotlib.lines import Line2D

from netplan.catalogue.hatches import hatches

Dash = str | tuple[float, tuple[float, ...]]

FALLBACK_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C6BB1", "#666666")
"""Okabe and Ito's palette, told apart by colour-blind readers (black and yellow left out)."""
FALLBACK_MARKERS = ("o", "s", "^", "D", "v", "P", "h", "p")
FALLBACK_DASHES: tuple[Dash, ...] = ("solid", "dashed", "dashdot", "dotted", (0.0, (6.0, 1.5, 1.0, 1.5)))

UNSERVED = "#B2182B"
BASELINE = "#7F7F7F"
ROAD = "#B9AFA0"
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
    hatch: str = ""
    """Of areas: what tells them apart where colours fall into one grey; empty: plain."""


def looks(ids: list[str], entries: dict[str, dict[str, Any]]) -> dict[str, Look]:
    """Style of each id, in sorted order; ids absent from the catalogue get one of a colour-blind-safe palette."""
    return {key: _look(key, entries.get(key, {}), rank) for rank, key in enumerate(sorted(set(ids)))}


HATCH_PT = 0.5
"""Width of a pattern's lines."""


def hatched_apart(styles: dict[str, Look], entries: dict[str, dict[str, Any]]) -> dict[str, Look]:
    """The same looks with a hatch each, none twice."""
    found = hatches(styles, entries)
    return {key: replace(look, hatch=found[key]) for key, look in styles.items()}


def closer(hatch: str, more: int) -> str:
    """The pattern with its lines closer by so many signs; rings and stars, which would run together, stay."""
    return hatch + "".join(sign * more for sign in sorted(set(hatch) & set("|-+\\")))


def area_patch(look: Look, opacity: float, more: int = 0) -> dict[str, Any]:
    """How an area of it looks in a legend: the colour at this opacity under its hatch."""
    ink = darker(look.colour)
    return {
        "facecolor": (*to_rgb(look.colour), opacity), "edgecolor": ink, "hatch": closer(look.hatch, more) or None,
        "hatch_linewidth": HATCH_PT,
    }  # fmt: skip


def darker(colour: str, share: float = 0.55) -> tuple[float, float, float]:
    """The colour with that share of its light."""
    red, green, blue = to_rgb(colour)
    return red * share, green * share, blue * share


FAMILIES: dict[Dash, tuple[Dash, ...]] = {
    "solid": (
        "solid",
        (0.0, (5.0, 1.4)),
        (0.0, (5.0, 1.3, 1.3, 1.3)),
        (0.0, (8.0, 1.4)),
        (0.0, (5.0, 1.2, 1.2, 1.2, 1.2, 1.2)),
        (0.0, (8.0, 1.3, 3.0, 1.3)),
    ),
    "dashed": (
        (0.0, (3.6, 1.8)),
        (0.0, (1.8, 1.2)),
        (0.0, (4.5, 1.5, 1.0, 1.5)),
        (0.0, (6.5, 2.6)),
        (0.0, (3.0, 1.2, 1.0, 1.2, 1.0, 1.2)),
        (0.0, (1.0, 0.9)),
        (0.0, (7.0, 1.5, 2.0, 1.5)),
        (0.0, (2.0, 2.6)),
    ),
    "dotted": ((0.0, (1.0, 1.6)), (0.0, (1.0, 3.0)), (0.0, (1.0, 1.2, 1.0, 3.0))),
}
"""Patterns near to each named one, so that lines alike in the catalogue differ on one map, also in greys."""
FAMILY_OF = {"-": "solid", "--": "dashed", ":": "dotted", "dashdot": "dashed", "-.": "dashed"}


def told_apart(styles: dict[str, Look], families: bool = True) -> dict[str, Look]:
    """The same looks with no dash and no marker twice; the first by id keeps its own."""
    used: set[Dash] = set()
    taken: set[str] = set()
    out: dict[str, Look] = {}
    for key, look in sorted(styles.items()):
        dash = look.dash
        if families and isinstance(dash, str):
            family = FAMILIES[FAMILY_OF.get(dash, dash)]
            dash = next((each for each in family if each not in used), family[-1])
        marker = look.marker
        if marker in taken:
            marker = next((each for each in FALLBACK_MARKERS if each not in taken), marker)
        used.add(dash)
        taken.add(marker)
        out[key] = replace(look, dash=dash, marker=marker)
    return out


def classed(count: int, colours: Sequence[str]) -> list[str]:
    """As many colours of an ordered scale as there are classes, its ends kept."""
    if count <= 1:
        return [colours[len(colours) // 2]] * count
    return [colours[round(rank * (len(colours) - 1) / (count - 1))] for rank in range(count)]


BLUES = ("#DCEBC4", "#A8D5BA", "#66B9C0", "#3392BD", "#235FA3", "#1B2F6B")
"""Pale to dark, even steps of lightness: right for any eye and in greys."""
WARMS = ("#FDE3B8", "#FBBF7A", "#F18F4C", "#D55A33", "#A32A2E", "#5E1130")
FIVE_LOADS = ("#D5D8DC", "#A6CBEA", "#6BA3D6", "#C4560A", "#5A0F14")
"""Free, light, fair, busy, full."""


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
