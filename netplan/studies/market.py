"""A scenario of several operators: each plans alone, or together where an operator model is offered and cheaper.

Offers are the ways in which the operators may build: each alone, or one network under one operator model, or under any
set of those models that combine. Every offer is planned; the cheapest is the plan of the scenario, so that offering a
model never makes it dearer. A model that the scenario imposes must be used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations

from netplan.catalogue.schema import Lever
from netplan.errors import Fault, InputError, NoPlanError
from netplan.pipeline import District, Say, catalogue_of, describe
from netplan.planner import TracePoint
from netplan.planning import plan_district
from netplan.plans import Plan
from netplan.project import LoadedProject
from netplan.project.opened import opened
from netplan.project.parties import Alone, Party, alone, split_weights
from netplan.studies.between import most_paid, paid_in
from netplan.studies.limits import Limits, why_no_plan


@dataclass(frozen=True)
class Offer:
    """One way for the operators to build, planned."""

    levers: tuple[str, ...]
    """Operator models in force; none: each alone."""
    plans: tuple[Plan, ...]
    """One for each operator (the same one for several where it is multiplied), or one for all."""
    districts: tuple[District, ...]
    """Of each plan; none once it is written, for they are large."""
    most: float = 0.0
    """Of what operators pay each other and keep no plans of this offer hold more (`netplan.studies.between`)."""

    @property
    def objective(self) -> float:
        """Cost of all of it."""
        return sum(float(plan.summary["objective_npv"]) for plan in self.plans)

    @property
    def bound(self) -> float | None:
        """No plan of this offer can cost less; None where a plan has no bound."""
        bounds = [plan.summary["bound_npv"] for plan in self.plans]
        return None if any(bound is None for bound in bounds) else float(sum(bounds))

    @property
    def paid(self) -> float:
        """Of the cost, what operators pay each other and keep."""
        return sum(paid_in(plan) for plan in self.plans)


@dataclass(frozen=True)
class Market:
    """Every offer of a scenario; the first is the cheapest."""

    loaded: LoadedProject
    offers: tuple[Offer, ...]
    unplanned: tuple[str, ...] = ()
    """Why offers that are not here have no plan."""
    closed: bool = True
    """False: one of those might have a plan (it was stopped before one was found), so nothing bounds the scenario."""

    @property
    def chosen(self) -> Offer:
        """The plan of the scenario."""
        return self.offers[0]

    @property
    def objective(self) -> float:
        """Cost of the plan of the scenario."""
        return self.chosen.objective

    @property
    def bound(self) -> float | None:
        """No plan of any offer can cost less."""
        bounds = [offer.bound for offer in self.offers]
        known = [bound for bound in bounds if bound is not None]
        return min(known) if self.closed and len(known) == len(bounds) else None

    @property
    def net_bound(self) -> float | None:
        """No plan of any offer costs less net of what operators pay each other: the least over the offers of what is
        proven with such payments less the most that these can be. Cost less payments is at least the one less the
        other, whatever the plan."""
        if self.bound is None:
            return None
        return min(offer.bound - max(offer.most, offer.paid) for offer in self.offers if offer.bound is not None)

    @property
    def multiplied(self) -> Alone | None:
        """The plan that stands for those of several operators alone; None where each has its own."""
        return next((each for each in alone(self.loaded.project) if len(each.stands_for) > 1), None)

    def parties(self, offer: Offer) -> list[Party]:
        """Whose each plan of an offer is."""
        return [each.party for each in builders(self.loaded, offer.levers) for _ in each.stands_for]

    def alone(self) -> list[float] | None:
        """What each operator pays where each plans alone; None where that is not planned."""
        found = next((offer for offer in self.offers if not offer.levers), None)
        if self.multiplied is not None:  # what one of them on the mean would pay tells nothing of any of them
            return None
        return None if found is None else [float(plan.summary["objective_npv"]) for plan in found.plans]

    def split(self, levers: Mapping[str, Lever]) -> tuple[str, list[float]]:
        """(rule, what each operator bears of the cost)."""
        chosen = self.chosen
        if not chosen.levers:
            rule = "each pays for its own network"
            if self.multiplied is not None:
                rule = "each pays for one network, all alike: multiplied, not planned"
            return rule, [float(plan.summary["objective_npv"]) for plan in chosen.plans]
        party = Party(self.loaded.project.operators or (), chosen.levers)
        rule, weights = split_weights(party, levers, self.alone())
        return rule, [weight * chosen.objective for weight in weights]


def ways(loaded: LoadedProject, levers: Mapping[str, Lever]) -> list[tuple[str, ...]]:
    """The sets of operator models to plan, none first: each by itself, and every set of those that combine.

    Raises:
        InputError: models are imposed together that do not combine.
    """
    project = loaded.project
    if len(project.operators or ()) < 2:
        return [()]
    models = [key for key in sorted(project.sharing) if levers[key].tenancy is not None]
    combining = tuple(key for key in models if (tenancy := levers[key].tenancy) is not None and tenancy.combines)
    # every subset, not all together alone: one more offer must not take a cheaper pair away
    joined = chain.from_iterable(combinations(combining, size) for size in range(2, len(combining) + 1))
    sets: list[tuple[str, ...]] = [(), *((key,) for key in models), *joined]
    must = {key for key in project.impose if key in models}
    allowed = [each for each in sets if must <= set(each)]
    if not allowed:
        found = f"{' and '.join(sorted(must))}, which cannot be used together"
        raise InputError(Fault(f"{loaded.file.name}: impose", found, "impose one of them"))
    return allowed


def builders(loaded: LoadedProject, levers: tuple[str, ...]) -> list[Alone]:
    """Who builds under these models: all of them one network, and without models each its own."""
    operators = loaded.project.operators or ()
    return [Alone(Party(operators, levers), operators[:1])] if levers else alone(loaded.project)


def plan_market(
    loaded: LoadedProject,
    limits: Limits,
    *,
    say: Say = lambda text: None,
    on_progress: Callable[[TracePoint], None] | None = None,
    earlier: Mapping[tuple[str, ...], Plan] | None = None,
) -> Market:
    """Plan every offer of a scenario with `operators`; the time limit is divided among the plans.

    Args:
        earlier: plans of scenarios with fewer levers, by whose they are (see `warm_key`), to start from.

    Raises:
        InputError: the input is wrong.
        NoPlanError: no offer has a plan; says why.
    """
    loaded = opened(loaded)
    _, catalogue = catalogue_of(loaded)
    sets = ways(loaded, catalogue.levers)
    count = sum(len(builders(loaded, each)) for each in sets)
    seconds = limits.time_limit_s or loaded.project.solver.time_limit_s
    each_limit = replace(limits, time_limit_s=seconds / count)
    offers, reasons, closed = [], list[str](), True
    for levers in sets:
        plans, districts, most = list[Plan](), list[District](), 0.0
        for party, networks in ((each.party, len(each.stands_for)) for each in builders(loaded, levers)):
            say(f"{' and '.join(operator.name for operator in party.operators)}{_with(levers)}")
            district = describe(loaded.of(party), say=say)
            plan = _planned(district, each_limit, on_progress, (earlier or {}).get(warm_key(party)))
            if plan.summary["objective_npv"] is None:
                reasons.append(why_no_plan(f"{loaded.scenario}{_with(levers)}", plan.summary, district))
                closed &= plan.summary["status"] == "infeasible"
                break
            plans += [plan] * networks
            districts += [district] * networks
            most += networks * most_paid(district)
        else:
            offers.append(Offer(levers, tuple(plans), tuple(districts), most))
    if not offers:
        raise NoPlanError("\n".join(dict.fromkeys(reasons)))
    return Market(loaded, tuple(sorted(offers, key=lambda offer: offer.objective)), tuple(reasons), closed)


def assets_of(loaded: LoadedProject, levers: Mapping[str, Lever]) -> frozenset[str]:
    """Levers of a scenario but for models of operators. With the same assets a party does the same whatever models are
    offered besides: it has those that it uses."""
    project = loaded.project
    return frozenset(key for key in (*project.sharing, *project.impose) if levers[key].tenancy is None)


def warm_key(party: Party) -> tuple[str, ...]:
    """What a plan is remembered by: its operators and the models in force."""
    return (*(operator.name for operator in party.operators), "|", *party.levers)


def warm_plans(market: Market) -> dict[tuple[str, ...], Plan]:
    """Every plan of the market by its key, for scenarios with more levers."""
    found = chain.from_iterable(zip(market.parties(offer), offer.plans, strict=True) for offer in market.offers)
    return {warm_key(party): plan for party, plan in found}


def _with(levers: Sequence[str]) -> str:
    return f" with {' and '.join(levers)}" if levers else ""


def _planned(
    district: District,
    limits: Limits,
    on_progress: Callable[[TracePoint], None] | None,
    earlier: Plan | None,
) -> Plan:
    return plan_district(
        district,
        **limits.asked,
        on_progress=on_progress,
        earlier=earlier,
    )
