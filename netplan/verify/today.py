"""The project's layers and today's service, read and worked out a second time, in another way than the plan's."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import rasterio
import rasterio.errors
import shapely
from pyproj import Transformer
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from netplan.foreign import in_stated_crs, open_layer, path_and_options
from netplan.verify.cells import cell_numbers, plain_name
from netplan.verify.finding import Finding
from netplan.verify.reading import Written
from netplan.verify.service import class_rules, serves

FloatArray = npt.NDArray[np.float64]
SURVEY_M = 100.0
"""A surveyed point speaks for a facility this near."""
SAMPLES = 31
VECTOR_SLACK, RASTER_SLACK = 1e-4, 0.03
COLUMNS: dict[str, tuple[str, ...]] = {
    "rate": ("rate_mbps", "speed_mbps", "download_mbps", "downlink_mbps", "mbps"),
    "technology": ("technologies", "technology", "tech", "techs", "generation", "generations"),
    "share": ("share", "served_share", "coverage_share", "share_served", "share_percent"),
    "height": (
        "height_m",
        "height",
        "hauteur",
        "altura",
        "tower_height",
        "mast_height",
        "tower_height_m",
        "hauteur_m",
        "altura_m",
    ),
    "status": ("status", "state", "condition", "etat", "estado"),
    "operator": ("operator", "owner", "operateur", "operador", "company", "network"),
    "capacity": ("capacity_mbps", "capacity_mbit_s", "bandwidth_mbps", "mbps"),
}
GONE = "planned|proposed|construction|abandon|disused|decommission|dismantl|demolish|removed|inactive|non functional"
"""What a layer may say of a tower that does not stand."""
RASTERS = (".tif", ".tiff", ".vrt", ".img", ".asc", ".bil")


def read_layer(written: Written, path: str, *, points: bool = False) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """A layer of the project in the CRS of the plan, repaired; empty, with a finding, when it cannot be read."""
    try:
        frame = open_layer(written.project_folder, path, points=points)
        frame = frame[frame.geometry.notna() & ~frame.geometry.is_empty]
        frame = in_stated_crs(frame, path_and_options(path)[2] or "EPSG:4326")
        frame = frame.to_crs(written.crs)
        return frame.set_geometry(shapely.make_valid(frame.geometry.to_numpy()), crs=written.crs), []
    except (OSError, ValueError, CRSError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        empty = gpd.GeoDataFrame(geometry=gpd.GeoSeries([], crs=written.crs))
        return empty, [Finding("inputs", path, "", str(error), "a readable layer")]


def _column(frame: pd.DataFrame, standard: str) -> pd.Series:
    """The column that the plan's reader would take, missing where there is none."""
    plain = {plain_name(c): c for c in frame.columns[::-1]}
    found = next((plain[name] for name in COLUMNS[standard] if name in plain), None)
    return pd.Series(np.nan, index=frame.index) if found is None else frame[found]


def numbers_in(layer: pd.DataFrame, standard: str) -> FloatArray:
    """A column of numbers of n rows, NaN where there is none."""
    return cell_numbers(_column(layer, standard))


def texts_in(layer: pd.DataFrame, standard: str) -> list[str]:
    """A column of text of n rows, '' where there is none."""
    return [str(text) for text in _column(layer, standard).astype("string").fillna("")]


def standing(towers: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The towers that stand today, as their layer says."""
    said = _column(towers, "status").astype("string").fillna("").str.casefold().str.replace(r"[\s_-]+", " ", regex=True)
    return towers[~said.str.contains(GONE, regex=True).to_numpy(bool)]


def owned(towers: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    """Whether each tower is one's own, as its layer says."""
    said = _column(towers, "status").astype("string").fillna("").str.strip().str.casefold()
    return np.asarray(said == "existing", dtype=bool)


def _squeezed(name: str) -> str:
    return re.sub(r"[\s\-_.]+", "", name).casefold()


def names_in(written: Written, layer: pd.DataFrame) -> list[tuple[str, ...]]:
    """Technologies that each row of a layer names, by id or alias of the catalogue in the settings."""
    known: dict[str, str] = {}
    for key, entry in sorted(written.catalogue.get("technologies", {}).items(), reverse=True):
        known |= {_squeezed(alias): key for alias in entry.get("aliases", ())}
    known |= {_squeezed(key): key for key in written.catalogue.get("technologies", {})}
    cells = _column(layer, "technology").astype("string").fillna("")
    parts = [re.split(r"[;,/|+]|\s+and\s+", str(cell)) for cell in cells]
    return [tuple(dict.fromkeys(known[_squeezed(p)] for p in of if _squeezed(p) in known)) for of in parts]


def stated_shares(written: Written, path: str) -> tuple[FloatArray, float, list[Finding]]:
    """Share of each demand row (first of each id) that the layer bears out, and how far the plan may be from it."""
    demand = written.distinct("demand")
    rules = class_rules(written).reindex(demand["class"])
    need, level = rules["rate_mbps"].to_numpy(float), rules["level"].fillna("").to_numpy(object)
    rows = demand.geometry.to_numpy()
    if Path(path.partition("|")[0]).suffix.lower() in RASTERS:
        share, findings = _from_raster(written, path, rows, need)
        return np.where(level == "iot", 0.0, share), RASTER_SLACK, findings
    layer, findings = read_layer(written, path)
    rates = _offers(written, layer)
    share_of = numbers_in(layer, "share")
    share_of = np.where(np.isnan(share_of), 1.0, share_of)
    shapes = layer.geometry.to_numpy()
    due = np.zeros(len(demand))
    tree = shapely.STRtree(shapes)
    for i, row in enumerate(rows):
        near = np.sort(tree.query(row, predicate="dwithin", distance=SURVEY_M))
        enough = [k for k in near if any(r >= need[i] and level[i] in who for r, who in rates[k])]
        speak = [k for k in near if any(level[i] in who for _, who in rates[k])]
        due[i] = _share(row, shapes, share_of, np.array(enough, dtype=int), np.array(speak, dtype=int))
    return due, VECTOR_SLACK, findings


def _offers(written: Written, layer: gpd.GeoDataFrame) -> list[list[tuple[float, list[str]]]]:
    """(rate, levels served) of each technology of each feature."""
    stated = numbers_in(layer, "rate")
    offers = []
    for rate, names in zip(stated, names_in(written, layer), strict=True):
        if not names:
            offers.append([(np.inf if np.isnan(rate) else float(rate), ["household", "community"])])
            continue
        promised = [_promised(written.entry("technologies", name)) for name in names]
        if len(names) == 1:
            own = [promised[0] if np.isnan(rate) else float(rate)]
        else:
            own = [float(np.fmin(rate, promise)) for promise in promised]
        offers.append([(r, serves(written, name)) for r, name in zip(own, names, strict=True)])
    return offers


def _promised(entry: dict[str, Any]) -> float:
    quantity = entry.get("coverage_rate_mbps") or entry.get("rate_mbps")
    return float(quantity["value"]) if quantity else 0.0


def _share(
    row: BaseGeometry,
    shapes: npt.NDArray[np.object_],
    share: FloatArray,
    enough: npt.NDArray[np.int64],
    speak: npt.NDArray[np.int64],
) -> float:
    """Share of one demand row: of its ground by the layers of shares, of its surveyed points by their mean."""
    area = shapely.get_dimensions(shapes) == 2
    polygons, points = enough[area[enough]], enough[~area[enough]]
    if row.area <= 0:
        touching = polygons[shapely.intersects(shapes[polygons], row)]
        return float(max([*share[touching], *share[points]], default=0.0))
    steps = np.unique(np.append(share[polygons], 0.0))
    by_ground = 0.0
    for low, high in itertools.pairwise(steps):
        covered = shapely.union_all(shapely.intersection(shapes[polygons[share[polygons] >= high]], row))
        by_ground += (high - low) * covered.area / row.area
    surveyed = speak[~area[speak]]
    inside = surveyed[shapely.intersects(shapes[surveyed], row)]
    served = points[shapely.intersects(shapes[points], row)]
    by_points = float(share[served].sum()) / len(inside) if len(inside) else 0.0
    return max(by_ground, by_points)


def _from_raster(
    written: Written, path: str, rows: npt.NDArray[np.object_], need: FloatArray
) -> tuple[FloatArray, list[Finding]]:
    """Share of each row's samples at the rate, read from the file's own pixels."""
    try:
        with rasterio.open(written.project_folder / path) as data:
            values = data.read(1, masked=True).astype(float).filled(np.nan)
            inverse, crs = ~data.transform, data.crs
    except (OSError, rasterio.errors.RasterioError) as error:
        return np.zeros(len(rows)), [Finding("inputs", path, "", str(error), "a readable raster")]
    move = Transformer.from_crs(written.crs, crs, always_xy=True)
    share = np.zeros(len(rows))
    for i, row in enumerate(rows):
        west, south, east, north = row.bounds
        across, up = np.meshgrid(np.linspace(west, east, SAMPLES), np.linspace(south, north, SAMPLES))
        x, y = across.ravel(), up.ravel()
        inside = shapely.intersects_xy(row, x, y)
        u, v = move.transform(x[inside], y[inside])
        column = np.floor(inverse.a * u + inverse.b * v + inverse.c).astype(int)
        line = np.floor(inverse.d * u + inverse.e * v + inverse.f).astype(int)
        on = (column >= 0) & (line >= 0) & (column < values.shape[1]) & (line < values.shape[0])
        rate = np.zeros(len(u))
        rate[on] = np.nan_to_num(values[line[on], column[on]])
        share[i] = (rate >= need[i]).mean() if len(rate) else 0.0
    return share, []
