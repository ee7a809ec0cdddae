"""Written plans made by hand, for maps of everything that a district may be; and what every sheet must satisfy."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import rasterio
from affine import Affine
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.text import Text
from shapely.geometry import LineString, Point, box

from netplan.maps.sheet import Sheet
from netplan.yamltext import dump_yaml

SOUTH, NORTH = (32736, 500_000.0, 9_780_000.0), (32630, 600_000.0, 5_700_000.0)
ANTIMERIDIAN = (32701, 178_000.0, 8_150_000.0)
"""Cells on both sides of the meridian of 180 degrees, near 16.7 degrees south."""
LABELS = {"t1": "Radio one", "t2": "Radio two", "k1": "Kind one", "k2": "Kind two", "m1": "Cable", "m2": "Hop"}


def written(
    folder: Path,
    *,
    sites: int = 5,
    links: int = 4,
    side: int = 6,
    where: tuple[int, float, float] = SOUTH,
    name: str = "Test district",
    place: str = "Somewhere",
    classes: tuple[str, str] = ("rural", "schools"),
    labels: dict[str, str] = LABELS,
    shift: float = 0.0,
    coverage: bool = True,
    **more: Any,
) -> Path:
    """A plan of side × side cells, sites on the diagonal, links along it; one school not served.

    Odd links are hops of 100 Mbit/s, the others cables without a limit. `shift` moves the sites (m).
    """
    folder.mkdir(parents=True, exist_ok=True)
    crs, x0, y0 = where
    layers = {
        "demand": _demand(side, where, place, classes),
        "sites": _sites(sites, side * 1000.0, (x0 + shift, y0), crs),
        "links": _links(links, side * 1000.0, (x0, y0), crs),
        "nodes": gpd.GeoDataFrame({"node_id": ["p"], "kind": ["pop"]}, geometry=[Point(x0, y0)], crs=crs),
    }
    hubs = layers["sites"]
    layers["nodes"] = pd.concat(
        [
            layers["nodes"],
            gpd.GeoDataFrame({"node_id": hubs["node_id"], "kind": "site"}, geometry=hubs.geometry, crs=crs),
        ]
    )
    layers["equipment"] = gpd.GeoDataFrame(
        {
            "option_id": [f"o{i}" for i in range(sites)],
            "site_id": hubs["site_id"],
            "technology": [("t1", "t2")[i % 2] for i in range(sites)],
            "utilisation": [(0.2 + 0.17 * i) % 1 for i in range(sites)],
            "load_mbps": [10.0 + i for i in range(sites)],
            "npv": 500.0,
        },
        geometry=hubs.geometry,
        crs=crs,
    )
    layers["service"] = _service(layers["demand"], sites)
    for layer, table in layers.items():
        if layer == "service":
            pyogrio.write_dataframe(table, folder / "plan.gpkg", layer=layer)
        else:
            kind = None if len(table) else "Point"
            pyogrio.write_dataframe(table, folder / "plan.gpkg", layer=layer, geometry_type=kind)
    if coverage:
        _coverage(folder / "coverage.tif", side, where, sites)
    _papers(folder, name, labels, more)
    return folder


def _demand(side: int, where: tuple[int, float, float], place: str, classes: tuple[str, str]) -> gpd.GeoDataFrame:
    crs, x0, y0 = where
    rng = np.random.default_rng(0)
    cells = [
        box(x0 + 1000 * i, y0 + 1000 * j, x0 + 1000 * i + 1000, y0 + 1000 * j + 1000)
        for i in range(side)
        for j in range(side)
    ]
    n = len(cells)
    lost = np.arange(n) % 7 == 0
    return gpd.GeoDataFrame(
        {
            "demand_id": [f"c{i:05d}" for i in range(n)] + ["school"],
            "class": [classes[0]] * n + [classes[1]],
            "weight": [100.0] * n + [1.0],
            "population": [*(100.0 * (1 + rng.random(n))), 0.0],
            "served_share": [*np.where(lost, 0.0, np.where(np.arange(n) % 5 == 1, 0.6, 1.0)), 0.0],
            "baseline_share": [*np.where(np.arange(n) % 9 == 2, 0.3, 0.0), 0.0],
            "technology": [*np.where(lost, None, "t1"), None],
            "name": [place, *[""] * n],
        },
        geometry=[*cells, Point(x0 + 1500, y0 + 1500)],
        crs=crs,
    )


def _sites(sites: int, spread: float, origin: tuple[float, float], crs: int) -> gpd.GeoDataFrame:
    count = max(sites, 1)
    at = [
        Point(origin[0] + spread * (i + 0.5) / count, origin[1] + spread * (i * 7 % count + 0.5) / count)
        for i in range(sites)
    ]
    return gpd.GeoDataFrame(
        {
            "site_id": [f"s{i}" for i in range(sites)],
            "node_id": [f"n{i}" for i in range(sites)],
            "status": "new",
            "structure": [("k1", "k2")[i % 2] for i in range(sites)],
            "backhaul": ["satellite" if i == 1 else "fibre" for i in range(sites)],
            "npv": 1000.0,
        },
        geometry=at,
        crs=crs,
    )


def _links(links: int, spread: float, origin: tuple[float, float], crs: int) -> gpd.GeoDataFrame:
    x0, y0 = origin
    lines = [LineString([(x0, y0 + 100 * i), (x0 + spread, y0 + 100 * i + 50)]) for i in range(links)]
    return gpd.GeoDataFrame(
        {
            "link_id": [f"l{i}" for i in range(links)],
            "medium": [("m1", "m2")[i % 2] for i in range(links)],
            "status": "new",
            "length_m": [line.length for line in lines],
            "from_node": "p",
            "to_node": [f"n{i}" for i in range(links)],
            "capacity_mbps": [(np.nan, 100.0)[i % 2] for i in range(links)],
            "load_mbps": [30.0 * (i % 4) + 5.0 for i in range(links)],
            "npv": 2000.0,
        },
        geometry=lines,
        crs=crs,
    )


def _service(demand: gpd.GeoDataFrame, sites: int) -> pd.DataFrame:
    new = demand["served_share"] - demand["baseline_share"]
    rows = demand[(new > 0) & (sites > 0)]
    return pd.DataFrame(
        {
            "demand_id": rows["demand_id"],
            "option_id": [f"o{i % max(sites, 1)}" for i in range(len(rows))],
            "share": new[rows.index],
            "capacity_used": 0.01,
            "npv": 30.0,
        }
    )


def _coverage(path: Path, side: int, where: tuple[int, float, float], sites: int) -> None:
    """Three bands of 100 m: rates fall from the south-west; half is without coverage."""
    crs, x0, y0 = where
    y, x = np.mgrid[0 : 10 * side, 0 : 10 * side]
    reached = x + (10 * side - y) < 13 * side
    rate = np.where(reached & (sites > 0), 300.0 / (1.0 + 0.02 * (x + 10 * side - y)), np.nan)
    server = np.where(np.isfinite(rate), (x // 10 + y // 10) % max(sites, 1), np.nan)
    bands = np.array([rate, server, np.where(np.isfinite(rate), -40.0 - 0.5 * x, np.nan)], np.float32)
    with rasterio.open(
        path, "w", driver="GTiff", count=3, dtype="float32", height=10 * side, width=10 * side, crs=crs,
        transform=Affine(100, 0, x0, 0, -100, y0 + 1000 * side), nodata=np.nan,
    ) as file:  # fmt: skip
        file.write(bands)
        file.update_tags(servers=json.dumps([f"o{i}" for i in range(sites)]))


def _papers(folder: Path, name: str, labels: dict[str, str], more: dict[str, Any]) -> None:
    summary = {
        "scenario": folder.name,
        "status": "feasible",
        "objective_npv": 1.2e6,
        "bound_npv": 1.19e6,
        "gap": 0.0083,
        "targets": {"rural": {"target": 0.9, "achieved": 0.86}},
        "costs_npv": {"access": 4.0e5, "backhaul": 8.0e5},
        "licences": more.get("licences", {"a": "© Surveyor"}),
    }
    (folder / "summary.json").write_text(json.dumps({**summary, **more.get("summary", {})}))
    project = {"name": name, "service": {"rural": {"rate_mbps": 60}}, **more.get("project", {})}
    catalogue = {
        "technologies": {
            "t1": {"label": labels["t1"], "colour": "#0072B2", "marker": "o"},
            "t2": {"label": labels["t2"], "colour": "#D55E00", "marker": "o"},
        },
        "structures": {key: {"label": labels[key], "marker": "^"} for key in ("k1", "k2")},
        "media": {
            "m1": {"label": labels["m1"], "colour": "#E69F00", "dash": "solid"},
            "m2": {"label": labels["m2"], "colour": "#88CCEE", "dash": "dashed", "kind": "microwave"},
        },
    }
    (folder / "resolved.yaml").write_text(dump_yaml({"project": project, "catalogue": catalogue}), encoding="utf-8")


_drawn: WeakKeyDictionary[Figure, list[Text]] = WeakKeyDictionary()


def drawn_texts(sheet: Sheet, draw_it: Callable[[], object] | None = None) -> list[Text]:
    """Draw the sheet, unless it has been; every text that was drawn. A letter that no font has is an error.

    `draw_it`: draws it in another way, to a file perhaps.
    """
    if sheet.figure in _drawn and draw_it is None:
        return _drawn[sheet.figure]
    found: list[Text] = []
    draw = Text.draw

    def noted(self: Text, renderer: Any, *args: Any, **more: Any) -> None:
        found.append(self)
        draw(self, renderer, *args, **more)

    Text.draw = noted  # type: ignore[method-assign]
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message=".*[Gg]lyph.*")
            (draw_it or sheet.figure.canvas.draw)()
    finally:
        Text.draw = draw  # type: ignore[method-assign]
    _drawn[sheet.figure] = [text for text in found if text.get_visible() and text.get_text().strip()]
    return _drawn[sheet.figure]


def said_on(sheet: Sheet) -> set[str]:
    """Every text of the sheet."""
    return {text.get_text() for text in drawn_texts(sheet)}


def sound(sheet: Sheet, file: Path | None = None) -> np.ndarray[Any, Any]:
    """The picture (rows × columns × 3, 0-1), after what every sheet must satisfy.

    No letter is lacking in the fonts; no text leaves the page; no two texts lie on each other; maps are not blank.

    `file`: the PNG that `drawn_texts` drew it to; what is in there is looked at.
    """
    canvas = FigureCanvasAgg(sheet.figure)
    shown = drawn_texts(sheet, canvas.draw if file is None else None)
    renderer = canvas.get_renderer()  # type: ignore[no-untyped-call]
    page = sheet.figure.bbox
    boxes = []
    for text in shown:
        extent = text.get_window_extent(renderer)
        if extent.width < 1 or (text.axes is not None and text.get_clip_on() and not text.axes.bbox.overlaps(extent)):
            continue
        said = text.get_text()
        assert extent.x0 >= page.x0 and extent.x1 <= page.x1, f"leaves the page sideways: {said}"
        assert extent.y0 >= page.y0 and extent.y1 <= page.y1, f"leaves the page: {said}"
        boxes.append((said, extent))
    for (one, a), (other, b) in combinations(boxes, 2):
        wide = min(a.x1, b.x1) - max(a.x0, b.x0)
        high = min(a.y1, b.y1) - max(a.y0, b.y0)
        slack = 0.22 * min(a.height, b.height)  # boxes hold the room above and below the letters too
        assert wide <= 1.0 or high <= slack, f"{one!r} lies on {other!r}"
    picture = np.asarray(canvas.buffer_rgba()) / 255.0 if file is None else imread(file)
    picture = picture[..., :3]
    for ax in sheet.figure.axes:
        if ax.axison and ax.get_images():
            frame = ax.get_window_extent(renderer)
            rows = slice(int(page.y1 - frame.y1) + 3, int(page.y1 - frame.y0) - 3)
            assert picture[rows, int(frame.x0) + 3 : int(frame.x1) - 3].std() > 0.01, "a blank map"
    return picture


def has_colour(picture: np.ndarray[Any, Any], colour: tuple[float, float, float], near: float = 0.04) -> bool:
    """Whether any pixel has about that colour."""
    return bool((np.abs(picture - np.array(colour)).max(axis=2) < near).any())
