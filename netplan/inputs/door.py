"""The state of one reading: faults, warnings, file sums; and how a path of the project file is found."""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from netplan.errors import Fault, InputError
from netplan.foreign import path_and_options

SIDECARS = (".shx", ".dbf", ".prj", ".cpg")
CHUNK = 1 << 20
MODEL_KEY = "routes.water_pipes"
"""The one key under which EPANET models are read."""


@dataclass
class Door:
    """Collects what is wrong and what should be said while the planner's files are read."""

    folder: Path
    faults: list[Fault] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)

    def fault(self, place: str, found: str, to_do: str) -> None:
        """Note a fault; reading goes on so that all are found."""
        self.faults.append(Fault(place, found, to_do))

    def warn(self, text: str) -> None:
        """Note a warning once."""
        if text not in self.warnings:
            self.warnings.append(text)

    def raise_if_faulty(self) -> None:
        """Raise InputError with all faults noted so far, each once."""
        if self.faults:
            raise InputError(dict.fromkeys(self.faults))


@dataclass(frozen=True)
class Source:
    """One file of the project: as written there, on disk, and the layer inside it."""

    written: str
    key: str
    path: Path
    layer: str | None = None
    crs: str | None = None
    """CRS that the project file names: of a table, of a layer that states none, or of one in degrees that cannot be."""

    @property
    def place(self) -> str:
        """How faults and warnings name it."""
        return f"{self.written} ({self.key})"


def locate(door: Door, written: str, key: str) -> Source | None:
    """The file behind `written` (`file`, `file|layername=layer`, `file|crs=EPSG:…`); notes a fault when missing."""
    name, layer, crs = path_and_options(written)
    path = door.folder / name
    source = Source(written, key, path, layer, crs)
    if not path.exists():
        door.fault(source.place, "no such file", f"correct the path{_nearest_file(path)}")
        return None
    if path.suffix.lower() == ".inp" and key != MODEL_KEY:
        door.fault(source.place, f"an EPANET model, which is read only as {MODEL_KEY}", "give a GIS layer")
        return None
    _add_sums(door, name, path)
    return source


def _nearest_file(path: Path) -> str:
    if not path.parent.is_dir():
        return f": there is no folder {path.parent.name}"
    stems = {each.stem: each.name for each in sorted(path.parent.iterdir(), reverse=True)}  # endings are all alike
    close = difflib.get_close_matches(path.stem, stems, n=1, cutoff=0.5)
    return f"; did you mean `{stems[close[0]]}`?" if close else f"; folder {path.parent.name} has no such file"


def _add_sums(door: Door, name: str, path: Path) -> None:
    """sha256 of the file; of each file of a shapefile; of all files of a folder (file geodatabase) in name order."""
    if name in door.files:
        return
    if path.is_dir():
        door.files[name] = _sha256(sorted(p for p in path.rglob("*") if p.is_file()))
        return
    door.files[name] = _sha256([path])
    if path.suffix.lower() == ".shp":
        for suffix in SIDECARS:
            sidecar = path.with_suffix(suffix)
            if sidecar.exists():
                door.files[str(Path(name).with_suffix(suffix))] = _sha256([sidecar])


def _sha256(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
    return digest.hexdigest()
