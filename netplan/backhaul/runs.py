"""Runs of cable inside a pipe network: from one access point to the next, through tees, never out between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from netplan.backhaul.graph import FloatArray, IntArray, ObjectArray
from netplan.backhaul.lines import Noded

NEAREST = 64
"""Runs kept from each access point, shortest first; farther ones are counted and told."""
BATCH = 256
"""Access points per shortest-path batch (bounds memory)."""


@dataclass(frozen=True)
class Runs:
    """Cable runs between access points. Each is a path of segments of a noded pipe layer, of one owner."""

    tail: IntArray
    """node of the noded layer"""
    head: IntArray
    owner: ObjectArray
    segments: list[IntArray]
    """from tail to head"""

    def coords(self, noded: Noded) -> list[FloatArray]:
        """The runs' polylines, tail to head."""
        lines = []
        for start, path in zip(self.tail.tolist(), self.segments, strict=True):
            at = start
            pieces: list[FloatArray] = []
            for segment in path.tolist():
                forward = noded.tail[segment] == at
                piece = noded.coords[segment] if forward else noded.coords[segment][::-1]
                at = int(noded.head[segment] if forward else noded.tail[segment])
                pieces.append(piece if not pieces else piece[1:])
            lines.append(np.vstack(pieces))
        return lines

    def mean(self, values: FloatArray, noded: Noded) -> FloatArray:
        """A figure of segments averaged over each run by length."""
        length = _lengths(noded)
        return np.array([np.average(values[path], weights=length[path]) for path in self.segments], float)


def cable_runs(noded: Noded, access: IntArray, owner: ObjectArray) -> tuple[Runs, int]:
    """The shortest run between every two access points that needs no third, for each owner of pipes apart.

    Args:
        noded: pipes cut at access points and tees.
        access: nodes where cable may enter and leave, sorted; a run never passes one.
        owner: of each segment; a run stays within one owner's pipes.

    Returns:
        the runs, and how many were left out because the access point has NEAREST shorter ones.
    """
    parts, dropped = [], 0
    for name in sorted(set(owner)):
        runs, lost = _of_owner(noded, access, np.flatnonzero(owner == name))
        parts += [(name, *run) for run in runs]
        dropped += lost
    return (
        Runs(
            np.array([p[1] for p in parts], np.int64),
            np.array([p[2] for p in parts], np.int64),
            np.array([p[0] for p in parts], dtype=object),
            [p[3] for p in parts],
        ),
        dropped,
    )


def _lengths(noded: Noded) -> FloatArray:
    return np.array([max(float(np.hypot(*np.diff(c, axis=0).T).sum()), 1e-6) for c in noded.coords], float)


def _of_owner(noded: Noded, access: IntArray, mine: IntArray) -> tuple[list[tuple[int, int, IntArray]], int]:
    n, k = len(noded.node_xy), len(access)
    length = _lengths(noded)[mine]
    tail = np.concatenate([noded.tail[mine], noded.head[mine]])
    head = np.concatenate([noded.head[mine], noded.tail[mine]])
    segment, weight = np.tile(mine, 2), np.tile(length, 2)
    # Of parallel segments the shortest. Access points are left only from a copy of theirs, so none is passed.
    order = np.lexsort((segment, weight, head, tail))
    first = np.ones(len(order), bool)
    first[1:] = (tail[order][1:] != tail[order][:-1]) | (head[order][1:] != head[order][:-1])
    order = order[first]
    tail, head, segment, weight = tail[order], head[order], segment[order], weight[order]
    place = np.full(n, -1, np.int64)
    place[access] = np.arange(k)
    source = np.where(place[tail] >= 0, n + place[tail], tail)
    net = coo_array((weight, (source, head)), shape=(n + k, n + k)).tocsr()
    by_pair = {(int(u), int(v)): int(s) for u, v, s in zip(source, head, segment, strict=True)}
    runs: list[tuple[int, int, IntArray]] = []
    kept: set[tuple[int, int]] = set()
    dropped = 0
    starts = [a for a in range(k) if net.indptr[n + a] < net.indptr[n + a + 1]]
    for at in range(0, len(starts), BATCH):
        batch = starts[at : at + BATCH]
        far, before = dijkstra(net, indices=[n + a for a in batch], return_predecessors=True)
        for row, a in enumerate(batch):
            reached = np.flatnonzero(np.isfinite(far[row][access]) & (np.arange(k) != a))
            nearest = reached[np.argsort(far[row][access[reached]], kind="stable")]
            dropped += max(len(nearest) - NEAREST, 0)
            for b in nearest[:NEAREST].tolist():
                if (min(a, b), max(a, b)) not in kept:
                    kept.add((min(a, b), max(a, b)))
                    path = _path(before[row], n + a, int(access[b]), by_pair)
                    runs.append((int(access[a]), int(access[b]), path))
    return runs, dropped


def _path(before: IntArray, start: int, end: int, by_pair: dict[tuple[int, int], int]) -> IntArray:
    """Segments from the start's copy to the end."""
    path: list[int] = []
    while end != start:
        step = int(before[end])
        path.append(by_pair[step, end])
        end = step
    return np.array(path[::-1], np.int64)
