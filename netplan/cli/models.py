"""`netplan models`: the catalogue in a table."""

from __future__ import annotations

from typing import Annotated

import typer

from netplan.cli.common import guarded


def models(entry: Annotated[str | None, typer.Argument(help="An id of the catalogue.")] = None) -> None:
    """The catalogue: every technology, medium, sharing mode and cost, with unit, year and source."""

    def work() -> None:
        from rich.console import Console

        from netplan.catalogue import load_catalogue
        from netplan.catalogue.show import catalogue_table, entry_table

        catalogue = load_catalogue()
        console = Console()
        if not console.is_terminal:  # a pipe has no width: leave the words whole
            console = Console(width=140)
        console.print(catalogue_table(catalogue) if entry is None else entry_table(catalogue, entry))

    guarded(work)
