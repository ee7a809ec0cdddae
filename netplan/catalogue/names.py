"""What other people's layers call technologies: ids and aliases, several in one cell."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count

from netplan.catalogue.read import nearest
from netplan.catalogue.schema import Catalogue
from netplan.errors import Fault

SEPARATORS = re.compile(r"[;,/|+]|\s+and\s+")
ROWS_SHOWN = 5


def plain(name: str) -> str:
    """A name without what people write differently: case, spaces, dashes, underscores, dots."""
    return re.sub(r"[\s\-_.]+", "", name).casefold()


@dataclass(frozen=True)
class Named:
    """The technologies that n cells of a column name."""

    ids: tuple[tuple[str, ...], ...]
    """Of each cell, in the order written, each once; empty where nothing is stated."""
    taken: dict[str, str]
    """Name as written -> id, for aliases: what had to be interpreted."""
    faults: tuple[Fault, ...]


def technology_names(
    cells: Iterable[object], catalogue: Catalogue, place: str, sited: bool, rows: Iterable[int] | None = None
) -> Named:
    """Technologies that each cell of a column names, by id or alias; several are parted by `;`, `,`, `/`, `|` or `+`.

    An alias that several technologies claim stands for the first of them by id.

    Args:
        cells: n texts; empty and missing ones name nothing.
        catalogue: technologies that may be named.
        place: file and column, for faults.
        sited: True where only what stands on a site may be named (towers).
        rows: n numbers of the cells' rows in the file, for faults; default: as they come, from 1.
    """
    backwards = sorted(catalogue.technologies.items(), reverse=True)
    known = {plain(alias): key for key, t in backwards for alias in t.aliases}
    known |= {plain(key): key for key in catalogue.technologies}
    wrong: dict[tuple[str, str], list[int]] = {}
    taken: dict[str, str] = {}
    result: list[tuple[str, ...]] = []
    for row, cell in zip(count(1) if rows is None else rows, cells, strict=False):
        found: list[str] = []
        for name in (part.strip() for part in SEPARATORS.split(str(cell or ""))):
            key = known.get(plain(name), "") if name else ""
            if name and not key:
                wrong.setdefault((name, "unknown"), []).append(row)
            elif key and sited and not catalogue.technologies[key].structures:
                wrong.setdefault((name, "siteless"), []).append(row)
            elif key:
                found += [] if key in found else [key]
                taken |= {name: key} if plain(name) != plain(key) else {}
        result.append(tuple(found))
    every = {*catalogue.technologies, *(a for t in catalogue.technologies.values() for a in t.aliases)}
    faults = [_fault(place, name, why, rows, every) for (name, why), rows in wrong.items()]
    return Named(tuple(result), dict(sorted(taken.items())), tuple(faults))


def _fault(place: str, name: str, why: str, rows: list[int], every: set[str]) -> Fault:
    rows = sorted(set(rows))
    shown = ", ".join(map(str, rows[:ROWS_SHOWN])) + (" …" if len(rows) > ROWS_SHOWN else "")
    if why == "siteless":
        return Fault(f"{place}, row {shown}", f"{name!r} stands on no site", "leave it out of this layer")
    return Fault(f"{place}, row {shown}", f"no technology {name!r} in the catalogue", nearest(name, every))
