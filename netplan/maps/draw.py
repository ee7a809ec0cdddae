"""The map of the plan itself, and the frame that every map of one plan shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from netplan.counted import is_cell, is_shadow
from netplan.maps import labels, layers, rows, sheet
from netplan.maps.base import Extent
from netplan.maps.languages import ENGLISH, Language
from netplan.maps.legend import Row, draw_legend
from netplan.maps.page import A4, Page
from netplan.maps.read import WrittenPlan
from netplan.maps.scene import Scene
from netplan.maps.sheet import Box, Sheet

PANEL_IN = 2.72
FURNITURE_IN = 1.02
"""Height of locator, north arrow and scale bar."""


@dataclass(frozen=True)
class MapSheet:
    """One map with a panel on its right."""

    sheet: Sheet
    ax: Axes
    extent: Extent
    panel: Box
    columns: int
    """Of the legend."""
    map_width_in: float

    @property
    def scale(self) -> float:
        """Of type and signs."""
        return self.sheet.scale


def open_sheet(
    plan: WrittenPlan,
    scene: Scene,
    page: Page = A4,
    language: Language = ENGLISH,
    subject: str = "",
    sentences: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> MapSheet:
    """Title, credits and an empty map of one plan."""
    made = Sheet(page, language)
    assumed = int(layers.site_kind(plan.sites).isin(rows.assumed_structures(plan)).sum())
    sheet.head(made, plan, scene, subject, sentences)
    sheet.foot(made, plan, scene, assumed, notes)
    low, left = made.bottom + 0.22 * page.scale, made.margin + 0.17 * page.scale
    high = made.top - low
    panel, columns = _panel(page, page.width_in - made.margin - 0.16 - left, high, sheet.shape([plan], scene))
    wide = page.width_in - made.margin - panel - 0.16 - left
    ax, extent = sheet.open_map(made, (left, low, wide, high), [plan], scene)
    return MapSheet(made, ax, extent, (page.width_in - made.margin - panel, low, panel, high), columns, wide)


def _panel(page: Page, room: float, high: float, shape: float) -> tuple[float, int]:
    """Width and columns of the legend: what a map of this shape leaves free goes to it."""
    least = PANEL_IN * min(page.scale, 1.25)
    spare = room - 1.04 * high * shape
    if spare >= 1.4 * least:
        return min(spare, 1.9 * least), 2
    return float(np.clip(spare, least, 1.15 * least)), 1


def close_sheet(made: MapSheet, scene: Scene, sections: Sequence[Sequence[Row]]) -> Sheet:
    """Graticule, legend, locator, north arrow and scale bar."""
    left, low, wide, high = made.panel
    tall = FURNITURE_IN * made.scale
    sheet.close_map(made.sheet, made.ax, made.extent, scene)
    narrow = min(wide, PANEL_IN * made.scale)
    sheet.furniture(made.sheet, (left + wide - narrow, low, narrow, tall), made.extent, scene, made.map_width_in)
    panel = made.sheet.points((left, low + tall + 0.12, wide, high - tall - 0.12))
    draw_legend(panel, made.sheet.renderer, sections, made.columns, made.scale, made.sheet.language)
    return made.sheet


def draw_names(
    made: MapSheet,
    plan: WrittenPlan,
    scene: Scene,
    most: int = 11,
    further: npt.NDArray[np.float64] | None = None,
) -> int:
    """Names of the places that orient a reader, clear of sites, PoPs and `further` positions (k × 2)."""
    pops = plan.nodes[plan.nodes["kind"] == "pop"]
    busy = [np.column_stack(layers.centres(layer)) for layer in (plan.sites, pops)]
    busy += [] if further is None else [further]
    return labels.draw_labels(
        made.ax, made.sheet.renderer, scene.names, np.concatenate(busy), scene.face, most=most, size=7.5 * made.scale
    )


def plan_sheet(plan: WrittenPlan, scene: Scene, page: Page = A4, language: Language = ENGLISH) -> Sheet:
    """Who is served by what, sites, links and points of presence."""
    made = open_sheet(plan, scene, page, language)
    ax, scale = made.ax, made.scale
    styles = layers.plan_looks(plan)
    drawn = sheet.ground(ax, scene, made.extent, scale)
    shown = plan.demand[~is_shadow(plan.demand)]
    cell = is_cell(shown)
    breaks = layers.density_breaks(shown[cell], scene.metre)
    markers = layers.facility_markers(plan, styles)
    layers.draw_cells(ax, shown[cell], styles, breaks, scene.metre)
    layers.draw_places(ax, shown[~cell], markers, scale)
    layers.draw_links(ax, plan.links, styles, scale)
    grouped = layers.draw_sites(ax, plan.sites, styles, scale)
    layers.draw_pops(ax, plan.nodes, scale)
    draw_names(made, plan, scene)
    assumed = rows.assumed_structures(plan)
    sections: list[Any] = [
        rows.access_rows(plan, styles, language, breaks),
        rows.people_rows(plan, language),
        rows.site_rows(plan, styles, assumed, language, grouped),
        rows.link_rows(plan, styles, language),
        rows.ground_rows(drawn, markers, language, bool((shown["served_share"][~cell] < layers.FULL).any())),
    ]
    return close_sheet(made, scene, sections)
