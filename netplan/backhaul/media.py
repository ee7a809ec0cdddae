"""Which media a scenario opens, where on a route they may go, and what the ground multiplies."""

from __future__ import annotations

from typing import TypeAlias

import geopandas as gpd  # type: ignore[import-untyped]
import numpy as np
import numpy.typing as npt
import pandas as pd

from netplan.catalogue.schema import Catalogue, Ground, Medium
from netplan.project.schema import Project

BoolArray: TypeAlias = npt.NDArray[np.bool_]
FloatArray: TypeAlias = npt.NDArray[np.float64]

CABLE_KINDS = ("trench", "aerial", "pipe", "duct", "lit")


def open_media(catalogue: Catalogue, project: Project) -> dict[str, Medium]:
    """Media of this scenario by id: enabled, and their lever (if any) pulled."""
    return {
        key: medium
        for key, medium in sorted(catalogue.media.items())
        if medium.enabled and (medium.lever is None or medium.lever in project.sharing)
    }


def link_status(medium: Medium) -> str:
    """shared: another owner's asset that a lever opens; existing: fibre that is there; new: all else."""
    if medium.lever is not None:
        return "shared"
    return "existing" if medium.kind == "lit" else "new"


def own_cable(media: dict[str, Medium]) -> dict[str, Medium]:
    """Media that anybody may build where there is no route: own trench and own poles."""
    return {
        key: medium
        for key, medium in media.items()
        if medium.kind in ("trench", "aerial") and medium.route in (None, "roads")
    }


def ground_multiplier(medium: Medium, layer: gpd.GeoDataFrame | None, rows: npt.NDArray[np.int64]) -> FloatArray:
    """Capex factor for rows of a route layer: the first class any of whose columns has a listed value.

    Columns and values are compared without case. A class without columns is the default of what follows it.
    """
    factor = np.ones(len(rows))
    unset = np.ones(len(rows), bool)
    for ground in medium.grounds.values():
        hit = unset & _matches(ground, layer, rows)
        factor[hit] = ground.multiplier.value
        unset &= ~hit
    return factor


def base_multiplier(medium: Medium) -> float:
    """Capex factor off the routes, where nothing is known about the ground."""
    return float(ground_multiplier(medium, None, np.zeros(1, np.int64))[0])


def _matches(ground: Ground, layer: gpd.GeoDataFrame | None, rows: npt.NDArray[np.int64]) -> BoolArray:
    if not ground.columns:
        return np.ones(len(rows), bool)
    hit = np.zeros(len(rows), bool)
    names = {} if layer is None else {str(c).casefold(): c for c in layer.columns}
    for column, values in ground.columns.items():
        if layer is not None and column.casefold() in names:
            text = _text(layer[names[column.casefold()]]).to_numpy()[rows]
            hit |= np.isin(text, [value.strip().casefold() for value in values])
    return hit


def _text(column: pd.Series) -> pd.Series:
    return column.fillna("").astype(str).str.strip().str.casefold().astype(object)
