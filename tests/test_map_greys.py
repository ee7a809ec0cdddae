"""Printed in greys, what a map tells apart by colour stays told apart: by lightness, or by hatch, marker or dash."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from mapbuilder import written
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Rectangle
from shapely.geometry import box

from netplan.catalogue import load_catalogue
from netplan.catalogue.check import check_entry
from netplan.maps.draw import plan_sheet
from netplan.maps.fonts import settings
from netplan.maps.layers import TINTS
from netplan.maps.page import A4
from netplan.maps.read import WrittenPlan, read_written
from netplan.maps.scene import read_scene
from netplan.maps.sheet import Sheet
from netplan.maps.style import area_patch, hatched_apart, looks

Picture = np.ndarray[Any, Any]
CATALOGUE = load_catalogue([])
TECHNOLOGIES = sorted(CATALOGUE.technologies)
LIGHTNESS = 0.08
"""Least difference of mean luminance (0-1) that a reader of a photocopy sees."""
PATTERN = 0.25
"""Least difference of two patterns: 1 − cosine of their spectra; 0 for the same, 1 for nothing in common."""
SMALL = 0.12
"""The same for patches of a legend, which hold few waves."""
FLAT = 0.012
"""Standard deviation of luminance under which an area is plain."""
BLOCK, ACROSS = 3, 7


def told(one: Picture, other: Picture, pattern: float = PATTERN) -> bool:
    """Whether two areas of one grey picture are told apart by lightness or by pattern."""
    if abs(one.mean() - other.mean()) > LIGHTNESS:
        return True
    plain = [part.std() < FLAT for part in (one, other)]
    if any(plain):
        return not all(plain)
    side = [min(a, b) for a, b in zip(one.shape, other.shape, strict=True)]
    waves = []
    for part in (one, other):
        cut = part[: side[0], : side[1]]
        window = np.outer(np.hanning(side[0]), np.hanning(side[1]))
        waves.append(np.abs(np.fft.rfft2((cut - cut.mean()) * window)).ravel())
    return 1.0 - float(waves[0] @ waves[1] / np.sqrt((waves[0] @ waves[0]) * (waves[1] @ waves[1]))) > pattern


def chequered(folder: Path, entries: dict[str, dict[str, Any]]) -> WrittenPlan:
    """A plan of the catalogue's technologies, each the only one in two blocks of 3 × 3 cells."""
    plan = read_written(written(folder, side=ACROSS * BLOCK, sites=0, links=0, coverage=False))
    cells = plan.demand[plan.demand.geom_type == "Polygon"].reset_index(drop=True)
    row, column = np.divmod(np.arange(len(cells)), ACROSS * BLOCK)
    name = np.array(TECHNOLOGIES)[((row // BLOCK) * ACROSS + column // BLOCK) % len(TECHNOLOGIES)]
    cells = cells.assign(technology=name, served_share=1.0, baseline_share=0.0, population=100.0, name="")
    return replace(plan, demand=cells, catalogue={**plan.catalogue, "technologies": entries})


def greys(sheet: Sheet) -> Picture:
    """The drawn sheet as luminance, rows from the top."""
    canvas = FigureCanvasAgg(sheet.figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3] / 255.0 @ np.array([0.299, 0.587, 0.114])


def blocks(plan: WrittenPlan, sheet: Sheet, picture: Picture) -> dict[str, list[Picture]]:
    """The two blocks of each technology on the map, their rims left out."""
    ax = sheet.figure.axes[0]
    found: dict[str, list[Picture]] = {}
    cells = np.array(plan.demand.geometry).reshape(ACROSS * BLOCK, ACROSS * BLOCK)
    names = plan.demand["technology"].to_numpy().reshape(cells.shape)
    for row in range(0, len(cells), BLOCK):
        for column in range(0, len(cells), BLOCK):
            near = [cells[row, column].bounds, cells[row + BLOCK - 1, column + BLOCK - 1].bounds]
            whole = box(near[0][0], near[0][1], near[1][2], near[1][3]).buffer(-300.0, join_style="mitre").bounds
            (x0, y0), (x1, y1) = ax.transData.transform([whole[:2], whole[2:]])
            part = picture[int(len(picture) - y1) : int(len(picture) - y0), int(x0) : int(x1)]
            found.setdefault(str(names[row, column]), []).append(part)
    return {name: parts[:2] for name, parts in found.items()}


def drawn(folder: Path, entries: dict[str, dict[str, Any]]) -> tuple[WrittenPlan, Sheet, Picture]:
    plan = chequered(folder, entries)
    scene = read_scene(plan, None)
    with matplotlib.rc_context(settings(scene.face)):
        sheet = plan_sheet(plan, scene, replace(A4, dpi=200))
        return plan, sheet, greys(sheet)


def test_any_two_technologies_of_the_catalogue_are_told_apart_on_a_grey_map(tmp_path: Path) -> None:
    entries = {key: {**entry.model_dump(), "label": key} for key, entry in CATALOGUE.technologies.items()}
    plan, sheet, picture = drawn(tmp_path / "sharing", entries)
    areas = blocks(plan, sheet, picture)
    assert sorted(areas) == TECHNOLOGIES
    assert not [(a, b) for a, b in combinations(TECHNOLOGIES, 2) if not told(areas[a][0], areas[b][0])]
    assert not [name for name, (one, other) in areas.items() if told(one, other)]  # alike where it is the same one
    patches = legend(sheet, picture)
    assert len(patches) == len(TECHNOLOGIES)
    assert not [pair for pair in combinations(patches, 2) if not told(patches[pair[0]], patches[pair[1]], SMALL)]
    # In colours alone the same catalogue is mixed up: what is asked for above is not given for nothing.
    bare = {key: {**entry, "hatch": ""} for key, entry in entries.items()}
    flat = [area_patch(look, TINTS[-1])["facecolor"][:3] for look in looks(TECHNOLOGIES, bare).values()]
    light = np.array(flat) @ np.array([0.299, 0.587, 0.114]) * TINTS[-1]
    assert (np.diff(np.sort(light)) < LIGHTNESS).any()


def legend(sheet: Sheet, picture: Picture) -> dict[str, Picture]:
    """The legend's patches by technology."""
    found: dict[str, Picture] = {}
    for ax in sheet.figure.axes:
        said = {
            round(text.get_position()[1], 1): text.get_text() for text in ax.texts if text.get_text() in TECHNOLOGIES
        }
        for patch in (each for each in ax.patches if isinstance(each, Rectangle)):
            middle = round(patch.get_y() + patch.get_height() / 2, 1)
            if middle in said:
                at = patch.get_window_extent()
                found[said[middle]] = picture[
                    int(len(picture) - at.y1) + 2 : int(len(picture) - at.y0) - 1, int(at.x0) + 3 : int(at.x1) - 2
                ]
    return found


def test_technologies_that_state_no_hatch_get_one_each() -> None:
    entries: dict[str, dict[str, Any]] = {"a": {}, "b": {"hatch": "||||"}, "c": {"hatch": "||||"}, "d": {"hatch": "xx"}}
    found = hatched_apart(looks(list(entries), entries), entries)
    assert found["b"].hatch == "||||"
    assert len({look.hatch for look in found.values()}) == len(entries)
    assert "x" not in found["d"].hatch


@pytest.mark.parametrize(("hatch", "wrong"), [("||oo", False), ("", False), (None, False), ("//", True), ("a", True)])
def test_a_hatch_that_means_something_else_is_a_fault(hatch: str | None, wrong: bool) -> None:
    entry = next(iter(CATALOGUE.technologies.values())).model_copy(update={"hatch": hatch})
    every = {
        group: frozenset(getattr(CATALOGUE, group, {})) for group in ("structures", "power", "media", "modulation")
    }
    found = [place for place, _, _ in check_entry(entry, every) if place == "hatch"]
    assert bool(found) is wrong
