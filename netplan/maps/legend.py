"""The legend: what every sign means and how much of it there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from netplan.maps.layers import TINTS, Looks, reach_classes, site_kind
from netplan.maps.read import WrittenPlan
from netplan.maps.style import BASELINE, EXCLUDED, INK, SOFT, UNSERVED, WATER
from netplan.maps.text import plain, shorten, width_px
from netplan.maps.words import number, percent, short


@dataclass(frozen=True)
class Row:
    """One line of the legend. `sign` is a patch, line or marker style; `heading` rows have none."""

    label: str
    value: str = ""
    patch: dict[str, Any] | None = None
    line: dict[str, Any] | None = None
    heading: bool = False


def people_by_technology(plan: WrittenPlan) -> dict[str, float]:
    """People whom the plan serves, by the technology of the option that serves them (facilities hold none)."""
    people = plan.demand.set_index("demand_id")["population"]
    if len(plan.service):
        technology = plan.equipment.drop_duplicates("option_id").set_index("option_id")["technology"]
        names = plan.service["option_id"].map(technology).fillna("")
        served = plan.service["demand_id"].map(people).fillna(0.0).astype(float) * plan.service["share"]
    else:
        names = plan.demand["technology"]
        new = (plan.demand["served_share"] - plan.demand["baseline_share"]).clip(lower=0)
        served = plan.demand["population"] * new
    sums = served.groupby(names).sum()
    return {str(name): float(total) for name, total in sums.items() if name}


def access_rows(plan: WrittenPlan, styles: Looks) -> list[Row]:
    """Equipment by technology with the people it serves, and the signs of who is not served."""
    people, counts = people_by_technology(plan), plan.equipment["technology"].value_counts()
    rows = [Row("Access", "units · people", heading=True)]
    for name in sorted(styles.technologies, key=lambda n: (-people.get(n, 0.0), n)):
        look = styles.technologies[name]
        value = f"{number(float(counts.get(name, 0)))} · {short(people.get(name, 0.0))}"
        rows.append(Row(look.label, value, patch={"facecolor": look.colour, "alpha": 0.6}))
    demand = plan.demand
    reach, population = reach_classes(demand), demand["population"].to_numpy(float)
    left = population * (1.0 - demand["served_share"].to_numpy(float))
    if (reach == "baseline").any():
        value = short(float(population[reach == "baseline"].sum()))
        rows.append(Row("served today", value, patch={"facecolor": BASELINE, "alpha": 0.5}))
    for kind, label, hatch, face in (
        ("partly", "partly served: people left out", "////", "none"),
        ("unserved", "people not served", "xxxx", to_rgba(UNSERVED, 0.25)),
    ):
        if (reach == kind).any():
            style = {"facecolor": face, "edgecolor": UNSERVED, "hatch": hatch, "hatch_linewidth": 0.5, "linewidth": 0.4}
            rows.append(Row(label, short(float(left[reach == kind].sum())), patch=style))
    return rows


def people_rows(plan: WrittenPlan) -> list[Row]:
    """Served by class: share after the plan, share today, of how many."""
    rows = [Row("Served by class", "with plan · today · of", heading=True)]
    demand = plan.demand
    for name in sorted(set(demand["class"])):
        of = demand[demand["class"] == name]
        weight = float(of["weight"].sum())
        if weight <= 0:
            continue
        after, before = ((of["weight"] * of[c]).sum() / weight for c in ("served_share", "baseline_share"))
        rows.append(Row(name, f"{percent(after)} · {percent(before)} · {number(weight)}"))
    return rows


def site_rows(plan: WrittenPlan, styles: Looks, assumed: frozenset[str]) -> list[Row]:
    """Sites by structure, PoPs, and the ring of satellite backhaul."""
    rows = [Row("Sites", "number", heading=True)]
    for kind, count in site_kind(plan.sites).value_counts().sort_index().items():
        look = styles.structures[str(kind)]
        value = number(float(count)) + ("*" if kind in assumed else "")
        rows.append(Row(look.label, value, line={"marker": look.marker, "color": look.colour, "markersize": 5.5}))
    if assumed & set(site_kind(plan.sites)):
        rows.append(Row("* positions assumed"))
    satellite = int((plan.sites["backhaul"] == "satellite").sum())
    if satellite:
        ring = {"marker": "o", "markerfacecolor": "none", "color": INK, "markersize": 7, "markeredgewidth": 0.8}
        rows.append(Row("backhaul by satellite", number(satellite), line=ring))
    pops = int((plan.nodes["kind"] == "pop").sum())
    if pops:
        rows.append(
            Row("point of presence (PoP)", number(pops), line={"marker": "*", "color": "black", "markersize": 9})
        )
    if len(rows) == 1:
        rows.append(Row("none"))
    return rows


def link_rows(plan: WrittenPlan, styles: Looks) -> list[Row]:
    """Kilometres by medium; links without length (satellite) are counted."""
    rows = [Row("Links", "km", heading=True)]
    for medium in sorted(styles.media, key=lambda m: styles.media[m].label):
        look, of = styles.media[medium], plan.links[plan.links["medium"] == medium]
        km = float(of["length_m"].sum()) / 1000.0
        if km > 0:
            value = f"{km:,.1f}" if km < 100 else number(km)
            rows.append(Row(look.label, value, line={"color": look.colour, "linestyle": look.dash, "linewidth": 1.8}))
        else:
            rows.append(Row(look.label, f"{len(of)} links"))
    if len(rows) == 1:
        rows.append(Row("none"))
    return rows


def ground_rows(water: bool, excluded: bool, area: bool, facilities: dict[str, str]) -> list[Row]:
    """Background signs that are on this map."""
    rows = [Row("Places and ground", heading=True)]
    for name, marker in facilities.items():
        style = {
            "marker": marker,
            "markerfacecolor": "white",
            "color": "#444444",
            "markersize": 4.5,
            "markeredgewidth": 0.6,
        }
        rows.append(Row(name, line=style))
    if facilities:
        rows.append(
            Row("place not served", line={"marker": "x", "color": UNSERVED, "markersize": 5, "markeredgewidth": 1.2})
        )
    if area:
        rows.append(Row("planning area", line={"color": "#333333", "linestyle": "dashdot", "linewidth": 1.0}))
    if water:
        rows.append(Row("water", patch={"facecolor": WATER, "edgecolor": "#7FA8C9", "linewidth": 0.4}))
    if excluded:
        style = {"facecolor": (0.54, 0.65, 0.51, 0.2), "edgecolor": EXCLUDED, "hatch": "....", "linewidth": 0.4}
        rows.append(Row("no new sites", patch=style))
    return rows if len(rows) > 1 else []


def draw_legend(
    ax: Axes, renderer: RendererAgg, sections: Sequence[Sequence[Row]], breaks: npt.NDArray[np.float64]
) -> None:
    """Set the sections under each other; type shrinks with the number of rows, and what is left over is counted."""
    box = ax.get_window_extent(renderer)
    pixel = ax.figure.dpi / 72.0
    width, height = box.width / pixel, box.height / pixel
    ax.set(xlim=(0, width), ylim=(-height, 0))
    ax.axis("off")
    ramp = bool(breaks.any())
    kept = [section for section in sections if section]
    lines = sum(len(section) for section in kept) + 0.6 * len(kept) + (3.0 if ramp else 0.0)
    step = float(np.clip(height / max(lines, 1.0), 6.5, 12.5))
    size = min(7.6, step * 0.68)
    y = 0.0
    for rank, section in enumerate(kept):
        for number_, row in enumerate(section):
            if y - step < -height:
                ax.text(0, -height + 1, f"… and {len(section) - number_} more", fontsize=size, color=SOFT, va="bottom")
                return
            y -= step
            _draw_row(ax, renderer, row, y, step, size, width)
        if rank == 0 and ramp:
            y = _draw_ramp(ax, breaks, y, step, size)
        y -= 0.6 * step


def _draw_row(ax: Axes, renderer: RendererAgg, row: Row, y: float, step: float, size: float, width: float) -> None:
    weight = "bold" if row.heading else "normal"
    middle = y + step * 0.5
    indent = 0.0 if row.heading or (row.patch is None and row.line is None) else 27.0
    if row.patch is not None:
        style = {"edgecolor": "#777777", "linewidth": 0.3, **row.patch}
        hatch_linewidth = style.pop("hatch_linewidth", None)
        patch = Rectangle((2, y + 0.16 * step), 19, 0.68 * step, **style)
        if hatch_linewidth is not None:
            patch.set_hatch_linewidth(hatch_linewidth)
        ax.add_patch(patch)
    if row.line is not None:
        marker = row.line.get("marker")
        x = [11.5] if marker else [1, 22]
        line = Line2D(
            x,
            [middle] * len(x),
            **({"linestyle": "none", "markeredgecolor": row.line["color"]} if marker else {}),
            **row.line,
        )
        ax.add_line(line)
    pixel = ax.figure.dpi / 72.0
    value_width = width_px(renderer, row.value, size) / pixel
    label = shorten(renderer, plain(row.label), size, (width - indent - value_width - 6) * pixel)
    ax.text(indent, middle, label, fontsize=size, va="center", color=INK, weight=weight)
    style_value: dict[str, Any] = (
        {"color": SOFT, "fontsize": size - 0.6} if row.heading else {"color": INK, "fontsize": size}
    )
    ax.text(width, middle, row.value, va="center", ha="right", **style_value)
    if row.heading:
        ax.plot([0, width], [y, y], color="#999999", linewidth=0.4)


def _draw_ramp(ax: Axes, breaks: npt.NDArray[np.float64], y: float, step: float, size: float) -> float:
    """The meaning of strong and pale tints: people per km². Returns the new y."""
    y -= step
    ax.text(0, y + 0.45 * step, "Stronger tint: more people per km²", fontsize=size - 0.6, va="center", color=SOFT)
    y -= 0.8 * step
    for rank, tint in enumerate(TINTS):
        ax.add_patch(Rectangle((27 + rank * 30, y), 30, 0.75 * step, facecolor=(0.15, 0.15, 0.15, tint), linewidth=0))
    for rank, value in enumerate(breaks):
        ax.text(57 + rank * 30, y - 0.1 * step, number(value), fontsize=size - 1, va="top", ha="center", color=SOFT)
    return y - 0.9 * step
