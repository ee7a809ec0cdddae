"""Which rows of a plan are made of data that must be shared alike: a layer or file can hold either kind alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Mask = npt.NDArray[np.bool_]

SHARE_ALIKE = re.compile(r"ODbL|Open Database|share[- ]?alike|\bBY(?:-NC)?-SA\b|\bGPL\b|copyleft", re.IGNORECASE)
"""Licences that ask for what is derived to be shared alike."""
PLACED = frozenset({"demand", "viability", "sites", "equipment", "existing", "links", "refused", "nodes"})
"""Layers with places in them; tables without geometry hold sums and lengths of what was planned."""


@dataclass(frozen=True)
class Content:
    """A plan's layers and what its project says of where they come from."""

    layers: Mapping[str, pd.DataFrame]
    """Spatial layers of a plan by name, whole."""
    project: Mapping[str, Any]
    """The merged project of the scenario."""
    licences: Mapping[str, Any]
    """Path as written in the project -> licence."""
    catalogue: Mapping[str, Any]
    """Sections `media` and `structures` of the catalogue entries used, as plain data."""

    def alike(self, section: str, key: str) -> bool:
        """Whether a file that this key of the project names (`existing`, `towers`) is under a share-alike licence."""
        return self.stated((self.project.get(section) or {}).get(key))

    def stated(self, paths: object) -> bool:
        """Whether the licence that the project states for a file, or for one of several, is share-alike."""
        several = paths if isinstance(paths, list | tuple) else [paths]
        texts = (self.licences.get(str(path)) or self.licences.get(str(path).partition("|")[0]) for path in several)
        return any(bool(SHARE_ALIKE.search(str(text))) for text in texts if text)

    def facilities(self) -> dict[str, bool]:
        """Class of facilities -> whether its layer is share-alike."""
        stated = (self.project.get("demand") or {}).get("facilities") or {}
        return {str(name): self.stated(entry.get("layer")) for name, entry in stated.items()}


def share_alike_rows(content: Content, layer: str) -> Mask:
    """True for the rows of a layer whose places are taken from a layer under a share-alike licence.

    Links and refused lines follow the layer of their medium's route. Sites follow the layer whose places they stand at:
    towers, facilities or settlements; equipment follows its site. A node follows its site or its PoP; where lines only
    meet, the lines. Demand follows the facilities' layer, or where people's come from. Places that the planner chose
    are nobody's.

    Args:
        content: the plan.
        layer: one of PLACED; any other has no such row.
    """
    rows = content.layers[layer]
    if layer in ("links", "refused"):
        return _lines(content, rows)
    if layer == "sites":
        return _sites(content)
    if layer == "nodes":
        return _nodes(content)
    if layer == "equipment":
        sites = content.layers["sites"]
        return _mask(rows["site_id"].isin(set(sites.loc[_sites(content), "site_id"])))
    if layer == "existing":
        return np.full(len(rows), content.alike("existing", "towers"))
    if layer == "viability":
        demand = content.layers["demand"]
        return _mask(rows["demand_id"].isin(set(demand.loc[_demand(content), "demand_id"])))
    return _demand(content) if layer == "demand" else np.zeros(len(rows), dtype=bool)


def _mask(series: pd.Series) -> Mask:
    return series.to_numpy(bool)


def _lines(content: Content, rows: pd.DataFrame) -> Mask:
    def follows(medium: object) -> bool:
        route = str(((content.catalogue.get("media") or {}).get(str(medium)) or {}).get("route"))
        return content.alike("routes", route) or content.alike("existing", route)

    alike = {medium: follows(medium) for medium in set(rows["medium"])}
    return _mask(rows["medium"].map(alike).astype(bool))


def _sites(content: Content) -> Mask:
    sites = content.layers["sites"]
    structures = content.catalogue.get("structures") or {}
    generator = sites["structure"].map(lambda key: (structures.get(str(key)) or {}).get("generator") or "")
    named = sites["name"].notna() & (sites["name"].astype(str) != "")
    standing = (sites["status"] != "new") & content.alike("existing", "towers")
    at_facility = (generator == "facility-hub") & any(content.facilities().values())
    # names of new sites are those of settlements, too
    at_village = ((generator == "village-hub") | (named & (sites["status"] == "new"))) & content.alike(
        "demand", "settlements"
    )
    on_line = (generator == "cabinet") & (content.alike("existing", "copper") or content.alike("existing", "coax"))
    return _mask(standing | at_facility | at_village | on_line)


def _nodes(content: Content) -> Mask:
    nodes, links, sites = content.layers["nodes"], content.layers["links"], content.layers["sites"]
    alike = links[_lines(content, links)]
    met = nodes["node_id"].isin(set(alike["from_node"]) | set(alike["to_node"]))
    own = nodes["node_id"].isin(set(sites["node_id"])) | (nodes["kind"] == "pop")
    at_site = nodes["node_id"].isin(set(sites.loc[_sites(content), "node_id"].dropna()) - {""})
    at_pop = (nodes["kind"] == "pop") & content.alike("existing", "pops")
    at_chamber = (nodes["kind"] == "access-point") & content.alike("routes", "water_access")
    return _mask((met & ~own) | at_site | at_pop | at_chamber)


def _demand(content: Content) -> Mask:
    demand = content.project.get("demand") or {}
    people = content.stated(demand.get("population")) or content.stated(demand.get("settlements"))
    of, area = content.facilities(), content.stated(content.project.get("area"))
    sensors = content.stated((demand.get("sensors") or {}).get("layer"))
    rows = content.layers["demand"]
    iot = rows["level"] == "iot" if "level" in rows else np.zeros(len(rows), dtype=bool)
    kinds = [of.get(str(kind), people or area) for kind in rows["class"]]
    return np.where(np.asarray(iot, dtype=bool), sensors, np.array(kinds, bool).reshape(len(rows)))
