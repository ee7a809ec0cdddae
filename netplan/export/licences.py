"""Which rows of a plan are made of data that must be shared alike, so that a file can hold either kind alone."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from netplan.export.written import WrittenPlan

SHARE_ALIKE = re.compile(r"ODbL|Open Database|share[- ]?alike|\bBY(?:-NC)?-SA\b|\bGPL\b|copyleft", re.IGNORECASE)
"""Licences that ask for what is derived to be shared alike."""


def share_alike_rows(plan: WrittenPlan, layer: str) -> npt.NDArray[np.bool_]:
    """True for the rows of a layer whose places are taken from a layer under a share-alike licence.

    Links follow the layer of their medium's route; nodes belong to such a link, or stand at such a site; sites that
    are not new, and what stands today, come from the layer of towers. Places that the planner chose are nobody's.
    """
    if layer == "links":
        return _links(plan)
    rows = plan.layers[layer]
    if layer == "sites":
        return _sites(plan)
    if layer == "nodes":
        links, sites = plan.layers["links"][_links(plan)], plan.layers["sites"][_sites(plan)]
        named = set(links["from_node"]) | set(links["to_node"]) | set(sites["node_id"])
        return _mask(rows["node_id"].isin(named) | ((rows["kind"] == "pop") & _alike(plan, "existing", "pops")))
    if layer == "equipment":
        return _mask(rows["site_id"].isin(set(plan.layers["sites"].loc[_sites(plan), "site_id"])))
    if layer == "existing":
        return np.full(len(rows), _alike(plan, "existing", "towers"))
    demand = plan.project.get("demand") or {}
    facilities = {name: entry.get("layer") for name, entry in (demand.get("facilities") or {}).items()}
    people = _stated(plan, demand.get("population")) or _stated(plan, demand.get("settlements"))
    of = {name: _stated(plan, path) for name, path in facilities.items()}
    area = _stated(plan, plan.project.get("area"))
    return np.array([of.get(str(kind), people or area) for kind in rows["class"]], bool).reshape(len(rows))


def _mask(series: pd.Series) -> npt.NDArray[np.bool_]:
    return series.to_numpy(bool)


def _stated(plan: WrittenPlan, path: object) -> bool:
    """Whether the licence that the project states for a file is share-alike."""
    licences = plan.summary.get("licences") or {}
    text = licences.get(path) or licences.get(str(path).partition("|")[0]) or ""
    return bool(SHARE_ALIKE.search(str(text)))


def _alike(plan: WrittenPlan, section: str, key: str) -> bool:
    return _stated(plan, (plan.project.get(section) or {}).get(key))


def _links(plan: WrittenPlan) -> npt.NDArray[np.bool_]:
    def follows(medium: object) -> bool:
        route = str(plan.entry("media", medium).get("route"))
        return _alike(plan, "routes", route) or _alike(plan, "existing", route)

    links = plan.layers["links"]
    alike = {medium: follows(medium) for medium in set(links["medium"])}
    return _mask(links["medium"].map(alike).astype(bool))


def _sites(plan: WrittenPlan) -> npt.NDArray[np.bool_]:
    sites = plan.layers["sites"]
    return _mask((sites["status"] != "new") & _alike(plan, "existing", "towers"))
