"""New masts on good ground, and relays on high ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy import ndimage
from scipy.spatial import cKDTree

from netplan.candidates.ground import coarsen, distance_to, is_free, sample, smooth
from netplan.candidates.proposals import Proposals, people_within, propose, thin
from netplan.tables import FloatArray, Inputs

BLOCK_M = 500.0
"""One place is looked at in each block; it is the highest of a finer grid inside the block."""
FINE = 5
RELIEF_RADIUS_M = 2000.0
RELIEF_FULL_M = 50.0
"""Metres above the neighbourhood's mean at which high ground has its full worth."""
WEIGHT_HEIGHT, WEIGHT_ROAD, WEIGHT_POWER = 0.4, 0.2, 0.1
ROAD_FADE_M, POWER_FADE_M = 500.0, 2000.0
RELAY_BLOCK_M = 100.0
RELAY_WINDOW_M = 2500.0
RELAY_RELIEF_RADIUS_M = 5000.0
KM2_PER_RELAY = 40.0
RELAYS_LEAST, RELAYS_MOST = 10, 80


@dataclass(frozen=True)
class Around:
    """What candidates are weighed against: people, and distance to power (see `power.grid_anchors`)."""

    people_xy: FloatArray
    people: FloatArray
    anchors: np.ndarray


def new_masts(inputs: Inputs, around: Around, spacing_m: float) -> Proposals:
    """Places for new masts at least `spacing_m` apart until every populated cell has one about that near.

    A place scores by the people around it (within the spacing, fading with distance), by its height above the
    ground within 2 km, by a road close by, and by power close by.
    """
    xy = _places(inputs, spacing_m)
    people = people_within(xy, around.people_xy, around.people, spacing_m)
    xy, people = xy[people > 0], people[people > 0]
    if not len(xy):
        return propose(np.zeros((0, 2)))
    roads = np.zeros(0, dtype=object) if inputs.roads is None else np.asarray(inputs.roads.geometry.array, dtype=object)
    score = (
        people / max(float(np.percentile(people, 95)), 1e-9)
        + WEIGHT_HEIGHT * _relief(inputs, xy)
        + WEIGHT_ROAD * np.exp(-distance_to(roads, xy) / ROAD_FADE_M)
        + WEIGHT_POWER * np.exp(-distance_to(around.anchors, xy) / POWER_FADE_M)
    )
    chosen = thin(xy, score, spacing_m)
    chosen = chosen[: _enough(xy[chosen], around.people_xy, spacing_m)]
    return propose(xy[chosen], score=score[chosen])


def _places(inputs: Inputs, spacing_m: float) -> FloatArray:
    """The highest free point of each block of the area; its first free point where the terrain is unknown."""
    block_m = min(BLOCK_M, spacing_m / 2)
    fine_m = block_m / FINE
    west, south, east, north = np.floor(np.asarray(shapely.bounds(inputs.area)) / block_m)
    column, row = np.meshgrid(
        np.arange(west * FINE, (east + 1) * FINE), np.arange(south * FINE, (north + 1) * FINE), indexing="ij"
    )
    xy = np.column_stack([(column.ravel() + 0.5) * fine_m, (row.ravel() + 0.5) * fine_m])
    xy = xy[is_free(xy, inputs.area, inputs.exclusions)]
    if not len(xy):
        return xy
    height = np.nan_to_num(sample(inputs.elevation, xy), nan=-np.inf)
    if inputs.elevation is None:
        # Without terrain the middle of the block is as good as any.
        middle = (np.floor(xy / block_m) + 0.5) * block_m
        height = -np.abs(xy - middle).sum(axis=1)
    block = np.floor(xy / block_m).astype(np.int64)
    order = np.lexsort((xy[:, 1], xy[:, 0], -height, block[:, 1], block[:, 0]))
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(block[order], axis=0) != 0).any(axis=1)
    return np.asarray(xy[order[first]])


def _relief(inputs: Inputs, xy: FloatArray) -> FloatArray:
    """Height above the mean of the neighbourhood, −1 … 1 (0 where the terrain is unknown)."""
    if inputs.elevation is None:
        return np.zeros(len(xy))
    above = sample(inputs.elevation, xy) - sample(smooth(inputs.elevation, RELIEF_RADIUS_M), xy)
    return np.nan_to_num(np.clip(above / RELIEF_FULL_M, -1.0, 1.0))


def _enough(masts: FloatArray, people_xy: FloatArray, spacing_m: float) -> int:
    """How many of the masts, best first, it takes until every cell that some mast is near to has one near."""
    reach = cKDTree(people_xy).query_ball_point(masts, spacing_m)
    seen = np.zeros(len(people_xy), dtype=bool)
    last = 0
    for i, cells in enumerate(reach):
        if cells and not seen[cells].all():
            seen[cells] = True
            last = i + 1
    return last


def relays(inputs: Inputs, masts: FloatArray, spacing_m: float) -> Proposals:
    """Local tops of the terrain, the most prominent of the district, none close to a proposed mast.

    Args:
        inputs: elevation (without it there are no relays), area, exclusions.
        masts: (k, 2) places of new masts, which relay as well as any.
        spacing_m: of the masts; a relay keeps a third of it from them.
    """
    if inputs.elevation is None:
        return propose(np.zeros((0, 2)))
    height, place = coarsen(inputs.elevation, RELAY_BLOCK_M)
    known = np.isfinite(height)
    filled = np.where(known, height, -np.inf)
    window = 2 * max(round(RELAY_WINDOW_M / 2 / RELAY_BLOCK_M), 1) + 1
    top = known & (filled == ndimage.maximum_filter(filled, size=window, mode="nearest"))
    xy = place[top]
    above = height[top] - sample(smooth(inputs.elevation, RELAY_RELIEF_RADIUS_M), xy)
    good = is_free(xy, inputs.area, inputs.exclusions) & (above > 0) if len(xy) else np.zeros(0, dtype=bool)
    xy, above = xy[good], above[good]
    if len(masts) and len(xy):
        away = cKDTree(masts).query(xy)[0] > spacing_m / 3
        xy, above = xy[away], above[away]
    # Flat tops make several equal maxima side by side: one is enough.
    chosen = thin(xy, above, RELAY_WINDOW_M)
    limit = int(np.clip(inputs.area.area / 1e6 / KM2_PER_RELAY, RELAYS_LEAST, RELAYS_MOST))
    chosen = chosen[:limit]
    return propose(xy[chosen], score=above[chosen])
