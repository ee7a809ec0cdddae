"""Today's service of towers that state technologies: the access options of what stands there, free and already on."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from netplan.catalogue.names import technology_names
from netplan.catalogue.schema import Catalogue, Technology
from netplan.costs import Economics
from netplan.errors import InputError
from netplan.parts import as_text, reached, split
from netplan.project.schema import Project
from netplan.radio.filling import fill
from netplan.radio.options import build_options
from netplan.radio.serve import carriers_of
from netplan.tables import ROW, Baseline, Demand, FloatArray, Inputs, Options, Sites

PLACE = "existing.towers"
ANY_RATE_MBPS = 1e-5
"""A row that is offered at least this is reached: 10 bit/s, below what any technology here calls service."""
SERVICE_COLUMNS = [
    "demand_id", "existing_id", "technology", "rate_mbps", "share", "reach_share", "capacity_used", "reach",
]  # fmt: skip
PART_COLUMNS = ["demand_id", "bits", "points", "share"]
EQUIPMENT_COLUMNS = ["name", "technology", "height_m", "capacity", "capacity_unit", "x_m", "y_m", "geometry"]


def existing_service(
    inputs: Inputs, demand: Demand, catalogue: Catalogue, project: Project, economics: Economics
) -> Baseline:
    """Whom the equipment on existing towers serves today, worked out over the terrain like that of the plan.

    Assumptions, all in the docstrings that they belong to: people hold the terminal of `today`; equipment is that of
    the catalogue's entry and has the backhaul it needs; the people it covers load it as the project's service level
    says, up to its capacity
    (`netplan.radio.filling.fill`); crowd-sourced positions of one technology within `tower_cluster_m` are one. What is
    offered below the required rate of a row serves no part of it, but is kept as `reach_share`.

    Args:
        inputs: towers, elevation.
        demand: the demand table before anything is served; all rows of the levels that a technology serves.
        catalogue: all technologies, whether the project builds them or not.
        project: spread of crowd-sourced positions.
        economics: passed to the options machinery, which prices nothing here.

    Raises:
        InputError: a tower states a technology that the catalogue does not have, or one that stands on no site.
    """
    towers = inputs.towers
    if towers is None or towers.empty:
        return _baseline(_equipment(inputs, []), _nothing(), (), ())
    place = f"{PLACE}: technologies"
    named = technology_names(towers["technologies"], catalogue, place, sited=True, rows=towers.get(ROW))
    if named.faults:
        raise InputError(named.faults)
    spread_m = project.existing.tower_cluster_m
    ids = sorted({key for names in named.ids for key in names})
    tables = [_mounted(towers, named.ids, catalogue, key, spread_m) for key in ids]
    equipment = _equipment(inputs, tables)
    warnings = [f"{PLACE}: `{name}` is taken for {catalogue.technologies[key].label}" for name, key in
                named.taken.items()]  # fmt: skip
    silent = sum(not names for names in named.ids)
    if silent:
        warnings.append(
            f"{PLACE}: {silent} of {len(towers)} towers state no technology (column technologies): they are taken to "
            "serve nobody today"
        )
    if equipment.empty or demand.points.empty:
        return _baseline(equipment, _nothing(), tuple(ids), tuple(warnings))
    bare = _bare(catalogue, ids)
    sites = _sites(equipment)
    wanted = build_options(inputs, demand, sites, bare, project.model_copy(update={"technologies": None}), economics)
    anything = replace(demand, points=demand.points.assign(rate_mbps=ANY_RATE_MBPS))
    reached = build_options(inputs, anything, sites, bare, project.model_copy(update={"technologies": None}), economics)
    terrain = [f"{PLACE}: {text}" for text in reached.warnings if "reach nobody" not in text]
    equipment = equipment.assign(
        capacity=reached.table.set_index("site_id")["capacity"].reindex(equipment.index).fillna(0.0).to_numpy(float),
        capacity_unit=reached.table.set_index("site_id")["capacity_unit"]
        .reindex(equipment.index)
        .fillna("")
        .to_numpy(),
    )
    service, parts = _service(wanted, reached, equipment)
    return Baseline(equipment, service, tuple(ids), (*warnings, *terrain), parts)


def _mounted(
    towers: gpd.GeoDataFrame, names: tuple[tuple[str, ...], ...], catalogue: Catalogue, key: str, spread_m: float
) -> gpd.GeoDataFrame:
    """One row per tower that states a technology; crowd-sourced ones nearer than the spread to one before drop out."""
    here = towers[np.array([key in of for of in names], dtype=bool)]
    xy = here.get_coordinates().to_numpy(float)
    assumed = here["assumed"].to_numpy(bool)
    keep = np.ones(len(here), dtype=bool)
    order = np.lexsort((xy[:, 1], xy[:, 0]))
    near = cKDTree(xy).query_ball_point(xy, max(spread_m, 1e-6)) if len(here) else []
    for k in order:
        if keep[k] and assumed[k]:
            keep[[j for j in near[k] if j != k and assumed[j]]] = False
    here = here[keep]
    height = here["height_m"].to_numpy(float)
    height = np.where(np.isfinite(height), height, _usual_height_m(catalogue, catalogue.technologies[key]))
    table = here.assign(technology=key, height_m=height, x_m=xy[keep, 0], y_m=xy[keep, 1], capacity=0.0)
    table = table.assign(capacity_unit="")[EQUIPMENT_COLUMNS]
    table.index = pd.Index([f"{tower}/{key}" for tower in here.index], dtype=object)
    return table


def _usual_height_m(catalogue: Catalogue, technology: Technology) -> float:
    """Antenna height where a tower states none: that of existing towers in the catalogue, else of what carries it.

    What stands is the owner's, at the top, and no tenant's below it.
    """
    structures = catalogue.structures
    towers = [s for s in structures.values() if s.generator == "existing-tower"]
    stands = [s.height_m.value + (0.0 if s.free_below_m is None else s.free_below_m.value) for s in towers]
    return min(stands or [structures[s].height_m.value for s in technology.structures if s in structures])


def _equipment(inputs: Inputs, tables: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    if not tables:
        number = ("height_m", "capacity", "x_m", "y_m")
        nothing = {c: pd.Series(dtype=float if c in number else object) for c in EQUIPMENT_COLUMNS[:-1]}
        made = gpd.GeoDataFrame(nothing, geometry=gpd.GeoSeries([], crs=inputs.crs), crs=inputs.crs)
    else:
        made = gpd.GeoDataFrame(pd.concat(tables), geometry="geometry", crs=inputs.crs).sort_index()
    made.index = pd.Index(made.index, name="existing_id", dtype=object)
    return made


def _bare(catalogue: Catalogue, ids: list[str]) -> Catalogue:
    """The technologies of those ids without cost, each on a structure of its own name: what stands is paid for.

    They reach what people hold today: nobody owns the outdoor terminal that a plan would pay for.
    """
    free = {"costs": (), "premises": (), "enabled": True}
    entries = {key: _held(catalogue.technologies[key]).model_copy(update=free | {"structures": (key,)}) for key in ids}
    return catalogue.model_copy(update={"technologies": entries})


def _held(technology: Technology) -> Technology:
    """The technology received with today's terminal, on every carrier."""
    if technology.today is None or technology.radio is None:
        return technology
    terminal = {name: getattr(technology.today, name) for name in type(technology.today).model_fields}
    radio, *carriers = (radio.model_copy(update=terminal) for radio in carriers_of(technology))
    return technology.model_copy(update={"radio": radio, "carriers": tuple(carriers)})


def _sites(equipment: gpd.GeoDataFrame) -> Sites:
    """Equipment as sites, one for each technology on a tower."""
    points = equipment.assign(
        structure=equipment["technology"], status="existing", lever="", ground_m=np.nan, power="",
        grid_distance_m=np.inf, assumed=False,
    )  # fmt: skip
    points.index.name = "site_id"
    return Sites(points, pd.DataFrame())


def _service(wanted: Options, reached: Options, equipment: gpd.GeoDataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows reached at any rate, with the share served at the required one within capacity; and where in the rows."""
    pairs = reached.service[["demand_id", "option_id", "rate_mbps", "service_max"]]
    pairs = pairs.rename(columns={"service_max": "reach_share", "rate_mbps": "any_mbps"})
    offered = wanted.service.drop(columns="loss_db")
    both = pairs.merge(offered, on=["demand_id", "option_id"], how="outer", validate="one_to_one")
    site = pd.concat([wanted.table["site_id"], reached.table["site_id"]])
    both["existing_id"] = site[~site.index.duplicated()].reindex(both["option_id"]).to_numpy(object)
    both = both.sort_values(["demand_id", "existing_id"], ignore_index=True)
    share = np.zeros(len(both))
    meets = both["service_max"].notna().to_numpy(bool)
    share[meets], parts = _filled(both[meets], equipment)
    both["share"] = share
    both["reach"] = as_text(*(both[c].fillna(0).to_numpy(np.int64) for c in ("bits", "points")))
    both["capacity_used"] = both["capacity_used"].fillna(0.0) * share
    both["rate_mbps"] = both["rate_mbps"].fillna(both["any_mbps"])
    both["reach_share"] = both[["reach_share", "share"]].max(axis=1)
    both["technology"] = equipment["technology"].reindex(both["existing_id"]).to_numpy(object)
    return both[SERVICE_COLUMNS], parts


def _filled(met: pd.DataFrame, equipment: gpd.GeoDataFrame) -> tuple[FloatArray, pd.DataFrame]:
    """Share of its row that each pair serves at the required rate, (k,), and what is served of each part of a row."""
    row, ids = pd.factorize(met["demand_id"])
    row = row.astype(np.int64)
    bits, points = met["bits"].to_numpy(np.int64), np.ones(len(ids), np.int64)
    np.maximum.at(points, row, met["points"].to_numpy(np.int64))
    parts = split(points, row, bits)
    entry, part = reached(parts, row, bits)
    reach, use, rate = (met[c].to_numpy(float)[entry] for c in ("service_max", "capacity_used", "rate_mbps"))
    where = equipment.index.get_indexer(pd.Index(met["existing_id"])).astype(np.int64)[entry]
    weight = parts.share[part]
    capacity = equipment["capacity"].to_numpy(float)
    served = fill(part, where, np.where(bits[entry] > 0, 1.0, reach), use * weight, rate, capacity)
    of_part = np.bincount(part, served, minlength=len(parts.row))
    divided = pd.DataFrame(
        {"demand_id": ids[parts.row], "bits": parts.bits, "points": points[parts.row], "share": of_part}
    )
    told = divided["demand_id"].isin(met.loc[met["points"] > 0, "demand_id"])
    return np.bincount(entry, served * weight, minlength=len(met)).astype(float), divided.loc[told, PART_COLUMNS]


def _nothing() -> pd.DataFrame:
    number = ("rate_mbps", "share", "reach_share", "capacity_used")
    return pd.DataFrame({c: pd.Series(dtype=float if c in number else object) for c in SERVICE_COLUMNS})


def _baseline(
    equipment: gpd.GeoDataFrame, service: pd.DataFrame, named: tuple[str, ...], warnings: tuple[str, ...]
) -> Baseline:
    return Baseline(equipment, service, named, warnings)
