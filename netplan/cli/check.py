"""`netplan check`: read every input and say what was found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netplan.cli.common import Progress, ProjectArg, guarded

if TYPE_CHECKING:
    from netplan.pipeline import District


def check(project: ProjectArg, scenario: Annotated[str | None, typer.Option(help="Scenario.")] = None) -> None:
    """Read and validate every input, print what was found, change nothing."""
    guarded(lambda: _check(project, scenario))


def _check(project: Path, scenario: str | None) -> None:
    from netplan.project import read_scenarios, scenario_names

    every = read_scenarios(project, [scenario, *(name for name in scenario_names(project) if name != scenario)])

    from netplan.pipeline import check_entries, describe

    check_entries(every)  # a fault of another scenario would else wait until the first is planned
    district = describe(every[0], say=Progress().stage)
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
    _say_assets(district)
    for text in district.warnings:
        typer.echo(f"note: {text}")


def _say_assets(district: District) -> None:
    """Whose consent is needed, and pipes, pole lines and ducts that cannot take cable: one line a reason."""
    edges = district.backhaul.edges
    for owner, rows in edges[edges["owner"] != ""].groupby("owner"):
        media = ", ".join(sorted(set(rows["medium"])))
        typer.echo(f"  needs the consent of {owner}: {rows['length_m'].sum() / 1000:,.0f} km on offer ({media})")
    refused = district.backhaul.refused
    if refused is None or refused.empty:
        return
    for (medium, reason), rows in refused.groupby(["medium", "reason"]):
        found = [text for text in dict.fromkeys(rows["found"]) if text]
        seen = f" (found: {', '.join(found[:4])}{', …' if len(found) > 4 else ''})" if found else ""
        typer.echo(f"  {medium} refused: {rows['length_m'].sum() / 1000:,.1f} km in {len(rows):,}: {reason}{seen}")
