"""Scenarios of one project, planned one after another, each written with all that is drawn of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from netplan.errors import NoPlanError
from netplan.folders import writable
from netplan.pipeline import (
    COVERAGE_FILE,
    District,
    Say,
    catalogue_of,
    check_entries,
    describe,
    scenario_folder,
    write_coverage,
)
from netplan.planner import TracePoint
from netplan.planning import plan_district
from netplan.plans import Plan, better, contradicts, write_plan
from netplan.project import LoadedProject
from netplan.project.opened import opened
from netplan.publish import publish_plan, unpublish_plan
from netplan.report import write_report
from netplan.studies.carried_back import carried_back
from netplan.studies.limits import Limits, why_no_plan
from netplan.studies.market import Market, assets_of, plan_market, warm_plans
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

    A plan stands in for those of other scenarios that it is one of, where it is better or, without operators, their
    search found none in its time (`netplan.plans.stand_in`). A scenario with `operators` is planned as a market
    (`netplan.studies.market`): where each operator plans alone, its plan is a folder inside the scenario's.

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
    check_entries(loaded)  # of all, before the first is planned and written
    writable([scenario_folder(out, each) for each in loaded])
    run = _Run(limits, say, on_progress, written, drawn)
    plans: dict[Path, Plan] = {}
    markets: dict[Path, Market] = {}
    without: dict[Path, str] = {}
    for each in sorted(loaded, key=lambda one: len({*one.project.sharing, *one.project.impose})):
        say(f"scenario {each.scenario}")
        folder = scenario_folder(out, each)
        try:
            if each.project.operators is not None:
                markets[folder] = _market(each, folder, run)
            else:
                district, plans[folder] = _plan(each, run)
                _write(district, plans[folder], folder, run)
        except NoPlanError as error:
            without[folder] = str(error)
    for folder, market in carried_back(markets, say):
        _write_market(market, folder, run)
    for rescued in _taken_over(plans, loaded[0].folder, run):
        without.pop(rescued, None)
    reasons = [reason + _yet(folder, plans) for folder, reason in without.items()]
    if without and (unplanned is None or len(without) == len(loaded)):
        raise NoPlanError("\n".join(reasons))
    if unplanned is not None:
        for reason in reasons:
            unplanned(reason)
    return {each.scenario: folder for each in loaded if (folder := scenario_folder(out, each)) not in without}


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


def _plan(loaded: LoadedProject, run: _Run) -> tuple[District, Plan]:
    """One plan for everybody, remembered; or that there is none."""
    district = describe(loaded, say=run.say)
    levers = frozenset((*loaded.project.sharing, *loaded.project.impose))
    start = run.stock.start(loaded, levers, ())
    plan = plan_district(district, **run.limits.asked, on_progress=run.on_progress, earlier=start)
    run.stock.add(loaded, levers, {(): plan})
    return district, plan


def _market(loaded: LoadedProject, folder: Path, run: _Run) -> Market:
    """The plans of a scenario of several operators, written and remembered; returned without their districts."""
    assets = assets_of(loaded, catalogue_of(opened(loaded))[1].levers)
    starts = run.stock.starts(loaded, assets)
    try:
        market = plan_market(loaded, run.limits, say=run.say, on_progress=run.on_progress, earlier=starts)
    except NoPlanError:
        unwritten(folder)
        raise
    run.stock.add(loaded, assets, warm_plans(market))
    _write_market(market, folder, run)
    return replace(market, offers=tuple(replace(offer, districts=()) for offer in market.offers))


def _write_market(market: Market, folder: Path, run: _Run) -> None:
    for summary in written_market(market, folder, run.say, run.drawn):
        run.written(summary)


def _taken_over(plans: Mapping[Path, Plan], home: Path, run: _Run) -> Collection[Path]:
    """Write a scenario again for which another's plan stands in that is better, or whose search found none: what was
    found with further levers and without their help was not saved by them. Returns the folders written."""
    best = dict(plans)
    coverage = dict[Path, bytes]()  # the same equipment covers the same
    for folder in plans:
        for other, theirs in plans.items():
            taken = better(best[folder], theirs)
            if taken is not best[folder]:
                best[folder], coverage[folder] = taken, (other / COVERAGE_FILE).read_bytes()
    for folder, covered in coverage.items():
        plan = best[folder]
        why = "its search found none" if plans[folder].summary["objective_npv"] is None else "which is better"
        run.say(f"{plan.summary['scenario']} takes over the plan of {plan.summary['problem']['plan_of']}, {why}")
        write_plan(plan, folder)
        (folder / COVERAGE_FILE).write_bytes(covered)
        if run.drawn:
            publish_plan(folder, home, say=run.say)
        run.written(plan.summary)
    return coverage


def _yet(folder: Path, plans: Mapping[Path, Plan]) -> str:
    """What a plan of another scenario says against the proof that there is none of this; '' where none does."""
    mine = plans.get(folder)
    other = None if mine is None else next((plan for plan in plans.values() if contradicts(plan, mine)), None)
    if other is None:
        return ""
    return (
        f"\n  Yet the plan of {other.summary['scenario']} uses no lever but this one's: it stands on candidates that "
        "were left out here, and the proof is of those that were not."
    )


def _write(district: District, plan: Plan, folder: Path, run: _Run) -> None:
    """Write one plan with its coverage and pictures.

    Raises:
        NoPlanError: it has no plan; the folder says why.
    """
    write_plan(plan, folder)
    if plan.summary["objective_npv"] is None:
        unpublish_plan(folder)  # pictures of an earlier plan would not be of this answer
        if run.drawn:
            write_report(folder)
        raise NoPlanError(why_no_plan(district.loaded.scenario, plan.summary, district))
    run.say("coverage")
    write_coverage(district, plan, folder)
    if run.drawn:
        publish_plan(folder, district.loaded.folder, say=run.say)
    run.written(plan.summary)
