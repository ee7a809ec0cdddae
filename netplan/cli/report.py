"""`netplan report`: the report of written plans, as a page and on paper."""

from __future__ import annotations

from typing import Annotated

import typer

from netplan.cli.common import OutArg, Progress, guarded


def report(
    out: OutArg,
    language: Annotated[
        str | None,
        typer.Option(
            "--language", "--lang", help="Language of words and maps: en or fr (default: as the project says)."
        ),
    ] = None,
    country: Annotated[
        str | None,
        typer.Option(help="ISO 3166-1, three letters, for the carbon of grid electricity (default: as planned)."),
    ] = None,
) -> None:
    """Write report.html and report.pdf from written plans, without solving."""

    def work() -> None:
        from netplan.publish import publish_report

        for path in publish_report(out, language, country, Progress().stage):
            typer.echo(str(path))

    guarded(work)
