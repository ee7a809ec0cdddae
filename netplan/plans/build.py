"""From what was chosen to the layers of a plan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd

from netplan.catalogue.schema import Catalogue
from netplan.costs import ITEM_COLUMNS, Economics, total_by_row
from netplan.loading import systems_limit
from netplan.parts import as_text
from netplan.plans.coverage import generations, nobody, standing
from netplan.plans.model import LAYER_COLUMNS, ROW_KEY, SPATIAL_LAYERS, Chosen, Plan, Provenance, shaped
from netplan.plans.paths import backhaul_of_sites
from netplan.plans.settings import resolve
from netplan.plans.summary import summarise
from netplan.plans.viability import viability, viability_summary
from netplan.project.schema import Project
from netplan.tables import Backhaul, Demand, Options, Sites

NO_SHARE = 1e-9
"""Shares below it are a solver's dust."""


def build_plan(
    chosen: Chosen,
    demand: Demand,
    sites: Sites,
    options: Options,
    backhaul: Backhaul,
    project: Project,
    catalogue: Catalogue,
    economics: Economics,
    provenance: Provenance,
    other_items: pd.DataFrame | None = None,
) -> Plan:
    """Everything a plan says, from the tables and the choice. Pure: reads and writes no file.

    Args:
        chosen: what is open, served and built (order does not matter).
        demand, sites, options, backhaul: the tables that the choice was made from.
        project, catalogue, economics: the settings of this scenario.
        provenance: inputs, versions, counts, warnings.
        other_items: project-wide items (ITEM_COLUMNS), one row each in `other_costs`.

    Raises:
        ValueError: the choice names an id that the tables do not have.
    """
    service, service_items = _service(chosen, demand, options, economics)
    equipment = _equipment(chosen, options, service, demand)
    links = _links(chosen, backhaul)
    open_sites = _sites(chosen, sites, backhaul, links, catalogue, equipment)
    other = pd.DataFrame(columns=ITEM_COLUMNS) if other_items is None else other_items
    today = demand.baseline or nobody(demand.points.crs)
    layers: dict[str, pd.DataFrame] = {
        "demand": _demand(demand, service, equipment),
        "sites": open_sites,
        "equipment": equipment,
        "service": service,
        "existing": standing(today),
        "baseline": today.service,
        "links": links,
        "refused": _refused(backhaul),
        "nodes": _nodes(links, open_sites, backhaul),
        "other_costs": other.groupby("item", as_index=False)[["capex", "opex_per_year", "npv"]].sum(),
    }
    items = {
        "sites": _of(sites.items, open_sites["site_id"]),
        "equipment": _of(options.items, equipment["option_id"]),
        "service": service_items,
        "links": _of(backhaul.items, links["link_id"]),
        "other_costs": other.assign(row_id=other["item"]),
    }
    done = {name: shaped(frame, name) for name, frame in layers.items()}
    resolved = resolve(project, catalogue, economics, provenance, demand.points.crs, done, today.technologies)
    done["costs"] = shaped(_costs(items), "costs")
    summary = summarise(chosen, done, project, economics, provenance, generations(catalogue))
    return _finished(done, summary, resolved, economics)


def _finished(
    done: dict[str, pd.DataFrame], summary: dict[str, Any], resolved: dict[str, Any], economics: Economics
) -> Plan:
    """The plan, with revenue against cost in its summary."""
    spatial = {name: cast(gpd.GeoDataFrame, done[name]) for name in SPATIAL_LAYERS}
    plan = Plan(
        **spatial,
        service=done["service"],
        baseline=done["baseline"],
        other_costs=done["other_costs"],
        costs=done["costs"],
        summary=summary,
        resolved=resolved,
    )
    areas = viability(plan, economics)
    return replace(plan, summary={**summary, "viability": viability_summary(areas, economics)})


def _pick(table: gpd.GeoDataFrame, ids: list[str], what: str) -> gpd.GeoDataFrame:
    """The rows of those ids, sorted, with the index named and kept as a column."""
    wanted = pd.Index(sorted(set(ids)), dtype=object)
    absent = wanted.difference(table.index)
    if len(absent):
        raise ValueError(f"the choice names {len(absent)} unknown {what}, e.g. {absent[0]!r}")
    return cast(gpd.GeoDataFrame, table.loc[wanted].rename_axis(what).reset_index())


def _of(items: pd.DataFrame, row_ids: pd.Series) -> pd.DataFrame:
    return items[items["row_id"].isin(set(row_ids))]


def _with_money(frame: pd.DataFrame, items: pd.DataFrame, id_column: str) -> pd.DataFrame:
    """Adds capex, opex_per_year and npv: the sums of each row's items."""
    ids = pd.Index(frame[id_column])
    return frame.assign(**{c: total_by_row(items, ids, c) for c in ("capex", "opex_per_year", "npv")})


def _service(
    chosen: Chosen, demand: Demand, options: Options, economics: Economics
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Served shares with premises and their cost: (service layer, its items). Sorted by demand, option."""
    served = chosen.served[["demand_id", "option_id", "share"]]
    served = served[served["share"] > NO_SHARE].groupby(["demand_id", "option_id"], as_index=False).sum()
    rows = served.merge(options.service, on=["demand_id", "option_id"], how="left", validate="one_to_one")
    if rows["capacity_used"].isna().any():
        first = rows[rows["capacity_used"].isna()].iloc[0]
        raise ValueError(f"{first['option_id']!r} cannot serve {first['demand_id']!r}, but the choice says so")
    rows = rows.sort_values(["demand_id", "option_id"], ignore_index=True)
    rows["reach_share"] = rows["service_max"]
    rows["reach"] = as_text(rows["bits"].to_numpy(np.int64), rows["points"].to_numpy(np.int64))
    rows["premises"] = rows["share"] * demand.points["premises"].reindex(rows["demand_id"]).to_numpy(float)
    rows["capacity_used"] = rows["capacity_used"] * rows["share"]
    rows["row_id"] = rows["demand_id"].astype(str) + ROW_KEY + rows["option_id"].astype(str)
    rows["technology"] = options.table["technology"].reindex(rows["option_id"]).to_numpy()
    each = options.premises_items.rename(columns={"row_id": "technology"}).drop(columns="npv")
    items = rows.loc[rows["premises"] > 0, ["row_id", "technology", "premises"]].merge(each, on="technology")
    for column in ("quantity", "capex", "opex_per_year"):
        items[column] = items[column].astype(float) * items["premises"]
    items["npv"] = economics.npv(
        items["capex"].to_numpy(float),
        items["opex_per_year"].to_numpy(float),
        items["life_years"].to_numpy(float),
        items["category"].to_numpy(object),
    )
    return _with_money(rows, items, "row_id"), items[ITEM_COLUMNS]


def _equipment(chosen: Chosen, options: Options, service: pd.DataFrame, demand: Demand) -> gpd.GeoDataFrame:
    """Every option switched on, with how full it is and what it carries."""
    frame = _pick(options.table, list(chosen.option_open), "option_id")
    load = service["share"] * demand.points["demand_mbps"].reindex(service["demand_id"]).to_numpy(float)
    sums = service.assign(load=load).groupby("option_id")[["capacity_used", "load"]].sum().reindex(frame["option_id"])
    used, carried = sums["capacity_used"].fillna(0).to_numpy(), sums["load"].fillna(0).to_numpy()
    capacity = frame["capacity"].to_numpy(float)
    frame["utilisation"] = np.where(capacity > 0, used / np.where(capacity > 0, capacity, 1.0), 0.0)
    frame["load_mbps"] = carried
    return cast(gpd.GeoDataFrame, _with_money(frame, options.items, "option_id"))


def _links(chosen: Chosen, backhaul: Backhaul) -> gpd.GeoDataFrame:
    """Every edge built, with its load."""
    frame = _pick(backhaul.edges, list(chosen.edges_built["edge_id"]), "edge_id").rename(columns={"edge_id": "link_id"})
    load = chosen.edges_built.groupby("edge_id")["load_mbps"].sum().abs()
    frame["load_mbps"] = load.reindex(frame["link_id"]).to_numpy(float)
    frame["owner"] = frame.get("owner", "")
    return cast(gpd.GeoDataFrame, _with_money(frame, backhaul.items, "link_id"))


def _refused(backhaul: Backhaul) -> gpd.GeoDataFrame:
    """Assets that cannot take cable; none where the backhaul was made without any."""
    if backhaul.refused is not None:
        return backhaul.refused
    columns: dict[str, list[str]] = {name: [] for name in LAYER_COLUMNS["refused"]}
    return gpd.GeoDataFrame(columns, geometry=[], crs=backhaul.edges.crs)


def _sites(
    chosen: Chosen,
    sites: Sites,
    backhaul: Backhaul,
    links: gpd.GeoDataFrame,
    catalogue: Catalogue,
    equipment: pd.DataFrame,
) -> gpd.GeoDataFrame:
    """Every open site, with its node, the kind of backhaul it has, and of a mast that stands how full it is."""
    frame = _pick(sites.points, list(chosen.site_open), "site_id")
    # A gateway names the site that it stands at, too.
    of_site = backhaul.nodes[(backhaul.nodes["site_id"] != "") & (backhaul.nodes["kind"] == "site")].sort_index()
    node = of_site.index.to_series().groupby(of_site["site_id"].to_numpy()).first()
    frame["node_id"] = node.reindex(frame["site_id"]).fillna("").to_numpy()
    kinds = {medium: entry.kind for medium, entry in catalogue.media.items()}
    frame["backhaul"] = backhaul_of_sites(frame["node_id"].to_numpy(object), links, backhaul.nodes["kind"], dict(kinds))
    frame = _loaded(frame, equipment, catalogue)
    return cast(gpd.GeoDataFrame, _with_money(frame, sites.items, "site_id"))


def _loaded(frame: pd.DataFrame, equipment: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """What stands on each mast, how many systems it takes of a tenant, how many the plan adds and what is left."""
    standing = frame.get("technologies", "")
    limit = systems_limit(frame, catalogue.levers)
    added = frame["site_id"].map(equipment["site_id"].value_counts()).fillna(0.0).astype(float)
    return frame.assign(standing=standing, systems_limit=limit, systems_added=added, systems_left=limit - added)


def _nodes(links: pd.DataFrame, sites: pd.DataFrame, backhaul: Backhaul) -> gpd.GeoDataFrame:
    """The nodes that links and sites name, and every PoP."""
    named = set(links["from_node"]) | set(links["to_node"]) | set(sites["node_id"])
    kept = backhaul.nodes.index.isin(named) | (backhaul.nodes["kind"] == "pop").to_numpy()
    return _pick(backhaul.nodes, list(backhaul.nodes.index[kept]), "node_id")


def _demand(demand: Demand, service: pd.DataFrame, equipment: pd.DataFrame) -> gpd.GeoDataFrame:
    """Every demand row with how much of it is served and by what mostly."""
    frame = _pick(demand.points, list(demand.points.index), "demand_id")
    share = service.groupby("demand_id")["share"].sum().reindex(frame["demand_id"]).fillna(0.0).to_numpy()
    frame["served_share"] = np.minimum(1.0, frame["baseline_share"].to_numpy(float) + share)
    most = (
        service.sort_values(["demand_id", "share", "option_id"], ascending=[True, False, True])
        .drop_duplicates("demand_id")
        .set_index("demand_id")
        .reindex(frame["demand_id"])
    )
    technology = equipment.set_index("option_id")["technology"]
    frame["served_by"] = most["option_id"].to_numpy(object)
    frame["technology"] = technology.reindex(most["option_id"]).to_numpy(object)
    frame["rate_mbps"] = most["rate_mbps"].to_numpy(float)
    return frame


def _costs(items: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """All items behind all rows, named by layer, in layer and row order."""
    frames = [frame[ITEM_COLUMNS].assign(layer=layer) for layer, frame in items.items() if len(frame)]
    if not frames:
        return pd.DataFrame(columns=["layer", *ITEM_COLUMNS])
    return pd.concat(frames, ignore_index=True).sort_values(["layer", "row_id", "category", "item"], kind="stable")
