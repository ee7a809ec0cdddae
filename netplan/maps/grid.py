"""Sheets of several maps on one extent: captions above each, one legend below or beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes

from netplan.maps import sheet, text
from netplan.maps.base import Extent
from netplan.maps.legend import Row, draw_legend
from netplan.maps.page import Page
from netplan.maps.read import WrittenPlan
from netplan.maps.scene import Scene
from netplan.maps.sheet import Box, Sheet
from netplan.maps.style import INK, SOFT

FURNITURE_IN = (2.1, 0.92)
PANEL_IN = 2.7
"""Width of a legend beside the maps."""
GAP_IN = 0.3
TICKS_IN = 0.18
"""Room for degrees at the left of and under a map."""
CAPTION_SIZES = (9.5, 7.2)
"""Points: the first line of a caption, and those under it."""


@dataclass(frozen=True)
class Cell:
    """One map of the sheet."""

    ax: Axes
    extent: Extent
    width_in: float
    scale: float
    """Of markers and lines: small maps have small signs."""


@dataclass(frozen=True)
class Grid:
    """Maps of one sheet, and the places kept for what explains them."""

    cells: list[Cell]
    legend: Box
    columns: int
    """Of the legend."""
    furniture: Box


@dataclass(frozen=True)
class _Layout:
    """How maps are set in a room: columns, rows, and the size of a map's longer fitting side."""

    columns: int
    rows: int
    size: float


def open_grid(
    made: Sheet, plans: Sequence[WrittenPlan], scene: Scene, captions: Sequence[Sequence[str]], legend_in: float
) -> Grid:
    """Empty maps, one per caption, as large as the shape of the district lets them be.

    Args:
        plans: all whose extent must be seen.
        captions: lines above each map, the first in bold.
        legend_in: least height of a legend below; it stands beside the maps where that leaves them larger.
    """
    page, count = made.page, len(captions)
    shape, scale = sheet.shape(plans, scene), page.scale
    head = sum(_step(rank, page) for rank in range(max(len(lines) for lines in captions))) + 0.05
    panel = PANEL_IN * scale
    high = made.top - made.bottom - TICKS_IN * scale
    below = _best(count, made.width, high - legend_in, head, shape, scale)
    beside = _best(count, made.width - panel - 0.2, high, head, shape, scale)
    aside = beside.size > 1.05 * below.size
    layout = beside if aside else below
    width = made.width - (panel + 0.2 if aside else 0.0)
    taken = TICKS_IN * layout.columns + GAP_IN * (layout.columns - 1)
    wide = (width - taken * scale) / layout.columns
    room = (high - (0.0 if aside else legend_in)) / layout.rows - head - TICKS_IN * scale * (layout.rows > 1)
    # No taller than the district needs: what is left goes to the legend.
    tall = min(room, max(1.08 * wide / shape, 0.55 * room))
    cells = []
    for rank, caption in enumerate(captions):
        line, column = divmod(rank, layout.columns)
        left = made.margin + TICKS_IN * scale + column * (wide + (GAP_IN + TICKS_IN) * scale)
        top = made.top - line * (head + tall + TICKS_IN * scale)
        _caption(made, caption, left, top, wide)
        ax, extent = sheet.open_map(made, (left, top - head - tall, wide, tall), plans, scene)
        cells.append(Cell(ax, extent, wide, scale * min(1.0, max(wide / 6.0 / scale, 0.62))))
    lowest = top - head - tall - 1.35 * TICKS_IN * scale
    return _places(made, cells, lowest, panel if aside else None)


def _places(made: Sheet, cells: list[Cell], lowest: float, panel: float | None) -> Grid:
    """Where legend and furniture go: beside the maps when `panel` is a width, else below `lowest`."""
    wide, tall = (side * made.scale for side in FURNITURE_IN)
    right = made.page.width_in - made.margin
    if panel is not None:
        foot = made.bottom + tall + 0.12
        legend = (right - panel, foot, panel, made.top - foot)
        return Grid(cells, legend, 1, (right - panel, made.bottom, min(panel, 1.2 * wide), tall))
    high = lowest - made.bottom
    legend = (made.margin, made.bottom, made.width - wide - 0.25, high)
    return Grid(cells, legend, 4, (right - wide, made.bottom, wide, min(tall, high - 0.05)))


def _caption(made: Sheet, caption: Sequence[str], left: float, top: float, wide: float) -> None:
    for number, words in enumerate(caption):
        size = CAPTION_SIZES[min(number, 1)] * made.scale
        room = made.pixels(wide) * (1.0 if number else 0.94)  # bold is wider than measured
        fitted = text.shorten(made.renderer, text.plain(words), size, room)
        style: dict[str, Any] = {"color": SOFT} if number else {"weight": "bold", "color": INK}
        made.say(left, top, fitted, size, va="top", **style)
        top -= _step(number, made.page)


def _step(number: int, page: Page) -> float:
    return CAPTION_SIZES[min(number, 1)] * page.scale * 1.35 / 72


def _best(count: int, width: float, height: float, head: float, shape: float, scale: float) -> _Layout:
    """The number of columns that gives the largest maps."""

    def layout(columns: int) -> _Layout:
        rows = math.ceil(count / columns)
        wide = (width - GAP_IN * scale * (columns - 1)) / columns - TICKS_IN * scale
        return _Layout(columns, rows, min(wide, (height / rows - head) * shape))

    return max((layout(columns) for columns in range(1, count + 1)), key=lambda each: each.size)


def close_grid(made: Sheet, grid: Grid, scene: Scene, sections: Sequence[Sequence[Row]]) -> Sheet:
    """Graticules, the legend, locator, north arrow and scale bar."""
    for cell in grid.cells:
        sheet.close_map(made, cell.ax, cell.extent, scene, 5.8)
    sheet.furniture(made, grid.furniture, grid.cells[0].extent, scene, grid.cells[0].width_in)
    panel = made.points(grid.legend)
    draw_legend(panel, made.renderer, sections, grid.columns, made.scale, made.language)
    return made
