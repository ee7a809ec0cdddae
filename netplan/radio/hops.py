"""Microwave hops: which sites see each other well enough for a link radio."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from netplan.catalogue.schema import Catalogue, Medium
from netplan.project.schema import Project
from netplan.radio.path_loss import FRESNEL_CLEARANCE, batch_clearances
from netplan.radio.shapes import IntArray
from netplan.tables import FloatArray, Hops, Inputs, Sites

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
COLUMNS = ["site_a", "site_b", "medium", "length_m", "capacity_mbps", "clearance"]


@dataclass(frozen=True)
class Ends:
    """Where a hop may end, sorted by id."""

    ids: npt.NDArray[np.object_]
    xy_m: FloatArray
    height_m: FloatArray
    preferred: npt.NDArray[np.bool_]
    is_pop: npt.NDArray[np.bool_]


def microwave_media(catalogue: Catalogue, project: Project | None = None) -> list[Medium]:
    """Microwave media in use, by id: those enabled, and those that the project names."""
    named = set(() if project is None or project.technologies is None else project.technologies)
    media = (catalogue.media[key] for key in sorted(catalogue.media))
    return [medium for medium in media if medium.kind == "microwave" and (medium.enabled or medium.id in named)]


def build_hops(inputs: Inputs, sites: Sites, catalogue: Catalogue, project: Project | None = None) -> Hops:
    """Hops between all sites, and every hop there would be without the shared ones.

    Only the nearest partners of an end are kept, so shared masts would otherwise push out hops that a scenario without
    them may build, and offering a lever could raise the least cost. See `_hops_between` for which are kept.
    """
    every = _hops_between(inputs, sites, catalogue, project).table
    own = (sites.points["status"] != "shared").to_numpy(bool)
    if own.all():
        return Hops(every)
    alone = _hops_between(inputs, replace(sites, points=sites.points[own]), catalogue, project).table
    both = pd.concat([alone, every], ignore_index=True)
    keys = ["site_a", "site_b", "medium"]
    table = both.drop_duplicates(keys).sort_values(keys, kind="stable").reset_index(drop=True)
    table.attrs["dropped"] = every.attrs.get("dropped", 0)
    return Hops(table)


def _hops_between(inputs: Inputs, sites: Sites, catalogue: Catalogue, project: Project | None) -> Hops:
    """Every feasible hop worth pricing, between sites and to points of presence (`pop:<index label>`).

    A hop is feasible within the medium's length and with 0.6 of the first Fresnel zone clear at k = 4/3 (unknown
    terrain: not feasible). Of the feasible partners of each end the nearest are kept, preferred ones (relays and
    masts, points of presence and sites near one) taking half the places. `table.attrs["dropped"]` counts feasible
    hops left out. Of the media feasible on one hop, those that cost more and carry no more are left out.
    """
    media = microwave_media(catalogue, project)
    ends = _ends(inputs, sites, catalogue)
    if not media or len(ends.ids) < 2:
        return Hops(_frame([]))
    longest_m = max(_length_m(medium) for medium in media)
    a, b, length_m = _candidates(ends, longest_m)
    ratio = np.full((len(a), len(media)), -np.inf)
    for m, medium in enumerate(media):
        within = np.flatnonzero((length_m <= _length_m(medium)) & (length_m > 0))
        ratio[within, m] = _clearances(inputs, ends, a[within], b[within], medium)
    clear = ratio >= FRESNEL_CLEARANCE
    feasible = np.flatnonzero(clear.any(axis=1))
    kept = feasible[_nearest(ends, a[feasible], b[feasible], length_m[feasible])]
    useful = _undominated(media, clear)
    rows = [
        {
            "site_a": ends.ids[a[p]],
            "site_b": ends.ids[b[p]],
            "medium": media[m].id,
            "length_m": float(length_m[p]),
            "capacity_mbps": _capacity_mbps(media[m]),
            "clearance": float(ratio[p, m]),
        }
        for p in kept
        for m in np.flatnonzero(useful[p])
    ]
    table = _frame(rows)
    table.attrs["dropped"] = int(len(feasible) - len(kept))
    return Hops(table)


def _frame(rows: list[dict[str, object]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=COLUMNS)
    numbers = {"length_m": float, "capacity_mbps": float, "clearance": float}
    return frame.astype(numbers).sort_values(["site_a", "site_b", "medium"], ignore_index=True)


def _length_m(medium: Medium) -> float:
    return np.inf if medium.max_length_m is None else medium.max_length_m.value


def _capacity_mbps(medium: Medium) -> float:
    return np.inf if medium.capacity_mbps is None else medium.capacity_mbps.value


def _ends(inputs: Inputs, sites: Sites, catalogue: Catalogue) -> Ends:
    """Sites high enough, and points of presence."""
    points = sites.points.sort_index()
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


def _candidates(ends: Ends, longest_m: float) -> tuple[IntArray, IntArray, FloatArray]:
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


def _nearest_of(xy_m: FloatArray, who: IntArray, among: IntArray, count: int, longest_m: float) -> IntArray:
    """(k, 2) pairs of each of `who` with its `count` nearest `among`."""
    if not len(who) or not len(among):
        return np.empty((0, 2), np.int64)
    near = min(count + 1, len(among))
    distance, index = cKDTree(xy_m[among]).query(xy_m[who], k=near)
    distance, index = np.reshape(distance, (len(who), near)), np.reshape(index, (len(who), near))
    row, column = np.nonzero(np.isfinite(distance) & (distance <= longest_m))
    return np.column_stack([who[row], among[index[row, column]]]).astype(np.int64)


def _clearances(inputs: Inputs, ends: Ends, a: IntArray, b: IntArray, medium: Medium) -> FloatArray:
    """Clearance of pairs at the medium's frequency; -inf where unknown."""
    assert medium.frequency_mhz is not None
    ratio = batch_clearances(
        inputs.elevation,
        ends.xy_m[a],
        ends.height_m[a],
        ends.xy_m[b],
        ends.height_m[b],
        medium.frequency_mhz.value,
        stop_below=FRESNEL_CLEARANCE,
    )
    return np.where(np.isnan(ratio), -np.inf, ratio)


def _nearest(ends: Ends, a: IntArray, b: IntArray, length_m: FloatArray) -> IntArray:
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


def _price(medium: Medium) -> tuple[float, float]:
    """Catalogue capex and yearly cost of one link, for comparing media only."""
    capex = sum(line.capex.value for line in medium.costs if line.capex is not None)
    opex = sum(line.opex_per_year.value for line in medium.costs if line.opex_per_year is not None)
    return capex, opex


def _undominated(media: list[Medium], clear: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Media worth offering on each pair: no other feasible one carries as much for no more money.

    In a tie the medium with the shorter reach stays.
    """
    useful = clear.copy()
    for m, medium in enumerate(media):
        for other_m, other in enumerate(media):
            if other_m == m or _capacity_mbps(other) < _capacity_mbps(medium):
                continue
            if any(theirs > ours for theirs, ours in zip(_price(other), _price(medium), strict=True)):
                continue
            same = _capacity_mbps(other) == _capacity_mbps(medium) and _price(other) == _price(medium)
            if same and (_length_m(other), other.id) > (_length_m(medium), medium.id):
                continue
            useful[:, m] &= ~clear[:, other_m]
    return useful
