"""Moves on a plan that changes in place (`exchange`, `paths`): options close, open and swap; paths turn; annealing.

Where service is free, a move may miss a target. What it misses is charged, and the charges are steered so that the walk
keeps to where plans turn from missing to meeting: so what is given up in one corner can be made up for in another by
later moves. Where service costs money, and is had almost anywhere for a price, walks that may miss targets end dearer:
there every move meets them.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np

from netplan.planner.exchange import LEAST, change, close, put, served, settle, take, turn, undo
from netplan.planner.paths import rejoin, relay, release
from netplan.planner.problem import Floats, Ints

TURNS, MORE = 0.2, 0.2
"""parts of the moves that lay paths anew, and that open one more option where somebody is not served"""
TOUCHED = 10
"""options that a move may close or open, and one place for how many it closed"""
ASKED = 24
"""of those that a move left unserved, how many say which option they would have, where it may miss a target"""
DEARER, CHEAPER = 1.0 + 2e-5, 1.0 - 1e-5
"""times the charge after a move, where a target is missed and where it is met"""


class Kept(NamedTuple):
    """The cheapest plan seen."""

    share: Floats
    """of each entry"""
    busy: Ints
    """(m,) entries served"""
    length: Ints
    """(s,) edges of the paths"""
    path: Ints


@nb.njit(cache=True, nogil=True)
def fill(plan, shares):  # type: ignore[no-untyped-def]
    """Put all shares and the paths of all sites in place, and open what serves somebody or costs nothing."""
    for e in range(len(shares)):
        if shares[e] > LEAST:
            put(plan, e, shares[e])
    for site in range(len(plan.site)):
        plan.site[site].laid = plan.site[site].load
        take(plan, site, 1)
    for j in range(len(plan.option)):
        settle(plan, j)


@nb.njit(cache=True, nogil=True)
def keep(plan, kept):  # type: ignore[no-untyped-def]
    """Copy the plan to `kept`."""
    for j in range(len(plan.option)):
        option = plan.option[j]
        if option.busy > 0 or kept.busy[j] > 0:
            kept.busy[j] = option.busy
            for e in range(option.first, option.last):
                kept.share[e] = plan.entry[e].share
    for site in range(len(plan.site)):
        kept.length[site] = plan.site[site].length
        for p in range(plan.site[site].length):
            kept.path[site, p] = plan.path[site, p]


@nb.njit(cache=True, nogil=True)
def charged(plan):  # type: ignore[no-untyped-def]
    """What is charged for missing the targets."""
    total = 0.0
    for k in range(len(plan.target)):
        target = plan.target[k]
        if target.lack > target.slack:
            total += target.lack * target.charge
    return total


@nb.njit(cache=True, nogil=True)
def another(plan, i, rng):  # type: ignore[no-untyped-def]
    """A random option that reaches demand i and is closed, by appeal; -1 if there is none."""
    total = 0.0
    for k in range(plan.demand[i].first, plan.demand[i].last):
        option = plan.option[plan.entry[plan.by_demand[k]].option]
        if not option.opened:
            total += option.appeal
    drawn = rng.random() * total
    for k in range(plan.demand[i].first, plan.demand[i].last):
        j = plan.entry[plan.by_demand[k]].option
        if not plan.option[j].opened:
            drawn -= plan.option[j].appeal
            if drawn <= 0.0:
                return j
    return -1


@nb.njit(cache=True, nogil=True)
def replacement(plan, joining, most, rng):  # type: ignore[no-untyped-def]
    """A closed option for those whom the move left unserved, drawn by what it saves for its cost; -1 if there is none.

    It saves what serving them costs less than `dearest`.

    Args:
        joining: what joining a site to the network costs about.
        most: how many of them are asked.
    """
    count = plan.now[0].changes
    asked = min(count, most)
    start = rng.integers(0, max(count, 1))
    plan.now[0].look += 1
    size = 0
    for n in range(asked):
        i = plan.entry[plan.log[(start + n * count // asked) % count].entry].demand
        demand = plan.demand[i]
        if demand.look == plan.now[0].look or demand.group < 0 or demand.left <= LEAST:
            continue
        demand.look = plan.now[0].look
        target = plan.target[demand.group]
        if target.lack <= target.slack:
            continue
        for k in range(demand.first, demand.last):
            entry = plan.entry[plan.by_demand[k]]
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
        worth = option.worth * min(1.0, option.room * asked / max(option.needs * count, 1e-12))
        option.worth = (worth / price) ** 2 * option.appeal
        option.needs = 0.0
        total += option.worth
    drawn = rng.random() * total
    found = -1
    for t in range(size):
        j = plan.touched[t]
        if drawn >= 0.0 and plan.option[j].worth > 0.0:
            found = j
            drawn -= plan.option[j].worth
        plan.option[j].worth = 0.0
    return found


@nb.njit(cache=True, nogil=True)
def near(plan, j, rng):  # type: ignore[no-untyped-def]
    """An option that serves somebody whom option j reaches; -1 if none was found."""
    at, last = plan.option[j].first, plan.option[j].last
    if last <= at:
        return -1
    e = plan.demand[plan.entry[rng.integers(at, last)].demand].chain
    while e >= 0 and plan.entry[e].share <= 0.0:
        e = plan.entry[e].next
    return plan.entry[e].option if e >= 0 else -1


@nb.njit(cache=True, nogil=True)
def grow(plan, rng, changed):  # type: ignore[no-untyped-def]
    """Open an option for somebody who is not served, perhaps in place of one near it; whether there was one to open."""
    i = -1
    for _ in range(200):
        i = rng.integers(0, len(plan.demand))
        if plan.demand[i].group >= 0 and plan.demand[i].left > LEAST:
            break
    if plan.demand[i].left <= LEAST or plan.demand[i].group < 0:
        return False
    first = another(plan, i, rng)
    if first < 0:
        return False
    size = 0
    other = near(plan, first, rng) if rng.random() < 0.3 else -1
    if other >= 0:
        changed[0] = other
        size = 1
        close(plan, other)
    changed[-1] = size
    changed[size] = first
    turn(plan, first, True)
    option = plan.option[first]
    for e in range(option.first, option.last):
        entry = plan.entry[e]
        left = plan.demand[entry.demand].left
        if left > LEAST and plan.now[0].changes < len(plan.log):
            part = min(left, entry.most)
            if entry.use > 0.0:
                part = min(part, option.room / entry.use)
            if part > LEAST:
                change(plan, e, part)
    served(plan, np.inf, np.inf)
    return True


@nb.njit(cache=True, nogil=True)
def renew(plan, joining, lenient, allowed, rng, changed):  # type: ignore[no-untyped-def]
    """Close a few options that stand near, open others in their place; whether that may be a plan.

    With a finite `lenient` that is one that meets the targets and, but for the paths of new sites, costs no more than
    `allowed`.
    `changed` gets the options touched, -1 after the last; the first `changed[-1]` of them were closed.
    """
    if plan.now[0].busy == 0:
        return False
    j = plan.busy[rng.integers(0, plan.now[0].busy)]
    kind = rng.random()
    size = 0
    first = -1
    if kind < 0.3:  # one more, then whom it makes idle
        first = another(plan, plan.entry[rng.integers(plan.option[j].first, plan.option[j].last)].demand, rng)
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
        other = near(plan, centre, rng)
        known = other < 0
        for k in range(size):
            known |= changed[k] == other
        if not known:
            changed[size] = other
            size += 1
    changed[-1] = size
    for k in range(size):
        close(plan, changed[k])
    if first >= 0:
        changed[size] = first
        size += 1
        turn(plan, first, True)
    free = lenient == np.inf
    if not free:
        release(plan)
    done = served(plan, lenient, np.inf)
    if not free or rng.random() < 0.5:
        while not done and size < len(changed) - 1 and (size == changed[-1] or rng.random() < 0.5):
            j = replacement(plan, joining, ASKED if free else len(plan.log), rng)
            for k in range(changed[-1]):
                if changed[k] == j and rng.random() < 0.8:  # the same again is no change
                    j = -1
                    break
            if j < 0:
                break
            changed[size] = j
            size += 1
            turn(plan, j, True)
            done = served(plan, lenient, np.inf)
    return free or done or served(plan, np.inf, allowed)


@nb.njit(cache=True, nogil=True)
def walk(plan, kept, best, joining, lenient, moves, hot, cold, rng, halt):  # type: ignore[no-untyped-def]
    """Anneal in place; the cheapest plan seen that meets the targets, if below `best`, goes to `kept`.

    Args:
        joining: what it costs about to join a site to the network.
        lenient: times what is `dearest` that open options may ask before another one is tried; infinite where service
            is free, and then targets may be missed on the way.
        moves: how many changes to try.
        hot, cold: first and last temperature in money.
        halt: (1,) ends the walk once another thread sets it.

    Returns:
        The cost of the cheapest plan.
    """
    changed = np.empty(TOUCHED, np.int64)
    queue = np.empty(len(plan.site), np.int64)
    now = plan.now[0]
    for move in range(moves):
        if halt[0]:
            break
        heat = hot * (cold / hot) ** (move / moves)
        total, lacking = now.total, charged(plan)
        allowed = total + lacking - heat * np.log(1.0 - rng.random())
        now.changes, now.paths = 0, 0
        now.move += 1
        changed[:] = -1
        changed[-1] = 0
        kind = rng.random()
        if kind < TURNS:
            done = relay(plan, allowed - lacking, rng, queue)
        else:
            more = kind < TURNS + MORE and lenient == np.inf
            done = grow(plan, rng, changed) if more else renew(plan, joining, lenient, allowed, rng, changed)
            done = done and now.changes < len(plan.log) and rejoin(plan, allowed - charged(plan), queue)
        # the cheapest plan is to be kept before it is left, and the move is given up
        leaves = done and lacking == 0.0 and total < best - 1e-6 and (now.total > total or charged(plan) > 0.0)
        if not done or leaves:
            undo(plan, total)
        for k in range(TOUCHED - 1):
            if changed[k] < 0:
                break
            settle(plan, changed[k])
        if leaves:
            keep(plan, kept)
            best = total
        for k in range(len(plan.target)):
            target = plan.target[k]
            target.charge *= DEARER if target.lack > target.slack else CHEAPER
    if now.total < best - 1e-6 and charged(plan) == 0.0:
        keep(plan, kept)
        best = now.total
    return best
