"""The saving of one scenario against another by lever: every set of levers planned, or each in and out for many."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from netplan.errors import NoPlanError
from netplan.pipeline import District, Say, describe, plan_district
from netplan.planner import TracePoint
from netplan.plans import Plan, read_plan
from netplan.plans.write import PLAN_FILE
from netplan.project import LoadedProject
from netplan.project.operators import slug
from netplan.project.parties import Party
from netplan.studies.limits import Limits
from netplan.studies.market import Known as Parties
from netplan.studies.market import plan_market, warm_key, warm_plans
from netplan.studies.shapley import REST, SHAPLEY, Cost, Levers, Part, marginal, offered, sets_needed, shapley

MOST = 4
"""Levers up to which every set is planned."""
COLUMNS = ["reference", "scenario", "lever", "value", "low", "high", "method", "distinguishable"]
OTHER = "other differences"
FEWER = "better plan with fewer levers"


@dataclass(frozen=True)
class Known:
    """A scenario that is planned already: its merged project, and what its written plan costs."""

    loaded: LoadedProject
    cost: Cost
    folder: Path | None = None
    """Where it is written: plans with more levers start from it."""


def waterfall(
    reference: Known,
    scenario: Known,
    others: Sequence[Known] = (),
    limits: Limits = Limits(),
    *,
    total_s: float | None = None,
    say: Say = lambda text: None,
    on_progress: Callable[[TracePoint], None] | None = None,
) -> pd.DataFrame:
    """One row per part: columns COLUMNS, parts of `value` that add up to the saving (`first in` rows apart).

    Levers that open nothing in the district are worth exactly nothing and are not planned. What else differs between
    the two scenarios is a row of its own, and so is what a plan with fewer levers saves over the written one.

    Args:
        reference, scenario: the two scenarios.
        others: further planned scenarios, used where they differ from this one in levers only.
        limits: gap, threads and seed of each plan.
        total_s: seconds for all plans that are still to be made, divided evenly; None: as for one scenario.

    Raises:
        NoPlanError: a set of levers has no plan (in the time given).
    """
    loaded = scenario.loaded
    offers = [key for key in _levers(loaded) if key not in set(loaded.project.impose)]
    base = [key for key in offers if key in set(_levers(reference.loaded))]
    wanted = [key for key in offers if key not in base]
    acting = _acting(loaded, wanted, say)
    method, sets = sets_needed(acting, MOST)
    every = [reference, scenario, *others]
    known = {levers: _found(_with(loaded, base, levers), every, wanted, acting) for levers in sets}
    whole = frozenset(acting)
    costs = {levers: found.cost for levers, found in known.items() if found is not None} | {whole: scenario.cost}
    todo = [levers for levers in sets if levers not in costs]
    seconds = (total_s or limits.time_limit_s or loaded.project.solver.time_limit_s) / max(len(todo), 1)
    each_limit = replace(limits, time_limit_s=seconds)
    plans = {levers: written_plans(found) for levers, found in known.items() if found is not None and todo}
    parties: Parties = {}
    for levers in todo:
        say(f"levers {', '.join(sorted(levers)) or 'none'}")
        start = max((other for other in plans if other < levers), key=len, default=None)
        earlier = plans[start] if start is not None else {}
        costs[levers], plans[levers] = _planned(
            _with(loaded, base, levers), each_limit, earlier, parties, say, on_progress
        )
    carried = offered(costs)
    parts = shapley(acting, carried) if method == SHAPLEY else marginal(acting, carried)
    parts += [Part(key, 0.0, 0.0, 0.0, "opens nothing") for key in sorted(set(wanted) - set(acting))]
    parts += _rest(reference, scenario, carried[frozenset()], carried[whole])
    rows = [
        {
            "reference": reference.loaded.scenario,
            "scenario": loaded.scenario,
            **{name: getattr(part, name) for name in COLUMNS[2:]},
        }
        for part in parts
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _rest(reference: Known, scenario: Known, none: Cost, whole: Cost) -> list[Part]:
    """What is not a lever's: other keys of the project, and a search that a plan with fewer levers beats."""
    parts = []
    other = reference.cost.found - none.found
    if reference.cost != none and abs(other) > 1e-9 * abs(none.found):
        low, high = reference.cost.bound - none.found, reference.cost.found - none.bound
        parts.append(Part(OTHER, other, low, high, REST))
    lost = whole.found - scenario.cost.found
    if lost < -1e-9 * abs(whole.found):
        parts.append(Part(FEWER, lost, lost, 0.0, REST))
    return parts


def _levers(loaded: LoadedProject) -> list[str]:
    return list(dict.fromkeys((*loaded.project.sharing, *loaded.project.impose)))


def _with(loaded: LoadedProject, base: Sequence[str], levers: Levers) -> LoadedProject:
    """The scenario with these levers and no others (what it imposes stays imposed)."""
    project = loaded.project.model_copy(update={"sharing": (*base, *sorted(levers))})
    return replace(loaded, project=project)


def _acting(loaded: LoadedProject, wanted: Sequence[str], say: Say) -> list[str]:
    """Those of the levers that open anything here: a site, a link, a class of ground, an agreement."""
    operators = loaded.project.operators or ()
    district = describe(loaded.of(Party(operators)) if operators else loaded, say=say)
    found = set(district.sites.points["lever"]) | set(_by_media(district))
    if len(operators) > 1:
        found |= {key for key in wanted if district.whole.levers[key].tenancy is not None}
        # another operator's towers are its own in the party of all
        layers = {key: district.whole.levers[key].layer for key in wanted}
        towers = {entry.lever for entry in district.catalogue.structures.values() if entry.lever}
        found |= {
            key for key, layer in layers.items() if layer and key in towers and district.inputs.towers is not None
        }
    return [key for key in wanted if key in found]


def _by_media(district: District) -> set[str]:
    """Levers of the media that have a link, and of classes of ground that a column of the roads may select."""
    roads = district.inputs.roads
    columns = set() if roads is None else {str(column).casefold() for column in roads.columns}
    found = set()
    for key in district.backhaul.edges["medium"].unique():
        medium = district.catalogue.media[key]
        found |= {medium.lever} if medium.lever else set()
        for ground in medium.grounds.values():
            if ground.lever and columns & {column.casefold() for column in ground.columns}:
                found.add(ground.lever)
    return found


def _found(asked: LoadedProject, known: Sequence[Known], wanted: Sequence[str], acting: Sequence[str]) -> Known | None:
    """A scenario that is planned already and differs in nothing but levers that open nothing."""
    idle = set(wanted) - set(acting)
    return next((each for each in known if _same(each.loaded)(idle) == _same(asked)(idle)), None)


def written_plans(known: Known) -> Mapping[tuple[str, ...], Plan]:
    """The plans of a written scenario by the key that `plan_market` starts from; `()` where there are no operators."""
    if known.folder is None:
        return {}
    operators = known.loaded.project.operators
    if operators is None:
        return {(): read_plan(known.folder)}
    if (known.folder / PLAN_FILE).is_file():
        plan = read_plan(known.folder)
        return {warm_key(Party(operators, tuple(plan.resolved["party"]["levers"]))): plan}
    return {warm_key(Party((each,))): read_plan(known.folder / slug(each.name)) for each in operators}


def _same(loaded: LoadedProject) -> Callable[[set[str]], dict[str, Any]]:
    """The project as it is compared: levers as a set, without those named and without other scenarios."""
    data = loaded.project.model_dump(exclude={"scenarios", "sharing"})
    return lambda idle: {**data, "sharing": frozenset(_levers(loaded)) - idle}


def _planned(
    loaded: LoadedProject,
    limits: Limits,
    earlier: Mapping[tuple[str, ...], Plan],
    parties: Parties,
    say: Say,
    on_progress: Callable[[TracePoint], None] | None,
) -> tuple[Cost, Mapping[tuple[str, ...], Plan]]:
    """The cost of one set of levers, and its plans to start others from. `parties`: see `plan_market`."""
    if loaded.project.operators is not None:
        market = plan_market(loaded, limits, say=say, on_progress=on_progress, earlier=earlier, known=parties)
        return Cost(market.objective, -float("inf") if market.bound is None else market.bound), warm_plans(market)
    district = describe(loaded, say=say)
    plan = plan_district(
        district,
        gap=limits.gap,
        time_limit_s=limits.time_limit_s,
        threads=limits.threads,
        seed=limits.seed,
        on_progress=on_progress,
        earlier=earlier.get(()),
    )
    return cost_of(plan.summary, loaded.scenario), {(): plan}


def cost_of(summary: Mapping[str, Any], name: str) -> Cost:
    """The cost of a plan from its summary.

    Raises:
        NoPlanError: there is no plan.
    """
    if summary["objective_npv"] is None:
        raise NoPlanError(f"{name}: no plan for one of the sets of levers; give the waterfall more time.")
    bound = summary["bound_npv"]
    penalty = float(summary.get("penalty_total") or 0.0)
    return Cost(float(summary["objective_npv"]) + penalty, -float("inf") if bound is None else float(bound))


def waterfalls(
    loaded: Sequence[LoadedProject],
    folders: Sequence[Path],
    limits: Limits = Limits(),
    *,
    total_s: float | None = None,
    say: Say = lambda text: None,
    on_progress: Callable[[TracePoint], None] | None = None,
) -> pd.DataFrame:
    """The waterfall of every written scenario against the first that opens a lever the first does not.

    Args:
        loaded: merged projects, one a scenario, the reference first.
        folders: where each is written.
        limits, total_s: as in `waterfall`; `total_s` is for each scenario.
    """
    known = [
        Known(each, cost_of(json.loads((folder / "summary.json").read_text(encoding="utf-8")), each.scenario), folder)
        for each, folder in zip(loaded, folders, strict=True)
    ]
    tables = []
    for each in known[1:]:
        if set(_levers(each.loaded)) - set(_levers(known[0].loaded)):
            say(f"waterfall of {each.loaded.scenario}")
            others = [other for other in known[1:] if other is not each]
            tables.append(waterfall(known[0], each, others, limits, total_s=total_s, say=say, on_progress=on_progress))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=COLUMNS)
