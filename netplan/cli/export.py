"""`netplan export`: a written plan in the formats of other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netplan.cli.common import OutArg, guarded, with_plan


def export(
    out: OutArg,
    format_: Annotated[
        list[str] | None,
        typer.Option("--format", "-f", help="ofds, kmz, xlsx or geoparquet; may be repeated; default: all."),
    ] = None,
    to: Annotated[Path | None, typer.Option("--to", help="Folder to write into (default: beside each plan).")] = None,
) -> None:
    """Write a plan as OFDS (JSON, GeoJSON), KMZ, Excel bill of quantities and GeoParquet, without solving."""
    for path in guarded(lambda: _export(out, format_, to)):
        typer.echo(str(path))


def _export(out: Path, formats: list[str] | None, to: Path | None) -> list[Path]:
    from netplan.errors import Fault, InputError
    from netplan.export import export_plan

    here = (out / "plan.gpkg").exists()
    named = [out] if (out / "summary.json").exists() else sorted(path.parent for path in out.glob("*/summary.json"))
    folders = [plan for folder in named for plan in _plans_in(folder)]
    planned = with_plan(folders)
    if not planned:
        found = "no written plan here" if not folders else "no scenario here has a plan"
        raise InputError(Fault(str(out), found, "give the folder that `netplan plan` wrote"))
    made = []
    for folder in planned:
        target = None if to is None else to if here else to / folder.relative_to(out)
        made += export_plan(folder, formats, target)
    return made


def _plans_in(folder: Path) -> list[Path]:
    """The plan of a scenario, or those of its operators where each is planned alone."""
    operators = sorted(path.parent for path in folder.glob("*/plan.gpkg"))
    return operators if operators and not (folder / "plan.gpkg").exists() else [folder]
