"""What it costs when an owner of pipes, poles or ducts refuses, and what to build before the answer is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from netplan.errors import Fault, InputError, NoPlanError
from netplan.pipeline import District, Say, describe
from netplan.planner import TracePoint
from netplan.project import LoadedProject
from netplan.studies.limits import Limits, why_no_plan
from netplan.studies.one_network import one_network
from netplan.studies.refusal_problem import Answer, Instance, Purchase, cost_after, instance_of, solve_state
from netplan.studies.refusal_replace import replacement_bound
from netplan.studies.refusal_states import State, Utility, recourse_factor, states_of, utilities_of
from netplan.studies.refusal_tree import Tree, size, solve_tree

WHOLE = 20_000
"""Largest deterministic equivalent (choices) that is solved whole; above, first purchases are compared."""


@dataclass(frozen=True)
class Interval:
    """A difference of two plans, each known up to its gap."""

    low: float
    value: float
    high: float
    """inf where nothing is proven"""
    proven_by: str
    """What proves `high`: `gaps` of the two plans, or `replacement` of each refused link by a way around it."""


@dataclass(frozen=True)
class Strategy:
    """One choice of what to buy before the answers."""

    key: str
    label: str
    first: Purchase
    first_cost: float
    by_state: tuple[float, ...]
    """cost in each state: what was bought first, what is bought after at its factor, and the premises"""
    expected: float
    regret: tuple[float, ...]
    """above the cheapest known plan of somebody who knew the answer"""


@dataclass(frozen=True)
class Refusal:
    """The study's result."""

    district: District
    instance: Instance
    utilities: tuple[Utility, ...]
    states: tuple[State, ...]
    plans: tuple[Answer, ...]
    """cheapest plan in each state when the answer is known before anything is built, at today's prices"""
    refusal_cost: dict[str, Interval]
    """utility, or `all`: what its refusal costs"""
    factor: float
    delay_years: float
    strategies: tuple[Strategy, ...]
    """least expected cost first"""
    expected_bound: float
    """proven: no choice of what to build first costs less in expectation"""
    method: str
    notes: tuple[str, ...]

    @property
    def best(self) -> Strategy:
        """Of least expected cost."""
        return self.strategies[0]


def refusal_study(
    loaded: LoadedProject,
    limits: Limits = Limits(),
    *,
    say: Say = lambda text: None,
    on_progress: Callable[[TracePoint], None] | None = None,
) -> Refusal:
    """Plan a scenario for every way its utilities may answer, and choose what to build before they do.

    Raises:
        InputError: the input is wrong, or the scenario needs nobody's consent.
        NoPlanError: the targets cannot be met when everybody consents.
    """
    project = loaded.project
    faults = list(one_network(loaded, "a study of refusals"))
    if project.budget is not None:
        to_do = "remove the budget: plans are compared that meet the same targets"
        faults.append(Fault(f"{loaded.file.name}: budget", "given", to_do))
    if faults:
        raise InputError(faults)
    district = describe(loaded, say=say, conditional=True)
    utilities = utilities_of(district)
    states, notes = states_of(utilities)
    uncertain = frozenset().union(*(state.refusing for state in states)) - {
        u.name for u in utilities if not u.probability
    }
    refused = frozenset(u.name for u in utilities if u.probability == 0.0)
    instance = instance_of(district, uncertain, refused, limits.over(project.solver), on_progress)
    plans = _plans(instance, states, say)
    if not np.isfinite(plans[0].objective):
        summary = {"status": "infeasible" if np.isinf(plans[0].bound) else "none", "stopped_by": "time"}
        raise NoPlanError(why_no_plan(loaded.scenario, summary, district))
    delay = max((u.delay_years for u in utilities if u.uncertain), default=0.0)
    factor = recourse_factor(district.economics.discount_rate, delay, project.refusal.service_worth)
    strategies, bound, method, told, pool = _two_stage(instance, states, plans, factor, say)
    plans = _best_known(instance, states, plans, pool)
    return Refusal(
        district=district,
        instance=instance,
        utilities=tuple(utilities),
        states=tuple(states),
        plans=tuple(plans),
        refusal_cost=_refusal_costs(instance, states, plans, utilities),
        factor=factor,
        delay_years=delay,
        strategies=strategies,
        expected_bound=bound,
        method=method,
        notes=(*notes, *told),
    )


def _plans(instance: Instance, states: Sequence[State], say: Say) -> list[Answer]:
    """The plan of each state at today's prices, those with most refusals first: each starts the next ones.

    What is a plan with more refusals is one with fewer, and what bounds those with fewer bounds those with more.
    """
    found: dict[frozenset[str], Answer] = {}
    for state in sorted(states, key=lambda s: -len(s.refusing)):
        say(f"plan: {state.label}")
        pool = [a for r, a in found.items() if r > state.refusing and np.isfinite(a.objective)]
        start = min(pool, key=lambda a: a.objective, default=None)
        answer = solve_state(instance, state.refusing, start=start)
        if start is not None and start.objective < answer.objective:
            answer = replace(start, bound=answer.bound)
        found[state.refusing] = answer
    base = found[min(found, key=len)]
    for state in sorted(states, key=lambda s: len(s.refusing)):
        # once more from the plan with consent: plans that differ only by the refusal tell its cost with less noise
        if base.needs & state.refusing and np.isfinite(base.objective):
            say(f"plan again: {state.label}")
            again = solve_state(instance, state.refusing, start=base)
            known = found[state.refusing]
            better = again if again.objective < known.objective else known
            found[state.refusing] = _at(better, better.objective, max(known.bound, again.bound))
    plans = []
    for state in states:
        mine = found[state.refusing]
        bound = max(a.bound for r, a in found.items() if r <= state.refusing)
        plans.append(_at(mine, mine.objective, min(bound, mine.objective)))
    return _best_known(instance, states, plans, plans)


def _at(answer: Answer, objective: float, bound: float) -> Answer:
    """The same plan with another valuation."""
    return replace(answer, objective=objective, bound=bound)


def _best_known(
    instance: Instance, states: Sequence[State], plans: Sequence[Answer], pool: Sequence[Answer]
) -> list[Answer]:
    """In each state the cheapest of all plans found anywhere that needs nobody who refuses, at today's prices."""
    best = []
    for state, plan in zip(states, plans, strict=True):
        priced = [(cost_after(instance, a, 1.0, 1.0, instance.nothing), a) for a in pool if _fits(a, state)]
        cost, answer = min(priced, key=lambda pair: pair[0], default=(np.inf, plan))
        best.append(_at(answer, cost, min(plan.bound, cost)) if cost < plan.objective - 1e-6 else plan)
    return best


def _refusal_costs(
    instance: Instance, states: Sequence[State], plans: Sequence[Answer], utilities: Sequence[Utility]
) -> dict[str, Interval]:
    by = {state.refusing: plan for state, plan in zip(states, plans, strict=True)}
    base = min(by, key=len)
    wanted = {u.name: base | {u.name} for u in utilities if u.uncertain and base | {u.name} in by}
    if len(wanted) > 1:
        wanted["all"] = max(by, key=len)
    return {
        name: between(by[base], by[refusing], replacement_bound(instance, refusing - base))
        for name, refusing in wanted.items()
    }


def between(consent: Answer, refusal: Answer, most: float = np.inf) -> Interval:
    """The cost of a refusal: the plan without less the plan with, from objective and bound of both.

    Never below 0, for every plan without is one with; nor above `most`, whatever is proven otherwise.
    """
    low, high = refusal.bound - consent.objective, refusal.objective - consent.bound
    value = refusal.objective - consent.objective
    return Interval(max(low, 0.0), value, min(high, most), "gaps" if high <= most else "replacement")


def _two_stage(
    instance: Instance, states: Sequence[State], plans: Sequence[Answer], factor: float, say: Say
) -> tuple[tuple[Strategy, ...], float, str, list[str], list[Answer]]:
    """Strategies by expected cost, a proven bound on it, how it was found, remarks, and every plan found."""
    pool = [plan for plan in plans if np.isfinite(plan.objective)]
    notes = []
    if len(pool) < len(plans):
        lost = [s.label for s, plan in zip(states, plans, strict=True) if not np.isfinite(plan.objective)]
        notes.append(f"The targets cannot be met in every case ({', '.join(lost)}): expected costs are without bound.")
        return (), np.nan, "none: there is a case without a plan", notes, pool
    say("best plan of each case with waiting priced")
    known = _knowing(instance, states, plans, factor)
    pool += known
    firsts = _candidates(instance, plans)
    tree: Tree | None = None
    if size(instance, states) <= WHOLE and len(states) > 1:
        say("what to build first, all cases at once")
        tree = solve_tree(instance, states, factor)
    if tree is not None:
        firsts.insert(0, ("least-expected", "build first what costs least in expectation", tree.first))
    for key, label, first in firsts:
        say(f"first: {label}")
        pool += _recourse(instance, states, pool, factor, first) if key != "wait" else []
    strategies = _priced(instance, states, pool, factor, firsts)
    waiting = sum(
        state.probability * min(answer.bound, strategies[0].by_state[k] - strategies[0].regret[k])
        for k, (state, answer) in enumerate(zip(states, known, strict=True))
    )
    if tree is None:
        method = "comparison"
        bound = waiting
    else:
        method = "whole"
        bound = max(waiting, tree.bound)
    return strategies, min(bound, strategies[0].expected), method, notes, pool


def _knowing(instance: Instance, states: Sequence[State], plans: Sequence[Answer], factor: float) -> list[Answer]:
    """The cheapest plan of each state for somebody who knows the answer but can use consent only once it is given."""
    firm = min(1.0, factor)
    found = []
    for state, plan in zip(states, plans, strict=True):
        free = not any(name not in state.refusing for name in set(instance.owner) - {""})
        if factor == 1.0 or (free and firm == 1.0):
            found.append(plan)  # the prices are today's
        else:
            answer = solve_state(instance, state.refusing, firm, factor, start=plan)
            found.append(answer if np.isfinite(answer.objective) else Answer(*_kept(plan), answer.bound))
    return found


def _kept(plan: Answer) -> tuple[frozenset[str], Purchase, float, float]:
    return plan.needs, plan.bought, plan.service_cost, plan.objective


def _candidates(instance: Instance, plans: Sequence[Answer]) -> list[tuple[str, str, Purchase]]:
    """First purchases worth comparing. `plans`: everybody consents first, everybody refuses last."""
    consent, refusal = plans[0], plans[-1]
    common = plans[0].bought
    for plan in plans[1:]:
        common = common.only(plan.bought)
    return [
        ("wait", "wait for the answers, then build all", instance.nothing),
        ("common", "build first what the plans of all cases share", instance.firm(common)),
        ("without", "build the whole plan that needs no consent", instance.firm(refusal.bought)),
        ("with", "build first those parts of the plan with consent that need none", instance.firm(consent.bought)),
    ]


def _fits(answer: Answer, state: State) -> bool:
    return not answer.needs & state.refusing


def _recourse(
    instance: Instance, states: Sequence[State], pool: Sequence[Answer], factor: float, first: Purchase
) -> list[Answer]:
    """Re-solve each state with what was bought first at no cost, unless that already is a whole plan there."""
    found = []
    for state in states:
        known = [a for a in pool if _fits(a, state)]
        best = min(known, key=lambda a: cost_after(instance, a, factor, factor, first))
        if cost_after(instance, best, factor, factor, first) - best.service_cost > 1e-6:
            answer = solve_state(instance, state.refusing, factor, factor, first, best)
            found += [answer] if np.isfinite(answer.objective) else []
    return found


def _priced(
    instance: Instance,
    states: Sequence[State],
    pool: Sequence[Answer],
    factor: float,
    firsts: Sequence[tuple[str, str, Purchase]],
) -> tuple[Strategy, ...]:
    """Every first purchase with the best known recourse in every state."""
    firm = min(1.0, factor)
    nothing = instance.nothing
    costs = {
        key: [
            instance.cost(first) + min(cost_after(instance, a, factor, factor, first) for a in pool if _fits(a, state))
            for state in states
        ]
        for key, _, first in firsts
    }
    knowing = [
        min(
            min(cost_after(instance, a, firm, factor, nothing) for a in pool if _fits(a, state)),
            *(costs[key][k] for key in costs),
        )
        for k, state in enumerate(states)
    ]
    weight = np.array([state.probability for state in states])
    strategies = [
        Strategy(
            key,
            label,
            first,
            instance.cost(first),
            tuple(costs[key]),
            float(weight @ np.array(costs[key])),
            tuple(max(cost - best, 0.0) for cost, best in zip(costs[key], knowing, strict=True)),
        )
        for key, label, first in firsts
    ]
    best = min(each.expected for each in strategies)
    close = 1e-9 * max(1.0, abs(best))  # of equal ones the proven choice comes first
    return tuple(sorted(strategies, key=lambda s: (s.expected > best + close, s.key != "least-expected", s.expected)))
