"""Serving demand one option at a time, as the other methods do: what an option would still add, and taking it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .case import Bools, Floats, Ints


class Filling:
    """Who is still to be served, as options are taken one by one; shares once given are not taken back."""

    def __init__(self, problem: Any) -> None:
        self.problem = problem
        self._by_option = problem.service_use.tocsc()
        self._most = problem.service_max.tocsc()
        self._member = problem.target_member.tocsc()
        self._must = np.isinf(problem.demand_penalty)
        self.left = np.ones(len(problem.demand_weight))
        self.open = np.zeros(len(problem.option_cost), bool)
        self._short = problem.target_min.astype(float).copy()

    def done(self) -> bool:
        """Whether targets and must-serve demands are met."""
        slack = 1e-6 * np.maximum(1.0, self.problem.target_min)
        return not (self._short > slack).any() and not (self.left[self._must] > 1e-6).any()

    def wanted(self) -> Floats:
        """(n,) what serving each demand is worth now: its weight if it must be served or a target is short of it."""
        counts = (self.problem.target_member.T @ (self._short > 0).astype(float)) > 0
        return np.where(counts | self._must, np.maximum(self.problem.demand_weight, 1e-9), 0.0)

    def shares(self, option: int, wanted: Floats) -> tuple[Ints, Floats]:
        """Demands and the shares of them that the option would serve: the most weight per use first."""
        part = slice(self._by_option.indptr[option], self._by_option.indptr[option + 1])
        who, use = self._by_option.indices[part], self._by_option.data[part]
        share = np.minimum(self.left[who], self._most.data[part]) * (wanted[who] > 0)
        room = float(self.problem.option_capacity[option])
        if np.isfinite(room):
            order = np.argsort(-wanted[who] / np.maximum(use, 1e-12), kind="stable")
            before = np.cumsum(use[order] * share[order]) - use[order] * share[order]
            fits = np.clip((room - before) / np.maximum(use[order], 1e-12), 0.0, 1.0)
            share[order] = np.minimum(share[order], fits)
        return who, share

    def gain(self, option: int, wanted: Floats) -> float:
        """Wanted weight that the option would add."""
        who, share = self.shares(option, wanted)
        return float(wanted[who] @ share)

    def take(self, option: int) -> float:
        """Open the option and let it serve what it can; the weight it serves."""
        wanted = self.wanted()
        who, share = self.shares(option, wanted)
        self.open[option] = True
        self.left[who] -= share
        given = np.zeros(len(self.left))
        given[who] = share * self.problem.demand_weight[who]
        self._short -= self.problem.target_member @ given
        return float(wanted[who] @ share)


def enough(problem: Any, options: Bools) -> bool:
    """Whether these options meet targets and must-serve demands, those that reach the fewest demands filled first."""
    filling = Filling(problem)
    count = np.diff(problem.service_use.tocsc().indptr)
    for option in sorted(np.flatnonzero(options).tolist(), key=lambda j: (int(count[j]), j)):
        filling.take(option)
        if filling.done():
            return True
    return filling.done()
