"""Today's service as the project's layer states it: who is served, at what rate, by which technology."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from netplan.catalogue.names import technology_names
from netplan.catalogue.schema import Catalogue, Technology
from netplan.demand.overlay import Geometries, IntArray, meet, parts, raster_shares
from netplan.errors import InputError
from netplan.tables import ROW, Baseline, Demand, FloatArray, Inputs

PLACE = "existing.service"
SERVICE_COLUMNS = [
    "demand_id", "existing_id", "technology", "rate_mbps", "share", "reach_share", "capacity_used", "reach",
]  # fmt: skip
EQUIPMENT_COLUMNS = ["name", "technology", "height_m", "capacity", "capacity_unit", "x_m", "y_m"]


@dataclass(frozen=True)
class Features:
    """The layer, one row per feature and technology that it states."""

    geometry: Geometries
    origin: IntArray
    technology: npt.NDArray[np.object_]
    """Id, '' where not stated."""
    rate_mbps: FloatArray
    """That counts; inf where the feature states neither rate nor technology."""
    share: FloatArray


def stated_service(inputs: Inputs, demand: Demand, catalogue: Catalogue) -> Baseline:
    """The baseline that `existing.service` states, as polygons, points or a raster of rates.

    A feature serves its share of the people there at its rate; what is under the rate of a demand row's class does not
    count to the row but is kept as its reach. A feature without a rate offers what a coverage map of its technology
    promises (`coverage_rate_mbps` of the catalogue), or what is asked for if it states no technology either. A
    technology counts only for the levels it serves; a feature without one for all but sensors.

    Args:
        inputs: `service` or `service_rate`; neither gives an empty baseline.
        demand: the demand table (`level`, `rate_mbps`, geometry).
        catalogue: all technologies, whether the project builds them or not.

    Raises:
        InputError: the layer names technologies that the catalogue does not have.
    """
    points = demand.points
    geometry = np.asarray(points.geometry.array, dtype=object)
    required = points["rate_mbps"].to_numpy(float)
    no_sensor = points["level"].to_numpy(object) != "iot"
    if inputs.service_rate is not None and len(points):
        aim = points[["x_m", "y_m"]].to_numpy(float)
        counted, reach, rate = raster_shares(inputs.service_rate, geometry, aim, required)
        frame = _frame(points.index[no_sensor], "", rate[no_sensor], counted[no_sensor], reach[no_sensor])
        return _baseline(frame, points, (), ())
    if inputs.service is None or inputs.service.empty or points.empty:
        return _baseline(_no_rows(points), points, (), ())
    features, named, warnings = _features(inputs.service, catalogue)
    pairs = meet(geometry, features.geometry, features.origin, features.share, features.rate_mbps)
    technology, rate = features.technology[pairs.feature], features.rate_mbps[pairs.feature]
    level = points["level"].to_numpy(object)[pairs.row]
    serves = {key: catalogue.technologies[key].serves for key in named} | {"": ("household", "community")}
    allowed = np.array([a in serves[t] for a, t in zip(level, technology, strict=True)], dtype=bool)
    counted = parts(pairs, allowed & (rate >= required[pairs.row]), allowed, geometry, features.geometry)
    frames = [_no_rows(points)]
    for key in sorted(set(technology)):
        own = allowed & (technology == key)
        reached = parts(pairs, own & ((rate > 0) | (key != "")), allowed, geometry, features.geometry)
        offered = np.where(np.isfinite(rate), rate, np.nan)
        enough = np.where(counted > 0, offered, np.nan)
        table = pd.DataFrame({"row": pairs.row, "share": counted, "reach": reached, "enough": enough, "rate": offered})[
            own
        ]
        sums = table.groupby("row").agg({"share": "sum", "reach": "sum", "enough": "min", "rate": "max"})
        ids = points.index[sums.index.to_numpy(int)]
        frames.append(_frame(ids, key, sums["enough"].fillna(sums["rate"]), sums["share"], sums["reach"]))
    filled = [frame for frame in frames if len(frame)] or frames[:1]
    return _baseline(pd.concat(filled, ignore_index=True), points, named, warnings)


def _no_rows(points: gpd.GeoDataFrame) -> pd.DataFrame:
    return _frame(points.index[:0], "", np.empty(0), np.empty(0), np.empty(0))


def _features(layer: gpd.GeoDataFrame, catalogue: Catalogue) -> tuple[Features, tuple[str, ...], tuple[str, ...]]:
    """The layer by technology, the ids it names, and what had to be assumed."""
    found = technology_names(layer["technology"], catalogue, f"{PLACE}: technology", sited=False, rows=layer.get(ROW))
    if found.faults:
        raise InputError(found.faults)
    origin = np.repeat(np.arange(len(layer)), [max(len(ids), 1) for ids in found.ids])
    technology = np.array([key for ids in found.ids for key in (ids or ("",))], dtype=object)
    alone = np.array([len(ids) <= 1 for ids in found.ids], dtype=bool)[origin]
    stated = layer["rate_mbps"].to_numpy(float)[origin]
    promised = np.array([_promised(catalogue.technologies[t]) if t else np.inf for t in technology])
    # One rate for several technologies is that of the fastest: the others offer no more than they can.
    rate = np.where(np.isnan(stated), promised, np.where(alone, stated, np.fmin(stated, promised)))
    warnings = [f"{PLACE}: `{name}` is taken for {catalogue.technologies[key].label}" for name, key in
                found.taken.items()]  # fmt: skip
    silent = np.isnan(stated) & (technology != "")
    for key in sorted(set(technology[silent])):
        offers = f"offer {promised[technology == key][0]:g} Mbit/s there, as a coverage map of it promises"
        if promised[technology == key][0] == 0:
            offers = "reach people there at a rate that is not known and counts to no target"
        warnings.append(
            f"{PLACE}: features of {catalogue.technologies[key].label} without a rate are taken to {offers}"
        )
    named = tuple(sorted({key for key in technology if key}))
    geometry = np.asarray(layer.geometry.array, dtype=object)[origin]
    share = layer["share"].to_numpy(float)[origin]
    return Features(geometry, origin.astype(np.int64), technology, rate, share), named, tuple(warnings)


def _promised(technology: Technology) -> float:
    """Mbit/s that a feature of the technology offers when it states no rate; 0 where the catalogue does not say."""
    promise = technology.coverage_rate_mbps or technology.rate_mbps
    return 0.0 if promise is None else promise.value


def _frame(ids: pd.Index, key: str, rate: npt.ArrayLike, share: npt.ArrayLike, reach: npt.ArrayLike) -> pd.DataFrame:
    data = {
        "demand_id": ids.to_numpy(object),
        "existing_id": "",
        "technology": key,
        "rate_mbps": np.asarray(rate, float),
        "share": np.asarray(share, float),
        "reach_share": np.maximum(np.asarray(reach, float), np.asarray(share, float)),
        "capacity_used": 0.0,
        "reach": "",
    }
    return pd.DataFrame(data, columns=SERVICE_COLUMNS)


def _baseline(
    service: pd.DataFrame, points: gpd.GeoDataFrame, named: tuple[str, ...], warnings: tuple[str, ...]
) -> Baseline:
    """A baseline of a layer: no equipment, rows that reach somebody."""
    kept = service[service["reach_share"] > 1e-9].sort_values(["demand_id", "technology"], ignore_index=True)
    nothing = {column: pd.Series(dtype=float if column.endswith("_m") else object) for column in EQUIPMENT_COLUMNS}
    equipment = gpd.GeoDataFrame(nothing, geometry=gpd.GeoSeries([], crs=points.crs), crs=points.crs)
    equipment.index = pd.Index([], name="existing_id", dtype=object)
    return Baseline(equipment, kept, named, warnings)
