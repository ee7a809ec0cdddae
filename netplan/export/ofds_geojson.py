"""An Open Fibre Data Standard network as two GeoJSON layers, nodes and spans, as the standard's guidance lays out."""

from __future__ import annotations

from typing import Any

OWN_PARTS = ("nodes", "spans", "phases", "organisations")
ONE = ("transmissionMediumOwner", "physicalInfrastructureProvider", "supplier")


def ofds_features(network: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(nodes, spans) as feature collections: references are replaced by what they refer to.

    Every feature carries `featureType` and its network without the network's own parts, so that each layer stands
    alone in a GIS and both together give the network back.
    """
    bare = {key: value for key, value in network.items() if key not in OWN_PARTS}
    organisations = {each["id"]: each for each in network.get("organisations", ())}
    phases = {each["id"]: each for each in network.get("phases", ())}
    nodes = {each["id"]: each for each in network.get("nodes", ())}
    made: dict[str, list[dict[str, Any]]] = {"node": [], "span": []}
    for kind, place, rows in (("node", "location", nodes.values()), ("span", "route", network.get("spans", ()))):
        for row in rows:
            properties = {key: value for key, value in row.items() if key != place}
            for key in ONE:
                if key in properties:
                    properties[key] = organisations.get(properties[key]["id"], properties[key])
            if "networkProviders" in properties:
                properties["networkProviders"] = [
                    organisations.get(each["id"], each) for each in properties["networkProviders"]
                ]
            if "phase" in properties:
                properties["phase"] = phases.get(properties["phase"]["id"], properties["phase"])
            for end in ("start", "end"):
                if end in properties:
                    properties[end] = nodes.get(properties[end], {"id": properties[end]})
            properties |= {"network": bare, "featureType": kind}
            made[kind].append({"type": "Feature", "geometry": row.get(place), "properties": properties})
    return tuple({"type": "FeatureCollection", "features": made[kind]} for kind in ("node", "span"))  # type: ignore[return-value]
