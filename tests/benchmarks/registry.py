"""All cases: those of a folder of instances with its `optima.csv`, and those that are generated.

A folder of instances holds `optima.csv` with the columns family, instance, file (within the folder), value, status and
any others. The family says how the file is read (see READERS). A status that begins with `optimal` and does not say
`recalled` makes the value certain; any other is the best known, to be questioned before it is believed.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import partial
from pathlib import Path

from netplan.planner import Problem

from .case import Case
from .confl import PAIRS, compose
from .geometric import suite
from .readers_location import read_cap, read_holmberg, read_pmed, read_rail, read_scp
from .readers_steiner import prize_collecting, read_stp, steiner
from .synthetic import district

HERE = Path(__file__).resolve().parent.parent / "data" / "instances"
"""the instances that stand in the repository"""

DISTRICTS = [("XS", seed) for seed in range(3)] + [("S", seed) for seed in range(10)]
DISTRICTS += [("M", seed) for seed in range(3)] + [("L", 0)]

SMOKE = {
    "steinlib/B": {"b01", "b02", "b05"},
    "steinlib/C": {"c01"},
    "pcstp/PCSPG-CRR": {"C01-A"},
    "scp": {"scp41"},
    "ufl_orlib": {"cap71"},
    "cflp_orlib": {"cap71"},
    "sscflp/orlib": {"cap71"},
    "pmed": {"pmed1"},
    "confl": {"cap71-c01"},
    "synthetic": {"XS-0", "XS-1"},
    "cover-most": {"n60-p5-r15-s60"},
    "p-median": {"n60-p5-r15-s60"},
    "cover-all": {"n60-p5-r15-s60"},
}


def _steiner(path: Path) -> Problem:
    return steiner(read_stp(path))


def _prizes(path: Path) -> Problem:
    return prize_collecting(read_stp(path))


def _covering(path: Path) -> Problem:
    return read_rail(path) if path.name.startswith("rail") else read_scp(path)


READERS: dict[str, Callable[[Path], Problem]] = {
    "steinlib": _steiner,
    "pcstp": _prizes,
    "scp": _covering,
    "cflp_orlib": partial(read_cap, capacitated=True),
    "ufl_orlib": partial(read_cap, capacitated=False),
    "sscflp/orlib": partial(read_cap, capacitated=True, single_source=True),
    "sscflp/holmberg": read_holmberg,
    "pmed": read_pmed,
}
"""how a family is read; a family is looked up by its whole name, then by the part before the slash"""


def cases(folder: Path | None = None) -> list[Case]:
    """Every case, in a fixed order: published families, connected facility location, geometric, districts.

    Raises:
        ValueError: when `optima.csv` names a family that nothing reads.
    """
    folder = HERE if folder is None else folder
    found = published(folder)
    found += _connected(folder)
    found += [
        Case(points.kind, points.name, points.problem, smoke=_in_smoke(points.kind, points.name), geometric=points)
        for points in suite()
    ]
    for size, seed in DISTRICTS:
        name = f"{size}-{seed}"
        smoke = _in_smoke("synthetic", name)
        found.append(Case("synthetic", name, partial(district, size, seed), gap=0.01, smoke=smoke))
    return found


def published(folder: Path) -> list[Case]:
    """The cases of a folder's `optima.csv`."""
    table = folder / "optima.csv"
    if not table.is_file():
        raise ValueError(f"{table} is not there: an instances folder lists its files and values in optima.csv")
    found = []
    with table.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            family, name = row["family"], row["instance"]
            reader = READERS.get(family) or READERS.get(family.split("/")[0])
            if reader is None:
                raise ValueError(f"optima.csv, {name}: no reader for family {family}; known are {', '.join(READERS)}")
            build = partial(reader, folder / row["file"])
            certain = row["status"].startswith("optimal") and "recalled" not in row["status"]
            found.append(Case(family, name, build, float(row["value"]), certain, smoke=_in_smoke(family, name)))
    return found


def _connected(folder: Path) -> list[Case]:
    """Pairs whose two files are in the folder, wherever in it."""
    found = []
    files = {path.name: path for path in sorted(folder.rglob("*")) if path.suffix in (".txt", ".stp")}
    for cap, stp in PAIRS:
        one, two = files.get(f"{cap}.txt"), files.get(f"{stp}.stp")
        if one is not None and two is not None:
            name = f"{cap}-{stp}"
            found.append(Case("confl", name, partial(compose, one, two), gap=0.01, smoke=_in_smoke("confl", name)))
    return found


def _in_smoke(family: str, name: str) -> bool:
    return name in SMOKE.get(family, ())


def choose(every: list[Case], *, smoke: bool = False, family: str | None = None, name: str | None = None) -> list[Case]:
    """The cases wanted: of the smoke set, of a family (or all that begin with it), of a name."""
    return [
        case
        for case in every
        if (case.smoke or not smoke)
        and (family is None or case.family == family or case.family.startswith(family.rstrip("/") + "/"))
        and (name is None or case.name == name)
    ]
