"""What `resolved.yaml` says: the settings of this scenario and every catalogue entry that the plan leans on."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pandas as pd
from pydantic import BaseModel
from pyproj import CRS

from netplan.catalogue.schema import Catalogue
from netplan.costs import Economics
from netplan.plans.model import Provenance
from netplan.project.schema import Project

FORMAT = 1


def _entries(table: dict[str, Any], used: set[str]) -> dict[str, Any]:
    """Catalogue entries by id, sorted, as plain data."""
    missing = sorted(used - set(table))
    if missing:
        raise ValueError(f"the plan uses {missing[0]!r}, which the catalogue does not have")
    return {key: _plain(table[key]) for key in sorted(used)}


def _plain(entry: BaseModel) -> Any:
    return entry.model_dump(mode="json")


def _named(column: pd.Series) -> set[str]:
    return set(column.dropna().astype(str))


def resolve(
    project: Project,
    catalogue: Catalogue,
    economics: Economics,
    provenance: Provenance,
    crs: CRS,
    layers: dict[str, pd.DataFrame],
    standing: tuple[str, ...],
) -> dict[str, Any]:
    """Settings as plain data: `format, scenario, project_folder, crs, project, economics, catalogue, seed`, and the
    catalogue's `economic_defaults` with their ranges.

    `catalogue` holds the technologies, structures, media and levers that the layers name, every power entry that those
    structures may use, and the technologies of `standing`: those that the project's layers of today's service name.
    """
    structures = _named(layers["sites"]["structure"])
    power = _named(layers["sites"]["power"])
    power.update(p for s in structures if s in catalogue.structures for p in catalogue.structures[s].power)
    media = _named(layers["links"]["medium"])
    levers = set(project.sharing) | {
        lever
        for lever in [
            *(catalogue.structures[s].lever for s in structures if s in catalogue.structures),
            *(catalogue.media[m].lever for m in media if m in catalogue.media),
        ]
        if lever
    }
    technologies = _named(layers["equipment"]["technology"]) | set(standing)
    authority = crs.to_authority()
    return {
        "format": FORMAT,
        "scenario": provenance.scenario,
        "project_folder": str(provenance.project_folder.resolve()),
        "crs": ":".join(authority) if authority else crs.to_wkt(),
        "seed": int(provenance.seed),
        "party": None if provenance.party is None else dict(provenance.party),
        "owners": {
            key: owner for key, owner in sorted(provenance.owners.items()) if key in _named(layers["sites"]["site_id"])
        },
        "project": _plain(project),
        "economics": {**asdict(economics), "rollout": list(economics.rollout)},
        "economic_defaults": _plain(catalogue.economics),
        "catalogue": {
            "technologies": _entries(dict(catalogue.technologies), technologies),
            "structures": _entries(dict(catalogue.structures), structures),
            "power": _entries(dict(catalogue.power), power & set(catalogue.power)),
            "media": _entries(dict(catalogue.media), media),
            "levers": _entries(dict(catalogue.levers), levers & set(catalogue.levers)),
        },
    }
