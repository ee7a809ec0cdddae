"""One scenario as JSON-ready columns: who is served by what, sites, links, what each item costs, the way to a PoP."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from netplan.webmap import shapes
from netplan.webmap.ground import pop_names
from netplan.webmap.places import Places
from netplan.webmap.read import Written
from netplan.webmap.ways import next_links

MONEY = ("capex", "opex_per_year", "npv")
SUMMED = (
    "mode", "status", "stopped_by", "objective_npv", "bound_npv", "gap", "capex_total", "opex_per_year_total",
    "penalty_total", "cost_per_person_served", "targets", "costs_npv", "shortfall", "between_operators",
)  # fmt: skip
"""Keys of summary.json that the page tells."""
ROW_KEY = "|"
"""What parts demand_id and option_id in the ids of priced premises (the format of `plan.gpkg`)."""


def scenario_facts(plan: Written, home: Path | None, places: Places, over_seam: bool) -> dict[str, Any]:
    """Everything the page knows of a scenario.

    Tables are columns of equal length; rows refer to each other by position: `service.d` is a row of `demand`,
    `options.site` a row of `sites` (-1: none), `links.from` a row of `nodes`, `nodes.next` a row of `links`.
    Sums are rounded to a hundredth, shares to a millionth.
    """
    tables = plan.tables
    rows = {
        "demand": pd.Index(tables["demand"]["demand_id"]),
        "options": pd.Index(tables["equipment"]["option_id"]),
        "sites": pd.Index(tables["sites"]["site_id"]),
        "links": pd.Index(tables["links"]["link_id"]),
        "nodes": pd.Index(tables["nodes"]["node_id"]),
    }
    return {
        "name": plan.scenario,
        "summary": {key: _plain(plan.summary.get(key)) for key in SUMMED},
        "dropped": _plain((plan.summary.get("problem") or {}).get("dropped")),
        "levers": [str(lever) for lever in plan.project.get("sharing") or []],
        "demand": _demand(tables["demand"], places, over_seam),
        "service": _service(tables["service"], rows),
        "before": _before(tables["baseline"], tables["existing"], rows),
        "options": _options(tables["equipment"], rows, over_seam),
        "sites": _sites(tables["sites"], rows, over_seam),
        "links": _links(tables["links"], rows, over_seam),
        "nodes": {
            "id": rows["nodes"].to_list(),
            "kind": tables["nodes"]["kind"].to_list(),
            "name": pop_names(plan, home, tables["nodes"]),
            "next": next_links(tables["nodes"], tables["links"]),
            "xy": _xy(tables["nodes"], over_seam),
        },
        "items": _items(tables["costs"], rows),
        "other": [
            [str(row["item"]), *(round(float(row[key]), 2) for key in MONEY)]
            for row in tables["other_costs"].to_dict("records")
        ],
    }


def _demand(demand: Any, places: Places, over_seam: bool) -> dict[str, Any]:
    return {
        "place": places.rows(demand, over_seam),
        "weight": _numbers(demand["weight"], 2),
        "people": _numbers(demand["population"], 2),
        "households": _numbers(demand["households"], 2),
        "mbps": _numbers(demand["demand_mbps"], 3),
        "served": _numbers(demand["served_share"], 6),
        "before": _numbers(demand["baseline_share"], 6),
        "technology": demand["technology"].to_list(),
        "rate": _numbers(demand["rate_mbps"], 1),
    }


def _service(service: pd.DataFrame, rows: dict[str, pd.Index]) -> dict[str, Any]:
    return {
        "d": _find(rows["demand"], service["demand_id"]),
        "o": _find(rows["options"], service["option_id"]),
        "share": _numbers(service["share"], 6),
        "rate": _numbers(service["rate_mbps"], 1),
        "premises": _numbers(service["premises"], 2),
        **_money(service),
    }


def _before(baseline: pd.DataFrame, existing: pd.DataFrame, rows: dict[str, pd.Index]) -> dict[str, Any]:
    names = dict(zip(existing["existing_id"], existing["name"], strict=True))
    return {
        "d": _find(rows["demand"], baseline["demand_id"]),
        "share": _numbers(baseline["share"], 6),
        "technology": baseline["technology"].to_list(),
        "rate": _numbers(baseline["rate_mbps"], 1),
        "by": [names.get(key) or key for key in baseline["existing_id"]],
    }


def _options(equipment: Any, rows: dict[str, pd.Index], over_seam: bool) -> dict[str, Any]:
    return {
        "id": rows["options"].to_list(),
        "site": _find(rows["sites"], equipment["site_id"]),
        "technology": equipment["technology"].to_list(),
        "capacity": _numbers(equipment["capacity"], 2),
        "unit": equipment["capacity_unit"].to_list(),
        "utilisation": _numbers(equipment["utilisation"], 4),
        "load": _numbers(equipment["load_mbps"], 2),
        "xy": _xy(equipment, over_seam),
        **_money(equipment),
    }


def _sites(sites: Any, rows: dict[str, pd.Index], over_seam: bool) -> dict[str, Any]:
    columns = {key: sites[key].to_list() for key in ("name", "status", "structure", "power", "backhaul")}
    return {
        "id": rows["sites"].to_list(),
        **columns,
        "height": _numbers(sites["height_m"], 1),
        "assumed": _numbers(sites["assumed"], 0),
        "node": _find(rows["nodes"], sites["node_id"]),
        "xy": _xy(sites, over_seam),
        **_money(sites),
    }


def _links(links: Any, rows: dict[str, pd.Index], over_seam: bool) -> dict[str, Any]:
    return {
        "id": rows["links"].to_list(),
        "from": _find(rows["nodes"], links["from_node"]),
        "to": _find(rows["nodes"], links["to_node"]),
        "medium": links["medium"].to_list(),
        "status": links["status"].to_list(),
        "length": _numbers(links["length_m"], 1),
        "capacity": _numbers(links["capacity_mbps"], 1),
        "load": _numbers(links["load_mbps"], 3),
        "lines": shapes.lines(shapes.unwrap(links.geometry.to_numpy(), over_seam)),
        **_money(links),
    }


def _items(costs: pd.DataFrame, rows: dict[str, pd.Index]) -> dict[str, Any]:
    """Priced items of sites, options and links; those of premises summed over all that an option serves."""
    costs = costs.copy()
    priced = costs["layer"] == "service"
    costs.loc[priced, "row_id"] = costs.loc[priced, "row_id"].str.rsplit(ROW_KEY, n=1).str[-1]
    costs["layer"] = costs["layer"].replace({"equipment": "options", "service": "premises"})
    keys = ["layer", "row_id", "item", "category", "unit"]
    sums = costs.groupby(keys, sort=True)[["quantity", *MONEY]].sum().reset_index()
    tables: dict[str, Any] = {}
    for layer, owners in {"sites": "sites", "options": "options", "links": "links", "premises": "options"}.items():
        part = sums[sums["layer"] == layer]
        names = sorted(set(part["item"]))
        tables[layer] = {
            "names": names,
            "row": _find(rows[owners], part["row_id"]),
            "item": _find(pd.Index(names), part["item"]),
            "quantity": _numbers(part["quantity"], 2),
            "unit": part["unit"].to_list(),
            **_money(part),
        }
    return tables


def _find(index: pd.Index, keys: pd.Series) -> list[int]:
    """Position of each key in an index of unique ids; -1 where it is not there."""
    return [int(place) for place in index.get_indexer(pd.Index(keys))]


def _money(table: Any) -> dict[str, Any]:
    return {"capex": _numbers(table["capex"], 2), "opex": _numbers(table["opex_per_year"], 2),
            "npv": _numbers(table["npv"], 2)}  # fmt: skip


def _numbers(column: pd.Series, digits: int) -> list[float | int | None]:
    """Rounded, whole numbers without a point, None where nothing is known or the number is endless."""
    values = np.round(column.to_numpy(float), digits)
    return [None if not math.isfinite(v) else int(v) if v == int(v) else v for v in values.tolist()]


def _xy(table: Any, over_seam: bool) -> list[list[int]]:
    return shapes.points(shapes.unwrap(table.geometry.to_numpy(), over_seam))


def _plain(value: Any) -> Any:
    """JSON without what JSON has not (NaN and infinity become null)."""
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
