"""Moves on a plan that changes in place (`exchange`): options close, open and swap; paths that share an edge turn."""

from __future__ import annotations

import numba as nb
import numpy as np

from netplan.planner.exchange import LEAST, close, lay, note_path, put, rejoin, served, take, undo

GROUP = 8
"""sites that are laid anew together"""
TURNS = 0.2
"""part of the moves that lay paths anew"""


@nb.njit(cache=True, nogil=True)
def fill(plan, shares):  # type: ignore[no-untyped-def]
    """Put all shares and the paths of all sites in place."""
    for e in range(len(shares)):
        if shares[e] > LEAST:
            put(plan, e, shares[e])
    for site in range(len(plan.site)):
        plan.site[site].laid = plan.site[site].load
        take(plan, site, 1)


@nb.njit(cache=True, nogil=True)
def served_entry(plan, j, rng):  # type: ignore[no-untyped-def]
    """A random entry that option j serves; -1 if there is none."""
    first, last = plan.option[j].first, plan.option[j].last
    if last <= first:
        return -1
    start = rng.integers(0, last - first)
    for k in range(last - first):
        e = plan.by_option[first + (start + k) % (last - first)]
        if plan.entry[e].share > 0.0:
            return e
    return -1


@nb.njit(cache=True, nogil=True)
def another(plan, i, rng):  # type: ignore[no-untyped-def]
    """A random option that reaches demand i and is closed, by appeal; -1 if there is none."""
    total = 0.0
    for e in range(plan.demand[i].first, plan.demand[i].last):
        if not plan.option[plan.entry[e].option].opened:
            total += plan.option[plan.entry[e].option].appeal
    drawn = rng.random() * total
    for e in range(plan.demand[i].first, plan.demand[i].last):
        if not plan.option[plan.entry[e].option].opened:
            drawn -= plan.option[plan.entry[e].option].appeal
            if drawn <= 0.0:
                return plan.entry[e].option
    return -1


@nb.njit(cache=True, nogil=True)
def replacement(plan, joining, drawn):  # type: ignore[no-untyped-def]
    """A closed option for those whom the move left unserved, drawn by what it saves for its cost; -1 if there is none.

    It saves what serving them costs less than `dearest`.
    `joining` is what joining a site to the network costs about; `drawn` a random number from 0 to 1.
    """
    size = 0
    for n in range(plan.now[0].changes):
        i = plan.entry[plan.log[n].entry].demand
        demand = plan.demand[i]
        if demand.stamp == plan.now[0].look or demand.group < 0 or demand.left <= LEAST:
            continue
        demand.stamp = plan.now[0].look
        target = plan.target[demand.group]
        if target.lack <= target.slack:
            continue
        for e in range(demand.first, demand.last):
            entry = plan.entry[e]
            option = plan.option[entry.option]
            part = min(demand.left, entry.most)
            saved = part * (demand.weight * target.dearest - entry.price)
            if option.opened or saved <= 0.0:
                continue
            if option.worth == 0.0:
                plan.touched[size] = entry.option
                size += 1
            option.worth += saved
            option.needs += part * entry.use
    plan.now[0].look += 1  # the demands may be asked about again
    total = 0.0
    for t in range(size):
        option = plan.option[plan.touched[t]]
        price = option.cost + 0.01 * joining + 1e-9
        if option.site >= 0:
            site = plan.site[option.site]
            if site.stands == 0:
                price += site.cost
            if option.feeds and site.wires == 0 and site.node > 0:
                price += joining
        worth = option.worth * min(1.0, option.room / max(option.needs, 1e-12))
        option.worth = (worth / price) ** 2 * option.appeal
        option.needs = 0.0
        total += option.worth
    drawn *= total
    found = -1
    for t in range(size):
        j = plan.touched[t]
        if drawn >= 0.0 and plan.option[j].worth > 0.0:
            found = j
            drawn -= plan.option[j].worth
        plan.option[j].worth = 0.0
    return found


@nb.njit(cache=True, nogil=True)
def renew(plan, joining, rng, changed):  # type: ignore[no-untyped-def]
    """Close a few options that stand near, open others in their place; whether the targets are met.

    `changed` gets the options touched, -1 after the last; the first `changed[-1]` of them were closed.
    """
    for k in range(len(changed)):
        changed[k] = -1
    changed[-1] = 0
    j = -1
    for _ in range(50):
        j = rng.integers(0, len(plan.option))
        if plan.option[j].busy > 0:
            break
    if plan.option[j].busy == 0:
        return False
    kind = rng.random()
    size = 0
    first = -1
    if kind < 0.3:  # one more, then whom it makes idle
        e = served_entry(plan, j, rng)
        first = another(plan, plan.entry[e].demand, rng)
        if first < 0:
            return False
    wanted = 1 if kind > 0.6 else rng.integers(1, 4)
    centre = first if first >= 0 else j
    if first < 0:
        changed[0] = j
        size = 1
    for _ in range(3 * wanted):
        if size >= wanted:
            break
        at, last = plan.option[centre].first, plan.option[centre].last
        i = plan.entry[plan.by_option[rng.integers(at, last)]].demand
        for e in range(plan.demand[i].first, plan.demand[i].last):
            if plan.entry[e].share > 0.0:
                known = False
                for k in range(size):
                    known |= changed[k] == plan.entry[e].option
                if not known:
                    changed[size] = plan.entry[e].option
                    size += 1
                break
    changed[-1] = size
    for k in range(size):
        close(plan, changed[k])
    if first >= 0:
        changed[size] = first
        size += 1
        plan.option[first].opened = True
    done = served(plan, 1.0)
    while not done and size < len(changed) - 1 and (size == changed[-1] or rng.random() < 0.5):
        j = replacement(plan, joining, rng.random())
        if j < 0:
            break
        for k in range(changed[-1]):
            if changed[k] == j and rng.random() < 0.8:  # the same again is no change
                j = -1
                break
        if j < 0:
            break
        changed[size] = j
        size += 1
        plan.option[j].opened = True
        done = served(plan, 1.0)
    return done or served(plan, np.inf)


@nb.njit(cache=True, nogil=True)
def relay(plan, allowed, rng, queue):  # type: ignore[no-untyped-def]
    """Lay the paths of a few sites that share an edge anew; whether that costs at most `allowed`."""
    count = len(plan.site)
    first = -1
    for _ in range(50):
        first = rng.integers(0, count)
        if plan.site[first].length > 0:
            break
    if plan.site[first].length <= 0:
        return False
    edge = plan.path[first, rng.integers(0, plan.site[first].length)]
    queue[0] = first
    size = 1
    start = rng.integers(0, count)
    for k in range(count):
        site = (start + k) % count
        if size >= GROUP:
            break
        for p in range(plan.site[site].length):
            if plan.path[site, p] == edge and site != first:
                queue[size] = site
                size += 1
                break
    for q in range(size):
        note_path(plan, queue[q])
        take(plan, queue[q], -1)
        plan.site[queue[q]].length = -1
    factor = 0.3 + 0.7 * rng.random()
    for k in range(len(plan.edge)):
        plan.edge[k].bias = (factor if np.isinf(plan.edge[k].space) else 1.0) * (0.8 + 0.4 * rng.random())
    joined = True
    for q in range(size):
        other = rng.integers(q, size)
        site = queue[other]
        queue[other] = queue[q]
        joined = joined and lay(plan, site)
    for k in range(len(plan.edge)):
        plan.edge[k].bias = 1.0
    return joined and plan.now[0].total <= allowed


@nb.njit(cache=True, nogil=True)
def walk(plan, joining, moves, hot, cold, rng, share, length, path):  # type: ignore[no-untyped-def]
    """Anneal in place; the cheapest plan seen goes to `share`, `length` and `path` (shares, and paths of the sites).

    Args:
        joining: what it costs about to join a site to the network.
        moves: how many changes to try.
        hot, cold: first and last temperature in money.

    Returns:
        Whether a plan cheaper than at first was seen.
    """
    changed = np.empty(10, np.int64)
    queue = np.empty(len(plan.site), np.int64)
    first = plan.now[0].total
    best = first
    for move in range(moves):
        heat = hot * (cold / hot) ** (move / moves)
        total = plan.now[0].total
        allowed = total - heat * np.log(1.0 - rng.random())
        plan.now[0].changes, plan.now[0].paths = 0, 0
        plan.now[0].look += 1
        plan.now[0].move += 1
        if rng.random() < TURNS:
            if not relay(plan, allowed, rng, queue):
                undo(plan, total)
        else:
            if not renew(plan, joining, rng, changed) or not rejoin(plan, allowed, queue):
                undo(plan, total)
            for k in range(len(changed) - 1):
                if changed[k] >= 0:
                    j = changed[k]
                    plan.option[j].opened = plan.option[j].busy > 0 or plan.option[j].idle
        if plan.now[0].total < best - 1e-6:
            best = plan.now[0].total
            for e in range(len(share)):
                share[e] = plan.entry[e].share
            for site in range(len(length)):
                length[site] = plan.site[site].length
                for k in range(length[site]):
                    path[site, k] = plan.path[site, k]
    return best < first
