"""`netplan plan`, `compare` and `demo`: plan scenarios, write them, set them side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
) -> None:
    """Plan one scenario (the base project without --scenario) and write it."""
    target = out or home(project) / "out"
    folders = guarded(lambda: _plan(project, [scenario], target, (gap, time_limit, threads, seed)))
    maps = sorted([*folders[0].glob("map.png"), *folders[0].glob("*/map.png")])
    typer.echo(f"Written to {folders[0]}; map: {', '.join(map(str, maps))}")


def compare(
    project: ProjectArg,
    scenarios: Annotated[str | None, typer.Option(help="Comma-separated; default: all.")] = None,
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
        typer.Option(help="Seconds in all for the plans of each scenario's waterfall (default: the time limit)."),
    ] = None,
) -> None:
    """Plan scenarios of a project and compare them: costs, sites, coverage, what differs where."""
    target = out or home(project) / "out"
    asked = (gap, time_limit, threads, seed)
    guarded(
        lambda: _compare(project, scenarios, target, asked, waterfall or waterfall_time is not None, waterfall_time)
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


def _plan(project: Path, scenarios: list[str | None], out: Path, asked: Asked) -> list[Path]:
    """Plan each scenario, write it with its maps; returns the folders of those that have a plan."""
    from netplan.project import read_scenarios

    loaded = read_scenarios(project, scenarios)  # before the heavy imports: a fault is told at once

    from netplan.studies import Limits, plan_scenarios

    progress = Progress()
    folders = plan_scenarios(
        loaded,
        out,
        Limits(*asked),
        say=progress.stage,
        on_progress=progress.step,
        written=lambda summary: typer.echo(_one_line(str(summary["scenario"]), summary)),
    )
    return list(folders.values())


def _compare(
    project: Path,
    scenarios: str | None,
    target: Path,
    asked: Asked,
    waterfall: bool = False,
    waterfall_s: float | None = None,
) -> None:
    from netplan.errors import Fault, InputError
    from netplan.project import scenario_names

    names = scenario_names(project) if scenarios is None else [name.strip() for name in scenarios.split(",")]
    if len(names) < 2:
        raise InputError(Fault(str(project), f"{len(names)} scenario", "name two or more under `scenarios`"))
    folders = _plan(project, list(names), target, asked)
    from netplan.compare import explain
    from netplan.publish import publish_comparison

    fall = _waterfall(project, names, folders, asked, waterfall_s) if waterfall else None
    comparison = publish_comparison(folders, target, waterfall=fall)
    typer.echo("")
    typer.echo(explain(comparison))
    typer.echo("")
    for folder in folders:
        for path in sorted([*folder.glob("map.png"), *folder.glob("*/map.png")]):
            typer.echo(f"map: {path}")
    typer.echo(f"comparison: {target / 'comparison.png'}, {target / 'comparison.csv'}")


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
    proven = "no bound" if gap is None else f"proven within {gap:.1%} of the cheapest possible"
    return (
        f"{scenario}: {summary['objective_npv']:,.0f} over the horizon (present value), {proven}; "
        f"planned in {summary['seconds'].get('planner', 0):.0f} s"
    )


def _demo_folder() -> Path:
    """The district that ships with netplan: inside the wheel, else the repository's data folder."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_data" / "rwamagana-kayonza"
    return installed if installed.is_dir() else package.parent / "data" / "rwamagana-kayonza"
