"""What sets of levers cost: with the same assets builders do the same whatever else is on offer: planned once for all.

A set of levers opens assets (towers, pipes, …) and offers models of operators. The cost of the set is that of the
cheapest way among them: each operator alone, or all under one model or several that combine. Five levers, two of them
assets, make 32 sets, but only four sets of assets with the same few ways under each.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from netplan.catalogue.schema import Lever
from netplan.errors import NoPlanError
from netplan.pipeline import Say, describe
from netplan.planner import TracePoint
from netplan.planning import plan_district
from netplan.plans import Plan, read_plan, used
from netplan.project import LoadedProject
from netplan.project.opened import opened
from netplan.project.operators import slug
from netplan.project.parties import Party, alone
from netplan.studies.limits import Limits
from netplan.studies.market import assets_of, warm_key, ways
from netplan.studies.shapley import Cost, Levers, offered
from netplan.studies.stock import Key, Stock
from netplan.written import PLAN_FILE

Way = tuple[str, ...]
"""Models of operators in force; none: each operator alone, or everybody as one where there are no operators."""
Task = tuple[Way, Levers]
"""A way to build, and the assets that are open."""
LEAST_S, FLOOR_S = 5.0, 1.0
"""Seconds for a plan: where nobody said how long all of them may take, and whatever was said."""
UNKNOWN, IMPOSSIBLE = Cost(math.inf, -math.inf), Cost(math.inf, math.inf)


@dataclass(frozen=True)
class Known:
    """A scenario that is planned already: its merged project, and what its written plan costs."""

    loaded: LoadedProject
    cost: Cost
    folder: Path | None = None
    """Where it is written: plans with more levers start from it."""


@dataclass
class LeverCosts:
    """Costs of ways to build under sets of assets, filled by planning what is asked for and not known yet."""

    levers: Mapping[str, Lever]
    """of the catalogue"""
    idle: frozenset[str] = frozenset()
    """levers that open nothing: with them and without them is the same"""
    costs: dict[Task, Cost] = field(default_factory=dict)
    without: dict[Task, Cost] = field(default_factory=dict)
    """What plans found cost, by those of the open assets that they use; nothing bounds the cost with these."""
    stock: Stock = field(default_factory=Stock)

    def tasks(self, loaded: LoadedProject) -> list[Task]:
        """Every way in which the builders of a scenario may act."""
        assets = assets_of(loaded, self.levers) - self.idle
        # a model without operators to use it opens nothing
        return [(way, assets) for way in ways(opened(loaded), self.levers)]

    def learn(self, known: Known) -> None:
        """Take over what a written scenario says of its ways, chosen or not, and its plans to start from."""
        if known.folder is None:
            return
        assets = assets_of(known.loaded, self.levers) - self.idle
        plans = written_plans(known)
        self._remember(known.loaded, assets, plans)
        summary = json.loads((known.folder / "summary.json").read_text(encoding="utf-8"))
        if known.loaded.project.operators is None:
            self._tell(self.costs, ((), assets), known.cost)
            self._uses((), assets, list(plans.values()), known.cost)
        elif not summary.get("penalty_total"):  # of offers that were not chosen it is not told
            for offer in summary.get("offers") or []:
                bound = -math.inf if offer["bound_npv"] is None else float(offer["bound_npv"])
                self._tell(self.costs, (tuple(offer["levers"]), assets), Cost(float(offer["objective_npv"]), bound))

    @staticmethod
    def _tell(costs: dict[Task, Cost], task: Task, cost: Cost) -> None:
        """One more cost of a task: of several plans of the same the cheapest counts, and the highest bound."""
        old = costs.get(task, UNKNOWN)
        costs[task] = Cost(min(old.found, cost.found), max(old.bound, cost.bound))

    def _uses(self, way: Way, assets: Levers, plans: Sequence[Plan], cost: Cost) -> None:
        """What these plans cost together, they cost with no more assets than they use."""
        if plans and math.isfinite(cost.found):
            needed = frozenset[str]().union(*(used(plan) & assets for plan in plans))
            self._tell(self.without, (way, needed), Cost(cost.found, -math.inf))

    def plan_all(
        self,
        asked: Iterable[tuple[LoadedProject, Task]],
        limits: Limits,
        total_s: float | None,
        say: Say = lambda text: None,
        on_progress: Callable[[TracePoint], None] | None = None,
    ) -> None:
        """Plan each task that is not known, few assets first; seconds that a plan does not need go to those after it.

        Args:
            asked: a scenario that offers the way, and the task.
            total_s: seconds for all (FLOOR_S for each plan at least); None: as for one scenario, and LEAST_S for each.
        """
        todo = {task: loaded for loaded, task in asked if task not in self.costs}
        order = sorted(todo, key=lambda task: (len(task[1]), sorted(task[1]), len(task[0]), task[0]))
        left = sum(len(_parties(todo[task], task[0])) for task in order)
        solver = next(iter(todo.values())).project.solver if todo else None
        if solver is None:
            return
        usual = max(limits.time_limit_s or solver.time_limit_s, LEAST_S * left)
        seconds = usual if total_s is None else total_s
        say(f"{left} plans, {seconds / left:.0f} s each")
        for task in order:
            found, plans = [], []
            for party, networks in _parties(todo[task], task[0]):
                each = replace(limits, time_limit_s=max(seconds / left, FLOOR_S))
                plan = self._plan(todo[task], party, task[1], each, say, on_progress)
                found += [_priced(plan)] * networks
                plans.append(plan)
                seconds, left = seconds - float(plan.summary["seconds"]["planner"]), left - 1
            self.costs[task] = together(found)
            self._uses(*task, plans, self.costs[task])

    def _plan(
        self,
        loaded: LoadedProject,
        party: Party | None,
        assets: Levers,
        limits: Limits,
        say: Say,
        on_progress: Callable[[TracePoint], None] | None,
    ) -> Plan:
        key = () if party is None else warm_key(party)
        who = "" if party is None else " and ".join(operator.name for operator in party.operators)
        models = "" if party is None else " and ".join(party.levers)
        say(" with ".join(text for text in (who, models, ", ".join(sorted(assets)) or "no assets") if text))
        start = self.stock.start(loaded, assets, key)
        district = describe(loaded if party is None else opened(loaded).of(party), say=say)
        plan = plan_district(
            district,
            **limits.asked,
            on_progress=on_progress,
            earlier=start,
        )
        self._remember(loaded, assets, {key: plan})
        return plan

    def _remember(self, loaded: LoadedProject, assets: Levers, plans: Mapping[Key, Plan]) -> None:
        """Each plan is one to start from wherever the assets are open that it uses, whatever else was open to it."""
        for key, plan in plans.items():
            self.stock.add(loaded, used(plan) & assets, {key: plan})

    def of_sets(self, asked: Mapping[Levers, LoadedProject]) -> dict[Levers, Cost]:
        """The cost of each set of levers, as the cheapest of its ways; inf where none has a plan."""
        every = dict(self.costs)
        for task, cost in self.without.items():
            self._tell(every, task, cost)
        ways_known: dict[Way, dict[Levers, Cost]] = {}
        for (way, assets), cost in every.items():
            ways_known.setdefault(way, {})[assets] = cost
        # what builders may do with fewer assets they may do with more
        carried = {(way, assets): cost for way, by in ways_known.items() for assets, cost in offered(by).items()}
        found = {}
        for levers, loaded in asked.items():
            costs = [carried.get(task, UNKNOWN) for task in self.tasks(loaded)]
            found[levers] = Cost(min(cost.found for cost in costs), min(cost.bound for cost in costs))
        return found


def together(costs: Sequence[Cost]) -> Cost:
    """The cost of several plans side by side: where one of them cannot be, there is none of all."""
    if IMPOSSIBLE in costs:
        return IMPOSSIBLE
    return Cost(sum(cost.found for cost in costs), sum(cost.bound for cost in costs))


def _parties(loaded: LoadedProject, way: Way) -> Sequence[tuple[Party | None, int]]:
    """Who makes a plan of its own in this way, and how many networks it stands for."""
    operators = loaded.project.operators
    if operators is None:
        return [(None, 1)]
    if way:
        return [(Party(operators, way), 1)]
    return [(each.party, len(each.stands_for)) for each in alone(loaded.project)]


def _priced(plan: Plan) -> Cost:
    if plan.summary["status"] == "infeasible":
        return IMPOSSIBLE
    return UNKNOWN if plan.summary["objective_npv"] is None else cost_of(plan.summary, "")


def written_plans(known: Known) -> Mapping[Key, Plan]:
    """The plans of a written scenario by whose they are; `()` where there are no operators."""
    if known.folder is None:
        return {}
    operators = known.loaded.project.operators
    if operators is None:
        return {(): read_plan(known.folder)}
    if (known.folder / PLAN_FILE).is_file():
        plan = read_plan(known.folder)
        return {warm_key(Party(operators, tuple(plan.resolved["party"]["levers"]))): plan}
    plans = {warm_key(each.party): known.folder / slug(each.party.host.name) for each in alone(known.loaded.project)}
    return {key: read_plan(folder) for key, folder in plans.items()}


def cost_of(summary: Mapping[str, Any], name: str) -> Cost:
    """The cost of a plan from its summary.

    Raises:
        NoPlanError: there is no plan.
    """
    if summary["objective_npv"] is None:
        raise NoPlanError(f"{name}: no plan for one of the sets of levers; give the waterfall more time.")
    bound = summary["bound_npv"]
    penalty = float(summary.get("penalty_total") or 0.0)
    return Cost(float(summary["objective_npv"]) + penalty, -math.inf if bound is None else float(bound))
