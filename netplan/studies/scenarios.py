"""Scenarios of one project, planned one after another, each written with all that is drawn of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from netplan.errors import NoPlanError
from netplan.folders import writable
from netplan.pipeline import (
    COVERAGE_FILE,
    District,
    Say,
    catalogue_of,
    describe,
    plan_district,
    scenario_folder,
    write_coverage,
)
from netplan.planner import TracePoint
from netplan.plans import Plan, better, write_plan
from netplan.project import LoadedProject
from netplan.project.opened import opened
from netplan.publish import publish_plan, unpublish_plan
from netplan.report import write_report
from netplan.studies.limits import Limits, why_no_plan
from netplan.studies.market import assets_of, plan_market, warm_plans
from netplan.studies.stock import Stock
from netplan.studies.write_market import unwritten, written_market

Told = Callable[[Mapping[str, Any]], None]


def plan_scenarios(
    loaded: Sequence[LoadedProject],
    out: Path,
    limits: Limits = Limits(),
    *,
    say: Say = lambda text: None,
    on_progress: Callable[[TracePoint], None] | None = None,
    written: Told = lambda summary: None,
    drawn: bool = True,
    unplanned: Say | None = None,
) -> dict[str, Path]:
    """Plan each scenario, those with fewer levers first, and write it with its maps.

    A scenario with `operators` is planned as a market (`netplan.studies.market`): where each operator plans alone, its
    plan is a folder inside the scenario's.

    Args:
        loaded: merged projects, one a scenario.
        out: parent of the scenario folders.
        limits: when the planner stops.
        say: told what is being done.
        on_progress: told every plan and bound that the planner finds.
        written: told the summary of each plan once it stands on the disk.
        drawn: with maps, exports and a report; False: the plan and its coverage alone.
        unplanned: told why a scenario has no plan; it is left out then, unless there is a plan of none.

    Returns:
        Scenario to its folder, in the order given.

    Raises:
        InputError: the input is wrong, or a folder cannot be written into.
        NoPlanError: a scenario has no plan, and nobody asked to be told. The others are planned.
    """
    writable([scenario_folder(out, each) for each in loaded])
    run = _Run(limits, say, on_progress, written, drawn)
    found: dict[str, Path] = {}
    plans: dict[Path, Plan] = {}
    without: list[str] = []
    for each in sorted(loaded, key=lambda one: len({*one.project.sharing, *one.project.impose})):
        say(f"scenario {each.scenario}")
        folder = scenario_folder(out, each)
        try:
            if each.project.operators is not None:
                _market(each, folder, run)
            else:
                plans[folder] = _plan(each, folder, run)
        except NoPlanError as error:
            without.append(str(error))
        else:
            found[each.scenario] = folder
    _taken_over(plans, loaded[0].folder, run)
    if without and (unplanned is None or not found):
        raise NoPlanError("\n".join(without))
    if unplanned is not None:
        for reason in without:
            unplanned(reason)
    return {each.scenario: found[each.scenario] for each in loaded if each.scenario in found}


@dataclass(frozen=True)
class _Run:
    """What the scenarios of a run have in common: when a search stops, where it may start, and who is told."""

    limits: Limits
    say: Say
    on_progress: Callable[[TracePoint], None] | None
    written: Told
    drawn: bool
    stock: Stock = field(default_factory=Stock)
    """Fewer levers first: every plan of a scenario with fewer is one of a scenario with more."""


def _plan(loaded: LoadedProject, folder: Path, run: _Run) -> Plan:
    """One plan for everybody, written and remembered."""
    district = describe(loaded, say=run.say)
    levers = frozenset((*loaded.project.sharing, *loaded.project.impose))
    start = run.stock.start(loaded, levers, ())
    plan = plan_district(district, **run.limits.asked, on_progress=run.on_progress, earlier=start)
    run.stock.add(loaded, levers, {(): plan})
    write_one(district, plan, folder, loaded, run.say, run.drawn)
    run.written(plan.summary)
    return plan


def _market(loaded: LoadedProject, folder: Path, run: _Run) -> None:
    """The plans of a scenario of several operators, written and remembered."""
    assets = assets_of(loaded, catalogue_of(opened(loaded))[1].levers)
    starts = run.stock.starts(loaded, assets)
    try:
        market = plan_market(loaded, run.limits, say=run.say, on_progress=run.on_progress, earlier=starts)
    except NoPlanError:
        unwritten(folder)
        raise
    run.stock.add(loaded, assets, warm_plans(market))
    for summary in written_market(market, folder, run.say, run.drawn):
        run.written(summary)


def _taken_over(plans: Mapping[Path, Plan], home: Path, run: _Run) -> None:
    """Write a scenario again whose plan a later one beats without any lever that is not open here, too: what the search
    found later was not saved by levers."""
    best = dict(plans)
    coverage = dict[Path, bytes]()  # the same equipment covers the same
    for folder in plans:
        for other, theirs in plans.items():
            taken = better(best[folder], theirs)
            if taken is not best[folder]:
                best[folder], coverage[folder] = taken, (other / COVERAGE_FILE).read_bytes()
    for folder, covered in coverage.items():
        plan = best[folder]
        taken = plan.summary["problem"]["plan_of"]
        run.say(f"{plan.summary['scenario']} takes over the plan of {taken}, which is better")
        write_plan(plan, folder)
        (folder / COVERAGE_FILE).write_bytes(covered)
        if run.drawn:
            publish_plan(folder, home, say=run.say)
        run.written(plan.summary)


def write_one(
    district: District, plan: Plan, folder: Path, loaded: LoadedProject, say: Say, drawn: bool = True
) -> None:
    """Write one plan with its coverage and pictures.

    Raises:
        NoPlanError: it has no plan; the folder says why.
    """
    write_plan(plan, folder)
    if plan.summary["objective_npv"] is None:
        unpublish_plan(folder)  # pictures of an earlier plan would not be of this answer
        if drawn:
            write_report(folder)
        raise NoPlanError(why_no_plan(loaded.scenario, plan.summary, district))
    say("coverage")
    write_coverage(district, plan, folder)
    if drawn:
        publish_plan(folder, loaded.folder, say=say)
