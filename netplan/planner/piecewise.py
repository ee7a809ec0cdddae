"""Better plans part by part: branch and cut chooses a few neighbouring sites anew, again and again.

In turns a large part without its links, which are laid afterwards (`unlinked`), and a smaller one with them.

Whoever is served is worth a price per weight of the target, first the relaxation's multiplier, so that parts can trade
what they miss. The prices are steered: they rise by what is missed of the target and fall by what is served beyond it,
slowly, for it takes a part everywhere until they are felt. Where a target is missed at the moment a part is offered a
little more than the price, and where it is exceeded a little less, so that plans keep passing by the target. Plans on
the way that miss nothing are kept. The last one is handed to a walk that charges for what it still misses (`walk`).

Parts go on from the best plan of the search, or from an outline (`outline`) once there is one: made for the whole
district at once it is far cheaper, and what it misses, in towns where capacity binds, parts make up for.
"""

from __future__ import annotations

import numpy as np

from netplan.planner.completing import completed
from netplan.planner.construct import Server
from netplan.planner.incumbent import Search
from netplan.planner.model import Model
from netplan.planner.parts import Laid, Parts, laid
from netplan.planner.problem import Floats
from netplan.planner.reroute import Rerouter
from netplan.planner.routed import routed
from netplan.planner.solved_aside import solved_aside
from netplan.planner.topping import Topping
from netplan.planner.unlinked import unlinked, with_links, without_links
from netplan.planner.walk import LOWEST, Rough

FIRST, FEWEST, MOST = (60, 30), 8, 150
"""sites of a part: of the first one without and with links, at least and at most"""
PART_S = (20.0, 8.0)
"""seconds for a part without and with links; parts grow while they are solved in a third of it, and shrink when they
are not solved in it"""
GROWS, SHRINKS = 1.15, 0.9
"""times its size that the next part of a kind has then"""
PART_GAP, LOCAL = 0.002, 0.02
"""gap at which a part is left, and part of its time for local search"""
STEER, MOST_STEP, USUAL = 1.0, 0.03, 60
"""After each part a price rises by so many times the part of its target that is missed, and falls by what is exceeded;
by the second at most. Both are for parts of the third's size: larger ones are fewer, and each steers by as much
more."""
KINK, EXACT = 1.08, 1e-4
"""A part is offered so many times the price where the target is missed by the second, a part of it, or more; and the
price divided by as much where it is exceeded by that."""
WHOLE = 1e-9
"""part of a target that may be missing of a plan that misses nothing, and of a capacity that it may take too much"""
DEARER = 1.5
"""times its price that a weight is charged with in the walk that mends the plan"""
HALF, CRUMB = 0.5, 0.02
"""value from which an outline opens an option, and distance from 0 or 1 from which it does so in part"""
LAID = 2000
"""turns of rerouting once the network of an outline is laid"""
LITTLE, TRIES = 0.02, 5
"""part of a target that may be missing for further options to make up for it, and in how many ways that is tried"""
SOME, WHOLE_S = 0.06, 20.0
"""part of a target that may be missing for one part to make up for all of it, and seconds for that"""
RANGE = 5.0
"""times the relaxation's multipliers, or that part of them, that prices stay within"""


class Piecewise:
    """Chooses parts of the best plan of a search anew."""

    def __init__(self, model: Model, search: Search, rerouter: Rerouter, seed: int) -> None:
        self.model, self.search, self.rerouter = model, search, rerouter
        self.seed, self.rng = seed, np.random.default_rng(seed)
        self.parts = Parts(model)
        self.size = list(FIRST)
        """of the next part without links, and of one with them, in turns"""
        self.times = np.ones(len(model.problem.target_min))
        """(k,) price of a weight of each target, in times what it is worth"""
        self.plan: Laid | None = None
        self._counts = model.problem.target_weight
        self._centres: list[int] = []
        self._server = Server(model)
        self._topping = Topping(model, self._server, rerouter)

    @staticmethod
    def suits(model: Model) -> bool:
        """Whether there are targets to price, free service and enough sites for several parts; see `Walker.suits`.

        Where service costs, each share has a column of its own, and the relaxation of a part takes too long.
        """
        free = not model.cost[: model.layout.y].any()
        return free and bool(len(model.problem.target_min)) and model.problem.shape[2] > 2 * FEWEST

    def run(self, seconds: float, worth: Floats) -> Rough | None:
        """Choose parts anew for about the given time; the plan that results, which may miss targets.

        Args:
            worth: (k,) the relaxation's multipliers of the targets, money per weight. One of nothing is raised: the
                plan must not lose a target that the relaxation meets by the way.
        """
        search = self.search
        until = search.seconds + min(seconds, search.left_s)
        if search.point is None:
            return None
        worth = self._raised(worth)
        price = worth * self.times
        if self.plan is None or self._priced(search.point, price) < self._priced(self.plan.point, price):
            self.plan = laid(self.rerouter, search.point)
        while self.plan is not None and search.seconds < until - 0.5 and not search.done:
            off = self._off(self.plan.point)
            kink = np.where(off > EXACT, KINK, np.where(off < -EXACT, 1 / KINK, 1.0))
            much = self._part(worth * self.times * kink, until - search.seconds) / USUAL
            step = np.clip(STEER * self._off(self.plan.point), -MOST_STEP, MOST_STEP)
            off = self._off(self.plan.point)
            self.times = np.clip(self.times * (1 + much * step), 1 / RANGE, RANGE)
            if (off <= WHOLE).all() and self._holds(self.plan.point):
                search.offer(self.plan.point, "parts")
        if self.plan is None:
            return None
        cost = float(self.model.cost @ self.plan.point) + self.model.constant
        missing = float(self._off(self.plan.point).max())
        if cost < search.objective and missing <= LITTLE:
            for point in self._topping.topped(self.plan.point, TRIES, self.seed):
                search.offer(point, "parts, topped up")
        if cost < search.objective and WHOLE < missing <= SOME and not search.done:
            whole = completed(self.parts, self.plan, self._lack(self.plan.point), self.rng, min(WHOLE_S, search.left_s))
            if whole is not None and (self._off(whole.point) <= WHOLE).all() and self._holds(whole.point):
                search.offer(whole.point, "parts, completed")
        return Rough(self.plan.point, DEARER * worth * self.times)

    def begin_with(self, value: Floats, worth: Floats) -> bool:
        """Go on from an outline, at the relaxation's prices, if that comes cheaper than the plan; whether it does.

        What is opened in part in the outline is left closed, and chosen anew first.

        Args:
            value: (m,) how far it opens each option.
            worth: (k,) the relaxation's multipliers of the targets, money per weight.
        """
        opened = value > HALF
        worth = self._raised(worth)
        shares = self._server.most(opened, np.asarray(worth @ self._counts))
        found = None if shares is None else routed(self.rerouter, opened, shares, {}, LAID, self.seed)
        if found is None:
            return False
        known = [plan.point for plan in (self.plan,) if plan] + [p for p in (self.search.point,) if p is not None]
        if any(self._priced(point, worth) <= self._priced(found[0], worth) for point in known):
            return False
        self.plan, self.times, self.size = Laid(*found), np.ones(len(self.times)), list(FIRST)
        open_in_part = (value > CRUMB) & (value < 1 - CRUMB)
        first = np.unique(self.model.problem.option_site[open_in_part])
        self._centres += self.rng.permutation(first[first >= 0]).tolist()
        return True

    def _raised(self, worth: Floats) -> Floats:
        """The multipliers, one of nothing raised where its target asks for anybody."""
        least = self.model.problem.target_min
        floor = LOWEST * self.search.objective / (len(worth) * np.maximum(least, 1e-9))
        return np.maximum(worth, np.where(least > 0, floor, 0.0))

    def _part(self, price: Floats, left_s: float) -> int:
        """Choose one part anew and keep what it is better for; how many sites it had."""
        assert self.plan is not None
        self.seed += 1
        kind = self.seed % 2
        size, seconds = self.size[kind], min(PART_S[kind], left_s)
        if not self._centres:
            self._centres = self.rng.permutation(self.model.problem.shape[2]).tolist()
        sites = self.parts.around(self._centres.pop(), size)
        part = self.parts.cut(self.plan, np.asarray(price @ self._counts), sites)
        if part is None:
            return size
        model, start = part.model, part.start()
        own = model if kind else unlinked(model)
        begun = start if kind else without_links(own, model, start)
        before = float(own.cost @ begun) + own.constant
        aside = solved_aside(own, PART_GAP, seconds, self.seed, LOCAL, begun)
        if aside is None:  # the plan is as good as before
            return size
        if aside.done and aside.seconds < seconds / 3:
            self.size[kind] = min(int(GROWS * size) + 1, MOST)
        elif not aside.done:
            self.size[kind] = max(int(SHRINKS * size), FEWEST)
        if aside.point is None or aside.objective >= before:
            return size
        point = aside.point if kind else with_links(model, own, aside.point, self.seed)
        new = None if point is None else part.merged(point)
        if new is not None and self._priced(new.point, price) < self._priced(self.plan.point, price):
            self.plan = new
        return size

    def _lack(self, point: Floats) -> Floats:
        """(k,) weight that is missing of each target; negative where more is served."""
        layout, problem = self.model.layout, self.model.problem
        served = np.bincount(layout.x_demand, point[: layout.y], problem.shape[0])
        return np.asarray(problem.target_min - self._counts @ served)

    def _off(self, point: Floats) -> Floats:
        """(k,) part of each target that is missing; negative where more is served."""
        return self._lack(point) / np.maximum(self.model.problem.target_min, 1e-9)

    def _holds(self, point: Floats) -> bool:
        """Whether no option serves more than it can: merged parts may each add a rounding error to their neighbours."""
        layout, problem = self.model.layout, self.model.problem
        use = np.bincount(layout.x_option, problem.service_use.data * point[: layout.y], problem.shape[1])
        return bool((use <= problem.option_capacity * (1 + WHOLE) + WHOLE).all())

    def _priced(self, point: Floats, price: Floats) -> float:
        """The cost of a plan and the price of what it misses."""
        return float(self.model.cost @ point + price @ self._lack(point))
