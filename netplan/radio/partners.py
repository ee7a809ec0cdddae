"""Which ends of microwave hops are worth a look at each other, and which hops are kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from netplan.catalogue.schema import Catalogue
from netplan.errors import Fault, InputError
from netplan.radio.shapes import IntArray
from netplan.tables import FloatArray, Inputs, Sites

MIN_HEIGHT_M = 8.0
"""A dish lower than this stands in the clutter."""
POP_HEIGHT_M = 20.0
"""Assumption: a point of presence can carry a dish on a roof or short mast at this height."""
NEAR_POP_M = 3000.0
"""Sites this close to a point of presence are preferred partners: fibre is a short way off."""
CONSIDERED = 40
"""Nearest partners, and nearest preferred partners, whose line of sight is looked at, per end."""
PARTNERS = 12
"""Clear partners kept per end (half of them preferred ones)."""
HOPS_WANTED = 3000
"""With many ends fewer partners are kept each, down to 4, so that the graph stays about this size."""


@dataclass(frozen=True)
class Ends:
    """Where a hop may end, sorted by id."""

    ids: npt.NDArray[np.object_]
    xy_m: FloatArray
    height_m: FloatArray
    preferred: npt.NDArray[np.bool_]
    is_pop: npt.NDArray[np.bool_]


def ends_of(inputs: Inputs, sites: Sites, catalogue: Catalogue) -> Ends:
    """Sites high enough, and points of presence.

    Raises:
        InputError: antennas below ground, all of them.
    """
    points = sites.points.sort_index()
    under = points.index[points["height_m"].to_numpy(float) < 0]
    if len(under):
        raise InputError(
            Fault(f"site {key}", f"an antenna at {points.at[key, 'height_m']:g} m", "give its height above ground")
            for key in under
        )
    points = points[points["height_m"].to_numpy(float) >= MIN_HEIGHT_M]
    tall = {"existing-tower", "new-mast", "relay"}
    preferred = [
        key in catalogue.structures and catalogue.structures[key].generator in tall for key in points["structure"]
    ]
    where = points[["x_m", "y_m"]].to_numpy(float).reshape(-1, 2)
    pops = inputs.pops
    pop_xy = np.column_stack([pops.geometry.x, pops.geometry.y]).reshape(-1, 2) if len(pops) else np.empty((0, 2))
    near = np.zeros(len(where), bool)
    if len(pop_xy) and len(where):
        near = np.asarray(cKDTree(pop_xy).query(where)[0]) <= NEAR_POP_M
    ids = np.array([*points.index, *(f"pop:{label}" for label in pops.index)], dtype=object)
    order = np.argsort(ids.astype(str), kind="stable")
    height = np.concatenate([points["height_m"].to_numpy(float), np.full(len(pop_xy), POP_HEIGHT_M)])
    is_pop = np.arange(len(ids)) >= len(where)
    liked = np.concatenate([np.asarray(preferred, bool) | near, np.ones(len(pop_xy), bool)])
    return Ends(ids[order], np.concatenate([where, pop_xy])[order], height[order], liked[order], is_pop[order])


def candidates(ends: Ends, longest_m: float) -> tuple[IntArray, IntArray, FloatArray]:
    """Pairs (a < b) whose line of sight is worth a look: nearest, nearest preferred, and all near each PoP."""
    n = len(ends.ids)
    everyone = np.arange(n)
    found = [_nearest_of(ends.xy_m, everyone, everyone, CONSIDERED, longest_m)]
    found.append(_nearest_of(ends.xy_m, everyone, np.flatnonzero(ends.preferred), CONSIDERED, longest_m))
    found.append(_nearest_of(ends.xy_m, np.flatnonzero(ends.is_pop), everyone, 5 * CONSIDERED, longest_m))
    pairs = np.concatenate(found)
    pairs = np.unique(np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1), axis=0)
    # Two points of presence need no hop between them.
    pairs = pairs[~(ends.is_pop[pairs[:, 0]] & ends.is_pop[pairs[:, 1]])]
    length_m = np.hypot(*(ends.xy_m[pairs[:, 0]] - ends.xy_m[pairs[:, 1]]).T)
    return pairs[:, 0], pairs[:, 1], length_m


def pairs_within(ends: Ends, longest_m: float) -> int:
    """How many pairs of ends lie within a distance of each other, two points of presence not counted."""

    def count(xy_m: FloatArray) -> int:
        tree = cKDTree(xy_m)
        return (int(tree.count_neighbors(tree, longest_m)) - len(xy_m)) // 2 if len(xy_m) else 0

    return count(ends.xy_m) - count(ends.xy_m[ends.is_pop])


def _nearest_of(xy_m: FloatArray, who: IntArray, among: IntArray, count: int, longest_m: float) -> IntArray:
    """(k, 2) pairs of each of `who` with its `count` nearest `among`."""
    if not len(who) or not len(among):
        return np.empty((0, 2), np.int64)
    near = min(count + 1, len(among))
    distance, index = cKDTree(xy_m[among]).query(xy_m[who], k=near)
    distance, index = np.reshape(distance, (len(who), near)), np.reshape(index, (len(who), near))
    row, column = np.nonzero(np.isfinite(distance) & (distance <= longest_m))
    return np.column_stack([who[row], among[index[row, column]]]).astype(np.int64)


def keep_nearest(ends: Ends, a: IntArray, b: IntArray, length_m: FloatArray) -> IntArray:
    """Positions of the pairs that either end wants: half its places to preferred partners, the rest to the nearest."""
    n = len(ends.ids)
    places = int(np.clip(1.4 * HOPS_WANTED / n, 4, PARTNERS))
    end, other = np.concatenate([a, b]), np.concatenate([b, a])
    pair, length = np.tile(np.arange(len(a)), 2), np.tile(length_m, 2)
    room = np.where(ends.is_pop[end], 3 * PARTNERS, places)
    liked = ends.preferred[other]
    order = np.lexsort((other, length, end))
    rank_liked = _rank(end, np.lexsort((other, length, ~liked, end)))
    first = liked & (rank_liked < (room + 1) // 2)
    taken = np.bincount(end[first], minlength=n)[end]
    rank_rest = _rank(end, order[np.argsort(first[order], kind="stable")])
    rest = ~first & (rank_rest < room - taken)
    return np.unique(pair[first | rest])


def _rank(group: IntArray, order: IntArray) -> IntArray:
    """Place of each element within its group when taken in the given order."""
    sorted_group = group[order]
    by_group = np.argsort(sorted_group, kind="stable")
    ordered = sorted_group[by_group]
    starts = np.concatenate([[0], np.flatnonzero(np.diff(ordered)) + 1]) if len(ordered) else np.empty(0, np.int64)
    rank = np.empty(len(group), np.int64)
    lengths = np.diff(np.append(starts, len(ordered)))
    rank[order[by_group]] = np.arange(len(ordered)) - np.repeat(starts, lengths)
    return rank
