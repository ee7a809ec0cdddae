"""The audit's own graph: who hangs together, and what lies beyond a link that cannot be gone around."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


def components(n: int, tail: Ints, head: Ints) -> Ints:
    """Component of each of n nodes, by union-find with path halving."""
    parent = list(range(n))

    def top(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for a, b in zip(tail.tolist(), head.tolist(), strict=True):
        parent[top(a)] = top(b)
    return np.array([top(node) for node in range(n)], dtype=np.int64)


def bridge_sides(n: int, tail: Ints, head: Ints, supply: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Supply cut off from node 0 if a link were taken away; NaN where the link can be gone around.

    Links that node 0 cannot reach count as bridges with nothing to carry. Depth-first search from node 0 with
    the lowest number reachable (Tarjan 1974), without recursion. Shape: links.
    """
    out = np.full(len(tail), np.nan)
    around: list[list[tuple[int, int]]] = [[] for _ in range(n)]
    for k, (a, b) in enumerate(zip(tail.tolist(), head.tolist(), strict=True)):
        around[a].append((b, k))
        around[b].append((a, k))
    number = [-1] * n
    low = [0] * n
    beyond = supply.astype(float).tolist()
    count, number[0] = 1, 0
    stack: list[tuple[int, int, int]] = [(0, -1, 0)]
    while stack:
        node, came_by, at = stack[-1]
        if at < len(around[node]):
            stack[-1] = (node, came_by, at + 1)
            other, link = around[node][at]
            if link == came_by:
                continue
            if number[other] < 0:
                number[other] = low[other] = count
                count += 1
                stack.append((other, link, 0))
            else:
                low[node] = min(low[node], number[other])
            continue
        stack.pop()
        if stack:
            before = stack[-1][0]
            low[before] = min(low[before], low[node])
            beyond[before] += beyond[node]
            if low[node] > number[before]:
                out[came_by] = beyond[node]
    unreached = np.asarray(number)[tail] < 0 if len(tail) else np.zeros(0, dtype=bool)
    out[unreached] = 0.0
    return out
