"""`netplan refusal`: what a refusal of the owners of pipes, poles and ducts costs, and what to build first."""

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
from netplan.folders import writable


def refusal(
    project: ProjectArg,
    scenario: Annotated[
        str | None, typer.Option(help="Scenario of the project; it must open somebody's asset.")
    ] = None,
    out: OutOption = None,
    gap: GapOption = None,
    time_limit: TimeOption = None,
    threads: ThreadsOption = None,
    seed: SeedOption = None,
) -> None:
    """Cost of a refusal by an owner of pipes, poles or ducts, and what to build before the answers are known.

    The time limit is for each of the plans that the study makes: some four for each combination of answers.
    """
    target = out or home(project) / "out"
    guarded(lambda: _refusal(project, scenario, target, (gap, time_limit, threads, seed)))


def _refusal(
    project: Path, scenario: str | None, out: Path, asked: tuple[float | None, float | None, int | None, int | None]
) -> None:
    from netplan.project import read_project

    loaded = read_project(project, scenario)  # before the heavy imports: a fault is told at once
    folder = out / f"{loaded.scenario}-refusal"
    writable([folder])

    from netplan.studies import Limits
    from netplan.studies.refusal import refusal_study
    from netplan.studies.refusal_words import explain
    from netplan.studies.refusal_write import write_refusal

    progress = Progress()
    study = refusal_study(loaded, Limits(*asked), say=progress.stage, on_progress=progress.step)
    files = write_refusal(study, folder)
    typer.echo(explain(study))
    for file in files:
        typer.echo(str(file))
