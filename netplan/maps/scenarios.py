"""Scenarios on one extent: side by side, and what one changes against another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from matplotlib.collections import LineCollection
from matplotlib.patheffects import Normal, withStroke

from netplan.counted import is_cell, is_shadow
from netplan.interval import within_reason
from netplan.maps import layers, rows, sheet, words
from netplan.maps.base import draw_polygons
from netplan.maps.compared import more_in_words
from netplan.maps.draw import MapSheet, close_sheet, draw_names, open_sheet
from netplan.maps.grid import close_grid, open_grid
from netplan.maps.languages import ENGLISH, Language
from netplan.maps.legend import Row
from netplan.maps.page import A4, Page
from netplan.maps.people import people_of
from netplan.maps.read import WrittenPlan
from netplan.maps.scene import Scene
from netplan.maps.sheet import Sheet
from netplan.maps.style import area_patch
from netplan.written import SERVED, spends_budget

ONLY_FIRST = "#B35806"
ONLY_SECOND = "#1F4E9A"
BOTH = "#8C8C8C"
CHANGES = {"gains": "#9CC2E8", "loses": "#F1B98A", "other_tech": "#F2E7A6", "same": "#F5F5F2", "neither": "#D2D2D2"}
HATCHES = {"loses": ("////", ONLY_FIRST), "other_tech": ("...", "#8A7A1E")}
"""Cells by what changes: apart for any eye, and where greys would mix them, by hatching too."""
SMALL_CELLS = 2
"""Signs more in hatches of maps that share a sheet."""
MOST_HEADLINES = 3
"""Scenarios whose difference is told above the maps."""
SAME_PLACE = 1.0
"""Map units within which two lines of one medium run in the same place."""


def scenarios_sheet(plans: Sequence[WrittenPlan], scene: Scene, page: Page = A4, language: Language = ENGLISH) -> Sheet:
    """Every scenario's plan on the same extent, with its key figures."""
    made = Sheet(page, language)
    first = plans[0]
    name = scene.face.sayable(first.name) or first.folder.resolve().parent.name
    made.head(name, headlines(plans, language), language.say("title_scenarios", count=len(plans)))
    assumed = {kind for plan in plans for kind in rows.assumed_structures(plan)}
    sheet.foot(made, first, scene, max(int(layers.site_kind(p.sites).isin(assumed).sum()) for p in plans))
    legend_in = (1.5 if len(plans) < 4 else 1.2) * page.scale
    grid = open_grid(made, plans, scene, [key_figures(plan, scene, language) for plan in plans], legend_in)
    styles = layers.plan_looks(plans)
    drawn: dict[str, bool] = {}
    grouped = False
    for plan, cell in zip(plans, grid.cells, strict=True):
        ground = sheet.ground(cell.ax, scene, cell.extent, cell.scale)
        drawn = {kind: there or drawn.get(kind, False) for kind, there in ground.items()}
        shown = plan.demand[~is_shadow(plan.demand)]
        cells_ = shown[is_cell(shown)]
        breaks = layers.density_breaks(cells_, scene.metre)
        layers.draw_cells(cell.ax, cells_, styles, breaks, scene.metre, SMALL_CELLS)
        layers.draw_links(cell.ax, plan.links, styles, 0.85 * cell.scale)
        grouped |= layers.draw_sites(cell.ax, plan.sites, styles, 0.85 * cell.scale)
        layers.draw_pops(cell.ax, plan.nodes, cell.scale)
    access = [Row(language.say("access"), heading=True)]
    for look in styles.technologies.values():
        access.append(Row(look.label, patch=area_patch(look, layers.TINTS[-1], SMALL_CELLS)))
    reached = {row.label: row for plan in plans for row in rows.reach_rows(plan, language)}  # of every panel, once each
    order = [language.say(kind) for kind in ("served_today", "partly", "unserved")]
    access += [Row(label, patch=reached[label].patch) for label in order if label in reached]
    sections: list[Any] = [
        access,
        rows.site_rows(plans, styles, frozenset(assumed), language, grouped),
        rows.link_rows(plans, styles, language),
        rows.ground_rows(drawn, None, language),
    ]
    return close_grid(made, grid, scene, sections)


def headlines(plans: Sequence[WrittenPlan], language: Language) -> list[str]:
    """What scenarios change against the first, MOST_HEADLINES of them, the best plan always among them; then how many
    more there are."""
    others = list(plans[1:])
    shown = others[:MOST_HEADLINES]
    best = min(plans, key=_merit)
    if any(best is each for each in others[MOST_HEADLINES:]):
        shown = [*others[: MOST_HEADLINES - 1], best]
    said = [difference_in_words(plans[0], plan, language) for plan in shown]
    more = len(others) - len(shown)
    return [*said, language.count("further_scenarios", more)] if more else said


def _merit(plan: WrittenPlan) -> tuple[float, float, float]:
    """Targets missed, then fewer served of a budget, then cost: the best plan has the least of them."""
    stages = plan.summary.get("stages") or []
    served = next((float(each["value"]) for each in stages if each.get("objective") == SERVED), 0.0)
    cost = words.finite(plan.summary.get("objective_npv"))
    missed = any((plan.summary.get("shortfall") or {}).values())
    return float(missed), -served, math.inf if cost is None else cost


def key_figures(plan: WrittenPlan, scene: Scene, language: Language) -> list[str]:
    """Name and cost; what is built; who is served."""
    cost, gap = (words.finite(plan.summary.get(key)) for key in ("objective_npv", "gap"))
    proven = language.say("no_bound_short")
    if gap is not None:
        key = "proven_least" if words.is_optimal(plan.summary, gap) else "proven_gap"
        among = "_served" if spends_budget(plan.summary) else ""
        proven = language.say(key + among, gap=words.gap_width(gap, language))
    said = "–" if cost is None else f"{words.money(cost, plan.currency, language)} · {proven}"
    held = people_of(plan)
    served, total = float((held["population"] * held["served_share"]).sum()), float(held["population"].sum())
    hop = is_hop(plan)
    km = plan.links["length_m"].to_numpy(float) / 1000
    built = language.count(
        "sites_line",
        len(plan.sites),
        km=rows.kilometres(float(km[~hop].sum()), language),
        hops=rows.kilometres(float(km[hop].sum()), language),
    )
    share = words.percent(served / total if total else 0.0, language)
    return [
        scene.face.sayable(plan.scenario) or "1",
        said,
        built,
        language.count("people_served", served, share=share),
        *_remarks(plan, language),
    ]


def _remarks(plan: WrittenPlan, language: Language) -> list[str]:
    """What a reader must know to read a plan rightly: whose it is, and what service counts."""
    alone = plan.operators_alone
    said = [language.count("operators_alone", alone)] if alone else []
    if plan.summary.get("multiplied"):
        said = [language.say("multiplied", n=alone)]
    said += words.net_of_payments(plan.summary, plan.currency, language)
    return [*said, *([language.say("shared_place")] if plan.shared_only else [])]


def is_hop(plan: WrittenPlan) -> npt.NDArray[np.bool_]:
    """Links that are radio, as the catalogue says; else those with a limit of capacity."""
    entries = plan.catalogue.get("media", {})
    kinds = plan.links["medium"].map(lambda medium: str(entries.get(medium, {}).get("kind", "")))
    return np.asarray(kinds.isin(["microwave", "radio"]) | ((kinds == "") & np.isfinite(plan.links["capacity_mbps"])))


def difference_in_words(reference: WrittenPlan, plan: WrittenPlan, language: Language) -> str:
    """What a scenario saves, and what is proven of it from both bounds; within budgets, how many more it serves."""
    within = more_in_words(reference, plan, language)
    if within:
        return within
    costs = [words.finite(each.summary.get("objective_npv")) for each in (reference, plan)]
    bounds = [words.finite(each.summary.get("bound_npv")) for each in (reference, plan)]
    if costs[0] is None or costs[1] is None:
        return language.say("unproven").lstrip("; ")
    value = costs[0] - costs[1]
    share = f" ({language.percent(f'{abs(value) / costs[0] * 100:.1f}')})" if costs[0] else ""  # of nothing: none
    even = abs(value) < 0.5  # no money is shown below one
    said = language.say(
        "equal" if even else "saving" if value > 0 else "dearer",
        scenario=plan.scenario, reference=reference.scenario, share=share,
        value=words.money(abs(value), plan.currency, language),
    )  # fmt: skip
    if bounds[0] is None or bounds[1] is None:
        return said + language.say("unproven")
    low, high = within_reason(reference, plan, bounds[0] - costs[1], costs[0] - bounds[1])
    ends = (low, high) if value > 0 or even else (-high, -low)  # of what it saves, or of what it costs more
    least, most = (words.money(0.0 if abs(end) < 0.5 else end, plan.currency, language) for end in ends)
    if least == most:
        return said + language.say("proven_sum")
    told = language.say("not_told") if low <= 0 <= high else ""
    return said + language.say("interval", low=least, high=most) + told


def difference_sheet(
    reference: WrittenPlan, plan: WrittenPlan, scene: Scene, page: Page = A4, language: Language = ENGLISH
) -> Sheet:
    """Links, sites and served people that are in one of two plans alone."""
    subject = language.say("title_difference", scenario=plan.scenario, reference=reference.scenario)
    sentences = [difference_in_words(reference, plan, language)]
    for each in (reference, plan):
        sentences += [f"{each.scenario}{language.say('colon')}{remark}" for remark in _remarks(each, language)[:1]]
    made = open_sheet(plan, scene, page, language, subject, sentences)
    drawn = sheet.ground(made.ax, scene, made.extent, made.scale)
    change = _draw_changes(made, reference, plan)
    kilometres = _draw_link_changes(made, reference, plan, scene.metre)
    counts = _draw_site_changes(made, reference, plan)
    layers.draw_pops(made.ax, plan.nodes, made.scale)
    draw_names(made, plan, scene, most=8)
    names = {
        "first": language.say("only_in", scenario=reference.scenario),
        "second": language.say("only_in", scenario=plan.scenario),
        "both": language.say("in_both"),
    }
    sections: list[Any] = [
        _link_change_rows(kilometres, names, language),
        _site_change_rows(counts, names, language),
        _people_change_rows(change, reference, plan, language),
        rows.people_rows(plan, language),
        rows.ground_rows(drawn, None, language),
    ]
    return close_sheet(made, scene, sections)


def _draw_changes(made: MapSheet, reference: WrittenPlan, plan: WrittenPlan) -> dict[str, float]:
    """Cells by what changes for their people. Returns people by change."""
    held = people_of(plan)
    other = reference.demand.drop_duplicates("demand_id").set_index("demand_id").reindex(held["demand_id"])
    before = other["served_share"].fillna(0.0).to_numpy(float)
    after = held["served_share"].to_numpy(float)
    swapped = (other["technology"].fillna("").to_numpy(str) != held["technology"].to_numpy(str)) & (after > 1e-3)
    kind = np.select(
        [after > before + 0.05, after < before - 0.05, (after <= 1e-3) & (before <= 1e-3), swapped],
        ["gains", "loses", "neither", "other_tech"],
        "same",
    )
    cell = is_cell(held)
    for name, colour in CHANGES.items():
        shapes = held.geometry.to_numpy()[cell & (kind == name)]
        if len(shapes):
            shapes = np.array([shapely.union_all(shapes)])
            draw_polygons(made.ax, shapes, facecolors=colour, edgecolors="none", alpha=0.85, zorder=1.1)
            if name in HATCHES:
                hatch, ink = HATCHES[name]
                style: dict[str, Any] = {"hatch": hatch, "edgecolors": ink, "hatch_linewidth": 0.5}
                draw_polygons(made.ax, shapes, facecolors="none", linewidths=0, zorder=1.2, **style)
    points = held[~cell]
    if len(points):
        x, y = layers.centres(points)
        made.ax.scatter(x, y, s=14 * made.scale**2, c=[CHANGES[each] for each in kind[~cell]], edgecolors="#777777",
                        linewidths=0.3, zorder=4.0)  # fmt: skip
    moved = held["population"].to_numpy(float) * np.abs(after - before)
    whole = held["population"].to_numpy(float)
    return {name: float((moved if name in ("gains", "loses") else whole)[kind == name].sum()) for name in CHANGES}


def _draw_link_changes(
    made: MapSheet, reference: WrittenPlan, plan: WrittenPlan, metre: float
) -> dict[str, tuple[float, float]]:
    """Links only in the first (dashed), the second (solid), both (grey). Returns cable and hop km."""
    found: dict[str, list[float]] = {"first": [0.0, 0.0], "second": [0.0, 0.0], "both": [0.0, 0.0]}
    links = [each.links[each.links.length > 0].reset_index(drop=True) for each in (reference, plan)]
    links[0] = links[0].to_crs(plan.crs)
    hops = [is_hop_of(each, table) for each, table in zip((reference, plan), links, strict=True)]
    media = sorted({*links[0]["medium"], *links[1]["medium"]})
    looks = {
        "first": (ONLY_FIRST, (0.0, (2.2, 1.3)), 1.7, 5.1),
        "second": (ONLY_SECOND, "solid", 1.7, 5.2),
        "both": (BOTH, "solid", 1.1, 5.0),
    }
    shapes: dict[str, list[Any]] = {key: [] for key in looks}
    for medium in media:
        mine = [table[(table["medium"] == medium).to_numpy()] for table in links]
        hop = int(any(bool(flags[(table["medium"] == medium).to_numpy()].any())
                      for flags, table in zip(hops, links, strict=True)))  # fmt: skip
        whole = [shapely.union_all(table.geometry.to_numpy()) for table in mine]
        near = [each.buffer(SAME_PLACE) for each in whole]
        for key, part in (
            ("first", whole[0].difference(near[1])),
            ("second", whole[1].difference(near[0])),
            ("both", whole[1].intersection(near[0])),
        ):
            parts = shapely.get_parts(part)
            parts = parts[shapely.get_type_id(parts) == 1]
            shapes[key] += list(parts)
            found[key][hop] += float(shapely.length(parts).sum()) * metre / 1000
    for key, (colour, dash, width, rank) in looks.items():
        lines = [np.asarray(part.coords)[:, :2] for part in shapes[key]]
        edge = [withStroke(linewidth=(width + 1.2) * made.scale, foreground="white", alpha=0.8), Normal()]
        strokes = LineCollection(
            lines, colors=colour, linewidths=width * made.scale, linestyles=[dash], zorder=rank, path_effects=edge
        )
        made.ax.add_collection(strokes, autolim=False)
    return {key: (values[0], values[1]) for key, values in found.items()}


def is_hop_of(plan: WrittenPlan, links: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    """`is_hop` for a part of a plan's links."""
    radio = set(plan.links["medium"][is_hop(plan)])
    return np.asarray(links["medium"].isin(radio))


def _draw_site_changes(made: MapSheet, reference: WrittenPlan, plan: WrittenPlan) -> dict[str, int]:
    """Sites of the first alone (hollow), of the second alone (filled), of both (small, grey). Returns their numbers."""
    before, after = reference.sites.to_crs(plan.crs), plan.sites
    alone = bool(reference.operators_alone or plan.operators_alone)
    old, new = (_site_keys(table, alone) for table in (before, after))
    kept = new.isin(set(old))
    parts = {"both": after[kept], "first": before[~old.isin(set(new))], "second": after[~kept]}
    size = layers.site_size(max(len(before), len(after))) * made.scale**2
    if max(map(len, parts.values())) > layers.MOST_MARKERS:
        size = 5.0 * made.scale**2
    styles: dict[str, dict[str, Any]] = {
        "both": {"facecolors": BOTH, "edgecolors": "white", "s": 0.6 * size, "marker": "o"},
        "first": {"facecolors": "white", "edgecolors": ONLY_FIRST, "s": 1.2 * size, "marker": "s"},
        "second": {"facecolors": ONLY_SECOND, "edgecolors": "white", "s": 1.3 * size, "marker": "o"},
    }
    for rank, (key, table) in enumerate(parts.items()):
        x, y = layers.centres(table)
        width = (1.4 if key == "first" else 0.6) * made.scale
        made.ax.scatter(x, y, linewidths=width, zorder=6.0 + 0.1 * rank, **styles[key])
    return {key: len(table) for key, table in parts.items()}


def _site_keys(sites: gpd.GeoDataFrame, by_place: bool) -> pd.Series:
    """What makes a site the same in two plans: its id; its place to the metre where operators number their own."""
    if not by_place:
        return pd.Series(sites["site_id"])
    x, y = layers.centres(sites)
    return pd.Series(
        [f"{east:.0f} {north:.0f}" for east, north in zip(x, y, strict=True)], index=sites.index, dtype=str
    )


def _link_change_rows(
    kilometres: dict[str, tuple[float, float]], names: dict[str, str], language: Language
) -> list[Row]:
    found = [Row(language.say("links"), language.say("cable_hops"), heading=True)]
    for key, colour, dash, width in (
        ("second", ONLY_SECOND, "solid", 1.8),
        ("first", ONLY_FIRST, (0.0, (2.2, 1.3)), 1.8),
        ("both", BOTH, "solid", 1.2),
    ):
        value = " · ".join(rows.kilometres(each, language) for each in kilometres[key])
        found.append(Row(names[key], value, line={"color": colour, "linestyle": dash, "linewidth": width}))
    return found


def _site_change_rows(counts: dict[str, int], names: dict[str, str], language: Language) -> list[Row]:
    found = [Row(language.say("sites"), language.say("number"), heading=True)]
    signs: dict[str, dict[str, Any]] = {
        "second": {"marker": "o", "color": ONLY_SECOND, "markersize": 6},
        "first": {
            "marker": "s",
            "markerfacecolor": "white",
            "color": ONLY_FIRST,
            "markersize": 5,
            "markeredgewidth": 1.3,
        },
        "both": {"marker": "o", "color": BOTH, "markersize": 4},
    }
    found += [Row(names[key], words.number(counts[key], language), line=sign) for key, sign in signs.items()]
    return found


def _people_change_rows(
    change: dict[str, float], reference: WrittenPlan, plan: WrittenPlan, language: Language
) -> list[Row]:
    found = [Row(language.say("people"), language.say("number"), heading=True)]
    labels = {
        "gains": language.say("gains", scenario=plan.scenario),
        "loses": language.say("gains", scenario=reference.scenario),
    }
    for name, colour in CHANGES.items():
        if change[name] < 0.5:
            continue
        patch: dict[str, Any] = {"facecolor": colour}
        if name in HATCHES:
            hatch, ink = HATCHES[name]
            patch |= {"hatch": hatch, "edgecolor": ink, "hatch_linewidth": 0.5}
        found.append(Row(labels.get(name) or language.say(name), words.short(change[name], language), patch=patch))
    return found if len(found) > 1 and math.isfinite(sum(change.values())) else []
