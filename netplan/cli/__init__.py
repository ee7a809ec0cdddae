"""The command line: thin, typed, and quick to start (every heavy import is inside its command)."""

from __future__ import annotations

import codecs
import io
import sys
from typing import Annotated

import typer

from netplan import __version__
from netplan.cli.check import check
from netplan.cli.export import export
from netplan.cli.frontier import frontier
from netplan.cli.models import models
from netplan.cli.new import new
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


PLAIN = str.maketrans({
    "−": "-", "–": "-", "—": "-", "…": "...", "’": "'", "‘": "'", "“": '"', "”": '"', "→": "->", "≤": "<=", "≥": ">=",
    "×": "x", "·": "-", "\u202f": " ", "\xa0": " ",
})  # fmt: skip
"""What stands for signs that an old encoding does not have."""


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """The signs that cannot be written, by the nearest that can: a sum keeps its minus in every log."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end].translate(PLAIN)
    return text.encode("ascii", "replace").decode("ascii"), error.end


def _write_anywhere() -> None:
    """Output never fails for its encoding, which on Windows is an old one as soon as it goes to a file."""
    codecs.register_error("plainly", _plainly)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plainly")


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
    _write_anywhere()


for command in (plan, compare, frontier, refusal, demo, check, verify, report, export, models, new):
    app.command()(command)
app.command("map")(map_)
