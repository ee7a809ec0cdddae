"""What a generator hands back, and greedy thinning: the one way this room chooses among places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from netplan.tables import FloatArray

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Proposals:
    """n places proposed for one structure."""

    xy: FloatArray
    """(n, 2), metres in the project CRS."""
    name: npt.NDArray[np.object_]
    score: FloatArray
    """Higher is better; comparable only within one structure."""
    height_m: FloatArray
    """Of the antenna above ground; NaN: the catalogue's."""
    assumed: BoolArray
    technologies: npt.NDArray[np.object_]
    """What stands there already, in the words of the layer; ''."""
    max_systems: FloatArray
    """Radio systems that may still be mounted there, as the layer says; NaN where it does not."""

    def __len__(self) -> int:
        return len(self.xy)

    def take(self, rows: IntArray | BoolArray) -> Proposals:
        """The proposals at these positions, in their order."""
        return Proposals(
            self.xy[rows],
            self.name[rows],
            self.score[rows],
            self.height_m[rows],
            self.assumed[rows],
            self.technologies[rows],
            self.max_systems[rows],
        )

    def by_place(self) -> Proposals:
        """Sorted by (x, y) to the centimetre: the order that numbers them."""
        x, y = np.round(self.xy, 2).T if len(self) else (np.zeros(0), np.zeros(0))
        return self.take(np.lexsort((y, x)))


def propose(
    xy: FloatArray,
    name: npt.NDArray[np.object_] | None = None,
    score: FloatArray | None = None,
    height_m: FloatArray | None = None,
    assumed: BoolArray | None = None,
    technologies: npt.NDArray[np.object_] | None = None,
    max_systems: FloatArray | None = None,
) -> Proposals:
    """Proposals at xy (n, 2); what is not given is blank, zero, unknown or False."""
    n = len(xy)
    return Proposals(
        np.asarray(xy, dtype=float).reshape(n, 2),
        np.full(n, "", dtype=object) if name is None else name,
        np.zeros(n) if score is None else score,
        np.full(n, np.nan) if height_m is None else height_m,
        np.zeros(n, dtype=bool) if assumed is None else assumed,
        np.full(n, "", dtype=object) if technologies is None else technologies,
        np.full(n, np.nan) if max_systems is None else max_systems,
    )


def best_first(xy: FloatArray, score: FloatArray) -> IntArray:
    """Positions by falling score; equal scores (to a millionth) by (x, y)."""
    return np.lexsort((xy[:, 1], xy[:, 0], -np.round(score, 6)))


def thin(xy: FloatArray, score: FloatArray, spacing_m: float, taken: FloatArray | None = None) -> IntArray:
    """Best places at least `spacing_m` apart, chosen greedily by score.

    Args:
        xy: (n, 2) places.
        score: (n,), higher first.
        spacing_m: least distance between two chosen places.
        taken: (k, 2) places already occupied; nothing closer than `spacing_m` to them is chosen.

    Returns:
        Positions of the chosen, best first. Every place not chosen is nearer than the spacing to one that is.
    """
    if not len(xy):
        return np.zeros(0, dtype=np.int64)
    blocked = np.zeros(len(xy), dtype=bool)
    if taken is not None and len(taken):
        distance, _ = cKDTree(taken).query(xy, distance_upper_bound=spacing_m)
        blocked = np.isfinite(distance)
    tree = cKDTree(xy)
    chosen = []
    for place in best_first(xy, score):
        if blocked[place]:
            continue
        chosen.append(int(place))
        blocked[tree.query_ball_point(xy[place], spacing_m * (1 - 1e-9))] = True
    return np.asarray(chosen, dtype=np.int64)


def people_within(xy: FloatArray, at: FloatArray, people: FloatArray, radius_m: float) -> FloatArray:
    """People around each place xy (n, 2), those at `at` (k, 2) counting 1 at no distance and 0 at the radius.

    The fading makes nearby places differ, so that a mast stands among the people rather than at the rim.
    """
    if not len(at) or not len(xy):
        return np.zeros(len(xy))
    near = cKDTree(xy).sparse_distance_matrix(cKDTree(at), radius_m, output_type="coo_matrix")
    order = np.lexsort((near.col, near.row))
    row, col, distance = near.row[order], near.col[order], near.data[order]
    total = np.bincount(row, weights=people[col] * (1.0 - distance / radius_m), minlength=len(xy))
    return np.asarray(total, dtype=float)
