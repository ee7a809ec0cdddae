"""The command line: thin, typed, and quick to start (every heavy import is inside its command)."""

from __future__ import annotations

from typing import Annotated

import typer

from netplan import __version__
from netplan.cli.check import check
from netplan.cli.export import export
from netplan.cli.frontier import frontier
from netplan.cli.models import models
from netplan.cli.new import new
from netplan.cli.output import write_anywhere
from netplan.cli.plan import compare, demo, plan
from netplan.cli.refusal import refusal
from netplan.cli.report import report
from netplan.cli.written import map_, verify

app = typer.Typer(
    help="Least-cost connectivity plans for districts, with a proven bound, from your own GIS files.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit()


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Least-cost connectivity plans for districts."""
    write_anywhere()


for command in (plan, compare, frontier, refusal, demo, check, verify, report, export, models, new):
    app.command()(command)
app.command("map")(map_)
