"""Carbon dioxide of electricity: by country for the grid, of small diesel sets, from `models/emissions.yaml`.

Only reports read it: it changes no plan.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from netplan.catalogue.load import EMISSIONS, shipped_folder
from netplan.catalogue.read import read_entry
from netplan.catalogue.schema import Frozen, Quantity
from netplan.errors import InputError

WORLD = "world"
"""The entry that stands where no country is named."""


class GridFactor(Quantity):
    """Of one country's grid, g CO2 equivalent a kWh."""

    name: str


class Emissions(Frozen):
    """Carbon dioxide a kWh, by where the electricity comes from; solar panels give none while they run."""

    grid: dict[str, GridFactor] = Field(min_length=1)
    """ISO 3166-1 three letters, or `world`."""
    diesel: Quantity
    """Electricity of a small diesel set, g/kWh."""
    hybrid_diesel_share: Quantity
    """Share of the year's energy that the generator of a hybrid of panels and generator makes, 0–1."""

    def of_grid(self, country: str | None) -> GridFactor:
        """The country's grid; the world's mean where the country is not named or not listed."""
        return self.grid.get((country or WORLD).upper(), self.grid[WORLD])


def load_emissions(folder: Path | None = None) -> Emissions:
    """The table of a catalogue folder, by default the shipped one.

    Raises:
        InputError: unreadable, with unknown keys, or numbers without source.
    """
    file = (folder or shipped_folder()) / EMISSIONS
    table, faults = read_entry(file, Emissions)
    if table is None:
        raise InputError(faults)
    return table
