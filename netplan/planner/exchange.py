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

LONGEST = 800
"""edges that a path may have"""
LEAST = 1e-9
"""share below which nobody is served"""

Records = npt.NDArray[Any]

_SHORT, _INT, _FLOAT, _FLAG = np.int32, np.int64, np.float64, np.bool_
ENTRY = np.dtype(
    [
        ("demand", _SHORT), ("option", _SHORT), ("next", _SHORT), ("prev", _SHORT),
        ("use", _FLOAT), ("cost", _FLOAT), ("price", _FLOAT), ("most", _FLOAT), ("share", _FLOAT),
    ]
)  # fmt: skip
"""a usable pair of demand and option, by option; `next`, `prev`: the chain of its demand's entries with open options;
`price`: its cost and a part of the option's; `most`: the largest share"""
OPTION = np.dtype(
    [
        ("first", _INT), ("last", _INT), ("cost", _FLOAT), ("site", _INT), ("feeds", _FLAG), ("idle", _FLAG),
        ("opened", _FLAG), ("appeal", _FLOAT), ("room", _FLOAT), ("busy", _INT), ("place", _INT),
        ("worth", _FLOAT), ("needs", _FLOAT),
    ]
)  # fmt: skip
"""`first` to `last` of the entries; `feeds`: its traffic goes to the backhaul of its site; `idle`: costs nothing while
it serves nobody, so it stays open; `busy`: entries it serves; `place`: among the busy ones, if it is one;
`worth`, `needs`: of `moves`, 0 between moves"""
DEMAND = np.dtype(
    [
        ("first", _INT), ("last", _INT), ("group", _INT), ("weight", _FLOAT), ("mbps", _FLOAT), ("left", _FLOAT),
        ("chain", _INT), ("place", _INT), ("look", _INT),
    ]
)  # fmt: skip
"""`first` to `last` of `by_demand`; `group`: its target, -1 if none; `left`: what is not served; `chain`: the first
entry with an open option, `place`: among those that wait, -1 if none; `look`: the last one that asked it"""
SITE = np.dtype(
    [
        ("cost", _FLOAT), ("node", _INT), ("stands", _INT), ("wires", _INT), ("load", _FLOAT), ("laid", _FLOAT),
        ("length", _INT), ("seen", _INT),
    ]
)  # fmt: skip
"""`stands`: options and edges on it; `wires`: busy options that need backhaul; `laid`: traffic its path was laid for;
`length`: edges of its path, -1 if it has none; `seen`: the move that last noted it"""
EDGE = np.dtype([("cost", _FLOAT), ("stand_a", _INT), ("stand_b", _INT), ("users", _INT), ("space", _FLOAT)])
"""`stand_a`, `stand_b`: sites it stands on, -1 if none; `users`: paths over it; `space`: capacity that is free"""
NODE = np.dtype([("first", _INT), ("last", _INT), ("best", _FLOAT), ("via", _INT), ("came", _INT), ("spread", _INT)])
"""`first` to `last` of its arcs; `best`, `via`, `came`: labels of the search for a path numbered `spread`"""
ARC = np.dtype([("other", _INT), ("edge", _INT)])
TARGET = np.dtype(
    [
        ("lack", _FLOAT), ("slack", _FLOAT), ("dearest", _FLOAT), ("charge", _FLOAT),
    ]
)  # fmt: skip
"""weight that is missing; that may be missing, for rounding; price per weight above which an option is opened first;
`charge`: price of a weight that is missing"""
CHANGE = np.dtype([("entry", _INT), ("before", _FLOAT)])
OLD = np.dtype([("site", _INT), ("laid", _FLOAT), ("length", _INT)])
NOW = np.dtype(
    [
        ("total", _FLOAT), ("changes", _INT), ("paths", _INT), ("move", _INT), ("look", _INT), ("spread", _INT),
        ("busy", _INT), ("waiting", _INT),
    ]
)  # fmt: skip
"""cost; shares and paths that the move noted; numbers of the move, the look at demands and the search for a path; how
many options are busy and how many demands wait"""


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
    by_demand: Ints
    """entries, by demand"""
    busy: Ints
    """(m,) room for the options that serve somebody, in any order"""
    waiting: Ints
    """(n,) room for the demands of targets that are not wholly served and that an open option reaches, in any order"""
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


@nb.njit(cache=True, nogil=True, inline="always")
def waits(demand):  # type: ignore[no-untyped-def]
    """Whether a demand is to be listed otherwise than it is: it waits while unserved and an open option reaches it."""
    return (demand.group >= 0 and demand.left > LEAST and demand.chain >= 0) != (demand.place >= 0)


@nb.njit(cache=True, nogil=True, inline="always")
def wait(plan, i):  # type: ignore[no-untyped-def]
    """List a demand among those that wait, or strike it off, where `waits` says so."""
    demand, now = plan.demand[i], plan.now[0]
    if demand.place < 0:
        plan.waiting[now.waiting] = i
        demand.place = now.waiting
        now.waiting += 1
        return
    now.waiting -= 1
    last = plan.waiting[now.waiting]
    plan.waiting[demand.place] = last
    plan.demand[last].place = demand.place
    demand.place = -1


@nb.njit(cache=True, nogil=True)
def turn(plan, j, opened):  # type: ignore[no-untyped-def]
    """Open or close an option: its entries join the chains of their demands or leave them."""
    option = plan.option[j]
    if option.opened == opened:
        return
    option.opened = opened
    for e in range(option.first, option.last):
        entry = plan.entry[e]
        demand = plan.demand[entry.demand]
        if opened:
            entry.next = demand.chain
            entry.prev = -1
            if demand.chain >= 0:
                plan.entry[demand.chain].prev = e
            demand.chain = e
        else:
            if entry.next >= 0:
                plan.entry[entry.next].prev = entry.prev
            if entry.prev >= 0:
                plan.entry[entry.prev].next = entry.next
            else:
                demand.chain = entry.next
        if waits(demand):
            wait(plan, entry.demand)


@nb.njit(cache=True, nogil=True)
def settle(plan, j):  # type: ignore[no-untyped-def]
    """Leave an option open while it serves somebody or costs nothing."""
    turn(plan, j, plan.option[j].busy > 0 or plan.option[j].idle)


@nb.njit(cache=True, nogil=True, inline="always")
def put(plan, e, value):  # type: ignore[no-untyped-def]
    """Set the share of an entry, and all that hangs on it."""
    entry, now = plan.entry[e], plan.now[0]
    j = entry.option
    demand, option = plan.demand[entry.demand], plan.option[j]
    old = entry.share
    more = value - old
    entry.share = value
    demand.left -= more
    option.room -= more * entry.use
    now.total += more * entry.cost
    if demand.group >= 0:
        plan.target[demand.group].lack -= more * demand.weight
        if waits(demand):
            wait(plan, entry.demand)
    if option.feeds:
        plan.site[option.site].load += more * demand.mbps
    turned = (1 if value > 0 else 0) - (1 if old > 0 else 0)
    if turned == 0:
        return
    option.busy += turned
    if option.busy == 0:
        now.busy -= 1
        last = plan.busy[now.busy]
        plan.busy[option.place] = last
        plan.option[last].place = option.place
    elif option.busy == 1 and turned == 1:
        plan.busy[now.busy] = j
        option.place = now.busy
        now.busy += 1
    else:
        return
    now.total += turned * option.cost
    if option.site >= 0:
        stand(plan, option.site, turned)
        if option.feeds:
            plan.site[option.site].wires += turned


@nb.njit(cache=True, nogil=True, inline="always")
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


@nb.njit(cache=True, nogil=True, inline="always")
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
    e = plan.demand[i].chain
    while e >= 0:
        entry = plan.entry[e]
        room = plan.option[entry.option].room
        if entry.price < price and entry.share < entry.most - LEAST and room > LEAST * entry.use:
            price, at = entry.price, e
        e = entry.next
    return price / max(plan.demand[i].weight, 1e-12), at


@nb.njit(cache=True, nogil=True)
def least_cost(plan, i):  # type: ignore[no-untyped-def]
    """The least that serving a demand may cost per weight, with or without room."""
    cost = np.inf
    e = plan.demand[i].chain
    while e >= 0:
        cost = min(cost, plan.entry[e].cost)
        e = plan.entry[e].next
    return cost / max(plan.demand[i].weight, 1e-12)


@nb.njit(cache=True, nogil=True)
def serve(plan, waiting, lenient, allowed):  # type: ignore[no-untyped-def]
    """Serve the demands of a heap (price per weight, demand), cheapest first, until their targets are met.

    Ends early when the plan costs more than `allowed`, or the move has changed more than can be noted: its targets are
    then missed, and it is taken back.
    """
    while len(waiting) > 0 and plan.now[0].changes < len(plan.log) and plan.now[0].total <= allowed:
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
    turn(plan, j, plan.option[j].idle)
    for e in range(plan.option[j].first, plan.option[j].last):
        if plan.entry[e].share > 0.0:
            change(plan, e, 0.0)


@nb.njit(cache=True, nogil=True)
def served(plan, lenient, allowed):  # type: ignore[no-untyped-def]
    """Serve the unserved at up to `lenient` times `dearest` per weight, cheapest first; whether all targets are met.

    Nobody is served where what is missing would cost more than `allowed` in all, were it had from whoever is cheapest:
    most moves that close an option and open none end so, with thousands to serve at many times the usual price.
    """
    waiting = [(0.0, -1)]
    waiting.pop()
    floor = np.full(len(plan.target), np.inf)
    for k in range(plan.now[0].waiting):
        i = plan.waiting[k]
        demand = plan.demand[i]
        target = plan.target[demand.group]
        if target.lack > target.slack:
            price, e = cheapest(plan, i)
            if e >= 0 and price <= lenient * target.dearest:
                waiting.append((price, i))
                if allowed < np.inf:
                    floor[demand.group] = min(floor[demand.group], least_cost(plan, i))
    least = plan.now[0].total
    for k in range(len(plan.target)):
        if plan.target[k].lack > plan.target[k].slack and floor[k] < np.inf:
            least += plan.target[k].lack * floor[k]
    if least > allowed:
        return False
    heapq.heapify(waiting)
    serve(plan, waiting, lenient, allowed)
    missing = 0
    for k in range(len(plan.target)):
        missing += plan.target[k].lack > plan.target[k].slack
    return missing == 0
