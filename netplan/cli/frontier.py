"""`netplan frontier`: least cost against coverage."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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
from netplan.errors import Fault, InputError
from netplan.folders import writable

Asked = tuple[float | None, float | None, int | None, int | None]
FOLDER = "frontier"


def frontier(
    project: ProjectArg,
    scenario: Annotated[str | None, typer.Option(help="Scenario of the project.")] = None,
    levels: Annotated[
        str | None, typer.Option(help="Comma-separated parts of every target; default: 0.4,0.6,0.8,0.9,0.95,0.98,1.")
    ] = None,
    budget: Annotated[
        str | None, typer.Option(help="Comma-separated sums: how many people each can serve, beside the ladder.")
    ] = None,
    out: OutOption = None,
    gap: GapOption = None,
    time_limit: TimeOption = None,
    threads: ThreadsOption = None,
    seed: SeedOption = None,
) -> None:
    """Least cost against coverage: the targets scaled over a ladder, with bounds and the cost of each step."""
    target = out or home(project) / "out"
    guarded(lambda: _frontier(project, scenario, (levels, budget), target, (gap, time_limit, threads, seed)))


def _frontier(project: Path, scenario: str | None, asked: tuple[str | None, str | None], out: Path, of: Asked) -> None:
    from netplan.project import read_project

    faults: list[Fault] = []
    loaded = read_project(project, scenario)  # before the heavy imports: a fault is told at once
    sums = [_numbers(text, option, faults) for text, option in zip(asked, ("--levels", "--budget"), strict=True)]
    if faults:
        raise InputError(faults)
    folder = out / FOLDER / loaded.scenario
    writable([folder])

    from netplan.studies import Limits
    from netplan.studies.frontier import LEVELS, in_words, write_frontier
    from netplan.studies.frontier import frontier as study

    progress = Progress()
    points = study(loaded, sums[0] or LEVELS, sums[1] or (), Limits(*of), say=progress.stage, on_progress=progress.step)
    files = write_frontier(points, loaded, folder)
    currency = loaded.project.economics.currency
    for point in points:
        what = f"{point.level:>5.0%} of the targets" if point.kind == "target" else f"budget {point.budget:,.0f}"
        if point.cost_npv == point.cost_npv:
            gap = max(0.0, point.cost_npv - point.bound_npv) / point.cost_npv if point.cost_npv > 0 else 0.0
            proven = _proven(gap) if point.kind == "target" else ""
            share = point.people_served / max(point.people_total, 1.0)
            served = f"{point.people_served:,.0f} {point.counts} ({share:.1%})"
            typer.echo(f"{what}: {currency} {point.cost_npv:,.0f}{proven}, {served}")
        else:
            typer.echo(f"{what}: no plan ({point.status})")
    words = in_words(points, currency)
    if words:
        typer.echo(words)
    typer.echo(f"frontier: {files[2]}, {files[0]}")


def _proven(gap: float) -> str:
    from netplan.interval import OPTIMAL_GAP, proven_percent

    if gap <= OPTIMAL_GAP:
        return ", proven optimal"
    return f", proven: none more than {proven_percent(gap):.1f}% cheaper" if gap < 1 else ", no bound"


def _numbers(text: str | None, option: str, faults: list[Fault]) -> list[float]:
    found = []
    for part in (text or "").split(","):
        if not part.strip():
            continue
        try:
            found.append(float(part.replace("_", "")))
        except ValueError:
            faults.append(Fault(f"frontier: {option}", repr(part.strip()), "give numbers with commas between"))
    return found
