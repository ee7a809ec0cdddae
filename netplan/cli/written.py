"""Commands on a written plan: `verify` and `map`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netplan.cli.common import OutArg, guarded, with_plan


def verify(out: OutArg) -> None:
    """Audit a written plan from its files alone; exit 0 only if every rule holds."""
    from netplan.verify import multiplied
    from netplan.verify import verify as audit

    findings = guarded(lambda: audit(out))
    broken = 0
    for name, rows in findings.items():
        told = multiplied(out if name == out.name else out / name)
        typer.echo(f"{name}: {'every rule holds' if not rows else f'{len(rows)} findings'}{told and f' ({told})'}")
        for finding in rows[:20]:
            typer.echo(f"  {finding}")
        broken += len(rows)
    if broken:
        raise typer.Exit(1)


def map_(
    out: OutArg,
    kind: Annotated[
        str | None,
        typer.Option(
            help="Comma-separated: plan, overview, coverage, server, signal, served, before_after, backhaul, load, "
            "cost_per_person of each plan; scenarios, difference, waterfall, frontier of several. Default: all."
        ),
    ] = None,
    format_: Annotated[str | None, typer.Option("--format", help="Comma-separated: png, svg, pdf.")] = None,
    page: Annotated[str | None, typer.Option(help="a4, a3 or slide (16:9).")] = None,
    lang: Annotated[
        str | None,
        typer.Option(
            "--language", "--lang", help="Language of titles and legends: en or fr (default: as the project says)."
        ),
    ] = None,
) -> None:
    """Draw the maps of a written plan (one, or all under their parent) into `maps/`, without solving; without options
    `map.png` and the interactive `map.html` anew, too."""
    guarded(lambda: _redraw(out, (kind, format_, page, lang)))


def _redraw(out: Path, asked: tuple[str | None, str | None, str | None, str | None]) -> None:
    from netplan.errors import Fault, InputError

    here = (out / "plan.gpkg").exists()
    # plans of operators stand one folder deeper than those of scenarios
    found = [*out.glob("*/plan.gpkg"), *out.glob("*/*/plan.gpkg")]
    folders = [out] if here else sorted(path.parent for path in found)
    if not folders:
        raise InputError(Fault(str(out), "no written plan here", "give the folder that `netplan plan` wrote"))
    from netplan.maps import wish
    from netplan.publish import language_of, redraw

    kind, formats, page, spoken = asked
    wanted = wish(kind, formats, page, spoken or language_of(folders[0]).code)
    planned = with_plan(folders)
    if not planned:
        raise InputError(Fault(str(out), "no scenario here has a plan", "`netplan report` writes why there is none"))
    for path in redraw(planned, None if here else out, wanted):
        typer.echo(str(path))
