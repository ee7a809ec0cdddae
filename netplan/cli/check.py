"""`netplan check`: read every input and say what was found."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netplan.cli.common import Progress, ProjectArg, guarded


def check(project: ProjectArg, scenario: Annotated[str | None, typer.Option(help="Scenario.")] = None) -> None:
    """Read and validate every input, print what was found, change nothing."""
    guarded(lambda: _check(project, scenario))


def _check(project: Path, scenario: str | None) -> None:
    from netplan.pipeline import describe
    from netplan.project import read_project

    district = describe(read_project(project, scenario), say=Progress().stage)
    points = district.demand.points
    typer.echo(f"{district.loaded.project.name}, scenario {district.loaded.scenario}")
    typer.echo(f"CRS {district.inputs.crs.name}, area {district.inputs.area.area / 1e6:,.0f} km²")
    for name, rows in points.groupby("class"):
        weight = float(rows["weight"].sum())
        today = float((rows["weight"] * rows["baseline_share"]).sum()) / weight if weight > 0 else 0.0
        typer.echo(f"  {name}: {len(rows):,} rows, {weight:,.0f} people or facilities, {today:.1%} served today")
    for name, rows in district.sites.points.groupby("structure"):
        typer.echo(f"  candidate {name}: {len(rows):,}")
    typer.echo(f"  options: {len(district.options.table):,}, service entries: {len(district.options.service):,}")
    for name, rows in district.backhaul.edges.groupby("medium"):
        typer.echo(f"  {name}: {len(rows):,} edges, {rows['length_m'].sum() / 1000:,.0f} km")
    for text in district.warnings:
        typer.echo(f"note: {text}")
