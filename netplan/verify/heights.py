"""Rules of height: antennas stand as high as the layer says of the mast, less what its owner's take, or else as high as
the catalogue says of its kind."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from netplan.verify.finding import Finding, differs, where
from netplan.verify.reading import Written
from netplan.verify.today import numbers_in, read_layer, standing

HERE_M = 1.0
SHORTEST = 0.5
"""Part of a mast's height below which no tenant has to hang."""


def check_heights(written: Written) -> list[Finding]:
    """What is built is as high as its structure; what stands as the towers there, where their layer says so: a tenant
    as far below as the structure's `free_below_m`.

    Where positions are assumed, several of a neighbourhood may have been taken for one mast, so its height is that of
    any of them; which ones were taken together is not written.
    """
    sites = written.sites
    entries = [written.entry("structures", str(name)) for name in sites["structure"]]
    usual = np.array([float((entry.get("height_m") or {}).get("value", np.nan)) for entry in entries])
    stands = np.array([entry.get("generator") == "existing-tower" for entry in entries], bool)
    found, ids = sites["height_m"].to_numpy(float), sites["site_id"]
    findings = where(~stands & differs(found, usual), "height", "sites", ids, found, usual)
    if not stands.any():
        return findings
    path = (written.project.get("existing") or {}).get("towers")
    towers, more = read_layer(written, path, points=True) if path else (None, [])
    below = np.array([float((entry.get("free_below_m") or {}).get("value", 0.0)) for entry in entries])
    said = [np.array([each]) for each in usual] if towers is None else _allowed(written, towers, usual, below)
    wrong = [of and not np.isclose(each, may, rtol=1e-6, atol=1e-6).any()
             for of, each, may in zip(stands, found, said, strict=True)]  # fmt: skip
    want = [" or ".join(f"{height:g}" for height in sorted(set(may.tolist()))) for may in said]
    return [*findings, *more, *where(wrong, "height", "sites", ids, found, want)]


def _allowed(
    written: Written, towers: gpd.GeoDataFrame, usual: npt.NDArray[np.float64], below: npt.NDArray[np.float64]
) -> list[npt.NDArray[np.float64]]:
    """Heights that each site may have: of the towers there, the usual one of its structure for those that say none."""
    existing = written.project.get("existing") or {}
    assumed = bool(existing.get("towers_assumed"))
    reach = max(float(existing.get("tower_cluster_m") or 0.0), HERE_M) if assumed else HERE_M
    towers = standing(towers)
    height = numbers_in(towers, "height")
    place = shapely.centroid(towers.geometry.to_numpy())
    site, tower = shapely.STRtree(place).query(
        written.sites.geometry.to_numpy(), predicate="dwithin", distance=reach + HERE_M
    )
    of = [tower[site == row] for row in range(len(usual))]
    return [
        np.where(height[near] > 0, np.maximum(height[near] - less, SHORTEST * height[near]), each)
        if len(near)
        else np.array([each])
        for near, each, less in zip(of, usual, below, strict=True)
    ]
