"""Where each layer of a plan comes from and under which licence: from the inputs that its content is made of."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from netplan.geopackage import ALIKE
from netplan.licences import PLACED, SHARE_ALIKE
from netplan.plans.model import Plan

QGIS_METADATA = "http://mrcc.com/qgis.dtd"
"""What QGIS calls its own metadata in `gpkg_metadata`; it shows them among a layer's properties."""


def project_paths(project: Mapping[str, Any]) -> dict[str, list[str]]:
    """Key of the project file -> the files that it names."""
    demand, existing, routes = (dict(project.get(part) or {}) for part in ("demand", "existing", "routes"))
    facilities = {f"demand.facilities.{k}": v.get("layer") for k, v in (demand.get("facilities") or {}).items()}
    named = {
        "area": project.get("area"),
        "demand.population": demand.get("population"),
        "demand.settlements": demand.get("settlements"),
        "demand.sensors": (demand.get("sensors") or {}).get("layer"),
        "demand.urban": demand.get("urban"),
        **facilities,
        **{f"existing.{k}": v for k, v in existing.items()},
        **{f"routes.{k}": v for k, v in routes.items()},
    }
    lists = {key: [value] if isinstance(value, str) else list(value or ()) if isinstance(value, list | tuple) else []
             for key, value in named.items()}  # fmt: skip
    return {key: [str(each) for each in values] for key, values in lists.items() if values}


def layer_inputs(plan: Plan) -> dict[str, list[str]]:
    """Layer -> the inputs whose content is in it, sorted. What only decided (terrain, exclusions) is not content."""
    paths = project_paths(plan.resolved["project"])
    known = set(plan.summary["inputs"]) | set(plan.summary["licences"])
    media = plan.resolved["catalogue"]["media"]

    def of(*starts: str) -> set[str]:
        found = {path for key, values in paths.items() if key.startswith(starts) for path in values}
        # a path may name a layer behind a bar; files of today's catalogue words (degurba) are no inputs
        return {path for path in found if path in known or path.partition("|")[0] in known}

    today = of("existing.service") | (of("existing.towers") if len(plan.existing) else set())
    demand = of("area", "demand.") | today
    standing = of("existing.towers") if (plan.sites["status"] != "new").any() else set()
    sites = standing | of("demand.settlements", "demand.facilities")
    routes: set[str] = set()
    for medium in set(plan.links["medium"].dropna()):
        route = media[medium].get("route")
        routes |= of(f"routes.{route}", f"existing.{route}") if route else set()
        routes |= of("routes.water_access") if media[medium].get("kind") == "pipe" else set()
    network = routes | sites | of("existing.pops")
    made = {
        "demand": demand,
        "sites": sites,
        "equipment": sites | of("area"),
        "service": demand | sites,
        "existing": of("existing.towers"),
        "baseline": today | of("demand."),
        "links": network,
        "nodes": network,
        "other_costs": set(),
        "costs": demand | network,
        "viability": demand | network,
        "refused": of("routes."),
    }
    return {layer: sorted(found) for layer, found in made.items()}


def contents(plan: Plan, parted: Collection[str]) -> dict[str, list[str]]:
    """Layer as written -> the inputs whose content is in it.

    A layer with places has none of share-alike inputs: those rows stand in the layer beside it, where there are any.

    Args:
        plan: the plan.
        parted: layers that have a share-alike part.
    """
    licences = plan.summary["licences"]
    found = {}
    for layer, inputs in layer_inputs(plan).items():
        own = [path for path in inputs if not SHARE_ALIKE.search(_licence(licences, path))]
        found[layer] = own if layer in PLACED else inputs
        if layer in parted:
            found[layer + ALIKE] = inputs
    return found


def _licence(licences: Mapping[str, Any], path: str) -> str:
    return str(licences.get(path) or licences.get(path.partition("|")[0]) or "")


def layer_metadata(
    plan: Plan, description: Mapping[str, str], parted: Collection[str] = ()
) -> dict[str, dict[str, str]]:
    """Layer as written -> `DESCRIPTION, SOURCE, LICENCE, SHARE_ALIKE` as text. `parted`: see `contents`."""
    out = {}
    for layer, inputs in contents(plan, parted).items():
        said = {path: _licence(plan.summary["licences"], path) for path in inputs}
        alike = [f"{path} ({text})" for path, text in said.items() if SHARE_ALIKE.search(text)]
        made = f"netplan plan {plan.summary['name']}, scenario {plan.summary['scenario']}"
        what = description[layer.removesuffix(ALIKE)]
        out[layer] = {
            "DESCRIPTION": f"{what}: the rows that must be shared alike" if layer.endswith(ALIKE) else what,
            "SOURCE": f"{made}; derived from {', '.join(inputs) or 'the catalogue of costs'}",
            "LICENCE": "; ".join(f"{path}: {text or 'not stated by the project'}" for path, text in said.items())
            or "nothing of others' data in it",
            "SHARE_ALIKE": "; ".join(alike) or "none",
        }
    return out


def qgis_metadata(layer: str, told: Mapping[str, str], licences: list[str]) -> str:
    """The metadata of one layer as QGIS writes them (QMD)."""
    root = ET.Element("qgis", version="3.34.0")
    for tag, text in (
        ("identifier", layer), ("parentidentifier", ""), ("language", "en"), ("type", "dataset"), ("title", layer),
        ("abstract", f"{told['DESCRIPTION']}. {told['SOURCE']}."),
    ):  # fmt: skip
        ET.SubElement(root, tag).text = text
    ET.SubElement(root, "links")
    ET.SubElement(root, "history").text = told["SOURCE"]
    ET.SubElement(root, "fees")
    if told["SHARE_ALIKE"] != "none":
        ET.SubElement(root, "constraints", type="license").text = f"Share alike, for it holds {told['SHARE_ALIKE']}"
    for text in licences:
        ET.SubElement(root, "rights").text = text
        ET.SubElement(root, "license").text = text
    ET.SubElement(root, "encoding").text = "UTF-8"
    body = ET.tostring(root, encoding="unicode")
    return f"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n{body}\n"


def write_metadata(path: Path, plan: Plan, told: Mapping[str, Mapping[str, str]], parted: Collection[str] = ()) -> None:
    """Adds what QGIS shows as a layer's metadata to the `gpkg_metadata` tables that GDAL made."""
    licences, inputs = plan.summary["licences"], contents(plan, parted)
    with closing(sqlite3.connect(path)) as base, base:
        for layer, text in told.items():
            files = [each.partition("|")[0] for each in inputs[layer]]
            credits = list(dict.fromkeys(str(licences[each]) for each in files if each in licences))
            made = base.execute(
                "INSERT INTO gpkg_metadata (md_scope, md_standard_uri, mime_type, metadata) VALUES (?, ?, ?, ?)",
                ("dataset", QGIS_METADATA, "text/xml", qgis_metadata(layer, text, credits)),
            )
            base.execute(
                "INSERT INTO gpkg_metadata_reference (reference_scope, table_name, md_file_id) VALUES (?, ?, ?)",
                ("table", layer, made.lastrowid),
            )
