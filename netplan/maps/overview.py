"""The plan at a glance: a strip for the first page of a report, with a legend that is read in print at its own size."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from netplan.counted import is_cell, is_shadow
from netplan.maps import frame, labels, layers, rows, sheet
from netplan.maps.languages import ENGLISH, Language
from netplan.maps.legend import Row, draw_legend
from netplan.maps.page import A4, Page
from netplan.maps.read import WrittenPlan
from netplan.maps.scene import Scene
from netplan.maps.sheet import Sheet
from netplan.maps.style import SOFT

STRIP = Page("strip", 6.77, 2.78, 0.95, 240)
"""As wide as the text of a report on A4 paper, so that its type is printed in its true size."""
FINER = 1.6
"""Pixels of the strip against those of a page of the same set, which is shown smaller than it is."""
SIGNS = 0.52
"""Of markers and lines, against those of a whole page: the map is about half as wide."""
SMALL_CELLS = 2
"""Signs more in hatches: cells are small on the strip."""
NAMES = 4
MAP_SHARE = 0.56
"""Of the strip's width that the map takes at most."""
RADIO = "microwave"
"""Kind of medium whose grades are one line of this legend."""


def overview_sheet(plan: WrittenPlan, scene: Scene, page: Page = A4, language: Language = ENGLISH) -> Sheet:
    """Who is served by what, sites and links, without title, notes and grades; credits stay.

    The strip has one size; of `page` its resolution counts.
    """
    plan = _one_radio(plan, language)
    made = Sheet(replace(STRIP, dpi=round(FINER * page.dpi)), language)
    made.margin = 0.02
    credits = sorted({" ".join(str(text).split()) for text in (plan.summary.get("licences") or {}).values()} - {""})
    said = scene.face.sayable(" · ".join(credits))
    made.foot([(language.say("data", list=said) if said else "", SOFT)], most_in=0.3)
    low, high, left = made.bottom + 0.16, made.top, made.margin + 0.18
    tall = high - low
    wide = min(tall * max(sheet.shape([plan], scene), 0.7) * 1.04, MAP_SHARE * made.page.width_in)
    ax, extent = sheet.open_map(made, (left, low, wide, tall), [plan], scene)
    drawn = sheet.ground(ax, scene, extent, SIGNS)
    styles = layers.plan_looks(plan)
    shown = plan.demand[~is_shadow(plan.demand)]
    cells = shown[is_cell(shown)]
    layers.draw_cells(ax, cells, styles, layers.density_breaks(cells, scene.metre), scene.metre, SMALL_CELLS)
    layers.draw_links(ax, plan.links, styles, SIGNS)
    grouped = layers.draw_sites(ax, plan.sites, styles, SIGNS)
    layers.draw_pops(ax, plan.nodes, SIGNS)
    busy = np.concatenate(
        [np.column_stack(layers.centres(each)) for each in (plan.sites, plan.nodes[plan.nodes["kind"] == "pop"])]
    )
    labels.draw_labels(ax, made.renderer, scene.names, busy, scene.face, most=NAMES, size=6.0)
    sheet.close_map(made, ax, extent, scene, 5.2)
    sections: list[list[Row]] = [
        rows.access_rows(plan, styles, language, more=SMALL_CELLS),
        rows.ground_rows({**drawn, "roads": False}, None, language),
        rows.site_rows(plan, styles, rows.assumed_structures(plan), language, grouped),
        rows.link_rows(plan, styles, language),
    ]
    start = left + wide + 0.14
    room = made.page.width_in - made.margin - start
    foot = 0.62
    panel = made.points((start, low + foot, room, tall - foot))
    draw_legend(panel, made.renderer, sections, 2, made.scale, language)
    frame.draw_locator(made.axes((start, low, 1.5 * foot, foot)), extent, scene.crs, 1.5)
    frame.draw_scale_and_north(
        made.points((start + 0.55 * room, low - 0.1, 0.45 * room, foot)), extent, scene.crs, wide * 72, made.scale
    )
    return made


def _one_radio(plan: WrittenPlan, language: Language) -> WrittenPlan:
    """The plan with every grade of microwave radio as one medium."""
    media: dict[str, Any] = dict(plan.catalogue.get("media", {}))
    grades = [key for key, entry in media.items() if entry.get("kind") == RADIO]
    used = [key for key in grades if (plan.links["medium"] == key).any()]
    if len(used) < 2:
        return plan
    lengths = plan.links.groupby("medium")["length_m"].sum()
    most = max(used, key=lambda key: float(lengths[key]))
    media[RADIO] = {**media[most], "label": language.say("radio_hops")}
    links = plan.links.assign(medium=plan.links["medium"].where(~plan.links["medium"].isin(used), RADIO))
    return replace(plan, links=links, catalogue={**plan.catalogue, "media": media})
