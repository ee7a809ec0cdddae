"""Folders that something is to be written into."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from netplan.errors import Fault, InputError


def writable(folders: Sequence[Path]) -> None:
    """That every folder can be made and written into: minutes of planning later would be too late to be told.

    Raises:
        InputError: naming those that cannot be.
    """
    faults = []
    for folder in folders:
        # the nearest of it and those above it that stands is made into, or written into
        stands = next(place for place in (folder, *folder.absolute().parents) if place.exists())
        try:
            if not stands.is_dir():
                raise NotADirectoryError(0, "it is a file")
            with tempfile.TemporaryFile(dir=stands):
                pass
        except OSError as error:
            faults.append(Fault(str(stands), error.strerror or str(error), "name another folder to write into"))
    if faults:
        raise InputError(list(dict.fromkeys(faults)))
