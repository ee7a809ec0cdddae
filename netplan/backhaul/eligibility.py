"""Which pipes, pole lines and ducts can take cable, and why the others cannot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import geopandas as gpd  # type: ignore[import-untyped]
import numpy as np
import numpy.typing as npt
import pandas as pd

from netplan.catalogue.assets import Eligibility
from netplan.catalogue.schema import Medium
from netplan.tables import Inputs

BoolArray: TypeAlias = npt.NDArray[np.bool_]
Refusal: TypeAlias = tuple[BoolArray, str, pd.Series]
"""(rows that fail, reason, what was found per row)"""
REFUSED_COLUMNS = ["asset_id", "medium", "reason", "found", "owner", "length_m"]
ASSET_ROUTES = ("water_pipes", "power_lines", "ducts")
"""Routes that are other people's assets, each with an owner who may refuse."""
OTHER_LINES, OTHER_WATER = "line of another kind", "no medium for this water"
"""Reasons that concern another medium of the same route, if there is one."""


def asset_layer(inputs: Inputs, medium: Medium) -> gpd.GeoDataFrame | None:
    """The layer of a medium that runs along somebody's asset; None for roads, fibre and radio, or without a layer."""
    if medium.route not in ASSET_ROUTES:
        return None
    layer: gpd.GeoDataFrame | None = getattr(inputs, medium.route)
    return None if layer is None or len(layer) == 0 else layer


def owners(layer: gpd.GeoDataFrame, medium: Medium) -> npt.NDArray[np.object_]:
    """Who decides on each row of a route's layer; '' where nobody outside the project does."""
    if medium.approval is None:
        return np.full(len(layer), "", dtype=object)
    said = _column(layer, "owner")
    return np.where(said == "", f"owner of {(medium.route or '').replace('_', ' ')} (not named)", said).astype(object)


def eligible(medium: Medium, layer: gpd.GeoDataFrame, year: int) -> tuple[BoolArray, gpd.GeoDataFrame]:
    """Which rows of a layer can take a cable of this medium, and for the others the first reason why not.

    Args:
        medium: with `min_diameter_mm`, `materials`, `line_kinds` and `eligibility`.
        layer: standard columns of its route (see `Inputs`); a column that is absent is unknown throughout.
        year: the plan's price year, for ages.

    Returns:
        n flags, and the refused rows with REFUSED_COLUMNS.
    """
    ok = np.ones(len(layer), bool)
    reason = np.full(len(layer), "", dtype=object)
    found = np.full(len(layer), "", dtype=object)
    for bad, why, what in _rules(medium, layer, year):
        first = ok & bad
        reason[first], found[first] = why, what.to_numpy(object)[first]
        ok &= ~bad
    lost = layer[~ok]
    table = gpd.GeoDataFrame(
        {
            "asset_id": lost.index.astype(str),
            "medium": medium.id,
            "reason": reason[~ok],
            "found": found[~ok],
            "owner": _column(lost, "owner"),
            "length_m": lost.length.to_numpy(float),
        },
        geometry=lost.geometry.to_numpy(),
        crs=layer.crs,
    )
    return ok, table


def _rules(medium: Medium, layer: gpd.GeoDataFrame, year: int) -> Iterator[Refusal]:
    """Rules in the order in which an engineer would ask."""
    limits = medium.eligibility or Eligibility()
    yield from _words(limits.refused_status, layer, "status")
    if medium.line_kinds:
        kind = layer["kind"].fillna("").astype(str)
        yield ~kind.isin(medium.line_kinds).to_numpy(), OTHER_LINES, kind
    if medium.kind == "pipe":
        water = layer["water"] if "water" in layer else pd.Series("potable", index=layer.index)
        yield ~water.isin(limits.water).to_numpy(), OTHER_WATER, water
    if medium.min_diameter_mm is not None:
        yield from _number(layer, "diameter_mm", limits.refuses_unstated("diameter"), "diameter unknown",
                           medium.min_diameter_mm.value, np.inf, f"narrower than {medium.min_diameter_mm.value:g} mm",
                           "{:g} mm")  # fmt: skip
    if medium.materials:
        yield from _materials(medium, limits, layer)
    yield from _words(limits.refused_linings, layer, "lining")
    if limits.refused_linings and limits.refuses_unstated("lining"):
        lining = pd.Series(_column(layer, "lining"), index=layer.index)
        yield (lining == "").to_numpy(), "lining unknown", lining
    if limits.min_pressure_class_bar is not None:
        least = limits.min_pressure_class_bar.value
        yield from _number(layer, "pressure_class_bar", limits.refuses_unstated("pressure"), "pressure class unknown",
                           least, np.inf, f"pressure class below {least:g} bar", "{:g} bar")  # fmt: skip
    if limits.max_age_years is not None:
        oldest = year - limits.max_age_years.value
        yield from _number(layer, "year", limits.refuses_unstated("year"), "year of construction unknown",
                           oldest, np.inf, f"older than {limits.max_age_years.value:g} years", "built {:.0f}",
                           )  # fmt: skip
    if limits.min_free_bores is not None:
        least = limits.min_free_bores.value
        yield from _number(layer, "free_bores", limits.refuses_unstated("bores"), "free bores unknown",
                           least, np.inf, f"fewer than {least:g} free bores", "{:g} free")  # fmt: skip


def _number(
    layer: gpd.GeoDataFrame,
    column: str,
    refuse_unstated: bool,
    unstated: str,
    least: float,
    most: float,
    reason: str,
    form: str,
) -> Iterator[Refusal]:
    values = layer[column].astype(float) if column in layer else pd.Series(np.nan, index=layer.index)
    if refuse_unstated:
        yield values.isna().to_numpy(), unstated, pd.Series("", index=layer.index, dtype=object)
    text = values.map(lambda value: "" if np.isnan(value) else form.format(value)).astype(object)
    yield ((values < least) | (values > most)).to_numpy(), reason, text


def _materials(medium: Medium, limits: Eligibility, layer: gpd.GeoDataFrame) -> Iterator[Refusal]:
    material = pd.Series(_column(layer, "material"), index=layer.index).str.upper()
    if limits.refuses_unstated("material"):
        yield (material == "").to_numpy(), "material unknown", material
    for name, why in limits.refused_materials.items():
        yield (material == name.upper()).to_numpy(), why, material
    suited = [name.upper() for name in medium.materials]
    yield (~material.isin(suited) & (material != "")).to_numpy(), "material not suited", material


def _words(words: dict[str, str], layer: gpd.GeoDataFrame, column: str) -> Iterator[Refusal]:
    text = pd.Series(_column(layer, column), index=layer.index)
    for word, why in words.items():
        yield text.str.casefold().str.contains(word.casefold(), regex=False).to_numpy(bool), why, text


def _column(layer: gpd.GeoDataFrame, name: str) -> npt.NDArray[np.object_]:
    if name not in layer:
        return np.full(len(layer), "", dtype=object)
    return np.asarray(layer[name].fillna("").astype(str).str.strip().to_numpy(object), dtype=object)


def refused_assets(inputs: Inputs, media: dict[str, Medium], year: int) -> gpd.GeoDataFrame:
    """Every asset that a medium of the scenario would follow and may not, with REFUSED_COLUMNS. Sorted.

    What is meant for another medium of the route (raw water, transmission lines) is not told as refused to this one.
    """
    parts, meant = [], dict[str, set[str]]()
    for _, medium in sorted(media.items()):
        layer = asset_layer(inputs, medium)
        if layer is not None:
            lost = eligible(medium, layer, year)[1]
            other = lost["reason"].isin([OTHER_LINES, OTHER_WATER])
            mine = set(layer.index.astype(str)) - set(lost.loc[other, "asset_id"])
            meant.setdefault(str(medium.route), set()).update(mine)
            parts.append(lost.assign(route=medium.route))
    parts = [
        part[~(part["reason"].isin([OTHER_LINES, OTHER_WATER]) & part["asset_id"].isin(meant[part["route"].iloc[0]]))]
        for part in parts
        if len(part)
    ]
    parts = [part[part["reason"] != OTHER_LINES].drop(columns="route") for part in parts]
    parts = [part for part in parts if len(part)]
    if not parts:
        return gpd.GeoDataFrame({name: [] for name in REFUSED_COLUMNS}, geometry=[], crs=inputs.crs)
    table = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=inputs.crs)
    return table.sort_values(["medium", "asset_id"], ignore_index=True)


def told(refused: gpd.GeoDataFrame, inputs: Inputs, media: dict[str, Medium]) -> list[str]:
    """One line for each medium that some of its route is refused to: kilometres by reason."""
    lines = []
    for key, rows in refused.groupby("medium"):
        layer = asset_layer(inputs, media[str(key)])
        total = 0.0 if layer is None else float(layer.length.sum()) / 1000.0
        by_reason = rows.groupby("reason", sort=False)["length_m"].sum() / 1000.0
        parts = [f"{km:.1f} km {reason}" for reason, km in by_reason.sort_index().items()]
        lines.append(
            f"{media[str(key)].label}: {rows['length_m'].sum() / 1000.0:.1f} of {total:.1f} km refused "
            f"({', '.join(parts)})"
        )
    return lines
