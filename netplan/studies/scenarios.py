"""Scenarios of one project, planned one after another, each written with all that is drawn of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netplan.errors import NoPlanError
from netplan.pipeline import District, Say, describe, plan_district, scenario_folder, write_coverage
from netplan.plan import Plan, write_plan
from netplan.planner import TracePoint
from netplan.project import LoadedProject
from netplan.publish import publish_plan, unpublish_plan


@dataclass(frozen=True)
class Limits:
    """When the planner stops; None: as the project says."""

    gap: float | None = None
    time_limit_s: float | None = None
    threads: int | None = None
    seed: int | None = None


def plan_scenarios(
    loaded: Sequence[LoadedProject],
    out: Path,
    limits: Limits = Limits(),
    *,
    say: Say = lambda text: None,
    on_progress: Callable[[TracePoint], None] | None = None,
    written: Callable[[Plan], None] = lambda plan: None,
) -> dict[str, Path]:
    """Plan each scenario, those with fewer levers first, and write it with its maps.

    Args:
        loaded: merged projects, one a scenario.
        out: parent of the scenario folders.
        limits: when the planner stops.
        say: told what is being done.
        on_progress: told every plan and bound that the planner finds.
        written: told each plan once it stands on the disk.

    Returns:
        Scenario to its folder, in the order given.

    Raises:
        InputError: the input is wrong.
        NoPlanError: a scenario has no plan; its folder says why.
    """
    folders: dict[str, Path] = {}
    earlier = None  # fewer levers first: every plan of a scenario with fewer is one of a scenario with more
    for each in sorted(loaded, key=lambda one: len(one.project.sharing)):
        say(f"scenario {each.scenario}")
        district = describe(each, say=say)
        earlier = plan = plan_district(
            district,
            gap=limits.gap,
            time_limit_s=limits.time_limit_s,
            threads=limits.threads,
            seed=limits.seed,
            on_progress=on_progress,
            earlier=earlier,
        )
        folder = scenario_folder(out, each)
        write_plan(plan, folder)
        if plan.summary["objective_npv"] is None:
            unpublish_plan(folder)  # pictures of an earlier plan would not be of this answer
            raise NoPlanError(why_no_plan(each.scenario, plan.summary, district))
        say("coverage")
        write_coverage(district, plan, folder)
        publish_plan(folder, each.folder, say=say)
        folders[each.scenario] = folder
        written(plan)
    return {each.scenario: folders[each.scenario] for each in loaded}


def why_no_plan(scenario: str, summary: dict[str, Any], district: District) -> str:
    """Which targets cannot be met, by how much, and who is out of reach of everything."""
    if summary["status"] != "infeasible":
        return f"{scenario}: stopped by {summary['stopped_by']} before a plan was found; give it more time."
    lines = [f"{scenario}: the targets cannot be met."]
    points = district.demand.points
    reached = set(district.options.service["demand_id"])
    out_of_reach = points[~points.index.isin(reached)]
    for name, short in (summary.get("shortfall") or {}).items():
        lost = out_of_reach[out_of_reach["class"] == name]
        lines.append(
            f"  {name}: short by {short:,.0f} of {points.loc[points['class'] == name, 'weight'].sum():,.0f}; "
            f"out of reach of every option: {lost['weight'].sum():,.0f} in {len(lost)} rows"
            + (f", e.g. {', '.join(lost.index[:5])}" if len(lost) else "")
        )
    for name, ids in (summary.get("binding") or {}).items():
        more = f" and {len(ids) - 5} more" if len(ids) > 5 else ""
        lines.append(f"  {name} that are full and would serve more if they were larger: {', '.join(ids[:5])}{more}")
    lines.append("  Lower the target or the required rate, or offer a technology that reaches them (satellite does).")
    return "\n".join(lines)
