"""A plan that changes in place: shares, paths and what is paid for follow each opened or closed option (numba).

The people that a change sets free are taken up by the open options of least price that have room (the price of a share
is its cost and a part of the cost of the option whose capacity it uses up), sites whose traffic no longer fits their
path get another, and each option, site and edge is paid for while something uses it. So the cost of a change is that
of the plan it leads to, not an estimate; and a change can be taken back.
"""

from __future__ import annotations

import heapq
from typing import Any, NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt

from netplan.planner.problem import Ints

BUILT = 1e-6
"""price of an edge that is paid for already"""
LONGEST = 800
"""edges that a path may have"""
LEAST = 1e-9
"""share below which nobody is served"""

Records = npt.NDArray[Any]

_INT, _FLOAT, _FLAG = np.int64, np.float64, np.bool_
ENTRY = np.dtype(
    [
        ("demand", _INT), ("option", _INT), ("use", _FLOAT), ("cost", _FLOAT), ("price", _FLOAT), ("most", _FLOAT),
        ("share", _FLOAT),
    ]
)  # fmt: skip
"""a usable pair of demand and option; `price`: its cost and a part of the option's; `most`: the largest share"""
OPTION = np.dtype(
    [
        ("first", _INT), ("last", _INT), ("cost", _FLOAT), ("site", _INT), ("feeds", _FLAG), ("idle", _FLAG),
        ("opened", _FLAG), ("appeal", _FLOAT), ("room", _FLOAT), ("busy", _INT), ("worth", _FLOAT), ("needs", _FLOAT),
    ]
)  # fmt: skip
"""`first` to `last` of `by_option`; `feeds`: its traffic goes to the backhaul of its site; `idle`: costs nothing while
it serves nobody, so it stays open; `busy`: entries it serves; `worth`, `needs`: of `moves`, 0 between moves"""
DEMAND = np.dtype(
    [
        ("first", _INT), ("last", _INT), ("group", _INT), ("weight", _FLOAT), ("mbps", _FLOAT), ("left", _FLOAT),
        ("stamp", _INT),
    ]
)  # fmt: skip
"""`first` to `last` of the entries; `group`: its target, -1 if none; `left`: what is not served; `stamp`: last look"""
SITE = np.dtype(
    [
        ("cost", _FLOAT), ("node", _INT), ("stands", _INT), ("wires", _INT), ("load", _FLOAT), ("laid", _FLOAT),
        ("length", _INT), ("seen", _INT),
    ]
)  # fmt: skip
"""`stands`: options and edges on it; `wires`: busy options that need backhaul; `laid`: traffic its path was laid for;
`length`: edges of its path, -1 if it has none; `seen`: the move that last noted it"""
EDGE = np.dtype(
    [("cost", _FLOAT), ("stand_a", _INT), ("stand_b", _INT), ("users", _INT), ("space", _FLOAT), ("bias", _FLOAT)]
)
"""`stand_a`, `stand_b`: sites it stands on, -1 if none; `users`: paths over it; `space`: capacity that is free"""
NODE = np.dtype([("first", _INT), ("last", _INT), ("best", _FLOAT), ("via", _INT), ("came", _INT)])
"""`first` to `last` of its arcs, and the labels of `lay`"""
ARC = np.dtype([("other", _INT), ("edge", _INT)])
TARGET = np.dtype([("lack", _FLOAT), ("slack", _FLOAT), ("dearest", _FLOAT)])
"""weight that is missing; that may be missing, for rounding; price per weight above which an option is opened first"""
CHANGE = np.dtype([("entry", _INT), ("before", _FLOAT)])
OLD = np.dtype([("site", _INT), ("laid", _FLOAT), ("length", _INT)])
NOW = np.dtype([("total", _FLOAT), ("changes", _INT), ("paths", _INT), ("look", _INT), ("move", _INT)])
"""cost; shares and paths that the move noted; numbers of the look at demands and of the move"""


class Plan(NamedTuple):
    """All of it, as arrays of records: a kernel is handed few arrays, and what is read together lies together."""

    entry: Records
    option: Records
    demand: Records
    site: Records
    edge: Records
    node: Records
    arc: Records
    target: Records
    by_option: Ints
    """entries, by option"""
    path: Ints
    """(s, `LONGEST`) edges"""
    log: Records
    old: Records
    """paths before the move"""
    old_path: Ints
    touched: Ints
    """(m,) room for options"""
    now: Records
    """(1,)"""


@nb.njit(cache=True, nogil=True)
def put(plan, e, value):  # type: ignore[no-untyped-def]
    """Set the share of an entry, and all that hangs on it."""
    old = plan.entry[e].share
    i, j = plan.entry[e].demand, plan.entry[e].option
    more = value - old
    plan.entry[e].share = value
    plan.demand[i].left -= more
    plan.option[j].room -= more * plan.entry[e].use
    plan.now[0].total += more * plan.entry[e].cost
    if plan.demand[i].group >= 0:
        plan.target[plan.demand[i].group].lack -= more * plan.demand[i].weight
    site = plan.option[j].site
    if plan.option[j].feeds:
        plan.site[site].load += more * plan.demand[i].mbps
    turned = (1 if value > 0 else 0) - (1 if old > 0 else 0)
    if turned == 0:
        return
    plan.option[j].busy += turned
    if plan.option[j].busy == 0 or (plan.option[j].busy == 1 and turned == 1):
        plan.now[0].total += turned * plan.option[j].cost
        if site >= 0:
            stand(plan, site, turned)
            if plan.option[j].feeds:
                plan.site[site].wires += turned


@nb.njit(cache=True, nogil=True)
def stand(plan, site, turned):  # type: ignore[no-untyped-def]
    """One more or less stands on a site."""
    if plan.site[site].stands == 0 and turned > 0:
        plan.now[0].total += plan.site[site].cost
    plan.site[site].stands += turned
    if plan.site[site].stands == 0 and turned < 0:
        plan.now[0].total -= plan.site[site].cost


@nb.njit(cache=True, nogil=True)
def take(plan, site, turned):  # type: ignore[no-untyped-def]
    """Build or give up the path of a site: +1 or -1."""
    for p in range(plan.site[site].length):
        edge = plan.path[site, p]
        plan.edge[edge].space -= turned * plan.site[site].laid
        if plan.edge[edge].users == 0 or (plan.edge[edge].users == 1 and turned < 0):
            plan.now[0].total += turned * plan.edge[edge].cost
            if plan.edge[edge].stand_a >= 0:
                stand(plan, plan.edge[edge].stand_a, turned)
            if plan.edge[edge].stand_b >= 0:
                stand(plan, plan.edge[edge].stand_b, turned)
        plan.edge[edge].users += turned


@nb.njit(cache=True, nogil=True)
def lay(plan, site):  # type: ignore[no-untyped-def]
    """Lay the cheapest path with room for the traffic of a site; whether there is one.

    A site that is not paid for yet adds half its cost to each edge that stands on it.
    """
    need = plan.site[site].load
    start = plan.site[site].node
    for k in range(len(plan.node)):
        plan.node[k].best = np.inf
    plan.node[start].best = 0.0
    heap = [(0.0, start)]
    while len(heap) > 0:
        cost, at = heapq.heappop(heap)
        if cost > plan.node[at].best:
            continue
        if at == 0:
            break
        for k in range(plan.node[at].first, plan.node[at].last):
            arc = plan.arc[k]
            edge = plan.edge[arc.edge]
            if edge.space < need - 1e-9:
                continue
            step = cost + BUILT
            if edge.users == 0:
                step = cost + edge.cost * edge.bias
                if edge.stand_a >= 0 and plan.site[edge.stand_a].stands == 0:
                    step += 0.5 * plan.site[edge.stand_a].cost
                if edge.stand_b >= 0 and plan.site[edge.stand_b].stands == 0:
                    step += 0.5 * plan.site[edge.stand_b].cost
            other = plan.node[arc.other]
            if step < other.best:
                other.best = step
                other.via = arc.edge
                other.came = at
                heapq.heappush(heap, (step, arc.other))
    if not np.isfinite(plan.node[0].best):
        return False
    count, at = 0, 0
    while at != start:
        if count >= LONGEST:
            return False
        plan.path[site, count] = plan.node[at].via
        count += 1
        at = plan.node[at].came
    plan.site[site].length = count
    plan.site[site].laid = need
    take(plan, site, 1)
    return True


@nb.njit(cache=True, nogil=True)
def note_path(plan, site):  # type: ignore[no-untyped-def]
    """Note the path of a site before it changes, once a move."""
    if plan.site[site].seen == plan.now[0].move:
        return
    plan.site[site].seen = plan.now[0].move
    n = plan.now[0].paths
    plan.old[n].site = site
    plan.old[n].laid = plan.site[site].laid
    plan.old[n].length = plan.site[site].length
    for p in range(plan.site[site].length):
        plan.old_path[n, p] = plan.path[site, p]
    plan.now[0].paths += 1


@nb.njit(cache=True, nogil=True)
def change(plan, e, value):  # type: ignore[no-untyped-def]
    """`put`, noted."""
    n = plan.now[0].changes
    plan.log[n].entry = e
    plan.log[n].before = plan.entry[e].share
    plan.now[0].changes += 1
    put(plan, e, value)


@nb.njit(cache=True, nogil=True)
def undo(plan, total):  # type: ignore[no-untyped-def]
    """Take back what the move noted."""
    for n in range(plan.now[0].paths):
        site = plan.old[n].site
        take(plan, site, -1)
        plan.site[site].length = -1
    for n in range(plan.now[0].changes - 1, -1, -1):
        put(plan, plan.log[n].entry, plan.log[n].before)
    for n in range(plan.now[0].paths):
        site = plan.old[n].site
        plan.site[site].length = plan.old[n].length
        plan.site[site].laid = plan.old[n].laid
        for p in range(plan.old[n].length):
            plan.path[site, p] = plan.old_path[n, p]
        take(plan, site, 1)
    plan.now[0].total = total


@nb.njit(cache=True, nogil=True)
def cheapest(plan, i):  # type: ignore[no-untyped-def]
    """(price per weight, entry) of the open option with room that serves a demand most cheaply; -1 if there is none."""
    price, at = np.inf, -1
    for e in range(plan.demand[i].first, plan.demand[i].last):
        entry = plan.entry[e]
        option = plan.option[entry.option]
        if not option.opened or option.room <= LEAST * entry.use:
            continue
        if entry.price < price and entry.share < entry.most - LEAST:
            price, at = entry.price, e
    return price / max(plan.demand[i].weight, 1e-12), at


@nb.njit(cache=True, nogil=True)
def serve(plan, waiting, lenient):  # type: ignore[no-untyped-def]
    """Serve the demands of a heap (price per weight, demand), cheapest first, until their targets are met.

    Ends early when the move has changed more than can be noted: its targets are then missed, and it is taken back.
    """
    while len(waiting) > 0 and plan.now[0].changes < len(plan.log):
        price, i = heapq.heappop(waiting)
        demand = plan.demand[i]
        target = plan.target[demand.group]
        if target.lack <= target.slack or demand.left <= LEAST:
            continue
        now, e = cheapest(plan, i)
        if e < 0:
            continue
        if now > price * (1.0 + 1e-9) + 1e-12:  # the option it waited for is full
            if now <= lenient * target.dearest:
                heapq.heappush(waiting, (now, i))
            continue
        entry = plan.entry[e]
        part = min(demand.left, entry.most - entry.share, target.lack / max(demand.weight, 1e-12))
        if entry.use > 0.0:
            part = min(part, plan.option[entry.option].room / entry.use)
        change(plan, e, entry.share + part)
        if demand.left > LEAST:
            heapq.heappush(waiting, (now, i))


@nb.njit(cache=True, nogil=True)
def close(plan, j):  # type: ignore[no-untyped-def]
    """Close an option and serve nobody from it; what costs nothing while it is idle stays open."""
    plan.option[j].opened = plan.option[j].idle
    for k in range(plan.option[j].first, plan.option[j].last):
        e = plan.by_option[k]
        if plan.entry[e].share > 0.0:
            change(plan, e, 0.0)


@nb.njit(cache=True, nogil=True)
def served(plan, lenient):  # type: ignore[no-untyped-def]
    """Serve the unserved at up to `lenient` times `dearest` per weight, cheapest first; whether all targets are met."""
    waiting = [(0.0, -1)]
    waiting.pop()
    for i in range(len(plan.demand)):
        demand = plan.demand[i]
        if demand.group < 0 or demand.left <= LEAST:
            continue
        target = plan.target[demand.group]
        if target.lack > target.slack:
            price, e = cheapest(plan, i)
            if e >= 0 and price <= lenient * target.dearest:
                heapq.heappush(waiting, (price, i))
    serve(plan, waiting, lenient)
    missing = 0
    for k in range(len(plan.target)):
        missing += plan.target[k].lack > plan.target[k].slack
    return missing == 0


@nb.njit(cache=True, nogil=True)
def rejoin(plan, allowed, queue):  # type: ignore[no-untyped-def]
    """Fit the paths to the traffic after the shares changed; whether that works for less than `allowed`."""
    first = plan.now[0].paths
    for n in range(plan.now[0].changes):
        j = plan.entry[plan.log[n].entry].option
        site = plan.option[j].site
        if plan.option[j].feeds and plan.site[site].node > 0:
            note_path(plan, site)
    size = 0
    for n in range(first, plan.now[0].paths):  # what gets less traffic makes room
        site = plan.old[n].site
        if plan.site[site].wires == 0:
            take(plan, site, -1)
            plan.site[site].length = -1
        elif plan.site[site].length >= 0 and plan.site[site].load <= plan.site[site].laid:
            for p in range(plan.site[site].length):
                plan.edge[plan.path[site, p]].space += plan.site[site].laid - plan.site[site].load
            plan.site[site].laid = plan.site[site].load
    for n in range(first, plan.now[0].paths):
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
        if plan.now[0].total > allowed or not lay(plan, queue[q]):
            return False
    return bool(plan.now[0].total <= allowed)
