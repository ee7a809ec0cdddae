"""The plan itself on the map: who is served, by what; sites; links; points of presence."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb

from netplan.maps.base import draw_polygons
from netplan.maps.read import WrittenPlan
from netplan.maps.style import BASELINE, INK, UNSERVED, Look, looks

FULL = 1.0 - 1e-3
"""A served share above this counts as wholly served (solvers leave dust)."""
TINTS = (0.16, 0.30, 0.46, 0.64)
"""Opacity of a cell's colour by quarter of population density: the busier, the stronger."""
FACILITY_MARKERS = ("s", "P", "D", "^", "v", "p", "h")


@dataclass(frozen=True)
class Looks:
    """Styles of everything in one plan."""

    technologies: dict[str, Look]
    structures: dict[str, Look]
    media: dict[str, Look]


def plan_looks(plan: WrittenPlan) -> Looks:
    """Styles of the ids in the plan."""
    technologies = {*plan.equipment["technology"], *plan.demand["technology"]} - {""}
    return Looks(
        technologies=looks(list(technologies), plan.catalogue.get("technologies", {})),
        structures=looks(list(site_kind(plan.sites)), plan.catalogue.get("structures", {})),
        media=looks(list(plan.links["medium"]), plan.catalogue.get("media", {})),
    )


def site_kind(sites: pd.DataFrame) -> pd.Series:
    """What a site is: its structure, or its status where the plan does not name one."""
    return sites["structure"].where(sites["structure"] != "", sites["status"] + " site")


def is_cell(demand: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    """Demand rows drawn as areas: polygons; points that hold people (settlements) are not."""
    return np.asarray(demand.geom_type.isin(["Polygon", "MultiPolygon"]).to_numpy(bool))


def is_shadow(demand: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    """Cells that count people a second time, for community service: drawn, they would hide the first."""
    return np.asarray(is_cell(demand) & (demand["level"] == "community").to_numpy(bool))


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
    ax: Axes, demand: gpd.GeoDataFrame, styles: Looks, breaks: npt.NDArray[np.float64], metre: float
) -> None:
    """Cells in the colour of what serves them, the unserved in red; stronger where more people live.

    The emptiest quarter of the unserved is not hatched: a wilderness must not outshout the places where people are.
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
    draw_polygons(ax, shapes, facecolors=faces, edgecolors="none", linewidths=0, zorder=2.0)
    for kind, hatch in (("partly", "///"), ("unserved", "xxxx")):
        rows = shapes[(reach == kind) & ((kind == "partly") | (quarter > 0))]
        if len(rows):
            draw_polygons(
                ax, rows, facecolors="none", edgecolors=UNSERVED, linewidths=0, hatch=hatch, zorder=2.2, alpha=0.75,
                hatch_linewidth=0.5,
            )  # fmt: skip


def draw_places(ax: Axes, demand: gpd.GeoDataFrame, styles: Looks) -> dict[str, str]:
    """Facilities and settlement points by class; a red cross on those not served. Returns class -> marker."""
    markers = {name: FACILITY_MARKERS[i % len(FACILITY_MARKERS)] for i, name in enumerate(sorted(set(demand["class"])))}
    size = 9.0 if len(demand) < 150 else 5.0
    for name, marker in markers.items():
        rows = demand[demand["class"] == name]
        x, y = centres(rows)
        ax.scatter(x, y, s=size, marker=marker, facecolors="white", edgecolors="#444444", linewidths=0.45, zorder=4.0)
        lost = rows["served_share"].to_numpy(float) < FULL
        ax.scatter(x[lost], y[lost], s=22, marker="x", color=UNSERVED, linewidths=1.1, zorder=4.1)
    return markers


def centres(layer: gpd.GeoDataFrame) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """x and y of every row (a point's own, an area's centroid)."""
    points = shapely.centroid(layer.geometry.to_numpy())
    return shapely.get_x(points), shapely.get_y(points)


def draw_links(ax: Axes, links: gpd.GeoDataFrame, styles: Looks, scale: float = 1.0) -> None:
    """Links by medium, on a white casing; what exists already is thinner. Links without length are not drawn."""
    links = links[links.length > 0]
    for medium in sorted(set(links["medium"])):
        rows = links[links["medium"] == medium]
        look = styles.media[medium]
        parts, owner = shapely.get_parts(rows.geometry.to_numpy(), return_index=True)
        lines = [np.asarray(part.coords)[:, :2] for part in parts]
        widths = np.where(rows["status"].to_numpy() == "existing", 0.9, 1.5)[owner] * scale
        ax.add_collection(
            LineCollection(
                lines, colors="white", linewidths=widths + 1.1 * scale, alpha=0.75, zorder=5.0, capstyle="round"
            ),
            autolim=False,
        )
        ax.add_collection(
            LineCollection(lines, colors=look.colour, linewidths=widths, linestyles=[look.dash], zorder=5.2),
            autolim=False,
        )


def site_size(count: int) -> float:
    """Marker area in points² that keeps one site visible and a thousand apart."""
    return float(np.clip(60.0 * (20.0 / max(count, 1)) ** 0.45, 12.0, 60.0))


def draw_sites(ax: Axes, sites: gpd.GeoDataFrame, styles: Looks, scale: float = 1.0) -> None:
    """Sites by structure; an outer ring where backhaul is by satellite."""
    kinds = site_kind(sites)
    size = site_size(len(sites)) * scale
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


def draw_pops(ax: Axes, nodes: gpd.GeoDataFrame, scale: float = 1.0) -> int:
    """Points of presence as black stars on white. Returns how many."""
    x, y = centres(nodes[nodes["kind"] == "pop"])
    ax.scatter(x, y, s=190 * scale, marker="*", facecolors="black", edgecolors="white", linewidths=1.0, zorder=7.0)
    return len(x)
