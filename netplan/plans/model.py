"""What a plan is: the choice that it is made from, its layers with their columns, its provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

LAYER_COLUMNS: dict[str, dict[str, str]] = {
    "demand": {
        "demand_id": "str",
        "class": "str",
        "level": "str",
        "weight": "float64",
        "population": "float64",
        "households": "float64",
        "demand_mbps": "float64",
        "served_share": "float64",
        "baseline_share": "float64",
        "served_by": "str",
        "technology": "str",
        "rate_mbps": "float64",
        "name": "str",
    },
    "sites": {
        "site_id": "str",
        "status": "str",
        "node_id": "str",
        "backhaul": "str",
        "capex": "float64",
        "opex_per_year": "float64",
        "npv": "float64",
        "name": "str",
        "structure": "str",
        "power": "str",
        "height_m": "float64",
        "standing": "str",
        "systems_limit": "float64",
        "systems_added": "float64",
        "systems_left": "float64",
    },
    "equipment": {
        "option_id": "str",
        "site_id": "str",
        "technology": "str",
        "capacity": "float64",
        "capacity_unit": "str",
        "utilisation": "float64",
        "load_mbps": "float64",
        "capex": "float64",
        "opex_per_year": "float64",
        "npv": "float64",
    },
    "service": {
        "demand_id": "str",
        "option_id": "str",
        "share": "float64",
        "reach_share": "float64",
        "reach": "str",
        "rate_mbps": "float64",
        "capacity_used": "float64",
        "premises": "float64",
        "capex": "float64",
        "opex_per_year": "float64",
        "npv": "float64",
    },
    "existing": {
        "existing_id": "str",
        "name": "str",
        "technology": "str",
        "height_m": "float64",
        "capacity": "float64",
        "capacity_unit": "str",
        "utilisation": "float64",
    },
    "baseline": {
        "demand_id": "str",
        "existing_id": "str",
        "technology": "str",
        "rate_mbps": "float64",
        "share": "float64",
        "reach_share": "float64",
        "capacity_used": "float64",
        "reach": "str",
    },
    "links": {
        "link_id": "str",
        "from_node": "str",
        "to_node": "str",
        "medium": "str",
        "status": "str",
        "length_m": "float64",
        "capacity_mbps": "float64",
        "load_mbps": "float64",
        "capex": "float64",
        "opex_per_year": "float64",
        "npv": "float64",
        "owner": "str",
    },
    "refused": {
        "asset_id": "str",
        "medium": "str",
        "reason": "str",
        "found": "str",
        "owner": "str",
        "length_m": "float64",
    },
    "nodes": {"node_id": "str", "kind": "str", "capacity_mbps": "float64"},
    "other_costs": {"item": "str", "capex": "float64", "opex_per_year": "float64", "npv": "float64"},
    "costs": {
        "layer": "str",
        "row_id": "str",
        "item": "str",
        "category": "str",
        "quantity": "float64",
        "unit": "str",
        "capex": "float64",
        "opex_per_year": "float64",
        "life_years": "float64",
        "npv": "float64",
    },
}
"""Layer -> column -> dtype, in the order written. A missing number (NaN, NULL) in a capacity column is `no limit`,
in `life_years` `outlives the horizon`; a missing text is `none`."""

SPATIAL_LAYERS: tuple[str, ...] = ("demand", "sites", "equipment", "existing", "links", "refused", "nodes")
ROW_KEY = "|"
"""A service row's id in `costs` is demand_id, this, option_id."""


@dataclass(frozen=True)
class Chosen:
    """What the planner chose, in table terms, and what it proved."""

    site_open: Sequence[str]
    """Site ids."""
    option_open: Sequence[str]
    """Option ids."""
    served: pd.DataFrame
    """`demand_id, option_id, share` (0–1, of the whole demand row)."""
    edges_built: pd.DataFrame
    """`edge_id, load_mbps` (both directions together)."""
    objective: float | None
    """Present value of everything chosen, penalties included; None without a plan."""
    bound: float | None
    """Proven lower bound of `objective`; None where there is none."""
    gap: float | None
    """Relative: (objective - bound) / |objective|."""
    status: str
    """optimal | feasible | infeasible | none."""
    stopped_by: str
    mode: str = "target"
    """target | budget | lexicographic."""
    stages: Sequence[Mapping[str, Any]] = ()
    """`objective, value, bound, gap` of each stage of the solve."""
    penalty_total: float = 0.0
    shortfall: Mapping[str, float] | None = None
    """Class -> weight that the targets ask for and the plan does not serve."""
    binding: Mapping[str, Sequence[str]] | None = None
    """`options` and `links` whose capacity keeps an infeasible plan from its targets, by id."""


@dataclass(frozen=True)
class Provenance:
    """Where a plan comes from: enough to make it again and to audit it."""

    project_folder: Path
    """Paths in the project are relative to it."""
    scenario: str = "base"
    seed: int = 0
    inputs: Mapping[str, str] = field(default_factory=dict)
    """Path as written in the project -> sha256."""
    licences: Mapping[str, str] = field(default_factory=dict)
    """Path as written in the project -> attribution."""
    versions: Mapping[str, str] = field(default_factory=dict)
    planned_on: str = ""
    """Date, ISO; '' is not told."""
    warnings: Sequence[str] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    problem: Mapping[str, Any] = field(default_factory=dict)
    """Counts of the mathematical problem (`netplan.plans.summary.PROBLEM`)."""
    assumptions: Sequence[str] = ()
    party: Mapping[str, Any] | None = None
    """The operators whose plan it is, their share of subscribers and the operator models in force; None: everybody."""
    owners: Mapping[str, str] = field(default_factory=dict)
    """Shared site -> who owns it, where a layer says so."""


@dataclass(frozen=True)
class Plan:
    """A plan, complete: the layers of `plan.gpkg` (columns: LAYER_COLUMNS; ids are columns), sums, settings."""

    demand: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    equipment: gpd.GeoDataFrame
    service: pd.DataFrame
    existing: gpd.GeoDataFrame
    """Access equipment that serves people today, worked out from towers; empty where a layer states the service."""
    baseline: pd.DataFrame
    """Whom it serves: `share` is of `baseline_share`, `reach_share` at any rate; existing_id is none for a layer."""
    links: gpd.GeoDataFrame
    """`owner`: the utility whose consent the link needs."""
    refused: gpd.GeoDataFrame
    """Pipes, pole lines and ducts that could not be offered to the planner: the first reason, and what was found."""
    nodes: gpd.GeoDataFrame
    other_costs: pd.DataFrame
    costs: pd.DataFrame
    summary: dict[str, Any]
    """What `summary.json` holds."""
    resolved: dict[str, Any]
    """What `resolved.yaml` holds; `project_folder` is absolute here and relative in the file."""

    def layers(self) -> dict[str, pd.DataFrame]:
        """Layer name -> table, in the order written."""
        return {name: getattr(self, name) for name in LAYER_COLUMNS}


def shaped(frame: pd.DataFrame, layer: str) -> pd.DataFrame:
    """The columns of a layer with their types, geometry last; infinite capacities become missing."""
    made: dict[str, Any] = {}
    for column, dtype in LAYER_COLUMNS[layer].items():
        if dtype == "str":
            cells = np.array(frame[column], dtype=object)
            cells[pd.isna(cells)] = None
            cells[cells == ""] = None
            made[column] = pd.array(cells, dtype="str")
        else:
            numbers = np.asarray(pd.to_numeric(frame[column]), float)
            made[column] = np.where(np.isposinf(numbers), np.nan, numbers)
    table = pd.DataFrame(made)
    if layer not in SPATIAL_LAYERS:
        return table
    drawn: pd.DataFrame = gpd.GeoDataFrame(table, geometry=frame["geometry"].to_numpy(), crs=frame.crs)
    return drawn
