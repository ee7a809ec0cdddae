"""Prices of the subsets of a few demands: the small linear programme behind a cut of `netplan.planner.handfuls`."""

from __future__ import annotations

import highspy
import numba as nb
import numpy as np

from netplan.planner.problem import Floats, Ints

DEEP = 0.004
"""violation of a cut, Σ λ ≤ 1, from which on it is of use"""
ADDED, ROUNDS = 12, 50
"""rows added at a time, and how often at most"""
BROKEN = 1e-6
"""by how much a row must be violated to be added"""


def deepest(demands: int, subset: Ints, wanted: Floats, seen: Floats) -> tuple[Floats, Floats]:
    """(λ by demand, price of each subset) of the cut most violated at a point; zeros where none is.

    maximise λ · wanted − price · seen − m₀ over λ, price, m₀ ≥ 0 with Σ λ ≤ 1 and, for every B and every way to make it
    up of the subsets, λ(B) ≤ m₀ + the sum of their prices.

    Args:
        subset: subsets of the demands, by bits, that single sites reach.
        seen: how far sites that reach each of them are open.
    """
    columns = demands + len(subset) + 1
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = columns, 1
    lp.col_cost_ = np.concatenate([-wanted, seen, [1.0]])
    lp.col_lower_, lp.col_upper_ = np.zeros(columns), np.ones(columns)
    lp.row_lower_, lp.row_upper_ = np.array([-np.inf]), np.ones(1)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.array([0, demands])
    lp.a_matrix_.index_, lp.a_matrix_.value_ = np.arange(demands), np.ones(demands)
    solver.passModel(lp)
    members = (np.arange(1 << demands)[:, None] >> np.arange(demands)) & 1
    rows = np.hstack([members[subset], -np.eye(len(subset)), -np.ones((len(subset), 1))])
    for _ in range(ROUNDS):
        row, column = np.nonzero(rows)  # many small ones: building sparse arrays would take as long as solving
        solver.addRows(
            len(rows), np.full(len(rows), -np.inf), np.zeros(len(rows)), len(row),
            np.searchsorted(row, np.arange(len(rows))).astype(np.int32), column.astype(np.int32), rows[row, column],
        )  # fmt: skip
        solver.run()
        if solver.getInfo().objective_function_value > -DEEP:  # the rows still missing only make it shallower
            return np.zeros(demands), np.zeros(len(subset))
        value = np.maximum(np.array(solver.getSolution().col_value), 0.0)
        weight, price = value[:demands], value[demands:-1]
        cost, last, rest = cheapest(demands, subset, price)
        over = sums(weight) - cost - value[-1]
        worst = np.argsort(-over, kind="stable")[:ADDED]
        worst = worst[over[worst] > BROKEN]
        if not len(worst):
            break
        rows = np.hstack([members[worst], np.zeros((len(worst), len(subset))), -np.ones((len(worst), 1))])
        for number, made in enumerate(worst.tolist()):
            while made:
                rows[number, demands + last[made]] -= 1.0
                made = rest[made]
    return weight, price


@nb.njit(cache=True, nogil=True)
def sums(weight):  # type: ignore[no-untyped-def]
    """λ(B) of every subset."""
    total = np.zeros(1 << len(weight))
    for i in range(len(weight)):
        for subset in range(1 << i):
            total[subset | 1 << i] = total[subset] + weight[i]
    return total


@nb.njit(cache=True, nogil=True)
def cheapest(demands, subset, price):  # type: ignore[no-untyped-def]
    """(cost, last subset, what was there before it) of the cheapest way to make up each set, or more than it."""
    cost = np.full(1 << demands, np.inf)
    last, rest = np.full(1 << demands, -1), np.zeros(1 << demands, np.int64)
    cost[0] = 0.0
    for made in range(1, 1 << demands):
        lowest = made & -made
        for t in range(len(subset)):
            if subset[t] & lowest:
                before = made & ~subset[t]
                if cost[before] + price[t] < cost[made]:
                    cost[made], last[made], rest[made] = cost[before] + price[t], t, before
    return cost, last, rest
