"""Water pipes with their standard columns, and the places where their diameter changes."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from netplan.inputs.aliases import numbers, texts
from netplan.inputs.door import Door, Source
from netplan.inputs.epanet import is_model
from netplan.project.schema import PipeDefaults

WIDEST_PIPE_MM = 4000.0
YEARS = (1800, 2200)
MODEL_MATERIAL = "PVC"
"""What the pipes of an EPANET model are taken to be when the project does not say: the format has no material."""
TOUCH_M = 1.5
"""Ends of pipes this near meet (digitising gaps)."""
DIAMETER_CHANGE = "diameter change"


def standard_pipes(door: Door, source: Source, layer: gpd.GeoDataFrame, defaults: PipeDefaults) -> gpd.GeoDataFrame:
    """The layer with `diameter_mm, material, lining, pressure_class_bar, year, water, owner, status`.

    Impossible figures count as unknown; what is unknown takes the project's `routes.water_pipe_defaults`. Both are
    said.
    """
    diameter, pressure, year = (numbers(layer, name) for name in ("diameter_mm", "pressure_class_bar", "year"))
    checked = {
        "diameter_mm": _possible(door, source, diameter, 0.0, WIDEST_PIPE_MM, "diameter"),
        "pressure_class_bar": _possible(door, source, pressure, 0.0, 400.0, "pressure class"),
        "year": _possible(door, source, year, *YEARS, "year of construction"),
    }
    words = {name: texts(layer, name) for name in ("material", "lining", "owner", "status")}
    illegible = int((diameter.isna() & (texts(layer, "diameter_mm") != "")).sum())
    if illegible:
        door.warn(f"{source.place}: {illegible} pipes whose diameter is no number of millimetres, taken as unknown.")
    words["material"] = words["material"].str.upper()
    material = defaults.material
    if is_model(source) and material is None:
        material = MODEL_MATERIAL
        door.warn(
            f"{source.place}: the model states no material; its pipes are ASSUMED to be {material}. Give "
            "routes.water_pipe_defaults.material."
        )
    given = {"diameter_mm": defaults.diameter_mm, "pressure_class_bar": defaults.pressure_class_bar}
    for name, value in {**given, "year": defaults.year}.items():
        blank = checked[name].isna()
        if value is not None and blank.any():
            checked[name] = checked[name].where(~blank, float(value))
            _said(door, source, int(blank.sum()), len(layer), name, value)
    unknown = int(checked["diameter_mm"].isna().sum())
    if unknown:
        door.warn(
            f"{source.place}: {unknown} of {len(layer)} pipes have no known diameter, so no cable is let into them "
            "where the catalogue asks for one. Give a column diameter_mm, or routes.water_pipe_defaults.diameter_mm."
        )
    taken = {"material": None if material is None else material.upper(), "lining": defaults.lining}
    for name, text in {**taken, "owner": defaults.owner}.items():
        blank = words[name] == ""
        if text is not None and blank.any():
            words[name] = words[name].where(~blank, text)
            if name != "material" or defaults.material is not None:
                _said(door, source, int(blank.sum()), len(layer), name, text)
    return layer.assign(**checked, **words, water=_water(layer, defaults.water))


def _possible(door: Door, source: Source, values: pd.Series, low: float, high: float, what: str) -> pd.Series:
    wrong = values.notna() & ~((values > low) & (values <= high))
    if wrong.any():
        door.warn(f"{source.place}: {int(wrong.sum())} pipes with an impossible {what}, taken as unknown.")
    return values.where(~wrong)


def _said(door: Door, source: Source, count: int, total: int, name: str, value: object) -> None:
    door.warn(
        f"{source.place}: {count} of {total} pipes state no {name} and are ASSUMED to have {value} "
        "(routes.water_pipe_defaults)."
    )


def _water(layer: gpd.GeoDataFrame, default: str) -> pd.Series:
    """`potable` or `raw` of each pipe, from a word in a column; else the default."""
    said = texts(layer, "water").str.casefold()
    raw = said.str.contains("raw|untreated|brute|cruda", regex=True)
    potable = said.str.contains("potable|drink|treated|clean", regex=True) & ~raw
    chosen = np.where(raw, "raw", np.where(potable, "potable", default))
    return pd.Series(chosen, index=layer.index, dtype=object)


def diameter_changes(pipes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Points where the ends of exactly two pipes meet that differ in diameter by a millimetre or more."""
    diameter = pipes["diameter_mm"].to_numpy(float)
    ends = np.concatenate(
        [shapely.get_coordinates(shapely.get_point(pipes.geometry.to_numpy(), at)) for at in (0, -1)]
    ).reshape(-1, 2)
    owner = np.tile(np.arange(len(pipes)), 2)
    pairs = cKDTree(ends).query_pairs(TOUCH_M, output_type="ndarray") if len(ends) else np.empty((0, 2), np.int64)
    degree = np.bincount(pairs.ravel(), minlength=len(ends))
    a, b = pairs[:, 0], pairs[:, 1]
    alone = (degree[a] == 1) & (degree[b] == 1) & (owner[a] != owner[b])
    alone &= np.abs(diameter[owner[a]] - diameter[owner[b]]) >= 1.0
    # An end that meets another pipe's middle is a tee, not a reducer.
    spots = shapely.points(0.5 * (ends[a[alone]] + ends[b[alone]]))
    near, _ = shapely.STRtree(pipes.geometry.to_numpy()).query(spots, predicate="dwithin", distance=TOUCH_M)
    spots = spots[np.bincount(near, minlength=len(spots)) == 2] if len(spots) else spots
    columns = {"kind": np.full(len(spots), DIAMETER_CHANGE, dtype=object), "status": np.full(len(spots), "", object)}
    return gpd.GeoDataFrame(columns, geometry=list(spots), crs=pipes.crs)
