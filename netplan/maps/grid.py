"""Sheets of several maps on one extent: captions above, one legend below."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from netplan.maps import sheet, text
from netplan.maps.base import Extent
from netplan.maps.legend import Row, draw_legend
from netplan.maps.page import Page
from netplan.maps.read import WrittenPlan
from netplan.maps.scene import Scene
from netplan.maps.sheet import Sheet
from netplan.maps.style import INK, SOFT

FURNITURE_IN = (2.1, 0.92)
CAPTION_SIZES = (9.5, 7.2)
"""Points: the first line of a caption, and those under it."""


@dataclass(frozen=True)
class Cell:
    """One map of the sheet."""

    ax: Axes
    extent: Extent
    width_in: float
    bottom_in: float
    scale: float
    """Of markers and lines: small maps have small signs."""


def open_grid(
    made: Sheet, plans: Sequence[WrittenPlan], scene: Scene, captions: Sequence[Sequence[str]], legend_in: float
) -> list[Cell]:
    """Empty maps, one per caption, as large as the shape of the district lets them be.

    Args:
        plans: all whose extent must be seen.
        captions: lines above each map, the first in bold.
        legend_in: height kept free below, inches.
    """
    page, count = made.page, len(captions)
    low, gap = made.bottom + legend_in + 0.2 * page.scale, 0.3 * page.scale
    head = sum(_step(rank, page) for rank in range(max(len(lines) for lines in captions))) + 0.05
    columns, lines = _best(count, made.width, made.top - low, gap, head, sheet.shape(plans, scene))
    wide = (made.width - 0.17 * page.scale - gap * (columns - 1)) / columns
    room = (made.top - low) / lines - head - (0.16 * page.scale if lines > 1 else 0.0)
    # No taller than the district needs: what is left goes to the legend.
    tall = min(room, max(1.08 * wide / sheet.shape(plans, scene), 0.55 * room))
    cells = []
    for rank, caption in enumerate(captions):
        line, column = divmod(rank, columns)
        left = made.margin + 0.17 * page.scale + column * (wide + gap)
        step = head + tall + (0.2 * page.scale if lines > 1 else 0.0)
        top = made.top - line * step
        for number, words in enumerate(caption):
            size = CAPTION_SIZES[min(number, 1)] * page.scale
            fitted = text.shorten(
                made.renderer, text.plain(words), size, made.pixels(wide) * (0.92 if not number else 1)
            )
            style = {"weight": "bold", "color": INK} if number == 0 else {"color": SOFT}
            made.say(left, top, fitted, size, va="top", **style)
            top -= _step(number, page)
        bottom = made.top - line * step - head - tall
        ax, extent = sheet.open_map(made, (left, bottom, wide, tall), plans, scene)
        cells.append(Cell(ax, extent, wide, bottom, page.scale * min(1.0, max(wide / 6.0 / page.scale, 0.62))))
    return cells


def _step(number: int, page: Page) -> float:
    return CAPTION_SIZES[min(number, 1)] * page.scale * 1.35 / 72


def _best(count: int, width: float, height: float, gap: float, head: float, shape: float) -> tuple[int, int]:
    """Columns and rows that give the largest maps."""

    def size(columns: int) -> float:
        lines = math.ceil(count / columns)
        return min((width - gap * (columns - 1)) / columns, (height / lines - head) * shape)

    columns = max(range(1, count + 1), key=size)
    return columns, math.ceil(count / columns)


def close_grid(
    made: Sheet, cells: Sequence[Cell], scene: Scene, sections: Sequence[Sequence[Row]], columns: int = 4
) -> Sheet:
    """Graticules, the legend in columns, locator, north arrow and scale bar."""
    for cell in cells:
        sheet.close_map(made, cell.ax, cell.extent, scene, labels=True)
        cell.ax.tick_params(labelsize=5.8 * made.scale)
    wide, tall = (side * made.scale for side in FURNITURE_IN)
    legend_in = min(cell.bottom_in for cell in cells) - 0.24 * made.scale - made.bottom
    tall = min(tall, legend_in - 0.05)
    left = made.page.width_in - made.margin - wide
    sheet.furniture(made, (left, made.bottom, wide, tall), cells[0].extent, scene, cells[0].width_in)
    panel = made.points((made.margin, made.bottom, made.width - wide - 0.25, legend_in))
    draw_legend(panel, made.renderer, sections, columns, made.scale, made.language)
    return made
