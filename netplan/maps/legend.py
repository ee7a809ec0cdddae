"""The legend as a form: rows of sign, label and value, set in columns, wrapped and shrunk until they fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from netplan.maps.languages import ENGLISH, Language
from netplan.maps.style import INK, SOFT
from netplan.maps.text import fit, plain, width_px

SIZES = (7.8, 7.4, 7.1, 6.8, 6.5, 6.2, 5.9, 5.6, 5.2, 4.8, 4.4)
"""Type sizes that are tried, points at scale 1."""
LEAST_FOR_WHOLE = 6.2
"""Type that is not set smaller only to have every name whole."""
STEP = 1.62
"""Height of a row as a multiple of its type size."""
SIGN = 3.55
"""Width of the place for signs, as a multiple of the type size."""


@dataclass(frozen=True)
class Row:
    """One line of the legend. `sign` is a patch, line or marker style; `heading` rows have none."""

    label: str
    value: str = ""
    patch: dict[str, Any] | None = None
    line: dict[str, Any] | None = None
    heading: bool = False
    ramp: tuple[tuple[Any, ...], tuple[str, ...]] | None = None
    """Face colours and the numbers between them."""
    badge: str = ""
    """A number in a black disc, as on the map."""
    soft: bool = False


Section = Sequence[Row]


@dataclass(frozen=True)
class _Set:
    """A row measured for one width and size."""

    row: Row
    lines: list[str]
    height: float
    indent: float
    below: bool = False
    """The value stands under the label: beside it there is no room."""


@dataclass
class _Column:
    rows: list[_Set] = field(default_factory=list)
    height: float = 0.0


def draw_legend(
    ax: Axes,
    renderer: RendererAgg,
    sections: Sequence[Section],
    columns: int = 1,
    scale: float = 1.0,
    language: Language = ENGLISH,
) -> float:
    """Set the sections under each other in columns; what does not fit even in the smallest type is counted.

    Args:
        ax: axes whose data unit is one point, origin at the lower left.

    Returns:
        Points left free under the longest column.
    """
    width, height = ax.get_xlim()[1], ax.get_ylim()[1]
    gap = 20.0 * scale if columns > 1 else 0.0
    wide = (width - gap * (columns - 1)) / columns
    kept = [section for section in sections if section]
    fitting = None
    for factor in SIZES:
        size = factor * scale
        measured = [[_measure(renderer, row, size, wide, ax.figure.dpi) for row in section] for section in kept]
        packed = _pack(measured, columns, height, size)
        if packed is None:
            continue
        whole = not any(
            each.below or (each.lines and each.lines[-1].endswith("…")) for section in measured for each in section
        )
        fitting = fitting or (packed, size)
        if factor < LEAST_FOR_WHOLE:
            break
        if whole:  # smaller type rather than names cut short
            fitting = packed, size
            break
    packed, size = fitting or (_cut(measured, columns, height, size, language), size)
    lowest = height
    for rank, column in enumerate(packed):
        y = height
        for each in column.rows:
            y -= each.height
            _draw_row(ax, each, rank * (wide + gap), y, size, wide)
        lowest = min(lowest, y)
    return lowest


def _measure(renderer: RendererAgg, row: Row, size: float, width: float, dpi: float) -> _Set:
    """Wrap a row's label to at most four lines beside its value."""
    if row.ramp is not None:
        small = 0.92 * size
        said, _ = fit(renderer, plain(row.label), width * dpi / 72.0, (small, small), 3)
        return _Set(row, said, 2.2 * STEP * size + 1.2 * small * (len(said) - 1), 0.0)
    indent = 0.0 if row.heading or (row.patch is None and row.line is None and not row.badge) else SIGN * size
    if not row.label:
        return _Set(row, [], 0.55 * STEP * size, 0.0)
    pixel = dpi / 72.0
    room = width - indent - width_px(renderer, plain(row.value), size) / pixel - 6.0
    below = bool(row.value) and room < 0.3 * width
    room = width - indent if below else room
    weight = "bold" if row.heading else "normal"
    lines, _ = fit(renderer, plain(row.label), room * pixel, (size, size), 5 if row.soft else 4, weight)
    lines = lines or [""]  # a name in letters that no font has keeps its sign
    return _Set(row, lines, (STEP + 1.2 * (len(lines) - 1 + below)) * size, indent, below)


def _space(size: float) -> _Set:
    return _Set(Row(""), [], 0.75 * STEP * size, 0.0)


def _pack(measured: Sequence[Sequence[_Set]], columns: int, height: float, size: float) -> list[_Column] | None:
    """Sections into columns in order, none broken, the longest column as short as can be; None: they do not fit."""
    space = _space(size)
    tall = [sum(each.height for each in section) for section in measured]

    def stacked(first: int, last: int) -> float:
        return sum(tall[first:last]) + space.height * max(last - first - 1, 0)

    count = len(measured)
    best: dict[tuple[int, int], tuple[float, int]] = {(0, 0): (0.0, 0)}
    for column in range(1, columns + 1):
        for last in range(count + 1):
            ways = [
                (max(best[column - 1, first][0], stacked(first, last)), first)
                for first in range(last + 1)
                if (column - 1, first) in best
            ]
            if ways:
                best[column, last] = min(ways)
    if best[columns, count][0] > height:
        return None
    filled: list[_Column] = []
    last = count
    for column in range(columns, 0, -1):
        first = best[column, last][1]
        rows = [
            each for rank in range(first, last) for each in ([space] if rank > first else []) + list(measured[rank])
        ]
        filled.insert(0, _Column(rows, stacked(first, last)))
        last = first
    return filled


def _cut(
    measured: Sequence[Sequence[_Set]], columns: int, height: float, size: float, language: Language
) -> list[_Column]:
    """The rows that fit in the smallest type, and how many more there are."""
    rows = [each for section in measured for each in [*section, _space(size)]]
    filled: list[_Column] = []
    for rank in range(columns):
        column = _Column()
        last = rank == columns - 1
        while rows and column.height + rows[0].height <= height - (STEP * size if last else 0.0):
            column.rows.append(rows.pop(0))
            column.height += column.rows[-1].height
        filled.append(column)
    more = sum(bool(each.row.label) for each in rows)
    if more:
        said = language.say("and_more", count=more)
        filled[-1].rows.append(_Set(Row(said, soft=True), [said], STEP * size, 0.0))
    return filled


def _draw_row(ax: Axes, each: _Set, x: float, y: float, size: float, width: float) -> None:
    row = each.row
    if row.ramp is not None:
        for rank, line in enumerate(each.lines):
            level = y + each.height - 0.48 * STEP * size - rank * 1.2 * 0.92 * size
            ax.text(x, level, line, fontsize=0.92 * size, va="center_baseline", color=SOFT)
        _draw_ramp(ax, row, x, y, size, width)
        return
    if not each.lines:
        return
    first = y + each.height - 0.5 * STEP * size
    _draw_sign(ax, row, x, first, size)
    weight, colour = ("bold", INK) if row.heading else ("normal", SOFT if row.soft else INK)
    for rank, line in enumerate(each.lines):
        ax.text(
            x + each.indent, first - rank * 1.2 * size, line, fontsize=size, va="center_baseline", color=colour,
            weight=weight,
        )  # fmt: skip
    small: dict[str, Any] = {"color": SOFT, "fontsize": 0.92 * size} if row.heading else {"fontsize": size}
    if row.value:
        level = first - 1.2 * size * len(each.lines) if each.below else first
        ax.text(x + width, level, plain(row.value), va="center_baseline", ha="right", **{"color": INK, **small})
    if row.heading:
        ax.plot([x, x + width], [y + 0.12 * size] * 2, color="#999999", linewidth=0.4)


def _draw_sign(ax: Axes, row: Row, x: float, middle: float, size: float) -> None:
    unit = size / 7.6
    if row.patch is not None:
        style = {"edgecolor": "#777777", "linewidth": 0.3, **row.patch}
        hatch_linewidth = style.pop("hatch_linewidth", None)
        patch = Rectangle((x + 2 * unit, middle - 4.2 * unit), 19 * unit, 8.4 * unit, **style)
        if hatch_linewidth is not None:
            patch.set_hatch_linewidth(hatch_linewidth)
        ax.add_patch(patch)
    if row.line is not None:
        style = dict(row.line)
        for key in ("markersize", "markeredgewidth"):
            if key in style:
                style[key] *= unit
        marked = style.get("marker")
        at = [x + 11.5 * unit] if marked else [x + 1 * unit, x + 22 * unit]
        bare = {"linestyle": "none", "markeredgecolor": style["color"]} if marked else {}
        ax.add_line(Line2D(at, [middle] * len(at), **{**bare, **style}))
    if row.badge:
        ax.plot([x + 11.5 * unit], [middle], marker="o", markersize=8.6 * unit, color="black")
        ax.text(
            x + 11.5 * unit, middle, row.badge, fontsize=5.4 * unit, color="white", ha="center", va="center_baseline",
            weight="bold",
        )  # fmt: skip


def _draw_ramp(ax: Axes, row: Row, x: float, y: float, size: float, width: float) -> None:
    """A row of colours with the numbers between them, under its caption, no wider than its column."""
    assert row.ramp is not None
    colours, numbers = row.ramp
    unit = size / 7.6
    start = x + 27 * unit
    each = min(30 * unit, (width - 27 * unit) / len(colours))
    for rank, colour in enumerate(colours):
        ax.add_patch(
            Rectangle(
                (start + rank * each, y + 0.72 * STEP * size),
                each,
                8 * unit,
                facecolor=colour,
                linewidth=0,
            )
        )
    for rank, value in enumerate(numbers):
        ax.text(
            start + (rank + 1) * each, y + 0.3 * STEP * size, value, fontsize=0.87 * size, va="center_baseline",
            ha="center", color=SOFT,
        )  # fmt: skip
