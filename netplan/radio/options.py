"""Access options: every technology on every site it fits, and every satellite beam, with whom each can serve."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from netplan.catalogue.schema import Catalogue, Technology
from netplan.costs import Economics, price_items
from netplan.parts import count_of
from netplan.project.schema import Project
from netplan.radio.beams import beam_of, beams_over, is_wide, one_beam
from netplan.radio.distribution import distribution_km, road_length_m
from netplan.radio.lines import existing_lines, joined_sites, serve_lines
from netplan.radio.people import shares_reached
from netplan.radio.serve import Service, carriers_of, serve_fixed, serve_hotspot, serve_radio
from netplan.radio.shapes import Aims, IntArray, aim_points, xy
from netplan.radio.sky import every_point, share_under
from netplan.radio.spectrum import exclusive_options, free_sites
from netplan.radio.upgrades import lines_for, upgraded
from netplan.radio.validity import beyond_validity
from netplan.tables import Demand, FloatArray, Inputs, Options, Raster, Sites

SERVICE_COLUMNS = ["demand_id", "option_id", "rate_mbps", "capacity_used", "service_max", "loss_db", "bits", "points"]


@dataclass(frozen=True)
class Offer:
    """One technology over its places: option rows, their priced items, their service."""

    table: pd.DataFrame
    items: pd.DataFrame
    service: pd.DataFrame
    unknown_paths: int
    paths: int


def chosen_technologies(catalogue: Catalogue, project: Project) -> list[Technology]:
    """Technologies of the project by id order: those it names, or all when it names none of them."""
    named = set(project.technologies or ()) & set(catalogue.technologies)
    return [catalogue.technologies[key] for key in sorted(named or catalogue.technologies)]


def asked_service(points: gpd.GeoDataFrame) -> npt.NDArray[np.object_]:
    """Kind of service each demand row asks for (household, community or iot), shape (n,).

    The column `level` where the table has one; without it cells ask for household and points (schools, clinics) for
    community service.
    """
    if "level" in points:
        return np.asarray(points["level"].to_numpy(object))
    is_cell = points["area_km2"].to_numpy(float) > 0
    return np.where(is_cell, "household", "community").astype(object)


def build_options(
    inputs: Inputs,
    demand: Demand,
    sites: Sites,
    catalogue: Catalogue,
    project: Project,
    economics: Economics,
    whole: Catalogue | None = None,
) -> Options:
    """Work out every access option and its service.

    Only pairs that offer at least the required rate are in the service table; options that can serve nobody are left
    out and counted in the warnings.

    Args:
        inputs: area, roads and elevation are used.
        demand, sites: the tables of the earlier stages; row order does not matter.
        catalogue: technologies, structures and power entries.
        project: which technologies.
        economics: how items are priced.
        whole: also the technologies that may stand today without being offered; default `catalogue`.
    """
    everyone, places = demand.points.sort_index(), sites.points.sort_index()
    technologies = chosen_technologies(catalogue, project)
    asking = asked_service(everyone)
    offers, idle, cut_off, said = [], 0, [], list[str]()
    aims_of: dict[tuple[str, ...], Aims] = {}
    for technology in technologies:
        points = everyone[np.isin(asking, technology.serves)]
        if points.empty or (technology.kind == "line-access" and existing_lines(technology, inputs) is None):
            continue
        if technology.serves not in aims_of:
            aims_of[technology.serves] = aim_points(points)
        aims = aims_of[technology.serves]
        fits, busy = free_sites(technology, places, catalogue if whole is None else whole)
        offer, told = _offered(technology, fits, points, aims, inputs, catalogue, project, economics)
        said += [*busy, *told]
        serving = offer.table.index.isin(offer.service["option_id"].unique())
        idle += int((~serving).sum())
        if offer.unknown_paths:
            cut_off.append(f"{technology.id}: {offer.unknown_paths} of {offer.paths} paths")
        kept = offer.table[serving]
        offers.append((kept, offer.items[offer.items["row_id"].isin(kept.index)], offer.service))
    table = pd.concat([offer[0] for offer in offers]) if offers else _empty_table()
    items = (
        pd.concat([offer[1] for offer in offers], ignore_index=True) if offers else price_items([], (), {}, economics)
    )
    service = pd.concat([offer[2] for offer in offers], ignore_index=True) if offers else _service_frame()
    premises = [price_items([t.id], t.premises, {"premises": 1.0}, economics) for t in technologies]
    geometry = gpd.points_from_xy(table["x_m"], table["y_m"], crs=inputs.crs)
    return Options(
        table=gpd.GeoDataFrame(table, geometry=geometry).sort_index(),
        items=items.sort_values("row_id", kind="stable", ignore_index=True),
        service=service.sort_values(["demand_id", "option_id"], kind="stable", ignore_index=True),
        premises_items=pd.concat(premises, ignore_index=True) if premises else price_items([], (), {}, economics),
        warnings=(
            *_without_lines(technologies, inputs, project),
            *_warnings(inputs.elevation, technologies, cut_off, idle),
            *dict.fromkeys(said),
        ),
        exclusive=exclusive_options(table, catalogue),
    )


def _offered(
    technology: Technology,
    fits: gpd.GeoDataFrame,
    points: gpd.GeoDataFrame,
    aims: Aims,
    inputs: Inputs,
    catalogue: Catalogue,
    project: Project,
    economics: Economics,
) -> tuple[Offer, list[str]]:
    """One technology on the sites it fits, or from the sky, and what is to be said about it."""
    if technology.kind == "satellite":
        seen, told = share_under(technology.sky, inputs, catalogue, project, aims, len(points))
        said = list(told)
        hidden = int((seen < every_point(aims, len(points))).sum())
        if hidden:
            said.append(f"{technology.id}: {hidden} of {len(points)} places do not wholly see it, or rain hides it")
        return _satellite(technology, inputs, points, aims, seen, economics), said
    said = list(beyond_validity(technology, fits, aims))
    if technology.kind == "line-access" and not len(joined_sites(technology, fits, inputs)):
        said.append(f"{technology.id} offers nothing: no site it may stand on lies beside a line")
    return _on_sites(technology, fits, inputs, points, aims, catalogue, economics), said


def _without_lines(technologies: list[Technology], inputs: Inputs, project: Project) -> list[str]:
    """Technologies that the project asks for by name and that have no lines to run over."""
    named = set(project.technologies or ())
    return [
        f"{technology.id} offers nothing: it runs over lines that exist, and existing.{technology.line_layer} "
        "names no layer with any in the area"
        for technology in technologies
        if technology.id in named and technology.kind == "line-access" and existing_lines(technology, inputs) is None
    ]


def _warnings(
    elevation: Raster | None, technologies: list[Technology], cut_off: list[str], idle: int
) -> tuple[str, ...]:
    said = []
    if elevation is None and any(t.kind in ("cellular", "wifi") for t in technologies):
        said.append("no terrain.elevation is given: radio coverage is worked out over a smooth Earth, without hills")
    if cut_off:
        said.append("terrain is unknown on some radio paths, which are treated as not served: " + "; ".join(cut_off))
    if idle:
        said.append(f"{idle} access options reach nobody at the required rate and are left out")
    return tuple(said)


def _empty_table() -> pd.DataFrame:
    return _table([], [], "", np.empty(0), "", True, np.empty((0, 2)))


def _service_frame() -> pd.DataFrame:
    return pd.DataFrame({column: pd.Series(dtype=_dtype(column)) for column in SERVICE_COLUMNS})


def _table(
    option_ids: list[str],
    site_ids: list[str],
    technology: str,
    capacity: npt.ArrayLike,
    unit: str,
    needs_backhaul: bool,
    where: FloatArray,
) -> pd.DataFrame:
    columns = {
        "site_id": pd.Series(site_ids, dtype=object).to_numpy(),
        "technology": technology,
        "capacity": np.broadcast_to(np.asarray(capacity, float), len(option_ids)),
        "capacity_unit": unit,
        "needs_backhaul": needs_backhaul,
        "x_m": where[:, 0],
        "y_m": where[:, 1],
    }
    return pd.DataFrame(columns, index=pd.Index(option_ids, dtype=object, name="option_id"))


def _dtype(column: str) -> type:
    if column.endswith("_id"):
        return object
    return np.int64 if column in ("bits", "points") else float


def _service(found: Service, option_ids: list[str], points: gpd.GeoDataFrame) -> pd.DataFrame:
    columns = {
        "demand_id": points.index.to_numpy(object)[found.row],
        "option_id": np.asarray(option_ids, object)[found.place],
        "rate_mbps": found.rate_mbps,
        "capacity_used": found.capacity_used,
        "service_max": found.share,
        "loss_db": found.loss_db,
        "bits": np.zeros(len(found.row), np.int64) if found.bits is None else found.bits,
        "points": np.zeros(len(found.row), np.int64) if found.points is None else found.points,
    }
    return pd.DataFrame(columns)


def _on_sites(
    technology: Technology,
    sites: gpd.GeoDataFrame,
    inputs: Inputs,
    points: gpd.GeoDataFrame,
    aims: Aims,
    catalogue: Catalogue,
    economics: Economics,
) -> Offer:
    """A technology that is mounted on sites."""
    option_ids = [f"{site}/{technology.id}" for site in sites.index]
    km: npt.ArrayLike = 0.0
    unit = "premises"
    if technology.kind == "line-access":
        assert technology.capacity is not None
        found, capacity = serve_lines(technology, sites, points, inputs), technology.capacity.value
    elif technology.kind == "fibre-access":
        assert technology.reach_m is not None and technology.capacity is not None
        place, row, share = shares_reached(xy(sites), points, technology.reach_m.value, inputs.population)
        found, capacity = serve_fixed(technology, place, row, share, points), technology.capacity.value
        km = _cable_km(technology.reach_m.value, capacity, found, sites, inputs, points)
    else:
        if technology.kind == "hotspot":
            found = serve_hotspot(technology, sites, points, inputs.population)
        else:
            found = serve_radio(technology, sites, points, aims, inputs.elevation)
        radio, unit = carriers_of(technology)[0], "sectors"
        capacity = radio.sectors.value * radio.max_load.value
    table = _table(option_ids, list(sites.index), technology.id, capacity, unit, technology.needs_backhaul, xy(sites))
    return Offer(
        table,
        _site_items(technology, option_ids, sites, km, catalogue, economics),
        _service(found, option_ids, points),
        found.unknown_paths,
        found.paths,
    )


def _site_items(
    technology: Technology,
    option_ids: list[str],
    sites: gpd.GeoDataFrame,
    km: npt.ArrayLike,
    catalogue: Catalogue,
    economics: Economics,
) -> pd.DataFrame:
    """Items of switching each option on: equipment (new or an upgrade), cable, and the power its load needs."""
    ids = np.asarray(option_ids, object)
    load_w = 0.0 if technology.load_w is None else technology.load_w.value
    km = np.broadcast_to(np.asarray(km, float), len(ids))
    better = upgraded(technology, sites, catalogue)
    items = []
    for upgrade in (False, True):
        here = better == upgrade
        lines = lines_for(technology.costs, upgrade)
        items.append(price_items(ids[here], lines, {"km": km[here], "w": load_w}, economics))
    power = sites["power"].to_numpy(object)
    for name in sorted(set(power) & set(catalogue.power)):
        wired = tuple(line for line in catalogue.power[name].costs if line.per == "w")
        items.append(price_items(ids[power == name], wired, {"w": load_w}, economics))
    return pd.concat([frame for frame in items if len(frame)] or items[:1], ignore_index=True)


def _cable_km(
    reach_m: float, ports: float, found: Service, sites: gpd.GeoDataFrame, inputs: Inputs, points: gpd.GeoDataFrame
) -> FloatArray:
    """Distribution cable of every cabinet, from the homes and premises it finds within reach."""
    n = len(sites)
    homes = (
        np.maximum(points["households"].to_numpy(float), points["premises"].to_numpy(float))[found.row] * found.share
    )
    asked = points["premises"].to_numpy(float)[found.row] * found.share
    homes_n = np.bincount(found.place, homes, minlength=n).astype(float)
    asked_n = np.bincount(found.place, asked, minlength=n)
    with np.errstate(divide="ignore"):
        built = np.where(asked_n > 0, ports / asked_n, 0.0)
    roads = road_length_m(xy(sites), inputs.roads, reach_m)
    return distribution_km(roads, homes_n, np.pi * reach_m**2, built)


def _satellite(
    technology: Technology,
    inputs: Inputs,
    points: gpd.GeoDataFrame,
    aims: Aims,
    seen: IntArray,
    economics: Economics,
) -> Offer:
    """Satellite: one option per beam; capacity is premises per km2 times the beam's part of the planning area.

    A geostationary beam and a platform's footprint are far wider than a district: one option over the whole of it,
    switched on and priced once. `seen`: the aim points of each demand row that see the sky, as bits.
    """
    assert technology.capacity is not None
    wide = is_wide(technology)
    beams = one_beam(inputs.area) if wide else beams_over(inputs.area)
    option_ids = [f"{beam}/{technology.id}" for beam in beams.index]
    number = {cell: k for k, cell in enumerate(zip(beams["i"], beams["j"], strict=True))}
    cells = np.zeros((len(points), 2), np.int64) if wide else beam_of(xy(points))
    place = np.array([number.get((i, j), -1) for i, j in cells], dtype=np.int64)
    row = np.flatnonzero((place >= 0) & (seen > 0))
    count = np.bincount(aims.row, minlength=len(points))[row]
    share = count_of(seen[row]) / np.maximum(count, 1)
    found = serve_fixed(technology, place[row], row, share, points, seen[row], count)
    capacity = technology.capacity.value * beams["area_km2"].to_numpy(float)
    table = _table(
        option_ids, [""] * len(beams), technology.id, capacity, "premises", technology.needs_backhaul, xy(beams)
    )
    return Offer(
        table, price_items(option_ids, technology.costs, {}, economics), _service(found, option_ids, points), 0, 0
    )
