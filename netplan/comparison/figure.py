"""`comparison.png`: the scenarios' maps on one extent, their costs by category, the saving in words."""

from __future__ import annotations

import math
import textwrap
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import is_color_like, to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.path import Path as Outline
from matplotlib_scalebar.scalebar import ScaleBar
from pyproj import CRS, Geod

from netplan.comparison.budget import served
from netplan.comparison.explain import told
from netplan.comparison.metrics import category_costs
from netplan.comparison.model import Comparison
from netplan.comparison.phrases import ENGLISH
from netplan.comparison.read import Written
from netplan.comparison.sums import money
from netplan.counted import is_shadow, shared_places_only
from netplan.language import Language

PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#999999", "#332288", "#882255")
"""Okabe and Ito, and two dark colours."""
HATCHES = ("", "////", "....", "\\\\\\\\", "", "xxxx", "----", "||||", "oo", "++++")
"""Of the costs in the order of the palette: what the eye takes for one grey is told apart by these."""
DASHES: dict[str, tuple[Any, ...]] = {
    "solid": ("solid", (0, (6, 1)), (0, (6, 1, 1, 1)), (0, (10, 1))),
    "dashed": (
        (0, (4, 2)), (0, (2, 1.2)), (0, (1, 1)), (0, (5, 1.2, 1, 1.2)), (0, (8, 2)), (0, (3, 1, 1, 1, 1, 1)),
        (0, (6, 1, 2, 1)), (0, (2, 3)),
    ),
    "dotted": ((0, (1, 2)), (0, (1, 3.5)), (0, (1, 1, 1, 3))),
}  # fmt: skip
"""Patterns near to each named one, one for each medium: right in greys."""
LOST = "#B2182B"
LOST_TINTS = (0.12, 0.35, 0.55, 0.75)
DPI = 200
WIDTH_INCHES = 11.69
SIGNS_ACROSS = 5
LETTERS_ACROSS = 250
"""Of the legend's size, that a row has room for."""
ACROSS = 3
"""Maps in a row."""
Layers = dict[str, gpd.GeoDataFrame]


def draw(comparison: Comparison, language: Language = ENGLISH) -> Figure:
    """The whole sheet: A4 landscape for up to three scenarios, taller for more; labels are the catalogues' own."""
    plans = comparison.plans
    across = 2 if len(plans) == 4 else min(len(plans), ACROSS)
    rows = math.ceil(len(plans) / across)
    height = 8.27 + 3.7 * (rows - 1)
    figure = Figure(figsize=(WIDTH_INCHES, height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    layers, crs = _common_crs(plans)
    top = 1 - _title(figure, comparison, height, language) / height
    credits = _credits(plans, language)
    bottom = (0.12 + 0.105 * len(credits)) / height
    figure.text(0.03, 0.1 / height, "\n".join(credits), fontsize=5.5, color="#555555", va="bottom", linespacing=1.15)
    low = bottom + 2.75 / height
    wide, tall = 0.94 / across, (top - low) / rows
    styles, size = _link_styles(plans), _site_size(layers)
    for rank, plan in enumerate(plans):
        row, column = divmod(rank, across)
        box = (0.03 + column * wide + 0.004, top - (row + 1) * tall + 0.01, wide - 0.008, tall - 0.3 / height)
        ax = figure.add_axes(box)
        view = extent(layers, box[2] * WIDTH_INCHES / (box[3] * height))
        _map(ax, plan, layers[rank], view, crs, styles, size, language)
    signs = _sign_handles(plans, language)
    columns = _columns(signs)
    figure.legend(
        handles=signs,
        loc="upper center",
        bbox_to_anchor=(0.5, low),
        ncols=columns,
        fontsize=6.5,
        frameon=False,
        handlelength=3.2,
        columnspacing=1.4,
    )
    sign_rows = math.ceil(len(signs) / columns)
    bars = max(2.75 - 0.75 - 0.16 * sign_rows, 0.9)
    _bars(figure.add_axes((0.16, bottom + 0.42 / height, 0.62, bars / height)), comparison, language)
    return figure


def _title(figure: Figure, comparison: Comparison, height: float, language: Language) -> float:
    """Title and the saving in words; returns the inches they take."""
    name = str(comparison.plans[0].project.get("name") or "")
    y = 0.12
    for line in textwrap.wrap(language.say("title", name=name, count=len(comparison.plans)), 105)[:3]:
        figure.text(0.03, 1 - y / height, line.replace("$", r"\$"), fontsize=13, weight="bold", va="top")
        y += 0.23
    for scenario in comparison.names[1:]:
        for line in even_lines(told(comparison, scenario, language), 178):
            figure.text(0.03, 1 - (y + 0.03) / height, line.replace("$", r"\$"), fontsize=8, va="top", color="#222222")
            y += 0.16
    return y + 0.1


def even_lines(text: str, longest: int) -> list[str]:
    """A text in as few lines as hold it, about equally long, so that no word is left for a line of its own."""
    lines = textwrap.wrap(text, longest)
    for width in range(math.ceil(len(text) / len(lines)), longest):
        even = textwrap.wrap(text, width)
        if len(even) == len(lines):
            return even
    return lines


def _credits(plans: tuple[Written, ...], language: Language) -> list[str]:
    said = sorted({" ".join(str(text).split()) for p in plans for text in (p.summary.get("licences") or {}).values()})
    dates = " · ".join(sorted({plan.written_on for plan in plans}))
    text = language.say("data", list=" · ".join(said)) if said else ""
    text += language.say("drawn", date=dates)
    return textwrap.wrap(text.replace("$", r"\$"), 250)


def _common_crs(plans: tuple[Written, ...]) -> tuple[list[Layers], CRS]:
    """Every plan's spatial layers in the CRS of the first (a UTM zone if that is in degrees)."""
    found = [
        t.crs for p in plans for t in (p.tables["demand"], p.tables["sites"], p.tables["nodes"]) if t.crs and len(t)
    ]
    crs = CRS(found[0]) if found else CRS.from_epsg(3857)
    if crs.is_geographic:
        crs = next(
            CRS(t.estimate_utm_crs())
            for p in plans
            for t in (p.tables["demand"], p.tables["sites"], p.tables["nodes"])
            if len(t)
        )
    names = ("demand", "sites", "links", "nodes")
    out = []
    for plan in plans:
        layers = {name: plan.tables[name] for name in names}
        layers = {n: t[t.geometry.notna() & ~t.geometry.is_empty] for n, t in layers.items()}
        out.append(
            {n: t.set_crs(crs, allow_override=True) if t.crs is None else t.to_crs(crs) for n, t in layers.items()}
        )
    return out, crs


def extent(layers: list[Layers], width_per_height: float) -> tuple[float, float, float, float]:
    """min x, min y, max x, max y around everything of every plan, in the shape of the frame."""
    shapes = np.concatenate([table.geometry.to_numpy() for plan in layers for table in plan.values()])
    bounds = shapely.total_bounds(shapes) if len(shapes) else np.zeros(4)
    middle, size = (bounds[:2] + bounds[2:]) / 2, np.maximum((bounds[2:] - bounds[:2]) * 1.05, 4000.0)
    size = np.maximum(size, [size[1] * width_per_height, size[0] / width_per_height])
    low, high = middle - size / 2, middle + size / 2
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _map(
    ax: Axes,
    plan: Written,
    layers: Layers,
    view: tuple[float, float, float, float],
    crs: CRS,
    styles: dict[str, tuple[str, Any]],
    size: float,
    language: Language,
) -> None:
    ax.set(xlim=(view[0], view[2]), ylim=(view[1], view[3]), xticks=[], yticks=[], autoscale_on=False, aspect="equal")
    demand = layers["demand"][~is_shadow(layers["demand"])]
    share = demand["served_share"].to_numpy(float)
    _polygons(ax, demand.geometry.to_numpy()[share > 1e-3], facecolors="#E9EEF2", edgecolors="none", zorder=1)
    for tint, rows in _lost_by_density(demand, 1.0 - share):
        _polygons(ax, rows, facecolors=to_rgba(LOST, tint), edgecolors="none", zorder=1.1)
    links = layers["links"]
    for medium in sorted(set(links["medium"])):
        rows = links[(links["medium"] == medium) & (links.length > 0)]
        lines = [np.asarray(part.coords)[:, :2] for part in shapely.get_parts(rows.geometry.to_numpy())]
        colour, dash = styles[medium]
        ax.add_collection(
            LineCollection(lines, colors=colour, linestyles=[dash], linewidths=1.0, zorder=2), autolim=False
        )
    sites = layers["sites"]
    for rank, kind in enumerate(sorted(set(sites["structure"]))):
        rows = sites[sites["structure"] == kind]
        colour, marker = _site_style(plan, kind, rank)
        ax.scatter(
            rows.geometry.x,
            rows.geometry.y,
            s=size,
            marker=marker,
            c=colour,
            edgecolors="white",
            linewidths=0.3,
            zorder=3,
            snap=False,  # else arms of a cross are whole pixels, and not as many in every map
        )
    pops = layers["nodes"][layers["nodes"]["kind"] == "pop"]
    ax.scatter(
        pops.geometry.x, pops.geometry.y, s=70, marker="*", c="black", edgecolors="white", linewidths=0.5, zorder=4
    )
    currency = str(plan.economics.get("currency") or "USD")
    name = plan.name if len(plan.name) <= 40 else plan.name[:39] + "…"
    count = served(plan)  # of a budget: what the plans are ranked by
    many = "" if count is None else f" · {language.say('served', value=language.figures(f'{count:,.0f}'))}"
    ax.set_title(
        f"{name.replace('$', chr(92) + '$')} · {money(plan.number('objective_npv'), currency, language)}{many}",
        fontsize=8.5,
        pad=3,
    )
    ax.add_artist(
        ScaleBar(
            _metre(crs, view), location="lower left", box_alpha=0.7, font_properties={"size": 6}, length_fraction=0.25
        )
    )
    ax.annotate(
        "N", (0.965, 0.97), (0.965, 0.88), "axes fraction", ha="center", va="center", fontsize=6.5, weight="bold",
        arrowprops={"arrowstyle": "-|>", "linewidth": 0.8, "color": "black", "shrinkA": 4, "shrinkB": 0},
    )  # fmt: skip
    for spine in ax.spines.values():
        spine.set(linewidth=0.6, color="#444444")


def _lost_by_density(demand: gpd.GeoDataFrame, lost: npt.NDArray[np.float64]) -> list[tuple[float, npt.NDArray[Any]]]:
    """Opacity and areas of the unserved by quarter of population density, so that empty land stays pale; of a cell
    that is served in part, by the quarter of its people that is left out (an eighth or less shows as served)."""
    area = demand.area.to_numpy(float)
    cells = area > 0
    density = np.divide(demand["population"].to_numpy(float), area, out=np.zeros(len(demand)), where=cells)
    breaks = np.quantile(density[cells], [0.25, 0.5, 0.75]) if cells.any() else np.zeros(3)
    quarter = np.searchsorted(breaks, density, side="right")
    shapes = demand.geometry.to_numpy()
    left = np.where(cells, np.round(np.nan_to_num(lost) * 4) / 4, 0.0)
    return [
        (tint * part, shapes[(left == part) & (quarter == rank)])
        for rank, tint in enumerate(LOST_TINTS)
        for part in (0.25, 0.5, 0.75, 1.0)
    ]


def _metre(crs: CRS, view: tuple[float, float, float, float]) -> float:
    """True metres per map unit at the middle of the view."""
    x, y = (view[0] + view[2]) / 2, (view[1] + view[3]) / 2
    ends = gpd.points_from_xy([x, x + 1000.0], [y, y], crs=crs).to_crs(4326)
    metres = Geod(ellps="WGS84").inv(ends.x[0], ends.y[0], ends.x[1], ends.y[1])[2] / 1000.0
    return float(metres) if math.isfinite(metres) and metres > 0 else 1.0


def _polygons(ax: Axes, shapes: npt.NDArray[Any], **style: Any) -> None:
    parts = shapely.get_parts(shapes)
    parts = parts[shapely.get_type_id(parts) == 3]
    paths = [
        Outline.make_compound_path(
            *(Outline(np.asarray(r.coords)[:, :2], closed=True) for r in (p.exterior, *p.interiors))
        )
        for p in parts
    ]
    if paths:
        ax.add_collection(PathCollection(paths, **style), autolim=False)


def _link_styles(plans: tuple[Written, ...]) -> dict[str, tuple[str, Any]]:
    """Colour and dash of every medium that any map shows; no dash twice while there are enough."""
    entries = {key: entry for plan in plans for key, entry in plan.catalogue.get("media", {}).items()}
    found: dict[str, tuple[str, Any]] = {}
    used = dict.fromkeys(DASHES, 0)
    for rank, medium in enumerate(sorted({each for plan in plans for each in plan.tables["links"]["medium"]})):
        entry = entries.get(medium, {})
        colour, dash = entry.get("colour"), str(entry.get("dash"))
        dash = dash if dash in DASHES else "dashed" if dash == "dashdot" else "solid"
        pattern = DASHES[dash][used[dash] % len(DASHES[dash])]
        used[dash] += 1
        found[medium] = (str(colour) if is_color_like(colour) else PALETTE[rank % len(PALETTE)], pattern)
    return found


def _site_size(layers: list[Layers]) -> float:
    """Area of a site's sign in square points, the same on every map: of the plan with the most sites."""
    most = max((len(each["sites"]) for each in layers), default=0)
    return float(np.clip(30.0 * (20.0 / max(most, 1)) ** 0.5, 6.0, 30.0))


def _site_style(plan: Written, kind: str, rank: int) -> tuple[str, str]:
    entry = plan.catalogue.get("structures", {}).get(kind, {})
    colour, marker = entry.get("colour"), entry.get("marker")
    return (
        str(colour) if is_color_like(colour) else PALETTE[rank % len(PALETTE)],
        str(marker) if marker in Line2D.filled_markers else "os^Dv"[rank % 5],
    )


def _columns(signs: list[Any]) -> int:
    """Columns of the legend that the sheet is wide enough for."""
    longest = max(len(str(sign.get_label())) for sign in signs)
    return max(min(SIGNS_ACROSS, len(signs), LETTERS_ACROSS // (longest + 8)), 1)


def _sign_handles(plans: tuple[Written, ...], language: Language) -> list[Any]:
    """One handle per medium and structure that any map shows, media first."""
    styles = _link_styles(plans)
    handles: dict[str, Any] = {}
    structures: dict[str, Any] = {}
    for plan in plans:
        links, sites = plan.tables["links"], plan.tables["sites"]
        drawn = set(links["medium"][links["length_m"] > 0])
        for medium in sorted(drawn):
            colour, dash = styles[medium]
            label = plan.label("media", medium)
            handles.setdefault(label, Line2D([], [], color=colour, linestyle=dash, label=_short(label)))
        for rank, kind in enumerate(sorted(set(sites["structure"]))):
            colour, marker = _site_style(plan, kind, rank)
            label = plan.label("structures", kind) if kind else language.say("site")
            structures.setdefault(
                label, Line2D([], [], color=colour, marker=marker, linestyle="none", markersize=5, label=_short(label))
            )
    pop = Line2D([], [], color="black", marker="*", linestyle="none", markersize=8, label=language.say("pop"))
    shared = all(shared_places_only(plan.tables["demand"], plan.project) for plan in plans)
    lost = Patch(facecolor=to_rgba(LOST, 0.4), label=language.say("not_at_shared" if shared else "not_served"))
    return [*handles.values(), *structures.values(), pop, lost]


def _short(label: str, most: int = 54) -> str:
    label = label.replace("$", r"\$")
    return label if len(label) <= most else label[: most - 1] + "…"


def _bars(ax: Axes, comparison: Comparison, language: Language) -> None:
    """Costs by category, stacked; a whisker from the proven bound to the cost."""
    plans = comparison.plans
    costs = [category_costs(plan) for plan in plans]
    categories = sorted(
        {name for cost in costs for name in cost}, key=lambda n: (-max(c.get(n, 0.0) for c in costs), n)
    )
    y = np.arange(len(plans))[::-1].astype(float)
    highest = max([sum(max(v, 0.0) for v in cost.values()) for cost in costs] + [1e-9])
    currency = comparison.currency
    unit, name_of = (1e6, language.say("million_of", currency=currency)) if highest >= 1e6 else (1.0, currency)
    left, below = np.zeros(len(plans)), np.zeros(len(plans))
    for rank, name in enumerate(categories):
        value = np.array([cost.get(name, 0.0) for cost in costs]) / unit
        start = np.where(value >= 0, left, below)
        style: dict[str, Any] = {"color": PALETTE[rank % len(PALETTE)], "edgecolor": "white", "linewidth": 0.4}
        style |= {"hatch": HATCHES[rank % len(HATCHES)] or None, "hatch_linewidth": 0.5}
        ax.barh(y, value, left=start, height=0.62, label=language.word("cost", name), **style)
        left, below = left + np.maximum(value, 0), below + np.minimum(value, 0)
    for row, plan, end in zip(y, plans, left, strict=True):
        bound, cost = plan.number("bound_npv") / unit, plan.number("objective_npv") / unit
        if math.isfinite(bound) and math.isfinite(cost):
            ax.plot([bound, cost], [row, row], color="black", linewidth=1.4, marker="|", markersize=7, zorder=5)
        total = money(plan.number("objective_npv"), currency, language)
        ax.text(end + highest / unit * 0.012, row, total.replace("$", r"\$"), va="center", fontsize=7)
    ax.set_yticks(y, [_short(plan.name, 24) for plan in plans], fontsize=7.5)
    ax.set_xlim(min(0.0, float(below.min()) * 1.05), highest / unit * 1.17)
    ax.set_ylim(-0.6, len(plans) - 0.4)
    ax.set_xlabel(language.say("cost_axis", unit=name_of).replace("$", r"\$"), fontsize=7)
    ax.xaxis.set_major_formatter(lambda value, _: language.figures(f"{value:,.10g}"))
    ax.tick_params(axis="x", labelsize=7)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    if categories:
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.05), fontsize=6.8, frameon=False, labelspacing=0.35)
