"""`netplan plan`, `compare` and `demo`: plan scenarios, write them, set them side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netplan.cli.common import (
    GapOption,
    OutOption,
    Progress,
    ProjectArg,
    SeedOption,
    ThreadsOption,
    TimeOption,
    above_nothing,
    guarded,
    home,
)

if TYPE_CHECKING:
    import pandas as pd


def plan(
    project: ProjectArg,
    scenario: Annotated[str | None, typer.Option(help="Scenario of the project.")] = None,
    out: OutOption = None,
    gap: GapOption = None,
    time_limit: TimeOption = None,
    threads: ThreadsOption = None,
    seed: SeedOption = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="The plan alone: `netplan map`, `report` and `export` make the rest later.")
    ] = False,
) -> None:
    """Plan one scenario (the base project without --scenario) and write it."""
    target = out or home(project) / "out"
    asked = (gap, time_limit, threads, seed)
    folders = list(guarded(lambda: _plan(project, [scenario], target, asked, not plain)).values())
    maps = sorted([*folders[0].glob("map.png"), *folders[0].glob("*/map.png")])
    typer.echo(f"Written to {folders[0]}" + (f"; map: {', '.join(map(str, maps))}" if maps and not plain else ""))


def compare(
    project: ProjectArg,
    scenarios: Annotated[str | None, typer.Option(help="Comma-separated; default: all.")] = None,
    resolve: Annotated[
        int, typer.Option(min=0, help="Plan again at this many ends of the inputs that the saving hangs on most.")
    ] = 0,
    out: OutOption = None,
    gap: GapOption = None,
    time_limit: TimeOption = None,
    threads: ThreadsOption = None,
    seed: SeedOption = None,
    waterfall: Annotated[
        bool, typer.Option("--waterfall", help="Plan every set of levers, to tell what each of them saves.")
    ] = False,
    waterfall_time: Annotated[
        float | None,
        typer.Option(
            callback=above_nothing,
            help="Seconds for all plans of a scenario's waterfall (default: the time limit, or 5 a plan).",
        ),
    ] = None,
) -> None:
    """Plan scenarios of a project and compare them: costs, sites, coverage, what differs where."""
    target = out or home(project) / "out"
    asked = (gap, time_limit, threads, seed)
    guarded(
        lambda: _compare(
            project, scenarios, target, asked, waterfall or waterfall_time is not None, waterfall_time, resolve
        )
    )


def demo(
    out: Annotated[Path, typer.Option("-o", "--out", help="Where to write.")] = Path("out"),
    scenarios: Annotated[str, typer.Option(help="Comma-separated.")] = "greenfield,sharing,sharing-without-masts",
    gap: GapOption = None,
    time_limit: TimeOption = None,
    threads: ThreadsOption = None,
    seed: SeedOption = None,
) -> None:
    """Plan the district that ships with netplan, greenfield and sharing (with and without its assumed masts)."""
    guarded(lambda: _compare(_demo_folder(), scenarios, out, (gap, time_limit, threads, seed)))


Asked = tuple[float | None, float | None, int | None, int | None]
"""gap, seconds, threads and seed as given on the command line."""


def _plan(
    project: Path,
    scenarios: list[str | None],
    out: Path,
    asked: Asked,
    drawn: bool = True,
    unplanned: Callable[[str], None] | None = None,
) -> dict[str, Path]:
    """Plan each scenario, write it with its maps; returns the folders of those that have a plan."""
    from netplan.project import read_scenarios

    loaded = read_scenarios(project, scenarios)  # before the heavy imports: a fault is told at once

    from netplan.studies import Limits, plan_scenarios

    progress = Progress()
    return plan_scenarios(
        loaded,
        out,
        Limits(*asked),
        say=progress.stage,
        on_progress=progress.step,
        written=lambda summary: typer.echo(_one_line(str(summary["scenario"]), summary)),
        drawn=drawn,
        unplanned=unplanned,
    )


def _compare(
    project: Path,
    scenarios: str | None,
    target: Path,
    asked: Asked,
    waterfall: bool = False,
    waterfall_s: float | None = None,
    resolve: int = 0,
) -> None:
    from netplan.errors import Fault, InputError, NoPlanError
    from netplan.project import scenario_names

    names = scenario_names(project) if scenarios is None else [name.strip() for name in scenarios.split(",")]
    names = list(dict.fromkeys(names))  # one named twice is planned once
    if len(names) < 2:
        raise InputError(Fault(str(project), f"{len(names)} scenario", "name two or more under `scenarios`"))
    if waterfall:
        from netplan.project import read_scenarios
        from netplan.studies.waterfall import check_costs_tell

        check_costs_tell(read_scenarios(project, list(names)))  # before anything is planned
    without: list[str] = []
    try:
        planned = _plan(project, list(names), target, asked, unplanned=without.append)
        if len(planned) < 2:
            alone = f"Only {next(iter(planned))} has a plan: nothing to compare it with."
            raise NoPlanError("\n".join([*without, alone]))
    except NoPlanError:
        from netplan.publish import unpublish_comparison

        unpublish_comparison(target)  # one of an earlier run would not be of these plans
        raise
    names, folders = list(planned), list(planned.values())
    from netplan.comparison import explain
    from netplan.comparison.write import PICTURE_FILE, spoken_file
    from netplan.publish import language_of, publish_comparison

    fall = _waterfall(project, names, folders, asked, waterfall_s) if waterfall else None
    comparison = publish_comparison(folders, target, waterfall=fall)
    typer.echo("")
    typer.echo(explain(comparison))
    typer.echo("")
    for folder in folders:
        for path in sorted([*folder.glob("map.png"), *folder.glob("*/map.png")]):
            typer.echo(f"map: {path}")
    typer.echo(f"open in a browser: {target / 'map.html'} (every scenario, compared by a swipe)")
    typer.echo(f"report: {target / 'report.html'}, {target / 'report.pdf'}")
    picture = target / spoken_file(PICTURE_FILE, language_of(folders[0]))
    typer.echo(f"comparison: {picture}, {target / 'comparison.csv'}")
    apart = [name for name in names[1:] if comparison.apart(name)]
    _sensitivity(project, names, folders, target, asked, resolve, apart)
    if without:
        raise NoPlanError(
            "\n".join([*without, f"Compared are those that have a plan, against {names[0]}: {', '.join(names)}."])
        )


def _sensitivity(
    project: Path, names: list[str], folders: list[Path], target: Path, asked: Asked, resolve: int, apart: list[str]
) -> None:
    """What the saving hangs on, from the table just written; with plans made anew at the widest ends on request."""
    from netplan.comparison.sensitivity_write import RESOLVED_FILE, SENSITIVITY_FILE, read_sensitivity, sentences
    from netplan.project import read_scenarios

    table = read_sensitivity(target / SENSITIVITY_FILE)
    loaded = read_scenarios(project, list(names))
    typer.echo("\n".join(sentences(table, loaded[0].project.economics.currency, apart)))
    typer.echo(f"sensitivity: {target / SENSITIVITY_FILE}")
    if not resolve:
        return
    from netplan.studies import Limits
    from netplan.studies.sensitivity import resolve_ends

    progress = Progress()
    made = dict(zip(names, folders, strict=True))
    found = resolve_ends(
        loaded, made, table, resolve, target, Limits(*asked), say=progress.stage, on_progress=progress.step
    )
    for row in found.to_dict("records"):
        typer.echo(f"  planned again, {_again(row, apart)}")
    typer.echo(f"planned again: {target / RESOLVED_FILE}")


def _again(row: Mapping[Any, Any], apart: Collection[str] = ()) -> str:
    """What two plans made anew at one end of an input come to, and how far that is proven; `apart`: scenarios that do
    not ask what the first asks."""
    what, said = ("saving", "saving") if "saving" in row else ("more_served", "more served")
    if what == "saving" and row["scenario"] in apart:
        said = "difference of the costs"
    found, low, high, stood = (float(row[f"{what}{part}"]) for part in ("", "_low", "_high", "_as_planned"))
    head = f"{row['input']} at {row['value']:g} {row['unit']}, {row['scenario']}: "
    if not math.isfinite(found):
        return f"{head}no plan at this end for it or for {row['reference']}"
    known = math.isfinite(low) and math.isfinite(high)
    proven = f"proven between {low:,.0f} and {high:,.0f}" if known else "nothing proven"
    return f"{head}{said} {found:,.0f} ({proven}); {stood:,.0f} with the plans as they stood"


def _waterfall(
    project: Path, names: Sequence[str], folders: Sequence[Path], asked: Asked, total_s: float | None
) -> pd.DataFrame:
    """The saving of every scenario against the first, by lever."""
    from netplan.project import read_scenarios
    from netplan.studies import Limits
    from netplan.studies.waterfall import waterfalls

    progress = Progress()
    loaded = read_scenarios(project, names)
    return waterfalls(loaded, folders, Limits(*asked), total_s=total_s, say=progress.stage, on_progress=progress.step)


def _one_line(scenario: str, summary: Mapping[str, Any]) -> str:
    gap = summary["gap"]
    from netplan.interval import OPTIMAL_GAP, proven_percent
    from netplan.netted import KEY
    from netplan.written import spends_budget

    that = " that serves as many" if spends_budget(summary) else ""
    more = "" if gap is None or gap <= OPTIMAL_GAP else f"more than {proven_percent(gap):.1f}% "
    proven = "no bound" if gap is None else f"proven: no plan{that} is {more}cheaper"
    failed = "; a solver failed, this is the best plan until then" if summary["stopped_by"] == "failure" else ""
    between = summary.get(KEY) or {}
    net = f"; {between['net_npv']:,.0f} without what operators pay each other" if between.get("paid_npv") else ""
    return (
        f"{scenario}: {summary['objective_npv']:,.0f} over the horizon (present value), {proven}{net}; "
        f"planned in {summary['seconds'].get('planner', 0):.0f} s{failed}{_remarks(summary)}"
    )


def _remarks(summary: Mapping[str, Any]) -> str:
    """How much is said of the data: what was left out or assumed stops no plan, and must not be missed."""
    count = len(summary.get("warnings") or ())
    return f"; {count} remark{'' if count == 1 else 's'} on the data, under `warnings` in summary.json" if count else ""


def _demo_folder() -> Path:
    """The district that ships with netplan: inside the wheel, else the repository's data folder."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_data" / "rwamagana-kayonza"
    return installed if installed.is_dir() else package.parent / "data" / "rwamagana-kayonza"
