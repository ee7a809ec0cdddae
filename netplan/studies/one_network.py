"""Studies that ask about one network have no answer for operators that may each build their own."""

from __future__ import annotations

from collections.abc import Iterator

from netplan.errors import Fault
from netplan.project import LoadedProject


def one_network(loaded: LoadedProject, study: str) -> Iterator[Fault]:
    """A fault where the scenario names operators: several plans are not one, and their costs are not its cost."""
    if loaded.project.operators is not None:
        found = f"{len(loaded.project.operators)} named, and {study} is of one network"
        to_do = "name a scenario with `operators: null`, for one operator's part with its `market_share`"
        yield Fault(f"{loaded.file.name}: operators", found, to_do)
