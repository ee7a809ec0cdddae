"""Who is served: by share of the people of each cell, with those left out as circles; today and with the plan."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from netplan.counted import is_cell, is_shadow
from netplan.maps import layers, rows, sheet, words
from netplan.maps.base import draw_classes
from netplan.maps.draw import close_sheet, draw_names, open_sheet
from netplan.maps.grid import close_grid, open_grid
from netplan.maps.languages import ENGLISH, Language
from netplan.maps.legend import Row
from netplan.maps.page import A4, Page
from netplan.maps.read import WrittenPlan
from netplan.maps.scene import Scene
from netplan.maps.sheet import Sheet
from netplan.maps.style import UNSERVED

SHARES = (1e-3, 0.5, 0.9, layers.FULL)
SHARE_COLOURS = ("#FBF5E9", "#DDE0C8", "#B3C8A8", "#7FAA94", "#568E87")
"""Nobody, under half, under nine tenths, almost all, all: even steps of lightness."""
BIGGEST_PT = 13.0
"""Diameter of the largest circle."""


def people_of(plan: WrittenPlan) -> gpd.GeoDataFrame:
    """Rows that hold people, each once."""
    demand = plan.demand[~is_shadow(plan.demand)]
    return demand[demand["population"] > 0].reset_index(drop=True)


def share_rank(share: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """Class of each served share, 0 (nobody) to 4 (all)."""
    return np.searchsorted(np.array(SHARES), share, side="right").astype(np.intp)


def draw_shares(ax: Axes, held: gpd.GeoDataFrame, column: str, scale: float) -> None:
    """Cells and settlement points in the colour of their served share."""
    colours = np.array(SHARE_COLOURS)[share_rank(held[column].to_numpy(float))]
    cell = is_cell(held)
    draw_classes(ax, held.geometry.to_numpy()[cell], colours[cell], alpha=0.88, zorder=2.0)
    points = held[~cell]
    if len(points):
        x, y = layers.centres(points)
        size = 16.0 * scale**2 if len(points) < 600 else 5.0 * scale**2
        ax.scatter(x, y, s=size, c=colours[~cell], edgecolors="#555555", linewidths=0.3 * scale, zorder=4.0)


def left_out(ax: Axes, held: gpd.GeoDataFrame, column: str, side_pt: float) -> pd.DataFrame:
    """People without the service gathered in squares of the sheet: `x, y` (map units, weighted), `people`."""
    people = held["population"].to_numpy(float) * (1.0 - held[column].to_numpy(float))
    at = ax.transData.transform(np.column_stack(layers.centres(held)))
    side = side_pt * ax.figure.dpi / 72.0
    table = pd.DataFrame(np.floor(at / side).astype(int), columns=["column", "row"])
    table["people"], table["x"], table["y"] = people, at[:, 0] * people, at[:, 1] * people
    sums = table.groupby(["column", "row"], sort=True)[["people", "x", "y"]].sum()
    sums = sums[sums["people"] >= 0.5]
    where = ax.transData.inverted().transform(sums[["x", "y"]].div(sums["people"], axis=0).to_numpy())
    return pd.DataFrame({"x": where[:, 0], "y": where[:, 1], "people": sums["people"].to_numpy()})


def draw_left_out(ax: Axes, groups: pd.DataFrame, biggest: float, scale: float) -> None:
    """Red circles, area by people, the smallest on top."""
    groups = groups.sort_values("people", ascending=False)
    area = np.maximum((BIGGEST_PT * scale) ** 2 * groups["people"] / biggest, 1.5 * scale**2)
    ax.scatter(
        groups["x"], groups["y"], s=area, color=UNSERVED, alpha=0.72, edgecolors="white", linewidths=0.4 * scale,
        zorder=6.0,
    )  # fmt: skip


def circle_rows(biggest: float, language: Language, ratio: float = 1.0) -> list[Row]:
    """What the circles' sizes mean. `ratio`: scale of the map's signs against the legend's."""
    if biggest <= 0:
        return []
    power = 10.0 ** np.floor(np.log10(biggest))
    top = float(np.floor(biggest / power) * power)
    rows_ = [Row(language.say("circles"), heading=True)]
    for value in dict.fromkeys(float(f"{top / part:.1g}") for part in (1, 4, 20)):
        if value < 1:
            continue
        style = {"marker": "o", "color": UNSERVED, "alpha": 0.72, "markeredgewidth": 0.4}
        style["markersize"] = max(BIGGEST_PT * ratio * float(np.sqrt(value / biggest)), 1.2)
        rows_.append(Row(words.number(value, language), line=style))
    return rows_


def share_rows(plan: WrittenPlan, columns: list[str], language: Language) -> list[Row]:
    """Classes of served share with the people in each, column by column."""
    held = people_of(plan)
    labels = [language.say("none_served"), language.say("below", high="50 %")]
    labels += [language.say("from_to", low=low, high=high) for low, high in (("50", "90 %"), ("90", "100 %"))]
    labels += [language.say("all_served")]
    heading = "people" if len(columns) == 1 else "people_then"
    rows_ = [Row(language.say("share_served"), language.say(heading), heading=True)]
    for rank in reversed(range(len(SHARE_COLOURS))):
        said = []
        for column in columns:
            mine = share_rank(held[column].to_numpy(float)) == rank
            said.append(words.short(float(held["population"][mine].sum()), language))
        patch = {"facecolor": SHARE_COLOURS[rank], "alpha": 0.95, "edgecolor": "#777777"}
        rows_.append(Row(labels[rank], " · ".join(said), patch=patch))
    return rows_


def people_sheet(plan: WrittenPlan, scene: Scene, page: Page = A4, language: Language = ENGLISH) -> Sheet:
    """Served share of each cell with the plan, and the people still without it as circles."""
    held = people_of(plan)
    total = float(held["population"].sum())
    out = float((held["population"] * (1 - held["served_share"])).sum())
    headline = words.headline(plan.summary, plan.economics, plan.currency, language)
    sentences = [headline[1], language.count("still_out", out, share=words.percent_left(out, total, language))]
    sentences += [language.say("shared_place")] if plan.shared_only else []
    made = open_sheet(plan, scene, page, language, language.say("title_people"), sentences)
    drawn = sheet.ground(made.ax, scene, made.extent, made.scale)
    draw_shares(made.ax, held, "served_share", made.scale)
    styles = layers.plan_looks(plan)
    markers = layers.facility_markers(plan, styles)
    places = plan.demand[~is_cell(plan.demand) & (plan.demand["population"] <= 0).to_numpy()]
    layers.draw_places(made.ax, places, markers, made.scale)
    groups = left_out(made.ax, held, "served_share", BIGGEST_PT * made.scale)
    biggest = float(groups["people"].max()) if len(groups) else 0.0
    draw_left_out(made.ax, groups, biggest, made.scale)
    draw_names(made, plan, scene)
    shown = {name: marker for name, marker in markers.items() if name in set(places["class"])}
    sections: list[Any] = [
        share_rows(plan, ["served_share"], language),
        circle_rows(biggest, language),
        rows.people_rows(plan, language),
        rows.ground_rows(drawn, shown, language, bool((places["served_share"] < layers.FULL).any())),
    ]
    return close_sheet(made, scene, sections)


def before_after_sheet(plan: WrittenPlan, scene: Scene, page: Page = A4, language: Language = ENGLISH) -> Sheet:
    """Today's service and that of the plan, side by side."""
    held = people_of(plan)
    total = float(held["population"].sum())
    served = {c: float((held["population"] * held[c]).sum()) for c in ("baseline_share", "served_share")}
    made = Sheet(page, language)
    gained = served["served_share"] - served["baseline_share"]
    headline = words.headline(plan.summary, plan.economics, plan.currency, language)
    subject = language.say("title_before_after")
    sentences = [headline[0], language.count("then_served" if plan.today_unknown else "newly", gained)]
    sentences += [language.say("shared_place")] if plan.shared_only else []
    sheet.head(made, plan, scene, subject, sentences)
    sheet.foot(made, plan, scene, int(layers.site_kind(plan.sites).isin(rows.assumed_structures(plan)).sum()))
    captions = []
    for key, column in (("today", "baseline_share"), ("with_plan", "served_share")):
        share = words.percent(served[column] / total if total else 0.0, language)
        said = language.say("served_of", share=share, people=words.number(total, language))
        said = language.say("today_unknown") if key == "today" and plan.today_unknown else said
        captions.append([f"{language.say(key)}{language.say('colon')}{said}"])
    legend_in = 1.5 * page.scale
    grid = open_grid(made, [plan], scene, captions, legend_in)
    styles = layers.plan_looks(plan)
    groups = [
        left_out(cell.ax, held, column, BIGGEST_PT * cell.scale)
        for cell, column in zip(grid.cells, ("baseline_share", "served_share"), strict=True)
    ]
    biggest = max([float(each["people"].max()) for each in groups if len(each)] or [0.0])
    for rank, (cell, column) in enumerate(zip(grid.cells, ("baseline_share", "served_share"), strict=True)):
        drawn = sheet.ground(cell.ax, scene, cell.extent, cell.scale)
        draw_shares(cell.ax, held, column, cell.scale)
        if len(groups[rank]):
            draw_left_out(cell.ax, groups[rank], biggest, cell.scale)
        if rank == 1:
            layers.draw_sites(cell.ax, plan.sites, styles, 0.8 * cell.scale, over_subject=True)
        layers.draw_pops(cell.ax, plan.nodes, cell.scale)
    sections: list[Any] = [
        share_rows(plan, ["baseline_share", "served_share"], language),
        circle_rows(biggest, language, grid.cells[0].scale / made.scale),
        rows.site_rows(plan, styles, rows.assumed_structures(plan), language),
        rows.people_rows(plan, language),
        rows.ground_rows(drawn, None, language),
    ]
    return close_grid(made, grid, scene, sections)
