"""Written plans of any size for the tests of the interactive map: a grid of cells, hubs on a chain of links, one PoP.

The tables hold together (shares, loads, sums of items), so that the page's own sums can be checked against them.
"""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import rasterio
from rasterio.transform import from_origin
from shapely.geometry import LineString, Point, box

from netplan.yamltext import dump_yaml

SOUTH = (32736, 500_000.0, 9_780_000.0)
"""EPSG code and south-west corner: Rwanda, near the equator, southern hemisphere."""
OVER_THE_SEAM = (32760, 800_000.0, 8_100_000.0)
"""Fiji: the 180th meridian crosses the grid."""
YEARS = 10


def write_grid_plan(
    folder: Path,
    *,
    side: int = 6,
    sites: int = 4,
    schools: int = 3,
    where: tuple[int, float, float] = SOUTH,
    scenario: str = "base",
    share: float = 0.8,
    name: str = "Test district",
    site_name: str = "Hub {}",
    place_name: str = "Village {}",
    corners: int = 4,
    catalogue: dict[str, Any] | None = None,
) -> Path:
    """Cells of a kilometre, each served by the nearest hub by `share`; every seventh cell is not served.

    Args:
        folder: where `plan.gpkg`, `summary.json`, `resolved.yaml` and `coverage.tif` go.
        side: cells along each side.
        sites: hubs, on the diagonal, a chain of microwave hops from the PoP at the south-western corner.
        schools: points of class schools, wholly served by the first hub.
        where: EPSG code and the south-western corner.
        scenario: name of the scenario.
        share: served share of a served cell.
        name: the project's name.
        site_name: of hub k, `{}` stands for k.
        place_name: of the cells of row k.
        corners: corners of each cell's outline (more: a larger file).
        catalogue: overrides of the catalogue's technology.
    """
    folder.mkdir(parents=True, exist_ok=True)
    epsg, x0, y0 = where
    demand = _demand(side, schools, sites, where, share, place_name, corners)
    spread = 1000.0 * side
    at = [Point(x0 + spread * (k + 0.5) / max(sites, 1), y0 + spread * (k + 0.5) / max(sites, 1)) for k in range(sites)]
    service, equipment, items = _service(demand, at, epsg)
    hubs = gpd.GeoDataFrame(
        {
            "site_id": [f"s{k:05d}" for k in range(sites)], "name": [site_name.format(k) for k in range(sites)],
            "status": "new", "structure": [("k1", "k2")[k % 2] for k in range(sites)], "power": "sun",
            "height_m": 30.0, "node_id": [f"n{k:05d}" for k in range(sites)], "backhaul": "microwave",
            "capex": 900.0, "opex_per_year": 100.0, "npv": 1600.0,
        },
        geometry=at, crs=epsg,
    )  # fmt: skip
    links, nodes = _chain(at, equipment, where)
    for site in hubs["site_id"]:
        items += [("sites", site, "Pole", "structure", 1.0, "unit", 900.0, 0.0, 900.0),
                  ("sites", site, "Upkeep", "site-operation", 1.0, "unit", 0.0, 100.0, 700.0)]  # fmt: skip
    items += [
        ("links", link, "Radios", "backhaul", 2.0, "unit", capex, opex, npv)
        for link, capex, opex, npv in links[["link_id", "capex", "opex_per_year", "npv"]].itertuples(index=False)
    ]
    columns = ["layer", "row_id", "item", "category", "quantity", "unit", "capex", "opex_per_year", "npv"]
    costs = pd.DataFrame(items, columns=columns).assign(life_years=10.0)
    _write_layers(
        folder / "plan.gpkg",
        {
            "demand": demand, "sites": hubs, "equipment": equipment, "links": links, "nodes": nodes,
            "service": service, "costs": costs,
        },
    )  # fmt: skip
    total = sum(float(table["npv"].sum()) for table in (hubs, equipment, links, service))
    _write_settings(folder, demand, total, scenario, name, catalogue or {})
    _write_coverage(folder / "coverage.tif", side, where)
    return folder


def _demand(
    side: int, schools: int, sites: int, where: tuple[int, float, float], share: float, place_name: str, corners: int
) -> gpd.GeoDataFrame:
    epsg, x0, y0 = where
    cells = [box(x0 + 1000 * i, y0 + 1000 * j, x0 + 1000 * i + 1000, y0 + 1000 * j + 1000)
             for i in range(side) for j in range(side)]  # fmt: skip
    cells = [cell.segmentize(4000 / corners) for cell in cells]
    count = len(cells)
    people = 50.0 + 10.0 * (np.arange(count) % 13)
    served = np.where((np.arange(count) % 7 == 0) | (sites == 0), 0.0, share)
    at = [Point(x0 + 700.0 * (k + 1), y0 + 300.0 * (k + 1)) for k in range(schools)]
    return gpd.GeoDataFrame(
        {
            "demand_id": [*(f"c{k:05d}" for k in range(count)), *(f"school-{k}" for k in range(schools))],
            "class": ["rural"] * count + ["schools"] * schools,
            "level": ["household"] * count + ["community"] * schools,
            "weight": [*people, *[1.0] * schools],
            "population": [*people, *[0.0] * schools],
            "households": [*(people / 4), *[0.0] * schools],
            "demand_mbps": [*(people / 40), *[5.0] * schools],
            "served_share": [*served, *[float(sites > 0)] * schools],
            "baseline_share": 0.0,
            "technology": [*np.where(served > 0, "t1", None), *["t1" if sites else None] * schools],
            "rate_mbps": [*np.where(served > 0, 20.0, np.nan), *[20.0 if sites else np.nan] * schools],
            "name": [*(place_name.format(k // side) for k in range(count)), *(f"École {k}" for k in range(schools))],
        },
        geometry=[*cells, *at], crs=epsg,
    )  # fmt: skip


def _service(
    demand: gpd.GeoDataFrame, at: list[Point], epsg: int
) -> tuple[pd.DataFrame, gpd.GeoDataFrame, list[tuple[Any, ...]]]:
    """Service of each served row by the nearest hub (schools: the first), the hubs' radios, and their priced items."""
    rows = demand[demand["served_share"] > 0]
    middle = rows.geometry.centroid
    away = np.array([middle.distance(point).to_numpy() for point in at]).reshape(len(at), len(rows))
    nearest = np.where(rows["class"] == "schools", 0, away.argmin(axis=0)) if len(at) else np.empty(0, int)
    share = rows["served_share"].to_numpy()
    premises = share * np.where(rows["class"] == "schools", 1.0, rows["households"] * 0.4)
    service = pd.DataFrame(
        {
            "demand_id": rows["demand_id"].to_numpy(), "option_id": [f"s{k:05d}/t1" for k in nearest],
            "share": share, "rate_mbps": 20.0, "capacity_used": share * rows["demand_mbps"].to_numpy() / 20.0,
            "premises": premises, "capex": 100.0 * premises, "opex_per_year": 0.0, "npv": 130.0 * premises,
        }
    )  # fmt: skip
    load = (
        pd.Series(share * rows["demand_mbps"].to_numpy()).groupby(nearest).sum().reindex(range(len(at)), fill_value=0)
    )
    equipment = gpd.GeoDataFrame(
        {
            "option_id": [f"s{k:05d}/t1" for k in range(len(at))], "site_id": [f"s{k:05d}" for k in range(len(at))],
            "technology": "t1", "capacity": 100.0, "capacity_unit": "airtime", "utilisation": 0.5,
            "load_mbps": load.to_numpy(float), "capex": 1500.0, "opex_per_year": 50.0, "npv": 1850.0,
        },
        geometry=at, crs=epsg,
    )  # fmt: skip
    items: list[tuple[Any, ...]] = [
        ("equipment", option, "Radio", "access", 1.0, "unit", 1500.0, 50.0, 1850.0) for option in equipment["option_id"]
    ]
    for d, o, n, capex, npv in service[["demand_id", "option_id", "premises", "capex", "npv"]].itertuples(index=False):
        items.append(("service", f"{d}|{o}", "Terminal", "premises", n, "premises", capex, 0.0, npv))
    return service, equipment, items


def _chain(
    at: list[Point], equipment: gpd.GeoDataFrame, where: tuple[int, float, float]
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """PoP - hub 0 - hub 1 - …: each hop carries the load of all hubs beyond it."""
    epsg, x0, y0 = where
    places = [Point(x0 - 500, y0 - 500), *at]
    ids = ["n-pop", *(f"n{k:05d}" for k in range(len(at)))]
    beyond = equipment["load_mbps"].to_numpy(float)[::-1].cumsum()[::-1]
    lines = [LineString(pair) for pair in pairwise(places)]
    links = gpd.GeoDataFrame(
        {
            "link_id": [f"l{k:05d}" for k in range(len(at))], "from_node": ids[:-1], "to_node": ids[1:],
            "medium": [("m1", "m2")[k % 2] for k in range(len(at))], "status": "new",
            "length_m": [line.length for line in lines], "capacity_mbps": 400.0, "load_mbps": beyond,
            "capex": 5000.0, "opex_per_year": 200.0, "npv": 6400.0,
        },
        geometry=lines, crs=epsg,
    )  # fmt: skip
    kinds = ["pop", *["site"] * len(at)]
    return links, gpd.GeoDataFrame({"node_id": ids, "kind": kinds}, geometry=places, crs=epsg)


def _write_layers(path: Path, layers: dict[str, Any]) -> None:
    path.unlink(missing_ok=True)
    for name, table in layers.items():
        kind = "Unknown" if name == "demand" else "LineString" if name == "links" else "Point"
        if isinstance(table, gpd.GeoDataFrame):
            pyogrio.write_dataframe(table, path, layer=name, geometry_type=kind)
        else:
            pyogrio.write_dataframe(table, path, layer=name)


def _write_settings(
    folder: Path, demand: pd.DataFrame, npv: float, scenario: str, name: str, catalogue: dict[str, Any]
) -> None:
    targets = {}
    for key, rows in demand.groupby("class"):
        total, served = float(rows["weight"].sum()), float((rows["weight"] * rows["served_share"]).sum())
        targets[str(key)] = {
            "target": 0.5,
            "achieved": served / total,
            "baseline": 0.0,
            "total": total,
            "served": served,
        }
    summary = {
        "name": name, "scenario": scenario, "mode": "target", "status": "feasible", "stopped_by": "gap",
        "objective_npv": npv, "bound_npv": 0.95 * npv, "gap": 0.05, "capex_total": npv / 2,
        "opex_per_year_total": npv / 20, "cost_per_person_served": 12.5, "targets": targets, "costs_npv": {},
        "licences": {"a": "© Surveyor, CC BY 4.0"}, "problem": {"dropped": 7}, "versions": {"netplan": "0"},
        "assumptions": ["Nothing here was surveyed."],
    }  # fmt: skip
    technology = {"label": "Radio one", "colour": "#0072B2", "marker": "o"} | catalogue
    resolved = {
        "project_folder": ".",
        "project": {"name": name, "sharing": []},
        "economics": {"currency": "USD", "price_year": 2025, "years": YEARS, "discount_rate": 0.08},
        "catalogue": {
            "technologies": {"t1": technology},
            "media": {"m1": {"label": "Hop one", "colour": "#6699cc", "dash": "dashed", "kind": "microwave"},
                      "m2": {"label": "Hop two", "colour": "#aa4499", "kind": "microwave"}},
            "structures": {"k1": {"label": "Mast", "colour": "#E69F00", "marker": "v"},
                           "k2": {"label": "Roof", "colour": "#009E73", "marker": "P"}},
        },
    }  # fmt: skip
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    (folder / "resolved.yaml").write_text(dump_yaml(resolved), encoding="utf-8")


def _write_coverage(path: Path, side: int, where: tuple[int, float, float]) -> None:
    """Rates of 5, 15 and 60 Mbit/s in three bands from west to east, the northern row unknown; pixels of 500 m."""
    epsg, x0, y0 = where
    size = 2 * side
    rate = np.repeat(np.array([5.0, 15.0, 60.0]), [size // 3, size // 3, size - 2 * (size // 3)])[None, :]
    rate = np.repeat(rate, size, axis=0).astype(np.float32)
    rate[0] = np.nan
    with rasterio.open(
        path, "w", driver="GTiff", count=1, dtype="float32", height=size, width=size, crs=f"EPSG:{epsg}",
        transform=from_origin(x0, y0 + 1000 * side, 500, 500), nodata=np.nan,
    ) as target:  # fmt: skip
        target.write(rate, 1)
