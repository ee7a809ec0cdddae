"""Geometry as short lists of whole numbers: hundred-thousandths of a degree, each point as a step from the last."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

SCALE = 1e5
"""Steps per degree: about a metre on the ground."""
TOLERANCE_DEG = 2e-5
"""Lines and areas are simplified by at most this much (two metres)."""


def seam(longitudes: Iterable[float]) -> bool:
    """Whether places lie on both sides of the 180th meridian: then western longitudes count on beyond 180."""
    values = np.asarray(list(longitudes), dtype=float)
    values = values[np.isfinite(values)]
    return bool(len(values)) and float(values.max() - values.min()) > 180.0


def unwrap(geometries: npt.NDArray[Any], over_seam: bool) -> npt.NDArray[Any]:
    """Geometries with western longitudes moved beyond 180 degrees where the map crosses that meridian."""
    if not over_seam:
        return geometries

    def shift(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack([np.where(xy[:, 0] < 0, xy[:, 0] + 360.0, xy[:, 0]), xy[:, 1]])

    return np.asarray(shapely.transform(geometries, shift))


def points(geometries: npt.NDArray[Any]) -> list[list[int]]:
    """`[x, y]` of every geometry (of an area: a place inside it)."""
    inside = shapely.point_on_surface(geometries)
    xy = np.round(shapely.get_coordinates(inside) * SCALE).astype(int)
    return [[int(x), int(y)] for x, y in xy]


def steps(coordinates: npt.NDArray[np.float64]) -> list[int]:
    """`[x, y, dx, dy, dx, dy, …]` of a line, standing still left out."""
    whole = np.round(coordinates[:, :2] * SCALE).astype(np.int64)
    moved = np.diff(whole, axis=0)
    moved = moved[np.any(moved != 0, axis=1)]
    return [int(value) for value in np.concatenate([whole[:1], moved]).ravel()]


def lines(geometries: npt.NDArray[Any], tolerance_deg: float = TOLERANCE_DEG / 2) -> list[list[list[int]]]:
    """Each geometry as a list of lines."""
    simple = shapely.simplify(geometries, tolerance_deg, preserve_topology=False)
    return [[steps(shapely.get_coordinates(part)) for part in shapely.get_parts(shape)] for shape in simple]


def areas(geometries: npt.NDArray[Any], tolerance_deg: float = TOLERANCE_DEG) -> list[list[list[list[int]]]]:
    """Each geometry as a list of polygons, a polygon as its rings, the outer one first; what is not an area is not."""
    found = []
    for shape in shapely.simplify(geometries, tolerance_deg, preserve_topology=True):
        parts = [part for part in shapely.get_parts(shape) if shapely.get_type_id(part) == 3 and not part.is_empty]
        rings = [[part.exterior, *part.interiors] for part in parts]
        found.append([[steps(shapely.get_coordinates(ring)) for ring in polygon] for polygon in rings])
    return found
