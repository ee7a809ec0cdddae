"""The cable part of a plan as a network of the Open Fibre Data Standard, version 0.4.

Sources: the standard's `network-schema.json` of version 0.4.0 and its codelists (nodeType, spanStatus, deployment,
spanSupportingInfrastructure, codeployment, organisationRole). What a plan does not know (fibre type and count,
suppliers, contracts, dates) is left out, as the standard asks: an absent field says `not known`.
"""

from __future__ import annotations

import uuid
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import mapping

from netplan.export.written import WrittenPlan, stated

SCHEMA = "https://standard.ofds.info/en/0__4__0/network-schema.json"
"""The standard's own name for the schema; the first of `links` must be it."""
CRS84 = {"name": "urn:ogc:def:crs:OGC::CRS84", "uri": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}

CABLE = {
    "trench": {"deployment": "belowGround", "support": "duct"},
    "aerial": {"deployment": "aboveGround", "support": "pole"},
    "pipe": {"deployment": "belowGround", "support": "pipe"},
    "duct": {"deployment": "belowGround", "support": "duct"},
    "lit": {},
}
"""Kind of medium -> codes of the standard. Other kinds (radio, satellite) carry no fibre."""
ALONGSIDE = {"roads": "road", "power_lines": "electricity", "water_pipes": "drinkingWater"}
"""Layer that a medium runs along -> code of the codelist `codeployment`."""
PLANNED, STANDING = "planned", "standing"
BUILDER = "network"
UNNAMED = "Owner of what is shared (not named in the project)"
DEGREES = 7
"""Decimals of a degree: about a centimetre."""


def ofds_network(plan: WrittenPlan) -> dict[str, Any]:
    """The network as plain data: nodes, spans, phases, organisations; coordinates in longitude and latitude.

    Nodes are the ends of cable links and every point where traffic is handed over. A span that is in a shared medium
    names the owner of what carries it (`supportingInfrastructure`), as far as the lever says who that is. Ids of nodes
    and spans are those of `plan.gpkg`; the network's id follows from the project and scenario, so that a second export
    is the same network.
    """
    links = _cable_links(plan)
    nodes = _cable_nodes(plan, links)
    owners = _owners(plan, links)
    spans = [_span(plan, row, owners) for row in links.itertuples(index=False)]
    network: dict[str, Any] = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"netplan/{plan.name}/{plan.scenario}")),
        "name": f"{plan.name}: {plan.scenario}",
        "nodes": _nodes(plan, nodes, links),
        "spans": spans,
        "phases": _phases(plan, spans),
        "organisations": _organisations(plan, owners),
        "publisher": {"name": plan.name},
        "publicationDate": plan.written_on,
        "crs": CRS84,
        "accuracyDetails": _credits(plan),
        "language": "en",
        "links": [{"href": SCHEMA, "rel": "describedby"}],
    }
    return {key: value for key, value in network.items() if value not in ([], "", None)}


def ofds_package(plan: WrittenPlan) -> dict[str, Any]:
    """A package with the one network, as the standard publishes it."""
    return {"networks": [ofds_network(plan)]}


def _credits(plan: WrittenPlan) -> str:
    text = "A plan, not a survey: routes follow the layers of the project."
    credits = plan.credits()
    return f"{text} Contains information from: {'; '.join(credits)}." if credits else text


def _cable_links(plan: WrittenPlan) -> gpd.GeoDataFrame:
    links = plan.layers["links"]
    kinds = links["medium"].map(lambda medium: plan.entry("media", medium).get("kind", ""))
    # A span needs two places at least: a link of no length joins what is one place on the map.
    cable = links[kinds.isin(list(CABLE)).to_numpy(bool) & (links["from_node"] != links["to_node"]).to_numpy(bool)]
    return gpd.GeoDataFrame(cable.to_crs(4326).sort_values("link_id", ignore_index=True))


def _cable_nodes(plan: WrittenPlan, links: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    nodes = plan.layers["nodes"]
    ends = set(links["from_node"]) | set(links["to_node"])
    kept = nodes[nodes["node_id"].isin(ends) | (nodes["kind"] == "pop")]
    return gpd.GeoDataFrame(kept.to_crs(4326).sort_values("node_id", ignore_index=True))


def _nodes(plan: WrittenPlan, nodes: gpd.GeoDataFrame, links: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    degree = pd.concat([links["from_node"], links["to_node"]]).value_counts()
    sites = plan.layers["sites"].dropna(subset=["node_id"]).set_index("node_id")
    sites = sites[~sites.index.duplicated()]
    assumed = bool((plan.project.get("existing") or {}).get("pops_assumed"))
    return [_node(plan, row, sites, int(degree.get(row.node_id, 0)), assumed) for row in nodes.itertuples(index=False)]


def _node(plan: WrittenPlan, row: Any, sites: pd.DataFrame, degree: int, assumed: bool) -> dict[str, Any]:
    """One node. What a junction is depends on how many cables meet there: three are spliced, two pass through."""
    node: dict[str, Any] = {"id": row.node_id}
    site = sites.loc[row.node_id] if row.node_id in sites.index else None
    if row.kind == "pop":
        node |= {"name": f"Point of presence {row.node_id}" + (" (position assumed)" if assumed else "")}
        node |= {"type": ["pop"], "accessPoint": True, "power": True}
        # An assumed position says nothing about what stands there.
        node |= {} if assumed else {"status": "operational"}
    elif site is not None:
        kind = plan.label("structures", site["structure"])
        name = stated(site["name"])
        node |= {"name": f"{name} ({kind})" if name else kind, "accessPoint": True, "power": True}
        # The mast may stand; the network's equipment on it does not yet.
        node["status"] = "proposed"
    else:
        node |= {"accessPoint": False, "status": "proposed"}
        node |= {"type": ["aggregationPoint"]} if degree > 2 else {}
        if row.kind == "access-point":
            node["supportingInfrastructure"] = {"type": "cableWell", "description": "Way into or out of a pipe"}
    point = row.geometry
    node["location"] = {"type": "Point", "coordinates": [round(point.x, DEGREES), round(point.y, DEGREES)]}
    return node


def _span(plan: WrittenPlan, row: Any, owners: dict[str, dict[str, Any]]) -> dict[str, Any]:
    medium = plan.entry("media", row.medium)
    codes = CABLE[str(medium["kind"])]
    standing = medium["kind"] == "lit"
    route = shapely.set_precision(row.geometry, 10**-DEGREES)
    route = row.geometry if route.geom_type != "LineString" or route.is_empty else route
    span: dict[str, Any] = {
        "id": row.link_id,
        "name": f"{row.from_node} to {row.to_node}",
        "phase": {"id": STANDING if standing else PLANNED},
        "status": "operational" if standing else "proposed",
        "start": row.from_node,
        "end": row.to_node,
        "directed": False,
        "route": {"type": "LineString", "coordinates": _pairs(mapping(route)["coordinates"])},
        "transmissionMedium": ["fibre"],
        "fibreLength": round(float(row.length_m) / 1000, 4),
        "capacityDetails": {"description": f"Planned load in the busy hour: {row.load_mbps:,.1f} Mbit/s"},
    }
    if "deployment" in codes:
        span["deployment"] = [codes["deployment"]]
    if "support" in codes:
        span["supportingInfrastructure"] = _support(plan, medium, str(codes["support"]), row.status, owners)
    if medium.get("route") in ALONGSIDE:
        span["codeployment"] = ALONGSIDE[medium["route"]]
    if standing:
        span["transmissionMediumOwner"] = _reference(owners[str(medium.get("lever"))])
    else:
        span["transmissionMediumOwner"] = _reference(owners[BUILDER])
    if np.isfinite(row.capacity_mbps):
        span["capacity"] = round(float(row.capacity_mbps) / 1000, 6)
    return span


def _pairs(coordinates: Any) -> list[list[float]]:
    return [[round(float(c[0]), DEGREES), round(float(c[1]), DEGREES)] for c in coordinates]


def _support(
    plan: WrittenPlan, medium: dict[str, Any], kind: str, status: str, owners: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """What carries the cable, and whose it is: the lever's owner where it is shared, the builder's where it is new."""
    if "transmission" in (medium.get("line_kinds") or ()):
        kind = "pylon"
    support: dict[str, Any] = {"type": kind, "description": str(medium.get("label") or kind)}
    owner = str(medium.get("lever")) if status == "shared" else BUILDER if status == "new" else ""
    if owner in owners:
        support["owner"] = _reference(owners[owner])
    return support


def _owners(plan: WrittenPlan, links: gpd.GeoDataFrame) -> dict[str, dict[str, Any]]:
    """Organisations by key: the builder of the planned network, and the owner that each lever in use stands for."""
    found: dict[str, dict[str, Any]] = {}
    media = {str(medium): plan.entry("media", medium) for medium in sorted(set(links["medium"]))}
    if media:
        found[BUILDER] = {
            "id": BUILDER,
            "name": "Builder of the planned network (not yet named)",
            "roles": ["physicalInfrastructureProvider", "networkProvider"],
        }
    stated: dict[str, set[str]] = {}
    for key, medium in media.items():
        mine = links[(links["medium"] == key) & (links["status"] != "new")]
        owners = mine["owner"].dropna() if "owner" in mine else ()  # which an older plan does not state
        stated.setdefault(str(medium.get("lever")), set()).update(str(name) for name in owners if name)
    for medium in media.values():
        lever = str(medium.get("lever"))
        if medium.get("lever") or medium["kind"] == "lit":
            what = plan.label("levers", lever) if medium.get("lever") else str(medium.get("label"))
            found[lever] = {
                "id": f"owner-{lever}" if medium.get("lever") else "owner-of-fibre",
                "name": ", ".join(sorted(stated[lever])) or f"{UNNAMED}: {what}",
                "roles": ["physicalInfrastructureProvider"],
            }
    return found


def _organisations(plan: WrittenPlan, owners: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The organisations of the network; operators that the project names are its network providers."""
    operators = [
        {"id": f"operator-{number}", "name": str(each["name"]), "roles": ["networkProvider"]}
        for number, each in enumerate(plan.project.get("operators") or (), start=1)
        if each.get("name")
    ]
    return [*owners.values(), *operators]


def _reference(organisation: dict[str, Any]) -> dict[str, str]:
    return {"id": organisation["id"], "name": organisation["name"]}


def _phases(plan: WrittenPlan, spans: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The phases that spans name, with their names copied into the references as the standard asks."""
    words = {PLANNED: ("Planned", f"What the plan builds (scenario {plan.scenario})"), STANDING: ("Standing today", "")}
    used = sorted({span["phase"]["id"] for span in spans})
    for span in spans:
        span["phase"]["name"] = words[span["phase"]["id"]][0]
    return [
        {"id": key, "name": words[key][0]} | ({"description": words[key][1]} if words[key][1] else {}) for key in used
    ]
