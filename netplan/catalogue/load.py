"""Loads the catalogue: the shipped YAML files, overlaid by the project's own folders, checked as a whole.

A folder holds `technologies/`, `media/`, `structures/`, `power/`, `sharing/` and `modulation/` with one file per entry
(the file's name is the entry's id), `economics.yaml` and `climate.yaml`. An extra folder may hold any part of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from netplan.catalogue.check import check_economics, check_entry, check_numbers
from netplan.catalogue.climate import ClimateDefaults
from netplan.catalogue.read import nearest, read_entry
from netplan.catalogue.schema import (
    Catalogue,
    EconomicDefaults,
    Lever,
    Medium,
    Power,
    Radio,
    RateTable,
    Structure,
    Technology,
)
from netplan.errors import Fault, InputError

GROUPS: dict[str, type[Technology | Medium | Structure | Power | Lever | RateTable]] = {
    "technologies": Technology,
    "media": Medium,
    "structures": Structure,
    "power": Power,
    "sharing": Lever,
    "modulation": RateTable,
}
ECONOMICS = "economics.yaml"
CLIMATE = "climate.yaml"
CLUTTER = "clutter.yaml"
"""Read by `netplan.catalogue.clutter`, with the terrain."""
EMISSIONS = "emissions.yaml"
"""Read by `netplan.catalogue.emissions`, for reports."""


def shipped_folder() -> Path:
    """The catalogue that comes with netplan: inside the wheel, else `models/` of the repository."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_models"
    return installed if installed.is_dir() else package.parent / "models"


def load_catalogue(extra_folders: Sequence[Path] = ()) -> Catalogue:
    """The shipped catalogue with `extra_folders` laid over it, in order (same id replaces).

    Every scenario and party of a run asks for it: while no file changes, all get the same one, which nobody may change.

    Raises:
        InputError: with every fault of every file: unreadable YAML, unknown or missing keys, numbers without
            source or outside their range, wrong units, names of entries that do not exist.
    """
    folders = (shipped_folder(), *map(Path, extra_folders))
    return _loaded(
        tuple((folder, folder.is_dir()) for folder in folders),
        tuple((file, _content(file)) for folder in folders for file in _files(folder)),
    )


@lru_cache(maxsize=64)
def _loaded(folders: tuple[tuple[Path, bool], ...], _contents: tuple[tuple[Path, bytes | None], ...]) -> Catalogue:
    """The catalogue of these folders, while they are there or not and this is what stands in their files."""
    found = _Found()
    for folder, _ in folders:
        _read_folder(folder, found)
    faults = [*found.faults, *_check(found)]
    if faults or found.economics is None:
        raise InputError(faults or Fault(str(shipped_folder() / ECONOMICS), "not found", "restore the file"))
    return Catalogue(
        technologies={
            key: _with_steps(technology, found.entries["modulation"])
            for key, technology in found.entries["technologies"].items()
        },
        media=found.entries["media"],
        structures=found.entries["structures"],
        power=found.entries["power"],
        levers=found.entries["sharing"],
        economics=found.economics,
        modulation=found.entries["modulation"],
        generations={
            name.lower(): technology.generation
            for key, technology in found.entries["technologies"].items()
            if technology.generation is not None
            for name in (key, *technology.aliases)
        },
        climate=found.climate,
    )


def _with_steps(technology: Technology, modulation: dict[str, RateTable]) -> Technology:
    """The technology with the steps of the modulations that its radios name, so that each stands by itself."""

    def filled(radio: Radio) -> Radio:
        changes: dict[str, Any] = {}
        if radio.modulation is not None:
            changes["steps"] = modulation[radio.modulation].steps
        if radio.uplink is not None and radio.uplink.modulation is not None:
            changes["uplink"] = radio.uplink.model_copy(update={"steps": modulation[radio.uplink.modulation].steps})
        return radio.model_copy(update=changes) if changes else radio

    if technology.radio is None:
        return technology
    carriers = tuple(filled(radio) for radio in technology.carriers)
    return technology.model_copy(update={"radio": filled(technology.radio), "carriers": carriers})


def select(catalogue: Catalogue, technologies: tuple[str, ...] | None) -> Catalogue:
    """The catalogue a project uses: its `technologies` key names access technologies and media.

    Named technologies are kept and no others; if none is named, all that are enabled by default are. Media enabled
    by default are always kept; a medium that is not is kept, and enabled, only when named.

    Raises:
        InputError: an id that is neither a technology nor a medium, with the nearest known id.
    """
    named = frozenset(technologies or ())
    known = {**catalogue.technologies, **catalogue.media}
    faults = [
        Fault(
            "technologies",
            f"no technology or medium {name!r} in the catalogue",
            nearest(name, known),
        )
        for name in sorted(named - known.keys())
    ]
    if faults:
        raise InputError(faults)
    kept = {key: entry for key, entry in catalogue.technologies.items() if key in named}
    kept = kept or {key: entry for key, entry in catalogue.technologies.items() if entry.enabled}
    media = {
        key: medium if medium.enabled else medium.model_copy(update={"enabled": True})
        for key, medium in catalogue.media.items()
        if medium.enabled or key in named
    }
    return catalogue.model_copy(update={"technologies": kept, "media": media})


@dataclass
class _Found:
    """What has been read so far: later folders replace entries of earlier ones."""

    entries: dict[str, dict[str, Any]] = field(default_factory=lambda: {group: {} for group in GROUPS})
    files: dict[tuple[str, str], Path] = field(default_factory=dict)
    """(group, id) -> file it was last read from, broken files too (so that they are not reported as absent)."""
    economics: EconomicDefaults | None = None
    economics_file: Path = Path(ECONOMICS)
    climate: ClimateDefaults | None = None
    climate_file: Path = Path(CLIMATE)
    faults: list[Fault] = field(default_factory=list)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml"))


def _content(file: Path) -> bytes | None:
    """What stands in a file; None if it cannot be read, which is told when it is."""
    try:
        return file.read_bytes()
    except OSError:
        return None


def _read_folder(folder: Path, found: _Found) -> None:
    if not folder.is_dir():
        found.faults.append(Fault(str(folder), "no such folder", "give a folder laid out like models/"))
        return
    for file in _files(folder):
        group = file.relative_to(folder).parts[0]
        if file == folder / ECONOMICS:
            _read_economics(file, found)
        elif file == folder / CLIMATE:
            _read_climate(file, found)
        elif file in (folder / CLUTTER, folder / EMISSIONS):
            continue
        elif group in GROUPS and file.parent == folder / group:
            _read_one(file, group, found)
        else:
            place = f"move it to one of: {', '.join(f'{name}/' for name in GROUPS)}"
            found.faults.append(Fault(str(file), "not in a folder of the catalogue", place))


def _read_one(file: Path, group: str, found: _Found) -> None:
    found.files[group, file.stem] = file
    found.entries[group].pop(file.stem, None)
    entry, faults = read_entry(file, GROUPS[group])
    found.faults += faults
    if entry is None:
        return
    if entry.id != file.stem:
        found.faults.append(Fault(f"{file}: id", repr(entry.id), f"make it the file's name, {file.stem!r}"))
    found.entries[group][file.stem] = entry


def _read_economics(file: Path, found: _Found) -> None:
    found.economics_file = file
    found.economics, faults = read_entry(file, EconomicDefaults)
    found.faults += faults


def _read_climate(file: Path, found: _Found) -> None:
    found.climate_file = file
    found.climate, faults = read_entry(file, ClimateDefaults)
    found.faults += faults


def _check(found: _Found) -> list[Fault]:
    """Faults between entries and inside their numbers; entries come out sorted by id."""
    ids = {group: frozenset(key for name, key in found.files if name == group) for group in GROUPS}
    faults = []
    for group in GROUPS:
        found.entries[group] = dict(sorted(found.entries[group].items()))
        for key, entry in found.entries[group].items():
            place = found.files[group, key]
            faults += [Fault(f"{place}: {where}", what, to_do) for where, what, to_do in check_entry(entry, ids)]
    for key in sorted(ids["technologies"] & ids["media"]):
        place = found.files["media", key]
        faults.append(
            Fault(
                f"{place}: id",
                f"{key!r} is a technology too",
                "give the medium another id",
            )
        )
    if found.economics is not None:
        faults += [
            Fault(f"{found.economics_file}: {where}", what, to_do)
            for where, what, to_do in check_economics(found.economics)
        ]
    if found.climate is not None:
        faults += [
            Fault(f"{found.climate_file}: {where}", what, to_do) for where, what, to_do in check_numbers(found.climate)
        ]
    return faults
