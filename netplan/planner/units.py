"""The units that the search counts traffic, money and people in: solvers' tolerances fit numbers near 1.

Units are powers of two, so that nothing is rounded on the way there and back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from netplan.planner.incumbent import OnProgress
from netplan.planner.problem import Floats, Problem
from netplan.planner.solution import Solution, StageResult, TracePoint

LEAST, MOST = 2.0**-7, 2.0**14
"""the largest traffic, in the unit given, of what is searched as it is given"""
SMALL = 2.0**-10
"""least that a link's capacity may come to in a unit chosen because demands are large"""
SMALL_PRICE, PRICE = 1.0, 2.0**10
"""the largest price that is counted in a smaller unit, in the currency given, and what it becomes about"""
SMALL_WEIGHT = 2.0**-10
"""the largest weight that is counted in a smaller unit, of which it becomes about 1"""


@dataclass(frozen=True)
class Units:
    """What 1 of the search's figures is in the problem's own; 1 where those are of usual size."""

    mbps: float
    """traffic of links"""
    money: float
    weight: float

    @staticmethod
    def of(problem: Problem) -> Units:
        """Those that fit a problem."""
        return Units(_traffic(problem), _money(problem), _weight(problem))

    def problem(self, problem: Problem) -> Problem:
        """The problem in these units, and each option's capacity in one that fits its use."""
        most = np.zeros(problem.shape[1])
        np.maximum.at(most, problem.service_use.indices, problem.service_use.data)
        of_option = _unit(most, LEAST, MOST)
        if self == Units(1.0, 1.0, 1.0) and (of_option == 1.0).all():
            return problem
        use = problem.service_use
        return replace(
            problem,
            demand_mbps=problem.demand_mbps / self.mbps,
            edge_capacity=problem.edge_capacity / self.mbps,
            service_use=sparse.csr_array((use.data / of_option[use.indices], use.indices, use.indptr), shape=use.shape),
            option_capacity=problem.option_capacity / of_option,
            demand_weight=problem.demand_weight / self.weight,
            target_min=problem.target_min / self.weight,
            demand_penalty=problem.demand_penalty / self.money,
            service_cost=sparse.csr_array(problem.service_cost / self.money),
            option_cost=problem.option_cost / self.money,
            site_cost=problem.site_cost / self.money,
            edge_cost=problem.edge_cost / self.money,
            budget=None if problem.budget is None else problem.budget / self.money,
        )

    def solution(self, found: Solution) -> Solution:
        """An answer in the problem's own units."""
        return replace(
            found,
            edge_flow=found.edge_flow * self.mbps,
            objective=found.objective * self.money,
            bound=found.bound * self.money,
            trace=tuple(self.step(step) for step in found.trace),
            stages=tuple(self._stage(stage) for stage in found.stages),
            shortfall=found.shortfall * self.weight,
        )

    def listener(self, told: OnProgress | None) -> OnProgress | None:
        """One that passes steps on in the problem's own units."""
        return None if told is None else lambda step: told(self.step(step))

    def step(self, step: TracePoint) -> TracePoint:
        """A step in the problem's own units."""
        unit = self.money if step.stage == "cost" else self.weight
        return replace(step, objective=step.objective * unit, bound=step.bound * unit)

    def _stage(self, stage: StageResult) -> StageResult:
        unit = self.money if stage.objective == "cost" else self.weight
        return replace(stage, value=stage.value * unit, bound=stage.bound * unit)


def _traffic(problem: Problem) -> float:
    """Of demands whose traffic can enter the network; and none in which a link's capacity all but vanishes."""
    use = problem.service_use
    row = np.repeat(np.arange(use.shape[0]), np.diff(use.indptr))
    carried = (problem.option_site[use.indices] >= 0) & problem.option_needs_backhaul[use.indices]
    unit = float(_unit(problem.demand_mbps[row[carried]].max(initial=0.0), LEAST, MOST))
    if unit <= 1.0:
        return unit
    narrow = problem.edge_capacity[problem.edge_capacity > 0].min(initial=np.inf)
    return unit if np.isinf(narrow) else float(np.clip(_unit(narrow / SMALL, LEAST, MOST), 1.0, unit))


def _money(problem: Problem) -> float:
    """Of prices or, where all is free, of penalties; large ones are left: a penalty may stand for what must not be."""
    prices = (problem.option_cost, problem.site_cost, problem.edge_cost, problem.service_cost.data)
    largest = max(float(each.max(initial=0.0)) for each in prices)
    if not largest:
        largest = float(problem.demand_penalty[np.isfinite(problem.demand_penalty)].max(initial=0.0))
    return float(_unit(largest, SMALL_PRICE, np.inf)) / (PRICE if 0 < largest < SMALL_PRICE else 1.0)


def _weight(problem: Problem) -> float:
    return float(_unit(problem.demand_weight.max(initial=0.0), SMALL_WEIGHT, np.inf))


def _unit(largest: npt.ArrayLike, least: float, most: float) -> Floats:
    """1 for figures of usual size or 0, else the power of two below."""
    largest = np.asarray(largest, float)
    usual = (largest == 0.0) | ((largest >= least) & (largest <= most))
    return np.where(usual, 1.0, np.exp2(np.floor(np.log2(np.where(usual, 1.0, largest)))))
