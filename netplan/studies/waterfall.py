"""The saving of one scenario against another by lever: every set of levers planned, or each in and out for many."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from netplan.errors import Fault, InputError, NoPlanError
from netplan.pipeline import District, Say, catalogue_of, describe
from netplan.planner import TracePoint
from netplan.project import LoadedProject
from netplan.project.opened import opened
from netplan.project.parties import Party
from netplan.studies.lever_costs import Known, LeverCosts, Task, cost_of
from netplan.studies.limits import Limits
from netplan.studies.shapley import REST, SHAPLEY, Cost, Levers, Part, marginal, offered, sets_needed, shapley

MOST, EVER = 4, 8
"""Levers up to which every set is planned; and up to which that is done where it takes hardly more plans (HARDLY times)
than each in and out, as with models of operators, which share theirs."""
HARDLY = 1.5
COLUMNS = ["reference", "scenario", "lever", "value", "low", "high", "method", "distinguishable"]
OTHER = "other differences"
NO_BUDGET = "give targets and no budget: a waterfall parts a saving, and a budget is spent whatever is shared"
FEWER = "better plan with fewer levers"
BETTER = "better plan of the reference"


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
    the two scenarios is a row of its own, and so is what a plan with fewer levers saves over the written one. A set
    that has no plan in its time costs what the cheapest of its subsets costs, and nothing bounds it.

    Args:
        reference, scenario: the two scenarios.
        others: further planned scenarios, used where they differ from this one in levers only.
        limits: gap, threads and seed of each plan.
        total_s: seconds for all plans that are still to be made; None: as for one scenario, and no less than
            `lever_costs.LEAST_S` for each plan.

    Raises:
        NoPlanError: there is no plan without the levers (in the time given).
    """
    loaded = scenario.loaded
    offers = [key for key in _levers(loaded) if key not in set(loaded.project.impose)]
    base = [key for key in offers if key in set(_levers(reference.loaded))]
    wanted = [key for key in offers if key not in base]
    acting = _acting(loaded, wanted, say)
    book = LeverCosts(catalogue_of(opened(loaded))[1].levers, frozenset(wanted) - frozenset(acting))
    every = [each for each in (reference, scenario, *others) if _rest_of(each.loaded) == _rest_of(loaded)]
    for each in every:
        book.learn(each)
    method, sets = _sets(book, loaded, base, acting)
    asked = {levers: _with(loaded, base, levers) for levers in sets}
    known = {levers: found.cost for levers in sets if (found := _found(asked[levers], every, wanted, acting))}
    known[frozenset(acting)] = scenario.cost
    tasks = _tasks(book, {levers: each for levers, each in asked.items() if levers not in known})
    book.plan_all(tasks, limits, total_s, say, on_progress)
    carried = offered(_best(book.of_sets(asked), known))
    none, whole = carried[frozenset()], carried[frozenset(acting)]
    if none.found == float("inf"):
        why = "there is no plan without the levers" if none.bound == float("inf") else "give the waterfall more time"
        raise NoPlanError(f"{loaded.scenario}: no plan for a set of levers to compare with; {why}.")
    parts = shapley(acting, carried) if method == SHAPLEY else marginal(acting, carried)
    parts += [Part(key, 0.0, 0.0, 0.0, "opens nothing") for key in sorted(set(wanted) - set(acting))]
    parts += _rest(reference, scenario, none, whole)
    rows = [
        {
            "reference": reference.loaded.scenario,
            "scenario": loaded.scenario,
            **{name: getattr(part, name) for name in COLUMNS[2:]},
        }
        for part in parts
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _sets(
    book: LeverCosts, loaded: LoadedProject, base: Sequence[str], acting: Sequence[str]
) -> tuple[str, list[Levers]]:
    """(method, sets to plan): every set where that takes few plans, else each lever in and out."""
    method, sets = sets_needed(acting, MOST)
    if method == SHAPLEY or len(acting) > EVER:
        return method, sets
    every = sets_needed(acting, EVER)
    few, all_ = (
        len({task for _, task in _tasks(book, {each: _with(loaded, base, each) for each in asked})})
        for asked in (sets, every[1])
    )
    return every if all_ <= HARDLY * few else (method, sets)


def _tasks(book: LeverCosts, asked: dict[Levers, LoadedProject]) -> list[tuple[LoadedProject, Task]]:
    """Each set's ways to build, with the scenario that offers them."""
    return [(loaded, task) for loaded in asked.values() for task in book.tasks(loaded)]


def _best(found: dict[Levers, Cost], known: dict[Levers, Cost]) -> dict[Levers, Cost]:
    """What is known of each set from its written scenario and from its ways: the cheaper plan, the higher bound."""
    return {
        levers: Cost(min(cost.found, told.found), max(cost.bound, told.bound)) if (told := known.get(levers)) else cost
        for levers, cost in found.items()
    }


def _rest(reference: Known, scenario: Known, none: Cost, whole: Cost) -> list[Part]:
    """What is not a lever's: other keys of the project, and a search that a plan with fewer levers beats."""
    parts = []
    other = reference.cost.found - none.found
    if reference.cost != none and abs(other) > 1e-9 * abs(none.found):
        low, high = reference.cost.bound - none.found, reference.cost.found - none.bound
        alike = _rest_of(reference.loaded) == _rest_of(scenario.loaded)  # then a later search found it
        parts.append(Part(BETTER if alike else OTHER, other, max(low, 0.0) if alike else low, high, REST))
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
    """A scenario among those alike but for levers whose levers are these, but for such as open nothing."""
    idle = set(wanted) - set(acting)
    levers = set(_levers(asked)) - idle
    return next((each for each in known if set(_levers(each.loaded)) - idle == levers), None)


def _rest_of(loaded: LoadedProject) -> dict[str, Any]:
    """The project as it is compared: without what it may share, and without other scenarios."""
    return loaded.project.model_dump(exclude={"scenarios", "sharing"})


def check_costs_tell(loaded: Sequence[LoadedProject]) -> None:
    """A saving is parted by lever where plans buy the same.

    Raises:
        InputError: a scenario spends a budget, so that its levers serve more and hardly cost less.
    """
    faults = [
        Fault(f"{each.file.name}: budget", f"{each.project.budget:g} in scenario {each.scenario}", NO_BUDGET)
        for each in loaded
        if each.project.budget is not None
    ]
    if faults:
        raise InputError(faults)


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

    Raises:
        InputError: a scenario spends a budget (see `check_costs_tell`).
        NoPlanError: as in `waterfall`.
    """
    check_costs_tell(loaded)
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
