"""Commands on a written plan: `verify` and `map`."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from netplan.cli.common import OutArg, guarded


def verify(out: OutArg) -> None:
    """Audit a written plan from its files alone; exit 0 only if every rule holds."""
    from netplan.verify import verify as audit

    findings = guarded(lambda: audit(out))
    broken = 0
    for name, rows in findings.items():
        typer.echo(f"{name}: {'every rule holds' if not rows else f'{len(rows)} findings'}")
        for finding in rows[:20]:
            typer.echo(f"  {finding}")
        broken += len(rows)
    if broken:
        raise typer.Exit(1)


def map_(out: OutArg) -> None:
    """Redraw the maps of a written plan, without solving."""
    guarded(lambda: _redraw(out))


def _redraw(out: Path) -> None:
    from netplan.errors import Fault, InputError

    here = (out / "plan.gpkg").exists()
    # plans of operators stand one folder deeper than those of scenarios
    found = [*out.glob("*/plan.gpkg"), *out.glob("*/*/plan.gpkg")]
    folders = [out] if here else sorted(path.parent for path in found)
    if not folders:
        raise InputError(Fault(str(out), "no written plan here", "give the folder that `netplan plan` wrote"))
    from netplan.publish import project_of, publish_plan, publish_together

    planned = [
        folder
        for folder in folders
        if json.loads((folder / "summary.json").read_text(encoding="utf-8"))["objective_npv"] is not None
    ]
    made = [path for folder in planned for path in publish_plan(folder, project_of(folder))]
    if len(planned) > 1:
        made += publish_together(planned, out)
    for path in made:
        typer.echo(str(path))
