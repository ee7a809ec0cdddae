"""Dual ascent on the backhaul: directed cuts to begin with, before any relaxation is solved.

Terminals are what must be joined to the roots: a site, or a demand by one of the sites that serve it. In turns, the
nodes W from which a terminal is still reached over arcs whose cost is used up form a cut; as much is taken off the arcs
into W as the cheapest of them has left, until a terminal is reached from a root (Wong 1984, here also for terminals of
several nodes). What was taken adds up to a bound of the tree, and the cuts that took it, few and nested, hold most of
what all exponentially many cuts say. Relaxations that start without them find their way through thousands of weak cuts
first: a site is joined by a little of every arc around it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numba as nb
import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order

from netplan.planner.coverage_cuts import terminal_rows
from netplan.planner.master import Master
from netplan.planner.problem import Floats, Ints
from netplan.planner.rows import Rows, stack
from netplan.planner.terminals import Terminals

ENTRIES = 1_000_000
"""arcs in all cuts of an ascent together after which no more are made; 3,000 sites and 20,000 demands just get there"""
NONE = 1e-9
"""what is left of an arc's cost when it counts as used up"""


class Ascent(NamedTuple):
    """Cuts that a dual ascent took cost by."""

    whose: Ints
    """terminal of each cut"""
    pointer: Ints
    arc: Ints
    """the arcs of the cuts, one cut after another"""
    took: Floats
    """what each cut took off each of its arcs, in the master's scale"""


def ascent_cuts(master: Master, terminals: Terminals, entries: int = ENTRIES) -> Rows:
    """The cuts of two dual ascents, one over all sites that may need backhaul and one over all demands.

    A demand counts once, not again for each of its classes.

    Args:
        entries: arcs in all cuts of an ascent together after which no more are made.
    """
    found = []
    for first, last in ((terminals.first_site, terminals.count), (0, master.model.problem.shape[0])):
        which = np.arange(first, last)
        for cuts in ascend(master, terminals, which[np.diff(terminals.pair_ptr)[which] > 0], entries):
            found.append(terminal_rows(master, terminals, cuts.whose, cuts.pointer, cuts.arc))
    return stack(found)


def ascend(master: Master, terminals: Terminals, which: Ints, entries: int = ENTRIES) -> Iterator[Ascent]:
    """Dual ascent for a tree from the roots to some of the terminals, in rounds over some that share no site."""
    network = master.model.network
    may = np.flatnonzero(master.upper[master.a : master.columns] > 0)
    into_ptr = np.zeros(network.nodes + 1, np.int64)
    into_ptr[1:] = np.cumsum(np.bincount(network.head[may], minlength=network.nodes))
    into = may[np.argsort(network.head[may], kind="stable")]
    left = master.cost[master.a : master.columns].copy()
    node = network.site_node[terminals.pair_site]
    which = which[np.argsort(np.diff(terminals.pair_ptr)[which], kind="stable")]
    while len(which) and entries > 0:
        apart = _apart(terminals.pair_ptr, node, which, network.nodes)
        cuts = Ascent(*_ascend(into_ptr, into, network.tail, left, apart, terminals.pair_ptr, node, entries))
        entries -= len(cuts.arc)
        yield cuts
        free = may[left[may] <= NONE]
        ways = sparse.csr_array(
            (np.ones(len(free)), (network.tail[free], network.head[free])), shape=(network.nodes, network.nodes)
        )
        joined = np.zeros(network.nodes, bool)
        joined[breadth_first_order(ways, 0, return_predecessors=False)] = True
        reached = np.concatenate([[0], np.cumsum(joined[node])])[terminals.pair_ptr]
        done = np.diff(reached)[which] > 0
        done |= np.isin(which, apart)
        which = which[~done]


@nb.njit(cache=True, nogil=True)
def _apart(first, place, which, nodes):  # type: ignore[no-untyped-def]
    """Terminals of which no two have a node in common, the earlier ones first."""
    taken, count = np.zeros(nodes, np.bool_), 0
    found = np.empty(len(which), np.int64)
    for t in which:
        clear = True
        for pair in range(first[t], first[t + 1]):
            clear &= not taken[place[pair]]
        if clear:
            for pair in range(first[t], first[t + 1]):
                taken[place[pair]] = True
            found[count] = t
            count += 1
    return found[:count]


@nb.njit(cache=True, nogil=True)
def _ascend(into_ptr, into, tail, left, which, first, place, entries):  # type: ignore[no-untyped-def]
    """The turns, always of the terminal whose last cut was smallest; `left` is used up in place."""
    nodes = len(into_ptr) - 1
    whose, took, pointer = np.empty(1024, np.int64), np.empty(1024), np.zeros(1025, np.int64)
    arcs = np.empty(len(tail) + entries, np.int64)
    size = np.zeros(len(which), np.int64)
    inside, queue = np.zeros(nodes, np.bool_), np.empty(nodes, np.int64)
    count = used = 0
    while len(which) and used < entries:
        turn = np.argmin(size)
        if size[turn] == len(tail) + 1:
            break
        inside[:] = False
        done = last = 0
        for pair in range(first[which[turn]], first[which[turn] + 1]):
            if not inside[place[pair]]:
                inside[place[pair]] = True
                queue[last] = place[pair]
                last += 1
        while done < last and not inside[0]:
            node = queue[done]
            done += 1
            for position in range(into_ptr[node], into_ptr[node + 1]):
                start = tail[into[position]]
                if left[into[position]] <= NONE and not inside[start]:
                    inside[start] = True
                    queue[last] = start
                    last += 1
        end = used
        least = np.inf
        if not inside[0]:
            for k in range(last):
                for position in range(into_ptr[queue[k]], into_ptr[queue[k] + 1]):
                    arc = into[position]
                    if not inside[tail[arc]]:
                        arcs[end] = arc
                        end += 1
                        least = min(least, left[arc])
        if end == used:  # a root is reached, or none ever is
            size[turn] = len(tail) + 1
            continue
        for position in range(used, end):
            left[arcs[position]] -= least
        if count == len(whose):
            whose = np.concatenate((whose, np.empty(count, np.int64)))
            took = np.concatenate((took, np.empty(count)))
            pointer = np.concatenate((pointer, np.empty(count, np.int64)))
        whose[count], took[count] = which[turn], least
        size[turn] = end - used
        used = end
        count += 1
        pointer[count] = used
    return whose[:count], pointer[: count + 1], arcs[:used], took[:count]
