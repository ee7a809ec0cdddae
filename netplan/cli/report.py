"""`netplan report`: the report of written plans, as a page and on paper."""

from __future__ import annotations

from typing import Annotated

import typer

from netplan.cli.common import OutArg, guarded


def report(
    out: OutArg,
    language: Annotated[str, typer.Option(help="Language of the words.")] = "en",
    country: Annotated[
        str | None,
        typer.Option(help="ISO 3166-1, three letters, for the carbon of grid electricity (default: as planned)."),
    ] = None,
) -> None:
    """Write report.html and report.pdf from written plans, without solving."""

    def work() -> None:
        from netplan.report import write_report

        for path in write_report(out, language, country):
            typer.echo(str(path))

    guarded(work)
