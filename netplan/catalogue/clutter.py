"""Representative clutter heights: what stands on the ground, by class of a land-cover map.

Heights are those of ITU-R P.1812-7 table 2 (water and open 0 m, suburban 10 m, urban, trees and forest 15 m, dense
urban 20 m); which class of a map is which of them is in `models/clutter.yaml`, with its source.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from netplan.catalogue.load import CLUTTER, shipped_folder
from netplan.catalogue.read import read_entry
from netplan.catalogue.schema import Frozen, Quantity
from netplan.errors import InputError


class LandCover(Frozen):
    """One class of the map."""

    label: str
    height_m: Quantity
    """Representative clutter height."""


class Clutter(Frozen):
    """A land-cover map's classes."""

    legend: str
    """Which map the codes are of."""
    classes: dict[int, LandCover] = Field(min_length=1)
    """Pixel value -> class."""


def load_clutter(folder: Path | None = None) -> Clutter:
    """The clutter table of a catalogue folder, by default the shipped one.

    Raises:
        InputError: unreadable, or with unknown keys or numbers without source.
    """
    file = (folder or shipped_folder()) / CLUTTER
    table, faults = read_entry(file, Clutter)
    if table is None:
        raise InputError(faults)
    return table
