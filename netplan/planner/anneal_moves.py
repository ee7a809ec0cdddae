"""Moves of the annealing on option sets, and the estimate that prices each (numba)."""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np

from netplan.planner.problem import Bools, Floats, Ints


class Tables(NamedTuple):
    """What moves are priced from. Entries are (option, demand) pairs by option, then by use of capacity."""

    pointer: Ints
    """first entry of each option, and the end"""
    demand: Ints
    use: Floats
    largest: Floats
    level: Ints
    """price level of each entry"""
    capacity: Floats
    """of each option"""
    option_cost: Floats
    option_site: Ints
    """a site of no cost that needs no way stands behind the others, for options without one"""
    wired: Bools
    """options that need a way from their site"""
    site_cost: Floats
    site_place: Ints
    """row of each site in the ways, 0 (the roots) where it needs none"""
    distance: Floats
    """cheapest way between the roots (row 0) and the sites"""
    by_demand_ptr: Ints
    by_demand: Ints
    """options that reach each demand"""
    order: Ints
    """options in the order in which they are filled"""
    group: Ints
    """target of each demand"""
    weight: Floats
    target: Floats
    lack: Floats
    """charge for each unit of weight that a target misses"""
    level_ptr: Ints
    """first price level of each target, and the end"""
    level_price: Floats
    """cost of serving a unit of weight, rising within each target"""


@nb.njit(cache=True, nogil=True)
def network(wired_count, t, nodes, near, done):  # type: ignore[no-untyped-def]
    """Spanning tree over the roots and the open sites that need a way (Prim on the cheapest ways)."""
    count = 1
    nodes[0] = 0
    for site in range(len(wired_count)):
        if wired_count[site] > 0 and t.site_place[site] > 0:
            nodes[count] = t.site_place[site]
            count += 1
    for k in range(1, count):
        near[k] = t.distance[0, nodes[k]]
        done[k] = False
    total = 0.0
    for _ in range(1, count):
        best, at = np.inf, -1
        for k in range(1, count):
            if not done[k] and near[k] < best:
                best, at = near[k], k
        if at < 0:
            return np.inf
        done[at] = True
        total += best
        for k in range(1, count):
            if not done[k] and t.distance[nodes[at], nodes[k]] < near[k]:
                near[k] = t.distance[nodes[at], nodes[k]]
    return total


@nb.njit(cache=True, nogil=True)
def serve(opened, t, remaining, got, touched, reached, room, first_pass, shares):  # type: ignore[no-untyped-def]
    """(charge for what the targets miss, cost of serving): who is alone in reach first, then each option in turn.

    Of those served beyond a target the dearest are left out of the cost. What each entry serves is added to `shares`
    unless that has no length.
    """
    got[:] = 0.0
    count = 0
    for option in t.order:
        if opened[option]:
            room[option] = t.capacity[option]
            if first_pass == 0:
                for k in range(t.pointer[option], t.pointer[option + 1]):
                    reached[t.demand[k]] += 1
    for alone in range(first_pass, 2):
        for option in t.order:
            if not opened[option]:
                continue
            left = room[option]
            for k in range(t.pointer[option], t.pointer[option + 1]):
                i = t.demand[k]
                if first_pass == 0 and (reached[i] == 1) != (alone == 0):
                    continue
                part = min(t.largest[k], remaining[i])
                if part <= 0:
                    continue
                if t.use[k] > 0 and part * t.use[k] > left:
                    part = left / t.use[k]
                    if part <= 0:
                        break
                if remaining[i] == 1.0:
                    touched[count] = i
                    count += 1
                remaining[i] -= part
                if len(shares) > 0:
                    shares[k] += part
                left -= part * t.use[k]
                got[t.level[k]] += part * t.weight[i]
            room[option] = left
    if first_pass == 0:
        for option in t.order:
            if opened[option]:
                for k in range(t.pointer[option], t.pointer[option + 1]):
                    reached[t.demand[k]] = 0
    for position in range(count):
        remaining[touched[position]] = 1.0
    charge, cost = 0.0, 0.0
    for g in range(len(t.target)):
        left = t.target[g]
        for level in range(t.level_ptr[g], t.level_ptr[g + 1]):
            part = min(got[level], left)
            cost += part * t.level_price[level]
            left -= part
        if left > t.target[g] * 1e-9:
            charge += t.lack[g] * left
    return charge, cost


@nb.njit(cache=True, nogil=True)
def anneal(t, opened, moves, heat, rng, first_pass):  # type: ignore[no-untyped-def]
    """(best set of options that misses no target, its estimated cost)."""
    options, sites = len(t.option_cost), len(t.site_cost)
    at_site = np.zeros(sites, np.int64)
    wired_count = np.zeros(sites, np.int64)
    fixed = 0.0
    for j in range(options):
        if opened[j]:
            fixed += t.option_cost[j]
            if at_site[t.option_site[j]] == 0:
                fixed += t.site_cost[t.option_site[j]]
            at_site[t.option_site[j]] += 1
            if t.wired[j]:
                wired_count[t.option_site[j]] += 1
    size = len(t.distance) + 1
    nodes, near, done = np.empty(size, np.int64), np.empty(size), np.empty(size, np.bool_)
    remaining, got = np.ones(len(t.weight)), np.zeros(len(t.level_price))
    touched = np.empty(len(t.weight) + 1, np.int64)
    reached, room = np.zeros(len(t.weight), np.int64), np.zeros(options)
    shares = np.empty(0)
    lacking, service = serve(opened, t, remaining, got, touched, reached, room, first_pass, shares)
    now = fixed + service + network(wired_count, t, nodes, near, done) + lacking
    best, best_set = np.inf, opened.copy()
    if lacking == 0.0:
        best = now
    least = 0.0  # whoever is served at the lowest price: moves that cannot pay are turned down unserved
    for g in range(len(t.target)):
        if t.level_ptr[g + 1] > t.level_ptr[g]:
            least += t.target[g] * t.level_price[t.level_ptr[g]]
    list_open = np.empty(options, np.int64)
    for move in range(moves):
        temperature = heat * (1.0 - move / moves) ** 2 + 1e-9
        count = 0
        for j in range(options):
            if opened[j]:
                list_open[count] = j
                count += 1
        shut, start = -1, -1
        kind = rng.random()
        if count > 0 and kind < 0.75:
            shut = list_open[rng.integers(0, count)]
        if kind >= 0.2:
            if shut >= 0 and rng.random() < 0.25:
                start = shut + rng.integers(-2, 3)
                if start < 0 or start >= options or t.option_site[start] != t.option_site[shut]:
                    continue
            elif shut >= 0 and t.pointer[shut + 1] > t.pointer[shut]:
                i = t.demand[rng.integers(t.pointer[shut], t.pointer[shut + 1])]
                if t.by_demand_ptr[i + 1] == t.by_demand_ptr[i]:
                    continue
                start = t.by_demand[rng.integers(t.by_demand_ptr[i], t.by_demand_ptr[i + 1])]
            else:
                i = rng.integers(0, len(t.weight))
                if t.by_demand_ptr[i + 1] == t.by_demand_ptr[i]:
                    continue
                start = t.by_demand[rng.integers(t.by_demand_ptr[i], t.by_demand_ptr[i + 1])]
            if opened[start] or t.pointer[start + 1] == t.pointer[start]:
                continue
        change = 0.0
        if shut >= 0:
            opened[shut] = False
            at_site[t.option_site[shut]] -= 1
            change -= t.option_cost[shut]
            if at_site[t.option_site[shut]] == 0:
                change -= t.site_cost[t.option_site[shut]]
            if t.wired[shut]:
                wired_count[t.option_site[shut]] -= 1
        if start >= 0:
            opened[start] = True
            change += t.option_cost[start]
            if at_site[t.option_site[start]] == 0:
                change += t.site_cost[t.option_site[start]]
            at_site[t.option_site[start]] += 1
            if t.wired[start]:
                wired_count[t.option_site[start]] += 1
        limit = now - temperature * np.log(max(rng.random(), 1e-12))
        value = fixed + change + network(wired_count, t, nodes, near, done)
        lacking = 1.0
        if value + least <= limit:
            lacking, service = serve(opened, t, remaining, got, touched, reached, room, first_pass, shares)
            value += service + lacking
        else:
            value = np.inf
        if value <= limit:
            now = value
            fixed += change
            if lacking == 0.0 and value < best - 1e-9:
                best = value
                best_set[:] = opened
            continue
        if start >= 0:
            opened[start] = False
            at_site[t.option_site[start]] -= 1
            if t.wired[start]:
                wired_count[t.option_site[start]] -= 1
        if shut >= 0:
            opened[shut] = True
            at_site[t.option_site[shut]] += 1
            if t.wired[shut]:
                wired_count[t.option_site[shut]] += 1
    return best_set, best
