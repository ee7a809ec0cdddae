"""`netplan plan`, `compare` and `demo`: plan scenarios, write them, set them side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

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
    typer.echo(f"Written to {folders[0]}; map: {folders[0] / 'map.png'}")


def compare(
    project: ProjectArg,
    scenarios: Annotated[str | None, typer.Option(help="Comma-separated; default: all.")] = None,
    out: OutOption = None,
    gap: GapOption = None,
    time_limit: TimeOption = None,
    threads: ThreadsOption = None,
    seed: SeedOption = None,
) -> None:
    """Plan scenarios of a project and compare them: costs, sites, coverage, what differs where."""
    target = out or home(project) / "out"
    guarded(lambda: _compare(project, scenarios, target, (gap, time_limit, threads, seed)))


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
        written=lambda each: typer.echo(_one_line(str(each.summary["scenario"]), each.summary)),
    )
    return list(folders.values())


def _compare(project: Path, scenarios: str | None, target: Path, asked: Asked) -> None:
    from netplan.errors import Fault, InputError
    from netplan.project import scenario_names

    names = scenario_names(project) if scenarios is None else [name.strip() for name in scenarios.split(",")]
    if len(names) < 2:
        raise InputError(Fault(str(project), f"{len(names)} scenario", "name two or more under `scenarios`"))
    folders = _plan(project, list(names), target, asked)
    from netplan.compare import explain
    from netplan.publish import publish_comparison

    comparison = publish_comparison(folders, target)
    typer.echo("")
    typer.echo(explain(comparison))
    typer.echo("")
    for folder in folders:
        typer.echo(f"map: {folder / 'map.png'}")
    typer.echo(f"open in a browser: {target / 'map.html'} (every scenario, compared by a swipe)")
    typer.echo(f"comparison: {target / 'comparison.png'}, {target / 'comparison.csv'}")


def _one_line(scenario: str, summary: dict[str, Any]) -> str:
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
