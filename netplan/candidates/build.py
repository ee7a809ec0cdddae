"""From inputs and demand to the table of sites."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from netplan.candidates.ground import sample
from netplan.candidates.hubs import cabinets, facility_hubs, name_blank, village_hubs
from netplan.candidates.masts import Around, new_masts, relays
from netplan.candidates.power import choose_power, grid_anchors, grid_distance, power_items, typical_load_w
from netplan.candidates.proposals import Proposals, propose
from netplan.candidates.towers import tenant_heights_m, tower_proposals
from netplan.catalogue.schema import Catalogue, Power, Structure
from netplan.costs import ITEM_COLUMNS, Economics, price_items
from netplan.errors import Fault, InputError
from netplan.project.schema import Project
from netplan.tables import Demand, FloatArray, Inputs, Sites

STANDS_WITHOUT_SERVICE = ("existing-tower", "relay")
"""Generators whose structures are of use with nothing but a microwave hop on them."""
SIMILAR_HEIGHT = 1.5
ORDER = ("existing-tower", "new-mast", "relay", "facility-hub", "village-hub", "cabinet")


def build_sites(inputs: Inputs, demand: Demand, project: Project, catalogue: Catalogue, economics: Economics) -> Sites:
    """Physical sites that exist or could be built: one row each, numbered per structure in order of (x, y).

    A structure takes part if its lever is open (`project.sharing`) and a technology of the project may stand on it
    (towers and relays need none). Numbers do not change with `forbid` or `candidates.max_sites`.

    Returns:
        Sites (see `netplan.tables.Sites`) sorted by id, with the items of opening each: structure and power for
        the bare site. `grid_distance_m` is inf where nothing is known to have the grid.

    Raises:
        InputError: a structure names a power entry that the catalogue does not have.
    """
    warnings: list[str] = []
    points = demand.points
    is_cell = points["area_km2"].to_numpy(float) > 0
    cells, facilities = points[is_cell & (points["population"] > 0).to_numpy(bool)], points[~is_cell]
    facilities = facilities[_may_host(facilities)]
    enabled = _enabled(project, catalogue)
    structures = _structures(project, catalogue, enabled, warnings)
    _check_power(structures, catalogue)
    anchors, assumption = grid_anchors(inputs, cells, facilities)
    around = Around(cells[["x_m", "y_m"]].to_numpy(float), cells["population"].to_numpy(float), anchors)
    tables, items = [], []
    # Whose a tower is does not depend on which levers are open.
    owners = len([s for s in catalogue.structures.values() if s.generator == "existing-tower"])
    for structure, found in _proposals(inputs, cells, facilities, project, structures, around, owners > 1, warnings):
        rows = _rows(structure, found.by_place(), inputs, anchors)
        entries = tuple(catalogue.power[key] for key in structure.power)
        rows, priced = _powered(rows, structure, entries, typical_load_w(structure, catalogue, enabled), economics)
        lost = len(found) - len(rows)
        if lost:
            warnings.append(
                f"{lost} {structure.label} are left out: no power supply that the catalogue allows reaches them"
            )
        tables.append(rows)
        items.append(priced)
    if assumption:
        warnings.append(assumption)
    table = _table(tables, inputs)
    table = _without_forbidden(table, project, warnings)
    proposed = int((~_standing(table)).sum())
    kept = _capped(table, project, warnings)
    dropped, table = len(table) - len(kept), kept.drop(columns="rank").sort_index(kind="stable")
    if table.empty:
        warnings.append("no site is proposed: only what reaches premises directly can serve")
    return Sites(table, _items_of(items, table.index), tuple(warnings), proposed, dropped)


def _may_host(points: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    """Schools and clinics have walls, power and people; a sensor on a pipe is no place for a hub."""
    if "level" not in points:
        return np.ones(len(points), dtype=bool)
    return np.asarray(points["level"] != "iot", dtype=bool)


def _enabled(project: Project, catalogue: Catalogue) -> tuple[str, ...]:
    known = sorted(catalogue.technologies)
    return tuple(key for key in known if project.technologies is None or key in project.technologies)


def _structures(
    project: Project, catalogue: Catalogue, enabled: tuple[str, ...], warnings: list[str]
) -> list[Structure]:
    """Structures that take part, in the order in which they are generated (hubs know the masts before them)."""
    carried = {key for technology in enabled for key in catalogue.technologies[technology].structures}
    taking_part: list[Structure] = []
    idle: list[Structure] = []
    for structure in sorted(catalogue.structures.values(), key=lambda s: (ORDER.index(s.generator), s.id)):
        if structure.lever is not None and structure.lever not in project.sharing:
            continue
        useful = structure.id in carried or structure.generator in STANDS_WITHOUT_SERVICE
        (taking_part if useful else idle).append(structure)
    if idle:
        named = ", ".join(structure.label for structure in idle)
        warnings.append(f"not proposed, as no technology of the project may stand on them: {named}")
    return taking_part


def _check_power(structures: list[Structure], catalogue: Catalogue) -> None:
    faults = [
        Fault(f"catalogue: structures.{structure.id}.power", key, f"name one of {', '.join(sorted(catalogue.power))}")
        for structure in structures
        for key in structure.power
        if key not in catalogue.power
    ]
    if faults:
        raise InputError(faults)


def _proposals(
    inputs: Inputs,
    cells: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    project: Project,
    structures: list[Structure],
    around: Around,
    by_owner: bool,
    warnings: list[str],
) -> list[tuple[Structure, Proposals]]:
    """What each structure's generator proposes; the same generator is run once and its places shared."""
    spec = project.candidates
    kinds = {structure.generator for structure in structures}
    nowhere = propose(np.zeros((0, 2)))
    masts = new_masts(inputs, around, spec.mast_spacing_m) if {"new-mast", "relay"} & kinds else nowhere
    hubs = facility_hubs(inputs, cells, facilities, spec.hub_spacing_m) if "facility-hub" in kinds else nowhere
    tall = [structure.height_m.value for structure in structures if structure.generator == "facility-hub"]
    result = []
    for structure in structures:
        if structure.generator == "existing-tower":
            found = _towers(inputs, structure, by_owner, project, warnings)
        elif structure.generator == "new-mast":
            found = masts
        elif structure.generator == "relay":
            # Relays keep clear of masts only if masts are really proposed.
            found = relays(inputs, masts.xy if "new-mast" in kinds else nowhere.xy, spec.mast_spacing_m)
        elif structure.generator == "facility-hub":
            found = hubs
        elif structure.generator == "village-hub":
            alike = any(_alike(structure.height_m.value, height) for height in tall)
            found = village_hubs(inputs, cells, spec.hub_spacing_m, hubs.xy if alike else nowhere.xy)
        else:
            found = cabinets(inputs, cells, project.demand.cell_m)
        result.append((structure, name_blank(found, inputs.settlements)))
    return result


def _alike(height_m: float, other_m: float) -> bool:
    return max(height_m, other_m) <= SIMILAR_HEIGHT * max(min(height_m, other_m), 1e-9)


def _towers(inputs: Inputs, structure: Structure, by_owner: bool, project: Project, warnings: list[str]) -> Proposals:
    """Towers of one structure. Where the catalogue has several tower structures (`by_owner`), the `status` of the layer
    (existing or shared) says which towers are whose; a tower without it is another owner's."""
    towers = inputs.towers
    if towers is None or towers.empty:
        return propose(np.zeros((0, 2)))
    if by_owner:
        status = towers["status"] if "status" in towers else pd.Series("", index=towers.index)
        owned, unknown = status == "existing", ~status.isin(["existing", "shared", ""])
        if unknown.any():
            words = ", ".join(f"`{word}`" for word in sorted(set(status[unknown])))
            text = (
                f"existing.towers: {int(unknown.sum())} of {len(towers)} have a status other than existing or shared "
                f"({words}) and are ASSUMED to be another owner's; write existing for towers of your own"
            )
            warnings += [] if text in warnings else [text]
        towers = towers[(owned if structure.status == "existing" else ~owned).to_numpy(bool)]
    found, said = tower_proposals(towers, inputs.area, project.existing.tower_cluster_m)
    warnings += said
    stated = int(np.isfinite(found.height_m).sum())
    if structure.free_below_m is None or not stated:
        return found
    free_below_m = structure.free_below_m.value
    warnings.append(
        f"existing.towers: {stated} towers of others state their height; a tenant is ASSUMED to hang "
        f"{free_below_m:g} m below the top (structures.{structure.id}.free_below_m)"
    )
    return replace(found, height_m=tenant_heights_m(found.height_m, free_below_m))


def _rows(structure: Structure, found: Proposals, inputs: Inputs, anchors: npt.NDArray[np.object_]) -> gpd.GeoDataFrame:
    """Rows of one structure, numbered in the order given, with `rank`: 0 for its best, towards 1 for its last."""
    n = len(found)
    height: FloatArray = np.where(np.isfinite(found.height_m), found.height_m, structure.height_m.value)
    rank = np.empty(n)
    rank[np.lexsort((np.arange(n), -np.round(found.score, 6)))] = np.arange(n) / max(n, 1)
    if structure.generator == "existing-tower":
        rank[:] = -1.0
    return gpd.GeoDataFrame(
        {
            "structure": structure.id,
            "status": structure.status,
            "lever": structure.lever or "",
            "name": found.name,
            "height_m": height,
            "ground_m": sample(inputs.elevation, found.xy),
            "power": "",
            "grid_distance_m": grid_distance(anchors, found.xy),
            "assumed": found.assumed,
            "technologies": found.technologies,
            "max_systems": found.max_systems,
            "x_m": found.xy[:, 0],
            "y_m": found.xy[:, 1],
            "rank": rank,
        },
        index=pd.Index([f"{structure.id}-{i + 1:04d}" for i in range(n)], name="site_id", dtype=object),
        geometry=shapely.points(found.xy),
        crs=inputs.crs,
    )


def _powered(
    rows: gpd.GeoDataFrame, structure: Structure, entries: tuple[Power, ...], load_w: float, economics: Economics
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Rows with their power supply (those that none reaches left out), and the items of opening the bare site."""
    ids = rows.index.to_numpy(object)
    supply = choose_power(ids, entries, rows["grid_distance_m"].to_numpy(float), load_w, economics)
    rows = rows.assign(power=supply.power)[supply.possible]
    frames = [price_items(rows.index.to_numpy(object), structure.costs, {}, economics)]
    for entry in entries:
        chosen = rows[rows["power"] == entry.id]
        distance = chosen["grid_distance_m"].to_numpy(float)
        base_w = structure.base_load_w.value
        frames.append(power_items(chosen.index.to_numpy(object), entry, distance, base_w, economics))
    return rows, pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)


def _table(tables: list[gpd.GeoDataFrame], inputs: Inputs) -> gpd.GeoDataFrame:
    full = [table for table in tables if len(table)]
    if full:
        return gpd.GeoDataFrame(pd.concat(full), geometry="geometry", crs=inputs.crs)
    columns = ["structure", "status", "lever", "name", "height_m", "ground_m", "power", "grid_distance_m", "assumed"]
    columns += ["technologies", "max_systems"]
    columns += ["x_m", "y_m", "rank"]
    numbers = {"max_systems", "height_m", "ground_m", "grid_distance_m", "x_m", "y_m", "rank"}
    blank = {key: pd.Series(dtype=float if key in numbers else object) for key in columns}
    table = gpd.GeoDataFrame(blank, geometry=gpd.GeoSeries([], crs=inputs.crs), crs=inputs.crs)
    table["assumed"] = table["assumed"].astype(bool)
    table.index = pd.Index([], name="site_id", dtype=object)
    return table


def _without_forbidden(table: gpd.GeoDataFrame, project: Project, warnings: list[str]) -> gpd.GeoDataFrame:
    gone = table.index.isin(list(project.forbid))
    if gone.any():
        warnings.append(f"{int(gone.sum())} proposed sites are left out: the project forbids them")
    return table[~gone]


def _standing(table: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    """Towers that are there already: `rank` below 0."""
    return np.asarray(table["rank"].to_numpy(float) < 0)


def _capped(table: gpd.GeoDataFrame, project: Project, warnings: list[str]) -> gpd.GeoDataFrame:
    """At most `candidates.max_sites` proposals: forced sites first, then the best of every structure.

    Standing towers come on top: if they took places, opening a lever would take other sites away.
    """
    most = project.candidates.max_sites
    standing = _standing(table)
    proposed = int((~standing).sum())
    if most is None or proposed <= most:
        return table
    forced = table.index.isin(list(project.force))
    rank = np.where(standing, -3.0, np.where(forced, -2.0, table["rank"].to_numpy(float)))
    room = int(standing.sum()) + max(most, int((forced & ~standing).sum()))
    keep = np.lexsort((table.index.to_numpy(str), rank))[:room]
    warnings.append(
        f"{len(table) - len(keep)} of {proposed} proposed sites are dropped by candidates.max_sites = {most}: "
        "the plan's bound is that of the smaller problem"
    )
    return table.iloc[np.sort(keep)]


def _items_of(frames: list[pd.DataFrame], ids: pd.Index) -> pd.DataFrame:
    """Items of the sites kept, sorted by site and item."""
    full = [frame for frame in frames if len(frame)]
    if not full:
        return pd.DataFrame(columns=ITEM_COLUMNS)
    items = pd.concat(full, ignore_index=True)
    items = items[items["row_id"].isin(ids)]
    return items.sort_values(["row_id", "category", "item"], kind="stable", ignore_index=True)[ITEM_COLUMNS]
