"""A small plan made by hand: two cells and a school, a mast on fibre, a hub on microwave, a satellite beam.

Every figure follows from the tables below, so the plan holds; tests then break it in one place at a time.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import Geod, Transformer
from shapely.geometry import LineString, Point, box

from netplan.catalogue.schema import Catalogue
from netplan.costs import Economics, price_items
from netplan.plans import Chosen, Plan, Provenance, build_plan
from netplan.project.schema import Project
from netplan.tables import Backhaul, Baseline, Demand, Options, Sites

CRS = "EPSG:32736"
X0, Y0 = 200_000.0, 9_780_000.0
"""South-west corner of the area, 12 km by 8 km."""
ECONOMICS = Economics("USD", 2025, 0.08, 10, True, "society", 0.02)


def _q(value: float, unit: str = "USD") -> dict[str, Any]:
    return {"value": value, "unit": unit, "year": 2024 if unit == "USD" else None, "source": "test"}


def _cost(
    item: str, category: str, capex: float, opex: float = 0.0, life: float = 8.0, per: str = "unit", **kw: Any
) -> dict[str, Any]:
    return {
        "item": item, "category": category, "per": per, "capex": _q(capex), "opex_per_year": _q(opex),
        "life_years": _q(life, "year"), **kw,
    }  # fmt: skip


def catalogue() -> Catalogue:
    """Two technologies, two structures, one power, four media, two levers."""
    look = {"colour": "#336699", "marker": "o"}
    structure = {"height_m": _q(30, "m"), "base_load_w": _q(50, "W"), "power": ["sun"], **look}
    medium = {"colour": "#aa3300"}
    return Catalogue.model_validate(
        {
            "technologies": {
                "radio": {
                    "id": "radio", "label": "Radio", "kind": "cellular", "needs_backhaul": True, **look,
                    "generation": "4G", "aliases": ["4G"],
                    "costs": [_cost("radio set", "access", 9000, 300)],
                    "premises": [_cost("terminal", "premises", 80, 2, 5, "premises")],
                },
                "sky": {
                    "id": "sky", "label": "Sky", "kind": "satellite", "needs_backhaul": False, **look,
                    "premises": [_cost("dish", "premises", 350, 600, 5, "premises")],
                },
            },
            "structures": {
                "mast": {"id": "mast", "label": "Mast", "generator": "new-mast", "status": "new", **structure,
                         "costs": [_cost("mast", "structure", 40000, 900, 20)]},
                "their-mast": {"id": "their-mast", "label": "Shared", "generator": "existing-tower", "status": "shared",
                               "lever": "towers", **structure,
                               "costs": [_cost("fitting", "structure", 4000, 500, 20),
                                         _cost("rent", "rent", 0, 3000, 20, transfer=True)]},
            },
            "power": {
                "sun": {
                    "id": "sun", "label": "Sun", "kind": "solar", "costs": [_cost("panel", "power", 20, 1, 15, "w")],
                },
            },
            "media": {
                "trench": {"id": "trench", "label": "Trench", "kind": "trench", "route": "roads", **medium,
                           "costs": [_cost("trench", "backhaul", 12000, 100, 25, "km")],
                           "grounds": {"paved": {"multiplier": _q(2.0, "1")}}},
                "pipe": {"id": "pipe", "label": "Pipe", "kind": "pipe", "route": "water_pipes", "lever": "water-pipes",
                         "crosses_exclusions": True, **medium,
                         "costs": [_cost("pull", "backhaul", 5000, 50, 25, "km")]},
                "air": {"id": "air", "label": "Hop", "kind": "microwave", "crosses_exclusions": True, **medium,
                        "capacity_mbps": _q(400, "Mbit/s"), "costs": [_cost("radio link", "backhaul", 8000, 200, 8)]},
            },
            "levers": {
                key: {"id": key, "label": key, "what": "x", "cost_lines": "x", "source": "test"}
                for key in ("towers", "water-pipes")
            },
            "economics": {
                "discount_rate": _q(0.08, "1"), "years": _q(10, "year"), "price_escalation_per_year": _q(0.02, "1"),
            },
        }
    )  # fmt: skip


def _points(rows: dict[str, dict[str, Any]], name: str) -> gpd.GeoDataFrame:
    frame = pd.DataFrame.from_dict(rows, orient="index").rename_axis(name)
    geometry = [Point(X0 + x, Y0 + y) for x, y in zip(frame["x_m"], frame["y_m"], strict=True)]
    out = gpd.GeoDataFrame(frame, geometry=geometry, crs=CRS)
    return out.assign(x_m=out["x_m"] + X0, y_m=out["y_m"] + Y0)


def _geodesic_m(line: LineString) -> float:
    xy = np.asarray(line.coords)
    return float(Geod(ellps="WGS84").line_length(*Transformer.from_crs(CRS, 4326, always_xy=True).transform(*xy.T)))


def inputs(folder: Path) -> dict[str, str]:
    """Writes area, lake, PoP, road and chamber layers in degrees; path -> sha256."""
    layers = {
        "area.geojson": [box(X0, Y0, X0 + 12_000, Y0 + 8_000)],
        "lake.geojson": [box(X0 + 9_000, Y0 + 500, X0 + 11_000, Y0 + 2_000)],
        "pop.geojson": [Point(X0 - 1_000, Y0 + 2_000)],
        "roads.geojson": [LineString([(X0 - 1_000, Y0 + 2_000), (X0 + 5_000, Y0 + 2_000)])],
        "served.geojson": [box(X0 + 4_000, Y0 + 2_000, X0 + 4_050, Y0 + 3_000)],
        "chambers.geojson": [Point(X0 + 1_000, Y0 + 2_000), Point(X0 + 3_000, Y0 + 2_000)],
        "pipes.geojson": [LineString([(X0 + 500, Y0 + 2_000), (X0 + 4_000, Y0 + 2_000)])],
    }
    for name, shapes in layers.items():
        columns = {"technology": "4G", "rate_mbps": 12.0} if name == "served.geojson" else {}
        frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS, index=range(len(shapes)))
        frame.to_crs(4326).to_file(folder / name, COORDINATE_PRECISION=9)
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in layers}


def project(**changes: Any) -> Project:
    settings = {
        "name": "Two cells",
        "area": "area.geojson",
        "backhaul_margin_m": 2000,
        "demand": {
            "population": "pixels.tif",
            "household_size": 4.0,
            "facilities": {"schools": {"layer": "schools.geojson", "rate_mbps": 20, "busy_hour_mbps": 5}},
        },
        "existing": {"pops": "pop.geojson", "service": "served.geojson"},
        "routes": {"roads": "roads.geojson", "water_pipes": "pipes.geojson", "water_access": ["chambers.geojson"]},
        "exclusions": ["lake.geojson"],
        "service": {
            "urban": {"rate_mbps": 10, "busy_hour_mbps": 0.5, "adoption": 0.6},
            "rural": {"rate_mbps": 5, "busy_hour_mbps": 0.3, "adoption": 0.4},
        },
        "targets": {"urban": 0.9, "rural": 0.8, "schools": 1.0},
        "sharing": ["towers", "water-pipes"],
    }
    return Project.model_validate(settings | changes)


def tables() -> tuple[Demand, Sites, Options, Backhaul]:
    """The tables that the plan is chosen from; some rows are never chosen."""
    entries, demand, sites = catalogue(), _demand(), _sites()
    options = _points(
        {
            "o-hub": {"site_id": "s-hub", "technology": "radio", "capacity": 3.0, "x_m": 8000, "y_m": 6000},
            "o-idle": {"site_id": "s-idle", "technology": "radio", "capacity": 3.0, "x_m": 5000, "y_m": 5000},
            "o-mast": {"site_id": "s-mast", "technology": "radio", "capacity": 3.0, "x_m": 5000, "y_m": 2000},
            "o-sky": {"site_id": "", "technology": "sky", "capacity": np.inf, "x_m": 7500, "y_m": 6500},
        },
        "option_id",
    ).assign(capacity_unit="airtime")
    options["needs_backhaul"] = options["technology"] == "radio"
    service = pd.DataFrame(
        [
            ("d-rural", "o-hub", 8.0, 2.0, 1.0),
            ("d-rural", "o-sky", 50.0, 100.0, 1.0),
            ("d-school", "o-hub", 25.0, 0.4, 1.0),
            ("d-urban", "o-mast", 30.0, 1.8, 1.0),
        ],
        columns=["demand_id", "option_id", "rate_mbps", "capacity_used", "service_max"],
    ).assign(loss_db=np.nan, bits=0, points=0)
    radio = entries.technologies["radio"].costs
    sited = options.index[options["technology"] == "radio"]
    each = [price_items([t], entry.premises, {"premises": 1.0}, ECONOMICS) for t, entry in entries.technologies.items()]
    made = Options(options, price_items(sited, radio, {}, ECONOMICS), service, pd.concat(each, ignore_index=True))
    return demand, sites, made, _backhaul(entries)


def _demand() -> Demand:
    frame = _points(
        {
            "d-rural": {"class": "rural", "population": 800.0, "x_m": 7500, "y_m": 6500},
            "d-school": {"class": "schools", "population": 0.0, "x_m": 8200, "y_m": 6100},
            "d-urban": {"class": "urban", "population": 4000.0, "x_m": 4500, "y_m": 2500},
        },
        "demand_id",
    )
    frame["level"] = ["household", "community", "household"]
    frame["weight"] = [800.0, 1.0, 4000.0]
    frame["households"] = frame["population"] / 4.0
    frame["premises"] = [200 * 0.4, 1.0, 1000 * 0.6]
    frame["demand_mbps"] = frame["premises"] * [0.3, 5.0, 0.5]
    frame["rate_mbps"] = [5.0, 20.0, 10.0]
    frame["baseline_share"] = [0.0, 0.0, 0.05]
    frame["area_km2"], frame["name"] = [1.0, 0.0, 1.0], ["", "School", "Town"]
    cell = frame.geometry.buffer(500, cap_style="square")
    place = cell.where(frame["class"] != "schools", frame.geometry)
    return Demand(frame.set_geometry(place), baseline=_baseline())


def _baseline() -> Baseline:
    """A twentieth of the town is served today, as a layer states it."""
    row = ("d-urban", "", "radio", 12.0, 0.05, 0.05, 0.0, "")
    columns = ["demand_id", "existing_id", "technology", "rate_mbps", "share", "reach_share", "capacity_used", "reach"]
    none = {"name": [], "technology": [], "height_m": [], "capacity": [], "capacity_unit": []}
    return Baseline(gpd.GeoDataFrame(none, geometry=[], crs=CRS), pd.DataFrame([row], columns=columns), ("radio",))


def _sites() -> Sites:
    frame = _points(
        {
            "s-hub": {"structure": "mast", "status": "new", "lever": "", "x_m": 8000, "y_m": 6000},
            "s-idle": {"structure": "mast", "status": "new", "lever": "", "x_m": 5000, "y_m": 5000},
            "s-mast": {"structure": "their-mast", "status": "shared", "lever": "towers", "x_m": 5000, "y_m": 2000},
        },
        "site_id",
    ).assign(name="", height_m=30.0, ground_m=1500.0, power="sun", grid_distance_m=900.0, assumed=False)
    entries = catalogue()
    items = [
        price_items(frame.index[frame["structure"] == s], entry.costs, {}, ECONOMICS)
        for s, entry in entries.structures.items()
    ]
    items.append(price_items(frame.index, entries.power["sun"].costs, {"w": 50.0}, ECONOMICS))
    return Sites(frame, pd.concat(items, ignore_index=True))


def _backhaul(entries: Catalogue) -> Backhaul:
    nodes = _points(
        {
            "n-a1": {"kind": "access-point", "site_id": "", "x_m": 1000, "y_m": 2000},
            "n-a2": {"kind": "access-point", "site_id": "", "x_m": 3000, "y_m": 2000},
            "n-hub": {"kind": "site", "site_id": "s-hub", "x_m": 8000, "y_m": 6000},
            "n-idle": {"kind": "site", "site_id": "s-idle", "x_m": 5000, "y_m": 5000},
            "n-mast": {"kind": "site", "site_id": "s-mast", "x_m": 5000, "y_m": 2000},
            "n-pop": {"kind": "pop", "site_id": "", "x_m": -1000, "y_m": 2000},
        },
        "node_id",
    ).assign(capacity_mbps=np.inf)
    rows = [
        ("e-1", "n-pop", "n-a1", "trench", "new", np.inf, "", ""),
        ("e-2", "n-a1", "n-a2", "pipe", "shared", np.inf, "", ""),
        ("e-3", "n-a2", "n-mast", "trench", "new", np.inf, "", ""),
        ("e-4", "n-mast", "n-hub", "air", "new", 400.0, "s-mast", "s-hub"),
        ("e-5", "n-idle", "n-hub", "air", "new", 400.0, "s-idle", "s-hub"),
    ]
    columns = ["edge_id", "from_node", "to_node", "medium", "status", "capacity_mbps", "site_a", "site_b"]
    table = pd.DataFrame(rows, columns=columns).set_index("edge_id")
    ends = zip(table.from_node, table.to_node, strict=True)
    lines = [LineString([nodes.geometry[a], nodes.geometry[b]]) for a, b in ends]
    edges = gpd.GeoDataFrame(table, geometry=lines, crs=CRS)
    edges["length_m"] = [_geodesic_m(line) for line in lines]
    items = []
    for name, medium in entries.media.items():
        of = edges[edges["medium"] == name]
        kilometres = of["length_m"].to_numpy() / 1000
        items.append(price_items(of.index, medium.costs, {"km": kilometres}, ECONOMICS, 1.5 if medium.grounds else 1.0))
    return Backhaul(nodes, edges, pd.concat(items, ignore_index=True), ("n-pop",))


SERVED = [
    ("d-rural", "o-hub", 0.75), ("d-rural", "o-sky", 0.1), ("d-school", "o-hub", 1.0), ("d-urban", "o-mast", 0.95),
]  # fmt: skip


def chosen(objective: float, bound: float | None = None, **changes: Any) -> Chosen:
    """The mast serves the town, the hub the village and the school, the sky the rest of the target."""
    bound = objective * 0.995 if bound is None else bound
    hub, mast = 0.75 * 80 * 0.3 + 5.0, 0.95 * 600 * 0.5
    loads = {"e-4": hub, "e-3": hub + mast, "e-1": hub + mast, "e-2": hub + mast}
    gap = (objective - bound) / objective
    settings: dict[str, Any] = {
        "site_open": ["s-mast", "s-hub"],
        "option_open": ["o-sky", "o-mast", "o-hub"],
        "served": pd.DataFrame(SERVED[::-1], columns=["demand_id", "option_id", "share"]),
        "edges_built": pd.DataFrame({"edge_id": list(loads), "load_mbps": list(loads.values())}),
        "objective": objective,
        "bound": bound,
        "gap": gap,
        "stages": [{"objective": "cost", "value": objective, "bound": bound, "gap": gap}],
        "status": "feasible",
        "stopped_by": "gap",
    }
    return Chosen(**settings | changes)


NOTHING: dict[str, Any] = {
    "site_open": [], "option_open": [], "served": pd.DataFrame({"demand_id": [], "option_id": [], "share": []}),
    "edges_built": pd.DataFrame({"edge_id": [], "load_mbps": []}), "objective": None, "bound": None, "gap": None,
    "stages": [],
}  # fmt: skip
"""What an answer without a plan chooses."""


def make_plan(folder: Path, **changes: Any) -> Plan:
    """The plan, its inputs written into `folder`. The objective is added up by hand from the tables."""
    hashes = inputs(folder)
    demand, sites, options, backhaul = tables()
    money = sum(
        float(items.loc[items["row_id"].isin(rows), "npv"].sum())
        for items, rows in (
            (sites.items, ["s-mast", "s-hub"]),
            (options.items, ["o-mast", "o-hub"]),
            (backhaul.items, ["e-1", "e-2", "e-3", "e-4"]),
        )
    )
    each = options.premises_items.groupby("row_id")["npv"].sum()
    money += each["radio"] * (0.75 * 80 + 1 + 0.95 * 600) + each["sky"] * 0.1 * 80
    provenance = Provenance(
        project_folder=folder, scenario="sharing", seed=7, inputs=hashes, licences={"area.geojson": "CC BY"},
        versions={"netplan": "0"}, warnings=("a warning",), seconds={"plan": 1.0}, problem={"demand": 3},
    )  # fmt: skip
    made = replace(chosen(money), **changes)
    return build_plan(made, demand, sites, options, backhaul, project(), catalogue(), ECONOMICS, provenance)
