"""Separation of the terminal cuts of `netplan.planner.terminals`: maximum flow to each terminal over the built arcs."""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np

from netplan.planner.flow import before_sinks, beyond_reach, push_into_sinks
from netplan.planner.master import Master
from netplan.planner.problem import Floats, Ints
from netplan.planner.rows import Rows
from netplan.planner.terminals import Terminals, levels

SUPPORT = 1e-7
"""arcs below this are taken as closed in the flow"""
VIOLATION = 0.01


def coverage_cuts(master: Master, terminals: Terminals, point: Floats, order: Ints, most: int, nested: int = 4) -> Rows:
    """Up to `most` violated terminal cuts, terminals tried in the given order.

    Within one call an arc that a cut has used counts as built for the terminals after it, so that the cuts differ.
    """
    need, cover, by_option = levels(master, terminals, point)
    sets = entered_sets(master, terminals, point, need, cover, order, most, nested)
    return _rows(master, terminals, cover, by_option, sets)


@dataclass(frozen=True)
class Sets:
    """Sets of nodes without a root that a terminal is entered by too little through."""

    whose: Ints
    """terminal of each"""
    arc_ptr: Ints
    arc: Ints
    """arcs into each set, by pointer"""
    out_ptr: Ints
    out: Ints
    """pairs of its terminal whose site is at none of its nodes, by pointer"""


def entered_sets(
    master: Master,
    terminals: Terminals,
    point: Floats,
    need: Floats,
    cover: Floats,
    order: Ints,
    most: int,
    nested: int = 4,
    alone: bool = False,
) -> Sets:
    """Up to `most` sets W with Σ_{arcs into W} + Σ_{pairs outside W} cover < need, terminals tried in the given order.

    Args:
        need: (terminals,) what each needs.
        cover: (pairs,) what each pair serves of it at most.
        nested: sets for each terminal at most, or one more.
        alone: whether what was found for a terminal has no effect on the ones after it.
    """
    network = master.model.network
    order = order[need[order] > VIOLATION]
    arcs = np.clip(point[master.a : master.columns], 0.0, 1.0)
    support = np.flatnonzero(arcs > SUPPORT)
    k = len(support)
    tails = np.concatenate([network.tail[support], network.head[support]])
    heads = np.concatenate([network.head[support], network.tail[support]])
    reverse = np.concatenate([np.arange(k) + k, np.arange(k)])
    room = np.concatenate([arcs[support], np.zeros(k)])
    by_tail = np.argsort(tails, kind="stable")
    pointer = np.searchsorted(tails[by_tail], np.arange(network.nodes + 1))
    place = np.full(len(arcs), -1, np.int64)
    place[support] = np.arange(k)
    into_ptr, into = network.csr(network.head)
    site_node = network.site_node[terminals.pair_site] if len(terminals.pair_site) else np.zeros(0, np.int64)
    whose, arc_ptr, arc, out_ptr, out = _separate(
        network.nodes, pointer, by_tail, heads, reverse, room, into_ptr, into, network.tail, network.head, place,
        terminals.pair_ptr, site_node, cover, need, order, nested, most, VIOLATION, alone,
    )  # fmt: skip
    return Sets(whose, arc_ptr, arc[: arc_ptr[-1]], out_ptr, out[: out_ptr[-1]])


def terminal_rows(master: Master, terminals: Terminals, whose: Ints, arc_ptr: Ints, arc: Ints) -> Rows:
    """The cuts of sets that hold all sites of their terminals, as rows ≥ 0.

    Args:
        whose: terminal of each cut.
        arc_ptr, arc: the arcs into its set.
    """
    sets = Sets(whose, arc_ptr, arc, np.zeros(len(whose) + 1, np.int64), np.zeros(0, np.int64))
    return _rows(master, terminals, np.zeros(0), np.zeros(0), sets)


def spread(pointer: Ints, which: Ints) -> tuple[Ints, Ints]:
    """(position in `which`, index) of everything between pointer[i] and pointer[i + 1] for i in `which`."""
    count = pointer[which + 1] - pointer[which]
    row = np.repeat(np.arange(len(which)), count)
    first = np.repeat(np.cumsum(count) - count, count)
    return row, pointer[which][row] + np.arange(len(row)) - first


def _rows(master: Master, terminals: Terminals, cover: Floats, by_option: Floats, sets: Sets) -> Rows:
    """The cuts as rows ≥ 0."""
    whose, arc, out = sets.whose, sets.arc, sets.out
    count = len(whose)
    number = np.arange(count)
    arc_row = np.repeat(number, np.diff(sets.arc_ptr))
    out_row = np.repeat(number, np.diff(sets.out_ptr))
    by_site = cover[out] < by_option[out] - 1e-12
    site_row, site_col = out_row[by_site], master.w + terminals.pair_site[out[by_site]]
    rest = out[~by_site]
    position, entry = spread(terminals.entry_ptr, rest)
    option_row, option_col = out_row[~by_site][position], master.y + terminals.entry_option[entry]
    direct_row, direct = spread(terminals.direct_ptr, whose)
    is_site = whose >= terminals.first_site
    need_row, need = spread(terminals.need_ptr, whose)
    site_terminal = np.flatnonzero(is_site)
    site_need = master.w + terminals.sites[whose[is_site] - terminals.first_site]
    return Rows.of(
        np.concatenate([arc_row, site_row, option_row, direct_row, need_row, site_terminal]),
        np.concatenate(
            [
                master.a + arc,
                site_col,
                option_col,
                master.y + terminals.direct_option[direct],
                terminals.need_column[need],
                site_need,
            ]
        ),
        np.concatenate(
            [
                np.ones(len(arc_row) + len(site_row)),
                terminals.entry_max[entry],
                terminals.direct_max[direct],
                -np.ones(len(need_row) + len(site_terminal)),
            ]
        ),
        np.zeros(count),
        np.inf,
    )


@nb.njit(cache=True, nogil=True)
def _separate(nodes, pointer, by_tail, heads, reverse, room, into_ptr, into, tail, head, place, pair_ptr, pair_node, cover, need, order, nested, most, violation, alone):  # type: ignore[no-untyped-def]  # fmt: skip  # noqa: E501
    """Violated sets: (terminal of each, arcs by pointer, pairs outside by pointer)."""
    whose = np.empty(most, np.int64)
    arc_ptr, out_ptr = np.zeros(most + 1, np.int64), np.zeros(most + 1, np.int64)
    arcs, outs = np.empty(4 * len(tail) + 1024, np.int64), np.empty(65536, np.int64)
    count = 0
    via, queue = np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    inside = np.zeros(nodes, np.bool_)
    sink = np.zeros(nodes)
    used = room.copy()
    for terminal in order:
        first, last = pair_ptr[terminal], pair_ptr[terminal + 1]
        here = cover[first:last].copy()
        if alone:
            used[:] = room
        for _turn in range(nested):
            if count + 2 > most:
                return whose[:count], arc_ptr[: count + 1], arcs, out_ptr[: count + 1], outs
            for pair in range(first, last):
                sink[pair_node[pair]] = 0.0
            for pair in range(first, last):
                sink[pair_node[pair]] += here[pair - first]
            residual = used.copy()
            pushed = push_into_sinks(pointer, by_tail, heads, reverse, residual, sink, need[terminal], via, queue)
            if pushed >= need[terminal] - violation:
                break
            before = count
            for kind in range(2):
                if kind == 0:
                    size = before_sinks(
                        pointer, by_tail, heads, reverse, residual, sink, pair_node, first, last, inside, queue
                    )
                else:
                    size = beyond_reach(pointer, by_tail, heads, residual, via, inside, queue)
                start, begin = arc_ptr[count], out_ptr[count]
                if start + len(tail) > len(arcs):
                    arcs = np.concatenate((arcs, np.empty(len(arcs) + len(tail), np.int64)))
                if begin + last - first > len(outs):
                    outs = np.concatenate((outs, np.empty(len(outs) + last - first, np.int64)))
                for position in range(size):
                    node = queue[position]
                    for entering in range(into_ptr[node], into_ptr[node + 1]):
                        if not inside[tail[into[entering]]]:
                            arcs[start] = into[entering]
                            start += 1
                if kind == 1 and count > before and _same(arcs, arc_ptr[count - 1], arc_ptr[count], start):
                    continue
                for pair in range(first, last):
                    if not inside[pair_node[pair]]:
                        outs[begin] = pair
                        begin += 1
                whose[count] = terminal
                count += 1
                arc_ptr[count], out_ptr[count] = start, begin
            for cut in range(before, count):
                for position in range(arc_ptr[cut], arc_ptr[cut + 1]):
                    if place[arcs[position]] >= 0:
                        used[place[arcs[position]]] = 1.0
                for position in range(out_ptr[cut], out_ptr[cut + 1]):
                    here[outs[position] - first] = 2.0
    return whose[:count], arc_ptr[: count + 1], arcs, out_ptr[: count + 1], outs


@nb.njit(cache=True, nogil=True)
def _same(arcs, start, end, stop):  # type: ignore[no-untyped-def]
    """Whether arcs[start:end] and arcs[end:stop] are the same set."""
    if end - start != stop - end:
        return False
    for i in range(start, end):
        found = False
        for k in range(end, stop):
            if arcs[k] == arcs[i]:
                found = True
                break
        if not found:
            return False
    return True
