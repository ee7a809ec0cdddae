"""Names of the few places that orient a reader, set where they touch nothing."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.patheffects import withStroke
from scipy.spatial import cKDTree

from netplan.maps.fonts import Typeface
from netplan.maps.layers import centres
from netplan.maps.style import INK
from netplan.maps.text import plain, width_px

NEIGHBOURHOOD_M = 2500.0
CLEAR_PT = 3.2
"""From a name to the middle of a site beside it: half a marker, and a little."""
GAP_PT = 4.0
"""Between a place and its name."""
Boxes = list[tuple[float, float, float, float]]


def name_column(layer: gpd.GeoDataFrame) -> str | None:
    """The column that names places: `name`, else the text column with the most different values."""
    texts = [c for c in layer.columns.drop(layer.geometry.name) if pd.api.types.is_string_dtype(layer[c])]
    exact = [c for c in texts if str(c).lower() == "name"]
    return exact[0] if exact else max(texts, key=lambda c: layer[c].nunique(), default=None)


def ranked_places(settlements: gpd.GeoDataFrame | None, demand: gpd.GeoDataFrame, metre: float) -> pd.DataFrame:
    """`name, x, y, people` of places with a name, most people within 2.5 km first.

    Settlements of the project, or else the demand rows that carry a name and people.
    """
    layer, column = settlements, None if settlements is None else name_column(settlements)
    if layer is None or column is None:
        layer, column = demand[demand["population"] > 0], "name"
    named = layer[layer[column].map(lambda value: isinstance(value, str) and value.strip() != "")]
    if named.empty or demand.empty:
        return pd.DataFrame({"name": [], "x": [], "y": [], "people": []})
    x, y = centres(named)
    people = demand["population"].to_numpy(float)
    near = cKDTree(np.column_stack(centres(demand))).query_ball_point(np.column_stack([x, y]), NEIGHBOURHOOD_M / metre)
    around = np.array([people[np.asarray(rows, dtype=np.intp)].sum() for rows in near])
    places = pd.DataFrame({"name": named[column].str.strip().to_numpy(), "x": x, "y": y, "people": around})
    return places.sort_values(["people", "name", "x", "y"], ascending=[False, True, True, True], ignore_index=True)


def named_points(layer: gpd.GeoDataFrame | None, gap_pt: float) -> pd.DataFrame:
    """`name, x, y, people` (inf: before any settlement) and `gap_pt` of every named row of a layer, by name."""
    column = None if layer is None else name_column(layer)
    if layer is None or column is None:
        return pd.DataFrame({"name": [], "x": [], "y": [], "people": [], "gap_pt": []})
    named = layer[layer[column].map(lambda value: isinstance(value, str) and value.strip() != "")]
    x, y = centres(named)
    frame = {"name": named[column].str.strip().to_numpy(), "x": x, "y": y, "people": np.inf, "gap_pt": gap_pt}
    return pd.DataFrame(frame).sort_values(["name", "x", "y"], ignore_index=True)


def draw_labels(
    ax: Axes,
    renderer: RendererAgg,
    places: pd.DataFrame,
    busy: npt.NDArray[np.float64],
    face: Typeface | None = None,
    most: int = 9,
    size: float = 7.5,
) -> int:
    """Set up to `most` names, in rank order, at the first of eight positions that hits neither names nor sites.

    Args:
        busy: k × 2 positions (map units) of what must stay visible.
        face: fonts in use; a name with letters that they lack is set in Latin ones.

    Returns:
        How many names were set.
    """
    figure = ax.figure
    pixel = figure.dpi / 72.0
    frame = ax.get_window_extent(renderer)
    blocks = ax.transData.transform(busy) if len(busy) else np.zeros((0, 2))
    spacing = 0.11 * frame.width
    taken: Boxes = []
    anchors: list[npt.NDArray[np.float64]] = []
    gaps = places["gap_pt"].fillna(GAP_PT) if "gap_pt" in places else pd.Series(GAP_PT, places.index)
    said: set[str] = set()
    for name, x, y, gap_pt in places[["name", "x", "y"]].assign(gap_pt=gaps).itertuples(index=False):
        if len(taken) >= most:
            break
        anchor = ax.transData.transform((x, y))
        # The same name twice on a sheet misleads more than it helps.
        crowded = any(np.hypot(*(anchor - other)) < spacing for other in anchors)
        if crowded or name in said or not frame.contains(*anchor):
            continue
        spoken = name if face is None else face.sayable(name)
        if not spoken:
            continue
        label = plain(spoken if len(spoken) <= 28 else spoken[:27] + "…")
        extent = width_px(renderer, label, size), size * pixel
        box = _free_place(anchor, extent, (gap_pt * pixel, CLEAR_PT * pixel), frame.extents, taken, blocks)
        if box is None:
            continue
        said.add(name)
        anchors.append(anchor)
        taken.append(box)
        left, bottom = ax.transData.inverted().transform((box[0], box[1]))
        text = ax.text(left, bottom, label, fontsize=size, color=INK, va="bottom", ha="left", zorder=8.0)
        text.set_path_effects([withStroke(linewidth=2.2, foreground="white")])
        ax.plot([x], [y], marker="o", markersize=2.2, color=INK, zorder=7.9, scalex=False, scaley=False)
    return len(taken)


def _free_place(
    anchor: npt.NDArray[np.float64],
    size: tuple[float, float],
    gaps: tuple[float, float],
    frame: tuple[float, float, float, float],
    taken: Boxes,
    blocks: npt.NDArray[np.float64],
) -> tuple[float, float, float, float] | None:
    """The best free box (x0, y0, x1, y1 in pixels) beside the anchor; None when every one hits another name.

    Boxes that hit no site come first; failing that, the one that hides fewest. `gaps`: pixels from the name to its own
    place, and to the middle of any other.
    """
    (width, height), (gap, clear) = size, gaps
    best: tuple[int, tuple[float, float, float, float]] | None = None
    for side in (1, -1, 0):
        for rise in (0.5, 1.3, -0.3) if side else (1.6, -0.8):
            x0 = anchor[0] + gap if side > 0 else anchor[0] - gap - width if side < 0 else anchor[0] - width / 2
            y0 = anchor[1] + (rise - 1.0) * height
            box = (x0, y0, x0 + width, y0 + height * 1.25)
            inside = min(box[0] - frame[0], box[1] - frame[1]) > gap and min(frame[2] - box[2], frame[3] - box[3]) > gap
            if not inside or any(_overlap(box, other) for other in taken):
                continue
            low, high = np.array(box[:2]) - clear, np.array(box[2:]) + clear
            hit = ((blocks > low) & (blocks < high)).all(axis=1)
            if best is None or int(hit.sum()) < best[0]:
                best = (int(hit.sum()), box)
    return None if best is None else best[1]


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
