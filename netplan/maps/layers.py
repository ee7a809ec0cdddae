"""The plan itself on the map: who is served, by what; sites; links; points of presence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.patheffects import Normal, withStroke

from netplan.counted import is_cell
from netplan.maps.base import draw_classes, draw_polygons
from netplan.maps.read import WrittenPlan
from netplan.maps.style import BASELINE, HATCH_PT, INK, UNSERVED, Look, closer, darker, hatched_apart, looks, told_apart

FULL = 1.0 - 1e-3
"""A served share above this counts as wholly served (solvers leave dust)."""
TINTS = (0.12, 0.21, 0.32, 0.45)
"""Opacity of a cell's colour by quarter of population density: the busier, the stronger."""
WILD = 0.1
"""Density of the emptiest quarter's top, as a part of that where the fullest quarter begins, up to which it is wild."""
FACILITY_MARKERS = ("o", "s", "^", "d", "p", "h", "v", "D")
MOST_MARKERS = 350
"""Sites on one map beyond which they are drawn in groups."""
DOT_PT2 = 1.2
"""Area of a site's dot where sites are very many and not the subject of the map, points²."""
GROUP_PT = 16.0
"""Side of a group's square on the sheet."""


@dataclass(frozen=True)
class Looks:
    """Styles of everything in one plan."""

    technologies: dict[str, Look]
    structures: dict[str, Look]
    media: dict[str, Look]


def plan_looks(plans: WrittenPlan | Sequence[WrittenPlan]) -> Looks:
    """Styles of the ids in the plan, or in several that share a map; no two lines or sites look alike."""
    plans = [plans] if isinstance(plans, WrittenPlan) else list(plans)
    technologies = {name for p in plans for name in (*p.equipment["technology"], *p.demand["technology"])} - {""}
    kinds = {kind for p in plans for kind in site_kind(p.sites)}
    media = {medium for p in plans for medium in p.links["medium"]}
    known: dict[str, dict[str, Any]] = {}
    for section in ("technologies", "structures", "media"):
        known[section] = {key: entry for p in plans for key, entry in p.catalogue.get(section, {}).items()}
    return Looks(
        technologies=hatched_apart(looks(list(technologies), known["technologies"]), known["technologies"]),
        structures=told_apart(looks(list(kinds), known["structures"]), families=False),
        media=told_apart(looks(list(media), known["media"])),
    )


def site_kind(sites: pd.DataFrame) -> pd.Series:
    """What a site is: its structure, or its status where the plan does not name one."""
    return sites["structure"].where(sites["structure"] != "", sites["status"] + " site")


def reach_classes(demand: pd.DataFrame) -> npt.NDArray[np.str_]:
    """Each demand row as `unserved`, `partly`, `baseline` (served today and no more needed) or `served`."""
    share = demand["served_share"].to_numpy(float)
    before = demand["baseline_share"].to_numpy(float)
    by_plan = share - before > 1e-3
    return np.select(
        [share <= 1e-3, (share < FULL) & by_plan, share < FULL, ~by_plan],
        ["unserved", "partly", "partly", "baseline"],
        "served",
    )


def density_breaks(demand: gpd.GeoDataFrame, metre: float) -> npt.NDArray[np.float64]:
    """Three breaks of people per km² that part the cells in quarters, rounded to two figures.

    All zero where the cells are too alike to be parted: then every cell gets the strongest tint.
    """
    density = people_per_km2(demand, metre)
    density = density[density > 0]
    if not len(density):
        return np.zeros(3)
    breaks = np.quantile(density, [0.25, 0.5, 0.75])
    digits = 10.0 ** np.floor(np.log10(breaks) - 1)
    rounded = np.asarray(np.round(breaks / digits) * digits)
    return rounded if (np.diff(rounded) > 0).all() else np.zeros(3)


def people_per_km2(demand: gpd.GeoDataFrame, metre: float) -> npt.NDArray[np.float64]:
    """Density of each row; `metre` is true metres per map unit. 0 for points."""
    area_km2 = demand.area.to_numpy(float) * metre**2 / 1e6
    people = demand["population"].to_numpy(float)
    return np.asarray(np.divide(people, area_km2, out=np.zeros(len(demand)), where=area_km2 > 0))


def draw_cells(
    ax: Axes, demand: gpd.GeoDataFrame, styles: Looks, breaks: npt.NDArray[np.float64], metre: float, more: int = 0
) -> None:
    """Cells in the colour and hatch of what serves them, the unserved in red; stronger where more people live.

    `more`: signs by which the lines of hatches are closer, where cells are small on the sheet.

    The emptiest quarter of the unserved is not hatched where hardly anybody lives there (`wild`): a wilderness must
    not outshout the places where people are.
    """
    if demand.empty:
        return
    reach = reach_classes(demand)
    names = [look for look in demand["technology"]]
    colours = np.array([to_rgb(styles.technologies[n].colour if n else BASELINE) for n in names])
    colours[reach == "baseline"] = to_rgb(BASELINE)
    colours[reach == "unserved"] = to_rgb(UNSERVED)
    quarter = np.searchsorted(breaks, people_per_km2(demand, metre), side="right")
    tint = np.array(TINTS)[quarter]
    shapes = demand.geometry.to_numpy()
    faces = np.column_stack([colours, np.where(reach == "unserved", 0.6 * tint, tint)])
    draw_classes(ax, shapes, faces, zorder=2.0)
    served = np.where(np.isin(reach, ("served", "partly")), [name or "" for name in names], "")
    draw_hatches(ax, shapes, served, styles, more)
    for kind, hatch in (("partly", "///"), ("unserved", "xxxx")):
        rows = shapes[(reach == kind) & ((kind == "partly") | (quarter > 0) | (not wild(breaks)))]
        if len(rows):
            lines = {"hatch": hatch, "edgecolors": UNSERVED, "hatch_linewidth": 0.4, "alpha": 0.65}
            draw_polygons(ax, np.array([shapely.union_all(rows)]), facecolors="none", linewidths=0, zorder=2.2, **lines)


def wild(breaks: npt.NDArray[np.float64]) -> bool:
    """Whether the emptiest quarter of the cells is next to empty beside the fullest: a park, not a thinner village."""
    return bool(breaks[0] <= WILD * breaks[-1])


def draw_hatches(
    ax: Axes, shapes: npt.NDArray[Any], technologies: npt.NDArray[np.str_], styles: Looks, more: int = 0
) -> None:
    """The hatch of each technology over its areas; `technologies`: id of each shape, empty where there is none."""
    for name in sorted(set(technologies.tolist()) - {""}):
        look = styles.technologies[name]
        if look.hatch:
            whole = np.array([shapely.union_all(shapes[technologies == name])])
            lines = {
                "hatch": closer(look.hatch, more),
                "edgecolors": [darker(look.colour)],
                "hatch_linewidth": HATCH_PT,
            }
            draw_polygons(ax, whole, facecolors="none", linewidths=0, alpha=0.75, zorder=2.1, **lines)


def facility_markers(plan: WrittenPlan, styles: Looks) -> dict[str, str]:
    """A marker for each class of places, none that a kind of site has."""
    taken = {look.marker for look in styles.structures.values()}
    free = [marker for marker in FACILITY_MARKERS if marker not in taken] or list(FACILITY_MARKERS)
    names = sorted(set(plan.demand["class"][~is_cell(plan.demand)]))
    return {name: free[rank % len(free)] for rank, name in enumerate(names)}


def draw_places(ax: Axes, demand: gpd.GeoDataFrame, markers: dict[str, str], scale: float = 1.0) -> None:
    """Facilities and settlement points by class; a red cross on those not served."""
    size = (9.0 if len(demand) < 150 else 5.5 if len(demand) < 1500 else 1.5) * scale**2
    for name, marker in markers.items():
        rows = demand[demand["class"] == name]
        x, y = centres(rows)
        ax.scatter(
            x, y, s=size, marker=marker, facecolors="white", edgecolors="#444444", linewidths=0.45 * scale, zorder=4.0
        )
        lost = rows["served_share"].to_numpy(float) < FULL
        ax.scatter(x[lost], y[lost], s=22 * scale**2, marker="x", color=UNSERVED, linewidths=1.1 * scale, zorder=4.1)


def centres(layer: gpd.GeoDataFrame) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """x and y of every row (a point's own, an area's centroid)."""
    points = shapely.centroid(layer.geometry.to_numpy())
    return shapely.get_x(points), shapely.get_y(points)


def lines_of(links: gpd.GeoDataFrame) -> tuple[list[npt.NDArray[np.float64]], npt.NDArray[np.intp]]:
    """Polylines of links with a length, and the row of `links` each came from."""
    rows = np.flatnonzero(links.length.to_numpy(float) > 0)
    parts, owner = shapely.get_parts(links.geometry.to_numpy()[rows], return_index=True)
    return [np.asarray(part.coords)[:, :2] for part in parts], rows[owner]


def draw_links(
    ax: Axes,
    links: gpd.GeoDataFrame,
    styles: Looks,
    scale: float = 1.0,
    widths: npt.NDArray[np.float64] | None = None,
) -> None:
    """Links by medium, on a white casing; what exists already is thinner. Links without length are not drawn.

    `widths`: points, one per row of `links`, in place of those.
    """
    plain = np.where(links["status"].to_numpy() == "existing", 0.9, 1.5)
    wide = (plain if widths is None else widths) * scale
    for medium in sorted(set(links["medium"])):
        mask = (links["medium"] == medium).to_numpy()
        look = styles.media[medium]
        lines, owner = lines_of(links[mask])
        if not lines:
            continue
        width = wide[mask][owner]
        for each in np.unique(width):
            # The edge keeps a pale line visible on a ground of its own colour; dashes of both fall together.
            edge = [withStroke(linewidth=each + 0.8 * scale, foreground=darker(look.colour), alpha=0.8), Normal()]
            some = [line for line, one in zip(lines, width, strict=True) if one == each]
            halo = {"linewidths": each + 2.0 * scale, "alpha": 0.5, "zorder": 5.0, "capstyle": "butt"}
            ax.add_collection(LineCollection(some, colors="white", **halo), autolim=False)
            strokes = LineCollection(
                some, colors=look.colour, linewidths=each, linestyles=[look.dash], zorder=5.2, path_effects=edge
            )
            ax.add_collection(strokes, autolim=False)


def site_size(count: int) -> float:
    """Marker area in points² that keeps one site visible and a thousand apart."""
    return float(np.clip(60.0 * (20.0 / max(count, 1)) ** 0.45, 6.0, 60.0))


def draw_sites(
    ax: Axes, sites: gpd.GeoDataFrame, styles: Looks, scale: float = 1.0, over_subject: bool = False
) -> bool:
    """Sites by structure; an outer ring where backhaul is by satellite.

    `over_subject`: what lies under them is what the map is about, so that very many are dots and not groups.

    Returns whether they were too many and drawn in groups.
    """
    if len(sites) > MOST_MARKERS and over_subject:
        x, y = centres(sites)
        colours = [styles.structures[kind].colour for kind in site_kind(sites)]
        ax.scatter(x, y, s=DOT_PT2 * scale**2, c=colours, linewidths=0, zorder=6.0)
        return False
    if len(sites) > MOST_MARKERS:
        draw_groups(ax, sites, styles, scale)
        return True
    kinds = site_kind(sites)
    size = site_size(len(sites)) * scale**2
    for kind in sorted(set(kinds)):
        look = styles.structures[kind]
        x, y = centres(sites[kinds == kind])
        ax.scatter(
            x,
            y,
            s=size,
            marker=look.marker,
            facecolors=look.colour,
            edgecolors="white" if look.marker not in "x+1234|_" else None,
            linewidths=0.6 * scale,
            zorder=6.0,
        )
    x, y = centres(sites[sites["backhaul"] == "satellite"])
    ax.scatter(x, y, s=size * 2.8, marker="o", facecolors="none", edgecolors=INK, linewidths=0.7 * scale, zorder=5.9)
    return False


def draw_groups(ax: Axes, sites: gpd.GeoDataFrame, styles: Looks, scale: float = 1.0) -> int:
    """Sites of one square of the sheet as one circle: area by their number, colour of the commonest kind.

    Returns how many circles.
    """
    at = ax.transData.transform(np.column_stack(centres(sites)))
    side = GROUP_PT * scale * ax.figure.dpi / 72.0
    table = pd.DataFrame(np.floor(at / side).astype(int), columns=["column", "row"])
    table["kind"], table["x"], table["y"] = site_kind(sites).to_numpy(), at[:, 0], at[:, 1]
    groups = table.groupby(["column", "row"]).agg(
        kind=("kind", lambda kinds: kinds.value_counts().sort_index().idxmax()),
        number=("kind", "size"), x=("x", "mean"), y=("y", "mean"),
    )  # fmt: skip
    where = ax.transData.inverted().transform(groups[["x", "y"]].to_numpy())
    biggest = (0.92 * GROUP_PT * scale) ** 2
    area = np.maximum(biggest * groups["number"] / groups["number"].max(), 5.0 * scale**2)
    colours = [styles.structures[kind].colour for kind in groups["kind"]]
    ax.scatter(
        where[:, 0], where[:, 1], s=area, c=colours, alpha=0.85, edgecolors="white", linewidths=0.5 * scale, zorder=6.0
    )
    for (x, y), number in zip(where, groups["number"], strict=True):
        if number >= max(10, 0.3 * groups["number"].max()):
            ax.text(
                x, y, str(number), fontsize=5.0 * scale, ha="center", va="center_baseline", color="white", zorder=6.1,
                weight="bold", clip_on=True,
            )  # fmt: skip
    return len(groups)


def draw_pops(ax: Axes, nodes: gpd.GeoDataFrame, scale: float = 1.0) -> int:
    """Points of presence as black stars on white. Returns how many."""
    x, y = centres(nodes[nodes["kind"] == "pop"])
    ax.scatter(
        x, y, s=190 * scale**2, marker="*", facecolors="black", edgecolors="white", linewidths=1.0 * scale, zorder=7.0
    )
    return len(x)
