"""A sheet of paper or a slide: title above, credits below, and room between for maps, charts and legends."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure

from netplan.maps import base, frame, text, words
from netplan.maps.base import Extent
from netplan.maps.languages import ENGLISH, Language
from netplan.maps.page import A4, Page
from netplan.maps.read import WrittenPlan
from netplan.maps.scene import Scene
from netplan.maps.style import INK, SOFT

SMALLEST_VIEW_M = 4000.0
TITLE_SIZES = (15.0, 9.0)
FOOT_SIZES = (6.2, 5.6, 5.0, 4.5, 4.0)
Box = tuple[float, float, float, float]
"""left, bottom, width, height in inches of the sheet."""


class Sheet:
    """One page under construction. Lengths are inches from the lower left; `scale` is that of type and signs."""

    def __init__(self, page: Page = A4, language: Language = ENGLISH) -> None:
        self.page = page
        self.language = language
        self.scale = page.scale
        self.figure = Figure(figsize=(page.width_in, page.height_in), dpi=page.dpi, facecolor="white")
        self.renderer: RendererAgg = FigureCanvasAgg(self.figure).get_renderer()  # type: ignore[no-untyped-call]
        self.margin = 0.33 * min(page.scale, 1.2)
        self.top = page.height_in - 0.14 * page.scale
        self.bottom = 0.1 * page.scale

    @property
    def width(self) -> float:
        """Between the margins."""
        return self.page.width_in - 2 * self.margin

    def pixels(self, inches: float) -> float:
        """Inches as pixels of the renderer."""
        return inches * self.page.dpi

    def axes(self, box: Box) -> Axes:
        """Axes at a place in inches."""
        wide, high = self.page.width_in, self.page.height_in
        return self.figure.add_axes((box[0] / wide, box[1] / high, box[2] / wide, box[3] / high))

    def points(self, box: Box) -> Axes:
        """Bare axes whose data unit is one point."""
        ax = self.axes(box)
        ax.set(xlim=(0, box[2] * 72), ylim=(0, box[3] * 72), autoscale_on=False)
        ax.axis("off")
        return ax

    def say(self, x: float, y: float, line: str, size: float, **style: object) -> None:
        """One line of text at a place in inches."""
        at = x / self.page.width_in, y / self.page.height_in
        self.figure.text(*at, line, fontsize=size, **style)  # type: ignore[arg-type]

    def head(self, title: str, sentences: Sequence[str], subtitle: str = "") -> None:
        """The title in one or two lines, then a line of the map's subject and sentences; lowers `top`."""
        self._lines(title, (TITLE_SIZES[0] * self.scale, TITLE_SIZES[1] * self.scale), 2, INK, "bold", 1.25)
        if subtitle:
            self._lines(subtitle, (11 * self.scale, 8 * self.scale), 2, INK, "normal", 1.4)
        for sentence in sentences:
            self._lines(sentence, (8.5 * self.scale, 6.5 * self.scale), 2, SOFT, "normal", 1.4)
        self.top -= 0.07 * self.scale

    def _lines(self, body: str, sizes: tuple[float, float], most: int, colour: str, weight: str, step: float) -> None:
        said, wide = text.plain(body), self.pixels(self.width)
        # A line a little smaller rather than a last word alone on a second one.
        lines, size = text.fit(self.renderer, said, wide, (sizes[0], max(0.8 * sizes[0], sizes[1])), 1, weight)
        if lines and lines[-1].endswith("…"):
            lines, size = text.fit(self.renderer, said, wide, sizes, most, weight)
        for line in lines:
            self.say(self.margin, self.top, line, size, weight=weight, color=colour, va="top")
            self.top -= size * step / 72

    def foot(self, paragraphs: Sequence[tuple[str, str]], most_in: float = 1.05) -> None:
        """Paragraphs of (text, colour) above the lower edge, as small as they must be; raises `bottom`."""
        wide = self.pixels(self.width)
        bodies = [(text.plain(body), colour) for body, colour in paragraphs if body]
        for size in (factor * min(self.scale, 1.1) for factor in FOOT_SIZES):
            lines = [(line, colour) for body, colour in bodies for line in text.wrap(self.renderer, body, size, wide)]
            step = size * 1.28 / 72
            if len(lines) * step < most_in:
                break
        for rank, (line, colour) in enumerate(reversed(lines)):
            self.say(self.margin, self.bottom + rank * step, line, size, color=colour, va="bottom")
        self.bottom += len(lines) * step + 0.08


def head(sheet: Sheet, plan: WrittenPlan, scene: Scene, subject: str = "", sentences: Sequence[str] = ()) -> None:
    """Project and scenario as the title, the subject under it, then sentences (the plan's headline if none)."""
    language = sheet.language
    name = scene.face.sayable(plan.name) or plan.folder.resolve().parent.name
    title = _title(sheet, name, scene.face.sayable(plan.scenario) or "1")
    said = sentences or words.headline(plan.summary, plan.economics, plan.currency, language)
    sheet.head(title, [scene.face.sayable(each) for each in said], subject)


def _title(sheet: Sheet, name: str, scenario: str) -> str:
    """Project and scenario; of a name too long for two lines the end is cut, never the scenario."""
    for kept in range(len(name), 0, -6):
        short = name if kept == len(name) else name[:kept].rstrip() + "…"
        title = sheet.language.say("title_plan", name=short, scenario=scenario)
        size = TITLE_SIZES[1] * sheet.scale
        lines, _ = text.fit(sheet.renderer, text.plain(title), sheet.pixels(sheet.width), (size, size), 2, "bold")
        if not lines[-1].endswith("…"):
            break
    return title


def foot(
    sheet: Sheet,
    plan: WrittenPlan,
    scene: Scene,
    assumed_sites: int = 0,
    notes: Sequence[str] = (),
    located: bool = True,
) -> None:
    """Notes of this map, what is assumed, credits of every layer, date. Credits are never cut."""
    language, face = sheet.language, scene.face
    notices = words.assumed_notices(plan.project, plan.summary, assumed_sites, language)
    kept = _first(sheet, notices)
    more = len(notices) - len(kept)
    rest = [language.count("more_assumed", more)] if more else []
    licences = (plan.summary.get("licences") or {}).values()
    credits = sorted({" ".join(face.sayable(str(credit)).split()) for credit in licences} - {""})
    credits += [language.say("locator_credit")] if located else []
    lacking = [language.say("no_glyphs", scripts=", ".join(face.scripts))] if face.scripts else []
    said = [face.sayable(each) for each in [*kept, *rest]]
    sheet.foot(
        [
            (" ".join([*notes, *lacking]), INK),
            (language.say("assumed", list=language.say("semicolon").join(said)) if said else "", INK),
            (language.say("data", list=" · ".join(credits)) if credits else "", SOFT),
            (language.say("plan_of", date=plan.written_on, crs=plan.crs.name), SOFT),
        ]
    )


def _first(sheet: Sheet, notices: Sequence[str]) -> list[str]:
    """As many of the notices as take about three lines of the footer (one on a slide)."""
    room = sheet.pixels(sheet.width) * (0.8 if sheet.page.brief else 2.6)
    kept: list[str] = []
    for notice in notices:
        room -= text.width_px(sheet.renderer, text.plain(notice) + "; ", FOOT_SIZES[0])
        if room < 0 and kept:
            break
        kept.append(notice)
    return kept


def view(plans: Sequence[WrittenPlan], area: gpd.GeoDataFrame | None, width_per_height: float, metre: float) -> Extent:
    """The extent to draw: everything planned and the area, padded, in the shape of the frame."""
    bounds = _bounds(plans, area)
    middle = (bounds[:2] + bounds[2:]) / 2
    size = np.maximum((bounds[2:] - bounds[:2]) * 1.05, SMALLEST_VIEW_M / metre)
    size = np.maximum(size, [size[1] * width_per_height, size[0] / width_per_height])
    low, high = middle - size / 2, middle + size / 2
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def shape(plans: Sequence[WrittenPlan], scene: Scene) -> float:
    """Width per height of all that is to be seen, between a strip and a column."""
    bounds = _bounds(plans, scene.area)
    size = np.maximum(bounds[2:] - bounds[:2], SMALLEST_VIEW_M / scene.metre)
    return float(np.clip(size[0] / size[1], 0.25, 4.0))


def _bounds(plans: Sequence[WrittenPlan], area: gpd.GeoDataFrame | None) -> npt.NDArray[np.float64]:
    shapes = [layer.geometry.to_numpy() for plan in plans for layer in (plan.demand, plan.sites, plan.links)]
    shapes += [plan.nodes[plan.nodes["kind"] == "pop"].geometry.to_numpy() for plan in plans]
    shapes += [] if area is None else [area.geometry.to_numpy()]
    everything = np.concatenate(shapes)
    bounds = shapely.total_bounds(everything) if len(everything) else np.zeros(4)
    return np.where(np.isfinite(bounds), bounds, 0.0)


def open_map(sheet: Sheet, box: Box, plans: Sequence[WrittenPlan], scene: Scene) -> tuple[Axes, Extent]:
    """Axes over the plans' extent, with relief."""
    extent = view(plans, scene.area, box[2] / box[3], scene.metre)
    ax = sheet.axes(box)
    ax.set(
        xlim=(extent[0], extent[2]), ylim=(extent[1], extent[3]), facecolor="#FAFAF7", autoscale_on=False,
        aspect="equal",
    )  # fmt: skip
    base.draw_relief(ax, *scene.relief(extent), extent)
    return ax, extent


def ground(ax: Axes, scene: Scene, extent: Extent, scale: float = 1.0) -> dict[str, bool]:
    """Roads, water, exclusions and the area. Returns which of them are on the map."""
    roads = base.draw_roads(ax, scene.roads, extent, scale)
    water, excluded = base.draw_exclusions(ax, scene.barred, extent)
    if scene.area is not None:
        base.draw_area(ax, scene.area, extent)
    return {"roads": roads, "water": water, "excluded": excluded, "area": scene.area is not None}


def close_map(sheet: Sheet, ax: Axes, extent: Extent, scene: Scene, size: float = 6.5) -> None:
    """Graticule, with degrees of `size` points, and frame."""
    frame.draw_graticule(ax, extent, scene.crs, size * sheet.scale, sheet.language)
    for spine in ax.spines.values():
        spine.set(linewidth=0.8, color=INK)


def furniture(sheet: Sheet, box: Box, extent: Extent, scene: Scene, map_width_in: float) -> None:
    """Locator on the left of the box; north arrow and scale bar on its right."""
    left, bottom, width, height = box
    half = width * 0.5
    frame.draw_locator(sheet.axes((left, bottom, half, height)), extent, scene.crs, half / height)
    rest = sheet.points((left + half + 0.08, bottom, width - half - 0.08, height))
    frame.draw_scale_and_north(rest, extent, scene.crs, map_width_in * 72, sheet.scale)
