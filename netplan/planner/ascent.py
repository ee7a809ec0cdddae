"""Dual ascent on the backhaul: directed cuts to begin with, before any relaxation is solved.

Each site that may need backhaul is a terminal of a Steiner tree from the roots. In turns, the nodes W that still reach
a terminal over arcs whose cost is used up form a cut; as much is taken off the arcs into W as the cheapest of them has
left, until a terminal is reached from a root (Wong 1984). What was taken adds up to a bound of the tree, and the cuts
that took it, few and nested, hold most of what all exponentially many cuts say:

    Σ_{a into W} a ≥ w_s

Relaxations that start without them find their way through thousands of weak cuts first: a site is joined by a little
of every arc around it.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from netplan.planner.master import Master
from netplan.planner.problem import Floats, Ints
from netplan.planner.rows import Rows
from netplan.planner.terminals import Terminals

ENTRIES = 1_000_000
"""arcs in all cuts together after which no more are made"""


def ascent_cuts(master: Master, terminals: Terminals, entries: int = ENTRIES) -> Rows:
    """The cuts of a dual ascent over all sites that may need backhaul, as rows ≥ 0 of the master.

    Args:
        entries: arcs in all cuts together after which no more are made; the first ones are the smallest.
    """
    whose, pointer, arc, _ = ascend(master, terminals.sites, entries)
    number = np.arange(len(whose))
    row = np.repeat(number, np.diff(pointer))
    return Rows.of(
        np.concatenate([row, number]),
        np.concatenate([master.a + arc, master.w + terminals.sites[whose]]),
        np.concatenate([np.ones(len(row)), -np.ones(len(number))]),
        np.zeros(len(number)),
        np.inf,
    )


def ascend(master: Master, sites: Ints, entries: int = ENTRIES) -> tuple[Ints, Ints, Ints, Floats]:
    """Dual ascent for a tree from the roots to all the given sites.

    Returns:
        Of each cut its site's position among `sites`; the pointers (cuts + 1) and the arcs of the cuts, one after
        another; what each cut took off its arcs, in the master's scale.
    """
    network = master.model.network
    may = np.flatnonzero(master.upper[master.a : master.columns] > 0)
    into_ptr = np.zeros(network.nodes + 1, np.int64)
    into_ptr[1:] = np.cumsum(np.bincount(network.head[may], minlength=network.nodes))
    into = may[np.argsort(network.head[may], kind="stable")]
    left = master.cost[master.a : master.columns].copy()
    return _ascend(into_ptr, into, network.tail, left, network.site_node[sites], entries)  # type: ignore[no-any-return]


@nb.njit(cache=True, nogil=True)
def _ascend(into_ptr, into, tail, left, terminals, entries):  # type: ignore[no-untyped-def]
    """The turns, always of the terminal whose last cut was smallest; `left` is used up in place."""
    nodes, none = len(into_ptr) - 1, 1e-9
    whose, took, pointer = np.empty(1024, np.int64), np.empty(1024), np.zeros(1025, np.int64)
    arcs = np.empty(len(tail) + entries, np.int64)
    size = np.zeros(len(terminals), np.int64)
    inside, queue = np.zeros(nodes, np.bool_), np.empty(nodes, np.int64)
    count = used = 0
    while len(terminals) and used < entries:
        turn = np.argmin(size)
        if size[turn] == len(tail) + 1:
            break
        inside[:] = False
        inside[terminals[turn]] = True
        queue[0] = terminals[turn]
        done, last = 0, 1
        while done < last and not inside[0]:
            node = queue[done]
            done += 1
            for position in range(into_ptr[node], into_ptr[node + 1]):
                start = tail[into[position]]
                if left[into[position]] <= none and not inside[start]:
                    inside[start] = True
                    queue[last] = start
                    last += 1
        end = used
        least = np.inf
        if not inside[0]:
            for place in range(last):
                for position in range(into_ptr[queue[place]], into_ptr[queue[place] + 1]):
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
        whose[count], took[count] = turn, least
        size[turn] = end - used
        used = end
        count += 1
        pointer[count] = used
    return whose[:count], pointer[: count + 1], arcs[:used], took[:count]
