"""Coverage maps from `coverage.tif`: download rate, best server, received signal."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from affine import Affine
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from rasterio.enums import Resampling
from rasterio.features import rasterize, shapes, sieve
from rasterio.vrt import WarpedVRT
from shapely.geometry import shape

from netplan.counted import is_cell, is_shadow
from netplan.errors import Fault, InputError
from netplan.maps import layers, rows, sheet
from netplan.maps.draw import MapSheet, close_sheet, draw_names, open_sheet
from netplan.maps.languages import ENGLISH, Language
from netplan.maps.legend import Row
from netplan.maps.page import A4, Page
from netplan.maps.read import WrittenPlan
from netplan.maps.scene import Scene
from netplan.maps.sheet import Sheet
from netplan.maps.style import BLUES, area_patch, classed
from netplan.maps.words import class_names, number, short

FILE = "coverage.tif"
RATE_BREAKS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
SIGNAL_BREAKS = (-110, -100, -90, -80, -70, -60, -50, -40, -30)
MOST_CLASSES = 6
FEWEST = 0.01
"""A class that holds less than this share of the pixels is merged into its neighbour."""
TINT_STEPS = (0.75, 0.45, 0.95, 0.30, 0.60)
"""Tints of one technology's colour, so that neighbouring areas differ."""
SMALLEST_AREA = 40
"""Pixels; smaller patches take the server around them on the map: speckle hides the pattern."""
Grid = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Field:
    """`coverage.tif` in the map's CRS. Bands: rows × columns, NaN where nothing reaches."""

    rate: Grid
    server: Grid | None
    signal: Grid | None
    options: tuple[str, ...]
    transform: Affine
    km2: float
    """Area of a pixel."""

    @property
    def frame(self) -> tuple[float, float, float, float]:
        """left, right, bottom, top in map units."""
        height, width = self.rate.shape
        left, top = self.transform.c, self.transform.f
        return left, left + width * self.transform.a, top + height * self.transform.e, top


def read_field(plan: WrittenPlan, metre: float) -> Field:
    """The plan's coverage.

    Raises:
        InputError: the file is absent or unreadable.
    """
    path = plan.folder / FILE
    try:
        with (
            rasterio.open(path) as source,
            WarpedVRT(source, crs=plan.crs.to_wkt(), resampling=Resampling.nearest) as vrt,
        ):
            bands = vrt.read().astype(float)
            named = source.tags().get("servers")
            transform = vrt.transform
    except (rasterio.errors.RasterioError, OSError, ValueError) as error:
        said = "the file is absent" if not path.exists() else f"it cannot be read ({str(error).splitlines()[0]})"
        raise InputError(Fault(str(path), said, "plan the scenario again: `netplan plan` writes it")) from error
    more = len(bands) >= 3 and named is not None
    options = tuple(json.loads(named or "[]"))
    km2 = abs(transform.a * transform.e) * metre**2 / 1e6
    return Field(bands[0], bands[1] if more else None, bands[2] if more else None, options, transform, km2)


def has_field(plan: WrittenPlan, further: bool = False) -> bool:
    """Whether the plan has a coverage raster (with best server and signal, if `further`)."""
    path = plan.folder / FILE
    if not path.is_file():
        return False
    try:
        with rasterio.open(path) as source:
            return not further or (source.count >= 3 and "servers" in source.tags())
    except rasterio.errors.RasterioError:
        return False


def breaks_of(values: Grid, steps: tuple[int, ...], must: tuple[float, ...] = ()) -> list[float]:
    """Round breaks that part the values in at most six classes, none almost empty; those of `must` are kept."""
    known = values[np.isfinite(values)]
    if not len(known):
        return []
    wanted = sorted({*(float(step) for step in steps), *must})
    breaks = [step for step in wanted if known.min() < step <= known.max()]

    def counts() -> npt.NDArray[np.intp]:
        return np.bincount(np.searchsorted(breaks, known, side="right"), minlength=len(breaks) + 1)

    while breaks:
        held = counts()
        free = [rank for rank, each in enumerate(breaks) if each not in must]
        if not free or (len(held) <= MOST_CLASSES and held.min() >= FEWEST * len(known)):
            break
        # The break whose removal makes the smallest class.
        breaks.pop(min(free, key=lambda rank: held[rank] + held[rank + 1]))
    return breaks


def class_labels(breaks: list[float], language: Language) -> list[str]:
    """Names of classes between breaks that are whole numbers."""
    return class_names([number(each, language).replace("-", "−") for each in breaks], language)


def people_on(field: Field, plan: WrittenPlan) -> Grid:
    """People of each pixel: those of a cell spread evenly over its pixels, those of a point on its own."""
    held = plan.demand[(plan.demand["population"] > 0) & ~is_shadow(plan.demand)]
    spread = np.zeros(field.rate.shape)
    cells = held[is_cell(held)]
    if len(cells):
        shapes = zip(cells.geometry, range(1, len(cells) + 1), strict=True)
        owner = rasterize(shapes, out_shape=field.rate.shape, transform=field.transform, fill=0, dtype="int32")
        pixels = np.bincount(owner.ravel(), minlength=len(cells) + 1)
        share = np.append(0.0, cells["population"].to_numpy(float)) / np.maximum(pixels, 1)
        spread += share[owner]
    points = held[~is_cell(held)]
    if len(points):
        columns, lines = ~field.transform * layers.centres(points)
        at = np.floor(np.array([lines, columns])).astype(int)
        inside = ((at >= 0) & (at < np.array(field.rate.shape)[:, None])).all(axis=0)
        np.add.at(spread, tuple(at[:, inside]), points["population"].to_numpy(float)[inside])
    return spread


def _paint(made: MapSheet, field: Field, colours: npt.NDArray[np.float64]) -> None:
    """Colours (rows × columns × RGBA) on the map."""
    left, right, bottom, top = field.frame
    made.ax.imshow(colours, extent=(left, right, bottom, top), zorder=2.0, interpolation="nearest", origin="upper")


def _over(made: MapSheet, plan: WrittenPlan, scene: Scene) -> tuple[layers.Looks, dict[str, bool], bool]:
    """Ground, sites and names over a coverage."""
    styles = layers.plan_looks(plan)
    drawn = sheet.ground(made.ax, scene, made.extent, made.scale)
    grouped = layers.draw_sites(made.ax, plan.sites, styles, 0.8 * made.scale, over_subject=True)
    layers.draw_pops(made.ax, plan.nodes, made.scale)
    draw_names(made, plan, scene, most=9)
    return styles, drawn, grouped


def _classified(
    made: MapSheet, plan: WrittenPlan, scene: Scene, field: Field, values: Grid, breaks: list[float], heading: str
) -> Sheet:
    """A map of ordered classes with the area and the people of each."""
    language = made.sheet.language
    colours = classed(len(breaks) + 1, BLUES)
    known = np.isfinite(values)
    rank = np.where(known, np.searchsorted(breaks, np.where(known, values, 0.0), side="right"), -1)
    table = np.array([[*to_rgb(colour), 0.92] for colour in colours] + [[0, 0, 0, 0.0]])
    _paint(made, field, table[rank])
    people = people_on(field, plan)
    classes = [Row(language.say(heading), language.say("km2_people"), heading=True)]
    for each in reversed(range(len(colours))):
        value = _km2_people(field, people, rank == each, language)
        label = class_labels(breaks, language)[each]
        classes.append(Row(label, value, patch={"facecolor": colours[each], "edgecolor": "#555555"}))
    inside = people > 0
    value = _km2_people(field, people, inside & ~known, language)
    classes.append(Row(language.say("no_coverage"), value, patch={"facecolor": "#F4F4F1"}))
    note = "rate_note" if heading == "rate" else "signal_note"
    classes.append(Row(language.say(note), soft=True))
    styles, drawn, grouped = _over(made, plan, scene)
    assumed = rows.assumed_structures(plan)
    sections: list[Any] = [
        classes,
        rows.people_rows(plan, language),
        rows.site_rows(plan, styles, assumed, language, grouped),
        rows.ground_rows(drawn, None, language),
    ]
    return close_sheet(made, scene, sections)


def _km2_people(field: Field, people: Grid, where: npt.NDArray[np.bool_], language: Language) -> str:
    return f"{number(float(where.sum()) * field.km2, language)} · {short(float(people[where].sum()), language)}"


def rate_sheet(plan: WrittenPlan, scene: Scene, page: Page = A4, language: Language = ENGLISH) -> Sheet:
    """Best download rate in round classes; the rates that the service asks for are breaks."""
    field = read_field(plan, scene.metre)
    asked = {
        float(entry["rate_mbps"])
        for entry in (plan.project.get("service") or {}).values()
        if isinstance(entry, dict) and entry.get("rate_mbps")
    }
    known = field.rate[np.isfinite(field.rate)]
    must = tuple(sorted(rate for rate in asked if len(known) and known.min() < rate <= known.max()))
    made = open_sheet(plan, scene, page, language, language.say("title_coverage"))
    breaks = breaks_of(field.rate, RATE_BREAKS, must)
    return _classified(made, plan, scene, field, field.rate, breaks, "rate")


def signal_sheet(plan: WrittenPlan, scene: Scene, page: Page = A4, language: Language = ENGLISH) -> Sheet:
    """Median power of the best server at the terminal, in classes of 10 dB."""
    field = read_field(plan, scene.metre)
    if field.signal is None:
        raise _no_bands(plan)
    made = open_sheet(plan, scene, page, language, language.say("title_signal"))
    return _classified(made, plan, scene, field, field.signal, breaks_of(field.signal, SIGNAL_BREAKS), "signal")


def server_sheet(plan: WrittenPlan, scene: Scene, page: Page = A4, language: Language = ENGLISH) -> Sheet:
    """Whose signal serves where: colour by technology, tints by site, white lines between areas."""
    field = read_field(plan, scene.metre)
    if field.server is None:
        raise _no_bands(plan)
    made = open_sheet(plan, scene, page, language, language.say("title_server"))
    styles = layers.plan_looks(plan)
    technology = plan.equipment.drop_duplicates("option_id").set_index("option_id")["technology"].to_dict()
    server = np.where(np.isfinite(field.server), field.server, -1).astype(int)
    tints = area_tints(server, len(field.options))
    table = np.zeros((len(field.options) + 1, 4))
    for rank, option in enumerate(field.options):
        look = styles.technologies.get(technology.get(option, ""))
        table[rank] = [*to_rgb(look.colour if look else "#888888"), TINT_STEPS[tints[rank] % len(TINT_STEPS)] * 0.85]
    calm = np.where(server >= 0, sieve((server + 1).astype("int32"), SMALLEST_AREA) - 1, -1)
    _paint(made, field, table[np.maximum(calm, -1)])
    _hatch(made, field, calm, [technology.get(option, "") for option in field.options], styles)
    halo: dict[str, Any] = {"colors": "white", "linewidths": _border_pt(made, field, calm), "zorder": 2.1}
    halo["capstyle"] = "projecting"
    made.ax.add_collection(LineCollection(list(area_borders(calm, field.transform)), **halo), autolim=False)
    heading = Row(language.say("server"), language.say("server_km2"), heading=True)
    classes = [heading]
    served, counts = np.unique(server[server >= 0], return_counts=True)
    names = [technology.get(field.options[each], "") for each in served]
    for name in sorted(set(names)):
        look = styles.technologies.get(name)
        mine = np.array([each == name for each in names])
        value = f"{int(mine.sum())} · {number(float(counts[mine].sum()) * field.km2, language)}"
        patch = area_patch(look, 0.6) if look else {"facecolor": "#888888", "alpha": 0.6}
        classes.append(Row(look.label if look else language.say("not_stated"), value, patch=patch))
    classes.append(Row(language.say("no_coverage"), patch={"facecolor": "#F4F4F1"}))
    classes.append(Row(language.say("server_note"), soft=True))
    _, drawn, grouped = _over(made, plan, scene)
    sections: list[Any] = [
        classes,
        rows.site_rows(plan, styles, rows.assumed_structures(plan), language, grouped),
        rows.ground_rows(drawn, None, language),
    ]
    return close_sheet(made, scene, sections)


def _border_pt(made: MapSheet, field: Field, server: npt.NDArray[np.intp]) -> float:
    """Width of the lines between areas, points: thin where areas are so small that lines would be all that is seen."""
    held = server[server >= 0]
    pixels = np.sqrt(len(held) / max(len(np.unique(held)), 1))
    left, right, _, _ = field.frame
    on_sheet = (right - left) / (made.extent[2] - made.extent[0]) * made.map_width_in * 72
    side = pixels * on_sheet / max(server.shape[1], 1)
    return float(np.clip(0.1 * side, 0.05, 0.9 * made.scale))


def _hatch(
    made: MapSheet, field: Field, server: npt.NDArray[np.intp], technologies: list[str], styles: layers.Looks
) -> None:
    """Hatches of the technologies over their areas; `server`: place in `technologies`, -1 where nothing serves."""
    names = sorted(set(technologies) & set(styles.technologies))
    ranks = np.array([names.index(name) if name in names else -1 for name in technologies] + [-1])
    found = ranks[server].astype("int16")
    areas = list(shapes(found, mask=found >= 0, transform=field.transform))
    if areas:
        outlines = np.array([shape(area) for area, _ in areas], dtype=object)
        layers.draw_hatches(made.ax, outlines, np.array([names[int(rank)] for _, rank in areas]), styles)


def area_tints(server: npt.NDArray[np.intp], count: int) -> list[int]:
    """A tint for each server so that areas that touch differ (greedy colouring of the graph of neighbours)."""
    pairs = [
        np.column_stack([side[cut].ravel() for side in (one, other)])
        for one, other in ((server[:, :-1], server[:, 1:]), (server[:-1], server[1:]))
        for cut in [(one != other) & (one >= 0) & (other >= 0)]
    ]
    touching = np.unique(np.sort(np.concatenate(pairs), axis=1), axis=0)
    near: list[set[int]] = [set() for _ in range(count)]
    for one, other in touching:
        near[one].add(int(other))
        near[other].add(int(one))
    tints: dict[int, int] = {}
    for each in sorted(range(count), key=lambda rank: (-len(near[rank]), rank)):
        barred = {tints[other] for other in near[each] if other in tints}
        tints[each] = next(tint for tint in range(count) if tint not in barred)
    return [tints[each] for each in range(count)]


def area_borders(server: npt.NDArray[np.intp], transform: Affine) -> npt.NDArray[np.float64]:
    """Sides of pixels at which the area of one server meets that of another: lines × 2 ends × (x, y) in map units.

    Lines, not pixels: a border of pixels would look like ground that nothing covers.
    """
    covered = server >= 0
    row, column = np.nonzero((server[:, 1:] != server[:, :-1]) & covered[:, 1:] & covered[:, :-1])
    upright = np.stack([np.column_stack([column + 1, row]), np.column_stack([column + 1, row + 1])], axis=1)
    row, column = np.nonzero((server[1:] != server[:-1]) & covered[1:] & covered[:-1])
    level = np.stack([np.column_stack([column, row + 1]), np.column_stack([column + 1, row + 1])], axis=1)
    corners = np.concatenate([upright, level]).astype(float)
    across, down = corners[..., 0], corners[..., 1]
    x = transform.a * across + transform.b * down + transform.c
    y = transform.d * across + transform.e * down + transform.f
    return np.stack([x, y], axis=-1)


def _no_bands(plan: WrittenPlan) -> InputError:
    found = "no bands of best server and signal"
    return InputError(Fault(str(plan.folder / FILE), found, "plan the scenario again: this version writes them"))
