"""Rules of what the project asks by name: forbidden, forced, imposed, and how much a shared mast takes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from netplan.verify.finding import Finding, where
from netplan.verify.reading import Written
from netplan.verify.today import read_layer, standing

WHOLE = 1.0 - 1e-6
SLACK_M = 1.0
SLACK_SHARE = 0.01
ROOM = "maxsystems freesystems freepositions freeslots tenantcapacity"
Floats = npt.NDArray[np.float64]


def check_asked(written: Written) -> list[Finding]:
    """Everything that ids, imposed levers and limits of loading and dishes ask of the plan."""
    return [*_forbidden(written), *_forced(written), *_imposed(written), *_loading(written), *_dishes(written)]


def _spoken(written: Written, key: str) -> tuple[set[str], np.ndarray[Any, np.dtype[np.bool_]]]:
    """The ids that a key names, and which demand rows they name (by id or by the name of their place)."""
    ids = set(written.project.get(key) or [])
    demand = written.demand
    of = demand["demand_id"].isin(ids)
    if "name" in demand:
        ours = {*demand["demand_id"], *written.sites["site_id"], *written.links["link_id"]}
        places = {name.casefold() for name in ids - ours if name}
        of |= demand["name"].fillna("").astype(str).str.casefold().isin(places)
    return ids, of.to_numpy(bool)


def _forbidden(written: Written) -> list[Finding]:
    """Nothing that the project forbids by its id is in the plan, and nobody it forbids to serve is newly served."""
    forbidden, rows = _spoken(written, "forbid")
    findings = []
    for layer in ("sites", "links", "equipment"):
        ids = getattr(written, layer).iloc[:, 0]
        findings += where(ids.isin(forbidden), "forbidden", layer, ids, ids, "nothing that the project forbids")
    demand = written.demand[rows]
    new = demand["demand_id"].isin(written.service["demand_id"])
    return findings + where(new, "forbidden", "demand", demand["demand_id"], demand["served_share"], "not served anew")


def _forced(written: Written) -> list[Finding]:
    """Everything that the project forces by its id is in the plan; demand that it forces is wholly served."""
    forced, rows = _spoken(written, "force")
    if not forced:
        return []
    demand = written.demand[rows]
    short = demand["served_share"] < WHOLE
    built = {str(key) for layer in ("sites", "links", "equipment") for key in getattr(written, layer).iloc[:, 0]}
    places = set(written.demand["name"].fillna("").astype(str).str.casefold()) if "name" in written.demand else set()
    known = built | set(written.demand["demand_id"])
    lost = sorted(key for key in forced if key not in known and key.casefold() not in places)
    return [
        *where([True] * len(lost), "forced", "sites, links, equipment", lost, ["not built"] * len(lost), "built"),
        *where(short, "forced", "demand", demand["demand_id"], demand["served_share"], "wholly served"),
    ]


def _imposed(written: Written) -> list[Finding]:
    """Nothing new stands or runs where an imposed lever does not allow it."""
    findings: list[Finding] = []
    for lever in written.project.get("impose") or []:
        entry = written.entry("levers", lever)
        if not entry.get("imposed"):
            continue
        section, field = str(entry["layer"]).split(".")
        path = written.project[section].get(field)
        if not path:
            continue
        layer, more = read_layer(written, path)
        findings += more
        for ban in entry["imposed"]:
            findings += _banned(written, lever, ban, layer.geometry.to_numpy())
    return findings


def _banned(written: Written, lever: str, ban: dict[str, Any], shapes: Any) -> list[Finding]:
    reach = float(ban["within_m"]["value"]) - SLACK_M
    ground = shapely.union_all(shapely.buffer(shapes, reach))
    sites = ban["what"] == "sites"
    frame = written.sites if sites else written.links
    table, column, key = ("structures", "structure", "generator") if sites else ("media", "medium", "kind")
    kinds = [written.entry(table, name).get(key) for name in frame[column]]
    mine = np.isin(np.array(kinds, dtype=object).astype(str), ban["kinds"]) & (frame["status"] == "new").to_numpy(bool)
    geometry = frame.geometry.to_numpy()
    if sites:
        near = shapely.intersects(ground, geometry)
    else:
        most = float(ban["share"]["value"]) if ban.get("share") else 0.0
        length = np.maximum(shapely.length(geometry), 1e-9)
        near = shapely.length(shapely.intersection(geometry, ground)) / length > most + SLACK_SHARE
    layer = "sites" if sites else "links"
    want = f"none of {', '.join(ban['kinds'])} so near to what {lever} opens"
    return where(mine & near, "imposed", layer, frame.iloc[:, 0], frame[column], want)


def _loading(written: Written) -> list[Finding]:
    """No mast carries more systems than its layer, else its lever, says it takes; and the plan says so itself."""
    sites = written.sites
    usual = []
    for structure in sites["structure"]:
        lever = written.entry("levers", str(written.entry("structures", str(structure)).get("lever") or ""))
        loading = lever.get("loading")
        usual.append(float(loading["max_systems"]["value"]) if loading else np.inf)
    low, high, findings = _stated_room(written)
    unsure = ~np.isnan(low) & (low < high)
    least = np.floor(np.where(np.isnan(low), usual, low))
    most = np.floor(np.where(np.isnan(high), usual, np.where(unsure, np.maximum(high, usual), high)))
    ids = sites["site_id"]
    found = written.equipment["site_id"].value_counts().reindex(ids).fillna(0.0).to_numpy(float)
    findings += where(found > most, "loading", "sites", ids, found, most)
    limit, added, left = (sites[f"systems_{of}"].fillna(np.inf).to_numpy(float) for of in ("limit", "added", "left"))
    findings += where((limit < least) | (limit > most), "loading", "sites", ids + ": systems_limit", limit, most)
    findings += where(added != found, "loading", "sites", ids + ": systems_added", added, found)
    findings += where(left != limit - found, "loading", "sites", ids + ": systems_left", left, limit - found)
    return findings


def _stated_room(written: Written) -> tuple[Floats, Floats, list[Finding]]:
    """Systems that the layer of towers says may be mounted at each site: least and most it may mean, NaN where it does
    not say. The two differ where positions are assumed, for several may have been taken for one mast."""
    sites, existing = written.sites, written.project.get("existing") or {}
    least, most = np.full(len(sites), np.nan), np.full(len(sites), np.nan)
    stands = [written.entry("structures", str(s)).get("generator") == "existing-tower" for s in sites["structure"]]
    path = existing.get("towers")
    if not path or not any(stands):
        return least, most, []
    towers, findings = read_layer(written, path, points=True)
    towers = standing(towers)
    known = {"".join(c for c in str(name).lower() if c.isalnum()): name for name in towers.columns[::-1]}
    column = next((known[name] for name in ROOM.split() if name in known), None)
    if column is None:
        return least, most, findings
    said = pd.to_numeric(towers[column], errors="coerce").clip(lower=0).to_numpy(float)
    assumed = bool(existing.get("towers_assumed"))
    reach = max(float(existing.get("tower_cluster_m") or 0.0), 1.0) if assumed else 1.0
    places = shapely.centroid(towers.geometry.to_numpy())
    row, tower = shapely.STRtree(places).query(sites.geometry.to_numpy(), predicate="dwithin", distance=reach)
    for site in np.unique(row[~np.isnan(said[tower])]):
        if stands[site]:
            here = said[tower[row == site]]
            least[site], most[site] = (0.0 if assumed else np.nanmax(here)), np.nanmax(here)
    return least, most, findings


def _dishes(written: Written) -> list[Finding]:
    """Every structure carries the dishes of the hops that end on it."""
    sites, links = written.sites, written.links
    kinds = [written.entry("media", str(name)).get("kind", "") for name in links["medium"]]
    hops = links[np.array(kinds, dtype=object) == "microwave"]
    dishes = pd.concat([hops["from_node"], hops["to_node"]]).value_counts()
    found = sites["node_id"].map(dishes).fillna(0).to_numpy(float)
    stated = [written.entry("structures", str(name)).get("max_dishes") for name in sites["structure"]]
    most = np.array([np.inf if each is None else np.floor(float(each["value"])) for each in stated])
    return where(found > most, "dishes", "sites", sites["site_id"], found, most)
