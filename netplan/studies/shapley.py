"""Parts of a saving by lever, independent of the order in which levers are pulled, from costs known as intervals.

The cost of a set of levers is that of the cheapest plan that uses any of them: every plan with fewer levers counts, so
offering a lever never makes it dearer. Each cost lies between the lowest proven bound and the cheapest plan found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial

Levers = frozenset[str]
SHAPLEY, FIRST_IN, LAST_OUT, REST = "Shapley", "first in", "last out", "rest"


@dataclass(frozen=True)
class Cost:
    """What a set of levers costs: the cheapest plan found, and what no plan can cost less than."""

    found: float
    bound: float


@dataclass(frozen=True)
class Part:
    """What one lever saves: with the plans found, and between which limits whatever the least-cost plans are."""

    lever: str
    value: float
    low: float
    high: float
    method: str

    @property
    def distinguishable(self) -> bool:
        """Proven to be more (or less) than nothing, and not smaller than its own interval is wide."""
        return not self.low <= 0.0 <= self.high and abs(self.value) >= self.high - self.low


def subsets(levers: Collection[str]) -> list[Levers]:
    """Every set of levers, smaller ones first, in order of their names."""
    names = sorted(levers)
    return [frozenset(each) for size in range(len(names) + 1) for each in combinations(names, size)]


def offered(costs: Mapping[Levers, Cost]) -> dict[Levers, Cost]:
    """Costs with every plan of fewer levers carried over to those with more, and every bound of more levers to those
    with fewer: what nothing can cost less than with an offer, nothing can without it."""
    return {
        levers: Cost(
            min(cost.found for other, cost in costs.items() if other <= levers),
            max(cost.bound for other, cost in costs.items() if other >= levers),
        )
        for levers in costs
    }


def shapley(levers: Collection[str], costs: Mapping[Levers, Cost]) -> list[Part]:
    """The Shapley value of every lever: its mean marginal saving over all orders. The values add up to the saving.

    phi_i = Σ over S without i of |S|! (n − |S| − 1)! / n! (cost(S) − cost(S + i)).

    Args:
        levers: n levers.
        costs: cost of each of the 2^n sets, carried over (`offered`).
    """
    n = len(levers)
    parts = []
    for lever in sorted(levers):
        terms: list[tuple[float, Levers]] = []
        for without in subsets(set(levers) - {lever}):
            weight = factorial(len(without)) * factorial(n - len(without) - 1) / factorial(n)
            terms += [(weight, without), (-weight, without | {lever})]
        parts.append(_part(lever, terms, costs, SHAPLEY))
    return parts


def marginal(levers: Collection[str], costs: Mapping[Levers, Cost]) -> list[Part]:
    """What every lever saves as the last one, what they save only together (rest), and each as the first alone.

    The parts `last out` and `rest` add up to the saving; `first in` tells how far levers stand in for each other.

    Args:
        levers: n levers.
        costs: cost of none, of each alone, of all but each, and of all, carried over.
    """
    whole, none = frozenset(levers), frozenset[str]()
    last, rest = [], [(1.0, none), (-1.0, whole)]
    first = []
    for lever in sorted(levers):
        terms = [(1.0, whole - {lever}), (-1.0, whole)]
        last.append(_part(lever, terms, costs, LAST_OUT))
        rest += [(-weight, levers_) for weight, levers_ in terms]
        first.append(_part(lever, [(1.0, none), (-1.0, frozenset({lever}))], costs, FIRST_IN))
    return [*last, _part("together", rest, costs, REST, monotone=False), *first]


def sets_needed(levers: Sequence[str], most: int) -> tuple[str, list[Levers]]:
    """(method, sets of levers to plan): every set for few levers, else none, each alone, all but each, all."""
    if len(levers) <= most:
        return SHAPLEY, subsets(levers)
    whole = frozenset(levers)
    found = [frozenset[str](), *(frozenset({lever}) for lever in levers), *(whole - {lever} for lever in levers), whole]
    return LAST_OUT, list(dict.fromkeys(sorted(found, key=lambda each: (len(each), sorted(each)))))


def _part(
    lever: str, terms: Iterable[tuple[float, Levers]], costs: Mapping[Levers, Cost], method: str, monotone: bool = True
) -> Part:
    """Σ weight × cost, with its interval. Costs never rise with a lever, so no marginal saving lies below 0."""
    weights: dict[Levers, float] = {}
    for weight, levers in terms:
        weights[levers] = weights.get(levers, 0.0) + weight
    ordered = sorted(((s, w) for s, w in weights.items() if w), key=lambda item: (len(item[0]), sorted(item[0])))
    scale = max(abs(cost.found) for cost in costs.values())
    value = _clear(sum(weight * costs[levers].found for levers, weight in ordered), scale)
    low = sum(w * (costs[s].bound if w > 0 else costs[s].found) for s, w in ordered)
    high = sum(w * (costs[s].found if w > 0 else costs[s].bound) for s, w in ordered)
    low = max(low, 0.0) if monotone else low
    return Part(lever, value, min(_clear(low, scale), value), max(_clear(high, scale), value), method)


def _clear(value: float, scale: float) -> float:
    """The value without the dust of floating point."""
    return 0.0 if abs(value) <= 1e-9 * scale else value
