"""`map.png`: one sheet, A4 landscape, drawn from what a plan wrote and nothing else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure

from netplan.maps import base, labels, layers, legend, text, words
from netplan.maps.read import WrittenPlan, metres_per_unit, read_written
from netplan.maps.style import INK, SOFT

A4_INCHES = (11.69, 8.27)
DPI = 200
MARGIN = 0.028
PANEL = 0.232
"""Widths as shares of the sheet."""
SMALLEST_VIEW_M = 4000.0


def draw_map(folder: Path, project_folder: Path | None, target: Path) -> Path:
    """Draw the map of a written plan (A4 landscape, 200 dpi).

    Args:
        folder: a scenario folder (`plan.gpkg`, `summary.json`, `resolved.yaml`).
        project_folder: where paths in the project file start, for relief, boundary, exclusions and names of
            places; None, or files since gone: the map does without them.
        target: the PNG to write; it appears whole or not at all.

    Raises:
        InputError: the folder does not hold a written plan.
    """
    plan = read_written(folder)
    figure = Figure(figsize=A4_INCHES, dpi=DPI, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    renderer = canvas.get_renderer()  # type: ignore[no-untyped-call]
    styles = layers.plan_looks(plan)
    assumed = assumed_structures(plan)
    top = _draw_title(figure, renderer, plan)
    bottom = _draw_footer(figure, renderer, plan, int(layers.site_kind(plan.sites).isin(assumed).sum()))
    ax = figure.add_axes((MARGIN + 0.006, bottom, 1 - 2 * MARGIN - PANEL - 0.018, top - bottom))
    panel = figure.add_axes((1 - MARGIN - PANEL, bottom, PANEL, top - bottom))
    sections = _draw_body(ax, renderer, plan, styles, project_folder)
    rows = [
        legend.access_rows(plan, styles),
        legend.people_rows(plan),
        legend.site_rows(plan, styles, assumed),
        legend.link_rows(plan, styles),
        sections["ground"],
    ]
    legend.draw_legend(panel, renderer, rows, sections["breaks"])
    return save_png(figure, target)


def save_png(figure: Figure, target: Path) -> Path:
    """Write the figure beside its target, then move it into place."""
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        figure.savefig(half, format="png", dpi=figure.dpi, metadata={"Software": None})
        os.replace(half, target)
    finally:
        half.unlink(missing_ok=True)
    return target


def assumed_structures(plan: WrittenPlan) -> frozenset[str]:
    """Kinds of site at assumed positions: marked so, or masts of a layer that the project calls assumed."""
    kinds = layers.site_kind(plan.sites)
    marked = set(kinds[plan.sites["assumed"]])
    if (plan.project.get("existing") or {}).get("towers_assumed"):
        entries = plan.catalogue.get("structures", {})
        marked |= {k for k in kinds if entries.get(k, {}).get("generator") == "existing-tower"}
    return frozenset(marked)


def _draw_title(figure: Figure, renderer: RendererAgg, plan: WrittenPlan) -> float:
    """Title and key figures; returns where the map may begin (share of the sheet)."""
    wide = figure.bbox.width * (1 - 2 * MARGIN)
    title = text.plain(f"{plan.name} — {plan.scenario}")
    y = 0.982
    lines, size = text.fit(renderer, title, wide, (15, 9), 2, "bold")
    for line in lines:
        figure.text(MARGIN, y, line, fontsize=size, weight="bold", color=INK, va="top")
        y -= size * 1.25 / 72 / A4_INCHES[1]
    for sentence in words.headline(plan.summary, plan.economics, plan.currency):
        lines, size = text.fit(renderer, text.plain(sentence), wide, (8.5, 6.5), 2)
        for line in lines:
            figure.text(MARGIN, y, line, fontsize=size, color=SOFT, va="top")
            y -= size * 1.4 / 72 / A4_INCHES[1]
    return y - 0.008


def _draw_footer(figure: Figure, renderer: RendererAgg, plan: WrittenPlan, assumed_sites: int) -> float:
    """Assumptions, credits of every layer, date; never cut. Returns where the map may end (share of the sheet)."""
    notices = words.assumed_notices(plan.project, plan.summary, assumed_sites)
    credits = sorted({" ".join(str(credit).split()) for credit in (plan.summary.get("licences") or {}).values()})
    paragraphs = [
        (f"Assumed, not surveyed: {'; '.join(notices)}." if notices else "", INK),
        (f"Data: {' · '.join(credits)}" if credits else "", SOFT),
        (f"Plan of {plan.written_on} · {plan.crs.name} · drawn by netplan from plan.gpkg", SOFT),
    ]
    wide = figure.bbox.width * (1 - 2 * MARGIN)
    for size in (6.2, 5.4, 4.6, 4.0):
        lines = [
            (line, colour) for body, colour in paragraphs for line in text.wrap(renderer, text.plain(body), size, wide)
        ]
        step = size * 1.25 / 72 / A4_INCHES[1]
        if len(lines) * step < 0.13:
            break
    for rank, (line, colour) in enumerate(reversed(lines)):
        figure.text(MARGIN, 0.012 + rank * step, line, fontsize=size, color=colour, va="bottom")
    return 0.012 + len(lines) * step + 0.028


def view(plan: WrittenPlan, area: gpd.GeoDataFrame | None, width_per_height: float, metre: float) -> base.Extent:
    """The extent to draw: everything planned and the area, padded, in the shape of the frame."""
    shapes = [layer.geometry.to_numpy() for layer in (plan.demand, plan.sites, plan.links)]
    shapes += [plan.nodes[plan.nodes["kind"] == "pop"].geometry.to_numpy()]
    shapes += [] if area is None else [area.geometry.to_numpy()]
    everything = np.concatenate(shapes)
    bounds = shapely.total_bounds(everything) if len(everything) else np.zeros(4)
    bounds = np.where(np.isfinite(bounds), bounds, 0.0)
    middle = (bounds[:2] + bounds[2:]) / 2
    size = np.maximum((bounds[2:] - bounds[:2]) * 1.05, SMALLEST_VIEW_M / metre)
    size = np.maximum(size, [size[1] * width_per_height, size[0] / width_per_height])
    low, high = middle - size / 2, middle + size / 2
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _draw_body(
    ax: Axes, renderer: RendererAgg, plan: WrittenPlan, styles: layers.Looks, project_folder: Path | None
) -> dict[str, Any]:
    """Everything inside the frame. Returns what the legend must explain: `ground` rows and density `breaks`."""
    project, crs = plan.project, plan.crs
    area = base.read_layer(project_folder, project.get("area"), crs)
    frame = ax.get_window_extent(renderer)
    rough = plan.demand if len(plan.demand) else plan.nodes
    x, y = layers.centres(rough) if len(rough) else (np.zeros(1), np.zeros(1))
    metre = metres_per_unit(crs, float(x.mean()), float(y.mean()))
    extent = view(plan, area, frame.width / frame.height, metre)
    ax.set(
        xlim=(extent[0], extent[2]),
        ylim=(extent[1], extent[3]),
        facecolor="#FAFAF7",
        autoscale_on=False,
        aspect="equal",
    )
    elevation = (project.get("terrain") or {}).get("elevation")
    if project_folder is not None and elevation:
        base.draw_relief(ax, project_folder / str(elevation), extent, crs)
    barred = [base.read_layer(project_folder, name, crs) for name in project.get("exclusions") or []]
    water, excluded = base.draw_exclusions(ax, [layer for layer in barred if layer is not None], extent)
    if area is not None:
        base.draw_area(ax, area, extent)
    drawn = plan.demand[~layers.is_shadow(plan.demand)]
    cell = layers.is_cell(drawn)
    cells, places = drawn[cell], drawn[~cell]
    breaks = layers.density_breaks(cells, metre)
    layers.draw_cells(ax, cells, styles, breaks, metre)
    facilities = layers.draw_places(ax, places, styles)
    layers.draw_links(ax, plan.links, styles)
    layers.draw_sites(ax, plan.sites, styles)
    layers.draw_pops(ax, plan.nodes)
    base.draw_graticule(ax, extent, crs)
    base.draw_scale_and_north(ax, extent, crs)
    settlements = base.read_layer(project_folder, (project.get("demand") or {}).get("settlements"), crs)
    pops = plan.nodes[plan.nodes["kind"] == "pop"]
    busy = np.concatenate([np.column_stack(layers.centres(layer)) for layer in (plan.sites, pops)])
    handover = base.read_layer(project_folder, (project.get("existing") or {}).get("pops"), crs)
    names = [labels.named_points(handover, gap_pt=8.0), labels.ranked_places(settlements, plan.demand, metre)]
    labels.draw_labels(ax, renderer, pd.concat([part for part in names if len(part)] or names[:1]), busy, most=11)
    for spine in ax.spines.values():
        spine.set(linewidth=0.8, color=INK)
    ground = legend.ground_rows(water, excluded, area is not None, facilities)
    return {"ground": ground, "breaks": breaks}
