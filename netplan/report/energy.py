"""Electricity of the plan's sites and equipment, and the carbon dioxide that comes with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from netplan.catalogue.emissions import Emissions, GridFactor, load_emissions
from netplan.catalogue.load import EMISSIONS
from netplan.report.read import Scenario

HOURS = 8.76
"""kWh a year of one watt all year round."""
OWNER = "owner"
"""Sites whose power is the mast owner's or not stated: reckoned as grid, the dirtier assumption of the usual two."""


@dataclass(frozen=True)
class Energy:
    """Of a year."""

    kwh: dict[str, float]
    """Kind of power (grid, solar, hybrid, owner) -> kWh."""
    co2_t: float
    """Tonnes of carbon dioxide."""
    factor: GridFactor
    """Of the grid, g/kWh."""
    country: str | None
    """Whose grid was asked for, by whoever wants the report or else by the project."""
    named: bool
    """That country is known and listed; else the factor is the world's mean."""

    @property
    def total_kwh(self) -> float:
        return sum(self.kwh.values())


def emissions_of(scenario: Scenario) -> Emissions:
    """The table of the project's own catalogue folders, if one has it, else the shipped one.

    Raises:
        InputError: the table is broken.
    """
    if scenario.project_folder is not None:
        for name in reversed(scenario.project.get("models") or ()):
            folder: Path = scenario.project_folder / str(name)
            if (folder / EMISSIONS).is_file():
                return load_emissions(folder)
    return load_emissions()


def energy(scenario: Scenario, country: str | None = None) -> Energy:
    """Electricity of sites (bare), access equipment and radios of links, from the watts priced, else the catalogue's.

    Terminals in homes are not counted: their owners pay for it. `country`: ISO 3166-1, three letters; by default the
    project's own.
    """
    table = emissions_of(scenario)
    country = country or scenario.project.get("country")
    factor = table.of_grid(country)
    watts = site_watts(scenario)
    kwh = {str(kind): float(value) * HOURS for kind, value in watts.groupby("kind")["watts"].sum().items() if value > 0}
    gram = factor.value * (kwh.get("grid", 0.0) + kwh.get(OWNER, 0.0))
    gram += table.diesel.value * table.hybrid_diesel_share.value * kwh.get("hybrid", 0.0)
    return Energy(kwh, gram / 1e6, factor, country, bool(country) and str(country).upper() in table.grid)


def site_watts(scenario: Scenario) -> pd.DataFrame:
    """`row_id, kind, watts`, a row each site, each equipment and each end of a radio link that is a site: mean
    electrical load and where it comes from."""
    sites, equipment = scenario.tables["sites"], scenario.tables["equipment"]
    kinds = {key: str(entry.get("kind")) for key, entry in scenario.catalogue.get("power", {}).items()}
    kind_of = {site: kinds.get(power, OWNER) for site, power in zip(sites["site_id"], sites["power"], strict=True)}
    costs = scenario.tables["costs"]
    # Panels, battery and the like are all priced by the same watts: the largest is the load.
    priced = costs[costs["unit"] == "w"].groupby("row_id")["quantity"].max()
    rows = [
        (site, kind_of[site], float(priced.get(site, _stated(scenario, "structures", structure, "base_load_w"))))
        for site, structure in zip(sites["site_id"], sites["structure"], strict=True)
    ]
    for option, site, technology in zip(
        equipment["option_id"], equipment["site_id"], equipment["technology"], strict=True
    ):
        if site:
            stated = _stated(scenario, "technologies", technology, "load_w")
            rows.append((option, kind_of.get(site, OWNER), float(priced.get(option, stated))))
    links = scenario.tables["links"]
    at = dict(zip(sites["node_id"], sites["site_id"], strict=True))
    for link, medium, *nodes in zip(
        links["link_id"], links["medium"], links["from_node"], links["to_node"], strict=True
    ):
        watts = _stated(scenario, "media", medium, "load_w")
        rows += [(link, kind_of[at[node]], watts) for node in nodes if watts and node and node in at]
    return pd.DataFrame(rows, columns=["row_id", "kind", "watts"])


def _stated(scenario: Scenario, section: str, key: str, field: str) -> float:
    quantity = scenario.catalogue.get(section, {}).get(key, {}).get(field) or {}
    return float(quantity.get("value") or 0.0)
