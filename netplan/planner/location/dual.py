"""Bounds from prices on being served: the Lagrangian dual of a location problem, by deflected subgradients.

With a price v_i for serving demand i, option j is worth opening at  ρ_j = price_j + Σ_i min(0, cost_ij − v_i),  and

    L(v) = Σ_i v_i + least Σ_{j chosen} ρ_j   over choices of `least` to `most` options

is a lower bound for every v with v_i ≤ outside_i (Cornuéjols, Fisher and Nemhauser 1977; the deflection is that of
Camerini, Fratta and Maffioli 1975). Only entries cheaper than v_i count: the beginning of each row. What L would be
with one option forced open or shut closes or opens that option for good when no better plan is left.
"""

from __future__ import annotations

import numba as nb
import numpy as np

FREE, OPEN, SHUT = 0, 1, -1
DEFLECT = 0.6
"""how much of the last direction is kept"""
RECENT = 0.05
"""weight of the newest choice in the average choice"""


@nb.njit(cache=True, nogil=True)
def ascend(pointer, option, cost, outside, price, least, most, state, value, mean, goal, step, steps, patience):  # type: ignore[no-untyped-def]  # fmt: skip
    """Raise L(v) for a number of steps.

    Args:
        state: (m,) FREE | OPEN | SHUT of each option; what is settled on the way is written back.
        value: (n,) v to start from; the best v is written back.
        mean: (m,) average of the choices, for branching and for plans; written back.
        goal: cost from which a plan no longer matters: reaching it ends the work.
        step: step size as a part of the distance to the goal.
        patience: steps without a better bound after which the step size is halved.

    Returns:
        (best L, step size at the end, number of steps). L is inf when no choice is left.
    """
    n, m = len(outside), len(price)
    worth, chosen = np.empty(m), np.empty(m, np.bool_)
    cap, way, trial = outside.copy(), np.zeros(n), value.copy()
    best, stale, taken = -np.inf, 0, 0
    _lower_caps(pointer, option, cost, state, cap)
    while taken < steps:
        taken += 1
        for j in range(m):
            worth[j] = price[j]
        total = 0.0
        for i in range(n):
            trial[i] = min(trial[i], cap[i])
            if pointer[i] < pointer[i + 1]:
                trial[i] = max(trial[i], min(cost[pointer[i]], cap[i]))
            else:
                trial[i] = cap[i]
            total += trial[i]
            for k in range(pointer[i], pointer[i + 1]):
                d = cost[k] - trial[i]
                if d >= 0:
                    break
                worth[option[k]] += d
        bound, out_price, in_price = _choose(worth, state, least, most, chosen)
        bound += total
        if bound > best:
            better = bound > best + 1e-5 * abs(goal - best)
            best = bound
            value[:] = trial
            stale = 0 if better else stale + 1
            if best >= goal:
                return best, step, taken
            if _settle(worth, chosen, state, best, goal, out_price, in_price):
                _lower_caps(pointer, option, cost, state, cap)
        else:
            stale += 1
        if stale >= patience:
            step *= 0.5
            stale = 0
            trial[:] = value
            way[:] = 0.0
            if step < 1e-3:
                return best, step, taken
            continue
        for j in range(m):
            mean[j] += RECENT * (chosen[j] - mean[j])
        norm = 0.0
        for i in range(n):
            slope = 1.0
            for k in range(pointer[i], pointer[i + 1]):
                if cost[k] >= trial[i]:
                    break
                if chosen[option[k]]:
                    slope -= 1.0
            if slope > 0 and trial[i] >= cap[i]:
                slope = 0.0
            way[i] = slope + DEFLECT * way[i]
            norm += way[i] * way[i]
        if norm <= 1e-12:
            return best, step, taken
        length = step * (goal - bound) / norm
        for i in range(n):
            trial[i] += length * way[i]
    return best, step, taken


@nb.njit(cache=True, nogil=True)
def _choose(worth, state, least, most, chosen):  # type: ignore[no-untyped-def]
    """The cheapest choice: (its sum, what leaving one out costs, what room for one more gains back)."""
    m = len(worth)
    total, opened, free = 0.0, 0, 0
    for j in range(m):
        chosen[j] = state[j] == OPEN
        if state[j] == OPEN:
            total += worth[j]
            opened += 1
        elif state[j] == FREE:
            free += 1
    need, room = max(least - opened, 0), min(most - opened, free)
    if need > free or most < opened:
        return np.inf, 0.0, 0.0
    where, key = np.empty(free, np.int64), np.empty(free)
    free = 0
    for j in range(m):
        if state[j] == FREE:
            where[free], key[free] = j, worth[j]
            free += 1
    order = np.argsort(key, kind="mergesort")
    take = need
    while take < room and key[order[take]] < 0:
        take += 1
    for k in range(take):
        chosen[where[order[k]]] = True
        total += key[order[k]]
    after = key[order[take]] if take < free else np.inf
    leave = min(after, 0.0) if take > need else after
    if take == 0:
        return total, leave, -np.inf if room == 0 else 0.0
    last = key[order[take - 1]]
    return total, leave, last if take == room else max(last, 0.0)


@nb.njit(cache=True, nogil=True)
def _settle(worth, chosen, state, bound, goal, leave, enter):  # type: ignore[no-untyped-def]
    """Shut what a better plan cannot open, open what it must; whether anything was opened."""
    opened = False
    for j in range(len(worth)):
        if state[j] != FREE:
            continue
        if chosen[j]:
            if bound - worth[j] + leave >= goal:
                state[j] = OPEN
                opened = True
        elif bound + worth[j] - enter >= goal:
            state[j] = SHUT
    return opened


@nb.njit(cache=True, nogil=True)
def _lower_caps(pointer, option, cost, state, cap):  # type: ignore[no-untyped-def]
    """Nobody pays more than the nearest option that is open for good asks."""
    for i in range(len(cap)):
        for k in range(pointer[i], pointer[i + 1]):
            if cost[k] >= cap[i]:
                break
            if state[option[k]] == OPEN:
                cap[i] = cost[k]
                break
