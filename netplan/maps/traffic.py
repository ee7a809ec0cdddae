"""How traffic reaches a PoP: links by medium and capacity, and how full they are."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
from matplotlib.collections import LineCollection
from matplotlib.patheffects import Normal, withStroke

from netplan.maps import layers, rows, sheet, words
from netplan.maps.coverage import breaks_of, class_labels
from netplan.maps.draw import MapSheet, close_sheet, draw_names, open_sheet
from netplan.maps.languages import ENGLISH, Language
from netplan.maps.legend import Row
from netplan.maps.page import A4, Page
from netplan.maps.read import WrittenPlan
from netplan.maps.scene import Scene
from netplan.maps.sheet import Sheet
from netplan.maps.style import FIVE_LOADS, INK

CAPACITY_STEPS = (50, 100, 200, 300, 400, 500, 1000, 2000, 5000, 10_000, 50_000)
WIDTHS = (0.8, 1.3, 1.9, 2.5, 3.1)
"""Points, by class of capacity; fibre without a limit is drawn widest."""
LOADS = (0.25, 0.5, 0.75, 0.9)
LOAD_LABELS = ("below 25 %", "25–50 %", "50–75 %", "75–90 %")
FULL_LOAD = 0.9
LOAD_WIDTHS = (1.0, 3.6)
BADGE_PT = 8.6
"""Diameter of a bottleneck's disc."""
UNLIMITED = "#46525E"
"""Links that the plan sets no limit to."""
UNLIMITED_DASH = (0.0, (1.0, 0.5))
"""Ribs, so that they are no full links in greys."""
NUMBERED = 10
"""Bottlenecks that get a number on the map."""


def utilisation(links: gpd.GeoDataFrame) -> npt.NDArray[np.float64]:
    """Load as a share of capacity; 0 where the plan sets no limit."""
    capacity = links["capacity_mbps"].to_numpy(float)
    load = links["load_mbps"].to_numpy(float)
    bounded = np.isfinite(capacity) & (capacity > 0)
    share: npt.NDArray[np.float64] = np.divide(load, capacity, out=np.zeros(len(links)), where=bounded)
    return share


def _summary(plan: WrittenPlan, language: Language) -> str:
    """The traffic, and how many links are nearly full."""
    links = plan.links[plan.links["length_m"] > 0]
    load = float(plan.equipment.loc[plan.equipment["site_id"] != "", "load_mbps"].sum())
    if links.empty:
        return language.say("no_links", load=words.number(load, language))
    full = int((utilisation(links) > FULL_LOAD).sum())
    return language.say(
        "carried",
        load=words.number(load, language),
        links=language.count("n_links", len(links)),
        km=rows.kilometres(float(links["length_m"].sum()) / 1000, language),
        full=language.count("full_links", full) if full else language.say("none_full"),
    )


def backhaul_sheet(plan: WrittenPlan, scene: Scene, page: Page = A4, language: Language = ENGLISH) -> Sheet:
    """Links by medium (colour and dash) and capacity (width); sites by structure."""
    headline = words.headline(plan.summary, plan.economics, plan.currency, language)
    sentences = [headline[0], _summary(plan, language)]
    made = open_sheet(plan, scene, page, language, language.say("title_backhaul"), sentences)
    styles = layers.plan_looks(plan)
    drawn = sheet.ground(made.ax, scene, made.extent, made.scale)
    capacity = plan.links["capacity_mbps"].to_numpy(float)
    limited = np.where(np.isfinite(capacity) & (capacity > 0), capacity, np.nan)
    breaks = breaks_of(limited, CAPACITY_STEPS)[-(len(WIDTHS) - 2) :]
    rank = np.where(np.isnan(limited), len(WIDTHS) - 1, np.searchsorted(breaks, np.nan_to_num(limited), side="right"))
    layers.draw_links(made.ax, plan.links, styles, made.scale, np.array(WIDTHS)[rank])
    grouped = layers.draw_sites(made.ax, plan.sites, styles, 0.9 * made.scale)
    layers.draw_pops(made.ax, plan.nodes, made.scale)
    draw_names(made, plan, scene, most=8)
    widths = [Row(language.say("capacity"), language.say("links").lower(), heading=True)]
    if np.isfinite(limited).any():
        for each, label in enumerate(class_labels(breaks, language) if breaks else [_range(limited, language)]):
            count = int(((rank == each) & ~np.isnan(limited)).sum())
            style = {"color": INK, "linestyle": "solid", "linewidth": WIDTHS[each]}
            widths.append(Row(label, words.number(count, language), line=style))
    if np.isnan(limited).any():
        style = {"color": INK, "linestyle": "solid", "linewidth": WIDTHS[-1]}
        widths.append(
            Row(language.say("unlimited"), words.number(float(np.isnan(limited).sum()), language), line=style)
        )
    sections: list[Any] = [
        rows.link_rows(plan, styles, language, counted=True),
        widths if len(widths) > 1 else [],
        rows.site_rows(plan, styles, rows.assumed_structures(plan), language, grouped),
        _by_backhaul(plan, language),
        rows.ground_rows(drawn, None, language),
    ]
    return close_sheet(made, scene, sections)


def _range(values: npt.NDArray[np.float64], language: Language) -> str:
    low, high = np.nanmin(values), np.nanmax(values)
    if low == high:
        return words.number(float(low), language)
    return language.say("from_to", low=words.number(float(low), language), high=words.number(float(high), language))


def _by_backhaul(plan: WrittenPlan, language: Language) -> list[Row]:
    """How many sites hand their traffic over by what."""
    counts = plan.sites["backhaul"].value_counts().sort_index()
    found = [Row(language.say("site_by_backhaul"), language.say("number"), heading=True)]
    for name, count in counts.items():
        label = language.word("backhaul", str(name)) if name and name != "none" else language.say("no_backhaul")
        found.append(Row(label, words.number(float(count), language)))
    return found if len(found) > 1 else []


def load_sheet(plan: WrittenPlan, scene: Scene, page: Page = A4, language: Language = ENGLISH) -> Sheet:
    """Links by how full they are, the fullest numbered; width by traffic; sites by their fullest equipment."""
    headline = words.headline(plan.summary, plan.economics, plan.currency, language)
    sentences = [headline[0], _summary(plan, language)]
    made = open_sheet(plan, scene, page, language, language.say("title_load"), sentences)
    styles = layers.plan_looks(plan)
    drawn = sheet.ground(made.ax, scene, made.extent, made.scale)
    links = plan.links[plan.links["length_m"] > 0].reset_index(drop=True)
    share = utilisation(links)
    rank = np.searchsorted(LOADS, share, side="right")
    limited = np.isfinite(links["capacity_mbps"].to_numpy(float))
    _draw_loads(made, links, rank, limited)
    peak = _site_peaks(plan)
    x, y = layers.centres(plan.sites)
    colours = np.array(FIVE_LOADS)[np.searchsorted(LOADS, peak, side="right")]
    size = layers.site_size(len(plan.sites)) * 0.6 * made.scale**2
    made.ax.scatter(x, y, s=size, c=colours, edgecolors=INK, linewidths=0.5 * made.scale, zorder=6.0)
    layers.draw_pops(made.ax, plan.nodes, made.scale)
    fullest = _fullest(links, share)
    badges = _draw_badges(made, links, fullest)
    draw_names(made, plan, scene, most=6, further=badges)
    sections: list[Any] = [
        _load_rows(links, rank, limited, language),
        _fullest_rows(links, share, fullest, styles, language),
        _peak_rows(peak, language),
        rows.ground_rows(drawn, None, language),
    ]
    return close_sheet(made, scene, sections)


def _site_peaks(plan: WrittenPlan) -> npt.NDArray[np.float64]:
    """Utilisation of the fullest equipment of each site."""
    peak = plan.equipment.groupby("site_id")["utilisation"].max()
    return np.asarray(plan.sites["site_id"].map(peak).fillna(0.0), float)


def _draw_loads(
    made: MapSheet, links: gpd.GeoDataFrame, rank: npt.NDArray[np.intp], limited: npt.NDArray[np.bool_]
) -> None:
    load = links["load_mbps"].to_numpy(float)
    top = max(float(load.max()), 1e-9) if len(load) else 1.0
    width = (LOAD_WIDTHS[0] + (LOAD_WIDTHS[1] - LOAD_WIDTHS[0]) * np.sqrt(load / top)) * made.scale
    for each, colour in enumerate(FIVE_LOADS):
        for bounded in (False, True):
            mask = (rank == each) & (limited == bounded)
            lines, owner = layers.lines_of(links[mask])
            if not lines:
                continue
            # A line without a limit cannot be full: grey and ribbed under the others.
            shown, dash = (colour, "solid") if bounded else (UNLIMITED, UNLIMITED_DASH)
            edge = withStroke(linewidth=float(width[mask].max()) + 0.9 * made.scale, foreground="white", alpha=0.6)
            strokes = LineCollection(
                lines, colors=shown, linewidths=width[mask][owner], linestyles=[dash],
                zorder=5.0 + 0.1 * each + 0.02 * bounded, capstyle="round" if bounded else "butt",
                path_effects=[edge, Normal()] if each == 0 else None,
            )  # fmt: skip
            made.ax.add_collection(strokes, autolim=False)


def _fullest(links: gpd.GeoDataFrame, share: npt.NDArray[np.float64]) -> list[int]:
    """Rows of the fullest links that are at least three quarters full, the fullest and busiest first."""
    order = np.lexsort((links["link_id"].to_numpy(), -links["load_mbps"].to_numpy(float), -np.round(share, 3)))
    return [int(row) for row in order[:NUMBERED] if share[row] >= LOADS[-2]]


def _draw_badges(made: MapSheet, links: gpd.GeoDataFrame, fullest: list[int]) -> npt.NDArray[np.float64]:
    """Numbers in black discs at the middle of the fullest links, moved along them when two would touch.

    Returns points of the discs (k × 2, map units), rim included.
    """
    placed: list[npt.NDArray[np.float64]] = []
    rim = 0.4 * BADGE_PT * made.scale * made.sheet.page.dpi / 72.0
    least = 1.3 * BADGE_PT * made.scale * made.sheet.page.dpi / 72.0
    for number, row in enumerate(fullest, start=1):
        line = links.geometry.iloc[row]
        spots = [
            np.asarray(line.interpolate(part, normalized=True).coords[0])[:2] for part in (0.5, 0.35, 0.65, 0.2, 0.8)
        ]
        pixels = [made.ax.transData.transform(spot) for spot in spots]
        clear = [min([float(np.hypot(*(at - other))) for other in placed] or [np.inf]) for at in pixels]
        best = next((rank for rank, room in enumerate(clear) if room >= least), int(np.argmax(clear)))
        placed.append(pixels[best])
        x, y = spots[best]
        made.ax.plot(
            [x], [y], marker="o", markersize=BADGE_PT * made.scale, color="black", markeredgecolor="white",
            markeredgewidth=0.6, zorder=7.5, scalex=False, scaley=False,
        )  # fmt: skip
        made.ax.text(
            x, y, str(number), fontsize=5.6 * made.scale, color="white", weight="bold", ha="center",
            va="center_baseline", zorder=7.6,
        )  # fmt: skip
    around = [at + rim * np.array([dx, dy]) for at in placed for dx, dy in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))]
    return np.asarray(made.ax.transData.inverted().transform(around)) if around else np.zeros((0, 2))


def _load_rows(
    links: gpd.GeoDataFrame, rank: npt.NDArray[np.intp], limited: npt.NDArray[np.bool_], language: Language
) -> list[Row]:
    found = [Row(language.say("load"), language.say("km_links"), heading=True)]
    labels = [*LOAD_LABELS, language.say("and_above", low="90 %")]
    labels[0] = language.say("below", high="25 %")
    km = links["length_m"].to_numpy(float) / 1000
    for each in reversed(range(len(FIVE_LOADS))):
        mask = (rank == each) & limited
        value = f"{rows.kilometres(float(km[mask].sum()), language)} · {int(mask.sum())}"
        found.append(Row(labels[each], value, line={"color": FIVE_LOADS[each], "linestyle": "solid", "linewidth": 3.0}))
    if (~limited).any():
        value = f"{rows.kilometres(float(km[~limited].sum()), language)} · {int((~limited).sum())}"
        style = {"color": UNLIMITED, "linestyle": UNLIMITED_DASH, "linewidth": 2.2}
        found.append(Row(language.say("unlimited"), value, line=style))
    found.append(Row(language.say("traffic"), soft=True))
    return found


def _fullest_rows(
    links: gpd.GeoDataFrame,
    share: npt.NDArray[np.float64],
    fullest: list[int],
    styles: layers.Looks,
    language: Language,
) -> list[Row]:
    found = [Row(language.say("fullest"), language.say("load_of"), heading=True)]
    for number, row in enumerate(fullest, start=1):
        link = links.iloc[row]
        load = words.number(float(link["load_mbps"]), language)
        value = f"{load} · {words.percent(float(share[row]), language)}"
        found.append(Row(styles.media[link["medium"]].label, value, badge=str(number)))
    return found if len(found) > 1 else []


def _peak_rows(peak: npt.NDArray[np.float64], language: Language) -> list[Row]:
    found = [Row(language.say("site_load"), language.say("number"), heading=True)]
    labels = [*LOAD_LABELS, language.say("and_above", low="90 %")]
    labels[0] = language.say("below", high="25 %")
    rank = np.searchsorted(LOADS, peak, side="right")
    for each in reversed(range(len(FIVE_LOADS))):
        style = {
            "marker": "o",
            "markerfacecolor": FIVE_LOADS[each],
            "color": INK,
            "markersize": 5.5,
            "markeredgewidth": 0.5,
        }
        found.append(Row(labels[each], words.number(float((rank == each).sum()), language), line=style))
    return found if len(peak) else []
