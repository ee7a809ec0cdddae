"""The paths of a plan that changes in place (`exchange`): laid anew where the traffic of a site changed (numba)."""

from __future__ import annotations

import heapq

import numba as nb
import numpy as np

from netplan.planner.exchange import LONGEST, note_path, take

BUILT = 1e-6
"""price of an edge that is paid for already"""
GROUP = 8
"""sites that are laid anew together"""
MOST = 1.2
"""times its cost that an edge is thought to cost, at most, when paths turn"""


@nb.njit(cache=True, nogil=True)
def drawn(edge, salt):  # type: ignore[no-untyped-def]
    """A number from 0 to 1 that looks random, always the same for an edge and a salt."""
    mixed = (np.uint64(edge) + np.uint64(salt) * np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0x94D049BB133111EB)
    return np.float64(mixed >> np.uint64(40)) / 16777216.0


@nb.njit(cache=True, nogil=True)
def spread(plan, start, need, end, limit, factor, salt):  # type: ignore[no-untyped-def]
    """Label the nodes with the cheapest ways from `start` with room for `need`; whether `end` is reached in `limit`.

    A site that is not paid for yet adds half its cost to each edge that stands on it.

    Args:
        end: where to stop.
        factor: times its cost that an edge without a limit of capacity is thought to cost.
        salt: of the random part of what edges are thought to cost; 0 for none.
    """
    plan.now[0].spread += 1
    number = plan.now[0].spread
    plan.node[start].spread = number
    plan.node[start].best = 0.0
    heap = [(0.0, start)]
    while len(heap) > 0:
        cost, at = heapq.heappop(heap)
        if cost > limit:
            return False
        if cost > plan.node[at].best:
            continue
        if at == end:
            return True
        for k in range(plan.node[at].first, plan.node[at].last):
            arc = plan.arc[k]
            edge = plan.edge[arc.edge]
            if edge.space < need - 1e-9:
                continue
            step = cost + BUILT
            if edge.users == 0:
                price = edge.cost
                if salt > 0:
                    price *= (factor if np.isinf(edge.space) else 1.0) * (0.8 + 0.4 * drawn(arc.edge, salt))
                step = cost + price
                if edge.stand_a >= 0 and plan.site[edge.stand_a].stands == 0:
                    step += 0.5 * plan.site[edge.stand_a].cost
                if edge.stand_b >= 0 and plan.site[edge.stand_b].stands == 0:
                    step += 0.5 * plan.site[edge.stand_b].cost
            other = plan.node[arc.other]
            if other.spread != number or step < other.best:
                other.spread = number
                other.best = step
                other.via = arc.edge
                other.came = at
                heapq.heappush(heap, (step, arc.other))
    return False


@nb.njit(cache=True, nogil=True)
def lay(plan, site, allowed, factor, salt):  # type: ignore[no-untyped-def]
    """Lay the cheapest path with room for the traffic of a site; whether there is one for about `allowed` in all."""
    start = plan.site[site].node
    limit = (allowed - plan.now[0].total) * (MOST if salt > 0 else 1.0) + LONGEST * BUILT
    if not spread(plan, start, plan.site[site].load, 0, limit, factor, salt):
        return False
    count, at = 0, 0
    while at != start:
        if count >= LONGEST:
            return False
        plan.path[site, count] = plan.node[at].via
        count += 1
        at = plan.node[at].came
    plan.site[site].length = count
    plan.site[site].laid = plan.site[site].load
    take(plan, site, 1)
    return True


@nb.njit(cache=True, nogil=True)
def release(plan):  # type: ignore[no-untyped-def]
    """Give up the paths of sites that the move has left without a busy option that needs one."""
    for n in range(plan.now[0].changes):
        j = plan.entry[plan.log[n].entry].option
        site = plan.option[j].site
        if plan.option[j].feeds and plan.site[site].wires == 0 and plan.site[site].length > 0:
            note_path(plan, site)
            take(plan, site, -1)
            plan.site[site].length = -1


@nb.njit(cache=True, nogil=True)
def rejoin(plan, allowed, queue):  # type: ignore[no-untyped-def]
    """Fit the paths to the traffic after the shares changed; whether that works for less than `allowed`."""
    release(plan)
    for n in range(plan.now[0].changes):
        j = plan.entry[plan.log[n].entry].option
        site = plan.option[j].site
        if plan.option[j].feeds and plan.site[site].node > 0 and plan.site[site].wires > 0:
            note_path(plan, site)
    size = 0
    for n in range(plan.now[0].paths):  # what gets less traffic makes room
        site = plan.old[n].site
        if plan.site[site].length >= 0 and plan.site[site].load <= plan.site[site].laid:
            for p in range(plan.site[site].length):
                plan.edge[plan.path[site, p]].space += plan.site[site].laid - plan.site[site].load
            plan.site[site].laid = plan.site[site].load
    for n in range(plan.now[0].paths):
        site = plan.old[n].site
        if plan.site[site].wires == 0:
            continue
        if plan.site[site].length >= 0:
            more = plan.site[site].load - plan.site[site].laid
            fits = True
            for p in range(plan.site[site].length):
                fits &= plan.edge[plan.path[site, p]].space >= more
            if fits:
                for p in range(plan.site[site].length):
                    plan.edge[plan.path[site, p]].space -= more
                plan.site[site].laid = plan.site[site].load
                continue
            take(plan, site, -1)
            plan.site[site].length = -1
        at = size
        while at > 0 and plan.site[queue[at - 1]].load < plan.site[site].load:
            queue[at] = queue[at - 1]
            at -= 1
        queue[at] = site
        size += 1
    for q in range(size):
        if plan.now[0].total > allowed or not lay(plan, queue[q], allowed, 1.0, 0):
            return False
    return bool(plan.now[0].total <= allowed)


@nb.njit(cache=True, nogil=True)
def sharing(plan, first, rng, queue):  # type: ignore[no-untyped-def]
    """Sites whose paths share an edge with that of the first, into `queue`; how many."""
    count = plan.now[0].busy
    edge = plan.path[first, rng.integers(0, plan.site[first].length)]
    size = 1
    start = rng.integers(0, count)
    for k in range(count):
        if size >= GROUP:
            break
        site = plan.option[plan.busy[(start + k) % count]].site
        if site < 0 or plan.site[site].seen == plan.now[0].move:
            continue
        for p in range(plan.site[site].length):
            if plan.path[site, p] == edge:
                note_path(plan, site)
                queue[size] = site
                size += 1
                break
    return size


@nb.njit(cache=True, nogil=True)
def beside(plan, j, rng, queue):  # type: ignore[no-untyped-def]
    """Sites that reach the same demands as option j, or as one that does, into `queue`; how many."""
    size = 1
    wanted = rng.integers(1, GROUP + 1)
    for _ in range(4 * GROUP):
        if size >= wanted:
            break
        option = plan.option[j]
        e = plan.demand[plan.entry[rng.integers(option.first, option.last)].demand].chain
        while e >= 0 and size < wanted:
            j = plan.entry[e].option
            site = plan.option[j].site
            if site >= 0 and plan.site[site].length > 0 and plan.site[site].seen != plan.now[0].move:
                note_path(plan, site)
                queue[size] = site
                size += 1
            e = plan.entry[e].next
        if plan.option[j].last <= plan.option[j].first:
            break
    return size


@nb.njit(cache=True, nogil=True)
def relay(plan, allowed, rng, queue):  # type: ignore[no-untyped-def]
    """Lay the paths of a few sites anew that share an edge or stand near; whether that costs at most `allowed`."""
    count = plan.now[0].busy
    j, first = -1, -1
    for _ in range(10):
        j = plan.busy[rng.integers(0, count)] if count > 0 else -1
        first = plan.option[j].site if count > 0 else -1
        if first >= 0 and plan.site[first].length > 0:
            break
    if first < 0 or plan.site[first].length <= 0:
        return False
    queue[0] = first
    note_path(plan, first)
    size = sharing(plan, first, rng, queue) if rng.random() < 0.5 else beside(plan, j, rng, queue)
    for q in range(size):
        take(plan, queue[q], -1)
        plan.site[queue[q]].length = -1
    factor = 0.3 + 0.7 * rng.random()
    for q in range(size):
        other = rng.integers(q, size)
        site = queue[other]
        queue[other] = queue[q]
        if not lay(plan, site, allowed, factor, plan.now[0].move):
            return False
    return bool(plan.now[0].total <= allowed)
